# %% [markdown]
# # 10 · Run a monitored model through an incident, from the page to the report
#
# **The desk's problem.** It is Monday 13 May 2013, and for the first time everything that you have
# built runs at once: service, log, drift job, Prometheus, and Alertmanager, which has your number.
# When the pager rings, nobody will ask which lesson it belongs to: you find out what happened,
# decide, act, and write it down.
#
# After this lesson you can:
#
# 1. follow a page to the column, and the hour when it began (exercise 10.1);
# 2. choose what to do, from repairing the data to doing nothing, and give reasons (10.2);
# 3. retrain on a window that you can defend, and let a comparison decide (10.3 and 10.4);
# 4. take an incident from its page to its report, alone (10.5 and 10.6).
#
# **Time:** about {minutes} minutes.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from prometheus_client import CollectorRegistry, Gauge, push_to_gateway

from utils import desk, model, plots
from utils.desk import incidents
from utils.drift import measure, reports, simulate
from utils.exercises import check, hint, progress, solution
from utils.flights import FEATURES, REFERENCE, load_flights

# %% [markdown]
# ## One cell, a whole desk
#
# The next cell starts the desk, in ten seconds, or in a minute on a busy machine. If Prometheus or
# Alertmanager is missing, it says how to get it; exercises 10.1 to 10.5 need neither.

# %%
stack = desk.start()
stack.status()[["part", "does", "healthy"]]

# %% [markdown]
# These are real programs. The traffic replays the flights of 2013, so there is a second clock:
# *replayed* time, which stands still until you let it run. Outcomes become known one day after the
# flight here, not two weeks. Let two days pass.

# %%
stack.play(2, day_seconds=2)
print(f"it is {stack.clock():%A %d %B, %H:%M}; pages so far: {len(stack.pages())}")

# %% [markdown]
# Two calm days, and the pager kept still. The new part is the **drift job**. Every six replayed
# hours it takes the last day of predictions, runs Evidently and the data checks of part I, and
# *exposes the results as metrics*. So drift is watched as errors are, with PromQL and rules. The
# clock waits for each run: pages come at the same replayed time on every machine.

# %% tags=["nbval-ignore-output"]
scores = stack.query("drift_score").set_index("column")["value"]
scores.sort_values(ascending=False).round(2)

# %% [markdown]
# By the textbook's limit of 0.1, most of these columns have drifted, on a calm day in May: the
# reference is March. So the rules ask what must hold on any day, for example: do three stations so
# close together agree about as well as last week?
#
# And who watches the drift job? A **batch job** that has died says nothing. So it exposes *when it
# last succeeded*, and a rule compares that with now. One run may fail; two in a row page
# (`DriftJobFails`).

# %%
now, success = (
    stack.query(f"max({name})")["value"].item()
    for name in ("replay_clock_seconds", "drift_last_success_clock_seconds")
)
print(f"hours since the last success: {(now - success) / 3600:.0f}; paged above 11")

# %% [markdown]
# Ours stays alive to be scraped. A script that a scheduler starts is gone before, so it *pushes*
# its metrics to a **Pushgateway**, which keeps them for ever: only the time of the last success
# shows that they are old. This is what would be sent:


# %%
def show(url, method, timeout, headers, data):
    """Print what would go to a Pushgateway."""
    return lambda: print(method, url, data.decode(), sep="\n")


registry = CollectorRegistry()
done = Gauge("nightly_last_success_timestamp_seconds", "Last success.", registry=registry)
done.set(1_368_489_600)  # at work: done.set_to_current_time(), as the script's last line
push_to_gateway("pushgateway:9091", job="nightly", registry=registry, handler=show)

# %% [markdown]
# ## The page
#
# Now it is Wednesday. We let the clock run until the pager rings, at most one day.

# %%
stack.play(1, until_page=True, day_seconds=4)
for page in stack.new_pages().itertuples():
    print(f"{page.at:%a %H:%M}", page.alert, page.column, page.origin, page.status)
    print(f"  {page.summary}\n  runbook: {page.runbook}")

# %% [markdown]
# A page says what fired and where, not what happened. The first step is to **look at the metric
# that fired**, over time: the temperature of each station, less that of the middle one of the
# three, compared with last week.

