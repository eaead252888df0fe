"""Times and durations, as a person writes them."""

import time
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from utils.errors import CourseError
from utils.prometheus import now, times

NOON = pd.Timestamp("2013-05-06 12:00")
SECONDS = 1367841600


@pytest.mark.parametrize(
    "moment",
    [
        "2013-05-06 12:00",
        NOON,
        NOON.to_pydatetime(),
        NOON.tz_localize("UTC"),
        pd.Timestamp("2013-05-06 08:00", tz="America/New_York"),
        SECONDS,
        np.int64(SECONDS),
        float(SECONDS),
    ],
)
def test_all_of_these_are_noon(moment):
    assert times.seconds(moment) == SECONDS


def test_a_zone_is_converted_to_that_of_the_history():
    ours = pd.Timestamp("2013-05-06 12:00", tz="America/New_York")
    assert times.seconds(ours, "America/New_York") == SECONDS
    assert times.seconds(ours.tz_convert("UTC"), "America/New_York") == SECONDS
    # What has no zone is taken as it stands.
    assert times.seconds(NOON, "America/New_York") == SECONDS


@pytest.mark.parametrize("moment", ["now", "today", " NOW", "yesterday", None, pd.NaT, "", [1]])
def test_what_is_no_time_gets_a_sentence(moment):
    with pytest.raises(CourseError, match=r"no time: .*`prometheus\.now\(\)`"):
        times.seconds(moment)


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone cannot be set here")
def test_the_present_of_another_zone_is_refused(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        for moment in (datetime.now(), pd.Timestamp.now(), str(datetime.now())):
            with pytest.raises(
                CourseError, match=r"by this machine's clock.*`prometheus\.now\(\)`"
            ):
                times.seconds(moment)
        assert times.seconds(now()) == pytest.approx(time.time(), abs=5)
        assert times.seconds(datetime.now().astimezone()) == pytest.approx(time.time(), abs=5)
        assert times.seconds(pd.Timestamp.now() - pd.Timedelta("5min"))
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("given", "read"),
    [
        *((text, text) for text in ("1s", "15m", "1h30m", "100ms", "1w2d")),
        (" 5m ", "5m"),
        (1, "1000ms"),
        (0.2, "200ms"),
        (np.int64(60), "60000ms"),
    ],
)
def test_durations(given, read):
    assert times.a_duration("step", given) == read


@pytest.mark.parametrize(
    "given", ["1 s", "5", "1.5h", "s", "", "0s", "30m1h", "1 hour", None, 0, -1, np.nan, "1H"]
)
def test_what_is_no_duration_gets_a_sentence(given):
    with pytest.raises(CourseError, match=r"`every` is .*a whole number and its unit"):
        times.a_duration("every", given)
