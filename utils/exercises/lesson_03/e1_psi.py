"""Exercise 3.1: the population stability index with ten bins of the reference."""

import numpy as np
import pandas as pd

from utils.exercises.expect import a_number
from utils.exercises.judges import Function
from utils.exercises.lesson_03.psi_slips import SLIPS, psi_of
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet


def _cases():
    """Make pairs of samples in which no value but a frequent one lies on an edge of a bin.

    So it does not matter which of its two bins a value on an edge belongs to: around the frequent
    value the two samples are equal.
    """
    rng = np.random.default_rng(31)
    # A whole number of tens, so that each bin holds exactly a tenth.
    winds = rng.gamma(4, 2.5, 600)
    # Far beyond, and many: whoever closes a bin at 0 or at 100 loses them.
    beyond = [rng.gamma(4, 2.5, 300), rng.uniform(60, 1_000, 40), rng.uniform(-5, 0, 70)]
    calmest_first = np.sort(np.concatenate([rng.gamma(4, 2.5, 400), np.full(200, 8.06)]))
    stormier = np.concatenate([calmest_first[20:], rng.uniform(40, 50, 20)])
    pairs = {
        "600 and 412 wind speeds": (winds, rng.gamma(5, 2.4, 412)),
        "a calm week, without any flight in the upper bins": (winds, rng.uniform(1, 9, 350)),
        "a week with winds beyond those of the reference": (winds, np.concatenate(beyond)),
        "two samples that are equal": (winds, winds.copy()),
        "40,000 and 30,000 temperatures": (rng.normal(39, 8, 40_000), rng.normal(44, 9, 30_000)),
        "a reference of 8 flights, in which not every bin has one": (
            np.array([3.1, 4.4, 6.2, 7.9, 9.3, 11.6, 14.2, 19.5]),
            rng.gamma(4, 2.5, 352),
        ),
        "600 wind speeds of which 200 are 8.06": (calmest_first, stormier),
    }
    return {
        name: tuple(pd.Series(v, index=rng.permutation(len(v))) for v in pair)
        for name, pair in pairs.items()
    }


def _one_number(value, name):
    if isinstance(value, (np.ndarray, pd.Series, list)) and np.size(value) > 1:
        raise NotYet(
            f"{name} is {describe(value)}: one value for each bin. PSI is their sum, one number."
        )
    if isinstance(value, (float, np.floating)) and np.isnan(value):
        raise NotYet(
            f"{name} is NaN. Something was divided by 0, or by infinity: is a sample without a "
            "value in any bin, or is `density=True` in use, which open bins do not go with? Shares "
            "are counts divided by the length of the sample."
        )
    if isinstance(value, (float, np.floating)) and np.isinf(value):
        raise NotYet(
            f"{name} is {float(value)}. A share of 0 got into the logarithm or the division; put "
            "0.0001 in its place first, in the reference and in the current sample."
        )
    return a_number(value, name)


class _Psi(Function):
    def observe(self, answer, name, case):
        try:
            return super().observe(answer, name, case)
        except NotYet as problem:
            if "Bin edges must be unique" not in str(problem):
                raise
            raise NotYet(
                f"{problem}\nSeveral quantiles are equal there, for one value is so frequent. "
                'pandas takes equal edges for one with `duplicates="drop"`.'
            ) from None

    def accepts(self, got, wanted):
        # Who adds 0.0001 to every share is right, too; a cause is named only when it is exact.
        return abs(got - wanted) <= 1e-6 + 0.006 * abs(wanted)


def _otherwise(name, value, wanted):
    if value < 0:
        return "PSI is never negative: in every bin (r − c) and ln(r / c) have the same sign."
    if abs(wanted) < 1e-6:
        return "There is no drift between equal samples, so it should be 0."
    if any(value == round(wanted, digits) for digits in range(6)):
        return "It is rounded: return it as it is."
    return (
        "That is not the PSI with ten bins of the reference. Look at the steps on their own: "
        "eleven edges, the outer ones infinite; shares that sum to 1; then the sum."
    )


exercise(
    "3.1",
    "PSI",
    stars=2,
    minutes=15,
    hints=[
        "Three steps: the edges of the bins, the two lists of shares, the sum.",
        "`np.quantile(reference, np.linspace(0, 1, 11))` gives eleven edges, and so ten bins. Put "
        "`-np.inf` in place of the first and `np.inf` in place of the last.",
        "`np.histogram(current, edges)[0] / len(current)` are the shares of `current`. Use the "
        "same edges for `reference`.",
        "`np.where(c == 0, 0.0001, c)` fills the empty bins of one sample; `r` needs it, too. Then "
        "`np.sum((r - c) * np.log(r / c))`.",
    ],
    learned="The bins belong to the reference, so that every week is measured with the same ruler.",
    check=_Psi(
        "psi",
        psi_of(),
        cases=_cases,
        slips=SLIPS,
        arguments=2,
        result=_one_number,
        shown="{:.6g}".format,
        otherwise=_otherwise,
    ),
)
