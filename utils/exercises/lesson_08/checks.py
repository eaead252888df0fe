"""The checks of lesson 08: queries, run on the history."""

from utils.exercises.lesson_08.querying import judge
from utils.exercises.lesson_08.questions_rates import OUTCOMES, P95, PER_SECOND
from utils.exercises.lesson_08.questions_weeks import AT_RISK, CHANGE, PSI
from utils.exercises.registry import exercise

# Without these programs nothing here can be checked.


@exercise(
    "8.1",
    "Requests per second",
    stars=1,
    minutes=5,
    hints=[
        "Three steps: which series are FlightDelay's, how fast each rises, all of them together.",
        '`flightdelay_requests_total{job="flightdelay"}[5m]` are the samples of five minutes.',
        "`sum(rate(...))` around these samples is the answer.",
    ],
    learned="First the rate, then the sum: so a restart of one process is not taken for a fall of "
    "all.",
)
def per_second(answer):
    judge(answer, PER_SECOND)


@exercise(
    "8.2",
    "The share of each outcome",
    stars=2,
    minutes=8,
    hints=[
        "Two sides: the rates of the outcomes above, the rate of all of them below.",
        "Above: `sum by (outcome) (rate(...[1h]))`. Below: the same without `by (outcome)`.",
        "The label `outcome` is on the left alone: write `/ ignoring(outcome) group_left` between "
        "the two.",
    ],
    learned="A ratio of two rates over the same range needs no care for seconds: `increase` on "
    "both sides gives the same.",
)
def outcomes(answer):
    judge(answer, OUTCOMES)


@exercise(
    "8.3",
    "The 95th percentile of the duration",
    stars=2,
    minutes=7,
    hints=[
        "The same three layers as for the model: the buckets, their rate, the quantile.",
        "`sum by (le) (rate(flightdelay_request_seconds_bucket{...}[1h]))` are the buckets of the "
        "last hour.",
        "`histogram_quantile(0.95, ...)` around that.",
    ],
    learned="The result is a guess within one bucket: Prometheus draws a straight line from its "
    "lower to its upper edge.",
)
def p95(answer):
    judge(answer, P95)


@exercise(
    "8.4",
    "Week over week",
    stars=2,
    minutes=8,
    hints=[
        "You need the same rate at two times, and of these two the relative change.",
        "A week before: `offset 1w` right behind the range, `[1d] offset 1w`.",
        "now / before - 1, each of them `sum(rate(...))`.",
    ],
    learned="A comparison with the same weekday leaves out the rhythm of day and week, which every "
    "other comparison takes for news.",
)
def change(answer):
    judge(answer, CHANGE)


@exercise(
    "8.5",
    "The prediction rate that drifted",
    stars=3,
    minutes=10,
    hints=[
        'The bucket `le="0.3"` counts scores up to 0.3, `flightdelay_score_count` all of them.',
        "At risk: 1 minus the rate of the bucket divided by the rate of all, each in its own "
        "`sum(...)`, so that the label `le` does not stand in the way.",
        "Write it a second time with `offset 1w` in *both* counters, and subtract it from the "
        "first; mind the parentheses.",
    ],
    learned="A prediction needs no outcome, so this number is there on the same day. Whether its "
    "move does harm, it does not say.",
)
def at_risk(answer):
    judge(answer, AT_RISK)


@exercise(
    "8.6",
    "PSI in four lines",
    stars=3,
    minutes=14,
    hints=[
        "Build it from the inside: the rate of each bin, its share of all bins, a floor under it.",
        "A share: `rate(X) / ignoring(bin) group_left sum without (bin) (rate(X))`, with `X` the "
        'counter and its range. In Python, `f"clamp_min({share}, 0.0001)"` puts one text into '
        "another.",
        "The same with `offset 1w` behind both ranges is `q`. Both have the same labels, so "
        "`p - q` needs no `ignoring`.",
        'At the end: `psi = f"sum(({p} - {q}) * ln({p} / {q}))"`.',
    ],
    learned="",
)
def psi(answer):
    judge(answer, PSI)
    return (
        "Your query finds PSI on the server, day by day, and no row of data leaves it. You have "
        "earned `promql.psi()`, which writes this query for you."
    )
