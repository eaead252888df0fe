"""The bank of incidents: what can go wrong at the desk, drawn from a seed, and scored.

`desk.start(seed=17)` plays the incident; `score(17, column=..., kind=..., start=..., action=...)`
says how right an answer is. Nothing here prints or keeps the truth.
"""

KINDS = {
    "nothing": "everything is as it was",
    "changed unit": "numbers arrive in another unit",
    "shifted clock": "hours arrive in another time zone",
    "missing values": "values do not arrive",
    "default values": "gaps are filled with something that looks real",
    "stuck values": "a reading is repeated for hours",
    "biased sensor": "a sensor reads too high or too low",
    "wrong join": "values belong to another flight",
    "new category": "a category that the model has never seen",
    "other flights": "other flights than before are flown",
    "other outcomes": "flights like before end in another way",
    "slow model": "answers take too long",
    "failing model": "the service fails to answer",
    "refused requests": "the service refuses what it is sent",
    "silent feed": "nothing arrives any more",
}

ACTIONS = {
    "fix the source": "the data are wrong: have them repaired, do not train on them",
    "roll back": "the release is wrong: go back to the one before",
    "retrain": "the world has changed: learn it anew, once there are labels",
    "leave it": "nothing to repair: watch",
}


def score(seed: int, column, kind: str, start, action: str, hints: int = 0):
    """Score an answer about the incident of a seed; return a `Card`.

    `column` is a name, a list of names, or None (nothing in the data is wrong); `kind` one of
    KINDS, `start` a replayed time (None with "nothing"), `action` one of ACTIONS. 100 points:
    30 for the column, 30 for the kind, 20 for the start (all within 6 hours, half within 18), 20
    for the action; each hint that was taken costs 10.

    The Card has `points` (a dictionary by part: column, kind, start, action, hints), `total`,
    `table()` (part, your answer, points, of) and `draw()` (the report card as a figure). It says
    how right each part is, and not what would have been right.

    Raises CourseError when an answer is not one of the words above.
    """


def hint(seed: int, number: int) -> str:
    """Return hint 1, 2 or 3 about the incident of a seed; each costs 10 points in `score`."""
