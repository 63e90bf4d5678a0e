"""A unit's file as its author's notebook, over a real server."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from server.conftest import COURSES, Call, answer

from codegym_jlab.course.loader import load_course
from codegym_jlab.course.templates import KINDS

ROLE = "codegym_author"


def cell(notebook: dict[str, Any], role: str) -> dict[str, Any]:
    """Its first cell of that role."""
    return next(one for one in notebook["cells"] if one["metadata"][ROLE]["role"] == role)


def told(body: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in body.splitlines()]


async def test_a_unit_is_read_written_and_checked(call: Call, jp_root_dir: Path) -> None:
    shutil.copytree(COURSES / "demo", jp_root_dir / "mine")
    path, file = "mine/one.yaml", jp_root_dir / "mine" / "one.yaml"
    before = file.read_bytes()

    async def save(notebook: dict[str, Any], to: str = path) -> Any:
        return await call("POST", "authoring/unit", {"path": to, "notebook": notebook})

    opened = answer(await call("GET", "authoring/unit", params={"path": path}))
    notebook = opened["content"]
    assert (opened["name"], opened["writable"], notebook["metadata"]["kernelspec"]["name"]) == (
        "one.yaml",
        True,
        "python3",
    )
    await save(notebook)
    assert file.read_bytes() == before

    cell(notebook, "solution")["source"] = "def add(a, b):\n    return a + b"
    dry = await call("POST", "authoring/unit", {"path": path, "notebook": notebook, "dry_run": True})
    assert (answer(dry)["changes"], file.read_bytes()) == (2, before)
    assert answer(await save(notebook))["content"] is None
    assert len(set(before.splitlines()) - set(file.read_bytes().splitlines())) == 2

    response = await call("POST", "authoring/check", {"path": path, "exercise": "add"})
    *steps, checked = told(response.body)
    assert steps[-1] == {"type": "mutants", "done": checked["mutants"]["total"], "total": checked["mutants"]["total"]}
    assert (checked["accepted"], checked["passed"], checked["alone"]) == (True, 5, False)
    assert (checked["scores"]["empty"], checked["scores"]["starter"], checked["mutants"]["survivors"]) == (0, 0, [])
    dead = checked["mutants"]["dead"]
    assert len(dead) == checked["mutants"]["killed"] > 0 and {"id", "kind", "line", "diff"} == set(dead[0])
    assert any("+    return a - b" in one["diff"] and one["line"] == 2 for one in dead)
    refused = await call("POST", "authoring/check", {"path": path, "exercise": "gone"})
    assert refused.code == 422

    written = file.read_bytes()
    cell(notebook, "check")["source"] = "call: add(1\nequals"
    refused = await save(notebook)
    assert (refused.code, file.read_bytes()) == (422, written)
    assert answer(refused)["error"]["message"].startswith("Nothing was written. Cell 8 (check): ")
    assert (await save({"cells": []})).code == 422

    (jp_root_dir / "mine" / "bad.yaml").write_text("id: bad\ncells:\n  - nothing: x\n")
    refused = await call("GET", "authoring/unit", params={"path": "mine/bad.yaml"})
    assert (refused.code, answer(refused)["error"]["details"]["line"]) == (422, 3)
    assert answer(refused)["error"]["message"].startswith("mine/bad.yaml, line 3: this is no cell")
    for where, status in (("mine/none.yaml", 404), ("../courses/demo/one.yaml", 404), ("mine/x.txt", 422)):
        assert (await call("GET", "authoring/unit", params={"path": where})).code == status


async def test_a_text_that_is_not_saved_is_looked_at(call: Call, jp_root_dir: Path) -> None:
    shutil.copytree(COURSES / "demo", jp_root_dir / "mine")
    file = jp_root_dir / "mine" / "one.yaml"
    (jp_root_dir / "mine" / "data").mkdir(exist_ok=True)
    for name, title in (("one.yaml", "Unit"), ("course.yaml", "CourseFile"), ("data/x.yaml", None)):
        (jp_root_dir / "mine" / name).touch()
        schema = answer(await call("GET", "authoring/schema", params={"path": f"mine/{name}"}))["json_schema"]
        assert (schema and schema["title"]) == title

    async def preview(text: str, path: str = "mine/one.yaml") -> Any:
        return answer(await call("POST", "authoring/preview", {"path": path, "text": text}))

    before = file.read_text()
    good = await preview(before)
    text = json.dumps(good["notebook"])
    assert (good["errors"], "add-answer" in text) == ([], True)
    assert "SENTINEL" in before and "SENTINEL" not in text
    wrong = await preview(before.replace("    title:", "    tilte:", 1) + "  - exercise:\n      id: add\n")
    assert [one["here"] for one in wrong["errors"]] == [True] * len(wrong["errors"])
    assert any(one["problem"] == "the id `add` is taken" for one in wrong["errors"])
    assert (await preview("cells: ["))["notebook"] is None
    head = await preview("schema: 1\nid: demo\ntitle: Demo\nunits: [one, three]\n", "mine/course.yaml")
    assert "there is no file `three.yaml`" in [one["problem"] for one in head["errors"] if one["here"]]
    assert file.read_text() == before


async def test_a_new_unit_is_at_the_end_of_its_course_or_of_a_new_one(call: Call, jp_root_dir: Path) -> None:
    folder, words = jp_root_dir / "mine", {"folder": "mine", "unit": "Einheit", "course": "Mein Kurs: eins"}
    folder.mkdir()
    made = answer(await call("POST", "authoring/unit/new", words))
    assert made["path"] == "mine/unit-1.yaml"
    head = folder / "course.yaml"
    assert yaml.safe_load(head.read_text())["title"] == "Mein Kurs: eins"
    kept = head.read_text().replace("units:", "# mine\nunits:  # in order")
    head.write_text(kept + "policy:\n  attempts: 3\n")
    assert answer(await call("POST", "authoring/unit/new", words))["name"] == "unit-2.yaml"
    assert head.read_text() == kept + "  - unit-2\npolicy:\n  attempts: 3\n"
    assert "Einheit 2" in (folder / "unit-2.yaml").read_text()
    head.write_text("units: [")
    assert (await call("POST", "authoring/unit/new", words)).code == 422
    assert not (folder / "unit-3.yaml").exists()
    assert (await call("POST", "authoring/unit/new", {"folder": "../courses"})).code == 404


@pytest.mark.full
async def test_a_new_exercise_of_each_kind_is_put_into_the_notebook_and_is_fit(call: Call, jp_root_dir: Path) -> None:
    (jp_root_dir / "mine").mkdir()
    path = answer(await call("POST", "authoring/unit/new", {"folder": "mine"}))["path"]
    notebook = answer(await call("GET", "authoring/unit", params={"path": path}))["content"]
    for kind in KINDS:
        made = answer(await call("POST", "authoring/unit/exercise", {"path": path, "kind": kind}))["content"]
        for cell in made["cells"][1:]:
            notebook["cells"].append({**cell, "metadata": {ROLE: {"role": cell["metadata"][ROLE]["role"]}}})
    await call("POST", "authoring/unit", {"path": path, "notebook": notebook})
    loaded = load_course(jp_root_dir / "mine")
    assert not loaded.errors and loaded.course is not None and loaded.course.preload == ("matplotlib.pyplot",)
    assert [one.id for one in loaded.course.units[0].exercises] == [f"my-{kind}" for kind in KINDS]
    for kind in ("choice", "plot"):
        response = await call("POST", "authoring/check", {"path": path, "exercise": f"my-{kind}"})
        assert told(response.body)[-1]["accepted"], kind
    made = answer(await call("POST", "authoring/unit/exercise", {"path": path, "kind": "text"}))["content"]
    assert "id: my-text-2" in made["cells"][1]["source"]
    assert (await call("POST", "authoring/unit/exercise", {"path": path, "kind": "essay"})).code == 422


async def test_an_empty_file_becomes_a_unit_that_is_checked_alone(call: Call, jp_root_dir: Path) -> None:
    (jp_root_dir / "sums.yaml").touch()
    notebook = answer(await call("GET", "authoring/unit", params={"path": "sums.yaml"}))["content"]
    texts = {
        "exercise": "id: is-far\ntitle: Far",
        "statement": "Write `far(x)`.",
        "solution": "def far(x):\n    return x >= 10",
        "check": "call: far(20)\nequals: true",
    }
    for role, source in texts.items():
        notebook["cells"].append({"cell_type": "raw", "source": source, "metadata": {ROLE: {"role": role}}})
    await call("POST", "authoring/unit", {"path": "sums.yaml", "notebook": notebook})
    response = await call("POST", "authoring/check", {"path": "sums.yaml", "exercise": "is-far"})
    checked = told(response.body)[-1]
    assert checked["alone"] and checked["accepted"]
    alive = checked["mutants"]["survivors"]
    assert any(one["found"] and one["found"].startswith("`far(10)` is `True`, the mutant") for one in alive)

    notebook["cells"][-1]["source"] = "call: far(2"
    await call("POST", "authoring/unit", {"path": "sums.yaml", "notebook": notebook})
    refused = await call("POST", "authoring/check", {"path": "sums.yaml", "exercise": "is-far"})
    assert "sums.yaml, line 13: `call` is no Python" in answer(refused)["error"]["message"]
