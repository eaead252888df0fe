"""What stops, kills and starts that fail cost: told, counted, and never more than is promised."""

import asyncio
import json
import logging
import socket
import sqlite3
import threading

import httpx
import pytest

from tests.service.asking import body, post, program, serve, wait_for
from utils import model, servers, service
from utils.servers import local_http
from utils.service import predictions, process, request_log


def test_a_stop_under_load_loses_nothing_that_was_answered(saved, flights, tmp_path):
    database, answered = tmp_path / "busy.db", []

    def send_until_refused():
        with local_http.client(server.url, timeout=120) as client:
            while True:
                try:
                    answer = client.post("/predict", json=body(flights.head(3)))
                except httpx.TransportError:
                    return
                if answer.status_code == 200:
                    answered.append(answer.json()["request_id"])

    server = serve(saved, database, "--quiet")
    senders = [threading.Thread(target=send_until_refused) for _ in range(4)]
    for sender in senders:
        sender.start()
    wait_for(lambda: len(answered) > 20)
    server.stop()  # SIGTERM, in the middle of everything
    for sender in senders:
        sender.join()
    kept = predictions.last(database, 10**6)["request_id"].value_counts()
    assert set(answered) <= set(kept.index)
    assert (kept == 3).all()


def test_a_kill_costs_at_most_the_unflushed_tail(saved, flights, tmp_path):
    database, answered = tmp_path / "killed.db", []
    with serve(saved, database, "--quiet") as server:
        victim = program(server)

        def ask():
            answered.append(post(server, body(flights.head(2))).json()["request_id"])
            return answered

        def on_disk():
            return set(predictions.last(database, 10**6)["request_id"])

        wait_for(lambda: ask() and len(on_disk()) > 5)
        before = on_disk()
        for _ in range(10):
            ask()
        victim.kill()
        victim.wait(120)
    kept = on_disk()
    assert before <= kept
    # Whole requests, and no hole: only the last ones are missing.
    assert kept == set(answered[: len(kept)])
    assert len(predictions.last(database, 10**6)) == 2 * len(kept)
    check = sqlite3.connect(database).execute("PRAGMA integrity_check").fetchone()
    assert check == ("ok",)


def ask_directly(app, receive, cancel_when=None) -> list[dict]:
    """Send a request to an app without a server; return what it sends."""
    sent = []
    scope = {"type": "http", "method": "POST", "path": "/predict", "query_string": b""}
    named = [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")]
    scope |= {"headers": named, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80)}

    async def send(message):
        sent.append(message)

    async def ask():
        task = asyncio.create_task(app(scope, receive, send))
        if cancel_when:
            await cancel_when.wait()
            task.cancel("Task cancelled, timeout graceful shutdown exceeded")
        await task

    asyncio.run(ask())
    return sent


def test_a_request_that_the_stop_cuts_is_a_503_and_one_line(caplog):
    begun = asyncio.Event()

    async def slow(scope, receive, send):
        begun.set()
        await asyncio.Event().wait()

    head, content = ask_directly(request_log.RequestLog(slow, None), None, begun)
    assert head["status"] == 503
    assert "Ask again" in json.loads(content["body"])["errors"][0]
    (line,) = [json.loads(message) for message in caplog.messages]
    assert line["status"] == 503
    assert "being stopped" in line["error"]


def test_a_client_that_never_sends_its_body_is_given_up(saved, monkeypatch, caplog):
    caplog.set_level(logging.INFO, logger="flightdelay")
    monkeypatch.setattr(request_log, "BODY_SECONDS", 0.1)
    parts = iter([{"type": "http.request", "body": b'{"flights": [', "more_body": True}])

    async def receive():
        for part in parts:
            return part
        await asyncio.Event().wait()

    head, content = ask_directly(service.create_app(model.load(saved), None), receive)
    assert head["status"] == 408
    assert "did not come" in json.loads(content["body"])["errors"][0]
    assert [json.loads(message)["status"] for message in caplog.messages] == [408]


@pytest.fixture
def taken():
    """Return a port at which somebody listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield str(other.getsockname()[1])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"--port": "99999"}, "no port 99999: give a number from 1 to 65535"),
        ({"--port": "0"}, "no port 0"),
        ({"--port": "-1"}, "no port -1"),
        ({"--port": "taken"}, r"Port \d+ of this machine cannot be used"),
        ({"--database": "text.db"}, "cannot be used as a database"),
        ({"--model": "none.joblib"}, "no model at"),
    ],
)
def test_a_service_that_cannot_start_says_why(saved, tmp_path, monkeypatch, taken, options, says):
    (tmp_path / "text.db").write_text("this is no database, but it is long enough to be looked at")
    monkeypatch.chdir(tmp_path)
    given = {"--port": str(free_port()), "--model": str(saved)} | options
    words = [taken if word == "taken" else word for pair in given.items() for word in pair]
    monkeypatch.setattr("sys.argv", ["service", *words])
    with pytest.raises(SystemExit, match=says):
        process.main()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_the_shortest_stop_that_loses_nothing_fits_into_the_supervisors_patience():
    slowest = process.PATIENCE_SECONDS + predictions.GRACE_SECONDS + predictions.LOCK_SECONDS
    assert 1.5 * slowest < servers.process.STOP_SECONDS
