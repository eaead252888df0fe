"""Exercise 3.3: the smallest sample with which KS sees a drift."""

from dataclasses import dataclass

import numpy as np

from utils.drift import measure
from utils.exercises.expect import a_number, result_of
from utils.exercises.judges import Function, Slip
from utils.exercises.lesson_03 import scripted_ks
from utils.exercises.lesson_03.scripted_ks import DRAWS, ENOUGH, Script
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet


@dataclass(frozen=True)
class Drift:
    """Two real samples whose power at each of the sizes is clear."""

    before: np.ndarray
    after: np.ndarray
    sizes: list[int]
    seeds: int = 1


WIDER = "a spread that is five times as large"
NONE = "no drift at all"
LIMIT = "p-values that the check made up"
SHARE = "p-values of which 23, 24 and 30 are small"


def _cases():
    rng = np.random.default_rng(33)
    # In order, so that the first n of it are no sample.
    before = np.sort(rng.normal(0, 1, 4_000))
    zero, half = 1e-4, 0.5
    return {
        "a shift of 0.6 standard deviations": Drift(before, before + 0.6, [30, 120], seeds=4),
        # Downwards: a test of one side only would miss this one or the one before.
        "a large shift, of 3 standard deviations": Drift(before, before - 3, [20, 40, 80]),
        # The means are equal, so a test of means sees nothing.
        WIDER: Drift(before, 5 * before, [15, 150]),
        "a shift of 0.05 standard deviations": Drift(before, before + 0.05, [20, 40, 80]),
        NONE: Drift(before, np.sort(rng.permutation(before)), [20, 80]),
        # One rule at a time: what is below 0.05, and what is 80 %. Where too few are seen these
        # come first, and where enough are seen last: fewer draws, other answer.
        LIMIT: Script(
            {
                40: [0.05] * ENOUGH + [0.051, 0.09, 0.5] * 2,
                60: [0.02, 0.03, 0.049, 0.0499, 0.012] * 6,
            }
        ),
        SHARE: Script(
            {
                40: [zero] * (ENOUGH - 1) + [half] * (DRAWS - ENOUGH + 1),
                60: [half] * (DRAWS - ENOUGH) + [zero] * ENOUGH,
                90: [zero] * DRAWS,
            }
        ),
        # What the mean or the median of the p-values would say.
        "p-values of which 16, 28 and 30 are small": Script(
            {
                40: [zero] * 16 + [half] * (DRAWS - 16),
                60: [0.99] * 2 + [zero] * (DRAWS - 2),
                90: [zero] * DRAWS,
            }
        ),
        # What is counted on from size to size.
        "p-values of which 12, 14 and 30 are small": Script(
            {
                40: [zero] * 12 + [half] * (DRAWS - 12),
                60: [zero] * 14 + [half] * (DRAWS - 14),
                90: [zero] * DRAWS,
            }
        ),
    }


class _SmallestN(Function):
    """What is observed are the sizes found, with each of some generators; None is not judged."""

    def observe(self, answer, name, case):
        if isinstance(case, Script):
            found = scripted_ks.play(answer, case)
            return None if found is None else (found,)
        return tuple(self._found(answer, name, case, seed) for seed in range(case.seeds))

    def accepts(self, got, wanted):
        return got is None or got == wanted

    def is_like(self, got, slip):
        return got is None or slip is None or got == slip

    def told(self, name, got):
        sizes = self.all_cases()[name].sizes
        found = f"For {name} and the sizes {sizes}, `smallest_n` returned {min(got):g}"
        if len(set(got)) > 1:
            return f"{found} with one generator and {max(got):g} with another."
        return f"{found}."

    def _found(self, answer, name, case, seed):
        rng = np.random.default_rng(seed)
        result = result_of(answer, case.before, case.after, list(case.sizes), rng)
        if isinstance(result, (list, tuple, np.ndarray)) and np.size(result) != 1:
            raise NotYet(f"`smallest_n` returned {describe(result)}; return one of the sizes.")
        if isinstance(result, (float, np.floating)) and np.isnan(result):
            raise NotYet(
                f"For {name} `smallest_n` returned NaN. When no size is enough, return `np.inf`."
            )
        value = a_number(result, "What `smallest_n` returns")
        if value in case.sizes or value == np.inf:
            return value
        if 0 <= value <= 1:
            raise NotYet(
                f"For {name} and the sizes {case.sizes}, `smallest_n` returned {value:.3g}. Is "
                "that a p-value, a share or a place in the list? Return the size itself."
            )
        raise NotYet(
            f"For {name} `smallest_n` returned {value:g}; the sizes to choose from are "
            f"{case.sizes}, and `np.inf` when none is enough."
        )


