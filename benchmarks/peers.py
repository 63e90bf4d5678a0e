"""A notebook of three exercises with five checks each: ours in a batch, beside `nbgrader autograde` and `otter run`.

The peers live in environments of their own below the user's cache folder, made by pip at the first call. Each is
used as its manual says: nbgrader grades a folder of notebooks in one call, which is its best; `otter run` takes one
notebook, and is timed one after the other and as many at a time as there are processors.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from benchmarks.desk import EXERCISES, Desk, answer, sandbox, timed
from benchmarks.figures import Figure, figure
from benchmarks.processors import usable

_PACKAGES = {"nbgrader": ("nbgrader==0.9.6", "ipykernel"), "otter": ("otter-grader==7.0.0", "ipykernel")}
_NOTEBOOKS = 8  #: graded by each peer; ours grades twenty times as many
CALLS = (("1", "{n}"), ("0", "0"), ("-3", "-3 * {n}"), ("'ab'", "'ab' * {n}"), ("[1]", "[1] * {n}"))


async def figures(desk: Desk) -> AsyncIterator[Figure]:
    """Each peer, then ours; a peer that cannot be installed here is left out, and `desk.say` tells why."""
    for name, grade in (("nbgrader", _nbgrader), ("otter", _otter)):
        try:
            tool = await asyncio.to_thread(environment, name, desk.say)
        except (subprocess.CalledProcessError, OSError) as error:
            desk.say(f"{name} cannot be installed here: {error}")
            continue
        for title, times in (await asyncio.to_thread(grade, desk, tool)).items():
            peer = figure("peers", title, times)
            yield peer
            ours = [await _ours(desk) for _ in range(3)]
            beside = (
                title.split(",")[0].removesuffix(" autograde").removesuffix(" run") + title.partition("notebook")[2]
            )
            yield figure("peers", f"peers: a notebook of three, beside {beside}", ours, peer)


def environment(name: str, say: Callable[[str], None]) -> Path:
    """The peer's command, installed if it is not there yet."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "codegym" / "peers"
    folder = cache / _PACKAGES[name][0]
    if not (folder / "installed").exists():
        say(f"installing {_PACKAGES[name][0]} into an environment of its own …")
        _call([sys.executable, "-m", "venv", "--clear", str(folder)])
        _call([str(folder / "bin" / "pip"), "install", "-q", *_PACKAGES[name]])
        (folder / "installed").touch()
    return folder / "bin" / name


def _call(command: list[str], cwd: Path | None = None, path: Path | None = None) -> None:
    env = {**os.environ, "PYTHONWARNINGS": "ignore"}
    if path is not None:
        env["PATH"] = f"{path}:{env['PATH']}"
    subprocess.run(command, cwd=cwd, env=env, check=True, capture_output=True, stdin=subprocess.DEVNULL)


# -- ours ------------------------------------------------------------------------------------------


async def _ours(desk: Desk) -> float:
    """Milliseconds a notebook."""
    from codegym_jlab.course.loader import load_course
    from codegym_jlab.grading.batch import grade_lines, notebook_lines
    from codegym_jlab.grading.grader.grader import Grader

    loaded = load_course(desk.course)
    folder = desk.scratch("ours")
    blank = folder / "blank.ipynb"
    code = "from codegym_jlab.cli import main; main()"
    await asyncio.to_thread(_call, [sys.executable, "-c", code, "notebook", str(desk.course), "one", "-o", str(blank)])
    files = [_filled(blank, folder / f"{n}.ipynb") for n in range(_NOTEBOOKS * 20)]
    async with sandbox() as opened:
        grader = Grader(opened)
        await grader.warm(loaded)
        began = time.perf_counter()
        lines = [line for file in files for line in notebook_lines(file, loaded)]
        verdicts = [line["verdict"] async for line in grade_lines(lines, loaded, grader)]
        took = (time.perf_counter() - began) * 1000 / len(files)
        await grader.close()
    if verdicts != ["AC"] * len(files) * len(EXERCISES):
        raise RuntimeError("a right answer was not accepted")
    return took


def _filled(blank: Path, file: Path) -> Path:
    body = json.loads(blank.read_text())
    for cell in body["cells"]:
        of = cell["metadata"].get("codegym", {})
        if of.get("role") == "answer":
            cell["source"] = answer(of["exercise"])
    file.write_text(json.dumps(body))
    return file


# -- nbgrader --------------------------------------------------------------------------------------


