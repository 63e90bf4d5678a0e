"""An exercise is drafted with a model in a real browser, by keyboard: stopped, gone on with, changed, taken over."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from acceptance.lab import ROOT, Lab, new_lab
from acceptance.student import READY, Student, expect
from axe_playwright_python.sync_playwright import Axe
from server.test_drafts import RIGHT

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WRONG = RIGHT | {"solution": "def treble(n):\n    return n\n"}
#: Its first words never come; then it is wrong, then right, and right with another title for who wishes that.
SCRIPT = [
    {"when": "three times", "say": "never", "first_s": 600, "times": 1},
    {"when": "another title", "say": yaml.safe_dump(RIGHT | {"title": "Thrice"}, sort_keys=False)},
    {"when": "does not pass yet", "say": yaml.safe_dump(RIGHT, sort_keys=False)},
    {"say": yaml.safe_dump(WRONG, sort_keys=False)},
]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    courses = Path(shutil.copytree(ROOT / "tests" / "server" / "courses", tmp_path / "courses"))
    script = tmp_path / "script.yaml"
    script.write_text(yaml.safe_dump(SCRIPT))
    it = new_lab(tmp_path / "lab", CODEGYM_COURSES=str(courses), CODEGYM_LLM=f"scripted:{script}")
    it.start()
    yield it
    it.stop()


def test_a_draft_is_stopped_gone_on_with_changed_and_taken_over_by_keyboard(
    page: Any, lab: Lab, tmp_path: Path
) -> None:
    author = Student.begin(page, lab)
    page.locator(".jp-LauncherCard", has_text="Draft with a model").press("Enter")
    task = page.get_by_role("complementary").filter(has=page.get_by_role("heading", name="Draft with a model"))
    task.get_by_role("combobox", name="Course").select_option("demo")
    task.get_by_role("combobox", name="Unit").select_option("one")
    task.get_by_role("textbox", name="Topic and level").focus()
    page.keyboard.type("three times a number")
    task.get_by_role("button", name="Draft", exact=True).press("Enter")
    log = page.get_by_role("log", name="Attempts")
    expect(log).to_contain_text("Attempt 1 is being written…", timeout=READY)
    task.get_by_role("button", name="Stop").press("Enter")
    expect(page.get_by_role("heading", name="Stopped")).to_be_visible(timeout=READY)
    assert unread(author) == []

    task.get_by_role("button", name="Draft again").press("Enter")
    expect(log).to_contain_text("Attempt 1. Not passed", timeout=READY)
    expect(log).to_contain_text("Attempt 2. Passes", timeout=READY)
    task.get_by_role("button", name="go on from attempt 1").wait_for()  # the one that was stopped
    second = log.locator("details.codegym-Told").last
    second.get_by_text("The code that was run").press("Enter")
    expect(second.get_by_label("The code that was run").last).to_contain_text("return 3 * n")
    expect(page.get_by_text("Nothing has been added to the course yet.")).to_be_visible()
    assert unread(author) == []

    second.get_by_role("button", name="Change something…").press("Enter")
    second.get_by_role("textbox", name="What is to be changed?").focus()
    page.keyboard.type("give it another title")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(log.get_by_label("The draft, as YAML").last).to_contain_text("title: Thrice", timeout=READY)
    unit = tmp_path / "courses" / "demo" / "one.yaml"
    assert "Thrice" not in unit.read_text()
    log.get_by_role("button", name="Add to the course").last.press("Enter")
    expect(page.get_by_role("status").filter(has_text="It is in one.yaml, from line")).to_be_visible(timeout=READY)
    assert "title: Thrice" in unit.read_text()


def unread(author: Student) -> list[Any]:
    """What axe finds on the page, in either theme."""
    found = list[Any]()
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        author.theme(theme)
        told = Axe().run(author.page, context={"include": [[".codegym-Drafts"]]})
        found += told.response["violations"]
    return found
