"""Pairs of tables, before and after, on which lesson 02 tries a learner's audit."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from utils.drift import simulate
from utils.exercises.expect import a_table, numbers
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet

# Those that draw flights anew leave no row to compare with.
IN_PLACE = [
    drift
    for name, drift in simulate.DRIFTS.items()
    if name not in ("longer_network", "weekend", "prior_shift")
]


@dataclass(frozen=True, eq=False)
class Trial:
    """Two tables, and in words what lies between them."""

    about: str
    before: pd.DataFrame
    after: pd.DataFrame


def trials(flights: pd.DataFrame) -> Iterator[Trial]:
    """Yield the trials, each with one trap more; `flights` are in no order, with gaps."""
    onset = pd.Timestamp("2013-02-07 09:00")
    after = (flights["sched_dep"] >= onset).to_numpy()
    cold = flights.assign(temp=flights["temp"].where(~after, (flights["temp"] - 32) / 1.8))
    yield Trial("`temp` is in Celsius from 7 February, 9:00, on", flights, cold)

    silent = flights.assign(visib=flights["visib"].where(~after | (flights["origin"] != "EWR")))
    yield Trial("some readings of `visib` are missing (NaN) afterwards", flights, silent)
    yield Trial("some missing readings of `visib` have been filled in", silent, flights)

    shuffled = flights.sample(frac=1, random_state=1).reset_index(drop=True)
    yield Trial("only the order of the rows and the index changed", flights, shuffled)

    early = flights["sched_dep"].nsmallest(9).index[2:8]
    humid = flights["humid"].copy()
    humid.loc[early] += 1
    hidden = cold.assign(humid=humid)
    yield Trial(
        "`temp` changed from the onset on, and `humid` in a few flights long before it",
        flights,
        hidden.sample(frac=1, random_state=3),
    )

    branded = flights.assign(carrier=flights["carrier"].where(~after, "ZZ"))
    yield Trial("`carrier`, a column of text, changed", flights, branded)

    whole = flights.assign(distance=flights["distance"].astype("float64"))
    yield Trial("`distance` has other dtype and the same values", flights, whole)

    for drift in IN_PLACE:
        drifted = drift(flights, onset, np.random.default_rng(4))[0]
        yield Trial(f"`{drift.__name__}` of the library was applied", flights, drifted)


def judge(trial: Trial, audit: Callable) -> None:
    """Compare what the learner's audit says of a trial with what is so."""
    where = f"In this trial {trial.about}."
    try:
        result = audit(trial.before, trial.after)
    except NotYet as problem:
        raise NotYet(f"{problem}\n{where}") from None
    right = _differences(trial.before, trial.after)
    found = _as_found(result, where, expected=len(right))
    stray = [column for column in found.index if column not in right]
    if stray:
        raise NotYet(f"{where} {_why_stray(stray, found, trial)}")
    for column, (rows, since) in right.items():
        if column not in found.index:
            raise NotYet(
                f"{where} Your table does not list `{column}`. "
                + (f"It differs in {rows:,} flights." if rows else "Its dtype differs.")
            )
        _judge_rows(found.loc[column, "rows"], column, rows, trial, where)
        _judge_since(found.loc[column, "since"], column, since, trial, where)


def _differs(old: pd.Series, new: pd.Series) -> np.ndarray:
    return ((old != new) & ~(old.isna() & new.isna())).to_numpy(dtype=bool)


def _matched(trial: Trial) -> tuple[pd.DataFrame, pd.DataFrame]:
    before = trial.before.set_index("flight_id")
    return before, trial.after.set_index("flight_id").loc[before.index]


def _differences(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, tuple]:
    """Return for each column that differs in how many rows, and since when."""
    before, after = _matched(Trial("", before, after))
    found = {}
    for column in before:
        differs = _differs(before[column], after[column])
        if differs.any() or before[column].dtype != after[column].dtype:
            found[column] = (int(differs.sum()), before.loc[differs, "sched_dep"].min())
    return found


