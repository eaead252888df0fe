"""Exercise 2.2: the severity of a drift on a ramp."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from utils.exercises.judges import Function, Slip
from utils.exercises.lesson_02.kept import call
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet

# A severity is a probability: three decimals are exact enough.
TOLERANCE = 1e-3


def _times(onset, days):
    since = [-3, 12.5, 0, days / 4, 400, days, 1 / 24, days / 2, -1e-3, 0.9 * days, 25]
    since += [0.99 * days, 1.01 * days]
    index = np.random.default_rng(2).permutation(len(since))
    times = pd.Timestamp(onset) + pd.to_timedelta(since, unit="D")
    return pd.Series(times, index, name="sched_dep").dt.round("s")


def _cases():
    # A ramp of ten days first: half of it is not a whole number of weeks.
    rows = [("2013-05-08 12:00", 10), ("2013-05-06", 7), ("2013-05-10", 3.5), ("2013-05-07", 0.5)]
    return {
        f'`severity(times, "{onset}", {days})`': (_times(onset, days), onset, days)
        for onset, days in rows
    }


def _ramp(shape):
    """Return a function of times, onset and days; `shape` gets how much of the ramp has passed."""

    def severity(times, onset, days):
        passed = (times - pd.Timestamp(onset)) / pd.Timedelta(days, "D")
        return np.asarray(shape(passed.to_numpy()), dtype=float)

    return severity


def _whole_days(times, onset, days):
    return np.clip((times - pd.Timestamp(onset)).dt.days / days, 0, 1)


def _hours_of_the_day(times, onset, days):
    return np.clip((times - pd.Timestamp(onset)).dt.seconds / 86_400 / days, 0, 1)


def _to_the_last(times, onset, days):
    start = pd.Timestamp(onset)
    return np.clip((times - start) / (times.max() - start), 0, 1)


_right = _ramp(lambda p: np.clip(p, 0, 1))

SLIPS = [
    Slip(f"The severity {says}.", answer)
    for says, answer in [
        (
            "is 0 or 1, and nothing in between. That is a sudden drift; during the ramp it grows",
            _ramp(lambda p: p >= 0),
        ),
        (
            "is 0 or 1, and nothing in between, and it comes only when the ramp is over",
            _ramp(lambda p: p >= 1),
        ),
        (
            "is negative before the onset and goes on above 1 after the ramp; keep it between 0 "
            "and 1",
            _ramp(lambda p: p),
        ),
        (
            "is negative before the onset; nothing of the drift is there yet",
            _ramp(lambda p: np.minimum(p, 1)),
        ),
        (
            "goes on above 1 after the ramp; all of the drift is there, and more is impossible",
            _ramp(lambda p: np.maximum(p, 0)),
        ),
        (
            "falls where it should rise: it begins at 1 and ends at 0",
            _ramp(lambda p: 1 - np.clip(p, 0, 1)),
        ),
        ("goes up to 100; as a share it goes up to 1", _ramp(lambda p: 100 * np.clip(p, 0, 1))),
        (
            "moves in steps of whole days (`.dt.days` cuts the hours off); it should be a straight "
            "line",
            _whole_days,
        ),
        (
            "starts again each day: `.dt.seconds` is what is left after the whole days",
            _hours_of_the_day,
        ),
        (
            "falls back to 0 after the ramp; the drift should stay",
            _ramp(lambda p: np.where((p >= 0) & (p <= 1), p, 0)),
        ),
        ("reaches 1 only at the last of the times; the ramp takes `days` days", _to_the_last),
        (
            "reaches 1 at the onset; that is where the ramp begins",
            _ramp(lambda p: np.clip(p + 1, 0, 1)),
        ),
        (
            "is right for whole days only; `days` may be 3.5, and `int(days)` cuts it",
            lambda times, onset, days: _right(times, onset, int(days) or 1),
        ),
        (
            "is right for whole days only; `days` may be 3.5, and is not to be rounded",
            lambda times, onset, days: _right(times, onset, round(days) or 1),
        ),
        (
            "rises from 13 May on, whatever onset is given. That is the notebook's `ONSET`; the "
            "function should use its argument, `onset`",
            lambda times, onset, days: _right(times, "2013-05-13", days),
        ),
        (
            "is right for a ramp of ten days only. The length of the ramp is the argument `days`",
            lambda times, onset, days: _right(times, onset, 10),
        ),
    ]
]


@dataclass(eq=False)
class _Ramp(Function):
    """Compares the severities time by time."""

    def observe(self, answer, name, case):
        return _levels(call(answer, *case), len(case[0]))

    def accepts(self, got, wanted):
        return np.allclose(got, wanted, rtol=0, atol=TOLERANCE)

    def told(self, name, got):
        times, onset, _ = self.all_cases()[name]
        off = np.flatnonzero(~np.isclose(got, self.wanted(name), rtol=0, atol=TOLERANCE))[0]
        since = (times.iloc[off] - pd.Timestamp(onset)) / pd.Timedelta(1, "D")
        side = f"{abs(since):.3g} days {'after' if since > 0 else 'before'}" if since else "at"
        return f"{name} gives {got[off]:.6g} {side} the onset."


def _otherwise(name, got, wanted):
    if set(got) <= {0.0, 1.0}:
        return (
            "All that it returns is 0 or 1, as if each row had been drawn. Return the probability "
            "itself; the drawing comes later."
        )
    if (got < 0).any():
        return "A severity is never below 0, which is nothing of the drift."
    if (got > 1).any():
        return "A severity is never above 1, which is all of the drift."
    return f"Where on a straight line from 0 to 1 over {name.split(', ')[-1][:-2]} days is that?"


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


exercise(
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
    check=_Ramp("severity", _right, arguments=3, cases=_cases, slips=SLIPS, otherwise=_otherwise),
)
