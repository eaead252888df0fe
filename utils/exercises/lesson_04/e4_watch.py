"""Exercise 4.4: methods and thresholds that are silent in calm weeks and alarm for each fault."""

from dataclasses import dataclass

from utils.exercises.judges import Check
from utils.exercises.lesson_04.april_weeks import CALM_WEEKS, FAULTS, WATCHED, verdict
from utils.exercises.lesson_04.old_names import evidently
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet

# Evidently's methods whose score is a p-value: drift is a small one.
_P = "anderson chisquare cramer_von_mises es fisher_exact g_test ks mannw t_test z"
P_VALUES = _P.split()


def _right():
    return evidently().presets.DataDriftPreset(
        columns=list(WATCHED),
        per_column_method={
            "hour": "wasserstein",
            "temp": "wasserstein",
            "carrier": "jensenshannon",
        },
        per_column_threshold={"hour": 0.3, "temp": 3.0, "carrier": 0.05},
    )


def _a_preset(answer):
    """Ask for a DataDriftPreset of the three columns."""
    if isinstance(answer, dict):
        raise NotYet(
            "`watch` is a dictionary. Hand your methods and thresholds to the preset: "
            "`DataDriftPreset(per_column_method=..., per_column_threshold=...)`."
        )
    if isinstance(answer, (list, tuple)):
        raise NotYet(f"`watch` is {describe(answer)}; asked for is the preset itself, in no list.")
    if type(answer).__name__ in ("Snapshot", "Report"):
        raise NotYet(
            f"`watch` is a {type(answer).__name__}; asked for is the preset alone, which goes into "
            "a report."
        )
    if not isinstance(answer, evidently().presets.DataDriftPreset):
        raise NotYet(f"`watch` should be a DataDriftPreset; it is {describe(answer)}.")
    for field in ("per_column_method", "per_column_threshold"):
        for name in getattr(answer, field) or {}:
            if name not in WATCHED:
                raise NotYet(
                    f"`{field}` names `{name}`, which is none of the three columns. Evidently says "
                    "nothing about a name that it does not find, and takes its default."
                )
    if answer.columns is None:
        raise NotYet(
            "Your preset watches every column of the table. Say which three with `columns=[...]`."
        )
    for column in WATCHED:
        if column not in answer.columns:
            raise NotYet(
                f"`{column}` is not watched: `columns` leaves it out, and no report would say so."
            )
    if extra := [column for column in answer.columns if column not in WATCHED]:
        raise NotYet(f"`columns` names `{extra[0]}` as well; three columns were asked for.")
    if len(answer.columns) > len(WATCHED):
        raise NotYet("`columns` names a column twice; three columns were asked for.")
    return answer


def _setting(preset, what, column):
    """Return what a preset says of a column: the most special setting wins."""
    own = (getattr(preset, f"per_column_{what}") or {}).get(column)
    of_kind = getattr(preset, f"{WATCHED[column]}_{what}")
    return next((s for s in (own, of_kind, getattr(preset, what)) if s is not None), None)


@dataclass(eq=False)
class Watch(Check):
    """A preset; a case is a column of a week, as it was or struck. What counts is the verdict."""

    def read(self, answer):
        """Return the method and the threshold for each column."""
        preset = _a_preset(answer)
        return {c: [_setting(preset, what, c) for what in ("method", "threshold")] for c in WATCHED}

    def own(self, answer):
        """Make the preset, for which Evidently is needed."""
        return answer() if callable(answer) else answer

    def observe(self, answer, name, case):
        """Return the settings and the verdict."""
        column, week, struck = case
        return *answer[column], verdict(column, *answer[column], week, struck)

    def accepts(self, got, wanted):
        """Compare the verdicts; every method and threshold is as good as another."""
        return got[-1].drifted == wanted[-1].drifted

    def told(self, name, got):
        """Say what column did what, and in which week."""
        column, week, struck = CASES[name]
        if struck:
            return f"In week {week} with {FAULTS[column]}, `{column}` stays silent:"
        return f"Week {week} as it was is calm, but `{column}` alarms:"


def _too_loud(method, limit, score, by_default):
    if method in P_VALUES:
        said = f"the p-value of {method} is {score:.3f}"
        if limit > 0.5:
            return (
                f"{said}, and your threshold is {limit:g}. A p-value alarms when it is below the "
                "threshold, so that means nearly always."
            )
        return (
            f"{said}, below {limit:g}. With thousands of flights every ordinary week differs from "
            "the reference beyond chance. You want to know by how much: take a distance."
        )
    more = ""
    if limit <= 0.05 < score:
        more = (
            " That is a common threshold for p-values. This score is a distance: it is 0 for equal "
            "data, and it grows with the drift."
        )
    elif method is None:
        more = " (You left the method to Evidently.)"
    return (
        f"by {method or 'the default method'} its score is {score:.3f}, and your threshold is "
        f"{limit:g}.{more} How large is the score in calm weeks? Leave room above it."
    )


def _too_deaf(method, limit, score, by_default):
    if method in P_VALUES:
        return f"the p-value of {method} is {score:.3g}, not below {limit:g}."
    more = " (That threshold is Evidently's default.)" if by_default else ""
    return (
        f"by {method or 'the default method'} its score is {score:.3f}, and your threshold is "
        f"{limit:g}.{more} The threshold must lie between the scores of the calm weeks and those "
        "with a fault."
    )


def _why(name, got, wanted):
    method, threshold, found = got
    say = _too_loud if found.drifted else _too_deaf
    return say(method, found.threshold, found.score, threshold is None)


CASES = {
    f"{column} in week {week}, {'struck' if struck else 'as it was'}": (column, week, struck)
    for column in WATCHED
    for struck in (False, True)
    for week in CALM_WEEKS
}

exercise(
    "4.4",
    "Calm when it is calm",
    stars=3,
    minutes=12,
    hints=[
        "Look at `scores`: for each column, is there a gap between the weeks as they were and the "
        "weeks with a fault?",
        "`temp` alarms in calm weeks, so its threshold must rise; `carrier` is missed, so its "
        "threshold must fall. Stay away from both ends of the gap.",
        '`per_column_threshold={"temp": ..., "carrier": ...}`; with thresholds given, give the '
        'methods too: `per_column_method={"temp": "wasserstein", "carrier": "jensenshannon"}`.',
        "Between the largest calm score and the smallest with a fault, the middle is a fair "
        "choice.",
    ],
    learned=f"Silent in weeks {', '.join(map(str, CALM_WEEKS[:-1]))} and {CALM_WEEKS[-1]} as they "
    "were, and alarmed by each of three faults in each of them. Two of these weeks you had not "
    "seen. A threshold is a statement about calm weeks, not about the method.",
    check=Watch("watch", _right, cases=CASES, otherwise=_why),
)
