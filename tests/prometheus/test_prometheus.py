"""A real Prometheus: ready when started, gone with its kernel, its answers as tables."""

import json
import os
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pandas as pd
import psutil
import pytest

from utils import prometheus
from utils.errors import CourseError
from utils.servers import find_program

pytestmark = pytest.mark.skipif(
    find_program.find("prometheus") is None, reason="Prometheus is not installed: make prometheus"
)

PAGE = """# TYPE requests_total counter
requests_total{outcome="ok"} 90
requests_total{outcome="error"} 10
# TYPE odd gauge
odd NaN
"""


@pytest.fixture(scope="module")
def scraped():
    """A Prometheus that scrapes a page which never changes."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(PAGE.encode())

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Page)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"127.0.0.1:{server.server_port}"
    jobs = {"flightdelay": [address], "nobody": ["127.0.0.1:1"]}
    with prometheus.start(jobs, every="200ms", name="scraping") as running:
        until = time.monotonic() + 30
        while running.query("requests_total").empty or len(running.query("up")) < 2:
            assert time.monotonic() < until, running.targets()
            time.sleep(0.1)
        yield running
    server.shutdown()


@pytest.fixture(scope="module")
def empty():
    """A Prometheus without anything."""
    with prometheus.start(name="empty") as running:
        yield running


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """A Prometheus on six hours of a spring night of 2013: a sample at second 30 of each minute."""
    folder = tmp_path_factory.mktemp("history")
    start = pd.Timestamp("2013-04-22", tz="UTC").timestamp() + 30
    lines = [f"work_total {60 * i} {start + 60 * i:.0f}" for i in range(360)]
    text = "\n".join(["# TYPE work counter", *lines, "# EOF", ""])
    (folder / "history.txt").write_text(text)
    command = [find_program.require("promtool"), "tsdb", "create-blocks-from", "openmetrics", "-q"]
    subprocess.run(
        [*command, "--max-block-duration=2000h", folder / "history.txt", folder / "blocks"],
        check=True,
        capture_output=True,
    )
    with prometheus.start(database=folder / "blocks", name="history") as running:
        yield running


def test_ready_in_half_a_second():
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        with prometheus.start(name="quick") as server:
            seconds.append(time.perf_counter() - start)
            assert server.is_alive()
    # The best of three: other tests run at the same time.
    assert min(seconds) < 0.5


def test_an_instant_query_gives_a_row_for_each_series(scraped):
    table = scraped.query("requests_total")
    assert list(table["outcome"]) == ["error", "ok"]
    assert list(table["value"]) == [10, 90]
    assert set(table["job"]) == {"flightdelay"}
    assert (prometheus.now() - table["time"]).abs().max() < pd.Timedelta(minutes=1)


def test_scalars_nan_and_nothing(scraped):
    assert scraped.query("1 / 0")["value"].item() == float("inf")
    assert scraped.query("odd")["value"].isna().all()
    nothing = scraped.query("no_such_metric")
    assert nothing.empty
    assert list(nothing.columns) == ["time", "value"]


def test_targets_tell_who_is_down(scraped):
    targets = scraped.targets().set_index("job")
    assert targets.loc["flightdelay", "health"] == "up"
    assert targets.loc["nobody", "health"] == "down"
    assert "refused" in targets.loc["nobody", "error"]


def test_history_is_queried_at_its_own_time(history):
    with pytest.raises(CourseError, match=r"a stored history\. Say .*`at="):
        history.query("work_total")
    assert history.query("1")["value"].item() == 1
    now = history.query("work_total", at=np.int64(pd.Timestamp("2013-04-22 03:00").timestamp()))
    assert now["value"].item() == 60 * 179
    now = history.query("work_total", at="2013-04-22 03:00")
    assert now["value"].item() == 60 * 179
    assert now["time"].item() == pd.Timestamp("2013-04-22 03:00")
    rate = history.query_range(
        "rate(work_total[10m])", "2013-04-22 01:00", "2013-04-22 05:00", step="1h"
    )
    assert list(rate["value"]) == pytest.approx([1.0] * 5)
    assert list(rate["time"].dt.hour) == [1, 2, 3, 4, 5]
    samples = history.query("work_total[5m]", at="2013-04-22 03:00")
    assert list(samples["value"].diff().dropna()) == [60.0] * 4


def test_a_history_is_not_changed_by_its_server(tmp_path):
    (tmp_path / "blocks").mkdir()
    with prometheus.start(database=tmp_path / "blocks", name="copying") as server:
        server.query("1")
    assert list((tmp_path / "blocks").iterdir()) == []


def test_a_wrong_query_is_shown_where_it_is_wrong(empty):
    with pytest.raises(CourseError) as caught:
        empty.query("sum(rate(requests_total[5m]) by outcome")
    lines = str(caught.value).splitlines()
    assert "parse error" in lines[0]
    assert lines[1] == "    sum(rate(requests_total[5m]) by outcome"
    # The mark stands under the word that it stumbled over.
    assert lines[1][lines[2].index("^") :].startswith(("by", "outcome"))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda p: p.query("rate(requests_total)"), "range vector"),
        (lambda p: p.query("up[5 minutes]"), "duration|unexpected"),
        (lambda p: p.query(""), "query"),
        (lambda p: p.query(5), "A query is a text"),
        (lambda p: p.query("x" * 1_500_000), "1,500,000 characters"),
        (lambda p: p.query("up + \ud800"), "half a character"),
        (lambda p: p.query("up", at="yesterday"), "no time"),
        (lambda p: p.query_range("up", "2013-05-01", "2013-05-02", step="1 h"), "`step` is '1 h'"),
        (lambda p: p.query_range("up", "2013-05-02", "2013-05-01"), "before `start`"),
        (lambda p: p.query_range("up", "2013-01-01", "2013-12-31", step="1s"), "exceeded"),
        (lambda p: p.query_range("up[5m]", "2013-01-01", "2013-01-02"), "expression type"),
    ],
)
def test_mistakes_get_a_sentence(empty, call, says):
    with pytest.raises(CourseError, match=says):
        call(empty)


def test_a_long_query_is_answered(empty):
    assert empty.query("1  # " + "and so on " * 9_000)["value"].item() == 1


def test_a_slow_query_is_ended_with_a_sentence(empty):
    start = time.monotonic()
    with pytest.raises(CourseError, match="It takes too long"):
        empty.query(
            "max_over_time(sum_over_time(timestamp(vector(time()))[1h:1s])[5d:1m])", seconds=0.01
        )
    assert time.monotonic() - start < 10


def test_a_query_of_too_many_samples_is_refused(empty):
    with pytest.raises(CourseError, match="more samples at once than a query may"):
        empty.query("vector(1)[30d:1s]", at=pd.Timestamp("2013-05-01"))


def test_what_prometheus_3_doubts_is_shown(capsys):
    """Warnings and infos of an answer, by a server that sends them as Prometheus 3 does."""

    class Three(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(200)
            self.end_headers()
            said = {"warnings": ["quantile value 95"], "infos": ["metric might not be a counter"]}
            data = {"resultType": "vector", "result": []}
            self.wfile.write(json.dumps({"status": "success", "data": data} | said).encode())

        def log_message(self, *_):
            pass

    class Server:
        url = None

        def compare_clocks(self, _):
            pass

    server = HTTPServer(("127.0.0.1", 0), Three)
    Thread(target=server.serve_forever, daemon=True).start()
    Server.url = f"http://127.0.0.1:{server.server_port}"
    assert prometheus.Prometheus(Server()).query("histogram_quantile(95, x)").empty
    server.shutdown()
    said = capsys.readouterr().out.splitlines()
    assert [line.split("says: ")[1] for line in said] == [
        "quantile value 95",
        "metric might not be a counter",
    ]


def test_a_server_that_was_killed_is_said_to_be_gone():
    server = prometheus.start(name="victim")
    process = psutil.Process(server._server._supervisor.pid).children()[0]
    process.kill()
    server._server._supervisor.wait(10)
    with pytest.raises(CourseError, match=r"Prometheus is gone\. Run the cell"):
        server.query("up")
    server.stop()
    server.stop()


def test_starting_again_replaces_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    first = prometheus.start(name="again")
    second = prometheus.start(name="again")
    assert not first.is_alive()
    assert second.query("1")["value"].item() == 1
    for server in (first, second):
        server.stop()
    assert list(tmp_path.iterdir()) == []


def test_a_missing_program_is_named(monkeypatch):
    monkeypatch.setattr(find_program, "find", lambda *_: None)
    with pytest.raises(CourseError, match=r"prometheus is not installed(.|\n)*make prometheus"):
        prometheus.start()


@pytest.mark.parametrize(
    "targets",
    [
        {"flightdelay": "127.0.0.1:8000"},
        {"flightdelay": None},
        {"flightdelay": [8000]},
        ["127.0.0.1:8000"],
        "127.0.0.1:8000",
    ],
)
def test_targets_that_are_no_lists_by_job(targets):
    with pytest.raises(CourseError, match=r'\["127\.0\.0\.1:8000"\]'):
        prometheus.start(targets, name="never")


@pytest.mark.parametrize(
    "options",
    [
        {"targets": {"flightdelay": ["http://127.0.0.1:8000"]}},
        {"targets": {"flightdelay": ["127.0.0.1:8000/metrics"]}},
        {"targets": {"flightdelay": ["127.0.0.1: 8000"]}},
        {"alertmanager": "http://127.0.0.1:9093"},
    ],
)
def test_addresses_are_hosts_and_ports(options):
    with pytest.raises(CourseError, match="the host and the port alone"):
        prometheus.start(**options, name="never")


@pytest.mark.parametrize("every", ["1 s", "1", "often", 0, None])
def test_a_scrape_interval_is_a_duration(every):
    with pytest.raises(CourseError, match="`every` is"):
        prometheus.start(every=every, name="never")


def test_a_scrape_interval_may_be_seconds():
    with prometheus.start(every=1, name="seconds") as server:
        assert server.is_alive()


def test_a_database_that_is_not_there(tmp_path):
    with pytest.raises(CourseError, match="no database"):
        prometheus.start(database=tmp_path / "nowhere")


RULES = """groups:
- name: service
  rules:
  - alert: ManyErrors
    expr: errors > 5
    for: 2m
