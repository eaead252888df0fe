"""Exercise 1.2: the weeks in which a constant known beforehand has the lower log loss."""

import numpy as np
import pandas as pd

from utils.exercises.expect import items
from utils.exercises.judges import Function, Slip
from utils.exercises.lesson_01.scored_weeks import loss_of_constant
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet


def _weeks(losses, late, first):
    index = pd.RangeIndex(first, first + len(late), name="week")
    return pd.DataFrame({"late": late, "log_loss": np.asarray(losses)}, index=index)


def _cases():
    late = pd.Series([0.2, 0.3, 0.39, 0.13, 0.25, 0.45, 0.1])
    constant = loss_of_constant(late, 0.226)
    # Beyond and short of the constant, by enough and by next to nothing, and just as much.
    distance = np.array([-0.05, 0.002, 0.08, 0.0, -0.002, 0.3, 0.01])
    shuffled = _weeks(constant + distance, late.to_numpy(), 14).sample(frac=1, random_state=2)
    rare = pd.Series([0.05, 0.02, 0.09, 0.04])
    # Weeks good and bad enough to tell every wrong loss from another, and from all or none.
    rng = np.random.default_rng(2)
    many = pd.Series(rng.uniform(0.05, 0.6, 39))
    wide = loss_of_constant(many, 0.226) * np.exp(rng.normal(0, 0.7, 39))
    near = loss_of_constant(rare, 0.4) + np.array([0.02, -0.02, 0.05, -0.05])
    return {
        "seven weeks and the share 0.226": (
            _weeks(constant + distance, late.to_numpy(), 14),
            0.226,
        ),
        "the same weeks in another order": (shuffled, 0.226),
        "four weeks with few late flights and the share 0.4": (
            _weeks(near, rare.to_numpy(), 36),
            0.4,
        ),
        # Between the constant's loss and what the usual slips make of it.
        "three good weeks": (_weeks([0.35, 0.285, 0.2], np.array([0.3, 0.3, 0.1]), 50), 0.226),
        "39 weeks, some very good and some very bad": (_weeks(wide, many.to_numpy(), 14), 0.226),
        "weeks in which the model is never beaten": (
            _weeks(constant - 0.01, late.to_numpy(), 30),
            0.226,
        ),
    }


def _right(scores, share):
    return list(scores.index[scores["log_loss"] > loss_of_constant(scores["late"], share)])


def _slip(constant, worse=lambda loss, other: loss > other):
    def beaten(scores, share):
        return list(scores.index[worse(scores["log_loss"], constant(scores["late"], share))])

    return beaten


