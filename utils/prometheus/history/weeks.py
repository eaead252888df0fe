"""Which weeks the history tells of, and when it was scraped."""

from datetime import date

import pandas as pd

# ISO weeks of 2013, as (first, last): 15 April to 19 May. No metric shows the furloughs of week 17.
WEEKS = (16, 20)
START = pd.Timestamp(date.fromisocalendar(2013, WEEKS[0], 1))
END = pd.Timestamp(date.fromisocalendar(2013, WEEKS[1] + 1, 1))
# All times are by the clock of these airports, without its zone.
ZONE = "America/New_York"

# One scrape a minute, half a minute off the round times: no range of a query ends on a sample, and
# so Prometheus 2 and 3 agree, of which only the first counts a sample on the left edge.
STEP, OFFSET = 60, 30


def seconds(moment: pd.Timestamp) -> int:
    """Return a moment as seconds since the start."""
    return int((moment - START).total_seconds())


SAMPLES = seconds(END) // STEP
