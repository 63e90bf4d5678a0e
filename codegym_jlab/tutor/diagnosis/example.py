"""The smallest example that shows a mistake: what goes in, what comes out, and each turn of the loop on the way."""

import ast
import re
from collections.abc import Sequence, Set
from dataclasses import asdict, replace
from itertools import takewhile
from typing import Any

from codegym_jlab.course.checks import Check
from codegym_jlab.grading.checker.responses import Reply, visible
from codegym_jlab.grading.checker.value_text import show
from codegym_jlab.grading.checker.verdict import Expected
from codegym_jlab.records import Json, frozen, without
from codegym_jlab.runner.wire.values import WireError

from ..explain.program import every, names_in
from .bench import Outcome, Step
from .evidence import MOST_SIGNS, Evidence
from .program import stored
from .tables import Apart, apart

TOO_LARGE = "<output too large>"  #: in place of what was printed without an end
_Loop = (ast.For, ast.While)
#: Turns, names and characters of a value that are told.
MOST_TURNS, _MOST_NAMES, _LONGEST = 4, 3, 60


_ERROR = re.compile(r"[A-Z]\w*(?:Error|Exception)(?:: .*)?")


#: Fields of an example that are for sentences alone.
UNSAID = ("is_text", "should", "part", "idle", "stuck", "apart", "stops", "spaced")


@frozen
class Turn:
    """One turn of a loop, and what names held at its end."""

    number: int  #: from 1
    names: dict[str, str]  #: the loop's own variable before the others


@frozen
class WatchedPart:
    """A name or an expression, and its value; both as Python."""

    text: str
    value: str


@frozen
class Watched:
    """What the parts of a line were worth at one time that it ran."""

    line: int
    parts: tuple[WatchedPart, ...]


@frozen
class Example:
    """An input that a student may see: what the answer makes of it (`got`), and what the author's does (`wanted`)."""

    call: str  #: of a script: what is typed; of a call it stands behind the sign of a keyboard
    got: str
    wanted: str
    is_new: bool
    is_text: bool = True  #: what came is a text, or was printed
    turns: tuple[Turn, ...] = ()
    first_wrong: int | None = None  #: the number of the turn after which a name holds another value than in a repair
    name: str = ""  #: and which name
    should: str = ""  #: what it holds in the repair: it answers who says a value, and is never told
    watched: Watched | None = None  #: of a line told
    part: str = ""  #: of a figure, by its label
    idle: int = 0  #: the line of a loop that has no turn at all
    stuck: tuple[int, int] | None = None  #: of a loop without an end: its line, and the turn after which all stays
    apart: Apart | None = None  #: what alone tells two values apart
    stops: int = 0  #: the line on which an error comes
    spaced: bool = False  #: a `print` of the program shows several values

    def as_json(self) -> Json:
        """For who is shown it."""
        return without(asdict(self), *UNSAID)

    @property
    def has_error(self) -> bool:
        """Whether it stops with an error."""
        return _ERROR.fullmatch(self.got) is not None

    @property
    def lacks_error(self) -> bool:
        """Whether an error is wanted, and a value comes."""
        return not self.has_error and bool(_ERROR.fullmatch(self.wanted) and self.got)


@frozen
class Change:
    """What a name holds after a line."""

    line: int
    name: str
    value: str
    asks: bool = False  #: it is no name, but a question that the line asks


