# %% [markdown]
# # 08 · Ask Prometheus what happened, in PromQL
#
# **The desk's problem.** It is Monday 20 May. Five weeks of FlightDelay lie behind the desk, and
# there are questions. "It was slow once," says an airline, "when?" A client saw errors. Somebody
# wants to know whether the service is used more than a week ago, and the data scientists whether
# its predictions have moved. The page `/metrics` cannot tell: it shows this moment, and forgets it.
# What is needed is somebody who reads that page every minute and keeps what was there. That is
# Prometheus, and its language is PromQL.
#
# After this lesson you can:
#
# 1. turn a counter into requests per second (exercise 8.1);
# 2. divide series by one another, and say why a division returns nothing (exercise 8.2);
# 3. say what a histogram is sure of, and what a percentile from it is worth (exercise 8.3);
# 4. compare with a week ago, for traffic and for predictions, up to PSI (exercises 8.4, 8.5, 8.7);
# 5. find a fault in a gauge (exercise 8.6).
#
# **Time:** about {minutes} minutes.

# %%
import tempfile
import time
from pathlib import Path

import httpx
import matplotlib.pyplot as plt
import pandas as pd

from utils import model, plots, prometheus, servers, service
from utils.prometheus import history, promql
from utils.exercises import check, hint, progress, solution
from utils.flights import FEATURES, load_flights

# %% [markdown]
# ## A server that reads and keeps
#
# We start the service of lesson 07 and, beside it, a real Prometheus. It is told one address and
# how often to go there. Each visit is a **scrape**: it reads `/metrics` and stores every number
# with the time. The service does nothing for it; it does not even know who reads. An address is a
# host and a port; `http://` and `/metrics` Prometheus adds by itself.

# %%
folder = tempfile.TemporaryDirectory()
saved = Path(folder.name) / "model.joblib"
model.save(model.train(), saved)
start_service = service.command(saved, database=None)
desk = servers.start("FlightDelay", lambda port, _: start_service(port), ready="/health")
live = prometheus.start({"flightdelay": [desk.url.removeprefix("http://")]}, every="1s")

# %% [markdown]
# A little traffic, twenty flights, and we wait until Prometheus has been there. That takes some
# seconds: a new Prometheus looks at its list of targets only once in five seconds.

# %%
for flight in load_flights(15, 15)[["flight_id", *FEATURES]].dropna().head(20).to_dict("records"):
    httpx.post(f"{desk.url}/predict", json={"flights": [flight]}).raise_for_status()
until = time.monotonic() + 30
while live.query("flightdelay_requests_total")["value"].sum() < 20 and time.monotonic() < until:
    time.sleep(0.2)
live.query("flightdelay_requests_total")[["job", "outcome", "value"]]

# %% [markdown]
# The text in `query` is PromQL, the simplest there is: a name. What comes back is an **instant
# vector**: for each series with that name, its latest value. A **series** is a name with a set of
# labels. The service gave `outcome`; Prometheus added where it found the series, `job` and
# `instance` (an address, left out here). It added a metric of its own, too: `up` is 1 when the last
# scrape worked. So let us stop the service.

# %%
desk.stop()
until = time.monotonic() + 30
while live.query("up")["value"].item() == 1 and time.monotonic() < until:
    time.sleep(0.2)
print("up:", live.query("up")["value"].item())
print("series of the service:", len(live.query("flightdelay_requests_total")))
live.stop()

# %% [markdown]
# `up` is 0, and the service's series are gone at once. Prometheus calls them **stale**: it does not
# go on showing the last number of a service that no longer answers. What it stored before stays.
#
# The time of a sample is that of the scrape, by Prometheus' clock. While a laptop sleeps nothing is
# scraped, and rates have a hole there; the next query prints a note.
#
# ## The time machine
#
# Nobody can wait five weeks for an exercise. So the course brings a history: weeks 16 to 20, one
# scrape a minute at second 30, laid into a real Prometheus. Real flights were asked about before
# they left, and the real model answered. Some incidents were put in, and you will find them. The
# first start computes it all, which takes about ten seconds; after that it is in a cache.

# %%
machine = history.start()
requests = machine.query("flightdelay_requests_total", at="2013-04-29 09:58")
requests[["job", "outcome", "value"]]

