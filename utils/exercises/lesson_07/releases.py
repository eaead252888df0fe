"""Four releases of the service, each with a fault, for the last exercise of lesson 07.

Do not read on before you have solved it: below stands what is wrong with which.
"""

import asyncio
import contextlib
import json
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from utils.errors import CourseError

# What can be wrong, and what to ask whoever names it and is mistaken.
CAUSES = {
    "one carrier fails": "Does it answer with errors, and what do they have in common?",
    "one airport fails": "Does it answer with errors, and what do they have in common?",
    "temp has another unit": "Which mean do you expect of this feature in April, and in which "
    "unit? Which does it show?",
    "wind_speed has another unit": "Which mean do you expect of this feature, and which does it "
    "show?",
    "the model gets slower": "How much of the requests' time is the model's, in its own histogram?",
    "something around the model gets slower": "Do its requests take ever longer, and how much of "
    "that is the model's?",
    "predictions are not logged": "What do its metrics say of the log?",
}

FAULTS = {
    "A": "something around the model gets slower",
    "B": "temp has another unit",
    "C": "predictions are not logged",
    "D": "one carrier fails",
}


class Release:
    """A release that runs: `url` says where, `lines()` what it has logged."""

    def __init__(self, url: str, written: list[str]):
        self.url = url
        self._written = written

    def lines(self) -> pd.DataFrame:
        """Return the log as a table: one row for each request, in the order of their ends."""
        rows = pd.DataFrame([json.loads(line) for line in self._written])
        return rows.reindex(columns=["path", "status", "ms", "flights", "logged", "error"])


@contextlib.contextmanager
def running(name: str, model) -> Iterator[Release]:
    """Serve a release ("A" to "D") with a model, while the block runs."""
    from utils import service
    from utils.exercises.lesson_07.serving import serve
    from utils.service import predictions

    if name not in FAULTS:
        raise CourseError(f"There is no release {name!r}: they are {', '.join(FAULTS)}.")
    fault = FAULTS[name]
    with tempfile.TemporaryDirectory() as folder, _written_lines() as written:
        capacity = predictions.CAPACITY
        # The limit is read when the log is made.
        app = service.create_app(
            _Failing(model) if fault == "one carrier fails" else model,
            Path(folder) / "predictions.db",
            capacity=5 if fault == "predictions are not logged" else capacity,
        )
        if fault == "temp has another unit":
            app.add_middleware(_Celsius)
        if fault == "something around the model gets slower":
            app.add_middleware(_EverSlower)
            # Outside of what measures it, it would not be seen.
            app.user_middleware.reverse()
        with serve(app, f"release {name}") as server:
            yield Release(f"http://127.0.0.1:{server.port}", written)


class _Failing:
    def __init__(self, model):
        self._model = model

    def __getitem__(self, step):
        return self._model[step]

    def predict_proba(self, features):
        if "FL" in set(features["carrier"]):
            raise KeyError("FL")
        return self._model.predict_proba(features)


class _EverSlower:
    def __init__(self, app):
        self.app = app
        self._seen = []

    async def __call__(self, scope, receive, send):
        if scope.get("path") == "/predict":
            self._seen.append(scope)
            # Someone goes through everything that ever came.
            await asyncio.sleep(0.003 * len(self._seen))
        await self.app(scope, receive, send)


class _Celsius:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope.get("path") != "/predict":
            await self.app(scope, receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        content = json.loads(body)
        for flight in content["flights"]:
            if flight["temp"] is not None:
                flight["temp"] = (flight["temp"] - 32) / 1.8
        changed = json.dumps(content).encode()

        async def again():
            return {"type": "http.request", "body": changed, "more_body": False}

        await self.app(scope, again, send)


class _Keep(logging.Handler):
    def __init__(self, written: list[str]):
        super().__init__()
        self._written = written

    def emit(self, record: logging.LogRecord) -> None:
        if "request_id" in record.getMessage():
            self._written.append(record.getMessage())


@contextlib.contextmanager
def _written_lines() -> Iterator[list[str]]:
    logger, written = logging.getLogger("flightdelay"), []
    keep, level, propagate = _Keep(written), logger.level, logger.propagate
    logger.addHandler(keep)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield written
    finally:
        logger.removeHandler(keep)
        logger.setLevel(level)
        logger.propagate = propagate
