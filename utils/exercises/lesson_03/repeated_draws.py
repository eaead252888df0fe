"""How the checks of lesson 03 judge what is drawn again and again: a smallest n, a rate."""

from collections import defaultdict
from unittest import mock

import numpy as np
import pandas as pd
from scipy import stats

from utils.exercises.expect import a_number, close, result_of
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet


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
    _judge_rule(function)


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


DRAWS = 30
_ENOUGH, _ZERO, _HALF = 24, 1e-4, 0.5
# For each n its 30 p-values, for one rule at a time: what is below 0.05, and what is 80 %. Where
# too few are seen these come first, and where enough are seen last: fewer draws, other answer.
_LIMITS = {
    40: [0.05] * _ENOUGH + [0.051, 0.09, 0.5] * 2,
    60: [0.02, 0.03, 0.049, 0.0499, 0.012] * 6,
}
_SHARES = {
    40: [_ZERO] * (_ENOUGH - 1) + [_HALF] * (DRAWS - _ENOUGH + 1),
    60: [_HALF] * (DRAWS - _ENOUGH) + [_ZERO] * _ENOUGH,
    90: [_ZERO] * DRAWS,
}
# So far apart that a sample tells which of the two it comes from.
_REFERENCE, _CURRENT = np.arange(4_000.0), np.arange(10_000.0, 14_000.0)


class _ScriptedKS:
    """KS that remembers its samples and returns p-values from a script, for each n its own."""

    def __init__(self, script):
        self.script, self.calls, self.puzzled = script, defaultdict(list), False

    def __call__(self, first, second, *_, axis=0, **__):
        try:
            one = np.ndim(first) == np.ndim(second) == 1
            rows = [self._rows(sample, axis) for sample in (first, second)]
            pvalues = np.array([self._pvalue(pair) for pair in zip(*rows, strict=True)])
        except (TypeError, ValueError):
            # Not two samples: whatever it is, this witness does not know what to say to it.
            self.puzzled, one, pvalues = True, True, np.array([_HALF])
        # Distances that have about such p-values.
        distances = np.minimum(np.sqrt(-np.log(pvalues / 2) / 50), 1)
        return _Result(distances[0], pvalues[0]) if one else _Result(distances, pvalues)

    def _rows(self, sample, axis):
        sample = np.asarray(sample, dtype=float)
        if sample.ndim not in (1, 2) or not sample.size:
            raise ValueError
        return np.moveaxis(sample, axis, -1) if sample.ndim == 2 else [sample]

    def _pvalue(self, pair):
        n = len(pair[1])
        self.calls[n].append(pair)
        script = self.script.get(n, [_HALF])
        return script[(len(self.calls[n]) - 1) % len(script)]


class _Result(tuple):
    """What scipy's tests return: a pair of which each has a name."""

    def __new__(cls, statistic, pvalue):
        return super().__new__(cls, (statistic, pvalue))

    statistic = property(lambda self: self[0])
    pvalue = property(lambda self: self[1])


class _Shared(np.random.Generator):
    """A generator that is not copied, so that it shows afterwards whether it was used."""

    def __deepcopy__(self, memo):
        return self

    def used(self, seed):
        """Tell whether it has drawn anything, or has made other generators."""
        fresh = np.random.PCG64(seed)
        spawned = self.bit_generator.seed_seq.n_children_spawned
        return spawned > 0 or str(self.bit_generator.state) != str(fresh.state)


def _judge_rule(function):
    """Judge the rule itself, 0.05, 80 % and 30 draws, with a KS whose p-values are known."""
    value, calls = _scripted(function, _LIMITS, 1)
    if calls is None:
        return
    _explain_limit(value)
    seen = []
    for seed in (1, 1, 2):
        value, calls = _scripted(function, _SHARES, seed)
        _explain_share(value)
        seen.append([np.concatenate([pair[side] for pair in calls]) for side in (0, 1)])
    _judge_seeds(*seen)


