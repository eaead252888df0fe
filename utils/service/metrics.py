"""The metrics of FlightDelay: their names, buckets and bins, and how a prediction is counted.

The running service (`utils.service`) and its simulated history (`utils.prometheus.history`) share
them, so that a query means the same on both.
"""

from collections import deque
from collections.abc import Mapping
from typing import Protocol

import numpy as np
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.core import CounterMetricFamily

from utils.flights import CATEGORICAL, NUMERICAL

# A request takes some milliseconds; the desk promised its users 50.
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
SCORES = tuple(i / 20 for i in range(1, 20))
# Scores once more, each bin by itself: what PSI needs, and a cumulative histogram hides.
BINS = tuple(f"{i / 20:.2f}" for i in range(20))

OUTCOMES = ("ok", "invalid", "error")
# A feature's mean is taken over so many of its latest values.
WINDOW = 500


class Log(Protocol):
    """What the metrics ask of the log of predictions: two numbers of rows."""

    waiting: int
    dropped: int


class Metrics:
    """The service's metrics, in a registry of their own.

    `known` are the categories of each categorical feature that the model has seen in training.
    """

    def __init__(self, known: dict[str, set[str]], version: str, log: Log | None = None):
        self.registry = r = CollectorRegistry()
        self.requests = Counter(
            "flightdelay_requests", "Requests to /predict.", ["outcome"], registry=r
        )
        for outcome in OUTCOMES:
            self.requests.labels(outcome)  # so that each is there, as 0, from the start
        self.request_seconds = Histogram(
            "flightdelay_request_seconds", "Time of a request.", buckets=SECONDS, registry=r
        )
        self.model_seconds = Histogram(
            "flightdelay_model_seconds", "Time in the model.", buckets=SECONDS, registry=r
        )
        self.score = Histogram(
            "flightdelay_score", "Predicted probability.", buckets=SCORES, registry=r
        )
        bins = Counter(
            "flightdelay_score_bin", "Predictions from this probability on.", ["bin"], registry=r
        )
        self._bins = [bins.labels(edge) for edge in BINS]
        missing = Counter(
            "flightdelay_missing_values", "Values that were null.", ["feature"], registry=r
        )
        self._missing = {feature: missing.labels(feature) for feature in NUMERICAL}
        unseen = Counter(
            "flightdelay_unseen_values", "Categories not seen in training.", ["feature"], registry=r
        )
        self._unseen = {feature: unseen.labels(feature) for feature in CATEGORICAL}
        means = Gauge(
            "flightdelay_feature_mean",
            f"Mean of the last {WINDOW} values.",
            ["feature"],
            registry=r,
        )
        self._latest = {feature: deque(maxlen=WINDOW) for feature in NUMERICAL}
        for feature, values in self._latest.items():
            means.labels(feature).set_function(lambda v=values: _mean(v))
        self._info = Info("flightdelay_model", "The model in service.", registry=r)
        self.serve(known, version)
        if log is not None:
            waiting = Gauge("flightdelay_log_waiting", "Rows not yet on disk.", registry=r)
            waiting.set_function(lambda: log.waiting)
            r.register(_Dropped(log))

    def serve(self, known: dict[str, set[str]], version: str) -> None:
        """Say which model is in service from now on, and which categories it knows."""
        self._known = known
        self._info.info({"version": version})

    def note(self, features: Mapping, probability: np.ndarray, seconds: float) -> None:
        """Count what one request brought, and what the model made of it in so many seconds.

        `features` holds a column for each feature: lists (None is missing), or a table.
        """
        self.model_seconds.observe(seconds)
        for p in probability.tolist():
            self.score.observe(p)
            self._bins[bin_of(p)].inc()
        for feature in NUMERICAL:
            values = list(features[feature])
            # NaN is not equal to itself.
            there = [value for value in values if value is not None and value == value]
            self._latest[feature].extend(there)
            if missing := len(values) - len(there):
                self._missing[feature].inc(missing)
        for feature in CATEGORICAL:
            known = self._known[feature]
            if unseen := sum(value not in known for value in features[feature]):
                self._unseen[feature].inc(unseen)


class _Dropped:
    """Counts the rows that the log refused or lost; the log itself keeps the number."""

    def __init__(self, log: Log):
        self._log = log

    def collect(self):
        yield CounterMetricFamily(
            "flightdelay_log_dropped", "Rows that were not logged.", value=self._log.dropped
        )


def bin_of(probability: float) -> int:
    """Return the number of the bin (0 to 19) of a probability; each holds its lower edge."""
    return min(int(probability * len(BINS) + 1e-9), len(BINS) - 1)


def _mean(values: deque) -> float:
    # The service may add to it while it is read.
    latest = list(values)
    return sum(latest) / len(latest) if latest else float("nan")
