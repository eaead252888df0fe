"""The course's helpers, in wings: `from utils.drift import measure`. `README.md` is their map."""

import sys
from importlib.abc import MetaPathFinder

# Where a notebook of before 25 November 2026 looks for a helper, and where that is now.
MOVED = {
    "alerts": "prometheus",
    "doctor": "course",
    "history": "prometheus",
    "incidents": "desk",
    "measure": "drift",
    "predictions": "service",
    "promql": "prometheus",
    "reports": "drift",
    "rules": "prometheus",
    "simulate": "drift",
    "traffic": "service",
    "exercises.pictures": "exercises.lesson_01",
    "exercises.releases": "exercises.lesson_07",
    "exercises.scripts": "exercises.lesson_05",
}


def _say_where(name: str) -> None:
    from utils.errors import CourseError

    short = name.rpartition(".")[2]
    raise CourseError(
        f"`{short}` has moved. Write `from utils.{MOVED[name]} import {short}` in this notebook's "
        "first cell, or begin the lesson again: `python -m utils reset` keeps what you have."
    )


class _Moved(MetaPathFinder):
    def find_spec(self, fullname: str, path=None, target=None) -> None:
        """Say where a module is now, in a sentence; all others are found as always."""
        name = fullname.removeprefix("utils.")
        if fullname.startswith("utils.") and name.partition(".")[0] in MOVED:
            _say_where(name.partition(".")[0])
        if fullname.startswith("utils.") and name in MOVED:
            _say_where(name)


sys.meta_path.append(_Moved())
