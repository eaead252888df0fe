"""The desk live: one cell starts it and one stops it; page, repair, and swaps under load."""

import pydoc
import time

import httpx
import numpy as np
import pandas as pd
import psutil
import pytest

from utils import desk, model
from utils.drift import reports
from utils.errors import CourseError
from utils.flights import FEATURES, load_flights
from utils.servers import find_program
from utils.service import predictions

pytestmark = pytest.mark.skipif(
    not all(map(find_program.find, find_program.PROGRAMS)), reason="not installed: make prometheus"
)


@pytest.fixture(scope="module")
def stack():
    with desk.start(day_seconds=2) as stack:
        yield stack


def test_everything_runs(stack, monkeypatch):
    # A proxy of the environment knows nothing of this machine's own ports.
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    status = stack.status()
    parts = ["service", "traffic", "drift job", "Prometheus", "Alertmanager", "webhook"]
    assert list(status["part"]) == parts
    assert status["healthy"].all()
    assert all(address.startswith("http://127.0.0.1:") for address in status["address"])
    assert stack.clock() == stack.first == pd.Timestamp("2013-05-13")
    assert stack.query("up")["value"].eq(1).all()


def test_the_week_before_is_there(stack):
    window = stack.window(until=stack.first)
    assert window["sched_dep"].min() >= stack.first - pd.Timedelta("7D")
    flights = load_flights(19, 19)
    assert len(window) == len(flights)
    merged = window.merge(flights, on="flight_id", suffixes=("", "_file"))
    assert (merged["hour"] - merged["hour_file"]).abs().max() < 1e-9
    labels = stack.labels()
    # Sunday's outcomes are not known yet.
    assert labels["sched_dep"].max() <= stack.first - pd.Timedelta("1D")
    assert (labels["known"] - labels["sched_dep"]).eq(pd.Timedelta("1D")).all()


def test_the_clock_runs_as_far_as_it_is_told(stack):
    at = stack.play(0.4)
    assert at == stack.first + pd.Timedelta(days=0.4)
    time.sleep(0.2)
    assert stack.clock() == at
    window = stack.window(since=stack.first)
    # All flights up to the last slot of five minutes, each once, predicted by the champion.
    flights = load_flights(20, 20)
    due = flights[flights["sched_dep"] < at - pd.Timedelta("5min")]
    assert set(due["flight_id"]) <= set(window["flight_id"])
    assert window["flight_id"].is_unique
    expected = model.predict(stack.model, window)
    assert (window["probability"] - expected).abs().max() < 1e-9
    assert stack.query("drift_window_flights")["value"].item() > 700
    assert stack.pages().empty


def test_the_last_ones_and_those_between(stack):
    assert len(stack.window(50)) == 50
    part = stack.window(since="2013-05-13 06:00", until="2013-05-13 07:00")
    assert part["sched_dep"].between("2013-05-13 06:00", "2013-05-13 06:59").all()
    with pytest.raises(CourseError, match="No flight"):
        stack.window(since="2013-06-01")
    with pytest.raises(CourseError, match="replayed time"):
        stack.window(since="noon")


def test_a_request_by_hand_leaves_the_window_whole(stack):
    before = stack.window()
    flight = before[FEATURES].iloc[0].to_dict() | {"sched_dep": "2013-05-13T06:00:00"}
    answer = httpx.post(f"{stack.service.url}/predict", json={"flights": [flight]}, trust_env=False)
    assert answer.status_code == 200
    until = time.monotonic() + 20
    while predictions.last(stack.database, 1)["flight_id"].notna().all():
        assert time.monotonic() < until
        time.sleep(0.05)
    window = stack.window()
    pd.testing.assert_frame_equal(window, before)
    assert len(window.merge(stack.labels(), on="flight_id")) > 0


def test_a_report_against_the_same_hours(stack):
    window = stack.window(since=stack.first)
    reference = stack.reference(window)
    assert set(reference["weekday"]) == {"Mon"}
    assert 3 * len(window) < len(reference) < 6 * len(window)
    table = reports.drift_table(stack.report(window)).set_index("column")
    assert set(table.index) == {*FEATURES, "probability"}
    assert table.loc["distance", "score"] < 0.11


def test_ten_swaps_under_load_fail_nobody(stack):
    challenger = model.train(load_flights(1, 13))
    stack.challenge(challenger, "trial")
    for number in range(10):
        seen = stack.swap(challenger, f"b{number}", seconds=0.3)
        assert seen["failed"] == 0
        assert seen["after"] > 0
        assert seen["version"] == f"b{number}"
    assert seen["requests"] == seen["before"] + seen["after"]
    stack.swap(stack.model, "back", seconds=0.2)


