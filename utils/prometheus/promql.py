"""Queries that lessons have earned, as texts."""

from utils.drift.measure import EMPTY_SHARE

SERVICE = 'job="flightdelay"'
FLOOR = EMPTY_SHARE


def psi(window: str = "1d", before: str = "1w") -> str:
    """Return a query for the PSI of the scores of the last `window` against one `before`.

    PSI is the sum of (p - q)·ln(p / q) over the bins of the score, with p and q the shares of the
    bins now and then, and FLOOR in place of smaller ones (see `utils.drift.measure.psi`).
    """
    p, q = score_shares(window), score_shares(window, before)
    return f"sum(({p} - {q}) * ln({p} / {q}))"


def score_shares(window: str = "1d", before: str | None = None) -> str:
    """Return a query for the share of each bin of the score, at least FLOOR.

    It is about the last `window`, or the one that ended `before`.
    """
    offset = f" offset {before}" if before else ""
    rate = f"rate(flightdelay_score_bin_total{{{SERVICE}}}[{window}]{offset})"
    return f"clamp_min({rate} / ignoring(bin) group_left sum without (bin) ({rate}), {FLOOR})"
