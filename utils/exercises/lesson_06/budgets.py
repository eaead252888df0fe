"""How the check of exercise 6.5 judges a choice of labels: on real flights and many budgets."""

import math
from functools import cache

import numpy as np

from utils.exercises.expect import result_of
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.flights import load_flights

# Labels in the order wished for, finite edges, and a budget.
BUDGETS = [
    (["origin", "weekday"], [0.01, 0.05, 0.25], 126),
    (["origin", "flight_id", "carrier", "weekday"], [0.01, 0.05], 1_000),
    (["score", "carrier", "origin", "dest"], [0.01, 0.025, 0.05, 0.1], 240),
    (["dest", "origin", "carrier"], [0.05], 400),
    (["weekday", "origin", "carrier"], [i / 20 for i in range(1, 20)], 1_500),
    (["origin"], [0.1], 11),
    (["origin", "weekday"], [0.1, 0.2], 40),
    (["carrier"], [0.1], 10_000),
]


@cache
def some_flights():
    """Return flights of a week, with a score that is a text, as a label's value would be."""
    flights = load_flights(20, 20).sample(900, random_state=6)
    rng = np.random.default_rng(6)
    return flights.assign(score=[f"{p:.4f}" for p in rng.beta(2, 6, len(flights))])


def judge(affordable):
    """Compare the kept labels with those that fit; raise NotYet for a difference."""
    flights = some_flights()
    given = [_labels(result_of(affordable, flights, *trial), trial[0]) for trial in BUDGETS]
    wanted = [within(flights, *trial) for trial in BUDGETS]
    if given == wanted:
        return
    for slip, variant in _SLIPS.items():
        if given == [within(flights, *trial, **variant) for trial in BUDGETS]:
            raise NotYet(slip)
    k = next(k for k in range(len(BUDGETS)) if given[k] != wanted[k])
    _say_where(flights, *BUDGETS[k], given[k], wanted[k])


def combinations(flights, labels):
    """Return how many combinations of values of these labels occur."""
    return len(flights[labels].drop_duplicates())


def lines(edges):
    """Return how many lines a histogram has for one combination: +Inf, _sum and _count, too."""
    return len(edges) + 3


def within(
    flights, labels, edges, budget, count=combinations, lines=lines, go_on=True, alone=False, less=0
):
    """Return the labels that fit; the last five arguments make the usual slips."""
    kept = []
    for label in labels:
        together = [label] if alone else [*kept, label]
        if count(flights, together) * lines(edges) <= budget - less:
            kept.append(label)
        elif not go_on:
            break
    return kept


def _values(flights, labels):
    return [flights[label].nunique() for label in labels]


_SLIPS = {
    "You count one series for each combination of labels. That is right for a counter; a "
    "histogram has a line for each bucket, and two more, for each combination.": {
        "lines": lambda edges: 1
    },
    "You count only the buckets with a finite edge. On the page, a histogram has three lines more "
    "for each combination: look at one.": {"lines": len},
    "The bucket `+Inf` is there, but a histogram has two lines beside its buckets.": {
        "lines": lambda edges: len(edges) + 1
    },
    "`_sum` and `_count` are there, but one bucket is missing: the one that comes by itself.": {
        "lines": lambda edges: len(edges) + 2
    },
    "You multiply the numbers of values. That is an upper limit: not every combination occurs "
    "(not every carrier flies from every airport), and what does not occur has no series.": {
        "count": lambda flights, labels: math.prod(_values(flights, labels))
    },
    "You add up the numbers of values. Labels multiply: each airport comes with each weekday.": {
        "count": lambda flights, labels: sum(_values(flights, labels))
    },
    "You stop at the first label that does not fit. Leave it out and go on: a later one may fit.": {
        "go_on": False
    },
    "Each label by itself fits, but you give the list of them to one histogram. Count with the "
    "labels kept so far.": {"alone": True},
    "You leave out a label when the series are exactly as many as the budget; 'at most' admits "
    "that.": {"less": 1},
    "You count the flights. A second flight with the same labels adds to a series that is there "
    "already.": {"count": lambda flights, labels: len(flights)},
}


def _labels(result, labels):
    if isinstance(result, str):
        raise NotYet(f"`affordable` returned the text {describe(result)}; return a list of labels.")
    if not isinstance(result, (list, tuple, np.ndarray)):
        raise NotYet(
            f"`affordable` should return a list of labels; it returned {describe(result)}."
        )
    kept = [str(label) if isinstance(label, np.str_) else label for label in result]
    for label in kept:
        if label not in labels:
            raise NotYet(
                f"With labels={labels} you return {describe(label)}, which is none of them."
            )
    if len(set(kept)) < len(kept):
        raise NotYet(f"With labels={labels} you return a label twice: {kept}.")
    if kept != [label for label in labels if label in kept]:
        raise NotYet(
            f"With labels={labels} you return {kept}. Keep the order: the most wanted label is "
            "asked first."
        )
    return kept


def _say_where(flights, labels, edges, budget, kept, wanted):
    finite = "1 finite edge" if len(edges) == 1 else f"{len(edges)} finite edges"
    shown = f"labels={labels}, {finite} and a budget of {budget:,}"
    for label in labels:
        if (label in kept) == (label in wanted):
            continue
        before = [name for name in labels[: labels.index(label)] if name in wanted]
        n = combinations(flights, [*before, label])
        did = "keep" if label in kept else "leave out"
        beside = f" beside {before}" if before else ""
        raise NotYet(
            f"With {shown} you {did} `{label}`{beside}. There are {n:,} combinations, "
            f"and with all lines of the histogram {n * lines(edges):,} series."
        )
