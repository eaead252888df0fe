"""Collect the notebooks as tests: the learner's must run, the solutions must also print the same.

nbval has one mode a run; subclassing its collector gives each folder its own, so that one pytest
run spreads everything over the cores. The files that take longest come first, or one of them would
begin when all others have ended; `tests/seconds.json` knows them, and `--note-seconds` writes it.
"""

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from nbval.plugin import IPyNbFile

from utils.exercises import registry


class LearnerNotebook(IPyNbFile):
    """Runs from top to bottom with every stub untouched; outputs are not compared."""

    strict = "untouched"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.compare_outputs = self.strict == "1"

    def setup(self):
        """Start the kernel with the strictness and an own, empty progress file."""
        if missing := registry.missing_programs(self.path.name[:2]):
            pytest.skip(f"{missing[0]} is not installed: make prometheus")
        home = self.config._tmp_path_factory.mktemp("course-home")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("COURSE_STRICT", self.strict)
            patch.setenv("COURSE_HOME", str(home))
            super().setup()


class SolvedNotebook(LearnerNotebook):
    """Runs with every check passing, and prints what the committed outputs say."""

    strict = "1"


def pytest_collect_file(file_path, parent):
    """Collect `notebooks/*.ipynb` and `solutions/*.ipynb`."""
    kinds = {"notebooks": LearnerNotebook, "solutions": SolvedNotebook}
    if file_path.suffix == ".ipynb" and file_path.name[:2].isdigit():
        kind = kinds.get(file_path.parent.name)
        return kind and kind.from_parent(parent, path=file_path)
    return None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config):
    """Use every core that there is, as far as this process may use them."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


SECONDS = Path(__file__).parent / "tests" / "seconds.json"
_seconds: Counter[str] = Counter()


def pytest_addoption(parser):
    """Add the option that writes down how long each file took."""
    parser.addoption("--note-seconds", action="store_true", help=f"write {SECONDS.name}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Put the groups that take longest first, before xdist reads them; a group keeps its order.

    A group is what one worker runs in one go: a file, and of the answers to all exercises those of
    a lesson.
    """
    known = json.loads(SECONDS.read_text(encoding="utf-8")) if SECONDS.exists() else {}
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    # What nobody has timed yet may take long.
    items.sort(key=lambda item: -known.get(_group(item), 30))


def pytest_runtest_logreport(report):
    """Add up how long the tests of each group take."""
    name, _, group = report.nodeid.rpartition("@")
    _seconds[group if name else report.nodeid.split("::")[0]] += report.duration


def pytest_sessionfinish(session):
    """Write it down, if asked to, where the results of all workers come together."""
    if session.config.getoption("--note-seconds") and not hasattr(session.config, "workerinput"):
        rounded = {name: round(seconds) for name, seconds in _seconds.most_common()}
        SECONDS.write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")


def _group(item) -> str:
    file = item.nodeid.split("::")[0]
    exercise = getattr(item, "callspec", None) and item.callspec.params.get("name")
    if isinstance(exercise, str) and file.endswith("test_answers.py"):
        return f"{file} {exercise.split('.')[0]}"
    return file
