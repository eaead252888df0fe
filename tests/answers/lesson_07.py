"""Answers to lesson 07."""

import asyncio
import queue
import sqlite3
import sys
import threading
import time
from contextlib import asynccontextmanager, closing, suppress
from typing import Annotated

import pandas as pd
from fastapi import BackgroundTasks, FastAPI, HTTPException, Query, Request
from prometheus_client import Counter, Histogram, Summary
from starlette.responses import JSONResponse

from tests.answers import right, wrong
from utils.exercises.lesson_07.releases import FAULTS
from utils.service import predictions

# 7.1


def _counter(registry, labels=("outcome",), name="flightdelay_requests"):
    return Counter(name, "Requests.", list(labels), registry=registry)


def _outcome(status):
    return "ok" if status < 400 else "invalid" if status < 500 else "error"


@right("7.1")
def with_a_middleware(app, registry):
    requests = _counter(registry)

    @app.middleware("http")
    async def count(request, call_next):
        if request.url.path != "/predict":
            return await call_next(request)
        try:
            response = await call_next(request)
        except Exception:
            requests.labels("error").inc()
            raise
        requests.labels(_outcome(response.status_code)).inc()
        return response


@right("7.1")
def with_finally(app, registry):
    requests = _counter(registry, name="flightdelay_requests_total")
    for outcome in ("ok", "invalid", "error"):
        requests.labels(outcome=outcome)

    @app.middleware("http")
    async def count(request, call_next):
        outcome = "error"
        try:
            response = await call_next(request)
            outcome = _outcome(response.status_code)
            return response
        finally:
            if request.url.path in {"/predict"}:
                requests.labels(outcome=outcome).inc()

    return app


@right("7.1")
def by_the_route(app, registry):
    requests = _counter(registry)

    @app.middleware("http")
    async def count(request, call_next):
        outcome = "error"
        try:
            response = await call_next(request)
            outcome = _outcome(response.status_code)
            return response
        finally:
            if getattr(request.scope.get("route"), "path", "") == "/predict":
                requests.labels(outcome).inc()


@right("7.1")
def as_an_asgi_class(app, registry):
    requests = _counter(registry)

    class Count:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            if scope["type"] != "http" or scope["path"] != "/predict":
                return await self.app(scope, receive, send)
            seen = {"status": 500}

            async def look(message):
                if message["type"] == "http.response.start":
                    seen["status"] = message["status"]
                await send(message)

            try:
                await self.app(scope, receive, look)
            finally:
                requests.labels(_outcome(seen["status"])).inc()

    app.add_middleware(Count)


def _is_predict(request):
    return request.url.path == "/predict"


def _counting(
    says, after, before=None, caught=None, path=_is_predict, labels=("outcome",), again=False
):
    """A middleware with a slip: what is done before, after, and when an exception was caught."""

    def count_outcomes(app, registry):
        requests = None if again else _counter(registry, labels)

        @app.middleware("http")
        async def count(request, call_next):
            counter = requests or _counter(registry, labels)
            if not path(request):
                return await call_next(request)
            if before:
                before(counter, request)
            try:
                response = await call_next(request)
            except Exception:
                if caught is None:
                    raise
                return caught(counter)
            after(counter, response.status_code)
            return response

    wrong("7.1", says, count_outcomes)


def _raise_again(counter):
    counter.labels("error").inc()
    raise sys.exception()


def _by_status(counter, status):
    counter.labels(_outcome(status)).inc()


_counting("Only successes", lambda c, s: s < 400 and c.labels("ok").inc())
_counting("two exceptions are missing", _by_status)
_counting("All of them count as ok", lambda c, s: None, lambda c, r: c.labels("ok").inc())
for says, path in {
    "too: GET /health, POST /predictions, POST /v2/predict, GET /. Only": lambda request: True,
    "too: POST /predictions. Only": lambda request: request.url.path.startswith("/predict"),
    "too: POST /v2/predict. Only": lambda request: request.url.path.endswith("/predict"),
    "too: POST /predictions, POST /v2/predict. Only": lambda request: request.method == "POST",
    "too: POST /predictions, POST /v2/predict, GET /. Only": lambda request: (
        request.url.path != "/health"
    ),
}.items():
    _counting(says, _by_status, caught=_raise_again, path=path)
