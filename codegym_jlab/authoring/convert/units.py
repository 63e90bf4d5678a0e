"""Parts → a unit of a course: each answer with the tests that are its own, each test with what it needs."""

import builtins
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from textwrap import dedent

from codegym_jlab.classes.imports import old_notebooks
from codegym_jlab.course.validation import free_name
from codegym_jlab.grading.grader.plan import CellUnreadable, python_text, refused_in
from codegym_jlab.records import Json, without

from .names import Code, Statement, free_names, hoisted, names_made, plain, statements, to_bind
from .parts import Answer, Assignment, Given, Part, Test, Text, Unfit, as_example

#: What Python's own unittest has under another name.
_NOSE = {
    "assert_items_equal": "assertCountEqual",
    "assert_raises_regexp": "assertRaisesRegex",
    "ok_": "assertTrue",
    "eq_": "assertEqual",
}
_STRANGE = re.compile(r"\b(In\[|Out\[|_ih\b|_oh\b|get_ipython\b|getsource\w*)")
_THING = r"\w[\w.]*(?:\([^()]*\))?"  #: a name, an attribute, or a call
_CLASS = r"(?:[a-z_]\w*\.)*([A-Z]\w*)"
#: `"x" in vars()`, `"name" in dir(x)`, whether `x` is of a package's class, and a function's text.
_ASKED = (
    (r"""(["'])(\w+)\1 in (?:vars|globals|locals|dir)\(\)""", r"(\2, True)[1]"),
    (rf"""(["'])(__\w+__)\1 in dir\({_THING}\)""", r'("def \2(" in __answer__)'),
    (rf"""(["'])(\w+)\1 in dir\(({_THING})\)""", r'hasattr(\3, "\2")'),
    (r"\btype\((\w+)\) (?:==|is) \w+\.(?:\w+\.)*([A-Z]\w*)\b(?!\.)", r'type(\1).__name__ == "\2"'),
    (rf"\btype\((\w+)\)( == |, ?)type\({_CLASS}\([^()]*\)\)", r'type(\1).__name__\2"\3"'),
    (rf"\bisinstance\((\w+), ?({_CLASS})\)", r'(isinstance(\1, \2) or type(\1).__name__ == "\3")'),
    (
        rf"\b(assert_?[iI]s_?[iI]nstance)\((\w+), ?({_CLASS})(?=[,)])",
        r'\1(\2, (\3, type(\2))[type(\2).__name__ == "\4"]',
    ),
    (r"(\w+)\.__class__ (?:==|is) (?:[a-z_]\w*\.)+([A-Z]\w*)\b(?!\.)", r'\1.__class__.__name__ == "\2"'),
    (r"\b(?:inspect\.)?getsource\((\w+)((?:\.\w+)?)\)", r'"".join(_source_of(\1, "\2"))'),
    (r"\bwith (?:warnings\.)?catch_warnings\(\):(?=\s+(?:warnings\.)?\w*filter\w*\([\"']ignore)", "if True:"),
    (r"\b(?:inspect\.)?getsourcelines\((\w+)((?:\.\w+)?)\)", r'(_source_of(\1, "\2"), 1)'),
)
_SOURCE_OF = """\
def _source_of(thing, part):
    import ast
    kinds, found = (ast.FunctionDef, ast.ClassDef), ast.parse(__answer__)
    for name in [getattr(thing, "__name__", type(thing).__name__), *part.split(".")[1:]]:
        found = [n for n in ast.walk(found) if isinstance(n, kinds) and n.name == name][-1]
    return __answer__.splitlines(True)[found.lineno - 1 : found.end_lineno]"""
_INSPECT = re.compile(r"^(?:import inspect|from inspect import getsource\w*)$\n?", re.MULTILINE)
_STUB = "# YOUR CODE HERE"
LIMITS = {"seconds": 30, "memory_mb": 1024, "output_kb": 1024, "total_s": 300}  #: nbgrader gives a cell 30 s


@dataclass(slots=True)
class Exercise:
    """An answer, and its tests."""

    answer: Answer
    tests: list[Test] = field(default_factory=list)
    checks: list[tuple[Test, Json]] = field(default_factory=list)  #: as in YAML, `weight` in points
    bound: dict[str, None] = field(default_factory=dict)  #: names that tests read, and answers only change
    astray: float = 0  #: points of tests that are of another answer by their text: a person gives them

    def moved(self) -> list[Test]:
        """Those that have become checks."""
        done = [test for test, _ in self.checks]
        return [test for test in self.tests if test in done]


@dataclass(slots=True)
class Unit:
    """One notebook's unit."""

    id: str
    body: Json
    exercises: dict[str, Exercise]  #: by their ids


