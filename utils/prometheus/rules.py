"""Rules of Prometheus from a notebook: read them, and see what they do with given series.

promtool runs the rules on series that a text describes ("0+60x10": from 0 on, 60 more each minute,
ten times), minute by minute and within milliseconds. No server and no waiting are needed.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from utils.errors import CourseError
from utils.given import a_number
from utils.prometheus import promtool, yaml_mistakes

# A year, at one evaluation a minute, is more than anybody looks at.
MOST_MINUTES = 366 * 24 * 60

_GOT = re.compile(
    r'expr: "(?:[^"\\]|\\.)*run (\d+) case (\d+)[^\n]*", time: (\S+),'
    r"\s*exp: [^\n]*\n\s*got: ([^\n]*)"
)
_SERIES = re.compile(r"\{((?:[^{}\"]|\"(?:[^\"\\]|\\.)*\")*)\} ([-+0-9.A-Za-z]+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_COLUMNS = ["case", "minute", "alert", "state", "labels"]


@dataclass(frozen=True)
class Run:
    """Rules and the series to run them on; the fields are the arguments of `states`."""

    rules: str
    cases: dict[str, dict[str, str]]
    minutes: int
    interval: float = 1
    every: int | None = None


def check(rules: str) -> str:
    """Let promtool read the text of a rule file; return what rules it found, one a line.

    Raises CourseError with the place of the first mistake, when there is one.
    """
    groups = _groups(rules)
    promtool.check_rules(rules)
    every = [rule for group in groups if group for rule in group.get("rules") or [] if rule]
    named = [
        ("alert" if "alert" in r else "record", r.get("alert", r.get("record"))) for r in every
    ]
    return "\n".join(f"{kind} {name}" for kind, name in named) or "no rule"


def states(
    rules: str,
    cases: dict[str, dict[str, str]],
    minutes: int,
    interval: float = 1,
    every: int | None = None,
) -> pd.DataFrame:
    """Run rules on several sets of series; return who is pending or firing, minute by minute.

    `cases` are series in promtool's notation by their names, {"quiet": {'up{job="a"}': "1x30"}};
    values are `interval` minutes apart. The rules are evaluated from 0 to `minutes`, `every` so
    many of them, and without `every` as often as there are values, but not more than once a minute.
    A row for each alert and minute: `case`, `minute`, `alert` (its name), `state`, `labels`.

    Raises CourseError when promtool can read neither rules nor series.
    """
    return states_of([Run(rules, cases, minutes, interval, every)])[0]


def states_of(runs: Sequence[Run]) -> list[pd.DataFrame]:
    """Return what `states` does for each of several runs; promtool is started only once."""
    files, wanted = {}, []
    for number, run in enumerate(runs):
        files[f"rules{number}.yml"] = run.rules
        text, evaluations = _tests(number, run)
        files[f"tests{number}.yml"] = text
        wanted.append(evaluations)
    done = promtool.run("test", files, [name for name in files if name.startswith("tests")])
    said = done.stdout + done.stderr
    found = [[] for _ in runs]
    for number, case, minute, got in _GOT.findall(said):
        found[int(number)].append((int(case), minute, got))
    tables = []
    for run, rows, evaluations in zip(runs, found, wanted, strict=True):
        if len(rows) != evaluations:
            check(run.rules)
            raise CourseError(_no_run(said))
        names = list(run.cases)
        states = [
            _row(names[case], minute, labels)
            for case, minute, got in rows
            for labels, _ in _SERIES.findall(got)
        ]
        tables.append(pd.DataFrame(states, columns=_COLUMNS))
    return tables


def _tests(number: int, run: Run) -> tuple[str, int]:
    """Return a test file of promtool's, and at how many moments it looks."""
    if not isinstance(run.cases, dict) or not all(isinstance(s, dict) for s in run.cases.values()):
        raise CourseError(
            '`cases` are series by the names of the cases: `{"quiet": {\'up{job="a"}\': "1x30"}}`.'
        )
    a_number("minutes", run.minutes, 0, MOST_MINUTES)
    a_number("interval", run.interval, 1 / 60, MOST_MINUTES)
    a_number("every", run.every or run.interval, 0, MOST_MINUTES)
    every = max(1, int(run.every or run.interval))
    # Without an order promtool takes the groups in any, and a group may read a record of before.
    order = [
        str(group["name"])
        for group in _groups(run.rules)
        if isinstance(group, dict) and "name" in group
    ]
    lines = [f"rule_files: [rules{number}.yml]", f"evaluation_interval: {every}m"]
    lines += [f"group_eval_order: {json.dumps(order)}", "tests:"]
    moments = range(0, int(run.minutes) + 1, every)
    for case, series in enumerate(run.cases.values()):
        lines += [f"- interval: {round(60 * run.interval)}s", "  input_series:"]
        lines += [f"  - {{series: {_quoted(s)}, values: {_quoted(v)}}}" for s, v in series.items()]
        lines += ["  promql_expr_test:"]
        # No series is like this one, so promtool tells for every minute what it got instead.
        never = "exp_samples: [{labels: '{no=\"such\"}', value: 0}]"
        lines += [
            f"  - {{expr: 'ALERTS # run {number} case {case}', eval_time: {minute}m, {never}}}"
            for minute in moments
        ]
    return "\n".join(lines), len(run.cases) * len(moments)


