"""One model and one running service for all tests of this folder that change neither."""

import pytest

from tests.service.asking import serve
from utils import model
from utils.flights import load_flights


@pytest.fixture(scope="session")
def saved(tmp_path_factory):
    """Return the file of FlightDelay."""
    path = tmp_path_factory.mktemp("model") / "model.joblib"
    model.save(model.train(), path)
    return path


@pytest.fixture(scope="session")
def served(saved, tmp_path_factory):
    """Return a running service and its database; only what is told apart by its id is in there."""
    database = tmp_path_factory.mktemp("log") / "predictions.db"
    with serve(saved, database, name="shared by tests") as server:
        yield server, database


@pytest.fixture(scope="session")
def flights():
    return load_flights(15, 15).head(500)
