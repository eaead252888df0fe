"""The twelve drifts: each changes what it says, when it says so, and nothing else."""

import doctest
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

import utils.drift.simulate
import utils.drift.simulate.truth
from utils.drift.simulate import (
    DRIFTS,
    Severity,
    default_fill,
    furlough,
    longer_network,
    missing_feed,
    new_carrier,
    one_sensor,
    prior_shift,
    slot_rules,
    unit_change,
    utc_hour,
    weekend,
    wrong_join,
)
from utils.errors import CourseError
from utils.flights import FEATURES, WEEKDAYS, is_late, load_flights

WEATHER = ["temp", "humid", "wind_speed", "precip", "visib", "pressure"]
OUTCOME = ["late", "arr_delay"]

# What each drift is said to be, to write to and (beside `sched_dep`) to read.
KINDS = {
    "unit_change": "data fault",
    "utc_hour": "data fault",
    "longer_network": "covariate shift",
    "new_carrier": "covariate shift",
    "missing_feed": "data fault",
    "default_fill": "data fault",
    "one_sensor": "data fault",
    "weekend": "covariate shift",
    "prior_shift": "label shift",
    "furlough": "concept drift",
    "slot_rules": "concept drift",
    "wrong_join": "data fault",
}
COLUMNS = {
    "unit_change": ["temp"],
    "utc_hour": ["hour"],
    "longer_network": ["distance"],
    "new_carrier": ["carrier"],
    "missing_feed": ["visib"],
    "default_fill": ["visib", "precip", "wind_speed"],
    "one_sensor": ["wind_speed"],
    "weekend": ["hour"],
    "prior_shift": OUTCOME,
    "furlough": OUTCOME,
    "slot_rules": OUTCOME,
    "wrong_join": WEATHER,
}
READ = COLUMNS | {"one_sensor": ["wind_speed", "origin"]}
REDRAWN = ["longer_network", "weekend", "prior_shift"]
IN_PLACE = [name for name in DRIFTS if name not in REDRAWN]

# The first flight of week 18 leaves on Monday 29 April.
ONSET = "2013-05-06"

every_drift = pytest.mark.parametrize("name", DRIFTS)
every_in_place = pytest.mark.parametrize("name", IN_PLACE)
every_redrawn = pytest.mark.parametrize("name", REDRAWN)
examples = settings(
    max_examples=15,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
    # Without explanations, which take minutes.
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)


@pytest.fixture(scope="module")
def weeks():
    return load_flights(18, 20)


@pytest.fixture(scope="module")
def few(weeks):
    """Enough flights for every drift, and no more, where nothing is counted."""
    return weeks.iloc[::40]


def rng(seed=1):
    return np.random.default_rng(seed)


# --- what every drift keeps -----------------------------------------------------------------


@st.composite
def tables(draw):
    """Draw small tables: any unit of time, width of floats, kind of text and index, unsorted too.

    They are dense enough to hold, nearly always, a flight of each sort that a drift asks for.
    """
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    n = draw(st.integers(30, 60))
    start = pd.Timestamp("2013-01-01") + pd.Timedelta(days=draw(st.integers(0, 340)))
    minutes = random.integers(0, 14 * 24 * 60, n)
    delay = random.integers(-30, 60, n).astype(float)
    delay[random.random(n) < 0.1] = np.nan
    width, text = draw(st.sampled_from(["f4", "f8"])), draw(st.sampled_from(["str", "object"]))
    weather = random.normal(40, 20, (len(WEATHER), n)).round(1)
    weather[random.random(weather.shape) < draw(st.sampled_from([0, 0.3]))] = np.nan
    minute = minutes % (24 * 60)
    table = pd.DataFrame(
        {
            "flight_id": np.arange(n),
            "sched_dep": start + pd.to_timedelta(minutes, unit="m"),
            "carrier": pd.Series(random.choice(["EV", "MQ", "UA"], n), dtype=text),
            "origin": pd.Series(random.choice(["EWR", "JFK"], n), dtype=text),
            "distance": random.integers(100, 3000, n),
            **dict(zip(WEATHER, weather.astype(width), strict=True)),
            "hour": (minute / 60).astype(width),
            "arr_delay": delay.astype(width),
            "late": np.where(np.isnan(delay), np.nan, delay > 15).astype(width),
            "note": random.choice(["a", "b"], n),
        }
    )
    unit = draw(st.sampled_from(["s", "ms", "us", "ns"]))
    table["sched_dep"] = table["sched_dep"].dt.as_unit(unit)
    if draw(st.booleans()):
        table = table.sort_values("sched_dep", ignore_index=True)
    index = draw(st.sampled_from(["numbers", "letters", "doubled"]))
    if index != "numbers":
        table.index = [f"flight {i if index == 'letters' else i // 2}" for i in range(n)]
    return table


@st.composite
def severities(draw, table):
    """Draw a severity over time that begins in the first week of the table."""
    onset = table["sched_dep"].min() + pd.Timedelta(hours=draw(st.integers(0, 150)))
    until = draw(st.sampled_from([None, onset + pd.Timedelta(days=6)]))
    ramp = draw(st.sampled_from(["0D", "12h", "5D"]))
    weekdays = draw(st.sampled_from([[], [], ["Sat", "Sun", "Mon", "Wed"]]))
    return Severity(onset, ramp, until, weekdays, draw(st.sampled_from([0.3, 1.0])))


