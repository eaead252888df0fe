"""What a report of five lines must have: the check of exercise 10.5."""

import re
from typing import Any

from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet

LINES = ("what", "since", "impact", "done", "next")
LONGEST = 200

_NUMBER = r"\d|\b(one|two|three|four|five|hundred|hundreds|half|quarter|third)\b"


def judge(answer: Any) -> None:
    """Judge the report of the guided incident; raises NotYet."""
    if not isinstance(answer, dict) or set(answer) != set(LINES):
        raise NotYet(
            f"`incident_report` should stay a dictionary with the keys {', '.join(LINES)}; it is "
            f"{describe(answer)}."
        )
    for line in LINES:
        _text(line, answer[line])
    text = {line: answer[line].lower() for line in LINES}
    _what(text["what"])
    _since(text["since"])
    if not re.search(_NUMBER, text["impact"]):
        raise NotYet(
            "`impact` has no number. How many flights got a wrong temperature, or by how much were "
            "their probabilities off? The lesson has printed both."
        )
    if not re.search(
        r"fix|repair|suppl|weather|feed|station|exclud|mark|kept out|source", text["done"]
    ):
        raise NotYet(
            "`done` does not say what became of the fault. Which source was repaired, and what "
            "about the spoilt rows?"
        )
    asks = re.search(r"\b(careful|attention|attentive|look out|watch out)", text["next"])
    works = (
        r"check|rule|alert|test|compar|limit|script|schema|refus|reject|automat|metric|sent|gate"
    )
    if asks and not re.search(works, text["next"]):
        raise NotYet(
            "`next` asks people to be careful, and they were. Name a change that works at night: a "
            "check, a rule, a unit sent along."
        )
    if text["next"].strip() in {text[line].strip() for line in LINES[:-1]}:
        raise NotYet("`next` repeats another line. What would find it sooner, or prevent it?")


def _text(line: str, said: Any) -> None:
    if said is None or said is ...:
        raise NotYet(f"`{line}` is still empty.")
    if not isinstance(said, str):
        raise NotYet(f"`{line}` should be a text; it is {describe(said)}.")
    if len(said.split()) < 3:
        raise NotYet(
            f'`{line}` is "{said.strip()}". Make it a sentence: three words are the least.'
        )
    if len(said) > LONGEST:
        raise NotYet(
            f"`{line}` has {len(said)} characters, and {LONGEST} are allowed. Who reads it stands "
            "in a corridor: what can go?"
        )


def _what(text: str) -> None:
    if not re.search(r"temp", text):
        raise NotYet("`what` does not name the column, the temperature (`temp`).")
    if not re.search(r"ewr|newark", text):
        raise NotYet("`what` does not say where: which airport's station was it?")
    if not re.search(r"celsius|°\s*c\b|fahrenheit|unit", text):
        raise NotYet("`what` says where, but not what was wrong with the numbers. Name the unit.")


def _since(text: str) -> None:
    if not re.search(r"\b15(th)?\b|wednesday|\bwed\b|05-15", text):
        raise NotYet("`since` does not name the day on which it began.")
    if not re.search(r"(?<!\d)12(?!\d)|noon|midday", text):
        raise NotYet("`since` does not name the hour at which it began, to the hour.")
    if not re.search(
        r"midnight|(?<!\d)0?0[:.]00\b|24[:.]00|\b24\s*h|\b12\s*am\b|\b16(th)?\b|thursday|\bthu\b"
        r"|05-16|\btwelve hours\b|12 hours|end of the day",
        text,
    ):
        raise NotYet("`since` says when it began. Until when did it last?")
