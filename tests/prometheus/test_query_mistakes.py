"""What is said of queries that Prometheus refuses: the place, and what helps."""

import pytest

from utils import prometheus
from utils.errors import CourseError
from utils.prometheus import query_mistakes
from utils.servers import find_program

needs_prometheus = pytest.mark.skipif(
    find_program.find("prometheus") is None, reason="Prometheus is not installed: make prometheus"
)


@pytest.fixture(scope="module")
def server():
    with prometheus.start(name="for mistakes") as running:
        yield running


@pytest.fixture
def said(server):
    def ask(query):
        with pytest.raises(CourseError) as refused:
            server.query(query)
        return str(refused.value)

    return ask


TWO = 'label_replace(vector(1), "x", "1", "", "") or label_replace(vector(2), "x", "2", "", "")'


@needs_prometheus
@pytest.mark.parametrize(
    ("query", "advice"),
    [
        ("sum(rate(m))", "look back over a range"),
        ("min_over_time(m)", "look back over a range"),
        ("rate(sum(m)[5m])", "First the rate of each counter, then the sum"),
        ("rate(sum(m[5m]))", "First the rate of each counter, then the sum"),
        ("histogram_quantile(0.95, m[1h])", "put `rate(...)` around the range"),
        ("clamp_min(0.0001, m)", "where `clamp_min` takes series. Have the arguments changed"),
        ("histogram_quantile(rate(m[1h]), 0.95)", "where `histogram_quantile` takes a number"),
        ('histogram_quantile("0.95", m)', "without quotes"),
        ("histogram_quantile(0,95, m)", "takes 2 arguments, separated by commas, and got 3. A dec"),
        ("m[1d] - m[1d]", "around each range"),
        ("rate(m[1d]) offset 1w", "inside the functions"),
        ("rate(m offset 1w [1d])", "The range comes first"),
        ("m offset 7", "with its unit"),
        ("m[1d offset 1w]", "comes behind them"),
        ("m - offset 1w", "A duration stands in brackets"),
        ("rate(m[5 m])", "Say the unit"),
        ("rate(m[1.5h])", "whole numbers"),
        ("rate(m[5mins])", "the units ms, s, m, h"),
        (f"({TWO}) / on() vector(1)", "say with `group_left`"),
        (f"({TWO}) / on() group_right vector(1)", "said by `group_left`"),
        (f"vector(1) / on() group_left() ({TWO})", "Sum the right side"),
        ("m / on() group_left (sum(m))", "write `group_left() (...)`"),
        ("m / group_left sum(m)", "right behind the operator"),
        ("m group_left / sum(m)", "right behind the operator"),
        ("m / ignoring x group_left n", "stand in parentheses"),
        ("sum by x (m)", "stand in parentheses"),
        ("sum(m by (x))", "`by` stands behind the parentheses"),
        ("sum(m without (x))", "sum without (x) (...)"),
        ("m / ignore(x) group_left n", "Did you mean `ignoring`?"),
        ("clampmin(m, 1)", "Did you mean `clamp_min`?"),
        ("log(m)", "Did you mean `ln`?"),
        ("rates(m[5m])", "Did you mean `rate`?"),
        ("sum(({p} - {q}) * ln({p} / {q}))", "is the `f` before the quotes missing?"),
        ("sum(rate({ours}[5m]))", "is the `f` before the quotes missing?"),
        ("m{job=x}", "stands in quotes"),
        ('m{job=="x"}', "One `=` is enough"),
        ("m{job=“x”}", "curly quotes"),
        ('m{job:"x"}', "Between a label and its value"),
        ('m{job="x"[5m]', "closing brace"),
        ('m{le>"0.3"}', "has no order"),
        ('m{job="x}', "and not closed"),
        ('m{job=~"*"}', "regular expression"),
        ("{}", "Say the name of a metric"),
        ('m[1d]{job="x"}', "before the range"),
        ("m && n", "`and`, `or` and `unless`"),
        ("answer = sum(m)", "Values are compared with `==`"),
        ('machine.query("m")', "Is there Python inside the quotes?"),
        ('f"sum(m)"', "Is there Python inside the quotes?"),
    ],
)
def test_advice_goes_by_the_sentence(said, query, advice):
    assert advice in said(query)


@needs_prometheus
@pytest.mark.parametrize(
    "query",
    [
        "m / ignoring(x) group_left sum(m",
        "m / ignoring(x) group_left cosine(m)",
        "missing_unit_character{x=1} / on(group_left) group_left many_to_many",
    ],
)
def test_words_of_the_query_give_no_advice(said, query):
    assert "say with" not in said(query) and "Sum the" not in said(query)


@needs_prometheus
def test_the_place_is_marked_in_a_short_piece_of_a_long_query(said):
    for before in (200, 40, 10, 0):
        query = "m + " * before + "rates(m[5m])" + " + m" * 200
        lines = said(query).splitlines()
        assert len(lines[1]) < 70
        assert lines[1][lines[2].index("^") :].startswith("rates(m[5m])")
    assert "…" in lines[1]


@needs_prometheus
@pytest.mark.parametrize("query", ['sum(m{job="éèü"}) foo', "\t\tsum(m) foo", "m +\r\n m foo"])
def test_the_mark_counts_what_is_seen(said, query):
    *_, line, mark = said(query).splitlines()
    assert line[mark.index("^") :].startswith("foo")


@needs_prometheus
def test_only_a_parse_error_is_called_one(said, server):
    assert said("sum(").startswith("Prometheus does not understand the query: 1:5: parse error")
    assert said(f"vector(1) / on() ({TWO})").startswith("Prometheus cannot answer the query: found")
    with pytest.raises(CourseError) as refused:
        server.query_range("up", "2013-01-01", "2013-12-31", step="1m")
    assert "longer `step`" in str(refused.value) and "?step=" not in str(refused.value)
    with pytest.raises(CourseError, match=r"put a function such as `rate\(...\)` around"):
        server.query_range("up[5m]", "2013-01-01", "2013-01-02")


def test_what_other_versions_say_finds_its_advice():
    for said in (
        'invalid parameter "query": 1:33: parse error: bad number or duration syntax: "5mi"',
        'invalid parameter "query": 1:33: parse error: not a valid duration string: "1.5h"',
    ):
        assert "whole numbers" in query_mistakes.advice_on(said)
    assert query_mistakes.advice_on("something new") == query_mistakes.advice_on("") == ""
