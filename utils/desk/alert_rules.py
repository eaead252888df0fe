"""The alerting rules of the desk. Each limit lies beyond what calm days ever showed.

ALERT_LIMITS is the table of them, for what the drift job measures; RULES is the text of the rules,
and `bracketed` makes of it what Prometheus gets. The calm days are those of weeks 18 to 20 and 43
to 46, looked at every six hours; the most that was found there stands beside each limit, and tests
hold it.
"""

import json
from collections.abc import Iterable
from typing import NamedTuple

import yaml

from utils.desk.measuring import JUDGED


class Limit(NamedTuple):
    """An alert fires when a metric of the drift job is above `above`, or below `below`."""

    alert: str
    metric: str
    columns: tuple[str, ...] = ()  # or, of requests, the outcomes
    above: float = float("inf")
    below: float = float("-inf")
    seen: float = 0.0  # on calm days
    absolute: bool = False

    def expression(self) -> str:
        """Return it in PromQL."""
        label = "outcome" if self.metric == "drift_requests_share" else "column"
        labels = f'{{{label}=~"{"|".join(self.columns)}"}}' if self.columns else ""
        value = f"{self.metric}{labels}"
        value = f"abs({value})" if self.absolute else value
        if self.below > float("-inf"):
            return f"{value} < {self.below:g}"
        return f"{value} > {self.above:g}"

    def broken_by(self, metric: str, labels: dict[str, str], value: float) -> bool:
        """Tell whether a measured value is beyond the limit."""
        about = labels.get("column", labels.get("outcome"))
        if metric != self.metric or (self.columns and about not in self.columns):
            return False
        size = abs(value) if self.absolute else value
        return size > self.above or size < self.below


# Pressure is missing whenever it rains, in up to 83 % of the flights.
_SELDOM_MISSING = ("hour", "distance", "temp", "humid", "wind_speed", "precip", "visib")

ALERT_LIMITS = [
    Limit("NoFlights", "drift_newest_flight_age_hours", above=9, seen=5.4),
    Limit("MissingValues", "drift_missing_share", _SELDOM_MISSING, above=0.2, seen=0.127),
    Limit("UnseenValues", "drift_unseen_share", above=0.005, seen=0.0013),
    Limit("ImpossibleValues", "drift_outside_share", above=0.01, seen=0.0),
    Limit("WeatherDisagrees", "drift_disagreement_share", above=0.02, seen=0.0),
    Limit("WeatherStuck", "drift_stuck_hours", above=4, seen=3),
    Limit("StationApart", "drift_station_difference", ("temp",), 6, seen=3.0, absolute=True),
    Limit("StationApart", "drift_station_difference", ("humid",), 25, seen=18.7, absolute=True),
    Limit(
        "StationApart", "drift_station_difference", ("wind_speed",), 6.6, seen=5.2, absolute=True
    ),
    Limit("WeatherJumped", "drift_week_difference", ("temp",), 20, seen=15.0, absolute=True),
    Limit("WeatherJumped", "drift_week_difference", ("humid",), 55, seen=43.4, absolute=True),
    Limit("TimetableDrift", "drift_score", ("distance",), above=0.11, seen=0.073),
    Limit("TimetableDrift", "drift_score", ("hour",), above=0.17, seen=0.128),
    Limit("TimetableDrift", "drift_score", ("carrier",), above=0.075, seen=0.05),
    Limit("TimetableDrift", "drift_score", ("origin",), above=0.06, seen=0.029),
    Limit("OutcomesDrift", "drift_calibration_gap", above=0.25, seen=0.167, absolute=True),
    Limit("OutcomesDrift", "drift_roc_auc", below=0.33, seen=0.398),
    # On a busy machine many calls are slow, and yet some are quick; of a slow model none is.
    Limit("SlowModel", "drift_quick_calls_share", below=0.02, seen=1.0),
    Limit("FailingAnswers", "drift_requests_share", ("error",), above=0.05, seen=0.0),
    Limit("RefusedRequests", "drift_requests_share", ("invalid",), above=0.05, seen=0.0),
]

