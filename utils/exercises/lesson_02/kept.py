"""What an injector must keep: it gets a table and returns one, in which little may be other."""

import numpy as np
import pandas as pd

from utils.exercises.expect import a_table, result_of
from utils.exercises.verdicts import NotYet


def call(function, *args):
    """Call the learner's function; explain the error of a time zone, which puzzles everyone."""
    try:
        return result_of(function, *args)
    except NotYet as problem:
        said = str(problem)
        if "tz-" in said or ("Invalid comparison" in said and "and Timestamp" in said):
            raise NotYet(
                f"{said}\nA time with a time zone cannot be compared with one without. `sched_dep` "
                "is local time without a zone: leave the zone out."
            ) from None
        raise


def kept(result, flights, called, may_change):
    """Ask for the table as it was, but for the values of these columns."""
    table = a_table(result, f"What {called} returns", flights.columns)
    if extra := [c for c in table.columns if c not in flights.columns]:
        raise NotYet(f"{called} left a column `{extra[0]}` in the table that was not there before.")
    if len(table) != len(flights):
        fewer = "Are these only the drifted rows? " if len(table) < len(flights) else ""
        raise NotYet(
            f"{called} returns {len(table):,} rows, and `flights` has {len(flights):,}. {fewer}"
            "Return all of them."
        )
    ids, given = table["flight_id"].to_numpy(), flights["flight_id"].to_numpy()
    if not np.array_equal(ids, given):
        same_flights = np.array_equal(np.sort(ids), np.sort(given))
        raise NotYet(
            f"{called} returns the rows in another order; keep the order that they had."
            if same_flights
            else f"{called} changed `flight_id`."
        )
    if not table.index.equals(flights.index) or list(table.columns) != list(flights.columns):
        what = "index" if not table.index.equals(flights.index) else "order of the columns"
        raise NotYet(f"{called} changed the {what} of the table. Leave it as it was.")
    for column in flights.columns:
        if table[column].dtype != flights[column].dtype:
            raise NotYet(
                f"After {called} the dtype of `{column}` is {table[column].dtype}; it was "
                f"{flights[column].dtype}. A detector could find that instead of the drift."
            )
        if column not in may_change and not table[column].equals(flights[column]):
            names = " and ".join(f"`{name}`" for name in may_change)
            raise NotYet(f"{called} changed `{column}`, too. Only {names} may change.")
    return table


def same(a, b):
    """Compare two arrays value by value; NaN is the same as NaN."""
    if a.dtype.kind == "f":
        return np.isclose(a, b, rtol=0, atol=1e-9, equal_nan=True)
    return (a == b) | (pd.isna(a) & pd.isna(b))
