"""Which cells run before an answer, in what order, and as what Python text: "restart and run up to here".

The student's cells run in document order. A given cell of the course runs in the course's own words: where the
student's notebook has it unchanged, in its place; where it was changed or deleted, after what stands before it in the
course. One that fails on purpose, or waits for somebody who types, is for the student's kernel alone.

Every cell goes through `python_text` before a sandbox is leased. Nothing is executed here: whether the text is a
program at all is found out inside the sandbox. What a notebook's own commands would do is
settled here: the harmless ones do nothing, the others raise a plain, named error when they are reached. The syntax is
IPython's (https://ipython.readthedocs.io/en/stable/interactive/reference.html).
"""

import ast
import re
import symtable
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cache, lru_cache
from itertools import takewhile
from typing import Any, Literal

from codegym_jlab.course.checks import Check
from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.notebook import mark_of, role_of
from codegym_jlab.course.schema import CodeCell, Exercise, ExerciseCell, Unit
from codegym_jlab.records import Cell, Kind, Submission, frozen, literal_eval, parse
from codegym_jlab.sandbox.base import Image, Limits, SandboxUnfit

ANSWER = "answer"
#: Of a check: names in the working folder, and the course's files that are laid there.
CheckFiles = tuple[tuple[str, str], ...]
#: A "program" is an answer that each check runs anew, as a script.
CellKind = Literal["given", "student", "answer", "program"]


@frozen
class PlannedCell:
    """One cell to run. `number` is its place among the student's code cells, from 1; None where the course adds it."""

    name: str
    kind: CellKind
    text: str  #: as the notebook has it
    number: int | None = None


@frozen
class Task:
    """What one judgement is about."""

    loaded: LoadedCourse
    unit: Unit
    exercise: Exercise
    submission: Submission
    plan: Sequence[PlannedCell]
    image: Image
    limits: Limits
    version: str
    seed: str
    until_failure: bool = False

    @property
    def kernel(self) -> str:
        """The kernelspec that the exercise's notebook names."""
        return self.loaded.head.kernel_of(self.unit)

    @property
    def checks(self) -> tuple[Check, ...]:
        """Those that are run, in the course's order: all of a submit, the samples of a try."""
        return self.exercise.sample_checks if self.submission.kind is Kind.TRY else self.exercise.checks


def answer_in(notebook: Mapping[str, Any], exercise: str) -> tuple[str, tuple[Cell, ...]]:
    """The answer in a repaired notebook, and the code cells above it. Raises KeyError where it is not in it."""
    above: list[Cell] = []
    for cell in notebook["cells"]:
        role, owner = role_of(cell), mark_of(cell).get("exercise")
        if role == "answer" and owner == exercise:
            return cell["source"], tuple(above)
        if cell["cell_type"] == "code":
            known: Any = role if role in ("given", "answer") else None
            above.append(Cell(cell["source"], cell["id"], known, owner if role == "answer" else None))
    raise KeyError(exercise)


def student_plan(unit: Unit, exercise: Exercise, cells: Sequence[Cell], answer: str) -> tuple[PlannedCell, ...]:
    """The cells of a submission, in the order in which they run."""
    given = _given_above(unit, exercise)
    places = _places(given, cells)
    missing = defaultdict[int, list[PlannedCell]](list)
    after = 0
    for number, item in enumerate(given):
        if number in places:
            after = max(after, places[number] + 1)
        elif isinstance(item, CodeCell) and not item.fails:
            missing[after].append(PlannedCell(f"course cell {number + 1}", "given", item.code))
    of_course = {place: given[number] for number, place in places.items()}
    plan: list[PlannedCell] = []
    for place, cell in enumerate(cells):
        plan += missing[place]
        own = of_course.get(place)
        if _wanted(cell, unit, exercise) and not (isinstance(own, CodeCell) and own.fails):
            kind: CellKind = "given" if isinstance(own, CodeCell) else "student"
            plan.append(PlannedCell(f"cell {place + 1}", kind, cell.source, place + 1))
    return (*plan, *missing[len(cells)], _answer(exercise, answer))


def author_plan(unit: Unit, exercise: Exercise) -> tuple[PlannedCell, ...]:
    """The author's own way to the exercise: given cells and the solutions above it, then its solution."""
    plan = []
    for number, item in enumerate(_given_above(unit, exercise), start=1):
        if isinstance(item, CodeCell):
            plan += [] if item.fails else [PlannedCell(f"course cell {number}", "given", item.code)]
        elif is_used(item.exercise, exercise):
            plan.append(PlannedCell(f"course cell {number}", "student", item.exercise.solution))
    return (*plan, _answer(exercise, exercise.solution))


