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
from utils.flights import load_flights

from evidently import Report  # isort: skip  (utils.reports comes first)
from evidently.legacy.tests import TestColumnShareOfMissingValues  # isort: skip
from evidently.metrics import MissingValueCount, RowCount, ValueDrift  # isort: skip
from evidently.tests import Reference, eq, gt, gte, lt, lte  # isort: skip

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
wrong("5.1", "before 0.7", _mended(TestColumnShareOfMissingValues("pressure", lte=0.25)))
wrong("5.1", "stay the dictionary", _missing(share_tests=[lte(0.25)]))
wrong("5.1", "no 'metric' yet", {"failing": "pressure is there", "metric": None, "because": None})


@right("5.2")
def sort_and_cut(flights, now, rows, hours):
    now = pd.Timestamp(now)
    past = flights[flights["sched_dep"] < now].sort_values("sched_dep")
    return past.tail(rows), past[past["sched_dep"] >= now - pd.Timedelta(hours=hours)]


@right("5.2")
def largest_and_between(flights, now, rows, hours):
    end = pd.to_datetime(now)
    past = flights.loc[flights["sched_dep"].lt(end)]
    start = end - np.timedelta64(int(hours * 60), "m")
    times = flights["sched_dep"]
    return [
        past.nlargest(rows, "sched_dep").reset_index(drop=True),
        flights[times.between(start, end, inclusive="left")],
    ]


def _first(says, first):
    def last_windows(flights, now, rows, hours):
        _, second = sort_and_cut(flights, now, rows, hours)
        return first(flights, flights.sort_values("sched_dep"), pd.Timestamp(now), rows), second

    wrong("5.2", says, last_windows)


def _second(says, second):
    def last_windows(flights, now, rows, hours):
        end = pd.Timestamp(now)
        chosen = second(flights["sched_dep"], end, pd.Timedelta(hours=hours))
        return sort_and_cut(flights, now, rows, hours)[0], flights[chosen]

    wrong("5.2", says, last_windows)


_first("also those after `now`", lambda f, s, now, n: s.tail(n))
_first("in no order", lambda f, s, now, n: f[f["sched_dep"] < now].tail(n))
_first("at the beginning of the table", lambda f, s, now, n: f[f["sched_dep"] < now].head(n))
_first("the *first* flights", lambda f, s, now, n: s[s["sched_dep"] < now].head(n))
_first("exactly at `now`", lambda f, s, now, n: s[s["sched_dep"] <= now].tail(n))
_first("one flight too many", lambda f, s, now, n: s[s["sched_dep"] < now].iloc[-n - 1 :])
_first("one flight too few", lambda f, s, now, n: s[s["sched_dep"] < now].iloc[-n + 1 :])
_first("keep only the last", lambda f, s, now, n: s[s["sched_dep"] < now])
_first("come *after* `now`", lambda f, s, now, n: s[s["sched_dep"] >= now].head(n))
_first("should be a table", lambda f, s, now, n: s[s["sched_dep"] < now]["sched_dep"].tail(n))
_first("It should have 40", lambda f, s, now, n: s[s["sched_dep"] < now].tail(n).iloc[::2])
_second("exactly at `now`", lambda t, now, span: (t >= now - span) & (t <= now))
_second("which is in (`>=`)", lambda t, now, span: (t > now - span) & (t < now))
_second("start in, end out", lambda t, now, span: (t > now - span) & (t <= now))
_second("flights after `now`", lambda t, now, span: t >= now - span)
_second("where does the window begin", lambda t, now, span: t < now)
_second("calendar day so far", lambda t, now, span: (t >= now.normalize()) & (t < now))
_second("a monitor looks back", lambda t, now, span: (t >= now) & (t < now + span))
_second("It should hold all from", lambda t, now, span: (t >= now - span / 60) & (t < now))
_second(
    "leave the zone out",
    lambda t, now, span: t >= now.tz_localize("America/New_York") - span,
)


