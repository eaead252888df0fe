"""Exercise 9.5: three burn-rate alerts, each over two windows, a rule file."""

from utils.exercises.judges import Slip
from utils.exercises.judges.rule_files import RuleFile, Series
from utils.exercises.lesson_09.burn_sides import why_silent
from utils.exercises.lesson_09.request_series import counters
from utils.exercises.registry import exercise

BUDGET = 0.002
# Of each alert: its rate, its long and its short window, and its severity.
PAIRS = {
    "FastBurn": (14.4, "1h", "5m", "page"),
    "SlowBurn": (6, "6h", "30m", "page"),
    "Leak": (1, "3d", "6h", "ticket"),
}

# The recording rules that the lesson shows, and that are loaded beside the learner's.
RATIOS = "groups:\n- name: ratios\n  rules:" + "".join(
    f"""
  - record: job:flightdelay_errors:ratio_rate{window}
    expr: |
      sum by (job) (rate(flightdelay_requests_total{{outcome="error"}}[{window}]))
      / sum by (job) (rate(flightdelay_requests_total[{window}]))"""
    for window in ("5m", "30m", "1h", "6h", "3d")
)


def _above(window, rate, budget=BUDGET):
    return f'job:flightdelay_errors:ratio_rate{window}{{job="flightdelay"}} > {rate} * {budget}'


def _rules(**expressions):
    """Return a rule file; `expressions` has that of an alert where it is not the right one."""
    text = "groups:\n- name: slo\n  rules:"
    for alert, (rate, long, short, severity) in PAIRS.items():
        right = f"{_above(long, rate)} and {_above(short, rate)}"
        text += f"""
  - alert: {alert}
    expr: {expressions.get(alert, right)}
    labels: {{severity: {severity}}}"""
    return text


# Minutes of a case in which nothing changes, and steps of many requests before there are few.
SHORT, MANY = 8, 8
WIDE = "is that window there, joined by `and`, and compared with the same threshold?"


def _cases():
    def steady(errors, requests=1000, **labels):
        return counters([(SHORT, requests, errors)], **labels)

    quiet, failing = steady(1, 2500), steady(100)
    staging = {"job": "staging", "instance": "staging:8000"}
    canary = {"job": "flightdelay-canary", "instance": "canary:8000"}
    second = {"instance": "desk:8001"}
    cases = {
        "one request in ten fails, a burn rate of 50": Series(
            failing, SHORT, silent=lambda rule: why_silent(rule, failing, RATIOS), times=_times
        ),
        "one request in 2,500 fails, a fifth of what is allowed": Series(
            quiet, SHORT, fires=_turned
        ),
        "only the job `staging` fails": Series(
            quiet | steady(300, **staging), SHORT, fires='Its series need `{job="flightdelay"}`.'
        ),
        "only the job `flightdelay-canary` fails": Series(
            quiet | steady(300, **canary), SHORT, fires='Name the one job, `job="flightdelay"`.'
        ),
        "one request in ten fails, and none of the many of other jobs": Series(
            failing | steady(0, 100_000, **staging) | steady(0, 100_000, **canary),
            SHORT,
            silent='Every selector needs `job="flightdelay"`, below the line, too.',
        ),
        # A threshold far off is told as one, before what else may move a ratio.
        **{
            f"{70 * rate * BUDGET:.3g} % fail all along, a burn rate of {0.7 * rate:.3g}": Series(
                steady(round(0.7 * rate * BUDGET * 250_000), 250_000), SHORT, fires=_from(rate)
            )
            for rate, *_ in PAIRS.values()
        },
        "three requests in ten are invalid, and none is an error": Series(
            counters([(SHORT, 1000, 0, 300)]),
            SHORT,
            fires='Only `outcome="error"` takes from the budget.',
        ),
        "2.5 % fail, a burn rate of 12.5, and three requests in ten are invalid": Series(
            counters([(SHORT, 1000, 25, 300)]),
            SHORT,
            fires="Below the line stand all requests, whatever their outcome.",
        ),
        "a small instance fails often, and of all requests 2.5 %, a burn rate of 12.5": Series(
            steady(5, 950) | steady(20, 50, **second),
            SHORT,
            fires="Does it judge each instance by itself? Take the sum over all.",
        ),
        "at two instances alike, 4 % of the requests fail": Series(
            steady(40) | steady(40, **second), SHORT, silent="Take the *sum* over all instances."
        ),
    }
    for alert, (rate, *_) in PAIRS.items():
        for part in (0.992, 1.008):
            share = part * rate * BUDGET
            many = round(share * 250_000)
            said = _from(rate)
            name = f"{100 * share:.3g} % fail all the time, a burn rate of {part * rate:.4g}"
            cases[name] = Series(steady(many, 250_000), SHORT, fires=said, silent=said)
        edge = (
            f"{100 * rate * BUDGET:.3g} % fail all the time, a burn rate of {rate:g} and not more"
        )
        cases[edge] = Series(
            steady(round(rate * BUDGET * 62_500), 62_500),
            SHORT,
            fires="*Above* it is asked for: `>` leaves the value itself out.",
            times="*Above* it is asked for: `>` leaves the value itself out.",
            on_the_edge=True,
        )
        cases |= _one_window_decides(alert)
    return cases


def _from(rate):
    return (
        f"It should from {rate:g} on, which is a ratio of {rate:g} times the budget; the budget is "
        "what 99.8 % leaves, as a ratio."
    )


