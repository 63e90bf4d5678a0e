"""What a test text may do with a text of the answer's: read the value that it spells, and run nothing of it.

`eval(repr(obj))` and `template.format(…)` are what teachers write; on the author's side an answer's text would else
call what it likes there, or read by attributes what an answer must not see.
"""

from __future__ import annotations

import builtins
import sys

from .figures import UnsupportedValue

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

FORMAT = "_codegym_format"
_LOADED = ("pickle", "shelve", "joblib")
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
        space["exec"] = Executing(text, names)
    if any(word in text for word in _LOADED):
        sys.addaudithook(_loading)
    space[FORMAT] = Formatting(text)


def _is_of_values(found: Any) -> bool:
    """A class of a module of values, or that module, which the test text has imported."""
    of = found.__name__ if isinstance(found, _MODULE) else getattr(found, "__module__", None)
    return isinstance(found, (type, _MODULE)) and isinstance(of, str) and of in _VALUE_MODULES


class Evaluating:
    """`eval` for a test text: what is written there itself is run, any other text may only spell a value."""

    def __init__(self, text: str, names: list[str]) -> None:
        self._text, self._names = text, names

    def __call__(self, source: Any, given: Any = None, local: Any = None) -> Any:
        caller = sys._getframe(1)
        here = caller.f_globals if given is None else given
        inner = local if local is not None else caller.f_locals if given is None else here
        self.check(source, "eval", here)
        return eval(source, here, inner)

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
            if type(node).__name__ not in self._kinds() or not self._is_plain(ast, node, space):
                raise UnsupportedValue("str", "a text that does more than spell a value")

    def _kinds(self) -> list[str]:
        return _NODES

    def _is_plain(self, ast: Any, node: Any, space: dict[str, Any]) -> bool:
        if isinstance(node, ast.Call):
            root = node.func
            while isinstance(root, ast.Attribute):
                root = root.value
            return isinstance(root, ast.Name)
        if isinstance(node, ast.Attribute):
            return not node.attr.startswith("_")
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            return node.id in self._names or node.id in _MAKERS or _is_of_values(space.get(node.id))
        return True


class Executing(Evaluating):
    """`exec` for a test text: names may be given values, and no more."""

    def __call__(self, source: Any, given: Any = None, local: Any = None) -> Any:
        caller = sys._getframe(1)
        here = caller.f_globals if given is None else given
        inner = local if local is not None else caller.f_locals if given is None else here
        self.check(source, "exec", here)
        exec(source, here, inner)

    def _kinds(self) -> list[str]:
        return [*_NODES, "Module", "Assign", "Store", "Expr"]


class Formatting:
    """`format` and `format_map` of a text: one that is not written in the test reads no attribute that is private."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __call__(self, value: Any, method: str, *args: Any, **named: Any) -> Any:
        if isinstance(value, str) and value not in self._text:
            _check_fields(value, 3)
        return getattr(value, method)(*args, **named)


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


def _loading(event: str, args: tuple[Any, ...]) -> None:
    """An audit hook: what a pickle names is made only where it is a value."""
    if event != "pickle.find_class":
        return
    module, name = str(args[0]), str(args[1])
    if module == "builtins":
        found = getattr(builtins, name, None)
        if name in _MAKERS or name == "object" or isinstance(found, type) and issubclass(found, BaseException):
            return
    elif (module in _VALUE_MODULES and name.isidentifier()) or (module, name) in _REBUILDING:
        return
    raise UnsupportedValue("bytes", f"a pickle that calls {module}.{name}")


_REBUILDING = {
    ("copyreg", "_reconstructor"), ("_codecs", "encode"), ("numpy", "ndarray"), ("numpy", "dtype"),
    ("numpy._core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "scalar"),
}  # fmt: skip
