"""The service over real HTTP, as a process of its own: answers, log, metrics, stops and kills."""

import json
import logging
import socket
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pandas as pd
import psutil
import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from utils import model, service
from utils.errors import CourseError
from utils.flights import FEATURES, NUMERICAL, load_flights
from utils.servers.process import Server, start
from utils.service import predictions
from utils.service.metrics import MEAN_WINDOW, SCORE_BINS, SCORE_EDGES


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.joblib"
    model.save(model.train(), path)
    return path


@pytest.fixture(scope="module")
def served(saved, tmp_path_factory):
    database = tmp_path_factory.mktemp("log") / "predictions.db"
    with serve(saved, database) as server:
        yield server, database


def serve(saved, database, *options) -> Server:
    command = service.command(saved, database)
    return start("FlightDelay", lambda port, _: [*command(port), *options], ready="/health")


@pytest.fixture(scope="module")
def flights():
    return load_flights(15, 15).head(500)


def body(flights):
    """Flights as a client sends them."""
    rows = flights[["flight_id", *FEATURES]].astype(object)
    rows = rows.where(rows.notna(), None).assign(sched_dep=flights["sched_dep"].map(str))
    return {"flights": rows.to_dict("records")}


def post(server, content):
    return httpx.post(f"{server.url}/predict", json=content, timeout=30)


def metrics(server):
    text = httpx.get(f"{server.url}/metrics").text
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name, *sample.labels.values()] = sample.value
    return found


def logged(database, request_id):
    until = time.monotonic() + 10
    while time.monotonic() < until:
        table = predictions.last(database, 10**6)
        if request_id in set(table["request_id"]):
            return table
        time.sleep(0.05)
    raise AssertionError("The request was never logged.")


def test_answers_are_the_models(served, saved, flights):
    server, _ = served
    answer = post(server, body(flights)).json()
    expected = model.predict(model.load(saved), flights)
    got = [p["probability"] for p in answer["predictions"]]
    assert got == pytest.approx(list(expected), abs=1e-12)
    assert [p["flight_id"] for p in answer["predictions"]] == list(flights["flight_id"])


def test_one_flight_with_no_weather_at_all(served):
    server, _ = served
    flight = {"hour": 17.5, "distance": 500, "carrier": "EV", "origin": "EWR", "weekday": "Fri"}
    answer = post(server, {"flights": [flight]})
    assert answer.status_code == 200
    assert 0 < answer.json()["predictions"][0]["probability"] < 1


def test_every_prediction_is_logged_whole(served, flights):
    server, database = served
    sent = flights.tail(200)
    answer = post(server, body(sent)).json()
    table = logged(database, answer["request_id"])
    rows = table[table["request_id"] == answer["request_id"]].reset_index(drop=True)
    assert len(rows) == 200
    wanted = sent.reset_index(drop=True)
    pd.testing.assert_frame_equal(rows[FEATURES], wanted[FEATURES].astype(rows[FEATURES].dtypes))
    assert rows["sched_dep"].tolist() == wanted["sched_dep"].tolist()
    assert rows["challenger"].isna().all()
    assert list(rows["probability"]) == [p["probability"] for p in answer["predictions"]]
    now = pd.Timestamp.now("UTC").tz_localize(None)
    assert (now - rows["received"]).between("0s", "1min").all()


def test_metrics_count_what_happened(served, flights):
    server, _ = served
    before = metrics(server)
    some = flights.head(40).copy()
    some.iloc[:7, some.columns.get_loc("pressure")] = np.nan
    post(server, body(some))
    post(server, {"flights": [{"hour": 99}]})
    after = metrics(server)

    def grew(*name):
        return after[name] - before.get(name, 0)

    assert grew("flightdelay_requests_total", "ok") == 1
    assert grew("flightdelay_requests_total", "invalid") == 1
    assert grew("flightdelay_requests_total", "error") == 0
    assert grew("flightdelay_score_count") == 40
    assert grew("flightdelay_model_seconds_count") == 1
    assert grew("flightdelay_request_seconds_count") == 2
    missing = some[NUMERICAL].isna().sum()
    assert grew("flightdelay_missing_values_total", "pressure") == missing["pressure"] >= 7
    assert after["flightdelay_log_dropped_total",] == 0
    bins = [grew("flightdelay_score_bin_total", edge) for edge in SCORE_BINS]
    assert sum(bins) == 40
    assert np.cumsum(bins)[:-1].tolist() == [
        grew("flightdelay_score_bucket", str(edge)) for edge in SCORE_EDGES
    ]


