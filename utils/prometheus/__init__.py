"""Prometheus and Alertmanager: a server, its queries, rules, alerts, and five weeks of history."""

from utils.prometheus.server import Prometheus, check_rules, now, start, test_rules

__all__ = ["Prometheus", "check_rules", "now", "start", "test_rules"]
