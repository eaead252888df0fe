"""Call a learner's function that may raise: what came of it, either way."""

from collections.abc import Callable
from typing import Any

from utils.exercises.running import run


def attempt(function: Callable, *args: Any, **kwargs: Any) -> tuple[Any, BaseException | None]:
    """Call the learner's function within the time limit; return its result or its exception."""

    def probe() -> tuple[Any, BaseException | None]:
        try:
            return function(*args, **kwargs), None
        except Exception as error:
            return None, error

    probe.__name__ = getattr(function, "__name__", "function")
    result, _ = run(probe)
    return result
