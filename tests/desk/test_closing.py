"""What lesson 10 needs of the desk beyond a run of it: a repair that shows, any report card."""

import pandas as pd
import pytest

from utils import desk
from utils.desk import drift_window, incidents
from utils.desk.alert_rules import LIMITS

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
    guided = incidents.draw(None)
    fixed = guided.onset + pd.Timedelta(hours=hours)
    flights = guided.flights()
    played = guided.played(flights)
    flights = pd.concat(
        [played[played["sched_dep"] < fixed], flights[flights["sched_dep"] >= fixed]]
    )
    limit = next(x for x in LIMITS if x.alert == "StationApart" and x.columns == ("temp",))
    assert abs(_difference(flights, fixed)) > limit.above
    for until in pd.date_range(fixed + DAY, guided.last, freq="6h"):
        assert abs(_difference(flights, until)) < limit.above


class _Clock(desk.Desk):
    """A desk without programs, that notes how long it is told to play."""

    def __init__(self, clock):
        self._clock, self.told = pd.Timestamp(clock), []

    def clock(self):
        return self._clock

    def hold(self):
        return self._clock

    def _firing(self):
        return 0

    def _settle(self):
        pass

    def _tell(self, what, **options):
        if what == "/run":
            self.told.append(options)
        return {"running": False}


def test_the_clock_runs_until_a_time():
    stack = _Clock("2013-05-15 18:00")
    stack.play(until="2013-05-16")
    assert stack.told == [{"days": 0.25}]
    stack.play(until="2013-05-15")
    assert len(stack.told) == 1


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
