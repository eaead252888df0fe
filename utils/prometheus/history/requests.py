"""The requests of the simulated weeks: real flights, asked about before they leave.

Everything is whole numbers (seconds, microseconds, millionths), so that sums have no rounding.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from utils import model
from utils.flights import NUMERICAL, load_flights
from utils.prometheus.history.dice import Dice, lognormal_table
from utils.prometheus.history.faults import drawn_blips, of_kind
from utils.prometheus.history.weeks import END, OFFSET, SAMPLES, START, STEP, WEEKS, seconds

SEED = 2013
# What was added later has a stream of its own, so that what was drawn before stays as it was.
STREAMS = {"staging": SEED + 1, "waiting": SEED + 2, "refused": SEED + 3, "rehearsed": SEED + 4}

# Each flight is asked about 45 times, on average, within the six hours before it leaves.
ASKED = 45
BEFORE = 6 * 3600
INVALID, FAILING = 0.012, 0.0004
OUTCOMES = ("ok", "invalid", "error")

UNSEEN_CODE, RENAMED = "ZZ", ("EV", "MQ", "9E")

# Microseconds in the model, and in the rest of a request. Three requests in a thousand meet a pause
# of the process.
_MODEL = lognormal_table(3_600, 0.35, 4096)
_AROUND = lognormal_table(1_800, 0.5, 4096)
_AROUND[-12:] = np.linspace(60_000, 200_000, 12).astype(int)

# The copy for rehearsals: so many requests a minute, day and night, one in ten of them meant to
# fail; its machine is slower.
STAGED, STAGED_FAILING, STAGED_SLOWER = 6, 10, 3


@dataclass(frozen=True)
class Requests:
    """All requests that a service took, in the order of time; one entry a request.

    `sample` is the number of the scrape that sees it first. `request_us` and `model_us` are
    microseconds, `score` millionths. The model has seen only the answered ones, and so what is not
    told by outcome is of these alone.
    """

    sample: dict[str, np.ndarray]  # by outcome
    request_us: dict[str, np.ndarray]  # by outcome
    model_us: np.ndarray
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


def simulate() -> Requests:
    """Let passengers, crews and screens ask for five weeks; return what the service did."""
    flights = load_flights(WEEKS[0], WEEKS[1] + 1)
    dice = Dice(SEED)
    leaves = ((flights["sched_dep"] - START).dt.total_seconds()).to_numpy().astype(np.int64)
    flight = np.repeat(np.arange(len(flights)), dice.poisson(len(flights), ASKED))
    # Most ask shortly before.
    when = leaves[flight] - (dice.uniform(len(flight)) ** 2 * BEFORE).astype(np.int64)
    inside = (when >= 0) & (when < seconds(END) - OFFSET) & ~_lost(when)
    flight, when = flight[inside], when[inside]
    order = np.argsort(when, kind="stable")
    flight, when = flight[order], when[order]

    outcome = _outcomes(when, dice)
    sample = (when - OFFSET + STEP - 1) // STEP
    refused = _refused_us(when, outcome, Dice(STREAMS["refused"]))
    ok = outcome == 0
    flight, when = flight[ok], when[ok]
    model_us = _model_us(when, dice)
    around = _AROUND[dice.whole(len(when), len(_AROUND))]
    silent = dice.uniform(len(when)) < _level(when, "silent", 0.0)
    renamed = dice.uniform(len(flights))[flight] < _level(when, "unseen", 0.0)
    renamed &= flights["carrier"].isin(RENAMED).to_numpy()[flight]
    celsius = _level(when, "celsius", 0.0) > 0
    score, values = _score(flights, flight, silent, renamed, celsius)
    return Requests(
        {name: sample[outcome == number] for number, name in enumerate(OUTCOMES)},
        {"ok": model_us + around} | refused,
        model_us,
        score,
        values,
        renamed,
    )


def rehearse(service: Requests) -> Requests:
    """Return what the copy for rehearsals did: it is asked about the first day, over and over."""
    fails = Dice(STREAMS["staging"]).whole(SAMPLES * STAGED, STAGED_FAILING) == 0
    sample, dice = np.repeat(np.arange(SAMPLES), STAGED), Dice(STREAMS["rehearsed"])
    answered = int((~fails).sum())
    first_day = int(np.searchsorted(service.answered, 24 * 3600 // STEP))
    asked = dice.whole(answered, first_day)
    model_us = STAGED_SLOWER * _MODEL[dice.whole(len(fails), len(_MODEL))]
    request_us = model_us + STAGED_SLOWER * _AROUND[dice.whole(len(fails), len(_AROUND))]
    none = np.empty(0, dtype=np.int64)
    return Requests(
        {"ok": sample[~fails], "invalid": none, "error": sample[fails]},
        {"ok": request_us[~fails], "invalid": none, "error": request_us[fails]},
        model_us[~fails],
        service.score[asked],
        {feature: values[asked] for feature, values in service.inputs.items()},
        service.unseen[asked],
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


def _model_us(when: np.ndarray, dice: Dice) -> np.ndarray:
    slow = _level(when, "slow", 1.0)
    return (_MODEL[dice.whole(len(when), len(_MODEL))] * slow).astype(np.int64)


def _refused_us(when: np.ndarray, outcome: np.ndarray, dice: Dice) -> dict[str, np.ndarray]:
    """Return how long the requests took that got no prediction.

    An invalid one never comes to the model; one that fails does so at its end.
    """
    refused = {name: when[outcome == OUTCOMES.index(name)] for name in OUTCOMES[1:]}
    took = {name: _AROUND[dice.whole(len(at), len(_AROUND))] for name, at in refused.items()}
    return took | {"error": took["error"] + _model_us(refused["error"], dice)}


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
