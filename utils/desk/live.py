"""The whole desk from one cell: service, replayed traffic, drift job, Prometheus, Alertmanager.

>>> from utils import desk
>>> stack = desk.start()  # the guided week; desk.start(seed=17) plays the incident of seed 17
>>> stack.play(1.5)  # one and a half replayed days, then the clock is held
>>> stack.pages()
>>> stack.stop()

All of it are real programs on this machine; they end with `stop()`, when the cell is run again, and
with the kernel. Two times must not be confused: *replayed* time is the flights' (New York, 2013),
a day of it takes `day_seconds`; wall time is this machine's. Tables of this module give replayed
time, in the columns `at` and `sched_dep`.

The replayed clock runs only while `play` says so and is held otherwise, so that there is time to
read. While it is held no flight asks for a prediction, and alerts stay as they are.
"""

import functools
import json
import time
import urllib.parse
import urllib.request
from pathlib import Path

import httpx
import pandas as pd

from utils import model as flight_delay
from utils import prometheus
from utils.desk import drift_job, programs, replay, replayed_time, swap
from utils.desk.alert_rules import RULES
from utils.errors import CourseError
from utils.flights import FEATURES, REFERENCE, load_flights
from utils.given import a_moment, a_number, is_number
from utils.servers import find_program
from utils.service import predictions

DAY_SECONDS = replay.DAY_SECONDS
SOURCES = ("weather", "bookings", "model")

# After a measurement: it is scraped, judged, and sent to the desk.
SETTLE_SECONDS = 2.5

_PARTS = {
    "service": ("answers /predict, logs each prediction", "/health"),
    "traffic": ("replays the flights, knows outcomes a day later", "/"),
    "drift job": ("measures the last day, every two seconds", "/"),
    "Prometheus": ("scrapes all of them, judges the rules", "/-/ready"),
    "Alertmanager": ("turns alerts into pages", "/-/ready"),
    "webhook": ("takes the pages, in this notebook", None),
}

