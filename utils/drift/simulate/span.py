"""One drift at work on one table: the checks before it, and the two ways to end it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from utils.drift.simulate.truth import Drifted, Severity, Truth, When, as_severity
from utils.errors import CourseError
from utils.given import a_table


@dataclass(frozen=True, eq=False)
class Span:
    """A table, with what the severity over time means for each of its rows.

    `begin` makes it, `changed` or `redrawn` ends it.
    """

    flights: pd.DataFrame
    first: pd.Timestamp
    last: pd.Timestamp
    when: Severity
    inside: np.ndarray  # whether the drift is there when the flight leaves
    severity: np.ndarray

    @cached_property
    def monday(self) -> pd.Timestamp:
        """The beginning of the first flight's week."""
        return self.first.normalize() - pd.Timedelta(days=self.first.dayofweek)

    @cached_property
    def hours(self) -> np.ndarray:
        """Whole hours since `monday`: all that drifts ask of the clock is asked once an hour."""
        times = self.flights["sched_dep"]
        unit = times.dt.unit
        passed = (times.to_numpy() - self.monday.as_unit(unit).to_numpy()).view(np.int64)
        return passed // (np.timedelta64(1, "h") // np.timedelta64(1, unit))

    @cached_property
    def days(self) -> np.ndarray:
        """Whole days since `monday`, so that `days // 7` are weeks."""
        return self.hours // 24

    def between(self, start: int, stop: int) -> np.ndarray:
        """Return which flights leave at `start` o'clock (local) or later, and before `stop`.

        This is the true hour, from `sched_dep`, whatever the column `hour` says.
        """
        hour = np.arange(self.hours.max() + 1) % 24
        return ((hour >= start) & (hour < stop))[self.hours]

    def need(self, eligible: np.ndarray, what: str) -> None:
        """Raise CourseError unless there is `what`, an eligible row, while the drift is there."""
        if not (eligible & self.inside).any():
            raise CourseError(
                f"There is no {what} while the drift is there, from {self.when.onset} on: nothing "
                "would change. Choose another onset, or load other weeks."
            )

    def draw(self, share: float, rng: np.random.Generator) -> np.ndarray:
        """Choose each row with the probability severity × share, independently of the others.

        Each row costs one random number, whatever the severity: with the same seed, a more severe
        drift touches the same rows and some more.
        """
        return rng.random(len(self.flights)) < self.severity * share

    def daily_severity(self) -> np.ndarray:
        """Return for each row the mean severity of its day, over the rows inside."""
        sums, counts = (self._sum_of_day(values) for values in (self.severity, self.inside))
        return sums / np.maximum(counts, 1)

    def per_day(self, weights: np.ndarray) -> np.ndarray:
        """Scale weights so that each day keeps its number of flights."""
        total = self._sum_of_day(np.where(self.inside, weights, 0.0))
        scale = self._sum_of_day(self.inside) / np.where(total > 0, total, 1.0)
        # Where all should make way, and nobody is there to come instead, the day stays.
        return np.where(total > 0, weights * scale, 1.0)

    def changed(self, name: str, kind: str, at: np.ndarray, columns: dict) -> Drifted:
        """End by writing to these columns at the positions `at`, and nowhere else."""
        # Copy-on-write: columns that stay are shared, until somebody writes to one of the tables.
        drifted = self.flights.copy(deep=False)
        for column, new in columns.items():
            old = self.flights[column]
            values = old.array.copy()
            values[at] = new
            # The dtype is said, for pandas would turn text of dtype object into str.
            drifted[column] = pd.Series(values, old.index, dtype=old.dtype, copy=False)
        touched = np.zeros(len(drifted), dtype=bool)
        touched[at] = True
        return drifted, self._truth(name, kind, columns, touched)

    def redrawn(self, name: str, kind: str, columns, weights, key, rng) -> Drifted:
        """End by drawing the rows inside anew, each `weights` times on average.

        The draw is systematic (Kitagawa's resampling): along the rows in the order of `key`, a row
        of weight w gets w copies, rounded down or up. That adds no more noise than it must, and
        weights of 1 leave a table as it is. Where the weights of one value of `key` add up to the
        number of its rows, it keeps that number. The result has the order and index of the table.
        """
        if self.inside.sum() < 2:
            raise CourseError(
                f"{name} draws flights anew, and only one leaves while the drift is there: load "
                "more weeks, or choose an earlier onset."
            )
        # Rows outside come first: there all sums are whole numbers, and each gets its one copy.
        order = np.argsort(np.where(self.inside, key, -np.inf), kind="stable")
        sums = np.cumsum(np.where(self.inside, weights, 1.0)[order])
        # Off the whole numbers, so that rounding errors of the sums cannot move a row.
        start = rng.uniform(1e-6, 1 - 1e-6)
        copies = np.empty(len(order), dtype=np.int64)
        copies[order] = np.diff(np.ceil(sums - start), prepend=0)
        source = np.repeat(np.arange(len(order)), copies)
        drifted = self.flights.take(source).set_axis(self.flights.index)
        again = np.diff(source, prepend=-1) == 0
        return drifted, self._truth(name, kind, columns, again)

    def _truth(self, name: str, kind: str, columns, rows: np.ndarray) -> Truth:
        severity = self.when.daily(self.first, self.last)
        touched = pd.Series(rows, self.flights.index, name="touched")
        return Truth(name, kind, tuple(columns), self.when.onset, severity, touched)

    def _sum_of_day(self, values: np.ndarray) -> np.ndarray:
        return np.bincount(self.days, values)[self.days]


