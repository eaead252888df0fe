"""Exercise 0.1: the share of late flights, a value."""

from utils.exercises.expect import a_number
from utils.exercises.judges import Slip, Value
from utils.exercises.registry import exercise
from utils.exercises.verdicts import NotYet
from utils.flights import REFERENCE, load_flights


def _flights():
    return load_flights(*REFERENCE)


def _right():
    return _flights()["late"].mean()


def _share(value, name):
    number = a_number(value, name)
    if 0 <= number <= 1:
        return number
    ask = " Did you count instead of dividing, or give percent?" if number > 1 else ""
    raise NotYet(f"{name} is {number:.6g}; a share lies between 0 and 1.{ask}")


SLIPS = [
    Slip(
        "You divided by all flights, also by those that never arrived; they are neither late nor "
        "on time, so leave them out.",
        lambda: _flights()["late"].sum() / len(_flights()),
    ),
    Slip("That is the share of flights *not* late.", lambda: 1 - _right()),
    Slip(
        "That is the share of flights with no outcome.",
        lambda: _flights()["late"].isna().mean(),
    ),
    Slip(
        "That counts every delay. Late means more than 15 minutes, and the column `late` knows it.",
        lambda: (_flights()["arr_delay"] > 0).sum() / _flights()["late"].notna().sum(),
    ),
    Slip(
        "That also counts a delay of just 15 minutes; late means *more* than 15.",
        lambda: (_flights()["arr_delay"] >= 15).sum() / _flights()["late"].notna().sum(),
    ),
    Slip(
        "Flights without an outcome count as late in it. They are neither late nor on time.",
        lambda: _flights()["late"].fillna(1).mean(),
    ),
    Slip(
        "That is late flights to others, the odds. A share divides by both together.",
        lambda: _right() / (1 - _right()),
    ),
    Slip(
        "That is the share in the whole year. Is `flights` still the reference weeks (run the cell "
        "that loads them again)?",
        lambda: load_flights()["late"].mean(),
    ),
]

exercise(
    "0.1",
    "A value",
    stars=1,
    minutes=3,
    hints=[
        "`late` holds zeros and ones. What is the mean of zeros and ones?",
        "pandas leaves missing values out of a mean by itself.",
        'Take the column with `flights["late"]` and call its method `mean`.',
    ],
    learned="The mean of a column of zeros and ones is the share of ones; pandas leaves NaN out.",
    check=Value(
        "share_late",
        _right,
        form=_share,
        slips=SLIPS,
        # Three decimals are enough.
        tolerance=5e-4,
        shown="{:.4f}".format,
        otherwise="That is a share, but not that of the late ones among the flights with an "
        "outcome. Give it with three decimals at least; if you do, is `flights` still the "
        "reference weeks (run the cell that loads them again)?",
    ),
)
