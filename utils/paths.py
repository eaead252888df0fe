"""Where the parts of the course lie, as seen from this file."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LESSONS = ROOT / "lessons"
NOTEBOOKS = ROOT / "notebooks"
SOLUTIONS = ROOT / "solutions"
DATA = ROOT / "data"
KEPT = ROOT / "kept"
BUILD = ROOT / ".build"
