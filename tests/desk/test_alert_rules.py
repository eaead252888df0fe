"""The desk's rules: Prometheus takes them, calm days break none, and a held clock ends no alert."""

import json
import re

import pandas as pd
import pytest

from utils import model, prometheus
from utils.desk import alert_rules, drift_window
from utils.desk.drift_window import WEEK, same_hours
from utils.desk.drift_window import WINDOW as DAY
from utils.drift import measure
from utils.flights import REFERENCE, load_flights
from utils.servers import find_program

CALM_WEEKS = (18, 19, 20, 43, 44, 45, 46)
# What the job measures of the service and of itself, and not of a window of flights.
OF_THE_JOB = ("drift_newest_flight_age_hours", "drift_requests_share", "drift_quick_calls_share")


needs_promtool = pytest.mark.skipif(
    find_program.find("promtool") is None, reason="not installed: make prometheus"
)


@needs_promtool
def test_prometheus_takes_them():
    said = prometheus.check_rules(alert_rules.RULES)
    names = {limit.alert for limit in alert_rules.ALERT_LIMITS}
    assert f"{len(names) + 1} rules found" in said


@pytest.fixture(scope="module")
def reference():
    flights = load_flights(*REFERENCE)
    return flights.assign(probability=model.predict(model.train(), flights))


@pytest.fixture(scope="module")
def calm(reference):
    """What the drift job measures on calm days, at noon and at midnight."""
    champion = model.train()
    values = []
    for week in CALM_WEEKS:
        flights = load_flights(week - 2, week)
        flights = flights.assign(probability=model.predict(champion, flights))
        monday = flights.loc[flights["week"] == week, "sched_dep"].min().normalize()
        times = flights["sched_dep"]
        for until in pd.date_range(monday, periods=14, freq="12h"):
            window = flights[(times >= until - DAY) & (times < until)]
            before = flights[(times >= until - DAY - WEEK) & (times < until - DAY)]
            march = same_hours(reference, until - DAY, until)
            known = flights[(times >= until - 2 * DAY) & (times < until - DAY)]
            values += drift_window.checks(window, before, march, reference)
            values += drift_window.outcomes(known)
            for column in ("hour", "distance"):
                score = measure.wasserstein(march[column], window[column])
                values.append(("drift_score", {"column": column}, score))
            for column in ("carrier", "origin"):
                score = measure.jensen_shannon(march[column], window[column])
                values.append(("drift_score", {"column": column}, score))
    return values


def test_calm_days_break_no_limit(calm):
    assert alert_rules.beyond(calm) == set()


def test_each_limit_leaves_room(calm):
    for limit in alert_rules.ALERT_LIMITS:
        found = [
            abs(value) if limit.absolute else value
            for metric, labels, value in calm
            if metric == limit.metric
            and (not limit.columns or labels.get("column") in limit.columns)
        ]
        if limit.metric in OF_THE_JOB:
            continue
        if limit.below > float("-inf"):
            assert min(found) >= limit.seen > limit.below
        else:
            assert max(found) <= limit.seen
            assert limit.seen <= 0.8 * limit.above


def test_no_night_is_as_long_as_a_silence():
    limit = next(x for x in alert_rules.ALERT_LIMITS if x.alert == "NoFlights")
    for week in CALM_WEEKS:
        gaps = load_flights(week, week)["sched_dep"].diff() / pd.Timedelta("1h")
        assert gaps.max() < limit.above - 3


def test_a_limit_says_the_same_here_and_in_promql():
    above = alert_rules.Limit("A", "m", ("x", "y"), above=2)
    assert above.expression() == 'm{column=~"x|y"} > 2'
    assert above.broken_by("m", {"column": "x"}, 2.1)
    assert not above.broken_by("m", {"column": "z"}, 9)
    assert not above.broken_by("m", {"column": "x"}, float("nan"))
    both = alert_rules.Limit("A", "m", above=2, absolute=True)
    assert both.expression() == "abs(m) > 2"
    assert both.broken_by("m", {}, -3)
    below = alert_rules.Limit("A", "m", below=1)
    assert below.expression() == "m < 1"
    assert below.broken_by("m", {}, 0.5)


