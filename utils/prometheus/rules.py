"""Rules of Prometheus from a notebook: read them, and see what they do with given series.

promtool runs the rules on series that a text describes ("0+60x10": from 0 on, 60 more each minute,
ten times), minute by minute and within milliseconds. No server and no waiting are needed.
"""

import json
import re
import subprocess
import tempfile
from pathlib import Path

import pandas as pd

from utils.errors import CourseError
from utils.prometheus import yaml_mistakes
from utils.prometheus.server import PROMTOOL_SECONDS, marked
from utils.servers import find_program

# Keys of a rule, as promtool knows them.
KEYS = ("alert", "record", "expr", "for", "keep_firing_for", "labels", "annotations")

_GOT = re.compile(
    r'expr: "(?:[^"\\]|\\.)*case (\d+)[^\n]*", time: (\S+),\s*exp: [^\n]*\n\s*got: ([^\n]*)'
)
_SERIES = re.compile(r"\{((?:[^{}\"]|\"(?:[^\"\\]|\\.)*\")*)\} ([-+0-9.A-Za-z]+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def check(rules: str) -> str:
    """Let promtool read the text of a rule file; return what rules it found, one a line.

    Raises CourseError with the place of the first mistake, when there is one.
    """
    groups = _groups(rules)
    done = _promtool("check", rules)
    if done.returncode:
        raise CourseError(_explained(done.stdout + done.stderr, rules))
    every = [rule for group in groups for rule in group.get("rules") or []]
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
    many of them, and without `every` as often as there are values.
    A row for each alert and minute: `case`, `minute`, `alert` (its name), `state`, `labels`.

    Raises CourseError when promtool can read neither rules nor series.
    """
    names, every = list(cases), int(every or interval)
    # Without an order promtool takes the groups in any, and a group may read a record of before.
    order = [
        group["name"] for group in _groups(rules) if isinstance(group, dict) and "name" in group
    ]
    lines = ["rule_files: [rules.yml]", f"evaluation_interval: {every}m"]
    lines += [f"group_eval_order: {json.dumps(order)}", "tests:"]
    for number, series in enumerate(cases.values()):
        lines += [f"- interval: {round(60 * interval)}s", "  input_series:"]
        lines += [f"  - {{series: {_quoted(s)}, values: {_quoted(v)}}}" for s, v in series.items()]
        lines += ["  promql_expr_test:"]
        # No series is like this one, so promtool tells for every minute what it got instead.
        never = "exp_samples: [{labels: '{no=\"such\"}', value: 0}]"
        lines += [
            f"  - {{expr: 'ALERTS # case {number}', eval_time: {minute}m, {never}}}"
            for minute in range(0, minutes + 1, every)
        ]
    done = _promtool("test", rules, "\n".join(lines))
    said = done.stdout + done.stderr
    found = _GOT.findall(said)
    if len(found) != len(names) * (minutes // every + 1):
        check(rules)
        if range_ := re.search(r"rule: (\S+), .*not a vector or scalar", said):
            raise CourseError(
                f"The expression of `{range_[1]}` returns a range, as `[5m]` at an end does; a "
                "rule needs one value for each series. `rate` and the like make one of a range."
            )
        raise CourseError(f"promtool cannot run the rules on these series.\n{_tidy(said)}")
    rows = [
        _row(names[int(number)], minute, labels)
        for number, minute, got in found
        for labels, _ in _SERIES.findall(got)
    ]
    return pd.DataFrame(rows, columns=["case", "minute", "alert", "state", "labels"])


def timeline(rules: str, series: dict[str, str], minutes: int, interval: int = 1) -> pd.DataFrame:
    """Return when each alert is pending and firing: `alert`, `labels`, `state`, `first`, `last`.

    The arguments are those of `states`, with one set of series; `first` and `last` are minutes.
    """
    table = states(rules, {"only": series}, minutes, interval)
    return spells(table.rename(columns={"minute": "time"}), interval)


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
    found = {key: value.replace('\\"', '"') for key, value in _LABEL.findall(labels)}
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
    return "'" + str(text).replace("'", "''") + "'"


def _promtool(what: str, rules: str, tests: str | None = None) -> subprocess.CompletedProcess:
    program = str(find_program.require("promtool"))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "rules.yml").write_text(rules, encoding="utf-8")
        (Path(folder) / "tests.yml").write_text(tests or "", encoding="utf-8")
        file = "rules.yml" if tests is None else "tests.yml"
        try:
            return subprocess.run(
                [program, what, "rules", file],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=PROMTOOL_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise CourseError(
                f"promtool did not end within {PROMTOOL_SECONDS} s; try again."
            ) from None


def _explained(said: str, rules: str) -> str:
    """Say in a sentence what promtool does not like, and show the line."""
    said = _tidy(said)
    unknown = re.search(r"line (\d+): field (\S+) not found in type rulefmt\.(\w+)", said)
    if unknown:
        line, field, kind = int(unknown[1]), unknown[2], unknown[3]
        if kind == "RuleGroup" and field in KEYS:
            reason = (
                f"`{field}` belongs to a rule, and a rule is an item of the list below `rules:`. "
                "It begins with a dash and stands further right: `  - alert: ...`."
            )
        elif kind == "RuleGroup":
            reason = f"A group has `name`, `interval` and `rules`; there is no `{field}`."
        else:
            reason = f"A rule has these keys: {', '.join(KEYS)}. There is no `{field}`."
        place = yaml_mistakes.shown(rules, line)
        return f"promtool refuses the rules in line {line}:\n{place}{reason}"
    wrong = re.search(
        r'(\d+):\d+: group "([^"]*)", rule (\d+), [^\n]*could not parse expression: ([^\n]*)', said
    )
    if wrong:
        line, group, number, reason = int(wrong[1]), wrong[2], int(wrong[3]), wrong[4]
        # The place counts in the expression, which may be a block of several lines.
        named = next(g for g in _groups(rules) if g.get("name") == group)
        expression = str(named["rules"][number - 1].get("expr"))
        return f"promtool refuses the expression in line {line}: {marked(reason, expression)}"
    duration = re.search(
        r'(?:not a valid|unknown unit .* in) duration(?: string:)? "([^"]*)"', said
    )
    if duration:
        return (
            f'promtool refuses the rules: "{duration[1]}" is no duration. Write a whole number and '
            "a unit, without a space: 30s, 5m, 1h30m."
        )
    pairs = re.search(r"line (\d+): cannot unmarshal !!\w+ .* into map\[string\]string", said)
    if pairs:
        line = int(pairs[1])
        return (
            f"promtool refuses the rules in line {line}:\n{yaml_mistakes.shown(rules, line)}"
            "Labels and annotations are pairs of a name and a text: `labels: {severity: page}`."
        )
    return "promtool refuses the rules.\n" + re.sub(r"(?m)^\d+:\d+: ", "", said)


def _tidy(said: str) -> str:
    lines = [line.removeprefix("rules.yml: ") for line in said.splitlines() if line.strip()]
    headings = ("Checking", "Unit Testing", "FAILED:", "SUCCESS")
    kept = [line for line in lines if not line.strip().startswith(headings)]
    return "\n".join(dict.fromkeys(kept))
