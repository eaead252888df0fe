"""The words of a verdict: the three states of an answer, and what stands above and in its box."""

from dataclasses import dataclass
from typing import Literal, get_args

State = Literal["correct", "not yet", "not attempted yet"]
CORRECT, NOT_YET, NOT_ATTEMPTED = get_args(State)

STUB = "Replace the stub above by your answer."


@dataclass(frozen=True)
class Verdict:
    """What a check says: one of three states, and a message."""

    exercise_id: str
    state: State
    message: str

    @property
    def title(self) -> str:
        """The line above the message."""
        return f"{self.exercise_id} · {self.state.capitalize()}."


class NotYet(Exception):
    """The first thing that is wrong with an answer, in the learner's terms."""