def _one_window_decides(alert):
    """Return cases in which one window is far above the threshold and the other about there."""
    rate, long, short, _ = PAIRS[alert]
    # Of a burst, of what follows it, and of few requests after many: minutes, or hours.
    step, burst, after, few = {
        "FastBurn": (1, 5, 8, 8),
        "SlowBurn": (1, 5, 34, 34),
        "Leak": (60, 4, 8, 8),
    }[alert]
    unit, threshold = {1: "minutes", 60: "hours"}[step], rate * BUDGET
    words = {"5m": "5 minutes", "30m": "30 minutes", "1h": "hour", "6h": "6 hours", "3d": "3 days"}
    cases = {}
    for part in (0.992, 1.008):
        share = part * threshold
        name = f"half the requests fail for {burst} {unit}, and then {100 * share:.3g} %"
        cases[name] = _case(
            [(burst, 250_000, 125_000), (after, 250_000, round(share * 250_000))],
            step,
            f"Over the last {words[long]} the share is high for long, over the last {words[short]} "
            "it is not: is the short window there, joined by `and`? Are *both* windows compared "
            f"with {rate:g} times the budget? Which is your short window?",
        )
    # The first sample counts as the beginning, so one step of the many is not in it.
    errors = (threshold * ((MANY - 1) * 250_000 + few * 100) - few * 50) / (MANY - 1)
    for part in (0.992, 1.008):
        name = (
            f"few requests come for {few} {unit} and half of them fail, a burn rate of "
            f"{part * rate:.3g} over all the time"
        )
        cases[name] = _case(
            [(MANY, 250_000, round(part * errors)), (few, 100, 50)],
            step,
            f"Over the last {words[short]} that is much, over the last {words[long]} it is not: is "
            f"the long window there, joined by `and`? Are *both* windows compared with {rate:g} "
            "times the budget?",
        )
    # Of other jobs and invalid ones, only one of the windows is full.
    low, others = (
        round(0.7 * threshold * 10_000),
        "4 in 10 are invalid, and half of `staging` fails",
    )
    for name, parts in {
        f"half the requests fail for {burst} {unit}, and then {low / 100:.2g} %; {others}": [
            (burst, 10_000, 5000),
            (after, 10_000, low, 4000),
        ],
        f"few requests come for {few} {unit} and half of them fail; before, {others}": [
            (MANY, 10_000, low, 4000),
            (few, 10, 5),
        ],
    }.items():
        minutes = step * sum(part[0] for part in parts)
        staging = counters([(minutes // step, 10_000, 5000)], job="staging", instance="staging:1")
        said = (
            "Errors of `flightdelay` by all of its requests, and that over both windows: does "
            "anything else count in one of them?"
        )
        cases[name] = _case(parts, step, said, staging)
    # Many good requests leave the long window at its edge.
    step, long_steps = {"FastBurn": (1, 60), "SlowBurn": (10, 36), "Leak": (60, 72)}[alert]
    cases[f"all is well for {3 * step} minutes, and then one in ten of few requests fails"] = _case(
        [(3, 100_000, 0), (long_steps + 3, 10, 1)],
        step,
        f"When it begins depends on the long window: is yours the last {words[long]}?",
    )
    return cases


def _case(parts, step, said, others=None):
    """Return a case of parts; a step is so many minutes, and rules are evaluated at each."""

    def look_at(rule):
        return _times(rule) if {"for", "keep_firing_for"} & set(rule) else said

    minutes = step * sum(part[0] for part in parts)
    return Series(
        counters(parts) | (others or {}),
        minutes,
        look_at,
        look_at,
        look_at,
        interval=step / 2,
        every=step,
    )


def _turned(rule):
    if "<" in str(rule.get("expr")):
        return "Is the comparison the right way round?"
    return (
        "The threshold on the ratio is the rate times the budget, and the budget is what 99.8 % "
        "leaves, as a ratio. Is each side of the `and` compared with it?"
    )


def _times(rule):
    for key in ("for", "keep_firing_for"):
        if key in rule:
            return f"`{key}` is `{rule[key]}`; leave it out: the two windows do its work."
    return "Which windows are yours?"


SLIPS = [
    Slip(
        "You multiplied by the objective; the budget is what it leaves, 1 − 0.998.",
        _rules(
            **{
                alert: f"{_above(long, rate, 0.998)} and {_above(short, rate, 0.998)}"
                for alert, (rate, long, short, _) in PAIRS.items()
            }
        ),
    ),
    Slip(
        "The last 5 minutes are bad then, the last hour is not: is the window of 1 hour there, and "
        "joined by `and`?",
        _rules(FastBurn=_above("5m", 14.4)),
    ),
    Slip(
        "The last hour is bad for long; the last 5 minutes are not: is the short window there, and "
        "joined by `and`?",
        _rules(FastBurn=_above("1h", 14.4)),
    ),
    Slip(
        "One of the two windows is enough for it: `or` where `and` should stand.",
        _rules(
            **{
                alert: f"{_above(long, rate)} or {_above(short, rate)}"
                for alert, (rate, long, short, _) in PAIRS.items()
            }
        ),
    ),
    Slip(
        "Over 30 minutes that is much, over 6 hours it is not: is the window of 6 hours there, and "
        "joined by `and`?",
        _rules(SlowBurn=_above("30m", 6)),
    ),
    Slip(
        "The last 6 hours are bad for long; the last 30 minutes are not: is the short window "
        "there, and joined by `and`?",
        _rules(SlowBurn=_above("6h", 6)),
    ),
]

exercise(
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
        "`SlowBurn` is the same with `ratio_rate6h`, `ratio_rate30m` and `6 * 0.002`, and `Leak` "
        "with `ratio_rate3d`, `ratio_rate6h` and `0.002`.",
    ],
    learned="The long window says that it matters, the short one that it still goes on.",
    check=RuleFile(
        "burning",
        _rules(),
        cases=_cases,
        slips=SLIPS,
        given=RATIOS,
        alerts={alert: {"severity": pair[-1]} for alert, pair in PAIRS.items()},
    ),
)
