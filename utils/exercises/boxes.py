"""Show a message as a coloured box that also reads well as plain text and to a screen reader.

Messages are plain text with two marks: `code` between backticks, and lines indented by four
spaces, which are code too.
"""

import html
import re

from IPython.display import display

from utils.exercises.verdicts import CORRECT, NOT_ATTEMPTED, NOT_JUDGED, NOT_YET

# Blue, orange and grey of the Okabe-Ito palette, each with a tint that keeps black text readable
# in light and dark themes; the state is always written out as well.
_COLOURS = {
    CORRECT: ("#009E73", "#E5F5F1"),
    NOT_YET: ("#D55E00", "#FBEFE6"),
    NOT_ATTEMPTED: ("#5A5A5A", "#EFEFEF"),
    NOT_JUDGED: ("#0072B2", "#E6F1F7"),
    "note": ("#0072B2", "#E6F1F7"),
}


def show(title: str, message: str, kind: str) -> None:
    """Display a box; `kind` is a state, or "note"."""
    display(
        {"text/html": as_html(title, message, kind), "text/plain": as_text(title, message)},
        raw=True,
    )


def show_table(title: str, rows: list[list[str]], header: list[str]) -> None:
    """Display a small table with a header row, as HTML and as plain text."""
    cells = "".join(
        "<tr>"
        + "".join(f"<td style='text-align:left'>{html.escape(c)}</td>" for c in row)
        + "</tr>"
        for row in rows
    )
    head = "".join(f"<th scope='col' style='text-align:left'>{html.escape(c)}</th>" for c in header)
    page = f"<table><caption>{html.escape(title)}</caption><tr>{head}</tr>{cells}</table>"
    display({"text/html": page, "text/plain": table_text(title, rows, header)}, raw=True)


def as_text(title: str, message: str) -> str:
    """Return the box as plain text."""
    return f"{title}\n{message}" if message else title


def as_html(title: str, message: str, kind: str) -> str:
    """Return the box as HTML."""
    edge, ground = _COLOURS[kind]
    style = f"border-left:6px solid {edge};background:{ground};color:#111;padding:.6em 1em"
    said = f"<strong>{html.escape(title)}</strong>{_body(message)}"
    return f"<div role='status' style='{style}'>{said}</div>"


def table_text(title: str, rows: list[list[str]], header: list[str]) -> str:
    """Return a table as plain text with aligned columns."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    lines = [
        "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
        for row in [header, *rows]
    ]
    return "\n".join([title, *lines])


def _body(message: str) -> str:
    parts = []
    for line in message.split("\n"):
        if line.startswith("    "):
            code = html.escape(line[4:])
            parts.append(
                f"<pre style='margin:.2em 0;color:#111;background:transparent'>{code}</pre>"
            )
        elif line:
            text = re.sub(
                r"`([^`]+)`",
                r"<code style='color:#111;background:#fff8'>\1</code>",
                html.escape(line),
            )
            parts.append(f"<div>{text}</div>")
    return "".join(parts)
