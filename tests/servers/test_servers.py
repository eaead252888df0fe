"""Servers of a notebook: ready when started, replaced when started again, never left behind."""

import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import psutil
import pytest

from utils import servers
from utils.errors import CourseError
from utils.servers import local_http, process


def files(folder):
    """The command of Python's own web server, here as any server."""
    where = ["--bind", "127.0.0.1", "--directory", str(folder)]
    return lambda port, folder: [sys.executable, "-m", "http.server", str(port), *where]


def get(url):
    return local_http.get(url, timeout=30).raise_for_status().text


def children(pid):
    return psutil.Process(pid).children(recursive=True)


def gone(processes):
    return not psutil.wait_procs(processes, timeout=60)[1]


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
    assert "broken" not in process._running


def test_a_server_that_never_answers_is_stopped():
    silent = [sys.executable, "-c", "print('thinking', flush=True)\nimport time; time.sleep(60)"]
    before = set(children(os.getpid()))
    with pytest.raises(CourseError, match=r"did not answer within 0\.5 seconds(.|\n)*thinking"):
        servers.start("silent", lambda port, folder: silent, seconds=0.5)
    assert set(children(os.getpid())) <= before


def test_a_page_that_is_not_there_is_told_at_once(tmp_path):
    with pytest.raises(CourseError, match=r"files runs, but it has no page `/ready` \(status 404"):
        servers.start("files", files(tmp_path), ready="/ready")
    assert "files" not in process._running


def test_a_server_that_refuses_to_end_is_killed(monkeypatch):
    monkeypatch.setattr(process, "STOP_SECONDS", 0.2)
    code = "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    code += "from http.server import *\n"
    code += "HTTPServer(('127.0.0.1', int(sys.argv[1])), SimpleHTTPRequestHandler).serve_forever()"
    server = servers.start("stubborn", lambda port, folder: [sys.executable, "-c", code, str(port)])
    processes = children(server._supervisor.pid)
    server.stop()
    assert gone(processes)


# A kernel takes interrupts, whatever the shell that started the tests does with them.
HOLDER = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
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


unix = pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")


@pytest.fixture
def kernel():
    """Return a process that holds a server, its supervisor, and the server's folder."""
    root = str(Path(servers.__file__).resolve().parents[2])
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER.format(root=root)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with holder:
        supervisor = psutil.Process(int(holder.stdout.readline()))
        yield holder, supervisor, Path(supervisor.cmdline()[5])
        holder.kill()


@unix
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_survives_an_interrupt_and_ends_with_its_kernel(kernel, end):
    holder, supervisor, folder = kernel
    assert folder.is_dir()
    processes = [supervisor, *supervisor.children()]
    assert len(processes) == 2
    # What the stop button does: an interrupt to the whole group of the kernel.
    os.killpg(holder.pid, signal.SIGINT)
    assert holder.stdout.readline() == "interrupted\n"
    assert int(holder.stdout.readline()) == supervisor.pid
    assert all(process.is_running() for process in processes)
    holder.send_signal(end)
    holder.wait(60)
    assert gone(processes)
    assert not folder.exists()


@unix
@pytest.mark.parametrize("order", [signal.SIGINT, signal.SIGTERM])
def test_a_server_answers_signals_that_the_shell_ignores(tmp_path, order):
    """What a shell starts with `&` ignores Ctrl+C, and hands that on to all that it starts."""
    before = signal.signal(order, signal.SIG_IGN)
    try:
        server = servers.start("files", files(tmp_path))
    finally:
        signal.signal(order, before)
    (program,) = children(server._supervisor.pid)
    program.send_signal(order)
    assert gone([program])
    server.stop()


@unix
def test_a_forked_child_keeps_no_server_alive(tmp_path):
    server = servers.start("files", files(tmp_path))
    processes = [psutil.Process(server._supervisor.pid), *children(server._supervisor.pid)]
    read, write = os.pipe()
    child = os.fork()
    if not child:
        # It may not end its parent's server, and not keep it from ending.
        server.stop()
        os.write(write, b"." if server._folder.is_dir() else b"!")
        time.sleep(600)
        os._exit(0)
    try:
        assert os.read(read, 1) == b"."
        assert get(server.url)
        server.stop()
        assert gone(processes)
        assert psutil.pid_exists(child)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(read)
        os.close(write)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of a dead parent")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_ends_with_its_supervisor(tmp_path, end):
    server = servers.start("files", files(tmp_path))
    processes = [psutil.Process(server._supervisor.pid), *children(server._supervisor.pid)]
    processes[0].send_signal(end)
    assert gone(processes[1:])
    server._supervisor.wait()
    assert not server.is_alive()
    server.stop()


def test_no_proxy_is_asked_for_this_machine(tmp_path, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with servers.start("files", files(tmp_path)) as server:
        assert local_http.get(server.url).status_code == 200
        assert local_http.post(server.url, json={}).status_code == 501
        with local_http.client(server.url, connections=2) as client:
            assert client.get("/").status_code == 200
    with pytest.raises(local_http.NO_ANSWER):
        local_http.get(server.url)
    with pytest.raises(local_http.NO_ANSWER):
        local_http.get("http://127.0.0.1:port")


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
