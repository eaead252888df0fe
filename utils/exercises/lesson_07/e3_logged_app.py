"""Exercise 7.3: log without slowing the answer, and lose nothing that is not counted."""

from fastapi import FastAPI

from utils.exercises.expect import a_function
from utils.exercises.judges.facts import Facts
from utils.exercises.lesson_07 import stand_in_database as scenes
from utils.exercises.registry import exercise


def _right(score, write, room):
    """Return the app of the solution."""
    import queue
    import threading
    from contextlib import asynccontextmanager

    waiting, lock = queue.Queue(maxsize=room), threading.Lock()

    def drop():
        with lock:
            app.state.dropped += 1

    def work():
        while (pair := waiting.get()) is not None:
            try:
                write([pair])
            except Exception:
                drop()

    @asynccontextmanager
    async def lifespan(app):
        writer = threading.Thread(target=work)
        writer.start()
        yield
        waiting.put(None)
        writer.join()

    app = FastAPI(lifespan=lifespan)
    app.state.dropped = 0

    @app.post("/predict")
    def predict(body: dict):
        predictions = score(body["flights"])
        try:
            waiting.put_nowait((body["flights"], predictions))
        except queue.Full:
            drop()
        return {"predictions": predictions}

    return app


class _Logged(Facts):
    def read(self, answer):
        return a_function(answer, self.name, 3)

    def observe(self, answer, name, scene):
        return scene(answer)

    def _seen(self, answer):
        # Each scene takes seconds, and there are no slips to be told apart by all of them.
        seen = {}
        for name, scene in self.all_cases().items():
            seen[name] = self._observed(answer, name, scene)
            if not self._is_right(name, seen[name]):
                break
        return seen


CASES = {
    "stopped with a backlog": scenes.stopped_with_a_backlog,
    "more than there is room for": scenes.more_than_there_is_room_for,
    "some writes fail": scenes.some_writes_fail,
}

TOLD = {
    "stopped with a backlog": f"{scenes.BACKLOG} requests were answered while the database was "
    "locked; then the service was stopped, as for an update.",
    "more than there is room for": f"With room for {scenes.ROOM} and a locked database, "
    f"{scenes.CROWD} requests came, and then the app was stopped.",
    "some writes fail": f"{scenes.FAILING} requests were answered; every second `write` raised, "
    "the first one too.",
}

# What is said of a fact, and what to look at, by what the fact is.
SAYS = {
    "given": {
        "": "`write` got {}. It takes a list of pairs: `[(flights, predictions)]`.",
    },
    "together": {
        "several": "`write` ran in several threads at the same time. A database has one writer at "
        "a time, and theirs would wait for, or refuse, each other. Let one thread write all pairs.",
    },
    "reached": {"none did": "None of their pairs reached `write`."},
    "called again": {
        "no": "After the first `write` it was not called again: the exception has ended the "
        "writer, and all that comes later is lost. Catch it where `write` is called, count, and go "
        "on.",
    },
    "ended": {
        "too early": "The app had ended before the database was free again, and what waited is "
        "lost. Who waits, at the end, until all is written? That is the part of the lifespan after "
        "`yield`, and it waits without a limit.",
        "not at all": "The app did not stop within {seconds} seconds, and no lock was in its way. "
        "Does something wait at the end for what never comes: a thread that nobody told to end, a "
        "pair that was never ticked off?",
    },
    "written": {
        "some": "When the app had ended, some of them were not written. Who waits, at the end, "
        "until all is written? That is the part of the lifespan after `yield`: the writer may "
        "leave only when nothing waits.",
        "others": "Some pairs came twice, or with the predictions of another request.",
    },
    "at first": {
        "nothing": "`app.state.dropped` is not there, or only once something was dropped. Who "
        "reads it before finds nothing: set it to 0 at the beginning.",
        "": "`app.state.dropped` was {} at the beginning; it should be 0.",
    },
    "dropped": {
        "": "`app.state.dropped` is {}; it should be a number of pairs.",
    },
    "kept": {
        "all": "All were kept. When nothing limits what waits, a database that is down for a night "
        "fills the memory. Give the queue a `maxsize`.",
        "too many": "Far more than `room` were kept. Give the queue a `maxsize`.",
        "too few": "Far fewer than `room` were kept. Is `room` the limit of what may wait?",
        "the later ones": "The pairs that were kept are not the first that came. What comes on top "
        "is dropped: who waits already keeps the place.",
    },
    "sum": {
        "too few": "Written and `app.state.dropped` together are fewer than that. Nothing may get "
        "lost without being counted, also what a failed `write` was given.",
        "too many": "Written and `app.state.dropped` together are more than that: count what is "
        "lost, and only that.",
    },
}


def _tell(fact):
    def told(name, value):
        says = SAYS[fact]
        said = says.get(value if isinstance(value, str) else "", says.get("", ""))
        return f"{TOLD[name]} {said.format(value, seconds=scenes.STOP_SECONDS)}"

    return told


exercise(
    "7.3",
    "Log without slowing the answer, and lose nothing",
    stars=3,
    minutes=25,
    hints=[
        "Three parts: a queue that holds at most `room` pairs, one thread that takes them out and "
        "writes, and a lifespan that starts and ends the thread. The handler only puts.",
        "`waiting = queue.Queue(maxsize=room)`. In the handler `waiting.put_nowait(pair)`; when it "
        "raises `queue.Full`, count in `app.state.dropped`, with a `threading.Lock()` around the "
        "`+= 1`: requests run in several threads.",
        "The thread: `while (pair := waiting.get()) is not None:`, and in it `write([pair])` in a "
        "`try:`; `except Exception:` counts the pair. A None in the queue tells it to end.",
        "The lifespan is a function of the app with `@asynccontextmanager`: start the thread, "
        "`yield`, then `waiting.put(None)` and `thread.join()`. None goes in last, so all that was "
        "before it is written. Hand it over: `FastAPI(lifespan=lifespan)`.",
    ],
    learned="A limited queue, one writer, and a join at the end: most programs that write behind "
    "somebody's back come down to these three.",
    check=_Logged(
        "make_logged_app",
        _right,
        cases=CASES,
        tells={fact: _tell(fact) for fact in SAYS},
    ),
)
