"""Exercise 1.4: the flights whose outcome is known on a day."""

import numpy as np
import pandas as pd

from utils.exercises.expect import a_table, result_of
from utils.exercises.judges import Function, Slip
from utils.exercises.registry import exercise
from utils.exercises.verdicts import NotYet
from utils.flights import is_late


def _departures():
    """Return a few flights around 1 May: one exactly at midnight, one cancelled, some gaps."""
    times = ["2013-04-30 23:59", "2013-05-01 00:00", "2013-05-01 00:01", "2013-05-01 09:00"]
    times += ["2013-05-12 12:00", "2013-05-13 00:00", "2013-05-14 18:30", "2013-04-28 07:00"]
    times += ["2013-05-20 08:00", "2013-04-29 10:15", "2013-05-20 00:00"]
    arr_delay = np.array([20.0, 3.0, 41.0, -5.0, 16.0, 15.0, 0.0, np.nan, 90.0, 7.0, 30.0])
    n = len(times)
    return pd.DataFrame(
        {
            "flight_id": range(100, 100 + n),
            "sched_dep": pd.to_datetime(times),
            "carrier": "UA",
            "origin": ["EWR", "JFK", "LGA"] * 3 + ["EWR", "JFK"],
            "temp": 60.0,
            # Missing while it rains: a gap in an input is no reason to drop an outcome.
            "pressure": [np.nan, 1013.0, 1010.0] * 3 + [np.nan, 1000.0],
            "arr_delay": arr_delay,
            "late": is_late(pd.Series(arr_delay)),
            "week": pd.to_datetime(times).isocalendar().week.to_numpy(),
        }
    ).set_index(pd.RangeIndex(100, 100 + n))


def _cases():
    days = [("2013-05-15", 14), ("2013-05-01", 0), ("2013-05-20", 7), ("2013-05-20", 0)]
    days += [("2013-05-14", 1.5), ("2013-04-01", 14)]
    flights = _departures()
    return {f'`known_on(flights, "{day}", {n})`': (flights, day, n) for day, n in days}


def _last(day, delay_days):
    return pd.Timestamp(day) - pd.Timedelta(days=delay_days)


def _right(flights, day, delay_days):
    return flights[(flights["sched_dep"] <= _last(day, delay_days)) & flights["late"].notna()]


def _slip(due, outcome=lambda flights: flights["late"].notna()):
    def known_on(flights, day, delay_days):
        return flights[due(flights["sched_dep"], day, delay_days) & outcome(flights)]

    return known_on


def _in_time(times, day, delay_days):
    return times <= _last(day, delay_days)


SLIPS = [
    Slip(
        "That has the cancelled flight too; its outcome never comes.",
        _slip(_in_time, lambda flights: flights["sched_dep"].notna()),
    ),
    Slip(
        "That leaves out the flight whose outcome is known exactly at that moment (`<` or `<=`?).",
        _slip(lambda times, day, n: times < _last(day, n)),
    ),
    Slip(
        "That has flights that leave later than their outcome could be known: count the delay back "
        "from `day`, not forward.",
        _slip(lambda times, day, n: times <= _last(day, -n)),
    ),
    Slip(
        "That is every flight that has left by then; its outcome comes `delay_days` days later.",
        _slip(lambda times, day, n: times <= pd.Timestamp(day)),
    ),
    Slip(
        "The delay is taken off in hours there; `delay_days` counts days.",
        _slip(lambda times, day, n: times <= pd.Timestamp(day) - pd.Timedelta(hours=n)),
    ),
    Slip(
        "The delay is 14 days in every case there; use the argument `delay_days`.",
        _slip(lambda times, day, n: times <= _last(day, 14)),
    ),
    Slip(
        "That counts from the end of `day`; asked for is its beginning, 0:00.",
        _slip(lambda times, day, n: times <= _last(day, n) + pd.Timedelta(days=1)),
    ),
    Slip(
        "Only the flights of the last `delay_days` days are in it, and their outcomes are those "
        "still to come.",
        _slip(lambda times, day, n: (times > _last(day, n)) & (times <= pd.Timestamp(day))),
    ),
    Slip(
        "Only flights of exactly that moment are in it; the outcomes of all earlier ones are "
        "known, too.",
        _slip(lambda times, day, n: times == _last(day, n)),
    ),
    Slip(
        "Those are the flights whose outcome is *not* known yet.",
        _slip(lambda times, day, n: times > _last(day, n)),
    ),
    Slip(
        "That has the whole last day; known is what left up to 0:00 of it.",
        _slip(lambda times, day, n: times.dt.normalize() <= _last(day, n)),
    ),
    Slip(
        "Only late flights are in it; that a flight was punctual is an outcome, too.",
        _slip(_in_time, lambda flights: flights["late"] == 1),
    ),
    Slip(
        "Flights with a gap in some other column are left out. Those are mostly flights in the "
        "rain; only a missing `late` means that there is no outcome.",
        lambda flights, day, n: _right(flights, day, n).dropna(),
    ),
    Slip(
        "The delay is cut to whole days; it may be a day and a half.",
        _slip(lambda times, day, n: times <= _last(day, int(n))),
    ),
    Slip(
        "Some flights come more than once; each comes one time.",
        lambda flights, day, n: pd.concat([_right(flights, day, n)] * 2),
    ),
]


