"""A notebook of before the wings is told what to change, and no stack trace is shown."""

from importlib import import_module

import pytest
from IPython.core.interactiveshell import InteractiveShell

import utils
from utils.errors import CourseError


@pytest.mark.parametrize(("name", "wing"), utils.MOVED.items())
def test_what_has_moved_is_there(name, wing):
    assert import_module(f"utils.{wing}.{name.rpartition('.')[2]}")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("from utils import measure, model, plots", "from utils.drift import measure"),
        ("from utils.simulate import Severity", "from utils.drift import simulate"),
        ("import utils.history", "from utils.prometheus import history"),
        (
            "from utils.exercises import check, pictures",
            "from utils.exercises.lesson_01 import pictures",
        ),
    ],
)
def test_an_old_import_gets_a_sentence(line, says, capsys):
    with pytest.raises(CourseError, match=says):
        exec(line)
    shell = InteractiveShell.instance()
    assert not shell.run_cell(line).success
    said = capsys.readouterr().out
    assert says in said
    assert "Traceback" not in said


def test_what_never_was_is_missing_as_always():
    with pytest.raises(ImportError):
        exec("from utils import mesure")
