"""The incidents of lesson 10, and how each is played. Reading on means knowing the answers."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from utils.drift import simulate
from utils.drift.simulate import Severity
from utils.flights import load_flights

FIRST_MONDAY = pd.Timestamp("2012-12-31")
WEATHER = ("temp", "humid", "wind_speed", "precip", "visib", "pressure")

# Actions that are right, by kind.
_FIX, _BACK, _LEARN, _LEAVE = "fix the source", "roll back", "retrain", "leave it"
_ACTIONS = {
    "nothing": (_LEAVE,),
    "new category": (_LEARN, _LEAVE),
    "other flights": (_LEAVE, _LEARN),
    "other outcomes": (_LEARN,),
    "slow model": (_BACK,),
    "failing model": (_BACK,),
}

# Where a repair would help.
_SOURCES = {"slow model": "model", "failing model": "model"}

Change = Callable[[pd.DataFrame, pd.Timestamp, np.random.Generator], pd.DataFrame]


@dataclass(frozen=True, repr=False)
class Incident:
    """What goes wrong (`kind`, `columns`), from `onset` on, in a replay that begins on `first`.

    `change` makes the flights that are played out of those that were. `strong` incidents are to
    page within a day.
    """

    name: str
    kind: str
    columns: tuple[str, ...]
    first: pd.Timestamp
    onset: pd.Timestamp | None
    change: Change | None = None
    strong: bool = True
    days: float = 7.0

    @property
    def actions(self) -> tuple[str, ...]:
        """What is right to do."""
        return _ACTIONS.get(self.kind, (_FIX,))

    @property
    def source(self) -> str | None:
        """What would have to be repaired: "weather", "bookings", "model" or nothing."""
        if self.kind in _SOURCES:
            return _SOURCES[self.kind]
        if _FIX not in self.actions:
            return None
        return "weather" if self.columns and self.columns[0] in WEATHER else "bookings"

    @property
    def last(self) -> pd.Timestamp:
        """When the replay ends."""
        return self.first + pd.Timedelta(days=self.days)

    def flights(self) -> pd.DataFrame:
        """Return the flights as they were, from the week before the replay to its end."""
        week = (self.first - FIRST_MONDAY).days // 7 + 1
        flights = load_flights(week - 1, min(week + 1, 52))
        times = flights["sched_dep"]
        inside = (times >= self.first - pd.Timedelta("7D")) & (times < self.last)
        return flights[inside].reset_index(drop=True)

    def played(self, flights: pd.DataFrame) -> pd.DataFrame:
        """Return the flights as the incident makes them; each has a number of its own."""
        if self.change is None:
            return flights
        rng = np.random.default_rng(sum(map(ord, self.name)))
        changed = self.change(flights, self.onset, rng)
        # A flight that comes twice is two flights.
        copy = changed.groupby("flight_id").cumcount()
        return changed.assign(flight_id=changed["flight_id"] + 1_000_000 * copy)

    def hints(self) -> tuple[str, str, str]:
        """Return three hints, each saying more than the one before."""
        if self.onset is None:
            first = "Compare each alarm, if there is one, with what calm days look like."
            return first, "Does any number leave the range of the week before?", "Trust the quiet."
        system = self.kind in ("slow model", "failing model", "refused requests", "silent feed")
        where = "the service's own metrics" if system else "the drift job's metrics"
        if self.kind == "other outcomes":
            where = "the outcomes, which come a day late"
        half = "the morning" if self.onset.hour < 12 else "the afternoon"
        about = f"`{self.columns[0]}`" if self.columns else "no column of the data"
        return (
            f"Look at {where}.",
            f"It begins in {half} of a {self.onset:%A}.",
            f"It is about {about}.",
        )

    def truth(self) -> dict[str, str]:
        """Return the answers, for teachers."""
        return {
            "incident": self.name,
            "column": ", ".join(self.columns) or "none",
            "kind": self.kind,
            "start": "never" if self.onset is None else f"{self.onset:%Y-%m-%d %H:%M}",
            "action": " or ".join(self.actions),
            "replay": f"{self.first:%Y-%m-%d} to {self.last:%Y-%m-%d}",
        }


def _drift(name: str, peak: float = 1.0, **options) -> Change:
    """A drift of `utils.drift.simulate`."""
    drift = simulate.DRIFTS[name]

    def change(flights, onset, rng):
        return drift(flights, Severity(onset, peak=peak), rng, **options)[0]

    return change


def _rows(flights: pd.DataFrame, onset: pd.Timestamp, origins=()) -> np.ndarray:
    chosen = flights["sched_dep"] >= onset
    return (chosen & flights["origin"].isin(origins) if origins else chosen).to_numpy()


def _scaled(column: str, factor: float, shift: float = 0.0, origins=()) -> Change:
    """A column in another unit."""

    def change(flights, onset, rng):
        at = _rows(flights, onset, origins)
        values = flights[column].astype("float64")
        return flights.assign(**{column: values.where(~at, values * factor + shift)})

    return change


def _silent(column: str, share: float, origins=()) -> Change:
    """A column whose values do not arrive."""

    def change(flights, onset, rng):
        at = _rows(flights, onset, origins) & (rng.random(len(flights)) < share)
        return flights.assign(**{column: flights[column].where(~at)})

    return change


def _stuck(origins=("EWR", "JFK", "LGA"), columns=WEATHER) -> Change:
    """Stations that repeat their last observation."""

    def change(flights, onset, rng):
        changed = flights.copy()
        for origin in origins:
            before = flights[(flights["origin"] == origin) & (flights["sched_dep"] < onset)]
            for column in columns:
                last = before[column].dropna().iloc[-1]
                changed.loc[_rows(flights, onset, [origin]), column] = last
        return changed

    return change


def _closed(origin: str, kept: float) -> Change:
    """An airport whose runways are closed."""

    def change(flights, onset, rng):
        gone = _rows(flights, onset, [origin]) & (rng.random(len(flights)) >= kept)
        return flights[~gone].reset_index(drop=True)

    return change


def _gone(carrier: str) -> Change:
    """A carrier that flies no more."""

    def change(flights, onset, rng):
        gone = _rows(flights, onset) & (flights["carrier"] == carrier).to_numpy()
        return flights[~gone].reset_index(drop=True)

    return change


def _evenings(share: float) -> Change:
    """A timetable with fewer flights in the evening, on every day."""

    def change(flights, onset, rng):
        every = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
        return simulate.weekend(flights, Severity(onset, weekdays=every), rng, share=share)[0]

    return change


def _in_km(column: str) -> Change:
    return _scaled(column, 1.609344)


def _biased(column: str, origin: str, error: float) -> Change:
    """A sensor of one airport that reads too high."""
    return _scaled(column, 1.0, error, [origin])


def _calm(day: str) -> dict:
    return {"first": pd.Timestamp(f"2013-{day}"), "onset": None}


def _at(day: str, after: float) -> dict[str, pd.Timestamp]:
    first = pd.Timestamp(f"2013-{day}")
    return {"first": first, "onset": first + pd.Timedelta(days=after)}


# Quiet days, so that what is injected is all there is. 2013-05-13, 10-21, 10-28 and 11-04, 11-11
# are Mondays.
_A, _B, _C, _D, _E = "05-13", "10-21", "10-28", "11-04", "11-11"

GUIDED = Incident(
    "a station in Celsius",
    "changed unit",
    ("temp",),
    **_at(_A, 2.5),
    change=_drift("unit_change", origins=["EWR"]),
)


def _fill(share: float) -> Change:
    return _drift("default_fill", share=share)


_LATE = ("late",)
_WIND = ("wind_speed",)
_FINE = ("visib", "precip", "wind_speed")

BANK = tuple(
    Incident(name, kind, columns, **when, change=change, strong=strong)
    for name, kind, columns, when, change, strong in (
        ("temp in C", "changed unit", ("temp",), _at(_B, 2), _drift("unit_change"), True),
        (
            "temp in C at JFK",
            "changed unit",
            ("temp",),
            _at(_C, 1.5),
            _drift("unit_change", origins=["JFK"]),
            True,
        ),
        (
            "temp in C now and then",
            "changed unit",
            ("temp",),
            _at(_D, 2),
            _drift("unit_change", peak=0.3),
            True,
        ),
        ("distance in km", "changed unit", ("distance",), _at(_A, 1.5), _in_km("distance"), True),
        (
            "humid as fraction",
            "changed unit",
            ("humid",),
            _at(_B, 1.5),
            _scaled("humid", 0.01),
            True,
        ),
        (
            "pressure in inHg",
            "changed unit",
            ("pressure",),
            _at(_C, 2),
            _scaled("pressure", 0.02953),
            True,
        ),
        ("visib in km", "changed unit", ("visib",), _at(_D, 1.5), _in_km("visib"), True),
        ("hour in UTC", "shifted clock", ("hour",), _at(_A, 2), _drift("utc_hour"), True),
        (
            "hour in UTC for some",
            "shifted clock",
            ("hour",),
            _at(_C, 1),
            _drift("utc_hour", peak=0.5),
            True,
        ),
        ("visib missing", "missing values", ("visib",), _at(_B, 2.5), _silent("visib", 0.4), True),
        ("temp missing", "missing values", ("temp",), _at(_D, 1), _silent("temp", 0.6), True),
        (
            "humid missing at LGA",
            "missing values",
            ("humid",),
            _at(_E, 1.5),
            _silent("humid", 1, ["LGA"]),
            True,
        ),
        (
            "wind missing at times",
            "missing values",
            _WIND,
            _at(_A, 1),
            _silent("wind_speed", 0.12),
            False,
        ),
        ("fine weather", "default values", _FINE, _at(_B, 1), _fill(0.4), True),
        ("fine weather at times", "default values", _FINE, _at(_E, 2), _fill(0.1), True),
        ("stuck at LGA", "stuck values", WEATHER, _at(_C, 2.5), _stuck(["LGA"]), True),
        ("stuck everywhere", "stuck values", WEATHER, _at(_D, 2.5), _stuck(), True),
        (
            "wind off at EWR",
            "biased sensor",
            _WIND,
            _at(_A, 2.5),
            _biased("wind_speed", "EWR", 16),
            True,
        ),
        (
            "wind off at JFK",
            "biased sensor",
            _WIND,
            _at(_D, 2),
            _biased("wind_speed", "JFK", 15),
            True,
        ),
        (
            "wind off a little",
            "biased sensor",
            _WIND,
            _at(_C, 1),
            _biased("wind_speed", "LGA", 7),
            False,
        ),
        (
            "temp off at LGA",
            "biased sensor",
            ("temp",),
            _at(_E, 2.5),
            _biased("temp", "LGA", 20),
            True,
        ),
        ("weather of others", "wrong join", WEATHER, _at(_A, 2), _drift("wrong_join"), True),
        (
            "weather of others for some",
            "wrong join",
            WEATHER,
            _at(_B, 2),
            _drift("wrong_join", peak=0.3),
            True,
        ),
        ("new brand", "new category", ("carrier",), _at(_C, 1.5), _drift("new_carrier"), True),
        (
            "brand replaced",
            "new category",
            ("carrier",),
            _at(_E, 1),
            _drift("new_carrier", share=1),
            True,
        ),
        ("LGA closed", "other flights", ("origin",), _at(_A, 1.5), _closed("LGA", 0.1), True),
        (
            "far away",
            "other flights",
            ("distance",),
            _at(_D, 1),
            _drift("longer_network", tilt=0.4),
            True,
        ),
        ("no evenings", "other flights", ("hour",), _at(_B, 2.5), _evenings(0.9), True),
        (
            "controllers on leave",
            "other outcomes",
            _LATE,
            _at(_A, 1),
            _drift("furlough", share=0.5),
            False,
        ),
        (
            "evening slots",
            "other outcomes",
            _LATE,
            _at(_A, 1),
            _drift("slot_rules", share=1),
            False,
        ),
        ("slow release", "slow model", (), _at(_C, 2), None, True),
        ("failing release", "failing model", (), _at(_D, 1.5), None, True),
        ("refused", "refused requests", (), _at(_E, 2), None, True),
        ("silence", "silent feed", (), _at(_B, 1.5), None, True),
        ("calm in May", "nothing", (), _calm(_A), None, False),
        ("calm in October", "nothing", (), _calm(_C), None, False),
        ("calm in November", "nothing", (), _calm(_D), None, False),
    )
)
