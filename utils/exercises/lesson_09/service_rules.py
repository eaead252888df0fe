"""Judge two rule files of lesson 09: one for requests that fail, one for a service that is gone."""

import re
from functools import cache

from utils.exercises.lesson_09.ruling import (
    Ruled,
    at_half_minutes,
    read,
    run,
    series,
    severity,
    steady_labels,
    traffic,
    values,
)
from utils.exercises.verdicts import NotYet

BARELY = "11 requests in 200 fail, which is 5.5 %"
LASTING = "one request in ten fails from minute 20 to 50"
DOWN, VANISHED = "both instances go down in minute 10", "both instances vanish in minute 10"


def judge_errors(answer) -> None:
    """Ask for an alert on more than 5 % of errors for ten minutes, and for nothing else."""
    alerts = read(answer, "too_many", ["TooManyErrors"])
    ruled = run(answer, alerts, _error_cases(), minutes=58, interval=0.5, every=1)
    rule = alerts["TooManyErrors"]

    def fired(case):
        return ruled.minutes(case, "TooManyErrors")

    _errors_never(ruled, rule, "TooManyErrors")
    steady_labels(ruled, LASTING, "TooManyErrors")
    for case, why in {
        "no request fails": (
            "Is there a comparison with the threshold, and is it the right way round? `> 0.05` "
            "keeps what is above."
        ),
        "5,000 errors of last month, none since": (
            "Is it the raw counter? It only ever grows. `rate(...[5m])` says what is new."
        ),
        "one request in 2,500 fails": (
            "Does it divide without `sum`? Then each series is divided by that with the same "
            "labels, errors by errors, which is 1."
        ),
        "one request in 100 fails": (
            "Is the ratio multiplied by 100, and the threshold not? 5 % is 0.05 as a ratio."
        ),
        "one request in 25 fails, which is 4 %": (
            "The threshold is 5 %, as a ratio 0.05: errors divided by all requests."
        ),
        "half the requests of job `staging` fail, and none of `flightdelay`": (
            'Every selector needs `job="flightdelay"`.'
        ),
        "three requests in ten are invalid, and none is an error": (
            'Only `outcome="error"` counts; invalid ones are the client\'s mistake.'
        ),
        "one request in 25 fails, and three in ten are invalid": (
            "Below the line stand all requests, whatever their outcome."
        ),
        "one small instance fails often, and of all requests 4 % fail": (
            "It judges each instance by itself. Take the sum over all of them, above and below the "
            "line."
        ),
        "three requests in ten fail for four minutes": _missing_for(rule, "10m"),
    }.items():
        if fired(case):
            raise NotYet(f"`TooManyErrors` fires although {case}. {why}")
    if not fired(BARELY):
        raise NotYet(f"`TooManyErrors` is silent although {BARELY}. The threshold is 5 %.")
    first, last = fired(LASTING)[0], fired(LASTING)[-1]
    _in_time(first, last, rule)
    if sustained := set(range(36, 50)) - set(fired("one request in ten fails, and a restart")):
        raise NotYet(
            "While one request in ten fails, the service is restarted in minute 40, and its "
            f"counters begin at 0. Your alert is silent in minute {min(sustained)}. `rate` knows "
            "restarts; a difference (`delta`, `offset`) does not."
        )
    severity(alerts, "TooManyErrors", "page")
    if not (rule.get("annotations") or {}).get("summary"):
        raise NotYet("`TooManyErrors` has no annotation `summary`: what should the page say?")


