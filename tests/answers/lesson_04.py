"""Answers to lesson 04."""

import numpy as np
import pandas as pd
from scipy import stats

from tests.answers import right, wrong
from utils.drift import measure, reports
from utils.flights import CATEGORICAL, FEATURES, NUMERICAL

from evidently import BinaryClassification, DataDefinition, Dataset, Regression, Report  # isort: skip
from evidently.metrics import MissingValueCount, OutRangeValueCount, ValueDrift  # isort: skip
from evidently.presets import DataDriftPreset, DataSummaryPreset  # isort: skip

EMPTY = {f"{kind}_columns": [] for kind in ("text", "datetime", "unknown", "list")}
TASK = BinaryClassification(target="late", prediction_probas="probability")


def _definition(**changes):
    parts = {
        "id_column": "flight_id",
        "timestamp": "sched_dep",
        "numerical_columns": NUMERICAL,
        "categorical_columns": CATEGORICAL,
        "classification": [TASK],
        **EMPTY,
    }
    return DataDefinition(**(parts | changes))


right("4.1", _definition())
right("4.1", _definition(unknown_columns=["dest"]))
right("4.1", _definition(unknown_columns=["dest", "late", "probability"]))
right(
    "4.1",
    _definition(
        numerical_columns=tuple(reversed(NUMERICAL)),
        classification=[
            BinaryClassification(
                name="late or not", target="late", prediction_probas="probability", pos_label=1
            )
        ],
    ),
)

wrong("4.1", "should be a DataDefinition", {"numerical_columns": NUMERICAL})
wrong("4.1", "always", _definition(id_column=None))
wrong("4.1", "always", _definition(id_column=None, numerical_columns=["flight_id", *NUMERICAL]))
wrong("4.1", "as `timestamp`", _definition(timestamp=None, datetime_columns=["sched_dep"]))
wrong(
    "4.1",
    "never be checked",
    _definition(numerical_columns=[*NUMERICAL, "carrier"], categorical_columns=["origin"]),
)
wrong(
    "4.1",
    "is a category. Its numbers stand for names",
    _definition(
        numerical_columns=[*NUMERICAL, "carrier", "weekday"], categorical_columns=["origin"]
    ),
)
wrong("4.1", "never be checked", _definition(numerical_columns=["hour", "temp"]))
wrong("4.1", "never be checked", _definition(categorical_columns=["origin", "carrier"]))
wrong("4.1", "among the inputs", _definition(categorical_columns=[*CATEGORICAL, "late"]))
wrong("4.1", "among the inputs", _definition(numerical_columns=[*NUMERICAL, "probability"]))
wrong("4.1", "Give `text_columns=[]`", _definition(text_columns=None))
for kind in ("datetime", "unknown", "list"):
    wrong("4.1", f"no `{kind}_columns`, so", _definition(**{f"{kind}_columns": None}))
for label in (0, "late", True):
    task = BinaryClassification(target="late", prediction_probas="probability", pos_label=label)
    wrong("4.1", "the probability of `late` being 1", _definition(classification=[task]))
wrong("4.1", "should be in no list", _definition(categorical_columns=[*CATEGORICAL, "dest"]))
wrong("4.1", "no such column", _definition(numerical_columns=[*NUMERICAL[1:], "Hour"]))
wrong("4.1", "and in `categorical_columns`", _definition(numerical_columns=[*NUMERICAL, "carrier"]))
wrong("4.1", "no `classification`", _definition(classification=None))
wrong("4.1", "should be a list", _definition(classification=TASK))
wrong(
    "4.1",
    "prediction_labels",
    _definition(
        classification=[BinaryClassification(target="late", prediction_labels="probability")]
    ),
)
wrong(
    "4.1",
    "are swapped",
    _definition(
        classification=[BinaryClassification(target="probability", prediction_probas="late")]
    ),
)
wrong("4.1", "always", DataDefinition())
wrong("4.1", "asked for is the DataDefinition alone", Dataset.from_pandas(pd.DataFrame({"x": [1]})))
wrong("4.1", "no such column", _definition(timestamp="departure"))
wrong("4.1", "has 2 tasks", _definition(classification=[TASK, TASK]))
wrong("4.1", "as well", _definition(regression=[Regression(target="late", prediction="hour")]))
wrong(
    "4.1",
    "`late` is declared as `prediction_labels`",
    _definition(
        classification=[
            BinaryClassification(
                target="late", prediction_probas="probability", prediction_labels="late"
            )
        ]
    ),
)


