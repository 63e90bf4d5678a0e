"""With the keyboard alone, with less motion, with a screen reader's eyes: every state, light and dark."""

from __future__ import annotations

from typing import Any

import pytest
from acceptance.lab import Lab
from acceptance.student import READY, Student, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COURSE, UNIT, EXERCISE, NEXT = "Python basics", "Loops", "Sum of the even numbers", "The times table"
LESSON = "Loops in loops"  # between the two
ODD = "def sum_even(xs):\n    return sum(x for x in xs if x % 2)"
CRASHES = "def sum_even(xs):\n    return xs[0] / 0"
ENDLESS = "while True:\n    pass"
RIGHT = "def sum_even(xs):\n    return sum(x for x in xs if x % 2 == 0)"


def focused(page: Any) -> Any:
    """What has the focus."""
    return page.locator(":focus")


def test_an_exercise_is_done_with_the_keyboard_alone(page: Any, lab: Lab) -> None:
    student = Student.begin(page, lab)
    page.get_by_role("navigation", name="Courses").get_by_role("button", name=COURSE).wait_for(timeout=READY)
    expect(page.locator(".jp-Launcher")).to_be_focused(timeout=READY)
    page.keyboard.press("Alt+Shift+C")
    field = page.get_by_role("searchbox", name="Find an exercise")
    expect(field).to_be_focused()
    page.keyboard.type("even numbers")
    page.get_by_role("button", name=EXERCISE).wait_for(timeout=READY)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name=EXERCISE)).to_be_focused()
    page.keyboard.press("Enter")
    editor = student.cell(EXERCISE).locator(".cm-content")
    expect(editor).to_be_focused(timeout=READY)

    page.keyboard.press("Control+a")
    page.keyboard.insert_text(ODD)
    student.listen()
    page.keyboard.press("Control+Shift+Enter")
    judgement = student.judgement(EXERCISE, "Not yet.")
    student.heard("Control F8 for details.")  # its diagnosis may have been said since
    page.keyboard.press("Control+F8")
    expect(judgement.get_by_role("button", name="Less")).to_be_focused()
    page.keyboard.press("Enter")
    expect(judgement.get_by_role("button", name="More")).to_be_focused()
    page.keyboard.press("d")
    page.keyboard.press("d")
    expect(student.strip(EXERCISE)).to_be_visible()
    page.keyboard.press("Escape")
    expect(editor).to_be_focused()

    page.keyboard.press("Alt+Shift+H")
    expect(page.get_by_text("Hint 1 of 4", exact=True)).to_be_visible(timeout=READY)
    expect(editor).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(RIGHT)
    page.keyboard.press("Control+Shift+Enter")
    student.judgement(EXERCISE, "Accepted.")
    page.keyboard.press("F8")
    expect(page.locator(".jp-Notebook .jp-mod-active h2:visible", has_text=LESSON)).to_be_in_viewport(timeout=READY)
    page.keyboard.press("F8")
    expect(student.cell(NEXT).locator(".cm-content")).to_be_focused(timeout=READY)
    page.keyboard.press("Alt+Shift+C")
    row = page.get_by_role("treeitem", name=NEXT)
    expect(row).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("treeitem", name=LESSON)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("treeitem", name=EXERCISE)).to_be_focused()


def test_nothing_moves_where_less_motion_is_wished(browser: Any, patient: Lab) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(READY)
    student = Student.begin(context.new_page(), patient, COURSE, UNIT, EXERCISE)
    student.write(EXERCISE, ENDLESS)
    student.strip(EXERCISE).get_by_role("button", name="Check").click()
    judgement = student.judgement(EXERCISE, "Checking…")
    assert moving(student.page) == []
    judgement.get_by_role("button", name="Cancel").click()
    student.judgement(EXERCISE, "Stopped by you.")
    student.write(EXERCISE, ODD)
    student.check(EXERCISE, "Not yet.")
    assert moving(student.page) == []
    context.close()


def moving(page: Any) -> list[str]:
    """Elements of ours that turn, fade or glide."""
    script = """() => [...document.querySelectorAll('[class*="codegym-"]')].filter(node => {
        const style = getComputedStyle(node);
        const lasts = style.transitionDuration.split(',').some(time => parseFloat(time) > 0);
        const turns = style.animationName !== 'none' && parseFloat(style.animationDuration) > 0;
        return lasts || turns || style.scrollBehavior === 'smooth';
    }).map(node => node.getAttribute('class'))"""
    found: list[str] = page.evaluate(script)
    return found


_PARTS = ("Courses", "Strip", "Form", "Tray", "Judgement", "Status", "Facts", "Author-bar", "Author-head")
OURS = [f".codegym-{part}" for part in _PARTS]


def findings(page: Any) -> list[str]:
    """What axe-core finds in what of ours is shown."""
    from axe_playwright_python.sync_playwright import Axe

    shown = [[part] for part in OURS if page.locator(part).count()]
    found = Axe().run(page, context={"include": shown}).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html']}" for v in found]


def light_and_dark(student: Student) -> list[str]:
    """What axe-core finds in either theme."""
    found = []
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        student.theme(theme)
        found += findings(student.page)
    return found


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_no_state_is_in_the_way_of_assistive_technology(page: Any, lab: Lab, theme: str) -> None:
    student = Student.begin(page, lab)
    student.theme(theme)
    sidebar = student.show_courses()
    sidebar.get_by_role("button", name=COURSE).wait_for(timeout=READY)
    found = {"first visit": findings(page)}
    sidebar.get_by_role("searchbox").fill("sum")
    sidebar.get_by_role("button", name=EXERCISE).wait_for(timeout=READY)
    found["search"] = findings(page)
    sidebar.get_by_role("button", name="Clear").click()

    student.open_exercise(COURSE, UNIT, EXERCISE)
    found["course and strip"] = findings(page)
    states = [(ODD, "Not yet."), (CRASHES, "Stopped by an error."), ("def f(:", "cannot read"), (RIGHT, "Accepted.")]
    for source, word in states:
        student.write(EXERCISE, source)
        student.check(EXERCISE, word)
        found[word] = findings(page)
    student.strip(EXERCISE).get_by_role("button", name="Hint").click()
    page.get_by_text("Hint 1 of 4", exact=True).wait_for(timeout=READY)
    found["hint"] = findings(page)
    lab.stop()
    student.write(EXERCISE, ODD)
    student.check(EXERCISE, "Kept, will be checked.")
    found["server away"] = findings(page)
    assert {state: lines for state, lines in found.items() if lines} == {}