def _scripted(function, script, seed):
    """Return what `smallest_n` returns and its samples (None where it asks for no KS)."""
    rng, ks, sizes = _Shared(np.random.PCG64(seed)), _ScriptedKS(script), list(script)
    # `measure.ks_pvalue` asks scipy, too.
    with mock.patch.object(stats, "ks_2samp", ks), mock.patch.object(stats, "kstest", ks):
        result = result_of(function, _REFERENCE, _CURRENT, sizes, rng)
    if not rng.used(seed):
        raise NotYet(
            "`rng` is not used. Draw with the generator that is handed in, `rng.choice(...)`, so "
            "that the same seed gives the same draws again."
        )
    if ks.puzzled or not ks.calls:
        return result, None
    calls = [pair for pairs in ks.calls.values() for pair in pairs]
    for n, pairs in ks.calls.items():
        _judge_samples(n, pairs, sizes)
    value = a_number(result, "What `smallest_n` returns")
    for n, pairs in ks.calls.items():
        # Who stops as soon as the answer is certain needs fewer.
        if len(pairs) > DRAWS or (len(pairs) < DRAWS and value != _right(script)):
            times = "once" if len(pairs) == 1 else f"{len(pairs)} times"
            raise NotYet(
                f"With n = {n} `smallest_n` draws and tests {times}; the exercise asks for "
                f"{DRAWS} draws of each size."
            )
    return value, calls


def _right(script):
    return next(n for n in script if np.sum(np.array(script[n]) < 0.05) >= _ENOUGH)


def _judge_samples(n, pairs, sizes):
    lengths = sorted({len(sample) for pair in pairs for sample in pair})
    if len(lengths) > 1 or n not in sizes:
        shown = " and ".join(f"{length:,}" for length in lengths)
        raise NotYet(
            f"For the sizes {sizes} KS got samples of {shown} values. Draw n values from each of "
            "the two, for each n of `sizes`."
        )
    sides = [np.concatenate([pair[side] for pair in pairs]) for side in (0, 1)]
    for wanted, name in [(_REFERENCE, "reference"), (_CURRENT, "current")]:
        if not any(np.isin(side, wanted).all() for side in sides):
            raise NotYet(
                f"Neither of the two samples that KS gets is drawn from `{name}`. Draw n values "
                "from each of the two arrays."
            )
    for side, name in enumerate(("first", "second")):
        if len(pairs) > 1 and _all_the_same(pair[side] for pair in pairs):
            raise NotYet(
                f"With n = {n} the {name} sample is the same in every draw. Draw anew from both "
                "arrays each time, inside the inner loop."
            )


def _explain_limit(value):
    given = f"For the sizes {list(_LIMITS)}, `smallest_n` returned {value:g}."
    if value == 40:
        raise NotYet(
            f"{given} But with n = 40 every p-value was 0.05 or a little above, so KS saw nothing: "
            "a drift is seen when the p-value is *below* 0.05."
        )
    if value != 60:
        raise NotYet(
            f"{given} With n = 60 every p-value was between 0.01 and 0.05, so KS saw the drift in "
            "all 30 draws: compare the p-value with 0.05."
        )


def _explain_share(value):
    given = f"For the sizes {list(_SHARES)}, `smallest_n` returned {value:g}."
    if value == 40:
        raise NotYet(
            f"{given} But with n = 40 KS saw the drift in 23 of the 30 draws, and that is less "
            "than 80 %. With which share do you compare?"
        )
    if value != 60:
        raise NotYet(
            f"{given} With n = 60 KS saw the drift in 24 of the 30 draws, and that is 80 %, which "
            "is enough: `>= 0.8`. (Count first and divide once: 1/30 added 24 times is a little "
            "less than 0.8.)"
        )


def _all_the_same(samples):
    # In whatever order: a sample that is shuffled is not drawn anew.
    first, *others = (np.sort(np.asarray(sample), axis=None) for sample in samples)
    return all(np.array_equal(first, other) for other in others)


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
    same = [_all_the_same(call[side] for call in calls) for side in (0, 1)]
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
        seen.append([np.concatenate([pair[side] for pair in witness.calls]) for side in (0, 1)])
    _judge_seeds(*seen)


def _judge_seeds(one, again, other):
    """Ask of both samples that they come from the generator handed in, and from it alone."""
    if not all(np.array_equal(one[side], again[side]) for side in (0, 1)):
        raise NotYet(
            "Two generators with the same seed gave different samples. Some random numbers "
            "come from elsewhere: use `rng.choice`, not `np.random.choice`."
        )
    same = [np.array_equal(one[side], other[side]) for side in (0, 1)]
    if any(same):
        which = "" if all(same) else "first " if same[0] else "second "
        raise NotYet(
            f"Two generators with different seeds gave the same {which}samples. Use the `rng` that "
            "is handed in, not one of your own."
        )
