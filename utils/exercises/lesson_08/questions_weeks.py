"""What exercises 8.4 to 8.6 ask, and the slips that they know: a week ago, and drift."""

from utils.exercises.lesson_08.querying import Question
from utils.exercises.lesson_08.questions_rates import OURS, REQUESTS
from utils.prometheus import promql

AT_MOST = 'flightdelay_score_bucket{job="flightdelay",le="0.3"}'
SCORED = f"flightdelay_score_count{OURS}"
BINS = f"flightdelay_score_bin_total{OURS}"
_ANY = "flightdelay_requests_total"

_NOW, _THEN = f"sum(rate({REQUESTS}[1d]))", f"sum(rate({REQUESTS}[1d] offset 1w))"

CHANGE = Question(
    "change",
    f"{_NOW} / {_THEN} - 1",
    ("2013-04-23 00:00", "2013-04-30 12:00", "2013-05-12 00:00", "2013-05-16 00:00"),
    "the relative change of the requests from a week before",
    slips=(
        (
            "This is the change in requests per second. A relative change is divided by what there "
            "was a week before.",
            (f"{_NOW} - {_THEN}", f"{_THEN} - {_NOW}"),
        ),
        (
            "The division is upside down: this is what a week before was, compared with now. "
            "`offset` belongs to the divisor.",
            (f"{_THEN} / {_NOW} - 1", f"{_THEN} / {_NOW}"),
        ),
        (
            "This is a ratio: 1 where nothing changed. A change is 0 then.",
            (f"{_NOW} / {_THEN}",),
        ),
        (
            "The change is divided by the present value; the one to compare with is that of a week "
            "before.",
            (f"({_NOW} - {_THEN}) / {_NOW}", f"1 - {_THEN} / {_NOW}"),
        ),
        (
            "The sign is the other way round: when requests have become more, the change is above "
            "0.",
            (f"({_THEN} - {_NOW}) / {_THEN}", f"1 - {_NOW} / {_THEN}"),
        ),
        ("These are per cent; 0.1 means ten per cent more.", (f"100 * ({_NOW} / {_THEN} - 1)",)),
        (
            "Both sides are of the same time, so nothing ever changes. One of them needs "
            "`offset 1w`.",
            (f"{_NOW} / {_NOW} - 1", f"{_THEN} / {_THEN} - 1"),
        ),
        (
            "This compares with the day before, a Sunday with a Saturday. Compare with the same "
            "day a week before.",
            (f"{_NOW} / {_NOW.replace('[1d]', '[1d] offset 1d')} - 1",),
        ),
        (
            "These are counters, not rates: they fall to 0 at a restart, and a week later they are "
            "higher in any case.",
            (
                f"sum({REQUESTS}) / sum({REQUESTS} offset 1w) - 1",
                f"sum({REQUESTS}) / sum({REQUESTS} offset 1w)",
                f"sum({REQUESTS}) - sum({REQUESTS} offset 1w)",
            ),
        ),
        (
            "The requests of the job `staging` are in it, on one side or both. They never change, "
            "and make every change look smaller.",
            tuple(
                f"sum(rate({a}[1d])) / sum(rate({b}[1d] offset 1w)) - 1"
                for a, b in ((_ANY, _ANY), (_ANY, REQUESTS), (REQUESTS, _ANY))
            ),
        ),
        (
            "The range is another one on one side or both: the question is about a whole day.",
            tuple(
                f"sum(rate({REQUESTS}[{r}])) / sum(rate({REQUESTS}[{s}] offset 1w)) - 1"
                for r, s in (("5m", "5m"), ("1h", "1h"), ("1w", "1w"), ("1h", "1d"), ("5m", "1d"))
            ),
        ),
        (
            "This is one change for each outcome; the question is about all requests. Sum first, "
            "then divide.",
            (
                f"sum by (outcome) (rate({REQUESTS}[1d])) / "
                f"sum by (outcome) (rate({REQUESTS}[1d] offset 1w)) - 1",
            ),
        ),
    ),
)


