# %% [markdown]
# # 06 · Make a running program report how it is doing
#
# **The desk's problem.** Tuesday morning, twenty to eight. Dispatchers phone, one after the other.
# "The forecast hangs." "Mine comes at once." "Sometimes I get an error." Last night's drift report
# was calm, and it was right: the data are fine. But it looked at yesterday's flights. Nobody looks
# at the program that answers now. How many requests fail? How slow are the slow ones? Since when?
# Part I watched the data, in batches and after the fact. In part II the system itself must tell.
#
# After this lesson you can:
#
# 1. choose the type of a metric (exercise 6.1);
# 2. instrument a function without changing what it does (exercise 6.2);
# 3. choose buckets that answer a question, and say how far off they can be (exercise 6.3);
# 4. read what a service exposes, and say what a label will cost (exercises 6.4 and 6.5).
#
# **Time:** about {minutes} minutes.

# %%
import os
import subprocess
import sys
import tempfile
from timeit import repeat

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    Summary,
    disable_created_metrics,
    generate_latest,
    start_http_server,
)

from utils import model, plots, servers
from utils.exercises import check, hint, progress, solution
from utils.flights import load_flights
from utils.servers import local_http

# %% [markdown]
# ## Three ways to tell
#
# We lay the plumbing with random numbers first. If a figure looks odd, the plumbing is at fault and
# not the model. Here are 2,000 requests. Each has its input checked, passes the model, and is
# written to a database. For one request in ten the database is busy for a tenth of a second.

# %%
rng, n = np.random.default_rng(6), 2_000
traffic = pd.DataFrame(
    {
        "checking": rng.uniform(0.0005, 0.0015, n),
        "in_model": rng.lognormal(np.log(0.012), 0.4, n),
        "writing": rng.uniform(0.001, 0.003, n) + 0.1 * (rng.random(n) < 0.1),
    }
).round(4)
traffic["seconds"] = traffic.sum(axis=1)
traffic["outcome"] = rng.choice(["ok", "invalid", "error"], n, p=[0.94, 0.04, 0.02])

# %%
number = traffic["seconds"].idxmax()
slow = traffic.loc[number]
print(f"metric  {n:,} requests so far, {(traffic['outcome'] == 'error').sum()} of them errors")
print(f"log     request {number}, outcome {slow['outcome']}, {slow['seconds']:.3f} s")
steps = ", ".join(f"{step} {slow[step]:.3f} s" for step in ("checking", "in_model", "writing"))
print(f"trace   request {number}: {steps}")

# %% [markdown]
# What a system tells about itself is called **telemetry**. It comes in three kinds.
#
# | kind | keeps | answers | grows with |
# | --- | --- | --- | --- |
# | metrics | a few numbers | how many, how fast, since when | how many they are, not the traffic |
# | logs | a line for each event | what happened in this one | the traffic |
# | traces | each step of one request, with its time | where the time went | traffic times steps |
#
# Metrics say that something is wrong, traces where, logs what. To watch all day you want metrics:
# 2,000 requests or 2 billion, they take the same room. To put them into a program is to
# **instrument** it.
#
# ## A counter, and its page
#
# A **registry** is a list of metrics. We use the library of the Prometheus project.

# %%
disable_created_metrics()
registry = CollectorRegistry()
requests = Counter("flightdelay_requests_total", "Requests.", ["outcome"], registry=registry)
for outcome in traffic["outcome"]:
    requests.labels(outcome).inc()
print(generate_latest(registry).decode())

# %% [markdown]
# This is the **exposition format**, and it is all that a monitored program has to write.
#
# - `# HELP` is for people, `# TYPE` says what may be done with the numbers.
# - Every other line is a **sample**: a name, labels in braces, a value. There is no time in it: who
#   reads the page notes when.
# - `outcome` is a **label**. Each of its values makes a **series** of its own.
#
# The name says whose (`flightdelay`), what (`requests`), and `_total`, as for every counter. The
# library adds that where it is missing: who writes `Counter("errors", ...)` has `errors_total` on
# the page, and must ask for that. With a unit the name would say it, too: always the base unit
# (`_seconds`, `_bytes`), never milliseconds. `disable_created_metrics()` leaves out a line for each
# series that says when it began.

# %%
for attempt in (
    lambda: requests.labels("error").inc(-1),
    lambda: Counter("flightdelay_requests_total", "Requests, again.", registry=registry),
):
    try:
        attempt()
    except ValueError as refused:
        print(str(refused).split(":")[0])

