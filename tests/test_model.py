"""FlightDelay: the same to the last digit, and clear about what it cannot do."""

import os
import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
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


def test_predictions_are_paired_by_place_or_refused(trained, week):
    shuffled = week.sample(frac=1, random_state=1)
    p = model.predict(trained, shuffled)
    right = model.weekly_scores(shuffled, p)
    for form in (list(p), pd.Series(p, index=shuffled.index), pd.Series(p, dtype="Float64").array):
        pd.testing.assert_frame_equal(model.weekly_scores(shuffled, form), right)
    named = shuffled.set_index("flight_id")
    pd.testing.assert_frame_equal(model.weekly_scores(named, pd.Series(p)), right)
    by_label = pd.Series(p, index=shuffled.index).sort_index()
    # The same numbers in another order: by label or by place?
    for unclear in (by_label, pd.Series(p)):
        with pytest.raises(CourseError, match="order of the flights"):
            model.weekly_scores(shuffled, unclear)
    with pytest.raises(CourseError, match="other labels"):
        model.weekly_scores(shuffled, by_label.rename(lambda label: label + 1_000))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda f, p: (f, p[1:]), r"has the shape \(.*one value for each"),
        (lambda f, p: (f, np.c_[1 - p, p]), r"second column, `\[:, 1\]`"),
        (lambda f, p: (f, np.where(p > 0.2, np.nan, p)), "is missing"),
        (lambda f, p: (f, 100 * p), "in per cent"),
        (lambda f, p: (f, ["a"] * len(p)), "should hold numbers"),
        (lambda f, p: (f, 0.2), "one value for each"),
        (lambda f, p: (f.drop(columns="week"), p), "lack the column `week`"),
        (lambda f, p: (f.drop(columns="late"), p), "lack the column `late`"),
        (lambda f, p: (f.assign(late="no"), p), "`late` should hold 1"),
        (lambda f, p: (f.assign(late=2.0), p), "`late` has the value 2"),
        (lambda f, p: (f.to_numpy(), p), "should be a table"),
        (lambda f, p: (f.assign(week=np.nan), p), "`week` is missing for"),
        (lambda f, p: (f.assign(week=[[14]] * len(f)), p), "`week` should hold numbers"),
    ],
)
def test_scores_say_what_is_wrong(trained, week, spoil, says):
    with pytest.raises(CourseError, match=says):
        model.weekly_scores(*spoil(week, model.predict(trained, week)))


def test_without_a_known_outcome_there_is_no_row_but_the_columns(week):
    scores = model.weekly_scores(week.assign(late=np.nan), np.full(len(week), 0.2))
    assert scores.empty and list(scores.columns) == model.SCORES
    assert scores["log_loss"].isna().all()


@pytest.mark.parametrize("backend", ["numpy_nullable", "pyarrow"])
def test_nullable_and_arrow_columns_give_the_same_predictions(trained, week, backend):
    gaps = week.assign(temp=week["temp"].where(week["hour"] > 9), carrier=week["carrier"])
    gaps["carrier"] = gaps["carrier"].where(gaps["hour"] > 7)
    typed = gaps.convert_dtypes(dtype_backend=backend)
    right = model.predict(trained, gaps)
    assert (model.predict(trained, typed) == right).all()
    pd.testing.assert_frame_equal(
        model.weekly_scores(typed, right), model.weekly_scores(gaps, right), check_index_type=False
    )
    assert (model.predict(model.train(typed), week) == model.predict(model.train(gaps), week)).all()


def test_categories_and_columns_of_nothing_are_predicted(trained, week):
    right = model.predict(trained, week)
    for dtype in ("category", object):
        typed = week.astype(dict.fromkeys(["carrier", "origin", "weekday"], dtype))
        assert (model.predict(trained, typed) == right).all()
    nothing = model.predict(trained, week.assign(temp=np.nan))
    for missing in (pd.NA, None):
        assert (model.predict(trained, week.assign(temp=missing)) == nothing).all()
    nobody = model.predict(trained, week.assign(carrier=pd.Series(None, week.index, dtype="str")))
    for missing in (np.nan, pd.NA, None):
        assert (model.predict(trained, week.assign(carrier=missing)) == nobody).all()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda f: {"temp": [1.0]}, "should be a table"),
        (lambda f: f.to_numpy(), "should be a table"),
        (lambda f: f.assign(temp="warm"), "`temp` should hold numbers, and holds text"),
        (lambda f: f.assign(temp=f["temp"].astype(object)), "`pd.to_numeric`"),
        (lambda f: f.assign(temp=f["temp"] > 50), "holds booleans"),
        (lambda f: f.assign(carrier=3), "`carrier` should hold text, and holds numbers"),
        (lambda f: f.assign(carrier=[["UA"]] * len(f)), "holds a list in its cells"),
        (lambda f: pd.concat([f, f[["temp"]]], axis=1), "`temp` twice"),
    ],
)
def test_predicting_says_what_is_wrong(trained, week, spoil, says):
    with pytest.raises(CourseError, match=says):
        model.predict(trained, spoil(week))
    with pytest.raises(CourseError, match="`model` is a NoneType"):
        model.predict(None, week)


def test_saving_says_where_it_cannot_write(trained, tmp_path):
    with pytest.raises(CourseError, match="Is the folder there"):
        model.save(trained, tmp_path / "nowhere" / "model.joblib")


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