def _calm(offset="", low=AT_MOST, count=SCORED, window="1d"):
    return f"sum(rate({low}[{window}]{offset})) / sum(rate({count}[{window}]{offset}))"


_WEEK = " offset 1w"
AT_RISK = Question(
    "at_risk",
    f"{_calm(_WEEK)} - {_calm()}",
    ("2013-04-23 00:00", "2013-05-02 12:00", "2013-05-09 00:00", "2013-05-16 00:00"),
    "how much the share of flights at risk differs from a week before",
    slips=(
        (
            "The share is that of the calm flights: a bucket counts scores *up to* its edge. At "
            "risk is what is left, 1 minus that; so your sign is the other way round.",
            (f"{_calm()} - {_calm(_WEEK)}",),
        ),
        (
            "The second share is of the same day: the `offset` is missing, or is on one of its two "
            "counters alone.",
            (
                f"{_calm()} - {_calm()}",
                f"sum(rate({AT_MOST}[1d]{_WEEK})) / sum(rate({SCORED}[1d])) - {_calm()}",
                f"sum(rate({AT_MOST}[1d])) / sum(rate({SCORED}[1d]{_WEEK})) - {_calm()}",
            ),
        ),
        (
            "This is the share itself. The exercise asks for its difference from a week before.",
            (f"1 - {_calm()}", _calm(), f"1 - {_calm(_WEEK)}"),
        ),
        (
            "This is a difference of rates, not of shares: it moves with the number of requests, "
            "too. Divide each by the rate of all predictions.",
            (
                f"sum(rate({AT_MOST}[1d]{_WEEK})) - sum(rate({AT_MOST}[1d]))",
                f"sum(rate({AT_MOST}[1d])) - sum(rate({AT_MOST}[1d]{_WEEK}))",
                f"(sum(rate({SCORED}[1d])) - sum(rate({AT_MOST}[1d]))) - "
                f"(sum(rate({SCORED}[1d]{_WEEK})) - sum(rate({AT_MOST}[1d]{_WEEK})))",
            ),
        ),
        (
            "This is a relative change. On some days hardly a flight is at risk, and any other day "
            "is many times that. The exercise asks for the difference of the two shares.",
            (
                f"(1 - {_calm()}) / (1 - {_calm(_WEEK)}) - 1",
                f"(1 - {_calm()}) / (1 - {_calm(_WEEK)})",
            ),
        ),
        (
            "These are the counters themselves; put `rate(...[1d])` around each.",
            (f"sum({AT_MOST}{_WEEK}) / sum({SCORED}{_WEEK}) - sum({AT_MOST}) / sum({SCORED})",),
        ),
        (
            "The edge is another one: at risk means a score above 0.3.",
            tuple(
                f"{_calm(_WEEK, low)} - {_calm('', low)}"
                for low in (AT_MOST.replace("0.3", e) for e in ("0.25", "0.35", "0.5", "0.7"))
            ),
        ),
        (
            "This is the difference of the mean scores; the exercise asks for the share of scores "
            "above 0.3.",
            (
                f"{_calm('', 'flightdelay_score_sum' + OURS)} - "
                f"{_calm(_WEEK, 'flightdelay_score_sum' + OURS)}",
            ),
        ),
        (
            "The range is another one: the question is about a whole day.",
            tuple(
                f"{_calm(_WEEK, window=w)} - {_calm(window=w)}" for w in ("5m", "1h", "1w", "10m")
            ),
        ),
        (
            "This compares with the day before; the exercise asks for a week before.",
            (f"{_calm(' offset 1d')} - {_calm()}",),
        ),
    ),
)


def _share(offset="", counter=BINS, function="rate", floor="0.0001"):
    part = f"{function}({counter}[1d]{offset})"
    share = f"{part} / ignoring(bin) group_left sum without (bin) ({part})"
    return f"clamp_min({share}, {floor})" if floor else f"({share})"


