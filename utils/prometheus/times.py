"""Times and durations as Prometheus wants them, from what a person writes."""

import re
from datetime import UTC, datetime

import pandas as pd

from utils.errors import CourseError
from utils.given import is_number

_UNITS = ("y", "w", "d", "h", "m", "s", "ms")
_DURATION = re.compile("".join(rf"(?:\d+{unit})?" for unit in _UNITS))
# A local time this near to the present is the present, said in the wrong zone.
_JUST_NOW = pd.Timedelta(1, "min")


def now() -> pd.Timestamp:
    """Return the time in UTC without a zone, as all tables of this wing have it."""
    return pd.Timestamp(datetime.now(UTC)).tz_localize(None)


def seconds(moment, zone: str = "UTC") -> float:
    """Return seconds since 1970 of a time: text, a Timestamp, or already seconds.

    A time without a zone is taken as it stands. One with a zone is converted to `zone`, whose
    clock the server's times are of: UTC, but for a stored history that is told in another one.

    Raises CourseError for what is no time, and for the present as another zone's clock tells it.
    """
    if is_number(moment):
        return float(moment)
    # pandas reads these words as the present, by the clock of this machine's zone.
    words = isinstance(moment, str) and moment.strip().lower() in ("now", "today")
    try:
        time = pd.NaT if words else pd.Timestamp(moment)
    except (ValueError, TypeError):
        time = pd.NaT
    if time is pd.NaT:
        raise CourseError(
            f'`{moment!r}` is no time: write it like "2013-05-06 14:00", in UTC. The present is '
            "`prometheus.now()`."
        )
    if time.tzinfo is not None:
        time = time.tz_convert(zone).tz_localize(None)
    elif _is_local_present(time):
        raise CourseError(
            f"`{moment!r}` is the present by this machine's clock, and times here are UTC. Write "
            "`prometheus.now()`."
        )
    return time.tz_localize(UTC).timestamp()


def a_duration(name: str, value) -> str:
    """Return a duration ("15s", "1h30m", or a number of seconds) as Prometheus reads it.

    Raises CourseError when it is none; `name` is that of the argument.
    """
    if is_number(value) and value > 0:
        return f"{round(value * 1000)}ms"
    text = value.strip() if isinstance(value, str) else ""
    if text and _DURATION.fullmatch(text) and re.search("[1-9]", text):
        return text
    raise CourseError(
        f"`{name}` is {value!r}: write a duration, a whole number and its unit without a space "
        '("15s", "5m", "1h30m").'
    )


def _is_local_present(time: pd.Timestamp) -> bool:
    here = datetime.now().astimezone()
    return (
        bool(here.utcoffset()) and abs(time - pd.Timestamp(here.replace(tzinfo=None))) < _JUST_NOW
    )