# %% [markdown]
# You choose the moment: `at`, in New York time. (A live server's times are UTC, and the present is
# `prometheus.now()`.) Beside `flightdelay` there is a job `staging`, a copy of the service for
# rehearsals. It has the same metrics, a slower machine, and one in ten of its requests fails, on
# purpose. Whoever forgets the **selector** `{job="flightdelay"}` counts both.
#
# Prometheus has a page of its own, at the address `machine.url`: the same queries, as a table or a
# graph, with *Evaluation time* for `at`. (Some Linux packages leave it out.)
#
# ## Why a counter, and what to do with it
#
# A counter by itself says little: 600,000 predictions since when? What you want is how fast it
# rises. For that, a query needs more than one sample. A **range vector**, written with `[4m]`,
# holds all samples of the last four minutes.

# %%
scored = 'flightdelay_score_count{job="flightdelay"}'
samples = machine.query(f"{scored}[4m]", at="2013-04-29 09:58")
samples[["time", "value"]]

# %%
seconds = (samples["time"].max() - samples["time"].min()).total_seconds()
by_hand = (samples["value"].iloc[-1] - samples["value"].iloc[0]) / seconds
at = "2013-04-29 09:58"
print(f"by hand:  {by_hand:.4f} predictions per second over {seconds:.0f} s")
print(f"rate:     {machine.query(f'rate({scored}[4m])', at=at)['value'].item():.4f} per second")
print(f"increase: {machine.query(f'increase({scored}[4m])', at=at)['value'].item():.2f} in 4 min")

# %% [markdown]
# Where samples cover the whole range, `rate` is what you would do by hand: last minus first, over
# the time between them. Where a series begins or ends inside the range it is lower. `increase` is
# that rate times the length of the range. Since the four samples span three minutes only, it is an
# extrapolation, and no whole number. Now both for two weeks: `query_range` asks the same question
# again and again, once every `step`.

# %%
upper, lower = plt.subplots(2, 1, figsize=(9, 5), sharex=True)[1]
for axes, query in [(upper, scored), (lower, f"rate({scored}[1h])")]:
    table = machine.query_range(query, "2013-04-22", "2013-05-06", step="1h")
    axes.plot(table["time"], table["value"])
upper.set(title="A restart throws the counter to 0 ...", ylabel="predictions so far")
lower.set(title="... and its rate does not notice", ylabel="per second")
days = pd.date_range("2013-04-22", "2013-05-06", freq="2D")
_ = lower.set_xticks(days, [f"{day.day} {day:%b}" for day in days])

# %% [markdown]
# Three times the process was started anew, and counted from 0; twice within half an hour, so it
# looks like one. `rate` knows that a counter never falls otherwise, and adds up what came before
# and after; only what was counted between the last scrape and the restart is lost. That is why
# services expose counters, and no "requests in the last minute": a counter survives lost scrapes,
# and every reader may choose a range.
#
# ### Exercise {8.1}
#
# Write the query `per_second`, a text: how many requests to FlightDelay (the job `flightdelay`)
# there were per second, over the last five minutes, all outcomes together. It returns one number.
# The metric is `flightdelay_requests_total`. `sum(...)` adds up series. To try a query:
# `machine.query(per_second, at="2013-04-17 15:00")`.

# %% tags=["student"] exercise="8.1"
per_second = None  # replace None by a query, in quotes

# %% tags=["solution"] exercise="8.1"
per_second = 'sum(rate(flightdelay_requests_total{job="flightdelay"}[5m]))'

# %%
check("8.1", per_second)
# hint("8.1")
# solution("8.1")

# %% [markdown]
# ## Shares
#
# Errors per second grow when the service is used more. What users feel is the share that fails: one
# rate divided by another.

# %%
ours = 'flightdelay_requests_total{job="flightdelay"}'
failed = 'flightdelay_requests_total{job="flightdelay",outcome="error"}'
error_share = f"sum(rate({failed}[10m])) / sum(rate({ours}[10m]))"
month = ("2013-04-15", "2013-05-20")
errors = machine.query_range(error_share, *month, step="10m")

# %%
mondays = pd.date_range(*month, freq="7D")
axes = plt.subplots()[1]
axes.plot(errors["time"], 100 * errors["value"], linewidth=1)
incidents = history.incidents()
failing = incidents[incidents["kind"].isin(["errors", "release"])]
axes.plot(failing["since"], [44] * len(failing), "v", color="C1", markersize=9)
axes.set(
    title="Five incidents (triangles), and many peaks that are none",
    ylabel="% of requests that fail",
)
_ = axes.set_xticks(mondays, [f"{day.day} {day:%b}" for day in mondays])

