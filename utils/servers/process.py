"""Start a real server from a notebook: on this machine only, ready when the call returns.

It survives an interrupted cell and ends with the kernel, however that ends: a small supervisor
waits at a pipe whose other end the kernel holds.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from utils.errors import CourseError
from utils.servers import clocks

HOST = "127.0.0.1"
LOG = "server.log"

_SUPERVISOR = """
import os, shutil, subprocess, sys, threading
folder, *command = sys.argv[1:]
server = subprocess.Popen(command, stdin=subprocess.DEVNULL)
left = threading.Event()
def end():
    os.read(0, 1)  # returns when the notebook closes the pipe, or is gone
    left.set()
    server.terminate()
    try:
        server.wait(5)
    except subprocess.TimeoutExpired:
        server.kill()
threading.Thread(target=end, daemon=True).start()
code = server.wait()
if left.is_set():  # a server that ended by itself leaves its last words for the notebook
    shutil.rmtree(folder, ignore_errors=True)
os._exit(code)
"""

_running: dict[str, "Server"] = {}


class Server:
    """A running server: `url` says where, `stop()` ends it, and so does leaving a `with` block."""

    def __init__(self, name: str, url: str, supervisor: subprocess.Popen, folder: Path):
        self.name = name
        self.url = url
        self._supervisor = supervisor
        self._folder = folder
        self._watch = clocks.Watch(name)

    def is_alive(self) -> bool:
        """Tell whether the server still runs."""
        return self._supervisor.poll() is None

    def said(self, lines: int = 5) -> str:
        """Return the last lines of what the server has written."""
        log = self._folder / LOG
        said = log.read_text(errors="replace") if log.exists() else ""
        return "\n".join(said.splitlines()[-lines:])

    def compare_clocks(self, date: str | None) -> None:
        """Print a note when this machine's clock has jumped, or the server's is another.

        `date` is the HTTP header `Date` of an answer that has just come.
        """
        if note := self._watch.check(date):
            print(note)

    def stop(self) -> None:
        """End the server, wait until it is gone, and remove what it stored; twice does no harm."""
        self._supervisor.stdin.close()
        self._supervisor.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
        if _running.get(self.name) is self:
            del _running[self.name]

    def __enter__(self) -> "Server":
        """Return the server itself."""
        return self

    def __exit__(self, *_) -> None:
        """Stop the server."""
        self.stop()


def start(
    name: str,
    command: Callable[[int, Path], list[str]],
    ready: str = "/",
    seconds: float = 30,
) -> Server:
    """Start `command(port, folder)` on a free port, and return when `ready` answers there.

    The folder is empty, for the server's data, and goes with the server. A server of the same name
    that was started before is stopped first, so that a cell can be run again. Raises CourseError,
    with what the server said, when it ends or is not ready in time.
    """
    if name in _running:
        _running[name].stop()
    port = _free_port()
    folder = Path(tempfile.mkdtemp(prefix="course-server-"))
    try:
        prepared = command(port, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    server = _spawn(name, f"http://{HOST}:{port}", folder, prepared)
    try:
        _wait(server, ready, seconds)
    except BaseException:
        # Also when the wait was interrupted: no server stays that nobody can stop.
        server.stop()
        raise
    _running[name] = server
    return server


def run(name: str, command: Callable[[Path], list[str]]) -> Server:
    """Start `command(folder)`, a program that answers nobody: traffic, for instance.

    It runs beside the notebook, and ends with it as a server does; a program of the same name that
    was started before is stopped first. The folder is empty, and goes with the program.
    """
    if name in _running:
        _running[name].stop()
    folder = Path(tempfile.mkdtemp(prefix="course-program-"))
    try:
        prepared = command(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    _running[name] = _spawn(name, "", folder, prepared)
    return _running[name]


def evidently_ui(workspace: str | Path) -> Server:
    """Start Evidently's own dashboard on a workspace's folder; it takes some seconds.

    Raises CourseError when there is no such folder, or the service does not start.
    """
    folder = Path(workspace)
    if not folder.is_dir():
        raise CourseError(
            f"There is no workspace in {folder}. Make one with `Workspace.create(...)`, and add a "
            "run to a project of it."
        )
    options = ["--workspace", str(folder.resolve()), "--host", HOST]
    evidently = [sys.executable, "-m", "evidently.cli", "ui", *options]
    return start(
        "Evidently's dashboard",
        lambda port, folder: [*evidently, "--port", str(port)],
        ready="/api/version",
        seconds=90,
    )


def _spawn(name: str, url: str, folder: Path, command: list[str]) -> Server:
    # A session of its own: the stop button interrupts everything in the notebook's.
    own = {"start_new_session": True}
    if sys.platform == "win32":
        own = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    with (folder / LOG).open("wb") as output:
        supervisor = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _SUPERVISOR, str(folder), *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            env=os.environ | {"DO_NOT_TRACK": "1"},
            **own,
        )
    return Server(name, url, supervisor, folder)


def _wait(server: Server, ready: str, seconds: float) -> None:
    # Without the proxy of the environment, which knows nothing of this machine's own ports.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not server.is_alive():
            raise CourseError(
                f"{server.name} ended at once. The last that it said:\n{server.said()}"
            )
        try:
            with opener.open(server.url + ready, timeout=2):
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.02)
    raise CourseError(
        f"{server.name} did not answer within {seconds:g} seconds. Is the machine very busy? Run "
        f"the cell again. What it said:\n{server.said()}"
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]
