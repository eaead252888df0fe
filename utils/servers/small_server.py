"""How the desk's own small programs answer over HTTP: metrics to Prometheus, JSON to the desk."""

import json
import logging
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CollectorRegistry, disable_created_metrics, generate_latest

from utils.servers.process import HOST


class Answering(BaseHTTPRequestHandler):
    """Answers one request; a program says what in `do_GET` and `do_POST`, and logs nothing."""

    protocol_version = "HTTP/1.1"

    def send_metrics(self, registry: CollectorRegistry) -> None:
        """Answer with the metrics of a registry."""
        self._send(generate_latest(registry), "text/plain; version=0.0.4")

    def send_json(self, content: object) -> None:
        """Answer with JSON."""
        self._send(json.dumps(content).encode(), "application/json")

    def _send(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_) -> None:
        """Write no line for each request."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Say nothing of a client that did not wait for its answer."""


def serve(handler: type[Answering], port: int) -> None:
    """Answer on a port of this machine, until the process ends."""
    # What the program itself has to say must not be lost among the requests that it makes.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    disable_created_metrics()  # as in the service: nobody asks when a counter was made
    _Server((HOST, port), handler).serve_forever(0.1)
