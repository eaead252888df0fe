"""promtool's unit tests: what passes, what does not, and what tests nothing."""

import pytest

from utils import prometheus
from utils.errors import CourseError
from utils.servers import find_program

pytestmark = pytest.mark.skipif(
    find_program.find("promtool") is None, reason="promtool is not installed: make prometheus"
)

RULES = """groups:
- name: service
  rules:
  - alert: ManyErrors
    expr: errors > 5
    for: 2m
"""
TESTS = """evaluation_interval: 1m
tests:
- interval: 1m
  input_series:
  - {series: errors, values: 9x5}
  alert_rule_test:
  - eval_time: 3m
    alertname: ManyErrors
    exp_alerts: [{}]
"""


def test_it_says_success_on_a_line_of_its_own():
    assert prometheus.test_rules(RULES, TESTS) == (True, "SUCCESS")
    assert prometheus.check_rules(RULES) == "SUCCESS: 1 rules found"


@pytest.mark.parametrize(
    ("tests", "says"),
    [
        ("tests: []", "Nothing was tested"),
        (TESTS[: TESTS.index("  alert_rule_test")], "Nothing was tested"),
        (
            TESTS.replace("alertname: ManyErrors", "alertname: ManyError").replace("[{}]", "[]"),
            "no alert of that name: they have `ManyErrors`",
        ),
    ],
)
def test_a_success_that_tested_nothing_is_none(tests, says):
    passed, said = prometheus.test_rules(RULES, tests)
    assert not passed
    assert says in said


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("exp_alerts: [{}]", "exp_alert: []", r"in line 9:\n.*exp_alert: \[\]\n.*no `exp_alert`"),
        ("[{}]", "[{severity: page}]", "stand below `exp_labels`"),
        ("eval_time: 3m", "eval_time: 3", r"in line 7:\n.*\n\"3\" is no duration"),
        ("values: 9x5", "values: '9x5, 1'", "with spaces between them"),
        ("values: 9x5", "values: [9x5]", "in line 5:"),
        ("    alertname: ManyErrors\n", "", "has no `alertname`"),
        ("tests:", "groups:", "should begin with the line `tests:`"),
    ],
)
def test_a_slip_in_a_test_file_is_told_with_its_line(old, new, says):
    assert old in TESTS
    with pytest.raises(CourseError, match=says):
        prometheus.test_rules(RULES, TESTS.replace(old, new))


@pytest.mark.parametrize(
    "tests",
    [
        "\ufeff" + TESTS,
        "---\n" + TESTS,
        TESTS.replace("\n", "\r\n"),
        "rule_files: [\n  mine.yml ]\n" + TESTS,
        TESTS + "rule_files:\n- mine.yml\n",
    ],
)
def test_a_test_file_may_begin_and_name_its_rules_as_it_likes(tests):
    assert prometheus.test_rules(RULES, tests) == (True, "SUCCESS")
