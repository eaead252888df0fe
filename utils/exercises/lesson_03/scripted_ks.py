"""Run a learner's draws against a KS whose p-values are known: the rule itself is then in view."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from unittest import mock

import numpy as np
from scipy import stats

from utils.exercises.expect import a_number, result_of
from utils.exercises.lesson_03.generators import judge_seeds, same_in_every_draw
from utils.exercises.verdicts import NotYet

DRAWS = 30
ENOUGH = 24  # 80 % of them
# So far apart that a sample tells which of the two it comes from.
REFERENCE, CURRENT = np.arange(4_000.0), np.arange(10_000.0, 14_000.0)
_UNKNOWN = 0.5


@dataclass(frozen=True)
class Script:
    """For each size its p-values, in the order in which they are given out."""

    pvalues: Mapping[int, Sequence[float]]

    @property
    def sizes(self) -> list[int]:
        """The sizes to choose from."""
        return list(self.pvalues)

    @property
    def right(self) -> int:
        """The first size with which enough of the draws are below 0.05."""
        seen = {n: np.sum(np.array(p) < 0.05) for n, p in self.pvalues.items()}
        return next(n for n in seen if seen[n] >= ENOUGH)


def play(function: Callable, script: Script) -> float | None:
    """Return what `smallest_n` returns; None where it asks for no KS that could be replaced.

    Raises NotYet when it does not draw as the exercise says.
    """
    drawn = []
    for seed in (1, 1, 2):
        value, pairs = _played(function, script, seed)
        if pairs is None or value != script.right:
            return None if pairs is None else value
        drawn.append([np.concatenate([pair[side] for pair in pairs]) for side in (0, 1)])
    judge_seeds(*drawn)
    return value


def _played(function, script, seed):
    rng, ks = _Shared(np.random.PCG64(seed)), _ScriptedKS(script.pvalues)
    # `measure.ks_pvalue` asks scipy, too.
    with mock.patch.object(stats, "ks_2samp", ks), mock.patch.object(stats, "kstest", ks):
        result = result_of(function, REFERENCE, CURRENT, script.sizes, rng)
    if not rng.used(seed):
        raise NotYet(
            "`rng` is not used. Draw with the generator that is handed in, `rng.choice(...)`, so "
            "that the same seed gives the same draws again."
        )
    if ks.puzzled or not ks.calls:
        return result, None
    for n, pairs in ks.calls.items():
        _judge_samples(n, pairs, script.sizes)
    value = a_number(result, "What `smallest_n` returns")
    for n, pairs in ks.calls.items():
        # Who stops as soon as the answer is certain needs fewer.
        if len(pairs) > DRAWS or (len(pairs) < DRAWS and value != script.right):
            times = "once" if len(pairs) == 1 else f"{len(pairs)} times"
            raise NotYet(
                f"With n = {n} `smallest_n` draws and tests {times}; the exercise asks for "
                f"{DRAWS} draws of each size."
            )
    return value, [pair for pairs in ks.calls.values() for pair in pairs]


def _judge_samples(n, pairs, sizes):
    lengths = sorted({len(sample) for pair in pairs for sample in pair})
    if len(lengths) > 1 or n not in sizes:
        shown = " and ".join(f"{length:,}" for length in lengths)
        raise NotYet(
            f"For the sizes {sizes} KS got samples of {shown} values. Draw n values from each of "
            "the two, for each n of `sizes`."
        )
    sides = [np.concatenate([pair[side] for pair in pairs]) for side in (0, 1)]
    for wanted, name in [(REFERENCE, "reference"), (CURRENT, "current")]:
        if not any(np.isin(side, wanted).all() for side in sides):
            raise NotYet(
                f"Neither of the two samples that KS gets is drawn from `{name}`. Draw n values "
                "from each of the two arrays."
            )
    for side, name in enumerate(("first", "second")):
        if len(pairs) > 1 and same_in_every_draw(pair[side] for pair in pairs):
            raise NotYet(
                f"With n = {n} the {name} sample is the same in every draw. Draw anew from both "
                "arrays each time, inside the inner loop."
            )
    apart = np.abs(sides[0] - sides[1])
    if (apart == CURRENT[0] - REFERENCE[0]).all():
        raise NotYet(
            "The values of `reference` and of `current` are drawn at the same places of the two "
            "arrays, so the two samples go together. Draw from each by itself."
        )


class _ScriptedKS:
    """KS that remembers its samples and returns p-values from a script, for each n its own."""

    def __init__(self, script):
        self.script, self.calls, self.puzzled = script, defaultdict(list), False

    def __call__(self, first, second, *_, axis=0, **__):
        try:
            one = np.ndim(first) == np.ndim(second) == 1
            rows = [self._rows(sample, axis) for sample in (first, second)]
            # As numpy does, one sample is compared with each of many.
            most = max(map(len, rows))
            rows = [list(row) * most if len(row) == 1 else row for row in rows]
            pvalues = np.array([self._pvalue(pair) for pair in zip(*rows, strict=True)])
        except (TypeError, ValueError):
            # Not two samples: whatever it is, this witness does not know what to say to it.
            self.puzzled, one, pvalues = True, True, np.array([_UNKNOWN])
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
        script = self.script.get(n, [_UNKNOWN])
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
