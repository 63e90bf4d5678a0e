"""Texts that are no program: where the mistake is, and what it is. Nothing is run; Python's words are a hint only."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from .case import Candidate
from .seen import Seen
from .tokens import BLOCKS, CLOSING, OPENING, Token, Trouble, bracket_trouble, physical_lines, tokens


class Broken:
    """A text that Python cannot read."""

    def __init__(self, source: str, seen: Seen) -> None:
        self.source, self.seen = source, seen
        self.lines = source.split("\n")
        self.pieces = tokens(source)
        self.by_line = physical_lines(source)
        self.line = seen.raised or 1
        self.message = seen.message
        self.trouble: Trouble | None = bracket_trouble(self.pieces)

    def own(self, line: int) -> list[Token]:
        """The pieces that begin on a line."""
        return self.by_line.get(line, [])

    def before(self, line: int) -> int:
        """The last line above with a piece on it; that line itself where there is none."""
        above = [number for number in self.by_line if number < line]
        return max(above, default=line)

    def is_assigned(self, name: str) -> bool:
        """Whether the text gives that name a meaning somewhere."""
        statement = rf"(?m)^\s*(?:{name}\s*(?:=[^=]|,|\+=)|(?:def|class|import)\s+{name}\b)"
        inside = rf"\b(?:for|as)\s+{name}\b|[(,]\s*{name}\s*[,)=:]"
        return re.search(f"{statement}|{inside}", self.source) is not None


Rule = Callable[[Broken], Iterator[Candidate]]


def indentation(broken: Broken) -> Iterator[Candidate]:
    """Python names the line whose indent does not fit."""
    if broken.seen.type not in ("IndentationError", "TabError"):
        return
    header = re.search(r"on line (\d+)", broken.message)
    if header:
        word = next((t.text for t in broken.own(int(header[1])) if t.text in BLOCKS), "block")
        line = broken.line
        if not broken.own(line) or _indent(broken, line) < _indent(broken, int(header[1])):
            line = max(broken.line, 1) if broken.own(broken.line) else int(header[1])
        yield Candidate(line, "indentation", 0.97, {"word": word, "header": int(header[1])}, "block")
    elif "unindent" in broken.message:
        yield Candidate(broken.line, "indentation", 0.97, {}, "level")
    elif broken.seen.type == "TabError":
        yield Candidate(broken.line, "indentation", 0.97, {}, "tabs")
    else:
        yield Candidate(broken.line, "indentation", 0.97, {}, "extra")


def _indent(broken: Broken, line: int) -> int:
    own = broken.own(line)
    return own[0].column if own else 0


def outside(broken: Broken) -> Iterator[Candidate]:
    """`return`, `break` or `await` where there is no function or loop round it."""
    found = re.match(r"'(return|yield|break|continue|yield from)' (outside|not properly)", broken.message)
    if found:
        yield Candidate(broken.line, "indentation", 0.95, {"word": found[1]}, "outside")
    if "outside async function" in broken.message or "'await' outside" in broken.message:
        yield Candidate(broken.line, "async_misuse", 0.95, {}, "outside")
    if "async" in broken.message and "outside" in broken.message:
        yield Candidate(broken.line, "async_misuse", 0.93, {}, "outside")


def scope(broken: Broken) -> Iterator[Candidate]:
    """`global` that comes too late or meets a parameter."""
    found = re.match(r"name '(\w+)' is (?:used|assigned|parameter|nonlocal)", broken.message)
    if found:
        yield Candidate(broken.line, "scope_unboundlocal", 0.95, {"name": found[1]}, "global")
    if broken.message.startswith("no binding for nonlocal"):
        yield Candidate(broken.line, "scope_unboundlocal", 0.95, {"name": broken.message.split("'")[1]}, "global")


def strings(broken: Broken) -> Iterator[Candidate]:
    """A quote that is missing at the end, or in the middle of a text."""
    message = broken.message
    if "unterminated triple-quoted" in message or "EOF while scanning triple" in message:
        opened = next((t for t in broken.pieces if t.kind == "triple" and not _is_closed(t)), None)
        line = opened.line if opened else broken.line
        yield Candidate(line, "unclosed_string", 0.97, {}, "triple")
    elif "unterminated" in message and "string" in message or "EOL while scanning" in message:
        variant = "apostrophe" if _has_apostrophe(broken, broken.line) else ""
        yield Candidate(broken.line, "unclosed_string", 0.97, {}, variant)
    ended = [t for t in broken.pieces if t.kind == "triple" and t.end == broken.line and t.end > t.line]
    if ended and "unterminated" not in message:
        yield Candidate(ended[-1].line, "unclosed_string", 0.9, {}, "triple")
    if "invalid character" in message and re.search("[“”‘’„«»]", message):
        yield Candidate(broken.line, "missing_quotes", 0.9, {}, "curly")
    if "unicodeescape" in message:
        yield Candidate(broken.line, "encoding", 0.9, {}, "escape")
    if "non-printable" in message or "invalid character" in message:
        yield Candidate(broken.line, "encoding", 0.7, {}, "character")
    yield from _clash(broken)


def _clash(broken: Broken) -> Iterator[Candidate]:
    """A text that ends too early: 'it's', "he said "no"" or quotes inside an f-string."""
    own = broken.own(broken.line)
    for left, right in zip(own, own[1:], strict=False):
        touching = left.kind == "string" and right.kind == "name" and left.column + len(left.text) == right.column
        if touching and right.text not in ("if", "else", "for", "in", "and", "or", "is", "not"):
            variant = "apostrophe" if left.text.endswith("'") else "clash"
            yield Candidate(broken.line, "unclosed_string", 0.86, {}, variant)
            return
    if "f-string" in broken.message:
        cause = "unmatched_bracket" if "'}'" in broken.message or "'{'" in broken.message else "unclosed_string"
        bracket = "{" if "}" in broken.message else "("
        yield Candidate(broken.line, cause, 0.8, {"bracket": bracket}, "fstring")