def _answer(exercise: Exercise, text: str) -> PlannedCell:
    return PlannedCell(ANSWER, "program" if exercise.is_program else "answer", text)


def with_files(plan: Sequence[PlannedCell], loaded: LoadedCourse, files: CheckFiles) -> tuple[PlannedCell, ...]:
    """A plan that begins by laying these out in the working folder, in place of the course's own.

    Raises SandboxUnfit.
    """
    if not files:
        return tuple(plan)
    try:
        bodies = {name: (loaded.root / source).read_bytes() for name, source in files}
    except OSError as error:
        raise SandboxUnfit(f"a file of the course cannot be read: {error}") from error
    text = (
        "import os as __os\n"
        f"for __name, __body in {bodies!r}.items():\n"
        "    __os.makedirs(__os.path.dirname(__name) or '.', exist_ok=True)\n"
        "    if __os.path.lexists(__name): __os.remove(__name)\n"
        "    with open(__name, 'wb') as __file: __file.write(__body)\n"
        "del __os, __name, __body, __file"
    )
    return (PlannedCell("the check's files", "given", text), *plan)


def files_of(check: Check) -> CheckFiles:
    """Those of a check, to be looked up by."""
    return tuple((check.files or {}).items())


def image_of(loaded: LoadedCourse) -> Image:
    """The zygote that a course's submissions are forked from."""
    preload = loaded.course.preload if loaded.course is not None else ()
    # the zygote's working folder is another, so a relative path would not be found there
    files = tuple((name, path.absolute()) for name, path in loaded.data_files)
    return Image(preload=tuple(preload), files=files)


def limits_of(loaded: LoadedCourse, exercise: str) -> Limits:
    """The bounds of a submission of an exercise. Raises KeyError."""
    return Limits(**asdict(loaded.limits(exercise)))


def is_used(earlier: Exercise, exercise: Exercise) -> bool:
    """Whether an answer above runs first: unasked, a whole program neither lends its names nor borrows any."""
    if not earlier.is_code:
        return False
    if exercise.uses is not None:
        return earlier.id in exercise.uses
    return not earlier.is_program and not exercise.is_program


def _given_above(unit: Unit, exercise: Exercise) -> list[CodeCell | ExerciseCell]:
    cells = [item for item in unit.cells if isinstance(item, CodeCell | ExerciseCell)]
    return list(takewhile(lambda item: isinstance(item, CodeCell) or item.exercise.id != exercise.id, cells))


def _places(given: list[CodeCell | ExerciseCell], cells: Sequence[Cell]) -> dict[int, int]:
    """Where in the student's notebook each of the course's cells stands unchanged (answers: stands at all)."""
    places: dict[int, int] = {}
    for number, item in enumerate(given):
        for place, cell in enumerate(cells):
            if place not in places.values() and _is(item, cell):
                places[number] = place
                break
    return places


def _is(item: CodeCell | ExerciseCell, cell: Cell) -> bool:
    if isinstance(item, ExerciseCell):
        return cell.role == "answer" and cell.exercise == item.exercise.id
    return cell.role != "answer" and cell.source.rstrip() == item.code.rstrip()


def _wanted(cell: Cell, unit: Unit, exercise: Exercise) -> bool:
    if cell.role != "answer" or cell.exercise is None:
        return True
    earlier = next((one for one in unit.exercises if one.id == cell.exercise), None)
    if earlier is None:
        return exercise.uses is None
    # gaps and a broken program that nobody has touched yet could only stop with an error
    is_untouched = earlier.answer in ("fill", "debug") and cell.source.strip() == earlier.starter.strip()
    return is_used(earlier, exercise) and not is_untouched


@frozen
class Names:
    """What the author's solution binds: the names that come from the student, and its imports as statements."""

    defined: tuple[str, ...]
    imports: tuple[tuple[str, str], ...]  #: (name, statement)

    def imports_for(self, *texts: str | None) -> str:
        """Import statements of the solution for the names that these texts use, each on a line."""
        words = set(re.findall(r"\w+", " ".join(text or "" for text in texts)))
        return "\n".join(dict.fromkeys(statement for name, statement in self.imports if name in words))


@lru_cache(maxsize=2000)
def solution_names(solution: str) -> Names:
    """The names bound at the top level of a solution, read from its text; none where it cannot be read."""
    try:
        text = python_text(solution)
        table, tree = symtable.symtable(text, "solution", "exec"), parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Names((), ())
    defined = tuple(one.get_name() for one in table.get_symbols() if one.is_assigned())
    imported = {one.get_name() for one in table.get_symbols() if one.is_imported()}.difference(defined)
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    return Names(defined, tuple(pair for node in nodes for pair in _imported(node) if pair[0] in imported))


