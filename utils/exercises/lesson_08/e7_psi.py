"""Exercise 8.7: PSI, as a query."""

from utils.exercises.judges.queries import Query, slips
from utils.exercises.lesson_08.selectors import OURS, WEEK, of_staging, other_ranges
from utils.exercises.registry import exercise
from utils.prometheus import promql

BINS = f"flightdelay_score_bin_total{OURS}"


def _share(offset: str = "", part: str = "rate({bins}[1d]{offset})", floor: str = "0.0001") -> str:
    part = part.format(bins=BINS, offset=offset)
    share = f"{part} / ignoring(bin) group_left sum without (bin) ({part})"
    return f"clamp_min({share}, {floor})" if floor else f"({share})"


def _psi(p: str, q: str, terms: str = "sum(({p} - {q}) * ln({p} / {q}))") -> str:
    return terms.format(p=p, q=q)


def _rates(function: str) -> list[str]:
    return [f"clamp_min({function}({BINS}[1d]{offset}), 0.0001)" for offset in ("", WEEK)]


RIGHT = promql.psi()
P, Q = _share(), _share(WEEK)
_RATE, _THEN = f"rate({BINS}[1d])", f"rate({BINS}[1d]{WEEK})"
_WITHOUT_FLOOR = _share(floor=""), _share(WEEK, floor="")

SLIPS = [
    *slips(
        "NaN comes from an empty bin. Without a floor under the shares its share is 0, and `ln` of "
        "0 is minus infinity: `clamp_min(share, 0.0001)` helps. Where there is a floor, 0 was "
        "divided by 0 below it: the label to leave out is `bin`.",
        _psi(*_WITHOUT_FLOOR),
    ),
    *slips(
        "The sum over the bins is missing: these are the parts of it, one for each bin.",
        _psi(P, Q, "({p} - {q}) * ln({p} / {q})"),
    ),
    *slips(
        "The result is below 0, which PSI never is: in one of the two factors now and then "
        "have changed places.",
        _psi(P, Q, "sum(({p} - {q}) * ln({q} / {p}))"),
    ),
    *slips(
        "This is the Kullback-Leibler divergence; the first factor of PSI is the difference of "
        "the two shares.",
        _psi(P, Q, "sum({p} * ln({p} / {q}))"),
        _psi(Q, P, "sum({p} * ln({p} / {q}))"),
    ),
    *slips(
        "Parentheses are missing around the difference: a product comes before a subtraction.",
        _psi(P, Q, "sum({p} - {q} * ln({p} / {q}))"),
    ),
    *slips(
        "The logarithm has another base; PSI uses the natural one, `ln`.",
        _psi(P, Q, "sum(({p} - {q}) * log2({p} / {q}))"),
        _psi(P, Q, "sum(({p} - {q}) * log10({p} / {q}))"),
    ),
    *slips(
        "These are rates, not shares: PSI would move with the number of requests. Divide each "
        "bin by the sum of all bins.",
        *(_psi(*_rates(function)) for function in ("rate", "increase")),
    ),
    *slips(
        "These are shares of the counters themselves, so of everything since the last restart. "
        "Take `rate(...[1d])` first.",
        _psi(_share(part="{bins}{offset}"), _share(WEEK, part="{bins}{offset}")),
    ),
    *slips(
        "Both distributions are of the same day. That of a week before needs `offset 1w` in "
        "both places where the counter stands.",
        _psi(P, P),
    ),
    *slips(
        "In one of the two shares only one counter is of a week before: `offset 1w` belongs behind "
        "both of its ranges.",
        *(
            _psi(P, Q.replace(*pair, 1))
            for pair in ((f"({_THEN})", f"({_RATE})"), (f"({_THEN} /", f"({_RATE} /"))
        ),
    ),
    *slips(
        "This compares with the day before; the exercise asks for a week before.",
        _psi(P, _share(" offset 1d")),
    ),
    *slips(
        "The floor under the shares is another one: it is 0.0001.",
        *(RIGHT.replace("0.0001", floor) for floor in ("0.001", "0.01", "0.00001", "0.000001")),
    ),
    *slips(
        "This is the mean over the bins; PSI is the sum.",
        _psi(P, Q, "avg(({p} - {q}) * ln({p} / {q}))"),
    ),
    *of_staging(RIGHT),
    *slips(
        "`irate` and `delta` are no rates of a whole day: the one uses the last two samples, the "
        "other takes a restart for a fall. Take `rate`.",
        RIGHT.replace("rate(", "irate("),
        RIGHT.replace("rate(", "delta("),
    ),
    *other_ranges(
        RIGHT,
        "1d",
        "The range is another one: the question is about a whole day.",
        *("1h", "5m", "1w", "12h"),
    ),
]


_PSI = Query(
    "psi",
    RIGHT,
    asks="the PSI of the last day's scores against a week before",
    # Of the third day a restart is a part.
    cases=(
        "2013-04-23 00:00",
        "2013-05-01 00:00",
        "2013-05-02 12:00",
        "2013-05-09 00:00",
        "2013-05-14 00:00",
    ),
    slips=SLIPS,
)

exercise(
    "8.7",
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
    learned="Your query finds PSI on the server, day by day, and no row of data leaves it. You "
    "have earned `promql.psi()`, which writes this query for you.",
    check=_PSI,
)
