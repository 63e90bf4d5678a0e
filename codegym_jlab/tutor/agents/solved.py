"""Questions on an answer that passes: what a line is for, by running it without that line; what another one would do.

What the author says to wrong ideas of a choice or a prediction gives nothing away once it is solved.
"""

from __future__ import annotations

import ast
import re

from ..concepts import is_empty_word
from ..explain.explanation import quoted
from ..guard.syntax import parsed
from ..patterns import patterns
from .base import Answer, Asked, answer
from .moment import authored, moment, speaks_of_answer, words_of

_LINE = re.compile(r"\b(?:line|zeile|l[ií]nea|ligne|lini[iaeę])\s*(\d+)", re.I)
#: What a program works by; a question on the whole is answered by one of these.
_STEPS = (ast.If, ast.For, ast.While, ast.AugAssign, ast.Return, ast.Assign)


def of_solved(asked: Asked) -> Answer | None:
    """The answer to a question on what passes; None for words that ask nothing of it."""
    known, words = patterns("solved"), asked.words
    if not asked.is_accepted or asked.exercise is None:
        return None
    if known["change"].search(asked.message):
        return answer("review", words.say("solved.change"), fixed=True)
    if known["why"].search(asked.message):
        told = _without(asked) if asked.is_code else _of_author(asked)
        return answer("review", told, fixed=True, polish=asked.is_code) if told else None
    if not patterns("talk")["question"].search(asked.message):
        return None
    if known["right"].search(asked.message):
        return answer("review", f"{words.say('solved.yes')} {moment(asked)}", asked.next_title(), fixed=True)
    told = words.say("solved.change") if asked.is_code else _of_author(asked)
    return answer("review", told, fixed=True) if told and speaks_of_answer(asked) else None


def asks_of_solved(asked: Asked) -> bool:
    """Whether words are a question on an answer that passes."""
    known, routed = patterns("solved"), asked.routed
    if routed.intent in ("off_topic", "progress") and routed.sure and not speaks_of_answer(asked):
        return False
    is_own = patterns("talk")["question"].search(asked.message) and routed.intent not in ("logistics", "review")
    is_right = patterns("talk")["question"].search(asked.message) and known["right"].search(asked.message)
    is_other = known["change"].search(asked.message) or known["why"].search(asked.message)
    return bool(is_right or is_other or is_own and speaks_of_answer(asked))


def without_line(asked: Asked) -> str:
    """The student's program without the statement that a question is about, its lines where they were; "" for none."""
    node = _statement(asked)
    if node is None or not asked.is_code or not patterns("solved")["why"].search(asked.message):
        return ""
    rows = asked.situation.source.splitlines()
    first, last = node.lineno - 1, node.end_lineno or node.lineno
    rows[first:last] = [f"{' ' * node.col_offset}pass", *[""] * (last - first - 1)]
    return "\n".join(rows) + "\n"


def _statement(asked: Asked) -> ast.stmt | None:
    """The statement that a question names by its number, its words or its signs; else one that a program works by."""
    exercise, source = asked.exercise, asked.situation.source
    tree = parsed(source)
    if exercise is None or tree is None:
        return None
    skipped = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
    every = [one for one in ast.walk(tree) if isinstance(one, ast.stmt) and not isinstance(one, skipped)]
    if named := _LINE.search(asked.message):
        return next((one for one in every if one.lineno == int(named[1])), None)
    rows, said = source.splitlines(), set(re.findall(r"\w+|[^\w\s?!,.]+", asked.message))
    said = {one for one in said if one.isdigit() or not is_empty_word(one)}
    shared = [len(said & set(re.findall(r"\w+|[^\w\s]+", rows[one.lineno - 1]))) for one in every]
    if most := max(shared, default=0):  # of several alike the last, which mostly is in the loop
        return max((one for one, size in zip(every, shared, strict=True) if size == most), key=lambda one: one.lineno)
    given = exercise.starter.splitlines() if exercise.answer == "code" else []
    steps = [one for kind in _STEPS for one in every if isinstance(one, kind) and rows[one.lineno - 1] not in given]
    return next(iter(steps), None)


def _without(asked: Asked) -> str:
    node, found, words = _statement(asked), asked.diagnosis.example, asked.words
    if node is None or found is None:
        return ""
    code = asked.situation.source.splitlines()[node.lineno - 1].strip()
    key = "endless" if not found.got else "call" if found.call else "screen"
    values = {"call": quoted(found.call), "got": quoted(found.got), "wanted": quoted(found.wanted)}
    return words.say(f"solved.{key}", line=node.lineno, code=quoted(code), **values)


def _of_author(asked: Asked) -> str:
    """What the author says to the wrong idea, or the option, that a question speaks of; else to the first."""
    exercise = asked.exercise
    assert exercise is not None, "nothing is solved without an exercise"
    said, right = words_of(asked.message), asked.situation.source.splitlines()
    letters = [one for one in re.findall(r"\b[a-z]\b", asked.message.casefold()) if one in exercise.lettered]
    told = [(one.text, one.say or "") for one in exercise.lettered.values()]
    if letters:  # "a" is a word, too
        told = [("", exercise.lettered[letters[-1]].say or "")]
    if asked.terms.tells_ideas:
        told += [(_apart(right, one.wrong.splitlines()), one.say.strip()) for one in exercise.misconceptions]
    told = [one for one in told if one[1]]
    best = max(told, key=lambda one: len(said & words_of(f"{one[0]} {one[1]}")), default=None)
    return authored(asked, best[1], always=True) if best is not None else ""


def _apart(right: list[str], wrong: list[str]) -> str:
    """The words of the lines that a wrong prediction has in another way."""
    right = [one for one in right if not one.startswith("```")]
    return " ".join(f"{a} {b}" for a, b in zip(right, wrong, strict=False) if a != b) + " ".join(
        {*right[len(wrong) :], *wrong[len(right) :]}
    )
