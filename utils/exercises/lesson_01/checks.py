"""The checks of lesson 01."""

from functools import cache

import numpy as np
import pandas as pd

from utils.exercises.expect import a_function, a_number, a_table, close, numbers, one_of, result_of
from utils.exercises.lesson_01.pictures import SHAPES
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.flights import load_flights

FEW_WORDS = 8


@cache
def _scores():
    # Importing scikit-learn takes a second, so only who needs it waits for it.
    from utils import model

    flights = load_flights(10, 52)
    return model.weekly_scores(flights, model.predict(model.train(), flights))


@exercise(
    "1.1",
    "A weekly score table",
    stars=2,
    minutes=12,
    hints=[
        "Put the probabilities into the table first (`flights.assign(probability=probability)`), "
        "so that dropping a row drops both.",
        'Drop the flights without an outcome with `.dropna(subset="late")`, then go through '
        '`.groupby("week")`.',
        'In a loop `for week, group in ....groupby("week"):` fill a dictionary '
        '`rows[week] = {"flights": len(group), ...}` with the metrics of the cell above.',
        'End with `return pd.DataFrame.from_dict(rows, orient="index").rename_axis("week")`.',
    ],
    learned="A metric by week is where monitoring a model begins; everything else explains it.",
)
def weekly_scores(answer):
    from utils import model

    function = a_function(answer, "weekly_scores", 2)
    flights, probability = _some_flights()
    result = result_of(function, flights, probability)
    expected = model.weekly_scores(flights, probability)
    weeks = expected.index.to_numpy()
    columns = ["week", *expected.columns]
    if isinstance(result, pd.DataFrame):
        result = _with_week(result, weeks)
    table = a_table(result, "Your table", columns, rows=len(weeks)).set_index("week")
    if sorted(table.index) != list(weeks):
        raise NotYet(f"`week` holds {list(table.index)}; the flights are of weeks {list(weeks)}.")
    table = table.loc[weeks]
    every = flights.assign(probability=probability).groupby("week")
    slips = {
        "flights": {
            "counts the flights without an outcome too; leave them out first": every.size(),
        },
        "late": {
            "is a number of flights, not a share of them": expected["late"] * expected["flights"],
            "is divided by all flights, also by those without an outcome": every["late"].sum()
            / every.size(),
        },
        "predicted": {
            "includes the flights without an outcome; leave them out": every["probability"].mean(),
        },
        "roc_auc": {
            "is computed from yes-or-no decisions; give it the probabilities": _auc_of_decisions(
                flights, probability
            ),
            "is the other way round (1 minus ROC AUC). First the outcome, then the "
            "probability of being late": 1 - expected["roc_auc"],
        },
        "log_loss": {"is negative; a loss counts upwards from 0": -expected["log_loss"]},
        "brier": {
            "is the root of the Brier score; leave the root out": np.sqrt(expected["brier"]),
        },
    }
    for name in expected.columns:
        values = numbers(table[name], f"The column `{name}`")
        _compare(name, values, expected[name], slips[name])


def _with_week(table, weeks):
    """Name the index of a table whose weeks stand there without a name."""
    if "week" in [*table.columns, *table.index.names]:
        return table
    if set(table.columns) == set(weeks):
        raise NotYet("Your table has a column for each week; it should have a row. `.T` turns it.")
    return table.rename_axis("week") if set(table.index) == set(weeks) else table


def _compare(name, values, expected, slips):
    # Three decimals suffice: whoever rounds is right, too.
    tolerance = 6e-4
    if all(close(a, b, tolerance) for a, b in zip(values, expected, strict=True)):
        return
    week = expected.index[0]
    for slip, wrong in slips.items():
        if all(close(a, b, tolerance) for a, b in zip(values, wrong, strict=True)):
            raise NotYet(f"`{name}` of week {week} is {values[0]:.6g}. It {slip}.")
    if len(set(values)) == 1:
        raise NotYet(
            f"`{name}` is {values[0]:.6g} in every week. Does it use the group of the week, or the "
            "whole table?"
        )
    off = next(i for i, v in enumerate(expected) if not close(values[i], v, tolerance))
    raise NotYet(
        f"`{name}` of week {expected.index[off]} is {values[off]:.6g}, which is not what the "
        "flights of that week give. Compute it once by hand, as in the cell for weeks 16 and 17."
    )