@right("4.2")
def by_dictionary(current, reference):
    report = Report([DataDriftPreset()], include_tests=True)
    tests = report.run(current, reference).dict()["tests"]
    failed = [test for test in tests if test["id"] == "drift" and test["status"] == "FAIL"]
    return [test["metric_config"]["params"]["column"] for test in failed]


@right("4.2")
def by_objects(current, reference):
    report = Report([DataDriftPreset()], include_tests=True)
    found = set()
    for test in report.run(reference_data=reference, current_data=current).tests_results:
        if test.id == "drift" and test.status.value == "FAIL":
            found.add(test.metric_config.params["column"])
    return found


@right("4.2")
def by_the_table(current, reference):
    report = Report([DataDriftPreset()], include_tests=True)
    table = reports.drift_table(report.run(current, reference))
    return table.loc[table["drifted"], "column"]


@right("4.2")
def by_direction(current, reference):
    found = []
    for metric in Report([DataDriftPreset()]).run(current, reference).dict()["metrics"][1:]:
        config, score = metric["config"], metric["value"]
        is_p = "p_value" in config["method"]
        if (score < config["threshold"]) if is_p else (score >= config["threshold"]):
            found.append(config["column"])
    return found


@wrong("4.2", "include_tests=True")
def without_tests(current, reference):
    tests = Report([DataDriftPreset()]).run(current, reference).dict()["tests"]
    return [t["metric_config"]["params"]["column"] for t in tests if t["status"] == "FAIL"]


@wrong("4.2", "drift test of the first column")
def without_two(current, reference):
    tests = Report([DataDriftPreset()], include_tests=True).run(current, reference).dict()["tests"]
    return [t["metric_config"]["params"]["column"] for t in tests[2:] if t["status"] == "FAIL"]


@wrong("4.2", "the scores are distances, and the larger")
def as_p_values(current, reference):
    metrics = Report([DataDriftPreset()]).run(current, reference).dict()["metrics"][1:]
    return [m["config"]["column"] for m in metrics if m["value"] < m["config"]["threshold"]]


@wrong("4.2", "a column is in it twice")
def twice(current, reference):
    return 2 * by_dictionary(current, reference)


@wrong("4.2", "belong to none")
def every_failed_test(current, reference):
    preset = DataDriftPreset(drift_share=0.1)
    tests = Report([preset], include_tests=True).run(current, reference).dict()["tests"]
    return [t["metric_config"]["params"]["column"] for t in tests if t["status"] == "FAIL"]


@wrong("4.2", "belong to none")
def every_metric(current, reference):
    metrics = Report([DataDriftPreset()]).run(current, reference).dict()["metrics"]
    return [m["config"]["column"] for m in metrics if m["value"] > m["config"]["threshold"]]


@wrong("4.2", "other data than yours")
def from_the_picture(current, reference):
    return ["hour", "temp", "humid", "wind_speed", "precip", "visib", "pressure", "carrier"]


@wrong("4.2", "a None in your list")
def every_failed_test_or_none(current, reference):
    preset = DataDriftPreset(drift_share=0.1)
    tests = Report([preset], include_tests=True).run(current, reference).dict()["tests"]
    return [t["metric_config"]["params"].get("column") for t in tests if t["status"] == "FAIL"]


@wrong("4.2", "the title of a test")
def titles(current, reference):
    tests = Report([DataDriftPreset()], include_tests=True).run(current, reference).dict()["tests"]
    return [t["name"] for t in tests if t["status"] == "FAIL" and t["id"] == "drift"]


@wrong("4.2", "a list of names")
def the_table(current, reference):
    report = Report([DataDriftPreset()], include_tests=True)
    return reports.drift_table(report.run(current, reference))


@wrong("4.2", "returned the Snapshot itself")
def the_snapshot(current, reference):
    return Report([DataDriftPreset()], include_tests=True).run(current, reference)


@wrong("4.2", "a list of the names")
def how_many(current, reference):
    return len(by_dictionary(current, reference))


@wrong("4.2", "`Report` is only the recipe")
def from_the_report(current, reference):
    report = Report([DataDriftPreset()], include_tests=True)
    report.run(current, reference)
    return report.dict()["tests"]


@wrong("4.2", "API before version 0.7; today it is `from evidently import Report`")
def old_import(current, reference):
    from evidently.report import Report

    return Report([DataDriftPreset()]).run(current, reference)