_counting(
    "client's fault: invalid",
    lambda c, s: c.labels("ok" if s < 400 else "error").inc(),
    caught=_raise_again,
)
_counting(
    "503 is ours",
    lambda c, s: c.labels("ok" if s < 400 else "invalid").inc(),
    caught=_raise_again,
)
_counting(
    "count as ok. They were answered",
    lambda c, s: c.labels("error" if s >= 500 else "ok").inc(),
    caught=_raise_again,
)
_counting("again for every request", _by_status, caught=_raise_again, again=True)
_counting('an outcome "200"', lambda c, s: c.labels(str(s)).inc(), caught=_raise_again)
_counting(
    "should get a 500",
    _by_status,
    caught=lambda c: c.labels("error").inc() or JSONResponse({"number": 0}),
)


@wrong("7.1", "label whose values never end")
def with_the_request_id(app, registry):
    requests = _counter(registry, ("outcome", "request_id"))

    @app.middleware("http")
    async def count(request, call_next):
        if request.url.path != "/predict":
            return await call_next(request)
        try:
            response = await call_next(request)
        except Exception:
            requests.labels("error", str(time.time_ns())).inc()
            raise
        requests.labels(_outcome(response.status_code), str(time.time_ns())).inc()
        return response


@wrong("7.1", "its only label")
def with_the_path(app, registry):
    requests = _counter(registry, ("path",))

    @app.middleware("http")
    async def count(request, call_next):
        requests.labels(request.url.path).inc()
        return await call_next(request)


_outside = {}


@wrong("7.1", "inside of the function")
def with_one_counter_for_all(app, registry):
    requests = _outside.setdefault("counter", None) or _counter(registry)
    _outside["counter"] = requests

    @app.middleware("http")
    async def count(request, call_next):
        if request.url.path != "/predict":
            return await call_next(request)
        outcome = "error"
        try:
            response = await call_next(request)
            outcome = _outcome(response.status_code)
            return response
        finally:
            requests.labels(outcome).inc()


@wrong("7.1", "shows no `flightdelay_requests_total`")
def with_another_name(app, registry):
    requests = _counter(registry, name="requests")

    @app.middleware("http")
    async def count(request, call_next):
        response = await call_next(request)
        requests.labels(_outcome(response.status_code)).inc()
        return response


@wrong("7.1", "shows: nothing")
def makes_nothing(app, registry):
    app.title = "counted"


@wrong("7.1", "Return the response")
def forgets_the_response(app, registry):
    requests = _counter(registry)

    @app.middleware("http")
    async def count(request, call_next):
        response = await call_next(request)
        requests.labels(_outcome(response.status_code)).inc()


@wrong("7.1", "Write `await` before")
def forgets_to_await(app, registry):
    requests = _counter(registry)

    @app.middleware("http")
    async def count(request, call_next):
        response = call_next(request)
        requests.labels("ok").inc()
        return response


@wrong("7.1", "when your function is called")
def counts_itself(app, registry):
    _counter(registry).labels("ok").inc()


@wrong("7.1", "stopped with an error")
def without_labels(app, registry):
    Counter("flightdelay_requests", "Requests.", registry=registry).labels("ok")


# 7.2


@right("7.2")
def with_two_blocks(prepare, score, registry):
    app = FastAPI()
    model = Histogram("flightdelay_model_seconds", "Model.", registry=registry)
    whole = Histogram("flightdelay_request_seconds", "Request.", registry=registry)

    @app.middleware("http")
    async def clock(request, call_next):
        if request.url.path != "/predict":
            return await call_next(request)
        with whole.time():
            return await call_next(request)

    @app.post("/predict")
    def predict(body: dict):
        features = prepare(body["flights"])
        with model.time():
            probability = score(features)
        return {"predictions": probability}

    return app


@right("7.2")
def with_clocks(prepare, score, registry):
    app = FastAPI()
    model = Histogram("flightdelay_model_seconds", "M.", buckets=[0.01, 1], registry=registry)
    whole = Histogram("flightdelay_request_seconds", "R.", registry=registry)

    @app.post("/predict")
    def predict(body: dict):
        start = time.perf_counter()
        try:
            features = prepare(body["flights"])
            before = time.perf_counter()
            probability = score(features)
            model.observe(time.perf_counter() - before)
            return {"predictions": probability}
        finally:
            whole.observe(time.perf_counter() - start)

    return app


