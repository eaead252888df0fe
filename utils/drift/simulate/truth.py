"""When a simulated drift is there and how strongly (`Severity`), and what it did (`Truth`)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from utils.errors import CourseError
from utils.flights import WEEKDAYS
from utils.given import a_moment, is_number


@dataclass(frozen=True)
class Severity:
    """The shape of a drift over time: 0 is nothing of it, 1 is all of it.

    From `onset` on the severity is `peak`: at once, or rising from 0 in a straight line over the
    time `ramp` ("14D"). From `until` on it is 0 again, and with `weekdays` ("Mon" to "Sun") it is
    0 on all others: such a drift recurs. Times are scheduled departures, local.

    >>> Severity("2013-05-06", ramp="14D").at(["2013-05-06", "2013-05-13", "2013-06-01"])
    array([0. , 0.5, 1. ])

    Raises CourseError when a time, a weekday or the peak cannot be understood.
    """

    onset: str | pd.Timestamp
    ramp: str | pd.Timedelta = "0D"
    until: str | pd.Timestamp | None = None
    weekdays: Sequence[str] = ()
    peak: float = 1.0

    def __post_init__(self):
        """Check the fields, and parse the times."""
        onset, ramp = _moment("onset", self.onset), _duration(self.ramp)
        until = None if self.until is None else _moment("until", self.until)
        if until is not None and until <= onset:
            raise CourseError(f"`until` ({until}) must be later than `onset` ({onset}).")
        weekdays = _weekdays(self.weekdays)
        check_share("peak", self.peak)
        parsed = {"onset": onset, "ramp": ramp, "until": until, "weekdays": weekdays}
        for name, value in parsed.items():
            # A frozen dataclass lets nobody write, itself included.
            object.__setattr__(self, name, value)

    def at(self, times) -> np.ndarray:
        """Return the severity at each of these times, between 0 and 1."""
        return self.over(times)[1]

    def over(self, times) -> tuple[np.ndarray, np.ndarray]:
        """Return for each time whether the drift is there (if only with severity 0), and `at`."""
        index = pd.DatetimeIndex(times)
        # Whole numbers in the unit of the times: numpy compares them seven times faster than times.
        ticks, unit = index.asi8, index.unit
        onset = _ticks(self.onset, unit)
        there = ticks >= onset
        if self.until is not None:
            there &= ticks < _ticks(self.until, unit)
        if self.weekdays:
            days = ticks // (np.timedelta64(1, "D") // np.timedelta64(1, unit))
            # Day 0, 1 January 1970, was a Thursday.
            weekday = (days + WEEKDAYS.index("Thu")) % 7
            there &= np.isin(weekday, [WEEKDAYS.index(day) for day in self.weekdays])
        severity = there * float(self.peak)
        if self.ramp:
            severity *= np.clip((ticks - onset) / _ticks(self.ramp, unit), 0, 1)
        return there, severity

    def daily(self, first: pd.Timestamp, last: pd.Timestamp) -> pd.Series:
        """Return the mean severity of each day from `first` to `last`, indexed by `day`."""
        days = pd.date_range(first.normalize(), last.normalize(), name="day")
        # The middle of each hour stands for the hour.
        middles = np.arange(24) * np.timedelta64(60, "m") + np.timedelta64(30, "m")
        hourly = self.at((days.to_numpy()[:, None] + middles).ravel()).reshape(-1, 24)
        return pd.Series(hourly.mean(axis=1), days, name="severity")


@dataclass(frozen=True, eq=False, repr=False)
class Truth:
    """What a drift did to a table.

    `columns` are those that it is about, `onset` is when it begins. `severity` is the mean
    severity of each day of the table, indexed by `day`. `rows` says of each row of the drifted
    table whether the drift touched it: changed it or, where flights were drawn anew, put it in as a
    copy.
    """

    name: str
    kind: str  # "covariate shift", "label shift", "concept drift" or "data fault"
    columns: tuple[str, ...]
    onset: pd.Timestamp
    severity: pd.Series
    rows: pd.Series

    def summary(self) -> dict:
        """Return the truth as one row: `pd.DataFrame([truth.summary() for truth in truths])`."""
        return {
            "drift": self.name,
            "kind": self.kind,
            "columns": ", ".join(self.columns),
            "onset": self.onset,
            "peak": self.severity.max(),
            "rows": int(self.rows.sum()),
            "share": self.rows.mean(),
        }

    def __repr__(self) -> str:
        """Say it in one line."""
        row = self.summary()
        return (
            f"{self.name} ({self.kind}) in {row['columns']}, from {self.onset:%Y-%m-%d %H:%M}: "
            f"{row['rows']:,} of {len(self.rows):,} rows touched, severity up to {row['peak']:.2f}"
        )


When = Severity | str | pd.Timestamp
Drifted = tuple[pd.DataFrame, Truth]


def as_severity(when: When) -> Severity:
    """Return a Severity; a date alone means suddenly and fully from then on."""
    return when if isinstance(when, Severity) else Severity(when)


def check_share(name: str, value: float) -> None:
    """Raise CourseError unless `value` lies between 0 and 1."""
    if not is_number(value) or not 0 <= value <= 1:
        raise CourseError(f"`{name}` is {value!r}: give a number between 0 (none) and 1 (all).")


def _ticks(moment: pd.Timestamp | pd.Timedelta, unit: str) -> int:
    """Return it as the whole number that an index of this unit holds, rounded up."""
    return moment.ceil(unit).as_unit(unit).to_numpy().view(np.int64)


def _moment(name: str, value) -> pd.Timestamp:
    what = 'a local date or time without a zone, like "2013-05-06" or "2013-05-06 14:00"'
    return a_moment(name, value, what)


def _weekdays(value) -> tuple[str, ...]:
    try:
        days = () if isinstance(value, str) else tuple(value)
        known = not isinstance(value, str) and set(days) <= set(WEEKDAYS)
    except TypeError:
        known = False
    if not known:
        raise CourseError(f"`weekdays` is {value!r}: give a list out of {WEEKDAYS}.")
    return days


def _duration(value) -> pd.Timedelta:
    try:
        duration = pd.Timedelta(value)
    except (ValueError, TypeError, OverflowError):
        duration = pd.NaT
    # Without a unit pandas takes nanoseconds: a ramp that is over at once.
    bare = is_number(value) or (isinstance(value, str) and re.fullmatch(r"[\s\d.+-]+", value))
    if duration is pd.NaT or duration < pd.Timedelta(0) or (bare and duration):
        raise CourseError(
            f'`ramp` is {value!r}: give a duration that is not negative, with its unit: "14D".'
        )
    return duration
