"""Answers to lesson 10."""

import numpy as np
import pandas as pd

from tests.answers import right, wrong
from utils.desk import incident_bank
from utils.exercises.lesson_10.e2_six_calls import CALLS

DAY = pd.Timedelta("1D")


def _hourly(flights, how="median"):
    start = flights["sched_dep"].dt.floor("h")
    return flights.assign(start=start).pivot_table("temp", "start", "origin", aggfunc=how)


@right("10.1")
def against_the_middle(flights):
    hourly = _hourly(flights)
    far = hourly.sub(hourly.median(axis=1), axis=0).abs() > 15
    airport = far.sum().idxmax()
    return airport, far.index[far[airport]][0]


@right("10.1")
def against_the_others(flights):
    hourly = _hourly(flights)
    for airport in hourly.columns:
        gap = hourly.drop(columns=airport).mean(axis=1) - hourly[airport]
        if gap.dropna().iloc[-1] > 20:
            calm = gap[gap < 20].index[-1]
            return [airport, str(gap[gap.index > calm].dropna().index[0])]
    return None


@wrong("10.1", "It is another one")
def row_by_row(flights):
    """Takes what is colder than May for wrong, and a cold front is colder than May."""
    flights = flights.dropna().sort_values("sched_dep")
    cold = flights[flights["temp"] < 30]
    airport = cold["origin"].mode()[0]
    own = flights[flights["origin"] == airport]
    warm = own[own["temp"] >= 32]
    return airport, own[own["sched_dep"] > warm["sched_dep"].max()]["sched_dep"].min().floor("h")


@right("10.1")
def by_a_loop(flights):
    """Goes from the end, hour by hour, as long as one station is far from both others."""
    hourly = _hourly(flights)
    medians = hourly.to_dict("index")
    far = {}
    for hour, temps in medians.items():
        known = {a: t for a, t in temps.items() if t == t}
        if len(known) == 3:
            middle = sorted(known.values())[1]
            far[hour] = next((a for a, t in known.items() if abs(t - middle) > 15), None)
    hours = sorted(far)
    airport = far[hours[-1]]
    while hours and far[hours[-1]] == airport:
        last = hours.pop()
    return airport, last


@wrong("10.1", "Return two things")
def only_the_airport(flights):
    return against_the_middle(flights)[0]


@wrong("10.1", "turn them round")
def hour_first(flights):
    airport, hour = against_the_middle(flights)
    return hour, str(airport)


@wrong("10.1", "the right hour. Return the *full* hour")
def not_floored(flights):
    airport, hour = against_the_middle(flights)
    own = flights[(flights["origin"] == airport) & (flights["sched_dep"] >= hour)]
    return airport, own["sched_dep"].min() + pd.Timedelta("1min")


@wrong("10.1", "a single flight with a wrong value")
def first_cold_flight(flights):
    airport = against_the_middle(flights)[0]
    cold = flights[(flights["origin"] == airport) & (flights["temp"] < 30)]
    return airport, cold["sched_dep"].min().floor("h")


@wrong("10.1", "order of the rows")
def rows_as_they_come(flights):
    airport = against_the_middle(flights)[0]
    cold = flights[(flights["origin"] == airport) & (flights["temp"] < 30)]
    return airport, cold["sched_dep"].iloc[-1].floor("h")


@wrong("10.1", "Return a moment with its day")
def hour_of_the_day(flights):
    airport, hour = against_the_middle(flights)
    return airport, hour.hour


@wrong("10.1", "the right day. Which hour")
def only_the_day(flights):
    airport, hour = against_the_middle(flights)
    return airport, hour.floor("D")


@wrong("10.1", "It is another one")
def always_newark(flights):
    return "EWR", pd.Timestamp("2013-05-15 12:00")


@wrong("10.1", "the first hour of the table")
def the_first(flights):
    return against_the_middle(flights)[0], flights["sched_dep"].min().floor("h")


@wrong("10.1", "not `print`")
def printed(flights):
    print(against_the_middle(flights))


@wrong("10.1", 'give "EWR", "JFK" or "LGA"')
def the_town(flights):
    return "Newark", against_the_middle(flights)[1]