def contents(table, columns=None):
    """Return the table as bytes and text: equal only when every bit is."""
    found = {}
    for column in table.columns if columns is None else columns:
        values = table[column].to_numpy()
        found[column] = (
            str(table[column].dtype),
            values.tolist() if values.dtype.kind == "O" else values.tobytes(),
        )
    return found


def assert_frame_kept(before, after, truth):
    """Assert what holds for all: columns, dtypes, index, rows, and what was before the onset."""
    assert list(after.columns) == list(before.columns)
    assert after.dtypes.to_dict() == before.dtypes.to_dict()
    assert after.index.identical(before.index)
    assert truth.rows.index.identical(before.index) and truth.rows.dtype == bool
    early = before[(before["sched_dep"] < truth.onset).to_numpy()]
    late = after[(after["sched_dep"] < truth.onset).to_numpy()]
    assert contents(early) == contents(late)


def assert_changed_in_place(before, after, truth, when):
    touched = truth.rows.to_numpy()
    others = [column for column in before.columns if column not in truth.columns]
    assert contents(before, others) == contents(after, others)
    assert contents(before[~touched]) == contents(after[~touched])
    assert (when.at(before["sched_dep"])[touched] > 0).all()


def assert_redrawn(before, after, truth, when):
    """Assert that rows are those of the input, in its order, and copies beside the originals."""
    known = before.set_index("flight_id")
    again = known.loc[after["flight_id"]].reset_index()[before.columns]
    assert contents(again) == contents(after)
    place = dict(zip(before["flight_id"], range(len(before)), strict=True))
    places = [place[i] for i in after["flight_id"]]
    assert places == sorted(places)
    copies = [False] + [a == b for a, b in pairwise(places)]
    assert truth.rows.tolist() == copies
    # Whatever could not be touched is there exactly once.
    outside = before["flight_id"][when.at(before["sched_dep"]) == 0]
    assert after["flight_id"].isin(outside).sum() == len(outside)
    assert outside.isin(after["flight_id"]).all()


def assert_kept(name, before, after, truth, when):
    assert (truth.name, truth.kind) == (name, KINDS[name])
    assert list(truth.columns) == COLUMNS[name]
    assert truth.onset == when.onset
    assert_frame_kept(before, after, truth)
    (assert_redrawn if name in REDRAWN else assert_changed_in_place)(before, after, truth, when)


@every_drift
@examples
@given(st.data())
def test_a_drift_changes_only_what_it_says(name, data):
    table = data.draw(tables())
    when = data.draw(severities(table))
    original = table.copy()
    try:
        drifted, truth = DRIFTS[name](table, when, rng(data.draw(st.integers(0, 99))))
    except CourseError:
        # Nothing there to touch, which hypothesis does not let happen often.
        assume(False)
    assert contents(table) == contents(original) and table.index.identical(original.index)
    assert_kept(name, table, drifted, truth, when)


@every_drift
@pytest.mark.parametrize(
    "when",
    [
        Severity(ONSET),
        Severity("2013-05-07 12:30", ramp="7D", until="2013-05-17", peak=0.8),
        Severity(ONSET, weekdays=["Tue", "Sat"]),
    ],
    ids=["sudden", "ramp", "recurring"],
)
def test_a_drift_changes_only_what_it_says_in_real_weeks(name, when, weeks):
    drifted, truth = DRIFTS[name](weeks, when, rng())
    assert_kept(name, weeks, drifted, truth, when)
    assert drifted["sched_dep"].is_monotonic_increasing
    # ... and it does change something.
    assert truth.rows.mean() > 0.002
    assert not drifted[COLUMNS[name]].equals(weeks[COLUMNS[name]])


@every_drift
def test_the_input_is_not_changed_through_the_output(name, weeks):
    original = weeks.copy()
    drifted, _ = DRIFTS[name](weeks, ONSET, rng())
    for column in drifted.columns:
        drifted.loc[:, column] = drifted[column].iloc[0]
    assert contents(weeks) == contents(original)


@every_drift
def test_the_same_seed_gives_the_same_drift_and_the_global_generator_is_left_alone(name, weeks):
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    first, truth = DRIFTS[name](weeks, Severity(ONSET, ramp="7D", peak=0.5), rng(3))
    again, truth_again = DRIFTS[name](weeks, Severity(ONSET, ramp="7D", peak=0.5), rng(3))
    other, _ = DRIFTS[name](weeks, Severity(ONSET, ramp="7D", peak=0.5), rng(4))
    assert contents(first) == contents(again)
    assert truth.rows.equals(truth_again.rows) and truth.severity.equals(truth_again.severity)
    # The sensor's error is no matter of chance.
    assert (contents(first) == contents(other)) == (name == "one_sensor")
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


@every_drift
def test_severity_0_changes_nothing(name, weeks):
    drifted, truth = DRIFTS[name](weeks, Severity(ONSET, peak=0), rng())
    assert contents(drifted) == contents(weeks)
    assert not truth.rows.any() and not truth.severity.any()


@pytest.mark.parametrize("name", [n for n in IN_PLACE if n not in ("slot_rules", "wrong_join")])
def test_a_more_severe_drift_touches_the_same_rows_and_some_more(name, weeks):
    mild, severe = (
        DRIFTS[name](weeks, Severity(ONSET, ramp="7D", peak=peak), rng())[1].rows
        for peak in (0.4, 0.8)
    )
    assert not (mild & ~severe).any()
    assert severe.sum() > mild.sum() or name == "one_sensor"


