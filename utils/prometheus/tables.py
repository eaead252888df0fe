"""What Prometheus answers, as tidy tables: a row for each sample, a column for each label."""

import numpy as np
import pandas as pd

_OWN = ("time", "value")


def as_table(data: dict) -> pd.DataFrame:
    """Return the result of a query as a table: the labels, `time` (UTC, no zone) and `value`.

    A label that is itself called `time` or `value` is in the column `label_time` or `label_value`.
    """
    kind, result = data["resultType"], data["result"]
    if kind in ("scalar", "string"):
        result = [{"metric": {}, "value": result}]
    columns = _columns({label for series in result for label in series["metric"]})
    in_order = sorted(columns, key=columns.get)
    result = sorted(result, key=lambda series: _labels(series, in_order))
    samples = [series.get("values") or [series["value"]] for series in result]
    lengths = [len(of_one) for of_one in samples]
    table = {
        columns[label]: np.repeat(
            np.array([series["metric"].get(label, np.nan) for series in result], dtype=object),
            lengths,
        )
        for label in in_order
    }
    moments, values = ([sample[n] for of_one in samples for sample in of_one] for n in (0, 1))
    table["time"] = pd.to_datetime(pd.Series(moments, dtype=float), unit="s").astype(
        "datetime64[ms]"
    )
    # Values come as text, so that NaN and +Inf can be said.
    table["value"] = np.array(values, dtype=str).astype(str if kind == "string" else np.float64)
    return pd.DataFrame(table)


def _labels(series: dict, in_order: list[str]) -> list[tuple[bool, str]]:
    """Return a series' place among others: by its labels, one that it lacks behind all values."""
    metric = series["metric"]
    return [(label not in metric, metric.get(label, "")) for label in in_order]


def _columns(labels: set[str]) -> dict[str, str]:
    """Return the column of each label; our own columns take no label's place, nor one another's."""
    columns = {label: label for label in labels}
    for own in labels.intersection(_OWN):
        while columns[own] in labels or columns[own] in _OWN:
            columns[own] = f"label_{columns[own]}"
    return columns
