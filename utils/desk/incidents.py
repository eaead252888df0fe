"""Answers about an incident: their words, their points, and hints.

`desk.start(seed=17)` plays the incident of a seed; `score(17, column=..., kind=..., start=...,
action=...)` says how right an answer is. Nothing here prints the truth, or keeps it where a learner
would come across it; for teachers there is `python -m utils incident --seed 17 --truth`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from utils.errors import CourseError
from utils.flights import FEATURES
from utils.given import a_moment

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
# The first answer about a seed costs nothing; each other one is a try, and costs: who may try again
# and again for nothing needs no report and no query.
TRY_COST = 10
# The answers about each seed that were scored in this kernel.
_tried: dict[int, list[tuple]] = {}
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
        costs = [f"{-self.points[p]:g} for {p}" for p in ("hints", "tries") if self.points[p]]
        taken = f" ({', '.join(costs)} taken off)" if costs else ""
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

    `column` is the column in which it shows, a list of such, or None (it shows in none); `kind` one
    of KINDS, `start` a replayed time (None with "nothing"), `action` one of ACTIONS. 100 points:
    30 for the column, 30 for the kind, 20 for the start (all within 6 hours, half within 18), 20
    for the action. Each hint that was taken costs 10, and so does each answer about the same seed
    after the first; the same answer once more costs nothing.

    The Card has `points` (a dictionary by part: column, kind, start, action, hints, tries),
    `total`, `table()` and `draw()`. It does not say what would have been right.

    Raises CourseError when an answer is not one of the words above, or `start` lies outside of the
    replay.
    """
    from utils.desk.incident_bank import draw

    truth = draw(seed)
    columns = _columns(column)
    kind, action = _one_of("kind", kind, KINDS), _one_of("action", action, ACTIONS)
    moment = None if start is None else _start(start, truth)
    if isinstance(hints, bool) or not isinstance(hints, int) or not 0 <= hints <= HINTS:
        raise CourseError(f"`hints` is {hints!r}: give how many you took, 0 to {HINTS}.")
    right = {
        "column": _column_share(columns, truth.columns, truth.shows),
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
    tried = _tried.setdefault(int(seed), [])
    answer = (frozenset(columns), kind, moment, action)
    if answer not in tried:
        tried.append(answer)
    tries = tried.index(answer)
    said["tries"] = f"{tries} before"
    return Card(said, points | {"hints": -HINT_COST * hints, "tries": -TRY_COST * tries})


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
    from utils.desk.incident_bank import draw

    return draw(seed).hints()[number - 1]


def _columns(column) -> list[str]:
    if column is None:
        return []
    columns = [column] if isinstance(column, str) else column
    if not isinstance(columns, Iterable):
        raise CourseError(f"`column` is {column!r}: give the name of a column, or a list of names.")
    known = {name.lower(): name for name in (*FEATURES, "late")}
    found = []
    for name in columns:
        if not isinstance(name, str) or name.strip().lower() not in known:
            raise CourseError(
                f'`column` holds {name!r}: name features of the model, or "late" for the '
                "outcome, or say None when it shows in no column."
            )
        found.append(known[name.strip().lower()])
    return sorted(set(found), key=found.index)


def _one_of(name: str, value, words: dict[str, str]) -> str:
    word = value.strip().lower() if isinstance(value, str) else value
    if not isinstance(word, str) or word not in words:
        raise CourseError(f"`{name}` is {value!r}: choose one of {', '.join(map(repr, words))}.")
    return word


def _start(given, incident) -> pd.Timestamp:
    moment = a_moment("start", given, 'a replayed time like "2013-05-15 12:00", or None')
    if not incident.first <= moment <= incident.last:
        raise CourseError(
            f"`start` is {moment:%Y-%m-%d %H:%M}, and the replay goes from "
            f"{incident.first:%Y-%m-%d} to {incident.last:%Y-%m-%d}. Give the year, too."
        )
    return moment


def _column_share(columns: list[str], wrong: tuple[str, ...], shows: tuple[str, ...] = ()) -> float:
    """Return 1 for columns in which it shows, less for each in which it does not."""
    if not columns:
        return float(not wrong)
    return len(set(columns) & {*wrong, *shows}) / len(columns)


def _start_share(moment: pd.Timestamp | None, onset: pd.Timestamp | None) -> float:
    if moment is None or onset is None:
        return float(moment is onset)
    off = abs(moment - onset)
    return 1.0 if off <= EXACT else 0.5 if off <= NEAR else 0.0
