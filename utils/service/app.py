"""FlightDelay as a web service: predict, log, and tell how it is doing.

`create_app` puts together what the handlers below share; `utils.service.process` runs it.
"""

import threading
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from prometheus_client.exposition import choose_encoder
from starlette.exceptions import HTTPException as AnyHTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from utils import model as flight_delay
from utils.errors import CourseError
from utils.service import models, monitoring, predictions, record
from utils.service.metrics import Metrics
from utils.service.models import Models, Served
from utils.service.request_log import RequestLog
from utils.service.requests import (
    Errors,
    Flights,
    Health,
    NewModel,
    Predictions,
    columns,
    features,
    sentences,
)

# The service runs on this machine and is asked under these names. A web page that gives this
# machine's address a name of its own (DNS rebinding) is refused.
NAMES = ["127.0.0.1", "localhost"]

answering, counting, recording = APIRouter(), APIRouter(), APIRouter()
WRONG = {422: {"model": Errors, "description": "A sentence for each wrong field"}}


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
    log = predictions.PredictionLog(database, capacity) if database else None
    measured = Metrics(flight_delay.known_categories(model), version, log) if metrics else None
    app = FastAPI(
        title="FlightDelay",
        version="1",
        lifespan=_lifespan,
        exception_handlers={RequestValidationError: _explain, AnyHTTPException: _refuse},
    )
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=NAMES)
    app.add_middleware(RequestLog, measured=measured)
    app.state.log, app.state.measured = log, measured
    app.state.models, app.state.changing = Models(Served(model, version)), threading.Lock()
    app.include_router(answering)
    if measured:
        app.include_router(counting)
    if log:
        app.include_router(recording)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI):
    yield
    if app.state.log:
        app.state.log.close()  # a normal stop writes what waits, if the file can be written


async def _explain(request: Request, error: RequestValidationError) -> JSONResponse:
    return JSONResponse({"errors": sentences(error.errors())}, status_code=422)


async def _refuse(request: Request, error: AnyHTTPException) -> JSONResponse:
    return JSONResponse({"errors": [error.detail]}, error.status_code, error.headers)


@answering.post("/predict", response_model=Predictions, responses=WRONG)
def predict(body: Flights, request: Request) -> JSONResponse:
    """Say how probable it is that each flight will arrive more than 15 minutes late."""
    state, received, line = request.app.state, time.time(), request.state.line
    serving = state.models
    flights = body.model_dump()["flights"]
    given = columns(flights)
    table = features(given)
    before = time.perf_counter()
    probability = flight_delay.predict(serving.champion.model, table)
    if state.measured:
        state.measured.note(given, probability, time.perf_counter() - before)
    line |= {"flights": len(flights), "model": serving.champion.version}
    after = BackgroundTasks()
    if state.log:
        keep = record.keep_with_challenger if serving.challenger else record.keep
        answered = record.Answered(received, serving, flights, probability, line)
        after.add_task(keep, state.log, answered)
    # As a finished response it is not validated once more, which takes as long as to predict.
    answer = {
        "request_id": line["request_id"],
        "model": serving.champion.version,
        "predictions": [
            {"flight_id": flight["flight_id"], "probability": p}
            for flight, p in zip(flights, probability.tolist(), strict=True)
        ],
    }
    return JSONResponse(answer, background=after)


@answering.get("/health")
def health(request: Request) -> Health:
    """Say whether predictions can be logged, and which models serve."""
    log, serving = request.app.state.log, request.app.state.models
    problem = log.problem if log else None
    return Health(
        status="ok" if problem is None else "degraded",
        problem=problem,
        model=serving.champion.version,
        challenger=serving.challenger.version if serving.challenger else None,
    )


def _only_from_here(request: Request) -> None:
    # A program of this machine names no origin; a web page does, and only our own may.
    origin = request.headers.get("origin")
    ours = origin is None or origin == f"http://{request.headers.get('host')}"
    if not ours or request.client is None or request.client.host not in ("127.0.0.1", "::1"):
        raise HTTPException(403, "Models are changed from this machine only.")


@answering.post("/model", dependencies=[Depends(_only_from_here)], responses=WRONG)
def change_model(new: NewModel, request: Request) -> Health:
    """Put a model into service, or beside it, between two requests: none fails.

    Only for programs of this machine, since loading a model runs code from its file.
    """
    state = request.app.state
    try:
        served = models.load(new.path, new.version)
    except CourseError as problem:
        raise HTTPException(422, str(problem)) from None
    with state.changing:
        if new.role == "champion" and state.measured:
            state.measured.serve(flight_delay.known_categories(served.model), served.version)
        state.models = state.models.put(served, new.role)
    return health(request)


@answering.delete("/model/challenger", dependencies=[Depends(_only_from_here)])
def end_challenge(request: Request) -> Health:
    """Stop trying another model."""
    state = request.app.state
    with state.changing:
        state.models = Models(state.models.champion)
    return health(request)


@counting.get("/metrics")
def expose(request: Request) -> Response:
    """Show the metrics, as text for Prometheus."""
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    page = encode(request.app.state.measured.registry)
    return Response(page, headers={"Content-Type": content_type})


@recording.get("/monitoring", response_class=HTMLResponse)
def monitor(
    request: Request, n: Annotated[int, Query(ge=50, le=20_000)] = monitoring.REPORT_ROWS
) -> HTMLResponse:
    """Show Evidently's report on the last `n` predictions."""
    return HTMLResponse(*monitoring.page(request.app.state.log.path, n), monitoring.HEADERS)
