"""Errors whose own words tell the cause: one table, the line is Python's."""

import ast
import re
from collections.abc import Iterator
from typing import Any

from ..program import Candidate, Case, called, is_str, rows_of, targets

#: How sure, cause, variant, and the pattern of `Type: message`, whose groups fill the text.
_TOLD = rows_of(r"""
0.93 str_plus_int          -       TypeError.*'str' and '(?P<kind>int|float)'
0.93 str_plus_int          -       TypeError.*'(?P<kind>int|float)' and 'str'
0.95 not_callable_parens   caret   TypeError: unsupported .* for \^=?: '(?:int|float)
0.93 str_plus_int          texts   TypeError: unsupported .*: 'str' and 'str'
0.93 str_plus_int          -       TypeError: can only concatenate str \(not \"(?P<kind>int|float|bool)\"
0.86 two_kinds             -       can only concatenate (?P<kind>str) \(not \"(?P<name>(?!NoneType)\w+)\"
0.7  str_plus_int          -       TypeError: can only concatenate str
0.9  str_plus_int          texts   TypeError: can't multiply sequence by non-int of type 'str'
0.86 str_plus_int          input   bad operand type for .*'str'|not all arguments converted|be real number, not str
0.86 str_plus_int          input   'str' object cannot be interpreted as an integer
0.86 str_plus_int          join    expected str instance, (?:int|float) found
0.86 str_plus_int          -       write\(\) argument must be str, not (?!bytes)(?P<kind>\w+)
0.9  encoding              bytes   bytes-like object is required, not 'str'|str to bytes|must be str, not bytes
0.96 bad_conversion        decimal for (?P<kind>int)\(\) .*: (?P<text>'-?\d*[.,]\d+')
0.96 bad_conversion        empty   (?:literal for|string to) (?P<kind>\w+).*: (?P<text>''|\"\")
0.95 bad_conversion        -       (?s)(?:literal for|string to) (?P<kind>\w+).*?: (?P<text>.{1,60})
0.75 bad_conversion        type    (?P<kind>int|float)\(\) argument must be .*not (?P<text>.*)
0.85 bad_conversion        date    does not match format|Invalid isoformat|unconverted data
0.75 bad_conversion        -       cannot convert float NaN|Unable to parse|[Ii]nvalid literal
0.95 unhashable_key        -       unhashable type: '(?:\w+\.)?(?P<kind>\w+)'
0.95 immutable_mutation    -       '(?P<kind>\w+)' object do(?:es not|esn't) support item (?:assign|delet)
0.9  unpacking_mismatch    single  TypeError: cannot unpack non-iterable (?!NoneType)
0.9  empty_input           pop     pop from empty|pop from an empty
0.87 empty_input           input   EOFError
0.87 empty_input           -       arg is an empty|empty sequence|empty iterable|iterable argument is empty
0.87 empty_input           -       empty separator|requires at least one data|zero-size array
0.87 empty_input           -       no data|No columns to parse|Expecting value
0.9  encoding              -       UnicodeDecodeError
0.9  encoding              write   UnicodeEncodeError|LookupError.* encoding
0.96 circular_import       -       partially initialized module '(?P<name>[\w.]+)'|circular import
0.6  missing_import        package No module named '(?P<name>[\w.]+)'
0.93 division_by_zero      -       ZeroDivisionError
0.95 file_not_found        -       (?:o such file or directory|s a directory|ot a directory)[^']*'(?P<path>[^']*)
0.95 circular_reference    data    ircular reference
0.9  async_misuse          -       coroutine|awaitable|in 'await' expression|async
0.75 generator_exhausted   next    StopIteration
0.96 wrong_key_type        comma   str(?:ing)? indices must be .* not '?(?P<key>tuple)
0.85 wrong_key_type        pair    (?:tuple|list) indices must be .* not '?(?P<key>tuple)
0.93 wrong_key_type        text    str(?:ing)? indices must be .* not '?(?P<key>(?!float)\w+)
0.45 wrong_method_for_type number  TypeError: '(?P<kind>int|float|bool)' object is not (?P<name>iterable|subscriptable)
0.93 two_kinds             range   '(?P<kind>list|str|tuple|dict|set)' object cannot be interpreted as an integer
0.75 two_kinds             element can only concatenate (?P<kind>list|tuple) \(not \"(?P<name>\w+)\"\) to
0.3  two_kinds             -       (?:instances of|for [^:]{1,9}:) '(?P<kind>\w+)' and '(?P<name>(?!NoneType)\w+)'
""")
_WORDS = {"kind": "int", "text": "", "expected": "2"}
_TAKES_SOME = frozenset("max min choice mean median reduce argmax argmin mode sample".split())


