# %% [markdown]
# # 04 · Run an Evidently report, and say why a column is called drifted
#
# **The desk's problem.** The airport group wants all its models watched with Evidently, an open
# library for drift reports. On the Monday after the first week the desk gets its first report:
# "Dataset drift is detected", eight of eleven columns in the list. Your manager asks three
# questions. Which of these eight must we act on? Where do the numbers come from? And what would
# this report *not* have told us? You know the answer to the first one only because you put three
# faults into that week yourself.
#
# After this lesson you can:
#
# 1. tell Evidently what each column is, so that it guesses nothing (exercise 4.1);
# 2. run a drift report and read every verdict out of it by program (exercise 4.2);
# 3. say why a method was chosen, recompute its score, and choose methods and thresholds of your own
#    (exercises 4.3 and 4.4);
# 4. find what a drift report cannot see (exercise 4.5).
#
# **Time:** about {minutes} minutes.

# %%
from utils.drift import reports  # first of all: see below

# isort: split
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from evidently import BinaryClassification, DataDefinition, Dataset, Report
from evidently.metrics import MissingValueCount, OutRangeValueCount, ValueDrift
from evidently.presets import ClassificationPreset, DataDriftPreset, DataSummaryPreset
from scipy import stats

from utils import model, plots
from utils.drift import measure, simulate
from utils.exercises import check, hint, progress, solution
from utils.flights import CATEGORICAL, FEATURES, NUMERICAL, REFERENCE, load_flights
from utils.drift.simulate import Severity

# %% [markdown]
# That cell takes some seconds. `utils.drift.reports` comes before Evidently, since it sets
# `DO_NOT_TRACK`, which keeps Evidently's dashboard (lesson 05) from sending usage statistics.
#
# ## The first week, twice
#
# The reference is weeks 10 to 13. `calm` is week 14, the first one in service, as it was. `struck`
# is the same week with three faults of known truth from lesson 02.

# %%
ONSET = "2013-04-01"
reference, calm = load_flights(*REFERENCE), load_flights(14, 14)
struck = calm
for drift in (simulate.utc_hour, simulate.new_carrier, simulate.missing_feed):
    struck, truth = drift(struck, ONSET, np.random.default_rng(4))
    print(truth)

# %% [markdown]
# ## What is a column?
#
# Evidently compares numbers in one way and categories in another, and if nobody tells it which is
# which, it guesses, for each batch anew. Here is what the service logs: `carrier` and `weekday`
# come as numbers that stand for names. We let Evidently guess from the whole week, and from its
# first twelve flights.

# %%
served = calm.dropna(subset="late").astype({"late": int})
served["probability"] = model.predict(model.train(), served)
for column in ("carrier", "weekday"):
    served[column] = pd.factorize(served[column])[0]
served = served[["flight_id", "sched_dep", *FEATURES, "dest", "late", "probability"]]


# %%
def kinds(table, definition=None):
    found = Dataset.from_pandas(table, data_definition=definition).data_definition
    return {column: found.get_column_type(column).value for column in table}


guessed = pd.DataFrame({"whole week": kinds(served), "12 flights": kinds(served.head(12))})
guessed.loc[["flight_id", "sched_dep", "hour", "carrier", "weekday", "dest", "late"]]

# %% [markdown]
# `data` is the time of the row. Three things are wrong. The id and the outcome count as inputs.
# `carrier` is a number in the week, and a category among twelve flights: whole numbers with at most
# ten different values count as categories. And `dest` turns into `text`, since more than half of
# its values differ. **A kind that flips with the batch changes the method that compares it.**
#
# It also guesses by dtype. Here are three columns as numpy holds them, and as they come from many a
# database or parquet file:

# %%
columns = ["temp", "distance", "carrier"]
nullable = calm[columns].convert_dtypes()
arrow = calm[columns].convert_dtypes(dtype_backend="pyarrow")
pd.DataFrame({"numpy": kinds(calm[columns]), "nullable": kinds(nullable), "Arrow": kinds(arrow)})

# %% [markdown]
# `unknown` is left out by every preset, without a word: nobody would miss the temperatures. (A
# `ValueDrift` that names such a column ends in an error.) A `DataDefinition` settles all that. But
# half of one is a trap:

