"""Exercise 2.4: label shift by drawing whole flights anew."""

import numpy as np
import pandas as pd

from utils.exercises.lesson_02.draws import GLOBAL, OWN, Wrong
from utils.exercises.lesson_02.given_flights import few_flights, some_flights
from utils.exercises.lesson_02.redrawn import Redrawn, redrawn_cases
from utils.exercises.registry import exercise

DRAW_WHOLE = (
    "Flipping labels changes what late flights look like, P(x | late), which is not label shift. "
    "Draw whole rows."
)
AVERAGE = (
    "That is right on average. A weight or a coin for each flight gives the share only about; find "
    "out how many late flights there should be, and draw that many."
)
STAY = "They stay, one time each; only the others are drawn."


def _groups(flights):
    late = flights["late"].to_numpy()
    return {
        "late flights": late == 1,
        "flights on time": late == 0,
        "flights without an outcome": np.isnan(late),
    }


def _draw(flights, n_late, rng, total=None, *, pick=None):
    """Draw so many late flights, and the rest of the total from those on time."""
    late, on_time, unknown = (flights[mask] for mask in _groups(flights).values())
    total = len(late) + len(on_time) if total is None else total
    pick = pick or (lambda group, n: group.sample(n, replace=True, random_state=rng))
    return pd.concat([pick(late, n_late), pick(on_time, total - n_late), unknown])


def _known(flights):
    return flights["late"].count()


def _right(flights, late_share, rng):
    return _draw(flights, round(late_share * _known(flights)), rng)


def _flips(flights, late_share, rng):
    coin = (rng.random(len(flights)) < late_share).astype(float)
    return flights.assign(late=flights["late"].mask(flights["late"].notna(), coin))


def _drops_rows(flights, late_share, rng):
    late = flights["late"] == 1
    n = round(late.sum() * (1 - late_share) / max(late_share, 0.01))
    on_time = flights[flights["late"] == 0]
    return pd.concat(
        [
            flights[late],
            on_time.sample(min(n, len(on_time)), random_state=rng),
            flights[flights["late"].isna()],
        ]
    )


def _loses_the_unknown(flights, late_share, rng):
    n = round(late_share * len(flights))
    return _draw(flights, n, rng, len(flights)).dropna(subset="late")


def _draws_the_unknown(flights, late_share, rng):
    weight = np.where(flights["late"] == 1, max(late_share, 0.01), 0.2)
    return flights.sample(len(flights), replace=True, weights=weight, random_state=rng)


def _coins(flights, late_share, rng):
    n = rng.binomial(_known(flights), late_share)
    return _draw(flights, n, rng)


def _first_ones(flights, late_share, rng):
    def pick(group, n):
        return group.iloc[np.arange(n) % max(len(group) // 2, 1)]

    return _draw(flights, round(late_share * _known(flights)), rng, pick=pick)


def _few_of_them(flights, late_share, rng):
    def pick(group, n):
        return group.iloc[rng.choice(rng.choice(len(group), 1 + len(group) // 4), n)]

    return _draw(flights, round(late_share * _known(flights)), rng, pick=pick)


def _never_the_last(flights, late_share, rng):
    def pick(group, n):
        return group.iloc[rng.integers(0, len(group) - 1, n)]

    return _draw(flights, round(late_share * _known(flights)), rng, pick=pick)


def _one_class_by_itself(own):
    """Draw one of the classes with a seed of its own."""

    def redraw_late(flights, late_share, rng):
        def pick(group, n):
            seed = 1 if (group["late"] == own).all() else rng
            return group.sample(n, replace=True, random_state=seed)

        return _draw(flights, round(late_share * _known(flights)), rng, pick=pick)

    return redraw_late


SLIPS = [
    Wrong(DRAW_WHOLE, _flips, "outcome"),
    Wrong(
        "A table of another size is a drift of its own (fewer flights a day); keep the number.",
        _drops_rows,
        "rows",
    ),
    Wrong("They stay, one time each.", _loses_the_unknown, "rest"),
    Wrong(STAY, _draws_the_unknown, "rest"),
    Wrong("That is as it was before: nothing was drawn.", lambda f, share, rng: f.copy(), "share"),
    Wrong(
        "It should be the share of late flights: did you swap the two classes?",
        lambda f, share, rng: _right(f, 1 - share, rng),
        "share",
    ),
    Wrong(
        "The share fits when divided by all rows. Flights without an outcome are neither late nor "
        "on time: the share is one of the flights with an outcome.",
        lambda f, share, rng: _draw(f, min(round(share * len(f)), _known(f)), rng),
        "share",
    ),
    Wrong(AVERAGE, _coins, "share"),
    Wrong(
        "That is next to it. Take the nearest whole number: `round`, where `int` cuts.",
        lambda f, share, rng: _draw(f, int(share * _known(f)), rng),
        "share",
    ),
    Wrong("Each should have the same chance: draw at random, with `rng`.", _first_ones, "even"),
    Wrong(
        "Draw each row from all of them, with the same chance.",
        _few_of_them,
        "even",
    ),
    Wrong(
        "Does the drawing end before the last one? `rng.integers(0, n)` never gives n.",
        _never_the_last,
        "even",
    ),
    Wrong(GLOBAL, lambda f, share, rng: _right(f, share, np.random.default_rng()), "seeds"),
    Wrong(OWN, lambda f, share, rng: _right(f, share, np.random.default_rng(0)), "seeds"),
    *(
        Wrong(
            "Both draws need `random_state=rng`, not a seed of their own.",
            _one_class_by_itself(own),
            "seeds",
        )
        for own in (0, 1)
    ),
]

exercise(
    "2.4",
    "Label shift, and nothing else",
    stars=2,
    minutes=10,
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
    check=Redrawn(
        "redraw_late",
        _right,
        cases=lambda: redrawn_cases(
            "redraw_late", some_flights(), few_flights(), (0.4, 0.107, 0.2651)
        ),
        slips=SLIPS,
        split=_groups,
        look={
            "outcome": DRAW_WHOLE,
            "values": "Draw whole rows.",
            "rows": "A table of another size is a drift of its own (fewer or more flights a day); "
            "keep the number.",
            "rest": STAY,
            "share": "The share of late ones, among the flights with an outcome, should be met to "
            "the nearest flight.",
            "even": "In label shift each class keeps its looks: every flight of a class needs the "
            "same chance.",
            "seeds": "Both draws need `random_state=rng`, not a seed of their own.",
        },
    ),
)
