"""A source notebook of nbgrader → parts. https://nbgrader.readthedocs.io/en/stable/contributor_guide/metadata.html"""

import ast
import re
from collections.abc import Iterator

from codegym_jlab.records import Json
from codegym_jlab.tutor.guard.syntax import body_of

from .parts import Answer, Assignment, Given, Part, Test, Text, Unfit, cut, text_of

SOLUTION = "BEGIN SOLUTION", "END SOLUTION"
HIDDEN = "BEGIN HIDDEN TESTS", "END HIDDEN TESTS"
SCHEME = "BEGIN MARK SCHEME", "END MARK SCHEME"
#: What nbgrader puts where a solution was.
CODE_STUB = ("# YOUR CODE HERE", "raise NotImplementedError()")
TEXT_STUB = ("YOUR ANSWER HERE",)
#: A line that writes there, which costs a test its points as an error does.
_TO_STDERR = re.compile(r"^([ \t]*)(?:warnings\.warn|logging\.(?:warning|error|critical)|sys\.stderr\.write)\(", re.M)
#: Calls whose value is None.
_SHOWS_NOTHING = re.compile(r"[\w.]*(?:assert\w*|print|raises)\(", re.IGNORECASE)
_ASSERTS = re.compile(r"^(assert\b|\w*assert_?\w*\()", re.MULTILINE)


def read(name: str, notebook: Json) -> Assignment:
    """`notebook`: of nbformat 4. What cannot be moved stands among its refusals."""
    found = Assignment(name)
    cells = notebook["cells"]
    marks = [cell["metadata"].get("nbgrader") or {} for cell in cells]
    marks = [mark if any(map(mark.get, ("grade", "solution", "locked", "task"))) else {} for mark in marks]
    is_known = any(marks) or not any(SOLUTION[0] in cell["source"] for cell in cells)
    for number, (cell, known) in enumerate(zip(cells, marks, strict=True), 1):
        mark = known or _mark_in(cell, is_known)
        found.tests += bool(mark.get("grade") and not mark.get("solution") and cell["cell_type"] == "code")
        grade_id = str(mark.get("grade_id") or f"cell-{number}")
        try:
            found.parts += _parts(number, cell["cell_type"], text_of(cell, found), mark, grade_id)
        except Unfit as error:
            found.refuse(number, grade_id if mark else "", error)
    return found


def _mark_in(cell: Json, is_known: bool) -> Json:
    """What a cell is by its text, where nbgrader has not marked it; `is_known`: asserts alone are no test."""
    source = cell["source"] if cell["cell_type"] == "code" else ""
    if SOLUTION[0] in source:
        made = re.search(r"^(?:def|class) +(\w+)|^(\w+) *=", source, re.MULTILINE)
        return {"solution": True} | ({"grade_id": made[1] or made[2]} if made else {})
    is_test = HIDDEN[0] in source or (not is_known and _ASSERTS.search(source))
    return {"grade": True, "points": 1} if is_test else {}


def _parts(number: int, kind: str, source: str, mark: Json, grade_id: str) -> Iterator[Part]:
    grade, solution = bool(mark.get("grade")), bool(mark.get("solution"))
    try:
        points = float(mark.get("points") or 0)
    except (TypeError, ValueError):
        raise Unfit(f"its points are `{mark['points']}`", "write a number") from None
    if not mark.get("schema_version"):  # of the first releases, whose field took any number
        points = max(points, 0)
    if kind == "raw" or not source.strip() and not (grade or solution):
        return
    if mark.get("task"):
        scheme, statement, has_scheme = cut(source, *SCHEME)
        yield Answer(number, grade_id, "", "", False, points, scheme if has_scheme else "", statement)
    elif solution:
        is_code = kind == "code"
        if is_code and _ASSERTS.search(source) and SOLUTION[0] not in source and (grade or _is_of_tests(source)):
            mend = f"mark it as *Autograder tests* in nbgrader, or write `### {SOLUTION[0]}` above what is the answer"
            raise Unfit("it holds tests, and is marked as an answer", mend)
        stub = CODE_STUB if is_code else TEXT_STUB
        whole, rest, has_region = cut(source, *SOLUTION, stub)
        starter = rest if has_region else "\n".join(stub)
        yield Answer(number, grade_id, starter, whole, is_code, points if grade or not is_code else None)
    elif grade and kind == "code":
        whole, shown, _ = cut(_TO_STDERR.sub(r"\1raise AssertionError(", source), *HIDDEN)
        text = _without_points(whole, points)
        yield Test(number, grade_id, text if shown == whole else shown, text, points)
    elif grade:
        raise Unfit("it is text, and marked as tests", "mark it as *Manually graded answer*, or take the mark away")
    elif kind == "markdown":
        yield Text(number, source)
    else:
        yield Given(number, source)


def _is_of_tests(source: str) -> bool:
    """Asserts and calls alone, with what they import."""
    body, kinds = body_of(source), (ast.Assert, ast.Expr, ast.Import, ast.ImportFrom)
    return bool(body) and all(isinstance(one, kinds) for one in body)


_NUMBER = "its last line is a number, which nbgrader takes for the points: write a test for each part"


def _without_points(text: str, points: float) -> str:
    """A test whose last line shows something must not show a number: nbgrader would take that for its points."""
    last = next(reversed(body_of(text)), None)
    if not isinstance(last, ast.Expr) or _SHOWS_NOTHING.match(ast.unparse(last)):
        return text
    if isinstance(last.value, ast.Constant) and (isinstance(last.value.value, str) or last.value.value == points):
        return text
    lines = text.encode().splitlines()[: last.lineno]
    before = b"\n".join([*lines[:-1], lines[-1][: last.col_offset]]).decode()
    return f'{before}assert type({ast.unparse(last)}) not in (int, float), "{_NUMBER}"'
