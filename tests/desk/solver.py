"""A scripted learner: finds out what happened at the desk from what everybody can read there.

It uses the desk's public tables and queries only (`window`, `labels`, `history`, `clock`, `first`),
the reference, and common sense about the data: the flights of an airport and an hour share one
observation of the weather, three airports lie close together, `hour` belongs to `sched_dep`.
"""

import numpy as np
import pandas as pd

from utils.desk.drift_window import LIVELY, POSSIBLE_RANGES
from utils.flights import REFERENCE, WEATHER, load_flights

HALF_DAY = pd.Timedelta("12h")
ACTIONS = {
    "nothing": "leave it",
    "new category": "retrain",
    "other flights": "leave it",
    "other outcomes": "retrain",
    "slow model": "roll back",
    "failing model": "roll back",
}


def solve(stack) -> dict:
    """Return the answer: `column`, `kind`, `start`, `action`."""
    flights = stack.window()
    first, clock = stack.first, stack.clock()
    found = (
        _service(stack)
        or _silence(flights, first, clock)
        or _clock(flights)
        or _categories(flights, first)
        or _impossible(flights)
        or _distances(flights)
        or _disagreement(flights)
        or _missing(flights)
        or _stuck(flights)
        or _stations(flights, first)
        or _jump(flights, first)
        or _other_flights(flights, first, clock)
        or _outcomes(flights, stack.labels(), first)
        or (None, "nothing", None)
    )
    column, kind, start = found
    if start is not None:
        start = pd.Timestamp(start).floor(HALF_DAY)
    action = ACTIONS.get(kind, "fix the source")
    return {"column": column, "kind": kind, "start": start, "action": action}


def _service(stack):
    """Errors, refusals and slowness, as the drift job counts them at each of its runs."""
    for outcome, kind in (("invalid", "refused requests"), ("error", "failing model")):
        table = stack.history(f'drift_requests_share{{outcome="{outcome}"}}')
        bad = table[table["value"] > 0.05]
        if len(bad):
            return None, kind, bad["at"].iloc[0] - pd.Timedelta("6h")
    slow = stack.history("drift_quick_calls_share < 0.02")
    if len(slow):
        return None, "slow model", slow["at"].iloc[0] - pd.Timedelta("6h")
    return None


def _silence(flights, first, clock):
    newest = flights["sched_dep"].max()
    if clock - newest > pd.Timedelta("8h"):
        return None, "silent feed", newest.ceil(HALF_DAY)
    return None


def _clock(flights):
    told = flights["sched_dep"].dt.hour + flights["sched_dep"].dt.minute / 60
    odd = (flights["hour"] - told).abs() > 0.01
    return ("hour", "shifted clock", flights["sched_dep"][odd].min()) if odd.sum() > 5 else None


def _categories(flights, first):
    reference = load_flights(*REFERENCE)
    odd = ~flights["carrier"].isin(reference["carrier"].unique())
    # A rare guest is no news.
    often = odd.groupby(flights["sched_dep"].dt.floor(HALF_DAY)).sum() > 5
    return ("carrier", "new category", often.index[often][0]) if often.any() else None


def _impossible(flights):
    for column in WEATHER:
        low, high = POSSIBLE_RANGES[column]
        odd = (flights[column] < low) | (flights[column] > high)
        if odd.sum() > 20:
            return column, "changed unit", flights["sched_dep"][odd].min()
    return None


def _distances(flights):
    """A route has its distance; when most are new ones, it is not the routes."""
    known = load_flights(*REFERENCE)["distance"].unique()
    odd = ~flights["distance"].isin(known)
    share = odd.groupby(flights["sched_dep"].dt.floor(HALF_DAY)).mean()
    if (share > 0.5).any():
        return "distance", "changed unit", share.index[share > 0.5][0]
    return None


def _odd_ones(flights, column):
    """Return which flights have another value than most of their airport and hour."""
    known = flights[["origin", column]].assign(hour=flights["sched_dep"].dt.floor("h"))
    counts = known.value_counts(["origin", "hour", column], sort=True).reset_index()
    most = counts.drop_duplicates(["origin", "hour"])
    usual = known.merge(most, on=["origin", "hour"], how="left")[f"{column}_y"].to_numpy()
    return (flights[column] != usual) & flights[column].notna()


def _disagreement(flights):
    odd = {column: _odd_ones(flights, column) for column in WEATHER}
    touched = [column for column, rows in odd.items() if rows.sum() > 10]
    if not touched:
        return None
    start = min(flights["sched_dep"][odd[column]].min() for column in touched)
    if set(touched) <= {"visib", "precip", "wind_speed"}:
        # Where the odd one is the fine weather, or the others are and it was the rule.
        wind = flights[odd["wind_speed"]]
        if (wind["wind_speed"] == 0).mean() > 0.5:
            return ["visib", "precip", "wind_speed"], "default values", start
    if len(touched) >= 4:
        return WEATHER, "wrong join", start
    return touched, "changed unit", start


