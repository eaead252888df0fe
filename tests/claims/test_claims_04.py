"""What lesson 04 says in words, compared with the data and with Evidently itself."""

import importlib
import re

import numpy as np
import pandas as pd
import pytest

from utils import model, paths
from utils.drift import measure, reports, simulate
from utils.drift.simulate import Severity
from utils.exercises.lesson_04 import april_weeks
from utils.exercises.lesson_04.old_names import declared, old_api
from utils.flights import CATEGORICAL, FEATURES, NUMERICAL, REFERENCE, load_flights

from evidently import DataDefinition, Dataset, Report  # isort: skip
from evidently.metrics import DriftedColumnsCount, MissingValueCount  # isort: skip
from evidently.metrics import OutRangeValueCount, ValueDrift  # isort: skip
from evidently.presets import ClassificationPreset, DataDriftPreset, DataSummaryPreset  # isort: skip

ONSET = "2013-04-01"
LESSON = paths.LESSONS / "04_evidently_reports.py"


@pytest.fixture(scope="module")
def march():
    return load_flights(*REFERENCE)


@pytest.fixture(scope="module")
def calm():
    return load_flights(14, 14)


@pytest.fixture(scope="module")
def struck(calm):
    for drift in (simulate.utc_hour, simulate.new_carrier, simulate.missing_feed):
        calm, _ = drift(calm, ONSET, np.random.default_rng(4))
    return calm


def table(metrics, current, reference):
    snapshot = Report(metrics, include_tests=True).run(current, reference)
    return reports.drift_table(snapshot).set_index("column")


def kinds(flights, definition=None):
    found = Dataset.from_pandas(flights, data_definition=definition).data_definition
    return {column: found.get_column_type(column).value for column in flights}


def test_04_six_columns_drift_in_the_calm_week_and_eight_with_the_faults(march, calm, struck):
    before, after = (
        table([DataDriftPreset()], reports.dataset(f), reports.dataset(march))
        for f in (calm, struck)
    )
    assert before["drifted"].sum() == 6
    assert after["drifted"].sum() == 8
    weather = {"temp", "humid", "wind_speed", "precip", "visib", "pressure"}
    assert set(before.index[before["drifted"]]) == weather
    assert set(after.index[after["drifted"]]) - weather == {"hour", "carrier"}
    moved = abs(after.loc["visib", "score"] - before.loc["visib", "score"])
    assert moved < 0.01
    assert after.loc["visib", "drifted"] and before.loc["visib", "drifted"]


def test_04_the_first_metric_and_the_first_test_have_no_column(march, calm):
    report = Report([DataDriftPreset()], include_tests=True)
    results = report.run(reports.dataset(calm), reports.dataset(march)).dict()
    assert "column" not in results["metrics"][0]["config"]
    assert "column" not in results["tests"][0]["metric_config"]["params"]
    assert all(test["id"] == "drift" for test in results["tests"][1:])
    without = Report([DataDriftPreset()]).run(reports.dataset(calm), reports.dataset(march))
    assert without.dict()["tests"] == []


def test_04_kinds_are_guessed_for_each_batch_anew(calm):
    served = calm.assign(
        carrier=pd.factorize(calm["carrier"])[0], weekday=pd.factorize(calm["weekday"])[0]
    )
    served = served.dropna(subset="late").astype({"late": int})
    week, few = kinds(served), kinds(served.head(12))
    assert (week["carrier"], few["carrier"]) == ("num", "cat")
    assert (week["dest"], few["dest"]) == ("cat", "text")
    assert week["flight_id"] == "num" and week["late"] == "cat" and week["sched_dep"] == "data"
    assert served["carrier"].nunique() > 10 >= served["weekday"].nunique()
    half = kinds(served, DataDefinition(numerical_columns=["hour", "temp"]))
    unknown = {column for column, kind in half.items() if kind == "unknown"}
    assert set(NUMERICAL) - {"hour", "temp"} <= unknown


def test_04_one_row_more_in_the_reference_turns_the_verdict_round(march, calm):
    shuffled = march.sample(frac=1, random_state=4)
    drifted, methods = [], []
    for rows in (1_000, 1_001):
        metrics = [ValueDrift(column=column) for column in ("distance", "carrier")]
        found = table(metrics, reports.dataset(calm), reports.dataset(shuffled.head(rows)))
        drifted.append(found.loc["carrier", "drifted"])
        methods += list(found["method"])
    assert drifted == [True, False]
    assert methods == [
        "K-S p_value",
        "chi-square p_value",
        "Wasserstein distance (normed)",
        "Jensen-Shannon distance",
    ]


