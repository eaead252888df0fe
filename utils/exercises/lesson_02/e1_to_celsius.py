"""Exercise 2.1: a station reports Celsius from the onset on."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from utils.exercises.judges import Function, Slip
from utils.exercises.lesson_02.given_flights import two_weeks
from utils.exercises.lesson_02.kept import call, kept
from utils.exercises.registry import exercise

# Readings may be rounded to two decimals, and to no fewer.
ROUNDED = 0.0051


def _cases():
    flights = two_weeks()
    # One flight leaves at this very minute, and it is not the first of its day.
    exact = flights.loc[flights["sched_dep"].dt.day == 15, "sched_dep"].median()
    onsets = [f"{exact:%Y-%m-%d %H:%M}", "2013-05-09"]
    return {f'`to_celsius(flights, "{onset}")`': (flights, onset) for onset in onsets}


def _injector(after=lambda times, onset: times >= onset, formula=lambda f: (f - 32) / 1.8):
    def to_celsius(flights, onset):
        drifted = after(flights["sched_dep"], pd.Timestamp(onset))
        return flights.assign(temp=flights["temp"].mask(drifted, formula(flights["temp"])))

    return to_celsius


SLIPS = [
    Slip(
        "No reading of `temp` has changed. A line such as `new[mask]["
        '"temp"] = ...` writes into a passing copy; `new.loc[mask, "temp"] = ...` writes into '
        "`new`.",
        lambda flights, onset: flights.copy(),
    ),
    Slip(
        "The drift begins on 13 May, whatever onset is given. That is the notebook's `ONSET`; the "
        "function should use its argument, `onset`.",
        _injector(lambda times, onset: times >= "2013-05-13"),
    ),
    Slip(
        "The readings before the onset are in Celsius, too. They should stay as they were.",
        _injector(lambda times, onset: times.notna()),
    ),
    Slip(
        "The readings *before* the onset are in Celsius, and those after it are not.",
        _injector(lambda times, onset: times < onset),
    ),
    Slip(
        "Flights that leave exactly at the onset still have their old reading (`>` or `>=`?).",
        _injector(lambda times, onset: times > onset),
    ),
    Slip(
        "The drift begins at midnight; it should begin at the hour of the onset.",
        _injector(lambda times, onset: times >= onset.normalize()),
    ),
    Slip(
        "The drift begins a day late; it should begin at the hour of the onset.",
        _injector(lambda times, onset: times.dt.normalize() > onset),
    ),
    *(
        Slip(f"{says} 50 °F are 10 °C.", _injector(formula=formula))
        for says, formula in [
            ("You multiplied by 1.8.", lambda f: (f - 32) * 1.8),
            ("You divided first; the 32 goes off first.", lambda f: f / 1.8 - 32),
            (
                "1.8 divides only the 32; the difference needs parentheses.",
                lambda f: f - 32 / 1.8,
            ),
            ("That is the way from Celsius to Fahrenheit.", lambda f: f * 1.8 + 32),
            ("The division by 1.8 is missing.", lambda f: f - 32),
            ("The 32 is still in it.", lambda f: f / 1.8),
        ]
    ),
    Slip(
        "It is rounded to one decimal, and a reading in °F has more than that to tell. Keep at "
        "least two.",
        _injector(formula=lambda f: ((f - 32) / 1.8).round(1)),
    ),
    Slip(
        "It is rounded to whole degrees. Keep at least two decimals.",
        _injector(formula=lambda f: ((f - 32) / 1.8).round()),
    ),
    Slip(
        "Missing readings have become numbers; missing ones stay missing.",
        _injector(formula=lambda f: ((f - 32) / 1.8).fillna(0)),
    ),
]


@dataclass(eq=False)
class _Injected(Function):
    """Compares the readings; all else has to be as it was."""

    def observe(self, answer, name, case):
        return kept(call(answer, *case), case[0], name, ["temp"])["temp"].to_numpy()

    def accepts(self, got, wanted):
        return np.allclose(got, wanted, rtol=0, atol=ROUNDED, equal_nan=True)

    def told(self, name, got):
        flights, onset = self.all_cases()[name]
        wanted = self.wanted(name)
        # An ordinary reading tells more than a missing one.
        off = ~np.isclose(got, wanted, rtol=0, atol=ROUNDED, equal_nan=True)
        there = off & ~np.isnan(wanted)
        row = np.flatnonzero(there if there.any() else off)[0]
        had, leaves = flights["temp"].iloc[row], flights["sched_dep"].iloc[row]
        when = pd.Timestamp(onset)
        side = "at" if leaves == when else "after" if leaves > when else "before"
        was = "no reading" if np.isnan(had) else f"{had:g} °F"
        now = "none" if np.isnan(got[row]) else f"{got[row]:.6g}"
        return (
            f"In {name} a flight that leaves on {leaves.day} {leaves:%B, %H:%M}, {side} the onset, "
            f"had {was}, and has {now} now."
        )


exercise(
    "2.1",
    "A sudden fault",
    stars=1,
    minutes=6,
    hints=[
        "Three steps: a copy of the table, a mask of the rows from the onset on, new readings in "
        "these rows.",
        'The mask is `flights["sched_dep"] >= onset`; pandas understands the text as a date.',
        'On the copy: `new.loc[after, "temp"] = (new.loc[after, "temp"] - 32) / 1.8`, then '
        "`return new`.",
    ],
    learned="Copy, mask, change: most drifts that follow are made of these three steps.",
    check=_Injected(
        "to_celsius",
        _injector(),
        arguments=2,
        cases=_cases,
        slips=SLIPS,
        otherwise="Readings before the onset stay, those from the onset on are in Celsius, and "
        "missing ones stay missing.",
    ),
)
