"""Why an answer is wrong, what an error means, and accepted code looked at: all about the student's own lines."""

from __future__ import annotations

import ast
import asyncio
import re
from dataclasses import replace

from codegym_jlab.sandbox.base import Sandbox, SandboxUnavailable

from ..concepts import explain, find
from ..diagnosis import Diagnosis
from ..diagnosis.wording import only_text, place_text
from ..explain import Explanation, Seen, explain_error, mistakes_in
from ..explain.explanation import quoted
from ..explain.run import seen_in
from ..explain.seen import from_traceback
from ..misconceptions import wrong_idea
from ..patterns import patterns
from ..question import Situation
from ..review import review as reviewed
from .accepted_answer import of_solved
from .base import Agent, Answer, Asked, answer, with_choices
from .concept import without_code
from .moment import authored, by_hand, form, moment, next_step, of_the_task, was_said

_SURE = 0.9  #: of a likely slip that is told without a place found by running
_PLAIN = 0.8  #: of an explanation of an error, beside which no other place is told
_UNKNOWN = 0.1  #: of one that knows the error's name alone
_PLACED = re.compile(r"\bline \d+", re.I)


async def why(asked: Asked) -> Answer:
    """The place, a question on it and the smallest example; else that none was found. No hint is spent."""
    if asked.is_accepted:
        return await review(asked)
    judged = asked.terms.judged
    if not asked.is_code:
        told, idea = judged.told if judged is not None else (), wrong_idea(asked)
        say = authored(asked, idea.say.strip()) if idea is not None else ""
        step = say if say and not was_said(say, asked) else next_step(asked)
        is_step = asked.is_begun or not asked.exercise or asked.exercise.answer != "text"
        return answer("why", not_yet(asked), " ".join(told) or form(asked), step if is_step else "", fixed=True)
    if not asked.is_begun:
        lead = asked.words.say("why.unchecked" if asked.is_given else "hint.unstarted")
        lead = moment(asked) if asked.exercise is None else lead
        return answer("why", lead, by_hand(asked) or "", polish=True)
    if asked.stage == "error" and wrong_idea(asked) is None:
        return await answer_error(asked)
    if judged is not None and judged.rule:
        return answer("why", judged.rule, asked.words.say("why.rule"), fixed=True)
    failing = judged.failing if judged is not None else ()
    labels = asked.words.say("hint.failing", labels=", ".join(f"*{label}*" for label in failing[:3]))
    seen = about_code(asked)
    if seen:
        is_telling = failing and judged is not None and judged.passing and asked.diagnosis.example is None
        return told_place(asked, "\n\n".join(filter(None, (not_yet(asked), seen, labels if is_telling else ""))), "why")
    when = asked.terms.policy.diagnosis if asked.terms.policy is not None else "at_check"
    if when == "as_hint":
        return with_choices(answer("why", asked.words.say("why.as_hint"), fixed=True), asked.words.say("ask.hint"))
    if not failing:
        return answer("why", asked.words.say("why.unchecked"), next_step(asked), polish=True)
    none = asked.words.say("diagnosis.none") if when == "at_check" and not diagnosis_text(asked) else ""
    return answer("why", f"{none} {labels}".strip(), next_step(asked), fixed=True, polish=True)  # open to the student


def not_yet(asked: Asked) -> str:
    """A plain no to who asks whether a wrong answer is right, with what passes of it; "" for other questions."""
    judged = asked.terms.judged
    if judged is None or not patterns("solved")["right"].search(asked.message):
        return ""
    total = len(judged.passing) + len(judged.failing)
    if judged.passing and asked.is_code:
        return asked.words.say("why.part", passed=len(judged.passing), total=total)
    return asked.words.say("why.not_yet")


