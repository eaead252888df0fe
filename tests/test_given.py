"""What counts as a number or a time, whoever asks."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pyarrow as pa
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


TIMES = pd.Series(pd.date_range("2013-05-06", periods=3))


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (pd.Series([1, 2]), "number"),
        (pd.Series([1.5, np.inf], dtype="Float64"), "number"),
        (pd.Series([1, None], dtype="int64[pyarrow]"), "number"),
        (pd.Series([Decimal("1.5"), None], dtype=object), "number"),
        (pd.Series([1, 2.5, np.nan], dtype=object), "number"),
        (pd.Series([True, False]), "boolean"),
        (pd.Series([True, None], dtype="boolean"), "boolean"),
        (pd.Series([True, None], dtype=object), "boolean"),
        (pd.Series(["a", None]), "category"),
        (pd.Series(["a", None], dtype=pd.ArrowDtype(pa.string())), "category"),
        (pd.Series(["a", np.inf, np.nan], dtype=object), "category"),
        (pd.Series([1, 2], dtype="category"), "category"),
        (pd.cut(pd.Series([1.0, 2.0]), 2), "category"),
        (TIMES, "time"),
        (TIMES.dt.tz_localize("UTC"), "time"),
        (TIMES - TIMES[0], "time"),
        (TIMES.dt.to_period("D"), "time"),
        (TIMES.dt.date, "time"),
        (TIMES.astype("category"), "time"),
        (TIMES.astype("date32[pyarrow]"), "time"),
        (pd.Series(["a", 1]), "other"),
        (pd.Series([True, 1], dtype=object), "other"),
        (pd.Series([[1], [2]]), "other"),
        (pd.Series([b"a"]), "other"),
        (pd.Series([1j]), "other"),
    ],
)
def test_kinds(column, kind):
    assert given.kind_of(column) == kind
    # Whatever cannot be read as numbers is told with what to do.
    assert given.said_of(column)


@pytest.mark.parametrize("dtype", ["float64", "Float64", "category", object])
def test_gaps_are_missing_and_infinite_values(dtype):
    column = pd.Series([1.0, np.nan, np.inf, -np.inf, 2.0], dtype=dtype)
    assert given.without_gaps(column).tolist() == [1, 2]
    assert len(given.without_gaps(pd.Series([], dtype=dtype))) == 0


def test_what_to_do_with_numbers_of_python_works():
    for values in ([10**30, 2], [Fraction(1, 3), Fraction(1)]):
        column = pd.Series(values, dtype=object)
        assert '`.astype("float64")`' in given.said_of(column)
        assert given.kind_of(column.astype("float64")) == "number"
    for values in ([Decimal("1.5")], [1, 2.5], [1, None]):
        column = pd.Series(values, dtype=object)
        assert "`pd.to_numeric`" in given.said_of(column)
        assert pd.to_numeric(column).dtype != object


def test_tables_with_each_column_once():
    table = pd.DataFrame({"temp": [1.0]})
    given.a_table("The flights", table, ["temp"])
    for value, columns, says in (
        ([1], ["temp"], "The flights should be a table"),
        (table, ["temp", "visib"], "The flights lack the column `visib`. Did the feed"),
        (pd.concat([table, table, table], axis=1), ["temp"], "have the column `temp` 3 times"),
    ):
        with pytest.raises(CourseError, match=says):
            given.a_table("The flights", value, columns)
