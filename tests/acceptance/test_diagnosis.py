"""The row under a wrong judgement: the place, its steps, the line in the editor, the keyboard, and what it costs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from acceptance.lab import ROOT, Lab, new_lab
from acceptance.student import READY, Student, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COURSE, UNIT, EXERCISE = "Python basics", "Loops", "Sum of the even numbers"
TURNED = "def sum_even(xs):\n    t = 0\n    for x in xs:\n        if x % 2:\n            t += x\n    return t"
LOST = "import random\ndef sum_even(xs):\n    return str(xs) + str(random.random())"


def test_a_wrong_answer_is_told_its_line_and_opens_its_steps_by_keyboard(page: Any, lab: Lab) -> None:
    student = Student.begin(page, lab, COURSE, UNIT, EXERCISE)
    student.write(EXERCISE, TURNED)
    judgement = student.check(EXERCISE, "Not yet.")
    row = judgement.get_by_role("group", name="Diagnosis")
    expect(row).to_contain_text("Look at line 4.")
    cell = student.cell(EXERCISE)
    expect(cell.locator(".codegym-NamedLine")).to_have_text("        if x % 2:")
    expect(cell.locator(".cm-lineNumbers")).to_be_visible()
    expect(page.locator(".codegym-Announcer")).to_have_text("Look at line 4.")
    steps = row.get_by_role("button", name="Steps")
    expect(steps).to_have_attribute("aria-expanded", "false")
    steps.focus()
    page.keyboard.press("Enter")
    expect(steps).to_have_attribute("aria-expanded", "true")
    expect(row.get_by_role("columnheader", name="t", exact=True)).to_be_visible()
    expect(row).to_contain_text("What should it be by then?")
    page.emulate_media(forced_colors="active")  # in which neither grounds nor shadows are drawn
    for marked in (cell.locator(".codegym-NamedLine"), row.locator("tr.codegym-mod-here")):
        expect(marked).to_have_css("outline-style", "solid")
    page.emulate_media(forced_colors="none")
    row.get_by_role("button", name="Go to line 4 of your answer").press("Enter")
    expect(cell.locator(".cm-editor.cm-focused")).to_be_visible()
    page.keyboard.type("# ")
    expect(cell.locator(".codegym-NamedLine")).to_have_count(0)
    page.get_by_role("button", name="Why is it wrong?").first.click()
    expect(page.locator("article.codegym-Reply").last).to_be_visible()


def test_the_tutor_says_the_same_place(page: Any, lab: Lab) -> None:
    student = Student.begin(page, lab, COURSE, UNIT, EXERCISE)
    student.write(EXERCISE, TURNED)
    expect(student.check(EXERCISE, "Not yet.")).to_contain_text("Look at line 4.")
    page.get_by_role("button", name="Why is it wrong?").first.click()
    expect(page.locator("article.codegym-Reply").last).to_contain_text("line 4")


def test_it_says_so_where_it_found_no_place(page: Any, lab: Lab) -> None:
    student = Student.begin(page, lab, COURSE, UNIT, EXERCISE)
    student.write(EXERCISE, LOST)
    row = student.check(EXERCISE, "Not yet.").get_by_role("group", name="Diagnosis")
    expect(row).to_contain_text("I did not find one place. This is the smallest input that differs.")
    expect(row).to_contain_text("sum_even(")
    expect(student.cell(EXERCISE).locator(".codegym-NamedLine")).to_have_count(0)


@contextmanager
def lab_with(folder: Path, policy: str) -> Iterator[Lab]:
    """A lab in whose copy of the course the policy holds for the exercise."""
    courses = Path(shutil.copytree(ROOT / "courses", folder / "courses"))
    file = courses / "python-basics" / "loops.yaml"
    text = file.read_text()
    at = text.index("      id: sum-even\n") + len("      id: sum-even\n")
    file.write_text(f"{text[:at]}      policy: {policy}\n{text[at:]}")
    lab = new_lab(folder / "lab", f"--CodeGym.courses_dir={courses}")
    lab.start()
    try:
        yield lab
    finally:
        lab.stop()


def test_as_a_hint_it_is_shown_for_its_price(page: Any, tmp_path: Path) -> None:
    with lab_with(tmp_path, "{diagnosis: as_hint, hints: {cost: 0.2}}") as lab:
        student = Student.begin(page, lab, COURSE, UNIT, EXERCISE)
        student.write(EXERCISE, TURNED)
        row = student.check(EXERCISE, "Not yet.").get_by_role("group", name="Diagnosis")
        expect(row).to_contain_text("A place to look is ready. It counts as hint 1 of 4 and costs 0.2 points.")
        expect(student.cell(EXERCISE).locator(".codegym-NamedLine")).to_have_count(0)
        row.get_by_role("button", name="Show it").press("Enter")
        expect(row).to_contain_text("Look at line 4.")
        expect(page.get_by_text("Hint 1 of 4", exact=True).first).to_be_visible()


def test_where_it_is_off_there_is_no_row(page: Any, tmp_path: Path) -> None:
    with lab_with(tmp_path, '{diagnosis: "off"}') as lab:
        student = Student.begin(page, lab, COURSE, UNIT, EXERCISE)
        student.write(EXERCISE, TURNED)
        with page.expect_response(lambda response: "/diagnosis?" in response.url, timeout=READY) as told:
            judgement = student.check(EXERCISE, "Not yet.")
        assert told.value.json()["state"] == "off"
        expect(judgement.get_by_role("group", name="Diagnosis")).to_have_count(0)
