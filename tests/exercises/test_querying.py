"""What the checks of PromQL say where the answers of a lesson do not reach."""

import pytest

from tests import test_answers
from utils.errors import CourseError
from utils.exercises import registry
from utils.exercises.lesson_08 import querying
from utils.exercises.lesson_08.questions_weeks import CHANGE
from utils.prometheus import promql
from utils.servers import find_program

needs_prometheus = pytest.mark.skipif(
    find_program.find("prometheus") is None or find_program.find("promtool") is None,
    reason="Prometheus is not installed: make prometheus",
)


@pytest.fixture
def no_server():
    querying._started.cache_clear()
    yield
    querying._started.cache_clear()


def test_without_prometheus_the_check_says_how_to_get_it(monkeypatch, no_server):
    monkeypatch.setattr(find_program, "find", lambda *_: None)
    verdict = registry.judge(registry.find("8.1"), "up")
    assert verdict.state == "not yet"
    assert "prometheus is not installed. To install it: make prometheus" in verdict.message


def test_without_prometheus_answers_are_skipped_with_the_reason(monkeypatch):
    monkeypatch.setattr(find_program, "find", lambda *_: None)
    assert registry.missing_programs("08") == ["prometheus", "promtool"]
    assert registry.missing_programs("01") == [] == registry.missing_programs("99")
    with pytest.raises(pytest.skip.Exception, match="prometheus is not installed"):
        test_answers.need_programs("8.1")


def test_a_history_that_cannot_be_made_is_told(monkeypatch, no_server):
    def refuse(**_):
        raise CourseError("The disk is full.")

    monkeypatch.setattr(querying.history, "start", refuse)
    verdict = registry.judge(registry.find("8.1"), "up")
    assert verdict.message == "The check cannot run your query. The disk is full."


@needs_prometheus
def test_the_server_is_kept_and_comes_back_when_it_was_killed():
    first = querying.machine()
    assert querying.machine() is first
    first.stop()
    second = querying.machine()
    assert second is not first and second.is_alive()
    querying.judge(CHANGE.right, CHANGE)


@needs_prometheus
def test_every_slip_is_wrong_and_gets_its_own_message():
    from utils.exercises.lesson_08 import questions_rates, questions_weeks

    asked = [
        value
        for module in (questions_rates, questions_weeks)
        for value in vars(module).values()
        if isinstance(value, querying.Question)
    ]
    assert len(asked) == 6
    for question in asked:
        for says, queries in question.slips:
            for query in queries[:2]:
                with pytest.raises(querying.NotYet) as told:
                    querying.judge(query, question)
                assert says in str(told.value), query


@pytest.mark.parametrize(
    ("query", "names"),
    [
        (
            "sum by (le, job) (rate(a_b{le='x'}[5m:1m] offset 1w)) / on() group_left c > bool 1e-4",
            ["a_b", "c"],
        ),
        ("sum(x) without (y) # z", ["x"]),
        ("p - q", ["p", "q"]),
        ("SUM(Rate(up[5m])) AND 1.5e3 or -Inf or NaN", ["up"]),
        ("x @ end() + 0x1F", ["x"]),
    ],
)
def test_names_in_a_query(query, names):
    assert querying._names(query) == names


def test_psi_as_a_text():
    query = promql.psi("6h", "2d")
    assert query.count("[6h]") == query.count("[6h] offset 2d") * 2 == 8
    assert query.count("(") == query.count(")")
