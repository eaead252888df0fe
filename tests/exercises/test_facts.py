"""Answers judged fact by fact: the first wrong fact decides which slip it is."""

import pytest

from utils.exercises.judges.facts import Facts
from utils.exercises.judges.table import Slip
from utils.exercises.verdicts import NotYet


class _Pair(Facts):
    def observe(self, answer, name, case):
        if answer == "broken":
            raise NotYet("It broke.")
        first, second = answer(case)
        return {"first": first, "second": second}


def _right(x):
    return x, 2 * x


CHECK = _Pair(
    "pair",
    _right,
    cases={"one": 1, "three": 3},
    slips=[
        Slip("Both are swapped.", lambda x: (2 * x, x)),
        Slip("The second is squared.", lambda x: (x, x**2)),
        Slip("The second is doubled and one more.", lambda x: (x, 2 * x + 1)),
    ],
    tells={f: lambda name, v, f=f: f"For {name} the {f} is {v}." for f in ("first", "second")},
    look={"second": lambda name, got, wanted: "Too much." if got > wanted else "Too little."},
)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda x: (2 * x, x), "For one the first is 2. Both are swapped."),
        # Later facts may be wrong for another reason.
        (lambda x: (2 * x, -1), "For one the first is 2. Both are swapped."),
        (lambda x: (x, x**2), "For one the second is 1. The second is squared."),
        # Like the third slip in one case, and like none in the other.
        (lambda x: (x, 3), "For one the second is 3. Too much."),
        (lambda x: (x, 2 * x - 1), "For one the second is 1. Too little."),
        (lambda x: (x + 5, 2 * x), "For one the first is 6."),
        ("broken", "It broke."),
    ],
)
def test_the_first_wrong_fact_is_told(answer, says):
    with pytest.raises(NotYet) as raised:
        CHECK(answer)
    assert str(raised.value) == says


def test_numbers_are_compared_closely():
    assert CHECK(lambda x: (x * (1 + 1e-9), 2.0 * x)) is None
