"""Exercise 0.2: the share of flights without an outcome, a function."""

import pandas as pd

from utils.exercises.judges import Function, Slip
from utils.exercises.registry import exercise
from utils.flights import REFERENCE, load_flights


def _cases():
    # Real flights: an answer may use any column that the lesson's table has.
    week = load_flights(6, 6)
    whole = week.dropna()
    cancelled = week[week["late"].isna()].dropna(subset="temp")
    four = pd.concat([whole[:2], cancelled[:1], whole[2:3]]).reset_index(drop=True)
    gaps = four.assign(temp=[None, None, 31.0, 40.0])
    return {
        "four flights of which one has no outcome": (four,),
        "three flights that all arrived": (whole[:3].reset_index(drop=True),),
        "four flights of which two have no `temp`": (gaps,),
        # An index that does not count from 0 trips code that goes by position.
        "the flights of week 6": (week.set_index(week["flight_id"].rename(None)),),
    }


SLIPS = [
    Slip(
        "That is how many they are; divide by the number of all flights.",
        lambda flights: flights["late"].isna().sum(),
    ),
    Slip(
        "That is in percent; return a share between 0 and 1.",
        lambda flights: 100 * flights["late"].isna().mean(),
    ),
    Slip(
        "That is the share of flights that did arrive.",
        lambda flights: flights["late"].notna().mean(),
    ),
    Slip(
        "You divided by the flights that arrived; the share is of all flights.",
        lambda flights: flights["late"].isna().sum() / flights["late"].notna().sum(),
    ),
    Slip(
        "That is the share in the reference weeks: your function looks at a table outside itself. "
        "Use its argument.",
        lambda flights: load_flights(*REFERENCE)["late"].isna().mean(),
    ),
    Slip(
        "That is the share of late flights; asked for is that of NaN.",
        lambda flights: flights["late"].mean(),
    ),
    Slip(
        "That is the share of flights with a gap in *any* column; only `late` tells about the "
        "outcome.",
        lambda flights: flights.isna().any(axis=1).mean(),
    ),
]

exercise(
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
    check=Function(
        "never_arrived",
        lambda flights: flights["late"].isna().mean(),
        cases=_cases,
        slips=SLIPS,
        # Three decimals are enough.
        tolerance=5e-4,
        otherwise="How many of these flights have NaN in `late`, and how many are there? Give the "
        "share with three decimals at least.",
    ),
)
