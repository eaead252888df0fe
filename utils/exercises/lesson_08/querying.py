"""What the checks of PromQL share: a learner's query and a right one, run on the same history.

A query is judged by what it returns at several times, so any right one passes. The slips of an
exercise are queries too: a wrong answer is recognised by returning what one of them returns.
"""

import difflib
import re
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from utils import prometheus
from utils.errors import CourseError
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.prometheus import history

TOLERANCE = 1e-9
# Labels that say where a series was scraped; there is one service, so a query may keep them.
_WHERE = ("__name__", "job", "instance")
_NOT_LABELS = ("time", "value")

# Labels stand in parentheses behind these; the others are words of the language.
_LISTS = "by|without|on|ignoring|group_left|group_right"
_KEYWORDS = {
    *_LISTS.split("|"),
    *("and", "or", "unless", "bool", "inf", "nan", "e", "atan2", "start", "end"),
    *("sum", "avg", "min", "max", "count", "stddev", "stdvar", "group", "topk", "bottomk"),
    *("quantile", "count_values"),
}

# What the server says, and what helps then.
_ADVICE = (
    (
        "got instant vector",
        "`rate` and `increase` look back over a range: put one such as `[5m]` behind the "
        "metric's name and labels.",
    ),
    (
        "ranges only allowed for vector selectors",
        "A range such as `[5m]` belongs right behind a metric's name and labels, not behind a sum. "
        "First the rate of each counter, then the sum of the rates.",
    ),
    (
        "offset modifier must be preceded",
        "`offset` belongs right behind a metric's name, labels and range, inside the functions: "
        "`rate(name[1d] offset 1w)`.",
    ),
    (
        "group_left",
        "One side has several series for one of the other side: say with `group_left` that the "
        "left side is the one with more.",
    ),
    (
        "many-to-many",
        "Several series on each side fit together. Sum one side to a single series.",
    ),
    ("missing unit character", "Say the unit of the range: `[5m]`."),
    ("in label matching, expected string", "The value of a label stands in quotes."),
    (
        "unexpected character inside braces",
        "A selector knows `=`, `!=`, `=~` and `!~`. The value of a label is a text, even of `le`, "
        "and so has no order.",
    ),
    ("not a valid duration", "Durations have whole numbers: `90m` or `1h30m`."),
    ("unexpected <by>", "`by` stands behind the parentheses or before them: `sum by (x) (...)`."),
)


@dataclass(frozen=True)
class Question:
    """What an exercise asks: a query that is right, when to try it, and the slips to recognise.

    `slips` are pairs of a sentence and the queries that return what somebody with this slip gets.
    `never` is a sentence and what no query may hold (a regular expression), though it may return
    the right numbers on this history. `labels` are those that the result has; `asks` says in words
    what it is.
    """

    name: str
    right: str
    times: tuple[str, ...]
    asks: str
    labels: tuple[str, ...] = ()
    slips: tuple[tuple[str, tuple[str, ...]], ...] = ()
    never: tuple[str, str] | None = None


def judge(answer, question: Question) -> None:
    """Judge a query; raise NotYet with the first thing that is wrong."""
    query = a_query(answer, question.name)
    got = [_asked(query, moment) for moment in question.times]
    wanted = [_reference(question.right, moment) for moment in question.times]
    if question.never and re.search(question.never[1], query):
        raise NotYet(question.never[0])
    if all(map(_agree, got, wanted)):
        return
    _judge_kind(query, got, question)
    for says, queries in question.slips:
        for slip in queries:
            if _like(slip, got, wanted, question):
                raise NotYet(f"{says} ({_shown(got, wanted, question)})")
    if all(table.empty for table in got):
        raise NotYet(_why_nothing(query, question))
    _judge_labels(got, question)
    raise NotYet(
        f"{_shown(got, wanted, question)} That is not {question.asks}: it should be "
        f"{_direction(got, wanted)}."
    )


