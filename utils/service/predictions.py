"""The service's memory: each prediction in a SQLite file, written after the answer is sent.

One thread writes, in batches, from a queue that holds a limited number of rows. When the file
cannot be written (locked, disk full) the rows wait and the writer tries again. When the queue is
full, further rows are refused and counted: a service that waits for its log, or grows without end,
fails worse than one that misses a few rows and says so.

Two things can cost rows, and both are counted: a full queue, and a stop while the file cannot be
written for longer than GRACE_SECONDS. A kill costs what came within the last FLUSH_SECONDS.
"""

import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pandas as pd

from utils.errors import CourseError
from utils.flights import CATEGORICAL, FEATURES
from utils.given import a_moment, a_number, a_whole_number
from utils.service import log_lines

# `sched_dep` is when the flight leaves, `received` when it was asked for. `challenger` is the
# probability that a second model gave, if one was being tried.
COLUMNS = ["request_id", "received", "model", "flight_id", "sched_dep", *FEATURES]
COLUMNS += ["probability", "challenger", "challenger_model"]

# How many rows may wait for the database.
CAPACITY = 20_000
# How many rows are written at once, at most.
WRITE_BATCH = 2_000
# Rows are committed this often: a kill costs at most what came since.
FLUSH_SECONDS = 0.2
# Timeout of one write that waits for a lock; then it is tried again.
LOCK_SECONDS = 1
# Timeout of `close` when the file cannot be written.
GRACE_SECONDS = 2
# Timeout of a reader that waits for a lock.
READ_SECONDS = 10

_TEXT = {"request_id", "model", "sched_dep", "challenger_model", *CATEGORICAL}
_TIMES = {"received", "sched_dep"}
# A row without the time at which it came would never be too old.
_TYPES = {c: "TEXT" if c in _TEXT else "REAL" for c in COLUMNS} | {"received": "REAL NOT NULL"}
_TABLE = ", ".join(f"{c} {kind}" for c, kind in _TYPES.items())
_INSERT = f"INSERT INTO predictions ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"


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
        while len(rows) < WRITE_BATCH:
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
            log_lines.write({"lost": len(batch), "problem": self.problem}, logging.ERROR)

    def _complain(self, problem: str) -> None:
        if self.problem is None:
            log_lines.write({"log": "cannot write", "problem": problem}, logging.WARNING)
        self.problem = problem


def last(path: str | Path, n: int) -> pd.DataFrame:
    """Return the last `n` predictions of a file, the oldest first.

    Columns: COLUMNS, with `received` (UTC) and `sched_dep` (local) as times; NaT where the
    departure was not told, or is none. Raises CourseError when there is no such file.
    """
    a_whole_number("n", n, 0, 1_000_000_000)
    table = _read(path, COLUMNS, "ORDER BY rowid DESC LIMIT ?", (int(n),), READ_SECONDS)
    return table[::-1].reset_index(drop=True)


def between(
    path: str | Path,
    start,
    end,
    by: str = "received",
    columns: Sequence[str] = tuple(COLUMNS),
    timeout: float = READ_SECONDS,
) -> pd.DataFrame:
    """Return the predictions from `start` up to, and without, `end`, in the order of the file.

    `by` says which time counts: when the prediction was "received" (UTC), or when the flight
    leaves ("sched_dep", local). `columns` are those wanted, as in `last`; fewer are faster.
    `timeout` is how many seconds to wait while the file is locked. Raises CourseError when there
    is no such file, or it cannot be read in time.
    """
    if by not in _TIMES:
        raise CourseError(f'`by` is {by!r}; it can be "received" or "sched_dep".')
    unknown = [columns] if isinstance(columns, str) else [c for c in columns if c not in COLUMNS]
    if unknown:
        raise CourseError(
            f"`columns` holds {unknown[0]!r}; give a list of names out of {', '.join(COLUMNS)}."
        )
    a_number("timeout", timeout, 0, 3_600)
    given = _moments(by, start=start, end=end)
    return _read(path, columns, f"WHERE {by} >= ? AND {by} < ? ORDER BY rowid", given, timeout)


def delete_before(path: str | Path, limit) -> int:
    """Delete the predictions that were received before `limit` (UTC); return how many they were.

    It goes by the time that the service itself has noted: `sched_dep` comes from the client, who
    may leave it out, or name the year 9999. What is deleted is overwritten in the file. Raises
    CourseError when there is no such file, or it cannot be written.
    """
    (moment,) = _moments("received", limit=limit)
    with _opened(path, "rw", READ_SECONDS) as connection:
        connection.execute("PRAGMA secure_delete=ON")
        with connection:
            gone = connection.execute("DELETE FROM predictions WHERE received < ?", (moment,))
        # What was deleted stands in the write-ahead log until that is emptied.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return gone.rowcount


def _moments(by: str, **given) -> list:
    what = 'a time without a zone, like "2013-05-15 12:00"'
    moments = [a_moment(name, value, what) for name, value in given.items()]
    return [t.isoformat() if by == "sched_dep" else t.timestamp() for t in moments]


def _read(path, columns: Sequence[str], which: str, arguments: Sequence, timeout) -> pd.DataFrame:
    with _opened(path, "ro", timeout) as connection:
        query = f"SELECT {', '.join(columns)} FROM predictions {which}"
        rows = connection.execute(query, arguments).fetchall()
    table = pd.DataFrame(rows, columns=list(columns))
    try:
        table = table.astype({c: "str" if c in _TEXT else "float64" for c in columns})
    except ValueError as error:  # SQLite keeps a text in a column of numbers, if it is given one
        raise CourseError(f"{path} holds a text where numbers belong ({error}).") from None
    if "received" in table:
        received = pd.to_datetime(table["received"], unit="s")
        table["received"] = received.astype("datetime64[ms]")
    if "sched_dep" in table:
        # One row with a text that is no time must not hide all the others.
        leaves = pd.to_datetime(table["sched_dep"], format="ISO8601", errors="coerce")
        table["sched_dep"] = leaves.astype("datetime64[ms]")
    return table


@contextmanager
def _opened(path, mode: str, timeout: float) -> Iterator[sqlite3.Connection]:
    """Open a file that exists; what goes wrong with it is told in a sentence."""
    if not Path(path).is_file():
        raise CourseError(f"There is no database in {path}. Has the service been started on it?")
    address = f"{Path(path).resolve().as_uri()}?mode={mode}"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=timeout)) as connection:
            yield connection
    except sqlite3.Error as error:
        done = "read" if mode == "ro" else "written"
        raise CourseError(
            f"{path} cannot be {done} as a database of predictions ({error})."
        ) from None


def _connect(path: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path, timeout=LOCK_SECONDS)
        # Readers and the writer do not wait for one another.
        connection.execute("PRAGMA journal_mode=WAL")
        # In this mode the file survives a crash of the service; only a power cut costs the tail.
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(f"CREATE TABLE IF NOT EXISTS predictions ({_TABLE})")
        found = [column[1] for column in connection.execute("PRAGMA table_info(predictions)")]
        connection.execute("CREATE INDEX IF NOT EXISTS by_time ON predictions (received)")
        connection.commit()
    except sqlite3.Error as error:
        raise CourseError(
            f"{path} cannot be used as a database ({error}). Is the folder there, may you write in "
            "it, is the file a database, and does no other program lock it?"
        ) from None
    if found != COLUMNS:
        connection.close()
        raise CourseError(f"{path} has other columns than this version writes. Use a new file.")
    return connection
