"""Exercise 9.1: an alert on more than 5 % of errors for ten minutes, a rule file."""

import re

from utils.exercises.judges import Slip
from utils.exercises.judges.rule_files import RuleFile, Series
from utils.exercises.judges.rule_sentences import waiting, waits
from utils.exercises.lesson_09.request_series import at_half_steps, counters
from utils.exercises.registry import exercise

REQUESTS = 'flightdelay_requests_total{job="flightdelay"'

RIGHT = """
groups:
- name: flightdelay
  rules:
  - alert: TooManyErrors
    expr: |
      sum(rate(flightdelay_requests_total{job="flightdelay", outcome="error"}[5m]))
      / sum(rate(flightdelay_requests_total{job="flightdelay"}[5m])) > 0.05
    for: 10m
    labels: {severity: page}
    annotations: {summary: More than one request in twenty fails}
"""

# Minutes of a case in which nothing changes: the window and `for` are over in minute 14.
SHORT, LONG = 24, 58
FAULT = range(20, 50)


def _lasting():
    """Return counters of which one in ten is an error, a little more or less, while FAULT lasts."""
    # Shares that move, so that a value put into a label moves, too.
    moving = [(1, 100, 8 + 3 * minute % 7) for minute in FAULT]
    return counters([(FAULT[0] + 1, 100, 0), *moving, (LONG - FAULT[-1], 100, 0)])


def _cases():
    def steady(errors, requests=100, invalid=0, **labels):
        return counters([(SHORT + 1, requests, errors, invalid)], **labels)

    staging = {"job": "staging", "instance": "staging:8000"}
    canary = {"job": "flightdelay-canary", "instance": "canary:8000"}
    second = {"instance": "desk:8001"}
    quiet = steady(0)
    old = {n: at_half_steps([5000] * (SHORT + 1)) for n in quiet if "error" in n}
    ratio = "The threshold is 5 %, as a ratio 0.05: errors divided by all requests."
    return {
        "no request fails": Series(
            quiet,
            SHORT,
            fires="Is there a comparison with the threshold, and is it the right way round? "
            "`> 0.05` keeps what is above.",
        ),
        "every request fails": Series(steady(100), SHORT, silent=_never, whether=True),
        "5,000 errors were counted last month, and none since": Series(
            quiet | old,
            SHORT,
            fires="Is it the raw counter? It only ever grows. `rate(...[5m])` says what is new.",
        ),
        "one request in 2,500 fails": Series(
            steady(1, 2500),
            SHORT,
            fires="Does it divide without `sum`? Then each series is divided by that with the same "
            "labels, errors by errors, which is 1.",
        ),
        "one request in 100 fails": Series(
            steady(1),
            SHORT,
            fires="Is the ratio multiplied by 100, and the threshold not? 5 % is 0.05 as a ratio.",
        ),
        "one request in 25 fails, which is 4 %": Series(steady(4), SHORT, fires=ratio),
        "124 requests in 2,500 fail, which is 4.96 %": Series(
            steady(124, 2500), SHORT, fires=ratio
        ),
        "3 requests in 60 fail, which is 5 % and not more": Series(
            # Here rates and their ratio are exact: 0.05, and not a bit more.
            steady(3, 60),
            SHORT,
            fires="*More* than 5 % is asked for: `>` leaves the threshold itself out.",
            on_the_edge=True,
        ),
        "126 requests in 2,500 fail, which is 5.04 %": Series(
            steady(126, 2500), SHORT, silent="The threshold is 5 %.", whether=True
        ),
        "half the requests of job `staging` fail, and none of `flightdelay`": Series(
            quiet | steady(500, 1000, **staging),
            SHORT,
            fires='Every selector needs `job="flightdelay"`.',
        ),
        "half the requests of job `flightdelay-canary` fail, and none of `flightdelay`": Series(
            quiet | steady(500, 1000, **canary),
            SHORT,
            fires='Name the one job, `job="flightdelay"`; all but one, or all that begin so, is '
            "too wide.",
        ),
        "two in five requests of job `flightdelay` fail, and none of other jobs": Series(
            steady(40) | steady(0, 1000, **staging) | steady(0, 1000, **canary),
            SHORT,
            silent='Both selectors need `job="flightdelay"`, the lower one too.',
            whether=True,
        ),
        "at two instances alike, 4 % of the requests fail": Series(
            steady(4) | steady(4, **second), SHORT, fires=ratio
        ),
        "at two instances alike, 6 % of the requests fail": Series(
            steady(6) | steady(6, **second),
            SHORT,
            silent="Take the *sum* over all instances, above and below the line.",
            whether=True,
        ),
        "three requests in ten are invalid, and none is an error": Series(
            steady(0, invalid=30),
            SHORT,
            fires='Only `outcome="error"` counts; invalid ones are the client\'s mistake.',
        ),
        "one request in 25 fails, and three in ten are invalid": Series(
            steady(4, invalid=30),
            SHORT,
            fires="Below the line stand all requests, whatever their outcome.",
        ),
        "one instance fails one request in ten, and of all requests 4.8 % fail": Series(
            steady(10, 100) | steady(0, 110, **second),
            SHORT,
            fires="It judges an instance by itself, or takes the greatest. Take the sum over all "
            "of them, above and below the line.",
        ),
        "one small instance fails often, and of all requests 4 % fail": Series(
            steady(2, 95) | steady(2, 5, **second),
            SHORT,
            fires="It judges each instance by itself. Take the sum over all of them, above and "
            "below the line.",
        ),
        "three requests in ten fail for four minutes": Series(
            counters([(21, 100, 0), (4, 100, 30), (LONG - 25, 100, 0)]),
            LONG - 10,
            fires=waiting("10m"),
        ),
        "one request in ten fails from minute 20 to 50": Series(
            _lasting(), LONG, silent=_never, times=_times
        ),
        "one request in ten fails from minute 20 to 50, with a restart in minute 40": Series(
            {name: _restarted(text, 40) for name, text in _lasting().items()},
            LONG,
            silent=_never,
            times="At the restart the counters begin at 0. `rate` knows restarts; a difference "
            "(`delta`, `offset`) does not.",
        ),
        # The share stays, and errors and requests of different windows no longer fit together.
        "6 % fail all the time, and a rush lasts from minute 25 to 40": Series(
            counters([(26, 50, 3), (15, 500, 30), (LONG - 40, 50, 3)]),
            LONG,
            silent=_never,
            times=_times,
        ),
    }


