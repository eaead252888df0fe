"""Exercise 7.1: count requests by outcome, with every boundary between them."""

from prometheus_client import CollectorRegistry, Counter

from utils.exercises.expect import a_function
from utils.exercises.judges.apps import call, serve
from utils.exercises.judges.facts import Facts
from utils.exercises.judges.pages import a_metric, scrape, strays
from utils.exercises.judges.table import Slip
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet

REQUESTS = "flightdelay_requests_total"
OUTCOMES = ("ok", "invalid", "error")
BROKEN, UNREADABLE, WRONG_METHOD = "an exception", "422", "405"
# What each request to /predict is answered by: at, below and above each boundary.
STATUSES = ["200", "201", "399", "400", "404", WRONG_METHOD, UNREADABLE, "499", "500", "503"]
ENDINGS = [*STATUSES, "599", BROKEN, "200, asked with a query"]
# Other requests, and the status that each gets.
ELSEWHERE = {"GET /health": 200, "POST /predictions": 200, "POST /v2/predict": 200, "GET /": 404}


def _fragile():
    """Return an app whose /predict ends as it is told to."""
    from fastapi import FastAPI
    from starlette.responses import JSONResponse

    app = FastAPI()

    @app.post("/predict")
    def predict(case: dict[str, int]) -> JSONResponse:
        if case["status"] == 0:
            raise RuntimeError("the model broke")
        return JSONResponse({"number": case["number"]}, case["status"])

    @app.get("/health")
    def health() -> dict:
        return {"status": "ok"}

    @app.post("/predictions")
    @app.post("/v2/predict")
    def other() -> dict:
        return {"status": "ok"}

    return app


class _Counted(Facts):
    def read(self, answer):
        return a_function(answer, self.name, 2)

    def observe(self, answer, name, case):
        app, registry = _fragile(), CollectorRegistry()
        second, of_second = _fragile(), CollectorRegistry()
        with strays("flightdelay_") as lost:
            call(answer, app, registry)
            at_first = _total(registry)
            call(answer, second, of_second)
            with serve(_either(app, second), self.name, answer) as running:
                counted = {
                    ending: _ask(running, ending, number, registry, answer)
                    for number, ending in enumerate(ENDINGS)
                }
                arrived = any("the model broke" in str(p) for p in running.problems)
                elsewhere = [o for o in ELSEWHERE if _ask_elsewhere(running, o, registry, answer)]
                running.ask("/predict?second", {"status": 200, "number": 1})
                running.settle()
        series = a_metric(scrape(registry), REQUESTS, "counter", ("outcome",), tuple(lost))
        if strangers := sorted({labels["outcome"] for labels, _ in series} - set(OUTCOMES)):
            raise NotYet(
                f'There is an outcome "{strangers[0]}"; they are "ok", "invalid", "error".'
            )
        return {
            "at first": at_first,
            "counted": counted,
            "exception": arrived,
            "elsewhere": elsewhere,
            "second app": _total(of_second),
        }


def _counts(registry):
    return {
        labels.get("outcome", "?"): value
        for labels, value in scrape(registry).of(REQUESTS)
        if value
    }


def _total(registry):
    return sum(value for _, value in scrape(registry).of(REQUESTS))


def _ask(running, ending, number, registry, function):
    """Send a request that is to end so, and return under what it was counted."""
    before = _counts(registry)
    status = 500 if ending == BROKEN else int(ending[:3])
    body = {"status": 0 if ending == BROKEN else status, "number": number}
    if ending == UNREADABLE:
        body = "nonsense"
    path = "/predict?dry=1" if "query" in ending else "/predict"
    answer = running.ask(path, None if ending == WRONG_METHOD else body)
    running.settle()
    _ask_that_nothing_has_changed(running, answer, ending, status, number, function)
    after = _counts(registry)
    grown = {outcome: after[outcome] - before.get(outcome, 0) for outcome in after}
    return ", ".join(f"{o} twice" if n == 2 else o for o, n in grown.items() if n) or "nothing"


def _ask_that_nothing_has_changed(running, answer, ending, status, number, function):
    free = ending in (BROKEN, UNREADABLE, WRONG_METHOD)  # FastAPI words these answers
    if answer.status == status and (free or answer.json == {"number": number}):
        return
    said = running.why(function)
    if ending == BROKEN:
        raise NotYet(
            "When the handler raises an exception, the client should get a 500, as before; it got "
            f"{answer.status}. After counting, `raise` again: who swallows it hides the fault."
        )
    raise NotYet(
        f"A request that was answered by {status} gets {answer.status} with your middleware, and "
        f"{describe(answer.text)}. Return the response of `call_next` as it is.{said}"
    )


def _ask_elsewhere(running, other, registry, function):
    """Send a request that is not to /predict; tell whether it was counted."""
    before, (method, path) = _total(registry), other.split()
    status = running.ask(path, {} if method == "POST" else None).status
    running.settle()
    if status != ELSEWHERE[other]:
        raise NotYet(f"With your middleware {path} fails.{running.why(function)}")
    return _total(registry) > before


