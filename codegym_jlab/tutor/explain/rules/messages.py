"""Errors whose own words tell the cause: one table, the line is Python's."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..program import Candidate, Candidates, Case, called, is_str, names_in, rows_of, targets

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
0.85 str_plus_int          input   can't multiply sequence by non-int of type '(?P<kind>float)'
0.86 str_plus_int          input   bad operand type for .*'str'|not all arguments converted|be real number, not str
0.86 str_plus_int          input   'str' object cannot be interpreted as an integer
0.86 str_plus_int          join    expected str instance, (?:int|float) found
0.86 str_plus_int          write   write\(\) argument must be str, not (?P<kind>int|float|bool)
0.9  encoding              bytes   bytes-like object is required, not 'str'|str to bytes|must be str, not bytes
0.97 bad_conversion        comma   to (?P<kind>float): (?P<text>'-?\d+,\d+')
0.96 bad_conversion        decimal for (?P<kind>int)\(\) .*: (?P<text>'-?\d*[.,]\d+')
0.96 bad_conversion        empty   (?:literal for|string to) (?P<kind>\w+)\b.*: (?P<text>''|\"\")
0.95 bad_conversion        -       (?s)(?:literal for|string to) (?P<kind>\w+)\b.*?: (?P<text>.{1,60})
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
0.95 puzzle                not_held ValueError: (?:list\.(?:remove|index)\(x\): x not in|.* is not in) list
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
0.93 two_kinds             minus   for -: '(?P<kind>list)' and '(?P<name>list)'
0.3  two_kinds             -       (?:instances of|for [^:]{1,9}:) '(?P<kind>\w+)' and '(?P<name>(?!NoneType)\w+)'
""")
_WORDS = {"kind": "int", "text": "", "expected": "2"}
_TAKES_SOME = frozenset("max min choice mean median reduce argmax argmin mode sample".split())


def told(case: Case) -> Candidates:
    """What the table says of the message; numbers that came from `input()` get words of their own."""
    for pattern, cause, variant, sure in _TOLD:
        found = re.search(pattern, f"{case.error}: {case.message}")
        if found is None:
            continue
        words = _WORDS | {name: word for name, word in found.groupdict().items() if word}
        if cause == "str_plus_int" and not variant:
            tried = "concatenate" in case.message and any(called(one) in ("int", "float") for one in case.at())
            variant = "tried" if tried else "input" if "input" in case.source else ""
            if not tried and (number := _number(case)) is not None:
                grown = [ast.unparse(targets(one)[0]) for one in case.at(ast.Assign, ast.AugAssign)]
                variant, words = "start" if number["name"] in grown else "made", words | number
            for call in case.at(ast.Call):
                match call:
                    case ast.Call(ast.Name("sum"), [ast.Name(name)]):
                        variant, words["name"] = "sum", name
        for side in (part for one in case.at(ast.Compare) for part in (one.left, *one.comparators)):
            if is_str(side) and cause in ("two_kinds", "str_plus_int") and "not supported between" in case.message:
                cause, sure, variant, words["text"] = "two_kinds", 0.9, "literal", ast.unparse(side)
        if cause == "empty_input":
            words["name"] = next((called(one) for one in case.at() if called(one) in _TAKES_SOME), "")
        converted = [one for call in case.at() if called(call) in ("int", "float") for one in call.args]
        asked = next(filter(_is_input, converted), None)
        if cause == "bad_conversion" and not variant and asked is not None and not re.search(r"\d", words["text"]):
            sure, variant = 0.97, "typed"
            words["name"] = next((ast.unparse(one) for one in asked.args), "input()")
        if variant == "comma" and words["kind"] == "float" and "input(" not in case.source:  # it comes from a file
            variant = ""
        if cause == "division_by_zero":
            divisors = {ast.unparse(node) for node in _divisors(case)}
            words["name"], variant = (divisors.pop(), "") if len(divisors) == 1 else ("", "unknown")
        yield Candidate(cause, sure, words, variant)
        return


def _source(case: Case, names: Iterable[Any], is_meant: Callable[[ast.expr], bool]) -> dict[str, str] | None:
    """The first of these names whose value comes from a line above of a kind that is meant, and that line."""
    function, loops = case.function, case.all(ast.For, ast.comprehension)
    given = {one.arg for one in function.args.args} if function is not None else set()
    given |= {name for loop in loops for name in names_in(loop.target)}  # these have other values each time
    for name in (one for one in names if isinstance(one, ast.Name) and one.id not in given):
        value = next((one for one in case.values(name.id, name) if one.lineno != case.line), None)
        if value is not None and is_meant(value):
            return {"name": name.id, "at": str(value.lineno)}
    return None


def _number(case: Case) -> dict[str, str] | None:
    """A name that is added to a written text and that a line above has made a number, with that line."""
    joined = [one for one in case.at(ast.BinOp, ast.AugAssign) if isinstance(one.op, ast.Add) and _has_text(case, one)]
    return _source(case, [one for one in case.at(ast.Name) if case.parents[one] in joined], _is_number)


def _has_text(case: Case, node: ast.AST) -> bool:
    """Whether a text is written in it, other than for a call such as `input("Age: ")`."""
    return any(is_str(one) and not isinstance(case.parents[one], ast.Call) for one in ast.walk(node))


def _is_number(value: ast.expr) -> bool:
    """Whether a value is surely a number: it is written as one, worked out, or converted."""
    match value:
        case ast.BinOp(_, sign, _):
            return not isinstance(sign, ast.Add | ast.Mod | ast.Mult)
        case ast.Constant(int() | float() as one):
            return not isinstance(one, bool)
    return called(value) in ("int", "float")


def _is_input(node: Any) -> bool:
    """Whether it is an `input(...)`."""
    return called(node) == "input" and isinstance(node.func, ast.Name)


def _divisors(case: Case) -> Iterator[ast.expr]:
    """What the statement divides by, where it is no number that is not 0."""
    for node in case.at(ast.BinOp, ast.AugAssign):
        by = node.right if isinstance(node, ast.BinOp) else node.value
        if isinstance(node.op, ast.Div | ast.FloorDiv | ast.Mod) and not (isinstance(by, ast.Constant) and by.value):
            yield by


def counted(case: Case) -> Candidates:
    """What a `range` is given comes from a line above: as it was typed, or as a float."""
    given = [one for call in case.at() if called(call) == "range" for one in call.args]
    if not case.said("TypeError", "as an integer"):
        return
    if typed := _source(case, given, _is_input):
        yield Candidate("str_plus_int", 0.95, typed, "range")
    if made := _source(case, given, lambda value: called(value) == "float"):
        yield Candidate("integer_division", 0.95, made, "float")


RULES = (told, counted)
