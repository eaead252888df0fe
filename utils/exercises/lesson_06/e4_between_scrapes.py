"""Exercise 6.4: what happened between two scrapes, a dictionary of four numbers."""

import math
from decimal import Decimal

import numpy as np
import pandas as pd

from utils.exercises.expect import a_function, a_number, result_of
from utils.exercises.judges.facts import Facts
from utils.exercises.judges.table import Slip
from utils.exercises.lesson_06.two_pages import INSIDE, REQUESTS, Readings, cases
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet

KEYS = ("requests", "error_share", "mean_seconds", "share_within_50ms")


class _Between(Facts):
    def read(self, answer):
        return a_function(answer, self.name, 2)

    def observe(self, answer, name, case):
        with np.errstate(divide="ignore", invalid="ignore"):
            return _found(_called(answer, *case))


def _called(between, before, after):
    try:
        return result_of(between, before, after)
    except NotYet as problem:
        more = ""
        if "KeyError" in str(problem) and REQUESTS in str(problem):
            more = (
                "\nOn the pages of the check the counter has the label `origin`, too, so its "
                f"series have longer names. Take all that begin with `{REQUESTS}`."
            )
        if "ZeroDivisionError" in str(problem):
            more = "\nBetween two pages nothing may have happened. Then there is no mean: NaN."
        raise NotYet(f"{problem}{more}") from None


def _found(result):
    if not isinstance(result, dict):
        raise NotYet(
            f"`between` should return a dictionary with {', '.join(map(repr, KEYS))}; it returned "
            f"{describe(result)}."
        )
    if lacking := [key for key in KEYS if key not in result]:
        raise NotYet(
            f"The dictionary has no {lacking[0]!r}. It should have the four keys of the exercise; "
            f"yours has {', '.join(map(repr, list(result)[:3])) or 'none'}"
            f"{', …' if len(result) > 3 else ''}."
        )
    return {key: _number(result[key], f'"{key}"') for key in KEYS}


def _number(value, name):
    if isinstance(value, (pd.Series, np.ndarray)) and value.size == 1:
        value = value.item()
    if value is None:
        raise NotYet(f"{name} is None. Where there is no number, it should be NaN (`math.nan`).")
    unknown = value is pd.NA or (
        isinstance(value, (float, np.floating, Decimal)) and value != value
    )
    return math.nan if unknown else a_number(value, name)


def _right(before, after):
    return _numbers(Readings.of(after).since(Readings.of(before)))


def _numbers(new):
    numbers = new.requests, new.errors / new.requests, new.seconds / new.timed
    return dict(zip(KEYS, (*numbers, new.within / new.timed), strict=True))


def _but(key, says, compute):
    """Return a slip: right but for one number, made of both pages and their difference."""

    def answer(before, after):
        a, b = Readings.of(before), Readings.of(after)
        return _right(before, after) | {key: compute(a, b, b.since(a))}

    return Slip(says, answer)


def _rounded(digits):
    return Slip(
        "Do not round: who computes with it further needs it whole.",
        lambda before, after: {k: round(v, digits) for k, v in _right(before, after).items()},
    )


def _whole(says, **how):
    return Slip(says, lambda a, b: _numbers(Readings.of(b).since(Readings.of(a), **how)))


TOTALS = (
    "These are all since the start, as the second page has them. Take off what the first page had."
)
LOST = (
    "The series that are on the second page only are lost. On the first page they count as 0: "
    "`b.sub(a, fill_value=0)`, and not `b - a`."
)
RESTART = (
    "After a restart every counter has begun at 0: where one has fallen, all that the second page "
    "shows of it is new."
)
NAME = "Other counters have the label `outcome`, too; look at the name."
PER_CENT = "That is in per cent; a share lies between 0 and 1."
SUBTRACT = "of the two pages were subtracted. Subtract the counts first, then divide."
ALL_SINCE = "You divide by all since the start."
COUNTER = (
    "You divide by the counter. A request may be counted and not yet timed; the histogram has its "
    "own `_count`."
)
NAN = (
    "A series that is on the second page only (the first error at an airport) counts as 0 on the "
    "first: `a.sub(b, fill_value=0)`."
)
MODEL = "That is another histogram, of the model; look at the name."


