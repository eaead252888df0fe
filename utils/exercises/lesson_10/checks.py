"""The checks of lesson 10."""

from utils.desk import incidents
from utils.errors import CourseError
from utils.exercises.expect import a_number, one_of
from utils.exercises.lesson_10 import closing, incident_reports
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet


@exercise(
    "10.1",
    "Since when?",
    stars=2,
    minutes=12,
    hints=[
        "Make a table with a row an hour and a column an airport, as for the last figure, but with "
        "the day in the hour: `sched_dep.dt.floor('h')`.",
        "Take the median of each hour: a single wrong value does not move it. Then compare each "
        "airport with the middle one of the three.",
        "`far = hourly.sub(hourly.median(axis=1), axis=0).abs() > 15`. The airport is the column "
        "with most of them, `far.sum().idxmax()`.",
        "The hour is the first of `far.index[far[airport]]`.",
    ],
    learned="You compared an airport with its neighbours, hour by hour. What the neighbours share "
    "is weather; what one has alone is its station.",
)
def since_when(answer):
    closing.judge_since_when(answer)


RUNGS = ("fix the source", "roll back", "retrain", "leave it")

# What to say about a wrong rung: by call, then by rung, "" for any other.
_CALLS = {
    "A": (
        "fix the source",
        {
            "leave it": "A: the predictions hardly moved, and yet the model works without one of "
            "its features. What are the first rung's words?",
            "retrain": "A: a model retrained now would learn to live without visibility. The gap "
            "is not the world; somebody can close it.",
            "": "A: did a release come, or did the data go missing?",
        },
    ),
    "B": (
        "roll back",
        {
            "retrain": "B: a new model might be as wrong as version 4, and takes longer. What was "
            "in service at 16:59?",
            "fix the source": "B: the data are as always; what changed at 17:00?",
            "": "B: predictions that nearly double are no calm evening. What changed at 17:00?",
        },
    ),
    "C": (
        "leave it",
        {
            "retrain": "C: the world changed, but does it hurt? Read what the outcomes say.",
            "fix the source": "C: warm days in May are no wrong data.",
            "": "C: no release came. Does it hurt at all? Read what the outcomes say.",
        },
    ),
    "D": (
        "retrain",
        {
            "leave it": "D: nothing moves but the outcomes, and they say that the model is nearly "
            "a coin by now. The new rules stay.",
            "fix the source": "D: the data are right. What changed is what follows from them.",
            "": "D: the version before knows the new rules no better. What does?",
        },
    ),
    "E": (
        "leave it",
        {
            "retrain": "E: one window on one holiday. Will there be a world of that kind to learn?",
            "fix the source": "E: other flights are flown on a holiday. Is that a wrong number?",
            "": "E: no release came, and it is over. What is there to take back?",
        },
    ),
    "F": (
        "fix the source",
        {
            "leave it": "F: no wind and a clear view, in the rain? A good ROC AUC of *yesterday* "
            "says nothing of data that came since noon.",
            "retrain": "F: a model retrained on this learns that it never rains for that client.",
            "": "F: it is the client whose values changed. Was it a version of the model?",
        },
    ),
}


@exercise(
    "10.2",
    "Six calls",
    stars=1,
    minutes=8,
    hints=[
        "Take the rungs in their order, and stop at the first that holds: wrong data? a release? a "
        "changed world that hurts? else leave it.",
        "Two are wrong data, one is a release, one is a changed world that hurts. The other two "
        "you leave alone.",
        "Wrong data are those that cannot be true, or do not arrive. Only one call has outcomes "
        "that say that it hurts.",
    ],
    learned="In none of the six calls did the two columns of drift decide alone; the cause did.",
)
def calls(answer):
    if not isinstance(answer, dict) or set(answer) != set(_CALLS):
        raise NotYet(
            f"`calls` should stay a dictionary with the keys A to F; it is {describe(answer)}."
        )
    for call, (right, slips) in _CALLS.items():
        rung = one_of(answer[call], f"`calls[{call!r}]`", RUNGS)
        if rung != right:
            raise NotYet(slips.get(rung, slips[""]))


@exercise(
    "10.3",
    "Rows to learn from",
    stars=2,
    minutes=12,
    hints=[
        "Three conditions on rows, joined with `&`: known by now, not too old, and not spoilt.",
        "Known: `flights['sched_dep'] <= now - pd.Timedelta(days=1)`. Spoilt: EWR *and* between "
        "the two times; `~` turns a condition round.",
        "Too short a window learns one week's weather; the lesson used ten weeks. Everything since "
        "January does it, too.",
    ],
    learned="Known outcomes, no spoilt rows, a window that you can defend: three lines that many "
    "pipelines do not have.",
)
def training_rows(answer):
    return closing.judge_training_rows(answer)


