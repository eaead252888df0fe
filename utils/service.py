"""FlightDelay as a web service: predict, log, and tell how it is doing.

`python -m utils.service --port 8000 --model model.joblib --database predictions.db`
"""

import argparse
import json
import logging
import sys
import time
import uuid
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
import uvicorn
from fastapi import BackgroundTasks, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from prometheus_client.exposition import choose_encoder
from pydantic import BaseModel, ConfigDict, Field

from utils import model as flight_delay
from utils import predictions
from utils.errors import CourseError
from utils.flights import FEATURES, NUMERICAL, REFERENCE, WEEKDAYS, load_flights
from utils.metrics import Metrics

MOST_FLIGHTS = 1_000
REPORT_ROWS = 2_000

log = logging.getLogger("flightdelay")

Number = Annotated[float, Field(allow_inf_nan=False)]
Text = Annotated[str, Field(min_length=1, max_length=20)]


class Flight(BaseModel):
    """What is known of a flight before its departure; missing weather is null."""

    model_config = ConfigDict(extra="forbid")

    flight_id: int | None = Field(None, ge=0, le=2**53)
    hour: float = Field(ge=0, lt=24, allow_inf_nan=False)
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


def create_app(model, database: Path | None, version: str = "1", metrics: bool = True) -> FastAPI:
    """Return the service. Without `database` it logs nothing, without `metrics` it counts nothing.

    Raises CourseError when the database cannot be used.
    """
    store = predictions.PredictionLog(database) if database else None
    measured = Metrics(flight_delay.known_categories(model), version, store) if metrics else None

    @asynccontextmanager
    async def lifespan(app: FastAPI):
        yield
        if store:
            store.close()  # a normal stop loses nothing

    app = FastAPI(title="FlightDelay", version=version, lifespan=lifespan)

    @app.exception_handler(RequestValidationError)
    async def explain(request: Request, error: RequestValidationError) -> JSONResponse:
        if measured:
            measured.requests.labels("invalid").inc()
        return JSONResponse({"errors": [_sentence(e) for e in error.errors()]}, status_code=422)

    @app.post("/predict", responses={422: {"description": "A sentence for each wrong field"}})
    def predict(body: Flights, background: BackgroundTasks) -> dict:
        start, received = time.perf_counter(), time.time()
        request_id = uuid.uuid4().hex
        try:
            features = pd.DataFrame([flight.model_dump() for flight in body.flights])
            features[NUMERICAL] = features[NUMERICAL].astype("float64")
            before = time.perf_counter()
            probability = flight_delay.predict(model, features)
            in_model = time.perf_counter() - before
        except Exception:
            if measured:
                measured.requests.labels("error").inc()
            log.exception("request %s failed", request_id)
            raise
        if measured:
            measured.note(features, probability, in_model)
            measured.requests.labels("ok").inc()
            measured.request_seconds.observe(time.perf_counter() - start)
        if store:
            background.add_task(_keep, store, request_id, received, version, features, probability)
        ids = [flight.flight_id for flight in body.flights]
        answers = [
            {"flight_id": i, "probability": float(p)} for i, p in zip(ids, probability, strict=True)
        ]
        return {"request_id": request_id, "model": version, "predictions": answers}

    @app.get("/health")
    def health() -> dict:
        problem = store.problem if store else None
        return {"status": "ok" if problem is None else "degraded", "problem": problem}

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


async def _keep(store, request_id, received, version, features, probability) -> None:
    """Hand the predictions to the log; runs after the answer is sent."""
    values = features[["flight_id", *FEATURES]].astype(object)
    values = values.where(values.notna(), None).itertuples(index=False, name=None)
    rows = [
        (request_id, received, version, *flight, float(p))
        for flight, p in zip(values, probability, strict=True)
    ]
    kept = store.put(rows)
    # One line a request, which a machine can read; the id leads to the rows in the database.
    line = {"request_id": request_id, "flights": len(rows), "model": version, "logged": kept}
    log.info(json.dumps(line))


def _report(database: Path, n: int) -> tuple[str, int]:
    """Return Evidently's page on the last predictions against the reference, and its status."""
    from evidently import Report
    from evidently.presets import DataDriftPreset

    from utils import reports

    current = predictions.last(database, n)
    if current.empty:
        return "<p>No prediction has been logged yet: send some, then come back.</p>", 503
    reference = load_flights(*REFERENCE).sample(REPORT_ROWS, random_state=1)
    try:
        data = reports.dataset(current), reports.dataset(reference)
    except CourseError as problem:
        return f"<p>{problem}</p>", 503
    snapshot = Report([DataDriftPreset()], include_tests=True).run(*data)
    return snapshot.get_html_str(as_iframe=False), 200


def _sentence(error: dict) -> str:
    """Say what is wrong with one field: `flights[0].temp`: Input should be a valid number."""
    path = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in error["loc"][1:])
    shown = repr(error.get("input"))
    given = f" It is {shown}." if len(shown) <= 40 and error["type"] != "missing" else ""
    return f"`{path.lstrip('.') or 'body'}`: {error['msg']}.{given}"


def command(model_path: Path, database: Path | None, version: str = "1"):
    """Return what starts the service as a process of its own, given a port."""
    options = ["--model", str(model_path), "--version", version]
    if database:
        options += ["--database", str(database)]
    return lambda port: [sys.executable, "-m", "utils.service", "--port", str(port), *options]


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
    logging.basicConfig(
        level=logging.WARNING if options.quiet else logging.INFO, format="%(message)s"
    )
    try:
        app = create_app(
            flight_delay.load(options.model),
            options.database,
            options.version,
            metrics=not options.no_metrics,
        )
    except CourseError as problem:
        raise SystemExit(str(problem)) from None
    uvicorn.run(app, host="127.0.0.1", port=options.port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
