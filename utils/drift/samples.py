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
    values = [without_gaps(column) for column in columns]
    for sample, column, which in zip(values, columns, _SAMPLES, strict=True):
        _refuse_nothing(sample, column, columns, which)
        if kind_of(column) in ("time", "other") or _is_no_code(sample, values):
            raise CourseError(
                f"{_name(columns)} cannot be counted: the {which} sample holds "
                f"{given.said_of(column)}."
            )
        if what := _said_of_numbers_in_quotes(sample):
            raise CourseError(
                f"{_name(columns)} cannot be counted: the {which} sample holds {what}"
            )
    _refuse_different(values, columns)
    found = []
    for sample in values:
        counted = sample.value_counts(sort=False)
        # A categorical type also lists the categories that do not occur. As a list of objects the
        # labels of any two types can be joined.
        counted = counted[counted > 0]
        index = pd.Index(list(counted.index), dtype=object)
        found.append(pd.Series(counted.to_numpy(dtype=np.float64), index))
    both = pd.concat(found, axis=1).fillna(0)
    return both.iloc[:, 0].to_numpy(), both.iloc[:, 1].to_numpy()


def are_numbers(reference, current) -> bool:
    """Tell whether both samples are to be compared as numbers, and not counted."""
    first, second = _columns(reference, current)
    if not _is_plain(first):
        return False
    # Of numbers that one side keeps as a category, the labels are equal; of anything else not.
    return _is_plain(second) or _labels(without_gaps(second)) != "numbers"


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


def _is_no_code(sample: pd.Series, values: list[pd.Series]) -> bool:
    """Tell whether these are numbers as Python objects that would not be a few bins anyway."""
    if sample.dtype != object or kind_of(sample) != "number":
        return False
    whole = pd.api.types.infer_dtype(sample) == "integer"
    return not whole or max(other.nunique() for other in values) > FEW_VALUES


def _said_of_numbers_in_quotes(sample: pd.Series) -> str:
    """Say which texts are none: decimal numbers or dates, of which hardly two are equal."""
    categorical = isinstance(sample.dtype, pd.CategoricalDtype)
    if categorical or sample.nunique() <= FEW_VALUES or _labels(sample) != "text":
        return ""
    texts = pd.Series(sample.unique()).astype("str")
    numbers = pd.to_numeric(texts, errors="coerce").dropna()
    # Whole numbers may well be codes.
    if len(numbers) > len(texts) / 2 and (numbers % 1 != 0).any():
        return (
            "decimal numbers as text, each of which would be a category: convert it with "
            '`pd.to_numeric(..., errors="coerce")`.'
        )
    if texts.str.match(r"\d{4}-\d\d-\d\d").mean() > 0.5:
        return (
            "dates as text, each of which would be a category: convert it with `pd.to_datetime`, "
            "and compare a part of it, such as `.dt.dayofweek`."
        )
    return ""


def _refuse_different(values: list[pd.Series], columns: list[pd.Series]) -> None:
    """Refuse labels of which none can be equal, whatever the samples are."""
    one, other = (_labels(sample) for sample in values)
    if one == other == "intervals":
        ends = pd.Index(list(pd.concat([sample.drop_duplicates() for sample in values])))
        if not pd.IntervalIndex(ends.unique()).sort_values().is_non_overlapping_monotonic:
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


def _labels(sample: pd.Series) -> str:
    """Name what the categories of a sample are."""
    labels = sample
    if isinstance(sample.dtype, pd.CategoricalDtype):
        labels = pd.Series(list(sample.unique()), dtype=object).infer_objects()
    kind = kind_of(labels)
    if kind in ("number", "boolean"):
        return {"number": "numbers", "boolean": "booleans"}[kind]
    interval = isinstance(labels.dtype, pd.IntervalDtype) or (
        labels.dtype == object and pd.api.types.infer_dtype(labels) == "interval"
    )
    return "intervals" if interval else "text"


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
