"""The checks of lesson 05.

Evidently takes seconds to import, so a check imports it only when it is called.
"""

from functools import cache

import numpy as np
import pandas as pd

from utils.exercises.expect import a_function, a_number, a_table, close, one_of
from utils.exercises.lesson_02.injecting import call
from utils.exercises.lesson_05.comparing import (
    as_series,
    judge_scores,
    judge_segments,
    segmented,
    slow_drifts,
)
from utils.exercises.lesson_05.gates import judge_gate
from utils.exercises.lesson_05.scripts import Broken
from utils.exercises.lesson_05.windowing import judge_hours, judge_rows, three_days
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.flights import REFERENCE, load_flights

FEW_WORDS = 8
FIVE = [
    "enough flights",
    "known airports",
    "possible temperatures",
    "usual distances",
    "pressure is there",
]


@exercise(
    "5.1",
    "One of five",
    stars=2,
    minutes=8,
    hints=[
        "Which two lines of `verdicts(run)` say FAIL, and did more or fewer values go missing?",
        "Two things are wrong: a number of a week is compared with one of four weeks, and fewer "
        "missing values count as badly as more.",
        "`MissingValueCount` takes `tests=[...]` for the number and `share_tests=[...]` for the "
        "share. Which condition says 'at most'?",
        '`MissingValueCount(column="pressure", share_tests=[lte(...)])`, with a limit above the '
        "share of every reference week (the highest is 0.165) and below a half.",
    ],
    learned="Good weeks pass, a broken feed fails. An alarm needs a direction: ask of every "
    "condition which way is bad.",
)
def mended(answer):
    if not isinstance(answer, dict):
        raise NotYet(f"`mended` should stay the dictionary of the cell; it is {describe(answer)}.")
    for key in ("failing", "metric", "because"):
        if answer.get(key) is None:
            raise NotYet(f"`mended` has no {key!r} yet.")
    failing = one_of(answer["failing"], "`failing`", FIVE)
    if failing != "pressure is there":
        raise NotYet(f"{failing!r} did not fail in week 14: every line of it says SUCCESS.")
    metric = _a_metric(answer["metric"])
    for name, flights, ok in _pressures():
        _judge_status(_statuses(metric, flights, name), name, ok, by_number=bool(metric.tests))
    because = answer["because"]
    if not isinstance(because, str) or len(because.split()) < FEW_WORDS:
        raise NotYet("The test is right. Now say in `because`, in a full sentence, why.")


def _a_metric(metric):
    from evidently.core.metric_types import Metric
    from evidently.metrics import MissingValueCount

    kind = type(metric)
    if kind.__module__.startswith("evidently.legacy") and "tests" in kind.__module__.split("."):
        raise NotYet(
            f"`{kind.__name__}` is Evidently's interface before 0.7 (`evidently.legacy`). Today a "
            "test is a condition on a metric: `MissingValueCount(column=..., share_tests=[...])`."
        )
    if isinstance(metric, (list, tuple)) and len(metric) == 1:
        metric = metric[0]
    if not isinstance(metric, Metric):
        raise NotYet(
            f"`metric` is {describe(metric)}; it should be a metric with conditions, such as "
            "`RowCount(tests=[gte(5_000)])`."
        )
    if not isinstance(metric, MissingValueCount) or metric.column != "pressure":
        raise NotYet(
            "Your metric is about something else. The failing test watches the missing values of "
            "`pressure`: stay with `MissingValueCount` and that column."
        )
    if not (metric.tests or metric.share_tests):
        raise NotYet(
            "Your metric has no condition of its own, so Evidently puts in its defaults again: "
            "give it `share_tests=[...]`."
        )
    return metric


@cache
def _pressures():
    """Return weeks in a name, the table, and whether a right test passes it."""
    weeks = {week: load_flights(week, week) for week in (10, 11, 12, 13, 14)}
    silent = weeks[14].copy()
    lost = np.random.default_rng(5).random(len(silent)) < 0.5
    silent["pressure"] = silent["pressure"].mask(lost)
    filled = weeks[14].assign(pressure=weeks[14]["pressure"].fillna(1013.0))
    named = [(f"week {week}", flights, True) for week, flights in weeks.items()]
    day = silent[silent["weekday"] == "Wed"]
    return [
        *named,
        ("a week in which no reading is missing", filled, True),
        ("two ordinary weeks together", pd.concat([weeks[10], weeks[11]]), True),
        ("a week in which half of the readings are missing", silent, False),
        ("a day on which half of the readings are missing", day, False),
    ]


