"""Answers to lesson 07."""

import asyncio
import queue
import re
import sqlite3
import sys
import threading
import time
from contextlib import asynccontextmanager, closing, suppress

import pandas as pd
from fastapi import BackgroundTasks, FastAPI, Request
from prometheus_client import Counter, Histogram, Summary
from starlette.responses import JSONResponse

from tests.answers import right, wrong
from utils.exercises.lesson_07.releases import FAULTS

# 7.1


def _counter(registry, labels=("outcome",), name="flightdelay_requests"):
    return Counter(name, "Requests.", labels, registry=registry)


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
    requests = _counter(registry)

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
            seen = {"outcome": "error"}

            async def look(message):
                if message["type"] == "http.response.start":
                    seen["outcome"] = _outcome(message["status"])
                await send(message)

            try:
                await self.app(scope, receive, look)
            finally:
                requests.labels(seen["outcome"]).inc()

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


for says, path in {
    "too: GET /health, POST /predictions, POST /v2/predict, GET /. Only": lambda request: True,
    "too: POST /predictions. Only": lambda request: request.url.path.startswith("/predict"),
    "too: POST /v2/predict. Only": lambda request: request.url.path.endswith("/predict"),
    "Look at 405, counted as nothing": lambda request: request.method == "POST",
    "too: POST /predictions, POST /v2/predict, GET /. Only": lambda request: (
        request.url.path != "/health"
    ),
}.items():
    _counting(says, _by_status, caught=_raise_again, path=path)
_counting("not anew at every call or request", _by_status, caught=_raise_again, again=True)
_counting('an outcome "200"', lambda c, s: c.labels(str(s)).inc(), caught=_raise_again)
_counting(
    "should get a 500",
    _by_status,
    caught=lambda c: c.labels("error").inc() or JSONResponse({"number": 0}),
)


for says, by_status in {
    "Look at 400, counted as ok": lambda s: "ok" if s <= 400 else _outcome(s),
    "Look at 201, counted as error": lambda s: "error" if 200 < s < 400 else _outcome(s),
    "Look at 500, counted as invalid": lambda s: "invalid" if 400 <= s <= 500 else _outcome(s),
    "Look at 400, counted as error": lambda s: "error" if 400 <= s != 422 else _outcome(s),
    "Look at 399, counted as invalid": lambda s: "invalid" if s == 399 else _outcome(s),
    "Look at 499, counted as error": lambda s: "error" if s == 499 else _outcome(s),
    "Look at 599, counted as nothing": lambda s: "" if s == 599 else _outcome(s),
    "Look at 405, counted as nothing": lambda s: "" if s == 405 else _outcome(s),
}.items():
    _counting(
        says,
        lambda c, s, by=by_status: by(s) and c.labels(by(s)).inc(),
        caught=_raise_again,
    )
_counting(
    "asked with a query, counted as nothing",
    _by_status,
    caught=_raise_again,
    path=lambda request: str(request.url).endswith("/predict"),
)


def _never_answers(wait):
    def count_outcomes(app, registry):
        _counter(registry)

        @app.middleware("http")
        async def count(request, call_next):
            await wait()

    return count_outcomes


async def _loops():
    while True:
        pass


wrong("7.1", "gets no answer", _never_answers(lambda: asyncio.sleep(100)))
wrong("7.1", "gets no answer", _never_answers(_loops))


@wrong("7.1", "stopped with an error.\n    line")
def raises_no_exception(app, registry):
    raise asyncio.CancelledError


@wrong("7.1", "stopped with an error.\n    line")
def ends_a_generator(app, registry):
    raise GeneratorExit("enough")


@wrong("7.1", "default registry, which outlives")
def without_the_registry(app, registry):
    requests = Counter("flightdelay_requests", "Requests.", ["outcome"])

    @app.middleware("http")
    async def count(request, call_next):
        response = await call_next(request)
        requests.labels(_outcome(response.status_code)).inc()
        return response


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


@wrong("7.1", "has a label `path`; its labels should be: `outcome`")
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


@wrong("7.1", "has no `flightdelay_requests_total`; it has")
def with_another_name(app, registry):
    requests = _counter(registry, name="requests")

    @app.middleware("http")
    async def count(request, call_next):
        response = await call_next(request)
        requests.labels(_outcome(response.status_code)).inc()
        return response


@wrong("7.1", "page of the given registry is empty")
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
    model = Histogram("flightdelay_model_seconds", "M.", registry=registry)
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


@right("7.2")
def in_the_loop_and_a_thread(prepare, score, registry):
    app = FastAPI()
    model = Histogram("flightdelay_model_seconds", "M.", registry=registry)
    whole = Histogram("flightdelay_request_seconds", "R.", registry=registry)

    def timed(features):
        with model.time():
            return score(features)

    @app.post("/predict")
    async def predict(body: dict):
        with whole.time():
            features = await asyncio.to_thread(prepare, body["flights"])
            return {"predictions": await asyncio.to_thread(timed, features)}

    return app


