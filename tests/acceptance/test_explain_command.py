"""`codegym explain` as programs use it: JSON lines in and out, in order, and exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def explain(*args: str | Path, given: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "codegym_jlab.cli", "explain", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env=env, input=given)


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_every_line_is_answered_in_order(tmp_path: Path) -> None:
    sources = [
        "print(x)\nx = 1\n",
        "while True:\n    pass\n",
        "print('a'\n",
        "import pandas as pd\npd.DataFrame().nix\n",
    ]
    batch = tmp_path / "programs.jsonl"
    batch.write_text("".join(json.dumps({"id": n, "source": s}) + "\n" for n, s in enumerate(sources)))
    done = explain("--batch", batch, "--json")
    assert done.returncode == 0, done.stderr
    answers = lines(done.stdout)
    assert [answer["id"] for answer in answers] == [0, 1, 2, 3]
    assert all(answer.keys() == {"id", "line", "cause", "text"} for answer in answers)
    assert (answers[0]["line"], answers[0]["cause"]) == (1, "use_before_definition")
    assert (answers[2]["line"], answers[2]["cause"]) == (1, "unmatched_bracket")
    assert answers[3]["line"] == 2


def test_a_line_that_cannot_be_read_holds_an_error_and_the_others_are_answered() -> None:
    given = 'no json\n[1]\n{"id": 7}\n\n{"id": 8, "source": "prnt(1)"}\n'
    done = explain("--batch", "-", "--json", given=given)
    assert done.returncode == 1
    answers = lines(done.stdout)
    assert [answer.get("id") for answer in answers] == [None, None, 7, 8]
    assert ["error" in answer for answer in answers] == [True, True, True, False]
    assert answers[2]["error"].startswith("line 3: `source` must be there")
    assert answers[3]["cause"] == "name_typo"


def test_a_file_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    done = explain("--batch", tmp_path / "none.jsonl", "--json")
    assert done.returncode == 2
    assert "No such file" in done.stderr
