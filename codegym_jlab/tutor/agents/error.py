"""What an error means here: its line, its cause, and what the student's names held."""

import ast
import asyncio
import builtins
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import takewhile

from codegym_jlab.course.schema import CodeCell
from codegym_jlab.grading.grader.plan import ANSWER, solution_names
from codegym_jlab.grading.grader.replay import Replay, SandboxLost
from codegym_jlab.sandbox.base import Sandbox, SandboxUnavailable

from ..concepts import explain, facts, find, telling, words_in
from ..diagnosis.sentences import NAMES, example_text, place_text
from ..explain import LOST_RESULTS, Explanation, Seen, explain_error, mistakes_in
from ..explain.explanation import explanation_of, quoted
from ..explain.program import Candidate, names_in
from ..explain.run import on_sample, seen_in, values_at
from ..explain.seen import Step, from_traceback
from ..guard.syntax import nodes_of
from .base import Answer, Asked, answer
from .moment import ACT, authored, given_by_call, library_answer, next_step, stored, was_said
from .small_talk import perhaps
from .wrong import slip_found, told_place, wrong_idea

_PLAIN = 0.8  #: of an explanation of an error, beside which no other place is told
_FEW = 3  #: words of a message that speaks of something
_UNKNOWN = 0.1  #: of one that knows the error's name alone
_FROM_ELSEWHERE = ("KeyError", "IndexError")  #: of a value that another line made wrong
Values = list[tuple[str, str]]  #: parts of a line, and what they held
_MOST_HELD = 2  #: of which are told
_BY_RUN = ("index", "series")  #: what a run told of a key that is missing
_OF_VALUES = ("TypeError", "ValueError", "IndexError", "KeyError", "AttributeError")
_SAME = 40  #: characters of a message by which an error is known again: notebooks cut them
_PLACED = re.compile(r"\bline \d+", re.I)


def _reads_on(asked: Asked, error: str) -> str:
    """Of a program that was checked and reads more than the test types: that it should have stopped; "" else."""
    if asked.terms.judged is None or not error.startswith("EOFError"):
        return ""
    loops = nodes_of(asked.source, ast.For, ast.While)
    asking = tuple(one.lineno for one in loops if "input(" in ast.unparse(one))[-1:]
    if not asking and (given := given_by_call(asked)):
        return given
    place = f"{place_text(asked.words, asking)} " if asking else ""
    return place + asked.say("error.asks_on")


def _never_ends(asked: Asked, error: str) -> str:
    """Of a program that the student stopped: which of its loops goes on for ever; "" for others."""
    likely = mistakes_in(asked.source, asked.words.language) if error.startswith("KeyboardInterrupt") else []
    return next((one.text for one in likely if one.variant == "endless"), "")


def _uncaught(asked: Asked, found: Explanation) -> str:
    """Why a `try` does not catch the error: its line stands beside it, or the `except` waits for another; "" else."""
    source, kind = asked.source, from_traceback(asked.error).type
    functions = nodes_of(source, ast.FunctionDef)

    def place(line: int) -> list[int]:
        return [one.lineno for one in functions if one.lineno <= line <= (one.end_lineno or 0)]

    for one in nodes_of(source, ast.Try) if found.line else ():
        names = [name for part in one.handlers for name in (names_in(part.type) if part.type else ("BaseException",))]
        is_beside = not one.lineno <= found.line <= (one.end_lineno or 0) and place(found.line) == place(one.lineno)
        if kind in names and is_beside:
            return asked.say("error.outside_try", line=found.line, kind=kind, start=one.lineno)
        is_in = one.body[0].lineno <= found.line <= (one.body[-1].end_lineno or 0)
        caught = [getattr(builtins, name, BaseException) for name in names]
        raised = getattr(builtins, kind, None)
        if is_in and caught and isinstance(raised, type) and not any(issubclass(raised, kept) for kept in caught):
            waited = ", ".join(f"`{name}`" for name in sorted({*names}))
            return asked.say("error.other_kind", line=found.line, kind=kind, names=waited)
    return ""


