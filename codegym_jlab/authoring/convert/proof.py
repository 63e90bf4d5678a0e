"""The same answers through the old grader and through ours: solutions, starters, nothing, and solutions with mistakes.

Whole notebooks are sent, as students send them. In each of those with mistakes a third of the answers have one, so that
what hangs on them can still be right, and their own tests are compared. What came of it is one page that needs nothing
beside it: for a browser, light or dark, and for paper.
"""

import ast
import asyncio
import json
import os
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

from codegym_jlab.course.loader import LoadedCourse, load_course
from codegym_jlab.grading.batch import in_order, judge_unrecorded
from codegym_jlab.grading.grader.grader import Grader
from codegym_jlab.records import Cell, Json, frozen, parse

from ..mutants import mutants_of, spread
from .conversion import Converted
from .names import plain
from .parts import Test
from .units import Exercise, Unit

MUTANTS = 4  #: of each answer
GROUPS = 3  #: of the answers one group at a time has mistakes
#: Kinds of answers, in words.
KINDS = {
    "solution": "the author's solution",
    "reformatted": "the same, written otherwise",
    "starter": "what students are given",
    "blank": "an empty answer",
    "mutant": "the solution with one mistake",
}
GRADERS = {"nbgrader": "nbgrader", "otter": "Otter-Grader"}  #: as their makers call them
_SCRIPT = Path(__file__).with_name("old_grader.py")
_NEAR = 1e-6


class NoGrader(Exception):
    """The old grader is not there, or cannot take the notebook."""


@frozen
class Sent:
    """One notebook handed in: answers by the ids of exercises. `of`: those whose tests are compared."""

    kind: str
    answers: Mapping[str, str]
    of: frozenset[str]


@frozen
class Row:
    """One test of one answer, and what each grader gives it."""

    notebook: str
    kind: str
    exercise: str
    test: str
    most: float
    old: float
    ours: float
    answer: str
    text: str  #: of the test
    said: str = ""  #: by ours

    @property
    def is_same(self) -> bool:
        """Both give the same points."""
        return abs(self.old - self.ours) < _NEAR


@dataclass(slots=True)
class Proof:
    """What came of it. `unfit`: tests, moved or not, whose own solution the old grader does not give their points."""

    grader: str
    rows: list[Row] = field(default_factory=list)
    unfit: list[tuple[str, str]] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)  #: notebooks that the old grader could not take, and why

    def totals(self) -> dict[str, dict[str, int]]:
        """By kind of answer, in the order of KINDS: tests, those with the same points, with more and less here."""
        found = {}
        for kind in KINDS:
            rows = [row for row in self.rows if row.kind == kind]
            more = sum(row.ours > row.old + _NEAR for row in rows)
            same = sum(row.is_same for row in rows)
            found[kind] = {
                "tests": len(rows),
                "same": same,
                "more": more,
                "less": len(rows) - same - more,
                "full": sum(row.ours > row.most - _NEAR for row in rows),
                "none": sum(row.ours < _NEAR for row in rows),
            }
        return found

    def as_json(self) -> Json:
        """For programs: the totals, and each difference."""
        told = [asdict(row) for row in self.rows if not row.is_same]
        return {"proof": self.totals(), "differences": told, "unfit": self.unfit, "failed": self.failed}


def install_hint(grader: str, python: str) -> str:
    """What to do where the grader is not there; empty where it is."""
    package = GRADERS[grader].lower()
    try:
        asked = subprocess.run([python, "-c", f"import {grader}"], capture_output=True, check=False)
        if asked.returncode == 0:
            return ""
    except OSError:
        return f"there is no program {python}"
    return (
        f"{python} has no {package}; python -m venv old && old/bin/pip install {package}, then --prove old/bin/python"
    )


async def prove(
    grader: str, python: str, course: Path, moved: Sequence[tuple[Converted, Unit, Path]], judge: Grader,
    step: Callable[[str, int, int], None],
) -> Proof:  # fmt: skip
    """Both graders' points of every notebook of the course at `course`. `step`: how far it is."""
    proof, loaded = Proof(grader), load_course(course)
    for told, unit, source in moved:
        if not any(exercise.moved() for exercise in unit.exercises.values()):
            continue
        sent = list(submissions(unit))
        old = []
        try:
            async for line in _by_old(grader, python, source, unit, sent):
                old.append(line)
                step(told.notebook, len(old), 2 * len(sent))
            if "error" in old[0]:  # nothing can be compared with the author's own
                raise NoGrader(old[0]["error"])
        except NoGrader as error:
            proof.failed[told.notebook] = str(error)
            continue
        given = [line.get("points") for line in old]
        works = (_by_ours(loaded, judge, unit, one) for one in sent)
        ours = []
        async for one in in_order(works, 2):
            ours.append(one)
            step(told.notebook, len(old) + len(ours), 2 * len(sent))
        _compare(proof, told.notebook, unit, list(zip(sent, given, ours, strict=True)))
    return proof


