"""The sandboxed kernel in a browser: output, input, plots, tables, widgets, interrupt, restart after a death."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest
from acceptance.lab import Lab
from acceptance.student import READY as PATIENT, expect

pytestmark = pytest.mark.browser

CELLS = [
    "import os; print(os.getcwd(), 'JPY_SESSION_NAME' in os.environ)",
    "print('hello', input('who? '))",
    "import pandas as pd; pd.DataFrame({'total': [41, 42]})",
    "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 3, 2]); plt.show()",
    "import ipywidgets as w\nb, o = w.Button(description='Go'), w.Label('waiting')\n"
    "b.on_click(lambda _: setattr(o, 'value', 'clicked'))\nw.HBox([b, o])",
    "print('begun')\nwhile True: pass",
    "os._exit(1)",
    "print('new', 6 * 7, 'pd' in globals())",
]
READY = """async () => {
    const app = window.jupyterapp; await app.restored;
    const w = app.shell.currentWidget; await w.context.ready; await w.sessionContext.ready;
    await w.sessionContext.session.kernel.info;
}"""
NAMED = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.name"
INTERRUPT = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()"


def open_notebook(page: Any, lab: Lab) -> None:
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "codegym-python3", "display_name": "x"}})
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    (lab.root / "course").mkdir()
    nbformat.write(notebook, lab.root / "course/kernel.ipynb")
    page.goto(lab.page("lab/tree/course/kernel.ipynb"))
    page.locator(".jp-Notebook").wait_for(timeout=PATIENT)
    page.evaluate(READY)


def run(page: Any, number: int) -> Any:
    cell = page.locator(".jp-Notebook .jp-CodeCell").nth(number)
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    return cell


def answer_of_a_new_kernel(page: Any, number: int) -> str:
    """What a cell prints after a restart: a request that came before the kernel listened is lost, and sent again."""
    for _ in range(60):
        output = run(page, number).locator(".jp-OutputArea-output")
        try:
            output.first.wait_for(timeout=3_000)
        except Exception:  # playwright's own TimeoutError: not imported where there is no browser
            continue
        return str(output.first.text_content()).strip()
    raise AssertionError("the restarted kernel answers nothing")


def test_a_notebook_in_the_sandbox(page: Any, lab: Lab) -> None:
    open_notebook(page, lab)
    assert page.evaluate(NAMED) == "codegym-python3"
    expect(run(page, 0).locator(".jp-OutputArea-output")).to_have_text("/notebook False\n")

    cell = run(page, 1)
    cell.locator("input.jp-Stdin-input").fill("Ann")
    page.keyboard.press("Enter")
    expect(cell.locator(".jp-OutputArea-output").last).to_contain_text("hello Ann")

    expect(run(page, 2).locator("table")).to_contain_text("42")
    expect(run(page, 3).locator("img")).to_have_count(1)

    cell = run(page, 4)
    cell.get_by_role("button", name="Go").click()
    expect(cell.locator(".widget-label")).to_have_text("clicked")

    cell = run(page, 5)
    expect(cell.locator(".jp-OutputArea-output").first).to_contain_text("begun")
    page.evaluate(INTERRUPT)
    expect(cell.locator(".jp-OutputArea-output").last).to_contain_text("KeyboardInterrupt")

    run(page, 6)
    page.locator(".jp-Dialog .jp-mod-accept").click()  # the kernel died and was restarted
    page.evaluate(READY)
    assert answer_of_a_new_kernel(page, 7) == "new 42 False"
