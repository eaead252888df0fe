"""What the service notes of every request: an id, how it ended, how long it took, one line.

The id goes to the client in the header `X-Request-ID`, to the log, and into the database with each
prediction, so that a complaint leads to the line, and the line to the rows.
"""

import asyncio
import logging
import time
import traceback
import uuid

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from utils.service import log_lines
from utils.service.metrics import Metrics
from utils.service.requests import MOST_BYTES

# Machines ask for these every second; a line for each would hide the others.
SILENT = {"/health", "/metrics"}
# A client that takes longer to send its request is given up.
BODY_SECONDS = 10

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class RequestLog:
    """Wraps an app: times, counts and writes down each request; an exception becomes a 500.

    `/predict` counts in the metrics: "ok" (answered), "invalid" (the request's fault), "error"
    (ours). What the app puts into `request.state.line` stands in the line, too. The line's time is
    when the request came. It holds nothing that the client wrote: its path is the route's.
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
        method = scope["method"] if scope["method"] in _METHODS else "other"
        request_id = uuid.uuid4().hex
        line = {"time": log_lines.now(), "request_id": request_id, "method": method, "path": None}
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

        async def say(status: int, sentence: str) -> None:
            answer = JSONResponse({"errors": [sentence]}, status_code=status)
            await answer(scope, receive, note_and_send)

        try:
            await self.app(scope, _bounded(receive), note_and_send)
        except asyncio.CancelledError:
            line["error"] = "cut, since the service is being stopped"
            if "status" not in line:
                await say(503, "The service is being stopped. Ask again.")
        except Exception as error:
            line["error"] = f"{type(error).__name__}: {error}"
            line["traceback"] = traceback.format_exc()
            if "status" in line:  # the answer has left: only the log can tell
                raise
            await say(500, f"The service failed; its log says why, under request {request_id}.")
        finally:
            line["path"] = getattr(scope.get("route"), "path", None)
            if "error" in line:
                log_lines.write(line, logging.ERROR)
            elif scope["path"] not in SILENT:
                log_lines.write(line)


def outcome(status: int) -> str:
    """Return how a request ended, by the status of its answer."""
    return "ok" if status < 400 else "invalid" if status < 500 else "error"


def _bounded(receive):
    """Return a `receive` that gives up when the body is too long, or does not come."""
    until = time.monotonic() + BODY_SECONDS
    size, complete = 0, False

    async def receive_in_bounds():
        nonlocal size, complete
        if complete:  # from now on it waits until the client leaves, which may take long
            return await receive()
        try:
            async with asyncio.timeout(until - time.monotonic()):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408, f"The body did not come within {BODY_SECONDS} s.") from None
        size += len(message.get("body", b""))
        if size > MOST_BYTES:
            raise HTTPException(413, f"The body is longer than {MOST_BYTES:,} bytes.")
        complete = not message.get("more_body", False)
        return message

    return receive_in_bounds
