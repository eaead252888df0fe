"""The log of predictions by itself: order, batches, faults of the file, and reading it."""

import json
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from utils.errors import CourseError
from utils.flights import NUMERICAL
from utils.service import predictions


def row(i):
    leaves = f"2013-04-01T00:{i % 60:02d}:00"
    features = [*[0.5] * len(NUMERICAL), "EV", "EWR", "Mon"]
    return (f"r{i}", 1e9 + i, "1", i, leaves, *features, 0.2, None, None)


def test_log_keeps_order_and_all_rows(tmp_path):
    store = predictions.PredictionLog(tmp_path / "log.db")
    for i in range(0, 5000, 10):
        assert store.put([row(j) for j in range(i, i + 10)])
    store.close()
    assert store.waiting == store.dropped == 0
    table = predictions.last(tmp_path / "log.db", 10**6)
    assert list(table["flight_id"]) == list(range(5000))
    assert list(predictions.last(tmp_path / "log.db", 3)["flight_id"]) == [4997, 4998, 4999]


def test_a_trickle_is_flushed_in_time(tmp_path):
    store = predictions.PredictionLog(tmp_path / "log.db")
    until = time.monotonic() + 6 * predictions.FLUSH_SECONDS
    while time.monotonic() < until:
        store.put([row(1)])
        time.sleep(predictions.FLUSH_SECONDS / 10)
    # Rows never stop coming, and are on disk all the same.
    assert store.written > 20
    store.close()


def test_a_full_log_refuses_and_counts(tmp_path):
    store = predictions.PredictionLog(tmp_path / "log.db", capacity=100)
    lock = sqlite3.connect(tmp_path / "log.db")
    lock.execute("BEGIN IMMEDIATE")  # the writer has to wait
    taken = sum(store.put([row(i)]) for i in range(1000))
    assert taken == 100
    assert store.dropped == 900
    lock.rollback()
    store.close()
    assert len(predictions.last(tmp_path / "log.db", 10**6)) == 100
    assert not store.put([row(1)]), "a closed log takes nothing"


def wait_for(condition):
    until = time.monotonic() + 10
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    assert condition()


def test_a_locked_file_delays_rows_and_loses_none(tmp_path, monkeypatch):
    monkeypatch.setattr(predictions, "LOCK_SECONDS", 0.05)
    store = predictions.PredictionLog(tmp_path / "log.db")
    thief = sqlite3.connect(tmp_path / "log.db")
    thief.execute("BEGIN IMMEDIATE")
    store.put([row(1)])
    wait_for(lambda: store.problem)
    assert "locked" in store.problem
    assert (store.waiting, store.dropped) == (1, 0)
    thief.rollback()
    wait_for(lambda: store.written == 1)
    assert store.problem is None
    store.close()


def full_disk(monkeypatch):
    """Let the file grow to 8 pages only, until the returned function makes room."""
    limits, connect = {"pages": 8}, predictions._connect

    class Limited:
        def __init__(self, path):
            self._real = connect(path)

        def __enter__(self):
            self._real.execute(f"PRAGMA max_page_count={limits['pages']}")
            return self._real.__enter__()

        def __exit__(self, *error):
            return self._real.__exit__(*error)

        def __getattr__(self, name):
            return getattr(self._real, name)

    monkeypatch.setattr(predictions, "_connect", Limited)
    return lambda: limits.update(pages=10**6)


def test_a_full_disk_delays_rows_and_loses_none(tmp_path, monkeypatch):
    make_room = full_disk(monkeypatch)
    store = predictions.PredictionLog(tmp_path / "log.db")
    store.put([row(i) for i in range(1000)])
    wait_for(lambda: store.problem)
    assert "full" in store.problem
    assert (store.waiting, store.dropped) == (1000, 0)
    make_room()
    wait_for(lambda: store.written == 1000)
    store.close()
    assert len(predictions.last(tmp_path / "log.db", 10**6)) == 1000


