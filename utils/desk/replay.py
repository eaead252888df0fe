"""The traffic of the desk, as a program of its own: it plays flights against the service.

It keeps the replayed clock, asks the service about each flight when it leaves, and writes outcomes
into a database a day later, as they become known. What goes wrong at the desk goes wrong in here,
and nothing outside knows.

`python -m utils.desk.replay --port 9000 --service URL --model FILE --outcomes FILE [--seed 17]`
"""

import argparse
import sqlite3
import threading
import time
import urllib.parse
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
from prometheus_client import CollectorRegistry, Counter, Gauge

from utils.desk import incidents
from utils.errors import CourseError
from utils.flights import FEATURES, NUMERICAL
from utils.servers import small_server

# Flights that leave in the same minutes are asked about in one request.
SLOT = pd.Timedelta("5min")
# A flight's outcome is known so long after it should have left.
LABEL_DELAY = pd.Timedelta("1D")
CLIENTS = 32
# The clock waits for the traffic when so many requests have no answer yet.
BACKLOG = 40
TICK_SECONDS = 0.02
NOTE_SECONDS = 0.2
LONGEST_STEP_SECONDS = 1.0
DAY_SECONDS = 16.0
# Share of the requests that a broken client spoils.
SPOILT = 0.4


class Replay:
    """Plays one incident against a service."""

    def __init__(self, service: str, model: Path, outcomes: Path, seed: int | None):
        self._incident = incidents.draw(seed)
        self._model = model
        whole = self._incident.flights()
        self.first, self.last = self._incident.first, self._incident.last
        self._clean = _slots(whole[whole["sched_dep"] >= self.first])
        played = self._incident.played(whole)
        self._played = _slots(played[played["sched_dep"] >= self.first])
        self._times = sorted(self._clean.keys() | self._played.keys())
        self._next = 0
        self._repaired: pd.Timestamp | None = None
        self._faulty = False
        self._rng = np.random.default_rng(len(whole))

        self._outcomes = deque(_outcomes(played))
        self._labels = sqlite3.connect(outcomes, check_same_thread=False)
        self._labels.execute("PRAGMA journal_mode=WAL")
        self._labels.execute(f"CREATE TABLE outcomes ({', '.join(_OUTCOME)})")

        self.clock = self.first
        self._until = self.first
        # Wall time and replayed time, to translate one into the other.
        self._times_seen = [(time.time(), self.first.isoformat())]
        self._day_seconds = DAY_SECONDS
        self._lock = threading.Lock()
        # Slots without an answer yet, and until when all that was due has been asked.
        self._waiting: set[pd.Timestamp] = set()
        self._sent = self.first
        self._client = httpx.Client(base_url=service, timeout=10, trust_env=False)
        self._pool = ThreadPoolExecutor(CLIENTS)

        self.registry = r = CollectorRegistry()
        self._clock_metric = Gauge("replay_clock_seconds", "The replayed time.", registry=r)
        self._clock_metric.set_function(lambda: self.clock.timestamp())
        running = Gauge("replay_running", "Whether the replayed clock runs.", registry=r)
        running.set_function(lambda: self.running)
        self._requests = Counter(
            "replay_requests", "Requests, as the client saw them.", ["outcome"], registry=r
        )
        for outcome in ("ok", "refused", "failed"):
            self._requests.labels(outcome)
        self._publish_outcomes()
        threading.Thread(target=self._play, daemon=True).start()

    @property
    def running(self) -> bool:
        """Whether the clock runs."""
        return self.clock < self._until

    def state(self) -> dict:
        """Return where the replay is: the clock, and until when all has been `answered`."""
        with self._lock:
            clock, answered = self.clock, min(self._waiting, default=self._sent)
        times = {"clock": clock, "answered": answered, "first": self.first, "last": self.last}
        idle = not self.running and answered == clock
        return {n: t.isoformat() for n, t in times.items()} | {"running": not idle}

    def times(self) -> list[tuple[float, str]]:
        """Return pairs of wall time (seconds since 1970) and replayed time."""
        return [*self._times_seen, (time.time(), self.clock.isoformat())]

    def run(self, days: float | None = None, day_seconds: float | None = None) -> None:
        """Let the clock run for so many days, or to the end."""
        with self._lock:
            self._note_time()
            self._day_seconds = day_seconds or self._day_seconds
            wanted = self.last if days is None else self.clock + pd.Timedelta(days=days)
            self._until = min(wanted, self.last)

    def hold(self) -> None:
        """Stop the clock."""
        with self._lock:
            self._until = self.clock
            self._note_time()

    def repair(self, source: str) -> None:
        """Repair a source, from now on."""
        incident = self._incident
        if source != incident.source or self.clock < incident.onset or self._repaired:
            return
        self._repaired = self.clock
        if source == "model" and self._faulty:
            self._faulty = False
            self._release(self._model)

    def _play(self) -> None:
        before = noted = time.monotonic()
        while True:
            time.sleep(TICK_SECONDS)
            now = time.monotonic()
            # No more than a breath: a machine that slept would wake days later.
            passed, before = min(now - before, LONGEST_STEP_SECONDS), now
            with self._lock:
                if self.clock < self._until and len(self._waiting) < BACKLOG:
                    step = pd.Timedelta(days=passed / self._day_seconds)
                    self.clock = min(self.clock + step, self._until)
                    if not self.running or now - noted > NOTE_SECONDS:
                        noted = now
                        self._note_time()
            self._break_model()
            self._send_due()
            self._publish_outcomes()

    def _note_time(self) -> None:
        self._times_seen.append((time.time(), self.clock.isoformat()))

    def _send_due(self) -> None:
        until = self.clock
        while self._next < len(self._times) and self._times[self._next] < until:
            moment = self._times[self._next]
            self._next += 1
            clean = self._repaired is not None and moment >= self._repaired
            flights = (self._clean if clean else self._played).get(moment)
            if not flights or (self._is_wrong("silent feed", moment)):
                continue
            if self._is_wrong("refused requests", moment) and self._rng.random() < SPOILT:
                flights = [flight | {"weekday": flight["weekday"].lower()} for flight in flights]
            with self._lock:
                self._waiting.add(moment)
            self._pool.submit(self._ask, moment, flights)
        with self._lock:
            self._sent = until

    def _is_wrong(self, kind: str, moment: pd.Timestamp) -> bool:
        incident = self._incident
        if incident.kind != kind or moment < incident.onset:
            return False
        return self._repaired is None or moment < self._repaired

    def _ask(self, moment: pd.Timestamp, flights: list[dict]) -> None:
        try:
            status = self._client.post("/predict", json={"flights": flights}).status_code
            outcome = "ok" if status < 400 else "refused" if status < 500 else "failed"
        except httpx.HTTPError:
            outcome = "failed"
        self._requests.labels(outcome).inc()
        with self._lock:
            self._waiting.discard(moment)

    def _break_model(self) -> None:
        kind = self._incident.kind
        if kind not in ("slow model", "failing model") or self._faulty or self._repaired:
            return
        if self.clock >= self._incident.onset:
            self._faulty = True
            threading.Thread(target=self._deploy, args=(kind,), daemon=True).start()

    def _deploy(self, kind: str) -> None:
        from utils import model
        from utils.service.bad_models import RELEASES

        good = model.load(self._model)
        bad = self._model.with_name("release.joblib")
        model.save(RELEASES[kind](good.steps), bad)
        self._release(bad)

    def _release(self, path: Path) -> None:
        # A model that fails at times may fail when the service tries it.
        for _ in range(20):
            version = self._client.get("/health").json()["model"]
            new = {"path": str(path), "version": version, "role": "champion"}
            if self._client.post("/model", json=new).status_code == 200:
                return

    def _publish_outcomes(self) -> None:
        due = []
        while self._outcomes and self._outcomes[0][-1] <= self.clock.isoformat():
            due.append(self._outcomes.popleft())
        if due:
            with self._labels:
                self._labels.executemany("INSERT INTO outcomes VALUES (?, ?, ?, ?, ?)", due)