@cache
def _some_flights():
    """Return three weeks with cancelled flights, and probabilities that know a little."""
    # A permuted index and an unsorted table trip code that goes by position or by label alone.
    flights = load_flights(6, 8).sample(frac=1, random_state=6)
    rng = np.random.default_rng(6)
    outcome = flights["late"].fillna(0.5).to_numpy()
    return flights, np.clip(0.1 + 0.2 * outcome + 0.5 * rng.random(len(flights)), 0.01, 0.99)


def _auc_of_decisions(flights, probability):
    from sklearn.metrics import roc_auc_score

    known = flights.assign(decided=probability >= 0.5).dropna(subset="late")
    return pd.Series({w: roc_auc_score(g["late"], g["decided"]) for w, g in known.groupby("week")})


@exercise(
    "1.2",
    "Beaten by a constant",
    stars=1,
    minutes=4,
    hints=[
        "First keep the rows of production: `scores.loc[14:52]`.",
        "Comparing two columns gives a True or False for each week.",
        "Take the index of the rows where it is True: `served.index[served[...] > served[...]]`.",
    ],
    learned="A loss says little without that of a competitor that knows nothing.",
)
def beaten(answer):
    scores = _scores()
    share = scores["late"]
    constant = -share * np.log(share) - (1 - share) * np.log(1 - share)
    worse = scores["log_loss"] > constant
    expected = {int(week) for week in scores.index[worse] if week >= 14}
    weeks = _weeks(answer)
    if weeks == expected:
        return
    if weeks == {int(week) for week in scores.index[worse]}:
        raise NotYet("`beaten` also has weeks of the reference; keep weeks 14 to 52 only.")
    if weeks == {int(week) for week in scores.index[~worse] if week >= 14}:
        raise NotYet(
            "These are the weeks in which FlightDelay is *better*. A higher loss is worse."
        )
    if strangers := sorted(weeks - set(range(14, 53))):
        raise NotYet(f"`beaten` holds {strangers[0]}; production is weeks 14 to 52.")
    if extra := sorted(weeks - expected):
        row = scores.loc[extra[0]]
        raise NotYet(
            f"`beaten` holds week {extra[0]}. Its log loss is {row['log_loss']:.3f}; look at its "
            "`best_constant` in `scores`."
        )
    raise NotYet(
        f"`beaten` holds {len(weeks)} weeks, all of them right, but there are more. Compare "
        "`log_loss` with `best_constant` in every row."
    )


def _weeks(answer):
    if isinstance(answer, pd.DataFrame):
        answer = answer.get("week", answer.index)
    if isinstance(answer, pd.Series) and answer.dtype == bool:
        raise NotYet(
            "`beaten` is a column of True and False; take the weeks where it is True: "
            "`served.index[...]`."
        )
    if isinstance(answer, pd.Series) and _has_fractions(answer):
        raise NotYet("`beaten` holds losses; asked for are the weeks, which are the index.")
    if isinstance(answer, (int, float, np.number)):
        raise NotYet(f"`beaten` is one number, {answer}; it should be the list of the weeks.")
    try:
        weeks = [int(week) for week in answer]
    except (TypeError, ValueError):
        raise NotYet(f"`beaten` should be a list of weeks; it is {describe(answer)}.") from None
    if not weeks:
        raise NotYet("`beaten` is empty; there are such weeks. Is the comparison the right way?")
    return set(weeks)


def _has_fractions(column):
    values = pd.to_numeric(column, errors="coerce")
    return bool((values.dropna() % 1 > 0).any())


@exercise(
    "1.3",
    "Calibration in the large",
    stars=2,
    minutes=6,
    hints=[
        "Which flights count? `late.notna()` is True where the outcome is known.",
        "Use that mask on both: `late[known]` and `probability[known]`. The array has no labels, "
        "so turn the mask into an array with `.to_numpy()`.",
        "Return `probability[known].mean() - late[known].mean()`.",
    ],
    learned="Below zero the model promises too few late flights, above zero too many.",
)
def calibration_gap(answer):
    function = a_function(answer, "calibration_gap", 2)
    # First a gap above zero, so that below zero a missing sign differs from a reversed one.
    calm = pd.Series([0.0, 0.0, 1.0, np.nan], index=[7, 3, 9, 1])
    _gap_on(function, calm, np.array([0.5, 0.4, 0.6, 0.9]), "four flights, one with no outcome")
    five = pd.Series([1.0, 0.0, 0.0, np.nan, 1.0])
    _gap_on(function, five, np.array([0.4, 0.2, 0.1, 0.9, 0.3]), "five flights of a bad day")
    flights, probability = _some_flights()
    _gap_on(function, flights["late"], probability, "the flights of three weeks")


