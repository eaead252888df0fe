# %% [markdown]
# # 07 · Put a model into service so that you see how it is doing
#
# **The desk's problem.** An airline calls. "On Tuesday at twenty to six your model told us that
# flight 1545 would be on time, and we planned by it. With which inputs, and which version?" Nobody
# can say: answers left the service and were gone. A second airline waits a whole second for some of
# its answers, a third gets errors. And the desk's lawyer wants to know what is kept about
# passengers. This week FlightDelay becomes a service that counts, times and remembers what it does.
#
# After this lesson you can:
#
# 1. count requests by how they ended, and time the model apart from the request (exercises 7.1 and
#    7.2);
# 2. write down every prediction without slowing an answer, lose none at a stop, and say where the
#    limits of that are (exercise 7.3);
# 3. delete in time what is kept about people (exercise 7.4);
# 4. find a fault from metrics and log alone (exercise 7.5).
#
# **Time:** about {minutes} minutes.

# %%
import hashlib
import queue
import sqlite3
import sys
import tempfile
import threading
import time
from contextlib import asynccontextmanager, closing
from pathlib import Path
from timeit import timeit

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from fastapi import FastAPI
from prometheus_client import Counter, Histogram
from prometheus_client.parser import text_string_to_metric_families

from utils import model, plots, servers, service
from utils.exercises import check, hint, progress, solution
from utils.exercises.lesson_07 import releases
from utils.flights import load_flights
from utils.servers import local_http
from utils.service import predictions, process, traffic

# %% [markdown]
# ## The service
#
# The service is a program of its own, as it would be on a server. It loads the model from a file
# and gets a file for its record of predictions. `servers.start` runs it on a free port of this
# machine, waits until it answers, and ends it with this notebook. `service.command??` and
# `servers.start??` show how little that takes.

# %%
place = tempfile.TemporaryDirectory()  # goes with this notebook, unless that is killed
model_file, database = Path(place.name) / "model.joblib", Path(place.name) / "predictions.db"
delay_model = model.train()
model.save(delay_model, model_file)
server = servers.start("FlightDelay", service.command(model_file, database), ready="/health")

# %%
desk = local_http.client(server.url, timeout=30)
week = load_flights(16, 16)
flights = traffic.as_json(week)
answer = desk.post("/predict", json={"flights": flights[:2]})
{p["flight_id"]: round(p["probability"], 3) for p in answer.json()["predictions"]}

# %% [markdown]
# Two flights went in as JSON, two probabilities came back. What if a client makes mistakes? This
# one has a text for the temperature, no carrier, and 25 o'clock.

# %%
wrong = flights[0] | {"temp": "mild", "hour": 25.0}
del wrong["carrier"]
refused = desk.post("/predict", json={"flights": [wrong]})
print(refused.status_code, *refused.json()["errors"], sep="\n")

# %% [markdown]
# Status 422, and a sentence for each wrong field. A service that fills in what is missing hides its
# clients' mistakes until they are drift.
#
# Each answer has a **request id**, and the same id stands in the record. That is what the airline's
# question needs. The record is written *after* the answer is sent, so we wait until it is there.

# %%
while predictions.last(database, 1).empty:
    time.sleep(0.05)
record = predictions.last(database, 100)
row = record[record["request_id"] == answer.json()["request_id"]].iloc[-1]
row[["model", "flight_id", "sched_dep", "temp", "carrier", "probability"]]

# %% [markdown]
# The version, the inputs, the answer. (`sched_dep` is when the flight leaves: the model does not
# need it, the desk will.)
#
# ## A week in seconds
#
# Now the traffic of a whole week, 15 to 21 April: thirty flights to a request, four connections at
# once, and the next request leaves as soon as an answer is there.

# %%
summary = traffic.replay(week, server.url, batch=30)
print(f"{summary.sent} requests, {summary.answered} answered, {summary.errors} errors")

# %% [markdown]
# What does the service itself say? Its page `/metrics` holds what you wrote in lesson 06, and what
# the library knows of its process. We read it into a Series.


# %%
def scrape(url):
    page = local_http.get(f"{url}/metrics").text
    samples = [s for f in text_string_to_metric_families(page) for s in f.samples]
    return pd.Series({" ".join([s.name, *s.labels.values()]): s.value for s in samples})


