"""The checks of lesson 04."""

import re
from functools import cache

import numpy as np
import pandas as pd
from scipy import stats

from utils.drift import simulate
from utils.exercises.expect import a_function, a_number
from utils.exercises.lesson_04 import definitions, feeds, watching
from utils.exercises.lesson_04.evidently_answers import call, declared, evidently
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.flights import REFERENCE, load_flights


@exercise(
    "4.1",
    "A definition in which nothing is guessed",
    stars=1,
    minutes=8,
    hints=[
        "Go through the columns of `served` one by one: id, time, number, category, outcome, "
        "prediction, or none of these?",
        "`numerical_columns=NUMERICAL` and `categorical_columns=CATEGORICAL` do for the eleven "
        "features: numbers that stand for airlines are categories.",
        '`classification=[BinaryClassification(target="late", prediction_probas="probability")]`; '
        "the two are in no other list.",
        'Add `id_column="flight_id"`, `timestamp="sched_dep"`, and an empty list for each of '
        "`text_columns`, `datetime_columns`, `unknown_columns` and `list_columns`.",
    ],
    learned="Whatever the batch looks like, the same columns are compared in the same way.",
)
def definition(answer):
    definitions.judge(answer)


@exercise(
    "4.2",
    "Which columns drifted?",
    stars=2,
    minutes=10,
    hints=[
        "Verdicts are tests, and there are only tests when the report has `include_tests=True`.",
        "Run it with the current data first: `snapshot = report.run(current, reference)`; then go "
        'through `snapshot.dict()["tests"]`.',
        'Keep the tests whose `"id"` is `"drift"` (the first one is about the share of columns, '
        'and has no column) and whose `"status"` is `"FAIL"`.',
        'The name stands in `test["metric_config"]["params"]["column"]`.',
    ],
    learned="FAIL is Evidently's own verdict, whichever way its method counts.",
)
def drifted_columns(answer):
    function = a_function(answer, "drifted_columns", 2)
    for current, reference, table, swapped, what in _drift_cases():
        names = _names(_called(function, current, reference), what)
        _judge_names(names, table, swapped, what)


@cache
def _drift_cases():
    """Return two pairs of Datasets, one judged by distances and one by p-values, and verdicts."""
    march, april = load_flights(*REFERENCE), load_flights(15, 15)
    utc, _ = simulate.utc_hour(april, "2013-04-08", np.random.default_rng(15))
    utc, april = (flights.sample(1_500, random_state=1) for flights in (utc, april))
    cases = []
    for rows, flights, columns, what in (
        (1_500, utc.head(900), ("distance", "carrier"), "1,500 flights of March, 900 in UTC"),
        # Half of these columns drift, so that the test of the share fails, too.
        (700, april, ("temp",), "700 flights of March, 1,500 of April"),
    ):
        kinds = ["hour", columns[0]], columns[1:]
        current = declared(flights, *kinds)
        reference = declared(march.sample(rows, random_state=1), *kinds)
        tables = _table(current, reference), _table(reference, current)
        cases.append((current, reference, *tables, what))
    return cases


def _table(current, reference):
    preset = evidently().presets.DataDriftPreset()
    snapshot = evidently().Report([preset], include_tests=True).run(current, reference)
    from utils.drift import reports

    return reports.drift_table(snapshot).set_index("column")


def _called(function, current, reference):
    try:
        return call(function, current, reference)
    except NotYet as problem:
        if re.search(r"KeyError: '(column|method|threshold)'|instances of 'dict'", str(problem)):
            raise NotYet(
                f"{problem}\nThe first metric and the first test are about the share of drifted "
                'columns, and belong to none. Take only tests whose "id" is "drift".'
            ) from None
        raise


def _names(answer, what):
    if type(answer).__name__ in ("Snapshot", "Report"):
        raise NotYet(
            f"`drifted_columns` returned the {type(answer).__name__} itself; read the names of the "
            "drifted columns out of what `run` returned."
        )
    if isinstance(answer, pd.DataFrame):
        raise NotYet(
            "`drifted_columns` returned a table; asked for is a list of names, such as "
            '`["temp", "humid"]`.'
        )
    if isinstance(answer, (int, float, str, np.number)):
        raise NotYet(
            f"For {what} you return {describe(answer)}; asked for is a list of the names, also "
            "when there is one."
        )
    if isinstance(answer, dict):
        raise NotYet("`drifted_columns` returned a dictionary; asked for is a list of names.")
    try:
        names = list(answer)
    except TypeError:
        raise NotYet(f"A list of names was asked for; you return {describe(answer)}.") from None
    if any(name is None or isinstance(name, float) for name in names):
        raise NotYet(
            "There is a None in your list. The first test is about the share of drifted columns "
            'and belongs to none; take only tests whose "id" is "drift".'
        )
    if any(str(name).startswith("Value Drift for") for name in names):
        raise NotYet(
            f'Your list has "{names[0]}", the title of a test. The bare name of the column stands '
            'in `test["metric_config"]["params"]["column"]`.'
        )
    if strangers := [n for n in names if not isinstance(n, str) or len(n) > 20]:
        raise NotYet(
            f"Your list holds {describe(strangers[0])}, which is not the name of a column."
        )
    return names


