"""The world changes, and the data say so truly: six shifts of inputs, outcomes or their relation.

`longer_network`, `weekend` and `prior_shift` draw the flights anew: some go, others come twice.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from utils.drift.simulate.span import begin, by_group, is_in
from utils.drift.simulate.truth import Drifted, When, as_severity, check_share
from utils.errors import CourseError
from utils.flights import LATE_AFTER
from utils.given import is_number

# Those that fly under the big airlines' brands: ExpressJet, Envoy, Endeavor.
REGIONAL = ["EV", "MQ", "9E"]
UNSEEN = "ZZ"

# Local hours of departure: from the first up to, and without, the second.
FURLOUGH_HOURS = (7, 21)
MORNING = (5, 11)
EVENING_PEAK = (16, 21)
EVENING = (17, 24)


def longer_network(
    flights: pd.DataFrame, when: When, rng: np.random.Generator, tilt: float = 0.15
) -> Drifted:
    """The airlines fly ever farther; with a ramp, each day a little more.

    Covariate shift of `distance`: the flights of each day are drawn anew with weights exp(s·z).
    Here z is the distance in standard deviations from the mean of the table, and s is `tilt` (above
    0, at most 3) times that day's severity. Each day keeps its number of flights, and
    P(late | inputs) stays, since flights are drawn whole and whatever became of them. What goes
    with the distance, such as the carrier, drifts along.
    """
    if not is_number(tilt) or not 0 < tilt <= 3:
        raise CourseError(f"`tilt` is {tilt!r}: give standard deviations, above 0 and at most 3.")
    span = begin(flights, when, rng, numbers=["distance"])
    distance = flights["distance"].to_numpy().astype(np.float64)
    spread = np.nanstd(distance)
    if not spread > 0:
        raise CourseError(
            "Every flight has the same `distance`, so none is longer than others: load more weeks."
        )
    z = np.nan_to_num((distance - np.nanmean(distance)) / spread)
    weights = span.per_day(np.exp(tilt * span.daily_severity() * z))
    return span.redrawn("longer_network", "covariate shift", ["distance"], weights, span.days, rng)


def new_carrier(
    flights: pd.DataFrame, when: When, rng: np.random.Generator, share: float = 0.25
) -> Drifted:
    """Regional airlines found a new brand, whose code ZZ nobody has ever seen.

    Covariate shift: `carrier` becomes "ZZ" for each flight of EV, MQ and 9E with the probability
    severity × share. Everything else about the flights stays.
    """
    check_share("share", share)
    span = begin(flights, when, rng, text=["carrier"])
    carrier = flights["carrier"].array
    at = np.flatnonzero(span.draw(share, rng))
    # Text is slow, so only the rows that were drawn are looked at.
    at = at[is_in(carrier.take(at), REGIONAL)]
    if not len(at):
        span.need(is_in(carrier, REGIONAL), f"flight whose `carrier` is one of {REGIONAL}")
    return span.changed("new_carrier", "covariate shift", at, {"carrier": UNSEEN})


def weekend(
    flights: pd.DataFrame, when: When, rng: np.random.Generator, share: float = 0.7
) -> Drifted:
    """A weekend timetable: on Saturdays and Sundays fewer flights leave in the evening.

    Covariate shift of `hour` that recurs each weekend (or on the weekdays that `when` names): the
    flights of each such day are drawn anew, with the weight 1 - severity × share for those that
    leave from 17 h on, so others of that day take their places. Each day keeps its number of
    flights, and P(late | inputs) stays.
    """
    check_share("share", share)
    when = as_severity(when)
    when = when if when.weekdays else replace(when, weekdays=["Sat", "Sun"])
    span = begin(flights, when, rng, floats=["hour"])
    evening = span.between(*EVENING)
    span.need(evening, f"flight that leaves (`sched_dep`) at {EVENING[0]} h or later")
    weights = span.per_day(np.where(evening, 1 - span.daily_severity() * share, 1.0))
    return span.redrawn("weekend", "covariate shift", ["hour"], weights, span.days, rng)


def prior_shift(
    flights: pd.DataFrame, when: When, rng: np.random.Generator, late_share: float = 0.13
) -> Drifted:
    """A calm September: fewer flights are late, and those that are look like late flights ever did.

    Label shift of `late`, and `arr_delay` with it: flights with an outcome are drawn anew, so that
    the share of late ones among them goes to `late_share`, in proportion to the severity. All late
    flights have one weight, and all others have one, so P(inputs | late) stays. The number of
    flights of a day cannot stay then: bad days have more late flights, so they lose some, and calm
    days gain. Flights without an outcome stay as they are.
    """
    check_share("late_share", late_share)
    span = begin(flights, when, rng, ["late", "arr_delay"])
    late = flights["late"].to_numpy()
    span.need(late == 1, "late flight (`late` is 1)")
    span.need(late == 0, "flight on time (`late` is 0)")
    known = span.inside & ~np.isnan(late)
    now = late[known].mean()
    aim = now + span.severity * (late_share - now)
    weights = np.where(late == 1, aim / now, (1 - aim) / (1 - now))
    weights = np.where(known, weights * known.sum() / weights[known].sum(), 1.0)
    # Drawn class by class, so that the aim is met to the flight.
    key = np.where(known, late, -1.0)
    return span.redrawn("prior_shift", "label shift", ["late", "arr_delay"], weights, key, rng)


def furlough(
    flights: pd.DataFrame, when: When, rng: np.random.Generator, share: float = 0.22
) -> Drifted:
    """Air-traffic controllers are sent on leave, and flights that would have been on time are late.

    Concept drift: each flight on time that leaves between 7 and 21 h becomes late with the
    probability severity × share. Its `late` becomes 1, and its `arr_delay` is drawn from the delays
    of the flights in the table that are late anyway. No input changes.
    """
    check_share("share", share)
    span = begin(flights, when, rng, ["late", "arr_delay"])
    delay = flights["arr_delay"].to_numpy()
    eligible = (flights["late"].to_numpy() == 0) & span.between(*FURLOUGH_HOURS)
    span.need(eligible, "flight on time (`late` is 0) between 7 and 21 h")
    late_anyway = np.flatnonzero(delay > LATE_AFTER)
    if not len(late_anyway):
        raise CourseError(
            f"No flight in the table is late (`arr_delay` above {LATE_AFTER}), so there is no "
            "delay to draw from: load more weeks."
        )
    at = np.flatnonzero(span.draw(share, rng) & eligible)
    outcome = {"late": 1.0, "arr_delay": delay[rng.choice(late_anyway, len(at))]}
    return span.changed("furlough", "concept drift", at, outcome)


def slot_rules(
    flights: pd.DataFrame, when: When, rng: np.random.Generator, share: float = 0.8
) -> Drifted:
    """New slot rules protect the evening peak, and the mornings pay for it.

    Concept drift without a change of the base rate: a late flight of the evening peak (16 to 21 h)
    and a flight of the same day's morning (5 to 11 h) that was on time exchange their `late` and
    `arr_delay`. So each day keeps exactly the values of both columns, and no input changes. Each
    late flight of the peak is protected with the probability severity × share, as long as the
    morning has a flight left to pay.
    """
    check_share("share", share)
    span = begin(flights, when, rng, ["late", "arr_delay"])
    late = flights["late"].to_numpy()
    peak = (late == 1) & span.between(*EVENING_PEAK)
    morning = (late == 0) & span.between(*MORNING)
    span.need(peak, "late flight (`late` is 1) between 16 and 21 h")
    span.need(morning, "flight on time (`late` is 0) between 5 and 11 h")
    protected = by_group(span.draw(share, rng) & peak, span.days)
    payers = by_group(span.inside & morning, span.days)
    source = np.arange(len(flights))
    for day in sorted(protected.keys() & payers.keys()):
        pairs = min(len(protected[day]), len(payers[day]))
        evening, early = (rng.permutation(rows[day])[:pairs] for rows in (protected, payers))
        source[evening], source[early] = early, evening
    at = np.flatnonzero(source != np.arange(len(flights)))
    outcome = {column: flights[column].to_numpy()[source[at]] for column in ("late", "arr_delay")}
    return span.changed("slot_rules", "concept drift", at, outcome)
