"""What the checks of lesson 06 stand on: pages as a reader sees them, and nothing left behind."""

import copy

import numpy as np
import pytest
from prometheus_client import REGISTRY, Counter, Gauge, Histogram

from utils.exercises import registry
from utils.exercises.lesson_06 import budgets
from utils.exercises.lesson_06.scraping import Registry, attempt, estimated_quantile, scrape


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


def test_an_attempt_tells_result_and_exception():
    assert attempt(int, "3") == (3, None)
    result, raised = attempt(int, "three")
    assert result is None
    assert isinstance(raised, ValueError)


def test_a_percentile_above_the_last_edge_is_that_edge():
    assert estimated_quantile(0.95, [0.1, 0.2], np.full(10, 5.0)) == pytest.approx(0.2)


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


def test_every_slip_of_the_budgets_can_be_told_from_the_others():
    flights = budgets.some_flights()
    kept = [
        [budgets.within(flights, *trial, **slip) for trial in budgets.BUDGETS]
        for slip in ({}, *budgets._SLIPS.values())
    ]
    assert len({repr(answer) for answer in kept}) == len(kept)
