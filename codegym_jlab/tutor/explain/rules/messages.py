"""Errors whose own words tell the cause: one table, the line is Python's."""

import ast
import re
from collections.abc import Iterator

from ..program import Candidate, Case, called, is_str

#: Pattern of `Type: message`, whose groups fill the text; cause, variant, how sure.
_TOLD = (
    (r"TypeError.*'(?:str' and '(?P<kind>int|float)|(?:int|float)' and 'str)'", "str_plus_int", "", 0.93),
    (r"TypeError: unsupported .*: 'str' and 'str'", "str_plus_int", "texts", 0.93),
    (r"TypeError: can only concatenate str \(not \"(?P<kind>int|float|bool)\"", "str_plus_int", "", 0.93),
    (r"TypeError: can only concatenate str", "str_plus_int", "", 0.7),
    (r"TypeError: can't multiply sequence by non-int of type 'str'", "str_plus_int", "texts", 0.9),
    (r"bad operand type for .*'str'|not all arguments converted|'str' object cannot be interpreted as an integer"
     r"|be real number, not str", "str_plus_int", "input", 0.86),
    (r"expected str instance, (?:int|float) found", "str_plus_int", "join", 0.86),
    (r"write\(\) argument must be str, not (?!bytes)(?P<kind>\w+)", "str_plus_int", "", 0.86),
    (r"bytes-like object is required, not 'str'|str to bytes|must be str, not bytes", "encoding", "bytes", 0.9),
    (r"for (?P<kind>int)\(\) .*: (?P<text>'-?\d*[.,]\d+')", "bad_conversion", "decimal", 0.96),
    (r"(?:literal for|string to) (?P<kind>\w+).*: (?P<text>''|\"\")", "bad_conversion", "empty", 0.96),
    (r"(?s)(?:literal for|string to) (?P<kind>\w+).*?: (?P<text>.{1,60})", "bad_conversion", "", 0.95),
    (r"(?P<kind>int|float)\(\) argument must be .*not (?P<text>.*)", "bad_conversion", "type", 0.75),
    (r"does not match format|Invalid isoformat|unconverted data", "bad_conversion", "date", 0.85),
    (r"cannot convert float NaN|Unable to parse|[Ii]nvalid literal", "bad_conversion", "", 0.75),
    (r"unhashable type: '(?:\w+\.)?(?P<kind>\w+)'", "unhashable_key", "", 0.95),
    (r"'(?P<kind>\w+)' object do(?:es not|esn't) support item (?:assign|delet)", "immutable_mutation", "", 0.95),
    (r"TypeError: cannot unpack non-iterable (?!NoneType)", "unpacking_mismatch", "single", 0.9),
    (r"pop from empty|pop from an empty", "empty_input", "pop", 0.9),
    (r"EOFError", "empty_input", "input", 0.87),
    (r"arg is an empty|empty sequence|empty iterable|requires at least one data|iterable argument is empty"
     r"|zero-size array|no data|No columns to parse|Expecting value|empty separator", "empty_input", "", 0.87),
    (r"UnicodeDecodeError", "encoding", "", 0.9),
    (r"UnicodeEncodeError|LookupError.* encoding", "encoding", "write", 0.9),
    (r"partially initialized module '(?P<name>[\w.]+)'|circular import", "circular_import", "", 0.96),
    (r"No module named '(?P<name>[\w.]+)'", "missing_import", "package", 0.6),
    (r"ZeroDivisionError", "division_by_zero", "", 0.93),
    (r"(?:o such file or directory|s a directory|ot a directory)[^']*'(?P<path>[^']*)", "file_not_found", "", 0.95),
    (r"ircular reference", "circular_reference", "data", 0.95),
    (r"coroutine|awaitable|in 'await' expression|async", "async_misuse", "", 0.9),
    (r"StopIteration", "generator_exhausted", "next", 0.75),
    (r"(?:tuple|list) indices must be .* not '?(?P<key>tuple)", "wrong_key_type", "pair", 0.85),
    (r"str(?:ing)? indices must be .* not '?(?P<key>(?!float)\w+)", "wrong_key_type", "text", 0.93),
    (r"TypeError: '(?P<kind>int|float|bool)' object is not (?P<name>iterable|subscriptable)",
     "wrong_method_for_type", "number", 0.45),
    (r"'(?P<kind>list|str|tuple|dict|set)' object cannot be interpreted as an integer", "two_kinds", "range", 0.93),
    (r"can only concatenate (?P<kind>list|tuple) \(not \"(?P<name>\w+)\"\) to", "two_kinds", "element", 0.75),
    (r"(?:instances of|for [^:]{1,9}:) '(?P<kind>\w+)' and '(?P<name>(?!NoneType)\w+)'", "two_kinds", "", 0.3),
)  # fmt: skip
_WORDS = {"kind": "int", "text": "", "name": "", "key": "", "path": "", "expected": "2", "got": "1"}
_TAKES_SOME = frozenset("max min choice mean median reduce argmax argmin mode sample".split())


