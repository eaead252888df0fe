"""The drift job: what it measures is right, and nothing that it meets stops it."""

import sqlite3
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pandas as pd
import pytest
from prometheus_client import generate_latest
from sklearn.metrics import log_loss, roc_auc_score

from utils import model
from utils.desk import drift_job, drift_window, outcomes, programs
from utils.desk.replay import Replay
from utils.desk.service_counts import Counts
from utils.drift import measure
from utils.flights import REFERENCE, load_flights
from utils.service import predictions

UNTIL = pd.Timestamp("2013-05-15 12:00")


@pytest.fixture(scope="module")
def champion():
    return model.train()


@pytest.fixture(scope="module")
def reference(champion):
    flights = load_flights(*REFERENCE)
    return flights.assign(probability=model.predict(champion, flights))


@pytest.fixture(scope="module")
def flights(champion):
    flights = load_flights(19, 20)
    return flights.assign(probability=model.predict(champion, flights))


def parts(flights):
    """The day before UNTIL, and the week before that day."""
    times = flights["sched_dep"]
    window = flights[(times >= UNTIL - drift_window.WINDOW) & (times < UNTIL)]
    before = flights[times < UNTIL - drift_window.WINDOW]
    return window, before


def found(values, metric, **labels):
    return next(v for name, those, v in values if name == metric and those == labels)


def test_the_same_hours_of_the_same_weekdays(reference):
    march = drift_window.same_hours(reference, UNTIL - drift_window.WINDOW, UNTIL)
    wednesday = (march["weekday"] == "Wed") & (march["hour"] < 12)
    tuesday = (march["weekday"] == "Tue") & (march["hour"] >= 12)
    assert (wednesday | tuesday).all()
    everything = (reference["weekday"] == "Wed") & (reference["hour"] < 12)
    assert wednesday.sum() == everything.sum()
    # Over the border of a week, too.
    sunday = drift_window.same_hours(reference, "2013-05-12 18:00", "2013-05-13 06:00")
    assert set(sunday["weekday"]) == {"Sun", "Mon"}
    assert len(drift_window.same_hours(reference, "2013-05-06", "2013-05-14")) == len(reference)


def test_evidentlys_scores_come_through(flights, reference):
    window, before = parts(flights)
    values = drift_window.measure(window, before, reference, UNTIL)
    march = drift_window.same_hours(reference, UNTIL - drift_window.WINDOW, UNTIL)
    for column in ("distance", "temp", "probability"):
        expected = measure.wasserstein(march[column].dropna(), window[column].dropna())
        score = found(values, "drift_score", column=column)
        assert score == pytest.approx(expected, rel=1e-6)
    expected = measure.jensen_shannon(march["carrier"], window["carrier"])
    assert found(values, "drift_score", column="carrier") == pytest.approx(expected, rel=1e-6)
    assert 0 <= found(values, "drift_columns_share") <= 1
    assert found(values, "drift_window_flights") == len(window)
    assert {name for name, _, _ in values} <= set(drift_window.METRICS)


def test_a_column_without_a_value_stops_nothing(flights, reference):
    window, before = parts(flights)
    window = window.assign(visib=np.nan)
    values = drift_window.measure(window, before, reference, UNTIL)
    assert found(values, "drift_missing_share", column="visib", origin="LGA") == 1
    assert "visib" not in {
        those.get("column") for name, those, _ in values if name == "drift_score"
    }


def test_checks_see_what_is_done_to_them(flights, reference):
    window, before = parts(flights)
    march = drift_window.same_hours(reference, UNTIL - drift_window.WINDOW, UNTIL)

    def checks(changed):
        return drift_window.checks(changed, before, march, reference)

    calm = checks(window)
    assert found(calm, "drift_disagreement_share", column="humid") == 0
    one = window.copy()
    one.iloc[5, one.columns.get_loc("humid")] += 1
    share = found(checks(one), "drift_disagreement_share", column="humid")
    assert share == pytest.approx(1 / window["humid"].notna().sum())
    at_lga = window["origin"] == "LGA"
    warm = window.assign(temp=window["temp"] + 20 * at_lga)
    difference = found(checks(warm), "drift_station_difference", column="temp", origin="LGA")
    was = found(calm, "drift_station_difference", column="temp", origin="LGA")
    assert difference - was == pytest.approx(20, abs=3)
    stays = found(checks(warm), "drift_station_difference", column="temp", origin="EWR")
    assert abs(stays) < 4
    everywhere = window.assign(temp=window["temp"] + 20)
    change = found(checks(everywhere), "drift_week_difference", column="temp")
    assert change == pytest.approx(20 + found(calm, "drift_week_difference", column="temp"))
    last = dict.fromkeys(drift_window.LIVELY, 7.0)
    assert found(checks(window.assign(**last)), "drift_stuck_hours", origin="JFK") > 10
    other = window.assign(carrier=np.where(at_lga, "ZZ", window["carrier"]))
    assert found(checks(other), "drift_unseen_share", column="carrier") == at_lga.mean()
    metres = window.assign(visib=30.0)
    assert found(checks(metres), "drift_outside_share", column="visib") == 1


