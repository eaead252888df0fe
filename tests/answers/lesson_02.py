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


wrong("2.1", "before the onset are in Celsius, too", _celsius(lambda f, onset: f["hour"] >= 0))
wrong("2.1", "*before* the onset", _celsius(lambda f, onset: f["sched_dep"] < onset))
wrong("2.1", "`>` or `>=`", _celsius(lambda f, onset: f["sched_dep"] > onset))
wrong(
    "2.1",
    "begins at midnight",
    _celsius(lambda f, onset: f["sched_dep"].dt.date >= pd.Timestamp(onset).date()),
)
wrong("2.1", "multiplied by 1.8", _celsius(formula=lambda f: (f - 32) * 1.8))
wrong("2.1", "32 goes off first", _celsius(formula=lambda f: f / 1.8 - 32))
wrong("2.1", "needs parentheses", _celsius(formula=lambda f: f - 32 / 1.8))
wrong("2.1", "from Celsius to Fahrenheit", _celsius(formula=lambda f: f * 1.8 + 32))
wrong("2.1", "is missing", _celsius(formula=lambda f: f - 32))
wrong("2.1", "missing ones stay", _celsius(formula=lambda f: ((f - 32) / 1.8).fillna(0)))
wrong("2.1", "had", _celsius(formula=lambda f: (f - 30) / 2))
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


_ramp("0 or 1, and nothing in between", lambda p: (p >= 0).astype(int))
_ramp("is negative before the onset and goes on above 1", lambda p: p)
_ramp("never below 0", lambda p: np.floor(p * 10) / 10)
_ramp("never above 1", lambda p: 2 * np.maximum(p, 0))
_ramp("goes on above 1", lambda p: np.where(p < 0, 0, p))
_ramp("is negative before the onset; nothing", lambda p: np.minimum(p, 1))
_ramp("falls where it should rise", lambda p: 1 - np.clip(p, 0, 1))
_ramp("goes up to 100", lambda p: 100 * np.clip(p, 0, 1))
_ramp("falls back to 0", lambda p: np.where((p >= 0) & (p <= 1), p, 0))
_ramp("reaches 1 at the onset", lambda p: np.clip(1 + p, 0, 1))
_ramp("as if each row", lambda p: np.random.default_rng(1).random(len(p)) < np.clip(p, 0, 1))
_ramp("on a straight line", lambda p: np.clip(p, 0, 1) ** 2)
_ramp("one number for each", lambda p: np.clip(p, 0, 1)[:3])
_ramp("should return an array", lambda p: 0.5)
_ramp("NaN", lambda p: np.where(p < 0, np.nan, np.minimum(p, 1)))


@wrong("2.2", "steps of whole days")
def whole_days(times, onset, days):
    return np.clip((times - pd.Timestamp(onset)).dt.days / days, 0, 1)


@wrong("2.2", "only at the last")
def to_the_last(times, onset, days):
    start = pd.Timestamp(onset)
    return np.clip((times - start) / (times.max() - start), 0, 1)


@wrong("2.2", "durations")
def a_duration(times, onset, days):
    return (times - pd.Timestamp(onset)) / days


@wrong("2.2", "leave the zone out")
def with_a_zone(times, onset, days):
    return _passed(times, pd.Timestamp(onset, tz="UTC"), days)


def _classes(flights):
    return (flights[flights["late"] == value] for value in (1, 0))


@right("2.3")
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


@right("2.3")
def by_weights(flights, late_share, rng):
    known = flights.dropna(subset="late")
    share = known["late"].mean()
    weight = np.where(known["late"] == 1, late_share / share, (1 - late_share) / (1 - share))
    at = rng.choice(len(known), len(known), p=weight / weight.sum())
    drawn = pd.concat([known.iloc[at], flights[flights["late"].isna()]])
    return drawn.sort_values("sched_dep").reset_index(drop=True)