def _gap_on(function, late, probability, what):
    known = late.notna().to_numpy()
    share, mean = late.mean(), probability[known].mean()
    gap = a_number(result_of(function, late, probability), f"What you return for {what}")
    if close(gap, mean - share):
        return
    given = f"For {what} your function returns {gap:.6g}."
    slips = {
        "The mean prediction includes flights without an outcome.": probability.mean() - share,
        "That is in percentage points; return the difference of two shares.": 100 * (mean - share),
        "That is without its sign, which tells too optimistic from too gloomy.": abs(mean - share),
        "The sign is the other way round: mean prediction *minus* share late.": share - mean,
        "You compared decisions (0 or 1) instead of probabilities.": (
            (probability[known] >= 0.5).mean() - share
        ),
        "The share late is divided by all flights, also those without an outcome.": (
            mean - late.sum() / len(late)
        ),
        "Missing outcomes count as punctual there; leave these flights out of both means.": (
            probability.mean() - late.sum() / len(late)
        ),
    }
    for slip, value in slips.items():
        if close(gap, value):
            raise NotYet(f"{given} {slip}")
    raise NotYet(
        f"{given} The mean prediction of the flights that count is {mean:.4g}: does yours say so?"
    )


@exercise(
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
)
def known_on(answer):
    function = a_function(answer, "known_on", 3)
    flights = _departures()
    for day, delay in [("2013-05-15", 14), ("2013-05-01", 0), ("2013-05-20", 7)]:
        _known_on_day(function, flights, day, delay)
    nothing = result_of(function, flights, "2013-04-01", 14)
    table = a_table(nothing, "What you return for 1 April", flights.columns)
    if len(table):
        raise NotYet(
            f"On 1 April none of these flights had left; you return {len(table)} as known."
        )


def _departures():
    """Return a few flights around 1 May, one exactly at midnight, one cancelled."""
    times = ["2013-04-30 23:59", "2013-05-01 00:00", "2013-05-01 00:01", "2013-05-01 09:00"]
    times += ["2013-05-12 12:00", "2013-05-13 00:00", "2013-05-14 18:30", "2013-04-28 07:00"]
    times += ["2013-05-20 08:00"]
    late = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, np.nan, 1.0]
    return pd.DataFrame(
        {"flight_id": range(100, 109), "sched_dep": pd.to_datetime(times), "late": late},
        index=range(100, 109),
    )


def _known_on_day(function, flights, day, delay):
    called = f'`known_on(flights, "{day}", {delay})`'
    result = result_of(function, flights, day, delay)
    if isinstance(result, pd.Series) and result.dtype == bool:
        raise NotYet(f"{called} returns True and False; return the rows: `flights[...]`.")
    table = a_table(result, f"What {called} returns", flights.columns)
    moment = pd.Timestamp(day) - pd.Timedelta(days=delay)
    due = flights["sched_dep"] <= moment
    expected = flights[due & flights["late"].notna()]
    got = set(table["flight_id"])
    if got == set(expected["flight_id"]):
        if (twice := table["flight_id"].duplicated()).any():
            left = flights.loc[table["flight_id"][twice].iloc[0], "sched_dep"]
            raise NotYet(
                f"{called} returns the right flights, but some more than once, such as that of "
                f"{left}: {len(table)} rows for {len(expected)} flights. Each comes one time."
            )
        return
    slips = {
        "the cancelled flight too; its outcome never comes": flights[due],
        "not the flight whose outcome is known exactly at that moment (`<` or `<=`?)": flights[
            (flights["sched_dep"] < moment) & flights["late"].notna()
        ],
        "flights that leave later than their outcome could be known: count the delay back from "
        "`day`, not forward": flights[
            (flights["sched_dep"] <= pd.Timestamp(day) + pd.Timedelta(days=delay))
            & flights["late"].notna()
        ],
        "every flight that has left by then; its outcome comes `delay_days` days later": flights[
            (flights["sched_dep"] <= pd.Timestamp(day)) & flights["late"].notna()
        ],
        "the flights whose outcome is *not* known yet": flights[~due & flights["late"].notna()],
        "the whole last day; known is what left up to 0:00 of it": flights[
            (flights["sched_dep"].dt.normalize() <= moment) & flights["late"].notna()
        ],
    }
    for slip, rows in slips.items():
        if got == set(rows["flight_id"]):
            raise NotYet(f"{called} returns {slip}.")
    stray = sorted(got.symmetric_difference(expected["flight_id"]))[0]
    left = flights.loc[stray, "sched_dep"] if stray in flights.index else "an unknown time"
    verb = "returns" if stray in got else "leaves out"
    raise NotYet(f"{called} {verb} the flight that left at {left}. When is its outcome known?")