# %% [markdown]
# The triangles are where incidents began: `history.incidents()` tells the truth about these
# weeks. Most peaks are none. They are blips of a minute or three that healed by themselves. To tell
# the two apart is the subject of lesson 09.
#
# `sum by (label)` keeps a label. On 4 May something was wrong with the data: values were missing.
# Which? `flightdelay_missing_values_total` has a label `feature`.

# %%
by_feature = 'sum by (feature) (rate(flightdelay_missing_values_total{job="flightdelay"}[1h]))'
machine.query(by_feature, at="2013-05-04 12:00")[["feature", "value"]].round(4)

# %% [markdown]
# So many values were missing per second. As a share of all predictions that would say more.
#
# **Predict first.** The next cell divides these eight series by the rate of predictions, which is
# one series. What comes back: eight shares, one number, or nothing? Choose before you run on.

# %%
share = machine.query(f"{by_feature} / sum(rate({scored}[1h]))", at="2013-05-04 12:00")
print(f"{len(share)} series")

# %% [markdown]
# Nothing, and no error. An operation between two vectors pairs each series on the left with the one
# on the right that has *the same labels*. On the left each has a `feature`, on the right there is
# none, so nobody finds a partner. You must say two things: leave `feature` out of the comparison,
# `ignoring(feature)`, and let many on the left share one on the right, `group_left`.

# %%
pairing = f"{by_feature} / ignoring(feature) group_left sum(rate({scored}[1h]))"
machine.query(pairing, at="2013-05-04 12:00")[["feature", "value"]].round(3)

# %% [markdown]
# Three in ten flights came without `visib`: a feed was silent, and no request failed. When a
# query returns nothing, run both sides by themselves and compare the labels.
#
# ### Exercise {8.2}
#
# Write the query `outcomes`: of FlightDelay's requests of the last hour, the share of each outcome.
# It returns three series with the label `outcome`, and their values add up to 1.

# %% tags=["student"] exercise="8.2"
outcomes = None  # replace None by a query, in quotes

# %% tags=["solution"] exercise="8.2"
outcomes = """
  sum by (outcome) (rate(flightdelay_requests_total{job="flightdelay"}[1h]))
/ ignoring(outcome) group_left
  sum(rate(flightdelay_requests_total{job="flightdelay"}[1h]))
"""

# %%
check("8.2", outcomes)
# hint("8.2")
# solution("8.2")

# %% [markdown]
# ## Percentiles
#
# A mean hides the slow ones. A histogram keeps more: for each edge `le` ("less or equal") there is
# a counter of all requests that took up to so long. These are the model's, per second, in an
# ordinary hour and in the hour of which the airline spoke.

# %%
buckets = 'sum by (le) (rate(flightdelay_model_seconds_bucket{job="flightdelay"}[1h]))'
ordinary, slow = (
    machine.query(buckets, at=at).astype({"le": float}).set_index("le")["value"].sort_index()
    for at in ("2013-04-17 15:00", "2013-04-30 15:00")
)
pd.DataFrame({"ordinary": ordinary, "slow": slow}).round(3)

# %% [markdown]
# Each row contains the rows above it; the last one, `inf`, is everything. `histogram_quantile`
# looks up the bucket in which the share passes 95 %, and draws a straight line through it. How good
# is the result? Below we ask a second time, as if the service had no edges above 5 ms.

# %%
coarse = buckets.replace("}[", ',le=~"0.001|0.0025|0.005|[+]Inf"}[')
for name, at in [("ordinary", "2013-04-17 15:00"), ("slow", "2013-04-30 15:00")]:
    p95, blind = (
        1000 * machine.query(f"histogram_quantile(0.95, {b})", at=at)["value"].item()
        for b in (buckets, coarse)
    )
    print(f"{name}: 95 % within {p95:.1f} ms; with edges up to 5 ms: {blind:.1f} ms")

# %% [markdown]
# The slow hour's 26.2 ms lie in the bucket from 25 to 50 ms, and that is all the histogram knows.
# Without edges up there the percentile falls into the bucket `+Inf`, and the answer is the last
# edge, 5 ms: calm, and wrong, in both hours. A percentile that stays on the last edge is not one.
#
# Mind the layers, from the inside: the buckets, their rate, `sum by (le)`, the quantile. Without
# `le` the sum has no buckets any more. And never average percentiles: add up buckets, over machines
# or over time, and take one percentile at the end.
#
# ### Exercise {8.3}
#
# What is the histogram of whole requests (`flightdelay_request_seconds_bucket`) sure of? Write as
# `"within_25ms"` a query: the share of FlightDelay's requests of the last hour that took at most
# 25 ms, one number between 0 and 1. All of them are counted in `flightdelay_request_seconds_count`.
# Then find between which two edges the 95th percentile lay in the hour before 15:00 on 30 April:
# `"p95_from"` and `"p95_to"`, in seconds.

