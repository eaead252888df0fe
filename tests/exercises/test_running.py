"""A learner's code may do anything; what happened comes back as a sentence."""

import asyncio
import contextlib
import io
import os
import signal
import subprocess
import sys
import time
import weakref

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from utils.errors import CourseError
from utils.exercises import limits, registry
from utils.exercises.running import describe, is_stub, run
from utils.exercises.verdicts import NotYet

TABLE = pd.DataFrame({"late": [1.0, 0.0, None]})


def endless(table):
    while True:
        pass


def endless_behind_a_bare_except(table):
    while True:
        try:
            for i in range(1000):
                float(i)
        except:  # noqa: E722
            pass


def endless_in_pandas(table):
    while True:
        try:  # noqa: SIM105
            table.groupby("late").size()
        except BaseException:
            pass


def asleep(table):
    time.sleep(60)


def floods(table):
    for _ in range(10**9):
        print("late" * 25)


def recurses(table):
    return recurses(table)


def leaves(table):
    raise SystemExit(3)


def misspells(table):
    x = 1
    return table["lat"] + x


@pytest.mark.parametrize(
    "function", [endless, endless_behind_a_bare_except, endless_in_pandas, asleep, floods]
)
def test_what_never_ends_is_stopped(function):
    start = time.perf_counter()
    with pytest.raises(NotYet, match=r"stopped after 0\.[39] seconds of (computing|waiting)"):
        run(function, TABLE, seconds=0.3)
    # On a busy machine the interrupt may have to be repeated for some seconds.
    assert time.perf_counter() - start < 15
    # The notebook's own interrupt works as before.
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_many_endless_loops_one_after_another():
    for _ in range(20):
        with pytest.raises(NotYet, match="stopped after"):
            run(endless_behind_a_bare_except, TABLE, seconds=0.05)
    time.sleep(0.1)  # a late signal would raise KeyboardInterrupt here


def test_quick_code_just_at_the_limit_leaves_nothing_behind():
    for _ in range(50):
        with contextlib.suppress(NotYet):
            run(lambda: time.sleep(0.01), seconds=0.01)
    time.sleep(0.1)


def test_a_limit_that_is_over_at_once_stops_the_code_and_nothing_else():
    for _ in range(200):
        with contextlib.suppress(NotYet):
            run(lambda: None, seconds=0)
    with pytest.raises(NotYet, match="stopped after 0 seconds"):
        run(endless, TABLE, seconds=0)
    time.sleep(0.1)


@pytest.mark.parametrize(
    ("function", "said"),
    [(recurses, "RecursionError"), (leaves, "SystemExit: 3"), (misspells, "KeyError: 'lat'")],
)
def test_errors_are_told(function, said):
    with pytest.raises(NotYet, match="stopped with an error") as caught:
        run(function, TABLE)
    assert said in str(caught.value)


def test_an_error_is_shown_with_the_learners_own_line():
    with pytest.raises(NotYet) as caught:
        run(misspells, TABLE)
    assert 'return table["lat"] + x' in str(caught.value)
    assert "pandas" not in str(caught.value)


def test_an_interrupt_of_the_user_is_no_error_of_the_code():
    def interrupted():
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(interrupted)


@pytest.mark.parametrize(
    "argument", [TABLE, TABLE["late"], np.array([1.0, np.nan]), [3, 1, 2], {"a": 1}]
)
def test_arguments_are_copies_and_changes_are_told(argument):
    def changes(given):
        if isinstance(given, list):
            given.sort()
        elif isinstance(given, pd.DataFrame):
            given["new"] = 1
        else:
            given[next(iter(given)) if isinstance(given, dict) else 0] = 9

    before = argument.copy()
    with pytest.raises(NotYet, match="changed its first argument"):
        run(changes, argument)
    assert str(argument) == str(before)
    run(len, argument)


def test_output_is_kept_aside_and_bounded(capsys):
    _, printed = run(lambda: [print("x" * 1000) for _ in range(100)] and None)
    assert len(printed) <= limits.KEPT_OUTPUT
    assert capsys.readouterr().out == ""


