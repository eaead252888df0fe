"""The checks of lesson 02."""

import numpy as np
import pandas as pd

from utils.exercises.expect import a_function, a_table
from utils.exercises.lesson_02 import audits
from utils.exercises.lesson_02.injecting import (
    NOT_CHANCE,
    call,
    kept,
    reproducible,
    same,
    some_flights,
    too_far,
)
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.flights import LATE_AFTER

# Readings may be rounded to two decimals.
ROUNDED = 0.006


@exercise(
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
    learned="Copy, mask, change: every drift that follows is made of these three steps.",
)
def to_celsius(answer):
    function = a_function(answer, "to_celsius", 2)
    flights = some_flights()
    for onset in ("2013-02-07 09:00", "2013-02-09"):
        called = f'`to_celsius(flights, "{onset}")`'
        table = kept(call(function, flights, onset), flights, called, ["temp"])
        _judge_celsius(table["temp"].to_numpy(), flights, onset, called)


def _judge_celsius(got, flights, onset, called):
    times, fahrenheit = flights["sched_dep"], flights["temp"].to_numpy()
    after, onset = (times >= onset).to_numpy(), pd.Timestamp(onset)

    def readings(rows, celsius):
        return np.where(rows, celsius, fahrenheit)

    right = (fahrenheit - 32) / 1.8
    if _equal(got, readings(after, right)):
        return
    if _equal(got, fahrenheit):
        raise NotYet(
            f"After {called} no reading of `temp` has changed. A line such as "
            '`new[mask]["temp"] = ...` writes into a passing copy; `new.loc[mask, "temp"] = ...` '
            "writes into `new`."
        )
    everyone = np.ones(len(flights), dtype=bool)
    slips = {
        "The readings before the onset are in Celsius, too. They should stay as they were": (
            readings(everyone, right)
        ),
        "The readings *before* the onset are in Celsius, and those after it are not": (
            readings(~after, right)
        ),
        "Flights that leave exactly at the onset still have their old reading (`>` or `>=`?)": (
            readings((times > onset).to_numpy(), right)
        ),
        "The drift begins at midnight; it should begin at the hour of the onset": (
            readings((times >= onset.normalize()).to_numpy(), right)
        ),
        "The drift begins a day late; it should begin at the hour of the onset": (
            readings((times.dt.normalize() > onset).to_numpy(), right)
        ),
    }
    formulas = {
        "you multiplied by 1.8": (fahrenheit - 32) * 1.8,
        "you divided first; the 32 goes off first": fahrenheit / 1.8 - 32,
        "1.8 divides only the 32; the difference needs parentheses": fahrenheit - 32 / 1.8,
        "that is the way from Celsius to Fahrenheit": fahrenheit * 1.8 + 32,
        "the division by 1.8 is missing": fahrenheit - 32,
        "the 32 is still in it": fahrenheit / 1.8,
    }
    for slip, wrong in slips.items():
        if _equal(got, wrong):
            raise NotYet(f"{slip}. (The check called {called}.)")
    row = np.flatnonzero(after & ~np.isnan(fahrenheit))[0]
    for slip, wrong in formulas.items():
        if _equal(got, readings(after, wrong)) or _equal(got, wrong):
            raise NotYet(f"{fahrenheit[row]:g} °F became {got[row]:.1f}: {slip}. 50 °F are 10 °C.")
    off = np.flatnonzero(~same(got, readings(after, right)))[0]
    side = "after" if after[off] else "before"
    had = "no reading" if np.isnan(fahrenheit[off]) else f"{fahrenheit[off]:g} °F"
    raise NotYet(
        f"In {called} a flight that leaves at {times.iloc[off]}, {side} the onset, had {had}, and "
        f"has {got[off]:.6g} now. Readings before the onset stay, those from the onset on are in "
        "Celsius, and missing ones stay missing."
    )


