"""Exercise 10.5: a report, of which the facts are compared with what happened.

Sentences cannot be judged here, and are not: it is asked only that they are there, short, and not
each other's copies. Whether they say what happened, a reader can tell.
"""

from typing import Any

import pandas as pd

from utils.exercises.judges import Slip, Value
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.flights import load_flights

FACTS = ("airport", "column", "begin", "end", "flights")
SENTENCES = ("what", "done", "next")
LONGEST, FEWEST_WORDS = 200, 3

BEGIN, END = pd.Timestamp("2013-05-15 12:00"), pd.Timestamp("2013-05-16")
_AIRPORTS = {
    "EWR": ("ewr", "newark", "newark (ewr)", "ewr (newark)"),
    "JFK": ("jfk", "kennedy"),
    "LGA": ("lga", "laguardia", "la guardia"),
}
_COLUMNS = {"temp": ("temp", "`temp`", "temperature", "the temperature", "temperature (temp)")}


def _count(since: pd.Timestamp, until: pd.Timestamp, origin: str | None) -> int:
    flights = load_flights(20, 20)
    chosen = (flights["sched_dep"] >= since) & (flights["sched_dep"] < until)
    return int((chosen & (flights["origin"] == origin)).sum() if origin else chosen.sum())


def _right() -> dict:
    touched = _count(BEGIN, END, "EWR")
    return {"airport": "EWR", "column": "temp", "begin": BEGIN, "end": END, "flights": touched}


def _with(**changed) -> dict:
    return _right() | {name: "It is a sentence on " + name for name in SENTENCES} | changed


def _form(report: Any, name: str) -> dict:
    """Return the facts in one form each, after the sentences were looked at."""
    if not isinstance(report, dict) or set(report) != {*FACTS, *SENTENCES}:
        raise NotYet(
            f"{name} should stay a dictionary with the keys {', '.join((*FACTS, *SENTENCES))}; it "
            f"is {describe(report)}."
        )
    for line, said in report.items():
        if said is None or said is ... or said == "":
            raise NotYet(f"`{line}` is still empty.")
    facts = {
        "airport": _named(report["airport"], _AIRPORTS),
        "column": _named(report["column"], _COLUMNS),
        "begin": _moment("begin", report["begin"]),
        "end": _moment("end", report["end"]),
        "flights": _whole(report["flights"]),
    }
    for line in SENTENCES:
        _sentence(line, report[line])
    said = [report[line].strip().lower() for line in SENTENCES]
    for number, line in enumerate(SENTENCES):
        if said[number] in said[:number]:
            raise NotYet(f"`{line}` repeats another line. Each has its own question.")
    return facts


def _named(given: Any, names: dict[str, tuple[str, ...]]) -> Any:
    if not isinstance(given, str):
        return given
    word = given.strip().lower()
    return next((name for name, words in names.items() if word in words), given.strip())


def _moment(line: str, given: Any) -> pd.Timestamp:
    try:
        moment = pd.NaT if isinstance(given, (bool, int, float)) else pd.Timestamp(given)
    except (ValueError, TypeError):
        moment = pd.NaT
    if moment is pd.NaT or moment.tzinfo is not None:
        raise NotYet(
            f"`{line}` is {describe(given)}. Give one moment, with its day and year, like "
            '"2013-05-14 09:00"; midnight is the 0:00 of the next day.'
        )
    # The last minute of a day, and its end, are one.
    return moment.round("5min") if moment.floor("min") == END - pd.Timedelta("1min") else moment


def _whole(given: Any) -> int:
    number = given.item() if hasattr(given, "item") else given
    if isinstance(number, bool) or not isinstance(number, (int, float)) or number != number // 1:
        raise NotYet(
            f"`flights` is {describe(given)}. Give their number, a whole one, such as `len(...)`."
        )
    return int(number)


def _sentence(line: str, said: Any) -> None:
    if not isinstance(said, str):
        raise NotYet(f"`{line}` should be a text; it is {describe(said)}.")
    if len(said.split()) < FEWEST_WORDS:
        raise NotYet(
            f"`{line}` is {describe(said)}. Make it a sentence, of {FEWEST_WORDS} words at least."
        )
    if len(said) > LONGEST:
        raise NotYet(
            f"`{line}` has {len(said)} characters, and {LONGEST} are allowed. Who reads it stands "
            "in a corridor: what can go?"
        )


_LOOK = {
    "airport": "Which airport's line left the other two?",
    "column": "In which column did it show? Its name, as in the tables.",
    "begin": "In which hour did the unit change? The figure of the day hour by hour shows it.",
    "end": "When was the station repaired? `stack.fix` was called at that time of the desk.",
    "flights": "How many flights of that airport left from the beginning to the end? The lesson "
    "printed it.",
}


def _first_wrong(got: dict, wanted: dict) -> str:
    return next(fact for fact in FACTS if got[fact] != wanted[fact])


class _Report(Value):
    def told(self, name, got):
        fact = _first_wrong(got, self.wanted(name))
        given = got[fact]
        shown = f"{given:%d %B %Y, %H:%M}" if isinstance(given, pd.Timestamp) else f"{given!r}"
        return f"`{fact}` is {shown}."


SLIPS = [
    Slip(
        "Those are all flights from EWR on that day; half of it was well.",
        lambda: _with(flights=_count(END - pd.Timedelta("1D"), END, "EWR")),
    ),
    Slip(
        "Those are the flights of all three airports; two of them were well.",
        lambda: _with(flights=_count(BEGIN, END, None)),
    ),
    Slip(
        "That is when the page came. What it is about began before.",
        lambda: _with(begin=BEGIN + pd.Timedelta("6h")),
    ),
    Slip(
        "Then the alert ended, a day after the station did: it looks at a window of a day.",
        lambda: _with(end=END + pd.Timedelta("1D")),
    ),
]

exercise(
    "10.5",
    "The report",
    stars=2,
    minutes=10,
    hints=[
        "The facts stand in the lesson: the page, the table by airport, the figure hour by hour, "
        "the number of flights with a wrong temperature.",
        '`begin` and `end` are moments such as "2013-05-14 09:00". Midnight is the 0:00 of the '
        "next day. `len(spoilt)` is a number of flights.",
        "Write the sentences for somebody who does not know what a pager is. `next` is a change "
        "that somebody can make: a check, a unit sent along, a rule. 'Be more careful' is none.",
    ],
    learned="The facts are as they were. Whether the sentences say them, and are understood, no "
    "check can tell: give them to a reader.",
    check=_Report(
        "incident_report",
        lambda: _with(),
        form=_form,
        slips=SLIPS,
        otherwise=lambda _, got, wanted: _LOOK[_first_wrong(got, wanted)],
    ),
)