# %% tags=["student"] exercise="8.3"
sure = {
    "within_25ms": None,  # a query, in quotes
    "p95_from": None,  # seconds
    "p95_to": None,  # seconds
}

# %% tags=["solution"] exercise="8.3"
within = """
  sum(rate(flightdelay_request_seconds_bucket{job="flightdelay",le="0.025"}[1h]))
/ sum(rate(flightdelay_request_seconds_count{job="flightdelay"}[1h]))
"""
for edge in ("0.01", "0.025", "0.05"):
    below = machine.query(within.replace("0.025", edge), at="2013-04-30 15:00")["value"].item()
    print(f"up to {edge} s: {below:.1%}")
sure = {"within_25ms": within, "p95_from": 0.025, "p95_to": 0.05}

# %%
check("8.3", sure)
# hint("8.3")
# solution("8.3")

# %%
slowest = f"1000 * histogram_quantile(0.95, {buckets})"
table = machine.query_range(slowest, *month, step="1h")
axes = plt.subplots()[1]
axes.plot(table["time"], table["value"])
axes.set(title="The airline meant 30 April", ylabel="ms in the model (95 %)", ylim=(0, None))
_ = axes.set_xticks(mondays, [f"{day.day} {day:%b}" for day in mondays])

# %% [markdown]
# On 30 April, from noon to eight in the evening, the model took four times as long as usual. The
# narrow peaks are shorter faults, and the highest one lasted half an hour.

# %% [markdown]
# ## A week ago
#
# Is the service used more than before? Traffic has a rhythm of days and of weeks, so a Sunday is
# compared with a Sunday. `offset 1w` moves a selector back by a week. It stands right behind the
# range.

# %%
for back in ("", " offset 1w"):
    query = f"rate({scored}[1d]{back})"
    print(f"{machine.query(query, at='2013-05-20')['value'].item():.3f} per second: {query}")

# %% [markdown]
# ### Exercise {8.4}
#
# Write the query `change`: by what share FlightDelay's requests per second, all outcomes together,
# over the last day (`[1d]`), differ from a week before. 0 is no change, 0.1 is ten per cent more,
# -0.1 ten per cent less. It returns one number.

# %% tags=["student"] exercise="8.4"
change = None  # replace None by a query, in quotes

# %% tags=["solution"] exercise="8.4"
change = """
  sum(rate(flightdelay_requests_total{job="flightdelay"}[1d]))
/ sum(rate(flightdelay_requests_total{job="flightdelay"}[1d] offset 1w))
- 1
"""

# %%
check("8.4", change)
# hint("8.4")
# solution("8.4")

# %% [markdown]
# At the end of a day, in these weeks, the change is never above four per cent: the service is used
# as much as before. Not every question has an exciting answer.
#
# ## When there is nothing
#
# A query that returns nothing alarms nobody, and that can hide the worst: nothing is there to be
# measured. `absent(x)` is the opposite of `x`: 1 when there is nothing, and nothing
# when there is something. Four moments, and at each the share of errors in five minutes, too:

# %%
share_of_errors = f"sum(rate({failed}[5m])) / sum(rate({ours}[5m]))"
moments = {
    "a quiet night": "2013-04-30 23:10",
    "Prometheus away for two minutes": "2013-04-23 09:02",
    "Prometheus away for half an hour": "2013-04-23 09:30",
    "the service down": "2013-05-11 11:10",
}
queries = {
    "up": 'up{job="flightdelay"}',
    "counter": scored,
    "absent": f"absent({scored})",
    "errors": share_of_errors,
}
found = {
    what: [machine.query(query, at=at)["value"].tolist() for at in moments.values()]
    for what, query in queries.items()
}
pd.DataFrame(found, index=list(moments))

# %% [markdown]
# In the quiet night all is well and nobody asked: 0 errors divided by 0 requests are **NaN**, "not
# a number". That is not nothing. A value is there, but none that is above or below a limit; only
# `!=` is true of it, and a `sum` or mean with a NaN in it is NaN. A percentile of no requests is
# NaN, too. A longer range helps.
#
# Two minutes after Prometheus went away, the last sample is still shown: without news, a sample
# counts for five minutes. After that there is nothing, neither good nor bad. When it is the service
# that is down, Prometheus goes on writing `up` 0, which is the best sign of all. In both cases
# "errors above 5 %" returns nothing in the end, and whoever waits for it waits in peace.

