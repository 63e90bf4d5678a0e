"""A text that is no program, cut into pieces all the same: words, numbers, strings, brackets, with their lines."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from keyword import iskeyword

from ....records import frozen, grouped
from ..program import Candidate, Candidates, rows_of
from ..seen import Seen

_PIECE = re.compile(
    r"""
      (?P<comment>\#[^\n]*)
    | (?P<triple>[rRbBfFuU]{0,2}(?:\"{3}(?:[^\\]|\\.)*?(?:\"{3}|\Z)|'{3}(?:[^\\]|\\.)*?(?:'{3}|\Z)))
    | (?P<string>[rRbBfFuU]{0,2}(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))
    | (?P<open_string>[rRbBfFuU]{0,2}["'][^\n]*)
    | (?P<number>(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?[jJ]?)
    | (?P<name>[^\W\d]\w*)
    | (?P<join>\\\n)
    | (?P<newline>\n)
    | (?P<op>\*\*=?|//=?|<<=?|>>=?|[-+*/%&|^@!=<>:]=|->|[-+*/%&|^@~<>=:;,.()\[\]{}])
    | (?P<space>[ \t\r\f\v]+)
    | (?P<odd>.)
    """,
    re.VERBOSE | re.DOTALL,
)
OPENING, CLOSING = "([{", ")]}"
_PAIRS = dict(zip(CLOSING, OPENING, strict=True))
#: What has a value on each side.
_BETWEEN = frozenset("+ - * / // % ** = += -= *= == != < > <= >=".split())
#: What stands above an `elif` or an `else`.
_HEADS = frozenset("if elif for while try except async".split())
#: Words that begin a block, whose line ends in a colon.
BLOCKS = frozenset("if elif else for while def class try except finally with async match case".split())


@frozen
class Token:
    """A piece. `depth` is the number of brackets round it, `end` the line on which it ends."""

    kind: str
    text: str
    line: int
    end: int
    column: int
    depth: int
    inside: str  #: the innermost bracket that is open before it, or nothing

    @property
    def is_operand(self) -> bool:
        """Whether a value can be, or end, here."""
        if self.kind == "name":
            return not iskeyword(self.text) or self.text in ("True", "False", "None")
        return self.kind in ("number", "string", "triple")


def tokens(source: str) -> Iterator[Token]:
    """The pieces of a text without space and comments; line ends are kept where no bracket is open."""
    line, start, open_ = 1, 0, list[str]()
    for piece in _PIECE.finditer(source):
        kind, text = piece.lastgroup or "odd", piece[0]
        end = line + text.count("\n")
        if kind == "op" and text in CLOSING and open_:
            open_.pop()
        if kind not in ("comment", "space", "join"):
            inside = open_[-1] if open_ else ""
            yield Token(kind, text, line, end, piece.start() - start, len(open_), inside)
        if kind == "op" and text in OPENING:
            open_.append(text)
        if "\n" in text:
            start = piece.start() + text.rindex("\n") + 1
        line = end


def bracket_trouble(pieces: Sequence[Token]) -> tuple[Token | None, Token | None] | None:
    """The first bracket that does not fit: the opening, the closing one, or both. A new statement ends what is open."""
    open_: list[Token] = []
    for index, token in enumerate(pieces):
        if open_ and _begins_statement(pieces, index):
            return open_[-1], None
        if token.kind == "op" and token.text in OPENING:
            open_.append(token)
        elif token.kind == "op" and token.text in CLOSING:
            if not open_ or open_[-1].text != _PAIRS[token.text]:
                return (open_[-1] if open_ else None), token
            open_.pop()
    return (open_[-1], None) if open_ else None


_STARTS = frozenset("def class import return while elif try print with assert raise".split())


def _begins_statement(pieces: Sequence[Token], index: int) -> bool:
    """Whether a line inside open brackets looks like the next statement: a keyword, or `name =` at its start."""
    token, above = pieces[index], [one.text for one in pieces[max(index - 2, 0) : index]]
    if token.kind != "name" or above[-1:] != ["\n"]:
        return False
    row = [one for one in pieces[index : index + 40] if one.line == token.line and one.depth == token.depth]
    assigns = any(one.text in ("=", "+=", "-=") for one in row) and above[0] not in (*OPENING, ",", "\n")
    return assigns or token.text in _STARTS or (token.text in ("for", "if") and token.column == 0)


class Broken:
    """A text that Python cannot read."""

    def __init__(self, source: str, seen: Seen) -> None:
        self.source, self.seen = source, seen
        self.lines = source.split("\n")
        self.pieces = list(tokens(source))
        self.by_line = grouped((token.line, token) for token in self.pieces if token.kind != "newline")
        self.line = seen.raised or 1
        self.row = "".join(self.lines[self.line - 1 : self.line])  #: the line where Python stopped
        self.bare = re.sub(r"\"[^\"]*\"|'[^']*'", "0", self.row)  #: the same without its texts
        self.message = seen.message
        self.trouble = bracket_trouble(self.pieces)

    def own(self, line: int) -> list[Token]:
        """The pieces that begin on a line."""
        return self.by_line.get(line, [])

    def statement(self, line: int) -> list[Token]:
        """A line's pieces and those on the next ones that are still inside its brackets."""
        own, found = self.own(line), list[Token]()
        for token in self.pieces[self.pieces.index(own[0]) :] if own else []:
            if token.kind != "newline":
                found.append(token)
            elif token.depth <= own[0].depth:
                break
        return found

    def is_assigned(self, name: str, but: int = 0) -> bool:
        """Whether the text gives that name a meaning somewhere, a line left out."""
        source = "\n".join(line for number, line in enumerate(self.lines, 1) if number != but)
        statement = rf"(?m)^[ \t]*(?:{name}\s*(?:=[^=]|,|\+=)|(?:def|class|import)\s+{name}\b)"
        inside = rf"\b(?:for|as)\s+{name}\b|[(,]\s*{name}\s*[,)=:]"
        return re.search(f"{statement}|{inside}", source) is not None


#: What Python's words say for sure: how sure, cause, variant, and their pattern.
_TOLD = rows_of(r"""
0.95 indentation           outside   '(?:return|yield|break|continue|yield from)' (?:outside|not properly)
0.95 async_misuse          outside   outside async function|'await' outside|asynchronous .* outside
0.9  missing_quotes        curly     invalid character .*[“”‘’„«»]
0.7  encoding              character unicodeescape|non-printable|invalid character
0.7  unmatched_bracket     fstring   f-string
0.97 parameter_order       -         (?:without a default|non-default argument) follows
0.93 missing_colon         dict      after dictionary key
0.95 missing_call          print     [Mm]issing parentheses in call to 'print'
0.7  name_typo             digit     invalid decimal literal
0.95 parameter_order       call      positional argument follows keyword
0.9  missing_quotes        zero      leading zeros
0.96 unreadable            stroke    line continuation
0.96 unreadable            handler   expected 'except'
0.6  comparison_assignment -         meant '=='|meant \"==\"|cannot assign to
""")


def told(broken: Broken) -> Candidates:
    """Where Python's own words are enough."""
    name = next(iter(re.findall(r"'(\w+)'", broken.message) + re.findall(r"\b\d+[^\W\d]\w*", broken.bare)), "")
    words = {"word": name, "name": name or broken.row.strip(), "bracket": "{"}
    for pattern, cause, variant, sure in _TOLD:
        if re.search(pattern, broken.message):
            if variant == "stroke" and re.search(r"\\[nrt]", broken.bare):
                variant = "escape"
            if variant == "fstring" and re.search(r"\{ *\w+ +(?!if\b|or\b|and\b|in\b|is\b)\w+ *\}", broken.row):
                cause, variant, sure = "unreadable", "braces", 0.96
            yield Candidate(cause, sure, words, variant)


def indentation(broken: Broken) -> Candidates:
    """Python names the line whose indent does not fit."""
    if broken.seen.type not in ("IndentationError", "TabError"):
        return
    header = re.search(r"on line (\d+)", broken.message)
    if header:
        number = int(header[1])
        word = next((t.text for t in broken.own(number) if t.text in BLOCKS), "block")
        line = broken.line if broken.own(broken.line) else number
        variant = "block" if line > number else "end"
        yield Candidate("indentation", 0.97, {"word": word, "header": number}, variant, line)
    else:
        variant = "level" if "unindent" in broken.message else "tabs" if broken.seen.type == "TabError" else "extra"
        yield Candidate("indentation", 0.97, {}, variant)


def strings(broken: Broken) -> Candidates:
    """A quote that is missing at the end, or in the middle of a text."""
    if "unterminated triple-quoted" in broken.message:
        yield Candidate("unclosed_string", 0.97, {}, "triple")
    elif re.search(r"unterminated .*string", broken.message):
        variant = "apostrophe" if re.search(r"'\w+'\w", broken.row) else ""
        variant = "escaped" if re.search(r"\\[\"'][^\"']*$", broken.row) else variant
        yield Candidate("unclosed_string", 0.97, {}, variant)
    for left, right in pairwise(broken.own(broken.line)):  # 'it's', "he said "no""
        if left.kind == "string" and right.kind == "name" and left.column + len(left.text) == right.column:
            variant = "apostrophe" if left.text.endswith("'") else "clash"
            yield Candidate("unclosed_string", 0.86, {}, variant)
            return


def brackets(broken: Broken) -> Candidates:
    """A bracket without its partner; the opening one is named where it was left open."""
    speaks = re.search(r"never closed|unmatched|does not match|EOF", broken.message)
    if broken.trouble is None or any(t.kind == "open_string" for t in broken.pieces):
        return
    opening, closing = broken.trouble
    token = opening or closing
    if token is not None:
        variant = "extra" if opening is None else "mismatch" if closing is not None else ""
        sure = 0.5 if token.line > broken.line else 0.96 if speaks else 0.9
        yield Candidate("unmatched_bracket", sure, {"bracket": token.text}, variant, token.line)


def colon(broken: Broken) -> Candidates:
    """The line that begins a block must end in a colon."""
    above = max((number for number in broken.by_line if number < broken.line), default=broken.line)
    wants = "':'" in broken.message
    for line in dict.fromkeys((broken.line, above)):
        own = broken.statement(line)
        word = next((t.text for t in own if t.text != "async"), "")
        is_block = word in BLOCKS and (wants or word not in ("match", "case"))
        if is_block and not own[0].depth and not any(t.text == ":" and t.depth == 0 for t in own):
            sure = 0.95 if wants and line == broken.line else 0.87
            yield Candidate("missing_colon", sure, {"word": word}, line=line)
            return


def assignment(broken: Broken) -> Candidates:
    """One `=` where two are meant: in a condition, in the filter of a comprehension, or as `=>`."""
    own = broken.statement(broken.line)
    filters = [t for t in own if t.text == "if" and t.inside]
    filters += [t for t in own[:1] if t.text in ("if", "elif", "while", "assert", "return")]
    if "cannot assign to" in broken.message and own and own[0].text not in BLOCKS:
        yield Candidate("comparison_assignment", 0.95, {}, "left")
    if {a.text + b.text for a, b in pairwise(own)} & {"=>", "=<", ".=", "=!"}:
        yield Candidate("comparison_assignment", 0.94, {"sign": "="}, "sign")
    if any(t.text == "=" and t.depth == f.depth for f in filters for t in own):
        yield Candidate("comparison_assignment", 0.93, {"sign": "="})


def condition(broken: Broken) -> Candidates:
    """`elif:` asks nothing, `else x > 0:` something, `and < 3` half of it; `bigger than` and `&&` are no signs."""
    is_word = not broken.is_assigned("than")
    for joint, sign in pairwise(broken.statement(broken.line)):
        if sign.text == "than" and joint.kind == "name" and is_word:
            yield Candidate("condition", 0.97, {"word": f"{joint.text} than"}, "words", sign.line)
        if joint.text == sign.text and sign.text in "&|":
            yield Candidate("condition", 0.97, {"word": 2 * sign.text}, "joint", sign.line)
        if joint.text in "and or not".split() and sign.text in "< > <= >= == !=".split():
            yield Candidate("condition", 0.97, {"word": joint.text, "sign": sign.text}, "half", sign.line)
    for line in (broken.line, broken.line - 1):
        word, after = [*(t.text for t in broken.own(line)[:2]), "", ""][:2]
        if word in ("if", "elif", "while") and after == ":":
            yield Candidate("condition", 0.97, {"word": word}, "missing", line)
        elif word == "else" and after not in (":", ""):
            yield Candidate("condition", 0.96, {"word": word}, "else", line)
    first = next(iter(broken.own(broken.line)), None)
    if first is not None and first.text in ("elif", "else") and not _has_head(broken, first):
        yield Candidate("condition", 0.96, {"word": first.text}, "orphan")


def _has_head(broken: Broken, branch: Token) -> bool:
    """Whether a branch stands below an `if`, or a loop or `try` that may have an `else`."""
    above = (own[0] for number, own in sorted(broken.by_line.items(), reverse=True) if number < branch.line)
    head = next((one for one in above if one.column <= branch.column), None)
    return head is not None and head.column == branch.column and head.text in _HEADS


#: Words, the first in a group, and a sign behind them that no name can have.
_SAID = re.compile(r"(?<![\w.])([^\W\d]\w*)(?:,? [^\W\d]\w*){0,20}(?:\?|!(?!=)|\.(?=\s*$|\))|:(?=\s*\)))")


#: A colon in round brackets, `first(:3)`, and one between two values, `eggs : size`.
_COLON = {
    "slice": re.compile(r"(?<!\w)\w{1,30}\(-?\w{0,20}:-?\w{0,20}\)"),
    "divide": re.compile(r"= {0,2}[a-z_]\w{0,30} {0,2}: {0,2}[a-z_]\w{0,30} {0,2}$", re.I),
}


def colons(broken: Broken) -> Candidates:
    """A colon that wants square brackets, or that is meant to divide."""
    for variant, pattern in _COLON.items():
        if found := pattern.search(broken.bare):
            yield Candidate("unreadable", 0.95, {"name": found[0].lstrip("= ")}, variant)


def statement(broken: Broken) -> Candidates:
    """A statement in brackets that fit, where a value is wanted: `map(def f(x): ..., xs)`."""
    if broken.trouble is None:
        for token in broken.own(broken.line):
            if token.inside and token.text in ("def", "class", "return", "while", "import"):
                yield Candidate("unreadable", 0.93, {"word": token.text}, "statement")


def plain_words(broken: Broken) -> Candidates:
    """Words alone in brackets or on a line, with a sign that no name can have: `Hello, world!`, `(Number: )`."""
    said = _SAID.search(broken.bare)
    if said and len(said[0]) > 2 and not iskeyword(said[1]) and not broken.is_assigned(said[1], broken.line):
        yield Candidate("missing_quotes", 0.92, {"name": said[0]}, "words")


def gap(broken: Broken) -> Candidates:
    """A gap of the starter that is not filled yet: `____`."""
    if any(t.line == broken.line and re.fullmatch(r"_{3,}", t.text) for t in broken.pieces):
        yield Candidate("gap", 0.99)


def anything(broken: Broken) -> Candidates:
    """Where nothing better is known: the line."""
    yield Candidate("unreadable", 0.05)


RULES = (
    gap, told, indentation, strings, brackets, colon, condition, assignment, colons, statement, plain_words, anything,
)  # fmt: skip