# %%
half = pd.Series(kinds(served, DataDefinition(numerical_columns=["hour", "temp"])))
list(half.index[half == "unknown"])

# %% [markdown]
# All other numbers are now `unknown`. So a good definition names every input, and gives an empty
# list for each kind that does not occur.
#
# ### Exercise {4.1}
#
# Make `definition`, a DataDefinition for tables such as `served`. `flight_id` is the id
# (`id_column`) and `sched_dep` the time (`timestamp`). The features in `NUMERICAL` are numbers,
# those in `CATEGORICAL` categories. `late` and `probability` are no inputs: they belong to a
# `BinaryClassification`, as its `target` and its `prediction_probas`, and `classification` takes a
# list of one such task. `dest` is not compared. No kind may be guessed: give `text_columns`,
# `datetime_columns`, `unknown_columns` and `list_columns` as well. `kinds(served, definition)`
# shows what you have made.

# %% tags=["student"] exercise="4.1"
definition = None  # replace None

# %% tags=["solution"] exercise="4.1"
definition = DataDefinition(
    id_column="flight_id",
    timestamp="sched_dep",
    numerical_columns=NUMERICAL,
    categorical_columns=CATEGORICAL,
    text_columns=[],
    datetime_columns=[],
    unknown_columns=[],
    list_columns=[],
    classification=[BinaryClassification(target="late", prediction_probas="probability")],
)

# %%
check("4.1", definition)
# hint("4.1")
# solution("4.1")

# %%
pd.Series(kinds(served.head(12), definition))[["carrier", "dest"]]

# %% [markdown]
# You have *earned* `reports.dataset(flights)`: the flights as a `Dataset` in which the eleven
# features are declared. It also refuses a table that lacks a column.
#
# ## A report
#
# A `Report` is a recipe: a list of metrics, or a *preset* that stands for many. `run` takes the
# **current** data first and the reference second, and returns a `Snapshot`, which holds the
# results.

# %%
report = Report([DataDriftPreset()], include_tests=True)
march = reports.dataset(reference)
snapshot = report.run(reports.dataset(struck), march)
reports.show(snapshot, "week14_drift")

# %% [markdown]
# The page is about four megabytes, so it lies in a file beside the notebook. (In a narrow window,
# scroll the frame sideways.) What each part is for:
#
# - **Dataset Drift** counts columns. It says "detected" when at least half of them drifted
#   (`drift_share`). It does not know which columns matter.
# - **The table** has a row for each column, ten on a page. Read `Type` first: is it what you
#   declared? Then the method (`Stat Test`) and the score. The two small histograms have axes of
#   their own, so do not compare their heights.
# - **Data drift**, behind the arrow of a number, answers *when*: the red line is the mean of the
#   current rows in their order, the green band the reference's mean, plus and minus a standard
#   deviation. In `humid` you see days of dry air.
# - **Data distribution**, beside it, answers *where*: both samples in one histogram. In `hour` the
#   early morning is empty, and flights at midnight are new; in `carrier` there is a bar `ZZ` that
#   the reference does not have. The button `perc` turns counts into shares.
# - **Tests**, the tab at the top, has each verdict with its threshold in a sentence.
#
# ## Every number, by program
#
# The same results stand in a dictionary, in two lists.

# %%
results = snapshot.dict()
metric, test = results["metrics"][1], results["tests"][1]
print(metric["config"])
print("score", round(metric["value"], 3))
print(test["id"], test["status"].value, test["metric_config"]["params"]["column"])
print(test["description"])

# %% [markdown]
# A metric has a score, and no verdict. The verdict is a **test**, with the status `FAIL` when the
# column drifted, and there are tests only because we said `include_tests=True`. Do not compare
# score and threshold yourself: for some methods a large score is drift, for others a small one. The
# first entry of both lists is about the share of drifted columns, and has no column of its own.
#
# ### Exercise {4.2}
#
# Write `drifted_columns(current, reference)`. Both are Datasets. Run a drift report with the
# default methods, and return the list of the names of the columns that Evidently calls drifted, in
# any order. For the week above, it has eight names.


