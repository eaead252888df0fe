"""What lesson 10 asks of functions: since when, rows to learn from, champion or challenger."""

import hashlib
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from utils import model
from utils.exercises.expect import a_function, a_table, result_of
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.flights import FEATURES, load_flights

DAY = pd.Timedelta("1D")

# --- 10.1: which airport, and since when ---------------------------------------------------------

# Airport, first day and days of the window, and the hour of the change.
_STATIONS = [
    ("EWR", "2013-05-13", 3, "2013-05-15 12:00"),
    ("JFK", "2013-05-14", 3, "2013-05-15 07:00"),
    ("LGA", "2013-10-21", 4, "2013-10-24 17:00"),
]


@cache
def _flights(first: int, last: int) -> pd.DataFrame:
    return load_flights(first, last)


def _station(airport: str, day: str, days: int, start: str) -> pd.DataFrame:
    first, onset = pd.Timestamp(day), pd.Timestamp(start)
    weeks = (first - pd.Timestamp("2012-12-31")).days // 7 + 1
    flights = _flights(weeks, weeks)
    inside = (flights["sched_dep"] >= first) & (flights["sched_dep"] < first + days * DAY)
    table = flights.loc[inside, ["sched_dep", "origin", "temp"]].astype({"temp": "float64"})
    wrong = (table["origin"] == airport) & (table["sched_dep"] >= onset)
    table["temp"] = table["temp"].where(~wrong, (table["temp"] - 32) / 1.8)
    # Single slips, of an airport that is well and of the other one before its time.
    slips = table.index[(table["sched_dep"] < onset) & (table["sched_dep"].dt.hour == 9)]
    table.loc[slips[::60], "temp"] = 12.0
    table.loc[slips[3::50], "temp"] = np.nan
    return table.sample(frac=1, random_state=10).reset_index(drop=True)


def judge_since_when(answer: Any) -> None:
    """Judge exercise 10.1."""
    function = a_function(answer, "since_when", 1)
    for airport, day, days, start in _STATIONS:
        table = _station(airport, day, days, start)
        _judge_station(result_of(function, table), table, airport, pd.Timestamp(start))


def _judge_station(result: Any, table: pd.DataFrame, airport: str, start: pd.Timestamp) -> None:
    first, last = table["sched_dep"].min(), table["sched_dep"].max()
    given = f"For flights of {first:%d %B} to {last:%d %B}"
    if isinstance(result, str) or not isinstance(result, (tuple, list)) or len(result) != 2:
        raise NotYet(
            f"{given}, `since_when` returned {describe(result)}. Return two things: `return "
            "airport, hour`."
        )
    named, hour = result
    if not isinstance(named, str) and isinstance(hour, str):
        raise NotYet(f"{given}, the hour comes first and the airport last: turn them round.")
    if named not in ("EWR", "JFK", "LGA"):
        raise NotYet(f'{given}, the airport is {describe(named)}; give "EWR", "JFK" or "LGA".')
    if isinstance(hour, (int, float, np.number)):
        raise NotYet(
            f"{given}, the hour is {describe(hour)}. Return a moment with its day, a Timestamp: "
            "`sched_dep.dt.floor('h')` makes them."
        )
    try:
        moment = pd.Timestamp(hour)
    except (ValueError, TypeError):
        moment = pd.NaT
    if moment is pd.NaT:
        raise NotYet(f"{given}, the hour is {describe(hour)}; return a Timestamp.")
    if named != airport:
        raise NotYet(
            f"{given}, you name {named}, and it is another one. Compare each airport with the "
            "middle one of the three in the same hour: a cold morning is cold for all."
        )
    if moment == start:
        return
    if moment.floor("h") == start:
        raise NotYet(
            f"{given}, you say {moment:%d %B, %H:%M}: the right hour. Return the *full* hour, with "
            "`.floor('h')`."
        )
    if moment.floor("h") == first.floor("h"):
        raise NotYet(
            f"{given}, you say {moment:%d %B, %H:%M}, the first hour of the table. The fault "
            "begins later. Did the order of the rows (they are mixed) decide?"
        )
    if moment == start.floor("D"):
        raise NotYet(f"{given}, you say {moment:%d %B, %H:%M}: the right day. Which hour?")
    if moment < start:
        raise NotYet(
            f"{given}, you say {moment:%d %B, %H:%M}, and then most of {named} was still well. Did "
            "a single flight with a wrong value decide? The median of an hour does not mind it."
        )
    raise NotYet(
        f"{given}, you say {moment:%d %B, %H:%M}, but {named} was wrong before. Did the order of "
        "the rows (they are mixed) decide, or did you take the last hour?"
    )


