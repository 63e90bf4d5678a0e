"""A small parser of JavaScript's syntax that writes Python, to be run with `shim.PRELUDE`."""

from __future__ import annotations

import re

from .expressions import ASSIGN, Expressions
from .tokens import Unreadable

__all__ = ["Unreadable", "python_of"]

_PUSHED = re.compile(r"_call\(([A-Za-z_]\w*), '(?:push|push_str|append|push_back)', (.*)\)", re.DOTALL)


def python_of(text: str, whole_division: bool = False) -> str:
    """The Python of a program. Raises Unreadable, RecursionError."""
    return _Parser(text, whole_division).program()


class _Parser(Expressions):
    """Statements write lines, expressions give text."""

    def program(self) -> str:
        while self._peek() is not None:
            self._statement()
        return "\n".join(self._out)

    def _end(self) -> None:
        if self._at < len(self._tokens) and self._tokens[self._at] in (";", "\n"):
            self._at += 1

    def _statement(self) -> None:
        token = self._peek()
        match token:
            case ";":
                self._at += 1
            case "{":
                self._block()
            case "function":
                self._function_statement()
            case "class" | "struct":
                self._class()
            case "let" | "const" | "var":
                self._at += 1
                self._declaration()
                self._end()
            case "if":
                self._if("if")
            case "while":
                self._at += 1
                self._write_with(lambda: f"while {self._expression()}:")
                self._body()
            case "do":
                self._do()
            case "for":
                self._for()
            case "return":
                self._at += 1
                bare = self._peek(skip_lines=False) in (";", "\n", "}", None)
                self._write("return" if bare else f"return {self._comma()}")
                self._end()
            case "break" | "continue":
                self._write(self._next())
                self._end()
            case "throw":
                self._at += 1
                self._write(f"raise {self._expression()}")
                self._end()
            case "try":
                self._try()
            case "switch":
                self._switch()
            case _:
                self._expression_statement()

    def _write_with(self, make: object) -> None:
        line = make()  # type: ignore[operator]  # hoisted functions are written before it
        self._write(line)

    def _body(self) -> None:
        self._depth += 1
        before = len(self._out)
        if self._peek() == "{":
            self._block()
        else:
            self._statement()
        if len(self._out) == before:
            self._write("pass")
        self._depth -= 1

    def _block(self) -> None:
        self._need("{")
        while self._peek() != "}":
            if self._peek() is None:
                raise Unreadable
            self._statement()
        self._need("}")

    def _if(self, word: str) -> None:
        self._need("if")
        self._write(f"{word} {self._expression()}:")
        self._body()
        if self._take("else"):
            if self._peek() == "if":
                self._write("else:")
                self._depth += 1
                self._if("if")
                self._depth -= 1
            else:
                self._write("else:")
                self._body()

    def _do(self) -> None:
        self._need("do")
        self._write("while True:")
        self._body()
        self._need("while")
        self._depth += 1
        self._write(f"if not ({self._expression()}): break")
        self._depth -= 1
        self._end()

    def _for(self) -> None:
        self._need("for")
        self._take("await")
        self._need("(")
        declares = self._take("let", "const", "var")
        if declares and self._after(1) in ("of", "in", ",") or self._peek() in ("[", "{"):
            target, names = self._pattern()
            if self._peek() in ("of", "in"):
                how = self._next()
                items = self._expression()
                self._need(")")
                self._declare(names)
                taken = ""
                if target.startswith("{"):
                    taken, target = f"{', '.join(names)}, = [_get(_each, n) for n in {names!r}]", "_each"
                shown = f"_items({items})" if how == "of" else f"list(_M['keys']({items}))"
                self._write(f"for {target} in {shown}:")
                if taken:
                    self._write(f"    {taken}")
                self._body()
                return
            raise Unreadable
        if declares:
            self._declaration()
        elif self._peek() != ";":
            self._expression_statement(ends=False)
        self._need(";")
        condition = "True" if self._peek() == ";" else self._expression()
        self._need(";")
        start = self._at
        depth = 0
        while depth or self._peek() != ")":
            token = self._next()
            depth += (token == "(") - (token == ")")
        steps = self._tokens[start : self._at]
        self._need(")")
        self._counting(condition, steps)

    def _counting(self, condition: str, steps: list[str]) -> None:
        """A loop of three parts: its step is done at the top of every round but the first, so that `continue` works."""
        self._number += 1
        flag = f"_first{self._number}"
        self._write(f"{flag} = True")
        self._write("while True:")
        self._depth += 1
        self._write(f"if not {flag}:")
        self._depth += 1
        self._write("pass")
        kept, self._tokens, at, self._at = self._tokens, [*steps, ";"], self._at, 0
        while self._peek() not in (";", None):
            self._expression_statement(ends=False)
            self._take(",")
        self._tokens, self._at = kept, at
        self._depth -= 1
        self._write(f"{flag} = False")
        self._write(f"if not ({condition}): break")
        self._depth -= 1
        self._body()

    def _try(self) -> None:
        self._need("try")
        self._write("try:")
        self._body()
        if self._take("catch"):
            name = ""
            if self._take("("):
                words = []
                while self._peek() != ")":
                    words.append(self._next())
                name = f" as {self._own(words[-1])}"
                self._need(")")
            self._write(f"except Exception{name}:")
            self._body()
        if self._take("finally"):
            self._write("finally:")
            self._body()

    def _switch(self) -> None:
        self._need("switch")
        self._write(f"_case = {self._expression()}")
        self._need("{")
        word = "if"
        waiting: list[str] = []
        while self._peek() != "}":
            default = self._next() == "default"
            if not default:
                waiting.append(f"_case == {self._ternary()}")
            self._need(":") if self._peek() == ":" else self._need("=>")
            if self._peek() in ("case",):
                continue
            self._write(
                f"{word} {' or '.join(waiting)}:" if not default else ("else:" if word == "elif" else "if True:")
            )
            self._depth += 1
            self._write("pass")
            while self._peek() not in ("case", "default", "}"):
                if self._take("break"):
                    self._end()
                    continue
                self._statement()
            self._depth -= 1
            word, waiting = "elif", []
        self._need("}")

    def _declaration(self) -> None:
        while True:
            target, names = self._pattern()
            self._declare(names)
            value = "0"
            if self._take("="):
                value = self._assignment()
                if target.startswith("{"):
                    value, target = f"[_get(_o, n) for _o in [{value}] for n in {names!r}]", ", ".join(names)
            self._write(f"{target} = {value}")
            if not self._take(","):
                return

    def _function_statement(self) -> None:
        self._need("function")
        self._take("*")
        name = self._own(self._next())
        self._declare([name])
        self._write_function(name, method=False)

    def _write_function(self, name: str, method: bool) -> None:
        params, before = self._params()
        self._function(name, (["self"] if method else []) + params, before)

    def _class(self) -> None:
        self._next()
        name = self._own(self._next())
        base = ""
        if self._take("extends"):
            base = f"({self._own(self._next())})"
        self._write(f"class {name}{base}:")
        self._depth += 1
        self._write("pass")
        self._need("{")
        fields: list[tuple[str, str]] = []
        made = False
        while not self._take("}"):
            if self._take(";", "function", "let", "get", "static", "*"):
                continue
            member = self._next().lstrip("#")
            if member in ("var", "const"):
                continue
            if self._peek() == "(":
                made = made or member == "constructor"
                at = len(self._out)
                self._write_function("__init__" if member == "constructor" else self._own(member), method=True)
                if member == "constructor":
                    pad = "    " * (self._depth + 1)
                    self._out[at + 1 : at + 1] = [f"{pad}self.{f} = {v}" for f, v in fields]
            else:
                value = self._assignment() if self._take("=") else "0"
                fields.append((self._own(member), value))
                self._end()
        if fields and not made:
            self._write("def __init__(self):")
            for member, value in fields:
                self._write(f"    self.{member} = {value}")
        self._depth -= 1

    def _expression_statement(self, ends: bool = True) -> None:
        token = self._peek()
        if token in ("++", "--"):
            self._at += 1
            target = self._unary()
            self._write(self._assigned(target, "+=" if token == "++" else "-=", "1"))
        else:
            left = self._ternary() if token != "[" or not self._is_pattern() else self._swap()
            sign = self._peek(skip_lines=False)
            if sign in ASSIGN:
                self._at += 1
                self._write(self._assigned(left, sign, self._assignment()))
            elif sign in ("++", "--"):
                self._at += 1
                self._write(self._assigned(left, "+=" if sign == "++" else "-=", "1"))
            elif found := _PUSHED.fullmatch(left):  # a text that grows is another text
                self._noted(found[1])
                self._write(f"{found[1]} = _pushed({found[1]}, {found[2]})")
            elif left:
                self._write(left)
        if ends:
            if self._peek(skip_lines=False) == ",":
                self._at += 1
                return self._expression_statement()
            if self._peek(skip_lines=False) not in (";", "\n", "}", None):
                raise Unreadable
            self._end()
        return None

    def _is_pattern(self) -> bool:
        at, depth = self._at, 0
        while at < len(self._tokens):
            depth += (self._tokens[at] == "[") - (self._tokens[at] == "]")
            at += 1
            if not depth:
                return at < len(self._tokens) and self._tokens[at] == "="
        return False

    def _swap(self) -> str:
        """`[a, b] = [b, a]`"""
        self._need("[")
        targets = []
        while not self._take("]"):
            targets.append(_as_target(self._ternary()))
            self._take(",")
        self._need("=")
        self._write(f"{', '.join(targets)} = {self._assignment()}")
        return ""


def _as_target(text: str) -> str:
    found = re.fullmatch(r"_idx\((.*), (.*?)\)", text, re.DOTALL)
    return f"{found[1]}[{found[2]}]" if found else text
