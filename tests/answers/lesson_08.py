"""Answers to lesson 08: queries. The slips of the checks are wrong answers, too."""

from tests.answers import right, wrong

OURS = '{job="flightdelay"}'
REQUESTS = f"flightdelay_requests_total{OURS}"
ANY = "flightdelay_requests_total"
OK = 'flightdelay_requests_total{job="flightdelay",outcome="ok"}'
ERROR = 'flightdelay_requests_total{job="flightdelay",outcome="error"}'


def either(name, says, *queries):
    for query in queries:
        wrong(name, says, query)


# 8.1
right("8.1", f"sum(rate({REQUESTS}[5m]))")
right("8.1", f"sum(increase({REQUESTS}[5m])) / 300")
right("8.1", 'sum by (job) (rate(flightdelay_requests_total{instance="desk:8000"}[300s]))')
right("8.1", f"\n  sum without (outcome) (\n  rate({REQUESTS}[5m])  # per outcome\n)\n")
# A request is timed however it ends.
right("8.1", f"sum(rate(flightdelay_request_seconds_count{OURS}[5m]))")
right("8.1", f"round(sum(rate({REQUESTS}[5m])), 1e-6)")

either("8.1", "First the rate of each counter, then the sum", f"rate(sum({REQUESTS})[5m])")
either("8.1", "First the rate of each counter, then the sum", f"rate(sum({REQUESTS}[5m]))")
either("8.1", "rate of a sum", f"rate(sum({REQUESTS})[5m:])")
either("8.1", "look back over a range", f"sum(rate({REQUESTS}))")
either("8.1", "3 values, and the result has the label `outcome`", f"rate({REQUESTS}[5m])")
either("8.1", "Other jobs are in the result", f"rate({ANY}[5m])", f"sum by (job) (rate({ANY}[5m]))")
either("8.1", "one sample at most", f"sum(rate({REQUESTS}[1m]))", f"sum(rate({REQUESTS}[30s]))")
either("8.1", "range vector", f"{REQUESTS}[5m]")
either("8.1", "with the outcome `ok` alone", f"max(rate({REQUESTS}[5m]))")
either(
    "8.1",
    "Did you mean `flightdelay_requests_total`",
    f"sum(rate(flightdelay_request_total{OURS}[5m]))",
)
either("8.1", 'No series has job="FlightDelay"', f'sum(rate({ANY}{{job="FlightDelay"}}[5m]))')
either("8.1", "is an empty text", "  ")
either("8.1", "as a text, in quotes", 0.6, lambda: "sum(x)")
either("8.1", "unclosed left parenthesis", f"sum(rate({REQUESTS}[5m])")
either("8.1", "unexpected identifier", "requests per second")
either("8.1", "is the `f` before the quotes missing", "sum(rate({ours}[5m]))")
either("8.1", "it should be less", f"2 * sum(rate({REQUESTS}[5m]))")
either("8.1", "it is near, but not it", f"1.00015 * sum(rate({REQUESTS}[5m]))")
either("8.1", "At 17 April 15:00 the query returns 0.7", "0.7")
either("8.1", "stands in quotes", f"sum(rate({ANY}{{job=flightdelay}}[5m]))")
either("8.1", "curly quotes", f"sum(rate({ANY}{{job=“flightdelay”}}[5m]))")
either("8.1", "Say the unit", f"sum(rate({REQUESTS}[5]))")
either("8.1", "range vector", '{__name__=~".+"}[5m]')
either("8.1", "characters; the check reads up to", "up + " * 3000 + "up", "x" * 1_000_000)

# 8.2
BY, ALL = f"sum by (outcome) (rate({REQUESTS}[1h]))", f"sum(rate({REQUESTS}[1h]))"
right("8.2", f"{BY} / ignoring(outcome) group_left {ALL}")
right("8.2", f"{BY} / scalar({ALL})")
right("8.2", f"{BY} / on() group_left() {ALL}")
right(
    "8.2", f"increase({REQUESTS}[60m]) / on(job) group_left sum by (job) (increase({REQUESTS}[1h]))"
)

either("8.2", "pairs series with the same labels", f"{BY} / {ALL}", f"rate({REQUESTS}[1h]) / {ALL}")
either("8.2", "These are rates", f"rate({REQUESTS}[1h])")
either("8.2", "say with `group_left`", f"{BY} / ignoring(outcome) {ALL}", f"{BY} / on() {ALL}")
either("8.2", "said by `group_left`", f"{BY} / ignoring(outcome) group_right {ALL}")
either("8.2", "Sum the right side", f"{ALL} / ignoring(outcome) group_left {BY}")
either("8.2", "right behind the operator", f"{BY} / group_left {ALL}", f"{BY} group_left / {ALL}")
either("8.2", "Before other parentheses", f"{BY} / ignoring(outcome) group_left (sum({ALL}))")
either("8.2", "Did you mean `ignoring`", f"{BY} / ignore(outcome) group_left {ALL}")
either("8.2", "Labels stand in parentheses", f"{BY} / ignoring outcome group_left {ALL}")
either("8.2", "`by` stands behind", f"sum(rate({REQUESTS}[1h]) by outcome)")
either("8.2", "unclosed left parenthesis", f"{BY} / ignoring(outcome) group_left sum(rate({ANY}")

