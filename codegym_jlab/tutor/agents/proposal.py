"""A change that a student proposes: "so should I write `<=`?". What it makes of the program, where it is clear."""

import ast
import builtins
import difflib
import re
from collections.abc import Iterable, Iterator, Sequence

from codegym_jlab.records import frozen

from ..concepts import is_empty_word
from ..diagnosis.program import Program, called
from ..diagnosis.search import edits_of
from ..guard.syntax import head, is_code_line, nodes_of, parsed
from ..patterns import patterns
from .base import Asked, Change
from .course_records import is_of_a_way
from .moment import lines_named, speaks_of_answer, subjects
from .small_talk import is_frustrated

#: Comparisons, what changes a name's value, what computes: a proposed sign stands in the place of one of its kind.
_SIGNS = re.compile(r"==|!=|[<>]=?"), re.compile(r"(?:[+*%-]|//?)="), re.compile(r"\*\*?|//?|%|[+-]")
SIGN = re.compile(r"(?<!\S)`?([<>=!+*/%-]+)`?(?=[\s?.,]|$)(?! *\d)")
_CODE, _MOST = re.compile(r"[\d\[(+*/%<>=\"]"), 200  #: characters of a message
_SETS = {ast.Assign, ast.AugAssign}
_SMALL = (ast.Name, ast.Constant, ast.Attribute)  #: too small to be known again as a part
#: Whose replies are about the code, and what a proposal may be taken for.
_OF_CODE = ("why", "hint", "explain_error", "own_lines", "solution_request")
_INTENTS = ("hint", "explain_error", "concept", "logistics")
#: What is put around a value: a function, or a method behind it.
_AROUND = re.compile(r"(?<![\w.])(?:(int|float|str|len|abs|sorted)\b(?:\( ?\))?(?!\()|([a-z]\w*)\( ?\))")
_BEHIND = re.compile(r"(?<![\w)\]\"'])\.([a-z]\w*)(?:\(\))?(?!\w|\()")
_END = re.compile(r"(?<!\S)`?((?:==|!=|[<>]=?|[+*/%-]) ?-?\w+|\[[^\[\]]+\])`?")
_OPTION = re.compile(r"(?<![\w.(,])([a-z]\w*)=(\w+|\"[^\"]*\"|'[^']*')(?![\w=])")
_HEADS = ("if", "elif", "while")
_NTH = {"first ": slice(0, 1), "second ": slice(1, 2), "third ": slice(2, 3), "last ": slice(-1, None)}
_LIKE = 0.6  #: of a line that was not told and a statement that is to stand in its place
_ANYWHERE = frozenset({"order_of_lines", "swap", "extra_line", "turned", "strict"})  #: of which line has to be known
_Found = tuple[int, int, int, str]  #: a line, the piece of it from here to there, and what is to stand there


def proposes(asked: Asked) -> bool:
    """Whether a message asks if a change would help, of an answer that is not accepted."""
    known, message, routed = patterns("proposal"), asked.message, asked.routed
    if asked.exercise is None or not asked.is_code or asked.is_accepted or not (asked.is_begun or asked.is_given):
        return False
    is_told = any(one.agent in _OF_CODE for one in asked.replies[-1:])
    if is_of_a_way(asked) or subjects(message):
        is_urged = is_told and known["should"].search(message)
        used = {called(one) for one in nodes_of(asked.situation.source, ast.Call)}
        is_there = not used.isdisjoint(re.findall(r"\b(\w+) ?\(\)", message))  # no change: it is in use
        is_change = (is_of_a_way(asked) or is_urged) and not is_there and proposed(asked) is not None
        return is_change or is_of_a_way(asked) and bool(is_urged)
    if patterns("solved")["right"].search(message) or is_frustrated(asked):
        return False
    if is_told and message[-1:] == "?" and is_code_line(bare := message.strip(" ?")) and head(bare) is not None:
        return True  # nothing but a statement
    parts = [one for one in re.split(r"(?<=[?!\n])\s", message) if not known["other"].search(one)]
    if parts and (is_told or speaks_of_answer(asked)):
        is_apart = routed.sure and routed.intent not in _INTENTS or not routed.heard.isdisjoint(("distress", "human"))
        if any(known["edit"].search(one) or known["form"].search(one) and not is_apart for one in parts):
            return True
        is_asked = re.compile(rf"[?\n]|{patterns('open')['whether'].pattern}", re.I)
        change = proposed(asked) if any(map(is_asked.search, parts)) else None
        return change is not None and not change.new.isalnum()  # a number alone may be any
    return False


