"""What lesson 06 says in words, compared with the data."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Info,
    Summary,
    disable_created_metrics,
    enable_created_metrics,
    generate_latest,
)

from utils import model
from utils.exercises.judges.pages import scrape
from utils.exercises.lesson_06.e3_buckets import estimated_quantile
from utils.exercises.lesson_06.e5_labels_in_budget import combinations, lines
from utils.flights import load_flights
from utils.prometheus import rules
from utils.servers import find_program
from utils.service.metrics import Metrics

EDGES = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25]


@pytest.fixture
def traffic():
    """Return the random requests of the lesson, with its seed."""
    rng, n = np.random.default_rng(6), 2_000
    steps = pd.DataFrame(
        {
            "checking": rng.uniform(0.0005, 0.0015, n),
            "in_model": rng.lognormal(np.log(0.012), 0.4, n),
            "writing": rng.uniform(0.001, 0.003, n) + 0.1 * (rng.random(n) < 0.1),
        }
    ).round(4)
    return steps.assign(seconds=steps.sum(axis=1))


@pytest.fixture
def without_created():
    disable_created_metrics()
    yield
    enable_created_metrics()


def test_06_one_request_in_ten_takes_over_100_ms_and_the_mean_shows_nothing(traffic):
    assert (traffic["seconds"] > 0.1).mean() == pytest.approx(0.1, abs=0.005)
    assert traffic["seconds"].mean() < 0.03
    # "The true curve climbs from 105 to 125 ms": nearly all of the slow ones lie there.
    slow = traffic["seconds"][traffic["seconds"] > 0.1]
    assert slow.between(0.105, 0.130).mean() > 0.95


def test_06_the_buckets_are_half_as_long_again_off_and_finer_ones_are_not(traffic):
    truth = traffic["seconds"].quantile(0.95)
    coarse = estimated_quantile(0.95, EDGES, traffic["seconds"])
    finer = estimated_quantile(0.95, [*EDGES[:5], 0.11, 0.12, 0.13, 0.25], traffic["seconds"])
    assert coarse > 1.5 * truth
    assert finer == pytest.approx(truth, rel=0.02)


def test_06_numpy_reads_a_quantile_as_the_lesson_does_by_hand(traffic):
    cumulative = [(traffic["seconds"] <= edge).sum() for edge in EDGES]
    by_numpy = np.interp(0.95 * len(traffic), [0, *cumulative], [0, *EDGES])
    assert by_numpy == pytest.approx(estimated_quantile(0.95, EDGES, traffic["seconds"]))


def test_06_thirty_milliseconds_have_a_median_of_37_5():
    assert estimated_quantile(0.5, EDGES, np.full(1_000, 0.03)) == pytest.approx(0.0375)


def test_06_above_the_last_edge_the_answer_is_that_edge():
    assert estimated_quantile(0.95, EDGES, np.full(100, 30.0)) == EDGES[-1]
    assert estimated_quantile(0.95, EDGES, np.full(100, 0.3)) == EDGES[-1]


def test_06_the_average_of_two_percentiles_is_not_the_percentile_of_all(traffic):
    one, other = traffic["seconds"][:1_960], traffic["seconds"][1_960:] + 0.3
    average = (one.quantile(0.95) + other.quantile(0.95)) / 2
    assert average > 2 * pd.concat([one, other]).quantile(0.95)
    assert len(other) == len(traffic) / 50
    # Bucket counts add up.
    both = [sum((part <= edge).sum() for part in (one, other)) for edge in EDGES]
    assert both == [(pd.concat([one, other]) <= edge).sum() for edge in EDGES]


def test_06_a_summary_has_no_quantiles_and_an_info_is_one():
    registry = CollectorRegistry()
    Summary("x_seconds", "x", registry=registry).observe(2)
    Info("m", "m", registry=registry).info({"version": "1"})
    assert scrape(registry).samples == [
        ("x_seconds_count", {}, 1),
        ("x_seconds_sum", {}, 2),
        ("m_info", {"version": "1"}, 1),
    ]
    # "On this page its type reads `gauge`".
    assert "# TYPE m_info gauge" in generate_latest(registry).decode()


def test_06_the_librarys_own_edges_go_from_5_ms_to_10_s():
    assert Histogram.DEFAULT_BUCKETS[0] == 0.005
    assert Histogram.DEFAULT_BUCKETS[-2:] == (10, float("inf"))


@pytest.mark.skipif(find_program.find("promtool") is None, reason="make prometheus")
@pytest.mark.parametrize(("series", "seen"), [("_x5 1x10", False), ("0x5 1x10", True)])
def test_06_the_first_event_of_a_new_series_is_no_rise(series, seen):
    rule = """
