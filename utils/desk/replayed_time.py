"""The desk's two clocks: replayed time, the flights', and wall time, which all servers have.

Both functions get what the traffic has noted: pairs of wall time (seconds since 1970) and replayed
time (text), in the order in which they were noted, several a second while the replayed clock runs.
"""

import itertools
from datetime import timedelta

import numpy as np
import pandas as pd

from utils.errors import CourseError

# The network's time sets a clock back by fractions of a second; that moves nothing.
TOLERANCE_SECONDS = 2
# Without a note for so long, the machine slept.
SLEEP_SECONDS = 10

Seen = list[tuple[float, str]]


def replayed(moments: pd.Series, seen: Seen) -> pd.Series:
    """Turn wall times (UTC) into replayed ones.

    Raises CourseError when this machine's clock was set back: a wall time then stands for two.
    """
    wall = _forward(seen)
    played = pd.DatetimeIndex([moment for _, moment in seen]).as_unit("ns").asi8 / 1e9
    asked = pd.DatetimeIndex(moments).as_unit("ns").asi8 / 1e9
    found = pd.to_datetime(np.interp(asked, wall, played), unit="s").round("s")
    return pd.Series(found.as_unit("ms"), index=moments.index)


def runs(seen: Seen) -> list[tuple[float, float]]:
    """Return from when to when (wall time) the replayed clock ran, and the machine was awake.

    Raises CourseError when this machine's clock was set back.
    """
    found: list[tuple[float, float]] = []
    played = [moment for _, moment in seen]
    times = zip(_forward(seen).tolist(), played, strict=True)
    for (before, was), (now, is_now) in itertools.pairwise(times):
        if is_now == was or now - before > SLEEP_SECONDS:
            continue
        if found and before - found[-1][1] < 1:
            found[-1] = (found[-1][0], now)
        else:
            found.append((before, now))
    return found


def _forward(seen: Seen) -> np.ndarray:
    """Return the wall times, which never go back."""
    wall = np.array([moment for moment, _ in seen])
    forward = np.maximum.accumulate(wall)
    if (back := (forward - wall).max()) > TOLERANCE_SECONDS:
        raise CourseError(
            f"This machine's clock was set back by {timedelta(seconds=round(back))} (h:mm:ss) "
            "while the desk was running, so its pages and metrics cannot be put in order any "
            "more. Run the cell that starts the desk again."
        )
    return forward
