"""Answers to lesson 08: queries."""

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

either("8.1", "This is the counter itself", f"sum({REQUESTS})", REQUESTS, f"sum({ANY})")
either("8.1", "job `staging`", f"sum(rate({ANY}[5m]))")
either("8.1", "in five minutes", f"sum(increase({REQUESTS}[5m]))")
either("8.1", "`irate` uses", f"sum(irate({REQUESTS}[5m]))")
either("8.1", "outcome `ok`", f"sum(rate({OK}[5m]))", f"rate({OK}[5m])")
either("8.1", "rate of a sum", f"rate(sum({REQUESTS})[5m:1m])", f"rate(sum({REQUESTS})[5m:])")
either("8.1", "First the rate of each counter, then the sum", f"rate(sum({REQUESTS})[5m])")
either("8.1", "look back over a range", f"sum(rate({REQUESTS}))")
either("8.1", "3 values, and the result has the label `outcome`", f"rate({REQUESTS}[5m])")
either("8.1", "Other jobs are in the result", f"rate({ANY}[5m])", f"sum by (job) (rate({ANY}[5m]))")
either("8.1", "one sample at most", f"sum(rate({REQUESTS}[1m]))", f"sum(rate({REQUESTS}[30s]))")
either("8.1", "The range is another one", f"sum(rate({REQUESTS}[10m]))")
either("8.1", "range vector", f"{REQUESTS}[5m]")
either("8.1", "mean of the three", f"avg(rate({REQUESTS}[5m]))")
either("8.1", "`count` counts series", f"count(rate({REQUESTS}[5m]))")
either("8.1", "for gauges", f"sum(delta({REQUESTS}[5m]))")
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
either("8.1", "it should be less", f"2 * sum(rate({REQUESTS}[5m]))")
either("8.1", "At 17 April 15:00 the query returns 0.7", "0.7")

# 8.2
BY, ALL = f"sum by (outcome) (rate({REQUESTS}[1h]))", f"sum(rate({REQUESTS}[1h]))"
right("8.2", f"{BY} / ignoring(outcome) group_left {ALL}")
right("8.2", f"{BY} / scalar({ALL})")
right("8.2", f"{BY} / on() group_left() {ALL}")
right(
    "8.2", f"increase({REQUESTS}[60m]) / on(job) group_left sum by (job) (increase({REQUESTS}[1h]))"
)

either("8.2", "pairs series with the same labels", f"{BY} / {ALL}", f"rate({REQUESTS}[1h]) / {ALL}")
either("8.2", "divided by itself", f"{BY} / {BY}", f"rate({REQUESTS}[1h]) / rate({REQUESTS}[1h])")
either("8.2", "These are rates", BY, f"rate({REQUESTS}[1h])")
either("8.2", "say with `group_left`", f"{BY} / ignoring(outcome) {ALL}", f"{BY} / on() {ALL}")
either("8.2", "This is one number for all", f"sum(rate({ERROR}[1h])) / {ALL}")
either(
    "8.2",
    "one in ten of its requests fails",
    f"sum by (outcome) (rate({ANY}[1h])) / ignoring(outcome) group_left sum(rate({ANY}[1h]))",
)
either("8.2", 'Select `{job="flightdelay"}` on both', f"{BY} / scalar(sum(rate({ANY}[1h])))")
either(
    "8.2", "since the process started", f"sum by (outcome) ({REQUESTS}) / scalar(sum({REQUESTS}))"
)
either("8.2", "answered requests alone", f"{BY} / scalar(sum(rate({OK}[1h])))")
either("8.2", "per cent", f"100 * {BY} / scalar({ALL})")
either("8.2", "The range is another one", f"{BY.replace('1h', '5m')} / scalar({ALL})")
either("8.2", "`by` stands behind", f"sum(rate({REQUESTS}[1h]) by outcome)")

# 8.3
B = f"flightdelay_request_seconds_bucket{OURS}"
RATES = f"sum by (le) (rate({B}[1h]))"
right("8.3", f"histogram_quantile(0.95, {RATES})")
right("8.3", f"histogram_quantile(0.95, rate({B}[1h]))")
right(
    "8.3", "histogram_quantile(.95, sum(increase(flightdelay_request_seconds_bucket[60m])) by (le))"
)

