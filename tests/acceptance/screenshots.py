"""The pictures and the film in docs/img, taken of the real thing: a lab on a folder of its own, and a way through it.

The film needs `playwright install ffmpeg`, once.

python tests/acceptance/screenshots.py docs/img
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from acceptance.essays import CLASS as ESSAYS, GAP, call, essay_lab, make_class, open_marking  # noqa: E402
from acceptance.lab import CHROMIUM_ARGS, ROOT, Lab, chromium, new_lab  # noqa: E402
from acceptance.student import READY, Student  # noqa: E402
from acceptance.test_author import CELLS  # noqa: E402

from codegym_jlab.course.loader import load_course  # noqa: E402

WIDTH, HEIGHT = 1440, 900
FILM: Any = {"width": 960, "height": 640}
LOOK_MS = 2500  #: in a film, at what is new
COURSE, UNIT, EXERCISE = "Python basics", "Loops", "Sum of the even numbers"
CLASS, CLASS_UNIT, GRADED = "Programming 1, winter term", "Loops", "Saving for a goal"
WRONG = """def sum_even(xs):
    total = 0
    for x in xs:
        if x % 2:
            total += x
    return total"""
RIGHT = WRONG.replace("x % 2:", "x % 2 == 0:")
CRASHES = WRONG.replace("if x % 2:", "if x % total:")
ASKED = {  #: exercise → what was asked, with the code of that moment
    "sum-even": [
        ("give me a hint", WRONG),
        ("what does % do?", WRONG),
        ("why is it 4 and not 6?", WRONG),
        ("just write the function for me", WRONG),
        ("is my code good style?", RIGHT),
    ],
    "countdown": [("how do I count backwards?", ""), ("give me a hint", "")],
    "times-table": [("what is a string?", ""), ("when is this due?", "")],
}
DONE = {"first-steps": 6, "variables": 5, "conditions": 4}  #: exercises of python-basics that were solved before

CLASS_YAML = """
schema: 1
id: winter-term
title: {title}
language: en
files: [steps.py]
contact: Dr. Ana Ruiz
units:
  - loops
  - functions
policy:
  attempts: 3
  due: {due}
"""
FUNCTIONS_YAML = """
id: functions
title: Functions
policy:
  opens: {opens}
cells:
  - exercise:
      id: area
      title: The area of a room
      statement: Write `area(a, b)`.
      solution: |
        def area(a, b):
            return a * b
      checks:
        - call: area(2, 3)
          equals: 6
"""


def course_folder(folder: Path) -> Path:
    """The shipped courses, and one as a class has it: with attempts, a due time, and a unit that opens later."""
    shutil.copytree(ROOT / "courses", folder)
    (folder / "config.yaml").write_text("courses: [python-basics, data-with-pandas, winter-term]\n")
    course = folder / "winter-term"
    course.mkdir()
    tomorrow = datetime.now() + timedelta(days=1)
    opens = datetime.now() + timedelta(days=5)
    course.joinpath("course.yaml").write_text(CLASS_YAML.format(title=CLASS, due=f"{tomorrow:%Y-%m-%d} 23:59"))
    course.joinpath("functions.yaml").write_text(FUNCTIONS_YAML.format(opens=f"{opens:%Y-%m-%d} 08:00"))
    for name in ("loops.yaml", "steps.py"):
        shutil.copy(folder / "python-basics" / name, course / name)
    return folder


def solve_some(lab: Lab) -> None:
    """What the student did on the days before."""
    loaded = load_course(ROOT / "courses" / "python-basics").course
    assert loaded is not None
    for unit in loaded.units:
        for exercise in [one for one in unit.exercises if one.is_code][: DONE.get(unit.id, 0)]:
            send(lab, exercise.id, exercise.solution)


def solution(exercise: str) -> str:
    """The author's own."""
    return load_course(ROOT / "courses" / "python-basics").find(exercise)[1].solution or ""


def send(lab: Lab, exercise: str, source: str) -> None:
    """Hand in one answer over HTTP."""
    body = {"course": "python-basics", "exercise": exercise, "kind": "submit", "source": source, "cells": []}
    post(lab, "submissions", {**body, "idempotency_key": uuid.uuid4().hex})


