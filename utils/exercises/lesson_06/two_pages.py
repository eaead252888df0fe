"""The pages of exercise 6.4, from a real registry, and what a reader of two of them can compute."""

from collections.abc import Callable
from functools import cache

import numpy as np
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from utils.exercises.judges.pages import read

EDGES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25)
SECONDS, REQUESTS = "flightdelay_request_seconds", "flightdelay_requests_total"
MODEL, ROWS = "flightdelay_model_seconds", "flightdelay_rows_total"
WAITING, INSIDE = "flightdelay_log_waiting", "flightdelay_requests_in_progress"
PROXY = "proxy_flightdelay_requests_total"


class _Service:
    """Metrics like those of the lesson, and others whose lines look alike."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.registry = r = CollectorRegistry()
        self.model = Histogram(MODEL, "Model.", buckets=EDGES, registry=r)
        self.requests = Counter(REQUESTS, "Requests.", ["origin", "outcome"], registry=r)
        self.seconds = Histogram(SECONDS, "Time of a request.", buckets=EDGES, registry=r)
        self.rows = Counter(ROWS, "Rows.", ["outcome"], registry=r)
        self.proxy = Counter(PROXY, "Requests, seen before the service.", ["outcome"], registry=r)
        self.waiting = Gauge(WAITING, "Rows not yet on disk.", registry=r)
        self.inside = Gauge(INSIDE, "Requests being answered.", registry=r)
        note = Gauge("flightdelay_build", "The build.", ["note"], registry=r)
        note.labels("of Monday, 1 April").set(1)

    def answer(self, number, errors, origins, slow, untimed=0):
        """Answer so many requests, some slow or with an error; the last are not timed yet."""
        for i in range(number):
            outcome = "error" if i < errors else "invalid" if i % 9 == 0 else "ok"
            self.requests.labels(origins[i % len(origins)], outcome).inc()
            if i < number - untimed:
                took = self.rng.lognormal(np.log(0.015), 0.5) + 0.08 * (self.rng.random() < slow)
                self.seconds.observe(took)
                self.model.observe(0.3 * took)
            self.rows.labels(outcome).inc(3)
            self.proxy.labels(outcome).inc(1 + i % 2)
        self.waiting.set(number % 7)
        self.inside.set(untimed + number % 3)

    def text(self):
        """Return the page, without the `_created` lines that the lesson switches off."""
        lines = generate_latest(self.registry).decode().splitlines(keepends=True)
        return "".join(line for line in lines if "_created" not in line)


@cache
def cases():
    """Return the pages, in pairs, by what happened between them."""
    first, later = _Service(1), _Service(2)
    first.answer(240, 6, ["EWR", "JFK"], 0.05)
    later.answer(90, 0, ["EWR"], 0.3)  # no error yet, and one airport only
    again = _Service(3)  # after a restart every count begins anew

    def pages(service, *traffic):
        before = service.text()
        service.answer(*traffic)
        return before, service.text()

    busy = pages(first, 170, 30, ["EWR", "JFK"], 0.4, 3)
    again.answer(40, 2, ["EWR", "JFK"], 0.3, 1)
    # Here nothing falls by more than 1.
    short, shorter = _Service(4), _Service(5)
    short.answer(3, 3, ["EWR"], 0.0)
    shorter.answer(2, 2, ["EWR"], 0.0)
    soon = short.text(), shorter.text()
    return {
        "170 requests, 30 of them errors": busy,
        "410 requests, 8 of them errors": pages(later, 410, 8, ["EWR", "LGA"], 0.0, 2),
        "1 request, no error": pages(first, 1, 0, ["JFK"], 1.0),
        "a restart, and 40 requests since, 2 of them errors": (busy[1], again.text()),
        "a restart, and 2 requests since, both of them errors": soon,
        "no request at all": (busy[1], busy[1]),
    }


class Readings:
    """The sums of one page, or of the differences of two: what a reader computes with."""

    def __init__(self, series: dict):
        self.series = series
        sums = self._sum
        self.requests = sums(REQUESTS)
        self.ok, self.invalid, self.errors = (
            sums(REQUESTS, outcome=outcome) for outcome in ("ok", "invalid", "error")
        )
        self.rows, self.row_errors = sums(ROWS), sums(ROWS, outcome="error")
        self.inside, self.proxy = sums(INSIDE), sums(PROXY)
        self.timed, self.seconds = sums(f"{SECONDS}_count"), sums(f"{SECONDS}_sum")
        self.model_seconds = sums(f"{MODEL}_sum")
        self.within, self.below, self.above, self.model_within = (
            sums(f"{name}_bucket", le=edge)
            for name, edge in (
                (SECONDS, "0.05"),
                (SECONDS, "0.025"),
                (SECONDS, "0.1"),
                (MODEL, "0.05"),
            )
        )
        by_edge = {edge: sums(f"{SECONDS}_bucket", le=str(edge)) for edge in EDGES}
        self.all_below = sum(n for edge, n in by_edge.items() if edge <= 0.05)
        self.from_edges = sum(edge * n for edge, n in by_edge.items())
        self.buckets = sums(f"{SECONDS}_bucket")

    @classmethod
    @cache
    def of(cls, text: str) -> "Readings":
        """Read a page."""
        samples = read(text).samples
        return cls({(name, *sorted(labels.items())): value for name, labels, value in samples})

    def since(
        self,
        before: "Readings",
        new: bool = True,
        fallen: Callable[[float, float], float] = lambda now, old: now,
    ) -> "Readings":
        """Return what came since an earlier page; a series that fell began anew.

        Without `new`, series that are not on the earlier page are left out; `fallen` makes another
        number of a series that fell, out of what it is now and what it was.
        """
        old = before.series
        return Readings(
            {
                key: fallen(value, old[key]) if value < old.get(key, 0) else value - old.get(key, 0)
                for key, value in self.series.items()
                if new or key in old
            }
        )

    def _sum(self, name: str, **labels: str) -> np.float64:
        asked = set(labels.items())
        # numpy's numbers: without any request a share is NaN, and no error.
        return np.float64(
            sum(v for (n, *found), v in self.series.items() if n == name and asked <= {*found})
        )
