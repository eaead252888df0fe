"""Fetch the official releases of Prometheus and Alertmanager, verified against their checksums.

An archive is written to a temporary folder beside its place, compared with the release's own
`sha256sums.txt`, and only then are the programs moved in, each in one step: an interrupted
download leaves nothing.
"""

import hashlib
import http.client
import platform
import shutil
import tarfile
import tempfile
import urllib.error
import urllib.request
import zipfile
from dataclasses import dataclass
from pathlib import Path

from utils.errors import CourseError

BASE = "https://github.com/prometheus"
TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Release:
    """An archive of one project and the programs that are wanted from it."""

    project: str
    version: str
    programs: tuple[str, ...]


# Prometheus 3.5 is a release with long-term support.
RELEASES = (
    Release("prometheus", "3.5.0", ("prometheus", "promtool")),
    Release("alertmanager", "0.28.1", ("alertmanager",)),
)

_SYSTEMS = {"Linux": "linux", "Darwin": "darwin", "Windows": "windows"}
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "arm64": "arm64", "aarch64": "arm64"}


def install_release(folder: Path, base: str = BASE) -> None:
    """Install all programs into `folder` from the releases at `base`.

    Raises CourseError, with what to do by hand, when anything about it fails.
    """
    for release in RELEASES:
        address = f"{base}/{release.project}/releases/download/v{release.version}"
        archive = archive_name(release)
        by_hand = (
            f"To do it by hand: fetch {address}/{archive}, and put "
            f"{' and '.join(release.programs)} from it into {folder}. Lessons 00 to 07 do not need "
            "it."
        )
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder) as temporary:
                _install(release, address, archive, Path(temporary), folder)
        except CourseError as problem:
            raise CourseError(f"{problem} {by_hand}") from None
        except urllib.error.HTTPError as error:
            raise CourseError(f"{address} answered with HTTP {error.code}. {by_hand}") from None
        except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
            reason = getattr(error, "reason", error)
            raise CourseError(
                f"{release.project} could not be downloaded: no connection ({reason}). {by_hand}"
            ) from None
        except OSError as error:
            raise CourseError(
                f"{folder} cannot be written ({error.strerror or error}). Copy the course's folder "
                f"to a place of yours, or free some space. {by_hand}"
            ) from None


def archive_name(release: Release, system: str | None = None, machine: str | None = None) -> str:
    """Return the name of a release's archive for an operating system and a kind of processor.

    Raises CourseError where there is none.
    """
    system, machine = system or platform.system(), machine or platform.machine()
    if system not in _SYSTEMS or machine.lower() not in _MACHINES:
        raise CourseError(f"There is no release of {release.project} for {system} on {machine}.")
    kind = "zip" if system == "Windows" else "tar.gz"
    name = f"{release.project}-{release.version}.{_SYSTEMS[system]}-{_MACHINES[machine.lower()]}"
    return f"{name}.{kind}"


def _install(release: Release, address: str, archive: str, temporary: Path, folder: Path) -> None:
    wanted = _checksum(f"{address}/sha256sums.txt", archive)
    path = temporary / archive
    digest = _fetch(f"{address}/{archive}", path)
    if digest != wanted:
        raise CourseError(
            f"{archive} is not the file that its release vouches for (SHA-256 {digest[:12]}… "
            f"instead of {wanted[:12]}…), so it was thrown away. Does a proxy or a login page "
            "stand between this machine and the internet?"
        )
    for program in release.programs:
        unpacked = _unpack(path, program, temporary)
        unpacked.chmod(0o755)
        unpacked.replace(folder / unpacked.name)


def _checksum(address: str, archive: str) -> str:
    with _open(address) as answer:
        lines = answer.read(1_000_000).decode("utf-8", "replace").splitlines()
    sums = {parts[1].lstrip("*"): parts[0] for line in lines if len(parts := line.split()) == 2}
    if archive not in sums:
        raise CourseError(f"{address} does not list {archive}.")
    return sums[archive].lower()


def _fetch(address: str, path: Path) -> str:
    """Download to a file; return its SHA-256."""
    digest = hashlib.sha256()
    with _open(address) as answer, path.open("wb") as file:
        expected = int(answer.headers.get("Content-Length") or 0)
        try:
            while block := answer.read(1 << 20):
                file.write(block)
                digest.update(block)
        except http.client.IncompleteRead:
            pass  # told below, with the sizes
    got = path.stat().st_size
    if got < expected:
        raise CourseError(
            f"The download was cut: {got:,} of {expected:,} bytes of {path.name} came."
        )
    return digest.hexdigest()


def _open(address: str):
    return urllib.request.urlopen(address, timeout=TIMEOUT_SECONDS)


def _unpack(archive: Path, program: str, temporary: Path) -> Path:
    """Copy one program out of an archive, whatever folder it lies in there; nothing else."""
    names = {program, f"{program}.exe"}
    try:
        if archive.suffix == ".zip":
            with zipfile.ZipFile(archive) as file:
                member = next(n for n in file.namelist() if n.rsplit("/", 1)[-1] in names)
                content = file.open(member)
                return _copy(content, temporary / Path(member).name)
        with tarfile.open(archive) as file:
            member = next(m for m in file if m.isfile() and m.name.rsplit("/", 1)[-1] in names)
            return _copy(file.extractfile(member), temporary / Path(member.name).name)
    except StopIteration:
        raise CourseError(f"{archive.name} holds no {program}.") from None
    except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise CourseError(f"{archive.name} cannot be unpacked ({error}).") from None


def _copy(content, target: Path) -> Path:
    # Only the last part of a member's name is used, so that none can lead out of the folder.
    with content, target.open("wb") as file:
        shutil.copyfileobj(content, file)
    return target
