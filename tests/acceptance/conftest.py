"""A real lab and a real Chromium. Where the browser is missing, tests skip; under CI they fail."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from acceptance.lab import CHROMIUM_ARGS, ROOT, Lab, chromium, new_lab
from acceptance.student import READY


def running(it: Lab) -> Iterator[Lab]:
    it.start()
    yield it
    it.stop()


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A running lab, ended with the test."""
    yield from running(new_lab(tmp_path))


@pytest.fixture(scope="module")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A running lab for those tests of a file that each work at another exercise."""
    yield from running(new_lab(tmp_path_factory.mktemp("shared")))


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[Lab]:
    """One in which an endless answer runs for minutes: it is stopped in time, however slow the browser is."""
    courses = Path(shutil.copytree(ROOT / "courses" / "python-basics", tmp_path / "courses" / "python-basics")).parent
    course = courses / "python-basics" / "course.yaml"
    course.write_text(course.read_text() + "limits: {seconds: 120, total_s: 240}\n")
    yield from running(new_lab(tmp_path / "lab", CODEGYM_COURSES=str(courses)))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One Chromium for the tests of a file; its event loop must not outlive them, others need one of their own."""
    path = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGS, chromium_sandbox=False)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A fresh browser profile with one tab, which is filmed where `CODEGYM_FILMS` names a folder for that."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(READY)
    page = context.new_page()
    if films := os.environ.get("CODEGYM_FILMS"):
        page.screencast.start(path=Path(films) / f"{request.node.name}.webm", size=page.viewport_size, fps=5)
        page.screencast.show_actions()
    yield page
    if films:
        page.screencast.stop()
    context.close()
