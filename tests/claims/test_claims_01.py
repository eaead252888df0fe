"""What lesson 01 says in words, compared with the data: prose must not rot silently."""

import numpy as np
import pytest
from sklearn.metrics import log_loss

from utils import model
from utils.flights import NUMERICAL, TRAINING, load_flights


@pytest.fixture(scope="module")
def year():
    flights = load_flights(10, 52)
    return flights, model.predict(model.train(), flights)


@pytest.fixture(scope="module")
def scores(year):
    return model.weekly_scores(*year)


@pytest.fixture(scope="module")
def input_shift(year):
    winter = load_flights(*TRAINING)[NUMERICAL]
    means = year[0].groupby("week")[NUMERICAL].mean()
    return ((means - winter.mean()).abs() / winter.std()).mean(axis=1)


def test_01_week_17_is_the_worst_and_its_inputs_are_in_the_middle(scores, input_shift):
    production = scores.loc[14:]
    assert production["log_loss"].idxmax() == 17
    assert 13 <= input_shift.loc[14:].rank(ascending=False)[17] <= 27


def test_01_may_is_loud_and_harmless(scores, input_shift):
    may = scores.loc[18:22, "log_loss"].mean()
    assert may < scores.loc[10:13, "log_loss"].mean()
    assert input_shift.loc[18:22].mean() > 1.5 * input_shift.loc[10:13].mean()


def test_01_like_for_like_week_17_stands_out(year):
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


def test_01_september_looks_better_and_is_not(scores):
    march, september = scores.loc[10:13].mean(), scores.loc[36:40].mean()
    # "A fifth lower than in March."
    assert 0.17 < 1 - september["log_loss"] / march["log_loss"] < 0.25
    assert september["roc_auc"] < march["roc_auc"] - 0.05
    assert september["predicted"] > september["late"] + 0.03


def test_01_the_right_constant_does_about_as_well_in_september(scores):
    s = scores["late"]
    entropy = -s * np.log(s) - (1 - s) * np.log(1 - s)
    gap = (scores["log_loss"] - entropy).loc[36:40]
    assert abs(gap.mean()) < 0.02
    # "The two curves rise and fall together."
    assert np.corrcoef(scores["log_loss"], entropy)[0, 1] > 0.9


def test_01_the_model_beats_the_constant_of_the_training_weeks(year):
    flights, probability = year
    served = (flights["week"] >= 14) & flights["late"].notna()
    constant = np.full(served.sum(), load_flights(*TRAINING)["late"].mean())
    late = flights.loc[served, "late"]
    assert log_loss(late, probability[served]) < log_loss(late, constant) - 0.02


def test_01_too_optimistic_all_summer_too_gloomy_in_september(scores):
    gap = scores["predicted"] - scores["late"]
    assert (gap.loc[23:35] < 0).mean() > 0.75
    assert (gap.loc[36:40] > 0).mean() > 0.75