right("10.2", CALLS)
right("10.2", {key: word.upper() + " " for key, word in CALLS.items()})
right("10.2", {key.lower(): word for key, word in CALLS.items()})
right("10.2", pd.Series(CALLS))
wrong("10.2", "No release came", CALLS | {"E": "roll back"})
wrong("10.2", "choose one of", CALLS | {"C": "nothing"})
wrong("10.2", "no answer yet", CALLS | {"C": None})
wrong("10.2", "no answer yet", {key: CALLS[key] for key in "ABDEF"})
wrong("10.2", "the dictionary of the exercise", list(CALLS.values()))


def _spoilt(flights):
    leaves = flights["sched_dep"]
    noon = leaves >= "2013-05-15 12:00"
    return noon & (leaves < "2013-05-16") & (flights["origin"] == "EWR")


@right("10.3")
def ten_weeks(flights, now):
    leaves = flights["sched_dep"]
    recent = (leaves <= now - DAY) & (leaves >= now - 70 * DAY)
    return flights[recent & ~_spoilt(flights)]


@right("10.3")
def everything(flights, now):
    rows = flights[flights["sched_dep"] + DAY <= now].dropna(subset="late")
    return rows.drop(index=rows.index[_spoilt(rows)]).reset_index(drop=True)


@right("10.3")
def without_the_day(flights, now):
    """Leaves out more than it must, and can defend it."""
    leaves = flights["sched_dep"]
    day = leaves.dt.normalize() == pd.Timestamp("2013-05-15")
    return flights.loc[(leaves <= now - DAY) & ~day & (leaves >= "2013-03-04")]


@wrong("10.3", "comes a day later")
def no_delay(flights, now):
    return flights[(flights["sched_dep"] <= now) & ~_spoilt(flights)]


@wrong("10.3", "have not even left")
def no_time(flights, now):
    return flights[~_spoilt(flights)]


@wrong("10.3", "spoilt rows are among them")
def spoilt_ones_too(flights, now):
    return flights[flights["sched_dep"] <= now - DAY]


@wrong("10.3", "A window of few weeks")
def two_weeks(flights, now):
    rows = ten_weeks(flights, now)
    return rows[rows["sched_dep"] >= now - 14 * DAY]


@wrong("10.3", "EWR was well again")
def newark_for_good(flights, now):
    leaves = flights["sched_dep"]
    wrong_ones = (flights["origin"] == "EWR") & (leaves >= "2013-05-15 12:00")
    return flights[(leaves <= now - DAY) & ~wrong_ones]


@right("10.3")
def repaired(flights, now):
    """Gives the spoilt flights their temperature instead of leaving them out."""
    rows = ten_weeks_of(flights, now)
    wrong_ones = _spoilt(rows)
    return rows.assign(temp=rows["temp"].where(~wrong_ones, rows["temp"] * 1.8 + 32))


def ten_weeks_of(flights, now):
    leaves = flights["sched_dep"]
    return flights[(leaves <= now - DAY) & (leaves >= now - 70 * DAY)]


@wrong("10.3", "spoilt rows are among them, the first of 15 May, 12:00")
def half_repaired(flights, now):
    rows = ten_weeks_of(flights, now)
    return rows.assign(temp=rows["temp"].where(~_spoilt(rows), rows["temp"] * 1.8))


@wrong("10.3", "2 spoilt rows are among them")
def after_noon(flights, now):
    leaves = flights["sched_dep"]
    inside = (leaves > "2013-05-15 12:00") & (leaves < "2013-05-16")
    return flights[(leaves <= now - DAY) & ~(inside & (flights["origin"] == "EWR"))]


@wrong("10.3", "on the flights of 6 to 18 May")
def five_weeks(flights, now):
    rows = ten_weeks(flights, now)
    return rows[rows["sched_dep"] >= now - 35 * DAY]


@wrong("10.3", "no column `late`")
def features_only(flights, now):
    return ten_weeks(flights, now).drop(columns="late")


@wrong("10.3", "should be a table")
def a_condition(flights, now):
    return flights["sched_dep"] <= now - DAY


@wrong("10.3", "too few to learn from")
def turned_round(flights, now):
    return flights[(flights["sched_dep"] <= now - DAY) & (flights["sched_dep"] >= now)]


@wrong("10.3", "changed its first argument")
def in_place(flights, now):
    flights["late"] = flights["late"].fillna(0)
    return flights[~_spoilt(flights)]


