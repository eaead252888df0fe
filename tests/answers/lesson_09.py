"""Answers to lesson 09."""

from tests.answers import right, wrong

TOO_MANY = """
groups:
- name: flightdelay
  rules:
  - alert: TooManyErrors
    expr: >
      sum(rate(flightdelay_requests_total{job="flightdelay", outcome="error"}[5m]))
      / sum(rate(flightdelay_requests_total{job="flightdelay"}[5m])) > 0.05
    for: 10m
    labels:
      severity: page
    annotations:
      summary: More than one request in twenty fails.
"""


def _many(says: str, *changes: tuple[str, str]) -> None:
    text = TOO_MANY
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    wrong("9.1", says, text)


def _as(expression: str, text: str = TOO_MANY) -> str:
    begin, end = text.index("expr:"), text.index("    for:")
    return f"{text[:begin]}expr: {expression}\n{text[end:]}"


right("9.1", TOO_MANY)
right(
    "9.1",
    """
groups:
  - name: recorded
    rules:
      - record: job_outcome:flightdelay_requests:rate5m
        expr: sum by (job, outcome) (rate(flightdelay_requests_total[5m]))
  - name: alerts
    rules:
      - alert: TooManyErrors
        expr: |
          job_outcome:flightdelay_requests:rate5m{job="flightdelay", outcome="error"}
          / ignoring (outcome)
          sum by (job) (job_outcome:flightdelay_requests:rate5m)
          >= 0.0501
        for: 10m
        labels: {severity: page, team: desk}
        annotations: {summary: "{{ $value | humanizePercentage }} fail", runbook_url: x}
""",
)
# In per cent, by increase, by a regular expression, over a mean of a rate.
right(
    "9.1",
    _as(
        '\'100 * sum(increase(flightdelay_requests_total{job=~"flightdelay",outcome="error"}[5m]))'
        ' / sum(increase(flightdelay_requests_total{job="flightdelay"}[5m])) > 5\''
    ),
)
right(
    "9.1",
    _as(
        '\'sum by (job) (rate(flightdelay_requests_total{job="flightdelay",outcome!~"ok|invalid"}'
        "[5m]))"
        ' > 0.05 * sum by (job) (rate(flightdelay_requests_total{job="flightdelay"}[5m]))\''
    ),
)

