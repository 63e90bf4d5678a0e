"""A reviewer without a model: of a course, an exercise or plain code. Each part has its mark and says why.

Style and complexity are ruff's, which reviews students' accepted answers too (`tutor.review`). A model that an author
names may add prose, which stands apart from the parts and changes none.
"""

import ast
import asyncio
import os
import re
from collections.abc import AsyncIterator, Collection, Iterator
from dataclasses import replace

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.notebook import statement_text
from codegym_jlab.course.schema import Exercise, Unit
from codegym_jlab.grading.grader.grader import Grader
from codegym_jlab.llm.base import Message, NoAnswer, Prompt, quoted, words
from codegym_jlab.llm.chain import Chain, Link
from codegym_jlab.records import Json, Verdict, frozen, parse, plain
from codegym_jlab.telemetry.traces import carry, span_of
from codegym_jlab.tutor.guard.syntax import is_text, tree_of
from codegym_jlab.tutor.review import lint

from .check import Checked, check_exercise, why
from .mutants import Slot, slots
from .search import judge_source
from .survivors import MutationRun

#: PEP 8 (E, W, N), errors (F) and likely ones (B, A); complexity apart.
RULES = tuple("E W N F B A C901".split())
_OPTIONS = ("lint.mccabe.max-complexity=0", "line-length=100")
_COMPLEX = re.compile(r"`(\w+)` is too complex \((\d+) ")
PARTS = tuple("check leaks mutants coverage style complexity reading step".split())
MOST_STATEMENTS = 80  #: of a solution whose coverage is looked at
MOST_REASONS = 5
LONGEST, MOST_PROSE = 350, 2_000  #: tokens of a model's prose, and characters that are kept of it


@frozen
class Part:
    """One thing that was looked at. `mark`: from 0 (mend this) to 1 (well)."""

    name: str  #: check, leaks, mutants, coverage, style, complexity, reading, step
    mark: float
    reasons: tuple[str, ...]
    figure: str = ""  #: what was counted


@frozen
class Prose:
    """What a model adds to the parts. Nobody measured it."""

    llm: str
    text: str  #: empty where it gave no answer
    why: str  #: it gave none


@frozen
class Review:
    """Of an exercise, or of code where `exercise` is empty."""

    exercise: str
    title: str
    parts: tuple[Part, ...]
    prose: Prose | None = None  #: only where a model was named

    @property
    def score(self) -> float:
        """Of 10: the mean of its parts, never to be shown without them."""
        return round(10 * sum(part.mark for part in self.parts) / max(1, len(self.parts)), 1)

    def as_json(self) -> Json:
        """For programs."""
        parts = [plain(part) | {"mark": round(part.mark, 2)} for part in self.parts]
        return plain(self) | {"score": self.score, "parts": parts}


async def review_code(source: str, title: str, link: Link | None, wanted: Collection[str] = PARTS) -> Review:
    """Style and complexity of a program, or one of them, and the prose of a model where one is named."""
    parts = await asyncio.to_thread(_code_parts, source)
    return await _with_prose(_review("", title, parts, wanted), {"Code": source}, link)


def _review(exercise: str, title: str, parts: list[Part], wanted: Collection[str]) -> Review:
    return Review(exercise, title, tuple(part for part in parts if part.name in wanted))


async def _with_prose(found: Review, about: dict[str, str], link: Link | None) -> Review:
    if link is None:
        return found
    parts = [f"{one.name}: {10 * one.mark:.0f} of 10 ({one.figure}) {'; '.join(one.reasons)}" for one in found.parts]
    told = [quoted(name, text, 6000) for name, text in (about | {"Review": "\n".join(parts)}).items() if text]
    turns = Message("system", words(__package__, "review")), Message("user", "\n\n".join(told))
    try:
        with span_of(carry(), "review prose", exercise=found.exercise or None):
            text, _, _ = await Chain([link]).whole(Prompt(turns, max_tokens=LONGEST))
        why = "" if text.strip() else "an empty reply"
    except NoAnswer as error:
        text, why = "", str(error)
    return replace(found, prose=Prose(link.shown, text.strip()[:MOST_PROSE], why))


async def review_course(
    loaded: LoadedCourse, grader: Grader, exercise: str, link: Link | None, wanted: Collection[str] = PARTS
) -> AsyncIterator[Review]:
    """Each exercise's, in order, or that of one; nothing is run for parts that nobody wants. Raises KeyError."""
    if exercise:
        loaded.find(exercise)
    met = set[str]()
    longest = 0
    for unit in loaded.units:
        for one in unit.exercises:
            tree = tree_of(one.solution) if one.solution.strip() else None
            if exercise in ("", one.id):
                step = [_step(tree, met, longest)] if tree is not None and met else []
                parts = await _parts(loaded, grader, unit, one, wanted)
                found = _review(one.id, one.title, [*parts, *step], wanted)
                about = {"Language": loaded.head.language, "Statement": one.statement, "Solution": one.solution}
                yield await _with_prose(found, about, link)
            if tree is not None:
                met |= _kinds(tree)
                longest = max(longest, len(_statements(tree)))


async def _parts(
    loaded: LoadedCourse, grader: Grader, unit: Unit, exercise: Exercise, wanted: Collection[str]
) -> list[Part]:
    parts = [_reading(statement_text(exercise))]
    if not {"check", "leaks", "mutants"}.isdisjoint(wanted):
        mutation = MutationRun(grader) if "mutants" in wanted else None
        parts = [*_check_parts(await check_exercise(loaded, grader, exercise.id, mutation)), *parts]
    if exercise.is_code and loaded.is_python(unit):
        if not {"style", "complexity"}.isdisjoint(wanted):
            parts += await asyncio.to_thread(_code_parts, exercise.solution)
        if "coverage" in wanted and exercise.answer in ("code", "program", "debug") and exercise.checks:
            parts.append(await _coverage(loaded, grader, exercise))
    return parts


