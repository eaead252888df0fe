"""The map of `utils/`, in its README: one line a module, in the order of the wings."""

import ast
import re
import tomllib
from pathlib import Path

from utils import paths

MAP = paths.ROOT / "utils" / "README.md"
START, END = "<!-- map: written by the build -->", "<!-- map: end -->"
# The modules of one lesson's checks are named after its exercises, and are many.
_LESSON = re.compile(r"lesson_\d\d")


def write() -> None:
    """Write the map anew from what the modules say of themselves."""
    MAP.write_text(_render(MAP.read_text(encoding="utf-8")), encoding="utf-8")


def stale() -> list[str]:
    """Say so when the map does not show the modules that are there."""
    text = MAP.read_text(encoding="utf-8")
    current = text == _render(text)
    return [] if current else ["utils/README.md is stale: run `python -m utils build`"]


def modules() -> list[Path]:
    """Return the modules that the map names, in the order of the wings, from top to bottom."""
    root = MAP.parent
    found = [p for p in root.rglob("*.py") if not _LESSON.search(p.relative_to(root).as_posix())]
    order = {name: number for number, name in enumerate(_wings())}

    def place(path: Path) -> tuple:
        inside = path.relative_to(root)
        return order.get(inside.with_suffix("").parts[0], -1), inside.as_posix()

    return sorted((p for p in found if p.name != "__init__.py" or p.parent == root), key=place)


def _wings() -> list[str]:
    """Return the wings and the modules of the ground floor, as the import contract orders them."""
    project = tomllib.loads((paths.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    return [name.strip() for layer in layers for name in layer.split("|")]


def _render(text: str) -> str:
    before, rest = text.split(START, 1)
    return f"{before}{START}\n{_lines()}\n{END}{rest.split(END, 1)[1]}"


def _lines() -> str:
    lines, wing = [], None
    for path in modules():
        inside = path.relative_to(MAP.parent)
        if (here := inside.parts[0] if len(inside.parts) > 1 else "") != wing:
            wing = here
            about = MAP.parent / wing / "__init__.py"
            title = f"**`{wing}/`** {_first_sentence(about)}" if wing else "**Beside the wings**"
            lines += ["", title, "", "| module | what is in it |", "| --- | --- |"]
        lines.append(f"| [`{inside.as_posix()}`]({inside.as_posix()}) | {_first_sentence(path)} |")
    return "\n".join(lines).strip()


def _first_sentence(path: Path) -> str:
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    paragraph = " ".join(said.split("\n\n")[0].split())
    return re.split(r"(?<=\.)\s", paragraph)[0].replace("|", "\\|")
