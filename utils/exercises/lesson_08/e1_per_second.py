"""Exercise 8.1: requests per second."""

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

RIGHT = f"sum(rate({REQUESTS}[5m]))"

SLIPS = [
    *slips(
        "This is the counter itself: all requests since the process started. How fast does it "
        "rise? `rate` says that.",
        f"sum({REQUESTS})",
        "sum(flightdelay_requests_total)",
        REQUESTS,
    ),
    *of_staging(RIGHT),
    *of_staging("sum(increase(flightdelay_requests_total[5m]))"),
    *slips(
        "`increase` counts requests in five minutes; the question is how many in a second.",
        f"sum(increase({REQUESTS}[5m]))",
    ),
    *slips("These are requests per minute; a rate is per second already.", f"60 * {RIGHT}"),
    *other_functions(RIGHT),
    *slips(
        "These are the requests with the outcome `ok` alone. All three outcomes are requests.",
        f"sum(rate({ANSWERED}[5m]))",
        f"rate({ANSWERED}[5m])",
        f"sum(rate({SCORED}[5m]))",
    ),
    *slips(
        "An outcome is left out. All three are requests.",
        *(
            f'sum(rate({REQUESTS[:-1]},outcome=~"{two}"}}[5m]))'
            for two in ("ok|error", "ok|invalid", "invalid|error")
        ),
    ),
    *slips(
        "This is the mean of the three outcomes' rates; the question is about all requests "
        "together.",
        f"avg(rate({REQUESTS}[5m]))",
    ),
    *slips(
        "`count` counts series, of which there are three.",
        f"count(rate({REQUESTS}[5m]))",
    ),
    *slips(
        "Either the range is six minutes, or this is the rate of a sum. A sum of counters hides "
        "that one of them fell to 0 at a restart, and `rate` takes the fall for something else. "
        "First the rate of each, then the sum.",
        *(f"rate(sum({REQUESTS})[5m:{step}])" for step in ("1m", "30s", "15s")),
    ),
    *other_ranges(
        RIGHT,
        "5m",
        "The range is another one: the question is about the last five minutes.",
        *("3m", "4m", "7m", "10m", "15m", "1h", "1d"),
    ),
]

exercise(
    "8.1",
    "Requests per second",
    stars=1,
    minutes=5,
    hints=[
        "Three steps: which series are FlightDelay's, how fast each rises, all of them together.",
        '`flightdelay_requests_total{job="flightdelay"}[5m]` are the samples of five minutes.',
        "`sum(rate(...))` around these samples is the answer.",
    ],
    learned="First the rate, then the sum: so a restart of one process is not taken for a fall of "
    "all.",
    check=Query(
        "per_second",
        RIGHT,
        asks="FlightDelay's requests per second over the last five minutes",
        # An afternoon, a Sunday, a restart within the range, an incident, a night.
        cases=(
            "2013-04-17 15:00",
            "2013-04-28 08:05",
            "2013-05-02 03:04",
            "2013-05-17 17:40",
            "2013-05-19 02:30",
        ),
        slips=SLIPS,
    ),
)