def _judge_names(names, table, swapped, what):
    right = set(table.index[table["drifted"]])
    if set(names) == right and len(names) == len(set(names)):
        return
    given = f"For {what} you return {names or 'an empty list'}."
    if not names:
        raise NotYet(
            f"{given} Something drifted there. Verdicts are tests, and a report has none unless "
            "it is made with `Report(..., include_tests=True)`."
        )
    if len(names) > len(set(names)):
        raise NotYet(f"{given} A column is in it twice.")
    if set(names) - set(table.index):
        raise NotYet(
            f"{given} The check hands over other data than yours; their columns are "
            f"{', '.join(table.index)}. Take the names out of the snapshot."
        )
    p_values = "p_value" in table["method"].iloc[0]
    kind = "p-values, and the smaller" if p_values else "distances, and the larger"
    slips = {
        "These are the columns that did not drift. FAIL means drift. Or do you compare score "
        f"and threshold? Here the scores are {kind}, the more drift; with other methods it is the "
        "other way round. Take Evidently's own verdict, the status of the test.": (
            set(table.index) - right
        ),
        "These are all columns. Which tests have the status FAIL?": set(table.index),
        "That is what comes out with reference and current swapped: `run` takes the current data "
        "first.": set(swapped.index[swapped["drifted"]]),
    }
    for slip, wrong in slips.items():
        if set(names) == wrong:
            raise NotYet(f"{given} {slip}")
    odd = sorted(set(names) ^ right)[0]
    says = "FAIL" if odd in right else "SUCCESS"
    raise NotYet(
        f"{given} The drift test of `{odd}` says {says} there (default methods, tests included)."
    )


@exercise(
    "4.3",
    "The number by hand",
    stars=2,
    minutes=12,
    hints=[
        "Two steps: leave the missing values out of both columns, then count the rows of the "
        "reference.",
        "More than 1,000 of them: a distance. Up to 1,000: a p-value.",
        "`stats.ks_2samp(reference, current).pvalue` is the one; "
        "`stats.wasserstein_distance(reference, current)` is in the unit of the column.",
        'Divide it by `reference.std()`, and return `"wasserstein", distance` or `"ks", pvalue`.',
    ],
    learned="You can now defend that number, and say what it would have been on other batches.",
)
def evidently_score(answer):
    function = a_function(answer, "evidently_score", 2)
    for reference, current, what in _columns():
        _judge_score(call(function, reference, current), reference, current, what)


@cache
def _columns():
    march, april = load_flights(*REFERENCE), load_flights(16, 16)
    temp = march["temp"].sample(1_200, random_state=3)
    gaps = temp.where(np.arange(1_200) % 4 > 0)
    april = april.sample(frac=1, random_state=3)
    hour = march["hour"].sample(3_000, random_state=3)
    pressure = april["pressure"].where(np.arange(len(april)) % 3 > 0)
    return [
        (hour, april["hour"].head(1_500), "3,000 hours"),
        (hour.head(800), april["hour"].head(1_800), "800 hours"),
        (temp.head(1_001), april["temp"].head(40), "1,001 temperatures"),
        (temp.head(1_000), april["temp"].head(2_500), "1,000 temperatures"),
        (gaps, april["temp"].head(400), "1,200 temperatures, 300 of them missing"),
        (march["pressure"].head(2_400), pressure.head(900), "2,400 pressures, some missing"),
    ]


def _judge_score(result, reference, current, what):
    given = f"For {what} in the reference, and {len(current):,} in the current data,"
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise NotYet(
            f"{given} you return {describe(result)}; asked for are two things, the name of the "
            "method and the score: `return name, score`."
        )
    name, score = result
    if isinstance(score, str) and not isinstance(name, str):
        raise NotYet("First the name of the method, then the score: you return them swapped.")
    kind = _method(name)
    if hasattr(score, "pvalue"):
        raise NotYet("`stats.ks_2samp` returns several things at once; the score is its `.pvalue`.")
    score = a_number(score, f"{given} the score")
    r, c = reference.dropna().to_numpy(), current.dropna().to_numpy()
    right = "wasserstein" if len(r) > 1_000 else "ks"
    if kind != right:
        _say_which_rule(kind, reference, current, given)
    numbers = {
        "wasserstein": stats.wasserstein_distance(r, c) / r.std(),
        "ks": stats.ks_2samp(r, c).pvalue,
    }
    if np.isclose(score, numbers[right], rtol=2e-3, atol=6e-4):
        return
    raise NotYet(f"{given} you return the score {score:.4g}. {_slip(score, r, c, right)}")


