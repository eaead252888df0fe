"""Exercise 1.5: the shape of four simulated drifts, and the kind of three described ones."""

import re

from utils.exercises.judges import Choices
from utils.exercises.lesson_01.pictures import SHAPES
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet

KINDS = {
    "new phone": "covariate shift",
    "longer timetable": "concept drift",
    "other year": "label shift",
}
WHY = {
    "sudden": "Does it change from one day to the next, and stay?",
    "gradual": "Are there two levels, with ever more days on the new one?",
    "incremental": "Does the level itself pass through all values in between?",
    "recurring": "Does it return to the old level again and again?",
    "covariate shift": "Did the inputs move, while what follows from them stayed?",
    "label shift": "Did only the share of outcomes move, each kind of flight looking as before?",
    "concept drift": "Did what follows from the same inputs change?",
}


def _word(given):
    """Return a name however it is written: with hyphens, asterisks, or its second name."""
    if not isinstance(given, str):
        return given
    plain = " ".join(re.findall(r"[a-z]+", given.lower()))
    return "label shift" if plain in ("prior shift", "label shift prior shift") else plain


class _Names(Choices):
    def _option(self, key, given):
        what, fitting = ("shape", SHAPES) if key in SHAPES else ("kind", KINDS)
        if given is not None and given is not ... and _word(given) not in fitting.values():
            raise NotYet(
                f"'{key}' is {describe(given)}, and should be the word for a {what}; choose one "
                f"of: {', '.join(sorted(set(fitting.values())))}."
            )
        return super()._option(key, given)


RIGHT = {**SHAPES, **KINDS}

exercise(
    "1.5",
    "Name the drift",
    stars=1,
    minutes=5,
    hints=[
        "For the shapes: is there a day on which it changes? Does it come back? Are there two "
        "levels, or all in between?",
        "For the kinds, ask in this order: does the same input still mean the same? If not, it is "
        "concept drift. If so, did the inputs move by themselves, or only the share of outcomes?",
        "A longer timetable changes what 'late' means for the same flight. Leaving out late "
        "flights changes their share, and no late flight looks other than before.",
    ],
    learned="Kind says what to do about it, shape says how soon.",
    check=_Names(
        "names",
        RIGHT,
        options=sorted({*SHAPES.values(), *KINDS.values()}),
        considerations={
            key: {word: WHY[word] for word in pool if word != RIGHT[key]}
            for keys, pool in ((SHAPES, set(SHAPES.values())), (KINDS, set(KINDS.values())))
            for key in keys
        },
        asked="You call '{}' {}.".format,
        word=_word,
    ),
)
