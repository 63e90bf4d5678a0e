"""The hostile corpus through the grader: what solves nothing is refused, what is odd but right is accepted.

Every case that is no edit of a notebook file; corpus/exercises.yaml and corpus/train hold them, with what must hold.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from contract.classroom import Classroom, Judged, open_classroom
from contract.sandbox_host import sandbox_host
from hostile import canaries
from hostile.canaries import Canaries, Watch, leaked

from codegym_jlab.course.loader import LoadedCourse, load_course
from codegym_jlab.grading.feedback import batch_line, bundle
from codegym_jlab.records import JUDGEMENT_MIME

CORPUS = Path(__file__).parent / "corpus"
EXERCISES = {e["id"]: e for e in yaml.safe_load((CORPUS / "exercises.yaml").read_text())}
PRE = "import numpy as np\nimport pandas as pd\n"
LIMITS = {"seconds": 1, "memory_mb": 512, "output_kb": 64, "total_s": 10}
MARKUP = re.compile(r"<script|<svg|<iframe|<img|\son\w+=|javascript:", re.I)
SPARES = 3  #: processes that a pool may start after it was last counted
CONTAINERS = ("docker", "docker+runsc")
#: A sandbox host, its zygotes and those of the author's side, with their spares; an engine and what it starts with.
STANDING = {"remote": 17, **dict.fromkeys(CONTAINERS, 12)}


@cache
def _cases() -> list[Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [case for file in sorted(CORPUS.glob("*/*.yaml")) for case in yaml.load(file.read_text(), loader)]


def cases(as_code: bool = False) -> list[Any]:
    """With `as_code` those that are not right: there equality is Python's own, and an odd right answer may differ."""
    found = [case for case in _cases() if "notebook_edit" not in case]
    if as_code:  # `values_only`: Python's own == takes what §5 of the design does not
        found = [c for c in found if c["expect"].get("pass") is not True and not c.get("values_only")]
    return [pytest.param(c, id=c["id"]) for c in found]


def checks(exercise: dict[str, Any], how: str = "call") -> Iterator[dict[str, Any]]:
    """The exercise's checks as calls, or as the teacher's own asserts, bare or of unittest classes."""
    for which in ("sample", "secret"):
        for number, check in enumerate(exercise[which], start=1):
            out = {"hidden": f"hidden case {number}"} if which == "secret" else {}
            if "run" in check:
                yield {**out, "run": check["run"], "prints": check["stdout"]}
            elif how != "call":
                yield {**out, "code": test_text(exercise, check, how)}
            else:
                setup = {"setup": check["setup"]} if "setup" in check else {}
                yield {**out, **setup, "call": check["call"], "equals_expr": check["expect"]}


def test_text(exercise: dict[str, Any], check: dict[str, Any], how: str) -> str:
    """One check as a test of the teacher's."""
    call, expect, setup = check["call"], check["expect"], check.get("setup", "")
    table = exercise["kind"] == "dataframe"
    same = f"({call}).equals({expect})" if table else f"({call}) == ({expect})"
    head = PRE if "pd." in same or "np." in same else ""
    if how == "assert":
        return f"{head}{setup}\nassert {same}\n"
    if "np." in expect:
        test = f"self.assertTrue(np.array_equal({call}, {expect}))"
    else:
        test = f"self.assertTrue({same})" if table else f"self.assertEqual({call}, {expect})"
    body = "\n".join(f"        {line}" for line in [*setup.splitlines(), test])
    return f"import unittest\n{head}\nclass Test(unittest.TestCase):\n    def test_it(self):\n{body}\n"


test_text.__test__ = False  # type: ignore[attr-defined]