@wrong("4.2", "API before version 0.7; today the presets")
def old_preset(current, reference):
    from evidently.metric_preset import DataDriftPreset

    return Report([DataDriftPreset()]).run(current, reference)


@wrong("4.2", "today a `DataDefinition`")
def old_mapping(current, reference):
    report = Report([DataDriftPreset()])
    return report.run(reference_data=reference, current_data=current, column_mapping=None)


@wrong("4.2", "today it is `snapshot.dict()`")
def old_dictionary(current, reference):
    return Report([DataDriftPreset()]).run(current, reference).as_dict()


@wrong("4.2", "today it is `method` and `threshold`")
def old_method(current, reference):
    return Report([DataDriftPreset(stattest="psi")]).run(current, reference)


@wrong("4.2", "a method or a threshold")
def other_methods(current, reference):
    report = Report([DataDriftPreset(method="jensenshannon", threshold=0.2)], include_tests=True)
    table = reports.drift_table(report.run(current, reference))
    return list(table.loc[table["drifted"], "column"])


@right("4.3")
def by_scipy(reference, current):
    reference, current = reference.dropna(), current.dropna()
    if len(reference) > 1000:
        return "wasserstein", stats.wasserstein_distance(reference, current) / reference.std()
    return "ks", stats.ks_2samp(reference, current).pvalue


@right("4.3")
def by_measure(reference, current):
    name = "ks" if reference.count() <= 1000 else "wasserstein"
    method = {"ks": measure.ks_pvalue, "wasserstein": measure.wasserstein}[name]
    return name, round(method(reference, current), 3)


@right("4.3")
def by_evidently(reference, current):
    tables = (column.to_frame("x").reset_index(drop=True) for column in (current, reference))
    metric = Report([ValueDrift(column="x")]).run(*tables).dict()["metrics"][0]
    return [metric["config"]["method"], metric["value"]]


@right("4.3")
def by_numpy(reference, current):
    r, c = (column.to_numpy()[column.notna()] for column in (reference, current))
    if len(r) > 1000:
        return "Wasserstein distance (normed)", stats.wasserstein_distance(r, c) / np.std(r)
    return "K-S p_value", float(f"{stats.ks_2samp(c, r)[1]:.3g}")


@wrong("4.3", "Which rows decide")
def by_both(reference, current):
    if min(reference.count(), current.count()) < 300 or reference.count() > 700:
        return "wasserstein", measure.wasserstein(reference, current)
    return by_scipy(reference, current)


@wrong("4.3", "in standard deviations of the reference")
def by_another_spread(reference, current):
    name, score = by_scipy(reference, current)
    iqr = reference.quantile(0.75) - reference.quantile(0.25)
    return name, score * reference.std() / iqr if name == "wasserstein" else score


@wrong("4.3", "two-sided p-value")
def by_t_test(reference, current):
    name, score = by_scipy(reference, current)
    r, c = reference.dropna(), current.dropna()
    return name, stats.ttest_ind(r, c).pvalue if name == "ks" else score


@wrong("4.3", "NaN")
def keeps_missing(reference, current):
    if reference.count() > 1000:
        return "wasserstein", stats.wasserstein_distance(reference, current) / reference.std()
    return "ks", stats.ks_2samp(reference, current).pvalue


@wrong("4.3", "its `.pvalue`")
def the_whole_result(reference, current):
    return "ks", stats.ks_2samp(reference.dropna(), current.dropna())


@wrong("4.3", "two things")
def score_alone(reference, current):
    return by_scipy(reference, current)[1]


@wrong("4.3", "swapped")
def score_first(reference, current):
    return by_scipy(reference, current)[::-1]


@wrong("4.3", 'asked for are "wasserstein"')
def another_name(reference, current):
    return "Jensen-Shannon", by_scipy(reference, current)[1]


THREE = ["hour", "temp", "carrier"]


def _watch(methods=None, thresholds=None, columns=THREE, **settings):
    return DataDriftPreset(
        columns=columns,
        per_column_method=methods,
        per_column_threshold=thresholds,
        **settings,
    )


GOOD = {"temp": 3, "carrier": 0.05}
right("4.4", _watch(thresholds=GOOD))
right("4.4", _watch({"hour": "ks"}, {"temp": 2.6, "hour": 0.01, "carrier": 0.04}, cat_method="psi"))
right("4.4", _watch(thresholds={"temp": 9, "carrier": 0.05}, method="psi", num_threshold=2))
right("4.4", _watch({"temp": "jensenshannon"}, {"temp": 0.75, "carrier": 0.05}, THREE[::-1]))

