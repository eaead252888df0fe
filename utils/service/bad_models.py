"""Two releases of FlightDelay that should not have been made: one is slow, one fails at times.

The service loads them like any other model; so they must stand in a module that it can import.
"""

import time
import zlib

import pandas as pd
from sklearn.pipeline import Pipeline

DELAY_SECONDS = 1.0
ONE_IN = 4


class SlowPipeline(Pipeline):
    """Predicts what its steps predict, a second later."""

    def predict_proba(self, X, **params):
        """Return the probabilities, late."""
        time.sleep(DELAY_SECONDS)
        return super().predict_proba(X, **params)


class FailingPipeline(Pipeline):
    """Predicts what its steps predict, except in one call of four: always for the same flights."""

    def predict_proba(self, X, **params):
        """Return the probabilities, or raise RuntimeError."""
        # By what is asked, not by chance: a replay that is repeated fails at the same flights.
        asked = pd.util.hash_pandas_object(X, index=False).to_numpy().tobytes()
        if zlib.crc32(asked) % ONE_IN == 0:
            raise RuntimeError("the lookup of the aircraft failed")
        return super().predict_proba(X, **params)


RELEASES = {"slow model": SlowPipeline, "failing model": FailingPipeline}
