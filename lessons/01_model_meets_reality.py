# %% [markdown]
# # 01 · Watch a model week by week, and say what kind of drift you see
#
# **The desk's problem.** FlightDelay went live on Monday 1 April 2013, at the start of week 14. In
# March it looked fine. It is the end of December now, the airlines complain that "the forecast was
# useless in summer and great in September", and your manager wants to know whether that is true,
# when it began, and whose fault it is. You have every prediction of the year, and every outcome.
#
# After this lesson you can:
#
# 1. score a model week by week, and read each metric for what it is (exercises 1.1 and 1.2);
# 2. measure how far predictions are off as a whole (exercise 1.3);
# 3. tell what can be known on a given day, when outcomes come late (exercise 1.4);
# 4. name the kind of drift, and choose what to watch (exercises 1.5 and 1.6).
#
# **Time:** about {minutes} minutes.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
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
# ## Where did it go wrong?
#
# **Predict first.** In which of these weeks was the model at its worst: week 17 (22 to 28 April,
# mild and dry), week 26 (end of June, thunderstorms over the whole east), or week 50 (December,
# snow)? And would the *inputs* of that week have warned you? Choose before you run on.
#
# As a rough measure of how unusual a week's inputs are, take each feature's weekly mean, count how
# many standard deviations of the training weeks it is away from the mean of those weeks, and
# average that over the features. Lesson 03 will do better.

# %%
centre, spread = winter[NUMERICAL].mean(), winter[NUMERICAL].std()
distance = (flights.groupby("week")[NUMERICAL].mean() - centre).abs() / spread
input_shift = distance.mean(axis=1)

# %%
upper, lower = plt.subplots(2, 1, figsize=(9, 6.4), sharex=True)[1]
plots.weeks(input_shift, "Inputs are loud all summer, and quiet in week 17 ...", "std. dev.", upper)
plots.weeks(scores["log_loss"], "... when the model is at its worst", "log loss", lower)
upper.set_xlabel("")
for axes in (upper, lower):
    plots.event(axes, 17, "week 17")

# %% [markdown]
# The upper curve says how unusual the inputs were, the lower one how wrong the model was. They tell
# two different stories. Let us have three moments of them in numbers.

# %%
moments = pd.DataFrame({"input_shift": input_shift, "log_loss": scores["log_loss"]})
moments["input_rank"] = input_shift.loc[14:].rank(ascending=False)
moments["loss_rank"] = production["log_loss"].rank(ascending=False)
moments.loc[[17, 20, 22, 26, 50]].round(3)

# %% [markdown]
# Week 17 has the highest loss of all 39 weeks in production (rank 1), while its inputs are in the
# middle of the field. In May, weeks 20 and 22, it is the other way round: it is warmer than the
# model has ever seen, and the loss is low. **Loud inputs need not hurt, and quiet inputs need not
# be safe.**

# %% [markdown]
# ## Week 17
#
# If the inputs did not change, perhaps the answer did. To see that, compare like with like: only
# flights on working days in fine and mild weather, which should be equally easy in any week.

# %%
fine = flights[
    (flights["precip"] == 0)
    & (flights["visib"] == 10)
    & (flights["wind_speed"] < 20)
    & flights["temp"].between(40, 70)
    & ~flights["weekday"].isin(["Sat", "Sun"])
]
fine[fine["week"].between(14, 18)].groupby("week")["late"].agg(["size", "mean"]).round(3)

# %% [markdown]
# The same weather, the same weekdays, the same airports, and in week 17 far more of these flights
# are late than in the weeks around it. The model cannot know: nothing in its inputs says why. From
# 21 April the United States' aviation authority sent its air traffic controllers on unpaid leave,
# the *furloughs*, to save money; on the 27th it ended. A date and a like-for-like comparison are
# strong evidence. They are no proof: some runway works fell into the same days.
#
# When the relation between inputs and outcome changes, P(late | inputs), we speak of **concept
# drift**. No look at the inputs can see it. You need outcomes, and those come late.

# %% [markdown]
# ## September, or what a base rate does to a metric
#
# In weeks 36 to 40 the log loss is lower than in March. Did the model get better?

# %%
calm = scores.loc[36:40]
comparison = pd.DataFrame({"reference": reference.mean(), "weeks 36-40": calm.mean()})
comparison.loc[["late", "predicted", "roc_auc", "log_loss"]].round(3)

# %% [markdown]
# It did not. The order of its predictions got worse (ROC AUC fell), and it expects more late
# flights than there are. But few flights are late in a calm September, and rare things are easy to
# predict well on average: just say "hardly ever". So a loss must be compared with that of a
# **competitor that knows nothing**. If a share s of the flights is late, the best constant answer
# is s itself, and its log loss is −s·ln(s) − (1−s)·ln(1−s), called the entropy.