def course_with(root: Path, how: str) -> LoadedCourse:
    """One unit an exercise, with numpy and pandas given where the checks use them."""
    head = {"schema": 1, "id": "corpus", "title": "Corpus", "preload": ["numpy", "pandas"], "units": list(EXERCISES)}
    (root / "course.yaml").write_text(yaml.safe_dump(head))
    for exercise in EXERCISES.values():
        task = {key: exercise[key] for key in ("id", "statement", "starter", "solution")}
        task |= {"title": exercise["id"], "limits": LIMITS, "checks": list(checks(exercise, how))}
        needs = exercise["kind"] == "dataframe" or "np." in exercise["solution"]
        unit = {"id": exercise["id"], "title": "-", "cells": [*([{"code": PRE}] if needs else []), {"exercise": task}]}
        (root / f"{exercise['id']}.yaml").write_text(yaml.safe_dump(unit, sort_keys=False))
    loaded = load_course(root)
    assert not loaded.errors
    return loaded


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> LoadedCourse:
    """The checks as they are in the corpus."""
    return course_with(tmp_path_factory.mktemp("corpus"), "call")


@pytest.fixture(scope="module", params=["assert", "unittest"])
def by_test_text(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LoadedCourse:
    """The same checks as the teacher's own test text."""
    return course_with(tmp_path_factory.mktemp("corpus"), request.param)


@pytest.fixture(scope="module")
def laid_out() -> Iterator[Canaries]:
    laid = Canaries()
    try:
        laid.lay_out()
    except OSError as error:
        laid.clear()
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"the canaries' places are taken: {error}")
    yield laid
    laid.clear()


@pytest.fixture(scope="module", params=("namespaces", "confined", "remote", *CONTAINERS))
def room(laid_out: Canaries, request: pytest.FixtureRequest) -> Iterator[Classroom]:
    """Opened after the canaries are there, so that the sandbox could inherit them."""
    if request.param in CONTAINERS:
        request.getfixturevalue("engine")
    with sandbox_host() if request.param == "remote" else nullcontext():
        classroom = open_classroom(request.param)
        yield classroom
        classroom.close()


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_corpus_itself(room: Classroom, course: LoadedCourse, exercise: str) -> None:
    assert room.judge(course, exercise, EXERCISES[exercise]["solution"]).verdict == "AC"
    assert room.judge(course, exercise, EXERCISES[exercise]["starter"]).verdict != "AC"


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_corpus_by_test_text(room: Classroom, by_test_text: LoadedCourse, exercise: str) -> None:
    assert room.judge(by_test_text, exercise, EXERCISES[exercise]["solution"]).verdict == "AC"
    assert room.judge(by_test_text, exercise, EXERCISES[exercise]["starter"]).verdict != "AC"


@pytest.mark.slow
@pytest.mark.parametrize("case", cases())
def test_case(room: Classroom, course: LoadedCourse, laid_out: Canaries, case: dict[str, Any]) -> None:
    _hold(room, course, laid_out, case)


@pytest.mark.slow
@pytest.mark.parametrize("case", cases(as_code=True))
def test_case_by_test_text(
    room: Classroom, by_test_text: LoadedCourse, laid_out: Canaries, case: dict[str, Any]
) -> None:
    _hold(room, by_test_text, laid_out, case)


def _hold(room: Classroom, course: LoadedCourse, laid_out: Canaries, case: dict[str, Any]) -> None:
    exercise, expect = EXERCISES[case["exercise"]], case["expect"]
    before = {kind: len(seen) for kind, seen in laid_out.received.items()}
    laid_out.restore()
    lying = canaries.litter()
    start = time.monotonic()
    with Watch() as watch:
        judged = room.judge(course, case["exercise"], case["submission"])
    seconds = time.monotonic() - start
    _check_verdict(judged, expect, seconds)
    text = shown(judged)
    assert len(text.encode()) < expect.get("max_output_bytes", 1_000_000)
    if expect.get("no_leak"):
        words = exercise["sentinels"] + case.get("leak_words", [])
        assert not leaked(words, text, case.get("leak_transform"))
    if expect.get("html_inert"):
        assert not MARKUP.search(re.sub(r"&[a-z]+;", "", bundle(judged.view)["text/html"]))
    if expect.get("isolated_from_next"):
        assert in_time(room, course, case["exercise"], exercise["solution"]) == "AC"
        assert room.judge(course, case["exercise"], exercise["starter"]).verdict != "AC"
    if "no new process survives" in expect.get("host_intact", []):
        room.run(room.grader.rest())  # an author's process that is kept is no survivor
    heard = {kind for kind, seen in laid_out.received.items() if len(seen) > before[kind]}
    for fact in expect.get("host_intact", []):
        assert holds(fact, judged, watch, heard, case.get("leak_transform")), fact
    assert not heard
    assert canaries.litter() <= lying