def example_of(
    tree: ast.Module, lines: Sequence[int], one: Evidence, own: Outcome, mended: Outcome | None
) -> Example | None:
    """The example for a check that is shown. `mended`: the run of a repair on it; of that no value is told."""
    action = input_of(one.check, MOST_SIGNS if one.is_new else _LONGEST)
    is_bare = one.check.figure or one.check.action == "program"  # nothing goes in
    if not one.shown or not (action or is_bare and own.reply.limit is None):
        return None
    typed = ", ".join((one.check.stdin or "").split("\n")).rstrip(", ")
    is_program = one.check.action == "program"
    whole = f"{action} ⌨ {typed}" if typed and not is_program else action
    call = visible(whole if is_program else " ".join(whole.split()), 200)
    got, wanted = came_of(one.expected, own.reply), visible(one.expected.text, 200)
    values = (own.reply.value, one.expected.value)
    is_text = one.expected.prints is not None or all(value is None or value[0] == "str" for value in values)
    if own.reply.raised is None and is_text:
        got, wanted = _differing_line(got, wanted)
    is_whole = own.reply.raised is None and own.reply.limit is None
    idle = _idle_loop(tree, own.lines) if is_whole else 0
    differ = apart(own.reply.value, one.expected) if is_whole else None
    part = one.check.title if one.check.figure and is_whole else ""
    if part and differ is not None and differ.what == "item":
        got, wanted, differ = differ.got, differ.wanted, None
    stops, calls = own.crash or 0, (each for each in ast.walk(tree) if isinstance(each, ast.Call))
    spaced = any(len(each.args) > 1 and ast.unparse(each.func) == "print" for each in calls)
    example = Example(
        call, got, wanted, one.is_new, is_text, part=part, idle=idle, apart=differ, stops=stops, spaced=spaced
    )
    loop = _loop_at(tree, lines, own.steps)
    if loop is None or part:
        return example
    turns = _turns(loop, own.steps)
    if not got and (stays := _stays(loop, turns)):
        example = replace(example, stuck=(loop.lineno, stays))
    right = _turns(loop, mended.steps) if mended is not None else []
    through = list(stored([loop.target])) if isinstance(loop, ast.For) else []
    names = _told_names(loop, turns, set(through))
    wrong = _first_wrong(turns, right, [*names, *through])
    first = max(0, wrong[0] - MOST_TURNS + 1) if wrong is not None else 0
    shown = turns[first : first + MOST_TURNS if wrong is None else wrong[0] + 1]
    table = tuple(
        Turn(first + at, {name: value_text(turn[name]) for name in [*through, *names] if name in turn})
        for at, turn in enumerate(shown, start=1)
    )
    if wrong is None:
        return replace(example, turns=table)
    at, name = wrong
    return replace(example, turns=table, first_wrong=at + 1, name=name, should=value_text(right[at][name]))


def input_of(check: Check, longest: int = _LONGEST) -> str:
    """What goes in: a call behind the steps that lead to it, where they are not `longest` signs; or what is typed."""
    action, steps = check.call or check.run or "", (check.setup or "").splitlines()
    whole = "; ".join([*filter(None, steps), action])
    if action and len(whole) <= longest and not any(row[:1].isspace() for row in steps):
        return whole
    return action or ", ".join((check.stdin or "").rstrip("\n").split("\n"))


def of_check(tree: ast.Module, one: Evidence, own: Outcome) -> Outcome:
    """A run with the steps of what the check calls alone, without those of calls that the answer itself makes."""
    top, frames = {node.lineno for node in tree.body}, [list[Step]()]
    for step in own.steps:
        frames[-1].append(step)
        if step.depth == 1 and step.event == "return":
            frames.append([])
    is_program = one.check.action == "program"
    steps = [step for frame in frames if frame and (is_program or frame[0].line not in top) for step in frame]
    return replace(own, steps=tuple(steps))


def _differing_line(got: str, wanted: str) -> tuple[str, str]:
    """Of two screens with as many lines, or the same signs, the first line in which they differ; else both whole."""
    lines, others = got.splitlines(), wanted.splitlines()
    pairs = enumerate(zip(lines, others, strict=False))
    at = next((number for number, (own, other) in pairs if own.rstrip() != other.rstrip()), None)
    if at is None or len(lines) != len(others) and (got.split() != wanted.split() or not lines[at].strip()):
        return got, wanted
    before = "…\n" if at else ""
    first, second = (before + one[at] + ("\n…" if one[at + 1 :] else "") for one in (lines, others))
    return first, second


def came_of(expected: Expected, reply: Reply) -> str:
    """What became of the call, in a few words of Python; "" where it did not come to an end."""
    if reply.raised is not None:
        return visible(f"{reply.raised.type}: {reply.raised.message}", 200)
    if reply.limit is not None:
        return ""
    if expected.prints is not None:
        if reply.unsupported is not None:  # such as that of a loop that never ends
            return TOO_LARGE
        return visible((reply.printed if expected.screen is None else reply.stdout).rstrip(), 200) or "''"
    return value_text(reply.value) if reply.value is not None else f"<{visible(reply.unsupported or 'object', 60)}>"


def is_faint(expected: Expected, reply: Reply) -> bool:
    """Whether the value that came is the number that is wanted, and of another kind alone: 1.0 for 1."""
    pair = (reply.value, expected.value)
    return None not in pair and len({value_text(one).removesuffix(".0") for one in pair}) == 1


def value_text(wire: Any) -> str:
    """A value as Python would write it; of several lines, as a table has, all of them."""
    try:
        whole = show(wire, 10 * _LONGEST)
        return whole if "\n" in whole else show(wire, _LONGEST)
    except (WireError, LookupError, TypeError, ValueError):  # student code may have written it
        return "…"


