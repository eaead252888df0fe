"""Built notebooks are what their lessons make, and a person's work is never lost."""

import json

import nbformat
import pytest

from utils import paths
from utils.course import build, digest, editions
from utils.course.editions import lesson_paths
from utils.errors import CourseError
from utils.exercises import lesson_source

LESSON = """# %% [markdown]
# # 00 · A lesson
#
# Takes {minutes} minutes.

# %%
x = 1

# %% tags=["student"] exercise="0.1"
answer = None

# %% tags=["solution"] exercise="0.1"
answer = 41 + x

# %%
x = 1

# %%
print(answer)
"""


@pytest.fixture
def course(monkeypatch, tmp_path):
    """A course of one small lesson, in a folder of its own."""
    for name in ("lessons", "notebooks", "solutions"):
        (tmp_path / name).mkdir()
    (tmp_path / "lessons" / "00_small.py").write_text(LESSON)
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    for name in ("LESSONS", "NOTEBOOKS", "SOLUTIONS", "KEPT", "BUILD"):
        monkeypatch.setattr(paths, name, tmp_path / name.lower())
    monkeypatch.setattr(digest, "digest", lambda path: path.read_text())
    lesson_source.read.cache_clear()
    yield tmp_path
    lesson_source.read.cache_clear()


def change_lesson(course, old, new):
    path = course / "lessons" / "00_small.py"
    path.write_text(path.read_text().replace(old, new))
    lesson_source.read.cache_clear()


def test_nothing_committed_is_stale():
    assert build.stale() == []


def test_editions_hold_what_they_should(course):
    build.build()
    learner = nbformat.read(course / "notebooks" / "00_small.ipynb", 4)
    solved = nbformat.read(course / "solutions" / "00_small.ipynb", 4)
    assert [c.source for c in learner.cells][2] == "answer = None"
    assert [c.source for c in solved.cells][2] == "answer = 41 + x"
    assert "{minutes}" not in learner.cells[0].source
    assert solved.cells[-1].outputs[0].text == "42\n"
    assert all(not c.get("outputs") for c in learner.cells)
    assert learner.metadata.kernelspec.name == "python3"
    assert len({c.id for c in learner.cells}) == len(learner.cells)


def test_building_twice_gives_the_same_bytes(course):
    build.build()
    before = {p: p.read_bytes() for p in course.glob("*/*.ipynb")}
    lesson_source.read.cache_clear()
    assert build.build(everything=True).seconds
    assert {p: p.read_bytes() for p in course.glob("*/*.ipynb")} == before
    assert len(before) == 2


def test_an_address_of_a_server_that_is_gone_is_not_kept(course):
    page = "from IPython.display import HTML\nHTML('<a href=\"http://127.0.0.1:4711/a?b\">go</a>')"
    change_lesson(course, "print(answer)", page)
    build.build()
    solved = nbformat.read(course / "solutions" / "00_small.ipynb", 4)
    shown = solved.cells[-1].outputs[0].data["text/html"]
    assert shown == '<a href="http://127.0.0.1:0/">go</a>'


def test_only_what_changed_is_run(course):
    assert list(build.build().seconds) == ["00_small"]
    assert build.build().seconds == {}
    change_lesson(course, "41 + x", "42 + x")
    assert list(build.build().seconds) == ["00_small"]


