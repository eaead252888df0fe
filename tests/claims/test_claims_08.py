"""What lesson 08 says in words, compared with the history."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from utils.flights import load_flights
from utils.prometheus import history, promql
from utils.servers import find_program

pytestmark = pytest.mark.skipif(
    find_program.find("prometheus") is None or find_program.find("promtool") is None,
    reason="Prometheus is not installed: make prometheus",
)

MONTH = ("2013-04-15", "2013-05-20")
OURS = 'flightdelay_requests_total{job="flightdelay"}'
SCORED = 'flightdelay_score_count{job="flightdelay"}'
BUCKETS = 'sum by (le) (rate(flightdelay_model_seconds_bucket{job="flightdelay"}[1h]))'
FAILED = 'flightdelay_requests_total{job="flightdelay",outcome="error"}'


@pytest.fixture(scope="module")
def machine():
    with history.start(name="the history of the claims") as running:
        yield running


def series(machine, query, start=MONTH[0], end=MONTH[1], step="1h"):
    return machine.query_range(query, start, end, step=step).set_index("time")["value"]


def test_08_600_000_predictions_since_the_start(machine):
    count = machine.query(SCORED, at="2013-04-29 09:58")["value"].item()
    assert count == pytest.approx(600_000, rel=0.02)


def test_08_one_in_ten_of_stagings_requests_fails(machine):
    failed, everything = (
        f"sum(rate(flightdelay_requests_total{{{labels}}}[1d]))"
        for labels in ("job='staging',outcome='error'", "job='staging'")
    )
    share = machine.query(f"{failed} / {everything}", at="2013-05-01")["value"].item()
    assert share == pytest.approx(0.1, abs=0.01)


def test_08_three_restarts_in_two_weeks_two_within_half_an_hour(machine):
    fell = machine.query(f"resets({SCORED}[2w])", at="2013-05-06")["value"].item()
    assert fell == 3
    assert machine.query(f"resets({SCORED}[30m])", at="2013-04-29 10:28")["value"].item() == 2


def test_08_nights_are_calm(machine):
    rate = series(machine, f"rate({SCORED}[1h])")
    assert rate[rate.index.hour == 1].max() < 0.15 < 0.6 < rate[rate.index.hour == 16].median()


def test_08_five_incidents_and_most_peaks_are_none(machine):
    incidents = history.incidents()
    five = incidents[incidents["kind"].isin(["errors", "release"])]
    assert len(five) == 5
    share = series(machine, f"sum(rate({FAILED}[10m])) / sum(rate({OURS}[10m]))", step="10m")
    peaks = share[share > 0.05].index
    late = pd.Timedelta("10min")
    inside = [((five["since"] <= t) & (t <= five["until"] + late)).any() for t in peaks]
    assert sum(inside) < len(inside) / 2
    assert history.blips()["until"].sub(history.blips()["since"]).between("1min", "3min").all()


def test_08_on_4_may_three_in_ten_lack_visib_and_nothing_else_is_missing(machine):
    by_feature = 'sum by (feature) (rate(flightdelay_missing_values_total{job="flightdelay"}[1h]))'
    pairing = f"{by_feature} / ignoring(feature) group_left sum(rate({SCORED}[1h]))"
    share = machine.query(pairing, at="2013-05-04 12:00").set_index("feature")["value"]
    assert len(share) == 8
    assert share["visib"] == pytest.approx(0.3, abs=0.02)
    assert share.drop("visib").max() == 0
    assert machine.query(f"{by_feature} / sum(rate({SCORED}[1h]))", at="2013-05-04 12:00").empty


def test_08_half_of_the_quiet_requests_lie_between_two_and_a_half_and_five_ms(machine):
    quiet = machine.query(BUCKETS, at="2013-04-17 15:00").astype({"le": float})
    quiet = quiet.set_index("le")["value"]
    assert quiet[0.0025] < quiet[float("inf")] / 2 < quiet[0.005]


def test_08_the_model_took_four_times_as_long_on_30_april(machine):
    p95 = series(machine, f"histogram_quantile(0.95, {BUCKETS})")
    usual = p95.median()
    slow = p95["2013-04-30 13:00":"2013-04-30 20:00"]
    assert len(slow) == 8 and slow.between(2.8 * usual, 4.5 * usual).all()
    median = series(machine, f"histogram_quantile(0.5, {BUCKETS})")
    then = median["2013-04-30 14:00":"2013-04-30 20:00"].median()
    assert then / median.median() == pytest.approx(4, abs=0.5)
    assert p95.idxmax() == pd.Timestamp("2013-05-15 08:00")
    last = history.incidents().query("kind == 'slow'").iloc[-1]
    assert last["until"] - last["since"] == pd.Timedelta("30min")


def test_08_the_slow_hours_percentile_lies_between_25_and_50_ms_and_without_edges_on_the_last(
    machine,
):
    def p95(buckets, at):
        query = f"histogram_quantile(0.95, {buckets})"
        return machine.query(query, at=f"2013-{at} 15:00")["value"].item()

    assert p95(BUCKETS, "04-30") == pytest.approx(0.0262, abs=5e-5)
    assert 0.005 < p95(BUCKETS, "04-17") < 0.01
    coarse = BUCKETS.replace("}[", ',le=~"0.001|0.0025|0.005|[+]Inf"}[')
    assert p95(coarse, "04-30") == p95(coarse, "04-17") == 0.005


def test_08_a_quiet_night_is_nan_and_only_unequal_is_true_of_it(machine):
    share = f"sum(rate({FAILED}[5m])) / sum(rate({OURS}[5m]))"

    def ask(query):
        return machine.query(query, at="2013-04-30 23:10")["value"].tolist()

    assert np.isnan(ask(share)).all() and len(ask(share)) == 1
    for comparison in ("> 0", "< 1", "== 0", ">= 0"):
        assert ask(f"{share} {comparison}") == []
    assert len(ask(f"{share} != 0")) == 1
    assert np.isnan(ask(f"sum({share} or vector(1))")).all()
    seconds = BUCKETS.replace("[1h]", "[5m]")
    assert np.isnan(ask(f"histogram_quantile(0.95, {seconds})")).all()
    assert ask(share.replace("[5m]", "[1h]"))[0] >= 0


def test_08_staging_is_slower_and_has_the_same_metrics(machine):
    names = {
        job: set(
            machine.query(f'count by (__name__) ({{job="{job}"}})', at="2013-05-01")["__name__"]
        )
        for job in ("flightdelay", "staging")
    }
    assert names["flightdelay"] == names["staging"]
    median = {}
    for job in names:
        of_job = BUCKETS.replace('flightdelay"', f'{job}"')
        found = machine.query(f"histogram_quantile(0.5, {of_job})", at="2013-05-01")
        median[job] = found["value"].item()
    assert median["staging"] > 2 * median["flightdelay"]


def test_08_temp_fell_by_fifty_degrees_on_one_day_and_by_less_than_fourteen_on_all_others(machine):
    temp = 'flightdelay_feature_mean{job="flightdelay",feature="temp"}'
    query = f"min_over_time({temp}[1d] offset 1d) - min_over_time({temp}[1d])"
    fall = series(machine, query, start="2013-04-17", step="1d")
    fall.index -= pd.Timedelta("1D")
    assert fall.idxmax() == pd.Timestamp("2013-05-13")
    assert fall.max() == pytest.approx(50, abs=1)
    assert fall.drop(fall.idxmax()).max() < 14


def test_08_traffic_changes_by_less_than_four_per_cent(machine):
    now, before = f"sum(rate({OURS}[1d]))", f"sum(rate({OURS}[1d] offset 1w))"
    change = series(machine, f"{now} / {before} - 1", start="2013-04-23", step="1d")
    assert len(change) == 28
    assert change.abs().max() < 0.04


def test_08_nothing_is_shown_five_minutes_after_the_last_sample(machine):
    def count(query, at):
        return len(machine.query(query, at=f"2013-{at}"))

    assert count(SCORED, "04-23 09:04:29") == 1
    assert count(SCORED, "04-23 09:05:00") == 0 == count('up{job="flightdelay"}', "04-23 09:05:00")
    assert machine.query('up{job="flightdelay"}', at="2013-05-11 11:10")["value"].item() == 0
    errors = f"sum(rate({FAILED}[10m])) / sum(rate({OURS}[10m])) > 0.05"
    assert count(errors, "04-23 09:30") == 0 == count(errors, "05-11 11:15")


def test_08_scores_are_high_in_the_rain_and_in_celsius(machine):
    total = 'flightdelay_score_sum{job="flightdelay"}'
    score = series(machine, f"rate({total}[1d]) / rate({SCORED}[1d])")
    rain = series(machine, 'flightdelay_feature_mean{job="flightdelay",feature="precip"}')
    temp = series(machine, 'flightdelay_feature_mean{job="flightdelay",feature="temp"}')
    assert score.idxmax() == pytest.approx(pd.Timestamp("2013-05-09"), abs=pd.Timedelta("8h"))
    assert rain["2013-05-08"].max() == rain.max()
    assert rain["2013-05-13":"2013-05-16"].max() < 0.005 < rain["2013-05-08"].max() / 20
    flights = load_flights(16, 20)
    late = flights.groupby(flights["sched_dep"].dt.date)["late"].mean()
    assert late[date(2013, 5, 8)] > 1.5 * late.mean()
    in_celsius = score["2013-05-14":"2013-05-17 00:00"]
    usual = score[:"2013-05-07"].median()
    assert in_celsius.min() > 1.25 * usual and in_celsius.max() < score.max()
    assert temp["2013-05-12 23:00"] - temp["2013-05-13 03:00"] == pytest.approx(50, abs=2)


def test_08_psi_is_above_a_quarter_on_most_days_and_the_fault_does_not_stand_out(machine):
    daily = series(machine, promql.psi(), start="2013-04-23", step="1d")
    assert len(daily) == 28
    assert (daily > 0.25).mean() > 0.6
    assert daily.idxmax() == pd.Timestamp("2013-05-09")
    fault = daily["2013-05-14":"2013-05-17"]
    assert (fault > 0.25).all()
    others = daily.drop(fault.index)
    assert (others > fault.max()).sum() >= 4


def test_08_psi_in_promql_is_psi(machine):
    """Bin by bin, from the counters' own differences; `rate` extrapolates, so nearly."""

    def shares(day):
        query = 'flightdelay_score_bin_total{job="flightdelay"}'
        start, end = (
            machine.query(query, at=f"2013-{at}").set_index("bin")["value"]
            for at in (f"{day} 00:01", f"{day} 23:59:59")
        )
        counts = (end - start).to_numpy()
        return np.maximum(counts / counts.sum(), 0.0001)

    p, q = shares("05-14"), shares("05-07")
    expected = np.sum((p - q) * np.log(p / q))
    found = machine.query(promql.psi(), at="2013-05-15")["value"].item()
    assert found == pytest.approx(expected, rel=0.02)
