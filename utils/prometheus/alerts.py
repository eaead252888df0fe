"""A real Alertmanager from a notebook, whose notifications come back into the notebook.

It is started on a free port of this machine. Every receiver in its settings that has no address of
its own becomes a webhook of this notebook: what a real desk would get as a page or a mail stands in
`notifications()`. All of it ends with the kernel.
"""

import json
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd

from utils import servers
from utils.errors import CourseError
from utils.given import a_number
from utils.prometheus import label_matchers, yaml_mistakes
from utils.prometheus.webhook import Webhook
from utils.servers import find_program, local_http

# One page for each kind of alert, at once.
CONFIG = """
route:
  receiver: desk
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 4h
receivers:
- name: desk
"""

# A year: what is silent for longer is forgotten.
MOST_MINUTES = 365 * 24 * 60

_COLUMNS = ["received", "receiver", "status", "alerts", "group", "labels", "annotations"]

_ID = re.compile(r"[0-9a-fA-F-]{36}")

_running: dict[str, "AlertManager"] = {}


class AlertManager:
    """A running Alertmanager; `address` is what Prometheus is told, `stop()` ends it."""

    def __init__(self, server: servers.Server, webhook: Webhook):
        self.url = server.url
        self.address = server.url.removeprefix("http://")
        self._server = server
        self._webhook = webhook

    def notifications(self) -> pd.DataFrame:
        """Return what was sent to the desk so far, a row for each notification.

        Columns: `received` (UTC), `receiver`, `status` ("firing", or "resolved" when nothing of the
        group fires any more), `alerts` (how many it reports), `group` (the labels that it was
        grouped by), and what its alerts have in common, as dictionaries: `labels`, `annotations`.
        """
        rows = [
            (
                received,
                said["receiver"],
                said["status"],
                len(said["alerts"]),
                ", ".join(f'{k}="{v}"' for k, v in sorted(said["groupLabels"].items())),
                said["commonLabels"],
                said["commonAnnotations"],
            )
            for received, said in list(self._webhook.received)
        ]
        return pd.DataFrame(rows, columns=_COLUMNS)

    def received(self) -> list[tuple[pd.Timestamp, dict]]:
        """Return the notifications as they came: when (UTC), and all that Alertmanager said."""
        return list(self._webhook.received)

    @property
    def webhook_url(self) -> str:
        """Where Alertmanager posts its notifications: in this process."""
        return self._webhook.url

    def wait(self, n: int = 1, seconds: float = 20) -> pd.DataFrame:
        """Wait until `n` notifications have come since the start; return all that are there.

        Raises CourseError when they do not come within so many seconds.
        """
        until = time.monotonic() + seconds
        while len(self._webhook.received) < n:
            if time.monotonic() > until:
                state = "" if self.is_alive() else " The Alertmanager is gone; start it again."
                raise CourseError(
                    f"Within {seconds:g} seconds, {len(self._webhook.received)} of {n} "
                    f"notifications have come.{state}"
                )
            time.sleep(0.02)
        return self.notifications()

    def send(self, alerts: list[dict[str, str]], resolved: bool = False, **annotations) -> None:
        """Report alerts by hand, as Prometheus does: each is a dictionary of labels.

        `resolved` says that they are over. Raises CourseError when a label cannot be.
        """
        _look_at(alerts)
        moment = datetime.now(UTC)
        # Without an end, Alertmanager takes an alert that nobody confirms for over in five minutes.
        # One that began before now would not wait for others of its group.
        begin, end = (-1, 0) if resolved else (0, 12 * 3600)
        times = {
            "startsAt": _text(moment + timedelta(seconds=begin)),
            "endsAt": _text(moment + timedelta(seconds=end)),
        }
        body = [{"labels": labels, "annotations": annotations, **times} for labels in alerts]
        self._ask("POST", "alerts", body)

    def alerts(self) -> pd.DataFrame:
        """Return the alerts that it holds: their labels, and in `told` whether the desk is told.

        `told` is "yes", or "no: " and the reason, a silence or another alert (inhibition).
        """
        rows = []
        for alert in self._ask("GET", "alerts"):
            status = alert["status"]
            reasons = ["silenced"] * bool(status["silencedBy"])
            reasons += ["inhibited"] * bool(status["inhibitedBy"])
            told = f"no: {' and '.join(reasons)}" if reasons else "yes"
            rows.append(alert["labels"] | {"told": told})
        labels = sorted({name for row in rows for name in row} - {"alertname", "told"})
        table = pd.DataFrame(rows, columns=["alertname", *labels, "told"])
        return table.fillna("").sort_values(["alertname", *labels], ignore_index=True)

    def silence(self, matchers: str, minutes: float = 60, comment: str = "by the course") -> str:
        """Silence all alerts that fit every matcher, from now on; return the silence's id.

        `matchers` is a text such as 'alertname="TooSlow", instance=~"desk.*"'; a regular expression
        must fit the whole value. Raises CourseError when it cannot be read.
        """
        a_number("minutes", minutes, 0, MOST_MINUTES)
        moment = datetime.now(UTC)
        body = {
            "matchers": label_matchers.parse(matchers),
            "startsAt": _text(moment),
            "endsAt": _text(moment + timedelta(minutes=float(minutes))),
            "createdBy": "desk",
            "comment": comment,
        }
        return self._ask("POST", "silences", body)["silenceID"]

    def expire(self, silence: str) -> None:
        """End a silence before its time; `silence` is its id, which `silence` has returned."""
        if not _ID.fullmatch(str(silence)):
            raise CourseError(
                f"Alertmanager refuses that: {silence!r} is no silence's id. `silence` returns it, "
                "and `silences()` lists all."
            )
        self._ask("DELETE", f"silence/{silence}")

    def silences(self) -> pd.DataFrame:
        """Return all silences: `id`, `matchers`, `state` (active, pending, expired), `comment`."""
        rows = [
            (s["id"], label_matchers.as_text(s["matchers"]), s["status"]["state"], s["comment"])
            for s in self._ask("GET", "silences")
        ]
        table = pd.DataFrame(rows, columns=["id", "matchers", "state", "comment"])
        return table.sort_values(["state", "matchers"], ignore_index=True)

    def is_alive(self) -> bool:
        """Tell whether the server still runs."""
        return self._server.is_alive()

    def stop(self) -> None:
        """End the server and the webhook; stopping twice does no harm."""
        self._server.stop()
        self._webhook.stop()
        if _running.get(self._server.name) is self:
            del _running[self._server.name]

    def __enter__(self) -> "AlertManager":
        """Return the Alertmanager itself."""
        return self

    def __exit__(self, *_) -> None:
        """Stop it."""
        self.stop()

    def _ask(self, method: str, what: str, body=None):
        content = None if body is None else json.dumps(body)
        kind = {"Content-Type": "application/json"}
        address = f"{self.url}/api/v2/{what}"
        try:
            answer = local_http.request(method, address, content=content, headers=kind)
            said = answer.text.strip()
            if answer.is_success:
                self._server.compare_clocks(answer.headers["Date"])
                return json.loads(said) if said else None
        except (*local_http.NO_ANSWER, ValueError) as problem:
            state = "is gone" if not self.is_alive() else f"did not answer ({problem})"
            raise CourseError(
                f"Alertmanager {state}. Run the cell that starts it again, then this one."
            ) from None
        reason = _reason(said) or f"status {answer.status_code}"
        raise CourseError(f"Alertmanager refuses that: {reason}")


