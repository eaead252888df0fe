"""The checks of lesson 09."""

from functools import cache

from utils.errors import CourseError
from utils.exercises.expect import a_number
from utils.exercises.lesson_09 import burn_rules, runbooks, service_rules, silencing
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet


@exercise(
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
)
def too_many(answer):
    service_rules.judge_errors(answer)


@exercise(
    "9.2",
    "Nobody answers",
    stars=2,
    minutes=8,
    hints=[
        "`absent(x)` returns 1 when x is empty, and nothing when x has a series. Which x is empty "
        "in both cases?",
        '`up{job="flightdelay"} == 1` keeps the instances that are up. When none is, it is empty.',
        'The expression: `absent(up{job="flightdelay"} == 1)`, with `for: 3m`. The labels: '
        "`severity: page` and `job: flightdelay`.",
    ],
    learned="An alert on values needs a partner that fires when there are no values.",
)
def gone(answer):
    service_rules.judge_gone(answer)


MOST_FALSE, LATEST = 5, 30


@exercise(
    "9.3",
    "Tune to a budget",
    stars=1,
    minutes=6,
    hints=[
        "Try pairs with `judge(fires(ratio, threshold, minutes))`. The middle panel is near.",
        "A longer `for` takes away false alarms. A lower threshold finds the weak fault of 8 May "
        "sooner.",
        "Look at thresholds from 0.01 to 0.015, and at seven to ten minutes.",
    ],
    learned="A threshold keeps a budget, or it does not. Write the budget down before you tune.",
)
def tuned(answer):
    if not isinstance(answer, dict) or set(answer) != {"threshold", "minutes"}:
        raise NotYet(
            "`tuned` should stay a dictionary with `threshold` and `minutes`; it is "
            f"{describe(answer)}."
        )
    ask = "It is a ratio: 2 % is 0.02."
    threshold = a_number(answer["threshold"], "`threshold`", 0, 1, ask)
    minutes = a_number(answer["minutes"], "`minutes`", 0, 24 * 60)
    if minutes != int(minutes):
        raise NotYet(f"`minutes` is {minutes:g}; take a whole number of minutes.")
    try:
        delays, false = _history_with(threshold, int(minutes))
    except CourseError as problem:
        raise NotYet(str(problem)) from None
    said = f"With {threshold:g} and {int(minutes)} minutes,"
    for fault, delay in delays.items():
        if delay is None:
            raise NotYet(
                f"{said} {_named(fault)} is missed: it lasts {fault[2]:g} minutes, and "
                f"{100 * fault[3]:g} % fail. Is the threshold too high, or `for` too long?"
            )
    if false > MOST_FALSE:
        raise NotYet(
            f"{said} no fault is missed, and there are {false} false alarms, of which {MOST_FALSE} "
            "are allowed. What is short about a blip?"
        )
    for fault, delay in delays.items():
        if delay > LATEST:
            raise NotYet(
                f"{said} {_named(fault)} is noticed after {delay:.0f} minutes, and {LATEST} are "
                "allowed. It is weak; what would notice it sooner?"
            )
    return (
        f"{said} all faults are noticed within {max(delays.values()):.0f} minutes, with {false} "
        "false alarms. Write such a budget down before you tune."
    )


def _named(fault: tuple) -> str:
    return f'"{fault[0]}" of {fault[1].day} {fault[1]:%B}'


def _history_with(threshold: float, minutes: int):
    """Return after how many minutes each fault was noticed, and how many alarms were false."""
    import pandas as pd

    ratio, faults = _history()
    fired = (ratio > threshold).rolling(minutes + 1).min() == 1
    begins, delays = fired & ~fired.shift(fill_value=False), {}
    for fault in faults.itertuples():
        inside = fired[fault.since : fault.until]
        key = (
            fault.what,
            fault.since,
            (fault.until - fault.since).total_seconds() / 60,
            fault.size,
        )
        waited = (inside.idxmax() - fault.since).total_seconds() / 60 if inside.any() else None
        delays[key] = waited
        begins[fault.since : fault.until + pd.Timedelta(minutes=10)] = False
    return delays, int(begins.sum())


@cache
def _history():
    from utils.prometheus import history

    errors, everything = (
        f'sum(rate(flightdelay_requests_total{{job="flightdelay"{more}}}[5m]))'
        for more in (', outcome="error"', "")
    )
    with history.start(name="the check's time machine") as machine:
        table = machine.query(f"({errors} / {everything})[35d:1m]", at=history.END)
    happened = history.incidents()
    faults = happened[happened["kind"].isin(["errors", "release"])]
    return table.set_index("time")["value"].asfreq("1min"), faults


@exercise(
    "9.4",
    "A silence for tonight",
    stars=1,
    minutes=6,
    hints=[
        "Three matchers: which alert, which job, which features.",
        'One matcher can name two values: `feature=~"a|b"`.',
        'All three: alertname="MissingValues", job="flightdelay", and feature with a regular '
        "expression of two names.",
    ],
    learned="A silence is a hole in the watch. Cut it as small as the work, and let it end by "
    "itself.",
)
def matchers(answer):
    if not isinstance(answer, str):
        raise NotYet(f"`matchers` should be one text; it is {describe(answer)}.")
    try:
        silencing.judge(answer)
    except CourseError as problem:
        raise NotYet(str(problem)) from None


@exercise(
    "9.5",
    "Two windows",
    stars=3,
    minutes=15,
    hints=[
        "The budget is 1 − 0.998 = 0.002. A burn rate above 14.4 is an error ratio above 14.4 * "
        "0.002.",
        "Join the two windows with `and`: it keeps a series only when the other side has one with "
        "the same labels.",
        'One line of it: `job:flightdelay_errors:ratio_rate1h{job="flightdelay"} > 14.4 * 0.002`.',
        "`SlowBurn` is the same with `ratio_rate6h`, `ratio_rate30m` and `6 * 0.002`.",
    ],
    learned="The long window says that it matters, the short one that it still goes on.",
)
def burning(answer):
    burn_rules.judge(answer)


@exercise(
    "9.6",
    "Write the runbook",
    stars=3,
    minutes=12,
    hints=[
        "Write it for somebody at three in the morning: what do users see, what do I type, what do "
        "I do, when do I wake the next one?",
        "A good first query splits the symptom, so that it points somewhere: by `outcome`, by "
        "instance, by version.",
        '`sum by (outcome) (rate(flightdelay_requests_total{job="flightdelay"}[5m]))` is such a '
        "query. `escalate` should name a number of minutes, or a case, and a person or a role.",
    ],
    learned="Your query ran, and your four parts are there. Whether it helps, only a colleague "
    "who has not read this lesson can tell: give it to one.",
)
def runbook(answer):
    try:
        runbooks.judge(answer)
    except CourseError as problem:
        raise NotYet(str(problem)) from None
