"""Pictures that ask a question. What they show is decided here, out of the learner's sight."""

import matplotlib.pyplot as plt
import numpy as np

from utils import plots  # noqa: F401  (applies the house style)

SEED = 1305
DAYS = 210
BEFORE, AFTER = 0.15, 0.35

# Which panel shows which shape of drift.
SHAPES = {"A": "gradual", "B": "sudden", "C": "recurring", "D": "incremental"}


def drift_shapes() -> None:
    """Draw four airports, each with another shape of drift, one dot a day."""
    rng = np.random.default_rng(SEED)
    figure, panels = plt.subplots(2, 2, figsize=(9, 6), sharex=True, sharey=True)
    for axes, (name, shape) in zip(panels.flat, SHAPES.items(), strict=True):
        late = _level(shape, rng) + rng.normal(0, 0.012, DAYS)
        axes.plot(np.arange(DAYS) / 7, 100 * late, ".", markersize=4)
        axes.set_title(f"Airport {name}")
    figure.supxlabel("week")
    figure.supylabel("share late (%)")
    plt.show()


def _level(shape: str, rng: np.random.Generator) -> np.ndarray:
    """Return the true level of each day."""
    week = np.arange(DAYS) / 7
    progress = np.clip((week - 8) / 14, 0, 1)
    if shape == "sudden":
        new = week >= 15
    elif shape == "gradual":
        new = rng.random(DAYS) < progress
    elif shape == "incremental":
        new = progress
    else:
        new = week % 6 >= 4
    return BEFORE + (AFTER - BEFORE) * new
