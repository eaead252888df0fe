"""What lesson 10 needs of the desk beyond a run of it: a repair that shows, any report card."""

import pandas as pd
import pytest

from utils.desk import drift_window, incident_bank, incidents
from utils.desk.alert_rules import ALERT_LIMITS
from utils.desk.clock import Clock

DAY = pd.Timedelta("1D")


def _difference(flights, until):
    """Return the drift job's station difference of temp at EWR, for the day before `until`."""
    flights = flights[(flights["sched_dep"] < until) & (flights["sched_dep"] >= until - 8 * DAY)]
    today = flights["sched_dep"] >= until - DAY
    window, before = flights[today], flights[~today]
    found = drift_window.checks(window, before, before, before)
    about = {"column": "temp", "origin": "EWR"}
    return next(v for name, labels, v in found if "station" in name and labels == about)


@pytest.mark.parametrize("hours", [12, 36, 60])
def test_a_repaired_station_is_well_a_day_later_though_the_fault_is_in_the_week_before(hours):
    guided = incident_bank.draw(None)
    fixed = guided.onset + pd.Timedelta(hours=hours)
    flights = guided.flights()
    played = guided.played(flights)
    flights = pd.concat(
        [played[played["sched_dep"] < fixed], flights[flights["sched_dep"] >= fixed]]
    )
    limit = next(x for x in ALERT_LIMITS if x.alert == "StationApart" and x.columns == ("temp",))
    assert abs(_difference(flights, fixed)) > limit.above
    for until in pd.date_range(fixed + DAY, guided.last, freq="6h"):
        assert abs(_difference(flights, until)) < limit.above


class _Clock(Clock):
    """A clock without programs, that notes how far it is told to run."""

    def __init__(self, now):
        self.last = pd.Timestamp("2013-05-20")
        self._now, self.told, self.pages = pd.Timestamp(now), [], set()

    def now(self):
        return self._now

    def need_all(self):
        pass

    def wait(self):
        pass

    def _firing(self):
        return set(self.pages)

    def _wait_for_pages(self):
        pass

    def tell(self, what, **options):
        self.told.append((what, options))
        self._now = pd.Timestamp(options["until"])


def test_the_clock_runs_until_a_time_and_not_back():
    clock = _Clock("2013-05-15 18:00")
    clock.run_until(pd.Timestamp("2013-05-16"), 4, stop_at_page=False)
    assert clock.told == [("/run", {"until": "2013-05-16T00:00:00", "day_seconds": 4.0})]
    clock.run_until(pd.Timestamp("2013-05-15"), None, stop_at_page=False)
    assert len(clock.told) == 1
    clock.run_until(pd.Timestamp("2013-06-01"), None, stop_at_page=False)
    assert clock.now() == clock.last


def test_for_a_page_it_looks_at_each_run_of_the_drift_job_and_old_ones_do_not_count():
    clock = _Clock("2013-05-15 09:30")
    clock.pages.add("known before")
    clock.run_until(pd.Timestamp("2013-05-16"), None, stop_at_page=True)
    hours = [pd.Timestamp(options["until"]).hour for _, options in clock.told]
    assert hours == [12, 18, 0]
    clock = _Clock("2013-05-15 09:30")
    clock.tell_once = clock.tell
    clock.tell = lambda what, **o: (clock.tell_once(what, **o), clock.pages.add("new"))
    clock.run_until(pd.Timestamp("2013-05-16"), None, stop_at_page=True)
    assert clock.now() == pd.Timestamp("2013-05-15 12:00")


def test_a_card_is_drawn_for_any_answer(capsys):
    empty = dict.fromkeys(["seed", "column", "kind", "start", "action", "hints"])
    assert incidents.draw_card(empty) is None
    assert "No answer yet" in capsys.readouterr().out
    half = empty | {"seed": 8, "kind": "drift"}
    assert incidents.draw_card(half) is None
    assert "choose one of" in capsys.readouterr().out
    whole = {"column": "temp", "kind": "stuck values", "start": None, "action": "retrain"}
    card = incidents.draw_card({"seed": 8, "hints": 0} | whole)
    assert card.axes[0].get_title(loc="left").startswith("Report card")
    assert incidents.draw_card({"kind": "nothing"}) is None
    assert "missing" in capsys.readouterr().out
