"""Prometheus' answers as tables."""

import numpy as np
import pandas as pd

from utils.prometheus.tables import as_table


def vector(*series):
    return {
        "resultType": "vector",
        "result": [{"metric": labels, "value": [0.5, value]} for labels, value in series],
    }


def test_rows_are_in_the_order_of_their_labels():
    table = as_table(vector(({"b": "2", "a": "x"}, "1"), ({"a": "x"}, "2"), ({"b": "1"}, "3")))
    assert list(table) == ["a", "b", "time", "value"]
    assert list(table["value"]) == [1, 2, 3]
    assert table["a"].tolist()[:2] == ["x", "x"]
    assert table["b"].isna().tolist() == [False, True, False]
    assert table["time"][0] == pd.Timestamp("1970-01-01 00:00:00.5")


def test_values_that_are_no_numbers():
    table = as_table(vector(*(({"n": str(i)}, v) for i, v in enumerate(("NaN", "+Inf", "-Inf")))))
    assert np.isnan(table["value"][0])
    assert list(table["value"][1:]) == [np.inf, -np.inf]
    text = as_table({"resultType": "string", "result": [1, "hello"]})
    assert text["value"].item() == "hello"


def test_nothing_has_columns_too():
    table = as_table({"resultType": "matrix", "result": []})
    assert list(table) == ["time", "value"]
    assert table["value"].dtype == float
    assert table["time"].dtype == "datetime64[ms]"


def test_a_matrix_has_a_row_for_each_sample():
    series = [
        {"metric": {"job": "b"}, "values": [[60, "1"], [120, "2"]]},
        {"metric": {"job": "a"}, "values": [[60, "3"]]},
    ]
    table = as_table({"resultType": "matrix", "result": series})
    assert list(table["job"]) == ["a", "b", "b"]
    assert list(table["value"]) == [3, 1, 2]


def test_no_label_is_lost_beside_our_own_columns():
    table = as_table(vector(({"time": "noon", "label_time": "one", "value": "v"}, "5")))
    assert set(table) == {"label_time", "label_label_time", "label_value", "time", "value"}
    assert table["label_time"].item() == "one"
    assert table["label_label_time"].item() == "noon"
    assert table["label_value"].item() == "v"
    assert table["value"].item() == 5
