"""Twelve drifts whose truth is known, because we make them.

Each is called with a table, the time and a random generator, and returns the drifted table and its
`Truth`:

>>> flights = load_flights(18, 20)
>>> cold, truth = unit_change(flights, "2013-05-06", np.random.default_rng(7))
>>> truth  # doctest: +NORMALIZE_WHITESPACE
unit_change (data fault) in temp, from 2013-05-06 00:00: 13,016 of 19,541 rows touched,
severity up to 1.00

It can be given what another drift returned. `flights` has the columns of `load_flights`.
`when` is the onset of a drift that is there suddenly and fully, or a `Severity`: with a ramp, an
end, a lower peak, or on certain weekdays. `rng` is numpy's `default_rng(seed)`; the same seed gives
the same drift.

All keep the table that they are given, the columns, dtypes and index, the number and the order of
the rows, every row that the truth does not name, and all that was before the onset. Nine change
rows in place, in `truth.columns` and nowhere else. Three (`longer_network`, `weekend`,
`prior_shift`) draw flights anew: some go, and others come twice. A copy stands beside its original
and has its `flight_id`; `truth.rows` are these copies.

All raise CourseError, with the column's name and what to do, when the table is empty or lacks a
column, a column holds another type or nothing at all, the onset lies outside the data, a parameter
makes no sense, or no flight is there to be touched.
"""

from utils.drift.simulate.faults import (
    default_fill,
    missing_feed,
    one_sensor,
    unit_change,
    utc_hour,
    wrong_join,
)
from utils.drift.simulate.shifts import (
    furlough,
    longer_network,
    new_carrier,
    prior_shift,
    slot_rules,
    weekend,
)
from utils.drift.simulate.truth import Severity, Truth

__all__ = [
    "DRIFTS",
    "Severity",
    "Truth",
    "default_fill",
    "furlough",
    "longer_network",
    "missing_feed",
    "new_carrier",
    "one_sensor",
    "prior_shift",
    "slot_rules",
    "unit_change",
    "utc_hour",
    "weekend",
    "wrong_join",
]

DRIFTS = {
    drift.__name__: drift
    for drift in (
        unit_change,
        utc_hour,
        longer_network,
        new_carrier,
        missing_feed,
        default_fill,
        one_sensor,
        weekend,
        prior_shift,
        furlough,
        slot_rules,
        wrong_join,
    )
}
