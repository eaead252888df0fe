"""The drift job: at its hours it measures the last day of predictions, and exposes what it found.

A program of its own, since what it does is slow and may fail, and the service must not mind. It is
told when to run by the replayed clock, which waits for it (`utils.desk.measuring`); between runs it
only answers scrapes. Whatever happens to it, it goes on, and says in `drift_runs_total` how each
run ended.

`python -m utils.desk.drift_job --port 9100 --folder FOLDER` finds in the folder what it needs, and
waits for what is not there yet: MODEL, DATABASE, OUTCOME_FILE, and in SERVICE the address of the
service.
"""

import argparse
import logging
import os
import sqlite3
import threading
import time
import urllib.parse
from pathlib import Path

import pandas as pd
from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.core import GaugeMetricFamily

from utils.servers import local_http, small_server

MODEL, DATABASE, OUTCOME_FILE, SERVICE = "1.joblib", "predictions.db", "outcomes.db", "service.txt"

# How a run ends: all measured; no flight in the window; the database is locked or away; anything
# else, such as a batch that cannot be measured.
RUN_ENDINGS = ("ok", "empty", "locked", "failed")
# The service writes a prediction down some time after its answer; a run waits so long for that.
WRITTEN_SECONDS = 10.0

log = logging.getLogger("drift job")


