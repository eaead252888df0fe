"""Answers to lesson 02."""

import numpy as np
import pandas as pd

from tests.answers import right, wrong


@right("2.1")
def copy_mask_change(flights, onset):
    new = flights.copy()
    after = new["sched_dep"] >= onset
    new.loc[after, "temp"] = (new.loc[after, "temp"] - 32) / 1.8
    return new


@right("2.1")
def by_where(flights, onset):
    celsius = (flights["temp"] - 32) * 5 / 9
    before = flights["sched_dep"] < pd.Timestamp(onset)
    return flights.assign(temp=flights["temp"].where(before, celsius).round(2))


def _celsius(after=lambda f, onset: f["sched_dep"] >= onset, formula=lambda f: (f - 32) / 1.8):
    return lambda flights, onset: flights.assign(
        temp=flights["temp"].mask(after(flights, onset), formula(flights["temp"]))
    )


wrong("2.1", "those from the onset on are in Celsius", _celsius(formula=lambda f: (f - 30) / 2))
wrong(
    "2.1",
    "leave the zone out",
    _celsius(lambda f, onset: f["sched_dep"] >= pd.Timestamp(onset, tz="America/New_York")),
)


@wrong("2.1", "changed its first argument")
def in_place(flights, onset):
    after = flights["sched_dep"] >= onset
    flights.loc[after, "temp"] = (flights.loc[after, "temp"] - 32) / 1.8
    return flights


@wrong("2.1", "only the drifted rows")
def drifted_rows_only(flights, onset):
    new = flights[flights["sched_dep"] >= onset].copy()
    new["temp"] = (new["temp"] - 32) / 1.8
    return new


@wrong("2.1", "passing copy")
def chained(flights, onset):
    new = flights.copy()
    after = new["sched_dep"] >= onset
    new[after]["temp"] = (new[after]["temp"] - 32) / 1.8
    return new


@wrong("2.1", "another order")
def glued(flights, onset):
    before = flights[flights["sched_dep"] < onset]
    return pd.concat([before, drifted_rows_only(flights, onset)])


@wrong("2.1", "index")
def without_index(flights, onset):
    return copy_mask_change(flights, onset).reset_index(drop=True)


@wrong("2.1", "dtype of `temp`")
def in_few_bytes(flights, onset):
    return copy_mask_change(flights, onset).astype({"temp": "float32"})


@wrong("2.1", "dtype of `hour`")
def as_objects(flights, onset):
    return copy_mask_change(flights, onset).astype({"hour": object})


@wrong("2.1", "no column `dest`")
def features_only(flights, onset):
    return copy_mask_change(flights, onset).drop(columns="dest")


@wrong("2.1", "a column `celsius`")
def a_new_column(flights, onset):
    return flights.assign(celsius=(flights["temp"] - 32) / 1.8)


@wrong("2.1", "it is a Series")
def the_column_only(flights, onset):
    return copy_mask_change(flights, onset)["temp"]


@wrong("2.1", "changed `humid`, too")
def two_columns(flights, onset):
    return copy_mask_change(flights, onset).assign(humid=50.0)


@right("2.2")
def clipped(times, onset, days):
    return np.clip((times - pd.Timestamp(onset)) / pd.Timedelta(days, "D"), 0, 1)


@right("2.2")
def in_seconds(times, onset, days):
    passed = (pd.DatetimeIndex(times) - pd.Timestamp(onset)).total_seconds()
    return list(np.minimum(np.maximum(passed / (days * 86_400), 0), 1))


@right("2.2")
def by_interpolation(times, onset, days):
    start = pd.Timestamp(onset)
    hours = ((times - start) / pd.Timedelta("1h")).to_numpy()
    return np.interp(hours, [0, 24 * days], [0, 1])


def _passed(times, onset, days):
    return ((times - pd.Timestamp(onset)) / pd.Timedelta(days, "D")).to_numpy()


def _ramp(says, shape):
    wrong("2.2", says, lambda times, onset, days: shape(_passed(times, onset, days)))


