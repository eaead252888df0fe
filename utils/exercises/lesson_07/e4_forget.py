"""Exercise 7.4: the job that forgets in time, on real files of predictions."""

import contextlib
import sqlite3
import tempfile
from pathlib import Path

import pandas as pd

from utils.exercises.expect import a_function, a_number
from utils.exercises.judges.facts import Facts
from utils.exercises.judges.table import Slip
from utils.exercises.registry import exercise
from utils.exercises.running import run
from utils.exercises.verdicts import NotYet
from utils.service import predictions

NOW = pd.Timestamp("2013-05-20 04:00")
DAY = 86_400
OLD, YOUNG = "2013-04-01T06:00:00", "2013-05-19T06:00:00"

# A row: what is said of it, its age in seconds when the job runs, `sched_dep`, `carrier`.
_ROWS = [
    ("was received 31 days ago", 31 * DAY, OLD, "UA"),
    ("was received 30 days and 1 s ago", 30 * DAY + 1, OLD, "DL"),
    ("was received exactly 30 days ago", 30 * DAY, OLD, "AA"),
    ("was received 1 s less than 30 days ago", 30 * DAY - 1, OLD, "B6"),
    ("was received 29 days ago for a flight of six weeks ago", 29 * DAY, OLD, "EV"),
    ("was received 40 days ago and has no `sched_dep`", 40 * DAY, None, "MQ"),
    ("was received 2 days ago and has no `sched_dep`", 2 * DAY, None, "WN"),
    ("was received 300 days ago with a `sched_dep` in 9999", 300 * DAY, "9999-12-31T00:00", "US"),
    ("was received 45 days ago for a flight of yesterday", 45 * DAY, YOUNG, "VX"),
    ("was received a moment ago", 1, YOUNG, "FL"),
    ("was received 8 days ago", 8 * DAY, OLD, "9E"),
    ("was received 6 days ago", 6 * DAY, OLD, "AS"),
]
_NAMES = ["Ada Smith", "ua", "Ua", "U", "UAL", "U ", "", "AS", "Ä1", "9E", "11", None, "A\n"]
_NAMED = [
    (f"was received {i} days ago with the carrier {name!r}", i * DAY, YOUNG, name)
    for i, name in enumerate(_NAMES, start=1)
]
CASES = {
    "30 days": (_ROWS, NOW, 30),
    "7 days": (_ROWS, NOW, 7),
    "30 days, ten days later": (_ROWS, NOW + pd.Timedelta(days=10), 30),
    "names among the carriers": (_NAMED, NOW, 30),
    "nothing to forget": (_ROWS[9:], NOW, 30),
}


class _Forgotten(Facts):
    def read(self, answer):
        return a_function(answer, self.name, 3)

    def observe(self, forget, name, case):
        rows, now, days = case
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "predictions.db"
            _fill(path, rows)
            with _connections() as opened:
                returned, _ = run(forget, str(path), now, days)
            still_open = sum(not connection.was_closed for connection in opened)
            for connection in opened:
                connection.really_close()
            left, carriers = _content(path)
        if returned is None:
            raise NotYet(f"`{self.name}` returned None; it should return how many rows it deleted.")
        return {
            "left": left,
            "carriers": carriers,
            "returned": a_number(returned, f"What `{self.name}` returns"),
            "closed": still_open == 0,
        }


def _fill(path, rows):
    predictions._connect(path).close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executemany(
            "INSERT INTO predictions (request_id, received, flight_id, sched_dep, carrier, "
            "probability) VALUES (?, ?, ?, ?, ?, 0.2)",
            # Their order in the file is not their order in time.
            [
                (f"r{i}", NOW.timestamp() - age, i, sched_dep, carrier)
                for i, (_, age, sched_dep, carrier) in enumerate(rows)
            ][::-1],
        )
        connection.commit()


def _content(path):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT flight_id, carrier FROM predictions ORDER BY flight_id")
        found = {int(number): carrier for number, carrier in found}
    return sorted(found), found


@contextlib.contextmanager
def _connections():
    """Keep every connection that is opened in the block: Python closes forgotten ones by itself."""
    opened, connect = [], sqlite3.connect

    class Watched(sqlite3.Connection):
        was_closed = False

        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            opened.append(self)

        def close(self):
            self.was_closed = True
            super().close()

        def really_close(self):
            super().close()

    sqlite3.connect = lambda *args, **kwargs: connect(*args, **{"factory": Watched} | kwargs)
    try:
        yield opened
    finally:
        sqlite3.connect = connect


CODE = "[A-Z0-9][A-Z0-9]"


def _forget(
    where="received < ?", blank="SET carrier = NULL", names=f"carrier NOT GLOB '{CODE}'", **other
):
    """Return a `forget` that is right but for what is given."""

    def forget(path, now, days):
        limit = other.get("limit", lambda now, days: (now - pd.Timedelta(days=days)).timestamp())
        connection = sqlite3.connect(path)
        deleted = connection.execute(
            f"DELETE FROM predictions WHERE {where}", (limit(now, days),)
        ).rowcount
        changed = connection.execute(
            f"UPDATE predictions {blank} WHERE {names}"
            if blank
            else f"DELETE FROM predictions WHERE {names}"
        ).rowcount
        left = connection.execute("SELECT count(*) FROM predictions").fetchone()[0]
        if not other.get("forgets_to_commit"):
            connection.commit()
        if not other.get("stays_open"):
            connection.close()
        return other.get("returned", lambda deleted, changed, left: deleted)(deleted, changed, left)

    return forget


