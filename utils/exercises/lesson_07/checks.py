"""The checks of lesson 07: small services, run for real and spoken to over HTTP."""

import tempfile
import time
from pathlib import Path

from utils.exercises.expect import a_function
from utils.exercises.lesson_07 import latest, writing
from utils.exercises.lesson_07.releases import CAUSES, FAULTS
from utils.exercises.lesson_07.serving import an_app, ask_prediction, call, serve
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet

REQUESTS = "flightdelay_requests_total"
MODEL, REQUEST = "flightdelay_model_seconds", "flightdelay_request_seconds"


@exercise(
    "7.1",
    "Count requests by outcome",
    stars=2,
    minutes=12,
    hints=[
        "Make the counter once, before the middleware: "
        '`Counter("flightdelay_requests", "Requests.", ["outcome"], registry=registry)`.',
        '`@app.middleware("http")` above `async def count(request, call_next):` lets you look at '
        "every request. `request.url.path` says where it goes.",
        "`response = await call_next(request)` hands the request on; `response.status_code` tells "
        "how it ended. Where an exception escaped, that line raises, too.",
        'Put it into `try:`. In `except Exception:` count "error", and `raise` again. After it, '
        "choose by the status: below 400, below 500, or not.",
    ],
    learned="The failures that matter most are those that leave by another door: an exception "
    "passes by every line that follows.",
)
def count_outcomes(answer):
    function = a_function(answer, "count_outcomes", 2)
    registry = _counted(function, ["ok"] * 3 + ["invalid"] * 2 + ["broken"] * 2 + ["busy"])
    _judge_counts(_counts(registry))
    # A second app, for counters that were made outside of the function.
    number = _number(_counted(function, ["ok"], _ELSEWHERE))
    if number > 1:
        counted = [other for other in _ELSEWHERE if _number(_counted(function, [], [other]))]
        raise NotYet(
            f"Other requests are counted, too: {', '.join(counted) or 'after the first'}. Only "
            "those to /predict should be; /health, for one, is asked all day by machines. "
            'Compare the whole path: `request.url.path == "/predict"`.'
        )
    if number == 0:
        raise NotYet(
            "For a second app, with a registry of its own, nothing is counted there. Make the "
            "counter inside of the function, with the registry that comes with the app."
        )


def _counted(function, cases, elsewhere=()):
    """Return the registry of a served app that has got these requests, and these elsewhere."""
    from prometheus_client import CollectorRegistry

    app, registry = _fragile(), CollectorRegistry()
    call(function, app, registry)
    with serve(app, "count_outcomes", function) as running:
        for number, case in enumerate(cases):
            _ask_fragile(running, case, number, function)
        for other in elsewhere:
            method, path = other.split()
            if running.ask(path, {} if method == "POST" else None).status != _ELSEWHERE[other]:
                raise NotYet(f"With your middleware {path} fails.{running.why(function)}")
    return registry


# Other requests, and the status that each gets.
_ELSEWHERE = {"GET /health": 200, "POST /predictions": 200, "POST /v2/predict": 200, "GET /": 404}


def _number(registry):
    samples = [s for family in registry.collect() for s in family.samples]
    return sum(s.value for s in samples if s.name == REQUESTS)


def _judge_counts(counts):
    given = ", ".join(f"{outcome} {counts.get(outcome, 0):g}" for outcome in _OUTCOMES)
    sent = "Sent to /predict: 3 that were answered, 2 refused (422), 1 sent away (503), and 2 "
    sent += f"whose handler raised an exception. Counted: {given}."
    if strangers := sorted(set(counts) - set(_OUTCOMES)):
        raise NotYet(f'There is an outcome "{strangers[0]}"; they are "ok", "invalid", "error".')
    if counts == {"ok": 3, "invalid": 2, "error": 3}:
        return
    total = sum(counts.values())
    slips = {
        "Only successes are counted. A counter that knows no failures is always content.": (
            counts == {"ok": 3}
        ),
        "The two exceptions are missing. `await call_next(request)` raises them again, so what "
        "stands after it never runs: count them in an `except`, and `raise` again.": (
            counts.get("error", 0) == 1 and total == 6
        ),
        "All of them count as ok. Is it counted before it is known how the request ends?": (
            counts.get("ok", 0) == total >= 8
        ),
        "A request that was refused (422) is the client's fault: invalid, not error.": (
            counts.get("invalid", 0) == 0 and counts.get("error", 0) == 5
        ),
        "503 is ours, an error; from 400 to 499 it is the request's fault.": (
            counts.get("invalid", 0) == 3
        ),
        "Exceptions are counted twice: once in the `except`, and once more after it.": (
            counts.get("error", 0) == 5 and counts.get("invalid", 0) == 2
        ),
        "Refused requests (422) count as ok. They were answered, but not with a prediction.": (
            counts.get("ok", 0) == 5
        ),
        "Nothing is counted. Is `.inc()` called?": total == 0,
        "It counts when your function is called, not when a request comes. `.inc()` belongs into "
        "the middleware.": total == 1,
    }
    for slip, fits in slips.items():
        if fits:
            raise NotYet(f"{sent} {slip}")
    raise NotYet(f"{sent} Every request to /predict counts once, under how it ended.")


