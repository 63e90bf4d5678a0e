"""The hostile student: what is told, and what reaches the process, holds nothing of hidden tests or of the solution."""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from contract.classroom import Classroom, course_of

from codegym_jlab.grading.grader.replay import Replay
from codegym_jlab.tutor.diagnosis import Diagnoser, Diagnosis, StudentAnswer

pytestmark = pytest.mark.usefixtures("patient")
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
        "import gc\ndef f(n):\n    inside = [o.values() if isinstance(o, dict) else o for o in gc.get_objects()"
        " if isinstance(o, (dict, list, tuple, set))]\n"
        "    return 4 if any('8191' in str(v) for o in inside for v in list(o) if isinstance(v, (str, int))) else n\n"
    )
    climb = "    up = sys._getframe()\n    while up.f_back: up = up.f_back\n    return str(up.f_locals)\n"
    yield f"import sys\ndef f(n):\n{climb}"


def right_answers(secret: str) -> list[str]:
    """Of others: one that writes the hidden value, and one that needs none."""
    return [
        f"def f(n):\n    if n == 77:\n        return {secret}\n    return n * n\n",
        "def f(n):\n    return n ** 2\n",
    ]


def diagnoser_of(room: Classroom, secret: str) -> Diagnoser:
    async def rights(offering: str, exercise: str) -> list[str]:
        return right_answers(secret)

    return Diagnoser(room.grader, rights=rights)


def told(room: Classroom, folder: Path, secret: str, sources: Iterable[str]) -> list[Any]:
    loaded = course_of(folder, exercise(secret))
    _, task = loaded.find("task")
    diagnoser = diagnoser_of(room, secret)
    gate = asyncio.Semaphore(4)

    async def one_of(source: str) -> Diagnosis:
        async with gate:
            return await diagnoser.diagnose(StudentAnswer(loaded, task, source), practice=False)

    async def all_of() -> list[Diagnosis]:
        return await asyncio.gather(*map(one_of, sources))

    return [(one.lines, one.kind, one.example, one.text("en")) for one in room.run(all_of())]


@pytest.mark.full
def test_what_is_told_is_the_same_whatever_the_hidden_tests_want(room: Classroom, tmp_path: Path) -> None:
    first, second = (told(room, tmp_path / secret, secret, guesses()) for secret in SECRETS)
    assert first == second
    assert any(lines for lines, *_ in first), "some are told a line, or this shows nothing"
    assert not any(secret in text for *_, text in first for secret in SECRETS)


#: What stands above the function, and a text of what it finds when it looks around.
LOOKS = (
    ("", "str(f.__code__.co_consts)"),
    ("", "'{0.__code__.co_consts} {0.__globals__}'.format(f)"),
    ("", "str(vars()) + str(globals())"),
    ("", "str(n.__class__.__base__.__subclasses__())"),
    ("", "str(__builtins__) + str(dir())"),
    ("", "str(__codegym_tick__.__self__.__dict__)"),
    ("", "open('/proc/self/environ').read() + open('/proc/self/cmdline').read()"),
    ("import sys\n", "str(sys._getframe().f_back.f_locals)"),
    ("import sys\n", "str(sys._getframe().f_back.f_back.f_locals)"),
    ("import sys\n", "str(vars(sys.modules['__main__']))"),
    ("import inspect\n", "str([str(one.frame.f_locals)[:4000] for one in inspect.stack()])"),
    ("class A:\n    x = 1\n", "str(A.__dict__) + str(A.__subclasses__())"),
)
WRONG = ("n + n", "n + n + 1", "n * n + 1", "n - 1", "n * 2 - 1", "(n + 1) * n", "n ** 3", "4 * n", "n")


