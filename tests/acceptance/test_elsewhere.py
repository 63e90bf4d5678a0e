"""A judgement where CodeGYM is not: in a plain lab, in nbconvert's output, and where little HTML is let through."""

from __future__ import annotations

import json
import urllib.request
import uuid
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from acceptance.lab import Lab, new_lab
from acceptance.student import READY, Student, expect

COURSE, UNIT = "python-basics", "loops"
MIME = "application/vnd.codegym.judgement+json"
ODD = "def sum_even(xs):\n    return sum(x for x in xs if x % 2)"
#: Elements that GitHub, Colab and others let through; anything else may be dropped with what it holds.
PLAIN = {"div", "p", "ul", "li", "br", "strong"}


def post(lab: Lab, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """One request of a page."""
    headers = {"Authorization": f"token {lab.token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{lab.url}/codegym/api/{path}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as response:
        answer: dict[str, Any] = json.load(response)
    return answer


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A unit's notebook as it is saved after a Check, from a real server."""
    lab = new_lab(tmp_path_factory.mktemp("server") / "lab")
    lab.start()
    try:
        path = post(lab, f"courses/{COURSE}/units/{UNIT}/open", {})["path"]
        sent = {"course": COURSE, "exercise": "sum-even", "kind": "submit", "source": ODD, "cells": []}
        bundle = post(lab, "submissions", {**sent, "idempotency_key": uuid.uuid4().hex})["bundle"]
        saved: dict[str, Any] = json.loads((lab.root / path).read_text())
    finally:
        lab.stop()
    answer = next(cell for cell in saved["cells"] if cell["id"] == "sum-even-answer")
    answer["outputs"] = [{"output_type": "display_data", "data": bundle, "metadata": {}}]
    return saved


def html_of(notebook: dict[str, Any]) -> str:
    """The judgement's own HTML."""
    answer = next(cell for cell in notebook["cells"] if cell["id"] == "sum-even-answer")
    return str(answer["outputs"][0]["data"]["text/html"])


WORDS = ["Not yet.", "2 of 6 tests pass.", "(0 of 2 points)", "✗ sum_even([1, 2, 3, 4]): not passed"]
HIDDEN = "✓ an empty list (hidden test): passed"


@pytest.mark.browser
@pytest.mark.slow
def test_a_plain_lab_shows_the_same_words(page: Any, tmp_path: Path, notebook: dict[str, Any]) -> None:
    off = ["--LabApp.labextensions_path=[]", "--ServerApp.jpserver_extensions={'codegym_jlab': False}"]
    plain = new_lab(tmp_path / "plain", *off)
    (plain.root / "loops.ipynb").write_text(json.dumps(notebook))
    plain.start()
    try:
        page.goto(plain.page("lab/tree/loops.ipynb"))
        page.wait_for_function("window.jupyterapp !== undefined", timeout=READY)
        output = page.locator(".jp-OutputArea-output", has_text="Not yet.")
        output.wait_for(timeout=READY)
        for words in [*WORDS, HIDDEN]:
            expect(output).to_contain_text(words)
        expect(page.locator(".codegym-Judgement")).to_have_count(0)
        Student(page, plain).kernel_is_idle()  # a server of Jupyter alone does not end while a kernel starts
    finally:
        plain.stop()


def test_nbconvert_shows_the_same_words(notebook: dict[str, Any]) -> None:
    import nbformat
    from nbconvert import HTMLExporter, MarkdownExporter

    book = nbformat.reads(json.dumps(notebook), 4)
    for exporter in (HTMLExporter(), MarkdownExporter()):
        text = Words.of(exporter.from_notebook_node(book)[0])
        for words in [*WORDS, HIDDEN]:
            assert words in text, exporter


def test_what_other_places_drop_is_not_used(notebook: dict[str, Any]) -> None:
    html = html_of(notebook)
    parser = Words()
    parser.feed(html)
    assert parser.elements <= PLAIN
    assert parser.attributes <= {"style"}, "a link, an image or a handler"
    lines = [line.strip() for line in parser.text.splitlines() if line.strip()]
    assert lines[0] == "Not yet. 2 of 6 tests pass. The first difference is below. (0 of 2 points)"
    assert HIDDEN in lines


def test_the_text_says_what_the_html_says(notebook: dict[str, Any]) -> None:
    answer = next(cell for cell in notebook["cells"] if cell["id"] == "sum-even-answer")
    text = answer["outputs"][0]["data"]["text/plain"]
    plain = [line.strip() for line in text.splitlines() if line.strip()]
    html = [line.strip() for line in Words.of(html_of(notebook)).splitlines() if line.strip()]
    assert plain == html


class Words(HTMLParser):
    """The text of a page, a line for each block, and what it is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.elements: set[str] = set()
        self.attributes: set[str] = set()

    @classmethod
    def of(cls, html: str) -> str:
        """All that can be read."""
        parser = cls()
        parser.feed(html)
        return parser.text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.text += "\n" if tag in ("p", "li", "br") else ""

    def handle_data(self, data: str) -> None:
        self.text += data
