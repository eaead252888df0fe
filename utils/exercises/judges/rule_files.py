"""Judge a rule file by what promtool makes of it on series that the learner never sees.

All cases go into one run of promtool, which takes a fraction of a second.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from utils.errors import CourseError
from utils.exercises.judges.rule_sentences import steady
from utils.exercises.judges.table import Check, Slip
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.prometheus import rules, yaml_mistakes

# A rule file of the course has some twenty lines; promtool would take minutes for thousands.
LONGEST = 20_000

Sentence = str | Callable[[dict], str]


@dataclass(frozen=True)
class Series:
    """A case: series in promtool's notation, values half a minute apart, and for how long.

    The sentences say what to look at when an alert fires though it should not, is silent though it
    should fire, or fires at other times; each may be a function of the rule.
    """

    series: Mapping[str, str]
    minutes: int
    fires: Sentence = ""
    silent: Sentence = ""
    times: Sentence = ""
    interval: float = 0.5
    every: int = 1
    # Only whether it fires counts, not when.
    whether: bool = False
    # A value that lies on the threshold: rounding may put a right answer on either side of it.
    on_the_edge: bool = False


@dataclass(frozen=True)
class Seen:
    """What one alert did in a case: at which minutes, with which labels; and its rule."""

    firing: tuple[int, ...]
    pending: tuple[int, ...]
    labels: tuple[str, ...]
    rule: dict = field(compare=False)
    # It reads a record of its own file, which may come a group, and so an evaluation, later.
    records: bool = field(compare=False)
    case: Series = field(compare=False)


@dataclass(eq=False)
class RuleFile(Check):
    """A rule file with some `alerts`, each with the labels that it must have.

    `given` are rules that stand before the learner's, `notes` the annotations that are asked for.
    """

    alerts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    notes: Sequence[str] = ()
    given: str = ""

    def __post_init__(self):
        """Say what a case has to say, where the exercise says nothing else."""
        self.otherwise = self.otherwise or self.differing

    def read(self, answer: Any) -> str:
        """Ask for the text of a rule file with these alerts."""
        text = a_rule_file(answer, self.name)
        try:
            found = alerts_in(text)
            if not set(self.alerts) <= set(found):
                # A mistake in the file explains more than a name that is missing.
                rules.check(text)
        except CourseError as refused:
            raise NotYet(str(refused)) from None
        for alert in self.alerts:
            if alert not in found:
                there = ", ".join(f"`{n}`" for n in found) or "none"
                same = alert.lower() in [str(n).lower() for n in found]
                hint = " Capital letters count." if same else ""
                raise NotYet(
                    f"`{self.name}` has no alert `{alert}`; its alerts are: {there}.{hint}"
                )
        return text

    def observe(self, answer: str, name: str, case: Series) -> dict[str, Seen]:
        """Return what the alerts did; all cases are run with the first that is asked for."""
        return self._run([answer], self.all_cases())[answer, name]

    def accepts(self, got: dict[str, Seen], wanted: dict[str, Seen]) -> bool:
        """Compare when the alerts fire."""
        return all(_alike(got[alert], wanted[alert]) for alert in self.alerts)

    def is_like(self, got: dict[str, Seen], slip: dict[str, Seen]) -> bool:
        """Compare when the alerts fire, and when they are pending, too."""
        return all(
            (got[a].firing, got[a].pending) == (slip[a].firing, slip[a].pending)
            for a in self.alerts
        )

    def told(self, name: str, got: dict[str, Seen]) -> str:
        """Say what the first alert that differs did in a case."""
        alert, seen, wanted = self._first(name, got)
        if not wanted.firing:
            return f"`{alert}` fires although {name}."
        if not seen.firing and seen.pending:
            return (
                f"`{alert}` is pending from minute {seen.pending[0]} on and never fires, when "
                f"{name}."
            )
        if not seen.firing:
            return f"`{alert}` is silent although {name}."
        return f"When {name}, `{alert}` fires {_spells(seen)}."

    def likely_slips(self, seen: dict[str, Any]) -> list[Slip]:
        """Run all slips on one case, and return those that do in it what the answer did."""
        first = next(name for name, got in seen.items() if not self._is_right(name, got))
        if not isinstance(seen[first], dict):
            return []
        cases = {first: self.all_cases()[first]}
        ran = self._run([slip.answer for slip in self.all_slips()], cases)
        return [s for s in self.all_slips() if self.is_like(seen[first], ran[s.answer, first])]

    def __call__(self, answer: Any) -> None:
        """Judge what the alerts do, and then what they say."""
        super().__call__(answer)
        found = alerts_in(self.read(answer))
        for alert, labels in self.alerts.items():
            for label, wanted in labels.items():
                _labelled(alert, found[alert], label, wanted)
            for note in self.notes:
                if not (found[alert].get("annotations") or {}).get(note):
                    raise NotYet(f"`{alert}` has no annotation `{note}`: what should the page say?")

    def differing(self, name: str, got: dict[str, Seen], wanted: dict[str, Seen]) -> str:
        """Say what to look at, for `otherwise`: a case's own sentence, or what is always so."""
        alert, seen, right = self._first(name, got)
        if said := steady(alert, seen):
            return said
        case = seen.case
        sentence = case.fires if not right.firing else case.times if seen.firing else case.silent
        return sentence(seen.rule) if callable(sentence) else sentence

    def _first(self, name: str, got: dict[str, Seen]) -> tuple[str, Seen, Seen]:
        wanted = self.wanted(name)
        alert = next(
            (a for a in self.alerts if not _alike(got[a], wanted[a])), next(iter(self.alerts))
        )
        return alert, got[alert], wanted[alert]

    def _run(self, texts: Iterable[str], cases: Mapping[str, Series]) -> dict:
        """Run rule files on cases, all that has not been run in one go; return all that has."""
        ran = self._known.setdefault("ran", {})
        together, runs = [], []
        for text in dict.fromkeys(texts):
            todo: dict = {}
            for name, case in cases.items():
                if (text, name) not in ran:
                    key = (case.minutes, case.interval, case.every)
                    todo.setdefault(key, {})[name] = dict(case.series)
            for key, series in todo.items():
                together.append((text, series))
                runs.append(rules.Run(self._with_given(text), series, *key))
        try:
            tables = rules.states_of(runs) if runs else []
        except CourseError as problem:
            raise NotYet(_of_own_lines(together, problem)) from None
        for (text, series), table in zip(together, tables, strict=True):
            found = alerts_in(text)
            records = bool(re.search(r"\brecord\b", text))
            for name in series:
                own = table[table["case"] == name]
                ran[text, name] = {
                    alert: _seen(own, alert, found.get(alert, {}), records, cases[name])
                    for alert in self.alerts
                }
        return ran

    def _with_given(self, text: str) -> str:
        if not self.given:
            return text
        given, own = (
            yaml.load(part, yaml_mistakes.Loader)["groups"] for part in (self.given, text)
        )
        # A learner's group may have the same name.
        given = [group | {"name": f"given {number}"} for number, group in enumerate(given)]
        return yaml.safe_dump({"groups": [*given, *own]}, sort_keys=False, width=10_000)


