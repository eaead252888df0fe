"""FlightDelay as a web service: predict, log, and tell how it is doing.

`python -m utils.service --port 8000 --model model.joblib --database predictions.db`
"""

import argparse
import logging
import socket
import sys
import threading
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pandas as pd
import uvicorn
from fastapi import BackgroundTasks, FastAPI, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from prometheus_client.exposition import choose_encoder
from pydantic import BaseModel, ConfigDict, Field, NaiveDatetime
from starlette.exceptions import HTTPException as AnyHTTPException

from utils import model as flight_delay
from utils.errors import CourseError
from utils.flights import FEATURES, NUMERICAL, REFERENCE, WEEKDAYS, load_flights
from utils.service import predictions
from utils.service.metrics import Metrics
from utils.service.request_log import Recorder

HOST = "127.0.0.1"
MOST_FLIGHTS = 1_000
REPORT_ROWS = 2_000
# When it is told to stop, the service waits so long for requests that are being answered.
PATIENCE_SECONDS = 2

# Strict: a text that looks like a number is a client's mistake, and should be heard of.
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Text = Annotated[str, Field(min_length=1, max_length=20)]


class Flight(BaseModel):
    """What is known of a flight before its departure; missing weather is null."""

    model_config = ConfigDict(extra="forbid")

    flight_id: int | None = Field(None, ge=0, le=2**53)
    sched_dep: NaiveDatetime | None = None
    hour: Annotated[Number, Field(ge=0, lt=24)]
    distance: Number
    carrier: Text
    origin: Text
    weekday: Literal[tuple(WEEKDAYS)]
    temp: Number | None = None
    humid: Number | None = None
    wind_speed: Number | None = None
    precip: Number | None = None
    visib: Number | None = None
    pressure: Number | None = None


class Flights(BaseModel):
    """One flight or many, up to a thousand."""

    model_config = ConfigDict(extra="forbid")

    flights: list[Flight] = Field(min_length=1, max_length=MOST_FLIGHTS)


class NewModel(BaseModel):
    """A model that `utils.model.save` wrote, and what it is to be."""

    model_config = ConfigDict(extra="forbid")

    path: Path
    version: Text
    role: Literal["champion", "challenger"]


@dataclass(frozen=True)
class Served:
    """A model and its version."""

    model: object
    version: str


@dataclass(frozen=True)
class Models:
    """The model that answers, and the one that is being tried beside it.

    A request reads this pair once, so a swap between two requests never mixes them.
    """

    champion: Served
    challenger: Served | None = None


