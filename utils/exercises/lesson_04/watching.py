"""Judge a choice of methods and thresholds on calm weeks and on the same weeks with faults.

Any choice passes that is silent in every calm week and alarms for every fault (lesson 04).
"""

from utils.exercises.lesson_04.evidently_answers import (
    CALM_WEEKS,
    FAULTS,
    WATCHED,
    evidently,
    verdict,
)
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet

# Evidently's methods whose score is a p-value: drift is a small one.
P_VALUES = {
    "anderson",
    "chisquare",
    "cramer_von_mises",
    "es",
    "fisher_exact",
    "g_test",
    "ks",
    "mannw",
    "t_test",
    "z",
}


def judge(answer) -> str:
    """Judge the learner's preset; return what to say when it is right."""
    choices = _choices(answer)
    for column, (method, threshold) in choices.items():
        for week in CALM_WEEKS:
            score, limit, drifted = verdict(column, method, threshold, week, struck=False)
            if drifted:
                raise NotYet(_too_loud(column, method, week, score, limit))
        for week in CALM_WEEKS:
            score, limit, drifted = verdict(column, method, threshold, week, struck=True)
            if not drifted:
                raise NotYet(_too_deaf(column, method, threshold, week, score, limit))
    weeks = ", ".join(map(str, CALM_WEEKS[:-1])) + f" and {CALM_WEEKS[-1]}"
    return (
        f"Silent in weeks {weeks} as they were, and alarmed by each of three faults in each of "
        "them. Two of these weeks you had not seen. A threshold is a statement about calm weeks, "
        "not about the method."
    )


def _choices(answer):
    """Return the method and the threshold for each watched column."""
    if isinstance(answer, evidently().Report):
        answer = answer.metrics
    if isinstance(answer, dict):
        raise NotYet(
            "`watch` is a dictionary. Hand your methods and thresholds to the preset: "
            "`DataDriftPreset(per_column_method=..., per_column_threshold=...)`."
        )
    if type(answer).__name__ == "Snapshot":
        raise NotYet("`watch` is the result of a run; asked for is the preset, before any run.")
    chosen = {}
    for part in answer if isinstance(answer, (list, tuple)) else [answer]:
        if isinstance(part, evidently().presets.DataDriftPreset):
            chosen |= _of_preset(part)
        elif isinstance(part, evidently().metrics.ValueDrift):
            if part.tests:
                raise NotYet(
                    f"The metric of `{part.column}` has tests of its own, which take the place of "
                    "its threshold. Leave them out here."
                )
            chosen[part.column] = (part.method, part.threshold)
        else:
            raise NotYet(f"`watch` should be a DataDriftPreset; it is {describe(part)}.")
    if unwatched := [column for column in WATCHED if column not in chosen]:
        raise NotYet(
            f"`{unwatched[0]}` is not watched: `columns` leaves it out, and no report would say so."
        )
    return {column: chosen[column] for column in WATCHED}


def _of_preset(preset):
    for field in ("per_column_method", "per_column_threshold"):
        for name in getattr(preset, field) or {}:
            if name not in WATCHED:
                raise NotYet(
                    f"`{field}` names `{name}`, and the columns are {list(WATCHED)}. Evidently "
                    "says nothing about such a name, and takes its default."
                )
    columns = WATCHED if preset.columns is None else preset.columns
    return {
        column: (_setting(preset, "method", column), _setting(preset, "threshold", column))
        for column in columns
        if column in WATCHED
    }


def _setting(preset, what, column):
    """Return what a preset says of a column: the most special setting wins."""
    own = (getattr(preset, f"per_column_{what}") or {}).get(column)
    of_kind = getattr(preset, f"{WATCHED[column]}_{what}")
    return next((s for s in (own, of_kind, getattr(preset, what)) if s is not None), None)


def _too_loud(column, method, week, score, limit):
    name = method or "the default method"
    given = f"Week {week} as it was is calm, but `{column}` alarms"
    if method in P_VALUES:
        if limit > 0.5:
            return (
                f"{given}: the p-value of {name} is {score:.3f}, and your threshold is {limit:g}. "
                "A p-value alarms when it is below the threshold, so that means nearly always."
            )
        return (
            f"{given}: the p-value of {name} is {score:.3f}, below {limit:g}. With thousands of "
            "flights every ordinary week differs from the reference beyond chance. You want to "
            "know by how much: take a distance."
        )
    more = ""
    if limit <= 0.05 < score:
        more = (
            " That is a common threshold for p-values. This score is a distance: it is 0 for "
            "equal data, and it grows with the drift."
        )
    elif method is None:
        more = " (You left the method to Evidently.)"
    return (
        f"{given}: by {name} its score is {score:.3f}, and your threshold is {limit:g}.{more} "
        "How large is the score in calm weeks? Leave room above it."
    )


def _too_deaf(column, method, threshold, week, score, limit):
    name = method or "the default method"
    given = f"In week {week} with {FAULTS[column]}, `{column}` stays silent"
    if method in P_VALUES:
        return f"{given}: the p-value of {name} is {score:.3g}, not below {limit:g}."
    more = " (That threshold is Evidently's default.)" if threshold is None else ""
    return (
        f"{given}: by {name} its score is {score:.3f}, and your threshold is {limit:g}.{more} The "
        "threshold must lie between the scores of the calm weeks and those with a fault."
    )