# 8.3
B = f"flightdelay_request_seconds_bucket{OURS}"
FAST = f'sum(rate({B[:-1]},le="0.025"}}[1h]))'
COUNT = f"flightdelay_request_seconds_count{OURS}"


def sure(query, low=0.025, high=0.05):
    return {"within_25ms": query, "p95_from": low, "p95_to": high}


right("8.3", sure(f"{FAST} / sum(rate({COUNT}[1h]))"))
right("8.3", sure(f"{FAST} / {ALL}"))
right("8.3", sure(f'{FAST} / sum(rate({B[:-1]},le="+Inf"}}[1h]))'))
right("8.3", sure(f"increase({B[:-1]},le='0.025'}}[60m]) / ignoring(le) increase({COUNT}[60m])"))
right("8.3", sure(f"1 - (sum(rate({COUNT}[1h])) - {FAST}) / {ALL}", "0.025" and 0.025, 5e-2))

SHARE = f"{FAST} / sum(rate({COUNT}[1h]))"
wrong("8.3", "pairs series with the same labels", sure(f"rate({B}[1h]) / rate({COUNT}[1h])"))
wrong("8.3", 'No series has le="25"', sure(SHARE.replace("0.025", "25")))
wrong("8.3", 'No series has le="0,025"', sure(SHARE.replace("0.025", "0,025")))
wrong("8.3", "has no order", sure(SHARE.replace('le="0.025"', 'le<="0.025"')))
wrong("8.3", "has the label `le`", sure(f"rate({B}[1h]) / on() group_left sum(rate({COUNT}[1h]))"))
wrong("8.3", "where `histogram_quantile` takes a number", sure(f"histogram_quantile({SHARE}, 0.9)"))
wrong("8.3", "A decimal number has a point", sure(f"histogram_quantile(0,95, rate({B}[1h]))"))
wrong("8.3", "one alone", sure(f"rate({B[:-1]},le=~'0.025|0.05'}}[1h]) / scalar({ALL})"))
wrong("8.3", "as a text, in quotes", sure(0.91))
wrong("8.3", "should be the dictionary", SHARE)
wrong("8.3", "'p95_to' has no answer yet", sure(SHARE, 0.025, None))
wrong("8.3", "'within_25ms' has no answer yet", sure(None))
wrong("8.3", "The edges are in seconds", sure(SHARE, 25, 50))
wrong("8.3", "that is no edge", sure(SHARE, 0.0366, 0.0367))
wrong("8.3", "that is no edge", sure(SHARE, 0.025, 0.1 / 3))
wrong("8.3", "the first is the lower", sure(SHARE, 0.05, 0.025))
wrong("8.3", "the first is the lower", sure(SHARE, 0.05, 0.05))
wrong("8.3", "give the two nearest", sure(SHARE, 0.01, 0.05))
wrong("8.3", "Between which edges does the share pass", sure(SHARE, 0.01, 0.025))
wrong("8.3", "Between which edges does the share pass", sure(SHARE, 0.05, 0.1))
wrong("8.3", "should be one number", sure(SHARE, "0.025", "0.05"))

# 8.4
NOW, THEN = f"sum(rate({REQUESTS}[1d]))", f"sum(rate({REQUESTS}[1d] offset 1w))"
right("8.4", f"{NOW} / {THEN} - 1")
right("8.4", f"({NOW} - {THEN}) / {THEN}")
right("8.4", f"sum(increase({REQUESTS}[24h])) / sum(increase({REQUESTS}[24h] offset 7d)) - 1")
right("8.4", f"sum(rate({COUNT}[1d])) / sum(rate({COUNT}[1d] offset 1w)) - 1")

either(
    "8.4", "inside the functions", f"{NOW} / {NOW} offset 1w - 1", f"{NOW} / ({NOW}) offset 1w - 1"
)
either("8.4", "The range comes first", NOW.replace("[1d]", " offset 1w [1d]"))
either(
    "8.4",
    "one change for each outcome",
    f"rate({REQUESTS}[1d]) / rate({REQUESTS}[1d] offset 1w) - 1",
)

# 8.5
LOW = 'flightdelay_score_bucket{job="flightdelay",le="0.3"}'
SCORED = f"flightdelay_score_count{OURS}"
WEEK = " offset 1w"


def calm(offset="", low=LOW, count=SCORED):
    return f"sum(rate({low}[1d]{offset})) / sum(rate({count}[1d]{offset}))"


right("8.5", f"(1 - {calm()}) - (1 - {calm(WEEK)})")
right("8.5", f"{calm(WEEK)} - {calm()}")
right(
    "8.5",
    f"(1 - rate({LOW}[1d]) / ignoring(le) rate({SCORED}[1d]))"
    f" - (1 - rate({LOW}[1d] offset 7d) / ignoring(le) rate({SCORED}[1d] offset 7d))",
)
# The same counts, told by another counter.
right("8.5", f"{calm(WEEK, count=OK)} - {calm(count=OK)}")