def _is_closed(token: Token) -> bool:
    text = token.text.lstrip("rRbBfFuU")
    return len(text) >= 6 and text.endswith(text[:3])


def _has_apostrophe(broken: Broken, line: int) -> bool:
    text = broken.lines[line - 1] if 0 < line <= len(broken.lines) else ""
    return re.search(r"'\w+'\w", text) is not None


def brackets(broken: Broken) -> Iterator[Candidate]:
    """A bracket without its partner; the opening one is named where it was left open."""
    found = broken.trouble
    if found is None or any(t.kind == "open_string" for t in broken.pieces):
        if re.search(r"never closed|unmatched|does not match", broken.message):
            yield Candidate(broken.line, "unmatched_bracket", 0.8, {"bracket": "("})
        return
    if found.opening is None and found.closing is not None:
        line, variant, bracket = found.closing.line, "extra", found.closing.text
    elif found.closing is not None and found.opening is not None:
        line, variant, bracket = found.opening.line, "mismatch", found.opening.text
    else:
        assert found.opening is not None
        line, variant, bracket = found.opening.line, "", found.opening.text
    sure = 0.96 if re.search(r"never closed|unmatched|does not match|EOF", broken.message) else 0.9
    if line > broken.line:
        sure = 0.5
    yield Candidate(line, "unmatched_bracket", sure, {"bracket": bracket}, variant)