def judge_gone(answer) -> None:
    """Ask for an alert when no instance is up: neither one that is 1, nor any at all."""
    alerts = read(answer, "gone", ["ServiceGone"])
    ruled, rule = run(answer, alerts, _gone_cases(), minutes=30), alerts["ServiceGone"]

    def fired(case):
        return ruled.minutes(case, "ServiceGone")

    if fired("all is well"):
        raise NotYet("`ServiceGone` fires although all instances are up.")
    if not fired(DOWN) and not fired(VANISHED):
        what = "job `flightdelay` is gone, and `staging` is up"
        if ruled.minutes(DOWN, "ServiceGone", "pending"):
            raise NotYet(
                f"`ServiceGone` is pending and does not fire when {DOWN}, for ten minutes. "
                f"{_missing_for(rule, '3m')}"
            )
        raise NotYet(
            f"`ServiceGone` is silent although {what}. Does `up` have the selector "
            '`{job="flightdelay"}`?'
            if "job" not in str(rule.get("expr"))
            else f"`ServiceGone` never fires, although {what}. A sum or a count of nothing is "
            "nothing, and so is a comparison with it."
        )
    if not fired(VANISHED):
        raise NotYet(
            f"`ServiceGone` is silent when {VANISHED}. There is no `up` then, and a comparison of "
            "nothing is nothing. `absent(...)` is there for that."
        )
    if not fired(DOWN):
        raise NotYet(
            f"`ServiceGone` is silent when {DOWN}. Prometheus then writes `up` as 0: it is there, "
            "and so not absent. What is absent is an `up` that is 1."
        )
    for case, why in {
        "one of two instances is down": (
            "It looks at each instance by itself; asked for is that none is up."
        ),
        "only `staging` is down": 'Only `job="flightdelay"` counts.',
        "it was down for one minute, in a restart": _missing_for(rule, "3m"),
    }.items():
        if fired(case):
            raise NotYet(f"`ServiceGone` fires although {case}. {why}")
    for case in (DOWN, VANISHED):
        first, last = fired(case)[0], fired(case)[-1]
        slack = 6 if case == VANISHED else 1
        if not 13 <= first <= 13 + slack:
            raise NotYet(
                f"When {case}, `ServiceGone` fires from minute {first} on. "
                f"{_missing_for(rule, '3m')}"
            )
        if last > 21 + slack:
            raise NotYet(
                f"{case.capitalize()} and are back in minute 20. It still fires at {last}."
            )
    severity(alerts, "ServiceGone", "page")
    for case in (DOWN, VANISHED):
        for labels in ruled.labels(case, "ServiceGone"):
            if 'job="flightdelay"' not in labels:
                raise NotYet(
                    f"When {case}, `ServiceGone` has the labels {{{labels}}}, and no "
                    '`job="flightdelay"`. `absent` of a comparison and a sum have no labels; the '
                    "rule can give them: `labels: {severity: page, job: flightdelay}`."
                )


@cache
def _error_cases():
    def constant(share):
        return [share] * 63

    def between(first, last, share, otherwise=0.0):
        return [share if first < minute <= last else otherwise for minute in range(63)]

    # Shares that move a little, so that a value put into a label moves, too.
    moving = [0.08 + 0.01 * (3 * m % 7) if 20 < m <= 50 else 0.0 for m in range(63)]
    big = traffic(constant(0.02), 95)
    small = traffic(constant(0.4), 5, instance="desk:8001")
    restarted = traffic(between(20, 60, 0.1))
    cases = {
        "every request fails": traffic(constant(1)),
        BARELY: traffic(constant(0.055), 200),
        LASTING: traffic(moving),
        "5,000 errors of last month, none since": traffic(constant(0))
        | {name: values([5000] * 63) for name in traffic([0]) if "error" in name},
        "no request fails": traffic(constant(0)),
        "one request in 2,500 fails": traffic(constant(0.0004), 2500),
        "one request in 100 fails": traffic(constant(0.01)),
        "one request in 25 fails, which is 4 %": traffic(constant(0.04)),
        "half the requests of job `staging` fail, and none of `flightdelay`": traffic(constant(0))
        | traffic(constant(0.5), 1000, job="staging", instance="staging:8000"),
        "three requests in ten are invalid, and none is an error": traffic(
            constant(0.3), outcome="invalid"
        ),
        "one request in 25 fails, and three in ten are invalid": {
            name: text
            for share, outcome in ((0.3, "invalid"), (0.04, "error"), (0.66, "ok"))
            for name, text in traffic(constant(share), outcome=outcome).items()
            if f'"{outcome}"' in name
        },
        "one small instance fails often, and of all requests 4 % fail": big | small,
        "three requests in ten fail for four minutes": traffic(between(20, 24, 0.3)),
        "one request in ten fails, and a restart": {
            name: _restarted(text, 40) for name, text in restarted.items()
        },
    }
    return {name: at_half_minutes(case) for name, case in cases.items()}