def names_of(unit: Unit, exercise: Exercise) -> Names:
    """The same of an exercise and of the answers above that run before it: a test text may use theirs too."""
    above = takewhile(lambda one: one.id != exercise.id, unit.exercises)
    found = [solution_names(one.solution) for one in (*(one for one in above if is_used(one, exercise)), exercise)]
    defined = dict.fromkeys(name for names in found for name in names.defined)
    imports = (pair for names in found for pair in names.imports if pair[0] not in defined)
    return Names(tuple(defined), tuple(imports))


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.ImportFrom) and (node.level or node.module == "__future__"):
        return
    for alias in node.names:
        alone = ast.ImportFrom(node.module, [alias], 0) if isinstance(node, ast.ImportFrom) else ast.Import([alias])
        yield alias.asname or alias.name.partition(".")[0], ast.unparse(alone)


#: Longest cell that is read at all, in characters.
MAX_SOURCE = 1_000_000
#: Characters that may be tokenised, over all rounds, for the commands of one cell: about 0.4 s of work.
MAX_WORK = 250_000

#: Line commands that change nothing that a check could see.
QUIET_LINE = frozenset(
    "matplotlib timeit load_ext reload_ext unload_ext autoreload config precision pprint xmode colors who whos who_ls "
    "pinfo pinfo2 pdoc pdef psource pfile psearch lsmagic magic quickref debug pdb tb hist history notebook page "
    "doctest_mode autosave connect_info qtconsole gui automagic autocall autoawait logstart logstop logon logoff "
    "logstate rehashx memit mprun lprun subplots code_wrap".split()
)
#: Line commands whose argument is a statement that runs as if it stood alone.
RUN_LINE = frozenset({"time", "prun"})
#: Cell commands of which nothing runs in the notebook's own names.
QUIET_CELL = frozenset("timeit html HTML javascript js latex markdown svg SVG memit".split())
#: Cell commands whose body runs as if the first line were not there.
RUN_CELL = frozenset({"time", "prun", "capture"})

_PACKAGE = re.compile(r"(?:pip3?|conda|mamba|uv|python3? -m pip)\b")
_UNREADABLE = re.compile("[\0\ud800-\udfff]")
_SHELL_CELL = frozenset("bash sh script cmd ! sx system perl ruby python2".split())
# A superset of what IPython's transformers touch: a text without a match is the same before and after them.
_MAYBE = re.compile(
    r"""
      ^[ \t\f]*[!?%,;/]                  # an escaped line
    | =[\s\\]*[!%]                  # an assignment from a command
    | \?\s*$                        # help at the end of a line
    | ^[ \t\f]*(?:>>>|In\ ?\[|\.{3,}:)   # a pasted prompt
    | \A(?:[ \t\r\f\v]*\n)*[ \t]+\S # a first line that is indented
    """,
    re.MULTILINE | re.VERBOSE,
)


