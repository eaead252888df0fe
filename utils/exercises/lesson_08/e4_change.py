"""Exercise 8.4: week over week."""

from utils.exercises.judges.queries import Query, slips
from utils.exercises.lesson_08.selectors import (
    ANSWERED,
    REQUESTS,
    WEEK,
    of_staging,
    other_functions,
    without_job,
)
from utils.exercises.registry import exercise

NOW, THEN = f"sum(rate({REQUESTS}[1d]))", f"sum(rate({REQUESTS}[1d]{WEEK}))"
RIGHT = f"{NOW} / {THEN} - 1"


def _of_ranges(now: str, then: str) -> str:
    return RIGHT.replace("[1d])", f"[{now}])").replace("[1d] o", f"[{then}] o")


SLIPS = [
    *slips(
        "This is the change in requests per second. A relative change is divided by what there "
        "was a week before.",
        f"{NOW} - {THEN}",
        f"{THEN} - {NOW}",
    ),
    *slips(
        "The division is upside down: this is what a week before was, compared with now. "
        "`offset` belongs to the divisor.",
        f"{THEN} / {NOW} - 1",
        f"{THEN} / {NOW}",
    ),
    *slips("This is a ratio: 1 where nothing changed. A change is 0 then.", f"{NOW} / {THEN}"),
    *slips(
        "The change is divided by the present value; the one to compare with is that of a week "
        "before.",
        f"({NOW} - {THEN}) / {NOW}",
    ),
    *slips(
        "The sign is the other way round: when requests have become more, the change is above 0.",
        f"({THEN} - {NOW}) / {THEN}",
    ),
    *slips(
        "A division comes before a subtraction: put parentheses around the difference, or divide "
        "first and subtract 1 from the result.",
        f"{NOW} - {THEN} / {THEN}",
        f"{NOW} / ({THEN} - 1)",
    ),
    *slips("These are per cent; 0.1 means ten per cent more.", f"100 * ({RIGHT})"),
    *slips(
        "Both sides are of the same time, so nothing ever changes. One of them needs `offset 1w`.",
        f"{NOW} / {NOW} - 1",
    ),
    *slips(
        "This compares with the day before, a Sunday with a Saturday. Compare with the same "
        "day a week before.",
        RIGHT.replace("offset 1w", "offset 1d"),
    ),
    *slips(
        "These are counters, not rates: they fall to 0 at a restart, and a week later they are "
        "higher in any case.",
        f"sum({REQUESTS}) / sum({REQUESTS} offset 1w) - 1",
        f"sum({REQUESTS}) / sum({REQUESTS} offset 1w)",
        f"sum({REQUESTS}) - sum({REQUESTS} offset 1w)",
    ),
    *slips(
        "The requests of the job `staging` are in it, on one side or both. They never change, "
        "and make every change look smaller.",
        *(slip.answer for slip in of_staging(RIGHT)),
        f"{without_job(NOW)} / {THEN} - 1",
        f"{NOW} / {without_job(THEN)} - 1",
    ),
    *slips(
        "These are the requests with the outcome `ok` alone; the question is about all.",
        RIGHT.replace(REQUESTS, ANSWERED),
    ),
    *other_functions(RIGHT),
    *slips(
        "The range is another one on one side or both: the question is about a whole day.",
        *(
            _of_ranges(*pair)
            for pair in (("5m", "5m"), ("1h", "1h"), ("1w", "1w"), ("1h", "1d"), ("5m", "1d"))
        ),
    ),
    *slips(
        "This is one change for each outcome; the question is about all requests. Sum first, "
        "then divide.",
        RIGHT.replace("sum(", "sum by (outcome) ("),
    ),
]

exercise(
    "8.4",
    "Week over week",
    stars=2,
    minutes=8,
    hints=[
        "You need the same rate at two times, and of these two the relative change.",
        "A week before: `offset 1w` right behind the range, `[1d] offset 1w`.",
        "now / before - 1, each of them `sum(rate(...))`.",
    ],
    learned="A comparison with the same weekday leaves out the rhythm of day and week, which every "
    "other comparison takes for news.",
    check=Query(
        "change",
        RIGHT,
        asks="the relative change of the requests from a week before",
        cases=("2013-04-23 00:00", "2013-04-30 12:00", "2013-05-12 00:00", "2013-05-16 00:00"),
        slips=SLIPS,
        # Two rates, each right to some hundred thousandths.
        absolute=5e-5,
    ),
)
