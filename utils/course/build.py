"""Build the notebooks of every lesson, running the solved ones; only what has changed."""

import json
import os
import re
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from tqdm import tqdm

from utils import paths
from utils.course import digest, editions
from utils.errors import CourseError

CELL_SECONDS = 60
_ADDRESS = re.compile(r"http://127\.0\.0\.1:[0-9]+[^\s\"'<>]*")


@dataclass
class Built:
    """What a build did: the seconds of every solution that it ran, and the copies that it kept."""

    seconds: dict[str, float] = field(default_factory=dict)
    kept: list[Path] = field(default_factory=list)


def build(everything: bool = False, only: list[str] | None = None) -> Built:
    """Build what has changed, or everything, or the lessons of some numbers and no others.

    Raises CourseError naming the lesson and the cell when a solution does not run; the notebooks
    that were there before stay as they were.
    """
    lessons = editions.lesson_paths()
    if only:
        lessons = [path for path in lessons if path.stem[:2] in only]
        everything = True
    done = Built()
    done.kept += filter(None, (editions.write(editions.learner_edition(p)) for p in lessons))
    stamps = _read_stamps()
    todo = [path for path in lessons if everything or not _is_current(path, stamps)]
    failures = []
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        futures = {pool.submit(_solve, path): path for path in todo}
        for future in tqdm(as_completed(futures), total=len(todo), unit="lesson", disable=not todo):
            path = futures[future]
            try:
                done.seconds[path.stem], kept = future.result()
            except CourseError as failure:
                failures.append(str(failure))
                continue
            done.kept += [kept] if kept else []
            stamps[path.stem] = digest.digest(path)
    for path in _without_lesson(paths.SOLUTIONS):
        path.unlink()
    _write_stamps(stamps)
    if failures:
        raise CourseError("\n".join(sorted(failures)))
    return done


def stale() -> list[str]:
    """Return a sentence for every built notebook that is not what its lesson makes."""
    lessons = editions.lesson_paths()
    made = [
        make(p) for p in lessons for make in (editions.learner_edition, editions.solved_edition)
    ]
    problems = [said for edition in made if (said := editions.problem(edition))]
    for folder in (paths.NOTEBOOKS, paths.SOLUTIONS):
        problems += [f"{folder.name}/{p.name} has no lesson" for p in _without_lesson(folder)]
    return problems


def _solve(lesson: Path) -> tuple[float, Path | None]:
    edition = editions.solved_edition(lesson)
    paths.SOLUTIONS.mkdir(exist_ok=True)
    client = NotebookClient(
        edition.notebook,
        timeout=CELL_SECONDS,
        record_timing=False,
        # Otherwise it depends on the moment whether two prints are one output or two.
        coalesce_streams=True,
        # At the next level below, each kernel warns that its ports are not encrypted.
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(paths.SOLUTIONS)}},
    )
    start = perf_counter()
    with tempfile.TemporaryDirectory() as home:
        try:
            client.execute(env=os.environ | {"COURSE_STRICT": "1", "COURSE_HOME": home})
        except CellExecutionError as error:
            said = f"{error.ename}: {error.evalue}"
            raise CourseError(f"{edition.name} stops.\n{_last_cell(edition)}\n{said}") from None
        except (CellTimeoutError, DeadKernelError) as error:
            raise CourseError(f"{edition.name} stops.\n{error}") from None
    seconds = perf_counter() - start
    # Running adds the Python's version, which would differ from machine to machine.
    edition.notebook.metadata = nbformat.from_dict(editions.METADATA)
    _forget_addresses(edition.notebook)
    return seconds, editions.write(edition)


def _forget_addresses(notebook) -> None:
    """Take servers that are gone out of the outputs: elsewhere, another may have their ports."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            for kind, text in output.get("data", {}).items():
                if kind == "text/html":
                    output["data"][kind] = _ADDRESS.sub("http://127.0.0.1:0/", text)


def _last_cell(edition: editions.Edition) -> str:
    run = [c for c in edition.notebook.cells if c.cell_type == "code" and c.execution_count]
    return "\n".join(f"    {line}" for line in run[-1].source.split("\n")) if run else ""


def _is_current(lesson: Path, stamps: dict[str, str]) -> bool:
    if editions.problem(editions.solved_edition(lesson)):
        return False
    # A fresh clone has no stamps; what was committed has been tested, so it counts as current.
    return stamps.setdefault(lesson.stem, digest.digest(lesson)) == digest.digest(lesson)


def _without_lesson(folder: Path) -> list[Path]:
    known = {path.stem for path in editions.lesson_paths()}
    # Other names are people's own notebooks.
    return sorted(p for p in folder.glob("[0-9][0-9]_*.ipynb") if p.stem not in known)


def _read_stamps() -> dict[str, str]:
    try:
        return json.loads(_stamps().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _write_stamps(stamps: dict[str, str]) -> None:
    paths.BUILD.mkdir(exist_ok=True)
    _stamps().write_text(json.dumps(stamps, indent=1), encoding="utf-8")


def _stamps() -> Path:
    return paths.BUILD / "stamps.json"
