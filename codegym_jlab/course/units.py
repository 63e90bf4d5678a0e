"""A unit's file → Unit: every mistake is reported, and what is whole is kept."""

import ast
import re
import warnings
from typing import Any, Literal

from codegym_jlab.records import compile_tree, literal_eval

from .checks import IDLE, Check
from .schema import (
    CODE_KINDS,
    PYTHON_KERNELS,
    SCRIPT_KINDS,
    CodeCell,
    Exercise,
    ExerciseCell,
    MarkdownCell,
    Misconception,
    Unit,
    kind_of_cell,
)
from .validation import Fitting, Model, Report, unknown_key
from .yaml_source import Node, listed, written

_MAGIC_LINE = re.compile(
    r"^([ \t]*)(?:[%!].*|\w[\w, ]*=[ \t]*[%!].*|\?{1,2}[\w.*]+[ \t]*|%?[\w.*]+\?{1,2}[ \t]*)$", re.M
)
_FLAGS = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


#: Where Python stops reading a text, by line (from 1), and what it says.
Unparsable = tuple[int, str]


def without_magics(text: str) -> str:
    """`text` with IPython's own lines made into `pass`; a `%%` cell is no Python at all. Line numbers stay."""
    if text.lstrip().startswith("%%"):
        return ""
    return _MAGIC_LINE.sub(r"\1pass", text)


def _parse(text: str, mode: Literal["exec", "eval"] = "exec") -> Unparsable | None:
    """None where `text` is a Python program, or one expression, round which blanks may stand."""
    code = text.strip() if mode == "eval" else text
    above = text[: text.index(code)].count("\n")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `"\d"` warns; that is the author's to see in Python, not here
            compile_tree(code, "<course>", mode, _FLAGS, dont_inherit=True)
    except SyntaxError as error:
        return (error.lineno or 1) + above, error.msg
    except ValueError as error:  # a null character
        return 1, str(error)
    except (RecursionError, MemoryError):
        return 1, "this is nested too deeply"
    return None


#: without these an exercise cannot be given
_VITAL = frozenset("id title statement solution checks answer marking rubric".split())
_EXPRESSIONS = ("call", "equals_expr", "satisfies")
_ANY_KERNEL = ("code", "choice", "text")
_STATEMENTS = ("setup", "run", "code")


def read_unit(root: Node, name: str, course_kernel: str, report: Report) -> Unit | None:
    """The unit in `root`, whose file is called `name`; None where nothing of it can be given."""
    report_troubles(root, report)
    if not root.is_mapping:
        report.error(root.line, "this file is no unit", f"begin with `id: {name}`, `title:` and `cells:`")
        return None
    kernel = written(root, "kernel") or course_kernel
    data = root.plain()
    if cells := listed(root, "cells"):
        data["cells"] = [cell for node in cells if (cell := _cell(node, kernel, report)) is not None]
    if isinstance(data.get("id"), str) and data["id"] != name:
        report.error(root.line_of(("id",)), f"the id `{data['id']}` is not the file's name", f"write `id: {name}`")
        data["id"] = name
    fitting = Fitting(root, report)
    unit = fitting.fit(Unit, data, {"id": name, "title": name, "cells": []})
    return unit if "cells" not in fitting.keys_left_out else None


def report_troubles(root: Node, report: Report) -> None:
    """Report the reader's own findings (repeated keys, stray commas), under the exercise in which they stand."""
    exercises = [node for item in listed(root, "cells") if (node := item.get("exercise")) is not None]
    seen = set()
    for node in [*exercises, root]:
        own = report.within(_id_of(node)) if node is not root else report
        for inner in node.walk():
            if id(inner) not in seen:
                seen.add(id(inner))
                for trouble in inner.troubles:
                    own.error(*trouble)


def _id_of(node: Node) -> str | None:
    return written(node, "id") or written(node, "title")


def _cell(node: Node, kernel: str, report: Report) -> MarkdownCell | CodeCell | ExerciseCell | None:
    kinds = "`markdown`, `code` or `exercise`"
    if not node.is_mapping:
        report.error(node.line, "this is no cell", f"write {kinds} and a colon before it")
        return None
    kind = kind_of_cell(node.value)
    if kind is None:
        first = next(iter(node.value), None)
        problem, mend = unknown_key(str(first), ["markdown", "code", "exercise"])
        report.error(node.line, problem if first else "this cell is empty", mend if first else f"write {kinds}")
        return None
    if kind == "exercise":
        return _exercise_cell(node, kernel, report)
    model: type[MarkdownCell | CodeCell] = MarkdownCell if kind == "markdown" else CodeCell
    fitting = Fitting(node, report)
    cell = fitting.fit(model, node.plain(), {kind: ""})
    is_python = kind == "code" and kernel in PYTHON_KERNELS
    if is_python and _unparsable(node.value["code"], "code", report, ipython=True):
        return None
    return cell if (kind,) not in fitting.left_out else None


def _exercise_cell(cell: Node, kernel: str, report: Report) -> ExerciseCell | None:
    node = cell.value["exercise"]
    own = report.within(_id_of(node))
    for key in cell.value.keys() - {"exercise"}:
        problem, mend = unknown_key(str(key), Exercise.model_fields)
        hint = f"indent `{key}` below `exercise:`" if key in Exercise.model_fields else mend
        own.error(cell.key_lines[key], problem, hint)
    if not node.is_mapping:
        mend = "write `id`, `title` and `statement` below it"
        report.error(cell.key_lines["exercise"], "this exercise is empty", mend)
        return None
    found = _exercise(node, kernel, own)
    return ExerciseCell(exercise=found) if found is not None else None


