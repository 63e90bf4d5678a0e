"""A change that a student proposes: "so should I write `<=`?". What it makes of the program, where it is clear."""

import ast
import builtins
import difflib
import re
from collections.abc import Iterator, Sequence

from codegym_jlab.records import frozen

from ..concepts import words_in
from ..explain.program import every, names_in
from ..guard.syntax import head, is_code_line, nodes_of, parsed
from ..patterns import patterns
from .base import Asked, Change
from .moment import subjects
from .small_talk import is_frustrated

#: Comparisons, what changes a name's value, what computes: a proposed sign stands in the place of one of its kind.
_SIGNS = re.compile(r"==|!=|[<>]=?"), re.compile(r"(?:[+*%-]|//?)="), re.compile(r"\*\*?|//?|%|[+^-]")
SIGN = re.compile(r"(?<!\S)`?([<>=!+*/%^-]+)`?(?=[\s?.,]|$)(?! *\d)")
_COMPARED = re.compile(rf"(?<![^\s`])({_SIGNS[0].pattern}) *(-?\d+)(?![\w.])")
_SUM = re.compile(r"[(\d][\d ().]*[-+*/%]")
_MAKES = frozenset("abs bool float int list round set sorted str tuple".split())  #: of one value another
_NEIGHBOUR = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
_CODE, _MOST = re.compile(r"[\d\[(+*/%<>=\"]"), 200  #: characters of a message
_SMALL = (ast.Name, ast.Constant, ast.Attribute)  #: too small to be known again as a part
#: Whose replies are about the code.
OF_CODE = ("why", "hint", "explain_error", "own_lines", "trial", "solution_request")
_LIKE = 0.6  #: of a line that was not told and a statement that is to stand in its place
_Found = tuple[int, int, int, str]  #: a line, the piece of it from here to there, and what is to stand there


def proposes(asked: Asked) -> bool:
    """Whether a message asks if other code would help: it shows that code, or says "should I …?" of what was told."""
    known, is_begun = patterns("proposal"), asked.is_begun or asked.is_given
    if asked.exercise is None or not (asked.is_code and is_begun) or is_frustrated(asked):
        return False
    change = proposed(asked)
    if change is not None and is_compared(asked):
        return True
    is_told = asked.is_after(*OF_CODE)
    is_tried = change is not None if asked.is_accepted else is_told  # a way that is asked for may be that change
    about = [one for one in subjects(asked.message) if one != "way" or not is_tried]
    if about or asked.is_accepted and change is None and "review" in asked.routed.heard:
        return False
    parts = [one for one in re.split(r"(?<=[?!\n])\s", asked.message) if not known["other"].search(one)]
    if (is_told or asked.is_accepted) and any(known["form"].search(one) for one in parts):
        return True
    if change is None or asked.is_accepted:
        return change is not None
    return any("?" in one or "\n" in one for one in parts) and not change.new.isdigit()  # a number alone may be any


def is_compared(asked: Asked) -> bool:
    """Whether it asks what a change makes otherwise; of an answer that is accepted that is said anyway."""
    return not asked.is_accepted and (is_of_need(asked) or asked.has("proposal.compares"))


def is_of_need(asked: Asked) -> bool:
    """Whether it asks if a part of the code is needed, or what it is for: what would come without it says so.

    Of a wrong answer that was spoken of it asks rather what would mend it.
    """
    is_first = asked.is_accepted or asked.is_begun and not asked.replies and asked.stage != "error"
    is_first = is_first and " or " not in asked.message  # which asks for one of two
    return is_first and asked.has("proposal.needless")


@frozen
class _Spoken:
    """A message, and the program that it may speak of, with what begins in those of its lines that are looked at."""

    message: str
    source: str
    rows: Sequence[str]
    lines: Sequence[int]
    values: Sequence[ast.expr]

    @property
    def old(self) -> str:
        """What is to be replaced, as it is said: "x + 1 instead of the get"; "" where it is not."""
        _, *old = patterns("proposal")["instead"].split(self.message)
        return re.split(r"[?!\n]|[.,] ", old[-1])[0].strip("` .") if old else ""

    @property
    def is_near(self) -> bool:
        """Whether only some of the lines are looked at."""
        return len(self.lines) < len(self.rows)


