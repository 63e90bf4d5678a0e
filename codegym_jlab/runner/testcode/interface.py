"""What the author's solution offers: its classes, with their methods, operators and attributes.

An object of a student's class may be used by these alone, so that no method which a student adds can decide a check.
"""

import ast
import re
from typing import Any

from . import marshal


class Interface:
    """The classes of the author's side by name. With `anything` (`objects: any`) nothing is refused."""

    def __init__(self, namespace: dict[str, Any], names: list[str], texts: list[str], anything: bool) -> None:
        """`names`: what the solution defines; `texts`: the cells, from which attributes of objects are read."""
        self.anything = anything
        self.classes: dict[str, type] = {}
        for name in names:
            value = namespace.get(name)
            if isinstance(value, type):
                self._add(value)
        #: whether the author's own code may stop a failure of the test's on its way
        self.swallows = any(_SWALLOWS.search(text) for text in texts)
        self._attributes: dict[str, set[str]] = {}
        self._shy: set[tuple[str, str]] = set()  #: class and method of comparisons that know their own class alone
        if self.classes:
            self._read(texts)

    def _add(self, kind: type) -> None:
        for base in kind.__mro__:
            if base.__module__ == "__main__" and base.__name__ not in self.classes:
                self.classes[base.__name__] = base
                for inner in vars(base).values():
                    if isinstance(inner, type) and inner.__module__ == "__main__":
                        self._add(inner)

    def _read(self, texts: list[str]) -> None:
        for text in texts:
            try:
                nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)]
            except (SyntaxError, ValueError):
                continue
            for node in nodes:
                names = self._attributes.setdefault(node.name, set())
                for part in ast.walk(node):
                    if isinstance(part, ast.Attribute) and not isinstance(part.ctx, ast.Load):
                        names.add(part.attr)
                    elif isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value.isidentifier():
                        names.add(part.value)  # for setattr and __dict__
                    elif isinstance(part, ast.FunctionDef) and part.name in marshal.BINARY and _is_shy(part):
                        self._shy.add((node.name, part.name))

    def allows(self, kind: str, name: str) -> bool:
        """Whether objects of the class `kind`, or the class itself, have an attribute of that name."""
        own = self.classes.get(kind)
        if own is None or self.anything:
            return self.anything
        return hasattr(own, name) or any(name in self._fields(base) for base in own.__mro__)

    def _fields(self, kind: type) -> set[str]:
        declared = {*vars(kind), *getattr(kind, "__annotations__", ()), *(getattr(kind, "__slots__", ()) or ())}
        return declared | self._attributes.get(kind.__name__, set())

    def definer(self, kind: str, name: str) -> type | None:
        """The class that defines a special method for objects of `kind`; None where `object` does."""
        own = self.classes.get(kind)
        return next((b for b in own.__mro__[:-1] if name in vars(b)), None) if own is not None else None

    def may_equal(self, kind: str, name: str) -> bool:
        """Whether the author's comparison of that name may look at a plain value and say yes."""
        if self.anything and kind not in self.classes:
            return False  # nobody knows what it compares
        definer = self.definer(kind, name)
        if definer is None or self.anything:
            return True
        return "__dataclass_fields__" not in vars(definer) and (definer.__name__, name) not in self._shy


def _is_shy(method: Any) -> bool:
    """It reads an attribute of the other operand, and names no type of Python's own."""
    other = method.args.args[-1].arg if method.args.args else ""
    parts = list(ast.walk(method))
    names = {part.id for part in parts if isinstance(part, ast.Name)}
    reads = [p for p in parts if isinstance(p, ast.Attribute) and isinstance(p.value, ast.Name) and p.value.id == other]
    return bool(reads) and not names & _TYPES


_SWALLOWS = re.compile(r"except\s*:|except\b[^:\n]*\b(?:Base)?Exception\b|AssertionError|suppress\(")
_TYPES = frozenset(
    "int float complex str bytes list tuple set dict frozenset bool numbers Number hasattr getattr".split()
)
