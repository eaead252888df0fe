"""The batches on which a gate is tried: which it has to stop, and which to let pass."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from utils.flights import load_flights


@dataclass(frozen=True, eq=False)
class Trial:
    """A batch, its limits and its reference; what a gate that stops it should name."""

    batch: pd.DataFrame
    limits: dict[str, float]
    reference: pd.DataFrame
    # Why a gate might get it wrong, when no slip is known.
    otherwise: str = ""
    names: list[str] = field(default_factory=list)
    # A column with a limit that it keeps, so that it is not among those that drifted.
    calm: str = ""


def trials() -> dict[str, Trial]:
    """Return small batches by what is said of them."""
    flights = load_flights(10, 11).sample(3_000, random_state=5)
    reference, batch = flights.iloc[:1_500], flights.iloc[1_500:]
    every = np.arange(len(batch))
    gaps = {
        share: batch.assign(hour=batch["hour"].where(every >= share * len(batch)))
        for share in (0.1, 0.11)
    }
    warmer = batch["temp"] + 0.3 * reference["temp"].std()
    told = "Is the comparison the right way round, and do you read the tests of the report?"
    missing = (
        "Missing values are dropped before the comparison, so no score sees them. Compare their "
        "share with that of the reference."
    )
    unknown = (
        "Nothing in it can be tested by that limit: somebody has misspelt it, or means another "
        "column. Compare the names with `FEATURES` before the report."
    )
    made = {
        "a calm batch": Trial(batch, {"hour": 0.2}, reference, told),
        "a drifted batch (its `hour` is five hours off)": Trial(
            batch.assign(hour=(batch["hour"] + 5) % 24),
            {"humid": 0.2, "hour": 0.2},
            reference,
            told,
            ["hour"],
            "humid",
        ),
        "a batch with all distances three times as long, with the limit 1.5": Trial(
            batch.assign(distance=3 * batch["distance"]),
            {"distance": 1.5},
            reference,
            told,
            ["distance"],
        ),
        "a batch whose `temp` scores about 0.3, with the limit 0.6, and a reference of 900": Trial(
            batch.assign(temp=warmer), {"temp": 0.6}, reference.head(900), told
        ),
        "an empty `limits.json` (so that nothing is tested)": Trial(
            batch, {}, reference, "Stop when nothing was tested."
        ),
        "a batch without the column `hour`": Trial(
            batch.drop(columns="hour"),
            {"hour": 0.2, "distance": 0.2},
            reference,
            "A gate that leaves out what it cannot test, or catches the error and goes on, says "
            "that all is well.",
            ["hour"],
        ),
        "a batch without a single flight": Trial(
            batch.head(0),
            {"hour": 0.2, "distance": 0.2},
            reference,
            "Nothing in it can be tested.",
        ),
        "a batch in which `hour` is missing in eleven flights of a hundred": Trial(
            gaps[0.11], {"hour": 0.2}, reference, missing, ["hour"]
        ),
        "a batch in which `hour` is missing in one flight of ten (in the reference, in none)": (
            Trial(
                gaps[0.1],
                {"hour": 0.2},
                reference,
                "Just 0.1 more than in the reference is allowed.",
            )
        ),
        "a batch whose `pressure` is missing as often as in the reference and scores 0.2, with the "
        "limit 0.3": Trial(
            reference.assign(pressure=reference["pressure"] + 0.2 * reference["pressure"].std()),
            {"pressure": 0.3},
            reference,
            missing,
        ),
    }
    for name in ("tmep", "flight_id"):
        made[f"a limit for `{name}`, which is none of the features"] = Trial(
            batch, {"hour": 0.2, name: 3}, reference, unknown, [name]
        )
    return made