def colon(broken: Broken) -> Iterator[Candidate]:
    """The line that begins a block must end in a colon."""
    if "after dictionary key" in broken.message:
        yield Candidate(broken.line, "missing_colon", 0.93, {"word": "dict"}, "dict")
    for line in dict.fromkeys((broken.line, broken.before(broken.line))):
        own = _whole(broken, line)
        word = own[0].text if own else ""
        if word == "async" and len(own) > 1:
            word = own[1].text
        if word not in BLOCKS or (word in ("match", "case") and "':'" not in broken.message):
            continue
        level = own[0].depth
        if any(t.text == ":" and t.depth == level for t in own) or (line != broken.line and _is_inline(own)):
            continue
        variant = "elseif" if [t.text for t in own[:2]] == ["else", "if"] else ""
        sure = 0.95 if "':'" in broken.message and line == broken.line else 0.87
        if broken.trouble is not None and broken.trouble.opening is not None and broken.trouble.opening.line == line:
            sure = 0.4
        yield Candidate(line, "missing_colon", sure, {"word": word}, variant)
        return
    own = _whole(broken, broken.line)
    if any(t.text == "lambda" for t in own) and not any(t.text == ":" for t in own):
        yield Candidate(broken.line, "missing_colon", 0.9, {"word": "lambda"})
    if "expected ':'" in broken.message:
        yield Candidate(broken.line, "missing_colon", 0.6, {"word": "line"})


def _is_inline(own: list[Token]) -> bool:
    """`x = a if b else c` goes on over two lines."""
    return own[0].text in ("if", "else", "for") and own[0].depth > 0


def _whole(broken: Broken, line: int) -> list[Token]:
    """A line's pieces and those on the next ones that are still inside its brackets."""
    own = broken.own(line)
    if not own:
        return []
    place, level = broken.pieces.index(own[0]), own[0].depth
    found = []
    for token in broken.pieces[place:]:
        if token.kind == "newline" and token.depth <= level:
            break
        found.append(token)
    return [t for t in found if t.kind != "newline"]


def assignment(broken: Broken) -> Iterator[Candidate]:
    """One `=` where two are meant."""
    if re.search(r"meant '=='|perhaps you meant \"==\"|cannot assign to comparison", broken.message):
        yield Candidate(broken.line, "comparison_assignment", 0.92, {"sign": "="})
    own = _whole(broken, broken.line)
    if own and own[0].text in ("if", "elif", "while", "assert", "return"):
        level = own[0].depth
        if any(t.text == "=" and t.depth == level for t in own):
            yield Candidate(broken.line, "comparison_assignment", 0.93, {"sign": "="})
    if "cannot assign to" in broken.message and "expression" not in broken.message:
        yield Candidate(broken.line, "comparison_assignment", 0.6, {"sign": "="})
    texts = [t.text for t in own]
    filters = [t for t in own if t.text == "if" and t.inside]
    if any(t.text == "=" and t.inside == f.inside and t.depth == f.depth for f in filters for t in own):
        yield Candidate(broken.line, "comparison_assignment", 0.93, {"sign": "="})
    if any(pair in (["=", "="], ["=", ">"], ["=", "<"], ["!", "="]) for pair in zip_pairs(texts)):
        yield Candidate(broken.line, "comparison_assignment", 0.85, {"sign": "="}, "sign")


def zip_pairs(texts: list[str]) -> list[list[str]]:
    """Neighbours."""
    return [list(pair) for pair in zip(texts, texts[1:], strict=False)]


def commas(broken: Broken) -> Iterator[Candidate]:
    """Two values side by side: a comma between them is missing, or the quotes round words, or an operator."""
    if "print" in broken.message and "parentheses" in broken.message.lower():
        yield Candidate(broken.line, "missing_call", 0.95, {"name": "print"}, "print")
        return
    pair = _neighbours(broken)
    if pair is None:
        if "forgot a comma" in broken.message:
            yield Candidate(broken.line, "missing_comma", 0.8)
        return
    left, right = pair
    if left.inside == "{" and _lacks_colon(broken, left, right):
        yield Candidate(left.line, "missing_colon", 0.92, {"word": "dict"}, "dict")
    words = left.kind == right.kind == "name"
    header = broken.own(left.line)[0].text in ("def", "for", "import", "from", "class")
    if words and not header and not broken.is_assigned(left.text) and not broken.is_assigned(right.text):
        yield Candidate(left.line, "missing_quotes", 0.84, {"name": f"{left.text} {right.text}"}, "words")
    elif left.kind == "name" and right.kind in ("string", "open_string") and left.depth == 0:
        yield Candidate(left.line, "missing_call", 0.6, {"name": left.text}, "print")
    elif left.depth or broken.own(left.line)[0].text in ("from", "import", "for", "return", "def"):
        yield Candidate(left.end, "missing_comma", 0.86, {"left": left.text[:30], "right": right.text[:30]})
    else:
        yield Candidate(left.line, "not_callable_parens", 0.6, {"name": left.text}, "operator")


