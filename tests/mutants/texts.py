"""One step of change in a text that is more than a word: a query, rules, SQL, a report."""

import copy
import re
from collections.abc import Iterator

import yaml

from tests.mutants import promql, sql
from tests.mutants.promql import Change

OTHER_SEVERITY = {"page": "ticket", "ticket": "page"}
# Facts that a report states in words, each with another one of its kind.
FACTS = {
    r"\bEWR\b": "JFK",
    r"\bNewark\b": "LaGuardia",
    r"\bJFK\b": "LGA",
    r"\bLGA\b": "EWR",
    r"\btemp\b": "dewp",
    r"\btemperatures?\b": "pressure",
    r"\bCelsius\b": "Kelvin",
    r"\bmidnight\b": "noon",
    r"\bnoon\b": "midnight",
    r"\b12:00\b": "13:00",
    r"\b00:00\b": "06:00",
    r"\b15 May\b": "14 May",
    r"\bMay 15\b": "May 14",
    r"\b16 May\b": "17 May",
    r"\b2013-05-15\b": "2013-05-14",
    r"\b2013-05-16\b": "2013-05-17",
    r"\bWednesday\b": "Tuesday",
}
A_MATCHER = r'\w+\s*(=~|!~|!=|=)\s*"[^"]*"'


def changes(text: str) -> Iterator[Change]:
    """Return every text that is one step away, where the text is of a kind that we know."""
    if re.search(r"^\s*groups:", text, re.M):
        yield from _rules(text)
    elif sql.is_statement(text):
        yield from sql.changes(text)
    elif re.fullmatch(rf"\s*{A_MATCHER}(\s*,\s*{A_MATCHER})*,?\s*", text):
        yield from promql.matcher_changes(text)
    elif promql.is_query(text):
        yield from promql.changes(text)
    elif len(text.split()) > 3 and "\n" not in text.strip():
        yield from _facts(text)


def _facts(text: str) -> Iterator[Change]:
    for pattern, new in FACTS.items():
        for found in re.finditer(pattern, text):
            changed = text[: found.start()] + new + text[found.end() :]
            place = promql.around(text, *found.span(), room=25)
            yield Change(found[0], new, place, changed)


def _rules(text: str) -> Iterator[Change]:
    """Change a rule file: what is in it is changed, and it is written anew."""
    try:
        file = yaml.safe_load(text)
        groups = [group["rules"] for group in file["groups"]]
    except (yaml.YAMLError, TypeError, KeyError):
        return
    for g, rules in enumerate(groups):
        for r, rule in enumerate(rules):
            name = rule.get("alert") or rule.get("record")
            for old, new, line, changed in _rule(rule):
                other = copy.deepcopy(file)
                kept = other["groups"][g]["rules"]
                kept[r : r + 1] = [changed] if changed else []
                if not kept:
                    del other["groups"][g]
                written = yaml.safe_dump(other, sort_keys=False, width=1000)
                yield Change(old, new, f"{name}, {line}" if line else name, written)


def _rule(rule: dict) -> Iterator[tuple[str, str, str, dict | None]]:
    yield "rule", "(dropped)", "", None
    expression = str(rule.get("expr", ""))
    if promql.is_query(expression):
        for change in promql.changes(expression):
            yield change.old, change.new, change.line, rule | {"expr": change.text}
    for key in ("for", "keep_firing_for"):
        if key in rule:
            for new in promql.durations_nearby(str(rule[key])):
                yield f"{key}: {rule[key]}", new, "", rule | {key: new}
            yield f"{key}: {rule[key]}", "(dropped)", "", _without(rule, key)
    for part in ("labels", "annotations"):
        for key, value in (rule.get(part) or {}).items():
            told = f"{part}: {key}: {value}"
            yield told, "(dropped)", "", rule | {part: _without(rule[part], key)}
            if part == "labels":
                new = OTHER_SEVERITY.get(value, f"{value}x")
                yield told, new, "", rule | {part: rule[part] | {key: new}}


def _without(mapping: dict, key: str) -> dict:
    return {k: v for k, v in mapping.items() if k != key}