_many("`for` is missing", ("    for: 10m\n", ""))
_many("`for` is `1m`; it should be 10m", ("10m", "1m"))
_many("is pending from minute", ("10m", "1h"))
_many("right way round", ("> 0.05", "< 0.05"))
_many("5 % is 0.05", ("> 0.05", "> 5"))
_many("raw counter", ("sum(rate(", "sum(("), ("[5m]", ""), ("> 0.05", "> 0.05"))
wrong(
    "9.1",
    "raw counter",
    _as('flightdelay_requests_total{job="flightdelay", outcome="error"} > 0.05'),
)
wrong(
    "9.1", "multiplied by 100", _as("100 * " + TOO_MANY.split(">\n")[1].split("    for")[0].strip())
)
_many("multiplied by 100, and the threshold not", ("> 0.05", "> 0.005"))
_many("The threshold is 5 %", ("> 0.05", "> 0.03"))
_many("The threshold is 5 %", ("> 0.05", "> 0.06"))
_many("without `sum`", ("sum(rate(", "(rate("))
_many('needs `job="flightdelay"`', ('job="flightdelay", ', ""), ('{job="flightdelay"}', ""))
_many("invalid ones are the client's mistake", ('outcome="error"', 'outcome!="ok"'))
_many(
    "judges each instance by itself",
    (
        'sum(rate(flightdelay_requests_total{job="flightdelay", ',
        'sum by (instance) (rate(flightdelay_requests_total{job="flightdelay", ',
    ),
    ("/ sum(", "/ sum by (instance) ("),
)
_many("The window holds one sample", ("[5m]", "[1m]"))
_many("should be 5 minutes, and is 4m", ("[5m]", "[4m]"))
_many("should be 5 minutes, and is 6m", ("[5m]", "[6m]"))
_many("should be 5 minutes, and is 10m", ("[5m]", "[10m]"))
_many("should be 5 minutes, and is 30m", ("[5m]", "[30m]"))
_many(
    "has other labels each time", ("severity: page", "severity: page\n      share: '{{ $value }}'")
)
_many("has no label `severity`", ("    labels:\n      severity: page\n", ""))
_many("should have `severity: page`", ("severity: page", "severity: ticket"))
_many("no annotation `summary`", ("summary:", "description:"))
_many("has no alert `TooManyErrors`; its alerts are: `ErrorRate`", ("TooManyErrors", "ErrorRate"))
_many("Capital letters count", ("TooManyErrors", "toomanyerrors"))
_many("misspelt", ('outcome="error"', 'outcome="errors"'))
_many("a tab is not allowed", ("    for:", "\tfor:"))
_many("cannot be read in line 9", ("    for:", "     for:"))
_many("A rule has these keys", ("for: 10m", "fro: 10m"))
_many("refuses the expression", ("[5m])) > 0.05", "[5m]) > 0.05"))
_many("is no duration", ("for: 10m", "for: 10 minutes"))
_many("begin with the line `groups:`", ("groups:\n- name: flightdelay\n  rules:\n", ""))
wrong("9.1", "text of a rule file", 5)
_many("whatever their outcome", ('{job="flightdelay"}', '{job="flightdelay", outcome="ok"}'))
_many("Is there a comparison", (" > 0.05", ""))
_many("reach back further", ("[5m]", "[15m]"))
_many(
    "are pairs of a name and a text", ("    labels:\n      severity: page\n", "    labels: page\n")
)
wrong("9.1", "is a dictionary", {"alert": "TooManyErrors"})
wrong("9.1", "empty text", " ")
wrong(
    "9.1",
    "severity` among its annotations",
    TOO_MANY.replace("    labels:\n      severity: page\n", "").replace(
        "    annotations:\n", "    annotations:\n      severity: page\n"
    ),
)
wrong(
    "9.1",
    "knows restarts",
    _as(
        '\'sum(delta(flightdelay_requests_total{job="flightdelay",outcome="error"}[5m]))'
        ' / sum(delta(flightdelay_requests_total{job="flightdelay"}[5m])) > 0.05\''
    )
    .replace(
        'sum(delta(flightdelay_requests_total{job="flightdelay"}',
        'sum(rate(flightdelay_requests_total{job="flightdelay"}',
    )
    .replace("[5m])) > 0.05", "[5m])) > 0.05 * 300"),
)

GONE = """
groups:
- name: flightdelay
  rules:
  - alert: ServiceGone
    expr: absent(up{job="flightdelay"} == 1)
    for: 3m
    labels: {severity: page, job: flightdelay}
"""


def _gone(expression: str) -> str:
    return GONE.replace('absent(up{job="flightdelay"} == 1)', f"'{expression}'")


