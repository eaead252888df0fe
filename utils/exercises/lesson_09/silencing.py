"""Judge the matchers of a silence by what a real Alertmanager then holds back."""

from utils.errors import CourseError
from utils.exercises.verdicts import NotYet
from utils.prometheus import alerts, label_matchers


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


def judge(matchers: str) -> None:
    """Ask that the matchers silence the alerts that are meant, and nothing else."""
    try:
        parsed = label_matchers.parse(matchers)
    except CourseError as problem:
        raise NotYet(str(problem)) from None
    with alerts.start(alerts.CONFIG, name="the check's Alertmanager") as manager:
        manager.send([*MEANT, *(other for other, _ in OTHERS)])
        try:
            manager.silence(matchers, minutes=5)
        except CourseError as problem:
            raise NotYet(str(problem)) from None
        held = manager.alerts()
    silenced = [row for row in held.to_dict("records") if "silenced" in str(row["told"])]

    def is_silenced(alert: dict) -> bool:
        return any(all(row.get(k) == v for k, v in alert.items()) for row in silenced)

    found = [is_silenced(alert) for alert in MEANT]
    if not silenced:
        raise NotYet(f"Your matchers silence nothing at all. {_nothing(parsed)}")
    for other, why in OTHERS:
        if is_silenced(other):
            raise NotYet(f"Your matchers also silence {_shown(other)}. {why}")
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


def _shown(alert: dict) -> str:
    return label_matchers.as_text(
        [
            {"name": name, "value": value, "isRegex": False}
            for name, value in alert.items()
            if name != "severity"
        ]
    )
