"""The data as the lessons get it, and what happens when it is damaged."""

import hashlib
import shutil
from time import process_time

import numpy as np
import pytest

from utils import flights
from utils.errors import CourseError
from utils.flights import DATA, FEATURES, PRODUCTION, REFERENCE, TRAINING, load_flights


@pytest.fixture
def copied_data(monkeypatch, tmp_path):
    for name in ("flights.parquet", "SHA256SUMS"):
        shutil.copy(DATA / name, tmp_path / name)
    monkeypatch.setattr(flights, "DATA", tmp_path)
    flights._read.cache_clear()
    yield tmp_path
    flights._read.cache_clear()


def test_the_file_is_the_one_that_was_committed():
    expected, name = (DATA / "SHA256SUMS").read_text().split()
    assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() == expected


def test_the_windows_have_the_sizes_that_were_measured():
    sizes = {w: load_flights(*w)["late"].notna().sum() for w in (TRAINING, REFERENCE, PRODUCTION)}
    assert list(sizes.values()) == [52_614, 25_297, 247_723]


def test_derived_columns():
    week = load_flights(17, 17)
    calendar = week["sched_dep"].dt.isocalendar()
    assert (calendar["week"] == week["week"]).all()
    assert (week["sched_dep"].dt.strftime("%a") == week["weekday"]).all()
    minutes = week["sched_dep"].dt.hour * 60 + week["sched_dep"].dt.minute
    assert np.allclose(week["hour"] * 60, minutes)
    assert set(FEATURES) <= set(week.columns)
    arrived = week["arr_delay"].notna()
    assert (week["late"].notna() == arrived).all()
    assert ((week["arr_delay"] > 15)[arrived] == week["late"][arrived].astype(bool)).all()


def test_iso_weeks_hold_over_the_whole_year():
    year = load_flights()
    assert (year["sched_dep"].dt.isocalendar()["week"] == year["week"]).all()
    assert year["flight_id"].is_monotonic_increasing
    assert year["sched_dep"].is_monotonic_increasing


def test_a_change_by_the_caller_does_not_reach_the_next():
    mine = load_flights(1, 1)
    mine.loc[:, "temp"] = 0.0
    assert load_flights(1, 1)["temp"].nunique() > 1


def test_loading_takes_well_under_a_second():
    flights._read.cache_clear()
    # Of the processor's time, so that a busy machine does not count.
    start = process_time()
    load_flights(*REFERENCE)
    assert process_time() - start < 0.7


def test_a_checksum_file_that_is_no_text_is_told(copied_data):
    (copied_data / "SHA256SUMS").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CourseError, match="git checkout -- data"):
        load_flights(*REFERENCE)


@pytest.mark.parametrize("weeks", [(0, 3), (5, 4), (50, 53)])
def test_weeks_that_are_not_there(weeks):
    with pytest.raises(CourseError, match="1 <= first <= last <= 52"):
        load_flights(*weeks)


@pytest.mark.parametrize("weeks", [(REFERENCE,), ("10", "13"), (10.5, 13), (None, 3), (True, 3)])
def test_weeks_that_are_no_two_whole_numbers(weeks):
    with pytest.raises(CourseError, match=r"load_flights\(\*REFERENCE\) with the star"):
        load_flights(*weeks)


def test_weeks_of_numpy_are_weeks():
    assert load_flights(*np.array([10, 10])).equals(load_flights(10, 10))


def test_one_changed_byte_is_found(copied_data):
    path = copied_data / "flights.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(CourseError, match="git checkout"):
        load_flights()


def test_a_missing_file_is_told(copied_data):
    (copied_data / "flights.parquet").unlink()
    with pytest.raises(CourseError, match="git checkout"):
        load_flights()


def test_an_error_shows_no_stack_trace_in_a_notebook():
    assert CourseError("Do this.")._render_traceback_() == ["CourseError: Do this."]