@pytest.mark.parametrize(
    ("values", "kind", "rows", "method"),
    [
        (6, "numerical", 900, "K-S p_value"),
        (6, "numerical", 1_100, "Wasserstein distance (normed)"),
        (5, "numerical", 900, "chi-square p_value"),
        (5, "numerical", 1_100, "Jensen-Shannon distance"),
        (3, "categorical", 900, "chi-square p_value"),
        (3, "categorical", 1_100, "Jensen-Shannon distance"),
        (2, "categorical", 900, "Z-test p_value"),
        (2, "numerical", 900, "Z-test p_value"),
        (2, "categorical", 1_100, "Jensen-Shannon distance"),
        (2, "numerical", 1_100, "Jensen-Shannon distance"),
    ],
)
def test_04_the_table_of_default_methods(values, kind, rows, method):
    rng = np.random.default_rng(4)
    lists = {"numerical": [], "categorical": []} | {kind: ["x"]}
    current, reference = (
        declared(pd.DataFrame({"x": rng.integers(0, values, n)}), **lists) for n in (400, rows)
    )
    found = table([ValueDrift(column="x")], current, reference)
    assert found.loc["x", "method"] == method
    assert found.loc["x", "threshold"] == (0.05 if "p_value" in method else 0.1)


def test_04_missing_rows_of_the_reference_do_not_count(march, calm):
    gaps = march.head(1_200).assign(temp=march["temp"].head(1_200).where(np.arange(1_200) > 299))
    found = table([ValueDrift(column="temp")], reports.dataset(calm), reports.dataset(gaps))
    assert found.loc["temp", "method"] == "K-S p_value"


def test_04_forty_airports_are_taken_for_texts(march, calm):
    for rows, method in (
        (len(calm), "Jensen-Shannon distance"),
        (40, "Absolute text content drift"),
    ):
        tables = calm[["dest"]].head(rows), march[["dest"]]
        assert table([ValueDrift(column="dest")], *tables).loc["dest", "method"] == method


@pytest.mark.parametrize("seed", range(3))
def test_04_small_batches_alarm_without_drift_with_any_seed(march, seed):
    rng = np.random.default_rng(seed)
    for column, method in (("distance", measure.wasserstein), ("carrier", measure.jensen_shannon)):
        values = march[column].to_numpy()
        above = {
            size: np.mean(
                [method(*np.split(rng.permutation(values), [-size])) >= 0.1 for _ in range(60)]
            )
            for size in (30, 1_000)
        }
        assert above[30] > 0.85
        assert above[1_000] <= 0.02


@pytest.mark.parametrize("seed", range(3))
def test_04_chi_square_alarms_in_most_draws_without_drift(march, seed):
    rng = np.random.default_rng(seed)
    values, ours, fair = march["carrier"].to_numpy(), [], []
    for _ in range(100):
        first, second = rng.permutation(values)[:1_000].reshape(2, 500)
        ours.append(measure.chi_square_one_sample(first, second) < 0.05)
        fair.append(measure.chi_square_two_sample(first, second) < 0.05)
    assert np.mean(ours) > 0.6
    assert np.mean(fair) < 0.12


def test_04_measure_has_evidently_s_numbers(march, calm):
    data = reports.dataset(calm)
    for reference in (march, march.sample(500, random_state=4)):
        columns = ("distance", "carrier")
        metrics = [ValueDrift(column=column) for column in columns]
        found = table(metrics, data, reports.dataset(reference))["score"]
        small = len(reference) <= 1_000
        methods = (
            (measure.ks_pvalue, measure.chi_square_one_sample)
            if small
            else (measure.wasserstein, measure.jensen_shannon)
        )
        for column, method in zip(columns, methods, strict=True):
            assert found[column] == pytest.approx(method(reference[column], calm[column]), abs=1e-9)


def test_04_a_wrong_name_in_the_settings_is_ignored(march, calm):
    preset = DataDriftPreset(
        columns=["hour", "temp"],
        per_column_method={"hour": "ks"},
        per_column_threshold={"tmep": 3.0},
    )
    found = table([preset], reports.dataset(calm), reports.dataset(march))
    assert found.loc["hour", "method"] == "ks"
    assert found.loc["temp", "threshold"] == 0.1


def test_04_in_april_calm_weeks_and_faults_can_be_told_apart(march):
    april = faulty = load_flights(14, 16)
    for drift, when in (
        (simulate.utc_hour, ONSET),
        (simulate.unit_change, ONSET),
        (simulate.new_carrier, Severity(ONSET, peak=0.25)),
    ):
        faulty, truth = drift(faulty, when, np.random.default_rng(4))
    # "Fewer than one flight in fifty", here and in the message of the check.
    assert pd.Series(truth.rows).groupby(april["week"].to_numpy()).mean().max() < 1 / 50
    known = april_weeks.reference_values("carrier").unique()
    for week in april_weeks.CALM_WEEKS:
        assert 0 < (~april_weeks.week_values(week, "carrier", True).isin(known)).mean() < 1 / 50
    scores = {
        name: pd.DataFrame(
            {
                week: scores_of_the_lesson(march, flights[flights["week"] == week])
                for week in (14, 16)
            }
        )
        for name, flights in {"calm": april, "fault": faulty}.items()
    }
    assert (scores["calm"].max(axis=1) < scores["fault"].min(axis=1)).all()
    assert (scores["calm"].loc["temp"] > 0.1).all()
    assert (scores["fault"].loc["carrier"] < 0.1).all()


