"""What lesson 10 says in words, compared with the data."""

import numpy as np
import pandas as pd
import pytest

from utils import model
from utils.desk import incident_bank
from utils.drift import measure, reports, simulate
from utils.flights import FEATURES, REFERENCE, load_flights

DAY = pd.Timedelta("1D")
NIGHT = pd.Timestamp("2013-05-16")


@pytest.fixture(scope="module")
def champion():
    return model.train()


@pytest.fixture(scope="module")
def known():
    flights = load_flights(1, 20)
    return flights[flights["sched_dep"] <= NIGHT - DAY]


@pytest.fixture(scope="module")
def challenger(known):
    return model.train(known[known["sched_dep"] >= NIGHT - 70 * DAY])


@pytest.fixture(scope="module")
def wednesday(champion):
    guided = incident_bank.draw(None)
    flights = guided.played(guided.flights())
    inside = (flights["sched_dep"] >= NIGHT - DAY) & (flights["sched_dep"] < NIGHT)
    flights = flights[inside]
    return flights.assign(probability=model.predict(champion, flights))


def loss(late, p):
    return -np.log(np.where(late == 1, p, 1 - p))


def interval(values):
    rng = np.random.default_rng(10)
    means = [rng.choice(values, len(values)).mean() for _ in range(1000)]
    return np.quantile(means, [0.025, 0.975])


def test_the_report_of_wednesday_has_half_a_dozen_suspects_with_temp_on_top(wednesday, champion):
    from utils.desk import drift_window

    march = load_flights(*REFERENCE)
    march = march.assign(probability=model.predict(champion, march))
    march = drift_window.same_hours(march, NIGHT - DAY, NIGHT)
    table = reports.drift_table(drift_window.report(wednesday, march, preset=False))
    table = table.sort_values("score", ascending=False)
    assert table["column"].iloc[0] == "temp"
    drifted = set(table.loc[table["drifted"], "column"])
    assert len(drifted) == 6
    assert {"temp", "pressure", "humid", "wind_speed", "probability"} <= drifted


def test_newark_since_noon_and_too_high_by_more_than_ten_points(wednesday, champion):
    newark = wednesday[wednesday["origin"] == "EWR"]
    spoilt = newark[newark["sched_dep"] >= "2013-05-15 12:00"]
    assert spoilt["temp"].max() < 30 < newark["temp"].max()
    repaired = spoilt.assign(temp=spoilt["temp"] * 1.8 + 32)
    change = spoilt["probability"].mean() - model.predict(champion, repaired).mean()
    assert 0.1 < change < 0.12


def test_every_combination_of_drifts_comes_harmless_and_harmful(champion, challenger, known):
    march, week = load_flights(*REFERENCE), load_flights(22, 22)
    hasty = model.train(known[known["sched_dep"] >= NIGHT - 7 * DAY])

    def inject(name):
        return simulate.DRIFTS[name](week, "2013-05-27", np.random.default_rng(10))[0]

    km = week.assign(distance=week["distance"] * 1.609)
    pairs = {
        (False, False): [(week, week, champion), (week, inject("furlough"), champion)],
        (True, False): [(week, km, champion), (week, inject("utc_hour"), champion)],
        (False, True): [(week, week, challenger), (week, week, hasty)],
        (True, True): [(march, week, champion), (week, inject("unit_change"), champion)],
    }
    for (data, prediction), situations in pairs.items():
        change = []
        for before, now, new in situations:
            p_before, p_now = model.predict(champion, before), model.predict(new, now)
            largest = measure.by_column(measure.psi, before, now, FEATURES).max()
            assert (largest > 0.2) == data
            assert (measure.psi(p_before, p_now) > 0.05) == prediction
            ends = [
                loss(f["late"], p)[f["late"].notna()].mean()
                for f, p in ((now, p_now), (before, p_before))
            ]
            change.append(ends[0] - ends[1])
        assert change[0] < 0.001, (data, prediction)
        assert change[1] > 0.03, (data, prediction)


def test_two_real_weeks_in_a_row_may_exceed_both_limits(champion):
    before, now = load_flights(21, 21), load_flights(22, 22)
    assert measure.by_column(measure.psi, before, now, FEATURES).max() > 0.2
    predictions = (model.predict(champion, week) for week in (before, now))
    assert measure.psi(*predictions) > 0.05


def test_the_mean_of_the_week_would_make_newark_look_too_warm_and_the_middle_day_does_not():
    from utils.desk import drift_window

    guided = incident_bank.draw(None)
    clean = guided.flights()
    spoilt = guided.played(clean)
    spoilt = spoilt[spoilt["sched_dep"] < NIGHT]  # repaired at midnight
    flights = pd.concat([spoilt, clean[clean["sched_dep"] >= NIGHT]])
    hourly = drift_window.observations(flights, flights["sched_dep"].dt.floor("h"))
    apart = drift_window.station_differences(hourly)["temp"].xs("EWR", level="origin")
    today = apart[(apart.index >= NIGHT) & (apart.index < NIGHT + DAY)].mean()
    days = apart[(apart.index < NIGHT) & (apart.index >= NIGHT - 7 * DAY)].resample("D").mean()
    assert today - days.mean() > 2
    assert abs(today - days.median()) < 2


