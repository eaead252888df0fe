"""Exercise 5.6: a limit that keeps a budget of false alarms, as far as 28 days can tell."""

from collections.abc import Mapping

import numpy as np

from utils.exercises.expect import a_number, close, one_of
from utils.exercises.lesson_05.ordinary_losses import MONTHS, losses, ordinary, textbook
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet

BUDGET = 1 / 3
# How far a resampled quantile may be off by its seed.
SLACK = 1.1
FEW_WORDS = 8


def plan(answer):
    """Judge a plan, and return what it would have done."""
    if not isinstance(answer, Mapping):
        raise NotYet(f"`plan` should stay the dictionary of the cell; it is {describe(answer)}.")
    for key in ("every", "limit", "because"):
        if answer.get(key) is None:
            raise NotYet(f"`plan` has no {key!r} yet.")
    every = one_of(answer["every"], "`every`", list(MONTHS))
    limit = a_number(answer["limit"], "`limit`")
    rate = MONTHS[every] * (ordinary(every) > limit).mean()
    if rate > BUDGET * SLACK:
        raise NotYet(
            f"With the limit {limit:.3f}, ordinary {every}s alarm falsely {rate:.2f} times a "
            f"month; the budget is {BUDGET:.2f}. {_why_over(limit, every)}"
        )
    loss, week = losses(every)
    furloughs = loss[week == 17]
    if not (furloughs > limit).any():
        raise NotYet(
            f"The budget is kept, but the limit {limit:.3f} sleeps through week 17, where the "
            f"highest log loss of a {every} is {furloughs.max():.3f}."
        )
    if not isinstance(answer["because"], str) or len(answer["because"].split()) < FEW_WORDS:
        raise NotYet("The plan works. Now defend it in `because`, in a full sentence or two.")
    real, later = loss[week <= 13] > limit, loss[week > 13] > limit
    doubt = (
        "no limit for days can be trusted here: one day in ninety may pass it, and these are 28"
        if every == "day"
        else "so few weeks promise nothing"
    )
    return (
        f"By resampling, ordinary {every}s alarm falsely {rate:.2f} times a month. Of the "
        f"{len(real)} real {every}s of the reference, {int(real.sum())} pass your limit; {doubt}, "
        f"and the budget is a lower bound. In production week 17 alarms, and with it {later.sum()} "
        f"of {len(later)} {every}s: the year is not like March."
    )


def _why_over(limit, every):
    known, share = ordinary(every), BUDGET / MONTHS[every]
    if close(limit, textbook(), 3e-4):
        return "That is the limit for independent flights; these are not."
    if every == "week" and close(limit, np.quantile(ordinary(every, run=1), 1 - share), 3e-3):
        return "That is the limit of single days drawn at random; bad days come in runs."
    if close(limit, np.quantile(known, share), 4e-3):
        return "That is the lower end; a high loss is bad, so take the quantile 1 - share."
    if close(limit, np.quantile(known, 1 - BUDGET), 4e-3):
        return f"The budget is for a month, and a month has {MONTHS[every]:.1f} {every}s."
    if every == "day" and limit < ordinary("week").max():
        return "Was it made for weeks? Single days scatter far more than weeks."
    return "Raise the limit, or look less often."


exercise(
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
    check=plan,
)
