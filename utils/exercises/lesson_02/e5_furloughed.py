"""Exercise 2.5: concept drift under inputs that stay as they are."""

from dataclasses import dataclass

import numpy as np

from utils.exercises.lesson_02.draws import (
    GLOBAL,
    MANY,
    NOT_CHANCE,
    OWN,
    SEEDS,
    Drawing,
    Wrong,
    note_seeds,
    too_far,
    uneven,
)
from utils.exercises.lesson_02.given_flights import few_flights, some_flights
from utils.exercises.lesson_02.kept import kept, same
from utils.exercises.registry import exercise
from utils.flights import LATE_AFTER

CONTRADICT = f"Late means more than {LATE_AFTER} minutes: the two columns contradict each other."
NEVER_ARRIVED = "They never arrived; they stay as they are."


def _can_be_struck(flights, start=7, stop=21):
    hour = flights["hour"]
    return ((flights["late"] == 0) & (hour >= start) & (hour < stop)).to_numpy()


def _coin(flights, share, rng):
    return _can_be_struck(flights) & (rng.random(len(flights)) < share)


def _strike(struck=_coin, late=1.0, delay=60.0):
    def furloughed(flights, share, rng):
        at = struck(flights, share, rng)
        return flights.assign(
            late=flights["late"].mask(at, late), arr_delay=flights["arr_delay"].mask(at, delay)
        )

    return furloughed


def _by_hours(start, stop):
    return lambda flights, share, rng: (
        _can_be_struck(flights, start, stop) & (rng.random(len(flights)) < share)
    )


def _choose(flights, number, rng):
    chosen = rng.choice(np.flatnonzero(_can_be_struck(flights)), number, replace=False)
    return np.isin(np.arange(len(flights)), chosen)


def _drawn_anew(flights, share, rng):
    at = flights["hour"].between(7, 21, inclusive="left") & flights["late"].notna()
    coin = (rng.random(len(flights)) < share * 0.9).astype(float)
    return flights.assign(late=flights["late"].mask(at, coin))


def _the_first(flights, share, rng):
    eligible = np.flatnonzero(_can_be_struck(flights))
    first = eligible[: rng.binomial(len(eligible), share)]
    return np.isin(np.arange(len(flights)), first)


def _every_delay(flights, share, rng):
    new = _strike()(flights, share, rng)
    return new.assign(arr_delay=new["arr_delay"].mask(new["late"] == 1, 60.0))


SLIPS = [
    Wrong("The strike makes flights late, and none punctual.", _drawn_anew, "punctual"),
    Wrong(
        NEVER_ARRIVED,
        _strike(lambda f, share, rng: f["hour"].between(7, 20.99) & (rng.random(len(f)) < share)),
        "unknown",
    ),
    Wrong("Late is 1, and not NaN.", _strike(late=np.nan), "lost"),
    Wrong("A late flight has 1.", _strike(late=2.0), "values"),
    Wrong("`between` takes both ends in.", _strike(_by_hours(7, 21 + 1e-9)), "hours"),
    Wrong("Only those from 7 on and before 21 may.", _strike(_by_hours(0, 24)), "hours"),
    Wrong(
        "Those that leave at 7:00 sharp can be struck, too (`>` or `>=`?).",
        _strike(_by_hours(7 + 1e-9, 21)),
        "number",
    ),
    Wrong("Is `share` used?", _strike(lambda f, share, rng: _can_be_struck(f)), "number"),
    Wrong(
        "That is 1 - share. Is the comparison the right way round?",
        _strike(lambda f, share, rng: _can_be_struck(f) & (rng.random(len(f)) > share)),
        "number",
    ),
    Wrong(
        "The share is one of those that can be struck, not of all flights.",
        _strike(
            lambda f, share, rng: _choose(
                f, min(round(share * len(f)), _can_be_struck(f).sum()), rng
            )
        ),
        "number",
    ),
    Wrong(
        "No outcome has changed. A line such as `new[mask][...] = ...` writes into a passing copy; "
        "`new.loc[mask, ...] = ...` writes into `new`.",
        lambda f, share, rng: f.copy(),
        "number",
    ),
    Wrong(
        "Is `late` still 0 for them? A delay alone makes no flight late.",
        lambda f, share, rng: f.assign(arr_delay=f["arr_delay"].mask(_coin(f, share, rng), 60.0)),
        "number",
    ),
    Wrong(
        CONTRADICT,
        lambda f, share, rng: f.assign(late=f["late"].mask(_coin(f, share, rng), 1.0)),
        "delay",
    ),
    Wrong(
        f"{CONTRADICT} A delay of exactly {LATE_AFTER} minutes is on time.",
        _strike(delay=float(LATE_AFTER)),
        "delay",
    ),
    Wrong("They keep theirs.", _every_delay, "others"),
    Wrong(
        "Each flight that can be struck should have the same chance.", _strike(_the_first), "even"
    ),
    Wrong(GLOBAL, lambda f, share, rng: _strike()(f, share, np.random.default_rng()), "seeds"),
    Wrong(OWN, lambda f, share, rng: _strike()(f, share, np.random.default_rng(0)), "seeds"),
]