def scores_of_the_lesson(march, week):
    return {
        "hour": measure.wasserstein(march["hour"], week["hour"]),
        "temp": measure.wasserstein(march["temp"], week["temp"]),
        "carrier": measure.jensen_shannon(march["carrier"], week["carrier"]),
    }


def test_04_a_threshold_of_3_is_good_until_5_may_and_not_for_week_19(march):
    year = load_flights(14, 19)
    assert str(year.query("week == 18")["sched_dep"].max().date()) == "2013-05-05"
    temp = {
        week: measure.wasserstein(march["temp"], group["temp"])
        for week, group in year.groupby("week")
    }
    assert max(temp[week] for week in range(14, 19)) < 3 < temp[19]


@pytest.mark.parametrize("struck", [False, True])
@pytest.mark.parametrize(
    ("column", "method"),
    [("hour", "psi"), ("hour", "ks"), ("temp", None), ("carrier", "chisquare"), ("carrier", None)],
)
def test_04_the_check_of_44_has_the_verdicts_of_a_report(column, method, struck):
    lists = {"num": [], "cat": []} | {april_weeks.WATCHED[column]: [column]}
    current, reference = (
        declared(values.to_frame(), lists["num"], lists["cat"])
        for values in (
            april_weeks.week_values(15, column, struck),
            april_weeks.reference_values(column),
        )
    )
    found = table([ValueDrift(column=column, method=method)], current, reference).loc[column]
    said = april_weeks.verdict(column, method, None, 15, struck)
    assert said.score == pytest.approx(found["score"], abs=1e-12)
    assert (said.threshold, said.drifted) == (found["threshold"], found["drifted"])


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_04_missing_values_leave_the_score_nearly_alone(march, calm, share):
    silent, _ = simulate.missing_feed(calm, ONSET, np.random.default_rng(4), share=share)
    scores = [measure.wasserstein(march["visib"], flights["visib"]) for flights in (calm, silent)]
    assert scores[0] == pytest.approx(scores[1], abs=0.03)


def test_04_a_column_that_is_gone_is_passed_over_in_plain_tables(march, calm):
    gone = calm[FEATURES].drop(columns="visib")
    columns = ["temp", "pressure"]
    found = table([DataDriftPreset()], calm[columns], march[[*columns, "visib"]])
    assert sorted(found.index) == sorted(columns)
    with pytest.raises(KeyError):
        declared(gone, NUMERICAL, CATEGORICAL)


def test_04_the_quality_report_finds_the_silent_feed_and_not_the_wrong_hours(march, struck):
    metrics = [
        MissingValueCount(column="visib"),
        OutRangeValueCount(column="hour", left=0, right=24),
    ]
    for flights, expected in ((struck, 0.3), (march, 0.0)):
        missing, outside = Report(metrics).run(reports.dataset(flights)).dict()["metrics"]
        assert missing["value"]["share"] == pytest.approx(expected, abs=0.01)
        assert outside["value"]["count"] == 0
    names = [
        metric["metric_name"]
        for metric in Report([DataSummaryPreset()]).run(reports.dataset(struck)).dict()["metrics"]
    ]
    assert {"RowCount()", "ColumnCount()", "DatasetMissingValueCount()"} <= set(names)
    assert {"MissingValueCount(column=visib)", "MinValue(column=visib)"} <= set(names)


@pytest.fixture(scope="module")
def outcomes(march):
    delay_model = model.train()
    return {
        name: flights.assign(probability=model.predict(delay_model, flights))
        for name, flights in {"march": march, "week 17": load_flights(17, 17)}.items()
    }


def test_04_in_week_17_fewer_were_expected_late_and_far_more_were(outcomes):
    before, after = (outcomes[n][["probability", "late"]].mean() for n in ("march", "week 17"))
    assert after["probability"] < before["probability"] - 0.05
    assert after["late"] > before["late"] + 0.15
    current, reference = (reports.dataset(outcomes[n], outcome=True) for n in ("week 17", "march"))
    assert table([DataDriftPreset(columns=["probability", "late"])], current, reference)[
        "drifted"
    ].all()


