"""Which of the author's wrong ideas a student has: by the stored judgement's pattern, else by the code's own form.

No check is run on the student's code for it: a pattern is what the records hold already, and forms are compared as
syntax trees. So the tutor's answer tells no more about hidden checks than the judgement did.
"""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Iterator

from codegym_jlab.course.schema import Exercise, Misconception

from .asked import Asked

#: Of the lines of two programs, the share that must agree, names aside.
ALIKE = 0.8


def wrong_idea(asked: Asked) -> Misconception | None:
    """The one to speak of; None for an answer that passes, is nobody's, or of which only labels may be seen."""
    exercise = asked.exercise
    if exercise is None or not asked.tells_ideas or asked.is_accepted or not exercise.misconceptions:
        return None
    if asked.judged is not None and asked.judged.misconception is not None:
        return next((one for one in exercise.misconceptions if one.id == asked.judged.misconception), None)
    return by_form(exercise, asked.situation.source)


def by_form(exercise: Exercise, source: str) -> Misconception | None:
    """The wrong code that `source` is most like, if it is nearer to it than to the solution."""
    own = _forms(source)
    if not own:
        return None
    alike = [(_share(own, _forms(one.wrong)), one) for one in exercise.misconceptions]
    most, found = max(alike, key=lambda pair: pair[0])
    return found if most >= ALIKE and most > _share(own, _forms(exercise.solution)) else None


def _forms(text: str) -> Counter[str]:
    """The statements of a program without those within them, one set of names for all; each weighed by its size."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Counter()
    names: dict[str, str] = {}
    statements = []
    for node in _in_order(tree):
        if isinstance(node, ast.Name) and not hasattr(builtins, node.id):
            node.id = names.setdefault(node.id, f"_{len(names)}")
        elif isinstance(node, ast.arg):
            node.arg = names.setdefault(node.arg, f"_{len(names)}")
        if isinstance(node, ast.stmt):
            statements.append(node)
    found: Counter[str] = Counter()
    for statement in statements:
        for part in ("body", "orelse", "finalbody", "handlers"):
            if hasattr(statement, part) and not isinstance(statement, ast.Expr):
                setattr(statement, part, [])
    for statement in statements:
        found[ast.dump(statement)] += sum(1 for _ in ast.walk(statement))
    return found


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _in_order(child)


def _share(one: Counter[str], other: Counter[str]) -> float:
    """What both hold of what either holds, by weight: 1 for the same program."""
    either = sum((one | other).values())
    return sum((one & other).values()) / either if either else 0.0
