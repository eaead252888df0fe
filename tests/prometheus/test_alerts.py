"""A real Alertmanager: what the desk is told, what it is not, and nothing left behind."""

import os
import signal
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest

from utils import prometheus
from utils.errors import CourseError
from utils.prometheus import alerts, label_matchers
from utils.servers import find_program, process

pytestmark = pytest.mark.skipif(
    not (find_program.find("prometheus") and find_program.find("alertmanager")),
    reason="Prometheus or Alertmanager is not installed: make prometheus",
)

INHIBITING = """
route:
  receiver: desk
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
receivers:
- name: desk
inhibit_rules:
- source_matchers: [alertname="ServiceDown"]
  target_matchers: [severity="ticket"]
  equal: [job]
"""


@pytest.fixture
def manager():
    with alerts.start(name="tested") as running:
        yield running


def told(manager):
    return manager.alerts().set_index("alertname")["told"].to_dict()


def test_twenty_alerts_are_one_notification():
    # Without a wait the first of the twenty may go out alone, on a busy machine.
    config = alerts.CONFIG.replace("group_wait: 0s", "group_wait: 500ms")
    every = [{"alertname": "TooSlow", "instance": str(i)} for i in range(20)]
    with alerts.start(config, name="twenty") as manager:
        manager.send([*every, {"alertname": "Other"}], summary="slow")
        table = manager.wait(2).set_index("group")
    slow = table.loc['alertname="TooSlow"']
    assert slow["alerts"] == 20
    assert slow["status"] == "firing"
    assert slow["receiver"] == "desk"
    assert slow["labels"] == {"alertname": "TooSlow"}
    assert slow["annotations"] == {"summary": "slow"}
    assert table.loc['alertname="Other"', "alerts"] == 1
    assert (prometheus.now() - table["received"]).max() < pd.Timedelta(minutes=1)


def test_alerts_of_a_group_wait_for_each_other():
    config = alerts.CONFIG.replace("group_wait: 0s", "group_wait: 1s")
    with alerts.start(config, name="grouping") as manager:
        began = time.monotonic()
        for instance in "abc":
            manager.send([{"alertname": "TooSlow", "instance": instance}])
        assert list(manager.wait(1)["alerts"]) == [3]
        assert time.monotonic() - began > 0.8


def test_before_anything_came_the_tables_are_empty_and_have_their_columns(manager):
    assert list(manager.notifications().columns) == alerts._COLUMNS
    assert list(manager.alerts().columns) == ["alertname", "told"]
    assert len(manager.silences()) == len(manager.alerts()) == 0


def test_the_end_is_told_too(manager):
    manager.send([{"alertname": "TooSlow"}])
    manager.wait(1)
    manager.send([{"alertname": "TooSlow"}], resolved=True)
    assert list(manager.wait(2)["status"]) == ["firing", "resolved"]


def test_a_silence_keeps_quiet_until_it_expires(manager):
    silence = manager.silence('alertname="TooSlow", instance=~"a|b"', comment="works")
    assert manager.silences()[["matchers", "state", "comment"]].to_numpy().tolist() == [
        ['alertname="TooSlow", instance=~"a|b"', "active", "works"]
    ]
    manager.send([{"alertname": "TooSlow", "instance": "a"}, {"alertname": "Other"}])
    assert list(manager.wait(1)["group"]) == ['alertname="Other"']
    assert told(manager) == {"TooSlow": "no: silenced", "Other": "yes"}
    manager.expire(silence)
    assert list(manager.silences()["state"]) == ["expired"]
    assert list(manager.wait(2)["group"])[1] == 'alertname="TooSlow"'


def test_one_alert_inhibits_another():
    with alerts.start(INHIBITING, name="inhibiting") as manager:
        manager.send([{"alertname": "ServiceDown", "job": "a", "severity": "page"}])
        manager.wait(1)
        manager.send([{"alertname": "TooSlow", "job": "a", "severity": "ticket"}])
        manager.send([{"alertname": "TooMany", "job": "b", "severity": "ticket"}])
        assert list(manager.wait(2)["group"])[1] == 'alertname="TooMany"'
        assert told(manager) == {
            "ServiceDown": "yes",
            "TooSlow": "no: inhibited",
            "TooMany": "yes",
        }


