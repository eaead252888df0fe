"""Start the desk: everything of it, in the order in which it takes the least time."""

import functools
import time

from utils import model as flight_delay
from utils import prometheus
from utils.desk import drift_job, handover, programs
from utils.desk.alert_rules import RULES
from utils.desk.clock import last_words
from utils.desk.live import Desk
from utils.desk.replay import DAY_SECONDS
from utils.errors import CourseError
from utils.given import a_number
from utils.servers import find_program, local_http

_running: Desk | None = None


def start(
    seed: int | None = None,
    day_seconds: float = DAY_SECONDS,
    rules: str | None = None,
    model=None,
) -> Desk:
    """Start everything; return when all of it answers and the drift job has measured once.

    Without a seed the guided week is played: 13 to 20 May 2013, in which one thing goes wrong. With
    a seed, the incident that `incidents.score(seed, ...)` asks about. The clock is held at the
    beginning. `rules` are the alerting rules (YAML), by default those of `utils.desk.alert_rules`;
    `model` is the champion, by default FlightDelay as trained on weeks 1 to 9. A desk that was
    started before is stopped first.

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
    rules = RULES if rules is None else rules
    prometheus.check_rules(rules)

    def champion():
        return _champion() if model is None else model

    parts, since, place = programs.start_all(seed, champion, rules, day_seconds)
    try:
        desk = Desk(parts, since, place, champion())
        # The first prediction of a new process is slow; nobody waits for it this way.
        handover.post(desk.service.url, place / drift_job.MODEL, "1", "champion")
        _wait_until_ready(desk._job)
        desk._clock.tell("/run", until=desk.first.isoformat(), day_seconds=day_seconds)
        desk._clock.tell("/judged-by", prometheus=desk.prometheus.url)
        desk._clock.wait()
    except BaseException:
        for part in parts.values():
            part.stop()
        raise
    _running = desk
    return desk


@functools.cache
def _champion():
    return flight_delay.train()


def _wait_until_ready(job) -> None:
    end = time.monotonic() + programs.START_SECONDS
    while time.monotonic() < end and job.is_alive():
        try:
            if local_http.get(job.url).json()["ready"]:
                return
        except local_http.NO_ANSWER:
            pass  # busy, or ending
        time.sleep(0.05)
    state = "was not ready in time; is the machine very busy" if job.is_alive() else "ended at once"
    mark = "?" if job.is_alive() else "."
    raise CourseError(f"The drift job {state}{mark} Run the cell again. {last_words(job)}")
