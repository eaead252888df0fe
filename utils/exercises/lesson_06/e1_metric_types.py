"""Exercise 6.1: the type of metric for each of eight things, choices."""

from utils.exercises.judges import Choices
from utils.exercises.registry import exercise

WORD = "This is a word, not a number."
NUMBER = "An info holds words, and this is a number."
ONE_NUMBER = "is about many observations; here one number says all."
SO_FAR = "'So far': can this number fall while the program runs?"
NO_SPREAD = "A mean is all that it keeps. What does the desk ask for here?"

# For each case the right type, and what to consider with each wrong one.
CASES = {
    "requests answered so far": (
        "counter",
        {
            "gauge": "A gauge may fall, so a reader could not tell a restart from a fall. "
            "Can this number ever fall while the program runs?",
            "histogram": "There is nothing to sort into buckets: one request is like another.",
            "summary": "It would add up an amount, and here is none: one request is like another.",
            "info": NUMBER,
        },
    ),
    "requests being answered right now": (
        "gauge",
        {
            "counter": "What happens to this number when an answer has been sent?",
            "histogram": f"A histogram {ONE_NUMBER}",
            "summary": f"A summary {ONE_NUMBER}",
            "info": NUMBER,
        },
    ),
    "how long a request took; the slowest 5 % matter": (
        "histogram",
        {
            "summary": "Python's summary keeps `_count` and `_sum`: a mean, and no percentile.",
            "gauge": "A gauge keeps the last value only; the slow ones before it are gone.",
            "counter": "A counter could add up the seconds, and not tell the slow ones.",
            "info": NUMBER,
        },
    ),
    "the version of the model in service": (
        "info",
        {
            "gauge": 'A gauge holds a number; a version can be "2013-04b", too.',
            "counter": "A counter holds a number of events; a version is a word.",
            "": WORD,
        },
    ),
    "when the model was last trained, in seconds since 1970": (
        "gauge",
        {
            "counter": "It only goes up, true. But nobody counts it up from 0, event by event: it "
            "is set, and with an older model it is set back.",
            "info": "A word could hold it, but then nobody can compute the model's age from it.",
            "histogram": f"A histogram {ONE_NUMBER}",
            "summary": f"A summary {ONE_NUMBER}",
        },
    ),
    "temperatures that were missing so far": (
        "counter",
        {
            "gauge": SO_FAR,
            "histogram": "What is missing has no size to sort into buckets; it is only counted.",
            "summary": "What is missing has no size to add up; it is only counted.",
            "info": NUMBER,
        },
    ),
    "how the predicted probabilities are spread": (
        "histogram",
        {
            "summary": NO_SPREAD,
            "gauge": "A gauge keeps one value, the last; a spread is about many.",
            "counter": "A single number cannot say how values are spread.",
            "info": NUMBER,
        },
    ),
    "PSI of the last 2,000 flights, computed every hour": (
        "gauge",
        {
            "counter": "Next hour's PSI may be smaller.",
            "histogram": "The spread of the flights is already in it: PSI is one number an hour, "
            "and the desk wants the present one.",
            "summary": f"A summary {ONE_NUMBER}",
            "info": NUMBER,
        },
    ),
}

exercise(
    "6.1",
    "Which type?",
    stars=1,
    minutes=5,
    hints=[
        "Ask three things. Is it a word? Can it go down? Do I need more than its sum?",
        "A word is an info. What can go down, or is set rather than counted, is a gauge. What only "
        "goes up by events is a counter. Where the spread matters, take a histogram.",
        "Two counters, three gauges, two histograms, one info.",
    ],
    learned="Can it go down? Do I need its spread? These two questions decide nearly every case.",
    check=Choices(
        "types",
        {case: kind for case, (kind, _) in CASES.items()},
        options=("counter", "gauge", "histogram", "summary", "info"),
        considerations={case: says for case, (_, says) in CASES.items()},
        asked=lambda case, given: f"'{case}' as {'an' if given == 'info' else 'a'} {given}?",
        word=lambda given: getattr(given, "__name__", given),  # `Counter` itself says it, too
    ),
)