@every_drift
def test_single_rows_either_drift_or_are_refused_in_a_sentence(name, weeks):
    for position in (0, 500, 5500):
        row = weeks.iloc[[position]]
        try:
            drifted, truth = DRIFTS[name](row, row["sched_dep"].iloc[0], rng())
        except CourseError as refusal:
            assert str(refusal).endswith(".")
        else:
            assert len(drifted) == len(truth.rows) == 1


@every_drift
def test_the_table_of_another_week_alone_drifts_too(name):
    # Onset at midnight, before the first flight.
    week = load_flights(43, 43)
    drifted, truth = DRIFTS[name](week, "2013-10-21", rng())
    assert truth.rows.any()
    assert len(drifted) == len(week)


# --- severity and truth ---------------------------------------------------------------------


def test_severity_is_sudden_by_default():
    times = pd.to_datetime(["2013-05-05 23:59", "2013-05-06 00:00", "2013-12-01 00:00"])
    assert Severity(ONSET).at(times).tolist() == [0, 1, 1]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_severity_rises_in_a_line_and_ends(unit):
    times = ["2013-05-05", "2013-05-06", "2013-05-09 12:00", "2013-05-13", "2013-05-19 23:59:59"]
    when = Severity(ONSET, ramp="7D", until="2013-05-20", peak=0.8)
    index = pd.DatetimeIndex([*times, "2013-05-20"]).as_unit(unit)
    assert when.at(index) == pytest.approx([0, 0, 0.4, 0.8, 0.8, 0])
    assert when.at(pd.Series(index)).tolist() == when.at(index).tolist()


def test_severity_recurs_on_its_weekdays():
    days = pd.date_range("1969-12-29", periods=7, unit="s").append(
        pd.date_range("2013-05-06", periods=7, unit="s")
    )
    for weekday in WEEKDAYS:
        there = Severity("1960-01-01", weekdays=[weekday]).at(days)
        assert there.tolist() == [float(day == weekday) for day in WEEKDAYS * 2]


def test_an_onset_between_two_ticks_is_not_rounded_down():
    times = pd.DatetimeIndex(["2013-05-06 12:00:00"]).as_unit("s")
    assert Severity("2013-05-06 12:00:00.5").at(times).tolist() == [0]


@every_drift
def test_the_truth_reports_each_day(name, weeks):
    when = Severity("2013-05-06 18:00", ramp="4D", until="2013-05-15", peak=0.6)
    _, truth = DRIFTS[name](weeks, when, rng())
    severity = truth.severity
    assert severity.index.name == "day"
    assert severity.index.equals(pd.date_range("2013-04-29", "2013-05-19", name="day"))
    assert not severity[:"2013-05-05"].any() and not severity["2013-05-15":].any()
    if name != "weekend":
        # The middle of the ramp is 8 May, 18 h; the 9th lies 12 to 36 hours after 30 % of 60 %.
        assert severity["2013-05-08"] == pytest.approx(0.6 * 1.75 / 4)
        assert (severity["2013-05-11":"2013-05-14"] == 0.6).all()
    else:
        assert severity.index[severity > 0].day.tolist() == [11, 12]


def test_a_ramp_reaches_half_of_the_rows_half_way(weeks):
    drifted, truth = unit_change(weeks, Severity("2013-04-29", ramp="21D"), rng())
    middle = weeks["sched_dep"].dt.strftime("%m-%d").isin(["05-08", "05-09", "05-10"])
    assert truth.rows[middle.to_numpy()].mean() == pytest.approx(0.5, abs=0.03)
    assert truth.severity["2013-05-09"] == pytest.approx(10.5 / 21)
    assert (drifted["temp"] != weeks["temp"])[middle].mean() == pytest.approx(0.5, abs=0.03)


def test_the_truth_reads_well(weeks):
    truths = [missing_feed(weeks, ONSET, rng())[1], slot_rules(weeks, ONSET, rng())[1]]
    assert repr(truths[0]).startswith("missing_feed (data fault) in visib, from 2013-05-06 00:00: ")
    assert f"{truths[0].rows.sum():,} of 19,541 rows touched" in repr(truths[0])
    table = pd.DataFrame([truth.summary() for truth in truths])
    assert table["columns"].tolist() == ["visib", "late, arr_delay"]
    assert table["rows"].tolist() == [truth.rows.sum() for truth in truths]


@pytest.mark.parametrize("module", [utils.drift.simulate, utils.drift.simulate.truth])
def test_the_examples_in_the_docstrings_are_true(module):
    names = {"load_flights": load_flights, "np": np}
    result = doctest.testmod(module, extraglobs=names)
    assert result.attempted and not result.failed


# --- composition ----------------------------------------------------------------------------


