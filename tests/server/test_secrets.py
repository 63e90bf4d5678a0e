"""No answer to a student holds a solution, a hidden check, a hint not yet given, or anything of a locked unit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from server.conftest import Call, answer
from server.test_answers import WRONG, sent

#: In the courses of these tests, this word and the inputs of hidden checks stand in what a student must not see.
SECRETS = re.compile(rb"SENTINEL|987001|987,001|minus|return SENT")


@pytest.fixture
def identity_class() -> str:
    return "server.identities.Student"


def files_that_tell(folder: Path) -> list[str]:
    """Files below the folder in which a secret stands."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [path.name for path in files if SECRETS.search(path.read_bytes())]


@pytest.mark.full
async def test_every_answer_to_a_student(call: Call, jp_root_dir: Path) -> None:
    first = answer(await call("POST", "submissions", sent("add", WRONG, "1")))
    submission = f"submissions/{first['submission']['id']}"
    stamp = {"schema": 1, "course": "timed", "unit": "later", "version": "0"}
    locked = {"cells": [], "metadata": {"codegym": stamp}, "nbformat": 4, "nbformat_minor": 5}
    crash = "def add(a, b):\n    raise ValueError(a)\n"
    asked: list[tuple[str, str, Any]] = [
        ("GET", "courses", None),
        ("GET", "courses/demo", None),
        ("GET", "courses/timed", None),
        ("GET", "courses/broken", None),
        ("POST", "courses/demo/units/one/open", {}),
        ("POST", "courses/demo/units/two/open", {}),
        ("POST", "courses/timed/units/later/open", {}),
        ("GET", "courses/demo/exercises/add/hints", None),
        ("GET", "courses/timed/exercises/locked/hints", None),
        ("POST", "courses/timed/exercises/locked/hints", {}),
        ("GET", "courses/demo/exercises/add/starter", None),
        ("GET", "courses/timed/exercises/locked/starter", None),
        ("GET", "courses/timed/exercises/locked/picture", None),
        ("GET", "courses/timed/exercises/locked/given", None),
        ("POST", "notebooks/repair", {"notebook": locked}),
        ("POST", "drafts", {"course": "timed", "unit": "later", "notebook": locked}),
        ("POST", "submissions", sent("add", crash, "2")),
        ("POST", "submissions", sent("add", "def add(a, b):\n    print(a)\n    return b", "3")),
        ("POST", "submissions", sent("add", "def add(a, b):\n    while a != 1: pass", "4")),
        ("POST", "submissions", {**sent("locked", "y = 2", "5"), "course": "timed"}),
        ("GET", submission, None),
        ("GET", f"{submission}/staff", None),
        ("POST", f"{submission}/cancel", {}),
        ("POST", "submissions/cancel", {"course": "demo", "idempotency_key": "2"}),
        ("GET", "work", None),
        ("GET", "health", None),
        ("GET", "openapi.yaml", None),
    ]
    for method, path, body in asked:
        response = await call(method, path, body, request_timeout=60)
        assert response.code < 500, (path, response.body)
        found = SECRETS.search(response.body)
        assert found is None, f"{method} {path} tells {found.group()!r}"
    assert files_that_tell(jp_root_dir) == []


async def test_a_given_hint_is_told_and_the_next_is_not(call: Call) -> None:
    response = await call("POST", "courses/demo/exercises/add/hints")
    assert b"SENTINEL_HINT_1" in response.body
    assert b"SENTINEL_HINT_2" not in response.body


async def test_a_student_is_not_told_why_a_course_is_broken(call: Call) -> None:
    rows = answer(await call("GET", "courses"))["courses"]
    assert [row["id"] for row in rows] == ["demo", "timed"]
