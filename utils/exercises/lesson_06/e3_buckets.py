"""Exercise 6.3: buckets that answer two questions, a value judged by the answers it gives."""

import math
from functools import cache
from itertools import pairwise

import numpy as np

from utils.exercises.expect import a_number, close, items
from utils.exercises.judges import Value
from utils.exercises.registry import exercise
from utils.exercises.verdicts import NotYet

MOST_EDGES = 16
PROMISE = 0.05
LOWEST, HIGHEST, ALLOWED = 0.02, 0.2, 0.2


def estimated_quantile(q: float, edges: list[float], seconds: np.ndarray) -> float:
    """Return a quantile as Prometheus reads it from a histogram with these edges."""
    cumulative = np.searchsorted(np.sort(seconds), edges, side="right")
    # Above the last finite edge the answer is that edge, in Prometheus as in numpy.
    return float(np.interp(q * len(seconds), [0, *cumulative], [0, *edges]))


@cache
def _workloads():
    """Return durations of many shapes, whose 95th percentiles fill the range asked for."""
    rng, n = np.random.default_rng(6), 200
    shapes = {
        "alike": lambda: rng.uniform(0.995, 1.005, n),
        "spread": lambda: np.exp(rng.normal(0, 0.5, n)),
        "few slow": lambda: np.where(np.arange(n) < 0.12 * n, rng.uniform(0.98, 1.02, n), 0.1),
    }
    found = {}
    for target in np.geomspace(LOWEST, HIGHEST, 50):
        for shape, draw in shapes.items():
            seconds = draw()
            found[f"{target:.4f} s, {shape}"] = seconds * target / np.quantile(seconds, 0.95)
    # Where a bucket is guessed worst depends on the edges.
    return found | {"the worst for these edges": None}


def _worst(edges):
    """Return the durations that these edges guess worst.

    Either all but a few lie just above an edge (or at the lowest percentile asked for), and are
    guessed to be at the next; or just enough lie at an edge, and the percentile at the next.
    """
    lows = [LOWEST, *(edge * 1.0001 for edge in edges if LOWEST <= edge < HIGHEST)]
    crowds = [np.r_[np.full(1_910, low), np.full(100, 3 * low)] for low in lows]
    for low, high in pairwise(edges):
        if low < (top := min(high, HIGHEST)) and top > LOWEST * 1.001:
            crowds.append(np.r_[np.full(1_900, low), np.full(101, top)])
    return max(crowds, key=lambda seconds: abs(_guess(edges, seconds) - 1))


def _guess(edges, seconds):
    """Return the guessed 95th percentile as a multiple of the true one."""
    return estimated_quantile(0.95, edges, seconds) / np.quantile(seconds, 0.95)


class _Edges(Value):
    def read(self, answer):
        edges = _edges(answer)
        if PROMISE not in edges:
            near = min(edges, key=lambda edge: abs(edge - PROMISE))
            if close(near, PROMISE):
                raise NotYet(
                    f"There is an edge at {near!r}, which is not 0.05 to the last digit, and its "
                    f'label would read le="{near!r}". Put in 0.05 itself.'
                )
            raise NotYet(
                "The share of requests within 50 ms should be exact, and a histogram is exact only "
                f"at its edges. Your nearest edge is at {near:.4g} s."
            )
        if edges[-1] < HIGHEST:
            raise NotYet(
                f"Your highest edge is {edges[-1]:.4g} s. A percentile above it would be in the "
                f"`+Inf` bucket, and nobody can say more than 'above {edges[-1]:.4g}'. It may be "
                "as high as 0.2 s."
            )
        return edges

    def observe(self, edges, name, seconds):
        if seconds is None:
            seconds = _worst(edges)
        truth = float(np.quantile(seconds, 0.95))
        return truth, estimated_quantile(0.95, edges, seconds), edges

    def accepts(self, got, wanted):
        return abs(got[1] - got[0]) <= ALLOWED * got[0]

    def told(self, name, got):
        truth, guess, edges = got
        high = next((edge for edge in edges if edge >= guess - 1e-12), edges[-1])
        low = max((edge for edge in edges if edge < high), default=0.0)
        return (
            f"Requests whose 95th percentile is {truth:.4f} s: your histogram says {guess:.4f} s, "
            f"{_per_cent(guess / truth - 1)} off, from the bucket between {low:.4g} and "
            f"{high:.4g} s. At most 20 % are allowed."
        )


def _per_cent(error):
    # 20.3 % is more than 20 %, and should look so.
    off = 100 * abs(error)
    return f"{off:.1f} %" if off < 20.5 else f"{off:.0f} %"


def _edges(answer):
    edges = items(answer, "`my_edges`", 1_000)
    if not edges:
        raise NotYet("`my_edges` is empty.")
    edges = [a_number(edge, f"Edge number {i}") for i, edge in enumerate(edges, start=1)]
    if edges[-1] == math.inf:
        edges = edges[:-1]
    if not edges:
        raise NotYet("`+Inf` comes by itself; give finite edges.")
    if len(set(edges)) < len(edges):
        raise NotYet("An edge comes twice; once is enough.")
    if sorted(edges) != edges:
        raise NotYet(
            "The edges are not in rising order. The buckets are cumulative, each holds those below "
            "it; a `Histogram` with your edges is refused. `sorted(...)` puts them in order."
        )
    if edges[-1] >= 10 and min(edges) >= 1:
        raise NotYet(
            f"Your edges go from {edges[0]:g} to {edges[-1]:g}. Are these milliseconds? The "
            "histogram observes seconds, so with these edges every request is in the first bucket."
        )
    if edges[0] < 0:
        raise NotYet(
            f"The edge {edges[0]:g} is below zero, and no request takes less than no time."
        )
    if len(edges) > MOST_EDGES:
        raise NotYet(
            f"You have {len(edges)} edges, and {MOST_EDGES} are allowed: each is a series, for "
            "every combination of labels. Where are edges that no question needs?"
        )
    return edges


def _if_even(name, got, wanted):
    widths = np.diff([edge for edge in got[2] if edge != PROMISE])
    alike = np.isclose(widths, np.median(widths), rtol=0.02, atol=0) if len(widths) > 3 else False
    if np.mean(alike) < 0.8:
        return ""
    return "Equally wide buckets are too wide at 20 ms, and needlessly narrow at 200 ms."


exercise(
    "6.3",
    "Buckets that answer the question",
    stars=2,
    minutes=10,
    hints=[
        "The first question needs one edge, right at the promise. The second needs edges close "
        "together from 20 to 200 ms, and none outside.",
        "An error of 20 % is 4 ms at 20 ms, and 40 ms at 200 ms. So each edge should be the one "
        "before times a constant factor, below 1.2 or so.",
        "`np.geomspace(0.02, 0.2, n)` makes `n` such edges. Does n = 14 suffice, and what is still "
        "missing?",
        "`sorted([*np.geomspace(0.02, 0.2, 14), 0.05])` has 15 edges, each within 20 % of the "
        "next.",
    ],
    learned="An edge at the promise makes that share exact; a constant ratio of edges bounds the "
    "relative error wherever the percentile lies.",
    check=_Edges(
        "my_edges",
        sorted([*np.geomspace(LOWEST, HIGHEST, 14), PROMISE]),
        cases=_workloads,
        otherwise=_if_even,
    ),
)