def create_app(
    model,
    database: Path | None,
    version: str = "1",
    metrics: bool = True,
    capacity: int = predictions.CAPACITY,
) -> FastAPI:
    """Return the service. Without `database` it logs nothing, without `metrics` it counts nothing.

    `capacity` is how many rows may wait for the database. Raises CourseError when the database
    cannot be used.
    """
    store = predictions.PredictionLog(database, capacity) if database else None
    measured = Metrics(flight_delay.known_categories(model), version, store) if metrics else None

    @asynccontextmanager
    async def lifespan(app: FastAPI):
        yield
        if store:
            store.close()  # a normal stop loses nothing

    app = FastAPI(title="FlightDelay", version="1", lifespan=lifespan)
    app.add_middleware(Recorder, measured=measured)
    app.state.models = Models(Served(model, version))
    changing = threading.Lock()

    @app.exception_handler(RequestValidationError)
    async def explain(request: Request, error: RequestValidationError) -> JSONResponse:
        return JSONResponse({"errors": [_sentence(e) for e in error.errors()]}, status_code=422)

    @app.exception_handler(AnyHTTPException)
    async def refuse(request: Request, error: AnyHTTPException) -> JSONResponse:
        return JSONResponse({"errors": [error.detail]}, error.status_code, error.headers)

    @app.post("/predict", responses={422: {"description": "A sentence for each wrong field"}})
    def predict(body: Flights, request: Request, background: BackgroundTasks) -> dict:
        received, line, models = time.time(), request.state.line, app.state.models
        flights = body.model_dump()["flights"]
        columns = _columns(flights)
        features = _features(columns)
        before = time.perf_counter()
        probability = flight_delay.predict(models.champion.model, features)
        if measured:
            measured.note(columns, probability, time.perf_counter() - before)
        line |= {"flights": len(flights), "model": models.champion.version}
        if store:
            keep = _keep_with_challenger if models.challenger else _keep
            background.add_task(keep, store, line, received, models, flights, probability)
        answers = [
            {"flight_id": flight["flight_id"], "probability": float(p)}
            for flight, p in zip(flights, probability, strict=True)
        ]
        return {
            "request_id": line["request_id"],
            "model": models.champion.version,
            "predictions": answers,
        }

    @app.get("/health")
    def health() -> dict:
        problem, models = store.problem if store else None, app.state.models
        return {
            "status": "ok" if problem is None else "degraded",
            "problem": problem,
            "model": models.champion.version,
            "challenger": models.challenger.version if models.challenger else None,
        }

    @app.post("/model")
    def change_model(new: NewModel, request: Request) -> dict:
        """Put a model into service, or beside it, between two requests: none fails.

        Only for programs of this machine, since loading a model runs code from its file.
        """
        _only_from_here(request)
        served = _load(new)
        with changing:
            champion, rival = app.state.models.champion, app.state.models.challenger
            if new.role == "challenger":
                rival = served
            else:
                champion = served
                if measured:
                    measured.serve(flight_delay.known_categories(served.model), served.version)
                if rival and rival.version == served.version:
                    rival = None  # it was promoted
            app.state.models = Models(champion, rival)
        return health()

    @app.delete("/model/challenger")
    def end_challenge(request: Request) -> dict:
        """Stop trying another model."""
        _only_from_here(request)
        with changing:
            app.state.models = Models(app.state.models.champion)
        return health()

    if measured:

        @app.get("/metrics")
        def expose(request: Request) -> Response:
            encode, content_type = choose_encoder(request.headers.get("accept", ""))
            return Response(encode(measured.registry), headers={"Content-Type": content_type})

    if store:

        @app.get("/monitoring", response_class=HTMLResponse)
        def monitoring(n: Annotated[int, Query(ge=50, le=20_000)] = REPORT_ROWS) -> HTMLResponse:
            return HTMLResponse(*_report(store.path, n))

    return app


def _columns(flights: list[dict]) -> dict[str, list]:
    return {feature: [flight[feature] for flight in flights] for feature in FEATURES}


def _features(columns: dict[str, list]) -> pd.DataFrame:
    # A table made from columns is ten times as fast as one from rows, when there is one flight.
    numbers = {feature: np.array(columns[feature], dtype="float64") for feature in NUMERICAL}
    return pd.DataFrame(columns | numbers)


# Both run after the answer is sent: one writes rows into a queue, which takes no time; the other
# runs a model, and so gets a thread.


async def _keep(store, line, received, models, flights, probability, challenger=None) -> None:
    _log_predictions(store, line, received, models, flights, probability, challenger)


def _keep_with_challenger(store, line, received, models, flights, probability) -> None:
    try:
        challenger = flight_delay.predict(models.challenger.model, _features(_columns(flights)))
    except Exception as error:  # whatever it does, the challenger must not hurt
        line["challenger"] = f"failed: {type(error).__name__}: {error}"
        challenger = None
    _log_predictions(store, line, received, models, flights, probability, challenger)


