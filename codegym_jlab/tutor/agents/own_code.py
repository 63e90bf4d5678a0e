"""What the student's own code does: a line of it, and what it makes of a value; it is run, and not compared."""

import ast
import builtins
import re
from collections.abc import Iterator
from contextlib import suppress
from os.path import commonprefix

from codegym_jlab.course.notebook import predicted
from codegym_jlab.grading.checker.responses import Reply
from codegym_jlab.grading.checker.verdict import Expected, printed_lines
from codegym_jlab.grading.grader.plan import solution_names
from codegym_jlab.grading.grader.replay import SandboxLost
from codegym_jlab.records import Verdict
from codegym_jlab.sandbox.base import SandboxUnavailable

from ..concepts import words_in
from ..diagnosis.evidence import call_in, call_of
from ..diagnosis.example import Change, came_of
from ..diagnosis.sentences import example_text, in_one_line, outcomes, step_text
from ..explain.explanation import quoted
from ..explain.program import DEFINITIONS, every, names_in
from ..guard.syntax import is_text, nodes_of, parsed
from ..patterns import patterns
from .base import Answer, Asked, answer
from .moment import asks_how, is_question, stored, was_said
from .small_talk import asks_back
from .wrong import about_code, slip_found, told_place

_WHOLE = (ast.Subscript, ast.BinOp, ast.Compare, ast.Call)
_VALUE = (ast.Constant, ast.UnaryOp, ast.List, ast.Tuple, ast.Dict, ast.Set)
_EQUAL = re.compile(
    r"(?:\b(?:is|are) )?([^?.,]{1,60}) (?:is |are )?(?:equal to|the same as|really) (?=[-\d\"'\[])", re.I
)
#: In front of a given program: each `print` says its line first.
_SAYS_LINE = (
    "print = lambda *a, p=print, **k: (p(end=f'⟦{__import__(\"sys\")._getframe(1).f_lineno - 1}⟧'), p(*a, **k))[1]\n"
)
_SAID_LINE = re.compile(r"⟦(\d+)⟧")
_SILENT = (*DEFINITIONS, ast.Import, ast.ImportFrom)
_SHOWN = (ast.Expr, ast.While)  #: what may show something, or never come to an end
#: Whose replies are about the code.
OF_CODE = ("why", "hint", "explain_error", "own_lines", "trial", "solution_request")
_CODE, _MOST = re.compile(r"[\d\[(+*/%<>=\"]"), 200  #: what code has, and characters of a message that are read
_SUM = re.compile(r"[(\d][\d ().]*[-+*/%]")
_CALLS = frozenset("abs bool float int len list max min range round set sorted str sum tuple".split())


def asks_of_lines(asked: Asked) -> bool:
    """Whether a message asks what a line does, or how the whole works."""
    if asked.exercise is None or not asked.is_code or asked.exercise.answer == "order" and asks_how(asked):
        return False
    if asked.has("lines.whole"):
        return True
    if asked.stage == "error":  # which says more
        return False
    is_next = asked.is_after(*OF_CODE) and bool(asked.diagnosis.ran and asked.lines_named)
    return (is_next or asked.has("lines.does")) and _line(asked) > 0


def unseen(asked: Asked) -> str:
    """Why code shows nothing, for who sees nothing: no line calls what it defines, or none prints; "" for others."""
    is_asked = asked.is_code and asked.is_python and asked.stage in ("open", "code", "failed")
    is_asked = is_asked and asked.has("talk.unseen")
    tree = parsed(asked.code) if is_asked else None
    if tree is None:
        return ""
    steps = [one for one in tree.body if not (isinstance(one, _SILENT) or is_text(one))]
    if any(isinstance(one, _SHOWN) for step in steps for one in ast.walk(step)):
        return ""
    if made := [one for one in steps if isinstance(one, ast.Assign)]:
        return asked.say("unseen.print", name=ast.unparse(made[-1].targets[-1]))
    names = [one.name for one in tree.body if isinstance(one, DEFINITIONS)]
    if steps or not names:
        return ""
    short = (one.call for one in asked.samples if one.call and not one.setup and f"{names[-1]}(" in one.call[:60])
    return asked.say("unseen.call", name=names[-1], call=quoted(next(short, f"{names[-1]}(…)")))


