"""Answers to lesson 05."""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from tests.answers import right, wrong
from utils import model
from utils.drift import measure, reports
from utils.errors import CourseError
from utils.exercises.lesson_05.scripts import Broken
from utils.flights import FEATURES, load_flights

from evidently import Report  # isort: skip  (utils.reports comes first)
from evidently.legacy.tests import TestColumnShareOfMissingValues  # isort: skip
from evidently.metrics import MissingValueCount, RowCount, ValueDrift  # isort: skip
from evidently.tests import Reference, eq, gt, gte, lt, lte  # isort: skip


def _w(old, new):
    return measure.wasserstein(old, new)


WORDS = "Fewer missing values than in March are no reason to stop a batch."


def _mended(metric, failing="pressure is there", because=WORDS):
    return {"failing": failing, "metric": metric, "because": because}


def _missing(column="pressure", **conditions):
    return MissingValueCount(column=column, **conditions)


right("5.1", _mended(_missing(share_tests=[lte(0.25)])))
right("5.1", _mended(_missing(tests=[], share_tests=[lt(0.3)]), failing="Pressure is there"))
right("5.1", _mended(_missing(share_tests=[lte(Reference(relative=1))])))
right("5.1", _mended([_missing(share_tests=[lte(Reference(absolute=0.1))])]))

wrong("5.1", "no 'because' yet", _mended(_missing(share_tests=[lte(0.25)]), because=None))
wrong("5.1", "full sentence", _mended(_missing(share_tests=[lte(0.25)]), because="it fails"))
wrong("5.1", "did not fail", _mended(_missing(share_tests=[lte(0.25)]), failing="enough flights"))
wrong("5.1", "choose one of", _mended(_missing(share_tests=[lte(0.25)]), failing="pressure"))
wrong("5.1", "is a GenericTest; it should be a metric", _mended(lte(0.25)))
wrong("5.1", "defaults again", _mended(_missing()))
wrong("5.1", "defaults again", _mended(_missing(tests=[], share_tests=[])))
wrong("5.1", "about something else", _mended(RowCount(tests=[gte(5_000)])))
wrong("5.1", "about something else", _mended(_missing("temp", share_tests=[lte(0.25)])))
wrong("5.1", "fails for week 10", _mended(_missing(share_tests=[lte(0.1)])))
wrong("5.1", "The limit is too high", _mended(_missing(share_tests=[lte(0.9)])))
wrong("5.1", "Which way is bad", _mended(_missing(share_tests=[gte(0.25)])))
wrong("5.1", "points the other way", _mended(_missing(share_tests=[gte(0)])))
wrong("5.1", "wants the same value", _mended(_missing(share_tests=[eq(Reference(relative=0.6))])))
wrong("5.1", "*minus* the tolerance", _mended(_missing(share_tests=[lt(Reference(relative=1))])))
wrong("5.1", "which stops nothing", _mended(_missing(share_tests=[lte(0.3, is_critical=False)])))
wrong("5.1", "about the *number*", _mended(_missing(tests=[lte(1_500)])))
wrong("5.1", "about the *number*", _mended(_missing(tests=[lte(0.25)])))
wrong("5.1", "about the *number*", _mended(_missing(tests=[lte(Reference(relative=0.1))])))
wrong("5.1", "between 0 and 1", _mended(_missing(share_tests=[lte(25)])))
wrong("5.1", "Which way is bad", _mended(_missing(share_tests=[gt(Reference(relative=0.1))])))
wrong("5.1", "half of the readings are missing", _mended(_missing(share_tests=[lte(0.5)])))
right("5.1", _mended(_missing(share_tests=[lt(0.5)])))
right("5.1", _mended(_missing(share_tests=[lte(0.17)])))
wrong("5.1", "fails for week", _mended(_missing(share_tests=[lte(0.16)])))
wrong("5.1", "before 0.7", _mended(TestColumnShareOfMissingValues("pressure", lte=0.25)))
wrong("5.1", "stay the dictionary", _missing(share_tests=[lte(0.25)]))
wrong("5.1", "no 'metric' yet", {"failing": "pressure is there", "metric": None, "because": None})


def _between(flights, start, end):
    return flights[(flights["sched_dep"] >= start) & (flights["sched_dep"] < end)]


@right("5.2")
def by_masks(march, flights, column, now, hours):
    now, span = pd.Timestamp(now), pd.Timedelta(hours=hours)
    last, before = _between(flights, now - span, now), _between(flights, now - 2 * span, now - span)
    return _w(march[column], last[column]), _w(before[column], last[column])


