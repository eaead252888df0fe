"""What the desk was told, as tables: the pages that came, and the alerts of now."""

import pandas as pd

_LABELS = ["alertname", "column", "origin"]


def pages(received: list) -> pd.DataFrame:
    """Return a row for each change of an alert that was told, in the order in which they came.

    `received` are the notifications. Columns: `at` (wall time, UTC, at which the alert began or
    ended), `alert`, `column`, `origin`, `status`, `summary`, `runbook`.
    """
    rows, last = [], {}
    for _, said in received:
        for alert in said["alerts"]:
            labels, notes = alert["labels"], alert["annotations"]
            key = tuple(labels.get(n, "") for n in _LABELS)
            status = alert["status"]
            # A group is told again as a whole when one of its alerts changes.
            if last.get(key) == status:
                continue
            last[key] = status
            at = alert["startsAt" if status == "firing" else "endsAt"]
            text = [notes.get(n, "") for n in ("summary", "runbook")]
            rows.append((pd.Timestamp(at).tz_convert(None), *key, status, *text))
    columns = ["at", "alert", "column", "origin", "status", "summary", "runbook"]
    return pd.DataFrame(rows, columns=columns)


def alerts(found: pd.DataFrame) -> pd.DataFrame:
    """Return the alerts of `Prometheus.alerts()`, with `since` in wall time."""
    columns = ["alert", "column", "origin", "state", "since"]
    table = found.rename(columns={"alertname": "alert"}).reindex(columns=columns)
    labels = table[columns[:-1]].fillna("").astype("str")
    table = labels.assign(since=pd.to_datetime(table["since"]))
    return table.sort_values(["alert", "column", "origin"], ignore_index=True)
