"""The replayed clock waits for the drift job: until it has measured, and Prometheus has judged.

So a page comes at the same replayed time on every machine, however slow. The clock does not wait
for ever: a job that hangs is passed by, and then the desk's rules say so.
"""

import time

import pandas as pd
from prometheus_client import CollectorRegistry, Counter

from utils.servers import local_http

# The drift job runs at 0, 6, 12 and 18 o'clock of replayed time.
EVERY = pd.Timedelta("6h")
# So long the clock waits for one run and its judgement; half of it or more is a run's.
LONGEST_WAIT_SECONDS = 90.0
# After it has once waited in vain, until a run goes well again.
SHORT_WAIT_SECONDS = 3.0
POLL_SECONDS = 0.05

# What the desk's rules have in their last line: up to which run they have judged.
JUDGED = "desk:judged:clock_seconds"


def next_run(clock: pd.Timestamp) -> pd.Timestamp:
    """Return when the drift job runs next, after a replayed time."""
    return clock.floor(EVERY) + EVERY


class Measuring:
    """Has the drift job at `job` (its address) measure, and waits for it and for Prometheus."""

    def __init__(self, job: str | None, registry: CollectorRegistry):
        self._job = job
        self._prometheus: str | None = None
        self._patient = True
        self._waits = Counter(
            "replay_waits",
            "How often the clock waited for a run of the drift job, by how that ended.",
            ["ended"],
            registry=registry,
        )
        for ended in ("judged", "given_up"):
            self._waits.labels(ended)
        self._seconds = Counter(
            "replay_waited_seconds", "How long it waited, in all.", registry=registry
        )

    @property
    def is_set_up(self) -> bool:
        """Whether it is known who judges, if anything is to be measured."""
        return self._job is None or self._prometheus is not None

    def judged_by(self, prometheus: str) -> None:
        """Begin: let runs be judged by the Prometheus of this address."""
        self._prometheus = prometheus

    def at(self, clock: pd.Timestamp, flights: int) -> bool:
        """Have the window that ends at `clock` measured; tell whether it was, in time.

        `flights` is how many were answered so far: all of them are to be in the database.
        """
        if self._job is None:
            return True
        start = time.monotonic()
        until = start + (LONGEST_WAIT_SECONDS if self._patient else SHORT_WAIT_SECONDS)
        judged = self._measured(clock, flights, until) and self._judged(clock, until)
        self._waits.labels("judged" if judged else "given_up").inc()
        self._seconds.inc(time.monotonic() - start)
        self._patient = judged
        return judged

    def _measured(self, clock: pd.Timestamp, flights: int, until: float) -> bool:
        order = {"until": clock.isoformat(), "flights": flights}
        while (left := until - time.monotonic()) > 0:
            try:
                answer = local_http.post(f"{self._job}/run", timeout=left, params=order)
                if answer.json()["ended"] != "locked":  # a database is locked for a moment
                    return True
            except local_http.NO_ANSWER:
                return False
            time.sleep(4 * POLL_SECONDS)
        return False

    def _judged(self, clock: pd.Timestamp, until: float) -> bool:
        try:
            with local_http.client(self._prometheus, timeout=until - time.monotonic()) as client:
                while time.monotonic() < until:
                    if _has_judged(client, clock.timestamp()):
                        return True
                    time.sleep(POLL_SECONDS)
        except (*local_http.NO_ANSWER, KeyError, ValueError):
            return False  # it is gone
        return False


def _has_judged(client, moment: float) -> bool:
    """Tell whether every rule has seen the run of a moment, and nothing is about to end."""
    query = {"query": f"min({JUDGED})"}
    result = client.get("/api/v1/query", params=query).json()["data"]["result"]
    if not result or float(result[0]["value"][1]) != moment:
        return False
    # An alert whose cause is gone goes on for some seconds: one missed scrape does not end it.
    alerts = client.get("/api/v1/alerts").json()["data"]["alerts"]
    return not any("keepFiringSince" in alert for alert in alerts)
