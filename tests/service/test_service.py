"""The service over real HTTP, as a process of its own: answers, log, metrics, and refusals."""

import json
import logging
import time

import numpy as np
import pandas as pd
import pytest
from fastapi.testclient import TestClient

from tests.service.asking import GOOD, body, get, lines, logged, metrics, post
from utils import model, service
from utils.flights import CATEGORICAL, FEATURES, NUMERICAL
from utils.servers import local_http
from utils.service import predictions, requests
from utils.service.metrics import MEAN_WINDOW, SCORE_BINS, SCORE_EDGES


def local(app) -> TestClient:
    return TestClient(app, "http://127.0.0.1", client=("127.0.0.1", 50_000))


def test_answers_are_the_models(served, saved, flights):
    server, _ = served
    answer = post(server, body(flights)).json()
    expected = model.predict(model.load(saved), flights)
    got = [p["probability"] for p in answer["predictions"]]
    assert got == pytest.approx(list(expected), abs=1e-12)
    assert [p["flight_id"] for p in answer["predictions"]] == list(flights["flight_id"])


def test_one_flight_with_no_weather_at_all(served):
    server, _ = served
    answer = post(server, {"flights": [GOOD]})
    assert answer.status_code == 200
    assert 0 < answer.json()["predictions"][0]["probability"] < 1


def test_every_prediction_is_logged_whole(served, flights):
    server, database = served
    sent = flights.tail(200)
    before = time.time()
    answer = post(server, body(sent)).json()
    rows = logged(database, answer["request_id"])
    assert len(rows) == 200
    wanted = sent.reset_index(drop=True)
    pd.testing.assert_frame_equal(rows[FEATURES], wanted[FEATURES].astype(rows[FEATURES].dtypes))
    assert rows["sched_dep"].tolist() == wanted["sched_dep"].tolist()
    assert rows["challenger"].isna().all()
    assert list(rows["probability"]) == [p["probability"] for p in answer["predictions"]]
    # Times in a table are rounded to milliseconds.
    begin, end = (pd.Timestamp(t, unit="s") for t in (before - 0.001, time.time()))
    assert rows["received"].between(begin, end).all()


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


def test_the_page_of_metrics(served):
    server, _ = served
    page = get(server, "/metrics")
    assert page.headers["content-type"].startswith("text/plain")
    assert "_created" not in page.text
    # Its buckets, +Inf, the sum and the count: as lesson 06 counts the lines of a histogram.
    scores = [text for text in page.text.splitlines() if text.startswith("flightdelay_score_")]
    scores = [text for text in scores if not text.startswith("flightdelay_score_bin")]
    assert len(scores) == len(SCORE_EDGES) + 3
    assert "each feature in its own unit" in page.text
    assert "python_info" in page.text
    wants = {"Accept": "application/openmetrics-text; version=1.0.0"}
    answer = get(server, "/metrics", headers=wants)
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")
    assert "_created" not in answer.text


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"temp": "warm"}, "`flights[1].temp`: Input should be a valid number. It is 'warm'."),
        ({"temp": 1e308}, "`flights[1].temp`: Input should be less than or equal to 10000"),
        ({"visib": -10_001}, "`flights[1].visib`: Input should be greater than or equal to -10000"),
        ({"distance": -1}, "`flights[1].distance`: Input should be greater"),
        ({"hour": 25}, "`flights[1].hour`: Input should be less than 24"),
        ({"hour": "17.5"}, "`flights[1].hour`: Input should be a valid number"),
        ({"hour": True}, "`flights[1].hour`: Input should be a valid number"),
        ({"weekday": "Friday"}, "'Mon', 'Tue'"),
        ({"weekday": 0}, "'Mon', 'Tue'"),
        ({"tmp": 5}, "`flights[1].tmp`: Extra inputs"),
        ({"passenger": "Ada Smith"}, "`flights[1].passenger`: Extra inputs"),
        ({"carrier": "Ada Smith"}, "`flights[1].carrier`: String should match"),
        ({"carrier": "<"}, "`flights[1].carrier`: String should match"),
        ({"carrier": "ua"}, "`flights[1].carrier`: String should match"),
        ({"carrier": "UAL"}, "`flights[1].carrier`: String should match"),
        ({"carrier": None}, "`flights[1].carrier`: Input should be a valid string"),
        ({"origin": "EWR\n"}, "`flights[1].origin`: String should match"),
        ({"flight_id": "5"}, "`flights[1].flight_id`: Input should be a valid integer"),
        ({"flight_id": True}, "`flights[1].flight_id`: Input should be a valid integer"),
        ({"flight_id": 5.5}, "`flights[1].flight_id`: Input should be a valid integer"),
        ({"sched_dep": "soon"}, "`flights[1].sched_dep`: Input should be"),
        ({"sched_dep": 5}, "`flights[1].sched_dep`: give a local time as text, like"),
        ({"sched_dep": "1365400000.5"}, "`flights[1].sched_dep`: give a local time as text"),
        ({"sched_dep": True}, "`flights[1].sched_dep`: give a local time as text"),
        ({"sched_dep": "2013-04-01T06:00Z"}, "not have timezone info"),
    ],
)
def test_a_wrong_field_gets_a_sentence(served, change, says):
    server, _ = served
    answer = post(server, {"flights": [GOOD, GOOD | change]})
    assert answer.status_code == 422
    (sentence,) = answer.json()["errors"]
    assert says in sentence


