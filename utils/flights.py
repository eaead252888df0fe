"""Load the flights, and name what the course calls their parts.

`load_flights` gives one row a scheduled flight, in the order of scheduled departure. The columns
and their units stand in `data/README.md`.
"""

import functools
import hashlib

import pandas as pd

from utils.errors import CourseError
from utils.given import is_whole
from utils.paths import DATA

# ISO weeks of 2013, as (first, last).
TRAINING = (1, 9)
REFERENCE = (10, 13)
PRODUCTION = (14, 52)

WEATHER = ["temp", "humid", "wind_speed", "precip", "visib", "pressure"]
NUMERICAL = ["hour", "distance", *WEATHER]
CATEGORICAL = ["carrier", "origin", "weekday"]
FEATURES = NUMERICAL + CATEGORICAL

WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

# A flight counts as late when it arrives more than this many minutes after schedule.
LATE_AFTER = 15

# Week 1 of 2013 begins on the last Monday of 2012.
_FIRST_MONDAY = pd.Timestamp("2012-12-31")


def load_flights(first_week: int = 1, last_week: int = 52) -> pd.DataFrame:
    """Return the flights of ISO weeks `first_week` to `last_week` of 2013, both included.

    Beside the columns of the file there are four that are derived: `week` (ISO week), `weekday`
    ("Mon" to "Sun"), `hour` (scheduled, local, decimal: 17.5 is half past five) and `late` (1.0
    when the flight arrived more than 15 minutes late, 0.0 when not, NaN when it never arrived:
    cancelled or diverted).

    >>> reference = load_flights(*REFERENCE)

    Raises CourseError when the weeks are not in the data, or the file is missing or damaged.
    """
    for name, week in {"first_week": first_week, "last_week": last_week}.items():
        if not is_whole(week):
            raise CourseError(
                f"`{name}` is {week!r}: give two whole numbers, load_flights(*REFERENCE) with the "
                "star, or load_flights(10, 13)."
            )
    if not 1 <= first_week <= last_week <= 52:
        raise CourseError(
            f"There are no weeks {first_week} to {last_week} in the data: give a first and a "
            "last ISO week of 2013 with 1 <= first <= last <= 52."
        )
    flights = _read().copy()
    week = (flights["sched_dep"] - _FIRST_MONDAY).dt.days // 7 + 1
    wanted = week.between(first_week, last_week)
    flights = flights[wanted].reset_index(drop=True)
    departure = flights["sched_dep"].dt
    weekday = departure.dayofweek.map(dict(enumerate(WEEKDAYS))).astype("str")
    return flights.assign(
        week=week[wanted].to_numpy(),
        weekday=weekday,
        hour=departure.hour + departure.minute / 60,
        late=is_late(flights["arr_delay"]),
    )


def is_late(arr_delay: pd.Series) -> pd.Series:
    """Turn minutes of arrival delay into 1.0 (late), 0.0 (not late), NaN (never arrived)."""
    return (arr_delay > LATE_AFTER).astype("float64").where(arr_delay.notna())


@functools.cache
def _read() -> pd.DataFrame:
    path = DATA / "flights.parquet"
    restore = f"Restore it with: git checkout -- data/{path.name}"
    try:
        content = path.read_bytes()
        expected = (DATA / "SHA256SUMS").read_text(encoding="utf-8").split()[0]
    except (OSError, IndexError, UnicodeDecodeError) as error:
        raise CourseError(f"The flights cannot be read ({error}). {restore}") from None
    if hashlib.sha256(content).hexdigest() != expected:
        raise CourseError(
            f"data/{path.name} is not the file that this course was written for: it is damaged, "
            f"cut short or changed. {restore}"
        )
    return pd.read_parquet(path)