@right("2.3")
def as_few_changes_as_possible(flights, late_share, rng):
    late, on_time = _classes(flights)
    n_late = round(late_share * (len(late) + len(on_time)))
    more = n_late - len(late)
    grows, shrinks = (late, on_time) if more > 0 else (on_time, late)
    gone = shrinks.sample(abs(more), random_state=rng).index
    again = grows.sample(abs(more), replace=True, random_state=rng)
    return pd.concat([flights.drop(index=gone), again])


@wrong("2.3", "Flipping labels")
def flips(flights, late_share, rng):
    new = flights.copy()
    known = new["late"].notna()
    new.loc[known, "late"] = (rng.random(known.sum()) < late_share).astype(float)
    return new


@wrong("2.3", "The share fits, but the")
def drops_rows(flights, late_share, rng):
    late, on_time = _classes(flights)
    if late_share > 0.2:
        n = round(len(late) * (1 - late_share) / late_share)
        on_time = on_time.sample(n, random_state=rng)
    else:
        late = late.sample(round(len(on_time) * late_share / (1 - late_share)), random_state=rng)
    return pd.concat([late, on_time, flights[flights["late"].isna()]])


@wrong("2.3", "without an outcome. They stay")
def loses_the_unknown(flights, late_share, rng):
    late, on_time = _classes(flights)
    n_late = round(late_share * len(flights))
    return pd.concat(
        [
            late.sample(n_late, replace=True, random_state=rng),
            on_time.sample(len(flights) - n_late, replace=True, random_state=rng),
        ]
    )


@wrong("2.3", "are others than before")
def draws_the_unknown(flights, late_share, rng):
    weight = np.where(flights["late"] == 1, late_share, 0.2)
    return flights.sample(len(flights), replace=True, weights=weight, random_state=rng)


@wrong("2.3", "divided by all rows")
def share_of_all_rows(flights, late_share, rng):
    late, on_time = _classes(flights)
    n_late = round(late_share * len(flights))
    return pd.concat(
        [
            late.sample(n_late, replace=True, random_state=rng),
            on_time.sample(len(late) + len(on_time) - n_late, replace=True, random_state=rng),
            flights[flights["late"].isna()],
        ]
    )


@wrong("2.3", "swap the two classes")
def swapped(flights, late_share, rng):
    return class_by_class(flights, 1 - late_share, rng)


@wrong("2.3", "as it was before")
def bootstrap(flights, late_share, rng):
    return flights.copy()


@wrong("2.3", "another mean of `hour`")
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


