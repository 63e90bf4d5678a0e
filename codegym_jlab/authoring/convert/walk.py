"""A notebook with its solutions from top to bottom, each cell once a side: each test is asked below its answer."""

from codegym_jlab.course.checks import Check
from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import CodeCell, ExerciseCell, Unit
from codegym_jlab.grading.checker.responses import Budget, Reply
from codegym_jlab.grading.grader.code_checks import run_code_check
from codegym_jlab.grading.grader.plan import ANSWER, PlannedCell, image_of, limits_of, names_of
from codegym_jlab.grading.grader.replay import LOST, AuthorLease, AuthorPool, Replay
from codegym_jlab.grading.grader.value_checks import CourseFault
from codegym_jlab.records import Failure, Verdict
from codegym_jlab.sandbox.base import Limits, Sandbox, side_of_author

from .names import free_names, names_made, statements

_FILE, _LOAD = "put the file beside the notebook", "put what it loads beside the notebook: there is no network"
_PACKAGE = "install the package where answers are checked"
#: What a cell misses, rather than what it shows on purpose, and what to do.
MISSING = {
    "ModuleNotFoundError": _PACKAGE, "ImportError": _PACKAGE, "FileNotFoundError": _FILE, "OSError": "",
    "URLError": _LOAD, "HTTPError": _LOAD, "ConnectionError": _LOAD, "NameError": "",
    "TLE": "raise `total_s` of `limits` in course.yaml", "MLE": "raise `memory_mb` of `limits` in course.yaml",
    "OLE": "let it print less",
}  # fmt: skip
#: What stops a cell by itself; other errors may come of these.
_CAUSES = MISSING.keys() - {"NameError"}


class Walk:
    """One way through one unit."""

    def __init__(self, loaded: LoadedCourse, sandbox: Sandbox, unit: Unit) -> None:
        self._loaded, self._unit = loaded, unit
        names, one = names_of(unit, unit.exercises[-1]), limits_of(loaded, unit.exercises[0].id)
        own, image, total_s = side_of_author(sandbox), image_of(loaded), one.total_s * (len(unit.exercises) + 1)
        self._student, self._author = (
            Replay(own, image, Limits(one.seconds, memory, one.output_kb, total_s), [], names)
            for memory in (one.memory_mb, 2 * one.memory_mb)
        )
        self._student.reorders = self._author.reorders = False
        self.failing: list[str] = []  #: texts of given cells that stop with an error, as they are meant to
        #: Why cells do not run here, by the names that they make, and an answer's also by its exercise's id.
        self.broken: dict[str, Failure] = {}
        #: Why the solution does not pass a check, also a hidden one: with `objects: any`, where that gets further.
        self.said: dict[tuple[str, str], Failure] = {}
        #: Checks that the solution passes, by ids of exercise and check: whether only with `objects: any`.
        self.passed: dict[tuple[str, str], bool] = {}
        self._made: set[str] = set()  #: classes and objects that are given
        #: Those that tests hand to an answer, by its exercise's id: they cannot, unless these are the student's.
        self.handed: dict[str, set[str]] = {}

    async def go(self) -> None:
        """As far as the sandbox lets it."""
        cells = []
        given = {}
        try:
            for number, item in enumerate(self._unit.cells, 1):
                name = f"course cell {number}"
                if isinstance(item, CodeCell):
                    given[name] = item.code.strip()
                    for one in statements(item.code):
                        if "(" in one.text and not one.text.startswith(("def ", "import ", "from ")):
                            self._made |= one.binds
                    cells.append(PlannedCell(name, "given", item.code))
                elif isinstance(item, ExerciseCell) and item.exercise.is_code:
                    cells.append(PlannedCell(ANSWER, "answer", item.exercise.solution))
                    for side in (self._student, self._author):
                        await side.go_on(cells)
                    for place in [place for place in self._student.skipped if place in given]:
                        self._note_given(given.pop(place), self._student.skipped[place])
                    self._note(item.exercise.solution, self._student.answer, item.exercise.id)
                    await self._author.prepare()
                    cells = []
                    self._student.budget = Budget()
                    for check in item.exercise.checks:
                        await self._try(item.exercise.id, check)
        except LOST:
            return
        finally:
            await self._student.close()
            await self._author.close()

    def _note_given(self, code: str, reply: Reply) -> None:
        if reply.failure is not None and reply.failure.type not in MISSING:
            self.failing.append(code)
        self._note(code, reply)

    def _note(self, code: str, reply: Reply | None, *names: str) -> None:
        if reply is not None and reply.failure is not None:
            causes = [self.broken[name] for name in free_names(statements(code)) if name in self.broken]
            cause = next((one for one in causes if one.type in _CAUSES), reply.failure)
            self.broken |= dict.fromkeys([*names, *names_made(code)], cause)

    async def _try(self, exercise: str, check: Check) -> None:
        """One check. An object of a package's class needs one that takes any."""
        key = exercise, str(check.id)
        for is_any in (False, True):
            if not (self._student.is_running and self._author.is_running):
                break
            tried = check.model_copy(update={"objects": "any"}) if is_any else check
            lease = AuthorLease(AuthorPool(), "", lambda: self._author)
            try:
                told = await run_code_check(lease, self._student, tried, "")
            except CourseFault as fault:
                self.said.setdefault(key, Failure("", str(fault)))
                break
            stopped = told.failure or Failure("", "")
            self.said[key] = Failure(stopped.type, told.message or stopped.message)
            if told.verdict is Verdict.AC:
                self.passed[key] = is_any
                return
            read = free_names(statements(check.code or "")) & self._made
            if read and "cannot give it to the answer" in told.message:
                self.handed.setdefault(exercise, set()).update(read)