def edit(path, change):
    notebook = json.loads(path.read_text())
    change(notebook)
    path.write_text(json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


@pytest.mark.parametrize(
    ("folder", "change"),
    [
        ("notebooks", lambda nb: nb["cells"][1].update(source=["x = 2"])),
        ("solutions", lambda nb: nb["cells"][1].update(source=["x = 2"])),
        ("solutions", lambda nb: nb["cells"][-1]["outputs"][0].update(text=["43\n"])),
        ("solutions", lambda nb: nb["cells"].pop()),
        ("notebooks", lambda nb: nb["metadata"].update(seal="0")),
    ],
)
def test_an_edit_by_hand_is_found(course, folder, change):
    build.build()
    assert build.stale() == []
    edit(course / folder / "00_small.ipynb", change)
    assert [p for p in build.stale() if f"{folder}/00_small.ipynb was changed by hand" in p]


def test_a_changed_lesson_a_missing_and_a_broken_file_are_found(course):
    build.build()
    change_lesson(course, "x = 1", "x = 3")
    assert len(build.stale()) == 2
    (course / "notebooks" / "00_small.ipynb").unlink()
    (course / "solutions" / "00_small.ipynb").write_text("not json")
    assert sorted(p.split(".ipynb ")[1] for p in build.stale()) == [
        "is missing",
        "is not a notebook any more",
    ]


def test_a_learners_answers_are_kept_when_a_lesson_is_built(course):
    build.build()
    path = course / "notebooks" / "00_small.ipynb"
    edit(path, lambda nb: nb["cells"][2].update(source=["answer = 42"]))
    mine = path.read_bytes()
    kept = build.build().kept
    assert [p.read_bytes() for p in kept] == [mine]
    assert "answer = None" in path.read_text()
    edit(path, lambda nb: nb["cells"][2].update(source=["answer = 43"]))
    assert build.build().kept[0].name == "00_small-2.ipynb"


def test_a_solution_that_fails_is_named_and_the_old_one_stays(course):
    build.build()
    old = (course / "solutions" / "00_small.ipynb").read_bytes()
    change_lesson(course, "print(answer)", "print(anwser)")
    with pytest.raises(CourseError, match=r"(?s)00_small.*print\(anwser\).*NameError"):
        build.build()
    assert (course / "solutions" / "00_small.ipynb").read_bytes() == old


def test_a_notebook_too_large_is_refused(course, monkeypatch):
    assert editions.LARGEST_KB == 300
    monkeypatch.setattr(editions, "LARGEST_KB", 10)
    change_lesson(course, "print(answer)", "print('x' * 11_000)")
    with pytest.raises(CourseError, match="10 kB is the limit"):
        build.build()


def test_a_folder_that_cannot_be_written_is_told(course, monkeypatch):
    def refuse(*_, **__):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(editions.Path, "write_text", refuse)
    with pytest.raises(CourseError, match="Copy the course's folder"):
        editions.write(editions.learner_edition(lesson_paths()[0]))


def test_notebooks_are_small_and_open_without_a_question():
    for folder in (paths.NOTEBOOKS, paths.SOLUTIONS):
        for path in folder.glob("[0-9][0-9]_*.ipynb"):
            assert path.stat().st_size <= 300_000
            metadata = nbformat.read(path, 4).metadata
            assert metadata.kernelspec.name == "python3"
            assert metadata.language_info.name == "python"


def helpers(lesson):
    path = next(p for p in lesson_paths() if p.stem.startswith(lesson))
    return {p.relative_to(paths.ROOT / "utils").as_posix() for p in digest.helpers_of(path)}


def test_what_a_lesson_depends_on_follows_imports():
    assert {
        "model.py",
        "flights.py",
        "plots.py",
        "course.mplstyle",
        "errors.py",
        "exercises/registry.py",
        "exercises/lesson_01/pictures.py",
    } <= helpers("01")
    assert not {name for name in helpers("01") if name.startswith(("desk/", "prometheus/"))}
    assert "course/build.py" not in helpers("01")


def test_programs_that_are_started_by_name_count():
    assert {"desk/drift_job.py", "desk/replay.py", "service/__main__.py"} <= helpers("10")
    assert "service/traffic.py" in helpers("07")


def test_the_checks_of_a_lesson_count_for_it_and_for_no_other():
    for path in lesson_paths():
        number = path.stem[:2]
        folders = {name.split("/")[1] for name in helpers(number) if name.count("/") > 1}
        assert {f for f in folders if f.startswith("lesson_")} == {f"lesson_{number}"}
