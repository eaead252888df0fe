"""Clocks that disagree get a sentence, and nothing silently wrong comes of them."""

import re
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pandas as pd
import pytest

from utils import prometheus
from utils.desk import alert_rules, replayed_time
from utils.errors import CourseError
from utils.prometheus import alerts
from utils.servers import clocks, find_program

needs_prometheus = pytest.mark.skipif(
    not all(map(find_program.find, find_program.PROGRAMS)), reason="not installed: make prometheus"
)


class Clock:
    """This process's two clocks, as a sleep or a hand at the settings would move them."""

    def __init__(self, monkeypatch):
        real, steady = time.time, time.monotonic
        self.ahead, self.asleep = 0.0, 0.0
        monkeypatch.setattr(clocks.time, "time", lambda: real() + self.ahead)
        monkeypatch.setattr(clocks.time, "monotonic", lambda: steady() - self.asleep)


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


class Page(BaseHTTPRequestHandler):
    """A service that gives its samples times of its own, by a clock that is `behind`."""

    behind = 0.0
    value = 1
    asked = 0

    def do_GET(self):
        Page.asked += 1
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        moment = int(1000 * (time.time() - Page.behind))
        self.wfile.write(f"# TYPE stamped gauge\nstamped {Page.value} {moment}\n".encode())

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def scraping():
    page = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    Thread(target=page.serve_forever, daemon=True).start()
    jobs = {"stamped": [f"127.0.0.1:{page.server_port}"]}
    with prometheus.start(jobs, every="200ms", name="clocks") as running:
        yield running
    page.shutdown()


def wait_for(condition, seconds=120):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_where_all_clocks_are_one_nothing_is_said(clock):
    watch = clocks.Watch("Prometheus")
    assert watch.check() is None
    # The network's time moves a clock by little, and an answer is read late on a busy machine.
    clock.ahead = 1
    assert watch.check(http_date(-3)) is None


def http_date(ahead):
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + ahead))


def test_a_machine_that_slept(clock):
    watch = clocks.Watch("Prometheus")
    clock.ahead = 7384
    said = watch.check(http_date(0))
    assert "went ahead by 2:03:04 (h:mm:ss) while Prometheus was running" in said
    assert "run the cell" in said
    # Said once: the server woke with the same clock.
    assert watch.check(http_date(0)) is None


def test_a_steady_clock_that_runs_on_in_sleep_says_nothing(clock):
    watch = clocks.Watch("Prometheus")
    clock.ahead, clock.asleep = 7384, -7384
    assert watch.check(http_date(0)) is None


def test_a_clock_set_back_and_forth(clock):
    watch = clocks.Watch("Prometheus")
    clock.ahead = -600
    assert "set back by 0:10:00" in watch.check()
    clock.ahead = 0
    assert "went ahead by 0:10:00" in watch.check()


def test_a_server_with_another_clock(clock):
    watch = clocks.Watch("Prometheus")
    said = watch.check(http_date(-3600))
    assert re.match(r"Note: the clock of Prometheus is (0:59:5|1:00:0)\d ", said)
    assert "behind this notebook's" in said
    assert watch.check(http_date(-3600)) is None
    assert re.search(r"is 0:0(1:5\d|2:0\d) \(h:mm:ss\) ahead of", watch.check(http_date(120)))
    # In step again: nothing is left to say.
    assert watch.check(http_date(0)) is None


@needs_prometheus
def test_the_next_query_tells_of_a_sleep(scraping, capsys, monkeypatch):
    scraping.query("1")
    assert capsys.readouterr().out == ""
    # Only the notebook's steady clock is moved, so Prometheus' clock is still the same as ours.
    Clock(monkeypatch).asleep = 900
    assert scraping.query("1")["value"].item() == 1
    assert "went ahead by 0:15:00 (h:mm:ss) while clocks was running" in capsys.readouterr().out
    scraping.query("1")
    assert capsys.readouterr().out == ""


@needs_prometheus
def test_a_real_server_whose_clock_is_another(capsys, monkeypatch):
    # A notebook whose clock was wrong from the beginning: nothing has jumped.
    Clock(monkeypatch).ahead = 3600
    with prometheus.start({"nobody": ["127.0.0.1:1"]}, name="elsewhere") as running:
        running.query("1")
    # A busy machine reads the header late.
    about_an_hour = r"(0:59:5\d|1:00:0\d) \(h:mm:ss\) behind"
    assert re.search(f"the clock of elsewhere is {about_an_hour}", capsys.readouterr().out)
    with alerts.start(name="elsewhere too") as manager:
        manager.alerts()
    assert re.search(f"the clock of elsewhere too is {about_an_hour}", capsys.readouterr().out)


