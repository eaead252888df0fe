"""Read YAML that a person wrote, and show the place where it went wrong.

Rules and Alertmanager's settings are YAML, where a space too many changes the meaning. The tools
tell a line; here the line is shown, with the usual reason.
"""

from typing import Any

import yaml

from utils.errors import CourseError

# What the parser says, and what mostly is the reason.
_REASONS = {
    "mapping values are not allowed": (
        "Either the line stands further right than its neighbours, or a text with a colon in it "
        "needs quotes."
    ),
    "cannot start any token": "YAML is indented with spaces; a tab is not allowed.",
    "expected <block end>": (
        "The line begins in another column than its neighbours. Keys that belong together begin "
        "in the same column."
    ),
    "could not find expected ':'": "A key needs a colon and a space after it.",
    "expected the node content": "A value that begins with a special character needs quotes.",
    "while parsing a flow": "A bracket or brace is not closed, or a text with braces needs quotes.",
    "while scanning a quoted": "A quotation mark is not closed.",
}


def read(text: str, what: str) -> Any:
    """Return what a YAML text holds; `what` names it in messages ("the rules").

    Raises CourseError with the place of the mistake and its usual reason.
    """
    if not isinstance(text, str):
        kind = "nothing (None)" if text is None else f"a {type(text).__name__}"
        raise CourseError(f"The YAML of {what} should be a text in quotes; this is {kind}.")
    try:
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = " ".join(filter(None, [error.context, error.problem]))
        reason = next((why for part, why in _REASONS.items() if part in said), said + ".")
        raise CourseError(
            f"The YAML of {what} cannot be read in line {mark.line + 1}:\n"
            f"{shown(text, mark.line)}{shown(text, mark.line + 1, mark.column + 1)}{reason}"
        ) from None
    except yaml.YAMLError as error:
        raise CourseError(f"The YAML of {what} cannot be read: {error}") from None


def shown(text: str, line: int, column: int | None = None) -> str:
    """Return a line of a text (counted from 1), indented, and a mark below its column."""
    lines = text.splitlines()
    if not 1 <= line <= len(lines):
        return ""
    # A tab would move the mark.
    found = f"    {line:>3}| {lines[line - 1].replace(chr(9), '→')}\n"
    return found if column is None else f"{found}         {' ' * (column - 1)}^\n"
