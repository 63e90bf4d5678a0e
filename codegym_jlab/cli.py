"""`codegym`: the same managers as the server, from the command line. Heavy imports happen within the commands.

Exit 0: done, every line answered, whatever the verdicts. 1: something could not be answered, or a course falls short.
2: wrong use.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .commands.answering import answer, tickets
from .commands.asking import ask
from .commands.assisting import mcp
from .commands.backing_up import backup, restore
from .commands.batches import told
from .commands.eventing import events
from .commands.examining import tutor
from .commands.explaining import explain
from .commands.exporting import export
from .commands.flowing import flows, worker
from .commands.guarding import guard
from .commands.hosting import sandbox_host
from .commands.importing import import_
from .commands.marking import mark, review
from .commands.modelling import models
from .commands.opening import CourseDir, Unsafe, grading, load, sandboxed, usable
from .commands.overseeing import classes
from .commands.parking import parked
from .commands.personal import person
from .commands.publishing import publish
from .commands.receipting import receipt
from .commands.regrading import regrade
from .commands.retaining import retention
from .commands.ruling import policy
from .commands.teaming import teams
from .commands.terminal import AsJson, bar, err, line, out, wrong_use

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from .course.loader import LoadedCourse
    from .grading.batch import Line

#: Settings of the lab that we start; a user's own go before them. No question about news meets a student first.
LAB_DEFAULTS = Path(__file__).parent / "labdefaults"

app = typer.Typer(
    name="codegym",
    help="Learn programming inside JupyterLab: courses in YAML, checked in milliseconds in sandboxes.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """The command `codegym`."""
    app()


@app.command()
def lab(
    courses: Annotated[Path | None, typer.Option(help="Folder of courses; default: those that ship.")] = None,
    folder: Annotated[Path, typer.Option("--dir", help="Where your notebooks are kept.")] = Path("."),
    browser: Annotated[bool, typer.Option(help="Open a browser window.")] = True,
    port: Annotated[int, typer.Option(help="0: the first that is free from 8888 on.")] = 0,
    allow_unsafe_sandbox: Unsafe = False,
) -> None:
    """Open JupyterLab with everything on."""
    if courses is not None and not courses.is_dir():
        wrong_use(f"there is no folder {courses}")
    os.execv(sys.executable, _lab_command(courses, folder, browser, port, allow_unsafe_sandbox))


@app.command()
def preview(
    course_dir: CourseDir,
    browser: Annotated[bool, typer.Option(help="Open a browser window.")] = True,
    port: Annotated[int, typer.Option(help="0: the first that is free from 8888 on.")] = 0,
) -> None:
    """See a course as a student does, reloading on save, errors in the sidebar. Your own records are not touched."""
    import signal
    import subprocess
    import tempfile

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the folder goes with us
    load(course_dir)
    with tempfile.TemporaryDirectory(prefix="codegym-preview-") as scratch:
        command = _lab_command(course_dir, Path(scratch), browser, port, False)
        command += [f"--CodeGym.data_dir={scratch}/.records", "--CodeGym.database="]
        raise typer.Exit(subprocess.call(command))


def _lab_command(courses: Path | None, folder: Path, browser: bool, port: int, unsafe: bool) -> list[str]:
    """What starts the lab, in this process's environment, which is made ready for it."""
    paths = [str(LAB_DEFAULTS), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(paths)
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder.resolve()}"]
    command += [f"--CodeGym.courses_dir={courses.resolve()}"] if courses else []
    command += ["--CodeGym.allow_unsafe_sandbox=True"] if unsafe else []
    command += [] if browser else ["--no-browser"]
    command += [f"--port={port}"] if port else []
    return command + (["--allow-root"] if os.geteuid() == 0 else [])