# %% tags=["student"] exercise="4.2"
def drifted_columns(current, reference):
    """Return the names of the columns that Evidently calls drifted."""
    ...  # replace this line


# %% tags=["solution"] exercise="4.2"
def drifted_columns(current, reference):
    report = Report([DataDriftPreset()], include_tests=True)
    tests = report.run(current, reference).dict()["tests"]
    failed = [test for test in tests if test["id"] == "drift" and test["status"] == "FAIL"]
    return [test["metric_config"]["params"]["column"] for test in failed]


# %%
check("4.2", drifted_columns)
# hint("4.2")
# solution("4.2")

# %%
drifted_columns(reports.dataset(struck), march)  # yours

# %% [markdown]
# You have earned `reports.drift_table(snapshot)`, which puts scores and verdicts into a table.
#
# **Predict first.** In `calm`, the same week without our faults, how many of the eleven columns
# does the default report call drifted: none, one or two, or more than half? And of our three
# faults, which will be seen as a difference between the two weeks? Choose before you run on.

# %%
compared = {}
runs = {"calm": report.run(reports.dataset(calm), march), "struck": snapshot}
for name, run in runs.items():
    found = reports.drift_table(run).set_index("column")
    compared[name] = found[["score", "drifted"]]
    print(f"{name}: {found['drifted'].sum()} of {len(found)} columns drifted")
pd.concat(compared, axis=1).round(3)

# %% [markdown]
# Six columns are drifted in a week in which nothing happened but weather (lesson 03 told you why).
# Two of our faults, in `hour` and `carrier`, make the two new verdicts. The third, a feed of
# `visib` that falls silent, moved its score by less than a hundredth. We come back to it.
#
# ## Why this method?
#
# You named none, so Evidently chose, by the kind of the column and the rows of the **reference**
# that are not missing:
#
# | column | up to 1,000 rows | more |
# | --- | --- | --- |
# | number, more than 5 values | Kolmogorov–Smirnov, p ≤ 0.05 | Wasserstein, ≥ 0.1 (in std. dev.) |
# | number, 3 to 5 values | chi-square, p < 0.05 | Jensen–Shannon, ≥ 0.1 |
# | category, more than 2 values | chi-square, p < 0.05 | Jensen–Shannon, ≥ 0.1 |
# | either, 1 or 2 values | Z test, p < 0.05 | Jensen–Shannon, ≥ 0.1 |
# | text | a classifier that tells the samples apart | the same, another limit |
#
# One row more in the reference, and a p-value becomes a distance:

# %%
shuffled = reference.sample(frac=1, random_state=4)
few = Report([ValueDrift(column=c) for c in ("distance", "carrier")], include_tests=True)
for rows in (1000, 1001):
    with np.errstate(divide="ignore"):  # chi-square: an airline that these rows lack
        found = few.run(reports.dataset(calm), reports.dataset(shuffled.head(rows)))
    print(rows, "reference rows\n", reports.drift_table(found).round(3).to_string(index=False))

# %% [markdown]
# The same week, and the verdict on `carrier` flips. And where kinds are guessed, the batch decides,
# too. Here `dest`, undeclared, in the whole week and in forty flights:

# %%
for rows in (len(calm), 40):
    found = Report([ValueDrift(column="dest")]).run(calm[["dest"]].head(rows), reference[["dest"]])
    print(f"{rows:5d} flights:", reports.drift_table(found)["method"][0])

# %% [markdown]
# Forty codes of airports, taken for forty texts, are compared by a classifier of words.
#
# ### Exercise {4.3}
#
# Write `evidently_score(reference, current)` for two Series of numbers with many different values.
# Return two things: the name of the method that Evidently takes, `"ks"` or `"wasserstein"`, and its
# score. Missing values are dropped first. For `ks` the score is the two-sided p-value. For
# `wasserstein` it is the distance divided by the standard deviation of the reference.
# `stats.ks_2samp` and `stats.wasserstein_distance` help; three digits suffice.


# %% tags=["student"] exercise="4.3"
def evidently_score(reference, current):
    """Return the name of Evidently's default method, and its score."""
    ...  # replace this line


