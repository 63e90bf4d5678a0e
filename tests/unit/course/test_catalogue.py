"""A folder of courses, some broken, read again as files change."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codegym_jlab.course import catalogue as module
from codegym_jlab.course.catalogue import Catalogue, load_catalogue

from .conftest import COURSE, LOOPS, write_course


def course(folder: Path, name: str) -> None:
    write_course(folder / name, course=COURSE.replace("basics", name))


def later(path: Path, text: str) -> None:
    """Write so that the time differs also where the clock is coarse."""
    stamp = path.stat().st_mtime_ns + 10_000_000
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(stamp, stamp))


def test_config_lists_the_courses_in_order(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        course(tmp_path, name)
    (tmp_path / "config.yaml").write_text("courses: [c, a]\n")
    assert list(load_catalogue(tmp_path).courses) == ["c", "a"]


def test_without_config_every_course_folder_counts(tmp_path: Path) -> None:
    for name in ("b", "a"):
        course(tmp_path, name)
    (tmp_path / "notes").mkdir()
    assert list(load_catalogue(tmp_path).courses) == ["a", "b"]


def test_a_course_folder_is_a_catalogue_of_one(tmp_path: Path) -> None:
    course(tmp_path, "a")
    assert list(load_catalogue(tmp_path / "a").courses) == ["a"]


def test_an_empty_or_absent_folder(tmp_path: Path) -> None:
    assert load_catalogue(tmp_path).courses == {}
    assert load_catalogue(tmp_path / "gone").courses == {}


def test_courses_are_read_when_they_are_first_asked_for(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path)
    course(tmp_path, "a")
    assert list(catalogue.courses) == ["a"]
    course(tmp_path, "b")
    assert catalogue.refresh() == ("b",) and list(catalogue.courses) == ["a", "b"]


def test_a_broken_course_is_listed_and_takes_no_other_down(tmp_path: Path) -> None:
    course(tmp_path, "a")
    course(tmp_path, "b")
    (tmp_path / "b" / "course.yaml").write_text("id: b\ntitle: The second\nunits: [")
    (tmp_path / "config.yaml").write_text("courses: [a, b, gone, ../x]\n")
    catalogue = load_catalogue(tmp_path)
    assert {name: loaded.broken for name, loaded in catalogue.courses.items()} == {"a": False, "b": True, "gone": True}
    assert [str(e) for e in catalogue.errors] == [
        "config.yaml:1: `../x` leaves the folder; name a folder beside this file"
    ]
    assert str(catalogue.courses["b"].errors[0]).startswith("course.yaml:3: ")


@pytest.mark.parametrize("text", ["courses: [", "[a]", "curses: [a]", "", "courses: a"])
def test_a_broken_config_leaves_the_courses_to_be_found(tmp_path: Path, text: str) -> None:
    course(tmp_path, "a")
    (tmp_path / "config.yaml").write_text(text)
    catalogue = load_catalogue(tmp_path)
    assert list(catalogue.courses) == ["a"]
    assert catalogue.errors


def test_two_courses_of_one_id(tmp_path: Path) -> None:
    write_course(tmp_path / "one")
    write_course(tmp_path / "two")
    courses = load_catalogue(tmp_path).courses
    assert {name: loaded.broken for name, loaded in courses.items()} == {"basics": False, "two": True}
    assert "the course id `basics` is taken by one" in str(courses["two"].errors[0])


def test_refresh_reads_only_what_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course(tmp_path, "a")
    course(tmp_path, "b")
    catalogue = load_catalogue(tmp_path)
    read: list[str] = []
    load = module.load_course
    monkeypatch.setattr(module, "load_course", lambda folder: read.append(folder.name) or load(folder))
    assert (catalogue.refresh(), read) == ((), [])
    before = catalogue.courses["a"]
    later(tmp_path / "a" / "loops.yaml", "# a comment\n" + LOOPS)
    assert (catalogue.refresh(), read) == ((), ["a"])
    name = before.exercises[0].id
    assert catalogue.courses["a"].place_of(name)[1] == before.place_of(name)[1] + 1
    assert (catalogue.refresh(), read) == ((), ["a"])
    later(tmp_path / "a" / "loops.yaml", LOOPS.replace("title: Loops", "title: All loops"))
    assert catalogue.refresh() == ("a",)
    assert catalogue.courses["a"].unit("loops").title == "All loops"


def test_refresh_sees_courses_come_break_and_go(tmp_path: Path) -> None:
    course(tmp_path, "a")
    catalogue = load_catalogue(tmp_path)
    course(tmp_path, "b")
    assert catalogue.refresh() == ("b",)
    later(tmp_path / "a" / "course.yaml", "id: a\n")
    assert catalogue.refresh() == ("a",)
    assert catalogue.courses["a"].broken
    for path in (tmp_path / "b").iterdir():
        path.unlink()
    assert catalogue.refresh() == ("b",)
    assert list(catalogue.courses) == ["a"]


def test_a_unit_that_was_missing_is_found_when_it_comes(tmp_path: Path) -> None:
    course(tmp_path, "a")
    later(tmp_path / "a" / "course.yaml", COURSE.replace("basics", "a").replace("[loops]", "[loops, more]"))
    catalogue = load_catalogue(tmp_path)
    assert len(catalogue.courses["a"].errors) == 1
    (tmp_path / "a" / "more.yaml").write_text("id: more\ntitle: More\ncells: []\n")
    assert catalogue.refresh() == ("a",)
    assert catalogue.courses["a"].errors == ()