_OUTCOMES = ("ok", "invalid", "error")


def _fragile():
    """Return an app whose /predict ends as it is told to."""
    from fastapi import FastAPI, HTTPException

    app = FastAPI()

    @app.post("/predict")
    def predict(case: dict[str, str | int]) -> dict:
        if case["case"] == "busy":
            raise HTTPException(503, "busy")
        if case["case"] == "broken":
            raise RuntimeError("the model broke")
        return {"number": case["number"]}

    @app.get("/health")
    def health() -> dict:
        return {"status": "ok"}

    @app.post("/predictions")
    @app.post("/v2/predict")
    def other() -> dict:
        return {"status": "ok"}

    return app


def _ask_fragile(running, case, number, function):
    body = "nonsense" if case == "invalid" else {"case": case, "number": number}
    answer = running.ask("/predict", body)
    wanted = {"ok": 200, "invalid": 422, "broken": 500, "busy": 503}[case]
    said = running.why(function)
    if answer.status == wanted and (case != "ok" or answer.json == {"number": number}):
        return
    if "Duplicated timeseries" in said:
        raise NotYet(
            "The second request fails: you make the counter again for every request, and a "
            f"registry takes each name once. Make it before the middleware.{said}"
        )
    if case == "broken":
        raise NotYet(
            "When the handler raises an exception, the client should get a 500, as before; it got "
            f"{answer.status}. After counting, `raise` again: who swallows it hides the fault."
        )
    if wanted == 503 or wanted == 422:
        raise NotYet(
            f"A request that the app answers by {wanted} gets {answer.status} with your "
            f"middleware. Return the response of `call_next` as it is.{said}"
        )
    raise NotYet(
        f"A request that was answered before gets {answer.status} with your middleware, and "
        f"{describe(answer.text)}. Return the response of `call_next` as it is.{said}"
    )


def _counts(registry):
    """Return the counter's values by outcome, with its labels judged."""
    samples = [s for family in registry.collect() for s in family.samples]
    found = [s for s in samples if s.name == REQUESTS]
    if not found:
        there = ", ".join(sorted({s.name for s in samples if "created" not in s.name}))
        raise NotYet(
            f"The registry that you were given shows no `{REQUESTS}`; it shows: "
            f"{there or 'nothing'}. Did you hand `registry=registry` to the counter, and is "
            "anything counted?"
        )
    labels = set(found[0].labels)
    if labels != {"outcome"}:
        if len(found) > 5:
            raise NotYet(
                f"After 8 requests the counter has {len(found)} series, by {_listed(labels)}. A "
                "label whose values never end makes a series for each, for ever. What tells one "
                'request from another belongs into the log; here the only label is "outcome".'
            )
        raise NotYet(
            f'The counter has the labels {_listed(labels)}; its only label should be "outcome".'
        )
    return {s.labels["outcome"]: s.value for s in found if s.value}


def _listed(labels):
    return ", ".join(f"`{label}`" for label in sorted(labels)) or "none"


@exercise(
    "7.2",
    "Time the model apart from the request",
    stars=2,
    minutes=12,
    hints=[
        'Make both histograms first: `Histogram("flightdelay_model_seconds", "Time in the model.", '
        "registry=registry)`, and the other one.",
        "`with model_seconds.time():` observes how long its block takes, also when it raises. "
        "Which lines belong into the block, and which do not?",
        "The request's time belongs into a middleware: it begins before the handler, and ends "
        "after it. Only requests to /predict count.",
        "In the middleware: `with request_seconds.time(): return await call_next(request)`, under "
        "a question for `request.url.path`. In the handler: "
        "`with model_seconds.time(): probability = score(features)`.",
    ],
    learned="When requests get slow, the second histogram says at once whether to look into the "
    "model or around it.",
)
def make_timed_app(answer):
    function = a_function(answer, "make_timed_app", 3)
    # A busy machine may stretch what lies between two clocks; what is wrong is wrong every time.
    for attempt in (1, 2, 3):
        try:
            return _time_once(function)
        except NotYet:
            if attempt == 3:
                raise


