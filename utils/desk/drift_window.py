"""What the drift job measures on one window of flights: frames in, numbers out.

A window is a day of flights. Three kinds of numbers are taken, because none sees everything:

- drift scores of Evidently, against the reference flights of the same hours of the same weekdays;
- checks of the data themselves: missing, unseen, stuck, or at odds with what the flights beside
  them say. A real window of weather is never like March, so weather is compared with itself: the
  flights of an airport and an hour share one observation, the three airports lie close together,
  and a day is like the week before it;
- once outcomes are known, how the predictions did.

Each number comes as (metric, labels, value); METRICS says what each metric is.
"""

import contextlib

import numpy as np
import pandas as pd

from utils.drift import reports  # before Evidently
from utils.flights import CATEGORICAL, FEATURES, NUMERICAL, REFERENCE, WEATHER

from evidently import DataDefinition, Dataset, Report  # isort: skip
from evidently.metrics import ValueDrift  # isort: skip
from evidently.metrics.column_statistics import ValueDriftCalculation  # isort: skip
from evidently.presets import DataDriftPreset  # isort: skip

METRICS = {
    "drift_score": "Evidently's drift score of a column, against the same hours in March.",
    "drift_columns_share": "Share of the columns that Evidently calls drifted.",
    "drift_missing_share": "Share of a column's values that are missing at an airport.",
    "drift_unseen_share": "Share of a column's values that the reference does not know.",
    "drift_disagreement_share": "Share of values unlike the other flights' of the same hour.",
    "drift_stuck_hours": "So many hours in a row the weather of an airport stayed the same.",
    "drift_outside_share": "Share of a column's values that lie outside of what is possible.",
    "drift_station_difference": "Weather less the middle one of the three, against last week.",
    "drift_week_difference": "Mean of a column less that of the week before, the same hours.",
    "drift_flights_ratio": "Flights of an airport per flight of the reference.",
    "drift_mean_probability": "Mean predicted probability.",
    "drift_reference_probability": "Mean predicted probability in the same hours of March.",
    "drift_window_flights": "Flights in the window.",
    "drift_labelled_flights": "Flights among those of the last known day whose outcome is known.",
    "drift_late_share": "Share of late flights among them.",
    "drift_calibration_gap": "That share less the mean probability that was predicted for them.",
    "drift_roc_auc": "ROC AUC of the predictions for them.",
    "drift_requests_share": "Share of the requests since the last run that had this outcome.",
    "drift_quick_calls_share": "Share of the model's calls since then below half a second.",
    "drift_log_loss": "Log loss of the predictions for them.",
}

# These change nearly every hour; if all three stay, nobody has read the instruments.
LIVELY = ["temp", "humid", "wind_speed"]
AIRPORTS = ["EWR", "JFK", "LGA"]
# What can be, near New York: F, %, mph, inches an hour, miles, mbar; and miles to fly.
POSSIBLE_RANGES = {
    "hour": (0, 24),
    "distance": (50, 5_000),
    "temp": (0, 110),
    "humid": (5, 100),
    "wind_speed": (0, 80),
    "precip": (0, 2.5),
    "visib": (0, 10),
    "pressure": (960, 1_060),
}

# The window of the drift job: one day of flights.
WINDOW = pd.Timedelta("1D")
WEEK = pd.Timedelta("7D")
REFERENCE_WEEKS = REFERENCE[1] - REFERENCE[0] + 1
_MONDAY = pd.Timestamp("2013-01-07")
# To compare outcomes takes so many flights.
ENOUGH = 200

Value = tuple[str, dict[str, str], float]


