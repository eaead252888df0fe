"""Exercise 2.6: an audit says what differs between two tables, in how many rows, since when."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from utils.exercises.expect import a_table, numbers
from utils.exercises.judges import Function, Slip
from utils.exercises.lesson_02.audit_trials import trials
from utils.exercises.lesson_02.kept import call
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet


def _really(old, new):
    return (old != new) & ~(old.isna() & new.isna())


def _earliest(before, after, differs):
    return before.loc[differs, "sched_dep"].min()


def _audit(
    differs=_really,
    since=_earliest,
    keep=lambda d, old, new: d.any() or old.dtype != new.dtype,
    align=lambda before, after: after.loc[before.index],
    rows=lambda d: int(d.sum()),
):
    """Return an audit; slips are wrong in one of its steps."""

    def changed(before, after):
        before, after = before.set_index("flight_id"), after.set_index("flight_id")
        after = align(before, after)
        found = {}
        for column in before:
            old, new = before[column], after[column]
            d = differs(old, new)
            if keep(d, old, new):
                found[column] = {"rows": rows(d), "since": since(before, after, d)}
        return pd.DataFrame.from_dict(found, orient="index", columns=["rows", "since"])

    return changed


def _roughly(old, new):
    if old.dtype.kind == "f" and new.dtype.kind == "f":
        return pd.Series(~np.isclose(old, new, equal_nan=True), old.index)
    return _really(old, new)


def _first_of(times):
    return times.iloc[0] if len(times) else pd.NaT


SLIPS = [
    Slip(
        "That is where it is NaN before and after: NaN is not equal to NaN, but nothing changed "
        "there. NaN before and after is no difference.",
        _audit(lambda old, new: old != new),
    ),
    Slip(
        "A value that goes missing, or comes back, differs, too.",
        _audit(lambda old, new: (old != new) & old.notna() & new.notna()),
    ),
    Slip(
        "A value that goes missing differs, too; it is NaN in one of the two tables.",
        _audit(lambda old, new: (old != new) & new.notna()),
    ),
    Slip(
        "A value that comes back differs, too; it is NaN in one of the two tables.",
        _audit(lambda old, new: (old != new) & old.notna()),
    ),
    Slip(
        "The change is small, and still a change. `np.isclose` takes numbers for equal that differ "
        "by a hundred-thousandth of their size; `!=` does not.",
        _audit(_roughly),
    ),
    Slip(
        "A column whose dtype alone differs is listed, too.", _audit(keep=lambda d, o, n: d.any())
    ),
    Slip("List only columns that differ.", _audit(keep=lambda d, old, new: True)),
    Slip(
        "Compare each flight with itself: the same `flight_id`, wherever it stands.",
        _audit(align=lambda before, after: after.set_axis(before.index)),
    ),
    Slip(
        "That is the first in the order of the table; asked for is the earliest.",
        _audit(since=lambda before, after, d: _first_of(before.loc[d, "sched_dep"])),
    ),
    Slip(
        "That is the last of them; asked for is the earliest.",
        _audit(since=lambda before, after, d: before.loc[d, "sched_dep"].max()),
    ),
    Slip(
        "That is the first flight of the table, not the first that differs.",
        _audit(since=lambda before, after, d: before["sched_dep"].min()),
    ),
    Slip(
        "That is the time in `after`, where `sched_dep` itself has changed; asked for is that in "
        "`before`.",
        _audit(since=lambda before, after, d: after.loc[d, "sched_dep"].min()),
    ),
    Slip("That is every row; count those that differ.", _audit(rows=len)),
    Slip("That is a share; count the flights.", _audit(rows=lambda d: d.mean())),
]


def _found(value):
    """Return for each column that is listed its rows and its time, as a dictionary."""
    if isinstance(value, pd.DataFrame) and value.empty:
        return {}
    table = a_table(value, "Your table", ["rows", "since"])
    for name in ("column", "index"):
        if name in table:
            table = table.set_index(name)
    if not all(isinstance(name, str) for name in table.index):
        raise NotYet(
            "The index of your table should be the names of the columns that differ; it begins "
            f"with {describe(table.index[0])}."
        )
    if not table.index.is_unique:
        raise NotYet("Your table has several rows for one column; one row each.")
    rows = numbers(table["rows"], "`rows`")
    return {
        c: (float(n), _time(c, t))
        for c, n, t in zip(table.index, rows, table["since"], strict=True)
    }


def _time(column, value):
    try:
        time = pd.Timestamp(value)
    except (TypeError, ValueError):
        raise NotYet(
            f"`since` of `{column}` is {describe(value)}; it should be a time, the `sched_dep` of "
            "a flight."
        ) from None
    # NaT is not equal to itself; and whatever the unit, a time is a time.
    return None if time is pd.NaT else str(time)


@dataclass(eq=False)
class _Audit(Function):
    """Compares what is found in each trial."""

    def observe(self, answer, name, case):
        try:
            return _found(call(answer, *case))
        except NotYet as problem:
            raise NotYet(f"{problem}\nIn this trial {name}.") from None

    def told(self, name, got):
        wanted = self.wanted(name)
        return f"In this trial {name}. {_first_difference(got, wanted)}"


def _first_difference(got, wanted):
    if wanted and not got:
        return "Your table is empty: that went unseen."
    if stray := [column for column in got if column not in wanted]:
        rows = got[stray[0]][0]
        if rows:
            return f"Your table says that `{stray[0]}` differs in {rows:,.6g} rows."
        return f"Your table lists `{stray[0]}` with 0 rows."
    if missing := [column for column in wanted if column not in got]:
        return f"Your table does not list `{missing[0]}`."
    column = next(c for c in wanted if got[c] != wanted[c])
    (rows, since), (right, _) = got[column], wanted[column]
    if rows != right:
        return f"Your table says that `{column}` differs in {rows:,.6g} rows; it is not so."
    return f"`since` of `{column}` is {since or 'NaT'}."


def _otherwise(name, got, wanted):
    if stray := [column for column in got if column not in wanted]:
        if stray[0] == "flight_id" or stray[0] not in _columns():
            return "List the columns of `before` that differ."
        return "Nothing in it changed." if got[stray[0]][0] else "List only columns that differ."
    if missing := [column for column in wanted if column not in got]:
        rows = wanted[missing[0]][0]
        return f"`{missing[0]}` differs in {rows:,.0f} flights." if rows else "Its dtype differs."
    column = next(c for c in wanted if got[c] != wanted[c])
    if got[column][0] != wanted[column][0]:
        return "In how many flights is the value another one, NaN included?"
    if wanted[column][1] is None:
        return f"No value of `{column}` differs, so its `since` is NaT (no time)."
    return "That is not the earliest `sched_dep` of a flight that differs in it."


def _columns():
    return next(iter(trials().values()))[0].columns


exercise(
    "2.6",
    "Prove what changed",
    stars=3,
    minutes=12,
    hints=[
        'Give both tables the flight as index: `before.set_index("flight_id")`; then '
        "`after.loc[before.index]` has the same order.",
        "For one column: `(old != new)` is True for NaN in both; take these out with "
        "`& ~(old.isna() & new.isna())`.",
        "Go through the columns and keep those where `differs.any()` or `old.dtype != new.dtype`.",
        '`"rows": differs.sum()` and `"since": before.loc[differs, "sched_dep"].min()` are the two '
        "columns (the minimum of nothing is NaT); "
        '`pd.DataFrame.from_dict(found, orient="index", columns=["rows", "since"])`.',
    ],
    learned="Your audit saw through every trap. The check also let it loose on the nine drifts "
    "of the library that change rows in place: in each it found the columns of the truth and no "
    "other.",
    check=_Audit("changed", _audit(), arguments=2, cases=trials, slips=SLIPS, otherwise=_otherwise),
)