@right("5.2")
def by_index(march, flights, column, now, hours):
    table = flights.set_index("sched_dep")[column].sort_index()
    end, span = pd.to_datetime(now), np.timedelta64(int(hours * 60), "m")
    old, new = (
        table[(table.index >= t) & (table.index < t + span)] for t in (end - 2 * span, end - span)
    )
    return {"moving": round(_w(old, new), 3), "fixed": round(_w(march[column], new), 3)}


@wrong("5.2", "pd.Timestamp(now)` makes a time")
def keeps_the_text(march, flights, column, now, hours):
    return by_masks(
        march, flights[flights["sched_dep"] < now - pd.Timedelta(1)], column, now, hours
    )


@wrong("5.2", "leave the zone out")
def in_another_zone(march, flights, column, now, hours):
    now = pd.Timestamp(now, tz="America/New_York")
    return _w(march[column], _between(flights, now - pd.Timedelta(hours=hours), now)[column]), 0.1


@wrong("5.2", "return two numbers")
def only_one(march, flights, column, now, hours):
    return by_masks(march, flights, column, now, hours)[0]


@wrong("5.2", "`fixed` is not `measure.wasserstein`")
def by_means(march, flights, column, now, hours):
    start = pd.Timestamp(now) - pd.Timedelta(hours=hours)
    last = _between(flights, start, pd.Timestamp(now))[column]
    shift = abs(last.mean() - march[column].mean()) / march[column].std()
    return shift, by_masks(march, flights, column, now, hours)[1]


@wrong("5.2", "`moving` is not `measure.wasserstein`")
def two_windows_back(march, flights, column, now, hours):
    now, span = pd.Timestamp(now), pd.Timedelta(hours=hours)
    last, before = _between(flights, now - span, now), _between(flights, now - 3 * span, now - span)
    return _w(march[column], last[column]), _w(before[column], last[column])


@wrong("5.2", "changed its second argument")
def sorts_in_place(march, flights, column, now, hours):
    flights.sort_values("sched_dep", inplace=True)  # noqa: PD002
    return by_masks(march, flights, column, now, hours)


@right("5.3")
def by_comprehension(reference, current, column, by, at_least):
    old, new = (dict(list(table.groupby(by)[column])) for table in (reference, current))
    scores = {
        s: measure.wasserstein(old[s], new[s])
        for s in new
        if s in old and min(len(old[s]), len(new[s])) >= at_least
    }
    return pd.Series(scores)


@right("5.3")
def by_loop(reference, current, column, by, at_least):
    scores = {}
    for segment in set(reference[by]) | set(current[by]):
        old, new = reference[reference[by] == segment], current[current[by] == segment]
        if len(old) < at_least or len(new) < at_least:
            continue
        scores[segment] = measure.wasserstein(old[column], new[column])
    return pd.Series(scores, name="score").sort_values(ascending=False)


@wrong("5.3", "which is not `measure.wasserstein`")
def by_means_of_segments(reference, current, column, by, at_least):
    old, new = (table.groupby(by)[column].mean() for table in (reference, current))
    kept = by_loop(reference, current, column, by, at_least).index
    return (new - old).abs()[kept]


@wrong("5.3", "Leave such segments out")
def trusts_the_reference(reference, current, column, by, at_least):
    old = dict(list(reference.groupby(by)[column]))
    return pd.Series({s: _w(old[s], g[column]) for s, g in current.groupby(by)})


@wrong("5.3", "should be a Series")
def the_largest_alone(reference, current, column, by, at_least):
    return by_loop(reference, current, column, by, at_least).max()


@wrong("5.3", "The index should be")
def with_the_total(reference, current, column, by, at_least):
    scores = by_loop(reference, current, column, by, at_least)
    return pd.concat([pd.Series({"all": _w(reference[column], current[column])}), scores])


@wrong("5.3", "The index should be")
def without_names(reference, current, column, by, at_least):
    return by_loop(reference, current, column, by, at_least).reset_index(drop=True)


def _report(arguments, tests=True, method="wasserstein", missing=True):
    reference_path, batch_path, limits_path = arguments
    limits = json.loads(Path(limits_path).read_text())
    if unknown := set(limits) - set(FEATURES):
        raise CourseError(f"no such features: {unknown}")
    metrics = [ValueDrift(column=c, method=method, threshold=x) for c, x in limits.items()]
    if missing:
        more = [lte(Reference(absolute=0.1))]
        metrics += [MissingValueCount(column=c, share_tests=more) for c in limits]
    data = [reports.dataset(pd.read_parquet(path)) for path in (batch_path, reference_path)]
    return Report(metrics, include_tests=tests).run(*data).tests_results


