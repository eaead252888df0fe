"""Exercise 3.5: a method, its limit and its window, chosen for a purpose and defended."""

import re
from functools import cache

import numpy as np

from utils.drift import measure, simulate
from utils.exercises.expect import a_number, one_of
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.flights import load_flights

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
FIELDS = ("method", "alarm", "limit", "n", "misses", "because")
ONSET = "2013-01-07"
MOST_FLIGHTS, FEWEST_FLIGHTS = 900, 20
WINDOWS, DRIFTED = 250, 80
MOST_FALSE, LEAST_SEEN = 0.02, 0.8
# Those that cost more than .02 of ROC AUC in the lesson's figure; a test compares them with it.
COSTLY = ("unit_change", "utc_hour", "furlough", "slot_rules", "wrong_join")
FEW_WORDS = 8
# A number said in words, but not "one", which is said of many things.
_IN_WORDS = (
    "none|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|"
    "sixty|seventy|eighty|ninety|hundred|half|third|quarter|never|always|zero|once|twice"
)


@exercise(
    "3.5",
    "Choose, and defend",
    stars=3,
    minutes=25,
    hints=[
        "Which method saw `longer_network` in the figure, and was silent where there is no drift?",
        "Try it: the scores of 150 windows `rng.choice(winter['distance'], 900)` against "
        "`winter['distance']`, and of 150 from `longer['distance']`. Take a limit between.",
        "A p-value alarms below its limit, and that limit is about the rate of false alarms that "
        "you accept; the planners allow one day in fifty.",
        "Wasserstein above 0.1 with 900 flights does it. What can no measure of `distance` see? "
        "Look for a drift that leaves it as it is, and costs ROC AUC.",
    ],
    learned="",
)
def choice(answer):
    if not isinstance(answer, dict):
        raise NotYet(f"`choice` should stay the dictionary of the cell; it is {describe(answer)}.")
    for key in FIELDS:
        if answer.get(key) is None:
            raise NotYet(f"`choice` has no {key!r} yet.")
    name = one_of(_name(answer["method"]), "The method", METHODS)
    alarm = one_of(answer["alarm"], "`alarm`", ["above", "below"])
    limit = a_number(answer["limit"], "`limit`")
    n = a_number(answer["n"], "`n`", FEWEST_FLIGHTS, MOST_FLIGHTS, "A day has about 900 flights.")
    if n != int(n):
        raise NotYet(f"`n` is {n:g}; it is a number of flights, a whole number.")
    false, seen = _judge_alarms(name, alarm, limit, int(n))
    misses = _judge_misses(answer["misses"])
    _judge_reason(answer["because"], limit, n)
    return (
        f"It alarms in {100 * seen:.0f} % of {DRIFTED} windows with the drift and in "
        f"{100 * false:.1f} % of {WINDOWS} without it (so few windows leave either open by a few "
        f"per cent). And it will never see {misses}: say so to the planners before they ask."
    )


def _name(method):
    return method.__name__ if method in METHODS.values() else method


@cache
def scores(name, n):
    """Return the scores of windows without the drift, and with it; each is of a single week."""
    winter = load_flights(2, 13)
    longer, _ = simulate.longer_network(winter, ONSET, np.random.default_rng(11))
    rng = np.random.default_rng(12)
    # Beyond 10,000 values the p-value of KS is quicker.
    reference = winter["distance"].sample(10_001, random_state=rng).to_numpy()
    found = []
    for table, windows in ((winter, WINDOWS), (longer, DRIFTED)):
        weeks = [group.to_numpy() for _, group in table.groupby("week")["distance"]]
        drawn = (rng.choice(weeks[i % len(weeks)], n, replace=False) for i in range(windows))
        found.append(np.array([METHODS[name](reference, window) for window in drawn]))
    return found[0], found[1]


def _judge_alarms(name, alarm, limit, n):
    """Return the shares of alarms without the drift and with it, when the planners bear both."""
    quiet, drifted = scores(name, n)
    false, seen = (
        (found > limit if alarm == "above" else found < limit).mean() for found in (quiet, drifted)
    )
    given = f"With `{name}` {alarm} {limit:g} and windows of {n} flights"
    is_pvalue = name == "ks_pvalue"
    if is_pvalue and not 0 < limit < 1:
        raise NotYet(f"`limit` is {limit:g}, and a p-value lies between 0 and 1.")
    if alarm != ("below" if is_pvalue else "above"):
        why = (
            "A small p-value speaks for a drift, so it alarms *below* the limit."
            if is_pvalue
            else "A distance grows with the drift, so it alarms *above* the limit."
        )
        raise NotYet(f"{given} it alarms on {100 * false:.0f} % of the days without a drift. {why}")
    if false > MOST_FALSE:
        advice = (
            "Its limit is about the rate of false alarms that you accept."
            if is_pvalue
            else "A distance is above 0 by luck alone, the more so the fewer the flights: how far?"
        )
        raise NotYet(
            f"{given} it alarms falsely on {100 * false:.1f} % of the days. The planners allow "
            f"2 %. {advice}"
        )
    if seen < LEAST_SEEN:
        advice = (
            "A higher limit sees more."
            if is_pvalue
            else f"With the drift, a score in the middle is {np.median(drifted):.2g}."
        )
        raise NotYet(
            f"{given} it is silent enough, but sees only {100 * seen:.0f} % of the drifted days. "
            f"The planners ask for 80 %. {advice}"
        )
    return false, seen


def _judge_misses(misses):
    if isinstance(misses, (list, tuple, set)):
        raise NotYet("The choice works. `misses` should be *one* drift, in quotes, and not a list.")
    drift = one_of(misses, "`misses`", simulate.DRIFTS)
    if drift == "longer_network":
        raise NotYet("The choice works. But it sees `longer_network`: that is what it is for.")
    if drift in ("new_carrier", "missing_feed", "default_fill", "one_sensor"):
        raise NotYet(
            f"The choice works, and it misses {drift}, true. But what does {drift} cost? The "
            "change in ROC AUC is the number after its name in the figure. Name one that costs "
            "more than 0.02."
        )
    if drift not in COSTLY:
        raise NotYet(
            f"The choice works. But {drift} costs the model next to nothing: see the number after "
            "its name in the figure. Which drift hurts, and leaves `distance` as it is?"
        )
    return drift


def _judge_reason(reason, *chosen):
    if not isinstance(reason, str) or len(reason.split()) < FEW_WORDS:
        raise NotYet("The choice works. Now defend it in `because`, in a full sentence or two.")
    # The number of a lesson or an exercise measures nothing.
    said = re.sub(r"(lesson|exercise|figure|week)s?\s*[\d.]+", "", reason.lower())
    # Nor do those that were chosen: they stand in the other fields.
    numbers = [float(number) for number in re.findall(r"\d+(?:\.\d+)?|\.\d+", said)]
    measured = [number for number in numbers if number not in chosen]
    if not measured and not re.search(rf"\b({_IN_WORDS})\b", said):
        raise NotYet(
            "The choice works. Give the planners a number in `because`, from the figure or from a "
            "trial of your own: how often does it see the drift, how often does it alarm falsely?"
        )
