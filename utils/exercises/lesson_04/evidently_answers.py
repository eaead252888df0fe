"""What the checks of lesson 04 share: calls that recognise Evidently's old API, and its verdicts.

Evidently takes seconds to import, so nothing here imports it before it is needed.
"""

import importlib
import re
from functools import cache
from types import ModuleType

import numpy as np

from utils.drift import simulate
from utils.drift.simulate import Severity
from utils.exercises.expect import result_of
from utils.exercises.running import TimeUp, time_limit
from utils.exercises.verdicts import NotYet
from utils.flights import REFERENCE, load_flights

# What an error says when somebody follows a tutorial for Evidently before 0.7, and what is new.
_OLD_API = {
    r"No module named 'evidently\.(report|dashboard|test_suite|tabs|model_profile)": (
        "today it is `from evidently import Report`"
    ),
    r"No module named 'evidently\.(metric_preset|test_preset)": (
        "today the presets are in `evidently.presets`"
    ),
    r"No module named 'evidently\.|cannot import name '[^']*' from 'evidently": (
        "the table at the end of this lesson says what it is called today"
    ),
    r"ColumnMapping|column_mapping": (
        "today a `DataDefinition` goes into `Dataset.from_pandas(..., data_definition=...)`"
    ),
    r"argument '\w*stattest": "today it is `method` and `threshold`, without `stattest`",
    r"object has no attribute '(as_dict|as_pandas)'": (
        "today it is `snapshot.dict()`, on what `run` returns"
    ),
}
_RESULTS = "dict|json|save_html|show|tests_results|metric_results|get_html_str|_repr_html_"

SLOW_METHODS = {
    "empirical_mmd": "every flight with every other",
    "TVD": "a thousand shuffled copies of the columns",
}


def evidently() -> ModuleType:
    """Import Evidently, after `utils.drift.reports`, which switches its statistics of use off."""
    importlib.import_module("utils.drift.reports")
    return importlib.import_module("evidently")


def call(function, *args):
    """Call the learner's function; say so when an error comes from Evidently's old API."""
    try:
        return result_of(function, *args)
    except NotYet as problem:
        said = str(problem)
        if "Error:" in said and (more := old_api(said)):
            raise NotYet(f"{said}\n{more}") from None
        raise


def old_api(said: str) -> str | None:
    """Return what to say of an error of Evidently's, when it is one of these."""
    for pattern, today in _OLD_API.items():
        if re.search(pattern, said):
            return f"That is Evidently's API before version 0.7; {today}."
    if re.search(rf"'Report' object has no attribute '({_RESULTS})'", said):
        return (
            "A `Report` is only the recipe. The results are on what it returns when it is run: "
            "`snapshot = report.run(current, reference)`. (Before version 0.7 it was otherwise.)"
        )
    if re.search(r"'Snapshot' object has no attribute 'show'", said):
        return "Before version 0.7 there was `show()`; here it is `reports.show(snapshot, name)`."
    return None


def declared(table, numerical, categorical):
    """Return these columns of a table as a Dataset in which no kind is guessed."""
    definition = evidently().DataDefinition(
        numerical_columns=list(numerical),
        categorical_columns=list(categorical),
        text_columns=[],
        datetime_columns=[],
        unknown_columns=[],
        list_columns=[],
    )
    columns = [*numerical, *categorical]
    return evidently().Dataset.from_pandas(table[columns], data_definition=definition)


SECONDS = 20

CALM_WEEKS = (14, 15, 16, 18)
WATCHED = {"hour": "num", "temp": "num", "carrier": "cat"}
FAULTS = {
    "hour": "hours in UTC",
    "temp": "temperatures in Celsius",
    "carrier": "fewer than one flight in fifty under a new airline's code",
}


@cache
def reference_values(column):
    """Return a column of the reference without its missing values, as Evidently compares it."""
    return load_flights(*REFERENCE)[column].dropna()


@cache
def week_values(week, column, struck):
    """Return a column of a calm week, or of the same week with its fault."""
    flights = load_flights(week, week)
    if struck:
        rng, start = np.random.default_rng(week), flights["sched_dep"].min().normalize()
        flights = {
            "hour": lambda: simulate.utc_hour(flights, start, rng),
            "temp": lambda: simulate.unit_change(flights, start, rng),
            "carrier": lambda: simulate.new_carrier(flights, Severity(start, peak=0.25), rng),
        }[column]()[0]
    return flights[column].dropna()


def verdict(column, method, threshold, week, struck):
    """Return score, threshold and Evidently's own verdict for one column of one week.

    Its function of the method is called directly: a Report gives the same, and spends most of its
    time on pictures.
    """
    legacy = evidently().legacy

    if method in SLOW_METHODS:
        raise NotYet(
            f"`{method}` compares {SLOW_METHODS[method]}: with 26,000 flights that takes too long. "
            "Choose another method."
        )
    # Given as text, some methods would take numbers for categories.
    kind, reference = legacy.core.ColumnType(WATCHED[column]), reference_values(column)
    current = week_values(week, column, struck)
    try:
        with time_limit(SECONDS):
            test = legacy.calculations.stattests.get_stattest(reference, current, kind, method)
            found = test(reference, current, kind, threshold)
    except TimeUp:
        raise NotYet(
            f"`{method}` on `{column}` takes longer than {SECONDS} s: choose another."
        ) from None
    except Exception as error:
        said = str(error).strip().split("\n")[0][:300]
        raise NotYet(
            f"The method {method!r} on `{column}` stopped with an error.\n"
            f"    {type(error).__name__}: {said}"
        ) from None
    return float(found.drift_score), float(found.actual_threshold), bool(found.drifted)