def is_of_error(asked: Asked) -> bool:
    """Whether a message speaks of the error on the table, or of nothing else."""
    said, last = telling(asked.message), asked.error_line
    heard = {"errword", "checkfail", "mean", "stuck"} & asked.routed.heard
    return bool(heard) or len(said) < _FEW or not said.isdisjoint(telling(last))


def word_told(asked: Asked) -> str:
    """What the library says to a word of the error's message that is asked about by itself; "" for none."""
    said = asked.error_line.partition(": ")[2].casefold()
    rest = asked.message.casefold().replace(said, " ") if asked.has("lines.does") else ""
    words = [one for one in re.findall(r"[a-z]{4,}(?: \d+)?", rest) if words_in(one) <= words_in(said) - {*facts()}]
    told = library_answer(replace(asked, message=f"what does {' '.join(words)} mean?"))[0] if words else ""
    return ACT.sub("", told)  # what to do stands below


async def error_told(asked: Asked) -> Answer | None:
    """What the error means here, with the line where the mistake is; None where that was told."""
    error = asked.error_line
    if plain := _reads_on(asked, error) or _never_ends(asked, error):
        return None if was_said(plain, asked) else told_place(asked, "explain_error", plain)
    found = await _explained(asked, asked.sandbox) if asked.is_python and asked.sandbox is not None else None
    if found is not None:
        values = await _values(asked, found.line)
        found = _of_values(asked, found, error, values)
        return None if was_said(found.text, asked) else _told(asked, found, error, values)
    if not error:
        return answer("explain_error", asked.say("error.none"), fixed=True)
    if not asked.source and (meant := perhaps(asked)) is not None:  # of code that is not seen
        return meant
    last = error.partition(". ")[0]
    pages = [one for one in find(last)[:1] if asked.is_python]
    page = explain(pages, last, asked.words.language, asked.shown) if pages else ""
    page = page or (asked.say("error.unknown") if asked.is_python else next_step(asked))
    return None if was_said(page[:40], asked) else answer("explain_error", page, polish=True)


def _held(asked: Asked, line: int, values: Values) -> str:
    """What two parts of the line held at which it stopped; "" where not known."""
    held = [one for one in values if not any(one[0] != code and one[0] in code for code, _ in values)][:_MOST_HELD]
    if not held:
        return ""
    told = asked.say("error.held", held=", ".join(f"`{quoted(a)}` = `{quoted(b)}`" for a, b in held))
    given = next(filter(None, (_given_again(asked, name, line) for name, _ in held)), "")
    return f"{told} {given}".strip()


async def _values(asked: Asked, line: int) -> Values:
    """Parts of the line at which it stopped and what they held, by its own call or the first open sample's."""
    source, is_script = asked.source, asked.exercise is not None and asked.exercise.is_program
    below = None if is_script else asked.replay  # no cell above a script gives it anything
    is_of_values = asked.terms.may_run and any(one in asked.error for one in _OF_VALUES)
    is_of_values = is_of_values and "argument" not in asked.error  # how many there are is told already
    calls = (one for one in asked.samples[:1] if one.call)
    if asked.sandbox is None or not is_of_values:
        return []
    with suppress(SandboxUnavailable):
        for program in [source, *(on_sample(source, one) for one in calls)]:
            if held := await values_at(asked.sandbox, program, line, asked.typed or "", below):
                return held
    return []