# %%
metrics = scrape(server.url)
metrics[[name for name in metrics.index if name.startswith("flightdelay_requests_total")]]

# %% [markdown]
# The client's count and the service's agree: the week's requests and our first one are `ok`, the
# one with the mistakes is `invalid`. Where they disagree, somebody between them is to blame.
#
# ### Exercise {7.1}
#
# You get `app`, a FastAPI app with a path `/predict`, and an empty `registry`. Write
# `count_outcomes(app, registry)`. It adds a middleware to the app that counts each request to
# `/predict`, and no other, in the counter `flightdelay_requests_total` with the one label
# `outcome`: "ok" for a status below 400, "invalid" from 400 to 499, "error" above, and also where
# the handler raises an exception. The client
# gets what it got before, and so does the server: an exception goes on, and ends as a 500 and in
# the server's log. A middleware that does nothing looks like this:
#
# ```python
# @app.middleware("http")
# async def count(request, call_next):
#     return await call_next(request)
# ```


# %% tags=["student"] exercise="7.1"
def count_outcomes(app, registry):
    """Count the app's requests to /predict by outcome, in the registry."""
    ...  # replace this line


# %% tags=["solution"] exercise="7.1"
def count_outcomes(app, registry):
    requests = Counter("flightdelay_requests", "Requests.", ["outcome"], registry=registry)
    for outcome in ("ok", "invalid", "error"):
        requests.labels(outcome)  # at 0, as in lesson 06, so that the first error is a rise

    @app.middleware("http")
    async def count(request, call_next):
        if request.url.path != "/predict":
            return await call_next(request)
        outcome = "error"  # until we know better: an exception passes by all that follows
        try:
            response = await call_next(request)
            status = response.status_code
            outcome = "ok" if status < 400 else "invalid" if status < 500 else "error"
            return response
        finally:
            requests.labels(outcome).inc()


# %%
check("7.1", count_outcomes)
# hint("7.1")
# solution("7.1")

# %% [markdown]
# ## How long is "long"?
#
# The client has noted how long each answer took. The mean of that is a bad witness. Say that 98
# requests take 10 ms and two take a second:

# %%
times = np.array([10.0] * 98 + [1000.0] * 2)
print(f"mean {times.mean():.0f} ms, median {np.median(times):.0f} ms")
print(f"p99 {np.percentile(times, 99):.0f} ms")

# %% [markdown]
# No request took anything like the mean. **Percentiles** tell more: half of the requests are
# quicker than p50, one in a hundred is slower than p99. Here is the week.

# %%
times = summary.milliseconds
axes = plt.subplots()[1]
axes.hist(times, bins=40, color="C4")
for name, value in {"p50": summary.p50, "p99": summary.p99}.items():
    axes.axvline(value, color="C1")
    axes.annotate(name, (value, 1.01), xycoords=axes.get_xaxis_transform(), ha="center")
axes.set_title("Latency is a distribution: watch the right tail", pad=18)
_ = axes.set(xlabel="time until the answer (ms)", ylabel="requests")

# %% [markdown]
# The right tail matters more than its share, since whoever asks often meets it often:

# %%
for asked in (1, 20, 100):
    share = 1 - 0.99**asked
    print(f"screens of {asked:3d} requests: {share:.2f} of them have a request slower than p99")

# %% [markdown]
# (If slow requests came singly. They come in bunches, so fewer screens have one, and those have
# many.)
#
# ## One word that blinds the monitoring
#
# A handler of FastAPI may be `def` or `async def`. Here are both, with a model that takes a tenth
# of a second, and a page for the scrape.

# %%
HANDLERS = """
import sys, time, uvicorn
from fastapi import FastAPI
app = FastAPI()

@app.get("/def")
def in_a_thread():
    time.sleep(0.1)

@app.get("/async")
async def in_the_loop():
    time.sleep(0.1)

@app.get("/metrics")
def metrics():
    return "answered_total 17"

uvicorn.run(app, port=int(sys.argv[1]), log_level="error")
"""
program = lambda port, _: [sys.executable, "-c", HANDLERS, str(port)]  # noqa: E731
handlers = servers.start("two handlers", program, ready="/metrics")

# %% [markdown]
# **Predict first.** Eight clients ask without a pause, and half a second later somebody scrapes
# `/metrics`. How long does the scrape take beside `def`, and beside `async def`: some milliseconds,
# a tenth of a second, or seconds?