right("9.2", GONE)
right("9.2", _gone('sum(up{job="flightdelay"}) == 0 or absent(up{job="flightdelay"})'))
right("9.2", _gone('(sum(up{job="flightdelay"}) or vector(0)) < 1'))
right("9.2", _gone('absent(max by (job) (up{job="flightdelay"}) > 0)'))
wrong("9.2", "`absent(...)` is there for that", _gone('sum(up{job="flightdelay"}) == 0'))
wrong("9.2", "`absent(...)` is there for that", _gone('up{job="flightdelay"} == 0'))
wrong("9.2", "and so not absent", _gone('absent(up{job="flightdelay"})'))
wrong("9.2", "Does `up` have the selector", _gone("absent(up == 1)"))
wrong(
    "9.2",
    "each instance by itself",
    _gone('up{job="flightdelay"} == 0 or absent(up{job="flightdelay"})'),
)
wrong(
    "9.2",
    'Only `job="flightdelay"` counts',
    _gone('absent(up{job="staging"} == 1) or absent(up{job="flightdelay"} == 1)'),
)
wrong("9.2", "`for` is missing", GONE.replace("    for: 3m\n", ""))
wrong("9.2", "it should be 3m", GONE.replace("3m", "10m"))
wrong("9.2", "it should be 3m", GONE.replace("3m", "2m"))
wrong("9.2", "A sum or a count of nothing", _gone('count(up{job="flightdelay"} == 1) < 1'))
wrong("9.2", "all instances are up", _gone('absent(up{job="flightdelay"} == 0)'))
wrong("9.2", "all instances are up", _gone('absent(up{job="flightdelai"} == 1)'))
wrong("9.2", "never fires, although", _gone('up{job="flightdelay"} > 2'))
wrong("9.2", "no label `severity`", GONE.replace("severity: page, ", ""))
wrong("9.2", 'and no `job="flightdelay"`', GONE.replace(", job: flightdelay", ""))
wrong("9.2", 'and no `job="flightdelay"`', GONE.replace("job: flightdelay", "job: gone"))
right(
    "9.2",
    _gone('sum by (job) (up{job="flightdelay"}) == 0 or absent(up{job="flightdelay"})').replace(
        ", job: flightdelay", ""
    ),
)

right("9.3", {"threshold": 0.01, "minutes": 8})
right("9.3", {"threshold": 0.015, "minutes": 10})
right("9.3", {"minutes": 9.0, "threshold": 0.006})
wrong("9.3", "false alarms, of which 5", {"threshold": 0.02, "minutes": 0})
wrong("9.3", "is missed: it lasts", {"threshold": 0.2, "minutes": 8})
wrong("9.3", "is missed: it lasts", {"threshold": 0.01, "minutes": 30})
wrong("9.3", "It is weak", {"threshold": 0.025, "minutes": 8})
wrong("9.3", "It is a ratio: 2 % is 0.02", {"threshold": 2, "minutes": 8})
wrong("9.3", "whole number of minutes", {"threshold": 0.01, "minutes": 7.5})
wrong("9.3", "one number", {"threshold": "1%", "minutes": 8})
wrong("9.3", "one number", {"threshold": 0.01, "minutes": "8m"})
wrong("9.3", "one number", {"threshold": 0.01, "minutes": None})
wrong("9.3", "stay a dictionary", (0.01, 8))
wrong("9.3", "NaN", {"threshold": float("nan"), "minutes": 8})

right("9.4", 'alertname="MissingValues", job="flightdelay", feature=~"wind_speed|visib"')
right("9.4", '{feature=~"visib|wind_speed",job="flightdelay",alertname="MissingValues"}')
right(
    "9.4",
    'alertname="MissingValues", job=~"flightdelay", feature=~"(wind_speed|visib)", instance=~".+"',
)
wrong(
    "9.4", "needs `=~`", 'alertname="MissingValues", job="flightdelay", feature="wind_speed|visib"'
)
wrong(
    "9.4",
    "must fit *both*",
    'alertname="MissingValues", job="flightdelay", feature="wind_speed", feature="visib"',
)
wrong("9.4", "too wide", 'alertname="MissingValues", job="flightdelay", feature=~"wind.*|visib"')
wrong("9.4", "too wide", 'alertname="MissingValues", job="flightdelay", feature=~"(wind|visib).*"')
wrong("9.4", "must fit the whole value", 'alertname="MissingValues", feature=~"wind"')
wrong("9.4", "must fit the whole value", 'alertname="MissingValues", feature=~"wind_speed | visib"')
wrong("9.4", "too wide", 'alertname=~"Missing.*", job="flightdelay", feature=~"wind_speed|visib"')
wrong(
    "9.4", "all but one", 'alertname="MissingValues", job!="staging", feature=~"wind_speed|visib"'
)
wrong("9.4", "Name the two features", 'alertname="MissingValues", job="flightdelay"')
wrong("9.4", "spelt out", 'alertname="MissingValues", job="flightdelay", feature=~"wind|visib"')
wrong("9.4", "Name the job", 'alertname="MissingValues", feature=~"wind_speed|visib"')
wrong("9.4", "Name the alert", 'job="flightdelay", feature=~"wind_speed|visib"')
wrong(
    "9.4",
    "leave `instance` out",
    'alertname="MissingValues", job="flightdelay", instance="desk:8000", '
    'feature=~"wind_speed|visib"',
)
wrong("9.4", "one is visib", 'alertname="MissingValues", job="flightdelay", feature="wind_speed"')
wrong("9.4", "Name the two features", 'job="flightdelay", feature!="hour"')
wrong("9.4", "spelt as in the exercise", 'alertname="MissingValue", feature="visib"')
wrong("9.4", "double quotes", "alertname=MissingValues")
wrong("9.4", "double quotes", "alertname='MissingValues', job='flightdelay'")
wrong("9.4", "regular expression", 'feature=~"(wind_speed|visib"')
wrong("9.4", "should be one text", ['feature="visib"'])
wrong("9.4", "no matcher", "{}")