# %%
seen = stack.history('drift_station_difference{column="temp"}')
axes = plt.subplots()[1]
for origin, line in seen.groupby("origin"):
    axes.plot(line["at"], line["value"], marker=".", label=origin)
plots.label_lines(axes)
axes.set(title="Newark has left the other two airports", ylabel="degrees from usual")
days = pd.date_range("2013-05-13", "2013-05-16")
_ = axes.set_xticks(days, [f"{d:%a} 0:00" for d in days])

# %% [markdown]
# All three lines lie near zero until Wednesday. Then one falls, further as more of its readings
# come into the window of one day. Each dot is a run of the job. It is one airport and not the
# weather, which would take all three along. Let the day end, and read Evidently's report.

# %%
stack.play(until="2013-05-16", day_seconds=2)
wednesday = stack.window(since="2013-05-15", until="2013-05-16")
report = stack.report(wednesday)
drift = reports.drift_table(report).sort_values("score", ascending=False)
drift[["column", "score", "drifted"]].head(8).round(2).reset_index(drop=True)

# %%
reports.show(report, "lesson_10_wednesday")

# %% [markdown]
# `temp` is on top. But the report calls most of the weather drifted, and the predictions, too:
# begin here, and you have half a dozen suspects. The alert told you which row to open. One table,
# split by what the page named, leads to the cause:

# %%
wednesday.groupby("origin")["temp"].describe()[["count", "min", "50%", "max"]].round(1)

# %% [markdown]
# Newark (EWR) was as warm as the others, and in deep frost, on one day in May. When numbers are
# wrong and yet lively, think of their **unit**. Here is the day hour by hour, with Newark from noon
# on read as degrees Celsius, too.

# %%
by_hour = wednesday.assign(hour=wednesday["sched_dep"].dt.hour)
hourly = by_hour.pivot_table("temp", "hour", "origin", aggfunc="median")
axes = hourly.plot(title="Read as Celsius, Newark is where it was", ylabel="temp (°F)")
(hourly.loc[12:, "EWR"] * 1.8 + 32).plot(ax=axes, style="k:", label="EWR, from Celsius")
axes.set(xlabel="hour of Wednesday", xticks=range(5, 24, 2))
_ = axes.legend(loc="lower left")

# %% [markdown]
# The dotted line goes on where Newark stood: the station has sent Celsius since noon.
#
# ### Exercise {10.1}
#
# Write `since_when(flights)`. `flights` has the columns `sched_dep`, `origin` and `temp`, of some
# days, in any order. One of the airports sends its temperature in Celsius from some hour on, until
# the end. Return that airport and the first full hour (a Timestamp, such as 2013-05-14 09:00) in
# which it does: `return airport, hour`. Stations differ by a few degrees on good days, and weather
# may change all of them within an hour. Single flights may carry a wrong value, or none.


# %% tags=["student"] exercise="10.1"
def since_when(flights):
    """Return the airport that changed its unit, and the first hour."""
    ...  # replace this line


# %% tags=["solution"] exercise="10.1"
def since_when(flights):
    by_hour = flights.assign(start=flights["sched_dep"].dt.floor("h"))
    # The median of an hour does not mind a single flight.
    hourly = by_hour.pivot_table("temp", "start", "origin", aggfunc="median")
    far = hourly.sub(hourly.median(axis=1), axis=0).abs() > 15
    airport = far.sum().idxmax()
    return airport, far.index[far[airport]][0]


# %%
check("10.1", since_when)
# hint("10.1")
# solution("10.1")

# %% [markdown]
# ## What did it do?
#
# **Predict first.** The model was trained in winter. It now believes that Newark is freezing, on a
# mild day in May. What will the mean probability of Newark's flights do: rise, fall, or hardly
# move, since a model with eleven features can spare one? Choose before you run on.

# %%
newark = wednesday[wednesday["origin"] == "EWR"]
spoilt = newark[newark["sched_dep"] >= "2013-05-15 12:00"]
repaired = spoilt.assign(temp=spoilt["temp"] * 1.8 + 32)
print(f"flights with a wrong temperature: {len(spoilt)}")
print(f"mean probability as it went out:  {spoilt['probability'].mean():.3f}")
print(f"with the temperature repaired:    {model.predict(stack.model, repaired).mean():.3f}")

