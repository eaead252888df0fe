"""The checks of lesson 09."""

NEEDS = ("prometheus", "promtool", "alertmanager")
