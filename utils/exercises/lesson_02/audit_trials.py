"""Pairs of tables, before and after, on which lesson 02 tries a learner's audit."""

from functools import cache

import numpy as np
import pandas as pd

from utils.drift import simulate
from utils.exercises.lesson_02.given_flights import some_flights

# Those that draw flights anew leave no row to compare with.
IN_PLACE = [
    drift
    for name, drift in simulate.DRIFTS.items()
    if name not in ("longer_network", "weekend", "prior_shift")
]
ONSET = pd.Timestamp("2013-02-07 09:00")


@cache
def trials() -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
    """Return the trials by what lies between the tables, each with one trap more."""
    # Few enough rows for an audit that goes cell by cell; in no order, with gaps.
    flights = some_flights().head(700)
    after = (flights["sched_dep"] >= ONSET).to_numpy()
    cold = flights.assign(temp=flights["temp"].where(~after, (flights["temp"] - 32) / 1.8))
    silent = flights.assign(visib=flights["visib"].where(~after | (flights["origin"] != "EWR")))
    early = flights["sched_dep"].nsmallest(9).index[2:8]
    hidden = cold.assign(humid=flights["humid"].mask(flights.index.isin(early), 1.0))
    moved = flights["sched_dep"].where(~after, flights["sched_dep"] + pd.Timedelta("36min"))
    slightly = flights["pressure"].where(~after, flights["pressure"] + 0.001)
    found = {
        "`temp` is in Celsius from 7 February, 9:00, on": (flights, cold),
        "some readings of `visib` are missing (NaN) afterwards": (flights, silent),
        "some missing readings of `visib` have been filled in": (silent, flights),
        "only the order of the rows and the index changed": (
            flights,
            flights.sample(frac=1, random_state=1).reset_index(drop=True),
        ),
        "`temp` changed from the onset on, and `humid` in a few flights long before it": (
            flights,
            hidden.sample(frac=1, random_state=3),
        ),
        "`carrier`, a column of text, changed": (
            flights,
            flights.assign(carrier=flights["carrier"].where(~after, "ZZ")),
        ),
        "`distance` has other dtype and the same values": (
            flights,
            flights.assign(distance=flights["distance"].astype("float64")),
        ),
        "`pressure` is higher by 0.001 from the onset on": (
            flights,
            flights.assign(pressure=slightly),
        ),
        "`sched_dep` is 36 minutes later from the onset on": (
            flights,
            flights.assign(sched_dep=moved),
        ),
        "nothing at all changed": (flights, flights.copy()),
        "the columns stand in another order, and `temp` is in Celsius": (
            flights,
            cold[list(reversed(cold.columns))],
        ),
    }
    for drift in IN_PLACE:
        drifted = drift(flights, ONSET, np.random.default_rng(4))[0]
        found[f"`{drift.__name__}` of the library was applied"] = flights, drifted
    return found
