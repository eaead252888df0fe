"""How the checks of lesson 03 judge a PSI and a chi-square: samples, and what slips give."""

from functools import cache

import numpy as np
import pandas as pd
from scipy import stats

from utils.drift import measure
from utils.exercises.expect import a_number, close
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet

EMPTY = 1e-4


@cache
def psi_samples():
    """Return pairs of samples without ties: an ordinary one, an empty bin, out of range, large.

    Their lengths are such that no quantile falls on a value, so no value lies on an edge.
    """
    rng = np.random.default_rng(31)
    winds = rng.gamma(4, 2.5, 602)
    pairs = {
        "602 and 412 wind speeds": (winds, rng.gamma(5, 2.4, 412)),
        "a calm week, without any flight in the upper bins": (winds, rng.uniform(1, 9, 350)),
        "a week with winds beyond those of the reference": (
            winds,
            np.concatenate(
                [rng.gamma(4, 2.5, 300), rng.uniform(60, 80, 40), rng.uniform(-5, 0, 9)]
            ),
        ),
        "two samples that are equal": (winds, winds.copy()),
        "40,002 and 30,000 temperatures": (rng.normal(39, 8, 40_002), rng.normal(44, 9, 30_000)),
    }
    return [
        (what, *(pd.Series(v, index=rng.permutation(len(v))) for v in pair))
        for what, pair in pairs.items()
    ]


def judge_psi(result, reference, current, what):
    """Judge the PSI of one pair of samples."""
    if isinstance(result, (np.ndarray, pd.Series, list)) and np.size(result) > 1:
        raise NotYet(
            f"For {what} `psi` returned {describe(result)}: one value for each bin. PSI is their "
            "sum, one number."
        )
    if isinstance(result, (float, np.floating)) and not np.isfinite(result):
        raise NotYet(
            f"For {what} `psi` returned {float(result)}. "
            + (
                "Something was divided by 0, or by infinity: is a sample without a value in any "
                "bin, or is `density=True` in use, which open bins do not go with? Shares "
                "are counts "
                "divided by the length of the sample."
                if np.isnan(result)
                else "A share of 0 got into the logarithm or the division; put 0.0001 in its place "
                "first."
            )
        )
    value = a_number(result, f"The PSI of {what}")
    edges = np.quantile(reference, np.linspace(0, 1, 11))
    r, c = (_shares(sample, edges) for sample in (reference, current))
    right = _psi(r, c)
    if _near(value, right):
        return
    given = f"For {what} `psi` returned {value:.6g}."
    for slip, wrong in _psi_slips(reference, current, edges, r, c).items():
        if _near(value, wrong):
            raise NotYet(f"{given} {slip}")
    if value < 0:
        raise NotYet(
            f"{given} PSI is never negative: in every bin (r − c) and ln(r / c) have the same sign."
        )
    if close(right, 0):
        raise NotYet(f"{given} There is no drift between equal samples, so it should be 0.")
    raise NotYet(
        f"{given} That is not the PSI with ten bins of the reference. Look at the steps on their "
        "own: eleven edges, the outer ones infinite; shares that sum to 1; then the sum."
    )


