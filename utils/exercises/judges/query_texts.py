"""What the text of a query names and says, whatever it returns."""

import re

import pandas as pd

# Labels stand in parentheses behind these; the others are words of the language.
_LISTS = "by|without|on|ignoring|group_left|group_right"
_KEYWORDS = {
    *_LISTS.split("|"),
    *("and", "or", "unless", "bool", "inf", "nan", "e", "atan2", "start", "end"),
    *("sum", "avg", "min", "max", "count", "stddev", "stdvar", "group", "topk", "bottomk"),
    *("quantile", "count_values"),
}


def names(query: str) -> list[str]:
    """Return what a query names, that is no function, label, keyword or duration."""
    bare = re.sub(r"\"[^\"]*\"|'[^']*'|#.*", "", query)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\boffset\s+-?\w+", " ", bare)
    bare = re.sub(rf"\b(?:{_LISTS})\s*\([^)]*\)", " ", bare, flags=re.IGNORECASE)
    found = re.findall(r"(?<![\w.])([a-zA-Z_:][\w:]*)(?!\s*\()(?![\w:])", bare)
    return [name for name in found if name.lower() not in _KEYWORDS]


def other_range(query: str, right: str) -> str:
    """Ask for a range that the right query does not have; it may be right all the same."""

    def ranges(text: str) -> dict[pd.Timedelta, str]:
        found = re.findall(r"\[((?:\d+(?:ms|[smhdw]))+)\]", text)
        return {
            sum((_size(part) for part in re.findall(r"\d+[a-z]+", r)), pd.Timedelta(0)): r
            for r in found
        }

    asked = ranges(right)
    other = next((text for size, text in ranges(query).items() if size not in asked), "")
    return other and f" Is `[{other}]` the range that is asked for?"


def _size(part: str) -> pd.Timedelta:
    number, unit = re.fullmatch(r"(\d+)([a-z]+)", part).groups()
    return pd.Timedelta(
        int(number), "min" if unit == "m" else unit.upper() if unit in "dw" else unit
    )
