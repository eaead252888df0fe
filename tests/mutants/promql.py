"""One step of change in a PromQL query: windows, numbers, matchers, labels, functions, operands.

A small parser that only finds where the parts of a query are (operands, calls, label lists), so
that one of them can be changed in the text and all else stays as it was written.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

# What a function or an aggregation is mistaken for.
NEIGHBOURS = {
    "rate": ("irate", "increase", "delta"),
    "irate": ("rate",),
    "increase": ("rate", "delta"),
    "delta": ("increase", "rate"),
    "deriv": ("delta",),
    "changes": ("resets",),
    "sum": ("avg", "max", "count"),
    "avg": ("sum", "max"),
    "max": ("min", "sum"),
    "min": ("max",),
    "count": ("sum",),
    "topk": ("bottomk",),
    "ln": ("log2", "log10"),
    "abs": ("sgn",),
    "clamp_min": ("clamp_max",),
    "clamp_max": ("clamp_min",),
    "absent": ("absent_over_time",),
    "avg_over_time": ("max_over_time", "min_over_time"),
    "max_over_time": ("min_over_time", "avg_over_time"),
    "min_over_time": ("max_over_time",),
    "sum_over_time": ("avg_over_time",),
    "count_over_time": ("sum_over_time",),
}
AGGREGATIONS = {"sum", "avg", "max", "min", "count", "topk", "bottomk", "group", "stddev"}
FUNCTIONS = {"histogram_quantile", "scalar", "vector", "time", "label_replace", "sort", "sqrt"}
OPERATORS = {
    "+": ("-",),
    "-": ("+",),
    "*": ("/",),
    "/": ("*",),
    ">": (">=", "<"),
    ">=": (">", "<="),
    "<": ("<=", ">"),
    "<=": ("<", ">="),
    "==": ("!=",),
    "!=": ("==",),
    "and": ("or", "unless"),
    "or": ("and",),
    "unless": ("and",),
}
BINDS = {"or": 1, "and": 2, "unless": 2} | dict.fromkeys(("==", "!=", ">", "<", ">=", "<="), 3)
BINDS |= {"+": 4, "-": 4, "*": 5, "/": 5, "%": 5, "^": 6}
MATCHED = {"=": ("!=",), "!=": ("=",), "=~": ("!~",), "!~": ("=~",)}
VALUES = {
    "error": ("invalid",),
    "ok": ("error",),
    "invalid": ("error",),
    "flightdelay": ("staging",),
}
UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
# What is added to `by`, and the windows that names of recorded rates end with.
LABELS = ("instance", "outcome")
RECORDED = ("5m", "30m", "1h", "6h")

TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<duration>(?:\d+(?:ms|[smhdwy]))+(?![\w.]))
    |(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?!\w))
    |(?P<name>[A-Za-z_:][\w:]*)
    |(?P<sign>=~|!~|==|!=|>=|<=|[-+*/%^<>=(){}\[\],:@])""",
    re.VERBOSE,
)


class NoQueryError(ValueError):
    """The text is no query that this small parser can read."""


@dataclass(frozen=True)
class Token:
    """A piece of the text, and where it is."""

    kind: str
    text: str
    begin: int
    end: int


Span = tuple[int, int]


@dataclass
class Parts:
    """Where the parts of a query are that can be changed."""

    binaries: list[tuple[Span, Token, Span]] = field(default_factory=list)
    calls: list[tuple[Span, Token, list[Span]]] = field(default_factory=list)
    # The word (by, on ...), the span of the whole clause, its labels.
    clauses: list[tuple[Token, Span, list[Token]]] = field(default_factory=list)
    matchers: list[tuple[Token, Token, Token]] = field(default_factory=list)
    selectors: list[list[Span]] = field(default_factory=list)
    windows: list[Token] = field(default_factory=list)
    offsets: list[tuple[Span, Token]] = field(default_factory=list)
    numbers: list[Token] = field(default_factory=list)
    bools: list[Token] = field(default_factory=list)
    names: list[Token] = field(default_factory=list)


@dataclass(frozen=True)
class Change:
    """A changed text: what stood there, what stands there now, and the line that it stood in."""

    old: str
    new: str
    line: str
    text: str


def is_query(text: str) -> bool:
    """Tell whether a text is a query with something of PromQL in it, and no plain word."""
    try:
        parts = parse(text)
    except NoQueryError:
        return False
    known = NEIGHBOURS.keys() | AGGREGATIONS | FUNCTIONS
    return bool(parts.selectors) or any(name.text in known for _, name, _ in parts.calls)


def changes(text: str) -> Iterator[Change]:
    """Return every query that is one step away."""
    parts = parse(text)
    for begin, end, new in _edits(parts, text):
        yield _change(text, begin, end, new)


