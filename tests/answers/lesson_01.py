"""Answers to lesson 01."""

import itertools

import numpy as np
import pandas as pd
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from tests.answers import right, wrong
from utils import model
from utils.exercises.lesson_01.pictures import SHAPES

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


@right("1.1")
def with_nameless_weeks(flights, probability):
    return _rows(flights, probability).set_index("week").rename_axis(None)


@wrong("1.1", "a column for each week")
def lying_on_its_side(flights, probability):
    return _rows(flights, probability).set_index("week").T


def _off(says, **changes):
    wrong("1.1", says, lambda flights, probability: _rows(flights, probability, **changes))


_off("in every week", roc_auc=lambda g, every: 0.7)
_off("not what the flights", brier=lambda g, every: ((g["late"] - g["p"]).abs()).mean())
# Two columns are wrong; the first of them is told.
_off(
    "yes-or-no decisions",
    roc_auc=lambda g, every: roc_auc_score(g["late"], g["p"] >= 0.5),
    brier=lambda g, every: 0.5,
)


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


_off("not what the flights", flights=lambda g, every: len(g) - 1)


@wrong("1.1", "holds text, '6'")
def all_as_text(flights, probability):
    return _rows(flights, probability).round(3).astype(str)


@wrong("1.1", "labels; put the array itself in")
def a_series_of_its_own(flights, probability):
    return _rows(flights, pd.Series(probability))


@wrong("1.1", "those of the first rows were taken")
def drops_rows_first(flights, probability):
    known = flights.dropna(subset="late")
    return _rows(known, probability[: len(known)])


@wrong("1.1", "gap in some other column")
def drops_every_gap(flights, probability):
    return _rows(flights.assign(p=probability).dropna(), 0.2)


right("1.1", lambda flights, probability: _rows(flights, probability).convert_dtypes())


@right("1.2")
def as_told(scores, share):
    s = scores["late"]
    constant = -s * np.log(share) - (1 - s) * np.log(1 - share)
    return list(scores.index[scores["log_loss"] > constant])


@right("1.2")
def week_by_week(scores, share):
    found = set()
    for week, row in scores.iterrows():
        mixed = row["late"] * np.log(share) + (1 - row["late"]) * np.log1p(-share)
        if row["log_loss"] + mixed > 0:
            found.add(week)
    return found


right("1.2", lambda scores, share: scores.loc[as_told(scores, share)])
right("1.2", lambda scores, share: scores.loc[as_told(scores, share)].reset_index())
right("1.2", lambda scores, share: np.array(as_told(scores, share), dtype=float))
right("1.2", lambda scores, share: scores.index.to_series()[as_told(scores, share)])
wrong("1.2", "True and False", lambda scores, share: scores["log_loss"] > share)
wrong("1.2", "True and False", lambda scores, share: list(scores["log_loss"] > share))
wrong("1.2", "True and False", lambda scores, share: (scores["log_loss"] > share).to_numpy())
wrong("1.2", "Week 15 should be in it. Compute", lambda scores, share: [])
wrong("1.2", "Every week is in it", lambda scores, share: scores)
wrong(
    "1.2",
    "are these positions?",
    lambda scores, share: np.flatnonzero(scores.index.isin(as_told(scores, share))),
)
wrong("1.2", "one number", lambda scores, share: len(as_told(scores, share)))
wrong("1.2", "which are the index", lambda scores, share: scores["log_loss"])
wrong("1.2", "should be in it", lambda scores, share: as_told(scores, share)[:-1])
wrong("1.2", "should not be in it", lambda scores, share: [*as_told(scores, share), 14])
wrong("1.2", "holds a week twice", lambda scores, share: as_told(scores, share) * 2)
wrong("1.2", "should be a list", lambda scores, share: "weeks 16 and 17")
wrong("1.2", "never ends", lambda scores, share: itertools.count())
wrong("1.2", "without parentheses", [17])


@right("1.3")
def with_a_mask(late, probability):
    known = late.notna().to_numpy()
    return probability[known].mean() - late[known].mean()


@right("1.3")
def with_a_table(late, probability):
    both = pd.DataFrame({"y": late.to_numpy(), "p": probability}).dropna()
    return (both["p"] - both["y"]).mean()


right("1.3", lambda late, probability: round(with_a_mask(late, probability), 3))
wrong("1.3", "three decimals", lambda late, probability: round(with_a_mask(late, probability), 2))


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


