"""The page `/monitoring`: Evidently's report on the last predictions against the reference."""

import html
from pathlib import Path

from utils.errors import CourseError
from utils.flights import CATEGORICAL, REFERENCE, load_flights
from utils.service import predictions

REPORT_ROWS = 2_000

# The page shows what clients have sent, and it comes from where models can be changed. So it may
# run its scripts, but as a page of no origin: it can ask the service for nothing.
HEADERS = {"Content-Security-Policy": "sandbox allow-scripts", "X-Content-Type-Options": "nosniff"}


def page(database: Path, n: int) -> tuple[str, int]:
    """Return the page as HTML, and the status of the answer."""
    current = predictions.last(database, n)
    if current.empty:
        return "<p>No prediction has been logged yet: send some, then come back.</p>", 404
    # Imported here, since it takes seconds, and most who run the service never open the page.
    from utils.drift import reports  # isort: skip  (first: it switches Evidently's telemetry off)
    from evidently import Report
    from evidently.presets import DataDriftPreset

    # Evidently puts categories into a script as they are.
    for column in CATEGORICAL:
        current[column] = current[column].str.replace("<", "&lt;")
    reference = load_flights(*REFERENCE).sample(REPORT_ROWS, random_state=1)
    try:
        data = reports.dataset(current), reports.dataset(reference)
    except CourseError as problem:
        return f"<p>{html.escape(str(problem))}</p>", 404
    snapshot = Report([DataDriftPreset()], include_tests=True).run(*data)
    return snapshot.get_html_str(as_iframe=False), 200