@frozen
class _Spoken:
    """A message, and the program that it may speak of, with what begins in those of its lines that are looked at."""

    message: str
    source: str
    rows: Sequence[str]
    lines: Sequence[int]
    steps: Sequence[ast.stmt]
    values: Sequence[ast.expr]

    @property
    def is_near(self) -> bool:
        """Whether only some of the lines are looked at."""
        return len(self.lines) < len(self.rows)

    @property
    def known(self) -> set[str]:
        """The names that code in the message may read."""
        return {*re.findall(r"\w+", self.source), *dir(builtins)}


def proposed(asked: Asked) -> Change | None:
    """The change that a message speaks of; None where it is not clear what is to stand where.

    The first reader counts that finds just one place: first in the lines that are spoken of, then in all.
    """
    source, message = asked.situation.source, asked.message
    if not asked.is_python or not source.isascii():  # Python counts bytes
        return None
    if not asked.is_accepted and (whole := _whole(message, source)):
        return Change(whole, 0)
    rows = source.splitlines()
    steps, values, told = nodes_of(source, ast.stmt), nodes_of(source, ast.expr), _told(asked, len(rows))
    for lines in filter(None, (told, range(1, len(rows) + 1))):
        near = [one for one in steps if one.lineno in lines], [one for one in values if one.lineno in lines]
        spoken = _Spoken(message, source, rows, lines, *near)
        for reader in (_written,) if asked.is_accepted else _READERS:
            found = [*dict.fromkeys(reader(spoken))]
            if len(found) == 1 and (change := _changed(source, *found[0])) is not None:
                return change
    return None if asked.is_accepted else _edited(message, source, told)


def _told(asked: Asked, most: int) -> list[int]:
    """The lines that are spoken of: by their numbers, else those that were told."""
    if named := lines_named(asked.message):
        return [one for one in named if 0 < one <= most]
    return [*asked.diagnosis.lines] or [one.line for one in asked.replies[-1:] if one.line and one.line <= most]


def _changed(source: str, line: int, first: int, end: int, new: str) -> Change | None:
    rows = source.splitlines()
    row = rows[line - 1]
    rows[line - 1] = row[:first] + new + row[end:]
    changed = "\n".join(rows) + "\n"
    return Change(changed, line, row[first:end], new) if parsed(changed) is not None and row[first:end] != new else None


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
    known = spoken.known
    for row in spoken.message[:_MOST].replace("`", " ").splitlines():
        words = [*re.finditer(r"\S+", row)]
        for number, word in enumerate(words[:20]):
            for last in reversed(words[number:][-20:]):
                text = row[word.start() : last.end()].rstrip("?!., ")
                is_head = re.match(r"(?:if|elif|while|for)\b(?=.*[<>=(\[])", text)
                text = f"{text}:" if is_head and text[-1:] != ":" else text
                node = head(text) if is_code_line(text) else None
                if node is not None and text != "return" and {one.id for one in _loads(ast.walk(node))} <= known:
                    return text, node
    return "", None


def _loads(nodes: Iterable[ast.AST]) -> list[ast.Name]:
    """Those that are names which are read."""
    return [one for one in nodes if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)]


