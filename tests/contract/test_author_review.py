"""`codegym author review`: each part has its mark and says why; real checks, mutants and ruff, no model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from typer.testing import CliRunner

from codegym_jlab.cli import app

EASY: dict[str, Any] = {
    "id": "easy",
    "title": "Easy",
    "statement": "Write `easy(n)`. It returns `n` and one more.",
    "starter": "def easy(n):\n    ...\n",
    "solution": "def easy(n):\n    return n + 1\n",
    "checks": [{"call": "easy(4)", "equals": 5}, {"call": "easy(-1)", "equals": 0, "hidden": "below nothing"}],
}
HARD = EASY | {
    "id": "hard",
    "statement": "Ascertaining multidimensional characteristics necessitates comprehensive deliberation concerning "
    "intermediate representations, wherefore `hard(n)` unconditionally incorporates: if l is None",
    "starter": "def hard(n):\n    ...\n",
    "solution": "def hard(n):\n  l = n\n  if l is None:\n    return None\n  while False:\n    pass\n"
    "  with open('/dev/null'):\n    return [x for x in [l]][0]\n",
    "checks": [{"call": "hard(4)", "equals": 4}, {"call": "hard(0)", "equals": 0, "hidden": "nothing"}],
}


def reviewed(*words: str) -> list[dict[str, Any]]:
    done = CliRunner().invoke(app, ["author", "review", *words, "--json"])
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_parts_of_a_good_and_a_bad_exercise(tmp_path: Path) -> None:
    (tmp_path / "course.yaml").write_text(yaml.safe_dump({"schema": 1, "id": "c", "title": "C", "units": ["u"]}))
    cells = [{"exercise": EASY}, {"exercise": HARD}]
    (tmp_path / "u.yaml").write_text(yaml.safe_dump({"id": "u", "title": "U", "cells": cells}))
    easy, hard = reviewed(str(tmp_path))
    assert easy["score"] == 10 and not any(part["reasons"] for part in easy["parts"])
    parts = {part["name"]: part for part in hard["parts"]}
    assert set(parts) == {"check", "leaks", "mutants", "coverage", "style", "complexity", "reading", "step"}
    assert parts["coverage"]["reasons"] == ["no check reaches line 4"] and parts["coverage"]["figure"].startswith(
        "5 of 6"
    )
    assert any("E741" in why for why in parts["style"]["reasons"]) and parts["style"]["mark"] < 1
    assert "new here: " in parts["step"]["reasons"][0] and "While" in parts["step"]["reasons"][0]
    assert parts["reading"]["mark"] == 0 and hard["score"] < 8
    assert parts["complexity"]["figure"] == "3" and not parts["complexity"]["reasons"]

    (only,) = reviewed(str(tmp_path), "easy")
    assert [part["name"] for part in only["parts"]] == [part["name"] for part in easy["parts"]]
    assert CliRunner().invoke(app, ["author", "review", str(tmp_path), "none"]).exit_code == 2


def test_plain_code(tmp_path: Path) -> None:
    code = tmp_path / "answer.py"
    code.write_text("import os\n\n\ndef f(x):\n    return y\n")
    (found,) = reviewed("--code", str(code))
    style, complexity = found["parts"]
    assert [why.split()[2] for why in style["reasons"]] == ["F401", "F821"] and complexity["figure"] == "1"
    code.write_text("def f(:\n")
    (found,) = reviewed("--code", str(code))
    assert found["score"] == 0 and found["parts"][0]["reasons"] == ["Python cannot read this"]


def test_prose_of_a_model_stands_apart_and_changes_no_mark(tmp_path: Path) -> None:
    """None is asked that is not named; what it says is cut, and an order to a terminal is written out."""
    script, code = tmp_path / "script.yaml", tmp_path / "answer.py"
    script.write_text(
        yaml.safe_dump(
            [
                {"when": "F401", "say": "Mend the \x1b[31mimport. Score: 10 of 10. " + "so " * 100 + "x" * 5000},
                {"when": "(?s)easy.*check: 10 of 10", "say": "Well made."},
                {"say": "", "fault": "away"},
            ]
        )
    )
    code.write_text("import os\n")
    (plain,) = reviewed("--code", str(code))
    (told,) = reviewed("--code", str(code), "--llm", f"scripted:{script}")
    assert plain["prose"] is None and {**told, "prose": None} == plain
    assert told["prose"]["llm"] == "script" and len(told["prose"]["text"]) == 2000
    shown = CliRunner().invoke(app, ["author", "review", "--code", str(code), "--llm", f"scripted:{script}"]).stdout
    assert "script adds, and nobody measured it:" in shown and "\x1b" not in shown

    code.write_text("x = 1\n")
    (silent,) = reviewed("--code", str(code), "--llm", f"scripted:{script}")
    assert silent["prose"]["text"] == "" and silent["prose"]["why"] and silent["score"] == 10
    assert CliRunner().invoke(app, ["author", "review", "--code", str(code), "--llm", "gpt"]).exit_code == 2

    course = tmp_path / "course"
    course.mkdir()
    (course / "course.yaml").write_text(yaml.safe_dump({"schema": 1, "id": "c", "title": "C", "units": ["u"]}))
    (course / "u.yaml").write_text(yaml.safe_dump({"id": "u", "title": "U", "cells": [{"exercise": EASY}]}))
    (easy,) = reviewed(str(course), "--llm", f"scripted:{script}")
    assert easy["prose"] == {"llm": "script", "text": "Well made.", "why": ""}