def proposed(asked: Asked) -> Change | None:
    """The change that a message speaks of; None where it is not clear what is to stand where."""
    source, message = asked.source, asked.message
    if not asked.is_python or not source.isascii():  # Python counts bytes
        return None
    if whole := _whole(message, source):
        return Change(whole, 0)
    if is_of_need(asked):
        return _left_out(asked)
    if asked.is_accepted and (change := moved(asked)) is not None:
        return change
    if asked.has("proposal.beside"):  # a line more, which may stand anywhere
        return None
    if change := _put(asked) or (_other_part(asked) if asked.is_accepted else None):
        is_value = asked.has("trial.with") and change.new.lstrip("-").isdigit()
        is_call = change.new in {one.call for one in asked.samples}
        return None if is_value or is_call else change  # what a call gives, or "what of 0 or -4?", is to be run
    return _left_out(asked) if asked.has("proposal.out") else None


def moved(asked: Asked) -> Change | None:
    """The program with two of its blocks swapped, one put beside or into another, or set in or out, as it is said."""
    known = patterns("order")
    rows, message = asked.source.splitlines(), known["if"].sub(" ", asked.message.casefold())
    named, beside = _named_rows(rows, message), known["beside"].search(message)
    if asked.has("order.in", "order.out") and named:
        rows[slice(*_block(rows, named[0]))] = _shifted(rows, named[0], 4 if asked.has("order.in") else -4)
    elif asked.has("order.swap"):
        both = known["two"].search(message)
        kind = r"\s*\S" if both is None or both[2] else r"\s*(?:el)?if\b"
        code = [at for at, row in enumerate(rows) if re.match(kind, row)]
        pair = named if both is None else code[-2:] if both[1] == "last" else code[:2]
        if len(pair) != 2:
            return None
        (first, end), (begin, last) = sorted(_block(rows, at) for at in pair)
        if end > begin:
            return None
        deeper = _indent(rows[begin]) - _indent(rows[first])  # each stands as deep as the other stood
        one, other = _shifted(rows, first, deeper), _shifted(rows, begin, -deeper)
        one, other = _kept_words(one, rows[begin]), _kept_words(other, rows[first])
        rows = [*rows[:first], *other, *rows[end:begin], *one, *rows[last:]]
    elif beside is not None:
        what, where = (_named_rows(rows, part) for part in (message[: beside.start()], message[beside.end() :]))
        if len(what) != 1 or len(where) != 1:
            return None
        is_into = beside.lastgroup == "into"
        indent = _indent(rows[where[0]]) + 4 * is_into
        place = where[0] if beside.lastgroup == "before" else _block(rows, where[0])[1]
        place = where[0] + 1 if is_into and what < where else place
        block = _shifted(rows, what[0], indent - _indent(rows[what[0]]))
        first, end = _block(rows, what[0])
        rows[place:place] = block
        del rows[first + len(block) * (place <= first) : end + len(block) * (place <= first)]
        if rows == asked.source.splitlines() and asked.has("talk.why"):  # so the other way shows what it is for
            rows[first:end] = _shifted(rows, first, -4 if is_into else 4)
    changed = "\n".join(rows) + "\n"
    is_other = rows != asked.source.splitlines() and parsed(changed) is not None
    return Change(changed, 0, is_moved=True) if is_other else None


