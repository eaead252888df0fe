"""What lesson 01 says in words, compared with the data: prose must not rot silently."""

import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from utils import model
from utils.exercises.lesson_01.scored_weeks import loss_of_constant
from utils.flights import NUMERICAL, TRAINING, load_flights


@pytest.fixture(scope="module")
def year():
    flights = load_flights(10, 52)
    return flights, model.predict(model.train(), flights)


@pytest.fixture(scope="module")
def share():
    return load_flights(*TRAINING)["late"].mean()


@pytest.fixture(scope="module")
def scores(year, share):
    scores = model.weekly_scores(*year)
    scores["constant"] = loss_of_constant(scores["late"], share)
    scores["gap"] = scores["log_loss"] - scores["constant"]
    winter = load_flights(*TRAINING)
    winter = winter[~(winter["wind_speed"] > 200)][NUMERICAL]
    means = year[0].groupby("week")[NUMERICAL].mean()
    return scores.assign(input_shift=((means - winter.mean()).abs() / winter.std()).mean(axis=1))


@pytest.fixture(scope="module")
def daily(year, share):
    flights, probability = year
    scored = flights.assign(p=probability, day=flights["sched_dep"].dt.normalize())
    scored = scored.dropna(subset="late")
    scored["loss"] = -np.log(np.where(scored["late"] == 1, scored["p"], 1 - scored["p"]))
    scored["constant"] = -np.log(np.where(scored["late"] == 1, share, 1 - share))
    return scored


def test_the_constant_known_beforehand_wins_in_week_17_alone(scores):
    production = scores.loc[14:]
    assert list(production.index[production["gap"] > 0]) == [17]
    assert list(scores.index[scores["gap"] > 0]) == [17]


def test_losing_against_the_oracle_is_no_shame(scores):
    oracle = loss_of_constant(scores["late"], scores["late"])
    assert (scores.loc[14:, "log_loss"] > oracle.loc[14:]).sum() == 12
    # "The two curves rise and fall together."
    assert np.corrcoef(scores["log_loss"], scores["constant"])[0, 1] > 0.9
    # "Most of what moves the log loss is how many flights are late at all."
    assert scores["log_loss"].loc[14:].corr(scores["late"].loc[14:]) ** 2 > 0.8


def test_all_summer_the_model_beats_the_constant_by_little(scores):
    summer = scores.loc[23:35, "gap"]
    assert (summer < 0).all()
    assert summer.mean() > scores.loc[10:13, "gap"].mean()


def test_loud_and_harmless_quiet_and_bad(year, scores):
    flights = year[0]
    warmest = load_flights(*TRAINING)["temp"].max()
    warmer = flights.assign(warmer=flights["temp"] > warmest).dropna(subset="temp")
    for week in (29, 35):
        assert warmer[warmer["week"] == week]["warmer"].mean() == 1
        assert scores.loc[week, "gap"] < 0
        # Louder than nearly every week before it.
        assert (scores["input_shift"].loc[14 : week - 1] > scores["input_shift"][week]).sum() <= 3
    for week in (50, 51):
        # "Their inputs look like winter's."
        assert scores["input_shift"][week] < scores["input_shift"].loc[10:13].max()
        assert scores["log_loss"][week] > scores["log_loss"].loc[10:13].max() + 0.05
        assert scores["gap"][week] < -0.03
    assert scores["input_shift"][26] > scores["input_shift"].loc[10:25].max()
    assert scores["log_loss"][26] > 0.75


def test_weeks_17_and_18_are_alike_in_inputs_and_opposite_in_loss(scores):
    assert abs(scores["input_shift"][17] - scores["input_shift"][18]) < 0.05
    assert scores["gap"][17] > 0 > scores["gap"][18]
    # "Lower than in most of March."
    assert (scores["log_loss"].loc[10:13] > scores["log_loss"][18]).sum() == 3


