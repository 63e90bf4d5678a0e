"""`codegym author`: a model drafts exercises, and a person decides."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, FileText, Option

from codegym_jlab.llm.chain import Link
from codegym_jlab.llm.registry import NotAnLlm, chain_of, chosen, link_of
from codegym_jlab.records import without

from .command import (
    AnyCourseDir,
    Records,
    Unsafe,
    asynchronous,
    flag,
    grading,
    group,
    models_named,
    opened,
    place_of,
    sandboxed,
    settings_here,
    usable,
)
from .flows import until_stopped
from .output import AsJson, failing_on, for_programs, harmless, line, listing, out, say, wrong_use, wrong_use_on

if TYPE_CHECKING:
    from codegym_jlab.authoring.draft import Attempt, Order
    from codegym_jlab.authoring.review import Review
    from codegym_jlab.authoring.sessions import Session, Studio
    from codegym_jlab.sandbox.base import Sandbox

author = group("author", "Draft exercises with a model, and review them.")
Id = Annotated[str, Argument(metavar="DRAFT", help="Its id, as `codegym author drafts` shows it.")]


@author.command()
def draft(
    course_dir: AnyCourseDir = None,
    topic: str = Argument("", metavar="TOPIC", help="The topic, and who it is for."),
    unit: str = Option("", help="The unit; default: the last one."),
    mode: str = Option("exercise", help="exercise, checks, hints, misconceptions, variant or translation."),
    exercise: str = Option("", help="For the other modes: the exercise to work on."),
    case: list[str] | None = Option(None, help="An expression that must be true: `double(2) == 4`."),
    llm: list[str] | None = Option(None, help="A model, as in `codegym models`; repeatable, in order."),
    attempts: int = Option(3, min=1, max=10, help="Most attempts for each model."),
    language: str = Option("", help="For a translation: a language tag such as de."),
    resume: str = Option("", metavar="DRAFT", help="Continue this draft after a stop or a crash."),
    write: bool = flag("--write", "Add a draft that passes to the course at once."),
    records: Records = "",
    as_json: AsJson = False,
    allow_unsafe_sandbox: Unsafe = False,
) -> None:
    """Let a model draft an exercise, in several attempts, until one passes `codegym check`.

    Nothing is added to the course until you say so: --write, or `codegym author accept`.
    """
    order = None
    if not resume:
        if course_dir is None or not topic.strip():
            wrong_use('write: codegym author draft COURSE_DIR "topic, level"; or --resume DRAFT')
        from codegym_jlab.authoring.draft import UnfitOrder, order_for

        loaded = usable(course_dir)
        with wrong_use_on(NotAnLlm, UnfitOrder):
            chain = chain_of(chosen(settings_here().llms, llm))
            order = order_for(
                loaded,
                unit,
                exercise,
                topic=topic,
                llms=llm or [link.shown for link in chain.links],
                mode=mode,
                cases=case or [],
                language=language,
                tries=attempts,
                who=getpass.getuser(),
            )
    work = _draft(order, resume, write, records, allow_unsafe_sandbox)
    until_stopped(work, "what is done is kept: codegym author drafts; codegym author draft --resume DRAFT")


async def _draft(order: Order | None, resume: str, write: bool, records: str, unsafe: bool) -> int:
    async with sandboxed(unsafe) as sandbox, _studio(records, sandbox) as studio:
        what = {"course": order.course, "unit": order.unit} if order else {"draft": resume}
        async with _act(studio, "draft", **what):
            session = await (studio.begin(order) if order else studio.resume(resume))
        if not for_programs():
            out.print(f"draft {session.id}")
        session = await _watched(studio, session.id)
        say(without(session.as_json(), "attempts"), _end(session))
        if write and session.passed:
            await _accept(session, studio)
    return 0 if session.passed else 1


async def _watched(studio: Studio, id: str) -> Session:
    shown = 0
    while True:
        session = await studio.find(id)
        for attempt in session.attempts[shown:]:
            say(attempt, _row(attempt))
        shown = len(session.attempts)
        if session.is_over:
            return session
        await asyncio.sleep(0.2)


def _row(one: Attempt) -> str:
    tokens = f"{one.prompt_tokens} + {one.reply_tokens} tokens"
    verdict = one.verdict.replace("_", " ").capitalize()
    return f"{one.number}  {one.llm}  {tokens}  {one.seconds:.1f} s  {verdict}: {one.reason}"


def _end(session: Session) -> str:
    if (passed := session.passed) is None:
        said = {"for_a_person": f"{len(session.attempts)} attempts, none passed; for a person", "stopped": "stopped"}
        return said.get(session.state, f"{session.state}: {session.why}")
    checks = f"{passed.passed} of {passed.checks} checks, {passed.killed} of {passed.mutants} mutants killed"
    return f"\n{passed.yaml}\n{checks}. Nothing is in the course yet: codegym author accept {session.id}"


@author.command()
@asynchronous
async def drafts(records: Records = "", as_json: AsJson = False) -> None:
    """List all drafts with their state, the newest first."""
    async with _studio(records) as studio:
        found = await studio.all()
    listing(
        found,
        "id state attempts mode topic",
        attempts=lambda one: len(one["attempts"]),
        mode=lambda one: one["order"]["mode"],
        topic=lambda one: one["order"]["topic"],
    )


@author.command()
@asynchronous
async def stop(draft: Id, records: Records = "") -> None:
    """Start no more attempts. What is done stays; continue with --resume."""
    async with _studio(records) as studio, _act(studio, "draft", draft=draft):
        out.print(f"{draft}  {(await studio.stop(draft)).state}")


@author.command()
@asynchronous
async def accept(
    draft: Id, records: Records = "", as_json: AsJson = False, allow_unsafe_sandbox: Unsafe = False
) -> None:
    """Add a draft that passed to the unit's YAML. Students see it once the course is published."""
    async with sandboxed(allow_unsafe_sandbox) as sandbox, _studio(records, sandbox) as studio:
        await _accept(await studio.find(draft), studio)


