"""One step of change in an SQL statement: order, limit, conditions, what is selected."""

import re
from collections.abc import Iterator

from tests.mutants.promql import Change

KINDS = r"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|WITH)\s"
CLAUSES = r"\b(WHERE|GROUP BY|HAVING|ORDER BY|LIMIT)\b"
COMPARED = {"<=": ("<", ">="), ">=": (">", "<="), "<": ("<=", ">"), ">": (">=", "<")}
COMPARED |= {"=": ("!=",), "!=": ("=",), "<>": ("=",)}
OTHERS = {
    "DESC": ("ASC",),
    "ASC": ("DESC",),
    "AND": ("OR",),
    "OR": ("AND",),
    "MAX": ("MIN",),
    "MIN": ("MAX",),
    "AVG": ("SUM",),
    "SUM": ("AVG",),
    "COUNT": ("SUM",),
    "DISTINCT": ("",),
    "NOT": ("",),
}


def is_statement(text: str) -> bool:
    """Tell whether a text is a statement of SQL."""
    return re.match(KINDS, text, re.I) is not None


def changes(text: str) -> Iterator[Change]:
    """Return every statement that is one step away."""
    for begin, end, new in _edits(text):
        old, told = " ".join(text[begin:end].split()), " ".join(new.split()) or "(dropped)"
        yield Change(old, told, " ".join(text.split()), text[:begin] + new + text[end:])


def _edits(text: str) -> Iterator[tuple[int, int, str]]:
    clauses = list(re.finditer(CLAUSES, text, re.I))
    ends = [*(c.start() for c in clauses[1:]), len(text)][: len(clauses)]
    for clause, end in zip(clauses, ends, strict=True):
        yield clause.start(), end, ""
        inside = text[clause.end() : end]
        word = clause[1].upper()
        if word == "ORDER BY":
            if not re.search(r"\b(DESC|ASC)\b", inside, re.I):
                yield clause.end(), end, f"{inside.rstrip()} DESC "
            yield from _items(inside, clause.end(), ",")
        elif word in {"WHERE", "HAVING"}:
            yield from _items(inside, clause.end(), r"\bAND\b|\bOR\b")
            for found in re.finditer(r"<=|>=|<>|!=|<|>|=", inside):
                for new in COMPARED[found[0]]:
                    yield clause.end() + found.start(), clause.end() + found.end(), new
        elif word == "LIMIT":
            for new in (f"{inside.strip()} + 1", f"{inside.strip()} - 1"):
                yield clause.end(), end, f" {new}"
    for found in re.finditer(r"\b[A-Za-z]+\b", text):
        for new in OTHERS.get(found[0].upper(), ()):
            yield found.start(), found.end(), new


def _items(inside: str, offset: int, between: str) -> Iterator[tuple[int, int, str]]:
    """Drop one of the items of a clause, with what joins it to its neighbour."""
    joints = list(re.finditer(between, inside, re.I))
    for number, joint in enumerate(joints):
        before = joints[number - 1].end() if number else 0
        after = joints[number + 1].start() if number + 1 < len(joints) else len(inside)
        yield offset + joint.start(), offset + after, " "
        if not number:
            yield offset + before, offset + joint.end(), " "