BURNING = """
groups:
- name: slo
  rules:
  - alert: FastBurn
    expr: |
      job:flightdelay_errors:ratio_rate1h{job="flightdelay"} > 14.4 * 0.002
      and
      job:flightdelay_errors:ratio_rate5m{job="flightdelay"} > 14.4 * 0.002
    labels: {severity: page}
  - alert: SlowBurn
    expr: |
      job:flightdelay_errors:ratio_rate6h{job="flightdelay"} > 6 * 0.002
      and
      job:flightdelay_errors:ratio_rate30m{job="flightdelay"} > 6 * 0.002
    labels: {severity: ticket}
"""


def _burn(says: str, *changes: tuple[str, str]) -> None:
    text = BURNING
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    wrong("9.5", says, text)


right("9.5", BURNING)


def _plain(window: str) -> str:
    chosen = 'flightdelay_requests_total{job="flightdelay"'
    return (
        f'sum(rate({chosen}, outcome="error"}}[{window}])) / (1 - 0.998) / '
        f"sum(rate({chosen}}}[{window}]))"
    )


right(
    "9.5",
    f"""
groups:
- name: mine
  rules:
  - alert: FastBurn
    expr: ({_plain("1h")} > 14.4) and ({_plain("5m")} > 14.4)
    labels: {{severity: page}}
  - alert: SlowBurn
    expr: ({_plain("6h")} > 6) and ({_plain("30m")} > 6)
    for: 2m
    labels: {{severity: ticket}}
""",
)
_burn("Which is your short window", ("ratio_rate30m", "ratio_rate5m"))
_burn("Which is your short window", ("ratio_rate30m", "ratio_rate1h"))
_burn(
    "*both* windows compared with 14.4",
    ('ratio_rate5m{job="flightdelay"} > 14.4 * 0.002', 'ratio_rate5m{job="flightdelay"} > 0.002'),
)
_burn(
    "*both* windows compared with 6 times",
    ('ratio_rate30m{job="flightdelay"} > 6 * 0.002', 'ratio_rate30m{job="flightdelay"} > 0.002'),
)
right("9.5", BURNING.replace("14.4 * 0.002", "0.0288").replace("6 * 0.002", "0.012"))
ONLY_5M = 'job:flightdelay_errors:ratio_rate1h{job="flightdelay"} > 14.4 * 0.002\n      and\n      '
ONLY_1H = '\n      and\n      job:flightdelay_errors:ratio_rate5m{job="flightdelay"} > 14.4 * 0.002'
ONLY_30M = 'job:flightdelay_errors:ratio_rate6h{job="flightdelay"} > 6 * 0.002\n      and\n      '
ONLY_6H = '\n      and\n      job:flightdelay_errors:ratio_rate30m{job="flightdelay"} > 6 * 0.002'
_burn("for a blip of two minutes", (ONLY_5M, ""))
_burn("is the short window there", (ONLY_1H, ""))
_burn("the right way round", ("> 14.4", "< 14.4"))
_burn("Over 30 minutes that is much", (ONLY_30M, ""))
_burn("The last 6 hours are bad for long", (ONLY_6H, ""))
_burn("for a blip of two minutes", ("      and\n", "      or\n"))
_burn("multiplied by the objective", ("0.002", "0.998"))
_burn("burn rate of 12.5; it should from 14.4 on", ("0.002", "0.001"))
_burn("what 99.8 % leaves, as a ratio", ("0.002", "0.2"))
_burn("what 99.8 % leaves, as a ratio", (" * 0.002", ""))
_burn("`SlowBurn` never fires", ("> 6 * 0.002", "> 6 * 0.02"))
_burn("only the job `staging` fails", ('{job="flightdelay"}', ""))
_burn(
    "is a `for` there",
    ("    labels: {severity: page}", "    for: 30m\n    labels: {severity: page}"),
)
_burn("no alert `SlowBurn`", ("SlowBurn", "Slow"))
_burn("should have `severity: ticket`", ("ticket", "page"))
_burn("`FastBurn` never fires", ("ratio_rate1h", "ratio_1h"))
_burn("cannot be read", ("    labels: {severity: page}", "     labels: {severity: page}"))