either(
    "8.3",
    "`sum by (le) (...)` keeps it",
    f"histogram_quantile(0.95, sum(rate({B}[1h])))",
    f"histogram_quantile(0.95, sum by (job) (rate({B}[1h])))",
)
either(
    "8.3",
    "average of percentiles",
    f"avg_over_time(histogram_quantile(0.95, sum by (le) (rate({B}[5m])))[1h:5m])",
)
either("8.3", "share between 0 and 1", f"histogram_quantile(95, {RATES})")
either(
    "8.3",
    "another quantile",
    f"histogram_quantile(0.5, {RATES})",
    f"histogram_quantile(0.99, {RATES})",
)
either("8.3", "since the process started", f"histogram_quantile(0.95, {B})")
either("8.3", "model alone", "histogram_quantile(0.95, rate(flightdelay_model_seconds_bucket[1h]))")
either(
    "8.3",
    "mean duration",
    f"rate(flightdelay_request_seconds_sum{OURS}[1h])"
    f" / rate(flightdelay_request_seconds_count{OURS}[1h])",
)
either("8.3", "milliseconds", f"histogram_quantile(0.95, {RATES}) * 1000")
either("8.3", "how fast each bucket fills", RATES)
either("8.3", "The range is another one", f"histogram_quantile(0.95, rate({B}[5m]))")
either("8.3", "expected type scalar", f"histogram_quantile({RATES}, 0.95)")
either(
    "8.3",
    "Did you mean `flightdelay_request_seconds_bucket`",
    "histogram_quantile(0.95, rate(flightdelay_request_seconds[1h]))",
)

# 8.4
NOW, THEN = f"sum(rate({REQUESTS}[1d]))", f"sum(rate({REQUESTS}[1d] offset 1w))"
right("8.4", f"{NOW} / {THEN} - 1")
right("8.4", f"({NOW} - {THEN}) / {THEN}")
right("8.4", f"sum(increase({REQUESTS}[24h])) / sum(increase({REQUESTS}[24h] offset 7d)) - 1")

either("8.4", "change in requests per second", f"{NOW} - {THEN}")
either("8.4", "upside down", f"{THEN} / {NOW} - 1")
either("8.4", "This is a ratio", f"{NOW} / {THEN}")
either("8.4", "divided by the present", f"({NOW} - {THEN}) / {NOW}")
either("8.4", "sign is the other way", f"({THEN} - {NOW}) / {THEN}")
either("8.4", "per cent", f"({NOW} / {THEN} - 1) * 100")
either("8.4", "nothing ever changes", f"{NOW} / {NOW} - 1")
either("8.4", "day before", f"{NOW} / {THEN.replace('1w', '1d')} - 1")
either("8.4", "counters, not rates", f"sum({REQUESTS}) / sum({REQUESTS} offset 1w) - 1")
either("8.4", "job `staging`", f"sum(rate({ANY}[1d])) / sum(rate({ANY}[1d] offset 1w)) - 1")
either(
    "8.4", "inside the functions", f"{NOW} / {NOW} offset 1w - 1", f"{NOW} / ({NOW}) offset 1w - 1"
)
either("8.4", "a whole day", f"{NOW.replace('1d', '5m')} / {THEN.replace('1d', '5m')} - 1")
either(
    "8.4",
    "one change for each outcome",
    f"rate({REQUESTS}[1d]) / rate({REQUESTS}[1d] offset 1w) - 1",
)
either("8.4", "it should be", f"{NOW} - {THEN} / {THEN}", f"{NOW} / ({THEN} - 1)")

# 8.5
LOW = 'flightdelay_score_bucket{job="flightdelay",le="0.3"}'
COUNT = f"flightdelay_score_count{OURS}"


def calm(offset="", low=LOW, count=COUNT):
    return f"sum(rate({low}[1d]{offset})) / sum(rate({count}[1d]{offset}))"


WEEK = " offset 1w"
right("8.5", f"(1 - {calm()}) - (1 - {calm(WEEK)})")
right("8.5", f"{calm(WEEK)} - {calm()}")
right(
    "8.5",
    f"(1 - rate({LOW}[1d]) / ignoring(le) rate({COUNT}[1d]))"
    f" - (1 - rate({LOW}[1d] offset 7d) / ignoring(le) rate({COUNT}[1d] offset 7d))",
)

