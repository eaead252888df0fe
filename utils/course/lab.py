"""Open the course in JupyterLab."""

import contextlib
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
import webbrowser
from pathlib import Path

from utils import paths
from utils.course import jupyter
from utils.errors import CourseError

WELCOME = "notebooks/00_welcome.ipynb"
START_SECONDS = 120

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
    if server := jupyter.server():
        print(f"JupyterLab runs already: {jupyter.address(server, 'lab/tree/' + WELCOME)}")
        webbrowser.open(jupyter.address(server, "lab/tree/" + WELCOME))
        return 0
    _get_prometheus_ready_meanwhile()
    print("Opening JupyterLab ...", flush=True)
    lab = subprocess.Popen(_command(), cwd=paths.ROOT, env=_environment())
    try:
        _say_where(lab)
        return lab.wait()
    except KeyboardInterrupt:
        # JupyterLab got the same interrupt, and asks; a second one ends it.
        with contextlib.suppress(KeyboardInterrupt):
            lab.wait()
        return 0


def prepare() -> None:
    """Make this environment know the course, wherever it came from (conda has no Makefile)."""
    pth = Path(sysconfig.get_path("purelib")) / "monitoring_ml.pth"
    overrides = Path(sys.prefix) / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    try:
        # An environment that another copy of the course uses stays that copy's: see _environment.
        if not _is_a_course(pth):
            pth.write_text(f"{paths.ROOT}\n", encoding="utf-8")
    except OSError as error:
        raise CourseError(
            f"The Python environment in {sys.prefix} cannot be written ({error.strerror}). Use one "
            "of your own: the README's two commands make it."
        ) from None
    # Whoever set the environment up for others may have left this out; then there is a dialog.
    with contextlib.suppress(OSError):
        if not overrides.exists():
            overrides.parent.mkdir(parents=True, exist_ok=True)
            overrides.write_text(json.dumps(QUIET, indent=1), encoding="utf-8")


def as_page(number: str) -> str:
    """Write the solved notebook of a lesson as an HTML page; return where it is."""
    from nbconvert import HTMLExporter

    from utils.course import reset

    path = paths.SOLUTIONS / f"{reset.find(number).stem}.ipynb"
    if not path.exists():
        raise CourseError(f"solutions/{path.name} is not built yet: run `python -m utils build`.")
    page, _ = HTMLExporter().from_filename(path)
    target = _own_folder() / f"{path.stem}.html"
    target.write_text(page, encoding="utf-8")
    return f"Look at {target.as_uri()}"


def _command() -> list[str]:
    command = [sys.executable, "-m", "jupyterlab", "--ip=127.0.0.1"]
    # With the whole course as its root, JupyterLab also shows data, helpers and solutions.
    command += [f"--ServerApp.root_dir={paths.ROOT}", f"--LabApp.default_url=/lab/tree/{WELCOME}"]
    # Nothing but this machine is asked for anything once the course is installed.
    command += ["--LabApp.news_url=", "--LabApp.extension_manager=readonly"]
    # Tabs of other projects would open beside the lesson, and start their kernels.
    command += [f"--LabApp.workspaces_dir={_own_folder() / 'workspaces'}"]
    # Its log looks like failures (servers for languages that nobody needs); errors still show.
    command += ["--log-level=ERROR"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    return command


def _environment() -> dict[str, str]:
    """Return the environment of JupyterLab: its terminals and kernels find this Python and course.

    A shell's own start-up file can still put another `python` first.
    """
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    course = os.pathsep.join(filter(None, [str(paths.ROOT), os.environ.get("PYTHONPATH")]))
    return os.environ | {"DO_NOT_TRACK": "1", "PATH": programs, "PYTHONPATH": course}


def _say_where(lab: subprocess.Popen) -> None:
    until = time.monotonic() + START_SECONDS
    while lab.poll() is None and time.monotonic() < until:
        if server := jupyter.server():
            print(
                f"The course is open at {jupyter.address(server, 'lab/tree/' + WELCOME)}\n"
                "Ctrl-C, twice, stops it.",
                flush=True,
            )
            return
        time.sleep(0.3)


def _get_prometheus_ready_meanwhile() -> None:
    from utils.servers import find_program

    if not all(find_program.find(program) for program in find_program.PROGRAMS):
        print("Prometheus is being installed in the background; lessons 00 to 07 do not need it.")
    with (_own_folder() / "prometheus.log").open("w", encoding="utf-8") as output:
        subprocess.Popen(
            [sys.executable, "-m", "utils", "prometheus", "--meanwhile"],
            cwd=paths.ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def _own_folder() -> Path:
    """Return a folder for what is made on this machine: the course's own, or a temporary one."""
    try:
        paths.BUILD.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=paths.BUILD):
            return paths.BUILD
    except OSError:
        # Somebody else has installed the course, for several people.
        return Path(tempfile.mkdtemp(prefix="monitoring-ml-"))


def _is_a_course(pth: Path) -> bool:
    try:
        place = Path(pth.read_text(encoding="utf-8").strip())
        return (place / "utils" / "course").is_dir()
    except OSError:
        return False