@pytest.mark.parametrize("temp", [-10_000, -9999, 0, 10_000, None])
def test_what_monitoring_should_see_is_answered(served, temp):
    server, _ = served
    assert post(server, {"flights": [GOOD | {"temp": temp}]}).status_code == 200


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"flights": [{k: GOOD[k] for k in GOOD if k != "origin"}]}, "`flights[0].origin`: Field"),
        ({"flights": []}, "`flights`"),
        (GOOD, "`flights`: Field required"),
        ([GOOD], "`body`"),
        ({"flights": [GOOD] * 1001}, "at most 1000"),
    ],
)
def test_a_wrong_request_gets_a_sentence(served, content, says):
    server, _ = served
    answer = post(server, content)
    assert answer.status_code == 422
    assert any(says in sentence for sentence in answer.json()["errors"]), answer.json()


@pytest.mark.parametrize(
    ("wrong", "sentences"),
    [(1, 2), (10, 20), (11, 21), (1000, 21)],
)
def test_every_wrong_field_is_named_up_to_a_limit(served, wrong, sentences):
    server, _ = served
    answer = post(server, {"flights": [GOOD | {"temp": "warm", "humid": "wet"}] * wrong})
    said = answer.json()["errors"]
    assert len(said) == sentences
    if wrong > 10:
        assert said[-1].startswith(f"There are {2 * wrong - 20:,} more faults")


def raw(server, content, **headers):
    headers = {"Content-Type": "application/json"} | headers
    return local_http.post(f"{server.url}/predict", content=content, headers=headers, timeout=120)


def test_what_is_no_json_gets_a_sentence(served):
    server, _ = served
    broken = raw(server, b'{"flights": [')
    assert broken.status_code == 422
    (said,) = broken.json()["errors"]
    assert said == "The body is no JSON: Expecting value, at character 13."
    assert raw(server, rb'{"flights": [], "\ud800": 1}').status_code == 422
    (said,) = raw(server, b'{"flights": []}', **{"Content-Type": "text/plain"}).json()["errors"]
    assert "`Content-Type: application/json`" in said


