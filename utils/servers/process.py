"""Start a real server from a notebook: on this machine only, ready when the call returns.

It survives an interrupted cell and ends with the kernel, however the kernel ends: a small
supervisor waits at a pipe whose other end the kernel holds.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from utils.errors import CourseError
from utils.servers import clocks, local_http

HOST = "127.0.0.1"
LOG = "server.log"

# A program that dies is noticed at once, so this is for one that hangs; a busy machine may need
# half a minute to import what a server needs.
READY_SECONDS = 120
# How long a program may take to end when it is told to, before it is killed. The service needs up
# to 5 s: for requests under way, and for the rows that are not on disk yet.
STOP_SECONDS = 10

_SUPERVISOR = """
import os, shutil, signal, subprocess, sys, threading
folder, stop_seconds, *command = sys.argv[1:]

# The server would inherit that a signal is ignored (a shell does so with Ctrl+C for what it starts
# with `&`), but it inherits no handler.
signal.signal(signal.SIGINT, lambda *_: None)
signal.signal(signal.SIGTERM, lambda *_: server.terminate())

with_me = None
if sys.platform == "linux":
    # Whoever kills this supervisor ends the server: Linux sends SIGTERM (1 is PR_SET_PDEATHSIG).
    import ctypes
    prctl, me = ctypes.CDLL(None).prctl, os.getpid()
    def with_me():
        prctl(1, signal.SIGTERM)
        if os.getppid() != me:
            os._exit(1)

server = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=with_me)
left = threading.Event()
def end():
    os.read(0, 1)  # returns when the notebook closes the pipe, or is gone
    left.set()
    server.terminate()
    try:
        server.wait(float(stop_seconds))
    except subprocess.TimeoutExpired:
        server.kill()
threading.Thread(target=end, daemon=True).start()
code = server.wait()
if left.is_set():  # a server that ended by itself leaves its last words for the notebook
    shutil.rmtree(folder, ignore_errors=True)
os._exit(code if code >= 0 else 1)
"""

_running: dict[str, "Server"] = {}
# The ends of the supervisors' pipes that this process holds.
_pipes: set = set()


class Server:
    """A running server: `url` says where, `stop()` ends it, and so does leaving a `with` block."""

    def __init__(self, name: str, url: str, supervisor: subprocess.Popen, folder: Path):
        self.name = name
        self.url = url
        self._supervisor = supervisor
        self._folder = folder
        self._watch = clocks.Watch(name)
        self._owner = os.getpid()

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
        if os.getpid() != self._owner:  # a forked child: the server is its parent's
            return
        self._supervisor.stdin.close()
        _pipes.discard(self._supervisor.stdin)
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
    seconds: float = READY_SECONDS,
) -> Server:
    """Start `command(port, folder)` on a free port, and return when `ready` answers there.

    The folder is empty, for the server's data, and goes with the server. A server of the same name
    that was started before is stopped first, so that a cell can be run again. Raises CourseError,
    with what the server said, when it ends or is not ready in time.
    """
    port = _free_port()
    server = _prepare(name, f"http://{HOST}:{port}", lambda folder: command(port, folder))
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
    _running[name] = _prepare(name, "", command)
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
        seconds=2 * READY_SECONDS,
    )


def _prepare(name: str, url: str, command: Callable[[Path], list[str]]) -> Server:
    """Stop the one of this name, make a folder, and start what `command` says of it."""
    if name in _running:
        _running[name].stop()
    folder = Path(tempfile.mkdtemp(prefix="course-server-"))
    try:
        return _spawn(name, url, folder, command(folder))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _spawn(name: str, url: str, folder: Path, command: list[str]) -> Server:
    # A session of its own: the stop button interrupts everything in the notebook's.
    own = {"start_new_session": True}
    if sys.platform == "win32":
        own = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    arguments = [str(folder), str(STOP_SECONDS), *command]
    with (folder / LOG).open("wb") as output:
        supervisor = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _SUPERVISOR, *arguments],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            env=os.environ | {"DO_NOT_TRACK": "1"},
            bufsize=0,
            **own,
        )
    _pipes.add(supervisor.stdin)
    return Server(name, url, supervisor, folder)


def _let_go() -> None:
    """Let a forked child hold no pipe: else it would keep all servers alive."""
    for pipe in _pipes:
        pipe.close()
    _pipes.clear()
    _running.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)


def _wait(server: Server, ready: str, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not server.is_alive():
            raise CourseError(
                f"{server.name} ended at once. The last that it said:\n{server.said()}"
            )
        try:
            status = local_http.get(server.url + ready, timeout=2).status_code
        except local_http.NO_ANSWER:
            status = None
        if status == 404:  # other refusals may pass: a server that still prepares itself says 503
            raise CourseError(f"{server.name} runs, but it has no page `{ready}` (status 404).")
        if status is not None and status < 400:
            return
        time.sleep(0.02)
    raise CourseError(
        f"{server.name} did not answer within {seconds:g} seconds. Is the machine very busy? Run "
        f"the cell again. What it said:\n{server.said()}"
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]
