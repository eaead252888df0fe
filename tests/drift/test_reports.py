"""Evidently in the course: data handed over whole, results as a table, pages in a frame."""

import os

import numpy as np
import pandas as pd
import pytest

from utils.drift import reports
from utils.errors import CourseError
from utils.flights import CATEGORICAL, FEATURES, NUMERICAL, load_flights

from evidently import Report  # isort: skip  (utils.reports comes first: it switches telemetry off)
from evidently.metrics import RowCount, ValueDrift  # isort: skip
from evidently.presets import (  # isort: skip
    ClassificationPreset,
    DataDriftPreset,
    DataSummaryPreset,
)


@pytest.fixture(scope="module")
def march():
    return load_flights(10, 10).sample(600, random_state=3)


@pytest.fixture(scope="module")
def july():
    return load_flights(29, 29).sample(400, random_state=3)


def run(metrics, current, reference, **settings):
    return Report(metrics, **settings).run(reports.dataset(current), reports.dataset(reference))


def test_telemetry_is_off():
    assert os.environ["DO_NOT_TRACK"]


def test_dataset_declares_every_feature_whatever_the_batch(march):
    # Inferred, a whole number with few values would count as a category and an id as a feature.
    few = march.head(3).assign(distance=200)
    definition = reports.dataset(few).data_definition
    kinds = {name: definition.get_column_type(name).value for name in FEATURES}
    assert kinds == {n: "num" for n in NUMERICAL} | {n: "cat" for n in CATEGORICAL}
    assert list(reports.dataset(march).as_dataframe().columns) == FEATURES


def test_dataset_with_outcome_leaves_unknown_outcomes_out(march):
    served = march.assign(probability=np.linspace(0.01, 0.99, len(march)))
    known = served["late"].notna()
    assert not known.all()
    data = reports.dataset(served, outcome=True)
    assert len(data.as_dataframe()) == known.sum()
    snapshot = Report([ClassificationPreset()]).run(data, data)
    found = {m["metric_name"].split("(")[0]: m["value"] for m in snapshot.dict()["metrics"]}
    assert {"RocAuc", "LogLoss"} <= set(found)


def test_dataset_leaves_the_flights_alone(march):
    before = march.copy()
    reports.dataset(march.assign(probability=0.2), outcome=True)
    pd.testing.assert_frame_equal(march, before)


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (lambda f: f.head(0), "no flights"),
        (lambda f: f.drop(columns="visib"), "lack the column `visib`"),
        (lambda f: f.assign(visib=np.nan), "`visib` holds no value at all"),
        (lambda f: f.assign(carrier=None), "`carrier` holds no value at all"),
        (lambda f: f.assign(temp=f["temp"].astype("str")), "`temp` should hold numbers"),
        (lambda f: pd.concat([f, f[["temp"]]], axis=1), "`temp` twice"),
        (lambda f: f.to_numpy(), "should be a table"),
        (lambda f: f.assign(precip=f["precip"] > 0), "`precip` should hold numbers; it holds bool"),
        (lambda f: f.assign(temp=np.inf), "`temp` holds no value at all"),
        (lambda f: f.assign(temp=f["temp"].astype(object)), "`pd.to_numeric`"),
        (lambda f: f.assign(hour=f["sched_dep"]), "`hour` should hold numbers; it holds times"),
        (lambda f: f.assign(carrier=f["sched_dep"]), "`carrier` should hold categories"),
        (lambda f: f.assign(carrier=[[1]] * len(f)), "a list in its cells"),
        (lambda f: f[["temp"]].rename(columns={"temp": "alcohol"}), "a table of your own"),
    ],
)
def test_dataset_refuses_what_evidently_would_skip_or_misname(march, broken, says):
    with pytest.raises(CourseError, match=says):
        reports.dataset(broken(march))


def test_dataset_with_outcome_needs_an_outcome(march):
    with pytest.raises(CourseError, match="`probability`"):
        reports.dataset(march, outcome=True)
    served = march.assign(probability=0.2)
    with pytest.raises(CourseError, match="`late` holds no value"):
        reports.dataset(served.assign(late=np.nan), outcome=True)


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (lambda f: f.assign(late=0.0), "Every flight in the table is on time"),
        (lambda f: f.assign(late=1.0), "Every flight in the table is late"),
        (lambda f: f.assign(late=f["late"] * 2), "`late` has the value 2"),
        (lambda f: f.assign(late="yes"), "`late` should hold numbers; it holds text"),
        (lambda f: f.assign(probability=f["probability"].where(f["temp"] > 40)), "is missing"),
        (lambda f: f.assign(probability=100 * f["probability"]), "in per cent"),
        (lambda f: f.assign(probability=f["probability"].round()), "these are labels"),
    ],
)
def test_an_outcome_that_evidently_cannot_score_is_refused(march, broken, says):
    served = march.assign(probability=np.linspace(0.01, 0.99, len(march)))
    with pytest.raises(CourseError, match=says):
        reports.dataset(broken(served), outcome=True)