# %% tags=["solution"] exercise="4.3"
def evidently_score(reference, current):
    reference, current = reference.dropna(), current.dropna()
    if len(reference) > 1000:
        distance = stats.wasserstein_distance(reference, current)
        return "wasserstein", distance / reference.std(ddof=0)
    return "ks", stats.ks_2samp(reference, current).pvalue


# %%
check("4.3", evidently_score)
# hint("4.3")
# solution("4.3")

# %%
pd.Series(evidently_score(shuffled["distance"].head(1_001), calm["distance"]), ["method", "score"])

# %% [markdown]
# `utils.drift.measure` has most of these scores without a report, and much faster. So we can
# measure what a default is worth: draw batches *out of the reference*, compare them with the rest
# of it, where nothing drifts, and count alarms. First the distances, for batches of growing size.

# %%
rng = np.random.default_rng(4)
methods = {"distance": measure.wasserstein, "carrier": measure.jensen_shannon}
values = {column: reference[column].to_numpy() for column in methods}
bands = {}
for column, method in methods.items():
    drawn = {
        size: [method(*np.split(rng.permutation(values[column]), [-size])) for _ in range(40)]
        for size in (30, 100, 300, 1000, 3000)
    }
    bands[column] = pd.DataFrame(drawn).quantile([0.05, 0.5, 0.95]).T

# %%
axes = plt.subplots(figsize=(9, 4.4))[1]
for column, band in bands.items():
    line = axes.plot(band[0.5], marker="o", label=f"{column}, {methods[column].__name__}")[0]
    axes.fill_between(band.index, band[0.05], band[0.95], alpha=0.25, color=line.get_color())
axes.axhline(0.1, color=plots.GREY, linestyle="--")
axes.set(xscale="log", xticks=band.index, xticklabels=band.index, ylim=0)
axes.set(xlabel="flights in the batch (logarithmic)", ylabel="score of a batch without drift")
axes.annotate("default threshold", (3000, 0.105), ha="right", color=plots.GREY)
axes.legend()
_ = axes.set_title("Small batches alarm without any drift")

# %% [markdown]
# Each band holds nine of ten batches. With thirty flights nearly every batch lies above the
# threshold of 0.1, with a thousand none does. **A distance threshold holds for one batch size.** A
# small reference is no better off, for there Evidently takes chi-square:

# %%
alarms = {"Evidently's chi-square": [], "two-sample chi-square": []}
for _ in range(100):
    drawn = rng.permutation(values["carrier"])
    first, second = drawn[:500], drawn[500:1000]
    alarms["Evidently's chi-square"].append(measure.chi_square_one_sample(first, second) < 0.05)
    alarms["two-sample chi-square"].append(measure.chi_square_two_sample(first, second) < 0.05)
print(pd.DataFrame(alarms).mean().to_string())

# %% [markdown]
# 500 flights against 500 others of the same month, at a threshold of 0.05 (and a rate out of 100
# draws is exact to 0.1 at most): the two-sample test keeps its promise, Evidently's alarms in
# most draws. It takes the shares of 500 reference rows for the exact truth, and one unseen small
# airline makes its p-value 0. So name your methods.
#
# ## Choosing methods and thresholds
#
# A preset takes `per_column_method` and `per_column_threshold`, or `num_method`, `cat_method` and
# the like for all columns of a kind. Look twice at the names:

# %%
chosen = {"per_column_method": {"hour": "ks"}, "per_column_threshold": {"tmep": 3.0}}
found = Report([DataDriftPreset(columns=["hour", "temp"], **chosen)], include_tests=True)
reports.drift_table(found.run(reports.dataset(calm), march)).round(3)

# %% [markdown]
# `hour` got its method. The threshold for `tmep` matched no column, and Evidently did not complain.
# Read your settings back from the table.
#
# Which threshold? The one that separates. `scores` has three columns in two weeks of April, as they
# were and with three faults: hours in UTC, Celsius, and a new airline that flies fewer than one
# flight in fifty.