@needs_prometheus
def test_a_stored_history_does_not_care(tmp_path, capsys, monkeypatch):
    (tmp_path / "blocks").mkdir()
    with prometheus.start(database=tmp_path / "blocks", name="stored") as running:
        Clock(monkeypatch).ahead = 3600
        running.query("1")
    assert capsys.readouterr().out == ""


@needs_prometheus
def test_prometheus_refuses_what_is_older_than_its_newest(scraping):
    """What the note on a clock that was set back says is so."""
    wait_for(lambda: scraping.query("stamped")["value"].eq(1).any())
    Page.behind, Page.value, Page.asked = 60, 2, 0
    wait_for(lambda: Page.asked > 3)
    assert scraping.query("up")["value"].item() == 1
    assert scraping.query("stamped")["value"].item() == 1
    Page.behind, Page.value = 0, 3
    wait_for(lambda: scraping.query("stamped")["value"].eq(3).any())


FIRST = pd.Timestamp("2013-05-13")


def notes(*pairs):
    """The traffic's notes from (wall seconds, replayed hours)."""
    return [(wall, (FIRST + pd.Timedelta(hours=hours)).isoformat()) for wall, hours in pairs]


def test_replayed_time_lies_between_the_notes():
    seen = notes((100, 0), (101, 2), (150, 2), (151, 4))
    asked = pd.to_datetime([90, 100.5, 120, 151], unit="s").to_series()
    hours = (replayed_time.replayed(asked, seen) - FIRST) / pd.Timedelta("1h")
    assert list(hours) == [0, 1, 2, 4]
    assert replayed_time.runs(seen) == [(100, 101), (150, 151)]


def test_a_sleep_is_no_run_of_the_replayed_clock():
    # It slept for two hours with its clock running.
    seen = notes((100, 0), (101, 2), (7301, 2.1), (7302, 4))
    assert replayed_time.runs(seen) == [(100, 101), (7301, 7302)]


def test_a_clock_set_back_cannot_be_translated():
    seen = notes((1000, 0), (1001, 2), (402, 4))
    with pytest.raises(CourseError, match=r"set back by 0:09:59 .* starts the desk again"):
        replayed_time.runs(seen)
    with pytest.raises(CourseError, match=r"set back by 0:09:59 .* starts the desk again"):
        replayed_time.replayed(pd.to_datetime([1001], unit="s").to_series(), seen)


def test_the_network_moves_a_clock_by_little():
    seen = notes((1000, 0), (1001, 2), (1000.5, 2), (1003, 6))
    asked = pd.to_datetime([1002], unit="s").to_series()
    assert replayed_time.replayed(asked, seen).item() == FIRST + pd.Timedelta("4h")


RUNS, STANDS, SLEPT = "0+3600x80", "0x80", "0+3600x10 36000x40 39600+3600x28"


@needs_prometheus
@pytest.mark.parametrize(
    ("replay", "run", "success", "fires"),
    [
        (SLEPT, SLEPT, SLEPT, {10: False, 30: False, 50: False, 53: False, 79: False}),
        (RUNS, RUNS, RUNS, {13: False, 79: False}),
        (RUNS, RUNS, STANDS, {10: False, 13: True, 79: True}),
        (RUNS, STANDS, STANDS, {10: False, 13: True, 79: True}),
    ],
    ids=["slept for 40 s", "well", "every run fails", "no run"],
)
def test_a_job_that_runs_again_after_a_sleep_is_no_page(replay, run, success, fires):
    """An hour of replayed time passes in a second."""
    now = {"replay_clock": replay, "drift_run_clock": run, "drift_last_success_clock": success}
    series = "".join(
        f"""
  - series: {name}_seconds
    values: {values}"""
        for name, values in now.items()
    )
    cases = "".join(
        f"""
  - expr: count(ALERTS{{alertname="DriftJobFails", alertstate="firing"}})
    eval_time: {at}s
    exp_samples: {"[{labels: '{}', value: 1}]" if page else "[]"}"""
        for at, page in fires.items()
    )
    tests = f"""
evaluation_interval: 1s
tests:
- interval: 1s
  input_series:{series}
  promql_expr_test:{cases}
"""
    passed, said = prometheus.test_rules(alert_rules.RULES, tests)
    assert passed, said