def test_metrics_tell_of_unseen_categories_and_of_means(served, flights):
    server, _ = served
    before = metrics(server)
    some = flights.assign(carrier="ZZ", temp=50.0)
    post(server, body(some))
    after = metrics(server)
    unseen = "flightdelay_unseen_values_total"
    assert after[unseen, "carrier"] - before[unseen, "carrier"] == len(some)
    assert after[unseen, "origin"] == before[unseen, "origin"] == 0
    assert after["flightdelay_feature_mean", "temp"] == 50
    mean = flights["distance"].tail(MEAN_WINDOW).mean()
    assert after["flightdelay_feature_mean", "distance"] == pytest.approx(mean)


def test_openmetrics_on_request(served):
    server, _ = served
    wants = {"Accept": "application/openmetrics-text; version=1.0.0"}
    answer = httpx.get(f"{server.url}/metrics", headers=wants)
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")
    assert httpx.get(f"{server.url}/metrics").headers["content-type"].startswith("text/plain")


GOOD = {"hour": 17.5, "distance": 500, "carrier": "EV", "origin": "EWR", "weekday": "Fri"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"flights": [GOOD | {"temp": "warm"}]}, "`flights[0].temp`: Input should be a valid num"),
        ({"flights": [GOOD, GOOD | {"hour": 25}]}, "`flights[1].hour`: Input should be less than"),
        ({"flights": [GOOD | {"weekday": "Friday"}]}, "'Mon', 'Tue'"),
        ({"flights": [GOOD | {"tmp": 5}]}, "`flights[0].tmp`: Extra inputs"),
        ({"flights": [{k: GOOD[k] for k in GOOD if k != "origin"}]}, "`flights[0].origin`: Field"),
        ({"flights": []}, "`flights`"),
        (GOOD, "`flights`: Field required"),
        ([GOOD], "`body`"),
        ({"flights": [GOOD] * 1001}, "at most 1000"),
        ({"flights": [GOOD | {"hour": "17.5"}]}, "`flights[0].hour`: Input should be a valid num"),
        ({"flights": [GOOD | {"sched_dep": "soon"}]}, "`flights[0].sched_dep`: Input should be"),
        ({"flights": [GOOD | {"sched_dep": "2013-04-01T06:00Z"}]}, "not have timezone info"),
    ],
)
def test_wrong_requests_get_a_sentence_for_each_field(served, content, says):
    server, _ = served
    answer = post(server, content)
    assert answer.status_code == 422
    assert any(says in sentence for sentence in answer.json()["errors"]), answer.json()


def test_every_wrong_field_is_named(served):
    server, _ = served
    answer = post(server, {"flights": [GOOD | {"temp": "warm", "humid": "wet"}]})
    assert len(answer.json()["errors"]) == 2
    broken = httpx.post(f"{server.url}/predict", content=b'{"flights": [', timeout=30)
    assert broken.status_code == 422
    half = rb'{"flights": [], "\ud800": 1}'
    assert httpx.post(f"{server.url}/predict", content=half, timeout=30).status_code == 422


def test_monitoring_shows_evidentlys_report(served, flights):
    server, database = served
    answer = post(server, body(flights)).json()
    logged(database, answer["request_id"])
    page = httpx.get(f"{server.url}/monitoring", params={"n": 400}, timeout=60)
    assert page.status_code == 200
    assert len(page.text) > 1_000_000
    assert "wind_speed" in page.text
    assert httpx.get(f"{server.url}/monitoring", params={"n": 1}).status_code == 422


def test_monitoring_of_nothing(saved, tmp_path):
    with serve(saved, tmp_path / "new.db") as server:
        page = httpx.get(f"{server.url}/monitoring", timeout=60)
        assert page.status_code == 404
        assert "No prediction has been logged yet" in page.text


def test_a_normal_stop_loses_nothing(saved, flights, tmp_path):
    database = tmp_path / "stopped.db"
    with serve(saved, database, "--quiet") as server, ThreadPoolExecutor(4) as pool:
        parts = [flights.iloc[i : i + 5] for i in range(0, 500, 5)]
        answers = list(pool.map(lambda part: post(server, body(part)).json(), parts))
        # Stopped (by SIGTERM) at once: the last rows still wait in the queue.
    answered = {p["flight_id"] for a in answers for p in a["predictions"]}
    table = predictions.last(database, 10**6)
    assert len(table) == 500
    assert set(table["flight_id"]) == answered


