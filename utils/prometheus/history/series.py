"""From requests to what Prometheus would have scraped of them: one series after another.

Counters start at 0 with the process, and fall to 0 when it restarts; where nobody was there to
scrape, or to be scraped, there is no sample.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from utils.flights import CATEGORICAL, NUMERICAL
from utils.prometheus.history.dice import Dice
from utils.prometheus.history.faults import Fault, of_kind
from utils.prometheus.history.requests import STREAMS, Requests, rehearse, resets
from utils.prometheus.history.weeks import OFFSET, SAMPLES, STEP, seconds
from utils.service.metrics import LATENCY_EDGES, MEAN_WINDOW, SCORE_BINS, SCORE_EDGES

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


def scraped(service: Requests) -> Iterator[Series]:
    """Yield every series of the simulated weeks, families together."""
    targets = [
        _Target(LABELS, service, of_kind("down"), resets(), of_kind("release"), of_kind("disk")),
        _Target(STAGING, rehearse(service)),
    ]
    for family in (_counted, _durations, _scores, _data, _process, _up):
        # A family is one piece of text, whoever the target.
        parts = [list(family(target)) for target in targets]
        for name in dict.fromkeys(one.family for part in parts for one in part):
            for part in parts:
                yield from (one for one in part if one.family == name)


class _Target:
    """What is scraped: its requests, which samples there are, and since when it has counted."""

    def __init__(self, labels, requests: Requests, down=(), restarts=(), releases=(), disk=()):
        self.labels, self.requests = labels, requests
        self.releases, self.slow_disk = releases, disk
        self.moments = moments = np.arange(SAMPLES) * STEP + OFFSET
        self.scraping = np.ones(SAMPLES, dtype=bool)
        for gap in of_kind("gap"):
            self.scraping &= ~_inside(moments, gap)
        self.alive = np.ones(SAMPLES, dtype=bool)
        for fault in down:
            self.alive &= ~_inside(moments, fault)
        self.at = np.flatnonzero(self.scraping & self.alive)
        # The last sample before the latest restart, of each sample; -1 before the first restart.
        self.began = np.full(SAMPLES, -1)
        for reset in restarts:
            self.began[moments > reset] = (reset - OFFSET) // STEP

    def series(self, family: str, kind: str, suffix: str, readings, at=None, **labels) -> Series:
        """Return a series of the service's own page, at all samples unless said otherwise."""
        family = f"flightdelay_{family}"
        at = self.at if at is None else at
        return Series(family, kind, f"{family}{suffix}", self.labels | labels, at, readings)

    def counter(self, family: str, sample: np.ndarray, **labels) -> Series:
        """Return a counter of events that fall on these samples."""
        return self.series(family, "counter", "_total", self.counted(sample), **labels)

    def counted(self, sample: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
        """Return what a counter says at each of `at`, of events that fall on these samples."""
        # Sums of whole numbers below 2^53 are exact in any order.
        total = np.cumsum(np.bincount(sample, weight, minlength=SAMPLES)).astype(np.int64)
        return (total - np.append(total, 0)[self.began])[self.at]


def _inside(moments: np.ndarray, fault: Fault) -> np.ndarray:
    return (moments >= seconds(fault.since)) & (moments < seconds(fault.until))


def _counted(target: _Target) -> Iterator[Series]:
    for outcome, sample in target.requests.sample.items():
        yield target.counter("requests", sample, outcome=outcome)


def _durations(target: _Target) -> Iterator[Series]:
    # A request is timed however it ends, as the service does; the model only when it has answered.
    sample, took = (
        np.concatenate(list(by_outcome.values()))
        for by_outcome in (target.requests.sample, target.requests.request_us)
    )
    yield from _histogram(target, "request_seconds", sample, took, LATENCY_EDGES)
    answered, took = target.requests.answered, target.requests.model_us
    yield from _histogram(target, "model_seconds", answered, took, LATENCY_EDGES)


def _scores(target: _Target) -> Iterator[Series]:
    answered, score = target.requests.answered, target.requests.score
    yield from _histogram(target, "score", answered, score, SCORE_EDGES)
    bins = np.minimum(score * len(SCORE_BINS) // 1_000_000, len(SCORE_BINS) - 1)
    for number, edge in enumerate(SCORE_BINS):
        yield target.counter("score_bin", answered[bins == number], bin=edge)


def _histogram(target: _Target, family, sample, millionths, edges) -> Iterator[Series]:
    count = target.counted(sample)
    for edge in edges:
        below = target.counted(sample[millionths <= round(edge * 1e6)])
        yield target.series(family, "histogram", "_bucket", below, le=str(float(edge)))
    yield target.series(family, "histogram", "_bucket", count, le="+Inf")
    total = target.counted(sample, millionths) / 1e6
    yield target.series(family, "histogram", "_sum", total)
    yield target.series(family, "histogram", "_count", count)


def _data(target: _Target) -> Iterator[Series]:
    answered = target.requests.answered
    for feature in NUMERICAL:
        missing = answered[np.isnan(target.requests.inputs[feature])]
        yield target.counter("missing_values", missing, feature=feature)
    for feature in CATEGORICAL:
        unseen = answered[target.requests.unseen] if feature == "carrier" else np.empty(0, int)
        yield target.counter("unseen_values", unseen, feature=feature)
    for feature in NUMERICAL:
        mean = _latest_mean(target, feature)
        yield target.series("feature_mean", "gauge", "", mean, feature=feature)


def _latest_mean(target: _Target, feature: str) -> np.ndarray:
    values = target.requests.inputs[feature]
    there = ~np.isnan(values)
    sums = np.append(0, np.cumsum(np.rint(values[there] * 1e4).astype(np.int64)))
    number = np.cumsum(np.bincount(target.requests.answered[there], minlength=SAMPLES))
    first = np.maximum(number - MEAN_WINDOW, np.append(number, 0)[target.began])
    held = number - first
    # A process that has seen no value yet says NaN.
    mean = np.where(held, (sums[number] - sums[first]) / np.maximum(held, 1), np.nan)
    return (np.rint(mean) / 1e4)[target.at]


def _process(target: _Target) -> Iterator[Series]:
    second = np.zeros(SAMPLES, dtype=bool)
    for release in target.releases:
        second |= _inside(target.moments, release)
    for version, serving in (("1", ~second), ("2", second)):
        at = target.at[serving[target.at]]
        if len(at):
            ones = np.ones(len(at), dtype=np.int64)
            yield target.series("model_info", "gauge", "", ones, at, version=version)
    a_minute = np.bincount(target.requests.answered, minlength=SAMPLES)
    # A row waits for a fifth of a second, as a rule.
    waiting = Dice(STREAMS["waiting"]).uniform(SAMPLES) * (a_minute / 60 + 0.9)
    waiting = waiting.astype(np.int64)
    for slow in target.slow_disk:
        at = np.flatnonzero(_inside(target.moments, slow))
        waiting[at] = np.cumsum(a_minute[at])
    yield target.series("log_waiting", "gauge", "", waiting[target.at])
    nothing = np.zeros(len(target.at), dtype=np.int64)
    yield target.series("log_dropped", "counter", "_total", nothing)


def _up(target: _Target) -> Iterator[Series]:
    at = np.flatnonzero(target.scraping)
    yield Series("up", "gauge", "up", target.labels, at, target.alive[at].astype(np.int64))