def test_drifts_compose_and_their_truths_are_collected(weeks):
    flights, truths = weeks, []
    for drift, when in [
        (one_sensor, Severity(ONSET, ramp="5D")),
        (furlough, Severity("2013-05-13", until="2013-05-18")),
        (missing_feed, "2013-05-08"),
    ]:
        flights, truth = drift(flights, when, rng())
        truths.append(truth)
    # Each column tells of its own drift, and all others are as they were.
    alone, _ = furlough(weeks, Severity("2013-05-13", until="2013-05-18"), rng())
    assert contents(flights, OUTCOME) == contents(alone, OUTCOME)
    assert flights["visib"].isna().sum() == weeks["visib"].isna().sum() + truths[2].rows.sum()
    changed = {column for truth in truths for column in truth.columns}
    others = [column for column in weeks.columns if column not in changed]
    assert contents(flights, others) == contents(weeks, others)
    untouched = ~np.any([truth.rows for truth in truths], axis=0)
    assert contents(flights[untouched]) == contents(weeks[untouched])


def test_all_twelve_compose_in_any_order(weeks):
    for seed in range(3):
        flights = weeks
        for name in rng(seed).permutation(list(DRIFTS)):
            drifted, truth = DRIFTS[name](flights, Severity(ONSET, ramp="3D"), rng(seed))
            assert_frame_kept(flights, drifted, truth)
            flights = drifted
        assert flights["late"].equals(is_late(flights["arr_delay"]))


# --- the data lie ---------------------------------------------------------------------------


def test_unit_change_gives_celsius(weeks):
    drifted, truth = unit_change(weeks, ONSET, rng())
    after = weeks["sched_dep"] >= ONSET
    assert (truth.rows == (after & weeks["temp"].notna())).all()
    expected = weeks["temp"].where(~after, (weeks["temp"] - 32) * 5 / 9)
    pd.testing.assert_series_equal(drifted["temp"], expected)
    assert drifted["temp"][after].max() < 40


def test_unit_change_can_stay_at_some_airports(weeks):
    _, truth = unit_change(weeks, ONSET, rng(), origins=["LGA", "JFK"])
    after = weeks["sched_dep"] >= ONSET
    assert (truth.rows == (after & weeks["temp"].notna() & (weeks["origin"] != "EWR"))).all()


@pytest.mark.parametrize("first_week, last_week", [(10, 11), (18, 20), (44, 45)])
def test_utc_hour_is_the_hour_in_utc(first_week, last_week):
    flights = load_flights(first_week, last_week)
    drifted, _ = utc_hour(flights, flights["sched_dep"].min(), rng())
    utc = flights["sched_dep"].dt.tz_localize("America/New_York").dt.tz_convert("UTC").dt
    assert np.allclose(drifted["hour"], utc.hour + utc.minute / 60)
    assert drifted["hour"].between(0, 24, inclusive="left").all()


def test_utc_hour_knows_summer_time():
    cases = {
        "2013-03-09 12:00": 17.0,  # winter: 5 hours
        "2013-03-10 01:30": 6.5,  # the last half hour before the clocks go forward
        "2013-03-10 03:00": 7.0,  # summer: 4 hours
        "2013-05-06 20:30": 0.5,  # past 24 the day begins anew
        "2013-05-06 19:59": 23 + 59 / 60,
        "2013-11-03 00:30": 4.5,
        "2013-11-03 02:00": 7.0,
        "2013-12-31 19:00": 0.0,
    }
    times = pd.to_datetime(pd.Series(cases.keys()))
    flights = pd.DataFrame({"sched_dep": times, "hour": times.dt.hour + times.dt.minute / 60})
    drifted, _ = utc_hour(flights, "2013-03-09", rng())
    assert drifted["hour"].tolist() == pytest.approx(list(cases.values()))


def test_missing_feed_silences_a_share_of_the_values(weeks):
    drifted, truth = missing_feed(weeks, ONSET, rng(), share=0.4)
    after = weeks["sched_dep"] >= ONSET
    assert drifted["visib"][truth.rows].isna().all() and weeks["visib"][truth.rows].notna().all()
    assert truth.rows[after].mean() == pytest.approx(0.4, abs=0.015)


def test_missing_feed_takes_another_column(weeks):
    drifted, truth = missing_feed(weeks, ONSET, rng(), share=1, column="pressure")
    assert truth.columns == ("pressure",)
    assert drifted["pressure"][weeks["sched_dep"] >= ONSET].isna().all()


def test_default_fill_is_fine_weather(weeks):
    drifted, truth = default_fill(weeks, ONSET, rng())
    filled = drifted[truth.rows]
    assert (filled["visib"] == 10).all()
    assert (filled["precip"] == 0).all()
    assert (filled["wind_speed"] == 0).all()
    assert truth.rows[weeks["sched_dep"] >= ONSET].mean() == pytest.approx(0.3, abs=0.015)


def test_default_fill_fills_what_was_missing(weeks):
    gaps, gone = missing_feed(weeks, ONSET, rng(1))
    drifted, filled = default_fill(gaps, ONSET, rng(2))
    assert (gone.rows & filled.rows).sum() > 1000
    assert (drifted["visib"][gone.rows & filled.rows] == 10).all()
    assert drifted["visib"][gone.rows & ~filled.rows].isna().all()


def test_one_sensor_reads_too_high_at_one_airport(weeks):
    drifted, truth = one_sensor(weeks, ONSET, rng())
    touched = (weeks["sched_dep"] >= ONSET) & (weeks["origin"] == "EWR") & weeks["temp"].notna()
    assert (truth.rows == touched).all()
    assert np.allclose((drifted["wind_speed"] - weeks["wind_speed"])[touched], 8)


