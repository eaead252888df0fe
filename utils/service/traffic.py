"""Send flights to the running service: as fast as it goes, or flight time sped up, from several
connections at once.

`replay` sends a table while the cell waits; `start` sends it from a thread, `start_process` from a
process of its own, which takes no time from the notebook. The command line does what `replay` does:
`python -m utils.service.traffic --url http://127.0.0.1:8000 --table week.parquet`
"""

import argparse
import itertools
import json
import math
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
from tqdm import tqdm

from utils import servers
from utils.errors import CourseError
from utils.flights import FEATURES
from utils.given import a_whole_number, is_number

BATCH = 10
CONNECTIONS = 4
# Percentiles are those of so many latest requests, so that endless traffic needs no endless memory.
REMEMBERED = 100_000
REPORT_SECONDS = 0.5


@dataclass(frozen=True)
class Summary:
    """What became of the traffic: requests, flights, and the time until an answer, in ms.

    `errors` are the requests that were not answered by 200. `milliseconds` holds the time of each
    answered one, in the order of the answers.
    """

    sent: int
    answered: int
    errors: int
    flights: int
    seconds: float
    p50: float
    p95: float
    p99: float
    milliseconds: np.ndarray = field(repr=False, compare=False)


class Traffic:
    """Flights on their way to a service: `summary()` tells how it goes, `stop()` ends it."""

    def __init__(self, flights, url, speedup, batch, connections, endless):
        _refuse_bad(flights, speedup, batch, connections)
        self.total = len(flights)
        self._client = _client(url, connections)
        self._requests = _requests(flights, speedup, batch, endless)
        self._started = time.monotonic()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._sent = self._answered = self._flights = 0
        self._milliseconds: deque = deque(maxlen=REMEMBERED)
        self._ended: float | None = None
        self._threads = [
            threading.Thread(target=self._send, daemon=True) for _ in range(connections)
        ]
        for thread in self._threads:
            thread.start()

    def is_running(self) -> bool:
        """Tell whether there is still something to send."""
        return any(thread.is_alive() for thread in self._threads)

    def stop(self) -> Summary:
        """Send nothing more, wait for the answers that are due, and return the summary."""
        self._stop.set()
        return self.wait()

    def wait(self) -> Summary:
        """Wait until everything is answered, and return the summary."""
        for thread in self._threads:
            thread.join()
        self._client.close()
        self._ended = self._ended or time.monotonic()
        return self.summary()

    def summary(self) -> Summary:
        """Return how it goes so far."""
        with self._lock:
            times = np.array(self._milliseconds)
            sent, answered, flights = self._sent, self._answered, self._flights
        seconds = (self._ended or time.monotonic()) - self._started
        points = np.percentile(times, [50, 95, 99]).tolist() if len(times) else [math.nan] * 3
        return Summary(sent, answered, sent - answered, flights, seconds, *points, times)

    def _send(self) -> None:
        while request := self._next():
            due, flights = request
            if self._stop.wait(max(0.0, due - (time.monotonic() - self._started))):
                return
            start = time.perf_counter()
            try:
                answer = self._client.post("/predict", json={"flights": flights})
                ok = answer.status_code == 200
            except (httpx.HTTPError, ValueError, TypeError):
                # Not there, or no JSON: either is an error, and the thread goes on counting them.
                ok = False
                self._stop.wait(0.05)  # nobody is there: no use in asking at full speed
            milliseconds = 1000 * (time.perf_counter() - start)
            with self._lock:
                self._sent += 1
                if ok:
                    self._answered += 1
                    self._flights += len(flights)
                    self._milliseconds.append(milliseconds)

    def _next(self) -> tuple[float, list[dict]] | None:
        with self._lock:
            return None if self._stop.is_set() else next(self._requests, None)


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

    Raises CourseError when the table lacks a feature, or no service answers at `url`.
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
    _refuse_bad(flights, speedup, batch, connections)
    _client(url, 1).close()

    def command(folder: Path) -> list[str]:
        table = folder / "flights.parquet"
        flights.to_parquet(table)
        options = ["--url", url, "--table", str(table), "--batch", str(batch)]
        options += ["--connections", str(connections), "--report"]
        options += ["--speedup", str(speedup)] if speedup else []
        options += ["--endless"] if endless else []
        return [sys.executable, "-m", "utils.service.traffic", *options]

    return Process(servers.run(name, command))


