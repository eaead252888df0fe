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


def pytest_collection_modifyitems(items):
    """Put the files that take longest first; the tests of a file keep their order."""
    known = json.loads(SECONDS.read_text(encoding="utf-8")) if SECONDS.exists() else {}
    # A file that nobody has timed yet may be a long one.
    items.sort(key=lambda item: -known.get(item.nodeid.split("::")[0], 30))


def pytest_runtest_logreport(report):
    """Add up how long the tests of each file take."""
    _seconds[report.nodeid.split("::")[0]] += report.duration


def pytest_sessionfinish(session):
    """Write it down, if asked to, where the results of all workers come together."""
    if session.config.getoption("--note-seconds") and not hasattr(session.config, "workerinput"):
        rounded = {name: round(seconds) for name, seconds in _seconds.most_common()}
        SECONDS.write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")