async def _accept(session: Session, studio: Studio) -> None:
    async with _act(studio, "accept", draft=session.id):
        placed = await studio.drafter.accept(session.order, session.passed)
    say(placed, f"{placed.file}: lines {placed.begin} to {placed.end - 1} are new. Next: codegym check")


@author.command()
@asynchronous
async def review(
    course_dir: AnyCourseDir = None,
    exercise: str = Argument("", metavar="[EXERCISE]", help="Its id; default: all."),
    code: FileText | None = Option(
        None, metavar="FILE.py", encoding="utf-8", errors="replace", help="Review this code instead of a course."
    ),
    llm: str = Option("", help="A model that adds comments; default: none."),
    as_json: AsJson = False,
    allow_unsafe_sandbox: Unsafe = False,
) -> None:
    """Mark each exercise in parts, without a model: checks, leaks, mutants, coverage, style, reading, steps.

    With --llm a model reads it as well; its comments are shown separately and change no mark.
    """
    from codegym_jlab.authoring.review import review_code, review_course

    if (code is None) == (course_dir is None):
        wrong_use("name a course's folder, or --code FILE.py")
    async with models_named([llm]) if llm else nullcontext() as chain:
        link = chain.links[0] if chain else None
        if code is not None:
            return _print_review(await review_code(code.read(), Path(code.name).name, link))
        assert course_dir is not None
        loaded = usable(course_dir)
        async with grading(allow_unsafe_sandbox, of_author=True) as grader:
            try:
                async for one in review_course(loaded, grader, exercise, link):
                    _print_review(one)
            except KeyError:
                wrong_use(f"the course `{loaded.id}` has no exercise `{exercise}`")


def _print_review(found: Review) -> None:
    if for_programs():
        return line(found)
    out.print(f"{found.exercise or found.title}: {found.score:g} of 10")
    for part in found.parts:
        out.print(f"  {part.name:<11}{10 * part.mark:>4.0f}  {part.figure}")
        for reason in part.reasons:
            out.print(f"{'':19}{' '.join(reason.split())}")
    if found.prose is not None:
        out.print(f"  {found.prose.llm} adds, and nobody measured it:")
        for row in (found.prose.text or found.prose.why).splitlines():
            out.print(f"    {harmless(row)}")


@asynccontextmanager
async def _studio(records: str, sandbox: Sandbox | None = None) -> AsyncIterator[Studio]:
    from codegym_jlab.authoring.sessions import NoDrafts, Studio, TooManyDrafts, UnknownDraft
    from codegym_jlab.course.yaml_source import NoPlace

    place = place_of(records)
    links: dict[str, Link] = {}

    def link(name: str) -> Link:
        if name not in links:
            links[name] = link_of(chosen(settings_here().llms, [name])[0])
        return links[name]

    async with opened(place) as store:
        with failing_on(NoPlace, NoDrafts, TooManyDrafts, UnknownDraft):
            studio = Studio(store, place, link, sandbox)
            try:
                yield studio
            finally:
                await studio.close()
                for one in links.values():
                    await one.llm.close()


def _act(studio: Studio, name: str, **what: str) -> AbstractAsyncContextManager[None]:
    """Within it, what is done with drafts stands in the audit log under this name."""
    from codegym_jlab.store.audit import Act, acting

    return acting(studio.store, Act(getpass.getuser(), name, what=what))
