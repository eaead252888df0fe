"""Run a learner's app under a real server on a free port, and talk HTTP to it.

Whatever the app does (never answers, never stops, raises what nobody catches), the notebook goes
on, and what happened is told in a sentence.
"""

import asyncio
import contextlib
import ctypes
import http.client
import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from utils.exercises.judges.pages import puzzle
from utils.exercises.limits import quietly, time_limit
from utils.exercises.running import CALL_SECONDS, describe, explain, name_of, stopped
from utils.exercises.verdicts import NotYet

# Only an app that is at fault lets these pass: ordinary ones answer and end in milliseconds, and a
# busy machine in a second or two.
START_SECONDS = 10
STOP_SECONDS = 8
PATIENCE = 5

# Errors that puzzle who meets them for the first time.
_EXPLAINED = {
    "'coroutine' object": "\nA coroutine is what an `async` function gives before it has run. "
    "Write `await` before the call.",
    "not JSON compliant": "\nA missing value has become NaN, which JSON does not have. Take only "
    "the columns that are asked for, or make it None.",
}


class NoAnswer(NotYet):
    """A request has got no answer within the client's patience."""


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the text, and what it is as JSON (None when it is none)."""

    status: int
    text: str

    @property
    def json(self) -> Any:
        """The answer as JSON, or None."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None


class Running:
    """An app that is being served; `problems` are the exceptions that escaped from it."""

    def __init__(self, server, port: int, problems: list[BaseException], thread: threading.Thread):
        self.server, self.port, self.problems, self.thread = server, port, problems, thread
        self.url = f"http://127.0.0.1:{port}"

    def ask(
        self, path: str, body: Any = None, method: str = "", patience: float = PATIENCE
    ) -> Answer:
        """GET a path, or POST a body as JSON to it.

        Raises NoAnswer when none comes in time, and NotYet when the connection is closed instead.
        """
        method = method or ("GET" if body is None else "POST")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=patience)
        try:
            if body is None:
                connection.request(method, path)
            else:
                given = {"Content-Type": "application/json"}
                connection.request(method, path, json.dumps(body), given)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
        except TimeoutError:
            raise NoAnswer(
                f"{method} {path} gets no answer, however long the client waits. Does something "
                "in the app wait or loop for ever?"
            ) from None
        except (OSError, http.client.HTTPException):
            raise NotYet(
                f"{method} {path} gets no answer: the connection is closed.{self.why()}"
            ) from None
        finally:
            connection.close()
        if answer.status == 500:
            # The exception is written down after the answer has been sent.
            self.settle(1)
        return Answer(answer.status, text)

    def settle(self, seconds: float = PATIENCE) -> None:
        """Wait until the app has ended with all requests, also with what it does after an answer.

        Gives up after so many seconds.
        """
        until = time.monotonic() + seconds
        while self.server.server_state.tasks and time.monotonic() < until:
            time.sleep(0.001)

    def why(self, function: Callable | None = None) -> str:
        """Say what the last exception was, with the learner's own line, or nothing."""
        if not self.problems:
            return ""
        text = str(self.problems[-1])
        if isinstance(self.problems[-1], _Logged):
            return f"\n    {text}"
        more = next((said for sign, said in _EXPLAINED.items() if sign in text), puzzle(text))
        return f"\n{explain(self.problems[-1], function)}{more}"


def call(function: Callable, *args: Any, seconds: float = CALL_SECONDS) -> Any:
    """Call the learner's function with the things themselves: apps and registries have no copies.

    Raises NotYet when it raises, or takes too long.
    """
    limit, name = {"expired": False}, name_of(function)
    try:
        with quietly(), time_limit(seconds) as limit:
            return function(*args)
    except BaseException as error:
        if limit["expired"]:
            raise NotYet(
                f"`{name}` {stopped(limit, seconds)} What goes on beside the service belongs into "
                "a thread."
            ) from None
        if isinstance(error, KeyboardInterrupt):
            raise
        if "python-multipart" in str(error):
            raise NotYet(
                "FastAPI takes a parameter that is a bare `list` for the fields of a form. The "
                "body of a request is JSON here: take it as `body: dict`."
            ) from None
        raise NotYet(
            f"`{name}` stopped with an error.\n{explain(error, function)}{puzzle(str(error))}"
        ) from None