def slug(name: str, taken: Iterable[str] = ()) -> str:
    """An id made of a name; another one where that is taken."""
    return free_name(old_notebooks.plain(name), set(taken))


def unit_of(assignment: Assignment, units: Iterable[str], taken: set[str]) -> Unit:
    """The unit, as it stands in YAML, with another id than those of `units`.

    Adds ids of exercises to `taken`, and what is refused to the assignment's own.
    """
    stem = PurePosixPath(assignment.name).stem
    id, title = slug(stem, units), re.sub(r"[_\s-]+", " ", stem).strip().capitalize()
    parts = _handed_on([_beside(part) if isinstance(part, Test) else part for part in assignment.parts])
    exercises = _with_tests(assignment, parts)
    unit = Unit(id, {}, {})
    cells: list[Json] = []
    for place, part in enumerate(parts):
        if isinstance(part, Text):
            cells.append({"markdown": part.markdown})
        elif isinstance(part, Given):
            code = _without_commands(_with_stand_ins(part.code))
            is_python = bool(statements(code)) or not _strip_comments(code)
            cells.append({"code": code} if is_python else {"markdown": f"```python\n{code}\n```"})
        elif isinstance(part, Answer):
            exercise = exercises[place]
            for test in exercise.tests:
                try:
                    exercise.checks += [(test, check) for check in _checks(test, place, parts, exercise)]
                except Unfit as error:
                    assignment.refuse(test.cell, test.name, error)
            statement = part.statement
            if not statement and cells and "markdown" in cells[-1]:
                statement = cells.pop()["markdown"]
            if part.is_code and (part.manual is None or exercise.tests) and not statements(part.solution):
                why = "has a solution that is no Python" if _strip_comments(part.solution) else "has no solution"
                mend = "mend it in the notebook; a person marks it meanwhile"
                assignment.refuse(part.cell, part.name, Unfit(f"it {why}", mend))
                for test in exercise.moved():
                    assignment.refuse(test.cell, test.name, Unfit(f"its answer `{part.name}` {why}", mend))
                exercise.checks = []
            name = slug(part.name, taken)
            taken.add(name)
            unit.exercises[name] = exercise
            cells.append({"exercise": exercise_body(name, statement, exercise)})
    unit.body = {"id": id, "title": title, "gate": "none", "cells": cells}
    return unit


def _handed_on(parts: Sequence[Part]) -> list[Part]:
    """With a given cell behind each test that students see and that alone gives what a later cell reads."""
    codes = [_code_of(part) for part in parts]
    found: list[Part] = []
    wanted: set[str] = set()
    for place in reversed(range(len(parts))):
        part, lines = parts[place], codes[place]
        if isinstance(part, Test):
            kept: list[str] = []
            needed = wanted - {name for code in codes[:place] for one in code for name in one.binds}
            for one in reversed(statements(part.shown)):
                if one.binds & needed:
                    kept.insert(0, one.text)
                    needed = needed - one.binds | one.reads
            found += [Given(part.cell, "\n".join(kept))] if kept else []
        wanted = wanted - {name for one in lines for name in one.binds} | free_names(lines, at_once=True)
        found.append(part)
    return found[::-1]


def _code_of(part: Part) -> Sequence[Statement]:
    """What is there for all cells below; a test is not."""
    if isinstance(part, Given):
        return statements(part.code)
    return statements(part.solution) if isinstance(part, Answer) and part.is_code else ()


def _beside(test: Test) -> Test:
    """As it is asked from beside the answer: there are no names of the notebook to list, nor its packages' classes."""
    whole, shown = test.whole, test.shown
    for asked, instead in _ASKED:
        whole, shown = re.sub(asked, instead, whole), re.sub(asked, instead, shown)
    return replace(test, whole=whole, shown=shown)


