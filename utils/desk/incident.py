"""One incident: what goes wrong, since when, and how the flights of its week are played."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from utils.flights import WEATHER, load_flights

_FIRST_MONDAY = pd.Timestamp("2012-12-31")

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
_OF_THE_SERVICE = ("slow model", "failing model", "refused requests", "silent feed")

# A seed's flights have numbers from here on, which the file of flights does not have, and leave a
# few minutes earlier or later than there: what goes wrong cannot be looked up in the file.
_OWN_NUMBERS = 5_000_000
_MINUTES = 4

Change = Callable[[pd.DataFrame, pd.Timestamp, np.random.Generator], pd.DataFrame]


@dataclass(frozen=True, repr=False)
class Incident:
    """What goes wrong (`kind`, `columns`), from `onset` on, in a replay that begins on `first`.

    `columns` are those that are wrong, `shows` those that move with them and are told in a page, so
    that to name one is an answer, too. `change` makes the flights that are played out of those that
    were. `strong` incidents page within a day and a half. An incident that is `guided` keeps the
    numbers and the minutes of the file.
    """

    name: str
    kind: str
    columns: tuple[str, ...]
    first: pd.Timestamp
    onset: pd.Timestamp | None
    change: Change | None = None
    strong: bool = True
    shows: tuple[str, ...] = ()
    guided: bool = False
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
        week = (self.first - _FIRST_MONDAY).days // 7 + 1
        flights = load_flights(week - 1, min(week + 1, 52))
        times = flights["sched_dep"]
        inside = (times >= self.first - pd.Timedelta("7D")) & (times < self.last)
        flights = flights[inside].reset_index(drop=True)
        return flights if self.guided else _as_of_another_night(flights, self._generator(1))

    def played(self, flights: pd.DataFrame) -> pd.DataFrame:
        """Return the flights as the incident makes them; each has a number of its own."""
        if self.change is None:
            return flights
        changed = self.change(flights, self.onset, self._generator(0))
        # A flight that comes twice is two flights.
        copy = changed.groupby("flight_id").cumcount()
        return changed.assign(flight_id=changed["flight_id"] + 1_000_000 * copy)

    def hints(self) -> tuple[str, str, str]:
        """Return three hints, each saying more than the one before; calm weeks have three, too."""
        about_flights = self.columns and self.columns[0] not in WEATHER
        # A calm week looks like one whose weather is wrong, until one knows.
        where = f"what the drift job measures of the {'flights' if about_flights else 'weather'}"
        if self.kind in _OF_THE_SERVICE:
            where = "what becomes of the requests: their number, the answers, the time these take"
        elif self.kind == "other outcomes":
            where = "the outcomes, which come a day late"
        begins = "no day of the week"
        if self.onset is not None:
            half = "before noon" if self.onset.hour < 12 else "at noon or later"
            begins = f"a {self.onset:%A}, {half}"
        about = f"`{self.columns[0]}`" if self.columns else "no column of the data"
        return f"Look at {where}.", f"It begins on {begins}.", f"It is about {about}."

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

    def _generator(self, purpose: int) -> np.random.Generator:
        name = sum(map(ord, self.name))
        # With 0 alone, as ever: each incident stays the one that it was.
        return np.random.default_rng([name, purpose] if purpose else name)


def _as_of_another_night(flights: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the flights with numbers of their own, each some minutes off, in the same hour."""
    hour = flights["sched_dep"].dt.floor("h")
    minute = (flights["sched_dep"] - hour) // pd.Timedelta("1min")
    minute = (minute + rng.integers(-_MINUTES, _MINUTES + 1, len(flights))).clip(0, 59)
    moved = hour + pd.to_timedelta(minute, unit="min")
    numbers = _OWN_NUMBERS + rng.permutation(len(flights))
    flights = flights.assign(
        flight_id=numbers,
        sched_dep=moved.astype(flights["sched_dep"].dtype),
        hour=moved.dt.hour + moved.dt.minute / 60,
    )
    return flights.sort_values(["sched_dep", "flight_id"], ignore_index=True)
