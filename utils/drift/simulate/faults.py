"""The data lie: six faults on the way from the airport to the model, while the world stays."""

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from utils.drift.simulate.span import Span, begin, by_group, is_in
from utils.drift.simulate.truth import Drifted, When, check_share
from utils.errors import CourseError
from utils.flights import NUMERICAL, WEATHER
from utils.given import is_number

KIND = "data fault"

# What a careless client says when it knows nothing: miles, inches an hour, miles an hour.
FINE_WEATHER = {"visib": 10.0, "precip": 0.0, "wind_speed": 0.0}


def unit_change(
    flights: pd.DataFrame, when: When, rng: np.random.Generator, origins: Sequence[str] = ()
) -> Drifted:
    """A weather station gets new firmware, and reports Celsius.

    Data fault: `temp` goes from Fahrenheit to Celsius, at these `origins` or, when none are named,
    at all. A reading is touched with the probability severity, so a ramp makes a gradual drift:
    old and new readings alternate. Missing readings stay missing.
    """
    if isinstance(origins, str) or not isinstance(origins, Collection):
        raise CourseError(f'`origins` is {origins!r}: give a list of airports, ["EWR"].')
    # An array would be neither true nor false.
    origins = list(origins)
    span = begin(flights, when, rng, ["temp"], ["origin"] if len(origins) else [])
    temp = flights["temp"].to_numpy()
    eligible = ~np.isnan(temp)
    if len(origins):
        eligible &= is_in(flights["origin"].array, origins)
    span.need(eligible, "`temp`" + (f" with an `origin` of {origins}" if origins else ""))
    at = np.flatnonzero(span.draw(1, rng) & eligible)
    return span.changed("unit_change", KIND, at, {"temp": (temp[at] - 32) / 1.8})


def utc_hour(flights: pd.DataFrame, when: When, rng: np.random.Generator) -> Drifted:
    """A release of the booking system sends the scheduled hour in UTC.

    Data fault: `hour` is 5 later, 4 in summer time, and from 24 on starts again at 0, as a clock
    does; so every value stays plausible. `weekday` stays the local one. A flight is touched with
    the probability severity: under a ramp, ever more clients have the release.
    """
    span = begin(flights, when, rng, ["hour"])
    hour = flights["hour"].to_numpy()
    eligible = ~np.isnan(hour)
    span.need(eligible, "`hour`")
    at = np.flatnonzero(span.draw(1, rng) & eligible)
    utc = hour[at] + _hours_behind_utc(span)[at]
    np.subtract(utc, 24, out=utc, where=utc >= 24)
    return span.changed("utc_hour", KIND, at, {"hour": utc})


def missing_feed(
    flights: pd.DataFrame,
    when: When,
    rng: np.random.Generator,
    share: float = 0.3,
    column: str = "visib",
) -> Drifted:
    """The feed of the visibility (or of another numerical `column`) falls silent now and then.

    Data fault: the column becomes NaN where it had a value, with the probability severity × share.
    The values that are left do not change.
    """
    check_share("share", share)
    if column not in NUMERICAL:
        raise CourseError(f"`column` is {column!r}: choose one of {NUMERICAL}.")
    span = begin(flights, when, rng, [column])
    eligible = flights[column].notna().to_numpy()
    span.need(eligible, f"`{column}`")
    at = np.flatnonzero(span.draw(share, rng) & eligible)
    return span.changed("missing_feed", KIND, at, {column: np.nan})


def default_fill(
    flights: pd.DataFrame, when: When, rng: np.random.Generator, share: float = 0.3
) -> Drifted:
    """The weather feed falls silent now and then, and a client fills the gaps with fine weather.

    Data fault: `visib` becomes 10 miles, `precip` 0 and `wind_speed` 0, all three together, with
    the probability severity × share. Rows that had just these values count as touched, too.
    """
    check_share("share", share)
    span = begin(flights, when, rng, list(FINE_WEATHER))
    at = np.flatnonzero(span.draw(share, rng))
    return span.changed("default_fill", KIND, at, FINE_WEATHER)


def one_sensor(
    flights: pd.DataFrame,
    when: When,
    rng: np.random.Generator,
    origin: str = "EWR",
    mph: float = 8.0,
) -> Drifted:
    """The anemometer of one airport (Newark) reads too high; the others are right.

    Data fault: `wind_speed` is severity × `mph` too high in every row of that `origin`. So a ramp
    makes an incremental drift: the level itself moves. Nothing is drawn from `rng`.
    """
    if not is_number(mph) or mph == 0:
        raise CourseError(f"`mph` is {mph!r}: give the error of the reading in mph, not 0.")
    span = begin(flights, when, rng, ["wind_speed"], ["origin"])
    wind = flights["wind_speed"].to_numpy()
    eligible = ~np.isnan(wind) & is_in(flights["origin"].array, [origin])
    span.need(eligible, f"`wind_speed` with the `origin` {origin!r}")
    at = np.flatnonzero(eligible & (span.severity > 0))
    return span.changed("one_sensor", KIND, at, {"wind_speed": wind[at] + span.severity[at] * mph})


def wrong_join(flights: pd.DataFrame, when: When, rng: np.random.Generator) -> Drifted:
    """A join on the wrong key hands each flight the weather of another flight of its week.

    Data fault that only the joint distribution shows: `temp`, `humid`, `wind_speed`, `precip`,
    `visib` and `pressure` move together, as one block, so in each week (Monday to Sunday) every
    column keeps exactly its values. A flight is touched with the probability severity, unless it
    finds nobody in its week to exchange with.
    """
    span = begin(flights, when, rng, WEATHER)
    weeks = span.days // 7
    if np.unique(weeks[span.inside], return_counts=True)[1].max() < 2:
        raise CourseError(
            "No week has two flights while the drift is there, so no weather (`temp` and the "
            "others) can be exchanged: load more weeks, or choose an earlier onset."
        )
    source = np.arange(len(flights))
    for rows in by_group(span.draw(1, rng), weeks).values():
        # In a circle of random order nobody keeps his own.
        circle = rng.permutation(rows)
        source[circle] = np.roll(circle, 1)
    at = np.flatnonzero(source != np.arange(len(flights)))
    weather = {column: flights[column].to_numpy()[source[at]] for column in WEATHER}
    return span.changed("wrong_join", KIND, at, weather)


def _hours_behind_utc(span: Span) -> np.ndarray:
    """Return by how many hours New York is behind UTC at each departure: 5, in summer time 4."""
    # The zone is asked once for each hour of the calendar: for each flight it would take seconds.
    local = pd.date_range(span.monday, periods=span.hours.max() + 1, freq="h")
    # The hour that comes twice in November counts as summer time; the one that is missing in
    # March does not occur.
    zoned = local.tz_localize(
        "America/New_York", ambiguous=np.ones(len(local), dtype=bool), nonexistent="shift_forward"
    )
    utc = zoned.tz_convert("UTC").tz_localize(None)
    behind = (utc - local) // pd.Timedelta(hours=1)
    return behind.to_numpy(dtype=np.int8)[span.hours]