RUNBOOK = {
    "means": "One request in forty or more fails; airlines get no prediction for these flights.",
    "query": 'sum by (outcome) (rate(flightdelay_requests_total{job="flightdelay"}[5m]))',
    "do": "1. Look for a release in the last hour and take it back. 2. Read the service's log.",
    "escalate": "After 20 minutes without success call the second on duty, at any hour.",
}

right("9.6", RUNBOOK)
RATIO = (
    'sum(rate(flightdelay_requests_total{job="flightdelay",outcome="error"}[10m])) / '
    'sum(rate(flightdelay_requests_total{job="flightdelay"}[10m]))'
)
right("9.6", RUNBOOK | {"query": RATIO})
right(
    "9.6",
    {
        "means": "The service answers many requests with an error, so crews plan without forecast.",
        "query": 'increase(flightdelay_requests_total{outcome="error",job="flightdelay"}[5m]) > 9',
        "do": "Restart the service, then check whether the database is locked; write down what "
        "you saw.",
        "escalate": "Wake Maria as soon as it is clear that a restart does not help.",
    },
)
right("9.6", RUNBOOK | {"escalate": "Maria Lopez, after 30 minutes, on +1 555 0100, at any hour."})
wrong("9.6", "`escalate` should be a text", RUNBOOK | {"escalate": None})
wrong("9.6", "`query` should be a text", RUNBOOK | {"query": " "})
wrong("9.6", "too short for a colleague", RUNBOOK | {"means": "Errors."})
wrong(
    "9.6", "has one step", RUNBOOK | {"do": "Restart the service and hope that it comes back soon"}
)
wrong(
    "9.6",
    "whom to call",
    RUNBOOK | {"escalate": "After twenty minutes it is getting really serious."},
)
wrong(
    "9.6",
    "does not say when",
    RUNBOOK | {"escalate": "Call the head of operations, her number is on the wall."},
)
wrong("9.6", "does not run", RUNBOOK | {"query": RUNBOOK["query"][:-1]})
wrong("9.6", "misspelt", RUNBOOK | {"query": RUNBOOK["query"].replace("requests", "request")})
wrong("9.6", "raw counter", RUNBOOK | {"query": 'flightdelay_requests_total{job="flightdelay"}'})
wrong("9.6", "about what it returns in quiet hours", RUNBOOK | {"query": 'up{job="flightdelay"}'})
wrong(
    "9.6",
    "about what it returns in quiet hours",
    RUNBOOK | {"query": 'sum(rate(flightdelay_requests_total{job="staging"}[5m])) by (outcome)'},
)
wrong("9.6", "Nobody reads that at night", RUNBOOK | {"query": '{job="flightdelay"}'})
wrong("9.6", "same text", RUNBOOK | {"do": RUNBOOK["escalate"]})
wrong("9.6", "stay the dictionary", "restart it")