SLIPS = [
    Slip(
        "`sched_dep` is what the client says, and it may be missing, or lie as far away as the "
        "client likes. `received` is the service's own.",
        _forget(
            "sched_dep < ?", limit=lambda now, days: (now - pd.Timedelta(days=days)).isoformat()
        ),
    ),
    Slip(
        "A row that is exactly as old as the limit is not older, and stays.",
        _forget("received <= ?"),
    ),
    Slip("These are the young ones; the old ones should go.", _forget("received > ?")),
    Slip(
        "Nothing has changed in the file: what is not committed is undone when the connection is "
        "closed.",
        _forget(forgets_to_commit=True),
    ),
    Slip(
        "Rows are as old as they are at `now`, which the job is given; your function looks at the "
        "clock, or at a time of its own.",
        _forget(limit=lambda now, days: (NOW - pd.Timedelta(days=days)).timestamp()),
    ),
    Slip(
        "With such a limit every row is too old. It is in seconds since 1970, as `received` is, "
        "and counts back from `now`, which the job is given; the clock of today is not asked.",
        _forget(limit=lambda now, days: 1.7e9),
    ),
    Slip(
        "Your limit is 30 days whatever `days` says.",
        _forget(limit=lambda now, days: (now - pd.Timedelta(days=30)).timestamp()),
    ),
    Slip(
        "Rows with a name among the carriers are gone. Only the name should go: `UPDATE ... SET "
        "carrier = NULL`.",
        _forget(blank=""),
    ),
    Slip("The names are still there.", _forget(names="0")),
    Slip(
        "What is too long is gone. A carrier's code has two characters, each a capital letter from "
        "A to Z or a digit: some others have two as well.",
        _forget(names="length(carrier) > 2"),
    ),
    Slip(
        "What has not two characters is gone. Each of them is a capital letter from A to Z or a "
        "digit, too.",
        _forget(names="length(carrier) != 2"),
    ),
    Slip(
        "Small letters pass as a code: `LIKE` does not tell them from capitals, and `GLOB` does.",
        _forget(names=f"upper(carrier) NOT GLOB '{CODE}'"),
    ),
    Slip(
        "Whatever carrier is there is gone, the codes too.",
        _forget(names="1"),
    ),
    Slip(
        "A word stands in the place of the name. NULL is what says that nothing is known, and no "
        "one takes it for a carrier.",
        _forget(blank="SET carrier = 'removed'"),
    ),
    Slip(
        "That is an empty text. NULL is what says that nothing is known.",
        _forget(blank="SET carrier = ''"),
    ),
    Slip("That is how many are left.", _forget(returned=lambda deleted, changed, left: left)),
    Slip(
        "The rows that have only lost a name are in it; they are not deleted.",
        _forget(returned=lambda deleted, changed, left: deleted + changed),
    ),
    Slip("That is the number of names.", _forget(returned=lambda deleted, changed, left: changed)),
    Slip(
        "`with sqlite3.connect(...)` ends a transaction, and leaves the connection open. "
        "`with closing(sqlite3.connect(...)) as connection:` closes it.",
        _forget(stays_open=True),
    ),
]


def _tell_left(name, left):
    rows = CASES[name][0]
    return f"For {name} {len(left)} of {len(rows)} rows are left."


def _look_left(name, left, wanted):
    rows = CASES[name][0]
    number = min(set(left) ^ set(wanted))
    did = "is still there" if number in left else "is gone"
    return f"The row that {rows[number][0]} {did}."


def _look_carriers(name, carriers, wanted):
    number = min(k for k in wanted if carriers[k] != wanted[k])
    was, now = CASES[name][0][number][3], carriers[number]
    return f"The carrier {was!r} is {now!r} now. Two characters, each from A to Z or a digit, stay."


exercise(
    "7.4",
    "Forget in time",
    stars=2,
    minutes=12,
    hints=[
        "Two statements in SQL, `DELETE` and `UPDATE`, and a `commit`. Which column says when the "
        "service got a row, whatever the client has sent?",
        "`(now - pd.Timedelta(days=days)).timestamp()` is the limit in seconds since 1970, as "
        "`received` has it. `execute(...)` returns a cursor, and its `rowcount` is how many rows "
        "it struck.",
        "`carrier NOT GLOB '[A-Z0-9][A-Z0-9]'` is true for every text that is no code.",
        "`with closing(sqlite3.connect(path)) as connection:`, in it "
        '`gone = connection.execute("DELETE FROM predictions WHERE received < ?", (limit,))`, then '
        '`connection.execute("UPDATE predictions SET carrier = NULL WHERE carrier NOT GLOB ...")`, '
        "then `connection.commit()`; return `gone.rowcount`.",
    ],
    learned="The age that counts is the one that you wrote down yourself. What a client may choose "
    "(a date, a field) cannot decide what is deleted.",
    check=_Forgotten(
        "forget",
        _forget(),
        cases=CASES,
        slips=SLIPS,
        tells={
            "left": _tell_left,
            "carriers": lambda name, carriers: (
                f"For {name}, of the carriers that are left "
                f"{sum(c is None for c in carriers.values())} are NULL."
            ),
            "returned": lambda name, n: f"For {name} `forget` returned {n:,}.",
            "closed": lambda name, closed: "When `forget` has returned, the file is still open.",
        },
        look={
            "left": _look_left,
            "carriers": _look_carriers,
            "returned": "Return how many rows were deleted: the cursor of `DELETE` has a "
            "`rowcount`.",
        },
    ),
)
