"""The checks of lesson 03."""

from functools import cache

import numpy as np

from utils.drift import measure, simulate
from utils.exercises.expect import a_function, a_number, one_of, result_of
from utils.exercises.lesson_03 import drift_scores, repeated_draws
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.flights import load_flights

FEW_WORDS = 8
ONSET = "2013-01-07"


@exercise(
    "3.1",
    "PSI",
    stars=2,
    minutes=12,
    hints=[
        "Three steps: the edges of the bins, the two lists of shares, the sum.",
        "`np.quantile(reference, np.linspace(0, 1, 11))` gives eleven edges, and so ten bins. Put "
        "`-np.inf` in place of the first and `np.inf` in place of the last.",
        "`np.histogram(current, edges)[0] / len(current)` are the shares of `current`. Use the "
        "same edges for `reference`.",
        "`np.where(c == 0, 0.0001, c)` fills the empty bins; then `np.sum((r - c) * np.log(r / "
        "c))`.",
    ],
    learned="The bins belong to the reference, so that every week is measured with the same ruler.",
)
def psi(answer):
    function = a_function(answer, "psi", 2)
    for what, reference, current in drift_scores.psi_samples():
        result = result_of(function, reference, current)
        drift_scores.judge_psi(result, reference.to_numpy(), current.to_numpy(), what)


@exercise(
    "3.2",
    "Chi-square, also for the unseen",
    stars=2,
    minutes=12,
    hints=[
        "Make a table first: a row for each category that either sample has, and two columns of "
        "counts.",
        "`pd.concat([reference.value_counts(), current.value_counts()], axis=1).fillna(0)` puts "
        "equal categories into one row, and 0 where a sample lacks one.",
        "`np.outer(row_sums, column_sums) / total` are the expected counts, for both columns.",
        "`stats.chi2.sf(np.sum((observed - expected) ** 2 / expected), k - 1)`, with k rows.",
    ],
    learned="Both samples are drawn, so both have their share of luck; this test counts it for "
    "both.",
)
def chi_square(answer):
    function = a_function(answer, "chi_square", 2)
    for what, reference, current in drift_scores.chi_square_samples():
        result = result_of(function, reference, current)
        drift_scores.judge_chi_square(result, reference, current, what)


@exercise(
    "3.3",
    "The smallest n that sees it",
    stars=2,
    minutes=10,
    hints=[
        "Two loops: one over the sizes, and inside it 30 draws.",
        "One draw is `measure.ks_pvalue(rng.choice(reference, n), rng.choice(current, n)) < 0.05`, "
        "True or False.",
        "The mean of a list of True and False is a share: when it is at least 0.8, `return n`.",
        "After the loop over the sizes, and not inside it: `return np.inf`.",
    ],
    learned="Ask for this n before you promise to find a drift: with fewer flights you will not.",
)
def smallest_n(answer):
    function = a_function(answer, "smallest_n", 4)
    repeated_draws.judge_smallest_n(function)


@exercise(
    "3.4",
    "A false-alarm rate",
    stars=2,
    minutes=8,
    hints=[
        "One repeat: `test(rng.choice(values, n), rng.choice(values, n))` is a p-value.",
        "Do it in a loop, `for _ in range(repeats)`, and keep the p-values in a list.",
        "Turn the list into an array: `np.array(pvalues) < 0.05` has a True for each false alarm, "
        "and its mean is the share.",
    ],
    learned="",
)
def false_alarm_rate(answer):
    function = a_function(answer, "false_alarm_rate", 5)
    repeated_draws.judge_false_alarm_rate(function)
    carriers = load_flights(10, 13)["carrier"].to_numpy()
    measured = [
        a_number(result_of(function, test, carriers, 500, 40, np.random.default_rng(3)), "It")
        for test in (measure.chi_square, measure.chi_square_two_sample)
    ]
    return (
        "It measures what it should. With the carriers of March, 500 in a sample, your function "
        "says: the chi-square that is Evidently's alarms falsely in "
        f"{100 * measured[0]:.0f} % of 40 "
        f"windows, and the one that you wrote in {100 * measured[1]:.0f} %. A limit of 0.05 "
        "promises 5 %."
    )


METHODS = {
    f.__name__: f
    for f in (
        measure.ks_pvalue,
        measure.ks_distance,
        measure.wasserstein,
        measure.psi,
        measure.psi_quantiles,
        measure.jensen_shannon,
    )
}
MOST_FLIGHTS, FEWEST_FLIGHTS = 900, 20
WINDOWS, DRIFTED = 250, 80
MOST_FALSE, LEAST_SEEN = 0.02, 0.8
# Those that cost more than .02 of ROC AUC in the lesson's figure; a test compares them with it.
COSTLY = ("unit_change", "utc_hour", "furlough", "slot_rules", "wrong_join")