# %%
def keep_asking(path, until):
    with local_http.client(handlers.url, timeout=30) as client:
        while time.monotonic() < until:
            client.get(path)


scrape_seconds = {}
for path in ("/async", "/def"):
    arguments = (path, time.monotonic() + 2)
    clients = [threading.Thread(target=keep_asking, args=arguments) for _ in range(8)]
    _ = [client.start() for client in clients]
    time.sleep(0.5)
    start = time.perf_counter()
    local_http.get(handlers.url + "/metrics", timeout=30)
    scrape_seconds[path] = time.perf_counter() - start
    _ = [client.join() for client in clients]
handlers.stop()

# %%
axes = plt.subplots(figsize=(9, 1.9))[1]
bars = axes.barh(["async def", "def"], scrape_seconds.values(), color=["C1", "C0"])
axes.bar_label(bars, fmt=" %.3f s")
axes.margins(x=0.12)
axes.set_title("Where an async handler blocks, a scrape waits")
axes.set_xlabel("time of the scrape (s)")
print("beside async def it takes longer:", scrape_seconds["/async"] > scrape_seconds["/def"])

# %% [markdown]
# An `async def` handler runs in the one loop that serves everybody, and must give way with `await`
# wherever it waits. A model never does. So while it works nothing else moves, not even `/metrics`
# and `/health`: the service looks dead when it is busy, and no metric of its own says why. `def`
# gets a thread from FastAPI. With a model, write `def`.
#
# ### Exercise {7.2}
#
# When a request is slow, is it the model? Write `make_timed_app(prepare, score, registry)`. It
# returns a FastAPI app. Its `POST /predict` gets `{"flights": [...]}` and answers
# `{"predictions": score(prepare(flights))}`. `prepare` makes features and `score` is the model;
# each takes all flights of a request in one call. Both take their time, and other requests are
# answered meanwhile. Both may raise, which should end as a 500. In the registry there are two
# histograms without labels: `flightdelay_model_seconds`, the time in `score` alone, and
# `flightdelay_request_seconds`, the time of a whole request to `/predict`, also when it fails.
# `with histogram.time():` measures a block.


# %% tags=["student"] exercise="7.2"
def make_timed_app(prepare, score, registry):
    """Return an app that predicts, and times the model and the request."""
    ...  # replace this line


# %% tags=["solution"] exercise="7.2"
def make_timed_app(prepare, score, registry):
    model_seconds = Histogram("flightdelay_model_seconds", "In the model.", registry=registry)
    request_seconds = Histogram("flightdelay_request_seconds", "In all.", registry=registry)
    app = FastAPI()

    @app.middleware("http")
    async def clock(request, call_next):
        if request.url.path != "/predict":
            return await call_next(request)
        with request_seconds.time():  # observes also when an exception passes
            return await call_next(request)

    @app.post("/predict")
    def predict(body: dict):
        features = prepare(body["flights"])
        with model_seconds.time():
            probability = score(features)
        return {"predictions": probability}

    return app


# %%
check("7.2", make_timed_app)
# hint("7.2")
# solution("7.2")

# %% [markdown]
# Our service has both histograms. Of all the time of the week's requests, how much was the model's?

# %%
share = metrics["flightdelay_model_seconds_sum"] / metrics["flightdelay_request_seconds_sum"]
axes = plt.subplots(figsize=(9, 1.9))[1]
axes.barh([""], [share], color="C0")
axes.barh([""], [1 - share], left=[share], color="#DDDDDD")
axes.annotate("in the model", (share / 2, 0), color="white", ha="center", va="center")
axes.annotate("around it", (0.5 + share / 2, 0), ha="center", va="center")
axes.set_title("A request is more than its model")
_ = axes.set(xlim=(0, 1), xlabel="share of the requests' time (around: waiting for a turn, too)")

# %% [markdown]
# ## Saturation
#
# Latency, traffic, errors: that is how the service is *now*. The fourth thing to know is how much
# more it can take, its **saturation**.
#
# **Predict first.** One dispatcher's program sends requests over one connection, one after the
# other. Now eight of them do so at the same time. Does the service give about eight times as many
# answers a second, or about as many as before? And the time that each of them waits for an answer?
# Choose before you run on.