def _missing(flights):
    hour = flights["sched_dep"].dt.floor("h")
    for column in ["temp", "humid", "wind_speed", "precip", "visib"]:
        gone = flights[column].isna()
        shared = gone.groupby([flights["origin"], hour]).transform("mean")
        # A station is silent for everybody, or for nobody.
        some = gone & (shared < 1)
        if some.sum() > 10:
            return column, "missing values", flights["sched_dep"][some].min()
        for _, rows in gone.groupby([flights["origin"], hour]).mean().groupby("origin"):
            seen = rows.droplevel("origin")
            run = (seen < 1).cumsum()[seen == 1]
            lengths = run.value_counts()
            if len(lengths) and lengths.max() > 5:
                return column, "missing values", run[run == lengths.idxmax()].index[0]
    return None


def _hourly(flights):
    hour = flights["sched_dep"].dt.floor("h").rename("observed")
    return flights.groupby(["origin", hour])[WEATHER].median()


def _stuck(flights):
    for _, rows in _hourly(flights).groupby("origin"):
        seen = rows.droplevel("origin")[LIVELY].dropna()
        runs = (seen != seen.shift()).any(axis=1).cumsum()
        lengths = runs.value_counts()
        if lengths.max() > 4:
            # The first of the run was still a reading.
            return WEATHER, "stuck values", runs[runs == lengths.idxmax()].index[1]
    return None


def _change_point(series: pd.Series):
    """Return from when on a series has another level: the split into two means that fits best."""
    values = series.dropna()
    before = np.arange(1, len(values))
    after = len(values) - before
    sums = values.cumsum().to_numpy()
    gap = sums[:-1] / before - (sums[-1] - sums[:-1]) / after
    return values.index[np.argmax(before * after * gap**2) + 1]


def _stations(flights, first):
    hourly = _hourly(flights)
    middle = hourly.groupby("observed").transform("median")
    apart = hourly - middle
    limits = {"temp": 5, "humid": 18, "wind_speed": 4.5}
    found = []
    for column, limit in limits.items():
        for origin, rows in apart[column].groupby("origin"):
            series = rows.droplevel("origin").dropna()
            # What is wrong stays wrong until the end.
            now = series[series.index > series.index[-1] - pd.Timedelta("20h")].mean()
            usual = series[series.index < first].mean()
            if abs(now - usual) > limit:
                found.append((abs(now - usual) / limit, column, origin, series))
    if not found:
        return None
    _, column, origin, series = max(found, key=lambda f: f[0])
    start = _change_point(series)
    own = hourly[column].xs(origin, level="origin")
    others = middle[column].xs(origin, level="origin")
    after = own.index >= start
    celsius = (others[after] - 32) / 1.8
    unit = column == "temp" and (own[after] - celsius).abs().median() < 4
    return column, "changed unit" if unit else "biased sensor", start


def _jump(flights, first):
    """All stations at once: Celsius for Fahrenheit."""
    temp = _hourly(flights)["temp"].groupby("observed").median()
    steps = temp.diff()
    wild = steps.abs() > 20
    return ("temp", "changed unit", steps.index[wild][0]) if wild.any() else None


def _other_flights(flights, first, clock):
    """Compare each half day with the same half days of the reference weeks."""
    reference = load_flights(*REFERENCE)
    scores = {
        "origin": lambda f: (f["origin"] == "LGA").mean(),
        "distance": lambda f: f["distance"].mean(),
        "hour": lambda f: (f["hour"] >= 17).mean(),
    }
    # How much each moves, half day by half day, on calm days.
    limits = {"origin": 0.12, "distance": 110, "hour": 0.2}
    half = flights["sched_dep"].dt.floor(HALF_DAY)
    march = reference["sched_dep"].dt.floor(HALF_DAY)
    kind = reference["weekday"] + (march.dt.hour > 0).astype("str")
    for column, score in scores.items():
        usual = {name: score(group) for name, group in reference.groupby(kind)}
        rows = {}
        for moment, group in flights.groupby(half):
            if len(group) < 100 or clock - moment < HALF_DAY:
                continue
            name = f"{moment:%a}" + str(moment.hour > 0)
            rows[moment] = score(group) - usual[name]
        change = pd.Series(rows)
        level = change[change.index < first].median()
        beyond = (change - level).abs() > limits[column]
        beyond = beyond[beyond.index >= first]
        if beyond.any():
            return column, "other flights", beyond.index[beyond][0]
    return None


def _outcomes(flights, labels, first):
    known = flights.merge(labels[["flight_id", "late"]], on="flight_id").dropna(subset="late")
    surprise = known["late"] - known["probability"]
    half = known["sched_dep"].dt.floor(HALF_DAY)
    days = surprise.groupby(half).agg(["mean", "size"])
    days = days[days["size"] > 100]["mean"]
    replayed = days[days.index >= first - pd.Timedelta("1D")]
    early = surprise[known["hour"] < 11].groupby(known["sched_dep"].dt.floor("D")).mean()
    late = surprise[known["hour"].between(16, 21)].groupby(known["sched_dep"].dt.floor("D")).mean()
    twist = (early - late).dropna()
    usual = twist[twist.index < first]
    now = twist[twist.index >= first]
    if len(now) and (now > usual.max() + 0.15).any():
        return "late", "other outcomes", now.index[now > usual.max() + 0.15][0]
    high = replayed[(replayed > 0.22) & (replayed.index >= first)]
    if len(high) >= 2:
        return "late", "other outcomes", high.index[0]
    return None