def test_receivers_are_told_apart():
    config = """
route:
  receiver: desk
  group_wait: 0s
  routes:
  - receiver: tickets
    matchers: [severity="ticket"]
    group_wait: 0s
receivers:
- name: desk
- name: tickets
"""
    with alerts.start(config, name="routing") as manager:
        manager.send([{"alertname": "A", "severity": "page"}])
        manager.send([{"alertname": "B", "severity": "ticket"}])
        table = manager.wait(2)
    assert {
        (r, v["alertname"]) for r, v in zip(table["receiver"], table["labels"], strict=True)
    } == {
        ("desk", "A"),
        ("tickets", "B"),
    }


@pytest.mark.parametrize(("every", "limit"), [("1s", 3.0), ("200ms", 1.0)])
def test_from_condition_to_notification(every, limit):
    """A page's value jumps; the webhook is called within `limit` seconds of it."""
    value = [0]

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(f"# TYPE trouble gauge\ntrouble {value[0]}\n".encode())

        def log_message(self, *_):
            pass

    page = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=page.serve_forever, daemon=True).start()
    rules = "groups: [{name: g, rules: [{alert: Trouble, expr: trouble > 0, for: 0s}]}]"
    with (
        alerts.start(name="timed") as manager,
        prometheus.start(
            {"flightdelay": [f"127.0.0.1:{page.server_port}"]},
            every=every,
            rules=rules,
            alertmanager=manager.address,
            name="timing",
        ) as server,
    ):
        until = time.monotonic() + 30
        while server.query("trouble").empty:
            assert time.monotonic() < until
            time.sleep(0.05)
        # The best of three: other tests run at the same time.
        seconds = []
        for turn in range(1, 4):
            value[0] = 1
            began = prometheus.now()
            received = manager.wait(2 * turn - 1)["received"].iloc[-1]
            seconds.append((received - began).total_seconds())
            value[0] = 0
            manager.wait(2 * turn)
    page.shutdown()
    print(f"from the condition to the notification at {every}: {sorted(seconds)} s")
    assert min(seconds) < limit


def test_an_alert_from_the_first_second_on_is_told_too():
    rules = "groups: [{name: g, rules: [{alert: Watchdog, expr: vector(1)}]}]"
    with (
        alerts.start(name="early") as manager,
        prometheus.start(every="1s", rules=rules, alertmanager=manager.address, name="early too"),
    ):
        began = time.monotonic()
        assert list(manager.wait(1)["group"]) == ['alertname="Watchdog"']
        print(f"from the start to the notification: {time.monotonic() - began:.1f} s")


def test_a_cell_can_be_run_twice_and_nothing_stays(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    threads = threading.active_count()
    first = alerts.start(name="again")
    first.send([{"alertname": "Old"}])
    second = alerts.start(name="again")
    assert not first.is_alive()
    second.send([{"alertname": "New"}])
    assert [labels["alertname"] for labels in second.wait(1)["labels"]] == ["New"]
    for manager in (first, second, second):
        manager.stop()
    assert list(tmp_path.iterdir()) == []
    assert "again" not in alerts._running
    time.sleep(0.2)
    assert threading.active_count() <= threads


def test_it_listens_on_this_machine_only(manager):
    process = psutil.Process(manager._server._supervisor.pid).children()[0]
    listening = [c for c in process.net_connections() if c.status == psutil.CONN_LISTEN]
    assert {c.laddr.ip for c in listening} == {"127.0.0.1"}
    assert len(listening) == 1


def test_a_killed_server_is_said_to_be_gone():
    manager = alerts.start(name="victim")
    psutil.Process(manager._server._supervisor.pid).children()[0].kill()
    manager._server._supervisor.wait(10)
    with pytest.raises(CourseError, match=r"Alertmanager is gone\. Run the cell"):
        manager.alerts()
    with pytest.raises(CourseError, match=r"0 of 1 notifications(.|\n)*gone"):
        manager.wait(1, seconds=0.1)
    manager.stop()


def test_waiting_in_vain_says_how_many_came(manager):
    with pytest.raises(
        CourseError, match=r"Within 0\.1 seconds, 0 of 3 notifications have come\.$"
    ):
        manager.wait(3, seconds=0.1)


def test_a_missing_program_is_named(monkeypatch):
    monkeypatch.setattr(find_program, "find", lambda *_: None)
    with pytest.raises(CourseError, match=r"alertmanager is not installed(.|\n)*make prometheus"):
        alerts.start()


def test_a_port_that_is_taken(monkeypatch):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setattr(process, "_free_port", lambda: other.getsockname()[1])
        with pytest.raises(CourseError, match=r"ended at once(.|\n)*address already in use"):
            alerts.start(name="unlucky")
    assert "unlucky" not in alerts._running


@pytest.mark.parametrize(
    ("config", "says"),
    [
        (
            "route:\n  receiver: desk\n   group_wait: 5s",
            r"in line 3:\n +2\|.*\n +3\|    group_wait",
        ),
        ("route:\n\treceiver: desk", "a tab is not allowed"),
        ("route: desk", "need a `route:`"),
        ("", "need a `route:`"),
        (None, "should be a text"),
        ("route: {receiver: desk}\nreceivers: desk", "should be a list"),
        ("route: {receiver: nobody}\nreceivers: [{name: desk}]", 'undefined receiver "nobody"'),
        ("route: {reciever: desk}\nreceivers: [{name: desk}]", "field reciever not found"),
        ("route: {receiver: desk, group_wait: 5 s}", '"5 s"'),
    ],
)
def test_wrong_settings_get_a_sentence(config, says):
    with pytest.raises(CourseError, match=says):
        alerts.start(config, name="wrong")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("TooSlow", "from here on: TooSlow"),
        ("alertname='TooSlow'", "double quotes"),
        ("alertname=Too Slow", "double quotes"),
        ('alertname="A" job="b"', "A comma stands between"),
        ('alertname=="A"', 'from here on: alertname=="A"'),
        ("", "no matcher"),
        (["alertname"], "one text"),
        ('job=~"("', "invalid regular expression"),
    ],
)
def test_matchers_that_cannot_be_read(manager, text, says):
    with pytest.raises(CourseError, match=says):
        manager.silence(text)


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ([{"code": 500}], "`code` is 500: the value of a label is a text"),
        ([{"a-b": "x"}], "'a-b' is no name of a label"),
        ({"alertname": "A"}, "is a list of dictionaries"),
    ],
)
def test_labels_that_cannot_be_get_a_sentence(manager, sent, says):
    with pytest.raises(CourseError, match=says):
        manager.send(sent)