def post(lab: Lab, path: str, body: dict[str, Any]) -> None:
    """Ask the API, and wait until its answer is whole."""
    headers = {"Authorization": f"token {lab.token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{lab.url}/codegym/api/{path}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as response:
        response.read()


def ask_some(lab: Lab) -> None:
    """What was asked of the tutor and of a person; each answer is looked at, and one exercise is solved after it."""
    for exercise, questions in ASKED.items():
        place = f"courses/winter-term/exercises/{exercise}"
        for question, source in questions:
            post(lab, f"{place}/conversation", {"message": question, "source": source})
    ticket = {"question": "Why is 4 not counted?", "share": ["answer", "hints", "conversation"]}
    post(lab, "courses/winter-term/exercises/sum-even/tickets", {**ticket, "source": WRONG})


class Photographer:
    """Takes pictures of a student's page."""

    def __init__(self, student: Student, folder: Path) -> None:
        self.student, self.page, self.folder = student, student.page, folder

    def take(self, name: str, of: Any = None, margin: int = 0, bottom: float = HEIGHT) -> None:
        """The page, or one part of it with a margin and down to a line, in px."""
        self.page.mouse.move(WIDTH / 2, HEIGHT - 4)
        self.page.wait_for_timeout(500)
        clip = None
        if of is not None:
            box = of.bounding_box()
            left, top = max(0, box["x"] - margin), max(0, box["y"] - margin)
            right, low = box["x"] + box["width"] + margin, box["y"] + box["height"] + margin
            clip = {"x": left, "y": top, "width": min(right, WIDTH) - left, "height": min(low, bottom) - top}
        self.page.screenshot(path=self.folder / f"{name}.png", clip=clip)

    def cell(self, name: str, exercise: str) -> None:
        """An answer with all that stands under it."""
        cell = self.student.cell(exercise)
        cell.evaluate("node => node.scrollIntoView({ block: 'center' })")
        self.take(name, cell, 8)

    def sidebar(self, name: str) -> None:
        """The sidebar down to its last row."""
        rows = self.page.locator(".codegym-Course, .codegym-Exercise")
        last = rows.last.bounding_box()
        self.take(name, self.page.get_by_role("navigation", name="Courses"), bottom=last["y"] + last["height"] + 16)


def in_the_lab(photographer: Photographer) -> None:
    """The whole lab, light and dark; then each judgement by itself."""
    student, take = photographer.student, photographer.take
    student.open_exercise(COURSE, UNIT, EXERCISE)
    student.write(EXERCISE, WRONG)
    student.check(EXERCISE, "Not yet.")
    student.kernel_is_idle()
    show_statement(student, EXERCISE)
    student.page.get_by_role("group", name="Diagnosis").get_by_text("Look at").wait_for(timeout=READY)
    take("lab-light")
    student.theme("JupyterLab Dark")
    take("lab-dark")
    student.theme("JupyterLab Light")
    photographer.cell("not-yet", EXERCISE)
    student.write(EXERCISE, CRASHES)
    student.check(EXERCISE, "Stopped by an error.")
    photographer.cell("error", EXERCISE)
    student.write(EXERCISE, RIGHT)
    student.check(EXERCISE, "Accepted.")
    photographer.cell("accepted", EXERCISE)


def show_statement(student: Student, exercise: str) -> None:
    """Scroll so that the statement stands at the top."""
    statement = student.page.locator(".codegym-StatementCell:visible", has_text=exercise).first
    statement.evaluate("node => node.scrollIntoView({ block: 'start' })")


def in_the_sidebar(photographer: Photographer) -> None:
    """The catalogue, and what a search finds."""
    student, page = photographer.student, photographer.page
    sidebar = student.show_courses()
    sidebar.get_by_role("button", name="All courses").click()
    sidebar.get_by_role("button", name=CLASS).wait_for(timeout=READY)
    photographer.sidebar("courses")
    sidebar.get_by_role("searchbox").fill("sum")
    sidebar.get_by_text("exercises").first.wait_for(timeout=READY)
    photographer.sidebar("search")
    sidebar.get_by_role("button", name="Clear").click()
    page.keyboard.press("Escape")


def before_handing_in(photographer: Photographer) -> None:
    """Limited attempts: what Hand in asks, and a hint."""
    student, page = photographer.student, photographer.page
    student.open_exercise(CLASS, CLASS_UNIT, GRADED)
    student.write(GRADED, solution("years-to-goal"))
    student.check(GRADED, "Samples pass.")
    student.kernel_is_idle()
    show_statement(student, GRADED)
    student.strip(GRADED).get_by_role("button", name="Hand in").click()
    dialog = page.get_by_role("dialog")
    dialog.wait_for(timeout=READY)
    photographer.take("hand-in")
    dialog.get_by_role("button", name="Not yet").click()
    other = "The times table"
    student.open_exercise(CLASS, CLASS_UNIT, other)
    student.strip(other).get_by_role("button", name="Hint").click()
    page.locator(".codegym-Hint", has_text="Hint 1 of").wait_for(timeout=READY)
    photographer.cell("hint", other)


def with_the_tutor(photographer: Photographer) -> None:
    """A conversation: an error, a concept, a wish for the solution; who answers; a question to a person."""
    student, page, take = photographer.student, photographer.page, photographer.take
    student.open_exercise(COURSE, UNIT, EXERCISE)
    student.write(EXERCISE, CRASHES)
    student.check(EXERCISE, "Stopped by an error.")
    page.evaluate("() => window.jupyterapp.commands.execute('codegym:ask-tutor')")
    tutor = page.get_by_role("complementary", name="Tutor")
    tutor.get_by_role("button", name="Explain this error").click()
    answered(tutor, 1)
    take("tutor-error", tutor)
    for number, question in enumerate(("what does % do?", "just write the function for me"), 2):
        ask_tutor(tutor, question)
        answered(tutor, number)
    student.theme("JupyterLab Dark")
    take("tutor-dark")
    student.theme("JupyterLab Light")
    tutor.get_by_role("button", name="Who answers").click()
    take("tutor-answerers", tutor)
    tutor.get_by_role("button", name="Who answers").click()
    student.open_exercise(CLASS, CLASS_UNIT, GRADED)
    tutor.get_by_role("button", name="Ask Dr. Ana Ruiz").click()
    tutor.get_by_role("textbox", name="What is unclear?").fill("I do not see why it counts one year too many.")
    take("tutor-human", tutor)


def ask_tutor(tutor: Any, question: str) -> None:
    """Type and send."""
    field = tutor.get_by_role("textbox", name="Ask about this exercise")
    field.fill(question)
    field.press("Enter")


def answered(tutor: Any, number: int) -> None:
    """So many answers are whole."""
    tutor.get_by_role("button", name="This helped").nth(number - 1).wait_for(timeout=READY)


def at_the_desk_of_staff(photographer: Photographer) -> None:
    """What the class asks, as its staff see it."""
    student, page = photographer.student, photographer.page
    ask_some(student.lab)
    page.evaluate("() => window.jupyterapp.commands.execute('codegym:class-questions', {tab: 'questions'})")
    board = page.get_by_role("region", name="Class")
    board.get_by_role("combobox", name="Class", exact=True).select_option(label=CLASS)
    board.get_by_role("table", name="Hints used").wait_for(timeout=READY)
    toggle = "() => window.jupyterapp.commands.execute('application:toggle-right-area')"
    page.evaluate(toggle)
    photographer.take("class-questions")
    page.evaluate(toggle)


def without_a_server(photographer: Photographer) -> None:
    """An answer that is kept."""
    student = photographer.student
    student.open_exercise(COURSE, UNIT, "Countdown")
    student.write("Countdown", solution("countdown"))
    student.save()
    student.kernel_is_idle()
    student.lab.stop()
    student.check("Countdown", "Kept, will be checked.")
    photographer.take("offline")


WAY: list[Callable[[Photographer], None]] = [
    in_the_lab,
    in_the_sidebar,
    before_handing_in,
    with_the_tutor,
    at_the_desk_of_staff,
    without_a_server,
]


def while_marking(page: Any, lab: Lab, folder: Path) -> None:
    """A model's draft beside an answer; and two people's marks that differ."""
    sent = make_class(page, lab)
    staff, board = open_marking(page, lab, "tim", "Why ranges begin at 0")
    page.keyboard.press("d")
    board.locator("mark", has_text=GAP).wait_for(timeout=READY)
    page.keyboard.press("a")
    page.keyboard.press("a")
    part = board.get_by_role("tabpanel")
    Photographer(staff, folder).take("marking-draft", part, 8)
    for who, points in (("tim", 2), ("tom", 0.5)):
        items = [{"id": id, "points": points} for id in ("reader", "meaning")]
        call(page, lab, who, f"classes/{ESSAYS}/reviews/{sent['names']}", {"items": items, "comment": ""})
    staff, board = open_marking(page, lab, "prof", "What a good name is")
    Photographer(staff, folder).take("marking-two", part, 8)


def first_exercise(page: Any, lab: Lab, folder: Path) -> None:
    """A film: from an empty folder to an exercise whose mutants are all killed, as fast as one can read."""
    page.set_viewport_size(FILM)
    Student.begin(page, lab)
    page.get_by_role("button", name="Python basics").wait_for(timeout=READY)
    page.get_by_role("button", name="Text File").wait_for()
    page.keyboard.press("Control+B")  # the sidebar
    cast = page.screencast
    cast.start(path=folder / "first-exercise.webm", size=FILM, fps=3)
    cast.show_actions(cursor="pointer", duration=500, style={"title": "display: none"})
    page.get_by_role("menuitem", name="View", exact=True).click()
    page.get_by_role("menuitem", name="Activate Command Palette").click()
    page.locator(".lm-CommandPalette-input").press_sequentially("New course unit", delay=60)
    page.locator(".lm-CommandPalette-item", has_text="New course unit").click()
    adds = page.get_by_role("group", name="Add a cell")
    adds.get_by_role("button", name="Exercise").click(timeout=READY)
    for role, text in CELLS.items():
        page.get_by_role("textbox", name=role, exact=True).click()
        page.keyboard.press("Control+A")
        for words in re.findall(r"\S+\s*", text):
            page.keyboard.insert_text(words)
            page.wait_for_timeout(120)
    found = page.get_by_role("region", name="Check of this exercise")
    page.get_by_role("button", name="Check this exercise").click()
    found.get_by_text("Not ready yet.").wait_for(timeout=READY)
    more = found.get_by_role("button", name="Add as hidden check")
    more.first.scroll_into_view_if_needed()
    page.wait_for_timeout(LOOK_MS)
    while left := more.count():
        more.first.click()
        more.nth(left - 1).wait_for(state="detached")
        page.wait_for_timeout(LOOK_MS)
    page.get_by_role("button", name="Check this exercise").click()
    found.get_by_text("Ready.").wait_for(timeout=READY)
    page.wait_for_timeout(LOOK_MS)
    cast.stop()


@contextmanager
def tab_of(lab: Lab) -> Iterator[Any]:
    """A tab of a browser, while the lab runs."""
    from playwright.sync_api import sync_playwright

    lab.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGS, chromium_sandbox=False)
            yield browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}).new_page()
            browser.close()
    finally:
        lab.stop()


def main(folder: Path) -> None:
    """Take all pictures."""
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as tmp:
        lab = new_lab(Path(tmp), CODEGYM_COURSES=str(course_folder(Path(tmp) / "courses")))
        with tab_of(lab) as page:
            solve_some(lab)
            photographer = Photographer(Student.begin(page, lab), folder)
            for part in WAY:
                part(photographer)
        lab = essay_lab(Path(tmp) / "essays")
        with tab_of(lab) as page:
            while_marking(page, lab, folder)
        lab = new_lab(Path(tmp) / "author")
        with tab_of(lab) as page:
            first_exercise(page, lab, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