@dataclass(eq=False)
class _Struck(Drawing):
    """Compares which flights have become late."""

    def watch(self, seen, tables, flights, share, called, seeds):
        """Note what is wrong with the tables, one for each seed."""
        tables = [kept(table, flights, called, ["late", "arr_delay"]) for table in tables]
        eligible = _can_be_struck(flights)
        struck = [_note_outcomes(seen, table, flights, eligible, called) for table in tables]
        anew = np.array(struck[1:] if seeds == SEEDS else struck)
        delayed = not all(t["arr_delay"].equals(flights["arr_delay"]) for t in tables)
        _note_number(seen, anew, eligible, flights, share, called, delayed)
        for table, at in zip(tables, struck, strict=True):
            _note_delays(seen, table["arr_delay"].to_numpy(), flights, at, called)
        _note_even(seen, anew, np.flatnonzero(eligible), share, called)
        if 0 < share < 1:
            positions = [np.flatnonzero(at) for at in struck]
            note_seeds(seen, {"flights": positions}, seeds)


def _note_outcomes(seen, table, flights, eligible, called):
    """Note faults of `late`; return which rows have become late."""
    was, now = flights["late"].to_numpy(), table["late"].to_numpy()
    struck = (was == 0) & (now != 0)
    hours = flights["hour"].to_numpy()[struck & ~eligible]
    strange = sorted(set(now[~np.isnan(now)]) - {0.0, 1.0})
    shown = ", ".join(f"{h:g}" for h in sorted(set(np.floor(hours)))[:4])
    faults = {
        "punctual": ((was == 1) & (now == 0), "on time, that were late before"),
        "unknown": (np.isnan(was) & ~np.isnan(now), "with an outcome, that had none (NaN)"),
        "lost": (
            ~np.isnan(was) & np.isnan(now),
            "without an outcome (`late` is NaN), that had one",
        ),
    }
    for fact, (rows, said) in faults.items():
        seen.note(
            fact,
            "some" if rows.any() else "",
            f"After {called} there are flights {said}: {rows.sum():,}.",
        )
    value = f"{strange[0]:.6g}" if strange else ""
    seen.note("values", value, f"After {called} `late` holds {value}; it is 1, 0 or NaN.")
    kind = "" if not len(hours) else "at 21" if set(hours) == {21.0} else "others"
    seen.note("hours", kind, f"After {called} flights of the hours {shown} became late.")
    return struck


def _note_number(seen, struck, eligible, flights, share, called, delayed):
    can, total = eligible.sum(), (struck & eligible).sum()
    each = total / len(struck)
    given = f"{called} makes {each:,.0f} of {can:,} flights late that can be struck"

    def about(expected):
        spread = np.sqrt(max(expected * (1 - expected / can), 0) / len(struck))
        return abs(each - expected) <= NOT_CHANCE * spread + 1e-9

    said = f"{given}; with a share of {share:g} it should be about {share * can:,.0f}."
    if about(share * can):
        kind = ""
    elif share == 1 and total:
        kind, hours = "not all", flights["hour"].to_numpy()[eligible & ~struck[0]]
        at_seven = set(hours) == {7.0}
        kind = "at 7" if at_seven else "not all"
        said = f"{given}; with share 1 it is all of them. It leaves out one at {hours[0]:g}."
    elif each == 0 or each == can:
        kind = "all" if each else "a delay alone" if delayed else "none"
    else:
        kinds = {"1 - share": (1 - share) * can, "of all": min(share * len(flights), can)}
        kind = next((kind for kind, number in kinds.items() if about(number)), "other")
    seen.note("number", kind, said)


def _note_delays(seen, now, flights, struck, called):
    contradict = struck & ~(now > LATE_AFTER)
    example = f"{now[contradict][0]:g}" if contradict.any() else ""
    kind = "" if not example else "edge" if float(example) == LATE_AFTER else "early"
    seen.note("delay", kind, f"After {called} a flight has `late` 1 and `arr_delay` {example}.")
    changed = not same(now[~struck], flights["arr_delay"].to_numpy()[~struck]).all()
    seen.note(
        "others",
        "changed" if changed else "",
        f"{called} changed `arr_delay` of flights that did not become late.",
    )


def _note_even(seen, struck, eligible, share, called):
    seen.note("even", "", "")
    positions = np.concatenate([np.flatnonzero(at) for at in struck])
    if not 0 < share < 1 or not len(positions):
        return
    if too_far(positions, eligible, len(positions)):
        seen.note("even", "end", f"{called} prefers flights at one end of the table.")
    if len(struck) == len(MANY):
        counts, n = struck[:, eligible].sum(axis=0), len(struck)
        if uneven(counts, share * n, share * (1 - share) * n):
            said = f"Called {n} times, {called} strikes some flights far more often than others."
            seen.note("even", "uneven", said)


def _cases():
    rows = [("few_flights", few_flights(), 1, (5,)), ("few_flights", few_flights(), 0, (5,))]
    rows += [("flights", some_flights(), 0.22, SEEDS), ("few_flights", few_flights(), 0.4, MANY)]
    return {f"`furloughed({t}, {share:g}, rng)`": (data, share, s) for t, data, share, s in rows}


exercise(
    "2.5",
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
    check=_Struck(
        "furloughed",
        _strike(),
        cases=_cases,
        slips=SLIPS,
        look={
            "punctual": "The strike makes flights late, and none punctual.",
            "unknown": NEVER_ARRIVED,
            "hours": "Only those from 7 on and before 21 may.",
            "delay": CONTRADICT,
            "others": "They keep theirs.",
            "even": "Each flight that can be struck should have the same chance.",
            "seeds": OWN,
        },
    ),
)