def _no_run(said: str) -> str:
    """Say why promtool could not run rules that it can read."""
    if range_ := re.search(r"rule: (\S+), .*not a vector or scalar", said):
        return (
            f"The expression of `{range_[1]}` returns a range, as `[5m]` at an end does; a "
            "rule needs one value for each series. `rate` and the like make one of a range."
        )
    reason = ""
    if "same labelset" in said:
        reason = (
            "\nTwo results of the rule have the same labels. Sum over the label that tells them "
            "apart, or keep it."
        )
    elif "many-to-many" in said or "duplicate series" in said:
        reason = (
            "\nSeveral series on both sides fit together. Sum each side first, or say with `on` or "
            "`ignoring` which labels count."
        )
    return f"promtool cannot run the rules on these series.\n{promtool.tidy(said)}{reason}"


def timeline(rules: str, series: dict[str, str], minutes: int, interval: float = 1) -> pd.DataFrame:
    """Return when each alert is pending and firing: `alert`, `labels`, `state`, `first`, `last`.

    The arguments are those of `states`, with one set of series; `first` and `last` are minutes.
    """
    table = states(rules, {"only": series}, minutes, interval)
    return spells(table.rename(columns={"minute": "time"}), max(1, int(interval)))


def spells(table: pd.DataFrame, step) -> pd.DataFrame:
    """Put times that follow each other, `step` apart, into one row: `first` to `last`.

    `table` has the columns `alert`, `labels`, `state` and `time`, or is what a server answers to
    the query `ALERTS`.
    """
    columns = ["alert", "labels", "state", "first", "last"]
    if table.empty:
        return pd.DataFrame(columns=columns)
    if "alertname" in table:
        own = ["alertname", "alertstate", "__name__", "time", "value"]
        labels = [
            _as_text({k: v for k, v in row.items() if k not in own and isinstance(v, str)})
            for row in table.to_dict("records")
        ]
        table = table.rename(columns={"alertname": "alert", "alertstate": "state"})
        table = table.assign(labels=labels)
    table = table.sort_values(["alert", "labels", "time"], ignore_index=True)
    keys = table[["alert", "labels", "state"]]
    new = (keys != keys.shift()).any(axis=1) | (table["time"].diff() != step)
    table = table.assign(spell=new.cumsum())
    found = table.groupby("spell").agg(
        alert=("alert", "first"),
        labels=("labels", "first"),
        state=("state", "first"),
        first=("time", "first"),
        last=("time", "last"),
    )
    return found.sort_values(["first", "alert", "labels"], ignore_index=True)[columns]


def _groups(rules: str) -> list:
    found = yaml_mistakes.read(rules, "the rules")
    if not isinstance(found, dict) or not isinstance(found.get("groups"), list):
        raise CourseError(
            "The rules should begin with the line `groups:`, and have below it a list of groups, "
            "each with `- name:` and `rules:`."
        )
    return found["groups"]


def _row(case: str, time: str, labels: str) -> dict:
    found = {key: re.sub(r"\\(.)", r"\1", value) for key, value in _LABEL.findall(labels)}
    name, state = found.pop("alertname", ""), found.pop("alertstate", "")
    found.pop("__name__", None)
    minute = _minutes(time)
    return {
        "case": case,
        "minute": minute,
        "alert": name,
        "state": state,
        "labels": _as_text(found),
    }


def _as_text(labels: dict[str, str]) -> str:
    return ", ".join(f'{key}="{value}"' for key, value in sorted(labels.items()))


def _minutes(time: str) -> int:
    """Return the minutes of a duration as promtool writes it: "1h5m", "0s"."""
    size = {"d": 1440, "h": 60, "m": 1, "s": 1 / 60, "w": 10080, "y": 525600, "ms": 0}
    return round(sum(int(n) * size[unit] for n, unit in re.findall(r"(\d+)(ms|[a-z])", time)))


def _quoted(text: str) -> str:
    return "'" + " ".join(str(text).split("\n")).replace("'", "''") + "'"