def _log_predictions(store, line, received, models, flights, probability, challenger) -> None:
    tried = challenger is not None
    scores = challenger.tolist() if tried else [None] * len(flights)
    rival = models.challenger.version if tried else None
    rows = [
        (
            line["request_id"],
            received,
            models.champion.version,
            flight["flight_id"],
            flight["sched_dep"] and flight["sched_dep"].isoformat(),
            *[flight[feature] for feature in FEATURES],
            p,
            q,
            rival,
        )
        for flight, p, q in zip(flights, probability.tolist(), scores, strict=True)
    ]
    line["logged"] = store.put(rows)


def _load(new: NewModel) -> Served:
    """Load a model and let it predict one flight; refuse what cannot do that."""
    try:
        if not new.path.is_file():
            raise CourseError(f"There is no file {str(new.path)!r}.")
        model = flight_delay.load(new.path)
        flight_delay.known_categories(model)
        flight_delay.predict(model, load_flights(*REFERENCE).head(1))
    except CourseError as problem:
        raise HTTPException(422, str(problem)) from None
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        raise HTTPException(422, f"{new.path} holds no FlightDelay ({said}).") from None
    return Served(model, new.version)


def _only_from_here(request: Request) -> None:
    if request.client is None or request.client.host not in ("127.0.0.1", "::1"):
        raise HTTPException(403, "Models are changed from this machine only.")


def _report(database: Path, n: int) -> tuple[str, int]:
    """Return Evidently's page on the last predictions against the reference, and its status."""
    from evidently import Report
    from evidently.presets import DataDriftPreset

    from utils.drift import reports

    current = predictions.last(database, n)
    if current.empty:
        return "<p>No prediction has been logged yet: send some, then come back.</p>", 404
    reference = load_flights(*REFERENCE).sample(REPORT_ROWS, random_state=1)
    try:
        data = reports.dataset(current), reports.dataset(reference)
    except CourseError as problem:
        return f"<p>{problem}</p>", 404
    snapshot = Report([DataDriftPreset()], include_tests=True).run(*data)
    return snapshot.get_html_str(as_iframe=False), 200


def _sentence(error: dict) -> str:
    """Say what is wrong with one field: `flights[0].temp`: Input should be a valid number."""
    path = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in error["loc"][1:])
    shown = repr(error.get("input"))
    given = f" It is {shown}." if len(shown) <= 40 and error["type"] != "missing" else ""
    sentence = f"`{path.lstrip('.') or 'body'}`: {error['msg']}.{given}"
    # The name of a field may hold half a character, which no answer can carry.
    return sentence.encode("utf-8", "backslashreplace").decode()


def command(model_path: Path, database: Path | None, version: str = "1", *more: str):
    """Return what starts the service as a process of its own, for `servers.start`.

    `more` are further options of the command line, such as "--quiet".
    """
    options = ["--model", str(model_path), "--version", version, *more]
    if database:
        options += ["--database", str(database)]
    program = [sys.executable, "-m", "utils.service"]
    return lambda port, folder=None: [*program, "--port", str(port), *options]


def main() -> None:
    """Serve until the process is told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--database", type=Path)
    parser.add_argument("--version", default="1")
    parser.add_argument("--no-metrics", action="store_true")
    parser.add_argument("--quiet", action="store_true", help="write no line for each request")
    options = parser.parse_args()
    level = logging.WARNING if options.quiet else logging.INFO
    logging.basicConfig(level=level, format="%(message)s")
    try:
        door = _listen(options.port)
        app = create_app(
            flight_delay.load(options.model),
            options.database,
            options.version,
            metrics=not options.no_metrics,
        )
    except CourseError as problem:
        raise SystemExit(str(problem)) from None
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_graceful_shutdown=PATIENCE_SECONDS
    )
    uvicorn.Server(config).run(sockets=[door])


def _listen(port: int) -> socket.socket:
    door = socket.socket()
    if sys.platform != "win32":  # there it would let two programs share the port
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((HOST, port))
    except OSError as error:
        raise CourseError(
            f"Port {port} of this machine cannot be used ({error.strerror}). Does the service run "
            "already? Stop it, or choose another port."
        ) from None
    return door