# --- 10.3: rows to learn from --------------------------------------------------------------------

MONDAY = pd.Timestamp("2013-05-20")
MARGIN = 0.02
FEWEST = 500
_SINCE, _UNTIL = pd.Timestamp("2013-05-15 12:00"), pd.Timestamp("2013-05-16")


@cache
def _desk_table() -> pd.DataFrame:
    """Return weeks 1 to 20 and the first days of 21, as the desk got them."""
    flights = _flights(1, 21)
    flights = flights[flights["sched_dep"] < MONDAY + 2 * DAY].reset_index(drop=True)
    temp = flights["temp"].astype("float64")
    return flights.assign(temp=temp.where(~_is_spoilt(flights), (temp - 32) / 1.8))


def _is_spoilt(flights: pd.DataFrame) -> pd.Series:
    leaves = flights["sched_dep"]
    return (leaves >= _SINCE) & (leaves < _UNTIL) & (flights["origin"] == "EWR")


def judge_training_rows(answer: Any) -> str:
    """Judge exercise 10.3."""
    function = a_function(answer, "training_rows", 2)
    table = _desk_table()
    # Two moments within a day, so that the last day matters to the minute.
    for now in (pd.Timestamp("2013-05-17 14:00"), pd.Timestamp("2013-05-16 18:30")):
        _judge_rows(result_of(function, table, now), now)
    rows = _judge_rows(result_of(function, table, MONDAY), MONDAY)
    gain = _gain(rows)
    weeks = (rows["sched_dep"].max() - rows["sched_dep"].min()) / pd.Timedelta("7D")
    said = (
        f"Trained on your {len(rows):,} flights of {weeks:.0f} weeks, the model gains {gain:+.3f}"
    )
    if gain < MARGIN:
        raise NotYet(
            f"{said} over the champion in the four weeks after; {MARGIN} is asked. "
            + (
                "A window of few weeks learns what these weeks were like. Try a longer one."
                if weeks < 8
                else "Are rows of this spring among them? The champion knows the winter already."
            )
        )
    return f"{said} in the four weeks after. Known outcomes, no spoilt rows: you can defend it."


def _judge_rows(rows: Any, now: pd.Timestamp) -> pd.DataFrame:
    at = f"With `now` = {now:%d %B, %H:%M}"
    rows = a_table(rows, "What `training_rows` returns", [*FEATURES, "late", "sched_dep"])
    if not pd.api.types.is_datetime64_any_dtype(rows["sched_dep"]):
        raise NotYet(f"{at}, `sched_dep` came back changed. Return rows of `flights` as they are.")
    late = rows["sched_dep"] > now - DAY
    if late.any():
        newest = rows["sched_dep"].max()
        why = (
            "These flights have not even left."
            if newest > now
            else "It left before `now`, but its outcome comes a day later."
        )
        raise NotYet(
            f"{at}, {late.sum():,} rows have an outcome that nobody knows yet; the newest leaves "
            f"on {newest:%d %B, %H:%M}. {why} (In `flights` the outcome stands there: at the desk "
            "it would not.)"
        )
    spoilt = _is_spoilt(rows)
    if spoilt.any():
        raise NotYet(
            f"{at}, {spoilt.sum():,} spoilt rows are among them: EWR between 15 May, 12:00 and "
            "midnight. Join the three conditions on time and airport with `&`, and turn them round "
            "with `~`."
        )
    if len(rows) < FEWEST:
        raise NotYet(
            f"{at}, {len(rows):,} rows are left, too few to learn from. Is `&` where `|` should "
            "be, or a comparison turned round?"
        )
    after = rows[rows["sched_dep"] >= _UNTIL]
    if len(after) and "EWR" not in set(after["origin"]):
        raise NotYet(
            f"{at}, no flight from EWR after the fault is among the rows, though other airports' "
            "are. From midnight on, EWR was well again."
        )
    return rows


