"""What the checks of lesson 06 stand on: pages as a reader sees them, and nothing left behind."""

import copy

import numpy as np
import pytest
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from utils.exercises import registry
from utils.exercises.judges.pages import Registry, a_metric, scrape, strays
from utils.exercises.lesson_06 import e5_labels_in_budget as budgets
from utils.exercises.lesson_06.attempts import attempt
from utils.exercises.lesson_06.e3_buckets import estimated_quantile
from utils.exercises.lesson_06.two_pages import Readings, cases
from utils.exercises.verdicts import NotYet


def test_a_page_has_types_and_samples_and_no_created_lines():
    own = Registry()
    Counter("a_total", "A.", ["outcome"], registry=own).labels("ok").inc(2)
    Gauge("b", "B.", registry=own).set(-1)
    page = scrape(own)
    assert page.types == {"a_total": "counter", "b": "gauge"}
    assert page.samples == [("a_total", {"outcome": "ok"}, 2), ("b", {}, -1)]
    assert page.total("a_total") == 2
    assert page.of("c") == []


def test_a_registry_is_handed_on_as_it_is():
    own = Registry()
    assert copy.deepcopy(own) is own
    assert repr(own) == "registry"


def test_a_metric_is_asked_for_by_name_kind_and_labels():
    own = Registry()
    Counter("a", "A.", ["outcome"], registry=own).labels("ok").inc(2)
    Histogram("b_seconds", "B.", ["path"], registry=own).labels("/").observe(1)
    page = scrape(own)
    assert a_metric(page, "a_total", "counter", ("outcome",)) == [({"outcome": "ok"}, 2)]
    for asked, says in {
        ("a_total", "counter"): "a label `outcome`; its labels should be: none",
        ("a_total", "histogram"): "is a counter; it should be a histogram",
        ("b_seconds", "histogram"): "all the buckets again",
        ("c_total", "counter"): "has no `c_total`; it has `a_total`, `b_seconds`",
    }.items():
        with pytest.raises(NotYet, match=says):
            a_metric(page, *asked)


def test_an_attempt_tells_result_and_exception():
    assert attempt(int, "3") == (3, None)
    result, raised = attempt(int, "three")
    assert result is None
    assert isinstance(raised, ValueError)


def test_a_percentile_above_the_last_edge_is_that_edge():
    assert estimated_quantile(0.95, [0.1, 0.2], np.full(10, 5.0)) == pytest.approx(0.2)


def test_a_percentile_is_read_as_from_a_real_histogram():
    edges, seconds = [0.01, 0.02, 0.05], np.random.default_rng(1).exponential(0.02, 300)
    seconds[:3] = edges  # what lies on an edge is below it
    own = CollectorRegistry()
    histogram = Histogram("x_seconds", "Seconds.", buckets=edges, registry=own)
    for value in seconds:
        histogram.observe(value)
    cumulative = [value for _, value in scrape(own).of("x_seconds_bucket")][:-1]
    by_hand = np.interp(0.7 * 300, [0, *cumulative], [0, *edges])
    assert estimated_quantile(0.7, edges, seconds) == pytest.approx(by_hand)


def test_metrics_in_the_default_registry_are_told_every_time_and_only_those_removed():
    mine = Gauge("predict_mine", "The learner's own.")

    def instrument(predict, registry):
        requests = Counter("predict_requests_total", "n", ["outcome"])
        seconds = Histogram("predict_seconds", "s")

        def inner(*args, **kwargs):
            with seconds.time(), requests.labels("error").count_exceptions():
                return predict(*args, **kwargs)

        return inner

    try:
        for _ in range(2):
            verdict = registry.judge(registry.find("6.2"), instrument)
            assert "default registry (predict_requests, predict_seconds)" in verdict.message
        assert REGISTRY.get_sample_value("predict_mine") == 0
    finally:
        REGISTRY.unregister(mine)


def test_strays_are_told_also_when_the_block_raises():
    with pytest.raises(ValueError, match="x"), strays("stray_") as lost:
        Gauge("stray_one", "S.")
        raise ValueError("x")
    assert lost == ["stray_one"]
    Gauge("stray_one", "S.", registry=REGISTRY)  # the name is free again
    with strays("other_"):
        pass
    REGISTRY.unregister(REGISTRY._names_to_collectors["stray_one"])


def test_after_the_restart_of_the_pages_every_counter_has_fallen():
    """So that whoever looks at one series, or at all of them, sees the same restart."""
    before, after = next(pages for name, pages in cases().items() if "restart" in name)
    a, b = Readings.of(before).series, Readings.of(after).series
    counters = [key for key in b if key[0].endswith(("_total", "_count", "_sum", "_bucket"))]
    assert all(b[key] < a[key] for key in counters if a.get(key) and b[key])


def test_every_slip_of_the_budgets_can_be_told_from_the_others():
    kept = [
        [answer(*trial) for trial in budgets.cases().values()]
        for answer in (budgets.within, *(slip.answer for slip in budgets.SLIPS))
    ]
    assert len({repr(answer) for answer in kept}) == len(kept)