def _pasted(spoken: _Spoken) -> Iterator[_Found]:
    """A statement that a message holds: in place of the one line like it, else beside the line that is named."""
    text, node = _statement(spoken)
    stands = text in map(str.strip, spoken.rows)
    if node is None:
        return
    beside = [] if text[-1] == ":" else list(_beside(spoken, text))
    is_before = any(end == 0 for _, _, end, _ in beside)  # not in its place
    for line in () if is_before else spoken.lines:
        row = spoken.rows[line - 1]
        is_like = not beside and difflib.SequenceMatcher(None, row.strip(), text).ratio() > _LIKE
        is_alike = {type(node), type(head(row.strip()))} <= _SETS or row.strip().endswith(f"= {text}")
        is_one = spoken.is_near and len(spoken.lines) == 1 and is_alike
        is_kin = not stands and (spoken.is_near or is_like) and _kin(row.strip(), text, node)
        if is_kin or is_one and row.strip() != text:
            yield line, len(row) - len(row.lstrip()), len(row), text
            return
    if not stands:
        yield from beside


def _kin(row: str, text: str, node: ast.stmt) -> bool:
    """Whether a line is of the same kind as a statement, and about the same."""
    own = head(row)
    if own is None or (row[-1:] == ":") != (text[-1:] == ":"):
        return False
    if isinstance(node, ast.Assign | ast.AugAssign) and isinstance(own, ast.Assign | ast.AugAssign):
        return _target(own) == _target(node)
    if isinstance(node, ast.Expr) and isinstance(own, ast.Expr):
        return called(own.value) == called(node.value) != ""
    return type(own) is type(node) and row.split()[0] == text.split()[0]


def _target(node: ast.Assign | ast.AugAssign) -> str:
    return ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)


def _beside(spoken: _Spoken, text: str) -> Iterator[_Found]:
    """A new line before or behind the one that a message names, or at the end of a loop or an `if`."""
    known, rows, message = patterns("edit_place"), spoken.rows, spoken.message.replace(text, " ")
    place = next((name for name, one in known.items() if one.search(message)), "")
    blocks = nodes_of(spoken.source, ast.stmt)
    if place in ("top", "bottom") and blocks:
        yield (1, 0, 0, f"{text}\n") if place == "top" else (len(rows), len(rows[-1]), len(rows[-1]), f"\n{text}")
        return
    named = lines_named(message)
    if not named and known["loop"].search(message):
        named = [one.lineno for one in blocks if isinstance(one, ast.For | ast.While)]
    if not named and known["it"].search(message):
        named = [*spoken.lines]
    if not named:
        said = {one for one in re.findall(r"\w+", message) if not is_empty_word(one) or one in ("if", "for", "while")}
        named = [at for at, row in enumerate(rows, 1) if said.intersection(re.findall(r"\w+", row))]
    for node in (one for one in blocks if [one.lineno] == named):
        last, body = node.end_lineno or node.lineno, getattr(node, "body", [])
        indent = " " * (body[0].col_offset if place == "inside" and body else node.col_offset)
        if place == "before":
            yield node.lineno, 0, 0, f"{indent}{text}\n"
        elif place == "after" or place == "inside" and body:
            yield last, len(rows[last - 1]), len(rows[last - 1]), f"\n{indent}{text}"


def _written(spoken: _Spoken) -> Iterator[_Found]:
    """Expressions, or signs where a message holds none."""
    own, message = set(re.findall(r"def (\w+)", spoken.source)), spoken.message
    every = expressions(message, spoken.source)
    every = (one for one in every if not isinstance(one[1], ast.Tuple) or one[0][0] == "(")
    said = [(text, node) for text, node in every if not (names := names_in(node)) or not names <= own]
    if not said:
        words = (name for name, one in patterns("sign").items() if one.search(message))
        yield from _signed(spoken, {*SIGN.findall(message)} or {*words})
        return
    yield from _changes(spoken, said)
    numbers = [one for one in spoken.values if isinstance(one, ast.Constant) and type(one.value) in (int, float)]
    is_number = len(said) == 1 and isinstance(said[0][1], ast.Constant) and spoken.is_near
    is_asked = patterns("edit_words")["number"].search(message)  # else it may be what is to come out
    if is_number and is_asked and len(numbers) == 1 and "range(" not in spoken.rows[numbers[0].lineno - 1]:
        yield _in_place(numbers[0], said[0][0])