def _restarted(text, minute):
    numbers = [int(n) for n in text.replace("_", "").split()]
    begun = numbers[minute]
    return at_half_steps([*numbers[:minute], *(n - begun for n in numbers[minute:])])


def _never(rule):
    """Say why an alert never fires, not even when every request fails."""
    expression = " ".join(str(rule.get("expr", "")).split())
    if re.search(r"\[(1m|60s|[1-5]?\ds)\]", expression):
        return (
            "The window holds one sample, since there is one a minute; a rate needs two. The "
            "window should be `[5m]`."
        )
    number = re.search(r">=?\s*([\d.]+)\s*$", expression)
    if number and float(number[1]) >= 1 and "100" not in expression:
        return f"A ratio is never above {number[1]}: 5 % is 0.05."
    if re.search(r"<=?\s*[\d.]+\s*$", expression):
        return "The comparison is the wrong way round: `>` fires above the threshold."
    if number and 0.1 <= float(number[1]) <= 1 and "100" not in expression:
        return f"`> {number[1]}` is {100 * float(number[1]):g} %; 5 % is 0.05 as a ratio."
    if not waits(rule, "10m") and "for" in rule:
        return f"`for` is `{rule['for']}`; it should be 10m."
    return (
        "Perhaps the expression is empty: a name or a label misspelt, or two sides of a division "
        "whose labels do not fit. Try it on the time machine: `machine.query(..., "
        'at="2013-05-17 17:40")`.'
    )


def _times(rule):
    expression = str(rule.get("expr"))
    others = sorted(set(re.findall(r"\[(\w+)\]", expression)) - {"5m", "300s"})
    if others:
        return f"The window should be 5 minutes, and is {', '.join(others)}."
    if not waits(rule, "10m"):
        return waiting("10m")(rule)
    if "keep_firing_for" in rule:
        return "`keep_firing_for` keeps it alive when the fault is over; nobody asked for that."
    if "irate" in expression:
        return "`irate` takes the last two samples only; `rate` takes the whole window."
    if "delta" in expression or "offset" in expression:
        return "`rate` of the last 5 minutes is asked for, neither a difference nor an `offset`."
    return "Is it the last 5 minutes on both sides of the line, and is `for` 10 minutes?"


def _changed(*changes):
    text = RIGHT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


SLIPS = [
    Slip(
        "That is the raw counter: it only ever grows. `rate(...[5m])` says what is new.",
        _changed(
            (
                RIGHT[RIGHT.index("|\n") : RIGHT.index("    for")],
                f"'{REQUESTS}, outcome=\"error\"}} > 0.05'\n",
            )
        ),
    ),
    *(
        Slip(
            f"`{function}` makes something else of the series than their sum; the ratio is one of "
            "sums.",
            _changed(("sum(", f"{function}(")),
        )
        for function in ("avg", "max")
    ),
    Slip(
        "Errors are divided by the requests that went well; below the line stand all requests, "
        "whatever their outcome.",
        _changed(('{job="flightdelay"}', '{job="flightdelay", outcome="ok"}')),
    ),
    Slip(
        "It judges each instance by itself.",
        _changed(("sum(", "sum by (instance) (")),
    ),
    Slip(
        'Everything but `outcome="ok"` counts in it; invalid ones are the client\'s mistake.',
        _changed(('outcome="error"', 'outcome!="ok"')),
    ),
]

exercise(
    "9.1",
    "Too many errors",
    stars=2,
    minutes=12,
    hints=[
        "Begin with a copy of `LOG_STUCK`. Only the name, the expression, the label and `for` "
        "change.",
        "The expression is a ratio of two rates, errors by all: `sum(rate(...[5m])) / "
        "sum(rate(...[5m]))`. Without `sum`, a division pairs series with the same labels.",
        'Both selectors need `job="flightdelay"`, the upper one `outcome="error"` too. A ratio of '
        "5 % is 0.05.",
        'Nearly all of it: `expr: sum(rate(flightdelay_requests_total{job="flightdelay", '
        'outcome="error"}[5m])) / sum(rate(flightdelay_requests_total{job="flightdelay"}[5m])) > '
        "0.05` and `for: 10m`.",
    ],
    learned="A ratio of sums, one job, a window and a `for`: nearly every alert on a service is "
    "built like this one.",
    check=RuleFile(
        "too_many",
        RIGHT,
        cases=_cases,
        slips=SLIPS,
        alerts={"TooManyErrors": {"severity": "page"}},
        notes=("summary",),
    ),
)
