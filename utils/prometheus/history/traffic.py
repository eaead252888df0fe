"""The requests of the simulated weeks: real flights, asked about before they leave.

Everything is whole numbers (seconds, microseconds, millionths), so that sums have no rounding.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from utils import model
from utils.flights import NUMERICAL, load_flights
from utils.prometheus.history.dice import Dice, lognormal_table
from utils.prometheus.history.incidents import (
    END,
    OFFSET,
    START,
    STEP,
    WEEKS,
    drawn_blips,
    of_kind,
    seconds,
)

SEED = 2013

# So often is a flight asked about, on average, in so many seconds before it leaves.
ASKED = 45
BEFORE = 6 * 3600
INVALID, FAILING = 0.012, 0.0004

UNSEEN_CODE, RENAMED = "ZZ", ("EV", "MQ", "9E")

_LAST = int((END - START).total_seconds())
SAMPLES = _LAST // STEP

# Microseconds. Three requests in a thousand meet a pause of the process.
_MODEL = lognormal_table(3_600, 0.35, 4096)
_AROUND = lognormal_table(1_800, 0.5, 4096)
_AROUND[-12:] = np.linspace(60_000, 200_000, 12).astype(int)


@dataclass(frozen=True)
class Traffic:
    """All requests that the service took, in the order of time; one entry a request.

    `sample` is the number of the scrape that sees it first. `model_us` and `request_us` are
    microseconds, `score` millionths; all three, `flight` and the masks are of answered ones only.
    """

    sample: dict[str, np.ndarray]  # by outcome
    model_us: np.ndarray
    request_us: np.ndarray
    score: np.ndarray
    inputs: dict[str, np.ndarray]  # numerical features, NaN where missing
    unseen: np.ndarray  # whether the carrier is one that the model has never seen

    @cached_property
    def answered(self) -> np.ndarray:
        """The scrape of each answered request."""
        return self.sample["ok"]


def resets() -> list[int]:
    """Return when the process began anew, in seconds since the start."""
    releases = [seconds(t) for i in of_kind("release") for t in (i.since, i.until)]
    return sorted([*releases, *(seconds(i.until) for i in of_kind("down"))])


def simulate() -> Traffic:
    """Let passengers, crews and screens ask for five weeks; return what the service did."""
    flights = load_flights(WEEKS[0], WEEKS[1] + 1)
    dice = Dice(SEED)
    leaves = ((flights["sched_dep"] - START).dt.total_seconds()).to_numpy().astype(np.int64)
    flight = np.repeat(np.arange(len(flights)), dice.poisson(len(flights), ASKED))
    # Most ask shortly before.
    when = leaves[flight] - (dice.uniform(len(flight)) ** 2 * BEFORE).astype(np.int64)
    inside = (when >= 0) & (when < _LAST - OFFSET) & ~_lost(when)
    flight, when = flight[inside], when[inside]
    order = np.argsort(when, kind="stable")
    flight, when = flight[order], when[order]

    outcome = _outcomes(when, dice)
    sample = (when - OFFSET + STEP - 1) // STEP
    ok = outcome == 0
    flight, when = flight[ok], when[ok]
    slow = _level(when, "slow", 1.0)
    model_us = (_MODEL[dice.whole(len(when), len(_MODEL))] * slow).astype(np.int64)
    around = _AROUND[dice.whole(len(when), len(_AROUND))]
    silent = dice.uniform(len(when)) < _level(when, "silent", 0.0)
    renamed = dice.uniform(len(flights))[flight] < _level(when, "unseen", 0.0)
    renamed &= flights["carrier"].isin(RENAMED).to_numpy()[flight]
    celsius = _level(when, "celsius", 0.0) > 0
    score, values = _score(flights, flight, silent, renamed, celsius)
    return Traffic(
        {name: sample[outcome == number] for number, name in enumerate(("ok", "invalid", "error"))},
        model_us,
        model_us + around,
        score,
        values,
        renamed,
    )


def _lost(when: np.ndarray) -> np.ndarray:
    """Tell which requests no scrape sees: nobody answers, or a restart forgets the count."""
    lost = np.zeros(len(when), dtype=bool)
    for incident in of_kind("down"):
        lost |= (when >= seconds(incident.since)) & (when < seconds(incident.until))
    for reset in resets():
        lost |= (when > _scrape_before(reset)) & (when <= reset)
    return lost


def _scrape_before(moment: int) -> int:
    return (moment - OFFSET) // STEP * STEP + OFFSET


def _outcomes(when: np.ndarray, dice: Dice) -> np.ndarray:
    failing = np.maximum(_level(when, "errors", FAILING), _level(when, "release", 0.0))
    draw = dice.uniform(len(when))
    return np.select([draw < failing, draw < failing + INVALID], [2, 1], 0)


def _level(when: np.ndarray, kind: str, otherwise: float) -> np.ndarray:
    """Return the size of what happens at each moment: of an incident or a blip, or `otherwise`."""
    level = np.full(len(when), otherwise)
    for fault in [*of_kind(kind), *(b for b in drawn_blips() if b.kind == kind)]:
        first, last = np.searchsorted(when, [seconds(fault.since), seconds(fault.until)])
        level[first:last] = fault.size
    return level


def _score(flights, flight, silent, renamed, celsius) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Score every request as the model saw it; the model is asked once for each distinct case."""
    case = (silent * 4 + renamed * 2 + celsius).astype(np.int64)
    cold = flights.assign(temp=(flights["temp"] - 32) / 1.8)
    delay_model, score = model.train(), np.empty(len(flight), dtype=np.int64)
    values = {feature: flights[feature].to_numpy(float)[flight] for feature in NUMERICAL}
    values["temp"][celsius] = cold["temp"].to_numpy(float)[flight[celsius]]
    values["visib"][silent] = np.nan
    for number in np.flatnonzero(np.bincount(case)):
        at = case == number
        asked = np.zeros(len(flights), dtype=bool)
        asked[flight[at]] = True
        seen = (cold if number & 1 else flights)[asked]
        if number & 2:
            seen = seen.assign(carrier=UNSEEN_CODE)
        if number & 4:
            seen = seen.assign(visib=np.nan)
        millionths = np.zeros(len(flights), dtype=np.int64)
        millionths[asked] = np.rint(model.predict(delay_model, seen) * 1e6)
        score[at] = millionths[flight[at]]
    return score, values
