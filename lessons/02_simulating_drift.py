# %% [markdown]
# # 02 · Make a drift whose truth you know
#
# **The desk's problem.** Two vendors offer the desk a drift detector. Each says
# theirs is best, and shows a list of the drifts that it found last year. Which of these drifts were
# real, and which were missed? Nobody can say: nobody wrote down what changed, and when. So before
# the desk buys or builds a detector, it builds a test bench: flights into which you put drifts
# yourself, so that you know the truth.
#
# After this lesson you can:
#
# 1. put a sudden fault into a copy of the data, from a given moment on (exercise 2.1);
# 2. say how strong a drift is at every moment (exercise 2.2);
# 3. make a covariate shift, a label shift and a concept drift, each of which leaves the rest as it
#    was (exercises 2.3 to 2.5);
# 4. prove that a drift changed what it says, and nothing else (exercise 2.6).
#
# **Time:** about {minutes} minutes.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from utils import model, plots
from utils.drift import simulate
from utils.exercises import check, hint, progress, solution
from utils.flights import FEATURES, load_flights
from utils.drift.simulate import Severity

# %% [markdown]
# ## Two good weeks, and a copy
#
# A bench needs flights on which the model does well, so that damage shows. Weeks 19 and 20, 6 to 19
# May, will do: the ROC AUC is above March's, which was .71 on average. Unless we say otherwise, our
# drifts begin on Monday 13 May at 0:00, with week 20. That moment is called the **onset**.

# %%
ONSET = "2013-05-13"
flights = load_flights(19, 20)
delay_model = model.train()
model.weekly_scores(flights, model.predict(delay_model, flights)).round(3)

# %% [markdown]
# The share of late flights falls by itself, so we always compare week 20 with and without the
# drift.
#
# Of every drift the bench must know four things: **which columns**, **since when**, **how
# strongly**, and **which rows**. Together we call them the drift's **truth**. You find it by
# comparing the tables before and after. So you need both.

# %%
before = flights[["flight_id", "temp"]].head(3)
after = before  # a second name for the same table
after["temp"] = 0.0
before

# %% [markdown]
# The drift is in `before`, too: its truth is lost, and so are the readings. Rule one of every
# injector (that is what we call a function that puts a drift into data) is to **work on a copy**.
#
# ### Exercise {2.1}
#
# The weather stations get new firmware, and report Celsius. Write `to_celsius(flights, onset)`. It
# returns a copy in which `temp` is in Celsius in all flights that leave (`sched_dep`) at `onset`, a
# text such as "2013-05-13 06:00", or later. To get Celsius, take 32 off, then divide by 1.8: 50 °F
# are 10 °C; round to two decimals, or not at all. All else stays as it was: rows, order, columns,
# dtypes, missing readings.


# %% tags=["student"] exercise="2.1"
def to_celsius(flights, onset):
    """Return a copy with temp in Celsius from the onset on."""
    ...  # replace this line


# %% tags=["solution"] exercise="2.1"
def to_celsius(flights, onset):
    new = flights.copy()
    after = new["sched_dep"] >= onset
    new.loc[after, "temp"] = (new.loc[after, "temp"] - 32) / 1.8
    return new


# %%
check("2.1", to_celsius)
# hint("2.1")
# solution("2.1")

# %% [markdown]
# You have *earned* `utils.drift.simulate`, the course's library of twelve drifts. Its `unit_change`
# does what yours does, and hands back the truth as well: all drifts of the library return a pair.

# %%
rng = np.random.default_rng(7)
celsius, truth = simulate.unit_change(flights, ONSET, rng)
truth

# %% [markdown]
# That is the line that the vendors could not give. `truth.columns`, `truth.onset`,
# `truth.severity` and `truth.rows` hold the four things one by one.
#
# ## The same seed, the same drift
#
# What is `rng` for? Most drifts hit some rows only, drawn at random. Whoever repeats your test must
# draw the same ones. So the generator of random numbers is handed in, made from a number, the
# **seed**. Here the feed of `visib` falls silent for three flights in ten.

# %%
for seed in (7, 7, 8):
    silent, truth = simulate.missing_feed(flights, ONSET, np.random.default_rng(seed))
    first = list(flights.index[truth.rows][:4])
    print(f"seed {seed}: {truth.rows.sum():,} rows became NaN, the first are {first}")

