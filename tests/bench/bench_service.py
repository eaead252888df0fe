"""Requests per second of the whole service, against the same service that counts and logs nothing.

    python tests/bench/bench_service.py

Both run side by side and take turns of a second, loaded from another process over several
connections, so that a busy machine slows both alike. CPU time, which a busy machine does not
change, is printed beside it.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import psutil

from utils import model, servers
from utils.service import command

LIMIT = 0.9
ROUNDS = 30
SECONDS = 1
CONNECTIONS = 4
FLIGHTS = 1  # in a request: the hardest case, since a prediction costs least then

_LOAD = """
import json, sys, threading, time
import http.client
host, port, seconds, connections, body = sys.argv[1:]
until, counts = time.monotonic() + float(seconds), []
def send():
    connection, done = http.client.HTTPConnection(host, int(port)), 0
    while time.monotonic() < until:
        connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
        done += 1
    counts.append(done)
threads = [threading.Thread(target=send) for _ in range(int(connections))]
[t.start() for t in threads]
[t.join() for t in threads]
assert len(counts) == int(connections)
print(sum(counts) / float(seconds))
"""

FLIGHT = '{"hour": 17.5, "distance": 500, "carrier": "EV", "origin": "EWR", "weekday": "Fri"}'


def main() -> int:
    """Print the table; return 1 when the ratio is under the limit."""
    with tempfile.TemporaryDirectory() as folder:
        saved, database = Path(folder) / "model.joblib", Path(folder) / "log.db"
        model.save(model.train(), saved)
        whole, bare = command(saved, database), command(saved, None)
        with (
            servers.start("whole", lambda port, _: whole(port), "/health") as full,
            servers.start(
                "bare", lambda port, _: [*bare(port), "--no-metrics", "--quiet"], "/health"
            ) as plain,
        ):
            for server in (full, plain):
                rate(server, 1)  # warm up
            rates, cpu = {"whole": [], "bare": []}, {"whole": 0.0, "bare": 0.0}
            for i in range(ROUNDS):
                # Which goes first changes, so that a machine that slows down favours neither.
                for server in (full, plain) if i % 2 == 0 else (plain, full):
                    before = worked(server)
                    rates[server.name].append(rate(server, SECONDS))
                    cpu[server.name] += worked(server) - before
    per_second = {name: statistics.mean(each) for name, each in rates.items()}
    work = {name: 1000 * cpu[name] / SECONDS / sum(rates[name]) for name in rates}
    for name in rates:
        print(f"{name:6} {per_second[name]:6.1f} requests/s, {work[name]:.2f} ms of CPU a request")
    pairs = [w / b for w, b in zip(rates["whole"], rates["bare"], strict=True)]
    ratio = per_second["whole"] / per_second["bare"]
    quarters = statistics.quantiles(pairs, n=4)
    print(
        f"ratio {ratio:.3f} over {ROUNDS} rounds (limit {LIMIT}); half of the rounds lie between "
        f"{quarters[0]:.2f} and {quarters[2]:.2f}"
    )
    print(f"by CPU time a request: {work['bare'] / work['whole']:.3f}")
    return int(ratio < LIMIT)


def worked(server) -> float:
    """Return the CPU seconds that a server's own process has used."""
    (process,) = psutil.Process(server._supervisor.pid).children()
    times = process.cpu_times()
    return times.user + times.system


def rate(server, seconds: float) -> float:
    """Return the requests per second that a second process gets answered."""
    host, port = server.url.removeprefix("http://").split(":")
    body = '{"flights": [' + ", ".join([FLIGHT] * FLIGHTS) + "]}"
    arguments = [host, port, str(seconds), str(CONNECTIONS), body]
    return float(subprocess.check_output([sys.executable, "-c", _LOAD, *arguments]))


if __name__ == "__main__":
    raise SystemExit(main())
