"""Show a place in a text that a person wrote: the line, and a mark below the column."""

import re


def shown(text: str, line: int, column: int | None = None) -> str:
    """Return a line of a text (counted from 1), indented, and a mark below its column."""
    lines = text.splitlines()
    if not 1 <= line <= len(lines):
        return ""
    # A tab would move the mark.
    found = f"    {line:>3}| {lines[line - 1].replace(chr(9), '→')}\n"
    return found if column is None else f"{found}         {' ' * (column - 1)}^\n"


# So much of a long line is shown: a notebook would wrap it, and the mark would stand elsewhere.
_AROUND = 60


def marked(message: str, expression: str) -> str:
    """Return Prometheus' own message about an expression; where it names a place, show it.

    Of a long line only what stands around the place is shown.
    """
    place = re.search(r"(\d+):(\d+): ", message)
    if not place:
        return message
    line, column = int(place[1]), int(place[2])
    lines = expression.split("\n")
    if not 1 <= line <= len(lines):
        return message
    # Prometheus counts bytes, and a tab would move the mark.
    bytes_ = lines[line - 1].replace("\t", " ").replace("\r", " ").encode()
    before, after = (part.decode(errors="ignore") for part in _split(bytes_, column - 1))
    if len(before) + len(after) > _AROUND:
        before = before if len(before) <= _AROUND // 2 else f"…{before[-_AROUND // 2 :]}"
        after = after if len(after) <= _AROUND // 2 else f"{after[: _AROUND // 2]}…"
    return f"{message}\n    {before}{after}\n    {' ' * len(before)}^"


def _split(text: bytes, at: int) -> tuple[bytes, bytes]:
    return text[:at], text[at:]