def _line(asked: Asked) -> int:
    """The line that is asked about: by its number, quoted, or by the name that gets a value there; 0 for none."""
    rows = asked.code.splitlines()
    for number, row in enumerate(rows, 1):
        if len(row.split()) > 2 and row.strip() in asked.message:
            return number
    if named := asked.lines_named:
        return named[0] if named[0] <= len(rows) and rows[named[0] - 1].strip() else 0
    held = patterns("lines")["holds"].search(asked.message)
    name = held[held.lastindex or 0] if held is not None else ""
    return max((one.lineno for one in stored(asked.source) if one.id == name), default=0)


async def own_lines(asked: Asked) -> Answer:
    """What the line made of the smallest example, or with which input it ran; honest where nothing was run."""
    line = _line(asked)
    if not line:
        tour = _tour(asked) if asked.has("lines.whole") else ""
        if tour and not was_said(tour, asked):
            return answer("own_lines", tour, fixed=True)
        return await asks_back(asked)
    slip = slip_found(asked) if asked.is_wrong else None
    if slip is not None and slip.line == line and not was_said(slip.text, asked):
        return told_place(asked, "own_lines", slip.text)
    if asked.has("talk.mistake") and line in asked.diagnosis.lines and (seen := about_code(asked)):
        return told_place(asked, "own_lines", seen)
    rows = asked.code.splitlines()
    if rows[line - 1].strip() in ("else:", "try:", "finally:") and line < len(rows):
        line += 1  # which is no step of the program: its block is
    return answer("own_lines", line_text(asked, line), fixed=True)


def _tour(asked: Asked) -> str:
    """What each line makes of names in the smallest example, and what comes of it; "" where nothing was seen."""
    example, walk = asked.diagnosis.example, asked.diagnosis.walk
    if example is None or not walk or any("\n" in one.value for one in walk):  # a table is no step
        return ""
    held: dict[tuple[int, str], list[Change]] = {}
    cut = next((at + 1 for at, one in enumerate(walk) if not one.line), None)  # what comes behind it has gaps
    for one in walk[:cut]:
        held.setdefault((one.line, one.name), []).append(one)
    told = ((steps[0], dict.fromkeys(one.value for one in steps[1:] if one != steps[0])) for steps in held.values())
    made = "; ".join(step_text(asked.words, first, *more) for first, more in told)
    tour = asked.say("lines.tour", call=quoted(example.call), made=made, got=outcomes(example)[0])
    return tour if example.call else tour.replace("``", asked.say("proposal.program"), 1)  # into which nothing goes


def line_text(asked: Asked, line: int) -> str:
    """What a line makes of a name in the smallest example, or that it makes nothing, or is never run."""
    found = asked.diagnosis
    place = {"line": line, "code": quoted(asked.code.splitlines()[line - 1].strip(), is_code=True)}
    if not found.ran:
        return asked.say("lines.unseen", **place)
    if line not in found.ran:
        return asked.say("lines.never", **place)
    made = [one for one in found.walk if one.line == line and not one.asks]
    if made:
        values = "`, `".join(_values(asked, made[0]))
        call = quoted(found.example.call) if found.example is not None else ""
        held = {"name": made[0].name, "value": values}
        told = asked.say("lines.makes" if _is_call(call) else "lines.made", **place, **held, call=call)
        return f"{told} {asked.say('lines.wanted')}" if asked.is_wrong else told
    return asked.say("lines.runs" if _is_call(found.ran[line]) else "lines.ran", **place, call=quoted(found.ran[line]))


def _values(asked: Asked, first: Change) -> list[str]:
    """What a line makes of a name, one after the other; dots where the way is cut between two of them."""
    made = [one for one in asked.diagnosis.walk if not one.line or (one.line, one.name) == (first.line, first.name)]
    while not made[-1].line:
        made.pop()
    return list(dict.fromkeys(quoted(one.value) for one in made[made.index(first) :]))


def stored_at(asked: Asked, line: int) -> list[str]:
    """The names that a line gives a value."""
    return list(dict.fromkeys(one.id for one in stored(asked.source) if one.lineno == line))


def _is_call(action: str) -> bool:
    """Whether what a check does says more than that the answer ran."""
    return bool(action) and not action.isidentifier()


