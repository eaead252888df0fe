"""Answers to lesson 01."""

import numpy as np
import pandas as pd
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from tests.answers import right, wrong
from utils import model
from utils.exercises.lesson_01.pictures import SHAPES
from utils.flights import load_flights

right("1.1", model.weekly_scores)


def _rows(flights, probability, /, **changes):
    """Score in the plain way; tests change one column at a time."""
    scored = flights.assign(p=probability)
    rows = []
    for week, everything in scored.groupby("week"):
        g = everything[everything["late"].notna()]
        row = {
            "week": week,
            "flights": len(g),
            "late": g["late"].mean(),
            "predicted": g["p"].mean(),
            "roc_auc": roc_auc_score(g["late"], g["p"]),
            "log_loss": log_loss(g["late"], g["p"]),
            "brier": brier_score_loss(g["late"], g["p"]),
        }
        rows.append(row | {name: change(g, everything) for name, change in changes.items()})
    return pd.DataFrame(rows)


@right("1.1")
def with_week_as_column(flights, probability):
    return _rows(flights, probability).round(4)


@right("1.1")
def by_apply(flights, probability):
    scored = flights.assign(p=probability).dropna(subset="late")
    return scored.groupby("week")[["late", "p"]].apply(
        lambda g: pd.Series(
            {
                "brier": ((g["late"] - g["p"]) ** 2).mean(),
                "flights": len(g),
                "late": g["late"].mean(),
                "log_loss": -np.log(np.where(g["late"] == 1, g["p"], 1 - g["p"])).mean(),
                "predicted": g["p"].mean(),
                "roc_auc": roc_auc_score(g["late"], g["p"]),
            }
        )
    )


def _slip(says, **changes):
    wrong("1.1", says, lambda flights, probability: _rows(flights, probability, **changes))


@right("1.1")
def with_nameless_weeks(flights, probability):
    return _rows(flights, probability).set_index("week").rename_axis(None)


@wrong("1.1", "a column for each week")
def lying_on_its_side(flights, probability):
    return _rows(flights, probability).set_index("week").T


_slip("counts the flights without an outcome", flights=lambda g, every: len(every))
_slip("divided by all flights", late=lambda g, every: every["late"].sum() / len(every))
_slip("a number of flights, not a share", late=lambda g, every: g["late"].sum())
_slip("includes the flights without", predicted=lambda g, every: every["p"].mean())
_slip("yes-or-no decisions", roc_auc=lambda g, every: roc_auc_score(g["late"], g["p"] >= 0.5))
_slip("the other way round", roc_auc=lambda g, every: roc_auc_score(g["late"], 1 - g["p"]))
_slip("a loss counts upwards", log_loss=lambda g, every: -log_loss(g["late"], g["p"]))
_slip("the root", brier=lambda g, every: brier_score_loss(g["late"], g["p"]) ** 0.5)
_slip("in every week", roc_auc=lambda g, every: 0.7)
_slip("not what the flights", brier=lambda g, every: ((g["late"] - g["p"]).abs()).mean())


@wrong("1.1", "contains NaN")
def keeps_the_missing(flights, probability):
    scored = flights.assign(p=probability)
    return scored.groupby("week").apply(lambda g: roc_auc_score(g["late"], g["p"]))


@wrong("1.1", "changed its first argument")
def writes_into_the_table(flights, probability):
    flights["p"] = probability
    return _rows(flights, probability)


@wrong("1.1", "no column `brier`")
def forgets_brier(flights, probability):
    return _rows(flights, probability).drop(columns="brier")


@wrong("1.1", "should be a table")
def returns_a_dictionary(flights, probability):
    return _rows(flights, probability).to_dict()


@wrong("1.1", "rows; there should be 3")
def returns_in_the_loop(flights, probability):
    return _rows(flights, probability).head(1)


flights = load_flights(10, 52)
scores = model.weekly_scores(flights, model.predict(model.train(), flights))
s = scores["late"]
scores["best_constant"] = -s * np.log(s) - (1 - s) * np.log(1 - s)
served = scores.loc[14:52]
worse = served["log_loss"] > served["best_constant"]

right("1.2", list(served.index[worse]))
right("1.2", served.index[worse])
right("1.2", set(served[worse].reset_index()["week"]))
right("1.2", served[worse])
right("1.2", served.index[worse].to_numpy())
right("1.2", served.index.to_series()[worse])
right("1.2", served[worse].reset_index())
right("1.2", served[worse].reset_index()["week"].astype(float))
right("1.2", served.assign(week=served.index)[worse])
wrong(
    "1.2",
    "the weeks, which are the index",
    served.loc[worse, "best_constant"].reset_index(drop=True),
)
wrong("1.2", "production is weeks 14 to 52", served.loc[worse, "flights"])
wrong("1.2", "*better*", served[~worse].reset_index())
wrong("1.2", "*better*", list(served.index[~worse]))
wrong("1.2", "True and False", worse)
wrong("1.2", "one number", int(worse.sum()))
wrong("1.2", "the weeks, which are the index", served["log_loss"][worse])
wrong("1.2", "there are more", list(served.index[worse])[:-1])
wrong("1.2", "holds week", [*served.index[worse], 20])
wrong("1.2", "production is weeks 14 to 52", [*served.index[worse], 53])
wrong("1.2", "is empty", [])
wrong("1.2", "list of weeks", "weeks 16 and 17")


@right("1.3")
def with_a_mask(late, probability):
    known = late.notna().to_numpy()
    return probability[known].mean() - late[known].mean()


