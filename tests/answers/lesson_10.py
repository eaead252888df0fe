"""Answers to lesson 10."""

import numpy as np
import pandas as pd

from tests.answers import right, wrong
from utils.desk import incidents

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


@right("10.1")
def row_by_row(flights):
    flights = flights.dropna().sort_values("sched_dep")
    cold = flights[flights["temp"] < 30]
    airport = cold["origin"].mode()[0]
    own = flights[flights["origin"] == airport]
    warm = own[own["temp"] >= 32]
    return airport, own[own["sched_dep"] > warm["sched_dep"].max()]["sched_dep"].min().floor("h")


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


@wrong("10.1", "it is another one")
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


CALLS = {
    "A": "fix the source",
    "B": "roll back",
    "C": "leave it",
    "D": "retrain",
    "E": "leave it",
    "F": "fix the source",
}
right("10.2", CALLS)
right("10.2", {key: word.upper() + " " for key, word in CALLS.items()})
wrong("10.2", "somebody can close it", CALLS | {"A": "retrain"})
wrong("10.2", "without one of its features", CALLS | {"A": "leave it"})
wrong("10.2", "in service at 16:59", CALLS | {"B": "retrain"})
wrong("10.2", "Read what the outcomes say", CALLS | {"C": "retrain"})
wrong("10.2", "The new rules stay", CALLS | {"D": "leave it"})
wrong("10.2", "knows the new rules no better", CALLS | {"D": "roll back"})
wrong("10.2", "Is that a wrong number", CALLS | {"E": "fix the source"})
wrong("10.2", "says nothing of data that came since noon", CALLS | {"F": "leave it"})
wrong("10.2", "choose one of", CALLS | {"C": "nothing"})
wrong("10.2", "choose one of", CALLS | {"C": None})
wrong("10.2", "stay a dictionary", list(CALLS.values()))


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
    means = gain[rng.integers(0, len(gain), (400, len(gain)))].mean(axis=1)
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


@wrong("10.4", "Draw whole days")
def single_flights(champion, challenger, late, day):
    if _too_little(late, day):
        return "wait"
    return _by_normal(_gain(champion, challenger, late))


@wrong("10.4", "should take 4 arguments")
def of_three_arguments(champion, challenger, late):
    return "wait"


@wrong("10.4", "with fewer than 14 days")
def any_number_of_days(champion, challenger, late, day):
    if (~np.isnan(late)).sum() < 500:
        return "wait"
    return _by_normal(_daily(champion, challenger, late, day))


@wrong("10.4", "with *known* outcomes, not all days")
def counts_all_days(champion, challenger, late, day):
    if len(np.unique(day)) < 14:
        return "wait"
    return any_number_of_days(champion, challenger, late, day)


@wrong("10.4", "Look at the interval")
def only_the_mean(champion, challenger, late, day):
    if _too_little(late, day):
        return "wait"
    gain = _daily(champion, challenger, late, day).mean()
    return "challenger" if gain > 0 else "champion" if gain < 0 else "wait"


@wrong("10.4", "Is your interval wider")
def ninety_nine_per_cent(champion, challenger, late, day):
    if _too_little(late, day):
        return "wait"
    return _by_normal(_daily(champion, challenger, late, day), 2.576)


@wrong("10.4", "Is it the log loss")
def squared_errors(champion, challenger, late, day):
    if _too_little(late, day):
        return "wait"
    known = ~np.isnan(late)
    gain = ((champion - late) ** 2 - (challenger - late) ** 2)[known]
    return _by_normal(pd.Series(gain).groupby(day[known]).mean().to_numpy())


@wrong("10.4", "With 500 known outcomes there are enough")
def more_than_500(champion, challenger, late, day):
    if (~np.isnan(late)).sum() <= 500:
        return "wait"
    return bootstrap(champion, challenger, late, day)


@wrong("10.4", "no fewer than 14")
def fifteen_days(champion, challenger, late, day):
    if len(np.unique(day[~np.isnan(late)])) < 15:
        return "wait"
    return bootstrap(champion, challenger, late, day)


@wrong("10.4", "sign turned round")
def turned_sign(champion, challenger, late, day):
    return bootstrap(challenger, champion, late, day)


@wrong("10.4", "Take pairs")
def two_intervals(champion, challenger, late, day):
    if _too_little(late, day):
        return "wait"
    known, ends = ~np.isnan(late), []
    for p in (champion, challenger):
        loss = -np.log(np.where(late == 1, p, 1 - p)[known])
        loss = pd.Series(loss).groupby(day[known]).mean()
        error = 1.96 * loss.std() / np.sqrt(len(loss))
        ends.append((loss.mean() - error, loss.mean() + error))
    if ends[1][1] < ends[0][0]:
        return "challenger"
    return "champion" if ends[0][1] < ends[1][0] else "wait"


@wrong("10.4", "The others are NaN")
def forgot_the_unknown(champion, challenger, late, day):
    if _too_little(late, day):
        return "wait"
    loss = [-(late * np.log(p) + (1 - late) * np.log(1 - p)) for p in (champion, challenger)]
    gain = loss[0] - loss[1]
    error = 1.96 * gain.std() / np.sqrt(len(gain))
    if gain.mean() > error:
        return "challenger"
    return "champion" if gain.mean() < -error else "wait"


