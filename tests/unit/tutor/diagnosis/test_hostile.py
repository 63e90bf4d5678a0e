"""The hostile student: what is told, and what reaches the process, holds nothing of hidden tests or of the solution."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from contract.classroom import Classroom, course_of

from codegym_jlab.grading.grader.replay import Replay
from codegym_jlab.tutor.diagnosis import Diagnoser

SECRETS = ("8191", "524287")


def exercise(secret: str) -> dict[str, Any]:
    """Two of these differ in a hidden value alone, and in how the solution comes to it."""
    return {
        "solution": f"def f(n):\n    return {secret} if n == 77 else n * n\n",
        "checks": [
            {"call": "f(2)", "equals": 4},
            {"call": "f(77)", "equals": int(secret), "hidden": "a special one"},
            {"call": "f(78)", "hidden": "the one after it"},
        ],
    }


def guesses() -> Iterator[str]:
    """Submissions that would be told another line for another secret, were they run on the hidden test."""
    for step in range(4):
        numbers = [int(secret) + step - 1 for secret in SECRETS]
        lines = [f"    if n == 77 and 1 > 2:\n        return {number}" for number in numbers]
        yield "def f(n):\n" + "\n".join(lines) + "\n    return n * n\n"
        yield "def f(n):\n" + "\n".join(lines) + "\n    return n + n + 1\n"
        yield f"def f(n):\n    if n == 77:\n        return {numbers[0] + 1}\n    return n + n\n"
    yield (
        "import gc, sys\ndef f(n):\n    found = [o for o in gc.get_objects() if isinstance(o, (str, dict, list))]\n"
        "    return 4 if '8191' in repr(found) else n\n"
    )
    climb = "    up = sys._getframe()\n    while up.f_back: up = up.f_back\n    return str(up.f_locals)\n"
    yield f"import sys\ndef f(n):\n{climb}"


def told(room: Classroom, folder: Path, secret: str) -> list[Any]:
    loaded = course_of(folder, exercise(secret))
    _, task = loaded.find("task")
    diagnoser = Diagnoser(room.sandbox, room.grader)
    found = [room.run(diagnoser.diagnose(loaded, task, source, practice=False)) for source in guesses()]
    return [(one.lines, one.kind, one.example, one.text("en")) for one in found]


def test_what_is_told_is_the_same_whatever_the_hidden_tests_want(room: Classroom, tmp_path: Path) -> None:
    first, second = (told(room, tmp_path / secret, secret) for secret in SECRETS)
    assert first == second
    assert any(lines for lines, *_ in first), "some are told a line, or this shows nothing"
    assert not any(secret in text for *_, text in first for secret in SECRETS)


@pytest.mark.parametrize("practice", [True, False], ids=["practice", "class"])
def test_no_expected_value_and_no_text_of_the_solution_reaches_the_process(
    room: Classroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, practice: bool
) -> None:
    frames: list[str] = []
    exchange = Replay.exchange

    async def watched(self: Replay, frame: dict[str, Any], *, opening: bool) -> dict[str, Any]:
        frames.append(json.dumps({name: part for name, part in frame.items() if name != "seconds"}))
        return await exchange(self, frame, opening=opening)

    monkeypatch.setattr(Replay, "exchange", watched)
    loaded = course_of(tmp_path, exercise("8191"))
    _, task = loaded.find("task")
    diagnoser = Diagnoser(room.sandbox, room.grader)
    for source in ("def f(n):\n    return n + n + 1\n", "def f(n):\n    return n * n - 1\n"):
        room.run(diagnoser.diagnose(loaded, task, source, practice=practice))
    assert len(frames) >= 4
    assert not any("8191" in frame or "if n == 77" in frame for frame in frames)
    if not practice:
        assert not any("77" in frame or "78" in frame for frame in frames)
