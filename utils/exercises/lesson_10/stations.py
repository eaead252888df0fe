"""The cases of exercise 10.1: some days of three stations, one of which begins to send Celsius."""

import numpy as np
import pandas as pd

from utils.flights import load_flights

DAY = pd.Timedelta("1D")
AIRPORTS = ("EWR", "JFK", "LGA")
# By case: the airport, the first day and the days of the window, and the hour of the change.
CHANGES = {
    "flights of 13 to 15 May": ("EWR", "2013-05-13", 3, "2013-05-15 12:00"),
    "flights of 14 to 16 May": ("JFK", "2013-05-14", 3, "2013-05-15 07:00"),
    "flights of 21 to 24 October": ("LGA", "2013-10-21", 4, "2013-10-24 17:00"),
    "flights of 4 to 6 November, with a cold front": ("JFK", "2013-11-04", 3, "2013-11-05 09:00"),
}
FRONT = pd.Timestamp("2013-11-04 15:00")


def cases() -> dict[str, tuple]:
    """Return by case what the learner's function is called with."""
    return {name: (_flights(name),) for name in CHANGES}


def _flights(name: str) -> pd.DataFrame:
    airport, day, days, start = CHANGES[name]
    first, onset = pd.Timestamp(day), pd.Timestamp(start)
    week = (first - pd.Timestamp("2012-12-31")).days // 7 + 1
    flights = load_flights(week, week)
    inside = (flights["sched_dep"] >= first) & (flights["sched_dep"] < first + days * DAY)
    table = flights.loc[inside, ["sched_dep", "origin", "temp"]].astype({"temp": "float64"})
    if "front" in name:
        # All stations fall further within an hour than a change of the unit makes one of them.
        table["temp"] -= (table["temp"] - 24) * (table["sched_dep"] >= FRONT) * 0.9
        table["temp"] += 20 * (table["sched_dep"] < FRONT)
    wrong = (table["origin"] == airport) & (table["sched_dep"] >= onset)
    table["temp"] = table["temp"].where(~wrong, (table["temp"] - 32) / 1.8)
    # Single slips, of an airport that is well and of the other one before its time.
    slips = table.index[(table["sched_dep"] < onset) & (table["sched_dep"].dt.hour == 9)]
    table.loc[slips[::60], "temp"] = 12.0
    table.loc[slips[3::50], "temp"] = np.nan
    # A value that cannot be moves the mean of its hour, and not its median.
    busy = table.index[(table["sched_dep"] < onset) & (table["sched_dep"].dt.hour == 8)]
    table.loc[busy[7], "temp"] = 999.0
    # An hour in which a station that is well sends nothing.
    well = next(a for a in AIRPORTS if a != airport)
    silent = (table["origin"] == well) & (table["sched_dep"].dt.floor("h") == onset + 2 * DAY / 24)
    table.loc[silent, "temp"] = np.nan
    return table.sample(frac=1, random_state=10).reset_index(drop=True)
