"""A source notebook of Otter Assign → parts. https://otter-grader.readthedocs.io/en/latest/otter_assign/

Questions stand between raw cells of YAML (format v1), or begin with a fenced block in Markdown (v0, and jAssign).
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from codegym_jlab.records import Json, parse

from .parts import Answer, Assignment, Given, Part, Test, Text, Unfit, as_example, text_of

_MARK = re.compile(r"#\s*(BEGIN|END)\s+(QUESTION|PROMPT|SOLUTION|TESTS)\s*$|#\s*ASSIGNMENT CONFIG", re.IGNORECASE)
_OLD = re.compile(r"```\s*\n\s*(BEGIN QUESTION|BEGIN ASSIGNMENT)\s*\n(.*?)```", re.DOTALL)
_OLD_TEST = re.compile(r"^\s*#+\s*(hidden\s+)?test\b", re.IGNORECASE)
_IGNORED = re.compile(r"#+\s*ignore\b", re.IGNORECASE)
_HIDDEN = re.compile(r"^\s*#.*\bhidden\b", re.IGNORECASE)
_CONFIG = re.compile(
    r'^(?:\w+\s*=\s*)?"{1,3}\s*#\s*BEGIN\s*TEST\s*CONFIG$(.*?)^"{1,3}\s*#\s*END\s*TEST\s*CONFIG\s*$', re.M | re.S
)
_CHECKS = re.compile(r"^\s*(grader\.(check|export|check_all)\b.*|grader\s*=\s*otter\.Notebook\b.*|import otter)\s*$")
_BLOCK = re.compile(r"# (BEGIN|END) (SOLUTION|PROMPT|IGNORE)( NO PROMPT)?$")
_SCALAR = re.compile(r"^np\.(?:(True|False)_|\w+\((.*)\))$")  #: as numpy 2 writes one
#: At the ends of lines: what is the solution's alone, and what students do not get either.
_SOLUTION, _DROPPED = ("# SOLUTION", "#SOLUTION"), ("# SOLUTION NO PROMPT", "# SEED", "# IGNORE")


@dataclass(slots=True)
class _Question:
    """One that is being read."""

    cell: int
    config: Json
    texts: list[str] = field(default_factory=list)
    is_old: bool = False  #: it begins with a fenced block
    given: list[Given] = field(default_factory=list)
    given_after: list[Given] = field(default_factory=list)  #: between the answer and its tests
    prompts: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    tests: list[tuple[int, str, Json, tuple[str, str]]] = field(default_factory=list)

    def answer(self, kind: str, source: str) -> None:
        (self.code if kind == "code" else self.words).append(source)

    @property
    def name(self) -> str:
        return str(self.config.get("name") or f"question-{self.cell}")


def is_otters(notebook: Json) -> bool:
    """Whether any cell is one of Otter's marks."""
    return any(_mark(cell["cell_type"], cell["source"]) for cell in notebook["cells"])


def read(name: str, notebook: Json) -> Assignment:
    """`notebook`: of nbformat 4. What cannot be moved stands among its refusals."""
    return _Reading(Assignment(name)).read(notebook["cells"])