def _with_metrics(says, kind=Histogram, **registry_of):
    def make_timed_app(prepare, score, registry):
        app, where = FastAPI(), {} if registry_of.get("default") else {"registry": registry}
        model = kind("flightdelay_model_seconds", "M.", **where)
        whole = kind("flightdelay_request_seconds", "R.", **where)

        @app.post("/predict")
        def predict(body: dict):
            with whole.time():
                features = prepare(body["flights"])
                with model.time():
                    return {"predictions": score(features)}

        return app

    wrong("7.2", says, make_timed_app)


_with_metrics("is a summary; it should be a histogram", Summary)
_with_metrics("default registry (flightdelay_model_seconds", default=True)


@wrong("7.2", "Requests to other paths fail")
def hands_nothing_else_on(prepare, score, registry):
    app = with_two_blocks(prepare, score, registry)

    @app.middleware("http")
    async def only_predict(request, call_next):
        if request.url.path == "/predict":
            return await call_next(request)

    return app


@wrong("7.2", "That is once for each flight")
def times_each_flight(prepare, score, registry):
    app = FastAPI()
    model = Histogram("flightdelay_model_seconds", "M.", registry=registry)
    whole = Histogram("flightdelay_request_seconds", "R.", registry=registry)

    @app.post("/predict")
    def predict(body: dict):
        with whole.time():
            features = prepare(body["flights"])
            for _ in features[1:]:
                model.observe(0)
            with model.time():
                return {"predictions": score(features)}

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
    rows, lock, more, ending = [], threading.Lock(), threading.Event(), threading.Event()

    def work():
        while not ending.is_set() or rows:
            more.wait()
            with lock:
                batch = rows[:]
                rows.clear()
                if not ending.is_set():
                    more.clear()
            try:
                if batch:
                    write(batch)
            except Exception:
                with lock:
                    app.state.dropped += len(batch)

    @asynccontextmanager
    async def lifespan(app):
        writer = threading.Thread(target=work)
        writer.start()
        yield
        ending.set()
        more.set()
        writer.join()

    app = FastAPI(lifespan=lifespan)
    app.state.dropped = 0

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


right("7.3", _after_a_failure(_try_again))
wrong("7.3", "has ended the writer", _after_a_failure(_raise))
wrong("7.3", "together are fewer than that", _after_a_failure(lambda app, write, pair: None))
wrong("7.3", "together are more than that", _after_a_failure(_count_and_try_again))
wrong("7.3", "the first one too. The app did not stop", _after_a_failure(_count_one, done=False))


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
    "several threads at the same time",
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
_logging("None of their pairs reached", lambda app, write, pair, b: None)
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


def _ending(says, end, room_of=lambda room: room, daemon=True, put=None):
    """An app whose writer looks for a sign to end, and that ends as `end` says."""

    def make_logged_app(score, write, room):
        waiting, stop = queue.Queue(maxsize=room_of(room)), threading.Event()

        def drop():
            app.state.dropped += 1

        def work():
            while not stop.is_set():
                try:
                    pair = waiting.get(timeout=0.05)
                except queue.Empty:
                    continue
                if pair is None:
                    return
                try:
                    write([pair])
                except Exception:
                    drop()

        writer = threading.Thread(target=work, daemon=daemon)

        @asynccontextmanager
        async def lifespan(app):
            writer.start()
            yield
            end(waiting, stop, writer, write)

        app = FastAPI(lifespan=lifespan)
        app.state.dropped = 0

        @app.post("/predict")
        def predict(body: dict):
            predictions = score(body["flights"])
            pair = (body["flights"], predictions)
            try:
                waiting.put_nowait(pair)
            except queue.Full:
                drop()
                if put:
                    put(waiting, pair)
            return {"predictions": predictions}

        return app

    (wrong("7.3", says, make_logged_app) if says else right("7.3", make_logged_app))


def _leave(waiting, stop, writer, write):
    stop.set()
    writer.join()


def _write_all_and_leave(waiting, stop, writer, write):
    waiting.put(None)
    writer.join()


def _wait_a_second(waiting, stop, writer, write):
    threading.Thread(target=waiting.put, args=(None,), daemon=True).start()
    writer.join(timeout=1)


def _write_the_rest(waiting, stop, writer, write):
    stop.set()
    writer.join()
    while not waiting.empty():
        write([waiting.get()])


def _in_place_of_the_oldest(waiting, pair):
    with suppress(queue.Empty):
        waiting.get_nowait()
    waiting.put_nowait(pair)


def _end_in_the_way(waiting, stop, writer, write):
    waiting.put_nowait(None)
    writer.join()


