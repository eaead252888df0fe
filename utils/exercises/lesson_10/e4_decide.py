"""Exercise 10.4: champion, challenger, or wait; a function."""

from typing import Any

import numpy as np
import pandas as pd

from utils.exercises.judges import Function, Slip
from utils.exercises.lesson_10.contests import contests, daily_gain
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet

WORDS = ("challenger", "champion", "wait")
FEWEST, FEWEST_DAYS, ERRORS = 500, 14, 1.96


def _word(low: float, high: float) -> str:
    return "challenger" if low > 0 else "champion" if high < 0 else "wait"


def _by_errors(gain, errors: float = ERRORS) -> str:
    """Decide by the interval of so many standard errors round the mean."""
    error = errors * np.std(gain, ddof=1) / np.sqrt(len(gain))
    return _word(np.mean(gain) - error, np.mean(gain) + error)


def _decide(by, fewest=FEWEST, fewest_days=FEWEST_DAYS, count_days=None, count_flights=None):
    """Return a `decide` that goes `by(champion, challenger, late, day)` once there is enough."""

    def decide(champion, challenger, late, day):
        known = ~np.isnan(late)
        flights = len(late) if count_flights else known.sum()
        days = day if count_days else day[known]
        if flights < fewest or len(np.unique(days)) < fewest_days:
            return "wait"
        return by(champion, challenger, late, day)

    return decide


def _right(*arrays) -> str:
    return _by_errors(daily_gain(*arrays))


def _squared(champion, challenger, late, day) -> str:
    gain = pd.Series((champion - late) ** 2 - (challenger - late) ** 2).groupby(day).mean()
    return _by_errors(gain.dropna())


def _losses(late, p):
    return -np.log(np.where(late == 1, p, 1 - p))


def _single_flights(champion, challenger, late, day) -> str:
    gain = _losses(late, champion) - _losses(late, challenger)
    return _by_errors(gain[~np.isnan(late)])


def _two_intervals(champion, challenger, late, day) -> str:
    known, ends = ~np.isnan(late), []
    for p in (champion, challenger):
        daily = pd.Series(_losses(late, p)[known]).groupby(day[known]).mean()
        error = ERRORS * daily.std() / np.sqrt(len(daily))
        ends.append((daily.mean() - error, daily.mean() + error))
    return _word(ends[0][0] - ends[1][1], ends[0][1] - ends[1][0])


def _forgets_the_unknown(champion, challenger, late, day) -> str:
    # An outcome that is not known makes every mean NaN, and NaN is never above zero.
    return "wait" if np.isnan(late).any() else _right(champion, challenger, late, day)


def _of_the_days(*arrays) -> str:
    return _word(*np.quantile(daily_gain(*arrays), [0.025, 0.975]))


def _majority(*arrays) -> str:
    share = (daily_gain(*arrays) > 0).mean()
    return "challenger" if share > 0.5 else "champion" if share < 0.5 else "wait"


def _mean_only(*arrays) -> str:
    gain = daily_gain(*arrays).mean()
    return _word(gain, gain)


def _newest_is_best(*arrays) -> str:
    return _right(*arrays).replace("champion", "wait")


_TEN_DAYS = "They are of ten days, and with fewer than 14 days the answer is 'wait'."
_FEW = "With fewer than 500 known outcomes the answer is 'wait'."
_SIGN = "Is the sign turned round? A *smaller* loss is better."

