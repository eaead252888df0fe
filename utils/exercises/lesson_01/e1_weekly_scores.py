"""Exercise 1.1: a table of scores, one row a week."""

import numpy as np
import pandas as pd

from utils.exercises.expect import a_table, close, numbers
from utils.exercises.judges import Function, Slip
from utils.exercises.lesson_01.scored_weeks import some_flights
from utils.exercises.registry import exercise
from utils.exercises.verdicts import NotYet

CASE = "the flights of three weeks"
COLUMNS = ["flights", "late", "predicted", "roc_auc", "log_loss", "brier"]
# Three decimals suffice: whoever rounds is right, too.
TOLERANCE = 6e-4


def _right(flights, probability):
    from utils import model

    return model.weekly_scores(flights, probability)


def _with(name, wrong):
    """Return a slip's function: right but for one column, of which `wrong` makes another."""

    def weekly_scores(flights, probability):
        scored = flights.assign(p=probability)
        table = _right(flights, probability)
        return table.assign(**{name: [wrong(g, table.loc[w]) for w, g in scored.groupby("week")]})

    return weekly_scores


def _decided(metric):
    """Return a slip's column: a metric of scikit-learn, of yes-or-no decisions."""

    def wrong(group, _):
        from sklearn import metrics

        known = group.dropna(subset="late")
        return getattr(metrics, metric)(known["late"], (known["p"] >= 0.5).astype(float))

    return wrong


def _known(group):
    return group.dropna(subset="late")


def _by_label(flights, probability):
    """A new Series has labels of its own, and pandas puts rows together by label."""
    return _right(flights, pd.Series(probability).reindex(flights.index).to_numpy())


def _first_ones(flights, probability):
    known = flights.dropna(subset="late")
    return _right(known, probability[: len(known)])


SLIPS = [
    Slip(
        "It counts the flights without an outcome too; leave them out first.",
        _with("flights", lambda group, right: len(group)),
    ),
    Slip(
        "It is a number of flights, not a share of them.",
        _with("late", lambda group, right: group["late"].sum()),
    ),
    Slip(
        "It is divided by all flights, also by those without an outcome.",
        _with("late", lambda group, right: group["late"].sum() / len(group)),
    ),
    Slip(
        "The probabilities have come to other flights. pandas puts a new Series to a table by its "
        "labels; put the array itself in.",
        _by_label,
    ),
    Slip(
        "The probabilities have come to other flights: those of the first rows were taken. Put "
        "them into the table before you leave rows out.",
        _first_ones,
    ),
    Slip(
        "Flights with a gap in some other column are left out, too. Only a missing `late` means "
        "that there is no outcome.",
        _with("flights", lambda group, right: len(group.dropna())),
    ),
    Slip(
        "It is in percent; give the share.",
        _with("late", lambda group, right: 100 * right["late"]),
    ),
    Slip(
        "It is the share of flights that were *not* late.",
        _with("late", lambda group, right: 1 - right["late"]),
    ),
    Slip(
        "It is the share of yes-or-no decisions; asked for is the mean probability.",
        _with("predicted", lambda group, right: (_known(group)["p"] >= 0.5).mean()),
    ),
    Slip(
        "It is the median; asked for is the mean.",
        _with("predicted", lambda group, right: _known(group)["p"].median()),
    ),
    Slip(
        "It includes the flights without an outcome; leave them out.",
        _with("predicted", lambda group, right: group["p"].mean()),
    ),
    Slip(
        "It is computed from yes-or-no decisions; give it the probabilities.",
        _with("roc_auc", _decided("roc_auc_score")),
    ),
    Slip(
        "It is the other way round (1 minus ROC AUC). First the outcome, then the probability of "
        "being late.",
        _with("roc_auc", lambda group, right: 1 - right["roc_auc"]),
    ),
    Slip(
        "It is computed from yes-or-no decisions; give it the probabilities.",
        _with("log_loss", _decided("log_loss")),
    ),
    Slip(
        "It is computed from yes-or-no decisions; give it the probabilities.",
        _with("brier", _decided("brier_score_loss")),
    ),
    Slip(
        "It is negative; a loss counts upwards from 0.",
        _with("log_loss", lambda group, right: -right["log_loss"]),
    ),
    Slip(
        "It is in bits, from the logarithm to base 2; scikit-learn's `log_loss` takes the natural "
        "one.",
        _with("log_loss", lambda group, right: right["log_loss"] / np.log(2)),
    ),
    Slip(
        "It is the root of the Brier score; leave the root out.",
        _with("brier", lambda group, right: np.sqrt(right["brier"])),
    ),
    Slip(
        "It is what belongs into `brier`: the two are exchanged.",
        _with("log_loss", lambda group, right: right["brier"]),
    ),
]