def trial_of(asked: Asked) -> tuple[str | None, str | None] | None:
    """What a message wants to be run: an expression that stands in it, or one value, called with or typed in."""
    exercise, source = asked.exercise, _runnable(asked)
    if exercise is None or not asked.is_python or asked.has("talk.why", "lines.whole"):
        return None
    if not (asked.is_code or asked.code.strip()):  # an option of a choice is not to be run
        return None
    if " or " in asked.message:  # which of two
        return None
    typed = patterns("trial")["typed"].search(asked.message) if asked.is_code or asked.is_accepted else None
    if typed and "input(" in source and (is_question(asked) or "?" in asked.message):
        return None, _typed(asked, typed[1])
    if asked.has("trial.other") or asked.stage == "error":  # what came of it is known
        return None
    given = [ast.unparse(one) for one in nodes_of(source, ast.expr)]
    bound, values = set(solution_names(source).defined), []
    for text, node in _expressions(_claimed(asked), source):
        is_claim = False
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Is):  # "if age is 18", "so 7 % 2 is 3?"
            is_claim = isinstance(node.left, _WHOLE)
            node = node.left if is_claim else node.comparators[0]
            text = ast.get_source_segment(text, node) or "" if is_claim else ast.unparse(node)
        calls = {ast.unparse(one.func) for one in every(node, ast.Call) if one.args}  # `int()` is only named
        is_known = names_in(node) <= bound | _CALLS & calls
        is_asked = is_claim and ("?" in asked.message or is_question(asked)) or asked.has("trial.is")
        if is_known and isinstance(node, _WHOLE) and is_asked:
            is_ahead = bool(names_in(node) & bound) and not asked.is_accepted  # it needs the given program's run
            is_told = not asked.is_code and (is_ahead or ast.unparse(node) in given or not asked.terms.practice)
            return None if is_told else (text, None)  # it is what is to be foretold
        values += [text] if isinstance(node, _VALUE) and not names_in(node) else []
    if not (asked.has("trial.with") and asked.is_code and asked.is_begun):
        return None
    is_empty = not values and asked.has("trial.empty")
    if not is_empty and len(values) != 1:
        return None
    if "input(" in source:
        return None if is_empty else (None, _typed(asked, values[0].strip("'\"")))
    for name, arguments in filter(None, map(call_of, exercise.sample_checks)):
        emptied = [repr(type(one)() if isinstance(one, str | list | dict) else one) for one in arguments]
        call = f"{name}({', '.join(emptied if is_empty else values)})"
        _, own = call_in(call) or ("", [])
        if name in bound and [*map(type, own)] == [*map(type, arguments)] != []:
            return call, None
    return None


def _expressions(message: str, source: str) -> Iterator[tuple[str, ast.expr]]:
    """The longest pieces of a message that are expressions of a program's names."""
    known = words_in(source).union(dir(builtins))
    words = patterns("solved")["line"].sub(" ", message).replace("`", " ")[:_MOST].split()
    while words:
        for end in range(len(words[:10]), 0, -1):  # more would cost the square of a long message
            text = " ".join(words[:end]).strip("?!.,;: ")
            piece = parsed(text) if _CODE.search(text) else None
            first = piece.body[0] if piece is not None and piece.body else None
            names = names_in(first) if first is not None else set()
            is_worded = re.search(r" (?:and|or|is|not|in) ", text) is not None
            is_prose = is_worded and not ((names or _SUM.match(text)) and re.search(r"[=<>+*/%(\[\"']", text))
            if isinstance(first, ast.Expr) and names <= known and not is_prose and "..." not in text:
                yield text, first.value
                words = words[end - 1 :]
                break
        words = words[2:] if words[0] in ("and", "or") else words[1:]  # what is added takes no place


def _claimed(asked: Asked) -> str:
    """A message with what it claims as "x is 3": "is x equal to 3?"."""
    return _EQUAL.sub(r"\1 is ", " ".join(asked.message.replace("`", " ").split()))