def _lacks_colon(broken: Broken, left: Token, right: Token) -> bool:
    """`{"a" 1}`: the first of the two is where a key stands, and other keys have their colon."""
    pieces = [t for t in broken.pieces if t.kind != "newline"]
    place = pieces.index(left)
    before = pieces[place - 1].text if place else ""
    after = pieces[pieces.index(right) + 1].text if pieces.index(right) + 1 < len(pieces) else ""
    return before in ("{", ",") and after in (",", "}") and ":" in {t.text for t in pieces if t.depth == left.depth}


def _neighbours(broken: Broken) -> tuple[Token, Token] | None:
    """The first two values side by side near where Python stopped."""
    pieces = [t for t in broken.pieces if t.kind != "newline" or not t.depth]
    for left, right in zip(pieces, pieces[1:], strict=False):
        if left.line > broken.line or right.line < broken.line - 12 or left.kind == "newline":
            continue
        ends = left.is_operand or (left.text in CLOSING and left.kind == "op")
        begins = right.is_operand or right.kind == "open_string" or (right.text in OPENING and right.kind == "op")
        if not ends or not begins or right.kind == "newline":
            continue
        if right.text in ("(", "["):  # a call or an index
            continue
        if left.kind == right.kind == "string":
            continue
        if broken.by_line[left.line][0].text in BLOCKS and left.depth == 0 and left.text in CLOSING:
            continue
        if left.end <= broken.line and right.end >= broken.line - 1:
            return left, right
    return _joined(broken)


def _joined(broken: Broken) -> tuple[Token, Token] | None:
    """Two strings in a row in a dict, of which the second is a key."""
    pieces = [t for t in broken.pieces if t.kind != "newline"]
    for left, right, after in zip(pieces, pieces[1:], pieces[2:], strict=False):
        if left.kind == right.kind == "string" and after.text == ":" and left.inside == "{":
            return left, right
    return None


def numbers(broken: Broken) -> Iterator[Candidate]:
    """A number and a word run together."""
    if "invalid decimal literal" in broken.message:
        yield Candidate(broken.line, "not_callable_parens", 0.7, {"name": ""}, "operator")
    if "line continuation" in broken.message:
        yield Candidate(broken.line, "missing_quotes", 0.7, {"name": ""}, "words")
    if "leading zeros" in broken.message:
        yield Candidate(broken.line, "missing_quotes", 0.5, {"name": ""}, "words")


def arguments(broken: Broken) -> Iterator[Candidate]:
    """Arguments in an order that Python refuses."""
    if (
        "argument follows" in broken.message
        or "duplicate argument" in broken.message
        or "parameter without" in broken.message
    ):
        yield Candidate(broken.line, "wrong_arg_count", 0.8, {"function": ""}, "order")


def anything(broken: Broken) -> Iterator[Candidate]:
    """Where nothing better is known: the bracket, or the line."""
    yield Candidate(broken.line, "unmatched_bracket", 0.05, {"bracket": "("}, "unsure")


RULES: tuple[Rule, ...] = (
    indentation, outside, scope, strings, brackets, colon, assignment, commas, numbers, arguments, anything,
)  # fmt: skip
