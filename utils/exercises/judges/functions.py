"""Judge a function: it is called on copies of each case's arguments."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from utils.exercises.expect import TOLERANCE, a_function, a_number, close, result_of
from utils.exercises.judges.table import Check
from utils.exercises.running import describe


@dataclass(eq=False)
class Function(Check):
    """A function of so many `arguments`; each case is the tuple of what it is called with.

    `result` asks what comes back for its form, and returns it in the form that is compared: it gets
    the value and what to call it in a message. `tolerance` is for numbers, relative and absolute:
    how far from right a right answer may be; a slip must be met to within `strictly`.
    """

    arguments: int = 1
    result: Callable[[Any, str], Any] = a_number
    tolerance: float = TOLERANCE
    strictly: float = TOLERANCE
    shown: Callable[[Any], str] = describe

    def read(self, answer: Any) -> Any:
        """Ask for a function that takes so many arguments."""
        return a_function(answer, self.name, self.arguments)

    def observe(self, answer: Any, name: str, case: tuple) -> Any:
        """Call the function."""
        return self.result(result_of(answer, *case), f"What `{self.name}` returns for {name}")

    def accepts(self, got: Any, wanted: Any) -> bool:
        """Compare as close as `tolerance` says."""
        return alike(got, wanted, self.tolerance)

    def is_like(self, got: Any, slip: Any) -> bool:
        """Compare as close as `strictly` says."""
        return alike(got, slip, self.strictly)

    def told(self, name: str, got: Any) -> str:
        """Say what came back."""
        return f"For {name} `{self.name}` returned {self.shown(got)}."


def alike(one: Any, other: Any, tolerance: float = TOLERANCE) -> bool:
    """Compare values, in lists, tuples and dictionaries too: numbers closely, all else exactly."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[k], other[k], tolerance) for k in one)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(
            alike(a, b, tolerance) for a, b in zip(one, other, strict=True)
        )
    if hasattr(one, "tolist") and hasattr(other, "tolist"):
        return alike(one.tolist(), other.tolist(), tolerance)
    if isinstance(one, float) or isinstance(other, float):
        return close(one, other, tolerance) or (one != one and other != other)
    return bool(one == other)
