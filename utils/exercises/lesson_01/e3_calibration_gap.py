"""Exercise 1.3: calibration in the large, a function of outcomes and probabilities."""

import numpy as np
import pandas as pd

from utils.exercises.judges import Function, Slip
from utils.exercises.lesson_01.scored_weeks import some_flights
from utils.exercises.registry import exercise


def _cases():
    # First a gap above zero, so that below zero a missing sign differs from a reversed one.
    calm = pd.Series([0.0, 0.0, 1.0, np.nan], index=[7, 3, 9, 1])
    bad = pd.Series([1.0, 0.0, 0.0, np.nan, 1.0])
    flights, probability = some_flights()
    return {
        "four flights, one with no outcome": (calm, np.array([0.5, 0.4, 0.6, 0.9])),
        "five flights of a bad day": (bad, np.array([0.4, 0.2, 0.1, 0.9, 0.3])),
        "the flights of three weeks": (flights["late"], probability),
    }


def _known(late, probability):
    known = late.notna().to_numpy()
    return late[known], probability[known]


def _right(late, probability):
    late, probability = _known(late, probability)
    return probability.mean() - late.mean()


def _decided(late, probability):
    late, probability = _known(late, probability)
    return (probability >= 0.5).mean() - late.mean()


SLIPS = [
    Slip(
        "The mean prediction includes flights without an outcome.",
        lambda late, probability: probability.mean() - late.mean(),
    ),
    Slip(
        "That is in percentage points; return the difference of two shares.",
        lambda late, probability: 100 * _right(late, probability),
    ),
    Slip(
        "That is without its sign, which tells too optimistic from too gloomy.",
        lambda late, probability: abs(_right(late, probability)),
    ),
    Slip(
        "The sign is the other way round: mean prediction *minus* share late.",
        lambda late, probability: -_right(late, probability),
    ),
    Slip("You compared decisions (0 or 1) instead of probabilities.", _decided),
    Slip(
        "The share late is divided by all flights, also those without an outcome.",
        lambda late, probability: _known(late, probability)[1].mean() - late.sum() / len(late),
    ),
    Slip(
        "Missing outcomes count as punctual there; leave these flights out of both means.",
        lambda late, probability: probability.mean() - late.sum() / len(late),
    ),
    Slip(
        "pandas puts rows together by their labels, and a new Series of `probability` has others "
        "than `late`. Go by position: make an array of the other (`.to_numpy()`).",
        lambda late, probability: (pd.Series(probability) - late).mean(),
    ),
    Slip(
        "The probabilities of the first flights are in it, not those of the flights with an "
        "outcome.",
        lambda late, probability: probability[: late.count()].mean() - late.mean(),
    ),
    Slip(
        "Flights without an outcome count as late there; leave them out of both means.",
        lambda late, probability: probability.mean() - late.fillna(1).mean(),
    ),
    Slip(
        "That is a ratio; asked for is the difference: mean prediction minus share late.",
        lambda late, probability: _known(late, probability)[1].mean() / late.mean(),
    ),
    Slip(
        "Those are sums; compare the two means.",
        lambda late, probability: _known(late, probability)[1].sum() - late.sum(),
    ),
    Slip(
        "That is the mean size of the misses, each without its sign. What is asked for is the "
        "difference of the two means, where misses may cancel.",
        lambda late, probability: (probability - late).abs().mean(),
    ),
    Slip(
        "That is the median of the predictions; calibration in the large is about their mean.",
        lambda late, probability: np.median(_known(late, probability)[1]) - late.mean(),
    ),
]

exercise(
    "1.3",
    "Calibration in the large",
    stars=2,
    minutes=6,
    hints=[
        "Which flights count? `late.notna()` is True where the outcome is known.",
        "Use that mask on both: `late[known]` and `probability[known]`. The array has no labels, "
        "so turn the mask into an array with `.to_numpy()`.",
        "Return `probability[known].mean() - late[known].mean()`.",
    ],
    learned="Below zero the model promises too few late flights, above zero too many.",
    check=Function(
        "calibration_gap",
        _right,
        arguments=2,
        cases=_cases,
        slips=SLIPS,
        # Three decimals are enough.
        tolerance=5e-4,
        otherwise="Compute both means by hand, over the flights with an outcome only, and return "
        "their difference with three decimals at least.",
    ),
)
