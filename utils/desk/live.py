"""A running desk, from one cell: service, replayed traffic, drift job, Prometheus, Alertmanager.

>>> from utils import desk
>>> stack = desk.start()  # the guided week; desk.start(seed=17) plays the incident of seed 17
>>> stack.play(1.5)  # one and a half replayed days, then the clock is held
>>> stack.pages()
>>> stack.stop()

All of it are real programs on this machine; they end with `stop()`, when the cell is run again, and
with the kernel. Two times must not be confused: *replayed* time is the flights' (New York, 2013),
a day of it takes `day_seconds` or more; wall time is this machine's. Tables of this module give
replayed time, in the columns `at`, `since` and `sched_dep`.

The replayed clock runs only while `play` says so and is held otherwise, so that there is time to
read. It also waits for the drift job, which runs at 0, 6, 12 and 18 o'clock: so pages come at the
same replayed time on every machine.
"""

import functools
from pathlib import Path

import pandas as pd

from utils import model as flight_delay
from utils.desk import drift_job, handover, outcomes, pages, replayed_time
from utils.desk.clock import Clock
from utils.errors import CourseError
from utils.flights import REFERENCE, load_flights
from utils.given import a_moment, a_number, is_number
from utils.servers import local_http
from utils.service import predictions

SOURCES = ("weather", "bookings", "model")

# Between two scrapes of Prometheus at most.
SETTLE_SECONDS = 1.0

_PARTS = {
    "service": ("answers /predict, logs each prediction", "/health"),
    "traffic": ("replays the flights, knows outcomes a day later", "/"),
    "drift job": ("measures the last day, every six replayed hours", "/"),
    "Prometheus": ("scrapes all of them, judges the rules", "/-/ready"),
    "Alertmanager": ("turns alerts into pages", "/-/ready"),
    "webhook": ("takes the pages, in this notebook", None),
}