# %% [markdown]
# The first refusal: a counter only goes up. It begins at 0 with its program, so where it falls, the
# program was started again, and a reader can allow for that. The second: a registry takes each name
# once. You meet it when you run a cell twice that makes a metric in the library's *default*
# registry. Hence our habit: the cell that makes metrics makes a registry for them, too.
#
# ## Four more types
#
# New metrics, a new registry: the counter once more, and four other types. A histogram gets the
# edges of its buckets. Without `buckets=` the library takes its own, from 5 ms to 10 s.

# %%
registry, edges = CollectorRegistry(), [0.005, 0.01, 0.025, 0.05, 0.1, 0.25]
requests = Counter("flightdelay_requests_total", "Requests.", ["outcome"], registry=registry)
waiting = Gauge("flightdelay_log_waiting", "Rows not yet on disk.", registry=registry)
seconds = Histogram("flightdelay_request_seconds", "Time.", buckets=edges, registry=registry)
size = Summary("flightdelay_request_flights", "Flights in a request.", registry=registry)
in_service = Info("flightdelay_model", "The model in service.", registry=registry)

# %%
for request, number in zip(traffic.itertuples(), rng.integers(1, 50, n), strict=True):
    requests.labels(request.outcome).inc()
    seconds.observe(request.seconds)
    size.observe(number)
waiting.inc(30)
waiting.dec(28)
in_service.info({"version": "1"})
page = generate_latest(registry).decode()
print(page[page.index("# HELP flightdelay_log_waiting") :])

# %% [markdown]
# - A **gauge** goes up and down: it says how it is now.
# - A **histogram** counts observations in **buckets**. `le="0.025"` reads "took at most 0.025 s".
#   The buckets are *cumulative*: each holds all that lie below it, too, and `+Inf` holds
#   everything. `_sum / _count` is the mean.
# - A **summary** keeps, in Python's library, only `_count` and `_sum`: a mean, and nothing about
#   the slow ones.
# - An **info** says something in words: the words are labels, the value is always 1. (On this page
#   its type reads `gauge`; the format has no other word for it.)
#
# Many programs show more than they were told to. That is the default registry: the library has put
# metrics about Python into it (and on Linux about the process: memory, open files).

# %%
print([metric.name for metric in REGISTRY.collect() if metric.name.startswith("python")])

# %% [markdown]
# ### Exercise {6.1}
#
# The desk wants to know eight things. Give each the type of metric that fits best: "counter",
# "gauge", "histogram", "summary" or "info". You may not need all of them.

# %% tags=["student"] exercise="6.1"
types = {
    "requests answered so far": None,
    "requests being answered right now": None,
    "how long a request took; the slowest 5 % matter": None,
    "the version of the model in service": None,
    "when the model was last trained, in seconds since 1970": None,
    "temperatures that were missing so far": None,
    "how the predicted probabilities are spread": None,
    "PSI of the last 2,000 flights, computed every hour": None,
}

# %% tags=["solution"] exercise="6.1"
types = {
    "requests answered so far": "counter",
    "requests being answered right now": "gauge",
    "how long a request took; the slowest 5 % matter": "histogram",
    "the version of the model in service": "info",
    "when the model was last trained, in seconds since 1970": "gauge",
    "temperatures that were missing so far": "counter",
    "how the predicted probabilities are spread": "histogram",
    "PSI of the last 2,000 flights, computed every hour": "gauge",
}

# %%
check("6.1", types)
# hint("6.1")
# solution("6.1")

# %% [markdown]
# ## A real scrape
#
# In Prometheus' world a program sends its metrics nowhere (in others, such as StatsD, it does). It
# shows its page over HTTP, usually at `/metrics`, and the reader comes and takes it, for instance
# every 15 seconds. That is a **scrape**. (A job that has ended can show none; lesson 10 says where
# it leaves its numbers.) Port 0 asks for any free port; `127.0.0.1` admits this machine only.

# %%
server, _ = start_http_server(0, addr="127.0.0.1", registry=registry)
url = f"http://127.0.0.1:{server.server_port}/metrics"
before = local_http.get(url).text
print("what came over HTTP is the page:", before == generate_latest(registry).decode())

# %% [markdown]
# 600 more requests, and a second scrape.

