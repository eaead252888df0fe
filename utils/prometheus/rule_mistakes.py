"""Say in a sentence, and with the place, what promtool does not like about a rule file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from utils.prometheus import yaml_mistakes
from utils.prometheus.places import marked, shown

# Keys of a rule and of a group, as promtool knows them.
KEYS = ("alert", "record", "expr", "for", "keep_firing_for", "labels", "annotations")
GROUP_KEYS = ("name", "interval", "query_offset", "limit", "labels", "rules")

UNITS = "Write a whole number and a unit, without a space: 30s, 5m, 1h30m."


def explained(said: str, rules: str) -> str:
    """Return promtool's complaint about the text of a rule file as a sentence."""
    for explain in (_field, _twice, _expression, _duration, _template, _pairs, _rule):
        if found := explain(said, rules):
            return found
    return "promtool refuses the rules.\n" + re.sub(r"(?m)^(\d+:\d+: )+", "", said)


@dataclass(frozen=True)
class _Value:
    """A value in a rule file: where it stands, and what it says."""

    group: str
    # The number of its rule in the group, from 1 on, and 0 for a value of the group itself.
    rule: int
    # Of labels and annotations: ("annotations", "summary").
    key: tuple[str, ...]
    line: int
    text: str


def _refused(rules: str, line: int, reason: str) -> str:
    return f"promtool refuses the rules in line {line}:\n{shown(rules, line)}{reason}"


def _field(said: str, rules: str) -> str:
    unknown = re.search(
        r"line (\d+): field (.+?) (?:not found|already set) in type rulefmt\.(\w+)", said
    )
    if not unknown:
        return ""
    line, field, kind = int(unknown[1]), unknown[2], unknown[3]
    if kind == "RuleGroups" and field in GROUP_KEYS:
        reason = (
            f"`{field}` belongs to a group, and begins in the column of the group's `name`: "
            "further right."
        )
    elif kind == "RuleGroups" and field in KEYS:
        reason = f"`{field}` belongs to a rule, and a rule to a group: it begins further right."
    elif kind == "RuleGroups":
        reason = (
            f"A rule file has `groups:` in its first column, and nothing else; there is no "
            f"`{field}`."
        )
    elif kind == "RuleGroup" and field in KEYS:
        reason = (
            f"`{field}` belongs to a rule, and a rule is an item of the list below `rules:`. "
            "It begins with a dash and stands further right: `  - alert: ...`."
        )
    elif kind == "RuleGroup":
        reason = f"A group has `name`, `interval` and `rules`; there is no `{field}`."
    else:
        reason = f"A rule has these keys: {', '.join(KEYS)}. There is no `{field}`."
    return _refused(rules, line, reason)


def _twice(said: str, rules: str) -> str:
    found = re.search(r'line (\d+): mapping key "(.+?)" already defined at line (\d+)', said)
    if not found:
        return ""
    return _refused(
        rules,
        int(found[1]),
        f"`{found[2]}` stands in line {found[3]} already, in the same place. Keep one of the two; "
        "or is it the next rule or group, whose dash is missing?",
    )


def _expression(said: str, rules: str) -> str:
    wrong = re.search(r"(\d+):\d+: group [^\n]*could not parse expression: ([^\n]*)", said)
    if not wrong:
        return ""
    line, reason = int(wrong[1]), wrong[2]
    # The place counts in the expression, which may be a block of several lines.
    expression = next((v.text for v in _values(rules) if v.key == ("expr",) and v.line == line), "")
    if (place := re.match(r"(\d+):\d+: ", reason)) and expression:
        last = len(expression.splitlines())
        if int(place[1]) > last:
            # What is unclosed is found missing behind the end.
            end = f"{last}:{len(expression.splitlines()[-1]) + 1}: "
            reason = end + reason[place.end() :]
    return f"promtool refuses the expression in line {line}: {marked(reason, expression)}"


def _duration(said: str, rules: str) -> str:
    found = re.search(r'(?:not a valid|unknown unit .* in) duration(?: string:)? "([^"]*)"', said)
    empty = re.search("empty duration string", said)
    if not found and not empty:
        return ""
    given = found[1] if found else ""
    durations = (("for",), ("keep_firing_for",), ("interval",), ("query_offset",))
    reason = f'"{given}" is no duration. {UNITS}'
    for value in _values(rules):
        if value.key in durations and value.text == given:
            return _refused(rules, value.line, reason)
    return f"promtool refuses the rules: {reason}"