# %% [markdown]
# Same seed, same rows. With a global generator (`np.random.random()`), the drift changes as soon as
# anyone draws a number first.
#
# ## How strong, and when
#
# Not every drift is there at once. Its **severity** is a number for each moment: 0 is nothing of
# it, 1 is all of it. On a **ramp** it rises from 0 to 1 in a straight line.
#
# ### Exercise {2.2}
#
# Write `severity(times, onset, days)`. `times` is a column such as `flights["sched_dep"]`, `onset`
# a text such as "2013-05-08", and `days` (above 0, such as 10 or 3.5) says how long the ramp is.
# Return an array with a number for each time: 0 up to the onset, then a straight line that reaches
# 1 after `days` days, then 1 for ever. With a ramp of 10 days, it is 0.25 after two days and a
# half.


# %% tags=["student"] exercise="2.2"
def severity(times, onset, days):
    """Return the severity at each of the times, between 0 and 1."""
    ...  # replace this line


# %% tags=["solution"] exercise="2.2"
def severity(times, onset, days):
    passed = (times - pd.Timestamp(onset)) / pd.Timedelta(days, "D")
    return np.clip(passed.to_numpy(), 0, 1)


# %%
check("2.2", severity)
# hint("2.2")
# solution("2.2")

# %% [markdown]
# The library's `Severity` does that, and has an end and weekdays, too. Every drift takes one in
# place of an onset.

# %%
shapes = {
    "sudden": Severity("2013-05-08"),
    "on a ramp of five days, until 17 May": Severity("2013-05-08", ramp="5D", until="2013-05-17"),
    "recurring on weekends": Severity("2013-05-08", weekdays=["Sat", "Sun"]),
}

# %%
hours = pd.date_range("2013-05-06", "2013-05-20", freq="h")
figure, panels = plt.subplots(3, 1, figsize=(9, 5), sharex=True, sharey=True)
figure.suptitle("One onset, 8 May, and three shapes", x=0.02, ha="left", weight="bold")
for axes, (name, shape) in zip(panels, shapes.items(), strict=True):
    axes.fill_between(hours, shape.at(hours), step="post", alpha=0.8)
    axes.set_title(name, fontsize="medium", weight="normal")
panels[1].set_ylabel("severity")
_ = panels[2].set_xticks(hours[::48], [f"{day.day} May" for day in hours[::48]])

# %% [markdown]
# What does half a drift look like? That can mean two things, and they are two of lesson 01's
# shapes. In a **gradual** drift a reading is either old or new, and the severity is the
# *probability* of the new. In an **incremental** drift every reading has gone the same part of the
# way.

# %%
strength = Severity("2013-05-08", ramp="8D").at(flights["sched_dep"])
fahrenheit = flights["temp"]
in_celsius = (fahrenheit - 32) / 1.8
is_new = np.random.default_rng(2).random(len(flights)) < strength
gradual = fahrenheit.where(~is_new, in_celsius)
incremental = fahrenheit + strength * (in_celsius - fahrenheit)

# %%
day = 1 + (flights["sched_dep"] - pd.Timestamp("2013-05-01")) / pd.Timedelta(1, "D")
left, right = plt.subplots(1, 2, sharey=True)[1]
for axes, readings in [(left, gradual), (right, incremental)]:
    axes.plot(day[::12], readings[::12], ".", markersize=3)
    axes.set_xlabel("day of May")
left.set(title="Gradual: two levels", ylabel="temp, as reported")
_ = right.set_title("Incremental: one level sinks")

# %% [markdown]
# From 8 to 16 May, the left panel has two bands, and the readings go over from one to the other.
# The right panel has one band that sinks. In the library, `unit_change` with a ramp is gradual
# (ever more stations have the firmware), and `one_sensor` is incremental (a sensor slowly gets
# worse).

