"""One judge for each kind of answer. A check is a table: cases, the right answer, and slips.

Each judge runs the learner's answer, the right one and the slips on the same cases. Like the right
one is correct; like a slip is that slip's sentence; else the first case that differs is told.
"""

from utils.exercises.judges.choices import Choices
from utils.exercises.judges.functions import Function
from utils.exercises.judges.table import Check, Slip
from utils.exercises.judges.values import Value

__all__ = ["Check", "Choices", "Function", "Slip", "Value"]
