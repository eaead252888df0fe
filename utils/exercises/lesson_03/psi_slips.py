"""PSI step by step, and the slips of exercise 3.1: each changes one step, or two."""

import statistics

import numpy as np
import pandas as pd

from utils.drift import measure
from utils.drift.measure import EMPTY_SHARE
from utils.exercises.judges import Slip


def _tenths(reference, current):
    return np.quantile(reference, np.linspace(0, 1, 11))


def _opened(edges):
    return np.r_[-np.inf, edges[1:-1], np.inf]


def _filled(shares, share=EMPTY_SHARE):
    return np.where(shares == 0, share, shares)


def _as_it_is(shares):
    return shares


def _sum(r, c):
    return np.sum((r - c) * np.log(r / c))


def psi_of(edges=_tenths, outer=_opened, divide=len, fill=_filled, end=_sum):
    """Return PSI in the plain way; the slips change one of its steps, or two."""

    def psi(reference, current):
        cuts = outer(edges(reference, current))
        r, c = (np.histogram(s, cuts)[0] / divide(s) for s in (reference, current))
        return end(fill(r), fill(c))

    return psi


def _closed(edges):
    return edges


def _of_both(reference, current):
    return np.concatenate([reference, current])


def _normalised(reference, current):
    counts = [np.histogram(s, _tenths(reference, current))[0] for s in (reference, current)]
    r, c = (_filled(n / max(n.sum(), 1)) for n in counts)
    return _sum(r, c)


def _own_bins(fill):
    def psi(reference, current):
        return _sum(*(fill(np.histogram(s, 10)[0] / len(s)) for s in (reference, current)))

    return psi


def _by_cut(fill):
    def psi(reference, current):
        # `pd.cut` leaves out the lowest value, too, unless it is told otherwise.
        edges = pd.qcut(reference, 10, retbins=True, duplicates="drop")[1]
        r, c = (pd.cut(s, edges).value_counts(sort=False) / len(s) for s in (reference, current))
        return _sum(fill(r.to_numpy()), fill(c.to_numpy()))

    return psi


def _filled_counts(reference, current):
    cuts = _opened(_tenths(reference, current))
    counts = [np.histogram(s, cuts)[0] for s in (reference, current)]
    return _sum(*(_filled(n.astype(float)) / n.sum() for n in counts))


def _only_common(r, c):
    there = (r > 0) & (c > 0)
    return _sum(r[there], c[there])


_EQUAL_WIDTH = "Here each should hold a tenth of the reference: use its quantiles."
_LOST = "are lost, since the outer bins are closed. Set the first edge to `-np.inf` and the last "
_STRUCTURE = [
    (
        "The bins are those of the *current* sample. They should be the reference's: did you swap "
        "the two?",
        {"edges": lambda r, c: _tenths(c, r)},
    ),
    (
        "The bins are quantiles of both samples together; take the quantiles of the reference.",
        {"edges": lambda r, c: _tenths(_of_both(r, c), c)},
    ),
    (
        f"The bins have equal width. {_EQUAL_WIDTH}",
        {"edges": lambda r, c: np.histogram_bin_edges(r, 10)},
    ),
    (
        f"The bins have equal width, over both samples. {_EQUAL_WIDTH}",
        {"edges": lambda r, c: np.histogram_bin_edges(_of_both(r, c), 10)},
    ),
    (
        "The lowest and the highest bin are missing: nine edges alone make eight bins. Put "
        "`-np.inf` before them and `np.inf` behind.",
        {"outer": lambda edges: edges[1:-1]},
    ),
    (
        "There are 12 bins: the lowest and the highest value of the reference are edges, too. Put "
        "`-np.inf` and `np.inf` in their place, not beside them.",
        {"outer": lambda edges: np.r_[-np.inf, edges, np.inf]},
    ),
    (
        "There are 11 bins: the highest value of the reference is an edge, too. The inner edges "
        "end with the quantile 0.9.",
        {"outer": lambda edges: np.r_[-np.inf, edges[1:], np.inf]},
    ),
    (
        "There are 11 bins: the lowest value of the reference is an edge, too. The inner edges "
        "begin with the quantile 0.1.",
        {"outer": lambda edges: np.r_[-np.inf, edges[:-1], np.inf]},
    ),
    (
        "There are 9 bins, and the ninth edge is the quantile 0.8: `np.arange(0.1, 0.9, 0.1)` "
        "stops before 0.9. Ten bins need eleven edges, of which nine are inner ones.",
        {"outer": lambda edges: np.r_[-np.inf, edges[1:-2], np.inf]},
    ),
    (
        f"Values outside of the range of the reference {_LOST}to `np.inf`.",
        {"outer": _closed},
    ),
    (
        "The bins are those of the *current* sample, and values beyond it are lost. Take the "
        "quantiles of the reference, and open the outer bins with `-np.inf` and `np.inf`.",
        {"edges": lambda r, c: _tenths(c, r), "outer": _closed, "fill": _as_it_is},
    ),
    (
        "The lowest bin is closed, so what lies below it is lost: set the first edge to `-np.inf`.",
        {"outer": lambda edges: np.r_[edges[:-1], np.inf]},
    ),
    (
        "The highest bin is closed, so what lies above it is lost: set the last edge to `np.inf`.",
        {"outer": lambda edges: np.r_[-np.inf, edges[1:]]},
    ),
    (
        "The lowest bin begins at 0, and what lies below is lost: set the first edge to `-np.inf`.",
        {"outer": lambda edges: np.r_[0, edges[1:-1], np.inf]},
    ),
    (
        "These are quantiles of another definition, which leaves room beyond the lowest and the "
        "highest value. Take those of `np.quantile`, as it is.",
        {"edges": lambda r, c: np.r_[0, statistics.quantiles(r, n=10), 0]},
    ),
    *(
        (
            f"There are {bins} bins. Ten bins need eleven edges, of which nine are inner ones.",
            {"edges": lambda r, c, bins=bins: np.quantile(r, np.linspace(0, 1, bins + 1))},
        )
        for bins in (9, 8, 11, 20)
    ),
]

