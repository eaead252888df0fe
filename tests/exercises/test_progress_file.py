"""The progress file: written as a whole, never lost, set aside when damaged."""

import json
import os
import subprocess
import sys

import pytest

from utils.exercises import progress_file
from utils.exercises.progress_file import Record, StoreError


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "course"))
    return tmp_path / "course"


def test_nothing_yet():
    assert progress_file.load() == {}


def test_updates_add_up():
    progress_file.update("0.1", tries=1)
    progress_file.update("0.1", tries=1, correct=True)
    progress_file.update("0.1", tries=1, correct=False)
    progress_file.update("1.1", hints=2)
    progress_file.update("1.1", hints=1, solution_seen=True)
    assert progress_file.load() == {
        "0.1": Record(correct=True, tries=3),
        "1.1": Record(hints=2, solution_seen=True),
    }


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe\x00",
        b'{"format": 1}',
        b'{"format": 0, "exercises": {}}',
        b"[" * 200_000,
        b'{"format": 1, "exercises": {"0.1": {"correct": "yes"}}}',
        b'{"format": 1, "exercises": {"0.1": {"unknown": 1}}}',
        b'{"format": 1, "exercises": {"0.1": 3}}',
        b'{"format": 1, "exercises": []}',
    ],
)
def test_a_damaged_file_is_set_aside_and_told(home, damaged):
    home.mkdir()
    progress_file.path().write_bytes(damaged)
    with pytest.raises(StoreError, match=r"progress\.damaged-1\.json"):
        progress_file.update("0.1", tries=1)
    assert (home / "progress.damaged-1.json").read_bytes() == damaged
    assert progress_file.load() == {"0.1": Record(tries=1)}


def test_a_second_damaged_file_does_not_replace_the_first(home):
    home.mkdir()
    for text in ("one", "two"):
        progress_file.path().write_text(text)
        with pytest.raises(StoreError):
            progress_file.load()
    kept = sorted(path.read_text() for path in home.glob("progress.damaged-*.json"))
    assert kept == ["one", "two"]


def test_a_crash_while_writing_leaves_the_old_file(home, monkeypatch):
    progress_file.update("0.1", correct=True)

    def crash(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", crash)
    with pytest.raises(StoreError, match="No space left on device"):
        progress_file.update("0.2", correct=True)
    assert progress_file.load() == {"0.1": Record(correct=True)}
    assert {path.name for path in home.iterdir()} <= {"progress.json", "progress.lock"}


def test_the_file_is_readable_text():
    progress_file.update("0.1", correct=True)
    assert json.loads(progress_file.path().read_text())["exercises"]["0.1"]["correct"] is True


def test_a_file_of_a_newer_version_stays_as_it_is(home):
    home.mkdir()
    newer = b'{"format": 2, "exercises": {"0.1": {"marks": 3}}}'
    progress_file.path().write_bytes(newer)
    with pytest.raises(StoreError, match="newer version of the course"):
        progress_file.update("0.1", tries=1)
    assert progress_file.path().read_bytes() == newer


def test_help_after_the_solution_does_not_count():
    progress_file.update("0.1", tries=1, correct=True)
    progress_file.update("0.1", hints=3)
    progress_file.update("0.1", solution_seen=True)
    assert progress_file.load() == {"0.1": Record(correct=True, tries=1)}


def test_four_kernels_at_once_lose_nothing(home):
    code = (
        "import sys\nfrom utils.exercises import progress_file\n"
        "for _ in range(25): progress_file.update(sys.argv[1], tries=1)"
    )
    kernels = [subprocess.Popen([sys.executable, "-c", code, f"1.{n}"]) for n in range(4)]
    assert [kernel.wait() for kernel in kernels] == [0] * 4
    assert progress_file.load() == {f"1.{n}": Record(tries=25) for n in range(4)}