# %%
s = scores["late"]
scores["best_constant"] = -s * np.log(s) - (1 - s) * np.log(1 - s)
axes = plots.weeks(
    scores[["log_loss", "best_constant"]].rename(
        columns={"log_loss": "FlightDelay", "best_constant": "best constant"}
    ),
    "In September a constant would have done as well",
    "log loss",
)
plots.event(axes, 36, "weeks 36 to 40")
_ = axes.axvspan(36, 40, color="#FCE9DC", zorder=-1)

# %% [markdown]
# The two curves rise and fall together: most of what moves the log loss from week to week is how
# many flights are late at all, not how good the model is. What the model is worth is the gap.
#
# ### Exercise {1.2}
#
# Make `beaten`, the list of all weeks *in production* (14 to 52) in which FlightDelay's log loss is
# higher than that of the best constant. `scores` has both columns.

# %% tags=["student"] exercise="1.2"
beaten = None  # replace None

# %% tags=["solution"] exercise="1.2"
served = scores.loc[14:52]
beaten = list(served.index[served["log_loss"] > served["best_constant"]])
beaten

# %%
check("1.2", beaten)
# hint("1.2")
# solution("1.2")

# %% [markdown]
# That constant is known only afterwards, so it is a hard judge. Here is a fair one: the share of
# the training weeks, known since March. And here is the model that many would have built first, a
# logistic regression. Who wins over the whole time in production?

# %%
encode = OneHotEncoder(handle_unknown="ignore")
scale = make_pipeline(SimpleImputer(), StandardScaler())
columns = make_column_transformer((encode, CATEGORICAL), (scale, NUMERICAL))
linear = make_pipeline(columns, LogisticRegression(max_iter=1000))
trained_on = winter.dropna(subset="late")
linear_probability = linear.fit(trained_on[FEATURES], trained_on["late"]).predict_proba(flights)[
    :, 1
]

# %%
served = (flights["week"] >= 14) & flights["late"].notna()
outcome = flights.loc[served, "late"]
constant = np.full(len(flights), trained_on["late"].mean())
for name, p in [("trees", probability), ("constant", constant), ("linear", linear_probability)]:
    print(f"{name:9s} log loss {log_loss(outcome, p[served]):.3f}")

# %% [markdown]
# The linear model loses to a constant that does not even look at the flight. In summer it follows
# its line out to temperatures that it never saw and becomes ever more certain of punctual flights;
# trees stop at the last value that they know. **A deployed model can be worse than no model**, and
# only a comparison with something stupid shows it.

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
gap = scores["predicted"] - scores["late"]
axes = plots.weeks(100 * gap, "Too optimistic all summer, too gloomy in September", "points")
_ = axes.axhline(0, color=plots.GREY, linewidth=1)

# %% [markdown]
# The figure shows the gap in percentage points: below zero the model promised fewer late flights
# than came. From June to August it missed on that side in most weeks, and in September on the
# other. It still hands out about the share of late flights that it learned in winter.

# %% [markdown]
# ## What could have been known, and when?
#
# All of this is hindsight. In service, outcomes come late: at our desk the official arrival records
# arrive 14 days after the flight. On the day itself you have inputs and predictions, and that is
# why part I of the course is about them.
#
# ### Exercise {1.4}
#
# Write `known_on(flights, day, delay_days)`: the rows of `flights` whose outcome is known at the
# beginning (0:00) of `day`, a date such as "2013-05-06". An outcome is known `delay_days` days
# after the scheduled departure (`sched_dep`); at exactly that moment it is known. Flights that
# never arrived have no outcome to know.


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
# What does the delay cost? The furloughs are in full effect on Monday 22 April. If you look at the
# table every Monday and want to see the whole week 17, how many predictions does the model make
# before you can know that it fails?

# %%
start = pd.Timestamp("2013-04-22")
for delay in (0, 14):
    aware = start + pd.Timedelta(days=7 + delay)
    unaware = flights["sched_dep"].between(start, aware, inclusive="left").sum()
    print(f"outcomes after {delay:2d} days: known on {aware:%d %B}, after {unaware:,} predictions")

# %% [markdown]
# Two weeks of waiting triple the damage. Worse, on the day when you could know, the furloughs have
# been over for more than two weeks: a model retrained on that bad week would learn a world that is
# gone.