SLIPS = [
    Slip(
        "That compares with the week's own share, which nobody knows beforehand; use `share`.",
        _slip(lambda late, share: loss_of_constant(late, late)),
    ),
    Slip(
        "These are the weeks in which the model is *better*. A higher loss is worse.",
        _slip(loss_of_constant, lambda loss, other: loss < other),
    ),
    Slip(
        "A week in which both are equal is in it, too; there the model is not beaten.",
        _slip(loss_of_constant, lambda loss, other: loss >= other),
    ),
    Slip(
        "The two logarithms are exchanged: a late flight costs −ln(share), a punctual one "
        "−ln(1 − share).",
        _slip(lambda late, share: loss_of_constant(1 - late, share)),
    ),
    Slip(
        "The logarithm is the one to base 10; use the natural one, `np.log`.",
        _slip(lambda late, share: loss_of_constant(late, share) / np.log(10)),
    ),
    Slip(
        "The logarithm is the one to base 2; use the natural one, `np.log`.",
        _slip(lambda late, share: loss_of_constant(late, share) / np.log(2)),
    ),
    Slip(
        "That compares with the mean loss of all weeks; each week has its own s.",
        _slip(lambda late, share: loss_of_constant(late.mean(), share)),
    ),
    Slip(
        "Only the late flights' part of the loss is in it; add that of the punctual ones.",
        _slip(lambda late, share: -late * np.log(share)),
    ),
    Slip(
        "Only the punctual flights' part of the loss is in it; add that of the late ones.",
        _slip(lambda late, share: -(1 - late) * np.log(1 - share)),
    ),
    Slip(
        "Every week is in it. Are two losses compared, and is the constant's above zero? The "
        "logarithm of a share is below zero, so mind the minus signs.",
        _slip(lambda late, share: -loss_of_constant(late, share)),
    ),
    Slip(
        "The second minus sign is missing: the logarithm of 1 − share is below zero, too.",
        _slip(lambda late, share: -late * np.log(share) + (1 - late) * np.log(1 - share)),
    ),
    Slip(
        "The constant's loss is the same in every week there: `share` stands in place of s. How "
        "many flights were late is s, and it is each week's own.",
        _slip(lambda late, share: loss_of_constant(share, share)),
    ),
    Slip(
        "The share is always 0.226 in it, the one of the training weeks; use the argument `share`.",
        _slip(lambda late, share: loss_of_constant(late, 0.226)),
    ),
    Slip(
        "That compares the log loss with the constant itself, not with its loss.",
        _slip(lambda late, share: late * 0 + share),
    ),
    Slip(
        "These are the weeks with more late flights than the constant says, whatever the model's "
        "loss. Compare the two losses.",
        lambda scores, share: list(scores.index[scores["late"] > share]),
    ),
    Slip(
        "The losses are rounded before they are compared; a week may be lost by less.",
        lambda scores, share: list(
            scores.index[
                scores["log_loss"].round(2) > loss_of_constant(scores["late"], share).round(2)
            ]
        ),
    ),
    Slip(
        "That compares the log loss with the share of late flights itself, not with a loss.",
        _slip(lambda late, share: late),
    ),
]


def _list(value, name):
    """Return the weeks as a sorted list."""
    if isinstance(value, pd.DataFrame):
        value = value.get("week", value.index)
    if not isinstance(value, str) and hasattr(value, "__len__") and _all_truths(value):
        raise NotYet(
            f"{name} is True and False, for each week; take the weeks where it is True: "
            "`scores.index[...]`."
        )
    if isinstance(value, (int, float, np.number)):
        raise NotYet(f"{name} is one number, {value}; it should be the list of the weeks.")
    listed = items(value, name)
    try:
        weeks = [int(week) for week in listed]
    except (TypeError, ValueError):
        raise NotYet(f"{name} should be a list of weeks; it is {describe(value)}.") from None
    if any(float(week) != whole for week, whole in zip(listed, weeks, strict=True)):
        raise NotYet(f"{name} holds losses; asked for are the weeks, which are the index.")
    if len(set(weeks)) < len(weeks):
        raise NotYet(f"{name} holds a week twice; once is enough.")
    return sorted(weeks)


def _all_truths(value):
    return len(value) > 0 and all(isinstance(item, (bool, np.bool_)) for item in value)


def _otherwise(name, got, wanted):
    scores = _cases()[name][0]
    if strange := sorted(set(got) - set(scores.index)):
        return (
            f"The table has no week {strange[0]}. The weeks are in its index; are these positions?"
        )
    if extra := sorted(set(got) - set(wanted)):
        return f"Week {extra[0]} should not be in it. Compute its constant's loss by hand."
    missing = sorted(set(wanted) - set(got))
    return f"Week {missing[0]} should be in it. Compute its constant's loss by hand."


exercise(
    "1.2",
    "Beaten by a constant",
    stars=2,
    minutes=8,
    hints=[
        'The column `scores["late"]` is s, one number a week, and `share` is c.',
        "`-s * np.log(share) - (1 - s) * np.log(1 - share)` is the constant's loss, for all weeks "
        "at once.",
        'Compare it with `scores["log_loss"]`: a True or False for each week. '
        "`scores.index[...]` takes the weeks where it is True.",
    ],
    learned="A loss says little without that of a competitor that was known beforehand.",
    check=Function(
        "beaten",
        _right,
        arguments=2,
        cases=_cases,
        result=_list,
        slips=SLIPS,
        otherwise=_otherwise,
    ),
)
