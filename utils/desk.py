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


import pandas as pd

DAY_SECONDS = 16.0


class Desk:
    """A running desk: `stop()` ends it, and so does leaving a `with` block.

    Attributes: `prometheus` (a `prometheus.Prometheus`), `alertmanager` (an
    `alerts.AlertManager`), `service` (a `servers.Server`, its `url` takes POST /predict), `model`
    (the champion's pipeline, version "1"), `database` (the path of the predictions), `first` (the
    Timestamp at which the replay began).
    """

    def status(self) -> pd.DataFrame:
        """Return a row for each program: `part`, `does`, `address`, `healthy`, `since`.

        The parts are "service", "traffic", "drift job", "Prometheus", "Alertmanager" and "webhook";
        `healthy` is True or False, `since` the wall time (UTC) of its start.
        """

    def clock(self) -> pd.Timestamp:
        """Return the replayed time."""

    def play(
        self, days: float = 1.0, until_page: bool = False, day_seconds: float | None = None
    ) -> pd.Timestamp:
        """Let the clock run for so many replayed days, then hold it; return the replayed time.

        With `until_page` it is held as soon as a page that was not there before has come. The call
        returns when the clock is held and the drift job has measured the last window. A replay that
        has reached its last day stays there. `day_seconds` changes the speed for this call.
        """

    def run_on(self) -> None:
        """Let the clock run from here on, until `hold`, or to the end of the replay."""

    def hold(self) -> pd.Timestamp:
        """Hold the clock; return the replayed time."""

    def pages(self) -> pd.DataFrame:
        """Return what the desk was told, the oldest first: a row for each alert of a notification.

        Columns: `at` (replayed time), `alert` (name), `column` (of the data that it is about, or
        ""), `origin` (airport, or ""), `status` ("firing" or "resolved"), `summary`, `runbook`.
        """

    def alerts(self) -> pd.DataFrame:
        """Return the alerts of now: `alert`, `column`, `origin`, `state`, `since` (replayed).

        `state` is "pending" or "firing".
        """

    def query(self, expression: str) -> pd.DataFrame:
        """Return the value of a PromQL expression now: see `prometheus.Prometheus.query`."""

    def history(self, expression: str, step: str = "500ms") -> pd.DataFrame:
        """Return a PromQL expression's values since the desk was started, in replayed time.

        Columns: the labels, `at` (replayed time) and `value`. For figures. Values from while the
        clock was held are left out.
        """

    def window(self, n: int | None = None, since=None, until=None) -> pd.DataFrame:
        """Return predictions from the service's database, the oldest flight first.

        The last `n` of them, or those whose flight leaves from `since` up to, and without, `until`
        (replayed time; either may be left out). Columns: those of `predictions.COLUMNS`, among them
        `flight_id`, `sched_dep`, all FEATURES, `probability`, `model` (version), `challenger`. The
        week before the replay is in the database, too.
        """

    def reference(self, window: pd.DataFrame) -> pd.DataFrame:
        """Return the reference flights of the same hours of the same weekdays as the window's.

        From weeks 10 to 13, with `probability` of the champion.
        """

    def report(self, window: pd.DataFrame):
        """Run Evidently on a window against `reference(window)`; return the Snapshot.

        Drift of the features and of `probability`, with tests, so `reports.drift_table(snapshot)`
        and `reports.show(snapshot, name)` work on it.
        """

    def labels(self, until=None) -> pd.DataFrame:
        """Return the outcomes known by now, or by the replayed time `until` (not after now).

        A flight's outcome becomes known a day after its scheduled departure. Columns: `flight_id`,
        `sched_dep`, `arr_delay`, `late` (NaN for a flight that never arrived), `known` (replayed
        time at which it became known). Joins with `window` on `flight_id`.
        """

    def fix(self, source: str) -> str:
        """Have a source repaired from the replayed time of now on; return a sentence that says so.

        `source` is one of SOURCES: "weather", "bookings", "model". Whether that was the cause, the
        metrics will show: to repair what is whole does no harm and changes nothing.
        """

    def challenge(self, model, version: str = "2") -> str:
        """Let a model predict in the shadow, beside the champion, from now on.

        Its probabilities stand in the column `challenger` of `window`, and reach no user.
        """

    def swap(self, model, version: str = "2", seconds: float = 2.0) -> pd.Series:
        """Put a model into service while requests keep coming; return what they saw.

        For `seconds` four clients ask without a pause, and in the middle the model is changed.
        `requests`, `failed` (no answer, or a status other than 200), `slowest_ms`, `before` and
        `after` (answers of either version), `version` (in service at the end).
        """

    def stop(self) -> None:
        """End all programs and remove what they stored; stopping twice does no harm."""


SOURCES = ("weather", "bookings", "model")


def start(
    seed: int | None = None,
    day_seconds: float = DAY_SECONDS,
    rules: str | None = None,
    model=None,
) -> Desk:
    """Start everything; return when all of it answers and the drift job has measured once.

    Without a seed the guided week is played: 6 to 15 May 2013, in which one thing goes wrong. With
    a seed, the incident that `incidents.score(seed, ...)` asks about. The clock is held at the
    beginning. `rules` are the alerting rules (YAML), by default `desk_rules.RULES`, `model` the
    champion, by default FlightDelay as trained on weeks 1 to 9. A desk that was started before is
    stopped first.

    Raises CourseError when Prometheus or Alertmanager is not installed, or something does not
    start.
    """


def guided_cause() -> str:
    """Return what goes wrong in the guided week, in one sentence, to be compared at the end."""
