# ruff: noqa: E501  (tables of names)
"""Expressions: their Python is given as text; functions that need lines of their own are written above."""

from __future__ import annotations

import re

from .tokens import REGEX, Unreadable
from .writing import Scope, Writer

_BINARY = {
    "??": 1, "||": 2, "&&": 3, "|": 4, "^": 5, "&": 6, "==": 7, "!=": 7, "===": 7, "!==": 7, "<": 8, ">": 8, "<=": 8,
    ">=": 8, "in": 8, "instanceof": 8, "<<": 9, ">>": 9, ">>>": 9, "+": 10, "-": 10, "*": 11, "/": 11, "%": 11, "**": 12,
}  # fmt: skip
ASSIGN = frozenset({"=", "+=", "-=", "*=", "/=", "%=", "**=", "||=", "&&=", "??=", "<<=", ">>="})
_NAMES = {"true": "True", "false": "False", "null": "None", "undefined": "None", "nil": "None", "nullptr": "None", "this": "self", "NULL": "None"}  # fmt: skip

#: What changes something, so that it may stand before a comma for that alone.
_EFFECT = re.compile(
    r"^_(?:set|put|pushed|remove)\(|:=|^_call\([^']*'(?:push|add|Add|set|put|append|delete|remove|sort)'"
)
_NOTHING: list[str] = []