def test_one_sensor_drifts_away_in_a_ramp(weeks):
    when = Severity(ONSET, ramp="10D", peak=0.5)
    drifted, truth = one_sensor(weeks, when, rng(), origin="JFK", mph=-6)
    error = (drifted["wind_speed"] - weeks["wind_speed"])[truth.rows]
    assert np.allclose(error, -6 * when.at(weeks["sched_dep"])[truth.rows])
    assert error.min() == pytest.approx(-3)
    assert set(weeks["origin"][truth.rows]) == {"JFK"}


def test_wrong_join_changes_no_marginal_in_any_week(weeks):
    drifted, truth = wrong_join(weeks, Severity("2013-05-08", peak=0.7), rng())
    assert truth.rows.mean() > 0.3
    for _, week in weeks.groupby("week"):
        after = drifted.loc[week.index]
        for column in WEATHER:
            assert sorted(map(repr, after[column])) == sorted(map(repr, week[column]))


def test_wrong_join_hands_out_whole_readings_of_other_flights(weeks):
    drifted, truth = wrong_join(weeks, ONSET, rng())
    assert (truth.rows == (weeks["sched_dep"] >= ONSET)).all()
    blocks = [
        pd.Series(map(repr, table[WEATHER].to_numpy().tolist())) for table in (weeks, drifted)
    ]
    assert sorted(blocks[0]) == sorted(blocks[1])
    # At one airport within one hour all flights have the same weather, until the join breaks.
    place = weeks["sched_dep"].dt.strftime("%m%d%H") + weeks["origin"]
    several = truth.rows & (place.map(place.value_counts()) > 5)
    readings = [block[several].groupby(place[several]).nunique().mean() for block in blocks]
    assert readings[0] < 1.1 and readings[1] > 5


# --- the world changes ----------------------------------------------------------------------


def times_drawn(before, after):
    """Return how often each flight of the table stands in the drifted one."""
    return before["flight_id"].map(after["flight_id"].value_counts()).fillna(0)


@pytest.mark.parametrize("name", ["longer_network", "weekend"])
def test_every_day_keeps_its_number_of_flights(name, weeks):
    when = Severity("2013-05-06 13:00", ramp="5D", until="2013-05-18 15:00")
    drifted, _ = DRIFTS[name](weeks, when, rng())
    days = [table["sched_dep"].dt.date.value_counts() for table in (weeks, drifted)]
    assert days[0].sort_index().equals(days[1].sort_index())


def test_longer_network_weighs_by_distance(weeks):
    drifted, _ = longer_network(weeks, ONSET, rng(), tilt=0.3)
    after = weeks["sched_dep"] >= ONSET
    z = (weeks["distance"] - weeks["distance"].mean()) / weeks["distance"].std(ddof=0)
    weight = np.exp(0.3 * z)
    day = weeks["sched_dep"].dt.date
    expected = (weight / weight[after].groupby(day[after]).transform("mean"))[after]
    drawn = times_drawn(weeks, drifted)[after]
    # Rounded down or up, and right on average in each tenth of the distances.
    assert ((drawn - expected).abs() < 1 + 1e-9).all()
    tenths = pd.qcut(weeks["distance"][after], 10, duplicates="drop")
    error = (drawn - expected).groupby(tenths, observed=True).mean()
    assert error.abs().max() < 0.03


def test_longer_network_grows_day_by_day(weeks):
    drifted, _ = longer_network(weeks, Severity("2013-04-29", ramp="21D"), rng())
    growth = drifted.groupby("week")["distance"].mean() / weeks.groupby("week")["distance"].mean()
    assert growth.tolist() == pytest.approx([1.02, 1.06, 1.10], abs=0.01)


def test_longer_network_leaves_a_distance_of_nowhere_alone(weeks):
    unknown = weeks.astype({"distance": "float64"})
    unknown.loc[::7, "distance"] = np.nan
    drifted, _ = longer_network(unknown, ONSET, rng())
    assert drifted["distance"].isna().mean() == pytest.approx(1 / 7, abs=0.01)


def test_new_carrier_renames_some_regional_flights(weeks):
    drifted, truth = new_carrier(weeks, ONSET, rng())
    regional = (weeks["sched_dep"] >= ONSET) & weeks["carrier"].isin(["EV", "MQ", "9E"])
    assert not (truth.rows & ~regional).any()
    assert truth.rows[regional].mean() == pytest.approx(0.25, abs=0.015)
    assert ((drifted["carrier"] == "ZZ") == truth.rows).all()


def test_weekend_comes_back_each_weekend(weeks):
    drifted, truth = weekend(weeks, "2013-04-29", rng(), share=0.6)
    working = ~weeks["weekday"].isin(["Sat", "Sun"])
    assert contents(weeks[working]) == contents(drifted[working])
    evening = [
        (table["hour"] >= 17).groupby([table["week"], table["weekday"]]).mean()
        for table in (weeks, drifted)
    ]
    for week in (18, 19, 20):
        for day in ("Sat", "Sun"):
            before, after = (shares[week, day] for shares in evening)
            # Weights of 0.4 and 1.
            assert after == pytest.approx(0.4 * before / (1 - 0.6 * before), abs=0.005)
    assert (truth.severity > 0).sum() == 6


