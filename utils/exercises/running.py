"""Run a learner's code safely: on copies, with a time limit, with its output kept aside.

Whatever the code does (raises, loops for ever, prints without end, changes what it was given),
the notebook goes on, and what happened is told in a sentence.
"""

import copy
import dis
import linecache
import traceback
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from utils.exercises.limits import (  # noqa: F401  (some are handed on)
    WAITING,
    Bounded,
    TimeUp,
    quietly,
    time_limit,
)
from utils.exercises.verdicts import NotYet

CALL_SECONDS = 5
DESCRIBE_SECONDS = 1


def run(function: Callable, *args: Any, seconds: float = CALL_SECONDS) -> tuple[Any, str]:
    """Call `function` on copies of `args`; return its result and what it printed.

    Raises NotYet when it raises, takes more than `seconds`, or
    changes an argument in place.
    """
    given, untouched = _copies(args), _copies(args)
    shown = f"`{name_of(function)}({', '.join(describe(a) for a in args)})`"
    printed = Bounded()
    try:
        with quietly(printed), time_limit(seconds) as limit:
            result = function(*given)
    except BaseException as error:
        # Code that was stopped while cleaning up may well end with another error.
        if limit["expired"]:
            raise NotYet(f"{shown} {stopped(limit, seconds)}") from None
        if isinstance(error, KeyboardInterrupt):
            raise
        raise NotYet(f"{shown} stopped with an error.\n{explain(error, function)}") from None
    for number, (now, before) in enumerate(zip(given, untouched, strict=True), start=1):
        if not _same(now, before):
            raise NotYet(
                f"{shown} changed its {_ordinal(number)} argument. Whoever calls it still needs it "
                "as it was: work on a copy (`.copy()`) or build something new (`.assign(...)`)."
            )
    return result, printed.getvalue()


def stopped(limit: dict[str, bool], seconds: float) -> str:
    """Say why code was stopped: it computed, or waited, for too long."""
    if limit["waited"]:
        return (
            f"was stopped after {WAITING * seconds:g} seconds of waiting. Does it wait for what "
            "never comes?"
        )
    return f"was stopped after {seconds:g} seconds of computing. Does a loop in it never end?"


def is_stub(answer: Any) -> bool:
    """Tell whether an answer is still the stub: None, `...`, or a function with an empty body."""
    if answer is None or answer is ...:
        return True
    if isinstance(answer, dict) and answer:
        return all(value is None or value is ... for value in answer.values())
    if isinstance(answer, types.FunctionType):
        return _is_empty(answer)
    return False


def explain(error: BaseException, function: Callable | None = None) -> str:
    """Say what an error was, with the learner's own line (indented by four spaces)."""
    try:
        said = str(error).strip().split("\n")[0][:200]
    except KeyboardInterrupt:
        raise
    except BaseException:
        said = ""
    text = f"{type(error).__name__}: {said}" if said else type(error).__name__
    own = getattr(getattr(function, "__code__", None), "co_filename", None)
    frames = traceback.extract_tb(error.__traceback__)
    mine = [frame for frame in frames if frame.filename == own]
    if not mine:
        return f"    {text}"
    line = mine[-1].line or linecache.getline(mine[-1].filename, mine[-1].lineno or 0).strip()
    return f"    line {mine[-1].lineno}: {line}\n    {text}"


def describe(value: Any) -> str:
    """Describe a value in a few words, so that a message can say what was given."""
    try:
        with time_limit(DESCRIBE_SECONDS):
            return _describe(value)
    except KeyboardInterrupt:
        raise
    except BaseException:
        # A value may be broken enough to fail at being printed; its type never is.
        return f"a {type(value).__name__}"


def name_of(function: Callable) -> str:
    """Return the name that the learner knows the function by."""
    return getattr(function, "__name__", type(function).__name__)


def _copies(args: tuple) -> list:
    return [
        a.copy() if isinstance(a, (pd.DataFrame, pd.Series)) else copy.deepcopy(a) for a in args
    ]


def _same(now: Any, before: Any) -> bool:
    if isinstance(before, (pd.DataFrame, pd.Series, pd.Index)):
        return type(now) is type(before) and now.equals(before) and now.index.equals(before.index)
    if isinstance(before, np.ndarray):
        return np.array_equal(now, before, equal_nan=before.dtype.kind == "f")
    if isinstance(before, (list, tuple, dict, set, str, int, float, bool)):
        return now == before or repr(now) == repr(before)
    # Models, generators and the like have no equality worth the name.
    return True


def _is_empty(function: types.FunctionType) -> bool:
    skipped = {"RESUME", "NOP", "CACHE", "COPY_FREE_VARS", "MAKE_CELL"}
    ops = [i for i in dis.get_instructions(function) if i.opname not in skipped]
    names = [i.opname for i in ops]
    returns_none = names in (["LOAD_CONST", "RETURN_VALUE"], ["RETURN_CONST"])
    return returns_none and (ops[0].argval is None or ops[0].argval is ...)


def _describe(value: Any) -> str:
    if isinstance(value, pd.DataFrame):
        columns = ", ".join(map(str, value.columns[:6])) + (", …" if value.shape[1] > 6 else "")
        return f"a table of {len(value):,} rows ({columns or 'no columns'})"
    if isinstance(value, pd.Series):
        return f"a Series of {len(value):,} values"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if isinstance(value, types.GeneratorType):
        return "a generator"
    if isinstance(value, np.random.Generator):
        return "a random generator"
    if callable(value):
        return f"the function {name_of(value)}"
    if isinstance(value, (list, tuple, set, dict)) and len(value) > 6:
        return f"a {type(value).__name__} of {len(value):,} items"
    if isinstance(value, (float, np.floating)):
        return f"{float(value):.6g}"
    text = repr(value)
    return text if len(text) <= 60 and "\n" not in text else f"a {type(value).__name__}"


def _ordinal(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")