_running: "Desk | None" = None


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
        state = _get(self._traffic.url)
        self.first, self.last = pd.Timestamp(state["first"]), pd.Timestamp(state["last"])

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
        return pd.Timestamp(self._tell("")["clock"])

    def play(
        self,
        days: float = 1.0,
        until_page: bool = False,
        day_seconds: float | None = None,
        until: str | pd.Timestamp | None = None,
    ) -> pd.Timestamp:
        """Let the clock run for so many replayed days, then hold it; return the replayed time.

        With `until_page` it is held as soon as a page that was not there before has come. The call
        returns when the clock is held and the drift job has measured the last window. A replay that
        has reached its last day stays there. `day_seconds` changes the speed from now on. `until`,
        a replayed time, is another way to say how long; a time that is over lets nothing run.
        """
        if until is not None:
            left = (_moment("until", until, "2014-01-01") - self.clock()) / pd.Timedelta("1D")
            if left <= 0:
                return self.clock()
            days = min(left, 14)
        if not is_number(days) or not 0 < days <= 14:
            raise CourseError(f"`days` is {days!r}: give replayed days, above 0 and at most 14.")
        speed = _speed(day_seconds)
        known = self._firing()
        self._tell("/run", days=float(days), **speed)
        try:
            while self._tell("")["running"]:
                if until_page and self._firing() > known:
                    break
                time.sleep(0.05)
        finally:  # also when the cell is interrupted
            self.hold()
        self._settle()
        return self.clock()

    def run_on(self, day_seconds: float | None = None) -> None:
        """Let the clock run from here on, until `hold`, or to the end of the replay."""
        self._tell("/run", **_speed(day_seconds))

    def hold(self) -> pd.Timestamp:
        """Hold the clock; return the replayed time."""
        return pd.Timestamp(self._tell("/hold")["clock"])

    def pages(self) -> pd.DataFrame:
        """Return what the desk was told, the oldest first: a row for each alert of a notification.

        Columns: `at` (replayed time), `alert` (name), `column` (of the data that it is about, or
        ""), `origin` (airport, or ""), `status` ("firing" or "resolved"), `summary`, `runbook`.
        """
        rows, last = [], {}
        for received, said in self.alertmanager.received():
            for alert in said["alerts"]:
                labels, notes = alert["labels"], alert["annotations"]
                key = tuple(labels.get(n, "") for n in ("alertname", "column", "origin"))
                # A group is told again as a whole when one of its alerts changes.
                if last.get(key) == alert["status"]:
                    continue
                last[key] = alert["status"]
                text = [notes.get(n, "") for n in ("summary", "runbook")]
                rows.append((received, *key, alert["status"], *text))
        columns = ["at", "alert", "column", "origin", "status", "summary", "runbook"]
        table = pd.DataFrame(rows, columns=columns)
        return table.assign(at=self._replayed(table["at"]))

    def alerts(self) -> pd.DataFrame:
        """Return the alerts of now: `alert`, `column`, `origin`, `state`, `since` (replayed).

        `state` is "pending" or "firing".
        """
        columns = ["alert", "column", "origin", "state", "since"]
        found = self.prometheus.alerts().rename(columns={"alertname": "alert"})
        table = found.reindex(columns=columns)
        labels = table[["alert", "column", "origin", "state"]].fillna("").astype("str")
        table = labels.assign(since=self._replayed(pd.to_datetime(table["since"])))
        return table.sort_values(["alert", "column", "origin"], ignore_index=True)

    def query(self, expression: str) -> pd.DataFrame:
        """Return the value of a PromQL expression now: see `prometheus.Prometheus.query`."""
        return self.prometheus.query(expression)

    def history(self, expression: str, step: str = "1s") -> pd.DataFrame:
        """Return a PromQL expression's values while the clock ran, in replayed time.

        Columns: the labels, `at` (replayed time) and `value`. For figures. Of what was measured
        while the clock was held, the last value stays.
        """
        tables = [
            self.prometheus.query_range(expression, start, end + SETTLE_SECONDS, step)
            for start, end in replayed_time.runs(self._times())
        ]
        tables.append(self.prometheus.query(expression))
        table = pd.concat([t for t in tables if len(t)] or tables[-1:], ignore_index=True)
        table["at"] = self._replayed(table["time"])
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
        table = replay.read_outcomes(self._folder / drift_job.OUTCOME_FILE, limit)
        return table.astype({"flight_id": "int64"})

    def fix(self, source: str) -> str:
        """Have a source repaired from the replayed time of now on; return a sentence that says so.

        `source` is one of SOURCES: "weather", "bookings", "model". Whether that was the cause, the
        metrics will show: to repair what is whole does no harm and changes nothing.
        """
        if source not in SOURCES:
            raise CourseError(f"`source` is {source!r}: choose one of {', '.join(SOURCES)}.")
        self._tell("/repair", source=source)
        return f"From now on, the {source} should be right again."

    def challenge(self, model, version: str = "2") -> str:
        """Let a model predict in the shadow, beside the champion, from now on.

        Its probabilities stand in the column `challenger` of `window`, and reach no user.

        Raises CourseError when the service refuses the model.
        """
        self._change(model, version, "challenger")
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
        path = self._save(model, version)
        seen = swap.under_load(
            self.service.url,
            _requests(load_flights(*REFERENCE).head(3)),
            seconds,
            lambda: self._post_model(path, version, "champion"),
        )
        in_service = self._ask_service("GET", "/health").json()["model"]
        return pd.Series(swap.summary(seen, version) | {"version": in_service})

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

    def _tell(self, what: str, **options) -> dict:
        asked = f"?{urllib.parse.urlencode(options)}" if options else ""
        # What changes nothing is asked for, all else is posted.
        post = what not in ("", "/times")
        try:
            return _get(f"{self._traffic.url}{what or '/'}{asked}", post)
        except (OSError, ValueError):
            raise CourseError(
                "The desk's traffic does not answer. Run the cell that starts the desk again."
            ) from None

    def _firing(self) -> int:
        """Count the alerts that the desk was told of as firing."""
        pages = self.alertmanager.received()
        return len(
            {
                (a["fingerprint"], a["startsAt"])
                for _, said in pages
                for a in said["alerts"]
                if a["status"] == "firing"
            }
        )

    def _settle(self) -> None:
        """Wait until the last window has been measured, and the rules have judged it."""
        self._wait_for_job(30)
        time.sleep(SETTLE_SECONDS)

    def _wait_for_job(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            # What is in flight when the clock is held is answered and written down first.
            state = self._tell("")
            try:
                job = _get(self._job.url)
            except (OSError, ValueError):
                if not self._job.is_alive():
                    break
            else:
                if not state["running"] and job["ready"] and job["measured"] == state["clock"]:
                    return
            time.sleep(0.05)
        state = "did not measure in time" if self._job.is_alive() else "ended"
        raise CourseError(f"The drift job {state}. Its last words:\n{self._job.said()}")

    def _replayed(self, moments: pd.Series) -> pd.Series:
        """Turn wall times (UTC) into replayed ones."""
        return replayed_time.replayed(moments, self._times())

    def _times(self) -> list[tuple[float, str]]:
        """Return the notes of the traffic: wall time, and the replayed time at that moment."""
        return self._tell("/times")

    def _change(self, model, version: str, role: str) -> None:
        self._post_model(self._save(model, version), version, role)

    def _save(self, model, version: str) -> Path:
        if not isinstance(version, str) or not version.strip("/\\. ") or version == "1":
            raise CourseError(f'`version` is {version!r}: give a text other than "1".')
        name = "".join(c if c.isalnum() else "_" for c in version)
        path = self._folder / f"model-{name}.joblib"
        try:
            flight_delay.save(model, path)
        except OSError as problem:
            raise CourseError(
                f"The model cannot be stored for the service ({problem.strerror}). Is the desk "
                "stopped? Run the cell that starts it again."
            ) from None
        return path

    def _post_model(self, path: Path, version: str, role: str) -> None:
        new = {"path": str(path), "version": version, "role": role}
        answer = self._ask_service("POST", "/model", json=new)
        if answer.status_code != 200:
            said = " ".join(answer.json().get("errors", [str(answer.status_code)]))
            raise CourseError(f"The service refuses the model: {said}")

    def _ask_service(self, method: str, path: str, **options) -> httpx.Response:
        try:
            return httpx.request(
                method, f"{self.service.url}{path}", timeout=30, trust_env=False, **options
            )
        except httpx.HTTPError:
            raise CourseError(
                "The desk's service does not answer. Run the cell that starts the desk again."
            ) from None


def start(
    seed: int | None = None,
    day_seconds: float = DAY_SECONDS,
    rules: str = RULES,
    model=None,
) -> Desk:
    """Start everything; return when all of it answers and the drift job has measured once.

    Without a seed the guided week is played: 13 to 20 May 2013, in which one thing goes wrong. With
    a seed, the incident that `incidents.score(seed, ...)` asks about. The clock is held at the
    beginning. `rules` are the alerting rules (YAML), by default `desk_rules.RULES`, `model` the
    champion, by default FlightDelay as trained on weeks 1 to 9. A desk that was started before is
    stopped first.

    Raises CourseError when Prometheus or Alertmanager is not installed, or something does not
    start.
    """
    global _running  # noqa: PLW0603
    a_number("day_seconds", day_seconds, 2, 600)
    if _running is not None:
        _running.stop()
    # What is missing is said before anything runs.
    for program in ("prometheus", "promtool", "alertmanager"):
        find_program.require(program)
    prometheus.check_rules(rules)

    def champion():
        return _champion() if model is None else model

    parts, since, place = programs.start_all(seed, champion, rules, day_seconds)
    try:
        desk = Desk(parts, since, place, champion())
        # The first prediction of a new process is slow; nobody waits for it this way.
        desk._post_model(place / drift_job.MODEL, "1", "champion")
        desk._tell("/run", days=0, day_seconds=day_seconds)
        desk._wait_for_job(60)
    except BaseException:
        for part in parts.values():
            part.stop()
        raise
    _running = desk
    return desk


@functools.cache
def _champion():
    return flight_delay.train()


@functools.cache
def _reference_flights() -> pd.DataFrame:
    return load_flights(*REFERENCE)


def _scored_reference(model) -> pd.DataFrame:
    flights = _reference_flights()
    return flights.assign(probability=flight_delay.predict(model, flights))


def _requests(flights: pd.DataFrame) -> list[dict]:
    table = flights[["flight_id", *FEATURES]].astype(object)
    return table.where(table.notna(), None).to_dict("records")


def _moment(name: str, given, otherwise: str) -> pd.Timestamp:
    value = otherwise if given is None else given
    return a_moment(name, value, 'a replayed time like "2013-05-15 12:00"')


def _speed(day_seconds: float | None) -> dict[str, float]:
    """Return the speed as the traffic's option; without one it keeps its own."""
    if day_seconds is None:
        return {}
    a_number("day_seconds", day_seconds, 2, 600)
    return {"day_seconds": float(day_seconds)}


def _answers(url: str, path: str | None) -> bool:
    try:
        answer = httpx.get(url + (path or ""), timeout=2, trust_env=False)
    except httpx.HTTPError:
        return False
    # The webhook takes only what Alertmanager posts; that it refuses us is answer enough.
    return path is None or answer.is_success


def _get(url: str, post: bool = False) -> dict:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, data=b"" if post else None), timeout=10) as answer:
        return json.load(answer)
