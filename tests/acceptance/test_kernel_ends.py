"""The sandboxed kernel's end in a browser: shut down from the menu and from the running panel, and culled when idle.

Nothing of it is left, the lab says so, the cells stay, and the next run starts anew in the sandbox.
"""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from acceptance.lab import Lab, new_lab
from acceptance.student import Student, expect
from acceptance.test_course_kernel import COURSE, EXERCISE, SANDBOXED, UNIT, Notebook, sealed

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WORK = """import os, time
harvest = 3
if not os.fork():
    time.sleep(3600)
print(os.readlink('/proc/self/ns/pid'))
while not os.path.exists('go'):
    time.sleep(0.1)"""  # a busy kernel is not idle, however long the test takes
WRITTEN = "() => window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.getSource()"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab that ends no kernel by itself: on a slow machine seconds go by before the first cell runs."""
    it = new_lab(tmp_path_factory.mktemp("ends"))
    it.start()
    yield it
    it.stop()


@pytest.fixture(scope="module")
def culling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab that ends idle kernels, also those of an open page."""
    idle = {"cull_idle_timeout": 20, "cull_interval": 1, "cull_connected": True}
    it = new_lab(tmp_path_factory.mktemp("culls"), *(f"--MappingKernelManager.{k}={v}" for k, v in idle.items()))
    it.start()
    yield it
    it.stop()


@dataclass
class Kernel:
    """The running kernel, as this machine sees it."""

    space: str  #: its processes' own namespace
    file: Path  #: how to reach it
    sockets: Path

    def processes(self) -> list[str]:
        """Those that are in it."""
        return [pid for pid in os.listdir("/proc") if pid.isdigit() and namespace(pid) == self.space]

    def is_gone(self) -> bool:
        """Processes, connection file, and the folder of its sockets."""
        return not self.processes() and not self.file.exists() and not self.sockets.exists()


def namespace(pid: str) -> str:
    try:
        return os.readlink(f"/proc/{pid}/ns/pid")
    except OSError:  # it ended meanwhile
        return ""


def running(lab: Lab) -> list[str]:
    """Ids of the server's kernels."""
    with urllib.request.urlopen(f"{lab.url}/api/kernels?token={lab.token}") as answer:
        return [str(kernel["id"]) for kernel in json.load(answer)]


def at_work(book: Notebook, lab: Lab) -> Kernel:
    """A kernel that a cell keeps busy."""
    output = book.run(WORK)
    expect(output).to_contain_text("pid:[")
    (number,) = running(lab)
    file = lab.home / "runtime" / f"kernel-{number}.json"
    kernel = Kernel(output.inner_text().strip(), file, Path(json.loads(file.read_text())["ip"]).parent)
    assert len(kernel.processes()) >= 2 and kernel.sockets.is_dir()
    return kernel


def said_of_it(book: Notebook) -> Any:
    """The kernel's name over the notebook."""
    return book.page.locator(".jp-KernelName:visible")


def by_menu(page: Any) -> None:
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_role("menuitem", name="Shut Down Kernel").click()


def by_panel(page: Any) -> None:
    page.evaluate("() => void window.jupyterapp.shell.activateById('jp-running-sessions')")
    kernel = page.locator("#jp-running-sessions .jp-RunningSessions-item", has_text="loops.ipynb (").last
    kernel.hover()
    kernel.get_by_title("Shut Down").click()


def nothing_of_it_is_left(kernel: Kernel, book: Notebook) -> None:
    """And the lab says so, and what was written stands."""
    expect(said_of_it(book)).to_have_text("No Kernel")
    while not kernel.is_gone():  # the lab may be told before the last process is buried
        book.page.wait_for_timeout(100)
    assert book.page.evaluate(WRITTEN) == WORK


def starts_anew(book: Notebook) -> None:
    expect(book.run("import os; print('anew', os.getcwd(), 'harvest' in globals())")).to_contain_text(
        "anew /notebook False"
    )


def test_shut_down_while_it_works(page: Any, lab: Lab) -> None:
    if not sealed(lab):
        pytest.skip("no namespaces on this machine")
    book = Notebook(Student.begin(page, lab, COURSE, UNIT, EXERCISE))
    book.kernel(SANDBOXED)
    for shut_down in (by_menu, by_panel):
        kernel = at_work(book, lab)
        shut_down(page)
        nothing_of_it_is_left(kernel, book)
    starts_anew(book)


def test_ended_when_nobody_used_it(page: Any, culling: Lab) -> None:
    if not sealed(culling):
        pytest.skip("no namespaces on this machine")
    book = Notebook(Student.begin(page, culling, COURSE, UNIT, EXERCISE))
    book.kernel(SANDBOXED)
    kernel = at_work(book, culling)
    (culling.root / "python-basics" / "go").touch()
    nothing_of_it_is_left(kernel, book)
    while running(culling):  # its files go before the server strikes it off
        page.wait_for_timeout(100)
    starts_anew(book)
