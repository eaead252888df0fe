"""The two editions of a lesson as notebooks: made from its source, sealed, written, compared.

A lesson is one percent-format script. Cells tagged `student` go only into the learner's edition,
cells tagged `solution` only into the solved one. The same source gives the same bytes. A seal (a
digest of all cells and outputs) tells a notebook that was built from one that a person changed.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbconvert.preprocessors import TagRemovePreprocessor
from nbformat import NotebookNode

from utils import paths
from utils.course import kept
from utils.errors import CourseError
from utils.exercises import lesson_source, registry

LARGEST_KB = 300
# The title, stars and minutes of an exercise stand with its check; a lesson names it only.
HEADING = re.compile(r"^### Exercise \{([\d.]+)\}$", re.M)

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

# Silent reading of English non-fiction runs at about 240 words a minute (Brysbaert, 2019); text
# with code and figures in it takes longer.
WORDS_PER_MINUTE = 150


@dataclass(frozen=True)
class Edition:
    """A notebook as its lesson makes it, and where it belongs."""

    path: Path
    notebook: NotebookNode

    @property
    def name(self) -> str:
        """The path as a reader of the course knows it."""
        return f"{self.path.parent.name}/{self.path.name}"


def lesson_paths() -> list[Path]:
    """Return the sources of all lessons, in order."""
    return sorted(paths.LESSONS.glob("[0-9][0-9]_*.py"))


def learner_edition(lesson: Path) -> Edition:
    """Return the learner's notebook of a lesson: stubs, no outputs, no solutions."""
    return Edition(paths.NOTEBOOKS / f"{lesson.stem}.ipynb", _notebook(lesson, without="solution"))


def solved_edition(lesson: Path) -> Edition:
    """Return the solved notebook of a lesson, not yet run."""
    return Edition(paths.SOLUTIONS / f"{lesson.stem}.ipynb", _notebook(lesson, without="student"))


def title(lesson: Path) -> str:
    """Return the title of a lesson: the first line of its first cell, without the mark."""
    return lesson_source.read(lesson).cells[0].source.split("\n")[0].lstrip("# ")


def minutes(lesson: Path) -> int:
    """Return the minutes that a lesson takes: its words, and its exercises' own minutes."""
    cells = lesson_source.read(lesson).cells
    told = [c for c in cells if c.cell_type == "markdown" and "solution" not in tags(c)]
    words = sum(len(cell.source.split()) for cell in told)
    practice = sum(e.minutes for e in registry.exercises(lesson.stem[:2]))
    return 5 * round((words / WORDS_PER_MINUTE + practice) / 5)


def tags(cell: NotebookNode) -> list[str]:
    """Return the tags of a cell."""
    return cell.metadata.get("tags", [])


def problem(edition: Edition) -> str | None:
    """Say what is wrong with the file of an edition, if anything is.

    Outputs do not count as a difference from the lesson, but a broken seal does.
    """
    if not edition.path.exists():
        return f"{edition.name} is missing"
    found = read(edition.path)
    if found is None:
        return f"{edition.name} is not a notebook any more"
    if not _is_sealed(found) or edition.path.read_text(encoding="utf-8") != _as_text(found):
        return (
            f"{edition.name} was changed by hand (are these your answers? `python -m utils reset "
            f"{edition.path.stem[:2]}` keeps them and brings the lesson back)"
        )
    if _sources(found) != _sources(edition.notebook):
        return f"{edition.name} differs from its lesson: run `python -m utils build`"
    return None


def write(edition: Edition) -> Path | None:
    """Seal and write an edition; return where a copy that a person had changed was kept, if any.

    Raises CourseError when it is too large, or the folder cannot be written.
    """
    edition.notebook.metadata["seal"] = _seal(edition.notebook)
    text = _as_text(edition.notebook)
    kilobytes = len(text.encode()) / 1000
    if kilobytes > LARGEST_KB:
        raise CourseError(
            f"{edition.name} would be {kilobytes:.0f} kB; {LARGEST_KB} kB is the limit. Which "
            "output is so large? A report belongs into a file of its own."
        )
    try:
        return kept.replace(edition.path, text, is_ours=_is_built)
    except OSError as error:
        raise CourseError(
            f"{edition.name} cannot be written ({error.strerror}). Copy the course's folder to a "
            "place where you may write, and work there."
        ) from None


def read(path: Path) -> NotebookNode | None:
    """Return a notebook, or None when the file is not one."""
    try:
        return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    except (OSError, ValueError, AttributeError, nbformat.ValidationError):
        return None


def _notebook(lesson: Path, without: str) -> NotebookNode:
    cells = [cell.copy() for cell in lesson_source.read(lesson).cells]
    cells[0].source = cells[0].source.replace("{minutes}", str(minutes(lesson)))
    for cell in cells:
        if cell.cell_type == "markdown":
            cell.source = HEADING.sub(_heading, cell.source)
    notebook = nbformat.v4.new_notebook(cells=cells)
    remover = TagRemovePreprocessor(remove_cell_tags={without}, enabled=True)
    notebook, _ = remover.preprocess(notebook, {})
    notebook.metadata = nbformat.from_dict(METADATA)
    _name_cells(notebook)
    return notebook


def _heading(found: re.Match) -> str:
    try:
        return registry.find(found[1]).heading
    except registry.UnknownExerciseError as unknown:
        raise CourseError(f"A lesson asks for the heading of an exercise. {unknown}") from None


def _name_cells(notebook: NotebookNode) -> None:
    # jupytext draws random ids at every reading; these come from the content, so that the same
    # lesson always gives the same bytes.
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        name = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
        seen[name] = seen.get(name, 0) + 1
        cell.id = name if seen[name] == 1 else f"{name}-{seen[name]}"


def _sources(notebook: NotebookNode) -> list:
    return [[c.id, c.cell_type, c.source, c.metadata] for c in notebook.cells]


def _seal(notebook: NotebookNode) -> str:
    return hashlib.sha256(json.dumps(notebook.cells, sort_keys=True).encode()).hexdigest()[:16]


def _is_built(path: Path) -> bool:
    found = read(path)
    return found is not None and _is_sealed(found)


def _is_sealed(notebook: NotebookNode) -> bool:
    return notebook.metadata.get("seal") == _seal(notebook)


def _as_text(notebook: NotebookNode) -> str:
    return nbformat.writes(notebook) + "\n"
