"""The service as a program: `python -m utils.service --port 8000 --model model.joblib
--database predictions.db`."""

import argparse
import logging
import os
import socket
import sys
from pathlib import Path

import uvicorn

from utils import model as flight_delay
from utils.errors import CourseError
from utils.service.app import create_app

HOST = "127.0.0.1"
# How long the service, told to stop, waits for requests that are being answered; what is not
# answered by then gets a 503. Rows that wait for the database have a time of their own
# (predictions.GRACE_SECONDS).
PATIENCE_SECONDS = 2


def command(model_path: Path, database: Path | None, version: str = "1", *more: str):
    """Return what starts the service as a process of its own, for `servers.start`.

    `more` are further options of the command line, such as "--quiet".
    """
    options = ["--model", str(model_path), "--version", version, *more]
    if database:
        options += ["--database", str(database)]
    program = [sys.executable, "-m", "utils.service"]
    return lambda port, folder=None: [*program, "--port", str(port), *options]


def main() -> None:
    """Serve until the process is told to stop."""
    try:
        _serve(_options())
    except CourseError as problem:
        raise SystemExit(str(problem)) from None
    except KeyboardInterrupt:
        # uvicorn hands Ctrl+C on when everything is closed. To take all modules apart would take
        # seconds more.
        logging.shutdown()
        os._exit(130)


def _serve(options: argparse.Namespace) -> None:
    # Lines go where a platform collects them; warnings of libraries go to the error stream.
    level = logging.WARNING if options.quiet else logging.INFO
    logging.basicConfig(level=level, format="%(message)s", stream=sys.stdout)
    door = _listen(options.port)
    model = flight_delay.load(options.model)
    app = create_app(model, options.database, options.version, metrics=not options.no_metrics)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        # No proxy stands before it, so nobody may claim to be someone else.
        proxy_headers=False,
        timeout_graceful_shutdown=PATIENCE_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[door])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m utils.service", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--database", type=Path)
    parser.add_argument("--version", default="1")
    parser.add_argument("--no-metrics", action="store_true")
    parser.add_argument("--quiet", action="store_true", help="write no line for each request")
    return parser.parse_args()


def _listen(port: int) -> socket.socket:
    if not 1 <= port <= 65_535:
        raise CourseError(f"There is no port {port}: give a number from 1 to 65535.")
    door = socket.socket()
    if sys.platform != "win32":  # there it would let two programs share the port
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((HOST, port))
    except OSError as error:
        door.close()
        raise CourseError(
            f"Port {port} of this machine cannot be used ({error.strerror}). Does the service run "
            "already? Stop it, or choose another port."
        ) from None
    return door