def test_weekend_takes_other_weekdays_and_keeps_a_day_of_evenings_only(weeks):
    drifted, truth = weekend(weeks, Severity(ONSET, weekdays=["Fri"]), rng())
    assert set(drifted["weekday"][truth.rows]) == {"Fri"}
    evenings = weeks[(weeks["weekday"] != "Sat") | (weeks["hour"] >= 17)]
    drifted, truth = weekend(evenings, Severity(ONSET, weekdays=["Sat"]), rng(), share=1)
    assert contents(drifted) == contents(evenings) and not truth.rows.any()


def test_prior_shift_meets_the_share_of_late_flights(weeks):
    drifted, _ = prior_shift(weeks, ONSET, rng(), late_share=0.13)
    late = drifted["late"][drifted["sched_dep"] >= ONSET].dropna()
    assert late.sum() == pytest.approx(0.13 * len(late), abs=1)


@pytest.mark.parametrize("late_share", [0.13, 0.5])
def test_prior_shift_leaves_the_inputs_of_each_class_alone(weeks, late_share):
    drifted, _ = prior_shift(weeks, "2013-04-29", rng(), late_share=late_share)
    drawn = times_drawn(weeks, drifted)
    assert (drawn[weeks["late"].isna()] == 1).all()
    for outcome in (0, 1):
        # All flights of a class are drawn equally often, but for rounding.
        copies = drawn[weeks["late"] == outcome]
        assert copies.max() - copies.min() == 1
        # ... and evenly over time: at no flight is the class ahead or behind by more than that.
        even = copies.mean() * np.arange(1, len(copies) + 1)
        assert (copies.cumsum() - even).abs().max() < 1.01
        before, after = weeks[weeks["late"] == outcome], drifted[drifted["late"] == outcome]
        for column in [*WEATHER, "hour", "distance"]:
            shift = (after[column].mean() - before[column].mean()) / before[column].std()
            assert abs(shift) < 0.03
        for column in ["carrier", "origin", "weekday"]:
            shares = [t[column].value_counts(normalize=True) for t in (before, after)]
            assert (shares[0] - shares[1]).abs().max() < 0.01
    # What a shift that draws day by day would get wrong: bad days lose flights.
    by_day = pd.DataFrame({"late": weeks["late"], "drawn": drawn}).groupby(
        weeks["sched_dep"].dt.date
    )
    correlation = by_day.mean().corr().loc["late", "drawn"]
    assert correlation * (late_share - weeks["late"].mean()) > 0


def test_prior_shift_follows_a_ramp(weeks):
    drifted, _ = prior_shift(weeks, Severity("2013-04-29", ramp="21D"), rng(), late_share=0.6)
    odds = []
    for table in (weeks, drifted):
        share = table.groupby("week")["late"].mean()
        odds.append(share / (1 - share))
    now = weeks["late"].mean()
    aim = np.array([now + (0.6 - now) * day / 21 for day in (3.5, 10.5, 17.5)])
    expected = aim / (1 - aim) / (now / (1 - now))
    assert (odds[1] / odds[0]).tolist() == pytest.approx(expected.tolist(), rel=0.06)


@pytest.mark.parametrize("name", ["furlough", "slot_rules"])
def test_concept_drift_leaves_every_input_alone_and_the_outcomes_consistent(name, weeks):
    drifted, truth = DRIFTS[name](weeks, ONSET, rng())
    inputs = [column for column in weeks.columns if column not in OUTCOME]
    assert set(FEATURES) < set(inputs)
    assert contents(drifted, inputs) == contents(weeks, inputs)
    assert drifted["late"].equals(is_late(drifted["arr_delay"]))
    assert (drifted["late"] != weeks["late"])[truth.rows].all()


def test_furlough_makes_flights_late_by_day(weeks):
    drifted, truth = furlough(weeks, ONSET, rng())
    hour = weeks["sched_dep"].dt.hour
    eligible = (weeks["sched_dep"] >= ONSET) & (weeks["late"] == 0) & hour.between(7, 20)
    assert not (truth.rows & ~eligible).any()
    assert truth.rows[eligible].mean() == pytest.approx(0.22, abs=0.01)
    assert set(hour[truth.rows]) == set(range(7, 21))
    new, usual = drifted["arr_delay"][truth.rows], weeks["arr_delay"][weeks["late"] == 1]
    assert set(new) <= set(usual)
    assert new.median() == pytest.approx(usual.median(), rel=0.15)


def test_slot_rules_keep_every_days_delays(weeks):
    drifted, truth = slot_rules(weeks, Severity("2013-05-06 09:00", peak=0.9), rng())
    assert truth.rows.mean() > 0.05
    for day, flights in weeks.groupby(weeks["sched_dep"].dt.date):
        after = drifted.loc[flights.index]
        assert after["late"].mean() == flights["late"].mean(), day
        assert (
            after["arr_delay"]
            .value_counts()
            .sort_index()
            .equals(flights["arr_delay"].value_counts().sort_index())
        )


def test_slot_rules_protect_the_evening_and_burden_the_morning(weeks):
    drifted, truth = slot_rules(weeks, "2013-04-29", rng())
    hour = weeks["sched_dep"].dt.hour
    peak, morning = hour.between(16, 20), hour.between(5, 10)
    assert not (truth.rows & ~(peak | morning)).any()
    assert drifted["late"][peak].sum() == pytest.approx(0.2 * weeks["late"][peak].sum(), rel=0.15)
    saved = (weeks["late"] - drifted["late"])[peak].sum()
    assert (drifted["late"] - weeks["late"])[morning].sum() == saved > 500


