"""What the service does with a prediction after the answer is sent: it lets a challenger predict,
too, and hands all to the log of predictions.
"""

from dataclasses import dataclass

import numpy as np

from utils import model as flight_delay
from utils.flights import FEATURES
from utils.service.models import Models
from utils.service.predictions import PredictionLog
from utils.service.requests import columns, features


@dataclass(frozen=True)
class Answered:
    """A request that was answered: when it came (seconds since 1970), by which models, and how.

    `line` is the request's line in the log, which will say whether the rows were kept.
    """

    received: float
    models: Models
    flights: list[dict]
    probability: np.ndarray
    line: dict


# It only writes rows into a queue, which takes no time: no thread is needed.
async def keep(log: PredictionLog, answered: Answered) -> None:
    """Log an answered request."""
    _put(log, answered, [None] * len(answered.flights), None)


def keep_with_challenger(log: PredictionLog, answered: Answered) -> None:
    """Let the challenger predict, and log what both said; whatever it does, it hurts nobody."""
    challenger = answered.models.challenger
    try:
        table = features(columns(answered.flights))
        tried, version = flight_delay.predict(challenger.model, table).tolist(), challenger.version
    except Exception as error:
        answered.line["challenger"] = f"failed: {type(error).__name__}: {error}"
        tried, version = [None] * len(answered.flights), None
    _put(log, answered, tried, version)


def _put(log: PredictionLog, answered: Answered, tried: list, tried_version: str | None) -> None:
    # In the order of predictions.COLUMNS.
    rows = [
        (
            answered.line["request_id"],
            answered.received,
            answered.models.champion.version,
            flight["flight_id"],
            flight["sched_dep"] and flight["sched_dep"].isoformat(),
            *[flight[feature] for feature in FEATURES],
            probability,
            challenger,
            tried_version,
        )
        for flight, probability, challenger in zip(
            answered.flights, answered.probability.tolist(), tried, strict=True
        )
    ]
    answered.line["logged"] = log.put(rows)