def measure(
    window: pd.DataFrame, before: pd.DataFrame, reference: pd.DataFrame, until
) -> list[Value]:
    """Measure the flights of the day before `until`.

    `before` are the flights of the week before the window. `window` and `reference` need
    `sched_dep`, every feature and `probability`. Raises CourseError when the window is empty.
    """
    march = same_hours(reference, pd.Timestamp(until) - WINDOW, until)
    return [
        *drift_scores(window, march),
        *checks(window, before, march, reference),
        ("drift_mean_probability", {}, window["probability"].mean()),
        ("drift_reference_probability", {}, march["probability"].mean()),
        ("drift_window_flights", {}, len(window)),
    ]


def same_hours(reference: pd.DataFrame, since, until) -> pd.DataFrame:
    """Return the reference flights of the same hours of the same weekdays as a window's."""
    since, until = pd.Timestamp(since), pd.Timestamp(until)
    if until - since >= WEEK:
        return reference
    start = (since - _MONDAY) % WEEK
    into_week = (reference["sched_dep"] - _MONDAY) % WEEK
    return reference[(into_week - start) % WEEK < until - since]


def report(window: pd.DataFrame, reference: pd.DataFrame, preset: bool = True):
    """Run Evidently on every feature and the prediction; return the Snapshot.

    With the preset it makes a page to read, which takes twice as long as the scores alone.
    """
    # A column without a single value stops Evidently; the share of missing values tells of it.
    there = [
        column
        for column in [*FEATURES, "probability"]
        if window[column].notna().any() and reference[column].notna().any()
    ]
    definition = DataDefinition(
        numerical_columns=[c for c in there if c not in CATEGORICAL],
        categorical_columns=[c for c in there if c in CATEGORICAL],
        text_columns=[],
        datetime_columns=[],
        unknown_columns=[],
        list_columns=[],
    )
    current, known = (
        Dataset.from_pandas(frame[there], data_definition=definition)
        for frame in (window, reference)
    )
    if preset:
        metrics = [DataDriftPreset(num_method="wasserstein", cat_method="jensenshannon")]
    else:
        metrics = [
            ValueDrift(column=c, method="jensenshannon" if c in CATEGORICAL else "wasserstein")
            for c in there
        ]
    # Evidently also correlates the columns, and a rainless day has one without any variation.
    with np.errstate(divide="ignore", invalid="ignore"):
        return Report(metrics, include_tests=True).run(current, known)


def drift_scores(window: pd.DataFrame, reference: pd.DataFrame) -> list[Value]:
    """Return Evidently's scores, and the share of columns that it calls drifted."""
    with _without_pictures():
        table = reports.drift_table(report(window, reference, preset=False))
    scores = zip(table["column"], table["score"], strict=True)
    return [
        *[("drift_score", {"column": column}, score) for column, score in scores],
        ("drift_columns_share", {}, float(table["drifted"].mean())),
    ]


@contextlib.contextmanager
def _without_pictures():
    """Keep Evidently from drawing each column, which takes most of its time, and nobody sees it."""
    draw = ValueDriftCalculation._render
    ValueDriftCalculation._render = lambda *_: []
    try:
        yield
    finally:
        ValueDriftCalculation._render = draw