def _exercise(node: Node, kernel: str, report: Report) -> Exercise | None:
    data = node.plain()
    fitting = Fitting(node, report)
    answer = data.get("answer", "code")
    is_code = answer in CODE_KINDS
    python = kernel in PYTHON_KERNELS and is_code
    if kernel not in PYTHON_KERNELS and answer not in _ANY_KERNEL:
        mend = f"use one of {', '.join(f'`{kind}`' for kind in _ANY_KERNEL)}, or the kernel `python3`"
        report.error(node.line_of(("answer",)), f"the kernel `{kernel}` has no `answer: {answer}`", mend)
        return None
    for key, model in (("checks", Check), ("misconceptions", Misconception)):
        if items := listed(node, key):
            language = kernel if is_code else "python3"
            data[key] = _items(items, model, language, report, scripts=answer in SCRIPT_KINDS)
            if not data[key]:
                fitting.left_out.add((key,))
    for key in ("forbids", "requires"):
        if node.get(key) is not None and kernel not in PYTHON_KERNELS:
            report.error(node.line_of((key,)), f"`{key}` reads Python, not the kernel `{kernel}`", "take it out")
    for key in ("solution",) if answer in ("debug", "fill") else ("starter", "solution"):  # those may hold anything
        text = node.get(key)
        if python and text is not None and _unparsable(text, key, report, ipython=True):
            fitting.left_out.add((key,))
    stand_ins = {"id": "x", "title": "x", "statement": "x", "solution": "x"}
    exercise = fitting.fit(Exercise, data, stand_ins)
    if exercise is None or fitting.keys_left_out & _VITAL or node.damaged:
        return None
    if "starter" in fitting.keys_left_out and exercise.starter:
        exercise = exercise.model_copy(update={"starter": ""})
    return exercise


def _items(nodes: list[Node], model: type[Model], kernel: str, report: Report, *, scripts: bool) -> list[Model]:
    kept = []
    for node in nodes:
        if not node.is_mapping:
            word = "`call: …` and `equals: …`" if model is Check else "`id`, `wrong` and `say`"
            mend = f"write {word}; quote text that holds brackets or a colon"
            report.error(node.line, "this is no mapping", mend)
            continue
        fitting = Fitting(node, report)
        item = fitting.fit(model, node.plain())
        sound = model is not Check or _sound_check(node, item, kernel, report, scripts=scripts)
        if item is not None and sound and not fitting.left_out and not any(inner.troubles for inner in node.walk()):
            kept.append(item)
    return kept


def _sound_check(node: Node, check: Any, kernel: str, report: Report, *, scripts: bool) -> bool:
    """True where its code parses, and it does what the kernel can; with `scripts` the answer itself may be run."""
    if node.damaged:
        return False
    if kernel not in PYTHON_KERNELS:
        more = [key for key in ("random", "stdin", "files") if node.get(key) is not None]
        if check is not None and (check.action != "run" or check.outcome != "prints" or more):
            without = "".join(f", without `{key}`" for key in more)
            problem = f"with the kernel `{kernel}` a check is `run` with `prints`{without}"
            report.error(node.line, problem, "write it so, or use the kernel `python3`")
            return False
        return True
    texts = [(key, child) for key in (*_EXPRESSIONS, *_STATEMENTS) if (child := node.get(key)) is not None]
    drawn, typed = node.get("random"), node.get("stdin")
    if drawn is not None and typed is not None and check is not None and check.action == "program":
        texts.append(("stdin", typed))
    if drawn is not None and drawn.is_mapping:
        texts += [("random", child) for child in drawn.value.values()]
    wrong = [_unparsable(child, key, report) for key, child in texts]
    equals = node.get("equals")
    if any(wrong) or (equals is not None and _is_python_value(equals, report)):
        return False
    is_idle = check is not None and check.action == "program" and not scripts
    if is_idle:
        report.error(node.line, IDLE.problem, IDLE.mend)
    return not is_idle


def _is_python_value(equals: Node, report: Report) -> bool:
    """True, and reported, where Python's own spelling stands under `equals`: to YAML `(1, 2)` and `None` are text."""
    for node in equals.walk():
        text = node.value
        if not (node.bare and isinstance(text, str)):
            continue
        try:
            is_python = not isinstance(literal_eval(text), str)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            is_python = text.count("(") != text.count(")") and node is not equals  # a tuple cut at its commas
        if is_python:
            mend = "write `equals: null`" if text == "None" else "write `equals_expr:` with the whole Python value"
            problem = f"`equals` holds the text `{text}`, no Python value"
            report.error(node.line, problem, f"{mend}; or, where text is meant, quote it")
            return True
    return False


def _unparsable(node: Node, key: str, report: Report, *, ipython: bool = False) -> bool:
    """True, and reported with its line, where the text under `key` is no Python."""
    text = node.value
    if not isinstance(text, str) or not text.strip() or (key == "code" and text.lstrip().startswith(">>>")):
        return False
    statements = key not in (*_EXPRESSIONS, "random", "stdin")
    found = _parse(without_magics(text) if ipython else text, "exec" if statements else "eval")
    if found is None:
        return False
    line, message = node.line + (found[0] if node.block else 0), found[1]
    if not statements and _parse(text) is None:
        mend = "use `run`" if key == "call" else "write one expression"
        report.error(line, f"`{key}` is a statement, no expression", mend)
    else:
        report.error(line, f"`{key}` is no Python: {message}", "correct this line")
    return True