def submissions(unit: Unit) -> Iterator[Sent]:
    """The notebooks that are handed in; the author's own first."""
    coded = {name: one for name, one in unit.exercises.items() if one.answer.is_code and one.answer.solution}
    tested = [name for name, one in coded.items() if one.moved()]
    every = frozenset(tested)
    right = {name: one.answer.solution for name, one in coded.items()}
    yield Sent("solution", right, every)
    yield Sent("reformatted", {name: _reformatted(text) for name, text in right.items()}, every)
    yield Sent("starter", {name: one.answer.starter for name, one in coded.items()}, every)
    yield Sent("blank", dict.fromkeys(coded, ""), every)
    wrong = {name: spread(mutants_of(plain(right[name])), MUTANTS) for name in tested}
    for number in range(MUTANTS):
        for group in range(GROUPS):
            changed = {name: wrong[name][number].source for name in tested[group::GROUPS] if len(wrong[name]) > number}
            if changed:
                yield Sent("mutant", right | changed, frozenset(changed))


def _reformatted(text: str) -> str:
    with suppress(SyntaxError, ValueError):
        return ast.unparse(parse(text))
    return text


async def _by_old(grader: str, python: str, source: Path, unit: Unit, sent: Sequence[Sent]) -> AsyncIterator[Json]:
    """A line for each, as `old_grader` writes them. Raises NoGrader."""
    name_of = {name: one.answer.name for name, one in unit.exercises.items()}
    with tempfile.TemporaryDirectory(prefix="codegym-proof-") as work:
        asked = [  # of a starter nothing is said: it stays as the old grader gives it out
            {"id": n, "answers": {} if one.kind == "starter" else {name_of[k]: v for k, v in one.answers.items()}}
            for n, one in enumerate(sent)
        ]
        order = {"grader": grader, "source": str(source), "work": work, "submissions": asked}
        with tempfile.TemporaryFile() as said:
            running = await asyncio.create_subprocess_exec(
                python, "-c", _SCRIPT.read_text(encoding="utf-8"), cwd=work, stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE, stderr=said, limit=2**24, env=_environment(),
            )  # fmt: skip
            assert running.stdin is not None and running.stdout is not None
            try:
                running.stdin.write(json.dumps(order).encode())
                running.stdin.close()
                number = 0
                async for line in running.stdout:
                    number += 1
                    yield json.loads(line)
                await running.wait()
            finally:
                if running.returncode is None:
                    running.kill()
            if number < len(sent):
                said.seek(0)
                last = said.read().decode("utf-8", "replace").strip()
                raise NoGrader(last.rpartition("\n")[2][:400] or "it ended and said nothing")


