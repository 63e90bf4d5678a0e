"""Inputs on which a solution and a mutant of it may differ: the author's own checks with other literals in them. Pure.

Tried are what stands at a border in the solution (`>= 8`), what is near the author's own values, and values drawn in
the shapes that the checks show: lists of numbers where lists of numbers stand.
"""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, zip_longest
from random import Random
from typing import Any

from codegym_jlab.course.checks import Check
from codegym_jlab.records import frozen

from .mutants import Slot, quoted, replaced, slots

FEW, MANY = 260, 2000  #: inputs that are tried in passing, and in a search
MOST_ALONE = 500  #: of those that cannot be asked together
_LONGEST = 3000  #: characters of a text whose literals are looked at
_COLLECTIONS = (ast.List, ast.Tuple, ast.Set)


@frozen
class Trial:
    """What a check does, without what it expects."""

    setup: str | None
    call: str | None
    run: str | None
    stdin: str | None

    @property
    def is_call(self) -> bool:
        """Nothing but an expression, so that many of them can be asked together."""
        return self.call is not None and not (self.setup or self.run or self.stdin)

    @property
    def check(self) -> Check:
        """The check that does this, and expects what the solution does."""
        return Check(setup=self.setup, call=self.call, run=self.run, stdin=self.stdin)

    @property
    def size(self) -> tuple[int, str]:
        """By which one is smaller than another."""
        text = "\n".join(part or "" for part in (self.stdin, self.call, self.run, self.setup))
        return len(text), text


def trials(
    checks: Sequence[Check], solution: str, most: int = FEW, seed: str = "", *, is_program: bool = False
) -> list[Trial]:
    """At most so many of them, all different, the smallest first; the same ones for the same seed.

    The likeliest FEW are edits of the author's own, the rest is drawn by their shapes. Of test text the calls of the
    solution are taken. Functions are called as their annotations and defaults say, and where a check looks at a
    variable, the others are looked at too.
    """
    known = _constants(solution)
    plain = [check for check in checks if not (check.code or check.random or check.figure)]
    own = [Trial(check.setup, check.call, check.run, check.stdin) for check in plain]
    own += [Trial(None, call, None, None) for check in checks for call in _calls_in(check.code or "", solution)]
    usual = [Trial(None, call, None, None) for call in _usual_calls(solution)]
    others = [Trial(None, name, None, None) for name in _other_variables(own, solution)]
    found = dict.fromkeys([*others, *usual, *_in_turns([_varied(trial, known) for trial in own])])
    found = dict.fromkeys(islice((trial for trial in found if trial not in own), FEW))
    if most > FEW:
        drawn = islice(_drawn([*own, *usual], known, Random(seed)), 2 * most)
        found |= dict.fromkeys(trial for trial in drawn if trial not in own)
    alone = [trial for trial in found if is_program or not trial.is_call][:MOST_ALONE]
    together = [trial for trial in found if trial.is_call and not is_program]
    return sorted([*alone, *together][:most], key=lambda trial: trial.size)


def _calls_in(code: str, solution: str) -> Iterator[str]:
    """Calls of what the solution defines, with nothing but literals in their brackets."""
    names = {node.name for node in nodes_of(solution) if isinstance(node, ast.FunctionDef)}
    for node in nodes_of(code):
        if not isinstance(node, ast.Call) or node.keywords:
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        try:
            arguments = [repr(ast.literal_eval(argument)) for argument in node.args]
        except (ValueError, TypeError, SyntaxError, RecursionError):
            continue
        if called in names:
            yield quoted(f"{called}({', '.join(arguments)})")


def nodes_of(text: str) -> list[ast.AST]:
    """Every node of a program, in its order; none of what is no Python."""
    try:
        return list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _varied(trial: Trial, known: list[Any]) -> Iterator[Trial]:
    """The first other value of each literal, then the second of each, and so on."""
    texts = [(name, text) for name in ("call", "run", "setup") for text in _variants(getattr(trial, name), known)]
    texts += [("stdin", lines) for lines in _other_lines(trial.stdin or "", known)]
    return _in_turns([[replace(trial, **{name: other}) for other in others] for name, others in texts])


def _in_turns(sources: Iterable[Iterable[Trial]]) -> Iterator[Trial]:
    for row in zip_longest(*sources):
        yield from (trial for trial in row if trial is not None)


def _other_lines(stdin: str, known: list[Any]) -> Iterator[list[str]]:
    lines = stdin.splitlines(keepends=True)
    for at, line in enumerate(lines):
        others = [str(value) for value in _others(_typed(line.rstrip("\n")), known)]
        yield ["".join([*lines[:at], other + "\n", *lines[at + 1 :]]) for other in others if "\n" not in other]


def _typed(word: str) -> Any:
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word


