"""The metrics of FlightDelay: their names, buckets and bins, and how a prediction is counted.

The running service (`utils.service`) and its simulated history (`utils.prometheus.history`) share
them, so that a query means the same on both.

`flightdelay_feature_mean` breaks a rule on purpose: a metric should have one unit, so that its sum
over all labels means something, and this one has °F beside miles and hPa. A name for each feature
would obey it. But then no query, rule or panel could go over all features at once, and each would
need changing with every new feature. The help text says what not to do.
"""

from collections import deque
from collections.abc import Mapping
from typing import Protocol

import numpy as np
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily

from utils.flights import CATEGORICAL, NUMERICAL

# The upper edges, in seconds, of the buckets of the latency histograms. A request takes some
# milliseconds; the desk promised its users 50.
LATENCY_EDGES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
# The upper edges of the buckets of the histogram of scores.
SCORE_EDGES = tuple(i / 20 for i in range(1, 20))
# Where the bins of scores begin. Each bin is counted by itself: PSI needs that, and the buckets of
# a histogram hide it, since each contains the ones before it.
SCORE_BINS = tuple(f"{i / 20:.2f}" for i in range(20))

REQUEST_OUTCOMES = ("ok", "invalid", "error")
# How many of its latest values the mean of a feature is taken over.
MEAN_WINDOW = 500


class Log(Protocol):
    """What the metrics ask of the log of predictions: two numbers of rows."""

    waiting: int
    dropped: int


class Metrics:
    """The service's metrics, in a registry of their own, and those of its process.

    `known` are the categories of each categorical feature that the model has seen in training.
    """

    def __init__(self, known: dict[str, set[str]], version: str, log: Log | None = None):
        # For each counter a series that says when it was made is of no use here.
        disable_created_metrics()
        self.registry = r = CollectorRegistry()
        ProcessCollector(registry=r)
        PlatformCollector(registry=r)
        self.requests = Counter(
            "flightdelay_requests", "Requests to /predict.", ["outcome"], registry=r
        )
        for outcome in REQUEST_OUTCOMES:
            self.requests.labels(outcome)  # so that each is there, as 0, from the start
        self.request_seconds = Histogram(
            "flightdelay_request_seconds", "Time of a request.", buckets=LATENCY_EDGES, registry=r
        )
        self.model_seconds = Histogram(
            "flightdelay_model_seconds", "Time in the model.", buckets=LATENCY_EDGES, registry=r
        )
        self.score = Histogram(
            "flightdelay_score", "Predicted probability.", buckets=SCORE_EDGES, registry=r
        )
        bins = Counter(
            "flightdelay_score_bin", "Predictions from this probability on.", ["bin"], registry=r
        )
        self._bins = [bins.labels(edge) for edge in SCORE_BINS]
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
            f"Mean of the last {MEAN_WINDOW} values, each feature in its own unit: compare a "
            "feature with its own past, and never add up features.",
            ["feature"],
            registry=r,
        )
        self._latest = {feature: deque(maxlen=MEAN_WINDOW) for feature in NUMERICAL}
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
            present = [value for value in values if value is not None and value == value]
            self._latest[feature].extend(present)
            if missing := len(values) - len(present):
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
    return min(int(probability * len(SCORE_BINS) + 1e-9), len(SCORE_BINS) - 1)


def _mean(values: deque) -> float:
    # The service may add to it while it is read.
    latest = list(values)
    return sum(latest) / len(latest) if latest else float("nan")
