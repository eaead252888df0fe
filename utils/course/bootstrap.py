"""Make the course's environment, as `make lab` and `make test` do first.

`python3 utils/course/bootstrap.py`

Needs only Python and its standard library, creates `.venv` beside the README, brings uv in by
pip, and installs exactly what requirements.txt says. Ends at once when nothing has changed.
"""

import hashlib
import os
import shutil
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
OLDEST, NEWEST = (3, 11), (3, 13)


def main():
    """Make the environment, or end with a sentence that says what to do."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        hand_over_to_another_python()
    folder = os.path.join(ROOT, ".venv")
    wanted = fingerprint()
    stamp = os.path.join(folder, "ready")
    if read(stamp) == wanted:
        return
    try:
        make_venv(folder)
        python = python_of(folder)
        say("Installing the packages of requirements.txt (a few minutes the first time) ...")
        lock = os.path.join(ROOT, "requirements.txt")
        run([python, "-m", "uv", "pip", "sync", "--quiet", "--python", python, lock])
        link(folder)
        with open(stamp, "w") as file:
            file.write(wanted)
    except OSError as error:
        sys.exit(
            f"The environment cannot be made in {ROOT} ({error}).\nCopy the course's folder to a "
            "place where you may write, and run the command again there."
        )
    # The first kernel would otherwise wait for this; JupyterLab starts meanwhile.
    compile_later(folder)


def make_venv(folder):
    """Make a virtual environment with uv in it, if it is not there yet."""
    python = python_of(folder)
    if os.path.exists(python) and runs([python, "-m", "uv", "--version"]):
        return
    shutil.rmtree(folder, ignore_errors=True)
    say("Making a virtual environment in .venv ...")
    install = ["install", "--quiet", "--no-compile", "--disable-pip-version-check", uv_pin()]
    # Python's own pip saves the six seconds that a pip of the environment's own takes.
    if runs([sys.executable, "-m", "venv", "--without-pip", folder]) and runs(
        [sys.executable, "-m", "pip", "--python", python, *install]
    ):
        return
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)  # raises OSError where the folder may not be written
    if not runs([sys.executable, "-m", "venv", folder]):
        sys.exit(
            "Python cannot make a virtual environment. On Debian and Ubuntu this brings what is "
            "missing:\n    sudo apt install python3-venv"
        )
    run([python, "-m", "pip", *install])


def link(folder):
    """Let every program of the environment import `utils`, from whichever folder it runs in."""
    python = python_of(folder)
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = subprocess.check_output([python, "-c", code]).decode().strip()
    with open(os.path.join(packages, "monitoring_ml.pth"), "w") as file:
        file.write(ROOT + "\n")


def compile_later(folder):
    """Compile the packages in the background, after JupyterLab has had time to open."""
    code = (
        "import compileall, os, sys, time; time.sleep(20); "
        "hasattr(os, 'nice') and os.nice(19); compileall.compile_dir(sys.argv[1], quiet=2)"
    )
    subprocess.Popen(
        [python_of(folder), "-c", code, os.path.join(folder, "lib")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=dict(os.environ, PYTHONDONTWRITEBYTECODE=""),
        start_new_session=True,
    )


def hand_over_to_another_python():
    """Run again under a Python that the course knows, or say which ones it knows."""
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        name = f"python3.{minor}"
        if shutil.which(name) and runs([name, "-c", ""]):
            os.execvp(name, [name, os.path.abspath(__file__), *sys.argv[1:]])
    sys.exit(
        f"The course needs Python 3.{OLDEST[1]} to 3.{NEWEST[1]}; this is Python "
        f"{sys.version.split()[0]}, and no other was found.\nInstall one (python.org, brew, apt, "
        "conda) and run the command again, or use the conda commands of the README."
    )


def fingerprint():
    """Return what the environment is made of: the lock, the Python, the place."""
    with open(os.path.join(ROOT, "requirements.txt"), "rb") as file:
        lock = hashlib.sha256(file.read()).hexdigest()
    return "\n".join([lock, sys.version, ROOT])


def uv_pin():
    """Return uv as the lock pins it."""
    with open(os.path.join(ROOT, "requirements.txt")) as file:
        return next(line.split()[0] for line in file if line.startswith("uv=="))


def python_of(folder):
    """Return the environment's Python."""
    inside = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return os.path.join(folder, *inside)


def runs(command):
    """Tell whether a command succeeds; what it prints is not shown."""
    try:
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def run(command):
    """Run a command, or end with its own message and what to look at."""
    if subprocess.call(command) != 0:
        sys.exit(
            "\nThe step above failed. With no connection to the internet, or a blocked one, it "
            "cannot work the first time; otherwise run the command again."
        )


def read(path):
    """Return a file's text, or nothing."""
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def say(text):
    """Print at once, even into a pipe."""
    print(text, flush=True)


if __name__ == "__main__":
    main()
