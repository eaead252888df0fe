"""How the check of exercise 6.2 judges an instrumented function: by calls, then by its page."""

import time

from utils.exercises.expect import result_of
from utils.exercises.lesson_06.scraping import (
    Registry,
    attempt,
    in_default_registry,
    remove_from_default_registry,
    scrape,
)
from utils.exercises.running import describe, explain
from utils.exercises.verdicts import NotYet

REQUESTS, SECONDS = "predict_requests_total", "predict_seconds"
# What one call of the check's `predict` takes.
TAKES = 0.015

_ONCE = (
    "Make each metric once, in `instrument` and outside of the inner function, and with "
    "`registry=registry`: without that it goes into the library's default registry, which outlives "
    "your cell."
)

_AT_ONCE = (
    "`instrument(predict, registry)` calls `predict` at once. It should only return a function, "
    "which calls `predict` when somebody calls it."
)


def judge(instrument):
    """Instrument functions that return, and functions that raise; raise NotYet for what differs."""
    calls, errors = [], {"LGA": ValueError("no such flight"), "EWR": KeyError("temp")}

    def predict(*args, **kwargs):
        calls.append((args, kwargs))
        time.sleep(TAKES)
        if args and args[0] in errors:
            raise errors[args[0]]
        return [len(calls)] if kwargs else 0.0 if args else None

    registry, others = Registry(), in_default_registry("predict_")
    try:
        instrumented = _instrumented(instrument, predict, registry, calls)
        trials = [
            (("JFK",), {}),
            (("LGA",), {}),
            (("JFK", 7), {"version": "2"}),
            (("EWR",), {}),
            ((), {}),
            (("JFK",), {}),
        ]
        start = time.perf_counter()
        for args, kwargs in trials:
            _judge_call(instrumented, args, kwargs, predict, calls, errors)
        took = time.perf_counter() - start
        page, lost = scrape(registry), sorted(in_default_registry("predict_") - others)
    finally:
        remove_from_default_registry(in_default_registry("predict_") - others)
    if not page.types:
        where = (
            f"They are in the library's default registry ({', '.join(lost)}): each metric needs "
            "`registry=registry`."
            if lost
            else "Does each metric have `registry=registry`?"
        )
        raise NotYet(
            f"The behaviour is right, but the page of the given registry is empty. {where}"
        )
    _judge_requests(page, ok=4, failed=2)
    _judge_seconds(page, ok=4, failed=2, took=took)


def _instrumented(instrument, predict, registry, calls):
    try:
        instrumented = result_of(instrument, predict, registry)
    except NotYet as problem:
        if calls:
            raise NotYet(_AT_ONCE) from None
        if "returned None" in str(problem):
            raise NotYet(
                "`instrument` returned None. It should return a function: the one that you define "
                "in it, by its name and without parentheses."
            ) from None
        if "Duplicated timeseries" in str(problem):
            raise NotYet(f"{problem}\nThe registry has that name already. {_ONCE}") from None
        if "Incorrect label" in str(problem) or "No label names" in str(problem):
            raise NotYet(
                f"{problem}\nA metric with labels is made with their names, "
                '`["outcome"]`, and counted with a value, `.labels("ok").inc()`.'
            ) from None
        raise
    if calls:
        raise NotYet(_AT_ONCE)
    if not callable(instrumented):
        raise NotYet(
            f"`instrument` should return a function; it returned {describe(instrumented)}."
        )
    if instrumented is predict:
        raise NotYet("`instrument` returned `predict` itself, so nothing will be counted.")
    return instrumented


