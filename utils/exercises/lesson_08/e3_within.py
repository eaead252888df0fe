"""Exercise 8.3: what the buckets are sure of, a share and two edges."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from utils.exercises.expect import a_number, close
from utils.exercises.judges.queries import Query, machine, slips
from utils.exercises.lesson_08.selectors import (
    ANSWERED,
    OURS,
    SCORED,
    of_staging,
    other_functions,
    other_ranges,
)
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.service.metrics import LATENCY_EDGES

SLOW_HOUR = "2013-04-30 15:00"
BUCKETS = f"flightdelay_request_seconds_bucket{OURS}"
COUNT = f"flightdelay_request_seconds_count{OURS}"


def _below(edge: str = "0.025", window: str = "1h") -> str:
    return f'sum(rate({BUCKETS[:-1]},le="{edge}"}}[{window}]))'


ALL = f"sum(rate({COUNT}[1h]))"
RIGHT = f"{_below()} / {ALL}"


@dataclass(eq=False)
class Within(Query):
    """A dictionary of a query and the two edges around a percentile."""

    def own(self, answer: Any) -> dict:
        """Return a query as part of a dictionary that is right in all else."""
        low, high = _edges()
        return {"within_25ms": answer, "p95_from": low, "p95_to": high}

    def read(self, answer: Any) -> str:
        """Ask for the three entries, and judge the edges when the query is right."""
        if not isinstance(answer, Mapping):
            raise NotYet(
                f"`{self.name}` should be the dictionary of the exercise; it is {describe(answer)}."
            )
        for key in ("within_25ms", "p95_from", "p95_to"):
            if key not in answer or answer[key] is None or answer[key] is ...:
                raise NotYet(f"'{key}' has no answer yet.")
        return super().read(answer["within_25ms"])

    def __call__(self, answer: Any) -> None:
        """Judge the query, and then the edges."""
        super().__call__(answer)
        _judge_edges(answer["p95_from"], answer["p95_to"])


def _judge_edges(*given: Any) -> None:
    named = dict(zip(("'p95_from'", "'p95_to'"), given, strict=True))
    low, high = (a_number(value, name) for name, value in named.items())
    for name, value in zip(named, (low, high), strict=True):
        if any(close(value, 1000 * edge) for edge in LATENCY_EDGES if edge < 1):
            raise NotYet(f"{name} is {value:g}. The edges are in seconds: 25 ms are 0.025.")
        if not any(close(value, edge) for edge in LATENCY_EDGES):
            raise NotYet(
                f"{name} is {value:g}, and that is no edge. The edges are the values of `le`; "
                "between two of them the histogram knows nothing."
            )
    if low >= high:
        raise NotYet(
            f"'p95_from' is {low:g} and 'p95_to' {high:g}: the first is the lower of the two edges."
        )
    if LATENCY_EDGES.index(high) - LATENCY_EDGES.index(low) > 1:
        raise NotYet(f"There are edges between {low:g} and {high:g}: give the two nearest.")
    if (low, high) != _edges():
        at_low, at_high = (_share(edge) for edge in (low, high))
        raise NotYet(
            f"In that hour {at_low:.1%} of the requests took up to {low:g} s, and {at_high:.1%} up "
            f"to {high:g} s. Between which edges does the share pass 95 %?"
        )


def _share(edge: float) -> float:
    query = RIGHT.replace("0.025", str(edge))
    return machine().query(query, at=SLOW_HOUR)["value"].item()


def _edges() -> tuple[float, float]:
    """Return the edges around the 95th percentile of the slow hour."""
    above = next(n for n, edge in enumerate(LATENCY_EDGES) if _share(edge) >= 0.95)
    return LATENCY_EDGES[above - 1], LATENCY_EDGES[above]


_MODEL = RIGHT.replace("request_seconds", "model_seconds")
SLIPS = [
    *slips(
        "This is the share of the slow ones: a bucket counts the requests that took *up to* its "
        "edge.",
        f"1 - {RIGHT}",
    ),
    *slips(
        "The division is upside down: the bucket is the part, all requests are the whole.",
        f"{ALL} / {_below()}",
    ),
    *slips("These are per cent; a share lies between 0 and 1.", f"100 * {RIGHT}"),
    *slips(
        "This is how many were fast in a second. A share is divided by all requests.",
        _below(),
    ),
    *slips(
        "These are the requests since the process started. Put `rate(...[1h])` around each "
        "counter.",
        RIGHT.replace("rate(", "(").replace("[1h]", ""),
    ),
    *slips(
        "The edge is another one. The edges are in seconds: 25 ms are 0.025.",
        *(f"{_below(edge)} / {ALL}" for edge in ("0.25", "0.05", "0.01", "0.005", "2.5")),
    ),
    *slips(
        "Only the requests between 10 and 25 ms are in it. A bucket holds all those below it: "
        "nothing is to be subtracted.",
        f"({_below()} - {_below('0.01')}) / {ALL}",
    ),
    *slips(
        "The divisor is the sum of all buckets, in which each request is counted several times. "
        "All requests are the bucket `+Inf`, or the series `..._count`.",
        f"{_below()} / sum(rate({BUCKETS}[1h]))",
        f"sum(rate({BUCKETS}[1h])) / {ALL}",
    ),
    *slips(
        "This is a duration, and no share.",
        *(
            f"histogram_quantile({q}, sum by (le) (rate({BUCKETS}[1h])))"
            for q in (0.95, 0.25, 0.025)
        ),
    ),
    *slips(
        "This is the share of the time in the model (`flightdelay_model_seconds`); the exercise "
        "asks for whole requests.",
        _MODEL,
    ),
    *slips(
        "The divisor holds the answered requests alone, and the bucket all: a request is timed "
        "however it ends.",
        f"{_below()} / sum(rate({ANSWERED}[1h]))",
        f"{_below()} / sum(rate({SCORED}[1h]))",
    ),
    *of_staging(RIGHT),
    *slips(
        "One side holds the requests of `staging`, too. Write the job into both selectors.",
        RIGHT.replace(OURS, ""),
        RIGHT.replace('job="flightdelay",', ""),
    ),
    *other_functions(RIGHT),
    *other_ranges(
        RIGHT,
        "1h",
        "The range is another one: the question is about the last hour.",
        *("5m", "10m", "30m", "2h", "1d"),
    ),
    *slips(
        "The range is another one on one side: both are of the last hour.",
        f"{_below(window='5m')} / {ALL}",
        f"{_below()} / {ALL.replace('1h', '5m')}",
    ),
]

exercise(
    "8.3",
    "What the buckets are sure of",
    stars=2,
    minutes=8,
    hints=[
        "The share: a bucket counts all requests up to its edge, and one of the edges is 25 ms.",
        'Below stands the rate of all: `sum(rate(...bucket{...,le="0.025"}[1h])) / '
        "sum(rate(..._count{...}[1h]))`.",
        "The edges: try your query at 15:00 on 30 April with other values of `le`, and find the "
        "two between which the share passes 0.95.",
    ],
    learned="A share below an edge is counted, and exact. A percentile is a guess between two "
    "edges: that line is straight by decree. So put an edge where your promise is.",
    check=Within(
        "sure",
        RIGHT,
        asks="the share of requests that took at most 25 ms, over the last hour",
        cases=(
            "2013-04-17 15:00",
            SLOW_HOUR,
            "2013-05-10 16:30",
            "2013-05-11 11:40",
            "2013-05-15 07:45",
            "2013-05-17 17:42",
            "2013-05-19 02:30",
        ),
        slips=SLIPS,
    ),
)
