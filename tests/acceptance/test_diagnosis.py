"""The row under a wrong judgement: the place, its steps, the line in the editor, the keyboard, and what it costs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from acceptance.lab import ROOT, Lab, new_lab
from acceptance.student import READY, Student, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COURSE, UNIT, EXERCISE = "Python basics", "Loops", "Sum of the even numbers"
TURNED = "def sum_even(xs):\n    t = 0\n    for x in xs:\n        if x % 2:\n            t += x\n    return t"
LOST = "import random\ndef sum_even(xs):\n    word = str(xs)\n    return word + str(random.random())"


def test_a_wrong_answer_is_told_its_line_where_one_is_found_and_opens_its_steps_by_keyboard(
    page: Any, lab: Lab
) -> None:
    student = Student.begin(page, lab, COURSE, UNIT, EXERCISE)
    student.write(EXERCISE, TURNED)
    judgement = student.check(EXERCISE, "Not yet.")
    row = judgement.get_by_role("group", name="Diagnosis")
    expect(row).to_contain_text("Look at line 4.")
    cell = student.cell(EXERCISE)
    expect(cell.locator(".codegym-NamedLine")).to_have_text("        if x % 2:")
    expect(cell.locator(".cm-lineNumbers")).to_be_visible()
    expect(page.locator(".codegym-Announcer")).to_have_text("Look at line 4.")
    replies = page.locator("article.codegym-Reply")
    page.get_by_role("button", name="Why is it wrong?").first.click()
    expect(replies.last).to_contain_text("line 4")  # the tutor says the same place
    told = replies.count()
    steps = row.get_by_role("button", name="Steps")
    expect(steps).to_have_attribute("aria-expanded", "false")
    steps.focus()
    page.keyboard.press("Enter")
    expect(steps).to_have_attribute("aria-expanded", "true")
    expect(row.get_by_role("columnheader", name="t", exact=True)).to_be_visible()
    expect(row).to_contain_text("When it comes to line 4: x = 1, x % 2 → 1")
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
    expect(replies).to_have_count(told + 1)
    expect(replies.last).to_be_visible()

    student.write(EXERCISE, LOST)
    student.check(EXERCISE, "Not yet.")
    expect(row).to_contain_text("I did not find one place. This is the smallest input that differs.")
    expect(row).to_contain_text("sum_even(")
    expect(student.cell(EXERCISE).locator(".codegym-NamedLine")).to_have_count(0)


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Lab]:
    """A lab in whose copies of the course the diagnosis of the exercise has its price, or is off."""
    for course, policy in (("priced", "{diagnosis: as_hint, hints: {cost: 0.2}}"), ("silent", '{diagnosis: "off"}')):
        folder = Path(shutil.copytree(ROOT / "courses" / "python-basics", tmp_path / "courses" / course))
        whole = (folder / "course.yaml").read_text()
        whole = whole.replace("id: python-basics\n", f"id: {course}\n").replace(COURSE, course.title(), 1)
        (folder / "course.yaml").write_text(whole)
        unit, id = folder / "loops.yaml", "      id: sum-even\n"
        unit.write_text(unit.read_text().replace(id, f"{id}      policy: {policy}\n"))
    lab = new_lab(tmp_path / "lab", f"--CodeGym.courses_dir={tmp_path / 'courses'}")
    lab.start()
    yield lab
    lab.stop()


def test_as_a_hint_it_is_shown_for_its_price_and_where_it_is_off_there_is_no_row(page: Any, strict: Lab) -> None:
    student = Student.begin(page, strict, "Priced", UNIT, EXERCISE)
    student.write(EXERCISE, TURNED)
    row = student.check(EXERCISE, "Not yet.").get_by_role("group", name="Diagnosis")
    expect(row).to_contain_text("A place to look is ready. It counts as hint 1 of 4 and costs 0.2 points.")
    expect(student.cell(EXERCISE).locator(".codegym-NamedLine")).to_have_count(0)
    row.get_by_role("button", name="Show it").press("Enter")
    expect(row).to_contain_text("Look at line 4.")
    expect(page.get_by_text("Hint 1 of 4", exact=True).first).to_be_visible()

    student.open_lab()
    student.open_exercise("Silent", UNIT, EXERCISE)
    student.write(EXERCISE, TURNED)
    with page.expect_response(lambda response: "/diagnosis?" in response.url, timeout=READY) as told:
        judgement = student.check(EXERCISE, "Not yet.")
    assert told.value.json()["state"] == "off"
    expect(judgement.get_by_role("group", name="Diagnosis")).to_have_count(0)