# %%
runs = {}
for connections in (1, 2, 4, 8):
    running = traffic.start(week, server.url, connections=connections, endless=True)
    time.sleep(1.2)
    runs[connections] = running.stop()

# %%
per_second = pd.Series({c: run.answered / run.seconds for c, run in runs.items()})
waited = pd.Series({c: run.milliseconds.mean() for c, run in runs.items()})
left, right = plt.subplots(1, 2)[1]
left.plot(per_second, marker="o")
left.set(title="Not eight times the answers ...", ylabel="answers per second", ylim=0)
right.plot(waited, marker="o", label="measured")
by_law = 1000 * per_second.index / per_second
right.plot(by_law, "--", color=plots.GREY, label="by Little's law")
right.set(title="... but more waiting", ylabel="mean time (ms)", ylim=0)
right.legend()
_ = [axes.set(xlabel="connections", xticks=list(runs)) for axes in (left, right)]

# %% [markdown]
# Left: one client leaves room while it prepares its next request, so more clients get more answers,
# on two processors about twice as many, and by no means eight times. Right: each waits longer,
# about as **Little's law** says: *requests inside = arrivals per second × time inside*. Here each
# client waits for its answer, so never more than eight are inside, and the *time* grows. Where
# clients do not wait for one another, the number inside grows, without limit. Watch both. In our
# service something else can wait, too: rows for the record.

# %%
while scrape(server.url)["flightdelay_log_waiting"]:
    time.sleep(0.05)
scrape(server.url)[["flightdelay_log_waiting", "flightdelay_log_dropped_total"]]

# %% [markdown]
# The last rows took a moment, for which the cell has waited; none was dropped.
#
# ## A record that nobody waits for, and that counts its holes
#
# To write to a disk mostly takes a millisecond, and now and then a second. The client must not wait
# for that. So the handler only puts rows into a **queue**, and one thread takes them out and
# writes. Three things can go wrong then, and each has lost people their data:
#
# - the service is stopped for an update, while rows are still waiting;
# - the disk is full, the queue grows until the memory is, too, and all that was waiting is gone;
# - writing fails, and `except: pass` keeps silent about it.
#
# ### Exercise {7.3}
#
# Write `make_logged_app(score, write, room)`. It returns a FastAPI app; `POST /predict` gets
# `{"flights": [...]}` and answers `{"predictions": score(flights)}`. For each answer the pair
# `(flights, predictions)` has to reach `write`, which takes a list of pairs and is slow:
#
# 1. no answer waits for `write`;
# 2. at any time at most one thread is in `write`;
# 3. about `room` pairs may wait, besides those in `write`; what comes on top, the newest, is
#    dropped, and counted in `app.state.dropped` (0 at the beginning);
# 4. `write` may raise, at the end, too: what it was given counts as dropped, the writer goes on;
# 5. an app that is stopped ends when all that waited is written or counted, not sooner (however
#    long `write` takes) and not later.
#
# `queue.Queue(maxsize=...)`, `threading.Thread(target=...)` and `threading.Lock()` are imported.
# What is to happen at the start and at the stop of an app stands in its lifespan:
#
# ```python
# @asynccontextmanager
# async def lifespan(app):
#     ...  # at the start
#     yield
#     ...  # at the stop, after the last answer
#
# app = FastAPI(lifespan=lifespan)
# ```


# %% tags=["student"] exercise="7.3"
def make_logged_app(score, write, room):
    """Return an app that predicts, and hands each pair to write behind the answer's back."""
    ...  # replace this line


# %% tags=["solution"] exercise="7.3"
def make_logged_app(score, write, room):
    waiting, lock = queue.Queue(maxsize=room), threading.Lock()

    def drop():
        with lock:  # requests run in several threads, and += 1 from two of them can count one
            app.state.dropped += 1

    def work():
        while (pair := waiting.get()) is not None:
            try:
                write([pair])
            except Exception:  # one failed write must not end the writer
                drop()

    @asynccontextmanager
    async def lifespan(app):
        writer = threading.Thread(target=work)
        writer.start()
        yield
        waiting.put(None)  # behind all that waits: the thread ends when that is written
        writer.join()

    app = FastAPI(lifespan=lifespan)
    app.state.dropped = 0

    @app.post("/predict")
    def predict(body: dict):
        predicted = score(body["flights"])
        try:
            waiting.put_nowait((body["flights"], predicted))
        except queue.Full:
            drop()
        return {"predictions": predicted}

    return app


