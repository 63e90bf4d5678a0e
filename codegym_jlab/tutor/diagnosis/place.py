"""Where the repairs that were found say that an answer is wrong, and of which kind the mistake is; else nowhere."""

import ast
import builtins
import re
from collections.abc import Sequence, Set
from io import TextIOBase
from types import EllipsisType

from codegym_jlab.records import parse

from ..explain.explanation import explain_error
from ..explain.program import DEFINITIONS, called, every, is_str, names_in, own_nodes
from ..explain.seen import Seen, Step
from .program import Edit, Place, Program, text
from .repairs import MARGIN, MOST_COST, Finding
from .sentences import NAMES

_MOST_LINES = 3
_TWO = 2
#: A right answer that is so few lines away shows the place, whatever else mends the program.
_CLOSE = 1.5
#: Errors whose mistake is in the line that raised. Others come of a value, which may be wrong from elsewhere, or of a
#: name that should have got one before.
_IN_LINE = frozenset({"NameError", "TypeError", "AttributeError"})
#: What does nothing as a statement.
_DROPPED = (ast.Attribute, ast.Subscript, ast.Compare, ast.BinOp)
_GIVING = frozenset("sorted reversed len sum abs round str int float bool range enumerate zip".split())
#: Methods of texts, which are never changed themselves.
_OF_TEXTS = frozenset("replace upper lower strip lstrip rstrip capitalize swapcase split zfill".split())
_RESIZES = frozenset({"remove", "pop", "append", "insert"})
_AT_AN_END = ("return_missing", "return_early")
_SURE = 0.8
_OF_ROUNDS = ("extra_line", "too_deep", "too_shallow")  #: whose question is how often a line runs
_GROWN = re.compile(r"^ *\w+ [-+*/]+= ", re.M)  #: a step that changes what a name holds
_NOTHING = frozenset({0, "", None})


def place_of(program: Program, finding: Finding) -> tuple[tuple[int, ...], str]:
    """The lines that may be told, and the kind of mistake; repairs tell a place only where the cheapest agree on it."""
    if idle := _idle(program, finding.ran):
        return idle, "dropped"
    cause, cause_kind = _cause_of(program.source, finding)
    hole = _unfinished(program, finding.ran)
    if finding.repairs:
        lines, kind = _agreed(program, finding)
        if finding.stops_itself and len(lines) != 1:  # one edit for the call, and one for what it calls
            return ((cause,), cause_kind) if cause is not None else ((), "")
        if not lines and cause is not None and any(cause in one.lines for one in _near(finding.repairs)):
            return (cause,), cause_kind  # the error tells which of several repairs
        return lines, _kind_told(program, finding, lines, kind, hole)
    if hole is not None:
        return (hole,), "unfinished"
    if head := _misfit(program, finding):
        return head, "arguments"
    if shrinks := _shrinking(program, finding.ran):
        return shrinks, "copy"
    if cause is not None:
        return (cause,), cause_kind
    aside = (*DEFINITIONS, ast.arg, ast.Import, ast.ImportFrom)
    only = finding.ran - {node.lineno for node in every(program.tree, *aside)}
    if len(only) == 1 and finding.failure is None:
        has_text = any(is_str(node) for node in every(program.tree, ast.Constant) if node.lineno in only)
        return tuple(only), "wrong_text" if has_text else "only_line" if _reckons(program, [*only]) else "part"
    return (), ""


def either_of(finding: Finding) -> tuple[int, ...]:
    """The two lines of which one alone would have to change, by all repairs about as cheap as the cheapest; or none."""
    repairs = finding.repairs
    places = {one.lines for one in _near(repairs)} if repairs and repairs[0].cost <= MOST_COST else set()
    is_either = len(places) == _TWO and all(len(one) == 1 for one in places)
    return tuple(sorted(line for one in places for line in one)) if is_either else ()


def _near(repairs: Sequence[Edit]) -> list[Edit]:
    """Those that are about as cheap as the first, which is the cheapest."""
    return [one for one in repairs if one.cost <= repairs[0].cost + MARGIN]


def _kind_told(program: Program, finding: Finding, lines: tuple[int, ...], kind: str, hole: int | None) -> str:
    """The kind of mistake whose question fits these lines; "" for none."""
    if any(one.kind == "rows" and one.lines == lines for one in finding.repairs):
        return "rows"
    kind = _kind_of_repair(program, finding, lines, kind, hole)
    heads = (one.lineno for one in every(program.tree, ast.While) if isinstance(one.test, ast.Constant))
    if kind == "condition" and not set(lines).isdisjoint(heads):
        return "sequence"  # `while True` asks nothing
    tests = (one.lineno for one in every(program.tree, ast.While, ast.If))
    if kind == "step" and not set(lines).isdisjoint(tests):
        return "condition"
    if any("format_spec" in path for path, _ in finding.repairs[0].patches):
        return "format"
    if kind == "wrong_text" and any(_adds_braces(program, one) for one in _near(finding.repairs) if one.lines == lines):
        return "braces"
    if kind == "extra_line" and not any(new for _, new in finding.repairs[0].patches):
        return "needless"
    return "part" if kind == "only_line" and not _reckons(program, lines) else kind


