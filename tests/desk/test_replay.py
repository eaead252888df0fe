"""The replay against a service of its own: what it says of its clock, however slow the answers."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest

from utils.desk.replay import Replay
from utils.desk.replayed_time import replayed


class Slow(BaseHTTPRequestHandler):
    """Answers when `open_` is set, and keeps what it was asked."""

    open_ = threading.Event()
    asked: ClassVar[list[str]] = []

    def do_POST(self):
        flights = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["flights"]
        Slow.asked += [flight["sched_dep"] for flight in flights]
        Slow.open_.wait(30)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


@pytest.fixture
def replay(tmp_path):
    Slow.asked, Slow.open_ = [], threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    yield Replay(address, tmp_path / "none.joblib", tmp_path / "outcomes.db", None)
    Slow.open_.set()
    server.shutdown()
    server.server_close()


def wait_for(condition):
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_what_has_no_answer_yet_is_not_called_answered(replay):
    replay.run(days=0.24, day_seconds=2)
    wait_for(lambda: not replay.running)
    wait_for(lambda: Slow.asked)
    state = replay.state()
    # The clock has stopped, and yet the replay goes on until all is answered.
    assert state["clock"] == (replay.first + pd.Timedelta(days=0.24)).isoformat()
    assert state["running"]
    assert state["answered"] <= min(Slow.asked)
    Slow.open_.set()
    wait_for(lambda: not replay.state()["running"])
    assert replay.state()["answered"] == state["clock"]
    # A slot of five minutes is asked about when it begins.
    assert pd.Timestamp(max(Slow.asked)).floor("5min") < pd.Timestamp(state["clock"])


def test_the_clock_waits_for_a_service_that_does_not_answer(replay):
    replay.run(days=1, day_seconds=2)
    time.sleep(2)
    assert replay.running
    # It does not pass the hour of the drift job's run while an answer is missing.
    assert pd.Timestamp(replay.state()["clock"]) == replay.first + pd.Timedelta("6h")
    Slow.open_.set()
    wait_for(lambda: not replay.state()["running"])
    assert replay.state()["answered"] == (replay.first + pd.Timedelta(days=1)).isoformat()


def test_a_machine_that_slept_wakes_at_the_same_hour(replay, monkeypatch):
    Slow.open_.set()
    replay.run(days=5, day_seconds=100)
    slept = time.monotonic
    monkeypatch.setattr("utils.desk.replay.time.monotonic", lambda: slept() + 3600)
    time.sleep(0.3)
    replay.hold()
    # An hour of sleep would be 36 replayed days.
    assert replay.clock < replay.first + pd.Timedelta("1h")


class Program(BaseHTTPRequestHandler):
    """A drift job and a Prometheus in one, which take as long as they are told."""

    seconds = 0.0
    runs: ClassVar[list[str]] = []
    judged = 0.0

    def do_POST(self):
        given = parse_qs(urlsplit(self.path).query)
        time.sleep(Program.seconds)
        Program.runs.append(given["until"][0])
        Program.judged = pd.Timestamp(given["until"][0]).timestamp()
        self.answer({"ended": "ok"})

    def do_GET(self):
        result = [{"value": [0, str(Program.judged)]}]
        self.answer({"data": {"result": result, "alerts": []}})

    def answer(self, content):
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def measured(tmp_path):
    """A replay whose service answers, with a drift job and a Prometheus."""
    Slow.asked, Slow.open_ = [], threading.Event()
    Slow.open_.set()
    Program.runs, Program.seconds, Program.judged = [], 0.0, 0.0
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), kind) for kind in (Slow, Program)]
    for server in servers:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    service, job = (f"http://127.0.0.1:{server.server_port}" for server in servers)
    replay = Replay(service, tmp_path / "none.joblib", tmp_path / "outcomes.db", None, job)
    replay.measuring.judged_by(job)
    wait_for(lambda: not replay.state()["running"])
    yield replay
    for server in servers:
        server.shutdown()
        server.server_close()


def waits(replay):
    found = {}
    for family in replay.registry.collect():
        for sample in family.samples:
            if sample.name in ("replay_waits_total", "replay_waited_seconds_total"):
                found[sample.labels.get("ended", "seconds")] = sample.value
    return found


@pytest.mark.parametrize("seconds", [0.0, 0.7])
def test_the_drift_job_runs_at_its_hours_and_the_clock_waits_for_it(measured, seconds):
    Program.seconds = seconds
    measured.run(days=0.625, day_seconds=2)
    wait_for(lambda: not measured.state()["running"])
    hours = ["00:00", "06:00", "12:00", "15:00"]
    assert [text[11:16] for text in Program.runs] == hours
    counted = waits(measured)
    assert (counted["judged"], counted["given_up"]) == (4, 0)
    assert counted["seconds"] >= 3 * seconds
    # A wall time within a run stands for the hour of the run, however long it took.
    seen = measured.times()
    for (wall, played), text in zip(seen["runs"], Program.runs, strict=True):
        moment = pd.Series([pd.Timestamp(wall - seconds / 2, unit="s")])
        assert played == text
        found = replayed(moment, seen["clock"]).item()
        assert abs(found - pd.Timestamp(text)) < pd.Timedelta("1min")


def test_the_clock_passes_by_a_job_that_hangs_and_counts_it(measured, monkeypatch):
    monkeypatch.setattr("utils.desk.measuring.LONGEST_WAIT_SECONDS", 0.5)
    monkeypatch.setattr("utils.desk.measuring.SHORT_WAIT_SECONDS", 0.2)
    Program.seconds = 30
    measured.run(days=0.5, day_seconds=2)
    wait_for(lambda: not measured.state()["running"])
    assert waits(measured)["given_up"] == 2
