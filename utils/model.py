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

from utils import given
from utils.errors import CourseError
from utils.flights import CATEGORICAL, FEATURES, NUMERICAL, TRAINING, load_flights

SEED = 2013
MANY = 20_000
SCORES = ["flights", "late", "predicted", "roc_auc", "log_loss", "brier"]


def train(flights: pd.DataFrame | None = None) -> Pipeline:
    """Train FlightDelay on flights with a known outcome; without an argument on weeks 1 to 9.

    Gradient-boosted trees on histograms (Ke et al., 2017, in scikit-learn's version): they take
    missing values as they come, and categories that were never seen as missing.

    Raises CourseError when a feature or every outcome is missing, or of the wrong kind.
    """
    flights = load_flights(*TRAINING) if flights is None else flights
    features, late = _features(flights), _outcomes(flights)
    known = late.notna().to_numpy()
    features, late = features[known], late[known]
    if late.nunique() < 2:
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
        return make_pipeline(columns, trees).fit(features, late)


def predict(model: Pipeline, flights: pd.DataFrame) -> np.ndarray:
    """Return the probability of being late of each flight, shape (rows,), between 0 and 1.

    Nullable, Arrow and categorical columns will do, too. Raises CourseError when a feature is
    missing or of the wrong kind.
    """
    if not hasattr(model, "predict_proba"):
        raise CourseError(f"`model` is a {type(model).__name__}: train one with `model.train()`.")
    features = _features(flights)
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
    `log_loss` (nats), `brier`. Without any known outcome the table has these columns and no row.

    `probability` has one value a flight, in the order of the rows. Raises CourseError when it has
    not, when a value is missing or no probability, or `week` or `late` is missing.
    """
    given.a_table("The flights", flights, ["week", "late"])
    probability = _one_for_each(probability, flights)
    late = _outcomes(flights)
    known = late.notna().to_numpy()
    scored = pd.DataFrame(
        {
            "week": flights["week"].to_numpy()[known],
            "late": late.to_numpy()[known],
            "probability": probability[known],
        }
    )
    if scored["probability"].isna().any():
        raise CourseError(
            f"`probability` is missing (NaN) for {scored['probability'].isna().sum():,} flights "
            "whose outcome is known. Predict them, or take them out of both."
        )
    if not scored["probability"].between(0, 1).all():
        strange = scored.loc[~scored["probability"].between(0, 1), "probability"].iloc[0]
        raise CourseError(
            f"`probability` has the value {strange:g}; a probability lies between 0 and 1. Is it "
            "in per cent?"
        )
    _refuse_no_weeks(scored["week"])
    rows = {week: _scores(group) for week, group in scored.groupby("week")}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=SCORES)
    return table.rename_axis("week")


def save(model: Pipeline, path: Path | str) -> None:
    """Save a model, with the versions that it needs. Raises CourseError where it cannot write."""
    try:
        joblib.dump({"scikit-learn": sklearn.__version__, "model": model}, path)
    except OSError as error:
        raise CourseError(
            f"The model cannot be written to {path} ({error.strerror}). Is the folder there, and "
            "may you write in it?"
        ) from None


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


def _refuse_no_weeks(weeks: pd.Series) -> None:
    if len(weeks) and weeks.isna().any():
        raise CourseError(
            f"`week` is missing for {weeks.isna().sum():,} flights whose outcome is known. Number "
            "their weeks, or take them out of both."
        )
    if len(weeks) and given.kind_of(weeks) == "other":
        raise CourseError(f"`week` should hold numbers; it holds {given.said_of(weeks)}.")


def _one_thread():
    # On a busy machine several threads wait for one another: 0.4 s become 5 to 9 s.
    return _pools().limit(limits=1, user_api="openmp")


@functools.cache
def _pools() -> ThreadpoolController:
    # Looking for the pools takes longer than predicting one flight, so it is done once.
    return ThreadpoolController()


def _features(flights: pd.DataFrame) -> pd.DataFrame:
    """Return the features in types that scikit-learn takes, with NaN for what is missing."""
    hint = f"The model needs {FEATURES}."
    given.a_table("The flights", flights, FEATURES, hint, lacks="lack the feature")
    if flights.empty:
        raise CourseError("There are no flights in the table. Which weeks did you ask for?")
    features = flights[FEATURES]
    converted = {}
    # The types alone settle it for nearly all tables, and cost no time.
    for name, dtype in features.dtypes.items():
        if name in NUMERICAL:
            if not _is_plain_number(dtype):
                converted[name] = _numbers(features[name])
        elif not isinstance(dtype, pd.StringDtype) or dtype.na_value is pd.NA:
            converted[name] = _texts(features[name])
    return features.assign(**converted) if converted else features


def _is_plain_number(dtype) -> bool:
    return isinstance(dtype, np.dtype) and dtype.kind in "fiu"


def _numbers(column: pd.Series) -> pd.Series:
    if column.isna().all():
        return pd.Series(np.nan, column.index)
    if given.kind_of(column) != "number" or column.dtype == object:
        raise CourseError(
            f"The feature `{column.name}` should hold numbers, and holds {given.said_of(column)}."
        )
    return column.astype("float64")


def _texts(column: pd.Series) -> pd.Series:
    if column.isna().all():
        return pd.Series(np.nan, column.index, dtype="str")
    if (kind := given.kind_of(column)) in ("number", "boolean"):
        raise CourseError(
            f"The feature `{column.name}` should hold text, and holds {kind}s. If these are "
            'names, convert it with `.astype("str")`.'
        )
    if kind != "category":
        raise CourseError(
            f"The feature `{column.name}` should hold text, and holds {given.said_of(column)}."
        )
    return column.astype("str")


def _outcomes(flights: pd.DataFrame) -> pd.Series:
    """Return `late` as 1.0, 0.0 and NaN."""
    given.a_table("The flights", flights, ["late"])
    late = flights["late"]
    if late.isna().all():
        return pd.Series(np.nan, late.index, name="late")
    if not _is_plain_number(late.dtype):
        if given.kind_of(late) not in ("number", "boolean"):
            raise CourseError(
                "`late` should hold 1 (late), 0 (not) and NaN (unknown); it holds "
                f"{given.said_of(late)}."
            )
        # Python's None becomes NaN by itself, pandas' NA does not.
        late = late.where(late.notna(), np.nan) if late.dtype == object else late
    late = late.astype("float64")
    if not late.dropna().isin([0, 1]).all():
        strange = late.dropna()[~late.dropna().isin([0, 1])].iloc[0]
        raise CourseError(
            f"`late` has the value {strange:g}; it should hold 1 (late), 0 (not) and NaN (unknown)."
        )
    return late


def _one_for_each(probability, flights: pd.DataFrame) -> np.ndarray:
    """Return the predictions in the order of the flights, or refuse what cannot be paired."""
    if isinstance(probability, pd.Series):
        same = probability.index.equals(flights.index)
        # Numbered from 0 it is in the order of the rows, unless the flights are so numbered, too.
        counted = probability.index.equals(pd.RangeIndex(len(flights)))
        if not same and not (counted and len(probability.index.difference(flights.index))):
            raise CourseError(
                "`probability` has other labels than the flights have, or the same in another "
                "order. If its rows are in the order of the flights, give `.to_numpy()` of it."
            )
    try:
        values = np.asarray(probability, dtype=np.float64)
    except (ValueError, TypeError):
        raise CourseError(
            "`probability` should hold numbers between 0 and 1, one a flight; it is a "
            f"{type(probability).__name__}."
        ) from None
    if values.shape != (len(flights),):
        hint = " Take the second column, `[:, 1]`." if values.ndim == 2 else ""
        raise CourseError(
            f"`probability` has the shape {values.shape}; it should have one value for each of the "
            f"{len(flights):,} flights.{hint}"
        )
    return values


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