SLIPS = [
    Slip(_SIGN, _decide(lambda a, b, late, day: _right(b, a, late, day))),
    Slip(
        "Flights of one day share their weather, so those are no 6,000 throws: the gain is above "
        "zero on 12 days and below on 8. Draw whole days.",
        _decide(_single_flights),
    ),
    Slip(_TEN_DAYS, _decide(_right, fewest_days=0)),
    Slip(
        "Those are of ten days. Count the days with *known* outcomes, not all days.",
        _decide(_right, count_days="all"),
    ),
    Slip(
        "The difference is smaller than two standard errors, so it may well be chance. Look at the "
        "interval, and not only at the mean.",
        _decide(_mean_only),
    ),
    Slip(
        "That is outside of the middle 95 %. Is your interval wider?",
        _decide(lambda *arrays: _by_errors(daily_gain(*arrays), 2.576)),
    ),
    Slip(
        "That is inside of the middle 95 %. Is your interval narrower? From the 2.5 % to the "
        "97.5 % quantile.",
        _decide(lambda *arrays: _by_errors(daily_gain(*arrays), 1.645)),
    ),
    Slip(
        "Is it the log loss? A squared error forgives a model that is far too sure.",
        _decide(_squared),
    ),
    Slip("With 500 known outcomes there are enough.", _decide(_right, fewest=501)),
    Slip("They are of 14 days, and so of no fewer than 14.", _decide(_right, fewest_days=15)),
    Slip(
        "The interval of the *gain*, flight by flight, lies above zero. Two intervals, one for the "
        "loss of each model, overlap here: they hold what both models find hard. Take pairs.",
        _decide(_two_intervals),
    ),
    Slip(
        "The others are NaN, and a mean with one NaN in it is NaN, too. Keep the known ones of all "
        "four arrays.",
        _decide(_forgets_the_unknown),
    ),
    Slip(_FEW, _decide(_right, fewest=0)),
    Slip(
        "Count the outcomes that are *known*, not the flights.",
        _decide(_right, count_flights="all"),
    ),
    Slip(
        "That is many standard errors below zero. A new model can be worse.",
        _decide(_newest_is_best),
    ),
    Slip(
        "Is that where most *days* lie? Asked for is where their mean may lie: draw the days anew, "
        "take the mean of each draw, and then the quantiles of these means.",
        _decide(_of_the_days),
    ),
    Slip(
        "Most days for one model is not yet clear: by how much, and how surely? Look at the "
        "interval of the mean.",
        _decide(_majority),
    ),
]

_OTHERWISE = {
    "win": "That is many standard errors above zero.",
    "loss": "That is many standard errors below zero. A new model can be worse.",
    "gaps": "The others are NaN. Keep the known ones of all four arrays.",
    "few": _FEW,
    "hidden": "Count the outcomes that are *known*, not the flights.",
    "just enough": "With 500 known outcomes there are enough.",
    "just too few": _FEW,
    "13 days": "They are of 13 days, and with fewer than 14 days the answer is 'wait'.",
    "14 days": "They are of 14 days, and so of no fewer than 14.",
    "clear": "That is outside of the middle 95 %.",
    "sure": "Is it the log loss? A squared error forgives a model that is far too sure.",
    "ten days": _TEN_DAYS,
    "short": "Those are of ten days. Count the days with *known* outcomes, not all days.",
    "paired": "The interval of the *gain*, flight by flight, lies above zero. Take pairs.",
    "noise": "The difference is smaller than two standard errors, so it may well be chance.",
    "days": "The gain is above zero on 12 days and below on 8. Draw whole days.",
    "same": "Both models say the same here, and every gain is 0.",
    "none": "Nothing is known at all.",
}


def _result(said: Any, _: str) -> str:
    word = said.strip().lower() if isinstance(said, str) else said
    if not isinstance(word, str) or word not in WORDS:
        raise NotYet(
            f"`decide` returned {describe(said)}; return one of the words "
            f"{', '.join(map(repr, WORDS))}."
        )
    return word


class _Decide(Function):
    def told(self, name, got):
        arrays = self.all_cases()[name]
        late = arrays[2]
        known = ~np.isnan(late)
        given = f"{known.sum():,} of {len(late):,} flights have an outcome"
        if known.any():
            gain = daily_gain(*arrays)
            error = gain.std() / np.sqrt(len(gain))
            given += (
                f"; the mean gain of {len(gain)} days is {gain.mean():+.4f}, its standard error "
                f"{error:.4f}"
            )
        return f"{given}. Your answer is '{got}'."


def _what_to_look_at(name: str, got: str, wanted: str) -> str:
    if {got, wanted} == {"challenger", "champion"}:
        return _SIGN
    if name.startswith("close"):
        return (
            "That is inside of the middle 95 %, if narrowly: is your interval narrower? Draw a "
            "thousand times or more; few draws make a rough interval."
        )
    return _OTHERWISE[name]


exercise(
    "10.4",
    "Champion or challenger?",
    stars=3,
    minutes=15,
    hints=[
        "First the flights with an outcome: `known = ~np.isnan(late)`, for all four arrays. Fewer "
        "than 500 of them, or fewer than 14 days among them: return at once.",
        "`gains` gives one number a flight; `pd.Series(...).groupby(day[known]).mean()` one a day.",
        "Draw as many days anew, with replacement, a thousand times, and take the mean of each "
        "draw. The interval goes from the 2.5 % to the 97.5 % quantile of these means. Above zero: "
        "challenger. Below: champion. Else wait.",
    ],
    learned="A pair of predictions for the same flight takes out what both models find hard; days "
    "drawn whole keep in what all flights of a day share.",
    check=_Decide(
        "decide",
        _decide(_right),
        cases=contests,
        slips=SLIPS,
        arguments=4,
        result=_result,
        otherwise=_what_to_look_at,
    ),
)
