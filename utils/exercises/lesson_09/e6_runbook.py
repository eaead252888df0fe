"""Exercise 9.6: a runbook; are its four parts there, and does its query show what is wrong?"""

import re

import pandas as pd

from utils.errors import CourseError
from utils.exercises.judges.rule_files import LONGEST
from utils.exercises.registry import exercise
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
    answer = dict(answer)
    steps = answer.get("do")
    if isinstance(steps, (list, tuple)) and all(isinstance(step, str) for step in steps):
        answer["do"] = "\n".join(step.strip() for step in steps)
    for part in PARTS:
        if not isinstance(answer.get(part), str) or not answer[part].strip():
            also = " or a list of texts" if part == "do" else ""
            raise NotYet(f"`{part}` should be a text{also}; it is {describe(answer.get(part))}.")
        if len(answer[part]) > LONGEST:
            raise NotYet(
                f"`{part}` has {len(answer[part]):,} characters. Nobody reads that at night."
            )
    for part in ("means", "do", "escalate"):
        _says_something(part, answer[part])
    if len({answer[p].strip().lower() for p in ("means", "do", "escalate")}) < 3:
        raise NotYet("Two parts have the same text; each answers another question.")
    _judge_query(answer["query"].strip())
    steps = _steps(answer["do"])
    if len(steps) < 2:
        raise NotYet(
            "`do` has one step; give at least two, each a sentence, numbered (1. ..., 2. ...), or "
            "an item of a list."
        )
    if len(set(steps)) < len(steps):
        raise NotYet("`do` has the same step twice.")
    names = re.findall(r"(?<=[\w,;:)] )[A-Z]\w+|^[A-Z]\w+(?=,)", answer["escalate"])
    if not names and not re.search(f"{_WHO}|{_ROLE}", answer["escalate"], re.I):
        raise NotYet("`escalate` does not say whom to call.")
    if not re.search(_TIME, answer["escalate"], re.I) and not re.search(
        _CASE, answer["escalate"], re.I
    ):
        raise NotYet("`escalate` does not say when: after how many minutes, or in which case?")


def _says_something(part: str, text: str) -> None:
    words = re.findall(r"\w+", text)
    if len(words) < FEW_WORDS:
        counted = "1 word" if len(words) == 1 else f"{len(words)} words"
        raise NotYet(
            f'`{part}` says: "{text.strip()[:60]}". With {counted} that is too short for a '
            f"colleague who has never seen this service; write {FEW_WORDS} at least."
        )
    if re.search(r"\b(TODO|FIXME|TBD)\b", text):
        raise NotYet(f"`{part}` still says what is to be written.")
    if len({word.lower() for word in words}) < FEW_WORDS - 2:
        raise NotYet(f"`{part}` says the same word again and again.")


def _steps(text: str) -> list[str]:
    parts = re.split(r"(?:^|\s)\d+[.)]\s|[.;\n]\s*|\bthen\b", text)
    return [" ".join(part.lower().split()) for part in parts if len(part.split()) >= 2]


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
        if "flightdelay_errors:ratio_rate" in query:
            raise NotYet(
                "Your query runs and returns nothing: the series of 9.5 are recorded where your "
                "rules run, and the time machine has none of them. Write the ratio itself."
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
        then = [v[key] for v in values[1:] if key in v] or [0.0]
        shares = all(0 <= value <= 1 for value in (now, *then))
        # A share of what goes well hardly moves where that of what goes wrong moves much.
        if _is_outside(now, then) or (shares and _is_outside(1 - now, [1 - v for v in then])):
            return True
    return any(key not in values[0] for key in {*values[1]} & {*values[2]})


def _is_outside(now: float, then: list[float]) -> bool:
    low, high = min(then), max(then)
    margin = 0.5 * max(abs(low), abs(high), high - low) + 1e-9
    return now > high + margin or now < low - margin


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


def runbook(answer):
    """Judge a runbook; what a server cannot say of its query is said in a sentence."""
    try:
        judge(answer)
    except CourseError as problem:
        raise NotYet(str(problem)) from None


exercise(
    "9.6",
    "Write the runbook",
    stars=3,
    minutes=12,
    hints=[
        "Write it for somebody at three in the morning: what do users see, what do I type, what do "
        "I do, when do I wake the next one?",
        "A good first query splits the symptom, so that it points somewhere: by `outcome`, by "
        "instance, by version.",
        '`sum by (outcome) (rate(flightdelay_requests_total{job="flightdelay"}[5m]))` is such a '
        "query. `escalate` should name a number of minutes, or a case, and a person or a role.",
    ],
    learned="Your query ran, and your four parts are there. Whether it helps, only a colleague "
    "who has not read this lesson can tell: give it to one.",
    check=runbook,
)
