"""Rules: promtool's verdict in sentences with the place, and what rules do, minute by minute."""

import pandas as pd
import pytest

from utils import prometheus
from utils.errors import CourseError
from utils.prometheus import places, rules, yaml_mistakes
from utils.servers import find_program

pytestmark = pytest.mark.skipif(
    find_program.find("promtool") is None, reason="promtool is not installed: make prometheus"
)

RULES = """groups:
- name: service
  rules:
  - record: job:errors:sum
    expr: sum by (job) (errors)
  - alert: ManyErrors
    expr: job:errors:sum > 5
    for: 2m
    labels: {severity: page}
"""


def test_check_lists_what_it_found():
    assert rules.check(RULES) == "record job:errors:sum\nalert ManyErrors"
    assert rules.check("groups: []") == "no rule"


def test_a_timeline_has_a_row_for_each_spell():
    series = {'errors{job="a"}': "9x3 0 9x5", 'errors{job="b"}': "0x10", 'errors{job="c"}': "6x10"}
    table = rules.timeline(RULES, series, 9)
    a = 'job="a", severity="page"'
    found = table[table["labels"] == a][["state", "first", "last"]]
    assert found.to_numpy().tolist() == [
        ["pending", 0, 1],
        ["firing", 2, 3],
        ["pending", 5, 6],
        ["firing", 7, 9],
    ]
    assert set(table["labels"]) == {a, 'job="c", severity="page"'}
    assert set(table["alert"]) == {"ManyErrors"}


def test_cases_are_kept_apart_and_long_intervals_work():
    cases = {"it's bad": {'errors{job="a"}': "9x50"}, "good": {'errors{job="a"}': "1x50"}}
    table = rules.states(RULES, cases, minutes=180, interval=30)
    assert set(table["case"]) == {"it's bad"}
    assert list(table["minute"]) == list(range(0, 181, 30))
    assert list(table["state"]) == ["pending"] + ["firing"] * 6


def test_groups_are_evaluated_in_the_order_of_the_file():
    recording, alerting = RULES.split("  - alert:")
    text = recording + "- name: a later one\n  rules:\n  - alert:" + alerting
    for _ in range(5):
        table = rules.states(text, {"bad": {'errors{job="a"}': "9x50"}}, 120, interval=30)
        assert list(table["minute"]) == list(range(0, 121, 30))


def test_nothing_that_fires_is_an_empty_table():
    table = rules.timeline(RULES, {"other": "1x5"}, 5)
    assert table.empty
    assert list(table.columns) == ["alert", "labels", "state", "first", "last"]


def test_label_values_may_hold_anything():
    text = RULES.replace("{severity: page}", """{said: 'a "b" {c}, d=1'}""")
    table = rules.timeline(text, {'errors{job="a"}': "9x5"}, 3)
    assert set(table["labels"]) == {'job="a", said="a "b" {c}, d=1"'}
    text = RULES.replace("{severity: page}", """{path: 'C:\\\\d "q"'}""")
    table = rules.timeline(text, {'errors{job="a"}': "9x5"}, 3)
    assert set(table["labels"]) == {'job="a", path="C:\\\\d "q""'}


def test_spells_of_what_a_server_answers():
    minute = pd.Timedelta(minutes=1)
    times = pd.Timestamp("2013-04-22") + minute * pd.Index([0, 1, 2, 5])
    table = pd.DataFrame(
        {
            "__name__": "ALERTS",
            "alertname": "A",
            "alertstate": ["pending", "firing", "firing", "firing"],
            "job": "a",
            "time": times,
            "value": 1.0,
        }
    )
    found = rules.spells(table, minute)
    assert list(found["state"]) == ["pending", "firing", "firing"]
    assert list(found["last"]) == [times[0], times[2], times[3]]
    assert set(found["labels"]) == {'job="a"'}


def test_a_rule_that_returns_a_range_is_refused():
    wrong = RULES.replace("job:errors:sum > 5", "errors[5m]")
    with pytest.raises(CourseError, match=r"needs one value for each series"):
        rules.states(wrong, {"a": {"errors": "1x5"}}, 2)


def test_series_that_are_none_are_refused():
    with pytest.raises(CourseError, match="cannot run the rules on these series"):
        rules.states(RULES, {"x": {"errors{": "1x5"}}, 5)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("    for: 2m", "     for: 2m"), r"line 8:\n.*\n +8\|      for: 2m\n +\^"),
        (("    for: 2m", "\tfor: 2m"), "a tab is not allowed"),
        (("    for: 2m", "    fro: 2m"), r"line 8:\n.*\nA rule has these keys"),
        (("    for: 2m", "    for: 2 minutes"), '"2 minutes" is no duration'),
        (("  - alert: ManyErrors", "  alert: ManyErrors"), r"line 6:(.|\n)*alert(.|\n)*dash"),
        (("job:errors:sum > 5", "job:errors:sum >"), r"line 7:(.|\n)*unexpected end of input"),
        (("job:errors:sum > 5", "{{ x }} > 5"), "cannot be read in line 7"),
        (("groups:", "rules:"), "begin with the line `groups:`"),
        (("alert: ManyErrors", "alert: ManyErrors: yes"), "line 6"),
        (("{severity: page}", "{severity: page"), "not closed"),
        (("severity: page", "severity: '{{ $valu }}'"), r"line 9:(.|\n)*there is no `\$valu`"),
        (("{severity: page}", "page"), r"line 9:(.|\n)*are pairs"),
        (("    expr: job:errors:sum > 5\n", ""), "'expr' must be set"),
    ],
)
def test_wrong_rules_are_refused_with_the_place(change, says):
    wrong = RULES.replace(*change)
    with pytest.raises(CourseError, match=says):
        rules.check(wrong)
    with pytest.raises(CourseError):
        rules.states(wrong, {"a": {"errors": "1x5"}}, 2)


