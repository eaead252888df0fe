"""What became of the requests since the last run of the drift job, from the service's metrics.

A rate over seconds would stand for other replayed hours on every machine; this is over the replayed
hours between two runs.
"""

from prometheus_client.parser import text_string_to_metric_families

from utils.service.metrics import REQUEST_OUTCOMES

# A model call is quick below this; one of the histogram's own edges.
QUICK_SECONDS = 0.5
# So many requests say something; until there are, they are counted on.
FEWEST = 20

Value = tuple[str, dict[str, str], float]


class Counts:
    """Compares the service's counters with those of the last time."""

    def __init__(self):
        self._before: dict[str, float] | None = None
        self._values: list[Value] = []

    def values(self, metrics: str) -> list[Value]:
        """Return the shares among the requests since the last time; `metrics` is a scrape."""
        now = _counters(metrics)
        if self._before is None or any(now[name] < self._before[name] for name in now):
            self._before = now  # the first time, or the service was started anew
        new = {name: now[name] - self._before[name] for name in now}
        requests = sum(new[outcome] for outcome in REQUEST_OUTCOMES)
        if requests >= FEWEST:
            self._before = now
            calls = new["calls"]
            self._values = [
                ("drift_requests_share", {"outcome": outcome}, new[outcome] / requests)
                for outcome in REQUEST_OUTCOMES
            ]
            if calls >= FEWEST:
                self._values.append(("drift_quick_calls_share", {}, new["quick"] / calls))
        return self._values


def _counters(metrics: str) -> dict[str, float]:
    found = dict.fromkeys((*REQUEST_OUTCOMES, "quick", "calls"), 0.0)
    for family in text_string_to_metric_families(metrics):
        for sample in family.samples:
            if sample.name == "flightdelay_requests_total":
                found[sample.labels["outcome"]] = sample.value
            elif sample.name == "flightdelay_model_seconds_count":
                found["calls"] = sample.value
            elif sample.name == "flightdelay_model_seconds_bucket" and (
                float(sample.labels["le"]) == QUICK_SECONDS
            ):
                found["quick"] = sample.value
    return found
