"""Runs the teacher's own test text in the author's sandbox: bare asserts, test functions, unittest classes, a doctest.

It stops at the first thing that fails.
"""

import ast
import re
from types import ModuleType
from typing import Any

from ..session.traceback import message_of, status_of
from ..wire.frames import Json
from .stand_ins import Garbled, UnsupportedValue

NAME = "<test>"
_LEFT, _RIGHT = "_codegym_left", "_codegym_right"
_EQUAL, _FORMAT = "_codegym_equal", "_codegym_format"
_TEXT = 600
_repr = repr


def is_doctest(text: str) -> bool:
    """A doctest's first line begins with `>>>`."""
    return text.lstrip().startswith(">>>")


def imported_names(text: str) -> set[str]:
    """The modules that the text imports, as they are written, and the packages that they are in."""
    if is_doctest(text):
        found = re.findall(r"^\s*>>> (?:import|from)\s+([\w.]+)", text, re.M)
    else:
        nodes = list(ast.walk(ast.parse(text)))
        found = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
        found += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return {".".join(name.split(".")[: i + 1]) for name in found for i in range(name.count(".") + 1)}


def run(text: str, module: ModuleType) -> Json | None:
    """Run the text in `module`, which `sys.modules` holds: None where nothing in it failed, else the first failure.

    Raises what leaves the text outside of a test. A failure: {"kind": "assert"|"error"|"unsupported", "status", "type",
    "message", "line", "text", "test", "left", "right", "value", "raised"}, the last six where they are known.
    """
    if is_doctest(text):
        return _doctest(text, module)
    vars(module).update({_EQUAL: equal, _FORMAT: lambda owner, name: _format(owner, name, text)})
    exec(_compiled(text), vars(module))
    _functions(module)
    return _unittests(text, module)


def _compiled(text: str) -> Any:
    """The text, its simple asserts keeping both sides for the message."""

    class Keeping(ast.NodeTransformer):
        def visit_Assert(self, node: ast.Assert) -> ast.Assert:
            self.generic_visit(node)
            test = node.test
            if isinstance(test, ast.Compare) and len(test.ops) == 1:
                test.left = ast.NamedExpr(ast.Name(_LEFT, ast.Store()), test.left)
                test.comparators = [ast.NamedExpr(ast.Name(_RIGHT, ast.Store()), test.comparators[0])]
                if isinstance(test.ops[0], ast.Eq):
                    node.test = ast.Call(ast.Name(_EQUAL, ast.Load()), [test.left, *test.comparators], [])
            return node

        def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
            self.generic_visit(node)
            if node.attr not in ("format", "format_map") or not isinstance(node.ctx, ast.Load):
                return node
            found = ast.Call(ast.Name(_FORMAT, ast.Load()), [node.value, ast.Constant(node.attr)], [])
            return ast.copy_location(found, node)

    tree = ast.fix_missing_locations(Keeping().visit(ast.parse(text, NAME)))
    return compile(tree, NAME, "exec", dont_inherit=True)


def equal(left: Any, right: Any) -> Any:
    """`left == right` of an assert; of arrays, whose truth Python does not know, whether all of them is."""
    found = left == right
    shape, package = getattr(found, "shape", None), type(found).__module__.partition(".")[0]
    if package not in ("numpy", "pandas") or not isinstance(shape, tuple) or package == "numpy" and found.size == 1:
        return found
    import numpy as np

    return np.shape(left) == np.shape(right) and bool(np.all(found))


def _format(owner: Any, name: str, text: str) -> Any:
    """`owner.format`: a template that is not written in the test reads no attribute that is private."""
    if isinstance(owner, str) and "._" in owner and owner not in text:
        raise UnsupportedValue("str", "a text whose fields read private attributes")
    return getattr(owner, name)


def _functions(module: ModuleType) -> None:
    """Functions called test_… of the text itself that take no argument, in their order."""
    for name, value in list(vars(module).items()):
        code = getattr(value, "__code__", None)
        if name.startswith("test") and code is not None and code.co_filename == NAME and not code.co_argcount:
            value()


def _unittests(text: str, module: ModuleType) -> Json | None:
    if "TestCase" not in text:
        return None
    import unittest

    class First(unittest.TestResult):
        """Keeps what failed first."""

        found: Json | None = None

        def addError(self, test: Any, err: Any) -> None:
            if self.found is None:
                self.found = failure(err[1], text, getattr(test, "_testMethodName", None) or str(test))
            self.stop()

        addFailure = addError

        def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
            if err is not None:
                self.addError(test, err)

        def addUnexpectedSuccess(self, test: Any) -> None:
            self.addError(test, (AssertionError, AssertionError("passes, and should not"), None))

    result = First()
    unittest.TestLoader().loadTestsFromModule(module).run(result)
    return result.found


def _doctest(text: str, module: ModuleType) -> Json | None:
    import doctest

    found: list[Json] = []

    class Runner(doctest.DocTestRunner):
        def report_failure(self, out: Any, test: Any, example: Any, got: str) -> None:
            line = test.lineno + example.lineno + 1
            message = f"expected {example.want.strip() or 'nothing'}, got {got.strip() or 'nothing'}"
            sides = {"left": got.strip()[:_TEXT], "right": example.want.strip()[:_TEXT]}
            found.append(_told("assert", "AssertionError", message, line, example.source.strip()) | sides)

        def report_unexpected_exception(self, out: Any, test: Any, example: Any, exc_info: Any) -> None:
            told = failure(exc_info[1], text, None)
            found.append({**told, "line": test.lineno + example.lineno + 1, "text": example.source.strip()})

    flags = doctest.NORMALIZE_WHITESPACE | doctest.FAIL_FAST
    test = doctest.DocTestParser().get_doctest(text, vars(module), "check", NAME, 0)
    Runner(verbose=False, optionflags=flags).run(test, out=lambda _: None, clear_globs=False)
    return found[0] if found else None


def failure(error: BaseException, text: str, test: str | None) -> Json:
    """What an exception that left the text amounts to; `test` is the name of the test method."""
    line, frame = _place(error)
    lines = text.splitlines()
    source = lines[line - 1].strip() if line and line <= len(lines) else ""
    kind = "assert" if isinstance(error, AssertionError) and not hasattr(error, "_raised") else "error"
    told = _told(kind, type(error).__name__, message_of(error), line, source)
    told["test"], told["raised"] = test, getattr(error, "_raised", None)
    if isinstance(error, UnsupportedValue):
        told |= {"kind": "unsupported", "value": [error.name, error.reason]}
    told["status"] = "violation" if isinstance(error, Garbled) else status_of(error)
    if kind == "assert" and frame is not None and source.startswith("assert"):
        names = {**frame.f_globals, **frame.f_locals}
        told |= {key: _shown(names[name]) for key, name in (("left", _LEFT), ("right", _RIGHT)) if name in names}
    return told


def _told(kind: str, name: str, message: str, line: int | None, source: str) -> Json:
    return {"kind": kind, "type": name, "message": message[:_TEXT], "line": line, "text": source[:_TEXT]}


def _shown(value: Any) -> str:
    try:
        return _repr(value)[:_TEXT]
    except BaseException:
        return f"<{type(value).__name__} object>"


def _place(error: BaseException) -> tuple[int | None, Any]:
    """The last line of the text that the error passed, and its frame."""
    line, frame, traceback = None, None, error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == NAME:
            line, frame = traceback.tb_lineno, traceback.tb_frame
        traceback = traceback.tb_next
    if line is None and isinstance(error, SyntaxError):
        line = error.lineno
    return line, frame
