"""What a lesson's outputs depend on, as one digest: its text, its helpers, the data, the lock."""

import ast
import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def digest(lesson: Path) -> str:
    """Return a digest that changes when anything changes that a lesson's outputs depend on."""
    files = [lesson, *helpers_of(lesson), ROOT / "data" / "SHA256SUMS", ROOT / "requirements.txt"]
    total = hashlib.sha256()
    for path in files:
        total.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def helpers_of(script: Path) -> list[Path]:
    """Return the modules of `utils` that a script imports, directly or through one another."""
    found: set[Path] = set()
    waiting = [script]
    while waiting:
        for path in _imports(waiting.pop()) - found:
            found.add(path)
            waiting.append(path)
    return sorted(found)


def _imports(script: Path) -> set[Path]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(script.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {path for name in names if name.startswith("utils.") for path in _files(name)}


def _files(name: str) -> list[Path]:
    place = ROOT.joinpath(*name.split("."))
    if place.is_dir():
        # A package's modules may be loaded by name (the checks of a lesson are).
        return sorted(place.glob("*.py"))
    return [place.with_suffix(".py")] if place.with_suffix(".py").exists() else []
