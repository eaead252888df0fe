"""Flights on their way to the service: several connections, each request when it is due, and a
count of what became of them.
"""

import itertools
import math
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx
import numpy as np
import pandas as pd

from utils.errors import CourseError
from utils.flights import FEATURES
from utils.given import a_whole_number, is_number
from utils.servers import local_http
from utils.service.requests import MOST_FLIGHTS, as_json

# Percentiles are those of the latest requests, at most this many: endless traffic must not need
# endless memory.
REMEMBERED = 100_000
TIMEOUT_SECONDS = 30
# After a request that nobody answered, so that an absent service is not asked at full speed.
PAUSE_SECONDS = 0.05


@dataclass(frozen=True)
class Summary:
    """What became of the traffic: requests, flights, and the time until an answer, in ms.

    `errors` are the requests that were not answered by 200, and `refusal` says why the first of
    them was not (None when there is none). `milliseconds` holds the time of each answered request,
    in the order of the answers.
    """

    sent: int
    answered: int
    errors: int
    flights: int
    seconds: float
    p50: float
    p95: float
    p99: float
    refusal: str | None
    milliseconds: np.ndarray = field(repr=False, compare=False)


class Traffic:
    """Flights on their way to a service: `summary()` tells how it goes, `stop()` ends it."""

    def __init__(self, flights, url, speedup, batch, connections, endless):
        refuse_bad(flights, speedup, batch, connections)
        self.total = len(flights)
        self._client = a_client(url, connections)
        self._requests = _requests(flights, speedup, batch, endless)
        self._started = time.monotonic()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._sent = self._answered = self._flights = 0
        self._refusal: str | None = None
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
            times, refusal = np.array(self._milliseconds), self._refusal
            sent, answered, flights = self._sent, self._answered, self._flights
        seconds = (self._ended or time.monotonic()) - self._started
        points = np.percentile(times, [50, 95, 99]).tolist() if len(times) else [math.nan] * 3
        errors = sent - answered
        return Summary(sent, answered, errors, flights, seconds, *points, refusal, times)

    def _send(self) -> None:
        while request := self._next():
            due, flights = request
            if self._stop.wait(max(0.0, due - (time.monotonic() - self._started))):
                return
            start = time.perf_counter()
            refusal = self._ask(flights)
            milliseconds = 1000 * (time.perf_counter() - start)
            with self._lock:
                self._sent += 1
                if refusal is None:
                    self._answered += 1
                    self._flights += len(flights)
                    self._milliseconds.append(milliseconds)
                else:
                    self._refusal = self._refusal or refusal

    def _next(self) -> tuple[float, list[dict]] | None:
        with self._lock:
            return None if self._stop.is_set() else next(self._requests, None)

    def _ask(self, flights: list[dict]) -> str | None:
        """Send a request; return None when it was answered by 200, and else the reason."""
        try:
            answer = self._client.post("/predict", json={"flights": flights})
        except (ValueError, TypeError) as error:
            return f"These flights cannot be written as JSON: {error}."
        except local_http.NO_ANSWER as error:
            self._stop.wait(PAUSE_SECONDS)
            return f"No answer came ({type(error).__name__})."
        return None if answer.status_code == 200 else _reason(answer)


def _reason(answer: httpx.Response) -> str:
    try:
        said = " ".join(answer.json()["errors"])
    except (ValueError, KeyError, TypeError):
        said = answer.text[:200]
    return f"{answer.status_code}: {said}"


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


def refuse_bad(flights: pd.DataFrame, speedup: float | None, batch: int, connections: int) -> None:
    """Raise CourseError when this cannot be sent."""
    if not isinstance(flights, pd.DataFrame):
        raise CourseError(f"`flights` is a {type(flights).__name__}: give a table of flights.")
    if missing := [name for name in FEATURES if name not in flights.columns]:
        raise CourseError(f"The flights lack the feature `{missing[0]}`.")
    if flights.empty:
        raise CourseError("There are no flights in the table. Which weeks did you ask for?")
    a_whole_number("batch", batch, 1, MOST_FLIGHTS)
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


def a_client(url: str, connections: int) -> httpx.Client:
    """Return a client of the service, which has answered once; CourseError when it does not."""
    _refuse_bad_url(url)
    client = local_http.client(url, TIMEOUT_SECONDS, connections)
    try:
        client.get("/health")
    except local_http.NO_ANSWER:
        client.close()
        raise CourseError(
            f"No service answers at {url}. Run the cell that starts it, then this one again."
        ) from None
    return client


def _refuse_bad_url(url: str) -> None:
    example = 'give the address of the service, like "http://127.0.0.1:8000"'
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
        known = parts is not None and parts.scheme in ("http", "https") and bool(parts.netloc)
    except ValueError:
        known = False
    if not known:
        raise CourseError(f"`url` is {url!r}; {example}, with http:// before it.")
    if parts.path.strip("/") or parts.query:
        raise CourseError(f"`url` is {url!r}; {example}: the path is added to it.")
