"""Judge where random samples come from: anew in every draw, and from the generator handed in."""

import numpy as np

from utils.exercises.verdicts import NotYet


def same_in_every_draw(samples) -> bool:
    """Tell whether all samples hold the same values; one that is shuffled is not drawn anew."""
    first, *others = (np.sort(np.asarray(sample), axis=None) for sample in samples)
    return all(np.array_equal(first, other) for other in others)


def judge_seeds(one, again, other) -> None:
    """Ask of both samples that they come from the generator handed in, and from it alone.

    Each argument has the first and the second samples of a run; two runs had the same seed, and the
    third another one.
    """
    if not all(np.array_equal(one[side], again[side]) for side in (0, 1)):
        raise NotYet(
            "Two generators with the same seed gave different samples. Some random numbers come "
            "from elsewhere: use `rng.choice`, not `np.random.choice`."
        )
    same = [np.array_equal(one[side], other[side]) for side in (0, 1)]
    if any(same):
        which = "" if all(same) else "first " if same[0] else "second "
        raise NotYet(
            f"Two generators with different seeds gave the same {which}samples. Use the `rng` that "
            "is handed in, not one of your own."
        )