def is_table(wire: Any) -> bool:
    """Whether it takes several lines to show."""
    return isinstance(wire, list) and wire[:1] in (["frame"], ["series"])


def _loop_at(tree: ast.Module, lines: Sequence[int], steps: Sequence[Step]) -> Any:
    """The innermost loop that holds one of the lines and ran, else the first that ran; of several in turn none."""
    ran = {step.line for step in steps}
    loops = [loop for loop in every(tree, *_Loop) if loop.lineno < loop.body[0].lineno in ran]
    around = [loop for loop in loops if any(loop.lineno <= line <= loop.end_lineno for line in lines)]
    first: Any = min(loops, key=lambda loop: loop.lineno, default=None)
    if not lines and any(loop.lineno > first.end_lineno for loop in loops):
        return None
    return max(around, key=lambda loop: loop.lineno, default=first)


#: Functions of Python's that give the same for the same.
_PLAIN = frozenset("abs bool float int len list max min print range round set sorted str sum tuple".split())


def _stays(loop: Any, turns: Sequence[dict[str, Any]]) -> int:
    """The turn of a loop after which all that it works with stays as it is; 0 where that is not seen for sure."""
    calls = {one.func.id for one in every(loop, ast.Call) if isinstance(one.func, ast.Name)}
    names = names_in(loop) - calls
    if not turns or calls - _PLAIN or any(turns[-1].get(name) is None for name in names):
        return 0
    same = sum(1 for _ in takewhile(lambda turn: turn == turns[-1], reversed(turns)))
    return len(turns) - same + 1 if same > 1 else 0


def _idle_loop(tree: ast.Module, ran: Set[int]) -> int:
    """The line of a loop that was come to and has no turn; 0 for none."""
    heads = (loop.lineno for loop in every(tree, *_Loop) if loop.lineno in ran and loop.body[0].lineno not in ran)
    return min(heads, default=0)


def change_of(lines: Sequence[int], own: Outcome, mended: Outcome | None) -> Change | None:
    """The first of these lines that gives a name another value than it gets in a repair, where no loop goes round."""
    steps, others = own.steps, mended.steps if mended is not None else ()
    for before, after, right in zip(steps, steps[1:], others[1:], strict=False):
        is_after = before.event == "line" and before.depth == after.depth  # no other call of the same function
        if before.line in lines and is_after and after.line == right.line:
            for name, value in after.names.items():
                if name in right.names and right.names[name] != value and not is_table(value):
                    return Change(before.line, name, value_text(value))
    return None


def _turns(loop: Any, steps: Sequence[Step]) -> list[dict[str, Any]]:
    """What names held at the end of each turn of the loop's first run."""
    first, last = loop.body[0].lineno, loop.body[-1].end_lineno
    found: list[dict[str, Any]] = []
    names: dict[str, Any] = {}
    depth, inside = None, False
    for step in steps:
        if depth is not None and step.depth < depth:
            break
        if depth is not None and step.depth > depth:
            continue
        if depth is None:
            if step.line != first:
                names = {**(names if step.depth == 1 else {}), **step.names}
                continue
            depth = step.depth
        names = {**names, **step.names}
        within = first <= step.line <= last and step.event == "line"
        if inside and (not within or step.line == first and not isinstance(loop.body[0], _Loop)):
            found.append(names)  # the head of a loop within comes once more for each of its own turns
        if not within and step.line != loop.lineno:
            break
        inside = within
    return found


def _told_names(loop: Any, turns: Sequence[dict[str, Any]], through: Set[str]) -> list[str]:
    """The names that the loop changes, as they were first made: those that its lines make before others."""
    known = [name for name in dict.fromkeys(name for turn in turns for name in turn) if name not in through]
    made = set(stored(loop.body))
    moving = {name for name in known if len({repr(turn.get(name)) for turn in turns}) > 1}
    told = sorted((name for name in known if name in made | moving), key=lambda name: name not in made)[:_MOST_NAMES]
    return sorted(told, key=known.index) or ([] if through else known[-1:])


def _first_wrong(
    turns: Sequence[dict[str, Any]], right: Sequence[dict[str, Any]], names: Sequence[str]
) -> tuple[int, str] | None:
    if len(turns) != len(right):  # their turns are not about the same
        return None
    for at, (own, other) in enumerate(zip(turns, right, strict=True)):
        for name in names:
            if name in own and name in other and own[name] != other[name]:
                return at, name
    return None
