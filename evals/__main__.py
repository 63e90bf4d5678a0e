"""`python -m evals`: the tutor's own examination, with a model or with none."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from codegym_jlab.cli.command import CourseDir, Unsafe, grading, usable
from codegym_jlab.cli.output import AsJson, line, out, steps, wrong_use

if TYPE_CHECKING:
    from codegym_jlab.course.loader import LoadedCourse
    from evals.diagnosis import Graded, Wrong
    from evals.report import Report
    from evals.sets import Sets

#: Cases of each kind, unless told otherwise: a quarter of a minute; with a model, what the model takes.
SAMPLE = 60


app = typer.Typer(add_completion=False)


@app.callback(invoke_without_command=True)
def exam(
    context: typer.Context,
    llm: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A model, as in the settings; once for each. Default: none."),
    ] = None,
    sets: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Your own cases in place of those that ship; see evals/README.md."),
    ] = None,
    most: Annotated[int, typer.Option(help="Ask at most so many of each kind.", min=1)] = SAMPLE,
    all_: Annotated[bool, typer.Option("--all", help="Ask all of them.")] = False,
    as_json: AsJson = False,
    allow_unsafe_sandbox: Unsafe = False,
) -> None:
    """Examine the tutor: leaks, refusals, what is to the point, triage, guard, errors, hints, time of a reply."""
    if context.invoked_subcommand is not None:
        return
    from evals.sets import BadSet, own, shipped

    if sets is not None and not sets.is_dir():
        wrong_use(f"there is no folder {sets}")
    try:
        cases = (own(sets) if sets is not None else shipped()).at_most(None if all_ else most)
        asyncio.run(_exam(llm or [], cases, as_json, allow_unsafe_sandbox))
    except BadSet as problem:
        wrong_use(str(problem))


async def _exam(llms: list[str], cases: Sets, as_json: bool, unsafe: bool) -> None:
    from codegym_jlab.llm.registry import NotAnLlm, chain_of
    from evals.report import Examination

    try:
        chains = [(name, chain_of((name,))) for name in llms]
    except NotAnLlm as error:
        wrong_use(str(error))
    try:
        async with grading(unsafe) as grader:
            examination = Examination(cases, grader)
            total, done = examination.steps(len(chains)), count(1)
            with steps(not as_json) as step:
                async for report in examination.reports(chains, lambda: step("examining", next(done), total)):
                    line(report.as_json()) if as_json else _told(report)
    finally:
        for _, chain in chains:
            await chain.close()


def _print_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from rich.table import Table

    made = Table(*heads, box=None, pad_edge=False)
    for row in rows:
        made.add_row(*row)
    out.print(made)


def _told(report: Report) -> None:
    out.print(f"model: {report.llm or 'none'}    triage macro-F1: {report.triage_macro_f1}")
    parts = {name: value for name, value in report.as_json().items() if isinstance(value, dict)}
    rows = [
        (part, name.replace("_", " "), "–" if value is None else str(value))
        for part, values in parts.items()
        for name, value in values.items()
    ]
    _print_table(("part", "measure", "value"), rows)


@app.command("diagnosis")
def diagnosis(
    course_dir: CourseDir,
    answers: Annotated[
        Path | None, typer.Option(metavar="FILE.jsonl", help="Wrong answers; default: mutants of the solutions.")
    ] = None,
    most: Annotated[int, typer.Option(help="Answers, or mutants of each exercise, at most.", min=1)] = 40,
    strict: Annotated[bool, typer.Option("--class", help="As in a class: no hidden test is run.")] = False,
    show: Annotated[bool, typer.Option("--show", help="Show each that is not right.")] = False,
    rights: Annotated[
        Path | None, typer.Option(metavar="FILE.jsonl", help="Right answers of others, which guide the search.")
    ] = None,
    others: Annotated[int, typer.Option(help="Right answers of others for each exercise, at most.", min=0)] = 50,
    as_json: AsJson = False,
    allow_unsafe_sandbox: Unsafe = False,
) -> None:
    """Whether the diagnosis of wrong answers tells the right line; see evals/README.md."""
    from evals.diagnosis import answers_in, mutants, rights_in, summary

    loaded = usable(course_dir)
    wrongs = islice(answers_in(answers), most) if answers is not None else mutants(loaded, most)
    known = rights_in(rights, others) if rights is not None else {}
    found = asyncio.run(_graded(loaded, wrongs, known, not strict, allow_unsafe_sandbox))
    for one in (one for one in found if show and one.grade != "right"):
        out.print(f"{one.wrong.id} {one.wrong.exercise}: {one.grade}, told {one.told.lines} ({one.told.kind})")
    told = summary(found)
    line(told) if as_json else _print_table(("measure", "value"), [(name, str(value)) for name, value in told.items()])


async def _graded(
    loaded: LoadedCourse, wrongs: Iterable[Wrong], rights: Mapping[str, Sequence[str]], practice: bool, unsafe: bool
) -> list[Graded]:
    from evals.diagnosis import graded

    async with grading(unsafe) as grader:
        return [one async for one in graded(loaded, wrongs, grader, practice=practice, rights=rights)]


@app.command("questions")
def questions(
    only: Annotated[str, typer.Option(help="Those whose id has this in it.")] = "",
    sets: Annotated[Path | None, typer.Option(metavar="FILE", help="Your own, in the form of ours.")] = None,
    allow_unsafe_sandbox: Unsafe = False,
) -> None:
    """Print what beginners' plain questions are answered, for a person to judge; see evals/README.md."""
    asyncio.run(_questions(only, sets, allow_unsafe_sandbox))


async def _questions(only: str, file: Path | None, unsafe: bool) -> None:
    from evals.questions import asked

    async with grading(unsafe) as grader:
        async for one in asked(grader, only, file):
            shown = (one.line.last_error or "").splitlines()[-1:] or [one.line.last_verdict or "nothing checked"]
            print(f"=== {one.id}  {one.line.exercise or 'no exercise'}: {shown[0]}")
            for turn, reply, took in zip(one.line.turns, one.answered.replies, one.answered.took, strict=True):
                words = len(reply.text.split())
                print(f"> {turn}\n[{took.intent} -> {reply.agent}, {words} words] {reply.title or ''}\n{reply.text}")
                print("".join(f"  ({choice.label})" for choice in reply.choices))


if __name__ == "__main__":
    app()