def _psi_slips(reference, current, edges, r, c):
    """Return what each usual slip would have given."""
    both = np.concatenate([reference, current])
    tenths = np.linspace(0, 1, 11)
    width = {name: np.histogram_bin_edges(v, 10) for name, v in [("r", reference), ("b", both)]}
    of_current, of_both = np.quantile(current, tenths), np.quantile(both, tenths)
    filled_r, filled_c = _filled(r), _filled(c)
    counts_r, counts_c = r * len(reference), c * len(current)
    closed = [np.histogram(sample, edges)[0] for sample in (reference, current)]
    inner = [np.histogram(sample, edges[1:-1])[0] for sample in (reference, current)]
    own = [np.histogram(sample, 10)[0] / len(sample) for sample in (reference, current)]
    terms = (filled_r - filled_c) * np.log(filled_r / filled_c)
    slips = {
        "The bins are those of the *current* sample. They should be the reference's: did you swap "
        "the two?": _psi(_shares(reference, of_current), _shares(current, of_current)),
        "The bins are quantiles of both samples together; take the quantiles of the reference.": (
            _psi(_shares(reference, of_both), _shares(current, of_both))
        ),
        "The bins have equal width. Here each should hold a tenth of the reference: use its "
        "quantiles.": _psi(_shares(reference, width["r"]), _shares(current, width["r"])),
        "The bins have equal width, over both samples. Here each should hold a tenth of the "
        "reference: use its quantiles.": _psi(
            _shares(reference, width["b"]), _shares(current, width["b"])
        ),
        "The bins have equal width, as Evidently's have. Here each should hold a tenth of the "
        "reference: use its quantiles.": measure.psi(reference, current),
        "That comes from counts. Divide each by the length of its sample: PSI compares shares.": (
            np.sum((counts_r - counts_c) * np.log(_filled(counts_r) / _filled(counts_c)))
        ),
        "That is in percent; a share lies between 0 and 1.": 100 * _psi(r, c),
        "The logarithm is the one to base 10; use the natural one, `np.log`.": (
            _psi(r, c) / np.log(10)
        ),
        "The logarithm is the one to base 2; use the natural one, `np.log`.": (
            _psi(r, c) / np.log(2)
        ),
        "That is the Kullback-Leibler divergence, the sum of r · ln(r / c). In PSI (r − c) stands "
        "before the logarithm.": np.sum(filled_r * np.log(filled_r / filled_c)),
        "That is the Kullback-Leibler divergence, the sum of c · ln(c / r). In PSI (r − c) stands "
        "before the logarithm.": np.sum(filled_c * np.log(filled_c / filled_r)),
        "The sign is reversed: (r − c) goes with ln(r / c), and (c − r) with ln(c / r).": (
            -_psi(r, c)
        ),
        "Each sample has bins of its own, so equal shares can mean different winds. Make the edges "
        "once, from the reference, and use them for both.": _psi(*own),
        "The lowest and the highest bin are missing: nine edges alone make eight bins. Put "
        "`-np.inf` "
        "before them and `np.inf` behind.": _psi(
            inner[0] / len(reference), inner[1] / len(current)
        ),
        "That is the first bin alone. Does `return` stand inside of the loop?": terms[0],
        "That is the last bin alone. Is the sum kept from bin to bin?": terms[-1],
        "That is the mean over the bins; PSI is the sum.": _psi(r, c) / len(r),
        "That is its root; leave the root out.": np.sqrt(_psi(r, c)),
        "The empty bins are left out. They are the largest drift there is: put 0.0001 in place of "
        "their share.": np.sum(((r - c) * np.log(_filled(r) / _filled(c)))[(r > 0) & (c > 0)]),
        "Values outside of the range of the reference are lost, since the outer bins are closed. "
        "Set the first edge to `-np.inf` and the last to `np.inf`.": _psi(
            closed[0] / len(reference), closed[1] / len(current)
        ),
        "Values outside of the reference are lost, since the outer bins are closed. Set the "
        "first edge to `-np.inf` and the last to `np.inf`.": _psi(
            closed[0] / closed[0].sum(), closed[1] / max(closed[1].sum(), 1)
        ),
    }
    swapped = [np.histogram(s, of_current)[0] / len(s) for s in (reference, current)]
    slips[
        "The bins are those of the *current* sample, and values beyond it are lost. Take the "
        "quantiles of the reference, and open the outer bins with `-np.inf` and `np.inf`."
    ] = _psi(*swapped)
    # `pd.cut` leaves out the lowest value, too, unless it is told otherwise.
    cut = [np.histogram(s[s != reference.min()], edges)[0] / len(s) for s in (reference, current)]
    slips[
        "Values beyond the reference are lost, and its lowest one as well: the outer bins "
        "are closed. "
        "Set the first edge to `-np.inf` and the last to `np.inf`."
    ] = _psi(*cut)
    for bins in (9, 8, 11, 20):
        other = np.quantile(reference, np.linspace(0, 1, bins + 1))
        slips[
            f"There are {bins} bins. Ten bins need eleven edges, of which nine are inner ones."
        ] = _psi(_shares(reference, other), _shares(current, other))
    for filler in (1e-3, 1e-5, 1e-6, 1e-8, 1e-9, 1e-10, 1e-12):
        slips[f"An empty bin seems to get the share {filler:g}; put 0.0001 there."] = _psi(
            r, c, filler
        )
    return slips


