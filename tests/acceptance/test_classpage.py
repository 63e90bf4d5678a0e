"""The page of a class's questions, in the browser: for staff, by keyboard, in both themes; and not for a student."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from acceptance.lab import ROOT, Lab, new_lab
from acceptance.student import READY, Student, expect
from axe_playwright_python.sync_playwright import Axe

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ADD = "courses/demo/exercises/add"
#: A model that always gives the answer away.
LEAKS = '- {say: "def add(a, b):\\n    return a + b  # SENTINEL_SOLUTION"}\n'
#: A person marks it, beside its check.
TOLD = """
  - exercise:
      id: told
      title: Told well
      points: 3
      statement: Write `told()`, and write it well.
      solution: "def told(): return 1"
      checks: [{call: told(), equals: 1}]
      marking: manual
      rubric: [{id: names, points: 2, text: Names say what things are}]
"""
OPEN = "() => window.jupyterapp.commands.execute('codegym:class-questions')"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """On the courses of the server's tests, one of which names somebody to ask."""
    courses = tmp_path / "courses"
    for source in (ROOT / "tests" / "server" / "courses").rglob("*.yaml"):
        target = courses / source.relative_to(ROOT / "tests" / "server" / "courses")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source.read_text())
    course = courses / "demo" / "course.yaml"
    course.write_text(course.read_text() + "contact: Dr. Ana Ruiz\n")
    unit = courses / "demo" / "two.yaml"
    unit.write_text(unit.read_text().rstrip("\n") + TOLD)
    script = tmp_path / "leaks.yaml"
    script.write_text(LEAKS)
    it = new_lab(tmp_path / "lab", CODEGYM_COURSES=str(courses), CODEGYM_LLM=f"scripted:{script}")
    yield it
    it.stop()


def post(lab: Lab, path: str, body: dict[str, Any]) -> bytes:
    """As the owner's token may."""
    headers = {"Authorization": f"token {lab.token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{lab.url}/codegym/api/{path}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as response:
        return bytes(response.read())


def test_staff_read_answer_and_narrow_it(page: Any, lab: Lab) -> None:
    lab.start()
    minus = "def add(a, b):\n    return a - b"
    post(lab, f"{ADD}/conversation", {"message": "give me a hint", "source": minus})
    post(lab, f"{ADD}/conversation", {"message": "what does dict.get do? an example please"})
    post(lab, f"{ADD}/hints", {})
    post(lab, f"{ADD}/tickets", {"question": "Why <b>not</b>?", "share": ["answer", "hints"], "source": minus})
    sent = {"course": "demo", "exercise": "told", "kind": "submit", "source": "def told(): return 1"}
    post(lab, "submissions", {**sent, "idempotency_key": "told-1"})
    staff = Student.begin(page, lab)
    page.locator(".jp-LauncherCard", has_text="Class questions").click()
    board = page.get_by_role("region", name="Class questions")
    expect(board.get_by_role("table", name="Questions to the tutor")).to_contain_text("a hint")
    expect(board.get_by_role("table", name="Hints used")).to_contain_text("1 hint")
    expect(board.get_by_role("table", name="By exercise")).to_be_visible()

    withheld = board.locator("details.codegym-Told").first
    withheld.locator("summary").press("Enter")
    expect(withheld.locator("pre").first).to_contain_text("return a + b")
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        staff.theme(theme)
        found = Axe().run(page, context={"include": [[".codegym-Class"]]})
        assert found.violations_count == 0, found.generate_report()

    question = board.get_by_role("article", name="Question of")
    expect(question).to_contain_text("Why <b>not</b>?")
    field = question.get_by_role("textbox", name="Your answer")
    field.focus()
    page.keyboard.type("Look at the sign.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(question).to_contain_text(re.compile("answered"))
    expect(board.locator(".codegym-Facts")).to_contain_text("0")

    handed_in = board.get_by_role("article", name="to Told well")
    handed_in.get_by_role("spinbutton", name="Names say what things are").focus()
    page.keyboard.type("1.5")
    page.keyboard.press("Tab")
    page.keyboard.type("Well told.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(handed_in).to_contain_text("Marked: 2.5 of 3 points in all.")

    board.get_by_role("combobox", name="Unit").select_option(index=2)
    expect(board).to_contain_text("Nothing was asked here.")
    board.get_by_role("button", name="Show everything").click()
    board.get_by_role("combobox", name="Time").select_option("1")
    expect(board.get_by_role("table", name="By exercise")).to_be_visible()
    expect(board).to_contain_text("No question waits.")


def test_a_student_gets_none_of_it(page: Any, lab: Lab) -> None:
    lab.args = ["--CodeGymApp.identity_class=server.identities.Student"]
    lab.env["PYTHONPATH"] = str(ROOT / "tests")
    lab.start()
    student = Student.begin(page, lab)
    expect(page.locator(".jp-LauncherCard", has_text="Courses")).to_be_visible(timeout=READY)
    student.choose_course("Demo")
    assert page.locator(".jp-LauncherCard", has_text="Class questions").count() == 0
    page.evaluate(OPEN)
    board = page.get_by_role("region", name="Class questions")
    expect(board).to_contain_text("This page is for the staff of a class.")
    told = page.evaluate(
        "async () => { const r = await fetch('/codegym/api/classes/local:demo/questions');"
        " return [r.status, (await r.json()).error.message]; }"
    )
    assert told == [403, "Only staff of this course may see this."]
