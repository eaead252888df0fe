"""Judge a dictionary of choices: for each of some cases, one of some words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from utils.exercises.judges.table import Check, Slip
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet


@dataclass(eq=False)
class Choices(Check):
    """A word out of `options` for each key of `right`; the first wrong one is told.

    `considerations` has, for a key and a wrong word, what to consider; "" stands for any other
    word. `word` makes a word of what was given, such as a class for its name.
    """

    options: Sequence[str] = ()
    considerations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    asked: Callable[[str, str], str] = "'{}' as {}?".format
    word: Callable[[Any], Any] = lambda given: given

    def read(self, answer: Any) -> dict[str, str]:
        """Ask for a dictionary with these keys, and one of the options for each."""
        if not isinstance(answer, Mapping):
            raise NotYet(
                f"`{self.name}` should be the dictionary of the exercise; it is {describe(answer)}."
            )
        if strange := [key for key in answer if key not in self.right]:
            raise NotYet(
                f"{describe(strange[0])} is none of the {len(self.right)} cases. Keep the left "
                "side as it is."
            )
        return {key: self._option(key, answer.get(key)) for key in self.right}

    def __call__(self, answer: Any) -> None:
        """Judge the choices one after another."""
        for key, given in self.read(answer).items():
            if given != self.right[key]:
                says = self.considerations.get(key, {})
                said = says.get(given, says.get("", self.otherwise))
                raise NotYet(f"{self.asked(key, given)} {said}".strip())

    def all_slips(self) -> list[Slip]:
        """Return a wrong answer for each consideration: all right but for this one word."""
        return [
            Slip(said, self.right | {key: given})
            for key, says in self.considerations.items()
            for given, said in says.items()
            if given
        ]

    def _option(self, key: str, given: Any) -> str:
        if given is None or given is ...:
            raise NotYet(f"'{key}' has no answer yet.")
        word = self.word(given)
        if isinstance(word, str) and (word := word.strip().lower()) in self.options:
            return word
        raise NotYet(
            f"'{key}' is {describe(given)}; choose one of: {', '.join(map(repr, self.options))}."
        )