def _shares(sample, edges):
    inner = edges[1:-1]
    found = np.searchsorted(inner, sample, side="right")
    return np.bincount(found, minlength=len(inner) + 1) / len(sample)


def _filled(shares, filler=EMPTY):
    return np.where(shares == 0, filler, shares)


def _psi(r, c, filler=EMPTY):
    r, c = _filled(r, filler), _filled(c, filler)
    return np.sum((r - c) * np.log(r / c))


def _near(value, expected):
    # Who adds 0.0001 to every share, or counts values on an edge elsewhere, is right, too.
    return abs(value - expected) <= 1e-6 + 0.006 * abs(expected)


@cache
def chi_square_samples():
    """Return pairs of columns: two airports, three, unseen categories on both sides, large."""
    rng = np.random.default_rng(32)

    def column(**counts):
        labels = np.repeat(list(counts), list(counts.values()))
        return pd.Series(rng.permutation(labels), index=rng.permutation(len(labels)))

    return [
        (
            "three airports (130, 110 and 60 flights; then 205, 160 and 135)",
            column(EWR=130, JFK=110, LGA=60),
            column(LGA=135, EWR=205, JFK=160),
        ),
        (
            "two airports (40 and 25 flights; then 35 and 38)",
            column(EWR=40, JFK=25),
            column(EWR=35, JFK=38),
        ),
        (
            "a carrier HA that vanished, and ZZ that is new",
            column(UA=220, B6=160, EV=117, HA=3),
            column(EV=130, UA=199, B6=169, ZZ=2),
        ),
        (
            "a carrier ZZ that is new, with 2 flights of 400",
            column(UA=120, B6=110, EV=70),
            column(B6=140, UA=163, EV=95, ZZ=2),
        ),
        (
            "the 12,000 flights of two large samples",
            column(UA=2600, B6=2000, EV=1400),
            column(UA=2545, B6=2070, EV=1385),
        ),
    ]


def judge_chi_square(result, reference, current, what):
    """Judge the p-value of one pair of columns."""
    if not isinstance(result, (int, float, np.number)) and hasattr(result, "__len__"):
        if hasattr(result, "pvalue"):
            raise NotYet(
                "`chi_square` returned all that scipy says; return the p-value of it: `.pvalue`."
            )
        if np.size(result) == 2 and hasattr(result, "dtype"):
            raise NotYet(
                "`chi_square` returned two numbers, one for each sample. The statistic is one sum, "
                "over the cells of both columns; then there is one p-value."
            )
        if np.size(result) != 1:
            raise NotYet(
                f"`chi_square` returned {describe(result)}; return one number, the p-value."
            )
    if isinstance(result, (float, np.floating)) and np.isnan(result):
        raise NotYet(
            f"For {what} the p-value is NaN. Has a category that only one sample has no count "
            "(NaN instead of 0), or is an expected count 0?"
        )
    value = a_number(result, f"What `chi_square` returns for {what}")
    right = measure.chi_square_two_sample(reference, current)
    if close(value, right, 1e-5):
        return
    given = f"For {what} `chi_square` returned {value:.4g}."
    for slip, wrong in _chi_square_slips(reference, current).items():
        if np.isfinite(wrong) and close(value, wrong, 1e-5):
            raise NotYet(f"{given} {slip}")
    if not 0 <= value <= 1:
        raise NotYet(
            f"{given} A p-value lies between 0 and 1. Is it the statistic? "
            "`stats.chi2.sf(statistic, k - 1)` makes a p-value of it."
        )
    raise NotYet(
        f"{given} Look at the steps on their own: the table of counts, with one row for each "
        "category of either sample; the expected counts, with the same sums; the statistic over "
        "*all* cells; k − 1, with k rows."
    )