# %% [markdown]
# ## Four kinds of truth
#
# `truth.kind` says what moved, in the words of lesson 01, and one more.
#
# | kind | what changes | how to make it |
# | --- | --- | --- |
# | covariate shift | P(x), and not P(y given x) | draw other flights, or rename something |
# | label shift | P(y), and not P(x given y) | draw late and other flights in other shares |
# | concept drift | P(y given x) | change outcomes, and no input |
# | data fault | the world stays, the data lie | change inputs, and no outcome |
#
# To a detector, most data faults look like covariate shift: recorded inputs move. The difference is
# what helps. A fault is repaired where it happens; a model retrained on it learns the fault.
#
# ## Covariate shift
#
# A new timetable has more flights in the evening. Writing 19:00 into a morning flight would not do:
# it would keep the outcome of a morning. We draw whole flights anew.
#
# ### Exercise {2.3}
#
# Write `more_evenings(flights, evening_share, rng)`. It returns a table with as many rows as
# `flights`, of which the share `evening_share` (0 to 1), to the nearest flight, has an `hour` of at
# least 17. Every evening flight is equally likely to be drawn, and so is every other flight; one
# may come twice. Flights without an outcome are drawn like the rest. The order of the rows does not
# matter. All random numbers come from `rng`.


# %% tags=["student"] exercise="2.3"
def more_evenings(flights, evening_share, rng):
    """Return flights drawn anew, with the share evening_share of evening flights."""
    ...  # replace this line


# %% tags=["solution"] exercise="2.3"
def more_evenings(flights, evening_share, rng):
    evening = flights["hour"] >= 17
    n = round(evening_share * len(flights))
    drawn = flights[evening].sample(n, replace=True, random_state=rng)
    others = flights[~evening].sample(len(flights) - n, replace=True, random_state=rng)
    return pd.concat([drawn, others])


# %%
check("2.3", more_evenings)
# hint("2.3")
# solution("2.3")
# more_evenings(flights, 0.6, rng)["late"].mean()  # take the first # away when yours passes

# %%
evening = (flights["hour"] >= 17).rename("evening")
late = flights.groupby(evening)["late"].mean()
print(late.round(3).to_dict())
for share in (evening.mean(), 0.6):
    of_all = share * late[True] + (1 - share) * late[False]
    print(f"{100 * share:.0f} % evening flights: expect {of_all:.3f} late")

# %% [markdown]
# P(late | evening) stays, and still more flights are late: P(y) moves, too. Who sees more late
# flights does not know yet which kind of drift it is.
#
# ## Label shift
#
# Now 40 % of the flights shall be late, and late flights look as they always did: just as often in
# the evening, just as often in the rain. So nobody may turn flights on time into late ones. Again
# we draw whole flights, this time by their outcome.
#
# ### Exercise {2.4}
#
# Write `redraw_late(flights, late_share, rng)`. It returns a table with as many rows as `flights`.
# Of the flights *with* an outcome, the share `late_share` (0 to 1) is late, to the nearest flight;
# flights without an outcome (`late` is NaN) all stay, one time each. Every late flight is equally
# likely to be drawn, and so is every flight on time; a flight may come twice. The order of the rows
# does not matter. All random numbers come from `rng`.


# %% tags=["student"] exercise="2.4"
def redraw_late(flights, late_share, rng):
    """Return flights drawn anew, with the share late_share of late ones."""
    ...  # replace this line


# %% tags=["solution"] exercise="2.4"
def redraw_late(flights, late_share, rng):
    late, on_time = (flights[flights["late"] == value] for value in (1, 0))
    unknown = flights[flights["late"].isna()]
    number = len(late) + len(on_time)
    n_late = round(late_share * number)
    late = late.sample(n_late, replace=True, random_state=rng)
    on_time = on_time.sample(number - n_late, replace=True, random_state=rng)
    return pd.concat([late, on_time, unknown])


# %%
check("2.4", redraw_late)
# hint("2.4")
# solution("2.4")
# redraw_late(flights, 0.4, rng).groupby("late")["hour"].mean()  # about as before

# %% [markdown]
# The library's `prior_shift` does this, with an onset.
#
# ## Concept drift
#
# Now the opposite: every input stays, and what follows from it changes. The furloughs of week 17
# were such a drift; here we make one whose truth is certain.
#
# ### Exercise {2.5}
#
# Write `furloughed(flights, share, rng)`. It returns a copy in which each flight that was on time
# and whose `hour` is at least 7 and below 21 becomes late with the probability `share`, drawn with
# `rng`. Its `late` becomes 1.0, and its `arr_delay` (minutes) some number above 15, so that the two
# agree. All other flights, and every other column, stay as they are.


# %% tags=["student"] exercise="2.5"
def furloughed(flights, share, rng):
    """Return a copy in which a share of the flights on time becomes late."""
    ...  # replace this line


