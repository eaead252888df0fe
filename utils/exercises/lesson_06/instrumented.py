"""What the check of exercise 6.2 does: it calls an instrumented function, and reads its page."""

import contextlib
import functools
import inspect
import math
import threading
import time

from utils.exercises.expect import a_function, result_of
from utils.exercises.judges.facts import Facts
from utils.exercises.judges.pages import Registry, a_metric, puzzle, scrape, strays
from utils.exercises.lesson_06.attempts import attempt
from utils.exercises.running import describe, explain
from utils.exercises.verdicts import NotYet

REQUESTS, SECONDS = "predict_requests_total", "predict_seconds"
# What one call of the check's `predict` takes.
TAKES = 0.015
ERRORS = {"LGA": ValueError("no such flight"), "EWR": KeyError("temp")}
# Each call is its arguments. Some results are falsy, one call has only keywords, two raise.
ONE_AFTER_ANOTHER = [
    (("JFK",), {}),
    (("LGA",), {}),
    (("JFK", 7), {"version": "2"}),
    (("EWR",), {}),
    ((), {}),
    ((), {"flights": []}),
    (("JFK",), {}),
]
CASES = {"one after another": ONE_AFTER_ANOTHER, "two at the same time": None}

_AT_ONCE = (
    "`instrument(predict, registry)` calls `predict` at once. It should only return a function, "
    "which calls `predict` when somebody calls it."
)


class _Predict:
    """The check's `predict`: notes its calls, and what time they took in truth."""

    def __init__(self):
        self.calls, self.spent = [], 0.0
        self.inside, self.go_on, self.went_on = (threading.Event() for _ in range(3))

    def __call__(self, *args, **kwargs):
        start = time.perf_counter()
        self.calls.append((args, kwargs))
        if args == ("long",):
            self.inside.set()
            self.go_on.wait(4)
            self.went_on.set()
        time.sleep(TAKES)
        self.spent += time.perf_counter() - start
        if args and args[0] in ERRORS:
            raise ERRORS[args[0]]
        return _result(args, kwargs)


def _result(args, kwargs):
    return [kwargs] if kwargs else 0.0 if args else None


class Instrumented(Facts):
    """`instrument`, on functions that return and functions that raise."""

    def read(self, answer):
        """Ask for a function of two arguments."""
        return a_function(answer, self.name, 2)

    def observe(self, instrument, name, case):
        """Instrument a function, call it, and read the page."""
        predict, registry = _Predict(), Registry()
        with strays("predict_") as lost:
            instrumented = _instrumented(instrument, predict, registry)
            at_first = scrape(registry)
            start = time.perf_counter()
            if case:
                for args, kwargs in case:
                    _judge_call(instrumented, predict, args, kwargs)
            else:
                _call_two_at_once(instrumented, predict)
            took = time.perf_counter() - start
            page = scrape(registry)
        counts = _by_outcome(a_metric(page, REQUESTS, "counter", ("outcome",), tuple(lost)))
        a_metric(page, SECONDS, "histogram", (), tuple(lost))
        calls = len(predict.calls)
        if not case:
            took = math.inf  # what is looked for there is time that is missing
        return {
            "counted": counts,
            "at first": {labels.get("outcome"): v for labels, v in at_first.of(REQUESTS)},
            "observed": page.total(f"{SECONDS}_count"),
            "seconds": _in_words(page.total(f"{SECONDS}_sum"), predict.spent, took, calls),
        }


def _by_outcome(series):
    counts = {labels["outcome"]: value for labels, value in series}
    if strange := [value for value in counts if value not in ("ok", "error")]:
        told = [w for e in ERRORS.values() for w in (type(e).__name__, *e.args)]
        more = (
            " A label that holds the text or the kind of an exception gets a new series for each "
            "new one."
            if any(word in value for word in told for value in strange)
            else ""
        )
        raise NotYet(
            f"The label `outcome` has the value {describe(strange[0])}; it should be "
            f'"ok" or "error", and nothing else.{more}'
        )
    return counts.get("ok", 0.0), counts.get("error", 0.0)


def _in_words(total, spent, took, calls):
    # Some clocks go in steps of 16 ms, and a busy machine lets time pass between two lines.
    if 0.7 * spent <= total <= 1.05 * took + 0.05:
        return "right"
    if total < 0:
        return "negative"
    if total > 1e6 * calls:
        return "a time of day"
    if 700 * spent <= total <= 1_050 * took + 50:
        return "a thousand times as much"
    return "too little" if total < 0.7 * spent else "too much"