def _in_place(node: ast.expr, new: str) -> _Found:
    return node.lineno, node.col_offset, node.end_col_offset or 0, new


def names_in(tree: ast.AST) -> set[str]:
    """The names that code reads or writes."""
    return {one.id for one in ast.walk(tree) if isinstance(one, ast.Name)}


def expressions(message: str, source: str) -> Iterator[tuple[str, ast.expr]]:
    """The longest pieces of a message that are expressions of a program's names."""
    known = {*re.findall(r"\w+", source), *dir(builtins)}
    words = patterns("solved")["line"].sub(" ", message).replace("`", " ")[:_MOST].split()
    while words:
        for end in range(len(words[:10]), 0, -1):  # more would cost the square of a long message
            text = " ".join(words[:end]).strip("?!.,;: ")
            piece = parsed(text) if _CODE.search(text) else None
            first = piece.body[0] if piece is not None and piece.body else None
            names = names_in(first) if first is not None else set()
            is_worded = re.search(r" (?:and|or|is|not|in) ", text) is not None
            is_prose = is_worded and not (names and re.search(r"[=<>+*/%(\[\"']", text))
            if isinstance(first, ast.Expr) and names <= known and not is_prose:
                yield text, first.value
                words = words[end - 1 :]
                break
        words = words[2:] if words[0] in ("and", "or") else words[1:]  # what is added takes no place


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
    if not kin:
        parts = ((text, one) for one in ast.walk(new) if isinstance(one, ast.expr) and not isinstance(one, _SMALL))
        known = {_code([piece], one) for piece, one in old or parts}
        kin = [one for one in nodes if code[one] in known]
    if not (kin or old) and isinstance(new, ast.Call):  # the same with something around it, or a method behind it
        inner = new.func.value if isinstance(new.func, ast.Attribute) else next(iter(new.args), new)
        kin = [one for one in _loads(nodes) if one.id == ast.unparse(inner)]
    if not (kin or old) and isinstance(new, ast.BinOp):  # the same sign between the same names
        sums = [one for one in nodes if isinstance(one, ast.BinOp) and type(one.op) is type(new.op)]
        kin = [one for one in sums if names_in(one) ^ names_in(new) <= {*dir(builtins)}]
    yield from (_in_place(one, text) for one in kin if code.get(one))


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
        for line, first, end in between if kind is _SIGNS[-1] else whole:
            for at in kind.finditer(spoken.rows[line - 1], first, end):
                new = alike - {at[0]}
                if len(new) == 1 and (len(alike) == 1 or at[0] in alike):
                    yield line, at.start(), at.end(), new.pop()


def _worded(spoken: _Spoken) -> Iterator[_Found]:
    """A call around a value, a keyword of a call, a sign at the end of a line, or one word for another."""
    known, message = patterns("edit_words"), spoken.message
    other, option, forms = known["instead"].search(message), _OPTION.search(message), _forms(message)
    form = forms.pop() if len(forms) == 1 and not other else ""
    if form and (form[0] == "{" or known["around"].search(message)):
        for one in _meant(re.findall(r"\w+", message), spoken, form):
            text = spoken.rows[one.lineno - 1][one.col_offset : one.end_col_offset]
            yield _in_place(one, form.format(f"({text})" if isinstance(one, ast.BinOp) and form[0] == "{" else text))
    elif option:
        calls = [one for one in spoken.values if isinstance(one, ast.Call)]
        for one in (one for one in calls if not any(one in ast.walk(other) for other in calls if other is not one)):
            comma, at = ", " if one.args or one.keywords else "", (one.end_col_offset or 1) - 1
            yield one.lineno, at, at, f"{comma}{option[0]}"
    elif known["end"].search(message):
        for line in spoken.lines if len(spoken.lines) == 1 else ():
            at = len(spoken.rows[line - 1].rstrip().rstrip(":"))
            yield from ((line, at, at, f"{' ' * (one[0] != '[')}{one}") for one in _END.findall(message)[:1])
    elif other:
        yield from _instead(spoken, other)


