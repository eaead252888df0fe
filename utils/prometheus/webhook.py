"""A webhook in this process: it keeps what Alertmanager posts."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pandas as pd

from utils import servers
from utils.prometheus.times import now


class Webhook:
    """Takes what Alertmanager posts; a thread of this process, so it ends with it."""

    def __init__(self):
        self.received: list[tuple[pd.Timestamp, dict]] = []
        received = self.received

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                received.append((now(), said))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer((servers.HOST, 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://{servers.HOST}:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """End the server."""
        self._server.shutdown()
        self._server.server_close()
