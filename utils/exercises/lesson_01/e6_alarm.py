"""Exercise 1.6: one weekly number that wakes the desk; many choices are right."""

import pandas as pd

from utils.exercises.expect import a_number, one_of
from utils.exercises.lesson_01.scored_weeks import year
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet

KEYS = ("metric", "wake", "limit", "because")
METRICS = ["late", "predicted", "roc_auc", "log_loss", "brier", "gap"]
MOST = 6
LABEL_DELAY = pd.Timedelta(days=14)
# Week 17 is over on this Monday.
MONDAY = pd.Timestamp("2013-04-29")


@exercise(
    "1.6",
    "Choose what to watch",
    stars=3,
    minutes=10,
    hints=[
        "Look at `reference` and at `scores.loc[17]`: which column leaves the range of the four "
        "reference weeks?",
        "For a column that rises, take a limit between the highest reference week and week 17, and "
        'wake "above" it. Then count: in how many weeks of `production` does it ring?',
        "`(production[metric] > limit).sum()` counts them. What rings for every bad week of "
        "weather will ring too often; which column takes the weather out?",
    ],
    learned="",
)
def alarm(answer):
    if not isinstance(answer, dict):
        raise NotYet(f"`alarm` should stay the dictionary of the cell; it is {describe(answer)}.")
    for key in KEYS:
        if answer.get(key) is None:
            raise NotYet(f"`alarm` has no {key!r} yet.")
    metric = one_of(answer["metric"], "The metric", METRICS)
    wake = one_of(answer["wake"], "`wake`", ["above", "below"])
    limit = a_number(answer["limit"], "`limit`")
    if not isinstance(answer["because"], str) or not answer["because"].strip():
        raise NotYet("`because` should be a text: why would you defend your choice?")
    values = year()[metric]
    rings = values > limit if wake == "above" else values < limit
    if false_alarms := [int(week) for week in rings.index[rings] if week <= 13]:
        week = false_alarms[0]
        raise NotYet(
            f"It wakes the desk in week {week} of the reference, where {metric} is "
            f"{values[week]:.3f}. All was well there."
        )
    if not rings[17]:
        other = "below" if wake == "above" else "above"
        turned = (values[17] < limit) if wake == "above" else (values[17] > limit)
        advice = f" Did you mean {other!r}?" if turned and _separates(values, other) else ""
        raise NotYet(
            f"It sleeps through week 17, where {metric} is {values[17]:.3f} and your limit "
            f"{limit:g} ({wake}).{advice}"
        )
    woken = [int(week) for week in rings.index[rings] if week >= 14]
    if len(woken) > MOST:
        raise NotYet(
            f"It rings in {len(woken)} of the 39 weeks of production, {MOST} are allowed. After "
            "the tenth time nobody gets up. Is the limit too near to the reference, or does the "
            "number move with the weather?"
        )
    return _praise(metric, woken)


def _praise(metric, woken):
    late = pd.Timedelta(0) if metric == "predicted" else LABEL_DELAY
    needs = "no outcomes" if metric == "predicted" else "outcomes, which come 14 days late"
    first = MONDAY + pd.Timedelta(weeks=woken[0] - 17) + late
    often = {1: "once", 2: "twice"}.get(len(woken), f"{len(woken)} times")
    return (
        f"Silent in the reference, and {often} in 39 weeks: weeks {', '.join(map(str, woken))}. It "
        f"needs {needs}, so for week {woken[0]} it would first have rung on {first.day} "
        f"{first:%B}. Four quiet weeks are few to choose a limit from; lesson 05 shows how far "
        "they carry. Your `because` is for your colleagues: nothing here has judged it."
    ).replace("weeks: weeks", "weeks: weeks" if len(woken) > 1 else "weeks: week")


def _separates(values, wake):
    calm, bad = values.loc[10:13], values[17]
    return bad > calm.max() if wake == "above" else bad < calm.min()
