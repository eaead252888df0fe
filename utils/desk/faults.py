"""What can be done to the flights of a replay: each function makes a `Change` of an incident."""

import numpy as np
import pandas as pd

from utils.desk.incident import Change
from utils.drift import simulate
from utils.drift.simulate import Severity
from utils.flights import WEATHER, WEEKDAYS

MILE_IN_KM = 1.609344


def drift(name: str, peak: float = 1.0, **options) -> Change:
    """A drift of `utils.drift.simulate`."""
    inject = simulate.DRIFTS[name]

    def change(flights, onset, rng):
        return inject(flights, Severity(onset, peak=peak), rng, **options)[0]

    return change


def scaled(column: str, factor: float, shift: float = 0.0, origins=()) -> Change:
    """A column in another unit."""

    def change(flights, onset, rng):
        at = _rows(flights, onset, origins)
        values = flights[column].astype("float64")
        return flights.assign(**{column: values.where(~at, values * factor + shift)})

    return change


def in_km(column: str) -> Change:
    """A column in kilometres, for miles."""
    return scaled(column, MILE_IN_KM)


def biased(column: str, origin: str, error: float) -> Change:
    """A sensor of one airport that reads too high."""
    return scaled(column, 1.0, error, [origin])


def silent(column: str, share: float, origins=()) -> Change:
    """A column whose values do not arrive."""

    def change(flights, onset, rng):
        at = _rows(flights, onset, origins) & (rng.random(len(flights)) < share)
        return flights.assign(**{column: flights[column].where(~at)})

    return change


def stuck(origins=("EWR", "JFK", "LGA"), columns=WEATHER) -> Change:
    """Stations that repeat their last observation."""

    def change(flights, onset, rng):
        changed = flights.copy()
        for origin in origins:
            before = flights[(flights["origin"] == origin) & (flights["sched_dep"] < onset)]
            for column in columns:
                last = before[column].dropna().iloc[-1]
                changed.loc[_rows(flights, onset, [origin]), column] = last
        return changed

    return change


def closed(origin: str, kept: float) -> Change:
    """An airport whose runways are closed."""

    def change(flights, onset, rng):
        gone = _rows(flights, onset, [origin]) & (rng.random(len(flights)) >= kept)
        return flights[~gone].reset_index(drop=True)

    return change


def no_evenings(share: float) -> Change:
    """A timetable with fewer flights in the evening, on every day."""

    def change(flights, onset, rng):
        every = Severity(onset, weekdays=WEEKDAYS)
        return simulate.weekend(flights, every, rng, share=share)[0]

    return change


def _rows(flights: pd.DataFrame, onset: pd.Timestamp, origins=()) -> np.ndarray:
    chosen = flights["sched_dep"] >= onset
    return (chosen & flights["origin"].isin(origins) if origins else chosen).to_numpy()
