"""The replay against a service of its own: what it says of its clock, however slow the answers."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pandas as pd
import pytest

from utils.desk.replay import Replay


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
    replay.run(days=0.3, day_seconds=2)
    wait_for(lambda: not replay.running)
    wait_for(lambda: Slow.asked)
    state = replay.state()
    # The clock has stopped, and yet the replay goes on until all is answered.
    assert state["clock"] == (replay.first + pd.Timedelta(days=0.3)).isoformat()
    assert state["running"]
    assert state["answered"] <= min(Slow.asked)
    Slow.open_.set()
    wait_for(lambda: not replay.state()["running"])
    assert replay.state()["answered"] == state["clock"]
    # A slot of five minutes is asked about when it begins.
    assert pd.Timestamp(max(Slow.asked)).floor("5min") < pd.Timestamp(state["clock"])


def test_the_clock_waits_for_a_service_that_does_not_answer(replay):
    replay.run(days=1, day_seconds=2)
    time.sleep(3)
    assert replay.running
    behind = pd.Timestamp(replay.state()["clock"]) - pd.Timestamp(replay.state()["answered"])
    assert behind < pd.Timedelta("8h")
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
