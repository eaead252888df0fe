"""Exercise 0.3: flights and the share of late ones by airport, a table."""

import pandas as pd

from utils.exercises.expect import a_table, close, numbers
from utils.exercises.judges import Slip, Value
from utils.exercises.registry import exercise
from utils.exercises.verdicts import NotYet
from utils.flights import REFERENCE, load_flights

ORIGINS = ["EWR", "JFK", "LGA"]


def _flights():
    return load_flights(*REFERENCE)


def _by(**columns):
    return _flights().groupby("origin").agg(**columns)


def _right():
    return _by(flights=("late", "size"), late=("late", "mean"))


def _form(value, name):
    """Return a dictionary by airport of its two numbers; the airport may be the index, unnamed."""
    if isinstance(value, pd.DataFrame) and set(ORIGINS) <= set(map(str, value.index)):
        value = value.rename_axis("origin")
    table = a_table(value, name, ["origin", "flights", "late"], rows=3)
    origins = sorted(map(str, table["origin"]))
    if origins != ORIGINS:
        raise NotYet(
            f"{name} should have the rows {', '.join(ORIGINS)}; it has {', '.join(origins)}."
        )
    table = table.set_index(table["origin"].astype(str)).loc[ORIGINS]
    for column in ("flights", "late"):
        if texts := [v for v in table[column] if isinstance(v, str)]:
            raise NotYet(f"The column `{column}` holds text, {texts[0]!r}; it should be numbers.")
    flights = numbers(table["flights"], "The column `flights`")
    late = numbers(table["late"], "The column `late`")
    for origin, share in zip(ORIGINS, late, strict=True):
        if not 0 <= share <= 1:
            ask = " Did you count, or give percent?" if share > 1 else ""
            raise NotYet(f"`late` of {origin} is {share:.6g}; a share lies between 0 and 1.{ask}")
    for origin, number in zip(ORIGINS, flights, strict=True):
        if not float(number).is_integer():
            raise NotYet(
                f"`flights` of {origin} is {number:.6g}; a number of flights is a whole number."
            )
    # Whole numbers are compared exactly, shares closely.
    return {o: (int(f), s) for o, f, s in zip(ORIGINS, flights, late, strict=True)}


def _first_difference(_, got, wanted):
    for origin, (flights, late) in got.items():
        if flights != wanted[origin][0]:
            return (
                f"`flights` of {origin} is {flights}. How many rows of the reference have the "
                f"origin {origin}?"
            )
        if not close(late, wanted[origin][1], 5e-4):
            return (
                f"`late` of {origin} is {late:.6g}, and that is not the share of its flights that "
                "arrived late. Compare it with one airport's own mean of `late`, to three decimals "
                "at least."
            )
    return ""


class _ByOrigin(Value):
    def told(self, name, got):
        return ""


SLIPS = [
    Slip(
        "`flights` leaves out the flights without an outcome. They were scheduled too: count "
        'every row ("size" instead of "count").',
        lambda: _by(flights=("late", "count"), late=("late", "mean")),
    ),
    Slip(
        "`late` is divided by all flights; divide by those whose outcome is known (a mean leaves "
        "the others out by itself).",
        lambda: _by(flights=("late", "size"), late=("late", lambda late: late.fillna(0).mean())),
    ),
]

exercise(
    "0.3",
    "A table",
    stars=2,
    minutes=6,
    hints=[
        'Group the flights: `flights.groupby("origin")`.',
        '`.agg(name=("column", "function"))` makes one column; "mean" is one such function.',
        '"size" counts all rows of a group, "count" only those without NaN. Use both columns: '
        '`flights=("late", "size"), late=("late", "mean")`.',
    ],
    learned="The same few lines will soon show an airport that fails while the total looks fine.",
    check=_ByOrigin(
        "by_origin",
        _right,
        form=_form,
        slips=SLIPS,
        tolerance=5e-4,
        otherwise=_first_difference,
    ),
)