# %% [markdown]
# They rose by more than ten points: trees go where their splits lead. This is the **impact**, in a
# number that people upstairs understand, without one outcome being known.
#
# ## What to do: a ladder
#
# Go through it from the top, and stop at the first rung that holds.
#
# 1. **Are the data wrong? Fix the source.** Never train on wrong data.
# 2. **Is a release wrong? Roll back.** If the trouble came with a version, it goes with it.
# 3. **Has the world changed, for long, and does it hurt? Retrain,** once there are enough
#    outcomes of the new world to learn from.
# 4. **Otherwise leave it,** and say until when you watch. *Do nothing* is a decision, and on most
#    days the right one.
#
# Ours is rung 1. The supplier is called, and repairs the station at midnight.

# %%
print(stack.fix("weather"))

# %% [markdown]
# It is tempting to read drift as a traffic light. Here are eight situations; two come from models
# that somebody might have trained that night, on the last ten weeks, or in a hurry on seven days.

# %%
flights = load_flights(1, 24)
known = flights[flights["sched_dep"] <= stack.clock() - pd.Timedelta(days=1)]
ten_weeks = known[known["sched_dep"] >= stack.clock() - pd.Timedelta(weeks=10)]
seven_days = known[known["sched_dep"] >= stack.clock() - pd.Timedelta(days=7)]
challenger, hasty = model.train(ten_weeks), model.train(seven_days)

# %%
champion, march, week = stack.model, load_flights(*REFERENCE), load_flights(22, 22)


def inject(name):
    return simulate.DRIFTS[name](week, "2013-05-27", np.random.default_rng(10))[0]


situations = {  # what was there before, and what is there now: a table and a model each
    "the same week twice": (week, champion, week, champion),
    "controllers on leave": (week, champion, inject("furlough"), champion),
    "distance in km": (week, champion, week.assign(distance=week["distance"] * 1.609), champion),
    "hour in UTC": (week, champion, inject("utc_hour"), champion),
    "retrained, ten weeks": (week, champion, week, challenger),
    "retrained, seven days": (week, champion, week, hasty),
    "May after March": (march, champion, week, champion),
    "all stations in Celsius": (week, champion, inject("unit_change"), champion),
}

# %% [markdown]
# For each we measure drift of the data (the largest PSI of a feature), of the predictions (their
# PSI), and, because this is a course, the change of the log loss: above zero is harm. The limits,
# 0.2 and 0.05, were chosen to tell these eight apart.

# %%
rows = {}
for name, (before, old, now, new) in situations.items():
    p_before, p_now = model.predict(old, before), model.predict(new, now)
    loss = model.weekly_scores(now.assign(week=0), p_now)["log_loss"].item()
    loss -= model.weekly_scores(before.assign(week=0), p_before)["log_loss"].item()
    data = measure.by_column(measure.psi, before, now, FEATURES).max()
    rows[name] = {"data": data > 0.2, "prediction": measure.psi(p_before, p_now) > 0.05}
    rows[name]["log_loss_change"] = round(loss, 3) + 0.0  # never "-0.000"
pd.DataFrame.from_dict(rows, orient="index").replace({True: "drift", False: "-"})

# %% [markdown]
# Every combination of the first two columns comes twice, once harmless and once not:
#
# | data | predictions | the harmless story | the harmful story |
# | --- | --- | --- | --- |
# | - | - | nothing happened | the *world* changed, and no input says so |
# | drift | - | a column that hardly matters | the same probabilities, for the wrong flights |
# | - | drift | a model that is no worse | a worse model |
# | drift | drift | the season, well within what the model can do | wrong data |
#
# So the two columns tell you **where to look**, and not how bad it is. That, only outcomes tell.
#
# ### Exercise {10.2}
#
# Six calls reach the desk. Give each its rung: `"fix the source"`, `"roll back"`, `"retrain"` or
# `"leave it"`.
#
# - **A.** Visibility is missing for 40 % of the flights since 6:00, at all airports. Predictions
#   hardly moved. No outcomes yet.
# - **B.** The data are as always. The mean prediction went from 0.19 to 0.34 at 17:00, when version
#   4 was put into service.
# - **C.** It is warmer than in any week of the training, predictions are a little lower. Four weeks
#   of outcomes: log loss as in March.
# - **D.** Data and predictions are as always. New slot rules since 1 May, for good. ROC AUC fell
#   from 0.70 to 0.55, by the outcomes of six weeks.
# - **E.** `distance` was above its limit in one window, on the Saturday of a holiday, and is below
#   it since. Predictions hardly moved.
# - **F.** Since noon, every flight of one client comes with wind 0 and visibility 10, in the rain.
#   Yesterday's ROC AUC was better than ever.