KINDS = {"week 17": "concept drift", "May": "covariate shift"}


@exercise(
    "1.5",
    "Name the drift",
    stars=1,
    minutes=4,
    hints=[
        "For the shapes ask: how many levels are there, and does it ever come back?",
        "Gradual has two levels and ever more days on the new one; incremental has all levels in "
        "between; recurring returns to the old one again and again.",
        "For the kinds ask: did the inputs move, or what follows from them?",
    ],
    learned="The kind says which detector can see it, the shape which window you need.",
)
def names(answer):
    if not isinstance(answer, dict):
        raise NotYet(f"`names` should stay the dictionary of the cell; it is {describe(answer)}.")
    shapes = sorted(set(SHAPES.values()))
    kinds = ["covariate shift", "label shift", "concept drift"]
    why = {
        "sudden": "Does it change from one day to the next, and stay?",
        "gradual": "Are there two levels, with ever more days on the new one?",
        "incremental": "Does the level itself pass through all values in between?",
        "recurring": "Does it return to the old level again and again?",
        "covariate shift": "Did the inputs move, while what follows from them stayed?",
        "label shift": "Did only the share of late flights move, each kind looking as before?",
        "concept drift": "Did what follows from the same inputs change?",
    }
    for key, right in {**SHAPES, **KINDS}.items():
        if key not in answer:
            raise NotYet(f"`names` has no entry {key!r} any more; put it back.")
        if answer[key] is None:
            raise NotYet(f"{key} has no name yet.")
        said = _a_name(answer[key], key, shapes if key in SHAPES else kinds)
        if said != right:
            raise NotYet(f"You call {key} {said}. {why[said]} Look again at {key}.")


def _a_name(value, key, options):
    aliases = {"prior shift": "label shift"}
    if isinstance(value, str):
        value = aliases.get(value.strip().lower(), value)
    return one_of(value, f"{key}", options)


@exercise(
    "1.6",
    "Choose what to watch",
    stars=3,
    minutes=8,
    hints=[
        "Look at `reference` and at `scores.loc[17]`: which column leaves the range of the four "
        "reference weeks?",
        "For a column that rises, take a limit between the highest reference week and week 17, and "
        'wake "above" it.',
        "log_loss does it with a limit between its reference maximum and its value in week 17. Why "
        "would you defend it, or another one?",
    ],
    learned="",
)
def alarm(answer):
    if not isinstance(answer, dict):
        raise NotYet(f"`alarm` should stay the dictionary of the cell; it is {describe(answer)}.")
    scores = _scores().drop(columns="flights")
    for key in ("metric", "wake", "limit", "because"):
        if answer.get(key) is None:
            raise NotYet(f"`alarm` has no {key!r} yet.")
    metric = one_of(answer["metric"], "The metric", scores.columns)
    wake = one_of(answer["wake"], "`wake`", ["above", "below"])
    limit = a_number(answer["limit"], "`limit`")
    values = scores[metric]
    rings = values > limit if wake == "above" else values < limit
    false_alarms = [int(week) for week in rings.index[rings] if week <= 13]
    if false_alarms:
        week = false_alarms[0]
        raise NotYet(
            f"It wakes the desk in week {week} of the reference, where {metric} is "
            f"{values[week]:.3f}. All was well there."
        )
    if not rings[17]:
        other = "below" if wake == "above" else "above"
        turned = (values[17] < limit) if wake == "above" else (values[17] > limit)
        advice = f" Did you mean {other!r}?" if turned and _separates(values, other) else ""
        raise NotYet(
            f"It sleeps through week 17, where {metric} is {values[17]:.3f} and your limit "
            f"{limit:g} ({wake}).{advice}"
        )
    if not isinstance(answer["because"], str) or len(answer["because"].split()) < FEW_WORDS:
        raise NotYet("The alarm works. Now defend it in `because`, in a full sentence or two.")
    woken = int(rings.loc[14:].sum())
    return (
        f"Silent in the reference, awake in week 17, and in {woken} of 39 weeks of production in "
        "all. Would the desk still get up for it in December? Four quiet weeks are few to choose "
        "a limit from; lesson 05 shows how far they carry."
    )


def _separates(values, wake):
    calm, bad = values.loc[10:13], values[17]
    return bad > calm.max() if wake == "above" else bad < calm.min()
