"""Mutants: each kind of change is made, what passes is told, and the report is of today's checks.

The mutants themselves are tried by `make test-mutants`; here only what it showed is held.
"""

import ast
import os

import pytest
import yaml

from tests.mutants import promql, python_code, report, source, sql, texts, worker
from utils.exercises import registry

EXERCISES = [name for lesson in registry.lessons() for name in source.exercise_ids(lesson)]


def changed(code, **modules):
    return {mutant.text for mutant in python_code.mutants(code, modules=modules)}


@pytest.mark.parametrize(
    ("code", "mutant"),
    [
        ("x = a < b", "x = a <= b"),
        ("x = a < b", "x = a > b"),
        ("x = a + b", "x = a - b"),
        ("x = a / b", "x = b / a"),
        ("x = a and b", "x = a or b"),
        ("x = a and b", "x = b"),
        ("x = t[m & n]", "x = t[m]"),
        ("x = not a", "x = a"),
        ("x = ~a", "x = a"),
        ("x = 10", "x = 11"),
        ("x = 0.05", "x = 0.055"),
        ("x = 0.05", "x = 0.045"),
        ("x = 50", "x = 55"),
        ("x = True", "x = False"),
        ("x = late.dropna().mean()", "x = late.mean()"),
        ("x = late.dropna().mean()", "x = late.dropna().median()"),
        ("x = f(a, b)", "x = f(b, a)"),
        ("x = f(a, drop=True)", "x = f(a)"),
        ("x = sorted(a)", "x = a"),
        ("x = a[1:n]", "x = a[1:]"),
        ("x = a[1:n]", "x = a[2:n]"),
        ("x = [i for i in a if i]", "x = [i for i in a]"),
        ("x = a if b else c", "x = c"),
        ("x = {'a': 1, 'b': 2}", "x = {'b': 2}"),
        ("x = {'a': 'roll back', 'b': 'wait for it'}", None),
        ("x = t['late']", "x = t['arr_delay']"),
        ("x = t > '2013-05-15 12:00'", "x = t > '2013-05-15 13:00'"),
        ("def f(n=3):\n    return n", "def f(n=4):\n    return n"),
        ("x = 1\nx += 2", "x = 1\nx = 2"),
        ("n = 1\ncount()", "n = 1"),
        ("with lock:\n    count()", "count()"),
        ("if a:\n    count()", "if not a:\n    count()"),
        ("if a:\n    raise b", "if a:\n    pass"),
        ("try:\n    a()\nfinally:\n    b()", "a()\nb()"),
        ("try:\n    a()\nfinally:\n    b()", "a()"),
        ("try:\n    a()\nexcept Exception:\n    b()", "try:\n    a()\nexcept ValueError:\n    b()"),
        ("try:\n    a()\nexcept Exception:\n    b()", "a()"),
        ("@cached\ndef f():\n    return 1", "def f():\n    return 1"),
        ("x = 'rate(a[5m])'", "x = 'rate(a[10m])'"),
    ],
)
def test_python_is_changed_by_one_step(code, mutant):
    if mutant is None:
        assert "x = {'a': 'wait for it', 'b': 'wait for it'}" in changed(code)
    else:
        assert mutant in changed(code)


def test_python_is_changed_only_where_it_matters():
    code = 'def f(a):\n    """A sentence with 5 words."""\n    return default_rng(7).choice(a)'
    found = changed(code)
    assert found
    assert all("A sentence with 5 words." in text for text in found)
    assert not any("rng(8)" in text for text in found)
    # A module is no value, and has no neighbour that it does not have.
    assert not {"x = ast", "x = ast.b"} & changed("x = ast.parse(b)", ast=ast)
    # The same numbers come from range(0, 3, 2) and range(0, 4, 2).
    assert "x = range(0, 4, 2)" not in changed("x = range(0, 3, 2)")


def test_each_key_stands_for_one_mutant():
    code = "def f(a):\n    return a[0] + a[0] + a[0]"
    found = python_code.mutants(code, "f")
    assert len({m.key for m in found}) == len({m.text for m in found}) == len(found)
    assert "f: 0 -> 1 in `return a[0] + a[0] + a[0]` #2" in {m.key for m in found}


QUERY = 'sum by (job) (rate(a_total{job="x", outcome="error"}[10m] offset 1w)) > 0.05 and b'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[10m]", "[5m]"),
        ("[10m]", "[20m]"),
        ("[10m]", "[8m]"),
        ("[10m]", "[12m]"),
        ("0.05", "0.0515"),
        ("0.05", "0.045"),
        ('job="x", outcome', "outcome"),
        (', outcome="error"', ""),
        ('outcome="error"', 'outcome!="error"'),
        ('outcome="error"', 'outcome="invalid"'),
        ("by (job) ", " "),
        ("by (job)", "by ()"),
        ("by (job)", "by (job, instance)"),
        ("by (job)", "without (job)"),
        ("rate(", "irate("),
        ("rate(", "increase("),
        ("rate(", "delta("),
        ("sum by", "avg by"),
        (" offset 1w", " "),
        ("offset 1w", "offset 14d"),
        ("> 0.05", ">= 0.05"),
        ("> 0.05", "< 0.05"),
        ("and b", "or b"),
        (" and b", ""),
    ],
)
def test_query_is_changed_by_one_step(old, new):
    assert QUERY.count(old) == 1
    assert QUERY.replace(old, new) in {change.text for change in texts.changes(QUERY)}


