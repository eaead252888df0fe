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
    "neither a difference nor",
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

PROOF = """
evaluation_interval: 1m
tests:
# Both are down, and staging is up.
- interval: 1m
  input_series:
  - {series: 'up{job="flightdelay", instance="a"}', values: 1x4 0x9}
  - {series: 'up{job="flightdelay", instance="b"}', values: 1x4 0x9}
  - {series: 'up{job="staging", instance="c"}', values: 1x14}
  alert_rule_test:
  - {eval_time: 7m, alertname: ServiceGone}
  - eval_time: 8m
    alertname: ServiceGone
    exp_alerts: [{exp_labels: {severity: page, job: flightdelay}}]
# Nobody knows of them any more.
- interval: 1m
  input_series:
  - {series: 'up{job="staging", instance="c"}', values: 1x14}
  alert_rule_test:
  - eval_time: 12m
    alertname: ServiceGone
    exp_alerts: [{exp_labels: {severity: page, job: flightdelay}}]
# One of two is down, and staging, too.
- interval: 1m
  input_series:
  - {series: 'up{job="flightdelay", instance="a"}', values: 1x14}
  - {series: 'up{job="flightdelay", instance="b"}', values: 1x4 0x9}
  - {series: 'up{job="staging", instance="c"}', values: 0x14}
  alert_rule_test:
  - {eval_time: 10m, alertname: ServiceGone, exp_alerts: []}
"""


def _proof(says: str, *changes: tuple[str, str]) -> None:
    text = PROOF
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    wrong("9.2", says, text)


def _without(comment: str) -> str:
    begin = PROOF.index(f"# {comment}")
    return PROOF[:begin] + PROOF[PROOF.find("\n# ", begin) + 1 or len(PROOF) :]


right("9.2", PROOF)
# Every minute is looked at, the rule file is named, and the series are in another notation.
right(
    "9.2",
    """
rule_files: [gone.yml]
tests:
- interval: 30s
  input_series:
  - series: 'up{job="flightdelay", instance="a"}'
    values: "1x9 0x11 stale"
  - series: 'up{job="flightdelay", instance="b"}'
    values: "1 1 1 1 1 1 1 1 1 1 0x11 _x20"
  - series: 'up{job="staging"}'
    values: "1x50"
  alert_rule_test:
"""
    + "".join(f"  - {{eval_time: {m}m, alertname: ServiceGone}}\n" for m in range(8))
    + "".join(
        f"  - {{eval_time: {m}m, alertname: ServiceGone, exp_alerts: "
        "[{exp_labels: {job: flightdelay, severity: page}}]}\n"
        for m in (8, 9, 10, 20)
    )
    + PROOF[PROOF.index("# One of two") :],
)
wrong(
    "9.2",
    "never fires. It needs a case in which the alert is expected",
    _without("Both are").replace(
        _without("Both are")[
            _without("Both are").index("# Nobody") : _without("Both are").index("# One of")
        ],
        "",
    ),
)
wrong(
    "9.2",
    "always fires. It needs a moment at which nothing",
    PROOF[: PROOF.index("# One")].replace("  - {eval_time: 7m, alertname: ServiceGone}\n", ""),
)
wrong("9.2", "take a case in which there is no `up`", _without("Nobody"))
wrong(
    "9.2",
    "take a case in which `up` is 0",
    _without("Both are")
    .replace("{eval_time: 10m", "{eval_time: 4m, alertname: ServiceGone}\n  - {eval_time: 10m")
    .replace(
        "# Nobody",
        "# It starts\n- interval: 1m\n  input_series: []\n  alert_rule_test:\n"
        "  - {eval_time: 2m, alertname: ServiceGone}\n  - {eval_time: 3m, alertname: ServiceGone, "
        "exp_alerts: [{exp_labels: {severity: page, job: flightdelay}}]}\n# Nobody",
    ),
)
_proof("Expect nothing in the minutes", ("eval_time: 7m", "eval_time: 4m"))
_proof("`for: 2m`", ("eval_time: 7m", "eval_time: 6m"))
_proof("`for: 4m`", ("eval_time: 8m", "eval_time: 9m"))
_proof(
    "one of two instances is down",
    (
        '1x4 0x9}\n  - {series: \'up{job="staging", instance="c"}\', values: 0x14',
        '1x14}\n  - {series: \'up{job="staging", instance="c"}\', values: 0x14',
    ),
)
_proof("every job is gone", ("values: 1x14}\n  alert", "values: 0x14}\n  alert"))
_proof("fires also when `staging` is gone", ("values: 0x14", "values: 1x14"))
_proof("On `GONE` itself your tests fail", ("job: flightdelay}", "job: staging}"))
_proof("On `GONE` itself your tests fail", ("eval_time: 8m", "eval_time: 7m"))
_proof("no alert of that name", ("alertname: ServiceGone", "alertname: ServiceDown"))
_proof("There is no `alert_rules_test`", ("alert_rule_test", "alert_rules_test"))
_proof("A key needs a colon", ("alert_rule_test:", "alert_rule_test"))
wrong("9.2", "Nothing was tested", "tests: []")
wrong("9.2", "text of a test file", 5)

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