# %% [markdown]
# ## Words for what you saw
#
# Write P(x) for the inputs, P(y) for the outcome, and P(y | x) for their relation. What moves gives
# the **kind** of drift.
#
# | kind | what changes | here |
# | --- | --- | --- |
# | covariate shift | P(x), and not P(y given x) | May: warmer than ever seen, and no harm |
# | label shift (prior shift) | P(y), and not P(x given y) | September, in part: fewer are late |
# | concept drift | P(y given x) | week 17: the same flights, other outcomes |
#
# Real months are mixtures, and September is one: there ROC AUC fell too, which pure label shift
# does not do. The second word is the **shape** over time: *sudden* (from one day to the next),
# *gradual* (days of the old and of the new alternate, the new ones ever more often), *incremental*
# (the level itself moves, in small steps), or *recurring* (it comes and goes by the calendar).

# %%
pictures.drift_shapes()

# %% [markdown]
# Four simulated airports over thirty weeks, one dot a day: what share of flights was late? Each
# shows another shape.
#
# ### Exercise {1.5}
#
# Fill in the dictionary: for A to D the shape, for the two real periods the kind of drift, in the
# words printed in *italics* above (shapes) and in the first column of the table (kinds).

# %% tags=["student"] exercise="1.5"
names = {
    "A": None,
    "B": None,
    "C": None,
    "D": None,
    "week 17": None,
    "May": None,
}

# %% tags=["solution"] exercise="1.5"
names = {
    "A": "gradual",
    "B": "sudden",
    "C": "recurring",
    "D": "incremental",
    "week 17": "concept drift",
    "May": "covariate shift",
}

# %%
check("1.5", names)
# hint("1.5")
# solution("1.5")

# %% [markdown]
# ## The same thing with pictures
#
# Drift is no speciality of tables. Another team reads handwritten digits on baggage tags with a
# phone. We train on half of scikit-learn's digits (8 × 8 pixels), and then a new phone arrives,
# whose camera delivers pictures of another **aspect ratio**: squeezed to 60 % of their width.

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
panels = plt.subplots(2, 6, figsize=(9, 3.2))[1]
for column in range(6):
    panels[0, column].imshow(new[column], cmap="gray_r")
    panels[1, column].imshow(squeezed[column], cmap="gray_r")
for axes in panels.flat:
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
panels[0, 0].set_title("old phone")
_ = panels[1, 0].set_title("new phone: the same digits, narrower")

# %%
for name, pixels in {"old phone": new, "new phone": squeezed}.items():
    flat = pixels.reshape(len(pixels), -1)
    sure = reader.predict_proba(flat).max(axis=1).mean()
    inked = (pixels.max(axis=1) > 0.25).sum(axis=1).mean()
    print(
        f"{name}: right {reader.score(flat, truth):.2f}, sure {sure:.2f}, width {inked:.1f} pixels"
    )

# %% [markdown]
# A person reads both rows alike. The model, trained on the upper one, gets much worse, raises no
# error, and still gives an answer to everything. And here, unlike in week 17, the inputs do tell:
# the mean width of a digit needs no outcome and is plainly off. Which number to compute from a
# picture is the question of a later lesson.

# %% [markdown]
# ### Exercise {1.6}
#
# The desk wants **one** weekly number that wakes somebody up. Choose a column of `scores` (except
# `flights` and `best_constant`), a `limit`, and whether to wake when the number is `"above"` or
# `"below"` it. It must stay silent in all four reference weeks and wake you for week 17. Many
# choices do; say in `because` (a sentence or two) why you would defend yours.

# %% tags=["student"] exercise="1.6"
alarm = {
    "metric": None,
    "wake": None,  # "above" or "below"
    "limit": None,
    "because": None,
}

# %% tags=["solution"] exercise="1.6"
alarm = {
    "metric": "log_loss",
    "wake": "above",
    "limit": 0.65,
    "because": "Airlines act on the probabilities, so these must be right, not only their order. "
    "The limit leaves room above the worst of only four reference weeks.",
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
# **Discussion.** For example: "In September hardly any flight was late, and when something is rare
# everybody looks like a good forecaster, even someone who says the same number for every flight. In
# fact that someone would have done about as well as our model, and the model sorted late and
# punctual flights less well than in March. I would rather be congratulated on the gap between us
# and that someone, and I suggest that we report this gap from now on."
#
# Mind what is *not* said: that the model broke in September. Nothing was repaired in October
# either. The world got easier, the score got better, and the model stayed what it was.

# %% [markdown]
# > **At work.** Put the stupid competitor into every report, beside the model: last month's share,
# > yesterday's value, the rule that the model replaced. It costs one line, it moves with the base
# > rate as your metric does, and it turns "is .48 good?" into a question that has an answer.

# %% [markdown]
# ## What you can do now
#
# You can score a model week by week, tell a base rate from a change of quality, see whether the
# probabilities are right as a whole, say what is known on which day, and name the kinds and shapes
# of drift. You have earned `model.weekly_scores`. One thing is missing: in real data you never know
# the truth about a drift. In lesson 02 you will make drifts yourself, so that you do.

# %%
progress("01")