def told(case: Case) -> Iterator[Candidate]:
    """What the table says of the message; numbers that came from `input()` get words of their own."""
    for pattern, cause, variant, sure in _TOLD:
        found = re.search(pattern, f"{case.error}: {case.message}")
        if found is None:
            continue
        words = _WORDS | {name: word for name, word in found.groupdict().items() if word}
        if cause == "str_plus_int" and not variant:
            tried = "concatenate" in case.message and any(called(one) in ("int", "float") for one in case.at(ast.Call))
            variant = "tried" if tried else "input" if "input" in case.source else ""
            if (start := _begins_with_number(case)) is not None:
                variant, words = "start", words | {"name": start[0], "at": str(start[1])}
        if cause == "empty_input":
            words["name"] = next((called(call) for call in case.at(ast.Call) if called(call) in _TAKES_SOME), "")
        asked = next((one for one in case.at(ast.Call) if _takes_typed(one)), None)
        if cause == "bad_conversion" and not variant and asked is not None and not re.search(r"\d", words["text"]):
            sure, variant = 0.97, "typed"
            words["name"] = next((case.text(one) for one in asked.args), "input()")
        if "as an integer" in case.message and (typed := _typed_name(case)) is not None:
            cause, variant, sure = "str_plus_int", "range", 0.95
            words |= {"name": typed[0], "at": str(typed[1])}
        if cause == "division_by_zero":
            divisors = {case.text(node) for node in _divisors(case)}
            words["name"], variant = (divisors.pop(), "") if len(divisors) == 1 else ("", "unknown")
        yield Candidate(case.line, cause, sure, words, variant)
        return


def _begins_with_number(case: Case) -> tuple[str, int] | None:
    """The name that begins as a number and that a written text is added to, with the line where it begins."""
    grown = [
        ast.unparse(one.targets[0] if isinstance(one, ast.Assign) else one.target)
        for one in case.at(ast.Assign, ast.AugAssign)
    ]
    is_text = any(map(is_str, case.at()))
    for node in case.all(ast.Assign) if is_text else ():
        name, value = ast.unparse(node.targets[0]), node.value
        if name in grown and isinstance(value, ast.Constant) and type(value.value) in (int, float):
            return name, node.lineno
    return None


def _takes_typed(call: ast.Call) -> bool:
    """Whether it is an `input(...)`."""
    return isinstance(call.func, ast.Name) and call.func.id == "input"


def _typed_name(case: Case) -> tuple[str, int] | None:
    """The name that a `range` of the statement is given and that holds what was typed, and the line of that."""
    given = [one for call in case.at(ast.Call) if called(call) == "range" for one in call.args]
    for name in (one for one in given if isinstance(one, ast.Name)):
        for value in case.values(name.id, name)[:1]:
            if isinstance(value, ast.Call) and _takes_typed(value):
                return name.id, value.lineno
    return None


def _divisors(case: Case) -> Iterator[ast.expr]:
    """What the statement divides by, where it is no number that is not 0."""
    for node in case.at(ast.BinOp, ast.AugAssign):
        by = node.right if isinstance(node, ast.BinOp) else node.value
        if isinstance(node.op, ast.Div | ast.FloorDiv | ast.Mod) and not (isinstance(by, ast.Constant) and by.value):
            yield by


RULES = (told,)