@dataclass(slots=True)
class _Reading:
    """One reading of one notebook."""

    _into: Assignment
    _question: _Question | None = None
    _block: str = ""
    _config: Json = field(default_factory=dict)

    def read(self, cells: Sequence[Json]) -> Assignment:
        for number, cell in enumerate(cells, 1):
            try:
                self._cell(number, cell)
            except Unfit as error:
                self._into.refuse(number, self._question.name if self._question else "", error)
        self._end()
        return self._into

    def _cell(self, number: int, cell: Json) -> None:
        kind, source = str(cell["cell_type"]), text_of(cell, self._into)
        if (mark := _mark(kind, source)) is not None:
            self._marked(number, *mark)
        elif old := _OLD.search(source) if kind == "markdown" else None:
            self._end()
            config = _yaml(old[2])
            if "QUESTION" in old[1]:
                self._question = _Question(number, config, [_OLD.sub("", source).strip()], is_old=True)
            else:
                self._config = config
        elif not source.strip() or kind == "raw" or _IGNORED.match(source.strip()):
            return
        elif self._question is None:
            self._outside(number, kind, source)
        elif self._question.is_old:
            self._in_old(self._question, number, kind, source, cell)
        else:
            self._in_question(self._question, number, kind, source, cell)

    def _marked(self, number: int, way: str, what: str, text: str) -> None:
        config = _yaml(text)
        if what == "CONFIG":
            self._config = config
        elif what == "QUESTION":
            self._end()
            self._question = _Question(number, config) if way == "BEGIN" else None
        else:
            self._block = what if way == "BEGIN" else ""

    def _outside(self, number: int, kind: str, source: str) -> None:
        if kind == "markdown":
            self._into.parts.append(Text(number, source))
        elif kept := "\n".join(line for line in source.splitlines() if not _CHECKS.match(line)).strip("\n"):
            self._into.parts.append(Given(number, kept))

    def _in_question(self, question: _Question, number: int, kind: str, source: str, cell: Json) -> None:
        if self._block == "TESTS":
            self._test(question, number, source, cell)
        elif self._block == "PROMPT":
            question.prompts.append(source)
        elif self._block == "SOLUTION":
            question.answer(kind, source)
        elif kind == "markdown":
            question.texts.append(source)
        else:
            given = question.given_after if question.code or question.words else question.given
            given.append(Given(number, source))

    def _in_old(self, question: _Question, number: int, kind: str, source: str, cell: Json) -> None:
        if kind == "code" and _OLD_TEST.match(source):
            self._test(question, number, source, cell)
        elif not (question.code or question.words):
            question.answer(kind, source)
        else:
            self._end()
            self._outside(number, kind, source)

    def _test(self, question: _Question, number: int, source: str, cell: Json) -> None:
        config = {"hidden": bool(_HIDDEN.match(source))}
        if found := _CONFIG.search(source):
            config |= _yaml(found[1])
            source = _CONFIG.sub("", source)
        # where tests are functions, their call is ours to write
        lines = [line for line in source.splitlines() if self._is_plain or not line.rstrip().endswith("# IGNORE")]
        self._into.tests += 1
        question.tests.append((number, "\n".join(lines).strip("\n"), config, _saved(cell)))

    def _end(self) -> None:
        question, self._question, self._block = self._question, None, ""
        if question is None:
            return
        parts = self._into.parts
        parts += question.given
        if question.code and isinstance(seed := self._seed(), int):
            code = f"import random as _random, numpy as _numpy\n_random.seed({seed})\n_numpy.random.seed({seed})"
            parts.append(Given(question.cell, code))  # names of its own: `from random import random` stays
        answered = question.code or question.words or question.prompts or question.config.get("manual")
        try:
            if answered or not question.tests:
                parts.append(self._answer(question))
            else:  # its tests are of an answer above
                parts += [Text(question.cell, text) for text in question.texts]
        except Unfit as error:
            self._into.refuse(question.cell, question.name, error)
            return
        parts += question.given_after
        parts += self._tests(question)

    def _seed(self) -> Any:
        """With which the old grader began each cell."""
        generate = self._config.get("generate")
        return generate.get("seed") if isinstance(generate, dict) else self._config.get("seed")

    @property
    def _is_plain(self) -> bool:
        """Tests are functions that raise, not doctests."""
        told = self._config.get("tests")
        return isinstance(told, dict) and told.get("ok_format") is False

    def _answer(self, question: _Question) -> Answer:
        points, config, is_code = question.config.get("points"), question.config, bool(question.code)
        manual = float(points if isinstance(points, (int, float)) else 0) if config.get("manual") else None
        if is_code:
            starter, solution = _versions("\n\n".join(question.code))
            starter = "\n".join(question.prompts) or starter
        else:
            starter = "\n\n".join(question.prompts) or "_Type your answer here, replacing this text._"
            solution, manual = "\n\n".join(question.words), manual or 0
        return Answer(
            question.cell, question.name, starter, solution, is_code, manual,
            statement="\n\n".join(question.texts), all_or_nothing=is_code and bool(config.get("all_or_nothing")),
        )  # fmt: skip

    def _tests(self, question: _Question) -> Iterator[Part]:
        own = [config.get("points") for _, _, config, _ in question.tests]
        try:
            shares = shares_of(None if question.config.get("manual") else question.config.get("points"), own)
        except Unfit as error:
            self._into.refuse(question.cell, question.name, error)
            return
        for place, ((number, source, config, saved), share) in enumerate(zip(question.tests, shares, strict=True), 1):
            name = str(config.get("name") or f"{question.name}-{place}")
            try:
                text = _called(source) if self._is_plain else _compared(source, saved)
            except Unfit as error:
                self._into.refuse(number, name, error)
                continue
            if config.get("success_message"):
                self._into.refuse(number, name, Unfit("its `success_message` is left out: passed checks say nothing"))
            message = str(config.get("failure_message") or "")
            yield Test(number, name, "" if config["hidden"] else text, text, share, message, question.name, place)


def _mark(kind: str, source: str) -> tuple[str, str, str] | None:
    """BEGIN or END, of what, and the YAML below it; None for any other cell."""
    text = source.strip()
    if kind == "markdown" and text.startswith("```otter"):
        text = text.removeprefix("```otter").removesuffix("```").strip()
    elif kind != "raw":
        return None
    first, _, rest = text.partition("\n")
    found = _MARK.match(first.strip())
    return ((found[1] or "BEGIN").upper(), (found[2] or "CONFIG").upper(), rest) if found else None