@exercise(
    "10.4",
    "Champion or challenger?",
    stars=3,
    minutes=15,
    hints=[
        "First the flights with an outcome: `known = ~np.isnan(late)`, for all four arrays. Fewer "
        "than 500 of them, or fewer than 14 days among them: return at once.",
        "`gains` gives one number a flight; `pd.Series(...).groupby(day[known]).mean()` one a day.",
        "Draw as many days anew, with replacement, a few hundred times, and take the mean of each "
        "draw. The interval goes from the 2.5 % to the 97.5 % quantile of these means. Above zero: "
        "challenger. Below: champion. Else wait.",
    ],
    learned="A pair of predictions for the same flight takes out what both models find hard; days "
    "drawn whole keep in what all flights of a day share.",
)
def decide(answer):
    closing.judge_decide(answer)


@exercise(
    "10.5",
    "Five lines",
    stars=2,
    minutes=10,
    hints=[
        "Write it for somebody who does not know what a pager is: what, since when, who was "
        "touched, what you did, what comes next.",
        "`len(spoilt)` is a number for `impact`. `since` needs a beginning and an end.",
        "`next` is a change that somebody can make: a check, a unit sent along, a rule. 'Be more "
        "careful' is none.",
    ],
    learned="Your report has its five parts. Whether it is understood, only a reader can tell: "
    "give it to one.",
)
def incident_report(answer):
    incident_reports.judge(answer)


PASS = 80
_PARTS = {
    "column": "`column` is not right, or not all of it is: in which column do the values stop "
    "fitting to the others? None means that no column of the data is wrong.",
    "kind": "`kind` is not right. Read `incidents.KINDS` with your figure beside it: which of them "
    "would have made it?",
    "start": "`start` is not right to the half day. A page comes later than what caused it; look "
    "in `stack.window()` for the first flight that is wrong.",
    "action": "`action` is not right. Go through the ladder from the top.",
}


@exercise(
    "10.6",
    "The night shift",
    stars=3,
    minutes=30,
    hints=[
        "Begin with the page: alert, column, airport. No page at all? Look at the outcomes, and at "
        "whether there is an incident at all.",
        "Draw the metric that fired with `stack.history`. Then compare `stack.window()` before and "
        "after: missing, impossible, stuck, at odds with the flights beside?",
        "Each kind has its mark. Hours against `sched_dep`; weather of flights of the same hour "
        "and airport; the three airports beside each other; counts by airport; outcomes against "
        "probabilities.",
        "`incidents.hint(seed, 1)` says something about *your* incident, for ten points.",
    ],
    learned="You found it from reports and queries alone. Another seed is another night.",
)
def night_shift(answer):
    parts = {"seed", *incidents.POINTS, "hints"}
    if not isinstance(answer, dict) or set(answer) != parts:
        raise NotYet(
            f"`answer` should stay a dictionary with the keys {', '.join(sorted(parts))}; it is "
            f"{describe(answer)}."
        )
    if answer["seed"] is None:
        raise NotYet("`seed` is still None: which number did you give to `desk.start`?")
    seed = a_number(answer["seed"], "`seed`", 0)
    if seed != int(seed):
        raise NotYet(f"`seed` is {seed:g}; a seed is a whole number.")
    for part in ("kind", "action"):
        if answer[part] is None:
            raise NotYet(f"`{part}` is still None; `incidents.{part.upper()}S` has the words.")
    hints = 0 if answer["hints"] is None else int(a_number(answer["hints"], "`hints`", 0, 3))
    said = {part: answer[part] for part in incidents.POINTS}
    try:
        card = incidents.score(int(seed), **said, hints=hints)
    except CourseError as problem:
        raise NotYet(str(problem)) from None
    reached = sum(card.points[part] for part in incidents.POINTS)
    if reached >= PASS:
        return (
            f"Solved, with {card.total:g} of 100 points. You found it from reports and queries "
            "alone. Another seed is another night."
        )
    first = next(p for p in incidents.POINTS if card.points[p] < incidents.POINTS[p])
    raise NotYet(f"{reached:g} points so far, and {PASS} are needed. {_PARTS[first]}")
