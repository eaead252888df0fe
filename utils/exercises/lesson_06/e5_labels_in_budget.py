"""Exercise 6.5: the labels that a histogram can have within a budget, a function."""

import math
from functools import cache

import numpy as np
import pandas as pd

from utils.exercises.expect import items
from utils.exercises.judges import Function, Slip
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.flights import load_flights


@cache
def cases():
    """Return flights, labels in the order wished for, finite edges, and a budget, by a name."""
    flights = load_flights(20, 20).sample(400, random_state=6)
    rng = np.random.default_rng(6)
    # A score that is a text, as a label's value would be.
    flights = flights.assign(score=[f"{p:.4f}" for p in rng.beta(2, 6, len(flights))])
    # Joined without anything between, the first two both read 111.
    gates = pd.DataFrame({"gate": ["1", "11", "1", "11"], "stand": ["11", "1", "1", "11"]})
    asked = [
        (["origin", "weekday"], [0.01, 0.05, 0.25], 126),
        (["origin", "flight_id", "carrier", "weekday"], [0.01, 0.05], 1_000),
        (["score", "carrier", "origin", "dest"], [0.01, 0.025, 0.05, 0.1], 240),
        (["dest", "origin", "carrier"], [0.05], 400),
        (["weekday", "origin", "carrier"], [i / 20 for i in range(1, 20)], 1_500),
        (["origin"], [0.1], 12),
        (["origin"], [0.1], 11),
        (["origin", "weekday"], [0.1, 0.2], 40),
        (["carrier"], [0.1], 10_000),
        (["carrier", "origin"], [0.1], 5),
    ]
    named = {_shown(*trial): (flights, *trial) for trial in asked}
    return named | {_shown(*trial): (gates, *trial) for trial in [(["gate", "stand"], [0.1], 12)]}


def _shown(labels, edges, budget):
    finite = "1 finite edge" if len(edges) == 1 else f"{len(edges)} finite edges"
    return f"labels={labels}, {finite} and a budget of {budget:,}"


class _Affordable(Function):
    def observe(self, answer, name, case):
        self.result = lambda result, _: _labels(result, case[1])
        return super().observe(answer, name, case)

    def told(self, name, got):
        return f"With {name} you keep {got}."


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


def _slip(says, **how):
    return Slip(says, lambda *trial: within(*trial, **how))


def _values(flights, labels):
    return [flights[label].nunique() for label in labels]


def _joined(flights, labels):
    return flights[labels].astype(str).sum(axis=1).nunique()


SLIPS = [
    _slip(
        "You count one series for each combination of labels. That is right for a counter; a "
        "histogram has a line for each bucket, and two more, for each combination.",
        lines=lambda edges: 1,
    ),
    _slip(
        "You count only the buckets with a finite edge. On the page, a histogram has three lines "
        "more for each combination: look at one.",
        lines=len,
    ),
    _slip(
        "The bucket `+Inf` is there, but a histogram has two lines beside its buckets.",
        lines=lambda edges: len(edges) + 1,
    ),
    _slip(
        "`_sum` and `_count` are there, but one bucket is missing: the one that comes by itself.",
        lines=lambda edges: len(edges) + 2,
    ),
    _slip(
        "You multiply the numbers of values. That is an upper limit: not every combination occurs"
        " (not every carrier flies from every airport), and what does not occur has no series.",
        count=lambda flights, labels: math.prod(_values(flights, labels)),
    ),
    _slip(
        "You add up the numbers of values. Labels multiply: each airport comes with each weekday.",
        count=lambda flights, labels: sum(_values(flights, labels)),
    ),
    _slip(
        "After the first label that does not fit you keep no other: do you stop there, or go on "
        "counting with it? Leave it out and go on: a later one may fit.",
        go_on=False,
    ),
    _slip(
        "Each label by itself fits, but you give the list of them to one histogram. Count with "
        "the labels kept so far.",
        alone=True,
    ),
    _slip(
        "You leave out a label when the series are exactly as many as the budget; 'at most' "
        "admits that.",
        less=1,
    ),
    _slip(
        "You count the flights. A second flight with the same labels adds to a series that is "
        "there already.",
        count=lambda flights, labels: len(flights),
    ),
    _slip(
        "You join the values without anything between them, so that 1 and 11 look like 11 and 1.",
        count=_joined,
    ),
]


def _labels(result, labels):
    if isinstance(result, str):
        raise NotYet(f"`affordable` returned the text {describe(result)}; return a list of labels.")
    if isinstance(result, (dict, set, frozenset)) or not hasattr(result, "__iter__"):
        raise NotYet(
            f"`affordable` should return a list of labels; it returned {describe(result)}."
        )
    listed = items(result, "What `affordable` returns")
    kept = [str(label) if isinstance(label, np.str_) else label for label in listed]
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


def _look(name, kept, wanted):
    flights, labels, edges, _ = cases()[name]
    label = next(label for label in labels if (label in kept) != (label in wanted))
    before = [name for name in labels[: labels.index(label)] if name in wanted]
    n = combinations(flights, [*before, label])
    did = "keep" if label in kept else "leave out"
    beside = f" beside {before}" if before else ""
    return (
        f"So you {did} `{label}`{beside}. There are {n:,} combinations, and with all lines of the "
        f"histogram {n * lines(edges):,} series."
    )


exercise(
    "6.5",
    "Labels within a budget",
    stars=3,
    minutes=12,
    hints=[
        "How many series has a histogram without labels? Count the lines of one on a page above.",
        "Those lines, `len(edges) + 3`, come once for each combination of label values that occurs "
        "in the flights.",
        "`len(flights[[*kept, label]].drop_duplicates())` is the number of combinations with the "
        "labels kept so far and the next one.",
        "A loop over the labels: `if combinations * lines <= budget: kept.append(label)`. A label "
        "that does not fit is left out, and the loop goes on.",
    ],
    learned="The labels with a value of their own for every flight fell out at once, whatever the "
    "budget. Count before you add a label: removing one later breaks every query that uses it.",
    check=_Affordable("affordable", within, arguments=4, cases=cases, slips=SLIPS, otherwise=_look),
)