# %%
for request in traffic.tail(600).itertuples():
    requests.labels(request.outcome).inc()
    seconds.observe(request.seconds)
after = local_http.get(url).text
server.shutdown()
server.server_close()


# %%
def samples(page):
    """Return the value of every series on a page."""
    lines = [line.rsplit(" ", 1) for line in page.splitlines() if not line.startswith("#")]
    return pd.Series({series: float(value) for series, value in lines})


# %%
scrapes = pd.DataFrame({"before": samples(before), "after": samples(after)})
scrapes["between"] = scrapes["after"] - scrapes["before"]
scrapes.filter(regex="requests|seconds", axis="index").round(2)

# %% [markdown]
# The last column is what happened *between* the scrapes. So nobody has to set a counter back to 0,
# and any number of readers can come, each at its own pace, without disturbing the others.
#
# **Predict first.** A series that the first page lacks: is its first event a rise? Of these two
# counters of errors one has been begun, and counted nothing. Then each gets an error.

# %%
own = CollectorRegistry()
errors = Counter("example_errors_total", "An example.", ["origin"], registry=own)
errors.labels("EWR")  # makes the series, at 0
first = samples(generate_latest(own).decode())
for origin in ("EWR", "JFK"):
    errors.labels(origin).inc()
samples(generate_latest(own).decode()) - first

# %% [markdown]
# JFK's first error is no rise: its series appeared at 1, and nobody knows since when. Prometheus
# will not guess that it was 0, so the first error after a quiet month is the one that no alert
# sees. **Begin every series that you can name, at 0.**
#
# A histogram can time a block of code by itself. What if the block fails?

# %%
own = CollectorRegistry()
timer = Histogram("example_seconds", "An example.", registry=own)
try:
    with timer.time():
        raise ValueError("no such flight")
except ValueError:
    print("observations:", own.get_sample_value("example_seconds_count"))

# %% [markdown]
# It is observed all the same. That matters: what fails has often waited longest.
#
# ### Exercise {6.2}
#
# Write `instrument(predict, registry)`. It returns a function that takes the same arguments as
# `predict`, of whatever kind, and behaves the same: it returns what `predict` returns, and raises
# what `predict` raises. Two metrics in the given registry tell of its calls:
#
# - the counter `predict_requests_total` with the label `outcome`, which is "ok" or, when `predict`
#   raised an exception, "error"; both are on the page, as 0, before the first call;
# - the histogram `predict_seconds`, without labels, with the duration of *every* call. Calls may
#   overlap, for a service answers several requests at a time.


# %% tags=["student"] exercise="6.2"
def instrument(predict, registry):
    """Return a function like predict whose calls are counted and timed."""
    ...  # replace this line


# %% tags=["solution"] exercise="6.2"
def instrument(predict, registry):
    requests = Counter("predict_requests_total", "Calls.", ["outcome"], registry=registry)
    seconds = Histogram("predict_seconds", "Time of a call.", registry=registry)
    for outcome in ("ok", "error"):
        requests.labels(outcome)  # so that each is there, as 0, from the start

    def instrumented(*args, **kwargs):
        try:
            with seconds.time():  # observes in any case, also when the block raises
                result = predict(*args, **kwargs)
        except Exception:
            requests.labels("error").inc()
            raise
        requests.labels("ok").inc()
        return result

    return instrumented


# %%
check("6.2", instrument)
# hint("6.2")
# solution("6.2")

# %% [markdown]
# ## What a histogram still knows
#
# How slow are the slow ones? The desk asks for the **95th percentile**: 95 of 100 requests take at
# most that long. The page no longer holds the single durations. So walk up the buckets to the first
# that has reached 95 %, and go into it, in a straight line, as far as is still missing.

# %%
cumulative = [(traffic["seconds"] <= edge).sum() for edge in edges]  # as on the page
rank = 0.95 * n
k = next(k for k, reached in enumerate(cumulative) if reached >= rank)
part = (rank - cumulative[k - 1]) / (cumulative[k] - cumulative[k - 1])
estimate = edges[k - 1] + part * (edges[k] - edges[k - 1])
truth = traffic["seconds"].quantile(0.95)
print(f"{part:.2f} of the way from {edges[k - 1]} to {edges[k]} s")
print(f"95th percentile: {estimate:.3f} s from the buckets, {truth:.3f} s in truth")

