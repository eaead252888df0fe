"""The flights on which the checks of lesson 02 try an injector."""

from functools import cache

import numpy as np
import pandas as pd

from utils.flights import load_flights

# The hours at which something begins or ends in the exercises, and the minute before.
EDGES = [7, 7 - 1 / 60, 21, 21 - 1 / 60, 17, 17 - 1 / 60]


@cache
def some_flights() -> pd.DataFrame:
    """Return a week of snow with missing readings, in no order, some flights without an outcome."""
    flights = load_flights(6, 6).sample(2_500, random_state=2)
    rng = np.random.default_rng(2)
    return flights.assign(temp=flights["temp"].where(rng.random(len(flights)) > 0.02))


@cache
def two_weeks() -> pd.DataFrame:
    """Return flights from 6 to 19 May, in no order, with gaps and readings between two tenths."""
    flights = load_flights(19, 20).sample(1_200, random_state=3)
    rng = np.random.default_rng(3)
    temp = flights["temp"] + 0.01 * rng.integers(0, 9, len(flights))
    return flights.assign(temp=temp.where(rng.random(len(flights)) > 0.02))


@cache
def few_flights() -> pd.DataFrame:
    """Return 60 flights in no order: 13 late, 38 on time, 9 without an outcome; some on EDGES."""
    flights = load_flights(18, 21).sample(frac=1, random_state=4)
    late, on_time = (flights[flights["late"] == value] for value in (1, 0))
    unknown = flights[flights["late"].isna() & flights["hour"].between(8, 20)]

    def at_edges(known, number):
        at = [known[np.isclose(known["hour"], edge)].head(number) for edge in EDGES]
        return pd.concat(at)

    edges = at_edges(on_time, 2), at_edges(late, 1)
    rest = on_time.drop(edges[0].index).head(26), late.drop(edges[1].index).head(7)
    return pd.concat([*edges, *rest, unknown.head(9)]).sample(frac=1, random_state=5)
