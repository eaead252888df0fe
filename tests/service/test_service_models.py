"""Models of the service change under load, and no request fails; challengers answer nobody."""

import threading
import time

import httpx
import pytest
from fastapi.testclient import TestClient

from tests.service.test_service import GOOD, body, serve
from utils import model, service
from utils.flights import FEATURES, load_flights
from utils.service import predictions


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Return two models' files: of winter, and of spring."""
    folder = tmp_path_factory.mktemp("models")
    paths = [folder / "winter.joblib", folder / "spring.joblib"]
    for path, weeks in zip(paths, [(1, 9), (14, 20)], strict=True):
        model.save(model.train(load_flights(*weeks)), path)
    return paths


def change(server_or_client, path, version, role):
    content = {"path": str(path), "version": version, "role": role}
    if isinstance(server_or_client, TestClient):
        return server_or_client.post("/model", json=content)
    return httpx.post(f"{server_or_client.url}/model", json=content, timeout=30)


def local(app):
    return TestClient(app, client=("127.0.0.1", 50_000))


def test_swapping_under_load_fails_no_request(saved, tmp_path):
    flights = load_flights(21, 21).head(4)
    expected = {
        version: pytest.approx(list(model.predict(model.load(path), flights)))
        for version, path in zip("12", saved, strict=True)
    }
    answers, done = [], threading.Event()

    def send():
        with httpx.Client(timeout=30) as client:
            while not done.is_set():
                answers.append(client.post(f"{server.url}/predict", json=body(flights)))

    with serve(saved[0], tmp_path / "log.db", "--quiet") as server:
        senders = [threading.Thread(target=send) for _ in range(4)]
        for sender in senders:
            sender.start()
        for i in range(6):
            version = "21"[i % 2]
            done_change = change(server, saved[int(version) - 1], version, "champion")
            assert done_change.json()["model"] == version
            time.sleep(0.1)
        done.set()
        for sender in senders:
            sender.join()
    assert {a.status_code for a in answers} == {200}
    used = {a.json()["model"] for a in answers}
    assert used == {"1", "2"}
    for answer in answers:
        # Each answer is of one model, the one that it names.
        given = [p["probability"] for p in answer.json()["predictions"]]
        assert given == expected[answer.json()["model"]]
    table = predictions.last(tmp_path / "log.db", 10**6)
    assert len(table) == 4 * len(answers)
    assert set(table["model"]) == used


def test_a_challenger_is_scored_beside_and_then_promoted(saved, tmp_path):
    flights = load_flights(21, 21).head(50)
    with serve(saved[0], tmp_path / "log.db", "--quiet") as server:
        assert change(server, saved[1], "2", "challenger").json()["challenger"] == "2"
        answer = httpx.post(f"{server.url}/predict", json=body(flights), timeout=30).json()
        promoted = change(server, saved[1], "2", "champion").json()
        assert (promoted["model"], promoted["challenger"]) == ("2", None)
        text = httpx.get(f"{server.url}/metrics").text
        assert 'flightdelay_model_info{version="2"} 1.0' in text
        assert 'version="1"' not in text
    table = predictions.last(tmp_path / "log.db", 100)
    assert set(table["model"]) == {"1"} == {answer["model"]}
    assert set(table["challenger_model"]) == {"2"}
    champion, challenger = (model.predict(model.load(p), flights) for p in saved)
    assert list(table["probability"]) == pytest.approx(list(champion))
    assert list(table["challenger"]) == pytest.approx(list(challenger))


def test_a_challenge_can_be_ended(saved, tmp_path):
    with local(service.create_app(model.load(saved[0]), tmp_path / "log.db")) as client:
        change(client, saved[1], "2", "challenger")
        assert client.delete("/model/challenger").json()["challenger"] is None


class Fails:
    def predict_proba(self, features):
        raise ValueError("not today")


def test_a_challenger_that_fails_hurts_nobody(saved, tmp_path):
    app = service.create_app(model.load(saved[0]), tmp_path / "log.db")
    with local(app) as client:
        champion = app.state.models.champion
        app.state.models = service.Models(champion, service.Served(Fails(), "2"))
        assert client.post("/predict", json={"flights": [GOOD]}).status_code == 200
    table = predictions.last(tmp_path / "log.db", 10)
    assert len(table) == 1
    assert table["challenger"].isna().all()


def test_what_is_no_model_is_refused_and_changes_nothing(saved, tmp_path):
    text = tmp_path / "text.joblib"
    text.write_text("no model")
    with local(service.create_app(model.load(saved[0]), None)) as client:
        for path, says in [(tmp_path / "none.joblib", "no file"), (text, "cannot be read")]:
            refused = change(client, path, "2", "champion")
            assert refused.status_code == 422
            assert says in refused.json()["errors"][0]
        assert client.get("/health").json()["model"] == "1"
        assert client.post("/model", json={"path": "x", "version": "2"}).status_code == 422


def test_models_change_from_this_machine_only(saved):
    app = service.create_app(model.load(saved[0]), None)
    with TestClient(app, client=("192.0.2.7", 50_000)) as client:
        assert change(client, saved[1], "2", "champion").status_code == 403
        assert client.delete("/model/challenger").status_code == 403


def test_features_of_the_model_are_fields_of_a_flight():
    assert set(FEATURES) < set(service.Flight.model_fields)