@pytest.mark.parametrize("minutes", ["60", None, -5, float("inf"), 1e12])
def test_a_silence_lasts_some_minutes(manager, minutes):
    with pytest.raises(CourseError, match=r"`minutes` is .*: give a number from 0 to"):
        manager.silence('alertname="A"', minutes=minutes)
    manager.expire(manager.silence('alertname="A"', minutes=np.int64(5)))


def test_what_is_no_silence_cannot_be_ended(manager):
    for silence in ('alertname="A", job="b"', "../alerts", 5):
        with pytest.raises(CourseError, match="Alertmanager refuses that"):
            manager.expire(silence)


def test_matchers_are_read_as_written():
    text = 'alertname="Too, \\"Slow\\"",job!="b" , instance=~"desk:\\d+", x!~"y"'
    found = label_matchers.parse("{" + text + "}")
    assert [m["value"] for m in found] == ['Too, "Slow"', "b", r"desk:\d+", "y"]
    assert [(m["isRegex"], m["isEqual"]) for m in found] == [
        (False, True),
        (False, False),
        (True, True),
        (True, False),
    ]
    assert label_matchers.as_text(found[1:2]) == 'job!="b"'
    bare = label_matchers.parse("alertname=TooSlow, instance=~desk:.*")
    assert label_matchers.as_text(bare) == 'alertname="TooSlow", instance=~"desk:.*"'


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL, "shutdown"])
def test_it_survives_an_interrupt_and_ends_with_its_kernel(end):
    from jupyter_client.manager import start_new_kernel

    from tests.prometheus.test_prometheus import run

    root = str(Path(alerts.__file__).resolve().parents[2])
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        code = f"import sys; sys.path.insert(0, {root!r})\nfrom utils.prometheus import alerts\n"
        run(client, code + "desk = alerts.start()")
        kernel = psutil.Process(manager.provisioner.pid)
        client.execute("import time; time.sleep(60)", stop_on_error=False)
        time.sleep(0.5)
        manager.interrupt_kernel()
        assert client.get_shell_msg(timeout=20)["content"]["ename"] == "KeyboardInterrupt"
        send = "desk.send([{'alertname': 'A'}]); print(len(desk.wait(1)))"
        assert run(client, send) == "1\n"
        everything = kernel.children(recursive=True)
        assert any("alertmanager" in p.name() for p in everything)
        if end == "shutdown":
            manager.shutdown_kernel()
        else:
            os.kill(manager.provisioner.pid, end)
        assert not psutil.wait_procs(everything, timeout=15)[1]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
