"""Models of the service change under load, and no request fails; challengers answer nobody."""

import signal
import threading

import pytest
from fastapi.testclient import TestClient

from tests.service.asking import GOOD, PATIENCE, body, post, program, serve, wait_for
from tests.service.test_service import local
from utils import model, service
from utils.flights import load_flights
from utils.servers import local_http
from utils.service import predictions


@pytest.fixture(scope="module")
def both(saved, tmp_path_factory):
    """Return two models' files: of winter, and of spring."""
    spring = tmp_path_factory.mktemp("models") / "spring.joblib"
    model.save(model.train(load_flights(14, 20)), spring)
    return saved, spring


def change(server_or_client, path, version, role):
    content = {"path": str(path), "version": version, "role": role}
    if isinstance(server_or_client, TestClient):
        return server_or_client.post("/model", json=content)
    return post(server_or_client, content, "/model")


def test_swapping_under_load_fails_no_request(both, tmp_path):
    flights = load_flights(21, 21).head(4)
    expected = {
        version: pytest.approx(list(model.predict(model.load(path), flights)))
        for version, path in zip("12", both, strict=True)
    }
    answers, done = [], threading.Event()

    def send():
        with local_http.client(server.url, timeout=120) as client:
            while not done.is_set():
                answers.append(client.post("/predict", json=body(flights)))

    with serve(both[0], tmp_path / "log.db", "--quiet") as server:
        senders = [threading.Thread(target=send) for _ in range(4)]
        for sender in senders:
            sender.start()
        for i in range(6):
            version = "21"[i % 2]
            done_change = change(server, both[int(version) - 1], version, "champion")
            assert done_change.json()["model"] == version
            wait_for(lambda v=version: answers and answers[-1].json().get("model") == v)
        done.set()
        for sender in senders:
            sender.join()
        program(server).send_signal(signal.SIGINT)  # Ctrl+C
        assert server._supervisor.wait(PATIENCE) == 130
        assert "Traceback" not in server.said(1000)
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


def test_a_challenger_is_scored_beside_and_then_promoted(both, tmp_path):
    flights = load_flights(21, 21).head(50)
    with local(service.create_app(model.load(both[0]), tmp_path / "log.db")) as client:
        assert change(client, both[1], "2", "challenger").json()["challenger"] == "2"
        answer = client.post("/predict", json=body(flights)).json()
        promoted = change(client, both[1], "2", "champion").json()
        assert (promoted["model"], promoted["challenger"]) == ("2", None)
        text = client.get("/metrics").text
        assert 'flightdelay_model_info{version="2"} 1.0' in text
        assert 'version="1"' not in text
    table = predictions.last(tmp_path / "log.db", 100)
    assert set(table["model"]) == {"1"} == {answer["model"]}
    assert set(table["challenger_model"]) == {"2"}
    champion, challenger = (model.predict(model.load(p), flights) for p in both)
    assert list(table["probability"]) == pytest.approx(list(champion))
    assert list(table["challenger"]) == pytest.approx(list(challenger))


def test_a_challenge_can_be_ended(both, tmp_path):
    with local(service.create_app(model.load(both[0]), tmp_path / "log.db")) as client:
        change(client, both[1], "2", "challenger")
        assert client.delete("/model/challenger").json()["challenger"] is None


class Fails:
    def predict_proba(self, features):
        raise ValueError("not today")


def test_a_challenger_that_fails_hurts_nobody(both, tmp_path):
    app = service.create_app(model.load(both[0]), tmp_path / "log.db")
    with local(app) as client:
        champion = app.state.models.champion
        app.state.models = service.Models(champion, service.Served(Fails(), "2"))
        assert client.post("/predict", json={"flights": [GOOD]}).status_code == 200
    table = predictions.last(tmp_path / "log.db", 10)
    assert len(table) == 1
    assert table["challenger"].isna().all()


def test_what_is_no_model_is_refused_and_changes_nothing(both, tmp_path):
    text = tmp_path / "text.joblib"
    text.write_text("no model")
    with local(service.create_app(model.load(both[0]), None)) as client:
        faults = {tmp_path / "none.joblib": "no file", text: "cannot be read"}
        faults |= {tmp_path: "no file", "a" * 5000: "holds no FlightDelay", "": "no file"}
        for path, says in faults.items():
            refused = change(client, path, "2", "champion")
            assert refused.status_code == 422
            assert says in refused.json()["errors"][0]
        assert client.get("/health").json()["model"] == "1"
        assert client.post("/model", json={"path": "x", "version": "2"}).status_code == 422


def test_models_change_from_this_machine_only(both):
    app = service.create_app(model.load(both[0]), None)
    with TestClient(app, "http://127.0.0.1", client=("192.0.2.7", 50_000)) as client:
        assert change(client, both[1], "2", "champion").status_code == 403
        assert client.delete("/model/challenger").status_code == 403
