"""A real Prometheus from a notebook: start it, and query it.

Queries return tidy tables: one row for each sample, a column for each label.
"""

import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import httpx
import pandas as pd

from utils import servers
from utils.errors import CourseError
from utils.prometheus import promtool, query_mistakes, times
from utils.prometheus.tables import as_table
from utils.servers import find_program, local_http

# How long a query may take, and how many samples it may need at once. The time machine has ten
# times as many, which would keep a notebook busy for minutes.
QUERY_SECONDS = 30
MOST_SAMPLES = 1_000_000
# In characters. The longest of the course is PSI from a histogram's buckets, with 5,300.
LONGEST_QUERY = 100_000


class Prometheus:
    """A running Prometheus server; `url` says where, `stop()` ends it."""

    def __init__(self, server: servers.Server, stored: bool = False, zone: str = "UTC"):
        self.url = server.url
        self._server = server
        self._stored = stored
        self._zone = zone

    def query(self, expression: str, at=None, seconds: float = QUERY_SECONDS) -> pd.DataFrame:
        """Return the value of an expression now, or `at` a time: one row for each series.

        Columns: the labels, `time` (UTC, without a zone) and `value`; a range vector such as
        `up[5m]` gives a row for each sample. A label that is itself called `time` or `value` is in
        the column `label_time` or `label_value`. `at` is a time in UTC, such as
        `prometheus.now() - pd.Timedelta("5min")`; the query may take so many `seconds`.

        Raises CourseError with Prometheus' own message, the place of the mistake, and advice.
        """
        moment = {} if at is None else {"time": times.seconds(at, self._zone)}
        table = as_table(self._evaluate("query", expression, moment, seconds))
        if table.empty and at is None and self._stored:
            raise CourseError(
                "There is nothing now, for this server holds a stored history. Say for which time "
                'you ask, `at="2013-05-06 14:00"`.'
            )
        return table

    def query_range(self, expression: str, start, end, step: str = "1h") -> pd.DataFrame:
        """Return an expression's values from `start` to `end` (UTC) at every `step` ("1h", "5m").

        Columns as in `query`. Raises CourseError as `query` does.
        """
        start, end = (times.seconds(moment, self._zone) for moment in (start, end))
        if end < start:
            raise CourseError("`end` lies before `start`: exchange them.")
        given = {"start": start, "end": end, "step": times.a_duration("step", step)}
        return as_table(self._evaluate("query_range", expression, given, QUERY_SECONDS))

    def targets(self) -> pd.DataFrame:
        """Return what Prometheus scrapes: `job`, `instance`, `health` and the last `error`."""
        active = self._ask("GET", "targets", params={"state": "active"})["activeTargets"]
        rows = [t["labels"] | {"health": t["health"], "error": t["lastError"]} for t in active]
        return pd.DataFrame(rows, columns=["job", "instance", "health", "error"])

    def alerts(self) -> pd.DataFrame:
        """Return the alerts that are pending or firing: their labels, `state` and `since` (UTC)."""
        found = self._ask("GET", "alerts")["alerts"]
        rows = [
            a["labels"]
            | {"state": a["state"], "since": pd.Timestamp(a["activeAt"]).tz_localize(None)}
            for a in found
        ]
        return pd.DataFrame(rows)

    def is_alive(self) -> bool:
        """Tell whether the server still runs."""
        return self._server.is_alive()

    def stop(self) -> None:
        """End the server and remove what it stored; stopping twice does no harm."""
        self._server.stop()

    def __enter__(self) -> "Prometheus":
        """Return the server itself."""
        return self

    def __exit__(self, *_) -> None:
        """Stop the server."""
        self.stop()

    def _evaluate(self, what: str, expression: str, given: dict, seconds: float) -> dict:
        if not isinstance(expression, str):
            raise CourseError(f"A query is a text; this is {expression!r}.")
        if len(expression) > LONGEST_QUERY:
            raise CourseError(
                f"The query has {len(expression):,} characters, and may have {LONGEST_QUERY:,}. "
                "Does a text in it hold itself, over and over?"
            )
        if not _is_text(expression):
            raise CourseError("The query holds half a character, such as \\ud800: type it anew.")
        form = given | {"query": expression, "timeout": times.a_duration("seconds", seconds)}
        return self._ask("POST", what, expression, seconds + 2, data=form)

    def _ask(
        self, method: str, what: str, expression: str = "", timeout: float = 30, **given
    ) -> dict:
        try:
            found = local_http.request(method, f"{self.url}/api/v1/{what}", timeout, **given)
            # Where the server is gone and another program has its port, this is no JSON.
            answer = found.json()
        except httpx.TimeoutException:
            raise CourseError(query_mistakes.explained("query timed out", expression)) from None
        except (*local_http.NO_ANSWER, ValueError) as problem:
            state = "is gone" if not self.is_alive() else f"did not answer ({problem})"
            raise CourseError(
                f"Prometheus {state}. Run the cell that starts it again, then this one."
            ) from None
        if found.is_error:
            said = answer.get("error", f"status {found.status_code}")
            raise CourseError(query_mistakes.explained(said, expression))
        # A stored history has its own time, and no clock matters to it.
        if not self._stored:
            self._server.compare_clocks(found.headers["Date"])
        # Prometheus 3 answers some doubtful queries and says what it doubts.
        for doubt in [*answer.get("warnings", ()), *answer.get("infos", ())]:
            print(f"Note: Prometheus answers, and says: {doubt}")
        return answer["data"]


