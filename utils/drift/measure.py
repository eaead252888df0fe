"""Measure drift: how far two samples of one column are apart, by the definitions.

Every measure takes a reference and a current sample (Series or arrays) and returns one float.
Missing and infinite values are left out first, in numbers and in categories, as Evidently does: so
none of these measures sees that values are missing. What a column holds is decided in one place,
`utils.given.kind_of`: numbers of any library; texts, booleans, intervals and the type `category`,
which are counted; times and all else are refused.

A *distance* is 0 for equal samples and grows with the drift; a *p-value* is the probability of a
difference at least as large, were both drawn from one distribution, so it is small when there is
drift. The numbers are Evidently 0.7.23's, except where a docstring says otherwise.

All raise CourseError, naming the column, when a sample holds no value or one of the wrong kind.
None knows what a column means: of texts that hardly ever repeat, such as names, each is a category
of its own, so they are "drift" for ever.
"""

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from utils import given
from utils.drift.samples import FEW_VALUES, are_numbers, both_numbers, counts
from utils.errors import CourseError

# What stands for the share of an empty bin in PSI, since ln(0) is minus infinity.
EMPTY_SHARE = 0.0001


def ks_distance(reference: ArrayLike, current: ArrayLike) -> float:
    """Return D: the largest vertical distance of the two cumulative distributions, 0 to 1.

    Kolmogorov (1933), Smirnov (1939). Evidently reports only its p-value.
    """
    _, values, gap = _cumulative(reference, current)
    # Where a value occurs several times, the distributions count only after its last one.
    last = np.append(values[1:] != values[:-1], True)
    return float(np.abs(gap[last]).max())


def ks_pvalue(reference: ArrayLike, current: ArrayLike) -> float:
    """Return the two-sided p-value of D (Kolmogorov, 1933; Smirnov, 1939).

    Its distribution is scipy's: exact up to 10,000 values, the limit distribution beyond.
    """
    return float(stats.ks_2samp(*both_numbers(reference, current)).pvalue)


def wasserstein(reference: ArrayLike, current: ArrayLike) -> float:
    """Return the distance by which probability must be moved, in reference standard deviations.

    It is the area between the two cumulative distributions (Kantorovich, 1942; Vaserstein, 1969)
    over the standard deviation of the reference, or over 0.001 where that is smaller.
    """
    spread, values, gap = _cumulative(reference, current)
    # As decimal numbers: the difference of two int8 need not be one.
    steps = np.diff(values.astype(np.float64, copy=False))
    return float(np.sum(np.abs(gap[:-1]) * steps) / max(spread, 0.001))


def psi(reference: ArrayLike, current: ArrayLike, categorical: bool | None = None) -> float:
    """Return the population stability index: the sum of (r - c)·ln(r / c) over all bins.

    r and c are the shares of the samples in a bin. The sum is that of the two Kullback-Leibler
    divergences (Jeffreys, 1946); the name comes from credit scoring (Lewis, 1994). The bins are
    Evidently's: one for each category; one for each number, if the reference has at most 20
    different ones; else bins of equal width over both samples, as many as Sturges (1926) says.
    In an empty bin 0.0001 stands for its share, or a millionth of the smallest share where that
    is at most 0.0001.
    """
    r, c = map(_without_zeros, _shares(reference, current, categorical))
    return float(np.sum((r - c) * np.log(r / c)))


def psi_quantiles(reference: ArrayLike, current: ArrayLike, bins: int = 10) -> float:
    """Return the population stability index with the bins of textbooks: quantiles of the reference.

    Every bin holds about the same share of the reference (Siddiqi, 2006); the outer ones are open.
    A value so frequent that several quantiles fall on it, such as a rain of 0, gets a bin of its
    own. Evidently has no such method.
    """
    if isinstance(bins, bool) or not isinstance(bins, (int, np.integer)) or bins < 2:
        raise CourseError(f"`bins` is {bins!r}: give a whole number from 2 on.")
    # As decimal numbers: between two int8 numpy interpolates in int8.
    reference, current = (
        sample.astype(np.float64, copy=False) for sample in both_numbers(reference, current)
    )
    edges, times = np.unique(np.quantile(reference, np.arange(1, bins) / bins), return_counts=True)
    inner = np.union1d(edges, np.nextafter(edges[times > 1], np.inf))
    r, c = (
        np.bincount(np.searchsorted(inner, sample, side="right"), minlength=len(inner) + 1)
        / len(sample)
        for sample in (reference, current)
    )
    r, c = map(_without_zeros, (r, c))
    return float(np.sum((r - c) * np.log(r / c)))


def jensen_shannon(
    reference: ArrayLike, current: ArrayLike, categorical: bool | None = None
) -> float:
    """Return the Jensen-Shannon distance, 0 to 0.833 (the root of ln 2).

    It is the root of the mean Kullback-Leibler divergence, in nats, of both samples' shares from
    their average (Lin, 1991; Endres and Schindelin, 2003). The bins are those of `psi`.
    """
    r, c = _shares(reference, current, categorical)
    middle = (r + c) / 2
    divergence = (_divergence(r, middle) + _divergence(c, middle)) / 2
    # Rounding can leave it a hair below zero.
    return float(np.sqrt(max(divergence, 0.0)))


def chi_square_one_sample(reference: ArrayLike, current: ArrayLike) -> float:
    """Return the p-value of the goodness-of-fit test of the current counts (Pearson, 1900).

    It takes the reference's shares for the exact truth, as Evidently does, and so alarms too often
    unless the reference is much larger; `chi_square_two_sample` does not. A category that the
    reference lacks makes it 0. With one category in all it is 1, where Evidently's is NaN.
    """
    r, c = counts(reference, current)
    expected = r / r.sum() * c.sum()
    with np.errstate(divide="ignore"):
        return _chi_square_pvalue(np.sum((c - expected) ** 2 / expected), len(r))


