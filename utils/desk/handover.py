"""Hand a model to the desk's service: beside the champion, or in its place, under load."""

from pathlib import Path

import httpx
import pandas as pd

from utils import model as flight_delay
from utils.desk import swap
from utils.errors import CourseError
from utils.flights import FEATURES, REFERENCE, load_flights
from utils.servers import local_http
from utils.service.traffic import as_json

POST_SECONDS = 60


def give(url: str, folder: Path, model, version: str, role: str) -> None:
    """Store a model and let the service at `url` load it as "champion" or "challenger".

    Raises CourseError when the version is taken or no text, or the service refuses the model.
    """
    post(url, save(folder, model, version), version, role)


def save(folder: Path, model, version: str) -> Path:
    """Store a model under its version; "1" is the champion's."""
    if not isinstance(version, str) or not version.strip("/\\. ") or version == "1":
        raise CourseError(f'`version` is {version!r}: give a text other than "1".')
    name = "".join(c if c.isalnum() else "_" for c in version)
    path = folder / f"model-{name}.joblib"
    if not folder.is_dir():
        raise CourseError("The desk is stopped. Run the cell that starts it again.")
    flight_delay.save(model, path)
    return path


def post(url: str, path: Path, version: str, role: str) -> None:
    """Let the service load a model from a file."""
    answer = _ask(url, "POST", "/model", json={"path": str(path), "version": version, "role": role})
    if answer.status_code != 200:
        said = " ".join(answer.json().get("errors", [str(answer.status_code)]))
        raise CourseError(f"The service refuses the model: {said}")


def under_load(url: str, folder: Path, model, version: str, seconds: float) -> pd.Series:
    """Change the champion while clients ask without a pause; see `Desk.swap`."""
    path = save(folder, model, version)
    flights = as_json(load_flights(*REFERENCE).head(3)[["flight_id", *FEATURES]])
    seen = swap.under_load(url, flights, seconds, lambda: post(url, path, version, "champion"))
    in_service = _ask(url, "GET", "/health").json()["model"]
    return pd.Series(swap.summary(seen, version) | {"version": in_service})


def _ask(url: str, method: str, path: str, **options) -> httpx.Response:
    try:
        return local_http.request(method, f"{url}{path}", POST_SECONDS, **options)
    except local_http.NO_ANSWER:
        raise CourseError(
            "The desk's service does not answer. Run the cell that starts the desk again."
        ) from None
