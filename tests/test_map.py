"""The map of `utils/` names every module, and nothing that is not there."""

import re

import pytest

from utils import paths
from utils.course import house_map

TEXT = house_map.MAP.read_text(encoding="utf-8")


def test_every_module_has_its_line():
    assert house_map.stale() == []
    for path in house_map.modules():
        assert f"`{path.relative_to(house_map.MAP.parent).as_posix()}`" in TEXT


def test_the_map_follows_the_order_of_the_wings():
    wings = re.findall(r"^\*\*`(\w+)/`\*\*", TEXT, re.M)
    assert wings == [
        "course",
        "exercises",
        "desk",
        "prometheus",
        "service",
        "drift",
        "servers",
    ]


@pytest.mark.parametrize(
    "name", sorted(set(re.findall(r"`((?:\w+/)*\w+\.(?:py|mplstyle))`", TEXT)))
)
def test_what_the_map_names_is_there(name):
    assert (paths.ROOT / "utils" / name).is_file()


def test_every_module_says_in_a_sentence_what_it_is():
    for path in house_map.modules():
        assert house_map._first_sentence(path).endswith((".", "`")), path


def test_every_wing_is_in_the_contract_and_every_part_of_the_contract_is_there():
    there = {p.name.removesuffix(".py") for p in (paths.ROOT / "utils").iterdir()}
    there -= {"__init__", "__pycache__", "README.md", "course.mplstyle"}
    assert set(house_map._wings()) == there


def test_no_file_of_the_exercises_is_too_long_to_read_in_one_sitting():
    for path in (paths.ROOT / "utils" / "exercises").rglob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 300, path
