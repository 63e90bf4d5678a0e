"""`codegym new | notebook | check | suggest | grade | convert`: what is done with a folder of YAML."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from typer import Argument, Exit, FileText, Option

from ..records import Json, some
from .command import CourseDir, Unsafe, asynchronous, flag, grading, group, load, usable
from .output import (
    AsJson,
    answers_to,
    cells_of,
    err,
    failing_on,
    for_programs,
    line,
    listing,
    need_texts,
    out,
    print_answers,
    say,
    steps,
    wrong_use,
    wrong_use_on,
)

if TYPE_CHECKING:
    from ..authoring.convert.conversion import Conversion
    from ..grading.grader.grader import Grader as Judge

_GRADE = 'write {"id": …, "exercise": …, "source": …}'


def notebook(
    course_dir: CourseDir,
    unit: str = Argument(help="The unit's id."),
    output: Path = Option(..., "--output", "-o", help="The file to write."),
) -> None:
    """Generate the notebook of a unit, with the course's files beside it."""
    from ..course.notebook import unit_notebook

    loaded = usable(course_dir)
    try:
        text = json.dumps(unit_notebook(loaded, loaded.unit(unit)), ensure_ascii=False, indent=1)
    except KeyError:
        wrong_use(f"{course_dir} has no unit `{unit}`; it has {', '.join(u.id for u in loaded.units)}")
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text + "\n", encoding="utf-8")
    for name, source in loaded.data_files:
        target = output.parent / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            shutil.copyfile(source, target)


@asynchronous
async def check(
    course_dir: CourseDir,
    mutants: float | None = Option(
        None, metavar="PERCENT", help="Fail if the checks kill fewer mutants.", min=0, max=100
    ),
    no_mutants: bool = flag("--no-mutants", "Skip the mutants: faster."),
    as_json: AsJson = False,
    allow_unsafe_sandbox: Unsafe = False,
) -> int:
    """Check a course: solutions accepted, starters refused, misconceptions caught, no leaks, mutants killed."""
    from ..authoring.check import Summary, check_course, exercise_lines
    from ..authoring.survivors import MutationRun
    from ..course.loader import load_course

    if no_mutants and mutants is not None:
        wrong_use("--mutants PERCENT and --no-mutants do not go together")
    loaded = load_course(course_dir.resolve())
    for error in loaded.errors:
        told = {"exercise": error.exercise, "kind": "schema", "text": str(error), **some(error, "file line")}
        say(told, str(error))
    if loaded.broken:
        return 1 if loaded.errors else 0
    summary, mutate = Summary(len(loaded.errors), mutants), not no_mutants
    async with grading(allow_unsafe_sandbox, of_author=True) as grader:
        with _mutants(mutate) as advance:
            mutation = MutationRun(grader, advance) if mutate else None
            async for checked in check_course(loaded, grader, mutation):
                summary.add(checked)
                say(checked, *exercise_lines(checked))
    say(summary.as_json(loaded.id), *summary.lines(loaded.title))
    return 0 if summary.is_fit else 1


@asynchronous
async def suggest(
    course_dir: CourseDir,
    exercise: str | None = Argument(None, metavar="[EXERCISE]", help="Its id; default: all of them."),
    write: bool = flag("--write", "Add the checks to the course's files, as hidden ones."),
    as_json: AsJson = False,
    allow_unsafe_sandbox: Unsafe = False,
) -> int:
    """Find checks for surviving mutants: inputs on which solution and mutant differ, the smallest first."""
    from ..authoring.suggest import suggest_checks, write_checks
    from ..course.yaml_source import NoPlace

    loaded = usable(course_dir)
    ids = [one.id for one in loaded.exercises if exercise or one.is_code]
    if exercise and exercise not in ids:
        wrong_use(f"the course `{loaded.id}` has no exercise `{exercise}`")
    failed = False
    async with grading(allow_unsafe_sandbox, of_author=True) as grader:
        with _mutants() as advance:
            for name in [exercise] if exercise else ids:
                found = await suggest_checks(loaded, grader, name, advance)
                failed |= bool(found.problem)
                place, trouble = None, None
                if write and found.suggestions:
                    try:
                        place = write_checks(loaded, found)
                    except (NoPlace, OSError) as error:
                        failed, trouble = True, f"not written: {error}"
                end = f"written to {place}; say in `hidden` what each looks at" if place else trouble
                told = found.as_json() | {"written": place, "trouble": trouble}
                say(told, *found.lines(), *([f"    {end}"] if end else []))
    return 1 if failed else 0


