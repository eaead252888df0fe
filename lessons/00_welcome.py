# %% [markdown]
# # 00 · Run a lesson, check your answers, and take a first look at the flights
#
# **The desk's problem.** It is your first day at the operations desk of a New York airport
# group. Last winter a colleague built *FlightDelay*, a model that says before departure whether a
# flight will arrive more than 15 minutes late. Since Monday 1 April 2013 it has been in service.
# The colleague has left, the model answers every request, and nobody knows whether its answers
# are still any good. Finding that out, and keeping it found out, is your job now.
#
# After this lesson you can:
#
# 1. run a lesson, have an answer checked, and get help when you are stuck (exercise 0.1);
# 2. write a small function that the checks call with data of their own (exercise 0.2);
# 3. summarise the flights in a table, as you will in every lesson (exercise 0.3);
# 4. name the four questions that monitoring asks, and the one that only machine learning has.
#
# **Time:** about {minutes} minutes. You need some Python and pandas; monitoring is what we teach.

# %% [markdown]
# ## Running a cell
#
# A notebook is a list of cells: text like this one, and code like the next. Click the code and
# press **Shift+Enter**: the cell runs, its result appears below it, and the next one is selected.
# Run the cells from top to bottom. If things look odd, choose *Kernel → Restart Kernel and Run Up
# to Selected Cell*: it starts afresh and loses nothing that you have typed.

# %%
import matplotlib.pyplot as plt

from utils import plots
from utils.course import doctor
from utils.exercises import check, hint, progress, solution
from utils.flights import REFERENCE, TRAINING, load_flights

# %% [markdown]
# No output means that all went well. Now let the course look at your installation. It names what
# is missing, says how to get it, and tells what can wait: Prometheus is only needed from lesson
# 08 on.

# %% tags=["nbval-ignore-output"]
print(doctor.as_text(doctor.examine()))

# %% [markdown]
# ## The flights
#
# The course runs on real data: every flight that was to leave the three New York airports (EWR, JFK
# and LGA) from 1 January to 29 December 2013. The weeks play three parts. FlightDelay was *trained*
# on ISO weeks 1 to 9 and checked on weeks 10 to 13, our **reference**: the last time that all was
# known to be well. From week 14 on it is in *production*. Here are three rows of the reference.

# %%
flights = load_flights(*REFERENCE)
flights[["sched_dep", "carrier", "origin", "dest", "temp", "wind_speed", "arr_delay", "late"]].head(
    3
)

# %% [markdown]
# One row is one scheduled flight. `sched_dep` is local time, `temp` is in degrees Fahrenheit,
# `wind_speed` in miles per hour, both as reported at the airport about two hours before departure.
# `arr_delay` is in minutes. `late` is 1.0 for a flight that arrived more than 15 minutes late and
# 0.0 for one that did not. `data/README.md` describes every column.

# %%
print(f"{len(flights):,} flights from {flights['sched_dep'].min()} to {flights['sched_dep'].max()}")
flights["late"].value_counts(dropna=False)

# %% [markdown]
# There is a third kind: `NaN`, not a number, marks flights that never arrived, because they were
# cancelled or diverted. They have no delay, so they are neither late nor on time. Missing values
# are not noise to be swept away: more than once in this course they will be the whole story.

# %% [markdown]
# ## How an exercise works
#
# Below is a first exercise. The code cell holds a *stub*, `None` or `...`, for you to replace; the
# cell after it checks what you made. A check says one of three things: *not attempted yet*, *not
# yet*, with the first thing that is wrong, or *correct*. It looks at what your answer is, never at
# how you wrote it. Every way to be right is right.
#
# ### Exercise {0.1}
#
# What share of the flights in `flights` arrived late? Count only flights whose outcome is known.
# Replace `None` by code that computes the share, a number between 0 and 1, and run both cells.
# Then try `share_late = 12.4`, to see what a wrong answer looks like: nothing breaks.

# %% tags=["student"] exercise="0.1"
share_late = None  # replace None

# %% tags=["solution"] exercise="0.1"
# The mean of zeros and ones is the share of ones; pandas leaves missing values out.
share_late = flights["late"].mean()

# %%
check("0.1", share_late)

# %% [markdown]
# When you are stuck, ask: remove the `#` in front of a line below and run the cell. Each call of
# `hint` shows one hint more, from a nudge to nearly the answer. `solution` shows one way to do it;
# looking is no shame, and trying first is how it sticks. `progress("00")` shows where you
# are in this lesson, and `progress()` in all of them.

# %%
# hint("0.1")
# solution("0.1")
progress("00")

# %% [markdown]
# Your answers stay in your notebook, saved as you work. To begin a lesson again, close it and run
# `.venv/bin/python -m utils reset 00` in a terminal in the course's folder (*File → New →
# Terminal*; with conda, or on Windows, `python -m utils reset 00`): the lesson is as new, and your
# copy is kept in the folder `kept`.

# %% [markdown]
# ### Exercise {0.2}
#
# Write `never_arrived(flights)`: given a table of flights like the one above, it returns the share
# of *all* its flights that have no outcome, a number between 0 and 1. For a table of four flights
# of which one was cancelled it returns 0.25. The check calls your function with tables of its own,
# so use the argument, and `return` the result.


# %% tags=["student"] exercise="0.2"
def never_arrived(flights):
    """Return the share of all flights that have no outcome."""
    ...  # replace this line


# %% tags=["solution"] exercise="0.2"
def never_arrived(flights):
    return flights["late"].isna().mean()


# %%
check("0.2", never_arrived)
# hint("0.2")
# solution("0.2")