@app.command()
def notebook(
    course_dir: CourseDir,
    unit: Annotated[str, typer.Argument(help="The unit's id.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")],
) -> None:
    """Generate the notebook of a unit, with the course's files beside it."""
    from .course.notebook import unit_notebook

    loaded = usable(course_dir)
    try:
        text = json.dumps(unit_notebook(loaded, loaded.unit(unit)), ensure_ascii=False, indent=1)
    except KeyError:
        assert loaded.course is not None
        wrong_use(f"{course_dir} has no unit `{unit}`; it has {', '.join(u.id for u in loaded.course.units)}")
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text + "\n", encoding="utf-8")
    for name, source in loaded.data_files:
        target = output.parent / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            shutil.copyfile(source, target)


@app.command()
def check(
    course_dir: CourseDir,
    mutants: Annotated[
        float | None, typer.Option(metavar="PERCENT", help="Fail when the checks kill fewer mutants.", min=0, max=100)
    ] = None,
    no_mutants: Annotated[bool, typer.Option("--no-mutants", help="Leave the mutants out: quicker.")] = False,
    as_json: AsJson = False,
    allow_unsafe_sandbox: Unsafe = False,
) -> None:
    """Is a course fit? Solutions accepted, starters refused, misconceptions caught, no leaks, mutants killed."""
    if no_mutants and mutants is not None:
        wrong_use("--mutants PERCENT and --no-mutants do not go together")
    loaded = load(course_dir, tell=False)
    for error in loaded.errors:
        if as_json:
            where = {"file": error.file, "line": error.line}
            line({"exercise": error.exercise, "kind": "schema", "text": str(error), **where})
        else:
            out.print(str(error))
    if not as_json:
        for notice in loaded.feature_notices:
            err.print(f"note: {notice}")
    if loaded.broken:
        raise typer.Exit(1 if loaded.errors else 0)
    raise typer.Exit(asyncio.run(_check(loaded, mutants, not no_mutants, as_json, allow_unsafe_sandbox)))


async def _check(loaded: LoadedCourse, least: float | None, mutate: bool, as_json: bool, unsafe: bool) -> int:
    from .authoring.check import check_course
    from .authoring.killing import Killing
    from .authoring.summary import Summary, exercise_lines
    from .sandbox.base import side_of_author

    summary = Summary(len(loaded.errors), least)
    async with sandboxed(unsafe) as sandbox:
        own = side_of_author(sandbox)  # solutions and their mutants go to no other machine
        async with grading(own) as grader:
            with bar(mutate and not as_json, out, grows=True) as shown:
                task = shown.add_task("mutants", total=0)
                killing = Killing(grader, own, lambda done, more: _advance(shown, task, done, more)) if mutate else None
                async for checked in check_course(loaded, grader, killing):
                    summary.add(checked)
                    if as_json:
                        line(checked.as_json())
                    else:
                        shown.console.print("\n".join(exercise_lines(checked)))
    if as_json:
        line(summary.as_json(loaded.id))
    else:
        out.print("\n".join(summary.lines(loaded.title)))
    return 0 if summary.is_fit else 1


def _advance(shown: Progress, task: TaskID, done: int, more: int) -> None:
    shown.update(task, advance=done, total=(shown.tasks[0].total or 0) + more)


@app.command()
def grade(
    course_dir: CourseDir,
    notebooks: Annotated[
        list[Path] | None, typer.Argument(metavar="[NOTEBOOK]...", help="Notebooks handed in.")
    ] = None,
    batch: Annotated[
        Path | None, typer.Option(help="JSON lines with id, exercise, source, cells; - for standard input.")
    ] = None,
    as_json: AsJson = False,
    staff: Annotated[bool, typer.Option("--staff", help="Everything, not only what a student may see.")] = False,
    allow_unsafe_sandbox: Unsafe = False,
) -> None:
    """Grade notebooks, or a batch of answers. Keeps no records and obeys no attempts, dates or rate."""
    if bool(notebooks) == (batch is not None):
        wrong_use("name notebooks, or --batch FILE.jsonl")
    missing = [
        path for path in [*(notebooks or []), *([batch] if batch else [])] if str(path) != "-" and not path.is_file()
    ]
    if missing:
        wrong_use(f"there is no file {missing[0]}")
    loaded = usable(course_dir)
    from .grading.batch import notebook_lines, read_lines

    lines: Iterable[Line]
    if batch is not None:
        texts = sys.stdin if str(batch) == "-" else batch.open(encoding="utf-8", errors="replace")
        lines = read_lines(texts)
    else:
        lines = (line for path in notebooks or [] for line in notebook_lines(path, loaded))
    raise typer.Exit(asyncio.run(_grade(lines, loaded, as_json, staff, allow_unsafe_sandbox)))