def told_place(asked: Asked, text: str, agent: Agent) -> Answer:
    """What is seen in the code as an answer. No guard looks at it: it is the author's word, or was run before."""
    made, slip = answer(agent, text, fixed=True, polish=True), _slip(asked)
    line = slip.line if slip is not None and slip.text in text else next(iter(asked.diagnosis.lines), None)
    return replace(made, reply=replace(made.reply, line=line))


def about_code(asked: Asked) -> str | None:
    """What is to be seen in the code and was not said yet: the author's word, the diagnosis, a likely slip."""
    if not asked.is_begun or asked.is_accepted:
        return None
    own = _left(asked) or diagnosis_text(asked) if asked.is_code else diagnosis_text(asked)
    texts = [own] if own else [one.text for one in _likely(asked)[:1]] if asked.is_code else []
    return next((text for text in texts if not was_said(text.split("\n\n")[0], asked)), None)


def _left(asked: Asked) -> str:
    """Where all stands behind `#`, dots of the starter are left, or what was given is changed; "" for none of it."""
    source, exercise, words = asked.situation.source, asked.exercise, asked.words
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return ""
    if not tree.body and "#" in source:
        return words.say("why.comment")
    if exercise is None:
        return ""
    bare = [one.value for one in ast.walk(tree) if isinstance(one, ast.Expr)]
    dots = [one for one in ast.walk(tree) if isinstance(one, ast.Constant) and one.value is ... and one not in bare]
    if dots and "..." in exercise.starter:
        return words.say("why.left", place=place_text(words, tuple(sorted({one.lineno for one in dots}))))
    lines, found = source.splitlines(), asked.diagnosis.lines
    for given in exercise.starter.splitlines():
        name = re.match(r"(\w+) *= *[^=.]", given)
        if name is None or given in lines or given not in exercise.solution.splitlines():
            continue
        line = next((n for n, one in enumerate(lines, 1) if re.match(rf"{name[1]} *=(?!=)", one)), 0)
        if line and line in found:
            return words.say("why.given", line=line, code=quoted(given))
    return ""


def _likely(asked: Asked) -> list[Explanation]:
    """Likely slips by their form alone; none of a result where only prints are checked."""
    checks = asked.exercise.checks if asked.exercise is not None else []
    prints = bool(checks) and all(check.outcome == "prints" for check in checks)
    found = mistakes_in(asked.situation.source, asked.words.language)
    return [one for one in found if not (prints and one.cause == "none_return")]


def diagnosis_text(asked: Asked) -> str:
    """The diagnosis in words: the author's, or those of a known pattern of mistakes on the line told, or on any."""
    found = replace(asked.diagnosis, idea=wrong_idea(asked))
    slip = _slip(asked) if found.idea is None else None
    place = slip.text if slip is not None else ""
    if found.idea is not None:
        place = authored(asked, found.idea.say.strip())
    elif not place and asked.stage == "failed" and patterns("open")["wanted"].search(asked.message):
        place = of_the_task(asked)
    if found.lines and place and slip is None:
        place = f"{place_text(asked.words, found.lines)} {place}"
    told = found.text(asked.words.language, place or _crash_text(asked, found)) or place
    is_clear = found.lines or found.idea or place or not told or only_text(asked.words, found.example)
    return told if is_clear else f"{told} {asked.words.say('why.compare')}"


def _slip(asked: Asked) -> Explanation | None:
    """A likely slip that is what was found by running."""
    found = asked.diagnosis
    known = _likely(asked) if not found.is_silent else []
    return next((one for one in known if _fits(one, found)), None)


def _fits(slip: Explanation, found: Diagnosis) -> bool:
    """Whether a slip is what was found by running: on a line told, or seen in the example; else it must be sure."""
    got, wanted = (found.example.got, found.example.wanted) if found.example is not None else ("?", "")
    if slip.variant == "endless" and not got or slip.cause == "none_return" and got == "None" != wanted:
        return not found.lines or not got or slip.line in found.lines
    return (slip.line,) == found.lines or slip.sure >= _SURE and (not found.lines or slip.line in found.lines)


