"""What counts as a number or a time, whoever asks."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from utils import given
from utils.errors import CourseError


@pytest.mark.parametrize("value", [2, 2.5, -1, np.int64(2), np.float32(2), Fraction(1, 2), 10**400])
def test_numbers(value):
    assert given.is_number(value)


@pytest.mark.parametrize(
    "value",
    [True, np.True_, "2", None, np.inf, np.nan, 2j, [2], np.array([2]), np.timedelta64(2, "D")],
)
def test_what_is_no_number(value):
    assert not given.is_number(value)
    for check in (given.a_number, given.a_whole_number):
        with pytest.raises(CourseError, match=r"`x` is .*: give a (whole )?number from 0 to 9\."):
            check("x", value, 0, 9)


def test_whole_numbers_and_limits():
    for check in (given.a_number, given.a_whole_number):
        check("x", 0, 0, 1_000)
        check("x", np.int8(100), 0, 1_000)
        with pytest.raises(CourseError, match=r"`x` is -1: .* from 0 to 1,000\."):
            check("x", -1, 0, 1_000)
    given.a_number("x", 2.5, 0, 9)
    with pytest.raises(CourseError, match="whole"):
        given.a_whole_number("x", 2.0, 0, 9)


def test_moments():
    wanted = pd.Timestamp("2013-05-06")
    for value in ("2013-05-06", wanted, wanted.date(), np.datetime64("2013-05-06")):
        assert given.a_moment("x", value, "a time") == wanted
    for value in ("noon?", None, pd.NaT, 5, np.nan, [wanted], "2013-05-06T00:00Z"):
        with pytest.raises(CourseError, match=r"`x` is .*: give a time"):
            given.a_moment("x", value, "a time")