def begin(
    flights: pd.DataFrame, when: When, rng: np.random.Generator, floats=(), text=(), numbers=()
) -> Span:
    """Check what a drift gets, and start it.

    It needs the columns `floats`, `text` and `numbers` (whole ones too), and a value in each.
    Raises CourseError with the column's name and what to do.
    """
    if not isinstance(flights, pd.DataFrame):
        raise CourseError(f"`flights` is a {type(flights).__name__}: give a table of flights.")
    if flights.empty:
        raise CourseError("There are no flights in the table: load other weeks.")
    if not isinstance(rng, np.random.Generator):
        raise CourseError(f"`rng` is {rng!r}: give numpy.random.default_rng(seed).")
    when = as_severity(when)
    times = _times(flights)
    for names, what, target, fits in (
        (floats, "decimal numbers", "float64", _is_float),
        (text, "text", "str", _is_text),
        (numbers, "numbers", "float64", _is_number),
    ):
        for column in names:
            _check_column(flights, column, what, target, fits)
    # Of whole numbers, for pandas and numpy would look for missing times again.
    ticks = times.to_numpy().view(np.int64)
    first, last = (pd.Timestamp(tick.view(times.dtype)) for tick in (ticks.min(), ticks.max()))
    # Midnight of the first day is a natural onset, though nothing leaves that early.
    if not first.normalize() <= when.onset <= last:
        raise CourseError(
            f"The onset {when.onset} lies outside the data, in which `sched_dep` runs from {first} "
            f"to {last}: choose one in between, or load other weeks."
        )
    inside, severity = when.over(times)
    if not inside.any():
        raise CourseError(
            f"No flight leaves while the drift is there: from {when.onset} until "
            f"{when.until or 'the end'}, on {', '.join(when.weekdays) or 'any day'}. Change these, "
            "or load other weeks."
        )
    return Span(flights, first, last, when, inside, severity)


def is_in(values: pd.api.extensions.ExtensionArray, wanted) -> np.ndarray:
    """Return which of the values are among those wanted; missing ones are not."""
    return np.asarray(values.isin(list(wanted)), dtype=bool)


def by_group(rows: np.ndarray, groups: np.ndarray) -> dict[int, np.ndarray]:
    """Return for each group (a number) the positions of the rows (a mask) that belong to it."""
    positions = np.flatnonzero(rows)
    positions = positions[np.argsort(groups[positions], kind="stable")]
    names, starts = np.unique(groups[positions], return_index=True)
    # Without rows there is no group, though split would make an empty one.
    return dict(zip(names.tolist(), np.split(positions, starts[1:]), strict=False))


def _times(flights: pd.DataFrame) -> pd.Series:
    _check_present(flights, "sched_dep")
    times = flights["sched_dep"]
    if not isinstance(times.dtype, np.dtype) or times.dtype.kind != "M":
        raise CourseError(
            f"`sched_dep` holds {times.dtype}, and must hold local times without a time zone: "
            "convert it with pd.to_datetime(...), and take a zone off with .dt.tz_localize(None)."
        )
    if times.isna().any():
        raise CourseError(
            f"`sched_dep` is missing in {times.isna().sum():,} rows, and a drift needs to know "
            'when a flight leaves: flights.dropna(subset="sched_dep") drops them.'
        )
    return times


def _check_column(flights: pd.DataFrame, column: str, what: str, target: str, fits) -> None:
    _check_present(flights, column)
    values = flights[column]
    if not fits(values.dtype):
        raise CourseError(
            f"`{column}` holds {values.dtype}, and must hold {what}: convert it with "
            f'flights.astype({{"{column}": "{target}"}}).'
        )
    if values.isna().all():
        raise CourseError(
            f"`{column}` is missing (NaN) in every row, so there is nothing to drift: load other "
            "weeks, or choose another drift."
        )
    if _is_number(values.dtype) and np.isinf(values.to_numpy()).any():
        raise CourseError(
            f"`{column}` is infinite in {np.isinf(values.to_numpy()).sum():,} rows: make NaN of "
            "these first, with .replace([np.inf, -np.inf], np.nan)."
        )


def _check_present(flights: pd.DataFrame, column: str) -> None:
    hint = "This drift needs one: load the flights with load_flights, and keep that column."
    a_table("The flights", flights, [column], hint, lacks="have no column")


def _is_float(dtype) -> bool:
    return isinstance(dtype, np.dtype) and dtype.kind == "f"


def _is_number(dtype) -> bool:
    return isinstance(dtype, np.dtype) and dtype.kind in "iuf"


def _is_text(dtype) -> bool:
    # Not a categorical: a new code would change its dtype.
    return isinstance(dtype, pd.StringDtype) or (isinstance(dtype, np.dtype) and dtype.kind == "O")