def _of_own_lines(together: Sequence[tuple[str, dict]], problem: CourseError) -> str:
    """Return what is wrong by the lines of the answer, which stands behind the given rules."""
    try:
        for text, _ in together:
            rules.check(text)
    except CourseError as own:
        return str(own)
    return str(problem)


def a_rule_file(answer: Any, name: str, kind: str = "rule", first: str = "groups:") -> str:
    """Ask for a text that is not empty and not too long."""
    if isinstance(answer, dict):
        raise NotYet(f"`{name}` is a dictionary; it should be the text of a {kind} file.")
    if not isinstance(answer, str):
        raise NotYet(
            f"`{name}` should be the text of a {kind} file in triple quotes; it is "
            f"{describe(answer)}."
        )
    if not answer.strip():
        raise NotYet(f"`{name}` is an empty text. Begin with the line `{first}`.")
    if len(answer) > LONGEST:
        raise NotYet(
            f"`{name}` has {len(answer):,} characters; a {kind} file for this exercise has some "
            "hundred."
        )
    return answer


def alerts_in(text: str) -> dict[str, dict]:
    """Return the alerts of a rule file by their names; raise CourseError when it is no YAML."""
    found = yaml_mistakes.read(text, "the rules")
    groups = found.get("groups") if isinstance(found, dict) else None
    listed = [g.get("rules") for g in groups if isinstance(g, dict)] if groups else []
    every = [rule for part in listed if isinstance(part, list) for rule in part]
    named = [rule for rule in every if isinstance(rule, dict) and rule.get("alert")]
    return {rule["alert"]: rule for rule in named if isinstance(rule["alert"], str)}


def _alike(got: Seen, wanted: Seen) -> bool:
    if got.firing == wanted.firing or (got.case.whether and got.firing and wanted.firing):
        return True
    if got.case.on_the_edge and not re.search("[<>]=", str(got.rule.get("expr"))):
        return True
    later = tuple(m + 1 for m in wanted.firing if m < got.case.minutes)
    return got.records and got.firing == later


def _seen(table, alert: str, rule: dict, records: bool, case: Series) -> Seen:
    own = table[table["alert"] == alert]
    by_state = [
        tuple(sorted(set(own[own["state"] == state]["minute"]))) for state in ("firing", "pending")
    ]
    return Seen(*by_state, tuple(dict.fromkeys(own["labels"])), rule, records, case)


def _spells(seen: Seen) -> str:
    """Say from when to when an alert fires: its first and its last spell."""
    step, spells = seen.case.every, []
    for minute in seen.firing:
        if spells and minute == spells[-1][1] + step:
            spells[-1][1] = minute
        else:
            spells.append([minute, minute])
    return " and ".join(f"from minute {a} to {b}" for a, b in spells[:2])


def _labelled(alert: str, rule: dict, label: str, wanted: str) -> None:
    labels = rule.get("labels") or {}
    if labels.get(label) == wanted:
        return
    if label in (rule.get("annotations") or {}):
        raise NotYet(
            f"`{alert}` has `{label}` among its annotations. Alertmanager decides by *labels*: "
            f"`labels: {{{label}: {wanted}}}`."
        )
    has = f"`{label}: {labels[label]}`" if label in labels else f"no label `{label}`"
    raise NotYet(f"`{alert}` has {has}; it should have `{label}: {wanted}`.")
