"""What a learner calls in a notebook: it says what it should, and never raises."""

import json

import pytest

from utils.exercises import boxes, check, hint, notebook, progress, progress_file, solution
from utils.flights import REFERENCE, load_flights


@pytest.fixture(autouse=True)
def shown(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    monkeypatch.delenv("COURSE_STRICT", raising=False)
    monkeypatch.setattr(notebook, "_hints_shown", {})
    output = []
    monkeypatch.setattr(boxes, "display", lambda data, raw: output.append(data))
    monkeypatch.setattr(notebook, "display", output.append)
    return output


def right():
    return load_flights(*REFERENCE)["late"].mean()


def test_the_three_verdicts(shown):
    for answer in (None, 12.4, right()):
        check("0.1", answer)
    titles = [data["text/plain"].split("\n")[0] for data in shown]
    assert titles == ["0.1 · Not attempted yet.", "0.1 · Not yet.", "0.1 · Correct."]
    assert all("role='status'" in data["text/html"] for data in shown)


def test_html_is_escaped(shown):
    check("0.1", "<script>alert(1)</script>")
    assert "<script>" not in shown[0]["text/html"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("0.9", 1), "it has 0.1, 0.2, 0.3"),
        (("77.1", 1), "no lesson 77"),
        (("banana", 1), "not an exercise"),
        ((0.1, 1), "in quotes"),
        ((None, 1), "in quotes"),
        (("0.1",), "your answer too"),
    ],
)
def test_a_wrong_call_gets_a_sentence(shown, arguments, says):
    check(*arguments)
    assert says in shown[0]["text/plain"]


def test_every_function_survives_a_wrong_number(shown):
    for function in (hint, solution):
        for name in ("0.9", "x", 3, None, []):
            function(name)
    progress("99")
    assert len(shown) == 11


def test_strict_raises_unless_correct(monkeypatch):
    monkeypatch.setenv("COURSE_STRICT", "1")
    check("0.1", right())
    for answer in (None, 12.4):
        with pytest.raises(AssertionError, match=r"0\.1 is"):
            check("0.1", answer)
    with pytest.raises(AssertionError):
        check("0.9", right())


def test_untouched_raises_unless_a_stub(monkeypatch):
    monkeypatch.setenv("COURSE_STRICT", "untouched")
    check("0.1", None)
    with pytest.raises(AssertionError, match="should be 'not attempted yet'"):
        check("0.1", right())


def test_hints_come_one_by_one_and_the_last_names_the_solution(shown):
    for _ in range(5):
        hint("0.1")
    counts = [data["text/plain"].split("\n")[0] for data in shown]
    assert counts == [f"0.1 · Hint {i} of 3" for i in (1, 2, 3, 3, 3)]
    assert len(shown[1]["text/plain"].split("\n")) == 3
    assert 'solution("0.1")' in shown[-1]["text/plain"]


def test_solution_is_that_of_the_lesson(shown):
    solution("0.1")
    assert 'flights["late"].mean()' in shown[0].data
    solution("0.think")
    assert "No wind on Earth" in shown[1].data


def test_progress_counts(shown):
    check("0.1", 12.4)
    check("0.1", right())
    check("0.1", 12.4)
    hint("0.2")
    shown.clear()
    progress("00")
    text = shown[0]["text/plain"]
    assert "You have solved 1 of 3 exercises." in text
    assert "1 hint" in text
    kept = json.loads(progress_file.path().read_text())["exercises"]["0.1"]
    assert kept == {"correct": True, "tries": 3, "hints": 0, "solution_seen": False}


def test_a_stub_leaves_no_trace():
    check("0.1", None)
    assert not progress_file.path().exists()


def test_an_unwritable_home_does_not_spoil_the_verdict(shown, monkeypatch, tmp_path):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("x")
    monkeypatch.setenv("COURSE_HOME", str(in_the_way / "sub"))
    check("0.1", right())
    texts = [data["text/plain"] for data in shown]
    assert texts[0].startswith("0.1 · Correct.")
    assert "could not be kept" in texts[1] or "cannot be read" in texts[1]


def test_an_interrupt_is_a_sentence(shown, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(notebook.registry, "judge", interrupted)
    check("0.1", 1)
    assert "Interrupted" in shown[0]["text/plain"]
