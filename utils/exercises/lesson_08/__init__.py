"""The checks of lesson 08."""

NEEDS = ("prometheus", "promtool")
