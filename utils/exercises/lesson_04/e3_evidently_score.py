"""Exercise 4.3: the method that Evidently takes, and its score by hand."""

import numpy as np
from scipy import stats

from utils.exercises.expect import a_number
from utils.exercises.judges import Slip
from utils.exercises.lesson_04.old_names import WithEvidently
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.flights import REFERENCE, load_flights


def _cases():
    march, april = load_flights(*REFERENCE), load_flights(16, 16)
    temp = march["temp"].dropna().sample(1_200, random_state=3)
    gaps = temp.where(np.arange(1_200) % 4 > 0)
    april = april.sample(frac=1, random_state=3)
    hour = march["hour"].sample(3_000, random_state=3)
    pressure = april["pressure"].where(np.arange(len(april)) % 3 > 0)
    same, rain = march["temp"].sample(2_200, random_state=9), march["pressure"]
    columns = {
        "of 3,000 hours": (hour, april["hour"].head(1_500)),
        "of 800 hours": (hour.head(800), april["hour"].head(1_800)),
        "of 1,001 temperatures": (temp.head(1_001), april["temp"].head(400)),
        "of 1,000 temperatures": (same.head(1_000), same.tail(1_200)),
        "of temperatures, a quarter of which is missing": (gaps, april["temp"].head(400)),
        "of pressures, some missing": (rain.head(2_400), pressure.head(900)),
        "of few pressures, some missing": (rain.sample(700, random_state=4), pressure.tail(600)),
    }
    return {
        f"a reference {what} ({len(r):,} rows, and {len(c):,} current)": (r, c)
        for what, (r, c) in columns.items()
    }


def _form(value, name):
    """Ask for the name of a method and its score."""
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise NotYet(
            f"{name} is {describe(value)}; asked for are two things, the name of the method and "
            "the score: `return name, score`."
        )
    method, score = value
    if isinstance(score, str) and not isinstance(method, str):
        raise NotYet("First the name of the method, then the score: you return them swapped.")
    said = str(method).lower()
    if "wasser" in said:
        method = "wasserstein"
    elif said.startswith(("ks", "k-s", "kolmogorov")):
        method = "ks"
    else:
        raise NotYet(
            f'The name of the method is {describe(method)}; asked for are "wasserstein" or "ks".'
        )
    if hasattr(score, "pvalue"):
        raise NotYet("`stats.ks_2samp` returns several things at once; the score is its `.pvalue`.")
    what = name.replace("What `evidently_score` returns", "The score that comes back")
    return method, a_number(score, what)


def _area(r, c):
    return stats.wasserstein_distance(r, c)


def _p(r, c, side="two-sided"):
    return stats.ks_2samp(r, c, alternative=side).pvalue


def _score(rows=lambda r, c: r.count(), distance=lambda r, c: _area(r, c) / r.std(), pvalue=_p):
    """Make a function: how many rows decide, and how each of the two scores is computed."""

    def evidently_score(reference, current):
        r, c = reference.dropna(), current.dropna()
        large = rows(reference, current) > 1_000
        return ("wasserstein", distance(r, c)) if large else ("ks", pvalue(r, c))

    return evidently_score


_LIMIT = "Up to 1,000 rows in the reference it is a p-value, from 1,001 a distance."
_ONE_SIDE = "That is the p-value of a one-sided test; Evidently looks in both directions."
_WRONG = {
    "rows": [
        ("The missing values go first, and count as rows no more.", lambda r, c: len(r)),
        ("With exactly 1,000 rows Evidently still takes a p-value.", lambda r, c: r.count() + 1),
        ("The rows of the reference decide, however many are current.", lambda r, c: c.count()),
        (_LIMIT, lambda r, c: 0),
        (_LIMIT, lambda r, c: 2_000),
    ],
    "distance": [
        (
            "That is divided by the spread of the current data; Evidently takes the reference's.",
            lambda r, c: _area(r, c) / c.std(),
        ),
        (
            "That is divided by the spread of both samples together; Evidently takes the "
            "reference's.",
            lambda r, c: _area(r, c) / np.concatenate([r, c]).std(),
        ),
        (
            "That is in the unit of the column; Evidently divides by the reference's standard "
            "deviation.",
            _area,
        ),
        (
            "That is divided by the variance; take the standard deviation.",
            lambda r, c: _area(r, c) / r.var(),
        ),
        (
            "That is the difference of the means in standard deviations; two columns of the same "
            "mean can be far apart.",
            lambda r, c: abs(r.mean() - c.mean()) / r.std(),
        ),
        ("That is a p-value, and a distance is asked for.", _p),
    ],
    "pvalue": [
        (
            "That is the distance D of Kolmogorov and Smirnov; Evidently reports its p-value.",
            lambda r, c: stats.ks_2samp(r, c).statistic,
        ),
        ("That is one minus the p-value.", lambda r, c: 1 - _p(r, c)),
        (_ONE_SIDE, lambda r, c: _p(r, c, "less")),
        (_ONE_SIDE, lambda r, c: _p(r, c, "greater")),
    ],
}


def _swapped(reference, current):
    return _score()(current, reference)


SLIPS = [
    Slip("You swap reference and current: the spread and the rows are the reference's.", _swapped)
]
SLIPS += [Slip(says, _score(**{part: wrong})) for part in _WRONG for says, wrong in _WRONG[part]]


def _what_it_is(name, got, wanted):
    if got[0] != wanted[0]:
        return "Which rows decide, and how many are they? Look at the table above the exercise."
    if wanted[0] == "ks":
        return "It should be the two-sided p-value of the two columns without missing values."
    return (
        "It should be the Wasserstein distance of the two columns without missing values, in "
        "standard deviations of the reference."
    )


class _Score(WithEvidently):
    def accepts(self, got, wanted):
        # Three digits suffice, and the standard deviation may be that of a sample.
        return got[0] == wanted[0] and np.isclose(got[1], wanted[1], rtol=2e-3, atol=6e-4)

    def is_like(self, got, slip):
        return got[0] == slip[0] and np.isclose(got[1], slip[1], rtol=1e-3, atol=1e-6)

    def told(self, name, got):
        return f"For {name}, you return the method {got[0]!r} and the score {got[1]:.4g}."


exercise(
    "4.3",
    "The number by hand",
    stars=2,
    minutes=12,
    hints=[
        "Two steps: leave the missing values out of both columns, then count the rows of the "
        "reference.",
        "More than 1,000 of them: a distance. Up to 1,000: a p-value.",
        "`stats.ks_2samp(reference, current).pvalue` is the one; "
        "`stats.wasserstein_distance(reference, current)` is in the unit of the column.",
        'Divide it by `reference.std()`, and return `"wasserstein", distance` or `"ks", pvalue`.',
    ],
    learned="You can now defend that number, and say what it would have been on other batches.",
    check=_Score(
        "evidently_score",
        _score(),
        arguments=2,
        result=_form,
        cases=_cases,
        slips=SLIPS,
        otherwise=_what_it_is,
    ),
)
