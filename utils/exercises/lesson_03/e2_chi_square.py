"""Exercise 3.2: the two-sample chi-square test, also for categories that only one sample has."""

import numpy as np
import pandas as pd
from scipy import stats

from utils.drift import measure
from utils.exercises.expect import a_number
from utils.exercises.judges import Function, Slip
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet


def _cases():
    rng = np.random.default_rng(32)

    def column(**counts):
        labels = np.repeat(list(counts), list(counts.values()))
        return pd.Series(rng.permutation(labels), index=rng.permutation(len(labels)))

    return {
        "three airports (130, 110 and 60 flights; then 205, 160 and 135)": (
            column(EWR=130, JFK=110, LGA=60),
            column(LGA=135, EWR=205, JFK=160),
        ),
        "two airports (40 and 25 flights; then 35 and 38)": (
            column(EWR=40, JFK=25),
            column(EWR=35, JFK=38),
        ),
        "a carrier HA that vanished, and ZZ that is new": (
            column(UA=220, B6=160, EV=117, HA=3),
            column(EV=130, UA=199, B6=169, ZZ=2),
        ),
        "a carrier ZZ that is new, with 2 flights of 400": (
            column(UA=120, B6=110, EV=70),
            column(B6=140, UA=163, EV=95, ZZ=2),
        ),
        "the 12,000 flights of two large samples": (
            column(UA=2600, B6=2000, EV=1400),
            column(UA=2545, B6=2070, EV=1385),
        ),
    }


def _a_pvalue(value, name):
    if not isinstance(value, (int, float, np.number)) and hasattr(value, "__len__"):
        if hasattr(value, "pvalue"):
            raise NotYet(
                "`chi_square` returned all that scipy says; return the p-value of it: `.pvalue`."
            )
        if np.size(value) == 2 and hasattr(value, "dtype"):
            raise NotYet(
                "`chi_square` returned two numbers, one for each sample. The statistic is one sum, "
                "over the cells of both columns; then there is one p-value."
            )
        if np.size(value) != 1:
            raise NotYet(
                f"`chi_square` returned {describe(value)}; return one number, the p-value."
            )
    if isinstance(value, (float, np.floating)) and np.isnan(value):
        raise NotYet(
            f"{name}, the p-value, is NaN. Has a category that only one sample has no count (NaN "
            "instead of 0), or is an expected count 0?"
        )
    return a_number(value, name)


def _counts(reference, current):
    counts = pd.concat([reference.value_counts(), current.value_counts()], axis=1)
    return counts.fillna(0).to_numpy()


def _expected(observed):
    return np.outer(observed.sum(axis=1), observed.sum(axis=0)) / observed.sum()


def _statistic(observed):
    expected = _expected(observed)
    return np.sum((observed - expected) ** 2 / expected)


def _pvalue(observed, statistic=_statistic, freedom=lambda k: k - 1, tail=stats.chi2.sf):
    return tail(statistic(observed), freedom(len(observed)))


def _of(change=lambda observed: observed, **steps):
    """Return the test with other counts, or with one of its steps changed."""
    return lambda reference, current: _pvalue(change(_counts(reference, current)), **steps)


def _by_size(reference, current):
    sizes = [sample.value_counts().to_numpy() for sample in (reference, current)]
    longest = max(map(len, sizes))
    return _pvalue(np.column_stack([np.pad(s, (0, longest - len(s))) for s in sizes]))


def _of_codes(reference, current):
    codes = [sample.astype("category").cat.codes for sample in (reference, current)]
    return measure.ks_pvalue(*codes)


def _of_current(observed):
    expected = _expected(observed)[:, 1]
    return np.sum((observed[:, 1] - expected) ** 2 / expected)


def _over_observed(observed):
    # A category with 0 flights adds nothing, where numpy says inf.
    return np.sum((observed - _expected(observed)) ** 2 / np.where(observed == 0, np.inf, observed))


def _over_observed_plainly(observed):
    with np.errstate(divide="ignore"):
        return np.sum((observed - _expected(observed)) ** 2 / observed)