def a_query(answer, name: str) -> str:
    """Ask for a text that is not empty."""
    if not isinstance(answer, str):
        raise NotYet(
            f"`{name}` should be a query as a text, in quotes; it is {describe(answer)}. You need "
            "not run it: the check does."
        )
    if not answer.strip():
        raise NotYet(f"`{name}` is an empty text. Write the query into it.")
    return answer


def machine() -> prometheus.Prometheus:
    """Return the checks' own Prometheus on the history; the first call of a kernel starts it."""
    try:
        running = _started()
        if not running.is_alive():
            _started.cache_clear()
            running = _started()
    except CourseError as problem:
        raise NotYet(f"The check cannot run your query. {problem}") from None
    return running


@cache
def _started() -> prometheus.Prometheus:
    return history.start(name="the checks' time machine")


def _asked(query: str, moment: str) -> pd.DataFrame:
    server = machine()
    try:
        return server.query(query, at=moment)
    except CourseError as problem:
        said = str(problem)
        advice = next((f"\n{help_}" for sign, help_ in _ADVICE if sign in said), "")
        raise NotYet(said + advice) from None


@cache
def _reference(query: str, moment: str) -> pd.DataFrame:
    return machine().query(query, at=moment)


def _judge_kind(query: str, got: list[pd.DataFrame], question: Question) -> None:
    for table, moment in zip(got, question.times, strict=True):
        if len(table) and (table["time"] != pd.Timestamp(moment)).any():
            raise NotYet(
                "The query returns a range vector: the samples of a range, one by one. A function "
                "such as `rate(...)` around it makes one number of them."
            )
    if unknown := [name for name in _names(query) if name not in _known_names()]:
        if not unknown[0].startswith("flight"):
            raise NotYet(
                f"There is no metric `{unknown[0]}` in the history. If it should be a name of "
                "Python: PromQL knows none of these. Put its text into the query with an f-string, "
                f'`f"... {{{unknown[0]}}} ..."`.'
            )
        close = [n for n in _known_names() if n == f"{unknown[0]}_bucket"]
        close = close or difflib.get_close_matches(unknown[0], _known_names(), n=1)
        meant = f" Did you mean `{close[0]}`?" if close else ""
        raise NotYet(f"There is no metric `{unknown[0]}` in the history.{meant}")


def _judge_labels(got: list[pd.DataFrame], question: Question) -> None:
    for table, moment in zip(got, question.times, strict=True):
        if "job" in table and set(table["job"]) - {"flightdelay"}:
            raise NotYet(
                "Other jobs are in the result, too: select FlightDelay's series with "
                '`{job="flightdelay"}`.'
            )
        there = [c for c in table.columns if c not in (*_NOT_LABELS, *_WHERE)]
        if table.empty or set(there) == set(question.labels):
            continue
        asked = f"one for each {_ticked(question.labels)}" if question.labels else "one alone"
        plural = "s" if len(there) > 1 else ""
        what = f"has the label{plural} {_ticked(there)}" if there else "has no label"
        count = "1 value" if len(table) == 1 else f"{len(table)} values"
        raise NotYet(
            f"At {_time(moment)} the query returns {count}, and the result {what}. The exercise "
            f"asks for {question.asks}, {asked}."
        )


def _like(slip: str, got, wanted, question: Question) -> bool:
    """Tell whether a slip returns what the learner got, and is told apart from the right query."""
    telling = False
    for table, right, moment in zip(got, wanted, question.times, strict=True):
        try:
            wrong = _reference(slip, moment)
        except CourseError:
            return False
        if not _agree(table, wrong):
            return False
        telling = telling or not _agree(wrong, right)
    return telling and not all(table.empty for table in got)