def test_a_few_bad_days_are_not_the_usual(flights, reference):
    window, before = parts(flights)
    march = drift_window.same_hours(reference, UNTIL - drift_window.WINDOW, UNTIL)
    bad = (before["sched_dep"] > UNTIL - pd.Timedelta("3D")) & (before["origin"] == "EWR")
    before = before.assign(temp=before["temp"].where(~bad, 15))
    values = drift_window.checks(window, before, march, reference)
    assert abs(found(values, "drift_station_difference", column="temp", origin="EWR")) < 4


def test_outcomes_are_scored_as_everywhere(flights):
    window, _ = parts(flights)
    values = drift_window.outcomes(window)
    known = window.dropna(subset="late")
    auc = roc_auc_score(known["late"], known["probability"])
    assert found(values, "drift_roc_auc") == pytest.approx(auc)
    loss = log_loss(known["late"], known["probability"])
    assert found(values, "drift_log_loss") == pytest.approx(loss)
    gap = known["late"].mean() - known["probability"].mean()
    assert found(values, "drift_calibration_gap") == pytest.approx(gap)
    assert drift_window.outcomes(window.head(50)) == [
        ("drift_labelled_flights", {}, window.head(50)["late"].notna().sum())
    ]


def scrape(ok, error=0, quick=None, calls=None):
    """Return a page of the service's metrics."""
    calls = ok + error if calls is None else calls
    quick = calls if quick is None else quick
    return f"""# TYPE flightdelay_requests counter
flightdelay_requests_total{{outcome="ok"}} {ok}
flightdelay_requests_total{{outcome="invalid"}} 0
flightdelay_requests_total{{outcome="error"}} {error}
# TYPE flightdelay_model_seconds histogram
flightdelay_model_seconds_bucket{{le="0.5"}} {quick}
flightdelay_model_seconds_bucket{{le="+Inf"}} {calls}
flightdelay_model_seconds_count {calls}
flightdelay_model_seconds_sum 1
"""