@exercise(
    "2.2",
    "A ramp",
    stars=2,
    minutes=8,
    hints=[
        "How much of the ramp has passed? `times - pd.Timestamp(onset)` is a duration.",
        'A duration divided by a duration is a number: divide by `pd.Timedelta(days, "D")`.',
        "`np.clip(passed, 0, 1)` puts all that is below 0 to 0 and all that is above 1 to 1.",
    ],
    learned="A sudden drift is the special case of a ramp without length.",
)
def severity(answer):
    function = a_function(answer, "severity", 3)
    # A ramp of ten days first: half of it is not a whole number of weeks.
    for onset, days in [("2013-05-08 12:00", 10), ("2013-05-06", 7)]:
        since = [-3, 12.5, 0, days / 4, 400, days, 1 / 24, days / 2, -1e-3, 0.9 * days, 25]
        after = pd.to_timedelta(since, unit="D")
        index = np.random.default_rng(2).permutation(len(since))
        times = pd.Series(pd.Timestamp(onset) + after, index, name="sched_dep").dt.round("s")
        values = _levels(call(function, times, onset, days), len(times))
        passed = ((times - pd.Timestamp(onset)) / pd.Timedelta(days, "D")).to_numpy()
        _judge_ramp(values, times, onset, days, passed)


def _levels(result, length):
    if isinstance(result, pd.DataFrame) or not hasattr(result, "__len__"):
        raise NotYet(f"`severity` should return an array; it returned {describe(result)}.")
    values = np.asarray(result)
    if values.dtype.kind in "mM":
        raise NotYet(
            "`severity` returned durations or times. Divide the duration since the onset by the "
            "duration of the ramp, and it is a number."
        )
    try:
        values = values.astype(float)
    except (TypeError, ValueError):
        raise NotYet(
            f"The array holds {describe(values.flat[0])}; it should hold numbers."
        ) from None
    if values.shape != (length,):
        raise NotYet(
            f"For {length} times `severity` returned {describe(values)}; there should be one "
            "number for each time."
        )
    if np.isnan(values).any():
        raise NotYet("Some severities are NaN; every time has one, 0 before the onset.")
    return values


def _judge_ramp(values, times, onset, days, passed):
    called = f'`severity(times, "{onset}", {days})`'
    right = np.clip(passed, 0, 1)
    if np.allclose(values, right, atol=1e-3):
        return
    whole = np.floor(passed * days) / days
    span = (times.max() - pd.Timestamp(onset)) / pd.Timedelta(days, "D")
    slips = {
        "is 0 or 1, and nothing in between. That is a sudden drift; during the ramp it grows": (
            (passed >= 0).astype(float)
        ),
        "is negative before the onset and goes on above 1 after the ramp; keep it between 0 and "
        "1": passed,
        "is negative before the onset; nothing of the drift is there yet": np.minimum(passed, 1),
        "goes on above 1 after the ramp; all of the drift is there, and more is impossible": (
            np.maximum(passed, 0)
        ),
        "falls where it should rise: it begins at 1 and ends at 0": 1 - right,
        "goes up to 100; as a share it goes up to 1": 100 * right,
        "moves in steps of whole days (`.dt.days` cuts the hours off); it should be a straight "
        "line": np.clip(whole, 0, 1),
        "falls back to 0 after the ramp; the drift should stay": np.where(
            passed <= 1, np.maximum(passed, 0), 0
        ),
        "reaches 1 only at the last of the times; the ramp takes `days` days": np.clip(
            passed / span, 0, 1
        ),
        "reaches 1 at the onset; that is where the ramp begins": np.clip(passed + 1, 0, 1),
    }
    for slip, wrong in slips.items():
        if np.allclose(values, wrong, atol=1e-3):
            raise NotYet(f"What {called} returns {slip}.")
    if set(values) <= {0.0, 1.0}:
        raise NotYet(
            f"What {called} returns holds only 0 and 1, as if each row had been drawn. Return the "
            "probability itself; the drawing comes later."
        )
    for off in np.flatnonzero((values < 0) | (values > 1))[:1]:
        never = "below 0, which is nothing of" if values[off] < 0 else "above 1, which is all of"
        raise NotYet(
            f"{called} gives {values[off]:.6g} at one of the times. A severity is never {never} "
            "the drift."
        )
    off = np.flatnonzero(~np.isclose(values, right, atol=1e-3))[0]
    distance = abs(passed[off]) * days
    side = "after" if passed[off] >= 0 else "before"
    raise NotYet(
        f"{called} gives {values[off]:.6g} at a time {distance:.3g} days {side} the onset. Where "
        f"on a straight line from 0 to 1 over {days} days is that?"
    )