def test_slot_rules_protect_no_more_than_the_morning_can_pay(weeks):
    few = weeks[(weeks["sched_dep"].dt.hour >= 11) | (weeks["flight_id"] % 40 == 0)]
    drifted, truth = slot_rules(few, "2013-04-29", rng(), share=1)
    morning = few["sched_dep"].dt.hour < 11
    assert (drifted["late"][morning].dropna() == 1).mean() > 0.9
    assert truth.rows[~morning].sum() == truth.rows[morning].sum()


# --- bad input ------------------------------------------------------------------------------


def refusal(name, flights, when=ONSET, generator=None, **options):
    with pytest.raises(CourseError) as caught:
        DRIFTS[name](flights, when, generator or rng(), **options)
    message = str(caught.value)
    assert message.endswith(".")
    return message


READ_COLUMNS = [(name, column) for name in DRIFTS for column in ["sched_dep", *READ[name]]]


@every_drift
def test_an_empty_table_is_refused(name, few):
    assert "There are no flights in the table" in refusal(name, few.head(0))
    assert "`flights` is a dict" in refusal(name, {"temp": [1.0]})


@pytest.mark.parametrize("name, column", READ_COLUMNS)
def test_a_missing_column_is_named(name, column, few):
    message = refusal(name, few.drop(columns=column))
    assert f"no column `{column}`" in message and "load_flights" in message


@pytest.mark.parametrize("name, column", READ_COLUMNS)
def test_a_column_of_nothing_is_named(name, column, few):
    nothing = pd.Series(np.nan, few.index).astype(few[column].dtype, errors="ignore")
    empty = few.astype({"distance": "float64"}) if column == "distance" else few
    message = refusal(name, empty.assign(**{column: nothing.astype(empty[column].dtype)}))
    assert f"`{column}` is missing" in message
    assert "load other weeks" in message or "dropna" in message


@pytest.mark.parametrize("name, column", READ_COLUMNS)
def test_a_column_of_another_type_is_named_with_the_way_to_convert_it(name, column, few):
    wrong = {"carrier": "category", "origin": "category"}.get(column, "str")
    message = refusal(name, few.astype({column: wrong}))
    assert f"`{column}` holds {wrong}" in message
    assert f'.astype({{"{column}": ' in message or "pd.to_datetime" in message


def test_whole_numbers_are_not_silently_rounded(few):
    whole = few.dropna(subset="temp").astype({"temp": "int64"})
    assert "`temp` holds int64, and must hold decimal numbers" in refusal("unit_change", whole)


def test_a_column_that_is_there_twice_is_named(few):
    twice = pd.concat([few, few["temp"]], axis=1)
    assert "the column `temp` twice" in refusal("unit_change", twice)


@pytest.mark.parametrize(
    ("name", "column"), [("longer_network", "distance"), ("unit_change", "temp")]
)
def test_infinite_values_are_refused(name, column, few):
    endless = few.astype({column: "float64"})
    endless.iloc[3, endless.columns.get_loc(column)] = np.inf
    assert f"`{column}` is infinite in 1 rows" in refusal(name, endless)


def test_times_with_a_zone_or_a_gap_are_refused(few):
    zoned = few.assign(sched_dep=few["sched_dep"].dt.tz_localize("America/New_York"))
    assert "tz_localize(None)" in refusal("unit_change", zoned)
    gap = few.copy()
    gap.loc[3, "sched_dep"] = pd.NaT
    assert "`sched_dep` is missing in 1 rows" in refusal("unit_change", gap)


