"""Collect the notebooks as tests: the learner's must run, the solutions must also print the same.

nbval has one mode a run; subclassing its collector gives each folder its own, so that one pytest
run spreads everything over the cores.
"""

import os

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
