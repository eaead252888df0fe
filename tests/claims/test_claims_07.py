"""What lesson 07 says in words, compared with the data and with the service."""

import json
from contextlib import closing

import numpy as np
import pandas as pd
import pytest
from prometheus_client import CollectorRegistry

from utils import model, service
from utils.exercises import registry
from utils.exercises.lesson_07 import releases
from utils.flights import FEATURES, load_flights
from utils.servers import local_http
from utils.service import predictions, traffic


@pytest.fixture(scope="module")
def week():
    return load_flights(16, 16)


def test_07_the_week_and_its_carriers(week):
    assert str(week["sched_dep"].min().date()) == "2013-04-15"
    assert str(week["sched_dep"].max().date()) == "2013-04-21"
    # The bytes that the lesson looks for in the file of the stopped service.
    assert (week["carrier"].head(600) == "UA").sum() > 100


def test_07_old_rows_go_by_the_time_received_and_their_bytes_with_them(tmp_path, week):
    """With the right answer of 7.4 the rows go; with the course's own, their bytes too."""
    path = tmp_path / "predictions.db"
    rows = [
        ("id", 1e9 + i, "1", i, None, *week[FEATURES].iloc[i], 0.2, None, None) for i in range(9)
    ]
    with closing(predictions.PredictionLog(path)) as log:
        assert log.put(rows)
    now = pd.to_datetime(1e9 + 5, unit="s") + pd.Timedelta(days=30)
    assert registry.find("7.4").test.right(str(path), now, 30) == 5
    assert predictions.delete_before(path, pd.to_datetime(2e9, unit="s")) == 4
    assert week["carrier"].iloc[0].encode() not in path.read_bytes()


def test_07_what_is_asked_of_a_carrier_is_what_the_service_asks(week):
    field = service.Flight.model_fields["carrier"]
    assert "[A-Z0-9]{2}" in str(field)
    assert week["carrier"].str.fullmatch("[A-Z0-9]{2}").all()


def test_07_the_log_holds_no_values_but_those_in_an_error(week):
    """Its lines hold ids, times and statuses; release D fails on a carrier, and says which."""
    with releases.running("D", model.train()) as release:
        flights = traffic.as_json(week.head(300))
        sent = [next(f for f in flights if (f["carrier"] == "FL") == fails) for fails in (0, 1)]
        for flight in sent:
            local_http.post(f"{release.url}/predict", json={"flights": [flight]})
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

    own = CollectorRegistry()
    Counter("a", "A.", registry=own)
    with pytest.raises(ValueError, match="Duplicated"):
        Counter("a", "A.", registry=own)


def test_07_releases_are_warm_and_the_fault_of_a_is_larger_than_what_a_machine_moves(week):
    """Of A's time the model has little; the others' requests do not grow."""
    took = {}
    for name in "AC":
        with releases.running(name, model.train()) as release:
            traffic.replay(week.head(300), release.url, connections=1)
            took[name] = release.lines().query("path == '/predict'")["ms"]
    assert len(took["A"]) == len(took["C"]) == 30  # the requests that warm up are not in the log
    assert took["A"].tail(10).median() > 2 * took["A"].head(5).median()
    assert took["A"].tail(10).median() > 2 * took["C"].tail(10).median()