@cache
def _march():
    from utils.drift import reports

    return reports.dataset(load_flights(*REFERENCE))


def _statuses(metric, flights, name):
    from evidently import Report

    from utils.drift import reports

    try:
        run = Report([metric], include_tests=True).run(reports.dataset(flights), _march())
        return [(test.id, test.status.value) for test in run.tests_results]
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        raise NotYet(
            f"With {name} Evidently ends in an error: {type(error).__name__}: {error}"
        ) from None


def _judge_status(statuses, name, ok, by_number):
    share = (
        "Your condition is about the *number* of missing values (`tests=`), which depends on how "
        "many flights there are. Take their share (`share_tests=`)."
    )
    failed = [kind for kind, status in statuses if status in ("FAIL", "ERROR")]
    if ok and failed:
        reasons = {
            "eq": "`eq` wants the same value: fewer are as bad to it as more.",
            "ge": "`gte` wants at least so many missing values. Which way is bad?",
            "gt": "`gt` wants more missing values. Which way is bad?",
            "lt": "Did you write `lt(Reference(...))`? It asks for less than the reference *minus* "
            "the tolerance. Use `lte`.",
        }
        reason = reasons.get(failed[0], "The limit has to be higher: this is a good week.")
        if failed[0] == "le" and by_number:
            reason = share
        raise NotYet(f"Your test fails for {name}, which should pass. {reason}")
    if not ok and not failed:
        if "WARNING" in dict(statuses).values():
            raise NotYet(
                f"For {name} your test gives a WARNING, which stops nothing. Leave out "
                "`is_critical=False`."
            )
        if any(kind in ("ge", "gt") for kind, _ in statuses):
            raise NotYet(f"Your test passes {name}: its condition points the other way.")
        reason = share if by_number else "The limit is too high. (A share lies between 0 and 1.)"
        raise NotYet(f"Your test passes {name}. That feed is broken. {reason}")


@exercise(
    "5.2",
    "The last n rows, the last t hours",
    stars=1,
    minutes=8,
    hints=[
        'First keep the past: `flights[flights["sched_dep"] < now]`, with `now` as a '
        "`pd.Timestamp`.",
        'The rows are in no order, so `.sort_values("sched_dep")` comes before `.tail(rows)`.',
        "The other window begins at `now - pd.Timedelta(hours=hours)`, and that moment is in it: "
        "`>=`.",
    ],
    learned="Half-open windows, start in and end out, fit together without a gap and without an "
    "overlap. Use them everywhere.",
)
def last_windows(answer):
    function = a_function(answer, "last_windows", 4)
    for now, rows, hours in [
        ("2013-04-03 12:00", 40, 3),
        ("2013-04-03 06:00", 25, 24),
        ("2013-04-02 08:15", 10, 1.5),
        ("2013-04-01 07:00", 10_000, 6),
    ]:
        called = f'`last_windows(flights, "{now}", {rows:,}, {hours})`'.replace(",000", "_000")
        advice = {"'str'": "`now` is a text. `now = pd.Timestamp(now)` makes a time of it."}
        result = _advised(advice, function, three_days(), now, rows, hours)
        if not isinstance(result, (tuple, list)) or len(result) != 2:
            raise NotYet(
                f"{called} returned {describe(result)}; return two tables: `return last_rows, "
                "last_hours`."
            )
        by_rows, by_hours = (
            a_table(table, f"The {which} table of {called}", three_days().columns)
            for which, table in zip(("first", "second"), result, strict=True)
        )
        judge_rows(by_rows, pd.Timestamp(now), rows, called)
        judge_hours(by_hours, pd.Timestamp(now), hours, called)


def _advised(advice, function, *args):
    """Call the learner's function; after an error of a known cause, say what to do."""
    try:
        return call(function, *args)
    except NotYet as problem:
        for sign, what in advice.items():
            if "stopped with an error" in str(problem) and sign in str(problem).split("error.")[1]:
                raise NotYet(f"{problem}\n{what}") from None
        raise