@contextmanager
def _mutants(wanted: bool = True) -> Iterator[Callable[[int, int], None]]:
    """A bar of the mutants that were run, of those known so far: what goes on. It is drawn below what is printed."""
    ran = known = 0
    with steps(wanted, out) as step:

        def advance(done: int, more: int) -> None:
            nonlocal ran, known
            ran, known = ran + done, known + more
            step("mutants", ran, known)

        yield advance


@asynchronous
async def grade(
    course_dir: CourseDir,
    notebooks: list[Path] | None = Argument(
        None, metavar="[NOTEBOOK]...", exists=True, dir_okay=False, help="Notebooks handed in."
    ),
    batch: FileText | None = Option(
        None,
        encoding="utf-8",
        errors="replace",
        help="JSON lines with id, exercise, source, cells; - for standard input.",
    ),
    as_json: AsJson = False,
    staff: bool = flag("--staff", "Show everything, not only what a student may see."),
    allow_unsafe_sandbox: Unsafe = False,
) -> int:
    """Grade notebooks, or a batch of answers. Records nothing; ignores attempts, dates and rate."""
    if bool(notebooks) == (batch is not None):
        wrong_use("name notebooks, or --batch FILE.jsonl")
    from ..grading.batch import Line, at_once, grade_line, grade_lines, notebook_lines

    def words(answer: Json) -> str:
        points = f"{answer['score']:g} of {answer['max_score']:g}"
        return f"{answer['id']}  {answer['exercise']}  {answer['verdict']}  {points}"

    loaded = usable(course_dir)
    async with grading(allow_unsafe_sandbox) as grader:

        async def answer(body: Json) -> Json:
            need_texts(body, _GRADE, "exercise", "source")
            given = Line(body.get("id"), body["exercise"], body["source"], cells_of(body))
            return await grade_line(given, loaded, grader, staff=staff)

        if batch:
            answers = answers_to(batch, _GRADE, answer, beside=at_once())
        else:
            lines = (line for path in notebooks or () for line in notebook_lines(path, loaded))
            answers = grade_lines(lines, loaded, grader, staff=staff)
        return await print_answers(answers, words)


class Grader(StrEnum):
    """Whose notebooks can be moved: each has a reader of its name."""

    NBGRADER = "nbgrader"
    OTTER = "otter"


@asynchronous
async def convert(
    grader: Grader = Argument(help="The grader that the notebooks are for."),
    source: Path = Argument(
        metavar="SOURCE", help="A notebook, or the folder of an assignment or a course (with `source`)."
    ),
    output: Path = Option(..., "--output", "-o", metavar="COURSE", help="The new course's folder."),
    title: str = Option("", help="The course's title; by default the name of SOURCE."),
    prove: str = Option("", metavar="PYTHON", help="Also compare points, with the old grader in this Python."),
    as_json: AsJson = False,
    allow_unsafe_sandbox: Unsafe = False,
) -> int:
    """Convert another grader's course. Says what cannot be converted: its cell, the reason, what to do."""
    from ..authoring.convert import nbgrader, otter
    from ..authoring.convert.conversion import Conversion, words
    from ..authoring.convert.parts import Unfit
    from ..authoring.convert.proof import install_hint

    reader = nbgrader if grader is Grader.NBGRADER else otter
    with wrong_use_on(Unfit):
        conversion = Conversion(source.absolute(), output, reader.read, title)  # noqa: ASYNC240
    if prove and (missing := install_hint(grader, prove)):
        wrong_use(missing)
    await asyncio.to_thread(conversion.write)
    seen = written = tests = moved = 0
    async with grading(allow_unsafe_sandbox) as judge:
        with steps() as step:
            async for told in conversion.prove(judge.sandbox):
                written += bool(told.unit)
                tests += told.tests
                moved += told.moved
                say(told, *words(told))
                seen += 1
                step("notebooks", seen, len(conversion.notebooks))
        if prove and written:
            await _prove(grader, prove, output, conversion, judge)
    if written and not for_programs():
        err.print(f"{moved} of {tests} tests moved. Next: codegym check {output}; codegym preview {output}")
    return 0 if written else 1


