"""A learner's code may do anything; what happened comes back as a sentence."""

import contextlib
import signal
import time

import numpy as np
import pandas as pd
import pytest

from utils.exercises import running
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
    with pytest.raises(NotYet, match=r"stopped after 0\.3 seconds"):
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
    assert len(printed) <= running.KEPT_OUTPUT
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