def _method(name):
    said = str(name).lower()
    if "wasser" in said:
        return "wasserstein"
    if said.startswith(("ks", "k-s", "kolmogorov")):
        return "ks"
    raise NotYet(
        f'The name of the method is {describe(name)}; asked for are "wasserstein" or "ks".'
    )


def _say_which_rule(kind, reference, current, given):
    present, total = reference.notna().sum(), len(reference)
    rule = f"{given} you choose {kind!r}."
    if present <= 1_000 < total:
        raise NotYet(f"{rule} The missing values go first, and count as rows no more.")
    if present == 1_000:
        raise NotYet(f"{rule} With exactly 1,000 rows Evidently still takes a p-value.")
    by_current = "wasserstein" if current.notna().sum() > 1_000 else "ks"
    if kind == by_current:
        raise NotYet(f"{rule} The rows of the reference decide, however many are current.")
    raise NotYet(
        f"{rule} Up to 1,000 rows in the reference it is a p-value, from 1,001 a distance."
    )


def _slip(score, r, c, right):
    distance = stats.wasserstein_distance(r, c)
    slips = {
        "That is divided by the spread of the current data; Evidently takes the reference's": (
            distance / c.std()
        ),
        "That is divided by the spread of both samples together; Evidently takes the reference's": (
            distance / np.concatenate([r, c]).std()
        ),
        "That is in the unit of the column; Evidently divides by the reference's standard "
        "deviation": distance,
        "That is divided by the variance; take the standard deviation": distance / r.var(),
        "That is the difference of the means in standard deviations; two columns of the same mean "
        "can be far apart": abs(r.mean() - c.mean()) / r.std(),
        "That is the distance D of Kolmogorov and Smirnov; Evidently reports its p-value": (
            stats.ks_2samp(r, c).statistic
        ),
        "That is a p-value, and a distance is asked for": stats.ks_2samp(r, c).pvalue,
        "That is one minus the p-value": 1 - stats.ks_2samp(r, c).pvalue,
    }
    for slip, wrong in slips.items():
        # Loosely, for a standard deviation of few values depends on how it is computed.
        if np.isclose(score, wrong, rtol=0.015, atol=1e-5):
            return f"{slip}."
    if right == "ks":
        return "It should be the two-sided p-value of the two columns without missing values."
    return (
        "It should be the Wasserstein distance of the two columns without missing values, in "
        "standard deviations of the reference."
    )


@exercise(
    "4.4",
    "Calm when it is calm",
    stars=3,
    minutes=12,
    hints=[
        "Look at `scores`: for each column, is there a gap between the weeks as they were and the "
        "weeks with a fault?",
        "`temp` alarms in calm weeks, so its threshold must rise; `carrier` is missed, so its "
        "threshold must fall. Stay away from both ends of the gap.",
        '`per_column_threshold={"temp": ..., "carrier": ...}`; with thresholds given, give the '
        'methods too: `per_column_method={"temp": "wasserstein", "carrier": "jensenshannon"}`.',
        "Between the largest calm score and the smallest with a fault, the middle is a fair "
        "choice.",
    ],
    learned="",
)
def watch(answer):
    return watching.judge(answer)


@exercise(
    "4.5",
    "The broken feed",
    stars=2,
    minutes=14,
    hints=[
        "Three questions for each column: is it there? Are more values missing than in the "
        "reference? Is a value outside its limits?",
        "Ask the first one before Evidently: `if column not in current.columns`. It stops with an "
        "error when a column is gone.",
        "`Report([MissingValueCount(column=column)])`, run on `current` alone and on `reference` "
        "alone, gives two shares; broken if the one is more than 0.1 above the other.",
        "`OutRangeValueCount(column=column, left=low, right=high)` gives a count; broken if it is "
        'above 0. The number is `snapshot.dict()["metrics"][0]["value"]["count"]`.',
    ],
    learned="A drift report compares the values that came; this one asks which did not, and which "
    "cannot be. You need both.",
)
def broken_feeds(answer):
    feeds.judge(a_function(answer, "broken_feeds", 3))