async def _grade(lines: Iterable[Line], loaded: LoadedCourse, as_json: bool, staff: bool, unsafe: bool) -> int:
    from .grading.batch import grade_lines

    def words(answer: Mapping[str, Any]) -> str:
        points = f"{answer['score']:g} of {answer['max_score']:g}"
        return f"{answer['id']}  {answer['exercise']}  {answer['verdict']}  {points}"

    async with sandboxed(unsafe) as sandbox, grading(sandbox) as grader:
        return await told(grade_lines(lines, loaded, grader, staff=staff), as_json, words)


@app.command()
def demo(
    course_dir: Annotated[Path | None, typer.Argument(metavar="[COURSE_DIR]", help="Default: python-basics.")] = None,
    allow_unsafe_sandbox: Unsafe = False,
) -> None:
    """The headless tour: from a notebook a right, a wrong, a crashing, an endless and a hostile answer, and a hint."""
    from .config import shipped_courses
    from .tour import tour

    loaded = usable(course_dir or shipped_courses() / "python-basics")

    async def run() -> int:
        async with sandboxed(allow_unsafe_sandbox) as sandbox, grading(sandbox) as grader:
            return 0 if await tour(loaded, grader, sandbox.level, out.print) else 1

    raise typer.Exit(asyncio.run(run()))


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """What works here, and what to do about the rest: sandboxes, kernels, courses, records, events, running servers.

    Exit 0: answers can be checked here, whatever else is wrong. 1: they cannot.
    """
    from .doctor import examine
    from .doctor.showing import show

    report = asyncio.run(examine())
    if as_json:
        line(report.as_json())
    else:
        show(report, out)
    raise typer.Exit(0 if report.can_grade else 1)


@app.command()
def bench(
    only: Annotated[
        list[str] | None,
        typer.Option(help="Only this part; may be given more than once.", show_default="all but peers"),
    ] = None,
    peers: Annotated[
        bool, typer.Option("--peers", help="nbgrader and Otter too, in environments of their own.")
    ] = False,
    rounds: Annotated[int, typer.Option(min=20, help="Times that each figure is taken.")] = 200,
    page: Annotated[
        Path | None, typer.Option(help="Folder whose performance.md and img/performance.png are written anew.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Time a check on this machine, from the sandbox to HTTP, each beside its floor or a peer in the same run."""
    from .bench import PARTS
    from .bench.telling import tell

    if unknown := [name for name in only or [] if name not in PARTS]:
        wrong_use(f"there is no part {unknown[0]!r}; there are: {', '.join(PARTS)}")
    parts = [name for name in PARTS if (name in only if only else name != "peers") or (peers and name == "peers")]
    asyncio.run(tell(parts, rounds, page, as_json=as_json, out=out, err=err))


app.command("sandbox-host")(sandbox_host)
app.add_typer(receipt)
app.add_typer(models)
app.command()(regrade)
app.command("import")(import_)
app.add_typer(flows)
app.command()(worker)
app.command()(parked)
app.command()(ask)
app.add_typer(tutor)
app.command()(guard)
app.command()(explain)
app.command()(mcp)
app.add_typer(events)
app.command()(backup)
app.command()(restore)
app.command()(publish)
classes.add_typer(policy)
classes.add_typer(teams)
classes.command()(tickets)
classes.command()(answer)
classes.command()(review)
classes.command()(mark)
app.add_typer(classes)
app.add_typer(export)
app.add_typer(person)
app.command()(retention)


if __name__ == "__main__":
    main()
