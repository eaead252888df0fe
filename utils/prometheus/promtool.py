"""promtool, the one program that reads and tests rule files; what it says becomes a sentence.

Every call of promtool is made here, so a mistake gets the same words wherever it is found.
"""

import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from utils.errors import CourseError
from utils.prometheus import rule_mistakes, unit_test_mistakes, yaml_mistakes
from utils.servers import find_program

SECONDS = 60


def check_rules(rules: str) -> str:
    """Let promtool read the text of a rule file; return what it says when all is well.

    Raises CourseError with the place of the first mistake, and its reason.
    """
    yaml_mistakes.read(rules, "the rules")
    done = run("check", {"rules.yml": rules}, ["rules.yml"])
    if done.returncode:
        raise CourseError(rule_mistakes.explained(tidy(done.stdout + done.stderr), rules))
    return re.sub(r"(?m)^(Checking.*\n|\s+)", "", done.stdout + done.stderr).strip()


def test_rules(rules: str, tests: str) -> tuple[bool, str]:
    """Run promtool's unit tests on rules; return whether all pass, and what promtool says.

    `tests` is the YAML text of a test file; it need not name the rule file. promtool calls it a
    success when nothing was tested. Here it is none: a test file without a case, or about an alert
    that the rules do not have, has not passed.

    Raises CourseError when promtool can read neither.
    """
    check_rules(rules)
    found = read_tests(tests)
    files = {"rules.yml": rules, "tests.yml": about(tests, "rules.yml")}
    done = run("test", files, ["tests.yml"])
    said = tidy(done.stdout + done.stderr, keep="SUCCESS")
    # A test that fails says what it expected and what it got; anything else is no verdict.
    if done.returncode and "got:" not in said:
        raise CourseError(unit_test_mistakes.explained(said, tests))
    if nothing := _untested(rules, found):
        return False, nothing
    return done.returncode == 0, said


# pytest would take a function of this name, imported into a test file, for a test.
test_rules.__test__ = False


def read_tests(tests: str) -> dict:
    """Return what a test file holds; raise CourseError when it is none."""
    found = yaml_mistakes.read(tests, "the tests")
    if not isinstance(found, dict) or "tests" not in found:
        raise CourseError(
            "The tests should begin with the line `tests:`, and have below it a list of cases, "
            "each with `- interval:`, `input_series:` and `alert_rule_test:`."
        )
    return found


def about(tests: str, rule_file: str) -> str:
    """Return a test file that names this rule file; its lines keep their numbers."""
    lines = tests.removeprefix("\ufeff").splitlines()
    # Other files that it names are not there.
    for key, value in yaml.compose(tests, yaml_mistakes.Loader).value:
        if key.value == "rule_files":
            last = value.end_mark.line - (value.end_mark.column == 0)
            lines[key.start_mark.line : last + 1] = [""] * (last + 1 - key.start_mark.line)
    # Marks of a document's begin and end would stand in the way of what is added.
    text = "\n".join("" if line.rstrip() in ("---", "...") else line for line in lines)
    if text.lstrip().startswith("{"):
        return text.replace("{", f'{{"rule_files": ["{rule_file}"], ', 1)
    return f"{text}\nrule_files: [{rule_file}]\n"


def run(
    what: str, files: Mapping[str, str], arguments: Sequence[str]
) -> subprocess.CompletedProcess:
    """Run `promtool check rules` or `promtool test rules` on files, given by names and texts."""
    program = str(find_program.require("promtool"))
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (Path(folder) / name).write_text(text, encoding="utf-8", errors="replace")
        try:
            return subprocess.run(
                [program, what, "rules", *arguments],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise CourseError(
                f"promtool did not end within {SECONDS} s. Is a series very long, or a time far "
                "away? If not, try again."
            ) from None


def tidy(said: str, keep: str = "") -> str:
    """Return what promtool says without its headings, which differ between its versions."""
    lines = [line.removeprefix("rules.yml: ") for line in said.splitlines() if line.strip()]
    headings = {"Checking", "Unit Testing", "FAILED:", "SUCCESS"} - {keep}
    kept = [line for line in lines if not line.strip().startswith(tuple(headings))]
    if keep:
        return "\n".join(line.strip() if keep in line else line for line in kept)
    # promtool says some complaints twice.
    return "\n".join(dict.fromkeys(kept))


def _untested(rules: str, tests) -> str:
    """Say what a test file leaves untested although promtool is content; "" when all is well."""
    cases = [case for case in tests.get("tests") or [] if isinstance(case, dict)]
    of_alerts = [t for case in cases for t in case.get("alert_rule_test") or []]
    if not of_alerts and not any(case.get("promql_expr_test") for case in cases):
        return (
            "Nothing was tested: there is no `alert_rule_test` and no `promql_expr_test`. promtool "
            "alone would call that a success."
        )
    groups = yaml.load(rules, yaml_mistakes.Loader).get("groups") or []
    every = [r for g in groups if isinstance(g, dict) for r in g.get("rules") or [] if r]
    known = [str(rule["alert"]) for rule in every if "alert" in rule]
    for test in of_alerts:
        name = str(test.get("alertname"))
        if name not in known:
            return (
                f"The tests ask about the alert `{name}`, and the rules have no alert of that "
                f"name: they have {', '.join(f'`{k}`' for k in known) or 'none'}. Where none is "
                "expected, promtool alone would call that a success."
            )
    return ""