def test_04_the_classification_preset_has_the_scores_of_lesson_01(outcomes):
    current, reference = (reports.dataset(outcomes[n], outcome=True) for n in ("week 17", "march"))
    metrics = Report([ClassificationPreset()]).run(current, reference).dict()["metrics"]
    found = {m["metric_name"].split("(")[0]: m["value"] for m in metrics}
    week = outcomes["week 17"]
    scores = model.weekly_scores(week, week["probability"].to_numpy()).loc[17]
    assert found["RocAuc"] == pytest.approx(scores["roc_auc"], abs=1e-9)
    assert found["LogLoss"] == pytest.approx(scores["log_loss"], abs=1e-9)
    known = week.dropna(subset="late")
    late = known["late"] == 1
    assert found["Recall"] == pytest.approx((known["probability"] >= 0.5)[late].mean(), abs=1e-9)
    assert (known["probability"] >= 0.5).mean() < 0.02


def _rows(header):
    text = LESSON.read_text(encoding="utf-8")
    rows = text[text.index(header) :].split("#\n")[0].splitlines()[2:]
    return [tuple(re.findall(r"`([^`]+)`", row)) for row in rows]


def _old_and_new():
    return _rows("| before 0.7 | today |")


def _ignored_and_new():
    return _rows("| taken and ignored | today |")


def _use(code, names):
    """Import `evidently.a.b.Name`, or run an expression."""
    if re.fullmatch(r"evidently(\.\w+)+", code):
        module, name = code.rsplit(".", 1)
        return getattr(importlib.import_module(module), name)
    return eval(code, names)


@pytest.mark.parametrize(("old", "new"), _old_and_new())
def test_04_every_line_of_the_page_for_old_tutorials(old, new, march, calm, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(reports, "display", lambda shown: None)
    current, reference = (
        declared(flights.head(300), ["hour"], ["origin"]) for flights in (calm, march)
    )
    report = Report([ValueDrift(column="hour")])
    names = {
        "Report": Report,
        "DataDriftPreset": DataDriftPreset,
        "ValueDrift": ValueDrift,
        "report": report,
        "reports": reports,
        "current": current,
        "reference": reference,
        "snapshot": report.run(current, reference),
    }
    with pytest.raises((ImportError, AttributeError, TypeError)) as error:
        _use(old, names)
    _use(new, names)
    said = f"{type(error.value).__name__}: {error.value}"
    if not isinstance(error.value, AttributeError) or "Report" in said:
        assert old_api(said), said


@pytest.mark.parametrize(("old", "new"), _ignored_and_new())
def test_04_every_line_of_the_names_that_are_taken_and_ignored(old, new):
    names = {"ValueDrift": ValueDrift, "DriftedColumnsCount": DriftedColumnsCount}
    bare = ValueDrift(column="hour") if "column" in old else DriftedColumnsCount()
    given = re.search(r'\w*stattest\w*=("psi"|1)', old)[1].strip('"')
    settings = ("method", "threshold")
    assert [getattr(_use(old, names), s) for s in settings] == [None, None]
    assert given in [str(getattr(_use(new, names), s)).removesuffix(".0") for s in settings]
    assert [getattr(bare, s) for s in settings] == [None, None]


def test_04_a_metric_with_an_old_name_keeps_its_default(march, calm):
    found = table([ValueDrift(column="hour", stattest="psi")], *map(reports.dataset, (calm, march)))
    assert found.loc["hour", "method"] == "Wasserstein distance (normed)"


def test_04_the_page_for_old_tutorials_is_read_whole():
    assert len(_old_and_new()) >= 20
    assert len(_ignored_and_new()) == 3
    assert all(len(row) == 2 for row in _old_and_new() + _ignored_and_new())


def test_04_nullable_and_arrow_columns_are_left_out_by_a_preset(march, calm):
    columns = ["temp", "distance", "carrier"]
    guessed = {
        "numpy": kinds(calm[columns]),
        "nullable": kinds(calm[columns].convert_dtypes()),
        "Arrow": kinds(calm[columns].convert_dtypes(dtype_backend="pyarrow")),
    }
    assert {name: list(found.values()) for name, found in guessed.items()} == {
        "numpy": ["num", "num", "cat"],
        "nullable": ["unknown", "unknown", "cat"],
        "Arrow": ["unknown", "num", "unknown"],
    }
    nullable, reference = calm[columns].convert_dtypes(), march[columns].convert_dtypes()
    assert list(table([DataDriftPreset()], nullable, reference).index) == ["carrier"]
    with pytest.raises(ValueError, match="Unknown"):
        table([ValueDrift(column="temp")], nullable, reference)


def test_04_saving_to_a_path_writes_nothing(march, calm, tmp_path):
    snapshot = Report([ValueDrift(column="hour")]).run(
        reports.dataset(calm.head(300)), reports.dataset(march.head(300))
    )
    snapshot.save_html(tmp_path / "page.html")
    snapshot.save_json(tmp_path / "page.json")
    assert not list(tmp_path.iterdir())
    assert len(snapshot.json()) < 5_000
