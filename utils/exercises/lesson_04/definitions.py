"""Judge a DataDefinition by what it makes of a table, whatever the batch (lesson 04)."""

from functools import cache

import numpy as np
import pandas as pd

from utils.exercises.lesson_04.evidently_answers import evidently, old_api
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.flights import FEATURES, NUMERICAL, load_flights

KINDS = {
    "num": "a number",
    "cat": "a category",
    "text": "free text",
    "datetime": "a date",
    "id": "an id",
    "unknown": "unknown, and so left out",
}
SMALL = 12


def judge(answer):
    """Judge the learner's DataDefinition on a whole week and on a few flights."""
    if type(answer).__name__ == "ColumnMapping":
        raise NotYet(old_api("ColumnMapping"))
    if isinstance(answer, evidently().Dataset):
        answer = answer.data_definition
    if not isinstance(answer, evidently().DataDefinition):
        raise NotYet(
            f"`definition` should be a DataDefinition; it is {describe(answer)}. Fill in: "
            "`DataDefinition(numerical_columns=[...], ...)`."
        )
    batch = _served()
    _no_strangers(answer, batch)
    for table, which in ((batch, "the whole week"), (batch.head(SMALL), f"{SMALL} flights")):
        dataset = evidently().Dataset.from_pandas(table, data_definition=answer)
        found = {c: dataset.data_definition.get_column_type(c).value for c in table}
        _judge_kinds(found, answer, which)
    _judge_nothing_guessed(answer)
    _judge_task(answer)


@cache
def _served():
    flights = load_flights(15, 15).dropna(subset="late").astype({"late": int})
    flights = flights.assign(
        carrier=pd.factorize(flights["carrier"])[0],
        weekday=pd.factorize(flights["weekday"])[0],
        probability=np.linspace(0.05, 0.6, len(flights)),
    )
    return flights[["flight_id", "sched_dep", *FEATURES, "dest", "late", "probability"]]


def _no_strangers(given, batch):
    for name in ("numerical", "categorical", "text", "datetime", "unknown", "list"):
        for column in getattr(given, f"{name}_columns") or []:
            if column not in batch:
                raise NotYet(
                    f"`{name}_columns` names `{column}`, and `served` has no such column. Is it "
                    "spelt otherwise?"
                )
    twice = set(given.numerical_columns or []) & set(given.categorical_columns or [])
    if twice:
        raise NotYet(
            f"`{sorted(twice)[0]}` is in `numerical_columns` and in `categorical_columns`. "
            "Evidently takes it for a number and says nothing; put it into one of them."
        )


def _judge_kinds(found, given, which):
    if given.id_column != "flight_id":
        raise NotYet(
            f"In {which} `flight_id` is {KINDS.get(found['flight_id'], found['flight_id'])}. An id "
            'is new for every flight, so it would always "drift": declare it as `id_column`.'
        )
    if given.timestamp != "sched_dep":
        raise NotYet("The time of a flight is `sched_dep`: declare it as `timestamp`.")
    for column in ("late", "probability"):
        if found[column] != "unknown":
            raise NotYet(
                f"In {which} `{column}` counts as {KINDS.get(found[column], found[column])} among "
                "the inputs. Outcome and prediction belong into `classification` alone: else a "
                "change of the model or of the world would be reported as drift of the data."
            )
    _judge_inputs(found, given, which)


def _judge_inputs(found, given, which):
    missing = [c for c in FEATURES if found[c] == "unknown"]
    if missing:
        raise NotYet(
            f"In {which} `{missing[0]}` is unknown, so it would never be checked, and no report "
            f"would say so ({len(missing)} of the 11 features are like that). Put each feature "
            "into a list."
        )
    for column in FEATURES:
        right = "num" if column in NUMERICAL else "cat"
        if found[column] == right:
            continue
        slip = ""
        if column in ("carrier", "weekday") and found[column] == "num":
            slip = (
                " Its numbers stand for names: the mean of two airlines is no airline, and number "
                "9 is not further from 1 than from 8."
            )
        raise NotYet(
            f"In {which} `{column}` counts as {KINDS[found[column]]}; it is {KINDS[right]}.{slip}"
        )
    if found["dest"] != "unknown":
        left_out = [
            f"{n}_columns"
            for n in ("text", "datetime", "unknown", "list")
            if getattr(given, f"{n}_columns") is None
        ]
        guessed = f" Give `{left_out[0]}=[]`, else its kind is guessed." if left_out else ""
        raise NotYet(
            f"In {which} `dest` counts as {KINDS[found['dest']]} and would be compared. The model "
            f"does not use it; it should be in no list.{guessed}"
        )


def _judge_nothing_guessed(given):
    for kind in ("text", "datetime", "unknown", "list"):
        if getattr(given, f"{kind}_columns") is None:
            raise NotYet(
                f"The definition gives no `{kind}_columns`, so for a column that stands in no list "
                f"this kind is guessed: here it goes well, in the next table it may not. Where "
                f"there are none, say so: `{kind}_columns=[]`."
            )


def _judge_task(given):
    task = given.classification
    if not task:
        raise NotYet(
            "The definition has no `classification`: no report could score the model. Give a list "
            "with one `BinaryClassification(...)`."
        )
    if not isinstance(task, (list, tuple)):
        raise NotYet("`classification` should be a list, also with one task in it: `[...]`.")
    task = task[0]
    predicted = getattr(task, "prediction_probas", None)
    if task.target == "probability" or predicted == "late":
        raise NotYet("Outcome and prediction are swapped: the target is what happened, `late`.")
    if getattr(task, "prediction_labels", None) == "probability":
        raise NotYet(
            "`probability` is declared as `prediction_labels`. Labels are decisions, 0 or 1; "
            "probabilities go into `prediction_probas`."
        )
    if task.target != "late" or predicted != "probability":
        raise NotYet(
            f"The task has the target {task.target!r} and the probabilities {predicted!r}; they "
            "should be 'late' and 'probability'."
        )
    # To a report True is another label than 1: it ends in an error.
    if isinstance(task.pos_label, bool) or task.pos_label != 1:
        raise NotYet(
            f"The task has the `pos_label` {task.pos_label!r}. `probability` is the probability "
            "of `late` being 1, so 1 is the label that it belongs to; it is the default."
        )
