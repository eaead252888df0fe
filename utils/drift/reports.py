"""Hand flights to Evidently, show what it reports, and read it as a table.

Import this module, and not Evidently first: it keeps Evidently's dashboard from sending statistics
of use to its makers.
"""

import html
import os
import re
import warnings
from pathlib import Path

import pandas as pd
from IPython.display import HTML, display

from utils.errors import CourseError
from utils.flights import CATEGORICAL, FEATURES, NUMERICAL

os.environ.setdefault("DO_NOT_TRACK", "1")
with warnings.catch_warnings():
    # Evidently 0.7.23 has an invalid escape sequence, which Python from 3.12 on warns of once.
    warnings.simplefilter("ignore", SyntaxWarning)
    from evidently import BinaryClassification, DataDefinition, Dataset

FRAME_HEIGHT = 620


def dataset(flights: pd.DataFrame, outcome: bool = False) -> Dataset:
    """Return flights as a Dataset that declares each feature of the model: nothing is guessed.

    With `outcome` the columns `probability` and `late` come along, as the prediction and the target
    of a classification, and flights whose outcome is unknown are left out.

    Raises CourseError when the table is empty, lacks a column, or holds nothing in one, or text
    where numbers belong: Evidently would skip such a column, or stop with an error that names
    another cause.
    """
    columns = FEATURES + (["probability", "late"] if outcome else [])
    _refuse_bad(flights, columns)
    chosen = flights[columns]
    task = None
    if outcome:
        chosen = chosen.dropna(subset="late").astype({"late": int})
        if chosen.empty:
            raise CourseError("No flight in the table has an outcome: `late` is NaN in every row.")
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
            f'<iframe src="{address}" width="100%" height="{FRAME_HEIGHT}" '
            'style="border:1px solid #ddd" title="Evidently report"></iframe>'
        )
    )


def _refuse_no_snapshot(snapshot) -> None:
    if not hasattr(snapshot, "tests_results"):
        raise CourseError(
            f"This is a {type(snapshot).__name__}, and no Snapshot: a report has to be run first, "
            "`snapshot = report.run(current, reference)`."
        )


def _refuse_bad(flights: pd.DataFrame, columns: list[str]) -> None:
    if not isinstance(flights, pd.DataFrame):
        raise CourseError(f"`flights` should be a table; it is a {type(flights).__name__}.")
    if flights.empty:
        raise CourseError("There are no flights in the table: is the window empty?")
    for column in columns:
        if column not in flights.columns:
            raise CourseError(
                f"The flights lack the column `{column}`. Did the feed stop sending it, or was it "
                "renamed?"
            )
        if isinstance(flights[column], pd.DataFrame):
            raise CourseError(f"The flights have the column `{column}` twice: drop one.")
        if flights[column].isna().all():
            raise CourseError(
                f"The column `{column}` holds no value at all (only NaN): ask its source before "
                "comparing it."
            )
        is_text = not pd.api.types.is_numeric_dtype(flights[column])
        if is_text and column not in CATEGORICAL:
            raise CourseError(
                f"The column `{column}` should hold numbers; it is of the type "
                f"{flights[column].dtype}. Convert it with `pd.to_numeric(flights[{column!r}])`."
            )
