"""Calm weeks of April and the same weeks with faults; what Evidently says of one column of one."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from utils.drift import simulate
from utils.drift.simulate import Severity
from utils.exercises.lesson_04.old_names import evidently
from utils.exercises.limits import TimeUp, time_limit
from utils.exercises.verdicts import NotYet
from utils.flights import REFERENCE, load_flights

SECONDS = 20
SLOW_METHODS = {
    "empirical_mmd": "every flight with every other",
    "TVD": "a thousand shuffled copies of the columns",
}
CALM_WEEKS = (14, 15, 16, 18)
WATCHED = {"hour": "num", "temp": "num", "carrier": "cat"}
FAULTS = {
    "hour": "hours in UTC",
    "temp": "temperatures in Celsius",
    "carrier": "fewer than one flight in fifty under a new airline's code",
}


@dataclass(frozen=True)
class Verdict:
    """What Evidently says of one column in one week."""

    score: float
    threshold: float
    drifted: bool


@cache
def reference_values(column):
    """Return a column of the reference without its missing values, as Evidently compares it."""
    return load_flights(*REFERENCE)[column].dropna()


@cache
def week_values(week, column, struck):
    """Return a column of a calm week, or of the same week with its fault."""
    flights = load_flights(week, week)
    if struck:
        rng, start = np.random.default_rng(week), flights["sched_dep"].min().normalize()
        flights = {
            "hour": lambda: simulate.utc_hour(flights, start, rng),
            "temp": lambda: simulate.unit_change(flights, start, rng),
            "carrier": lambda: simulate.new_carrier(flights, Severity(start, peak=0.25), rng),
        }[column]()[0]
    return flights[column].dropna()


def verdict(column, method, threshold, week, struck):
    """Return Evidently's own verdict for one column of one week.

    Its function of the method is called directly: a Report gives the same, and spends most of its
    time on pictures.
    """
    legacy = evidently().legacy
    if method in SLOW_METHODS:
        raise NotYet(
            f"`{method}` compares {SLOW_METHODS[method]}: with 26,000 flights that takes too long. "
            "Choose another method."
        )
    # Given as text, some methods would take numbers for categories.
    kind, reference = legacy.core.ColumnType(WATCHED[column]), reference_values(column)
    current = week_values(week, column, struck)
    try:
        with time_limit(SECONDS):
            test = legacy.calculations.stattests.get_stattest(reference, current, kind, method)
            found = test(reference, current, kind, threshold)
    except TimeUp:
        raise NotYet(
            f"`{method}` on `{column}` takes longer than {SECONDS} s: choose another."
        ) from None
    except Exception as error:
        said = str(error).strip().split("\n")[0][:300]
        raise NotYet(
            f"The method {method!r} on `{column}` stopped with an error.\n"
            f"    {type(error).__name__}: {said}"
        ) from None
    return Verdict(float(found.drift_score), float(found.actual_threshold), bool(found.drifted))
