"""Giving a lesson back, and knowing whether it is open."""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from utils import __main__, paths
from utils.course import jupyter, lab, reset
from utils.errors import CourseError


@pytest.fixture
def notebooks(monkeypatch, tmp_path):
    """The lessons' notebooks in a folder of their own, and no server."""
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    for name in ("NOTEBOOKS", "SOLUTIONS", "KEPT", "BUILD"):
        monkeypatch.setattr(paths, name, tmp_path / name.lower())
    monkeypatch.setattr(jupyter, "server", lambda: None)
    return tmp_path / "notebooks"


@pytest.fixture
def a_server():
    """A server that says that lesson 00 is open, as Jupyter's own does."""

    class Sessions(BaseHTTPRequestHandler):
        def do_GET(self):
            assert "token=secret" in self.path
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps([{"path": "notebooks/00_welcome.ipynb"}]).encode())

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Sessions)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found = {"url": f"http://127.0.0.1:{server.server_port}/", "token": "secret"}
    yield found
    server.shutdown()


def test_reset_gives_the_lesson_back_and_keeps_the_copy(notebooks):
    reset.reset("00")
    path = notebooks / "00_welcome.ipynb"
    original = path.read_text()
    path.write_text(original.replace("share_late = None", "share_late = 1"))
    said = reset.reset("0")
    assert path.read_text() == original
    assert "kept/00_welcome-1.ipynb" in said
    assert "share_late = 1" in (notebooks.parent / "kept" / "00_welcome-1.ipynb").read_text()
    assert "kept" not in reset.reset("00")


def test_a_damaged_notebook_comes_back_too(notebooks):
    reset.reset("00")
    path = notebooks / "00_welcome.ipynb"
    path.write_text("{ damaged")
    reset.reset("00")
    assert json.loads(path.read_text())["nbformat"] == 4
    assert (notebooks.parent / "kept" / "00_welcome-1.ipynb").read_text() == "{ damaged"


def test_a_lesson_that_is_open_is_left_alone(notebooks, a_server, monkeypatch):
    monkeypatch.setattr(jupyter, "server", lambda: a_server)
    with pytest.raises(CourseError, match="is open in JupyterLab"):
        reset.reset("00")
    reset.reset("01")


def test_an_unknown_lesson_is_told(notebooks):
    with pytest.raises(CourseError, match="There is no lesson 99; there are 00, 01"):
        reset.reset("99")


def test_the_command_line_prints_a_sentence_and_no_stack_trace(capsys):
    assert __main__.main(["reset", "99"]) == 1
    assert capsys.readouterr().err.startswith("There is no lesson 99")


def test_progress_on_the_command_line(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    assert __main__.main(["progress"]) == 0
    assert "You have solved 0 of" in capsys.readouterr().out


def test_without_the_lessons_it_says_where_a_notebook_comes_from(notebooks, monkeypatch):
    monkeypatch.setattr(paths, "LESSONS", notebooks / "gone")
    with pytest.raises(CourseError, match="Take a fresh copy of the notebook"):
        reset.reset("00")


def test_without_a_command_the_commands_are_listed(capsys):
    assert __main__.main([]) == 2
    assert "give a lesson back" in capsys.readouterr().out


def test_another_python_is_told_which_one_to_use(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "nbformat", None)
    for name in [n for n in sys.modules if n.startswith(("utils.course.", "jupytext"))]:
        monkeypatch.delitem(sys.modules, name)
    assert __main__.main(["reset", "00"]) == 1
    said = capsys.readouterr().err
    assert "`nbformat` is missing. Use the course's own:" in said


def test_who_reads_only_the_beginning_gets_no_stack_trace():
    command = f"{sys.executable} -m utils doctor | head -1"
    done = subprocess.run(
        command, shell=True, cwd=paths.ROOT, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr


def test_terminals_of_jupyterlab_find_this_python_and_this_course():
    found = lab._environment()
    assert found["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)
    assert found["PYTHONPATH"].split(os.pathsep)[0] == str(paths.ROOT)


@pytest.fixture
def environment(monkeypatch, tmp_path):
    """A Python environment in a folder of its own."""
    monkeypatch.setattr(lab.sysconfig, "get_path", lambda _: str(tmp_path))
    monkeypatch.setattr(lab.sys, "prefix", str(tmp_path))
    return tmp_path / "monitoring_ml.pth"


def test_an_environment_learns_the_course(environment):
    lab.prepare()
    assert environment.read_text() == f"{paths.ROOT}\n"
    assert list(environment.parent.rglob("overrides.json"))


def test_an_environment_of_another_copy_stays_that_copys(environment, tmp_path):
    (tmp_path / "theirs" / "utils" / "course").mkdir(parents=True)
    environment.write_text(f"{tmp_path / 'theirs'}\n")
    lab.prepare()
    assert environment.read_text() == f"{tmp_path / 'theirs'}\n"


def test_a_second_user_of_a_shared_installation_can_start(environment, monkeypatch, tmp_path):
    environment.write_text(f"{paths.ROOT}\n")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_text", refuse)
    lab.prepare()
    monkeypatch.setattr(paths, "BUILD", tmp_path / "theirs")
    monkeypatch.setattr(Path, "mkdir", refuse)
    assert os.access(lab._own_folder(), os.W_OK)
