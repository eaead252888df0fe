"""The house style of figures, and the one figure that the course draws again and again: weeks.

Importing this module applies the style, so that every figure of a lesson has it.
"""

import itertools
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from utils.flights import REFERENCE, TRAINING

plt.style.use(Path(__file__).with_name("course.mplstyle"))

GREY = "#5A5A5A"

# Lines' labels closer than this share of the axis' height would overlap.
_LABEL_GAP = 0.075


def weeks(table: pd.DataFrame | pd.Series, title: str, unit: str, ax: Axes | None = None) -> Axes:
    """Draw one line for each column over the ISO weeks in the index, labelled at its end.

    The training and the reference weeks are shaded where the table has them.
    """
    table = table.to_frame() if isinstance(table, pd.Series) else table
    ax = ax or plt.subplots()[1]
    for name in table.columns:
        ax.plot(table.index, table[name], marker="o", markersize=4, label=name)
    ax.set(title=title, xlabel="ISO week of 2013", ylabel=unit)
    _shade(ax, TRAINING, "training", "#EDEDED", table.index)
    _shade(ax, REFERENCE, "reference", "#DCEBF5", table.index)
    label_lines(ax)
    return ax


def label_lines(ax: Axes) -> None:
    """Write each line's label beside its last point, in its colour; one line needs none."""
    lines = ax.get_lines()
    if len(lines) < 2:
        return
    bottom, top = ax.get_ylim()
    ends = [line.get_ydata()[-1] for line in lines]
    heights = _spread(np.array(ends, dtype=float), _LABEL_GAP * (top - bottom))
    for line, height in zip(lines, heights, strict=True):
        ax.annotate(
            line.get_label(),
            (1.01, height),
            xycoords=ax.get_yaxis_transform(),
            color=line.get_color(),
            va="center",
        )


def event(ax: Axes, week: float, text: str) -> None:
    """Mark a week with a dashed line and a word at the top of the figure."""
    ax.axvline(week, color=GREY, linestyle="--", linewidth=1, zorder=0)
    ax.annotate(
        text,
        (week, 0.98),
        xycoords=ax.get_xaxis_transform(),
        xytext=(4, 0),
        textcoords="offset points",
        va="top",
        color=GREY,
    )


def _shade(ax: Axes, weeks: tuple[int, int], name: str, colour: str, shown: pd.Index) -> None:
    first, last = max(weeks[0], shown.min()), min(weeks[1], shown.max())
    if first > last:
        return
    ax.axvspan(first - 0.5, last + 0.5, color=colour, zorder=-1)
    low = _runs_low(ax, first, last)
    ax.annotate(
        name,
        ((first + last) / 2, 0.98 if low else 0.02),
        xycoords=ax.get_xaxis_transform(),
        ha="center",
        va="top" if low else "bottom",
        color=GREY,
    )


def _runs_low(ax: Axes, first: float, last: float) -> bool:
    """Tell whether a line comes near the bottom between two weeks, where a word would cover it."""
    bottom, top = ax.get_ylim()
    for line in ax.get_lines():
        x, y = np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)
        near = y[(x >= first - 1) & (x <= last + 1)]
        if (near < bottom + 0.15 * (top - bottom)).any():
            return True
    return False


def _spread(heights: np.ndarray, gap: float) -> np.ndarray:
    """Move heights apart, upwards from the lowest, until neighbours differ by `gap`."""
    placed = heights.copy()
    order = np.argsort(heights)
    for lower, upper in itertools.pairwise(order):
        placed[upper] = max(placed[upper], placed[lower] + gap)
    return placed
