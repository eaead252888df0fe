"""Exercise 9.2: a promtool test for a given rule, tried on the rule and on broken ones."""

from dataclasses import dataclass
from typing import Any

from utils.errors import CourseError
from utils.exercises.judges import Check
from utils.exercises.judges.rule_files import a_rule_file
from utils.exercises.registry import exercise
from utils.exercises.verdicts import NotYet
from utils.prometheus import promtool

# The rule that the lesson shows.
GONE = """groups:
- name: flightdelay
  rules:
  - alert: ServiceGone
    expr: absent(up{job="flightdelay"} == 1)
    for: 3m
    labels: {severity: page, job: flightdelay}
"""

RIGHT = """
tests:
- interval: 1m
  input_series:
  - {series: 'up{job="flightdelay", instance="a"}', values: 1x4 0x9}
  - {series: 'up{job="flightdelay", instance="b"}', values: 1x4 0x9}
  - {series: 'up{job="staging", instance="c"}', values: 1x14}
  alert_rule_test:
  - {eval_time: 7m, alertname: ServiceGone, exp_alerts: []}
  - eval_time: 8m
    alertname: ServiceGone
    exp_alerts: [{exp_labels: {severity: page, job: flightdelay}}]
- interval: 1m
  input_series:
  - {series: 'up{job="flightdelay", instance="a"}', values: 1x4 stale}
  - {series: 'up{job="staging", instance="c"}', values: 1x14}
  alert_rule_test:
  - eval_time: 8m
    alertname: ServiceGone
    exp_alerts: [{exp_labels: {severity: page, job: flightdelay}}]
- interval: 1m
  input_series:
  - {series: 'up{job="flightdelay", instance="a"}', values: 1x14}
  - {series: 'up{job="flightdelay", instance="b"}', values: 1x4 0x9}
  - {series: 'up{job="staging", instance="c"}', values: 0x14}
  alert_rule_test:
  - {eval_time: 10m, alertname: ServiceGone, exp_alerts: []}
"""

_RIGHT_EXPRESSION = 'absent(up{job="flightdelay"} == 1)'


@dataclass(frozen=True)
class Broken:
    """A rule file with a fault, and the case that would show it."""

    rules: str
    says: str


def _with(expression: str, says: str) -> Broken:
    return Broken(GONE.replace(_RIGHT_EXPRESSION, f"'{expression}'"), says)


def _changed(old: str, new: str, says: str) -> Broken:
    assert old in GONE, old
    return Broken(GONE.replace(old, new), says)


# How each is broken, behind "a rule that". First those that nearly every test finds.
BROKEN = {
    "never fires": _with(
        'up{job="flightdelay"} > 1',
        "It needs a case in which the alert is expected: both instances down, for longer than "
        "three minutes.",
    ),
    "always fires": _with(
        "vector(1)", "It needs a moment at which nothing is expected, `exp_alerts: []`."
    ),
    "looks for instances that are down, `== 0` in place of `== 1`": _with(
        'absent(up{job="flightdelay"} == 0)',
        "It fires when all is well; expect nothing while an instance is up.",
    ),
    "has no `for`": _changed(
        "    for: 3m\n",
        "",
        "Expect nothing in the minutes in which the right one is only pending.",
    ),
    "has `for: 2m`": _changed(
        "3m", "2m", "Expect nothing up to the last minute before the three are over."
    ),
    "has `for: 4m`": _changed(
        "3m", "4m", "Expect the alert in the very minute in which the three are over."
    ),
    "does not know the case that `up` is there and 0": _with(
        'absent(up{job="flightdelay"})',
        "It is silent when Prometheus scrapes in vain: take a case in which `up` is 0.",
    ),
    "does not know the case that there is no `up`": _with(
        'sum by (job) (up{job="flightdelay"}) == 0',
        "It is silent when Prometheus knows of no instance: take a case in which there is no `up` "
        "of the job (`stale` ends a series).",
    ),
    "fires as soon as one of two instances is down": _with(
        'min by (job) (up{job="flightdelay"}) == 0 or absent(up{job="flightdelay"})',
        "Take a case with two instances of which one is down for longer than three minutes, and "
        "expect nothing.",
    ),
    "fires only when every job is gone": _with(
        "absent(up == 1)", "Let `staging` be up while `flightdelay` is gone."
    ),
    "watches `staging`": _with(
        'absent(up{job="staging"} == 1)',
        "Let `staging` be up while `flightdelay` is gone, and down while it is there.",
    ),
    "fires also when `staging` is gone": _with(
        'absent(up{job="flightdelay"} == 1) or absent(up{job="staging"} == 1)',
        "Take a case in which `staging` is down and `flightdelay` is up, and expect nothing.",
    ),
    "has no label `job`": _changed(
        ", job: flightdelay", "", "Say in `exp_labels` which labels the alert has."
    ),
    "is a ticket": _changed(
        "severity: page", "severity: ticket", "Say in `exp_labels` which labels the alert has."
    ),
}