def _is_text(given: str) -> bool:
    try:
        given.encode()
    except UnicodeEncodeError:
        return False
    return True


def start(
    targets: dict[str, Sequence[str]] | None = None,
    every: str = "1s",
    database: str | Path | None = None,
    rules: str | None = None,
    alertmanager: str | None = None,
    name: str = "Prometheus",
    zone: str = "UTC",
) -> Prometheus:
    """Start Prometheus on a free port of this machine; it is ready when this returns.

    `targets` are the jobs to scrape, {"flightdelay": ["127.0.0.1:8000"]}, each `every` so often;
    rules are evaluated as often. `database` is a folder of stored history, which is copied, since
    the server writes into it. `rules` is the YAML text of a rule file, `alertmanager` the address
    ("127.0.0.1:9093") that alerts go to. `zone` is that of the clock which a stored history is
    told by; times that are given with a zone are converted to it. A server of the same name that
    was started before is stopped first.

    Raises CourseError when Prometheus is not installed, the rules are wrong, or it does not start.
    """
    program = find_program.require("prometheus")
    targets = _targets(targets)
    if alertmanager is not None:
        _an_address(alertmanager, "The address of the Alertmanager")
    every = times.a_duration("every", every)
    if rules is not None:
        promtool.check_rules(rules)

    def command(port: int, folder: Path) -> list[str]:
        config = _prepare(folder, targets, every, database, rules, alertmanager)
        return [
            str(program),
            f"--config.file={config}",
            f"--storage.tsdb.path={folder / 'data'}",
            # Counted from the newest sample: the default of 15 days would delete a month's half.
            "--storage.tsdb.retention.time=100y",
            f"--query.max-samples={MOST_SAMPLES}",
            "--web.enable-lifecycle",
            # Its Alertmanager is found only some 5 s after the start. An alert of before would be
            # sent again after a minute, and a notebook waits for seconds.
            "--rules.alert.resend-delay=2s",
            f"--web.listen-address={servers.HOST}:{port}",
        ]

    server = servers.start(name, command, ready="/-/ready")
    return Prometheus(server, stored=database is not None, zone=zone)


def _targets(given) -> dict[str, list[str]]:
    """Return the addresses to scrape by their jobs; a text would be taken letter by letter."""
    jobs = {} if given is None else given
    if not isinstance(jobs, dict):
        raise CourseError(
            f"`targets` is {given!r}: write the job and its addresses, "
            '`{"flightdelay": ["127.0.0.1:8000"]}`.'
        )
    for job, addresses in jobs.items():
        listed = isinstance(addresses, (list, tuple)) and all(
            isinstance(address, str) for address in addresses
        )
        if not listed:
            raise CourseError(
                f"The addresses of the job {job!r} are {addresses!r}: write a list of texts, "
                '`["127.0.0.1:8000"]`.'
            )
        for address in addresses:
            _an_address(address, f"An address of the job {job!r}")
    return {job: list(addresses) for job, addresses in jobs.items()}


def _an_address(address: str, whose: str) -> None:
    if re.search(r"[/\s]", str(address)):
        raise CourseError(
            f"{whose} is {address!r}: Prometheus wants the host and the port alone, "
            '"127.0.0.1:8000", and adds the rest (`http://`, `/metrics`) by itself.'
        )


def _prepare(folder, targets, every, database, rules, alertmanager) -> Path:
    data = folder / "data"
    if database is None:
        data.mkdir()
    elif not Path(database).is_dir():
        raise CourseError(f"There is no database in {database}. Build it first.")
    else:
        shutil.copytree(database, data)
    config = {
        "global": {"scrape_interval": every, "scrape_timeout": every, "evaluation_interval": every},
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": addresses}]}
            for job, addresses in targets.items()
        ],
    }
    if rules is not None:
        (folder / "rules.yml").write_text(rules, encoding="utf-8")
        config["rule_files"] = ["rules.yml"]
    if alertmanager is not None:
        manager = {"static_configs": [{"targets": [alertmanager]}]}
        config["alerting"] = {"alertmanagers": [manager]}
    path = folder / "prometheus.yml"
    # JSON is YAML, too.
    path.write_text(json.dumps(config, indent=1), encoding="utf-8")
    return path