def _adds_braces(program: Program, edit: Edit) -> bool:
    """Whether a word of a text becomes the value of that name."""
    sides = [place.node for place in _changed(program, edit)], [parse(told) for _, told in edit.patches]
    old, new = ([part for one in side for part in every(one, ast.JoinedStr)] for side in sides)
    said = " ".join(str(one.value) for part in old for one in part.values if isinstance(one, ast.Constant))
    here, there = (set[str]().union(*map(names_in, side)) for side in (old, new))
    return not (there - here).isdisjoint(re.findall(r"\w+", said))


def _reckons(program: Program, lines: Sequence[int]) -> bool:
    """Whether one of these lines works with numbers, or compares."""
    return any(one.lineno in lines for one in every(program.tree, ast.BinOp, ast.Compare))


def _kind_of_repair(program: Program, finding: Finding, lines: tuple[int, ...], kind: str, hole: int | None) -> str:
    repair, failure = finding.repairs[0], finding.failure
    if kind == "undefined" and (failure is None or failure.type != "NameError"):
        kind = "wrong_name"  # a cell above has it
    if lines == (hole,):
        return "unfinished"
    rows, new = program.source.splitlines(), [text for _, text in repair.patches]
    if "yield" not in program.source and any("yield" in one for one in new):
        return "yields"
    is_moved = not {text(one) for one in every(program.tree, ast.stmt)}.isdisjoint(new)
    if is_moved and sum(isinstance(path[-1], tuple) for path, _ in repair.patches) > 1:  # a whole line stands elsewhere
        kind = {"wrong_value": "sequence", "left_out": "too_deep", "extra_line": "too_deep"}.get(kind, kind)
    if kind == "wrong_value":  # in a line that is to be another as a whole
        words = {one.partition(" ")[0] for one in new} - {rows[line - 1].split()[0] for line in lines}
        if words & {"for", "while"}:
            return "extra_line"
        if "return" in words and not any(one.lineno > lines[-1] for one in every(program.tree, ast.Return)):
            return "left_out"
        if "if" in words:
            is_new = _GROWN.search("\n".join(new)) and not any(_GROWN.match(rows[line - 1]) for line in lines)
            kind = "left_out" if is_new else "extra_line"
    is_while = any(one.lineno in lines for one in every(program.tree, ast.While))  # `while True` is no value
    if kind == "left_out" and not is_while and _kind_of_value(program, repair) == "fixed_value":
        return "fixed_value"  # what it is to be is not there yet
    if kind in ("off_by_one", "range"):
        return _kind_of_number(program, kind, lines)
    if kind == "return_missing" and all(rows[line - 1].strip() in new for line in lines):
        kind = "too_deep"
    if kind in _OF_ROUNDS and not any(every(program.tree, ast.For, ast.While)):
        return "cases" if any(every(program.tree, ast.If)) else "sequence"
    is_filled = any(one.lineno in lines for one in every(program.tree, ast.JoinedStr))
    if is_filled and kind in ("wrong_value", "result_kind") and any(re.search(r"\bf['\"]", one) for one in new):
        return "wrong_text"
    if kind == "result_kind":  # another sum of the same names is no other kind
        of_value = _kind_of_value(program, repair)
        kind = of_value if of_value == "only_line" and len(repair.patches) == 1 else kind
    if kind in NAMES:
        of_value = _kind_of_value(program, repair)
        kind = of_value if of_value == "quoted" or kind == "wrong_value" else kind
        reads = (one for one in every(program.tree, ast.Name) if one.lineno in lines and isinstance(one.ctx, ast.Load))
        kind = kind if kind not in NAMES or any(reads) else ""
        named = _NAMED if kind == "wrong_value" else (*_NAMED, ast.stmt)  # a whole line may be wrong in anything
        if any(one.field == "func" and isinstance(one.node, ast.Attribute) for one in _changed(program, repair)):
            return "method"
        is_named = any(isinstance(one.node, named) and not _is_slice(one.node) for one in _changed(program, repair))
        return kind if is_named or kind not in NAMES else "part"
    return kind


#: What a question about names fits: more than one is worked out, or written as a whole.
_NAMED = (ast.Name, ast.Attribute, ast.Subscript, ast.Constant)


def _is_slice(node: ast.AST) -> bool:
    return isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice)


