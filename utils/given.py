"""Look at what a caller gave, and say in a sentence what to give instead; for all floors."""

from collections.abc import Iterable
from numbers import Integral, Real

import numpy as np
import pandas as pd

from utils.errors import CourseError

# What `kind_of` makes of a column of Python objects, by pandas' word for its values.
_KINDS_OF_OBJECTS = {
    "string": "category",
    "boolean": "boolean",
    "interval": "category",
    "empty": "category",
    "integer": "number",
    "floating": "number",
    "mixed-integer-float": "number",
    "decimal": "number",
    **dict.fromkeys(
        ("date", "datetime", "datetime64", "timedelta", "timedelta64", "time", "period"), "time"
    ),
}


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


def a_table(
    whose: str, table, columns: Iterable[str], hint: str = "", *, lacks: str = "lack the column"
) -> None:
    """Raise CourseError unless `table` is a DataFrame that has each of these columns once.

    `whose` begins the sentence ("The flights"), `lacks` goes on with it where a column is missing,
    and `hint` ends it.
    """
    if not isinstance(table, pd.DataFrame):
        raise CourseError(f"{whose} should be a table (a DataFrame), not a {_type(table)}.")
    for column in columns:
        if not (times := list(table.columns).count(column)):
            hint = hint or "Did the feed stop sending it, or was it renamed?"
            raise CourseError(f"{whose} {lacks} `{column}`. {hint}")
        if times > 1:
            has = "has" if lacks.startswith("has") else "have"
            raise CourseError(f"{whose} {has} the column `{column}` {_times(times)}: drop one.")


def kind_of(column: pd.Series) -> str:
    """Return what a column holds: "number", "boolean", "category", "time" or "other".

    This decides for all helpers how a column is read, whatever library its type comes from.
    Categories are texts, intervals, and whatever has the type `category`. Missing and infinite
    values of a column of Python objects have no say. "other" is what no helper can read: lists in
    the cells, texts and numbers mixed, complex numbers.
    """
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        # Whoever made numbers or flags categories has said what they are; a time stays a time.
        return "time" if kind_of(dtype.categories.to_series()) == "time" else "category"
    if pd.api.types.is_bool_dtype(dtype):
        return "boolean"
    if pd.api.types.is_complex_dtype(dtype):
        return "other"
    if pd.api.types.is_numeric_dtype(dtype):
        return "number"
    if _is_time(dtype):
        return "time"
    if isinstance(dtype, pd.IntervalDtype) or _is_text(dtype):
        return "category"
    if pd.api.types.is_object_dtype(dtype):
        return _KINDS_OF_OBJECTS.get(_values(without_gaps(column)), "other")
    return "other"


def without_gaps(column: pd.Series) -> pd.Series:
    """Return a column without its missing and infinite values, as Evidently leaves them out."""
    dtype = column.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "biu":
        return column
    if isinstance(dtype, np.dtype) and dtype.kind == "f":
        finite = np.isfinite(column.to_numpy())
        return column if finite.all() else column[finite]
    there = column.notna().to_numpy()
    if pd.api.types.is_object_dtype(dtype):
        there = there & np.array([not _is_infinite(value) for value in column], dtype=bool)
    elif isinstance(dtype, pd.CategoricalDtype) or pd.api.types.is_numeric_dtype(dtype):
        there = there & ~column.isin([np.inf, -np.inf]).to_numpy(dtype=bool)
    return column if there.all() else column[there]


def said_of(column: pd.Series) -> str:
    """Say what a column holds that cannot be read as it is, and how to convert it."""
    values = without_gaps(column)
    kind = kind_of(column)
    if kind == "boolean":
        return 'booleans: convert them with `.astype("float64")`, if True is to count as 1'
    if kind == "time":
        return (
            "times, of which each would be a category of its own: compare a part of them, such as "
            "`.dt.hour` or `.dt.dayofweek` (of durations `.dt.total_seconds()`), after "
            "`pd.to_datetime` where they are Python objects"
        )
    if column.dtype == object and kind == "number" and _stays_an_object(values):
        return 'whole numbers too long for numpy: convert them with `.astype("float64")`'
    if column.dtype == object and kind == "number":
        return "Python objects (dtype object) for numbers: convert it with `pd.to_numeric`"
    if kind == "category":
        return _said_of_categories(values)
    types = sorted({_type(value) for value in values[:1_000]})
    if set(types) & {"list", "dict", "set", "tuple", "ndarray"}:
        return f"a {types[0]} in its cells: take out of each what is to be compared, `.str.len()`"
    if len(types) > 1:
        return (
            f"values of several types ({', '.join(types[:3])}): make all of them text with "
            '`.astype("str")`, or numbers with `pd.to_numeric(..., errors="coerce")`'
        )
    if len(values) and all(isinstance(value, Real) for value in values):
        return f'values of the type {types[0]}: convert them with `.astype("float64")`'
    return f"values of the type {types[0] if types else column.dtype}, which cannot be compared"


def _stays_an_object(values: pd.Series) -> bool:
    """Tell whether `pd.to_numeric` would hand back Python's objects."""
    return pd.to_numeric(values).dtype == object


def _said_of_categories(values: pd.Series) -> str:
    """Name what converts text and the like; the advice is one that works."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        labels = values.cat.categories.to_series()
        if kind_of(labels) in ("number", "boolean"):
            return 'numbers as categories: convert it with `.astype("float64")`'
        values = labels
    if isinstance(values.dtype, pd.IntervalDtype) or _values(values) == "interval":
        return "intervals: compare the numbers themselves, before `pd.cut`"
    numbers = pd.to_numeric(values.astype("str"), errors="coerce")
    if len(values) and numbers.notna().all():
        return "text: convert it with `pd.to_numeric`"
    if numbers.notna().any():
        strange = values[numbers.isna()].iloc[0]
        return (
            f"text, and not all of it is a number, as {strange!r} is not: convert it with "
            '`pd.to_numeric(..., errors="coerce")`, which makes NaN of the rest'
        )
    return "text"


def _values(column: pd.Series) -> str:
    return pd.api.types.infer_dtype(column, skipna=True)


def _is_time(dtype) -> bool:
    if isinstance(dtype, pd.ArrowDtype):
        return _arrow_kind(dtype) == "time"
    return isinstance(dtype, (pd.DatetimeTZDtype, pd.PeriodDtype)) or dtype.kind in "mM"


def _is_text(dtype) -> bool:
    if isinstance(dtype, pd.ArrowDtype):
        return _arrow_kind(dtype) == "text"
    return isinstance(dtype, pd.StringDtype)


def _arrow_kind(dtype: pd.ArrowDtype) -> str:
    # Whoever has such a column has imported pyarrow already.
    import pyarrow as pa

    found = dtype.pyarrow_dtype
    if pa.types.is_dictionary(found):
        found = found.value_type
    if pa.types.is_temporal(found):
        return "time"
    is_text = (pa.types.is_string, pa.types.is_large_string, pa.types.is_null)
    return "text" if any(test(found) for test in is_text) else "other"


def _is_infinite(value) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and abs(value) == np.inf


def _type(value) -> str:
    return type(value).__name__


def _times(number: int) -> str:
    return "twice" if number == 2 else f"{number} times"