WITH_SUMMARY = (
    RULES
    + """    annotations:
      summary: "{{ $value }} of {{ $labels.job }}"
      owner: desk
"""
)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{{ $value }} rows", r"line 11:(.|\n)*needs quotes .* begins with a brace"),
        ("{{ $value }}", "begins with a brace"),
        ("'{{ $labels.job }}' is down", "Quotes stand around the whole text or nowhere"),
        ('"{{ $value | printf "%.2f" }}"', "Double quotes inside double quotes"),
        ("@oncall", "needs quotes .* begins with @"),
        ("`x`", "needs quotes .* begins with `"),
        ("%d percent", "needs quotes .* begins with %"),
        ("*star", r"needs quotes .* begins with \*"),
        ("!bang", "needs quotes .* begins with !"),
        ("- x", "needs quotes .* begins with -"),
        ("it: is bad", "two keys stand in one line"),
        ('"{{ $value }} of', r"line 11:\n.*\n.*\n +\^\nA quotation mark is not closed"),
        ("[x", "bracket or brace is not closed"),
        ("> 5 rows", "If it is a comparison: the text needs quotes"),
        ("'{{ $labels.instance }'", r"line 11:\n(.|\n)*between two braces on either side"),
        ("'{{ humanise $value }}'", r"line 11:\n(.|\n)*no function `humanise`"),
    ],
)
def test_what_a_text_may_not_be_is_told_by_its_sign(line, says):
    with pytest.raises(CourseError, match=says):
        rules.check(WITH_SUMMARY.replace('"{{ $value }} of {{ $labels.job }}"', line))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("expr: job:errors:sum > 5", 'expr: "up{job="x"} == 0"'), "Double quotes inside"),
        (("expr: job:errors:sum > 5", 'expr: {job="x"} > 1'), "begins with a brace"),
        (("expr: job:errors:sum > 5", 'expr: {job="x"} == 0'), "begins with a brace"),
        (("expr: job:errors:sum > 5", 'expr: "up" == 0'), "here it goes on behind them"),
        (("expr: job:errors:sum > 5", "expr: |\n    up > 1"), r"line 8:(.|\n)*belongs to the `\|`"),
        (
            ("expr: sum by (job) (errors)", 'expr: "sum by (job) (errors)'),
            r"line 5:\n.*\n.*\n +\^\nA quotation mark",
        ),
        (("groups:", "groups"), r"line 1:\n.*\n +\^\nA key needs a colon"),
        (("- alert: ManyErrors", "- alert ManyErrors"), r"line 6:(.|\n)*A key needs a colon"),
        (("for: 2m", "for:2m"), r"line 8:(.|\n)*Here the space is missing"),
        (("owner: desk\n", "owner desk\n\n# the end\n"), r"line 12:(.|\n)*A key needs a colon"),
        (("- name: service", "name: service"), r"line 2:(.|\n)*dash"),
        (("    for: 2m", "   for: 2m"), r"line 8:(.|\n)*begins in another column"),
        (("for: 2m", "for: 5"), r'line 8:(.|\n)*"5" is no duration'),
        (("- name: service", "- name: service\n  interval: 3"), r'line 3:(.|\n)*"3" is no dur'),
        (("  rules:\n", "rules:\n"), r"line 3:(.|\n)*`rules` belongs to a group"),
        (("groups:", "global: {}\ngroups:"), "nothing else; there is no `global`"),
        (("for: 2m", "for: 2m\n    for: 3m"), r"line 9:(.|\n)*stands in line 8 already"),
        (("- name: service", "- name:"), "needs a name behind"),
        (("groups:\n", "groups:\n- name: service\n  rules: []\n"), "Two groups have the name"),
        (("alert: ManyErrors", "alert: {X}"), "A rule needs a name"),
        (("job:errors:sum > 5", "|\n      sum(\n      up"), r"    up\n      \^"),
        (("groups:", "groups: " + 3000 * "["), "more than 40 brackets"),
    ],
)
def test_usual_mistakes_have_their_line_and_their_reason(change, says):
    assert change[0] in WITH_SUMMARY
    with pytest.raises(CourseError, match=says):
        rules.check(WITH_SUMMARY.replace(*change))
    with pytest.raises(CourseError, match=says):
        prometheus.check_rules(WITH_SUMMARY.replace(*change))


