"""The Jupyter server of this folder: whether one runs, and what is open in it."""

import importlib.util
import json
from pathlib import Path

from utils import paths
from utils.errors import CourseError
from utils.servers import local_http


def server() -> dict | None:
    """Return the running Jupyter server of this folder, if one answers."""
    if importlib.util.find_spec("jupyterlab") is None:
        raise CourseError("JupyterLab is not installed here: use the README's two commands.")
    from jupyter_core.paths import jupyter_runtime_dir

    # What jupyter_server.list_running_servers reads; importing that takes two seconds at first.
    for note in sorted(Path(jupyter_runtime_dir()).glob("jpserver-*.json")):
        try:
            found = json.loads(note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if Path(found["root_dir"]).resolve() == paths.ROOT and _ask(found, "api") is not None:
            return found
    return None


def address(server: dict, what: str) -> str:
    """Return the address of something on a server, with the token that opens it."""
    return f"{server['url']}{what}?token={server['token']}"


def is_open(notebook: Path) -> bool:
    """Tell whether a notebook is open in a server of this folder."""
    found = server()
    sessions = _ask(found, "api/sessions") if found else None
    inside = notebook.relative_to(paths.ROOT).as_posix()
    return any(session["path"] == inside for session in sessions or [])


def _ask(server: dict, what: str):
    try:
        answer = local_http.get(address(server, what), timeout=3)
        return answer.json() if answer.is_success else None
    except (*local_http.NO_ANSWER, ValueError):
        return None