def _time_once(function):
    from prometheus_client import CollectorRegistry

    spent = {"prepare": 0.0, "score": 0.0}
    registry = CollectorRegistry()
    prepare, score = _slow(spent)
    app = an_app(call(function, prepare, score, registry), "make_timed_app")
    with serve(app, "make_timed_app", function) as running:
        for distance in (500, 1000):
            body = {"flights": [{"distance": distance}]}
            ask_prediction(running, body, [distance / 2000], function)
        running.ask("/health")
        running.ask("/nothing")
        before = dict(spent)
        broken = running.ask("/predict", {"flights": [{"distance": -1}]})
    if broken.status != 500:
        raise NotYet(
            f"When `score` raises an exception, the client should get a 500; it got "
            f"{broken.status}, {describe(broken.text)}. An invented answer is worse than none."
        )
    model, request = (_histogram(registry, name) for name in (MODEL, REQUEST))
    if request["count"] == 2:
        raise NotYet(
            "Of 3 requests to /predict the one that failed was not timed. `with ....time():` "
            "observes in any case; code after `call_next` does not run when it raises."
        )
    if request["count"] != 3:
        raise NotYet(
            f"There were 3 requests to /predict and two elsewhere; `{REQUEST}` has observed "
            f"{request['count']:g}. Only /predict counts, each request once."
        )
    if model["count"] not in (2, 3):
        raise NotYet(f"`score` ran 3 times; `{MODEL}` has observed {model['count']:g}.")
    in_score = spent["score"] if model["count"] == 3 else before["score"]
    _near(model["sum"], in_score, spent, MODEL, "in `score`")
    whole = spent["score"] + spent["prepare"]
    _near(request["sum"], whole, spent, REQUEST, "in `prepare` and `score` together")


def _slow(spent):
    """Return the two functions, which note how long they really took."""

    def prepare(flights):
        start = time.perf_counter()
        time.sleep(0.06)
        spent["prepare"] += time.perf_counter() - start
        return [flight["distance"] for flight in flights]

    def score(features):
        start = time.perf_counter()
        time.sleep(0.03)
        spent["score"] += time.perf_counter() - start
        if features[0] < 0:
            raise ValueError("a distance below zero")
        return [distance / 2000 for distance in features]

    return prepare, score


def _histogram(registry, name):
    samples = {s.name: s for family in registry.collect() for s in family.samples}
    if f"{name}_sum" not in samples or f"{name}_bucket" not in samples:
        there = ", ".join(sorted(n for n in samples if "created" not in n)) or "nothing"
        raise NotYet(f"The registry shows no histogram `{name}`; it shows: {there}.")
    if labels := set(samples[f"{name}_sum"].labels):
        raise NotYet(f"`{name}` has the label {_listed(labels)}; it needs none.")
    return {part: samples[f"{name}_{part}"].value for part in ("sum", "count")}


def _near(seen, spent, all_spent, name, where):
    """Ask that a histogram's sum is the time that was spent, and not another one."""
    prepare, score = all_spent["prepare"], all_spent["score"]
    if spent * 0.98 <= seen <= spent + prepare / 2:
        return
    told = f"`{name}` has a sum of {seen:.3g} s, where {spent:.3g} s passed {where}."
    if seen < score / 5:
        raise NotYet(
            f"{told} Is the clock stopped before the work is done? `call_next` needs its `await` "
            "inside of the measured block."
        )
    if seen > 100 * spent:
        raise NotYet(f"{told} Is that in milliseconds? Prometheus counts in seconds.")
    if name == MODEL and abs(seen - prepare - score) < prepare / 2:
        raise NotYet(f"{told} The time of `prepare` is in it, too: it is not the model's.")
    if name == REQUEST and abs(seen - score) < prepare / 2:
        raise NotYet(f"{told} That is the model's time only: begin before the handler does.")
    raise NotYet(f"{told} Which lines stand between the start of the clock and its end?")


