"""Exercise 10.2: the rung of the ladder for each of six calls, a choice."""

from collections.abc import Mapping

import pandas as pd

from utils.exercises.judges import Choices
from utils.exercises.registry import exercise

RUNGS = ("fix the source", "roll back", "retrain", "leave it")

CALLS = {
    "A": "fix the source",
    "B": "roll back",
    "C": "leave it",
    "D": "retrain",
    "E": "leave it",
    "F": "fix the source",
}

# What to say about a wrong rung: by call, then by rung, "" for any other.
_CONSIDERATIONS = {
    "A": {
        "leave it": "The predictions hardly moved, and yet the model works without one of its "
        "features. What are the first rung's words?",
        "retrain": "A model retrained now would learn to live without visibility. The gap is not "
        "the world; somebody can close it.",
        "": "Did a release come, or did the data go missing?",
    },
    "B": {
        "retrain": "A new model might be as wrong as version 4, and takes longer. What was in "
        "service at 16:59?",
        "fix the source": "The data are as always; what changed at 17:00?",
        "": "Predictions that nearly double are no calm evening. What changed at 17:00?",
    },
    "C": {
        "retrain": "The world changed, but does it hurt? Read what the outcomes say.",
        "fix the source": "Days that are warmer than winter are no wrong data.",
        "": "No release came. Does it hurt at all? Read what the outcomes say.",
    },
    "D": {
        "leave it": "Nothing moves but the outcomes, and they say that the model is nearly a coin "
        "by now. The new rules stay.",
        "fix the source": "The data are right. What changed is what follows from them.",
        "": "The version before knows the new rules no better. What does?",
    },
    "E": {
        "retrain": "One window on one holiday. Will there be a world of that kind to learn?",
        "fix the source": "Other flights are flown on a holiday. Is that a wrong number?",
        "": "No release came, and it is over. What is there to take back?",
    },
    "F": {
        "leave it": "No wind and a clear view, in the rain? A good ROC AUC of *yesterday* says "
        "nothing of data that came since noon.",
        "retrain": "A model retrained on this learns that it never rains for that client.",
        "": "It is the client whose values changed. Was it a version of the model?",
    },
}


class _Calls(Choices):
    def read(self, answer):
        if isinstance(answer, pd.Series):
            answer = answer.to_dict()
        if isinstance(answer, Mapping):
            answer = {str(call).strip().upper(): rung for call, rung in answer.items()}
        return super().read(answer)


exercise(
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
    check=_Calls(
        "calls",
        CALLS,
        options=RUNGS,
        considerations=_CONSIDERATIONS,
        asked="{}, '{}'?".format,
    ),
)