# %% tags=["solution"] exercise="2.5"
def furloughed(flights, share, rng):
    on_time = flights["late"] == 0
    by_day = (flights["hour"] >= 7) & (flights["hour"] < 21)
    struck = on_time & by_day & (rng.random(len(flights)) < share)
    # Delays as they occur, rather than one number for all.
    delays = flights.loc[flights["late"] == 1, "arr_delay"]
    new = flights.copy()
    new.loc[struck, "late"] = 1.0
    new.loc[struck, "arr_delay"] = rng.choice(delays, struck.sum())
    return new


# %%
check("2.5", furloughed)
# hint("2.5")
# solution("2.5")

# %% [markdown]
# The library has two concept drifts. `furlough` is yours with an onset. `slot_rules` protects the
# evening peak, and the mornings pay: each day, late flights of the evening and punctual ones of the
# morning exchange their outcomes. Here they are beside a label shift, all in week 20.

# %%
drifted = {
    "as it was": flights,
    "prior_shift": simulate.prior_shift(flights, ONSET, np.random.default_rng(3), 0.4)[0],
    "furlough": simulate.furlough(flights, ONSET, np.random.default_rng(3), 0.3)[0],
    "slot_rules": simulate.slot_rules(flights, ONSET, np.random.default_rng(3))[0],
}

# %%
rows = {}
for name, table in drifted.items():
    scores = model.weekly_scores(table, model.predict(delay_model, table)).loc[20]
    rows[name] = scores[["late", "predicted", "roc_auc", "log_loss"]].to_dict()
    rows[name]["hour of late"] = table[(table["week"] == 20) & (table["late"] == 1)]["hour"].mean()
pd.DataFrame.from_dict(rows, orient="index").round(3)

# %% [markdown]
# - `prior_shift` and `furlough` make about the same share of flights late. Under label shift,
#   late flights still leave at the same hour on average, and the ROC AUC stays: the odds of being
#   late rise by the same factor for all. But the probabilities are too low, and the log loss rises.
#   Under `furlough` the late flights are others, earlier ones, and the ROC AUC falls, too.
# - `predicted`, the mean prediction, does not move at all under the two concept drifts. The model
#   sees inputs, and these are untouched.
# - `slot_rules` keeps even the share of late flights, and takes the most off the ROC AUC. A desk
#   that watches inputs, predictions and the share of late flights sees nothing, until it looks at
#   that share hour by hour.

# %% [markdown]
# ## Twelve truths
#
# With the whole library and one loop, the bench is stocked.

# %%
tables, truths = {}, []
for name, drift in simulate.DRIFTS.items():
    tables[name], truth = drift(flights, ONSET, np.random.default_rng(20))
    truths.append(truth.summary())
bench = pd.DataFrame(truths).set_index("drift")
bench[["kind", "columns", "rows"]]

# %% [markdown]
# | drift | its story |
# | --- | --- |
# | `unit_change` | a station reports Celsius |
# | `utc_hour` | a release sends the hour in UTC, four hours later in summer |
# | `longer_network` | the airlines fly ever farther |
# | `new_carrier` | regional flights get a new brand, ZZ |
# | `missing_feed` | a feed falls silent now and then |
# | `default_fill` | a client fills the gaps with fine weather |
# | `one_sensor` | Newark's anemometer reads 8 mph too high |
# | `weekend` | on weekends, fewer flights in the evening |
# | `prior_shift` | a calm September, 13 % late (above we asked for 40 %) |
# | `furlough` | by day, on-time flights become late |
# | `slot_rules` | the evening is protected, the morning pays |
# | `wrong_join` | each flight gets the weather of another one |
#
# `rows` is the number of rows touched, of about 13,000, half of them after the onset. The three
# drifts that draw flights anew (`longer_network`, `weekend`, `prior_shift`) count the copies that
# they put in; what goes with their column moves along, such as the carrier with the distance.
#
# ## A drift that no week shows
#
# In `wrong_join`, a join on the wrong key hands each flight the weather of another flight of the
# same week. All six columns of the weather move together, so nothing is invented and nothing lost.
#
# **Predict first.** In week 20 the ROC AUC was .754. Celsius changes every single temperature;
# after `wrong_join`, a week's column holds the same values as before, at other flights. Which of
# the two costs more ROC AUC: Celsius, the wrong join, or does neither cost anything? Choose before
# you run on.