@pytest.mark.parametrize(
    "change",
    [
        ("  - alert", "  -\n  - alert"),
        ("groups:\n", "groups:\n-\n"),
        ("name: service", "name: 2013-01-01"),
        ("owner: desk", "owner: 2013-02-30"),
    ],
)
def test_what_promtool_takes_is_taken(change):
    text = WITH_SUMMARY.replace(*change)
    assert rules.check(text) == "record job:errors:sum\nalert ManyErrors"
    assert not rules.timeline(text, {'errors{job="a"}': "9x5"}, 5).empty


def test_a_fault_is_shown_in_its_own_group():
    text = WITH_SUMMARY + "- name: other\n  rules:\n  - {record: x, expr: 'rate(x[5m)'}\n"
    with pytest.raises(CourseError, match=r"rate\(x\[5m\)\n +\^"):
        rules.check(text)
    with pytest.raises(CourseError, match=r"rate\(x\[5m\)\n +\^"):
        rules.check(text.replace("- name: other", "- name:"))


@pytest.mark.parametrize("interval", [0.5, 0.25, 2])
def test_intervals_may_be_parts_of_a_minute(interval):
    table = rules.states(RULES, {"bad": {'errors{job="a"}': "9x50"}}, 6, interval)
    assert list(table["minute"]) == list(range(0, 7, int(max(1, interval))))


@pytest.mark.parametrize(
    "arguments",
    [
        ({"x": "2x3"}, 3),
        ({"x": {"up": "1x3"}}, "3"),
        ({"x": {"up": "1x3"}}, 3, 0),
        ({"x": {"up": "1x3"}}, 3, -1),
    ],
)
def test_arguments_that_make_no_sense_get_a_sentence(arguments):
    with pytest.raises(CourseError, match=r"`cases` are series|give a number"):
        rules.states(RULES, *arguments)


def test_several_rule_files_are_run_at_once():
    cases = {"bad": {'errors{job="a"}': "9x50"}, "good": {'errors{job="a"}': "1x50"}}
    runs = [
        rules.Run(RULES, cases, 5),
        rules.Run(RULES.replace("> 5", "> 50"), cases, 5),
        rules.Run(RULES, cases, 120, interval=30),
    ]
    tables = rules.states_of(runs)
    for run, table in zip(runs, tables, strict=True):
        alone = rules.states(run.rules, run.cases, run.minutes, run.interval)
        pd.testing.assert_frame_equal(table, alone)
    assert [len(table) for table in tables] == [6, 0, 5]


@pytest.mark.parametrize("nothing", [None, 5, "", "text", "- a", "groups: 5"])
def test_what_is_no_rule_file_is_refused(nothing):
    with pytest.raises(CourseError, match="should be"):
        rules.check(nothing)


def test_a_place_outside_of_the_text_is_not_shown():
    assert places.shown("one", 7) == ""
    with pytest.raises(CourseError, match="cannot be read"):
        yaml_mistakes.read("a: \x00", "it")


def test_the_same_rules_on_a_server_and_in_promtool():
    """A timeline of promtool's is what a server does, up to the shift of its own clock."""
    text = RULES.replace("sum by (job) (errors)", "vector(9)").replace("for: 2m", "for: 0s")
    table = rules.timeline(text, {"errors": "1x3"}, 2)
    assert list(table["state"]) == ["firing"]
    assert prometheus.check_rules(text)


ONE_RULE = """groups:
- name: service
  rules:
  - alert: Down
    expr: up == 0
    for: 5m
    labels: {severity: page}
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("  - alert", "    alert", "in line 4:\n.*\n.*each rule begins with a dash"),
        ("- alert", "-alert", "in line 4:\n(.*\n)*.*needs a space after it"),
        ("    expr", "  - expr", "does one stand before `expr`"),
        ("5m", "[5m]", "in line 6:\n.*\n.*brackets and dashes make a list"),
        ("severity: page", "severity=page", "in line 7:\n.*\n.*a colon and a space"),
        ("severity: page", "sev-erity: page", "in line 7:\n.*\n.*letters, digits"),
        ("- alert: Down", "- alert", "needs a space|keys with a colon|A key needs a colon"),
        ("- name: service", "- service", "needs a colon|keys with a colon"),
        ("Down", "*Down*", "in line 4:\n(.*\n)*.*begins with \\*"),
        ("Down", '"a\\d"', "a backslash begins a special character"),
        ("    expr", "\u00a0   expr", "in line 5:\n(.*\n)*.*a blank that is no space"),
        ("Down", "Do\x07wn", "in line 4: it holds a character"),
        ("groups", "```yaml\ngroups", "The line of Markdown"),
        ("up == 0", "up = 0", "Values are compared with `==`"),
        ("up == 0", "up{job=“a”}", "curly quotes"),
    ],
)
def test_a_slip_in_a_rule_file_is_told_with_its_line(old, new, says):
    assert old in ONE_RULE
    with pytest.raises(CourseError, match=says):
        rules.check(ONE_RULE.replace(old, new))
