"""What the checks of PromQL say where the answers of a lesson do not reach."""

import pandas as pd
import pytest

from tests.exercises import test_answers
from utils.errors import CourseError
from utils.exercises import registry
from utils.exercises.judges import queries
from utils.prometheus import promql
from utils.servers import find_program

needs_prometheus = pytest.mark.skipif(
    find_program.find("prometheus") is None or find_program.find("promtool") is None,
    reason="Prometheus is not installed: make prometheus",
)


CHANGE = (
    'sum(rate(flightdelay_requests_total{job="flightdelay"}[1d]))'
    ' / sum(rate(flightdelay_requests_total{job="flightdelay"}[1d] offset 1w)) - 1'
)


@pytest.fixture
def no_server():
    queries._started.cache_clear()
    yield
    queries._started.cache_clear()


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

    monkeypatch.setattr(queries.history, "start", refuse)
    verdict = registry.judge(registry.find("8.1"), "up")
    assert verdict.message == "The check cannot run your query. The disk is full."


@needs_prometheus
def test_the_server_is_kept_and_comes_back_when_it_was_killed():
    first = queries.machine()
    assert queries.machine() is first
    first.stop()
    second = queries.machine()
    assert second is not first and second.is_alive()
    assert registry.judge(registry.find("8.4"), CHANGE).state == "correct"


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
    assert queries.names(query) == names


def test_psi_as_a_text():
    query = promql.psi("6h", "2d")
    assert query.count("[6h]") == query.count("[6h] offset 2d") * 2 == 8
    assert query.count("(") == query.count(")")


def _result(*pairs, moment="2013-05-01"):
    table = pd.DataFrame(
        [labels | {"time": pd.Timestamp(moment), "value": v} for labels, v in pairs],
        columns=None if pairs else ["time", "value"],
    )
    return queries.Result("q", pd.Timestamp(moment), table, ())


@pytest.mark.parametrize(
    ("got", "says"),
    [
        (_result(({}, 2.0)), "it should be less."),
        (_result(({}, 0.5)), "it should be more."),
        # Numbers that print alike are not called less or more.
        (_result(({}, 1.0003)), "it is near, but not it."),
        (_result(({}, float("nan"))), "NaN is no number"),
        (_result(({"le": "1"}, 1.0)), "something else"),
        (_result(), "there it should return something else"),
    ],
)
def test_a_wrong_number_gets_a_direction(got, says):
    query = queries.Query("q", "x")
    assert says in query._direction(got, _result(({}, 1.0)))


def test_tolerance_follows_the_quantity():
    rate, difference = queries.Query("q", "x"), queries.Query("q", "x", absolute=5e-5)
    one, near, far = _result(({}, 0.1)), _result(({}, 0.100009)), _result(({}, 0.10002))
    assert rate.accepts(near, one) and not rate.accepts(far, one)
    # A difference of shares is as precise as the shares, however small it is.
    small = _result(({}, 0.0001)), _result(({}, 0.00013))
    assert difference.accepts(*small) and not rate.accepts(*small)
