"""The drift job: every few seconds it measures the last day of predictions, and exposes it.

A program of its own, since what it does is slow and may fail, and the service must not mind.
Whatever happens to it, it goes on, and says in `drift_runs_total` how each run ended.

`python -m utils.desk.drift_job --port 9100 --folder FOLDER` finds in the folder what it needs, and
waits for what is not there yet: MODEL, DATABASE, OUTCOME_FILE, and in CLOCK the address of the
traffic.
"""

import argparse
import json
import logging
import sqlite3
import threading
import time
import urllib.request
from pathlib import Path

import pandas as pd
from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.core import GaugeMetricFamily

from utils.servers import small_server

MODEL, DATABASE, OUTCOME_FILE, CLOCK = "1.joblib", "predictions.db", "outcomes.db", "clock.txt"

EVERY_SECONDS = 2.0
# How a run ends: all measured; no flight in the window; the database is locked or away; anything
# else, such as a batch that cannot be measured.
OUTCOMES = ("ok", "empty", "locked", "failed")

log = logging.getLogger("drift job")


class Job:
    """Measures, and keeps what it measured last for whoever asks."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.database = folder / DATABASE
        self.outcomes = folder / OUTCOME_FILE
        self.ready = threading.Event()
        self._values: list = []
        self._help: dict[str, str] = {}
        self.measured_at: pd.Timestamp | None = None

        self.registry = r = CollectorRegistry()
        self._runs = Counter("drift_runs", "Runs of the drift job.", ["outcome"], registry=r)
        for outcome in OUTCOMES:
            self._runs.labels(outcome)
        self._seconds = Gauge("drift_run_seconds", "Time that the last run took.", registry=r)
        self._success = Gauge(
            "drift_last_success_timestamp_seconds",
            "When a run last went well; before the first, when the job was ready.",
            registry=r,
        )
        self._success.set_to_current_time()
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
        from utils import model
        from utils.desk import drift_window
        from utils.flights import REFERENCE, load_flights

        self._help = drift_window.METRICS
        reference = load_flights(*REFERENCE)
        while not all((self.folder / name).is_file() for name in (MODEL, OUTCOME_FILE, CLOCK)):
            time.sleep(0.05)
        champion = model.load(self.folder / MODEL)
        self._reference = reference.assign(probability=model.predict(champion, reference))

    def run(self) -> str:
        """Measure once; return how it ended, which is counted, too."""
        start = time.perf_counter()
        try:
            outcome = self._measure()
        except (sqlite3.OperationalError, pd.errors.DatabaseError) as error:
            outcome = "locked"
            log.warning("the database cannot be read: %s", error)
        except Exception:  # a job that stops watching because of one bad batch is worse
            outcome = "failed"
            log.exception("the window cannot be measured")
        self._runs.labels(outcome).inc()
        self._seconds.set(time.perf_counter() - start)
        if outcome == "ok":
            self._success.set_to_current_time()
        return outcome

    def _measure(self) -> str:
        from utils.desk import drift_window

        clock = self.clock()
        flights = read_flights(self.database, clock - drift_window.DAY - drift_window.WEEK, clock)
        newest = flights["sched_dep"].max()
        if len(flights):
            self._age.set((clock - newest) / pd.Timedelta("1h"))
        if flights.empty or clock - newest > drift_window.DAY:
            self._values, self.measured_at = [("drift_window_flights", {}, 0)], clock
            return "empty"
        # The window ends where the data end, not now: what is still on its way is no drift.
        until = newest + pd.Timedelta("1min")
        today = flights["sched_dep"] >= until - drift_window.DAY
        window, before = flights[today], flights[~today]
        values = drift_window.measure(window, before, self._reference, until)
        self._values = values + drift_window.outcomes(self._labelled(flights, clock))
        self.measured_at = clock
        return "ok"

    def _labelled(self, flights: pd.DataFrame, clock: pd.Timestamp) -> pd.DataFrame:
        """Return the flights of the last day whose outcomes can be known, with their outcomes."""
        from utils.desk.replay import LABEL_DELAY, read_outcomes

        until = clock - LABEL_DELAY
        day = flights["sched_dep"].between(until - pd.Timedelta("1D"), until)
        known = read_outcomes(self.outcomes, clock)[["flight_id", "late"]]
        return flights[day].merge(known, on="flight_id")

    def clock(self) -> pd.Timestamp:
        """Ask the traffic for the replayed time until which every request has its answer.

        On a busy machine that replays a day in seconds, the clock may be hours ahead of that.
        """
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        address = (self.folder / CLOCK).read_text(encoding="utf-8")
        with opener.open(address, timeout=5) as answer:
            return pd.Timestamp(json.load(answer)["answered"])

    def watch(self) -> None:
        """Run again and again."""
        self.load()
        self._success.set_to_current_time()
        while True:
            start = time.monotonic()
            self.run()
            self.ready.set()
            time.sleep(max(0.1, EVERY_SECONDS - (time.monotonic() - start)))


def read_flights(database: Path, since: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
    """Return the predictions of flights that leave from `since` up to, and without, `until`.

    Raises sqlite3.OperationalError at once when the file is locked: the next run is soon.
    """
    from utils.flights import CATEGORICAL, FEATURES

    columns = ["flight_id", "sched_dep", *FEATURES, "probability"]
    query = f"SELECT {', '.join(columns)} FROM predictions WHERE sched_dep >= ? AND sched_dep < ?"
    # A file that is not there is not made.
    connection = sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True, timeout=0.5)
    try:
        rows = connection.execute(query, (since.isoformat(), until.isoformat())).fetchall()
    finally:
        connection.close()
    table = pd.DataFrame(rows, columns=columns)
    numbers = {c: "float64" for c in columns if c not in ("sched_dep", *CATEGORICAL)}
    table = table.astype(numbers | {c: "str" for c in CATEGORICAL})
    leaves = pd.to_datetime(table["sched_dep"], format="ISO8601")
    return table.assign(sched_dep=leaves).sort_values("sched_dep", ignore_index=True)


def serve(job: Job, port: int) -> None:
    """Answer scrapes, until the process ends."""

    class Handler(small_server.Answering):
        def do_GET(self):
            if self.path == "/metrics":
                self.send_metrics(job.registry)
            else:
                at = job.measured_at
                self.send_json({"ready": job.ready.is_set(), "measured": at and at.isoformat()})

    small_server.serve(Handler, port)


def main() -> None:
    """Watch until the process is told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    job = Job(options.folder)
    threading.Thread(target=job.watch, daemon=True).start()
    serve(job, options.port)


if __name__ == "__main__":
    main()