@exercise(
    "2.3",
    "Label shift, and nothing else",
    stars=2,
    minutes=12,
    hints=[
        "Three groups: late, on time, no outcome. The last one stays; how many rows should you "
        "draw from each of the others?",
        "`n_late = round(late_share * number_known)`; the other known flights are on time.",
        "`late.sample(n_late, replace=True, random_state=rng)` draws evenly, and takes its random "
        "numbers from `rng`.",
        "`pd.concat([late_drawn, on_time_drawn, unknown])` puts the three together.",
    ],
    learned="Each class still looks as it did; only its share moved. That is all that label shift "
    "means.",
)
def redraw_late(answer):
    function = a_function(answer, "redraw_late", 3)
    flights = some_flights()
    for late_share in (0.4, 0.1):
        drawn = call(function, flights, late_share, np.random.default_rng(1))
        called = f"`redraw_late(flights, {late_share}, rng)`"
        _judge_redrawn(drawn, flights, late_share, called)
    again = call(function, flights, late_share, np.random.default_rng(1))
    other = call(function, flights, late_share, np.random.default_rng(2))
    reproducible(*(_ids(table) for table in (drawn, again, other)))
    for value, who in [(1, "late flights"), (0, "flights on time")]:
        if np.array_equal(*(_ids(table[table["late"] == value]) for table in (drawn, other))):
            raise NotYet(
                f"Two generators with different seeds draw the same {who}; only the others "
                "change. Both draws need `random_state=rng`, not a seed of their own."
            )


def _judge_redrawn(drawn, flights, late_share, called):
    table = a_table(drawn, f"What {called} returns", flights.columns)
    before = flights.set_index("flight_id")
    if strangers := set(table["flight_id"]) - set(before.index):
        raise NotYet(f"{called} has flights that were not in `flights`: {strangers.pop()}.")
    source = before.loc[table["flight_id"]]
    changed = [c for c in source if not same(table[c].to_numpy(), source[c].to_numpy()).all()]
    if "late" in changed or "arr_delay" in changed:
        raise NotYet(
            f"In {called} a flight has another outcome than in `flights`. Flipping labels changes "
            "what late flights look like, P(x | late), which is not label shift. Draw whole rows."
        )
    if changed:
        raise NotYet(f"{called} changed `{changed[0]}` of some flights. Draw whole rows.")
    known = table["late"].notna()
    share, all_rows = table["late"].mean(), table["late"].sum() / len(table)
    tolerance = NOT_CHANCE * np.sqrt(late_share * (1 - late_share) / max(known.sum(), 1))
    fits = known.any() and abs(share - late_share) <= tolerance
    if len(table) != len(flights):
        reason = "The share fits, but the" if fits else "The"
        raise NotYet(
            f"{reason} table has {len(table):,} rows, and `flights` has {len(flights):,}. A table "
            "of another size is a drift of its own (fewer flights a day); keep the number."
        )
    _judge_unknown(table[~known], flights[flights["late"].isna()], called)
    if not fits:
        if abs(all_rows - late_share) <= tolerance:
            raise NotYet(
                f"In {called} the share fits when divided by all rows. Flights without an outcome "
                "are neither late nor on time: the share is one of the flights with an outcome."
            )
        if abs(share - flights["late"].mean()) <= 0.005:
            raise NotYet(f"After {called} the share late is {share:.3f}, as it was before.")
        if abs(1 - share - late_share) <= tolerance:
            raise NotYet(
                f"After {called} {share:.2f} of the flights are late: did you swap the two classes?"
            )
        raise NotYet(
            f"After {called}, of the flights with an outcome {share:.3f} are late; that should be "
            f"{late_share}."
        )
    for value, who in [(1, "late flights"), (0, "flights on time")]:
        _drawn_evenly(table[table["late"] == value], flights[flights["late"] == value], who, called)


