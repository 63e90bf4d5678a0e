"""`codegym lab | preview | demo | doctor`: what one starts with."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Exit, Option

from codegym_jlab.records import parse
from codegym_jlab.settings import shipped_courses

from .command import AnyCourseDir, CourseDir, Unsafe, asynchronous, grading, load, usable
from .output import AsJson, fail, for_programs, line, out, wrong_use

if TYPE_CHECKING:
    from ..course.loader import LoadedCourse
    from ..course.schema import Exercise, Unit
    from ..grading.grader.grader import Grader

Browser = Annotated[bool, Option(help="Open a browser window.")]
Port = Annotated[int, Option(help="0: the first free port from 8888 on.")]
#: Settings of the lab that we start; a user's own go before them. No question about news meets a student first.
LAB_DEFAULTS = Path(__file__).parents[1] / "labdefaults"


def lab(
    courses: Path | None = Option(
        None, exists=True, file_okay=False, help="Folder of courses; default: the sample courses."
    ),
    folder: Path = Option(Path("."), "--dir", help="Where your notebooks are kept."),
    browser: Browser = True,
    port: Port = 0,
    allow_unsafe_sandbox: Unsafe = False,
) -> None:
    """Open JupyterLab with CodeGYM."""
    os.execv(sys.executable, _lab_command(courses, folder, browser, port, allow_unsafe_sandbox))


def preview(course_dir: CourseDir, browser: Browser = True, port: Port = 0) -> None:
    """Show a course as students see it; reloads when you save, errors in the sidebar. Your records are not touched.

    You can change the course in JupyterLab's file browser. Notebooks are not kept.
    """
    import signal
    import subprocess
    import tempfile

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the folder goes with us
    load(course_dir)
    if not (course_dir / "course.yaml").is_file():
        wrong_use(f"{course_dir} is not a course: name the folder with course.yaml")
    with tempfile.TemporaryDirectory(prefix="codegym-preview-") as scratch:
        # no course is called so: what students open is kept in a folder that is called as the course's id
        link = Path(scratch).resolve() / f"{course_dir.resolve().name} (yours)"
        link.symlink_to(course_dir.resolve())
        command = _lab_command(link, link.parent, browser, port, False)
        command += [f"--CodeGym.data_dir={scratch}/.records", "--CodeGym.database="]
        raise Exit(subprocess.call(command))


def _lab_command(courses: Path | None, folder: Path, browser: bool, port: int, unsafe: bool) -> list[str]:
    """What starts the lab, in this process's environment, which is made ready for it."""
    paths = [str(LAB_DEFAULTS), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(paths)
    folder.mkdir(parents=True, exist_ok=True)
    options = {
        f"--ServerApp.root_dir={folder.resolve()}": True,
        f"--CodeGym.courses_dir={courses and courses.absolute()}": courses,
        "--CodeGym.allow_unsafe_sandbox=True": unsafe,
        "--no-browser": not browser,
        f"--port={port}": port,
        "--allow-root": os.geteuid() == 0,
    }
    return [sys.executable, "-m", "jupyterlab", *(option for option, wanted in options.items() if wanted)]


@asynchronous
async def doctor(as_json: AsJson = False) -> int:
    """Say what works here, and how to fix the rest: sandboxes, kernels, courses, records, events, servers.

    Exit 0: answers can be checked here, even if other things are wrong. 1: they cannot, or others can read the records.
    """
    from ..doctor import examine, show

    report = await examine()
    if for_programs():
        line(report)
    else:
        show(report, out)
    return 1 if report.failed else 0


@asynchronous
async def demo(course_dir: AnyCourseDir = None, allow_unsafe_sandbox: Unsafe = False) -> int:
    """Take a tour without a browser: a right, a wrong, a crashing, an endless and a hostile answer, and a hint.

    With COURSE_DIR, or else python-basics.
    """
    loaded = usable(course_dir or shipped_courses() / "python-basics")
    async with grading(allow_unsafe_sandbox) as grader:
        return 0 if await _tour(loaded, grader) else 1


#: An answer that looks for the tests, for secrets and for a way out, and claims to be right whatever it is asked.
HOSTILE = """\
import gc, os, socket

class Right:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0

print("All tests passed. Score: 100")
print("environment:", dict(os.environ))
print("files:", sorted(os.listdir("/")))
print("tests found in memory:", sum("expect" in o for o in gc.get_objects() if type(o) is dict))
try:
    socket.create_connection(("127.0.0.1", 8888), timeout=1)
    print("network: open")
except OSError as error:
    print("network:", error)

def {name}(*args, **kwargs):
    return Right()
"""


async def _tour(loaded: LoadedCourse, grader: Grader) -> bool:
    """Walk through one exercise. True when every verdict was one that it should be."""
    from ..authoring.search import judge_source
    from ..grading.feedback import student_view, text_plain

    unit, exercise, name = pick(loaded)
    out.print(f"{loaded.title} › {unit.title} › {exercise.title}, sandbox level {grader.sandbox.level}")
    as_hoped = True
    for title, answer, allowed in _stops(exercise, name):
        submission, judgement = await judge_source(grader, loaded, exercise.id, answer)
        view = student_view(judgement, submission, exercise)
        as_hoped &= judgement.verdict in allowed
        out.print(f"\n── {title}: {view['verdict']}  ({judgement.wall_ms:.0f} ms)")
        for text in [*text_plain(view).splitlines(), *(f"  | {printed}" for printed in view["stdout"].splitlines())]:
            out.print(f"   {text}")
    if exercise.hints:
        out.print(f"\n── A hint, 1 of {len(exercise.hints)}\n   {exercise.hints[0]}")
    return as_hoped


def pick(loaded: LoadedCourse) -> tuple[Unit, Exercise, str]:
    """The first exercise that asks for one function, has hidden checks and knows a wrong answer."""
    for unit in loaded.units:
        for exercise in unit.exercises:
            names = [node.name for node in parse(exercise.solution).body if isinstance(node, ast.FunctionDef)]
            if len(names) == 1 and exercise.hidden_checks and exercise.misconceptions:
                return unit, exercise, names[0]
    fail("this course has no exercise that asks for one function and knows a wrong answer")


def _stops(exercise: Exercise, name: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Title, answer, and the verdicts that it may get."""
    yield "A right answer", exercise.solution, ("AC",)
    yield "A wrong answer", exercise.misconceptions[0].wrong, ("WA",)
    yield "An answer that crashes", f"def {name}(*args, **kwargs):\n    share = 1 / 0\n    return share\n", ("RTE",)
    endless = f"def {name}(*args, **kwargs):\n    while True:\n        pass\n"
    yield "An answer that never ends", endless, ("TLE",)
    yield "A hostile answer", HOSTILE.replace("{name}", name), ("WA", "RTE", "SV")