def _named_rows(rows: Sequence[str], part: str) -> list[int]:
    """The lines that a piece of a message names, counted from 0: by number, or by a word that they begin with."""
    if numbers := [int(one) - 1 for one in re.findall(r"\b(?:lines?|and) (\d+)\b", part)]:
        return [one for one in numbers if one < len(rows)]
    held = [{*re.split(r"\W+", match[0])} for row in rows if (match := re.match(r"\s*[\w.]*", row.casefold()))]
    held = [one | {"loop"} if one & {"for", "while"} else one for one in held]
    found = [at for at, row in enumerate(rows) if len(row.split()) > 2 and row.strip().casefold() in part]
    for word in re.findall(r"\w{2,}", part):
        at = [number for number, words in enumerate(held) if word in words]
        found += at if len(at) == 1 + (re.search(rf"\b(?:both|two|2)\b.{{0,12}}\b{word}\b", part) is not None) else []
    return list(dict.fromkeys(found))


def _indent(row: str) -> int:
    return len(row) - len(row.lstrip())


def _block(rows: Sequence[str], first: int) -> tuple[int, int]:
    """Where a line begins and ends with what stands below it, further in."""
    after = (at for at in range(first + 1, len(rows)) if rows[at].strip() and _indent(rows[at]) <= _indent(rows[first]))
    return first, next(after, len(rows))


def _shifted(rows: Sequence[str], first: int, by: int) -> list[str]:
    """A block so many columns further in, or out."""
    return [" " * max(0, _indent(row) + by) + row.lstrip() for row in rows[slice(*_block(rows, first))]]


def _kept_words(block: list[str], other: str) -> list[str]:
    """A block in the place of another: of `if` and `elif` the words stay where they are."""
    mine, its = (re.match(r"\s*(if|elif)\b", row) for row in (block[0], other))
    return [its[0] + block[0][mine.end() :], *block[1:]] if mine and its else block


def _other_part(asked: Asked) -> Change | None:
    """The program with another number, or the comparison's neighbour, in the one place that "why 0?" asks about."""
    is_of_order = any(one.search(asked.message) for one in patterns("ordinal").values())
    if is_of_order or not asked.has("talk.why") or "(" in asked.message:
        return None
    message, source = patterns("solved")["line"].sub(" ", asked.message), asked.source
    numbers = {one: str(int(one) + 1) for one in re.findall(r"(?<![\w.-])\d{1,6}(?![\w.])", message)}
    others = numbers | {one: _NEIGHBOUR[one] for one in SIGN.findall(message) if one in _NEIGHBOUR}
    rows = source.splitlines()
    for part, other in others.items():
        whole = re.compile(rf"(?<![\w.<>=!-]){re.escape(part)}(?![\w.=])")
        found = [(line, at.start()) for line, row in enumerate(rows, 1) for at in whole.finditer(row)]
        if len(found) == 1:
            line, first = found[0]
            return _changed(source, line, first, first + len(part), other)
    return None


def _put(asked: Asked) -> Change | None:
    """What the first reader finds one place for: in the lines that are spoken of, else in all."""
    source, rows = asked.source, asked.source.splitlines()
    values, told = nodes_of(source, ast.expr), _told(asked, len(rows))
    for lines in filter(None, (told, range(1, len(rows) + 1))):
        spoken = _Spoken(asked.message, source, rows, lines, [one for one in values if one.lineno in lines])
        for reader in (_pasted, _compared, _written):
            found = [*dict.fromkeys(reader(spoken))]
            if len(found) == 1 and (change := _changed(source, *found[0])) is not None:
                return change
    return None