def _clocked(
    says, model_around="score", only_ok=False, factor=1.0, early=False, everywhere=False, kind=None
):
    def make_timed_app(prepare, score, registry):
        app = FastAPI()
        make = kind or Histogram
        model = make("flightdelay_model_seconds", "M.", registry=registry)
        whole = make("flightdelay_request_seconds", "R.", registry=registry)

        @app.middleware("http")
        async def clock(request, call_next):
            if request.url.path != "/predict" and not everywhere:
                return await call_next(request)
            start = time.perf_counter()
            if early:
                whole.observe(time.perf_counter() - start)
                return await call_next(request)
            if only_ok:
                response = await call_next(request)
                whole.observe(factor * (time.perf_counter() - start))
                return response
            try:
                return await call_next(request)
            finally:
                whole.observe(factor * (time.perf_counter() - start))

        @app.post("/predict")
        def predict(body: dict):
            start = time.perf_counter()
            features = prepare(body["flights"])
            if model_around == "score":
                start = time.perf_counter()
            try:
                probability = score(features)
            finally:
                model.observe(factor * (time.perf_counter() - start))
            return {"predictions": probability}

        return app

    wrong("7.2", says, make_timed_app)


_clocked("time of `prepare` is in it", model_around="both")
_clocked("one that failed was not timed", only_ok=True)
_clocked("in milliseconds", factor=1000)
_clocked("clock stopped before the work", early=True)
_clocked("Only /predict counts", everywhere=True)
_clocked("no histogram", kind=Summary)


@wrong("7.2", "model's time only")
def request_around_the_model(prepare, score, registry):
    app = FastAPI()
    model = Histogram("flightdelay_model_seconds", "M.", registry=registry)
    whole = Histogram("flightdelay_request_seconds", "R.", registry=registry)

    @app.post("/predict")
    def predict(body: dict):
        features = prepare(body["flights"])
        with whole.time(), model.time():
            return {"predictions": score(features)}

    return app


@wrong("7.2", "invented answer")
def except_pass(prepare, score, registry):
    app = FastAPI()
    model = Histogram("flightdelay_model_seconds", "M.", registry=registry)
    whole = Histogram("flightdelay_request_seconds", "R.", registry=registry)

    @app.post("/predict")
    def predict(body: dict):
        with whole.time():
            features = prepare(body["flights"])
            try:
                with model.time():
                    return {"predictions": score(features)}
            except Exception:
                return {"predictions": []}

    return app


@wrong("7.2", "returned None")
def forgets_to_return(prepare, score, registry):
    FastAPI()


@wrong("7.2", "there is no such path")
def no_path(prepare, score, registry):
    return FastAPI()


@wrong("7.2", "should answer")
def answers_the_list(prepare, score, registry):
    app = FastAPI()

    @app.post("/predict")
    def predict(body: dict):
        return score(prepare(body["flights"]))

    return app


def _takes(says, kind):
    def make_timed_app(prepare, score, registry):
        app = FastAPI()

        @app.post("/predict")
        def predict(flights: kind):
            return {"predictions": score(prepare(flights))}

        return app

    wrong("7.2", says, make_timed_app)


_takes("The body of a request is", list[dict])
_takes("for the fields of a form", list)
_takes("FastAPI looks for the parameter in the address", str)


# 7.3


@right("7.3")
def with_a_queue(score, write, room):
    waiting, lock = queue.Queue(maxsize=room), threading.Lock()

    def drop():
        with lock:
            app.state.dropped += 1

    def work():
        while (pair := waiting.get()) is not None:
            try:
                write([pair])
            except Exception:
                drop()

    @asynccontextmanager
    async def lifespan(app):
        writer = threading.Thread(target=work)
        writer.start()
        yield
        waiting.put(None)
        writer.join()

    app = FastAPI(lifespan=lifespan)
    app.state.dropped = 0

    @app.post("/predict")
    def predict(body: dict):
        predictions = score(body["flights"])
        try:
            waiting.put_nowait((body["flights"], predictions))
        except queue.Full:
            drop()
        return {"predictions": predictions}

    return app


@right("7.3")
def in_batches(score, write, room):
    app = FastAPI()
    app.state.dropped = 0
    rows, lock, more, ending = [], threading.Lock(), threading.Event(), threading.Event()

    def work():
        while not ending.is_set() or rows:
            more.wait(0.05)
            with lock:
                batch = rows[:]
                rows.clear()
                more.clear()
            try:
                if batch:
                    write(batch)
            except Exception:
                with lock:
                    app.state.dropped += len(batch)

    writer = threading.Thread(target=work, daemon=True)
    writer.start()

    @app.post("/predict")
    async def predict(request: Request):
        flights = (await request.json())["flights"]
        predictions = score(flights)
        with lock:
            if len(rows) < room:
                rows.append((flights, predictions))
                more.set()
            else:
                app.state.dropped += 1
        return {"predictions": predictions}

    def end():
        ending.set()
        writer.join()

    app.router.on_shutdown.append(end) if hasattr(app.router, "on_shutdown") else None
    if not hasattr(app.router, "on_shutdown"):

        @asynccontextmanager
        async def lifespan(app):
            yield
            end()

        app.router.lifespan_context = lifespan
    return app