def ask_prediction(running: Running, body: Any, expected: list, function: Callable) -> None:
    """Ask that POST /predict answers `{"predictions": expected}`."""
    answer = running.ask("/predict", body)
    if answer.status == 404:
        raise NotYet("POST /predict is answered by 404: there is no such path in the app.")
    if answer.status != 200:
        asked = ""
        if '"query"' in answer.text:
            asked = (
                " FastAPI looks for the parameter in the address. Take the body as `body: dict`."
            )
        elif answer.status == 422:
            asked = ' The body of a request is {"flights": [...]}.'
        raise NotYet(
            f"A good request to /predict is answered by {answer.status}: {answer.text[:150]}."
            f"{asked}{running.why(function)}"
        )
    if not isinstance(answer.json, dict) or answer.json.get("predictions") != expected:
        raise NotYet(
            f'/predict should answer {{"predictions": {expected}}}; it answered {answer.text[:150]}'
        )


def an_app(value: Any, name: str) -> Any:
    """Ask for a FastAPI app."""
    from fastapi import FastAPI

    if value is None:
        raise NotYet(f"`{name}` returned None. End it with `return app`.")
    if not isinstance(value, FastAPI):
        raise NotYet(f"`{name}` should return a FastAPI app; it returned {describe(value)}.")
    return value


@contextlib.contextmanager
def serve(app: Any, name: str, function: Callable | None = None) -> Iterator[Running]:
    """Serve an app in a thread while the block runs; it is stopped as a real service is.

    Raises NotYet when it does not start, or does not stop.
    """
    import uvicorn

    problems: list[BaseException] = []
    server = uvicorn.Server(
        uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="on", loop="asyncio", ws="none"
        )
    )
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    thread = threading.Thread(target=_serve, args=(server, door, problems), daemon=True)
    thread.start()
    running = Running(server, door.getsockname()[1], problems, thread)
    until = time.monotonic() + START_SECONDS
    while not server.started and thread.is_alive() and time.monotonic() < until:
        time.sleep(0.002)
    if not server.started:
        _force(server, thread)
        raise NotYet(f"The app of `{name}` did not start.{running.why(function)}")
    patience = STOP_SECONDS
    try:
        yield running
    except NoAnswer:
        patience = 0.5  # it will hardly stop, when it does not even answer
        raise
    finally:
        server.should_exit = True
        thread.join(patience)
        stuck = thread.is_alive()
        if stuck:
            _force(server, thread)
    if stuck:
        raise NotYet(
            f"The app of `{name}` did not stop within {STOP_SECONDS} seconds. Does something "
            "wait at the end for what never comes: a thread that nobody told to end?"
        )


def _serve(server, door: socket.socket, problems: list[BaseException]) -> None:
    """Serve until the end, and hear of every exception, wherever it comes out."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(
            lambda _, context: problems.extend(filter(None, [context.get("exception")]))
        )
        await server.serve(sockets=[door])

    with _overheard(problems):
        try:
            asyncio.run(main())
        except SystemExit:
            pass  # how the server ends when the app cannot start; why, it has logged
        except BaseException as error:
            problems.append(error)


def _force(server, thread: threading.Thread) -> None:
    """End a server that does not end by itself, also where a loop keeps its thread busy."""
    server.should_exit = server.force_exit = True
    thread.join(0.3)
    busy = [t for t in threading.enumerate() if t is thread or t.name.startswith("AnyIO worker")]
    for _ in range(3):
        for found in filter(threading.Thread.is_alive, busy):
            # Raised in that thread at its next step; one that sleeps has none, and costs nothing.
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(found.ident), ctypes.py_object(SystemExit)
            )
        thread.join(0.2)


class _Logged(Exception):
    """The last line of a traceback that was logged as a text."""


class _Ear(logging.Handler):
    def __init__(self, problems: list[BaseException]):
        super().__init__()
        self._problems, self._thread = problems, threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        mine = record.thread == self._thread
        if mine and record.exc_info and record.exc_info[1] is not None:
            self._problems.append(record.exc_info[1])
        elif mine and "Traceback" in record.getMessage():
            lines = record.getMessage().strip().splitlines()
            self._problems.append(_Logged(lines[-1].strip()[:200]))


@contextlib.contextmanager
def _overheard(problems: list[BaseException]) -> Iterator[None]:
    """Keep what the server logs away from the notebook, and its exceptions for the message."""
    logger, ear = logging.getLogger("uvicorn.error"), _Ear(problems)
    before = logger.propagate
    logger.propagate = False
    logger.addHandler(ear)
    try:
        yield
    finally:
        logger.removeHandler(ear)
        logger.propagate = before
