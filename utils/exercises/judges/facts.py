"""Judge what an answer does, fact by fact: the first fact that is wrong is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from utils.exercises.expect import TOLERANCE
from utils.exercises.judges.functions import alike
from utils.exercises.judges.table import Check, Failed, Slip


@dataclass(eq=False)
class Facts(Check):
    """An answer of which `observe` returns a dictionary of facts, in the order of the telling.

    An answer is like a slip when its first wrong fact is as the slip makes it in every case; what
    comes later may be wrong for another reason. `tells` says a fact, given the case's name and what
    the fact is; `look` has what to look at when it is wrong and like no slip, as a text or a
    function of the case's name, what the fact is, and what it should be.
    """

    tells: Mapping[str, Callable[[str, Any], str]] = field(default_factory=dict)
    look: Mapping[str, str | Callable[[str, Any, Any], str]] = field(default_factory=dict)
    tolerance: float = TOLERANCE

    def __post_init__(self):
        """Let `look` say what else to look at."""
        self.otherwise = self._look_at

    def accepts(self, got: dict, wanted: dict) -> bool:
        """Compare numbers closely, all else exactly."""
        return alike(got, wanted, self.tolerance)

    def told(self, name: str, got: dict) -> str:
        """Say the first wrong fact."""
        fact = self._first_wrong(name, got)
        return self.tells[fact](name, got[fact]) if fact in self.tells else ""

    def _first_wrong(self, name: str, got: dict) -> str | None:
        wanted = self.wanted(name)
        return next((f for f in wanted if not alike(got.get(f), wanted[f], self.tolerance)), None)

    def _shows(self, slip: Slip, seen: dict[str, Any]) -> str | None:
        name = next(name for name, got in seen.items() if not self._is_right(name, got))
        if isinstance(seen[name], Failed):
            return None
        fact = self._first_wrong(name, seen[name])
        # The telling case first: most slips differ there, and need not be tried on the others.
        for case in [name, *(other for other in seen if other != name)]:
            got, made = seen[case], self._outcome(slip.answer, case)
            if isinstance(got, Failed) or isinstance(made, Failed):
                return None
            if not alike(got.get(fact), made.get(fact), self.tolerance):
                return None
            if case == name and self._first_wrong(name, made) != fact:
                return None
        return name

    def _look_at(self, name: str, got: dict, wanted: dict) -> str:
        fact = self._first_wrong(name, got)
        says = self.look.get(fact, "")
        return says(name, got[fact], wanted[fact]) if callable(says) else says