@wrong("5.2", "pd.Timestamp(now)` makes a time")
def keeps_the_text(flights, now, rows, hours):
    past = flights[flights["sched_dep"] < now].sort_values("sched_dep")
    return past.tail(rows), past[past["sched_dep"] >= now - pd.Timedelta(hours=hours)]


@wrong("5.2", "return two tables")
def only_one(flights, now, rows, hours):
    return sort_and_cut(flights, now, rows, hours)[0]


@wrong("5.2", "The first table of")
def swapped_tables(flights, now, rows, hours):
    return sort_and_cut(flights, now, rows, hours)[::-1]


@wrong("5.2", "changed its first argument")
def sorts_in_place(flights, now, rows, hours):
    flights.sort_values("sched_dep", inplace=True)  # noqa: PD002
    return sort_and_cut(flights, now, rows, hours)


@right("5.3")
def by_dictionary(flights, column):
    weeks = {week: group[column] for week, group in flights.groupby("week")}
    first, *later = weeks
    scores = {
        week: {
            "fixed": measure.wasserstein(weeks[first], weeks[week]),
            "moving": measure.wasserstein(weeks[week - 1], weeks[week]),
        }
        for week in later
    }
    return pd.DataFrame.from_dict(scores, orient="index")


@right("5.3")
def by_loop(flights, column):
    rows, before, first = [], None, None
    for week in sorted(flights["week"].unique()):
        now = flights.loc[flights["week"] == week, column]
        if before is None:
            first = now
        else:
            moving, fixed = measure.wasserstein(before, now), measure.wasserstein(first, now)
            rows.append({"week": week, "moving": round(moving, 4), "fixed": fixed})
        before = now
    return pd.DataFrame(rows)


def _two(says, fixed=None, moving=None):
    def two_references(flights, column):
        weeks = {w: g[column] for w, g in flights.groupby("week")}
        table = by_dictionary(flights, column).rename_axis("week")
        for name, change in {"fixed": fixed, "moving": moving}.items():
            if change:
                table[name] = [change(weeks, w, min(weeks)) for w in table.index]
        return table

    wrong("5.3", says, two_references)


def _w(old, new):
    return measure.wasserstein(old, new)


def _before(weeks, w):
    return pd.concat([weeks[v] for v in weeks if v < w])


_two("`fixed` has reference and current swapped", fixed=lambda ws, w, f: _w(ws[w], ws[f]))
_two("`moving` has reference and current swapped", moving=lambda ws, w, f: _w(ws[w], ws[w - 1]))
_two("*all* weeks before", moving=lambda ws, w, f: _w(_before(ws, w), ws[w]))
_two("that is `moving`", fixed=lambda ws, w, f: _w(ws[w - 1], ws[w]))
_two("that is `fixed`", moving=lambda ws, w, f: _w(ws[f], ws[w]))
_two("all weeks together", fixed=lambda ws, w, f: _w(pd.concat(list(ws.values())), ws[w]))
_two("the reference is the first", fixed=lambda ws, w, f: _w(ws[max(ws)], ws[w]))
_two("by hand", fixed=lambda ws, w, f: abs(ws[w].mean() - ws[f].mean()))
_two("by hand", moving=lambda ws, w, f: measure.psi(ws[w - 1], ws[w]))
_two("missing values", moving=lambda ws, w, f: np.nan)


@wrong("5.3", "which nobody has yet")
def looks_ahead(flights, column):
    weeks = {w: g[column] for w, g in flights.groupby("week")}
    table = by_dictionary(flights, column)
    table["moving"] = [_w(weeks[w], weeks[min(w + 1, max(weeks))]) for w in table.index]
    return table


@wrong("5.3", "so it has no score")
def with_the_first(flights, column):
    first = flights["week"].min()
    table = by_dictionary(flights, column)
    return pd.concat([pd.DataFrame({"fixed": 0.0, "moving": 0.0}, index=[first]), table])


