"""Exercise 4.5: the columns whose feed is broken, in batches in which it is known what is."""

from functools import cache

import numpy as np
import pandas as pd

from utils.exercises.judges import Slip
from utils.exercises.lesson_04.old_names import WithEvidently
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.flights import REFERENCE, load_flights

LIMITS = {"temp": (-40, 120), "visib": (0, 10), "pressure": (900, 1_100), "humid": (0, 100)}


@cache
def _cases():
    reference = load_flights(*REFERENCE).sample(3_000, random_state=5)
    reference = reference.assign(visib=reference["visib"].fillna(10))
    good = load_flights(16, 16).sample(1_200, random_state=5)
    # A pressure that is never missing is no fault; in the reference about one in nine is.
    good = good.assign(
        pressure=good["pressure"].fillna(1_015),
        humid=good["humid"].clip(40, 100),
        visib=good["visib"].fillna(10),
    )
    every, usual = np.arange(len(good)), reference["pressure"].isna().mean()
    humid = good["humid"].mask(every < 9, 100)
    visib = good["visib"].mask(every < 9, 0)
    few = good.assign(temp=good["temp"].where(every % 50 > 0), humid=humid, visib=visib)
    feeds = {
        "a batch with nothing broken (a few values of `temp` are missing)": {},
        "a batch where `visib` is missing in three flights of ten": {
            "visib": visib.where(every % 10 > 2)
        },
        "a batch where `visib` is missing in one flight of ten, and never in the reference": {
            "visib": visib.where(every % 10 > 0)
        },
        "a batch where `visib` is missing in 126 flights of 1,200, and never in the reference": {
            "visib": visib.where(every >= 126)
        },
        "a batch where `pressure` is missing in one flight of fifty (in the reference, in one of "
        "nine)": {"pressure": few["pressure"].where(every % 50 > 0)},
        "a batch where `pressure` is missing hardly more often than in the reference": {
            "pressure": few["pressure"].where(every >= 1_200 * usual + 4)
        },
        "a batch where `pressure` is missing in one flight of six (in the reference, in one of "
        "nine)": {"pressure": few["pressure"].where(every % 6 > 0)},
        "a batch where `pressure` is missing in three flights of ten (in the reference, in one of "
        "nine)": {"pressure": few["pressure"].where(every % 10 > 2)},
        "a batch where `temp` is -999 in one flight": {"temp": few["temp"].mask(every == 40, -999)},
        "a batch where `pressure` is 10,132 in one flight": {
            "pressure": few["pressure"].mask(every == 40, 10_132)
        },
        "a batch where `temp` is missing in every flight, and `pressure` in every second": {
            "temp": np.nan,
            "pressure": few["pressure"].where(every % 2 > 0),
        },
        "a batch where `temp` is missing in every second flight and 999 in the others": {
            "temp": np.where(every % 2, 999, np.nan)
        },
    }
    cases = {
        # The columns that are not at stake are left out where that saves time.
        name: (few.assign(**fault), reference, {c: LIMITS[c] for c in fault} or LIMITS)
        for name, fault in feeds.items()
    }
    # Whoever stops at the column that is gone does not see the other.
    cases["a batch without a column `humid`, where `temp` is 999 in one flight"] = (
        few.drop(columns="humid").assign(temp=few["temp"].mask(every == 40, 999)),
        reference,
        LIMITS,
    )
    cases["a batch whose `humid` may be 60 at most, by `limits`"] = (
        few,
        reference,
        {"humid": (0, 60)},
    )
    return cases


def _names(result, name):
    """Ask for a list of names, none of them twice, and return them sorted."""
    if isinstance(result, pd.Series) and result.dtype == bool:
        raise NotYet("`broken_feeds` returned True and False; asked for is a list of names.")
    if isinstance(result, (str, bool, int, float, dict, pd.Series, pd.DataFrame)):
        raise NotYet(
            f"{name} is {describe(result)}; asked for is a list of names, an empty one when "
            "nothing is broken."
        )
    try:
        names = [str(n) for n in result]
    except TypeError:
        raise NotYet(f"{name} is {describe(result)}; asked for is a list of names.") from None
    if twice := [n for n in names if names.count(n) > 1]:
        raise NotYet(f"{name} has `{twice[0]}` twice in it; once will do.")
    return sorted(names)


def _more(now, before):
    return now.isna().mean() - before.isna().mean()


def _outside(now, low, high):
    return ((now < low) | (now > high)).any()