def _typed(asked: Asked, value: str) -> str:
    """What is typed into a program: the first sample, with this value for the name that a message gives it to."""
    steps = nodes_of(asked.code, ast.Assign)
    names = [ast.unparse(one.targets[0]) for one in steps if "input(" in ast.unparse(one.value)]
    typed = (asked.typed or "").splitlines()
    said = words_in(asked.message)
    if set(names).isdisjoint(said):
        return value
    return "\n".join(value if name in said else row for name, row in zip(names, typed, strict=False))


def _runnable(asked: Asked) -> str:
    """The code that can be run; nothing of one that is cut, since a sum of numbers needs none."""
    return asked.code if parsed(asked.code) is not None else ""


async def trial(asked: Asked) -> Answer:
    """What came of it, or why nothing is seen; the student is asked back where nothing is to be told."""
    if told := unseen(asked):
        return answer("trial", told, fixed=True)
    wanted = trial_of(asked)
    if wanted is None:
        return await asks_back(asked)
    call, typed = wanted
    claimed = call or ", ".join((typed or "").splitlines())
    tree = parsed(call or "")
    match tree and tree.body:
        case [ast.Expr(ast.Call(ast.Name("range")))]:
            call = f"list({call})"  # which shows the numbers
    shown, got = call or claimed, ""
    if (reply := await _replied(asked, _runnable(asked), call, typed)) is not None:
        is_shown = typed is not None or reply.value in (None, ["none"]) and bool(reply.printed)
        got = came_of(Expected(prints="" if is_shown else None), reply)
        if reply.limit == Verdict.TLE:
            return answer("trial", asked.say("trial.endless", call=quoted(shown)), fixed=True)
    is_unread = typed is not None and got == "''"  # or it reads more than was typed
    is_early = got.startswith("NameError") and asked.stage == "code"  # a name that another line is to give
    got = (
        "" if is_unread or is_early or got.startswith("EOFError") or await _is_foretold(asked, got.strip("'")) else got
    )
    if not got:
        return await asks_back(asked)
    example = asked.diagnosis.example
    if example is not None and example.call == shown:
        case = "" if asked.diagnosis.has_place else asked.say("trial.case")  # where the place is told, too
        told = f"{example_text(asked.words, example)}\n\n{case}".strip()
    else:
        told = asked.say("trial.ran", call=quoted(shown), got=in_one_line(got))
        claim = rf"{re.escape(claimed)} is {re.escape(got)}(?!\s*[-+*/%(\[<>=])(?![\w.]*\w)"
        is_so = re.search(claim, _claimed(asked)) is not None
        told = f"{asked.say('name.yes', value=in_one_line(got))} {told}" if is_so else told
    return answer("trial", told, fixed=True)


async def _is_foretold(asked: Asked, got: str) -> bool:
    """Whether a value may be what is to be foretold, or was: a word on it would be one on the answer."""
    printed = await _foretold(asked)
    screens = f"{printed}\n{asked.source}"
    return printed != "" and got in (*screens.split(), *screens.splitlines())


async def foreseen_step(asked: Asked) -> str:
    """How far a prediction is right, and which line of the program shows that; "" for all, or where it is not told."""
    shown = printed_lines(await _foretold(asked, _SAYS_LINE)) if asked.helps_freely else []
    right = len(commonprefix([[_SAID_LINE.sub("", row) for row in shown], printed_lines(predicted(asked.source))]))
    lines = _SAID_LINE.findall("".join(shown[:right])) if right < len(shown) else []
    row = lines and asked.code.splitlines()[int(lines[-1]) - 1].strip()
    return asked.say("step.next", at=right, line=lines[-1], code=row) if row else ""


async def _foretold(asked: Asked, ahead: str = "") -> str:
    """What the given program prints where that is to be foretold, with something in front of it; "" else."""
    if asked.exercise is None or asked.exercise.answer != "predict" or asked.is_accepted:
        return ""
    reply = await _replied(asked, ahead + asked.code)
    return reply.printed if reply else ""


async def _replied(asked: Asked, source: str, call: str | None = None, typed: str | None = None) -> Reply | None:
    """What a program makes of a call, or of what is typed, by default the first sample's; None where nothing runs."""
    if (replay := asked.replay(source)) is None:
        return None
    read = asked.typed if typed is None else typed
    with suppress(SandboxUnavailable, SandboxLost):
        async with replay.running():
            if replay.is_running:
                return await replay.check(call=call, stdin=read, program=True)
    return None