SETTINGS = """
route:
  receiver: mail
  group_by: [alertname, job]
  routes:
  - receiver: pager
    matchers: [severity="page"]
receivers:
- name: pager
- name: mail
"""
MATCHERS = 'alertname="MissingValues", job="flightdelay", feature=~"wind_speed|visib"'


def _routes(says: str, *changes: tuple[str, str]) -> None:
    text = SETTINGS
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    wrong("9.4", says, {"settings": text, "matchers": MATCHERS})


def _silences(says: str, matchers) -> None:
    wrong("9.4", says, {"settings": SETTINGS, "matchers": matchers})


right("9.4", {"settings": SETTINGS, "matchers": MATCHERS})
# Both have a route of their own, the pager waits, and a page inhibits the tickets of its job.
right(
    "9.4",
    {
        "settings": """
route:
  receiver: mail
  group_wait: 30s
  routes:
  - matchers: ['severity =~ "page"']
    receiver: pager
    group_wait: 10s
  - receiver: mail
receivers: [{name: mail}, {name: pager}]
inhibit_rules:
- source_matchers: [severity="page"]
  target_matchers: [severity="ticket"]
  equal: [job]
""",
        "matchers": '{feature=~"visib|wind_speed",job="flightdelay",alertname="MissingValues"}',
    },
)
right(
    "9.4",
    {
        "settings": SETTINGS,
        "matchers": 'alertname=MissingValues, job=~"flightdelay", '
        'feature=~"(wind_speed|visib)", instance=~".+"',
    },
)
_routes(
    "goes to the receiver of the first `route`",
    ("receiver: mail\n  group", "receiver: pager\n  group"),
)
_routes(
    "leave it out",
    ('[severity="page"]', '[severity="page"]\n    continue: true\n  - receiver: mail'),
)
_routes("takes what fits its `matchers`", ('severity="page"', 'severity="pages"'))
_routes("also fits alerts without the label", ('severity="page"', 'severity!="ticket"'))
_routes("is too wide", ('severity="page"', 'severity=~"page.*"'))
_routes("takes what fits its `matchers`", ('severity="page"', 'alertname="FastBurn"'))
_routes("no receiver `pager`", ("- name: pager\n", ""))
_routes("need a `route:`", ("route:\n", "routing:\n"))
_routes('undefined receiver "post"', ("receiver: mail", "receiver: post"))
_routes(
    "Is it inhibited",
    (
        "receivers:\n",
        'inhibit_rules:\n- source_matchers: [severity="page"]\n'
        '  target_matchers: [severity="ticket"]\nreceivers:\n',
    ),
)
_silences("needs `=~`", MATCHERS.replace("=~", "="))
_silences(
    "must fit *both*",
    'alertname="MissingValues", job="flightdelay", feature="wind_speed", feature="visib"',
)
_silences("too wide", MATCHERS.replace("wind_speed", "wind.*"))
_silences("too wide", MATCHERS.replace("wind_speed|visib", "(wind|visib).*"))
_silences("must fit the whole value", 'alertname="MissingValues", feature=~"wind"')
_silences("must fit the whole value", 'alertname="MissingValues", feature=~"wind_speed | visib"')
_silences("too wide", MATCHERS.replace('="MissingValues"', '=~"Missing.*"'))
_silences("all but one", MATCHERS.replace('job="flightdelay"', 'job!="staging"'))
_silences("Name the two features", 'alertname="MissingValues", job="flightdelay"')
_silences("spelt out", MATCHERS.replace("wind_speed", "wind"))
_silences("Name the job", 'alertname="MissingValues", feature=~"wind_speed|visib"')
_silences("Name the alert", 'job="flightdelay", feature=~"wind_speed|visib"')
_silences("leave `instance` out", MATCHERS + ', instance="desk:8000"')
_silences("one is visib", MATCHERS.replace('=~"wind_speed|visib"', '="wind_speed"'))
_silences("Name the two features", 'job="flightdelay", feature!="hour"')
_silences("spelt as in the exercise", 'alertname="MissingValue", feature="visib"')
_silences("double quotes", "alertname='MissingValues', job='flightdelay'")
_silences("regular expression", 'feature=~"(wind_speed|visib"')
_silences("should be one text", ['feature="visib"'])
_silences("no matcher", "{}")
wrong("9.4", "`settings` should be one text", {"settings": None, "matchers": MATCHERS})
wrong("9.4", "stay a dictionary", MATCHERS)

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
    labels: {severity: page}
  - alert: Leak
    expr: |
      job:flightdelay_errors:ratio_rate3d{job="flightdelay"} > 0.002
      and
      job:flightdelay_errors:ratio_rate6h{job="flightdelay"} > 0.002
    labels: {severity: ticket}
