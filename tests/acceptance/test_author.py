"""A new author in a real browser: from an empty folder to an exercise whose mutants are all killed, by keyboard."""

from __future__ import annotations

from typing import Any

import pytest
from acceptance.lab import Lab
from acceptance.student import READY, Student, expect
from acceptance.test_access import light_and_dark

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELLS = {
    "Exercise": "id: is-adult\ntitle: Of age\npoints: 2",
    "Statement": "Write `is_adult(age)`.",
    "Starter": "def is_adult(age):\n    ...",
    "Solution": "def is_adult(age):\n    return age >= 18",
    "Sample check": "call: is_adult(30)\nequals: true",
}
LATE = """\
  - exercise:
      id: late
      title: Late
      statement: Is it late?
      checks:
        - call: x
          equals: 1
"""
UNIT = """\
id: unit-1
title: Unit 1
cells:
  - exercise:
      id: is-adult
      title: Of age
      points: 2
      statement: |
        Write `is_adult(age)`.
      starter: |
        def is_adult(age):
            ...
      solution: |
        def is_adult(age):
            return age >= 18
      checks:
        - call: is_adult(30)
          equals: true
"""


IDEA = "id: over\nwrong: |\n  def is_adult(age):\n      return age > 18\nsay: Is who is 18 `of age`?"


def focus_and_press(locator: Any, key: str = "Enter") -> None:
    locator.focus()
    locator.page.keyboard.press(key)


def fill(page: Any, role: str, text: str) -> None:
    """Type over a cell."""
    page.get_by_role("textbox", name=role, exact=True).first.focus()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)


def write_yaml(author: Student) -> None:
    """The same unit as YAML: keys are completed, mistakes marked, and what a student gets stands beside it."""
    page, file = author.page, author.lab.root / "unit-1.yaml"
    page.evaluate(
        "window.jupyterapp.commands.execute('docmanager:open', {path: 'unit-1.yaml', factory: 'Editor'}).then(() => 0)"
    )
    button = page.get_by_role("button", name="Student's view")
    button.wait_for(timeout=READY)
    focus_and_press(button)
    view = page.get_by_role("region", name="Student's view")
    expect(view.get_by_role("heading", name="Of age")).to_be_visible(timeout=READY)
    expect(view).to_contain_text("def is_adult(age):")
    expect(view).not_to_contain_text("age >= 18")

    text = page.locator(".jp-FileEditor .cm-content")
    page.locator(".jp-FileEditor .cm-line", has_text="say: Is who").click()
    read = view.get_by_role("group", name="What a student with this mistake reads")
    expect(read).to_contain_text("Is who is 18 of age?")
    text.focus()
    page.keyboard.press("Control+End")
    expect(read).to_have_count(0)  # nobody has that idea there
    page.keyboard.insert_text(LATE)
    page.keyboard.type("      solu")
    offered = page.get_by_role("listbox", name="Completions").get_by_role("option")
    expect(offered.first).to_contain_text("solution")
    expect(page.locator(".codegym-Yaml-key")).to_contain_text("Students never see it.")
    page.keyboard.press("Enter")
    page.keyboard.insert_text("x = 1")
    expect(view.get_by_role("heading", name="Late")).to_be_visible(timeout=READY)  # not saved, and seen at once

    page.keyboard.insert_text("\n      pionts: 2\n      uses: [gone]")
    page.keyboard.press("ArrowUp")
    wrong = page.locator(".cm-panel-lint").get_by_role("option")
    expect(wrong.filter(has_text="There is no key pionts here. Did you mean points?")).to_be_visible(timeout=READY)
    expect(wrong.filter(has_text="`uses` names `gone`, which is not above it here")).to_be_visible(timeout=READY)
    expect(view.get_by_text("There is a mistake in this exercise.")).to_be_visible()
    assert light_and_dark(author) == []
    text.focus()
    page.keyboard.press("Control+.")
    expect(wrong.filter(has_text="pionts")).to_have_count(0)
    expect(text).to_contain_text("points: 2")
    page.keyboard.insert_text("x: [")
    expect(page.get_by_text("Below is its last good state, of")).to_be_visible(timeout=READY)
    expect(view.get_by_role("heading", name="Late")).to_be_visible()
    assert "late" not in file.read_text()


