"""The programs of the desk, and how each is started: for `utils.desk`.

They find one another through a folder, that of the drift job, which is started first since it takes
longest; it holds the model, the databases and the address of the service.
"""

import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pandas as pd

from utils import model as flight_delay
from utils import prometheus, servers, service
from utils.desk import drift_job, incident_bank
from utils.desk.alert_rules import bracketed
from utils.flights import FEATURES, NUMERICAL
from utils.prometheus import alerts
from utils.service import predictions

# Metrics are scraped and rules judged so often (wall time); the replayed clock waits for both.
SCRAPE = "500ms"
# So long a program may take to start, on a machine that is busy with something else.
START_SECONDS = 180

# The package imports these programs, too, of which Python would warn in their last words.
_PYTHON = [sys.executable, "-W", "ignore::RuntimeWarning:runpy", "-m"]

Started = tuple[dict[str, object], dict[str, pd.Timestamp], Path]


def start_all(seed: int | None, champion: Callable, rules: str, day_seconds: float) -> Started:
    """Start everything, as much at the same time as can be; on a failure, nothing stays.

    `champion` returns the model to put into service; it is called while programs start. Returned
    are the parts by their names, when each was there, and the folder that they share.
    """
    stage = incident_bank.stage(seed)
    addresses: dict[str, str] = {}
    folder: Future = Future()
    started: dict[str, Future] = {}
    since: dict[str, pd.Timestamp] = {}
    try:
        with ThreadPoolExecutor(5) as pool:

            def begin(name: str, call, *arguments) -> None:
                started[name] = pool.submit(call, *arguments)
                started[name].add_done_callback(lambda _: since.setdefault(name, prometheus.now()))

            # What takes longest comes first: the drift job imports Evidently.
            begin("drift job", start_job, folder, addresses)
            begin("Alertmanager", alerts.start, alerts.CONFIG, "desk: Alertmanager")
            place = folder.result(timeout=START_SECONDS)
            model = champion()
            flight_delay.save(model, place / drift_job.MODEL)
            write_history(place / drift_job.DATABASE, stage, model, day_seconds)
            begin("service", start_service, place, addresses)
            begin("traffic", start_traffic, place, addresses, seed)
            for future in list(started.values()):
                future.result()
            manager = started["Alertmanager"].result()
            begin("Prometheus", start_prometheus, addresses, rules, manager)
        parts = {name: future.result() for name, future in started.items()}
    except BaseException:
        for future in started.values():
            if future.exception() is None:
                future.result().stop()
        raise
    # It came with the Alertmanager.
    since["webhook"] = since["Alertmanager"]
    return parts, since, place


def start_job(folder: Future, addresses: dict) -> servers.Server:
    """Start the drift job, and tell its folder to whoever waits for `folder`."""

    def command(port: int, place: Path) -> list[str]:
        addresses["drift"] = f"{servers.HOST}:{port}"
        folder.set_result(place)
        options = ["--port", str(port), "--folder", str(place)]
        return [*_PYTHON, "utils.desk.drift_job", *options]

    try:
        return servers.start("desk: drift job", command, seconds=START_SECONDS)
    except BaseException as problem:
        if not folder.done():
            folder.set_exception(problem)
        raise


def start_service(place: Path, addresses: dict) -> servers.Server:
    """Start the service on the model and the database of the folder."""
    files = place / drift_job.MODEL, place / drift_job.DATABASE
    command_on = service.command(*files, "1", "--quiet")

    def command(port: int, _: Path) -> list[str]:
        addresses["flightdelay"] = f"{servers.HOST}:{port}"
        address = f"http://{servers.HOST}:{port}"
        (place / drift_job.SERVICE).write_text(address, encoding="utf-8")
        return command_on(port)

    return servers.start("desk: service", command, ready="/health", seconds=START_SECONDS)


def start_traffic(place: Path, addresses: dict, seed: int | None) -> servers.Server:
    """Start the traffic, its clock held, as soon as the service has an address."""

    def command(port: int, _: Path) -> list[str]:
        until = time.monotonic() + START_SECONDS
        while "flightdelay" not in addresses and time.monotonic() < until:
            time.sleep(0.01)
        addresses["replay"] = f"{servers.HOST}:{port}"
        options = {
            "--port": str(port),
            "--service": f"http://{addresses['flightdelay']}",
            "--job": f"http://{addresses['drift']}",
            "--model": str(place / drift_job.MODEL),
            "--outcomes": str(place / drift_job.OUTCOME_FILE),
        } | ({} if seed is None else {"--seed": str(seed)})
        words = (word for pair in options.items() for word in pair)
        return [*_PYTHON, "utils.desk.replay", *words]

    return servers.start("desk: traffic", command, seconds=START_SECONDS)


def start_prometheus(addresses: dict, rules: str, manager) -> prometheus.Prometheus:
    """Start Prometheus on all of them."""
    targets = {job: [addresses[job]] for job in ("flightdelay", "drift", "replay")}
    return prometheus.start(
        targets,
        every=SCRAPE,
        rules=bracketed(rules),
        alertmanager=manager.address,
        name="desk: Prometheus",
    )


def write_history(database: Path, flights: pd.DataFrame, model, day_seconds: float) -> None:
    """Write the week before the replay into the service's database, as if it had been there."""
    probability = flight_delay.predict(model, flights)
    end = flights["sched_dep"].max().ceil("D")
    ago = (end - flights["sched_dep"]) / pd.Timedelta("1D") * day_seconds
    rows = pd.DataFrame(
        {
            "request_id": "history",
            "received": time.time() - ago,
            "model": "1",
            "flight_id": flights["flight_id"].astype("float64"),
            "sched_dep": flights["sched_dep"].map(pd.Timestamp.isoformat),
            **{name: flights[name] for name in FEATURES},
            "probability": probability,
            "challenger": None,
            "challenger_model": None,
        }
    )[predictions.COLUMNS]
    rows[NUMERICAL] = rows[NUMERICAL].astype("float64")
    rows = rows.astype(object).where(rows.notna(), None)
    log = predictions.PredictionLog(database)
    log.put(list(rows.itertuples(index=False, name=None)))
    log.close()