class Job:
    """Measures, and keeps what it measured last for whoever asks."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.database = folder / DATABASE
        self.outcomes = folder / OUTCOME_FILE
        self.ready = threading.Event()
        self._one_run = threading.Lock()
        self._first_run = True
        self._values: list = []
        self._help: dict[str, str] = {}

        self.registry = r = CollectorRegistry()
        self._runs = Counter("drift_runs", "Runs of the drift job.", ["outcome"], registry=r)
        for ending in RUN_ENDINGS:
            self._runs.labels(ending)
        self._seconds = Gauge("drift_run_seconds", "Time that the last run took.", registry=r)
        # These two are registered by the first run: until then they have no value, and 0 is one.
        self._run = Gauge(
            "drift_run_clock_seconds", "Replayed time of the last run.", registry=None
        )
        self._success = Gauge(
            "drift_last_success_clock_seconds",
            "Replayed time of the last run that went well; before there is one, of the first run.",
            registry=None,
        )
        self._age = Gauge(
            "drift_newest_flight_age_hours", "Replayed hours since the newest flight.", registry=r
        )
        r.register(self)

    def collect(self):
        """Give what was measured last to whoever scrapes; a series that is gone is not kept."""
        families: dict[str, GaugeMetricFamily] = {}
        for name, labels, value in self._values:
            if name not in families:
                families[name] = GaugeMetricFamily(name, self._help[name], labels=list(labels))
            families[name].add_metric(list(labels.values()), value)
        return list(families.values())

    def load(self) -> None:
        """Load what takes long: Evidently, and the reference with its predictions."""
        log.info("loads Evidently")
        from utils import model
        from utils.desk import drift_window, service_counts
        from utils.flights import REFERENCE, load_flights

        self._help = drift_window.METRICS
        self._counts = service_counts.Counts()
        reference = load_flights(*REFERENCE)
        log.info("waits for the model, the outcomes and the service")
        needed = (MODEL, OUTCOME_FILE, SERVICE)
        while not all((self.folder / name).is_file() for name in needed):
            time.sleep(0.05)
        champion = model.load(self.folder / MODEL)
        self._reference = reference.assign(probability=model.predict(champion, reference))
        log.info("is ready")
        self.ready.set()

    def run(self, until: pd.Timestamp, flights: int = 0) -> str:
        """Measure the window that ends at `until`; return how it ended, which is counted, too.

        `flights` is how many of the replay were answered by then, and so are to be in the database.
        """
        self.ready.wait()
        with self._one_run:
            start = time.perf_counter()
            try:
                self._wait_until_written(flights)
                ending = self._measure(until)
            except (sqlite3.OperationalError, pd.errors.DatabaseError) as error:
                ending = "locked"
                log.warning("the database cannot be read: %s", error)
            except Exception:  # a job that stops watching because of one bad batch is worse
                ending = "failed"
                log.exception("the window cannot be measured")
            self._runs.labels(ending).inc()
            self._seconds.set(time.perf_counter() - start)
            if ending == "ok" or self._first_run:
                self._success.set(until.timestamp())
            # Last of all: who sees this sees the rest.
            self._run.set(until.timestamp())
            if self._first_run:
                self._first_run = False
                self.registry.register(self._success)
                self.registry.register(self._run)
        return ending

    def _wait_until_written(self, flights: int) -> None:
        end = time.monotonic() + WRITTEN_SECONDS
        while time.monotonic() < end and _count_played(self.database) < flights:
            time.sleep(0.05)

    def _measure(self, until: pd.Timestamp) -> str:
        from utils.desk import drift_window

        begin = until - drift_window.WINDOW - drift_window.WEEK
        flights = read_flights(self.database, begin, until)
        newest = flights["sched_dep"].max()
        if len(flights):
            self._age.set((until - newest) / pd.Timedelta("1h"))
        requests = self._counts.values(self._scrape_service())
        if flights.empty or until - newest > drift_window.WINDOW:
            self._values = [("drift_window_flights", {}, 0), *requests]
            return "empty"
        # The window ends where the data end, not now: what is still on its way is no drift.
        end = newest + pd.Timedelta("1min")
        today = flights["sched_dep"] >= end - drift_window.WINDOW
        window, before = flights[today], flights[~today]
        values = drift_window.measure(window, before, self._reference, end)
        labelled = drift_window.outcomes(self._labelled(flights, until))
        self._values = [*values, *labelled, *requests]
        return "ok"

    def _labelled(self, flights: pd.DataFrame, until: pd.Timestamp) -> pd.DataFrame:
        """Return the flights of the last day whose outcomes can be known, with their outcomes."""
        from utils.desk import drift_window, outcomes

        last = until - outcomes.LABEL_DELAY
        day = flights["sched_dep"].between(last - drift_window.WINDOW, last)
        known = outcomes.read(self.outcomes, until)[["flight_id", "late"]]
        return flights[day].merge(known, on="flight_id")

    def _scrape_service(self) -> str:
        address = (self.folder / SERVICE).read_text(encoding="utf-8")
        try:
            return local_http.get(f"{address}/metrics").text
        except local_http.NO_ANSWER:
            return ""  # NoFlights tells of it


def read_flights(database: Path, since: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
    """Return the predictions of flights that leave from `since` up to, and without, `until`.

    Raises sqlite3.OperationalError at once when the file is locked: the next run is soon.
    """
    from utils.flights import CATEGORICAL, FEATURES

    columns = ["flight_id", "sched_dep", *FEATURES, "probability"]
    query = f"SELECT {', '.join(columns)} FROM predictions WHERE sched_dep >= ? AND sched_dep < ?"
    rows = _ask(database, query, since.isoformat(), until.isoformat())
    table = pd.DataFrame(rows, columns=columns)
    numbers = {c: "float64" for c in columns if c not in ("sched_dep", *CATEGORICAL)}
    table = table.astype(numbers | {c: "str" for c in CATEGORICAL})
    leaves = pd.to_datetime(table["sched_dep"], format="ISO8601")
    table = table.assign(sched_dep=leaves)
    # Answers come in any order, and what is measured must not depend on it.
    return table.sort_values(["sched_dep", "flight_id"], ignore_index=True)


def _count_played(database: Path) -> int:
    """Count the flights of the replay that are written down; requests by hand name no flight."""
    played = "request_id <> 'history' AND flight_id IS NOT NULL AND sched_dep IS NOT NULL"
    return _ask(database, f"SELECT count(*) FROM predictions WHERE {played}")[0][0]


def _ask(database: Path, query: str, *values: str) -> list[tuple]:
    # A file that is not there is not made.
    connection = sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True, timeout=0.5)
    try:
        return connection.execute(query, values).fetchall()
    finally:
        connection.close()


def serve(job: Job, port: int) -> None:
    """Answer scrapes and run when told to, until the process ends."""

    class Handler(small_server.Answering):
        def do_GET(self):
            if self.path == "/metrics":
                self.send_metrics(job.registry)
            else:
                self.send_json({"ready": job.ready.is_set()})

        def do_POST(self):
            given = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
            ended = job.run(pd.Timestamp(given["until"]), int(given["flights"]))
            self.send_json({"ended": ended})

    small_server.serve(Handler, port)


def main() -> None:
    """Run until the process is told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    job = Job(options.folder)
    threading.Thread(target=_load_or_end, args=(job,), daemon=True).start()
    serve(job, options.port)


def _load_or_end(job: Job) -> None:
    try:
        job.load()
    except BaseException:
        log.exception("cannot start")
        # A job that answers scrapes and never measures looks well.
        os._exit(1)


if __name__ == "__main__":
    main()
