# ruff: noqa: E501  (tables of patterns)
"""A small parser of JavaScript's syntax that writes Python, to be run with `shim.PRELUDE`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r]+)|(?P<line>\n)
    |(?P<number>0[xX][0-9a-fA-F]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)
    |(?P<name>[A-Za-z_$][\w$]*[?!]?(?=\()|[A-Za-z_$][\w$]*)
    |(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)
    |(?P<sign>>>>=|\.\.\.|===|!==|\*\*=|<<=|>>=|>>>|&&=|\|\|=|\?\?=|=>|==|!=|<=|>=|&&|\|\||\?\?|\?\.|\+\+|--|\+=|-=|\*=|/=|%=|\*\*|<<|>>|[-+*/%=<>!?:;,.(){}\[\]&|^~@])
    """,
    re.VERBOSE,
)
_REGEX = re.compile(r"/(?![*/ ])((?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)/([gimsuy]*)")
_BINARY = {
    "??": 1, "||": 2, "&&": 3, "|": 4, "^": 5, "&": 6, "==": 7, "!=": 7, "===": 7, "!==": 7, "<": 8, ">": 8, "<=": 8,
    ">=": 8, "in": 8, "instanceof": 8, "<<": 9, ">>": 9, ">>>": 9, "+": 10, "-": 10, "*": 11, "/": 11, "%": 11, "**": 12,
}  # fmt: skip
_ASSIGN = frozenset({"=", "+=", "-=", "*=", "/=", "%=", "**=", "||=", "&&=", "??=", "<<=", ">>="})
_NAMES = {"true": "True", "false": "False", "null": "None", "undefined": "None", "nil": "None", "nullptr": "None", "this": "self", "NULL": "None"}  # fmt: skip
_PYTHON = frozenset("None True False and as assert async await class def del elif except from global import in is lambda nonlocal not or pass raise try with yield print len str list dict set".split())  # fmt: skip
_PUSHED = re.compile(r"_call\(([A-Za-z_]\w*), '(?:push|push_str|append|push_back)', (.*)\)", re.DOTALL)

_NOTHING: list[str] = []


class Unreadable(ValueError):
    """It is not of a syntax that is known."""


@dataclass(slots=True)
class _Scope:
    declared: set[str] = field(default_factory=set)
    outer: set[str] = field(default_factory=set)  #: names of the functions around that it assigns


def python_of(text: str, whole_division: bool = False) -> str:
    """The Python of a program. Raises Unreadable, RecursionError."""
    return _Parser(text, whole_division).program()


class _Parser:
    """Recursive descent; statements write lines, expressions give text. Functions that need lines are hoisted."""

    def __init__(self, text: str, whole_division: bool) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._out: list[str] = []
        self._depth = 0
        self._scopes: list[_Scope] = [_Scope()]
        self._number = 0
        self._divide = "_idiv" if whole_division else "_div"
        self._in_class = False

    def program(self) -> str:
        while self._peek() is not None:
            self._statement()
        return "\n".join(self._out)

    # -- tokens --------------------------------------------------------------------------------------

    def _peek(self, skip_lines: bool = True) -> str | None:
        at = self._at
        while skip_lines and at < len(self._tokens) and self._tokens[at] == "\n":
            at += 1
        if skip_lines:
            self._at = at
        return self._tokens[at] if at < len(self._tokens) else None

    def _next(self) -> str:
        token = self._peek()
        if token is None:
            raise Unreadable
        self._at += 1
        return token

    def _take(self, *wanted: str) -> bool:
        if self._peek() in wanted:
            self._at += 1
            return True
        return False

    def _need(self, token: str) -> None:
        if self._next() != token:
            raise Unreadable

    def _after(self, number: int) -> str | None:
        rest = [token for token in self._tokens[self._at : self._at + 3 * number + 6] if token != "\n"]
        return rest[number] if number < len(rest) else None

    # -- statements ----------------------------------------------------------------------------------

    def _write(self, line: str) -> None:
        self._out.append("    " * self._depth + line)

    def _end(self) -> None:
        if self._at < len(self._tokens) and self._tokens[self._at] in (";", "\n"):
            self._at += 1

    def _statement(self) -> None:
        token = self._peek()
        match token:
            case ";":
                self._at += 1
            case "{":
                self._block(inline=True)
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

    def _block(self, inline: bool = False) -> None:
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

    def _declare(self, names: list[str]) -> None:
        self._scopes[-1].declared |= set(names)

    def _own(self, name: str) -> str:
        if not re.fullmatch(r"[A-Za-z_$][\w$]*[?!]?", name):
            raise Unreadable
        name = name.replace("$", "S_").rstrip("?!")
        return f"{name}_" if name in _PYTHON else name

    # -- functions -----------------------------------------------------------------------------------

    def _function_statement(self) -> None:
        self._need("function")
        self._take("*")
        name = self._own(self._next())
        self._declare([name])
        self._write_function(name, method=False)

    def _write_function(self, name: str, method: bool) -> None:
        params, before = self._params()
        self._function(name, (["self"] if method else []) + params, before)

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
        self._scopes.append(_Scope(declared=names))
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

    # -- expressions ---------------------------------------------------------------------------------

    def _expression_statement(self, ends: bool = True) -> None:
        token = self._peek()
        if token in ("++", "--"):
            self._at += 1
            target = self._unary()
            self._write(self._assigned(target, "+=" if token == "++" else "-=", "1"))
        else:
            left = self._ternary() if token != "[" or not self._is_pattern() else self._swap()
            sign = self._peek(skip_lines=False)
            if sign in _ASSIGN:
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

    def _noted(self, target: str) -> None:
        scope = self._scopes[-1]
        if target.isidentifier() and target not in scope.declared:
            if any(target in outer.declared for outer in self._scopes[:-1]):
                scope.outer.add(target)
            else:
                scope.declared.add(target)

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
        if sign in _ASSIGN:
            self._at += 1
            value = self._assignment()
            if left.isidentifier():
                self._noted(left)
                return f"({left} := {self._operation(sign[:-1], left, value) if sign != '=' else value})"
            return self._assigned(left, sign, value)
        return left

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
        self._scopes.append(_Scope(declared=set(params)))
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
            text = self._assignment()
            while self._take(","):
                text = self._assignment()
            self._need(")")
            return f"({text})"
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
            found = _REGEX.fullmatch(token)
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
                inner = _Parser(part, self._divide == "_idiv")
                inner._scopes = self._scopes
                made.append(f"_s({inner._expression()})")
            elif part:
                made.append(repr(part.replace("\\n", "\n").replace("\\t", "\t")))
        return f"({' + '.join(made)})" if made else '""'


def _as_target(text: str) -> str:
    found = re.fullmatch(r"_idx\((.*), (.*?)\)", text, re.DOTALL)
    return f"{found[1]}[{found[2]}]" if found else text


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    at = 0
    while at < len(text):
        if text[at] == "/" and (
            not found or re.fullmatch(r"[=(,;:!&|?{}\[\n+\-*%<>~^]|=>|&&|\|\||return|===|!==", found[-1])
        ):
            match = _REGEX.match(text, at)
            if match:
                found.append(match[0])
                at = match.end()
                continue
        match = _TOKEN.match(text, at)
        if match is None:
            raise Unreadable
        if match.lastgroup != "space":
            found.append(match[0])
        at = match.end()
    return found
