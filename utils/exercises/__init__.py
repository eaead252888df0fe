"""Exercises: `check` an answer, ask for a `hint`, see a `solution`, look at your `progress`."""

from utils.exercises.notebook import check, hint, progress, solution

__all__ = ["check", "hint", "progress", "solution"]