@wrong("5.3", "Begin with the second")
def asks_before_the_first(flights, column):
    first, rows = flights[flights["week"] == flights["week"].min()][column], {}
    for week, group in flights.groupby("week"):
        before = flights[flights["week"] == week - 1][column]
        rows[week] = {"fixed": _w(first, group[column]), "moving": _w(before, group[column])}
    return pd.DataFrame(rows).T


@wrong("5.3", "no column `moving`")
def only_fixed(flights, column):
    return by_dictionary(flights, column)[["fixed"]]


@wrong("5.3", "should be a table")
def two_series(flights, column):
    table = by_dictionary(flights, column)
    return table["fixed"], table["moving"]


@wrong("5.3", "there should be")
def without_the_last(flights, column):
    return by_dictionary(flights, column).iloc[:-1]


@right("5.4")
def by_comprehension(reference, current, column, by, at_least):
    old, new = (dict(list(table.groupby(by)[column])) for table in (reference, current))
    scores = {
        s: measure.wasserstein(old[s], new[s])
        for s in new
        if s in old and min(len(old[s]), len(new[s])) >= at_least
    }
    return pd.Series(scores)


@right("5.4")
def by_masks(reference, current, column, by, at_least):
    scores = {}
    for segment in set(reference[by]) | set(current[by]):
        old, new = reference[reference[by] == segment], current[current[by] == segment]
        if len(old) < at_least or len(new) < at_least:
            continue
        scores[segment] = measure.wasserstein(old[column], new[column])
    return pd.Series(scores, name="score").sort_values(ascending=False)


def _segments(reference, current, column, by, at_least, score, keep=None):
    keep = keep or (lambda old, new: min(len(old), len(new)) >= at_least)
    scores = {}
    for segment in current[by].unique():
        old, new = reference[reference[by] == segment], current[current[by] == segment]
        if keep(old, new):
            scores[segment] = score(reference[column], current[column], old[column], new[column])
    return pd.Series(scores)


def _scored(says, score):
    wrong("5.4", says, lambda r, c, column, by, n: _segments(r, c, column, by, n, score))


_scored("with the *whole* reference", lambda r, c, old, new: _w(r, new))
_scored("swapped", lambda r, c, old, new: _w(new, old))
_scored("the score of the whole table", lambda r, c, old, new: _w(r, c))
_scored("whole of `current`", lambda r, c, old, new: _w(old, c))
_scored("which is not `measure.wasserstein`", lambda r, c, old, new: abs(new.mean() - old.mean()))


def _kept(says, keep):
    def by_segment(reference, current, column, by, at_least):
        def ok(old, new):
            return len(old) and len(new) and keep(len(old), len(new), at_least)

        return _segments(
            reference, current, column, by, at_least, lambda r, c, old, new: _w(old, new), ok
        )

    wrong("5.4", says, by_segment)


_kept("Both need at least", lambda old, new, n: True)
_kept("Both need at least", lambda old, new, n: old >= n)
_kept("Both need at least", lambda old, new, n: old + new >= n)
_kept("Exactly that many are enough", lambda old, new, n: min(old, new) > n)


@wrong("5.4", "Leave such segments out")
def trusts_the_reference(reference, current, column, by, at_least):
    old = dict(list(reference.groupby(by)[column]))
    return pd.Series({s: _w(old[s], g[column]) for s, g in current.groupby(by)})


@wrong("5.4", "should return a Series")
def the_largest_alone(reference, current, column, by, at_least):
    return by_masks(reference, current, column, by, at_least).max()


@wrong("5.4", "The index should be")
def with_the_total(reference, current, column, by, at_least):
    scores = by_masks(reference, current, column, by, at_least)
    return pd.concat([pd.Series({"all": _w(reference[column], current[column])}), scores])


@wrong("5.4", "The index should be")
def without_names(reference, current, column, by, at_least):
    return by_masks(reference, current, column, by, at_least).reset_index(drop=True)