def _stop(why):
    print("stopped:", why)
    return 1


@right("5.4")
def main(arguments):
    try:
        tests = _report(arguments)
    except CourseError as problem:
        return _stop(problem)
    failed = [test.name for test in tests if test.status.value in ("FAIL", "ERROR")]
    if not tests or failed:
        return _stop(failed or "nothing was tested")
    print("passed")
    return 0


@right("5.4")
def main_that_exits(arguments):
    reference, batch, limits = (Path(path) for path in arguments)
    try:
        tables = [pd.read_parquet(path) for path in (reference, batch)]
        old, new = map(reports.dataset, tables)
    except CourseError as problem:
        sys.exit(str(problem))
    limits = json.loads(limits.read_text())
    for c in limits:
        if c not in FEATURES:
            sys.exit(f"what is {c}?")
        gone, before = (table[c].isna().mean() for table in tables[::-1])
        if gone > before + 0.1:
            sys.exit(f"{c} is missing in {gone:.0%}")
    metrics = [
        ValueDrift(column=c, method="wasserstein", threshold=limit) for c, limit in limits.items()
    ]
    if not metrics:
        print("no limits, no gate", file=sys.stderr)
        sys.exit(1)
    table = reports.drift_table(Report(metrics, include_tests=True).run(new, old))
    if table["drifted"].any():
        sys.exit(f"drift in {list(table.loc[table['drifted'], 'column'])}")


@right("5.4")
def main_by_argv(arguments):
    return main(sys.argv[1:])


def _saying(say):
    """Make a gate that says in its own words why it stops: `say` gets the tests."""

    def main(arguments):
        try:
            tests = _report(arguments)
        except CourseError as problem:
            return _stop(problem)
        if tests and all(test.status.value == "SUCCESS" for test in tests):
            print("passed")
            return 0
        return _stop(say(tests) if tests else "nothing was tested")

    return main


def _columns(tests):
    return list(dict.fromkeys(test.metric_config.params["column"] for test in tests))


def _failed(tests):
    return [test for test in tests if test.status.value != "SUCCESS"]


right("5.4", _saying(lambda tests: [(t.name, t.status.value) for t in tests]))
right("5.4", _saying(lambda tests: " ".join(f"{t.name}: {t.description}" for t in tests)))
right(
    "5.4",
    _saying(lambda tests: f"{_columns(_failed(tests))} of {_columns(tests)}"),
)
right(
    "5.4",
    _saying(
        lambda tests: ", ".join(
            f"{c} {'drifted' if c in _columns(_failed(tests)) else 'keeps its limit'}"
            for c in _columns(tests)
        )
    ),
)
right(
    "5.4",
    _saying(
        lambda tests: (
            f"{_columns(_failed(tests))}, and not "
            f"{sorted(set(_columns(tests)) - set(_columns(_failed(tests))))}"
        )
    ),
)
right("5.4", _saying(lambda tests: f"hour\ntested: {', '.join(_columns(tests))}"))
right("5.4", _saying(lambda tests: "the Wasserstein distance of hour; humid unaffected"))
wrong("5.4", "That names `humid` as well", _saying(lambda tests: "hour and humid have drifted"))
wrong("5.4", "That names `humid` as well", _saying(lambda tests: [t.name for t in tests]))
wrong("5.4", "That names `humid` as well", _saying(lambda tests: ", ".join(_columns(tests))))
wrong("5.4", "That names `humid` as well", _saying(lambda tests: dict.fromkeys(_columns(tests), 0)))
wrong(
    "5.4",
    "That names `humid` as well",
    _saying(lambda tests: f"columns {' and '.join(reversed(_columns(tests)))} drifted"),
)
wrong(
    "5.4",
    "That names `humid` as well",
    _saying(lambda tests: "; ".join(f"{c} is above 0.2" for c in _columns(tests))),
)


@wrong("5.4", "Where nothing was tested, nothing failed")
def vacuous(arguments):
    try:
        tests = _report(arguments)
    except CourseError as problem:
        return _stop(problem)
    failed = _failed(tests)
    return _stop(_columns(failed)) if failed else 0


@wrong("5.4", "True is 1, and 1 means failure")
def returns_a_verdict(arguments):
    try:
        return all(test.status.value == "SUCCESS" for test in _report(arguments))
    except CourseError:
        return False


@wrong("5.4", "a pipeline reads only the exit code")
def only_prints(arguments):
    try:
        print("FAILED", _columns(_failed(_report(arguments))))
    except CourseError as problem:
        return _stop(problem)


