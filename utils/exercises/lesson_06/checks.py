"""The checks of lesson 06."""

import math
from functools import cache

import numpy as np

from utils.exercises.expect import a_function, a_number, close
from utils.exercises.lesson_06 import budgets, pages, wrapping
from utils.exercises.lesson_06.scraping import estimated_quantile
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet

TYPES = ("counter", "gauge", "histogram", "summary", "info")
SO_FAR = "It only goes up, by what has happened, from 0 on."
NO_SPREAD = "A mean is all that it keeps. What does the desk ask for here?"
# For each case the right type, and what to consider with each wrong one.
CASES = {
    "requests answered so far": (
        "counter",
        {
            "gauge": "A gauge may fall, so a reader could not tell a restart from a fall. "
            "Can this number ever fall while the program runs?",
            "histogram": "There is nothing to sort into buckets: one request is like another.",
        },
    ),
    "requests being answered right now": (
        "gauge",
        {"counter": "What happens to this number when an answer has been sent?"},
    ),
    "how long a request took; the slowest 5 % matter": (
        "histogram",
        {
            "summary": "Python's summary keeps `_count` and `_sum`: a mean, and no percentile.",
            "gauge": "A gauge keeps the last value only; the slow ones before it are gone.",
            "counter": "A counter could add up the seconds, and not tell the slow ones.",
        },
    ),
    "the version of the model in service": (
        "info",
        {
            "gauge": 'A gauge holds a number; a version can be "2013-04b", too.',
            "counter": "A counter holds a number of events; a version is a word.",
        },
    ),
    "when the model was last trained, in seconds since 1970": (
        "gauge",
        {
            "counter": "It only goes up, true. But nobody counts it up from 0, event by event: it "
            "is set, and with an older model it is set back.",
            "info": "A word could hold it, but then nobody can compute the model's age from it.",
        },
    ),
    "temperatures that were missing so far": (
        "counter",
        {"gauge": "'So far': can this number fall while the program runs?"},
    ),
    "how the predicted probabilities are spread": (
        "histogram",
        {
            "summary": NO_SPREAD,
            "gauge": "A gauge keeps one value, the last; a spread is about many.",
            "counter": "A single number cannot say how values are spread.",
        },
    ),
    "PSI of the last 2,000 flights, computed every hour": (
        "gauge",
        {
            "counter": "Next hour's PSI may be smaller.",
            "histogram": "The spread of the flights is already in it: PSI is one number an hour, "
            "and the desk wants the present one.",
        },
    ),
}


@exercise(
    "6.1",
    "Which type?",
    stars=1,
    minutes=5,
    hints=[
        "Ask three things. Is it a word? Can it go down? Do I need more than its sum?",
        "A word is an info. What can go down, or is set rather than counted, is a gauge. What only "
        "goes up by events is a counter. Where the spread matters, take a histogram.",
        "Two counters, three gauges, two histograms, one info.",
    ],
    learned="Can it go down? Do I need its spread? These two questions decide nearly every case.",
)
def types(answer):
    if not isinstance(answer, dict):
        raise NotYet(f"`types` should be the dictionary of the exercise; it is {describe(answer)}.")
    if strange := [case for case in answer if case not in CASES]:
        raise NotYet(f"{describe(strange[0])} is not one of the eight. Keep the left side as is.")
    for case, (right, considerations) in CASES.items():
        if answer.get(case) is None:
            raise NotYet(f"'{case}' has no type yet.")
        given = _type_of(answer[case], case)
        if given != right:
            otherwise = {"info": "An info holds words, and this is a number."}.get(given)
            said = considerations.get(given) or otherwise or _general(given, right)
            article = "an" if given == "info" else "a"
            raise NotYet(f"'{case}' as {article} {given}? {said}")


def _type_of(value, case):
    word = getattr(value, "__name__", value)  # `Counter` itself says it, too
    if isinstance(word, str) and word.strip().lower() in TYPES:
        return word.strip().lower()
    raise NotYet(f"'{case}' is {describe(value)}; choose one of: {', '.join(TYPES)}.")


def _general(given, right):
    if right == "counter":
        return SO_FAR
    if right == "info":
        return "This is a word, not a number."
    return {
        "summary": "A summary is about many observations; here one number says all.",
        "histogram": "A histogram is about many observations; here one number says all.",
    }.get(given, "Can it go down? Do you need its spread?")


