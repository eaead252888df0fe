"""Run every test: layout of the code, helpers, exercises, and every notebook."""

import os
import subprocess
import sys
import tomllib

from utils.errors import CourseError
from utils.paths import LESSONS, ROOT

NEWEST = ROOT / ".venv-newest"
SUITE = [
    "-m",
    "pytest",
    "tests",
    "notebooks",
    "solutions",
    "-n",
    "auto",
    "--dist",
    "loadfile",
    # In the order of conftest.py: the longest first.
    "--no-loadscope-reorder",
    "-q",
]
# import-linter has no module to run.
WINGS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
CHECKS = {
    "layout and lint": [["-m", "ruff", "check", "-q"], ["-m", "ruff", "format", "--check", "-q"]],
    "which wing imports which": [["-c", WINGS, "--no-cache", "--no-logo"]],
}


def run_all() -> int:
    """Run the suite in this environment; return its exit code."""
    _prometheus()
    return _run(CHECKS | {"tests and notebooks": [SUITE]})


def run_quick(lesson: str) -> int:
    """Run what a contributor wants to know after each change, in less than a minute.

    Layout, lint, the wings, the course's own files, and the answers and the text of one lesson.
    """
    number = lesson.zfill(2)
    if not list(LESSONS.glob(f"{number}_*.py")):
        raise CourseError(f"There is no lesson {lesson} in `lessons/`.")
    os.environ["LESSON"] = number
    quick = ["-m", "pytest", "-q", "-n", "auto"]
    own = [
        "tests/exercises/test_answers.py",
        "tests/test_map.py",
        "tests/exercises/test_mutants.py",
    ]
    return _run(CHECKS | {f"lesson {number}": [[*quick, *own]]})


def _run(steps: dict[str, list[list[str]]]) -> int:
    failed = []
    for name, commands in steps.items():
        print(f"== {name}", flush=True)
        if any([_python(sys.executable, command) for command in commands]):
            failed.append(name)
    print(f"\n{'Failed: ' + ', '.join(failed) if failed else 'Everything passed.'}")
    return int(bool(failed))


def run_newest() -> int:
    """Run the suite on the newest releases that pyproject.toml allows; name what broke.

    The environment is `.venv-newest`; that of the course stays as it is.
    """
    inside = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    python = str(NEWEST.joinpath(*inside))
    uv = [sys.executable, "-m", "uv"]
    install = [*uv, "pip", "install", "--quiet", "--upgrade", "--python", python]
    for command in (
        [*uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(NEWEST)],
        [*install, "-r", "pyproject.toml", "--group", "dev"],
    ):
        if subprocess.call(command, cwd=ROOT):
            raise CourseError("The newest releases cannot be installed; the lines above say why.")
    _python(python, ["-c", "from utils.course import lab; lab.prepare()"])
    changed = _changes(python)
    print("Different from the lock: " + (", ".join(changed) or "nothing"))
    print("Newer still, but held back by pyproject.toml (its comments say why):")
    subprocess.call([*uv, "pip", "list", "--quiet", "--outdated", "--python", python], cwd=ROOT)
    # What compares the environment with the lock cannot hold here.
    code = _python(python, [*SUITE, "-m", "not lock"])
    if code:
        print(
            f"\nThe tests named above break on: {', '.join(changed) or 'the locked versions too'}"
        )
        return 1
    _python(python, ["-c", "from utils.course import verified; verified.note_newest()"])
    print("\nEverything passed on the newest releases.")
    return 0


def direct_dependencies() -> list[str]:
    """Return the requirements that pyproject.toml names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return project["project"]["dependencies"] + project["dependency-groups"]["dev"]


def _changes(python: str) -> list[str]:
    from utils.course.doctor import locked

    listing = [sys.executable, "-m", "uv", "pip", "freeze", "--quiet", "--python", python]
    frozen = subprocess.check_output(listing, text=True, cwd=ROOT).splitlines()
    newest = dict(line.split("==") for line in frozen if "==" in line)
    return [f"{n} {v} → {newest[n]}" for n, v in locked().items() if newest.get(n, v) != v]


def _prometheus() -> None:
    from utils.prometheus import history
    from utils.servers import find_program

    try:
        find_program.install()
        # Once, before several tests would make it at the same time.
        history.database()
    except CourseError as problem:
        print(f"{problem}\nGoing on without it.", flush=True)


def _python(python: str, arguments: list[str]) -> int:
    return subprocess.call([python, *arguments], cwd=ROOT)
