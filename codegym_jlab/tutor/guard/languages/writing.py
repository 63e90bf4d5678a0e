# ruff: noqa: E501  (tables of names)
"""Writing lines of Python while tokens are read: depth, names in scope, assignments and signs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .tokens import Reader, Unreadable

_PYTHON = frozenset("None True False and as assert async await class def del elif except from global import in is lambda nonlocal not or pass raise try with yield print len str list dict set".split())  # fmt: skip


@dataclass(slots=True)
class Scope:
    declared: set[str] = field(default_factory=set)
    outer: set[str] = field(default_factory=set)  #: names of the functions around that it assigns


class Writer(Reader):
    """The lines that are written, and which function they stand in."""

    def __init__(self, text: str, whole_division: bool) -> None:
        super().__init__(text)
        self._out: list[str] = []
        self._depth = 0
        self._scopes: list[Scope] = [Scope()]
        self._number = 0
        self._divide = "_idiv" if whole_division else "_div"

    def _write(self, line: str) -> None:
        self._out.append("    " * self._depth + line)

    def _declare(self, names: list[str]) -> None:
        self._scopes[-1].declared |= set(names)

    def _own(self, name: str) -> str:
        if not re.fullmatch(r"[A-Za-z_$][\w$]*[?!]?", name):
            raise Unreadable
        name = name.replace("$", "S_").rstrip("?!")
        return f"{name}_" if name in _PYTHON else name

    def _noted(self, target: str) -> None:
        scope = self._scopes[-1]
        if target.isidentifier() and target not in scope.declared:
            if any(target in outer.declared for outer in self._scopes[:-1]):
                scope.outer.add(target)
            else:
                scope.declared.add(target)

    def _assigned(self, target: str, sign: str, value: str) -> str:
        """The line that assigns."""
        self._noted(target)
        if sign != "=":
            value = self._operation(sign[:-1], target, value)
        if found := re.fullmatch(r"_idx\((.*)\)", target, re.DOTALL):
            return f"_set({found[1]}, {value})"
        if found := re.fullmatch(r"_get\((.*), ('\w+')\)", target, re.DOTALL):
            return f"_put({found[1]}, {found[2]}, {value})"
        if not re.fullmatch(r"[A-Za-z_]\w*(?:\.\w+)*", target):
            raise Unreadable
        return f"{target} = {value}"

    def _operation(self, sign: str, left: str, right: str) -> str:
        match sign:
            case "+":
                return f"_add({left}, {right})"
            case "/":
                return f"{self._divide}({left}, {right})"
            case "&&":
                return f"({left} and {right})"
            case "||":
                return f"({left} or {right})"
            case "??":
                return f"({right} if {left} is None else {left})"
            case "===" | "==":
                return f"({left} == {right})"
            case "!==" | "!=":
                return f"({left} != {right})"
            case "instanceof":
                return f"isinstance({left}, {right})"
        return f"({left} {sign} {right})"
