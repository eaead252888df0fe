"""FlightDelay, the model that the course watches: train, predict, save, load, score by week.

It predicts the probability that a flight arrives more than 15 minutes late, from what is known
before departure.
"""

import functools
from contextlib import nullcontext
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OrdinalEncoder
from threadpoolctl import ThreadpoolController

from utils.errors import CourseError
from utils.flights import CATEGORICAL, FEATURES, NUMERICAL, TRAINING, load_flights

SEED = 2013
MANY = 20_000


def train(flights: pd.DataFrame | None = None) -> Pipeline:
    """Train FlightDelay on flights with a known outcome; without an argument on weeks 1 to 9.

    Gradient-boosted trees on histograms (Ke et al., 2017, in scikit-learn's version): they take
    missing values as they come, and categories that were never seen as missing.

    Raises CourseError when a feature or every outcome is missing.
    """
    flights = load_flights(*TRAINING) if flights is None else flights
    known = _with_features(flights).dropna(subset="late")
    if known["late"].nunique() < 2:
        raise CourseError("Training needs flights of both kinds, late and not late, in `late`.")
    encoder = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=np.nan
    )
    columns = make_column_transformer((encoder, CATEGORICAL), ("passthrough", NUMERICAL))
    trees = HistGradientBoostingClassifier(
        max_iter=100,
        max_leaf_nodes=8,
        early_stopping=False,
        # The transformer puts the categories first.
        categorical_features=range(len(CATEGORICAL)),
        random_state=SEED,
    )
    with _one_thread():
        return make_pipeline(columns, trees).fit(known[FEATURES], known["late"])


def predict(model: Pipeline, flights: pd.DataFrame) -> np.ndarray:
    """Return the probability of being late of each flight, shape (rows,), between 0 and 1."""
    features = _with_features(flights)[FEATURES]
    # Threads share out rows, so they change no result; a few rows are not worth waking them.
    with nullcontext() if len(features) > MANY else _one_thread():
        return model.predict_proba(features)[:, 1]


def known_categories(model: Pipeline) -> dict[str, set[str]]:
    """Return, for each categorical feature, the categories that the model saw in training."""
    encoder = model[0].named_transformers_["ordinalencoder"]
    return {
        feature: set(categories)
        for feature, categories in zip(CATEGORICAL, encoder.categories_, strict=True)
    }


def weekly_scores(flights: pd.DataFrame, probability: np.ndarray) -> pd.DataFrame:
    """Score predictions week by week: one row a week, for the flights whose outcome is known.

    Columns: `flights` (number), `late` (share late), `predicted` (mean probability), `roc_auc`,
    `log_loss` (nats), `brier`.
    """
    scored = flights.assign(probability=probability).dropna(subset="late")
    rows = {week: _scores(group) for week, group in scored.groupby("week")}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("week")


def save(model: Pipeline, path: Path | str) -> None:
    """Save a model, with the versions that it needs."""
    joblib.dump({"scikit-learn": sklearn.__version__, "model": model}, path)


def load(path: Path | str) -> Pipeline:
    """Load a model that `save` wrote.

    Loading runs code from the file, so load only files that you trust. Raises CourseError when
    the file is missing, is not such a file, or comes from another version of scikit-learn.
    """
    again = "Train it again with `train()` and `save(...)` it."
    try:
        content = joblib.load(path)
    except FileNotFoundError:
        raise CourseError(f"There is no model at {path}. {again}") from None
    except Exception as error:
        # A damaged pickle can raise nearly anything.
        raise CourseError(f"{path} cannot be read ({type(error).__name__}). {again}") from None
    if not isinstance(content, dict) or "scikit-learn" not in content:
        raise CourseError(f"{path} holds no FlightDelay. {again}")
    if content["scikit-learn"] != sklearn.__version__:
        raise CourseError(
            f"{path} was saved by scikit-learn {content['scikit-learn']}, and this is "
            f"{sklearn.__version__}: it might load and predict something else. {again}"
        )
    return content["model"]


def _one_thread():
    # On a busy machine several threads wait for one another: 0.4 s become 5 to 9 s.
    return _pools().limit(limits=1, user_api="openmp")


@functools.cache
def _pools() -> ThreadpoolController:
    # Looking for the pools takes longer than predicting one flight, so it is done once.
    return ThreadpoolController()


def _with_features(flights: pd.DataFrame) -> pd.DataFrame:
    missing = [name for name in FEATURES if name not in flights.columns]
    if missing:
        raise CourseError(
            f"The flights lack the feature `{missing[0]}`; the model needs {FEATURES}."
        )
    if flights.empty:
        raise CourseError("There are no flights in the table. Which weeks did you ask for?")
    return flights


def _scores(group: pd.DataFrame) -> dict[str, float]:
    late, probability = group["late"], group["probability"]
    both = late.nunique() == 2
    return {
        "flights": len(group),
        "late": late.mean(),
        "predicted": probability.mean(),
        "roc_auc": roc_auc_score(late, probability) if both else np.nan,
        "log_loss": log_loss(late, probability, labels=[0, 1]),
        "brier": brier_score_loss(late, probability),
    }
