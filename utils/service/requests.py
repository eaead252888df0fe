"""What the service takes and what it answers: the fields, their limits, and a sentence for a fault.

Clients find here how flights are written as JSON.
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, NaiveDatetime, create_model

from utils.flights import FEATURES, NUMERICAL, WEEKDAYS

MOST_FLIGHTS = 1_000
# The longest way of writing a flight takes some 500 bytes.
MOST_BYTES = 2_000 * MOST_FLIGHTS
MOST_SENTENCES = 20

# Departure and weekday are those of New York, where all flights leave.
ZONE = "America/New_York"

# Strict: a text that looks like a number is a client's mistake, and should be heard of.
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
# Wide enough for every unit and for every -9999 that means "missing": those the monitoring should
# see. But one absurd number must not decide the mean of hundreds.
Weather = Annotated[Number, Field(ge=-10_000, le=10_000)]
# IATA's codes. Nothing else fits, so no name and no script gets in.
Airline = Annotated[str, Field(pattern="^[A-Z0-9]{2}$")]
Airport = Annotated[str, Field(pattern="^[A-Z]{3}$")]
Text = Annotated[str, Field(min_length=1, max_length=20)]


def _a_text(value):
    # A bare number would be taken for seconds since 1970.
    if not isinstance(value, str) or value.lstrip("+-").replace(".", "", 1).isdigit():
        raise ValueError('give a local time as text, like "2013-04-01T06:00:00"')
    return value


Time = Annotated[NaiveDatetime, BeforeValidator(_a_text)]

_STRICT = ConfigDict(extra="forbid")
_REQUIRED = {
    "hour": Annotated[Number, Field(ge=0, lt=24)],
    "distance": Annotated[Number, Field(ge=0, le=25_000)],
    "carrier": Airline,
    "origin": Airport,
    "weekday": Literal[tuple(WEEKDAYS)],
}

Flight = create_model(
    "Flight",
    __config__=_STRICT,
    __doc__="What is known of a flight before its departure; missing weather is null.",
    flight_id=(Annotated[int, Field(strict=True, ge=0, le=2**53)] | None, None),
    sched_dep=(Time | None, None),
    **{feature: (kind, ...) for feature, kind in _REQUIRED.items()},
    **{feature: (Weather | None, None) for feature in FEATURES if feature not in _REQUIRED},
)


class Flights(BaseModel):
    """One flight or many, up to a thousand."""

    model_config = _STRICT

    flights: list[Flight] = Field(min_length=1, max_length=MOST_FLIGHTS)


class NewModel(BaseModel):
    """A model that `utils.model.save` wrote, and what it is to be."""

    model_config = _STRICT

    path: Path
    version: Text
    role: Literal["champion", "challenger"]


class Prediction(BaseModel):
    """The probability that this flight will be late."""

    flight_id: int | None
    probability: float


class Predictions(BaseModel):
    """One prediction a flight, in the order of the flights."""

    request_id: str
    model: str
    predictions: list[Prediction]


class Health(BaseModel):
    """Whether all is well ("degraded": predictions cannot be logged), and which models serve."""

    status: Literal["ok", "degraded"]
    problem: str | None
    model: str
    challenger: str | None


class Errors(BaseModel):
    """A sentence for each thing that is wrong."""

    errors: list[str]


def columns(flights: list[dict]) -> dict[str, list]:
    """Return the features of flights, a column for each."""
    return {feature: [flight[feature] for flight in flights] for feature in FEATURES}


def features(columns: dict[str, list]) -> pd.DataFrame:
    """Return columns of features as the table that the model takes; None becomes NaN."""
    # A table made from columns is ten times as fast as one from rows, when there is one flight.
    numbers = {feature: np.array(columns[feature], dtype="float64") for feature in NUMERICAL}
    return pd.DataFrame(columns | numbers)


def as_json(flights: pd.DataFrame) -> list[dict]:
    """Return flights as the service takes them: the features, and when and which, missing as None.

    A departure with a time zone becomes the time of New York at that moment, and loses the zone.

    >>> local_http.post(f"{url}/predict", json={"flights": as_json(week)})
    """
    chosen = [c for c in ("flight_id", "sched_dep", *FEATURES) if c in flights.columns]
    table = flights[chosen].astype(object).where(flights[chosen].notna(), None)
    written = {"flight_id": _whole, "sched_dep": _local_time}
    for column in chosen[:2]:
        if column in written:
            values = [value if value is None else written[column](value) for value in table[column]]
            # With this type, since pandas makes NaN of a None among texts or numbers.
            table[column] = pd.Series(values, dtype=object, index=table.index)
    return table.to_dict("records")


def _whole(flight_id):
    # Beside a missing id, pandas keeps whole numbers as floats.
    return int(flight_id) if isinstance(flight_id, float) and flight_id.is_integer() else flight_id


def _local_time(moment):
    if not isinstance(moment, (datetime, np.datetime64)):
        return moment  # the service will say what is wrong with it
    time = pd.Timestamp(moment)
    return (time.tz_convert(ZONE).tz_localize(None) if time.tzinfo else time).isoformat()


def sentences(errors: list[dict]) -> list[str]:
    """Say what is wrong with a request, a sentence for each fault that pydantic has found."""
    said = [_sentence(error) for error in errors[:MOST_SENTENCES]]
    if more := len(errors) - len(said):
        said.append(f"There are {more:,} more faults; these are the first {MOST_SENTENCES}.")
    return said


def _sentence(error: dict) -> str:
    """Say what is wrong with one field: `flights[0].temp`: Input should be a valid number."""
    if error["type"] == "json_invalid":
        (_, place), why = error["loc"], error["ctx"]["error"]
        return f"The body is no JSON: {why}, at character {place}."
    if isinstance(error.get("input"), bytes):
        return "The body is not taken as JSON: send the header `Content-Type: application/json`."
    path = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in error["loc"][1:])
    shown = repr(error.get("input"))
    said = error["msg"].removeprefix("Value error, ")
    given = f" It is {shown}." if len(shown) <= 40 and error["type"] != "missing" else ""
    sentence = f"`{path.lstrip('.') or 'body'}`: {said}.{given}"
    # The name of a field may hold half a character, which no answer can carry.
    return sentence.encode("utf-8", "backslashreplace").decode()
