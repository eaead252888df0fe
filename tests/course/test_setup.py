"""The environment: one lock for everybody, and a sentence where it cannot be made."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from importlib.metadata import version

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from utils.course import bootstrap, doctor
from utils.course.testing import direct_dependencies
from utils.paths import ROOT

LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))

pins = [Requirement(line.rstrip(" \\")) for line in LOCK.splitlines() if "==" in line]


@pytest.mark.lock
def test_every_direct_dependency_is_locked_within_its_bounds():
    locked = {}
    for pin in pins:
        locked.setdefault(canonicalize_name(pin.name), []).append(next(iter(pin.specifier)).version)
    for line in direct_dependencies():
        need = Requirement(line)
        versions = locked[canonicalize_name(need.name)]
        assert all(need.specifier.contains(v) for v in versions), (line, versions)


@pytest.mark.lock
def test_what_is_installed_is_what_the_lock_says():
    assert {name: version(name) for name in doctor.locked()} == doctor.locked()


def test_every_line_of_the_lock_is_an_exact_version_with_hashes():
    logical = LOCK.replace("\\\n", " ").strip().splitlines()
    for line in logical:
        assert re.match(r"^[A-Za-z0-9_.-]+==[^ ]+ ( ?;[^#]*?)? *(--hash=sha256:\w+ *)+$", line), (
            line
        )
    assert len(logical) == len(pins) > 100


def test_the_lock_and_the_environment_hold_no_addresses():
    for text in (LOCK, (ROOT / "environment.yml").read_text()):
        assert "//" not in text
        assert "--index" not in text
        assert "--find-links" not in text


def test_conda_installs_the_same_lock_on_the_same_pythons():
    python, pip, packages = ENVIRONMENT["dependencies"]
    assert pip == "pip"
    assert packages == {"pip": ["-r requirements.txt"]}
    assert python.removeprefix("python") == PROJECT["project"]["requires-python"]


def test_the_pythons_are_the_same_everywhere():
    wanted = PROJECT["project"]["requires-python"]
    assert wanted == f">=3.{bootstrap.OLDEST[1]},<3.{bootstrap.NEWEST[1] + 1}"
    assert (bootstrap.OLDEST, bootstrap.NEWEST) == doctor.PYTHONS


def test_every_upper_bound_has_its_reason():
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    for number, line in enumerate(lines):
        if re.match(r'\s+"[\w-]+.*<', line):
            assert lines[number - 1].strip().startswith("#"), line


def test_the_environment_is_ready_at_once_when_nothing_has_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(bootstrap, "ROOT", str(tmp_path))
    (tmp_path / "requirements.txt").write_text("uv==0.1 \\\n")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "ready").write_text(bootstrap.fingerprint())
    monkeypatch.setattr(bootstrap, "make_venv", lambda folder: pytest.fail("made it again"))
    bootstrap.main()
    (tmp_path / "requirements.txt").write_text("uv==0.2 \\\n")
    with pytest.raises(pytest.fail.Exception, match="made it again"):
        bootstrap.main()


def test_a_wrong_python_is_told_or_handed_over(monkeypatch):
    monkeypatch.setattr(bootstrap, "OLDEST", (3, 90))
    monkeypatch.setattr(bootstrap, "NEWEST", (3, 91))
    with pytest.raises(SystemExit, match=r"needs Python 3\.90 to 3\.91; this is Python 3"):
        bootstrap.main()


def test_no_connection_is_told(monkeypatch):
    with pytest.raises(SystemExit, match="no connection to the internet"):
        bootstrap.run([sys.executable, "-c", "raise SystemExit(1)"])


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0 or not os.path.exists("/usr/bin/python3"),
    reason="only root can try it as somebody else",
)
def test_a_read_only_folder_is_told():
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        place.chmod(0o755)
        (place / "utils" / "course").mkdir(parents=True)
        shutil.copy(bootstrap.__file__, place / "utils" / "course" / "bootstrap.py")
        (place / "requirements.txt").write_text("uv==0.1 \\\n")
        # Root may write everywhere, so somebody else tries.
        done = subprocess.run(
            ["/usr/bin/python3", str(place / "utils" / "course" / "bootstrap.py")],
            user="nobody",
            env={"PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "Copy the course's folder" in done.stderr, done.stderr


def test_the_doctor_names_what_is_missing(monkeypatch):
    def locked():
        return {"pandas": version("pandas"), "no-such-package": "1.0"}

    monkeypatch.setattr(doctor, "locked", locked)
    text = doctor.as_text([doctor._packages()])
    assert "MISSING" in text
    assert "no-such-package" in text
    assert "make lab" in text


def test_the_doctor_says_what_can_wait(monkeypatch):
    from utils.servers import find_program

    monkeypatch.setattr(find_program, "find", lambda program: None)
    findings = doctor._programs()
    assert not any(finding.blocks for finding in findings)
    text = doctor.as_text(findings)
    assert "later" in text
    assert find_program.advice() in text


@pytest.mark.parametrize("variable", ["COURSE_HOME", "COURSE_CACHE"])
def test_the_doctor_tries_the_folders_outside_of_the_course(monkeypatch, tmp_path, variable):
    (tmp_path / "a file").write_text("")
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    assert all(finding.fine for finding in doctor._own_folders())
    monkeypatch.setenv(variable, str(tmp_path / "a file" / "course"))
    findings = doctor._own_folders()
    assert sum(not finding.fine for finding in findings) == 1
    assert f"set {variable} to a folder of yours" in doctor.as_text(findings)


def test_importing_the_helpers_costs_next_to_nothing():
    # Processor time, so that a busy machine does not count.
    clock = "time.process_time()"
    code = f"import numpy, time; t = {clock}; import utils; print({clock} - t)"
    once = [sys.executable, "-c", code]
    assert float(subprocess.check_output(once, cwd=ROOT)) < 0.3
