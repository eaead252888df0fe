"""Hand flights to Evidently, show what it reports, and read it as a table.

Import this module, and not Evidently first: it keeps Evidently's dashboard from sending statistics
of use to its makers.
"""

import html
import os
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from IPython.display import HTML, display

from utils import given
from utils.errors import CourseError
from utils.flights import CATEGORICAL, FEATURES, NUMERICAL

os.environ.setdefault("DO_NOT_TRACK", "1")
with warnings.catch_warnings():
    # Evidently 0.7.23 has an invalid escape sequence, which Python from 3.12 on warns of once.
    warnings.simplefilter("ignore", SyntaxWarning)
    from evidently import BinaryClassification, DataDefinition, Dataset

FRAME_HEIGHT = 620
# Evidently's page cuts off what does not fit, without a scroll bar: so the frame scrolls.
PAGE_WIDTH = 1060


def dataset(flights: pd.DataFrame, outcome: bool = False) -> Dataset:
    """Return flights as a Dataset that declares each feature of the model: nothing is guessed.

    With `outcome` the columns `probability` and `late` come along, as the prediction and the target
    of a classification, and flights whose outcome is unknown are left out. Nullable and Arrow
    columns are handed on in the types that Evidently reads. For a table that is not of the flights,
    write its DataDefinition yourself.

    Raises CourseError when the table is empty, lacks a column, or holds nothing in one, or values
    of another kind, or when the outcome cannot be scored: Evidently would skip such a column, or
    stop with an error that names another cause.
    """
    columns = FEATURES + (["probability", "late"] if outcome else [])
    given.a_table("The flights", flights, columns, _hint(flights))
    if flights.empty:
        raise CourseError("There are no flights in the table: is the window empty?")
    chosen = flights[columns]
    if isinstance(chosen.index, pd.MultiIndex):
        # Evidently draws the rows over their index, and finds no such one.
        chosen = chosen.reset_index(drop=True)
    chosen = chosen.assign(**{column: _readable(chosen[column]) for column in columns})
    task = None
    if outcome:
        chosen = chosen.dropna(subset="late")
        _refuse_unscorable(chosen)
        chosen = chosen.astype({"late": int})
        task = [BinaryClassification(target="late", prediction_probas="probability")]
    definition = DataDefinition(
        # All six lists are given, even the empty ones: what is left out would be guessed.
        numerical_columns=NUMERICAL + (["probability"] if outcome else []),
        categorical_columns=CATEGORICAL + (["late"] if outcome else []),
        text_columns=[],
        datetime_columns=[],
        unknown_columns=[],
        list_columns=[],
        classification=task,
    )
    return Dataset.from_pandas(chosen, data_definition=definition)


def drift_table(snapshot) -> pd.DataFrame:
    """Return one row for each drift score of a Snapshot (what `Report.run` returns).

    Columns: `column`, `method` (as the report names it), `score`, `threshold`, `drifted`. That flag
    is Evidently's own verdict, which it gives as a test: run `Report(..., include_tests=True)`.
    Without it, or where a metric got tests of its own, `drifted` is missing. To compare score and
    threshold instead would be wrong: some methods alarm above it, others below.

    Raises CourseError when it is no Snapshot, or holds no drift score.
    """
    _refuse_no_snapshot(snapshot)
    verdicts = {
        test.metric_config.metric_id: test.status.value == "FAIL"
        for test in snapshot.tests_results
        if test.id == "drift"
    }
    rows = []
    for metric_id, result in snapshot.metric_results.items():
        about = result.metric_value_location.metric.params
        if about["type"].rsplit(":", 1)[-1] != "ValueDrift":
            continue
        rows.append(
            {
                "column": about["column"],
                "method": about["method"],
                "score": float(result.value),
                "threshold": about["threshold"],
                "drifted": verdicts.get(metric_id, pd.NA),
            }
        )
    if not rows:
        raise CourseError(
            "This snapshot holds no drift score. Put `DataDriftPreset()` or `ValueDrift(...)` into "
            "the report, and run it with a reference."
        )
    return pd.DataFrame(rows).astype({"drifted": "boolean"})


