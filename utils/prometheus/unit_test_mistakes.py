"""Say in a sentence, and with the place, what promtool does not like about a test file."""

import re

from utils.prometheus.places import shown
from utils.prometheus.rule_mistakes import UNITS

# What a part of a test file is called by promtool, how we call it, and its keys.
_PARTS = {
    "unitTestFile": ("A test file", "evaluation_interval, group_eval_order, rule_files, tests"),
    "testGroup": (
        "A case",
        "interval, input_series, alert_rule_test, promql_expr_test, external_labels",
    ),
    "alertTestCase": ("An item of `alert_rule_test`", "eval_time, alertname, exp_alerts"),
    "alert": ("An expected alert", "exp_labels, exp_annotations"),
    "promqlTestCase": ("An item of `promql_expr_test`", "expr, eval_time, exp_samples"),
    "sample": ("An expected sample", "labels, value"),
    "series": ("An item of `input_series`", "series, values"),
}


def explained(said: str, tests: str) -> str:
    """Return promtool's complaint about the text of a test file as a sentence."""
    if found := re.search(
        r"line (\d+): field (\S+) (?:not found|already set) in type main\.(\w+)", said
    ):
        part, keys = _PARTS.get(found[3], ("This part", "others"))
        reason = f"{part} has these keys: {keys}. There is no `{found[2]}`."
        if "already set" in found[0]:
            reason = f"`{found[2]}` stands twice in the same place."
        if found[3] == "alert":
            reason += " The labels of an alert stand below `exp_labels`."
        return _refused(tests, int(found[1]), reason)
    if found := re.search(r"line (\d+): cannot unmarshal !!(\w+) .*?into (\S+)", said):
        part, keys = _PARTS.get(found[3].split(".")[-1], ("", ""))
        reason = "One text or number is asked for, and no list or pairs."
        if found[3].startswith("[]"):
            reason = "A list is asked for: each item begins with a dash in a line of its own."
        elif part:
            reason = f"{part} has keys with a colon: {keys}."
        return _refused(tests, int(found[1]), reason)
    if found := re.search(r'duration(?: string:)? "([^"]*)"', said):
        line = _line(tests, rf":\s*[\"']?{re.escape(found[1])}[\"']?\s*(?:[,}}#]|$)")
        return _refused(tests, line, f'"{found[1]}" is no duration. {UNITS}')
    if found := re.search(r"\d+:\d+: parse error: ([^\n]*)", said):
        return (
            f"promtool cannot read a series of the tests: {found[1]}.\nA series is written as in "
            "a query, `'up{job=\"a\"}'`, and its values with spaces between them: `3x4 900x9` is "
            "five times 3 and ten times 900."
        )
    if found := re.search(r"misses required attribute alertname", said):
        return "An item of `alert_rule_test` has no `alertname`: which alert is it about?"
    return f"promtool cannot read the tests.\n{said}"


def _refused(tests: str, line: int, reason: str) -> str:
    where = f" in line {line}:\n{shown(tests, line)}" if shown(tests, line) else ". "
    return f"promtool refuses the tests{where}{reason}"


def _line(text: str, pattern: str) -> int:
    lines = text.splitlines()
    return next((n for n, line in enumerate(lines, 1) if re.search(pattern, line)), 0)
