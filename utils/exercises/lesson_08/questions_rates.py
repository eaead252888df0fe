"""What exercises 8.1 to 8.3 ask, and the slips that they know: rates, shares, percentiles."""

from utils.exercises.lesson_08.querying import Question

OURS = '{job="flightdelay"}'
REQUESTS = f"flightdelay_requests_total{OURS}"
SECONDS = f"flightdelay_request_seconds_bucket{OURS}"
SCORED = f"flightdelay_score_count{OURS}"

PER_SECOND = Question(
    "per_second",
    f"sum(rate({REQUESTS}[5m]))",
    # An afternoon, a Sunday, a restart within the range, an incident, a night.
    (
        "2013-04-17 15:00",
        "2013-04-28 08:05",
        "2013-05-02 03:04",
        "2013-05-17 17:40",
        "2013-05-19 02:30",
    ),
    "FlightDelay's requests per second over the last five minutes",
    slips=(
        (
            "This is the counter itself: all requests since the process started. How fast does it "
            "rise? `rate` says that.",
            (f"sum({REQUESTS})", "sum(flightdelay_requests_total)", REQUESTS),
        ),
        (
            "The requests of the job `staging` are in it, too: a copy for rehearsals with the same "
            'metric. Select FlightDelay with `{job="flightdelay"}`.',
            (
                "sum(rate(flightdelay_requests_total[5m]))",
                "sum(increase(flightdelay_requests_total[5m]))",
            ),
        ),
        (
            "`increase` counts requests in five minutes; the question is how many in a second.",
            (f"sum(increase({REQUESTS}[5m]))",),
        ),
        (
            "`irate` uses the last two samples alone, and so one minute. `rate` uses the whole "
            "range.",
            (f"sum(irate({REQUESTS}[5m]))",),
        ),
        (
            "Only requests with the outcome `ok` are in it. All three outcomes are requests.",
            (
                f'sum(rate({REQUESTS[:-1]},outcome="ok"}}[5m]))',
                f'rate({REQUESTS[:-1]},outcome="ok"}}[5m])',
                f"sum(rate({SCORED}[5m]))",
            ),
        ),
        (
            "This is the mean of the three outcomes' rates; the question is about all requests "
            "together.",
            (f"avg(rate({REQUESTS}[5m]))",),
        ),
        (
            "`count` counts series, of which there are three.",
            (f"count(rate({REQUESTS}[5m]))", f"count({REQUESTS})"),
        ),
        (
            "The range is another one: the question is about the last five minutes.",
            tuple(f"sum(rate({REQUESTS}[{r}]))" for r in ("4m", "10m", "15m", "1h", "1d")),
        ),
        (
            "`delta` and `deriv` are for gauges: they take the fall at a restart for a real one.",
            (f"sum(delta({REQUESTS}[5m]))", f"sum(deriv({REQUESTS}[5m]))"),
        ),
    ),
    never=(
        "This is the rate of a sum. A sum of counters hides that one of them fell to 0 at a "
        "restart, and `rate` takes the fall for something else. First the rate of each, then the "
        "sum.",
        r"\b(i?rate|increase)\s*\(\s*(sum|avg)\b",
    ),
)


_BY = f"sum by (outcome) (rate({REQUESTS}[1h]))"
_ALL = f"sum(rate({REQUESTS}[1h]))"
_OTHERS = f"sum by (outcome) (rate({REQUESTS}[1h])) / ignoring(outcome) group_left"
_ANY = "flightdelay_requests_total"

