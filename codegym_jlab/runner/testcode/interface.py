"""What the author's solution offers: its classes, with their methods, operators and attributes.

An object of a student's class may be used by these alone, so that no method which a student adds can decide a check.
"""

from __future__ import annotations

from typing import Any

from . import marshal


class Interface:
    """The classes of the author's side by name. With `anything` (`objects: any`) nothing is refused."""

    def __init__(self, namespace: dict[str, Any], names: list[str], texts: list[str], anything: bool) -> None:
        """`names`: what the solution defines; `texts`: the cells, from which attributes of objects are read."""
        self.anything = anything
        self.classes: dict[str, type] = {}
        self._texts = texts
        self._attributes: dict[str, set[str]] | None = None
        self._comparisons: dict[tuple[str, str], set[str]] | None = None
        for name in names:
            value = namespace.get(name)
            if isinstance(value, type):
                self._add(value)

    def _add(self, kind: type) -> None:
        for base in kind.__mro__:
            if base.__module__ == "__main__" and base.__name__ not in self.classes:
                self.classes[base.__name__] = base
                for inner in vars(base).values():
                    if isinstance(inner, type) and inner.__module__ == "__main__":
                        self._add(inner)

    def allows(self, kind: str, name: str) -> bool:
        """Whether objects of the class `kind`, or the class itself, have an attribute of that name."""
        if self.anything:
            return True
        own = self.classes.get(kind)
        if own is None:
            return False
        return hasattr(own, name) or any(name in vars(base) or name in self._of(base) for base in own.__mro__)

    def names_of(self, kind: str) -> set[str]:
        """What `dir` tells of an object of that class."""
        own = self.classes.get(kind)
        return {*dir(own), *(name for base in own.__mro__ for name in self._of(base))} if own is not None else set()

    def swallows(self) -> bool:
        """Whether the author's own code may stop a failure of the test's on its way."""
        return any(_swallows(text) for text in self._texts)

    def operators(self, kind: str) -> list[str]:
        """The special methods that the class has, those of a base that is Python's own among them."""
        own = self.classes.get(kind)
        return marshal.defined(own) if own is not None else []

    def definer(self, kind: str, name: str) -> type | None:
        """The class that defines a special method for objects of `kind`; None where `object` does."""
        own = self.classes.get(kind)
        return next((b for b in own.__mro__[:-1] if name in vars(b)), None) if own is not None else None

    def may_equal(self, kind: str, name: str, value: Any) -> bool:
        """Whether the author's comparison of that name may look at such a plain value and say yes.

        It may not where it reads an attribute of the other operand which that lacks, and names no type of Python's own.
        """
        if self._comparisons is None:
            self._comparisons = _comparisons(self._texts)
        own = self.classes.get(kind)
        reads = (
            next((r for b in own.__mro__ if (r := self._comparisons.get((b.__name__, name)))), None) if own else None
        )
        return reads is None or self.anything or all(hasattr(value, attribute) for attribute in reads)

    def _of(self, kind: type) -> set[str]:
        fields = set(getattr(kind, "__annotations__", ())) | set(getattr(kind, "__slots__", ()) or ())
        if self._attributes is None:
            self._attributes = _assigned(self._texts)
        return fields | self._attributes.get(kind.__name__, set())


def _swallows(text: str) -> bool:
    import ast

    try:
        nodes = list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError):
        return True
    if any(word in text for word in ("AssertionError", "suppress(", "finally")):
        return True
    return any(_catches_all(ast, node) or _may_hold_back(ast, node) for node in nodes)


def _catches_all(ast: Any, node: Any) -> bool:
    if not isinstance(node, ast.ExceptHandler) or any(isinstance(part, ast.Raise) for part in ast.walk(node)):
        return False
    return node.type is None or any(getattr(part, "id", "") in _WIDE for part in ast.walk(node.type))


def _may_hold_back(ast: Any, node: Any) -> bool:
    """The end of a context that says something else than no."""
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or node.name != "__exit__":
        return False
    given = [part.value for part in ast.walk(node) if isinstance(part, ast.Return) and part.value is not None]
    return not all(isinstance(value, ast.Constant) and not value.value for value in given)


def _assigned(texts: list[str]) -> dict[str, set[str]]:
    """By class, the attributes that its methods give to their first argument."""
    import ast

    found: dict[str, set[str]] = {}
    for text in texts:
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                names = found.setdefault(node.name, set())
                for method in ast.walk(node):
                    if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)) and method.args.args:
                        names |= _stores(ast, method, method.args.args[0].arg)
                    elif isinstance(method, ast.Constant) and isinstance(method.value, str):
                        names |= {method.value} if method.value.isidentifier() else set()  # for setattr and __dict__
    return found


def _stores(ast: Any, method: Any, first: str) -> set[str]:
    return {
        part.attr
        for part in ast.walk(method)
        if isinstance(part, ast.Attribute)
        and isinstance(part.ctx, (ast.Store, ast.Del))
        and isinstance(part.value, ast.Name)
        and part.value.id == first
    }


def _comparisons(texts: list[str]) -> dict[tuple[str, str], set[str]]:
    """By class and method, the attributes of the other operand that a comparison reads; none where it knows types."""
    import ast

    found = {}
    for text in texts:
        try:
            nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)]
        except (SyntaxError, ValueError):
            continue
        for node in nodes:
            for method in node.body:
                if not isinstance(method, ast.FunctionDef) or len(method.args.args) != 2:
                    continue
                parts = list(ast.walk(method))
                if method.name in marshal.BINARY and not any(
                    isinstance(part, ast.Name) and part.id in _TYPES for part in parts
                ):
                    other = method.args.args[1].arg
                    found[node.name, method.name] = _reads(ast, parts, other)
    return found


def _reads(ast: Any, parts: list[Any], name: str) -> set[str]:
    return {
        part.attr
        for part in parts
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == name
    }


_WIDE = ("Exception", "BaseException")
_TYPES = frozenset(
    "int float complex str bytes list tuple set dict frozenset bool numbers Number hasattr getattr".split()
)
