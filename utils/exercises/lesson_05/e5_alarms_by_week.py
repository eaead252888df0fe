"""Exercise 5.5: in which weeks, and for which column, the limits of a gate would have rung."""

import pandas as pd

from utils.exercises.expect import a_table
from utils.exercises.judges import Function, Slip
from utils.exercises.registry import exercise
from utils.exercises.verdicts import NotYet
from utils.flights import load_flights


def _cases():
    """Return tables in no order, with limits just above and just below a score."""
    from utils.drift.measure import wasserstein

    march = load_flights(10, 13).sample(1_500, random_state=5)
    spring = load_flights(14, 18).sample(3_000, random_state=5).reset_index(drop=True)
    score = {
        (c, w): wasserstein(march[c], g[c])
        for w, g in spring.groupby("week")
        for c in ("temp", "distance", "wind_speed")
    }
    windy = sorted(s for (c, _), s in score.items() if c == "wind_speed")
    same = pd.concat([march.assign(week=20), spring[spring["week"] == 14]])
    autumn = load_flights(37, 41).sample(2_000, random_state=6)
    return {
        "weeks 14 to 18, with two limits": (march, spring, {"temp": 1.23, "distance": 0.1}),
        "weeks 14 to 18, with a limit just below a score and one just above": (
            march,
            spring,
            {
                "temp": score["temp", 17] * 0.99,
                "distance": score["distance", 16] * 1.01,
                "wind_speed": (windy[1] + windy[2]) / 2,
            },
        ),
        "week 14 and a week of the reference's own flights, with the limit 0": (
            march,
            same.reset_index(drop=True),
            {"temp": 0},
        ),
        "weeks 37 to 41, with one limit": (march, autumn, {"temp": 4.0}),
    }


def _alarms(over=lambda score, limit: score > limit, swapped=False, before=False, limit=None):
    """Make a function: when a score is over its limit, and what is compared with what."""

    def alarms_by_week(reference, flights, limits):
        from utils.drift.measure import wasserstein

        weeks, rows = dict(list(flights.groupby("week"))), {}
        for week, group in weeks.items():
            old = weeks.get(week - 1, reference) if before else reference
            pairs = {c: (old[c], group[c])[:: -1 if swapped else 1] for c in limits}
            bound = limit(limits) if limit else None
            rows[week] = {
                c: over(wasserstein(*pairs[c]), limits[c] if bound is None else bound)
                for c in limits
            }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("week")

    return alarms_by_week


def _form(value, name):
    """Ask for a table of True and False, and return it as a dictionary by week and column."""
    if isinstance(value, pd.DataFrame) and "week" not in [*value.columns, *value.index.names]:
        value = value.rename_axis("week")
    table = a_table(value, name, ["week"]).set_index("week")
    if not pd.api.types.is_numeric_dtype(table.index):
        raise NotYet(
            f"{name} has the rows {list(table.index)}; there should be one for each week. Is the "
            "table the wrong way round? `.T` turns it."
        )
    if not table.index.is_unique:
        raise NotYet(
            f"{name} has several rows for week {table.index[table.index.duplicated()][0]}."
        )
    for column in table:
        values = set(pd.unique(table[column]).tolist())
        if values <= {0, 1}:
            continue
        raise NotYet(
            f"The column `{column}` of the table should hold True and False; it holds "
            f"{next(v for v in values if v not in (0, 1))!r}. Compare the score with its limit."
        )
    return {int(week): {str(c): bool(v) for c, v in row.items()} for week, row in table.T.items()}


class _ByWeek(Function):
    def told(self, name, got):
        return (
            f"For {name}, your table has {sum(sum(row.values()) for row in got.values())} alarms."
        )


def _first_difference(name, got, wanted):
    if sorted(got) != sorted(wanted):
        return f"It has rows for the weeks {sorted(got)}; there should be {sorted(wanted)}."
    columns = list(next(iter(wanted.values())))
    if sorted(next(iter(got.values()))) != sorted(columns):
        return f"It has the columns {list(next(iter(got.values())))}; the limits are for {columns}."
    week, column = next((w, c) for w in wanted for c in columns if got[w][c] != wanted[w][c])
    return (
        f"`{column}` of week {week} is {got[week][column]}. Compare `measure.wasserstein(reference"
        f"[{column!r}], ...)` of that week with the limit by hand."
    )


SLIPS = [
    Slip(
        "Reference and week are swapped: the score is divided by the spread of the reference, so "
        "that comes first.",
        _alarms(swapped=True),
    ),
    Slip(
        "Is each week compared with the week before? The reference of the gate is fixed.",
        _alarms(before=True),
    ),
    Slip(
        "True where the score is *above* the limit: that is an alarm.",
        _alarms(over=lambda score, limit: score < limit),
    ),
    Slip(
        "A score that is exactly at its limit is not above it.",
        _alarms(over=lambda score, limit: score >= limit),
    ),
    Slip("Each column has a limit of its own.", _alarms(limit=lambda limits: min(limits.values()))),
    Slip("Each column has a limit of its own.", _alarms(limit=lambda limits: max(limits.values()))),
    Slip("Evidently's default of 0.1 is not your limit.", _alarms(limit=lambda limits: 0.1)),
]

exercise(
    "5.5",
    "How often would it have rung?",
    stars=2,
    minutes=10,
    hints=[
        'Go week by week: `for week, batch in flights.groupby("week")`.',
        "For each column in `limits`, compare `measure.wasserstein(reference[column], "
        "batch[column])` with `limits[column]`.",
        "`rows[week] = {column: measure.wasserstein(reference[column], batch[column]) > limit for "
        "column, limit in limits.items()}`.",
        'End with `pd.DataFrame.from_dict(rows, orient="index").rename_axis("week")`.',
    ],
    learned="An alarm that has been counted on real weeks is an alarm you can promise something "
    "about.",
    check=_ByWeek(
        "alarms_by_week",
        _alarms(),
        arguments=3,
        result=_form,
        cases=_cases,
        slips=SLIPS,
        otherwise=_first_difference,
    ),
)