def _feeds(missing=lambda now, before: _more(now, before) > 0.1, outside=_outside, gone=True):
    """Make a function out of its three questions."""

    def broken_feeds(current, reference, limits):
        return [
            column
            for column, (low, high) in limits.items()
            if (
                gone
                if column not in current
                else missing(current[column], reference[column])
                or outside(current[column], low, high)
            )
        ]

    return broken_feeds


SLIPS = [
    Slip(
        "A feed is broken when more is missing than ordinarily, in the reference: compare with its "
        "share.",
        _feeds(missing=lambda now, before: now.isna().mean() > 0.1),
    ),
    Slip(
        "Fewer missing values than in the reference are no fault: leave out `abs`.",
        _feeds(missing=lambda now, before: abs(_more(now, before)) > 0.1),
    ),
    Slip(
        "You ask for any difference; broken is a share that is more than 0.1 above that of the "
        "reference.",
        _feeds(missing=lambda now, before: _more(now, before) > 0),
    ),
    Slip(
        "Just 0.1 above the share of the reference is not *more* than 0.1.",
        _feeds(missing=lambda now, before: _more(now, before) >= 0.1),
    ),
    Slip(
        "Do you compare *numbers* of missing values? The reference has more rows; compare shares.",
        _feeds(missing=lambda now, before: now.isna().sum() - before.isna().sum() > 0.1 * len(now)),
    ),
    Slip(
        "Do you divide one share by the other? Broken is a *difference* of more than 0.1.",
        _feeds(missing=lambda now, before: now.isna().mean() > 1.1 * before.isna().mean()),
    ),
    Slip("Is the share of missing values asked for?", _feeds(missing=lambda now, before: False)),
    Slip(
        "No value is missing there, and a drift of the mean is small. Count the values outside the "
        "limits.",
        _feeds(outside=lambda now, low, high: False),
    ),
    Slip(
        "A value *below* the lowest possible one is outside, too. Ask for both limits.",
        _feeds(outside=lambda now, low, high: (now > high).any()),
    ),
    Slip(
        "A value *above* the highest possible one is outside, too. Ask for both limits.",
        _feeds(outside=lambda now, low, high: (now < low).any()),
    ),
    Slip(
        "A value that is exactly at one of its limits is still possible: only values beyond a "
        "limit are outside.",
        _feeds(outside=lambda now, low, high: ((now <= low) | (now >= high)).any()),
    ),
    Slip(
        "A few missing values break no feed, and with yours one is enough. (If it is "
        "`~column.between(...)`: comparisons with NaN are False, so that is True for it.)",
        _feeds(outside=lambda now, low, high: (~now.between(low, high)).any()),
    ),
    Slip("A column that is gone altogether should be listed.", _feeds(gone=False)),
]


def _first_difference(name, got, wanted):
    current, reference, limits = _cases()[name]
    odd = min(set(got) ^ set(wanted))
    if odd not in limits:
        return f"`{odd}` is not among the columns of `limits`."
    if odd not in current:
        return f"`{odd}` is gone altogether, so it should be listed."
    now, before, (low, high) = current[odd], reference[odd], limits[odd]
    values = "has no value left" if now.isna().all() else f"lies in {now.min():g} to {now.max():g}"
    return (
        f"In `{odd}` {now.isna().mean():.3f} of the values are missing, and in the reference "
        f"{before.isna().mean():.3f}; it {values}, and possible is {low} to {high}."
    )


exercise(
    "4.5",
    "The broken feed",
    stars=2,
    minutes=14,
    hints=[
        "Three questions for each column: is it there? Are more values missing than in the "
        "reference? Is a value outside its limits?",
        "Ask the first one before Evidently: `if column not in current.columns`. It stops with an "
        "error when a column is gone.",
        "`Report([MissingValueCount(column=column)])`, run on `current` alone and on `reference` "
        "alone, gives two shares; broken if the one is more than 0.1 above the other.",
        "`OutRangeValueCount(column=column, left=low, right=high)` gives a count; broken if it is "
        'above 0. The number is `snapshot.dict()["metrics"][0]["value"]["count"]`.',
    ],
    learned="A drift report compares the values that came; this one asks which did not, and which "
    "cannot be. You need both.",
    check=WithEvidently(
        "broken_feeds",
        _feeds(),
        arguments=3,
        result=_names,
        cases=_cases,
        slips=SLIPS,
        shown=lambda names: repr(names) if names else "an empty list",
        otherwise=_first_difference,
        advice={
            "returned None": "When nothing is broken, return an empty list.",
            r"Error: .*humid": (
                "In this batch the column `humid` is gone altogether. No feed can be more broken "
                "than that: ask for it first, and list it."
            ),
        },
    ),
)
