"""What several checks of lesson 01 need: some flights with probabilities, and the year's scores."""

from functools import cache

import numpy as np
import pandas as pd

from utils.flights import TRAINING, load_flights


@cache
def some_flights() -> tuple[pd.DataFrame, np.ndarray]:
    """Return three weeks with cancelled flights, and probabilities that know a little."""
    # A permuted index and an unsorted table trip code that goes by position or by label alone.
    flights = load_flights(6, 8).sample(frac=1, random_state=6)
    rng = np.random.default_rng(6)
    outcome = flights["late"].fillna(0.5).to_numpy()
    return flights, np.clip(0.1 + 0.2 * outcome + 0.5 * rng.random(len(flights)), 0.01, 0.99)


def loss_of_constant(late: pd.Series, share: float) -> pd.Series:
    """Return the log loss of a constant in weeks whose shares of late flights are `late`."""
    return -late * np.log(share) - (1 - late) * np.log(1 - share)


@cache
def year() -> pd.DataFrame:
    """Return FlightDelay's scores of weeks 10 to 52, with the gap to the constant of training."""
    # Importing scikit-learn takes a second, so only who needs it waits for it.
    from utils import model

    flights = load_flights(10, 52)
    scores = model.weekly_scores(flights, model.predict(model.train(), flights))
    constant = loss_of_constant(scores["late"], load_flights(*TRAINING)["late"].mean())
    return scores.assign(gap=scores["log_loss"] - constant)
