"""A student in the browser: what a person does, in the words that a person sees."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Self

from acceptance.lab import Lab

from codegym_jlab.hub.demo import STUDENTS, TEACHER

READY = 60_000  #: ms; how long a lab may take to draw itself on a busy machine


def expect(locator: Any) -> Any:
    """Playwright's own patient assertions, as patient as a busy machine needs."""
    from playwright.sync_api import expect as patient

    patient.set_options(timeout=READY)
    return patient(locator)


class Student:
    """Drives one tab."""

    def __init__(self, page: Any, lab: Lab | None = None) -> None:
        self.page, self.lab = page, lab

    @classmethod
    def begin(cls, page: Any, lab: Lab, *exercise: str) -> Self:
        """A student in the lab; at an exercise, where its course, unit and title are given."""
        student = cls(page, lab)
        student.open_lab()
        if exercise:
            student.open_exercise(*exercise)
        return student

    def open_lab(self, path: str = "lab") -> None:
        """Open the lab and wait until its extensions are there."""
        assert self.lab is not None, "the page is open"
        self.page.goto(self.lab.page(path))
        self.page.wait_for_function("window.jupyterapp !== undefined", timeout=READY)
        self.page.evaluate("async () => { await window.jupyterapp.restored; }")

    def show_courses(self) -> Any:
        """The sidebar, opened if it is not."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('codegym:show-courses')")
        sidebar = self.page.get_by_role("navigation", name="Courses")
        sidebar.wait_for(timeout=READY)
        return sidebar

    def choose_course(self, title: str) -> Any:
        """The course page in the sidebar."""
        sidebar = self.show_courses()
        row = sidebar.get_by_role("button", name=title)
        tree = sidebar.get_by_role("tree", name=title)
        back = sidebar.get_by_role("button", name="All courses")
        row.or_(tree).or_(back).first.wait_for(timeout=READY)
        if not tree.count():
            if not row.count():
                back.click()
            row.first.click()
        tree.wait_for(timeout=READY)
        return tree

    def row(self, course: str, unit: str, exercise: str) -> Any:
        """The exercise's row in the tree, its unit opened if it is not."""
        tree = self.choose_course(course)
        group = tree.get_by_role("treeitem", name=unit).first
        if group.get_attribute("aria-expanded") != "true":
            group.click()
        return tree.get_by_role("treeitem", name=exercise).first

    def open_exercise(self, course: str, unit: str, exercise: str) -> None:
        """Go to an exercise by the tree, and wait until one can type there."""
        self.row(course, unit, exercise).click()
        self.at(exercise)  # the lab comes there last: what is done before would be overtaken

    def at(self, exercise: str) -> None:
        """Wait until the focus is in this exercise's answer."""
        focused = self.page.locator(".codegym-Form :focus, .cm-content:focus")
        expect(self.page.locator(".jp-Cell", has=self.strip(exercise)).filter(has=focused)).to_be_visible()

    def kernel_is_idle(self) -> None:
        """Wait until the kernel of the notebook in front has nothing to do."""
        status = "window.jupyterapp.shell.currentWidget?.context?.sessionContext?.session?.kernel?.status"
        self.page.wait_for_function(f"() => {status} === 'idle'", timeout=READY)

    def cell(self, exercise: str) -> Any:
        """The answer cell of the exercise that is at work."""
        return self.page.locator(".jp-CodeCell.jp-mod-active:visible", has=self.strip(exercise))

    def strip(self, exercise: str) -> Any:
        """Its row of buttons."""
        return self.page.get_by_role("toolbar", name=f"Answer: {exercise}")

    def write(self, exercise: str, source: str) -> None:
        """Replace the answer by typing over it."""
        editor = self.cell(exercise).locator(".cm-content")
        editor.click()
        expect(editor).to_be_focused()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(source)

    def check(self, exercise: str, says: str) -> Any:
        """Press Check and return the judgement once it says so."""
        self.strip(exercise).get_by_role("button", name="Check").click()
        return self.judgement(exercise, says)

    def judgement(self, exercise: str, says: str) -> Any:
        """The judgement under the answer, once it says so."""
        found = self.page.get_by_role("region", name=f"Judgement of {exercise}").filter(has_text=says)
        found.first.wait_for(timeout=READY)
        return found.first

    def listen(self) -> None:
        """Keep what is said aloud from now on: a sentence that follows takes the place of the one before."""
        self.page.evaluate(
            """() => {
                const region = document.querySelector('.codegym-Announcer');
                const said = (window.said = []);
                new MutationObserver(() => said.push(region.textContent)).observe(region, { childList: true });
            }"""
        )

    def heard(self, words: str) -> None:
        """Wait until this was said aloud since `listen`, be it followed by something else."""
        script = "words => window.said.some(text => text.includes(words))"
        self.page.wait_for_function(script, arg=words, timeout=READY)

    def theme(self, name: str) -> None:
        """Change the lab's theme and wait until it is drawn."""
        self.page.evaluate(
            "async name => { await window.jupyterapp.commands.execute('apputils:change-theme', { theme: name }); }",
            name,
        )
        dark = "false" if "Dark" in name else "true"
        self.page.locator(f"body[data-jp-theme-light='{dark}']").wait_for(state="attached", timeout=READY)

    def save(self) -> None:
        """Save the notebook at hand, as Ctrl+S does, and wait until it is on the disk.

        It may be unsaved again at once: a kernel that comes up writes its name into the notebook.
        """
        self.page.evaluate(
            """() => new Promise((resolve, reject) => {
                const saved = (context, state) => {
                    if (state !== 'started') {
                        context.saveState.disconnect(saved);
                        state === 'failed' ? reject(new Error('not saved')) : resolve();
                    }
                };
                const { commands, shell } = window.jupyterapp;
                shell.currentWidget.context.saveState.connect(saved);
                void commands.execute('docmanager:save');
            })"""
        )