@pytest.fixture
def service():
    """The service's page of metrics, as an own small server."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(scrape(100).encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_requests_are_counted_from_run_to_run_and_few_are_counted_on():
    counts = Counts()
    assert counts.values(scrape(1000)) == []
    values = counts.values(scrape(1075, error=25))
    assert found(values, "drift_requests_share", outcome="error") == 0.25
    assert found(values, "drift_requests_share", outcome="invalid") == 0
    assert found(values, "drift_quick_calls_share") == 1
    # At night nobody asks: the last word stays, and what few there are is not lost.
    assert counts.values(scrape(1080, error=35)) == values
    values = counts.values(scrape(1080, error=45, calls=1125, quick=1100))
    assert found(values, "drift_requests_share", outcome="error") == 20 / 25
    assert found(values, "drift_quick_calls_share") == 0
    # A service that was started anew counts from 0.
    assert counts.values(scrape(3)) == values
    assert found(counts.values(scrape(30)), "drift_quick_calls_share") == 1


@pytest.fixture
def job(tmp_path, service, champion, flights):
    model.save(champion, tmp_path / drift_job.MODEL)
    (tmp_path / drift_job.SERVICE).write_text(service)
    Replay("http://127.0.0.1:9", tmp_path / drift_job.MODEL, tmp_path / "outcomes.db", None)
    due = flights[flights["sched_dep"] < UNTIL]
    programs.write_history(tmp_path / drift_job.DATABASE, due, champion, 16)
    job = drift_job.Job(tmp_path)
    job.load()
    return job


def runs(job):
    text = generate_latest(job.registry).decode()
    lines = [line for line in text.splitlines() if line.startswith("drift_runs_total")]
    return {line.split('"')[1]: int(float(line.split()[-1])) for line in lines}


def test_a_good_run_is_exposed(job):
    assert job.run(UNTIL) == "ok"
    text = generate_latest(job.registry).decode()
    assert 'drift_score{column="temp"}' in text
    assert "drift_run_seconds" in text
    assert "drift_labelled_flights" in text
    age = next(x for x in text.splitlines() if x.startswith("drift_newest_flight_age_hours"))
    assert 0 <= float(age.split()[-1]) < 0.1


def test_it_says_when_it_ran_and_when_that_went_well_by_the_replayed_clock(job):
    def clocks():
        page = generate_latest(job.registry).decode()
        return {
            line.split()[0]: float(line.split()[1])
            for line in page.splitlines()
            if "_clock_seconds" in line and not line.startswith("#")
        }

    assert clocks() == {}  # 0 would be 1970
    at = UNTIL.timestamp()
    job.run(UNTIL)
    both = {"drift_run_clock_seconds": at, "drift_last_success_clock_seconds": at}
    assert clocks() == both
    job.database = job.folder / "gone.db"
    job.run(UNTIL + pd.Timedelta("6h"))
    assert clocks() == both | {"drift_run_clock_seconds": at + 6 * 3600}


def test_it_waits_until_what_was_answered_is_written(job, flights):
    played = flights[flights["sched_dep"] >= UNTIL].head(3)
    log = predictions.PredictionLog(job.database)

    def write():
        time.sleep(0.5)
        rows = sqlite3.connect(job.database).execute("SELECT * FROM predictions LIMIT 3")
        log.put([("a", *row[1:]) for row in rows])
        log.close()

    writer = threading.Thread(target=write)
    writer.start()
    start = time.monotonic()
    assert job.run(UNTIL, flights=len(played)) == "ok"
    assert time.monotonic() - start > 0.5
    writer.join()


def test_an_empty_window_is_said(job):
    with sqlite3.connect(job.database) as connection:
        connection.execute("DELETE FROM predictions")
    connection.close()
    assert job.run(UNTIL) == "empty"
    assert runs(job) == {"ok": 0, "empty": 1, "locked": 0, "failed": 0}
    assert "drift_window_flights 0.0" in generate_latest(job.registry).decode()


def test_a_locked_database_is_said_and_waited_out(job):
    assert job.run(UNTIL) == "ok"
    with sqlite3.connect(job.database) as connection:
        # Without the log that lets readers in, a writer keeps everybody out.
        connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()
    lock = sqlite3.connect(job.database, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    assert job.run(UNTIL) == "locked"
    # What was measured last stays.
    assert 'drift_score{column="temp"}' in generate_latest(job.registry).decode()
    lock.execute("ROLLBACK")
    lock.close()
    assert job.run(UNTIL) == "ok"
    assert runs(job) == {"ok": 2, "empty": 0, "locked": 1, "failed": 0}


def test_a_bad_batch_is_said_and_survived(job):
    with sqlite3.connect(job.database) as connection:
        connection.execute("UPDATE predictions SET temp = 'warm' WHERE rowid % 7 = 0")
    assert job.run(UNTIL) == "failed"
    with sqlite3.connect(job.database) as connection:
        connection.execute("UPDATE predictions SET temp = 60 WHERE temp = 'warm'")
    connection.close()
    assert job.run(UNTIL) == "ok"
    assert runs(job) == {"ok": 1, "empty": 0, "locked": 0, "failed": 1}


def test_no_database_is_no_reason_to_end(job):
    job.database = job.folder / "gone.db"
    assert job.run(UNTIL) == "locked"
    assert not job.database.exists()


def test_labels_come_a_day_late(job, flights):
    known = outcomes.read(job.outcomes)
    first = pd.Timestamp("2013-05-13")
    assert known["known"].max() <= first
    assert (known["known"] - known["sched_dep"]).eq(pd.Timedelta("1D")).all()
    some = outcomes.read(job.outcomes, first - pd.Timedelta("2D"))
    assert 0 < len(some) < len(known)
    merged = known.merge(flights, on="flight_id")
    pd.testing.assert_series_equal(merged["late_x"], merged["late_y"], check_names=False)
