"""A class whose essays people mark, in a lab: for the walks through marking and for its pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from acceptance.lab import ROOT, Lab, new_lab
from acceptance.student import Student, expect

CLASS = "essays-autumn"
UNIT = """\
id: loops
title: Loops
cells:
  - exercise:
      id: ranges
      title: Why ranges begin at 0
      points: 3
      statement: "Say in three sentences why `range(n)` begins at 0 and ends before `n`."
      solution: "So `n` is its length; two ranges join without a gap; an index into a list of `n` items is in it."
      answer: text
      marking: manual
      policy: {markers: {drafts: here}}
      rubric:
        - {id: length, points: 2, text: Says that n is the length}
        - {id: joins, points: 0.5, text: Says that ranges join without a gap}
        - {id: example, points: 0.5, text: Has an example of its own}
  - exercise:
      id: names
      title: What a good name is
      points: 4
      statement: "Why is `total` a better name than `t`?"
      answer: text
      marking: manual
      policy: {markers: {count: 2, blind: true, tolerance: 1}}
      rubric:
        - {id: reader, points: 2, text: Thinks of who reads it}
        - {id: meaning, points: 2, text: A name says what a thing means}
"""
RANGES = """\
range(5) has five numbers, so n is how many there are.
With range(0, 3) and range(3, 5) you get each number once:
there is no gap, and none is there twice."""
NAMES = "Who reads total knows what it is. Who reads t has to look for it."
LENGTH, GAP = "n is how many there are", "there is no gap, and none is there twice"
DRAFT = [
    {"line": 1, "points": 1.5, "words": LENGTH},
    {"line": 2, "points": 0.5, "words": GAP},
    {"line": 3, "points": 0.5, "words": "words that nobody wrote"},
]


def essay_lab(tmp: Path, **env: str) -> Lab:
    """Not started yet. Each request says who sends it; a scripted model drafts marks where `env` names no other."""
    folder = tmp / "courses" / "essays"
    folder.mkdir(parents=True)
    (folder / "course.yaml").write_text("schema: 1\nid: essays\ntitle: Essays on code\nunits: [loops]\n")
    (folder / "loops.yaml").write_text(UNIT)
    script = tmp / "class-model.yaml"
    script.write_text(json.dumps([json.dumps(DRAFT)]))
    env = {"CODEGYM_LLM": f"scripted:{script}", "PYTHONPATH": f"{ROOT}:{ROOT}/tests", **env}
    args = ["--CodeGymApp.identity_class=server.identities.Named", "--CodeGym.admins=root"]
    return new_lab(tmp / "lab", *args, CODEGYM_COURSES=str(folder.parent), **env)


def call(page: Any, lab: Lab, who: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """As somebody's browser asks."""
    cookies = {one["name"]: one["value"] for one in page.context.cookies()}
    headers = {"X-Who": who, "X-XSRFToken": cookies["_xsrf"]}
    how = {} if body is None else {"method": "POST", "data": body}
    response = page.context.request.fetch(f"{lab.url}/codegym/api/{path}", headers=headers, **how)
    assert response.ok, response.text()
    return response.json()


def make_class(page: Any, lab: Lab) -> dict[str, str]:
    """An instructor, two graders and a student, who handed in both essays: their submissions."""
    page.goto(f"{lab.url}/lab?token={lab.token}")
    made = {"id": CLASS, "course": "essays", "title": "Essays on code", "term": "autumn", "time_zone": "UTC"}
    call(page, lab, "root", "classes", made)
    roles = {"prof": "instructor", "tim": "grader", "tom": "grader", "ana": "student"}
    people = [{"account": who, "role": role} for who, role in roles.items()]
    call(page, lab, "root", f"classes/{CLASS}/members", {"people": people})
    call(page, lab, "prof", f"classes/{CLASS}/versions", {"note": "first"})
    sent = {}
    for exercise, source in (("ranges", RANGES), ("names", NAMES)):
        body = {"course": "essays", "exercise": exercise, "kind": "submit", "source": source}
        told = call(page, lab, "ana", "submissions", {**body, "idempotency_key": exercise})
        sent[exercise] = str(told["submission"]["id"])
    return sent


def open_class(page: Any, lab: Lab, who: str) -> tuple[Student, Any]:
    """The class's page, at its marking, as this one of the staff."""
    page.set_extra_http_headers({"X-Who": who})
    staff = Student.begin(page, lab)
    page.evaluate("() => window.jupyterapp.commands.execute('codegym:class-questions', { tab: 'marking' })")
    return staff, page.get_by_role("region", name="Class")


def open_marking(page: Any, lab: Lab, who: str, title: str) -> tuple[Student, Any]:
    """The same, at the answer to that exercise, which awaits marks, with the focus in the queue."""
    staff, board = open_class(page, lab, who)
    board.get_by_role("listbox", name="Answers").focus()
    if not board.get_by_role("option", name=title, selected=True).count():
        page.keyboard.press("j")
    expect(board.get_by_role("option", name=title, selected=True)).to_be_visible()
    return staff, board
