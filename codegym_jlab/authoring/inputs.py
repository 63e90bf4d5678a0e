"""Inputs on which a solution and a mutant of it may differ: the author's own checks with edits in them. Pure.

Tried are what stands at a border in the solution (`>= 8`), what is near the author's own values, shorter and longer
lists, statements less or twice; first one edit, then several at once, drawn at random. Edits keep a value's type.
"""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import islice, zip_longest
from random import Random
from typing import Any

from codegym_jlab.course.checks import Check
from codegym_jlab.records import frozen, literal_eval, parse
from codegym_jlab.tutor.explain.program import called
from codegym_jlab.tutor.guard.syntax import body_of, nodes_of, twin

from .mutants import Slot, quoted, slots

FEW, MANY = 260, 600  #: inputs that are tried in passing, and in a search
_LONGEST = 3000  #: characters of a text whose literals are looked at
_GREATEST = 1e300  #: a number that is typed; greater ones have no literal
_COLLECTIONS = (ast.List, ast.Tuple, ast.Set)
#: What can be edited.
_EDITED = (ast.stmt, ast.Dict, *_COLLECTIONS, ast.Constant, ast.UnaryOp)
_WHOLE = (ast.JoinedStr, ast.UnaryOp)  #: not their parts


@frozen
class Trial:
    """What a check does, without what it expects."""

    call: str | None
    run: str | None = None
    setup: str | None = None
    stdin: str | None = None

    @property
    def check(self) -> Check:
        """The check that does this, and expects what the solution does."""
        return Check(**asdict(self))

    @property
    def size(self) -> tuple[int, str]:
        """By which one is smaller than another."""
        text = "\n".join(part or "" for part in (self.stdin, self.call, self.run, self.setup))
        return len(text), text


def trials(checks: Sequence[Check], solution: str, most: int = FEW, seed: str = "") -> list[Trial]:
    """At most so many of them, all different, the smallest first; the same ones for the same seed.

    The first FEW have one edit of the author's own, the rest several. Of test text the calls of the solution are taken.
    Functions are called as their annotations and defaults say, and where a check looks at a variable, the others are
    looked at too.
    """
    known = _constants(solution)
    plain = [check for check in checks if not (check.code or check.random or check.figure)]
    own = [Trial(check.call, check.run, check.setup, check.stdin) for check in plain]
    own += [Trial(call) for check in checks for call in _calls_in(check.code or "", solution)]
    usual = list(map(Trial, _usual_calls(solution)))
    others = map(Trial, _other_variables(own, solution))
    edited = _in_turns([_in_turns(_edits(trial, known)) for trial in own])
    found = dict.fromkeys(islice((t for t in dict.fromkeys([*others, *usual, *edited]) if t not in own), FEW))
    if most > FEW and (begun := [*own, *usual]):
        drawn = _drawn(begun, known, Random(seed))
        found |= dict.fromkeys(trial for trial in islice(drawn, 2 * most) if trial not in own)
    return sorted([*found][:most], key=lambda trial: trial.size)


def _calls_in(code: str, solution: str) -> Iterator[str]:
    """Calls of what the solution defines, with nothing but literals in their brackets."""
    names = {node.name for node in nodes_of(solution, ast.FunctionDef)}
    for node in nodes_of(code, ast.Call):
        if node.keywords:
            continue
        try:
            arguments = [repr(literal_eval(argument)) for argument in node.args]
        except (ValueError, TypeError, SyntaxError, RecursionError):
            continue
        if (name := called(node)) in names:
            yield quoted(f"{name}({', '.join(arguments)})")


def _edits(trial: Trial, known: list[Any]) -> list[Iterator[Trial]]:
    """For each place in it the same with something else there."""
    found = []
    for name in ("call", "run", "setup", "stdin"):
        text = getattr(trial, name)
        if not text or len(text) > _LONGEST:
            continue
        try:
            typed = repr([_typed(line) for line in text.splitlines()])
            tree = parse(typed if name == "stdin" else text, mode="exec" if name in ("run", "setup") else "eval")
        except (SyntaxError, ValueError, RecursionError):
            continue
        places = [slot for slot in slots(tree) if isinstance(slot.node, _EDITED) and not slot.is_within(*_WHOLE)]
        found += [_edits_at(slot, tree, trial, name, known) for slot in places]
    return found


def _edits_at(slot: Slot, tree: ast.AST, trial: Trial, name: str, known: list[Any]) -> Iterator[Trial]:
    for other in _other_nodes(slot.node, known):
        slot.put(other)
        text = quoted(ast.unparse(tree))
        slot.put(slot.node)
        if name == "stdin":
            text = "".join(f"{line}\n" for line in literal_eval(text))
        if text or name == "stdin":
            yield replace(trial, **{name: text})


def _in_turns(sources: Iterable[Iterable[Trial]]) -> Iterator[Trial]:
    """The first of each, then the second of each, and so on."""
    for row in zip_longest(*sources):
        yield from (trial for trial in row if trial is not None)