# %% [markdown]
# Prometheus does the same in its function `histogram_quantile`, and NumPy has it in one call:
# `np.interp(rank, [0, *cumulative], [0, *edges])`. The estimate is far off. Why?
#
# **Predict first.** Say that every request takes exactly 0.030 s. Which median does the same
# histogram give: 0.030 s, 0.0375 s, or 0.050 s? Choose before you run on.

# %%
always_30 = [1_000 * (edge >= 0.030) for edge in edges]
print(f"{np.interp(0.5 * 1_000, [0, *always_30], [0, *edges]):.4f} s")

# %% [markdown]
# All lie between the edges 0.025 and 0.05, so half of them "lie" in the first half of that bucket.
# A histogram is exact at its edges and guesses between them.

# %%
finer = [0.005, 0.01, 0.025, 0.05, 0.1, 0.11, 0.12, 0.13, 0.25]
figure, panels = plt.subplots(1, 2, sharey=True)
title = "Between two edges a histogram guesses a straight line"
figure.suptitle(title, x=0.02, ha="left", weight="bold")
for axes, chosen, name in zip(panels, (edges, finer), ("six edges", "nine edges"), strict=True):
    reached = [(traffic["seconds"] <= edge).mean() for edge in chosen]
    axes.ecdf(1_000 * traffic["seconds"])
    axes.plot(1_000 * np.array(chosen), reached, "o--")
    guess = 1_000 * np.interp(0.95, [0, *reached], [0, *chosen])
    axes.plot([0, guess, guess], [0.95, 0.95, 0], ":", color=plots.GREY)
    axes.set(xlim=(60, 260), ylim=(0.85, 1.01), xlabel="duration (ms)")
    axes.set_title(f"{name}: 95 % within {guess:.0f} ms", fontsize="medium", weight="normal")
panels[0].annotate("truth", (111, 0.98), ha="right", color="C0")
panels[0].annotate("from the buckets", (178, 0.94), color="C1")
_ = panels[0].set_ylabel("share of requests")

# %% [markdown]
# Left, one straight line joins the edges 100 and 250 ms; the true curve climbs from 105 to 125 ms,
# far above it. Right, three more edges lie where the requests are, and the guess is close. A guess
# is off by one bucket's width at most, unless the answer lies above the last edge: then Prometheus
# returns that edge, however slow the requests were. So the last edge must lie above anything you
# want to see, and the others **where the answer will be sought**. Where you made a promise, such as
# 50 ms, put an edge right there: that share is exact.
#
# Could a program expose the percentile itself? Libraries of some languages can, Python's `Summary`
# does not, and you lose little. Bucket counts of several programs add up. Percentiles do not:

# %%
one = traffic["seconds"][:1_960]
other = traffic["seconds"][1_960:] + 0.3  # a second program, which answers one request in fifty
average = (one.quantile(0.95) + other.quantile(0.95)) / 2
together = pd.concat([one, other]).quantile(0.95)
print(f"average of the two percentiles {average:.3f} s, percentile of all {together:.3f} s")

# %% [markdown]
# ### Exercise {6.3}
#
# The desk asks two things about the duration of a request. Which share takes at most 50 ms? That
# must be *exact*. And what is the 95th percentile? It lies somewhere between 20 and 200 ms, and the
# estimate may be off by 20 % of the truth at most, wherever it lies. Choose `my_edges`: a list of
# at most 16 edges in seconds, rising. `+Inf` comes by itself.

# %% tags=["student"] exercise="6.3"
my_edges = None

# %% tags=["solution"] exercise="6.3"
# Each edge is 1.19 times the one before: the error of a bucket is relative to where it is.
my_edges = sorted([*np.geomspace(0.02, 0.2, 14), 0.05])

# %%
check("6.3", my_edges)
# hint("6.3")
# solution("6.3")

# %%
chosen = edges if my_edges is None else my_edges  # the lesson's six, until you have yours
reached = [(traffic["seconds"] <= edge).mean() for edge in chosen]
print(f"95 % within {np.interp(0.95, [0, *reached], [0, *chosen]):.3f} s, in truth {truth:.3f} s")