def test_two_days_are_clear_three_are_not_and_four_weeks_are(champion, challenger):
    flights = load_flights(20, 24).dropna(subset="late")
    old, new = (loss(flights["late"], model.predict(m, flights)) for m in (champion, challenger))
    gain = pd.Series(old - new, index=flights["sched_dep"])
    two, three = gain["2013-05-16":"2013-05-17"], gain["2013-05-16":"2013-05-18"]
    assert interval(two)[0] > 0.001
    low, high = interval(three)
    assert low < -0.001 < 0.005 < high
    later = gain["2013-05-20":]
    daily = later.groupby(later.index.date).mean()
    assert len(daily) == 28
    assert interval(daily)[0] > 0.005


def test_late_labels_take_the_gain_and_more_in_december(champion):
    year = load_flights(1, 52).dropna(subset="late")
    trained = {w: model.train(year[year["week"].between(w - 7, w)]) for w in range(9, 50, 4)}
    rows = {}
    for number, group in year[year["week"] >= 14].groupby("week"):
        newest = 9 + (number - 10) // 4 * 4
        models = (champion, trained[newest], trained[max(newest - 4, 9)])
        rows[number] = [loss(group["late"], model.predict(m, group)).mean() for m in models]
    never, at_once, late = pd.DataFrame.from_dict(rows, orient="index").to_numpy().T
    assert at_once.mean() < never.mean() - 0.01
    assert late.mean() > never.mean()
    # The title of the figure: the sum is above zero after the summer, and below at the end.
    saved = (never - late).cumsum()
    assert saved[:20].max() > 0.3
    assert saved[-1] < 0
    december = slice(35, None)
    assert late[december].mean() > never[december].mean() + 0.08
    assert 0 < at_once[december].mean() - never[december].mean() < 0.03
    # "mostly in summer": weeks 24 to 33
    gain = never - at_once
    assert gain[10:20].sum() > 0.9 * gain.sum()


def test_the_champion_cannot_know_what_came_after_the_third_of_march():
    assert load_flights(1, 9)["sched_dep"].max() < pd.Timestamp("2013-03-04")


def test_in_week_17_no_alert_on_the_inputs_fires_and_the_outcomes_ring(champion):
    from utils.desk import alert_rules, drift_window

    march = load_flights(*REFERENCE)
    march = march.assign(probability=model.predict(champion, march))
    flights = load_flights(16, 17)
    flights = flights.assign(probability=model.predict(champion, flights))
    outcomes = set()
    for until in pd.date_range("2013-04-23", "2013-04-29"):
        week = flights[(flights["sched_dep"] < until) & (flights["sched_dep"] >= until - 8 * DAY)]
        today = week["sched_dep"] >= until - DAY
        found = drift_window.measure(week[today], week[~today], march, until)
        assert alert_rules.beyond(found) == set()
        outcomes |= alert_rules.beyond(drift_window.outcomes(week[today]))
    assert {alert for alert, _, _ in outcomes} == {"OutcomesDrift"}


def test_in_the_backtest_short_windows_lose_and_long_ones_do_not(champion, known):
    monday = pd.Timestamp("2013-05-06")
    later = load_flights(19, 20).query("sched_dep < '2013-05-19'").dropna(subset="late")
    past = known[known["sched_dep"] <= monday - DAY]
    base = loss(later["late"], model.predict(champion, later))
    gains, errors = {}, {}
    for weeks in (3, 4, 8, 12):
        rows = past[past["sched_dep"] >= monday - pd.Timedelta(weeks=weeks)]
        gain = base - loss(later["late"], model.predict(model.train(rows), later))
        daily = pd.Series(gain).groupby(later["sched_dep"].dt.date.to_numpy()).mean()
        gains[weeks], errors[weeks] = daily.mean(), daily.sem()
    assert max(gains[3], gains[4]) < -0.02
    # "lose nothing, and these two weeks cannot say more": within a standard error of zero
    for weeks in (8, 12):
        assert -0.01 < gains[weeks] < errors[weeks]


def test_the_check_of_the_window_knows_the_champions_loss(champion):
    from utils.exercises.lesson_10 import desk_table

    later = desk_table._later()
    found = desk_table.loss(later, model.predict(champion, later))
    assert found == pytest.approx(desk_table.CHAMPION_LOSS, abs=1e-3)


def test_who_looks_every_day_finds_a_winner_among_equals_more_than_twice_as_often():
    days = np.random.default_rng(3).normal(size=(4000, 28))
    n = np.arange(14, 29)
    sums, squares = (x.cumsum(axis=1)[:, 13:] for x in (days, days**2))
    error = np.sqrt((squares / n - (sums / n) ** 2) / (n - 1))
    clear = np.abs(sums / n) > 1.96 * error
    assert 0.05 < clear[:, -1].mean() < 0.07
    assert 0.1 < clear.any(axis=1).mean() < 0.25
    assert clear.any(axis=1).mean() > 2 * 0.05
