"""The words of a verdict: the states of an answer, and what stands above and in its box."""

from dataclasses import dataclass
from typing import Literal, get_args

State = Literal["correct", "not yet", "not attempted yet", "not judged"]
# The last is for what is no fault of the answer: the course's data are damaged, a program is gone.
CORRECT, NOT_YET, NOT_ATTEMPTED, NOT_JUDGED = get_args(State)

STUB = "Replace the stub above by your answer."


@dataclass(frozen=True)
class Verdict:
    """What a check says: a state, and a message."""

    exercise_id: str
    state: State
    message: str

    @property
    def title(self) -> str:
        """The line above the message."""
        return f"{self.exercise_id} · {self.state.capitalize()}."


class NotYet(Exception):
    """The first thing that is wrong with an answer, in the learner's terms."""
