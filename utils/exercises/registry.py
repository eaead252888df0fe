"""What an exercise is, how an answer is judged, and where the exercises of a lesson are found.

A lesson's exercises live in `lesson_NN/`, one module each: `e1_...py` registers exercise N.1. A
check gets the learner's answer and raises `NotYet` with the first thing that is wrong; when it
returns, the answer is right (and it may return a sentence to say so, where that depends on the
answer). Most checks are tables (see `judges`). A check should raise nothing else, but if it does,
`judge` survives that too.
"""

import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from utils.errors import CourseError
from utils.exercises.limits import quietly, time_limit
from utils.exercises.running import describe, is_stub
from utils.exercises.verdicts import (
    CORRECT,
    NOT_ATTEMPTED,
    NOT_JUDGED,
    NOT_YET,
    STUB,
    NotYet,
    Verdict,
)
from utils.servers import find_program

Check = Callable[[Any], str | None]

# A check's own work takes milliseconds, and a call of learner's code has its own, shorter limit;
# this one catches what hangs in between, such as an object that never ends comparing.
JUDGING_SECONDS = 120

_HERE = Path(__file__).resolve().parent


class UnknownExerciseError(Exception):
    """There is no such exercise; the message lists those that there are."""


@dataclass(frozen=True)
class Exercise:
    """An exercise: its heading, its hints from a nudge to nearly the answer, and its check."""

    exercise_id: str
    title: str
    stars: int
    minutes: int
    hints: tuple[str, ...]
    learned: str
    test: Check

    @property
    def heading(self) -> str:
        """The heading that stands above the exercise in its lesson."""
        stars = "★" * self.stars + "☆" * (3 - self.stars)
        return f"### Exercise {self.exercise_id} · {self.title} · {stars} · {self.minutes} min"


_exercises: dict[str, Exercise] = {}


def exercise(
    exercise_id: str,
    title: str,
    *,
    stars: int,
    minutes: int,
    hints: list[str],
    learned: str,
    check: Check | None = None,
) -> Callable[[Check], Check]:
    """Register an exercise with its check, which is `check` or else the decorated function."""

    def register(test: Check) -> Check:
        _exercises[exercise_id] = Exercise(
            exercise_id, title, stars, minutes, tuple(hints), learned, test
        )
        return test

    if check is not None:
        register(check)
    return register


def lessons() -> list[str]:
    """Return the numbers of the lessons that have exercises: ["00", "01", ...]."""
    return sorted(path.name.removeprefix("lesson_") for path in _HERE.glob("lesson_[0-9][0-9]"))


def exercises(lesson: str | None = None) -> list[Exercise]:
    """Return the exercises of one lesson ("01"), or of all, in their order."""
    for number in lessons() if lesson is None else [lesson]:
        _load(number)
    found = [e for e in _exercises.values() if lesson in (None, lesson_of(e.exercise_id))]
    return sorted(found, key=lambda e: [int(part) for part in e.exercise_id.split(".")])


def missing_programs(lesson: str) -> list[str]:
    """Return what the checks of a lesson need (its folder's NEEDS) and this machine has not."""
    if lesson not in lessons():
        return []
    package = importlib.import_module(f"utils.exercises.lesson_{lesson}")
    return [name for name in getattr(package, "NEEDS", ()) if find_program.find(name) is None]


def lesson_of(exercise_id: str) -> str:
    """Return the number of the lesson that an exercise belongs to: "1.3" is in "01"."""
    return f"{int(exercise_id.split('.')[0]):02d}"


def find(exercise_id: str) -> Exercise:
    """Return an exercise by its number, or raise UnknownExerciseError with a helpful message."""
    if not isinstance(exercise_id, str):
        raise UnknownExerciseError(
            f'Write the number of the exercise in quotes: "{describe(exercise_id)}".'
        )
    if not re.fullmatch(r"\d{1,2}\.\d{1,2}", exercise_id):
        raise UnknownExerciseError(f'`{exercise_id}` is not an exercise; they look like "1.2".')
    lesson = lesson_of(exercise_id)
    if lesson not in lessons():
        raise UnknownExerciseError(
            f"There is no lesson {lesson} with exercises yet: there are {', '.join(lessons())}."
        )
    known = {e.exercise_id: e for e in exercises(lesson)}
    if exercise_id not in known:
        raise UnknownExerciseError(
            f"Lesson {lesson} has no exercise {exercise_id}: it has {', '.join(known)}."
        )
    return known[exercise_id]


def judge(exercise: Exercise, answer: Any) -> Verdict:
    """Judge an answer, whatever it is. Never raises, but for the user's own interrupt."""
    name = exercise.exercise_id
    try:
        with quietly(), time_limit(JUDGING_SECONDS):
            if is_stub(answer):
                return Verdict(name, NOT_ATTEMPTED, STUB)
            said = exercise.test(answer)
    except NotYet as wrong:
        return Verdict(name, NOT_YET, str(wrong))
    except KeyboardInterrupt:
        raise
    except CourseError as missing:
        # What the check itself needs is not there, and no answer can be blamed for it.
        return Verdict(name, NOT_JUDGED, str(missing))
    except BaseException as problem:
        return Verdict(
            name,
            NOT_YET,
            f"The check could not read your answer, {describe(answer)}: it met "
            f"{type(problem).__name__}. Compare what you have with what the exercise asks for: "
            "the kind of thing, its columns, its units.",
        )
    return Verdict(name, CORRECT, said or exercise.learned)


@cache
def _load(lesson: str) -> None:
    # An exercise registers itself when its module is imported.
    for path in sorted((_HERE / f"lesson_{lesson}").glob("*.py")):
        if re.match(r"e\d+_|checks", path.stem):
            importlib.import_module(f"utils.exercises.lesson_{lesson}.{path.stem}")
