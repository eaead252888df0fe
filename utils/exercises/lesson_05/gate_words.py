"""Judge what a gate prints: that it says why, and names the drifted column and not the calm one."""

import re

from utils.exercises.running import describe

FEW_LETTERS = 8
_JOINERS = {"and", "or", "column", "columns", "the"}
_FAILED = re.compile(
    r"drift|fail|above|over|exceed|too|beyond|higher|stop|break|broke|[<>]|parquet"
)
_TELLING = re.compile(r"fail|success|score|drifted|below|above|within|keeps|\bok\b", re.I)


def complaint(printed: str, names: list[str], calm: str) -> str:
    """Return what is wrong with the words of a gate that stops, or an empty text.

    It should name these columns, and not name the calm one in the same way.
    """
    lines = printed.strip().splitlines()
    if len(printed.strip()) < FEW_LETTERS:
        return "stops it, and prints nothing. Whoever is woken wants to know why: print one line."
    for name in names:
        if name not in printed:
            return (
                f"stops it and prints {describe(lines[-1])}. Name the column, `{name}`, so that "
                "whoever is woken knows where to look."
            )
    if calm and _alike(lines, names[0], calm):
        return (
            f"stops it and prints {lines[-1][:100]!r}. That names `{calm}` as well, which is below "
            "its limit. Name the columns whose test has failed, not all that have a limit."
        )
    return ""


def _alike(lines: list[str], drifted: str, calm: str) -> bool:
    """Tell whether the last line names both columns in the same way."""
    if any(drifted in line and calm not in line for line in lines):
        return False
    parts = re.split(rf"\b({drifted}|{calm})\b", lines[-1])
    names = parts[1::2]
    if names.count(drifted) == names.count(calm) > 1:
        # Several tests of each column: told apart by verdicts or scores, or not at all.
        return not _TELLING.search(lines[-1])
    if sorted(names) != sorted([drifted, calm]):
        return False
    before, between, after = map(_words_of, parts[::2])
    # What follows one name also follows the other, or what precedes it: a list, with or without
    # words and numbers of its own. With another word or number beside each they are told apart.
    alike = any(
        between[:cut] == after[:cut] and between[cut:] == before[len(before) - len(between) + cut :]
        for cut in range(len(between) + 1)
        if len(between) - cut <= len(before)
    )
    # "hour, humid unaffected": what follows may be about the calm one alone.
    verdict = " ".join(after[:3]).lower()
    return alike and not (
        parts[3] == calm and not between and after and not _FAILED.search(verdict)
    )


def _words_of(part: str) -> list[str]:
    return [word for word in re.findall(r"[\w.%]+|[<>=]+", part) if word.lower() not in _JOINERS]
