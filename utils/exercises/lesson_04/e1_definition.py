"""Exercise 4.1: a DataDefinition, judged by what it makes of a table, whatever the batch."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from utils.exercises.judges import Check
from utils.exercises.lesson_04.old_names import evidently, old_api
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.flights import CATEGORICAL, FEATURES, NUMERICAL, load_flights

KINDS = {
    "num": "a number",
    "cat": "a category",
    "text": "free text",
    "datetime": "a date",
    "id": "an id",
    "unknown": "unknown, and so left out",
}
UNUSED = ("text", "datetime", "unknown", "list")
COLUMNS = ["flight_id", "sched_dep", *FEATURES, "dest", "late", "probability"]


def _cases():
    flights = load_flights(15, 15).dropna(subset="late").astype({"late": int})
    week = flights.assign(
        carrier=pd.factorize(flights["carrier"])[0],
        weekday=pd.factorize(flights["weekday"])[0],
        probability=np.linspace(0.05, 0.6, len(flights)),
    )[COLUMNS]
    return {
        "the whole week": (week, _kinds),
        "12 flights": (week.head(12), _kinds),
        "any table": (week.head(12), _rest),
    }


def _right():
    return evidently().DataDefinition(
        id_column="flight_id",
        timestamp="sched_dep",
        numerical_columns=NUMERICAL,
        categorical_columns=CATEGORICAL,
        classification=[
            evidently().BinaryClassification(target="late", prediction_probas="probability")
        ],
        **{f"{kind}_columns": [] for kind in UNUSED},
    )


def _a_definition(answer):
    """Ask for a DataDefinition that names no column which is not there, and none twice."""
    if type(answer).__name__ == "ColumnMapping":
        raise NotYet(old_api("ColumnMapping"))
    if isinstance(answer, evidently().Dataset):
        raise NotYet(
            "`definition` is a Dataset; asked for is the DataDefinition alone, which goes with any "
            "table."
        )
    if not isinstance(answer, evidently().DataDefinition):
        raise NotYet(
            f"`definition` should be a DataDefinition; it is {describe(answer)}. Fill in: "
            "`DataDefinition(numerical_columns=[...], ...)`."
        )
    named = {"id_column": [answer.id_column], "timestamp": [answer.timestamp]}
    for kind in ("numerical", "categorical", *UNUSED):
        named[f"{kind}_columns"] = getattr(answer, f"{kind}_columns") or []
    for where, columns in named.items():
        for column in columns:
            if column is not None and column not in COLUMNS:
                raise NotYet(
                    f"`{where}` names `{column}`, and `served` has no such column. Is it spelt "
                    "otherwise?"
                )
    if twice := set(named["numerical_columns"]) & set(named["categorical_columns"]):
        raise NotYet(
            f"`{sorted(twice)[0]}` is in `numerical_columns` and in `categorical_columns`. "
            "Evidently takes it for a number and says nothing; put it into one of them."
        )
    return answer


def _kinds(given, table):
    """Return what a definition makes of a table, in the order in which it is told."""
    try:
        made = evidently().Dataset.from_pandas(table, data_definition=given).data_definition
    except Exception as error:
        texts = [c for c in given.numerical_columns or [] if not _holds_numbers(table[c])]
        said = (
            f"`numerical_columns` names `{texts[0]}`, which holds text: it is a category."
            if texts
            else f"{type(error).__name__}: {error}"
        )
        raise NotYet(f"With this definition Evidently cannot read the table. {said}") from None
    kinds = {column: made.get_column_type(column).value for column in table}
    return {
        "id": (given.id_column, kinds["flight_id"]),
        "timestamp": given.timestamp,
        **{column: kinds[column] for column in ("late", "probability")},
        "left out": tuple(column for column in FEATURES if kinds[column] == "unknown"),
        **{column: kinds[column] for column in FEATURES},
        "dest": kinds["dest"],
    }


def _holds_numbers(column):
    return pd.api.types.is_numeric_dtype(column)


def _rest(given, _):
    """Return what a definition says of no column in particular."""
    tasks = given.classification or []
    task = tasks[0] if isinstance(tasks, (list, tuple)) and tasks else None
    parts = ("target", "prediction_probas", "prediction_labels", "pos_label")
    return {
        **{f"{kind}_columns": getattr(given, f"{kind}_columns") is not None for kind in UNUSED},
        "tasks": len(tasks) if isinstance(tasks, (list, tuple)) else "no list",
        # To a report True is another label than 1: it ends in an error.
        **{part: (type(v := getattr(task, part, None)) is bool, v) for part in parts},
        "twice": _named_twice(given),
        "others": [f for f in ("regression", "ranking") if getattr(given, f, None)],
    }


def _named_twice(given):
    """Return the columns that a definition names in more than one place, or twice in one."""
    named = [given.id_column, given.timestamp]
    for kind in ("numerical", "categorical", *UNUSED):
        named += getattr(given, f"{kind}_columns") or []
    return sorted({c for c in named if c is not None and named.count(c) > 1})


def _first_difference(which, got, wanted):
    fact = next(fact for fact in wanted if got[fact] != wanted[fact])
    value = got[fact]
    kind = KINDS.get(value, value) if isinstance(value, str) else value
    if fact == "id":
        return (
            f"In {which} `flight_id` is {KINDS.get(value[1], value[1])}. An id is new for every "
            'flight, so it would always "drift": declare it as `id_column`.'
        )
    if fact == "timestamp":
        return "The time of a flight is `sched_dep`: declare it as `timestamp`."
    if fact in ("late", "probability"):
        return (
            f"In {which} `{fact}` counts as {kind} among the inputs. Outcome and prediction belong "
            "into `classification` alone: else a change of the model or of the world would be "
            "reported as drift of the data."
        )
    if fact == "left out":
        return (
            f"In {which} `{value[0]}` is unknown, so it would never be checked, and no report "
            f"would say so ({len(value)} of the 11 features are like that). Put each feature into "
            "a list."
        )
    if fact in FEATURES:
        names = fact in ("carrier", "weekday") and value == "num"
        return f"In {which} `{fact}` counts as {kind}; it is {KINDS[wanted[fact]]}." + (
            " Its numbers stand for names: the mean of two airlines is no airline, and number 9 is "
            "not further from 1 than from 8."
            if names
            else ""
        )
    if fact == "dest":
        guessed = " Give `text_columns=[]`, else its kind is guessed." if value == "text" else ""
        return (
            f"In {which} `dest` counts as {kind} and would be compared. The model does not use it; "
            f"it should be in no list.{guessed}"
        )
    if fact == "twice":
        return (
            f"The definition names `{value[0]}` twice. Each column has one place; what is the "
            "id or the time stands in no list."
        )
    if fact.endswith("_columns"):
        return (
            f"The definition gives no `{fact}`, so for a column that stands in no list this kind "
            "is guessed: here it goes well, in the next table it may not. Where there are none, "
            f"say so: `{fact}=[]`."
        )
    return _of_the_task(fact, got)


def _of_the_task(fact, got):
    target, probas, labels, positive = (
        got[part][1] for part in ("target", "prediction_probas", "prediction_labels", "pos_label")
    )
    if got["tasks"] == 0:
        return (
            "The definition has no `classification`: no report could score the model. Give a list "
            "with one `BinaryClassification(...)`."
        )
    if got["tasks"] == "no list":
        return "`classification` should be a list, also with one task in it: `[...]`."
    if fact == "tasks":
        return f"`classification` has {got['tasks']} tasks; FlightDelay has one."
    if fact == "others":
        return f"The definition has `{got['others'][0]}` as well; FlightDelay is a classification."
    if target == "probability" or probas == "late":
        return "Outcome and prediction are swapped: the target is what happened, `late`."
    if labels is not None:
        return (
            f"`{labels}` is declared as `prediction_labels`. Labels are the model's decisions, 0 "
            "or 1, and `served` has none; probabilities go into `prediction_probas`."
        )
    if fact == "pos_label":
        return (
            f"The task has the `pos_label` {positive!r}. `probability` is the probability of "
            "`late` being 1, so 1 is the label that it belongs to; it is the default."
        )
    return (
        f"The task has the target {target!r} and the probabilities {probas!r}; they should be "
        "'late' and 'probability'."
    )


@dataclass(eq=False)
class Definition(Check):
    """A DataDefinition; a case is a table, and what it makes of that is compared."""

    def read(self, answer):
        """Ask for a DataDefinition."""
        return _a_definition(answer)

    def own(self, answer):
        """Make the definition, for which Evidently is needed."""
        return answer() if callable(answer) else answer

    def observe(self, answer, name, case):
        """Return facts."""
        table, facts = case
        return facts(answer, table)

    def told(self, name, got):
        """Leave it to the sentence about the first difference."""
        return ""


exercise(
    "4.1",
    "A definition in which nothing is guessed",
    stars=1,
    minutes=8,
    hints=[
        "Go through the columns of `served` one by one: id, time, number, category, outcome, "
        "prediction, or none of these?",
        "`numerical_columns=NUMERICAL` and `categorical_columns=CATEGORICAL` do for the eleven "
        "features: numbers that stand for airlines are categories.",
        '`classification=[BinaryClassification(target="late", prediction_probas="probability")]`; '
        "the two are in no other list.",
        'Add `id_column="flight_id"`, `timestamp="sched_dep"`, and an empty list for each of '
        "`text_columns`, `datetime_columns`, `unknown_columns` and `list_columns`.",
    ],
    learned="Whatever the batch looks like, the same columns are compared in the same way.",
    check=Definition("definition", _right, cases=_cases, otherwise=_first_difference),
)
