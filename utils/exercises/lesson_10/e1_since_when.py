"""Exercise 10.1: which airport changed its unit, and in which hour; a function."""

from typing import Any

import numpy as np
import pandas as pd

from utils.exercises.judges import Function, Slip
from utils.exercises.lesson_10.stations import AIRPORTS, cases
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet


def _hourly(flights: pd.DataFrame) -> pd.DataFrame:
    by_hour = flights.assign(start=flights["sched_dep"].dt.floor("h"))
    return by_hour.pivot_table("temp", "start", "origin", aggfunc="median")


def _right(flights):
    hourly = _hourly(flights)
    far = hourly.sub(hourly.median(axis=1), axis=0).abs() > 15
    airport = far.sum().idxmax()
    return airport, far.index[far[airport]][0]


def _by_its_own_fall(flights):
    falls = _hourly(flights).diff().min()
    airport = falls.idxmin()
    return airport, _hourly(flights)[airport].diff().idxmin()


def _result(value: Any, name: str) -> tuple[str, pd.Timestamp]:
    """Ask for an airport and a moment."""
    if isinstance(value, str) or not isinstance(value, (tuple, list)) or len(value) != 2:
        raise NotYet(f"{name} is {describe(value)}. Return two things: `return airport, hour`.")
    airport, hour = value
    if not isinstance(airport, str) and isinstance(hour, str):
        raise NotYet(f"{name} has the hour first and the airport last: turn them round.")
    if airport not in AIRPORTS:
        raise NotYet(f'{name} has the airport {describe(airport)}; give "EWR", "JFK" or "LGA".')
    if isinstance(hour, (int, float, np.number)):
        raise NotYet(
            f"{name} has the hour {describe(hour)}. Return a moment with its day, a Timestamp: "
            "`sched_dep.dt.floor('h')` makes them."
        )
    try:
        moment = pd.Timestamp(hour)
    except (ValueError, TypeError):
        moment = pd.NaT
    if moment is pd.NaT:
        raise NotYet(f"{name} has the hour {describe(hour)}; return a Timestamp.")
    return airport, moment


def _what_to_look_at(name: str, got: tuple, wanted: tuple) -> str:
    airport, moment = got
    first = cases()[name][0]["sched_dep"].min()
    if airport != wanted[0]:
        return (
            "It is another one. Compare each airport with the middle one of the three in the same "
            "hour: a cold morning is cold for all."
        )
    start = wanted[1]
    if moment.floor("h") == start:
        return "That is the right hour. Return the *full* hour, with `.floor('h')`."
    if moment.floor("h") == first.floor("h"):
        return (
            "That is the first hour of the table, and the fault begins later. Did the order of the "
            "rows (they are mixed) decide?"
        )
    if moment == start.floor("D"):
        return "That is the right day. Which hour?"
    if moment < start:
        return (
            f"Then most of {airport} was still well. Did a single flight with a wrong value "
            "decide? The median of an hour does not mind it. Or weather, which all three share?"
        )
    return (
        f"But {airport} was wrong before. Did the order of the rows (they are mixed) decide, or "
        "did you take the last hour?"
    )


class _SinceWhen(Function):
    def told(self, name, got):
        return f"For {name}, you name {got[0]} and {got[1]:%d %B, %H:%M}."


exercise(
    "10.1",
    "Since when?",
    stars=2,
    minutes=12,
    hints=[
        "Make a table with a row an hour and a column an airport, as for the last figure, but with "
        "the day in the hour: `sched_dep.dt.floor('h')`.",
        "Take the median of each hour: a single wrong value does not move it. Then compare each "
        "airport with the middle one of the three.",
        "`far = hourly.sub(hourly.median(axis=1), axis=0).abs() > 15`. The airport is the column "
        "with most of them, `far.sum().idxmax()`.",
        "The hour is the first of `far.index[far[airport]]`.",
    ],
    learned="It holds in a cold front, too: what three neighbours share is weather, and what one "
    "of them has alone is its station.",
    check=_SinceWhen(
        "since_when",
        _right,
        cases=cases,
        slips=[
            Slip(
                "That is where a station fell most from one hour to the next, and a cold front "
                "does that to all three. Compare an airport with its neighbours in the same hour.",
                _by_its_own_fall,
            )
        ],
        result=_result,
        otherwise=_what_to_look_at,
    ),
)
