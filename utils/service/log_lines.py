"""The service's own log: one line of JSON for each event, with its time (UTC), to be collected."""

import json
import logging
from datetime import UTC, datetime

log = logging.getLogger("flightdelay")


def now() -> str:
    """Return the time in UTC, to the millisecond: "2013-04-15T06:30:00.250Z"."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def write(line: dict, level: int = logging.INFO) -> None:
    """Write a line; its time is now, unless it has one."""
    if log.isEnabledFor(level):
        log.log(level, json.dumps({"time": now()} | line))
