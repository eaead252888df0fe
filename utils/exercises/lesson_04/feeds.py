"""Judge a search for broken feeds: batches in which it is known what is broken (lesson 04)."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from utils.exercises.lesson_04.evidently_answers import call
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.flights import REFERENCE, load_flights

LIMITS = {"temp": (-40, 120), "visib": (0, 10), "pressure": (900, 1_100), "humid": (0, 100)}
MORE_MISSING = 0.1


@dataclass(frozen=True, eq=False)
class Batch:
    """A batch with known faults, in the learner's terms."""

    says: str
    flights: pd.DataFrame
    broken: tuple[str, ...]


def judge(function):
    """Judge the learner's function on every batch."""
    reference = _reference()
    for batch in _batches():
        names = _names(_call(function, batch, reference), batch)
        if sorted(names) != sorted(batch.broken):
            raise NotYet(f"{batch.says}, {_slip(names, batch, reference)}")


@cache
def _reference():
    return load_flights(*REFERENCE).sample(3_000, random_state=5)


@cache
def _batches():
    good = load_flights(16, 16).sample(1_200, random_state=5)
    # A pressure that is never missing is no fault; in the reference about one in nine is.
    good = good.assign(pressure=good["pressure"].fillna(1_015), humid=good["humid"].clip(40, 100))
    every = np.arange(len(good))
    temp, humid = good["temp"].where(every % 50 > 0), good["humid"].mask(every < 9, 100)
    few = good.assign(temp=temp, humid=humid)
    silent = few.assign(visib=few["visib"].where(every % 10 > 2))
    rain = few.assign(pressure=few["pressure"].where(every % 6 > 0))
    code = rain.assign(temp=rain["temp"].mask(every % 40 == 0, -999.0))
    other_unit = few.assign(pressure=few["pressure"].mask(every % 40 == 0, 10_132.0))
    dead = few.assign(temp=np.nan, pressure=few["pressure"].where(every % 2 > 0))
    return [
        Batch("In a batch with nothing broken (a few values of `temp` are missing)", few, ()),
        Batch("Where `visib` is missing in three flights of ten", silent, ("visib",)),
        Batch(
            "Where `pressure` is missing in one flight of six (in the reference, in one of nine)",
            rain,
            (),
        ),
        Batch("Where `temp` is -999 in one flight of forty", code, ("temp",)),
        Batch("Where `pressure` is 10,132 in one flight of forty", other_unit, ("pressure",)),
        Batch("Where there is no column `humid` at all", few.drop(columns="humid"), ("humid",)),
        Batch(
            "Where `temp` is missing in every flight, and `pressure` in every second",
            dead,
            ("temp", "pressure"),
        ),
    ]


def _call(function, batch, reference):
    try:
        return call(function, batch.flights, reference, LIMITS)
    except NotYet as problem:
        said = str(problem)
        if "returned None" in said:
            raise NotYet(f"{said} When nothing is broken, return an empty list.") from None
        if "humid" not in batch.flights and "Error" in said:
            raise NotYet(
                f"{said}\nIn this batch the column `humid` is gone altogether. No feed can be more "
                "broken than that: ask for it first, and list it."
            ) from None
        raise


def _names(result, batch):
    if isinstance(result, pd.Series) and result.dtype == bool:
        raise NotYet("`broken_feeds` returned True and False; asked for is a list of names.")
    if isinstance(result, (str, bool, int, float, dict, pd.Series, pd.DataFrame)):
        raise NotYet(
            f"{batch.says}, you return {describe(result)}; asked for is a list of names, an empty "
            "one when nothing is broken."
        )
    try:
        names = [str(name) for name in result]
    except TypeError:
        raise NotYet(f"A list of names was asked for; you return {describe(result)}.") from None
    if twice := [name for name in names if names.count(name) > 1]:
        raise NotYet(f"{batch.says}, you list `{twice[0]}` twice; once will do.")
    return names


def _slip(names, batch, reference):
    given = f"you return {names or 'an empty list'}."
    extra = [name for name in names if name not in batch.broken]
    if extra:
        return f"{given} {_why_extra(extra[0], batch, reference)}"
    forgotten = next(name for name in batch.broken if name not in names)
    if forgotten not in batch.flights:
        return f"{given} `{forgotten}` is gone altogether, so it should be listed."
    column = batch.flights[forgotten]
    if column.isna().all():
        return (
            f"{given} `{forgotten}` has no value left; so there is none outside its limits, but "
            "the share of missing ones is 1."
        )
    if column.min() < LIMITS[forgotten][0]:
        return (
            f"{given} `{forgotten}` is never as low as that on earth: no value is missing there, "
            "and a drift of the mean is small. Count the values outside the limits."
        )
    if column.max() > LIMITS[forgotten][1]:
        return (
            f"{given} `{forgotten}` is never as high as that: a value *above* the highest possible "
            "one is outside, too. Ask for both limits."
        )
    return (
        f"{given} In `{forgotten}` {column.isna().mean():.2f} of the values are missing, and in "
        f"the reference {reference[forgotten].isna().mean():.2f}."
    )


def _why_extra(name, batch, reference):
    if name not in LIMITS:
        return f"`{name}` is not among the columns of `limits`."
    now, before = batch.flights[name].isna().mean(), reference[name].isna().mean()
    low, high = LIMITS[name]
    values = batch.flights[name].dropna()
    if values.between(low, high).all() and not values.between(low, high, inclusive="neither").all():
        return (
            f"`{name}` is exactly at one of its limits ({low} and {high}) in some flights. That is "
            "still possible: only values beyond a limit are outside."
        )
    if 0 < now < 0.05:
        return (
            f"In `{name}` a few values are missing ({now:.2f}), and those that are there are "
            "within the limits. Does a missing value count as outside? Comparisons with NaN are "
            "False, so `~column.between(...)` is True."
        )
    if now < before:
        return (
            f"In `{name}` fewer values are missing than in the reference ({now:.2f} against "
            f"{before:.2f}). That is no fault: leave out `abs`."
        )
    return (
        f"In `{name}` {now:.2f} of the values are missing, in the reference {before:.2f}: that is "
        f"not {MORE_MISSING} more. A feed is broken when it is worse than it ordinarily is."
    )