def _drawn(own: Sequence[Trial], known: list[Any], rng: Random) -> Iterator[Trial]:
    """Without end: one of them with some edits."""
    while True:
        trial = rng.choice(own)
        for _ in range(rng.randint(2, 4)):
            places = _edits(trial, known)
            trial = rng.choice([*rng.choice(places)] or [trial]) if places else trial
        yield trial


def _typed(line: str) -> Any:
    """The number that is typed, else the text."""
    try:
        value = literal_eval(line)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return line
    return value if type(value) in (int, float) and abs(value) < _GREATEST else line


def _other_nodes(node: ast.AST, known: list[Any]) -> Iterator[ast.AST]:
    if isinstance(node, ast.stmt):  # left out, or done twice
        yield from (ast.Module(body, []) for body in ([], [node, node]))
    elif isinstance(node, ast.Dict):
        for pairs in _other_parts(list(zip(node.keys, node.values, strict=True))):
            yield ast.Dict([key for key, _ in pairs], [value for _, value in pairs])
    elif isinstance(node, _COLLECTIONS):
        if not isinstance(getattr(node, "ctx", None), ast.Store):
            yield from (twin(node, elts=part) for part in _other_parts(node.elts))
    elif isinstance(node, ast.Constant | ast.UnaryOp):
        try:
            value = literal_eval(node)
        except ValueError:
            return
        if isinstance(value, int | float | str):
            yield from (parse(repr(other), mode="eval").body for other in _others(value, known))


def _other_parts(items: list[Any]) -> list[list[Any]]:
    return [items[:-1], items[1:], items[::-1], [*items, *items[:1]], [*items[-1:], *items], items[:1], []]


def _constants(solution: str) -> list[Any]:
    """Of the solution: borders and words on which something depends."""
    found = (node.value for node in nodes_of(solution, ast.Constant))
    return list(dict.fromkeys(v for v in found if isinstance(v, int | float | str) and len(str(v)) <= 20))


def _others(value: Any, known: list[Any]) -> list[Any]:
    """Other values of the same kind, the likeliest first."""
    if isinstance(value, bool):
        return [not value]
    alike = [one for one in known if type(one) is type(value)]
    found: list[Any]
    if isinstance(value, int):
        nearest = sorted(alike, key=lambda number: abs(number - value))[:6]
        found = [value + 1, value - 1, *(n + by for n in nearest for by in (0, 1, -1)), 0, 1, 2, 3, value * 2, -value]
    elif isinstance(value, float):
        found = [*alike, value + 1, value - 1, value + 0.5, value * 2, 0.0, -value]
    else:
        found = [
            *alike[:8],
            *(value + word for word in alike[:4]),
            value[:-1],
            value[1:],
            value + "a",
            value + value[-1:],
        ]
        found += [value.upper(), value.lower(), value.title(), value[::-1], value + " ", " " + value, value * 2, ""]
    return [other for other in dict.fromkeys(found) if other != value]


def _usual_calls(solution: str) -> Iterator[str]:
    """A call of each function whose parameters all have an annotation or a default that says what they are."""
    for node in body_of(solution):
        if not isinstance(node, ast.FunctionDef) or not node.args.args:
            continue
        parameters = node.args.args
        defaults = [None] * (len(parameters) - len(node.args.defaults)) + node.args.defaults
        examples = [_example(one.annotation, default) for one, default in zip(parameters, defaults, strict=True)]
        if None not in examples:
            yield quoted(f"{node.name}({', '.join(map(str, examples))})")


def _other_variables(own: Sequence[Trial], solution: str) -> list[str]:
    """Of the solution, where a check looks at one of them; else students name theirs as they like."""
    assigned = [node for node in body_of(solution) if isinstance(node, ast.Assign)]
    targets = [target for node in assigned for target in node.targets]
    names = dict.fromkeys(target.id for target in targets if isinstance(target, ast.Name))
    looked_at = {node.id for trial in own for node in nodes_of(trial.call or "", ast.Name)}
    return list(names) if looked_at & {*names} else []


_EXAMPLES = {"int": "1", "float": "0.5", "str": "'a'", "bool": "True", "None": "None"}
_OF_PARTS = {"list": "[{}]", "set": "{{{}}}", "tuple": "({},)", "dict": "{{{}: {}}}", "Sequence": "[{}]"}


def _example(annotation: ast.expr | None, default: ast.expr | None = None) -> str | None:
    """The text of a value of this type; None where it is not known."""
    if annotation is None:
        return ast.unparse(default) if isinstance(default, ast.Constant) and default.value is not None else None
    match annotation:
        case ast.BinOp(left=left):  # `int | None`
            return _example(left)
        case ast.Subscript(value=ast.Name(id=name), slice=inner) if name in _OF_PARTS:
            parts = [_example(part) for part in (inner.elts if isinstance(inner, ast.Tuple) else [inner])]
            if name == "tuple":
                parts = [", ".join(filter(None, parts))]
            fits = None not in parts and len(parts) == _OF_PARTS[name].count("{}")
            return _OF_PARTS[name].format(*parts) if fits else None
    return _EXAMPLES.get(ast.unparse(annotation))