# %% [markdown]
# ## Predictions that moved
#
# All of this any service has. What only a model has is a distribution of scores, and it is here as
# a histogram, too. `flightdelay_score_bucket{le="0.3"}` counts predictions up to 0.3. The desk
# calls a flight *at risk* when its score is above that.
#
# ### Exercise {8.5}
#
# Write the query `at_risk`: the share of predictions of the last day (`[1d]`) with a score above
# 0.3, minus the same share a week before. When 8 % were at risk and now 20 % are, it is 0.12. It
# returns one number. The count of all predictions is `flightdelay_score_count`.

# %% tags=["student"] exercise="8.5"
at_risk = None  # replace None by a query, in quotes

# %% tags=["solution"] exercise="8.5"
low = 'flightdelay_score_bucket{job="flightdelay",le="0.3"}'
everyone = 'flightdelay_score_count{job="flightdelay"}'
now = f"1 - sum(rate({low}[1d])) / sum(rate({everyone}[1d]))"
before = f"1 - sum(rate({low}[1d] offset 1w)) / sum(rate({everyone}[1d] offset 1w))"
at_risk = f"({now}) - ({before})"

# %%
check("8.5", at_risk)
# hint("8.5")
# solution("8.5")

# %% [markdown]
# ## What the model was fed
#
# When did the predictions move, and why? A gauge of the service tells what goes in:
# `flightdelay_feature_mean` is the mean of the last 500 values of each `feature`. A gauge may fall,
# so it needs no `rate`. Other functions look at its range: `min_over_time` and `max_over_time` give
# the lowest and highest of all samples, `avg_over_time` their mean, `changes` how often it moved
# (0: a feed that is stuck).

# %%
gauge = 'flightdelay_feature_mean{job="flightdelay",feature="wind_speed"}'
for function in ("min_over_time", "avg_over_time", "max_over_time", "changes"):
    value = machine.query(f"{function}({gauge}[1d])", at="2013-05-01")["value"].item()
    print(f"{function}: {value:.1f}")

# %% [markdown]
# ### Exercise {8.6}
#
# Write the query `fall`: how many degrees the lowest mean of `temp` in the last day (`[1d]`) lies
# below the lowest in the day before. When it was 50 the day before and is 44 now, the fall is 6;
# when it has become warmer, it is below 0. It returns one number.

# %% tags=["student"] exercise="8.6"
fall = None  # replace None by a query, in quotes

# %% tags=["solution"] exercise="8.6"
temp = 'flightdelay_feature_mean{job="flightdelay",feature="temp"}'
fall = f"min_over_time({temp}[1d] offset 1d) - min_over_time({temp}[1d])"

# %%
check("8.6", fall)
# hint("8.6")
# solution("8.6")

# %% [markdown]
# Your query, at the end of each day. The three days on which the temperature fell most:

# %%
if fall:
    falls = machine.query_range(fall, "2013-04-17", "2013-05-20", step="1d")
    for row in falls.nlargest(3, "value").itertuples():
        print(f"{row.time - pd.Timedelta('1D'):%d %B}: {row.value:.0f} °F lower")

# %% [markdown]
# One of them is no weather. Below is the gauge itself, with that of the rain, and above them the
# mean score, which is a sum divided by a count.

# %%
panels = {
    "mean score": f'rate(flightdelay_score_sum{{job="flightdelay"}}[1d]) / rate({scored}[1d])',
    "rain (inches)": 'flightdelay_feature_mean{job="flightdelay",feature="precip"}',
    "temp (°F)": 'flightdelay_feature_mean{job="flightdelay",feature="temp"}',
}
fault = incidents[incidents["kind"] == "celsius"].iloc[0]
panel = plt.subplots(3, 1, figsize=(9, 5.4), sharex=True)[1]
for axes, (name, query) in zip(panel, panels.items(), strict=True):
    table = machine.query_range(query, *month, step="4h")
    axes.plot(table["time"], table["value"])
    axes.axvspan(fault.since, fault.until, color="#DCEBF5", zorder=-1)
    axes.set_ylabel(name)
panel[0].set_title("High scores in May: rain on the 8th, a fault from the 13th on (shaded)")
_ = axes.set_xticks(mondays, [f"{day.day} {day:%b}" for day in mondays])