def _left_out(asked: Asked) -> Change | None:
    """The program without a part of a condition that a message names, or the statement named by line or code."""
    source = asked.source
    rows = source.splitlines()
    message = patterns("proposal")["less"].split(asked.message)[-1]  # what follows "without"
    if (without := _part_out(asked, words_in(message))) is not None:
        return without
    code = enumerate(map(str.strip, rows), 1)
    named = asked.lines_named or [at for at, row in code if len(row.split()) > 2 and row in message]
    said = {ast.unparse(node) for _, node in expressions(message, source)}
    said = {one for one in said if not one.isdigit()}  # a number alone may stand in any line
    for both in nodes_of(source, ast.BoolOp):
        kept = [one for one in both.values if ast.unparse(one) not in said]
        is_some = 0 < len(kept) < len(both.values)
        if is_some and (without := _instead(source, both, ast.BoolOp(both.op, kept))) is not None:
            return without
    steps = [one for one in nodes_of(source, ast.stmt) if not isinstance(one, ast.FunctionDef | ast.ClassDef)]
    meant = [one for one in steps if one.lineno in named or said & set(_held(one))]
    if not meant:
        return None
    step = min(meant, key=lambda one: (one.end_lineno or 0) - one.lineno)
    for stand_in in ([], [" " * step.col_offset + "pass"]):  # a block cannot be empty
        changed = "\n".join([*rows[: step.lineno - 1], *stand_in, *rows[step.end_lineno :]]) + "\n"
        if parsed(changed) is not None:
            return Change(changed, step.lineno)
    return None


def _part_out(asked: Asked, said: set[str]) -> Change | None:
    """The program without a method, conversion or named argument that these words name, the first: `.strip()`."""
    steps = [one.value for one in nodes_of(asked.source, ast.Expr)]  # a step goes as a whole
    for call in nodes_of(asked.source, ast.Call):
        match call:
            case ast.Call(ast.Attribute(value, name)) if name in said and hasattr(str, name):
                return _instead(asked.source, call, value)
            case ast.Call(ast.Name(name), [first, *_]) if name in said & _MAKES and call not in steps:
                return _instead(asked.source, call, first)
        rest = [one for one in call.keywords if one.arg not in said]
        if len(rest) < len(call.keywords):
            return _instead(asked.source, call, ast.Call(call.func, call.args, rest))
    return None


def _held(step: ast.stmt) -> Iterator[str]:
    """The expressions of a statement, without those of the statements in its block."""
    values = (one for one in ast.iter_child_nodes(step) if isinstance(one, ast.expr))
    return (ast.unparse(node) for one in values for node in every(one, ast.expr))


def _told(asked: Asked, most: int) -> list[int]:
    """The lines that are spoken of: by their numbers, else those that were told."""
    if named := asked.lines_named:
        return [one for one in named if 0 < one <= most]
    return [*asked.diagnosis.lines] or [one.line for one in asked.replies[-1:] if one.line and one.line <= most]


def _instead(source: str, node: ast.expr, new: ast.expr) -> Change | None:
    """Another expression in place of one; None for one of several lines."""
    place = node.lineno, node.col_offset, node.end_col_offset or 0
    return _changed(source, *place, ast.unparse(new)) if node.lineno == node.end_lineno else None


def _changed(source: str, line: int, first: int, end: int, new: str) -> Change | None:
    rows = source.splitlines()
    row = rows[line - 1]
    rows[line - 1] = row[:first] + new + row[end:]
    changed = "\n".join(rows) + "\n"
    return Change(changed, line, new) if parsed(changed) is not None and row[first:end] != new else None


def _whole(message: str, source: str) -> str:
    """A program that stands in a message: its last lines, with the functions of the answer, or three lines of code."""
    rows, own = message.strip().splitlines()[:60], set(re.findall(r"^def (\w+)", source, re.M))
    code = [number for number, row in enumerate(rows) if is_code_line(row)]
    for end in range(len(rows), 0, -1) if len(code) > 1 else ():
        text = "\n".join(rows[code[0] : end]) + "\n"
        if parsed(text) is not None and own <= set(re.findall(r"^def (\w+)", text, re.M)):
            return text if (own or len(code) > 2) and text.strip() != source.strip() else ""
    return ""