def _changed(program: Program, edit: Edit) -> list[Place]:
    """Where an edit changes a node."""
    paths = dict(edit.patches)
    return [place for place in program.places() if place.path in paths]


def _kind_of_number(program: Program, kind: str, lines: tuple[int, ...]) -> str:
    """What a number is that is one too many or too few: the end of a `range`, a start, a remainder, or a border."""
    rows = program.source.splitlines()
    told = "\n".join(rows[line - 1] for line in lines)
    if kind == "range" or "range(" in told:
        return "range" if "range(" in told else "over"
    plain = (one for one in every(program.tree, ast.Assign) if isinstance(one.value, (ast.Constant, ast.UnaryOp)))
    if lines and {one.lineno for one in plain}.issuperset(lines):
        return "start_value"
    has_border = any(one.lineno in lines for one in every(program.tree, ast.Compare, ast.Subscript))
    return kind if has_border and "%" not in told else "sign"


def _idle(program: Program, ran: frozenset[int]) -> tuple[int, ...]:
    """The lines that ran and do nothing, `xs.sort` or `n == 0`: mistakes whatever else is one.

    A cell shows its last, and who looks at a part of a table above it has made no mistake.
    """
    top = program.tree.body
    looks = [one for one in top if one is top[-1] or isinstance(getattr(one, "value", None), ast.Subscript)]
    nodes = (node for node in every(program.tree, ast.Expr) if node not in looks)
    own = {one.name for one in every(program.tree, ast.FunctionDef)}
    own |= {"replace"} if re.search(r"\b(?:Path|os)\b", program.source) else set()  # which is a file's there
    return _few({node.lineno for node in nodes if _gives_only(node.value, own)} & ran)


def _gives_only(value: ast.expr, own: Set[str]) -> bool:
    """Whether an expression does nothing but give a value. `own`: the functions of the program."""
    match value:
        case ast.Call(ast.Name(name)):
            return name in _GIVING - own
        case ast.Call(ast.Attribute(_, name), _, []):
            return name in _OF_TEXTS - own
    return isinstance(value, _DROPPED)


def _few(lines: Set[int]) -> tuple[int, ...]:
    """Lines in their order; none where they are too many to be told."""
    return tuple(sorted(lines)) if len(lines) <= _MOST_LINES else ()


def _unfinished(program: Program, ran: frozenset[int]) -> int | None:
    """The one line that ran in vain: `pass` or `...` in place of a step, a condition that is no question."""
    found = set()
    for place in program.places():
        node, parent = place.node, place.parent
        if getattr(node, "lineno", 0) not in ran:
            continue
        has_other = isinstance(parent, ast.If) and (parent.orelse or place.field == "orelse")
        match node:
            case ast.Return(ast.Constant(None)) | ast.If(ast.Constant()):
                found.add(node.lineno)
            case ast.Pass() | ast.Expr(ast.Constant(EllipsisType())) if not has_other:
                found.add(node.lineno)
    return found.pop() if len(found) == 1 else None


def _misfit(program: Program, finding: Finding) -> tuple[int, ...]:
    """The head of a function that takes fewer or more values than a check gives it."""
    failure = finding.failure
    told = re.match(r"(?:\w+\.)*(\w+)\(\) (takes|missing) ", failure.message) if failure is not None else None
    if told is None or finding.crash is not None:
        return ()
    heads = [one.lineno for one in every(program.tree, ast.FunctionDef) if one.name == told[1]]
    return tuple(heads) if len(heads) == 1 else ()


def _shrinking(program: Program, ran: frozenset[int]) -> tuple[int, ...]:
    """The lines that ran in which a loop changes the list that it goes through, and goes on."""
    found = set()
    for loop in every(program.tree, ast.For):
        verbs = {f"{text(loop.iter)}.{verb}" for verb in _RESIZES}
        if not any(own_nodes(loop.body, ast.Break, ast.Return)):
            found |= {one.lineno for one in own_nodes(loop.body, ast.Call) if text(one.func) in verbs}
    return _few(found & ran)


