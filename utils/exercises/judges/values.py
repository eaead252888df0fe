"""Judge a value: a number, a list, a table that the learner has computed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from utils.exercises.expect import TOLERANCE, a_number
from utils.exercises.judges.functions import alike
from utils.exercises.judges.table import Check
from utils.exercises.running import describe


@dataclass(eq=False)
class Value(Check):
    """A value. `right`, and a slip's answer, may be functions without arguments that compute it.

    `form` asks for the value's form, and returns it in the form that is compared: it gets the value
    and its name. The numbers in it are compared as `judges.functions` does.
    """

    form: Callable[[Any, str], Any] = a_number
    tolerance: float = TOLERANCE
    strictly: float = TOLERANCE
    shown: Callable[[Any], str] = describe

    def read(self, answer: Any) -> Any:
        """Ask for the form."""
        return self.form(answer, f"`{self.name}`")

    def own(self, answer: Any) -> Any:
        """Compute the value, where it is a function that does."""
        return answer() if callable(answer) else answer

    def observe(self, answer: Any, name: str, case: Any) -> Any:
        """Return the value itself."""
        return answer

    def accepts(self, got: Any, wanted: Any) -> bool:
        """Compare as close as `tolerance` says."""
        return alike(got, wanted, self.tolerance)

    def is_like(self, got: Any, slip: Any) -> bool:
        """Compare as close as `strictly` says."""
        return alike(got, slip, self.strictly)

    def told(self, name: str, got: Any) -> str:
        """Say what the value is."""
        return f"`{self.name}` is {self.shown(got)}."
