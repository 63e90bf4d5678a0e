"""What becomes of real courses: `python -m benchmarks.courses nbgrader OLD_PYTHON FOLDER…`, a course in each folder.

Each goes through `codegym convert`, with `--prove` and the grader that is installed in OLD_PYTHON; `-` leaves the proof
out. Told by course and in all: how many tests are moved, the points that both graders give the same answers, how many
units are the same bytes after the author's notebook, and why the rest is refused. Whose fault that is, the refusal's
words tell, and the old grader: a test that its own solution does not pass there, either, is its author's.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from codegym_jlab.authoring.convert.proof import percent
from codegym_jlab.authoring.unit_notebook import to_notebook, to_yaml

_PACKAGE, _FILE, _AUTHOR, _OURS = "a package is missing", "a file is missing", "the author's own mistake", "ours"
_FAULTS = {
    _PACKAGE: r"No module named|ImportError",
    _FILE: r"FileNotFound|URLError|HTTPError|ConnectionError|OperationalError|OSError|db file|NLTK Downloader",
    _AUTHOR: (
        r"^(there is no answer|it (tests|has|holds|is text|is no (Python|notebook))|its (answer|solution) |"
        r"`[^`]*` (stands|has no))|here: NameError"
    ),
}
_NAMES = re.compile(r"`[^`]*`|'[^']*'|\d+")


def main() -> None:
    """See the module."""
    grader, python, *folders = sys.argv[1:]
    total, why = Counter[str](), Counter[str]()
    for folder in map(Path, folders):
        found = _course(grader, python, folder, why)
        _tell(folder.name, found)
        total += found
    if len(folders) > 1:
        _tell("all", total)
    for text, number in why.most_common():
        print(f"    {number} × {text}")


def _course(grader: str, python: str, folder: Path, why: Counter[str]) -> Counter[str]:
    """One course's numbers. Why tests are refused goes to `why`."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="codegym-bench-") as scratch:
        words = ["convert", grader, str(folder), "-o", f"{scratch}/moved", "--json"]
        words += [] if python == "-" else ["--prove", python]
        code = "from codegym_jlab.cli import main; main()"
        done = subprocess.run([sys.executable, "-c", code, *words], stdout=subprocess.PIPE, text=True, check=False)
        seconds = round(time.perf_counter() - began)
        units = [path.read_bytes().decode() for path in Path(scratch, "moved").glob("*.yaml")]
    units = [text for text in units if "\ncells:" in text]
    lines: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    none: dict[str, Any] = {"proof": {}, "unfit": [], "failed": {}}
    proof = next((line for line in lines if "proof" in line), none)
    unfit = {tuple(one) for one in proof["unfit"]}
    same = sum(to_yaml(to_notebook(text)) == text for text in units)
    found = Counter(seconds=seconds, units=len(units), same=same)
    for line in (line for line in lines if "notebook" in line):
        found += Counter(notebooks=1, tests=line["tests"], moved=line["moved"])
        for one in (one for one in line["refused"] if one["mend"]):  # else its author has nothing to do
            fault = next((name for name, words in _FAULTS.items() if re.search(words, one["why"])), _OURS)
            if fault == _OURS and (line["notebook"], one["what"]) in unfit:
                fault = _AUTHOR
            found[fault] += 1
            why[f"{fault}: {_NAMES.sub('…', one['why'])[:160]}"] += 1
    for kind, row in proof["proof"].items():
        found += Counter({f"{kind} {key}": number for key, number in row.items()})
    for name, text in proof["failed"].items():
        print(f"    {folder.name}/{name}: {grader} could not take it: {text}")
    for row in proof.get("differences", ()):
        change = f"{row['old']:g} → {row['ours']:g}; {row['said']}"
        print(f"    {folder.name}/{row['notebook']}, {row['test']}, {row['kind']}: {change}")
    return found


def _tell(name: str, found: Counter[str]) -> None:
    def share(part: int, of: int) -> str:
        return f"{part} of {of} ({percent(part, of)})"

    def added(key: str, *kinds: str) -> int:
        return sum(found[f"{kind} {key}"] for kind in kinds)

    tests, moved = found["tests"], found["moved"]
    print(f"{name}: {found['notebooks']} notebooks in {found['seconds']} s; tests moved: {share(moved, tests)}")
    print(f"  units that are the same after the author's notebook: {share(found['same'], found['units'])}")
    if refused := [f"{found[fault]} {fault}" for fault in (*_FAULTS, _OURS) if found[fault]]:
        print(f"  refused: {', '.join(refused)}; moved of these and ours: {share(moved, moved + found[_OURS])}")
    if right := added("tests", "solution", "reformatted"):
        wrong = "starter", "blank", "mutant"
        print(f"  solution and reformatted, full points: {share(added('full', 'solution', 'reformatted'), right)}")
        print(f"  starter, no points: {share(found['starter none'], found['starter tests'])}", end=", ")
        print(f"the old points: {share(found['starter same'], found['starter tests'])}")
        print(f"  mutants, the old points: {share(found['mutant same'], found['mutant tests'])}")
        print(f"  accepted here and not there: {share(added('more', *wrong), added('tests', *wrong))}")


if __name__ == "__main__":
    main()