def _agreed(program: Program, finding: Finding) -> tuple[tuple[int, ...], str]:
    """The lines that all repairs touch which are about as cheap as the cheapest, and its kind; nothing without any."""
    repairs = finding.repairs
    if repairs[0].kind in _AT_AN_END and all(one.is_empty for one in finding.failing):
        # it can be met at the entry and at the end, unless a right answer shows where
        repairs = [one for one in repairs if one.far is not None and one.cost <= repairs[0].cost + MARGIN]
    if not repairs:
        return (), ""
    best = repairs[0]
    is_pair = len(best.lines) > 1
    is_case = best.kind == "missing_case" and not is_pair  # the entry runs where it passes, too
    if best.cost > MOST_COST and not is_case:
        return (), ""
    near = _near(repairs)
    if best.far is not None and best.far <= _CLOSE:
        near = [one for one in near if one.far is not None]
    if best.kind == "empty_test":  # that meets the case and fails is wrong, whatever else would meet it
        near = [one for one in near if one.kind == best.kind]
    if is_case and best.far is None:
        return _place_of_case(program, finding), best.kind
    lines = _few(set(best.lines).intersection(*(one.lines for one in near)))
    if lines != best.lines:
        return lines, ""  # of a part of it the question may be another
    named = (one.kind for one in _near(repairs) if one.lines == lines and one.kind != "wrong_value")
    return lines, next(named, best.kind) if best.kind == "wrong_value" else best.kind


def _place_of_case(program: Program, finding: Finding) -> tuple[int, ...]:
    """Of a case that is missing: where an `if` meets it; the line that stops; where a name lacks a value the entry.

    An `if` meets it whose first line runs in failing checks alone.
    """
    passing = (outcome.lines for outcome in finding.outcomes.values() if outcome.passed)
    alone = finding.ran.difference(*passing) - {finding.crash}
    if met := _few({node.body[0].lineno for node in every(program.tree, ast.If)} & alone):
        return met
    if finding.failure is None or finding.crash is None:
        return ()  # it can be met anywhere before it matters
    return finding.repairs[0].lines if finding.failure.type == "UnboundLocalError" else (finding.crash,)


def _kind_of_value(program: Program, edit: Edit) -> str:
    """Of a value in place of which another is wanted: a text, one with a name that is not read there, or neither."""
    places = _changed(program, edit)
    old = [place.node for place in places]
    sides = (old, [parse(text) for _, text in edit.patches])
    here, new = (set[str]().union(*map(names_in, side)) for side in sides)
    if len(edit.lines) == 1:  # what its line reads besides
        reads = (one for one in every(program.tree, ast.Name) if isinstance(one.ctx, ast.Load))
        here |= {one.id for one in reads if one.lineno in edit.lines}
    names = {node.id for node in every(program.tree, ast.Name)}
    if any(not hasattr(builtins, name) for name in new - here):
        texts = {one.value for side in old for one in every(side, ast.Constant)}
        is_fixed = bool(old) and all(isinstance(side, ast.Constant) for side in old)
        is_start = is_fixed and texts <= _NOTHING  # which begins something, and stands for no case
        kind = "start_value" if is_start else "fixed_value" if is_fixed else "wrong_value"
        gone = texts - {one.value for side in sides[1] for one in every(side, ast.Constant)}
        words = {word for one in gone if isinstance(one, str) for word in re.findall(r"\w+", one)}
        return "quoted" if gone & names or words & (new - here) else kind
    if here and new and any(isinstance(node, ast.Call) for node in old):
        return "wrong_value"  # the same names in other places of a call
    if any(isinstance(place.parent, (ast.Subscript, ast.Tuple)) for place in places):
        return "wrong_value"  # the name of a column
    if places and all(isinstance(place.parent, ast.keyword) and _is_option(place.parent) for place in places):
        return "option"
    if not old or not all(map(is_str, old)):
        return "only_line"
    if any(called(place.parent) == "open" for place in places):
        return "mode"
    return "option" if any(_is_option(place.parent) for place in places) else "wrong_text"


#: Of a call what it shows, which is no choice.
_SHOWN = frozenset("sep end label title xlabel ylabel color".split())


def _is_option(parent: ast.AST) -> bool:
    """Whether a call takes a text as a choice: of no method that keeps or shows words, as Python's own do."""
    match parent:
        case ast.keyword(name):
            return name not in _SHOWN
        case ast.Call(ast.Attribute(attr=name)):
            return not any(hasattr(kind, name) for kind in (str, list, dict, set, TextIOBase))
    return False


def _cause_of(text: str, finding: Finding) -> tuple[int | None, str]:
    """Where the mistake behind an error is: its cause, where the explainer is sure of it, else the line that raised."""
    failure, crash = finding.failure, finding.crash
    if failure is None or crash is None or finding.outcome_of(finding.failing[0]).reply.limit is not None:
        return None, ""  # where the time was over says nothing
    if failure.type == "EOFError":
        return None, ""  # it reads more than was typed: that says nothing of where
    steps = tuple(Step(frame.line, frame.function) for frame in failure.frames if frame.cell == "answer")
    found = explain_error(text, Seen(failure.type, failure.message, steps))
    is_in_line = failure.type in _IN_LINE
    if found.sure >= _SURE:
        kind = "shadowed" if found.cause == "shadowed_builtin" else "crash"
        return found.line if is_in_line or found.line != crash else None, kind
    return crash if is_in_line else None, "crash"