@dataclass(eq=False)
class Tests(Check):
    """A test file: it must pass on the rule, and fail on each of the broken ones."""

    def read(self, answer: Any) -> str:
        """Ask for tests that promtool can read, and that the right rule passes."""
        text = a_rule_file(answer, self.name, "test", "tests:")
        try:
            passed, said = promtool.test_rules(GONE, text)
        except CourseError as problem:
            raise NotYet(str(problem)) from None
        found = promtool.read_tests(text)
        if not passed and "got:" in said:
            if any("interval" not in case for case in found["tests"] if isinstance(case, dict)):
                said += "\nA case has no `interval`: how far apart are its values?"
            raise NotYet(
                f"On `GONE` itself your tests fail, and `GONE` is right. promtool says:\n{said}\n"
                "`rules.timeline(GONE, series, minutes)` shows what it does minute by minute."
            )
        if not passed:
            raise NotYet(said)
        if not any(case.get("alert_rule_test") for case in found["tests"]):
            raise NotYet("There is no `alert_rule_test`: no alert is tested.")
        return text

    def observe(self, answer: str, name: str, case: Broken) -> bool:
        """Tell whether the tests pass on a broken rule; all are tried in one run."""
        tried = self._known.setdefault("tried", {})
        if answer not in tried:
            files = {}
            for number, broken in enumerate(BROKEN.values()):
                files[f"rules{number}.yml"] = broken.rules
                files[f"tests{number}.yml"] = promtool.about(answer, f"rules{number}.yml")
            done = promtool.run("test", files, [n for n in files if n.startswith("tests")])
            # One part for each test file; what fails is told elsewhere.
            parts = done.stdout.split("Unit Testing:")[1:]
            tried[answer] = ["SUCCESS" in part for part in parts]
        return tried[answer][list(BROKEN).index(name)]

    def accepts(self, got: bool, wanted: bool) -> bool:
        """A broken rule must not pass."""
        return not got

    def told(self, name: str, got: bool) -> str:
        """Say which broken rule passes."""
        return f"Your tests pass on `GONE`, and they also pass on a rule that {name}."


exercise(
    "9.2",
    "Prove it",
    stars=3,
    minutes=15,
    hints=[
        "Begin with a copy of `TEST`: other series, another `alertname`. The labels of the alert "
        "stand in the rule.",
        "The first case: two instances with `values: 1x4 0x9`, which are down from minute 5 on. "
        "`for: 3m` is over in minute 8, and in minute 7 nothing is expected: `exp_alerts: []`.",
        "Then a case for each way in which a rule may be wrong: the instances are forgotten "
        "(`values: 1x4 stale`), one of two is down, `staging` is down alone. Where `flightdelay` "
        "is gone, `staging` is up.",
        "An expected alert: `exp_alerts: [{exp_labels: {severity: page, job: flightdelay}}]`.",
    ],
    learned="A test is worth what it refuses. Breaking the rule on purpose shows what it is worth.",
    check=Tests(
        "proof",
        RIGHT,
        cases=BROKEN,
        otherwise=lambda name, *_: BROKEN[name].says,
    ),
)