# %%
week20, mixed = (table[table["week"] == 20] for table in (flights, tables["wrong_join"]))
sort = {"ignore_index": True}  # forget which flight had which value
kept = [week20[f].sort_values(**sort).equals(mixed[f].sort_values(**sort)) for f in FEATURES]
print(f"wrong_join: {sum(kept)} of {len(kept)} features keep exactly their values")

# %%
scores = {"as it was": rows["as it was"]}
for name, table in tables.items():
    scores[name] = model.weekly_scores(table, model.predict(delay_model, table)).loc[20]
scores = pd.DataFrame(scores).T[["late", "predicted", "roc_auc", "log_loss"]]
scores.loc[["as it was", "unit_change", "wrong_join"]].round(3)

# %% [markdown]
# Celsius costs no ROC AUC: in this week, colder readings even sort the flights a little better. But
# the model now expects far more late flights than there are, and the log loss rises. **Which drift
# is harmless depends on the metric.** The wrong join costs several hundredths of ROC AUC, and no
# mean, no histogram, no count of missing values of any column over the week can show it. What it
# breaks is which values stand *together*. But is a week the only window?

# %%
for key, column in {"weekday": "temp", "origin": "wind_speed"}.items():
    both = {"as it was": week20, "wrong_join": mixed}
    means = {name: table.groupby(key, sort=False)[column].mean() for name, table in both.items()}
    print(f"mean {column} in week 20\n{pd.DataFrame(means).T.round(1)}\n")

# %% [markdown]
# By day, the temperature has stopped changing; by airport, JFK is no windier than Newark any more.
# **The window and the segment decide what a detector can see.** Here is what four drifts do to the
# *weekly* mean of a column.

# %%
spring = load_flights(14, 24)
slowly = Severity(ONSET, ramp="28D")
shown = [
    ("unit_change jumps", "temp", "", simulate.unit_change, ONSET),
    ("longer_network creeps", "distance", "miles", simulate.longer_network, slowly),
    ("missing_feed hardly moves it", "visib", "miles", simulate.missing_feed, ONSET),
    ("wrong_join leaves it as it was", "wind_speed", "mph", simulate.wrong_join, ONSET),
]

# %%
panels = plt.subplots(2, 2, figsize=(9, 5.4), sharex=True)[1]
for axes, (title, column, unit, drift, when) in zip(panels.flat, shown, strict=True):
    table, _ = drift(spring, when, np.random.default_rng(20))
    axes.plot(table.groupby("week")[column].mean(), linewidth=4)
    axes.plot(spring.groupby("week")[column].mean(), "--")
    axes.set(title=title, ylabel=f"mean {column} ({unit or 'as reported'})")
    plots.event(axes, 20, "onset")
panels[0, 0].annotate("with drift", (19.4, 22), ha="right", color="C0")
panels[0, 0].annotate("without", (19.4, 66), ha="right", color="C1")
_ = [axes.set_xlabel("ISO week of 2013") for axes in panels[1]]

# %% [markdown]
# Celsius is plain at once. The longer network adds a little every week, and only about two per cent
# in its first. The silent feed leaves the mean nearly alone, for missing values do not count in it:
# you must count *them*. Under the wrong join the two lines are one: a week is the wrong window. And
# how much does each of the twelve cost?

# %%
cost = (scores["roc_auc"] - scores.loc["as it was", "roc_auc"]).drop("as it was").sort_values()
axes = plt.subplots(figsize=(9, 4.6))[1]
axes.barh([f"{name} · {bench.loc[name, 'kind']}" for name in cost.index], cost)
axes.set_title("The two that cost most change no input at all")
axes.invert_yaxis()
_ = axes.set_xlabel("change of ROC AUC in week 20")

# %% [markdown]
# The two concept drifts cost most, and no detector that looks at inputs can see them. Otherwise the
# kind does not say what a drift costs: data faults cost anything from nothing to .09. Do not take
# the short bars for results: this is one week, one seed and one metric.
#
# ## Two drifts at once
#
# Every drift takes what another one returned. But mind the order. A client fills the gaps of a
# silent feed with fine weather and no wind (`default_fill`), and Newark's anemometer reads 8 mph
# too high (`one_sensor`). Which comes first?


# %%
def one_after_the_other(*names):
    table = flights
    for name in names:
        seed = list(simulate.DRIFTS).index(name)  # a drift has its own, wherever it stands
        table, _ = simulate.DRIFTS[name](table, ONSET, np.random.default_rng(seed))
    return table