def log_in(page: Any, name: str, password: str) -> None:
    """At the Hub's page."""
    page.locator("#username_input").fill(name)
    page.locator("#password_input").fill(password)
    page.locator("#login_submit").click()


def _tree(page: Any) -> Any:
    return page.get_by_role("navigation", name="Courses").get_by_role("tree")


def class_at_work(browser: Any, url: str, passwords: Mapping[str, str], where: tuple[str, str], *answers: str) -> None:
    """The students give a wrong and a right answer to the exercise (unit, title), and their teacher sees the points.

    From the Hub's login on, each in a browser of their own.
    """
    unit, exercise = where
    wrong, right = answers
    contexts = [
        browser.new_context(viewport={"width": 1440, "height": 900}, ignore_https_errors=True) for _ in range(3)
    ]
    *pages, teacher = (context.new_page() for context in contexts)
    # one after the other: where a container starts, Chromium sees another network and gives up what it waits for
    for name, page in zip(STUDENTS, pages, strict=True):
        page.set_default_timeout(READY)
        page.goto(url)
        log_in(page, name, passwords[name])
        _tree(page).wait_for(timeout=3 * READY)
    for page in pages:
        student, tree = Student(page), _tree(page)
        row = tree.get_by_role("treeitem", name=unit).first
        if row.get_attribute("aria-expanded") != "true":
            row.click()
        tree.get_by_role("treeitem", name=exercise).first.click()
        student.at(exercise)
        for answer, says in ((wrong, "Not yet."), (right, "Accepted")):
            student.write(exercise, answer)
            student.check(exercise, says)
        assert not page.get_by_text("Jupyter news").count()
    teacher.goto(f"{url}/services/codegym/")
    log_in(teacher, TEACHER, passwords[TEACHER])
    teacher.get_by_role("tab", name="Marks").click()
    for name in STUDENTS:
        marks = teacher.get_by_role("row").filter(has=teacher.get_by_role("rowheader", name=name))
        expect(marks).to_contain_text(re.compile(r"[1-9]\d* / \d"))
    for context in contexts:
        context.close()
