"""Which way a machine installs Prometheus, and what is said where none works."""

import subprocess

import pytest

from utils.errors import CourseError
from utils.servers import find_program


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A machine without any of the programs; commands are noted, not run."""
    monkeypatch.setattr(find_program, "OWN_FOLDER", tmp_path / "bin")
    monkeypatch.setattr(find_program, "_POLICY", tmp_path / "policy-rc.d")
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = []

    def run(command, **_):
        ran.append(command)
        assert find_program._POLICY.exists() or command[0] != "apt-get"
        for program in ("prometheus", "promtool", "prometheus-alertmanager"):
            put(tmp_path / program)
        return subprocess.CompletedProcess(command, 0, "prog, version 1.2.3", "")

    monkeypatch.setattr(find_program.subprocess, "run", run)
    return ran


def put(path, text="#!/bin/sh\necho 'x, version 1.2.3'\n"):
    path.write_text(text)
    path.chmod(0o755)


def test_the_own_folder_comes_before_path(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    put(tmp_path / "prometheus")
    assert find_program.find("prometheus", tmp_path / "own") == tmp_path / "prometheus"
    (tmp_path / "own").mkdir()
    put(tmp_path / "own" / "prometheus")
    assert find_program.find("prometheus", tmp_path / "own") == tmp_path / "own" / "prometheus"


def test_debians_name_is_known(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    put(tmp_path / "prometheus-alertmanager")
    assert find_program.find("alertmanager", tmp_path / "own").name == "prometheus-alertmanager"


def test_debian_as_root_uses_apt_and_starts_no_service(bare, monkeypatch):
    monkeypatch.setattr(find_program, "_way", lambda: find_program._apt)
    assert "prometheus 1.2.3" in find_program.install()
    assert bare[0][:2] == ["apt-get", "install"]
    assert not find_program._POLICY.exists()
    assert len([c for c in bare if c[0] == "apt-get"]) == 1


def test_the_policy_goes_even_when_apt_fails(bare, monkeypatch):
    def fail(command, **_):
        raise subprocess.CalledProcessError(100, command)

    monkeypatch.setattr(find_program.subprocess, "run", fail)
    with pytest.raises(subprocess.CalledProcessError):
        find_program._apt()
    assert not find_program._POLICY.exists()


def test_a_machines_own_policy_stays(bare):
    find_program._POLICY.write_text("own")
    find_program._apt()
    assert find_program._POLICY.read_text() == "own"


def test_a_mac_uses_brew(bare, monkeypatch):
    monkeypatch.setattr(find_program, "_way", lambda: find_program._brew)
    find_program.install()
    assert bare[0][:2] == ["brew", "install"]


@pytest.mark.parametrize(
    ("system", "programs", "root", "way"),
    [
        ("linux", {"apt-get"}, True, "_apt"),
        ("linux", {"apt-get"}, False, "<lambda>"),
        ("linux", set(), True, "<lambda>"),
        ("darwin", {"brew"}, False, "_brew"),
        ("darwin", set(), False, "<lambda>"),
    ],
)
def test_which_way(monkeypatch, system, programs, root, way):
    monkeypatch.setattr(find_program.sys, "platform", system)
    monkeypatch.setattr(find_program.platform, "system", system.capitalize)
    monkeypatch.setattr(
        find_program.shutil, "which", lambda name: name if name in programs else None
    )
    monkeypatch.setattr(find_program.os, "geteuid", lambda: 0 if root else 1000)
    assert find_program._way().__name__ == way


def test_a_failing_package_manager_falls_back_to_the_release(bare, monkeypatch, tmp_path, capsys):
    def fail():
        raise subprocess.CalledProcessError(1, "brew")

    def release(folder):
        folder.mkdir()
        for program in find_program.PROGRAMS:
            put(folder / program)

    monkeypatch.setattr(find_program, "_way", lambda: fail)
    monkeypatch.setattr(find_program.download, "install_release", release)
    find_program.install()
    assert "taking the official release" in capsys.readouterr().out


def test_nothing_is_done_when_all_is_there(bare, monkeypatch, tmp_path):
    for program in find_program.PROGRAMS:
        put(tmp_path / program)
    monkeypatch.setattr(find_program, "_way", lambda: pytest.fail("installs again"))
    find_program.install()


def test_a_missing_program_is_named_with_the_command(bare):
    with pytest.raises(CourseError, match=r"promtool is not installed\. To install it: make prom"):
        find_program.require("promtool")


@pytest.mark.parametrize("text", ["#!/bin/sh\nexit 1\n", "#!/bin/sh\necho hello\n", "garbage"])
def test_a_broken_program_is_told(tmp_path, text):
    put(tmp_path / "prometheus", text)
    with pytest.raises(CourseError, match=r"install it anew|does not run"):
        find_program.version(tmp_path / "prometheus")
