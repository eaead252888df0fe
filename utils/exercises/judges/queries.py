"""Judge a PromQL query by what it returns on the time machine, at several times.

Any query that returns the right numbers is right. The slips are queries, too: a wrong answer is
recognised by returning what one of them returns.
"""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from utils import prometheus
from utils.errors import CourseError
from utils.exercises.judges.query_texts import names, other_range
from utils.exercises.judges.table import Check, Failed, Slip
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.prometheus import history

# Another counter, or another way to divide, gives the same rate to some hundred thousandths: where
# a series begins, `rate` extrapolates each by itself.
TOLERANCE = 1e-4
SECONDS = 5
LONGEST = 10_000
# Labels that say where a series was scraped; there is one service, so a query may keep them.
_WHERE = ("__name__", "job", "instance")
_OWN = ("time", "value")


@dataclass(frozen=True)
class Result:
    """What a query returned at a time."""

    query: str
    moment: pd.Timestamp
    table: pd.DataFrame
    spare: tuple[str, ...]

    @property
    def by_labels(self) -> dict[tuple, float] | None:
        """The values by their labels, or None where two differ only in what makes no difference."""
        labels = [c for c in self.table.columns if c not in (*_OWN, *_WHERE, *self.spare)]
        keys = [
            tuple((n, v) for n, v in zip(labels, row, strict=True) if isinstance(v, str))
            for row in self.table[labels].to_numpy(dtype=object)
        ]
        found = dict(zip(keys, self.table["value"], strict=True))
        return found if len(found) == len(self.table) else None


@dataclass(eq=False)
class Query(Check):
    """A query. `cases` are times, `asks` says what it returns, and `labels` what each value has.

    `spare` are labels that a right answer may have or not, as of one series that was selected.
    `absolute` is the tolerance beside the relative one, for what may be near to 0: the difference
    of two shares is as precise as the shares.
    """

    asks: str = ""
    labels: tuple[str, ...] = ()
    spare: tuple[str, ...] = ()
    absolute: float = 1e-9

    def all_cases(self) -> dict[str, pd.Timestamp]:
        """Return the times by what a message calls them."""
        return self._once(
            "times", lambda: {_time(moment): pd.Timestamp(moment) for moment in self.cases}
        )

    def read(self, answer: Any) -> str:
        """Ask for a text that is not empty, nor without an end."""
        if not isinstance(answer, str):
            raise NotYet(
                f"`{self.name}` should be a query as a text, in quotes; it is {describe(answer)}. "
                "You need not run it: the check does."
            )
        if not answer.strip():
            raise NotYet(f"`{self.name}` is an empty text. Write the query into it.")
        if len(answer) > LONGEST:
            raise NotYet(
                f"`{self.name}` has {len(answer):,} characters; the check reads up to {LONGEST:,}. "
                "Does a text in it hold itself?"
            )
        return answer

    def observe(self, answer: str, name: str, case: pd.Timestamp) -> Result:
        """Run the query."""
        server = machine()
        try:
            table = server.query(answer, at=case, seconds=SECONDS)
        except CourseError as problem:
            raise NotYet(str(problem)) from None
        if table["value"].dtype.kind != "f":
            raise NotYet("The query returns a text. Are there quotes around all of it, twice?")
        if (table["time"] != case).any():
            raise NotYet(
                "The query returns a range vector: the samples of a range, one by one. A function "
                "such as `rate(...)` around it makes one number of them."
            )
        return Result(answer, case, table, self.spare)

    def accepts(self, got: Result, wanted: Result) -> bool:
        """Compare the values of all series, whatever their order."""
        return _agree(got.by_labels, wanted.by_labels, self.absolute)

    def told(self, name: str, got: Result) -> str:
        """Say what the query returns."""
        table = got.table
        if table.empty:
            return f"At {name} the query returns nothing."
        labels = [c for c in table.columns if c in self.labels]
        of = "".join(f' for {c} "{table.iloc[0][c]}"' for c in labels)
        first = f"{table.iloc[0]['value']:.4g}{of}"
        if len(table) == 1:
            return f"At {name} the query returns {first}."
        return f"At {name} the query returns {len(table)} values, the first of them {first}."

    def __call__(self, answer: Any) -> None:
        """Judge a query; raise NotYet with the first thing that is wrong."""
        query = self.read(answer)
        seen = self._seen(query)
        # Nothing more is asked of a server that may still be busy with a query that was too slow.
        for got in seen.values():
            if isinstance(got, Failed):
                raise NotYet(got.message)
        wrong = [name for name, got in seen.items() if not self._is_right(name, got)]
        if not wrong:
            return
        _refuse_unknown_names(query)
        _refuse_other_job(query)
        # Nothing is like many a slip, and has a reason of its own.
        if all(got.table.empty for got in seen.values()):
            raise NotYet(f"{self.told(wrong[0], seen[wrong[0]])} {_why_nothing(seen[wrong[0]])}")
        for slip in self.all_slips():
            if (name := self._shows(slip, seen)) is not None:
                raise NotYet(f"{self.told(name, seen[name])} {slip.says}")
        for got in seen.values():
            self._refuse_labels(got)
        name = wrong[0]
        raise NotYet(
            f"{self.told(name, seen[name])} That is not {self.asks}: "
            f"{self._direction(seen[name], self.wanted(name))}{other_range(query, self.right)}"
        )

    def _refuse_labels(self, got: Result) -> None:
        if "job" in got.table and set(got.table["job"]) - {"flightdelay"}:
            raise NotYet(
                "Other jobs are in the result, too: select FlightDelay's series with "
                '`{job="flightdelay"}`.'
            )
        there = [c for c in got.table.columns if c not in (*_OWN, *_WHERE)]
        # One value may keep a spare label; where there are several, it tells them apart.
        spare = self.spare if got.by_labels is not None else ()
        if got.table.empty or set(there) - set(spare) == set(self.labels):
            return
        asked = f"one for each {_ticked(self.labels)}" if self.labels else "one alone"
        plural = "s" if len(there) > 1 else ""
        what = f"has the label{plural} {_ticked(there)}" if there else "has no label"
        count = "1 value" if len(got.table) == 1 else f"{len(got.table)} values"
        raise NotYet(
            f"At {_time(got.moment)} the query returns {count}, and the result {what}. The "
            f"exercise asks for {self.asks}, {asked}."
        )

    def _direction(self, got: Result, wanted: Result) -> str:
        """Say in which direction the right value lies, where that is to be seen."""
        if wanted.table.empty:
            return "there it should return nothing, for there is nothing to say."
        if got.table.empty or got.by_labels is None:
            return "there it should return something else."
        for key, right in wanted.by_labels.items():
            value = got.by_labels.get(key, right)
            if _close(value, right, self.absolute):
                continue
            if np.isnan(value):
                return "NaN is no number; has one of its parts no value, or is 0 divided by 0?"
            if f"{value:.4g}" == f"{right:.4g}":
                return "it is near, but not it. Is a range or a counter slightly another?"
            return f"it should be {'more' if right > value else 'less'}."
        return "it should be something else."


