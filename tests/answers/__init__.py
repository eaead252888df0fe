"""Right and wrong answers for every exercise, as learners give them."""

from collections import defaultdict
from typing import Any

RIGHT: dict[str, list[Any]] = defaultdict(list)
WRONG: dict[str, list[tuple[Any, str]]] = defaultdict(list)


def right(exercise_id: str, answer: Any = None):
    """Note a right answer: `right("0.1", value)`, or as a decorator of a function."""
    if answer is not None:
        RIGHT[exercise_id].append(answer)
        return None
    return lambda function: RIGHT[exercise_id].append(function) or function


def wrong(exercise_id: str, says: str, answer: Any = None):
    """Note a wrong answer and a fragment of the message that it should get."""
    if answer is not None:
        WRONG[exercise_id].append((answer, says))
        return None
    return lambda function: WRONG[exercise_id].append((function, says)) or function
