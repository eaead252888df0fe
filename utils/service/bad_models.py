"""Two releases of FlightDelay that should not have been made: one is slow, one fails at times.

The service loads them like any other model; so they must stand in a module that it can import.
"""

import random
import time

from sklearn.pipeline import Pipeline

DELAY_SECONDS = 1.0
FAILS = 0.25


class SlowPipeline(Pipeline):
    """Predicts what its steps predict, a second later."""

    def predict_proba(self, X, **params):
        """Return the probabilities, late."""
        time.sleep(DELAY_SECONDS)
        return super().predict_proba(X, **params)


class FailingPipeline(Pipeline):
    """Predicts what its steps predict, except in one call of four."""

    def predict_proba(self, X, **params):
        """Return the probabilities, or raise RuntimeError."""
        if random.random() < FAILS:
            raise RuntimeError("the lookup of the aircraft failed")
        return super().predict_proba(X, **params)


RELEASES = {"slow model": SlowPipeline, "failing model": FailingPipeline}