# What a page says, and what it tells to do first.
_TEXTS = {
    "NoFlights": (
        "No flight has been predicted for {{ $value | humanize }} replayed hours.",
        "Is the service up? Does the booking system send anything?",
    ),
    "MissingValues": (
        "{{ $labels.column }} of {{ $labels.origin }}: {{ $value | humanizePercentage }} missing.",
        "One airport or all? One column or all?",
    ),
    "UnseenValues": (
        "{{ $labels.column }}: {{ $value | humanizePercentage }} are values never seen before.",
        "Which values? A typing error, or something new in the world?",
    ),
    "ImpossibleValues": (
        "{{ $labels.column }}: {{ $value | humanizePercentage }} of the values cannot be.",
        "What would make them possible: another unit?",
    ),
    "WeatherDisagrees": (
        "{{ $labels.column }} differs between flights of the same airport and hour.",
        "Look at the flights of one airport and one hour: which values are the odd ones?",
    ),
    "WeatherStuck": (
        "The weather of {{ $labels.origin }} has stayed the same for {{ $value }} hours.",
        "Does the station send at all? Which columns stay?",
    ),
    "StationApart": (
        "{{ $labels.column }} of {{ $labels.origin }} has moved away from the other airports.",
        "Draw the three airports hour by hour. Since when, and by how much?",
    ),
    "WeatherJumped": (
        "{{ $labels.column }} is far from what it was in the week before.",
        "Weather changes within hours, units within minutes: draw it.",
    ),
    "TimetableDrift": (
        "{{ $labels.column }} is not what it is on such weekdays.",
        "Which flights changed? Is it a fault of the data, or are other flights flown?",
    ),
    "OutcomesDrift": (
        "The flights of a day ago ended otherwise than predicted.",
        "Are the inputs as before? Which flights are it, at which hours?",
    ),
    "SlowModel": (
        "No call of the model takes less than half a second any more.",
        "Is it the model, or all of the service? Since which release?",
    ),
    "FailingAnswers": (
        "The service fails to answer {{ $value | humanizePercentage }} of the requests.",
        "Read the service's log. Since which release?",
    ),
    "RefusedRequests": (
        "The service refuses {{ $value | humanizePercentage }} of the requests.",
        "Which client sends them, and since when? The answer (422) names the field.",
    ),
    "DriftJobFails": (
        "The drift job has measured nothing for {{ $value | humanize }} replayed hours.",
        "drift_runs_total says how its runs end: empty, locked or failed.",
    ),
}

# A batch job that does not run says nothing, so a rule asks for its last success, by the replayed
# clock: one run may fail, two may not. The hours are those of a job that runs every six.
_SILENT = (
    "(max(drift_run_clock_seconds) - max(drift_last_success_clock_seconds)) / 3600 > 11"
    " or (max(replay_clock_seconds) - max(drift_run_clock_seconds)) / 3600 > 11"
)


def beyond(values: Iterable[tuple[str, dict[str, str], float]]) -> set[tuple[str, str, str]]:
    """Return which alerts measured values would raise, as (alert, column, origin)."""
    return {
        (limit.alert, labels.get("column", ""), labels.get("origin", ""))
        for metric, labels, value in values
        for limit in ALERT_LIMITS
        if limit.broken_by(metric, labels, value)
    }


def bracketed(rules: str) -> str:
    """Return rules (YAML) whose groups say, at their end, up to which run they have judged.

    The first rule of a group notes the run that it sees, the last one repeats the note: when that
    is there, all rules between have seen the run, too. The replayed clock waits for it.
    """
    groups = (yaml.safe_load(rules) or {}).get("groups") or [{"name": "no rules", "rules": []}]
    for group in groups:
        name, seen = group["name"], "desk:seen:clock_seconds"
        labels = {"group_name": name}
        first = {"record": seen, "expr": "max(drift_run_clock_seconds)", "labels": labels}
        repeated = f"{seen}{{group_name={json.dumps(name)}}}"
        last = {"record": JUDGED, "expr": repeated}
        group["rules"] = [first, *(group.get("rules") or []), last]
    # JSON is YAML, too.
    return json.dumps({"groups": groups}, indent=1)


def _rules() -> str:
    expressions: dict[str, list[str]] = {}
    for limit in ALERT_LIMITS:
        expressions.setdefault(limit.alert, []).append(limit.expression())
    rules = [_rule(name, " or ".join(those)) for name, those in expressions.items()]
    rules.append(_rule("DriftJobFails", _SILENT))
    return "groups:\n- name: desk\n  rules:\n" + "".join(rules)


def _rule(name: str, expression: str) -> str:
    summary, runbook = _TEXTS[name]
    # Texts of JSON are texts of YAML, whatever is in them.
    return f"""  - alert: {name}
    expr: {json.dumps(expression)}
    # One scrape that is missed does not end an alert.
    keep_firing_for: 3s
    labels:
      severity: page
    annotations:
      summary: {json.dumps(summary)}
      runbook: {json.dumps(runbook)}
"""


RULES = _rules()
