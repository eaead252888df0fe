"""FlightDelay: the same to the last digit, and clear about what it cannot do."""

import os
import subprocess
import sys

import joblib
import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from utils import model
from utils.errors import CourseError
from utils.flights import FEATURES, TRAINING, load_flights

CODE = """
import hashlib
from utils import model
from utils.flights import load_flights
p = model.predict(model.train(), load_flights(17, 17))
print(hashlib.sha256(p.tobytes()).hexdigest())
"""


@pytest.fixture(scope="module")
def trained():
    return model.train()


@pytest.fixture(scope="module")
def week():
    return load_flights(17, 17)


def test_training_twice_gives_the_same_digits_whatever_the_threads():
    digests = {
        subprocess.check_output(
            [sys.executable, "-c", CODE], env=os.environ | {"OMP_NUM_THREADS": threads}
        )
        for threads in ("1", "2")
    }
    assert len(digests) == 1


def test_saving_and_loading_changes_nothing(trained, week, tmp_path):
    path = tmp_path / "model.joblib"
    model.save(trained, path)
    loaded = model.load(path)
    assert (model.predict(loaded, week) == model.predict(trained, week)).all()


def test_missing_and_unseen_values_are_taken_as_they_come(trained, week):
    strange = week.assign(temp=np.nan, carrier="ZZ")
    probability = model.predict(trained, strange)
    assert np.isfinite(probability).all()
    assert ((probability > 0) & (probability < 1)).all()


def test_weekly_scores_are_those_of_scikit_learn(trained):
    flights = load_flights(16, 17)
    probability = model.predict(trained, flights)
    scores = model.weekly_scores(flights, probability)
    known = (flights["week"] == 17) & flights["late"].notna()
    late, p = flights.loc[known, "late"], probability[known]
    assert scores.loc[17, "roc_auc"] == roc_auc_score(late, p)
    assert scores.loc[17, "log_loss"] == log_loss(late, p)
    assert scores.loc[17, "flights"] == known.sum()
    assert scores.loc[17, "brier"] == pytest.approx(((late - p) ** 2).mean())


def test_a_week_with_one_kind_of_outcome_has_no_auc(week):
    punctual = week[week["late"] == 0]
    scores = model.weekly_scores(punctual, np.full(len(punctual), 0.2))
    assert np.isnan(scores.loc[17, "roc_auc"])
    assert scores.loc[17, "log_loss"] == pytest.approx(-np.log(0.8))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda f: f.drop(columns="temp"), "lack the feature `temp`"),
        (lambda f: f.head(0), "no flights"),
        (lambda f: f.assign(late=np.nan), "both kinds"),
    ],
)
def test_training_says_what_is_missing(spoil, says):
    with pytest.raises(CourseError, match=says):
        model.train(spoil(load_flights(*TRAINING)))


def test_loading_says_what_is_wrong(trained, tmp_path):
    path = tmp_path / "model.joblib"
    with pytest.raises(CourseError, match="no model at"):
        model.load(path)
    path.write_bytes(b"not a model")
    with pytest.raises(CourseError, match="cannot be read"):
        model.load(path)
    joblib.dump([1], path)
    with pytest.raises(CourseError, match="holds no FlightDelay"):
        model.load(path)
    joblib.dump({"scikit-learn": "0.1", "model": trained}, path)
    with pytest.raises(CourseError, match=r"scikit-learn 0\.1"):
        model.load(path)


def test_the_features_are_known_before_departure():
    assert not {"arr_delay", "late", "flight_id"} & set(FEATURES)