OUTCOMES = Question(
    "outcomes",
    f"{_BY} / ignoring(outcome) group_left {_ALL}",
    ("2013-04-16 14:50", "2013-04-29 10:30", "2013-05-08 08:00", "2013-05-17 18:00"),
    "the share of requests with each outcome over the last hour",
    labels=("outcome",),
    slips=(
        (
            "Each series is divided by itself, which is 1. The divisor should be the sum of all "
            "outcomes.",
            (f"{_BY} / {_BY}", f"rate({REQUESTS}[1h]) / rate({REQUESTS}[1h])"),
        ),
        (
            "These are rates, requests per second. A share is one divided by the rate of all "
            "requests.",
            (_BY, f"sum by (outcome) (rate({_ANY}[1h]))"),
        ),
        (
            "This is one number for all; the exercise asks for one for each outcome.",
            (
                f'sum(rate({REQUESTS[:-1]},outcome="error"}}[1h])) / {_ALL}',
                f'sum(rate({_ANY}{{outcome="error"}}[1h])) / sum(rate({_ANY}[1h]))',
                f'sum(rate({REQUESTS[:-1]},outcome!="ok"}}[1h])) / {_ALL}',
                f"{_ALL} / {_ALL}",
            ),
        ),
        (
            "The job `staging` is in it, too, and one in ten of its requests fails on purpose. "
            'Select `{job="flightdelay"}` on both sides of the division.',
            (
                f"sum by (outcome) (rate({_ANY}[1h])) / ignoring(outcome) group_left "
                f"sum(rate({_ANY}[1h]))",
                f"{_OTHERS} sum(rate({_ANY}[1h]))",
                f"sum by (outcome) (rate({_ANY}[1h])) / ignoring(outcome) group_left {_ALL}",
            ),
        ),
        (
            "These are shares of what the counters count since the process started, not of the "
            "last hour. Put `rate(...[1h])` around each counter.",
            (
                f"sum by (outcome) ({REQUESTS}) / ignoring(outcome) group_left sum({REQUESTS})",
                f"sum by (outcome) ({_ANY}) / ignoring(outcome) group_left sum({_ANY})",
            ),
        ),
        (
            "The divisor is the rate of the answered requests alone. A share is one of all "
            "requests.",
            (
                f'{_OTHERS} sum(rate({REQUESTS[:-1]},outcome="ok"}}[1h]))',
                f"{_OTHERS} sum(rate({SCORED}[1h]))",
            ),
        ),
        ("These are per cent; a share lies between 0 and 1.", (f"100 * {_OTHERS} {_ALL}",)),
        (
            "The divisor is the mean of the outcomes (`avg`), so the shares add up to 3.",
            (f"{_OTHERS} avg(rate({REQUESTS}[1h]))",),
        ),
        (
            "The range is another one on one side or both: the question is about the last hour.",
            tuple(
                f"sum by (outcome) (rate({REQUESTS}[{r}])) / ignoring(outcome) group_left "
                f"sum(rate({REQUESTS}[{s}]))"
                for r, s in (("5m", "5m"), ("10m", "10m"), ("1d", "1d"), ("5m", "1h"), ("1h", "5m"))
            ),
        ),
    ),
)


def _quantile(q, buckets=f"sum by (le) (rate({SECONDS}[1h]))"):
    return f"histogram_quantile({q}, {buckets})"


P95 = Question(
    "p95",
    _quantile(0.95),
    (
        "2013-04-17 15:00",
        "2013-04-30 15:00",
        "2013-05-10 16:30",
        "2013-05-15 07:45",
        "2013-05-19 02:30",
    ),
    "the 95th percentile of the duration of requests over the last hour, in seconds",
    slips=(
        (
            "A quantile is a share between 0 and 1: the 95th percentile is 0.95.",
            (_quantile(95), _quantile(9.5)),
        ),
        (
            "This is another quantile, not the 95th percentile.",
            tuple(map(_quantile, (0.5, 0.05, 0.9, 0.99))),
        ),
        (
            "This is the duration of the model alone (`flightdelay_model_seconds`); the exercise "
            "asks for whole requests.",
            (_quantile(0.95, f"sum by (le) (rate(flightdelay_model_seconds_bucket{OURS}[1h]))"),),
        ),
        (
            "This is the mean duration. A few slow requests hardly move it; the 95th percentile is "
            "what one request in twenty exceeds.",
            (
                f"sum(rate(flightdelay_request_seconds_sum{OURS}[1h])) / "
                f"sum(rate(flightdelay_request_seconds_count{OURS}[1h]))",
            ),
        ),
        (
            "These are the buckets since the process started. Take `rate(...[1h])` of them, and "
            "they are those of the last hour.",
            (_quantile(0.95, f"sum by (le) ({SECONDS})"),),
        ),
        (
            "This is an average of percentiles. Each short stretch counts the same in it, however "
            "few requests it had, and the result is no percentile of anything. Add up buckets, "
            "then take one percentile.",
            tuple(
                f"avg_over_time({_quantile(0.95, f'sum by (le) (rate({SECONDS}[{r}]))')}[1h:{s}])"
                for r, s in (
                    ("5m", "5m"),
                    ("5m", "1m"),
                    ("5m", ""),
                    ("10m", "10m"),
                    ("10m", "5m"),
                    ("10m", "1m"),
                    ("5m", "10m"),
                    ("5m", "30s"),
                    ("5m", "15s"),
                )
            ),
        ),
        (
            "These are milliseconds; the metric is in seconds, and so should the answer be.",
            (f"1000 * {_quantile(0.95)}",),
        ),
        (
            "The range is another one: the question is about the last hour.",
            tuple(
                _quantile(0.95, f"sum by (le) (rate({SECONDS}[{r}]))")
                for r in ("5m", "10m", "15m", "30m", "1d", "2h")
            ),
        ),
        (
            "This is how fast each bucket fills; `histogram_quantile(0.95, ...)` "
            "around it makes the percentile.",
            (f"sum by (le) (rate({SECONDS}[1h]))", f"rate({SECONDS}[1h])"),
        ),
    ),
)