# %%
april = with_faults = load_flights(14, 16)
weak = Severity(ONSET, peak=0.25)
faults = {simulate.utc_hour: ONSET, simulate.unit_change: ONSET, simulate.new_carrier: weak}
for drift, when in faults.items():
    with_faults, _ = drift(with_faults, when, np.random.default_rng(4))

# %%
three = Report([ValueDrift(column=c) for c in ("hour", "temp", "carrier")])
scores = {}
for name, flights in {"as it was": april, "with fault": with_faults}.items():
    for week in (14, 16):
        batch = reports.dataset(flights[flights["week"] == week])
        found = reports.drift_table(three.run(batch, march)).set_index("column")
        scores[f"week {week} {name}"] = found["score"]
scores = pd.DataFrame(scores)
scores.round(3)

# %% [markdown]
# At the default of 0.1, `temp` alarms in both calm weeks, and the new airline is missed in both.
#
# ### Exercise {4.4}
#
# Make `watch`, a `DataDriftPreset` for the columns `hour`, `temp` and `carrier`. In ordinary weeks
# until 5 May none of the three may be called drifted; with its fault, each must be. The check tries
# your choice on these two weeks and on two that you have not seen (15 and 18). Any methods and
# thresholds that do it are right. Methods are, among others, `"wasserstein"`, `"ks"`, `"psi"`,
# `"jensenshannon"` (numbers and categories) and `"chisquare"` (categories).

# %% tags=["student"] exercise="4.4"
watch = None  # replace None

# %% tags=["solution"] exercise="4.4"
watch = DataDriftPreset(
    columns=["hour", "temp", "carrier"],
    per_column_method={"hour": "wasserstein", "temp": "wasserstein", "carrier": "jensenshannon"},
    # In the middle between calm weeks and faults.
    per_column_threshold={"hour": 0.3, "temp": 3.0, "carrier": 0.05},
)

# %%
check("4.4", watch)
# hint("4.4")
# solution("4.4")

# %% [markdown]
# A threshold of 3 for `temp` is good for April. In week 19 the calm score passes it for the first
# time, since summer is near, and a reference of March no longer fits. Which reference fits when is
# the subject of lesson 05.
#
# ## What a drift report does not see
#
# Now to `visib`. We let its feed fall silent in ever more flights:

# %%
for share in (0.0, 0.3, 0.9):
    rng = np.random.default_rng(4)
    silent, _ = simulate.missing_feed(calm, ONSET, rng, share=share)
    found = Report([ValueDrift(column="visib")]).run(reports.dataset(silent), march)
    print(f"{share:.0%} missing: score {reports.drift_table(found)['score'][0]:.3f}")

# %% [markdown]
# **Missing values are dropped before the comparison.** What is left looks as it did. And a column
# that is gone altogether?

# %%
found = report.run(calm[["temp", "pressure"]], reference[["temp", "pressure", "visib"]])
print("checked:", list(reports.drift_table(found)["column"]))

# %% [markdown]
# `visib` is not mentioned. We gave plain tables here, as many tutorials do; with a definition there
# is an error instead. So beside every drift report belongs one on the quality of the data.

# %%
summary = Report([DataSummaryPreset()]).run(reports.dataset(struck), march)
reports.show(summary, "week14_summary")

# %% [markdown]
# - **Dataset Summary**: if the number of columns differs, stop here.
# - **One block for each column**: look for `missing` first. In `visib`, three values in ten are
#   missing this week, none in the reference.
#
# The numbers of single metrics are read as before. Evidently has no bounds of its own, so you say
# what is possible:

# %%
quality = Report(
    [MissingValueCount(column="visib"), OutRangeValueCount(column="hour", left=0, right=24)]
)
for name, flights in {"struck": struck, "reference": reference}.items():
    missing, outside = quality.run(reports.dataset(flights)).dict()["metrics"]
    shares = [round(float(metric["value"]["share"]), 3) for metric in (missing, outside)]
    print(f"{name}: visib missing {shares[0]}, hour outside 0 to 24 {shares[1]}")

