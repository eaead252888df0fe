"""Say when clocks disagree: the machine slept, its clock was set, or a server has another one.

Prometheus and Alertmanager give all that they hold the time of their own clock, so what "now" or
"for 5 minutes" means depends on it. On one machine all clocks are one, but that one can jump.
"""

import time
from datetime import timedelta
from email.utils import parsedate_to_datetime

# A difference below this is none: the header's time has whole seconds, and a busy machine reads it
# late.
TOLERANCE_SECONDS = 5

SLEPT = (
    "Note: this machine's clock went ahead by {time} (h:mm:ss) while {server} was running: did the "
    "machine sleep, or was its clock set? For that time there are no samples, so rates and figures "
    "have a hole there, and what was firing may have been told as resolved. For a clean start, run "
    "the cell that starts {server} again."
)
SET_BACK = (
    "Note: this machine's clock was set back by {time} (h:mm:ss) while {server} was running. "
    "Prometheus refuses samples that are older than its newest, so for so long it takes in nothing "
    "new. Run the cell that starts {server} again."
)
APART = (
    "Note: the clock of {server} is {time} (h:mm:ss) {where} this notebook's. What it calls now is "
    "by its own clock, and the times that you give it are by yours. Let both take the time from "
    "the network, then run the cell that starts {server} again."
)


class Watch:
    """Compares the clocks of this machine and of a server, from the moment at which it is made."""

    def __init__(self, server: str):
        self._server = server
        self._lead = _lead()
        self._apart = 0.0

    def check(self, date: str | None = None) -> str | None:
        """Return a sentence when something is wrong with the clocks, once; None otherwise.

        `date` is the HTTP header `Date` of an answer that has just come.
        """
        jumped = _lead() - self._lead
        if abs(jumped) > TOLERANCE_SECONDS:
            self._lead += jumped
            return self._say(SLEPT if jumped > 0 else SET_BACK, jumped)
        if date is None:
            return None
        # The header's time is rounded down to whole seconds.
        apart = parsedate_to_datetime(date).timestamp() + 0.5 - time.time()
        # Once is enough, until the difference changes.
        if abs(apart - self._apart) <= TOLERANCE_SECONDS:
            return None
        self._apart = apart
        if abs(apart) <= TOLERANCE_SECONDS:
            return None
        return self._say(APART, apart, where="ahead of" if apart > 0 else "behind")

    def _say(self, sentence: str, seconds: float, **words: str) -> str:
        duration = timedelta(seconds=round(abs(seconds)))
        return sentence.format(server=self._server, time=duration, **words)


def _lead() -> float:
    """Return how far the clock is ahead of the steady one.

    The steady one never jumps, and stands still while the machine sleeps.
    """
    return time.time() - time.monotonic()
