# ruff: noqa: E501  (tables of patterns)
"""What sentences say to change in a program: this for that, more beside it, something around it, one more argument."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from .prose import dictated
from .reading import is_code_line, parsed

DELETES = re.compile(
    r"\b(?:delete|remove|drop|without|get rid of|take .{1,30} (?:out|off|away)|leave .{1,30} out|strike|too many|too much|lösch|streich|nimm .{1,40} weg|zu viel|entfern|quita|borra|elimina|sobra|supprim|enlèv|retire|de trop|usuń|skreśl|za dużo)|删|去掉|多了",
    re.I,
)
_INSTEAD = re.compile(
    r"(\S+) (?:instead of|rather than|in place of|statt|anstatt|anstelle von|en vez de|en lugar de|au lieu de|zamiast)"
    r" (\S+)",
    re.IGNORECASE,
)
_CHANGE = re.compile(
    r"\b(?:change|replace|swap|ersetze|cambia|remplace|zamień) (?:the |your )?(\S+)"
    r" (?:to|by|with|for|durch|por|par|na) (?:the |a )?(\S+)",
    re.IGNORECASE,
)
#: A sentence that says what to do; one that only describes two methods names no change.
_SAYS_TO = re.compile(
    r"instead|rather|replac|chang|swap|\buse|\bwrite|\bput\b|\bmake\b|should|\bmust\b|\bneed|belong|becomes?\b|\bturn|switch"
    r"|\bnot\b|->|=>|statt|ersetz|änder|\bmuss\b|\bsoll|schreib|\bnimm|\bnicht\b|cambi|\busa|debe|\bpon\b|escrib|en vez"
    r"|lugar|au lieu|rempla|\bmets\b|\bdoit|utilis|écri|zami[ae]|zmie|użyj|powin|wstaw|改|换|应",
    re.IGNORECASE,
)
BESIDE = re.compile(
    r"\b(?:put|adds?|insert|append|write|after|before|behind|missing|lacks?|schreib\w*|setz\w*|füg\w*|häng\w*|hinter|nach|vor|fehlt"
    r"|pon|añad\w*|agrega|falta|después|ajout\w*|mets|manque|après|dopisz|dodaj|brakuje|wstaw)\b|后面|前面|加上|少了|缺",
    re.IGNORECASE,
)
#: Where a line is said to go; that it stands wrong alone says less.
_SHIFTS = re.compile(
    r"to the left|to the right|\b(?:dedent|outdent|unindent)|\bindent(?:ed)? (?:it|the|that|this|\S+ )?(?:once |one (?:step|level) )?(?:more|less|further)"
    r"|one level (?:up|back|out|less|more)|(?:stand|be|go|belongs?|come) (?:\w+ )?(?:under|below|after|outside|out of|inside|into|within) (?:the )?(?:`?for\b|`?while\b|`?if\b|loop)"
    r"|out of the (?:loop|`)|after the loop|nach links|nach rechts|ausrück|einrück|weniger eingerückt|a la izquierda|a la derecha|fuera del (?:bucle|`)"
    r"|vers la (?:gauche|droite)|hors de la boucle|w lewo|w prawo|poza pętl|向左|向右|循环外",
    re.IGNORECASE,
)
#: Signs that may come before something.
_BEFORE = tuple(
    (re.compile(pattern, re.IGNORECASE), sign)
    for sign, pattern in (
        ("-", r"\bminus\b|\bmenos\b|\bmoins\b|负号|减号|minus"),
        ("not", r"\ba not\b|the word not|ein not\b|un not\b"),
    )
)
BRACKETS = re.compile(r"bracket|parenthes|\bparens\b|klammer|paréntesis|parenthès|nawias|括号", re.IGNORECASE)
_SIMPLE = (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.Constant)
_ELSE = re.compile(r"\b(?:else|otherwise|sonst|ansonsten|si ?no|sinon|w przeciwnym razie)\b|否则", re.IGNORECASE)
_BARE_CODE = re.compile(r"(?<![\w`])[A-Za-z_][\w.]*(?:\([^\s()]*\)|\[[^\s\[\]]*\])+(?![\w`])")
_SPOKEN = tuple(
    (sign, re.compile(pattern, re.IGNORECASE))
    for sign, pattern in (
        ("<=", r"(?:less|smaller) than or equal(?: to)?|at most|kleiner (?:oder|gleich)(?: gleich)?|menor o igual|inférieure? ou égale?|mniejsz\w+ lub równ\w+|小于等于"),
        (">=", r"(?:greater|more|larger) than or equal(?: to)?|at least|größer (?:oder|gleich)(?: gleich)?|mayor o igual|supérieure? ou égale?|większ\w+ lub równ\w+|大于等于"),
        ("<", r"(?:less|smaller) than|kleiner(?: als)?|menor que|inférieure? à|mniejsz\w+ (?:niż|od)|小于"),
        (">", r"(?:greater|more|larger) than|größer(?: als)?|mayor que|supérieure? à|większ\w+ (?:niż|od)|大于"),
        ("!=", r"not equal|unequal|different from|ungleich|distinto de|différent de|różn\w+ od|不等于"),
        ("==", r"(?<!or )equal(?:s)?(?: to)?|gleich|igual a|égal à|równ\w+|等于"),
        ("+", r"\bplus\b"),
        ("-", r"\bminus\b"),
        ("*", r"\btimes\b"),
        ("and", r"\band\b(?=[, ]+not\b)"),
        ("or", r"\bor\b(?=[, ]+not\b)"),
    )
)  # fmt: skip
_OPEN = re.compile(r"…|\.{3}|_{2,}|(?<=[(,])\s*\?\s*(?=[,)])")
_SED = re.compile(r"\bs([/|#~])((?:\\.|(?!\1).)+)\1((?:\\.|(?!\1).)*)\1[gim]*")
_PYTHON_SUB = re.compile(r"re\.sub\(\s*r?([\"'])(.+?)\1\s*,\s*r?([\"'])(.*?)\3")
_ARGUMENT = re.compile(r"([A-Za-z_]\w*)\s*=(?!=)\s*([\w.\"'\[\](){}-]+)")
_MOST_CODES = 8
_MOST_PLACES = 12
_MOST_LINES = 40


def changed(source: str, sentences: Sequence[str]) -> Iterator[str]:
    """What becomes of `source` by each change that a sentence names."""
    for sentence in sentences:
        codes = list(dict.fromkeys(code.strip() for code in re.findall(r"`([^`\n]+)`", sentence)))[:_MOST_CODES]
        codes = codes or _BARE_CODE.findall(sentence)[:_MOST_CODES]
        yield from _swapped(source, sentence, codes)
        if _SAYS_TO.search(sentence):
            yield from _swapped(source, "not", _signs(sentence))
            if not _is_question(sentence):
                for code in codes:
                    yield from _around(source, code)
        if BRACKETS.search(sentence):
            yield from (source.replace(code, f"({code})") for code in codes if code in source)
        if not _is_question(sentence):
            for code in codes:
                yield from _called(source, code)
        if BESIDE.search(sentence):
            for sign in (sign for word, sign in _BEFORE if word.search(sentence)):
                yield from (source.replace(code, f"{sign} {code}") for code in codes if code in source)
        if _ELSE.search(sentence):
            for line in [*codes, *dictated(sentence, None, whole=False)]:
                yield from _with_else(source, line)
        if _SHIFTS.search(sentence) and not _is_question(sentence):
            yield from _shifted(source)
        yield from _patterned(source, sentence)
        for code in codes:
            yield from _wrapped(source, code)
            yield from _with_argument(source, code)


def _with_else(source: str, line: str) -> Iterator[str]:
    """The line as the other case of each `if` that has none."""
    tree = parsed(source) if is_code_line(line) and not line.endswith(":") else None
    lines = source.rstrip("\n").split("\n")
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.If) and not node.orelse and node.end_lineno is not None:
            pad = " " * node.col_offset
            new = [f"{pad}else:", f"{pad}    {line}"]
            yield "\n".join([*lines[: node.end_lineno], *new, *lines[node.end_lineno :]])


def _is_question(sentence: str) -> bool:
    return sentence.rstrip().endswith(("?", "？"))


def _around(source: str, code: str) -> Iterator[str]:
    """The code in place of a part of it that stands in the source: what is to come around or beside that part."""
    tree = parsed(code)
    if code in source or tree is None or len(tree.body) != 1 or not isinstance(tree.body[0], ast.Expr):
        return
    whole = tree.body[0].value
    inner = {ast.unparse(node) for node in ast.walk(whole) if isinstance(node, ast.expr) and node is not whole}
    raw = {ast.get_source_segment(code, node) or "" for node in ast.walk(whole) if isinstance(node, ast.expr)}
    for part in sorted((inner | raw) - {"", code}, key=len, reverse=True)[:4]:
        bounds = re.compile(rf"(?<![\w.]){re.escape(part)}(?![\w(])")
        for found in list(bounds.finditer(source))[:6]:
            yield source[: found.start()] + code + source[found.end() :]


def _signs(sentence: str) -> list[str]:
    """The signs that compare or count which a sentence names in words."""
    found: dict[str, None] = {}
    for sign, pattern in _SPOKEN:
        if pattern.search(sentence):
            found[sign] = None
            sentence = pattern.sub(" ", sentence)
    return list(found)


def _shifted(source: str) -> Iterator[str]:
    """Each line alone, and with all that follow it, one step to the left or to the right."""
    lines = source.rstrip("\n").split("\n")
    for place, line in enumerate(lines[:_MOST_LINES]):
        if not line.strip() or not place:
            continue
        for end in dict.fromkeys((place + 1, len(lines))):
            moved = [row.removeprefix("    ") for row in lines[place:end]]
            if line.startswith("    "):
                yield "\n".join([*lines[:place], *moved, *lines[end:]])
            yield "\n".join([*lines[:place], *("    " + row for row in lines[place:end]), *lines[end:]])


def _swapped(source: str, sentence: str, codes: Sequence[str]) -> Iterator[str]:
    """`this` for `that`, where one of them stands in the source; and beside it, where that is what is said."""
    beside = BESIDE.search(sentence) is not None
    says_to = _SAYS_TO.search(sentence) is not None
    pairs = [(new, old) for old in codes for new in codes if new != old and (says_to or not _are_names(new, old))]
    pairs += [(_bare(new), _bare(old)) for new, old in _INSTEAD.findall(sentence)]
    pairs += [(_bare(new), _bare(old)) for old, new in _CHANGE.findall(sentence)]
    if DELETES.search(sentence):
        pairs += [("", code) for code in codes]
    for new, old in pairs:
        if not old:
            continue
        pattern = re.compile(rf"(?<!\w){re.escape(old)}(?!\w)" if old[:1].isalnum() else re.escape(old))
        places = [match.span() for match in pattern.finditer(source)]
        for start, end in places[:4]:
            yield source[:start] + new + source[end:]
            if beside and new:
                yield f"{source[:end]} {new}{source[end:]}"
                yield f"{source[:start]}{new} {source[start:]}"
        if len(places) > 1:
            yield new.join(pattern.split(source))


def _are_names(*codes: str) -> bool:
    return all(re.fullmatch(r"[A-Za-z_]\w*(?:\(\))?", code) for code in codes)


def _bare(word: str) -> str:
    return word.strip("`'\".,;!?")


def _patterned(source: str, sentence: str) -> Iterator[str]:
    """A substitution as editors and `re.sub` write it."""
    told = [(found[2], found[3]) for found in _SED.finditer(sentence)]
    told += [(found[2], found[4]) for found in _PYTHON_SUB.finditer(sentence)]
    for old, new in told:
        plain = re.sub(r"\\(.)", r"\1", old)
        if plain in source:
            yield source.replace(plain, re.sub(r"\\(?!\d)(.)", r"\1", new))
            continue
        try:
            yield re.sub(old, new, source)
        except (re.error, IndexError):
            continue


def _wrapped(source: str, code: str) -> Iterator[str]:
    """A call with an open place, around each expression of the source."""
    opened = _OPEN.findall(code)
    if len(opened) != 1 or "(" not in code and "[" not in code:
        return
    tree = parsed(source)
    lines = source.split("\n")
    for node in _values(tree) if tree else ():
        if node.lineno != node.end_lineno or node.end_col_offset is None:
            continue
        row = lines[node.lineno - 1].encode()
        inner = row[node.col_offset : node.end_col_offset].decode()
        put = inner.join(_OPEN.split(code))
        whole = (row[: node.col_offset] + put.encode() + row[node.end_col_offset :]).decode()
        yield "\n".join([*lines[: node.lineno - 1], whole, *lines[node.lineno :]])


def _called(source: str, code: str) -> Iterator[str]:
    """A method, told with its dot, called on each expression of the source."""
    tree = parsed(source) if re.fullmatch(r"\.\w+\([^()]*\)", code) else None
    lines = source.split("\n")
    for node in _values(tree) if tree else ():
        if node.end_lineno is not None and node.end_col_offset is not None and isinstance(node, _SIMPLE):
            row = lines[node.end_lineno - 1].encode()
            whole = (row[: node.end_col_offset] + code.encode() + row[node.end_col_offset :]).decode()
            yield "\n".join([*lines[: node.end_lineno - 1], whole, *lines[node.end_lineno :]])


def _values(tree: ast.Module) -> list[ast.expr]:
    """What is assigned, given back, looped over or handed on: the places where a call may come around."""
    found: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.Return)) and node.value is not None:
            found.append(node.value)
        elif isinstance(node, (ast.For, ast.comprehension)):
            found.append(node.iter)
        elif isinstance(node, ast.Call):
            found += node.args
    return found[:_MOST_PLACES]


def _with_argument(source: str, code: str) -> Iterator[str]:
    """`name=value` as one more argument of each call."""
    found = _ARGUMENT.fullmatch(code)
    tree = parsed(source) if found else None
    if found is None or tree is None:
        return
    lines = source.split("\n")
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and (node.args or node.keywords)]
    for node in calls[:_MOST_PLACES]:
        if node.end_lineno is None or node.end_col_offset is None:
            continue
        row = lines[node.end_lineno - 1].encode()
        lone = len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp)
        end = node.end_col_offset - 1
        if lone and row[end - 1 : end] != b")":  # a bare generator needs brackets of its own beside an argument
            start = node.args[0].col_offset
            inner = row[start + 1 : end] if row[start : start + 1] == b"(" else row[start:end]
            whole = row[:start] + b"((" + inner.strip() + b"), " + code.encode() + row[end:]
        else:
            whole = row[:end] + b", " + code.encode() + row[end:]
        yield "\n".join([*lines[: node.end_lineno - 1], whole.decode(), *lines[node.end_lineno :]])