def test_from_the_page_to_the_repair(stack):
    at = stack.play(4, until_page=True)
    pages = stack.pages()
    first = pages.iloc[0]
    assert (first["alert"], first["column"], first["origin"]) == ("StationApart", "temp", "EWR")
    # Of the run of 18 o'clock, on every machine, and there the clock is held.
    assert first["at"] == at == pd.Timestamp("2013-05-15 18:00")
    assert stack.new_pages()["at"].tolist() == [at]
    assert stack.new_pages().empty
    assert "StationApart" in set(stack.alerts()["alert"])
    shadow = stack.window(since=at - pd.Timedelta("6h"))["challenger"]
    assert shadow.notna().any()
    drawn = stack.history('drift_station_difference{column="temp",origin="EWR"}')
    assert drawn["value"].iloc[-1] < -6 < drawn["value"].iloc[0]
    # One value for each run of the drift job, at its hour; it ran where the clock was held, too.
    assert drawn["at"].is_monotonic_increasing
    assert set(pd.date_range(stack.first, at, freq="6h")) <= set(drawn["at"])
    fine = stack.history("flightdelay_requests_total", step="1s")
    assert fine["at"].between(stack.first, at).all()
    assert "bookings" in stack.fix("bookings")
    stack.play(0.2)
    assert "StationApart" in set(stack.alerts()["alert"])
    stack.fix("weather")
    stack.play(np.int64(2))
    assert stack.alerts().empty
    last = stack.pages().iloc[-1]
    assert last["status"] == "resolved"
    assert last["at"] <= stack.clock()
    waits = stack.query("replay_waits_total").set_index("ended")["value"]
    assert waits["judged"] >= 15
    assert waits["given_up"] == 0
    assert stack.query("replay_waited_seconds_total")["value"].item() > 0
    with pytest.raises(CourseError, match="weather, bookings, model"):
        stack.fix("coffee machine")


def test_wrong_orders_get_a_sentence(stack):
    with pytest.raises(CourseError, match="`days`"):
        stack.play(0)
    with pytest.raises(CourseError, match="`day_seconds`"):
        stack.play(1, day_seconds=0.1)
    with pytest.raises(CourseError, match="refuses the model"):
        stack.swap({"no": "model"}, "x", seconds=0.1)


@pytest.mark.parametrize("speed", [0, -5, "16", float("nan"), 601, True])
def test_the_speed_is_some_seconds_a_day(stack, speed):
    for order in (lambda s: stack.play(1, day_seconds=s), lambda s: desk.start(3, s)):
        with pytest.raises(CourseError, match=r"`day_seconds` is .*: give a number from 2 to 600"):
            order(speed)
    # Nothing was stopped for it.
    assert stack.status()["healthy"].all()


def test_nothing_tells_the_truth_by_accident(stack):
    truth = "Celsius"
    assert truth not in repr(stack)
    assert truth not in str(vars(stack))
    commands = [" ".join(p.cmdline()) for p in psutil.Process().children(recursive=True)]
    assert not any(truth in command or "unit" in command for command in commands)
    for path in ("/", "/metrics", "/times"):
        assert truth not in httpx.get(stack._traffic.url + path, trust_env=False).text


def test_help_is_short():
    assert "keep_firing_for" not in pydoc.render_doc(desk.start)


def test_a_program_that_is_gone_is_told_and_stopping_leaves_nothing():
    # Checks that ran before in this process may keep a server of their own.
    others = psutil.Process().children(recursive=True)
    stack = desk.start(3)
    children = set(psutil.Process().children(recursive=True)) - set(others)
    assert len(children) >= 10  # five programs, each with its supervisor
    folder = stack._folder
    end(stack.prometheus._server)
    # A quiet desk without Prometheus is no calm day.
    for ask in (lambda: stack.play(1), lambda: stack.play(1, until_page=True), stack.pages):
        with pytest.raises(CourseError, match=r"Prometheus is gone.* Run the cell"):
            ask()
    assert stack.clock() == stack.first
    end(stack._job)
    with pytest.raises(CourseError, match=r"(?s)drift job is gone.*Its last words:\n.*is ready"):
        stack.play(0.05)
    end(stack.service)
    for change in (stack.challenge, stack.swap):
        with pytest.raises(CourseError, match="service does not answer"):
            change(stack.model, "x")
    stack.stop()
    stack.stop()
    assert not psutil.wait_procs(children, timeout=10)[1]
    assert not folder.exists()
    for ask in (
        lambda: stack.play(1),
        stack.pages,
        lambda: stack.history("up"),
        stack.labels,
        stack.alerts,
        lambda: stack.challenge(stack.model),
        lambda: stack.swap(stack.model),
    ):
        with pytest.raises(CourseError, match="Run the cell"):
            ask()


def end(server):
    """Kill a server, as a machine without memory does."""
    (process,) = psutil.Process(server._supervisor.pid).children()
    process.kill()
    server._supervisor.wait(10)
