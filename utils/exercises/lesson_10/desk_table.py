"""The flights of exercise 10.3 as the desk has them, and what a window of them is worth."""

import hashlib
from functools import cache

import numpy as np
import pandas as pd

from utils import model
from utils.exercises.verdicts import NotYet
from utils.flights import FEATURES, load_flights

DAY = pd.Timedelta("1D")
MONDAY = pd.Timestamp("2013-05-20")
SINCE, UNTIL = pd.Timestamp("2013-05-15 12:00"), pd.Timestamp("2013-05-16")

# The backtest: trained as on 6 May, tried on the flights since, as far as outcomes are known now.
BACKTEST = pd.Timestamp("2013-05-06")
# In these two weeks the champion (weeks 1 to 9) has this log loss; a test computes it.
CHAMPION_LOSS = 0.4511
# Days differ: a difference of less than this is none, in two weeks.
MARGIN = 0.01
# So many rows train a model that says what the whole does, in a third of the time.
ENOUGH = 20_000


@cache
def flights() -> pd.DataFrame:
    """Return weeks 1 to 20 and the first days of 21, with flights at the edges of the fault."""
    table = load_flights(1, 21)
    table = table[table["sched_dep"] < MONDAY + 2 * DAY]
    at_edges = []
    for moment in (SINCE - pd.Timedelta("1min"), SINCE, UNTIL - pd.Timedelta("1min"), UNTIL):
        near = table[(table["origin"] == "EWR") & (table["sched_dep"] <= moment)].iloc[[-1]]
        hour = moment.hour + moment.minute / 60
        at_edges.append(near.assign(sched_dep=moment, hour=hour, flight_id=9_000_000 + len(near)))
    table = pd.concat([table, *at_edges]).sort_values("sched_dep", kind="stable")
    table = table.reset_index(drop=True).astype({"temp": "float64"})
    # What no station sends is not spoilt: it is missing.
    return table.assign(temp=table["temp"].where(~in_fault(table), (table["temp"] - 32) / 1.8))


def in_fault(table: pd.DataFrame) -> pd.Series:
    """Tell which rows were sent in Celsius."""
    leaves = table["sched_dep"]
    return (leaves >= SINCE) & (leaves < UNTIL) & (table["origin"] == "EWR")


@cache
def _fahrenheit() -> pd.Series:
    """Return by hour what Newark's station would have sent, in degrees Fahrenheit."""
    wrong = flights()[in_fault(flights())]
    by_hour = wrong.groupby(wrong["sched_dep"].dt.floor("h"))["temp"].median()
    return by_hour * 1.8 + 32


def spoilt(rows: pd.DataFrame) -> pd.Series:
    """Tell which rows are spoilt: sent in Celsius, and not repaired."""
    right = rows["sched_dep"].dt.floor("h").map(_fahrenheit())
    return in_fault(rows) & rows["temp"].notna() & ((rows["temp"] - right).abs() > 0.1)


def backtest(rows: pd.DataFrame) -> float:
    """Return how much log loss a model trained on them saves from 6 to 18 May."""
    rows = rows.dropna(subset="late")
    if rows["late"].nunique() < 2:
        raise NotYet("The rows need late and punctual flights, in the column `late`.")
    rows = rows.iloc[:: max(1, len(rows) // ENOUGH)]
    content = pd.util.hash_pandas_object(rows[[*FEATURES, "late"]], index=False).to_numpy()
    key = hashlib.sha256(content.tobytes()).hexdigest()
    if key not in _gains:
        later = _later()
        _gains[key] = CHAMPION_LOSS - loss(later, model.predict(model.train(rows), later))
    return _gains[key]


_gains: dict[str, float] = {}


@cache
def _later() -> pd.DataFrame:
    table = load_flights(19, 20).dropna(subset="late")
    # As it would be after the repair; for the comparison a wrong day is of no use.
    return table[table["sched_dep"] < MONDAY - DAY]


def loss(table: pd.DataFrame, p: np.ndarray) -> float:
    """Return the mean log loss of probabilities."""
    return float(-np.log(np.where(table["late"] == 1, p, 1 - p)).mean())