groups:
  - name: errors
    rules:
      - alert: Risen
        expr: increase(errors_total[5m]) > 0
"""
    assert (len(rules.timeline(rule, {"errors_total": series}, 14)) > 0) == seen


def test_06_the_service_is_not_made_for_multiprocess_mode():
    """It has an info, gauges that ask a function, and a collector of its own."""
    known = model.known_categories(model.train())
    shown = Metrics(known, "1", log=SimpleNamespace(waiting=3, dropped=0)).registry.collect()
    kinds = {metric.name: metric.type for metric in shown}
    assert kinds["flightdelay_model"] == "info"
    assert {"flightdelay_log_waiting", "flightdelay_feature_mean"} <= set(kinds)


def test_06_a_counter_gets_one_total():
    for name in ("x_total", "x"):
        registry = CollectorRegistry()
        Counter(name, "x", registry=registry)
        assert list(scrape(registry).types) == ["x_total"]


def test_06_a_month_of_flights_makes_a_page_of_one_megabyte(without_created):
    sizes = []
    for n in (3_000, 30_000):
        registry = CollectorRegistry()
        seen = Counter("seen_total", "Flights seen.", ["flight_id"], registry=registry)
        for flight_id in range(n):
            seen.labels(flight_id)
        sizes.append(len(generate_latest(registry)))
    assert sizes[1] == pytest.approx(1e6, rel=0.1)
    assert len(load_flights(14, 17)) * 30 / 28 == pytest.approx(30_000, rel=0.1)
    assert sizes[1] == pytest.approx(10 * sizes[0], rel=0.05)


def test_06_combinations_that_do_not_occur_have_no_series(without_created):
    flights = load_flights(18, 19)
    labels = ["origin", "carrier", "weekday"]
    together = combinations(flights, labels)
    assert together < np.prod([flights[label].nunique() for label in labels])
    assert flights["flight_id"].nunique() == len(flights)
    registry = CollectorRegistry()
    seconds = Histogram("x_seconds", "x", labels, buckets=EDGES, registry=registry)
    for values in flights[labels].itertuples(index=False, name=None):
        seconds.labels(*values).observe(0.1)
    assert len(scrape(registry).samples) == together * lines(EDGES)


def test_06_week_19_expects_more_late_flights_and_lacks_pressure_ten_times_as_often():
    flights = load_flights(18, 19)
    flights["p"] = model.predict(model.train(), flights)
    weeks = flights.groupby("week")
    assert weeks["p"].mean()[19] > weeks["p"].mean()[18] + 0.05
    missing = flights["pressure"].isna().groupby(flights["week"]).sum()
    assert 10 < missing[19] / missing[18] < 12


def test_06_two_workers_are_believed_to_have_done_over_a_thousand():
    turns, counters, read = np.random.default_rng(3), [0, 0], []
    for sent in range(1, 401):
        counters[int(turns.random() < 0.8)] += 1
        if sent % 10 == 0:
            read.append(counters[turns.integers(2)])
    rises = np.diff(read, prepend=0)
    assert np.where(rises < 0, read, rises).sum() > 1_000
    assert counters[1] / 400 == pytest.approx(0.8, abs=0.02)
