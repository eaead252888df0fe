"""What went wrong in the simulated weeks: the truth that no metric tells by itself.

The incidents are written down here; the blips, which heal by themselves, are drawn. Times are New
York local time of 2013, written as if it were UTC; `until` is the first moment at which all is
well again.
"""

from dataclasses import dataclass
from functools import cache

import pandas as pd

from utils.prometheus.history.dice import Dice
from utils.prometheus.history.weeks import END, START


@dataclass(frozen=True)
class Fault:
    """One thing that went wrong: what, how strongly, when, and the metric that shows it first.

    `kind` says how it works (see `requests.py` and `series.py`), and `size` how strongly: the share
    of requests that fail, the factor of the model's time, the share of values or flights touched.
    """

    what: str
    kind: str
    size: float
    since: pd.Timestamp
    until: pd.Timestamp
    metric: str


def _fault(what: str, kind: str, size: float, since: str, until: str, metric: str) -> Fault:
    times = (pd.Timestamp(f"2013-{moment}") for moment in (since, until))
    return Fault(what, kind, size, *times, metric if metric == "up" else f"flightdelay_{metric}")


_FAILED, _SLOW, _MISSING, _UNSEEN = (
    "requests_total",
    "request_seconds",
    "missing_values_total",
    "unseen_values_total",
)
INCIDENTS = (
    _fault("a weather lookup fails", "errors", 0.04, "04-16 14:10", "04-16 14:50", _FAILED),
    _fault("the model is slow", "slow", 2.0, "04-18 17:00", "04-18 18:30", _SLOW),
    _fault("Prometheus is away", "gap", 1.0, "04-23 09:00", "04-23 10:00", "up"),
    _fault("release 2, taken back", "release", 0.25, "04-29 10:00", "04-29 10:25", _FAILED),
    _fault("the model is slow", "slow", 4.0, "04-30 12:00", "04-30 20:00", _SLOW),
    _fault("a restart", "down", 1.0, "05-02 03:00", "05-02 03:01", "up"),
    _fault("the visib feed", "silent", 0.3, "05-04 06:00", "05-05 18:00", _MISSING),
    _fault("bad answers", "errors", 0.06, "05-04 20:00", "05-04 21:00", _FAILED),
    _fault("a carrier's code", "unseen", 0.25, "05-07 00:00", "05-09 00:00", _UNSEEN),
    _fault("a bad backend", "errors", 0.02, "05-08 05:00", "05-08 11:00", _FAILED),
    _fault("the disk is slow", "disk", 1.0, "05-09 15:00", "05-09 15:45", "log_waiting"),
    _fault("the model is slow", "slow", 3.0, "05-10 16:00", "05-10 16:20", _SLOW),
    _fault("the service is down", "down", 1.0, "05-11 11:00", "05-11 11:20", "up"),
    _fault("temp in Celsius", "celsius", 1.0, "05-13 00:00", "05-17 00:00", "feature_mean"),
    _fault("the model is slow", "slow", 8.0, "05-15 07:00", "05-15 07:30", _SLOW),
    _fault("database locked", "errors", 0.4, "05-17 17:30", "05-17 17:42", _FAILED),
)

# Short faults that heal by themselves; an alarm for one of them is a false alarm. For each kind:
# how many there are, their size, and the metric.
_BLIPS = {"errors": (28, 0.5, _FAILED), "slow": (24, 5.0, _SLOW)}
_BLIP_SEED = 7


def incidents() -> pd.DataFrame:
    """Return the incidents as a table: `what`, `kind`, `size`, `since`, `until`, `metric`."""
    return pd.DataFrame(INCIDENTS)


def of_kind(*kinds: str) -> list[Fault]:
    """Return the incidents of some kinds, in the order of time."""
    return [incident for incident in INCIDENTS if incident.kind in kinds]


def blips() -> pd.DataFrame:
    """Return the short faults of one to three minutes that heal by themselves, as a table."""
    return pd.DataFrame(drawn_blips())


@cache
def drawn_blips() -> tuple[Fault, ...]:
    """Draw the short faults, in the order of time.

    They keep half an hour's distance from one another, and an hour's from the incidents that show
    in requests.
    """
    dice, found = Dice(_BLIP_SEED), []
    hour, half = pd.Timedelta(1, "h"), pd.Timedelta(30, "min")
    others = of_kind("errors", "release", "slow", "down", "gap")
    taken = [(i.since - hour, i.until + hour) for i in others]
    for kind, (number, size, metric) in _BLIPS.items():
        left = number
        while left:
            # Between 6 and 22 o'clock, when there are requests.
            day, minute, more = (int(dice.whole(1, n)[0]) for n in ((END - START).days, 960, 3))
            since = START + pd.Timedelta(day, "D") + pd.Timedelta(360 + minute, "min")
            until = since + pd.Timedelta(1 + more, "min")
            if all(until <= a or since >= b for a, b in taken):
                taken.append((since - half, until + half))
                found.append(Fault("a blip", kind, size, since, until, f"flightdelay_{metric}"))
                left -= 1
    return tuple(sorted(found, key=lambda blip: blip.since))