def _as_found(result, where: str, expected: int) -> pd.DataFrame:
    """Return the learner's table with the columns' names as index."""
    if isinstance(result, pd.DataFrame) and result.empty and not expected:
        return result
    if isinstance(result, pd.DataFrame) and result.empty:
        raise NotYet(f"{where} Your table is empty: that went unseen.")
    table = a_table(result, "Your table", ["rows", "since"])
    if "column" in table:
        table = table.set_index("column")
    if "index" in table:
        table = table.set_index("index")
    if not all(isinstance(name, str) for name in table.index):
        raise NotYet(
            "The index of your table should be the names of the columns that differ; it begins "
            f"with {describe(table.index[0])}."
        )
    if not table.index.is_unique:
        raise NotYet(f"{where} Your table has several rows for one column; one row each.")
    return table


def _why_stray(stray: list[str], found: pd.DataFrame, trial: Trial) -> str:
    column = stray[0]
    if column == "flight_id" or column not in trial.before:
        return f"Your table lists {column!r}; it lists the columns of `before` that differ."
    rows = numbers(found.loc[[column], "rows"], "`rows`")[0]
    gaps = trial.before[column].isna() & trial.after[column].isna()
    if rows == 0:
        return f"Your table lists `{column}` with 0 rows; list only columns that differ."
    if not trial.before["flight_id"].equals(trial.after["flight_id"]):
        return (
            f"Your table says that `{column}` differs in {rows:,.0f} rows. Compare each flight "
            "with itself: the same `flight_id`, wherever it stands."
        )
    if rows == gaps.sum():
        return (
            f"Your table says that `{column}` differs in {rows:,.0f} rows: that is where it is NaN "
            "before and after. NaN is not equal to NaN, but nothing changed there."
        )
    return f"Your table says that `{column}` differs in {rows:,.0f} rows; nothing in it changed."


def _judge_rows(value, column: str, rows: int, trial: Trial, where: str) -> None:
    given = numbers(pd.Series([value]), "`rows`")[0]
    if given == rows:
        return
    before, after = _matched(trial)
    old, new = before[column].isna(), after[column].isna()
    reason = ""
    if given == rows + (old & new).sum():
        reason = " NaN before and after is no difference."
    elif given == rows - (old != new).sum():
        reason = " A value that goes missing, or comes back, differs, too."
    elif given == len(before):
        reason = " That is every row; count those that differ."
    elif 0 < given <= 1 and abs(given - rows / len(before)) < 1e-3:
        reason = " That is a share; count the flights."
    raise NotYet(
        f"{where} Your table says that `{column}` differs in {given:,.6g} rows; "
        f"it is not so.{reason}"
    )


def _judge_since(value, column: str, since: pd.Timestamp, trial: Trial, where: str) -> None:
    try:
        given = pd.Timestamp(value)
    except (TypeError, ValueError):
        raise NotYet(
            f"{where} `since` of `{column}` is {describe(value)}; it should be a time, the "
            "`sched_dep` of a flight."
        ) from None
    if given is pd.NaT and since is pd.NaT:
        return
    if since is pd.NaT:
        raise NotYet(f"{where} No value of `{column}` differs, so its `since` is NaT (no time).")
    if given is pd.NaT:
        raise NotYet(f"{where} `since` of `{column}` is NaT, although flights differ in it.")
    if given == since:
        return
    before, after = _matched(trial)
    times = before.loc[_differs(before[column], after[column]), "sched_dep"]
    slips = {
        "That is the first in the order of the table; asked for is the earliest.": times.iloc[0],
        "That is the last of them; asked for is the earliest.": times.max(),
        "That is the first flight of the table, not the first that differs.": before[
            "sched_dep"
        ].min(),
    }
    reason = next((slip for slip, time in slips.items() if given == time), "")
    raise NotYet(
        f"{where} `since` of `{column}` is {given}, and that is not the earliest `sched_dep` of a "
        f"flight that differs in it. {reason}".strip()
    )
