"""The incidents of lesson 10, and which a seed draws. Reading on means knowing the answers."""

import hashlib

import numpy as np
import pandas as pd

from utils.desk.faults import biased, closed, drift, in_km, no_evenings, scaled, silent, stuck
from utils.desk.incident import Incident
from utils.errors import CourseError
from utils.flights import WEATHER

# Quiet days of 2013, all Mondays, so that what is injected is all there is.
_MAY, _OCT21, _OCT28, _NOV4, _NOV11 = "05-13", "10-21", "10-28", "11-04", "11-11"

GUIDED = Incident(
    "a station in Celsius",
    "changed unit",
    ("temp",),
    first=pd.Timestamp(f"2013-{_MAY}"),
    onset=pd.Timestamp("2013-05-15 12:00"),
    change=drift("unit_change", origins=["EWR"]),
    guided=True,
)


def _row(name, kind, columns, monday, day, change=None, strong=True, shows=()) -> Incident:
    """An incident that begins `day` days after its Monday, or never."""
    first = pd.Timestamp(f"2013-{monday}")
    onset = None if day is None else first + pd.Timedelta(days=day)
    named = tuple(columns.split())
    return Incident(name, kind, named, first, onset, change, strong, shows)


# The airport that closes changes which carriers fly, and how far; fewer evenings change the hours.
_WITH_AN_AIRPORT = ("distance", "carrier")
_ALL, _FINE = " ".join(WEATHER), "visib precip wind_speed"

# fmt: off
BANK = (
    _row("temp in C", "changed unit", "temp", _OCT21, 2, drift("unit_change")),
    _row("temp in C at JFK", "changed unit", "temp", _OCT28, 1.5, drift("unit_change", origins=["JFK"])),  # noqa: E501
    _row("temp in C now and then", "changed unit", "temp", _NOV4, 2, drift("unit_change", peak=0.3)),  # noqa: E501
    _row("distance in km", "changed unit", "distance", _MAY, 1.5, in_km("distance")),
    _row("humid as fraction", "changed unit", "humid", _OCT21, 1.5, scaled("humid", 0.01)),
    _row("pressure in inHg", "changed unit", "pressure", _OCT28, 2, scaled("pressure", 0.02953)),
    _row("visib in km", "changed unit", "visib", _NOV4, 1.5, in_km("visib")),
    _row("hour in UTC", "shifted clock", "hour", _MAY, 2, drift("utc_hour")),
    _row("hour in UTC for some", "shifted clock", "hour", _OCT28, 1, drift("utc_hour", peak=0.5)),
    _row("visib missing", "missing values", "visib", _OCT21, 2.5, silent("visib", 0.4)),
    _row("temp missing", "missing values", "temp", _NOV4, 1, silent("temp", 0.6)),
    _row("humid missing at LGA", "missing values", "humid", _NOV11, 1.5, silent("humid", 1, ["LGA"])),  # noqa: E501
    _row("wind missing at times", "missing values", "wind_speed", _MAY, 1, silent("wind_speed", 0.12), strong=False),  # noqa: E501
    _row("fine weather", "default values", _FINE, _OCT21, 1, drift("default_fill", share=0.4)),
    _row("fine weather at times", "default values", _FINE, _NOV11, 2, drift("default_fill", share=0.1)),  # noqa: E501
    _row("stuck at LGA", "stuck values", _ALL, _OCT28, 2.5, stuck(["LGA"])),
    _row("stuck everywhere", "stuck values", _ALL, _NOV4, 2.5, stuck()),
    _row("wind off at EWR", "biased sensor", "wind_speed", _MAY, 2.5, biased("wind_speed", "EWR", 16)),  # noqa: E501
    _row("wind off at JFK", "biased sensor", "wind_speed", _NOV4, 2, biased("wind_speed", "JFK", 15)),  # noqa: E501
    _row("wind off a little", "biased sensor", "wind_speed", _OCT28, 1, biased("wind_speed", "LGA", 7), strong=False),  # noqa: E501
    _row("temp off at LGA", "biased sensor", "temp", _NOV11, 2.5, biased("temp", "LGA", 20)),
    _row("weather of others", "wrong join", _ALL, _MAY, 2, drift("wrong_join")),
    _row("weather of others for some", "wrong join", _ALL, _OCT21, 2, drift("wrong_join", peak=0.3)),  # noqa: E501
    _row("new brand", "new category", "carrier", _OCT28, 1.5, drift("new_carrier")),
    _row("brand replaced", "new category", "carrier", _NOV11, 1, drift("new_carrier", share=1)),
    _row("LGA closed", "other flights", "origin", _MAY, 1.5, closed("LGA", 0.1), shows=_WITH_AN_AIRPORT),  # noqa: E501
    _row("far away", "other flights", "distance", _NOV4, 1, drift("longer_network", tilt=0.4), shows=("carrier", "origin")),  # noqa: E501
    _row("no evenings", "other flights", "hour", _OCT21, 2.5, no_evenings(0.9)),
    _row("controllers on leave", "other outcomes", "late", _MAY, 1, drift("furlough", share=0.5), strong=False),  # noqa: E501
    _row("evening slots", "other outcomes", "late", _MAY, 1, drift("slot_rules", share=1), strong=False),  # noqa: E501
    _row("slow release", "slow model", "", _OCT28, 2),
    _row("failing release", "failing model", "", _NOV4, 1.5),
    _row("refused", "refused requests", "", _NOV11, 2, shows=("weekday",)),
    _row("silence", "silent feed", "", _OCT21, 1.5),
    _row("calm in May", "nothing", "", _MAY, None, strong=False),
    _row("calm in October", "nothing", "", _OCT28, None, strong=False),
    _row("calm in November", "nothing", "", _NOV4, None, strong=False),
)
# fmt: on


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


def stage(seed: int | None) -> pd.DataFrame:
    """Return the flights of the week before the replay of a seed: nothing is wrong with them."""
    incident = draw(seed)
    flights = incident.flights()
    return flights[flights["sched_dep"] < incident.first].reset_index(drop=True)


def _hash(text: str) -> bytes:
    return hashlib.sha256(f"the desk of the night/{text}".encode()).digest()