def _of_values(asked: Asked, found: Explanation, error: str, values: Values) -> Explanation:
    """Of a text that meets a number: that it holds none; of a key that is missing: that what is asked has no such."""
    if found.variant == "input" and any(text[:1] in "'\"" and not re.search(r"\d", text) for _, text in values):
        told = Candidate(found.cause, found.sure, {"kind": "float" if "float" in error else "int"})
        return explanation_of(told, found.line, error, asked.words.language)
    key = error.partition(": ")[2][:80]
    if not error.startswith("KeyError") or found.cause not in ("keyerror_column", "missing_key"):
        return found
    here = [one for one in nodes_of(asked.source, ast.Subscript, ast.Call) if one.lineno == found.line]
    asking = [one.value for one in here if isinstance(one, ast.Subscript) and ast.unparse(one.slice) == key]
    for one in here:  # such as `.groupby("area")`
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and key in map(ast.unparse, one.args):
            asking.append(one.func.value)
    asked_for = {*map(ast.unparse, asking)}
    for code, held in (one for one in values if one[0] in asked_for):
        index = held.partition(", index ")[2].strip("[]").split(", ")
        is_column = held.startswith("Series,") and ", labels " not in held and not key.isdigit()
        if variant := "index" if key in index else "series" if is_column else "":
            told = Candidate("keyerror_column", 0.97, {"key": key, "name": code}, variant)
            return explanation_of(told, found.line, error, asked.words.language)
    return found


def _shown(asked: Asked, error: str) -> str:
    """The smallest example that stops with the error of a test, which the student may not have seen; "" for none."""
    example = asked.diagnosis.example
    is_of_test = asked.terms.judged is not None and example is not None and example.call != ""
    is_same = is_of_test and example is not None and error.startswith(example.got.partition(":")[0] or " ")
    return example_text(asked.words, example) if is_same and example is not None else ""


def _given_again(asked: Asked, name: str, line: int) -> str:
    """Where a parameter got another value than the function was given; "" where it has that one at a line."""
    for one in nodes_of(asked.source, ast.FunctionDef):
        if name in {arg.arg for arg in one.args.args} and one.lineno < line <= (one.end_lineno or 0):
            made = [at.lineno for at in stored(asked.source) if at.id == name and one.lineno < at.lineno < line]
            return asked.say("error.made", name=name, line=made[-1]) if made else ""
    return ""


def _told(asked: Asked, found: Explanation, error: str, values: Values) -> Answer:
    """An explanation, and before it what is surer: the author's word, another line that was found by running."""
    cause = asked.diagnosis
    place = replace(cause, example=None).text(asked.words.language)
    is_of_name = cause.kind in ("quoted", "rows", "mode") or cause.kind in NAMES and error.startswith(_FROM_ELSEWHERE)
    if is_of_name and found.line in cause.lines and not was_said(place, asked):
        # what the error says of texts, keys and places is beside it
        return told_place(asked, "explain_error", place, _held(asked, found.line, values))
    is_better = found.sure < _PLAIN or error.startswith(_FROM_ELSEWHERE) and found.variant not in _BY_RUN
    is_better = is_better and bool(cause.lines) and found.line not in cause.lines
    is_better = is_better and not error.startswith("NameError")  # no other line is wrong for a name that is missing
    first = "" if not is_better else place if found.line else cause.text(asked.words.language)
    if is_better and (found.variant == "unending" or not found.line):  # two places at once help nobody
        found = replace(found, text="")
    if (idea := wrong_idea(asked)) is not None:
        first = authored(asked, idea.say)
        found = found if found.line else replace(found, text="")  # a test met what comes of it
    slip = slip_found(asked)
    if slip is not None and slip.variant in LOST_RESULTS:
        first, found = slip.text, replace(found, line=slip.line)
    title = found.title if found.sure > _UNKNOWN else error.partition(":")[0] or None
    if outside := _uncaught(asked, found):  # then it is no matter of values
        found, below = replace(found, text=outside), ""
    else:
        below = "" if first else _held(asked, found.line, values) or _shown(asked, error)
    line = cause.lines[0] if is_better else found.line or None
    return answer("explain_error", first, found.text, below, title=title, line=line, polish=True)