def slips(says: str, *queries: str) -> list[Slip]:
    """Return a slip for each of some queries that share a sentence."""
    return [Slip(says, query) for query in queries]


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


def _close(one: float, other: float, absolute: float) -> bool:
    return bool(np.isclose(one, other, rtol=TOLERANCE, atol=absolute, equal_nan=True))


def _agree(one: dict | None, other: dict | None, absolute: float) -> bool:
    if one is None or other is None or one.keys() != other.keys():
        return False
    return all(_close(one[key], other[key], absolute) for key in one)


def _refuse_unknown_names(query: str) -> None:
    known = _known_names()
    unknown = next((name for name in names(query) if name not in known), None)
    if unknown is None:
        return
    if not unknown.startswith("flight"):
        raise NotYet(
            f"There is no metric `{unknown}` in the history. If it should be a name of Python: "
            "PromQL knows none of these. Put its text into the query with an f-string, "
            f'`f"... {{{unknown}}} ..."`.'
        )
    close = [name for name in known if name == f"{unknown}_bucket"]
    close = close or difflib.get_close_matches(unknown, known, n=1)
    meant = f" Did you mean `{close[0]}`?" if close else ""
    raise NotYet(f"There is no metric `{unknown}` in the history.{meant}")


def _refuse_other_job(query: str) -> None:
    other = re.search(
        r"""\bjob\s*(?:!=|!~)\s*["']flightdelay["']|\bjob\s*=~?\s*["']staging["']""", query
    )
    if other:
        raise NotYet(f'`{other[0]}` selects another job; FlightDelay\'s is `job="flightdelay"`.')


def _why_nothing(got: Result) -> str:
    """Say why a query that is understood returns nothing."""
    query, nothing = got.query, "The query is understood, and finds nothing."
    for label, value in re.findall(r'(\w+)\s*=\s*["\']([^"\']+)["\']', query):
        if machine().query(f'count({{{label}="{value}"}})', at=got.moment).empty:
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


@cache
def _known_names() -> tuple[str, ...]:
    found = machine().query('count by (__name__) ({job=~".+"})', at="2013-04-17 12:00")
    return tuple(found["__name__"])


def _ticked(labels: Sequence[str]) -> str:
    return " and ".join(f"`{label}`" for label in labels)


def _time(moment: str | pd.Timestamp) -> str:
    time = pd.Timestamp(moment)
    return f"{time.day} {time:%B %H:%M}"