@exercise(
    "6.2",
    "Instrument a function",
    stars=2,
    minutes=12,
    hints=[
        "Make the two metrics first, with `registry=registry`. Then define a function inside, and "
        "return it.",
        "The inner function takes `*args, **kwargs` and hands them on: `predict(*args, **kwargs)`. "
        "Only after that call do you know the outcome.",
        "`except Exception:` count the error, then a bare `raise`, so that the caller gets the "
        "very exception.",
        "`with seconds.time():` around the call observes its duration in seconds, also when it "
        "raises. `try`, in it the `with`, in it the call.",
    ],
    learned="Nobody who calls it can tell that it is measured. A detail for later: `.labels(...)` "
    "for both outcomes right away shows them as 0 before the first call, so that the very first "
    "error is seen as a rise.",
)
def instrument(answer):
    wrapping.judge(a_function(answer, "instrument", 2))


MOST_EDGES = 16
PROMISE = 0.05
LOWEST, HIGHEST, ALLOWED = 0.02, 0.2, 0.2


@exercise(
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
)
def my_edges(answer):
    edges = _edges(answer)
    if PROMISE not in edges:
        near = min(edges, key=lambda edge: abs(edge - PROMISE))
        if close(near, PROMISE):
            raise NotYet(
                f"There is an edge at {near!r}, which is not 0.05 to the last digit, and its label "
                f'would read le="{near!r}". Put in 0.05 itself.'
            )
        raise NotYet(
            "The share of requests within 50 ms should be exact, and a histogram is exact only at "
            f"its edges. Your nearest edge is at {near:.4g} s."
        )
    if edges[-1] < HIGHEST:
        raise NotYet(
            f"Your highest edge is {edges[-1]:.4g} s. A percentile above it would be in the "
            f"`+Inf` bucket, and nobody can say more than 'above {edges[-1]:.4g}'. It may be as "
            "high as 0.2 s."
        )
    error, truth, guess = max(_errors(edges))
    if error > ALLOWED:
        high = next((edge for edge in edges if edge >= guess - 1e-12), edges[-1])
        low = max((edge for edge in edges if edge < high), default=0.0)
        evenly = " Equally wide buckets are too wide at 20 ms, and needlessly narrow at 200 ms."
        raise NotYet(
            f"Requests whose 95th percentile is {truth:.4f} s: your histogram says {guess:.4f} s, "
            f"{100 * error:.0f} % off, from the bucket between {low:.4g} and {high:.4g} s. At most "
            f"20 % are allowed.{evenly if _even(edges) else ''}"
        )


def _edges(answer):
    if isinstance(answer, (str, dict)) or not hasattr(answer, "__iter__"):
        raise NotYet(f"`my_edges` should be a list of numbers; it is {describe(answer)}.")
    edges = list(answer)
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
    if len(edges) > MOST_EDGES:
        raise NotYet(
            f"You have {len(edges)} edges, and {MOST_EDGES} are allowed: each is a series, for "
            "every combination of labels. Where are edges that no question needs?"
        )
    return edges


def _even(edges):
    widths = np.diff([edge for edge in edges if edge != PROMISE])
    alike = np.isclose(widths, np.median(widths), rtol=0.02, atol=0) if len(widths) > 3 else False
    return bool(np.mean(alike) >= 0.8)


@cache
def _workloads():
    """Return durations of many shapes, whose 95th percentiles fill the range asked for."""
    rng, n = np.random.default_rng(6), 200
    found = []
    for target in np.geomspace(LOWEST, HIGHEST, 50):
        alike = rng.uniform(0.995, 1.005, n)
        wide = np.exp(rng.normal(0, 0.5, n))
        two = np.where(np.arange(n) < 0.12 * n, rng.uniform(0.98, 1.02, n), 0.1)
        for seconds in (alike, wide, two):
            found.append(seconds * target / np.quantile(seconds, 0.95))
    return found


def _errors(edges):
    for seconds in _workloads():
        truth = float(np.quantile(seconds, 0.95))
        guess = estimated_quantile(0.95, edges, seconds)
        yield abs(guess - truth) / truth, truth, guess


@exercise(
    "6.4",
    "Read two scrapes",
    stars=2,
    minutes=12,
    hints=[
        "Everything is a difference of two readings of a series. Make the differences first, then "
        "the four numbers.",
        "`samples(after).sub(samples(before), fill_value=0)` has the difference of every series; "
        "one that is missing on a page counts as 0.",
        'Add up all series whose name starts with "flightdelay_requests_total"; of these, those '
        'that contain `outcome="error"` are the errors.',
        'With `count = new["flightdelay_request_seconds_count"]`, the mean is '
        '`new["flightdelay_request_seconds_sum"] / count`, and the share is '
        "`new['flightdelay_request_seconds_bucket{le=\"0.05\"}'] / count`.",
    ],
    learned="Differences of counters, divided by one another: that is most of what a monitoring "
    "system ever computes.",
)
def between(answer):
    pages.judge(a_function(answer, "between", 2))


@exercise(
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
)
def affordable(answer):
    budgets.judge(a_function(answer, "affordable", 4))