# %% [markdown]
# ## A figure with a message
#
# **Predict first.** When in the day is a flight most likely to arrive late: when it leaves in the
# early morning, around noon, or in the evening? Choose, and only then run the next cell.

# %%
by_hour = flights.groupby(flights["hour"].astype(int))["late"].agg(["count", "mean"])
axes = plt.subplots()[1]
# A share of n flights is uncertain by about sqrt(p (1 - p) / n): the black lines.
error = (by_hour["mean"] * (1 - by_hour["mean"]) / by_hour["count"]) ** 0.5
axes.bar(by_hour.index, 100 * by_hour["mean"], yerr=100 * error)
_ = axes.set(
    title="Evening flights are late more often than morning flights",
    xlabel="scheduled hour of departure (local)",
    ylabel="share late (%)",
    xticks=range(6, 24, 3),
)

# %%
for name, hours in {"before 9": flights["hour"] < 9, "from 17 on": flights["hour"] >= 17}.items():
    print(f"leaving {name}: {flights.loc[hours, 'late'].mean():.0%} late")
print(f"flights at 23: {by_hour['count'][23]}, at 7: {by_hour['count'][7]:,}")

# %% [markdown]
# The figure says that delays build up over the day: an aircraft that comes in late goes out late,
# and an evening flight carries the delays of the whole day. The last two bars seem to fall again,
# but few flights leave so late, and the black lines say how little their height can be trusted. The
# hour is something that FlightDelay can learn from, and a model that suddenly got a wrong hour
# would suffer. Keep that in mind; it will happen.

# %% [markdown]
# ### Exercise {0.3}
#
# Make a table `by_origin` with one row for each airport (`origin`) and two columns: `flights`, how
# many flights were scheduled there in the reference weeks, and `late`, the share that arrived late
# (of those with a known outcome). The airport may be the index or a column, as you like.

# %% tags=["student"] exercise="0.3"
by_origin = None  # replace None

# %% tags=["solution"] exercise="0.3"
# "size" counts every row, "count" would leave out the missing ones.
by_origin = flights.groupby("origin").agg(flights=("late", "size"), late=("late", "mean"))
by_origin.round(3)

# %%
check("0.3", by_origin)
# hint("0.3")
# solution("0.3")

# %% [markdown]
# ## Three questions, and a fourth
#
# Whoever runs a service asks three classic questions. Does it fail (**errors**)? What did it do
# just then (**logs**)? Is it fast enough (**performance**)? A service that predicts can pass all
# three and be wrong all day. It needs a fourth: **is the data still what it was trained on?**
#
# Here is that question asked of one column. Below are the temperatures that the model was trained
# on, and those of one week in July.

# %%
winter = load_flights(*TRAINING)
july = load_flights(29, 29)
for name, table in {"training": winter, "week 29": july}.items():
    print(f"{name}: {table['temp'].min():.0f} to {table['temp'].max():.0f} °F")

# %%
degrees = range(10, 102, 2)
axes = plt.subplots()[1]
axes.hist(winter["temp"], bins=degrees, density=True)
axes.hist(july["temp"], bins=degrees, density=True)
axes.annotate("training", (45, 0.045), color="C0")
axes.annotate("week 29", (66, 0.045), color="C1")
_ = axes.set(
    title="In July the model sees weather that it has never seen",
    xlabel="temperature before departure (°F)",
    ylabel="share of flights per °F",
)

# %%
beyond = (july["temp"] > winter["temp"].max()).mean()
print(f"{beyond:.0%} of the flights of week 29 are warmer than any flight of the training weeks")

# %% [markdown]
# The two distributions do not touch. A model asked about such a day raises no error, writes an
# ordinary line into the log, and answers as fast as ever; all the same it is guessing. That the
# data moves away from what the model knows is called **data drift**. Part I of the course is about
# seeing it, part II about the system around the model, part III about acting on both.

# %% [markdown]
# ### Think about it
#
# One more look at the training weeks: the strongest wind in them. Would errors, logs, performance
# or the fourth question have found this? What would you do with those flights? Write down your
# answer first; `solution("0.think")` shows ours.

# %%
winter.nlargest(3, "wind_speed")[["sched_dep", "origin", "temp", "wind_speed"]]

# %%
# solution("0.think")

# %% [markdown] tags=["solution"] exercise="0.think"
# **Discussion.** No wind on Earth blows at over a thousand miles an hour: the instrument, or the
# line from it, failed for an hour. Nothing raised an error, since it is a valid number; the log
# holds it as faithfully as the others; nothing got slower. Only a question about the data finds it,
# and not every such question: the mean of all flights hardly moves for so few rows, while the
# maximum, or a check against a plausible range, sees it at once.
#
# What to do is a decision, not a reflex. Deleting rows because they are strange also deletes the
# storms. Here the value is impossible, so setting it to missing keeps the flights and says
# honestly what is known. It also belongs in a message to whoever runs the station. FlightDelay was
# trained with the value in it; trees that split on thresholds shrug it off, a linear model would
# not.

# %% [markdown]
# > **At work.** Nobody will hand you the weeks neatly labelled. The first useful thing in a new
# > team is often this list: which period was the model trained on, which was it checked on, since
# > when does it serve, and where are its inputs, its answers and the true outcomes kept? If one of
# > these cannot be answered, you have found your first task.

# %% [markdown]
# ## What you can do now
#
# You can run a lesson, have your answers checked, get help in small steps, and start again. You
# know the flights, the reference weeks and the four questions. In lesson 01 FlightDelay meets the
# rest of the year, and you will see how a model that nobody changed becomes a different one.