def _gain(rows: pd.DataFrame) -> float:
    columns = [*FEATURES, "late"]
    content = pd.util.hash_pandas_object(rows[columns], index=False).to_numpy().tobytes()
    key = hashlib.sha256(content).hexdigest()
    if key not in _gains:
        if rows["late"].dropna().nunique() < 2:
            raise NotYet("The rows need late and punctual flights, in the column `late`.")
        later, before = _later()
        loss = _loss(later["late"].to_numpy(), model.predict(model.train(rows), later))
        _gains[key] = before - loss
    return _gains[key]


_gains: dict[str, float] = {}


@cache
def _later() -> tuple[pd.DataFrame, float]:
    later = load_flights(21, 24).dropna(subset="late")
    champion = model.predict(model.train(), later)
    return later, _loss(later["late"].to_numpy(), champion)


def _loss(late: np.ndarray, p: np.ndarray) -> float:
    return float(-np.log(np.where(late == 1, p, 1 - p)).mean())


# --- 10.4: champion or challenger ----------------------------------------------------------------

_WORDS = ("challenger", "champion", "wait")


def _world(seed: int, days: int, flights: int, spread: float, weather=0.0):
    """Return true probabilities, outcomes, the day of each flight, and a generator.

    `weather` moves the logit of all flights of a day: one number, or one for each day.
    """
    rng = np.random.default_rng(seed)
    n = days * flights
    logit = rng.normal(-1.2, spread, n) + np.repeat(np.broadcast_to(weather, days), flights)
    truth = 1 / (1 + np.exp(-logit))
    late = (rng.random(n) < truth).astype("float64")
    day = np.repeat(np.datetime64("2013-05-20") + np.arange(days), flights)
    return truth, late, day, rng


def _blurred(p: np.ndarray, rng, noise: float, shift=0.0) -> np.ndarray:
    logit = np.log(p / (1 - p)) + rng.normal(0, noise, len(p)) + shift
    return np.clip(1 / (1 + np.exp(-logit)), 0.01, 0.99)


def _known_where(late: np.ndarray, known: np.ndarray) -> np.ndarray:
    return np.where(known, late, np.nan)


@cache
def _contests() -> list[tuple[str, str, tuple]]:
    """Return cases: name, right answer, (champion, challenger, late, day)."""
    truth, late, day, rng = _world(1, 40, 100, 1.2)
    good, bad = _blurred(truth, rng, 0.2), _blurred(truth, rng, 1.2)
    some = _known_where(late, rng.random(len(late)) < 0.6)
    sparse = _known_where(late, np.arange(len(late)) % 13 == 0)
    short = _known_where(late, day < day[0] + np.timedelta64(10, "D"))
    nothing = np.full(len(late), np.nan)
    most = rng.permutation(len(late))
    limits = [_known_where(late, np.isin(np.arange(len(late)), most[:n])) for n in (500, 499)]
    cases = [
        ("win", "challenger", (bad, good, late, day)),
        ("loss", "champion", (good, bad, late, day)),
        ("gaps", "challenger", (bad, good, some, day)),
        ("few", "wait", (bad[::13], good[::13], late[::13], day[::13])),
        ("hidden", "wait", (bad, good, sparse, day)),
        ("ten days", "wait", (bad[:1000], good[:1000], late[:1000], day[:1000])),
        ("short", "wait", (bad, good, short, day)),
        ("none", "wait", (bad, good, nothing, day)),
        ("same", "wait", (bad, bad.copy(), late, day)),
    ]
    edge = [
        ("just enough", "challenger", (bad, good, limits[0], day)),
        ("just too few", "wait", (bad, good, limits[1], day)),
        ("14 days", "challenger", (bad[:1400], good[:1400], late[:1400], day[:1400])),
    ]
    # A small gain of nearly equal models: two single intervals overlap, the paired one does not.
    truth, late, day, rng = _world(4, 60, 100, 1.0)
    cases.append(("paired", "challenger", (_blurred(truth, rng, 0, 0.35), truth, late, day)))
    cases += edge
    # 2.4 standard errors of the days: outside of 95 %, inside of 99 %.
    truth, late, day, rng = _world(33, 60, 100, 1.0)
    cases.append(("clear", "challenger", (_blurred(truth, rng, 0.25), truth, late, day)))
    # Far too sure of the quiet flights: squared errors forgive that, logarithms do not.
    truth, late, day, rng = _world(9, 60, 100, 1.6)
    sure = np.where(truth < 0.12, truth / 25, truth)
    cases.append(("sure", "champion", (_blurred(truth, rng, 0.45), sure, late, day)))
    # A mean gain that is not zero, and well inside of its noise.
    truth, late, day, rng = _world(6, 20, 75, 1.0)
    left, right = _blurred(truth, rng, 0.5), _blurred(truth, rng, 0.5)
    gain = _loss(late, left) - _loss(late, right)
    pair = (left, right) if gain > 0 else (right, left)
    cases.append(("noise", "wait", (*pair, late, day)))
    # Bad weather on twelve days of twenty. The challenger expects it every day, the champion never:
    # among flights that is a clear gain, among days it is nothing.
    weather = np.where(np.arange(20) % 5 < 3, 0.8, 0.0)
    truth, late, day, rng = _world(3, 20, 300, 1.0, weather)
    calm = np.log(truth / (1 - truth)) - np.repeat(weather, 300)
    never, always = (1 / (1 + np.exp(-calm - shift)) for shift in (0.0, 0.8))
    cases.append(("days", "wait", (never, always, late, day)))
    return cases