@exercise(
    "3.5",
    "Choose, and defend",
    stars=3,
    minutes=15,
    hints=[
        "Which method saw `longer_network` in the figure, and was silent where there is no drift?",
        "Try it: the scores of twenty windows `rng.choice(winter['distance'], 900)` against "
        "`winter['distance']`, and of twenty from `longer['distance']`. Take a limit between.",
        "A p-value alarms below its limit. At 0.05 it alarms falsely on one day in twenty; the "
        "planners allow one in fifty.",
        "Wasserstein above 0.1 with 900 flights does it. What can no measure of `distance` see? "
        "Look for a drift that leaves it as it is, and costs ROC AUC.",
    ],
    learned="",
)
def choice(answer):
    if not isinstance(answer, dict):
        raise NotYet(f"`choice` should stay the dictionary of the cell; it is {describe(answer)}.")
    for key in ("method", "alarm", "limit", "n", "misses", "because"):
        if answer.get(key) is None:
            raise NotYet(f"`choice` has no {key!r} yet.")
    name = one_of(_name(answer["method"]), "The method", METHODS)
    alarm = one_of(answer["alarm"], "`alarm`", ["above", "below"])
    limit = a_number(answer["limit"], "`limit`")
    n = a_number(answer["n"], "`n`", FEWEST_FLIGHTS, MOST_FLIGHTS, "A day has about 900 flights.")
    if n != int(n):
        raise NotYet(f"`n` is {n:g}; it is a number of flights, a whole number.")
    quiet, drifted = _scores(name, int(n))
    _judge_alarms(name, alarm, limit, int(n), quiet, drifted)
    _judge_misses(answer["misses"])
    reason = answer["because"]
    if not isinstance(reason, str) or len(reason.split()) < FEW_WORDS:
        raise NotYet("The choice works. Now defend it in `because`, in a full sentence or two.")
    if not any(sign.isdigit() for sign in reason):
        raise NotYet(
            "The choice works. Give the planners a number in `because`, from the figure or from "
            "a trial of your own: how often does it see the drift, how often does it alarm "
            "falsely?"
        )
    false, seen = (_alarms(scores, alarm, limit).mean() for scores in (quiet, drifted))
    return (
        f"It alarms in {100 * seen:.0f} % of the windows with the drift and in "
        f"{100 * false:.1f} % of those "
        f"without. And it will never see {answer['misses'].strip()}: say so to the planners before "
        "they ask."
    )


def _name(method):
    return method.__name__ if method in METHODS.values() else method


@cache
def _scores(name, n):
    """Return the scores of windows without the drift, and with it; each is of a single week."""
    winter = load_flights(2, 13)
    longer, _ = simulate.longer_network(winter, ONSET, np.random.default_rng(11))
    rng = np.random.default_rng(12)
    # Beyond 10,000 values the p-value of KS is quicker.
    reference = winter["distance"].sample(10_001, random_state=rng).to_numpy()
    scores = []
    for table, windows in ((winter, WINDOWS), (longer, DRIFTED)):
        weeks = [group.to_numpy() for _, group in table.groupby("week")["distance"]]
        drawn = (rng.choice(weeks[i % len(weeks)], n, replace=False) for i in range(windows))
        scores.append(np.array([METHODS[name](reference, window) for window in drawn]))
    return scores[0], scores[1]


def _alarms(scores, alarm, limit):
    return scores > limit if alarm == "above" else scores < limit


def _judge_alarms(name, alarm, limit, n, quiet, drifted):
    false, seen = (_alarms(scores, alarm, limit).mean() for scores in (quiet, drifted))
    given = f"With `{name}` {alarm} {limit:g} and windows of {n} flights"
    if name == "ks_pvalue" and not 0 < limit < 1:
        raise NotYet(f"`limit` is {limit:g}, and a p-value lies between 0 and 1.")
    right_way = "below" if name == "ks_pvalue" else "above"
    if alarm != right_way:
        why = (
            "A small p-value speaks for a drift, so it alarms *below* the limit."
            if name == "ks_pvalue"
            else "A distance grows with the drift, so it alarms *above* the limit."
        )
        raise NotYet(f"{given} it alarms on {100 * false:.0f} % of the days without a drift. {why}")
    if false > MOST_FALSE:
        advice = {
            "ks_pvalue": "Its limit is about the rate of false alarms that you accept.",
        }.get(name, "With few flights a distance is far from 0 by luck alone; how far?")
        raise NotYet(
            f"{given} it alarms falsely on {100 * false:.1f} % of the days. The planners allow "
            f"2 %. {advice}"
        )
    if seen < LEAST_SEEN:
        middle = np.median(drifted)
        advice = (
            f" With the drift, a score in the middle is {middle:.2g}."
            if name != "ks_pvalue"
            else " A higher limit sees more."
        )
        raise NotYet(
            f"{given} it is silent enough, but sees only {100 * seen:.0f} % of the drifted "
            "days. The "
            f"planners ask for 80 %.{advice}"
        )


def _judge_misses(misses):
    names = list(simulate.DRIFTS)
    if isinstance(misses, (list, tuple, set)):
        raise NotYet("The choice works. `misses` should be *one* drift, in quotes, and not a list.")
    drift = one_of(misses, "`misses`", names)
    if drift == "longer_network":
        raise NotYet("The choice works. But it sees `longer_network`: that is what it is for.")
    if drift in ("new_carrier", "missing_feed", "default_fill", "one_sensor"):
        raise NotYet(
            f"The choice works, and it misses {drift}, true. But what does {drift} cost? The "
            "change in ROC AUC is the number after its name in the figure. Name one that hurts."
        )
    if drift not in COSTLY:
        raise NotYet(
            f"The choice works. But {drift} costs the model next to nothing: see the number after "
            "its name in the figure. Which drift hurts, and leaves `distance` as it is?"
        )
