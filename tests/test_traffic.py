"""Traffic against a stand-in that notes what it gets: everything arrives once, on time, counted."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pandas as pd
import psutil
import pytest

from utils import model, predictions, servers, service, traffic
from utils.errors import CourseError
from utils.flights import FEATURES, load_flights


@pytest.fixture
def stand_in():
    """Return a service that answers what it is told to, and notes requests with their times."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self._answer(200)

        def do_POST(self):
            content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.got.append((time.monotonic(), content["flights"]))
            self._answer(server.status(content["flights"]))

        def _answer(self, status):
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.got, server.status = [], lambda flights: 200
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def flights():
    return load_flights(15, 15).head(205)


def ids(server):
    return [flight["flight_id"] for _, flights in server.got for flight in flights]


def test_every_flight_is_sent_once(stand_in, flights):
    summary = traffic.replay(flights, stand_in.url)
    assert sorted(ids(stand_in)) == sorted(flights["flight_id"])
    assert (summary.sent, summary.answered, summary.errors) == (21, 21, 0)
    assert summary.flights == 205
    assert 0 < summary.p50 <= summary.p95 <= summary.p99
    assert len(summary.milliseconds) == 21
    assert np.percentile(summary.milliseconds, 50) == summary.p50


def test_what_is_refused_counts_as_an_error(stand_in, flights):
    bad = set(flights["flight_id"].head(30))
    stand_in.status = lambda flights: 500 if flights[0]["flight_id"] in bad else 200
    summary = traffic.replay(flights, stand_in.url)
    assert (summary.sent, summary.answered, summary.errors) == (21, 18, 3)
    assert summary.flights == 175


def test_flight_time_passes_so_many_times_as_fast(stand_in, flights):
    flights = flights.iloc[::5]
    span = (flights["sched_dep"].max() - flights["sched_dep"].min()).total_seconds()
    shuffled = flights.sample(frac=1, random_state=1)
    traffic.replay(shuffled, stand_in.url, speedup=span / 1.5, batch=1, connections=8)
    came = {f["flight_id"]: when for when, (f,) in stand_in.got}
    begin = min(came.values())
    for row in flights.itertuples():
        due = 1.5 * (row.sched_dep - flights["sched_dep"].min()).total_seconds() / span
        late = came[row.flight_id] - begin - due
        assert -0.2 < late < 1.0


def test_missing_values_are_null_and_times_are_text(flights):
    some = flights.assign(temp=np.nan).head(1)
    (sent,) = traffic.as_json(some)
    assert sent["temp"] is None
    assert sent["sched_dep"] == "2013-04-08T05:00:00"
    assert set(sent) == {"flight_id", "sched_dep", *FEATURES}
    json.dumps(sent, allow_nan=False)
    assert set(traffic.as_json(some[FEATURES])[0]) == set(FEATURES)


def test_endless_traffic_begins_again_until_it_is_stopped(stand_in, flights):
    running = traffic.start(flights.head(20), stand_in.url, endless=True)
    until = time.monotonic() + 10
    while running.summary().flights < 60 and time.monotonic() < until:
        time.sleep(0.02)
    assert running.is_running()
    summary = running.stop()
    assert not running.is_running()
    assert summary.flights >= 60
    seen = len(stand_in.got)
    assert summary.sent == seen
    time.sleep(0.2)
    assert len(stand_in.got) == seen
    assert running.stop().sent == seen


def test_a_service_that_goes_away_is_counted_and_not_stormed(stand_in, flights):
    def hang_up(flights):
        raise ConnectionError

    stand_in.status = hang_up
    stand_in.handle_error = lambda *_: None
    summary = traffic.replay(flights, stand_in.url, connections=2)
    assert (summary.sent, summary.answered, summary.errors) == (21, 0, 21)
    assert np.isnan(summary.p50)
    assert summary.seconds > 0.3


def test_traffic_from_a_process_of_its_own_ends_with_it(stand_in, flights):
    running = traffic.start_process(flights.head(20), stand_in.url, endless=True)
    until = time.monotonic() + 30
    while (running.summary() is None or not running.summary().answered) and (
        time.monotonic() < until
    ):
        time.sleep(0.05)
    assert running.is_running()
    processes = psutil.Process(running._program._supervisor.pid).children(recursive=True)
    summary = running.stop()
    assert summary.answered > 0
    assert summary.p50 > 0
    assert processes
    assert not psutil.wait_procs(processes, timeout=10)[1]


def test_a_process_ends_when_the_table_does(stand_in, flights):
    running = traffic.start_process(flights, stand_in.url)
    until = time.monotonic() + 30
    while running.is_running() and time.monotonic() < until:
        time.sleep(0.05)
    assert not running.is_running()
    assert running.summary().flights == 205
    assert sorted(ids(stand_in)) == sorted(flights["flight_id"])
    running.stop()


@pytest.mark.parametrize(
    ("change", "speedup", "says"),
    [
        (lambda f: f.drop(columns="temp"), None, "lack the feature `temp`"),
        (lambda f: f.head(0), None, "no flights"),
        (lambda f: f, 0, "`speedup` is 0"),
        (lambda f: f.drop(columns="sched_dep"), 10, "need their `sched_dep`"),
    ],
)
def test_what_cannot_be_sent_gets_a_sentence(stand_in, flights, change, speedup, says):
    with pytest.raises(CourseError, match=says):
        traffic.replay(change(flights), stand_in.url, speedup=speedup)


def test_no_service_gets_a_sentence(flights):
    with pytest.raises(CourseError, match=r"No service answers at http://127\.0\.0\.1:9"):
        traffic.replay(flights, "http://127.0.0.1:9")
    with pytest.raises(CourseError, match="No service answers"):
        traffic.start_process(flights, "nonsense")


def test_the_real_service_answers_and_logs_it(flights, tmp_path):
    model.save(model.train(), tmp_path / "model.joblib")
    command = service.command(tmp_path / "model.joblib", tmp_path / "log.db")
    with servers.start("FlightDelay", lambda port, _: command(port), "/health") as server:
        summary = traffic.replay(flights, server.url)
    assert summary.errors == 0
    table = predictions.last(tmp_path / "log.db", 1000).sort_values("flight_id")
    wanted = flights.sort_values("flight_id")
    assert table["flight_id"].tolist() == wanted["flight_id"].tolist()
    assert table["sched_dep"].tolist() == wanted["sched_dep"].tolist()
    assert pd.isna(table["challenger"]).all()