def _agree(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    one, other = _values(one), _values(other)
    return (
        one is not None
        and other is not None
        and set(one) == set(other)
        and all(
            np.isclose(one[k], other[k], rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
            for k in one
        )
    )


def _values(table: pd.DataFrame) -> dict[tuple, float] | None:
    """Return the values by their labels, or None where two differ only in where they are from."""
    labels = [c for c in table.columns if c not in (*_NOT_LABELS, *_WHERE)]
    keys = [
        tuple((n, v) for n, v in zip(labels, row, strict=True) if isinstance(v, str))
        for row in table[labels].to_numpy(dtype=object)
    ]
    found = dict(zip(keys, table["value"], strict=True))
    return found if len(found) == len(table) else None


def _shown(got, wanted, question: Question) -> str:
    """Say what the query returns at a time at which it is wrong."""
    for table, right, moment in zip(got, wanted, question.times, strict=True):
        if _agree(table, right):
            continue
        if table.empty:
            return f"At {_time(moment)} the query returns nothing."
        labels = [c for c in table.columns if c in question.labels]
        first = table.iloc[0]
        of = "".join(f' for {c} "{first[c]}"' for c in labels)
        return f"At {_time(moment)} the query returns {first['value']:.4g}{of}."
    return ""


def _direction(got, wanted) -> str:
    for table, right in zip(got, wanted, strict=True):
        if _agree(table, right):
            continue
        one, other = _values(table), _values(right)
        if table.empty or right.empty or one is None:
            return "something else" if len(right) else "nothing, for there is nothing to say then"
        for key in other:
            if key in one and not np.isclose(one[key], other[key], rtol=TOLERANCE):
                return "more" if other[key] > one[key] else "less"
    return "something else"


def _why_nothing(query: str, question: Question) -> str:
    """Say why a query that is understood returns nothing."""
    nothing = f"The query is understood and returns nothing, for instance at {question.times[0]}."
    for label, value in re.findall(r'(\w+)\s*=\s*["\']([^"\']+)["\']', query):
        if machine().query(f'{{{label}="{value}"}}', at=question.times[0]).empty:
            return (
                f'{nothing} No series has {label}="{value}". Labels are texts: they must be '
                "written just as in the data (look at a series without the selection)."
            )
    # A mistake for Prometheus 2; for 3 it means seconds.
    if bare := re.search(r"\[(\d+)\]", query):
        return f"{nothing} Say the unit of the range: `[{bare[1]}m]`."
    for number, unit in re.findall(r"\[(\d+)(ms|s|m)(?=[\]:])", query):
        if int(number) * {"ms": 0.001, "s": 1, "m": 60}[unit] < 120:
            return (
                f"{nothing} A range of {number}{unit} holds one sample at most, for there is one "
                "scrape a minute, and a rate needs two."
            )
    if "histogram_quantile" in query and re.search(r"(sum|avg)\b(?!\s*by\s*\([^)]*\ble\b)", query):
        return (
            f"{nothing} `histogram_quantile` needs the buckets, which the label `le` tells apart, "
            "and the sum has removed it: `sum by (le) (...)` keeps it."
        )
    if re.search(r"[/*+-]", re.sub(r"\{[^}]*\}|[\w.]+", "", query)):
        return (
            f"{nothing} An operation such as `/` pairs series with the same labels. Run both sides "
            "by themselves, and compare the labels: has one of them a label that the other has "
            "not? Then sum both alike, or leave the label out with `ignoring(...)`."
        )
    return f"{nothing} Run its parts by themselves, from the inside out: which is the first empty?"


def _names(query: str) -> list[str]:
    """Return what a query names, that is no function, label, keyword or duration."""
    bare = re.sub(r"\"[^\"]*\"|'[^']*'|#.*", "", query)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\boffset\s+-?\w+", " ", bare)
    bare = re.sub(rf"\b(?:{_LISTS})\s*\([^)]*\)", " ", bare, flags=re.IGNORECASE)
    names = re.findall(r"(?<![\w.])([a-zA-Z_:][\w:]*)(?!\s*\()(?![\w:])", bare)
    return [name for name in names if name.lower() not in _KEYWORDS]


@cache
def _known_names() -> tuple[str, ...]:
    found = machine().query('count by (__name__) ({job=~".+"})', at="2013-04-17 12:00")
    return tuple(found["__name__"])


def _ticked(labels) -> str:
    return " and ".join(f"`{label}`" for label in labels)


def _time(moment: str) -> str:
    time = pd.Timestamp(moment)
    return f"{time.day} {time:%B %H:%M}"
