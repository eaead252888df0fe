"""What a lesson's outputs depend on, as one digest: its text, its helpers, the data, the lock."""

import hashlib
from pathlib import Path

from utils import modules
from utils.paths import DATA, ROOT

_CHECKS = ROOT / "utils" / "exercises"


def digest(lesson: Path) -> str:
    """Return a digest that changes when anything changes that a lesson's outputs depend on."""
    files = [lesson, *helpers_of(lesson), DATA / "SHA256SUMS", ROOT / "requirements.txt"]
    total = hashlib.sha256()
    for path in files:
        total.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def helpers_of(lesson: Path) -> list[Path]:
    """Return the files of `utils` that a lesson uses, with its own checks and no other lesson's."""
    # The registry loads a lesson's checks by the lesson's number, which no import statement shows.
    checks = sorted((_CHECKS / f"lesson_{lesson.stem[:2]}").rglob("*.py"))
    return sorted({*checks, *modules.used_by(lesson, *checks)})
