"""Send flights to the running service: as fast as it goes, or flight time sped up, from several
connections at once.

`replay` sends a table while the cell waits; `start` sends it from a thread, `start_process` from a
process of its own, which takes no time from the notebook. The command line does what `replay` does:
`python -m utils.service.traffic --url http://127.0.0.1:8000 --table week.parquet`
"""

import argparse
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from utils import servers
from utils.errors import CourseError
from utils.service.requests import as_json
from utils.service.sending import Summary, Traffic, a_client, refuse_bad

__all__ = ["Process", "Summary", "Traffic", "as_json", "replay", "start", "start_process"]

BATCH = 10
CONNECTIONS = 4
# How often a process of traffic says how it goes.
REPORT_SECONDS = 0.5


def replay(
    flights: pd.DataFrame,
    url: str,
    speedup: float | None = None,
    batch: int = BATCH,
    connections: int = CONNECTIONS,
) -> Summary:
    """Send a table of flights, `batch` to a request, and return when all are answered.

    With `speedup` flight time (`sched_dep`) passes so many times as fast as real time: a week takes
    one minute at 10,080. Without it the next request leaves as soon as a connection is free.

    Raises CourseError when the table lacks a feature, or no service answers at `url`. What the
    service refuses is counted, and the summary says why the first was.
    """
    traffic = Traffic(flights, url, speedup, batch, connections, endless=False)
    # Committed outputs are compared, and a bar shows times: none where notebooks are tested.
    with tqdm(total=traffic.total, unit="flight", disable="COURSE_STRICT" in os.environ) as bar:
        try:
            while traffic.is_running():
                time.sleep(0.05)
                bar.update(traffic.summary().flights - bar.n)
            bar.update(traffic.summary().flights - bar.n)
        except BaseException:
            traffic.stop()
            raise
    return traffic.wait()


def start(
    flights: pd.DataFrame,
    url: str,
    speedup: float | None = None,
    batch: int = BATCH,
    connections: int = CONNECTIONS,
    endless: bool = False,
) -> Traffic:
    """Send flights from threads of this process while the notebook goes on; as `replay` else.

    With `endless` it begins again at the end of the table, until it is stopped.
    """
    return Traffic(flights, url, speedup, batch, connections, endless)


class Process:
    """Traffic from a process of its own; it ends with the notebook. As `Traffic` to its user."""

    def __init__(self, program: servers.Server):
        self._program = program

    def is_running(self) -> bool:
        """Tell whether it still sends."""
        return self._program.is_alive()

    def summary(self) -> Summary | None:
        """Return how it went half a second ago; None when nothing is known yet.

        Without the time of each request: `milliseconds` is empty.
        """
        lines = [line for line in self._program.said(20).splitlines() if line.startswith("{")]
        return Summary(**json.loads(lines[-1]), milliseconds=np.array([])) if lines else None

    def stop(self) -> Summary | None:
        """End the process, and return its last summary."""
        known = self.summary()
        self._program.stop()
        return known


def start_process(
    flights: pd.DataFrame,
    url: str,
    speedup: float | None = None,
    batch: int = BATCH,
    connections: int = CONNECTIONS,
    endless: bool = False,
    name: str = "traffic",
) -> Process:
    """Send flights from a process of its own; as `start` else.

    Traffic of the same `name` that was started before is stopped first.
    """
    refuse_bad(flights, speedup, batch, connections)
    a_client(url, 1).close()

    def command(folder: Path) -> list[str]:
        table = folder / "flights.parquet"
        flights.to_parquet(table)
        options = ["--url", url, "--table", str(table), "--batch", str(batch)]
        options += ["--connections", str(connections), "--report"]
        options += ["--speedup", str(speedup)] if speedup else []
        options += ["--endless"] if endless else []
        return [sys.executable, "-m", "utils.service.traffic", *options]

    return Process(servers.run(name, command))


def main() -> None:
    """Send what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--table", type=Path, required=True, help="flights, as parquet")
    parser.add_argument("--speedup", type=float)
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--connections", type=int, default=CONNECTIONS)
    parser.add_argument("--endless", action="store_true", help="begin again at the end")
    parser.add_argument("--report", action="store_true", help="a line of JSON every half second")
    options = parser.parse_args()
    how = (options.url, options.speedup, options.batch, options.connections)
    try:
        flights = _read(options.table)
        if not options.report:
            print(replay(flights, *how))
            return
        traffic = start(flights, *how, endless=options.endless)
    except CourseError as problem:
        raise SystemExit(str(problem)) from None
    while traffic.is_running():
        time.sleep(REPORT_SECONDS)
        _report(traffic.summary())
    _report(traffic.wait())


def _read(table: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(table)
    except (OSError, ValueError) as error:  # what is no parquet file is a ValueError
        raise CourseError(f"{table} cannot be read as a parquet file ({error}).") from None


def _report(summary: Summary) -> None:
    known = {name: value for name, value in asdict(summary).items() if name != "milliseconds"}
    print(json.dumps(known), flush=True)


if __name__ == "__main__":
    main()
