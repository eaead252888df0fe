"""Open JupyterLab on the course, give a lesson back, and know whether one is open."""

import importlib.util
import json
import os
import subprocess
import sys
import sysconfig
import urllib.request
import webbrowser
from pathlib import Path

from utils import paths
from utils.errors import CourseError

WELCOME = "notebooks/00_welcome.ipynb"

# JupyterLab would ask, in a dialog over the first notebook, whether to fetch news.
QUIET = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    }
}


def open_lab() -> int:
    """Open the welcome lesson in JupyterLab, in the server that runs already if there is one."""
    prepare()
    if server := _server():
        print(f"JupyterLab runs already: {_address(server, 'lab/tree/' + WELCOME)}")
        webbrowser.open(_address(server, "lab/tree/" + WELCOME))
        return 0
    _get_prometheus_ready_meanwhile()
    command = [sys.executable, "-m", "jupyterlab", "--ip=127.0.0.1"]
    # With the whole course as its root, JupyterLab also shows data, helpers and solutions.
    command += [f"--ServerApp.root_dir={paths.ROOT}", f"--LabApp.default_url=/lab/tree/{WELCOME}"]
    # Nothing but this machine is asked for anything once the course is installed.
    command += ["--LabApp.news_url=", "--LabApp.extension_manager=readonly"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    try:
        return subprocess.call(command, cwd=paths.ROOT, env=os.environ | {"DO_NOT_TRACK": "1"})
    except KeyboardInterrupt:
        return 0


def prepare() -> None:
    """Make this environment know the course, wherever it came from (conda has no Makefile)."""
    try:
        pth = Path(sysconfig.get_path("purelib")) / "monitoring_ml.pth"
        if not pth.exists() or pth.read_text() != f"{paths.ROOT}\n":
            pth.write_text(f"{paths.ROOT}\n")
        overrides = Path(sys.prefix) / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
        if not overrides.exists():
            overrides.parent.mkdir(parents=True, exist_ok=True)
            overrides.write_text(json.dumps(QUIET, indent=1))
    except OSError as error:
        raise CourseError(
            f"The Python environment in {sys.prefix} cannot be written ({error.strerror}). Use one "
            "of your own: the README's two commands make it."
        ) from None


def reset(lesson: str) -> str:
    """Give a lesson back in its original state; return a sentence that says what was done.

    The learner's copy is kept in `kept/`. Raises CourseError when there is no such lesson, or
    when it is open in JupyterLab, which would write its own version over the new one.
    """
    from utils.course import editions

    edition = editions.learner_edition(_lesson(lesson))
    if _is_open(edition.path):
        raise CourseError(
            f"{edition.name} is open in JupyterLab. Save it if you want to keep what is in it, "
            "close it (File > Close and Shut Down Notebook), and run this again."
        )
    kept = editions.write(edition)
    where = f" What was there is in {kept.relative_to(paths.ROOT)}." if kept else ""
    return f"{edition.name} is as it was at the start.{where}"


def as_page(lesson: str) -> str:
    """Write the solved notebook of a lesson as an HTML page; return where it is."""
    from nbconvert import HTMLExporter

    path = paths.SOLUTIONS / f"{_lesson(lesson).stem}.ipynb"
    if not path.exists():
        raise CourseError(f"solutions/{path.name} is not built yet: run `python -m utils build`.")
    page, _ = HTMLExporter().from_filename(path)
    target = paths.BUILD / f"{path.stem}.html"
    target.parent.mkdir(exist_ok=True)
    target.write_text(page, encoding="utf-8")
    return f"Look at {target.as_uri()}"


def _lesson(number: str) -> Path:
    from utils.course import editions

    lessons = {path.stem[:2]: path for path in editions.lesson_paths()}
    if number.zfill(2) not in lessons:
        raise CourseError(f"There is no lesson {number}; there are {', '.join(lessons)}.")
    return lessons[number.zfill(2)]


def _get_prometheus_ready_meanwhile() -> None:
    from utils.servers import find_program

    if not all(find_program.find(program) for program in find_program.PROGRAMS):
        print("Prometheus is being installed in the background; lessons 00 to 07 do not need it.")
    log = paths.BUILD / "prometheus.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("w") as output:
        subprocess.Popen(
            [sys.executable, "-m", "utils", "prometheus", "--meanwhile"],
            cwd=paths.ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def _server() -> dict | None:
    """Return the running Jupyter server of this folder, if one answers."""
    if importlib.util.find_spec("jupyterlab") is None:
        raise CourseError("JupyterLab is not installed here: use the README's two commands.")
    from jupyter_core.paths import jupyter_runtime_dir

    # What jupyter_server.list_running_servers reads; importing that takes two seconds at first.
    for note in sorted(Path(jupyter_runtime_dir()).glob("jpserver-*.json")):
        try:
            server = json.loads(note.read_text())
        except (OSError, ValueError):
            continue
        if Path(server["root_dir"]).resolve() == paths.ROOT and _ask(server, "api") is not None:
            return server
    return None


def _is_open(notebook: Path) -> bool:
    server = _server()
    sessions = _ask(server, "api/sessions") if server else None
    inside = notebook.relative_to(paths.ROOT).as_posix()
    return any(session["path"] == inside for session in sessions or [])


def _ask(server: dict, what: str):
    # Without the proxy of the environment, which knows nothing of this machine's own ports.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(_address(server, what), timeout=3) as answer:
            return json.load(answer)
    except (OSError, ValueError):
        return None


def _address(server: dict, what: str) -> str:
    return f"{server['url']}{what}?token={server['token']}"
