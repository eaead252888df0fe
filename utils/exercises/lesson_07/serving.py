"""Run a learner's app under a real server on a free port, and talk HTTP to it."""

import contextlib
import http.client
import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from utils.exercises.running import (
    CALL_SECONDS,
    TimeUp,
    describe,
    explain,
    name_of,
    quietly,
    time_limit,
)
from utils.exercises.verdicts import NotYet

START_SECONDS = 5
STOP_SECONDS = 4
# So long a client waits; the apps of the exercises answer in milliseconds.
PATIENCE = 1.2

# Errors that puzzle who meets them for the first time.
_EXPLAINED = {
    "'coroutine' object": "\nA coroutine is what an `async` function gives before it has run. "
    "Write `await` before the call.",
    "not JSON compliant": "\nA missing value has become NaN, which JSON does not have. Take only "
    "the columns that are asked for, or make it None.",
}


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the text, and what it is as JSON (None when it is none)."""

    status: int
    text: str
    seconds: float

    @property
    def json(self) -> Any:
        """The answer as JSON, or None."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None


class Running:
    """An app that is being served; `problems` are the exceptions that escaped from it."""

    def __init__(self, server, port: int, problems: list[BaseException]):
        self.server, self.port, self.problems = server, port, problems

    def ask(self, path: str, body: Any = None) -> Answer:
        """GET a path, or POST a body as JSON to it. Raises TimeoutError when no answer comes."""
        start, known = time.perf_counter(), len(self.problems)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            if body is None:
                connection.request("GET", path)
            else:
                given = {"Content-Type": "application/json"}
                connection.request("POST", path, json.dumps(body), given)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
        finally:
            connection.close()
        seconds = time.perf_counter() - start
        if answer.status == 500:
            # The exception is written down after the answer has been sent.
            until = time.monotonic() + 0.3
            while len(self.problems) == known and time.monotonic() < until:
                time.sleep(0.002)
        return Answer(answer.status, text, seconds)

    def why(self, function: Callable | None = None) -> str:
        """Say what the last exception was, with the learner's own line, or nothing."""
        if not self.problems:
            return ""
        text = str(self.problems[-1])
        more = next((said for sign, said in _EXPLAINED.items() if sign in text), "")
        return f"\n{explain(self.problems[-1], function)}{more}"


def call(function: Callable, *args: Any, seconds: float = CALL_SECONDS) -> Any:
    """Call the learner's function with the things themselves: apps and registries have no copies.

    Raises NotYet when it raises, or takes too long.
    """
    state = {"expired": False}
    try:
        with quietly(), time_limit(seconds) as state:
            return function(*args)
    except (Exception, SystemExit, TimeUp) as error:
        name = name_of(function)
        if state["expired"]:
            raise NotYet(
                f"`{name}` was stopped after {seconds:g} seconds. Does a loop in it never end? "
                "What goes on beside the service belongs into a thread."
            ) from None
        if "python-multipart" in str(error):
            raise NotYet(
                "FastAPI takes a parameter that is a bare `list` for the fields of a form. The "
                "body of a request is JSON here: take it as `body: dict`."
            ) from None
        raise NotYet(f"`{name}` stopped with an error.\n{explain(error, function)}") from None


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
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="on", loop="asyncio", ws="none"
    )
    server = uvicorn.Server(config)
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
    with _overheard(problems):
        thread.start()
        until = time.monotonic() + START_SECONDS
        while not server.started and thread.is_alive() and time.monotonic() < until:
            time.sleep(0.005)
        running = Running(server, door.getsockname()[1], problems)
        if not server.started:
            server.should_exit = server.force_exit = True
            raise NotYet(f"The app of `{name}` did not start.{running.why(function)}")
        try:
            yield running
        finally:
            server.should_exit = True
            thread.join(STOP_SECONDS)
            if thread.is_alive():
                server.force_exit = True
        if thread.is_alive():
            raise NotYet(
                f"The app of `{name}` did not stop within {STOP_SECONDS} seconds. Does something "
                "wait at the end for what never comes: a thread that nobody told to end?"
            )


class _Ear(logging.Handler):
    def __init__(self, problems: list[BaseException]):
        super().__init__()
        self._problems = problems

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1] is not None:
            self._problems.append(record.exc_info[1])


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