_ending("had ended before the database was free", _end_in_the_way)
_ending("", _write_all_and_leave)
_ending("", _write_all_and_leave, daemon=False)
_ending("the writer may leave only when nothing waits", _leave)
_ending("had ended before the database was free", _wait_a_second)
_ending("what a failed `write` was given", _write_the_rest)
_ending("who waits already keeps the place", _write_all_and_leave, put=_in_place_of_the_oldest)
_ending("Far fewer than `room`", _write_all_and_leave, room_of=lambda room: room // 2)
_ending("Far more than `room`", _write_all_and_leave, room_of=lambda room: 2 * room)


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


@wrong("7.3", "did not start.\n    OSError: no room for the log")
def cannot_start(score, write, room):
    @asynccontextmanager
    async def lifespan(app):
        raise OSError("no room for the log")
        yield

    return FastAPI(lifespan=lifespan)


@wrong("7.3", "stopped after")
def writes_in_the_factory(score, write, room):
    waiting = queue.Queue(maxsize=room)
    while True:
        waiting.get()


# 7.4


def _limit(now, days):
    return (now - pd.Timedelta(days=days)).timestamp()


@right("7.4")
def in_sql(path, now, days):
    with closing(sqlite3.connect(path)) as connection:
        gone = connection.execute(
            "DELETE FROM predictions WHERE received < ?", (_limit(now, days),)
        )
        connection.execute(
            "UPDATE predictions SET carrier = NULL WHERE carrier NOT GLOB '[A-Z0-9][A-Z0-9]'"
        )
        connection.commit()
        return gone.rowcount


@right("7.4")
def row_by_row(path, now, days):
    connection = sqlite3.connect(path)
    try:
        with connection:
            rows = connection.execute("SELECT rowid, received, carrier FROM predictions").fetchall()
            old = [(n,) for n, at, _ in rows if at < now.timestamp() - 86_400 * days]
            named = [
                (n,) for n, _, c in rows if c is not None and not re.fullmatch("[A-Z0-9]{2}", c)
            ]
            connection.executemany("DELETE FROM predictions WHERE rowid = ?", old)
            connection.executemany("UPDATE predictions SET carrier = NULL WHERE rowid = ?", named)
    finally:
        connection.close()
    return len(old)


@right("7.4")
def names_first_and_rewritten(path, now, days):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.create_function("is_code", 1, lambda c: bool(re.fullmatch("[A-Z0-9]{2}", c or "")))
    connection.execute("UPDATE predictions SET carrier = NULL WHERE NOT is_code(carrier)")
    before = connection.total_changes
    connection.execute("DELETE FROM predictions WHERE received < ?", [_limit(now, days)])
    deleted = connection.total_changes - before
    connection.close()
    return deleted


@wrong("7.4", "closes it")
def ends_only_the_transaction(path, now, days):
    with sqlite3.connect(path) as connection:
        gone = connection.execute(
            "DELETE FROM predictions WHERE received < ?", (_limit(now, days),)
        )
        connection.execute(
            "UPDATE predictions SET carrier = NULL WHERE carrier NOT GLOB '[A-Z0-9][A-Z0-9]'"
        )
        return gone.rowcount


def _deletes(says, where, limit=_limit):
    def forget(path, now, days):
        with closing(sqlite3.connect(path)) as connection:
            gone = connection.execute(f"DELETE FROM predictions WHERE {where}", (limit(now, days),))
            connection.execute(
                "UPDATE predictions SET carrier = NULL WHERE carrier NOT GLOB '[A-Z0-9][A-Z0-9]'"
            )
            connection.commit()
            return gone.rowcount

    wrong("7.4", says, forget)


_deletes("has no `sched_dep` is still there", "received < ? AND sched_dep IS NOT NULL")
_deletes("is still there", "received < ? AND sched_dep < '2020'")
_deletes("exactly 30 days ago is gone", "received < ?", lambda now, days: _limit(now, days - 2))
_deletes("every row is too old", "received < ?", lambda now, days: 1e3 * _limit(now, days))
_deletes("no such column", "time < ?")
_deletes("every row is too old", "received < ?", lambda now, days: time.time() - days * 86_400)
wrong("7.4", "returned None", lambda path, now, days: in_sql(path, now, days) and None)
wrong("7.4", "should be one number", lambda path, now, days: [in_sql(path, now, days)])
wrong("7.4", "returned 0", lambda path, now, days: 0 * in_sql(path, now, days))


@wrong("7.4", "unable to open database file")
def another_file(path, now, days):
    with closing(sqlite3.connect("/no/such/folder/predictions.db")) as connection:
        return connection.execute("DELETE FROM predictions").rowcount


# 7.5

right("7.5", dict(FAULTS))
right("7.5", {name: f" {cause} " for name, cause in FAULTS.items()})
wrong("7.5", "Release A: the model gets slower?", {**FAULTS, "A": "the model gets slower"})
wrong("7.5", "has no answer yet", {**FAULTS, "C": None})
wrong("7.5", "choose one of", {**FAULTS, "D": "FL"})
wrong("7.5", "choose one of", {**FAULTS, "D": ["one carrier fails"]})
wrong("7.5", "should be the dictionary", list(FAULTS.values()))