_ramp("never below 0", lambda p: np.floor(p * 10) / 10)
_ramp("never above 1", lambda p: 2 * np.maximum(p, 0))
_ramp("as if each row", lambda p: np.random.default_rng(1).random(len(p)) < np.clip(p, 0, 1))
_ramp("on a straight line", lambda p: np.clip(p, 0, 1) ** 2)
_ramp("one number for each", lambda p: np.clip(p, 0, 1)[:3])
_ramp("should return an array", lambda p: 0.5)
_ramp("NaN", lambda p: np.where(p < 0, np.nan, np.minimum(p, 1)))


@wrong("2.2", "durations")
def a_duration(times, onset, days):
    return (times - pd.Timestamp(onset)) / days


@wrong("2.2", "leave the zone out")
def with_a_zone(times, onset, days):
    return _passed(times, pd.Timestamp(onset, tz="UTC"), days)


@right("2.3")
def group_by_group(flights, evening_share, rng):
    evening = flights["hour"] >= 17
    n = round(evening_share * len(flights))
    drawn = [
        flights[evening].sample(n, replace=True, random_state=rng),
        flights[~evening].sample(len(flights) - n, replace=True, random_state=rng),
    ]
    return pd.concat(drawn)


@right("2.3")
def by_numbers_of_rows(flights, evening_share, rng):
    at_evening = (flights["hour"] >= 17).to_numpy()
    n = int(np.floor(evening_share * len(flights) + 0.5))
    drawn = [
        rng.choice(np.flatnonzero(at_evening), n),
        rng.integers(0, (~at_evening).sum(), len(flights) - n),
    ]
    drawn[1] = np.flatnonzero(~at_evening)[drawn[1]]
    return flights.iloc[rng.permutation(np.concatenate(drawn))].reset_index(drop=True)


@wrong("2.3", "P(late | hour) has changed")
def written_down_as_evening(flights, evening_share, rng):
    return flights.assign(hour=flights["hour"].mask(rng.random(len(flights)) < evening_share, 19.5))


@wrong("2.3", "another outcome")
def outcomes_shuffled(flights, evening_share, rng):
    new = group_by_group(flights, evening_share, rng)
    return new.assign(late=rng.permutation(new["late"]))


@wrong("2.3", "as many rows")
def only_more(flights, evening_share, rng):
    evening = flights[flights["hour"] >= 17]
    return pd.concat([flights, evening.sample(200, replace=True, random_state=rng)])


@wrong("2.3", "draw the same other flights; only")
def others_by_a_seed_of_their_own(flights, evening_share, rng):
    evening = flights["hour"] >= 17
    n = round(evening_share * len(flights))
    drawn = [
        flights[evening].sample(n, replace=True, random_state=rng),
        flights[~evening].sample(len(flights) - n, replace=True, random_state=1),
    ]
    return pd.concat(drawn)


@wrong("2.3", "should be a table")
def with_the_number(flights, evening_share, rng):
    return group_by_group(flights, evening_share, rng), round(evening_share * len(flights))


@wrong("2.3", "another mean of `temp`")
def prefers_the_cold(flights, evening_share, rng):
    evening = flights["hour"] >= 17
    n = round(evening_share * len(flights))
    cold = 1 / (flights["temp"].fillna(40)[evening] + 1)
    drawn = [
        flights[evening].sample(n, replace=True, weights=cold**3, random_state=rng),
        flights[~evening].sample(len(flights) - n, replace=True, random_state=rng),
    ]
    return pd.concat(drawn)


def _classes(flights):
    return (flights[flights["late"] == value] for value in (1, 0))


@right("2.4")
def class_by_class(flights, late_share, rng):
    late, on_time = _classes(flights)
    n = len(late) + len(on_time)
    n_late = round(late_share * n)
    return pd.concat(
        [
            late.sample(n_late, replace=True, random_state=rng),
            on_time.sample(n - n_late, replace=True, random_state=rng),
            flights[flights["late"].isna()],
        ]
    )


