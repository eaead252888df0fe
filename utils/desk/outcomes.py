"""The outcomes of flights, which become known a day late: a database that the replay writes."""

import sqlite3
from collections import deque
from pathlib import Path

import pandas as pd

# A flight's outcome is known so long after it should have left.
LABEL_DELAY = pd.Timedelta("1D")

_COLUMNS = ["flight_id", "sched_dep", "arr_delay", "late", "known"]


class Outcomes:
    """Writes the outcome of each flight into a file as soon as it is known."""

    def __init__(self, path: Path, flights: pd.DataFrame):
        self._due = deque(_rows(flights))
        self._database = sqlite3.connect(path, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute(f"CREATE TABLE outcomes ({', '.join(_COLUMNS)})")

    def publish(self, clock: pd.Timestamp) -> None:
        """Write what is known at this replayed time."""
        now, known = clock.isoformat(), []
        while self._due and self._due[0][-1] <= now:
            known.append(self._due.popleft())
        if known:
            with self._database:
                self._database.executemany("INSERT INTO outcomes VALUES (?, ?, ?, ?, ?)", known)


def read(path: Path | str, until: pd.Timestamp | None = None) -> pd.DataFrame:
    """Return the outcomes in a database, those known by `until` when that is given."""
    limit = "9" if until is None else pd.Timestamp(until).isoformat()
    connection = sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro", uri=True, timeout=2)
    try:
        query = "SELECT * FROM outcomes WHERE known <= ? ORDER BY sched_dep, flight_id"
        table = pd.read_sql_query(query, connection, params=[limit])
    finally:
        connection.close()
    times = {c: pd.to_datetime(table[c], format="ISO8601") for c in ("sched_dep", "known")}
    numbers = {"flight_id": "float64", "arr_delay": "float64", "late": "float64"}
    return table.assign(**times).astype(numbers)


def _rows(flights: pd.DataFrame) -> list[tuple]:
    """Return a row for each flight, in the order in which its outcome becomes known."""
    leaves = flights["sched_dep"].sort_values(kind="stable")
    table = flights.loc[leaves.index, ["flight_id", "arr_delay", "late"]].astype("float64")
    table = table.astype(object).where(table.notna(), None)
    known = leaves + LABEL_DELAY
    columns = [leaves.map(pd.Timestamp.isoformat), known.map(pd.Timestamp.isoformat)]
    return [
        (flight, sched_dep, delay, late, known)
        for (flight, delay, late), sched_dep, known in zip(
            table.itertuples(index=False, name=None), *columns, strict=True
        )
    ]