# %% tags=["student"] exercise="10.2"
calls = {
    "A": None,
    "B": None,
    "C": None,
    "D": None,
    "E": None,
    "F": None,
}

# %% tags=["solution"] exercise="10.2"
calls = {
    "A": "fix the source",
    "B": "roll back",
    "C": "leave it",
    "D": "retrain",
    "E": "leave it",
    "F": "fix the source",
}

# %%
check("10.2", calls)
# hint("10.2")
# solution("10.2")

# %% [markdown]
# ## Champion and challenger
#
# The fault was no reason to retrain. There is another: the champion knows nothing after 3 March. Is
# a new model better? It first predicts **in the shadow**: the service answers with the champion,
# asks the challenger too, and writes both down.

# %%
print(stack.challenge(challenger))
stack.play(until="2013-05-18", day_seconds=2)
stack.pages()[["at", "alert", "column", "origin", "status"]]

# %% [markdown]
# The alert has **resolved**, a day after the repair: that is its proof, not the supplier's word.
# Now the weekend.

# %%
stack.play(until=stack.last)
print(f"it is {stack.clock():%A %d %B}; alerts: {len(stack.alerts())}")

# %% [markdown]
# And the models? Each flight has two probabilities and, a day later, an outcome. So they can be
# compared **in pairs**: how much log loss does the challenger save, flight by flight?


# %%
def gains(champion, challenger, late):
    """Return for each flight how much smaller the challenger's log loss is."""
    right, other = (np.where(late == 1, p, 1 - p) for p in (champion, challenger))
    return np.log(other) - np.log(right)


# %%
shadow = stack.window(since="2013-05-16").merge(stack.labels()[["flight_id", "late"]])
shadow = shadow.dropna(subset="late")
gain = gains(shadow["probability"], shadow["challenger"], shadow["late"])

# %% [markdown]
# A mean of a sample is not exact. Its interval by the **bootstrap**: draw as many flights anew,
# with replacement, take the mean, a thousand times; the middle 95 % of these means. First on
# Thursday and Friday, then with Saturday, too.

# %%
rng = np.random.default_rng(10)
for until in ("2013-05-18", "2013-05-19"):
    some = gain[shadow["sched_dep"] < until]
    means = [rng.choice(some, len(some)).mean() for _ in range(1000)]
    low, high = np.quantile(means, [0.025, 0.975])
    print(f"{len(some):,} flights: gain {some.mean():+.4f}, interval {low:+.4f} to {high:+.4f}")

# %% [markdown]
# After two days the challenger is clearly better; after three we cannot tell. Flights of one day
# share their weather, and drawing single flights does not know that. So one **waits**, for more
# days, and draws whole days. We cannot wait for four weeks here, but have them in the file:

# %%
later = flights[flights["week"] >= 21].dropna(subset="late")
gain = gains(model.predict(champion, later), model.predict(challenger, later), later["late"])
daily = pd.Series(gain).groupby(later["sched_dep"].dt.date.to_numpy()).mean()
means = [rng.choice(daily, len(daily)).mean() for _ in range(1000)]
low, high = np.quantile(means, [0.025, 0.975])
print(f"{len(daily)} days: gain {daily.mean():+.4f}, interval {low:+.4f} to {high:+.4f}")

# %% [markdown]
# Now the interval lies above zero, and the challenger has won.
#
# Choosing a *window* to train on is a decision, too, and the weeks to come cannot make it. A
# **backtest** asks the past: what would each window have done, chosen on Monday 6 May and tried on
# the flights since?

# %%
past = known[known["sched_dep"] <= "2013-05-05"]
since = load_flights(19, 20).query("sched_dep < '2013-05-19'").dropna(subset="late")
base = model.predict(champion, since)
for weeks in (3, 4, 8, 12):
    rows = past[past["sched_dep"] >= pd.Timestamp("2013-05-06") - pd.Timedelta(weeks=weeks)]
    gain = pd.Series(gains(base, model.predict(model.train(rows), since), since["late"]))
    daily = gain.groupby(since["sched_dep"].dt.date.to_numpy()).mean()
    print(f"{weeks:2} weeks: {daily.mean():+.3f}, standard error {daily.sem():.3f}")