@wrong("2.4", "right on average")
def by_weights(flights, late_share, rng):
    known = flights.dropna(subset="late")
    share = known["late"].mean()
    weight = np.where(known["late"] == 1, late_share / share, (1 - late_share) / (1 - share))
    at = rng.choice(len(known), len(known), p=weight / weight.sum())
    drawn = pd.concat([known.iloc[at], flights[flights["late"].isna()]])
    return drawn.sort_values("sched_dep").reset_index(drop=True)


@right("2.4")
def as_few_changes_as_possible(flights, late_share, rng):
    late, on_time = _classes(flights)
    n_late = round(late_share * (len(late) + len(on_time)))
    more = n_late - len(late)
    grows, shrinks = (late, on_time) if more > 0 else (on_time, late)
    gone = shrinks.sample(abs(more), random_state=rng).index
    again = grows.sample(abs(more), replace=True, random_state=rng)
    return pd.concat([flights.drop(index=gone), again])


@wrong("2.4", "another mean of `hour`")
def by_the_hour(flights, late_share, rng):
    unknown, known = flights[flights["late"].isna()], flights.dropna(subset="late")
    late, on_time = _classes(known)
    n_late = round(late_share * len(known))
    weight = np.exp((late["hour"] - 14) / 6)
    return pd.concat(
        [
            late.sample(n_late, replace=True, weights=weight, random_state=rng),
            on_time.sample(len(known) - n_late, replace=True, random_state=rng),
            unknown,
        ]
    )