SLIPS = [
    *(Slip(says, psi_of(**steps)) for says, steps in _STRUCTURE),
    Slip(f"The bins have equal width, as Evidently's have. {_EQUAL_WIDTH}", measure.psi),
    *(
        Slip(
            "Each sample has bins of its own, so equal shares can mean different winds. Make the "
            "edges once, from the reference, and use them for both.",
            _own_bins(fill),
        )
        for fill in (_filled, _as_it_is)
    ),
    Slip(f"Values outside of the reference {_LOST}to `np.inf`.", _normalised),
    *(
        Slip(
            "Values beyond the reference are lost, and its lowest one as well: the outer bins are "
            "closed. Set the first edge to `-np.inf` and the last to `np.inf`.",
            _by_cut(fill),
        )
        for fill in (_filled, _as_it_is)
    ),
    Slip(
        "That comes from counts. Divide each by the length of its sample: PSI compares shares.",
        psi_of(divide=lambda s: 1),
    ),
    Slip(
        "That is in percent; a share lies between 0 and 1.",
        psi_of(end=lambda r, c: 100 * _sum(r, c)),
    ),
    Slip(
        "The empty bins are left out. They are the largest drift there is: put 0.0001 in place of "
        "their share.",
        psi_of(fill=_as_it_is, end=_only_common),
    ),
    *(
        Slip(
            f"An empty bin seems to get the share {share:g}; put 0.0001 there.",
            psi_of(fill=lambda shares, share=share: _filled(shares, share)),
        )
        for share in (1e-3, 1e-5, 1e-6, 1e-8, 1e-9, 1e-10, 1e-12)
    ),
    Slip(
        "0.0001 stands in place of a *count* of 0; it should stand in place of the share. Divide "
        "by the length first.",
        _filled_counts,
    ),
    Slip(
        "You add 0.001 to every share; 0.0001 is asked for.",
        psi_of(fill=lambda shares: shares + 1e-3),
    ),
    Slip(
        "Both counts are divided by the length of the reference. Divide each by the length of its "
        "own sample.",
        lambda reference, current: psi_of(divide=lambda s: len(reference))(reference, current),
    ),
    Slip(
        "The logarithm is the one to base 10; use the natural one, `np.log`.",
        psi_of(end=lambda r, c: _sum(r, c) / np.log(10)),
    ),
    Slip(
        "The logarithm is the one to base 2; use the natural one, `np.log`.",
        psi_of(end=lambda r, c: _sum(r, c) / np.log(2)),
    ),
    Slip(
        "That is the Kullback-Leibler divergence, the sum of r · ln(r / c). In PSI (r − c) stands "
        "before the logarithm.",
        psi_of(end=lambda r, c: np.sum(r * np.log(r / c))),
    ),
    Slip(
        "That is the Kullback-Leibler divergence, the sum of c · ln(c / r). In PSI (r − c) stands "
        "before the logarithm.",
        psi_of(end=lambda r, c: np.sum(c * np.log(c / r))),
    ),
    # scipy's entropy makes shares that sum to 1 of them first.
    Slip(
        "That is the Kullback-Leibler divergence, the sum of c · ln(c / r). In PSI (r − c) stands "
        "before the logarithm.",
        psi_of(end=lambda r, c: np.sum(c / c.sum() * np.log(c / c.sum() / (r / r.sum())))),
    ),
    Slip(
        "The sign is reversed: (r − c) goes with ln(r / c), and (c − r) with ln(c / r).",
        psi_of(end=lambda r, c: -_sum(r, c)),
    ),
    *(
        Slip(
            "That is the first bin alone. Does `return` stand inside of the loop?",
            psi_of(fill=fill, end=lambda r, c: (r[0] - c[0]) * np.log(r[0] / c[0])),
        )
        for fill in (_filled, _as_it_is)
    ),
    Slip(
        "That is the last bin alone. Is the sum kept from bin to bin?",
        psi_of(end=lambda r, c: (r[-1] - c[-1]) * np.log(r[-1] / c[-1])),
    ),
    Slip(
        "That is the mean over the bins; PSI is the sum.",
        psi_of(end=lambda r, c: _sum(r, c) / len(r)),
    ),
    Slip(
        "That is its root; leave the root out.",
        psi_of(end=lambda r, c: np.sqrt(_sum(r, c))),
    ),
]
