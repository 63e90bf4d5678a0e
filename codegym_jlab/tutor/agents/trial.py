"""What the student's own code makes of a value that a message names: it is run, and compared with nothing."""

import ast
from contextlib import suppress

from codegym_jlab.grading.checker.verdict import Expected
from codegym_jlab.grading.grader.plan import image_of, limits_of, solution_names, student_plan
from codegym_jlab.grading.grader.replay import Replay, SandboxLost
from codegym_jlab.sandbox.base import SandboxUnavailable

from ..diagnosis.evidence import call_in, call_of
from ..diagnosis.example import came_of
from ..diagnosis.sentences import example_text
from ..explain.explanation import quoted
from ..guard.syntax import nodes_of, parsed
from ..patterns import patterns
from .base import Answer, Asked, answer
from .proposal import expressions, names_in
from .small_talk import asks_back

_WHOLE = (ast.Subscript, ast.BinOp, ast.Compare, ast.Call)
_VALUE = (ast.Constant, ast.UnaryOp, ast.List, ast.Tuple, ast.Dict, ast.Set)
_PLAIN = (*_WHOLE, *_VALUE, ast.Name, ast.Slice, ast.operator, ast.cmpop, ast.unaryop, ast.expr_context)
_CALLS = frozenset("abs bool float int len list max min range round set sorted str sum tuple".split())


def trial_of(asked: Asked) -> tuple[str | None, str | None] | None:
    """What a message wants to be run: an expression that stands in it, or one value, called with or typed in."""
    known, exercise, source = patterns("trial"), asked.exercise, asked.code
    tree = parsed(source) if asked.is_python else None
    if exercise is None or tree is None or not source.strip() or known["other"].search(asked.message):
        return None
    given = [ast.unparse(one) for one in nodes_of(source, ast.expr)]
    bound, values = set(solution_names(source).defined), []
    for text, node in expressions(asked.message, source):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Is):  # "if age is 18"
            text, node = ast.unparse(node.comparators[0]), node.comparators[0]
        calls = {ast.unparse(one.func) for one in ast.walk(node) if isinstance(one, ast.Call)}
        is_known = names_in(node) <= bound | _CALLS & calls and all(isinstance(one, _PLAIN) for one in ast.walk(node))
        if is_known and isinstance(node, _WHOLE) and known["is"].search(asked.message):
            is_told = not asked.is_code and (ast.unparse(node) in given or not asked.terms.practice)
            return None if is_told else (text, None)  # it is what is to be foretold
        values += [text] if is_known and isinstance(node, _VALUE) and not names_in(node) else []
    if len(values) != 1 or not known["with"].search(asked.message) or not (asked.is_code and asked.is_begun):
        return None
    if exercise.is_program and "input" in names_in(tree):
        return None, values[0].strip("'\"")
    for name, arguments in filter(None, map(call_of, exercise.sample_checks)):
        call = f"{name}({values[0]})"
        _, own = call_in(call) or ("", [])
        if name in bound and [*map(type, own)] == [*map(type, arguments)] != []:
            return call, None
    return None


async def trial(asked: Asked) -> Answer:
    """What came of it; the student is asked back where nothing is to be told."""
    wanted, loaded, exercise, source = trial_of(asked), asked.loaded, asked.exercise, asked.code
    if wanted is None or loaded is None or exercise is None or asked.sandbox is None or not asked.terms.may_run:
        return await asks_back(asked)
    call, typed = wanted
    plan = student_plan(loaded.find(exercise.id)[0], exercise, asked.terms.cells or (), source)
    replay = Replay(asked.sandbox, image_of(loaded), limits_of(loaded, exercise.id), plan, solution_names(source))
    got = ""
    with suppress(SandboxUnavailable, SandboxLost):
        async with replay.running():
            if replay.is_running:
                reply = await replay.check(call=call, stdin=typed, program=True)
                is_shown = reply.value in (None, ["none"]) and bool(reply.printed)
                got = came_of(Expected(prints="" if is_shown else None), reply)
    got = "" if got.startswith("EOFError") else got  # it reads more than was typed
    if not got:
        return await asks_back(asked)
    example = asked.diagnosis.example
    if example is not None and example.call in (call, typed):
        told = f"{example_text(asked.words, example)}\n\n{asked.words.say('trial.case')}"
    else:
        told = asked.words.say("trial.ran", call=quoted(call or typed or ""), got=quoted(got))
    return answer("trial", told, fixed=True)