def _forms(message: str) -> set[str]:
    """What a message wants to be made of a value: `int({})`, `{}.lower()`, `{} * 2`."""
    calls = {f"{one or other}({{}})" for one, other in _AROUND.findall(message)}
    methods = {f"{{}}.{one}()" for one in _BEHIND.findall(message)}
    sums = {sign: one.search(message) for sign, one in patterns("computed").items()}
    return calls | methods | {f"{{}} {sign} {found[found.lastindex or 0]}" for sign, found in sums.items() if found}


def _meant(said: Sequence[str], spoken: _Spoken, form: str) -> list[ast.expr]:
    """The value that a call is to stand around: the one that is named, else what the line gives on."""
    name, calls = re.sub(r"\W", "", form), [one for one in spoken.values if isinstance(one, ast.Call)]
    named = [one for one in calls if called(one) in said and called(one) != name]
    functions = [one.func for one in calls]
    read = [one for one in _loads(spoken.values) if one.id in said and one not in functions]
    steps = [one for one in spoken.steps if isinstance(one, ast.Assign | ast.AugAssign | ast.Return)]
    given = [one.value for one in steps if one.value is not None]
    sets = [one.value for one in steps if isinstance(one, ast.Assign) and _target(one) in said]
    elsewhere = {_target(one) for one in nodes_of(spoken.source, ast.Assign)}
    if spoken.is_near and not (read or sets) and not elsewhere.isdisjoint(said):
        return []  # it speaks of a name of other lines
    printed = [one.args[0] for one in calls if called(one) == "print" and len(one.args) == 1]
    walked = [one.iter for one in spoken.steps if isinstance(one, ast.For)]
    found = [one for one in named or sets or read or given or printed or walked if called(one) != name]
    # a sentence is no value
    return [one for one in found if one.lineno == one.end_lineno and not isinstance(one, ast.JoinedStr)]


def _instead(spoken: _Spoken, said: re.Match[str]) -> Iterator[_Found]:
    """One word in place of another: a keyword that begins a line, else a number, a text, or a name that is known."""
    new, old = (next(filter(None, said.group(one, f"{one}2")), "").strip("`?.,!()") for one in ("new", "old"))
    heads = [at for at, row in enumerate(spoken.rows, 1) if row.split()[:1] == [old]]
    if new in _HEADS and old in _HEADS and heads:
        for line in heads[_NTH.get(said["nth"] or "", slice(None))]:
            at = spoken.rows[line - 1].index(old)
            yield line, at, at + len(old), new
        return
    is_known = re.fullmatch(r"\d+|[\"'].*[\"']", new) or new in spoken.known
    for line in spoken.lines if old and is_known else ():
        for found in re.finditer(rf"(?<![\w\"'-]){re.escape(old)}(?![\w\"'])", spoken.rows[line - 1]):
            yield line, found.start(), found.end(), new


_READERS = (_pasted, _written, _worded)


def _edited(message: str, source: str, lines: Sequence[int]) -> Change | None:
    """The small edit that words name, of those that a diagnosis knows: one alone that is the cheapest."""
    kinds = {name for name, one in patterns("edit").items() if one.search(message)}
    if not kinds or parsed(source) is None or not lines and kinds & _ANYWHERE:
        return None
    every = [one for one in edits_of(Program(source)) if one.kind in kinds]
    # a return of which nobody said what it gives is none that was proposed
    every = [one for one in every if one.kind != "return_missing" or one.keeps_lines]
    best = sorted((one for one in every if not lines or set(lines).intersection(one.lines)), key=lambda one: one.cost)
    if not best or len(best) > 1 and best[1].cost == best[0].cost:
        return None
    return Change(source, best[0].lines[0], edit=best[0])
