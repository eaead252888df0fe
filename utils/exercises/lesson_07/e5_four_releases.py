"""Exercise 7.5: four releases, four faults, choices."""

from utils.exercises.judges import Choices
from utils.exercises.lesson_07.releases import CAUSES, FAULTS
from utils.exercises.registry import exercise

exercise(
    "7.5",
    "Four releases, four faults",
    stars=3,
    minutes=15,
    hints=[
        "Four questions, one after the other: are there errors, is it slow, is the record whole, "
        "are the data still as they were?",
        "Errors: `..._requests_total`. Slow: `..._request_seconds_sum`. The record: "
        "`..._log_dropped_total`. The data: `..._feature_mean`.",
        "Where there are errors, the log says which: "
        '`lines["A"].query("status == 500")["error"]`, for instance.',
        "Where it is slow, compare how much the sums of `request_seconds` and `model_seconds` "
        "grew. Where a mean is odd, ask which unit would make it right.",
    ],
    learned="Errors, latency, the record, the data: four questions, each with its own metric. Note "
    "what it took to find B: it answers everything, quickly, and writes all of it down. Only "
    "someone who looks at the data sees it.",
    check=Choices(
        "diagnosis",
        FAULTS,
        options=tuple(CAUSES),
        considerations={
            release: {cause: ask for cause, ask in CAUSES.items() if cause != fault}
            for release, fault in FAULTS.items()
        },
        asked="Release {}: {}?".format,
    ),
)
