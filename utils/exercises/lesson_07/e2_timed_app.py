"""Exercise 7.2: time the model apart from the request, and keep nobody waiting for it."""

import contextlib
import threading
import time

from prometheus_client import CollectorRegistry, Histogram

from utils.exercises.expect import a_function
from utils.exercises.judges.apps import NoAnswer, an_app, ask_prediction, call, serve
from utils.exercises.judges.facts import Facts
from utils.exercises.judges.pages import a_metric, scrape, strays
from utils.exercises.judges.table import Slip
from utils.exercises.registry import exercise
from utils.exercises.verdicts import NotYet

MODEL, REQUEST = "flightdelay_model_seconds", "flightdelay_request_seconds"
PREPARE_SECONDS, SCORE_SECONDS = 0.05, 0.03
# Flights with these distances end in an exception, or hold `score` up.
BAD_FOR_PREPARE, BAD_FOR_SCORE, LONG = -2, -1, 3_000
GOOD = [[500, 1_000], [1_500], [100, 200, 300]]


class _Slow:
    """The two functions, which note how long each of their calls took in truth."""

    def __init__(self):
        self.prepared, self.scored = [], []
        self.inside, self.go_on = threading.Event(), threading.Event()

    def prepare(self, flights):
        with _noted(self.prepared):
            time.sleep(PREPARE_SECONDS)
            distances = [flight["distance"] for flight in flights]
            if BAD_FOR_PREPARE in distances:
                raise ValueError("a flight that cannot be prepared")
            return distances

    def score(self, features):
        with _noted(self.scored):
            time.sleep(SCORE_SECONDS)
            if features[0] == LONG:
                self.inside.set()
                self.go_on.wait(8)
            if features[0] == BAD_FOR_SCORE:
                raise ValueError("a distance below zero")
            return [distance / 2000 for distance in features]


class _noted:
    def __init__(self, seconds):
        self.seconds = seconds

    def __enter__(self):
        self.start = time.perf_counter()

    def __exit__(self, *_):
        self.seconds.append(time.perf_counter() - self.start)


class _Timed(Facts):
    def __call__(self, answer):
        # A busy machine may stretch what lies between two clocks; what is wrong is so every time.
        for attempt in (1, 2, 3):
            try:
                return super().__call__(answer)
            except NotYet as problem:
                if attempt == 3 or "adds up" not in str(problem):
                    raise

    def read(self, answer):
        return a_function(answer, self.name, 3)

    def observe(self, answer, name, case):
        slow, registry = _Slow(), CollectorRegistry()
        with strays("flightdelay_") as lost:
            app = an_app(call(answer, slow.prepare, slow.score, registry), self.name)
            with serve(app, self.name, answer) as running:
                seen = []
                for distances in GOOD:
                    before = _sums(registry)
                    body = {"flights": [{"distance": distance} for distance in distances]}
                    ask_prediction(running, body, [d / 2000 for d in distances], answer)
                    running.settle()
                    seen.append({k: v - before.get(k, 0) for k, v in _sums(registry).items()})
                elsewhere = [running.ask(path).status for path in ("/health", "/nothing")]
                broken = {
                    part: running.ask("/predict", {"flights": [{"distance": distance}]}).status
                    for part, distance in (("prepare", BAD_FOR_PREPARE), ("score", BAD_FOR_SCORE))
                }
                running.settle()
                page = scrape(registry)
                spent = slow.prepared[: len(GOOD)], slow.scored[: len(GOOD)]
                others_wait = _others_wait(running, slow)
        for metric in (MODEL, REQUEST):
            a_metric(page, metric, "histogram", (), tuple(lost))
        n = page.total(f"{MODEL}_count")
        return {
            "broken": broken,
            "elsewhere": "fail" if max(elsewhere) >= 500 else "are answered",
            "requests": page.total(f"{REQUEST}_count"),
            # Both are right: to observe the call of `score` that raised, and not to.
            "model": "each" if n in (3, 4) else f"{n:g}",
            "model seconds": _in_words([one[MODEL] for one in seen], *spent, model=True),
            "request seconds": _in_words([one[REQUEST] for one in seen], *spent, model=False),
            "others wait": others_wait,
        }


def _sums(registry):
    page = scrape(registry)
    return {name: page.total(f"{name}_sum") for name in (MODEL, REQUEST)}


def _others_wait(running, slow):
    """Tell whether another request waits while one is in `score`."""
    body = {"flights": [{"distance": LONG}]}
    first = threading.Thread(target=_ask_and_forget, args=(running, body), daemon=True)
    first.start()
    try:
        if not slow.inside.wait(5):
            return True
        running.ask("/health", patience=4)
    except NoAnswer:
        return True
    finally:
        slow.go_on.set()
        first.join(5)
    return False


def _ask_and_forget(running, body):
    with contextlib.suppress(NotYet):
        running.ask("/predict", body, patience=10)


def _in_words(seen, prepared, scored, model):
    """Say what a histogram has seen of the good requests, given what they took in truth.

    On a busy machine time passes between two clocks: a surplus counts when every request has it.
    """
    requests = list(zip(seen, prepared, scored, strict=True))
    spent = [s if model else p + s for _, p, s in requests]
    if min(o - t for (o, _, _), t in zip(requests, spent, strict=True)) > 100 * max(spent):
        return "a thousand times as much"
    if max(o / t for (o, _, _), t in zip(requests, spent, strict=True)) < 0.97:
        if max(o / s for o, _, s in requests) < 0.5:
            return "hardly any"
        return "the time in `score` alone" if not model else "too little"
    if min(o - t for (o, _, _), t in zip(requests, spent, strict=True)) > 0.4 * PREPARE_SECONDS:
        # What goes on outside of both is a millisecond or two.
        whole = all(o > 0.97 * (p + s) for o, p, s in requests)
        return "the time in `prepare` and `score` together" if model and whole else "too much"
    return "right"


