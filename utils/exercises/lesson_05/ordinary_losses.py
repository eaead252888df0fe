"""Log losses of days and weeks: of the reference, of production, and of possible weeks."""

from functools import cache

import numpy as np

from utils.flights import load_flights

RUN = 3
MONTHS = {"week": 52 / 12, "day": 365 / 12}


@cache
def known():
    """Return the flights from week 10 on whose outcome is known, with the loss of each."""
    # Importing scikit-learn takes a second, so only who needs it waits for it.
    from utils import model

    flights = load_flights(10, 52)
    flights = flights.assign(p=model.predict(model.train(), flights)).dropna(subset="late")
    return flights.assign(
        loss=-np.log(np.where(flights["late"] == 1, flights["p"], 1 - flights["p"]))
    )


@cache
def losses(every):
    """Return the mean losses of days or weeks by time, and the week that each belongs to."""
    flights = known()
    by = flights["week"] if every == "week" else flights["sched_dep"].dt.normalize()
    grouped = flights.groupby(by)
    return grouped["loss"].mean(), grouped["week"].first()


@cache
def ordinary(every, run=RUN, seed=1):
    """Return losses of ordinary days (the 28 of the reference), or of possible weeks.

    A possible week is seven days of the reference, drawn in runs of `run` days (a run that reaches
    the end goes on at the beginning), so that bad days that come together stay together.
    """
    loss, week = losses("day")
    if every == "day":
        return loss[week <= 13].to_numpy()
    quiet = known().query("week <= 13")
    days = quiet.groupby(quiet["sched_dep"].dt.date)["loss"].agg(["sum", "size"]).to_numpy()
    starts = np.random.default_rng(seed).integers(0, len(days), (20_000, -(-7 // run), 1))
    drawn = ((starts + np.arange(run)) % len(days)).reshape(20_000, -1)[:, :7]
    sums = days[drawn].sum(axis=1)
    return sums[:, 0] / sums[:, 1]


@cache
def textbook():
    """Return the limit of somebody who takes all flights for independent."""
    loss = known().query("week <= 13")["loss"]
    return loss.mean() + 3 * loss.std() / np.sqrt(len(loss) / 4)