@pytest.mark.parametrize("backend", ["numpy_nullable", "pyarrow"])
def test_nullable_and_arrow_columns_give_the_report_of_plain_ones(march, july, backend):
    gaps = july.assign(probability=np.linspace(0.01, 0.99, len(july)))
    gaps["carrier"] = gaps["carrier"].where(np.arange(len(july)) % 5 > 0)
    reference = march.assign(probability=np.linspace(0.01, 0.99, len(march)))
    presets = [DataDriftPreset(), DataSummaryPreset(), ClassificationPreset()]
    scores = []
    for current in (gaps, gaps.convert_dtypes(dtype_backend=backend)):
        data = (reports.dataset(table, outcome=True) for table in (current, reference))
        snapshot = Report(presets).run(*data)
        assert snapshot.json()
        scores.append(reports.drift_table(snapshot))
    pd.testing.assert_frame_equal(*scores)


def test_an_index_of_several_levels_is_no_matter(march, july):
    levels = july.set_index(["week", "flight_id"], drop=False)
    one, other = (
        reports.drift_table(run([DataDriftPreset()], table, march)) for table in (july, levels)
    )
    pd.testing.assert_frame_equal(one, other)


def test_one_row_and_constant_columns_are_reported(march):
    snapshot = run([DataDriftPreset(method="psi")], march.head(1), march.assign(precip=0.0))
    assert len(reports.drift_table(snapshot)) == len(FEATURES)


def test_drift_table_says_what_evidently_says(march, july):
    snapshot = run([DataDriftPreset()], july, march, include_tests=True)
    table = reports.drift_table(snapshot)
    assert list(table.columns) == ["column", "method", "score", "threshold", "drifted"]
    assert set(table["column"]) == set(FEATURES)
    drifted = snapshot.dict()["metrics"][0]["value"]["count"]
    assert table["drifted"].sum() == drifted > 0
    assert table.set_index("column").loc["temp", "drifted"]


def test_drift_table_knows_both_directions(march, july):
    # Drift is a small p-value, and a large distance.
    metrics = [
        ValueDrift(column="temp", method="ks"),
        ValueDrift(column="temp", method="wasserstein"),
    ]
    table = reports.drift_table(run(metrics, july, march, include_tests=True))
    assert table["drifted"].all()
    by_score = table["score"] < table["threshold"]
    assert list(by_score) == [True, False]


def test_drift_table_without_tests_does_not_guess(march, july):
    table = reports.drift_table(run([ValueDrift(column="temp")], july, march))
    assert table["drifted"].isna().all()


def test_drift_table_of_something_else(march):
    with pytest.raises(CourseError, match="no drift score"):
        reports.drift_table(run([RowCount()], march, march))


@pytest.mark.parametrize("given", [Report([RowCount()]), None], ids=["report", "none"])
def test_what_is_no_snapshot_has_to_be_run_first(given, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for use in (reports.drift_table, lambda s: reports.show(s, "x")):
        with pytest.raises(CourseError, match=r"`snapshot = report\.run\(current, reference\)`"):
            use(given)
    assert list(tmp_path.iterdir()) == []


def test_show_keeps_the_report_out_of_the_notebook(march, july, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = []
    monkeypatch.setattr(reports, "display", shown.append)
    snapshot = run([ValueDrift(column="temp")], july, march)
    for _ in range(2):
        reports.show(snapshot, "july_temp")
    page = tmp_path / "reports" / "july_temp.html"
    assert page.stat().st_size > 1_000_000
    assert shown[0].data == shown[1].data
    assert 'src="reports/july_temp.html"' in shown[0].data
    assert len(shown[0].data) < 1_000


@pytest.mark.parametrize("name", ["../up", "a b", "", 'x"y', None])
def test_show_refuses_names_that_are_no_file(name):
    with pytest.raises(CourseError, match="letters, digits"):
        reports.show(None, name)


def test_show_says_where_it_cannot_write(march, july, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reports").write_text("a file where the folder should be")
    with pytest.raises(CourseError, match="cannot be written"):
        reports.show(run([ValueDrift(column="temp")], july, march), "july")
