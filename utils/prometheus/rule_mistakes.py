"""Say in a sentence, and with the place, what promtool does not like about a rule file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from utils.prometheus import query_mistakes, yaml_mistakes
from utils.prometheus.places import marked, shown

# Keys of a rule and of a group, as promtool knows them.
KEYS = ("alert", "record", "expr", "for", "keep_firing_for", "labels", "annotations")
GROUP_KEYS = ("name", "interval", "query_offset", "limit", "labels", "rules")

UNITS = "Write a whole number and a unit, without a space: 30s, 5m, 1h30m."


def explained(said: str, rules: str) -> str:
    """Return promtool's complaint about the text of a rule file as a sentence."""
    for explain in (_field, _twice, _expression, _duration, _template, _kind, _rule):
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
    advice = query_mistakes.advice_on(reason)
    # A rule file is no place for names of Python.
    advice = "" if "Python" in advice else advice and f"\n{advice}"
    return f"promtool refuses the expression in line {line}: {marked(reason, expression)}{advice}"


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


def _kind(said: str, rules: str) -> str:
    """Explain a value of another kind than its place asks for: a list where a text should be."""
    found = re.search(r"line (\d+): cannot unmarshal !!(\w+) .*?into (\S+)", said)
    if not found:
        return ""
    line, kind, wanted = int(found[1]), found[2], found[3]
    reason = {
        "[]rulefmt.RuleNode": "Below `rules:` stands a list: each rule begins with a dash, "
        "`- alert: ...`, and its other keys stand below `alert`.",
        "rulefmt.RuleNode": "A rule has keys with a colon, `- alert: ...` and below it `expr: ...`",
        "rulefmt.RuleGroup": "A group has keys with a colon, `- name: ...` and below it `rules:`",
        "map[string]string": "Labels and annotations are pairs of a name and a text: "
        "`labels: {severity: page}`.",
        "string": "One text is asked for.",
        "int": "A whole number is asked for.",
    }.get(wanted, "Something else is asked for.")
    if wanted in ("rulefmt.RuleNode", "rulefmt.RuleGroup"):
        reason += ", and one dash alone." if kind == "seq" else "."
    elif wanted == "string" and kind in ("seq", "map"):
        reason += " In YAML brackets and dashes make a list, and braces and colons make pairs."
    return _refused(rules, line, reason)


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
    own = [v for v in _values(rules) if (v.group, v.rule) == (about[1], int(about[2]))]
    if name := re.search(r"invalid (label|annotation) name: (.*)", reason):
        # The name stands in the line of its value.
        own = [v for v in own if v.key[-1] == name[2]] or own
        if "=" in name[2]:
            return _refused(
                rules, own[0].line, "Between a name and its text stands a colon and a space."
            )
    if "'expr' must be set" in reason and _rule_without_name(rules, about[1], int(about[2]) + 1):
        return _refused(
            rules,
            own[0].line if own else 1,
            "The rule has no expression. A dash begins a new rule: does one stand before `expr`?",
        )
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
    if own:
        return _refused(rules, own[0].line, reason)
    return f"promtool refuses the rules: {reason}"


def _rule_without_name(rules: str, group: str, number: int) -> bool:
    """Tell whether there is such a rule, with an expression, and without a name."""
    keys = {v.key[0] for v in _values(rules) if (v.group, v.rule) == (group, number)}
    return "expr" in keys and not keys & {"alert", "record"}


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