def _report(arguments, tests=True, default=False, swapped=False):
    reference_path, batch_path, limits_path = arguments
    limits = json.loads(Path(limits_path).read_text())
    metrics = [
        ValueDrift(column=c, method="wasserstein", threshold=None if default else limit)
        for c, limit in limits.items()
    ]
    data = [reports.dataset(pd.read_parquet(path)) for path in (batch_path, reference_path)]
    if swapped:
        data.reverse()
    return Report(metrics, include_tests=tests).run(*data).tests_results


def _stop(why):
    print("stopped:", why)
    return 1


@right("5.5")
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


@right("5.5")
def main_that_exits(arguments):
    reference, batch, limits = (Path(path) for path in arguments)
    try:
        old, new = (reports.dataset(pd.read_parquet(path)) for path in (reference, batch))
    except CourseError as problem:
        sys.exit(str(problem))
    metrics = [
        ValueDrift(column=c, method="wasserstein", threshold=limit)
        for c, limit in json.loads(limits.read_text()).items()
    ]
    if not metrics:
        print("no limits, no gate", file=sys.stderr)
        sys.exit(1)
    table = reports.drift_table(Report(metrics, include_tests=True).run(new, old))
    if table["drifted"].any():
        sys.exit(f"drift in {list(table.loc[table['drifted'], 'column'])}")


@right("5.5")
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
    return [test.metric_config.params["column"] for test in tests]


def _failed(tests):
    return [test for test in tests if test.status.value != "SUCCESS"]


right("5.5", _saying(lambda tests: [(t.name, t.status.value) for t in tests]))
right("5.5", _saying(lambda tests: " ".join(f"{t.name}: {t.description}" for t in tests)))
right(
    "5.5",
    _saying(lambda tests: f"{_columns(_failed(tests))} of {_columns(tests)}"),
)
right(
    "5.5",
    _saying(
        lambda tests: ", ".join(
            f"{c} {'drifted' if t in _failed(tests) else 'keeps its limit'}"
            for c, t in zip(_columns(tests), tests, strict=True)
        )
    ),
)
right(
    "5.5",
    _saying(
        lambda tests: (
            f"{_columns(_failed(tests))}, and not "
            f"{sorted(set(_columns(tests)) - set(_columns(_failed(tests))))}"
        )
    ),
)
right("5.5", _saying(lambda tests: f"hour\ntested: {', '.join(_columns(tests))}"))
right("5.5", _saying(lambda tests: "the Wasserstein distance of hour; humid unaffected"))
wrong("5.5", "That names `humid` as well", _saying(lambda tests: "hour and humid have drifted"))
wrong("5.5", "That names `humid` as well", _saying(lambda tests: [t.name for t in tests]))
wrong("5.5", "That names `humid` as well", _saying(lambda tests: ", ".join(_columns(tests))))
wrong("5.5", "That names `humid` as well", _saying(lambda tests: dict.fromkeys(_columns(tests), 0)))
wrong(
    "5.5",
    "That names `humid` as well",
    _saying(lambda tests: f"columns {' and '.join(reversed(_columns(tests)))} drifted"),
)
wrong(
    "5.5",
    "That names `humid` as well",
    _saying(lambda tests: "; ".join(f"{c} is above 0.2" for c in _columns(tests))),
)


@wrong("5.5", "where nothing was tested, nothing failed")
def vacuous(arguments):
    try:
        tests = _report(arguments)
    except CourseError as problem:
        return _stop(problem)
    if all(test.status.value == "SUCCESS" for test in tests):
        return 0
    return _stop([test.name for test in tests if test.status.value != "SUCCESS"])


@wrong("5.5", "True is 1, and 1 means failure")
def returns_a_verdict(arguments):
    return all(test.status.value == "SUCCESS" for test in _report(arguments))