def in_time(room: Classroom, course: LoadedCourse, exercise: str, source: str) -> str:
    """The verdict on an answer that is quick: a time-out is the machine's, which is busy with other tests."""
    verdict = room.judge(course, exercise, source).verdict
    for _ in range(3):
        verdict = room.judge(course, exercise, source).verdict if verdict == "TLE" else verdict
    return verdict


def _check_verdict(judged: Judged, expect: dict[str, Any], seconds: float) -> None:
    assert judged.verdict != "JE"
    if "pass" in expect:
        assert (judged.verdict == "AC") == expect["pass"], judged.verdicts
    assert seconds < 5 * expect.get("max_seconds", 40)  # five: other tests keep the machine busy


def shown(judged: Judged) -> str:
    """All that a student can see, twice: as JSON escapes it, and as it is."""
    line = batch_line("case", replace(judged.judgement, wall_ms=0), judged.submission, judged.exercise)
    both = [line, bundle(judged.view)[JUDGEMENT_MIME], bundle(judged.view)["text/plain"]]
    text = json.dumps(both, ensure_ascii=False)
    text.encode()  # a lone surrogate would fail here, and in a database
    return text


def holds(fact: str, judged: Judged, watch: Watch, heard: set[str], how: str | None) -> bool:
    """One fact of `host_intact`."""
    everything = str(judged.judgement)
    found = re.match(r"(memory|processes|disk) under (\d+)", fact)
    if found:
        warm = watch.standing_mb if judged.judgement.level in STANDING else 0.0
        peak = {"memory": watch.peak_mb - warm, "processes": watch.peak_processes - 2 * SPARES}.get(found[1], 0)
        return peak < int(found[2])
    simple = {
        "file:/tmp/cg-canary unchanged": lambda: canaries.CANARY.read_text() == canaries.CANARY_TEXT,
        "file:/tmp/cg-secret-file not readable": lambda: not leaked([canaries.FILE_CANARY], everything, how),
        "env var CG_SECRET_CANARY not visible": lambda: not leaked([canaries.ENV_CANARY], everything, how),
        "CG-ESCAPED not printed": lambda: "CG-ESCAPED" not in everything,
        "no new process survives": lambda: canaries.settles(
            STANDING.get(judged.judgement.level, 2 * SPARES + 2), watch.before
        ),
        "no listener left": lambda: not canaries.listens(47614),
        "no file created outside the work dir": lambda: True,  # asked of every case
        "parent process alive": lambda: judged.verdict in ("AC", "WA", "RTE", "TLE", "SV", "MLE", "OLE", "CE"),
        "no connection to 127.0.0.1:47613": lambda: "tcp" not in heard,
        "no connection to /tmp/cg-canary.sock": lambda: "unix" not in heard,
        "no connection to abstract cg-canary": lambda: "abstract" not in heard,
        "no datagram to 127.0.0.1:47615": lambda: "udp" not in heard,
    }
    return simple[fact]()


def test_the_environment_of_the_server_is_not_the_answers(room: Classroom, course: LoadedCourse) -> None:
    source = "import os\nprint(sorted(os.environ))\nprint(os.getcwd(), os.listdir('/'))\n"
    judged = room.judge(course, "sum-even", source)
    assert not set(os.environ) & set(judged.judgement.stdout.replace("'", " ").replace(",", " ").split()) - {
        "HOME", "LANG", "PATH", "TZ", "LC_ALL", "PYTHONDONTWRITEBYTECODE", "LC_CTYPE", "TMPDIR", "USER", "TERM",
    }  # fmt: skip