def _judge_unknown(after, before, called):
    if len(after) < len(before) and after.empty:
        raise NotYet(
            f"{called} lost the {len(before):,} flights without an outcome. They stay, "
            "one time each."
        )
    if sorted(after["flight_id"]) != sorted(before["flight_id"]):
        raise NotYet(
            f"In {called} the flights without an outcome are others than before, or some come "
            "twice. They stay, one time each; only the others are drawn."
        )


def _drawn_evenly(drawn, given, who, called):
    places = pd.Series(np.arange(len(given)), given["flight_id"].to_numpy())
    place = places.loc[drawn["flight_id"]].to_numpy()
    if too_far(place, places.to_numpy()):
        raise NotYet(
            f"Of the {who}, {called} prefers those at one end of the table. Each should have the "
            "same chance: draw at random, with `rng`."
        )
    expected = len(given) * (1 - np.exp(-len(drawn) / len(given)))
    if len(np.unique(place)) < 0.8 * expected:
        raise NotYet(
            f"Of {len(given):,} {who} {called} uses only {len(np.unique(place)):,}, again and "
            "again. Draw each row from all of them, with the same chance."
        )
    for column in ("hour", "sched_dep", "distance", "temp"):
        values, all_values = drawn[column].dropna(), given[column].dropna()
        if column == "sched_dep":
            values, all_values = (v.astype("int64") for v in (values, all_values))
        if too_far(values.to_numpy(float), all_values.to_numpy(float)):
            raise NotYet(
                f"In {called} the {who} have another mean of `{column}` than before, further off "
                "than chance would bring it. In label shift each class keeps its looks: every "
                "flight of a class needs the same chance."
            )


@exercise(
    "2.4",
    "Concept drift under untouched inputs",
    stars=2,
    minutes=10,
    hints=[
        "Who can be struck? Flights on time (`late == 0`) with an hour from 7 on and below 21; NaN "
        "is not 0, so flights without an outcome are out.",
        "Which of them are? `rng.random(len(flights)) < share` is True with that probability.",
        "On a copy, in the rows where both hold: `late` becomes 1.0, and `arr_delay` a number "
        "above 15.",
        '`new.loc[struck, ["late", "arr_delay"]] = [1.0, 60.0]`; better, draw real delays of late '
        "flights with `rng.choice(...)`.",
    ],
    learned="Every input is what it was. No detector that looks at inputs can see this drift, by "
    "construction.",
)
def furloughed(answer):
    function = a_function(answer, "furloughed", 3)
    flights = some_flights()
    for share in (1.0, 0.0, 0.22):
        called = f"`furloughed(flights, {share:g}, rng)`"
        result = call(function, flights, share, np.random.default_rng(1))
        struck = _judge_struck(result, flights, share, called)
    again, other = (call(function, flights, share, np.random.default_rng(s)) for s in (1, 2))
    positions = [np.flatnonzero(t["late"].to_numpy() == 1) for t in (result, again, other)]
    reproducible(*positions)
    eligible = np.flatnonzero(_can_be_struck(flights))
    if too_far(np.flatnonzero(struck), eligible):
        raise NotYet(
            f"{called} prefers flights at one end of the table. Each flight that can be struck "
            "should have the same chance."
        )


def _can_be_struck(flights):
    hour = flights["hour"]
    return ((flights["late"] == 0) & (hour >= 7) & (hour < 21)).to_numpy()


