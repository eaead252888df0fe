"""Read a lesson's source: its cells, and the solution of an exercise.

Solutions are stored once, in `lessons/`, in cells tagged `solution` that carry the number of their
exercise.
"""

from functools import cache
from pathlib import Path

from utils import paths


@cache
def read(path: Path):
    """Return a lesson as a notebook node with all its cells, of both editions."""
    import jupytext  # a second to import, so only who asks for a solution waits for it

    return jupytext.read(path, fmt="py:percent")


def lesson_path(lesson: str) -> Path | None:
    """Return the source of lesson "01", if there is one."""
    return min(paths.LESSONS.glob(f"{lesson}_*.py"), default=None)


def solution_cells(lesson: str, name: str) -> list[tuple[str, str]]:
    """Return the solution of an exercise ("1.2") or of a question ("1.think").

    Each is a pair of the cell's type ("code" or "markdown") and its text.
    """
    path = lesson_path(lesson)
    if path is None:
        return []
    return [
        (cell.cell_type, cell.source)
        for cell in read(path).cells
        if "solution" in cell.metadata.get("tags", []) and cell.metadata.get("exercise") == name
    ]