def _with_tests(assignment: Assignment, parts: Sequence[Part]) -> dict[int, Exercise]:
    """By the answer's place. A test is of the last answer before it whose names it reads, else of the nearest.

    One that reads what an answer below makes, or of its own question's answer nothing, is refused.
    """
    exercises = {place: Exercise(part) for place, part in enumerate(parts) if isinstance(part, Answer)}
    made = {place: names_made(one.answer.solution) for place, one in exercises.items() if one.answer.is_code}
    for place, test in enumerate(parts):
        if not isinstance(test, Test):
            continue
        before = [one for one in exercises if one < place]
        named = [one for one in before if test.of and exercises[one].answer.name == test.of]
        coded = [one for one in before if one in made]
        cells = _before(parts, place, coded[0] if coded else place)
        _, reads = hoisted(test.whole, cells)
        there = {name for cell in cells for one in cell.statements for name in one.binds}
        missing = set[str]() if "*" in there else reads - there - set(dir(builtins))
        reading = [one for one in coded if made[one] & reads]
        other = [one for one in made if one > place and made[one] & missing][:1]
        if not other and named and not _works_on(exercises[named[-1]].answer, reads):
            other = reading[-1:]
        if other:
            exercises[(named or other)[-1]].astray += test.points
            answer, is_below = exercises[other[0]].answer, other[0] > place
            name = min(made[other[0]] & (missing if is_below else reads))
            why = f"it tests `{name}`, which is answered in cell {answer.cell} {'below' if is_below else 'above'}"
            mend = f"put it among the tests of `{answer.name}`" if test.of else "put it behind that"
            assignment.refuse(test.cell, test.name, Unfit(why, mend))
            continue
        if not coded or (named and not exercises[named[-1]].answer.is_code):
            why = "there is no answer in code before it that it could test"
            assignment.refuse(test.cell, test.name, Unfit(why, "put it behind its answer"))
            continue
        exercises[(named or reading or coded)[-1]].tests.append(test)
    return exercises


def _works_on(answer: Answer, names: set[str]) -> bool:
    """Whether it makes or changes any of them, or may: what it hands to a call, and what cannot be read."""
    lines = statements(answer.solution)
    handed = {name for one in lines if not one.binds or one.text.startswith("for ") for name in one.reads}
    return not lines or bool((handed | names_made(answer.solution)) & names)


def _before(parts: Sequence[Part], place: int, answer: int, is_shown: bool = False) -> list[Code]:
    """The cells before a test of the answer at `answer`, as its text can use them; `is_shown`: what students see."""
    found = []
    for number, part in enumerate(parts[:place]):
        if isinstance(part, Test):
            text = part.shown if is_shown else part.whole
            found.append(Code([one for one in statements(text) if one.binds]))
        elif lines := _code_of(part):
            is_given = isinstance(part, Given)
            found.append(Code(lines, is_there=is_given and number < answer, is_answer=not is_given))
    return found


def _without_commands(code: str) -> str:
    """A given cell whose lines that only a notebook's shell can run are comments."""
    lines, read = code.splitlines(), plain(code).splitlines()
    for number, (line, text) in enumerate(zip(lines, read, strict=False)):
        if text.strip().startswith("raise") and refused_in(text) and not line.startswith("%%"):
            command = line.lstrip()
            lines[number] = line[: -len(command)] + ("" if command == line else "pass  ") + f"# {command}"
    return "\n".join(lines)


def _checks(test: Test, answer: int, parts: Sequence[Part], of: Exercise) -> list[Json]:
    """A hidden check for all of it, beside a sample of what students see; one sample where nothing is hidden.

    `answer`: its place. What the solution has to bind, so that it is the student's, is added to `of.bound`.
    """
    place, taken = parts.index(test), {str(check["id"]) for _, check in of.checks}
    lines = statements(test.whole)
    if lines and all(one.text.startswith(("def ", "class ", "import ", "from ")) for one in lines):
        raise Unfit("it tests nothing: it calls nothing of what it defines", "call it on the last line")
    whole = _text_of(test.whole, _before(parts, place, answer), of.bound)
    found = {"id": slug(f"test-{test.name}", taken), "code": whole, "weight": test.points}
    if test.message:
        found["message"] = test.message
    if test.shown.strip() == test.whole.strip():
        return [found | {"label": test.name}]
    found["hidden"] = test.name
    if not statements(test.shown):
        return [found]
    shown = _text_of(test.shown, _before(parts, place, answer, is_shown=True), of.bound)
    return [{"id": slug(f"shown-{test.name}", taken), "code": shown, "weight": 0, "label": test.name}, found]


def _text_of(source: str, before: Sequence[Code], bound: dict[str, None]) -> str:
    """The test's own text, behind what it needs. Raises Unfit."""
    is_doctest = source.startswith(">>>")
    try:
        text = plain(source) if is_doctest else python_text(source)
    except CellUnreadable as error:
        raise Unfit(f"it is no plain Python ({error})", "write it without IPython's commands") from None
    if why := refused_in(text):
        raise Unfit(f"it is no plain Python: {why}", "write it without IPython's commands")
    if not statements(text):
        is_empty = not _strip_comments(text)
        told = "it tests nothing: everybody has its points" if is_empty else "it is no Python"
        raise Unfit(told, "write what it tests, or take it away" if is_empty else "mend it, or take it away")
    if strange := _STRANGE.search(text):
        mend = "look at names of the answer, or at its text: `__answer__`"
        raise Unfit(f"it reads `{strange[1]}`, which only a running notebook has", mend)
    needed, reads = hoisted(text, before)
    bound |= dict.fromkeys(sorted(to_bind(before, reads)))
    if is_doctest:
        return "\n".join([*map(as_example, needed), source])
    return _with_stand_ins("\n".join([*needed, text]))


