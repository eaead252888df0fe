"""Drift: measure it, simulate it with known truth, and hand it to Evidently and back."""
