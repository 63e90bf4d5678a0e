"""The first hour of a student: open, try, fail, mend, be accepted; a reload and a second tab keep it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from acceptance.lab import Lab
from acceptance.student import READY, Student, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COURSE, UNIT, EXERCISE = "Python basics", "Loops", "Sum of the even numbers"
WRONG = "def sum_even(xs):\n    total = 0\nfor x in xs:\n        if x % 2:\n            total += x\n    return total"
ODD = "def sum_even(xs):\n    return sum(x for x in xs if x % 2)"
RIGHT = "def sum_even(xs):\n    return sum(x for x in xs if x % 2 == 0)"


def notebook_of(lab: Lab) -> dict[str, Any]:
    """The notebook as it lies on disk."""
    return lab.notebook("python-basics/loops.ipynb")


def answer_in(notebook: dict[str, Any]) -> dict[str, Any]:
    """The answer cell of the exercise."""
    return next(cell for cell in notebook["cells"] if cell["id"] == "sum-even-answer")


def test_a_student_goes_from_nothing_to_accepted(page: Any, lab: Lab) -> None:
    student = Student.begin(page, lab, COURSE, UNIT, EXERCISE)
    expect(student.strip(EXERCISE)).to_be_in_viewport()
    row = student.row(COURSE, UNIT, EXERCISE)
    expect(row).to_contain_text("not started")

    student.write(EXERCISE, ODD)
    judgement = student.check(EXERCISE, "Not yet.")
    expect(judgement).to_contain_text("expected")
    expect(judgement.get_by_role("list", name="Tests").get_by_role("listitem")).to_have_count(2)
    rest = judgement.get_by_role("button", name="5 more tests: 2 passed, 3 not passed")
    rest.press("Enter")
    expect(rest).to_have_attribute("aria-expanded", "true")
    expect(judgement).to_contain_text("an empty list")
    expect(judgement).to_contain_text("hidden test")
    assert "-42" not in judgement.inner_text(), "a hidden value is shown"

    student.write(EXERCISE, RIGHT)
    page.keyboard.press("Control+Shift+Enter")
    student.judgement(EXERCISE, "Accepted.")
    expect(row).to_contain_text(re.compile(r"solved at \d"))
    expect(page.locator(".codegym-Status")).to_contain_text("Loops 1 of")

    student.save()
    saved = answer_in(notebook_of(lab))
    (output,) = [o for o in saved["outputs"] if "application/vnd.codegym.judgement+json" in o.get("data", {})]
    assert output["data"]["text/plain"][0].startswith("Accepted.") or "Accepted." in output["data"]["text/plain"]

    page.reload()
    page.wait_for_function("window.jupyterapp !== undefined", timeout=READY)
    student.judgement(EXERCISE, "Accepted.")

    second = Student(page.context.new_page(), lab)
    second.open_lab("lab/workspaces/second/tree/python-basics/loops.ipynb")
    second.judgement(EXERCISE, "Accepted.")
    tree = second.show_courses().get_by_role("tree", name=COURSE)
    expect(tree.get_by_role("treeitem", name=UNIT).first).to_have_attribute("aria-expanded", "true")
    expect(tree.locator("[aria-current='true']")).to_contain_text("Loops")
    expect(tree.get_by_role("treeitem", name=EXERCISE)).to_contain_text("solved at")


def test_an_endless_answer_is_stopped_at_once(page: Any, patient: Lab) -> None:
    student = Student.begin(page, patient, COURSE, UNIT, EXERCISE)
    student.write(EXERCISE, ODD)
    student.check(EXERCISE, "Not yet.")
    student.write(EXERCISE, "while True:\n    pass")
    student.strip(EXERCISE).get_by_role("button", name="Check").click()
    judgement = student.judgement(EXERCISE, "Checking…")
    judgement.get_by_role("button", name="Cancel").click()
    student.judgement(EXERCISE, "Stopped by you.")  # what runs to its end is told as too slow instead
    student.write(EXERCISE, RIGHT)
    student.check(EXERCISE, "Accepted.")


def test_a_hint_a_reset_and_its_undo_and_what_stops_an_answer_is_said_in_words(page: Any, lab: Lab) -> None:
    student = Student.begin(page, lab, COURSE, UNIT, EXERCISE)
    student.strip(EXERCISE).get_by_role("button", name="Hint").click()
    expect(page.get_by_text("Which remainder tells you that a number is even?", exact=True)).to_be_visible(
        timeout=READY
    )
    expect(page.get_by_text("Hint 1 of 4", exact=True)).to_be_visible()

    student.write(EXERCISE, RIGHT)
    student.strip(EXERCISE).get_by_role("button", name="Reset exercise").click()
    page.get_by_role("dialog").get_by_role("button", name="Reset", exact=True).click()
    expect(student.cell(EXERCISE).locator(".cm-content")).not_to_contain_text("x % 2 == 0")
    page.evaluate("() => window.jupyterapp.commands.execute('codegym:undo-reset')")
    expect(student.cell(EXERCISE).locator(".cm-content")).to_contain_text("x % 2 == 0")

    student.write(EXERCISE, "def sum_even(xs)\n    return 0")
    student.check(EXERCISE, "Python cannot read this yet.")
    student.write(EXERCISE, "def sum_even(xs):\n    return xs[0] / 0")
    expect(student.check(EXERCISE, "Stopped by an error.")).to_contain_text("ZeroDivisionError")
    student.write(EXERCISE, "import socket\nsocket.create_connection(('127.0.0.1', 80))\ndef sum_even(xs): return 0")
    expect(student.check(EXERCISE, "Not allowed in Check.")).to_contain_text("opening a network connection")
    student.write(EXERCISE, "while True:\n    pass")
    student.check(EXERCISE, "Took too long.")


def test_an_answer_given_while_the_server_is_away_is_sent_once(page: Any, lab: Lab) -> None:
    student = Student.begin(page, lab, COURSE, UNIT, EXERCISE)
    student.write(EXERCISE, RIGHT)
    student.save()
    lab.stop()
    student.check(EXERCISE, "Kept, will be checked.")
    expect(page.get_by_text("1 answer kept, server away")).to_be_visible()
    expect(student.row(COURSE, UNIT, EXERCISE)).to_contain_text("kept, sent when the server is back")
    page.evaluate("async () => { await window.jupyterapp.serviceManager.kernelspecs.refreshSpecs().catch(() => 0); }")
    expect(page.get_by_role("dialog")).to_have_count(0)
    lab.start()
    student.judgement(EXERCISE, "Accepted.")
    expect(student.row(COURSE, UNIT, EXERCISE)).to_contain_text("solved at")
    expect(page.get_by_role("status")).to_contain_text("1 kept answer was sent and accepted.")
    assert lab.submissions() == 1, "it was sent more than once"
