"""Exercise 2.3: covariate shift. Other flights, and each keeps what became of it."""

import numpy as np
import pandas as pd

from utils.exercises.lesson_02.draws import GLOBAL, OWN, Wrong
from utils.exercises.lesson_02.given_flights import few_flights, some_flights
from utils.exercises.lesson_02.redrawn import Redrawn, redrawn_cases
from utils.exercises.registry import exercise

EVENING = 17


def _groups(flights):
    evening = (flights["hour"] >= EVENING).to_numpy()
    return {"evening flights": evening, "other flights": ~evening}


def _right(flights, evening_share, rng, *, number=round, evening=lambda h: h >= EVENING):
    is_evening = evening(flights["hour"])
    n = number(evening_share * len(flights))
    return pd.concat(
        [
            flights[is_evening].sample(n, replace=True, random_state=rng),
            flights[~is_evening].sample(len(flights) - n, replace=True, random_state=rng),
        ]
    )


def _moves_hours(flights, evening_share, rng):
    moved = rng.random(len(flights)) < evening_share
    return flights.assign(hour=flights["hour"].mask(moved, 17 + 5 * rng.random(len(flights))))


def _coins(flights, evening_share, rng):
    evening = flights["hour"] >= EVENING
    weight = np.where(
        evening, evening_share / evening.mean(), (1 - evening_share) / (~evening).mean()
    )
    return flights.sample(len(flights), replace=True, weights=weight, random_state=rng)


def _without_unknown(flights, evening_share, rng):
    known = flights.dropna(subset="late")
    n = round(evening_share * len(flights))
    evening = known["hour"] >= EVENING
    return pd.concat(
        [
            known[evening].sample(n, replace=True, random_state=rng),
            known[~evening].sample(len(flights) - n, replace=True, random_state=rng),
        ]
    )


def _keeps_unknown(flights, evening_share, rng):
    unknown = flights["late"].isna()
    return pd.concat([_right(flights[~unknown], evening_share, rng), flights[unknown]])


def _only_the_evening_drawn(flights, evening_share, rng):
    evening = flights["hour"] >= EVENING
    n = round(evening_share * len(flights))
    others = np.resize(np.flatnonzero(~evening), len(flights) - n)
    return pd.concat(
        [flights[evening].sample(n, replace=True, random_state=rng), flights.iloc[others]]
    )


def _late_evenings(flights, evening_share, rng):
    n = round(evening_share * len(flights))
    evening = flights["hour"] >= EVENING
    weight = 1 + 2 * (flights["late"][evening] == 1)
    return pd.concat(
        [
            flights[evening].sample(n, replace=True, weights=weight, random_state=rng),
            flights[~evening].sample(len(flights) - n, replace=True, random_state=rng),
        ]
    )


SLIPS = [
    Wrong(
        "A flight that is only written down as one of the evening keeps the outcome of its old "
        "hour, so P(late | hour) has changed. Draw whole rows.",
        _moves_hours,
        "values",
    ),
    Wrong("That is the share before: nothing was drawn.", lambda f, share, rng: f.copy(), "share"),
    Wrong(
        "It should be the share of the evening flights; did you swap the two groups?",
        lambda f, share, rng: _right(f, 1 - share, rng),
        "share",
    ),
    Wrong(
        "A flight that leaves at 17:00 is an evening flight, too (`>` or `>=`?).",
        lambda f, share, rng: _right(f, share, rng, evening=lambda h: h > EVENING),
        "share",
    ),
    Wrong(
        "Those are the flights from 18:00 on; the evening begins at 17:00.",
        lambda f, share, rng: _right(f, share, rng, evening=lambda h: h >= 18),
        "share",
    ),
    Wrong(
        "That is right on average. A weight or a coin for each flight gives the share only about; "
        "find out how many evening flights there should be, and draw that many.",
        _coins,
        "share",
    ),
    Wrong(
        "That is next to it. Take the nearest whole number: `round`, where `int` cuts.",
        lambda f, share, rng: _right(f, share, rng, number=int),
        "share",
    ),
    Wrong(
        "A cancelled flight is a flight of the timetable like any other: draw from all of them.",
        _without_unknown,
        "even",
    ),
    Wrong(
        "Late flights have another chance than the others, so P(late | hour) has changed. The "
        "outcome should play no part in the drawing.",
        _late_evenings,
        "even",
    ),
    Wrong(
        "Does the drawing end before the last one? `rng.integers(0, n)` never gives n.",
        lambda f, share, rng: _never_the_last(f, share, rng),
        "even",
    ),
    Wrong(GLOBAL, lambda f, share, rng: _right(f, share, np.random.default_rng()), "seeds"),
    Wrong(OWN, lambda f, share, rng: _right(f, share, np.random.default_rng(0)), "seeds"),
]


def _never_the_last(flights, evening_share, rng):
    evening, others = (np.flatnonzero(mask) for mask in _groups(flights).values())
    n = round(evening_share * len(flights))
    drawn = [
        places[rng.integers(0, len(places) - 1, number)]
        for places, number in [(evening, n), (others, len(flights) - n)]
    ]
    return flights.iloc[np.concatenate(drawn)]


exercise(
    "2.3",
    "Covariate shift, by other flights",
    stars=2,
    minutes=10,
    hints=[
        "Two groups: the evening flights and the others. How many rows should you draw from each?",
        '`n = round(evening_share * len(flights))` from `flights[flights["hour"] >= 17]`, the '
        "other rows from the rest.",
        "`evening.sample(n, replace=True, random_state=rng)` draws evenly, and takes its random "
        "numbers from `rng`.",
        "`pd.concat([evening_drawn, others_drawn])` puts the two together.",
    ],
    learned="Each flight brought its own outcome along, so P(late | hour) stayed. No label was "
    "looked at.",
    check=Redrawn(
        "more_evenings",
        _right,
        cases=lambda: redrawn_cases(
            "more_evenings", some_flights(), few_flights(), (0.6, 0.1745, 0.2755)
        ),
        slips=SLIPS,
        split=_groups,
        mistaken={
            "after 17": lambda flights: (flights["hour"] > EVENING).to_numpy(),
            "from 18": lambda flights: (flights["hour"] >= 18).to_numpy(),
        },
        look={
            "outcome": "Draw whole rows: each flight keeps what became of it.",
            "values": "Draw whole rows; nothing of a flight changes.",
            "rows": "Return as many rows as you were given.",
            "share": "The share of flights at 17:00 or later should be met to the nearest flight.",
            "even": "Each flight of a group should have the same chance: draw at random, with "
            "`rng`, from all of the group.",
            "seeds": "Every draw needs `random_state=rng`, not a seed of its own.",
        },
    ),
)