def _check_parts(checked: Checked) -> Iterator[Part]:
    wrong = tuple(one.text for one in checked.findings if one.kind not in ("leak", "mutants"))
    yield Part("check", 0.0 if wrong else 1.0, wrong, f"{checked.seconds:.1f} s")
    leaking = tuple(one.text for one in checked.findings if one.kind == "leak")
    yield Part("leaks", 0.0 if leaking else 1.0, leaking, f"{len(leaking)}")
    if (tally := checked.mutants) is not None:
        alive = (one.mutant for one in tally.survivors)
        told = tuple(f"line {one.line}: {one.kind} is not noticed" for one in alive)[:MOST_REASONS]
        yield Part("mutants", tally.share / 100, told, f"{tally.killed} of {tally.total} killed")


def _code_parts(source: str) -> list[Part]:
    if not source.strip() or tree_of(source) is None:
        return [Part("style", 0.0, ("Python cannot read this",))]
    found = lint(source, RULES, _OPTIONS)
    style = [f"line {one['location']['row']}: {one['code']} {one['message']}" for one in found if one["code"] != "C901"]
    depths = {match[1]: int(match[2]) for one in found if (match := _COMPLEX.search(one["message"]))}
    most = max(depths.values(), default=1)
    told = tuple(f"`{name}` has {depth} ways through it" for name, depth in depths.items() if depth > 5)
    return [
        Part("style", max(0.0, 1 - len(style) / 10), tuple(style[:MOST_REASONS]), f"{len(style)} findings"),
        Part("complexity", min(1.0, max(0.0, (20 - most) / 15)), told, f"{most}"),
    ]


# -- coverage: a statement that no check reaches can be made to fail, and nobody notices --------------


async def _coverage(loaded: LoadedCourse, grader: Grader, exercise: Exercise) -> Part:
    _, judged = await judge_source(grader, loaded, exercise.id, exercise.solution)
    if judged.verdict is not Verdict.AC:
        return Part("coverage", 0.0, (f"its solution is not accepted: {why(judged)}",))
    stopped = _stopped_in_turn(parse(exercise.solution))[:MOST_STATEMENTS]
    gate = asyncio.Semaphore(len(os.sched_getaffinity(0)))

    async def missed(line: int, source: str) -> int | None:
        async with gate:
            _, judged = await judge_source(grader, loaded, exercise.id, source, until_failure=True)
        return line if judged.verdict is Verdict.AC else None

    lines = [line for line in await asyncio.gather(*(missed(*one) for one in stopped)) if line is not None]
    told = tuple(f"no check reaches line {line}" for line in sorted(set(lines)))[:MOST_REASONS]
    count = len(stopped)
    return Part("coverage", 1 - len(lines) / max(1, count), told, f"{count - len(lines)} of {count} statements")


def _stopped_in_turn(tree: ast.Module) -> list[tuple[int, str]]:
    """For each statement its line, and the program in which everything stops there."""
    found = []
    for slot in _statements(tree):
        slot.put(parse("raise BaseException('not reached')").body[0])
        found.append((getattr(slot.node, "lineno", 1), ast.unparse(tree)))
        slot.put(slot.node)
    return found


def _statements(tree: ast.Module) -> list[Slot]:
    """Those that do something."""
    kept = (ast.FunctionDef, ast.ClassDef, ast.Pass)
    every = (slot for slot in slots(tree) if isinstance(slot.node, ast.stmt) and not isinstance(slot.node, kept))
    return [slot for slot in every if not is_text(slot.node)]


# -- reading, and the step from the exercises before it -----------------------------------------------

_BASIC = frozenset("Module FunctionDef Return arguments arg Load Store Name Constant Expr Assign".split())


def _reading(statement: str) -> Part:
    """Words of a sentence, and the share of long ones: Björnsson's LIX, which fits many languages.

    40 is a newspaper, 60 a law. https://en.wikipedia.org/wiki/Lix_(readability_test)
    """
    prose = " ".join(re.sub(r"`[^`\n]*`", "name", part) for part in statement.split("```")[::2])
    words = [word for word in re.findall(r"\w+", prose) if not word.isdigit()]
    if not words:
        return Part("reading", 0.0, ("the statement has no words",))
    long = sum(len(word) > 6 for word in words)
    lix = len(words) / max(1, len(re.findall(r"[.!?:](?:\s|$)", prose))) + 100 * long / len(words)
    told = ("long sentences or long words; write shorter ones",) if lix > 45 else ()
    return Part("reading", min(1.0, max(0.0, (70 - lix) / 25)), told, f"LIX {lix:.0f}")


def _kinds(tree: ast.AST) -> set[str]:
    return {type(node).__name__ for node in ast.walk(tree)} - _BASIC


def _step(tree: ast.Module, met: set[str], longest: int) -> Part:
    """What the solution holds that no solution before it did, and how much longer than they it is."""
    new, size = sorted(_kinds(tree) - met), len(_statements(tree))
    told = [f"new here: {', '.join(new)}"] if len(new) > 3 else []
    is_long = size > max(5, 2 * longest)
    told += [f"{size} statements, and at most {longest} before it"] if is_long else []
    mark = min(1.0, max(0.0, 1 - (len(new) - 3) / 6)) - (0.3 if is_long else 0)
    return Part("step", max(0.0, mark), tuple(told), f"{len(new)} new, {size} statements")
