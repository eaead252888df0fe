"""Exercise 5.2: the last hours, scored against a fixed reference and against the hours before."""

import numpy as np
import pandas as pd

from utils.exercises.expect import a_number, close, result_of
from utils.exercises.judges import Function, Slip
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.flights import load_flights

# Scores may be rounded to three digits.
ROUNDED = 2e-3

_CALLS = [
    ("distance", "2013-04-03 15:00", 3),
    ("distance", "2013-04-03 06:00", 24),
    ("distance", "2013-04-02 08:15", 1.5),
    ("temp", "2013-04-03 18:00", 8),
]


def _cases():
    """Return calls on three days in no order, with far flights exactly at the windows' edges."""
    flights = load_flights(14, 14)
    flights = flights[flights["sched_dep"] < "2013-04-04"].iloc[::3].copy()
    at = [
        pd.Timestamp(now) - back * pd.Timedelta(hours=hours)
        for _, now, hours in _CALLS
        for back in (0, 1, 2)
    ]
    rows = np.arange(len(at)) * (len(flights) // len(at))
    flights.iloc[rows, flights.columns.get_loc("sched_dep")] = at
    flights.iloc[rows, flights.columns.get_loc("distance")] = 12_000 + 3_000 * np.arange(len(at))
    flights = flights.sample(frac=1, random_state=5).reset_index(drop=True)
    march = load_flights(10, 13).sample(2_000, random_state=6).reset_index(drop=True)
    return {
        f'`two_scores(march, flights, "{column}", "{now}", {hours})`': (
            march,
            flights,
            column,
            now,
            hours,
        )
        for column, now, hours in _CALLS
    }


def _window(flights, end, span, side="left"):
    return flights[flights["sched_dep"].between(end - span, end, inclusive=side)]


def _scores(
    window=_window,
    before=None,
    fixed=lambda score, march, old, new: score(march, new),
    moving=lambda score, march, old, new: score(old, new),
    turned=lambda pair: pair,
):
    """Make a function: how a window is cut, where the one before lies, how each is scored."""

    def two_scores(march, flights, column, now, hours):
        from utils.drift.measure import wasserstein

        end, span = pd.Timestamp(now), pd.Timedelta(hours=hours)
        old = before(flights, end, span) if before else window(flights, end - span, span)
        parts = march[column], old[column], window(flights, end, span)[column]
        return turned((fixed(wasserstein, *parts), moving(wasserstein, *parts)))

    return two_scores


# What is said before the call; a message about one of the scores needs the call alone.
_RETURNS = "What `two_scores` returns"


def _form(value, name):
    """Ask for two numbers."""
    if isinstance(value, pd.Series) and set(value.index) == {"fixed", "moving"}:
        value = value.to_dict()
    if isinstance(value, (np.ndarray, pd.Series)):
        value = list(value)
    if isinstance(value, dict) and set(value) == {"fixed", "moving"}:
        value = (value["fixed"], value["moving"])
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise NotYet(f"{name} is {describe(value)}; return two numbers: `return fixed, moving`.")
    return tuple(
        a_number(score, f"`{which}`{name.removeprefix(_RETURNS)}")
        for which, score in zip(("fixed", "moving"), value, strict=True)
    )


SLIPS = [
    Slip(
        "Your windows also take a flight exactly at their end; it belongs to the next one (`<`).",
        _scores(lambda f, end, span: _window(f, end, span, "both")),
    ),
    Slip(
        "Your windows leave out a flight exactly at their start, which is in (`>=`).",
        _scores(lambda f, end, span: _window(f, end, span, "neither")),
    ),
    Slip(
        "Your windows take the flight at their end and leave out the one at the start. It is the "
        "other way round: start in, end out.",
        _scores(lambda f, end, span: _window(f, end, span, "right")),
    ),
    Slip(
        "Your last window also holds flights after `now`. At that time nobody has them.",
        _scores(
            lambda f, end, span: f[f["sched_dep"] >= end - span],
            lambda f, end, span: _window(f, end - span, span),
        ),
    ),
    Slip(
        "Your last window holds every flight before `now`; where does it begin?",
        _scores(
            lambda f, end, span: f[f["sched_dep"] < end],
            lambda f, end, span: _window(f, end - span, span),
        ),
    ),
    Slip(
        "Your windows hold the hours *after* `now`; a monitor looks back.",
        _scores(
            lambda f, end, span: _window(f, end + span, span),
            lambda f, end, span: _window(f, end, span),
        ),
    ),
    Slip(
        "Reference and current are swapped in `fixed`. Wasserstein is divided by the spread of the "
        "reference, so March comes first.",
        _scores(fixed=lambda score, march, old, new: score(new, march)),
    ),
    Slip(
        "Reference and current are swapped in `moving`. Wasserstein is divided by the spread of "
        "the reference, so the older window comes first.",
        _scores(moving=lambda score, march, old, new: score(new, old)),
    ),
    Slip(
        "Reference and current are swapped in both. Wasserstein is divided by the spread of the "
        "reference, so that comes first.",
        _scores(
            fixed=lambda score, march, old, new: score(new, march),
            moving=lambda score, march, old, new: score(new, old),
        ),
    ),
    Slip(
        "`moving` is compared with March, too; that is `fixed`.",
        _scores(moving=lambda score, march, old, new: score(march, new)),
    ),
    Slip(
        "`fixed` is compared with the window before, too; that is `moving`.",
        _scores(fixed=lambda score, march, old, new: score(old, new)),
    ),
    Slip("First `fixed`, then `moving`: yours are swapped.", _scores(turned=lambda p: p[::-1])),
    Slip(
        "`moving` compares with *all* flights before the window; a moving reference is the one "
        "window before.",
        _scores(before=lambda f, end, span: f[f["sched_dep"] < end - span]),
    ),
    Slip(
        "`moving` compares with a window that also holds the last one. The one before ends where "
        "the last begins.",
        _scores(before=lambda f, end, span: _window(f, end, 2 * span)),
    ),
    Slip(
        "`moving` compares with the window *after* `now`, which nobody has yet.",
        _scores(before=lambda f, end, span: _window(f, end + span, span)),
    ),
    Slip(
        "`moving` compares the window before with March; it is the last window that is judged.",
        _scores(moving=lambda score, march, old, new: score(march, old)),
    ),
]


class _TwoScores(Function):
    def observe(self, answer, name, case):
        try:
            result = result_of(answer, *case)
        except NotYet as problem:
            said = str(problem)
            if "'str'" in said or "str and" in said:
                said += "\n`now` is a text. `now = pd.Timestamp(now)` makes a time of it."
            elif "tz-" in said or ("Invalid comparison" in said and "and Timestamp" in said):
                said += (
                    "\nA time with a time zone cannot be compared with one without. `sched_dep` is "
                    "local time without a zone: leave the zone out."
                )
            raise NotYet(said) from None
        return self.result(result, f"What `two_scores` returns for {name}")

    def told(self, name, got):
        return f"{name} returned {got[0]:.4g} and {got[1]:.4g}."


def _first_difference(name, got, wanted):
    is_fixed = not close(got[0], wanted[0], ROUNDED)
    which, against = ("fixed", "March") if is_fixed else ("moving", "the window before")
    return (
        f"`{which}` is not `measure.wasserstein` of the last window against {against}. How many "
        "flights are in each of your windows, and which is the first, which the last?"
    )


exercise(
    "5.2",
    "Fixed and moving",
    stars=2,
    minutes=12,
    hints=[
        "Make a time of `now` with `pd.Timestamp(now)`; the window begins at `start = now - "
        "pd.Timedelta(hours=hours)`, and the one before it `hours` hours earlier still.",
        'A flight is in the window if `start <= sched_dep < now`: `flights[(flights["sched_dep"] '
        '>= start) & (flights["sched_dep"] < now)]`.',
        "The reference is the first argument of `measure.wasserstein`: `march[column]` for the "
        "one score, the column in the window before for the other.",
        "`return measure.wasserstein(march[column], last[column]), "
        "measure.wasserstein(before[column], last[column])`.",
    ],
    learned="The same hours, the same measure, and two answers. What a monitor sees is decided by "
    "what it compares with. And half-open windows, start in and end out, leave no flight out.",
    check=_TwoScores(
        "two_scores",
        _scores(),
        arguments=5,
        result=_form,
        cases=_cases,
        slips=SLIPS,
        tolerance=ROUNDED,
        otherwise=_first_difference,
    ),
)