def _environment() -> dict[str, str]:
    """Without what is meant for our own Python."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV", "JUPYTER"))}


async def _by_ours(loaded: LoadedCourse, judge: Grader, unit: Unit, sent: Sent) -> dict[str, tuple[bool, str]]:
    """Which checks pass, by exercise and id, and what is said of those that do not."""
    found = {}
    above: list[Cell] = []
    for name in unit.exercises:
        if name in sent.of:
            _, judged = await judge_unrecorded(judge, loaded, name, sent.answers[name], tuple(above))
            for check in judged.checks:
                said = check.message or (f"{check.failure.type}: {check.failure.message}" if check.failure else "")
                found[f"{name}:{check.check}"] = check.passed, said or str(check.verdict)
        if name in sent.answers:
            above.append(Cell(sent.answers[name], role="answer", exercise=name))
    return found


def _compare(proof: Proof, notebook: str, unit: Unit, each: Sequence[tuple[Sent, Any, Json]]) -> None:
    right = each[0][1]
    for name, exercise in unit.exercises.items():
        moved = exercise.moved()
        for test in exercise.tests:
            if not test.points:
                continue
            old, most = right.get(test.key, (0.0, test.points))
            if old < most - _NEAR:
                proof.unfit.append((notebook, test.name))
                continue
            for sent, points, ours in each:
                if test in moved and name in sent.of and points is not None:
                    passes, said = _passes(ours, name, exercise, test)
                    given = points.get(test.key, (0.0, most))[0]
                    row = Row(
                        notebook, sent.kind, name, test.name, most, given, most if passes else 0.0,
                        sent.answers[name], test.whole, said,
                    )  # fmt: skip
                    proof.rows.append(row)


def _passes(ours: Mapping[str, tuple[bool, str]], name: str, exercise: Exercise, test: Test) -> tuple[bool, str]:
    """Whether a test has its points, and what was said where it has not."""
    is_whole = exercise.answer.all_or_nothing
    wanted = [str(check["id"]) for own, check in exercise.checks if check["weight"] and (is_whole or own is test)]
    told = [ours.get(f"{name}:{id}", (False, "it was not run")) for id in wanted]
    return all(passed for passed, _ in told), next((said for passed, said in told if not passed), "")


_STYLE = """
:root { color-scheme: light dark; --ink: #1a1a1a; --page: #fff; --line: #767676; --soft: #f2f2f2; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececec; --page: #161616; --line: #8c8c8c; --soft: #262626; } }
body { color: var(--ink); background: var(--page); font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem;
  margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
pre { background: var(--soft); padding: .6rem; white-space: pre-wrap; overflow-wrap: anywhere; margin: .3rem 0; }
h3 { font-size: 1rem; margin: 1.5rem 0 .3rem; }
@media print { body { max-width: none; margin: 0; font-size: 10pt; } h2 { break-after: avoid; }
  tr, pre { break-inside: avoid; } :root { --ink: #000; --page: #fff; --soft: #f2f2f2; } }
"""


def percent(part: int, of: int) -> str:
    """Rounded down to a tenth, so that 100 means all of them."""
    return f"{int(1000 * part / of) / 10:g} %" if of else "–"


def page(title: str, proof: Proof, moved: Sequence[Converted]) -> str:
    """The whole document. It holds solutions: it is for staff."""
    old, different = GRADERS[proof.grader], [row for row in proof.rows if not row.is_same]
    parts = [
        f"<h1>{escape(title)}: {old} and CodeGYM give the same points?</h1>",
        f"<p>{date.today().isoformat()}. For staff: this page holds solutions.</p>",
        *_summary(proof, moved, old, len(different)),
        *_method(old),
        f"<h2>Differences ({len(different)})</h2>",
        *([_difference(row, old) for row in different] or ["<p>There is none.</p>"]),
        *_not_moved(proof, moved, old),
    ]
    body = "\n".join(parts)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
    name = f"<title>{escape(title)}: proof</title>"
    return f'<!doctype html>\n<html lang="en"><head>{head}{name}</head><body><main>\n{body}\n</main></body></html>\n'


def _summary(proof: Proof, moved: Sequence[Converted], old: str, different: int) -> Iterator[str]:
    tests, kept = sum(one.tests for one in moved), sum(one.moved for one in moved)
    yield f"<p><strong>{kept} of {tests} tests were moved ({percent(kept, tests)}).</strong> "
    same = len(proof.rows) - different
    yield f"Of {len(proof.rows)} comparisons, {same} gave the same points ({percent(same, len(proof.rows))}).</p>"
    heads = ("answer", "tests", "same points", "", f"more than {old}", f"less than {old}")
    rows = [
        (KINDS[kind], n["tests"], n["same"], percent(n["same"], n["tests"]), n["more"], n["less"])
        for kind, n in proof.totals().items()
    ]
    yield _table("Test by test", heads, rows)


def _method(old: str) -> Iterator[str]:
    yield "<h2>How this was found</h2>"
    yield (
        f"<p>Whole notebooks were handed in, and graded twice: by the real {old}, installed as its makers give it, and "
        f"by CodeGYM. Their answers were {', '.join([*KINDS.values()][:-1])}, and "
        f"{KINDS['mutant']} (up to {MUTANTS} of each, made by one rule for all). Each test was compared by its "
        "points. A test that its own solution does not pass in the old grader, or that has no points, is not "
        "compared.</p>"
    )


def _difference(row: Row, old: str) -> str:
    head = f"{escape(row.notebook)}: {escape(row.test)}, {KINDS[row.kind]}"
    points = f"{old} {row.old:g}, CodeGYM {row.ours:g} of {row.most:g} points"
    said = f"<p>CodeGYM says: {escape(row.said)}</p>" if row.said else ""
    texts = f"<p>The answer:</p><pre>{escape(row.answer)}</pre><p>The test:</p><pre>{escape(row.text)}</pre>"
    return f"<section><h3>{head}: {points}</h3>{said}{texts}</section>"


def _not_moved(proof: Proof, moved: Sequence[Converted], old: str) -> Iterator[str]:
    refusals = [refusal for one in moved for refusal in one.refusals]
    yield f"<h2>What was not moved ({len(refusals)})</h2>"
    rows = [(r.notebook, "" if r.cell is None else r.cell, r.what, r.why, r.mend) for r in refusals]
    yield _table("Each with its reason", ("notebook", "cell", "name", "why", "what to do"), rows)
    yield f"<h2>What {old} could not say</h2>"
    unfit = [(*one, "its own solution does not pass it there") for one in proof.unfit]
    failed = [(name, "", why) for name, why in proof.failed.items()]
    yield _table("Not compared", ("notebook", "test", "why"), [*unfit, *failed])


def _table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    if not rows:
        return f"<p>{caption}: none.</p>"
    top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    body = "\n".join(f"<tr>{''.join(map(_cell, enumerate(row)))}</tr>" for row in rows)
    return f"<table><caption>{caption}</caption><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _cell(told: tuple[int, object]) -> str:
    place, value = told
    if place == 0:
        return f'<th scope="row">{escape(str(value))}</th>'
    return f'<td class="n">{value}</td>' if isinstance(value, int) else f"<td>{escape(str(value))}</td>"