# %% [markdown]
# On 8 May it rains, and the model rightly expects delays. From 13 to 16 May the scores are high
# again, with hardly any rain. There `temp` falls by fifty degrees in one night: the stations report
# Celsius, and the model believes in frost. In the upper panel the rain is the louder of the two.
# The predictions tell you *that* something moved; what was fed in tells you why.
#
# ## PSI, without a row of data
#
# In lesson 03 you computed PSI from two samples: the sum over all bins of (p − q)·ln(p / q), with p
# and q the shares of a bin now and before. Prometheus can do that, if the service counts each bin
# by itself: `flightdelay_score_bin_total` has a label `bin`, from "0.00" to "0.95". PromQL has no
# variables, so a long query is put together from Python texts.
#
# ### Exercise {8.7}
#
# Write the query `psi`: PSI of FlightDelay's scores of the last day (`[1d]`) against the day a week
# before. A share is the rate of a bin divided by the rate of all bins together. Shares below 0.0001
# count as 0.0001 (`clamp_min(x, 0.0001)`), for `ln(0)` is minus infinity. It returns one number.

# %% tags=["student"] exercise="8.7"
psi = None  # replace None by a query: p and q first, as texts, then f"... {p} ... {q} ..."

# %% tags=["solution"] exercise="8.7"
now = 'rate(flightdelay_score_bin_total{job="flightdelay"}[1d])'
p = f"clamp_min({now} / ignoring(bin) group_left sum without (bin) ({now}), 0.0001)"
q = p.replace("[1d]", "[1d] offset 1w")
psi = f"sum(({p} - {q}) * ln({p} / {q}))"

# %%
check("8.7", psi)
# hint("8.7")
# solution("8.7")

# %% [markdown]
# You have *earned* `promql.psi()`, which returns this query as a text. Here is its value at the end
# of each day, over four weeks, with the line that textbooks draw at 0.25.

# %%
daily = machine.query_range(promql.psi(), "2013-04-23", "2013-05-20", step="1d")
day = daily["time"] - pd.Timedelta("1D")  # what is computed at midnight is of the day before
axes = plt.subplots()[1]
axes.bar(day, daily["value"])
axes.axhline(0.25, color="#D55E00", linestyle="--")
axes.set(
    title="PSI is above 0.25 on most days, and highest in the rain",
    ylabel="PSI against a week before",
)
_ = axes.set_xticks(mondays[1:-1], [f"{m.day} {m:%b}" for m in mondays[1:-1]])
print(f"above 0.25 on {(daily['value'] > 0.25).sum()} of {len(daily)} days")

# %% [markdown]
# ### Think about it
#
# A colleague wants to be woken whenever PSI of the scores is above 0.25, "the standard". What would
# have happened in these weeks? And what would you watch instead, to find the Celsius?

# %%
# solution("8.think")

# %% [markdown] tags=["solution"] exercise="8.think"
# **Discussion.** The colleague would have been woken on most days. The four days in Celsius are
# among them, and do not stand out. A day's weather differs from that of a week before, and the
# model answers to weather: that is what it is for. So a threshold must come from what ordinary days
# do; 0.25 is a custom of another trade.
#
# Temperatures in Celsius are found faster and surer where they enter. `flightdelay_feature_mean` of
# `temp` fell by fifty degrees in one night; on no other day was its lowest value more than fourteen
# degrees below that of the day before. So look at the inputs for faults, and at the scores for
# their consequences. PSI is good for the second look: when something else says that there is a
# fault, it says whether the predictions noticed.
#
# And one thing none of these queries shows. Week 17, 22 to 28 April, was the worst of the model's
# year, and there is no sign of it in any panel of this lesson. Nothing that the service can count
# about itself knows whether a flight was late.

# %% [markdown]
# > **At work.** Queries do not stay in notebooks. They live in dashboards and rule files, under
# > version control and reviewed like code. Take a range of at least four scrapes, so that one lost
# > scrape does not empty a rate. Write the job into every selector: sooner or later somebody starts
# > a second one. And watch the watcher: a `sum` over services that are gone looks very calm.

# %% [markdown]
# ## What you can do now
#
# You can ask a running system, and a month of its past, how much, how often it fails, how slow it
# is, and whether its inputs and predictions moved. You know why a counter is better than a rate,
# why a division can return nothing or NaN, and what a percentile from buckets is worth. You have
# earned `promql.psi()`. So far somebody must sit there and ask. In lesson 09 Prometheus asks by
# itself, and wakes you: rarely enough that you still get up.

# %%
progress("08")
