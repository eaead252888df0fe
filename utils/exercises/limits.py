"""Limits on a learner's code: how long it may compute or wait, and what it may leave behind."""

import _thread
import contextlib
import io
import os
import signal
import sys
import threading
import time
import types
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

KEPT_OUTPUT = 2_000
# Waiting costs nobody anything, but a learner sits before it.
WAITING = 3
# Code of C cannot be interrupted; after so many seconds of trying, the learner is told.
PATIENCE = 10
STUCK = (
    "The time is up, and this code cannot be stopped from here: it runs inside of a library. Wait "
    "for it, or restart the kernel (Kernel > Restart)."
)


class TimeUp(BaseException):
    """The time limit has passed. Not an Exception, so that `except Exception` lets it through."""


@contextlib.contextmanager
def quietly(output: io.TextIOBase | None = None) -> Iterator[None]:
    """Keep prints, displays, figures and warnings away from the notebook, and its folder as it is.

    Puts the working directory and the environment's variables back, and closes figures that the
    block has opened.
    """
    sink = output or Bounded()
    folder, variables, figures = os.getcwd(), dict(os.environ), _figures()
    try:
        with (
            _displays_captured(),
            contextlib.redirect_stdout(sink),
            contextlib.redirect_stderr(sink),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        for figure in _figures() - figures:
            sys.modules["matplotlib.pyplot"].close(figure)
        if dict(os.environ) != variables:
            os.environ.clear()
            os.environ.update(variables)
        with contextlib.suppress(OSError):
            os.chdir(folder)


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[dict[str, bool]]:
    """Raise TimeUp in the block when it computes for more than `seconds`.

    What counts is the processor time of the main thread, so that a busy machine blames nobody. Code
    that waits (sleeps, joins, reads) may do so for WAITING times as long; the time in which it
    could go on and the machine has no processor free does not count, where the system tells (Linux;
    elsewhere the clock has to do, with four times as much of it).

    Works where Python code or a system call runs, on every operating system, in the main thread
    (where notebooks run); elsewhere there is no limit. Limits nest. The block gets a dictionary
    that tells under "expired" whether the time was up, and under "waited" whether by waiting.
    """
    state = {"running": False, "expired": False, "waited": False}
    if threading.current_thread() is not threading.main_thread():
        yield state
        return
    guard, done, clock = threading.Lock(), threading.Event(), _Clock()

    def ring() -> None:
        while not state["expired"]:
            computing, waiting = clock.left(seconds)
            state["expired"] = min(computing, waiting) <= 0 and state["running"]
            state["waited"] = computing > 0
            if not state["expired"] and done.wait(max(0.01, min(computing, waiting))):
                return
        # A signal that comes while control passes through this module is lost: so again and again.
        wait, since, told = 0.0, time.monotonic(), False
        while not done.wait(wait):
            with guard:
                if state["running"]:
                    _interrupt_main_thread()
            wait = 0.02
            if not told and time.monotonic() - since > PATIENCE:
                told = True
                print(STUCK, file=_OUTPUT, flush=True)

    def on_signal(number: int, frame: types.FrameType | None) -> None:
        if state["expired"]:
            stop(frame)
        elif callable(before):
            before(number, frame)

    def stop(frame: types.FrameType | None) -> None:
        if not state["running"] or frame is None or frame.f_code.co_filename in _WAY_OUT:
            return
        # A bare `except:` in the learner's loop swallows the exception. So it is raised again at
        # the next line, even where that is the line of the `except` itself, until control is
        # back here.
        sys.settrace(trace)
        while frame and frame.f_code.co_filename not in _WAY_OUT:
            frame.f_trace = trace
            frame = frame.f_back
        raise TimeUp

    def trace(frame: types.FrameType, event: str, argument: object) -> Callable:
        if event == "line":
            stop(frame)
        return trace

    before, tracing = signal.signal(signal.SIGINT, on_signal), sys.gettrace()
    try:
        threading.Thread(target=ring, daemon=True).start()
        # Not before: on a busy machine the time may be up while the thread still starts.
        state["running"] = True
        yield state
    finally:
        state["running"] = False
        with guard:
            done.set()
        if state["expired"]:
            sys.settrace(tracing)
        # Also handles what is still pending, before the handler of old is back. A handler that was
        # not set by Python cannot be named, and stays as the system has it.
        signal.signal(signal.SIGINT, before if before is not None else signal.SIG_DFL)


class Bounded(io.StringIO):
    """Keeps the beginning of what is written and lets the rest go."""

    def write(self, text: str) -> int:
        """Write as much as there is room for."""
        room = KEPT_OUTPUT - self.tell()
        if room > 0:
            super().write(text[:room])
        return len(text)


class _Clock:
    """How long the main thread has computed, and waited, since this was made; in seconds."""

    def __init__(self):
        ident = threading.main_thread().ident
        self._cpu = time.CLOCK_PROCESS_CPUTIME_ID if hasattr(time, "clock_gettime") else None
        with contextlib.suppress(AttributeError, OSError):
            self._cpu = time.pthread_getcpuclockid(ident)
        self._queue = Path(f"/proc/self/task/{threading.main_thread().native_id}/schedstat")
        self._begin = self._now()

    def left(self, seconds: float) -> tuple[float, float]:
        """Return how long it may still compute, and still wait."""
        wall, cpu, queued = (n - b for n, b in zip(self._now(), self._begin, strict=True))
        patience = WAITING * seconds * (1 if self._queue.exists() else 4)
        return seconds - cpu, patience - (wall - cpu - queued)

    def _now(self) -> tuple[float, float, float]:
        cpu = time.clock_gettime(self._cpu) if self._cpu is not None else time.process_time()
        return time.monotonic(), cpu, self._queued()

    def _queued(self) -> float:
        """Return how long the thread has stood in line for a processor."""
        try:
            return int(self._queue.read_text().split()[1]) / 1e9
        except (OSError, ValueError, IndexError):
            return 0.0


def _interrupt_main_thread() -> None:
    if hasattr(signal, "pthread_kill"):
        # A real signal also ends a system call such as sleep.
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    else:
        _thread.interrupt_main()


def _figures() -> set[int]:
    pyplot = sys.modules.get("matplotlib.pyplot")
    return set(pyplot.get_fignums()) if pyplot else set()


@contextlib.contextmanager
def _displays_captured() -> Iterator[None]:
    # Only in a notebook is there something that shows figures and tables.
    if "IPython" not in sys.modules or sys.modules["IPython"].get_ipython() is None:
        yield
        return
    from IPython.utils.capture import capture_output

    with capture_output(stdout=False, stderr=False, display=True):
        yield


# The notebook's own, also while a block keeps prints aside.
_OUTPUT = sys.stderr

# Where the exception passes on its way back to whoever set the limit; raised anew there, it would
# leave our handler in place.
_WAY_OUT = {__file__, contextlib.__file__}
