"""Compare `code` checks with unittest itself on a public track of exercises with teachers' own test files.

usage: exercism_track.py GIT_DIR [--mutants 4] [--seed N] [--concepts] [--only SLUG,…] [--seen FILE.json]

GIT_DIR is a clone of github.com/exercism/python (bare or not); nothing of it is kept in this repository. For each
practice exercise a temporary course is made: its unittest file is one `code` check, its example the solution. The
solution, the starter and some mutants of the solution are judged, and run by `python -m unittest`; the answers that
pass must be the same. `--seen` keeps unittest's verdicts between two calls. Exit 0 where at least 97 % agree.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import contextlib
import copy
import hashlib
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from codegym_jlab.course.loader import LoadedCourse, load_course
from codegym_jlab.grading.grader.grader import Grader
from codegym_jlab.records import Judgement, Kind, Submission
from codegym_jlab.sandbox import open_sandbox

ENOUGH = 0.97
UNITTEST_S = 40
LIMITS = {"seconds": 8, "total_s": 60, "memory_mb": 512, "output_kb": 256}
AT_ONCE = 2


@dataclass(frozen=True)
class Task:
    """One exercise of the track."""

    slug: str
    module: str
    test: str
    example: str
    starter: str
    others: dict[str, str]  #: further files that its tests read


@dataclass(frozen=True)
class Answer:
    """One answer to an exercise, and unittest's word on it."""

    task: Task
    kind: str
    source: str
    passes: bool


def tasks(git_dir: str, kind: str) -> Iterator[Task]:
    """The exercises of a kind, practice or concept, that are not deprecated."""
    track = json.loads(_show(git_dir, "config.json"))
    for entry in track["exercises"][kind]:
        root = f"exercises/{kind}/{entry['slug']}"
        if entry.get("status") == "deprecated":
            continue
        files = json.loads(_show(git_dir, f"{root}/.meta/config.json"))["files"]
        module = Path(files["solution"][0]).stem
        example = _show(git_dir, f"{root}/{files['example' if kind == 'practice' else 'exemplar'][0]}")
        test, starter = (_show(git_dir, f"{root}/{files[k][0]}") for k in ("test", "solution"))
        others = {name: _show(git_dir, f"{root}/{name}") for name in [*files["test"][1:], *files.get("editor", [])]}
        yield Task(entry["slug"], module, test, example, starter, others)


def _show(git_dir: str, path: str) -> str:
    found = subprocess.run(["git", f"--git-dir={git_dir}", "show", f"HEAD:{path}"], capture_output=True, check=True)
    return found.stdout.decode()


# ---------------------------------------------------------------- mutants


class _Mutation(ast.NodeTransformer):
    """Changes the `number`-th place that can be changed; counts them where there is none of that number."""

    def __init__(self, number: int | None) -> None:
        self.number, self.seen = number, 0

    def _at(self, node: Any, changed: Any) -> Any:
        self.seen += 1
        return changed if self.seen - 1 == self.number else node

    def visit_Compare(self, node: ast.Compare) -> Any:
        self.generic_visit(node)
        swaps: dict[type, type[ast.cmpop]] = {
            ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
            ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
        }  # fmt: skip
        return self._at(node, ast.Compare(node.left, [swaps[type(node.ops[0])](), *node.ops[1:]], node.comparators))

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        self.generic_visit(node)
        swaps: dict[type, type[ast.operator]] = {
            ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
            ast.Div: ast.Mult,
        }  # fmt: skip
        kind = swaps.get(type(node.op))
        return self._at(node, ast.BinOp(node.left, kind(), node.right)) if kind else node

    def visit_BoolOp(self, node: ast.BoolOp) -> Any:
        self.generic_visit(node)
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        return self._at(node, ast.BoolOp(other, node.values))

    def visit_Constant(self, node: ast.Constant) -> Any:
        if type(node.value) is int:
            return self._at(node, ast.Constant(node.value + 1))
        if type(node.value) is str and node.value:
            return self._at(node, ast.Constant(node.value + "x"))
        return self._at(node, ast.Constant(not node.value)) if type(node.value) is bool else node

    def visit_Return(self, node: ast.Return) -> Any:
        self.generic_visit(node)
        return self._at(node, ast.Return(ast.Constant(None))) if node.value is not None else node

    def visit_If(self, node: ast.If) -> Any:
        self.generic_visit(node)
        return self._at(node, ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse))

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        return self._at(node, ast.Pass())

    def visit_Raise(self, node: ast.Raise) -> Any:
        self.generic_visit(node)
        return self._at(node, ast.Pass())


def mutants(slug: str, source: str, count: int, seed: int) -> list[str]:
    """Some changed forms of a solution, the same ones every time."""
    tree = ast.parse(source)
    counter = _Mutation(None)
    counter.visit(copy.deepcopy(tree))
    places = list(range(counter.seen))
    random.Random(slug + str(seed or "")).shuffle(places)
    found: list[str] = []
    for place in places:
        changed = ast.unparse(ast.fix_missing_locations(_Mutation(place).visit(copy.deepcopy(tree))))
        if changed != ast.unparse(tree) and changed not in found and len(found) < count:
            found.append(changed)
    return found


# ---------------------------------------------------------------- unittest


