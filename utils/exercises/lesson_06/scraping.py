"""What the checks of lesson 06 share: registries for learners' code, and pages read from them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from prometheus_client import REGISTRY, CollectorRegistry, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from utils.exercises.running import run


class Registry(CollectorRegistry):
    """A registry that `running.run` hands on as it is: its lock cannot be copied."""

    def __deepcopy__(self, memo: dict) -> "Registry":
        """Return the registry itself."""
        return self

    def __repr__(self) -> str:
        """Return a word for messages, without an address."""
        return "registry"


@dataclass(frozen=True)
class Page:
    """A page of metrics: the type of every metric, and (name, labels, value) of every sample."""

    types: dict[str, str]
    samples: list[tuple[str, dict[str, str], float]]

    def of(self, name: str) -> list[tuple[dict[str, str], float]]:
        """Return the labels and the value of every series of this name."""
        return [(labels, value) for found, labels, value in self.samples if found == name]

    def total(self, name: str) -> float:
        """Return the sum over all series of this name."""
        return sum(value for _, value in self.of(name))


def scrape(registry: CollectorRegistry) -> Page:
    """Return the page of a registry as a reader sees it, without the `_created` lines."""
    text = generate_latest(registry).decode()
    types = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            name, kind = line.split()[2:]
            types[name] = kind
    samples = [
        (sample.name, dict(sample.labels), sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    ]
    return Page(
        {name: kind for name, kind in types.items() if not name.endswith("_created")},
        [sample for sample in samples if not sample[0].endswith("_created")],
    )


def in_default_registry(prefix: str) -> set[str]:
    """Return the names of the metrics with this prefix in the library's default registry."""
    return {metric.name for metric in REGISTRY.collect() if metric.name.startswith(prefix)}


def remove_from_default_registry(names: set[str]) -> None:
    """Remove what a judged answer left there: judged again, it would meet another error."""
    for name in names:
        # The library has no public way from a name to its metric.
        collector = getattr(REGISTRY, "_names_to_collectors", {}).get(name)
        if collector is not None:
            REGISTRY.unregister(collector)


def attempt(function: Callable, *args: Any, **kwargs: Any) -> tuple[Any, BaseException | None]:
    """Call the learner's function within the time limit; return its result or its exception."""

    def probe() -> tuple[Any, BaseException | None]:
        try:
            return function(*args, **kwargs), None
        except Exception as error:
            return None, error

    probe.__name__ = getattr(function, "__name__", "function")
    result, _ = run(probe)
    return result


def estimated_quantile(q: float, edges: list[float], seconds: np.ndarray) -> float:
    """Return a quantile as Prometheus reads it from a real histogram with these edges."""
    registry = CollectorRegistry()
    histogram = Histogram("x_seconds", "Seconds.", buckets=edges, registry=registry)
    for value in seconds:
        histogram.observe(value)
    buckets = scrape(registry).of("x_seconds_bucket")
    cumulative = [value for _, value in buckets]
    finite = [float(labels["le"]) for labels, _ in buckets[:-1]]
    # Above the last finite edge the answer is that edge, in Prometheus as in numpy.
    return float(np.interp(q * cumulative[-1], [0, *cumulative[:-1]], [0, *finite]))
