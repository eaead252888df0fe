"""Find Prometheus, promtool and Alertmanager, or install them in the way of this machine.

On Debian and Ubuntu as root that is apt, on a Mac brew, elsewhere the official release, unpacked
into the course's own folder `.bin`, for which nobody needs to be administrator. Only lessons 08 to
10 need them, and nothing is contacted unless `install` is called.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from utils.errors import CourseError
from utils.paths import ROOT
from utils.servers import download

OWN_FOLDER = ROOT / ".bin"
PROGRAMS = ("prometheus", "promtool", "alertmanager")

# Debian calls the Alertmanager by another name.
_NAMES = {"alertmanager": ("alertmanager", "prometheus-alertmanager")}

# Debian starts a packaged service as soon as it is installed, unless this file says no.
_POLICY = Path("/usr/sbin/policy-rc.d")


def find(program: str, folder: Path | None = None) -> Path | None:
    """Return the path of a program, or None: first the course's own folder, then PATH.

    The course's own copy comes first, since its version is one that the course was tested with.
    """
    folder = folder or OWN_FOLDER
    for name in _NAMES.get(program, (program,)):
        own = folder / (f"{name}.exe" if os.name == "nt" else name)
        if own.is_file() and os.access(own, os.X_OK):
            return own
        if on_path := shutil.which(name):
            return Path(on_path)
    return None


def require(program: str) -> Path:
    """Return the path of a program, or raise CourseError with the command that installs it."""
    path = find(program)
    if path is None:
        raise CourseError(
            f"{program} is not installed. To install it: {advice()}. Lessons 00 to 05 do not "
            "need it."
        )
    return path


def advice() -> str:
    """Return the one command that installs what is missing on this operating system."""
    return "python -m utils prometheus" if os.name == "nt" else "make prometheus"


def version(path: Path) -> str:
    """Return the version of a program, such as "2.42.0".

    Raises CourseError when it does not run.
    """
    try:
        done = subprocess.run(
            [str(path), "--version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CourseError(f"{path} does not run ({type(error).__name__}): {advice()}") from None
    # Some versions print it on the error stream.
    found = re.search(r"version (\d+\.\d+\.\d+)", done.stdout + done.stderr)
    if done.returncode or not found:
        raise CourseError(f"{path} does not tell its version; install it anew: {advice()}")
    return found[1]


def install() -> str:
    """Install what is missing; return a sentence that says what is there now.

    Raises CourseError, saying what to do by hand, when it cannot be had.
    """
    if not _missing():
        return _summary()
    try:
        _way()()
    except (subprocess.CalledProcessError, OSError) as error:
        print(f"The package manager did not bring it ({error}); taking the official release.")
    if _missing():
        download.install_release(OWN_FOLDER)
    if missing := _missing():
        raise CourseError(f"{missing[0]} is still missing. Ask whoever looks after this machine.")
    return _summary()


def _way() -> Callable[[], None]:
    """Return how this machine installs packages, or a function that does nothing."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if sys.platform == "linux" and is_root and shutil.which("apt-get"):
        return _apt
    if platform.system() == "Darwin" and shutil.which("brew"):
        return _brew
    return lambda: None


def _apt() -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
    command += ["prometheus", "prometheus-alertmanager"]
    quiet = {"env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    print("Installing Prometheus and Alertmanager by apt ...", flush=True)
    ours = not _POLICY.exists()
    if ours:
        _POLICY.write_text("#!/bin/sh\nexit 101\n")
        _POLICY.chmod(0o755)
    try:
        # An up-to-date list of packages is rarely missing, and costs more than the packages.
        if subprocess.run(command, check=False, **quiet).returncode:
            subprocess.run(["apt-get", "update", "-qq"], check=True, **quiet)
            subprocess.run(command, check=True, **quiet)
    finally:
        if ours:
            _POLICY.unlink(missing_ok=True)


def _brew() -> None:
    print("Installing Prometheus and Alertmanager by brew ...", flush=True)
    subprocess.run(["brew", "install", "--quiet", "prometheus", "alertmanager"], check=True)


def _missing() -> list[str]:
    return [program for program in PROGRAMS if find(program) is None]


def _summary() -> str:
    there = ((program, find(program)) for program in PROGRAMS)
    return ", ".join(f"{program} {version(path)}" for program, path in there if path) + ": there."
