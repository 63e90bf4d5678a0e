"""The way through a course: what is read and what is done, what stands under an answer, and what the keys do."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from acceptance.lab import ROOT, Lab, new_lab
from acceptance.student import READY, Student, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COURSE, UNIT, EXERCISE, OTHER = "Python basics", "Loops", "Sum of the even numbers", "The times table"
RIGHT = "def sum_even(xs):\n    return sum(x for x in xs if x % 2 == 0)"


def front(page: Any) -> Any:
    """The row of the tree that is in front."""
    return page.get_by_role("tree").locator("[aria-current='true']")


WRONG = "def sum_even(xs):\n    return sum(x for x in xs if x % 2)"
CRASHES = f"{RIGHT}\nsum_even(totl)"
TABLE = """size = int(input("Size: "))
for row in range(1, size + 1):
    print(*[row * column for column in range(1, size + 1)])
"""


def test_lessons_and_exercises_are_one_way_and_the_tutor_has_its_keys(page: Any, lab: Lab) -> None:
    student = Student.begin(page, lab)
    start = page.get_by_role("heading", name="Start here").locator("..")
    expect(start).to_contain_text("About 5 minutes · no grade at stake")  # practice; see what is late, below
    tree = student.choose_course(COURSE)
    page.locator(".codegym-Go").click()
    expect(page.locator(".jp-Notebook .jp-mod-active h1").first).to_be_in_viewport()
    expect(front(page)).to_contain_text("read")
    page.get_by_role("tree").get_by_role("treeitem", name=UNIT).first.click()
    lesson = tree.get_by_role("treeitem", name="What comes out, lesson, 1 min")
    expect(lesson).to_be_visible()
    tree.get_by_role("treeitem", name="A loop with a name, lesson").first.click()
    expect(front(page)).to_contain_text("A loop with a name")
    page.keyboard.press("F8")
    heading = page.locator(".jp-Notebook .jp-mod-active h2:visible", has_text="What comes out")
    expect(heading).to_be_in_viewport()
    expect(front(page)).to_contain_text("What comes out")
    expect(page.get_by_role("toolbar", name=f"Answer: {EXERCISE}")).to_have_count(0)
    page.keyboard.press("F8")
    expect(student.strip(EXERCISE)).to_be_in_viewport(timeout=READY)
    expect(front(page)).to_contain_text(EXERCISE)

    student.at(EXERCISE)
    student.write(EXERCISE, WRONG)
    page.keyboard.press("Alt+Shift+Q")
    tutor = page.get_by_role("complementary", name="Tutor")
    field = tutor.get_by_role("textbox", name="Ask about this exercise")
    expect(field).to_be_focused()
    page.keyboard.type("what does the % sign do?")
    page.keyboard.press("Enter")
    expect(tutor.get_by_role("button", name="This helped")).to_have_count(1)
    page.keyboard.press("Control+Shift+Enter")
    student.judgement(EXERCISE, "Not yet.")
    page.keyboard.press("Alt+Shift+H")
    expect(page.get_by_text("Hint 1 of 4", exact=True).first).to_be_visible()
    page.keyboard.press("Alt+Shift+Q")
    expect(student.cell(EXERCISE).locator(".cm-editor.cm-focused")).to_be_visible()
    page.keyboard.press("Alt+Shift+Q")
    expect(field).to_be_focused()
    expect(tutor.locator(".codegym-Asked")).to_have_count(1)
    tutor.get_by_role("button", name="New conversation").click()
    expect(tutor.locator(".codegym-Asked:visible")).to_have_count(0)
    tutor.get_by_text("Earlier talk").click()
    expect(tutor.locator(".codegym-Asked:visible")).to_contain_text("what does the % sign do?")
    field.click()
    page.keyboard.press("F8")
    expect(page.locator(".jp-Notebook .jp-mod-active h2:visible")).to_contain_text("Loops in loops")
    page.set_viewport_size({"width": 720, "height": 450})  # as at 200 %
    expect(page.get_by_role("complementary", name="Tutor")).to_be_hidden()
    expect(page.get_by_role("navigation", name="Courses")).to_be_hidden()
    panel = page.locator(".jp-NotebookPanel:visible").element_handle()
    page.wait_for_function("panel => panel.getBoundingClientRect().width >= 560", arg=panel)


def test_under_an_answer_stands_what_is_newest_in_plain_words(page: Any, shared_lab: Lab) -> None:
    student = Student.begin(page, shared_lab, COURSE, UNIT, EXERCISE)
    student.kernel_is_idle()
    cell = student.cell(EXERCISE)
    chips = cell.locator(".codegym-Chip")
    student.write(EXERCISE, CRASHES)
    page.keyboard.press("Control+Enter")
    expect(chips).to_have_text(["Explain this error", "Ask the tutor"])
    page.keyboard.press("Alt+Shift+Q")
    offered = page.get_by_role("complementary", name="Tutor").get_by_role("button", name="Explain this error")
    expect(offered).to_be_visible()
    student.write(EXERCISE, WRONG)
    student.check(EXERCISE, "Not yet.")
    expect(chips).to_have_text(["Why is it wrong?", "Ask the tutor", "Next: Loops in loops"])
    expect(cell.get_by_text("NameError")).to_have_count(0)
    student.write(EXERCISE, RIGHT)
    judgement = student.check(EXERCISE, "Accepted.")
    expect(chips).to_have_text(["Next: Loops in loops", "Review my solution"])
    expect(judgement).to_contain_text("solved, 2 tries")
    expect(offered).to_have_count(0)
    expect(cell.get_by_role("button", name="Save receipt")).to_have_count(0)
    expect(front(page)).to_contain_text("solved at")
    student.write(EXERCISE, CRASHES)
    page.keyboard.press("Control+Enter")
    expect(cell.get_by_text("This run is newer than the judgement of")).to_be_visible()
    expect(cell.get_by_text("Accepted.")).to_have_count(0)
    expect(chips).to_have_text(["Explain this error", "Ask the tutor"])
    chips.first.click()
    expect(page.locator("article.codegym-Reply").last).to_contain_text("totl")

    student.write(EXERCISE, "def sum_even(xs):\n    total = 0\n    return totl")
    expect(student.check(EXERCISE, "Stopped by an error.")).to_contain_text("Did you mean total?")
    student.write(EXERCISE, "n = input()\ndef sum_even(xs):\n    return n")
    page.keyboard.press("Control+Enter")
    field = student.cell(EXERCISE).get_by_role("textbox", name="The program waits: type here, then press Enter")
    expect(field).to_be_focused()
    page.keyboard.press("Enter")
    expect(field).to_have_count(0)
    expect(student.check(EXERCISE, "EOFError")).to_contain_text("nobody types while Check runs")


def test_nothing_that_was_written_is_lost(page: Any, lab: Lab) -> None:
    student = Student.begin(page, lab, COURSE, UNIT, EXERCISE)
    student.strip(EXERCISE).get_by_role("button", name="Check").click()
    student.judgement(EXERCISE, "Nothing to check yet. Write your answer in place of ... in line 2.")
    assert lab.submissions() == 0
    student.write(EXERCISE, RIGHT)
    active = "() => window.jupyterapp.shell.currentWidget.content.activeCellIndex"
    place = page.evaluate(active)
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:delete-cell')")
    deleted = page.get_by_role("region", name="A deleted answer")
    above = page.locator(".jp-Cell", has=deleted)
    expect(above).to_have_attribute("data-windowed-list-index", str(place - 1))
    expect(above.get_by_role("heading", name=EXERCISE)).to_be_visible()
    expect(deleted).to_contain_text("Your answer cell was deleted. What you wrote is kept.")
    deleted.get_by_role("button", name="Bring it back").click()
    expect(deleted).to_have_count(0)
    expect(student.cell(EXERCISE).locator(".cm-content")).to_contain_text("x % 2 == 0")
    assert page.evaluate(active) == place
    student.check(EXERCISE, "Accepted.")

    student.save()
    second = Student(page.context.new_page(), lab)
    second.open_lab("lab/workspaces/second/tree/python-basics/loops.ipynb")
    second.judgement(EXERCISE, "Accepted.")
    student.write(EXERCISE, WRONG)
    student.check(EXERCISE, "Not yet.")
    student.save()
    second.page.evaluate("() => window.jupyterapp.commands.execute('notebook:insert-cell-below')")
    second.page.evaluate("() => { void window.jupyterapp.commands.execute('docmanager:save'); }")
    toast = second.page.locator(".Toastify__toast", has_text="Also open in another tab.")
    expect(toast).to_be_visible()
    expect(second.page.get_by_role("dialog")).to_have_count(0)
    toast.get_by_role("button", name="Use the newer text").click()
    expect(toast).to_have_count(0)
    text = "JSON.stringify(window.jupyterapp.shell.currentWidget.content.model.toJSON())"
    second.page.wait_for_function(f"() => {text}.includes('if x % 2)')", timeout=READY)
    second.judgement(EXERCISE, "Not yet.")

    second.page.evaluate("() => window.jupyterapp.commands.execute('notebook:insert-cell-below')")
    second.save()
    student.write(EXERCISE, CRASHES)
    page.evaluate("() => { void window.jupyterapp.commands.execute('docmanager:save'); }")
    page.get_by_role("button", name="Keep mine as a copy").click()
    expect(page.locator(".jp-Notebook:visible")).not_to_contain_text("totl")
    [copy] = lab.root.glob("python-basics/loops-mine-*.ipynb")
    assert "totl" in copy.read_text()


def test_a_toast_goes_by_itself(page: Any, shared_lab: Lab) -> None:
    student = Student.begin(page, shared_lab, COURSE, UNIT, OTHER)
    student.write(OTHER, WRONG)
    page.route("**/starter*", lambda route: route.abort())
    student.strip(OTHER).get_by_role("button", name="Reset exercise").click()
    page.get_by_role("dialog").get_by_role("button", name="Reset", exact=True).click()
    toast = page.locator(".Toastify__toast", has_text="The starter could not be fetched just now.")
    expect(toast).to_be_visible()
    expect(toast).to_have_count(0)
    expect(student.cell(OTHER).locator(".cm-content")).to_contain_text("sum_even")
    student.write(OTHER, TABLE)
    page.route("**/codegym/api/**", lambda route: route.abort())
    student.check(OTHER, "Kept, will be checked.")
    page.unroute_all()
    back = page.locator(".Toastify__toast", has_text="Back again. 1 kept answer was sent and accepted.")
    expect(back).to_be_visible()
    page.mouse.move(1, 1)  # a toast below the pointer stays, so that it can be read
    expect(back).to_have_count(0)


def test_german_follows_the_browser(browser: Any, shared_lab: Lab) -> None:
    context = browser.new_context(locale="de-DE", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(READY)
    page = context.new_page()
    page.goto(shared_lab.page())
    expect(page.get_by_role("navigation", name="Kurse")).to_contain_text("zum Üben")
    context.close()


def test_a_kernel_that_is_not_there_is_said_with_how_to_get_it(page: Any, tmp_path: Path) -> None:
    allowed = (f"--KernelSpecManager.allowed_kernelspecs={name}" for name in ("python3", "codegym-python3"))
    lab = new_lab(tmp_path, *allowed)
    lab.start()
    try:
        student = Student.begin(page, lab)
        student.open_exercise("Shell basics", "First commands", "A greeting")
        kernel = page.get_by_role("region", name="Kernel of A greeting")
        expect(kernel).to_contain_text("This course needs the kernel bash. It is not on this computer.")
        expect(kernel).to_contain_text("Install it with: pip install bash_kernel && python -m bash_kernel.install")
        # the lab decides on the kernel after the row stands there; to ask it to would be before it knows which one
        page.wait_for_function("() => window.jupyterapp.shell.currentWidget.sessionContext.isReady")
        expect(page.get_by_role("dialog")).to_have_text([])
        student.check("A greeting", "This course needs the kernel bash.")
        expect(page.get_by_text("our fault")).to_have_count(0)
    finally:
        lab.stop()


def test_what_is_late_says_what_it_still_counts(page: Any, tmp_path: Path) -> None:
    folder = tmp_path / "courses" / "python-basics"
    shutil.copytree(ROOT / "courses" / "python-basics", folder)
    due = (datetime.now(UTC) - timedelta(hours=12)).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    course = (folder / "course.yaml").read_text()
    late = f'policy:\n  due: "{due}"\n  late:\n    per_day: 0.1\n'
    (folder / "course.yaml").write_text(course.replace("policy:\n", late))
    lab = new_lab(tmp_path / "lab", CODEGYM_COURSES=str(folder.parent))
    lab.start()
    try:
        student = Student.begin(page, lab)
        start = page.get_by_role("heading", name="Start here").locator("..")
        expect(start).to_contain_text("About 5 minutes")
        expect(start).not_to_contain_text("no grade at stake")
        tree = student.choose_course(COURSE)
        expect(tree).to_contain_text("Late answers count 90 % until")
        expect(tree.get_by_role("treeitem").first).to_contain_text("Was due")
    finally:
        lab.stop()
