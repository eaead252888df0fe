"""Exercise 5.4: a gate, a script whose exit code stops a pipeline."""

import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from utils.exercises.expect import a_function
from utils.exercises.judges import Check
from utils.exercises.lesson_05.gate_rules import SLIPS, Ended, Rule
from utils.exercises.lesson_05.gate_trials import trials
from utils.exercises.lesson_05.gate_words import complaint
from utils.exercises.lesson_05.scripts import Broken
from utils.exercises.registry import exercise
from utils.exercises.running import describe, name_of, run
from utils.exercises.verdicts import NotYet

# Evidently draws pictures that nobody sees; a loop that never ends takes longer.
SECONDS = 20


class _AsProcess:
    """Call main as a process would, and return its exit code as Python makes it."""

    def __init__(self, main: Callable):
        self._main = main
        self.__name__ = name_of(main)
        # So that an error is told with the learner's own line.
        self.__code__ = getattr(main, "__code__", None)

    def __call__(self, arguments):
        given, sys.argv = sys.argv, ["gate.py", *arguments]
        try:
            result = self._main(arguments)
        except SystemExit as ended:
            result = ended.code
        finally:
            sys.argv = given
        # sys.exit("a text") prints it and ends with 1.
        return (1, result) if isinstance(result, str) else (result, "")


@cache
def _contents(name):
    """Return a trial's two tables as parquet."""
    trial = CHECK.all_cases()[name]
    return [table.to_parquet() for table in (trial.reference, trial.batch)]


@dataclass(eq=False)
class Gate(Check):
    """A function `main` of three paths; a case is a trial, and what counts is the exit code."""

    def read(self, answer):
        """Ask for a function, and say why there is none."""
        if isinstance(answer, Broken):
            raise NotYet(answer.message)
        if isinstance(answer, Rule):
            return answer
        if isinstance(answer, str):
            raise NotYet(
                f"The check needs the function: `scripts.main_of({answer!r})`, as the cell had it."
            )
        return a_function(answer, "main", 1)

    def observe(self, answer, name, case):
        """Write the files, run the gate, and return how it ended."""
        if isinstance(answer, Rule):
            return answer.ended(case)
        with tempfile.TemporaryDirectory() as folder:
            paths = [str(Path(folder, f)) for f in ("reference.parquet", "batch.parquet")]
            limits = Path(folder, "limits.json")
            for path, content in zip(paths, _contents(name), strict=True):
                Path(path).write_bytes(content)
            limits.write_text(json.dumps(case.limits))
            try:
                (code, text), printed = run(
                    _AsProcess(answer), [*paths, str(limits)], seconds=SECONDS
                )
            except NotYet as problem:
                raise NotYet(_of_error(str(problem), name)) from None
        how = f"ends with the exit code {code}"
        if code is None:
            code, how = 0, "returns nothing, which makes the exit code 0"
        elif isinstance(code, (bool, np.bool_)):
            how = f"returns {code}, which makes the exit code {int(code)}"
        elif not isinstance(code, (int, np.integer)):
            raise NotYet(
                f"For {name}, your gate returns {describe(code)}; return a whole number, 0 or 1."
            )
        wrong = complaint(printed + text, case.names, case.calm) if code else ""
        return Ended(int(code), how, printed + text, wrong)

    def accepts(self, got, wanted):
        """Compare the exit codes, and ask for words where it stops."""
        return got.code == wanted.code and not (wanted.code and got.complaint)

    def is_like(self, got, slip):
        """Compare whether it stops, if that is what it meant."""
        meant = got.code or not (got.how.startswith("returns") or _warns(got))
        return bool(got.code) == bool(slip.code) and bool(meant)

    def told(self, name, got):
        """Say how it ended."""
        wanted = self.wanted(name).code
        if got.code and wanted:
            how = f"{got.how}; use 1, as the exercise says" if got.code != 1 else got.complaint
            return f"For {name}, your gate {how}".removesuffix(".") + "."
        return f"For {name}, your gate {got.how}."


def _warns(got):
    return any(word in got.printed.lower() for word in ("stop", "fail", "drift", "error"))


def _why(name, got, wanted):
    if bool(got.code) == bool(wanted.code):
        return ""
    trial = CHECK.all_cases()[name]
    if "returns True" in got.how or "returns False" in got.how:
        return (
            "To an operating system True is 1, and 1 means failure. Return 0 to let a batch pass "
            "and 1 to stop it."
        )
    if wanted.code and _warns(got):
        return f"It prints a warning, but a pipeline reads only the exit code. {trial.otherwise}"
    return f"This batch {'has to stop' if wanted.code else 'should pass'}. {trial.otherwise}"


def _of_error(problem, name):
    # The call with its paths means nothing to the learner; what follows it does.
    what = problem.split("stopped with an error.\n")[-1]
    if what == problem:
        return f"With {name}: {problem}"
    said = f"With {name}, your gate ends in an error.\n{what}\n"
    if "CourseError" in what or "which is none of the features" in name:
        cure = (
            "catch the CourseError, print its text, return 1."
            if "CourseError" in what
            else "ask for the names that are none of `FEATURES` before the report, print them, "
            "return 1."
        )
        return (
            f"{said}An error also ends a process with 1, so the pipeline stops. But whoever is "
            f"woken reads a traceback: {cure}"
        )
    if "JSONDecodeError" in what:
        return f"{said}The third argument is a path. Read the file first: `Path(...).read_text()`."
    return said.rstrip()


CHECK = Gate("main", Rule(), cases=trials, slips=SLIPS, otherwise=_why)

exercise(
    "5.4",
    "A gate",
    stars=3,
    minutes=18,
    hints=[
        "Unpack the three paths; read two tables with `pd.read_parquet` and the limits with "
        "`json.loads(Path(...).read_text())`.",
        'Two metrics for each limit: `ValueDrift(column=c, method="wasserstein", '
        "threshold=limit)`, and `MissingValueCount(column=c, "
        "share_tests=[lte(Reference(absolute=0.1))])`; then `Report(metrics, "
        "include_tests=True).run(batch, reference)`, both through `reports.dataset`.",
        "Before that, stop for names in the limits that are not in `FEATURES`: "
        "`set(limits) - set(FEATURES)`.",
        "Read `.tests_results` of what `run` returns: each has `.status.value`, `.name` and "
        "`.description`. No test at all is a reason to stop, too.",
        "Put both `reports.dataset(...)` into a `try:`, and end `except CourseError as problem:` "
        "with `print(problem)` and `return 1`.",
    ],
    learned="It passes what is calm, stops what is not, and stops what it could not judge. Each "
    "time it says why, in a line.",
    check=CHECK,
)