@wrong("5.4", "returns nothing, which makes the exit code 0")
def forgets_to_return(arguments):
    try:
        _report(arguments)
    except CourseError as problem:
        return _stop(problem)


@wrong("5.4", "`all([])` is True")
def all_of_no_tests(arguments):
    try:
        tests = _report(arguments, tests=False)
    except CourseError as problem:
        return _stop(problem)
    return 0 if all(test.status.value == "SUCCESS" for test in tests) else _stop("drift")


@wrong("5.4", "It lets drifted batches pass")
def without_tests(arguments):
    try:
        tests = _report(arguments, tests=False)
    except CourseError as problem:
        return _stop(problem)
    return 0 if tests else _stop("nothing was tested")


@wrong("5.4", "Name the method")
def by_default_method(arguments):
    try:
        tests = _report(arguments, method=None)
    except CourseError as problem:
        return _stop(problem)
    return _stop(_columns(_failed(tests))) if _failed(tests) or not tests else 0


@wrong("5.4", "so no score sees them")
def blind_to_gaps(arguments):
    try:
        tests = _report(arguments, missing=False)
    except CourseError as problem:
        return _stop(problem)
    return _stop(_columns(_failed(tests))) if _failed(tests) or not tests else 0


@wrong("5.4", "catch the CourseError")
def lets_errors_out(arguments):
    tests = _report(arguments)
    failed = _columns(_failed(tests))
    return _stop(failed or "nothing tested") if failed or not tests else 0


@wrong("5.4", "catches an error and goes on")
def passes_on_errors(arguments):
    try:
        return lets_errors_out(arguments)
    except Exception:
        return 0


@wrong("5.4", "that are none of `FEATURES` before the report")
def trusts_the_limits(arguments):
    limits = json.loads(Path(arguments[2]).read_text())
    new, old = (pd.read_parquet(path) for path in arguments[1::-1])
    if not limits or set(limits) & set(FEATURES) - set(new) or new.empty:
        return _stop(f"nothing to test in {set(limits) - set(new)}")
    scores = {c: measure.wasserstein(old[c], new[c]) for c in limits}
    gone = new.isna().mean() - old.isna().mean()
    broken = [c for c in limits if scores[c] > limits[c] or gone[c] > 0.1]
    return _stop(broken) if broken else 0


@wrong("5.4", "prints nothing")
def silent(arguments):
    failed = _failed(_report(arguments))
    return 1 if failed else 0


@wrong("5.4", "Name the column")
def without_names_of_columns(arguments):
    failed = _failed(_report(arguments))
    return _stop("the batch has drifted") if failed else 0


@wrong("5.4", "use 1, as the exercise says")
def counts_failures(arguments):
    try:
        failed = _columns(_failed(tests := _report(arguments)))
    except CourseError as problem:
        return _stop(problem)
    return 2 * _stop(failed) if failed or not tests else 0


@wrong("5.4", "return a whole number")
def returns_a_table(arguments):
    return [t.status.value for t in _report(arguments)]


@wrong("5.4", "Read the file first")
def reads_json_from_a_path(arguments):
    return len(json.loads(arguments[2]))


@wrong("5.4", "not enough values")
def expects_four(arguments):
    _program, _reference, _batch, _limits = arguments
    return 0


wrong("5.4", "There is no script", Broken("There is no script `gate.py` yet."))
wrong("5.4", "scripts.main_of", "reports/gate/gate.py")


