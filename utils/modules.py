"""Which modules of the course a script uses: what it imports, and what it starts by name."""

import ast
from pathlib import Path

from utils import paths


def used_by(*scripts: Path) -> list[Path]:
    """Return the files of `utils` that scripts use, directly or through one another.

    A module's name in a text ("utils.service", for `python -m`) counts as an import, and so does
    the name of a file that lies beside the script, such as a style. What is imported by a name that
    is only made when the program runs does not count.
    """
    found: set[Path] = set()
    waiting = list(scripts)
    while waiting:
        for path in _used(waiting.pop()) - found:
            found.add(path)
            waiting.append(path)
    return sorted(found)


def _used(script: Path) -> set[Path]:
    if script.suffix != ".py":
        return set()
    names: set[str] = set()
    beside: set[Path] = set()
    for node in ast.walk(ast.parse(script.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if text.startswith("utils.") and all(map(str.isidentifier, text.split("."))):
                names.add(text)
            elif "." in text and len(text) < 80 and "/" not in text and "\0" not in text:
                beside |= {path for path in [script.parent / text] if path.is_file()}
    return beside | {path for name in names if name.startswith("utils") for path in _files(name)}


def _files(name: str) -> set[Path]:
    """Return the files that importing (or running) a module by its full name reads."""
    parts = name.split(".")
    places = [paths.ROOT.joinpath(*parts[: n + 1]) for n in range(len(parts))]
    wanted = {place / "__init__.py" for place in places} | {places[-1].with_suffix(".py")}
    if len(parts) > 1:
        wanted.add(places[-1] / "__main__.py")
    return {path for path in wanted if path.is_file()}