wrong("4.4", "watches every column", _watch(thresholds=GOOD, columns=None))
wrong("4.4", "watches every column", DataDriftPreset())
wrong("4.4", "names `humid` as well", _watch(thresholds=GOOD, columns=[*THREE, "humid"]))
wrong("4.4", "the preset alone", Report([_watch(thresholds=GOOD)], include_tests=True))
wrong("4.4", "in no list", [_watch(thresholds=GOOD)])
wrong("4.4", "should be a DataDriftPreset", ValueDrift(column="hour"))
wrong("4.4", "How large is the score in calm weeks?", _watch())
wrong("4.4", "Evidently's default", _watch(thresholds={"temp": 3}))
wrong("4.4", "Week 15 as it was is calm", _watch(thresholds=GOOD | {"temp": 2.2}))
wrong("4.4", "temperatures in Celsius", _watch(thresholds=GOOD | {"temp": 6}))
wrong("4.4", "hours in UTC", _watch(thresholds=GOOD | {"hour": 2}))
wrong("4.4", "take a distance", _watch(num_method="ks", thresholds={"carrier": 0.05}))
wrong("4.4", "take a distance", _watch({"carrier": "chisquare"}, {"temp": 3}))
wrong("4.4", "nearly always", _watch({"hour": "ks"}, GOOD | {"hour": 0.999}))
wrong("4.4", "This score is a distance", _watch(num_threshold=0.05, cat_threshold=0.05))
wrong("4.4", "names `tmep`", _watch(thresholds={"tmep": 3, "carrier": 0.05}))
wrong("4.4", "is not watched", _watch(thresholds={"temp": 3}, columns=["hour", "temp"]))
wrong("4.4", "isn't applicable", _watch(method="wasserstein", thresholds={"temp": 3}))
wrong("4.4", "No stattest found", _watch({"temp": "Wasserstein distance (normed)"}, {"temp": 3}))
wrong("4.4", "Hand your methods", {"temp": ("wasserstein", 3), "carrier": ("psi", 0.05)})
wrong("4.4", "should be a DataDriftPreset", DataSummaryPreset())
wrong("4.4", "takes too long", _watch({"temp": "empirical_mmd"}))


def _metric(metric, table):
    return Report([metric]).run(table).dict()["metrics"][0]["value"]


@right("4.5")
def by_metrics(current, reference, limits):
    broken = []
    for column, (low, high) in limits.items():
        if column not in current.columns:
            broken.append(column)
            continue
        missing = MissingValueCount(column=column)
        now, before = (_metric(missing, t[[column]])["share"] for t in (current, reference))
        outside = OutRangeValueCount(column=column, left=low, right=high)
        if now > before + 0.1 or _metric(outside, current[[column]])["count"] > 0:
            broken.append(column)
    return broken


@right("4.5")
def one_report(current, reference, limits):
    there = [c for c in limits if c in current]
    metrics = [MissingValueCount(column=c) for c in there]
    metrics += [OutRangeValueCount(column=c, left=limits[c][0], right=limits[c][1]) for c in there]
    definition = DataDefinition(numerical_columns=there, categorical_columns=[], **EMPTY)
    broken = set(limits) - set(there)
    shares = []
    for table in (current, reference):
        data = Dataset.from_pandas(table[there], data_definition=definition)
        found = Report(metrics).run(data, None).dict()["metrics"]
        shares.append([metric["value"] for metric in found])
    for number, column in enumerate(there):
        now, before = (values[number]["share"] for values in shares)
        if now - before > 0.1 or shares[0][number + len(there)]["count"]:
            broken.add(column)
    return broken


@right("4.5")
def by_pandas(current, reference, limits):
    return [c for c, (low, high) in limits.items() if _is_broken(current, reference, c, low, high)]


@right("4.5")
def by_the_extremes(current, reference, limits):
    broken = {c for c in limits if c not in current.columns}
    there = current.drop(columns=[c for c in current if c not in limits])
    broken |= {c for c in there if there[c].min() < limits[c][0] or there[c].max() > limits[c][1]}
    more = there.isna().mean() - reference[list(there)].isna().mean()
    return tuple(broken | set(more.index[more > 0.1]))