def _variants(text: str | None, known: list[Any]) -> Iterator[list[str]]:
    """The text with another value in the place of one of its literals: a list for each of them."""
    try:
        tree = ast.parse(text if text and len(text) <= _LONGEST else "")
    except (SyntaxError, ValueError, RecursionError):
        return
    for slot in slots(tree):
        if slot.is_within(ast.JoinedStr):
            continue
        others = []
        for other in _other_nodes(slot.node, known):
            slot.put(other)
            others.append(quoted(ast.unparse(tree)))
        slot.put(slot.node)
        yield list(dict.fromkeys(others))


def _other_nodes(node: ast.AST, known: list[Any]) -> Iterator[ast.expr]:
    if isinstance(node, ast.Dict):
        for pairs in _other_parts(list(zip(node.keys, node.values, strict=True))):
            yield ast.Dict([key for key, _ in pairs], [value for _, value in pairs])
    elif isinstance(node, _COLLECTIONS):
        if not isinstance(getattr(node, "ctx", None), ast.Store):
            yield from (replaced(node, elts=part) for part in _other_parts(node.elts))
    elif isinstance(node, (ast.Constant, ast.UnaryOp)):
        try:
            value = ast.literal_eval(node)
        except ValueError:
            return
        if isinstance(value, (int, float, str)):
            yield from (ast.parse(repr(other), mode="eval").body for other in _others(value, known))


def _other_parts(items: list[Any]) -> list[list[Any]]:
    return [items[:-1], items[1:], items[::-1], [*items, *items[:1]], [*items[-1:], *items], items[:1], []]


def _constants(solution: str) -> list[Any]:
    """Of the solution: borders and words on which something depends."""
    found = (node.value for node in nodes_of(solution) if isinstance(node, ast.Constant))
    return list(dict.fromkeys(v for v in found if isinstance(v, (int, float, str)) and len(str(v)) <= 20))


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
        joined = [text for word in alike[:4] for text in (value + word, word + value)]
        less, more = (value[:-1], value[1:]), (value + "a", value + value[-1:])
        written = (value.upper(), value.lower(), value.title(), value[::-1])
        found = [*alike[:8], *joined, *less, *more, *written, value + " ", " " + value, value * 2, ""]
    return [other for other in dict.fromkeys(found) if other != value]


def _usual_calls(solution: str) -> Iterator[str]:
    """A call of each function whose parameters all have an annotation or a default that says what they are."""
    for node in ast.parse(solution).body if nodes_of(solution) else ():
        if not isinstance(node, ast.FunctionDef) or not node.args.args:
            continue
        parameters = node.args.args
        defaults = [None] * (len(parameters) - len(node.args.defaults)) + list(node.args.defaults)
        examples = [
            _example(parameter.annotation, default) for parameter, default in zip(parameters, defaults, strict=True)
        ]
        if None not in examples:
            yield quoted(f"{node.name}({', '.join(map(str, examples))})")


def _other_variables(own: Sequence[Trial], solution: str) -> list[str]:
    """Of the solution, where a check looks at one of them; else students name theirs as they like."""
    tree = ast.parse(solution).body if nodes_of(solution) else []
    targets = [target for node in tree if isinstance(node, ast.Assign) for target in node.targets]
    names = dict.fromkeys(target.id for target in targets if isinstance(target, ast.Name))
    looked_at = {node.id for trial in own for node in nodes_of(trial.call or "") if isinstance(node, ast.Name)}
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


# ---------------------------------------------------------------- by shape


@dataclass(slots=True)
class _Shape:
    """A check with holes in the place of its values, and what the author's checks have in each hole."""

    trees: dict[str, ast.Module]  #: setup, call and run
    holes: list[tuple[Slot, list[Any]]]
    stdins: list[list[Any]]  #: the lines that are typed, numbers as numbers

    def draw(self, rng: Random, known: list[Any]) -> Trial:
        """One of them with some other values, and perhaps with a statement less, or one twice."""
        model = rng.randrange(len(self.holes[0][1])) if self.holes else 0
        kept = 0.0 if len(self.holes) == 1 else 0.5 if len(self.holes) <= 3 else 0.7
        linked = {}  # what is the same in each check, as the name of a file, stays the same
        for slot, seen in self.holes:
            if repr(seen) not in linked or rng.random() < 0.2:
                linked[repr(seen)] = seen[model] if rng.random() < kept else _value(seen, rng, known)
            slot.put(ast.parse(repr(linked[repr(seen)]), mode="eval").body)
        parts = {}
        for name, tree in self.trees.items():
            body = list(tree.body)
            if name != "call" and rng.random() < 0.3:
                at = rng.randrange(len(body))
                body[at : at + 1] = [body[at]] * rng.choice((0, 2))
            parts[name] = quoted(ast.unparse(ast.Module(body, []))) or None
        stdin = "".join(f"{line}\n" for line in _lines(self.stdins, rng, known)) if self.stdins else None
        return Trial(parts.get("setup"), parts.get("call"), parts.get("run"), stdin)