def _judge_call(instrumented, args, kwargs, predict, calls, errors):
    shown = ", ".join([*map(repr, args), *(f"{k}={v!r}" for k, v in kwargs.items())])
    called = f"predict({shown})"
    expected = errors.get(args[0]) if args else None
    before = len(calls)
    result, raised = attempt(instrumented, *args, **kwargs)
    new = calls[before:]
    if raised is not None and raised is not expected:
        _judge_own_error(raised, instrumented, called, expected)
    if not new:
        raise NotYet(f"The call `{called}` of the instrumented function does not call `predict`.")
    if len(new) > 1:
        raise NotYet(
            f"One call of the instrumented function calls `predict` {len(new)} times. Keep the "
            "result in a variable, and return that."
        )
    if new[0] != (args, kwargs):
        raise NotYet(
            f"`{called}` was to be called, and `predict` got other arguments: "
            f"{new[0][0]} {new[0][1] or ''}. Hand on all of them: `predict(*args, **kwargs)`."
        )
    if expected is not None and raised is None:
        raise NotYet(
            f"`predict` raised {type(expected).__name__}, and your function returned "
            f"{describe(result)} as if all were well. Who calls it must learn of the error: count "
            "it, then pass it on with a bare `raise`."
        )
    if expected is None and result != (right := _result(args, kwargs, len(calls))):
        forgot = " Did you forget to return it?" if result is None else ""
        raise NotYet(
            f"`{called}` returns {describe(right)}, and the instrumented function "
            f"{describe(result)}.{forgot}"
        )


def _result(args, kwargs, number):
    return [number] if kwargs else 0.0 if args else None


def _judge_own_error(raised, instrumented, called, expected):
    said, own = str(raised), explain(raised, instrumented)
    if "Duplicated timeseries" in said:
        raise NotYet(
            f"The call `{called}` stopped with an error.\n{own}\nThe metric is made anew at every "
            f"call. {_ONCE}"
        )
    if "non-negative" in said or "'dec'" in said:
        raise NotYet(
            f"The call `{called}` stopped with an error.\n{own}\nA counter cannot be taken back. "
            "Count when you know the outcome, after the call or in `except`."
        )
    if "Incorrect label" in said or "No label names" in said or "missing label" in said:
        raise NotYet(
            f"The call `{called}` stopped with an error.\n{own}\nThe counter is made with the name "
            'of its one label, `["outcome"]`, and counted with a value of it, '
            '`.labels("ok").inc()`. The histogram has no label.'
        )
    if isinstance(raised, TypeError) and "argument" in said:
        raise NotYet(
            f"The call `{called}` stopped with an error.\n{own}\n`predict` may take any arguments: "
            "let the inner function take `*args, **kwargs` and hand them on."
        )
    if expected is not None:
        raise NotYet(
            f"`predict` raised {type(expected).__name__}, and your function "
            f"{type(raised).__name__}.\n{own}\nWhoever catches the one will not catch the other: "
            "a bare `raise` passes on the very same exception."
        )
    raise NotYet(f"The call `{called}` stopped with an error of its own.\n{own}")


def _judge_requests(page, ok, failed):
    there = ", ".join(f"`{name}`" for name in page.types)
    kind = page.types.get(REQUESTS)
    if kind is None:
        if f"{REQUESTS}_total" in page.types:
            raise NotYet(
                f"The page has `{REQUESTS}_total`. The library adds one `_total` to the name of a "
                "counter that has none, and you wrote more."
            )
        if page.types.get("predict_requests") == "gauge":
            raise NotYet(
                "The page has a gauge `predict_requests`. A number of events that only goes up is "
                "a counter (and gets its `_total` from the library)."
            )
        raise NotYet(f"The page has no `{REQUESTS}`; it has {there}.")
    if kind != "counter":
        raise NotYet(
            f"`{REQUESTS}` is a {kind}. A number of events is a counter: only of a counter does a "
            "reader know that a fall means a restart."
        )
    series = page.of(REQUESTS)
    names = sorted({name for labels, _ in series for name in labels})
    if series and not names:
        raise NotYet(f"`{REQUESTS}` has no label. It needs `outcome`, so that errors show.")
    if extra := [name for name in names if name != "outcome"]:
        raise NotYet(
            f"`{REQUESTS}` has a label `{extra[0]}`, and should have `outcome` only. Each value "
            "of a label makes a series of its own."
        )
    counts = {labels["outcome"]: value for labels, value in series}
    if strange := [value for value in counts if value not in ("ok", "error")]:
        raise NotYet(
            f"The label `outcome` has the value {describe(strange[0])}; it should be "
            '"ok" or "error", and nothing else. A label that holds the text or the kind of an '
            "exception gets a new series for each new one."
        )
    got = counts.get("ok", 0), counts.get("error", 0)
    if got == (ok, failed):
        return
    calls = f"Of {ok + failed} calls {failed} raised an exception. Your counter says"
    says = f"{calls} ok {got[0]:g}, error {got[1]:g}."
    if got == (ok + failed, failed):
        raise NotYet(
            f"{says} The failed ones are in both: count 'ok' only after `predict` has returned, "
            "neither before it nor in `finally`."
        )
    if got == (failed, ok):
        raise NotYet(f"{says} The two are swapped.")
    if got == (ok, 0):
        raise NotYet(f"{says} Nobody counts the failed ones: they pass your line by.")
    if got == (0, 0):
        raise NotYet(f"{says} Nothing is counted: is there an `.inc()`?")
    if got == (2 * ok, 2 * failed):
        raise NotYet(f"{says} Every call is counted twice.")
    raise NotYet(says)


