"""Exercise 5.1: the test that stops a good week, mended."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from utils.exercises.expect import one_of
from utils.exercises.judges import Check
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.flights import REFERENCE, load_flights

FEW_WORDS = 8
FIVE = (
    "enough flights",
    "known airports",
    "possible temperatures",
    "usual distances",
    "pressure is there",
)
KEYS = ("failing", "metric", "because")
REASONS = {
    "eq": "`eq` wants the same value: fewer are as bad to it as more.",
    "ge": "`gte` wants at least so many missing values. Which way is bad?",
    "gt": "`gt` wants more missing values. Which way is bad?",
    "lt": "Did you write `lt(Reference(...))`? It asks for less than the reference *minus* the "
    "tolerance. Use `lte`.",
}
BY_NUMBER = (
    "Your condition is about the *number* of missing values (`tests=`), which depends on how many "
    "flights there are. Take their share (`share_tests=`)."
)


def _right():
    from evidently.metrics import MissingValueCount
    from evidently.tests import lte

    metric = MissingValueCount(column="pressure", share_tests=[lte(0.25)])
    because = "Fewer missing readings are no harm, and a week cannot have as many as a month."
    return dict(zip(KEYS, ("pressure is there", metric, because), strict=True))


@cache
def _march():
    from utils.drift import reports

    return reports.dataset(load_flights(*REFERENCE))


def _half(flights):
    """Take away every second reading of the pressure, exactly half of all."""
    flights = flights.assign(pressure=flights["pressure"].fillna(1013.0)).head(
        len(flights) // 2 * 2
    )
    return flights.assign(pressure=flights["pressure"].where(np.arange(len(flights)) % 2 > 0))


def _cases():
    """Return windows of flights; whether they should pass, the right answer says."""
    weeks = {week: load_flights(week, week) for week in (10, 11, 12, 13, 14)}
    full = weeks[14].assign(pressure=weeks[14]["pressure"].fillna(1013.0))
    return {
        **{f"week {week}": flights for week, flights in weeks.items()},
        "a week in which no reading is missing": full,
        "two ordinary weeks together": pd.concat([weeks[10], weeks[11]]),
        "a week in which half of the readings are missing": _half(weeks[14]),
        "a day on which half of the readings are missing": _half(full[full["weekday"] == "Wed"]),
    }


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


@dataclass(eq=False)
class Mended(Check):
    """A metric with conditions; a case is a window, and what counts is whether it passes."""

    def read(self, answer):
        """Ask for the three parts, and return the metric and the sentence."""
        if not isinstance(answer, dict):
            raise NotYet(
                f"`mended` should stay the dictionary of the cell; it is {describe(answer)}."
            )
        for key in KEYS:
            if answer.get(key) is None:
                raise NotYet(f"`mended` has no {key!r} yet.")
        failing = one_of(answer["failing"], "`failing`", FIVE)
        if failing != "pressure is there":
            raise NotYet(f"{failing!r} did not fail in week 14: every line of it says SUCCESS.")
        return _a_metric(answer["metric"]), answer["because"]

    def own(self, answer):
        """Make the answer, for which Evidently is needed."""
        return answer() if callable(answer) else answer

    def observe(self, answer, name, case):
        """Return what each condition says, and whether it is about the number."""
        return _statuses(answer[0], case, name), bool(answer[0].tests)

    def accepts(self, got, wanted):
        """Compare whether the window passes."""
        return self._failed(got) == self._failed(wanted)

    def told(self, name, got):
        """Say whether it passes, and should."""
        if self._failed(got):
            return f"Your test fails for {name}, which should pass."
        if any(kind in ("ge", "gt") for kind, _ in got[0]):
            return f"Your test passes {name}: its condition points the other way."
        return f"Your test passes {name}. That feed is broken."

    def __call__(self, answer):
        """Judge the metric first, then ask for the sentence."""
        super().__call__(answer)
        because = self.read(answer)[1]
        if not isinstance(because, str) or len(because.split()) < FEW_WORDS:
            raise NotYet("The test is right. Now say in `because`, in a full sentence, why.")

    @staticmethod
    def _failed(got):
        return any(status in ("FAIL", "ERROR") for _, status in got[0])


def _why(name, got, wanted):
    statuses, by_number = got
    failed = [kind for kind, status in statuses if status in ("FAIL", "ERROR")]
    if failed:
        if failed[0] == "le" and by_number:
            return BY_NUMBER
        return REASONS.get(failed[0], "The limit has to be higher: this is a good week.")
    if "WARNING" in dict(statuses).values():
        return "It gives a WARNING, which stops nothing. Leave out `is_critical=False`."
    if any(kind in ("ge", "gt") for kind, _ in statuses):
        return ""
    return BY_NUMBER if by_number else "The limit is too high. (A share lies between 0 and 1.)"


exercise(
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
    "condition which way is bad. (Your sentence was not read; compare it with the solution's.)",
    check=Mended("mended", _right, cases=_cases, otherwise=_why),
)
