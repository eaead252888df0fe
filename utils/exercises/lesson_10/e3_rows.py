"""Exercise 10.3: the rows that a model may learn from, a function that gives a table."""

from typing import Any

import pandas as pd

from utils.exercises.expect import a_function, a_table, result_of
from utils.exercises.lesson_10 import desk_table
from utils.exercises.lesson_10.desk_table import BACKTEST, DAY, MARGIN, MONDAY, SINCE, UNTIL
from utils.exercises.registry import exercise
from utils.exercises.verdicts import NotYet
from utils.flights import FEATURES

FEWEST = 500


@exercise(
    "10.3",
    "Rows to learn from",
    stars=2,
    minutes=12,
    hints=[
        "Three conditions on rows, joined with `&`: known by now, not too old, and not spoilt.",
        "Known: `flights['sched_dep'] <= now - pd.Timedelta(days=1)`. Spoilt: EWR *and* between "
        "the two times; `~` turns a condition round.",
        "A window begins so many weeks before `now`, `now - pd.Timedelta(weeks=...)`. In the "
        "backtest above, which windows lost nothing?",
    ],
    learned="Known outcomes, no spoilt rows, a window that stood a backtest.",
)
def training_rows(answer: Any) -> str:
    """Judge the rows at several moments, and the window by a backtest."""
    function = a_function(answer, "training_rows", 2)
    table = desk_table.flights()
    # Moments within a day, so that the last day matters to the minute, and while it was spoilt.
    for now in map(pd.Timestamp, ("2013-05-17 14:00", "2013-05-16 18:30", MONDAY)):
        _rows(result_of(function, table, now), now)
    rows = _rows(result_of(function, table, BACKTEST), BACKTEST)
    gain = desk_table.backtest(rows)
    weeks = (rows["sched_dep"].max() - rows["sched_dep"].min()) / pd.Timedelta("7D")
    said = (
        f"With `now` = {BACKTEST:%d %B}, your function gives {len(rows):,} flights of {weeks:.0f} "
        f"weeks; on the flights of 6 to 18 May a model trained on them "
    )
    result = "gains" if gain >= 0 else "loses"
    if gain < -MARGIN:
        raise NotYet(
            f"{said}{result} {abs(gain):.3f} against the champion, and {MARGIN} is the most. "
            "A window of few weeks learns what these weeks were like. Try a longer one."
        )
    return f"{said}{result} {abs(gain):.3f}. That was known before `now`: you can defend it."


def _rows(rows: Any, now: pd.Timestamp) -> pd.DataFrame:
    at = f"With `now` = {now:%d %B, %H:%M}"
    rows = a_table(rows, "What `training_rows` returns", [*FEATURES, "late", "sched_dep"])
    if not pd.api.types.is_datetime64_any_dtype(rows["sched_dep"]):
        raise NotYet(f"{at}, `sched_dep` came back changed. Return rows of `flights` as they are.")
    unknown = rows["sched_dep"] > now - DAY
    if unknown.any():
        newest = rows["sched_dep"].max()
        why = (
            "These flights have not even left."
            if newest > now
            else "It left before `now`, but its outcome comes a day later."
        )
        raise NotYet(
            f"{at}, {unknown.sum():,} rows have an outcome that nobody knows yet; the newest "
            f"leaves on {newest:%d %B, %H:%M}. {why} (In `flights` the outcome stands there: at "
            "the desk it would not.)"
        )
    if (spoilt := desk_table.spoilt(rows)).any():
        first = rows.loc[spoilt, "sched_dep"].min()
        raise NotYet(
            f"{at}, {spoilt.sum():,} spoilt rows are among them, the first of {first:%d %B, %H:%M}:"
            " EWR from 15 May, 12:00 on, and before midnight. Leave them out (join the three "
            "conditions on time and airport with `&`, and turn them round with `~`), or give them "
            "their temperature in Fahrenheit."
        )
    if len(rows) < FEWEST:
        raise NotYet(
            f"{at}, {len(rows):,} rows are left, too few to learn from. Is `&` where `|` should "
            "be, or a comparison turned round?"
        )
    if rows["sched_dep"].max() < now - 3 * DAY:
        raise NotYet(
            f"{at}, the newest row is of {rows['sched_dep'].max():%d %B}. Are rows of this spring "
            "among them? The champion knows the winter already; go up to what is known."
        )
    earlier = rows[rows["sched_dep"] < SINCE]
    if len(earlier) and "EWR" not in set(earlier["origin"]):
        raise NotYet(
            f"{at}, no flight from EWR before the fault is among the rows, though other airports' "
            "are. Until 15 May, 12:00, EWR was well."
        )
    after = rows[rows["sched_dep"] >= UNTIL]
    if len(after) and "EWR" not in set(after["origin"]):
        raise NotYet(
            f"{at}, no flight from EWR after the fault is among the rows, though other airports' "
            "are. From midnight on, EWR was well again."
        )
    return rows
