"""The checks of lesson 00."""

import pandas as pd

from utils.exercises.expect import a_function, a_number, a_table, close, numbers, result_of
from utils.exercises.registry import exercise
from utils.exercises.running import NotYet
from utils.flights import REFERENCE, load_flights


@exercise(
    "0.1",
    "A value",
    stars=1,
    minutes=3,
    hints=[
        "`late` holds zeros and ones. What is the mean of zeros and ones?",
        "pandas leaves missing values out of a mean by itself.",
        'Take the column with `flights["late"]` and call its method `mean`.',
    ],
    learned="The mean of a column of zeros and ones is the share of ones; pandas leaves NaN out.",
)
def share_late(answer):
    flights = load_flights(*REFERENCE)
    late = flights["late"]
    ask = "Did you count instead of dividing, or give percent?"
    share = a_number(answer, "`share_late`", 0, 1, ask)
    if close(share, late.sum() / len(late)):
        raise NotYet(
            f"`share_late` is {share:.4f}. You divided by all flights, also by those that never "
            "arrived; they are neither late nor on time, so leave them out."
        )
    if close(share, 1 - late.mean()):
        raise NotYet(f"`share_late` is {share:.4f}: that is the share of flights *not* late.")
    if close(share, late.isna().mean()):
        raise NotYet(f"`share_late` is {share:.4f}: that is the share of flights with no outcome.")
    if close(share, (flights["arr_delay"] > 0).sum() / late.notna().sum()):
        raise NotYet(
            f"`share_late` is {share:.4f}: that counts every delay. Late means more than 15 "
            "minutes, and the column `late` knows it."
        )
    if not close(share, late.mean(), 5e-4):
        raise NotYet(
            f"`share_late` is {share:.4f}, which is a share, but not that of the late ones among "
            "the flights with an outcome. Is `flights` still the reference weeks (run the cell "
            "that loads them again)?"
        )


@exercise(
    "0.2",
    "A function",
    stars=1,
    minutes=5,
    hints=[
        "A flight without an outcome has `NaN` in the column `late`.",
        "`isna()` turns a column into True and False, which count as one and zero.",
        'Return the mean of `flights["late"].isna()`.',
    ],
    learned="`isna().mean()` is the share of missing values: the smallest data-quality check.",
)
def never_arrived(answer):
    function = a_function(answer, "never_arrived", 1)
    four = pd.DataFrame({"late": [1.0, 0.0, None, 1.0], "arr_delay": [20.0, 3.0, None, 45.0]})
    _never_arrived_on(function, four, 0.25, "four flights of which one has no outcome")
    complete = four.dropna().reset_index(drop=True)
    _never_arrived_on(function, complete, 0.0, "three flights that all arrived")
    # An index that does not count from 0 trips code that goes by position.
    storm = load_flights(6, 6).set_index("flight_id")
    _never_arrived_on(function, storm, storm["late"].isna().mean(), "the flights of week 6")


def _never_arrived_on(function, flights, expected, what):
    share = a_number(result_of(function, flights), f"What you return for {what}")
    if close(share, expected):
        return
    missing = flights["late"].isna().sum()
    reference = load_flights(*REFERENCE)["late"]
    given = f"For {what} your function returns {share:.6g}."
    if close(share, missing):
        raise NotYet(f"{given} That is how many they are; divide by the number of all flights.")
    if close(share, 100 * expected):
        raise NotYet(f"{given} That is in percent; return a share between 0 and 1.")
    if close(share, 1 - expected):
        raise NotYet(f"{given} That is the share of flights that did arrive.")
    if close(share, missing / flights["late"].notna().sum()):
        raise NotYet(
            f"{given} You divided by the flights that arrived; the share is of all flights."
        )
    if close(share, reference.isna().mean()):
        raise NotYet(
            f"{given} That is the share in the reference weeks: your function looks at a table "
            "outside itself. Use its argument."
        )
    if close(share, flights["late"].mean()):
        raise NotYet(f"{given} That is the share of late flights; asked for is that of NaN.")
    raise NotYet(f"{given} How many of these flights have NaN in `late`, and how many are there?")


@exercise(
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
)
def by_origin(answer):
    expected = load_flights(*REFERENCE).groupby("origin")["late"].agg(["size", "count", "mean"])
    table = a_table(answer, "`by_origin`", ["origin", "flights", "late"], rows=3).set_index(
        "origin"
    )
    if sorted(table.index.astype(str)) != list(expected.index):
        raise NotYet(
            f"`by_origin` should have the rows {', '.join(expected.index)}; it has "
            f"{', '.join(map(str, table.index))}."
        )
    table = table.loc[expected.index]
    flights = numbers(table["flights"], "The column `flights`")
    late = numbers(table["late"], "The column `late`")
    if (flights == expected["count"]).all():
        raise NotYet(
            "`flights` leaves out the flights without an outcome. They were scheduled too: count "
            'every row ("size" instead of "count").'
        )
    if not (flights == expected["size"]).all():
        worst = table.index[flights != expected["size"]][0]
        raise NotYet(
            f"`flights` of {worst} is {table.loc[worst, 'flights']}. How many rows of the "
            f"reference have the origin {worst}?"
        )
    if (late > 1).any():
        raise NotYet(
            f"`late` of {table.index[0]} is {late[0]:.6g}; a share lies between 0 and 1. Did you "
            "count, or give percent?"
        )
    if all(map(close, late, expected["mean"] * expected["count"] / expected["size"])):
        raise NotYet(
            "`late` is divided by all flights; divide by those whose outcome is known (a mean "
            "leaves the others out by itself)."
        )
    wrong = [not close(a, b, 5e-4) for a, b in zip(late, expected["mean"], strict=True)]
    if any(wrong):
        worst = table.index[wrong.index(True)]
        raise NotYet(
            f"`late` of {worst} is {table.loc[worst, 'late']:.6g}, and that is not the share of "
            "its flights that arrived late. Compare it with one airport's own mean of `late`."
        )