def _flights(value, name):
    """Return the numbers of the flights, sorted; an empty table may have no columns."""
    if isinstance(value, pd.Series) and value.dtype == bool:
        raise NotYet(f"{name} is True and False; return the rows: `flights[...]`.")
    if isinstance(value, pd.DataFrame) and value.empty:
        return []
    flights = _departures()
    table = a_table(value, name, flights.columns)
    _ask_for_the_same_values(table, flights, name)
    return sorted(int(n) for n in table["flight_id"])


def _ask_for_the_same_values(table, flights, name):
    """Ask that the rows are as they were given: who moves a time has another table."""
    given = flights.set_index("flight_id").reindex(table["flight_id"])
    for column in given:
        pairs = zip(table[column], given[column], strict=True)
        if not all(_same(now, before) for now, before in pairs):
            raise NotYet(
                f"{name} has other values in `{column}` than `flights` has. Return the rows as "
                "they are; to compute with a column, make a new one or a variable."
            )


def _same(now, before):
    if pd.isna(now) or pd.isna(before):
        return bool(pd.isna(now) and pd.isna(before))
    return bool(now == before)


class _Rows(Function):
    def observe(self, answer, name, case):
        return self.result(result_of(answer, *case), f"What {name} returns")

    def told(self, name, got):
        return f"{name} returns {len(got)} flight{'s' * (len(got) != 1)}."


def _otherwise(name, got, wanted):
    flights = _departures().set_index("flight_id")
    if twice := [n for n in wanted if got.count(n) > 1]:
        left = flights.loc[twice[0], "sched_dep"]
        return f"The flight of {left} is in it more than once; each comes one time."
    stray = sorted(set(got) ^ set(wanted))[0]
    left = flights["sched_dep"].get(stray, "an unknown time")
    verb = "has" if stray in got else "leaves out"
    return f"It {verb} the flight of {left}. When is its outcome known?"


exercise(
    "1.4",
    "Known on the day",
    stars=2,
    minutes=8,
    hints=[
        "Turn the question round: what is the latest departure whose outcome is known on `day`?",
        "Dates subtract: `pd.Timestamp(day) - pd.Timedelta(days=delay_days)`.",
        "Two conditions, joined by `&`, each in parentheses: `sched_dep` up to that moment "
        "(`<=`), and `late` not missing (`.notna()`).",
    ],
    learned="Every evaluation in service is one of what was known by then; this function is how "
    "you keep the future out of it.",
    check=_Rows(
        "known_on",
        _right,
        arguments=3,
        cases=_cases,
        result=_flights,
        slips=SLIPS,
        otherwise=_otherwise,
    ),
)