@pytest.mark.parametrize(
    ("query", "mutant"),
    [
        (
            "histogram_quantile(0.9, rate(a_bucket[1h]))",
            "histogram_quantile(0.99, rate(a_bucket[1h]))",
        ),
        ("sum(a{b='c'}) / sum(d)", "sum(d) / sum(a{b='c'})"),
        ("a{b='c'} and d", "d"),
        ("sum(a) > bool 1", "sum(a) >  1"),
        ("a:ratio_rate5m{b='c'}", "a:ratio_rate1h{b='c'}"),
        ('a{b=~"c|d"}', 'a{b=~"d"}'),
        ('a{le="0.3"}', 'a{le="0.4"}'),
        ("absent(up{b='c'} == 1)", "(up{b='c'} == 1)"),
        (
            "rate(a[1h]) / on(b) group_left rate(c[1h])",
            "rate(a[1h]) / ignoring(b) group_left rate(c[1h])",
        ),
    ],
)
def test_parts_of_a_query_are_changed(query, mutant):
    assert mutant in {change.text for change in promql.changes(query)}


def test_what_is_no_query_is_left_alone():
    for text in ("late", "a plain sentence (with brackets)", "5", "sum of all", "rate(", ""):
        assert not promql.is_query(text)


def test_rules_are_changed_by_one_step():
    text = """
groups:
- name: g
  rules:
  - alert: A
    expr: |
      rate(a_total[5m])
      > 0.5
    for: 10m
    labels: {severity: page}
    annotations: {summary: s}
  - record: r
    expr: sum(a)
"""
    rule, other = yaml.safe_load(text)["groups"][0]["rules"]
    found = [yaml.safe_load(c.text)["groups"][0]["rules"] for c in texts.changes(text)]
    for new in (
        rule | {"for": "5m"},
        rule | {"for": "20m"},
        {key: value for key, value in rule.items() if key != "for"},
        rule | {"labels": {"severity": "ticket"}},
        rule | {"labels": {}},
        rule | {"annotations": {}},
        rule | {"expr": "rate(a_total[5m])\n>= 0.5\n"},
        rule | {"expr": "rate(a_total[150s])\n> 0.5\n"},
    ):
        assert [new, other] in found
    assert [rule] in found
    assert [other] in found


@pytest.mark.parametrize(
    "mutant",
    [
        "SELECT a FROM t WHERE b >= ? AND c = 1 ORDER BY d DESC LIMIT ?",
        "SELECT a FROM t WHERE b > ? OR c = 1 ORDER BY d DESC LIMIT ?",
        "SELECT a FROM t WHERE b > ? AND c != 1 ORDER BY d DESC LIMIT ?",
        "SELECT a FROM t WHERE b > ? ORDER BY d DESC LIMIT ?",
        "SELECT a FROM t WHERE c = 1 ORDER BY d DESC LIMIT ?",
        "SELECT a FROM t ORDER BY d DESC LIMIT ?",
        "SELECT a FROM t WHERE b > ? AND c = 1 ORDER BY d ASC LIMIT ?",
        "SELECT a FROM t WHERE b > ? AND c = 1 LIMIT ?",
        "SELECT a FROM t WHERE b > ? AND c = 1 ORDER BY d DESC",
        "SELECT a FROM t WHERE b > ? AND c = 1 ORDER BY d DESC LIMIT ? + 1",
    ],
)
def test_sql_is_changed_by_one_step(mutant):
    text = "SELECT a FROM t WHERE b > ? AND c = 1 ORDER BY d DESC LIMIT ?"
    assert mutant in {" ".join(change.text.split()) for change in sql.changes(text)}


def test_facts_in_a_report_are_changed():
    text = "The station of EWR sent its temp in Celsius from 12:00 on"
    found = {change.text for change in texts.changes(text)}
    assert text.replace("EWR", "JFK") in found
    assert text.replace("12:00", "13:00") in found


def test_answers_are_found_with_what_makes_them():
    names = {answer.name for answer in source.of_tests("0.2")}
    assert {"by_mean", "by_counting", "answer 3"} <= names
    (solution,) = source.of_lesson("0.1")
    assert [code for _, code in solution.parts] == ["share_late = flights['late'].mean()"]


def test_only_what_is_needed_of_a_lesson_runs():
    statements = ast.parse(
        "import a\nimport b\nx = a.f()\nprint(x)\nx.append(1)\ny = b.g(x)\nx = 2\nz = [1]"
    ).body
    kept = [ast.unparse(s) for s in source.slice_for({"y"}, statements)]
    assert kept == ["import a", "import b", "x = a.f()", "x.append(1)", "y = b.g(x)"]
    assert [ast.unparse(s) for s in source.slice_for({"x"}, statements)] == ["x = 2"]


