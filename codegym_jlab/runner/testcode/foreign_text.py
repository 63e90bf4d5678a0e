"""What a test text may do with a text of the answer's: read the value that it spells, and run nothing of it.

`eval(repr(obj))` and `template.format(…)` are what teachers write; on the author's side an answer's text would else
call what it likes there, or read by attributes what an answer must not see.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from .proxies import UnsupportedValue

FORMAT = "_codegym_format"
FORMATS = ("format", "format_map", "vformat")
#: Of Python's own, what may be called in a text that spells a value.
_MAKERS = frozenset("bool bytearray bytes complex dict float frozenset int list range set slice str tuple".split())
_VALUE_MODULES = ("collections", "datetime", "decimal", "fractions", "uuid")
_MODULE = type(sys)
_NODES = (
    "Expression Constant Tuple List Dict Set UnaryOp BinOp Call keyword Attribute Name Load Starred JoinedStr "
    "UAdd USub Invert Not Add Sub Mult Div BitOr"
).split()


def prepare(text: str, module: ModuleType, names: list[str]) -> None:
    """Put what is safe in the place of `eval`, `exec` and the like. `names`: of the student's."""
    space = vars(module)
    if "eval(" in text or "eval," in text:
        space["eval"] = Evaluating(text, names)
    if "exec(" in text:
        space["exec"] = Evaluating(text, [], "exec")
    space[FORMAT] = Formatting(text)


class Evaluating:
    """`eval`, or `exec`, for a test text: what is written there itself is run, another text may only spell a value."""

    def __init__(self, text: str, names: list[str], mode: str = "eval") -> None:
        self._text, self._names, self._mode = text, names, mode

    def __call__(self, source: Any, given: Any = None, local: Any = None) -> Any:
        here, inner = _spaces(sys._getframe(1), given, local)
        self.check(source, self._mode, here)
        return eval(source, here, inner) if self._mode == "eval" else exec(source, here, inner)

    def check(self, source: Any, mode: str, space: dict[str, Any]) -> None:
        """Raises UnsupportedValue for what is not the text's own and more than a value."""
        if not isinstance(source, str) or source in self._text:
            return
        import ast

        try:
            nodes = list(ast.walk(ast.parse(source.strip(), mode=mode)))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return  # Python itself says what is wrong
        for node in nodes:
            if type(node).__name__ not in _NODES or not self._is_plain(ast, node, space):
                raise UnsupportedValue("str", "a text that does more than spell a value")

    def _is_plain(self, ast: Any, node: Any, space: dict[str, Any]) -> bool:
        if isinstance(node, ast.Call):
            return isinstance(_root(ast, node.func), ast.Name)
        if isinstance(node, ast.Attribute):
            return not node.attr.startswith("_") and self._is_of_class(ast, node, space)
        if isinstance(node, ast.Name):
            found = space.get(node.id)
            return node.id in self._names or node.id in _MAKERS or _is_value_class(found) or _is_value_module(found)
        return True

    def _is_of_class(self, ast: Any, node: Any, space: dict[str, Any]) -> bool:
        """Of a module of values its classes alone: it has modules of its own too."""
        module = space.get(node.value.id) if isinstance(node.value, ast.Name) else None
        return not _is_value_module(module) or _is_value_class(getattr(module, node.attr, None))


def _spaces(caller: Any, given: Any, local: Any) -> tuple[Any, Any]:
    """The global and the local names that `eval` and `exec` see: those that are given, else the caller's."""
    here = caller.f_globals if given is None else given
    return here, local if local is not None else caller.f_locals if given is None else here


def _root(ast: Any, node: Any) -> Any:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node


def _is_value_module(found: Any) -> bool:
    return isinstance(found, _MODULE) and found.__name__ in _VALUE_MODULES


def _is_value_class(found: Any) -> bool:
    return isinstance(found, type) and found.__module__ in _VALUE_MODULES


class Formatting:
    """`format` and the like: a text that is not written in the test reads no attribute that is private."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __call__(self, owner: Any, name: str) -> Any:
        """What `owner.name` is: for a text, for `str` itself and for a `string.Formatter` one that looks first."""
        method = getattr(owner, name)
        if not isinstance(owner, str) and owner is not str and not hasattr(owner, "vformat"):
            return method

        def checked(*args: Any, **named: Any) -> Any:
            template = owner if isinstance(owner, str) else args[0] if args else None
            if isinstance(template, str) and template not in self._text:
                _check_fields(template, 3)
            return method(*args, **named)

        return checked


def _check_fields(template: str, depth: int) -> None:
    from string import Formatter

    try:
        for _, name, spec, _ in Formatter().parse(template):
            if name and "._" in name:
                raise UnsupportedValue("str", "a text whose fields read private attributes")
            if spec and depth:
                _check_fields(spec, depth - 1)
    except ValueError:
        return  # Python itself says what is wrong