# %%
check("7.3", make_logged_app)
# hint("7.3")
# solution("7.3")

# %% [markdown]
# You have *earned* `predictions.PredictionLog`, which the service uses. It does what yours does,
# writes in batches, and tries again while the file is locked or the disk full. Does it keep its
# word? We send 600 flights and stop the service in the same breath. Then once more, 90 flights,
# while another program holds the file and does not let go.

# %%
stopped, locked = Path(place.name) / "stopped.db", Path(place.name) / "locked.db"
with servers.start("to be stopped", service.command(model_file, stopped), "/health") as second:
    sent = traffic.replay(week.head(600), second.url)
# Here it has been stopped, while the last rows were still in the queue.
print(f"{sent.flights} flights answered, {len(predictions.last(stopped, 10_000))} rows on disk")

# %%
with servers.start("locked out", service.command(model_file, locked), "/health") as third:
    other = sqlite3.connect(locked)
    other.execute("BEGIN IMMEDIATE")  # it may write, and nobody else
    sent = traffic.replay(week.head(90), third.url)
    while (health := local_http.get(third.url + "/health").json())["problem"] is None:
        time.sleep(0.05)  # until the writer has tried
other.close()
print(f"{sent.flights} flights answered, {len(predictions.last(locked, 10_000))} rows on disk")
print("health, before the stop:", health["status"])

# %% [markdown]
# So the word has limits, and both are times that somebody has chosen. A service that is told to
# stop (by the signal SIGTERM) cannot wait for ever: soon its platform kills it.

# %%
print(f"requests under way get {process.PATIENCE_SECONDS} s, then an error")
print(f"a file that cannot be written gets {predictions.GRACE_SECONDS} s, then its rows are lost")

# %% [markdown]
# `/health` had said "degraded", and the log says how many rows were lost; the metric dies with its
# process. When a process is killed (`kill -9`, or the system runs out of memory) nobody is asked,
# and what was not on disk is lost. Our log writes at fixed intervals, so one can reckon it.

# %%
peak = 100  # flights a second
lost = peak * predictions.FLUSH_SECONDS
print(f"rows are written every {predictions.FLUSH_SECONDS} s")
print(f"at {peak} flights a second a kill costs up to {lost:.0f} rows, half of that on average")

# %% [markdown]
# If that is too much, the service has to write before it answers, and every answer takes longer.
# Choose, and write it down.
#
# With the record in a database, the service can show its own recent past: `/monitoring?n=2000`
# makes an Evidently report of the last n predictions against the reference. Open it in a tab, at
# the address of `server.url`, while you go on; the first one takes some seconds.

# %% [markdown]
# ## What does all this cost?
#
# Counting, timing, writing down: does it slow an answer? Measure it beside what the answer is for.

# %%
one, counter = week.head(1), Counter("tries", "Tries.", registry=None)
row = ("id", 1.4e9, "1", 1, None, *one[model.FEATURES].iloc[0], 0.2, None, None)
with closing(predictions.PredictionLog(Path(place.name) / "tries.db")) as tried:
    cost = {
        "predict": timeit(lambda: model.predict(delay_model, one), number=50),
        "count": timeit(counter.inc, number=50),
        "hand over a row": timeit(lambda: tried.put([row]), number=50),
    }
for name in ("count", "hand over a row"):
    print(f"20 times '{name}' cost less than one prediction:", 20 * cost[name] < cost["predict"])

# %% [markdown]
# ## What may be kept about a person?
#
# FlightDelay needs no passenger, and what you do not have you cannot lose. Suppose that a client
# sends a name along all the same: in a field of its own, in the wrong field, and in the address.

# %%
for more in ({"passenger": "Ada Smith"}, {"carrier": "Ada Smith"}):
    refused = desk.post("/predict", json={"flights": [flights[0] | more]})
    print(refused.status_code, refused.json()["errors"])
print(desk.get("/passenger/Ada Smith").status_code)
while '"status": 404' not in (said := server.said(5)):
    time.sleep(0.05)  # a line is written when its answer has been sent
