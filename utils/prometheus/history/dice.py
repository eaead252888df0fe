"""Random numbers that are the same on every machine and with every numpy.

numpy promises the stream of raw bits of a generator, and not what its methods (`poisson`, `normal`)
make of them; its vectorised `exp` and `log` differ between processors in the last bit. So all
draws here are made of raw bits, by sums, products and look-ups alone.
"""

import math
from statistics import NormalDist

import numpy as np


class Dice:
    """Draws from a seed."""

    def __init__(self, seed: int):
        self._bits = np.random.PCG64(seed)

    def uniform(self, n: int) -> np.ndarray:
        """Return n numbers between 0 and 1, without 1."""
        return (self._bits.random_raw(n) >> np.uint64(11)) * 2.0**-53

    def whole(self, n: int, below: int) -> np.ndarray:
        """Return n whole numbers from 0 to below `below`."""
        return ((self._bits.random_raw(n) >> np.uint64(32)) * np.uint64(below) >> 32).astype(
            np.int64
        )

    def poisson(self, n: int, mean: float) -> np.ndarray:
        """Return n counts with this mean (up to about 200)."""
        shares, total = [math.exp(-mean)], 0.0
        for k in range(1, int(mean + 12 * math.sqrt(mean)) + 2):
            shares.append(shares[-1] * mean / k)
        table = []
        for share in shares:
            total += share
            table.append(total)
        return np.searchsorted(table, self.uniform(n), side="right")


def lognormal_table(median: float, sigma: float, entries: int) -> np.ndarray:
    """Return evenly spaced quantiles of a lognormal distribution, rounded to whole numbers."""
    normal = NormalDist()
    z = (normal.inv_cdf((i + 0.5) / entries) for i in range(entries))
    return np.array([round(median * math.exp(sigma * value)) for value in z])
