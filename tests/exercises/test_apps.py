"""Apps under a real server: whatever they do, the notebook goes on and a sentence says what."""

import asyncio
import threading

import pytest
from fastapi import FastAPI
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse

from utils.exercises.judges.apps import NoAnswer, an_app, call, serve
from utils.exercises.verdicts import NotYet


class Odd(BaseException):
    """What `except Exception` does not catch."""


def _app(handler, **options):
    app = FastAPI(**options)
    app.get("/")(handler)
    return app


def test_an_answer_has_status_text_and_json():
    with serve(_app(lambda: {"a": 1}), "app") as running:
        answer = running.ask("/")
        assert (answer.status, answer.json) == (200, {"a": 1})
        assert running.ask("/other").status == 404
        assert running.ask("/", {}).status == 405
        assert running.why() == ""


@pytest.mark.parametrize("error", [ValueError("x"), Odd("x"), GeneratorExit("x"), SystemExit("x")])
def test_whatever_a_handler_raises_is_heard_of(error, capsys):
    async def handler():
        raise error

    with serve(_app(handler), "app") as running:
        assert running.ask("/").status == 500
        assert running.problems[-1] is error
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "error", [asyncio.CancelledError(), Odd(), SystemExit(), BaseExceptionGroup("g", [Odd()])]
)
def test_whatever_a_function_raises_is_told(error):
    def function():
        raise error

    with pytest.raises(NotYet, match="`function` stopped with an error") as raised:
        call(function)
    assert type(error).__name__ in str(raised.value)


def test_the_interrupt_of_the_user_goes_on():
    def function():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        call(function)


async def _sleeps():
    await asyncio.sleep(60)


async def _loops():
    while True:
        pass


def _loops_in_a_thread():
    while True:
        pass


@pytest.mark.parametrize("handler", [_sleeps, _loops, _loops_in_a_thread])
def test_an_app_that_never_answers_is_told_so_and_leaves_no_thread(handler, capsys):
    before = set(threading.enumerate())
    with (
        pytest.raises(NoAnswer, match="GET / gets no answer"),
        serve(_app(handler), "app") as running,
    ):
        running.ask("/", patience=0.3)
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
        assert not thread.is_alive()
    assert capsys.readouterr().err == ""


def test_settling_waits_for_what_comes_after_the_answer():
    done, go_on = [], threading.Event()

    def later():
        go_on.wait(5)
        done.append(True)

    def handler():
        return JSONResponse({}, background=BackgroundTask(later))

    with serve(_app(handler), "app") as running:
        assert running.ask("/").status == 200
        assert not done
        go_on.set()
        running.settle()
        assert done


def test_an_app_that_cannot_start_is_told_so():
    async def lifespan(app):
        raise OSError("no room")
        yield

    with (
        pytest.raises(NotYet, match=r"did not start.\n    OSError: no room"),
        serve(FastAPI(lifespan=lifespan), "app"),
    ):
        pass


def test_an_app_is_asked_for():
    for value, says in ((None, "End it with `return app`"), (3, "it returned 3")):
        with pytest.raises(NotYet, match=says):
            an_app(value, "make_app")
