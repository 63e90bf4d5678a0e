"""Questions on an answer that passes: what a line or a number is for, by running the answer without it.

What the author says to wrong ideas of a choice or a prediction gives nothing away once it is solved.
"""

import ast
import re
from itertools import zip_longest

from ..concepts import is_empty_word
from ..explain.explanation import quoted
from ..guard.syntax import parsed
from ..patterns import patterns
from .base import Answer, Asked, answer
from .concept import loop_name
from .moment import authored, lines_named, moment, speaks_of_answer, subjects, words_of
from .proposal import proposed

#: What a program works by; a question on the whole is answered by one of these.
_STEPS = (ast.If, ast.For, ast.While, ast.AugAssign, ast.Return, ast.Assign)
_SIGNS = re.compile(r"\w+|[^\w\s?!,.]+")


def asked_of_solved(asked: Asked) -> str:
    """What is asked of an answer that passes: its `length`, a `change`, `why`, `yes` if it is right; "" for nothing."""
    known, routed = patterns("solved"), asked.routed
    is_apart = routed.intent in ("off_topic", "progress") and routed.sure and not speaks_of_answer(asked)
    if not asked.is_accepted or asked.exercise is None or is_apart:
        return ""
    found = next((name for name in ("length", "change", "why") if known[name].search(asked.message)), "")
    if found or not patterns("talk")["question"].search(asked.message):
        return found
    if known["right"].search(asked.message):
        return "yes"
    is_own = set(subjects(asked.message)) <= {"way"} and speaks_of_answer(asked)
    return "" if not is_own else "change" if asked.is_code else "why"


def of_solved(asked: Asked) -> Answer | None:
    """The answer to such a question; None where nothing can be said."""
    match asked_of_solved(asked):
        case "change":
            told = _of_name(asked) or asked.words.say("solved.change")
        case "why":
            told = _of_name(asked) or _without(asked) if asked.is_code else _of_author(asked)
        case "length":
            own, author = (len(one.strip().splitlines()) for one in (asked.situation.source, _solution(asked)))
            told = asked.words.say("solved.length", own=own, author=author) if asked.is_code else ""
        case "yes":
            told = f"{asked.words.say('solved.yes')} {moment(asked)}\n\n{asked.next_title()}"
        case _:
            told = ""
    return answer("review", told.strip(), fixed=True) if told else None


def _solution(asked: Asked) -> str:
    return asked.exercise.solution if asked.exercise is not None else ""


def without_line(asked: Asked) -> str:
    """The student's program without what a question is about, its lines where they were; "" for none."""
    is_why = asked.is_code and asked_of_solved(asked) == "why"
    return (_other(asked) or _shorter(asked))[0] if is_why and not _of_name(asked) else ""


def _shorter(asked: Asked) -> tuple[str, str]:
    """The program without the statement that is asked about, and which was taken away; "" for none."""
    node = _statement(asked)
    if node is None:
        return "", ""
    rows = asked.situation.source.splitlines()
    first, last = node.lineno - 1, node.end_lineno or node.lineno
    key = "solved.line" if last == node.lineno else "solved.block"
    lead = asked.words.say(key, line=node.lineno, last=last, code=quoted(rows[first].strip()))
    rows[first:last] = [f"{' ' * node.col_offset}pass", *[""] * (last - first - 1)]
    return "\n".join(rows) + "\n", lead


def _other(asked: Asked) -> tuple[str, str] | None:
    """The program with the one number or piece of code for the other where a question names two: why 0 and not 1."""
    found = proposed(asked)
    if found is None:
        return None
    return found.source, asked.words.say("solved.number", line=found.line, old=found.old, new=found.new)


def _of_name(asked: Asked) -> str:
    """What a loop's own name is for, where of all that stands in the code a question names just that."""
    source = asked.situation.source
    tree, named = parsed(source), _said(asked).intersection(_SIGNS.findall(source))
    is_other = len(named) != 1 or lines_named(asked.message)
    return "" if tree is None or is_other else loop_name(asked, tree, *named)


def _said(asked: Asked) -> set[str]:
    """The words, numbers and signs of a message, its small words left out."""
    return {one for one in _SIGNS.findall(asked.message) if one.isdigit() or not is_empty_word(one)}


def _statement(asked: Asked) -> ast.stmt | None:
    """The statement that a question names by its number, its words or its signs; else one that a program works by."""
    exercise, rows = asked.exercise, asked.situation.source.splitlines()
    tree = parsed(asked.situation.source)
    if exercise is None or tree is None:
        return None
    skipped = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
    every = [one for one in ast.walk(tree) if isinstance(one, ast.stmt) and not isinstance(one, skipped)]
    if named := lines_named(asked.message):
        return next((one for one in every if one.lineno == named[0]), None)
    said = _said(asked)
    # of several alike the last, which mostly is in the loop
    sizes = [(len(said.intersection(_SIGNS.findall(rows[one.lineno - 1]))), one.lineno, one) for one in every]
    best = max(sizes, key=lambda one: one[:2], default=(0, 0, None))
    if best[0]:
        return best[2]
    given = exercise.starter.splitlines() if exercise.answer == "code" else []
    steps = [one for kind in _STEPS for one in every if isinstance(one, kind) and rows[one.lineno - 1] not in given]
    return next(iter(steps), None)


def _without(asked: Asked) -> str:
    found, number = asked.diagnosis.example, _other(asked)
    lead = (number or _shorter(asked))[1]
    if not lead or found is None:
        return asked.words.say("solved.change") if number else ""
    key = "endless" if not found.got else "call" if found.call else "screen"
    values = {"call": quoted(found.call), "got": quoted(found.got), "wanted": quoted(found.wanted)}
    return asked.words.say(f"solved.{key}", lead=lead, **values)


def _of_author(asked: Asked) -> str:
    """What the author says to the wrong idea, or the option, that a question speaks of; else to the first."""
    exercise = asked.exercise
    assert exercise is not None, "nothing is solved without an exercise"
    letters = [one for one in re.findall(r"\b[a-z]\b", asked.message.casefold()) if one in exercise.lettered]
    options = [exercise.lettered[letters[-1]]] if letters else exercise.lettered.values()  # "a" is a word, too
    told = [(one.text, one.say or "") for one in options]
    right = [one for one in asked.situation.source.splitlines() if not one.startswith("```")]
    for one in exercise.misconceptions if asked.terms.tells_ideas else ():
        lines = zip_longest(right, one.wrong.splitlines(), fillvalue="")
        told.append((" ".join(f"{a} {b}" for a, b in lines if a != b), one.say.strip()))
    said = words_of(asked.message)
    best = max(told, key=lambda one: len(said & words_of(f"{one[0]} {one[1]}")) if one[1] else -1, default=("", ""))
    return authored(asked, best[1], always=True) if best[1] else ""
