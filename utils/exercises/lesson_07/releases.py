"""Four releases of the service, each with a fault, for the last exercise of lesson 07.

Do not read on before you have solved it: below stands what is wrong with which.
"""

import asyncio
import contextlib
import json
import logging
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from utils.errors import CourseError
from utils.flights import load_flights
from utils.service import traffic

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


# So many requests go first, unnoticed: a program's first answers are slow in any release.
WARM_UP = 4


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
    """Serve a release ("A" to "D") with a model, warmed up, while the block runs."""
    from utils import service
    from utils.exercises.judges.apps import serve
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
            _warm_up(server)
            written.clear()
            yield Release(server.url, written)


def _warm_up(server) -> None:
    flights = load_flights(14, 14)
    healthy = flights[flights["carrier"] != "FL"].head(10 * WARM_UP)
    bodies = [traffic.as_json(healthy[i : i + 10]) for i in range(0, len(healthy), 10)]
    for flights in bodies:
        server.ask("/predict", {"flights": flights}, patience=60)
    server.settle()


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
    """Goes through everything that ever came, so that each request takes longer than the last.

    By how much depends on the machine: a tenth of what a request took while it was warm.
    """

    def __init__(self, app):
        self.app = app
        self._took: list[float] = []
        self._seen = 0

    async def __call__(self, scope, receive, send):
        if scope.get("path") != "/predict":
            await self.app(scope, receive, send)
            return
        if len(self._took) == WARM_UP:
            self._seen += 1
            await asyncio.sleep(max(0.008, 0.1 * statistics.median(self._took)) * self._seen)
            await self.app(scope, receive, send)
            return
        start = time.perf_counter()
        await self.app(scope, receive, send)
        self._took.append(time.perf_counter() - start)


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