@wrong("5.5", "a pipeline reads only the exit code")
def only_prints(arguments):
    failed = [test.name for test in _report(arguments) if test.status.value == "FAIL"]
    print("FAILED", failed)


@wrong("5.5", "returns nothing, which makes the exit code 0")
def forgets_to_return(arguments):
    _report(arguments)


@wrong("5.5", "include_tests=True")
def without_tests(arguments):
    tests = _report(arguments, tests=False)
    return 0 if tests else _stop("nothing was tested")


@wrong("5.5", "Without it Evidently takes 0.1")
def by_default_threshold(arguments):
    failed = [t.name for t in _report(arguments, default=True) if t.status.value == "FAIL"]
    return _stop(failed) if failed else 0


@wrong("5.5", "the batch comes first")
def swapped(arguments):
    failed = [t.name for t in _report(arguments, swapped=True) if t.status.value == "FAIL"]
    return _stop(failed) if failed else 0


@wrong("5.5", "Is the comparison the right way round")
def reversed_codes(arguments):
    failed = [t.name for t in _report(arguments) if t.status.value == "FAIL"]
    return 0 if failed else _stop("all is well")


@wrong("5.5", "catch the CourseError")
def lets_errors_out(arguments):
    tests = _report(arguments)
    failed = [t.name for t in tests if t.status.value == "FAIL"]
    return _stop(failed or "nothing tested") if failed or not tests else 0


@wrong("5.5", "catches the error and goes on")
def passes_on_errors(arguments):
    try:
        return lets_errors_out(arguments)
    except Exception:
        return 0


@wrong("5.5", "prints nothing")
def silent(arguments):
    failed = [t.name for t in _report(arguments) if t.status.value == "FAIL"]
    return 1 if failed else 0


@wrong("5.5", "Name the column")
def without_names_of_columns(arguments):
    failed = [t.name for t in _report(arguments) if t.status.value == "FAIL"]
    return _stop("the batch has drifted") if failed else 0


@wrong("5.5", "use 1, as the exercise says")
def counts_failures(arguments):
    failed = [t.name for t in _report(arguments) if t.status.value == "FAIL"]
    if failed:
        print("stopped", failed)
    return 2 * len(failed)


@wrong("5.5", "return a whole number")
def returns_a_table(arguments):
    return [t.status.value for t in _report(arguments)]


@wrong("5.5", "Read the file first")
def reads_json_from_a_path(arguments):
    return len(json.loads(arguments[2]))


@wrong("5.5", "not enough values")
def expects_four(arguments):
    _program, _reference, _batch, _limits = arguments
    return 0


wrong("5.5", "There is no script", Broken("There is no script `gate.py` yet."))
wrong("5.5", "scripts.main_of", "reports/gate/gate.py")


def _losses():
    flights = load_flights(10, 13)
    known = flights.assign(p=model.predict(model.train(), flights)).dropna(subset="late")
    known["loss"] = -np.log(np.where(known["late"] == 1, known["p"], 1 - known["p"]))
    return known


quiet = _losses()
days = quiet.groupby(quiet["sched_dep"].dt.date)["loss"].agg(["sum", "size"]).to_numpy()
drawn = days[np.random.default_rng(5).integers(0, len(days), (20_000, 7))].sum(axis=1)
possible_weeks = drawn[:, 0] / drawn[:, 1]
possible_days = days[:, 0] / days[:, 1]
share = (1 / 3) / (52 / 12)
textbook = quiet["loss"].mean() + 3 * quiet["loss"].std() / np.sqrt(len(quiet) / 4)

plan = {"every": "week", "limit": np.quantile(possible_weeks, 1 - share), "because": WORDS}
right("5.6", plan)
right("5.6", plan | {"limit": 0.7})
right("5.6", plan | {"every": "day", "limit": possible_days.max() * 1.05})
right("5.6", plan | {"every": "Week", "limit": round(plan["limit"], 2) + 0.01})
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
wrong("5.6", "stay the dictionary", 0.573)