def test_each_alert_has_a_page_to_read():
    for name in re.findall(r"- alert: (\w+)", alert_rules.RULES):
        summary, runbook = alert_rules._TEXTS[name]
        assert summary.endswith(".")
        assert runbook.endswith((".", "?", "field."))


TESTS = """
evaluation_interval: 1s
tests:
- interval: 1s
  input_series:
  - {series: 'drift_requests_share{outcome="error"}', values: '0x5 0.2x20'}
  - {series: 'drift_run_clock_seconds', values: '0x5 21600x20'}
  - {series: 'drift_last_success_clock_seconds', values: '0x5 21600x20'}
  - {series: 'replay_clock_seconds', values: '0x5 21600x20'}
  alert_rule_test:
  - {eval_time: 4s, alertname: FailingAnswers, exp_alerts: []}
  - eval_time: 20s
    alertname: FailingAnswers
    exp_alerts:
    - exp_labels: {severity: page, outcome: error}
      exp_annotations:
        summary: The service fails to answer 20% of the requests.
        runbook: Read the service's log. Since which release?
  - {eval_time: 20s, alertname: DriftJobFails, exp_alerts: []}
  promql_expr_test:
  - {expr: 'desk:judged:clock_seconds', eval_time: 4s, exp_samples: &first
     [{labels: 'desk:judged:clock_seconds{group_name="desk"}', value: 0}]}
  - {expr: 'desk:judged:clock_seconds', eval_time: 20s, exp_samples:
     [{labels: 'desk:judged:clock_seconds{group_name="desk"}', value: 21600}]}
"""
# By replayed time, however long the machine takes: a run failed (12 h), two did, or none came.
SILENT = """
evaluation_interval: 1s
tests:
- interval: 1s
  input_series:
  - {series: 'drift_run_clock_seconds', values: '{run}x10'}
  - {series: 'drift_last_success_clock_seconds', values: '{success}x10'}
  - {series: 'replay_clock_seconds', values: '{clock}x10'}
  alert_rule_test:
  - eval_time: 9s
    alertname: DriftJobFails
    exp_alerts: {alerts}
"""
PAGE = (
    "[{exp_labels: {severity: page}, exp_annotations: {summary: The drift job has measured nothing "
    "for 12 replayed hours., runbook: 'drift_runs_total says how its runs end: empty, locked or "
    "failed.'}}]"
)


@needs_promtool
def test_a_share_of_failed_requests_pages_and_the_last_rule_says_what_was_judged():
    passed, said = prometheus.test_rules(alert_rules.bracketed(alert_rules.RULES), TESTS)
    assert passed, said


@needs_promtool
@pytest.mark.parametrize(
    ("run", "success", "clock", "pages"),
    [(36, 36, 41.9, False), (36, 30, 41.9, False), (36, 24, 36, True), (36, 36, 48, True)],
)
def test_one_run_may_fail_and_two_may_not(run, success, clock, pages):
    given = {"run": run, "success": success, "clock": clock}
    tests = SILENT
    for name, hours in given.items():
        tests = tests.replace(f"{{{name}}}", f"{hours * 3600:.0f}")
    tests = tests.replace("{alerts}", PAGE if pages else "[]")
    passed, said = prometheus.test_rules(alert_rules.RULES, tests)
    assert passed, said


@pytest.mark.parametrize("rules", ["", "groups: []", "groups: [{name: a}]", alert_rules.RULES])
def test_any_rules_say_up_to_where_they_have_judged(rules):
    for group in json.loads(alert_rules.bracketed(rules))["groups"]:
        assert group["rules"][0]["record"] == "desk:seen:clock_seconds"
        assert group["rules"][-1]["record"] == "desk:judged:clock_seconds"