# %% [markdown]
# The short windows lose: what they learned last were the furloughs. The long ones lose nothing, and
# by the standard errors these two weeks cannot say more.
#
# ### Exercise {10.3}
#
# Write `training_rows(flights, now)`. `flights` is the desk's table from January on, faults
# included; `now` is a Timestamp. Return rows of `flights` to train on, chosen so that
#
# - each outcome is known: a day has passed since `sched_dep` (at exactly one day it is known);
# - no row is spoilt: EWR, from 15 May 12:00 to, and without, 16 May 0:00. Leave these rows out, or
#   repair their `temp`;
# - the window reaches up to what is known. How far back is yours to choose, and must stand the
#   backtest: with `now` on Monday 6 May, a model trained on your rows loses at most **0.01** in log
#   loss against the champion, on the flights of 6 to 18 May.


# %% tags=["student"] exercise="10.3"
def training_rows(flights, now):
    """Return the rows that a model may learn from."""
    ...  # replace this line


# %% tags=["solution"] exercise="10.3"
def training_rows(flights, now):
    leaves = flights["sched_dep"]
    known = leaves <= now - pd.Timedelta(days=1)
    recent = leaves >= now - pd.Timedelta(weeks=10)
    wrong = (leaves >= "2013-05-15 12:00") & (leaves < "2013-05-16") & (flights["origin"] == "EWR")
    return flights[known & recent & ~wrong]


# %%
check("10.3", training_rows)
# hint("10.3")
# solution("10.3")

# %% [markdown]
# ### Exercise {10.4}
#
# Write `decide(champion, challenger, late, day)`: two arrays of probabilities, an array of outcomes
# (1.0, 0.0, or NaN where it is not known), and the day of each flight. Return `"challenger"` when
# it is clearly better, `"champion"` when the challenger is clearly worse, and `"wait"` otherwise.
# *Clearly* means that the 95 % interval of the mean gain in log loss, taken in pairs and with days
# drawn whole, does not contain zero. With fewer than **500** known outcomes, or known outcomes of
# fewer than **14** days, the answer is always `"wait"`. If you draw, draw a thousand times or more.


# %% tags=["student"] exercise="10.4"
def decide(champion, challenger, late, day):
    """Return "challenger", "champion" or "wait"."""
    ...  # replace this line


# %% tags=["solution"] exercise="10.4"
def decide(champion, challenger, late, day):
    known = ~np.isnan(late)
    if known.sum() < 500 or len(np.unique(day[known])) < 14:
        return "wait"
    gain = pd.Series(gains(champion[known], challenger[known], late[known]))
    daily = gain.groupby(day[known]).mean()
    rng = np.random.default_rng(0)
    means = [rng.choice(daily, len(daily)).mean() for _ in range(1000)]
    low, high = np.quantile(means, [0.025, 0.975])
    return "challenger" if low > 0 else "champion" if high < 0 else "wait"


# %%
check("10.4", decide)
# hint("10.4")
# solution("10.4")

# %% [markdown]
# *Wait* invites to look again tomorrow. That has a price. Take two models that are equally good, so
# that each day's gain is chance, and look once after 28 days; or look every evening from day 14 on,
# and stop at the first interval without zero:

# %%
days = rng.normal(size=(4000, 28))
n = np.arange(14, 29)
sums, squares = (x.cumsum(axis=1)[:, 13:] for x in (days, days**2))
error = np.sqrt((squares / n - (sums / n) ** 2) / (n - 1))
clear = np.abs(sums / n) > 1.96 * error
print(f"a winner among equals, looking once:        {clear[:, -1].mean():.2f}")
print(f"looking every day, stopping at the first:   {clear.any(axis=1).mean():.2f}")

# %% [markdown]
# Who looks every day finds a winner among equals more than twice as often as promised. So say
# beforehand on which day you will decide, or ask for a wider interval.
#
# ## The swap
#
# While four clients ask without a pause, the service loads the new model beside the old one, tries
# it, and only then lets it answer.

# %%
seen = stack.swap(challenger, version="2")
print(f"answers from both versions: {seen['before'] > 0 and seen['after'] > 0}")
print(f"failed: {seen['failed']}, in service now: version {seen['version']}")

