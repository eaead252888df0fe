"""Keep on record when, and on which versions, everything was last seen to work.

The record is `lessons/verified.json`; the README's table of lessons is written from it, never by
hand.
"""

import json
import platform
from datetime import UTC, datetime
from importlib.metadata import version

from utils.course import editions
from utils.paths import ROOT

RECORD = ROOT / "lessons" / "verified.json"
README = ROOT / "README.md"
NAMED = ["evidently", "pandas", "numpy", "scikit-learn", "matplotlib", "jupyterlab"]


def note(seconds: dict[str, float], complete: bool) -> None:
    """Note how long solutions ran; after a complete build also when, and on which versions."""
    record = read()
    measured = {name: round(value, 1) for name, value in seconds.items()}
    lessons = [path.stem for path in editions.lesson_paths()]
    known = record.get("seconds", {}) | measured
    record["seconds"] = {name: known[name] for name in lessons if name in known}
    if complete:
        record["lock"] = here()
    _write(record)


def note_newest() -> None:
    """Note that every test has just passed on the newest releases, which are installed here."""
    _write(read() | {"newest": here()})


def stale() -> list[str]:
    """Say so when the README does not show what the record and the lessons say."""
    text = README.read_text(encoding="utf-8")
    return (
        [] if text == _render(text, read()) else ["README.md is stale: run `python -m utils build`"]
    )


def here() -> dict:
    """Return today's date, the Python, the system, and the versions of the main packages."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "system": platform.system(),
        "packages": {name: version(name) for name in NAMED},
    }


def read() -> dict:
    """Return the record."""
    return json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}


def _write(record: dict) -> None:
    RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    README.write_text(_render(README.read_text(encoding="utf-8"), record), encoding="utf-8")


def _render(text: str, record: dict) -> str:
    for name, lines in (("lessons", _table(record)), ("verified", _verified(record))):
        start, end = f"<!-- {name}: written by the build -->", f"<!-- {name}: end -->"
        before, rest = text.split(start, 1)
        after = rest.split(end, 1)[1]
        text = before + "\n".join([start, *lines, end]) + after
    return text


def _table(record: dict) -> list[str]:
    rows = [
        "| lesson | you will be able to | your time | it runs in |",
        "| --- | --- | --- | --- |",
    ]
    for path in editions.lesson_paths():
        number, name = editions.title(path).split(" · ", 1)
        ran = record.get("seconds", {}).get(path.stem)
        link = f"[{number}](notebooks/{path.stem}.ipynb)"
        shown = f"{ran:.0f} s" if ran is not None else "–"
        rows.append(f"| {link} | {name} | {editions.minutes(path)} min | {shown} |")
    return rows


def _verified(record: dict) -> list[str]:
    lines = []
    for key, what in (("lock", "the locked versions"), ("newest", "the newest releases")):
        if entry := record.get(key):
            packages = ", ".join(f"{name} {v}" for name, v in entry["packages"].items())
            lines.append(
                f"- On {what}: {entry['date']}, {entry['system']}, Python {entry['python']}, "
                f"{packages}."
            )
    return lines or ["- Not yet."]
