"""A line that Python cannot read, mended in one way after another: the mend that Python reads says what is wrong."""

import builtins
import difflib
from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from keyword import iskeyword, kwlist

from ....records import frozen
from ...guard.syntax import parsed
from ..program import KNOWN, Candidate, Candidates
from .syntax import BLOCKS, CLOSING, OPENING, Broken, Token

#: Pieces of a line, and mends of one kind, that are tried at most.
_MOST, _MOST_MENDS = 80, 200
#: Signs of two characters, which must not be written apart.
_SIGNS = frozenset("== != <= >= += -= *= /= //= %= // **".split())
_COMPARES = frozenset("== != <= >=".split())
#: What has a value on each side.
_BETWEEN = _SIGNS | frozenset("+ - * / % = < >".split())
#: What other languages write before a new name.
_KINDS = frozenset("int float str bool list dict char string double long var let const".split())
#: The lines of which hold names that are new.
_NAMES = ("def", "for", "import", "from")
#: What has to stand above or below a line by itself.
_ABOVE = dict.fromkeys(("elif", "else"), "if 0:\n pass\n") | dict.fromkeys(("except", "finally"), "try:\n pass\n")


@frozen
class Mend:
    """From the first to the second column of the line this text, and what was wrong if that can be read."""

    start: int
    end: int
    text: str
    found: Candidate


Mends = Iterator[Mend]


class Statement:
    """A whole statement that Python cannot read, its pieces with their columns in `text`."""

    def __init__(self, broken: Broken) -> None:
        self.broken = broken
        begin = broken.line
        while begin > 1 and (not (first := broken.own(begin)) or first[0].depth):
            begin -= 1
        own = broken.statement(begin)
        self.line = own[0].line if own else broken.line
        rows = broken.lines[self.line - 1 : max((one.end for one in own), default=self.line)]
        self.text = "\n".join(rows)
        starts = [0]
        for row in rows:
            starts.append(starts[-1] + len(row) + 1)
        self.pieces = own
        self.columns = [starts[one.line - self.line] + one.column for one in own]
        self.first = own[0].text if own else ""
        self.beside = list(self._beside())  #: two values with nothing between them, the first by its index
        self.knows = {one.text for one in own if one.kind == "name" and self._is_known(one)}

    def _is_known(self, token: Token) -> bool:
        """Whether a name has a meaning: Python's own or one of the program."""
        return hasattr(builtins, token.text) or self.broken.is_assigned(token.text, self.line)

    def ends(self, index: int) -> int:
        """The column behind a piece."""
        return self.columns[index] + len(self.pieces[index].text)

    def touch(self, index: int) -> bool:
        """Whether the next piece stands right behind this one."""
        return self.ends(index) == self.columns[index + 1]

    def mended(self, *mends: Mend) -> str:
        """The text with all of these put in."""
        text = self.text
        for one in sorted(mends, key=lambda one: -one.start):
            text = text[: one.start] + one.text + text[one.end :]
        return text.strip()

    def _beside(self) -> Iterator[tuple[int, Token, Token]]:
        """See `beside`."""
        for index, (left, right) in enumerate(pairwise(self.pieces)):
            ends = left.is_operand or left.text in CLOSING
            begins = right.is_operand or right.kind == "open_string" or right.text == "{"
            after = self.pieces[index + 2].text if index + 2 < len(self.pieces) else ""
            is_key = left.inside == "{" and after == ":"
            if ends and begins and (is_key or not left.kind == right.kind == "string"):
                yield index, left, right

    def is_item(self, index: int) -> bool:
        """Whether a piece stands among values with commas, in a call, a list or a dict, and adds to nothing there."""
        depth, before = self.pieces[index].depth, list[str]()
        for at in range(index - 1, -1, -1):
            piece = self.pieces[at]
            if piece.depth < depth:
                head = self.pieces[at - 1] if at else None
                is_call = head is not None and (head.text in CLOSING or head.is_operand)
                return (piece.text == "(") == is_call and "+" not in before[: [*before, ","].index(",")]
            if piece.depth == depth:
                before.append(piece.text)
        return False


def reads(text: str) -> bool:
    """Whether Python can read a statement by itself, with a body below it if it needs one."""
    above = _ABOVE.get(text.partition(" ")[0].partition(":")[0], "")
    return any(parsed(above + text + below) is not None for below in ("", "\n pass"))


def one_mend(broken: Broken) -> Candidates:
    """The first mend of each kind, or all of that kind together, that lets Python read the line."""
    statement = Statement(broken)
    if not statement.pieces or len(statement.pieces) > _MOST or reads(statement.text.strip()):
        return
    for kind in _KINDS_OF_MEND:
        mends = list(islice(kind(statement), _MOST_MENDS))
        for some in ([one] for one in mends), [mends] if len(mends) > 1 else []:
            done = next((one for one in some if reads(statement.mended(*one))), None)
            if done:
                yield done[0].found
                break
    yield from _form(statement)