@wrong("2.3", "one end of the table")
def the_first_ones(flights, late_share, rng):
    late, on_time = _classes(flights)
    n = len(late) + len(on_time)
    n_late = round(late_share * n)
    return pd.concat(
        [
            late.sample(n_late, replace=True, random_state=rng),
            on_time.iloc[np.arange(n - n_late) % (len(on_time) // 2)],
            flights[flights["late"].isna()],
        ]
    )


@wrong("2.3", "again and again")
def a_few_of_them(flights, late_share, rng):
    few = pd.concat([c.sample(300, random_state=rng) for c in _classes(flights)])
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


@wrong("2.3", "come from elsewhere")
def global_random(flights, late_share, rng):
    return class_by_class(flights, late_share, None)


@wrong("2.3", "Is `rng` used")
def own_seed(flights, late_share, rng):
    return class_by_class(flights, late_share, np.random.default_rng(0))


def _one_class_by(own):
    """Draw one of the classes, 0 or 1, with a seed of its own."""

    def redraw_late(flights, late_share, rng):
        n = flights["late"].count()
        numbers = {1: round(late_share * n), 0: n - round(late_share * n)}
        drawn = [
            flights[flights["late"] == value].sample(
                number, replace=True, random_state=1 if value == own else rng
            )
            for value, number in numbers.items()
        ]
        return pd.concat([*drawn, flights[flights["late"].isna()]])

    return redraw_late


wrong("2.3", "the same flights on time; only", _one_class_by(0))
wrong("2.3", "the same late flights; only", _one_class_by(1))
right("2.3", _one_class_by(None))


@right("2.3")
def by_places(flights, late_share, rng):
    late, on_time = (np.flatnonzero(flights["late"] == value) for value in (1, 0))
    number = round(late_share * (len(late) + len(on_time)))
    drawn = [rng.choice(late, number), rng.choice(on_time, len(late) + len(on_time) - number)]
    unknown = np.flatnonzero(flights["late"].isna())
    return flights.iloc[rng.permutation(np.concatenate([*drawn, unknown]))]


@right("2.3")
def with_one_seed_from_rng(flights, late_share, rng):
    return class_by_class(flights, late_share, int(rng.integers(2**31)))


@wrong("2.3", "should be a table")
def with_truth(flights, late_share, rng):
    return class_by_class(flights, late_share, rng), {"kind": "label shift"}


def _struck(flights, share, rng, start=7, stop=21):
    eligible = (flights["late"] == 0) & (flights["hour"] >= start) & (flights["hour"] < stop)
    return eligible & (rng.random(len(flights)) < share)


@right("2.4")
def with_real_delays(flights, share, rng):
    struck = _struck(flights, share, rng)
    new = flights.copy()
    delays = flights.loc[flights["late"] == 1, "arr_delay"]
    new.loc[struck, "late"] = 1.0
    new.loc[struck, "arr_delay"] = rng.choice(delays, struck.sum())
    return new


@right("2.4")
def an_hour_each(flights, share, rng):
    struck = _struck(flights, share, rng)
    return flights.assign(
        late=flights["late"].mask(struck, 1), arr_delay=flights["arr_delay"].mask(struck, 60)
    )


@right("2.4")
def by_sample(flights, share, rng):
    can = flights[flights["late"].eq(0) & flights["hour"].between(7, 21, inclusive="left")]
    at = can.sample(frac=share, random_state=rng).index
    new = flights.copy()
    new.loc[at, ["late", "arr_delay"]] = [1.0, 16.0]
    return new


def _strike(says, struck, late=1.0, delay=60.0):
    def strike(flights, share, rng):
        at = struck(flights, share, rng)
        return flights.assign(
            late=flights["late"].mask(at, late), arr_delay=flights["arr_delay"].mask(at, delay)
        )

    wrong("2.4", says, strike)


_strike("of the hours", lambda f, share, rng: _struck(f, share, rng, 0, 24))
_strike("both ends in", lambda f, share, rng: _struck(f, share, rng, 7, 21.001))
_strike("leaves out one at", lambda f, share, rng: _struck(f, share, rng, 7.5, 21))
_strike("without an outcome (NaN)", lambda f, share, rng: f["hour"].between(7, 20.99))
_strike("contradict each other", _struck, delay=15.0)
_strike("have lost their outcome", _struck, late=np.nan)
_strike("1 - share", lambda f, share, rng: _struck(f, 1.5 if share == 1 else 1 - share, rng))
_strike("With a share of", lambda f, share, rng: f["late"] == 2)
_strike("is 1, 0 or NaN", _struck, late=2.0)


@wrong("2.4", "are on time")
def redrawn(flights, share, rng):
    new = flights.copy()
    hours = new["hour"].between(7, 21, inclusive="left") & new["late"].notna()
    new.loc[hours, "late"] = (rng.random(hours.sum()) < share * 0.9).astype(float)
    return new


@wrong("2.4", "contradict each other")
def late_only(flights, share, rng):
    return flights.assign(late=flights["late"].mask(_struck(flights, share, rng), 1))


@wrong("2.4", "With a share of 1")
def delay_only(flights, share, rng):
    return flights.assign(arr_delay=flights["arr_delay"].mask(_struck(flights, share, rng), 60))


@wrong("2.4", "did not become late")
def every_delay(flights, share, rng):
    new = with_real_delays(flights, share, rng)
    return new.assign(arr_delay=new["arr_delay"].where(new["late"] != 1, 60))


@wrong("2.4", "changed `hour`, too")
def moves_the_hour(flights, share, rng):
    new = with_real_delays(flights, share, rng)
    return new.assign(hour=new["hour"].where(new["late"] != 1, 17.0))


@wrong("2.4", "dtype of `late`")
def as_booleans(flights, share, rng):
    return flights.assign(late=(flights["late"] == 1) | _struck(flights, share, rng))


@wrong("2.4", "not of all flights")
def share_of_all(flights, share, rng):
    eligible = _struck(flights, 1, rng)
    n = min(round(share * len(flights)), eligible.sum())
    at = rng.choice(flights.index[eligible], n, replace=False)
    new = flights.copy()
    new.loc[at, ["late", "arr_delay"]] = [1.0, 60.0]
    return new


@wrong("2.4", "one end of the table")
def the_first(flights, share, rng):
    eligible = np.flatnonzero(_struck(flights, 1, rng))
    at = flights.index[eligible[: rng.binomial(len(eligible), share)]]
    new = flights.copy()
    new.loc[at, ["late", "arr_delay"]] = [1.0, 60.0]
    return new


@wrong("2.4", "come from elsewhere")
def strikes_globally(flights, share, rng):
    return with_real_delays(flights, share, np.random.default_rng())


@wrong("2.4", "Is `rng` used")
def strikes_by_own_seed(flights, share, rng):
    return with_real_delays(flights, share, np.random.default_rng(0))


@wrong("2.4", "changed its first argument")
def strikes_in_place(flights, share, rng):
    flights.loc[_struck(flights, share, rng), ["late", "arr_delay"]] = [1.0, 60.0]
    return flights


def _audit(before, after, /, differs=None, since=None, keep=None, match=True):
    """Audit in the plain way; tests change one step at a time."""
    before = before.set_index("flight_id")
    after = after.set_index("flight_id")
    if match:
        after = after.reindex(before.index)
    differs = differs or (lambda old, new: (old != new) & ~(old.isna() & new.isna()))
    since = since or (lambda times: times.min())
    keep = keep or (lambda old, new, d: d.any() or old.dtype != new.dtype)
    rows = {}
    for column in before:
        old, new = before[column], after[column]
        d = differs(old, new)
        if keep(old, new, d):
            rows[column] = {"rows": int(d.sum()), "since": since(before["sched_dep"][d])}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["rows", "since"])


@right("2.5")
def by_flight(before, after):
    return _audit(before, after)


@right("2.5")
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


@right("2.5")
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
    wrong("2.5", says, lambda before, after: _audit(before, after, **changes))


_wrong_audit("nothing changed there", differs=lambda old, new: old != new)
_wrong_audit(
    "missing (NaN) afterwards. Your table is empty",
    differs=lambda old, new: (old != new) & old.notna() & new.notna(),
)
_wrong_audit("Your table is empty", keep=lambda o, n, d: d.any())
_wrong_audit("with 0 rows", keep=lambda old, new, d: True)
_wrong_audit("in the order of the table", since=lambda t: t.iloc[0] if len(t) else pd.NaT)
_wrong_audit("the last of them", since=lambda t: t.max())
_wrong_audit("should be a time", since=lambda t: "7 February, 9:00 or so")


@wrong("2.5", "Compare each flight with itself")
def by_position(before, after):
    return _audit(before, after.assign(flight_id=before["flight_id"].to_numpy()))


@wrong("2.5", "only the order of the rows")
def by_label(before, after):
    return _audit(before, after, match=False)


@wrong("2.5", "does not list `humid`")
def overlooks_one(before, after):
    return _audit(before, after).drop(index="humid", errors="ignore")


@wrong("2.5", "count the flights")
def shares(before, after):
    found = _audit(before, after)
    return found.assign(rows=found["rows"] / len(before))


@wrong("2.5", "That is every row")
def all_rows(before, after):
    return _audit(before, after).assign(rows=len(before))


@wrong("2.5", "does not list `humid`")
def from_the_onset_on(before, after):
    recent = before["sched_dep"] >= "2013-02-07"
    return _audit(before[recent], after)


@wrong("2.5", "should be a table")
def names_only(before, after):
    return list(_audit(before, after).index)


@wrong("2.5", "no column `since`")
def without_since(before, after):
    return _audit(before, after)[["rows"]]


@wrong("2.5", "changed its second argument")
def fills_the_gaps(before, after):
    after["visib"] = after["visib"].fillna(-1)
    return _audit(before.fillna({"visib": -1}), after)
