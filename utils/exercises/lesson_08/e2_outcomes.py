"""Exercise 8.2: the share of each outcome."""

from utils.exercises.judges.queries import Query, slips
from utils.exercises.lesson_08.selectors import (
    ANSWERED,
    REQUESTS,
    SCORED,
    of_staging,
    other_functions,
    other_ranges,
)
from utils.exercises.registry import exercise

BY = f"sum by (outcome) (rate({REQUESTS}[1h]))"
ALL = f"sum(rate({REQUESTS}[1h]))"
RIGHT = f"{BY} / ignoring(outcome) group_left {ALL}"
ERRORS = f'sum(rate({REQUESTS[:-1]},outcome="error"}}[1h]))'


def _over(divisor: str) -> str:
    return f"{BY} / ignoring(outcome) group_left {divisor}"


SLIPS = [
    *slips(
        "Each series is divided by itself, which is 1. The divisor should be the sum of all "
        "outcomes.",
        f"{BY} / {BY}",
        f"rate({REQUESTS}[1h]) / rate({REQUESTS}[1h])",
    ),
    *slips(
        "These are rates, requests per second. A share is one divided by the rate of all requests.",
        BY,
        BY.replace('{job="flightdelay"}', ""),
    ),
    *slips(
        "This is one number for all; the exercise asks for each outcome. `sum by (outcome)` keeps "
        "the label.",
        f"{ERRORS} / {ALL}",
        f"{ALL} / {ALL}",
        ERRORS.replace('="error"', '!="ok"') + f" / {ALL}",
    ),
    *slips(
        "The job `staging` is in it, too, and one in ten of its requests fails on purpose. "
        'Select `{job="flightdelay"}` on both sides of the division.',
        *(slip.answer for slip in of_staging(RIGHT)),
        _over("sum(rate(flightdelay_requests_total[1h]))"),
        RIGHT.replace(BY, BY.replace('{job="flightdelay"}', "")),
    ),
    *slips(
        "These are shares of what the counters count since the process started, not of the last "
        "hour. Put `rate(...[1h])` around each counter.",
        RIGHT.replace("rate(", "(").replace("[1h]", ""),
    ),
    *slips(
        "The divisor is the rate of the answered requests alone. A share is one of all requests.",
        _over(f"sum(rate({ANSWERED}[1h]))"),
        _over(f"sum(rate({SCORED}[1h]))"),
    ),
    *slips("These are per cent; a share lies between 0 and 1.", f"100 * {RIGHT}"),
    *slips(
        "The divisor is the mean of the outcomes (`avg`), so the shares add up to 3.",
        _over(f"avg(rate({REQUESTS}[1h]))"),
    ),
    *other_functions(RIGHT),
    *other_ranges(
        RIGHT,
        "1h",
        "The range is another one on one side or both: the question is about the last hour.",
        *("5m", "10m", "1d"),
    ),
    *slips(
        "The range is another one on one side: the question is about the last hour.",
        RIGHT.replace("[1h]", "[5m]", 1),
        _over(ALL.replace("[1h]", "[5m]")),
    ),
]

exercise(
    "8.2",
    "The share of each outcome",
    stars=2,
    minutes=8,
    hints=[
        "Two sides: the rates of the outcomes above, the rate of all of them below.",
        "Above: `sum by (outcome) (rate(...[1h]))`. Below: the same without `by (outcome)`.",
        "The label `outcome` is on the left alone: write `/ ignoring(outcome) group_left` between "
        "the two.",
    ],
    learned="A ratio of two rates over the same range needs no care for seconds: `increase` on "
    "both sides gives the same.",
    check=Query(
        "outcomes",
        RIGHT,
        asks="the share of requests with each outcome over the last hour",
        labels=("outcome",),
        cases=("2013-04-16 14:50", "2013-04-29 10:30", "2013-05-08 08:00", "2013-05-17 18:00"),
        slips=SLIPS,
    ),
)