def chi_square_two_sample(reference: ArrayLike, current: ArrayLike) -> float:
    """Return the p-value of the test that both samples have the same shares (Pearson, 1900).

    The test of homogeneity: both samples are random, and categories that only one of them has
    count as well. Without a correction for continuity. Evidently has no such method.
    """
    observed = np.array(counts(reference, current))
    expected = np.outer(observed.sum(axis=1), observed.sum(axis=0)) / observed.sum()
    return _chi_square_pvalue(np.sum((observed - expected) ** 2 / expected), observed.shape[1])


def bonferroni(pvalues: ArrayLike, alpha: float = 0.05) -> np.ndarray | pd.Series:
    """Tell which of m tests to reject, so that any false alarm has at most the probability alpha.

    Each p-value is compared with alpha / m (Dunn, 1961). Returns booleans; a Series for a Series.
    """
    p = _pvalues(pvalues, alpha)
    return _like(pvalues, p <= alpha / max(len(p), 1))


def benjamini_hochberg(pvalues: ArrayLike, alpha: float = 0.05) -> np.ndarray | pd.Series:
    """Tell which of m tests to reject, so that of those the expected share alpha at most is false.

    Rejects the k smallest p-values, k being the largest number for which the k-th smallest is at
    most k·alpha / m (Benjamini and Hochberg, 1995). Returns booleans; a Series for a Series.
    """
    p = _pvalues(pvalues, alpha)
    ordered = np.sort(p)
    below = np.flatnonzero(ordered <= np.arange(1, len(p) + 1) * alpha / max(len(p), 1))
    return _like(pvalues, p <= ordered[below[-1]] if len(below) else np.zeros(len(p), dtype=bool))


def by_column(
    method: Callable, reference: pd.DataFrame, current: pd.DataFrame, columns: Iterable[str]
) -> pd.Series:
    """Return one score for each of these columns of two tables, indexed by column."""
    if not callable(method):
        raise CourseError(f"`method` is {method!r}: give a measure itself, such as `measure.psi`.")
    if isinstance(columns, str) or not isinstance(columns, Iterable):
        raise CourseError(f"`columns` is {columns!r}: give a list of names, ['temp'].")
    columns = list(columns)
    for name, table in {"reference": reference, "current": current}.items():
        given.a_table(f"The {name} table", table, columns, lacks="has no column")
    scores = [method(reference[column], current[column]) for column in columns]
    # A functools.partial has no name.
    name = getattr(method, "__name__", "score")
    return pd.Series(scores, index=pd.Index(columns, name="column"), name=name)


def _cumulative(reference, current) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the reference's spread, all values in order, and the distributions' gap there."""
    reference, current = both_numbers(reference, current)
    spread = float(reference.std())
    values = np.concatenate([np.sort(reference), np.sort(current)])
    # A stable sort merges the two sorted halves in one pass.
    order = np.argsort(values, kind="stable")
    seen = np.cumsum(order < len(reference))
    unseen = np.arange(1, len(values) + 1) - seen
    return spread, values[order], seen / len(reference) - unseen / len(current)


def _shares(reference, current, categorical) -> tuple[np.ndarray, np.ndarray]:
    if categorical is None:
        categorical = not are_numbers(reference, current)
    if categorical:
        r, c = counts(reference, current)
        return r / r.sum(), c / c.sum()
    reference, current = both_numbers(reference, current)
    # A look at the first rows nearly always settles it, and saves a sort of all.
    if all(len(np.unique(part)) <= FEW_VALUES for part in (reference[:1_000], reference)):
        r, c = counts(reference, current)
        return r / r.sum(), c / c.sum()
    edges = np.histogram_bin_edges(np.concatenate([reference, current]), bins="sturges")
    # Told that the bins are even, numpy counts five times faster than into a list of edges.
    even = {"bins": len(edges) - 1, "range": (edges[0], edges[-1])}
    r, c = (np.histogram(sample, **even)[0] / len(sample) for sample in (reference, current))
    return r, c


def _without_zeros(shares: np.ndarray) -> np.ndarray:
    smallest = shares[shares > 0].min()
    empty = smallest / 1e6 if smallest <= EMPTY_SHARE else EMPTY_SHARE
    return np.where(shares == 0, empty, shares)


def _divergence(shares: np.ndarray, other: np.ndarray) -> float:
    """Return the Kullback-Leibler divergence; a bin without share adds nothing."""
    there = shares > 0
    return np.sum(shares[there] * np.log(shares[there] / other[there]))


def _chi_square_pvalue(statistic: float, categories: int) -> float:
    return float(stats.chi2.sf(statistic, categories - 1)) if categories > 1 else 1.0


def _pvalues(pvalues: ArrayLike, alpha: float) -> np.ndarray:
    try:
        p = pd.Series(pvalues, dtype="float64").to_numpy() if np.ndim(pvalues) == 1 else None
    except (ValueError, TypeError):
        p = None
    if p is None or not ((p >= 0) & (p <= 1)).all():
        raise CourseError("Give a list of p-values: numbers from 0 to 1, and none missing.")
    if not given.is_number(alpha) or not 0 < alpha < 1:
        raise CourseError(f"`alpha` is {alpha!r}: give a probability between 0 and 1.")
    return p


def _like(pvalues: ArrayLike, rejected: np.ndarray) -> np.ndarray | pd.Series:
    if isinstance(pvalues, pd.Series):
        return pd.Series(rejected, index=pvalues.index, name="rejected")
    return rejected