def told(case: Case) -> Iterator[Candidate]:
    """What the table says of the message; numbers that came from `input()` get words of their own."""
    for pattern, cause, variant, sure in _TOLD:
        found = re.search(pattern, f"{case.error}: {case.message}")
        if found is None:
            continue
        words = _WORDS | {name: word for name, word in found.groupdict().items() if word}
        if cause == "str_plus_int" and not variant:
            tried = "concatenate" in case.message and any(called(one) in ("int", "float") for one in case.at())
            variant = "tried" if tried else "input" if "input" in case.source else ""
            if (start := _begins_with_number(case)) is not None:
                variant, words = "start", words | {"name": start[0], "at": str(start[1])}
        if cause == "str_plus_int" and variant in ("", "input") and (plain := _plain_number(case)):
            variant, words = "plain", words | {"name": plain}
        if variant == "input" and (made := _made_number(case)) is not None:
            variant, words = "made", words | {"name": made[0], "at": str(made[1])}
        if cause == "empty_input":
            words["name"] = next((called(one) for one in case.at() if called(one) in _TAKES_SOME), "")
        asked = next(filter(_takes_typed, case.at()), None)
        is_prompt = asked is not None or words["text"].rstrip("'\" ")[-1:] in (*":?",)
        if cause == "bad_conversion" and is_prompt and words["text"] in map(repr, _literals(case)):
            sure, variant = 0.97, "literal"
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


def _literals(case: Case) -> Iterator[str]:
    """The texts that stand themselves in the brackets of `int(...)` or `float(...)`."""
    for call in case.at(ast.Call):
        if called(call) in ("int", "float"):
            yield from (str(one.value) for one in call.args if isinstance(one, ast.Constant) and is_str(one))


def _plain_number(case: Case) -> str:
    """A number as it is written, that is added to what a name holds; "" for none."""
    sums = [(one.left, one.right) for one in case.at(ast.BinOp) if isinstance(one.op, ast.Add)]
    sums += [(one.target, one.value) for one in case.at(ast.AugAssign) if isinstance(one.op, ast.Add)]
    values = (right for left, right in sums if isinstance(left, ast.Name) and isinstance(right, ast.Constant))
    return next((case.text(one) for one in values if type(one.value) in (int, float)), "")


def _made_number(case: Case) -> tuple[str, int] | None:
    """A name that is added to a text and that a line above has made a number, with that line."""
    names = [one for one in case.at(ast.Name) if isinstance(one.ctx, ast.Load)] if any(map(is_str, case.at())) else []
    for name in names:
        for value in case.values(name.id, name)[:1]:
            is_worked_out = isinstance(value, ast.BinOp) and not isinstance(value.op, ast.Add | ast.Mod | ast.Mult)
            if (is_worked_out or called(value) in ("int", "float")) and value.lineno != case.line:
                return name.id, value.lineno
    return None


def _begins_with_number(case: Case) -> tuple[str, int] | None:
    """The name that begins as a number and that a written text is added to, with the line where it begins."""
    grown = [ast.unparse(targets(one)[0]) for one in case.at(ast.Assign, ast.AugAssign)]
    prompts = [one for call in case.at(ast.Call) if called(call) == "input" for one in call.args]
    is_text = any(is_str(one) and one not in prompts for one in case.at())
    for node in case.all(ast.Assign) if is_text else ():
        name, value = ast.unparse(node.targets[0]), node.value
        if name in grown and isinstance(value, ast.Constant) and type(value.value) in (int, float):
            return name, node.lineno
    return None


def _takes_typed(node: Any) -> bool:
    """Whether it is an `input(...)`."""
    return called(node) == "input" and isinstance(node.func, ast.Name)


def _typed_name(case: Case) -> tuple[str, int] | None:
    """The name that a `range` of the statement is given and that holds what was typed, and the line of that."""
    given = [one for call in case.at() if called(call) == "range" for one in call.args]
    for name in (one for one in given if isinstance(one, ast.Name)):
        for value in case.values(name.id, name)[:1]:
            if _takes_typed(value):
                return name.id, value.lineno
    return None


def _divisors(case: Case) -> Iterator[ast.expr]:
    """What the statement divides by, where it is no number that is not 0."""
    for node in case.at(ast.BinOp, ast.AugAssign):
        by = node.right if isinstance(node, ast.BinOp) else node.value
        if isinstance(node.op, ast.Div | ast.FloorDiv | ast.Mod) and not (isinstance(by, ast.Constant) and by.value):
            yield by


RULES = (told,)