def matcher_changes(text: str) -> Iterator[Change]:
    """Return every list of matchers, without braces, that is one step away."""
    inner = f"{{{text}}}"
    for change in changes(inner):
        new = change.text[1:-1]
        yield Change(change.old, change.new, text.strip(), new)


def durations_nearby(text: str) -> list[str]:
    """Return half, double, and ±20 % of a duration."""
    seconds = sum(int(n) * UNITS[u] for n, u in re.findall(r"(\d+)(ms|[smhdwy])", text))
    return [written(seconds * factor) for factor in (0.5, 2, 0.8, 1.2) if seconds]


def written(seconds: float) -> str:
    """Return a duration as PromQL writes it: 90 -> "90s", 600 -> "10m"."""
    for unit in ("d", "h", "m", "s"):
        if seconds >= UNITS[unit] and seconds % UNITS[unit] == 0:
            return f"{int(seconds / UNITS[unit])}{unit}"
    return f"{round(seconds * 1000)}ms"


def numbers_nearby(text: str) -> list[str]:
    """Return a number ±3 % and ±10 %."""
    value = float(text)
    return [f"{value * factor:.6g}" for factor in (0.97, 1.03, 0.9, 1.1) if value]


def _edits(parts: Parts, text: str) -> Iterator[tuple[int, int, str]]:
    for token in parts.windows:
        for new in durations_nearby(token.text):
            yield token.begin, token.end, new
    for span, token in parts.offsets:
        yield *span, ""
        for new in durations_nearby(token.text)[:2]:
            yield token.begin, token.end, new
    for token in parts.numbers:
        for new in numbers_nearby(token.text):
            yield token.begin, token.end, new
    for token in parts.names:
        if window := re.search(r"rate(\d+[smh])$", token.text):
            for new in RECORDED:
                if new != window[1]:
                    yield token.begin + window.start(1), token.end, new
    for token in parts.bools:
        yield token.begin, token.end, ""
    for selector in parts.selectors:
        for number, (begin, end) in enumerate(selector):
            # With a comma: that behind, or of the last that before.
            if number + 1 < len(selector):
                yield begin, selector[number + 1][0], ""
            else:
                yield selector[number - 1][1] if number else begin, end, ""
    for _, sign, value in parts.matchers:
        for new in MATCHED[sign.text]:
            yield sign.begin, sign.end, new
        for new in _values(sign.text, value.text[1:-1]):
            yield value.begin + 1, value.end - 1, new
    for word, (begin, end), labels in parts.clauses:
        if word.text in {"by", "without"}:
            yield begin, end, ""
            yield word.begin, word.end, "without" if word.text == "by" else "by"
        elif word.text in {"on", "ignoring"}:
            yield word.begin, word.end, "ignoring" if word.text == "on" else "on"
        for label in labels:
            kept = [other.text for other in labels if other is not label]
            yield begin, end, f"{word.text} ({', '.join(kept)})"
        for label in LABELS if word.text in {"by", "without", "on"} else ():
            if label not in [other.text for other in labels]:
                yield begin, end, f"{word.text} ({', '.join([*(o.text for o in labels), label])})"
    for (begin, end), name, arguments in parts.calls:
        for new in NEIGHBOURS.get(name.text, ()):
            yield name.begin, name.end, new
        if arguments:
            # The last is what a function is about: histogram_quantile(0.95, ...), topk(3, ...).
            about = arguments[0] if name.text in {"label_replace"} else arguments[-1]
            if name.text.startswith("clamp") or name.text == "round":
                about = arguments[0]
            yield begin, end, f"({text[slice(*about)].strip()})"
    for left, operator, right in parts.binaries:
        for new in OPERATORS.get(operator.text, ()):
            yield operator.begin, operator.end, new
        if operator.text in {"and", "or", "unless"}:
            yield left[1], right[1], ""
        if operator.text in {"and", "or"}:
            yield left[0], right[0], ""
        if operator.text in {"/", "-"}:
            between = text[left[1] : right[0]]
            yield left[0], right[1], f"{text[slice(*right)]}{between}{text[slice(*left)]}"
            yield left[1], right[1], ""


def _values(sign: str, value: str) -> Iterator[str]:
    yield from VALUES.get(value, ())
    if sign in {"=~", "!~"}:
        choices = value.strip("()").split("|")
        for number in range(len(choices) if len(choices) > 1 else 0):
            yield "|".join(c for i, c in enumerate(choices) if i != number)
        yield value + ".*"
    elif re.fullmatch(r"\d*\.?\d+", value):
        yield f"{float(value) + 0.1:g}"
        yield f"{float(value) - 0.1:g}"
    elif value not in VALUES:
        yield value + "x"


def _change(text: str, begin: int, end: int, new: str) -> Change:
    old = " ".join(text[begin:end].strip(", ").split())
    told = " ".join(new.split()) or "(dropped)"
    return Change(old, told, around(text, begin, end), text[:begin] + new + text[end:])