@right("7.3")
def in_the_loop_without_a_lock(score, write, room):
    """Requests and writer share the loop's thread, so `+= 1` has no rival."""

    @asynccontextmanager
    async def lifespan(app):
        app.state.waiting = asyncio.Queue(maxsize=room)
        writer = asyncio.create_task(work(app))
        yield
        await app.state.waiting.put(None)
        await writer

    async def work(app):
        while (pair := await app.state.waiting.get()) is not None:
            try:
                await asyncio.to_thread(write, [pair])
            except Exception:
                app.state.dropped += 1

    app = FastAPI(lifespan=lifespan)
    app.state.dropped = 0

    @app.post("/predict")
    async def predict(body: dict):
        predictions = score(body["flights"])
        try:
            app.state.waiting.put_nowait((body["flights"], predictions))
        except asyncio.QueueFull:
            app.state.dropped += 1
        return {"predictions": predictions}

    return app


def _after_a_failure(failed, done=True):
    """An app that does as `failed` says when `write` raises: failed(app, write, pair)."""

    def make_logged_app(score, write, room):
        waiting = queue.Queue(maxsize=room)

        def work():
            while True:
                pair = waiting.get()
                if pair is not None:
                    try:
                        write([pair])
                    except Exception:
                        failed(app, write, pair)
                        if not done:
                            continue
                waiting.task_done()
                if pair is None:
                    return

        @asynccontextmanager
        async def lifespan(app):
            threading.Thread(target=work, daemon=True).start()
            yield
            waiting.put(None)
            waiting.join()

        app = FastAPI(lifespan=lifespan)
        app.state.dropped = 0

        @app.post("/predict")
        def predict(body: dict):
            predictions = score(body["flights"])
            try:
                waiting.put_nowait((body["flights"], predictions))
            except queue.Full:
                app.state.dropped += 1
            return {"predictions": predictions}

        return app

    return make_logged_app


def _count_one(app, write, pair):
    app.state.dropped += 1


def _try_again(app, write, pair):
    write([pair])


def _count_and_try_again(app, write, pair):
    app.state.dropped += 1
    write([pair])


def _raise(app, write, pair):
    raise sys.exception()


right("7.3", _after_a_failure(_count_one))
right("7.3", _after_a_failure(_try_again))
wrong("7.3", "has ended the writer", _after_a_failure(_raise))
wrong("7.3", "nobody knows: count it", _after_a_failure(lambda app, write, pair: None))
wrong("7.3", "Together they should be 5", _after_a_failure(_count_and_try_again))
wrong("7.3", "first `write` raised. The app", _after_a_failure(_count_one, done=False))


def _logging(says, hand_over, start=None, end=None):
    """An app that hands each pair over in its own way."""

    def make_logged_app(score, write, room):
        @asynccontextmanager
        async def lifespan(app):
            yield
            if end:
                end(app, write)

        app = FastAPI(lifespan=lifespan)
        app.state.dropped = 0
        if start:
            start(app, write, room)

        @app.post("/predict")
        def predict(body: dict, background: BackgroundTasks):
            predictions = score(body["flights"])
            hand_over(app, write, (body["flights"], predictions), background)
            return {"predictions": predictions}

        return app

    wrong("7.3", says, make_logged_app)


def _with_writer(app, write, room):
    app.state.waiting = queue.Queue(maxsize=room)

    def work():
        while True:
            pair = app.state.waiting.get()
            if pair is None:
                return
            write([pair])

    app.state.writer = threading.Thread(target=work, daemon=True)
    app.state.writer.start()


def _without_limit(app, write, room):
    _with_writer(app, write, 0)


def _join(app, write):
    app.state.waiting.put(None)
    app.state.writer.join()


def _put_or_drop(app, write, pair, background):
    try:
        app.state.waiting.put_nowait(pair)
    except queue.Full:
        app.state.dropped += 1


def _put_or_pass(app, write, pair, background):
    with suppress(Exception):
        app.state.waiting.put_nowait(pair)


