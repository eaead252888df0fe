"""Check the installation and say in plain words what is missing, and how to get it."""

import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement

from utils.errors import CourseError
from utils.paths import ROOT

PYTHONS = ((3, 11), (3, 13))

# The heaviest lesson holds two copies of the year's flights and a model: well below this.
ENOUGH_MEMORY = 1_000_000_000

REPAIR = "run `make lab` again (conda: `conda env update -f environment.yml --prune`)"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `blocks` tells that no lesson works without it."""

    part: str
    fine: bool
    found: str
    advice: str = ""
    blocks: bool = False


def examine() -> list[Finding]:
    """Look at everything that the course needs."""
    return [_python(), _packages(), _data(), *_programs(), _memory(), _folder(), *_own_folders()]


def as_text(findings: list[Finding]) -> str:
    """Return the findings as plain text, one a line, and what to do about them."""
    width = max(len(finding.part) for finding in findings)
    lines = []
    for finding in findings:
        state = "ok     " if finding.fine else "MISSING" if finding.blocks else "later  "
        lines.append(f"{state}  {finding.part.ljust(width)}  {finding.found}")
        if not finding.fine:
            lines.append(f"{' ' * (width + 11)}To do: {finding.advice}")
    if any(finding.blocks for finding in findings):
        lines.append("\nSomething that every lesson needs is missing: do what stands above.")
    elif not all(finding.fine for finding in findings):
        lines.append("\nYou can begin; what says 'later' is for later lessons.")
    else:
        lines.append("\nEverything is there.")
    return "\n".join(lines)


def locked() -> dict[str, str]:
    """Return the version of every package that the lock asks for on this machine."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    wanted = (Requirement(line.rstrip(" \\")) for line in text.splitlines() if "==" in line)
    return {
        need.name: next(iter(need.specifier)).version
        for need in wanted
        if need.marker is None or need.marker.evaluate()
    }


def _python() -> Finding:
    here = sys.version_info[:2]
    (_, low), (_, high) = PYTHONS
    return Finding(
        "Python",
        PYTHONS[0] <= here <= PYTHONS[1],
        sys.version.split()[0],
        f"install Python 3.{low} to 3.{high} and {REPAIR}",
        blocks=not PYTHONS[0] <= here <= PYTHONS[1],
    )


def _packages() -> Finding:
    missing, other = [], []
    for name, wanted in locked().items():
        try:
            if version(name) != wanted:
                other.append(f"{name} {version(name)} instead of {wanted}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        found = f"{len(missing)} missing: {', '.join(missing[:5])}{' …' * (len(missing) > 5)}"
        return Finding("packages", False, found, REPAIR, blocks=True)
    if other:
        found = f"{', '.join(other[:3])}{' …' * (len(other) > 3)}"
        return Finding("packages", False, found, f"{REPAIR}, if a lesson behaves oddly")
    return Finding("packages", True, "all there, in the versions that the course was tested with")


def _data() -> Finding:
    from utils.flights import load_flights

    try:
        flights = len(load_flights())
    except CourseError as problem:
        return Finding("flights", False, "missing or damaged", str(problem), blocks=True)
    return Finding("flights", True, f"{flights:,} flights")


def _programs() -> list[Finding]:
    from utils.servers import find_program

    findings = []
    for program in find_program.PROGRAMS:
        path = find_program.find(program)
        try:
            found = find_program.version(path) if path else "not found; lessons 08 to 10 need it"
        except CourseError as problem:
            path, found = None, str(problem)
        findings.append(Finding(program, path is not None, found, find_program.advice()))
    return findings


def _memory() -> Finding:
    import psutil

    free = psutil.virtual_memory().available
    if free >= ENOUGH_MEMORY:
        return Finding("free memory", True, "enough")
    return Finding(
        "free memory", False, f"{free / 1e9:.1f} GB", "close other programs before a heavy lesson"
    )


def _folder() -> Finding:
    if problem := _not_writable(ROOT / "notebooks"):
        advice = "copy the course's folder to a place of yours, and work there"
        return Finding("this folder", False, problem, advice)
    return Finding("this folder", True, "can be written")


def _own_folders() -> list[Finding]:
    """Look at the folders outside of the course: the one of progress, and that of the history."""
    from utils.exercises import progress_file
    from utils.prometheus.history.blocks import cache

    findings = []
    for part, folder, variable in (
        ("progress", progress_file.home(), "COURSE_HOME"),
        ("history", cache(), "COURSE_CACHE"),
    ):
        problem = _not_writable(folder)
        found = f"cannot be kept: {problem}" if problem else "can be kept"
        advice = f"set {variable} to a folder of yours"
        findings.append(Finding(part, not problem, found, advice))
    return findings


def _not_writable(folder: Path) -> str | None:
    """Say why nothing can be written into a folder (which is made if it is not there)."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError as error:
        return f"{folder} cannot be written ({error.strerror})"