def test_an_exercise_in_a_notebook_from_an_empty_folder(page: Any, lab: Lab) -> None:
    author = Student.begin(page, lab)
    page.get_by_role("button", name="Python basics").wait_for(timeout=READY)  # a first visit opens on Courses
    # not by the palette: a lab that still starts takes the focus from it, and so closes it
    asked: list[Any] = []
    page.route("**/authoring/unit?*", lambda route: asked.append(route))
    with page.expect_request("**/authoring/unit?*", timeout=READY):
        page.evaluate("void window.jupyterapp.commands.execute('codegym:new-unit')")
    page.locator(".codegym-Author").wait_for(state="attached", timeout=READY)
    adds = page.get_by_role("group", name="Add a cell")
    page.wait_for_timeout(500)
    assert not adds.count(), "what is added before the file has come would go as it comes"
    for route in asked:
        route.continue_()
    page.unroute("**/authoring/unit?*")
    focus_and_press(adds.get_by_role("button", name="Exercise"))
    expect(page.get_by_role("textbox", name="Exercise", exact=True)).to_be_focused()
    for role, text in CELLS.items():
        fill(page, role, text)
        if role == "Solution":
            author.kernel_is_idle()  # what is run before a kernel is there runs nowhere
            fill(page, role, f"{text}\nis_adult(17)")
            page.keyboard.press("Control+Enter")
            expect(page.locator(".codegym-Author .jp-OutputArea-output")).to_have_text("False", timeout=READY)
            fill(page, role, text)
    found = page.get_by_role("region", name="Check of this exercise")
    check = page.get_by_role("button", name="Check this exercise")

    focus_and_press(check)
    found.get_by_text("Not ready yet.").wait_for(timeout=READY)
    file = lab.root / "unit-1.yaml"
    assert file.read_text() == UNIT
    assert "units:\n  - unit-1" in (lab.root / "course.yaml").read_text()
    expect(found.get_by_text("Solution is accepted, 1 of 1 checks")).to_be_visible()
    assert light_and_dark(author) == []

    more = found.get_by_role("button", name="Add as hidden check")
    while more.count():
        before = more.count()
        focus_and_press(more.first)
        expect(more.nth(before - 1)).to_have_count(0)
    expect(check).to_be_focused()
    page.keyboard.press("Enter")
    expect(found.get_by_text("Ready.")).to_be_visible()
    written = file.read_text()
    assert written.startswith(UNIT) and "- call: is_adult(18)" in written

    hint = adds.get_by_role("button", name="Hint")
    page.get_by_role("textbox", name="Solution").focus()
    focus_and_press(hint)
    expect(page.get_by_role("textbox", name="Hint")).to_be_focused()
    page.keyboard.insert_text("Which ages count?")
    expect(adds).to_contain_text("Saving writes unit-1.yaml: 2 lines change")
    page.get_by_label("Role of this cell").last.select_option("Misconception")
    expect(adds).to_contain_text("it has no keys")
    page.keyboard.press("Control+S")  # a text is no misconception: nothing is written, and the words are said
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("(misconception): it has no keys")).to_be_visible()
    assert file.read_text() == written
    page.keyboard.press("Enter")
    page.get_by_label("Role of this cell").last.select_option("Hint")
    page.keyboard.press("Control+S")
    page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty", timeout=READY)
    assert file.read_text() == written + "      hints:\n        - Which ages count?\n"

    focus_and_press(adds.get_by_role("button", name="Misconception"))
    fill(page, "Misconception", IDEA)
    read = page.get_by_role("group", name="What a student with this mistake reads")
    expect(read).to_contain_text("Is who is 18 of age?")
    expect(read).to_contain_text("return age > 18")

    adds.get_by_role("combobox", name="Kind of the exercise that is added").select_option("choice")
    focus_and_press(adds.get_by_role("button", name="Exercise"))
    settings = page.get_by_role("textbox", name="Exercise", exact=True).last
    expect(settings).to_be_focused()
    expect(settings).to_contain_text("id: my-choice")
    expect(check).to_have_count(2)
    focus_and_press(check.last)
    expect(found).to_have_count(2)
    expect(found.last.get_by_text("Ready.")).to_be_visible(timeout=READY)
    assert "answer: choice" in file.read_text()

    page.goto(lab.page().removesuffix("&reset"))
    page.get_by_role("textbox", name="Solution").wait_for(timeout=READY)
    write_yaml(author)
