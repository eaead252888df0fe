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


def marked(message: str, expression: str) -> str:
    """Return Prometheus' own message about an expression; where it names a place, show it."""
    place = re.search(r"(\d+):(\d+): ", message)
    if not place:
        return message
    line, column = int(place[1]), int(place[2])
    lines = expression.splitlines()
    if not 1 <= line <= len(lines):
        return message
    return f"{message}\n    {lines[line - 1]}\n    {' ' * (column - 1)}^"
