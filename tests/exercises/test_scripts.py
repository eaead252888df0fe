"""Scripts that a learner's cell has written: their `main`, or a sentence that says why not."""

import pytest

from utils.exercises import registry
from utils.exercises.lesson_05.scripts import Broken, main_of

STUB = (
    'def main(arguments):\n    """Say why."""\n    ...\n\nif __name__ == "__main__":\n    1 / 0\n'
)


@pytest.fixture
def script(tmp_path):
    def write(text):
        path = tmp_path / "gate.py"
        path.write_text(text)
        return main_of(path)

    return write


def test_main_is_found_and_what_is_under_main_is_not_run(script):
    assert script("def main(arguments):\n    return len(arguments)")([1, 2]) == 2
    assert not isinstance(script(STUB), Broken)


def test_main_still_knows_the_names_of_its_script(script):
    main = script("import json\nLIMIT = 3\ndef main(arguments):\n    return json.dumps(LIMIT)")
    assert main([]) == "3"


def test_a_rewritten_script_is_read_anew(script):
    assert script("def main(arguments):\n    return 1")([]) == 1
    assert script("def main(arguments):\n    return 2")([]) == 2


def test_an_untouched_stub_is_no_attempt(script):
    verdict = registry.judge(registry.find("5.4"), script(STUB))
    assert verdict.state == "not attempted yet"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def main(arguments)\n    return 1", "line 1: def main(arguments)"),
        ("def gate(arguments):\n    return 1", "no function `main`"),
        ("import sys\nsys.exit(0)", "ends as soon as it is loaded"),
        ("limits = {}\nlimits['hour']", "line 2: limits['hour']\n    KeyError"),
        ("from evidently.test_suite import TestSuite", "interface before 0.7"),
        ("from evidently.tests import TestColumnDrift", "interface before 0.7"),
        ("import evidently_ai", "No module named 'evidently_ai'"),
        ("print('x' * 10**6)", "no function `main`"),
    ],
)
def test_what_keeps_a_script_from_loading_is_said(script, text, says):
    verdict = registry.judge(registry.find("5.4"), script(text))
    assert verdict.state == "not yet"
    assert says in verdict.message


def test_a_script_that_is_not_there(tmp_path):
    assert "There is no script" in main_of(tmp_path / "gate.py").message