@exercise(
    "7.3",
    "Log without slowing the answer, and lose nothing",
    stars=3,
    minutes=25,
    hints=[
        "Three parts: a queue that holds at most `room` pairs, one thread that takes them out and "
        "writes, and a lifespan that starts and ends the thread. The handler only puts.",
        "`waiting = queue.Queue(maxsize=room)`. In the handler `waiting.put_nowait(pair)`; when it "
        "raises `queue.Full`, count in `app.state.dropped`, with a `threading.Lock()` around the "
        "`+= 1`: requests run in several threads.",
        "The thread: `while (pair := waiting.get()) is not None:`, and in it `write([pair])` in a "
        "`try:`; `except Exception:` counts the pair. A None in the queue tells it to end.",
        "The lifespan is a function of the app with `@asynccontextmanager`: start the thread, "
        "`yield`, then `waiting.put(None)` and `thread.join()`. None goes in last, so all that was "
        "before it is written. Hand it over: `FastAPI(lifespan=lifespan)`.",
    ],
    learned="A limited queue, one writer, and a join at the end: most programs that write behind "
    "somebody's back come down to these three.",
)
def make_logged_app(answer):
    function = a_function(answer, "make_logged_app", 3)
    writing.answers_do_not_wait_and_nothing_is_lost(function)
    writing.waiting_is_limited(function)
    writing.a_failed_write_is_counted(function)


@exercise(
    "7.4",
    "The last n predictions",
    stars=2,
    minutes=12,
    hints=[
        "Let FastAPI check `n`: `n: Annotated[int, Query(ge=1, le=100)] = 10` refuses everything "
        "else with a 422 before your code runs.",
        "Newest first is a matter for the database: `ORDER BY received DESC LIMIT ?`. Without an "
        "ORDER BY a database may hand out any rows it likes.",
        "Open the connection inside of the handler, not outside: it belongs to the thread that "
        "made it. `connection.row_factory = sqlite3.Row` makes rows that `dict(row)` turns into "
        "dictionaries.",
        'Inside: `rows = connection.execute("SELECT * FROM predictions ORDER BY received DESC '
        'LIMIT ?", (n,))`, then `return [dict(row) for row in rows]`.',
    ],
    learned="A check of `n` is part of the answer: in SQLite a limit of -1 means no limit, and one "
    "such request reads the whole database.",
)
def add_latest(answer):
    from fastapi import FastAPI

    function = a_function(answer, "add_latest", 2)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "predictions.db"
        ids = latest.fill(path)
        app = FastAPI()
        call(function, app, str(path))
        with serve(app, "add_latest", function) as running:
            latest.latest(running, "?n=5", ids[:5], ids, function)
            latest.latest(running, "?n=1", ids[:1], ids, function)
            latest.latest(running, "", ids[:10], ids, function)
            latest.latest(running, "?n=100", ids, ids, function)
            for bad, why in latest.BAD_N.items():
                latest.refused(running, bad, why)
            latest.insert(path, [(999, 40)])
            answer = running.ask("/latest?n=1")
            if answer.status == 200 and answer.json[0]["flight_id"] != 999:
                raise NotYet(
                    "A prediction was logged while the service ran, and `/latest` does not show "
                    "it. Read the database at every request, not once at the start."
                )


@exercise(
    "7.5",
    "Four releases, four faults",
    stars=3,
    minutes=15,
    hints=[
        "Four questions, one after the other: are there errors, is it slow, is the record whole, "
        "are the data still as they were?",
        "Errors: `..._requests_total`. Slow: `..._request_seconds_sum`. The record: "
        "`..._log_dropped_total`. The data: `..._feature_mean`.",
        "Where there are errors, the log says which: "
        '`lines["A"].query("status == 500")["error"]`, for instance.',
        "Where it is slow, compare how much the sums of `request_seconds` and `model_seconds` "
        "grew. Where a mean is odd, ask which unit would make it right.",
    ],
    learned="Errors, latency, the record, the data: four questions, each with its own metric. The "
    "metrics said which question to ask, the log answered it.",
)
def diagnosis(answer):
    if not isinstance(answer, dict):
        raise NotYet(
            f"`diagnosis` should stay the dictionary of the cell; it is {describe(answer)}."
        )
    for release, fault in FAULTS.items():
        said = answer.get(release)
        if said is None:
            raise NotYet(f"Release {release} has no diagnosis yet.")
        said = said.strip().lower() if isinstance(said, str) else said
        if said not in CAUSES:
            raise NotYet(
                f"For release {release} you say {describe(said)}; choose one of the lines of the "
                "table, word by word."
            )
        if said != fault:
            raise NotYet(f"Release {release}: {said}? {CAUSES[said]}")
