"""Judge what a function does that draws at random: kinds of fault, compared fact by fact."""

from dataclasses import dataclass

import numpy as np

from utils.exercises.expect import a_function
from utils.exercises.judges import Slip
from utils.exercises.judges.facts import Facts
from utils.exercises.lesson_02.kept import call

# So many standard errors are never chance, even over many flights and many learners.
NOT_CHANCE = 5
SEEDS = (1, 1, 2)
# So many draws find a flight that is never drawn, or too often.
MANY = tuple(range(40))

GLOBAL = (
    "Some random numbers come from elsewhere: `np.random...` or `.sample(...)` without "
    "`random_state=rng`."
)
OWN = "Is `rng` used, or a seed of your own?"


@dataclass(frozen=True)
class Wrong(Slip):
    """A slip, and the fact in which it is wrong."""

    fact: str


class Seen(dict):
    """For each fact the kind of fault, "" when there is none; `said` has each fault in words."""

    def __init__(self):
        """Begin with nothing seen."""
        super().__init__()
        self.said: dict[str, str] = {}

    def note(self, fact: str, fault: str, said: str) -> None:
        """Note a fault of a fact, or that there is none; the first fault stays."""
        if not self.get(fact):
            self[fact] = fault
            self.said[fact] = said


@dataclass(eq=False)
class Drawing(Facts):
    """A function of a table, a share and `rng`; a case is a table, a share and some seeds."""

    arguments: int = 3

    def watch(self, seen, tables, flights, share, called, seeds):
        """Note the faults of the tables that came back, one for each seed."""
        raise NotImplementedError

    def read(self, answer):
        """Ask for a function that takes so many arguments."""
        return a_function(answer, self.name, self.arguments)

    def observe(self, answer, name, case):
        """Call the function with a generator of each seed."""
        flights, share, seeds = case
        tables = [call(answer, flights, share, np.random.default_rng(seed)) for seed in seeds]
        seen = Seen()
        self.watch(seen, tables, flights, share, name, seeds)
        return seen

    def told(self, name, got):
        """Say the first wrong fact in words."""
        return got.said[self._first_wrong(name, got)]

    def likely_slips(self, seen):
        """Return those that are wrong in the same fact: the others need not be run."""
        name = next(name for name, got in seen.items() if not self._is_right(name, got))
        fact = self._first_wrong(name, seen[name]) if isinstance(seen[name], Seen) else ""
        return [slip for slip in self.all_slips() if slip.fact == fact]


def note_seeds(seen, groups, seeds):
    """Note whether the same seed gave the same, and another one something else.

    `groups` has, for each group that is drawn, what each call drew of it.
    """
    if seeds != SEEDS:
        return
    drawn = list(groups.values())
    if not all(np.array_equal(first, again) for first, again, _ in drawn):
        seen.note("seeds", "same", "Two generators with the same seed gave two different results.")
    stuck = [who for who, (first, _, other) in groups.items() if np.array_equal(first, other)]
    if len(stuck) == len(groups):
        seen.note("seeds", "other", "Two generators with different seeds gave the same result.")
    elif stuck:
        seen.note(
            "seeds",
            stuck[0],
            f"Two generators with different seeds draw the same {stuck[0]}; only the others "
            "change.",
        )
    seen.note("seeds", "", "")


def too_far(drawn, given, different):
    """Tell whether the mean of drawn values is off by more than an even draw would explain.

    `different` is how many of them are different flights.
    """
    error = given.std() / np.sqrt(max(different, 1))
    return abs(drawn.mean() - given.mean()) > NOT_CHANCE * error


def uneven(counts, expected, variance):
    """Name what is wrong with how often each place was drawn, or return ""."""
    if expected > 20 and (counts == 0).any():
        return "last" if list(np.flatnonzero(counts == 0)) == [len(counts) - 1] else "never"
    surplus = ((counts - expected) ** 2 / variance).sum() - len(counts)
    return "uneven" if surplus > NOT_CHANCE * np.sqrt(2 * len(counts)) else ""
