"""Series as a Prometheus database: written as OpenMetrics, imported by promtool, kept in a cache.

The cache is a folder of the user's own, one entry for each state of what it is made from. An entry
comes into being by one rename, so it is whole or not there; one that was damaged is made anew.
"""

import errno
import hashlib
import json
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from platformdirs import user_cache_path

import utils
from utils import prometheus
from utils.errors import CourseError
from utils.paths import DATA
from utils.prometheus.history.weeks import OFFSET, START, STEP, ZONE
from utils.servers import find_program

PROMTOOL_SECONDS = 300
# A block may be so long that one holds all: with the default of two hours the import takes minutes.
_LONGEST = "2000h"
# Parts of the text: each is a stretch of time, and becomes a block. Two are imported at once, since
# promtool keeps one core busy, and the text of a part takes some 250 MB of disk.
PARTS, AT_ONCE = 4, 2
MADE_BY = ("numpy", "pandas", "scikit-learn")
# What its modules take from outside this folder. Not what these use in their turn: the smallest
# change anywhere in the course would make every history anew.
UTILS = Path(utils.__file__).resolve().parent
MADE_FROM = ("flights.py", "model.py", "service/metrics.py")


def database() -> Path:
    """Return the folder of the Prometheus database with the simulated weeks.

    The first call makes it, which takes some seconds; later ones find it in the cache. The folder
    is not to be written into: `utils.prometheus.server.start(database=...)` takes a copy.

    Raises CourseError when promtool is missing, or the cache cannot be written.
    """
    entry = cache() / f"history-{_digest()}"
    if not _is_whole(entry):
        _make(entry)
    return entry / "blocks"


def start(name: str = "the time machine") -> prometheus.Prometheus:
    """Start a Prometheus on the simulated weeks; a former one of this name is stopped first.

    Raises CourseError when Prometheus or promtool is missing, or the cache cannot be written.
    """
    find_program.require("prometheus")
    return prometheus.start(database=database(), name=name, zone=ZONE)


def cache() -> Path:
    """Return the folder of the cache: COURSE_CACHE, or the system's place for such things."""
    chosen = os.environ.get("COURSE_CACHE")
    return Path(chosen) if chosen else user_cache_path("monitoring-ml", appauthor=False)


def _make(entry: Path) -> None:
    find_program.require("promtool")
    # Whoever finds it in the cache need not wait for scikit-learn.
    from utils.prometheus.history import requests, series

    temporary = None
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix="making-", dir=entry.parent))
        write_blocks(series.scraped(requests.simulate()), temporary)
        _publish(temporary, entry)
    except OSError as error:
        raise CourseError(_told(error, entry.parent)) from None
    finally:
        if temporary:
            shutil.rmtree(temporary, ignore_errors=True)


def write_blocks(everything: Iterable, folder: Path) -> None:
    """Write series into `folder/blocks`, and beside it a list of the files.

    Raises CourseError when promtool refuses them, or loses a sample.
    """
    blocks, everything = folder / "blocks", list(everything)
    blocks.mkdir()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        samples = sum(pool.map(lambda part: _block(everything, part, folder), range(PARTS)))
    metas = [json.loads(p.read_text(encoding="utf-8")) for p in blocks.glob("*/meta.json")]
    got = sum(meta["stats"]["numSamples"] for meta in metas)
    # promtool ends well also when it has left samples out.
    if got != samples:
        raise CourseError(
            f"Of {samples:,} samples of the history, promtool stored {got:,}. This should not "
            "happen; please report it, with the version that `promtool --version` says."
        )
    files = {p.relative_to(folder).as_posix(): _sha(p) for p in blocks.rglob("*") if p.is_file()}
    content = {"series": len(everything), "samples": samples, "files": files}
    (folder / "content.json").write_text(json.dumps(content, indent=1), encoding="utf-8")