async def by_unittest(task: Task, source: str, seen: dict[str, bool]) -> bool:
    """Whether `python -m unittest` passes; an answer that does not end does not."""
    key = hashlib.sha256(json.dumps([task.slug, task.test, source]).encode()).hexdigest()
    if key not in seen:
        seen[key] = await _run_unittest(task, source)
    return seen[key]


async def _run_unittest(task: Task, source: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        _write(folder, {f"{task.module}.py": source, "the_test.py": task.test, **task.others})
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "unittest", "-q", "the_test", cwd=folder, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            return await asyncio.wait_for(process.wait(), UNITTEST_S) == 0
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):  # it ended in that very moment
                process.kill()
            await process.wait()
            return False


def _write(folder: str, files: dict[str, str]) -> None:
    for name, text in files.items():
        Path(folder, name).write_text(text)


# ---------------------------------------------------------------- CodeGYM


def course_of(folder: Path, found: list[Task]) -> LoadedCourse:
    """One unit an exercise."""
    names = [f"u-{task.slug}" for task in found]
    files = sorted({name for task in found for name in task.others})
    head = {"schema": 1, "id": "track", "title": "Track", "units": names, "files": files}
    (folder / "course.yaml").write_text(yaml.safe_dump(head))
    for name, task in zip(names, found, strict=True):
        exercise = {"id": task.slug, "title": task.slug, "statement": "-", "starter": task.starter}
        exercise |= {"solution": task.example, "limits": LIMITS, "checks": [{"code": task.test, "label": "unittest"}]}
        unit = {"id": name, "title": task.slug, "cells": [{"exercise": exercise}]}
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(unit))
        for other, text in task.others.items():
            (folder / other).write_text(text)
    loaded = load_course(folder)
    assert not loaded.errors, loaded.errors
    return loaded


async def by_codegym(grader: Grader, loaded: LoadedCourse, slug: str, source: str) -> Judgement:
    """The judgement of one answer."""
    now = datetime.now(UTC)
    sent = Submission("s", "local:track", "track", slug, "p", "p", Kind.SUBMIT, source, (), "k", now)
    return await grader.judge(loaded, sent)


async def compare(found: list[Task], count: int, seed: int, seen: dict[str, bool]) -> list[str]:
    """One line an answer on which the two differ; the last line sums up."""
    lines: list[str] = []
    totals = {"answers": 0, "agree": 0}
    spent: list[float] = []
    gate = asyncio.Semaphore(AT_ONCE)
    with tempfile.TemporaryDirectory() as folder:
        loaded = course_of(Path(folder), found)
        sandbox = await open_sandbox()
        grader = Grader(sandbox)
        await grader.warm(loaded)

        async def one(task: Task, kind: str, source: str) -> None:
            async with gate:
                passes = await by_unittest(task, source, seen)
                began = time.perf_counter()
                judged = await by_codegym(grader, loaded, task.slug, source)
                spent.append(time.perf_counter() - began)
            agree = (judged.verdict == "AC") == passes
            totals["answers"] += 1
            totals["agree"] += agree
            if not agree:
                lines.append(f"{task.slug} {kind}: unittest {'passes' if passes else 'fails'}, here {_told(judged)}")

        work = []
        for task in found:
            answers = {"solution": task.example, "starter": task.starter}
            changed = mutants(task.slug, task.example, count, seed)
            answers |= {f"mutant {i}": text for i, text in enumerate(changed, 1)}
            work += [one(task, kind, source) for kind, source in answers.items()]
        await asyncio.gather(*work)
        await grader.close()
        await sandbox.close()
    share = totals["agree"] / max(totals["answers"], 1)
    middle = sorted(spent)[len(spent) // 2] * 1000 if spent else 0
    lines.append(
        f"{totals['agree']} of {totals['answers']} agree ({share:.2%}); a judgement took {middle:.0f} ms (p50)"
    )
    return lines


def _told(judged: Judgement) -> str:
    check = judged.checks[0] if judged.checks else None
    what = [check.message, check.failure and f"{check.failure.type}: {check.failure.message}"] if check else []
    what += [judged.failure and f"{judged.failure.type}: {judged.failure.message}"]
    return f"{judged.verdict} " + " | ".join([*filter(None, what), *(n.text for n in judged.notices)])[:600]


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("git_dir")
    parser.add_argument("--mutants", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0, help="another choice of mutants")
    parser.add_argument("--concepts", action="store_true", help="the concept exercises (their tests need pytest)")
    parser.add_argument("--only", default="")
    parser.add_argument("--seen", type=Path)
    given = parser.parse_args()
    only = set(filter(None, given.only.split(",")))
    found = [
        task
        for task in tasks(given.git_dir, "concept" if given.concepts else "practice")
        if not only or task.slug in only
    ]
    seen = json.loads(given.seen.read_text()) if given.seen and given.seen.exists() else {}
    lines = asyncio.run(compare(found, given.mutants, given.seed, seen))
    if given.seen:
        given.seen.write_text(json.dumps(seen))
    print("\n".join(lines))
    agree, _, total, *_ = lines[-1].split()
    return 0 if int(agree) >= ENOUGH * int(total) else 1


if __name__ == "__main__":
    sys.exit(main())
