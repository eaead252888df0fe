"""Prometheus and Alertmanager: a server, its queries, rules, alerts, and five weeks of history."""

from utils.prometheus.promtool import check_rules, test_rules
from utils.prometheus.server import Prometheus, start
from utils.prometheus.times import now

__all__ = ["Prometheus", "check_rules", "now", "start", "test_rules"]
