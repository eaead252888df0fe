"""Requests made up from the service's own description: none is answered by a server error."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from schemathesis import GenerationMode

from utils import model, service

EXAMPLES = 30
HEADERS = {"Host": "127.0.0.1"}
WITH_INPUT = ["POST /predict", "POST /model", "GET /monitoring"]
WITHOUT = ["DELETE /model/challenger", "GET /health", "GET /metrics"]
# Sensible requests to all, and nonsense to those that take something.
CASES = [(label, GenerationMode.POSITIVE) for label in WITH_INPUT + WITHOUT]
CASES += [(label, GenerationMode.NEGATIVE) for label in WITH_INPUT]


@pytest.fixture(scope="module")
def operations(saved, tmp_path_factory):
    database = tmp_path_factory.mktemp("fuzz") / "log.db"
    app = service.create_app(model.load(saved), database)
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, headers=HEADERS)
    return {o.ok().label: o.ok() for o in schema.get_all_operations()}


def test_the_description_names_every_operation(operations):
    assert set(operations) == {*WITH_INPUT, *WITHOUT}


@pytest.mark.parametrize(("label", "mode"), CASES, ids=lambda v: getattr(v, "value", v))
def test_no_request_is_answered_by_a_server_error(operations, label, mode):
    statuses = []

    @seed(1)
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=HealthCheck
    )
    @given(operations[label].as_strategy(generation_mode=mode))
    def fuzz(case):
        answer = case.call(headers=HEADERS)
        assert answer.status_code < 500, f"{case.as_curl_command()}\n{answer.text}"
        statuses.append(answer.status_code)

    fuzz()
    if label == "POST /predict":
        # The requests are worth something: some are accepted, others refused.
        assert (200 if mode is GenerationMode.POSITIVE else 422) in statuses