def test_a_body_has_a_limit(served):
    server, _ = served
    # The largest request that there can be is far below it.
    longest = GOOD | dict.fromkeys(NUMERICAL[2:], -1234.567890123456789)
    longest |= {"flight_id": 2**53, "sched_dep": "2013-04-01T06:00:00.000000"}
    most = {"flights": [longest] * requests.MOST_FLIGHTS}
    assert len(json.dumps(most, indent=4)) < requests.MOST_BYTES
    assert post(server, most).status_code == 200
    answer = raw(server, b"[" + b"1," * requests.MOST_BYTES)
    assert answer.status_code == 413
    assert answer.json()["errors"]
    # Without a length told before it, too.
    parts = (b"1," * 1000 for _ in range(requests.MOST_BYTES // 1000))
    assert raw(server, parts).status_code == 413


def test_only_this_machine_is_listened_to(served):
    server, _ = served
    assert get(server, "/health", headers={"Host": "evil.example"}).status_code == 400
    assert get(server, "/health", headers={"Host": "localhost:80"}).status_code == 200
    new = {"path": "nowhere.joblib", "version": "2", "role": "champion"}
    # Nobody is believed to be someone else, and no strange page may change a model.
    cases = {"X-Forwarded-For": ("8.8.8.8", 422), "Origin": ("http://evil.example", 403)}
    for header, (value, status) in cases.items():
        assert post(server, new, "/model", headers={header: value}).status_code == status
    for origin, status in {"null": 403, server.url: 422}.items():
        assert post(server, new, "/model", headers={"Origin": origin}).status_code == status


def test_the_description_has_a_schema_for_every_answer(served):
    server, _ = served
    described = get(server, "/openapi.json").json()
    flight = described["components"]["schemas"]["Flight"]["properties"]
    assert list(flight)[:2] == ["flight_id", "sched_dep"]
    assert set(flight) == {"flight_id", "sched_dep", *FEATURES}
    answers = described["paths"]["/predict"]["post"]["responses"]
    schemas = {
        status: answer["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[-1]
        for status, answer in answers.items()
    }
    assert schemas == {"200": "Predictions", "422": "Errors"}


def test_monitoring_shows_evidentlys_report(served, flights):
    server, database = served
    # Text that was written before codes were checked, or by another program, stays text.
    log, hostile = predictions.PredictionLog(database), ["</script>", "<svg onload=title=1>"]
    for i, flight in enumerate(requests.as_json(flights.head(100))):
        changed = flight | dict.fromkeys(CATEGORICAL, hostile[i % 2])
        features = [changed[name] for name in FEATURES]
        log.put([("hostile", time.time(), "1", i, flight["sched_dep"], *features, 0.2, None, None)])
    log.close()
    answer = post(server, body(flights)).json()
    logged(database, answer["request_id"])
    page = get(server, "/monitoring", params={"n": 600})
    assert page.status_code == 200
    assert len(page.text) > 1_000_000
    assert "wind_speed" in page.text
    assert "&lt;svg onload" in page.text
    assert "<svg onload" not in page.text
    # As a page of no origin: its scripts cannot ask the service for anything.
    assert page.headers["content-security-policy"] == "sandbox allow-scripts"
    assert get(server, "/monitoring", params={"n": 1}).status_code == 422


def test_monitoring_of_nothing(saved, tmp_path):
    with local(service.create_app(model.load(saved), tmp_path / "new.db")) as client:
        page = client.get("/monitoring")
        assert page.status_code == 404
        assert "No prediction has been logged yet" in page.text


def test_each_request_writes_one_line_with_its_id(served, flights):
    server, database = served
    good, bad = post(server, body(flights.head(3))), post(server, {"flights": []})
    one, two = lines(server, *[a.headers["x-request-id"] for a in (good, bad)])
    assert one["request_id"] == good.json()["request_id"]
    assert len(logged(database, one["request_id"])) == 3
    assert (one["status"], one["flights"], one["logged"], one["model"]) == (200, 3, True, "1")
    assert (one["method"], one["path"]) == ("POST", "/predict")
    assert two["status"] == 422
    assert one["ms"] > 0
    # The time is in UTC, and that of the request.
    came = logged(database, one["request_id"])["received"].iloc[0]
    assert one["time"].endswith("Z")
    assert abs(pd.Timestamp(one["time"]).tz_localize(None) - came) < pd.Timedelta("1min")
    health = get(server, "/health").headers["x-request-id"]
    lines(server, post(server, {}).headers["x-request-id"])
    assert health not in server.said(10_000)


def test_no_line_holds_what_the_client_wrote(served):
    server, _ = served
    answers = [
        get(server, "/passenger/Ada%20Smith"),
        get(server, "/monitoring", params={"n": "Ada Smith"}),
        local_http.request("PROPFIND", server.url),
        post(server, {"flights": [GOOD | {"carrier": "Ada Smith"}]}),
    ]
    nowhere, page, odd, field = lines(server, *[a.headers["x-request-id"] for a in answers])
    assert (nowhere["path"], nowhere["status"]) == (None, 404)
    assert page["path"] == "/monitoring"
    assert odd["method"] == "other"
    assert field["path"] == "/predict"
    # (An id in hexadecimal digits may well hold an "ada".)
    assert "smith" not in server.said(10_000).lower()


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
    with local(app) as client:
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
    with local(service.create_app(model.load(saved), tmp_path / "log.db")) as client:
        assert client.get("/monitoring", params={"n": 1}).status_code == 422
        assert client.get("/nothing").json() == {"errors": ["Not Found"]}
        text = client.get("/metrics").text
        for outcome in ("ok", "invalid", "error"):
            assert f'flightdelay_requests_total{{outcome="{outcome}"}} 0.0' in text