# %% [markdown]
# The silent feed is found. The wrong hours are not: an hour in UTC is a possible hour.
#
# ### Exercise {4.5}
#
# Write `broken_feeds(current, reference, limits)`. The first two are tables of flights; `limits`
# gives for some columns, all of them numbers, the lowest and the highest possible value, such as
# `{"visib": (0, 10)}`. Return the list of those columns in `limits` whose feed is broken: the
# column is not in `current`; or its share of missing values is more than 0.1 above that in
# `reference`; or a value lies below or above the limits (at them is possible). You may give `run` a
# plain table such as `current[["visib"]]`, and no reference.


# %% tags=["student"] exercise="4.5"
def broken_feeds(current, reference, limits):
    """Return the names of the columns whose feed is broken."""
    ...  # replace this line


# %% tags=["solution"] exercise="4.5"
def broken_feeds(current, reference, limits):
    broken = [column for column in limits if column not in current.columns]
    for column in set(limits) - set(broken):
        low, high = limits[column]
        missing = MissingValueCount(column=column)
        outside = OutRangeValueCount(column=column, left=low, right=high)
        now = Report([missing, outside]).run(current[[column]]).dict()["metrics"]
        before = Report([missing]).run(reference[[column]]).dict()["metrics"]
        more = now[0]["value"]["share"] - before[0]["value"]["share"]
        if more > 0.1 or now[1]["value"]["count"] > 0:
            broken.append(column)
    return broken


# %%
check("4.5", broken_feeds)
# hint("4.5")
# solution("4.5")

# %%
broken_feeds(struck, reference, {"visib": (0, 10), "temp": (-40, 120), "hour": (0, 24)})  # yours

# %% [markdown]
# ## Predictions and outcomes
#
# Inputs are one half. With `outcome=True`, `reports.dataset` declares prediction and outcome as
# well. We take week 17, that of the furloughs.

# %%
delay_model, scored = model.train(), {}
for name, weeks in {"reference": REFERENCE, "week 17": (17, 17)}.items():
    flights = load_flights(*weeks)
    flights["probability"] = model.predict(delay_model, flights)
    scored[name] = reports.dataset(flights, outcome=True)
    print(name, flights[["probability", "late"]].mean().round(3).to_dict())

# %%
outputs = Report([DataDriftPreset(columns=["probability", "late"])], include_tests=True)
reports.drift_table(outputs.run(scored["week 17"], scored["reference"])).round(3)

# %% [markdown]
# Both are called drifted, and a score has no sign. The two means above do: the model expected
# *fewer* late flights than in March, and far more came. Prediction drift is known the same day.
# Target drift, and everything in the next report, has to wait two weeks for the outcomes.

# %%
performance = Report([ClassificationPreset()]).run(scored["week 17"], scored["reference"])
reports.show(performance, "week17_performance")
for metric in performance.dict()["metrics"]:
    if metric["metric_name"].startswith(("Recall(", "RocAuc(", "LogLoss(")):
        print(metric["metric_name"].split("(")[0], round(float(metric["value"]), 3))

# %% [markdown]
# - **Model Quality Metrics**, current above reference: ROC AUC and log loss are those of lesson 01.
#   Accuracy, precision, recall and F1 turn probabilities into decisions at 0.5, which FlightDelay
#   hardly ever reaches: that is why its recall is so low.
# - **Confusion Matrix**: rows are what happened, columns what was decided.
# - **The curves and tables of precision and recall** are for choosing a limit.
# - **ROC Curve**: a current curve that lies nearer to the diagonal sorts less well.
#
# `dict()` holds the *current* numbers only. For those of the reference, run the report on it.

