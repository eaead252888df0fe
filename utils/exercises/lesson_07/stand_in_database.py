"""What the check of exercise 7.3 does: it locks a database, breaks it, and counts at the end.

Each scene sends requests to an app, one after the other, stops it, and returns facts. What is
waited for is an event, with so much patience that a busy machine is no fault of the app.
"""

import contextlib
import threading
import time

from utils.exercises.judges.apps import (
    STOP_SECONDS,
    NoAnswer,
    an_app,
    ask_prediction,
    call,
    serve,
)
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet

__all__ = ["STOP_SECONDS"]

BACKLOG, ROOM, CROWD, FAILING = 12, 8, 28, 7
# So long the database stays locked when the app has been told to stop, unless that ends sooner: a
# limit on the waiting at the end, of two seconds or so, would lose the rest.
STILL_LOCKED = 2.2
# An app that does not wait at the end has ended in less.
AT_ONCE = 0.2
# What each pair takes to be written, so that a backlog is one also when the lock is gone.
ROW_SECONDS = 0.02


def stopped_with_a_backlog(function):
    """Lock the database, send, stop the app, unlock: all that was answered must be written."""
    database, facts = _Database(row_seconds=ROW_SECONDS), {"ended": "in time"}
    database.unlocked.clear()
    try:
        with _logged(function, database, 100) as running, _unlocked_if_it_fails(database):
            for i in range(BACKLOG):
                _send(running, i, function)
            waits = (running, database, facts, STILL_LOCKED)
            unlocking = threading.Thread(target=_unlock, args=waits)
            unlocking.start()
    except NotYet as problem:
        if "did not stop" not in str(problem):
            raise
        facts["ended"] = "not at all"
    unlocking.join()
    # Now it has ended: what is not written by now is lost.
    written = sorted(database.pairs)
    whole = written == [(i, i / 100) for i in range(BACKLOG)]
    return {
        "given": database.odd or "pairs",
        "together": "one" if database.together < 2 else "several",
        "reached": "some did" if database.calls else "none did",
        "ended": facts["ended"],
        "written": "all" if whole else "some" if len(written) < BACKLOG else "others",
    }


def _unlock(running, database, facts, seconds):
    """Unlock so long after the app has been told to stop; note whether it did wait."""
    while not running.server.should_exit:
        time.sleep(0.001)
    running.thread.join(seconds)
    if not running.thread.is_alive():
        facts["ended"] = "too early"
    database.unlocked.set()


@contextlib.contextmanager
def _unlocked_if_it_fails(database):
    """Unlock the database when the block fails: an app at fault need not be waited for."""
    try:
        yield
    except BaseException:
        database.unlocked.set()
        raise


def more_than_there_is_room_for(function):
    """Send more than there is room for, and stop: what comes on top is dropped, and counted."""
    database, facts = _Database(), {"ended": "in time"}
    database.unlocked.clear()
    with _logged(function, database, ROOM) as running, _unlocked_if_it_fails(database):
        state = running.server.config.app.state
        at_first = getattr(state, "dropped", "nothing")
        for i in range(CROWD):
            _send(running, i, function)
            if i == 0:
                # From here on the writer has its hands full, and what comes has to wait.
                database.entered.wait(3)
        in_hand, dropped = len(database.holding), getattr(state, "dropped", None)
        waits = (running, database, facts, 3 * AT_ONCE)
        unlocking = threading.Thread(target=_unlock, args=waits)
        unlocking.start()
    unlocking.join()
    written = [number for number, _ in database.pairs]
    kept = "about room"
    if len(written) == CROWD:
        kept = "all"
    elif len(written) - in_hand > 1.25 * ROOM:
        kept = "too many"
    elif len(written) - in_hand < 0.75 * ROOM:
        kept = "too few"
    elif sorted(written) != list(range(len(written))):
        kept = "the later ones"
    number = isinstance(dropped, int) and not isinstance(dropped, bool)
    return {
        "given": database.odd or "pairs",
        "at first": 0 if at_first == 0 and not isinstance(at_first, bool) else at_first,
        "dropped": "a number" if number else describe(dropped),
        **facts,
        "sum": _sum(written, dropped, CROWD) if number else "",
        "kept": kept,
        "together": "one" if database.together < 2 else "several",
    }


def some_writes_fail(function):
    """Let every second `write` raise, also at the end: nothing gets lost uncounted."""
    database, facts = _Database(failing=True), {"ended": "in time"}
    try:
        with (
            _no_traceback_of_ours(),
            _logged(function, database, 100) as running,
            _unlocked_if_it_fails(database),
        ):
            state = running.server.config.app.state
            for i in range(FAILING):
                _send(running, i, function)
                if i < 3:  # one by one, and the others when the app has been told to stop
                    _until(lambda i=i: database.calls > i and not database.inside)
                if i == 2:
                    database.unlocked.clear()
            waits = (running, database, {}, AT_ONCE)
            threading.Thread(target=_unlock, args=waits).start()
    except NotYet as problem:
        if "did not stop" not in str(problem):
            raise
        facts["ended"] = "not at all"
    alone = database.calls == 1 and database.lost < FAILING
    return {
        "given": database.odd or "pairs",
        "called again": "no" if alone else "yes",
        **facts,
        "sum": _sum(database.pairs, getattr(state, "dropped", 0), FAILING),
        "together": "one" if database.together < 2 else "several",
    }


def _until(true, seconds=2):
    """Wait until something is true, or so long."""
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.001)


def _sum(written, dropped, sent):
    together = len(written) + dropped
    return "right" if together == sent else "too few" if together < sent else "too many"


@contextlib.contextmanager
def _no_traceback_of_ours():
    """Keep the exception that we raise in the learner's thread out of the notebook."""
    before = threading.excepthook
    threading.excepthook = lambda told: None if told.exc_type is _DiskFull else before(told)
    try:
        yield
    finally:
        threading.excepthook = before


class _DiskFull(Exception):
    """What a failing write raises."""


class _Database:
    """A stand-in for a database: slow, locked, or failing; it notes what it gets."""

    def __init__(self, row_seconds=0.0, failing=False):
        self.pairs, self.together, self.odd = [], 0, None
        self.calls, self.lost, self.holding = 0, 0, []
        self._row_seconds, self._failing, self.inside = row_seconds, failing, 0
        self.entered, self.unlocked = threading.Event(), threading.Event()
        self.unlocked.set()

    def write(self, rows):
        self.calls += 1
        self.inside += 1
        self.together = max(self.together, self.inside)
        with contextlib.suppress(TypeError):
            self.holding = list(rows)
        self.entered.set()
        try:
            self.unlocked.wait(20)
            if self._failing and self.calls % 2:
                self.lost += len(rows)
                raise _DiskFull("the disk is full")
            for row in rows:
                flights, predictions = row
                time.sleep(self._row_seconds)
                self.pairs.append((flights[0]["flight_id"], predictions[0]))
        except _DiskFull:
            raise
        except Exception:
            self.odd = self.odd or describe(rows)
        finally:
            self.inside -= 1


def _score(flights):
    return [flight["flight_id"] / 100 for flight in flights]


def _logged(function, database, room):
    app = an_app(call(function, _score, database.write, room), "make_logged_app")
    return serve(app, "make_logged_app", function)


def _send(running, i, function):
    try:
        ask_prediction(running, {"flights": [{"flight_id": i}]}, [i / 100], function)
    except NoAnswer:
        raise NoAnswer(
            "While the database was locked, `/predict` did not answer. Does the answer wait for "
            "`write`, or for room in the queue? Hand the pair over without waiting "
            "(`put_nowait`), and answer at once."
        ) from None
