"""Exercise 5.3: one score for each segment, against the same segment of the reference."""

import numpy as np
import pandas as pd

from utils.exercises.expect import numbers
from utils.exercises.judges import Function, Slip
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.flights import load_flights


def _cases():
    from utils.drift.simulate import one_sensor

    reference = load_flights(10, 12).sample(5_000, random_state=5)
    current = load_flights(16, 16).sample(3_000, random_state=5)
    current = one_sensor(current, "2013-04-15", np.random.default_rng(5))[0]
    # One carrier is new, one has gone, and two are small in one of the tables.
    new = current.assign(carrier=current["carrier"].replace({"US": "ZZ"}))
    new = new.drop(index=new.index[new["carrier"] == "AA"][20:])
    # A flight counts, also where its value is missing.
    new.loc[new.index[new["carrier"] == "WN"][:5], "distance"] = np.nan
    exactly = int((new["carrier"] == "WN").sum())
    old = reference.drop(index=reference.index[reference["carrier"] == "B6"][exactly:])
    few = old.drop(index=old.index[old["carrier"] == "DL"][exactly - 1 :])
    return {
        f'`by_segment(reference, current, "{column}", "{by}", {at_least})`{more}': (
            r,
            c,
            column,
            by,
            at_least,
        )
        for r, c, column, by, at_least, more in (
            (reference, current, "wind_speed", "origin", 100, ""),
            (reference, new, "distance", "carrier", exactly, ""),
            (few, new, "hour", "carrier", exactly, ""),
        )
    }


def _as_scores(result, name):
    """Ask for a Series, and return a dictionary; a table of one column will do."""
    if isinstance(result, dict):
        result = pd.Series(result, dtype=float)
    if isinstance(result, pd.DataFrame) and result.shape[1] == 1:
        result = result.iloc[:, 0]
    if not isinstance(result, pd.Series):
        raise NotYet(
            f"{name} should be a Series, one score for each segment; it is {describe(result)}."
        )
    if not result.index.is_unique:
        raise NotYet(f"{name} has several entries for one segment; one each.")
    return dict(zip(result.index, map(float, numbers(result, name)), strict=True))


def _segments(pair=lambda r, c, old, new: (old, new), large=None, counted=len):
    """Make a function: what is scored in a segment, which are large enough, and what counts."""
    large = large or (lambda old, new, at_least: min(old, new) >= at_least)

    def by_segment(reference, current, column, by, at_least):
        from utils.drift.measure import wasserstein

        old, new = ({s: g[column] for s, g in t.groupby(by)} for t in (reference, current))
        whole = reference[column], current[column]
        return pd.Series(
            {
                s: wasserstein(*pair(*whole, old[s], new[s]))
                for s in sorted(set(old) & set(new))
                if large(counted(old[s]), counted(new[s]), at_least)
            },
            dtype=float,
        )

    return by_segment


_BOTH = "Count the flights of a segment in *both* tables: each needs at least `at_least`."
SLIPS = [
    Slip(
        "You compare a segment with the *whole* reference. Airports and carriers differ always; "
        "compare each with itself.",
        _segments(lambda r, c, old, new: (r, new)),
    ),
    Slip(
        "Reference and current are swapped. The score is divided by the spread of the reference, "
        "so that comes first.",
        _segments(lambda r, c, old, new: (new, old)),
    ),
    Slip(
        "You give every segment the score of the whole table.",
        _segments(lambda r, c, old, new: (r, c)),
    ),
    Slip(
        "You compare each segment with the whole of `current`; take the same segment of both.",
        _segments(lambda r, c, old, new: (old, c)),
    ),
    Slip(_BOTH, _segments(large=lambda old, new, n: True)),
    Slip(_BOTH, _segments(large=lambda old, new, n: old >= n)),
    Slip(_BOTH, _segments(large=lambda old, new, n: new >= n)),
    Slip(_BOTH, _segments(large=lambda old, new, n: old + new >= n)),
    Slip(_BOTH, _segments(large=lambda old, new, n: max(old, new) >= n)),
    Slip(
        "You count the values that are there; a flight counts, also where its value is missing.",
        _segments(counted=pd.Series.count),
    ),
    Slip(
        "Exactly `at_least` flights are enough (`>=`).",
        _segments(large=lambda old, new, n: min(old, new) > n),
    ),
]


def _first_difference(name, got, wanted):
    _, _, column, by, at_least = _known()[name]
    old, new = (table[by].value_counts() for table in _known()[name][:2])
    if strange := [s for s in got if s not in old and s not in new]:
        return (
            f"It has an entry {describe(strange[0])}. The index should be the values of `{by}`, "
            f"such as {min(wanted)!r}."
        )
    if odd := sorted(set(got) ^ set(wanted)):
        has = "a score" if odd[0] in got else "no score"
        return (
            f"It has {has} for {odd[0]!r}, which has {old.get(odd[0], 0):,} flights in the "
            f"reference and {new.get(odd[0], 0):,} in `current`. Both need at least {at_least}."
        )
    segment = max(wanted, key=lambda s: abs(got[s] - wanted[s]))
    return (
        f"It gives {got[segment]:.4g} for {segment!r}, which is not `measure.wasserstein` of "
        f"`{column}` in the {segment} flights of both tables."
    )


class _BySegment(Function):
    def observe(self, answer, name, case):
        try:
            return super().observe(answer, name, case)
        except NotYet as problem:
            said = str(problem)
            if "has no value in the" in said or "KeyError" in said:
                said += "\nA segment may be missing in one of the tables. Leave such segments out."
            raise NotYet(said) from None

    def told(self, name, got):
        return f"{name} returned {len(got)} scores."


CHECK = _BySegment(
    "by_segment",
    _segments(),
    arguments=5,
    result=_as_scores,
    cases=_cases,
    slips=SLIPS,
    # Scores may be rounded to three digits.
    tolerance=2e-3,
    otherwise=_first_difference,
)
_known = CHECK.all_cases

exercise(
    "5.3",
    "Segment by segment",
    stars=2,
    minutes=8,
    hints=[
        "Split both tables: for a segment, `reference[reference[by] == segment]` and the same of "
        "`current`.",
        "Count the rows of both parts before you score; if either has fewer than `at_least`, go "
        "on to the next segment (`continue`).",
        "`scores[segment] = measure.wasserstein(old[column], new[column])`, and in the end "
        "`pd.Series(scores)`.",
    ],
    learned="Newark is compared with Newark. Segments always differ from the whole; what matters "
    "is whether they differ from themselves.",
    check=CHECK,
)
