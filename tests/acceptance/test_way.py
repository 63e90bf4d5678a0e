"""The way through a course: what is read and what is done, what stands under an answer, and what the keys do."""

from __future__ import annotations

from typing import Any

import pytest
from acceptance.lab import Lab
from acceptance.student import READY, Student, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COURSE, UNIT, EXERCISE = "Python basics", "Loops", "Sum of the even numbers"
RIGHT = "def sum_even(xs):\n    return sum(x for x in xs if x % 2 == 0)"


def front(page: Any) -> Any:
    """The row of the tree that is in front."""
    return page.get_by_role("tree").locator("[aria-current='true']")


def test_lessons_and_exercises_are_one_way(page: Any, lab: Lab) -> None:
    student = Student(page, lab)
    student.open_lab()
    tree = student.choose_course(COURSE)
    page.locator(".codegym-Go").click()
    expect(page.locator(".jp-Notebook .jp-mod-active h1").first).to_be_in_viewport()
    expect(front(page)).to_contain_text("read")
    page.get_by_role("tree").get_by_role("treeitem", name=UNIT).first.click()
    lesson = tree.get_by_role("treeitem", name="Collecting a result, lesson, 1 min")
    expect(lesson).to_be_visible()
    tree.get_by_role("treeitem", name="Loops, lesson").first.click()
    expect(front(page)).to_contain_text("Loops")
    page.keyboard.press("F8")
    heading = page.locator(".jp-Notebook .jp-mod-active h2:visible", has_text="Collecting a result")
    expect(heading).to_be_in_viewport()
    expect(front(page)).to_contain_text("Collecting a result")
    expect(page.get_by_role("toolbar", name=f"Answer: {EXERCISE}")).to_have_count(0)
    page.keyboard.press("F8")
    expect(student.strip(EXERCISE)).to_be_in_viewport(timeout=READY)
    expect(front(page)).to_contain_text(EXERCISE)
