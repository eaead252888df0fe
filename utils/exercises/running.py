"""Run a learner's code safely: on copies, with a time limit, with its output kept aside.

Whatever the code does (raises, loops for ever, prints without end, changes what it was given),
the notebook goes on, and what happened is told in a sentence.
"""

import _thread
import contextlib
import copy
import dis
import io
import linecache
import signal
import sys
import threading
import traceback
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from utils.exercises.verdicts import NotYet

CALL_SECONDS = 5
KEPT_OUTPUT = 2_000


class TimeUp(BaseException):
    """The time limit has passed. Not an Exception, so that `except Exception` lets it through."""


def run(function: Callable, *args: Any, seconds: float = CALL_SECONDS) -> tuple[Any, str]:
    """Call `function` on copies of `args`; return its result and what it printed.

    Raises NotYet when it raises, takes more than `seconds`, or
    changes an argument in place.
    """
    given, untouched = _copies(args), _copies(args)
    shown = f"`{name_of(function)}({', '.join(describe(a) for a in args)})`"
    printed = _Bounded()
    try:
        with quietly(printed), time_limit(seconds) as limit:
            result = function(*given)
    except BaseException as error:
        # Code that was stopped while cleaning up may well end with another error.
        if limit["expired"]:
            raise NotYet(
                f"{shown} was stopped after {seconds:g} seconds. Does a loop in it never end?"
            ) from None
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
    said = str(error).strip().split("\n")[0][:200]
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
        return _describe(value)
    except Exception:
        # A value may be broken enough to fail at being printed; its type never is.
        return f"a {type(value).__name__}"


def name_of(function: Callable) -> str:
    """Return the name that the learner knows the function by."""
    return getattr(function, "__name__", type(function).__name__)


@contextlib.contextmanager
def quietly(output: io.TextIOBase | None = None) -> Iterator[None]:
    """Keep prints and warnings away from the notebook."""
    sink = output or _Bounded()
    with (
        contextlib.redirect_stdout(sink),
        contextlib.redirect_stderr(sink),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[dict[str, bool]]:
    """Raise TimeUp in the block when it takes longer than `seconds`.

    Works where Python code or a system call runs, on every operating system, in the main thread
    (where notebooks run); elsewhere there is no limit. Limits nest. The block gets a dictionary
    that tells under "expired" whether the time was up.
    """
    state = {"running": False, "expired": False}
    if threading.current_thread() is not threading.main_thread():
        yield state
        return
    guard, done = threading.Lock(), threading.Event()

    def ring() -> None:
        wait = seconds
        while not done.wait(wait):
            with guard:
                if state["running"]:
                    state["expired"] = True
                    _interrupt_main_thread()
            # A signal that comes while control passes through this module is lost.
            wait = 0.02

    def on_signal(number: int, frame: types.FrameType | None) -> None:
        if state["expired"]:
            stop(frame)
        elif callable(before):
            before(number, frame)

    def stop(frame: types.FrameType | None) -> None:
        if not state["running"] or frame is None or frame.f_code.co_filename in _WAY_OUT:
            return
        # A bare `except:` in the learner's loop swallows the exception. So it is raised again at
        # the next line, even where that is the line of the `except` itself, until control is
        # back here.
        sys.settrace(trace)
        while frame and frame.f_code.co_filename not in _WAY_OUT:
            frame.f_trace = trace
            frame = frame.f_back
        raise TimeUp

    def trace(frame: types.FrameType, event: str, argument: Any) -> Callable:
        if event == "line":
            stop(frame)
        return trace

    before, tracing = signal.signal(signal.SIGINT, on_signal), sys.gettrace()
    try:
        threading.Thread(target=ring, daemon=True).start()
        # Not before: on a busy machine the time may be up while the thread still starts.
        state["running"] = True
        yield state
    finally:
        state["running"] = False
        with guard:
            done.set()
        if state["expired"]:
            sys.settrace(tracing)
        # Also handles what is still pending, before the handler of old is back.
        signal.signal(signal.SIGINT, before)


def _interrupt_main_thread() -> None:
    if hasattr(signal, "pthread_kill"):
        # A real signal also ends a system call such as sleep.
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    else:
        _thread.interrupt_main()


# Where the exception passes on its way back to `run`; raised anew there, it would leave our
# handler in place.
_WAY_OUT = {__file__, contextlib.__file__}


class _Bounded(io.StringIO):
    """Keeps the beginning of what is written and lets the rest go."""

    def write(self, text: str) -> int:
        room = KEPT_OUTPUT - self.tell()
        if room > 0:
            super().write(text[:room])
        return len(text)


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