def checks(
    window: pd.DataFrame, before: pd.DataFrame, march: pd.DataFrame, reference: pd.DataFrame
) -> list[Value]:
    """Check the data of a window, against themselves and the week before."""
    values = []
    for airport, flights in window.groupby("origin"):
        missing = flights[NUMERICAL].isna().mean()
        values += [
            ("drift_missing_share", {"column": column, "origin": airport}, share)
            for column, share in missing.items()
        ]
    for column in CATEGORICAL:
        unseen = ~window[column].isin(reference[column].unique())
        values.append(("drift_unseen_share", {"column": column}, unseen.mean()))
    for column, (low, high) in POSSIBLE_RANGES.items():
        there = window[column].notna().sum()
        outside = (window[column] < low) | (window[column] > high)
        values.append(("drift_outside_share", {"column": column}, outside.sum() / max(there, 1)))
    hour = window["sched_dep"].dt.floor("h")
    for column in WEATHER:
        values.append(
            ("drift_disagreement_share", {"column": column}, disagreement(window, column, hour))
        )
    hourly = observations(window, hour)
    for airport in AIRPORTS:
        if airport in hourly.index:
            run = longest_run(hourly[LIVELY].xs(airport, level="origin"))
            values.append(("drift_stuck_hours", {"origin": airport}, run))
    old = observations(before, before["sched_dep"].dt.floor("h"))
    apart = station_differences(hourly).groupby("origin").mean()
    days = station_differences(old).groupby(["origin", pd.Grouper(level="observed", freq="D")])
    # The median of the days: a few bad ones do not become the usual.
    apart = apart - days.mean().groupby("origin").median()
    values += [
        ("drift_station_difference", {"column": column, "origin": airport}, value)
        for column in WEATHER
        for airport, value in apart[column].items()
    ]
    for column, change in week_change(hourly, old).items():
        values.append(("drift_week_difference", {"column": column}, change))
    for airport in AIRPORTS:
        expected = (march["origin"] == airport).sum() / REFERENCE_WEEKS
        ratio = (window["origin"] == airport).sum() / max(expected, 1)
        values.append(("drift_flights_ratio", {"origin": airport}, ratio))
    return values


def disagreement(flights: pd.DataFrame, column: str, hour: pd.Series) -> float:
    """Return the share of values unlike the most common one of their airport and hour."""
    known = flights[column].notna()
    group = [flights["origin"][known], hour[known]]
    if not known.any():
        return 0.0
    counts = flights[column][known].groupby([*group, flights[column][known]]).size()
    most = counts.groupby(level=[0, 1]).max().sum()
    return float(1 - most / known.sum())


def observations(flights: pd.DataFrame, hour: pd.Series) -> pd.DataFrame:
    """Return the weather of each airport and hour, as most of its flights have it: the median."""
    return flights.groupby([flights["origin"], hour.rename("observed")])[WEATHER].median()


def longest_run(seen: pd.DataFrame) -> float:
    """Return over how many observations in a row nothing changed."""
    seen = seen.dropna()
    if seen.empty:
        return 0.0
    changed = (seen != seen.shift()).any(axis=1)
    return float(changed.cumsum().value_counts().max())


def station_differences(hourly: pd.DataFrame) -> pd.DataFrame:
    """Return how far each airport and hour is from the middle one of the three airports.

    So the odd one stands out, and the other two do not.
    """
    return hourly - hourly.groupby("observed")[WEATHER].transform("median")


def week_change(hourly: pd.DataFrame, old: pd.DataFrame) -> pd.Series:
    """Return how far each column's mean is from the median of the days before, hour by hour."""
    new = hourly.groupby("observed").median()
    past = old.groupby("observed").median()
    typical = past.groupby(past.index.hour).median()
    usual = typical.reindex(new.index.hour).set_axis(new.index)
    return (new - usual).mean()


def outcomes(window: pd.DataFrame) -> list[Value]:
    """Score predictions whose outcome is known; `window` needs `probability` and `late`."""
    known = window.dropna(subset="late")
    values = [("drift_labelled_flights", {}, len(known))]
    late, p = known["late"].to_numpy(), known["probability"].to_numpy()
    if len(known) < ENOUGH or late.min() == late.max():
        return values
    # The share of pairs of a late flight and another in which the late one has the higher score.
    rank = pd.Series(p).rank().to_numpy()
    n = late.sum()
    auc = (rank[late == 1].sum() - n * (n + 1) / 2) / (n * (len(late) - n))
    p = np.clip(p, 1e-9, 1 - 1e-9)
    return [
        *values,
        ("drift_late_share", {}, late.mean()),
        ("drift_calibration_gap", {}, late.mean() - p.mean()),
        ("drift_roc_auc", {}, auc),
        ("drift_log_loss", {}, -np.log(np.where(late == 1, p, 1 - p)).mean()),
    ]
