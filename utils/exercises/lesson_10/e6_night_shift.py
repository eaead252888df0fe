"""Exercise 10.6: what happened at the desk in the week of a seed, scored by points."""

from utils.desk import incidents
from utils.errors import CourseError
from utils.exercises.expect import a_number
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet

PASS = 80
_PARTS = {
    "column": "`column` is not right, or not all of it is: in which column does it show? None is "
    "for what shows in no column.",
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
    """Score the answer; each other answer about the same seed costs, as each hint does."""
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
    alone = card.points["hints"] == card.points["tries"] == 0
    if reached >= PASS:
        how = "You found it from reports and queries alone. " if alone else ""
        return f"Solved, with {card.total:g} of 100 points. {how}Another seed is another night."
    first = next(p for p in incidents.POINTS if card.points[p] < incidents.POINTS[p])
    raise NotYet(
        f"Fewer than {PASS} points. {_PARTS[first]} Each other answer about this seed takes "
        f"{incidents.TRY_COST} points off the card, so look before you try."
    )