either(
    "8.5",
    "pairs series with the same labels",
    f"(1 - rate({LOW}[1d]) / rate({SCORED}[1d]))"
    f" - (1 - rate({LOW}[1d] offset 1w) / rate({SCORED}[1d] offset 1w))",
)
either(
    "8.5",
    'No series has le="0.30"',
    f"{calm(WEEK, LOW.replace('0.3', '0.30'))} - {calm('', LOW.replace('0.3', '0.30'))}",
)
either("8.5", "has no order", 'sum(rate(flightdelay_score_bucket{le>"0.3"}[1d]))')

# 8.6
TEMP = 'flightdelay_feature_mean{job="flightdelay",feature="temp"}'
right("8.6", f"min_over_time({TEMP}[1d] offset 1d) - min_over_time({TEMP}[1d])")
right("8.6", f"-(min_over_time({TEMP}[24h]) - min_over_time({TEMP}[24h] offset 24h))")
right("8.6", f"min(min_over_time({TEMP}[1d] offset 1d)) - min(min_over_time({TEMP}[1d]))")
right(
    "8.6",
    f"min_over_time({TEMP}[1d] offset 1d)"
    f" - ignoring(feature) min by (job, instance) (min_over_time({TEMP}[1d]))",
)

BARE = "flightdelay_feature_mean"
either(
    "8.6",
    "Other jobs are in the result",
    f"min_over_time({BARE}[1d] offset 1d) - min_over_time({BARE}[1d])",
)
either(
    "8.6",
    "has the label `feature`",
    f"min_over_time({BARE}{OURS}[1d] offset 1d) - min_over_time({BARE}{OURS}[1d])",
)
either("8.6", "look back over a range", f"min_over_time({TEMP}) - min_over_time({TEMP} offset 1d)")
either("8.6", "look back over a range", f"min_over_time(min({TEMP}))")
either("8.6", "around each range", f"{TEMP}[1d] offset 1d - {TEMP}[1d]")
either(
    "8.6", "it should be", f"2 * (min_over_time({TEMP}[1d] offset 1d) - min_over_time({TEMP}[1d]))"
)

# 8.7
BINS = f"flightdelay_score_bin_total{OURS}"


def share(offset="", clamp=True, inner="rate({}[1d]{})"):
    part = inner.format(BINS, offset)
    text = f"{part} / ignoring(bin) group_left sum without (bin) ({part})"
    return f"clamp_min({text}, 0.0001)" if clamp else f"({text})"


def total(p, q, shape="sum(({p} - {q}) * ln({p} / {q}))"):
    return shape.format(p=p, q=q)


def over(divisor):
    """Return the shares of a bin now and then, over another count of all predictions."""
    return [
        f"clamp_min(rate({BINS}[1d]{offset}) / ignoring({ignored}) group_left "
        f"sum(rate({divisor}[1d]{offset})), 0.0001)"
        for offset, ignored in (("", "bin, job, instance"), (WEEK, "bin, job, instance"))
    ]


P, Q = share(), share(WEEK)
right("8.7", total(P, Q))
right("8.7", total(Q, P))
right("8.7", total(P, Q, "sum(({p} - {q}) * (ln({p}) - ln({q})))"))
right("8.7", total(*over(SCORED)))
right("8.7", total(*over(OK)))
right(
    "8.7",
    total(
        f"clamp_min(increase({BINS}[1d]) / scalar(sum(increase({BINS}[1d]))), 1e-4)",
        f"clamp_min(increase({BINS}[1d] offset 7d)"
        f" / scalar(sum(increase({BINS}[1d] offset 7d))), 1e-4)",
        "sum({p} * ln({p} / {q})) + sum({q} * ln({q} / {p}))",
    ),
)

either("8.7", "Did you mean `ln`", total(P, Q, "sum(({p} - {q}) * log({p} / {q}))"))
either("8.7", "Did you mean `clamp_min`", total(P, Q).replace("clamp_min", "clampmin"))
either("8.7", "unclosed left parenthesis", total(P, Q)[:-1])
either("8.7", "Labels stand in parentheses", total(P, Q).replace("without (bin)", "without bin"))
either("8.7", "Did you mean `ignoring`", total(P, Q).replace("ignoring", "ignore"))
either("8.7", "PromQL knows none of these", "sum((p - q) * ln(p / q))")
either("8.7", "is the `f` before the quotes missing", "sum(({p} - {q}) * ln({p} / {q}))")
either("8.7", "the label to leave out is `bin`", total(P, Q).replace("(bin)", "(le)"))
either("8.7", "expected", total(P, Q).replace("[1d]", ""))
either("8.5", "more samples at once", '{__name__=~".+"}[5w]')

wrong("8.1", "The query returns a text", '"x"')
wrong("8.1", "selects another job", 'sum(rate(flightdelay_requests_total{job="staging"}[5m]))')
wrong(
    "8.2", "Is `[50m]` the range", f"{BY} / ignoring(outcome) group_left {ALL}".replace("1h", "50m")
)
