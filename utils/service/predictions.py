"""The service's memory: each prediction in a SQLite file, written after the answer is sent.

One thread writes, in batches, from a queue that holds a limited number of rows. When the file
cannot be written (locked, disk full) the rows wait and the writer tries again. When the queue is
full, further rows are refused and counted: a service that waits for its log, or grows without end,
fails worse than one that misses a few rows and says so.
"""

import json
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from utils.errors import CourseError
from utils.flights import CATEGORICAL, FEATURES
from utils.given import a_moment

# `sched_dep` is when the flight leaves, `received` when it was asked for. `challenger` is the
# probability that a second model gave, if one was being tried.
COLUMNS = ["request_id", "received", "model", "flight_id", "sched_dep", *FEATURES]
COLUMNS += ["probability", "challenger", "challenger_model"]

CAPACITY = 20_000
BATCH = 2_000
# What kill -9 can cost at most: rows are committed this often.
FLUSH_SECONDS = 0.2
# So long a write waits for a lock, before it is tried again.
LOCK_SECONDS = 1
# So long `close` goes on trying when the file cannot be written.
GRACE_SECONDS = 2

_TEXT = {"request_id", "model", "sched_dep", "challenger_model", *CATEGORICAL}
_TIMES = {"received", "sched_dep"}
_TABLE = ", ".join(f"{c} {'TEXT' if c in _TEXT else 'REAL'}" for c in COLUMNS)
_INSERT = f"INSERT INTO predictions ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"

log = logging.getLogger("flightdelay")


class PredictionLog:
    """Writes predictions to a SQLite file in the background; `close()` writes all that is left.

    `dropped` and `written` count rows, `waiting` says how many are not on disk yet, `problem` why
    the last write failed (None when it did not). Raises CourseError when the file cannot be used.
    """

    def __init__(self, path: str | Path, capacity: int = CAPACITY):
        self.path = Path(path)
        self.dropped = 0
        self.written = 0
        self.waiting = 0
        self.problem: str | None = None
        self._capacity = capacity
        self._queue: queue.Queue = queue.Queue()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._give_up_at = float("inf")
        _connect(self.path).close()
        self._thread = threading.Thread(target=self._write, name="prediction log", daemon=True)
        self._thread.start()

    def put(self, rows: Sequence[tuple]) -> bool:
        """Take rows (values in the order of COLUMNS) to be written; False when there is no room."""
        with self._lock:
            if self._closing.is_set() or self.waiting + len(rows) > self._capacity:
                self.dropped += len(rows)
                return False
            self.waiting += len(rows)
            self._queue.put(rows)
        return True

    def close(self) -> None:
        """Write what is left, and end; closing twice does no harm."""
        with self._lock:
            self._closing.set()
            self._give_up_at = min(self._give_up_at, time.monotonic() + GRACE_SECONDS)
        self._thread.join()

    def _write(self) -> None:
        connection = _connect(self.path)
        while True:
            batch = self._next_batch()
            if batch:
                self._commit(connection, batch)
            elif self._closing.is_set() and self.waiting == 0:
                connection.close()
                return

    def _next_batch(self) -> list[tuple]:
        """Collect rows until there are many, or it is time to flush."""
        rows: list[tuple] = []
        flush_at = time.monotonic() + FLUSH_SECONDS
        while len(rows) < BATCH:
            wait = 0 if self._closing.is_set() else max(0, flush_at - time.monotonic())
            try:
                rows += self._queue.get(timeout=wait)
            except queue.Empty:
                break
        return rows

    def _commit(self, connection: sqlite3.Connection, batch: list[tuple]) -> None:
        """Write a batch; while the file refuses (locked, disk full), try again."""
        kept = False
        while not kept and not (self.problem and time.monotonic() > self._give_up_at):
            try:
                with connection:
                    connection.executemany(_INSERT, batch)
                kept, self.problem = True, None
            except sqlite3.OperationalError as error:
                self._complain(f"{error}; {self.waiting} rows wait")
                time.sleep(FLUSH_SECONDS)
            except Exception as error:  # rows that SQLite will never take
                self._complain(f"{type(error).__name__}: {error}")
                break
        with self._lock:
            self.waiting -= len(batch)
            if kept:
                self.written += len(batch)
            else:
                self.dropped += len(batch)
        if not kept:
            log.error(json.dumps({"lost": len(batch), "problem": self.problem}))

    def _complain(self, problem: str) -> None:
        if self.problem is None:
            log.warning(json.dumps({"log": "cannot write", "problem": problem}))
        self.problem = problem


def last(path: str | Path, n: int) -> pd.DataFrame:
    """Return the last `n` predictions of a file, the oldest first.

    Columns: COLUMNS, with `received` (UTC) and `sched_dep` (local, NaT when it was not told) as
    times. Raises CourseError when there is no such file.
    """
    table = _read(path, "SELECT * FROM predictions ORDER BY rowid DESC LIMIT ?", (int(n),))
    return table[::-1].reset_index(drop=True)


def between(path: str | Path, start, end, by: str = "received") -> pd.DataFrame:
    """Return the predictions from `start` up to, and without, `end`.

    `by` says which time counts: when the prediction was "received" (UTC), or when the flight
    leaves ("sched_dep", local). Columns as in `last`; raises CourseError as `last` does.
    """
    if by not in _TIMES:
        raise CourseError(f'`by` is {by!r}; it can be "received" or "sched_dep".')
    what = 'a time without a zone, like "2013-05-15 12:00"'
    moments = [a_moment(name, t, what) for name, t in (("start", start), ("end", end))]
    given = [t.isoformat() if by == "sched_dep" else t.timestamp() for t in moments]
    condition = f"{by} >= ? AND {by} < ? ORDER BY rowid"
    return _read(path, f"SELECT * FROM predictions WHERE {condition}", given)


def _read(path, query: str, arguments: Sequence) -> pd.DataFrame:
    if not Path(path).is_file():
        raise CourseError(f"There is no database in {path}. Has the service been started on it?")
    connection = sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro", uri=True, timeout=10)
    try:
        table = pd.read_sql_query(query, connection, params=arguments)
    except (sqlite3.Error, pd.errors.DatabaseError) as error:
        raise CourseError(
            f"{path} cannot be read as a database of predictions ({error})."
        ) from None
    finally:
        connection.close()
    numbers = [c for c in COLUMNS if c not in _TEXT]
    table = table.astype({c: "float64" for c in numbers} | {c: "str" for c in _TEXT})
    received = pd.to_datetime(table["received"], unit="s").astype("datetime64[ms]")
    leaves = pd.to_datetime(table["sched_dep"], format="ISO8601").astype("datetime64[ms]")
    return table.assign(received=received, sched_dep=leaves)


def _connect(path: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path, timeout=LOCK_SECONDS)
        # Readers and the writer do not wait for one another.
        connection.execute("PRAGMA journal_mode=WAL")
        # In this mode the file survives a crash of the service; only a power cut costs the tail.
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(f"CREATE TABLE IF NOT EXISTS predictions ({_TABLE})")
        there = [column[1] for column in connection.execute("PRAGMA table_info(predictions)")]
        connection.execute("CREATE INDEX IF NOT EXISTS by_time ON predictions (received)")
        connection.commit()
    except sqlite3.Error as error:
        raise CourseError(
            f"{path} cannot be used as a database ({error}). Is the folder there, may you write in "
            "it, is the file a database, and does no other program lock it?"
        ) from None
    if there != COLUMNS:
        connection.close()
        raise CourseError(f"{path} has other columns than this version writes. Use a new file.")
    return connection