async def _explained(asked: Asked, sandbox: Sandbox) -> Explanation | None:
    """By our own rules, in a thread; where no line is told, the cell is run once more to see where it stops.

    None where there is no code to look at, or nothing is wrong that can be seen.
    """
    exercise, language = asked.exercise, asked.words.language
    source, error = asked.source, asked.error.strip()
    if not source.strip():
        return None
    known = re.findall(r"`(\w+)`|^(\w+) *=", f"{exercise.statement}\n{exercise.starter}", re.M) if exercise else []
    names = tuple(one or other for one, other in known)
    right = nodes_of(exercise.solution, ast.Constant) if exercise else []
    texts = tuple(one.value for one in right if isinstance(one.value, str))
    above = tuple({*_above(asked)}.difference(solution_names(source).defined))
    in_task = partial(replace, known=names, above=above, texts=texts)
    raised = in_task(from_traceback(error, source))
    if not _PLACED.search(error):
        seen = await _once_more(asked, sandbox, raised)
        if seen.type and seen.type == (raised.type or seen.type):
            return await asyncio.to_thread(explain_error, source, in_task(seen), language)
        # where nothing stops it a test raises it; of a name the line is known all the same
        place = _first_use(source, raised) or _crash(asked, raised)
        raised = replace(raised, line=place, of_test=place is None and seen.type != raised.type)
    return await asyncio.to_thread(explain_error, source, raised, language) if error else None


def _above(asked: Asked) -> Iterator[str]:
    """The names that the unit's given cells above the exercise give."""
    cells = asked.unit.cells if asked.unit is not None else ()
    above = takewhile(lambda cell: getattr(cell, "exercise", None) is not asked.exercise, cells)
    return (name for one in above if isinstance(one, CodeCell) for name in solution_names(one.code).defined)


def _first_use(source: str, seen: Seen) -> int | None:
    """The first line that reads the name of which a NameError speaks; None for other errors and names."""
    name = re.fullmatch(r"name '(\w+)' is not defined.*", seen.message, re.S) if seen.type == "NameError" else None
    loads = (one.lineno for one in nodes_of(source, ast.Name) if name is not None and one.id == name[1])
    return min(loads, default=None)


def _crash(asked: Asked, seen: Seen) -> int | None:
    """The line at which the diagnosis saw an error of this type; None for others."""
    finding = asked.diagnosis.finding
    if finding is None or finding.failure is None or finding.failure.type != seen.type:
        return None
    return finding.crash


def _plain(message: str) -> str:
    """The beginning of an error's message, without Python's guess at a name, which only a traceback has."""
    return message.partition(". Did you mean")[0][:_SAME]


async def _once_more(asked: Asked, sandbox: Sandbox, raised: Seen) -> Seen:
    """How the cell ends alone, or by the error that was told, where it comes on an open sample."""
    said = _plain(raised.message)
    try:
        alone = await seen_in(sandbox, asked.source)
        is_said = _plain(alone.message) == said
        is_same = alone.type == raised.type and (is_said or alone.type != "NameError")
        is_known = bool(alone.type) and (is_same or not raised.type)
        if is_known or (replay := asked.replay(asked.source)) is None:
            return alone
        found = [one async for one in _on_samples(asked, replay)]
    except (SandboxUnavailable, SandboxLost):
        return Seen("unknown")
    same = (one for one in found if not raised.type or _plain(one.message) == said)
    return next(same, Seen("unknown") if alone.type == "NameError" else alone)  # alone it lacks the names above it


async def _on_samples(asked: Asked, replay: Replay) -> AsyncIterator[Seen]:
    """How the answer ends below the unit's own cells, and how the open checks end that come first."""
    async with replay.running():
        replies = [replay.answer]
        for one in asked.samples[:2] if replay.is_running else ():
            is_program = one.action == "program"
            replies.append(
                await replay.check(setup=one.setup, call=one.call, run=one.run, stdin=one.stdin, program=is_program)
            )
    for failure in (reply.failure for reply in replies if reply is not None and reply.failure is not None):
        own = tuple(Step(frame.line, frame.function) for frame in failure.frames if frame.cell == ANSWER)
        line = failure.line if failure.cell == ANSWER else None
        yield Seen(failure.type, failure.message, own, line, of_test=not own and line is None)
