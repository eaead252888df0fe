"""What lesson 05 says of scores of a week or a segment: compared with the wrong thing, or swapped.

The measures need scipy, which takes a second to import, so only a check that is called imports it.
"""

from functools import cache

import numpy as np
import pandas as pd

from utils.exercises.expect import close, numbers
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.flights import load_flights

ROUNDED = 2e-3


@cache
def slow_drifts():
    """Return small tables in no order whose weeks move, in place and in spread."""
    flights = load_flights(4, 8).sample(4_000, random_state=5)
    step = flights["week"] - 4
    stretched = flights.assign(distance=flights["distance"] * (1 + 0.2 * step) + 60 * step)
    march = load_flights(10, 13).sample(3_000, random_state=6)
    return [(stretched, "distance"), (march, "temp")]


def judge_scores(table, weeks, called):
    """Compare both scores of each week with what the weeks give; name the slip."""
    from utils.drift.measure import wasserstein

    first, *later = weeks
    last = later[-1]
    all_before = {w: pd.concat([weeks[v] for v in weeks if v < w]) for w in later}
    whole = pd.concat(list(weeks.values()))
    right = {
        "fixed": {w: wasserstein(weeks[first], weeks[w]) for w in later},
        "moving": {w: wasserstein(weeks[w - 1], weeks[w]) for w in later},
    }
    turned = {
        "fixed": {w: wasserstein(weeks[w], weeks[first]) for w in later},
        "moving": {w: wasserstein(weeks[w], weeks[w - 1]) for w in later},
    }
    slips = {
        "fixed": {
            "compares with the week before; that is `moving`": right["moving"],
            "compares with all weeks together; a fixed reference is the first week alone": {
                w: wasserstein(whole, weeks[w]) for w in later
            },
            "compares with the last week; the reference is the first": {
                w: wasserstein(weeks[last], weeks[w]) for w in later
            },
        },
        "moving": {
            "compares with the first week; that is `fixed`": right["fixed"],
            "compares with *all* weeks before; a moving reference is the one week before": {
                w: wasserstein(all_before[w], weeks[w]) for w in later
            },
            "compares with the week *after*, which nobody has yet": {
                w: wasserstein(weeks[w], weeks[w + 1]) for w in later if w < last
            },
        },
    }
    for name in ("fixed", "moving"):
        values = dict(zip(later, numbers(table[name], f"The column `{name}`"), strict=True))
        if _alike(values, right[name]):
            continue
        if _alike(values, turned[name]):
            raise NotYet(
                f"In {called}, `{name}` has reference and current swapped. Wasserstein is divided "
                "by the spread of the reference, so the older week comes first."
            )
        for slip, wrong in slips[name].items():
            if _alike({w: values[w] for w in wrong}, wrong):
                raise NotYet(f"In {called}, `{name}` {slip}.")
        week = next(w for w in later if not close(values[w], right[name][w], ROUNDED))
        raise NotYet(
            f"In {called}, `{name}` of week {week} is {values[week]:.4g}, which is not "
            "`measure.wasserstein(reference, current)` of the two weeks. Compute it once by hand."
        )


def _alike(values, expected):
    return all(close(values[w], expected[w], ROUNDED) for w in expected)


@cache
def segmented():
    """Return pairs of tables, with what to call the learner's function with."""
    from utils.drift.simulate import one_sensor

    reference = load_flights(10, 12).sample(5_000, random_state=5)
    current = load_flights(16, 16).sample(3_000, random_state=5)
    current = one_sensor(current, "2013-04-15", np.random.default_rng(5))[0]
    # One carrier is new, one has gone, and two are small in one of the tables.
    new = current.assign(carrier=current["carrier"].replace({"US": "ZZ"}))
    new = new.drop(index=new.index[new["carrier"] == "AA"][20:])
    exactly = int((new["carrier"] == "WN").sum())
    return [
        (reference, current, "wind_speed", "origin", 100),
        (reference, new, "distance", "carrier", exactly),
    ]


def as_series(result, called):
    """Ask for a Series; a dictionary or a table of one column will do."""
    if isinstance(result, dict):
        result = pd.Series(result, dtype=float)
    if isinstance(result, pd.DataFrame) and result.shape[1] == 1:
        result = result.iloc[:, 0]
    if not isinstance(result, pd.Series):
        raise NotYet(
            f"{called} should return a Series, one score for each segment; it returned "
            f"{describe(result)}."
        )
    return result


def judge_segments(result, reference, current, column, by, at_least, called):
    """Compare which segments have a score, and which score; name the slip."""
    from utils.drift.measure import wasserstein

    old = {s: g[column] for s, g in reference.groupby(by)}
    new = {s: g[column] for s, g in current.groupby(by)}
    right = {
        s: wasserstein(old[s], new[s])
        for s in old
        if s in new and min(len(old[s]), len(new[s])) >= at_least
    }
    if strange := [s for s in result.index if s not in {*old, *new}]:
        raise NotYet(
            f"{called} has an entry {describe(strange[0])}. The index should be the values of "
            f"`{by}`, such as {sorted(right)[0]!r}."
        )
    if not result.index.is_unique:
        raise NotYet(f"{called} has several entries for one segment; one each.")
    if extra := sorted(set(result.index) - set(right)):
        segment = extra[0]
        counts = [len(part.get(segment, [])) for part in (old, new)]
        raise NotYet(
            f"{called} has a score for {segment!r}, which has {counts[0]:,} flights in the "
            f"reference and {counts[1]:,} in `current`. Both need at least {at_least}."
        )
    if lacking := sorted(set(right) - set(result.index)):
        segment = lacking[0]
        counts = sorted([len(old[segment]), len(new[segment])])
        edge = " Exactly that many are enough (`>=`)." if counts[0] == at_least else ""
        raise NotYet(
            f"{called} has no score for {segment!r}, although both tables have at least "
            f"{counts[0]:,} flights of it.{edge}"
        )
    values = dict(zip(result.index, numbers(result, "The Series"), strict=True))
    if _alike(values, right):
        return
    slips = {
        "compares a segment with the *whole* reference. Airports and carriers differ always; "
        "compare each with itself": {s: wasserstein(reference[column], new[s]) for s in right},
        "has reference and current swapped. The score is divided by the spread of the reference, "
        "so that comes first": {s: wasserstein(new[s], old[s]) for s in right},
        "gives every segment the score of the whole table": {
            s: wasserstein(reference[column], current[column]) for s in right
        },
        "compares each segment with the whole of `current`; take the same segment of both": {
            s: wasserstein(old[s], current[column]) for s in right
        },
    }
    for slip, wrong in slips.items():
        if _alike(values, wrong):
            raise NotYet(f"{called} {slip}.")
    segment = next(s for s in right if not close(values[s], right[s], ROUNDED))
    raise NotYet(
        f"{called} gives {values[segment]:.4g} for {segment!r}, which is not "
        f"`measure.wasserstein` of `{column}` in the {segment} flights of both tables."
    )