@right("5.5")
def by_dictionary(reference, flights, limits):
    rows = {
        week: {c: _w(reference[c], batch[c]) > limit for c, limit in limits.items()}
        for week, batch in flights.groupby("week")
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("week")


@right("5.5")
def column_by_column(reference, flights, limits):
    weeks = sorted(flights["week"].unique(), reverse=True)
    table = pd.DataFrame({"week": weeks})
    for column, limit in limits.items():
        scores = [_w(reference[column], flights[flights["week"] == w][column]) for w in weeks]
        table[column] = (np.array(scores) > limit).astype(int)
    return table


@wrong("5.5", "should hold True and False")
def scores_of_weeks(reference, flights, limits):
    rows = {
        week: {c: _w(reference[c], batch[c]) for c in limits}
        for week, batch in flights.groupby("week")
    }
    return pd.DataFrame.from_dict(rows, orient="index")


@wrong("5.5", "rows for the weeks")
def without_the_first(reference, flights, limits):
    return by_dictionary(reference, flights, limits).iloc[1:]


@wrong("5.5", "the limits are for")
def with_any(reference, flights, limits):
    table = by_dictionary(reference, flights, limits)
    return table.assign(any=table.any(axis=1))


@wrong("5.5", "should hold True and False")
def as_rows(reference, flights, limits):
    return by_dictionary(reference, flights, limits).reset_index(names="w").rename_axis("row")


@wrong("5.5", "should be a table")
def how_many(reference, flights, limits):
    return int(by_dictionary(reference, flights, limits).any(axis=1).sum())


@wrong("5.5", "with the limit by hand")
def by_means_of_weeks(reference, flights, limits):
    table = by_dictionary(reference, flights, limits)
    for column, limit in limits.items():
        means = flights.groupby("week")[column].mean()
        table[column] = (means - reference[column].mean()) / reference[column].std() > limit
    return table


def _losses():
    flights = load_flights(10, 13)
    known = flights.assign(p=model.predict(model.train(), flights)).dropna(subset="late")
    known["loss"] = -np.log(np.where(known["late"] == 1, known["p"], 1 - known["p"]))
    return known


quiet = _losses()
days = quiet.groupby(quiet["sched_dep"].dt.date)["loss"].agg(["sum", "size"]).to_numpy()
possible_days = days[:, 0] / days[:, 1]


def _possible_weeks(run, seed=5):
    starts = np.random.default_rng(seed).integers(0, 28, (20_000, 3 if run == 3 else 7, 1))
    picked = ((starts + np.arange(run)) % 28).reshape(20_000, -1)[:, :7]
    drawn = days[picked].sum(axis=1)
    return drawn[:, 0] / drawn[:, 1]


possible_weeks = _possible_weeks(3)
share = (1 / 3) / (52 / 12)
textbook = quiet["loss"].mean() + 3 * quiet["loss"].std() / np.sqrt(len(quiet) / 4)

plan = {"every": "week", "limit": np.quantile(possible_weeks, 1 - share), "because": WORDS}
right("5.6", plan)
right("5.6", plan | {"limit": 0.7})
right("5.6", plan | {"every": "day", "limit": possible_days.max() * 1.05})
right("5.6", plan | {"every": "Week", "limit": round(plan["limit"], 2) + 0.01})
wrong("5.6", "bad days come in runs", plan | {"limit": np.quantile(_possible_weeks(1), 1 - share)})
wrong("5.6", "independent flights", plan | {"limit": textbook})
wrong("5.6", "lower end", plan | {"limit": np.quantile(possible_weeks, share)})
wrong("5.6", "a month has 4.3 weeks", plan | {"limit": np.quantile(possible_weeks, 1 - 1 / 3)})
wrong("5.6", "Raise the limit", plan | {"limit": 0.55})
wrong("5.6", "made for weeks", plan | {"every": "day"})
wrong("5.6", "sleeps through week 17", plan | {"limit": 0.9})
wrong("5.6", "choose one of", plan | {"every": "hour"})
wrong("5.6", "should be one number", plan | {"limit": "0.6"})
wrong("5.6", "defend it", plan | {"because": "it works"})
wrong("5.6", "no 'because' yet", plan | {"because": None})
wrong("5.6", "stay the dictionary", 0.589)


# What a trial of the course by a stranger brought up.
right("5.2", lambda *arguments: np.array(by_masks(*arguments)))
right("5.2", lambda *arguments: pd.Series(by_masks(*arguments), ["fixed", "moving"]))
wrong("5.2", "`fixed` for `two_scores(", lambda *arguments: tuple(map(str, by_masks(*arguments))))


@wrong("5.3", "a flight counts, also where its value is missing")
def counts_values(reference, current, column, by, at_least):
    old, new = (dict(list(table.groupby(by)[column])) for table in (reference, current))
    return pd.Series(
        {
            s: _w(old[s], new[s])
            for s in set(old) & set(new)
            if min(old[s].count(), new[s].count()) >= at_least
        },
        dtype=float,
    )


def _alarms(reference, flights, limits):
    rows = {
        week: {c: _w(reference[c], batch[c]) > limits[c] for c in limits}
        for week, batch in flights.groupby("week")
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("week")


wrong("5.5", "the wrong way round", lambda *arguments: _alarms(*arguments).T)
wrong("5.5", "holds nan", lambda *arguments: _alarms(*arguments).where(lambda table: table))


@wrong("5.5", "exactly at its limit")
def at_its_limit(reference, flights, limits):
    rows = {
        week: {c: _w(reference[c], batch[c]) >= limits[c] for c in limits}
        for week, batch in flights.groupby("week")
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("week")
