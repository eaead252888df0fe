"""The service's memory: each prediction in a SQLite file, written after the answer is sent.

One thread writes, in batches, from a queue that holds a limited number of rows. When it is full,
further rows are refused and counted: a service that waits for its log, or grows without end, fails
worse than one that misses a few rows and says so.
"""

import queue
import sqlite3
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from utils.errors import CourseError
from utils.flights import CATEGORICAL, FEATURES

COLUMNS = ["request_id", "received", "model", "flight_id", *FEATURES, "probability"]

CAPACITY = 20_000
BATCH = 2_000
# What kill -9 can cost at most: rows are committed this often.
FLUSH_SECONDS = 0.2

_TEXT = {"request_id", "model", *CATEGORICAL}
_TABLE = ", ".join(f"{c} {'TEXT' if c in _TEXT else 'REAL'}" for c in COLUMNS)
_INSERT = f"INSERT INTO predictions ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"


class PredictionLog:
    """Writes predictions to a SQLite file in the background; `close()` writes all that is left.

    `dropped` and `written` count rows, `waiting` is what the queue holds. Raises CourseError when
    the file cannot be used.
    """

    def __init__(self, path: str | Path, capacity: int = CAPACITY):
        self.path = Path(path)
        self.dropped = 0
        self.written = 0
        self.problem: str | None = None
        self._queue: queue.Queue = queue.Queue()
        self._capacity = capacity
        self._waiting = 0
        self._lock = threading.Lock()
        self._closing = threading.Event()
        _connect(self.path).close()
        self._thread = threading.Thread(target=self._write, name="prediction log", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """The number of rows that are not on disk yet."""
        return self._waiting

    def put(self, rows: Sequence[tuple]) -> bool:
        """Take rows (values in the order of COLUMNS) to be written; False when there is no room."""
        with self._lock:
            if self._closing.is_set() or self._waiting + len(rows) > self._capacity:
                self.dropped += len(rows)
                return False
            self._waiting += len(rows)
        self._queue.put(rows)
        return True

    def close(self) -> None:
        """Write what is left, and end; closing twice does no harm."""
        with self._lock:
            self._closing.set()
        self._thread.join()

    def _write(self) -> None:
        connection = _connect(self.path)
        while True:
            batch = self._next_batch()
            if batch:
                self._commit(connection, batch)
            elif self._closing.is_set() and self._queue.empty():
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
        try:
            with connection:
                connection.executemany(_INSERT, batch)
        except sqlite3.Error as error:
            # A full disk or a locked file: counted and said, not hidden.
            self.problem = str(error)
            with self._lock:
                self.dropped += len(batch)
        else:
            self.problem = None
            self.written += len(batch)
        with self._lock:
            self._waiting -= len(batch)


def last(path: str | Path, n: int) -> pd.DataFrame:
    """Return the last `n` predictions of a file, the oldest first.

    Columns: COLUMNS, with `received` as UTC time. Raises CourseError when there is no such file.
    """
    return _read(path, "SELECT * FROM predictions ORDER BY rowid DESC LIMIT ?", (int(n),))[::-1]


def between(path: str | Path, start, end) -> pd.DataFrame:
    """Return the predictions received from `start` up to, and without, `end` (UTC)."""
    moments = tuple(pd.Timestamp(t).timestamp() for t in (start, end))
    condition = "received >= ? AND received < ? ORDER BY rowid"
    return _read(path, f"SELECT * FROM predictions WHERE {condition}", moments)


def _read(path, query: str, arguments: tuple) -> pd.DataFrame:
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
    return table.assign(received=received).reset_index(drop=True)


def _connect(path: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path, timeout=10)
        # Readers and the writer do not wait for one another.
        connection.execute("PRAGMA journal_mode=WAL")
        # In this mode the file survives a crash of the service; only a power cut costs the tail.
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(f"CREATE TABLE IF NOT EXISTS predictions ({_TABLE})")
        connection.execute("CREATE INDEX IF NOT EXISTS by_time ON predictions (received)")
        connection.commit()
    except sqlite3.Error as error:
        raise CourseError(
            f"{path} cannot be used as a database ({error}). Is the folder there, may you write in "
            "it, and is the file a database?"
        ) from None
    return connection
