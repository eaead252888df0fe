"""The time machine: five weeks of the service's metrics in a real Prometheus, at once.

>>> machine = history.start()
>>> machine.query("sum(rate(flightdelay_requests_total[5m]))", at="2013-04-22 12:00")

The weeks are 16 to 20 of 2013 (15 April to 19 May), New York local time written as if it were UTC,
one sample a minute at second 30. Real flights are asked about before they leave, and the real model
answers. Into this several faults are laid, whose truth `incidents()` tells, and short `blips()`
that heal by themselves. Everybody gets the same numbers.

The service is job="flightdelay"; a copy for rehearsals, job="staging", has the same metrics of
requests of its own, one in ten of which fails on purpose. Week 17 holds the furloughs, which none
of these metrics shows.
"""

from utils.prometheus.history.blocks import database, start
from utils.prometheus.history.faults import INCIDENTS, Fault, blips, incidents
from utils.prometheus.history.weeks import END, START, WEEKS

__all__ = [
    "END",
    "INCIDENTS",
    "START",
    "WEEKS",
    "Fault",
    "blips",
    "database",
    "incidents",
    "start",
]
