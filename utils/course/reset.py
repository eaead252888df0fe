"""Give a lesson back as it was; what a learner has changed is kept first."""

from pathlib import Path

from utils import paths
from utils.course import editions, jupyter
from utils.errors import CourseError


def reset(lesson: str) -> str:
    """Give a lesson back in its original state; return a sentence that says what was done.

    The learner's copy is kept in `kept/`. Raises CourseError when there is no such lesson, or
    when it is open in JupyterLab, which would write its own version over the new one.
    """
    edition = editions.learner_edition(find(lesson))
    if jupyter.is_open(edition.path):
        raise CourseError(
            f"{edition.name} is open in JupyterLab. Save it if you want to keep what is in it, "
            "close it (File > Close and Shut Down Notebook), and run this again."
        )
    kept = editions.write(edition)
    where = f" What was there is in {kept.relative_to(paths.ROOT)}." if kept else ""
    return f"{edition.name} is as it was at the start.{where}"


def find(number: str) -> Path:
    """Return the source of a lesson by its number ("1" and "01"); raises CourseError."""
    lessons = {path.stem[:2]: path for path in editions.lesson_paths()}
    if not lessons:
        raise CourseError(
            "The folder `lessons/`, which the notebooks are made from, is not here. Take a fresh "
            "copy of the notebook from wherever you got the course."
        )
    if number.zfill(2) not in lessons:
        raise CourseError(f"There is no lesson {number}; there are {', '.join(lessons)}.")
    return lessons[number.zfill(2)]
