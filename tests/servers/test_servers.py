"""Servers of a notebook: ready when started, replaced when started again, never left behind."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from datetime import datetime
from pathlib import Path

import psutil
import pytest

from utils import servers
from utils.errors import CourseError


def files(folder):
    """The command of Python's own web server, here as any server."""
    where = ["--bind", "127.0.0.1", "--directory", str(folder)]
    return lambda port, folder: [sys.executable, "-m", "http.server", str(port), *where]


def get(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=5) as answer:
        return answer.read().decode()


def children(pid):
    return psutil.Process(pid).children(recursive=True)


def gone(processes):
    return not psutil.wait_procs(processes, timeout=10)[1]


def test_a_server_is_ready_and_ends(tmp_path):
    (tmp_path / "hello.txt").write_text("hello")
    with servers.start("files", files(tmp_path)) as server:
        assert get(f"{server.url}/hello.txt") == "hello"
        processes = children(server._supervisor.pid)
        assert processes
    assert gone(processes)
    assert not server.is_alive()
    server.stop()


def test_it_listens_on_this_machine_only(tmp_path):
    with servers.start("files", files(tmp_path)) as server:
        process = children(server._supervisor.pid)[0]
        listening = [c for c in process.net_connections() if c.status == psutil.CONN_LISTEN]
        assert {c.laddr.ip for c in listening} == {"127.0.0.1"}


def test_starting_again_replaces_the_first(tmp_path):
    first = servers.start("files", files(tmp_path))
    with servers.start("files", files(tmp_path)) as second:
        assert not first.is_alive()
        assert second.is_alive()
        assert get(second.url)


def test_a_server_that_ends_at_once_says_why():
    broken = [sys.executable, "-c", "raise SystemExit('the port is taken by an elephant')"]
    with pytest.raises(CourseError, match="elephant"):
        servers.start("broken", lambda port, folder: broken)
    assert "broken" not in servers._running


def test_a_server_that_never_answers_is_stopped():
    silent = [sys.executable, "-c", "print('thinking', flush=True)\nimport time; time.sleep(60)"]
    before = set(children(os.getpid()))
    with pytest.raises(CourseError, match=r"did not answer within 0\.5 seconds(.|\n)*thinking"):
        servers.start("silent", lambda port, folder: silent, seconds=0.5)
    assert set(children(os.getpid())) <= before


def test_a_server_that_refuses_to_end_is_killed():
    code = "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    code += "from http.server import *\n"
    code += "HTTPServer(('127.0.0.1', int(sys.argv[1])), SimpleHTTPRequestHandler).serve_forever()"
    server = servers.start("stubborn", lambda port, folder: [sys.executable, "-c", code, str(port)])
    processes = children(server._supervisor.pid)
    server.stop()
    assert gone(processes)


HOLDER = """
import sys, time
sys.path.insert(0, {root!r})
from utils import servers
command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1"]
server = servers.start("files", lambda port, folder: [*command, str(port)])
while True:
    try:
        print(server._supervisor.pid, flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_survives_an_interrupt_and_ends_with_its_kernel(end):
    root = str(Path(servers.__file__).resolve().parents[2])
    kernel = subprocess.Popen(
        [sys.executable, "-c", HOLDER.format(root=root)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with kernel:
        supervisor = psutil.Process(int(kernel.stdout.readline()))
        folder = Path(supervisor.cmdline()[5])
        assert folder.is_dir()
        processes = [supervisor, *supervisor.children()]
        assert len(processes) == 2
        # What the stop button does: an interrupt to the whole group of the kernel.
        os.killpg(kernel.pid, signal.SIGINT)
        assert kernel.stdout.readline() == "interrupted\n"
        time.sleep(0.3)
        assert all(process.is_running() for process in processes)
        kernel.send_signal(end)
        kernel.wait(10)
        assert gone(processes)
        assert not folder.exists()


def test_evidentlys_dashboard_shows_a_project(tmp_path):
    from utils.drift import reports  # isort: skip  (first: it switches Evidently's telemetry off)
    from evidently import Report
    from evidently.metrics import MeanValue
    from evidently.ui.workspace import Workspace

    from utils.flights import load_flights

    workspace = Workspace.create(str(tmp_path))
    project = workspace.create_project("Flights")
    data = reports.dataset(load_flights(10, 10).head(50))
    run = Report([MeanValue(column="temp")]).run(data, timestamp=datetime(2013, 3, 4))
    workspace.add_run(project.id, run)
    with servers.evidently_ui(tmp_path) as dashboard:
        assert "Flights" in get(f"{dashboard.url}/api/projects")


def test_a_dashboard_needs_a_workspace(tmp_path):
    with pytest.raises(CourseError, match="no workspace"):
        servers.evidently_ui(tmp_path / "nowhere")