# %% [markdown]
# No request failed. Version 1 stays on the disk: a swap that cannot be taken back is no swap but a
# leap.

# %%
stack.stop()

# %% [markdown]
# ## Why not retrain by the clock?
#
# Why not train a fresh model every four weeks, on the last eight? Let us do that for the whole
# year: once with outcomes at once, and once with outcomes that come **four weeks late**: the same
# models, each four weeks later.

# %%
year = load_flights(1, 52).dropna(subset="late")
trained = {
    week: model.train(year[year["week"].between(week - 7, week)]) for week in range(9, 50, 4)
}

# %%
served = {"never": {}, "labels at once": {}, "labels 4 weeks late": {}}
for number, group in year[year["week"] >= 14].groupby("week"):
    newest = 9 + (number - 10) // 4 * 4
    models = (champion, trained[newest], trained[max(newest - 4, 9)])
    for losses, chosen in zip(served.values(), models, strict=True):
        score = model.weekly_scores(group, model.predict(chosen, group))
        losses[number] = score["log_loss"].item()
served = pd.DataFrame(served)
pd.DataFrame({"weeks 14 to 52": served.mean(), "December": served.loc[49:].mean()}).round(3)

# %%
gain = served[["never"]].to_numpy() - served.iloc[:, 1:]
title = "Late labels: what summer gained is lost by Christmas"
axes = plots.weeks(gain.cumsum(), title, "log loss saved, summed")
_ = axes.axhline(0, color=plots.GREY, linewidth=1)

# %% [markdown]
# A line that rises saves, one that falls loses. With outcomes at once, retraining gains over the
# year, mostly in summer, and loses a little in December. With late ones it ends below zero. One
# year is no law, but enough to say that **retraining is a decision**, and not a habit.
#
# ## Write it down
#
# ### Exercise {10.5}
#
# People who were asleep will read your report on Wednesday's incident. Fill in the facts: `airport`
# and `column`; `begin` and `end`, each a moment with its day and year; and `flights`, how many got
# a wrong temperature. The check compares them with what happened. Then three sentences, each of at
# least three words and at most 200 characters: `what` was wrong, what was `done` about it, and what
# would find it sooner or prevent it, `next` time. These the check cannot judge: it only sees that
# they are there.

# %% tags=["student"] exercise="10.5"
incident_report = {
    "airport": None,
    "column": None,
    "begin": None,
    "end": None,
    "flights": None,
    "what": None,
    "done": None,
    "next": None,
}

# %% tags=["solution"] exercise="10.5"
incident_report = {
    "airport": "EWR",
    "column": "temp",
    "begin": "2013-05-15 12:00",
    "end": "2013-05-16 00:00",
    "flights": len(spoilt),
    "what": "The station of EWR sent its temperature in Celsius, not Fahrenheit; its flights got "
    "probabilities that were more than ten points too high. No request failed.",
    "done": "Page followed to station and unit; supplier repaired the feed at midnight; alert "
    "resolved a day later. The spoilt rows are marked and kept out of training.",
    "next": "Ask the supplier to send the unit with each reading, and refuse a reading without it.",
}

# %%
check("10.5", incident_report)
# hint("10.5")
# solution("10.5")

# %% [markdown]
# ## Your incident
#
# Now nobody tells you what comes. A **seed** draws one of dozens of incidents, or a calm week. Put
# your own in place of 8. (The solution plays 8. A seed's flights have numbers of their own, and
# leave some minutes off: the file of flights does not hold the answer.)

# %%
seed = 8
stack = desk.start(seed, day_seconds=2)
print(f"the replay goes from {stack.first:%A %d %B} to {stack.last:%A %d %B}")

# %% [markdown]
# Something may begin on the second day or later. Run this cell again for two days more; a replay
# has seven. What outcomes could tell, they tell a day late.

# %%
stack.play(2)
for page in stack.new_pages().itertuples():
    print(f"{page.at:%a %H:%M}", page.alert, page.column, page.origin, page.status)
    print(f"  {page.summary}\n  runbook: {page.runbook}")

# %% [markdown]
# What you have: `stack.pages()` and `stack.alerts()`; `stack.query(...)` and `stack.history(...)`
# for PromQL on the metrics of the service (`flightdelay_...`) and of the drift job (`drift_...`);
# `stack.window(since=..., until=...)` with the flights as the service got them, the week before
# included; `stack.report(window)`; `stack.labels()`. Draw before you believe. And the words of the
# answer:

