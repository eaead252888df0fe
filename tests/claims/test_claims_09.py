"""What lesson 09 says in words, compared with the time machine."""

import numpy as np
import pandas as pd
import pytest
import yaml

from utils.exercises import lesson_source
from utils.exercises.lesson_09 import e2_prove_it, e5_burn_rates
from utils.prometheus import history, rules
from utils.servers import find_program

pytestmark = pytest.mark.skipif(
    not (find_program.find("prometheus") and find_program.find("promtool")),
    reason="Prometheus is not installed: make prometheus",
)

CHOSEN = 'flightdelay_requests_total{job="flightdelay"%s}'
BUDGET = 1 - 0.998


@pytest.fixture(scope="module")
def machine():
    with history.start(name="claims") as running:
        yield running


@pytest.fixture(scope="module")
def ratios(machine):
    """Return the error ratio of every minute, by window."""
    found = {}
    for window in ("5m", "30m", "1h", "6h"):
        errors, everything = (
            f"sum(rate({CHOSEN % more}[{window}]))" for more in (', outcome="error"', "")
        )
        table = machine.query(f"({errors} / {everything})[35d:1m]", at=history.END)
        found[window] = table.set_index("time")["value"].asfreq("1min")
    return found


@pytest.fixture(scope="module")
def faults():
    happened = history.incidents()
    return happened[happened["kind"].isin(["errors", "release"])]


def fires(ratio, threshold, minutes):
    return (ratio > threshold).rolling(minutes + 1).min() == 1


def judge(fired, faults):
    begins = fired & ~fired.shift(fill_value=False)
    missed = []
    for fault in faults.itertuples():
        if not fired[fault.since : fault.until].any():
            missed.append(fault.since)
        begins[fault.since : fault.until + pd.Timedelta(minutes=10)] = False
    return missed, begins


def test_09_five_faults_make_requests_fail_and_the_last_is_on_friday_evening(faults):
    assert len(faults) == 5
    last = faults["since"].max()
    assert (last.day_name(), last.hour, faults.loc[faults["since"].idxmax(), "what"]) == (
        "Friday",
        17,
        "database locked",
    )
    weak = faults.loc[faults["size"].idxmin()]
    assert weak["since"].strftime("%d %B") == "08 May"
    assert weak["size"] == 0.02
    assert weak["until"] - weak["since"] == pd.Timedelta(hours=6)


def test_09_blips_last_one_to_three_minutes():
    lengths = {(b.until - b.since).total_seconds() / 60 for b in history.blips().itertuples()}
    assert lengths == {1, 2, 3}


def test_09_the_colleagues_rule_misses_nothing_and_rings_falsely_more_than_daily(ratios, faults):
    missed, false = judge(fires(ratios["5m"], 0.02, 0), faults)
    assert missed == []
    assert false.sum() > 35
    hours = false.index[false].hour
    # "It rang at noon and it rang at night."
    assert set(hours) & {11, 12, 13}
    assert set(hours) & {22, 23, 0, 1, 2, 3, 4, 5}
    # "Mostly for something that was over before he had found his glasses": blips.
    blips = [(b.since, b.until) for b in history.blips().itertuples() if b.kind == "errors"]
    of_blips = sum(
        any(a <= t <= b + pd.Timedelta("6min") for a, b in blips) for t in false.index[false]
    )
    assert of_blips > false.sum() / 2


def test_09_on_friday_it_rings_three_times_and_with_for_8m_once(ratios):
    friday = ratios["5m"]["2013-05-17 14:30":"2013-05-17 18:30"]
    for minutes, times in ((0, 3), (8, 1)):
        fired = fires(friday, 0.02, minutes)
        assert (fired & ~fired.shift(fill_value=False)).sum() == times


def test_09_without_for_no_threshold_is_right(ratios, faults):
    for threshold in np.geomspace(0.002, 0.45, 60):
        missed, false = judge(fires(ratios["5m"], threshold, 0), faults)
        assert missed or false.sum() > 5
        # "Where the false alarms come into the picture, most faults are lost already."
        assert false.sum() > 20 or len(missed) >= 3


def test_09_eight_minutes_open_a_valley(ratios, faults):
    for threshold in (0.01, 0.015, 0.02, 0.03):
        missed, false = judge(fires(ratios["5m"], threshold, 8), faults)
        assert (len(missed), false.sum()) == (0, 0)


def test_09_half_an_hour_is_too_late(ratios, faults):
    for threshold in np.geomspace(0.003, 0.4, 25):
        missed, _ = judge(fires(ratios["5m"], threshold, 30), faults)
        assert len(missed) >= 3


def test_09_a_higher_threshold_finds_the_weak_fault_late(ratios, faults):
    weak = faults.loc[faults["size"].idxmin()]
    waited = []
    for threshold in (0.01, 0.02):
        inside = fires(ratios["5m"], threshold, 8)[weak["since"] : weak["until"]]
        waited.append((inside.idxmax() - weak["since"]).total_seconds() / 60)
    assert waited[0] < 30 < 120 < waited[1]