# %%
for order in [("default_fill", "one_sensor"), ("one_sensor", "default_fill")]:
    table = one_after_the_other(*order)
    newark = table[(table["origin"] == "EWR") & (table["week"] == 20)]
    calm = (newark["wind_speed"] == 0).mean()
    print(f"{' then '.join(order)}: {calm:.2f} of Newark's flights leave in calm air")

# %% [markdown]
# If the gaps are filled first, the sensor's error goes on top of the zeros, too, and no flight
# leaves in calm air. In our story the sensor measures before the client fills, so the second order
# is right. The truth of a composition is the list of truths *in the order* in which data pass them:
# first the world, then the sensor, then the software.
#
# ## Trust, and check
#
# A bench that is wrong about its own truth is worse than none. Say that an injector for `temp` also
# rounds `humid`: a detector that alarms for `humid` is right, and the bench counts a false alarm.
# So the last thing to build is an **audit**, which believes no truth and compares the tables.
#
# ### Exercise {2.6}
#
# Write `changed(before, after)`. Both tables hold the same flights (each `flight_id` one time) and
# columns, but not always in the same order, and with any index. Return a DataFrame whose index is
# the columns that differ, if only by a little, and only those, with two columns: `rows`, the number
# of flights whose value differs, and `since`, the earliest `sched_dep` of these in `before`. NaN in
# both is no difference; NaN in one of them is. List a column also when its dtype alone differs,
# with 0 rows and `pd.NaT`. When nothing differs, the table has no rows.


# %% tags=["student"] exercise="2.6"
def changed(before, after):
    """Return for each column that differs in how many rows, and since when."""
    ...  # replace this line


# %% tags=["solution"] exercise="2.6"
def changed(before, after):
    # Flight by flight: the order of the rows is none of our business.
    before = before.set_index("flight_id")
    after = after.set_index("flight_id").loc[before.index]
    found = {}
    for column in before.columns:
        old, new = before[column], after[column]
        differs = (old != new) & ~(old.isna() & new.isna())
        if differs.any() or old.dtype != new.dtype:
            since = before.loc[differs, "sched_dep"].min()
            found[column] = {"rows": differs.sum(), "since": since}
    return pd.DataFrame.from_dict(found, orient="index", columns=["rows", "since"])


# %%
check("2.6", changed)
# hint("2.6")
# solution("2.6")

# %%
celsius, truth = simulate.unit_change(flights, ONSET, rng)
print(truth)
changed(flights, celsius)

# %% [markdown]
# Audit and truth agree; `since` is the first departure after the onset. Drifts that draw flights
# anew need another audit: every row must come from the original table, and the shares must be
# right.

# %% [markdown]
# ### Think about it
#
# One vendor comes to your bench: the detector finds nine of the twelve drifts. "Seventy-five per
# cent, better than anyone," they say. What do you want to know before you buy?

# %%
# solution("2.think")

# %% [markdown] tags=["solution"] exercise="2.think"
# **Discussion.** First, how often does it alarm in weeks *without* a drift? A detector that always
# alarms finds twelve of twelve. Next, which three did it miss? If they are `furlough`, `slot_rules`
# and `wrong_join`, it misses three of the four that cost most. How strong were the drifts, and how
# soon did it alarm? To find Celsius at full severity within a week is no feat. On how many seeds
# and in which weeks? One run is an anecdote. And did they know the bench? Who tunes on these twelve
# drifts will find these twelve drifts.
#
# One doubt remains whatever they answer: the bench holds the drifts that *we* thought of. The next
# real one need not be among them. A bench can show that a detector is blind; it cannot show that
# it sees everything.

# %% [markdown]
# > **At work.** Keep your injectors beside your detector and run both in continuous integration:
# > yesterday's batch untouched must stay silent, and each injected drift must raise the alarm that
# > you promised. And mark injected data so that nobody can mistake them, a column `simulated` or a
# > table of their own.

# %% [markdown]
# ## What you can do now
#
# You can make a drift of each of the four kinds, suddenly or on a ramp, repeat it by a seed,
# compose it with others, and prove what it did. You have earned `utils.drift.simulate`, and the
# desk has its bench. A drift can be loud and leave the ROC AUC alone, or be silent by the week,
# loud by the day, and cost a lot. In lesson 03 you measure drift by hand, and put each statistic on
# this bench.

# %%
progress("02")
