"""The flights on which lesson 05 tries a learner's windows, and what it says of them."""

from functools import cache

import pandas as pd

from utils.exercises.verdicts import NotYet
from utils.flights import load_flights


@cache
def three_days():
    """Return three days in no order, with flights exactly at the edges of the windows."""
    flights = load_flights(14, 14)
    flights = flights[flights["sched_dep"] < "2013-04-04"].iloc[::3].copy()
    edges = ["2013-04-03 12:00", "2013-04-03 09:00", "2013-04-03 06:00", "2013-04-02 06:00"]
    edges += ["2013-04-02 08:15", "2013-04-02 06:45", "2013-04-01 07:00"]
    flights.iloc[: len(edges), flights.columns.get_loc("sched_dep")] = pd.to_datetime(edges)
    return flights.sample(frac=1, random_state=5)


def _times(table):
    return sorted(pd.to_datetime(table["sched_dep"]))


def judge_rows(table, now, rows, called):
    """Judge the window of the last rows; ties may be broken in any way."""
    flights = three_days()
    times = sorted(flights["sched_dep"])
    past = [time for time in times if time < now]
    got = _times(table)
    if got == past[-rows:] and not table["flight_id"].duplicated().any():
        return
    said = f"The first table of {called} "
    raw = flights[flights["sched_dep"] < now]["sched_dep"]
    slips = {
        "holds the *first* flights of all; asked for are the last before `now`.": past[:rows],
        "holds the last flights of all, also those after `now`. At that time nobody has them.": (
            times[-rows:]
        ),
        "holds the flights at the end of the table, which is in no order. Sort by `sched_dep` "
        "first.": sorted(raw.tail(rows)),
        "holds the flights at the beginning of the table, which is in no order. Sort by "
        "`sched_dep`, and take the end.": sorted(raw.head(rows)),
        "also takes a flight exactly at `now`; it has not left before it (`<`).": [
            time for time in times if time <= now
        ][-rows:],
        "holds one flight too many.": past[-rows - 1 :],
        "holds one flight too few.": past[-rows + 1 :],
        "holds every flight before `now`; keep only the last `rows` of them.": past,
        "holds the flights that come *after* `now`.": [time for time in times if time >= now][
            :rows
        ],
    }
    for slip, wrong in slips.items():
        if got == wrong:
            raise NotYet(said + slip)
    raise NotYet(
        f"{said}has {len(got):,} rows, {_range(got)}. It should have {len(past[-rows:]):,}: those "
        "with the latest `sched_dep` before `now`."
    )


def judge_hours(table, now, hours, called):
    """Judge the window of the last hours: start in, end out."""
    times = sorted(three_days()["sched_dep"])
    start = now - pd.Timedelta(hours=hours)
    right = [time for time in times if start <= time < now]
    got = _times(table)
    if got == right and not table["flight_id"].duplicated().any():
        return
    said = f"The second table of {called} "
    slips = {
        "also takes a flight exactly at `now`: it belongs to the next window (`<`).": [
            time for time in times if start <= time <= now
        ],
        f"leaves out a flight exactly {hours:g} hours earlier, which is in (`>=`).": [
            time for time in times if start < time < now
        ],
        "takes the flight at `now` and leaves out the one at the start. It is the other way "
        "round: start in, end out.": [time for time in times if start < time <= now],
        "also holds flights after `now`. At that time nobody has them.": [
            time for time in times if time >= start
        ],
        "holds every flight before `now`; where does the window begin?": [
            time for time in times if time < now
        ],
        "holds all of the calendar day so far. `hours` hours are asked for.": [
            time for time in times if now.normalize() <= time < now
        ],
        "holds the hours *after* `now`; a monitor looks back.": [
            time for time in times if now <= time < now + pd.Timedelta(hours=hours)
        ],
    }
    for slip, wrong in slips.items():
        if got == wrong:
            raise NotYet(said + slip)
    raise NotYet(
        f"{said}has {len(got):,} rows, {_range(got)}. It should hold all from {start:%d %B %H:%M} "
        f"(in) to {now:%d %B %H:%M} (out)."
    )


def _range(times):
    return f"from {times[0]:%d %B %H:%M} to {times[-1]:%d %B %H:%M}" if times else "none at all"
