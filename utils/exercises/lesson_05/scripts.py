"""Read the `main` of a script that a learner's cell has written, whatever state the file is in."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from utils.exercises.limits import TimeUp, quietly, time_limit
from utils.exercises.running import explain

# Evidently alone takes seconds to import, and many more on a busy machine.
LOADING_SECONDS = 120


@dataclass(frozen=True)
class Broken:
    """A script without a `main` that could be called, and in a sentence why."""

    message: str


def main_of(path: str | Path) -> Callable | Broken:
    """Return the function `main` of a script, without running what stands under `__main__`."""
    path = Path(path)
    write = f"Run the cell that begins with `%%writefile {path.as_posix()}`."
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return Broken(f"There is no script `{path.as_posix()}` yet. {write}")
    names = {"__name__": path.stem, "__file__": str(path)}
    try:
        code = compile(text, str(path), "exec")
        with quietly(), time_limit(LOADING_SECONDS):
            exec(code, names)
    except SyntaxError as error:
        line = (error.text or "").strip()
        return Broken(
            f"Python cannot read `{path.name}`.\n    line {error.lineno}: {line}\n"
            f"    {type(error).__name__}: {error.msg}"
        )
    except SystemExit:
        return Broken(
            f'`{path.name}` ends as soon as it is loaded. Keep `if __name__ == "__main__":` above '
            "the call of `main`, so that the script can also be read without being run."
        )
    except TimeUp:
        return Broken(f"`{path.name}` was stopped: loading it took over {LOADING_SECONDS} seconds.")
    except Exception as error:
        # explain() looks for the line in the file of a function; this script has none yet.
        here = type("script", (), {"__code__": code})
        return Broken(
            f"`{path.name}` stops while it is loaded.\n{explain(error, here)}{_old(error)}"
        )
    main = names.get("main")
    if not callable(main):
        return Broken(f"`{path.name}` defines no function `main`. Keep the line `def main(...)`.")
    return main


def _old(error: Exception) -> str:
    """Say so when an import is of Evidently as it was before 0.7."""
    if isinstance(error, ImportError) and "evidently" in str(error):
        return (
            "\nThat is Evidently's interface before 0.7. Today there are no TestSuite and no "
            "classes of tests: a `Report` with `include_tests=True`, or metrics with `tests=[...]` "
            "and conditions from `evidently.tests`, such as `lte(0.1)`. Lesson 04 has a table of "
            "old names and new ones."
        )
    return ""
