"""The one shape of a check, and how every kind of answer is judged by it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

from utils.exercises.verdicts import NotYet

Cases = Mapping[str, Any]


@dataclass(frozen=True)
class Slip:
    """A wrong answer that people give, and the sentence that names it.

    `answer` is what the learner would have handed in; where that is a value, a function without
    arguments that computes it will do.
    """

    says: str
    answer: Any


@dataclass(frozen=True)
class Failed:
    """A case in which an answer could not be run; the message says why, in the learner's terms."""

    message: str


@dataclass(eq=False)
class Check:
    """A check as a table. A kind of answer defines `read`, `observe`, `told`, and perhaps the rest.

    `right` is a right answer, `slips` are wrong ones, and `cases` are the named inputs that tell
    them apart (or a function that makes these, once). `otherwise` is what to look at when an answer
    is wrong and like no slip; it may be a function of the case's name, what came, and what should.
    """

    name: str
    right: Any
    _: KW_ONLY
    cases: Cases | Callable[[], Cases] = ()
    slips: Sequence[Slip] | Callable[[], Sequence[Slip]] = ()
    otherwise: str | Callable[[str, Any, Any], str] = ""
    _known: dict = field(default_factory=dict, init=False, repr=False)

    def read(self, answer: Any) -> Any:
        """Return the answer in the form that the check goes on with, or raise NotYet."""
        return answer

    def observe(self, answer: Any, name: str, case: Any) -> Any:
        """Return what the answer does in a case, or raise NotYet when it cannot be run."""
        raise NotImplementedError

    def accepts(self, got: Any, wanted: Any) -> bool:
        """Tell whether what an answer does is as right as what the right one does."""
        return bool(got == wanted)

    def is_like(self, got: Any, slip: Any) -> bool:
        """Tell whether an answer does what a slip does; strict, for it names a cause."""
        return self.accepts(got, slip)

    def told(self, name: str, got: Any) -> str:
        """Say what the answer did in a case, in the learner's terms."""
        raise NotImplementedError

    def __call__(self, answer: Any) -> None:
        """Judge an answer; raise NotYet with the first thing that is wrong."""
        answer = self.read(answer)
        seen = self._seen(answer)
        wrong = [name for name, got in seen.items() if not self._is_right(name, got)]
        if not wrong:
            return
        for slip in self.likely_slips(seen):
            if (name := self._shows(slip, seen)) is not None:
                raise NotYet(f"{self.told(name, seen[name])} {slip.says}".strip())
        first = wrong[0]
        if isinstance(seen[first], Failed):
            raise NotYet(seen[first].message)
        says = self.otherwise
        if callable(says):
            says = says(first, seen[first], self.wanted(first))
        raise NotYet(f"{self.told(first, seen[first])} {says}".strip())

    def own(self, answer: Any) -> Any:
        """Return the right answer, or a slip's, as a learner would hand it in."""
        return answer

    def all_cases(self) -> Cases:
        """Return the cases by their names; an answer without inputs has one case, without name."""
        return self._once("cases", self.cases) or {"": ()}

    def all_slips(self) -> Sequence[Slip]:
        """Return the slips."""
        return self._once("slips", self.slips)

    def likely_slips(self, seen: dict[str, Any]) -> Sequence[Slip]:
        """Return the slips worth comparing with what an answer did; all, where that is cheap."""
        return self.all_slips()

    def wanted(self, name: str) -> Any:
        """Return what the right answer does in a case; computed once."""
        return self._outcome(self.right, name)

    def _once(self, what: str, given: Any) -> Any:
        if what not in self._known:
            self._known[what] = given() if callable(given) else given
        return self._known[what]

    def _outcome(self, answer: Any, name: str) -> Any:
        # Kept with the answer itself, so that no other object can get its identity.
        key = (id(answer), name)
        if key not in self._known:
            made = self.read(self.own(answer))
            self._known[key] = answer, self._observed(made, name, self.all_cases()[name])
        return self._known[key][1]

    def _seen(self, answer: Any) -> dict[str, Any]:
        seen = {}
        for name, case in self.all_cases().items():
            seen[name] = self._observed(answer, name, case)
            if isinstance(seen[name], Failed):
                # What does not run here may not run elsewhere either, and take as long again.
                break
        return seen

    def _observed(self, answer: Any, name: str, case: Any) -> Any:
        try:
            return self.observe(answer, name, case)
        except NotYet as problem:
            return Failed(str(problem))

    def _is_right(self, name: str, got: Any) -> bool:
        return not isinstance(got, Failed) and self.accepts(got, self.wanted(name))

    def _shows(self, slip: Slip, seen: dict[str, Any]) -> str | None:
        """Return the first case in which the answer is wrong as the slip is, if it is that slip."""
        telling = None
        for name, got in seen.items():
            made = self._outcome(slip.answer, name)
            if isinstance(got, Failed) or isinstance(made, Failed):
                if type(got) is not type(made):
                    return None
            elif not self.is_like(got, made):
                return None
            elif telling is None and not self.accepts(got, self.wanted(name)):
                telling = name
        return telling
