"""What the service notes of every request: an id, how it ended, how long it took, one line.

The id goes to the client in the header `X-Request-ID`, to the log, and into the database with each
prediction, so that a complaint leads to the line, and the line to the rows.
"""

import json
import logging
import time
import traceback
import uuid

from starlette.responses import JSONResponse

from utils.service.metrics import Metrics

log = logging.getLogger("flightdelay")

# Machines ask for these every second; a line for each would hide the others.
SILENT = {"/health", "/metrics"}


class Recorder:
    """Wraps an app: times, counts and writes down each request; an exception becomes a 500.

    `/predict` counts in the metrics: "ok" (answered), "invalid" (the request's fault), "error"
    (ours). What the app puts into `request.state.line` stands in the line, too.
    """

    def __init__(self, app, measured: Metrics | None):
        self.app = app
        self.measured = measured

    async def __call__(self, scope, receive, send) -> None:
        """Handle one request, or whatever else the server has."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = time.perf_counter()
        request_id = uuid.uuid4().hex
        line = {"request_id": request_id, "method": scope["method"], "path": scope["path"]}
        scope.setdefault("state", {})["line"] = line

        async def note_and_send(message):
            if message["type"] == "http.response.start":
                # Before it is sent: whoever has the answer finds it counted.
                seconds = time.perf_counter() - start
                line.update(status=message["status"], ms=round(seconds * 1000, 2))
                if self.measured and scope["path"] == "/predict":
                    self.measured.requests.labels(outcome(message["status"])).inc()
                    self.measured.request_seconds.observe(seconds)
                named = (b"x-request-id", request_id.encode())
                message = message | {"headers": [*message["headers"], named]}
            await send(message)

        try:
            await self.app(scope, receive, note_and_send)
        except Exception as error:
            line["error"] = f"{type(error).__name__}: {error}"
            line["traceback"] = traceback.format_exc()
            if "status" in line:  # the answer has left: only the log can tell
                raise
            said = f"The service failed; its log says why, under request {request_id}."
            await JSONResponse({"errors": [said]}, status_code=500)(scope, receive, note_and_send)
        finally:
            if "error" in line:
                log.error(json.dumps(line))
            elif scope["path"] not in SILENT:
                log.info(json.dumps(line))


def outcome(status: int) -> str:
    """Return how a request ended, by the status of its answer."""
    return "ok" if status < 400 else "invalid" if status < 500 else "error"