def generated(number: int) -> list[str]:
    """So many different submissions of the kinds that ask by the line that is told; the same at every call."""
    chance, found = random.Random(18), dict[str, None]()
    while len(found) < number:
        at, secret = chance.choice((2, 76, 77, 78, 79)), int(chance.choice(SECRETS)) + chance.randint(-2, 2)
        one, other = chance.sample(WRONG, 2)
        (above, look), edge = chance.choice(LOOKS), chance.randint(0, 9)
        is_look = chance.random() < 0.05
        look_around = (
            f"{above}def f(n):\n    if '{secret}' in {look}:\n        return {one}\n    return {other}\n",
            f"{above}def f(n):\n    if '{secret}' in {look}:\n        raise ValueError(n)\n    return {one} + {edge}\n",
        )
        ask = (
            f"    if n == {at}:\n        return {secret}\n    return {one}\n",
            f"    if n == {at}:\n        return {one}\n    if n > {secret}:\n        return {other}\n    return n\n",
            f"    while n == {at}:\n        pass\n    return {one}\n",
            f"    if n == {at}:\n        raise ValueError({secret})\n    return {one} + {edge}\n",
            f"    t = {edge}\n    for i in range(n + {at} - 77):\n        t += n\n    return min(t, {secret})\n",
        )
        found[chance.choice(look_around) if is_look else "def f(n):\n" + chance.choice(ask)] = None
    return list(found)


#: All of them with CODEGYM_WHOLE_CORPUS=1, as `make corpus` has it; a quarter takes half a minute of two cores.
MANY = 1000 if os.environ.get("CODEGYM_WHOLE_CORPUS") else 250


@pytest.mark.minutes
@pytest.mark.full
def test_many_submissions_teach_nothing_of_hidden_values(room: Classroom, tmp_path: Path) -> None:
    sources = generated(MANY)
    first, second = (told(room, tmp_path / secret, secret, sources) for secret in SECRETS)
    assert first == second
    assert sum(bool(lines) for lines, *_ in first) > MANY // 10, "many are told a line, or this shows little"
    typed = (secret for source, (*_, text) in zip(sources, first, strict=True) for secret in SECRETS
             if secret in text and secret not in source)  # fmt: skip
    assert not list(typed)


def frames_of(room: Classroom, folder: Path, monkeypatch: pytest.MonkeyPatch, *sources: str) -> list[str]:
    """What reaches the process of a student whose grade is at stake."""
    frames: list[str] = []
    exchange = Replay.exchange

    async def watched(self: Replay, frame: dict[str, Any], *, opening: bool) -> dict[str, Any]:
        frames.append(json.dumps({name: part for name, part in frame.items() if name != "seconds"}))
        return await exchange(self, frame, opening=opening)

    monkeypatch.setattr(Replay, "exchange", watched)
    loaded = course_of(folder, exercise("8191"))
    _, task = loaded.find("task")
    diagnoser = diagnoser_of(room, "8191")
    for source in sources:
        room.run(diagnoser.diagnose(StudentAnswer(loaded, task, source), practice=False))
    return frames


def test_no_hidden_input_or_value_and_no_text_that_holds_one_reaches_the_process(
    room: Classroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = frames_of(
        room, tmp_path, monkeypatch, "def f(n):\n    return n + n + 1\n", "def f(n):\n    return n - 1\n"
    )
    assert any("n ** 2" in frame for frame in frames), "others' answers guide, or this shows nothing"
    assert not any(secret in frame for frame in frames for secret in ("8191", "77", "78"))


@pytest.mark.parametrize(
    "hostile",
    [
        "import sys\ndef f(n):\n    return len(sys._getframe().f_code.co_consts)\n",
        "def f(n):\n    return len(f.__code__.co_consts)\n",
        "def f(n):\n    return len('{0.__code__.co_consts}'.format(f))\n",
        "def f(n):\n    return len(vars(f))\n",
        "def f(n):\n    try:\n        return n + n\n    except NameError as error:\n        return len(str(error))\n",
        "class A:\n    x = 1\ndef f(n):\n    return n + A.x\n",
        "def f(n):\n    return n + n + 1\nprint(f(77))\n",
        "def f(n):\n    return n + len(__codegym_tick__.__self__)\n",
    ],
)
def test_no_part_of_a_right_answer_stands_beside_code_that_could_read_it(
    room: Classroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hostile: str
) -> None:
    frames = frames_of(room, tmp_path, monkeypatch, hostile)
    assert frames and not any("n ** 2" in frame for frame in frames)