def test_a_log_that_never_gets_rid_of_its_rows_says_how_many(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(predictions, "GRACE_SECONDS", 0.3)
    full_disk(monkeypatch)
    store = predictions.PredictionLog(tmp_path / "log.db")
    for _ in range(10):
        store.put([row(i) for i in range(1000)])
    start = time.monotonic()
    store.close()
    assert time.monotonic() - start < 3
    assert (store.written, store.waiting, store.dropped) == (0, 0, 10_000)
    lost = [json.loads(m)["lost"] for m in caplog.messages if "lost" in m]
    assert sum(lost) == 10_000


def test_rows_that_sqlite_cannot_take_do_not_stop_the_writer(tmp_path):
    store = predictions.PredictionLog(tmp_path / "log.db")
    store.put([(object(),) * len(predictions.COLUMNS)])
    wait_for(lambda: store.dropped == 1)
    store.put([row(1)])
    store.close()
    assert store.written == 1


def test_nothing_is_lost_between_putting_and_closing(tmp_path):
    store = predictions.PredictionLog(tmp_path / "log.db")
    with ThreadPoolExecutor(4) as pool:
        taken = [pool.submit(store.put, [row(i)]) for i in range(2000)]
        store.close()
    kept = sum(t.result() for t in taken)
    assert len(predictions.last(tmp_path / "log.db", 10**6)) == kept == 2000 - store.dropped


def test_a_file_with_other_columns_is_refused(tmp_path):
    old = sqlite3.connect(tmp_path / "old.db")
    old.execute("CREATE TABLE predictions (request_id TEXT, received REAL)")
    old.commit()
    with pytest.raises(CourseError, match="other columns"):
        predictions.PredictionLog(tmp_path / "old.db")


def test_between_by_the_time_of_the_flight(tmp_path):
    store = predictions.PredictionLog(tmp_path / "log.db")
    store.put([row(i) for i in (5, 3, 9, 4)])
    store.close()
    at = "2013-04-01 00:0{}".format
    part = predictions.between(tmp_path / "log.db", at(3), at(5), by="sched_dep")
    assert list(part["flight_id"]) == [3, 4]
    assert part["sched_dep"].tolist() == [pd.Timestamp(at(3)), pd.Timestamp(at(4))]
    with pytest.raises(CourseError, match="can be"):
        predictions.between(tmp_path / "log.db", at(3), at(5), by="hour")


@pytest.mark.parametrize("bad", ["yesterday evening", None, 5, "2013-04-01T00:00Z"])
@pytest.mark.parametrize("by", ["received", "sched_dep"])
def test_between_needs_two_times(tmp_path, bad, by):
    predictions.PredictionLog(tmp_path / "log.db").close()
    with pytest.raises(CourseError, match=r"`start` is .*: give a time without a zone"):
        predictions.between(tmp_path / "log.db", bad, "2013-04-02", by)
    with pytest.raises(CourseError, match=r"`end` is .*: give a time without a zone"):
        predictions.between(tmp_path / "log.db", "2013-04-01", bad, by)


def test_between_takes_the_beginning_and_leaves_the_end(tmp_path):
    store = predictions.PredictionLog(tmp_path / "log.db")
    store.put([row(i) for i in range(10)])
    store.close()
    second = pd.Timestamp(1e9, unit="s")
    part = predictions.between(
        tmp_path / "log.db", second + pd.Timedelta("2s"), second + pd.Timedelta("5s")
    )
    assert list(part["flight_id"]) == [2, 3, 4]


def test_reading_what_is_not_there(tmp_path):
    with pytest.raises(CourseError, match="no database"):
        predictions.last(tmp_path / "none.db", 5)
    (tmp_path / "bad.db").write_text("nonsense")
    with pytest.raises(CourseError, match="cannot be read as a database of predictions"):
        predictions.last(tmp_path / "bad.db", 5)