def _instrumented(instrument, predict, registry):
    # What the learner's function gets should look like a function.
    handed = functools.update_wrapper(lambda *args, **kwargs: predict(*args, **kwargs), _predict)
    try:
        instrumented = result_of(instrument, handed, registry)
    except NotYet as problem:
        if predict.calls:
            raise NotYet(_AT_ONCE) from None
        if "returned None" in str(problem):
            raise NotYet(
                "`instrument` returned None. It should return a function: the one that you define "
                "in it, by its name and without parentheses."
            ) from None
        raise NotYet(f"{problem}{puzzle(str(problem))}") from None
    if predict.calls:
        raise NotYet(_AT_ONCE)
    if not callable(instrumented):
        raise NotYet(
            f"`instrument` should return a function; it returned {describe(instrumented)}."
        )
    if instrumented is handed:
        raise NotYet("`instrument` returned `predict` itself, so nothing will be counted.")
    return instrumented


def _predict(*args, **kwargs):
    """Predict."""


_predict.__name__ = _predict.__qualname__ = "predict"


def _shown(args, kwargs):
    given = [*map(repr, args), *(f"{k}={v!r}" for k, v in kwargs.items())]
    return f"predict({', '.join(given)})"


def _judge_call(instrumented, predict, args, kwargs):
    called, expected = _shown(args, kwargs), ERRORS.get(args[0]) if args else None
    before = len(predict.calls)
    result, raised = attempt(instrumented, *args, **kwargs)
    new = predict.calls[before:]
    if raised is not None and raised is not expected:
        _judge_own_error(raised, instrumented, called, expected)
    if not new:
        lazy = inspect.isgenerator(result) or inspect.iscoroutine(result)
        more = " It returned a promise to do so: no `yield` and no `async` in it." if lazy else ""
        if inspect.iscoroutine(result):
            result.close()
        raise NotYet(
            f"The call `{called}` of the instrumented function does not call `predict`.{more}"
        )
    if len(new) > 1:
        raise NotYet(
            f"One call of the instrumented function calls `predict` {len(new)} times. Keep the "
            "result in a variable, and return that."
        )
    if new[0] != (args, kwargs):
        raise NotYet(
            f"The instrumented function was called as `{called}`, and called "
            f"`{_shown(*new[0])}`. Hand on all arguments as they are: `predict(*args, **kwargs)`."
        )
    if expected is not None and raised is None:
        raise NotYet(
            f"`predict` raised {type(expected).__name__}, and your function returned "
            f"{describe(result)} as if all were well. Who calls it must learn of the error: count "
            "it, then pass it on with a bare `raise`."
        )
    right = _result(args, kwargs)
    if expected is None and (result != right or type(result) is not type(right)):
        forgot = " Did you forget to return it?" if result is None else ""
        raise NotYet(
            f"`{called}` returns {describe(right)}, and the instrumented function "
            f"{describe(result)}.{forgot}"
        )


def _judge_own_error(raised, instrumented, called, expected):
    said, own = str(raised), explain(raised, instrumented)
    told = f"The call `{called}` stopped with an error"
    if more := puzzle(said):
        raise NotYet(f"{told}.\n{own}{more}")
    if (
        isinstance(raised, TypeError)
        and "argument" in said
        and "()" in said
        and ("positional" in said or "unexpected keyword" in said)
    ):
        raise NotYet(
            f"{told}.\n{own}\n`predict` may take any arguments: let the inner function take "
            "`*args, **kwargs` and hand them on."
        )
    if type(raised) is type(expected):
        raise NotYet(
            f"`predict` raised {type(expected).__name__}, and your function another "
            f"{type(raised).__name__}, which it made itself.\n{own}\nWho looks for the cause needs "
            "the first one, and the place where it was raised: a bare `raise` passes on the very "
            "same exception."
        )
    if expected is not None:
        raise NotYet(
            f"`predict` raised {type(expected).__name__}, and your function "
            f"{type(raised).__name__}.\n{own}\nWhoever catches the one will not catch the other: "
            "a bare `raise` passes on the very same exception."
        )
    raise NotYet(f"{told} of its own.\n{own}")


def _call_two_at_once(instrumented, predict):
    """Begin a call, make another one meanwhile, and let the first one end."""
    other = threading.Thread(target=_call_and_forget, args=(instrumented,), daemon=True)
    other.start()
    try:
        predict.inside.wait(2)
        time.sleep(3 * TAKES)
        _judge_call(instrumented, predict, ("JFK",), {})
        if predict.went_on.is_set():
            raise NotYet(
                "While one call of the instrumented function runs, a second one waits until it has "
                "ended. `predict` itself can be called by several at a time, so the instrumented "
                "function should let them: is there a lock around the call?"
            )
    finally:
        predict.go_on.set()
        other.join(3)


def _call_and_forget(instrumented):
    with contextlib.suppress(BaseException):
        instrumented("long")
