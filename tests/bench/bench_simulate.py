"""Time each drift against a copy of the table, on 1 million flights × 12 columns.

    python tests/bench/bench_simulate.py

Ratios are those of one run, best of several, so that they hold on a busy machine.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

os.environ["OMP_NUM_THREADS"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import pandas as pd

from utils.drift.simulate import DRIFTS, Severity
from utils.flights import load_flights

ROWS = 1_000_000
ROUNDS = 15

# Those that compute new values for single cells; for them the limit holds.
SIMPLE = ["unit_change", "utc_hour", "new_carrier", "missing_feed", "default_fill", "one_sensor"]
LIMIT = 3.0

COLUMNS = ["sched_dep", "carrier", "origin", "temp", "humid", "wind_speed", "precip", "visib"]
COLUMNS += ["pressure", "hour", "arr_delay", "late"]
# One column is exchanged where a drift needs another, so that there are always twelve.
WITH_DISTANCE = ["distance" if column == "humid" else column for column in COLUMNS]


def main() -> int:
    """Print the table; return 1 when a simple drift is over the limit."""
    year = load_flights()
    flights = pd.concat([year] * (ROWS // len(year) + 1))
    flights = flights.sort_values("sched_dep", kind="stable", ignore_index=True).head(ROWS)
    sudden, ramp = Severity("2013-01-07"), Severity("2013-01-07", ramp="90D")
    print(f"{len(flights):,} rows × {len(COLUMNS)} columns")
    print(f"{'':16}{'sudden':>18}{'ramp':>18}{'copy':>18}")
    over = []
    for name in sorted(DRIFTS, key=lambda name: (name not in SIMPLE, name)):
        table = flights[WITH_DISTANCE if name == "longer_network" else COLUMNS].copy()
        calls = [table.copy, drifting(name, table, sudden), drifting(name, table, ramp)]
        copy, *times = best(calls)
        cells = [f"{time * 1e3:7.1f} ms {time / copy:4.1f}×" for time in times]
        print(f"{name:16}" + "".join(f"{cell:>18}" for cell in [*cells, f"{copy * 1e3:.1f} ms"]))
        if name in SIMPLE and times[0] > LIMIT * copy:
            over.append(name)
    print(f"Over {LIMIT:.0f} × copy: {', '.join(over) or 'none of the simple ones'}")
    return int(bool(over))


def drifting(name: str, table: pd.DataFrame, when: Severity) -> Callable:
    """Return a call of the drift."""
    return lambda: DRIFTS[name](table, when, np.random.default_rng(1))


def best(calls: list[Callable]) -> list[float]:
    """Return the best time of each call in seconds; they take turns, so noise hits all alike."""
    times = [[] for _ in calls]
    for _ in range(ROUNDS):
        for call, taken in zip(calls, times, strict=True):
            start = perf_counter()
            call()
            taken.append(perf_counter() - start)
    return [min(taken) for taken in times]


if __name__ == "__main__":
    sys.exit(main())
