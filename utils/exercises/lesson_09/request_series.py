"""Series of requests for the rules of lesson 09, in promtool's notation.

The samples lie half a step off the evaluations: at round times it would hang on Prometheus' version
how many samples a window holds, for one that lies exactly at its beginning counts in 2, and no
longer in 3.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate


def counters(parts: Iterable[Sequence[int]], **labels: str) -> dict[str, str]:
    """Return the request counters of an instance, by outcome.

    A part is so many steps, with so many requests in each, of which so many are errors and, where a
    fourth number says so, invalid: (20, 1000, 5) or (20, 1000, 5, 300). The others are ok.
    """
    steps = [tuple(numbers[1:]) for part in parts for numbers in [part] * part[0]]
    return of_requests(
        error=[step[1] for step in steps],
        invalid=[step[2] if len(step) > 2 else 0 for step in steps],
        ok=[step[0] - sum(step[1:]) for step in steps],
        **labels,
    )


def of_requests(
    ok: Sequence[int], error: Sequence[int], invalid: Sequence[int], **labels: str
) -> dict[str, str]:
    """Return the request counters of an instance from what comes in each step."""
    labels = {"job": "flightdelay", "instance": "desk:8000"} | labels
    return {
        named("flightdelay_requests_total", **labels, outcome=outcome): at_half_steps(
            accumulate(many)
        )
        for outcome, many in (("ok", ok), ("invalid", invalid), ("error", error))
    }


def named(name: str, **labels: str) -> str:
    """Return a series in the notation of queries."""
    inside = ", ".join(f'{key}="{value}"' for key, value in labels.items())
    return f"{name}{{{inside}}}"


def at_half_steps(values: Iterable) -> str:
    """Return values of a step each, to be read with an interval of half a step."""
    return "_ " + " _ ".join(map(str, values))