def _with_stand_ins(text: str) -> str:
    """What tests use of nose and pytest, in terms of unittest: neither is there; and of the answer's text."""
    if "_source_of(" in text:
        text = f"{_SOURCE_OF}\n\n{text if 'inspect.' in text else _INSPECT.sub('', text)}"
    text, names = re.subn(r"(?m)^from nose\.tools(?:\.\w+)? import \(?([^)\n]+)\)?$", _imported, text)
    text, other = re.subn(r"(?m)^([ \t]*)import pytest$", r"\1" + _PYTEST, text)
    return f"import unittest as _unittest\n{text}" if names or other else text


def _imported(found: re.Match[str]) -> str:
    return "; ".join(_nose(name.strip()) for name in found[1].split(",") if name.strip())


def _nose(name: str) -> str:
    """One name of nose.tools, which are unittest's with underscores."""
    own, _, other = map(str.strip, name.partition(" as "))
    method = _NOSE.get(own) or re.sub(r"_(\w)", lambda letter: letter[1].upper(), own)
    return f"{other or own} = _unittest.TestCase().{method}"


_PYTEST = (
    "pytest = type('pytest', (), {'raises': staticmethod(lambda kind, *a, match=None, **k: "
    "_unittest.TestCase().assertRaisesRegex(kind, match, *a, **k) if match else "
    "_unittest.TestCase().assertRaises(kind, *a, **k))})"
)


def exercise_body(name: str, statement: str, exercise: Exercise) -> Json:
    """As it stands in YAML."""
    answer, checks, moved = exercise.answer, [check for _, check in exercise.checks], exercise.moved()
    manual = (answer.manual or 0) + exercise.astray + sum(test.points for test in exercise.tests if test not in moved)
    points = sum(check["weight"] for check in checks) + manual
    body: Json = {"id": name, "title": title_of(statement) or answer.name, "points": _number(points)}
    if not answer.is_code:
        body["answer"] = "text"
    if answer.manual is not None or manual:
        body["marking"] = "manual"
    if manual and checks:
        text = answer.scheme or "What a person marks."
        body["rubric"] = [{"id": "by-hand", "points": _number(manual), "text": text}]
    if answer.all_or_nothing:
        body["grading"] = "all"
    body["statement"] = statement or f"Write your answer to {answer.name}."
    for key, text in (("starter", answer.starter), ("solution", answer.solution)):
        if text and (not answer.is_code or statements(text) or not _strip_comments(text)):
            body[key] = dedent(text) if answer.is_code else text
    if "solution" in body:
        body["solution"] = with_names(body["solution"], exercise.bound)
    if answer.is_code and "starter" not in body:
        body["starter"] = _STUB
    if answer.is_code and "solution" not in body:
        body["marking"], checks = "manual", []
        body.pop("rubric", None)
    if not checks and answer.is_code and "marking" not in body:
        checks = [{"code": "pass", "label": "it runs"}]
        body["starter_scores"] = True
    if checks:
        has_points = any(check.get("weight") for check in checks)  # else they all weigh the same
        for check in checks:
            weight = {"weight": _number(check["weight"])} if has_points and "weight" in check else {}
            body.setdefault("checks", []).append(without(check, "weight") | weight)
    return body


def with_names(solution: str, names: Iterable[str]) -> str:
    """The solution, so that these names of cells above are the student's."""
    return "\n".join([solution, *(f"{name} = {name}  # for the tests" for name in sorted(names))])


def _strip_comments(text: str) -> str:
    return "".join(line for line in text.splitlines() if line.strip() and not line.strip().startswith("#"))


def _number(points: float) -> float | int:
    return int(points) if float(points).is_integer() else round(points, 6)


def title_of(markdown: str) -> str:
    """Its first heading, else its first words."""
    lines = [line.strip() for line in markdown.splitlines() if line.strip("# ")]
    text = next((line.strip("# ") for line in lines if line.startswith("#")), lines[0] if lines else "")
    text = re.sub(r"\]\([^()]*\)|<[^<>]*>|[*_`#>\[\]]", "", text).strip()
    return text if len(text) <= 60 else text[:59].rsplit(" ", 1)[0] + " …"
