"""Traffic against a stand-in that notes what it gets: everything arrives once, on time, counted."""

import itertools
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pandas as pd
import psutil
import pytest

from tests.service.asking import PATIENCE, wait_for
from utils.errors import CourseError
from utils.flights import FEATURES, load_flights
from utils.service import predictions, sending, traffic


@pytest.fixture
def stand_in():
    """Return a service that answers what it is told to, and notes requests with their times."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self._answer(200)

        def do_POST(self):
            content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.got.append((time.monotonic(), content["flights"]))
            self._answer(server.status(content["flights"]))

        def _answer(self, status):
            said = b'{"errors": ["Too early.", "Too late."]}' if status == 422 else b"{}"
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.got, server.status = [], lambda flights: 200
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def flights():
    return load_flights(15, 15).head(205)


def ids(server):
    return [flight["flight_id"] for _, flights in server.got for flight in flights]


def test_every_flight_is_sent_once(stand_in, flights):
    summary = traffic.replay(flights, stand_in.url)
    assert sorted(ids(stand_in)) == sorted(flights["flight_id"])
    assert (summary.sent, summary.answered, summary.errors) == (21, 21, 0)
    assert summary.flights == 205
    assert summary.refusal is None
    assert 0 < summary.p50 <= summary.p95 <= summary.p99
    assert len(summary.milliseconds) == 21
    assert np.percentile(summary.milliseconds, 50) == summary.p50


def test_what_is_refused_counts_as_an_error(stand_in, flights):
    bad = set(flights["flight_id"].head(30))
    stand_in.status = lambda flights: 500 if flights[0]["flight_id"] in bad else 200
    summary = traffic.replay(flights, stand_in.url)
    assert (summary.sent, summary.answered, summary.errors) == (21, 18, 3)
    assert summary.flights == 175
    assert summary.refusal == "500: {}"


def test_the_first_refusal_is_shown(stand_in, flights):
    statuses = iter([200, 422, 500])
    stand_in.status = lambda flights: next(statuses)
    summary = traffic.replay(flights.head(30), stand_in.url, connections=1)
    assert summary.refusal == "422: Too early. Too late."
    assert "Too early" in repr(summary)


def test_a_flight_without_its_time_is_sent_too(stand_in, flights):
    some = flights.copy()
    some.loc[3, "sched_dep"] = pd.NaT
    summary = traffic.replay(some, stand_in.url)
    assert (summary.answered, summary.errors, summary.flights) == (21, 0, 205)
    assert [f["sched_dep"] for _, fs in stand_in.got for f in fs].count(None) == 1


def test_what_is_no_json_is_an_error_and_ends_no_thread(stand_in, flights):
    # As text columns hold it, where no check sees an infinite number.
    some = flights.astype({"carrier": object})
    some.loc[3, "carrier"] = np.inf
    some.loc[13, "carrier"] = pd.Timedelta("1D")
    summary = traffic.replay(some, stand_in.url, connections=1)
    assert (summary.sent, summary.answered, summary.errors) == (21, 19, 2)
    assert summary.refusal.startswith("These flights cannot be written as JSON: ")


def test_flight_time_passes_so_many_times_as_fast(flights):
    shuffled = flights.sample(frac=1, random_state=1)
    requests = list(sending._requests(shuffled, 60.0, 10, endless=False))
    begin = flights["sched_dep"].min()
    for due, (first, *_) in requests:
        after = pd.Timestamp(first["sched_dep"]) - begin
        assert due == pytest.approx(after.total_seconds() / 60)
    assert len(requests) == 21
    again = list(itertools.islice(sending._requests(flights, 60.0, 10, endless=True), 42))
    # The second time round begins when the last flight of the first is due.
    span = (flights["sched_dep"].max() - begin).total_seconds()
    assert again[21][0] == pytest.approx(span / 60)


def test_no_flight_is_sent_before_its_time(stand_in, flights):
    flights = flights.iloc[::5]
    span = (flights["sched_dep"].max() - flights["sched_dep"].min()).total_seconds()
    begin = time.monotonic()
    traffic.replay(flights, stand_in.url, speedup=span / 0.5, batch=1, connections=8)
    came = {f["flight_id"]: when for when, (f,) in stand_in.got}
    for row in flights.itertuples():
        after = (row.sched_dep - flights["sched_dep"].min()).total_seconds()
        assert came[row.flight_id] > begin + 0.5 * after / span


def test_missing_values_are_null_and_times_are_text(flights):
    some = flights.assign(temp=np.nan).head(1)
    (sent,) = traffic.as_json(some)
    assert sent["temp"] is None
    assert sent["sched_dep"] == "2013-04-08T05:00:00"
    assert set(sent) == {"flight_id", "sched_dep", *FEATURES}
    json.dumps(sent, allow_nan=False)
    assert set(traffic.as_json(some[FEATURES])[0]) == set(FEATURES)
    unknown = pd.concat([flights.head(1), flights.head(1).assign(sched_dep=pd.NaT)])
    assert [f["sched_dep"] for f in traffic.as_json(unknown)] == ["2013-04-08T05:00:00", None]


@pytest.mark.parametrize("zone", ["America/New_York", "UTC", "Asia/Tokyo", "+05:30"])
def test_a_time_with_a_zone_is_the_moment_that_it_means(flights, zone):
    one = flights.head(1)
    local = one["sched_dep"].dt.tz_localize("America/New_York")
    (sent,) = traffic.as_json(one.assign(sched_dep=local.dt.tz_convert(zone)))
    assert sent["sched_dep"] == "2013-04-08T05:00:00"
    # The same as objects: of Python, of numpy; what is no time stays for the service to refuse.
    moment = local.dt.tz_convert(zone).iloc[0].to_pydatetime()
    plain = np.datetime64("2013-04-08T05:00")
    for given, sends in [(moment, sent["sched_dep"]), (plain, sent["sched_dep"]), (5, 5)]:
        column = pd.Series([given], dtype=object, index=one.index)
        assert traffic.as_json(one.assign(sched_dep=column))[0]["sched_dep"] == sends


@pytest.mark.parametrize("kind", ["int64", "float64", "Int64", "object", "int64[pyarrow]"])
def test_ids_are_whole_numbers_beside_missing_ones(flights, kind):
    some = flights.head(2).astype({"flight_id": kind})
    first = int(flights["flight_id"].iloc[0])
    sent = traffic.as_json(some)
    assert sent[0]["flight_id"] == first
    assert type(sent[0]["flight_id"]) is int
    if kind != "int64":
        some.loc[1, "flight_id"] = None
        assert [f["flight_id"] for f in traffic.as_json(some)] == [first, None]
    json.dumps(sent)


def test_endless_traffic_begins_again_until_it_is_stopped(stand_in, flights):
    running = traffic.start(flights.head(20), stand_in.url, endless=True)
    wait_for(lambda: running.summary().flights >= 60)
    assert running.is_running()
    summary = running.stop()
    assert not running.is_running()
    assert summary.flights >= 60
    seen = len(stand_in.got)
    assert summary.sent == seen
    time.sleep(0.2)
    assert len(stand_in.got) == seen
    assert running.stop().sent == seen


def test_a_service_that_goes_away_is_counted_and_not_stormed(stand_in, flights):
    def hang_up(flights):
        raise ConnectionError

    stand_in.status = hang_up
    stand_in.handle_error = lambda *_: None
    summary = traffic.replay(flights, stand_in.url, connections=2)
    assert (summary.sent, summary.answered, summary.errors) == (21, 0, 21)
    assert np.isnan(summary.p50)
    assert summary.seconds > 10 * sending.PAUSE_SECONDS
    assert summary.refusal.startswith("No answer came")


def test_traffic_from_a_process_of_its_own_ends_with_it(stand_in, flights):
    running = traffic.start_process(flights.head(20), stand_in.url, endless=True)
    wait_for(lambda: running.summary() and running.summary().answered)
    assert running.is_running()
    processes = psutil.Process(running._program._supervisor.pid).children(recursive=True)
    summary = running.stop()
    assert summary.answered > 0
    assert summary.p50 > 0
    assert processes
    assert not psutil.wait_procs(processes, timeout=PATIENCE)[1]


def test_the_command_ends_when_the_table_does(stand_in, flights, tmp_path, monkeypatch, capsys):
    flights.to_parquet(tmp_path / "flights.parquet")
    words = ["--url", stand_in.url, "--table", str(tmp_path / "flights.parquet")]
    monkeypatch.setattr("sys.argv", ["traffic", *words, "--report"])
    traffic.main()
    assert sorted(ids(stand_in)) == sorted(flights["flight_id"])
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (last["sent"], last["flights"], last["refusal"]) == (21, 205, None)
    monkeypatch.setattr("sys.argv", ["traffic", *words])
    traffic.main()
    assert "flights=205" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "how", "says"),
    [
        (lambda f: f.drop(columns="temp"), {}, "lack the feature `temp`"),
        (lambda f: f.head(0), {}, "no flights"),
        (lambda f: None, {}, "`flights` is a NoneType"),
        (lambda f: f["temp"], {}, "`flights` is a Series"),
        (lambda f: f.assign(humid=1, temp=-np.inf), {}, "`temp` holds an infinite number"),
        (lambda f: f, {"speedup": 0}, "`speedup` is 0"),
        (lambda f: f, {"speedup": "10"}, "`speedup` is '10'"),
        (lambda f: f, {"speedup": np.inf}, "`speedup` is inf"),
        (lambda f: f.drop(columns="sched_dep"), {"speedup": 10}, "need their `sched_dep`"),
        (lambda f: f.assign(sched_dep=pd.NaT), {"speedup": 10}, "in each row"),
        (lambda f: f.astype({"sched_dep": "str"}), {"speedup": 10}, "as a time"),
        (lambda f: f, {"batch": 0}, "`batch` is 0: give a whole number from 1"),
        (lambda f: f, {"batch": -1}, "`batch` is -1"),
        (lambda f: f, {"batch": 2.5}, r"`batch` is 2\.5"),
        (lambda f: f, {"batch": 1001}, "`batch` is 1001: give a whole number from 1 to 1,000"),
        (lambda f: f, {"connections": 0}, "`connections` is 0: give a whole number from 1"),
        (lambda f: f, {"connections": 1.5}, r"`connections` is 1\.5"),
        (lambda f: f, {"connections": True}, "`connections` is True"),
    ],
)
@pytest.mark.parametrize("send", [traffic.replay, traffic.start, traffic.start_process])
def test_what_cannot_be_sent_gets_a_sentence(stand_in, flights, send, change, how, says):
    with pytest.raises(CourseError, match=says):
        send(change(flights), stand_in.url, **how)


def test_numbers_of_numpy_are_numbers(stand_in, flights):
    how = {"batch": np.int64(50), "connections": np.int64(2), "speedup": np.float32(1e9)}
    assert traffic.replay(flights, stand_in.url, **how).sent == 5


def test_no_service_gets_a_sentence(flights):
    with pytest.raises(CourseError, match=r"No service answers at http://127\.0\.0\.1:9\."):
        traffic.replay(flights, "http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("127.0.0.1:8000", "`url` is '127.0.0.1:8000'.*with http:// before it"),
        ("localhost:8000", "with http:// before it"),
        ("nonsense", "with http:// before it"),
        ("", "with http:// before it"),
        ("http://[", "with http:// before it"),
        (8000, "`url` is 8000; give"),
        (None, "`url` is None"),
        ("http://127.0.0.1:8000/predict", "the path is added to it"),
        ("http://127.0.0.1:8000/?n=1", "the path is added to it"),
    ],
)
def test_what_is_no_address_gets_a_sentence(flights, url, says):
    for send in (traffic.replay, traffic.start, traffic.start_process):
        with pytest.raises(CourseError, match=says):
            send(flights, url)


def test_an_address_may_end_with_a_slash(stand_in, flights):
    assert traffic.replay(flights, stand_in.url + "/").answered == 21


def test_a_table_that_is_none_gets_a_sentence(stand_in, tmp_path, monkeypatch):
    (tmp_path / "table.py").write_text("no table")
    for name in ("table.py", "none.parquet"):
        words = ["--url", stand_in.url, "--table", str(tmp_path / name)]
        monkeypatch.setattr("sys.argv", ["traffic", *words])
        with pytest.raises(SystemExit, match="cannot be read as a parquet file"):
            traffic.main()


def test_the_real_service_answers_and_logs_it(served):
    server, database = served
    flights = load_flights(16, 16).head(205)
    summary = traffic.replay(flights, server.url)
    assert summary.errors == 0

    def rows():
        table = predictions.last(database, 10**6)
        return table[table["flight_id"].isin(flights["flight_id"])]

    wait_for(lambda: len(rows()) == 205)
    table, wanted = rows().sort_values("flight_id"), flights.sort_values("flight_id")
    assert table["flight_id"].tolist() == wanted["flight_id"].tolist()
    assert table["sched_dep"].tolist() == wanted["sched_dep"].tolist()
    assert pd.isna(table["challenger"]).all()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"weekday": "mon"}, "`flights[0].weekday`: Input should be 'Mon'"),
        ({"hour": 24.0}, "`flights[0].hour`: Input should be less than 24"),
        ({"carrier": None}, "`flights[0].carrier`: Input should be a valid string"),
        ({"temp": "50"}, "`flights[0].temp`: Input should be a valid number. It is '50'."),
    ],
)
def test_what_the_real_service_refuses_is_told(served, change, says):
    server, _ = served
    some = load_flights(16, 16).head(20).assign(**change)
    summary = traffic.replay(some, server.url)
    assert (summary.sent, summary.answered) == (2, 0)
    assert summary.refusal.startswith(f"422: {says}")
