"""Which way a machine installs Prometheus, and what is said where none works."""

import subprocess

import pytest

from utils import binaries
from utils.errors import CourseError


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A machine without any of the programs; commands are noted, not run."""
    monkeypatch.setattr(binaries, "OWN_FOLDER", tmp_path / "bin")
    monkeypatch.setattr(binaries, "_POLICY", tmp_path / "policy-rc.d")
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = []

    def run(command, **_):
        ran.append(command)
        assert binaries._POLICY.exists() or command[0] != "apt-get"
        for program in ("prometheus", "promtool", "prometheus-alertmanager"):
            put(tmp_path / program)
        return subprocess.CompletedProcess(command, 0, "prog, version 1.2.3", "")

    monkeypatch.setattr(binaries.subprocess, "run", run)
    return ran


def put(path, text="#!/bin/sh\necho 'x, version 1.2.3'\n"):
    path.write_text(text)
    path.chmod(0o755)


def test_the_own_folder_comes_before_path(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    put(tmp_path / "prometheus")
    assert binaries.find("prometheus", tmp_path / "own") == tmp_path / "prometheus"
    (tmp_path / "own").mkdir()
    put(tmp_path / "own" / "prometheus")
    assert binaries.find("prometheus", tmp_path / "own") == tmp_path / "own" / "prometheus"


def test_debians_name_is_known(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    put(tmp_path / "prometheus-alertmanager")
    assert binaries.find("alertmanager", tmp_path / "own").name == "prometheus-alertmanager"


def test_debian_as_root_uses_apt_and_starts_no_service(bare, monkeypatch):
    monkeypatch.setattr(binaries, "_way", lambda: binaries._apt)
    assert "prometheus 1.2.3" in binaries.install()
    assert bare[0][:2] == ["apt-get", "install"]
    assert not binaries._POLICY.exists()
    assert len([c for c in bare if c[0] == "apt-get"]) == 1


def test_the_policy_goes_even_when_apt_fails(bare, monkeypatch):
    def fail(command, **_):
        raise subprocess.CalledProcessError(100, command)

    monkeypatch.setattr(binaries.subprocess, "run", fail)
    with pytest.raises(subprocess.CalledProcessError):
        binaries._apt()
    assert not binaries._POLICY.exists()


def test_a_machines_own_policy_stays(bare):
    binaries._POLICY.write_text("own")
    binaries._apt()
    assert binaries._POLICY.read_text() == "own"


def test_a_mac_uses_brew(bare, monkeypatch):
    monkeypatch.setattr(binaries, "_way", lambda: binaries._brew)
    binaries.install()
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
    monkeypatch.setattr(binaries.sys, "platform", system)
    monkeypatch.setattr(binaries.platform, "system", system.capitalize)
    monkeypatch.setattr(binaries.shutil, "which", lambda name: name if name in programs else None)
    monkeypatch.setattr(binaries.os, "geteuid", lambda: 0 if root else 1000)
    assert binaries._way().__name__ == way


def test_a_failing_package_manager_falls_back_to_the_release(bare, monkeypatch, tmp_path, capsys):
    def fail():
        raise subprocess.CalledProcessError(1, "brew")

    def release(folder):
        folder.mkdir()
        for program in binaries.PROGRAMS:
            put(folder / program)

    monkeypatch.setattr(binaries, "_way", lambda: fail)
    monkeypatch.setattr(binaries.downloads, "install_release", release)
    binaries.install()
    assert "taking the official release" in capsys.readouterr().out


def test_nothing_is_done_when_all_is_there(bare, monkeypatch, tmp_path):
    for program in binaries.PROGRAMS:
        put(tmp_path / program)
    monkeypatch.setattr(binaries, "_way", lambda: pytest.fail("installs again"))
    binaries.install()


def test_a_missing_program_is_named_with_the_command(bare):
    with pytest.raises(CourseError, match=r"promtool is not installed\. To install it: make prom"):
        binaries.require("promtool")


@pytest.mark.parametrize("text", ["#!/bin/sh\nexit 1\n", "#!/bin/sh\necho hello\n", "garbage"])
def test_a_broken_program_is_told(tmp_path, text):
    put(tmp_path / "prometheus", text)
    with pytest.raises(CourseError, match=r"install it anew|does not run"):
        binaries.version(tmp_path / "prometheus")