def _template(said: str, rules: str) -> str:
    wrong = re.search(
        r'group "([^"]*)", rule (\d+), [^\n]*?(annotation|label) "([^"]*)": template: '
        r"\S+?:\d+: ([^\n]*)",
        said,
    )
    if not wrong:
        return ""
    key = ("annotations" if wrong[3] == "annotation" else "labels", wrong[4])
    said = wrong[5]
    reason = f"promtool says: {said}."
    if variable := re.search(r'undefined variable "(.*?)"', said):
        reason = (
            f"A template knows `$value` and `$labels` (`{{{{ $labels.job }}}}`); there is no "
            f"`{variable[1]}`."
        )
    elif unknown := re.search(r'function "(.*?)" not defined', said):
        reason = (
            f"There is no function `{unknown[1]}` in a template. A label is `{{{{ $labels.job }}}}`"
            ", with a dollar sign, and a share is well told by "
            "`{{ $value | humanizePercentage }}`."
        )
    elif re.search(r"unclosed action|unexpected|bad character|unterminated", said):
        reason = (
            "A template stands between two braces on either side, `{{ $labels.job }}`, and is "
            f"closed in the same text; promtool says: {said}."
        )
    for value in _values(rules):
        if (value.group, value.rule, value.key) == (wrong[1], int(wrong[2]), key):
            return _refused(rules, value.line, reason)
    return f"promtool refuses the {wrong[3]} `{wrong[4]}`: {reason}"


def _pairs(said: str, rules: str) -> str:
    pairs = re.search(r"line (\d+): cannot unmarshal !!\w+ .*into map\[string\]string", said)
    if not pairs:
        return ""
    reason = "Labels and annotations are pairs of a name and a text: `labels: {severity: page}`."
    return _refused(rules, int(pairs[1]), reason)


def _rule(said: str, rules: str) -> str:
    """Show the rule or the group that anything else is said about."""
    if repeated := re.search(r'(\d+):\d+: groupname: "(.*?)" is repeated', said):
        reason = f"Two groups have the name `{repeated[2]}`; each needs its own."
        return _refused(rules, int(repeated[1]), reason)
    if nameless := re.search(r"(\d+):\d+: Groupname must not be empty", said):
        return _refused(rules, int(nameless[1]), "The group needs a name behind `- name:`.")
    about = re.search(r'group "([^"]*)", rule (\d+), "[^"]*": ([^\n]*)', said)
    if not about:
        return ""
    reason = about[3]
    for sign, why in (
        ("'expr' must be set", "The rule has no expression: 'expr' must be set, as one text."),
        ("only one of 'record' and 'alert'", "A rule has `alert` or `record`, not both."),
        ("one of 'record' or 'alert' must be set", "A rule needs a name: `alert:` or `record:`."),
        ("in recording rule", f"A rule that records has `record`, `expr` and `labels`; {reason}."),
        ("invalid label name", f"A label's name has letters, digits and `_` only; {reason}."),
        ("invalid recording rule name", "The name of a series has letters, digits, `_` and `:`."),
    ):
        if sign in reason:
            reason = why
            break
    for value in _values(rules):
        if (value.group, value.rule) == (about[1], int(about[2])):
            return _refused(rules, value.line, reason)
    return f"promtool refuses the rules: {reason}"


def _values(rules: str) -> Iterator[_Value]:
    """Go through the values of a rule file that can be read, in their order."""
    top = yaml.compose(rules, yaml_mistakes.Loader)
    for group in _items(_under(top, "groups")):
        name = getattr(_under(group, "name"), "value", "")
        for key, value in _pairs_of(group):
            if isinstance(value, yaml.ScalarNode):
                yield _Value(name, 0, (key.value,), value.start_mark.line + 1, value.value)
        for number, rule in enumerate(_items(_under(group, "rules")), start=1):
            for key, value in _pairs_of(rule):
                line = value.start_mark.line + 1
                if isinstance(value, yaml.ScalarNode):
                    yield _Value(name, number, (key.value,), line, value.value)
                for inner, text in _pairs_of(value):
                    at, found = text.start_mark.line + 1, getattr(text, "value", "")
                    yield _Value(name, number, (key.value, inner.value), at, found)


def _pairs_of(node) -> list:
    return node.value if isinstance(node, yaml.MappingNode) else []


def _items(node) -> list:
    return node.value if isinstance(node, yaml.SequenceNode) else []


def _under(node, key: str):
    return next((value for name, value in _pairs_of(node) if name.value == key), None)