def _judge_seconds(page, ok, failed, took):
    there = ", ".join(f"`{name}`" for name, kind in page.types.items() if name != REQUESTS)
    kind = page.types.get(SECONDS)
    if kind is None:
        others = [name for name, k in page.types.items() if k == "histogram"]
        if others and "seconds" not in others[0]:
            raise NotYet(
                f"The page has a histogram `{others[0]}`, and no `{SECONDS}`. The name tells the "
                "unit, and the unit is the base unit: 12 of what?"
            )
        raise NotYet(
            f"The page has no `{SECONDS}`; beside the counter it has {there or 'nothing'}."
        )
    if kind != "histogram":
        lost = {
            "summary": "A summary has no buckets, so the slow ones cannot be told from the rest.",
            "gauge": "A gauge keeps the last duration only.",
            "counter": "A counter adds up, and the slow ones are lost in the sum.",
        }.get(kind, "")
        raise NotYet(f"`{SECONDS}` is a {kind}; it should be a histogram. {lost}".strip())
    series = page.of(f"{SECONDS}_count")
    names = sorted({name for labels, _ in series for name in labels})
    if names:
        raise NotYet(
            f"`{SECONDS}` has a label `{names[0]}`; it should have none. Every value of a label "
            "brings all the buckets again."
        )
    count, total = page.total(f"{SECONDS}_count"), page.total(f"{SECONDS}_sum")
    calls = ok + failed
    if count == ok:
        raise NotYet(
            f"`{SECONDS}` has {count:g} observations, and there were {calls} calls: you time only "
            "those that succeed. A call that fails after a long wait is the slowest of all; "
            "`finally` or `with` catches it, too."
        )
    if count == failed:
        raise NotYet(f"`{SECONDS}` has {count:g} observations: you time only the calls that fail.")
    if count != calls:
        raise NotYet(f"`{SECONDS}` has {count:g} observations, and there were {calls} calls.")
    slept = calls * TAKES
    # Some clocks go in steps of 16 ms, so a right sum can be well off what was slept.
    least, most = 0.5 * slept, 1.05 * took + 0.05
    given = f"The {calls} calls took {took:.2f} s in all, and `{SECONDS}_sum` is {total:.4g}."
    if least <= total <= most:
        return
    if total < 0:
        raise NotYet(f"{given} Negative: the end minus the start, not the other way round.")
    if 1_000 * least <= total <= 1_000 * most:
        raise NotYet(f"{given} These are milliseconds; the name promises seconds.")
    if total > 1e6:
        raise NotYet(f"{given} That is a time of day, not a duration: take the start off.")
    if total < least:
        raise NotYet(
            f"{given} That is too little. Is the call of `predict` itself inside what you time? "
            "(`process_time` counts the processor's work only, and no waiting.)"
        )
    raise NotYet(
        f"{given} That is too much. Is the start taken anew for each call, inside the inner "
        "function?"
    )