def test_stubs():
    def with_docstring(flights):
        """Do something."""
        ...

    def with_pass(flights):
        pass

    def answered(flights):
        return 1

    assert all(map(is_stub, [None, ..., with_docstring, with_pass, {"A": None}]))
    assert not any(map(is_stub, [answered, 0, "", {}, {"A": None, "B": "x"}, False, len, TABLE]))


def test_anything_can_be_described():
    class Broken:
        def __repr__(self):
            raise RuntimeError

    values = [TABLE, TABLE["late"], np.zeros((2, 2)), "x" * 1000, Broken(), Broken, len, 1 / 3]
    for value in [*values, (i for i in []), list(range(100)), pd.DataFrame()]:
        assert 0 < len(describe(value)) < 120


def compute(seconds):
    """Use the processor for so long, however long that takes."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass
    return seconds


def test_a_busy_machine_blames_nobody():
    loop = [sys.executable, "-c", "while True: pass"]
    others = [subprocess.Popen(loop) for _ in range(4 * (os.cpu_count() or 2))]
    try:
        start = time.perf_counter()
        result, _ = run(compute, 0.4, seconds=0.6)
        assert result == 0.4
        # It was a busy machine, or this shows nothing.
        assert time.perf_counter() - start > 0.5
    finally:
        for other in others:
            other.kill()
            other.wait()


def test_a_limit_works_where_the_shell_ignores_interrupts():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with pytest.raises(NotYet, match="stopped after"):
            run(endless, TABLE, seconds=0.1)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_code_that_cannot_be_stopped_is_told(monkeypatch):
    output = io.StringIO()
    monkeypatch.setattr(limits, "_OUTPUT", output)
    monkeypatch.setattr(limits, "PATIENCE", 0.2)
    until = time.monotonic() + 1
    # A library's own loop: interrupts wait until it is over.
    with limits.time_limit(0.1):
        monkeypatch.setattr(limits, "_interrupt_main_thread", lambda: None)
        while time.monotonic() < until:
            pass
    assert output.getvalue().count("restart the kernel") == 1


def test_an_endless_repr_is_cut_short():
    class Endless:
        def __repr__(self):
            while True:
                pass

    assert describe(Endless()) == "a Endless"


def liars():
    class Liar:
        @property
        def __class__(self):
            raise ValueError("no class")

    class Shouting(dict):
        def __bool__(self):
            raise GeneratorExit

    class Quits:
        def __repr__(self):
            raise asyncio.CancelledError

    class Mute(Exception):
        def __str__(self):
            raise asyncio.CancelledError

    def raises_mute(flights):
        raise Mute

    def cancelled(flights):
        raise asyncio.CancelledError

    gone = weakref.proxy(Quits())
    return [Liar(), Shouting(a=1), Quits(), gone, raises_mute, cancelled]


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("exercise_id", ["0.1", "0.2", "0.3", "1.2", "6.3"])
def test_objects_that_break_everything_get_a_verdict(exercise_id, number):
    verdict = registry.judge(registry.find(exercise_id), liars()[number])
    assert verdict.state == "not yet"
    assert verdict.message


def test_what_a_function_leaves_behind_is_put_back(tmp_path, monkeypatch):
    monkeypatch.setenv("DESK", "JFK")

    def leaves_much():
        plt.figure()
        os.chdir(tmp_path)
        os.environ["DESK"] = "LGA"
        os.environ["NEW"] = "1"
        return 1

    mine = plt.figure()
    before = os.getcwd()
    run(leaves_much)
    assert plt.get_fignums() == [mine.number]
    assert (os.getcwd(), os.environ["DESK"], "NEW" in os.environ) == (before, "JFK", False)
    plt.close(mine)


def test_damaged_data_of_the_course_are_no_fault_of_the_answer(monkeypatch):
    def damaged(*weeks):
        raise CourseError("The flights are damaged. Restore them with: git checkout -- data")

    exercise = registry.find("0.1")
    monkeypatch.setattr("utils.exercises.lesson_00.e1_share_late.load_flights", damaged)
    monkeypatch.setattr(exercise.test, "_known", {})
    verdict = registry.judge(exercise, 0.2)
    assert verdict.state == "not judged"
    assert verdict.message.startswith("The flights are damaged.")