# %% [markdown]
# ### Exercise {6.4}
#
# Write `between(before, after)`. Both are pages as text, like those above, of the same service, one
# after the other. Return a dictionary about the requests between them, not rounded:
#
# - `"requests"`: how many, of any outcome (for the two pages above: 600);
# - `"error_share"`: the share of them whose `outcome` is "error" (0.02 means 2 %);
# - `"mean_seconds"`: the mean of `flightdelay_request_seconds` (a request that has been counted
#   need not have been timed yet: the histogram has its own `_count`);
# - `"share_within_50ms"`: the share, of those timed, that took at most 0.05 s.
#
# The pages of the check hold other metrics, too. There, the counter has a second label, `origin`,
# so several series belong together; one that the first page lacks counts as 0 there. Between the
# pages the service may have been started again: where a counter has fallen, all that the second
# page shows of it is new. And there may have been no request: then shares and mean are NaN.


# %% tags=["student"] exercise="6.4"
def between(before, after):
    """Return what happened between two scrapes, as a dictionary of four numbers."""
    ...  # replace this line


# %% tags=["solution"] exercise="6.4"
def between(before, after):
    new = samples(after).sub(samples(before), fill_value=0)
    new = new.where(new >= 0, samples(after))  # a counter that has fallen began anew, at 0
    counter = new[new.index.str.startswith("flightdelay_requests_total{")]
    errors = counter[counter.index.str.contains('outcome="error"')]
    count = new["flightdelay_request_seconds_count"]
    return {
        "requests": counter.sum(),
        "error_share": errors.sum() / counter.sum(),
        "mean_seconds": new["flightdelay_request_seconds_sum"] / count,
        "share_within_50ms": new['flightdelay_request_seconds_bucket{le="0.05"}'] / count,
    }


# %%
check("6.4", between)
# hint("6.4")
# solution("6.4")

# %%
pd.Series(between(before, after), dtype=float).round(3)  # your function, on the lesson's two pages

# %% [markdown]
# ## Two workers, and a counter that jumps
#
# A busy service runs as several processes, called **workers**. Each has a memory, and so a counter,
# of its own. Here are two real ones. Both count every request except those for `/metrics`.

# %%
WORKER = """
import sys
from wsgiref.simple_server import make_server
from prometheus_client import Counter, make_wsgi_app
answered, metrics = Counter("answered_total", "Requests answered."), make_wsgi_app()
def app(environ, respond):
    if environ["PATH_INFO"] == "/metrics":
        return metrics(environ, respond)
    answered.inc()
    respond("200 OK", [])
    return [b"ok"]
make_server("127.0.0.1", int(sys.argv[1]), app).serve_forever()
"""
workers = [
    servers.start(name, lambda port, _: [sys.executable, "-c", WORKER, str(port)], "/metrics")
    for name in ("worker 1", "worker 2")
]

# %% [markdown]
# From outside they share one address, and whoever is free takes the next request: here, worker 2
# takes four of five, by a fixed seed. After every tenth request the reader scrapes whichever worker
# it gets.
#
# **Predict first.** 400 requests are answered. A reader who takes every fall of a counter for a
# restart adds up the rises. Does that make fewer than 400, about 400, or more than 1,000?

# %%
turns = np.random.default_rng(3)
client, read = local_http.client(), []
for sent in range(1, 401):
    client.get(workers[int(turns.random() < 0.8)].url)
    if sent % 10 == 0:
        page = client.get(workers[turns.integers(2)].url + "/metrics").text
        read.append(samples(page)["answered_total"])
each = [samples(client.get(worker.url + "/metrics").text)["answered_total"] for worker in workers]

# %%
rises = np.diff(read, prepend=0)
believed = np.where(rises < 0, read, rises).sum()  # after a restart, all is new
print(f"sent 400, believed {believed:,.0f}, in the two workers {each[0]:.0f} + {each[1]:.0f}")
for worker in workers:
    worker.stop()

# %%
axes = plt.subplots()[1]
sent = np.arange(10, 401, 10)
axes.plot(sent, sent, label="requests sent")
axes.plot(sent, read, "o-", linewidth=1, label="counter, as scraped")
axes.set(title="One address, two counters: what is scraped jumps", xlabel="requests sent")
axes.set_ylabel("value")
_ = axes.legend()

# %% [markdown]
# The scraped counter jumps between two slopes, and each jump up is counted as new requests. The
# numbers in the workers themselves are right, and their sum is. So let every worker be scraped by
# itself: then this cannot happen, and nothing else changes. Or let the workers put their numbers
# together through files, in the library's **multiprocess mode**. It has its price:

# %%
SCRIPT = """
from prometheus_client import CollectorRegistry, Counter, Gauge, Info, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
Counter("answered_total", "A counter.").inc(7)
Gauge("set", "A gauge that is set.", multiprocess_mode="livesum").set(3)
Gauge("asked", "A gauge that asks.", multiprocess_mode="livesum").set_function(lambda: 3)
Info("model", "An info.").info({"version": "1"})
shown = CollectorRegistry()
MultiProcessCollector(shown)
print(generate_latest(shown).decode(), end="")
"""
with tempfile.TemporaryDirectory() as folder:
    variables = os.environ | {"PROMETHEUS_MULTIPROC_DIR": folder}
    shown = subprocess.check_output([sys.executable, "-c", SCRIPT], env=variables, text=True)
print(samples(shown).sort_index().to_string())

# %% [markdown]
# The counter is right. The gauge that asks a function for its value shows 0, without a word, and
# the info is missing; metrics about the process would be, too. A gauge must say what several
# workers make of it (`livesum` adds up those that live), and the files of dead ones stay until
# somebody removes them. The service of lesson 07 has an info and gauges that ask: it is not made
# for this mode, and runs as one process. A counter that jumps is the sign to look for.

# %% [markdown]
# ## What a label costs
#
# "Give `flight_id` a label," says a colleague, "then we can look up every single flight." Each
# value of a label makes a series. Measure what that costs.

# %%
rows = []
for n_flights in (10, 100, 1_000, 10_000, 30_000):
    own = CollectorRegistry()
    seen = Counter("seen_total", "Flights seen.", ["flight_id"], registry=own)
    for flight_id in range(n_flights):
        seen.labels(flight_id).inc()
    best = min(repeat("generate_latest(own)", globals=globals(), number=1, repeat=3))
    rows.append((n_flights, len(generate_latest(own)) / 1e3, 1e3 * best))
cost = pd.DataFrame(rows, columns=["series", "kB", "ms"]).set_index("series")

# %%
panels = plt.subplots(1, 2)[1]
for axes, column, what in zip(panels, cost, ("size (kB)", "time to write it (ms)"), strict=True):
    axes.loglog(cost[column], "o-")
    axes.set(xlabel="series on the page", ylabel=what)
panels[0].set_title("A page grows with its series ...")
_ = panels[1].set_title("... and so does its time")

# %% [markdown]
# Both axes go in powers of ten. With 30,000 series, a month of flights, a page has 1 MB, and it is
# taken every 15 seconds. The reader also keeps every series as long as it keeps data. The number of
# series is called **cardinality**. Labels multiply: here are two weeks of flights.

# %%
flights = load_flights(18, 19)
values = flights[["origin", "carrier", "weekday", "dest", "flight_id"]].nunique()
together = flights[["origin", "carrier", "weekday"]].drop_duplicates()
print(values.to_string())
print("origin with carrier with weekday:", len(together))

# %% [markdown]
# Not every carrier flies from every airport, so there are fewer combinations than the product. But
# a histogram has, for each combination, a line for every bucket, `+Inf` included, a `_sum` and a
# `_count`. A good label has a few values, known beforehand. What has a new value with every request
# (`flight_id`, a request's number, a time, a score, the text of an error) belongs in the log.
#
# ### Exercise {6.5}
#
# The desk wishes for labels on a histogram, and each histogram has a budget of series. Write
# `affordable(flights, labels, edges, budget)`. `labels` are columns of `flights`, the most wanted
# first; `edges` are the finite edges of the buckets. Go through the labels in their order. Keep a
# label when the histogram, with it and those kept so far, would have at most `budget` series after
# one observation for each of the flights; otherwise leave it out and go on with the next. Return
# the list of the kept. A histogram without labels always fits.


# %% tags=["student"] exercise="6.5"
def affordable(flights, labels, edges, budget):
    """Return the labels that the histogram can have within the budget, in their order."""
    ...  # replace this line


# %% tags=["solution"] exercise="6.5"
def affordable(flights, labels, edges, budget):
    lines = len(edges) + 3  # +Inf, _sum and _count
    kept = []
    for label in labels:
        combinations = flights[[*kept, label]].drop_duplicates()
        if len(combinations) * lines <= budget:
            kept.append(label)
    return kept


# %%
check("6.5", affordable)
# hint("6.5")
# solution("6.5")

# %%
# What the desk can have for 1,000 series (None until your function is there).
print(affordable(flights, ["origin", "carrier", "weekday"], edges, 1_000))