class Expressions(Writer):
    """Recursive descent from an assignment down to a name or a number."""

    def _block(self) -> None:
        """Statements in braces, written."""
        raise NotImplementedError

    def _comma(self) -> str:
        text = self._assignment()
        parts = [text]
        while self._peek(skip_lines=False) == ",":
            self._at += 1
            parts.append(self._assignment())
        return ", ".join(parts)

    def _expression(self) -> str:
        return self._assignment()

    def _assignment(self) -> str:
        function = self._arrow()
        if function is not None:
            return function
        left = self._ternary()
        sign = self._peek(skip_lines=False)
        if sign in ASSIGN:
            self._at += 1
            value = self._assignment()
            if left.isidentifier():
                self._noted(left)
                return f"({left} := {self._operation(sign[:-1], left, value) if sign != '=' else value})"
            return self._assigned(left, sign, value)
        return left

    def _pattern(self) -> tuple[str, list[str]]:
        """A target of an assignment, and the names that it binds."""
        if self._take("["):
            parts, names = [], []
            while not self._take("]"):
                star = "*" if self._take("...") else ""
                text, bound = self._pattern()
                parts.append(star + text)
                names += bound
                self._take(",")
            return ", ".join(parts) + ("," if len(parts) == 1 else ""), names
        if self._take("{"):
            names = []
            while not self._take("}"):
                names.append(self._own(self._next()))
                self._take(",")
            return "{" + ",".join(names) + "}", names
        name = self._own(self._next())
        return name, [name]

    def _params(self) -> tuple[list[str], list[str]]:
        """Parameters, and the lines that take those in patterns apart."""
        self._need("(")
        params, before = [], []
        while not self._take(")"):
            star = "*" if self._take("...") else ""
            target, names = self._pattern()
            if target != names[0] or len(names) != 1:
                self._number += 1
                held = f"_p{self._number}"
                if target.startswith("{"):
                    before.append(f"{', '.join(names)}, = [_get({held}, n) for n in {names!r}]")
                else:
                    before.append(f"{target} = {held}")
                target = held
            if self._take("="):
                target += f"={self._assignment()}"
            params.append(star + target)
            self._take(",")
        return params, before

    def _function(self, name: str, params: list[str], before: list[str], value: bool = False) -> None:
        """Write a function; its body comes next: a block, or with `value` an expression."""
        self._write(f"def {name}({', '.join(params)}):")
        names = {re.sub(r"[*]|=.*", "", param) for param in params}
        self._scopes.append(Scope(declared=names))
        place = len(self._out)
        self._depth += 1
        for line in before:
            self._write(line)
        if value:
            text = self._assignment()
            self._write(f"return {text}")
        else:
            self._block()
        if len(self._out) == place:
            self._write("pass")
        scope = self._scopes.pop()
        if scope.outer:
            word = "nonlocal" if len(self._scopes) > 1 else "global"
            self._out.insert(place, "    " * self._depth + f"{word} {', '.join(sorted(scope.outer))}")
        self._depth -= 1

    def _arrow(self) -> str | None:
        """An arrow function: a lambda, or the name of a function that was written above."""
        at = self._at
        token = self._peek()
        if token is not None and re.fullmatch(r"[A-Za-z_$][\w$]*", token) and self._after(1) == "=>":
            self._at += 1
            params, before = [self._own(token)], _NOTHING
        elif token == "(" and self._closes_with_arrow():
            params, before = self._params()
        elif token == "function":
            self._at += 1
            self._take("*")
            if self._peek() != "(":
                self._next()
            params, before = self._params()
            self._at -= 0
            return self._hoisted(params, before)
        else:
            self._at = at
            return None
        self._need("=>")
        if self._peek() == "{":
            return self._hoisted(params, before)
        if before:
            return self._hoisted(params, before, value=True)
        self._scopes.append(Scope(declared=set(params)))
        size = len(self._out)
        text = self._assignment()
        self._scopes.pop()
        if len(self._out) > size:  # it hoisted something that may need the parameters
            inner = [line.strip("\n") for line in self._out[size:]]
            del self._out[size:]
            self._number += 1
            name = f"_fn{self._number}"
            self._write(f"def {name}({', '.join(params)}):")
            self._out += ["    " + line for line in inner]
            self._write(f"    return {text}")
            return name
        return f"(lambda {', '.join(params)}: {text})"

    def _hoisted(self, params: list[str], before: list[str], value: bool = False) -> str:
        self._number += 1
        name = f"_fn{self._number}"
        self._function(name, params, before, value)
        return name

    def _closes_with_arrow(self) -> bool:
        depth, at = 0, self._at
        while at < len(self._tokens):
            depth += (self._tokens[at] == "(") - (self._tokens[at] == ")")
            at += 1
            if not depth:
                rest = [token for token in self._tokens[at : at + 2] if token != "\n"]
                return bool(rest) and rest[0] == "=>"
        return False

    def _ternary(self) -> str:
        test = self._binary(0)
        at = self._at
        if self._peek() == "?":
            self._at += 1
            yes = self._assignment()
            self._need(":")
            no = self._assignment()
            return f"({yes} if {test} else {no})"
        self._at = at
        return test

    def _binary(self, least: int) -> str:
        left = self._unary()
        while True:
            at = self._at
            sign = self._peek()
            if sign is None or _BINARY.get(sign, 0) <= least or (sign == "in" and False):
                self._at = at
                return left
            self._at += 1
            right = self._binary(_BINARY[sign] - (sign == "**"))
            left = self._operation(sign, left, right)

    def _unary(self) -> str:
        token = self._peek()
        match token:
            case "!":
                self._at += 1
                return f"(not {self._unary()})"
            case "-" | "+" | "~":
                self._at += 1
                return f"_num({self._unary()})" if token == "+" else f"({token}{self._unary()})"
            case "typeof" | "await" | "void" | "delete" | "&" | "*":
                self._at += 1
                inner = self._unary()
                if token == "delete" and (found := re.fullmatch(r"_idx\((.*)\)", inner, re.DOTALL)):
                    return f"_remove({found[1]})"
                return inner
            case "yield":
                self._at += 1
                many = self._take("*")
                bare = self._peek(skip_lines=False) in (";", "\n", ")", "}", None)
                return "(yield)" if bare else f"(yield {'from ' if many else ''}{self._assignment()})"
            case "++" | "--":
                self._at += 1
                name = self._unary()
                self._noted(name)
                return f"({name} := {name} {token[0]} 1)"
        return self._postfix()

    def _postfix(self) -> str:
        text = self._primary()
        while True:
            token = self._peek(skip_lines=False)
            if token == "\n":
                at = self._at
                token = self._peek()
                if token not in (".", "?."):
                    self._at = at
                    return text
            if token in (".", "?."):
                self._at += 1
                if self._peek() in ("[", "("):
                    continue
                text = self._member(text)
            elif token == "[":
                self._at += 1
                text = self._index(text)
            elif token == "(":
                text = f"{text}({self._arguments()})"
            elif (
                token in ("++", "--")
                and text.isidentifier()
                and self._tokens[self._at + 1 : self._at + 2] not in ([";"], ["\n"], [")"], [])
            ):
                self._at += 1
                self._noted(text)
                undo = "- 1" if token == "++" else "+ 1"
                text = f"(({text} := {text} {token[0]} 1) {undo})"
            else:
                return text

    def _index(self, text: str) -> str:
        if self._take(":"):
            end = self._expression()
            self._need("]")
            return f"_slice({text}, 0, {end})"
        start = self._expression()
        if self._take(":"):
            end = "None" if self._peek() == "]" else self._expression()
            self._need("]")
            return f"_slice({text}, {start}, {end})"
        self._need("]")
        return f"_idx({text}, {start})"

    def _member(self, owner: str) -> str:
        name = self._next().lstrip("#")
        if self._peek(skip_lines=False) == "(":
            arguments = self._arguments()
            if owner == "super()":
                return f"super().{name}({arguments})"
            return f"_call({owner}, {name!r}{', ' if arguments else ''}{arguments})"
        if owner == "self":
            return f"self.{self._own(name)}"
        return f"_get({owner}, {name!r})"

    def _arguments(self) -> str:
        self._need("(")
        parts = []
        while not self._take(")"):
            star = "*" if self._take("...") else ""
            parts.append(star + self._assignment())
            if not self._take(",") and self._peek() != ")":
                raise Unreadable
        return ", ".join(parts)

    def _primary(self) -> str:
        token = self._next()
        if token == "(":
            return self._bracketed()
        if token == "[":
            return f"[{self._list(']')}]"
        if token == "{":
            return self._mapping()
        if token == "new":
            name = self._own(self._next())
            while self._take("."):
                name = self._own(self._next())
            arguments = self._arguments() if self._peek(skip_lines=False) == "(" else ""
            known = name if name in self._scopes[0].declared else None
            return f"_new({name!r}{', ' if arguments else ''}{arguments})" if known is None else f"{name}({arguments})"
        if token == "super":
            if self._peek() == "(":
                return f"super().__init__({self._arguments()})"
            return "super()"
        if token[0] in "\"'":
            return token
        if token[0] == "`":
            return self._template(token[1:-1])
        if token[0] == "/":
            found = REGEX.fullmatch(token)
            if found is None:
                raise Unreadable
            return f"_Regex({found[1]!r}, {found[2]!r})"
        if token[0].isdigit() or (token[0] == "." and token[1:2].isdigit()):
            return token
        if token in _NAMES:
            return _NAMES[token]
        if token == "len":
            return "len"
        if re.fullmatch(r"[A-Za-z_$][\w$]*[?!]?", token):
            return {"str": "str", "new_array": "(lambda n: [0] * n)"}.get(token) or self._own(token)
        raise Unreadable

    def _bracketed(self) -> str:
        """`(a)`, `(a, b)`: what is done before the last is done for its effect, or they are a tuple."""
        parts = [self._assignment()]
        while self._take(","):
            parts.append(self._assignment())
        self._need(")")
        if len(parts) > 1 and not any(_EFFECT.search(part) for part in parts[:-1]):
            return f"[{', '.join(parts)}]"
        return f"({parts[-1]})" if len(parts) == 1 else f"({', '.join(parts)})[-1]"

    def _list(self, end: str) -> str:
        parts = []
        while not self._take(end):
            star = "*" if self._take("...") else ""
            item = self._assignment()
            parts.append(f"*_items({item})" if star else item)
            if not self._take(",") and self._peek() != end:
                raise Unreadable
        return ", ".join(parts)

    def _mapping(self) -> str:
        parts = []
        while not self._take("}"):
            if self._take("..."):
                parts.append(f"**{self._assignment()}")
            elif self._take("["):
                key = self._expression()
                self._need("]")
                self._need(":")
                parts.append(f"{key}: {self._assignment()}")
            else:
                key = self._next()
                name = key if key[0] in "\"'" or key[0].isdigit() else repr(key)
                parts.append(f"{name}: {self._assignment()}" if self._take(":") else f"{name}: {self._own(key)}")
            self._take(",")
        return "{" + ", ".join(parts) + "}"

    def _template(self, text: str) -> str:
        parts = re.split(r"\$\{((?:[^{}]|\{[^{}]*\})*)\}", text)
        made = []
        for place, part in enumerate(parts):
            if place % 2:
                inner = type(self)(part, self._divide == "_idiv")
                inner._scopes = self._scopes
                made.append(f"_s({inner._expression()})")
            elif part:
                made.append(repr(part.replace("\\n", "\n").replace("\\t", "\t")))
        return f"({' + '.join(made)})" if made else '""'
