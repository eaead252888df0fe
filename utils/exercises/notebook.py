"""The four functions that a learner calls. None of them raises for a mistake of the learner's."""

import os
import re
from typing import Any

from IPython.display import Markdown, display

from utils.exercises import boxes, lesson_source, progress_file, registry
from utils.exercises.verdicts import CORRECT, NOT_ATTEMPTED, NOT_YET, Verdict

_MISSING = object()
_hints_shown: dict[str, int] = {}


def check(exercise_id: str, answer: Any = _MISSING) -> None:
    """Say whether `answer` solves the exercise, and if not, the first thing to look at.

    With COURSE_STRICT=1 anything but a correct answer raises AssertionError, which is how the
    course proves its own solutions; with COURSE_STRICT=untouched anything but an untouched stub.
    """
    try:
        exercise = registry.find(exercise_id)
    except registry.UnknownExerciseError as unknown:
        _refuse(str(unknown))
        return
    if answer is _MISSING:
        _refuse(f'Give the check your answer too: `check("{exercise_id}", your_answer)`.')
        return
    try:
        verdict = registry.judge(exercise, answer)
    except KeyboardInterrupt:
        boxes.show(f"{exercise_id} · Interrupted.", "Run the cell again when you like.", "note")
        return
    boxes.show(verdict.title, verdict.message, verdict.state)
    if verdict.state in (CORRECT, NOT_YET):
        _keep(exercise_id, tries=1, correct=verdict.state == CORRECT)
    _assert_expected(verdict)


def hint(exercise_id: str) -> None:
    """Show the next hint of an exercise, below those already shown."""
    try:
        exercise = registry.find(exercise_id)
    except registry.UnknownExerciseError as unknown:
        _refuse(str(unknown))
        return
    total = len(exercise.hints)
    shown = min(_hints_shown.get(exercise_id, 0) + 1, total)
    _hints_shown[exercise_id] = shown
    lines = [f"{i}. {text}" for i, text in enumerate(exercise.hints[:shown], start=1)]
    if shown == total:
        lines.append(f'That was the last one; `solution("{exercise_id}")` shows a solution.')
    boxes.show(f"{exercise_id} · Hint {shown} of {total}", "\n".join(lines), "note")
    _keep(exercise_id, hints=shown)


def solution(exercise_id: str) -> None:
    """Show a worked solution of an exercise, or the discussion of a question ("1.think")."""
    is_question = isinstance(exercise_id, str) and re.fullmatch(r"\d{1,2}\.think", exercise_id)
    if not is_question:
        try:
            registry.find(exercise_id)
        except registry.UnknownExerciseError as unknown:
            _refuse(str(unknown))
            return
    cells = lesson_source.solution_cells(registry.lesson_of(exercise_id), exercise_id)
    if not cells:
        _refuse(
            f"There is no solution of {exercise_id} in `lessons/`. Is the course's folder complete?"
        )
        return
    for kind, text in cells:
        display(Markdown(text if kind == "markdown" else f"```python\n{text}\n```"))
    if not is_question:
        _keep(exercise_id, solution_seen=True)


def progress(lesson: str | None = None) -> None:
    """Show how far you are, in one lesson ("01") or in all."""
    if lesson is not None and lesson not in registry.lessons():
        _refuse(f"There is no lesson {lesson}: there are {', '.join(registry.lessons())}.")
        return
    try:
        records = progress_file.load()
    except progress_file.StoreError as problem:
        boxes.show("Progress", str(problem), "note")
        records = {}
    boxes.show_table(*progress_table(records, lesson))


def progress_table(
    records: dict[str, progress_file.Record], lesson: str | None = None
) -> tuple[str, list[list[str]], list[str]]:
    """Return the title, the rows and the header of the table of progress."""
    everything = registry.exercises(lesson)
    rows = []
    for exercise in everything:
        record = records.get(exercise.exercise_id, progress_file.Record())
        state = CORRECT if record.correct else NOT_YET if record.tries else "–"
        helped = [f"{record.hints} hint{'s' * (record.hints > 1)}"] if record.hints else []
        if record.solution_seen:
            helped.append("solution seen")
        rows.append([exercise.exercise_id, exercise.title, state, ", ".join(helped)])
    done = sum(row[2] == CORRECT for row in rows)
    header = ["exercise", "title", "state", "help"]
    return f"You have solved {done} of {len(everything)} exercises.", rows, header


def _keep(exercise_id: str, **changes: bool | int) -> None:
    try:
        progress_file.update(exercise_id, **changes)
    except progress_file.StoreError as problem:
        boxes.show("Progress", str(problem), "note")


def _refuse(message: str) -> None:
    boxes.show("This cell needs a change.", message, "note")
    if os.environ.get("COURSE_STRICT"):
        raise AssertionError(message)


def _assert_expected(verdict: Verdict) -> None:
    expected = {"1": CORRECT, "untouched": NOT_ATTEMPTED}.get(os.environ.get("COURSE_STRICT", ""))
    if expected and verdict.state != expected:
        raise AssertionError(
            f"{verdict.exercise_id} is '{verdict.state}' and should be '{expected}': "
            f"{verdict.message}"
        )
