"""What checks ask of an answer, each with a message that says what was given.

Every function returns the answer in the form that the check goes on with, or raises NotYet.
"""

import inspect
import math
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd

from utils.exercises.running import describe, name_of, run
from utils.exercises.verdicts import NotYet

TOLERANCE = 1e-6


def a_number(
    value: Any, name: str, low: float = -math.inf, high: float = math.inf, ask: str = ""
) -> float:
    """Ask for one number between `low` and `high`; `ask` is added when it lies outside."""
    if isinstance(value, (pd.Series, np.ndarray)) and value.size == 1:
        value = value.item()
    if isinstance(value, (Fraction, Decimal)):
        value = float(value)
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.number)):
        raise NotYet(f"{name} should be one number; it is {describe(value)}.")
    number = float(value)
    if math.isnan(number):
        raise NotYet(
            f"{name} is NaN, 'not a number'. Does a missing value get into the calculation?"
        )
    if not low <= number <= high:
        raise NotYet(f"{name} is {number:.6g}; it lies between {low:g} and {high:g}. {ask}".strip())
    return number


def close(a: float, b: float, tolerance: float = TOLERANCE) -> bool:
    """Tell whether two numbers agree within a relative or absolute tolerance."""
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance)


def a_function(value: Any, name: str, arguments: int) -> Callable:
    """Ask for a function that can be called with so many arguments."""
    if not callable(value):
        raise NotYet(
            f"The check needs the function {name} itself; it got {describe(value)}. Write "
            f"`{name}` without parentheses in the check."
        )
    if inspect.iscoroutinefunction(value):
        raise NotYet(
            f"`{name_of(value)}` is an `async` function: called, it only promises an answer. Write "
            "`def` alone."
        )
    try:
        inspect.signature(value).bind(*range(arguments))
    except TypeError:
        wanted = "1 argument" if arguments == 1 else f"{arguments} arguments"
        raise NotYet(
            f"`{name_of(value)}` should take {wanted}: keep the line with `def`."
        ) from None
    except ValueError:
        pass  # a builtin without a signature: calling it will tell
    return value


def result_of(function: Callable, *args: Any) -> Any:
    """Call the learner's function safely; ask for a `return` when nothing comes back."""
    result, printed = run(function, *args)
    if result is None:
        name = name_of(function)
        if printed.strip():
            raise NotYet(f"`{name}` prints its answer but returns None. Use `return`, not `print`.")
        raise NotYet(f"`{name}` returned None. Does every way through it end with `return`?")
    if inspect.isgenerator(result) or inspect.iscoroutine(result):
        raise NotYet(
            f"`{name_of(function)}` returned {describe(result)}: use `return` once, no `yield`."
        )
    return result


def a_table(value: Any, name: str, columns: Iterable[str], rows: int | None = None) -> pd.DataFrame:
    """Ask for a DataFrame with at least these columns (an index of that name counts)."""
    if not isinstance(value, pd.DataFrame):
        raise NotYet(f"{name} should be a table (a DataFrame); it is {describe(value)}.")
    columns = list(columns)
    named = [n for n in value.index.names if n in columns and n not in value.columns]
    table = value.reset_index(level=named) if named else value
    missing = [c for c in columns if c not in table.columns]
    if missing:
        shown = [*map(str, value.columns[:12]), *["…"][: value.shape[1] > 12]]
        there = ", ".join(shown) or "none"
        raise NotYet(f"{name} has no column `{missing[0]}`; its columns are: {there}.")
    if rows is not None and len(table) != rows:
        raise NotYet(f"{name} has {len(table):,} rows; there should be {rows:,}.")
    return table


def numbers(column: pd.Series, name: str) -> np.ndarray:
    """Ask that a column holds numbers, none of them missing."""
    try:
        values = pd.to_numeric(column).to_numpy(dtype=float)
    except (ValueError, TypeError):
        raise NotYet(
            f"{name} should hold numbers; its first value is {describe(column.iloc[0])}."
        ) from None
    if np.isnan(values).any():
        raise NotYet(f"{name} has missing values (NaN) in {int(np.isnan(values).sum())} rows.")
    return values


def items(value: Any, name: str, most: int = 10_000) -> list:
    """Ask for a list, an array, a Series or the like, of not too many items; return a list."""
    if isinstance(value, (str, bytes, dict)) or not hasattr(value, "__iter__"):
        raise NotYet(f"{name} should be a list; it is {describe(value)}.")
    if isinstance(value, np.ndarray) and value.ndim != 1:
        raise NotYet(f"{name} should be a list; it is {describe(value)}.")
    listed = list(islice(value, most + 1))
    if len(listed) > most:
        raise NotYet(f"{name} has more than {most:,} items, or never ends.")
    return listed


def one_of(value: Any, name: str, options: Iterable[str]) -> str:
    """Ask for one of some words, in any case."""
    options = list(options)
    if isinstance(value, str) and value.strip().lower() in options:
        return value.strip().lower()
    raise NotYet(f"{name} is {describe(value)}; choose one of: {', '.join(map(repr, options))}.")