def _otherwise(name, got, wanted):
    value, right = next(n for n in got if n not in wanted), wanted[0]
    if name == LIMIT:
        if value == 40:
            return (
                "But with n = 40 every p-value was 0.05 or a little above, so KS saw nothing: a "
                "drift is seen when the p-value is *below* 0.05."
            )
        return (
            "With n = 60 every p-value was between 0.01 and 0.05, so KS saw the drift in all 30 "
            "draws: compare the p-value with 0.05."
        )
    if name == SHARE:
        if value == 40:
            return (
                "But with n = 40 KS saw the drift in 23 of the 30 draws, and that is less than "
                "80 %. With which share do you compare?"
            )
        return (
            "With n = 60 KS saw the drift in 24 of the 30 draws, and that is 80 %, which is "
            "enough: `>= 0.8`. (Count first and divide once: 1/30 added 24 times is a little less "
            "than 0.8.)"
        )
    if len(set(got)) > 1:
        return (
            "One draw, or a few, are luck: does it go by the share of 30 draws, and is that share "
            "compared with 0.8?"
        )
    if name == NONE:
        return (
            "There is nothing to see, so no size is enough. Does `seen` mean a p-value *below* "
            "0.05? A p-value is not a distance: small means drift."
        )
    if right == np.inf:
        return (
            "KS sees so little a shift in few of 30 draws at these sizes. Is the p-value compared "
            "(and not D), with n values from each?"
        )
    if value == np.inf:
        return (
            "KS sees this shift clearly. Is a p-value *below* 0.05 what counts, and does `return "
            "np.inf` stand after the loop over the sizes, not in it? Does one sample come from "
            "`reference` and the other from `current`, and are they tested by KS?"
        )
    if value > right:
        return "A smaller size is enough: return the first that is, not the last."
    return (
        f"With {value:g} values KS sees this shift in about half of the draws, not in 80 %. Do you "
        "draw n values at random from each of the two, and compare the p-value with 0.05? And is "
        "what you compare with 0.8 a share of the draws, not their number?"
    )


def _smallest(enough=lambda p: np.mean(p < 0.05) >= 0.8, none=lambda sizes: np.inf):
    """Return the function with another rule, or another answer where no size is enough."""

    def smallest_n(reference, current, sizes, rng):
        for n in sizes:
            draws = [(rng.choice(reference, n), rng.choice(current, n)) for _ in range(DRAWS)]
            if enough(np.array([measure.ks_pvalue(*pair) for pair in draws])):
                return n
        return none(sizes)

    return smallest_n


def _counting_on(reference, current, sizes, rng):
    seen = 0
    for n in sizes:
        draws = [(rng.choice(reference, n), rng.choice(current, n)) for _ in range(DRAWS)]
        seen += sum(measure.ks_pvalue(*pair) < 0.05 for pair in draws)
        if seen / DRAWS >= 0.8:
            return n
    return np.inf


SLIPS = [
    Slip(
        "Does your counter go on from one size to the next? Set it to 0 for each n.",
        _counting_on,
    ),
    Slip(
        "No size is enough there, and the exercise asks for `np.inf` then; your function returns "
        "the last size.",
        _smallest(none=lambda sizes: sizes[-1]),
    ),
    Slip(
        "That is the rule of the *mean* p-value: one large p-value hides many small ones. Count "
        "the draws in which the p-value is below 0.05.",
        _smallest(lambda p: p.mean() < 0.05),
    ),
    Slip(
        "That is the rule of the *median* p-value, which asks for a half of the draws; the "
        "exercise asks for 80 %.",
        _smallest(lambda p: np.median(p) < 0.05),
    ),
]

exercise(
    "3.3",
    "The smallest n that sees it",
    stars=2,
    minutes=12,
    hints=[
        "Two loops: one over the sizes, and inside it 30 draws.",
        "One draw is `measure.ks_pvalue(rng.choice(reference, n), rng.choice(current, n)) < 0.05`, "
        "True or False.",
        "The mean of a list of True and False is a share: when it is at least 0.8, `return n`.",
        "After the loop over the sizes, and not inside it: `return np.inf`.",
    ],
    learned="Ask for this n before you promise to find a drift: with fewer flights you will not.",
    check=_SmallestN(
        "smallest_n",
        _smallest(),
        cases=_cases,
        slips=SLIPS,
        arguments=4,
        otherwise=_otherwise,
    ),
)