def _statement(spoken: _Spoken) -> tuple[str, ast.stmt | None]:
    """The longest piece of a message that is a statement, of names that are known."""
    known = words_in(spoken.source).union(dir(builtins))
    for row in spoken.message[:_MOST].replace("`", " ").splitlines():
        words = [*re.finditer(r"\S+", row)]
        for number, word in enumerate(words[:20]):
            for last in reversed(words[number:][-20:]):
                text = row[word.start() : last.end()].rstrip("?!., ")
                is_head = re.match(r"(?:if|elif|while|for)\b(?=.*[<>=(\[])", text)
                text = f"{text}:" if is_head and text[-1:] != ":" else text
                node = head(text) if is_code_line(text) else None
                if node is None or text.isalpha() or isinstance(node, ast.Expr) and isinstance(node.value, ast.BoolOp):
                    continue
                if {one.id for one in every(node, ast.Name) if isinstance(one.ctx, ast.Load)} <= known:
                    return text, node
    return "", None


def _pasted(spoken: _Spoken) -> Iterator[_Found]:
    """A statement that a message holds, in place of the one line like it."""
    text, node = _statement(spoken)
    if node is None:
        return
    stands, old = text in map(str.strip, spoken.rows), spoken.old
    held = words_in(text)
    rows = {line: spoken.rows[line - 1].strip() for line in spoken.lines}
    kin = {line: len(words_in(row) & held) for line, row in rows.items() if _kin(row, node)}  # names of it
    most = max(kin.values(), default=0)

    def likeness(line: int) -> float:
        row = rows[line]
        if row.endswith(f"= {text}"):  # a value that should not be
            return 1.0
        if stands or kin.get(line, -1) < most:
            return 0.0
        return difflib.SequenceMatcher(None, row, text).ratio() + (old != "" and old in row)

    line = max(spoken.lines, key=likeness)
    if likeness(line) > (0.0 if spoken.is_near else _LIKE):
        row = spoken.rows[line - 1]
        yield line, _indent(row), len(row), text


def _kin(row: str, node: ast.stmt) -> bool:
    """Whether a line is a statement of the same kind."""
    own = head(row)
    if isinstance(node, ast.Assign | ast.AugAssign):
        return isinstance(own, ast.Assign | ast.AugAssign)
    return type(own) is type(node)


def _written(spoken: _Spoken) -> Iterator[_Found]:
    """Expressions, or signs where a message holds none."""
    own, message = set(re.findall(r"def (\w+)", spoken.source)), spoken.message
    every = (one for one in expressions(message, spoken.source) if not isinstance(one[1], ast.Tuple))
    # `max()` only names a function, and is no call of it
    every = (one for one in every if not isinstance(one[1], ast.Call) or one[1].args)
    said = [(text, node) for text, node in every if not (names := names_in(node)) or not names <= own]
    is_of_signs = not any(isinstance(node, ast.BinOp | ast.Compare) for _, node in said)
    signed = [*_signed(spoken, {*SIGN.findall(message)})] if is_of_signs else []
    yield from signed if signed or not said else _changes(spoken, said)


def _compared(spoken: _Spoken) -> Iterator[_Found]:
    """Another sign before what is compared with: "would `!= 0` do?"."""
    for new, value in _COMPARED.findall(spoken.message):
        sign = re.compile(rf"({_SIGNS[0].pattern})(?= *{re.escape(value)}(?![\w.]))")
        for line in spoken.lines:
            yield from ((line, *at.span(), new) for at in sign.finditer(spoken.rows[line - 1]) if at[1] != new)


def expressions(message: str, source: str) -> Iterator[tuple[str, ast.expr]]:
    """The longest pieces of a message that are expressions of a program's names."""
    known = words_in(source).union(dir(builtins))
    is_two = patterns("proposal")["compares"].search(message) is not None
    words = patterns("solved")["line"].sub(" ", message).replace("`", " ")[:_MOST].split()
    while words:
        for end in range(len(words[:10]), 0, -1):  # more would cost the square of a long message
            text = " ".join(words[:end]).strip("?!.,;: ")
            piece = parsed(text) if _CODE.search(text) else None
            first = piece.body[0] if piece is not None and piece.body else None
            names = names_in(first) if first is not None else set()
            is_worded = re.search(r" (?:and|or|is|not|in) ", text) is not None
            is_prose = is_worded and not ((names or _SUM.match(text)) and re.search(r"[=<>+*/%(\[\"']", text))
            is_open = "..." in text  # it stands for something
            if isinstance(first, ast.Expr) and names <= known and not is_prose and not is_open:
                yield from _each(text, first.value, source) if is_two else [(text, first.value)]
                words = words[end - 1 :]
                break
        words = words[2:] if words[0] in ("and", "or") else words[1:]  # what is added takes no place