def _crash_text(asked: Asked, found: Diagnosis) -> str:
    """What the error means that the example stops with; "" for none, or where its cause is on no line told."""
    if found.idea is not None or found.example is None or not (found.lines and found.example.has_error):
        return ""
    seen = replace(from_traceback(found.example.got), line=found.lines[0])
    explanation = explain_error(asked.situation.source, seen, asked.words.language)
    return explanation.text if explanation.line in found.lines and explanation.sure >= _SURE else ""


async def answer_error(asked: Asked) -> Answer:
    """What the error means here, with the line where the mistake is."""
    found = await explained(asked.sandbox, asked.situation, asked.words.language) if asked.sandbox else None
    if found is not None:
        cause, language = asked.diagnosis, asked.words.language
        is_better = cause.lines and cause.kind != "crash" and found.sure < _PLAIN and found.line not in cause.lines
        first = replace(cause, example=None).text(language) if is_better else ""
        if (idea := wrong_idea(asked) if asked.terms.judged is not None else None) is not None:
            first = authored(asked, idea.say.strip())
        kept = form(asked) if not first and asked.exercise is not None and asked.exercise.answer == "order" else ""
        name = (asked.situation.last_error or "").strip().rpartition("\n")[2].partition(":")[0]
        title = found.title if found.sure > _UNKNOWN else name or None
        made = answer("explain_error", first, found.text, kept, title=title, polish=True)
        return replace(made, reply=replace(made.reply, line=cause.lines[0] if is_better else found.line))
    error = (asked.situation.last_error or "").strip()
    if not error:
        return answer("explain_error", asked.words.say("error.none"), fixed=True)
    pages = find(error.splitlines()[-1], asked.words.language)
    page = explain(pages[:1], error, asked.words.language) if pages and pages[0].is_named else ""
    return answer("explain_error", page or asked.words.say("error.unknown"), polish=True)


async def explained(sandbox: Sandbox, situation: Situation, language: str) -> Explanation | None:
    """By our own rules, in a thread; where no line is told, the cell is run once more to see what its names held.

    None where there is no code to look at, or nothing is wrong that can be seen.
    """
    source, error = situation.source, (situation.last_error or "").strip()
    if not source.strip():
        return None
    exercise = situation.exercise
    known = re.findall(r"`(\w+)`|^(\w+) *=", f"{exercise.statement}\n{exercise.starter}", re.M) if exercise else []
    names = tuple(one or other for one, other in known)
    if not error or not _PLACED.search(error):
        try:
            seen = await seen_in(sandbox, source)
        except SandboxUnavailable:
            seen = Seen()
        name = error.splitlines()[-1].split(":")[0].strip().rpartition(".")[2] if error else seen.type
        if seen.type and name == seen.type:
            return await asyncio.to_thread(explain_error, source, replace(seen, known=names), language)
    if not error:
        return None
    return await asyncio.to_thread(explain_error, source, replace(from_traceback(error), known=names), language)


async def review(asked: Asked) -> Answer:
    """What could be better in accepted code; of other code, why it is wrong."""
    source = asked.situation.source
    if asked.terms.wants is None and (made := of_solved(asked)) is not None:
        return made
    is_wrong = not asked.is_accepted and (asked.stage != "code" or not asked.is_code or about_code(asked) is not None)
    if is_wrong and asked.exercise is not None and source.strip():
        return await why(asked)
    if not asked.is_code:
        told = asked.words.say("why.passed_hints")
        return answer("review", f"{moment(asked)} {told}", asked.next_title(), fixed=True)
    if not source.strip():
        return answer("review", asked.words.say("review.none"), fixed=True)
    text = await asyncio.to_thread(reviewed, source, asked.exercise, asked.words.language)  # it runs ruff
    return replace(answer("review", text, asked.next_title(), polish=True), plainer=without_code(text))