SLIPS = [
    Slip(
        "That is the one-sample test: it takes the shares of the reference for exact, and the sum "
        "goes over the current sample only. Here both samples have expected counts.",
        measure.chi_square_one_sample,
    ),
    Slip(
        "That is the one-sample test with the two samples swapped: the expected counts come from "
        "the current sample alone. Here both samples have expected counts.",
        lambda reference, current: measure.chi_square_one_sample(current, reference),
    ),
    Slip(
        "Categories that the reference lacks are left out. They count, with 0 flights in it.",
        _of(lambda observed: observed[observed[:, 0] > 0]),
    ),
    Slip(
        "Categories that only one of the two has are left out. They count, with 0 flights in the "
        "other.",
        _of(lambda observed: observed[(observed > 0).all(axis=1)]),
    ),
    Slip(
        "That comes from shares. The test needs counts: the same difference means more in more "
        "flights.",
        _of(lambda observed: observed / observed.sum(axis=0)),
    ),
    Slip(
        "The rows do not belong together: `value_counts` sorts by number, so the first row of one "
        "sample can be another category than that of the other. Join them by name.",
        _by_size,
    ),
    Slip(
        "That has Yates's correction, which scipy uses for two categories unless you say "
        "`correction=False`.",
        lambda reference, current: stats.chi2_contingency(_counts(reference, current)).pvalue,
    ),
    Slip(
        "That is the statistic, not its p-value: `stats.chi2.sf(statistic, k - 1)`.",
        lambda reference, current: _statistic(_counts(reference, current)),
    ),
    Slip(
        "That is 1 minus the p-value. `sf` is the probability of *more*, `cdf` that of less.",
        _of(tail=stats.chi2.cdf),
    ),
    Slip(
        "The degrees of freedom are k; they should be k − 1.",
        _of(freedom=lambda k: k),
    ),
    Slip(
        "The degrees of freedom are k − 2; they should be k − 1, with k categories.",
        _of(freedom=lambda k: k - 2),
    ),
    Slip(
        "The degrees of freedom count both columns; they are k − 1, with k categories.",
        _of(freedom=lambda k: 2 * k - 1),
    ),
    Slip(
        "The sum goes over the current sample only; add the cells of the reference.",
        _of(statistic=_of_current),
    ),
    Slip(
        "You divide by the observed counts; divide by the expected ones.",
        _of(statistic=_over_observed),
    ),
    Slip(
        "You divide by the observed counts; divide by the expected ones.",
        _of(statistic=_over_observed_plainly),
    ),
    Slip(
        "The differences are not squared: square each, and divide it by the expected count.",
        _of(statistic=lambda o: np.sum(np.abs(o - _expected(o)) / _expected(o))),
    ),
    Slip(
        "That is a test of numbers on codes of the categories. Codes have an order, carriers have "
        "none: count them.",
        _of_codes,
    ),
    Slip(
        "`crosstab` of the two columns pairs a flight of one with a flight of the other, as if "
        "they were one. Count each sample by itself.",
        lambda reference, current: stats.chi2_contingency(pd.crosstab(reference, current)).pvalue,
    ),
    Slip(
        "`crosstab` of the two columns pairs a flight of one with a flight of the other, as if "
        "they were one. Count each sample by itself.",
        lambda reference, current: (
            stats.chi2_contingency(pd.crosstab(reference, current), correction=False).pvalue
        ),
    ),
    *(
        Slip(
            "The degrees of freedom count the categories of one sample only; k counts those of "
            "either, as the rows of the table do.",
            lambda *samples, side=side: _pvalue(
                _counts(*samples), freedom=lambda _: samples[side].nunique() - 1
            ),
        )
        for side in (0, 1)
    ),
    Slip(
        "The sum goes over the reference only; add the cells of the current sample.",
        _of(statistic=lambda o: np.sum((o - _expected(o))[:, 0] ** 2 / _expected(o)[:, 0])),
    ),
    Slip(
        "The squares are not divided: divide each by the expected count.",
        _of(statistic=lambda o: np.sum((o - _expected(o)) ** 2)),
    ),
    Slip(
        "A missing count becomes 1; a category that one sample lacks has 0 flights there.",
        _of(lambda observed: np.maximum(observed, 1)),
    ),
]


def _otherwise(name, value, wanted):
    if not 0 <= value <= 1:
        return (
            "A p-value lies between 0 and 1. Is it the statistic? `stats.chi2.sf(statistic, k - "
            "1)` makes a p-value of it."
        )
    if any(value == round(wanted, digits) for digits in range(5)):
        return "It is rounded: return the p-value as it is."
    return (
        "Look at the steps on their own: the table of counts, with one row for each category of "
        "either sample; the expected counts, with the same sums; the statistic over *all* cells; "
        "k − 1, with k rows."
    )


exercise(
    "3.2",
    "Chi-square, also for the unseen",
    stars=2,
    minutes=15,
    hints=[
        "Make a table first: a row for each category that either sample has, and two columns of "
        "counts.",
        "`pd.concat([reference.value_counts(), current.value_counts()], axis=1).fillna(0)` puts "
        "equal categories into one row, and 0 where a sample lacks one.",
        "`np.outer(row_sums, column_sums) / total` are the expected counts, for both columns.",
        "`stats.chi2.sf(np.sum((observed - expected) ** 2 / expected), k - 1)`, with k rows.",
    ],
    learned="Both samples are drawn, so both have their share of luck; this test counts it for "
    "both.",
    check=Function(
        "chi_square",
        measure.chi_square_two_sample,
        cases=_cases,
        slips=SLIPS,
        arguments=2,
        result=_a_pvalue,
        tolerance=1e-5,
        strictly=1e-5,
        shown="{:.4g}".format,
        otherwise=_otherwise,
    ),
)
