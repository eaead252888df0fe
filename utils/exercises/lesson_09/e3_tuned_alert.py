"""Exercise 9.3: a threshold and a `for` that keep a budget, a choice among many."""

from functools import cache

import pandas as pd

from utils.exercises.expect import a_number
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.prometheus import history

MOST_FALSE, LATEST = 5, 30


def tuned(answer):
    """Ask for a pair that misses no fault, rings seldom without one, and soon with one."""
    if not isinstance(answer, dict) or set(answer) != {"threshold", "minutes"}:
        raise NotYet(
            "`tuned` should stay a dictionary with `threshold` and `minutes`; it is "
            f"{describe(answer)}."
        )
    ask = "It is a ratio: 2 % is 0.02."
    threshold = a_number(answer["threshold"], "`threshold`", 0, 1, ask)
    minutes = a_number(answer["minutes"], "`minutes`", 0, 24 * 60)
    if minutes != int(minutes):
        raise NotYet(f"`minutes` is {minutes:g}; take a whole number of minutes.")
    delays, false = _history_with(threshold, int(minutes))
    said = f"With {threshold:g} and {int(minutes)} minutes,"
    for fault, delay in delays.items():
        if delay is None:
            why = "Is the threshold too high, or `for` too long?"
            if threshold > fault[3]:
                why = f"The threshold is {100 * threshold:g} %. {ask}"
            raise NotYet(
                f"{said} {_named(fault)} is missed: it lasts {fault[2]:g} minutes, and "
                f"{100 * fault[3]:g} % fail. {why}"
            )
    if false > MOST_FALSE:
        raise NotYet(
            f"{said} no fault is missed, and there are {false} false alarms, of which {MOST_FALSE} "
            "are allowed. What is short about a blip?"
        )
    for fault, delay in delays.items():
        if delay > LATEST:
            raise NotYet(
                f"{said} {_named(fault)} is noticed after {delay:.0f} minutes, and {LATEST} are "
                f"allowed. {_weak(fault)}what would notice it sooner?"
            )
    return (
        f"{said} all faults are noticed within {max(delays.values()):.0f} minutes, with {false} "
        "false alarms. Write such a budget down before you tune."
    )


def _weak(fault: tuple) -> str:
    return f"It is weak, {100 * fault[3]:g} % fail: " if fault[3] < 0.05 else "Then "


def _named(fault: tuple) -> str:
    return f'"{fault[0]}" of {fault[1].day} {fault[1]:%B}'


def _history_with(threshold: float, minutes: int) -> tuple[dict, int]:
    """Return after how many minutes each fault was noticed, and how many alarms were false."""
    ratio, faults = _history()
    fired = (ratio > threshold).rolling(minutes + 1).min() == 1
    begins, delays = fired & ~fired.shift(fill_value=False), {}
    for fault in faults.itertuples():
        inside = fired[fault.since : fault.until]
        lasted = (fault.until - fault.since).total_seconds() / 60
        waited = (inside.idxmax() - fault.since).total_seconds() / 60 if inside.any() else None
        delays[fault.what, fault.since, lasted, fault.size] = waited
        begins[fault.since : fault.until + pd.Timedelta(minutes=10)] = False
    return delays, int(begins.sum())


@cache
def _history() -> tuple[pd.Series, pd.DataFrame]:
    errors, everything = (
        f'sum(rate(flightdelay_requests_total{{job="flightdelay"{more}}}[5m]))'
        for more in (', outcome="error"', "")
    )
    with history.start(name="the check's time machine") as machine:
        table = machine.query(f"({errors} / {everything})[35d:1m]", at=history.END)
    happened = history.incidents()
    faults = happened[happened["kind"].isin(["errors", "release"])]
    return table.set_index("time")["value"].asfreq("1min"), faults


exercise(
    "9.3",
    "Tune to a budget",
    stars=1,
    minutes=6,
    hints=[
        "Try pairs with `judge(fires(ratio, threshold, minutes))`. The middle panel is near.",
        "A longer `for` takes away false alarms. A lower threshold finds the weak fault of 8 May "
        "sooner.",
        "Look at thresholds from 0.01 to 0.015, and at seven to ten minutes.",
    ],
    learned="A threshold keeps a budget, or it does not. Write the budget down before you tune.",
    check=tuned,
)
