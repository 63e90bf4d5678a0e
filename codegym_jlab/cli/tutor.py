"""`codegym ask | guard | explain`: the tutor's answers to a file of lines. Nothing is recorded."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from typer import Option

from codegym_jlab.records import Json, some

from .command import CourseDir, Unsafe, asynchronous, grading, sandboxed, usable
from .output import AsJson, BadLine, Batch, answers_to, cells_of, need_texts, print_answers

if TYPE_CHECKING:
    from codegym_jlab.tutor.batch import Line

_ASK = 'write {"id": …, "exercise": …, "turns": ["…"]}'
_GUARD = 'write {"id": …, "exercise": …, "source": …, "reply": …}'
_EXPLAIN = 'write {"id": …, "source": …}'
_TEXTS = ("exercise", "source", "last_error", "last_verdict", "output")


@asynchronous
async def ask(
    course_dir: CourseDir, batch: Batch, as_json: AsJson = False, allow_unsafe_sandbox: Unsafe = False
) -> int:
    """Ask the tutor: each line is a separate conversation and starts at the first hint.

    A `source` with a `last_verdict` is checked, so the tutor knows what a student would see. `cells` are the
    student's above it, such as the answer of the step before.
    """
    from codegym_jlab.grading.grader.replay import LOST
    from codegym_jlab.tutor.batch import answer_line, checked
    from codegym_jlab.tutor.conversation import Room
    from codegym_jlab.tutor.diagnosis import Diagnoser
    from codegym_jlab.tutor.guard import Guard
    from codegym_jlab.tutor.misconceptions import WrongPatterns
    from codegym_jlab.tutor.question import Situation
    from codegym_jlab.tutor.triage.message import stage_of

    loaded = usable(course_dir)
    async with grading(allow_unsafe_sandbox) as grader:
        sandbox, patterns = grader.sandbox, WrongPatterns(grader)
        room = Room(loaded, Guard(loaded, grader), None, sandbox, Diagnoser(grader))

        async def seen(line: Line) -> Line:
            """With the judgement of an answer that was checked; a verdict that says otherwise is believed."""
            if not (line.exercise and line.source.strip() and line.last_verdict):
                return line
            try:
                found = await checked(loaded, grader, patterns, line)
            except LOST:
                return line
            is_passed = found.judged is not None and found.judged.passed
            is_told = stage_of(Situation(last_verdict=line.last_verdict)) == "passed"
            return replace(found, last_error=line.last_error or found.last_error) if is_passed == is_told else line

        async def answer(body: Json) -> Json:
            try:
                return (await answer_line(room, await seen(read_line(body)))).as_json(body.get("id"))
            except KeyError as error:
                raise BadLine(f"the course `{loaded.id}` has no exercise `{error.args[0]}`") from None

        return await print_answers(
            answers_to(batch, _ASK, answer),
            lambda a: f"{a['id']} ({a['agent']})\n" + "\n---\n".join(a["replies"]) + "\n",
        )


@asynchronous
async def guard(
    course_dir: CourseDir, batch: Batch, as_json: AsJson = False, allow_unsafe_sandbox: Unsafe = False
) -> int:
    """Judge whether a tutor's replies leak: none, partial, solution or hidden_test, and why. For instructors."""
    from codegym_jlab.tutor.guard import Guard

    loaded = usable(course_dir)
    async with grading(allow_unsafe_sandbox) as grader:
        own = Guard(loaded, grader)

        async def answer(body: Json) -> Json:
            body["source"] = body.get("source") or ""
            need_texts(body, _GUARD, "exercise", "source", "reply")
            try:
                finding = await own.judge(body["exercise"], body["source"], body["reply"])
            except KeyError:
                raise BadLine(f"the course `{loaded.id}` has no exercise `{body['exercise']}`") from None
            return {"id": body.get("id"), **some(finding, "leaks why")}

        answers = answers_to(batch, _GUARD, answer)
        return await print_answers(answers, lambda a: f"{a['id']}  {a['leaks']}  {a['why']}")


@asynchronous
async def explain(
    batch: Batch,
    as_json: AsJson = False,
    language: str = Option("en", help="Language of the explanations: en, es, de, fr, pl, zh."),
    allow_unsafe_sandbox: Unsafe = False,
) -> int:
    """Run programs in the sandbox and explain their errors: the line of the mistake, its cause, what to look at."""
    from codegym_jlab.tutor.explain import explain_source

    async with sandboxed(allow_unsafe_sandbox) as sandbox:

        async def answer(body: Json) -> Json:
            need_texts(body, _EXPLAIN, "source")
            found = await explain_source(sandbox, body["source"], language)
            return {"id": body.get("id"), **some(found, "line cause text")}

        answers = answers_to(batch, _EXPLAIN, answer, beside=1 + len(os.sched_getaffinity(0)))
        return await print_answers(answers, lambda a: f"{a['id']}  line {a['line']}  {a['cause']}\n  {a['text']}")


def read_line(body: Json) -> Line:
    """A conversation from its JSON object; any key but `turns` may be null or left out. Raises BadLine."""
    from codegym_jlab.tutor.batch import Line

    turns = body.get("turns")
    if not isinstance(turns, list) or not turns or not all(isinstance(turn, str) for turn in turns):
        raise BadLine(f"`turns` must be a list of at least one text; {_ASK}")
    for name in _TEXTS:
        if not isinstance(body.get(name), str | None):
            raise BadLine(f"`{name}` must be text or null")
    exercise, source, *facts = (body.get(name) for name in _TEXTS)
    last_error, last_verdict, output = (fact or None for fact in facts)
    asked = Line(body.get("id"), tuple(turns), exercise, source or "", bool(body.get("has_code")), last_error)
    return replace(asked, last_verdict=last_verdict, output=output, cells=cells_of(body))
