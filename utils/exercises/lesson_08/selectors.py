"""What the queries of this lesson select, and the slips that any of them can have."""

from utils.exercises.judges.queries import slips
from utils.exercises.judges.table import Slip

OURS = '{job="flightdelay"}'
REQUESTS = f"flightdelay_requests_total{OURS}"
ANSWERED = 'flightdelay_requests_total{job="flightdelay",outcome="ok"}'
SCORED = f"flightdelay_score_count{OURS}"
WEEK = " offset 1w"


def without_job(query: str) -> str:
    """Return a query that selects all jobs."""
    return query.replace(OURS, "").replace('job="flightdelay",', "")


def of_staging(query: str) -> list[Slip]:
    """Return the slip of a query without the job."""
    return slips(
        "The copy for rehearsals, the job `staging`, is in it, too: it has the same metrics. "
        'Select FlightDelay with `{job="flightdelay"}` wherever a metric is named.',
        without_job(query),
    )


def other_functions(query: str) -> list[Slip]:
    """Return the slips of taking another function for `rate`."""
    return [
        *slips(
            "`irate` uses the last two samples alone, and so one minute. `rate` uses the whole "
            "range.",
            query.replace("rate(", "irate("),
        ),
        *slips(
            "`delta` and `deriv` are for gauges: they take the fall at a restart for a real one.",
            query.replace("rate(", "delta("),
            query.replace("rate(", "deriv("),
        ),
    ]


def other_ranges(query: str, right: str, says: str, *ranges: str) -> list[Slip]:
    """Return the slips of another range, everywhere."""
    return slips(says, *(query.replace(f"[{right}]", f"[{r}]") for r in ranges))
