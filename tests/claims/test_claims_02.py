"""What lesson 02 says in words, compared with the data."""

import numpy as np
import pandas as pd
import pytest

from utils import model
from utils.drift import simulate
from utils.flights import FEATURES, load_flights

ONSET = "2013-05-13"
INPUTS_UNTOUCHED = ("furlough", "slot_rules")


@pytest.fixture(scope="module")
def flights():
    return load_flights(19, 20)


@pytest.fixture(scope="module")
def delay_model():
    return model.train()


@pytest.fixture(scope="module")
def scores(flights, delay_model):
    """Return the scores of week 20 under each drift, with the lesson's seed."""
    tables = {"as it was": flights}
    for name, drift in simulate.DRIFTS.items():
        tables[name], _ = drift(flights, ONSET, np.random.default_rng(20))
    return pd.DataFrame(
        {
            name: model.weekly_scores(table, model.predict(delay_model, table)).loc[20]
            for name, table in tables.items()
        }
    )


def test_02_both_weeks_are_better_than_march_and_week_20_has_fewer_late(flights, delay_model):
    march = load_flights(10, 13)
    reference = model.weekly_scores(march, model.predict(delay_model, march))["roc_auc"].mean()
    assert reference == pytest.approx(0.71, abs=0.006)
    both = model.weekly_scores(flights, model.predict(delay_model, flights))
    assert both["roc_auc"].min() > reference + 0.01
    assert both.loc[20, "roc_auc"] == pytest.approx(0.754, abs=0.0005)
    assert both.loc[20, "late"] < both.loc[19, "late"] - 0.05


def test_02_about_13000_rows_half_of_them_after_the_onset(flights):
    assert len(flights) == pytest.approx(13_000, abs=100)
    assert (flights["sched_dep"] >= ONSET).mean() == pytest.approx(0.5, abs=0.01)


def test_02_celsius_costs_no_roc_auc_and_the_wrong_join_several_hundredths(scores):
    change = scores.loc["roc_auc"] - scores.loc["roc_auc", "as it was"]
    assert 0.005 < change["unit_change"] < 0.03
    assert change["wrong_join"] < -0.04


def test_02_under_celsius_far_more_late_flights_are_expected_and_the_log_loss_rises(scores):
    before, after = scores["as it was"], scores["unit_change"]
    assert abs(before["predicted"] - before["late"]) < 0.01
    assert after["late"] == before["late"] < after["predicted"] - 0.1
    assert after["log_loss"] > before["log_loss"] + 0.02


def test_02_data_faults_cost_from_nothing_to_nine_hundredths(flights, scores):
    change = scores.loc["roc_auc"] - scores.loc["roc_auc", "as it was"]
    kinds = {
        name: drift(flights, ONSET, np.random.default_rng(20))[1].kind
        for name, drift in simulate.DRIFTS.items()
    }
    faults = change[[name for name, kind in kinds.items() if kind == "data fault"]]
    assert faults.min() == pytest.approx(-0.09, abs=0.005)
    assert (faults > -0.005).any()


def test_02_with_longer_flights_the_carriers_move_along_and_the_truth_names_the_distance(flights):
    longer, truth = simulate.longer_network(flights, ONSET, np.random.default_rng(20), tilt=0.5)
    assert truth.columns == ("distance",)
    after = flights["sched_dep"] >= ONSET
    shares = [t.loc[after.to_numpy(), "carrier"].value_counts() for t in (flights, longer)]
    assert shares[1]["UA"] > 1.1 * shares[0]["UA"] and shares[1]["EV"] < 0.9 * shares[0]["EV"]


@pytest.mark.parametrize("seed", range(3))
def test_02_the_wrong_join_costs_that_with_any_seed(flights, delay_model, scores, seed):
    mixed, _ = simulate.wrong_join(flights, ONSET, np.random.default_rng(seed))
    auc = model.weekly_scores(mixed, model.predict(delay_model, mixed)).loc[20, "roc_auc"]
    assert auc < scores.loc["roc_auc", "as it was"] - 0.04


def test_02_the_two_that_cost_most_change_no_input(flights, scores):
    change = scores.loc["roc_auc"].drop("as it was") - scores.loc["roc_auc", "as it was"]
    assert set(change.nsmallest(2).index) == set(INPUTS_UNTOUCHED)
    for name in INPUTS_UNTOUCHED:
        drifted, _ = simulate.DRIFTS[name](flights, ONSET, np.random.default_rng(20))
        assert drifted[FEATURES].equals(flights[FEATURES])
    # "Three of the four that cost most".
    faults = {"utc_hour", "wrong_join"}
    assert set(change.nsmallest(4).index) == faults | set(INPUTS_UNTOUCHED)
    assert change.idxmax() == "unit_change"