def test_on_its_day_week_17_was_a_record_and_so_was_each_week_before(scores):
    shift = scores["input_shift"].loc[10:17]
    assert (shift.diff().dropna() > 0).all()
    # "In December you see that it was in the middle of the field."
    assert 13 <= scores["input_shift"].loc[14:].rank(ascending=False)[17] <= 27


def test_input_shift_and_gap_hardly_go_together(scores):
    production = scores.loc[14:]
    together = production["input_shift"].corr(production["gap"], method="spearman")
    assert abs(together) < 2 * 0.16
    assert 1 / np.sqrt(len(production) - 1) == pytest.approx(0.16, abs=0.005)


def test_like_for_like_week_17_stands_out(year):
    flights = year[0]
    fine = flights[
        (flights["precip"] == 0)
        & (flights["visib"] == 10)
        & (flights["wind_speed"] < 20)
        & flights["temp"].between(40, 70)
        & ~flights["weekday"].isin(["Sat", "Sun"])
    ]
    late = fine.groupby("week")["late"].mean().loc[14:18]
    assert late[17] > 1.6 * late.drop(17).max()


def test_by_day_the_furloughs_end_on_the_27th_and_two_days_before_them_were_bad_too(daily):
    late = daily.groupby("day")["late"].mean()
    assert late.loc["2013-04-22":"2013-04-26"].min() > 0.35
    assert late["2013-04-27"] < 0.1
    # "On the Saturday before there were three times as many."
    assert 2.5 < late["2013-04-20"] / late["2013-04-27"] < 3.9
    assert late.loc["2013-04-18":"2013-04-19"].min() > 0.45
    visible = daily[daily["day"] == "2013-04-18"]["visib"].mean()
    assert visible > 9.5


def test_september_looks_better_and_is_not(scores):
    march, september = scores.loc[10:13].mean(), scores.loc[36:40].mean()
    # "A fifth lower than in March."
    assert 0.17 < 1 - september["log_loss"] / march["log_loss"] < 0.25
    assert september["roc_auc"] < march["roc_auc"] - 0.05
    assert september["predicted"] > september["late"] + 0.03
    assert march["gap"] < september["gap"] < 0


def test_the_linear_model_loses_to_the_constant_and_keeps_some_order(year, share):
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    from utils.flights import CATEGORICAL, FEATURES

    flights, probability = year
    winter = load_flights(*TRAINING).dropna(subset="late")
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), CATEGORICAL),
        (make_pipeline(SimpleImputer(), StandardScaler()), NUMERICAL),
    )
    linear = make_pipeline(columns, LogisticRegression(max_iter=1000))
    served = flights[(flights["week"] >= 14) & flights["late"].notna()]
    p = linear.fit(winter[FEATURES], winter["late"]).predict_proba(served)[:, 1]
    late, constant = served["late"], np.full(len(served), share)
    trees = probability[served.index]
    assert log_loss(late, trees) < log_loss(late, constant) - 0.02
    assert log_loss(late, p) > log_loss(late, constant) + 0.01
    assert roc_auc_score(late, p) > 0.6


def test_most_weeks_of_summer_had_more_late_flights_than_promised(scores):
    gap = scores["predicted"] - scores["late"]
    assert (gap.loc[23:35] < 0).sum() == 11
    assert (gap.loc[36:40] > 0).sum() == 4
    # "What it promises on average hardly moves; the world does."
    assert scores["predicted"].std() < 0.35 * scores["late"].std()


def test_the_damage_was_all_in_week_17_and_waiting_tripled_the_predictions(daily):
    def lost(first, last):
        rows = daily[daily["sched_dep"].between(first, last, inclusive="left")]
        return (rows["loss"] - rows["constant"]).sum(), len(rows)

    week, seen = lost("2013-04-22", "2013-04-29")
    after, unseen = lost("2013-04-29", "2013-05-13")
    assert week > 0
    assert after < -week
    assert 2.8 < (seen + unseen) / seen < 3.2