def test_09_most_blips_are_higher_than_most_faults(ratios, faults):
    def peak(since, until):
        return ratios["5m"][since : until + pd.Timedelta("5min")].max()

    blips = [peak(b.since, b.until) for b in history.blips().itertuples() if b.kind == "errors"]
    of_faults = sorted(peak(f.since, f.until) for f in faults.itertuples())
    assert np.median(blips) > of_faults[2]


def test_09_a_fifth_of_the_budget_is_left_and_most_went_between_the_faults(machine, faults):
    hours = (history.START + pd.Timedelta(hours=1), history.START + pd.Timedelta(days=30))
    failed, asked = (
        machine.query_range(f"sum(increase({CHOSEN % more}[1h]))", *hours).set_index("time")[
            "value"
        ]
        for more in (', outcome="error"', "")
    )
    spent = failed.sum() / (BUDGET * asked.sum())
    assert 0.75 < spent < 0.85
    during = pd.Series(False, index=failed.index)
    for fault in faults.itertuples():
        during[fault.since : fault.until + pd.Timedelta(hours=1)] = True
    assert failed[during].sum() < failed.sum() / 2


def test_09_two_windows_are_calm_and_end_soon(ratios, faults):
    burn = {window: ratio / BUDGET for window, ratio in ratios.items()}
    short, long = burn["5m"] > 14.4, burn["1h"] > 14.4
    weak = faults.loc[faults["size"].idxmin(), "since"]
    missed, false = judge(short & long, faults)
    assert missed == [weak]
    assert false.sum() <= 2
    assert judge(short, faults)[1].sum() > 28
    for blip in history.blips().itertuples():
        if blip.kind == "errors":
            assert short[blip.since : blip.until + pd.Timedelta("5min")].any(), blip.since
    assert 2 < judge(long, faults)[1].sum() < 15
    ends = [f[:"2013-04-29 12:00"].iloc[::-1].idxmax() for f in (long, short & long)]
    assert ends[0] > pd.Timestamp("2013-04-29 11:00")
    assert ends[1] < pd.Timestamp("2013-04-29 10:35")
    slow = (burn["6h"] > 6) & (burn["30m"] > 6)
    missed, false = judge(slow | (short & long), faults)
    assert missed == []
    assert false.sum() <= 2


def test_09_the_solution_of_9_3_notices_all_within_half_an_hour_without_a_false_alarm(
    ratios, faults
):
    fired = fires(ratios["5m"], 0.01, 8)
    missed, false = judge(fired, faults)
    assert (len(missed), false.sum()) == (0, 0)
    for fault in faults.itertuples():
        assert fired[fault.since : fault.until].idxmax() - fault.since < pd.Timedelta("30min")


def test_09_pairs_miss_nothing_and_break_the_budget_that_the_tuned_rule_keeps(ratios, faults):
    burn = {window: ratio / BUDGET for window, ratio in ratios.items()}
    pages = ((burn["1h"] > 14.4) & (burn["5m"] > 14.4)) | ((burn["6h"] > 6) & (burn["30m"] > 6))
    slowest = {}
    for name, fired in (("pairs", pages), ("tuned", fires(ratios["5m"], 0.01, 8))):
        assert judge(fired, faults)[0] == []
        found = [fired[fault.since : fault.until] for fault in faults.itertuples()]
        slowest[name] = max((f.idxmax() - f.index[0]) for f in found)
    assert slowest["pairs"] > pd.Timedelta("120min")
    assert slowest["tuned"] <= pd.Timedelta("30min")


def test_09_the_rates_of_the_table_use_up_their_shares():
    for rate, hours, share in ((14.4, 1, 0.02), (6, 6, 0.05), (1, 72, 0.10)):
        assert rate * hours / (30 * 24) == pytest.approx(share)
    assert 30 / 2 == 15


def test_09_an_hour_of_our_traffic_is_not_even(machine):
    hours = (history.START + pd.Timedelta(hours=1), history.START + pd.Timedelta(days=30))
    asked = machine.query_range(f"sum(increase({CHOSEN % ''}[1h]))", *hours)["value"]
    share = 14.4 * asked / asked.sum()
    assert share.min() < 0.001
    assert share.max() > 0.03


def _shown(begins):
    """Return what a cell of the lesson that begins so assigns."""
    cells = lesson_source.read(lesson_source.lesson_path("09")).cells
    shown = {}
    source = next(c.source for c in cells if c.source.startswith(begins))
    exec(source.rsplit("\nprint", 1)[0], shown)
    return yaml.safe_load(shown[begins])


def test_09_the_checks_use_the_rules_that_the_lesson_shows():
    assert _shown("RATIOS") == yaml.safe_load(e5_burn_rates.RATIOS)
    assert _shown("GONE") == yaml.safe_load(e2_prove_it.GONE)


def test_09_a_gap_ends_an_alert_and_keep_firing_for_bridges_it():
    text = """groups:
- name: g
  rules:
  - {alert: A, expr: x > 500, for: 5m}
"""
    series = {"x": "900x12 stale 900x12"}
    assert list(rules.timeline(text, series, 25)["state"]) == [
        *["pending", "firing"],
        *["pending", "firing"],
    ]
    patient = text.replace("for: 5m", "for: 5m, keep_firing_for: 6m")
    assert list(rules.timeline(patient, series, 25)["state"]) == ["pending", "firing"]