def test_02_label_shift_and_furlough_in_week_20(flights, delay_model):
    prior = simulate.prior_shift(flights, ONSET, np.random.default_rng(3), 0.4)[0]
    struck = simulate.furlough(flights, ONSET, np.random.default_rng(3), 0.3)[0]
    slots = simulate.slot_rules(flights, ONSET, np.random.default_rng(3))[0]
    auc, late, hour, predicted = [], [], [], []
    for table in (flights, prior, struck, slots):
        row = model.weekly_scores(table, model.predict(delay_model, table)).loc[20]
        auc.append(row["roc_auc"])
        late.append(row["late"])
        predicted.append(row["predicted"])
        hour.append(table[(table["week"] == 20) & (table["late"] == 1)]["hour"].mean())
    assert late[1] == pytest.approx(late[2], abs=0.01) == pytest.approx(0.4, abs=0.01)
    assert abs(hour[1] - hour[0]) < 0.2 < 1 < hour[0] - hour[2]
    assert abs(auc[1] - auc[0]) < 0.01 and auc[2] < auc[0] - 0.08
    assert predicted[2] == predicted[3] == predicted[0]
    assert late[3] == late[0] and auc[3] == min(auc)


def test_02_three_flights_in_ten_lose_their_visibility(flights):
    _, truth = simulate.missing_feed(flights, ONSET, np.random.default_rng(7))
    assert truth.rows[flights["sched_dep"] >= ONSET].mean() == pytest.approx(0.3, abs=0.02)


def test_02_the_longer_network_adds_two_per_cent_in_its_first_week():
    spring = load_flights(14, 24)
    slowly = simulate.Severity(ONSET, ramp="28D")
    longer, _ = simulate.longer_network(spring, slowly, np.random.default_rng(20))
    growth = longer.groupby("week")["distance"].mean() / spring.groupby("week")["distance"].mean()
    assert growth[20] == pytest.approx(1.02, abs=0.005)
    assert growth.loc[20:].is_monotonic_increasing


def test_02_missing_values_leave_the_mean_nearly_alone_and_the_wrong_join_quite():
    spring = load_flights(14, 24)
    silent, _ = simulate.missing_feed(spring, ONSET, np.random.default_rng(20))
    mixed, _ = simulate.wrong_join(spring, ONSET, np.random.default_rng(20))
    by_week = spring.groupby("week")
    off = silent.groupby("week")["visib"].mean() - by_week["visib"].mean()
    assert off.abs().max() < 0.1
    same = mixed.groupby("week")["wind_speed"].mean() - by_week["wind_speed"].mean()
    assert same.abs().max() < 1e-9


def test_02_gradual_unit_change_and_incremental_one_sensor(flights):
    ramp = simulate.Severity(ONSET, ramp="6D")
    gradual, truth = simulate.unit_change(flights, ramp, np.random.default_rng(1))
    celsius = (flights["temp"] - 32) / 1.8
    assert np.isclose(gradual["temp"], flights["temp"].where(~truth.rows, celsius)).all()
    moved, truth = simulate.one_sensor(flights, ramp, np.random.default_rng(1))
    error = (moved["wind_speed"] - flights["wind_speed"])[truth.rows]
    assert error.between(0.5, 7.5).mean() > 0.5


def test_02_filled_gaps_are_calm_only_when_the_sensor_comes_first(flights):
    calm = {}
    for names in [("default_fill", "one_sensor"), ("one_sensor", "default_fill")]:
        table = flights
        for name in names:
            table, _ = simulate.DRIFTS[name](table, ONSET, np.random.default_rng(5))
        newark = table[(table["origin"] == "EWR") & (table["week"] == 20)]
        calm[names[0]] = (newark["wind_speed"] == 0).sum()
    assert calm["default_fill"] == 0 < calm["one_sensor"]


def test_02_under_label_shift_the_log_loss_rises(flights, delay_model):
    prior = simulate.prior_shift(flights, ONSET, np.random.default_rng(3), 0.4)[0]
    row = model.weekly_scores(prior, model.predict(delay_model, prior)).loc[20]
    before = model.weekly_scores(flights, model.predict(delay_model, flights)).loc[20]
    assert row["predicted"] < row["late"] - 0.1
    assert row["log_loss"] > before["log_loss"] + 0.1