def _timed(model=("score",), factor=1.0, everywhere=False, request="middleware", **other):
    """Return a `make_timed_app` that is right but for what is given."""

    def make_timed_app(prepare, score, registry):
        from fastapi import FastAPI

        app = FastAPI()
        in_model = Histogram(MODEL, "In the model.", registry=registry)
        whole = Histogram(REQUEST, "In all.", registry=registry)

        @app.middleware("http")
        async def clock(req, call_next):
            if request != "middleware" or (req.url.path != "/predict" and not everywhere):
                return await call_next(req)
            start = time.perf_counter()
            if other.get("early"):
                whole.observe(time.perf_counter() - start)
                return await call_next(req)
            failed = True
            try:
                response = await call_next(req)
                failed = False
                return response
            finally:
                if not (failed and other.get("only_ok")):
                    whole.observe(factor * (time.perf_counter() - start))

        def work(flights):
            start = time.perf_counter()
            features = prepare(flights)
            start = start if "prepare" in model else time.perf_counter()
            try:
                return score(features)
            except ValueError:
                if other.get("invent"):
                    return []
                raise
            finally:
                taken = time.perf_counter() - start
                in_model.observe(factor * taken)
                if request == "model":
                    whole.observe(taken)

        def answered(flights):
            if other.get("one_by_one"):
                return [p for flight in flights for p in work([flight])]
            return work(flights)

        async def blocking(body: dict):
            return predict(body)

        def predict(body: dict):
            return {"predictions": answered(body["flights"])}

        app.post("/predict")(blocking if other.get("blocking") else predict)
        return app

    return make_timed_app


SLIPS = [
    Slip("An invented answer is worse than none.", _timed(invent=True)),
    Slip(
        "Those that failed were not timed. `with ....time():` observes in any case; code after "
        "`call_next` does not run when it raises.",
        _timed(only_ok=True),
    ),
    Slip("Only /predict counts, each request once.", _timed(everywhere=True)),
    Slip(
        "That is once for each flight. A model takes all flights of a request in one call, and so "
        "do `prepare` and `score`.",
        _timed(one_by_one=True),
    ),
    Slip("Prometheus counts in seconds; are these milliseconds?", _timed(factor=1_000)),
    Slip("The time of `prepare` is not the model's.", _timed(model=("prepare", "score"))),
    Slip(
        "Is the clock stopped before the work is done? `call_next` needs its `await` inside of the "
        "measured block.",
        _timed(early=True),
    ),
    Slip("That is the model's time only: begin before the handler does.", _timed(request="model")),
    Slip(
        "An `async def` handler runs in the loop that serves everybody, and `score` does not give "
        "it back. Write `def predict`: FastAPI gives it a thread.",
        _timed(blocking=True),
    ),
]

exercise(
    "7.2",
    "Time the model apart from the request",
    stars=2,
    minutes=12,
    hints=[
        'Make both histograms first: `Histogram("flightdelay_model_seconds", "Time in the model.", '
        "registry=registry)`, and the other one.",
        "`with model_seconds.time():` observes how long its block takes, also when it raises. "
        "Which lines belong into the block, and which do not?",
        "The request's time belongs into a middleware: it begins before the handler, and ends "
        "after it. Only requests to /predict count.",
        "In the middleware: `with request_seconds.time(): return await call_next(request)`, under "
        "a question for `request.url.path`. In the handler, a `def`: "
        "`with model_seconds.time(): probability = score(features)`.",
    ],
    learned="When requests get slow, the second histogram says at once whether to look into the "
    "model or around it.",
    check=_Timed(
        "make_timed_app",
        _timed(),
        cases={"": ()},
        slips=SLIPS,
        tells={
            "broken": lambda _, got: "".join(
                f"When `{part}` raises an exception, the client should get a 500; it got {status}. "
                for part, status in got.items()
                if status != 500
            ).strip(),
            "elsewhere": lambda _, words: f"Requests to other paths {words} with your middleware.",
            "requests": lambda _, n: (
                f"There were 5 requests to /predict, of which 2 failed, and two elsewhere; "
                f"`{REQUEST}` has observed {n:g}."
            ),
            "model": lambda _, n: (
                f"`score` was needed for 4 requests, and failed in one; `{MODEL}` has observed {n}."
            ),
            "model seconds": lambda _, words: f"What `{MODEL}` adds up is {words}.",
            "request seconds": lambda _, words: f"What `{REQUEST}` adds up is {words}.",
            "others wait": lambda *_: (
                "While one request was in `score`, the app answered no other, not even its health "
                "or its metrics."
            ),
        },
        look={
            "broken": "Let the exception go on.",
            "elsewhere": "Hand them on: `return await call_next(request)`.",
            "requests": "Only /predict counts, each request once, also when it fails.",
            "model": "Once for each request that comes to `score`, whatever its flights.",
            "model seconds": "Which lines stand between the start of the clock and its end?",
            "request seconds": "Which lines stand between the start of the clock and its end?",
            "others wait": "Where does the code wait for `score`?",
        },
    ),
)
