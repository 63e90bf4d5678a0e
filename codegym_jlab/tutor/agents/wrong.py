"""What is known of a wrong answer, in words: the author's, those of the diagnosis, or a likely slip."""

import ast
import re
from dataclasses import replace
from difflib import get_close_matches

from codegym_jlab.course.schema import Misconception
from codegym_jlab.grading.grader.plan import solution_names

from ..concepts import words_in
from ..diagnosis.sentences import NAMES, difference_text, is_begun, place_text, walk_text
from ..diagnosis.slips import SURE, likely_slips, slip_of
from ..explain import LOST, Explanation, lost_in
from ..guard.syntax import nodes_of, tree_of
from ..misconceptions import by_form
from ..patterns import patterns
from .base import Agent, Answer, Asked, answer
from .moment import asked_parts, authored, is_half, of_the_task, was_said

_LIKE = 0.8  #: of a name that may be meant for another one
#: A question of what an answer does, and of nothing that the student is to do.
_OF_TASK = re.compile(r"(?:should|must|does|is|are|soll|muss) (?!i\b|we\b|ich\b|wir\b|be\b)", re.I)
_MOST_WORDS = 90  #: of a reply that goes through an example


def told_place(asked: Asked, agent: Agent, *parts: str) -> Answer:
    """What is seen in the code as an answer. No guard looks at it: it is the author's word, or was run before."""
    slip, line = slip_found(asked), next(iter(asked.diagnosis.lines), None)
    if slip is not None and any(slip.text in part for part in parts):
        line = slip.line
    return answer(agent, *parts, line=line, fixed=True, polish=True)


def about_code(asked: Asked) -> str:
    """What is to be seen in the code and was not said yet: the author's word, the diagnosis, a slip; "" for none."""
    if not asked.is_begun or asked.is_accepted:
        return ""
    is_read, half = asked.is_code and asked.is_python, is_half(asked)
    own = is_read and _left(asked) or ("" if half else diagnosis_text(asked))
    slips = likely_slips(asked.source, asked.solution, asked.words.language) if is_read else []
    likely = [one.text for one in slips if not (own or half) or one.sure >= SURE]
    texts = [own, *likely[:2]] if own else likely[:1]
    return next((text for text in texts if not was_said(text.split("\n\n")[0], asked)), "")


def _left(asked: Asked) -> str:
    """Where all stands behind `#`, dots of the starter are left, or a name is not quite the one wanted; "" for none."""
    source, exercise = asked.source, asked.exercise
    tree = tree_of(source)
    if tree is not None and not tree.body:
        return asked.say("why.comment")
    if tree is None or exercise is None:
        return ""
    reads = {"input", "stdin"}.intersection(words_in(" ".join(map(ast.unparse, nodes_of(source, ast.expr)))))
    if asked.stage == "failed" and asked.typed and "input(" in asked.solution and not reads:
        return "" if wrong_idea(asked) is not None else asked.say("why.typed_in")
    bare = {one.value for one in nodes_of(source, ast.Expr)}
    bare -= {one.body[0].value for one in nodes_of(source, ast.FunctionDef) if isinstance(one.body[0], ast.Expr)}
    dots = {one.lineno for one in nodes_of(source, ast.Constant) if one.value is ... and one not in bare}
    if dots and ((slip := slip_found(asked)) is None or slip.line in dots):  # what is written may be wrong, too
        return asked.say("why.left", place=place_text(asked.words, tuple(sorted(dots))))
    own = {one.casefold(): one for one in solution_names(source).defined}
    wanted = set(solution_names(exercise.solution).defined) - {*own.values()}
    asked_for = wanted.intersection(one.call for one in exercise.checks) & words_in(exercise.statement)
    for name in sorted(asked_for):
        for near in get_close_matches(name.casefold(), own, 1, _LIKE):
            return asked.say("why.name", name=name, own=own[near])
        return asked.say("why.no_name", name=name)
    return ""


def diagnosis_place(asked: Asked) -> str:
    """Where to look once more, and what to ask oneself there; "" where no line is known."""
    if (slip := slip_found(asked)) is not None:
        return slip.text
    found = replace(asked.diagnosis, example=None, idea=wrong_idea(asked))
    return found.text(asked.words.language) if found.has_place else ""


def diagnosis_text(asked: Asked) -> str:
    """The diagnosis in words: the author's, or those of a known pattern of mistakes on the line told, or on any."""
    found = replace(asked.diagnosis, idea=wrong_idea(asked))
    slip, walk = slip_found(asked), walk_text(asked.words, asked.diagnosis.example, asked.diagnosis.walk)
    if slip is not None and found.idea is not None:  # a value that is lost here alone says more than the same outcome
        slip = slip if {slip.cause, slip.variant} & LOST - lost_in(found.idea.wrong) else None
    if slip is not None:
        place = slip.text
    elif found.idea is not None:
        place = authored(asked, found.idea.say)
    else:
        wanted = (one for one in asked_parts(asked.message) if _OF_TASK.match(one))
        is_of_task = asked.stage == "failed" and any(map(patterns("open")["wanted"].search, wanted))
        place = of_the_task(asked) if is_of_task and (found.lines or not walk) else ""
        if found.kind in {*NAMES, "extra_line"} and is_begun(found.example):
            found = replace(found, lines=(), change=None)  # nothing is wrong with what is there
    if found.lines and found.kind and place and slip is None:
        place = f"{place_text(asked.words, found.lines)} {place}"
    if not (found.has_place or place) and is_begun(found.example):
        place = asked.say("why.so_far")
    if not (found.has_place or place) and found.example is not None and found.example.stops:
        place = asked.say("diagnosis.stops", line=found.example.stops)
    told = found.text(asked.words.language, place) or place
    is_apart = found.example is not None and found.example.apart is not None
    if found.has_place or place or not told or difference_text(asked.words, found.example) and not is_apart:
        return told
    is_short = len(f"{told} {walk}".split()) <= _MOST_WORDS
    return f"{told} {walk if walk and is_short else asked.say('why.line' if is_apart else 'why.compare')}"


def slip_found(asked: Asked) -> Explanation | None:
    """A likely slip that is what was found by running."""
    return slip_of(asked.diagnosis, asked.source, asked.solution, asked.words.language)


def wrong_idea(asked: Asked) -> Misconception | None:
    """The one to speak of; None for an answer that passes, is nobody's, or of which only labels may be seen."""
    exercise = asked.exercise
    if exercise is None or not asked.terms.tells_ideas or not exercise.misconceptions:
        return None
    if asked.terms.judged is not None:  # what came of it is known, and decides
        return next((one for one in exercise.misconceptions if one.id == asked.terms.judged.misconception), None)
    return by_form(exercise, asked.source) if asked.is_code and not asked.diagnosis.lines else None