@every_drift
@pytest.mark.parametrize("onset", ["2013-04-28 23:59", "2013-05-20", "2012-01-01"])
def test_an_onset_outside_the_data_is_refused(name, onset, weeks):
    message = refusal(name, weeks, onset)
    assert f"The onset {pd.Timestamp(onset)} lies outside the data" in message
    assert "`sched_dep` runs from 2013-04-29 05:00:00 to 2013-05-19 23:59:00" in message


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"onset": "some day"}, "`onset` is 'some day'"),
        ({"onset": None}, "`onset` is None"),
        ({"onset": "2013-05-06T00:00Z"}, "without a zone"),
        ({"onset": ONSET, "until": "2013-05-06"}, "must be later than `onset`"),
        ({"onset": ONSET, "until": "never"}, "`until` is 'never'"),
        ({"onset": ONSET, "ramp": "-1D"}, "`ramp` is '-1D'"),
        ({"onset": ONSET, "ramp": "two weeks"}, "`ramp` is 'two weeks'"),
        ({"onset": ONSET, "ramp": None}, "`ramp` is None"),
        ({"onset": ONSET, "ramp": 14}, "`ramp` is 14: "),
        ({"onset": ONSET, "ramp": np.int64(14)}, 'with its unit: "14D".'),
        ({"onset": ONSET, "ramp": "14"}, "`ramp` is '14'"),
        ({"onset": ONSET, "ramp": np.inf}, "`ramp` is inf"),
        ({"onset": 20130506}, "`onset` is 20130506"),
        ({"onset": ONSET, "weekdays": 5}, "`weekdays` is 5: give a list"),
        ({"onset": ONSET, "weekdays": None}, "`weekdays` is None: give a list"),
        ({"onset": ONSET, "weekdays": [["Sat"]]}, "`weekdays` is [['Sat']]: give a list"),
        ({"onset": ONSET, "weekdays": ["Saturday"]}, "`weekdays` is ['Saturday']"),
        ({"onset": ONSET, "weekdays": "Sat"}, "`weekdays` is 'Sat': give a list"),
        ({"onset": ONSET, "peak": 1.5}, "`peak` is 1.5: give a number between 0"),
        ({"onset": ONSET, "peak": -0.1}, "`peak` is -0.1"),
        ({"onset": ONSET, "peak": float("nan")}, "`peak` is nan"),
        ({"onset": ONSET, "peak": "much"}, "`peak` is 'much'"),
        ({"onset": ONSET, "peak": True}, "`peak` is True"),
    ],
)
def test_a_bad_severity_is_refused(fields, words):
    with pytest.raises(CourseError) as caught:
        Severity(**fields)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "name, option, words",
    [
        ("missing_feed", {"share": 30}, "`share` is 30"),
        ("missing_feed", {"column": "carrier"}, "`column` is 'carrier': choose one of"),
        ("default_fill", {"share": -1}, "`share` is -1"),
        ("new_carrier", {"share": 1.1}, "`share` is 1.1"),
        ("weekend", {"share": 2}, "`share` is 2"),
        ("furlough", {"share": "all"}, "`share` is 'all'"),
        ("slot_rules", {"share": None}, "`share` is None"),
        ("prior_shift", {"late_share": 13}, "`late_share` is 13"),
        ("longer_network", {"tilt": 0}, "`tilt` is 0"),
        ("longer_network", {"tilt": 99}, "`tilt` is 99"),
        ("one_sensor", {"mph": 0}, "`mph` is 0"),
        ("one_sensor", {"mph": "fast"}, "`mph` is 'fast'"),
        ("one_sensor", {"origin": "SFO"}, "no `wind_speed` with the `origin` 'SFO'"),
        ("unit_change", {"origins": None}, '`origins` is None: give a list of airports, ["EWR"].'),
        ("unit_change", {"origins": "EWR"}, "`origins` is 'EWR': give a list"),
        ("longer_network", {"tilt": True}, "`tilt` is True"),
        ("one_sensor", {"mph": np.nan}, "`mph` is nan"),
        ("unit_change", {"origins": ["SFO"]}, "no `temp` with an `origin` of ['SFO']"),
        ("unit_change", {"generator": 7}, "`rng` is 7"),
    ],
)
def test_a_bad_parameter_is_refused(name, option, words, few):
    assert words in refusal(name, few, **option)


def test_numbers_and_durations_of_numpy_are_taken(few):
    for name, option, value in (("one_sensor", "mph", 8), ("longer_network", "tilt", 1)):
        plain = DRIFTS[name](few, ONSET, rng(), **{option: value})[0]
        assert plain.equals(DRIFTS[name](few, ONSET, rng(), **{option: np.int64(value)})[0])
        assert plain.equals(DRIFTS[name](few, ONSET, rng(), **{option: np.float32(value)})[0])
    plain = Severity(ONSET, ramp="14D")
    assert Severity(ONSET, ramp=np.timedelta64(14, "D")) == plain
    assert Severity(ONSET, ramp=0) == Severity(ONSET)
    airports = pd.Series(["EWR", "JFK"])
    plain = unit_change(few, ONSET, rng(), ["EWR", "JFK"])[0]
    assert plain.equals(unit_change(few, ONSET, rng(), airports)[0])


def test_a_drift_that_meets_no_flight_is_refused(weeks):
    fallow = Severity(ONSET, until="2013-05-08")
    assert "No flight leaves while the drift is there" in refusal("weekend", weeks, fallow)
    assert "on Sat, Sun" in refusal("weekend", weeks, fallow)
    quiet = weeks[weeks["late"] != 1]
    assert "no late flight (`late` is 1)" in refusal("prior_shift", quiet)
    assert "no late flight (`late` is 1) between 16 and 21 h" in refusal("slot_rules", quiet)
    assert "`arr_delay` above 15" in refusal("furlough", quiet)
    bad = weeks[weeks["late"] != 0]
    assert "no flight on time (`late` is 0)" in refusal("prior_shift", bad)
    assert "no flight on time (`late` is 0) between 7 and 21 h" in refusal("furlough", bad)
    assert "between 5 and 11 h" in refusal("slot_rules", bad)
    main = weeks[weeks["carrier"] == "UA"]
    assert "whose `carrier` is one of ['EV', 'MQ', '9E']" in refusal("new_carrier", main)
    days = weeks[weeks["hour"] < 17]
    assert "(`sched_dep`) at 17 h or later" in refusal("weekend", days)
    assert "the same `distance`" in refusal("longer_network", weeks.assign(distance=500))
    after = weeks.assign(visib=weeks["visib"].where(weeks["sched_dep"] < ONSET))
    assert "There is no `visib`" in refusal("missing_feed", after)


def test_a_single_flight_in_reach_cannot_be_redrawn_or_exchanged(weeks):
    last = weeks["sched_dep"].max()
    alone = weeks[weeks["sched_dep"] < last].iloc[:-1]
    alone = pd.concat([alone, weeks.tail(1)])
    assert "only one leaves" in refusal("longer_network", alone, last)
    assert "No week has two flights" in refusal("wrong_join", alone, last)