async def _prove(grader: Grader, python: str, output: Path, conversion: Conversion, judge: Judge) -> None:
    from ..authoring.convert.proof import KINDS, page, percent, prove

    with steps() as step:
        proof = await prove(grader, python, output, conversion.moved, judge, step)
    file = output / "proof.html"
    file.write_text(page(conversion.title, proof, [told for told, _, _ in conversion.moved]), encoding="utf-8")
    if for_programs():
        return line(proof)
    for row in proof.rows:
        if not row.is_same:
            out.print(f"≠ {row.notebook}: {row.test}, {KINDS[row.kind]}: {grader} {row.old:g}, here {row.ours:g}")
    for name, why in proof.failed.items():
        out.print(f"✗ {name}: {grader} could not take it: {why}")
    totals = proof.totals().items()
    rows = ({"answer": KINDS[kind], **n, "share": percent(n["same"], n["tests"])} for kind, n in totals)
    listing(rows, "answer tests same more less share")
    err.print(f"A page to show: {file}")


new = group("new", "Create a course, unit or exercise, for you to change.")


@new.command()
def course(course_dir: Path = Argument(metavar="COURSE_DIR", help="The folder to create; its name is the id.")) -> None:
    """Create a small course in a new folder."""
    from ..course.templates import NotWritten, put_example

    folder = course_dir.absolute()
    with failing_on(NotWritten):
        out.print(f"written: {put_example(folder.parent, folder.name)}")
    err.print(f"Next: codegym preview {course_dir}; codegym new unit {course_dir} loops; codegym check {course_dir}")


@new.command()
def unit(
    course_dir: CourseDir, unit: str = Argument(metavar="UNIT", help="Its id, such as `loops`; also its file name.")
) -> None:
    """Add a unit at the end of the course."""
    from ..course.templates import KINDS, NotWritten, put_unit

    loaded = load(course_dir)
    if loaded.course is None:
        raise Exit(1)
    with failing_on(NotWritten):
        out.print(f"written: {put_unit(loaded, unit)}")
    err.print(f"Next: codegym new exercise {course_dir} {unit} KIND, with one of: {', '.join(KINDS)}")


@new.command()
def exercise(
    course_dir: CourseDir,
    unit: str = Argument(metavar="UNIT", help="The unit's id."),
    kind: str = Argument(metavar="KIND", help="code, program, debug, fill, order, predict, choice, text or plot."),
) -> None:
    """Add an exercise of any kind at the end of a unit."""
    from ..authoring.placement import place, write
    from ..course.templates import KINDS, PLOTS, cells_for, import_plots
    from ..course.yaml_source import NoPlace

    if kind not in KINDS:
        wrong_use(f"there is no kind `{kind}`; write one of {', '.join(KINDS)}")
    loaded = load(course_dir)
    if unit not in [one.id for one in loaded.units]:
        wrong_use(f"{course_dir} has no unit `{unit}` that can be read; codegym new unit {course_dir} {unit} makes one")
    with failing_on(NoPlace):
        placed = place(loaded, unit, cells_for(loaded, kind))
        if kind == "plot" and import_plots(loaded):
            out.print(f"written: {loaded.root / 'course.yaml'}: preload {PLOTS}")
        write(loaded, placed)
    out.print(f"written: {loaded.root / placed.file}:{placed.begin}")
    err.print(f"Next: change it; codegym check {course_dir}; codegym preview {course_dir}")
