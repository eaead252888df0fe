"""The traffic of the desk, as a program of its own: it plays flights against the service.

It keeps the replayed clock, asks the service about each flight when it leaves, and writes outcomes
into a database a day later, as they become known. Every six replayed hours, and whenever the clock
is held, the clock waits for the drift job. What goes wrong at the desk goes wrong in here, and
nothing outside knows.

`python -m utils.desk.replay --port 9000 --service URL --job URL --model FILE --outcomes FILE`, and
`--seed 17`.
"""

import argparse
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from prometheus_client import CollectorRegistry, Counter, Gauge

from utils.desk import incident_bank
from utils.desk.measuring import Measuring, next_run
from utils.desk.outcomes import Outcomes
from utils.errors import CourseError
from utils.flights import NUMERICAL
from utils.servers import local_http, small_server
from utils.service.traffic import as_json

# Flights that leave in the same minutes are asked about in one request.
SLOT = pd.Timedelta("5min")
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
    """Plays one incident against a service; `job` is the address of the drift job, if any."""

    def __init__(
        self, service: str, model: Path, outcomes: Path, seed: int | None, job: str | None = None
    ):
        self._incident = incident_bank.draw(seed)
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
        self._outcomes = Outcomes(outcomes, played)

        self.clock = self.first
        self._until = self.first
        self.measured: pd.Timestamp | None = None
        # Wall time and replayed time, to translate one into the other; and when runs were judged.
        self._times_seen = [(time.time(), self.first.isoformat())]
        self._runs_seen: list[tuple[float, str]] = []
        self._day_seconds = DAY_SECONDS
        self._lock = threading.Lock()
        # Slots without an answer yet, until when all that was due has been asked, and how many
        # flights were answered.
        self._waiting: set[pd.Timestamp] = set()
        self._sent = self.first
        self._flights = 0
        self._client = local_http.client(service)
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
        self.measuring = Measuring(job, r)
        self._outcomes.publish(self.clock)
        threading.Thread(target=self._play, daemon=True).start()

    @property
    def running(self) -> bool:
        """Whether the clock runs."""
        return self.clock < self._until

    def state(self) -> dict:
        """Return where the replay is: the clock, and until when all was answered and measured."""
        with self._lock:
            clock, answered = self.clock, min(self._waiting, default=self._sent)
            measured = self.measured
        times = {"clock": clock, "answered": answered, "first": self.first, "last": self.last}
        idle = not self.running and answered == clock == measured
        told = {n: t.isoformat() for n, t in times.items()}
        return told | {"running": not idle, "measured": measured and measured.isoformat()}

    def times(self) -> dict[str, list[tuple[float, str]]]:
        """Return pairs of wall time (seconds since 1970) and replayed time: `clock` and `runs`."""
        clock = [*self._times_seen, (time.time(), self.clock.isoformat())]
        return {"clock": clock, "runs": [*self._runs_seen]}

    def run(self, days: float | None = None, day_seconds: float | None = None) -> None:
        """Let the clock run for so many days, or to the end."""
        wanted = self.last if days is None else self.clock + pd.Timedelta(days=days)
        self.run_until(wanted, day_seconds)

    def run_until(self, moment: pd.Timestamp, day_seconds: float | None = None) -> None:
        """Let the clock run until a replayed time, or to the end."""
        with self._lock:
            self._note_time()
            self._day_seconds = day_seconds or self._day_seconds
            self._until = min(max(moment, self.clock), self.last)

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
                    self.clock = min(self.clock + step, self._until, self._halt())
                    if not self.running or now - noted > NOTE_SECONDS:
                        noted = now
                        self._note_time()
            self._send_due()
            self._outcomes.publish(self.clock)
            if self._is_to_measure():
                self._measure()
                before = time.monotonic()

    def _halt(self) -> pd.Timestamp:
        """Return the time that the clock does not pass without a run of the drift job."""
        done = self.measured
        return next_run(self.clock if done == self.clock else self.clock - pd.Timedelta("1ns"))

    def _is_to_measure(self) -> bool:
        with self._lock:
            if self._waiting or self.measured == self.clock or not self.measuring.is_set_up:
                return False
            return not self.running or self.clock == self._halt()

    def _measure(self) -> None:
        clock = self.clock
        with self._lock:
            self._note_time()
        self.measuring.at(clock, self._flights)
        # An incident begins at such an hour, and here nothing is on its way.
        self._break_model()
        with self._lock:
            self._note_time()
            self._runs_seen.append((time.time(), clock.isoformat()))
            self.measured = clock

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
        except local_http.NO_ANSWER:
            outcome = "failed"
        self._requests.labels(outcome).inc()
        with self._lock:
            self._flights += len(flights) if outcome == "ok" else 0
            self._waiting.discard(moment)

    def _break_model(self) -> None:
        """Put the bad release into service at its hour."""
        kind = self._incident.kind
        if kind not in ("slow model", "failing model") or self._faulty or self._repaired:
            return
        if self.clock >= self._incident.onset:
            from utils import model
            from utils.service.bad_models import RELEASES

            self._faulty = True
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


def _slots(flights: pd.DataFrame) -> dict[pd.Timestamp, list[dict]]:
    """Return the flights of each slot of five minutes as a client sends them."""
    numbers = dict.fromkeys(NUMERICAL, "float64")
    slots: dict[pd.Timestamp, list[dict]] = {}
    due = flights["sched_dep"].dt.floor(SLOT)
    for moment, flight in zip(due, as_json(flights.astype(numbers)), strict=True):
        slots.setdefault(moment, []).append(flight)
    return slots


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
            speed = float(given["day_seconds"]) if "day_seconds" in given else None
            if url.path == "/run":
                replay.run_until(pd.Timestamp(given["until"]), speed)
            elif url.path == "/hold":
                replay.hold()
            elif url.path == "/repair":
                replay.repair(given["source"])
            elif url.path == "/judged-by":
                replay.measuring.judged_by(given["prometheus"])
            self.send_json(replay.state())

    small_server.serve(Handler, port)


def main() -> None:
    """Play until the process is told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--service", required=True)
    parser.add_argument("--job", required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--outcomes", type=Path, required=True)
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    try:
        replay = Replay(options.service, options.model, options.outcomes, options.seed, options.job)
    except CourseError as problem:
        raise SystemExit(str(problem)) from None
    serve(replay, options.port)


if __name__ == "__main__":
    main()
