"""Answers to lesson 00."""

import numpy as np

from tests.answers import right, wrong
from utils.flights import REFERENCE, load_flights

flights = load_flights(*REFERENCE)
late = flights["late"]

right("0.1", late.mean())
right("0.1", (late == 1).sum() / (late.notna().sum()))
right("0.1", np.nanmean(late))
right("0.1", round(late.mean(), 3))
right("0.1", flights["late"].dropna().mean())
wrong("0.1", "Did you count instead of dividing", late.sum())
wrong("0.1", "lies between 0 and 1", 100 * late.mean())
wrong("0.1", "should be one number", f"{late.mean():.1%}")
wrong("0.1", "should be one number", late)
wrong("0.1", "NaN", np.mean(late.to_numpy()))
wrong("0.1", "should be one number", True)
wrong("0.1", "a share, but not", load_flights(14, 14)["late"].mean())


@right("0.2")
def by_mean(flights):
    return flights["late"].isna().mean()


@right("0.2")
def by_counting(table):
    missing = 0
    for value in table["late"]:
        if value != value:
            missing += 1
    return missing / len(table)


right("0.2", lambda f: 1 - f["late"].count() / len(f))


@wrong("0.2", "outside itself")
def outside(other):
    return flights["late"].isna().mean()


@wrong("0.2", "Use `return`, not `print`")
def prints(flights):
    print(flights["late"].isna().mean())


@wrong("0.2", "return flights.late.isnull.mean()")
def forgets_a_call(flights):
    return flights.late.isnull.mean()


@wrong("0.2", "changed its first argument")
def changes_the_table(flights):
    flights["missing"] = flights["late"].isna()
    return flights["missing"].mean()


@wrong("0.2", "stopped after")
def never_ends(flights):
    count = 0
    while count < len(flights):
        pass
    return count


@wrong("0.2", "should take 1 argument")
def no_argument():
    return flights["late"].isna().mean()


wrong("0.2", "without parentheses", 0.034)

grouped = flights.groupby("origin")["late"]
table = flights.groupby("origin").agg(flights=("late", "size"), late=("late", "mean"))
right("0.3", table)
right("0.3", table.reset_index())
right("0.3", table.rename_axis(None))
right("0.3", table.sort_values("late").round(3))
right("0.3", table.assign(cancelled=grouped.apply(lambda s: s.isna().mean())))
wrong("0.3", "a share lies between", table.assign(late=grouped.sum()))
wrong("0.3", "a share lies between", table.assign(late=100 * grouped.mean()))
wrong("0.3", "no column `flights`", table.rename(columns={"flights": "n"}))
wrong("0.3", "should be a table", grouped.mean())
wrong(
    "0.3",
    "rows; there should be 3",
    flights.groupby("carrier").size().to_frame("flights").assign(late=0.2, origin="EWR"),
)
wrong("0.3", "How many rows", table.assign(flights=table["flights"] + 1))
wrong("0.3", "not the share", table.assign(late=1 - table["late"]))
wrong("0.3", "no column `origin`", table.reset_index(drop=True))

# The kinds that a careful reader tried.
wrong("0.1", "-0.2; a share lies between 0 and 1.", -0.2)
right("0.2", lambda f: f.loc[f["late"].isna(), "carrier"].count() / f["sched_dep"].count())
right("0.2", lambda f: round(f["late"].isna().mean(), 3))
wrong("0.2", "three decimals", lambda f: round(f["late"].isna().mean(), 2))
right("0.3", table.convert_dtypes())
wrong("0.3", "holds text, '0.275'", table.assign(late=table["late"].map("{:.3f}".format)))
wrong("0.3", "holds text", table.astype(str))
wrong("0.3", "is a whole number", table.assign(flights=table["flights"] + 0.4))
wrong("0.3", "`late` of LGA is 22;", table.assign(late=[0.28, 0.21, 22.0]))
wrong("0.3", "4 rows; there should be 3", table.reindex(["EWR", "JFK", "LGA", "all"]))
