"""What a registry shows, as a reader sees it, and what checks ask of a metric on it."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from utils.exercises.verdicts import NotYet

# Errors of the library that puzzle who meets them for the first time, and what is behind them.
PUZZLES = {
    "Duplicated timeseries": "A registry takes each name once. Make each metric once, not anew at "
    "every call or request, and with `registry=registry`: without that it goes into the library's "
    "default registry, which outlives your cell.",
    "Incorrect label": 'A metric with labels is made with their names, such as `["outcome"]`, '
    'and counted with a value, `.labels("ok").inc()`. One that has no label is counted without.',
    "non-negative": "A counter cannot be taken back. Count when you know the outcome, after the "
    "call or in `except`.",
}
PUZZLES["No label names"] = PUZZLES["missing label"] = PUZZLES["Incorrect label"]
PUZZLES["'dec'"] = PUZZLES["non-negative"]

_WHY = {
    "counter": "A number of events is a counter: only of a counter does a reader know that a fall "
    "means a restart.",
    "summary": "A summary has no buckets, so the slow ones cannot be told from the rest.",
    "gauge": "A gauge keeps the last duration only.",
    "total": "A counter adds up, and the slow ones are lost in the sum.",
}


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
    return read(generate_latest(registry).decode())


def read(text: str) -> Page:
    """Return what a page in the text format says, without the `_created` lines."""
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


def puzzle(text: str) -> str:
    """Return what is behind an error of the library, on a line of its own, or nothing."""
    return next((f"\n{said}" for sign, said in PUZZLES.items() if sign in text), "")


def a_metric(
    page: Page, name: str, kind: str, labels: tuple[str, ...] = (), strays: tuple[str, ...] = ()
) -> list[tuple[dict[str, str], float]]:
    """Ask for a metric of this kind and with these labels; return its series (a histogram's sums).

    `strays` are the names that have got into the default registry instead.
    """
    there = ", ".join(f"`{other}`" for other in page.types) or "nothing"
    if name not in page.types:
        raise NotYet(_missing(page, name, kind, there, strays))
    if page.types[name] != kind:
        given = page.types[name]
        why = _WHY["counter"] if kind == "counter" else _WHY.get(given.replace("counter", "total"))
        raise NotYet(f"`{name}` is a {given}; it should be a {kind}. {why or ''}".strip())
    series = page.of(name if kind == "counter" else f"{name}_sum")
    found = sorted({label for given, _ in series for label in given})
    asked = " and ".join(f"`{label}`" for label in labels) or "none"
    if extra := [label for label in found if label not in labels]:
        if len(series) > 5 and kind == "counter":
            raise NotYet(
                f"`{name}` has {len(series)} series, by {', '.join(f'`{f}`' for f in found)}. A "
                "label whose values never end makes a series for each, for ever. What tells one "
                f"request from another belongs into the log; here the only label is {asked}."
            )
        more = " Every value of a label brings all the buckets again." * (kind == "histogram")
        raise NotYet(f"`{name}` has a label `{extra[0]}`; its labels should be: {asked}.{more}")
    if series and set(found) != set(labels):
        raise NotYet(f"`{name}` has no label. It needs {asked}, so that errors show.")
    return series


def _missing(page, name, kind, there, strays):
    stem = name.removesuffix("_total")
    if strays:
        return (
            f"The page of the given registry has no `{name}`. There are metrics in the library's "
            f"default registry ({', '.join(strays)}): each metric needs `registry=registry`."
        )
    if not page.types:
        return (
            f"The page of the given registry is empty; it should have `{name}`. Does each metric "
            "have `registry=registry`, and is it made when your function is called?"
        )
    if kind == "counter" and f"{name}_total" in page.types:
        return (
            f"The page has `{name}_total`. The library adds one `_total` to the name of a counter "
            "that has none, and you wrote more."
        )
    if kind == "counter" and page.types.get(stem) == "gauge":
        return (
            f"The page has a gauge `{stem}`. {_WHY['counter']} (It gets its `_total` from the "
            "library.)"
        )
    others = [other for other, k in page.types.items() if k == kind == "histogram"]
    if others and not any("seconds" in other for other in others):
        return (
            f"The page has a histogram `{others[0]}`, and no `{name}`. The name tells the unit, "
            "and the unit is the base unit: 12 of what?"
        )
    return f"The page has no `{name}`; it has {there}."


@contextlib.contextmanager
def strays(*prefixes: str) -> Iterator[list[str]]:
    """Give the metrics with such names that the block has put into the default registry.

    The list is filled at the end of the block, and they are removed: judged again, the answer would
    meet another error.
    """
    before, lost = _in_default_registry(prefixes), []
    try:
        yield lost
    finally:
        lost += sorted(_in_default_registry(prefixes) - before)
        for name in lost:
            # The library has no public way from a name to its metric.
            collector = getattr(REGISTRY, "_names_to_collectors", {}).get(name)
            if collector is not None:
                REGISTRY.unregister(collector)


def _in_default_registry(prefixes: tuple[str, ...]) -> set[str]:
    return {metric.name for metric in REGISTRY.collect() if metric.name.startswith(prefixes)}