def _yaml(text: str) -> Json:
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise Unfit(f"its YAML cannot be read ({str(error).splitlines()[0]})", "mend it") from None
    return found if isinstance(found, dict) else {}


def _saved(cell: Json) -> tuple[str, str]:
    """What the notebook has saved that the cell prints, and what its last line gives: that is what is expected."""
    outputs = cell.get("outputs", ())
    printed = "".join(output.get("text", "") for output in outputs)
    given = "".join(output.get("data", {}).get("text/plain", "") for output in outputs)
    return printed.strip("\n"), given.strip("\n")


def shares_of(points: Any, own: Sequence[Any]) -> list[float]:
    """Points of each test, from those of the question and the tests' own (None: not said), as Otter deals them out.

    Raises Unfit.
    """
    if isinstance(points, dict):
        points = float(points.get("each", 1)) * len(own)
    if isinstance(points, list):
        if len(points) != len(own):
            raise Unfit(f"there are {len(points)} points for {len(own)} tests", "write one for each")
        points, own = None, points
    told, open_ = sum(float(one) for one in own if one is not None), sum(one is None for one in own)
    total = told or 1.0 if points is None else float(points)
    if told > total:
        raise Unfit(f"its tests have {told:g} points, more than its own {total:g}", "lower theirs, or raise its own")
    rest = (total - told) / open_ if open_ else 0.0
    return [rest if one is None else float(one) for one in own]


def _versions(source: str) -> tuple[str, str]:
    """An answer as students get it, and as its author runs it; both without the marks."""
    starter, solution = list[str](), list[str]()
    within = ""
    for line in source.splitlines():
        text, indent = line.strip(), line[: len(line) - len(line.lstrip())]
        mark = next((mark for mark in (*_DROPPED, *_SOLUTION) if text.endswith(mark)), "")
        if block := _BLOCK.search(text):
            within = block[2] if block[1] == "BEGIN" else ""
            starter += [f"{indent}..."] if within == "SOLUTION" and not block[3] else []
            continue
        is_title = text.startswith("#") and text.strip("# ").lower() == "solution"  # says what the cell is
        if within == "IGNORE" or is_title:
            continue
        if within != "PROMPT" and mark != "# IGNORE":
            solution.append(line.rstrip().removesuffix(mark).rstrip())
        if within != "SOLUTION" and mark not in _DROPPED:
            starter.append(f"{indent}{_left_of(text)}..." if mark else line)
    return "\n".join(starter).strip("\n"), "\n".join(solution).strip("\n")


def _left_of(text: str) -> str:
    """`x = ` of a line that gives `x` a value; nothing of any other."""
    code = text.rpartition("#")[0].rstrip()
    try:
        (node,) = parse(code).body
        return code.encode()[: node.value.col_offset].decode() if isinstance(node, ast.Assign) else ""
    except (SyntaxError, ValueError):  # a line of several
        name, equals, _ = code.partition(" = ")
        return f"{name} = " if equals and name.strip().isidentifier() else ""


def _parsed(source: str) -> list[ast.stmt]:
    try:
        return parse(source).body
    except SyntaxError as error:
        raise Unfit(f"it is no Python ({error.msg})", "mend it") from None


def _called(source: str) -> str:
    """A test that is one function: called with the names that its parameters have. Raises Unfit."""
    body = _parsed(source)
    if not body or not isinstance(body[0], ast.FunctionDef):
        raise Unfit("it is no function", "write one, or take `ok_format: false` away")
    function = body[0]
    names = ", ".join(one.arg for one in function.args.args if one.arg != "env")
    return f"{ast.get_source_segment(source, function)}\n\n{function.name}({names})"


def _compared(source: str, saved: tuple[str, str]) -> str:
    """A test in the form of a doctest: what its last line gives has to be what the notebook has saved. Raises Unfit."""
    body = _parsed(source)
    printed, given = saved
    last = body[-1] if body else None
    if printed:
        told = f"{printed}\n{given}".strip("\n").splitlines()
        return "\n".join([*(as_example(ast.unparse(node)) for node in body), *told])
    if not given or not isinstance(last, ast.Expr):
        return source
    before = "\n".join(source.splitlines()[: last.lineno - 1])
    given = _SCALAR.sub(r"\1\2", given)
    if given in ("True", "False"):
        return f"{before}\nassert ({ast.unparse(last.value)}) == {given}".strip("\n")
    # numpy writes its scalars in other words than when this was saved
    plain = "_value.item() if type(_value).__module__ == 'numpy' and not getattr(_value, 'shape', 1) else _value"
    compared = f"assert ' '.join(repr({plain}).split()) == {' '.join(given.split())!r}"
    return "\n".join([before, f"_value = {ast.unparse(last.value)}", compared]).strip("\n")