def _restarted(text: str, minute: int) -> str:
    counts = [int(number) for number in text.split()]
    return values([*counts[:minute], *(n - counts[minute] for n in counts[minute:])])


def _errors_never(ruled: Ruled, rule: dict, alert: str) -> None:
    """Say why an alert never fires, not even when every request fails."""
    if ruled.minutes(LASTING, alert):
        return
    if not ruled.minutes("every request fails", alert) and not ruled.labels(LASTING, alert):
        if ruled.labels("every request fails", alert):
            steady_labels(ruled, "every request fails", alert)
        raise NotYet(f"`{alert}` does not fire, not even when every request fails. {_never(rule)}")
    steady_labels(ruled, LASTING, alert)
    pending = ruled.minutes(LASTING, alert, "pending")
    if pending:
        raise NotYet(
            f"`{alert}` is pending from minute {pending[0]} on and never fires, when {LASTING}. "
            f"`for` is `{rule.get('for', '0s')}`; it should be 10m."
        )
    raise NotYet(
        f"`{alert}` does not fire when {LASTING}; that is 10 %, and more than 5 % is asked for. "
        f"{_never(rule)}"
    )


def _never(rule: dict) -> str:
    expression = " ".join(str(rule.get("expr", "")).split())
    number = re.search(r">=?\s*([\d.]+)\s*$", expression)
    if number and float(number[1]) >= 1 and "100" not in expression:
        return f"A ratio is never above {number[1]}: 5 % is 0.05."
    if re.search(r"\[(1m|60s|[1-5]?\ds)\]", expression):
        return (
            "The window holds one sample, since there is one a minute; a rate needs two. The "
            "window should be `[5m]`."
        )
    if re.search(r"<=?\s*[\d.]+\s*$", expression):
        return "The comparison is the wrong way round: `>` fires above the threshold."
    return (
        "Perhaps the expression is empty: a name or a label misspelt, or two sides of a division "
        "whose labels do not fit. Try it on the time machine: `machine.query(..., "
        'at="2013-05-17 17:40")`.'
    )


def _missing_for(rule: dict, wanted: str) -> str:
    if _is(rule, wanted):
        return "Does the window reach back further than asked for?"
    if "for" not in rule:
        return f"`for` is missing: it rings for every blip. It should be {wanted}."
    return f"`for` is `{rule['for']}`; it should be {wanted}."


def _is(rule: dict, wanted: str) -> bool:
    return str(rule.get("for")) in (wanted, f"{60 * int(wanted[:-1])}s")


def _in_time(first: int, last: int, rule: dict) -> None:
    # A minute later, where the alert reads a record of a group that comes after it.
    if (first, last) in ((34, 52), (35, 53)):
        return
    said = f"When {LASTING}, `TooManyErrors` fires from minute {first} to {last}."
    others = sorted(set(re.findall(r"\[(\w+)\]", str(rule.get("expr")))) - {"5m"})
    if others:
        raise NotYet(f"{said} The window should be 5 minutes, and is {', '.join(others)}.")
    if not _is(rule, "10m"):
        raise NotYet(f"{said} {_missing_for(rule, '10m')}")
    raise NotYet(f"{said} Is the window 5 minutes everywhere, and `for` 10?")


@cache
def _gone_cases():
    def case(first="1x30", second="1x30", staging="1x30"):
        return {
            series("up", job="flightdelay", instance="desk:8000"): first,
            series("up", job="flightdelay", instance="desk:8001"): second,
            series("up", job="staging", instance="staging:8000"): staging,
        }

    down, vanished = "1x9 0x9 1x10", "1x9 stale _x9 1x9"
    return {
        "all is well": case(),
        DOWN: case(down, down),
        VANISHED: case(vanished, vanished),
        "one of two instances is down": case(second="1x9 0x20"),
        "only `staging` is down": case(staging="1x9 0x20"),
        "it was down for one minute, in a restart": case("1x9 0 1x19", "1x9 0 1x19"),
    }
