"""Keep the learner's progress in one small, readable file in the user's own folder.

The file is replaced as a whole, so that a crash leaves the old one or the new one, and under a
lock, so that two lessons that run at the same time both get their marks in. A damaged file is set
aside, never deleted; one that a newer version of the course has written stays as it is. Set
COURSE_HOME to keep it elsewhere.
"""

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_data_path

FORMAT = 1
LOCK_SECONDS = 5


@dataclass
class Record:
    """What is kept of one exercise."""

    correct: bool = False
    tries: int = 0
    hints: int = 0
    solution_seen: bool = False


class StoreError(Exception):
    """Progress could not be kept, or a damaged file was set aside; the message says so."""


class NewerError(StoreError):
    """A newer version of the course has written the file, and this one leaves it alone."""


def home() -> Path:
    """Return the folder of the progress file."""
    chosen = os.environ.get("COURSE_HOME")
    return Path(chosen) if chosen else user_data_path("monitoring-ml", appauthor=False)


def path() -> Path:
    """Return the progress file."""
    return home() / "progress.json"


def load() -> dict[str, Record]:
    """Return the records by exercise. Raises StoreError when a damaged file was set aside."""
    try:
        content = path().read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StoreError(f"Your progress file cannot be read: {error}.") from None
    try:
        stored = json.loads(content)
        if isinstance(stored["format"], int) and stored["format"] > FORMAT:
            raise NewerError(
                f"Your progress file (in {home()}) was written by a newer version of the course. "
                "It stays as it is; what you do here is not kept in it. Work in the newer copy, or "
                "set COURSE_HOME to another folder."
            )
        if stored["format"] != FORMAT:
            raise ValueError("another format")
        return {name: _record(values) for name, values in stored["exercises"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        aside = _set_aside()
        raise StoreError(
            f"Your progress file was damaged. It was set aside as {aside.name} (in {home()}), and "
            "a new one begins; run your checks again to fill it."
        ) from None


def update(exercise_id: str, **changes: bool | int) -> None:
    """Change the record of one exercise; `tries=1` and `correct=True` add to what is there.

    Help that is looked at after the exercise was solved does not count. Raises StoreError when
    nothing could be kept.
    """
    notice = None
    try:
        home().mkdir(parents=True, exist_ok=True)
        with FileLock(home() / "progress.lock", timeout=LOCK_SECONDS):
            try:
                records = load()
            except NewerError:
                raise
            except StoreError as damaged:
                records, notice = {}, damaged
            record = records.setdefault(exercise_id, Record())
            if not record.correct:
                record.hints = max(record.hints, changes.get("hints", 0))
                record.solution_seen |= changes.get("solution_seen", False)
            record.tries += changes.get("tries", 0)
            record.correct |= changes.get("correct", False)
            _write(records)
    except Timeout:
        raise StoreError(
            f"Your progress could not be kept: another program holds {home()}. Your answer is "
            "judged all the same; run the check again in a moment."
        ) from None
    except OSError as error:
        raise StoreError(_not_kept(error)) from None
    if notice:
        raise notice


def _record(values: dict) -> Record:
    record = Record(**values)
    if not all(
        type(now) is type(default)
        for now, default in zip(*map(_fields, (record, Record())), strict=True)
    ):
        raise ValueError("a field of another kind")
    return record


def _fields(record: Record) -> list:
    return list(asdict(record).values())


def _write(records: dict[str, Record]) -> None:
    stored = {"format": FORMAT, "exercises": {name: asdict(r) for name, r in records.items()}}
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(dir=home(), prefix="progress-", suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(stored, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path())
    except OSError:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise


def _not_kept(error: OSError) -> str:
    return (
        f"Your progress could not be kept ({error.strerror}: {home()}). Your answer is judged all "
        "the same. To keep progress elsewhere, set COURSE_HOME to a folder of yours."
    )


def _set_aside() -> Path:
    number = 1
    while (aside := path().with_name(f"progress.damaged-{number}.json")).exists():
        number += 1
    try:
        os.replace(path(), aside)
    except OSError:
        return path()
    return aside
