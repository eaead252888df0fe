"""The log of predictions by itself: order, batches, faults of the file, and reading it."""

import json
import logging
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from tests.service.asking import wait_for
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


def test_a_trickle_is_flushed_in_time(tmp_path, monkeypatch):
    # Not because there are many.
    monkeypatch.setattr(predictions, "WRITE_BATCH", 10**9)
    store = predictions.PredictionLog(tmp_path / "log.db")

    def put():
        assert store.put([row(1)])
        time.sleep(predictions.FLUSH_SECONDS / 20)
        return store.written > 20

    # Rows never stop coming, and are on disk all the same.
    wait_for(put)
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
    store.close()
    assert (store.written, store.waiting, store.dropped) == (0, 0, 10_000)
    lines = [json.loads(message) for message in caplog.messages]
    assert sum(line.get("lost", 0) for line in lines) == 10_000
    assert all(pd.Timestamp(line["time"]).tzinfo is not None for line in lines)
    assert caplog.records[0].levelno == logging.WARNING


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


def filled(path, *rows):
    store = predictions.PredictionLog(path)
    store.put(list(rows))
    store.close()
    return path


def test_only_the_columns_that_are_wanted(tmp_path):
    path = filled(tmp_path / "log.db", *(row(i) for i in range(10)))
    since, until = "2013-04-01T00:03", "2013-04-01T00:05"
    whole = predictions.between(path, since, until, by="sched_dep")
    assert list(whole) == predictions.COLUMNS
    for columns in (["flight_id", "temp"], ("sched_dep", "carrier"), ["received", "challenger"]):
        part = predictions.between(path, since, until, "sched_dep", columns)
        pd.testing.assert_frame_equal(part, whole[list(columns)])
    assert list(predictions.between(path, until, until, columns=["temp"])) == ["temp"]
    for bad in (["flight_id", "1; DROP TABLE predictions"], "temp"):
        with pytest.raises(CourseError, match="`columns` holds"):
            predictions.between(path, since, until, columns=bad)


def test_a_locked_file_is_told_at_once_to_who_does_not_wait(tmp_path):
    path = filled(tmp_path / "log.db", row(1))
    with sqlite3.connect(path) as thief:
        # Only a file without a write-ahead log can be locked for readers.
        thief.execute("PRAGMA journal_mode=DELETE")
        thief.execute("BEGIN EXCLUSIVE")
        with pytest.raises(CourseError, match="locked"):
            predictions.between(path, "2013-01-01", "2014-01-01", timeout=0)
    thief.close()
    with pytest.raises(CourseError, match="`timeout` is -1"):
        predictions.between(path, "2013-01-01", "2014-01-01", timeout=-1)


def test_one_row_that_is_odd_hides_no_other(tmp_path):
    odd = list(row(7))
    odd[predictions.COLUMNS.index("sched_dep")] = "a Tuesday"
    path = filled(tmp_path / "log.db", row(6), tuple(odd), row(8))
    table = predictions.last(path, 3)
    assert table["sched_dep"].isna().tolist() == [False, True, False]
    assert len(predictions.between(path, "2001-01-01", "2002-01-01")) == 3
    odd[predictions.COLUMNS.index("temp")] = "warm"
    filled(path, tuple(odd))
    with pytest.raises(CourseError, match="holds a text where numbers belong"):
        predictions.last(path, 3)


@pytest.mark.parametrize("bad", ["a", None, 2.5, -1, True])
def test_last_needs_a_number(tmp_path, bad):
    with pytest.raises(CourseError, match=r"`n` is .*: give a whole number"):
        predictions.last(filled(tmp_path / "log.db", row(1)), bad)


def test_rows_are_deleted_by_the_time_at_which_they_came(tmp_path):
    """Not by the departure, which the client says: it may be missing, or far away."""
    rows = [list(row(i)) for i in range(6)]
    for one, leaves in zip(
        rows, [None, "9999-12-31T00:00:00", "0001-01-01T00:00:00"] * 2, strict=True
    ):
        one[predictions.COLUMNS.index("sched_dep")] = leaves
    rows[0][predictions.COLUMNS.index("carrier")] = "a name to be forgotten"
    path = filled(tmp_path / "log.db", *map(tuple, rows))
    limit = pd.Timestamp(1e9 + 3, unit="s")
    assert predictions.delete_before(path, limit) == 3
    assert predictions.last(path, 10)["flight_id"].tolist() == [3, 4, 5]
    assert predictions.delete_before(path, limit) == 0
    # Also from the file, and from the log beside it.
    for file in tmp_path.iterdir():
        assert b"to be forgotten" not in file.read_bytes()
    with pytest.raises(CourseError, match="`limit` is 5: give a time without a zone"):
        predictions.delete_before(path, 5)
    with pytest.raises(CourseError, match="no database"):
        predictions.delete_before(tmp_path / "none.db", limit)


def test_rows_are_deleted_while_the_service_writes(tmp_path):
    store = predictions.PredictionLog(tmp_path / "log.db")
    for i in range(200):
        store.put([row(i)])
        if i % 50 == 49:
            wait_for(lambda: store.waiting == 0)
            predictions.delete_before(tmp_path / "log.db", pd.Timestamp(1e9 + i, unit="s"))
    store.close()
    assert store.written == 200
    assert predictions.last(tmp_path / "log.db", 10**6)["flight_id"].tolist() == [199]


def test_a_row_always_has_the_time_at_which_it_came(tmp_path):
    timeless = list(row(1))
    timeless[predictions.COLUMNS.index("received")] = None
    store = predictions.PredictionLog(tmp_path / "log.db")
    store.put([tuple(timeless)])
    store.close()
    assert (store.written, store.dropped) == (0, 1)


def test_reading_what_is_not_there(tmp_path):
    with pytest.raises(CourseError, match="no database"):
        predictions.last(tmp_path / "none.db", 5)
    (tmp_path / "bad.db").write_text("nonsense")
    with pytest.raises(CourseError, match="cannot be read as a database of predictions"):
        predictions.last(tmp_path / "bad.db", 5)
