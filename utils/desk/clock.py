"""The replayed clock as the desk sees it: ask it, let it run, hold it, wait until all is told."""

import time
import urllib.parse

import pandas as pd

from utils.desk import replayed_time
from utils.desk.measuring import next_run
from utils.errors import CourseError
from utils.servers import local_http

POLL_SECONDS = 0.05
# A page is on its way for about a second.
PAGE_SECONDS = 15
LAST_LINES = 5


class Clock:
    """The clock of the desk's traffic; `parts` are the desk's programs by name."""

    def __init__(self, parts: dict[str, object]):
        self._parts = parts
        state = self.tell("")
        self.first, self.last = pd.Timestamp(state["first"]), pd.Timestamp(state["last"])

    def now(self) -> pd.Timestamp:
        """Return the replayed time."""
        return pd.Timestamp(self.tell("")["clock"])

    def run_until(
        self, moment: pd.Timestamp, day_seconds: float | None, stop_at_page: bool
    ) -> None:
        """Let the clock run until a replayed time, or until a new page, and wait for all it told.

        Raises CourseError when a program of the desk is gone.
        """
        self.need_all()
        speed = {} if day_seconds is None else {"day_seconds": float(day_seconds)}
        known = self._firing()
        moment = min(moment, self.last)
        while (clock := self.now()) < moment:
            # A page comes of a run of the drift job, so that is where to look for one.
            goal = min(next_run(clock), moment) if stop_at_page else moment
            self.tell("/run", until=goal.isoformat(), **speed)
            try:
                self.wait()
            except BaseException:  # also when the cell is interrupted
                self.tell("/hold")
                raise
            if stop_at_page and self._firing() - known:
                break
        self._wait_for_pages()

    def wait(self) -> None:
        """Wait until the clock stands still, and what it brought is measured and judged."""
        while self.tell("")["running"]:
            self.need_all()
            time.sleep(POLL_SECONDS)

    def hold(self) -> pd.Timestamp:
        """Hold the clock; return the replayed time."""
        return pd.Timestamp(self.tell("/hold")["clock"])

    def need_all(self) -> None:
        """Raise CourseError when a program of the desk has ended."""
        for name, part in self._parts.items():
            if not part.is_alive():
                raise CourseError(
                    f"The desk's {name} is gone, and without it a quiet desk says nothing. Run the "
                    f"cell that starts the desk again. {last_words(part)}".strip()
                )

    def times(self) -> replayed_time.Seen:
        """Return the notes of the traffic: wall time, and the replayed time at that moment."""
        return self.tell("/times")["clock"]

    def runs(self) -> replayed_time.Seen:
        """Return when (wall time) which run of the drift job had been judged."""
        return self.tell("/times")["runs"]

    def replayed(self, moments: pd.Series) -> pd.Series:
        """Turn wall times (UTC) into replayed ones."""
        return replayed_time.replayed(moments, self.times())

    def tell(self, what: str, **options) -> dict:
        """Ask the traffic, or give it an order (`what` is a path)."""
        asked = f"?{urllib.parse.urlencode(options)}" if options else ""
        # What changes nothing is asked for, all else is posted.
        method = "GET" if what in ("", "/times") else "POST"
        url = f"{self._parts['traffic'].url}{what or '/'}{asked}"
        try:
            return local_http.request(method, url).json()
        except (*local_http.NO_ANSWER, ValueError):
            raise CourseError(
                "The desk's traffic does not answer. Run the cell that starts the desk again."
            ) from None

    def _firing(self) -> set:
        """Return the alerts that fire, each with its beginning, as Prometheus knows them."""
        table = self._parts["Prometheus"].alerts()
        firing = table[table["state"] == "firing"] if len(table) else table
        return {_key(alert) for alert in firing.to_dict("records")}

    def _wait_for_pages(self) -> None:
        """Wait until the desk was told of what fires, and of what has ended."""
        self.need_all()
        end = time.monotonic() + PAGE_SECONDS
        while time.monotonic() < end:
            told: dict = {}
            for _, said in self._parts["Alertmanager"].received():
                told |= {_labels(a["labels"]): a["status"] for a in said["alerts"]}
            fires = {labels for labels, _ in self._firing()}
            # What is silenced is never told; the limit of the wait is for that.
            if fires == {labels for labels, status in told.items() if status == "firing"}:
                return
            time.sleep(POLL_SECONDS)


def last_words(part) -> str:
    """Return the last that a program of the desk has written, in a sentence."""
    if not hasattr(part, "said"):  # Prometheus and Alertmanager keep theirs
        return ""
    said = part.said(LAST_LINES).strip()
    return f"Its last words:\n{said}" if said else "It has said nothing."


def _key(alert: dict) -> tuple:
    labels = {n: v for n, v in alert.items() if n not in ("state", "since") and v == v}
    return _labels(labels), alert["since"]


def _labels(labels: dict[str, str]) -> frozenset:
    return frozenset(labels.items())