"""
TESTS = """evaluation_interval: 1m
tests:
- interval: 1m
  input_series:
  - series: errors
    values: 9x5
  alert_rule_test:
  - eval_time: {time}
    alertname: ManyErrors
    exp_alerts: [{{}}]
"""


def test_promtool_judges_rules():
    assert "1 rules found" in prometheus.check_rules(RULES)
    passed, said = prometheus.test_rules(RULES, TESTS.format(time="3m"))
    assert passed
    assert "SUCCESS" in said
    passed, said = prometheus.test_rules(
        RULES, "rule_files:\n- mine.yml\n" + TESTS.format(time="1m")
    )
    assert not passed
    assert "ManyErrors" in said


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        (RULES.replace("errors > 5", "errors >"), "parse"),
        (RULES.replace("for: 2m", "fro: 2m"), "fro"),
        ("groups: [", "cannot be read in line 1"),
        ({"groups": []}, "should be a text in quotes; this is a dict"),
    ],
)
def test_wrong_rules_are_refused(rules, says):
    with pytest.raises(CourseError, match=says):
        prometheus.check_rules(rules)
    with pytest.raises(CourseError, match=says):
        prometheus.start(rules=rules)


def test_tests_that_are_no_tests_are_refused():
    with pytest.raises(CourseError, match="A list is asked for"):
        prometheus.test_rules(RULES, "tests: 5")
    for tests in (None, {"tests": []}):
        with pytest.raises(CourseError, match="the tests should be a text"):
            prometheus.test_rules(RULES, tests)
    with pytest.raises(CourseError, match=r"the rules should be a text .* nothing \(None\)"):
        prometheus.check_rules(None)


def test_rules_become_alerts():
    rules = RULES.replace("errors > 5", "vector(9) > 5").replace("for: 2m", "for: 0s")
    with prometheus.start(rules=rules, every="200ms", name="alerting") as server:
        until = time.monotonic() + 20
        while server.alerts().empty and time.monotonic() < until:
            time.sleep(0.1)
        alerts = server.alerts()
        assert list(alerts["alertname"]) == ["ManyErrors"]
        assert list(alerts["state"]) == ["firing"]


# What a kernel's manager does to end or restart it, on this system.
ENDINGS = {
    "shutdown": lambda manager: manager.shutdown_kernel(),
    "restart": lambda manager: manager.restart_kernel(),
    "restart now": lambda manager: manager.restart_kernel(now=True),
    "SIGTERM": lambda manager: os.kill(manager.provisioner.pid, signal.SIGTERM),
    "SIGKILL": lambda manager: os.kill(manager.provisioner.pid, signal.SIGKILL),
}


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
@pytest.mark.parametrize("ending", ENDINGS)
def test_it_survives_an_interrupt_and_ends_with_its_kernel(ending):
    from jupyter_client.manager import start_new_kernel

    root = str(Path(prometheus.__file__).resolve().parents[2])
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        code = f"import sys; sys.path.insert(0, {root!r})\nfrom utils import prometheus\n"
        run(client, code + "server = prometheus.start()")
        kernel = psutil.Process(manager.provisioner.pid)
        servers = [p for p in kernel.children(recursive=True) if "prometheus" in p.name()]
        assert len(servers) == 1
        client.execute("import time; time.sleep(60)", stop_on_error=False)
        time.sleep(0.5)
        manager.interrupt_kernel()
        assert client.get_shell_msg(timeout=20)["content"]["ename"] == "KeyboardInterrupt"
        assert run(client, "print(server.query('1')['value'].item())") == "1.0\n"
        everything = kernel.children(recursive=True)
        ENDINGS[ending](manager)
        assert not psutil.wait_procs(everything, timeout=15)[1]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def run(client, code):
    """Run code in a kernel; return what it prints."""
    printed = []

    def keep(message):
        if message["msg_type"] == "stream":
            printed.append(message["content"]["text"])

    reply = client.execute_interactive(code, output_hook=keep, timeout=60)
    assert reply["content"]["status"] == "ok", reply["content"]
    return "".join(printed)