def _gain(champion, challenger, late):
    known = ~np.isnan(late)
    new, old = (np.where(late == 1, p, 1 - p)[known] for p in (challenger, champion))
    return np.log(new) - np.log(old)


def _daily(champion, challenger, late, day):
    known = ~np.isnan(late)
    return pd.Series(_gain(champion, challenger, late)).groupby(day[known]).mean().to_numpy()


def _too_little(late, day):
    known = ~np.isnan(late)
    return known.sum() < 500 or len(np.unique(day[known])) < 14


def _by_normal(gain, errors=1.96):
    error = errors * gain.std(ddof=1) / np.sqrt(gain.size)
    if gain.mean() - error > 0:
        return "challenger"
    return "champion" if gain.mean() + error < 0 else "wait"


@right("10.4")
def bootstrap(champion, challenger, late, day):
    if _too_little(late, day):
        return "wait"
    gain = _daily(champion, challenger, late, day)
    rng = np.random.default_rng(0)
    means = gain[rng.integers(0, len(gain), (1000, len(gain)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return "challenger" if low > 0 else "champion" if high < 0 else "wait"


@right("10.4")
def normal_interval(champion, challenger, late, day):
    if _too_little(late, day):
        return "wait"
    return _by_normal(_daily(champion, challenger, late, day))


@right("10.4")
def whole_days_of_flights(champion, challenger, late, day):
    """Draws days, and takes the mean over all flights of the days drawn."""
    if _too_little(late, day):
        return "wait"
    gain = pd.Series(_gain(champion, challenger, late)).groupby(day[~np.isnan(late)])
    sums, counts = gain.sum().to_numpy(), gain.size().to_numpy()
    drawn = np.random.default_rng(1).integers(0, len(sums), (1000, len(sums)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return "challenger" if low > 0 else "champion" if high < 0 else "wait"


@wrong("10.4", "should take 4 arguments")
def of_three_arguments(champion, challenger, late):
    return "wait"


@wrong("10.4", "Draw whole days")
def single_flights_drawn(champion, challenger, late, day):
    if _too_little(late, day):
        return "wait"
    gain = _gain(champion, challenger, late)
    rng = np.random.default_rng(2)
    means = [rng.choice(gain, len(gain)).mean() for _ in range(100)]
    low, high = np.quantile(means, [0.025, 0.975])
    return "challenger" if low > 0 else "champion" if high < 0 else "wait"


@wrong("10.4", "Is your interval narrower")
def ninety_per_cent(champion, challenger, late, day):
    if _too_little(late, day):
        return "wait"
    gain = _daily(champion, challenger, late, day)
    rng = np.random.default_rng(0)
    means = gain[rng.integers(0, len(gain), (1000, len(gain)))].mean(axis=1)
    low, high = np.quantile(means, [0.05, 0.95])
    return "challenger" if low > 0 else "champion" if high < 0 else "wait"


@wrong("10.4", "return one of the words")
def a_truth_value(champion, challenger, late, day):
    return bool(_gain(champion, challenger, late).mean() > 0)


REPORT = {
    "airport": "EWR",
    "column": "temp",
    "begin": "2013-05-15 12:00",
    "end": "2013-05-16 00:00",
    "flights": 212,
    "what": "Temperature of EWR's weather station arrived in Celsius instead of Fahrenheit",
    "done": "Supplier repaired the feed; spoilt rows are kept out of training",
    "next": "Refuse a reading that comes without its unit",
}
right("10.5", REPORT)
right(
    "10.5",
    {
        "airport": " Newark",
        "column": "temperature",
        "begin": pd.Timestamp("2013-05-15 12:00"),
        "end": pd.Timestamp("2013-05-15 23:59"),
        "flights": np.int64(212),
        "what": "Newark's thermometer sent centigrade",
        "done": "Escalated to the meteorological service; kept the champion.",
        "next": "The drift job should compare the stations every hour, not only every day",
    },
)
wrong("10.5", "left the other two", REPORT | {"airport": "JFK"})
wrong("10.5", "left the other two", REPORT | {"airport": "EWR, JFK and LGA"})
wrong("10.5", "In which column", REPORT | {"column": "humid"})
wrong("10.5", "In which hour", REPORT | {"begin": "2013-05-14 12:00"})
wrong("10.5", "In which hour", REPORT | {"begin": "2013-05-15 11:00"})
wrong("10.5", "In which hour", REPORT | {"begin": "2013-05-16 00:00", "end": "2013-05-15 12:00"})
wrong("10.5", "When was the station repaired", REPORT | {"end": "2013-05-15 22:00"})
wrong("10.5", "Give one moment", REPORT | {"begin": "from noon until midnight"})
wrong("10.5", "Give one moment", REPORT | {"end": 24})
wrong("10.5", "How many flights", REPORT | {"flights": 7})
wrong("10.5", "Give their number", REPORT | {"flights": "about 200"})
wrong("10.5", "characters, and 200", REPORT | {"what": "temp of EWR in Celsius " * 12})
wrong("10.5", "of 3 words at least", REPORT | {"done": "fixed"})
wrong("10.5", "should be a text", REPORT | {"done": 5})
wrong("10.5", "still empty", REPORT | {"next": None})
wrong("10.5", "stay a dictionary", "temp of EWR in Celsius")
wrong("10.5", "repeats another line", REPORT | {"next": REPORT["done"]})


def _answer(seed, **changed):
    truth = incident_bank.draw(seed)
    said = {
        "column": list(truth.columns) or None,
        "kind": truth.kind,
        "start": truth.onset,
        "action": truth.actions[0],
    }
    return {"seed": seed, **said, "hints": 0} | changed


def _seed(kind):
    return next(s for s in range(100) if incident_bank.draw(s).kind == kind)


UNIT, CALM = _seed("changed unit"), _seed("nothing")
LATE = incident_bank.draw(UNIT).last
right("10.6", _answer(8, column="hour", start="2013-10-29 03:00"))
right("10.6", _answer(CALM, hints=None))
right("10.6", _answer(_seed("slow model"), hints=3))
right("10.6", _answer(UNIT, action="retrain"))
right("10.6", _answer(11, column="hour") | {"kind": " Other flights", "action": "LEAVE IT"})
right("10.6", _answer(17, column=["distance", "origin"]))
right("10.6", _answer(0, column="weekday"))
right("10.6", _answer(0, column=None))
wrong("10.6", "`kind` is not right", _answer(UNIT, kind="biased sensor"))
wrong("10.6", "`column` is not right", _answer(UNIT, column="visib", kind="stuck values"))
wrong("10.6", "`column` is not right", _answer(CALM, column="temp"))
wrong("10.6", "first flight that is wrong", _answer(UNIT, start=LATE, action="leave it"))
wrong("10.6", "name features of the model", _answer(UNIT, column="temperature"))
wrong("10.6", "choose one of 'nothing'", _answer(UNIT, kind="drift"))
wrong("10.6", "choose one of 'fix the source'", _answer(UNIT, action="fix"))
wrong("10.6", "replayed time", _answer(UNIT, start="on Wednesday"))
wrong("10.6", "the replay goes from", _answer(UNIT, start="2013-01-01"))
wrong("10.6", "Give the year, too", _answer(UNIT, start="2026-05-15 05:00"))
wrong("10.6", "`column` is not right", _answer(11, column=None))
wrong("10.6", "`kind` is still None", _answer(UNIT, kind=None))
wrong("10.6", "`hints` is 5", _answer(UNIT, hints=5))
wrong("10.6", "`seed` should be one number", _answer(UNIT) | {"seed": "seven"})
wrong("10.6", "stay a dictionary", ("hour", "shifted clock"))
wrong("10.6", "which number did you give", _answer(UNIT) | {"seed": None})
wrong("10.6", "a whole number", _answer(UNIT) | {"seed": 8.5})


@wrong("10.3", "rows of this spring")
def winter_only(flights, now):
    return flights[flights["week"] <= 9]


@wrong("10.3", "`sched_dep` came back changed")
def as_text(flights, now):
    return ten_weeks(flights, now).astype({"sched_dep": str})


@wrong("10.3", "before the fault")
def without_newark_until_then(flights, now):
    leaves = flights["sched_dep"]
    spoilt = (leaves < "2013-05-16") & (flights["origin"] == "EWR")
    return flights[(leaves <= now - DAY) & ~spoilt]