def exercise(check):
    return registry.Exercise("9.9", "A test", 1, 1, (), "Learned.", check)


def answer(code, name="f"):
    return source.Answer(name, ((name, code),), name, lambda: {"os": os})


def sharp(function):
    for number in (-3, 0, 2):
        if function(number) != abs(number) + 1:
            raise registry.NotYet("no")


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="mutants run in forks")


@needs_fork
def test_blunt_check_lets_a_mutant_through_and_that_is_told():
    def blunt(function):
        if function(0) != 1:
            raise registry.NotYet("no")

    right = answer("def f(n):\n    return abs(n) + 1")
    key = "f: abs(n) -> n in `return abs(n) + 1`"
    told = report.row(worker.try_all(exercise(blunt), [right]), {})
    assert key in told.unexplained
    told = report.row(worker.try_all(exercise(sharp), [right]), {})
    assert told.unexplained == ()
    assert told.mutants == told.refused > 3


@needs_fork
def test_mutants_that_never_end_or_end_the_process_hurt_nobody():
    right = answer(
        "def f(n):\n    i = 0\n    while i < abs(n):\n        i += 1\n    if i > 9:\n"
        "        os._exit(3)\n    return i + 1"
    )
    became = worker.try_all(exercise(sharp), [right], seconds=1)
    assert "f: i += 1 -> (dropped)" in became["ended"]
    assert "f: if i > 9: -> (its inside alone)" in became["ended"]
    assert "f: i + 1 -> i - 1 in `return i + 1`" in became["refused"]


@needs_fork
def test_same_value_is_no_mutant_and_a_wrong_answer_is_told():
    right = source.Answer("v", (("", "v = max([1, 2]) + 0 * 5"),), "v", dict)

    def check(value):
        if value != 2:
            raise registry.NotYet("It is another number.")

    became = worker.try_all(exercise(check), [right])
    assert "5 -> 6 in `v = max([1, 2]) + 0 * 5`" in became["same"]
    assert became["accepted"] == []
    wrong = source.Answer("v", (("", "v = 3"),), "v", dict)
    (said,) = worker.try_all(exercise(check), [wrong])["wrong"]
    assert "It is another number." in said


def test_stale_note_is_told():
    became = {"exercise": "3.1", "refused": ["a"], "ended": [], "same": [], "accepted": ["b"]}
    row = report.row(became, {"a": "It was accepted once.", "b": "As right.", "gone": "No more."})
    assert row.stale == ("a", "gone")
    assert row.unexplained == ()
    assert (row.mutants, row.refused, row.accepted) == (2, 1, 1)


def test_report_changes_one_entry_and_keeps_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "REPORT", tmp_path / "report.json")
    monkeypatch.setattr(report, "HERE", tmp_path)
    empty = {"refused": [], "ended": [], "same": [], "accepted": []}
    for name in ("10.1", "2.1"):
        report.keep(report.row({"exercise": name} | empty, {}), "old")
    report.keep(report.row({"exercise": "2.1"} | empty | {"refused": ["a"]}, {}), "new")
    assert list(report.kept()) == ["2.1", "10.1"]
    assert report.kept()["2.1"]["digest"] == "new"
    assert report.kept()["2.1"]["mutants"] == 1
    assert report.kept()["10.1"]["digest"] == "old"
    assert os.listdir(tmp_path) == ["report.json"]


@pytest.mark.parametrize("path", sorted(report.ACCEPTED.glob("*.yml")), ids=lambda path: path.stem)
def test_each_note_is_about_an_exercise_and_says_why(path):
    said = yaml.safe_load(path.read_text())
    assert set(said) <= set(source.exercise_ids(path.stem.removeprefix("lesson_")))
    for notes in said.values():
        for note in notes:
            assert note.keys() == {"mutant", "because"}
            assert len(note["because"].split()) >= 4
            assert note["because"].strip().endswith(".")


def is_current(name):
    kept = report.kept().get(name)
    if not kept or kept["digest"] != report.digest(name):
        return False
    return kept["unexplained"] == kept["stale"] == 0


@pytest.mark.parametrize("name", EXERCISES)
def test_report_is_of_todays_check_and_leaves_nothing_unexplained(name):
    how = f"python -m tests.mutants {name}"
    if name in report.pending():
        assert not is_current(name), f"{name} was tried: take it out of pending.yml"
        pytest.skip(f"{report.pending()[name]}: {how}")
    kept = report.kept().get(name)
    assert kept, f"No mutants of {name} were tried: {how}"
    assert kept["digest"] == report.digest(name), f"The check or an answer has changed: {how}"
    assert kept["unexplained"] == kept["stale"] == 0, how


def test_report_has_no_other_exercises():
    assert set(report.kept()) | set(report.pending()) <= set(EXERCISES)
