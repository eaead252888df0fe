"""Call a learner's function that uses Evidently; recognise what an old tutorial has taught it.

Evidently takes seconds to import, so nothing here imports it before it is needed.
"""

import importlib
import re
from dataclasses import dataclass
from types import ModuleType

from utils.exercises.expect import result_of
from utils.exercises.judges import Function
from utils.exercises.verdicts import NotYet

# What an error says when somebody follows a tutorial for Evidently before 0.7, and what is new.
_OLD_API = {
    r"No module named 'evidently\.(report|dashboard|test_suite|tabs|model_profile)": (
        "today it is `from evidently import Report`"
    ),
    r"No module named 'evidently\.(metric_preset|test_preset)": (
        "today the presets are in `evidently.presets`"
    ),
    r"No module named 'evidently\.|cannot import name '[^']*' from 'evidently": (
        "the table at the end of lesson 04 says what it is called today"
    ),
    r"ColumnMapping|column_mapping": (
        "today a `DataDefinition` goes into `Dataset.from_pandas(..., data_definition=...)`"
    ),
    r"argument '\w*stattest": "today it is `method` and `threshold`, without `stattest`",
    r"object has no attribute '(as_dict|as_pandas)'": (
        "today it is `snapshot.dict()`, on what `run` returns"
    ),
    r"argument 'options'": "today a `Report` takes no `options`",
}
_RESULTS = "dict|json|save_html|save_json|show|tests_results|metric_results|get_html_str"


def evidently() -> ModuleType:
    """Import Evidently, after `utils.drift.reports`, which switches its statistics of use off."""
    importlib.import_module("utils.drift.reports")
    return importlib.import_module("evidently")


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


@dataclass(eq=False)
class WithEvidently(Function):
    """A function that uses Evidently; `advice` has what to say of an error that matches."""

    advice: dict[str, str] | None = None

    def observe(self, answer, name, case):
        """Call the function; say so when an error comes from Evidently's old API."""
        try:
            result = result_of(answer, *case)
        except NotYet as problem:
            said = str(problem)
            found = [more for sign, more in (self.advice or {}).items() if re.search(sign, said)]
            if more := ("Error:" in said and old_api(said)) or next(iter(found), None):
                raise NotYet(f"{said}\n{more}") from None
            raise
        return self.result(result, f"What `{self.name}` returns for {name}")