def as_json(flights: pd.DataFrame) -> list[dict]:
    """Return flights as the service takes them: the features, and when and which, missing as None.

    >>> httpx.post(f"{url}/predict", json={"flights": as_json(week)})
    """
    chosen = [c for c in ("flight_id", "sched_dep", *FEATURES) if c in flights.columns]
    table = flights[chosen].astype(object).where(flights[chosen].notna(), None)
    if "sched_dep" in chosen:
        moments = table["sched_dep"]
        times = [t if t is None or isinstance(t, str) else t.isoformat() for t in moments]
        # Of this type, for in a column of texts pandas would make NaN of None.
        table["sched_dep"] = pd.Series(times, dtype=object, index=table.index)
    return table.to_dict("records")


def _requests(
    flights: pd.DataFrame, speedup: float | None, batch: int, endless: bool
) -> Iterator[tuple[float, list[dict]]]:
    """Return an iterator over the requests: how many seconds after the start each is due, and it.

    All is prepared here, so that nothing but sending falls into the time of the traffic.
    """
    if speedup:
        flights = flights.sort_values("sched_dep", kind="stable")
        after = (flights["sched_dep"] - flights["sched_dep"].iloc[0]).dt.total_seconds() / speedup
        due = after.tolist()
    else:
        due = [0.0] * len(flights)
    rows = as_json(flights)
    rounds = itertools.count() if endless else range(1)
    return (
        (number * due[-1] + due[i], rows[i : i + batch])
        for number in rounds
        for i in range(0, len(rows), batch)
    )


def _refuse_bad(flights: pd.DataFrame, speedup: float | None, batch: int, connections: int) -> None:
    if not isinstance(flights, pd.DataFrame):
        raise CourseError(f"`flights` is a {type(flights).__name__}: give a table of flights.")
    if missing := [name for name in FEATURES if name not in flights.columns]:
        raise CourseError(f"The flights lack the feature `{missing[0]}`.")
    if flights.empty:
        raise CourseError("There are no flights in the table. Which weeks did you ask for?")
    a_whole_number("batch", batch, 1, 100_000)
    a_whole_number("connections", connections, 1, 1_000)
    numbers = flights[FEATURES].select_dtypes("number")
    infinite = np.isinf(numbers.to_numpy("float64", na_value=np.nan)).any(axis=0)
    if infinite.any():
        raise CourseError(
            f"The column `{numbers.columns[infinite.argmax()]}` holds an infinite number, which "
            "JSON cannot say: put NaN in its place, `flights.replace([np.inf, -np.inf], np.nan)`."
        )
    if speedup is None:
        return
    if not is_number(speedup) or not speedup > 0:
        raise CourseError(
            f"`speedup` is {speedup!r}; it is how many times as fast time passes: give a number "
            "above 0."
        )
    times = flights.get("sched_dep")
    if not pd.api.types.is_datetime64_any_dtype(times) or times.isna().any():
        raise CourseError(
            "To pass flight time faster, the flights need their `sched_dep`, as a time and in each "
            "row."
        )


def _client(url: str, connections: int) -> httpx.Client:
    """Return a client of the service, which has answered once."""
    limits = httpx.Limits(max_connections=connections)
    try:
        # Nothing of this machine's environment (a proxy) may stand between us and the service.
        client = httpx.Client(base_url=url, trust_env=False, timeout=30, limits=limits)
        client.get("/health")
    except (httpx.HTTPError, httpx.InvalidURL, TypeError):
        raise CourseError(
            f"No service answers at {url}. Run the cell that starts it, then this one again."
        ) from None
    return client


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
        flights = pd.read_parquet(options.table)
        if not options.report:
            print(replay(flights, *how))
            return
        traffic = start(flights, *how, endless=options.endless)
    except (CourseError, OSError) as problem:
        raise SystemExit(str(problem)) from None
    while traffic.is_running():
        time.sleep(REPORT_SECONDS)
        _report(traffic.summary())
    _report(traffic.wait())


def _report(summary: Summary) -> None:
    known = {name: value for name, value in asdict(summary).items() if name != "milliseconds"}
    print(json.dumps(known), flush=True)


if __name__ == "__main__":
    main()