def show(snapshot, name: str) -> None:
    """Save a Snapshot as `reports/<name>.html` beside the notebook, and show it in a frame.

    Shown directly it would add four megabytes to the notebook, each time. Raises CourseError when
    the name cannot be that of a file, or nothing can be written there.
    """
    if not isinstance(name, str) or not re.fullmatch(r"[\w-]+", name):
        raise CourseError(f"`name` is {name!r}: use letters, digits, _ and -, for a file's name.")
    _refuse_no_snapshot(snapshot)
    page = Path("reports") / f"{name}.html"
    try:
        page.parent.mkdir(exist_ok=True)
        # As text: given a Path, save_html of Evidently 0.7.23 writes nothing and says nothing.
        snapshot.save_html(str(page))
    except OSError as error:
        raise CourseError(
            f"The report cannot be written to {page} ({error.strerror}). Is there space on the "
            "disk, and may you write in the notebook's folder?"
        ) from None
    address = html.escape(page.as_posix())
    display(
        HTML(
            f'<p><a href="{address}" target="_blank">Open the report in a tab of its own</a>. If '
            "the frame stays empty (VS Code shows no local pages), open this file in your browser: "
            f"<code>{address}</code></p>"
            f'<div style="overflow-x:auto"><iframe src="{address}" width="100%" '
            f'height="{FRAME_HEIGHT}" style="min-width:{PAGE_WIDTH}px; border:1px solid #ddd" '
            'title="Evidently report"></iframe></div>'
        )
    )


def _refuse_no_snapshot(snapshot) -> None:
    if not hasattr(snapshot, "tests_results"):
        raise CourseError(
            f"This is a {type(snapshot).__name__}, and no Snapshot: a report has to be run first, "
            "`snapshot = report.run(current, reference)`."
        )


def _hint(flights) -> str:
    """Say what to do where a column is missing: most of them, in a table of something else."""
    known = set(FEATURES) & set(getattr(flights, "columns", ()))
    if len(known) > len(FEATURES) / 2:
        return ""
    return (
        "This helper is for the flights of the course; for a table of your own use Evidently's "
        "`Dataset.from_pandas(table, data_definition=DataDefinition(...))`."
    )


def _readable(column: pd.Series) -> pd.Series:
    """Return a column in a type that Evidently reads: float64 or int, text with NaN."""
    if not len(given.without_gaps(column)):
        held = "infinite values" if column.notna().any() else "NaN"
        raise CourseError(
            f"The column `{column.name}` holds no value at all (only {held}): ask its source "
            "before comparing it."
        )
    kind = given.kind_of(column)
    if column.name in CATEGORICAL:
        if kind in ("time", "other"):
            raise CourseError(
                f"The column `{column.name}` should hold categories; it holds "
                f"{given.said_of(column)}."
            )
        if pd.api.types.infer_dtype(column.dropna().astype(object)) == "string":
            return column.astype("str")
        return column.astype(object).where(column.notna(), np.nan)
    if column.name == "late" and kind == "boolean":
        return column.astype("float64")
    if kind != "number" or column.dtype == object:
        raise CourseError(
            f"The column `{column.name}` should hold numbers; it holds {given.said_of(column)}."
        )
    return column if isinstance(column.dtype, np.dtype) else column.astype("float64")


def _refuse_unscorable(chosen: pd.DataFrame) -> None:
    """Refuse outcomes and predictions of which Evidently cannot compute its scores."""
    late, probability = chosen["late"], chosen["probability"]
    if not late.isin([0, 1]).all():
        strange = late[~late.isin([0, 1])].iloc[0]
        raise CourseError(f"`late` has the value {strange:g}; it should be 1 (late), 0 or NaN.")
    if late.nunique() < 2:
        kind = "late" if late.iloc[0] else "on time"
        raise CourseError(
            f"Every flight in the table is {kind}, so there is nothing to tell apart, and "
            "Evidently cannot score a classification: take a longer window, or leave `outcome` out."
        )
    if probability.isna().any():
        raise CourseError(
            f"`probability` is missing (NaN) for {probability.isna().sum():,} flights whose "
            "outcome is known. Predict them, or take them out."
        )
    if not probability.between(0, 1).all():
        strange = probability[~probability.between(0, 1)].iloc[0]
        raise CourseError(
            f"`probability` has the value {strange:g}; a probability lies between 0 and 1. Is it "
            "in per cent?"
        )
    if probability.isin([0, 1]).all():
        raise CourseError(
            "`probability` holds only 0 and 1: these are labels. Give the probabilities that the "
            "model predicts, `model.predict(...)`."
        )
