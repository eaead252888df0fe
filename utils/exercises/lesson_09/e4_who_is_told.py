"""Exercise 9.4: a route for pages, one for the rest, and a silence; a real Alertmanager tells."""

import json
import time

from utils.errors import CourseError
from utils.exercises.judges.rule_files import LONGEST
from utils.exercises.registry import exercise
from utils.exercises.running import describe
from utils.exercises.verdicts import NotYet
from utils.prometheus import alerts, label_matchers, yaml_mistakes

RECEIVERS = ("pager", "mail")
# Seconds in which Alertmanager tells of everything; mostly it takes a tenth of one.
PATIENCE, GRACE = 5, 0.3


def _missing(feature: str, instance: str = "desk:8000", job: str = "flightdelay") -> dict:
    labels = {"alertname": "MissingValues", "job": job, "instance": instance}
    return labels | {"feature": feature, "severity": "ticket"}


MEANT = [
    _missing("wind_speed"),
    _missing("visib"),
    _missing("wind_speed", "desk:8001"),
    _missing("visib", "desk:8001"),
]
# What must be told all the same, and what it shows about a silence when it is not.
OTHERS = [
    (_missing("temp"), "Name the two features."),
    (_missing("pressure", "desk:8001"), "Name the two features."),
    (
        _missing("wind_speed_limit"),
        "A regular expression such as `wind.*` is too wide: it fits what somebody adds later.",
    ),
    (
        _missing("visib_sensor"),
        "A regular expression such as `visib.*` is too wide: it fits what somebody adds later.",
    ),
    (_missing("visib", "staging:8000", "staging"), 'Name the job, `job="flightdelay"`.'),
    (
        {"alertname": "UnseenValues", "job": "flightdelay", "feature": "visib"},
        'Name the alert, `alertname="MissingValues"`.',
    ),
    (
        {"alertname": "FastBurn", "job": "flightdelay", "severity": "page"},
        "It has no feature; a matcher with `!=` or an empty value also fits alerts without the "
        "label.",
    ),
    (
        {"alertname": "MissingValuesOfLabels", "job": "flightdelay", "feature": "visib"},
        "A regular expression such as `Missing.*` is too wide: it fits what somebody adds later.",
    ),
    (
        _missing("visib", "canary:8000", "flightdelay-canary"),
        'Name the one job, `job="flightdelay"`; all but one, or all that begin so, is too wide.',
    ),
    ({"alertname": "ServiceGone", "job": "flightdelay", "severity": "page"}, "Name the alert."),
]


# Who is to be told of what; a page and a ticket never of one job, so that none inhibits the other.
ROUTED = [
    ({"alertname": "FastBurn", "job": "flightdelay", "severity": "page"}, "pager"),
    ({"alertname": "NoAnswer", "job": "staging", "severity": "page"}, "pager"),
    ({"alertname": "SlowBurn", "job": "flightdelay", "severity": "page"}, "pager"),
    ({"alertname": "Leak", "job": "weather", "severity": "ticket"}, "mail"),
    ({"alertname": "UnseenValues", "job": "crews", "severity": "ticket"}, "mail"),
    ({"alertname": "Watchdog"}, "mail"),
    ({"alertname": "DiskFull", "job": "database", "severity": "page-by-day"}, "mail"),
]


def judge(answer) -> None:
    """Ask for settings and matchers, and try both on a real Alertmanager."""
    if not isinstance(answer, dict) or set(answer) != {"settings", "matchers"}:
        raise NotYet(
            "`tonight` should stay a dictionary with `settings` and `matchers`; it is "
            f"{describe(answer)}."
        )
    for part in ("settings", "matchers"):
        if not isinstance(answer[part], str):
            raise NotYet(f"`{part}` should be one text; it is {describe(answer[part])}.")
        if len(answer[part]) > LONGEST:
            raise NotYet(f"`{part}` has {len(answer[part]):,} characters; some hundred will do.")
    try:
        settings = _at_once(answer["settings"])
        with alerts.start(settings, name="the check's Alertmanager") as manager:
            _judge_routes(manager)
            _judge_matchers(manager, answer["matchers"])
    except CourseError as problem:
        raise NotYet(str(problem)) from None


def _at_once(text: str) -> str:
    """Return settings that wait for nothing; ask for the two receivers."""
    settings = yaml_mistakes.read(text, "the settings")
    if not isinstance(settings, dict) or not isinstance(settings.get("route"), dict):
        raise NotYet("The settings need a `route:`, with its keys below, indented.")
    listed = settings.get("receivers")
    names = [r.get("name") for r in listed if isinstance(r, dict)] if listed else []
    for name in RECEIVERS:
        if name not in names:
            raise NotYet(
                f"There is no receiver `{name}`; write a line `- name: {name}` below `receivers:`."
            )
    if "*" in text and "&" in text:
        # A route may hold itself, and what follows would not come to an end.
        raise NotYet("Write each route out, without an anchor (`&`) and its alias (`*`).")
    todo = [settings["route"]]
    while todo:
        route = todo.pop()
        waits = {"group_wait": "0s", "group_interval": "1s", "repeat_interval": "4h"}
        route |= {key: value for key, value in waits.items()}
        below = route.get("routes") or []
        todo += [r for r in below if isinstance(r, dict)] if isinstance(below, list) else []
    return json.dumps(settings)