def _nbgrader(desk: Desk, tool: Path) -> dict[str, list[float]]:
    """Milliseconds a notebook, several students' in one call."""
    root = desk.scratch("nbgrader")
    (root / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'bench'\n")
    written(
        root / "source" / "one" / "one.ipynb",
        [solution(n, "### BEGIN SOLUTION", "### END SOLUTION") for n in EXERCISES],
    )
    _call([str(tool), "generate_assignment", "one"], root, tool.parent)
    released = json.loads((root / "release" / "one" / "one.ipynb").read_text())
    times: list[float] = []
    for turn in range(2):
        for student in range(_NOTEBOOKS):
            for cell in released["cells"]:
                of = cell["metadata"].get("nbgrader", {})
                if of.get("solution"):
                    cell["source"] = answer(of["grade_id"])
            _write(root / "submitted" / f"s{turn}-{student}" / "one" / "one.ipynb", released)
        took: list[float] = []
        with timed(took):
            _call([str(tool), "autograde", "one", "--create", f"--student=s{turn}-*"], root, tool.parent)
        times.append(took[0] / _NOTEBOOKS)
    graded = list((root / "autograded").glob("s*/one/one.ipynb"))
    if len(graded) != 2 * _NOTEBOOKS:
        raise RuntimeError("nbgrader did not grade every notebook")
    return {"nbgrader autograde, a notebook": times}


def solution(name: str, begin: str, end: str) -> list[dict[str, Any]]:
    """An answer of nbgrader's, and its test cell."""
    body = f"def {name}(x):\n    {begin}\n    return {EXERCISES[name]} * x\n    {end}\n"
    checks = "".join(f"assert {name}({given}) == {_got(name, got)}\n" for given, got in CALLS)
    common = {"schema_version": 3, "locked": False}
    return [
        _cell(body, nbgrader={**common, "grade": False, "solution": True, "task": False, "grade_id": name}),
        _cell(
            checks,
            nbgrader={**common, "grade": True, "solution": False, "task": False, "grade_id": f"t-{name}", "points": 1},
        ),
    ]


def _got(name: str, text: str) -> str:
    return text.format(n=EXERCISES[name])


# -- Otter -----------------------------------------------------------------------------------------


def _otter(desk: Desk, tool: Path) -> dict[str, list[float]]:
    """Milliseconds a notebook, by how many calls are under way."""
    root = desk.scratch("otter")
    head = "# ASSIGNMENT CONFIG\nname: one\ngenerate: true\nexport_cell: false\n"
    cells = [[_raw(head)], *(_question(name) for name in EXERCISES)]
    written(root / "one.ipynb", cells)
    _call([str(tool), "assign", "--no-pdfs", "--no-run-tests", "one.ipynb", "dist"], root, tool.parent)
    archive = next((root / "dist" / "autograder").glob("*.zip"))
    blank = json.loads((root / "dist" / "student" / "one.ipynb").read_text())
    files = [_answered(blank, root / f"student-{n}" / "one.ipynb") for n in range(_NOTEBOOKS)]
    half = len(files) // 2
    times = {
        "otter run, a notebook": _runs(tool, archive, files[:half], 1),
        f"otter run, a notebook, {usable()} at a time": _runs(tool, archive, files[half:], usable()),
    }
    for file in files:
        score = json.loads((file.parent / "results.json").read_text())["tests"]
        if sum(t["score"] for t in score if t.get("score")) <= 0:
            raise RuntimeError("otter run gave a right answer no point")
    return times


def _runs(tool: Path, archive: Path, files: list[Path], at_once: int) -> list[float]:
    times = []
    for first in range(0, len(files), at_once):
        some = files[first : first + at_once]
        began = time.perf_counter()
        calls = [_started(tool, archive, file) for file in some]
        if any(call.wait() for call in calls):
            raise RuntimeError("otter run failed")
        times.append((time.perf_counter() - began) * 1000 / len(some))
    return times


def _started(tool: Path, archive: Path, file: Path) -> subprocess.Popen[bytes]:
    command = [str(tool), "run", "--no-logo", "-a", str(archive), "-o", str(file.parent), str(file)]
    env = {**os.environ, "PATH": f"{tool.parent}:{os.environ['PATH']}", "PYTHONWARNINGS": "ignore"}
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=file.parent, env=env, stdin=quiet, stdout=quiet, stderr=quiet)


def _question(name: str) -> list[dict[str, Any]]:
    body = f"def {name}(x):\n    return {EXERCISES[name]} * x  # SOLUTION\n"
    tests = [_cell(f"assert {name}({given}) == {_got(name, got)}\n") for given, got in CALLS]
    return [
        _raw(f"# BEGIN QUESTION\nname: {name}\npoints: 5\n"),
        _raw("# BEGIN SOLUTION"), _cell(body), _raw("# END SOLUTION"),
        _raw("# BEGIN TESTS"), *tests, _raw("# END TESTS"),
        _raw("# END QUESTION"),
    ]  # fmt: skip


def _answered(blank: dict[str, Any], file: Path) -> Path:
    body = json.loads(json.dumps(blank))
    for cell in body["cells"]:
        text = "".join(cell["source"])
        for name in EXERCISES:
            if cell["cell_type"] == "code" and text.startswith(f"def {name}("):
                cell["source"] = answer(name)
    _write(file, body)
    return file


# -- notebooks -------------------------------------------------------------------------------------


def _cell(source: str, **metadata: Any) -> dict[str, Any]:
    return {
        "cell_type": "code", "id": secrets.token_hex(4), "metadata": metadata, "source": source,
        "outputs": [], "execution_count": None,
    }  # fmt: skip


def _raw(source: str) -> dict[str, Any]:
    return {"cell_type": "raw", "id": secrets.token_hex(4), "metadata": {}, "source": source}


def written(file: Path, groups: list[list[dict[str, Any]]]) -> None:
    """A source notebook of these cells."""
    spec = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cells = [cell for group in groups for cell in group]
    _write(file, {"cells": cells, "metadata": spec, "nbformat": 4, "nbformat_minor": 5})


def _write(file: Path, body: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(body))
