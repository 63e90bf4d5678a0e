# ruff: noqa: E501  (one answer a line)
"""From outside, as a student: batches and notebooks through `codegym grade`, and what comes back of hidden checks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SECRETS = ("7301944", "7301945", "-8820017", "canary-in-a-label-no", "TypeError-no", "5190377", "44123309")

EXERCISE = {
    "id": "double",
    "title": "Double",
    "statement": "Write `double(n)`.",
    "starter": "def double(n):\n    ...\n",
    "solution": "def double(n):\n    if not isinstance(n, int):\n        raise TypeError('5190377')\n    return 2 * n\n",
    "limits": {"seconds": 0.5, "total_s": 8},
    "checks": [
        {"call": "double(2)", "equals": 4},
        {"call": "double(7301944)", "equals_expr": "2 * 7301944", "hidden": "a large one"},
        {"call": "double('x')", "raises": {"type": "TypeError", "match": "5190377"}, "hidden": "a text"},
        {"code": "secret = -8820017\nassert double(secret) == 2 * secret, 'canary-in-a-label-no'", "hidden": "by test"},
        {"call": "double(44123309)", "equals_expr": "2 * 44123309", "hidden": "shown how", "reveal": "verdict"},
        {"random": {"n": "rng.randint(10**9, 10**10)"}, "call": "double(n)", "count": 3, "hidden": "drawn"},
    ],
}

TELL = "import os, sys\ndef tell(n):\n    for form in (repr(n), repr(n)[::-1], ' '.join(repr(n))):\n"
TELL += "        print(form); print(form, file=sys.stderr); os.write(1, form.encode()); os.write(2, form.encode())\n"

#: Each solves the sample, and ends hidden checks in its own way.
ANSWERS = {
    "prints": f"{TELL}def double(n):\n    if n != 2: tell(n)\n    return 2 * n if n == 2 else n\n",
    "raises": "def double(n):\n    if n == 2: return 4\n    raise type('E%s' % n, (Exception,), {})(n)\n",
    "chains": "def double(n):\n    if n == 2: return 4\n    try:\n        raise KeyError(n)\n    except KeyError as e:\n"
    "        raise ValueError(str(n)) from e\n",
    "exits": "import sys\ndef double(n):\n    if n == 2: return 4\n    sys.exit(str(n))\n",
    "dies": "import os\ndef double(n):\n    if n == 2: return 4\n    os.write(1, str(n).encode())\n    os._exit(n % 200 if isinstance(n, int) else 1)\n",
    "loops": "def double(n):\n    if n == 2: return 4\n    while n == 7301944: pass\n    return n\n",
    "names": "def double(n):\n    if n == 2: return 4\n    raise NameError(f\"name 'x{n}' is not defined\", name=f'x{n}')\n",
    "modules": "def double(n):\n    if n == 2: return 4\n    raise ModuleNotFoundError(f'No module named {n}', name=f'm{n}')\n",
    "violates": "def double(n):\n    if n == 2: return 4\n    open(f'/etc/{n}', 'w')\n",
    "kinds": "def double(n):\n    if n == 2: return 4\n    return type(f'T{n}'.replace('-', 'm'), (), {})()\n",
    "keeps": "import os\ntry: print(open('kept').read())\nexcept OSError: pass\ndef double(n):\n"
    "    open('kept', 'a').write(f'{n} ')\n    try: print(open('kept').read())\n    except OSError: pass\n"
    "    if n == 7301944: os._exit(1)\n    return 4 if n == 2 else n\n",
    "floods": "def double(n):\n    if n == 2: return 4\n    print(str(n) * 100_000)\n    return n\n",
    "syntax": "def double(n):\n    if n == 2: return 4\n    exec(f'7301944 = {n}!')\n",
    "spies": "import gc, sys\ndef double(n):\n    if n == 2:\n        words = [str(o)[:300] for o in gc.get_objects() if type(o) in (dict, list, tuple)]\n"
    "        print([w for w in words if '73019' in w or '88200' in w or '51903' in w])\n        return 4\n    return n\n",
    "reprs": "class R(int):\n    def __repr__(self): return 'seen ' + str(R.seen)\n    __str__ = __format__ = __repr__\n    seen = []\n"
    "def double(n):\n    R.seen.append(n)\n    return R(4) if n == 2 else R(1)\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("course")
    (folder / "course.yaml").write_text("schema: 1\nid: doubling\ntitle: Doubling\nunits: [one]\n")
    (folder / "one.yaml").write_text(yaml.safe_dump({"id": "one", "title": "One", "cells": [{"exercise": EXERCISE}]}))
    return folder


def codegym(*args: str | Path) -> subprocess.CompletedProcess[str]:
    """The command, as a program runs it."""
    command = [sys.executable, "-m", "codegym_jlab.cli", *map(str, args)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env=env, stdin=subprocess.DEVNULL)


def batch(course: Path, folder: Path, lines: list[dict[str, Any]], *more: str) -> list[dict[str, Any]]:
    """The answers, and that nothing else was said."""
    file = folder / "batch.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = codegym("grade", course, "--batch", file, "--json", *more)
    assert done.returncode == 0, done.stderr
    assert not secrets_in(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def secrets_in(text: str) -> list[str]:
    """What the text holds of hidden checks, forwards, backwards or spaced."""
    forms = {word: (word, word[::-1], " ".join(word)) for word in SECRETS}
    return [word for word, ways in forms.items() if any(way in text for way in ways)]


def test_no_way_to_end_tells_of_a_hidden_check(course: Path, tmp_path: Path) -> None:
    """By all hidden checks that are not passed the lines are the same, however they ended."""
    lines = [{"id": name, "exercise": "double", "source": source} for name, source in ANSWERS.items()]
    answers = batch(course, tmp_path, lines)
    assert [answer["id"] for answer in answers] == list(ANSWERS)
    for answer in answers:
        text = json.dumps({**answer, "wall_ms": 0}, ensure_ascii=False)
        assert not secrets_in(text), answer["id"]
        if answer["id"] == "syntax":
            continue
        assert answer["verdict"] != "AC"
        hidden = [check for check in answer["checks"] if check["hidden"]]
        assert [check["label"] for check in hidden] == ["a large one", "a text", "by test", "shown how", "drawn"]
        for check in hidden:
            assert check["message"] == ""
            assert check["label"] == "shown how" or check["verdict"] in ("AC", "WA"), answer["id"]
    whole = batch(course, tmp_path, lines[:2], "--staff")
    assert "7301944" in json.dumps(whole)


FORGED_OUTPUT = {
    "output_type": "display_data",
    "metadata": {},
    "data": {
        "application/vnd.codegym.judgement+json": {"schema": 1, "verdict": "AC", "score": 1, "passed": 6, "total": 6},
        "text/plain": "Accepted.",
        "text/html": "<script>alert(1)</script>",
    },
}


@pytest.mark.full
def test_a_notebook_cannot_bring_its_own_verdict(course: Path, tmp_path: Path) -> None:
    made = tmp_path / "one.ipynb"
    assert codegym("notebook", course, "one", "-o", made).returncode == 0
    clean = json.loads(made.read_text())
    assert not secrets_in(made.read_text())
    handed_in = [written(clean, edit, tmp_path, "    return 4\n") for edit in EDITS]
    handed_in.append(
        written(clean, outputs, tmp_path, "    return n + n if isinstance(n, int) else int('5190377' + n)\n")
    )
    done = codegym("grade", course, *handed_in, "--json")
    assert not secrets_in(done.stdout + done.stderr)
    lines = list(map(json.loads, done.stdout.splitlines()))
    assert {line["id"] for line in lines} == {path.name for path in handed_in}
    assert all(line.get("verdict") != "AC" for line in lines)
    assert not Path("/tmp/cg-written").exists()


def written(clean: dict[str, Any], edit: Any, folder: Path, body: str) -> Path:
    """A notebook that was handed in: a wrong answer, and something else that was done to it."""
    book = json.loads(json.dumps(clean))
    answer = next(c for c in book["cells"] if c["metadata"].get("codegym", {}).get("role") == "answer")
    answer["source"] = f"def double(n):\n{body}"
    edit(book, answer)
    path = folder / f"{edit.__name__}-{len(body)}.ipynb"
    path.write_text(json.dumps(book))
    return path


def outputs(book: dict[str, Any], answer: dict[str, Any]) -> None:
    """A judgement lies under the answer already."""
    answer["outputs"] = [FORGED_OUTPUT] * 3
    answer["execution_count"] = 7


def metadata(book: dict[str, Any], answer: dict[str, Any]) -> None:
    """Marks, points and checks in the metadata."""
    answer["metadata"]["codegym"] |= {"passed": True, "points": 99, "score": 99, "checks": [], "verdict": "AC"}
    answer["metadata"]["nbgrader"] = {"grade": True, "points": 99, "solution": False, "locked": False}
    book["metadata"]["codegym"] |= {"points": 99, "version": "x", "course": "doubling"}


def other_unit(book: dict[str, Any], answer: dict[str, Any]) -> None:
    """Another course, an exercise that is none, a role that is none."""
    book["metadata"]["codegym"] = {"schema": 99, "course": "../../etc", "unit": "nowhere"}
    answer["metadata"]["codegym"] = {"schema": -1, "exercise": "double", "role": "solution"}


def given_again(book: dict[str, Any], answer: dict[str, Any]) -> None:
    """Cells above that say they are given, and define what checks use."""
    evil = "import builtins\nclass Yes:\n    def __eq__(self, o): return True\nbuiltins.isinstance = lambda *a: True\n"
    above = {"cell_type": "code", "id": "evil", "source": evil, "outputs": [], "execution_count": None}
    above["metadata"] = {"codegym": {"schema": 1, "role": "given"}}
    book["cells"].insert(0, above)


def copies(book: dict[str, Any], answer: dict[str, Any]) -> None:
    """The answer's cell a hundred times, with the same id."""
    book["cells"] += [json.loads(json.dumps(answer)) for _ in range(100)]


def odd_text(book: dict[str, Any], answer: dict[str, Any]) -> None:
    """NUL, lone surrogates, a megabyte, bidirectional marks."""
    answer["source"] = "\0\ud800\u202e" + "# " + "x" * 1_000_000 + "\ndef double(n):\n    return 4\n"
    book["metadata"]["title"] = "\udfff\0"


def nested(book: dict[str, Any], answer: dict[str, Any]) -> None:
    """Metadata a thousand deep."""
    deep: Any = {}
    for _ in range(400):
        deep = {"a": [deep]}
    answer["metadata"]["deep"] = book["metadata"]["deep"] = deep


def magics(book: dict[str, Any], answer: dict[str, Any]) -> None:
    """Cell magics that write and run elsewhere."""
    answer["source"] = "%%writefile /tmp/cg-written\ndef double(n):\n    return 2 * n\n"
    first = {
        "cell_type": "code",
        "id": "m",
        "source": "%%capture out\n!cat /etc/passwd\n%run -i x.py\n%load_ext y",
        "outputs": [],
    }
    book["cells"].insert(0, {**first, "metadata": {}, "execution_count": None})


EDITS = (outputs, metadata, other_unit, given_again, copies, odd_text, nested, magics)
