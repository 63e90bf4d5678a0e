"""Which kernel a course's notebook opens on, and what the file says of it, in a real browser."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from acceptance.lab import Lab, new_lab
from acceptance.student import READY, Student
from acceptance.test_first_hour import COURSE, EXERCISE, UNIT, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SANDBOXED, PLAIN = "Python 3 (CodeGYM)", "Python 3 (ipykernel)"
STATUS = """() => {
  const session = window.jupyterapp.shell.currentWidget?.context?.sessionContext;
  return session ? `${session.kernelDisplayName}: ${session.session?.kernel?.status}` : '';
}"""
COMPLETED = """word => {
  const offered = document.querySelector('.jp-Completer:not(.lm-mod-hidden)')?.textContent ?? '';
  return offered.includes(word) || document.querySelector('.jp-Cell.jp-mod-active .cm-content').textContent === word;
}"""
#: Keeps what each toast says: one goes by itself after some seconds.
TOASTS = """window.toasts = [];
new MutationObserver(() => {
  document.querySelectorAll('.Toastify__toast').forEach(toast => window.toasts.push(toast.textContent));
}).observe(document, { childList: true, subtree: true });"""
NEW_CELL = """async source => {
  const { commands, shell } = window.jupyterapp;
  const { content } = shell.currentWidget;
  content.activeCellIndex = content.widgets.length - 1;
  await commands.execute('notebook:insert-cell-below');
  content.activeCell.model.sharedModel.setSource(source);
  const here = () => content.scrollToItem(content.activeCellIndex).then(() => true, () => false);
  while (!(await here())) { // overtaken: the notebook was just opened, and the lab goes to the exercise
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}"""


class Notebook:
    """Cells at the end of the notebook in front."""

    def __init__(self, student: Student) -> None:
        self.page = student.page

    def add(self, source: str) -> Any:
        """A new last cell, active."""
        self.page.evaluate(NEW_CELL, source)
        return self.page.locator(".jp-Notebook .jp-Cell.jp-mod-active")

    def run(self, source: str) -> Any:
        """The same, run: its output area."""
        cell = self.add(source)
        self.page.evaluate("() => void window.jupyterapp.commands.execute('notebook:run-cell')")
        return cell.locator(".jp-Cell-outputArea")

    def command(self, name: str) -> None:
        """One of the lab's commands."""
        self.page.evaluate("name => void window.jupyterapp.commands.execute(name)", name)

    def kernel(self, name: str) -> None:
        """Wait until this kernel is ready."""
        self.until(f"{name}: idle")

    def until(self, status: str) -> None:
        """Wait for a kernel's name and state."""
        self.page.wait_for_function(f"status => ({STATUS})() === status", arg=status, timeout=READY)


def sealed(lab: Lab) -> bool:
    """Whether the sandbox of kernels works on this machine."""
    with urllib.request.urlopen(f"{lab.url}/codegym/api/courses?token={lab.token}") as answer:
        return bool(json.load(answer)["sandbox"]["level"] == "namespaces")


def kernelspec(lab: Lab) -> str:
    """What the saved file names."""
    saved = lab.notebook("python-basics/loops.ipynb")
    return str(saved["metadata"]["kernelspec"]["name"])


def test_a_student_works_completes_inspects_and_restarts_in_the_sandboxed_kernel(page: Any, shared_lab: Lab) -> None:
    if not sealed(shared_lab):
        pytest.skip("no namespaces on this machine")
    student = Student.begin(page, shared_lab, COURSE, UNIT, EXERCISE)
    book = Notebook(student)
    book.kernel(SANDBOXED)
    expect(book.run("import os; print(os.getcwd(), 6 * 7)")).to_contain_text("/notebook 42", timeout=READY)
    expect(book.run("import pandas as pd; pd.DataFrame({'a': [1, 2]})").locator("table")).to_be_visible(timeout=READY)
    slider = "import ipywidgets; ipywidgets.interact(lambda n: print('twice', 2 * n), n=ipywidgets.IntSlider(value=3));"
    output = book.run(slider)
    expect(output).to_contain_text("twice 6", timeout=READY)
    output.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    expect(output).to_contain_text("twice 8", timeout=READY)

    student.save()
    assert kernelspec(shared_lab) == "python3", "the file goes on naming the plain kernel"

    expect(book.run("harvest = {'apples': 3}; print('kept')")).to_contain_text("kept", timeout=READY)
    book.add("harve").locator(".cm-content").click()
    page.keyboard.press("End")
    for _ in range(60):  # the lab gives a completion one second; the first takes longer on a busy machine
        page.keyboard.press("Tab")
        page.wait_for_timeout(1500)
        if page.evaluate(COMPLETED, "harvest"):
            break
    assert page.evaluate(COMPLETED, "harvest")
    page.keyboard.press("Escape")
    book.add("len").locator(".cm-content").click()
    page.keyboard.press("End")
    page.keyboard.press("Shift+Tab")
    expect(page.locator(".jp-Tooltip")).to_contain_text("Return the number of items in a container", timeout=READY)
    page.keyboard.press("Escape")

    book.command("kernelmenu:restart")
    page.get_by_role("dialog").get_by_role("button", name="Confirm Kernel Restart").click()
    book.kernel(SANDBOXED)
    expect(book.run("harvest")).to_contain_text("NameError", timeout=READY)


def test_a_loop_is_walked_through_bounds_are_dragged_and_counts_are_drawn(page: Any, shared_lab: Lab) -> None:
    """The last two in the cells of the lessons themselves."""
    student = Student.begin(page, shared_lab, COURSE, UNIT, EXERCISE)
    student.kernel_is_idle()
    book = Notebook(student)
    output = book.run("import steps; steps.through('total = 0\\nfor n in [3, 5]:\\n    total += n')")
    slider = output.get_by_role("slider", name="Walk through the program")
    for step in ("line 1 has run; total is 0", "line 2 has run; total is 0; n is 3", "line 3 has run; total is 3"):
        slider.press("ArrowRight")
        expect(slider).to_have_attribute("aria-valuetext", re.compile(step))
        expect(output).to_contain_text(step)

    output = lesson(page, "steps.bounds()")
    bound = output.get_by_role("slider", name="Second bound")
    expect(bound).to_have_attribute("aria-valuetext", re.compile("3 numbers: 3, 4, 5"))
    bound.press("ArrowRight")
    expect(output).to_contain_text("range(3, 7) has 4 numbers: 3, 4, 5, 6. It stops before 7.")
    expect(bound).to_have_attribute("aria-valuetext", re.compile("4 numbers"))

    pytest.importorskip("matplotlib")
    student.open_exercise(COURSE, "Dictionaries", "Who is how old?")
    student.kernel_is_idle()
    expect(lesson(page, "plt.bar(").get_by_role("img")).to_be_visible(timeout=READY)


def test_sliders_of_lessons_have_names(page: Any, shared_lab: Lab) -> None:
    """In the lessons' own cells, which nobody but a student runs; by keyboard."""
    pytest.importorskip("matplotlib")
    student = Student.begin(page, shared_lab, COURSE, "Algorithms and recursion", "Sort it yourself")
    student.kernel_is_idle()
    output = lesson(page, "selection_steps(numbers)")
    slider = output.get_by_role("slider", name="step")
    expect(output).to_contain_text("in order: []  the rest: [6, 2, 9, 4, 1, 7]")
    slider.press("ArrowRight")
    expect(output).to_contain_text("in order: [1]  the rest: [2, 9, 4, 6, 7]")
    assert unnamed(page) == []

    student.open_exercise("Data with pandas", "Charts", "A line that goes to and fro")
    student.kernel_is_idle()
    lesson(page, "show_pieces(pieces)", above=True)
    student.kernel_is_idle()
    output = lesson(page, "show_pieces(pieces)")
    expect(output.get_by_role("img")).to_be_visible()
    slider = output.get_by_role("slider", name="pieces")
    expect(slider).to_have_attribute("aria-valuenow", re.compile(r"^10(\.0)?$"))
    before = output.get_by_role("img").get_attribute("src")
    slider.press("ArrowRight")
    page.wait_for_function(
        "([image, before]) => image.querySelector('img') && image.querySelector('img').src !== before",
        arg=[output.element_handle(), before],
    )
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        student.theme(theme)
        assert unnamed(page) == []


def unnamed(page: Any) -> list[str]:
    """What axe-core finds serious or critical in what the cell in front shows."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, context={"include": [[".jp-mod-active .widget-interact"]]}).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")]


def lesson(page: Any, words: str, above: bool = False) -> Any:
    """Run the cell of the notebook in front that holds these words, or all above it, and return its output."""
    script = """async ([words, command]) => {
        const { content } = window.jupyterapp.shell.currentWidget;
        content.activeCellIndex = content.widgets.findIndex(one => one.model.sharedModel.getSource().includes(words));
        const run = window.jupyterapp.commands.execute(command);
        await (command === 'notebook:run-cell' ? null : run);
    }"""
    page.evaluate(script, [words, "notebook:run-all-above" if above else "notebook:run-cell"])
    return page.locator(".jp-CodeCell.jp-mod-active:visible .jp-OutputArea").first


def test_opened_directly_it_comes_to_the_same_kernel(page: Any, shared_lab: Lab) -> None:
    """A unit that no other test of this file opens, so that it has no kernel yet."""
    if not sealed(shared_lab):
        pytest.skip("no namespaces on this machine")
    asked = urllib.request.Request(
        f"{shared_lab.url}/codegym/api/courses/python-basics/units/functions/open",
        data=b"{}",
        headers={"Content-Type": "application/json", "Authorization": f"token {shared_lab.token}"},
    )
    urllib.request.urlopen(asked).close()
    student = Student(page, shared_lab)
    student.open_lab("lab/tree/python-basics/functions.ipynb")
    Notebook(student).kernel(SANDBOXED)


class TestWhereNoSandboxForKernelsWorks:
    """The plain kernel, said once, in a toast."""

    @pytest.fixture
    def lab(self, tmp_path: Path) -> Iterator[Lab]:
        it = new_lab(tmp_path, CODEGYM_SANDBOX="process")
        it.start()
        yield it
        it.stop()

    def test_it_is_the_plain_kernel_with_a_notice(self, page: Any, lab: Lab) -> None:
        page.add_init_script(TOASTS)
        book = Notebook(Student.begin(page, lab, COURSE, UNIT, EXERCISE))
        said = "This notebook runs on the kernel Python 3."
        page.wait_for_function("said => window.toasts.some(text => text.includes(said))", arg=said, timeout=READY)
        book.kernel(PLAIN)
        expect(book.run("6 * 7")).to_contain_text("42", timeout=READY)


def test_a_setting_turns_it_off(page: Any, lab: Lab) -> None:
    settings = lab.home / ".jupyter" / "lab" / "user-settings" / "codegym-jlab"
    settings.mkdir(parents=True)
    (settings / "kernel.jupyterlab-settings").write_text('{"sandboxedKernel": false}')
    Notebook(Student.begin(page, lab, COURSE, UNIT, EXERCISE)).kernel(PLAIN)
