"""Exercise 8.5: the prediction rate that drifted."""

from utils.exercises.judges.queries import Query, slips
from utils.exercises.lesson_08.selectors import (
    OURS,
    SCORED,
    WEEK,
    of_staging,
    other_functions,
    other_ranges,
    without_job,
)
from utils.exercises.registry import exercise

AT_MOST = 'flightdelay_score_bucket{job="flightdelay",le="0.3"}'


def _calm(offset: str = "", low: str = AT_MOST, count: str = SCORED) -> str:
    return f"sum(rate({low}[1d]{offset})) / sum(rate({count}[1d]{offset}))"


RIGHT = f"{_calm(WEEK)} - {_calm()}"
_LOW, _LOW_THEN = f"sum(rate({AT_MOST}[1d]))", f"sum(rate({AT_MOST}[1d]{WEEK}))"
_ALL, _ALL_THEN = f"sum(rate({SCORED}[1d]))", f"sum(rate({SCORED}[1d]{WEEK}))"

SLIPS = [
    *slips(
        "The sign is the other way round. Either this is then minus now, or it is the share of the "
        "calm flights: a bucket counts scores *up to* its edge, and at risk is what is left, 1 "
        "minus that.",
        f"{_calm()} - {_calm(WEEK)}",
    ),
    *slips(
        "The second share is of the same day: the `offset` is missing, or is on one of its two "
        "counters alone.",
        f"{_calm()} - {_calm()}",
        f"{_LOW_THEN} / {_ALL} - {_calm()}",
        f"{_LOW} / {_ALL_THEN} - {_calm()}",
    ),
    *slips(
        "This is the share itself. The exercise asks for its difference from a week before.",
        f"1 - {_calm()}",
        _calm(),
        f"1 - {_calm(WEEK)}",
    ),
    *slips(
        "Parentheses are missing: `a - b` is subtracted as a whole only when it stands in some, "
        "`(1 - now) - (1 - before)`.",
        f"1 - {_calm()} - 1 - {_calm(WEEK)}",
        f"(1 - {_calm()}) - 1 - {_calm(WEEK)}",
    ),
    *slips("These are per cent points; a share lies between 0 and 1.", f"100 * ({RIGHT})"),
    *slips(
        "This is a difference of rates, not of shares: it moves with the number of requests, "
        "too. Divide each by the rate of all predictions.",
        f"{_LOW_THEN} - {_LOW}",
        f"{_LOW} - {_LOW_THEN}",
        f"({_ALL} - {_LOW}) - ({_ALL_THEN} - {_LOW_THEN})",
    ),
    *slips(
        "This is a relative change. On some days hardly a flight is at risk, and any other day "
        "is many times that. The exercise asks for the difference of the two shares.",
        f"(1 - {_calm()}) / (1 - {_calm(WEEK)}) - 1",
        f"(1 - {_calm()}) / (1 - {_calm(WEEK)})",
    ),
    *slips(
        "These are the counters themselves; put `rate(...[1d])` around each.",
        f"sum({AT_MOST}{WEEK}) / sum({SCORED}{WEEK}) - sum({AT_MOST}) / sum({SCORED})",
    ),
    *slips(
        "The edge is another one: at risk means a score above 0.3.",
        *(RIGHT.replace('"0.3"', f'"{edge}"') for edge in ("0.25", "0.35", "0.5", "0.7")),
    ),
    *slips(
        "This is the difference of the mean scores; the exercise asks for the share of scores "
        "above 0.3.",
        *(
            f"{_calm('', f'flightdelay_score_sum{one}')} - "
            f"{_calm(WEEK, f'flightdelay_score_sum{one}')}"
            for one in (OURS, "")
        ),
    ),
    *of_staging(RIGHT),
    *slips(
        "One of the counters holds the predictions of `staging`, too. Write the job into every "
        "selector.",
        RIGHT.replace(SCORED, without_job(SCORED)),
        RIGHT.replace(AT_MOST, without_job(AT_MOST)),
    ),
    *other_functions(RIGHT),
    *other_ranges(
        RIGHT,
        "1d",
        "The range is another one: the question is about a whole day.",
        *("5m", "10m", "1h", "1w"),
    ),
    *slips(
        "This compares with the day before; the exercise asks for a week before.",
        RIGHT.replace("offset 1w", "offset 1d"),
    ),
]

exercise(
    "8.5",
    "The prediction rate that drifted",
    stars=3,
    minutes=10,
    hints=[
        'The bucket `le="0.3"` counts scores up to 0.3, `flightdelay_score_count` all of them.',
        "At risk: 1 minus the rate of the bucket divided by the rate of all, each in its own "
        "`sum(...)`, so that the label `le` does not stand in the way.",
        "Write it a second time with `offset 1w` in *both* counters, and subtract it from the "
        "first; mind the parentheses.",
    ],
    learned="A prediction needs no outcome, so this number is there on the same day. Whether its "
    "move does harm, it does not say.",
    check=Query(
        "at_risk",
        RIGHT,
        asks="how much the share of flights at risk differs from a week before",
        cases=("2013-04-23 00:00", "2013-05-02 12:00", "2013-05-09 00:00", "2013-05-16 00:00"),
        slips=SLIPS,
        # Two shares, each right to some hundred thousandths.
        absolute=5e-5,
    ),
)
