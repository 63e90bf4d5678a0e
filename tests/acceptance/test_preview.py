"""`codegym preview`: an author's own course as a student sees it, followed as its files are saved."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from acceptance.lab import ROOT, Lab, new_lab
from acceptance.student import READY, Student, expect
from processes import PATIENCE_S

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COURSE, UNIT, EXERCISE = "My first course", "First steps", "Twice as much"


class Preview(Lab):
    """The same lab, as the command starts it."""

    def start(self) -> None:
        """Run the command and wait for its first answer."""
        from os import environ

        from acceptance.lab import clean_home

        home = clean_home(self.home)
        (self.home / ".jupyter" / "labconfig" / "page_config.json").unlink()  # the command itself silences the news
        command = [sys.executable, "-m", "codegym_jlab.cli", "preview", str(self.root), "--no-browser"]
        env = {**environ, **home, "JUPYTER_TOKEN": self.token}
        with open(self.home / "lab.log", "ab") as log:
            self.process = subprocess.Popen([*command, f"--port={self.port}"], env=env, stdout=log, stderr=log)
        self.wait()


@pytest.fixture
def preview(tmp_path: Path) -> Iterator[Lab]:
    """A preview of a course in the making."""
    it = new_lab(tmp_path)
    lab = Preview(it.home, it.root, it.port, it.token)
    shutil.copytree(ROOT / "codegym_jlab" / "course" / "example_course", lab.root, dirs_exist_ok=True)
    lab.start()
    yield lab
    lab.stop()


def test_an_author_sees_the_course_follow_the_files(page: Any, preview: Lab) -> None:
    student = Student(page, preview)
    page.goto(f"{preview.url}/lab?token={preview.token}")
    page.wait_for_function("document.querySelector('.codegym-Courses') !== null", timeout=READY)
    sidebar = page.get_by_role("navigation", name="Courses")
    expect(sidebar.get_by_role("heading", name="Start here")).to_be_visible(timeout=READY)
    sidebar.get_by_role("button", name="Begin").click()
    expect(page.locator(".jp-Notebook .jp-mod-active h1")).to_be_visible(timeout=READY)
    page.keyboard.press("F8")
    student.strip(EXERCISE).wait_for(timeout=READY)

    unit = preview.root / "first-steps.yaml"
    right = unit.read_text()
    unit.write_text(right.replace("points: 1", "pionts: 1"))
    told = sidebar.locator(".codegym-mod-broken")
    expect(told.get_by_role("listitem")).to_contain_text("double: ", timeout=READY)  # within the course
    number = right[: right.index("points: 1")].count("\n") + 1
    row = sidebar.get_by_role("treeitem", name=f"Mistake, first-steps.yaml:{number}, double: ")
    row.press("Enter")
    expect(page.get_by_role("button", name=f"Ln {number}, Col 1")).to_be_visible(timeout=READY)
    page.get_by_role("tab", name="first-steps.ipynb").click()
    own = f"{preview.url}/api/contents/{preview.root.name} (yours)?token={preview.token}"
    with urllib.request.urlopen(own.replace(" ", "%20"), timeout=PATIENCE_S) as answer:
        assert {one["name"] for one in json.load(answer)["content"]} == {"course.yaml", "first-steps.yaml"}
    sidebar.get_by_role("button", name="All courses").click()
    expect(told).to_contain_text("first-steps.yaml", timeout=READY)
    told.locator("summary").press("Enter")
    expect(told).to_contain_text("did you mean points?")
    unit.write_text(right.replace("Twice as much", "Doubled"))
    expect(told).to_have_count(0, timeout=READY)
    sidebar.get_by_role("button", name=COURSE).click()
    expect(sidebar.get_by_role("treeitem", name="Doubled")).to_be_visible(timeout=READY)
    expect(page.locator(".jp-Notebook .jp-RenderedMarkdown", has_text="Doubled").first).to_be_visible(timeout=READY)


def test_the_launcher_and_the_palette_lead_to_the_courses(page: Any, preview: Lab) -> None:
    page.goto(f"{preview.url}/lab?token={preview.token}")
    card = page.locator(".jp-LauncherCard", has_text="Courses")
    card.wait_for(timeout=READY)
    expect(page.locator(".jp-Launcher")).to_be_focused()  # else the lab, still starting, takes the palette's focus
    card.click()
    expect(page.get_by_role("navigation", name="Courses")).to_be_visible(timeout=READY)
    page.get_by_role("menuitem", name="View").click()
    page.get_by_role("menuitem", name="Activate Command Palette").click()
    page.locator(".lm-CommandPalette-input").fill("codegym")
    found = page.locator(".lm-CommandPalette-item")
    for words in ("Show courses", "Download my work", "New course unit", "Go to the next lesson or open exercise"):
        expect(found.filter(has_text=words)).to_be_visible(timeout=READY)
    settings = page.evaluate(
        "async () => (await (await fetch('/lab/api/settings/@jupyterlab/apputils-extension:notification')).json())"
        ".schema.properties.fetchNews.default"
    )
    assert settings == "false", "JupyterLab's question about its news"
    expect(page.get_by_text("official Jupyter news")).to_have_count(0)