@wrong("10.4", "fewer than 500")
def never_too_few(champion, challenger, late, day):
    if len(np.unique(day[~np.isnan(late)])) < 14:
        return "wait"
    return _by_normal(_daily(champion, challenger, late, day))


@wrong("10.4", "*known*, not the flights")
def counts_flights(champion, challenger, late, day):
    return "wait" if len(late) < 500 else never_too_few(champion, challenger, late, day)


@wrong("10.4", "return one of the words")
def a_truth_value(champion, challenger, late, day):
    return bool(_gain(champion, challenger, late).mean() > 0)


@wrong("10.4", "A new model can be worse")
def newest_is_best(champion, challenger, late, day):
    said = bootstrap(champion, challenger, late, day)
    return "wait" if said == "champion" else said


REPORT = {
    "what": "Temperature of EWR's weather station arrived in Celsius instead of Fahrenheit",
    "since": "Wed 15 May 2013, noon, until midnight",
    "impact": "About 200 flights from EWR got probabilities that were too high",
    "done": "Supplier repaired the feed; spoilt rows are kept out of training",
    "next": "Refuse a reading that comes without its unit",
}
right("10.5", REPORT)
right(
    "10.5",
    {
        "what": "temp at Newark: wrong unit (°C for °F)",
        "since": "2013-05-15 12:00 to 2013-05-16 00:00",
        "impact": "Half of the day's departures from Newark were rated too risky",
        "done": "Found by the page StationApart, source fixed by the weather supplier at night",
        "next": "The drift job should compare the stations every hour, not only every day",
    },
)
wrong("10.5", "does not name the column", REPORT | {"what": "The weather of EWR was in Celsius"})
wrong("10.5", "does not say where", REPORT | {"what": "The temp came in Celsius, not Fahrenheit"})
wrong("10.5", "not what was wrong", REPORT | {"what": "temp of EWR had drifted away"})
wrong("10.5", "the day on which it began", REPORT | {"since": "from noon until midnight"})
wrong("10.5", "the hour at which it began", REPORT | {"since": "15 May until midnight"})
wrong("10.5", "Until when", REPORT | {"since": "Since 15 May at noon"})
wrong("10.5", "has no number", REPORT | {"impact": "Some flights got a wrong probability"})
wrong("10.5", "what became of the fault", REPORT | {"done": "I looked into it at once"})
wrong("10.5", "and they were", REPORT | {"next": "Be more careful"})
for said in (
    "We should be more careful next time.",
    "Everybody must pay more attention to units.",
    "Please be careful with units",
):
    wrong("10.5", "asks people to be careful", REPORT | {"next": said})
right("10.5", REPORT | {"next": "Careful checks of units by a script at intake"})
right("10.5", REPORT | {"next": "Attention: add a check of the three stations each hour"})
for said in (
    "from 2013-05-15T12:00 to 2013-05-16T00:00",
    "2013-05-15, 12h to 24h",
    "15 May, from 12 to 24 h",
    "15 May 12 pm to 12 am",
):
    right("10.5", REPORT | {"since": said})
wrong("10.5", "asks people to be careful", REPORT | {"next": "Pay more attention to weather"})
wrong("10.5", "characters, and 200", REPORT | {"what": "temp of EWR in Celsius " * 12})
wrong("10.5", "three words", REPORT | {"done": "fixed"})
wrong("10.5", "still empty", REPORT | {"next": None})
wrong("10.5", "stay a dictionary", "temp of EWR in Celsius")
wrong("10.5", "repeats another line", REPORT | {"next": REPORT["done"]})


def _answer(seed, **changed):
    truth = incidents.draw(seed)
    said = {
        "column": list(truth.columns) or None,
        "kind": truth.kind,
        "start": truth.onset,
        "action": truth.actions[0],
    }
    return {"seed": seed, **said, "hints": 0} | changed


def _seed(kind):
    return next(s for s in range(100) if incidents.draw(s).kind == kind)


UNIT, CALM = _seed("changed unit"), _seed("nothing")
right("10.6", _answer(8, column="hour", start="2013-10-29 03:00"))
right("10.6", _answer(CALM, hints=None))
right("10.6", _answer(_seed("slow model"), hints=3))
right("10.6", _answer(UNIT, action="retrain"))
wrong("10.6", "`kind` is not right", _answer(UNIT, kind="biased sensor"))
wrong("10.6", "`column` is not right", _answer(UNIT, column="visib", kind="stuck values"))
wrong("10.6", "`column` is not right", _answer(CALM, column="temp"))
wrong("10.6", "first flight that is wrong", _answer(UNIT, start="2013-01-01", action="leave it"))
wrong("10.6", "name features of the model", _answer(UNIT, column="temperature"))
wrong("10.6", "choose one of 'nothing'", _answer(UNIT, kind="drift"))
wrong("10.6", "choose one of 'fix the source'", _answer(UNIT, action="fix"))
wrong("10.6", "replayed time", _answer(UNIT, start="on Wednesday"))
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