def _chi_square_slips(reference, current):
    counts = pd.concat([reference.value_counts(), current.value_counts()], axis=1).fillna(0)
    observed = counts.to_numpy()
    r, c = observed.T
    k = len(observed)
    statistic = _statistic(observed)
    known, common = observed[r > 0], observed[(r > 0) & (c > 0)]
    shares = observed / observed.sum(axis=0)
    by_size = [np.sort(column[column > 0])[::-1] for column in (r, c)]
    longest = max(map(len, by_size))
    by_size = np.column_stack([np.pad(b, (0, longest - len(b))) for b in by_size])
    codes = [pd.Series(s).astype("category").cat.codes for s in (reference, current)]
    halves = _expected(observed)
    paired = pd.crosstab(reference, current).to_numpy()
    two_columns = stats.chi2_contingency(observed)
    slips = {
        "That is the one-sample test: it takes the shares of the reference for exact, and the sum "
        "goes over the current sample only. Here both samples have expected counts.": (
            measure.chi_square(reference, current)
        ),
        "That is the one-sample test with the two samples swapped: the expected counts come from "
        "the current sample alone. Here both samples have expected counts.": (
            measure.chi_square(current, reference)
        ),
        "Categories that the reference lacks are left out. They count, with 0 flights in it.": (
            _pvalue(known)
        ),
        "Categories that only one of the two has are left out. They count, with 0 flights in the "
        "other.": _pvalue(common),
        "That comes from shares. The test needs counts: the same difference means more in more "
        "flights.": _pvalue(shares),
        "The rows do not belong together: `value_counts` sorts by number, so the first row of one "
        "sample can be another category than that of the other. Join them by name.": (
            _pvalue(by_size)
        ),
        "That has Yates's correction, which scipy uses for two categories unless you say "
        "`correction=False`.": two_columns.pvalue,
        "That is the statistic, not its p-value: `stats.chi2.sf(statistic, k - 1)`.": statistic,
        "That is the statistic over the shares, not the p-value of the counts.": _statistic(shares),
        "That is 1 minus the p-value. `sf` is the probability of *more*, `cdf` that of less.": (
            stats.chi2.cdf(statistic, k - 1)
        ),
        "The degrees of freedom are k; they should be k − 1.": stats.chi2.sf(statistic, k),
        "The degrees of freedom count both columns; they are k − 1, with k categories.": (
            stats.chi2.sf(statistic, 2 * k - 1)
        ),
        "The sum goes over the current sample only; add the cells of the reference.": (
            stats.chi2.sf(np.sum((c - halves[:, 1]) ** 2 / halves[:, 1]), k - 1)
        ),
        "You divide by the observed counts; divide by the expected ones.": stats.chi2.sf(
            np.sum((observed - halves) ** 2 / np.where(observed == 0, np.inf, observed)), k - 1
        ),
        "That is a test of numbers on codes of the categories. Codes have an order, carriers have "
        "none: count them.": measure.ks_pvalue(*codes),
    }
    if min(paired.shape) > 1:
        slips[
            "`crosstab` of the two columns pairs a flight of one with a flight of the other, as if "
            "they were one. Count each sample by itself."
        ] = stats.chi2_contingency(paired).pvalue
    return slips


def _expected(observed):
    return np.outer(observed.sum(axis=1), observed.sum(axis=0)) / observed.sum()


def _statistic(observed):
    expected = _expected(observed)
    return np.sum((observed - expected) ** 2 / expected)


def _pvalue(observed):
    return stats.chi2.sf(_statistic(observed), len(observed) - 1)
