"""How the checks of lesson 03 judge what is drawn again and again: a smallest n, a rate."""

import numpy as np
import pandas as pd

from utils.exercises.expect import a_number, close, result_of
from utils.exercises.running import NotYet, describe


def judge_smallest_n(function):
    """Judge the smallest n on drifts whose power at each size is clear, and on none."""
    rng = np.random.default_rng(33)
    # In order, so that the first n of it are no sample.
    before = np.sort(rng.normal(0, 1, 4_000))
    drifts = {
        "a shift of 0.6 standard deviations": (before + 0.6, [30, 120], 120),
        "a large shift, of 3 standard deviations": (before + 3, [20, 40, 80], 20),
        "a shift of 0.05 standard deviations": (before + 0.05, [20, 40, 80], np.inf),
        "no drift at all": (np.sort(rng.permutation(before)), [20, 80], np.inf),
    }
    for what, (after, sizes, right) in drifts.items():
        seeds = range(4) if len(sizes) == 2 and right == 120 else range(1)
        found = [_found(function, before, after, sizes, seed, what) for seed in seeds]
        if all(n == right for n in found):
            continue
        _explain_n(found, right, sizes, what)


def _found(function, before, after, sizes, seed, what):
    result = result_of(function, before, after, list(sizes), np.random.default_rng(seed))
    if isinstance(result, (list, tuple, np.ndarray)) and np.size(result) != 1:
        raise NotYet(f"`smallest_n` returned {describe(result)}; return one of the sizes.")
    value = a_number(result, "What `smallest_n` returns")
    if value in sizes or value == np.inf:
        return value
    if 0 <= value <= 1:
        raise NotYet(
            f"For {what} and the sizes {sizes}, `smallest_n` returned {value:.3g}. Is that a "
            "p-value, a share or a place in the list? Return the size itself."
        )
    raise NotYet(
        f"For {what} `smallest_n` returned {value:g}; the sizes to choose from are {sizes}, and "
        "`np.inf` when none is enough."
    )


def _explain_n(found, right, sizes, what):
    got = next(n for n in found if n != right)
    given = f"For {what} and the sizes {sizes}, `smallest_n` returned {got:g}."
    if len(set(found)) > 1:
        raise NotYet(
            f"For {what} and the sizes {sizes}, `smallest_n` returned {min(found):g} with one "
            f"generator and {max(found):g} with another. One draw, or a few, are luck: does "
            "it go by the share of 30 draws?"
        )
    if what == "no drift at all":
        raise NotYet(
            f"{given} There is nothing to see, so no size is enough. Does `seen` mean a p-value "
            "*below* 0.05? A p-value is not a distance: small means drift."
        )
    if right == np.inf:
        raise NotYet(
            f"{given} KS sees so little a shift in few of 30 draws at these sizes. Is the p-value "
            "compared (and not D), with n values from each?"
        )
    if got == np.inf:
        raise NotYet(
            f"{given} KS sees this shift clearly. Is a p-value *below* 0.05 what counts, and does "
            "`return np.inf` stand after the loop over the sizes, not in it?"
        )
    if got > right:
        raise NotYet(f"{given} A smaller size is enough: return the first that is, not the last.")
    raise NotYet(
        f"{given} With {sizes[0]} values KS sees this shift in about half of the draws, not in "
        "80 %. Do you draw n values at random from each of the two? And is what you "
        "compare with 0.8 "
        "a share of the draws, not their number?"
    )


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


def judge_false_alarm_rate(function):
    """Judge a false-alarm rate by what it hands to the test, and by what it makes of p-values."""
    values = np.arange(10_000.0)
    pvalues = [0.6, 0.01, 0.3, 0.9, 0.049, 0.05, 0.2, 0.5, 0.001, 0.7]
    witness = _Witness(pvalues)
    result = result_of(function, witness, values, 50, 20, np.random.default_rng(1))
    _judge_calls(witness.calls, values, 50, 20)
    if isinstance(result, (list, np.ndarray, pd.Series)) and np.size(result) > 1:
        raise NotYet(
            f"`false_alarm_rate` returned {describe(result)}; return one number, the share of "
            "the p-values below 0.05."
        )
    if isinstance(result, (bool, np.bool_)):
        raise NotYet(f"`false_alarm_rate` returned {result}; return a share, over all repeats.")
    value = a_number(result, "What `false_alarm_rate` returns")
    said = f"Of 20 p-values 6 were below 0.05, and `false_alarm_rate` returned {value:.4g}."
    slips = {
        6: "That is their number; divide by `repeats`.",
        14 / 20: "That is the share of those that are *not*: an alarm is a p-value below 0.05.",
        8 / 20: "A p-value of exactly 0.05 is not below it.",
        30: "That is a share in percent; leave the 100 out.",
        float(np.mean(pvalues)): "That is the mean p-value; count how many are below 0.05.",
    }
    if close(value, 6 / 20):
        _judge_generator(function, values)
        return
    for wrong, slip in slips.items():
        if close(value, wrong):
            raise NotYet(f"{said} {slip}")
    raise NotYet(f"{said} What share is that?")


def _judge_calls(calls, values, n, repeats):
    if not calls:
        raise NotYet(
            "The test that was handed in was never called. Use `test(first, second)`, by "
            "that name, "
            "so that any test can be measured."
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
        if not np.isin(np.concatenate([first, second]), values).all():
            raise NotYet("The samples hold values that are not in `values`. Draw them from there.")
        if np.array_equal(first, second):
            raise NotYet(
                "Both samples of a repeat hold the same values, so the test can find nothing. Draw "
                "twice."
            )
    if all(np.array_equal(call, calls[0]) for call in calls):
        raise NotYet(
            "In every repeat the samples are the same. Draw anew in each: is the drawing inside "
            "the loop, and no generator made anew there?"
        )
    means = np.array([[first.mean(), second.mean()] for first, second in calls])
    if (np.abs(means.mean(axis=0) / values.mean() - 1) > 0.1).any():
        raise NotYet(
            "One of the two samples comes from one end of `values` only. Then something may have "
            "drifted between them: draw both at random from all values."
        )


def _judge_generator(function, values):
    seen = []
    for seed in (1, 1, 2):
        witness = _Witness([0.5])
        result_of(function, witness, values, 20, 3, np.random.default_rng(seed))
        seen.append(np.concatenate([np.concatenate(pair) for pair in witness.calls]))
    if not np.array_equal(seen[0], seen[1]):
        raise NotYet(
            "Two generators with the same seed gave different samples. Some random numbers come "
            "from elsewhere: use `rng.choice`, not `np.random.choice`."
        )
    if np.array_equal(seen[0], seen[2]):
        raise NotYet(
            "Two generators with different seeds gave the same samples. Use the `rng` that is "
            "handed in, not one of your own."
        )