# %% [markdown]
# ## If you come from an old tutorial
#
# Version 0.7 of 2025 changed nearly every name, and most of what the web tells you is older.
#
# | before 0.7 | today |
# | --- | --- |
# | `evidently.report.Report` | `evidently.Report` |
# | `evidently.metric_preset.DataDriftPreset` | `evidently.presets.DataDriftPreset` |
# | `evidently.metric_preset.DataQualityPreset` | `evidently.presets.DataSummaryPreset` |
# | `evidently.metric_preset.ClassificationPreset` | `evidently.presets.ClassificationPreset` |
# | `evidently.metric_preset.RegressionPreset` | `evidently.presets.RegressionPreset` |
# | `evidently.metric_preset.TargetDriftPreset` | `DataDriftPreset(columns=["late"])` |
# | `evidently.ColumnMapping` | `evidently.DataDefinition` |
# | `evidently.metrics.ColumnDriftMetric` | `evidently.metrics.ValueDrift` |
# | `evidently.metrics.DatasetDriftMetric` | `evidently.metrics.DriftedColumnsCount` |
# | `evidently.metrics.DataDriftTable` | `DataDriftPreset()` |
# | `evidently.metrics.ColumnMissingValuesMetric` | `evidently.metrics.MissingValueCount` |
# | `evidently.test_suite.TestSuite` | `Report([DataDriftPreset()], include_tests=True)` |
# | `evidently.test_preset` | `Report([DataDriftPreset()], include_tests=True)` |
# | `evidently.tests.TestColumnDrift` | `ValueDrift(column="hour", threshold=0.1)` |
# | `evidently.dashboard.Dashboard` | `Report([DataDriftPreset()])` |
# | `Report([DataDriftPreset()], options={})` | `Report([DataDriftPreset()])` |
# | `report.run(current, reference, column_mapping=None)` | `report.run(current, reference)` |
# | `report.as_dict()` | `snapshot.dict()` |
# | `report.show()` | `reports.show(snapshot, "page")` |
# | `report.save_html("page.html")` | `snapshot.save_html("page.html")` |
# | `report.save_json("page.json")` | `snapshot.save_json("page.json")` |
# | `DataDriftPreset(stattest="psi")` | `DataDriftPreset(method="psi")` |
# | `DataDriftPreset(stattest_threshold=0.2)` | `DataDriftPreset(threshold=0.2)` |
# | `DataDriftPreset(num_stattest="psi")` | `DataDriftPreset(num_method="psi")` |
# | `DataDriftPreset(per_column_stattest={})` | `DataDriftPreset(per_column_method={})` |
#
# Worse are names that a metric takes and **ignores**, so that its default goes on without a word:
#
# | taken and ignored | today |
# | --- | --- |
# | `ValueDrift(column="hour", stattest="psi")` | `ValueDrift(column="hour", method="psi")` |
# | `ValueDrift(column="hour", stattest_threshold=1)` | `ValueDrift(column="hour", threshold=1)` |
# | `DriftedColumnsCount(stattest="psi")` | `DriftedColumnsCount(method="psi")` |
#
# Two more things to know: `save_html` and `save_json` want the path as text (given a `Path`, they
# write nothing), and a file of your own called `evidently.py` hides the library.

# %% [markdown]
# ### Think about it
#
# The group's headquarters want one number for each model and week: Evidently's share of drifted
# columns, red from 0.5 on, as in the report. What do you answer?

# %%
# solution("4.think")

# %% [markdown] tags=["solution"] exercise="4.think"
# **Discussion.** With the defaults, FlightDelay would be red in its first, ordinary week (six of
# eleven), and red again with three faults in it. A light that is always red is switched off in
# people's heads. The share also counts each column once: six weather columns, which move together,
# outvote the rest, and a fault in one column weighs a sixth of what a change of weather does. If
# somebody drops the weather columns, the number falls, and nothing became better.
#
# Offer something else: the names of the columns beyond thresholds that ordinary weeks justify; the
# missing and impossible values; the drift of the prediction; and, when outcomes have come, the loss
# beside that of a constant. If it must be one number, let it be the number of *unexplained* alarms,
# and say who explains them.

# %% [markdown]
# > **At work.** Write the definition, the methods and the thresholds into one file under version
# > control, beside the model, and read them back from each snapshot, as `drift_table` does. Keep
# > `snapshot.json()` of every run: a few kilobytes, in which an auditor finds score, method and
# > threshold years later. And pin Evidently's version: another one may choose other defaults, and
# > your history would break without any drift.

# %% [markdown]
# ## What you can do now
#
# You can declare, run, read and recompute a report, and you know what it does not see: missing
# values, a column that is gone, a kind that flips. You have earned `reports.dataset` and
# `reports.drift_table`. A report still needs somebody who reads it. In lesson 05 it decides by
# itself: tests with conditions, windows that fit, and a gate that stops a pipeline.

# %%
progress("04")