def _block(everything: list, part: int, folder: Path) -> int:
    """Import one stretch of time; return how many samples it has."""
    longest = max(int(one.at[-1]) for one in everything) + 1
    first, last = (longest * n // PARTS for n in (part, part + 1))
    text, made = folder / f"part-{part}.txt", folder / f"part-{part}"
    samples = write_openmetrics((_stretch(one, first, last) for one in everything), text)
    _import(text, made)
    text.unlink()
    for block in made.iterdir():
        block.replace(folder / "blocks" / block.name)
    made.rmdir()
    return samples


def _stretch(one, first: int, last: int):
    inside = slice(*np.searchsorted(one.at, [first, last]))
    return replace(one, at=one.at[inside], readings=one.readings[inside])


def write_openmetrics(everything: Iterable, path: Path) -> int:
    """Write series as OpenMetrics text; return how many samples there are.

    What an import would lose without a word, or refuse, is held here: times that run backwards or
    come twice, a family in two places, an end of line of Windows.
    """
    samples, family, done = 0, None, set()
    with path.open("wb") as file:
        for one in everything:
            if one.family != family:
                if one.family in done:
                    raise ValueError(f"the family {one.family} is in two places")
                family = one.family
                done.add(family)
                file.write(f"# TYPE {family} {one.kind}\n".encode())
            file.write(_lines(one))
            samples += len(one.at)
        file.write(b"# EOF\n")
    return samples


def _lines(one) -> pa.Buffer:
    if len(one.at) != len(one.readings):
        raise ValueError(f"{one.name} has {len(one.readings)} readings at {len(one.at)} times")
    if (np.diff(one.at) <= 0).any():
        raise ValueError(f"{one.name} has times that run backwards or come twice")
    if not len(one.at):
        return pa.py_buffer(b"")
    labels = ",".join(f'{key}="{value}"' for key, value in one.labels.items())
    values = pa.array(one.readings).cast(pa.string())
    ends = _ends(one.at.astype(np.int64).tobytes())
    lines = pc.binary_join_element_wise(f"{one.name}{{{labels}}}", values, ends, " ")
    return lines.buffers()[2]


@lru_cache(maxsize=8)
def _ends(numbers: bytes) -> pa.Array:
    """Return how the lines of samples with these numbers end: the time, in seconds, and a newline.

    Nearly all series have the same.
    """
    moments = int(START.timestamp()) + np.frombuffer(numbers, dtype=np.int64) * STEP + OFFSET
    return pc.binary_join_element_wise(pa.array(moments).cast(pa.string()), "", "\n")


def _import(text: Path, blocks: Path) -> None:
    command = [str(find_program.require("promtool")), "tsdb", "create-blocks-from", "openmetrics"]
    command += ["-q", f"--max-block-duration={_LONGEST}", str(text), str(blocks)]
    # It collects its garbage less often, and is a fifth faster.
    own = {"env": os.environ | {"GOGC": "400"}, "timeout": PROMTOOL_SECONDS}
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, **own)
    except subprocess.TimeoutExpired:
        raise CourseError(
            f"promtool did not import the history within {PROMTOOL_SECONDS} s. Is the machine very "
            "busy? Run the cell again."
        ) from None
    if done.returncode:
        said = (done.stdout + done.stderr).strip()
        if "no space left" in said:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        raise CourseError(f"promtool does not import the history:\n{said[-500:]}")


def _publish(made: Path, entry: Path) -> None:
    if entry.exists() and not _is_whole(entry):
        # Damaged: out of the way by one step, then gone.
        aside = Path(tempfile.mkdtemp(prefix="damaged-", dir=entry.parent))
        entry.replace(aside / entry.name)
        shutil.rmtree(aside, ignore_errors=True)
    try:
        made.replace(entry)
    except OSError:
        # Somebody else was sooner.
        if not _is_whole(entry):
            raise


def _is_whole(entry: Path) -> bool:
    try:
        files = json.loads((entry / "content.json").read_text(encoding="utf-8"))["files"]
        there = {
            p.relative_to(entry).as_posix() for p in (entry / "blocks").rglob("*") if p.is_file()
        }
        return there == set(files) and all(_sha(entry / n) == sha for n, sha in files.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _digest() -> str:
    """Return a digest of what the history is made from: code, data, and who trains the model."""
    own = Path(__file__).resolve().parent.glob("*.py")
    total = hashlib.sha256()
    for path in sorted({*own, *(UTILS / name for name in MADE_FROM), DATA / "SHA256SUMS"}):
        total.update(path.name.encode() + b"\0" + path.read_bytes())
    total.update("".join(version(package) for package in MADE_BY).encode())
    total.update(platform.machine().encode())
    return total.hexdigest()[:16]


def _sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _told(error: OSError, folder: Path) -> str:
    if error.errno == errno.ENOSPC:
        what = "the disk is full; the history needs about 600 MB while it is made, and 30 MB then"
    else:
        what = f"{error.strerror or error}"
    return (
        f"The history cannot be kept in {folder}: {what}. Set COURSE_CACHE to a folder of yours "
        "with room, or make room, and run the cell again."
    )
