"""What lesson 07 says in words, compared with the data and with the service."""

import json

import httpx
import numpy as np
import pandas as pd
import pytest
from prometheus_client import CollectorRegistry

from utils import model
from utils.exercises.lesson_07 import releases
from utils.flights import load_flights
from utils.service import traffic


@pytest.fixture(scope="module")
def week():
    return load_flights(16, 16)


def test_07_the_first_600_flights_left_on_monday(week):
    days = week["sched_dep"].head(600).dt.strftime("%A %d %B").unique()
    assert list(days) == ["Monday 15 April"]
    # Of the job's day, 20 May, a month is kept; outcomes have come by then.
    limit = pd.Timestamp("2013-05-20") - pd.Timedelta(days=30)
    assert week["sched_dep"].head(600).max() < limit


def test_07_the_log_holds_no_values_but_those_in_an_error(week):
    """Its lines hold ids, times and statuses; release D fails on a carrier, and says which."""
    with releases.running("D", model.train()) as release:
        flights = traffic.as_json(week.head(300))
        sent = [next(f for f in flights if (f["carrier"] == "FL") == fails) for fails in (0, 1)]
        for flight in sent:
            httpx.post(f"{release.url}/predict", json={"flights": [flight]}, trust_env=False)
    # The lines are there when the release has stopped: each is written after its answer is sent.
    good, failed = (json.loads(line) for line in release._written)
    known = {"time", "request_id", "method", "path", "status", "ms", "flights", "model", "logged"}
    assert good["status"] == 200 and set(good) == known
    assert failed["status"] == 500 and failed["error"] == "KeyError: 'FL'"


def test_07_the_mean_is_a_time_that_no_request_took():
    times = np.array([10.0] * 98 + [1000.0] * 2)
    assert np.abs(times - times.mean()).min() > 15
    assert np.percentile(times, 99) == 1000


def test_07_one_row_in_ten_is_plenty_for_a_mean(week):
    probability = model.predict(model.train(), week)
    kept = np.random.default_rng(7).random(len(week)) < 0.1
    error = probability[kept].std() / np.sqrt(kept.sum())
    assert abs(probability[kept].mean() - probability.mean()) < 2 * error < 0.01


def test_07_the_faults_are_in_the_flights_that_are_sent(week):
    sent = week.head(300)
    failing = [(sent["carrier"].iloc[i : i + 10] == "FL").any() for i in range(0, 300, 10)]
    # Some requests fail and most do not, so that errors have something in common.
    assert 2 <= sum(failing) <= 10
    # "Single degrees in April": in Fahrenheit the mean is what one expects.
    assert 40 < sent["temp"].mean() < 70
    assert 0 < (sent["temp"].mean() - 32) / 1.8 < 15
    # The failing carrier leaves from more than one airport, and not all of an airport's fail.
    for origin in sent.loc[sent["carrier"] == "FL", "origin"].unique():
        assert (sent.loc[sent["origin"] == origin, "carrier"] != "FL").any()


def test_07_every_release_has_its_own_fault():
    assert len(set(releases.FAULTS.values())) == len(releases.FAULTS) == 4
    assert set(releases.FAULTS.values()) < set(releases.CAUSES)


def test_07_a_registry_takes_each_name_once():
    from prometheus_client import Counter

    registry = CollectorRegistry()
    Counter("a", "A.", registry=registry)
    with pytest.raises(ValueError, match="Duplicated"):
        Counter("a", "A.", registry=registry)
