"""What the check of exercise 7.3 does: it locks the database, breaks it, and counts at the end."""

import contextlib
import threading
import time

from utils.exercises.lesson_07.serving import an_app, ask_prediction, call, serve
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet


def answers_do_not_wait_and_nothing_is_lost(function):
    """Lock the database, send, unlock it, stop the app: all that was answered is written."""
    sent = 5
    database = _Database(slow=sent - 1)  # the last row takes a fifth of a second
    database.open.clear()
    try:
        with _logged(function, database, 100) as running:
            try:
                for i in range(sent):
                    _send(running, i, function)
            finally:
                database.open.set()
    finally:
        database.open.set()
    # Now it has stopped: what is not written by now would be lost.
    written = list(database.pairs)
    if database.odd:
        raise NotYet(
            f"`write` got {database.odd}. It takes a list of pairs: `[(flights, predictions)]`."
        )
    if not written:
        raise NotYet(f"{sent} requests were answered, and none of their pairs reached `write`.")
    if len(written) < sent:
        raise NotYet(
            f"{sent} requests were answered, then the service was stopped, as for an update. By "
            f"then {len(written)} of them were written. Who waits, at the end, until all is "
            "written? That is the part of the lifespan after `yield`."
        )
    if sorted(written) != [(i, i / 100) for i in range(sent)]:
        raise NotYet(
            f"{sent} requests were answered, but some pairs came twice, or with the predictions of "
            "another request."
        )
    if database.together > 1:
        raise NotYet(
            f"`write` ran in {database.together} threads at the same time. A database has one "
            "writer at a time, and theirs would wait for, or refuse, each other. Let one thread "
            "write all pairs."
        )


def waiting_is_limited(function):
    """Send more than there is room for: the rest is dropped, and counted."""
    database, room, sent = _Database(), 4, 16
    database.open.clear()
    try:
        with _logged(function, database, room) as running:
            try:
                state = running.server.config.app.state
                at_first = getattr(state, "dropped", None)
                for i in range(sent):
                    _send(running, i, function)
                dropped = getattr(state, "dropped", None)
            finally:
                database.open.set()
    finally:
        database.open.set()
    # The writer may hold some that it has taken out of the queue.
    least = sent - 2 * room
    told = f"With room for {room} and a locked database, {sent} requests came."
    if dropped is None:
        raise NotYet(f"{told} `app.state.dropped` is not there; it counts what found no room.")
    if at_first is None:
        raise NotYet(
            "`app.state.dropped` is there only once something was dropped. Who reads it before "
            "finds nothing: set it to 0 at the beginning."
        )
    if not isinstance(dropped, int) or isinstance(dropped, bool):
        raise NotYet(f"`app.state.dropped` is {describe(dropped)}; it should be a number of pairs.")
    if dropped < least:
        raise NotYet(
            f"{told} `app.state.dropped` says {dropped}. When nothing limits what waits, a "
            "database that is down for a night fills the memory. Give the queue a `maxsize`."
            if len(database.pairs) == sent
            else f"{told} {len(database.pairs)} were written in the end, and "
            f"`app.state.dropped` says {dropped}. What became of the others? Nothing may get lost "
            "without being counted."
        )
    if dropped + len(database.pairs) != sent:
        raise NotYet(
            f"{told} In the end {len(database.pairs)} were written, and `app.state.dropped` says "
            f"{dropped}. Together they should be {sent}."
        )


def a_failed_write_is_counted(function):
    """Let the first `write` raise: the next ones must come, and no pair gets lost uncounted."""
    database, sent, all_sent, stuck = _Database(failing=True), 5, False, None
    try:
        with _no_traceback_of_ours(), _logged(function, database, 100) as running:
            state = running.server.config.app.state
            for i in range(sent):
                _send(running, i, function)
                database.failed.wait(0 if i else 1)
            all_sent = True
    except NotYet as error:
        if not all_sent:
            raise
        stuck = error
    written, told = len(database.pairs), f"{sent} requests were answered; the first `write` raised."
    if database.calls == 1 and database.lost < sent:
        raise NotYet(
            f"{told} After that `write` was not called again: the exception has ended the writer, "
            "and all that comes later is lost. Catch it where `write` is called, count, and go on."
        )
    if stuck:
        raise NotYet(f"{told} {stuck}")
    if written + state.dropped < sent:
        raise NotYet(
            f"{told} In the end {written} were written, and `app.state.dropped` says "
            f"{state.dropped}. What a failed `write` was given is lost, and nobody knows: count it."
        )
    if written + state.dropped > sent:
        raise NotYet(
            f"{told} In the end {written} were written, and `app.state.dropped` says "
            f"{state.dropped}. Together they should be {sent}: count what is lost, and only that."
        )


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
    """A stand-in for a database: slow, locked, or failing once; it notes what it gets."""

    def __init__(self, slow=None, failing=False):
        self.pairs, self.together, self.odd = [], 0, None
        self.calls, self.lost, self.failed, self._failing = 0, 0, threading.Event(), failing
        self._slow, self._inside = slow, 0
        self.open = threading.Event()
        self.open.set()

    def write(self, rows):
        self.calls += 1
        if self._failing:
            self._failing, self.lost = False, len(rows)
            self.failed.set()
            raise _DiskFull("the disk is full")
        self._inside += 1
        self.together = max(self.together, self._inside)
        try:
            self.open.wait(10)
            for row in rows:
                flights, predictions = row
                time.sleep(0.2 if flights[0]["flight_id"] == self._slow else 0.0)
                self.pairs.append((flights[0]["flight_id"], predictions[0]))
        except Exception:
            self.odd = self.odd or describe(rows)
        finally:
            self._inside -= 1


def _score(flights):
    return [flight["flight_id"] / 100 for flight in flights]


def _logged(function, database, room):
    app = an_app(call(function, _score, database.write, room), "make_logged_app")
    return serve(app, "make_logged_app", function)


def _send(running, i, function):
    try:
        ask_prediction(running, {"flights": [{"flight_id": i}]}, [i / 100], function)
    except TimeoutError:
        raise NotYet(
            "While the database was locked, `/predict` did not answer within a second. Does the "
            "answer wait for `write`, or for room in the queue? Hand the pair over without waiting "
            "(`put_nowait`), and answer at once."
        ) from None
