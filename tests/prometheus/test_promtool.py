"""promtool's unit tests: what passes, what does not, and what tests nothing."""

import pytest

from utils import prometheus
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
