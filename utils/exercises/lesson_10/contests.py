"""The contests of exercise 10.4: probabilities of two models, outcomes and days, from seeds."""

from functools import cache

import numpy as np
import pandas as pd


def _world(seed: int, days: int, flights: int, spread: float, weather=0.0):
    """Return true probabilities, outcomes, the day of each flight, and a generator.

    `weather` moves the logit of all flights of a day: one number, or one for each day.
    """
    rng = np.random.default_rng(seed)
    n = days * flights
    logit = rng.normal(-1.2, spread, n) + np.repeat(np.broadcast_to(weather, days), flights)
    truth = 1 / (1 + np.exp(-logit))
    late = (rng.random(n) < truth).astype("float64")
    day = np.repeat(np.datetime64("2013-05-20") + np.arange(days), flights)
    return truth, late, day, rng


def _blurred(p: np.ndarray, rng, noise: float, shift=0.0) -> np.ndarray:
    logit = np.log(p / (1 - p)) + rng.normal(0, noise, len(p)) + shift
    return np.clip(1 / (1 + np.exp(-logit)), 0.01, 0.99)


def _known_where(late: np.ndarray, known: np.ndarray) -> np.ndarray:
    return np.where(known, late, np.nan)


@cache
def contests() -> dict[str, tuple]:
    """Return by name what `decide` is called with: (champion, challenger, late, day)."""
    truth, late, day, rng = _world(1, 40, 100, 1.2)
    good, bad = _blurred(truth, rng, 0.2), _blurred(truth, rng, 1.2)
    some = _known_where(late, rng.random(len(late)) < 0.6)
    sparse = _known_where(late, np.arange(len(late)) % 13 == 0)
    short = _known_where(late, day < day[0] + np.timedelta64(10, "D"))
    nothing = np.full(len(late), np.nan)
    most = rng.permutation(len(late))
    limits = [_known_where(late, np.isin(np.arange(len(late)), most[:n])) for n in (500, 499)]
    cases = [
        ("win", (bad, good, late, day)),
        ("loss", (good, bad, late, day)),
        ("gaps", (bad, good, some, day)),
        ("few", (bad[::13], good[::13], late[::13], day[::13])),
        ("hidden", (bad, good, sparse, day)),
        ("ten days", (bad[:1000], good[:1000], late[:1000], day[:1000])),
        ("short", (bad, good, short, day)),
        ("none", (bad, good, nothing, day)),
        ("same", (bad, bad.copy(), late, day)),
    ]
    edge = [
        ("just enough", (bad, good, limits[0], day)),
        ("just too few", (bad, good, limits[1], day)),
        ("13 days", (bad[:1300], good[:1300], late[:1300], day[:1300])),
        ("14 days", (bad[:1400], good[:1400], late[:1400], day[:1400])),
    ]
    # A small gain of nearly equal models: two single intervals overlap, the paired one does not.
    truth, late, day, rng = _world(4, 60, 100, 1.0)
    cases.append(("paired", (_blurred(truth, rng, 0, 0.35), truth, late, day)))
    cases += edge
    # 2.4 standard errors of the days: outside of 95 %, inside of 99 %.
    truth, late, day, rng = _world(33, 60, 100, 1.0)
    cases.append(("clear", (_blurred(truth, rng, 0.25), truth, late, day)))
    # Far too sure of the quiet flights: squared errors forgive that, logarithms do not.
    truth, late, day, rng = _world(9, 60, 100, 1.6)
    sure = np.where(truth < 0.12, truth / 25, truth)
    cases.append(("sure", (_blurred(truth, rng, 0.45), sure, late, day)))
    # A mean gain that is not zero, and well inside of its noise.
    truth, late, day, rng = _world(6, 20, 75, 1.0)
    left, right = _blurred(truth, rng, 0.5), _blurred(truth, rng, 0.5)
    gain = loss(late, left) - loss(late, right)
    pair = (left, right) if gain > 0 else (right, left)
    cases.append(("noise", (*pair, late, day)))
    # Bad weather on twelve days of twenty. The challenger expects it every day, the champion never:
    # among flights that is a clear gain, among days it is nothing.
    weather = np.where(np.arange(20) % 5 < 3, 0.8, 0.0)
    truth, late, day, rng = _world(3, 20, 300, 1.0, weather)
    calm = np.log(truth / (1 - truth)) - np.repeat(weather, 300)
    never, always = (1 / (1 + np.exp(-calm - shift)) for shift in (0.0, 0.8))
    cases.append(("days", (never, always, late, day)))
    # 1.7 standard errors of the days: inside of 95 %, outside of 90 %.
    for seed in (108, 322, 346):
        truth, late, day, rng = _world(seed, 60, 60, 1.0)
        pair = _blurred(truth, rng, 0.45), _blurred(truth, rng, 0.35)
        cases.append((f"close {seed}", (*pair, late, day)))
        cases.append((f"close {seed}, turned round", (*pair[::-1], late, day)))
    return dict(cases)


def loss(late: np.ndarray, p: np.ndarray) -> float:
    """Return the mean log loss of probabilities."""
    return float(-np.log(np.where(late == 1, p, 1 - p)).mean())


def daily_gain(champion, challenger, late, day) -> pd.Series:
    """Return the mean gain in log loss of each day with known outcomes."""
    known = ~np.isnan(late)
    right, other = (np.where(late == 1, p, 1 - p)[known] for p in (challenger, champion))
    return pd.Series(np.log(right) - np.log(other)).groupby(day[known]).mean()
