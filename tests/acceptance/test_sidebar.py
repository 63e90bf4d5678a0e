"""The sidebar where there is nothing, where something is broken, and what a person can do about it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from acceptance.lab import ROOT, Lab, new_lab
from acceptance.student import READY, Student, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def courses(tmp_path: Path) -> Path:
    """The folder of courses; a test fills it."""
    folder = tmp_path / "courses"
    folder.mkdir()
    return folder


@pytest.fixture
def lab(tmp_path: Path, courses: Path) -> Iterator[Lab]:
    """A lab on that folder, not started yet."""
    it = new_lab(tmp_path / "lab", CODEGYM_COURSES=str(courses))
    yield it
    it.stop()


def test_an_empty_folder_offers_an_example_that_can_be_done(page: Any, lab: Lab, courses: Path) -> None:
    lab.start()
    student = Student.begin(page, lab)
    sidebar = student.show_courses()
    expect(sidebar.get_by_role("heading", name="No courses yet")).to_be_visible(timeout=READY)
    expect(sidebar).to_contain_text("codegym lab --courses DIR")
    sidebar.get_by_role("button", name="Add an example course").click()
    expect(sidebar.get_by_role("button", name="My first course")).to_be_visible(timeout=READY)
    assert (courses / "first-course" / "first-steps.yaml").is_file()
    student.open_exercise("My first course", "First steps", "Twice as much")
    student.write("Twice as much", "def double(n):\n    return 2 * n")
    student.check("Twice as much", "Accepted.")


def test_a_folder_that_cannot_be_written_is_said(page: Any, lab: Lab, courses: Path) -> None:
    (courses / "first-course").mkdir()
    lab.start()
    student = Student.begin(page, lab)
    sidebar = student.show_courses()
    sidebar.get_by_role("button", name="Add an example course").click()
    expect(sidebar.get_by_role("alert")).to_contain_text("There is a folder first-course already.")


def test_a_broken_course_names_file_and_line_until_it_is_mended(page: Any, lab: Lab, courses: Path) -> None:
    shutil.copytree(ROOT / "codegym_jlab" / "course" / "example_course", courses / "mine")
    course = courses / "mine" / "course.yaml"
    right = course.read_text()
    course.write_text(right.replace("units:", "unit:"))
    lab.start()
    student = Student.begin(page, lab)
    sidebar = student.show_courses()
    broken = sidebar.locator(".codegym-mod-broken")
    expect(broken).to_contain_text("Cannot be read: 1 mistake in course.yaml", timeout=READY)
    broken.locator("summary").press("Enter")
    expect(broken).to_contain_text("course.yaml:6")
    expect(broken).to_contain_text("did you mean units?")
    course.write_text(right)
    expect(sidebar.get_by_role("button", name="My first course")).to_be_visible(timeout=READY)
    expect(broken).to_have_count(0)


def test_a_list_of_courses_that_cannot_be_read_is_told(page: Any, lab: Lab, courses: Path) -> None:
    (courses / "config.yaml").write_text("course: []\n")
    lab.start()
    student = Student.begin(page, lab)
    broken = student.show_courses().locator(".codegym-mod-broken")
    expect(broken).to_contain_text("config.yaml", timeout=READY)
    broken.locator("summary").click()
    expect(broken).to_contain_text("did you mean courses?")


def test_three_tries_at_the_same_place_offer_a_hint_once(page: Any, lab: Lab, courses: Path) -> None:
    shutil.copytree(ROOT / "codegym_jlab" / "course" / "example_course", courses / "mine")
    lab.start()
    student = Student.begin(page, lab)
    course, unit, exercise = "My first course", "First steps", "Twice as much"
    student.open_exercise(course, unit, exercise)
    offer = page.get_by_role("region", name="A hint is offered")
    student.listen()
    for number in (3, 4, 5):
        expect(offer).to_have_count(0)
        student.write(exercise, f"def double(n):\n    return {number}")
        student.check(exercise, "Not yet.")
        expect(page.locator(".codegym-Judgement del", has_text=str(number)).first).to_be_visible()
    expect(offer).to_contain_text("Three tries stopped at the same place. Would a hint help?")
    student.heard("Would a hint help?")  # the diagnosis may have been said since
    expect(page.get_by_role("button", name="Give me a hint")).to_have_count(1)
    offer.get_by_role("button", name="Give me a hint").click()
    expect(page.get_by_text("Hint 1 of 3", exact=True)).to_be_visible(timeout=READY)
    expect(offer).to_have_count(0)