class CellUnreadable(ValueError):
    """The text cannot be a cell; the message is a plain sentence for its author, `line` counts from 1."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


def python_text(cell: str) -> str:
    """Python text of an IPython cell, every line at the number that it had.

    Raises CellUnreadable for what no program text can hold, or for a cell too large to be read.
    """
    _refuse_unreadable(cell)
    if not _MAYBE.search(cell):
        return cell
    return _translate(cell)


def _refuse_unreadable(cell: str) -> None:
    if len(cell) > MAX_SOURCE:
        raise CellUnreadable(f"the cell is longer than {MAX_SOURCE:,} characters")
    if found := _UNREADABLE.search(cell):
        what = "a NUL character" if found[0] == "\0" else "half of a character (a lone surrogate)"
        raise CellUnreadable(f"the cell holds {what}", cell.count("\n", 0, found.start()) + 1)


def _translate(cell: str) -> str:
    it, commands = ipython()
    lines = cell.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    blank = next((i for i, line in enumerate(lines) if line.strip()), len(lines))
    head, lines = ["\n"] * blank, lines[blank:]
    for clean in (it.leading_indent, it.classic_prompt, it.ipython_prompt):
        lines = clean(lines)
    lines = _cell_commands(lines)
    work = 0
    while True:
        work += sum(map(len, lines))
        if work > MAX_WORK:
            raise CellUnreadable("the cell holds too much text with notebook commands (%, ! or ?) to be read")
        try:
            is_changed, lines = commands.do_one_token_transform(lines)
        except SyntaxError:  # a line's indentation fits none above it: Python says so when the cell is compiled
            is_changed = False
        if not is_changed:
            return "".join(head + lines)


def _cell_commands(lines: list[str]) -> list[str]:
    """Settle `%%` lines at the top, which take the whole cell."""
    head: list[str] = []
    while lines and lines[0].startswith("%%") and not re.match(r"%%\w+\?", lines[0]):
        name, *_ = lines[0][2:].split() or [""]
        if name in RUN_CELL:
            head, lines = [*head, "\n"], lines[1:]
            continue
        first = "\n" if name in QUIET_CELL else _refusal(f"%%{name}", _cell_reason(name)) + "\n"
        return [*head, first, *["\n"] * (len(lines) - 1)]
    return head + lines


def _cell_reason(name: str) -> str:
    if name in _SHELL_CELL:
        return "runs a shell command; Check has no shell"
    return "is a command of the notebook that Check does not know"


def _shell_reason(command: str) -> str:
    if _PACKAGE.match(command.strip()):
        return "installs a package; Check has the packages of the course and no others"
    return "runs a shell command; Check has no shell"


def _refusal(what: str, reason: str) -> str:
    """A statement that raises the named error; it needs no import, so that it works in any namespace."""
    shown = what if len(what) <= 60 else what[:57] + "…"
    return f'raise type("NotInCheck", (Exception,), {{}})({f"`{shown}` {reason}."!r})'


#: The same, found again in a translated cell.
_REFUSED = re.compile(r"""raise type\("NotInCheck", \(Exception,\), \{\}\)\((['"].+['"])\)""")


def refused_in(text: str) -> str:
    """Why a translated cell stops at a command of IPython that is not here; empty where it holds none."""
    found = _REFUSED.search(text)
    return str(literal_eval(found[1])) if found else ""


def _line_command(text: str, *, assigned: bool) -> str:
    """What stands in place of `%name rest`: a statement, or for `x = %name rest` an expression or `None; raise …`."""
    name, _, rest = text[1:].partition(" ")
    if name in RUN_LINE and rest.strip():
        return rest.strip()
    if name in RUN_LINE | QUIET_LINE:
        return "None" if assigned else "pass"
    reason = _shell_reason(name) if _PACKAGE.match(name) else _cell_reason(name.lstrip("%"))
    return ("None; " if assigned else "") + _refusal(f"%{name}", reason)


def _escaped_line(it: Any, text: str) -> str:
    """What stands in place of a line that begins with `!`, `%`, `?`, `,`, `;` or `/`."""
    if text.startswith("!"):
        return _refusal(text, _shell_reason(text.lstrip("!")))
    if text.startswith("%"):
        return _line_command(text, assigned=False)
    if text.startswith("?"):
        return "pass"
    try:
        return str(it.tr[text[0]](text[1:]))
    except SyntaxError:
        return _refusal(text, "is a command of the notebook that Check does not know")


@cache
def ipython() -> tuple[Any, Any]:
    """IPython's module, and what finds its commands, with replacements of our own that keep the count of lines.

    0.2 s to import: called ahead of the first cell that needs them.
    """
    from IPython.core import inputtransformer2 as it

    def replaced(found: Any, lines: list[str], write: Callable[[str], str]) -> list[str]:
        """`lines` with the command, and what a backslash continues, replaced by one line and blanks."""
        start, column = found.start_line, found.start_col
        end = min(it.find_end_of_continued_line(lines, start), len(lines) - 1)
        text = it.assemble_continued_line(lines, (start, column), end)
        new = f"{lines[start][:column]}{write(text)}\n"
        return lines[:start] + [new] + ["\n"] * (end - start) + lines[end + 1 :]

    def settled(kind: Any, write: Callable[[str], str]) -> Any:
        """That kind, of whose commands `write` says what stands in their place."""
        return type(kind.__name__, (kind,), {"transform": lambda found, lines: replaced(found, lines, write)})

    class HelpEnd(it.HelpEnd):
        def transform(self, lines: list[str]) -> list[str]:
            # the last part is enough to tell help from a slip, and keeps the pattern's time in bounds
            if not it._help_end_re.search("".join(lines[self.start_line : self.q_line + 1])[-300:]):
                raise SyntaxError
            indent = lines[self.start_line][: self.start_col]
            blanks = ["\n"] * (self.q_line - self.start_line)
            return lines[: self.start_line] + [f"{indent}pass\n"] + blanks + lines[self.q_line + 1 :]

    commands = it.TransformerManager()  # type: ignore[no-untyped-call]
    commands.token_transformers = [
        settled(it.MagicAssign, lambda text: _line_command(text, assigned=True)),
        settled(it.SystemAssign, lambda text: "None; " + _refusal(text, _shell_reason(text.lstrip("!")))),
        settled(it.EscapedCommand, lambda text: _escaped_line(it, text)),
        HelpEnd,
    ]
    return it, commands
