"""Exercise 6.2: instrument a function without changing what it does."""

import time

from prometheus_client import Counter, Histogram

from utils.exercises.judges.table import Slip
from utils.exercises.lesson_06.instrumented import CASES, SECONDS, Instrumented
from utils.exercises.registry import exercise


def _made(outcomes=("ok", "error")):
    """Return an `instrument` whose wrapper is written by the decorated function."""

    def decorate(write):
        def instrument(predict, registry):
            requests = Counter("predict_requests", "Calls.", ["outcome"], registry=registry)
            seconds = Histogram("predict_seconds", "Time of a call.", registry=registry)
            for outcome in outcomes:
                requests.labels(outcome)
            return write(predict, requests, seconds)

        return instrument

    return decorate


def _wrapper(ok="after", count=1, names=("ok", "error"), clock=time.perf_counter, **other):
    """Return an `instrument` that is right but for what is given."""
    timed, passed = other.get("timed", "all"), other.get("passed", lambda a, b: b - a)
    shared, failed = other.get("shared", {}), other.get("failed", True)

    @_made(other.get("outcomes", ("ok", "error")))
    def instrument(predict, requests, seconds):
        shared["start"] = clock()

        def inner(*args, **kwargs):
            start = shared["start"] if other.get("once") else clock()
            if other.get("together"):
                shared["start"] = start
            outcome = names[1]
            try:
                result = predict(*args, **kwargs)
                outcome = names[0]
                return result
            finally:
                start = shared["start"] if other.get("together") else start
                if timed in ("all", outcome):
                    seconds.observe(passed(start, clock()))
                if failed or outcome == names[0]:
                    requests.labels(outcome).inc(count)
                if ok == "always" and outcome == names[1]:
                    requests.labels(names[0]).inc()

        return inner

    return instrument


def _says(name, counted):
    calls, raised = (7, "2") if CASES[name] else (2, "none")
    return (
        f"Of {calls} calls {raised} raised an exception. Your counter says ok {counted[0]:g}, "
        f"error {counted[1]:g}."
    )


def _given(name, words):
    calls = len(CASES[name] or "ab")
    return (
        f"The sum in `{SECONDS}` after {calls} calls, {name}, is {words}: it should be the seconds "
        "from the beginning of each call to its end, added up."
    )


SLIPS = [
    Slip(
        "The failed ones are in both: count 'ok' only after `predict` has returned, neither before "
        "it nor in `finally`.",
        _wrapper(ok="always"),
    ),
    Slip("The two are swapped.", _wrapper(names=("error", "ok"))),
    Slip("Nobody counts the failed ones: they pass your line by.", _wrapper(failed=False)),
    Slip("Nothing is counted: is there an `.inc()`?", _wrapper(count=0)),
    Slip("Every call is counted twice.", _wrapper(count=2)),
    Slip(
        "Both outcomes should be there, as 0, before the first call. A series that appears with "
        "its first event shows no rise: `.labels(...)` alone, without `.inc()`, makes it.",
        _wrapper(outcomes=()),
    ),
    Slip(
        "You time only those that succeed. A call that fails after a long wait is the slowest of "
        "all; `finally` or `with` catches it, too.",
        _wrapper(timed="ok"),
    ),
    Slip("You time only the calls that fail.", _wrapper(timed="error")),
    Slip(
        "The end minus the start, not the other way round.",
        _wrapper(passed=lambda start, end: start - end),
    ),
    Slip(
        "These are milliseconds; the name promises seconds.",
        _wrapper(passed=lambda start, end: 1_000 * (end - start)),
    ),
    Slip(
        "A duration is a difference: take the start off.",
        _wrapper(passed=lambda start, end: 1e9 + end),
    ),
    Slip(
        "Is the call of `predict` itself inside what you time? (`process_time` counts the "
        "processor's work only, and no waiting.)",
        _wrapper(clock=time.process_time),
    ),
    Slip(
        "Is the start taken anew for each call, inside the inner function?",
        _wrapper(once=True),
    ),
    Slip(
        "Calls that run at the same time share one start: the second takes the first one's away. "
        "Keep it in a variable of the inner function.",
        _wrapper(together=True),
    ),
]

exercise(
    "6.2",
    "Instrument a function",
    stars=2,
    minutes=12,
    hints=[
        "Make the two metrics first, with `registry=registry`, and call `.labels(...)` for both "
        "outcomes. Then define a function inside, and return it.",
        "The inner function takes `*args, **kwargs` and hands them on: `predict(*args, **kwargs)`. "
        "Only after that call do you know the outcome.",
        "`except Exception:` count the error, then a bare `raise`, so that the caller gets the "
        "very exception.",
        "`with seconds.time():` around the call observes its duration in seconds, also when it "
        "raises. `try`, in it the `with`, in it the call.",
    ],
    learned="Nobody who calls it can tell that it is measured, and the very first error will be "
    "seen as a rise.",
    check=Instrumented(
        "instrument",
        _wrapper(),
        cases=CASES,
        slips=SLIPS,
        tells={
            "counted": _says,
            "at first": lambda name, there: (
                "Before the first call the page has "
                + (" and ".join(f'"{o}" {v:g}' for o, v in there.items()) or "no outcome")
                + "."
            ),
            "observed": lambda name, n: (
                f"`{SECONDS}` has {n:g} observations, and there were "
                f"{len(CASES[name] or 'ab')} calls."
            ),
            "seconds": _given,
        },
        look={
            "counted": "Each call should count once: as ok when `predict` has returned, whatever "
            "it returned, as error when it has raised, whatever it raised.",
            "observed": "Each call should be observed once.",
            "at first": "Both outcomes should be there, as 0: call `.labels(...)` for each, and "
            "count nothing yet.",
        },
    ),
)