def _form(statement: Statement) -> Candidates:
    """What a `for` or a `def` line looks like, where no mend helps."""
    if statement.first in ("for", "def"):
        sure = 0.65 if "cannot assign" in statement.broken.message else 0.3
        yield Candidate("unreadable", sure, {}, statement.first, statement.line)
    if pair := next(iter(statement.beside), None):
        yield _pair(statement, *pair, sure=0.5)


def _misspelt(statement: Statement) -> Mends:
    """`esle`, `If`: almost a word of Python."""
    for index, token in enumerate(statement.pieces):
        if token.kind != "name" or iskeyword(token.text) or len(token.text) < 2:
            continue
        if index and statement.pieces[index - 1].text == ".":  # an attribute
            continue
        if token.text in statement.knows and not (index == 0 and hasattr(builtins, token.text)):
            continue
        if index and statement.pieces[index - 1].kind == "string" and statement.touch(index - 1):
            continue  # "she said "hi" to me"
        meant = KNOWN["meant"].get(token.text)
        near = [one for one in kwlist if one.lower() == token.text.lower()]
        for word in [meant] if meant else near or difflib.get_close_matches(token.text, kwlist, 4, 0.5):
            variant = "meant" if meant else "word"
            found = Candidate("name_typo", 0.95, {"name": token.text, "right": word}, variant, token.line)
            yield Mend(statement.columns[index], statement.ends(index), word, found)


def _digits(statement: Statement) -> Mends:
    """`1st`, `2x`: a number that runs into a name."""
    for index, (number, name) in enumerate(pairwise(statement.pieces)):
        if number.kind == "number" and name.kind == "name" and statement.touch(index):
            words = _words(number, name)
            if name.text in statement.knows:
                found = Candidate("not_callable_parens", 0.97, words, "operator", number.line)
                yield Mend(statement.ends(index), statement.columns[index + 1], "*", found)
            found = Candidate("name_typo", 0.97, {"name": number.text + name.text}, "digit", number.line)
            yield Mend(statement.columns[index], statement.ends(index), "_", found)


def _apart(statement: Statement) -> Mends:
    """`// =`, `! =`: one sign with a blank in it."""
    for index, (left, right) in enumerate(pairwise(statement.pieces)):
        sign = left.text + right.text
        if sign in _SIGNS and not statement.touch(index):
            written = statement.text[statement.columns[index] : statement.ends(index + 1)]
            found = Candidate("unreadable", 0.96, {"name": written, "sign": sign}, "apart", left.line)
            if sign in _COMPARES:
                found = Candidate("comparison_assignment", 0.96, {}, "sign", left.line)
            yield Mend(statement.columns[index], statement.ends(index + 1), sign, found)


def _blank(statement: Statement) -> Mends:
    """`def is prime(n)`: a blank in a name."""
    for index, left, right in statement.beside:
        if left.kind != "name" or right.kind not in ("name", "number"):
            continue
        is_new = statement.first == "def" and (not left.depth or right.kind == "number")
        together = (left.text + right.text, f"{left.text}_{right.text}")
        if is_new or any(statement.broken.is_assigned(one, statement.line) for one in together if one.isidentifier()):
            name = statement.text[statement.columns[index] : statement.ends(index + 1)]
            found = Candidate("name_typo", 0.95, {"name": name}, "blank", left.line)
            yield Mend(statement.ends(index), statement.columns[index + 1], "_", found)


def _kind_first(statement: Statement) -> Mends:
    """`int total = 0`: the kind of value before its name, as other languages write."""
    if statement.first in _KINDS and len(statement.pieces) > 1 and statement.pieces[1].kind == "name":
        words = {"word": statement.first, "name": statement.pieces[1].text}
        yield Mend(statement.columns[0], statement.columns[1], "", Candidate("unreadable", 0.97, words, "kind"))


def _uncalled(statement: Statement) -> Mends:
    """`len word`: a function without its round brackets."""
    for index, left, right in statement.beside:
        is_method = index > 0 and statement.pieces[index - 1].text == "."
        if left.kind == "name" and right.kind != "string" and (is_method or callable(getattr(builtins, left.text, 0))):
            start, begin = statement.ends(index), statement.columns[index + 1]
            found = Candidate("missing_call", 0.92, {"name": left.text}, "blank", left.line)
            for last in range(index + 1, len(statement.pieces)):
                inside = statement.text[begin : statement.ends(last)]
                yield Mend(start, statement.ends(last), f"({inside})", found)


