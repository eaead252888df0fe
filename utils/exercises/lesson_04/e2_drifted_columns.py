"""Exercise 4.2: the names of the drifted columns, out of a report."""

from functools import cache

import numpy as np
import pandas as pd

from utils.drift import simulate
from utils.exercises.judges import Slip
from utils.exercises.lesson_04.old_names import WithEvidently, declared, evidently
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.flights import REFERENCE, load_flights


@cache
def _cases():
    """Return two pairs of Datasets: in one distances judge, in the other p-values."""
    march, april = load_flights(*REFERENCE), load_flights(15, 15)
    utc, _ = simulate.utc_hour(april, "2013-04-08", np.random.default_rng(15))
    # So little that a threshold of 0.2 or another method would not call it drifted.
    utc = utc.assign(distance=utc["distance"] + 70)
    utc, april = (flights.sample(1_500, random_state=1) for flights in (utc, april))
    cases = {}
    for rows, flights, columns, name in (
        (
            1_500,
            utc.head(900),
            ("distance", "carrier"),
            "1,500 flights of March, 900 in UTC and 70 miles longer",
        ),
        # Half of these columns drift, so that the test of the share fails, too.
        (700, april, ("temp",), "700 flights of March, 1,500 of April"),
    ):
        kinds = ["hour", columns[0]], columns[1:]
        reference = declared(march.sample(rows, random_state=1), *kinds)
        cases[name] = (declared(flights, *kinds), reference)
    return cases


@cache
def _table(name, swapped=False):
    from utils.drift import reports

    pair = _cases()[name][:: -1 if swapped else 1]
    preset = evidently().presets.DataDriftPreset()
    return reports.drift_table(evidently().Report([preset], include_tests=True).run(*pair))


def _by(choose, swapped=False):
    """Make a function that chooses rows of the table; a report for each case is enough."""

    def drifted_columns(current, reference):
        rows = len(reference.as_dataframe())
        name = next(n for n, (_, r) in _cases().items() if len(r.as_dataframe()) == rows)
        table = _table(name, swapped)
        return list(table["column"][choose(table)])

    return drifted_columns


def _names(answer, name):
    """Ask for bare names of columns, and return them sorted."""
    if type(answer).__name__ in ("Snapshot", "Report"):
        raise NotYet(
            f"`drifted_columns` returned the {type(answer).__name__} itself; read the names of the "
            "drifted columns out of what `run` returned."
        )
    if isinstance(answer, (pd.DataFrame, dict)):
        kind = "a dictionary" if isinstance(answer, dict) else "a table"
        raise NotYet(
            f"`drifted_columns` returned {kind}; asked for is a list of names, such as "
            '`["temp", "humid"]`.'
        )
    if isinstance(answer, str):
        raise NotYet(
            f"{name} is {answer!r}; asked for is a list of the names, also when there is one."
        )
    try:
        names = list(answer)
    except TypeError:
        raise NotYet(f"{name} is {describe(answer)}; asked for is a list of the names.") from None
    if any(n is None or isinstance(n, float) for n in names):
        raise NotYet(
            "There is a None in your list. The first test is about the share of drifted columns "
            'and belongs to none; take only tests whose "id" is "drift".'
        )
    if any(str(n).startswith("Value Drift for") for n in names):
        raise NotYet(
            f'Your list has "{names[0]}", the title of a test. The bare name of the column stands '
            'in `test["metric_config"]["params"]["column"]`.'
        )
    if strangers := [n for n in names if not isinstance(n, str) or len(n) > 20]:
        raise NotYet(
            f"Your list holds {describe(strangers[0])}, which is not the name of a column."
        )
    if len(names) > len(set(names)):
        raise NotYet(f"{name} is {names}: a column is in it twice.")
    return sorted(names)


def _first_difference(name, got, wanted):
    columns = set(_table(name)["column"])
    if set(got) - columns:
        return (
            "The check hands over other data than yours; their columns are "
            f"{', '.join(sorted(columns))}. Take the names out of the snapshot."
        )
    odd = min(set(got) ^ set(wanted))
    says = "FAIL" if odd in wanted else "SUCCESS"
    return f"The drift test of `{odd}` says {says} there (default methods, tests included)."


_OWN_VERDICT = (
    "with other methods it is the other way round. Take Evidently's own verdict, the status of the "
    "test."
)
SLIPS = [
    Slip(
        "Something drifted there. Verdicts are tests, and a report has none unless it is made with "
        "`Report(..., include_tests=True)`.",
        lambda current, reference: [],
    ),
    Slip(
        "These are the columns that did not drift; FAIL means drift.",
        _by(lambda table: ~table["drifted"]),
    ),
    Slip(
        "Do you compare score and threshold? Here the scores are distances, and the larger, the "
        f"more drift; {_OWN_VERDICT}",
        _by(lambda table: table["score"] < table["threshold"]),
    ),
    Slip(
        "Do you compare score and threshold? Here the scores are p-values, and the smaller, the "
        f"more drift; {_OWN_VERDICT}",
        _by(lambda table: table["score"] >= table["threshold"]),
    ),
    Slip(
        "Do you compare the scores with 0.05? Here they are distances, and the larger, the more "
        f"drift; {_OWN_VERDICT}",
        _by(lambda table: table["score"] < 0.05),
    ),
    Slip(
        "Do you give a method or a threshold? With the defaults some column has another verdict.",
        _by(lambda table: table["drifted"] & (table["column"] != "distance")),
    ),
    Slip(
        "These are all columns. Which tests have the status FAIL?",
        _by(lambda table: table["score"].notna()),
    ),
    Slip(
        "That is what comes out with reference and current swapped: `run` takes the current data "
        "first.",
        _by(lambda table: table["drifted"], swapped=True),
    ),
    Slip(
        "You leave out the drift test of the first column. Only *one* entry, the first of the "
        "list, has no column.",
        _by(lambda table: table["drifted"] & (table.index > 0)),
    ),
]

exercise(
    "4.2",
    "Which columns drifted?",
    stars=2,
    minutes=10,
    hints=[
        "Verdicts are tests, and there are only tests when the report has `include_tests=True`.",
        "Run it with the current data first: `snapshot = report.run(current, reference)`; then go "
        'through `snapshot.dict()["tests"]`.',
        'Keep the tests whose `"id"` is `"drift"` (the first one is about the share of columns, '
        'and has no column) and whose `"status"` is `"FAIL"`.',
        'The name stands in `test["metric_config"]["params"]["column"]`.',
    ],
    learned="FAIL is Evidently's own verdict, whichever way its method counts.",
    check=WithEvidently(
        "drifted_columns",
        _by(lambda table: table["drifted"]),
        arguments=2,
        result=_names,
        cases=_cases,
        slips=SLIPS,
        otherwise=_first_difference,
        advice={
            r"KeyError: '(column|method|threshold)'|instances of 'dict'": (
                "The first metric and the first test are about the share of drifted columns, and "
                'belong to none. Take only tests whose "id" is "drift".'
            )
        },
    ),
)
