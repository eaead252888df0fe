"""Exercise 3.4: how often a test alarms when nothing has drifted."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from utils.drift import measure
from utils.exercises.expect import a_number, result_of
from utils.exercises.judges import Function, Slip
from utils.exercises.lesson_03.generators import judge_seeds, same_in_every_draw
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.flights import load_flights

# With gaps, so that a value that was changed is none of them.
VALUES = 3 * np.arange(10_000.0)
MEASURED = 100
SHARED = 0.2


@dataclass(frozen=True)
class Repeats:
    """What is asked for, and the p-values that the test gives in turn."""

    n: int
    repeats: int
    pvalues: tuple[float, ...]


CASES = {
    "some small p-values": Repeats(
        50, 24, (0.6, 0.01, 0.3, 0.9, 0.049, 0.05, 0.2, 0.051, 0.001, 0.7, 0.5, 0.04)
    ),
    "no small p-value": Repeats(20, 7, (0.05, 0.8, 0.0501)),
}


class _Witness:
    """A test that remembers what it was called with, and returns given p-values in turn."""

    __name__ = "test"

    def __init__(self, pvalues):
        self.pvalues, self.calls = list(pvalues), []

    def __deepcopy__(self, memo):
        # The engine calls learner's code on copies; the witness must see the calls.
        return self

    def __call__(self, first, second):
        self.calls.append((np.asarray(first), np.asarray(second)))
        return self.pvalues[(len(self.calls) - 1) % len(self.pvalues)]


class _Rate(Function):
    """The rate that a function makes of known p-values, after a look at what it hands to the test.

    A right function is used at once, and the verdict tells what it measures.
    """

    def observe(self, answer, name, case):
        witness = _Witness(case.pvalues)
        rng = np.random.default_rng(1)
        result = result_of(answer, witness, VALUES, case.n, case.repeats, rng)
        _judge_calls(witness.calls, case.n, case.repeats)
        if isinstance(result, (list, np.ndarray, pd.Series)) and np.size(result) > 1:
            raise NotYet(
                f"`false_alarm_rate` returned {describe(result)}; return one number, the share of "
                "the p-values below 0.05."
            )
        if isinstance(result, (bool, np.bool_)):
            raise NotYet(f"`false_alarm_rate` returned {result}; return a share, over all repeats.")
        return a_number(result, "What `false_alarm_rate` returns")

    def told(self, name, got):
        case = self.all_cases()[name]
        given = [case.pvalues[i % len(case.pvalues)] for i in range(case.repeats)]
        below = sum(p < 0.05 for p in given)
        return (
            f"Of {case.repeats} p-values {below} were below 0.05, and `false_alarm_rate` returned "
            f"{got:.4g}."
        )

    def __call__(self, answer):
        super().__call__(answer)
        _judge_generator(answer)
        carriers = load_flights(10, 13)["carrier"].to_numpy()
        said = []
        for test in (measure.chi_square_one_sample, measure.chi_square_two_sample):
            rng = np.random.default_rng(3)
            rate = a_number(result_of(answer, test, carriers, 500, MEASURED, rng), "The rate")
            said.append(f"{100 * rate:.0f} % (± {100 * (rate * (1 - rate) / MEASURED) ** 0.5:.0f})")
        return (
            "It measures what it should. With the carriers of March, 500 in a sample, your "
            f"function says: the chi-square that is Evidently's alarms falsely in {said[0]} of "
            f"{MEASURED} windows, and the one that you wrote in {said[1]}. A limit of 0.05 "
            "promises 5 %. (± is the standard error: how far off a rate from so few windows is.)"
        )


def _judge_calls(calls, n, repeats):
    if not calls:
        raise NotYet(
            "The test that was handed in was never called. Use `test(first, second)`, by that "
            "name, so that any test can be measured."
        )
    if len(calls) != repeats:
        times = "once" if len(calls) == 1 else f"{len(calls)} times"
        raise NotYet(
            f"With `repeats` {repeats} the test was called {times}; call it once in each repeat. "
            "Does `return` stand inside the loop, or is `repeats` not used?"
        )
    for first, second in calls:
        sizes = first.size, second.size
        if sizes != (n, n):
            raise NotYet(
                f"With `n` {n} the test got samples of {sizes[0]:,} and {sizes[1]:,} values; both "
                f"should have {n}."
            )
        if not np.isin(np.concatenate([first, second]), VALUES).all():
            raise NotYet("The samples hold values that are not in `values`. Draw them from there.")
        # By chance hardly any value is in both.
        if not same_in_every_draw([first, second]) and np.isin(first, second).mean() > SHARED:
            raise NotYet(
                "The two samples of a repeat share many of their values, so they are more alike "
                "than two samples are. Draw each by itself."
            )
        if same_in_every_draw([first, second]):
            raise NotYet(
                "Both samples of a repeat hold the same values, so the test can find nothing. Draw "
                "twice."
            )
    same = [same_in_every_draw(call[side] for call in calls) for side in (0, 1)]
    if all(same):
        raise NotYet(
            "In every repeat the samples are the same. Draw anew in each: is the drawing inside "
            "the loop, and no generator made anew there?"
        )
    if any(same):
        raise NotYet(
            f"The {'first' if same[0] else 'second'} sample is the same in every repeat. Then its "
            "luck is in all the p-values: draw both anew in each repeat, inside the loop."
        )
    means = np.array([[first.mean(), second.mean()] for first, second in calls])
    off = np.abs(means.mean(axis=0) / VALUES.mean() - 1)
    # Four standard errors of a mean of so many uniform draws.
    if (off > 4 * 3**-0.5 / (n * repeats) ** 0.5).any():
        raise NotYet(
            "One of the two samples comes from one end of `values` only. Then something may have "
            "drifted between them: draw both at random from all values."
        )


def _judge_generator(function):
    seen = []
    for seed in (1, 1, 2):
        witness = _Witness([0.5])
        result_of(function, witness, VALUES, 20, 3, np.random.default_rng(seed))
        seen.append([np.concatenate([pair[side] for pair in witness.calls]) for side in (0, 1)])
    judge_seeds(*seen)


def _rate(end):
    def false_alarm_rate(test, values, n, repeats, rng):
        draws = [(rng.choice(values, n), rng.choice(values, n)) for _ in range(repeats)]
        return end(np.array([test(*pair) for pair in draws]))

    return false_alarm_rate


SLIPS = [
    Slip("That is their number; divide by `repeats`.", _rate(lambda p: (p < 0.05).sum())),
    Slip(
        "That is the share of those that are *not*: an alarm is a p-value below 0.05.",
        _rate(lambda p: (p >= 0.05).mean()),
    ),
    Slip(
        "That is the share of those that are *not*: an alarm is a p-value below 0.05.",
        _rate(lambda p: (p > 0.05).mean()),
    ),
    Slip("A p-value of exactly 0.05 is not below it.", _rate(lambda p: (p <= 0.05).mean())),
    Slip(
        "That is a share in percent; leave the 100 out.",
        _rate(lambda p: 100 * (p < 0.05).mean()),
    ),
    Slip("That is the mean p-value; count how many are below 0.05.", _rate(np.mean)),
]

exercise(
    "3.4",
    "A false-alarm rate",
    stars=2,
    minutes=12,
    hints=[
        "One repeat: `test(rng.choice(values, n), rng.choice(values, n))` is a p-value.",
        "Do it in a loop, `for _ in range(repeats)`, and keep the p-values in a list.",
        "Turn the list into an array: `np.array(pvalues) < 0.05` has a True for each false alarm, "
        "and its mean is the share.",
    ],
    learned="",
    check=_Rate(
        "false_alarm_rate",
        _rate(lambda p: (p < 0.05).mean()),
        cases=CASES,
        slips=SLIPS,
        arguments=5,
        # Three digits are enough.
        tolerance=6e-4,
        otherwise="Count the p-values below 0.05, and divide by `repeats`. If you round, keep "
        "three digits.",
    ),
)