def _below_zero(now, old):
    return now - old


SLIPS = [
    Slip(TOTALS, lambda before, after: _numbers(Readings.of(after))),
    _whole(RESTART, fallen=_below_zero),
    _whole(RESTART, fallen=lambda now, old: 0),
    _whole(RESTART, fallen=lambda now, old: old - now),
    _whole(LOST, new=False),
    # The lesson's own `after - before` has both faults; this one shows first.
    _whole(LOST, new=False, fallen=_below_zero),
    _whole(LOST, new=False, fallen=lambda now, old: 0),
    Slip(
        "That is the number of the lesson's two pages. These are others: compute it from the pages "
        "that are given.",
        lambda before, after: _right(before, after) | {"requests": 600},
    ),
    *(_rounded(digits) for digits in range(1, 6)),
    *(_but(key, NAN, lambda a, b, d: math.nan) for key in KEYS[1:]),
    *(
        _but("requests", says, compute)
        for says, compute in {
            TOTALS: lambda a, b, d: b.requests,
            "That is what the first page has.": lambda a, b, d: a.requests,
            "The first page minus the second is the wrong way round.": lambda a, b, d: (
                a.requests - b.requests
            ),
            "That is the requests with the outcome ok; of any outcome were asked.": (
                lambda a, b, d: d.ok
            ),
            "The invalid ones are missing; of any outcome were asked.": lambda a, b, d: (
                d.requests - d.invalid
            ),
            "All buckets added up. They are cumulative: a request is in many.": (
                lambda a, b, d: d.buckets
            ),
            NAME: lambda a, b, d: d.requests + d.rows,
            "That is another counter, of rows; look at the name.": lambda a, b, d: d.rows,
            f"A gauge, `{INSIDE}`, is in it: its name begins like the counter's. Take the whole "
            "name, up to the brace.": lambda a, b, d: d.requests + d.inside,
            "Another counter's name ends like this one's, and it is in the sum; ask where the name "
            "begins.": lambda a, b, d: d.requests + d.proxy,
            "That is how many were timed. A request may be counted and not yet timed; ask the "
            "counter.": lambda a, b, d: d.timed,
            LOST: lambda a, b, d: b.since(a, new=False).requests,
        }.items()
    ),
    *(
        _but("error_share", says, compute)
        for says, compute in {
            TOTALS: lambda a, b, d: b.errors / b.requests,
            PER_CENT: lambda a, b, d: 100 * d.errors / d.requests,
            "That is a number, not a share: divide by all requests.": lambda a, b, d: d.errors,
            "The invalid requests are in it, and they are no errors: the asker is at fault.": (
                lambda a, b, d: 1 - d.ok / d.requests
            ),
            "You divide by the ok ones; divide by all.": lambda a, b, d: d.errors / d.ok,
            "You divide by ok and error; divide by all, the invalid ones too.": lambda a, b, d: (
                d.errors / (d.ok + d.errors)
            ),
            ALL_SINCE: lambda a, b, d: d.errors / b.requests,
            "You divide by how many were timed; divide by how many were counted.": (
                lambda a, b, d: d.errors / d.timed
            ),
            f"Shares {SUBTRACT}": lambda a, b, d: b.errors / b.requests - a.errors / a.requests,
            LOST: lambda a, b, d: b.since(a, new=False).errors / d.requests,
            NAME: lambda a, b, d: (d.errors + d.row_errors) / d.requests,
        }.items()
    ),
    *(
        _but("mean_seconds", says, compute)
        for says, compute in {
            TOTALS: lambda a, b, d: b.seconds / b.timed,
            "These are milliseconds.": lambda a, b, d: 1_000 * d.seconds / d.timed,
            "That is the sum of the seconds, not yet their mean.": lambda a, b, d: d.seconds,
            f"Means {SUBTRACT}": lambda a, b, d: b.seconds / b.timed - a.seconds / a.timed,
            "That is the mean of the two pages' means. Subtract the sums and the counts first.": (
                lambda a, b, d: (b.seconds / b.timed + a.seconds / a.timed) / 2
            ),
            "You divide by the ok ones only.": lambda a, b, d: d.seconds / d.ok,
            ALL_SINCE: lambda a, b, d: d.seconds / b.timed,
            COUNTER: lambda a, b, d: d.seconds / d.requests,
            "That is computed from edges, and `_sum` knows better.": lambda a, b, d: (
                d.from_edges / d.timed
            ),
            "That is computed from edges, and the buckets are cumulative. Use `_sum`.": (
                lambda a, b, d: d.from_edges / d.buckets
            ),
            MODEL: lambda a, b, d: d.model_seconds / d.timed,
        }.items()
    ),
    *(
        _but("share_within_50ms", says, compute)
        for says, compute in {
            TOTALS: lambda a, b, d: b.within / b.timed,
            PER_CENT: lambda a, b, d: 100 * d.within / d.timed,
            "That is a number, not a share: divide by all.": lambda a, b, d: d.within,
            "The buckets up to 0.05 were added up. They are cumulative: the last of them holds the "
            "others already.": lambda a, b, d: d.all_below / d.timed,
            "That is the share between 0.025 and 0.05 s. The bucket is cumulative: it holds all "
            "that took at most 0.05 s, so take nothing off.": lambda a, b, d: (
                (d.within - d.below) / d.timed
            ),
            "That is the share that took longer.": lambda a, b, d: 1 - d.within / d.timed,
            "You divide by the sum of all buckets; they are cumulative.": lambda a, b, d: (
                d.within / d.buckets
            ),
            ALL_SINCE: lambda a, b, d: d.within / b.timed,
            COUNTER: lambda a, b, d: d.within / d.requests,
            f"Shares {SUBTRACT}": lambda a, b, d: b.within / b.timed - a.within / a.timed,
            "That is the bucket below.": lambda a, b, d: d.below / d.timed,
            "That is the bucket above.": lambda a, b, d: d.above / d.timed,
            MODEL: lambda a, b, d: d.model_within / d.timed,
            "Two histograms have a bucket of 0.05, and you added both; look at the name.": (
                lambda a, b, d: (d.within + d.model_within) / d.timed
            ),
        }.items()
    ),
]