@pytest.mark.parametrize("seed", [20, 0, 1])
def test_02_by_day_and_by_airport_the_wrong_join_shows_and_by_the_week_it_does_not(flights, seed):
    mixed, _ = simulate.wrong_join(flights, ONSET, np.random.default_rng(seed))
    before, after = (table[table["week"] == 20] for table in (flights, mixed))
    for feature in FEATURES:
        one, other = (t[feature].sort_values(ignore_index=True) for t in (before, after))
        assert one.equals(other)
    # "By day, the temperature has stopped changing."
    day = [t.groupby("weekday")["temp"].mean() for t in (before, after)]
    assert np.ptp(day[0]) > 15 and np.ptp(day[1]) < 1
    # "By airport, JFK is no windier than Newark any more."
    wind = [t.groupby("origin")["wind_speed"].mean() for t in (before, after)]
    assert wind[0]["JFK"] - wind[0]["EWR"] > 2.5
    assert abs(wind[1]["JFK"] - wind[1]["EWR"]) < 0.5


def test_02_with_more_evening_flights_more_are_late_though_nothing_else_changes(flights):
    evening = flights["hour"] >= 17
    late = flights.groupby(evening)["late"].mean()
    assert evening.mean() < 0.35
    assert 0.6 * late[True] + 0.4 * late[False] > flights["late"].mean() + 0.04
    # P(late | evening) stays when whole flights are drawn, and the share is as expected.
    rng = np.random.default_rng(7)
    n = round(0.6 * len(flights))
    drawn = [flights[evening].sample(n, replace=True, random_state=rng)]
    drawn += [flights[~evening].sample(len(flights) - n, replace=True, random_state=rng)]
    after = pd.concat(drawn)
    expected = 0.6 * late[True] + 0.4 * late[False]
    assert after["late"].mean() == pytest.approx(expected, abs=0.015)
    assert after.groupby(after["hour"] >= 17)["late"].mean().sub(late).abs().max() < 0.02


def test_02_the_stories_of_the_table(flights):
    def drift(name):
        return simulate.DRIFTS[name](flights, ONSET, np.random.default_rng(20))[0]

    week = flights["week"] == 20
    calm = drift("prior_shift")
    assert calm.loc[calm["week"] == 20, "late"].mean() == pytest.approx(0.13, abs=0.005)
    hours = (drift("utc_hour")["hour"] - flights["hour"])[week].round(6)
    assert set(hours) <= {4.0, -20.0}
    branded = drift("new_carrier")["carrier"] == "ZZ"
    assert branded.any() and flights.loc[branded, "carrier"].isin(["EV", "MQ", "9E"]).all()
    sensor = (drift("one_sensor")["wind_speed"] - flights["wind_speed"])[week].round(6)
    assert set(sensor[flights["origin"] == "EWR"]) == {8.0}
    assert set(sensor[flights["origin"] != "EWR"]) == {0.0}
    quiet = drift("weekend")
    late_hours = [(t["hour"] >= 17)[t["weekday"].isin(["Sat", "Sun"])] for t in (flights, quiet)]
    assert late_hours[1].mean() < late_hours[0].mean() - 0.05
    struck = drift("furlough")
    changed = struck["late"] != flights["late"]
    changed &= flights["late"].notna()
    assert (flights.loc[changed, "late"] == 0).all() and flights.loc[changed, "hour"].min() >= 7
    # "The morning pays", and so the share of late flights shows it hour by hour.
    hours = [t[week].groupby(t["hour"] // 1)["late"].mean() for t in (drift("slot_rules"), flights)]
    moved = hours[0] - hours[1]
    assert moved.loc[6:9].min() > 0.1 and moved.loc[17:20].max() < -0.1


def test_02_the_audit_finds_the_columns_of_the_truth_and_no_other():
    from utils.exercises.lesson_02.audit_trials import IN_PLACE, ONSET, trials
    from utils.exercises.lesson_02.e6_changed import _audit

    for drift in IN_PLACE:
        flights, after = trials()[f"`{drift.__name__}` of the library was applied"]
        _, truth = drift(flights, ONSET, np.random.default_rng(4))
        assert set(_audit()(flights, after).index) == set(truth.columns)


def test_02_celsius_jumps_and_the_longer_network_creeps():
    spring = load_flights(14, 24)
    celsius, _ = simulate.unit_change(spring, ONSET, np.random.default_rng(20))
    fall = celsius.groupby("week")["temp"].mean() - spring.groupby("week")["temp"].mean()
    assert (fall.loc[:19] == 0).all() and (fall.loc[20:] < -35).all()


def test_02_whole_flights_drawn_by_their_outcome_keep_their_mean_hour(flights):
    rng = np.random.default_rng(7)
    by_class = flights.dropna(subset="late").groupby("late")
    drawn = by_class.sample(5_000, replace=True, random_state=rng).groupby("late")["hour"].mean()
    assert (drawn - by_class["hour"].mean()).abs().max() < 0.3