def judge_decide(answer: Any) -> None:
    """Judge exercise 10.4."""
    function = a_function(answer, "decide", 4)
    for name, right, arrays in _contests():
        said = result_of(function, *arrays)
        word = said.strip().lower() if isinstance(said, str) else said
        if not isinstance(word, str) or word not in _WORDS:
            raise NotYet(
                f"`decide` returned {describe(said)}; return one of the words "
                f"{', '.join(map(repr, _WORDS))}."
            )
        if word != right:
            raise NotYet(_why(name, word, arrays))


_ENDS = {
    "win": "That is many standard errors above zero.",
    "loss": "That is many standard errors below zero. A new model can be worse.",
    "gaps": "The others are NaN, and a mean with one NaN in it is NaN, too. Keep the known ones of "
    "all four arrays.",
    "few": "With fewer than 500 known outcomes the answer is 'wait'.",
    "hidden": "Count the outcomes that are *known*, not the flights.",
    "just enough": "With 500 known outcomes there are enough.",
    "just too few": "With fewer than 500 known outcomes the answer is 'wait'.",
    "14 days": "They are of 14 days, and so of no fewer than 14.",
    "clear": "That is outside of the middle 95 %. Is your interval wider?",
    "sure": "Is it the log loss? A squared error forgives a model that is far too sure.",
    "ten days": "They are of ten days, and with fewer than 14 days the answer is 'wait'.",
    "short": "Those are of ten days. Count the days with *known* outcomes, not all days.",
    "paired": "The interval of the *gain*, flight by flight, lies above zero. Two intervals, one "
    "for the loss of each model, overlap here: they hold what both models find hard. Take pairs.",
    "noise": "The difference is smaller than two standard errors, so it may well be chance. Look "
    "at the interval, and not only at the mean.",
    "days": "Flights of one day share their weather, so those are no 6,000 throws: the gain is "
    "above zero on 12 days and below on 8. Draw whole days.",
    "same": "Both models say the same here, and every gain is 0.",
    "none": "Nothing is known at all.",
}


def daily_gain(champion, challenger, late, day) -> pd.Series:
    """Return the mean gain in log loss of each day with known outcomes."""
    known = ~np.isnan(late)
    right, other = (np.where(late == 1, p, 1 - p)[known] for p in (challenger, champion))
    return pd.Series(np.log(right) - np.log(other)).groupby(day[known]).mean()


def _why(name: str, word: str, arrays: tuple) -> str:
    late = arrays[2]
    known = ~np.isnan(late)
    given = f"{known.sum():,} of {len(late):,} flights have an outcome"
    if known.any():
        gain = daily_gain(*arrays)
        error = gain.std() / np.sqrt(len(gain))
        given += (
            f"; the mean gain of {len(gain)} days is {gain.mean():+.4f}, its standard error "
            f"{error:.4f}"
        )
    turned = {"win": "champion", "loss": "challenger"}.get(name) == word
    end = "Is the sign turned round? A *smaller* loss is better." if turned else _ENDS[name]
    return f"{given}. Your answer is '{word}'. {end}"
