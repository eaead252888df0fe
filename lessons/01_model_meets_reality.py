# %% [markdown]
# # 01 · Watch a model week by week, and say what kind of drift you see
#
# **The desk's problem.** FlightDelay went live on Monday 1 April 2013, at the start of week 14. In
# March it looked fine. It is the end of December now, the airlines complain that "the forecast was
# useless in summer and great in September", and your manager wants to know whether that is true,
# and whether the desk should have noticed. You have every prediction of the year and every outcome.
#
# After this lesson you can:
#
# 1. score a model week by week, beside a competitor that was known beforehand (1.1 and 1.2);
# 2. measure how far predictions are off as a whole (1.3);
# 3. tell what is known on a given day, when outcomes come late (1.4);
# 4. name the kind of drift, and choose what to watch and when it would have rung (1.5 and 1.6).
#
# **Time:** about {minutes} minutes.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.dates import DateFormatter
from scipy import ndimage
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_digits
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from utils import model, plots
from utils.exercises import check, hint, progress, solution
from utils.exercises.lesson_01 import pictures
from utils.flights import CATEGORICAL, FEATURES, NUMERICAL, TRAINING, load_flights

# %% [markdown]
# ## One model, two weeks
#
# We train FlightDelay as the colleague did, on weeks 1 to 9, and let it predict every flight from
# the reference (weeks 10 to 13) to the end of the year. `probability` holds, for each flight, how
# probable the model thought it that the flight would be late.

# %%
winter = load_flights(*TRAINING)
flights = load_flights(10, 52)
delay_model = model.train(winter)
probability = model.predict(delay_model, flights)
probability.round(3)

# %% [markdown]
# Three metrics will follow us through the course. **ROC AUC** asks only about the order: of a late
# and a punctual flight, how often does the late one get the higher probability? 0.5 is a coin, 1 is
# perfect. **Log loss** asks about the probabilities themselves, and punishes confident mistakes
# most; 0 is perfect. The **Brier score** is the mean squared error of the probabilities, also
# perfect at 0.

# %%
for week in (16, 17):
    known = (flights["week"] == week) & flights["late"].notna()
    late, p = flights.loc[known, "late"], probability[known]
    print(
        f"week {week}: ROC AUC {roc_auc_score(late, p):.3f}, log loss {log_loss(late, p):.3f}, "
        f"Brier {brier_score_loss(late, p):.3f}"
    )

# %% [markdown]
# Something happened from one week to the next. Before we ask what, we want the whole year in a
# table. The cell above has every step that you need for one week.
#
# ### Exercise {1.1}
#
# Complete `weekly_scores(flights, probability)`. It gets a table of flights and an array with the
# probability of each row, and returns a DataFrame with one row a week (`week` as index or column)
# and the columns `flights` (how many have a known outcome), `late` (share), `predicted` (mean
# probability), `roc_auc`, `log_loss` and `brier`. All of them are about the flights with a known
# outcome only.


# %% tags=["student"] exercise="1.1"
def weekly_scores(flights, probability):
    """Return one row a week with the six columns."""
    ...  # replace this line


