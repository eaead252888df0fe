"""Sentences about what an alert did, that several exercises on rules need."""

import re
from collections.abc import Callable
from typing import Any


def steady(alert: str, seen: Any) -> str:
    """Say that an alert begins anew with every value, when its labels change all the time."""
    if len(seen.labels) < 5:
        return ""
    names = [set(re.findall(r'(\w+)="', one)) for one in seen.labels]
    if not set.intersection(*names):
        return f"`{alert}` becomes many alerts at once; it should be one."
    return (
        f"It has other labels each time that it is evaluated: {{{seen.labels[0]}}}, then "
        f"{{{seen.labels[1]}}}. Labels say which alert it is, so each is a new one, and none is "
        "pending for long enough to fire. A value belongs into an annotation."
    )


def waiting(wanted: str) -> Callable[[dict], str]:
    """Return a sentence about a rule's `for`, which should be `wanted` ("10m")."""

    def said(rule: dict) -> str:
        if waits(rule, wanted):
            return "Does the window reach back further than asked for?"
        if "for" not in rule:
            return f"`for` is missing: it rings for every blip. It should be {wanted}."
        return f"`for` is `{rule['for']}`; it should be {wanted}."

    return said


def waits(rule: dict, wanted: str) -> bool:
    """Tell whether the rule's `for` is so many minutes ("10m")."""
    return str(rule.get("for")) in (wanted, f"{60 * int(wanted[:-1])}s")