_P, _Q = _share(), _share(_WEEK)
_NO_CLAMP = (_share(floor=""), _share(_WEEK, floor=""))

PSI = Question(
    "psi",
    promql.psi(),
    ("2013-04-23 00:00", "2013-05-01 00:00", "2013-05-09 00:00", "2013-05-14 00:00"),
    "the PSI of the last day's scores against a week before",
    slips=(
        (
            "Without a floor under the shares: an empty bin has the share 0, and `ln` of 0 is "
            "minus infinity. `clamp_min(share, 0.0001)` helps.",
            (
                f"sum(({_NO_CLAMP[0]} - {_NO_CLAMP[1]}) * ln({_NO_CLAMP[0]} / {_NO_CLAMP[1]}))",
                f"sum(({_NO_CLAMP[1]} - {_NO_CLAMP[0]}) * ln({_NO_CLAMP[1]} / {_NO_CLAMP[0]}))",
            ),
        ),
        (
            "The sum over the bins is missing: these are the parts of it, one for each bin.",
            (f"({_P} - {_Q}) * ln({_P} / {_Q})",),
        ),
        (
            "The result is below 0, which PSI never is: in one of the two factors now and then "
            "have changed places.",
            (f"sum(({_P} - {_Q}) * ln({_Q} / {_P}))", f"sum(({_Q} - {_P}) * ln({_P} / {_Q}))"),
        ),
        (
            "This is the Kullback-Leibler divergence; the first factor of PSI is the difference of "
            "the two shares.",
            (f"sum({_P} * ln({_P} / {_Q}))", f"sum({_Q} * ln({_Q} / {_P}))"),
        ),
        (
            "The logarithm has another base; PSI uses the natural one, `ln`.",
            (
                f"sum(({_P} - {_Q}) * log2({_P} / {_Q}))",
                f"sum(({_P} - {_Q}) * log10({_P} / {_Q}))",
            ),
        ),
        (
            "These are rates, not shares: PSI would move with the number of requests. Divide each "
            "bin by the sum of all bins.",
            tuple(
                f"sum((clamp_min({a}, 0.0001) - clamp_min({b}, 0.0001)) * "
                f"ln(clamp_min({a}, 0.0001) / clamp_min({b}, 0.0001)))"
                for a, b in (
                    (f"{f}({BINS}[1d])", f"{f}({BINS}[1d] offset 1w)") for f in ("rate", "increase")
                )
            ),
        ),
        (
            "These are shares of the counters themselves, so of everything since the last restart. "
            "Take `rate(...[1d])` first.",
            (
                "sum(({p} - {q}) * ln({p} / {q}))".format(
                    p=f"clamp_min({BINS} / ignoring(bin) group_left sum without (bin) ({BINS}), "
                    "0.0001)",
                    q=f"clamp_min({BINS} offset 1w / ignoring(bin) group_left sum without (bin) "
                    f"({BINS} offset 1w), 0.0001)",
                ),
            ),
        ),
        (
            "Both distributions are of the same day. That of a week before needs `offset 1w` in "
            "both places where the counter stands.",
            (f"sum(({_P} - {_P}) * ln({_P} / {_P}))",),
        ),
        (
            "This compares with the day before; the exercise asks for a week before.",
            ("sum(({p} - {q}) * ln({p} / {q}))".format(p=_P, q=_share(" offset 1d")),),
        ),
        (
            "The floor under the shares is another one: it is 0.0001.",
            tuple(
                "sum(({p} - {q}) * ln({p} / {q}))".format(
                    p=_share(floor=f), q=_share(_WEEK, floor=f)
                )
                for f in ("0.001", "0.01", "0.00001", "0.000001")
            ),
        ),
        (
            "This is the mean over the bins; PSI is the sum.",
            (f"avg(({_P} - {_Q}) * ln({_P} / {_Q}))",),
        ),
    ),
)