# %% tags=["solution"] exercise="1.1"
def weekly_scores(flights, probability):
    # Probabilities join the table first, so that dropping rows drops both.
    scored = flights.assign(probability=probability).dropna(subset="late")
    rows = {}
    for week, group in scored.groupby("week"):
        late, p = group["late"], group["probability"]
        rows[week] = {
            "flights": len(group),
            "late": late.mean(),
            "predicted": p.mean(),
            "roc_auc": roc_auc_score(late, p),
            "log_loss": log_loss(late, p),
            "brier": brier_score_loss(late, p),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("week")


# %%
check("1.1", weekly_scores)
# hint("1.1")
# solution("1.1")

# %% [markdown]
# You have *earned* this helper: from here on the course uses its own, `model.weekly_scores`, which
# does just that. `model.weekly_scores??` in a cell shows its code.

# %%
scores = model.weekly_scores(flights, probability)
reference, production = scores.loc[10:13], scores.loc[14:52]
reference.round(3)

# %% [markdown]
# ## A competitor
#
# Is a log loss of 0.5 good? Alone it says little. The desk has a competitor that costs nothing:
# give *every* flight the share of late ones of the training weeks, a number known since March. If
# a share s of a week's flights is late, the constant c has the log loss −s·ln(c) − (1−s)·ln(1−c).
#
# ### Exercise {1.2}
#
# Write `beaten(scores, share)`: the list of the weeks (the index of `scores`) in which the model's
# `log_loss` is higher than that of the constant `share`. The column `late` has each week's s. When
# both are equal, the model is not beaten.


# %% tags=["student"] exercise="1.2"
def beaten(scores, share):
    """Return the weeks in which the constant `share` has the lower log loss."""
    ...  # replace this line


# %% tags=["solution"] exercise="1.2"
def beaten(scores, share):
    s = scores["late"]
    constant = -s * np.log(share) - (1 - s) * np.log(1 - share)
    return list(scores.index[scores["log_loss"] > constant])


# %%
check("1.2", beaten)
# hint("1.2")
# solution("1.2")
# beaten(production, winter["late"].mean())  # take the first # away when yours passes

# %%
c, s = winter["late"].mean(), scores["late"]
scores["constant"] = -s * np.log(c) - (1 - s) * np.log(1 - c)
scores["oracle"] = -s * np.log(s) - (1 - s) * np.log(1 - s)
scores["gap"] = scores["log_loss"] - scores["constant"]
reference, production = scores.loc[10:13], scores.loc[14:52]
print("beaten by the constant of March:", list(production.index[production["gap"] > 0]))
print(
    "beaten by the oracle:", list(production.index[production["log_loss"] > production["oracle"]])
)

# %% [markdown]
# `oracle` is another constant: the week's *own* share of late flights. Nobody can give it before
# the week is over, so to lose against it is no shame. Against the one that everybody could have
# given, FlightDelay loses in a single week of 39. Remember which. `gap` is the log loss minus that
# of the constant: what the model is worth, below zero when it is worth something.

# %%
axes = plots.weeks(
    scores[["log_loss", "constant"]].rename(columns={"log_loss": "FlightDelay"}),
    "In one week of the year the constant of March is better",
    "log loss",
)
plots.event(axes, 17, "week 17")

# %% [markdown]
# The two curves rise and fall together: most of what moves the log loss from week to week is how
# many flights are late at all, not how good the model is. So "useless in summer" is not true: all
# summer long the model beats the constant, by little. Nor is "great in September", as you will see.

# %% [markdown]
# ## Would the inputs have warned you?
#
# **Predict first.** In which of these weeks would the *inputs* have warned you of a high loss: week
# 17 (end of April, mild and dry), week 26 (end of June, thunderstorms over the whole east), or week
# 50 (December, snow)? Choose before you run on.
#
# As a rough measure of how unusual a week's inputs are, take each feature's weekly mean, count how
# many standard deviations of the training weeks it is away from the mean of those weeks, and
# average that over the features. (The impossible 1,048 mph of lesson 00 go first.) Most of it is
# temperature. Lesson 03 will do better.

# %%
possible = winter[~(winter["wind_speed"] > 200)]
centre, spread = possible[NUMERICAL].mean(), possible[NUMERICAL].std()
distance = (flights.groupby("week")[NUMERICAL].mean() - centre).abs() / spread
scores["input_shift"] = distance.mean(axis=1)
looked_at = ["input_shift", "log_loss", "late", "gap"]
scores.loc[[17, 18, 26, 29, 35, 50, 51], looked_at].round(3)

# %% [markdown]
# - Weeks 29 and 35 are **loud and harmless**: summer heat, every flight warmer than any in the
#   training weeks, and the model beats the constant.
# - Weeks 50 and 51 are **quiet and bad**: their inputs look like winter's, the desk's log loss is
#   far above March's. Look at `late`: very many flights were late, which is hard for everybody. The
#   gap says that the model was worth something.
# - Week 26 is loud and bad: there the inputs would have warned you.
# - Weeks 17 and 18 are neighbours, alike in their inputs. In one the constant wins, in the other
#   the loss is lower than in most of March.

# %%
axes = plots.weeks(scores["input_shift"], "Inputs move with the seasons", "std. dev.")
plots.event(axes, 17, "week 17")

# %%
so_far = scores["input_shift"].loc[:17]
print(f"on its day, week 17 was number {int(so_far.rank(ascending=False)[17])} of {len(so_far)}")
all_year = scores["input_shift"].loc[14:]
print(f"in December, it is number {int(all_year.rank(ascending=False)[17])} of {len(all_year)}")
together = all_year.corr(scores["gap"], method="spearman")
print(f"rank correlation of input shift and gap: {together:.2f}")

# %% [markdown]
# A warning about this very figure. In December you see that week 17 was in the middle of the
# field. **That is hindsight**: its rank is among weeks that still lay in the future. On the day,
# it was the loudest week so far. Would that have been an alarm? So had been each week before it,
# for spring gets warmer: whoever rings for records rings all spring. From here on we ask only what
# was known on the day.
#
# Over the year, input shift and gap hardly go together; with 39 weeks such a correlation is
# uncertain by about 0.16. **Loud inputs need not hurt, and quiet inputs need not be safe.**

# %% [markdown]
# ## Week 17, day by day
#
# If the inputs cannot tell weeks 17 and 18 apart, perhaps the answer changed. Compare like with
# like: only flights in fine and mild weather on working days, equally easy in any week.

# %%
fine = flights[
    (flights["precip"] == 0)
    & (flights["visib"] == 10)
    & (flights["wind_speed"] < 20)
    & flights["temp"].between(40, 70)
    & ~flights["weekday"].isin(["Sat", "Sun"])
]
fine[fine["week"].between(14, 18)].groupby("week")["late"].agg(["count", "mean"]).round(3)

# %%
april = flights[flights["sched_dep"].between("2013-04-15", "2013-05-04")]
daily = 100 * april.groupby(april["sched_dep"].dt.normalize())["late"].mean()
axes = plt.subplots(figsize=(8, 3.4))[1]
axes.plot(daily.index, daily, marker="o")
axes.axvspan(pd.Timestamp("2013-04-21"), pd.Timestamp("2013-04-27"), color="#FCE9DC", zorder=-1)
axes.annotate("furloughs", (pd.Timestamp("2013-04-21 06:00"), 3), color=plots.GREY)
axes.annotate("18 and 19 April", (pd.Timestamp("2013-04-18"), 52), ha="right", color=plots.GREY)
axes.set(
    title="On the day the furloughs end, the late flights are gone", ylabel="late (%)", ylim=(0, 65)
)
_ = axes.xaxis.set_major_formatter(DateFormatter("%d %b"))

# %%
print(
    daily.loc["2013-04-17":"2013-04-28"]
    .round(0)
    .astype(int)
    .rename(lambda d: f"{d:%a %d}")
    .to_dict()
)

# %% [markdown]
# From 21 April the United States' aviation authority saved money by *furloughs*: its air traffic
# controllers had to take unpaid days off. On Saturday the 27th it ended, and on that very day the
# late flights are gone (on the Saturday before there were three times as many). The model could not
# know: nothing in its inputs says so.
#
# A date and a like-for-like comparison are strong evidence. They are no proof, and there is
# **counter-evidence**: 18 and 19 April were nearly as bad, before the furloughs began, the 18th in
# good visibility. An honest report shows those two days.
#
# When the relation between inputs and outcome changes, P(late | inputs), we speak of **concept
# drift**. No look at the inputs can see it. You need outcomes, and those come late.

# %% [markdown]
# ## September, or what a base rate does to a metric

# %%
calm = scores.loc[36:40]
comparison = pd.DataFrame({"reference": reference.mean(), "weeks 36-40": calm.mean()})
comparison.loc[["late", "predicted", "roc_auc", "log_loss", "gap"]].round(3)

# %% [markdown]
# In September the log loss is a fifth lower than in March. Did the model get better? No: its order
# got worse (ROC AUC), it expects more late flights than there are, and the gap to the constant is
# smaller. But few flights are late in a calm September, and rare things are easy to predict well on
# average: just say "hardly ever". The model still beats the constant of March, less than in March.

# %% [markdown]
# And the model that many would have built first, a logistic regression?

# %%
encode = OneHotEncoder(handle_unknown="ignore")
scale = make_pipeline(SimpleImputer(), StandardScaler())
columns = make_column_transformer((encode, CATEGORICAL), (scale, NUMERICAL))
linear = make_pipeline(columns, LogisticRegression(max_iter=1000))
known = winter.dropna(subset="late")
linear_probability = linear.fit(known[FEATURES], known["late"]).predict_proba(flights)[:, 1]

# %%
served = (flights["week"] >= 14) & flights["late"].notna()
outcome = flights.loc[served, "late"]
for name, p in [
    ("trees", probability),
    ("linear", linear_probability),
    ("constant", np.full(len(flights), c)),
]:
    print(
        f"{name:9s} log loss {log_loss(outcome, p[served]):.3f}, "
        f"ROC AUC {roc_auc_score(outcome, p[served]):.3f}"
    )

# %% [markdown]
# By log loss the linear model loses to a constant that does not even look at the flight. In summer
# it follows its line out to temperatures that it never saw and becomes ever more certain of
# punctual flights; trees stop at the last value that they know. **A deployed model can be worse
# than no model**, and only a comparison with something stupid shows it. Its *order* is still worth
# something: the ROC AUC says so, and new probabilities for the same order could save it.

# %% [markdown]
# ## Are the probabilities right as a whole?
#
# A model is **calibrated** when, of the flights that it gives 30 %, about 30 % are late. The
# coarsest test of that is *calibration in the large*: is the mean prediction the share of late
# flights?
#
# ### Exercise {1.3}
#
# Write `calibration_gap(late, probability)`: the mean prediction minus the share of late flights.
# `late` is a Series with 1.0, 0.0 and NaN, `probability` an array of the same length. Flights
# without an outcome count for neither. When the model expects 20 % and 30 % are late, the gap is
# −0.1: the model is too optimistic.


# %% tags=["student"] exercise="1.3"
def calibration_gap(late, probability):
    """Return the mean prediction minus the share late."""
    ...  # replace this line


# %% tags=["solution"] exercise="1.3"
def calibration_gap(late, probability):
    known = late.notna().to_numpy()
    return probability[known].mean() - late[known].mean()


# %%
check("1.3", calibration_gap)
# hint("1.3")
# solution("1.3")

# %%
miss = 100 * (scores["predicted"] - scores["late"])
axes = plots.weeks(miss, "Most weeks of summer had more late flights than promised", "points")
axes.axhline(0, color=plots.GREY, linewidth=1)
axes.annotate("more promised than came", (19, 5), color=plots.GREY)
_ = axes.annotate("fewer promised than came", (52, -23), ha="right", color=plots.GREY)

# %%
print(f"weeks 23 to 35 below zero: {(miss.loc[23:35] < 0).sum()} of 13")
print(f"weeks 36 to 40 above zero: {(miss.loc[36:40] > 0).sum()} of 5")

# %% [markdown]
# The figure shows the gap in percentage points. In most weeks from June to August the model
# promised fewer late flights than came, in most of September more. What it promises on average
# hardly moves; the world does.

# %% [markdown]
# ## What could have been known, and when?
#
# All of this is hindsight. In service, outcomes come late: at our desk the official arrival records
# arrive 14 days after the flight. On the day itself you have inputs and predictions, and that is
# why part I of the course is about them.
#
# ### Exercise {1.4}
#
# Write `known_on(flights, day, delay_days)`: the rows of `flights`, unchanged, whose outcome is
# known at the beginning (0:00) of `day`, a date such as "2013-05-06". An outcome is known
# `delay_days` days (14, or 1.5) after the scheduled departure (`sched_dep`); at exactly that moment
# it is known. Flights that never arrived have no outcome to know; a gap in another column does not
# matter. When nothing is known, the table is empty.


# %% tags=["student"] exercise="1.4"
def known_on(flights, day, delay_days):
    """Return the rows of flights whose outcome is known on day."""
    ...  # replace this line


# %% tags=["solution"] exercise="1.4"
def known_on(flights, day, delay_days):
    last = pd.Timestamp(day) - pd.Timedelta(days=delay_days)
    return flights[(flights["sched_dep"] <= last) & flights["late"].notna()]


# %%
check("1.4", known_on)
# hint("1.4")
# solution("1.4")

# %% [markdown]
# What did the waiting cost? The furloughs are in full effect on Monday 22 April. If you look at
# every Monday and want to see the whole week 17, when can you know, how many predictions has the
# model made by then, and how much worse than the constant were they, added up over the flights?

# %%
scored = flights.assign(p=probability).dropna(subset="late")
scored["loss"] = -np.log(np.where(scored["late"] == 1, scored["p"], 1 - scored["p"]))
scored["constant"] = -np.log(np.where(scored["late"] == 1, c, 1 - c))
start = pd.Timestamp("2013-04-22")
for delay in (0, 14):
    aware = start + pd.Timedelta(days=7 + delay)
    rows = scored[scored["sched_dep"].between(start, aware, inclusive="left")]
    lost = (rows["loss"] - rows["constant"]).sum()
    print(f"after {delay:2d} days: {aware:%d %B}, {len(rows):,} flights, {lost:+.0f} nats")

# %% [markdown]
# Two weeks of waiting triple the predictions made in the dark. They do not triple the damage: all
# of it fell into week 17, and in the two weeks after it the model won more than it had lost. On the
# day when you could know, the furloughs had been over for two weeks. A model retrained on that bad
# week would have learned a world that is gone.

# %% [markdown]
# ## The same thing with pictures
#
# Drift is no speciality of tables. Another team reads handwritten digits on baggage tags with a
# phone. We train on half of scikit-learn's digits (8 × 8 pixels), and then a new phone arrives,
# whose camera delivers another **aspect ratio**: the same digits, squeezed to 60 % of their width.

# %%
digits = load_digits()
images = digits.images / 16  # grey values from 0 to 1
reader = LogisticRegression(max_iter=1000).fit(images[:900].reshape(900, -1), digits.target[:900])
new, truth = images[900:], digits.target[900:]

# %%
middle = 3.5  # of columns 0 to 7; squeezing must not move the digit aside
squeezed = np.array(
    [ndimage.affine_transform(i, [1, 1 / 0.6], [0, middle - middle / 0.6], order=1) for i in new]
)

# %%
panels = plt.subplots(2, 6, figsize=(7, 2.5))[1]
for column in range(6):
    panels[0, column].imshow(new[column], cmap="gray_r")
    panels[1, column].imshow(squeezed[column], cmap="gray_r")
for axes in panels.flat:
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
panels[0, 0].set_title("old phone")
_ = panels[1, 0].set_title("new phone")

# %%
for name, pixels in {"old phone": new, "new phone": squeezed}.items():
    flat = pixels.reshape(len(pixels), -1)
    sure = reader.predict_proba(flat).max(axis=1).mean()
    print(f"{name}: right {reader.score(flat, truth):.2f}, sure {sure:.2f}")

# %% [markdown]
# A person reads both rows alike. The model gets much worse, raises no error, and still answers
# everything. But look at *sure*, its mean highest probability: the model's own outputs fell, and
# they need **no outcome**. In week 17 nothing of the kind was there to see. A monitor of the
# outputs costs one line; lesson 04 has it.

# %% [markdown]
# ## Words for what you saw
#
# Write P(x) for the inputs, P(y) for the outcome, and P(y | x) for their relation. What moves gives
# the **kind** of drift.
#
# | kind | what changes | here |
# | --- | --- | --- |
# | covariate shift | P(x), and not P(y given x) | July: warmer than ever seen, and no harm |
# | label shift (prior shift) | P(y), and not P(x given y) | September, in part: fewer are late |
# | concept drift | P(y given x) | week 17: the same flights, other outcomes |
#
# Real months are mixtures: in September ROC AUC fell too, which pure label shift does not do. The
# second word is the **shape** over time: *sudden* (from one day to the next), *gradual* (days of
# the old and of the new alternate, the new ones ever more often), *incremental* (the level itself
# moves, in small steps), or *recurring* (it comes and goes by the calendar).

# %%
pictures.drift_shapes()

# %% [markdown]
# Four simulated airports over thirty weeks, one dot a day: what share of flights was late?
#
# ### Exercise {1.5}
#
# Fill in the dictionary: for A to D the shape, in the words printed in *italics* above; for the
# three others the kind, in the words of the table's first column.
#
# - **new phone**: the pictures are narrower; each digit is still the digit that it was.
# - **longer timetable**: the airlines write twenty minutes more into each flight's schedule.
#   Weather, routes and hours are as before.
# - **other year**: of a year's late flights half are left out, drawn at random; nothing else is.

# %% tags=["student"] exercise="1.5"
names = {
    "A": None,
    "B": None,
    "C": None,
    "D": None,
    "new phone": None,
    "longer timetable": None,
    "other year": None,
}

# %% tags=["solution"] exercise="1.5"
names = {
    "A": "gradual",
    "B": "sudden",
    "C": "recurring",
    "D": "incremental",
    "new phone": "covariate shift",
    "longer timetable": "concept drift",
    "other year": "label shift",
}

# %%
check("1.5", names)
# hint("1.5")
# solution("1.5")

# %% [markdown]
# ## One number
#
# ### Exercise {1.6}
#
# The desk wants **one** weekly number that wakes somebody up. Choose a `metric` (`late`,
# `predicted`, `roc_auc`, `log_loss`, `brier`, or `gap`), a `limit`, and whether to wake when the
# number is `"above"` or `"below"` it. It must stay silent in all four reference weeks, ring for
# week 17, and ring in at most 6 of the 39 weeks of production: more, and nobody gets up any more.
# The check says on which day you would have known. Write in `because` why you would defend your
# choice; that is for you and your colleagues, no program can judge it.

# %% tags=["student"] exercise="1.6"
alarm = {
    "metric": None,
    "wake": None,  # "above" or "below"
    "limit": None,
    "because": None,
}

# %% tags=["solution"] exercise="1.6"
alarm = {
    "metric": "gap",
    "wake": "above",
    "limit": 0.0,
    "because": "A week with many late flights is hard for everybody. When a constant that we knew "
    "in March beats the model, it is the model's fault, and that happened once.",
}

# %%
check("1.6", alarm)
# hint("1.6")
# solution("1.6")

# %% [markdown]
# ### Think about it
#
# Your manager reads that the log loss in September was a fifth lower than in March, and wants to
# congratulate the team. What do you tell her, in three sentences and without a formula?

# %%
# solution("1.think")

# %% [markdown] tags=["solution"] exercise="1.think"
# **Discussion.** For example: "In September one flight in eight was late, in March nearly one in
# four, and the rarer something is, the better every forecaster looks, even one who says the same
# number for every flight.
# Our lead over that one was smaller than in March, and the model sorted late and punctual
# flights less well. I would rather be congratulated on that lead, and I suggest that we report it
# from now on."
#
# Mind what is *not* said: that the model broke in September. Nothing was repaired in October
# either. The world got easier, the score got better, and the model stayed what it was.

# %% [markdown]
# > **At work.** Put the stupid competitor into every report, beside the model: last month's share,
# > yesterday's value, the rule that the model replaced. Take one that was *known beforehand*; the
# > best constant in hindsight is an oracle, and nobody could have used it. It costs one line, and
# > turns "is .48 good?" into a question that has an answer.

# %% [markdown]
# ## What you can do now
#
# You can score a model week by week beside a competitor, tell a base rate from a change of quality,
# see whether the probabilities are right as a whole, say what is known on which day, and name the
# kinds and shapes of drift. You have earned `model.weekly_scores`. One thing is missing: in real
# data you never know the truth about a drift. In lesson 02 you will make drifts yourself, so that
# you do.

# %%
progress("01")