@exercise(
    "5.3",
    "Fixed and moving",
    stars=2,
    minutes=8,
    hints=[
        '`{week: group[column] for week, group in flights.groupby("week")}` has the values of each '
        "week.",
        "For every week but the first compute two scores. The reference is the first argument: "
        "the first week, or the week before.",
        '`scores[week] = {"fixed": measure.wasserstein(weeks[first], weeks[week]), "moving": '
        "measure.wasserstein(weeks[week - 1], weeks[week])}`.",
        'End with `pd.DataFrame.from_dict(scores, orient="index").rename_axis("week")`.',
    ],
    learned="The same weeks, the same measure, and two answers. What a monitor sees is decided by "
    "what it compares with.",
)
def two_references(answer):
    function = a_function(answer, "two_references", 2)
    for flights, column in slow_drifts():
        weeks = {week: group[column] for week, group in flights.groupby("week")}
        called = f'`two_references(flights, "{column}")` for weeks {min(weeks)} to {max(weeks)}'
        nothing = "The first week has no week before it. Begin with the second."
        advice = {"in the reference sample": nothing, "KeyError": nothing}
        result = _advised(advice, function, flights, column)
        later = list(weeks)[1:]
        if isinstance(result, pd.DataFrame) and "week" not in [
            *result.columns,
            *result.index.names,
        ]:
            result = result.rename_axis("week")
        table = a_table(result, f"What {called} returns", ["week", "fixed", "moving"])
        table = table.set_index("week")
        if min(weeks) in table.index:
            raise NotYet(
                f"{called} also has a row for week {min(weeks)}. The first week is the reference, "
                "so it has no score."
            )
        if sorted(table.index) != later:
            raise NotYet(
                f"{called} has rows for the weeks {list(table.index)}; there should be {later}."
            )
        judge_scores(table.loc[later], weeks, called)


@exercise(
    "5.4",
    "Segment by segment",
    stars=2,
    minutes=8,
    hints=[
        "Split both tables: for a segment, `reference[reference[by] == segment]` and the same of "
        "`current`.",
        "Count the rows of both parts before you score; if either has fewer than `at_least`, go "
        "on to the next segment (`continue`).",
        "`scores[segment] = measure.wasserstein(old[column], new[column])`, and in the end "
        "`pd.Series(scores)`.",
    ],
    learned="Newark is compared with Newark. Segments always differ from the whole; what matters "
    "is whether they differ from themselves.",
)
def by_segment(answer):
    function = a_function(answer, "by_segment", 5)
    for reference, current, column, by, at_least in segmented():
        called = f'`by_segment(reference, current, "{column}", "{by}", {at_least})`'
        gone = "A segment may be missing in one of the tables. Leave such segments out."
        advice = {"has no value in the": gone, "KeyError": gone}
        result = _advised(advice, function, reference, current, column, by, at_least)
        judge_segments(as_series(result, called), reference, current, column, by, at_least, called)


@exercise(
    "5.5",
    "A gate",
    stars=3,
    minutes=15,
    hints=[
        "Unpack the three paths; read two tables with `pd.read_parquet` and the limits with "
        "`json.loads(Path(...).read_text())`.",
        'One metric for each limit: `ValueDrift(column=c, method="wasserstein", '
        "threshold=limit)`; then `Report(metrics, include_tests=True).run(batch, reference)`, both "
        "through `reports.dataset`.",
        "Read `.tests_results` of what `run` returns: each has `.status.value`, `.name` and "
        "`.description`. No test at all is a reason to stop, too.",
        "Put both `reports.dataset(...)` into a `try:`, and end `except CourseError as problem:` "
        "with `print(problem)` and `return 1`.",
    ],
    learned="It passes what is calm, stops what is not, and stops what it could not judge. Each "
    "time it says why, in a line.",
)
def gate(answer):
    if isinstance(answer, Broken):
        raise NotYet(answer.message)
    if isinstance(answer, str):
        raise NotYet(
            f"The check needs the function: `scripts.main_of({answer!r})`, as the cell had it."
        )
    judge_gate(a_function(answer, "main", 1))


MONTHS = {"week": 52 / 12, "day": 365 / 12}
BUDGET = 1 / 3


