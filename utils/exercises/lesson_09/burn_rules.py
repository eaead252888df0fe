"""Judge the rule file of lesson 09 with two burn-rate alerts, each over two windows."""

import re
from functools import cache

import yaml

from utils.exercises.lesson_09.ruling import read, run, severity, traffic
from utils.exercises.verdicts import NotYet

ALERTS = ("FastBurn", "SlowBurn")
# Minutes of each case: two hours of quiet, and then the fault. Short, so that a check is quick; a
# window of 6 hours then looks back to the beginning.
LENGTH, BEGIN, EVERY = 410, 120, 10
SLOW_END = 320


def judge(answer) -> None:
    """Ask for a pair of windows in each of two alerts, and for the rates of the objective."""
    alerts = read(answer, "burning", ["FastBurn", "SlowBurn"])
    cases = _burn_cases()
    ruled = run(_with_ratios(answer), alerts, cases, minutes=LENGTH, interval=2, every=EVERY)
    fast, slow = ({case: ruled.minutes(case, name) for case in cases} for name in ALERTS)
    _judge_fast(fast, alerts["FastBurn"])
    _judge_slow(slow, alerts["SlowBurn"])
    if fast["staging"] or slow["staging"]:
        name = "FastBurn" if fast["staging"] else "SlowBurn"
        raise NotYet(
            f"`{name}` fires although only the job `staging` fails. Its series need "
            '`{job="flightdelay"}`.'
        )
    severity(alerts, "FastBurn", "page")
    severity(alerts, "SlowBurn", "ticket")


@cache
def _burn_cases():
    def between(first, last, share, after=0.0005, **labels):
        minutes = range(0, LENGTH + 2, 2)
        shares = [share if first < m <= last else after if m > last else 0.0005 for m in minutes]
        return traffic(shares, 2000, **labels)

    return {
        "fast": between(BEGIN, BEGIN + 60, 0.1),
        "slow": between(BEGIN, SLOW_END, 0.025),
        # Afterwards it is not well, and yet below what the alert is about.
        "fast, then mild": between(BEGIN, BEGIN + 60, 0.1, after=0.015),
        "slow, then mild": between(BEGIN, SLOW_END, 0.025, after=0.008),
        # Just before an evaluation, so that a window of five minutes sees it.
        "blip": between(BEGIN + EVERY - 4, BEGIN + EVERY - 2, 0.5),
        "short": between(BEGIN, BEGIN + 10, 0.1),
        "staging": between(0, 0, 0)
        | between(BEGIN, SLOW_END, 0.3, job="staging", instance="staging:8000"),
    }


def _with_ratios(answer: str) -> str:
    """Put the recording rules of the lesson before the learner's."""
    recorded = [
        {
            "record": f"job:flightdelay_errors:ratio_rate{window}",
            "expr": f'sum by (job) (rate(flightdelay_requests_total{{outcome="error"}}[{window}]))'
            f" / sum by (job) (rate(flightdelay_requests_total[{window}]))",
        }
        for window in ("5m", "30m", "1h", "6h")
    ]
    groups = yaml.safe_load(answer)["groups"]
    return yaml.safe_dump({"groups": [{"name": "given ratios", "rules": recorded}, *groups]})


def _judge_fast(fast: dict, rule: dict) -> None:
    if not fast["fast"]:
        raise NotYet(
            "`FastBurn` never fires, although one request in ten fails for an hour: a burn rate of "
            f"50. {_budget(rule, 14.4)}"
        )
    _silent_before("FastBurn", fast, rule, 14.4)
    if fast["slow"]:
        raise NotYet(
            "`FastBurn` fires when 2.5 % of the requests fail, a burn rate of 12.5; it should from "
            f"14.4 on. {_budget(rule, 14.4)}"
        )
    if fast["blip"]:
        raise NotYet(
            "`FastBurn` fires for a blip of two minutes. The last 5 minutes are bad then, the last "
            "hour is not: is the window of 1 hour there, and joined by `and`?"
        )
    after = fast["fast"][-1] - (BEGIN + 60)
    if after > 10:
        raise NotYet(
            "One request in ten fails for an hour, and then all is well. `FastBurn` rings on for "
            f"{after} minutes. The last hour is bad for as long; the last 5 minutes are not: is "
            "the short window there, and joined by `and`?"
        )
    after = fast["fast, then mild"][-1] - (BEGIN + 60)
    if after > 10:
        raise NotYet(
            "One request in ten fails for an hour, and then 1.5 %, a burn rate of 7.5. `FastBurn` "
            f"rings on for {after} minutes: are *both* windows compared with 14.4 times the budget?"
        )
    _waited("FastBurn", "one request in ten fails", fast["fast"][0], 10, 20)


def _judge_slow(slow: dict, rule: dict) -> None:
    if not slow["slow"]:
        raise NotYet(
            "`SlowBurn` never fires, although 2.5 % of the requests fail for hours: a burn rate of "
            f"12.5. {_budget(rule, 6)}"
        )
    _silent_before("SlowBurn", slow, rule, 6)
    for case, what in (("blip", "a blip of two minutes"), ("short", "ten bad minutes (10 %)")):
        if slow[case]:
            raise NotYet(
                f"`SlowBurn` fires for {what}. Over 30 minutes that is much, over 6 hours it is "
                "not: is the window of 6 hours there, and joined by `and`?"
            )
    after = slow["slow"][-1] - SLOW_END
    if after > 30:
        raise NotYet(
            f"2.5 % fail for hours, and then all is well. `SlowBurn` rings on for {after} minutes. "
            "The last 6 hours are bad for long; the last 30 minutes are not: is the short window "
            "there, and joined by `and`?"
        )
    if not 10 <= after <= 20:
        raise NotYet(
            f"2.5 % fail for hours, and then all is well. `SlowBurn` rings on for {after} minutes; "
            "with a window of 30 minutes it is 10 to 20. Which is your short window?"
        )
    after = slow["slow, then mild"][-1] - SLOW_END
    if after > 30:
        raise NotYet(
            "2.5 % fail for hours, and then 0.8 %, a burn rate of 4. `SlowBurn` rings on for "
            f"{after} minutes: are *both* windows compared with 6 times the budget?"
        )
    _waited("SlowBurn", "2.5 % of the requests fail", slow["slow"][0], 100, 120)


def _silent_before(name: str, fired: dict, rule: dict, rate: float) -> None:
    expression = str(rule.get("expr"))
    if fired["blip"] and fired["blip"][0] <= BEGIN:
        turned = "Is the comparison the right way round?"
        raise NotYet(
            f"`{name}` fires although one request in 2,000 fails, a quarter of what is allowed. "
            f"{turned if '<' in expression else _budget(rule, rate)}"
        )


def _waited(name: str, what: str, first: int, low: int, high: int) -> None:
    waited = first - BEGIN
    if not low <= waited <= high:
        raise NotYet(
            f"When {what}, `{name}` fires after {waited} minutes. That is too "
            f"{'early' if waited < low else 'late'}: is a `for` there, another window, or another "
            "rate?"
        )


def _budget(rule: dict, rate: float) -> str:
    expression = str(rule.get("expr", ""))
    if re.search(r"0?\.99\d*", expression) and "1 -" not in expression.replace("1-", "1 -"):
        return "You multiplied by the objective; the budget is what it leaves, 1 − 0.998."
    return (
        f"The threshold on the ratio is {rate:g} times the budget, and the budget is what 99.8 % "
        "leaves, as a ratio."
    )
