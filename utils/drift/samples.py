"""Read two samples of a column: as numbers, or as counts of categories.

Here is decided what each measure gets to see: missing and infinite values are left out, and what
cannot be compared is refused in a sentence (CourseError).
"""

import numpy as np
import pandas as pd

from utils import given
from utils.errors import CourseError
from utils.given import kind_of, without_gaps

# Of numbers with at most so many different values, Evidently makes one bin each.
FEW_VALUES = 20

_SAMPLES = ("reference", "current")


def both_numbers(reference, current) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of both samples."""
    read = []
    columns = _columns(reference, current)
    for column, which in zip(columns, _SAMPLES, strict=True):
        if not _is_plain(column):
            _refuse_nothing(without_gaps(column), column, columns, which)
            raise CourseError(
                f"{_name(columns)} holds no numbers in the {which} sample, but "
                f"{given.said_of(column)}. {_INSTEAD.get(kind_of(column), '')}".strip()
            )
        # Nullable types hold their missing values apart from their numbers.
        plain = isinstance(column.dtype, np.dtype)
        values = without_gaps(column if plain else column.astype("float64"))
        _refuse_nothing(values, column, columns, which)
        read.append(np.asarray(values))
    return read[0], read[1]


def counts(reference, current) -> tuple[np.ndarray, np.ndarray]:
    """Count both samples over the categories that either has."""
    columns = _columns(reference, current)
    one, other = (
        _counted(column, columns, which) for column, which in zip(columns, _SAMPLES, strict=True)
    )
    for found, column, which in zip((one, other), columns, _SAMPLES, strict=True):
        most = max(len(one), len(other))
        if what := _said_of_no_categories(column, list(found), most):
            raise CourseError(
                f"{_name(columns)} cannot be counted: the {which} sample holds {what}."
            )
    _refuse_different(list(one), list(other), columns)
    labels = dict.fromkeys([*one, *other])
    r, c = (np.array([found.get(label, 0) for label in labels], float) for found in (one, other))
    return r, c


def are_numbers(reference, current) -> bool:
    """Tell whether both samples are to be compared as numbers, and not counted."""
    first, second = _columns(reference, current)
    if not _is_plain(first):
        return False
    if _is_plain(second) or kind_of(second) in ("time", "other"):
        return True
    # Of numbers that one side keeps as a category, the labels are equal; of anything else not.
    return _what(list(without_gaps(second).unique())) != "numbers"


def _is_plain(column: pd.Series) -> bool:
    return column.dtype != object and kind_of(column) == "number"


_INSTEAD = {
    "category": "If it holds categories, use `chi_square_two_sample`, `jensen_shannon` or `psi`.",
    "boolean": "Or use `chi_square_two_sample`, `jensen_shannon` or `psi`, which count them.",
}


def _columns(reference, current) -> list[pd.Series]:
    """Return each sample as a Series: of a list, an array, or a table of one column, too."""
    columns = []
    for sample, which in zip((reference, current), _SAMPLES, strict=True):
        column = sample
        if isinstance(sample, pd.DataFrame) and len(sample.columns) == 1:
            column = sample.iloc[:, 0]
        if not isinstance(column, pd.Series):
            column = _series(column, which)
        columns.append(column)
    return columns


def _series(sample, which: str) -> pd.Series:
    try:
        if not isinstance(sample, pd.DataFrame) and np.ndim(sample) == 1:
            return pd.Series(sample)
    except (ValueError, TypeError, NotImplementedError):
        pass  # lists of different lengths, an index of several levels
    raise CourseError(
        f"The {which} sample is a {type(sample).__name__}, and should be one column: give "
        "flights['temp'], or measure several with `by_column`."
    )


def _counted(column: pd.Series, columns: list[pd.Series], which: str) -> dict:
    """Return how often each label occurs. As keys the labels of any two types can be joined."""
    values = without_gaps(column)
    _refuse_nothing(values, column, columns, which)
    if kind_of(column) in ("time", "other"):
        raise CourseError(
            f"{_name(columns)} cannot be counted: the {which} sample holds {given.said_of(column)}."
        )
    found = values.value_counts(sort=False)
    # A categorical type also lists the categories that do not occur.
    return {label: n for label, n in zip(found.index, found.tolist(), strict=True) if n}


def _said_of_no_categories(column: pd.Series, labels: list, most: int) -> str:
    """Say which labels are none: numbers and dates in disguise, of which hardly two are equal."""
    what = pd.api.types.infer_dtype(labels)
    if column.dtype == object and what in _NUMBERS and (what != "integer" or most > FEW_VALUES):
        return given.said_of(column)
    if what != "string" or len(labels) <= FEW_VALUES or column.dtype == "category":
        return ""
    texts = pd.Series(labels, dtype="str")
    numbers = pd.to_numeric(texts, errors="coerce").dropna()
    # Whole numbers may well be codes.
    if len(numbers) > len(texts) / 2 and (numbers % 1 != 0).any():
        return (
            "decimal numbers as text, each of which would be a category: convert it with "
            '`pd.to_numeric(..., errors="coerce")`'
        )
    if texts.str.match(r"\d{4}-\d\d-\d\d").mean() > 0.5:
        return (
            "dates as text, each of which would be a category: convert it with `pd.to_datetime`, "
            "and compare a part of it, such as `.dt.dayofweek`"
        )
    return ""


def _refuse_different(labels: list, others: list, columns: list[pd.Series]) -> None:
    """Refuse labels of which none can be equal, whatever the samples are."""
    one, other = _what(labels), _what(others)
    if one == other == "intervals":
        ends = pd.IntervalIndex(list(dict.fromkeys([*labels, *others])))
        if not ends.sort_values().is_non_overlapping_monotonic:
            raise CourseError(
                f"{_name(columns)} holds intervals that overlap, so the same value is in two of "
                "them: cut both samples with the same edges, `pd.cut(sample, edges)`."
            )
    if "booleans" in (one, other) and one != other:
        raise CourseError(
            f"{_name(columns)} holds {one} in the reference sample and {other} in the current one: "
            "convert one of them with `.astype(...)`, so that equal values count as equal."
        )
    if one != other:
        raise CourseError(
            f"{_name(columns)} holds {min(one, other)} in one sample and {max(one, other)} in the "
            "other, so no category can be the same: convert one of them with `.astype(...)`."
        )


_NUMBERS = ("integer", "floating", "mixed-integer-float", "decimal")


def _what(labels: list) -> str:
    """Name what labels are."""
    found = pd.api.types.infer_dtype(labels)
    if found in _NUMBERS:
        return "numbers"
    return {"boolean": "booleans", "interval": "intervals"}.get(found, "text")


def _refuse_nothing(values, sample: pd.Series, columns: list[pd.Series], which: str) -> None:
    if len(values):
        return
    held = "no rows"
    if len(sample):
        held = f"{len(sample):,} rows, all of them missing" + (
            " or infinite" if sample.notna().any() else ""
        )
    raise CourseError(
        f"{_name(columns)} has no value in the {which} sample ({held}), so there is nothing to "
        "compare. Is the window empty, or its feed silent?"
    )


def _name(columns: list[pd.Series]) -> str:
    names = (column.name for column in reversed(columns))
    return next((f"The column `{name}`" for name in names if name is not None), "The column")