@right("1.4")
def by_arr_delay(flights, day, delay_days):
    last = pd.Timestamp(day) - pd.Timedelta(days=delay_days)
    return flights[flights["arr_delay"].notna() & ~(flights["sched_dep"] > last)]


@right("1.4")
def in_a_loop(flights, day, delay_days):
    rows = []
    for _, row in flights.iterrows():
        known_at = row["sched_dep"] + pd.Timedelta(days=delay_days)
        if known_at <= pd.Timestamp(day) and row["late"] in (0, 1):
            rows.append(row)
    return pd.DataFrame(rows)


@wrong("1.4", "in it more than once")
def late_ones_twice(flights, day, delay_days):
    known = as_taught(flights, day, delay_days)
    return pd.concat([known, known[known["late"] == 1]])


@wrong("1.4", "other values in `sched_dep`")
def moves_the_times(flights, day, delay_days):
    known = flights.dropna(subset="late").copy()
    known["sched_dep"] += pd.Timedelta(days=delay_days)
    return known[known["sched_dep"] <= day]


@wrong("1.4", "other values in `pressure`")
def fills_the_gaps(flights, day, delay_days):
    return as_taught(flights, day, delay_days).fillna(0)


@right("1.4")
def beside_other_columns(flights, day, delay_days):
    known_at = flights["sched_dep"] + pd.Timedelta(days=delay_days)
    return flights.assign(known_at=known_at).query("known_at <= @day and late == late")


right("1.4", lambda f, day, n: as_taught(f, day, n).convert_dtypes())


@wrong("1.4", "True and False")
def the_mask(flights, day, delay_days):
    return (flights["sched_dep"] <= pd.Timestamp(day)) & flights["late"].notna()


@wrong("1.4", "Invalid comparison")
def with_a_time_zone(flights, day, delay_days):
    last = pd.Timestamp(day, tz="America/New_York") - pd.Timedelta(days=delay_days)
    return flights[flights["sched_dep"] <= last]


names = {
    **SHAPES,
    "new phone": "covariate shift",
    "longer timetable": "concept drift",
    "other year": "label shift",
}
right("1.5", names)
right("1.5", {key: f" {value.upper()} " for key, value in names.items()})
right("1.5", names | {"other year": "prior shift"})
wrong("1.5", "no answer yet", names | {"D": None})
wrong("1.5", "choose one of", names | {"A": "slow"})
wrong("1.5", "the word for a shape", names | {"A": "label shift"})
wrong("1.5", "the word for a kind", names | {"other year": "sudden"})
right("1.5", names | {"new phone": "covariate-shift", "A": f"*{names['A']}*"})
wrong("1.5", "none of the 7 cases", names | {"May": "concept drift"})
wrong("1.5", "no answer yet", {"A": "gradual"})
wrong("1.5", "dictionary", list(names.values()))

words = "The desk acts on the probabilities, so these have to be right."
alarm = {"metric": "log_loss", "wake": "above", "limit": 0.7, "because": words}
right("1.6", alarm)
right("1.6", alarm | {"metric": "brier", "limit": 0.25})
right("1.6", alarm | {"metric": "gap", "limit": 0})
right("1.6", alarm | {"metric": " Gap ", "limit": -0.01})
right("1.6", alarm | {"metric": "late", "limit": np.float64(0.38)})
right("1.6", alarm | {"metric": "predicted", "limit": 0.155, "wake": "below"})
wrong("1.6", "wakes the desk in week 12", alarm | {"limit": 0.55})
wrong("1.6", "wakes the desk in week", alarm | {"metric": "gap", "limit": -0.04})
wrong("1.6", "sleeps through week 17", alarm | {"limit": 0.9})
wrong("1.6", "sleeps through week 17", alarm | {"metric": "gap", "limit": 0.09})
wrong("1.6", "Did you mean 'below'", alarm | {"metric": "roc_auc", "limit": 0.8})
wrong("1.6", "of the 39 weeks", alarm | {"metric": "predicted", "limit": 0.19, "wake": "below"})
wrong("1.6", "of the 39 weeks", alarm | {"metric": "roc_auc", "limit": 0.65, "wake": "below"})
wrong("1.6", "of the 39 weeks", alarm | {"limit": 0.6})
wrong("1.6", "choose one of", alarm | {"metric": "accuracy"})
wrong("1.6", "choose one of", alarm | {"metric": "oracle"})
wrong("1.6", "should be a text", alarm | {"because": "  "})
wrong("1.6", "should be one number", alarm | {"limit": "0.7"})
wrong("1.6", "no 'because' yet", alarm | {"because": None})