_logging("answer wait for `write`", lambda app, write, pair, b: write([pair]))
_logging(
    "Who waits, at the end",
    lambda app, write, pair, b: threading.Thread(target=write, args=([pair],), daemon=True).start(),
)
_logging("Who waits, at the end", _put_or_drop, _with_writer)
_logging(
    "threads at the same time",
    lambda app, write, pair, b: app.state.threads.append(_started(write, pair)),
    lambda app, write, room: setattr(app.state, "threads", []),
    lambda app, write: [thread.join() for thread in app.state.threads],
)
_logging("Give the queue a `maxsize`", _put_or_drop, _without_limit, _join)
_logging("Nothing may get lost", _put_or_pass, _with_writer, _join)
_logging(
    "takes a list of pairs",
    lambda app, write, pair, b: app.state.waiting.put(pair[0][0]),
    _with_writer,
    _join,
)
_logging("none of their pairs", lambda app, write, pair, b: None)
_logging("has ended the writer", _put_or_drop, _with_writer, _join)
_logging(
    "did not stop within", _put_or_drop, _with_writer, lambda app, write: app.state.writer.join()
)
_logging(
    "or for room in the queue",
    lambda app, write, pair, b: app.state.waiting.put(pair),
    lambda app, write, room: setattr(app.state, "waiting", queue.Queue(maxsize=1)),
)


def _started(write, pair):
    thread = threading.Thread(target=write, args=([pair],))
    thread.start()
    return thread


@wrong("7.3", "Give the queue a `maxsize`")
def background_tasks(score, write, room):
    app = FastAPI()
    app.state.dropped = 0
    lock = threading.Lock()

    def one_by_one(pair):
        with lock:
            write([pair])

    @app.post("/predict")
    def predict(body: dict, background: BackgroundTasks):
        predictions = score(body["flights"])
        background.add_task(one_by_one, (body["flights"], predictions))
        return {"predictions": predictions}

    return app


@wrong("7.3", "set it to 0 at the beginning")
def counts_from_the_first_drop(score, write, room):
    waiting = queue.Queue(maxsize=room)

    def drop():
        app.state.dropped = getattr(app.state, "dropped", 0) + 1

    def work():
        while (pair := waiting.get()) is not None:
            try:
                write([pair])
            except Exception:
                drop()

    @asynccontextmanager
    async def lifespan(app):
        writer = threading.Thread(target=work)
        writer.start()
        yield
        waiting.put(None)
        writer.join()

    app = FastAPI(lifespan=lifespan)

    @app.post("/predict")
    async def predict(body: dict):
        predictions = score(body["flights"])
        try:
            waiting.put_nowait((body["flights"], predictions))
        except queue.Full:
            drop()
        return {"predictions": predictions}

    return app


@wrong("7.3", "is not there")
def counts_elsewhere(score, write, room):
    app = with_a_queue(score, write, room)
    app.dropped = app.state._state.pop("dropped")
    app.state.full = queue.Full

    @app.exception_handler(AttributeError)
    async def count(request, error):
        app.dropped += 1
        return JSONResponse({"predictions": score((await request.json())["flights"])})

    return app


@wrong("7.3", "stopped after")
def writes_in_the_factory(score, write, room):
    waiting = queue.Queue(maxsize=room)
    while True:
        waiting.get()


# 7.4

SELECT = "SELECT * FROM predictions ORDER BY received DESC LIMIT ?"


@right("7.4")
def with_rows(app, path):
    @app.get("/latest")
    def latest(n: Annotated[int, Query(ge=1, le=100)] = 10):
        with closing(sqlite3.connect(path)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(SELECT, (n,))]


@right("7.4")
def with_pandas(app, path):
    @app.get("/latest")
    def latest(n: int = Query(10, gt=0, lt=101)):
        connection = sqlite3.connect(path)
        table = pd.read_sql("SELECT * FROM predictions", connection)
        connection.close()
        newest = table.sort_values("received", ascending=False).head(n)
        return newest[["received", "flight_id", "probability"]].to_dict("records")


@right("7.4")
def by_hand(app, path):
    @app.get("/latest")
    def latest(n: str = "10"):
        if not n.isdecimal() or not 1 <= int(n) <= 100:
            raise HTTPException(422, "n is a whole number from 1 to 100")
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute("SELECT flight_id, probability, received FROM predictions")
            newest = sorted(rows, key=lambda row: -row[2])[: int(n)]
        return [{"flight_id": row[0], "probability": row[1]} for row in newest]


FROM_1_TO_100 = Annotated[int, Query(ge=1, le=100)]