def _is_broken(current, reference, column, low, high):
    if column not in current:
        return True
    more = current[column].isna().mean() - reference[column].isna().mean()
    return more > 0.1 or not current[column].dropna().between(low, high).all()


@wrong("4.5", "Do you divide one share by the other")
def by_ratio(current, reference, limits):
    broken = by_pandas(current, reference, limits)
    there = [c for c in limits if c in current and current[c].isna().any()]
    ratio = {c: current[c].isna().mean() / reference[c].isna().mean() for c in there}
    outside = [c for c in broken if c not in there or c == "temp"]
    return sorted({*outside, *(c for c in there if ratio[c] > 1.1)})


@wrong("4.5", "numbers* of missing values")
def by_counts(current, reference, limits):
    broken = []
    for column, (low, high) in limits.items():
        if column not in current:
            broken.append(column)
            continue
        more = current[column].isna().sum() - reference[column].isna().sum()
        values = current[column].dropna()
        if more > 0.1 * len(current) or (values < low).any() or (values > high).any():
            broken.append(column)
    return broken


@wrong("4.5", "ask for it first")
def crashes(current, reference, limits):
    return by_metrics(current.assign(**{c: current[c] for c in limits}), reference, limits)


@wrong("4.5", "return an empty list")
def nothing_when_nothing(current, reference, limits):
    return by_metrics(current, reference, limits) or None


@wrong("4.5", "is not among the columns of `limits`")
def every_column(current, reference, limits):
    feeds = [c for c in FEATURES if c not in limits and c in current]
    return [*by_metrics(current, reference, limits), *feeds[:1]]


@wrong("4.5", "a list of names")
def yes_or_no(current, reference, limits):
    return len(by_metrics(current, reference, limits)) > 0


@wrong("4.5", "twice")
def both_reasons(current, reference, limits):
    return [c for c in by_metrics(current, reference, limits) for _ in range(2)]


@wrong("4.5", "of the values are missing, and in the reference")
def by_drift(current, reference, limits):
    there = [c for c in limits if c in current]
    preset = DataDriftPreset(columns=there, method="wasserstein", threshold=np.inf)
    run = Report([preset], include_tests=True).run(current[there], reference[there])
    table = reports.drift_table(run)
    return list(table.loc[table["drifted"], "column"])


# What a trial of the course by a stranger brought up: each is wrong, and passed or was misread.
wrong("4.1", "names `temp` twice", _definition(numerical_columns=[*NUMERICAL, "temp"]))
wrong("4.1", "names `temp` twice", _definition(unknown_columns=["temp"]))
wrong("4.1", "names `carrier` twice", _definition(text_columns=["carrier"]))
wrong("4.1", "names `sched_dep` twice", _definition(datetime_columns=["sched_dep"]))
wrong(
    "4.1",
    "`origin`, which holds text",
    _definition(numerical_columns=FEATURES, categorical_columns=[]),
)


def _drifted(choose=None, **settings):
    def drifted_columns(current, reference):
        report = Report([DataDriftPreset(**settings)], include_tests=True)
        table = reports.drift_table(report.run(current, reference))
        return list(table["column"][choose(table) if choose else table["drifted"]])

    return drifted_columns


wrong("4.2", "a method or a threshold", _drifted(threshold=0.2))
wrong("4.2", "a method or a threshold", _drifted(method="psi"))
wrong("4.2", "scores with 0.05", _drifted(lambda table: table["score"] < 0.05))
wrong("4.3", "swap reference and current", lambda r, c: by_scipy(c, r))
wrong("4.3", "comes back for a reference of", lambda r, c: (by_scipy(r, c)[0], True))
wrong("4.4", "names a column twice", _watch(thresholds=GOOD, columns=[*THREE, "hour"]))


@wrong("4.5", "lies in -999 to")
def only_many_values_outside(current, reference, limits):
    return [
        column
        for column, (low, high) in limits.items()
        if column not in current
        or current[column].isna().mean() - reference[column].isna().mean() > 0.1
        or ((current[column] < low) | (current[column] > high)).mean() > 0.01
    ]


@wrong("4.5", "in one flight")
def stops_where_one_is_gone(current, reference, limits):
    gone = [column for column in limits if column not in current]
    return gone or by_pandas(current, reference, limits)


@wrong("4.5", "break no feed")
def any_missing_value(current, reference, limits):
    return [
        column
        for column, (low, high) in limits.items()
        if column not in current or not current[column].between(low, high).all()
    ]