_OUTCOME = ["flight_id", "sched_dep", "arr_delay", "late", "known"]


def read_outcomes(path: Path | str, until: pd.Timestamp | None = None) -> pd.DataFrame:
    """Return the outcomes in a database, those known by `until` when that is given."""
    limit = "9" if until is None else pd.Timestamp(until).isoformat()
    connection = sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro", uri=True, timeout=2)
    try:
        query = "SELECT * FROM outcomes WHERE known <= ? ORDER BY sched_dep, flight_id"
        table = pd.read_sql_query(query, connection, params=[limit])
    finally:
        connection.close()
    times = {c: pd.to_datetime(table[c], format="ISO8601") for c in ("sched_dep", "known")}
    numbers = {"flight_id": "float64", "arr_delay": "float64", "late": "float64"}
    return table.assign(**times).astype(numbers)


def _slots(flights: pd.DataFrame) -> dict[pd.Timestamp, list[dict]]:
    """Return the flights of each slot of five minutes as a client sends them."""
    columns = ["flight_id", "sched_dep", *FEATURES]
    table = flights[columns].assign(sched_dep=flights["sched_dep"].map(pd.Timestamp.isoformat))
    table[NUMERICAL] = table[NUMERICAL].astype("float64")
    table = table.astype(object).where(table.notna(), None)
    slots: dict[pd.Timestamp, list[dict]] = {}
    due = flights["sched_dep"].dt.floor(SLOT)
    for moment, flight in zip(due, table.to_dict("records"), strict=True):
        slots.setdefault(moment, []).append(flight)
    return slots


def _outcomes(flights: pd.DataFrame) -> list[tuple]:
    """Return a row for each flight, in the order in which its outcome becomes known."""
    leaves = flights["sched_dep"].sort_values(kind="stable")
    table = flights.loc[leaves.index, ["flight_id", "arr_delay", "late"]].astype("float64")
    table = table.astype(object).where(table.notna(), None)
    known = leaves + LABEL_DELAY
    columns = [leaves.map(pd.Timestamp.isoformat), known.map(pd.Timestamp.isoformat)]
    return [
        (flight, sched_dep, delay, late, known)
        for (flight, delay, late), sched_dep, known in zip(
            table.itertuples(index=False, name=None), *columns, strict=True
        )
    ]


def serve(replay: Replay, port: int) -> None:
    """Take orders over HTTP, until the process ends."""

    class Handler(small_server.Answering):
        def do_GET(self):
            if self.path == "/metrics":
                self.send_metrics(replay.registry)
            elif self.path == "/times":
                self.send_json(replay.times())
            else:
                self.send_json(replay.state())

        def do_POST(self):
            url = urllib.parse.urlsplit(self.path)
            given = dict(urllib.parse.parse_qsl(url.query))
            if url.path == "/run":
                replay.run(**{name: float(value) for name, value in given.items()})
            elif url.path == "/hold":
                replay.hold()
            elif url.path == "/repair":
                replay.repair(given["source"])
            self.send_json(replay.state())

    small_server.serve(Handler, port)


def main() -> None:
    """Play until the process is told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--service", required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--outcomes", type=Path, required=True)
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    try:
        replay = Replay(options.service, options.model, options.outcomes, options.seed)
    except CourseError as problem:
        raise SystemExit(str(problem)) from None
    serve(replay, options.port)


if __name__ == "__main__":
    main()
