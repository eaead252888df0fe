"""A real Prometheus from a notebook: start it, and query it.

Queries return tidy tables: one row for each sample, a column for each label.
"""

import json
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from utils import servers
from utils.errors import CourseError
from utils.given import is_number
from utils.prometheus import promtool
from utils.prometheus.places import marked
from utils.servers import find_program

# One year of minutes is more than a lesson draws; Prometheus itself refuses 11,000 points.
MOST_POINTS = 11_000


class Prometheus:
    """A running Prometheus server; `url` says where, `stop()` ends it."""

    def __init__(self, server: servers.Server, scrapes: bool):
        self.url = server.url
        self._server = server
        self._scrapes = scrapes

    def query(self, expression: str, at=None) -> pd.DataFrame:
        """Return the value of an expression now, or `at` a time: one row for each series.

        Columns: the labels, `time` (UTC, without a zone) and `value`; a range vector such as
        `up[5m]` gives a row for each sample. Times are UTC. A label that is itself called `time` or
        `value` is in the column `label_time` or `label_value`.

        Raises CourseError with Prometheus' own message, and the place of the mistake marked.
        """
        arguments = {"query": expression} | ({} if at is None else {"time": _seconds(at)})
        return _table(self._ask("query", arguments, expression))

    def query_range(self, expression: str, start, end, step: str = "1h") -> pd.DataFrame:
        """Return an expression's values from `start` to `end` (UTC) at every `step` ("1h", "5m").

        Columns as in `query`. Raises CourseError as `query` does.
        """
        start, end = _seconds(start), _seconds(end)
        if end < start:
            raise CourseError("`end` lies before `start`: exchange them.")
        arguments = {"query": expression, "start": start, "end": end, "step": step}
        return _table(self._ask("query_range", arguments, expression))

    def targets(self) -> pd.DataFrame:
        """Return what Prometheus scrapes: `job`, `instance`, `health` and the last `error`."""
        active = self._ask("targets", {"state": "active"}, "")["activeTargets"]
        rows = [t["labels"] | {"health": t["health"], "error": t["lastError"]} for t in active]
        return pd.DataFrame(rows, columns=["job", "instance", "health", "error"])

    def alerts(self) -> pd.DataFrame:
        """Return the alerts that are pending or firing: their labels, `state` and `since` (UTC)."""
        found = self._ask("alerts", {}, "")["alerts"]
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

    def _ask(self, what: str, arguments: dict, expression: str) -> dict:
        if not isinstance(expression, str):
            raise CourseError(f"A query is a text; this is {expression!r}.")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        address = f"{self.url}/api/v1/{what}?{urllib.parse.urlencode(arguments)}"
        try:
            with opener.open(address, timeout=30) as answer:
                # A stored history has its own time, and no clock matters to it.
                if self._scrapes:
                    self._server.compare_clocks(answer.headers["Date"])
                return json.load(answer)["data"]
        except urllib.error.HTTPError as refused:
            said = json.load(refused).get("error", str(refused))
            raise CourseError(_explained(said, expression)) from None
        except (OSError, ValueError) as problem:
            state = "is gone" if not self.is_alive() else f"did not answer ({problem})"
            raise CourseError(
                f"Prometheus {state}. Run the cell that starts it again, then this one."
            ) from None


def start(
    targets: dict[str, Sequence[str]] | None = None,
    every: str = "1s",
    database: str | Path | None = None,
    rules: str | None = None,
    alertmanager: str | None = None,
    name: str = "Prometheus",
) -> Prometheus:
    """Start Prometheus on a free port of this machine; it is ready when this returns.

    `targets` are the jobs to scrape, {"flightdelay": ["127.0.0.1:8000"]}, each `every` so often;
    rules are evaluated as often. `database` is a folder of stored history, which is copied, since
    the server writes into it. `rules` is the YAML text of a rule file, `alertmanager` the address
    ("127.0.0.1:9093") that alerts go to. A server of the same name that was started before is
    stopped first.

    Raises CourseError when Prometheus is not installed, the rules are wrong, or it does not start.
    """
    program = find_program.require("prometheus")
    targets = _targets(targets)
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
            "--web.enable-lifecycle",
            # Its Alertmanager is found only some 5 s after the start. An alert of before would be
            # sent again after a minute, and a notebook waits for seconds.
            "--rules.alert.resend-delay=2s",
            f"--web.listen-address={servers.HOST}:{port}",
        ]

    return Prometheus(servers.start(name, command, ready="/-/ready"), scrapes=bool(targets))


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
    return {job: list(addresses) for job, addresses in jobs.items()}


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


def _table(data: dict) -> pd.DataFrame:
    kind, result = data["resultType"], data["result"]
    if kind in ("scalar", "string"):
        result = [{"metric": {}, "value": result}]
    # Our own columns must not take the place of labels of the same name.
    own = {"time": "label_time", "value": "label_value"}
    named = [{own.get(n, n): text for n, text in series["metric"].items()} for series in result]
    rows = [
        labels | {"time": moment, "value": value}
        for labels, series in zip(named, result, strict=True)
        for moment, value in series.get("values", [series.get("value")])
    ]
    labels = sorted({label for labels in named for label in labels})
    table = pd.DataFrame(rows, columns=[*labels, "time", "value"])
    table["time"] = pd.to_datetime(table["time"].astype(float), unit="s").astype("datetime64[ms]")
    # Values come as text, so that NaN and +Inf can be said.
    table["value"] = table["value"].astype(str if kind == "string" else np.float64)
    return table.sort_values([*labels, "time"], ignore_index=True)


def _explained(said: str, expression: str) -> str:
    return f"Prometheus does not understand the query: {marked(said, expression)}"


def _seconds(moment) -> float:
    """Return seconds since 1970 of a UTC time: text, a Timestamp, or already seconds."""
    if is_number(moment):
        return float(moment)
    try:
        time = pd.Timestamp(moment)
    except (ValueError, TypeError):
        time = pd.NaT
    if time is pd.NaT:
        raise CourseError(f'`{moment!r}` is no time: write it like "2013-05-06 14:00", in UTC.')
    return (time.tz_localize(UTC) if time.tzinfo is None else time).timestamp()


def now() -> pd.Timestamp:
    """Return the time in UTC without a zone, as the tables of this module have it."""
    return pd.Timestamp(datetime.now(UTC)).tz_localize(None)