def _each(text: str, node: ast.expr, source: str) -> Iterator[tuple[str, ast.expr]]:
    """The two of "`x > 0` or `x >= 0`?", of which one stands in the code and the whole does not; else the whole."""
    parts = node.values if isinstance(node, ast.BoolOp) else []
    held = {ast.unparse(one) for one in nodes_of(source, ast.expr)} if parts else set()
    if len(held.intersection(map(ast.unparse, parts))) != 1:
        yield text, node
        return
    for piece in filter(None, (ast.get_source_segment(text, one) for one in parts)):
        if isinstance(one := head(piece), ast.Expr):
            yield piece, one.value


def _changes(spoken: _Spoken, said: Sequence[tuple[str, ast.expr]]) -> Iterator[_Found]:
    """In place of which nodes one of these is proposed: of the other one, of one that begins so, or of its part."""
    rows, nodes = spoken.rows, spoken.values
    code = {one: _code(rows, one) for one in nodes}
    *old, (text, new) = sorted(said, key=lambda one: _code([one[0]], one[1]) not in code.values())
    if _code([text], new) in code.values() or len(old) > 1:
        return
    kin: list[ast.expr] = []
    if not old:
        begin = _begin([text], new)
        kin = [one for one in nodes if begin and type(one) is type(new) and _begin(rows, one) == begin]
    if not kin and not old:  # of its kind the one with what is named: "x + 1 instead of the get"
        named = words_in(spoken.old)
        kin = [one for one in nodes if type(one) is type(new) and named & words_in(code[one])]
    if not kin:
        parts = ((text, one) for one in every(new, ast.expr) if not isinstance(one, _SMALL))
        known = {_code([piece], one) for piece, one in old or parts}
        kin = [one for one in nodes if code[one] in known]
    yield from ((one.lineno, one.col_offset, one.end_col_offset or 0, text) for one in kin if code.get(one))


def _begin(rows: Sequence[str], node: ast.expr) -> str:
    """What an expression begins with: the function that is called, the list that a place is of, a left side."""
    first = next(ast.iter_child_nodes(node), None)
    return _code(rows, first) if isinstance(first, ast.expr) else ""


def _code(rows: Sequence[str], node: ast.expr) -> str:
    """The code of an expression without blanks; "" for one of several lines."""
    is_short = node.lineno == node.end_lineno
    return "".join(rows[node.lineno - 1][node.col_offset : node.end_col_offset].split()) if is_short else ""


def _signed(spoken: _Spoken, signs: set[str]) -> Iterator[_Found]:
    """In place of which signs of these lines one is proposed: of the other one, or of the only one of its kind."""
    sums = [one for one in spoken.values if isinstance(one, ast.BinOp)]
    between = [(one.lineno, one.left.end_col_offset or 0, one.right.col_offset) for one in sums]
    for kind in _SIGNS:
        alike = {sign for sign in signs if kind.fullmatch(sign)}
        whole = [(line, 0, len(spoken.rows[line - 1])) for line in spoken.lines]
        found: list[_Found] = []
        for line, first, end in between if kind is _SIGNS[-1] else whole:
            for at in kind.finditer(spoken.rows[line - 1], first, end):
                new = alike - {at[0]}
                if len(new) == 1:
                    found.append((line, at.start(), at.end(), new.pop()))
        near = [one for one in found if spoken.rows[one[0] - 1][one[1]] == one[3][0]]  # `>` for `>=`
        yield from near if len(near) == 1 else found