def _judge_struck(result, flights, share, called):
    """Judge one call; return which rows became late."""
    table = kept(result, flights, called, ["late", "arr_delay"])
    was, now = flights["late"].to_numpy(), table["late"].to_numpy()
    old, new = flights["arr_delay"].to_numpy(), table["arr_delay"].to_numpy()
    hour = flights["hour"].to_numpy()
    if (late_no_more := (was == 1) & (now == 0)).any():
        raise NotYet(
            f"After {called} {late_no_more.sum():,} flights that were late are on time. The strike "
            "makes flights late, and none punctual."
        )
    if (np.isnan(was) & ~np.isnan(now)).any():
        raise NotYet(
            f"After {called} flights without an outcome (NaN) have one. They never arrived; they "
            "stay as they are."
        )
    if (~np.isnan(was) & np.isnan(now)).any():
        raise NotYet(f"After {called} flights have lost their outcome: `late` is NaN.")
    struck = (was == 0) & (now != 0)
    if strange := set(now[~np.isnan(now)]) - {0.0, 1.0}:
        raise NotYet(f"After {called} `late` holds {strange.pop():.6g}; it is 1, 0 or NaN.")
    eligible = _can_be_struck(flights)
    if (outside := struck & ~eligible).any():
        hours = ", ".join(f"{h:g}" for h in sorted(set(np.floor(hour[outside])))[:4])
        exactly = " `between` takes both ends in." if set(hour[outside]) == {21.0} else ""
        raise NotYet(
            f"After {called} flights of the hours {hours} became late. Only those from 7 on and "
            f"before 21 may.{exactly}"
        )
    _judge_number(struck, eligible, flights, share, called)
    if (wrong := struck & ~(new > LATE_AFTER)).any():
        example = new[wrong][0]
        raise NotYet(
            f"After {called} a flight has `late` 1 and `arr_delay` {example:g}. Late means more "
            f"than {LATE_AFTER} minutes: the two columns contradict each other."
        )
    if not same(new[~struck], old[~struck]).all():
        raise NotYet(
            f"{called} changed `arr_delay` of flights that did not become late. They keep theirs."
        )
    return struck


def _judge_number(struck, eligible, flights, share, called):
    expected, n = share * eligible.sum(), struck.sum()
    if abs(n - expected) <= max(2, NOT_CHANCE * np.sqrt(expected * (1 - share))):
        return
    given = f"{called} makes {n:,} of {eligible.sum():,} flights late that can be struck"
    if not n:
        raise NotYet(f"{given}. With a share of {share:g} that should be about {expected:,.0f}.")
    if share == 1:
        missed = flights["hour"].to_numpy()[eligible & ~struck]
        raise NotYet(
            f"{given}; with share 1 it is all of them. It leaves out one at {missed[0]:g}."
        )
    if abs(n - share * len(flights)) < NOT_CHANCE * np.sqrt(n) < abs(n - expected):
        raise NotYet(f"{given}. The share is one of those that can be struck, not of all flights.")
    if abs(n - (1 - share) * eligible.sum()) < NOT_CHANCE * np.sqrt(n):
        raise NotYet(f"{given}: that is 1 - share. Is the comparison the right way round?")
    raise NotYet(f"{given}; with share {share:g} it should be about {expected:,.0f}.")


@exercise(
    "2.5",
    "Prove what changed",
    stars=3,
    minutes=12,
    hints=[
        'Give both tables the flight as index: `before.set_index("flight_id")`; then '
        "`after.loc[before.index]` has the same order.",
        "For one column: `(old != new)` is True for NaN in both; take these out with "
        "`& ~(old.isna() & new.isna())`.",
        "Go through the columns and keep those where `differs.any()` or `old.dtype != new.dtype`.",
        '`"rows": differs.sum()` and `"since": before.loc[differs, "sched_dep"].min()` are the two '
        "columns (the minimum of nothing is NaT); "
        '`pd.DataFrame.from_dict(found, orient="index", columns=["rows", "since"])`.',
    ],
    learned="",
)
def changed(answer):
    function = a_function(answer, "changed", 2)
    # Few enough rows for an audit that goes cell by cell.
    for trial in audits.trials(some_flights().head(1_500)):
        audits.judge(trial, lambda before, after: call(function, before, after))
    return (
        "Your audit saw through every trap. The check also let it loose on the nine drifts of the "
        "library that change rows in place: in each it found the columns of the truth and no other."
    )


def _ids(table):
    return np.sort(table["flight_id"].to_numpy())


def _equal(got, wanted):
    return np.allclose(got, wanted, rtol=0, atol=ROUNDED, equal_nan=True)