# %%
for word, meaning in (incidents.KINDS | incidents.ACTIONS).items():
    print(f"{word:18}{meaning}")

# %% [markdown]
# ### Exercise {10.6}
#
# Find out what happened, and fill in `answer`.
#
# - `column` (30 points): the column in which it shows, or a list of such; `"late"` for the outcome;
#   None when it shows in no column. Where it shows in several, one suffices; a wrong name costs.
# - `kind` (30 points): one of `incidents.KINDS`; `action` (20 points): one of `incidents.ACTIONS`.
# - `start` (20 points within six hours, half of them within 18): a replayed time, or None when
#   nothing happened.
#
# You pass with 80 points. `incidents.hint(seed, 1)` to `(seed, 3)` help: say in `hints` how many
# you took. Each costs 10 points on the report card, and so does each *other* answer about the same
# seed that you have judged. Neither counts for passing.


# %% tags=["student"] exercise="10.6"
answer = {
    "seed": None,
    "column": None,
    "kind": None,
    "start": None,
    "action": None,
    "hints": None,
}

# %% tags=["solution"] exercise="10.6"
# The page is about `hour`. Two columns say the same thing, `hour` and `sched_dep`: do they agree?
window = stack.window()
told = window["sched_dep"].dt.hour + window["sched_dep"].dt.minute / 60
off = (window["hour"] - told).round(2)
wrong = window[off != 0]
# The same whole hours for many flights, of every airport and carrier: that is a time zone.
print("hours off:", off.value_counts().to_dict())
print("airports:", sorted(wrong["origin"].unique()), "carriers:", wrong["carrier"].nunique())
print("share of flights since then:", round((off[wrong.index[0] :] != 0).mean(), 2))
print("first:", wrong["sched_dep"].min())
answer = {
    "seed": seed,
    "column": "hour",
    "kind": "shifted clock",
    "start": wrong["sched_dep"].min().floor("12h"),
    "action": "fix the source",
    "hints": 0,
}

# %%
check("10.6", answer)
# hint("10.6")
# solution("10.6")

# %%
_ = incidents.draw_card(answer)

# %% [markdown]
# The card says which parts are right, never what would have been. Try the repair that you believe
# in, `stack.fix("weather")`, `"bookings"` or `"model"`, play on, and see whether the alert
# resolves. The next cell stops the desk; the cell with the seed starts it again.

# %%
stack.stop()

# %% [markdown]
# ### Think about it
#
# The desk wants to spare the night shift: whenever a drift alert fires, a job shall retrain the
# model on the last weeks and put it into service. What would that have done on Wednesday, in week
# 17 (the furloughs), and in December? What would you let a machine do alone?

# %%
# solution("10.think")

# %% [markdown] tags=["solution"] exercise="10.think"
# **Discussion.** On Wednesday it would have trained on Celsius as soon as outcomes came, and built
# the fault into the model; after the repair the model would have been wrong about Fahrenheit. In
# week 17 not one alert on the *inputs* fires at this desk; only the outcomes ring. A model
# retrained on that week would have learned a world that ended on Saturday. In December the job
# would have trained on a calm November: the last figure of the year shows how that ends.
#
# A machine may do alone what is cheap to undo and easy to judge: page, collect the report, hold
# back a batch that fails a schema check, train a challenger and put it in the *shadow*, roll back
# to the last version when errors jump. To put a model into service is neither. The loop may be
# closed by a machine when each step has its check: the data passed their tests, the window holds no
# incident, the comparison had enough outcomes, the swap can be taken back. That is a lot of "when",
# and each of them was an exercise of this course.

# %% [markdown]
# > **At work.** The same parts, in other clothes: a queue instead of our replay, a scheduler that
# > runs the drift job, a model registry, a shadow of weeks. Keep every report in one place: rules
# > and runbooks come from there. And keep the review blameless: people who fear it will not write
# > down what happened.

# %% [markdown]
# ## What you can do now
#
# You can take a page to its cause, choose a rung of the ladder, retrain on rows that deserve it,
# let pairs of predictions decide, change a model under load, and write it down.
#
# Thank you for working through this with us.

# %%
progress("10")
