"""Start the service, ask it as a client does, and wait for what comes of it."""

import json
import time

import psutil
from prometheus_client.parser import text_string_to_metric_families

from utils import servers, service
from utils.servers import local_http
from utils.service import predictions
from utils.service.requests import as_json

GOOD = {"hour": 17.5, "distance": 500, "carrier": "EV", "origin": "EWR", "weekday": "Fri"}

# Timeout of waiting for what must come; on a busy machine it may come late.
PATIENCE = 120


def serve(model_file, database, *options, name="FlightDelay") -> servers.Server:
    """Start the service as a program of its own."""
    return servers.start(name, service.command(model_file, database, "1", *options), "/health")


def program(server) -> psutil.Process:
    """Return the service's own process."""
    return psutil.Process(server._supervisor.pid).children()[0]


def wait_for(condition):
    """Wait until a condition holds, and return what it returned."""
    until = time.monotonic() + PATIENCE
    while not (held := condition()):
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)
    return held


def body(flights):
    """Flights as a client sends them."""
    return {"flights": as_json(flights)}


def post(server, content, path="/predict", **options):
    return local_http.post(server.url + path, timeout=PATIENCE, json=content, **options)


def get(server, path, **options):
    return local_http.get(server.url + path, timeout=PATIENCE, **options)


def metrics(server):
    """Return the value of every series, by its name and the values of its labels."""
    families = text_string_to_metric_families(get(server, "/metrics").text)
    samples = [sample for family in families for sample in family.samples]
    return {(s.name, *s.labels.values()): s.value for s in samples}


def logged(database, request_id):
    """Wait until the rows of a request are on disk, and return them."""

    def rows():
        table = predictions.last(database, 10**6)
        found = table[table["request_id"] == request_id].reset_index(drop=True)
        return None if found.empty else [found]

    return wait_for(rows)[0]


def lines(server, *request_ids):
    """Wait until the log has a line for each request, and return the lines in that order."""

    def found():
        said = [json.loads(text) for text in server.said(10_000).splitlines() if text[:1] == "{"]
        known = {line.get("request_id"): line for line in said}
        return [known[i] for i in request_ids] if set(request_ids) <= set(known) else None

    return wait_for(found)