def _latest(says, query=SELECT, n=FROM_1_TO_100, shape=dict, arguments=True):
    def add_latest(app, path):
        @app.get("/latest")
        def latest(n: n = 10):
            with closing(sqlite3.connect(path)) as connection:
                connection.row_factory = sqlite3.Row
                rows = connection.execute(query, (n,)) if arguments else connection.execute(query)
                return [shape(row) for row in rows]

    wrong("7.4", says, add_latest)


_latest("oldest first", f"SELECT * FROM ({SELECT}) ORDER BY received")
_latest("the *first* that were logged", "SELECT * FROM predictions ORDER BY received LIMIT ?")
_latest("highest `flight_id`", "SELECT * FROM predictions ORDER BY flight_id DESC LIMIT ?")
_latest("the last rows of the file", "SELECT * FROM predictions ORDER BY rowid DESC LIMIT ?")
_latest("there should be 5", SELECT.replace("?", "10"), arguments=False)
_latest("n=0 should be refused", n=int)
_latest("more than 100", n=Annotated[int, Query(ge=1)])
_latest("should be a dictionary", shape=tuple)
_latest("no such column", "SELECT * FROM predictions ORDER BY time DESC LIMIT ?")


@wrong("7.4", "sort by `received`")
def without_order(app, path):
    @app.get("/latest")
    def latest(n: Annotated[int, Query(ge=1, le=100)] = 10):
        with closing(sqlite3.connect(path)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(r) for r in connection.execute("SELECT * FROM predictions LIMIT ?", (n,))]


@wrong("7.4", "belongs to the thread")
def one_connection(app, path):
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row

    @app.get("/latest")
    def latest(n: Annotated[int, Query(ge=1, le=100)] = 10):
        return [dict(row) for row in connection.execute(SELECT, (n,))]


@wrong("7.4", "at every request")
def reads_once(app, path):
    with closing(sqlite3.connect(path)) as connection:
        table = pd.read_sql("SELECT * FROM predictions", connection)
    newest = table.sort_values("received", ascending=False)[["flight_id", "probability"]]

    @app.get("/latest")
    def latest(n: Annotated[int, Query(ge=1, le=100)] = 10):
        return newest.head(n).to_dict("records")


@wrong("7.4", "can become part of it")
def text_in_a_query(app, path):
    @app.get("/latest")
    def latest(n: str = "10"):
        if n in ("0", "-1", "101", "many"):
            return JSONResponse({"error": "n"}, 422)
        with closing(sqlite3.connect(path)) as connection:
            connection.row_factory = sqlite3.Row
            query = f"SELECT * FROM predictions ORDER BY received DESC LIMIT {n}"
            return [dict(row) for row in connection.execute(query)]


@wrong("7.4", "since it is no whole number")
def cuts_off_what_follows_the_point(app, path):
    @app.get("/latest")
    def latest(n: str = "10"):
        try:
            number = int(float(n))
        except ValueError:
            raise HTTPException(422, "no number") from None
        if not 1 <= number <= 100:
            raise HTTPException(422, "from 1 to 100")
        with closing(sqlite3.connect(path)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(SELECT, (number,))]


@wrong("7.4", "no path `/latest`")
def another_path(app, path):
    @app.get("/last")
    def last(n: int = 10):
        return []


@wrong("7.4", "has become NaN")
def with_missing_values(app, path):
    @app.get("/latest")
    def latest(n: Annotated[int, Query(ge=1, le=100)] = 10):
        return predictions.last(path, n).to_dict("records")


@wrong("7.4", "answer a list")
def as_a_table(app, path):
    @app.get("/latest")
    def latest(n: Annotated[int, Query(ge=1, le=100)] = 10):
        return {"rows": []}


# 7.5

right("7.5", dict(FAULTS))
right("7.5", {name: f" {cause.capitalize()} " for name, cause in FAULTS.items()})
wrong("7.5", "Release A: the model gets slower?", {**FAULTS, "A": "the model gets slower"})
wrong("7.5", "which does it show", {**FAULTS, "B": "wind_speed has another unit"})
wrong("7.5", "no diagnosis yet", {**FAULTS, "C": None})
wrong("7.5", "have in common", {**FAULTS, "D": "one airport fails"})
wrong("7.5", "word by word", {**FAULTS, "D": "FL"})
wrong("7.5", "word by word", {**FAULTS, "D": 4})
wrong("7.5", "should stay the dictionary", list(FAULTS.values()))