def start(config: str = CONFIG, name: str = "Alertmanager") -> AlertManager:
    """Start Alertmanager on a free port of this machine; it is ready when this returns.

    `config` is the YAML text of its settings. One of the same name that was started before is
    stopped first, so that a cell can be run again.

    Raises CourseError when it is not installed, the settings are wrong, or it does not start.
    """
    program = find_program.require("alertmanager")
    settings = _settings(config)
    if name in _running:
        _running[name].stop()
    webhook = Webhook()
    for receiver in settings["receivers"]:
        if not any(key.endswith("_configs") for key in receiver):
            receiver["webhook_configs"] = [{"url": webhook.url, "send_resolved": True}]

    def command(port: int, folder: Path) -> list[str]:
        file = folder / "alertmanager.yml"
        # JSON is YAML, too.
        file.write_text(json.dumps(settings, indent=1), encoding="utf-8")
        return [
            str(program),
            f"--config.file={file}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address={servers.HOST}:{port}",
            # Alone: it would else look for others, on every address of this machine.
            "--cluster.listen-address=",
            "--log.level=warn",
        ]

    try:
        server = servers.start(name, command, ready="/-/ready")
    except BaseException as problem:
        webhook.stop()
        if isinstance(problem, CourseError) and (said := _complaint(str(problem))):
            raise CourseError(f"Alertmanager refuses its settings: {said}") from None
        raise
    _running[name] = AlertManager(server, webhook)
    return _running[name]


def _settings(config: str) -> dict:
    settings = yaml_mistakes.read(config, "Alertmanager's settings")
    if not isinstance(settings, dict) or not isinstance(settings.get("route"), dict):
        raise CourseError(
            "Alertmanager's settings need a `route:` with its keys below, indented, the first of "
            "them `receiver:`."
        )
    try:
        json.dumps(settings)
    except (TypeError, ValueError, RecursionError):
        raise CourseError(
            "Alertmanager's settings hold more than texts, numbers, lists and pairs, or an anchor "
            "(`&`) that holds itself."
        ) from None
    receivers = settings.setdefault("receivers", [{"name": settings["route"].get("receiver")}])
    if not isinstance(receivers, list) or not all(isinstance(r, dict) for r in receivers):
        raise CourseError("`receivers:` should be a list, a line `- name: desk` for each.")
    return settings


def _look_at(alerts) -> None:
    """Ask for a list of dictionaries of labels, names and values of which are texts."""
    if not isinstance(alerts, (list, tuple)) or not all(isinstance(a, dict) for a in alerts):
        raise CourseError(
            '`alerts` is a list of dictionaries of labels: `[{"alertname": "TooSlow"}]`.'
        )
    for name, value in (pair for labels in alerts for pair in labels.items()):
        if not isinstance(name, str) or not re.fullmatch(r"[a-zA-Z_]\w*", name):
            raise CourseError(
                f"{name!r} is no name of a label: letters, digits and `_` only, and no digit first."
            )
        if not isinstance(value, str):
            raise CourseError(f"The label `{name}` is {value!r}: the value of a label is a text.")


def _reason(text: str) -> str:
    """Return what Alertmanager has to say against a request; it comes as a JSON text or object."""
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return str(found.get("message", found)) if isinstance(found, dict) else str(found)


def _complaint(said: str) -> str:
    """Return what Alertmanager has to say against its settings, from its log."""
    failed = "[Ll]oading configuration file failed|error loading configuration file"
    found = re.search(rf'(?:{failed}).*?err="?((?:[^"\n\\]|\\.)*)', said)
    said = found[1].replace('\\"', '"').replace("\\n", " ") if found else ""
    # Lines are counted in the file that we wrote, not in the text that was given.
    return re.sub(r"line \d+: ", "", said)


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