print("in the service's log:", "Ada" in said, "- without a route:", '"path": null' in said)
print("in the record:", predictions.last(database, 10).eq("Ada Smith").any().any())

# %% [markdown]
# None got in, and that took three decisions: unknown fields are refused, a `carrier` is two
# characters, and the log notes the *route* of a request (here none), not the address that the
# client wrote. An earlier release took any text as `carrier`: it answered 200, and the name stood
# in the database. Mind errors, too: their text can carry a value, as a release below will show.
#
# **1. Do not take it.** Each field needs a purpose. Ids are often thought to be harmless when they
# are *hashed*. They are not. Here is the hash of a customer's number, which has five digits:

# %%
hashed = hashlib.sha256(b"48213").hexdigest()
every_number = (f"{number:05d}" for number in range(100_000))
next(n for n in every_number if hashlib.sha256(n.encode()).hexdigest() == hashed)

# %% [markdown]
# We tried all there are, in a moment. Whatever can be tried out is no secret, and the law of many
# countries still calls it personal.
#
# **2. Keep a sample.** Metrics count every request; the record need not hold every one. What does
# one row in ten tell about the mean prediction of the week?

# %%
probability = model.predict(delay_model, week)
kept = np.random.default_rng(7).random(len(week)) < 0.1
error = probability[kept].std() / np.sqrt(kept.sum())
print(f"all {len(week):,} rows: {probability.mean():.3f}")
print(f"{kept.sum():,} rows: {probability[kept].mean():.3f} ± {2 * error:.3f}")

# %% [markdown]
# For a mean that is plenty. But the airline's question is then answered one time in ten, and a rare
# carrier's drift seen late.
#
# **3. Keep it as long as it has a purpose.** Outcomes come two weeks after the flight, and a month
# is enough for every window of this course. So old rows go, by a job that runs daily.
#
# ### Exercise {7.4}
#
# Write that job, for the table `predictions` of a SQLite file: `forget(path, now, days)`. Beside
# the age it has to deal with what an earlier release let in.
#
# 1. Rows that were received more than `days` days before `now` are deleted. `received` is in
#    seconds since 1970 (UTC), `now` a `pd.Timestamp` in UTC, without a zone. (`sched_dep` is the
#    client's word: it may be missing, or any date.)
# 2. In the rows that stay, a `carrier` that is not exactly two characters, each from A to Z or a
#    digit, becomes NULL. Nothing else changes.
# 3. The job commits, closes the file, and returns how many rows it has deleted.


# %% tags=["student"] exercise="7.4"
def forget(path, now, days):
    """Delete old predictions, and what is no carrier; return how many rows are gone."""
    ...  # replace this line


# %% tags=["solution"] exercise="7.4"
def forget(path, now, days):
    limit = (now - pd.Timedelta(days=days)).timestamp()
    with closing(sqlite3.connect(path)) as connection:  # `with connect(...)` alone closes nothing
        gone = connection.execute("DELETE FROM predictions WHERE received < ?", (limit,))
        code = "carrier NOT GLOB '[A-Z0-9][A-Z0-9]'"
        connection.execute(f"UPDATE predictions SET carrier = NULL WHERE {code}")
        connection.commit()
        return gone.rowcount


# %%
check("7.4", forget)
# hint("7.4")
# solution("7.4")

# %% [markdown]
# From now on `predictions.delete_before` does it. Say that it runs in 31 days, on the file of the
# stopped service. We look for a carrier in the bytes of the file itself.

# %%
carrier = b"UA"  # as it stands in hundreds of the rows
limit = pd.Timestamp.now("UTC").tz_localize(None) + pd.Timedelta(days=31 - 30)
print("in the file before:", stopped.read_bytes().count(carrier) > 0)
print(f"{predictions.delete_before(stopped, limit)} rows deleted")
print("in the file after:", stopped.read_bytes().count(carrier) > 0)

# %% [markdown]
# It takes two settings (`??` shows them): by itself SQLite may only mark the place as free, and
# keep the bytes. And then there are the backups.
#
# **4. Say so.** Where the record is, who may read it, when it is deleted: in a page that the lawyer
# can read.

# %% [markdown]
# ## Four releases
#
# A colleague has four releases for you, A to D. Each has exactly one fault, and no test has found
# any of them. Each is warm, and gets the same 300 flights, in 30 requests over one connection. From
# each we keep the metrics before and after, and the log as a table.

