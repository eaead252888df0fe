"""The desk's rules: Prometheus takes them, calm days break none, and a held clock ends no alert."""

import re

import pandas as pd
import pytest

from utils import model, prometheus
from utils.desk import alert_rules, drift_window
from utils.desk.drift_window import DAY, WEEK, same_hours
from utils.drift import measure
from utils.flights import REFERENCE, load_flights
from utils.servers import find_program

CALM_WEEKS = (18, 19, 20, 43, 44, 45, 46)


needs_promtool = pytest.mark.skipif(
    find_program.find("promtool") is None, reason="not installed: make prometheus"
)


@needs_promtool
def test_prometheus_takes_them():
    said = prometheus.check_rules(alert_rules.RULES)
    names = {limit.alert for limit in alert_rules.LIMITS}
    assert f"{len(names) + 4} rules found" in said


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
    for limit in alert_rules.LIMITS:
        found = [
            abs(value) if limit.absolute else value
            for metric, labels, value in calm
            if metric == limit.metric
            and (not limit.columns or labels.get("column") in limit.columns)
        ]
        if limit.metric == "drift_newest_flight_age_hours":
            continue  # of the job, not of a window
        if limit.below > float("-inf"):
            assert min(found) >= limit.seen > limit.below
        else:
            assert max(found) <= limit.seen
            assert limit.seen <= 0.8 * limit.above


def test_no_night_is_as_long_as_a_silence():
    limit = next(x for x in alert_rules.LIMITS if x.alert == "NoFlights")
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
  - {series: 'flightdelay_requests_total{outcome="ok"}', values: '0+8x20 160x40'}
  - {series: 'flightdelay_requests_total{outcome="error"}', values: '0+2x20 40x40'}
  - {series: 'replay_running', values: '1x20 0x40'}
  alert_rule_test:
  - &firing
    eval_time: 15s
    alertname: FailingAnswers
    exp_alerts:
    - exp_labels: {severity: page}
      exp_annotations:
        summary: The service fails to answer 20% of the requests.
        runbook: Read the service's log. Since which release?
- interval: 1s
  input_series:
  - {series: 'flightdelay_requests_total{outcome="ok"}', values: '0+8x20 160x40'}
  - {series: 'flightdelay_requests_total{outcome="error"}', values: '0+2x20 40x40'}
  - {series: 'replay_running', values: '1x60'}
  alert_rule_test:
  - {eval_time: 45s, alertname: FailingAnswers, exp_alerts: []}
"""


@needs_promtool
def test_what_fires_goes_on_while_the_clock_is_held():
    passed, said = prometheus.test_rules(alert_rules.RULES, TESTS)
    assert passed, said
    held = TESTS.replace("eval_time: 15s", "eval_time: 50s").replace("20% of", "100% of")
    passed, said = prometheus.test_rules(alert_rules.RULES, held)
    assert passed, said
