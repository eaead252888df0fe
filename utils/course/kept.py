"""What a person has changed is kept, in `kept/`, before a file of the course takes its place."""

from collections.abc import Callable
from pathlib import Path

from utils import paths


def replace(path: Path, text: str, is_ours: Callable[[Path], bool]) -> Path | None:
    """Write a file as a whole; return where the copy is that was there before, if one was kept.

    A copy is kept unless `is_ours` says that the file is as the course made it.
    """
    kept = None
    if path.exists():
        if path.read_bytes() == text.encode():
            return None
        if not is_ours(path):
            kept = _keep(path)
    path.parent.mkdir(exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text, encoding="utf-8", newline="\n")
    temporary.replace(path)
    return kept


def _keep(path: Path) -> Path:
    paths.KEPT.mkdir(exist_ok=True)
    number = 1
    while (copy := paths.KEPT / f"{path.stem}-{number}.ipynb").exists():
        number += 1
    copy.write_bytes(path.read_bytes())
    return copy
