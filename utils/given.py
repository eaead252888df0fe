"""Look at what a caller gave, and say in a sentence what to give instead; for all floors."""

from numbers import Integral, Real

import numpy as np
import pandas as pd

from utils.errors import CourseError


def is_number(value) -> bool:
    """Tell whether it is one number, of Python or numpy, and neither infinite nor missing."""
    # To Python, True is a number, and to numpy a duration is a whole one.
    if isinstance(value, (bool, np.timedelta64)) or not isinstance(value, Real):
        return False
    return -np.inf < value < np.inf


def is_whole(value) -> bool:
    """Tell whether it is one whole number, of Python or numpy; 2.0 is none."""
    return is_number(value) and isinstance(value, Integral)


def a_number(name: str, value, low: float, high: float) -> None:
    """Raise CourseError unless `value`, the argument `name`, is a number from `low` to `high`."""
    if not is_number(value) or not low <= value <= high:
        raise CourseError(f"`{name}` is {value!r}: give a number from {low:,} to {high:,}.")


def a_whole_number(name: str, value, low: int, high: int) -> None:
    """Raise CourseError unless `value`, the argument `name`, is whole and from `low` to `high`."""
    if not is_whole(value) or not low <= value <= high:
        raise CourseError(f"`{name}` is {value!r}: give a whole number from {low:,} to {high:,}.")


def a_moment(name: str, value, what: str) -> pd.Timestamp:
    """Return a time without a zone; CourseError with `what` to give when it is none.

    A bare number is none: pandas would take it for nanoseconds since 1970.
    """
    try:
        moment = pd.NaT if is_number(value) else pd.Timestamp(value)
    except (ValueError, TypeError):
        moment = pd.NaT
    if moment is pd.NaT or moment.tzinfo is not None:
        raise CourseError(f"`{name}` is {value!r}: give {what}.")
    return moment
