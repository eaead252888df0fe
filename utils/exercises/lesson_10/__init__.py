"""The checks of lesson 10."""

NEEDS = ("prometheus", "alertmanager")
