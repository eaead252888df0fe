"""The bank of incidents: what can go wrong at the desk, drawn from a seed, and scored.

`desk.start(seed=17)` plays the incident; `score(17, column=..., kind=..., start=..., action=...)`
says how right an answer is. Nothing here prints the truth, or keeps it where a learner would come
across it; for teachers there is `python -m utils incident --seed 17 --truth`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from utils.desk.incident_bank import BANK, GUIDED, Incident
from utils.errors import CourseError
from utils.flights import FEATURES

KINDS = {
    "nothing": "everything is as it was",
    "changed unit": "numbers arrive in another unit",
    "shifted clock": "hours arrive in another time zone",
    "missing values": "values do not arrive",
    "default values": "gaps are filled with something that looks real",
    "stuck values": "a reading is repeated for hours",
    "biased sensor": "a sensor reads too high or too low",
    "wrong join": "values belong to another flight",
    "new category": "a category that the model has never seen",
    "other flights": "other flights than before are flown",
    "other outcomes": "flights like before end in another way",
    "slow model": "answers take too long",
    "failing model": "the service fails to answer",
    "refused requests": "the service refuses what it is sent",
    "silent feed": "nothing arrives any more",
}

ACTIONS = {
    "fix the source": "the data are wrong: have them repaired, and do not train on them",
    "roll back": "the release is wrong: go back to the one before",
    "retrain": "the world has changed: learn it anew, once there are labels",
    "leave it": "nothing to repair: watch",
}

POINTS = {"column": 30, "kind": 30, "start": 20, "action": 20}
HINT_COST = 10
HINTS = 3
# A start is right to the half day, and half right to a day and a half.
EXACT = pd.Timedelta("6h")
NEAR = pd.Timedelta("18h")


@dataclass(frozen=True)
class Card:
    """A report card: how right each part of an answer is, and not what would have been right."""

    answer: dict[str, str]
    points: dict[str, float]

    @property
    def total(self) -> float:
        """The points of all parts together, at most 100 and at least 0."""
        return max(0.0, sum(self.points.values()))

    def table(self) -> pd.DataFrame:
        """Return a row for each part: `part`, `answer`, `points`, `of`."""
        rows = [
            (part, self.answer.get(part, ""), self.points[part], POINTS.get(part, 0))
            for part in self.points
        ]
        return pd.DataFrame(rows, columns=["part", "answer", "points", "of"])

    def draw(self):
        """Draw the card; return the figure."""
        import matplotlib.pyplot as plt

        parts = list(POINTS)
        figure, axes = plt.subplots(figsize=(7, 2.6))
        axes.barh(parts, [POINTS[p] for p in parts], color="0.93")
        axes.barh(parts, [self.points[p] for p in parts], color="C0", alpha=0.4)
        for i, part in enumerate(parts):
            label = f"{part}: {self.answer[part]}"
            axes.text(0.5, i, label, va="center", fontsize=11)
            axes.text(31, i, f"{self.points[part]:g} of {POINTS[part]}", va="center", fontsize=11)
        axes.invert_yaxis()
        axes.set(xlim=(0, 38), yticks=[], xticks=[])
        axes.spines[:].set_visible(False)
        axes.grid(False)
        hints = f", {-self.points['hints']:g} of them for hints" if self.points["hints"] else ""
        taken = f" ({100 - self.total:g} lost{hints})" if self.total < 100 else ""
        axes.set_title(f"Report card: {self.total:g} of 100 points{taken}", loc="left")
        return figure


def score(
    seed: int,
    column: str | Sequence[str] | None,
    kind: str,
    start: str | pd.Timestamp | None,
    action: str,
    hints: int = 0,
) -> Card:
    """Score an answer about the incident of a seed; return a `Card`.

    `column` is a name, a list of names, or None (nothing in the data is wrong); `kind` one of
    KINDS, `start` a replayed time (None with "nothing"), `action` one of ACTIONS. 100 points:
    30 for the column, 30 for the kind, 20 for the start (all within 6 hours, half within 18), 20
    for the action; each hint that was taken costs 10.

    The Card has `points` (a dictionary by part: column, kind, start, action, hints), `total`,
    `table()` and `draw()`. It does not say what would have been right.

    Raises CourseError when an answer is not one of the words above.
    """
    columns = _columns(column)
    _one_of("kind", kind, KINDS)
    _one_of("action", action, ACTIONS)
    moment = _moment(start)
    if isinstance(hints, bool) or not isinstance(hints, int) or not 0 <= hints <= HINTS:
        raise CourseError(f"`hints` is {hints!r}: give how many you took, 0 to {HINTS}.")
    truth = draw(seed)
    right = {
        "column": _column_share(columns, truth.columns),
        "kind": float(kind == truth.kind),
        "start": _start_share(moment, truth.onset),
        "action": float(action in truth.actions),
    }
    points = {part: POINTS[part] * share for part, share in right.items()}
    said = {
        "column": ", ".join(columns) or "none",
        "kind": kind,
        "start": "never" if moment is None else f"{moment:%a %d %b, %H:%M}",
        "action": action,
        "hints": f"{hints} taken",
    }
    return Card(said, points | {"hints": -HINT_COST * hints})


def draw_card(answer: dict):
    """Draw the report card of an answer; return the figure, or None and say why there is none.

    `answer` has the arguments of `score`. This never raises, so that a notebook runs on.
    """
    if not any(answer.get(part) for part in POINTS):
        print("No answer yet, and so no report card.")
        return None
    try:
        return score(**answer).draw()
    except (CourseError, TypeError) as problem:
        print(f"No report card: {problem}")
        return None


def hint(seed: int, number: int) -> str:
    """Return hint 1, 2 or 3 about the incident of a seed; each costs 10 points in `score`."""
    if number not in range(1, HINTS + 1):
        raise CourseError(f"`number` is {number!r}: there are hints 1 to {HINTS}.")
    return draw(seed).hints()[number - 1]


def stage(seed: int | None) -> pd.DataFrame:
    """Return the flights of the week before the replay of a seed: nothing is wrong with them."""
    incident = draw(seed)
    flights = incident.flights()
    return flights[flights["sched_dep"] < incident.first].reset_index(drop=True)


def draw(seed: int | None) -> Incident:
    """Return the incident of a seed; without one, that of the guided week.

    As many consecutive seeds as there are incidents (from a multiple of that number on) give each
    of them once, in an order that only a hash knows.
    """
    if seed is None:
        return GUIDED
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise CourseError(f"`seed` is {seed!r}: give a whole number, 0 or more.")
    block, place = divmod(int(seed), len(BANK))
    order = sorted(range(len(BANK)), key=lambda i: _hash(f"{block}/{i}"))
    return BANK[order[place]]


def _hash(text: str) -> bytes:
    return hashlib.sha256(f"the desk of the night/{text}".encode()).digest()


def _columns(column) -> list[str]:
    if column is None:
        return []
    columns = [column] if isinstance(column, str) else list(column)
    for name in columns:
        if name not in (*FEATURES, "late"):
            raise CourseError(
                f'`column` holds {name!r}: name features of the model, or "late" for the '
                "outcome, or say None when no column is wrong."
            )
    return columns


def _one_of(name: str, value, words: dict[str, str]) -> None:
    if value not in words:
        raise CourseError(f"`{name}` is {value!r}: choose one of {', '.join(map(repr, words))}.")


def _moment(start) -> pd.Timestamp | None:
    if start is None:
        return None
    try:
        moment = pd.Timestamp(start)
    except (ValueError, TypeError):
        moment = pd.NaT
    if moment is pd.NaT:
        raise CourseError(f'`start` is {start!r}: give a replayed time like "2013-05-15 12:00".')
    return moment


def _column_share(columns: list[str], truth: tuple[str, ...]) -> float:
    """Return 1 for the right columns or some of them, less for each that is wrong."""
    if not truth or not columns:
        return float(not truth and not columns)
    return len(set(columns) & set(truth)) / len(set(columns))


def _start_share(moment: pd.Timestamp | None, onset: pd.Timestamp | None) -> float:
    if moment is None or onset is None:
        return float(moment is onset)
    off = abs(moment - onset)
    return 1.0 if off <= EXACT else 0.5 if off <= NEAR else 0.0
