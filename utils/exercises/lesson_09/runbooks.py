"""Judge a runbook: are its four parts there, and does its query show what is wrong?"""

import re

import pandas as pd

from utils.errors import CourseError
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.prometheus import history

PARTS = ("means", "query", "do", "escalate")
FEW_WORDS = 6

# Inside the fault of 17 May, and two hours on either side of it.
FAULT, QUIET = "2013-05-17 17:39", ("2013-05-17 15:40", "2013-05-17 19:40")

_TIME = r"\b(\d+|five|ten|fifteen|twenty|thirty|an?|half)\W*(min|minutes?|hours?|h)\b|\bat once\b"
_CASE = r"\b(if|when|whenever|as soon as|unless|after|until|still)\b"
_ROLE = r"\b(duty|on-call|engineer|team|manager|lead|head|owner|supplier|admin\w*|operator)\b|\+\d"
_WHO = r"\b(call|ring|phone|page|wake|tell|inform|ask|contact|escalate|notify|reach)\w*"


def judge(answer) -> None:
    """Ask for four parts that say something, and run the query on the time machine."""
    if not isinstance(answer, dict):
        raise NotYet(f"`runbook` should stay the dictionary; it is {describe(answer)}.")
    for part in PARTS:
        if not isinstance(answer.get(part), str) or not answer[part].strip():
            raise NotYet(f"`{part}` should be a text; it is {describe(answer.get(part))}.")
    for part in ("means", "do", "escalate"):
        if len(answer[part].split()) < FEW_WORDS:
            raise NotYet(
                f'`{part}` says: "{answer[part].strip()[:60]}". That is too short for a colleague '
                "who has never seen this service; write a sentence."
            )
    if len({answer[p].strip().lower() for p in ("means", "do", "escalate")}) < 3:
        raise NotYet("Two parts have the same text; each answers another question.")
    _judge_query(answer["query"].strip())
    if _steps(answer["do"]) < 2:
        raise NotYet(
            "`do` has one step; give at least two, each a sentence or numbered (1. ..., 2. ...)."
        )
    names = re.findall(r"(?<=[\w,;:)] )[A-Z]\w+|^[A-Z]\w+(?=,)", answer["escalate"])
    if not names and not re.search(f"{_WHO}|{_ROLE}", answer["escalate"], re.I):
        raise NotYet("`escalate` does not say whom to call.")
    if not re.search(_TIME, answer["escalate"], re.I) and not re.search(
        _CASE, answer["escalate"], re.I
    ):
        raise NotYet("`escalate` does not say when: after how many minutes, or in which case?")


def _steps(text: str) -> int:
    parts = re.split(r"(?:^|\s)\d+[.)]\s|[.;\n]\s*|\bthen\b", text)
    return sum(len(part.split()) >= 2 for part in parts)


def _judge_query(query: str) -> None:
    with history.start(name="the check's time machine") as machine:
        try:
            during, *quiet = (machine.query(query, at=time) for time in (FAULT, *QUIET))
        except CourseError as problem:
            raise NotYet(f"Your query does not run. {problem}") from None
    if during.empty:
        if not quiet[0].empty:
            raise NotYet(
                "Your query returns nothing inside the fault of 17 May, and something in quiet "
                "hours. The first query should show what is wrong."
            )
        raise NotYet(
            "Your query runs and returns nothing, neither inside the fault nor in quiet hours. Is "
            "a name or a label misspelt?"
        )
    if len(during) > 25:
        raise NotYet(
            f"Your query returns {len(during)} rows. Nobody reads that at night: sum over what "
            "does not matter, or keep the largest (`topk`)."
        )
    if not _stands_out(during, *quiet):
        raise NotYet(
            "Inside the fault of 17 May your query returns about what it returns in quiet hours"
            f"{_counter(during, *quiet)}. It should show that requests fail, and as far as it can, "
            "which."
        )


def _stands_out(during: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame) -> bool:
    """Tell whether some series is clearly outside of what it was before and after."""
    values = [_by_series(table) for table in (during, before, after)]
    for key, now in values[0].items():
        then = [v[key] for v in values[1:] if key in v]
        low, high = (min(then), max(then)) if then else (0.0, 0.0)
        margin = 0.5 * max(abs(low), abs(high), high - low) + 1e-9
        if now > high + margin or now < low - margin:
            return True
    return any(key not in values[0] for key in {*values[1]} & {*values[2]})


def _counter(during: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame) -> str:
    values = [_by_series(table) for table in (before, during, after)]
    shared = set.intersection(*(set(v) for v in values))
    if (
        shared
        and all(values[0][k] <= values[1][k] <= values[2][k] for k in shared)
        and any(values[0][k] < values[2][k] for k in shared)
    ):
        return ": it grows and grows. Is it a raw counter? `rate(...[5m])` says what is new"
    return ""


def _by_series(table: pd.DataFrame) -> dict:
    """Return the last value of each series."""
    labels = [name for name in table.columns if name not in ("time", "value")]
    rows = table.sort_values("time").to_dict("records")
    return {tuple((n, row[n]) for n in labels if row[n] == row[n]): row["value"] for row in rows}