"""


def _burn(says: str, *changes: tuple[str, str]) -> None:
    text = BURNING
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    wrong("9.5", says, text)


right("9.5", BURNING)
right(
    "9.5",
    BURNING.replace("14.4 * 0.002", "0.0288").replace("6 * 0.002", "0.012"),
)


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
    labels: {{severity: page}}
  - alert: Leak
    expr: ({_plain("3d")} > 1) and ({_plain("6h")} > 1)
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
_burn(
    "*both* windows compared with 14.4",
    ('ratio_rate1h{job="flightdelay"} > 14.4', 'ratio_rate1h{job="flightdelay"} > 10'),
)
for rate in (12.6, 13, 14, 15, 16, 18):
    _burn("It should from 14.4 on", ("14.4 *", f"{rate} *"))
_burn("right way round", ("> 14.4", "< 14.4"))
_burn("It should from 14.4 on", ("0.002", "0.0018"))
_burn("what 99.8 % leaves, as a ratio", ("0.002", "0.2"))
_burn("what 99.8 % leaves, as a ratio", (" * 0.002", ""))
_burn("The threshold is out of reach", ("> 6 * 0.002", "> 6 * 0.02"))
_burn("only the job `staging` fails", ('{job="flightdelay"}', ""))
for text in ("for: 30m", "for: 1m", "for: 2m", "keep_firing_for: 5m"):
    key = text.split(":")[0]
    _burn(
        f"`{key}` is",
        (
            "    labels: {severity: page}\n  - alert: Slow",
            f"    {text}\n    labels: {{severity: page}}\n  - alert: Slow",
        ),
    )
_burn("no alert `SlowBurn`", ("SlowBurn", "Slow"))
_burn("should have `severity: ticket`", ("ticket", "page"))
_burn("Is a name or a label misspelt", ("ratio_rate1h", "ratio_1h"))
_burn("Is a name or a label misspelt", ("ratio_rate5m", "ratio_rate10m"))
_burn("Is a name or a label misspelt", ('5m{job="flightdelay"}', '5m{job="flightdelays"}'))
_burn(
    "has no label `job`",
    ('job:flightdelay_errors:ratio_rate1h{job="flightdelay"}', _plain("1h") + " * 0.002"),
)
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
right("9.6", RUNBOOK | {"do": ["Take the last release back.", "Read the service's log."]})
OK_SHARE = RATIO.replace("error", "ok")
right("9.6", RUNBOOK | {"query": OK_SHARE, "do": ("Take the release back", "Read the log again")})
wrong("9.6", "With 3 words that is too short", RUNBOOK | {"means": "Clients get errors."})
wrong("9.6", "same word again", RUNBOOK | {"means": "bla bla bla bla bla bla bla"})
wrong("9.6", "still says what", RUNBOOK | {"means": "TODO: write down what is happening, to whom"})
wrong(
    "9.6", "the same step twice", RUNBOOK | {"do": ["Read the log again.", "Read the log again."]}
)
wrong("9.6", "a text or a list of texts", RUNBOOK | {"do": 5})
wrong(
    "9.6",
    "the time machine has none of them",
    RUNBOOK | {"query": 'job:flightdelay_errors:ratio_rate5m{job="flightdelay"}'},
)
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