def test_a_stop_under_load_loses_nothing_that_was_answered(saved, flights, tmp_path):
    database, answered = tmp_path / "busy.db", []

    def send_until_refused():
        with httpx.Client(timeout=30) as client:
            while True:
                try:
                    answer = client.post(f"{server.url}/predict", json=body(flights.head(3)))
                except httpx.TransportError:
                    return
                if answer.status_code == 200:
                    answered.append(answer.json()["request_id"])

    server = serve(saved, database, "--quiet")
    senders = [threading.Thread(target=send_until_refused) for _ in range(4)]
    for sender in senders:
        sender.start()
    time.sleep(1)
    server.stop()  # SIGTERM, in the middle of everything
    for sender in senders:
        sender.join()
    kept = predictions.last(database, 10**6)["request_id"].value_counts()
    assert len(answered) > 5
    assert set(answered) <= set(kept.index)
    assert (kept == 3).all()


def test_a_kill_costs_at_most_the_unflushed_tail(saved, flights, tmp_path):
    database, answered = tmp_path / "killed.db", []
    server = serve(saved, database, "--quiet")
    process = psutil.Process(server._supervisor.pid).children()[0]
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        answer = post(server, body(flights.head(2))).json()
        answered.append((time.monotonic(), answer["request_id"]))
    process.kill()
    killed = time.monotonic()
    process.wait(10)
    server.stop()
    kept = set(predictions.last(database, 10**6)["request_id"])
    # The file is whole, and what was answered a little earlier is in it; a busy machine may be
    # slow to commit.
    allowed = 3 * predictions.FLUSH_SECONDS
    assert {name for when, name in answered if when < killed - allowed} <= kept
    check = sqlite3.connect(database).execute("PRAGMA integrity_check").fetchone()
    assert check == ("ok",)


def test_each_request_writes_one_line_with_its_id(saved, flights, tmp_path):
    with serve(saved, tmp_path / "lines.db") as server:
        good = post(server, body(flights.head(3)))
        bad = post(server, {"flights": []})
        httpx.get(f"{server.url}/health")
        time.sleep(0.3)
        lines = [json.loads(line) for line in server.said(50).splitlines() if line[:1] == "{"]
        rows = predictions.last(tmp_path / "lines.db", 10)
    one, two = lines
    ids = [a.headers["x-request-id"] for a in (good, bad)]
    assert [one["request_id"], two["request_id"]] == ids
    assert set(rows["request_id"]) == {good.json()["request_id"]} == {ids[0]}
    assert (one["status"], one["flights"], one["logged"], one["model"]) == (200, 3, True, "1")
    assert two["status"] == 422
    assert one["ms"] > 0


class Broken:
    """A model that fails for one carrier."""

    def __init__(self, real):
        self._real = real

    def __getitem__(self, i):
        return self._real[i]

    def predict_proba(self, features):
        if (features["carrier"] == "HA").any():
            raise ValueError("no such carrier")
        return self._real.predict_proba(features)


def test_a_model_that_fails_is_a_500_with_an_id_and_one_line(saved, tmp_path, caplog):
    app = service.create_app(Broken(model.load(saved)), tmp_path / "log.db")
    caplog.set_level(logging.INFO, logger="flightdelay")
    with TestClient(app) as client:
        answer = client.post("/predict", json={"flights": [GOOD | {"carrier": "HA"}]})
        assert answer.status_code == 500
        (line,) = [json.loads(m) for m in caplog.messages]
        assert line["request_id"] in answer.json()["errors"][0]
        assert line["error"] == "ValueError: no such carrier"
        assert line["status"] == 500
        text = client.get("/metrics").text
        assert 'flightdelay_requests_total{outcome="error"} 1.0' in text
        assert "flightdelay_request_seconds_count 1.0" in text
        assert client.post("/predict", json={"flights": [GOOD]}).status_code == 200


def test_only_predict_counts_as_a_request(saved, tmp_path):
    with TestClient(service.create_app(model.load(saved), tmp_path / "log.db")) as client:
        assert client.get("/monitoring", params={"n": 1}).status_code == 422
        assert client.get("/nothing").json() == {"errors": ["Not Found"]}
        text = client.get("/metrics").text
        for outcome in ("ok", "invalid", "error"):
            assert f'flightdelay_requests_total{{outcome="{outcome}"}} 0.0' in text


def test_a_service_that_cannot_start_says_why(saved, tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CourseError, match=f"Port {port} of this machine cannot be used"):
            command = service.command(saved, None)
            start("FlightDelay", lambda *_: command(port), ready="/health")
    (tmp_path / "text.db").write_text("this is no database, but it is long enough to be looked at")
    with pytest.raises(CourseError, match="cannot be used as a database"):
        serve(saved, tmp_path / "text.db")
    with pytest.raises(CourseError, match="no model at"):
        serve(tmp_path / "none.joblib", tmp_path / "new.db")
