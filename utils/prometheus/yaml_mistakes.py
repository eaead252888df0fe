"""Read YAML that a person wrote, and show the place where it went wrong.

Rules and Alertmanager's settings are YAML, where a space too many changes the meaning. The parser
tells where it could go on no longer; here that line is shown, and the reason is found from what
stands there, or from the line before it.
"""

import re
from typing import Any

import yaml

from utils.errors import CourseError
from utils.prometheus.places import shown

# More brackets inside each other than anybody writes; the parser would take seconds for them.
DEEPEST = 40


class Loader(yaml.SafeLoader):
    """Reads what stands there: a date is a text, as it is for Prometheus."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if not tag.endswith(":timestamp")]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

QUOTES = "The text needs quotes around all of it: "
BRACES = f"{QUOTES}it begins with a brace, which means something else in YAML."
TAB = "YAML is indented with spaces; a tab is not allowed."
COLUMN = (
    "The line begins in another column than its neighbours. Keys that belong together begin in the "
    "same column."
)
FURTHER = (
    "The line stands further right than the one above, which has a value already. Keys that "
    "belong together begin in the same column."
)
TWICE = "Either two keys stand in one line, or a text with a colon in it needs quotes."
COLON = "A key needs a colon and a space after it."
DASH = "Does the dash of a list's item lack at its beginning, as in `- name:` or `- alert:`?"
INSIDE = (
    "Double quotes inside double quotes end the text. Write single quotes around the whole, or "
    "no quotes at all."
)
UNCLOSED = "A quotation mark is not closed."
SPACE = "A dash that begins an item of a list needs a space after it: `- alert: ...`."
BLANK = (
    "There is a blank that is no space, as it is copied from a web page or a document. Write it "
    "anew."
)
FENCE = "The line of Markdown, ```, is no part of the file. Leave it out."
SECOND = "Three dashes or points end the file; what follows would be another one."
ESCAPE = (
    "In double quotes a backslash begins a special character. Write single quotes around the text, "
    "or two backslashes."
)
BRACKET = "A bracket or brace is not closed, or a text with braces needs quotes."

_BLANK = re.compile("[ ]*([\u00a0\u2000-\u200b\u202f\u3000])")

# The keys that begin an item of a list in these files.
_FIRST = ("name", "alert", "record")


def read(text: str, what: str) -> Any:
    """Return what a YAML text holds; `what` names it in messages ("the rules").

    Raises CourseError with the place of the mistake and its usual reason.
    """
    if not isinstance(text, str):
        name = type(text).__name__
        article = "an" if name[0] in "aeiou" else "a"
        kind = "nothing (None)" if text is None else f"{article} {name}"
        raise CourseError(f"The YAML of {what} should be a text in quotes; this is {kind}.")
    if _depth(text) > DEEPEST:
        raise CourseError(
            f"The YAML of {what} cannot be read: more than {DEEPEST} brackets stand inside each "
            "other."
        )
    try:
        return yaml.load(text, Loader)
    except yaml.MarkedYAMLError as error:
        line, column, reason = _explained(error, text)
        raise CourseError(
            f"The YAML of {what} cannot be read in line {line}:\n"
            f"{shown(text, line - 1)}{shown(text, line, column)}{reason}"
        ) from None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise CourseError(
            f"The YAML of {what} cannot be read in line {line}: it holds a character that cannot "
            f"be seen, {chr(error.character)!a}. Write the line anew."
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        said = str(error).split("\n")[0] or type(error).__name__
        raise CourseError(f"The YAML of {what} cannot be read: {said}") from None


def _explained(error: yaml.MarkedYAMLError, text: str) -> tuple[int, int, str]:
    """Return line and column of a mistake, from 1 on, and its usual reason."""
    mark, context = error.problem_mark or error.context_mark, error.context_mark
    said = " ".join(filter(None, [error.context, error.problem]))
    lines = text.splitlines()
    row, column = mark.line, mark.column
    line = lines[row] if row < len(lines) else ""
    before, sign = line[:column], line[column : column + 1]
    # A line that begins with one belongs, for YAML, to the text above it.
    for at in (row, row - 1):
        if 0 <= at < len(lines) and (blank := _BLANK.match(lines[at])):
            return at + 1, blank.start(1) + 1, BLANK
    if "unknown escape character" in said:
        return row + 1, column + 1, ESCAPE
    if "while scanning a quoted" in said:
        # It was opened there, and the end of the text is where it was missed.
        return context.line + 1, context.column + 1, UNCLOSED
    if opened := _open_quote(lines, row, column, said):
        return (*opened, UNCLOSED)
    if "cannot start any token" in said:
        reason = TAB if sign == "\t" else f"{QUOTES}it begins with {sign}"
        if sign != "\t" and _inside_quotes(before):
            reason = INSIDE
        if line.lstrip().startswith("```"):
            reason = FENCE
        return row + 1, column + 1, reason
    if "could not find expected ':'" in said and context is not None:
        row = context.line
        if _block_above(lines, row):
            reason = "What belongs to the `|` or `>` above stands further right than its key."
            return row + 1, context.column + 1, reason
        return row + 1, context.column + 1, _colon(lines[row])
    if "found unhashable key" in said:
        return row + 1, column + 1, BRACES
    if "mapping values are not allowed" in said:
        return _too_far_right(lines, row, column)
    if "sequence entries are not allowed" in said or "mapping keys are not allowed" in said:
        reason = f"{QUOTES}it begins with {sign}" if before.strip() else COLUMN
        return row + 1, column + 1, reason
    if "expected <block end>" in said or "while scanning a block scalar" in said:
        return _not_ended(lines, row, column)
    if "expected a single document" in said or "expected '<document start>'" in said:
        return row + 1, column + 1, SECOND
    if "while scanning an a" in said and context is not None:
        # An alias or an anchor, which nobody means who writes `*bold*`.
        start = lines[context.line][context.column : context.column + 1]
        return context.line + 1, context.column + 1, f"{QUOTES}it begins with {start}"
    if "undefined alias" in said or "constructor for the tag" in said or "anchor" in said:
        return row + 1, column + 1, f"{QUOTES}it begins with {sign}"
    if "while parsing a flow" in said and context is not None:
        reason = BRACES if "{{" in lines[context.line][context.column :] else BRACKET
        return context.line + 1, context.column + 1, reason
    if "expected the node content" in said:
        return row + 1, column + 1, "A value that begins with a special character needs quotes."
    return row + 1, column + 1, f"{said}."


def _not_ended(lines: list[str], row: int, column: int) -> tuple[int, int, str]:
    """Explain a value that goes on behind its end, or a line in a column of its own."""
    line = lines[row] if row < len(lines) else ""
    before = line[:column]
    if not before.strip(" -"):
        return row + 1, column + 1, _dash(lines, row) or COLUMN
    value = before.split(":", 1)[-1].strip()
    if value.startswith("{"):
        return row + 1, column + 1, BRACES
    if value.startswith('"') and '"' in line[column:]:
        return row + 1, column + 1, INSIDE
    if value[:1] in ("'", '"'):
        reason = "Quotes stand around the whole text or nowhere; here it goes on behind them."
        return row + 1, column + 1, reason
    if value.startswith(("|", ">")):
        reason = "What belongs to the `|` or `>` begins in the next line, further right."
        if value.startswith(">"):
            reason += f" If it is a comparison: {QUOTES.lower().rstrip(': ')}."
        return row + 1, column + 1, reason
    return row + 1, column + 1, COLUMN


def _too_far_right(lines: list[str], row: int, column: int) -> tuple[int, int, str]:
    """Explain a colon where the parser expects none: the line above may lack one, or a dash."""
    line, above = lines[row], row - 1
    while above >= 0 and not lines[above].split("#")[0].strip():
        above -= 1
    before = lines[above] if above >= 0 else ""
    if line[:column].count(":"):
        # The second colon of its own line.
        return row + 1, column + 1, TWICE
    if before.strip() and not re.search(r":(\s|$)", before):
        return above + 1, len(before.rstrip()) + 1, _colon(before)
    if glued := re.match(r"\s*(-)\w+:", before):
        return above + 1, glued.start(1) + 1, SPACE
    key = before.strip().split(":")[0]
    if key in _FIRST and _indent(line) == _indent(before) + 2:
        # The other keys of the item stand where they would behind a dash.
        return above + 1, _indent(before) + 1, DASH
    return row + 1, column + 1, FURTHER


def _dash(lines: list[str], row: int) -> str:
    """Say that a dash is missing, when the line begins as an item of a list does."""
    key = lines[row].strip().split(":")[0] if row < len(lines) else ""
    return DASH if key in _FIRST else ""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _colon(line: str) -> str:
    """Say that a colon lacks, or the space behind it."""
    word = line.strip().removeprefix("- ").split()
    if word and ":" in word[0].rstrip(":"):
        return f"{COLON} Here the space is missing."
    return f"{COLON} Behind which word does it belong?"


def _block_above(lines: list[str], row: int) -> bool:
    """Tell whether the line above ends with the sign of a block of text."""
    above = lines[row - 1].split("#")[0].rstrip() if row else ""
    return bool(re.search(r":\s*[|>][-+0-9]*$", above))


def _inside_quotes(before: str) -> bool:
    """Tell whether a text in double quotes has begun and ended before a place in its line."""
    return before.split(":", 1)[-1].lstrip().startswith('"') and before.count('"') >= 2


def _open_quote(lines: list[str], row: int, column: int, said: str) -> tuple[int, int] | None:
    """Return where a quote was opened that ended lines further down only, by another quote."""
    if "expected <block end>" not in said or row >= len(lines):
        return None
    if lines[row][:column].count('"') % 2 == 0 and lines[row][:column].count("'") % 2 == 0:
        return None
    quote = '"' if lines[row][:column].count('"') % 2 else "'"
    for above in range(row - 1, -1, -1):
        found = re.search(rf":\s+({quote})[^{quote}]*$", lines[above])
        if found:
            return above + 1, found.start(1) + 1
        if quote in lines[above]:
            return None
    return None


def _depth(text: str) -> int:
    depth = deepest = 0
    for sign in text:
        depth += (sign in "[{") - (sign in "]}")
        depth = max(depth, 0)
        deepest = max(deepest, depth)
    return deepest
