"""The house style: what its helpers draw."""

import matplotlib
import numpy as np
import pandas as pd
import pytest

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from utils import plots


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def _texts(ax):
    return [text.get_text() for text in ax.texts]


def test_weeks_shades_what_the_table_has():
    table = pd.Series(np.arange(20.0), index=range(1, 21))
    assert {"training", "reference"} <= set(_texts(plots.weeks(table, "Title", "unit")))
    assert "training" not in _texts(plots.weeks(table.loc[10:], "Title", "unit"))
    ax = plots.weeks(table.loc[14:], "Title", "unit")
    assert _texts(ax) == []
    assert (ax.get_title(loc="left"), ax.get_ylabel()) == ("Title", "unit")


def test_lines_are_labelled_directly_and_apart():
    index = range(14, 20)
    table = pd.DataFrame({"a": np.linspace(0, 1, 6), "b": np.linspace(1, 1, 6)}, index=index)
    ax = plots.weeks(table, "Title", "unit")
    labels = {text.get_text(): text.xy[1] for text in ax.texts}
    assert set(labels) == {"a", "b"}
    bottom, top = ax.get_ylim()
    assert abs(labels["a"] - labels["b"]) >= 0.07 * (top - bottom)


def test_event_names_its_week():
    ax = plots.weeks(pd.Series([1.0, 2.0], index=[16, 17]), "Title", "unit")
    plots.event(ax, 17, "furloughs")
    assert "furloughs" in _texts(ax)