def _drawn(own: Sequence[Trial], known: list[Any], rng: Random) -> Iterator[Trial]:
    """Without end, a check of each shape in turn."""
    shapes: dict[str, _Shape] = {}
    for trial in own:
        texts = {name: getattr(trial, name) for name in ("setup", "call", "run") if getattr(trial, name)}
        try:
            trees = {name: ast.parse(text) for name, text in texts.items() if len(text) <= _LONGEST}
        except (SyntaxError, ValueError, RecursionError):
            continue
        holes = [found for tree in trees.values() for found in _holes(tree)]
        for slot, _ in holes:
            slot.put(ast.Constant(None))
        blank = repr({name: ast.dump(tree) for name, tree in trees.items()})
        shape = shapes.setdefault(blank, _Shape(trees, [(slot, []) for slot, _ in holes], []))
        for (_, seen), (_, value) in zip(shape.holes, holes, strict=True):
            seen.append(value)
        if trial.stdin is not None:
            shape.stdins.append([_typed(line) for line in trial.stdin.splitlines()])
    shapes = {
        blank: shape for blank, shape in shapes.items() if shape.holes or shape.stdins or {*shape.trees} - {"call"}
    }
    while shapes:
        yield from (shape.draw(rng, known) for shape in shapes.values())


def _holes(tree: ast.Module) -> list[tuple[Slot, Any]]:
    """The largest literals in it, with their values."""
    found: list[tuple[Slot, Any]] = []
    for slot in list(slots(tree)):
        if slot.is_within(ast.JoinedStr) or any(parent is taken.node for parent in slot.parents for taken, _ in found):
            continue
        try:
            found.append((slot, ast.literal_eval(slot.node)))
        except (ValueError, TypeError, SyntaxError, RecursionError):
            continue
    return found


def _value(seen: Sequence[Any], rng: Random, known: list[Any]) -> Any:
    """One like those that were seen: of the type of one of them, of about their size."""
    model = rng.choice(seen)
    alike = [one for one in seen if type(one) is type(model)]
    if isinstance(model, bool):
        return rng.random() < 0.5
    same = [one for one in known if type(one) is type(model)]
    if isinstance(model, (int, float)):
        return _some_number(alike, rng, same)
    if isinstance(model, str):
        return _some_text(alike, rng, same)
    if isinstance(model, dict):
        return _some_dict(alike, rng, known)
    if isinstance(model, (list, tuple, set, frozenset)):
        return _some_items(alike, rng, known)
    return model


def _some_number(alike: list[Any], rng: Random, known: list[Any]) -> Any:
    way = rng.random()
    if way < 0.5:
        return rng.choice([*alike, *known]) + rng.choice((0, 0, 1, -1))
    least = -5 if min(alike) < 0 else 0
    if not isinstance(alike[0], int):
        return rng.randint(least, 9) + rng.choice((0.0, 0.0, 0.5, 0.25))
    return rng.randint(least, 12) if way < 0.75 else rng.randint(min(least, *alike), max(12, *alike) * 2)


def _some_text(alike: list[str], rng: Random, known: list[str]) -> str:
    if rng.random() < 0.6:
        return rng.choice([*alike, *known])
    letters = "".join(sorted({*"".join([*alike, *known]), "a"}))
    return "".join(rng.choice(letters) for _ in range(rng.randint(0, min(8, max(map(len, alike)) + 1))))


def _some_dict(alike: list[dict[Any, Any]], rng: Random, known: list[Any]) -> dict[Any, Any]:
    keys, values = [key for one in alike for key in one], [value for one in alike for value in one.values()]
    if len({tuple(one) for one in alike}) == 1:  # a record
        return {key: _value([one[key] for one in alike], rng, known) for key in alike[0]}
    number = rng.randint(0, max(map(len, alike)) + 1)
    return {_value(keys, rng, known): _value(values, rng, known) for _ in range(number)}


def _some_items(alike: list[Any], rng: Random, known: list[Any]) -> Any:
    kind, lengths, pool = type(alike[0]), {len(one) for one in alike}, [item for one in alike for item in one]
    if kind is tuple and len(lengths) == 1:
        return tuple(_value([one[place] for one in alike], rng, known) for place in range(len(alike[0])))
    found: list[Any] = []
    for _ in range(rng.randint(0, max(lengths) + 1) if pool else 0):
        again = found and rng.random() < 0.3
        found.append(rng.choice(found) if again else _value(pool, rng, known))
    return kind(found)


def _lines(seen: list[list[Any]], rng: Random, known: list[Any]) -> list[Any]:
    """Lines that are typed: the author's own with up to three edits, since what they mean depends on their place."""
    lines, pool = list(rng.choice(seen)), [line for one in seen for line in one]
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(lines)) if lines else 0
        edit = rng.random()
        if edit < 0.7 and lines:
            lines[at] = _value([line for line in pool if type(line) is type(lines[at])], rng, known)
        elif edit < 0.85 and pool:
            lines.insert(at, _value(pool, rng, known))
        elif lines:
            del lines[at]
    return lines