@exercise(
    "5.6",
    "A budget of false alarms",
    stars=3,
    minutes=8,
    hints=[
        "The budget is for a month. Divide it by the number of looks in a month, and you have the "
        "probability that a single look may alarm falsely.",
        "`possible_weeks` holds weeks as the reference might have brought them. Which of its "
        "quantiles is passed with that probability?",
        "For the week: `np.quantile(possible_weeks, 1 - (1 / 3) / (52 / 12))`. For the day it is "
        "`days[:, 0] / days[:, 1]` that you look at.",
    ],
    learned="",
)
def plan(answer):
    if not isinstance(answer, dict):
        raise NotYet(f"`plan` should stay the dictionary of the cell; it is {describe(answer)}.")
    for key in ("every", "limit", "because"):
        if answer.get(key) is None:
            raise NotYet(f"`plan` has no {key!r} yet.")
    every = one_of(answer["every"], "`every`", list(MONTHS))
    limit = a_number(answer["limit"], "`limit`")
    ordinary, later, furloughs = _losses(every)
    in_vain = MONTHS[every] * (ordinary > limit).mean()
    if in_vain > BUDGET * 1.1:
        raise NotYet(
            f"With the limit {limit:.3f}, ordinary {every}s alarm falsely {in_vain:.2f} times "
            f"a month; the budget is 0.33. {_why_over(limit, ordinary, every)}"
        )
    if not (furloughs > limit).any():
        raise NotYet(
            f"The budget is kept, but the limit {limit:.3f} sleeps through week 17, where the "
            f"highest log loss of a {every} is {furloughs.max():.3f}."
        )
    if not isinstance(answer["because"], str) or len(answer["because"].split()) < FEW_WORDS:
        raise NotYet("The plan works. Now defend it in `because`, in a full sentence or two.")
    alarmed = int((later > limit).sum())
    doubt = (
        " Only, no limit for days can be trusted here: one day in ninety may pass it, and the "
        "reference has 28."
        if every == "day"
        else ""
    )
    return (
        f"Ordinary {every}s alarm falsely {in_vain:.2f} times a month, week 17 alarms, and so do "
        f"{alarmed} of the {len(later)} {every}s of production. So many that most are no chance: "
        f"the year is not like March. A budget counts alarms while nothing has changed.{doubt}"
    )


def _why_over(limit, ordinary, every):
    share = BUDGET / MONTHS[every]
    if close(limit, _textbook(), 3e-4):
        return "That is the limit for independent flights; these are not."
    if close(limit, np.quantile(ordinary, share), 4e-3):
        return "That is the lower end; a high loss is bad, so take the quantile 1 - share."
    if close(limit, np.quantile(ordinary, 1 - BUDGET), 4e-3):
        return f"The budget is for a month, and a month has {MONTHS[every]:.1f} {every}s."
    if every == "day" and limit < _losses("week")[0].max():
        return "Was it made for weeks? Single days scatter far more than weeks."
    return "Raise the limit, or look less often."


@cache
def _losses(every):
    """Return the losses of ordinary days or weeks, of those in production, and of week 17."""
    known = _known()
    by = known["week"] if every == "week" else known["sched_dep"].dt.normalize()
    loss = known.groupby(by)["loss"].mean()
    week = known.groupby(by)["week"].first()
    if every == "day":
        return loss[week <= 13].to_numpy(), loss[week >= 14], loss[week == 17]
    quiet = known[known["week"] <= 13]
    days = quiet.groupby(quiet["sched_dep"].dt.date)["loss"].agg(["sum", "size"]).to_numpy()
    drawn = days[np.random.default_rng(1).integers(0, len(days), (20_000, 7))].sum(axis=1)
    return drawn[:, 0] / drawn[:, 1], loss[week >= 14], loss[week == 17]


@cache
def _textbook():
    loss = _known().query("week <= 13")["loss"]
    return loss.mean() + 3 * loss.std() / np.sqrt(len(loss) / 4)


@cache
def _known():
    # Importing scikit-learn takes a second, so only who needs it waits for it.
    from utils import model

    flights = load_flights(10, 52)
    known = flights.assign(p=model.predict(model.train(), flights)).dropna(subset="late")
    return known.assign(loss=-np.log(np.where(known["late"] == 1, known["p"], 1 - known["p"])))
