"""From requests to what Prometheus would have scraped of them: one series after another.

Counters start at 0 with the process, and fall to 0 when it restarts; where nobody was there to
scrape, or to be scraped, there is no sample.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from utils.flights import CATEGORICAL, NUMERICAL
from utils.prometheus.history.dice import Dice
from utils.prometheus.history.incidents import OFFSET, STEP, of_kind, seconds
from utils.prometheus.history.traffic import SAMPLES, SEED, Traffic, resets
from utils.service.metrics import BINS, SCORES, SECONDS, WINDOW

LABELS = {"job": "flightdelay", "instance": "desk:8000"}
# A copy for rehearsals, with requests of its own: who forgets the job counts them, too.
STAGING = {"job": "staging", "instance": "staging:8000"}


@dataclass(frozen=True)
class Series:
    """One series: its family and type, its name and labels, and its readings at some samples."""

    family: str
    kind: str
    name: str
    labels: dict[str, str]
    at: np.ndarray  # numbers of samples
    readings: np.ndarray


def scraped(traffic: Traffic) -> Iterator[Series]:
    """Yield every series of the simulated weeks, families together."""
    clock = _Clock()
    everything = (_requests, _durations, _scores, _data, _process, _up)
    for part in everything:
        yield from part(traffic, clock)


class _Clock:
    """Which samples there are, and since when the process that they are taken of has counted."""

    def __init__(self):
        moments = np.arange(SAMPLES) * STEP + OFFSET
        self.moments = moments
        self.scraping = np.ones(SAMPLES, dtype=bool)
        for gap in of_kind("gap"):
            self.scraping &= ~_inside(moments, gap)
        self.alive = np.ones(SAMPLES, dtype=bool)
        for down in of_kind("down"):
            self.alive &= ~_inside(moments, down)
        self.at = np.flatnonzero(self.scraping & self.alive)
        # The last sample before the latest restart, of each sample; -1 before the first restart.
        self.began = np.full(SAMPLES, -1)
        for reset in resets():
            self.began[moments > reset] = (reset - OFFSET) // STEP

    def counted(self, sample: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
        """Return what a counter says at each of `at`, of events that fall on these samples."""
        # Sums of whole numbers below 2^53 are exact in any order.
        total = np.cumsum(np.bincount(sample, weight, minlength=SAMPLES)).astype(np.int64)
        return (total - np.append(total, 0)[self.began])[self.at]


def _inside(moments: np.ndarray, incident) -> np.ndarray:
    return (moments >= seconds(incident.since)) & (moments < seconds(incident.until))


def _service(family: str, kind: str, suffix: str = "", **labels: str):
    name = f"flightdelay_{family}"
    return f"{name}", kind, f"{name}{suffix}", LABELS | labels


def _requests(traffic: Traffic, clock: _Clock) -> Iterator[Series]:
    for outcome, sample in traffic.sample.items():
        heading = _service("requests", "counter", "_total", outcome=outcome)
        yield Series(*heading, clock.at, clock.counted(sample))
    # Six requests a minute, day and night, one in ten of them meant to fail.
    at, dice = np.flatnonzero(clock.scraping), Dice(SEED + 1)
    draws = dice.whole(SAMPLES * 6, 10).reshape(SAMPLES, 6)
    for outcome, a_minute in (("ok", (draws > 0).sum(axis=1)), ("error", (draws == 0).sum(axis=1))):
        labels = STAGING | {"outcome": outcome}
        family, kind, name, _ = _service("requests", "counter", "_total")
        yield Series(family, kind, name, labels, at, np.cumsum(a_minute)[at])


def _durations(traffic: Traffic, clock: _Clock) -> Iterator[Series]:
    for family, spent in (
        ("request_seconds", traffic.request_us),
        ("model_seconds", traffic.model_us),
    ):
        yield from _histogram(family, traffic.answered, spent, SECONDS, clock)


def _scores(traffic: Traffic, clock: _Clock) -> Iterator[Series]:
    yield from _histogram("score", traffic.answered, traffic.score, SCORES, clock)
    bins = np.minimum(traffic.score * len(BINS) // 1_000_000, len(BINS) - 1)
    for number, edge in enumerate(BINS):
        heading = _service("score_bin", "counter", "_total", bin=edge)
        yield Series(*heading, clock.at, clock.counted(traffic.answered[bins == number]))


def _histogram(family, sample, millionths, edges, clock: _Clock) -> Iterator[Series]:
    for edge in edges:
        below = sample[millionths <= round(edge * 1e6)]
        heading = _service(family, "histogram", "_bucket", le=str(float(edge)))
        yield Series(*heading, clock.at, clock.counted(below))
    count = clock.counted(sample)
    yield Series(*_service(family, "histogram", "_bucket", le="+Inf"), clock.at, count)
    total = clock.counted(sample, millionths) / 1e6
    yield Series(*_service(family, "histogram", "_sum"), clock.at, total)
    yield Series(*_service(family, "histogram", "_count"), clock.at, count)


def _data(traffic: Traffic, clock: _Clock) -> Iterator[Series]:
    for feature in NUMERICAL:
        missing = traffic.answered[np.isnan(traffic.inputs[feature])]
        heading = _service("missing_values", "counter", "_total", feature=feature)
        yield Series(*heading, clock.at, clock.counted(missing))
    for feature in CATEGORICAL:
        unseen = traffic.answered[traffic.unseen] if feature == "carrier" else np.empty(0, int)
        heading = _service("unseen_values", "counter", "_total", feature=feature)
        yield Series(*heading, clock.at, clock.counted(unseen))
    for feature in NUMERICAL:
        heading = _service("feature_mean", "gauge", feature=feature)
        yield Series(*heading, clock.at, _latest_mean(traffic, feature, clock))


def _latest_mean(traffic: Traffic, feature: str, clock: _Clock) -> np.ndarray:
    values = traffic.inputs[feature]
    there = ~np.isnan(values)
    sums = np.append(0, np.cumsum(np.rint(values[there] * 1e4).astype(np.int64)))
    number = np.cumsum(np.bincount(traffic.answered[there], minlength=SAMPLES))
    first = np.maximum(number - WINDOW, np.append(number, 0)[clock.began])
    held = number - first
    # A process that has seen no value yet says NaN.
    mean = np.where(held, (sums[number] - sums[first]) / np.maximum(held, 1), np.nan)
    return (np.rint(mean) / 1e4)[clock.at]


def _process(traffic: Traffic, clock: _Clock) -> Iterator[Series]:
    second = np.zeros(SAMPLES, dtype=bool)
    for release in of_kind("release"):
        second |= _inside(clock.moments, release)
    for version, serving in (("1", ~second), ("2", second)):
        at = clock.at[serving[clock.at]]
        heading = _service("model_info", "gauge", version=version)
        yield Series(*heading, at, np.ones(len(at), dtype=np.int64))
    a_minute = np.bincount(traffic.answered, minlength=SAMPLES)
    # A row waits for a fifth of a second, as a rule.
    waiting = Dice(SEED + 2).uniform(SAMPLES) * (a_minute / 60 + 0.9)
    waiting = waiting.astype(np.int64)
    for slow in of_kind("disk"):
        at = np.flatnonzero(_inside(clock.moments, slow))
        waiting[at] = np.cumsum(a_minute[at])
    yield Series(*_service("log_waiting", "gauge"), clock.at, waiting[clock.at])
    nothing = np.zeros(len(clock.at), dtype=np.int64)
    yield Series(*_service("log_dropped", "counter", "_total"), clock.at, nothing)


def _up(traffic: Traffic, clock: _Clock) -> Iterator[Series]:
    at = np.flatnonzero(clock.scraping)
    yield Series("up", "gauge", "up", LABELS, at, clock.alive[at].astype(np.int64))
    yield Series("up", "gauge", "up", STAGING, at, np.ones(len(at), dtype=np.int64))
