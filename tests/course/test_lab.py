"""Giving a lesson back, and knowing whether it is open."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from utils import __main__, paths
from utils.course import lab
from utils.errors import CourseError


@pytest.fixture
def notebooks(monkeypatch, tmp_path):
    """The lessons' notebooks in a folder of their own, and no server."""
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    for name in ("NOTEBOOKS", "SOLUTIONS", "KEPT", "BUILD"):
        monkeypatch.setattr(paths, name, tmp_path / name.lower())
    monkeypatch.setattr(lab, "_server", lambda: None)
    return tmp_path / "notebooks"


@pytest.fixture
def jupyter(monkeypatch):
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
    lab.reset("00")
    path = notebooks / "00_welcome.ipynb"
    original = path.read_text()
    path.write_text(original.replace("share_late = None", "share_late = 1"))
    said = lab.reset("0")
    assert path.read_text() == original
    assert "kept/00_welcome-1.ipynb" in said
    assert "share_late = 1" in (notebooks.parent / "kept" / "00_welcome-1.ipynb").read_text()
    assert "kept" not in lab.reset("00")


def test_a_damaged_notebook_comes_back_too(notebooks):
    lab.reset("00")
    path = notebooks / "00_welcome.ipynb"
    path.write_text("{ damaged")
    lab.reset("00")
    assert json.loads(path.read_text())["nbformat"] == 4
    assert (notebooks.parent / "kept" / "00_welcome-1.ipynb").read_text() == "{ damaged"


def test_a_lesson_that_is_open_is_left_alone(notebooks, jupyter, monkeypatch):
    monkeypatch.setattr(lab, "_server", lambda: jupyter)
    with pytest.raises(CourseError, match="is open in JupyterLab"):
        lab.reset("00")
    lab.reset("01")


def test_an_unknown_lesson_is_told(notebooks):
    with pytest.raises(CourseError, match="There is no lesson 99; there are 00, 01"):
        lab.reset("99")


def test_the_command_line_prints_a_sentence_and_no_stack_trace(capsys):
    assert __main__.main(["reset", "99"]) == 1
    assert capsys.readouterr().err.startswith("There is no lesson 99")


def test_progress_on_the_command_line(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    assert __main__.main(["progress"]) == 0
    assert "You have solved 0 of" in capsys.readouterr().out