@right("1.3")
def with_a_table(late, probability):
    both = pd.DataFrame({"y": late.to_numpy(), "p": probability}).dropna()
    return (both["p"] - both["y"]).mean()


@wrong("1.3", "sign is the other way round")
def reversed_sign(late, probability):
    known = late.notna().to_numpy()
    return late[known].mean() - probability[known].mean()


@wrong("1.3", "includes flights without an outcome")
def all_predictions(late, probability):
    return probability.mean() - late.mean()


@wrong("1.3", "in percentage points")
def in_points(late, probability):
    return 100 * with_a_mask(late, probability)


@wrong("1.3", "without its sign")
def absolute(late, probability):
    return abs(with_a_mask(late, probability))


@wrong("1.3", "decisions")
def decided(late, probability):
    return with_a_mask(late, (probability >= 0.5).astype(float))


@wrong("1.3", "count as punctual")
def missing_as_zero(late, probability):
    return probability.mean() - late.fillna(0).mean()


@wrong("1.3", "NaN")
def numpy_mean(late, probability):
    return probability.mean() - late.to_numpy().mean()


@right("1.4")
def as_taught(flights, day, delay_days):
    last = pd.Timestamp(day) - pd.Timedelta(days=delay_days)
    return flights[(flights["sched_dep"] <= last) & flights["late"].notna()]


@right("1.4")
def forward(flights, day, delay_days):
    known_at = flights["sched_dep"] + pd.DateOffset(days=delay_days)
    return flights.loc[known_at.le(day)].dropna(subset=["late"]).reset_index(drop=True)


@right("1.4")
def by_query(flights, day, delay_days):
    last = pd.to_datetime(day) - pd.to_timedelta(delay_days, unit="D")
    known = flights[flights["sched_dep"].le(last)].query("late == late")
    return known.sort_values("sched_dep", ascending=False).set_index("flight_id", drop=False)


@wrong("1.4", "some more than once")
def every_row_twice(flights, day, delay_days):
    return pd.concat([as_taught(flights, day, delay_days)] * 2)


@wrong("1.4", "some more than once")
def late_ones_twice(flights, day, delay_days):
    known = as_taught(flights, day, delay_days)
    return pd.concat([known, known[known["late"] == 1]])


@wrong("1.4", "`<` or `<=`")
def strictly(flights, day, delay_days):
    last = pd.Timestamp(day) - pd.Timedelta(days=delay_days)
    return flights[(flights["sched_dep"] < last) & flights["late"].notna()]


@wrong("1.4", "cancelled flight too")
def with_cancelled(flights, day, delay_days):
    return flights[flights["sched_dep"] <= pd.Timestamp(day) - pd.Timedelta(days=delay_days)]


@wrong("1.4", "delay back from")
def looks_ahead(flights, day, delay_days):
    return as_taught(flights, pd.Timestamp(day), -delay_days)


@wrong("1.4", "every flight that has left")
def without_delay(flights, day, delay_days):
    return as_taught(flights, day, 0)


@wrong("1.4", "*not* known yet")
def the_rest(flights, day, delay_days):
    last = pd.Timestamp(day) - pd.Timedelta(days=delay_days)
    return flights[(flights["sched_dep"] > last) & flights["late"].notna()]


@wrong("1.4", "the whole last day")
def by_date(flights, day, delay_days):
    last = pd.Timestamp(day) - pd.Timedelta(days=delay_days)
    dates = flights["sched_dep"].dt.date
    return flights[(dates <= last.date()) & flights["late"].notna()]


@wrong("1.4", "True and False")
def the_mask(flights, day, delay_days):
    return (flights["sched_dep"] <= pd.Timestamp(day)) & flights["late"].notna()


@wrong("1.4", "Invalid comparison")
def with_a_time_zone(flights, day, delay_days):
    last = pd.Timestamp(day, tz="America/New_York") - pd.Timedelta(days=delay_days)
    return flights[flights["sched_dep"] <= last]


names = {**SHAPES, "week 17": "concept drift", "May": "covariate shift"}
right("1.5", names)
right("1.5", {key: f" {value.upper()} " for key, value in names.items()})
wrong("1.5", "no name yet", names | {"D": None})
wrong("1.5", "choose one of", names | {"A": "slow"})
wrong("1.5", "You call A sudden", names | {"A": "sudden"})
wrong("1.5", "You call May concept drift", names | {"May": "concept drift"})
wrong("1.5", "You call week 17 label shift", names | {"week 17": "prior shift"})
wrong("1.5", "no entry", {"A": "gradual"})
wrong("1.5", "dictionary", list(names.values()))

words = "The desk acts on the probabilities, so these have to be right."
alarm = {"metric": "log_loss", "wake": "above", "limit": 0.7, "because": words}
right("1.6", alarm)
right("1.6", alarm | {"metric": "brier", "limit": 0.25})
right("1.6", alarm | {"metric": "roc_auc", "wake": "below", "limit": 0.65})
right("1.6", alarm | {"metric": "late", "limit": np.float64(0.35)})
wrong("1.6", "wakes the desk in week 12", alarm | {"limit": 0.55})
wrong("1.6", "sleeps through week 17", alarm | {"limit": 0.9})
wrong("1.6", "Did you mean 'below'", alarm | {"metric": "roc_auc", "limit": 0.8})
wrong("1.6", "choose one of", alarm | {"metric": "accuracy"})
wrong("1.6", "defend it", alarm | {"because": "because it works"})
wrong("1.6", "should be one number", alarm | {"limit": "0.7"})
wrong("1.6", "no 'because' yet", alarm | {"because": None})