class Desk:
    """A running desk: `stop()` ends it, and so does leaving a `with` block.

    Attributes: `prometheus` (a `prometheus.Prometheus`), `alertmanager` (an
    `alerts.AlertManager`), `service` (a `servers.Server`, its `url` takes POST /predict), `model`
    (the champion's pipeline, version "1"), `database` (the path of the predictions), `first` and
    `last` (the Timestamps between which the replay runs).
    """

    def __init__(self, parts: dict[str, object], since: dict, folder: Path, model):
        self.service = parts["service"]
        self.prometheus = parts["Prometheus"]
        self.alertmanager = parts["Alertmanager"]
        self.model = model
        self.database = folder / drift_job.DATABASE
        self._traffic = parts["traffic"]
        self._job = parts["drift job"]
        self._folder = folder
        self._since = since
        self._shown = 0
        self._clock = Clock(parts)
        self.first, self.last = self._clock.first, self._clock.last

    def status(self) -> pd.DataFrame:
        """Return a row for each program: `part`, `does`, `address`, `healthy`, `since`.

        The parts are "service", "traffic", "drift job", "Prometheus", "Alertmanager" and "webhook";
        `healthy` is True or False, `since` the wall time (UTC) of its start.
        """
        urls = {
            "service": self.service.url,
            "traffic": self._traffic.url,
            "drift job": self._job.url,
            "Prometheus": self.prometheus.url,
            "Alertmanager": self.alertmanager.url,
            "webhook": self.alertmanager.webhook_url,
        }
        rows = [
            (part, does, urls[part], _answers(urls[part], path), self._since[part])
            for part, (does, path) in _PARTS.items()
        ]
        return pd.DataFrame(rows, columns=["part", "does", "address", "healthy", "since"])

    def clock(self) -> pd.Timestamp:
        """Return the replayed time."""
        return self._clock.now()

    def play(
        self,
        days: float = 1.0,
        until_page: bool = False,
        day_seconds: float | None = None,
        until: str | pd.Timestamp | None = None,
    ) -> pd.Timestamp:
        """Let the clock run for so many replayed days, then hold it; return the replayed time.

        With `until_page` it is held as soon as a page that was not there before has come. The call
        returns when the clock is held, the drift job has measured the last window, and what there
        was to page has been paged. A replay that has reached its last day stays there.
        `day_seconds` changes the speed from now on; a slow machine takes longer. `until`, a
        replayed time, is another way to say how long; a time that is over lets nothing run.

        Raises CourseError when a program of the desk is gone: then nobody watches.
        """
        if until is None:
            if not is_number(days) or not 0 < days <= 14:
                raise CourseError(
                    f"`days` is {days!r}: give replayed days, above 0 and at most 14."
                )
            moment = self.clock() + pd.Timedelta(days=float(days))
        else:
            moment = _moment("until", until, "2014-01-01")
        if day_seconds is not None:
            a_number("day_seconds", day_seconds, 2, 600)
        self._clock.run_until(moment, day_seconds, until_page)
        return self.clock()

    def hold(self) -> pd.Timestamp:
        """Hold the clock; return the replayed time."""
        return self._clock.hold()

    def pages(self) -> pd.DataFrame:
        """Return what the desk was told, the oldest first: a row for each alert of a notification.

        Columns: `at` (replayed time), `alert` (name), `column` (of the data that it is about, or
        ""), `origin` (airport, or ""), `status` ("firing" or "resolved"), `summary`, `runbook`.

        Raises CourseError when a program of the desk is gone, for then no page comes.
        """
        self._clock.need_all()
        table = pages.pages(self.alertmanager.received())
        return table.assign(at=self._clock.replayed(table["at"]))

    def new_pages(self) -> pd.DataFrame:
        """Return those of the pages that this did not return before, with their replayed time."""
        table = self.pages()
        new, self._shown = table.iloc[self._shown :], len(table)
        return new.reset_index(drop=True)

    def alerts(self) -> pd.DataFrame:
        """Return the alerts of now: `alert`, `column`, `origin`, `state`, `since` (replayed).

        `state` is "pending" or "firing".
        """
        table = pages.alerts(self.prometheus.alerts())
        return table.assign(since=self._clock.replayed(table["since"]))

    def query(self, expression: str) -> pd.DataFrame:
        """Return the value of a PromQL expression now: see `prometheus.Prometheus.query`."""
        return self.prometheus.query(expression)

    def history(self, expression: str, step: str | None = None) -> pd.DataFrame:
        """Return a PromQL expression's values in replayed time, one for each run of the drift job.

        Columns: the labels, `at` (replayed time) and `value`. So each value of a `drift_` metric is
        one that was measured at that time. With a `step` ("1s", of wall time), the values while the
        clock ran, for what the service and the traffic expose; what the drift job measured last
        then stays until its next run, `drift_run_clock_seconds` says which that is.
        """
        if step is None:
            tables = [
                self.prometheus.query(expression, wall).assign(at=pd.Timestamp(played))
                for wall, played in self._clock.runs()
            ]
            table = pd.concat([t for t in tables if len(t)] or tables[-1:], ignore_index=True)
        else:
            tables = [
                self.prometheus.query_range(expression, start, end + SETTLE_SECONDS, step)
                for start, end in replayed_time.runs(self._clock.times())
            ]
            tables.append(self.prometheus.query(expression))
            table = pd.concat([t for t in tables if len(t)] or tables[-1:], ignore_index=True)
            table["at"] = self._clock.replayed(table["time"])
        labels = [c for c in table.columns if c not in ("time", "at", "value")]
        latest = table.drop_duplicates([*labels, "at"], keep="last")
        return latest.sort_values([*labels, "at"], ignore_index=True)[[*labels, "at", "value"]]

    def window(self, n: int | None = None, since=None, until=None) -> pd.DataFrame:
        """Return predictions from the service's database, the oldest flight first.

        The last `n` of them, or those whose flight leaves from `since` up to, and without, `until`
        (replayed time; either may be left out). Columns: those of `predictions.COLUMNS`, among them
        `flight_id`, `sched_dep`, all FEATURES, `probability`, `model` (version), `challenger`. The
        week before the replay is in the database, too. A request that named no flight, such as one
        by hand, is left out: it has no outcome to be joined with.

        Raises CourseError when a time cannot be understood or no flight is there.
        """
        since = _moment("since", since, "2013-01-01")
        until = _moment("until", until, "2014-01-01")
        table = predictions.between(self.database, since, until, by="sched_dep")
        table = table.dropna(subset="flight_id")
        if table.empty:
            raise CourseError(
                f"No flight of the database leaves from {since} up to {until}. It is "
                f"{self.clock():%Y-%m-%d %H:%M} at the desk."
            )
        table = table.sort_values(["sched_dep", "flight_id"], ignore_index=True)
        table["flight_id"] = table["flight_id"].astype("int64")
        return table if n is None else table.tail(n).reset_index(drop=True)

    def reference(self, window: pd.DataFrame) -> pd.DataFrame:
        """Return the reference flights of the same hours of the same weekdays as the window's.

        From weeks 10 to 13, with `probability` of the champion. A window is taken to begin and end
        with the hour of its first and its last flight.
        """
        from utils.desk.drift_window import same_hours

        times = window["sched_dep"]
        return same_hours(
            _scored_reference(self.model), times.min().floor("h"), times.max().ceil("h")
        )

    def report(self, window: pd.DataFrame, reference: pd.DataFrame | None = None):
        """Run Evidently on a window against a reference; return the Snapshot.

        By default the reference is `reference(window)`. Drift of the features and of `probability`,
        with tests, so `reports.drift_table(snapshot)` and `reports.show(snapshot, name)` work on
        it.
        """
        from utils.desk import drift_window

        if window.empty:
            raise CourseError("The window holds no flight: choose another one.")
        return drift_window.report(
            window, self.reference(window) if reference is None else reference
        )

    def labels(self, until=None) -> pd.DataFrame:
        """Return the outcomes known by now, or by the replayed time `until` (not after now).

        A flight's outcome becomes known a day after its scheduled departure. Columns: `flight_id`,
        `sched_dep`, `arr_delay`, `late` (NaN for a flight that never arrived), `known` (replayed
        time at which it became known). Joins with `window` on `flight_id`.
        """
        limit = min(self.clock(), _moment("until", until, "2014-01-01"))
        table = outcomes.read(self._folder / drift_job.OUTCOME_FILE, limit)
        return table.astype({"flight_id": "int64"})

    def fix(self, source: str) -> str:
        """Have a source repaired from the replayed time of now on; return a sentence that says so.

        `source` is one of SOURCES: "weather", "bookings", "model". Whether that was the cause, the
        metrics will show: to repair what is whole does no harm and changes nothing.
        """
        if source not in SOURCES:
            raise CourseError(f"`source` is {source!r}: choose one of {', '.join(SOURCES)}.")
        self._clock.tell("/repair", source=source)
        return f"From now on, the {source} should be right again."

    def challenge(self, model, version: str = "2") -> str:
        """Let a model predict in the shadow, beside the champion, from now on.

        Its probabilities stand in the column `challenger` of `window`, and reach no user.

        Raises CourseError when the service refuses the model.
        """
        handover.give(self.service.url, self._folder, model, version, "challenger")
        return f"Version {version} predicts in the shadow."

    def swap(self, model, version: str = "2", seconds: float = 2.0) -> pd.Series:
        """Put a model into service while requests keep coming; return what they saw.

        For `seconds` four clients ask without a pause, and in the middle the model is changed.
        `requests`, `failed` (no answer, or a status other than 200), `slowest_ms`, `before` and
        `after` (answers of the version before, and of the new one), `version` (in service at the
        end).

        Raises CourseError when the service refuses the model.
        """
        a_number("seconds", seconds, 0.1, 60)
        return handover.under_load(self.service.url, self._folder, model, version, seconds)

    def stop(self) -> None:
        """End all programs and remove what they stored; stopping twice does no harm."""
        # The drift job last: its folder holds the databases of all.
        for part in (self._traffic, self.prometheus, self.alertmanager, self.service, self._job):
            part.stop()

    def __enter__(self) -> "Desk":
        """Return the desk itself."""
        return self

    def __exit__(self, *_) -> None:
        """Stop the desk."""
        self.stop()


@functools.cache
def _reference_flights() -> pd.DataFrame:
    return load_flights(*REFERENCE)


def _scored_reference(model) -> pd.DataFrame:
    flights = _reference_flights()
    return flights.assign(probability=flight_delay.predict(model, flights))


def _moment(name: str, given, otherwise: str) -> pd.Timestamp:
    value = otherwise if given is None else given
    return a_moment(name, value, 'a replayed time like "2013-05-15 12:00"')


def _answers(url: str, path: str | None) -> bool:
    try:
        answer = local_http.get(url + (path or ""), timeout=2)
    except local_http.NO_ANSWER:
        return False
    # The webhook takes only what Alertmanager posts; that it refuses us is answer enough.
    return path is None or answer.is_success