def _two_lines(statement: Statement) -> Mends:
    """`a = 1, b = 2` and `ask() print(x)`: two statements in a line."""
    if statement.first in BLOCKS:
        return
    found = Candidate("unreadable", 0.96, {}, "two", statement.line)
    level = [index for index, one in enumerate(statement.pieces) if one.depth == 0]
    if sum(statement.pieces[index].text == "=" for index in level) > 1:
        for index in level[:-1]:
            if statement.pieces[index].text in (",", "and", "&"):
                yield Mend(statement.columns[index], statement.columns[index + 1], "\n", found)
    for index, left, right in statement.beside:
        after = statement.pieces[index + 2].text if index + 2 < len(statement.pieces) else ""
        if left.depth == right.depth == 0 and (right.text == "print" or after == "="):
            yield Mend(statement.ends(index), statement.columns[index + 1], "\n", found)


def _asked(statement: Statement) -> Mends:
    """`if a > 1, b > 1:`: two questions with a comma between them."""
    if statement.first in ("if", "elif", "while"):
        for index, one in enumerate(statement.pieces):
            if one.text == "," and one.depth == 0:
                found = Candidate("condition", 0.93, {"word": statement.first}, "comma", one.line)
                yield Mend(statement.columns[index], statement.ends(index), " and ", found)


def _beside(statement: Statement) -> Mends:
    """Two values side by side: a comma is missing, a sign, or the quotes round words."""
    for index, left, right in statement.beside:
        found = _pair(statement, index, left, right, sure=0.9)
        signs = {"operator": " + ", "option": "=", "words": "_", "dict": ":"}
        if found.variant == "times":
            start, end = statement.columns[index], statement.ends(index + 1)
            yield Mend(start, end, statement.text[start:end].replace("x", "*"), found)
        else:
            text = signs.get(found.variant, ", ")
            yield Mend(statement.ends(index), statement.columns[index + 1], text, found)


def _pair(statement: Statement, index: int, left: Token, right: Token, sure: float) -> Candidate:
    """What is missing between two values."""
    pieces, unknown = statement.pieces, {left.text, right.text}.isdisjoint(statement.knows)
    is_quote = left.kind == "string" and statement.touch(index) and right.text not in statement.knows
    sure -= 0.1 * is_quote  # one that ends a text early, rather than one behind which something is missing
    words = _words(left, right)
    if left.inside == "{" and pieces[index - 1].text in "{,":
        return Candidate("missing_colon", sure, {}, "dict", left.line)
    if "x" in (left.text, right.text) and "x" not in statement.knows:
        return Candidate("not_callable_parens", sure, words, "times", left.line)
    names = sum(one.kind == other.kind == "name" for _, one, other in statement.beside)
    if left.kind == right.kind == "name" and (unknown or names > 2) and statement.first not in _NAMES:
        return Candidate("missing_quotes", sure - 0.04, {"name": f"{left.text} {right.text}"}, "words", left.line)
    if left.text in ("end", "sep") and left.depth:
        return Candidate("unreadable", sure, {"name": left.text}, "option", left.line)
    if statement.is_item(index + 1) or left.text in ("import", "return"):
        return Candidate("missing_comma", sure, words, line=left.end)
    return Candidate("not_callable_parens", sure, words, "operator", left.end)


def _words(left: Token, right: Token) -> dict[str, str]:
    """Two pieces in a reply's words; of what is in brackets its one end."""
    first = f"…{left.text}" if left.text in CLOSING else left.text[:30]
    return {"left": first, "right": f"{right.text}…" if right.text in OPENING else right.text[:30]}


def _hollow(statement: Statement) -> Mends:
    """`print(, x)`, `word[]`, `20 %`: a place where a value should stand."""
    pieces = statement.pieces
    for index, (left, right) in enumerate(pairwise([*pieces, None])):
        assert left is not None
        if left.text + (right.text if right else "") in ("++", "--") and statement.touch(index):
            continue
        ends = right is None or right.text in (*CLOSING, ",", ":")
        closes = ends or right is not None and right.kind in ("op", "odd")
        if left.text not in (*OPENING, ",", ".", *_BETWEEN) or not closes or right and left.text + right.text == "()":
            continue
        target = "".join(one.text for one in pieces[:index])
        words = {"sign": left.text, "name": target, "left": left.text, "right": right.text if right else "…"}
        variant = "hollow"
        if left.text in _BETWEEN and ends:
            variant = "begun" if left.text == "=" and not left.depth else "half"
        found = Candidate("unreadable", 0.92, words, variant, left.line)
        if index and left.text == pieces[index - 1].text and left.text in "+-" and right is None:
            name = "".join(one.text for one in pieces[: index - 1])
            words = {"name": target + left.text, "right": f"{name} {left.text}= 1"}
            found = Candidate("name_typo", 0.95, words, "meant", left.line)
        yield Mend(statement.ends(index), statement.ends(index), " x", found)
        if left.text == ".":
            yield Mend(statement.columns[index], statement.ends(index), ",", found)


_KINDS_OF_MEND: tuple[Callable[[Statement], Mends], ...] = (
    _misspelt, _digits, _apart, _blank, _kind_first, _uncalled, _two_lines, _asked, _beside, _hollow,
)  # fmt: skip
RULES = (one_mend,)