# %% [markdown]
# ## The real metrics
#
# Now FlightDelay itself: weeks 18 and 19, six hours of flights in each request,
# and a scrape over HTTP at the end of each week. (The names are those of the service of lesson 07.)

# %%
registry = CollectorRegistry()
requests = Counter("flightdelay_requests_total", "Requests.", ["outcome"], registry=registry)
in_model = Histogram("flightdelay_model_seconds", "Time in the model.", registry=registry)
score_edges = [i / 20 for i in range(1, 20)]
score = Histogram(
    "flightdelay_score", "Predicted probability.", buckets=score_edges, registry=registry
)
missing = Counter(
    "flightdelay_missing_values_total", "Values that were null.", ["feature"], registry=registry
)
Info("flightdelay_model", "The model in service.", registry=registry).info({"version": "1"})
server, _ = start_http_server(0, addr="127.0.0.1", registry=registry)

# %%
delay_model = model.train()
pages = {}
for week, of_week in flights.groupby("week"):
    for _, group in of_week.groupby(of_week["sched_dep"].dt.floor("6h")):
        with in_model.time():
            probability = model.predict(delay_model, group)
        requests.labels("ok").inc()
        missing.labels("pressure").inc(group["pressure"].isna().sum())
        for p in probability:
            score.observe(p)
    pages[week] = samples(client.get(f"http://127.0.0.1:{server.server_port}/metrics").text)
server.shutdown()

# %% [markdown]
# Week 18 is the first page itself, week 19 what came between the two.

# %%
weeks = pd.DataFrame({"week 18": pages[18], "week 19": pages[19] - pages[18]})
for series in ("flightdelay_score_count", 'flightdelay_missing_values_total{feature="pressure"}'):
    print(series, weeks.loc[series].astype(int).to_dict())

# %%
buckets = weeks[weeks.index.str.startswith("flightdelay_score_bucket")]
shares = buckets.diff().fillna(buckets.iloc[:1]) / buckets.iloc[-1]  # cumulative no more
axes = plt.subplots()[1]
for week in shares:
    axes.stairs(shares[week], np.arange(21) / 20, linewidth=2.5, label=week)
axes.set(title="Two pages tell that the scores moved up", xlabel="predicted probability")
axes.set_ylabel("share of flights")
_ = axes.legend()

# %% [markdown]
# Nobody has looked at a single row. Twenty bucket counts tell that in week 19 the model expects
# more late flights, and one counter tells that pressure was missing ten times as often. What the
# page cannot tell is why, or whether the model is right: for that there are the rows, and part I.

# %% [markdown]
# ### Think about it
#
# A colleague still wants to find the slow flights, and the one flight that a dispatcher complained
# about, and insists on `flight_id` as a label. What do you offer instead? And which metric would
# have answered the dispatchers at twenty to eight?

# %%
# solution("6.think")

# %% [markdown] tags=["solution"] exercise="6.think"
# **Discussion.** A metric says *that* requests are slow, how many, and since when. Which ones is a
# question for the log: one line for each request, with its number, its flights and its duration.
# There, a `flight_id` costs one line, once, and not a series that lives on with every scrape. To
# connect the two, keep the labels coarse (`outcome`, perhaps `origin`), so that the metric says
# where to search in the log. A trace of a few requests shows which step takes the time; some
# libraries attach the number of one example request to a bucket (an *exemplar*).
#
# At twenty to eight: the counter by outcome says how many requests fail, the histogram of durations
# that one in ten takes over 100 ms, and the curve of both over time, since when. "Mine comes at
# once" and "the forecast hangs" are both true: the mean would have shown neither. A second
# histogram, around the writing alone, would have pointed at the database.

# %% [markdown]
# > **At work.** Agree on names, units and labels before the first line of code, in one list for all
# > teams: a metric is an interface, and alerts depend on it. `promtool check metrics` finds odd
# > names. Give each team a budget of series, and look at their number each week. Never put
# > personal data into a label. And `/metrics` tells strangers a lot about your system: keep it
# > inside.

# %% [markdown]
# ## What you can do now
#
# You can make a program report how it is doing: count, time and describe what it does, without
# changing it; read what it tells; and know what its numbers cost and how wrong they can be. You
# have *earned* the metrics of FlightDelay: from now on they come from the course's own service. In
# lesson 07 you put them into a real service that answers over HTTP, beside a log of every
# prediction.

# %%
progress("06")