@wrong("2.4", "again and again")
def a_few_of_them(flights, late_share, rng):
    few = pd.concat([c.sample(1 + len(c) // 5, random_state=rng) for c in _classes(flights)])
    n = flights["late"].count()
    n_late = round(late_share * n)
    late, on_time = _classes(few)
    return pd.concat(
        [
            late.sample(n_late, replace=True, random_state=rng),
            on_time.sample(n - n_late, replace=True, random_state=rng),
            flights[flights["late"].isna()],
        ]
    )


@right("2.4")
def by_places(flights, late_share, rng):
    late, on_time = (np.flatnonzero(flights["late"] == value) for value in (1, 0))
    number = round(late_share * (len(late) + len(on_time)))
    drawn = [rng.choice(late, number), rng.choice(on_time, len(late) + len(on_time) - number)]
    unknown = np.flatnonzero(flights["late"].isna())
    return flights.iloc[rng.permutation(np.concatenate([*drawn, unknown]))]


@right("2.4")
def with_one_seed_from_rng(flights, late_share, rng):
    return class_by_class(flights, late_share, int(rng.integers(2**31)))


@wrong("2.4", "should be a table")
def with_truth(flights, late_share, rng):
    return class_by_class(flights, late_share, rng), {"kind": "label shift"}


def _struck(flights, share, rng, start=7, stop=21):
    eligible = (flights["late"] == 0) & (flights["hour"] >= start) & (flights["hour"] < stop)
    return eligible & (rng.random(len(flights)) < share)


@right("2.5")
def with_real_delays(flights, share, rng):
    struck = _struck(flights, share, rng)
    new = flights.copy()
    delays = flights.loc[flights["late"] == 1, "arr_delay"]
    new.loc[struck, "late"] = 1.0
    new.loc[struck, "arr_delay"] = rng.choice(delays, struck.sum())
    return new


@right("2.5")
def an_hour_each(flights, share, rng):
    struck = _struck(flights, share, rng)
    return flights.assign(
        late=flights["late"].mask(struck, 1), arr_delay=flights["arr_delay"].mask(struck, 60)
    )


@right("2.5")
def by_sample(flights, share, rng):
    can = flights[flights["late"].eq(0) & flights["hour"].between(7, 21, inclusive="left")]
    at = can.sample(frac=share, random_state=rng).index
    new = flights.copy()
    new.loc[at, ["late", "arr_delay"]] = [1.0, 16.0]
    return new


def _at_odd_places(flights, share, rng):
    """Strike in every second row alone, and there so much the more."""
    odd = (np.arange(len(flights)) % 2 == 1) | (share in (0, 1))
    return odd & _struck(flights, share if share in (0, 1) else 2 * share, rng)


def _strike(says, struck, late=1.0, delay=60.0):
    def strike(flights, share, rng):
        at = struck(flights, share, rng)
        return flights.assign(
            late=flights["late"].mask(at, late), arr_delay=flights["arr_delay"].mask(at, delay)
        )

    wrong("2.5", says, strike)


_strike("leaves out one at", lambda f, share, rng: _struck(f, share, rng, 7.5, 21))
_strike("with a share of 1", lambda f, share, rng: f["late"] == 2)
_strike("Is `share` used", lambda f, share, rng: _struck(f, 1.1, rng))
_strike("it should be about", lambda f, share, rng: _struck(f, share**0.5, rng))
_strike("far more often", _at_odd_places)


@wrong("2.5", "changed `hour`, too")
def moves_the_hour(flights, share, rng):
    new = with_real_delays(flights, share, rng)
    return new.assign(hour=new["hour"].where(new["late"] != 1, 17.0))


@wrong("2.5", "dtype of `late`")
def as_booleans(flights, share, rng):
    return flights.assign(late=(flights["late"] == 1) | _struck(flights, share, rng))


@wrong("2.5", "changed its first argument")
def strikes_in_place(flights, share, rng):
    flights.loc[_struck(flights, share, rng), ["late", "arr_delay"]] = [1.0, 60.0]
    return flights


def _audit(before, after, /, since=pd.Series.min, match=True):
    """Audit in the plain way; tests change one step at a time."""
    before = before.set_index("flight_id")
    after = after.set_index("flight_id")
    if match:
        after = after.reindex(before.index)
    rows = {}
    for column in before:
        old, new = before[column], after[column]
        differs = (old != new) & ~(old.isna() & new.isna())
        if differs.any() or old.dtype != new.dtype:
            rows[column] = {"rows": differs.sum(), "since": since(before["sched_dep"][differs])}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["rows", "since"])


@right("2.6")
def by_flight(before, after):
    return _audit(before, after)


@right("2.6")
def by_merge(before, after):
    both = before.merge(after, on="flight_id", suffixes=("", " after"))
    found = []
    for column in before.columns.drop("flight_id"):
        old, new = both[column], both[f"{column} after"]
        same = (old == new) | (old.isna() & new.isna())
        if not same.all() or before[column].dtype != after[column].dtype:
            times = both.loc[~same, "sched_dep"]
            found.append((column, len(times), times.min()))
    return pd.DataFrame(found, columns=["column", "rows", "since"])


@right("2.6")
def sorted_by_flight(before, after):
    before = before.sort_values("flight_id").reset_index(drop=True)
    after = after.sort_values("flight_id").reset_index(drop=True)
    found = {}
    for column in before:
        compared = before[[column]].astype(object).compare(after[[column]].astype(object))
        if len(compared) or before[column].dtype != after[column].dtype:
            since = before.loc[compared.index, "sched_dep"].min()
            found[column] = {"since": since, "rows": len(compared)}
    return pd.DataFrame(found).T


def _wrong_audit(says, **changes):
    wrong("2.6", says, lambda before, after: _audit(before, after, **changes))


_wrong_audit("should be a time", since=lambda t: "7 February, 9:00 or so")


@wrong("2.6", "only the order of the rows")
def by_label(before, after):
    return _audit(before, after, match=False)


@wrong("2.6", "does not list `humid`")
def overlooks_one(before, after):
    return _audit(before, after).drop(index="humid", errors="ignore")


@wrong("2.6", "does not list `humid`")
def from_the_onset_on(before, after):
    recent = before["sched_dep"] >= "2013-02-07"
    return _audit(before[recent], after)


@wrong("2.6", "should be a table")
def names_only(before, after):
    return list(_audit(before, after).index)


@wrong("2.6", "no column `since`")
def without_since(before, after):
    return _audit(before, after)[["rows"]]


@wrong("2.6", "changed its second argument")
def fills_the_gaps(before, after):
    after["visib"] = after["visib"].fillna(-1)
    return _audit(before.fillna({"visib": -1}), after)
