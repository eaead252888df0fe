"""The batches on which lesson 05 tries a learner's gate, and what it says of each exit code."""

import json
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from utils.exercises.running import describe, name_of, run
from utils.exercises.verdicts import NotYet
from utils.flights import load_flights

# Importing and drawing take long on a busy machine; a loop that never ends takes longer.
SECONDS = 60
FEW_LETTERS = 8


@dataclass(frozen=True, eq=False)
class Trial:
    """A batch with its limits, what a gate should do with it, and why it might not."""

    about: str
    batch: pd.DataFrame
    limits: dict[str, float]
    stops: bool
    # What to say when the gate does the opposite.
    otherwise: str
    names: list[str] = field(default_factory=list)
    # A column with a limit that it keeps, so that it is not among those that drifted.
    calm: str = ""


def judge_gate(main: Callable) -> None:
    """Run a gate on all trials, and raise NotYet for the first that it gets wrong."""
    with tempfile.TemporaryDirectory() as folder:
        for number, trial in enumerate(_trials()):
            _judge(main, trial, _files(Path(folder), number, trial))


@cache
def _tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a reference and a batch without drift, small enough to be compared quickly."""
    flights = load_flights(10, 11).sample(4_500, random_state=5)
    return flights.iloc[:3_000], flights.iloc[3_000:]


@cache
def _trials() -> tuple[Trial, ...]:
    reference, batch = _tables()
    later = batch.assign(hour=(batch["hour"] + 5) % 24)
    # Over Evidently's default threshold, and below the limit that it gets.
    warmer = batch.assign(temp=batch["temp"] + 0.3 * reference["temp"].std())
    spread = batch.assign(distance=3 * batch["distance"])
    return (
        Trial(
            "a calm batch",
            batch,
            {"hour": 0.2},
            False,
            "All scores are far below their limits. Is the comparison the right way round, and do "
            "you read the tests with `include_tests=True`?",
        ),
        Trial(
            "a drifted batch (its `hour` is five hours off)",
            later,
            {"humid": 0.2, "hour": 0.2},
            True,
            "A test of its report has the status FAIL.",
            ["hour"],
            "humid",
        ),
        Trial(
            "a batch whose `temp` scores about 0.3, with the limit 0.6",
            warmer,
            {"temp": 0.6},
            False,
            "Do you hand the limit to the metric, `ValueDrift(..., threshold=limit)`? Without it "
            "Evidently takes 0.1. And the method is `wasserstein`.",
        ),
        Trial(
            "a batch with all distances three times as long, with the limit 1.5",
            spread,
            {"distance": 1.5},
            True,
            "Did you swap reference and batch? `Report.run(current, reference)`: the batch comes "
            "first. (The score is divided by the reference's standard deviation, so the order "
            "matters.)",
            ["distance"],
        ),
        Trial(
            "an empty `limits.json` (so that nothing is tested)",
            batch,
            {},
            True,
            "`all([])` is True and `any([])` is False: where nothing was tested, nothing failed. "
            "Stop when the list of tests is empty.",
        ),
        Trial(
            "a batch without the column `hour`",
            batch.drop(columns="hour"),
            {"hour": 0.2, "distance": 0.2},
            True,
            "A gate that leaves out what it cannot test, or catches the error and goes on, says "
            "that all is well.",
            ["hour"],
        ),
        Trial(
            "a batch without a single flight",
            batch.head(0),
            {"hour": 0.2, "distance": 0.2},
            True,
            "Nothing in it can be tested.",
        ),
    )


def _files(folder: Path, number: int, trial: Trial) -> list[str]:
    paths = [folder / "reference.parquet", folder / f"batch{number}.parquet"]
    if not paths[0].exists():
        _tables()[0].to_parquet(paths[0])
    trial.batch.to_parquet(paths[1])
    limits = folder / f"limits{number}.json"
    limits.write_text(json.dumps(trial.limits))
    return [str(path) for path in [*paths, limits]]


class _Ended:
    """Call main as a process would, and return its exit code as Python makes it."""

    def __init__(self, main: Callable):
        self._main = main
        self.__name__ = name_of(main)
        # So that an error is told with the learner's own line.
        self.__code__ = getattr(main, "__code__", None)

    def __call__(self, arguments: list[str]) -> tuple[Any, str]:
        given, sys.argv = sys.argv, ["gate.py", *arguments]
        try:
            result = self._main(arguments)
        except SystemExit as ended:
            result = ended.code
        finally:
            sys.argv = given
        # sys.exit("a text") prints it and ends with 1.
        return (1, result) if isinstance(result, str) else (result, "")


def _judge(main: Callable, trial: Trial, paths: list[str]) -> None:
    try:
        (code, text), printed = run(_Ended(main), paths, seconds=SECONDS)
    except NotYet as problem:
        raise NotYet(_of_error(str(problem), trial)) from None
    printed += text
    said = f"For {trial.about}, your gate"
    if code is None:
        code, how = 0, "returns nothing, which makes the exit code 0"
    elif isinstance(code, (bool, np.bool_)):
        how = f"returns {code}, which makes the exit code {int(code)}"
    elif isinstance(code, (int, np.integer)):
        how = f"ends with the exit code {code}"
    else:
        raise NotYet(f"{said} returns {describe(code)}; return a whole number, 0 or 1.")
    if bool(code) != trial.stops:
        raise NotYet(f"{said} {how}. {_why(code, printed, trial)}")
    if trial.stops and code != 1:
        raise NotYet(f"{said} {how}; use 1, as the exercise says.")
    if not trial.stops:
        return
    if len(printed.strip()) < FEW_LETTERS:
        raise NotYet(
            f"{said} stops it, and prints nothing. Whoever is woken wants to know why: print one "
            "line."
        )
    for name in trial.names:
        if name not in printed:
            raise NotYet(
                f"{said} stops it and prints {describe(printed.strip().splitlines()[-1])}. Name "
                f"the column, `{name}`, so that whoever is woken knows where to look."
            )
    if trial.calm:
        _judge_calm(printed, trial, said)


def _judge_calm(printed: str, trial: Trial, said: str) -> None:
    """Ask that the calm column is not named in the same way as the drifted one."""
    lines, (drifted,) = printed.strip().splitlines(), trial.names
    if any(drifted in line and trial.calm not in line for line in lines):
        return
    line = lines[-1]
    parts = re.split(rf"\b({drifted}|{trial.calm})\b", line)
    if sorted(parts[1::2]) != sorted([drifted, trial.calm]):
        return
    before, between, after = (
        [word for word in re.findall(r"[\w.%]+|[<>=]+", part) if word.lower() not in _JOINERS]
        for part in parts[::2]
    )
    # What follows one name also follows the other, or what precedes it: a list, with or without
    # words and numbers of its own. With another word or number beside each they are told apart.
    alike = any(
        between[:cut] == after[:cut] and between[cut:] == before[len(before) - len(between) + cut :]
        for cut in range(len(between) + 1)
        if len(between) - cut <= len(before)
    )
    # "hour, humid unaffected": what follows may be about the calm one alone.
    verdict = " ".join(after[:3]).lower()
    apart = parts[3] == trial.calm and not between and after and not _FAILED.search(verdict)
    if alike and not apart:
        raise NotYet(
            f"{said} stops it and prints {line[:100]!r}. That names `{trial.calm}` as well, "
            "which is below its limit. Name the columns whose test has failed, not all that have "
            "a limit."
        )


_JOINERS = {"and", "or", "column", "columns", "the"}
_FAILED = re.compile(
    r"drift|fail|above|over|exceed|too|beyond|higher|stop|break|broke|[<>]|parquet"
)


def _why(code: Any, printed: str, trial: Trial) -> str:
    if isinstance(code, (bool, np.bool_)):
        return (
            "To an operating system True is 1, and 1 means failure. Return 0 to let a batch pass "
            "and 1 to stop it."
        )
    if trial.stops and any(word in printed.lower() for word in ("stop", "fail", "drift", "error")):
        return f"It prints a warning, but a pipeline reads only the exit code. {trial.otherwise}"
    verb = "has to stop" if trial.stops else "should pass"
    return f"This batch {verb}. {trial.otherwise}"


def _of_error(problem: str, trial: Trial) -> str:
    # The call with its paths means nothing to the learner; what follows it does.
    what = problem.split("stopped with an error.\n")[-1]
    if what == problem:
        return f"With {trial.about}: {problem}"
    said = f"With {trial.about}, your gate ends in an error.\n{what}\n"
    if "CourseError" in what:
        return (
            f"{said}An error also ends a process with 1, so the pipeline stops. But whoever is "
            "woken reads a traceback: catch the CourseError, print its text, return 1."
        )
    if "JSONDecodeError" in what:
        return f"{said}The third argument is a path. Read the file first: `Path(...).read_text()`."
    return said.rstrip()
