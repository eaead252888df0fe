"""What is kept of a run: counts for each exercise, and a digest of what they are counts of."""

import ast
import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.mutants import python_code, source
from utils import modules, paths
from utils.exercises import registry

HERE = Path(__file__).resolve().parent
REPORT = HERE / "report.json"
ACCEPTED = HERE / "accepted"
PENDING = HERE / "pending.yml"
CHECKS = paths.ROOT / "utils" / "exercises"
# What of an exercise its learners read, and no verdict depends on.
WORDS = {"title", "stars", "minutes", "hints", "learned"}
OPERATORS = ("python_code", "words", "texts", "promql", "sql", "source", "worker")


@dataclass(frozen=True)
class Row:
    """What became of an exercise's mutants; `unexplained` and `stale` are keys."""

    exercise: str
    mutants: int
    refused: int
    accepted: int
    same: int
    ended: int
    unexplained: tuple[str, ...]
    stale: tuple[str, ...]

    def counts(self) -> dict[str, int]:
        """Return what the report keeps."""
        names = ("mutants", "refused", "accepted", "same", "ended")
        kept = {name: getattr(self, name) for name in names}
        return kept | {"unexplained": len(self.unexplained), "stale": len(self.stale)}


def row(became: dict[str, Any], notes: dict[str, str]) -> Row:
    """Compare the mutants that passed with the notes about them."""
    passed = became["accepted"]
    return Row(
        became["exercise"],
        sum(len(became[kind]) for kind in ("refused", "ended", "accepted", "same")),
        len(became["refused"]) + len(became["ended"]),
        len([key for key in passed if key in notes]),
        len(became["same"]),
        len(became["ended"]),
        tuple(key for key in passed if key not in notes),
        tuple(key for key in notes if key not in passed),
    )


def notes(exercise_id: str, folder: Path = ACCEPTED) -> dict[str, str]:
    """Return why mutants of an exercise are rightly accepted, by their keys."""
    path = folder / f"lesson_{registry.lesson_of(exercise_id)}.yml"
    if not path.exists():
        return {}
    said = (yaml.safe_load(path.read_text()) or {}).get(exercise_id, [])
    return {note["mutant"]: note["because"] for note in said}


def pending() -> dict[str, str]:
    """Return the exercises whose mutants have still to be tried, and why they were not."""
    return yaml.safe_load(PENDING.read_text(encoding="utf-8")) or {} if PENDING.exists() else {}


def digest(exercise_id: str) -> str:
    """Return what changes when the check, a right answer, or the operators do."""
    lesson = registry.lesson_of(exercise_id)
    number = exercise_id.split(".")[1]
    read = hashlib.sha256()
    own = sorted((CHECKS / f"lesson_{lesson}").glob("*.py"))
    checks = [p for p in own if not p.stem.startswith("e") or p.stem.startswith(f"e{number}_")]
    judges = [p for p in modules.used_by(*checks) if p.parent.name == "judges"]
    for path in [*checks, *judges, CHECKS / "expect.py"]:
        read.update(_without_words(path.read_text()).encode())
    for name in OPERATORS:
        read.update(_without_words((HERE / f"{name}.py").read_text()).encode())
    for answer in source.of_lesson(exercise_id) + source.of_tests(exercise_id):
        read.update(repr((answer.parts, answer.value)).encode())
    return read.hexdigest()[:16]


def kept() -> dict[str, Any]:
    """Return the report that is kept: for each exercise its counts and their digest."""
    return json.loads(REPORT.read_text()) if REPORT.exists() else {}


def keep(new: Row, of: str) -> None:
    """Write one exercise's counts into the report, and leave the others as they are."""
    with _alone():
        report = kept() | {new.exercise: {"digest": of} | new.counts()}
        ordered = sorted(report, key=lambda name: [int(part) for part in name.split(".")])
        text = ",\n".join(f"{json.dumps(name)}: {json.dumps(report[name])}" for name in ordered)
        number, path = tempfile.mkstemp(dir=HERE, prefix=".report")
        with os.fdopen(number, "w") as file:
            file.write(f"{{\n{text}\n}}\n")
        os.chmod(path, 0o644)
        os.replace(path, REPORT)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    import fcntl  # where mutants run; the report is read everywhere

    with open(Path(tempfile.gettempdir()) / "course-mutants.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _without_words(code: str) -> str:
    """Return code without what changes no verdict: comments, layout, docstrings, hints."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "exercise":
            node.keywords = [k for k in node.keywords if k.arg not in WORDS]
            node.args = node.args[:1]
        if isinstance(body := getattr(node, "body", None), list):
            node.body = [part for part in body if not python_code.is_text(part)] or [ast.Pass()]
    return ast.dump(tree)
