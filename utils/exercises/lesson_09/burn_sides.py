"""Find out why an alert that joins two comparisons by `and` is silent, one side after the other."""

import re

from utils.errors import CourseError
from utils.prometheus import rules

_COMPARED = re.compile(r"(?s)^(.*?)\s*(?:>=?|<=?|==|!=)(?:\s*bool)?\s*([^<>=!(){}\[\]]+)$")


def why_silent(rule: dict, series: dict[str, str], given: str) -> str:
    """Return what to look at in a rule that does not fire on series on which it should.

    `given` are the rules that stand before it.
    """
    if "for" in rule and str(rule["for"]) not in ("0s", "0m"):
        return f"`for` is `{rule['for']}`; leave it out: the two windows do its work."
    sides = _sides(str(rule.get("expr", "")))
    bare = [found[1] if (found := _COMPARED.match(side)) else side for side in sides]
    try:
        there = _there([*sides, *bare], series, given)
    except CourseError:
        return "Try each side of the `and` by itself."
    count = len(sides)
    for side, compared, alone in zip(sides, there[:count], there[count:], strict=True):
        if compared:
            continue
        shown = " ".join(side.split())
        if not alone:
            windows = ", ".join(re.findall(r"ratio_rate(\w+)", given))
            return (
                f"One side of it returns nothing at all: `{shown}`. Is a name or a label "
                f"misspelt? The recorded series have the windows {windows}, and the label `job`."
            )
        if re.search("<", side):
            return f"Is the comparison the right way round? `{shown}` is not true then."
        return (
            f"The threshold is out of reach: `{shown}` is not true then. On the ratio it is the "
            "rate times the budget, and the budget is what 99.8 % leaves, as a ratio."
        )
    return (
        "Each side of it is true by itself, and `and` keeps a series only when the other side has "
        "one with the same labels. A `sum(...)` has no label `job`, a recorded series has it: "
        "write both sides alike, or `and on()`."
    )


def _sides(expression: str) -> list[str]:
    """Split an expression at each `and` outside of parentheses."""
    expression = expression.strip()
    while _enclosed(expression):
        expression = expression[1:-1].strip()
    depth, begin, sides = 0, 0, []
    for word in re.finditer(r"[(\[{]|[)\]}]|\b(?:and|or)\b", expression):
        depth += (word[0] in "([{") - (word[0] in ")]}")
        if word[0] in ("and", "or") and depth == 0:
            sides.append(expression[begin : word.start()])
            begin = word.end()
    sides = [side.strip() for side in (*sides, expression[begin:])]
    return [_sides(side)[0] if _enclosed(side) else side for side in sides]


def _enclosed(expression: str) -> bool:
    """Tell whether one pair of parentheses encloses the whole."""
    if not (expression.startswith("(") and expression.endswith(")")):
        return False
    depth = 0
    for place, sign in enumerate(expression):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return place == len(expression) - 1
    return False


def _there(expressions: list[str], series: dict[str, str], given: str) -> list[bool]:
    """Tell of each expression whether it returns anything on the series in the end."""
    probes = "\n- name: probes\n  rules:" + "".join(
        f"\n  - alert: Probe{number}\n    expr: |\n      {' '.join(expression.split())}"
        for number, expression in enumerate(expressions)
    )
    found = rules.states(given + probes, {"": series}, 15, 0.5, 1)
    return [f"Probe{number}" in set(found["alert"]) for number in range(len(expressions))]