def around(text: str, begin: int, end: int, room: int = 40) -> str:
    """Return the line in which something stands, or what is near it in a long one."""
    first, last = text.rfind("\n", 0, begin) + 1, text.find("\n", end)
    last = len(text) if last < 0 else last
    cut = max(first, begin - room), min(last, end + room)
    line = " ".join(text[slice(*cut)].split())
    return ("…" if cut[0] > first else "") + line + ("…" if cut[1] < last else "")


def parse(text: str) -> Parts:
    """Find the parts of a query, or raise NoQueryError."""
    return _Parser(text).parts


class _Parser:
    def __init__(self, text: str):
        self.tokens, place = [], 0
        while place < len(text):
            found = TOKEN.match(text, place)
            if not found:
                raise NoQueryError(text[place : place + 20])
            if found.lastgroup != "space":
                self.tokens.append(Token(found.lastgroup, found[0], place, found.end()))
            place = found.end()
        self.at, self.parts = 0, Parts()
        self.expression(0)
        if self.at < len(self.tokens):
            raise NoQueryError(self.tokens[self.at].text)

    def peek(self) -> str:
        return self.tokens[self.at].text if self.at < len(self.tokens) else ""

    def take(self, *wanted: str, kind: str = "") -> Token:
        if self.at >= len(self.tokens):
            raise NoQueryError("the end")
        token = self.tokens[self.at]
        if (wanted and token.text not in wanted) or (kind and token.kind != kind):
            raise NoQueryError(token.text)
        self.at += 1
        return token

    def expression(self, least: int) -> Span:
        begin = self.tokens[self.at].begin if self.at < len(self.tokens) else 0
        if self.peek() in {"-", "+"}:
            self.take()
            self.expression(5)
        else:
            self.primary()
        end = self.tokens[self.at - 1].end
        while (binds := BINDS.get(self.peek().lower(), 0)) > least:
            operator = self.take()
            self.modifiers()
            right = self.expression(binds)
            self.parts.binaries.append(((begin, end), operator, right))
            end = right[1]
        return begin, end

    def modifiers(self) -> None:
        while self.peek() in {"bool", "on", "ignoring", "group_left", "group_right"}:
            if self.peek() == "bool":
                self.parts.bools.append(self.take())
            else:
                self.clause()

    def clause(self) -> None:
        word, labels = self.take(), []
        if self.peek() == "(":
            self.take("(")
            while self.peek() != ")":
                labels.append(self.take(kind="name"))
                if self.peek() == ",":
                    self.take()
            self.take(")")
        span = word.begin, self.tokens[self.at - 1].end
        self.parts.clauses.append((word, span, labels))

    def primary(self) -> None:
        begin = self.at
        if self.peek() == "(":
            self.take()
            self.expression(0)
            self.take(")")
        elif self.peek() == "{":
            self.selector()
        else:
            token = self.take()
            if token.kind == "number":
                self.parts.numbers.append(token)
            elif token.kind == "name":
                calls = self.peek() in {"by", "without"} and token.text in AGGREGATIONS
                if calls or self.peek() == "(":
                    self.call(token, begin)
                else:
                    self.parts.names.append(token)
                    if self.peek() == "{":
                        self.selector()
            elif token.kind != "text":
                raise NoQueryError(token.text)
        self.suffixes()

    def call(self, name: Token, begin: int) -> None:
        if self.peek() in {"by", "without"}:
            self.clause()
        arguments = []
        self.take("(")
        while self.peek() != ")":
            arguments.append(self.expression(0))
            if self.peek() == ",":
                self.take()
        self.take(")")
        if self.peek() in {"by", "without"}:
            self.clause()
        span = self.tokens[begin].begin, self.tokens[self.at - 1].end
        self.parts.calls.append((span, name, arguments))

    def selector(self) -> None:
        spans = []
        self.take("{")
        while self.peek() != "}":
            name = self.take(kind="name")
            sign = self.take(*MATCHED)
            value = self.take(kind="text")
            self.parts.matchers.append((name, sign, value))
            spans.append((name.begin, value.end))
            if self.peek() == ",":
                self.take()
        self.take("}")
        self.parts.selectors.append(spans)

    def suffixes(self) -> None:
        while self.peek() in {"[", "offset", "@"}:
            word = self.take()
            if word.text == "[":
                self.parts.windows.append(self.take(kind="duration"))
                if self.peek() == ":":
                    self.take()
                    if self.peek() != "]":
                        self.take(kind="duration")
                self.take("]")
            elif word.text == "offset":
                if self.peek() == "-":
                    self.take()
                token = self.take(kind="duration")
                self.parts.offsets.append(((word.begin, token.end), token))
            else:
                self.take()
