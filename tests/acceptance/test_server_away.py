"""The server goes while a student works: nothing covers the answer, nothing is lost, and all of it comes back."""

from __future__ import annotations

from typing import Any

import pytest
from acceptance.lab import Lab
from acceptance.student import Student, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COURSE, UNIT, EXERCISE = "Python basics", "Loops", "Sum of the even numbers"
FIRST = "def sum_even(xs):\n    return sum(x for x in xs if x % 2)"
RIGHT = "def sum_even(xs):\n    return sum(x for x in xs if x % 2 == 0)"


def on_disk(lab: Lab) -> str:
    """The answer as the notebook's file holds it."""
    notebook = lab.notebook("python-basics/loops.ipynb")
    return "".join(next(cell for cell in notebook["cells"] if cell["id"] == "sum-even-answer")["source"])


def at_work(page: Any, lab: Lab, idle: bool) -> Student:
    """A student with a saved answer, whose kernel runs or is still being started."""
    student = Student.begin(page, lab, COURSE, UNIT, EXERCISE)
    if idle:
        student.kernel_is_idle()
    student.write(EXERCISE, FIRST)
    student.save()
    return student


@pytest.mark.parametrize("idle", [True, False], ids=["kernel runs", "kernel starts"])
def test_no_dialog_covers_the_answer_and_a_save_is_made_up_for(page: Any, lab: Lab, idle: bool) -> None:
    student = at_work(page, lab, idle)
    lab.stop()
    student.write(EXERCISE, RIGHT)
    page.evaluate("() => { void window.jupyterapp.commands.execute('docmanager:save'); }")
    page.locator(".codegym-Courses").get_by_text("The server is away.").wait_for()
    expect(page.locator("dialog.jp-Dialog")).to_have_count(0)
    page.evaluate("() => window.jupyterapp.commands.execute('codegym:ask-tutor')")
    tutor = page.get_by_role("complementary", name="Tutor")
    expect(tutor).to_contain_text("The server is away.")
    assert on_disk(lab) == FIRST

    lab.start()
    while on_disk(lab) != RIGHT:
        page.wait_for_timeout(100)
    expect(tutor).to_contain_text("Ready")
    student.check(EXERCISE, "Accepted.")
    expect(page.locator("dialog.jp-Dialog")).to_have_count(0)
    assert lab.submissions() == 1