def _judge_routes(manager) -> None:
    """Ask that each alert is told to the receiver that it is meant for, and to no other."""
    # Pages first: an alert that comes together with the one that inhibits it may still be told.
    for pages in (True, False):
        batch = [(alert.get("severity") == "page") == pages for alert, _ in ROUTED]
        manager.send([alert for (alert, _), now in zip(ROUTED, batch, strict=True) if now])
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and not all(
            names for names, now in zip(_told(manager), batch, strict=True) if now
        ):
            time.sleep(0.05)
    # A second message about the same alert comes right behind the first.
    time.sleep(GRACE)
    for (alert, meant), names in zip(ROUTED, _told(manager), strict=True):
        shown, where = _shown(alert, "severity"), " and ".join(f"`{n}`" for n in sorted(names))
        if not names:
            raise NotYet(
                f"Nobody was told of {shown}. Is it inhibited, or does its route have another "
                "receiver?"
            )
        if names == {meant}:
            continue
        if len(names) > 1:
            why = "`continue: true` lets an alert go on to the next route; leave it out."
        elif meant == "pager":
            why = (
                'A route below `routes:` takes what fits its `matchers`, here `severity="page"`, '
                "and has a receiver of its own."
            )
        elif "severity" not in alert:
            why = (
                "It has no severity, so it is no page. What fits no route goes to the receiver of "
                "the first `route`; a matcher with `!=` also fits alerts without the label."
            )
        elif alert["severity"] == "page-by-day":
            why = "Only the severity `page` rings; `page.*` is too wide."
        else:
            why = "What fits no route goes to the receiver of the first `route`."
        raise NotYet(f"{shown} was told to {where}; it should be told to `{meant}`. {why}")


def _told(manager) -> list[set[str]]:
    """Return to whom each of the alerts has been told."""
    told = [set() for _ in ROUTED]
    for _, message in manager.received():
        for alert in message["alerts"]:
            for number, (labels, _) in enumerate(ROUTED):
                if alert["labels"] == labels:
                    told[number].add(message["receiver"])
    return told


def _judge_matchers(manager, matchers: str) -> None:
    """Ask that the matchers silence the alerts that are meant, and nothing else."""
    parsed = label_matchers.parse(matchers)
    manager.send([*MEANT, *(other for other, _ in OTHERS)])
    manager.silence(matchers, minutes=5)
    held = manager.alerts()
    silenced = [row for row in held.to_dict("records") if "silenced" in str(row["told"])]

    def is_silenced(alert: dict) -> bool:
        return any(all(row.get(k, "") == v for k, v in alert.items()) for row in silenced)

    found = [is_silenced(alert) for alert in MEANT]
    if not silenced:
        raise NotYet(f"Your matchers silence nothing at all. {_nothing(parsed)}")
    for other, why in OTHERS:
        if is_silenced(other):
            raise NotYet(f"Your matchers also silence {_shown(other, 'severity')}. {why}")
    if not all(found):
        missed = MEANT[found.index(False)]
        raise NotYet(
            f"Your matchers do not silence {_shown(missed)}. {_missed(missed, parsed, found)}"
        )


def _nothing(parsed: list[dict]) -> str:
    names = [m["name"] for m in parsed]
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice:
        return (
            f"`{twice}` has two matchers, and an alert must fit *both*. Two values go into one "
            f'matcher: {twice}=~"a|b".'
        )
    plain = next((m for m in parsed if not m["isRegex"] and set(m["value"]) & set("|*")), None)
    if plain:
        return (
            f'`{plain["name"]}="{plain["value"]}"` asks for exactly this text. A regular '
            "expression needs `=~`."
        )
    if any(m["isRegex"] for m in parsed):
        return (
            "A regular expression must fit the whole value, and only `|` without spaces means "
            "'or'. Is every name spelt as in the exercise?"
        )
    return "An alert must fit every matcher. Is every name spelt as in the exercise?"


def _missed(alert: dict, parsed: list[dict], found: list[bool]) -> str:
    if any(m["name"] == "instance" for m in parsed):
        return "There are several instances; leave `instance` out."
    if any(m["name"] == "feature" and m["isRegex"] for m in parsed):
        return f"A regular expression must fit the whole value: is `{alert['feature']}` spelt out?"
    return (
        f'It takes both features in one matcher, `feature=~"...|..."`; one is {alert["feature"]}.'
    )


def _shown(alert: dict, *also: str) -> str:
    """Return an alert as a person writes it, its severity only where that counts."""
    return label_matchers.as_text(
        [
            {"name": name, "value": value, "isRegex": False}
            for name, value in alert.items()
            if name != "severity" or name in also
        ]
    )


exercise(
    "9.4",
    "Who is told tonight",
    stars=2,
    minutes=12,
    hints=[
        "Begin with a copy of `SETTINGS`. The first `route` takes what no other takes: which "
        "receiver does it need?",
        "Below the first route: `routes:`, and in it one route with `receiver: pager` and "
        '`matchers: [severity="page"]`. Each receiver has a line below `receivers:`.',
        "The silence has three matchers: which alert, which job, which features. One matcher can "
        'name two values: `feature=~"a|b"`.',
        'All three: alertname="MissingValues", job="flightdelay", and feature with a regular '
        "expression of two names.",
    ],
    learned="A route decides who is woken. A silence is a hole in the watch: cut it as small as "
    "the work, and let it end by itself.",
    check=judge,
)