# %%
grown, after, lines = {}, {}, {}
for name in "ABCD":
    with releases.running(name, delay_model) as release:
        before = scrape(release.url)
        traffic.replay(week.head(300), release.url, connections=1)
        after[name], lines[name] = scrape(release.url), release.lines()
        grown[name] = after[name] - before
grown, after = pd.DataFrame(grown), pd.DataFrame(after)

# %%
lines["B"].tail(3)[["status", "flights", "logged"]]

# %% [markdown]
# `grown` has a column for each release, and a row for each series: by how much it grew. That is the
# thing for counters; for a gauge, such as `flightdelay_feature_mean temp`, look at `after`. (That
# metric mixes units, °F beside hPa, on purpose: `utils/service/metrics.py` says why.) `lines["A"]`
# is the log of release A: status, `ms` (time of the request), flights, whether they were logged,
# and the error, if any.
#
# ### Exercise {7.5}
#
# Fill in `diagnosis`: for each release the fault, in the words of the list. Look at `grown`,
# `after` and `lines` in cells of your own.
#
# - one carrier fails
# - one airport fails
# - temp has another unit
# - wind_speed has another unit
# - the model gets slower
# - something around the model gets slower
# - predictions are not logged

# %% tags=["student"] exercise="7.5"
diagnosis = {
    "A": None,
    "B": None,
    "C": None,
    "D": None,
}

# %% tags=["solution"] exercise="7.5"
# D has errors, and the log names a carrier; C drops rows; B reports single degrees in April.
print(set(lines["D"]["error"].dropna()))
shown = ["requests_total error", "log_dropped_total"]
print(grown.loc[[f"flightdelay_{name}" for name in shown]].round(1))
print(after.loc["flightdelay_feature_mean temp"].round(1).to_dict())
# A takes ever longer, and its model takes no longer than the others'.
axes = plt.subplots()[1]
for name, log in lines.items():
    axes.plot(log.loc[log["path"] == "/predict", "ms"].to_numpy(), label=name)
plots.label_lines(axes)
axes.set(title="Requests to A take longer and longer", xlabel="request", ylabel="ms")
diagnosis = {
    "A": "something around the model gets slower",
    "B": "temp has another unit",
    "C": "predictions are not logged",
    "D": "one carrier fails",
}

# %%
check("7.5", diagnosis)
# hint("7.5")
# solution("7.5")

# %% [markdown]
# ### Think about it
#
# "Disks are cheap," says a colleague. "Let us log each request whole, with the client's address and
# the user's name, and keep it for ever. One never knows what one will need." What do you answer,
# and what do you propose instead?

# %%
# solution("7.think")

# %% [markdown] tags=["solution"] exercise="7.think"
# **Discussion.** Ask for the questions first. "What did we say about this flight?" needs inputs,
# version, answer and time. "Which client sends wrong units?" needs a name of the *client program*,
# not of a person. "How many errors since noon?" needs a counter, and no row at all. I cannot find
# the question that needs the user's name; if there is one, the name can be kept by who asks it.
#
# For ever is a purpose that nobody can state. It is also dear, though not in disks: every old row
# can leak, must be found when a person asks for theirs to be deleted, and is read by somebody some
# day as if it were still true. So: the features, the version, the answer, the id, for a few months;
# an age limit that a job enforces and a test checks; metrics, which hold no person, as long as you
# like. And if rare cases are the worry, keep *those* whole (all errors, one in ten of the rest),
# and write down that your sample is no longer an even one.

# %% [markdown]
# > **At work.** Do not run your own log writer if you can help it. Write lines to standard output
# > and let the platform collect them, or send rows to a queue that was built for that. The three
# > questions stay the same: who waits when it is slow, what is lost when it stops, and which metric
# > says so. And test the stop: send the signal that your platform sends, under load, and count.

# %% [markdown]
# ## What you can do now
#
# You can count requests by how they end, time the model by itself, read latency as a distribution,
# see when a service is full, keep a record that no answer waits for, say what a stop or a crash can
# cost, what may stand in it and for how long. You have earned `predictions.PredictionLog` and the
# service around it. It knows how it is *now*. In lesson 08 a real Prometheus asks it every second
# and remembers, and you learn to ask Prometheus.

# %%
progress("07")
