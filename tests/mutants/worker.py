"""Judge the mutants of one lesson's exercises, each in a child of its own, and tell in JSON lines.

The lesson's and the answers' own code runs once, here; a child is a fork, so it finds all of that
ready, and whatever a mutant does (loop, change what is shared, end the process) ends with it.
"""

import contextlib
import json
import os
import resource
import select
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tests.mutants import python_code, source
from utils.exercises import registry
from utils.exercises.judges import Check
from utils.exercises.running import quietly, time_limit
from utils.exercises.verdicts import CORRECT

WALL_SECONDS = 60
CPU_SECONDS = 45
REFUSED, ACCEPTED, SAME, ENDED = "refused", "accepted", "same", "ended"


@dataclass(frozen=True)
class Task:
    """A mutant of an answer: its key, which part of the answer it changes, and the new code."""

    key: str
    answer: source.Answer
    number: int
    code: str


def answers(exercise_id: str) -> list[source.Answer]:
    """Return all right answers of an exercise, in the form in which they are changed."""
    found = source.of_lesson(exercise_id) + source.of_tests(exercise_id)
    return [answer.as_value() for answer in found]


def tasks(found: list[source.Answer]) -> Iterator[Task]:
    """Return the mutants of some answers to one exercise; what answers share is changed once."""
    seen, keys = set(), {}
    for answer in found:
        modules = answer.modules()
        for number, (name, code) in enumerate(answer.parts):
            if code in seen:
                continue
            seen.add(code)
            for mutant in python_code.mutants(code, name, modules):
                if mutant.text in seen:
                    continue
                seen.add(mutant.text)
                keys[mutant.key] = keys.get(mutant.key, 0) + 1
                if keys[mutant.key] > 1 and not name:
                    # The same change in the same line of another text.
                    continue
                times = f" #{keys[mutant.key]}" if keys[mutant.key] > 1 else ""
                yield Task(mutant.key + times, answer, number, mutant.text)


def judged(exercise: registry.Exercise, task: Task, right_values: list[Any]) -> str:
    """Judge one mutant, here and now."""
    try:
        with quietly(), time_limit(WALL_SECONDS / 3):
            value = task.answer.make(task.number, task.code)
        if any(same(value, right) for right in right_values):
            return SAME
    except BaseException:
        # Code that does not run makes no answer.
        return REFUSED
    verdict = registry.judge(exercise, value)
    return ACCEPTED if verdict.state == CORRECT else REFUSED


def in_a_child(work, seconds: float = WALL_SECONDS) -> str:
    """Return what `work()` returns in a fork of this process, or ENDED when none comes."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))
            nowhere = os.open(os.devnull, os.O_RDWR)
            for number in (0, 1, 2):
                os.dup2(nowhere, number)
            os.write(writing, work().encode() + b"\n")
        finally:
            os._exit(0)
    os.close(writing)
    said, until = b"", time.monotonic() + seconds
    while not said.endswith(b"\n") and (left := until - time.monotonic()) > 0:
        if not select.select([reading], [], [], left)[0] or not (more := os.read(reading, 4096)):
            break
        said += more
    os.close(reading)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    # It may not have come to lead a group of its own.
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return said.decode().strip() if said.endswith(b"\n") else ENDED


def run(exercise_id: str) -> dict[str, Any]:
    """Judge every mutant of an exercise; return the keys by what became of them."""
    begin = time.monotonic()
    became = try_all(registry.find(exercise_id), answers(exercise_id))
    return became | {"seconds": round(time.monotonic() - begin)}


def try_all(
    exercise: registry.Exercise, given: list[source.Answer], seconds: float = WALL_SECONDS
) -> dict[str, Any]:
    """Judge every mutant of some answers; return the keys by what became of them.

    An answer that is not right to begin with is told under "wrong", and left alone.
    """
    found, values, wrong = [], [], []
    for answer in given:
        value = answer.make()
        verdict = registry.judge(exercise, value)
        if verdict.state == CORRECT:
            found.append(answer)
            values.append(value)
        else:
            wrong.append(f"{answer.name} is not right: {verdict.message}")
    _warm_up(exercise)
    became: dict[str, list[str]] = {REFUSED: [], ACCEPTED: [], SAME: [], ENDED: []}
    for task in tasks(found):
        if task.answer.written:
            # Nothing of it runs here; and the servers of a check would start anew in each child.
            said = judged(exercise, task, values)
        else:
            said = in_a_child(lambda task=task: judged(exercise, task, values), seconds)
        became[said].append(task.key)
    return {"exercise": exercise.exercise_id, **became, "wrong": wrong}


def _warm_up(exercise: registry.Exercise) -> None:
    """Let a table compute what its slips do, once for all mutants."""
    check = exercise.test
    if isinstance(check, Check):
        with contextlib.suppress(Exception), quietly():
            for slip in check.all_slips():
                for name in check.all_cases():
                    check._outcome(slip.answer, name)


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are one to anybody who looks at them."""
    if type(one) is not type(other):
        simple = (int, float, np.number)
        return isinstance(one, simple) and isinstance(other, simple) and bool(one == other)
    if isinstance(one, pd.DataFrame | pd.Series | pd.Index):
        return one.equals(other) and (isinstance(one, pd.Index) or one.index.equals(other.index))
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, str | int | float | bool | set | frozenset | np.generic):
        return bool(one == other)
    return False


def main(exercise_ids: list[str]) -> None:
    """Judge some exercises of one lesson; print what became of each as a line of JSON."""
    told = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    # A child that is ended leaves its files behind: they go with this folder.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.chdir(folder)
        tempfile.tempdir = os.environ["TMPDIR"] = folder
        for exercise_id in exercise_ids:
            try:
                result = run(exercise_id)
            except Exception as problem:
                said = f"{type(problem).__name__}: {problem}"
                result = {"exercise": exercise_id, "problem": said}
            print(json.dumps(result), file=told, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