def _either(app, second):
    """Return an app that hands some requests on to the second app, and all else to the first."""

    async def choose(scope, receive, send):
        chosen = second if scope.get("query_string") == b"second" else app
        await chosen(scope, receive, send)

    return choose


def _outcome(status):
    return "ok" if status < 400 else "invalid" if status < 500 else "error"


def _counting(by_status=_outcome, broken="error", early=False, times=1, path="/predict", **other):
    """Return a `count_outcomes` that is right but for what is given."""

    def count_outcomes(app, registry):
        requests = Counter("flightdelay_requests", "Requests.", ["outcome"], registry=registry)
        if other.get("at_once"):
            requests.labels("ok").inc()

        @app.middleware("http")
        async def count(request, call_next):
            if other.get("at_once") or path not in (request.url.path, "any"):
                return await call_next(request)
            outcome = "ok" if early else broken
            try:
                response = await call_next(request)
                outcome = outcome if early else by_status(response.status_code)
                return response
            except Exception:
                if other.get("swallow"):
                    from starlette.responses import PlainTextResponse

                    return PlainTextResponse("Internal Server Error", 500)
                if broken and other.get("twice"):
                    requests.labels(broken).inc()
                raise
            finally:
                if outcome:
                    requests.labels(outcome).inc(times)

    return count_outcomes


SLIPS = [
    Slip(
        "Only successes are counted. A counter that knows no failures is always content.",
        _counting(lambda status: "ok" if status < 400 else "", broken=""),
    ),
    Slip(
        "The exception is missing. `await call_next(request)` raises it again, so what stands "
        "after it never runs: count it in an `except`, and `raise` again.",
        _counting(broken=""),
    ),
    Slip(
        "All of them count as ok. Is it counted before it is known how the request ends?",
        _counting(early=True),
    ),
    Slip(
        "A request that was refused is the client's fault from 400 to 499: invalid, not error.",
        _counting(lambda status: "ok" if status < 400 else "error"),
    ),
    Slip(
        "From 500 on it is ours, an error; from 400 to 499 it is the request's fault.",
        _counting(lambda status: "ok" if status < 400 else "invalid"),
    ),
    Slip(
        "Refused requests count as ok. They were answered, but not with a prediction.",
        _counting(lambda status: "ok" if status < 500 else "error"),
    ),
    Slip(
        "The exception is counted twice: once in the `except`, and once more after it.",
        _counting(twice=True),
    ),
    Slip("Nothing is counted. Is `.inc()` called?", _counting(times=0)),
    Slip(
        "It counts when your function is called, not when a request comes. `.inc()` belongs into "
        "the middleware.",
        _counting(at_once=True),
    ),
    Slip(
        "The client gets its 500, and the server never hears of the exception, so its log has no "
        "word on what broke. After counting, `raise` again.",
        _counting(swallow=True),
    ),
]


def _look(name, counted, wanted):
    ending = next(e for e in ENDINGS if counted[e] != wanted[e])
    return (
        f'Look at {ending}, counted as {counted[ending]}. "ok" is a status below 400, "invalid" '
        'from 400 to 499, "error" what lies above or ends with an exception, and every request to '
        "/predict counts once."
    )


exercise(
    "7.1",
    "Count requests by outcome",
    stars=2,
    minutes=12,
    hints=[
        "Make the counter once, before the middleware: "
        '`Counter("flightdelay_requests", "Requests.", ["outcome"], registry=registry)`. Then call '
        "`requests.labels(...)` for each outcome.",
        '`@app.middleware("http")` above `async def count(request, call_next):` lets you look at '
        "every request. `request.url.path` says where it goes.",
        "`response = await call_next(request)` hands the request on; `response.status_code` tells "
        "how it ended. Where an exception escaped, that line raises, too.",
        'Begin with `outcome = "error"`. In a `try:` hand the request on, choose the outcome by '
        "the status (below 400, below 500, or not) and return the response. Count in `finally:`, "
        "which runs in any case and lets the exception go on.",
    ],
    learned="The failures that matter most are those that leave by another door: an exception "
    "passes by every line that follows.",
    check=_Counted(
        "count_outcomes",
        _counting(),
        cases={"": ()},
        slips=SLIPS,
        tells={
            "at first": lambda _, n: f"Before any request the counter is at {n:g}.",
            "counted": lambda _, counted: (
                "Sent to /predict, and counted: "
                + "; ".join(f"{ending} as {outcome}" for ending, outcome in counted.items())
                + "."
            ),
            "exception": lambda *_: "The handler raised an exception.",
            "elsewhere": lambda _, others: f"Other requests are counted, too: {', '.join(others)}.",
            "second app": lambda _, n: (
                f"A second app, with a registry of its own, got one request, and counts {n:g}."
            ),
        },
        look={
            "counted": _look,
            "elsewhere": "Only those to /predict should be; /health, for one, is asked all day by "
            'machines. Compare the whole path: `request.url.path == "/predict"`.',
            "second app": "Make the counter inside of the function, with the registry that comes "
            "with the app.",
        },
    ),
)