def _table(value, name):
    """Return the columns as lists, one value for each of the three weeks in their order."""
    weeks = sorted({int(week) for week in some_flights()[0]["week"]})
    if isinstance(value, pd.DataFrame) and "week" not in [*value.columns, *value.index.names]:
        if set(value.columns) == set(weeks):
            raise NotYet(
                "Your table has a column for each week; it should have a row. `.T` turns it."
            )
        if set(value.index) == set(weeks):
            value = value.rename_axis("week")
    returned = "What `weekly_scores` returns"
    table = a_table(value, returned, ["week", *COLUMNS], rows=len(weeks)).set_index("week")
    for column, values in {"week": table.index, **table[COLUMNS]}.items():
        if texts := [v for v in values if isinstance(v, str)]:
            raise NotYet(f"The column `{column}` holds text, {texts[0]!r}; it should be numbers.")
    if sorted(table.index) != weeks:
        there = ", ".join(map(str, table.index))
        raise NotYet(
            f"`week` holds {there}; the flights are of weeks {', '.join(map(str, weeks))}."
        )
    table = table.loc[weeks]
    return {c: [float(v) for v in numbers(table[c], f"The column `{c}`")] for c in COLUMNS}


def _is_off(name, got, wanted):
    return not all(_near(name, *pair) for pair in zip(got[name], wanted[name], strict=True))


def _near(name, one, other):
    # A number of flights is whole: one flight too few is wrong in whatever week.
    return close(one, other, 1e-9 if name == "flights" else TOLERANCE)


class _Scores(Function):
    """Compares column by column: the first that is wrong decides which slip it is."""

    def _first_wrong(self, got):
        return next((c for c in COLUMNS if _is_off(c, got, self.wanted(CASE))), None)

    def accepts(self, got, wanted):
        return not any(_is_off(column, got, wanted) for column in COLUMNS)

    def is_like(self, got, slip):
        wrong = self._first_wrong(got)
        return wrong == self._first_wrong(slip) and not _is_off(wrong, got, slip)

    def told(self, name, got):
        wrong, weeks = self._first_wrong(got), sorted(some_flights()[0]["week"].unique())
        off = next(
            i
            for i, (a, b) in enumerate(zip(got[wrong], self.wanted(name)[wrong], strict=True))
            if not _near(wrong, a, b)
        )
        return f"`{wrong}` of week {weeks[off]} is {got[wrong][off]:.6g}."


def _otherwise(name, got, wanted):
    wrong = next(c for c in COLUMNS if _is_off(c, got, wanted))
    if len(set(got[wrong])) == 1:
        return "It is so in every week. Does it use the group of the week, or the whole table?"
    return (
        "That is not what the flights of that week give. Compute it once by hand, as in the cell "
        "for weeks 16 and 17."
    )


exercise(
    "1.1",
    "A weekly score table",
    stars=2,
    minutes=12,
    hints=[
        "Put the probabilities into the table first (`flights.assign(probability=probability)`), "
        "so that dropping a row drops both.",
        'Drop the flights without an outcome with `.dropna(subset="late")`, then go through '
        '`.groupby("week")`.',
        'In a loop `for week, group in scored.groupby("week"):` fill a dictionary '
        '`rows[week] = {"flights": len(group), ...}` with the metrics of the cell above.',
        'End with `return pd.DataFrame.from_dict(rows, orient="index").rename_axis("week")`.',
    ],
    learned="A metric by week is where monitoring a model begins; everything else explains it.",
    check=_Scores(
        "weekly_scores",
        _right,
        arguments=2,
        cases=lambda: {CASE: some_flights()},
        result=_table,
        tolerance=TOLERANCE,
        slips=SLIPS,
        otherwise=_otherwise,
    ),
)