either(
    "8.5",
    "pairs series with the same labels",
    f"(1 - rate({LOW}[1d]) / rate({COUNT}[1d]))"
    f" - (1 - rate({LOW}[1d] offset 1w) / rate({COUNT}[1d] offset 1w))",
)
either("8.5", "that of the calm flights", f"{calm()} - {calm(WEEK)}")
either("8.5", "This is the share itself", f"1 - {calm()}", calm())
either(
    "8.5",
    "one of its two",
    f"(1 - {calm()}) - (1 - sum(rate({LOW}[1d] offset 1w)) / sum(rate({COUNT}[1d])))",
)
either("8.5", "the `offset` is missing", f"(1 - {calm()}) - (1 - {calm()})")
either("8.5", "difference of rates", f"sum(rate({LOW}[1d])) - sum(rate({LOW}[1d] offset 1w))")
either("8.5", "relative change", f"(1 - {calm()}) / (1 - {calm(WEEK)}) - 1")
either(
    "8.5",
    "counters themselves",
    f"sum({LOW} offset 1w) / sum({COUNT} offset 1w) - sum({LOW}) / sum({COUNT})",
)
either(
    "8.5",
    'No series has le="0.30"',
    f"{calm(WEEK, LOW.replace('0.3', '0.30'))} - {calm('', LOW.replace('0.3', '0.30'))}",
)
either(
    "8.5",
    "The edge is another one",
    f"{calm(WEEK, LOW.replace('0.3', '0.5'))} - {calm('', LOW.replace('0.3', '0.5'))}",
)
either(
    "8.5",
    "mean scores",
    f"{calm('', 'flightdelay_score_sum')} - {calm(WEEK, 'flightdelay_score_sum')}",
)
either("8.5", "it should be", f"1 - {calm()} - 1 - {calm(WEEK)}")

# 8.6
BINS = f"flightdelay_score_bin_total{OURS}"


def share(offset="", clamp=True, inner="rate({}[1d]{})"):
    part = inner.format(BINS, offset)
    text = f"{part} / ignoring(bin) group_left sum without (bin) ({part})"
    return f"clamp_min({text}, 0.0001)" if clamp else f"({text})"


def total(p, q, shape="sum(({p} - {q}) * ln({p} / {q}))"):
    return shape.format(p=p, q=q)


P, Q = share(), share(WEEK)
right("8.6", total(P, Q))
right("8.6", total(Q, P))
right("8.6", total(P, Q, "sum(({p} - {q}) * (ln({p}) - ln({q})))"))
right(
    "8.6",
    total(
        f"clamp_min(increase({BINS}[1d]) / scalar(sum(increase({BINS}[1d]))), 1e-4)",
        f"clamp_min(increase({BINS}[1d] offset 7d)"
        f" / scalar(sum(increase({BINS}[1d] offset 7d))), 1e-4)",
        "sum({p} * ln({p} / {q})) + sum({q} * ln({q} / {p}))",
    ),
)

either("8.6", "Without a floor", total(share(clamp=False), share(WEEK, clamp=False)))
either("8.6", "sum over the bins is missing", total(P, Q, "({p} - {q}) * ln({p} / {q})"))
either("8.6", "which PSI never is", total(P, Q, "sum(({p} - {q}) * ln({q} / {p}))"))
either("8.6", "Kullback-Leibler", total(P, Q, "sum({p} * ln({p} / {q}))"))
either("8.6", "another base", total(P, Q, "sum(({p} - {q}) * log2({p} / {q}))"))
either(
    "8.6",
    "These are rates, not shares",
    total(f"clamp_min(rate({BINS}[1d]), 0.0001)", f"clamp_min(rate({BINS}[1d] offset 1w), 0.0001)"),
)
either("8.6", "the counters themselves", total(share(inner="{}{}"), share(WEEK, inner="{}{}")))
either("8.6", "of the same day", total(P, P))
either("8.6", "day before", total(P, share(" offset 1d")))
either(
    "8.6",
    "floor under the shares is another",
    total(P.replace("0.0001", "0.001"), Q.replace("0.0001", "0.001")),
)
either("8.6", "mean over the bins", total(P, Q, "avg(({p} - {q}) * ln({p} / {q}))"))
either("8.6", "it should be", total(P, Q, "sum({p} - {q} * ln({p} / {q}))"))
either("8.6", "unknown function", total(P, Q, "sum(({p} - {q}) * log({p} / {q}))"))
either("8.6", "PromQL knows none of these", "sum((p - q) * ln(p / q))")
either("8.5", "so has no order", 'sum(rate(flightdelay_score_bucket{le>"0.3"}[1d]))')
either("8.1", "stands in quotes", f"sum(rate({ANY}{{job=flightdelay}}[5m]))")
either("8.1", "Say the unit", f"sum(rate({REQUESTS}[5]))")