def _tell(key):
    return lambda name, number: f'Between two pages with {name}, "{key}" is {number:.6g}.'


def _look(name, got, wanted):
    if math.isnan(wanted):
        return "Where nothing happened nobody knows a share or a mean: NaN says so."
    return "That does not fit the pages. Print the lines that go into it, of both pages."


exercise(
    "6.4",
    "Read two scrapes",
    stars=2,
    minutes=12,
    hints=[
        "Everything is a difference of two readings of a series. Make the differences first, then "
        "the four numbers.",
        "`new = samples(after).sub(samples(before), fill_value=0)` has the difference of every "
        "series; one that is missing on a page counts as 0. Where it is negative the program was "
        "started again: `new.where(new >= 0, samples(after))`.",
        'Add up all series whose name starts with "flightdelay_requests_total{"; of these, those '
        'that contain `outcome="error"` are the errors.',
        'With `count = new["flightdelay_request_seconds_count"]`, the mean is '
        '`new["flightdelay_request_seconds_sum"] / count`, and the share is '
        "`new['flightdelay_request_seconds_bucket{le=\"0.05\"}'] / count`.",
    ],
    learned="Differences of counters, divided by one another: that is most of what a monitoring "
    "system ever computes.",
    check=_Between(
        "between",
        _right,
        cases=cases,
        slips=SLIPS,
        tells={key: _tell(key) for key in KEYS},
        look={key: _look for key in KEYS},
    ),
)
