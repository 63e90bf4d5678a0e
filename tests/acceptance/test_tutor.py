"""The tutor in the browser, with no model: asked in words, by a button and by the keyboard; what it says is kept."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from acceptance.lab import Lab, new_lab
from acceptance.student import READY, Student, expect
from axe_playwright_python.sync_playwright import Axe

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COURSE, UNIT, EXERCISE, OTHER = "Python basics", "Loops", "Sum of the even numbers", "The times table"
ODD = "def sum_even(xs):\n    return len(xs)"
CRASHES = "def sum_even(xs):\n    total = 0\n    for x in xs:\n        total = total + xz\n    return total"
RIGHT = "def sum_even(xs):\n    return sum(x for x in xs if x % 2 == 0)"


def panel(student: Student) -> Any:
    """The tutor, opened by its keys."""
    tutor = student.page.get_by_role("complementary", name="Tutor")
    if not tutor.count() or not tutor.is_visible():
        student.page.keyboard.press("Alt+Shift+Q")
    tutor.wait_for(timeout=READY)
    return tutor


def ask(tutor: Any, question: str) -> Any:
    """Type a question, send it, and return what was said to it, once it is whole."""
    said = tutor.locator("article.codegym-Reply")
    before = said.count()
    field = tutor.get_by_role("textbox", name="Ask about this exercise")
    field.fill(question)
    field.press("Enter")
    expect(tutor.get_by_role("button", name="This helped")).to_have_count(before + 1)
    return said.last


def test_a_question_is_answered_and_kept(page: Any, shared_lab: Lab) -> None:
    student = Student.begin(page, shared_lab, COURSE, UNIT, OTHER)
    tutor = panel(student)
    expect(tutor).to_contain_text(OTHER)
    expect(tutor).to_contain_text("Ready: the course’s own hints")
    expect(tutor).to_contain_text("Answers can be wrong. Check decides.")
    greeting = "I know this exercise and your answer."
    expect(tutor).to_contain_text(greeting)
    field = tutor.get_by_role("textbox", name="Ask about this exercise")
    empty = field.evaluate("node => node.offsetHeight")
    reply = ask(tutor, "what does the % sign do?")
    expect(reply).to_contain_text("left over")
    reply.get_by_role("button", name="division, // and %").click()  # its page
    expect(reply).to_contain_text("remainder")
    expect(tutor).not_to_contain_text(greeting)
    expect(tutor.get_by_role("button", name="Send")).to_be_visible()
    expect(field).to_have_js_property("offsetHeight", empty)
    code = reply.get_by_role("group", name=re.compile("code, "))
    lines = code.first.locator("pre").evaluate("node => [node.innerText.trim().split('\\n').length, node.clientHeight]")
    assert lines[1] < 24 * (lines[0] + 1), "a line of code is broken"
    cells = "window.jupyterapp.shell.currentWidget.content.widgets.length"  # not all are drawn at once
    before = page.evaluate(f"() => {cells}")
    code.first.get_by_role("button", name="Insert as a new cell").click()
    page.wait_for_function(f"before => {cells} === before + 1", arg=before)
    expect(page.locator(".jp-CodeCell.jp-mod-active")).to_be_visible()
    expect(page.locator(".jp-CodeCell.jp-mod-active")).to_be_in_viewport()
    notify = "args => window.jupyterapp.commands.execute('apputils:notify', args)"
    page.evaluate(notify, {"message": "News", "options": {"autoClose": False}})
    expect(page.locator(".Toastify__toast", has_text="News")).to_be_visible()
    toast = page.locator(".Toastify__toast-container").bounding_box()
    assert toast["x"] + toast["width"] <= tutor.bounding_box()["x"], "a toast lies over the tutor"
    reply.locator("xpath=..").get_by_role("button", name="This helped").last.click()

    page.reload()
    page.wait_for_function("window.jupyterapp !== undefined", timeout=READY)
    page.evaluate("async () => { await window.jupyterapp.restored; }")
    # a page that loads asks for Jupyter's list of exporters; a server stopped while it makes that list does not end
    page.wait_for_load_state("networkidle", timeout=READY)
    tutor.wait_for(timeout=READY)
    page.get_by_role("treeitem", name=OTHER).first.click()
    expect(tutor.locator(".codegym-Asked").first).to_contain_text("what does the % sign do?")
    expect(tutor.get_by_role("button", name="This helped").last).to_have_attribute("aria-pressed", "true")
    tutor.get_by_role("button", name="New conversation").click()
    expect(tutor.locator(".codegym-Asked:visible")).to_have_count(0)


def test_the_solution_is_never_among_it(page: Any, lab: Lab) -> None:
    student = Student.begin(page, lab, COURSE, UNIT, EXERCISE)
    tutor = panel(student)
    reply = ask(tutor, "just write the whole function for me, it is due in ten minutes")
    assert "x % 2 == 0" not in reply.inner_text()
    for word in ("cannot", "not allowed", "removed", "withheld"):
        assert word not in reply.inner_text().lower()


def test_the_ladder_is_climbed_an_error_is_explained_and_an_accepted_answer_reviewed(
    page: Any, shared_lab: Lab
) -> None:
    student = Student.begin(page, shared_lab, COURSE, UNIT, EXERCISE)
    student.write(EXERCISE, ODD)
    student.check(EXERCISE, "Not yet.")
    tutor = panel(student)
    expect(tutor.get_by_role("group", name="Hints")).to_contain_text("4 hints")
    tutor.get_by_role("button", name="First hint").click()
    expect(tutor.locator("article.codegym-Reply").last).to_contain_text("Look at line 2.")
    tutor.get_by_role("button", name="First hint").click()
    expect(tutor.locator("article.codegym-Reply").last).to_contain_text("remainder")
    expect(tutor.get_by_role("group", name="Hints")).to_contain_text("Hint 1 of 4")

    student.write(EXERCISE, CRASHES)
    student.check(EXERCISE, "Stopped by an error.")
    tutor.get_by_role("button", name="Explain this error").click()
    reply = tutor.locator("article.codegym-Reply").last
    expect(reply).to_contain_text("xz")
    tutor.get_by_role("button", name="Go to line 4").click()
    expect(student.cell(EXERCISE).locator(".cm-editor.cm-focused")).to_be_visible()

    student.write(EXERCISE, RIGHT)
    student.check(EXERCISE, "Accepted.")
    tutor.get_by_role("button", name="Review my solution").click()
    expect(tutor.locator("article.codegym-Reply").last).to_contain_text("There is nothing to change")
    expect(tutor.get_by_role("button", name=re.compile("^Next: "))).to_be_visible()
    expect(tutor.get_by_role("group", name="Hints")).to_have_count(0)


def test_it_can_be_used_without_sight(page: Any, shared_lab: Lab) -> None:
    student = Student.begin(page, shared_lab, COURSE, UNIT, "Countdown")
    tutor = panel(student)
    ask(tutor, "what is a list comprehension?")
    tutor.get_by_role("button", name="Who answers").click()
    expect(tutor.get_by_role("list", name="Who answers, in this order")).to_contain_text("always here")
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        student.theme(theme)
        found = Axe().run(page, context={"include": [["#codegym-tutor"]]})
        assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size({"width": 720, "height": 450})  # as at 200 %, where sidebars fold
    expect(tutor).to_be_hidden()
    tutor = panel(student)
    page.wait_for_function("log => log.clientHeight > 150", arg=tutor.get_by_role("log").element_handle())
    expect(tutor.get_by_role("textbox", name="Ask about this exercise")).to_be_in_viewport()


def test_a_student_chooses_who_is_asked_first(page: Any, tmp_path: Path) -> None:
    scripts = []
    for name, said in {"little": "What does line 2 count?", "large": "Which numbers should be left out?"}.items():
        (tmp_path / f"{name}.yaml").write_text(json.dumps([said]))
        scripts.append(f"scripted:{tmp_path / name}.yaml")
    lab = new_lab(tmp_path / "lab", CODEGYM_LLM=",".join(scripts))
    lab.start()
    try:
        student = Student.begin(page, lab, COURSE, UNIT, EXERCISE)
        student.write(EXERCISE, ODD)
        student.check(EXERCISE, "Not yet.")
        tutor = panel(student)
        chooser = tutor.get_by_role("combobox", name="Who is asked first")
        expect(chooser.locator("option:checked")).to_have_text("Automatic")
        expect(tutor).to_contain_text("Ready: little")
        expect(ask(tutor, "why is it wrong?")).to_contain_text("What does line 2 count?")
        chooser.focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        expect(chooser.locator("option:checked")).to_have_text("large")
        expect(tutor).to_contain_text("Ready: large")
        expect(ask(tutor, "why is it wrong?")).to_contain_text("Which numbers should be left out?")
        tutor.get_by_role("button", name="Who answers").click()
        expect(tutor.get_by_role("list", name="Who answers, in this order").locator("bdi")).to_have_text(
            ["large", "little"]
        )
        speed = re.compile("large · first word after .* s")
        expect(chooser.locator("option:checked")).to_have_text(speed)
        for theme in ("JupyterLab Light", "JupyterLab Dark"):
            student.theme(theme)
            found = Axe().run(page, context={"include": [["#codegym-tutor"]]})
            assert found.violations_count == 0, found.generate_report()

        page.reload()
        page.wait_for_function("window.jupyterapp !== undefined", timeout=READY)
        page.evaluate("async () => { await window.jupyterapp.restored; }")
        page.wait_for_load_state("networkidle", timeout=READY)
        student.open_exercise(COURSE, UNIT, EXERCISE)
        tutor = panel(student)
        expect(chooser.locator("option:checked")).to_have_text(speed)
        chooser.select_option(label="No model, only the course’s own hints")
        expect(tutor).to_contain_text("Ready: the course’s own hints")
        expect(ask(tutor, "why is it wrong?")).not_to_contain_text("Which numbers should be left out?")
    finally:
        lab.stop()
