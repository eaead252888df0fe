"""Judge a learner's rule file by what promtool makes of it on series that the learner never sees.

All cases of an exercise go into one run of promtool, which takes a fraction of a second.
"""

import re
from dataclasses import dataclass, field
from itertools import accumulate

import pandas as pd

from utils.errors import CourseError
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.prometheus import rules, yaml_mistakes

REQUESTS = "flightdelay_requests_total"


@dataclass(frozen=True)
class Ruled:
    """What a learner's rules did in all cases, and the rules themselves."""

    states: pd.DataFrame
    alerts: dict[str, dict] = field(default_factory=dict)

    def minutes(self, case: str, alert: str, state: str = "firing") -> list[int]:
        """Return at which minutes an alert was in a state, whatever its labels."""
        found = self._of(case, alert)
        return sorted(set(found[found["state"] == state]["minute"]))

    def labels(self, case: str, alert: str) -> list[str]:
        """Return the different label sets that an alert had."""
        return list(dict.fromkeys(self._of(case, alert)["labels"]))

    def _of(self, case: str, alert: str) -> pd.DataFrame:
        table = self.states
        return table[(table["case"] == case) & (table["alert"] == alert)]


def read(answer, name: str, wanted: list[str]) -> dict[str, dict]:
    """Return the alerts of a rule file by their names; ask for those that are wanted."""
    if isinstance(answer, dict):
        raise NotYet(f"`{name}` is a dictionary; it should be the text of a rule file.")
    if not isinstance(answer, str):
        raise NotYet(
            f"`{name}` should be the text of a rule file in triple quotes; it is "
            f"{describe(answer)}."
        )
    if not answer.strip():
        raise NotYet(f"`{name}` is an empty text. Begin with the line `groups:`.")
    try:
        alerts = _alerts(yaml_mistakes.read(answer, "the rules"))
        if not set(wanted) <= set(alerts):
            # A mistake in the file explains more than a name that is missing.
            rules.check(answer)
    except CourseError as refused:
        raise NotYet(str(refused)) from None
    for alert in wanted:
        if alert not in alerts:
            there = ", ".join(f"`{n}`" for n in alerts) or "none"
            hint = ""
            if alert.lower() in [str(n).lower() for n in alerts]:
                hint = " Capital letters count."
            raise NotYet(f"`{name}` has no alert `{alert}`; its alerts are: {there}.{hint}")
    return alerts


def _alerts(found) -> dict[str, dict]:
    groups = found.get("groups") if isinstance(found, dict) else None
    listed = [g.get("rules") for g in groups or [] if isinstance(g, dict)]
    every = [rule for part in listed if isinstance(part, list) for rule in part]
    return {rule["alert"]: rule for rule in every if isinstance(rule, dict) and "alert" in rule}


def run(
    answer: str,
    alerts: dict,
    cases: dict,
    minutes: int,
    interval: float = 1,
    every: int | None = None,
) -> Ruled:
    """Run the rules on all cases; return what they did."""
    try:
        return Ruled(rules.states(answer, cases, minutes, interval, every), alerts)
    except CourseError as problem:
        raise NotYet(str(problem)) from None


def severity(alerts: dict, name: str, wanted: str) -> None:
    """Ask that an alert has the label `severity` with a value."""
    labels = alerts[name].get("labels") or {}
    if labels.get("severity") == wanted:
        return
    notes = alerts[name].get("annotations") or {}
    if "severity" in notes:
        raise NotYet(
            f"`{name}` has `severity` among its annotations. Alertmanager decides by *labels*: "
            f"`labels: {{severity: {wanted}}}`."
        )
    has = f"`severity: {labels['severity']}`" if "severity" in labels else "no label `severity`"
    raise NotYet(f"`{name}` has {has}; it should have `severity: {wanted}`.")


def steady_labels(ruled: Ruled, case: str, alert: str) -> None:
    """Ask that an alert keeps its labels, or it begins anew with every value."""
    found = ruled.labels(case, alert)
    if len(found) < 5:
        return
    values = [set(re.findall(r'(\w+)="', one)) for one in found]
    raise NotYet(
        f"`{alert}` has other labels each time that it is evaluated: {{{found[0]}}}, then "
        f"{{{found[1]}}}. Labels say which alert it is, so each is a new one, and none is "
        "pending for long enough to fire. A value belongs into an annotation."
        if set.intersection(*values)
        else f"`{alert}` becomes many alerts at once; it should be one."
    )


def traffic(shares, per_minute: int = 100, outcome: str = "error", **labels: str) -> dict[str, str]:
    """Return the request counters of a service of which shares of the requests have an outcome.

    `shares` has a share for each sample, of so many requests a sample; the other requests are ok.
    """
    labels = {"job": "flightdelay", "instance": "desk:8000"} | labels
    bad = [round(share * per_minute) for share in shares]
    good = [per_minute - b for b in bad]
    counts = {"ok": good, "invalid": [0] * len(bad), "error": [0] * len(bad)} | {outcome: bad}
    return {
        series(REQUESTS, **labels, outcome=name): values(accumulate(steps))
        for name, steps in counts.items()
    }


def at_half_minutes(case: dict[str, str]) -> dict[str, str]:
    """Move samples of whole minutes by half a minute, to be read with an interval of 0.5.

    At whole minutes it would hang on Prometheus' version how many samples a window holds: one that
    lies exactly at its beginning counts in 2, and no longer in 3.
    """
    return {name: "_ " + text.replace(" ", " _ ") for name, text in case.items()}


def series(name: str, **labels: str) -> str:
    """Return a series in the notation of queries."""
    inside = ", ".join(f'{key}="{value}"' for key, value in labels.items())
    return f"{name}{{{inside}}}"


def values(numbers) -> str:
    """Return values in promtool's notation."""
    return " ".join(map(str, numbers))
