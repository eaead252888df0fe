"""The service over real HTTP, as a process of its own: answers, log, metrics, stops and kills."""

import json
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pandas as pd
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from utils import model, predictions, service
from utils.errors import CourseError
from utils.flights import FEATURES, NUMERICAL, load_flights
from utils.metrics import BINS, SCORES, WINDOW
from utils.servers import Server, start


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
    return {"flights": rows.where(rows.notna(), None).to_dict("records")}


def post(server, content):
    return httpx.post(f"{server.url}/predict", json=content, timeout=30)


def metrics(server):
    text = httpx.get(f"{server.url}/metrics").text
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name, *sample.labels.values()] = sample.value
    return found


def logged(database, wanted):
    until = time.monotonic() + 10
    while len(table := predictions.last(database, 10**6)) < wanted and time.monotonic() < until:
        time.sleep(0.05)
    return table


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
    before = len(predictions.last(database, 10**6))
    sent = flights.tail(200)
    answer = post(server, body(sent)).json()
    table = logged(database, before + 200)
    rows = table[table["request_id"] == answer["request_id"]].reset_index(drop=True)
    assert len(rows) == 200
    wanted = sent.reset_index(drop=True)
    pd.testing.assert_frame_equal(rows[FEATURES], wanted[FEATURES].astype(rows[FEATURES].dtypes))
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
    assert grew("flightdelay_model_seconds_count") == grew("flightdelay_request_seconds_count") == 1
    missing = some[NUMERICAL].isna().sum()
    assert grew("flightdelay_missing_values_total", "pressure") == missing["pressure"] >= 7
    assert after["flightdelay_log_dropped_total",] == 0
    bins = [grew("flightdelay_score_bin_total", edge) for edge in BINS]
    assert sum(bins) == 40
    assert np.cumsum(bins)[:-1].tolist() == [
        grew("flightdelay_score_bucket", str(edge)) for edge in SCORES
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
    mean = flights["distance"].tail(WINDOW).mean()
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


def test_monitoring_shows_evidentlys_report(served, flights):
    server, database = served
    post(server, body(flights))
    logged(database, 500)
    page = httpx.get(f"{server.url}/monitoring", params={"n": 400}, timeout=60)
    assert page.status_code == 200
    assert len(page.text) > 1_000_000
    assert "wind_speed" in page.text
    assert httpx.get(f"{server.url}/monitoring", params={"n": 1}).status_code == 422


def test_monitoring_of_nothing(saved, tmp_path):
    with serve(saved, tmp_path / "new.db") as server:
        page = httpx.get(f"{server.url}/monitoring", timeout=60)
        assert page.status_code == 503
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


def test_a_kill_costs_at_most_the_unflushed_tail(saved, flights, tmp_path):
    database = tmp_path / "killed.db"
    server = serve(saved, database, "--quiet")
    post(server, body(flights.head(300)))
    time.sleep(5 * predictions.FLUSH_SECONDS)
    post(server, body(flights.tail(100)))
    process = psutil.Process(server._supervisor.pid).children()[0]
    process.kill()
    process.wait(10)
    server.stop()
    # The file is whole, and what was accepted a second before is in it.
    assert len(predictions.last(database, 10**6)) in (300, 400)
    check = sqlite3.connect(database).execute("PRAGMA integrity_check").fetchone()
    assert check == ("ok",)


def test_each_request_writes_one_line_with_its_id(saved, flights, tmp_path):
    with serve(saved, tmp_path / "lines.db") as server:
        answer = post(server, body(flights.head(3))).json()
        time.sleep(0.3)
        lines = [json.loads(line) for line in server.said(50).splitlines() if line[:1] == "{"]
    (line,) = [line for line in lines if line["request_id"] == answer["request_id"]]
    assert line["flights"] == 3
    assert line["logged"] is True


def test_a_service_that_cannot_start_says_why(saved, tmp_path):
    (tmp_path / "text.db").write_text("this is no database, but it is long enough to be looked at")
    with pytest.raises(CourseError, match="cannot be used as a database"):
        serve(saved, tmp_path / "text.db")
    with pytest.raises(CourseError, match="no model at"):
        serve(tmp_path / "none.joblib", tmp_path / "new.db")


# The log by itself.


def row(i):
    return (f"r{i}", 1e9 + i, "1", i, *[0.5] * len(NUMERICAL), "EV", "EWR", "Mon", 0.2)


def test_log_keeps_order_and_all_rows(tmp_path):
    store = predictions.PredictionLog(tmp_path / "log.db")
    for i in range(0, 5000, 10):
        assert store.put([row(j) for j in range(i, i + 10)])
    store.close()
    assert store.waiting == store.dropped == 0
    table = predictions.last(tmp_path / "log.db", 10**6)
    assert list(table["flight_id"]) == list(range(5000))
    assert list(predictions.last(tmp_path / "log.db", 3)["flight_id"]) == [4997, 4998, 4999]


def test_a_trickle_is_flushed_in_time(tmp_path):
    store = predictions.PredictionLog(tmp_path / "log.db")
    until = time.monotonic() + 6 * predictions.FLUSH_SECONDS
    while time.monotonic() < until:
        store.put([row(1)])
        time.sleep(predictions.FLUSH_SECONDS / 10)
    # Rows never stop coming, and are on disk all the same.
    assert store.written > 20
    store.close()


def test_a_full_log_refuses_and_counts(tmp_path):
    store = predictions.PredictionLog(tmp_path / "log.db", capacity=100)
    lock = sqlite3.connect(tmp_path / "log.db")
    lock.execute("BEGIN IMMEDIATE")  # the writer has to wait
    taken = sum(store.put([row(i)]) for i in range(1000))
    assert taken == 100
    assert store.dropped == 900
    lock.rollback()
    store.close()
    assert len(predictions.last(tmp_path / "log.db", 10**6)) == 100
    assert not store.put([row(1)]), "a closed log takes nothing"


def test_a_log_that_cannot_be_written_says_so(tmp_path):
    store = predictions.PredictionLog(tmp_path / "log.db")
    thief = sqlite3.connect(tmp_path / "log.db")
    thief.execute("DROP TABLE predictions")
    thief.commit()
    store.put([row(1)])
    until = time.monotonic() + 10
    while store.problem is None and time.monotonic() < until:
        time.sleep(0.05)
    assert "no such table" in store.problem
    assert store.dropped == 1
    store.close()


def test_between_takes_the_beginning_and_leaves_the_end(tmp_path):
    store = predictions.PredictionLog(tmp_path / "log.db")
    store.put([row(i) for i in range(10)])
    store.close()
    second = pd.Timestamp(1e9, unit="s")
    part = predictions.between(
        tmp_path / "log.db", second + pd.Timedelta("2s"), second + pd.Timedelta("5s")
    )
    assert list(part["flight_id"]) == [2, 3, 4]


def test_reading_what_is_not_there(tmp_path):
    with pytest.raises(CourseError, match="no database"):
        predictions.last(tmp_path / "none.db", 5)
    (tmp_path / "bad.db").write_text("nonsense")
    with pytest.raises(CourseError, match="cannot be read as a database of predictions"):
        predictions.last(tmp_path / "bad.db", 5)
