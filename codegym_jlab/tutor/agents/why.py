"""Why an answer is wrong: first what was found by running, then, for who asks on, one step nearer each time."""

import ast
import asyncio
from collections.abc import Iterator
from dataclasses import replace

from codegym_jlab.course.schema import GAP

from ..concepts import saying, telling, words_in
from ..diagnosis.sentences import (
    apart_text,
    example_text,
    is_begun,
    is_telling,
    more_text,
    place_text,
    turn_text,
    walk_text,
)
from ..explain.explanation import quoted
from ..explain.program import DEFINITIONS
from ..guard.syntax import nodes_of
from ..review import review as reviewed
from .base import Answer, Asked, answer, led_by, with_choices
from .concept import error_card, idea_behind, without_code
from .doubt import doubt_text
from .error import error_told, word_told
from .hint import asks_what_is_so, free_rung, hint_by_progress, hint_by_words, is_right_so_far, is_unfinished
from .moment import (
    MEANT,
    NEAR,
    PERHAPS,
    authored,
    buttons,
    by_hand,
    form,
    goes_on,
    is_half,
    is_question,
    moment,
    next_step,
    of_the_task,
    offered,
    pressed,
    value_said,
    was_said,
)
from .own_code import foreseen_step, line_text, stored_at
from .small_talk import asks_back, perhaps
from .wrong import about_code, diagnosis_place, told_place, wrong_idea


def sees_trouble(asked: Asked) -> bool:
    """Whether somebody says of code that passes that it does not work."""
    return asked.is_accepted and asked.is_code and asked.has("solved.trouble") and not asked.has("solved.right")


async def why(asked: Asked) -> Answer:
    """The place, a question on it and the smallest example; else that none was found. No hint is spent."""
    if sees_trouble(asked):
        return perhaps(asked, NEAR) or answer("asks_back", asked.say("solved.trouble"), fixed=True)
    if asked.is_accepted:
        return await (review(asked) if asked.is_code else asks_back(asked))
    if not asked.is_code:
        return await _why_of_form(asked)
    if not asked.is_begun:
        lead = asked.say("why.unchecked" if asked.is_given else "hint.unstarted")
        lead = moment(asked) if asked.exercise is None else lead
        return answer("why", lead, by_hand(asked), polish=True)
    if asked.stage == "error":
        return await answer_error(asked)
    judged, is_again = asked.terms.judged, any(one.agent in ("why", "hint", "explain_error") for one in asked.replies)
    if judged is not None and judged.rule:
        besides = about_code(asked) or asked.say("why.rule")  # what it does was looked at all the same
        return is_again and idea_behind(asked) or answer("why", judged.rule, besides, fixed=True)
    if is_half(asked):
        return so_far(asked)
    labels = asked.failing_text()
    if labels and asked.has("talk.which"):
        return _which(asked, labels)
    if seen := about_code(asked):
        is_bare = judged is not None and asked.diagnosis.example is None
        return told_place(asked, "why", not_yet(asked), seen, labels if is_bare else "")
    if asked.terms.policy.diagnosis == "as_hint":
        return with_choices(answer("why", asked.say("why.as_hint"), fixed=True), asked.say("ask.hint"))
    return await (nearer(asked) if is_again else _unplaced(asked, labels))


async def _unplaced(asked: Asked, labels: str) -> Answer:
    """Of a wrong answer of which no place is known: which tests fail, and a step to find it."""
    if not labels:
        if asked.passes:
            return answer("samples", asked.say("review.samples"), fixed=True)
        lead = form(asked) if GAP in asked.source else asked.say("why.unchecked")
        return answer("why", lead, next_step(asked), polish=True)
    if found := perhaps(asked, PERHAPS):
        return led_by(labels, found)
    none = asked.say("diagnosis.none") if asked.terms.policy.diagnosis == "at_check" else ""
    open_ = [one for one in asked.samples if one.title in asked.failing]
    is_drawn = any(one.figure for one in open_)
    step = _unreached(asked) or asked.say("why.line" if is_drawn else "why.compare" if open_ else "why.invent")
    return answer("why", f"{none} {labels}".strip(), step, fixed=True, polish=True)  # open to the student


def _unreached(asked: Asked) -> str:
    """The first line that no example reached; "" where all of them ran, or none was seen to run."""
    steps = {one.lineno for one in nodes_of(asked.source, ast.stmt) if not isinstance(one, DEFINITIONS)}
    missed = sorted(steps - {*asked.diagnosis.ran}) if asked.diagnosis.ran else []
    return line_text(asked, missed[0]) if missed else ""


async def answer_error(asked: Asked) -> Answer:
    """What the error means here, with the line where the mistake is; asked again, what else is known of it."""
    told = error_card(asked) or await error_told(asked)
    if told is None:
        return await nearer(asked)
    word = word_told(asked) or doubt_text(asked, {told.reply.line or 0})
    return led_by(word, told) if word else told


async def asks_on(asked: Asked) -> Answer:
    """What a question after an answer on the code is told: it is about that code, whatever its words are."""
    judged = asked.terms.judged
    if not asked.is_code or judged is not None and judged.rule:
        return await why(asked)
    if (told := error_card(asked)) is not None:
        return told
    if goes_on(asked):
        return await answer_error(asked) if asked.stage == "error" else await nearer(asked)
    if (value := value_said(asked)) and (example := asked.diagnosis.example) is not None:
        if value == example.should:
            return await nearer(asked, asked.say("name.yes", value=value))
        if example.should and was_said(turn_text(asked.words, example), asked):
            return answer("why", asked.say("name.no", value=value), fixed=True)
    if asked.has("talk.changed"):
        return await nearer(asked, asked.say("back.changed"))
    is_asked = "?" in asked.message or is_question(asked)
    return await nearer(asked, asked.say("back.unsure" if is_asked else "back.objects"))


async def nearer(asked: Asked, lead: str = "") -> Answer:
    """What the message names, else the next step that was not told yet; then a hint that is free, an idea, a person.

    `lead` stands before what the message does not name.
    """
    if (named := known(asked)) is not None:
        return named
    if step := next((text for text in _steps(asked) if text and not was_said(text, asked)), ""):
        made = told_place(asked, "explain_error" if asked.stage == "error" else "why", step)
        return led_by(lead, made) if lead else made
    if asked.stage != "error" and (rung := await free_rung(asked)) is not None:
        return rung if goes_on(asked) else led_by(asked.say("back.hint"), rung)
    if (idea := idea_behind(asked)) is not None:
        return idea
    labels = asked.failing_text()
    told_all = f"{moment(asked)} {asked.say('why.all')}"
    return with_choices(answer("why", told_all, labels, fixed=True, polish=True), *buttons(asked))


def known(asked: Asked) -> Answer | None:
    """What is known of the words of a message: the task's, the author's hint, an idea; None where it only goes on."""
    if goes_on(asked) or asked.has("talk.changed"):
        return None
    is_of_words = not (asked.is_wrong and asked.is_code) or bool(asked.replies) and is_question(asked)
    if is_of_words and (found := perhaps(asked, MEANT)) is not None:
        return found
    hint = hint_by_words(asked)
    if hint and (asked.stage != "open" or len(telling(asked.message) & telling(hint)) > 1):  # one word says little
        return answer("why", asked.say("back.hint"), authored(asked, hint), polish=True)
    idea = idea_behind(asked)
    passage = of_the_task(asked) if idea is None and not asked.is_accepted else ""
    return answer("samples", passage, fixed=True) if passage else idea


async def answer_unknown(asked: Asked) -> Answer:
    """What is known of its words; why it is wrong; before the first line the author's hint; else a question back."""
    if (found := known(asked)) is not None:
        return found
    if asked.is_wrong and asked.is_code:
        return await why(asked)  # what is wrong is never beside the point
    if is_half(asked):
        return with_choices(led_by(asked.say("back.unsure"), so_far(asked)), *buttons(asked, offered(asked)))
    is_how = asked.stage == "open" and asked.has("talk.how")
    return is_how and await free_rung(asked) or await asks_back(asked)


def _steps(asked: Asked) -> Iterator[str]:
    """What was found by running: the place; where two texts part; a smaller question and the way there; the line."""
    found = asked.diagnosis
    yield about_code(asked)
    yield apart_text(asked.words, found.example)
    more = more_text(asked.words, found.kind)
    steps = [
        f"{place_text(asked.words, found.lines)} {more}" if more else "",
        walk_text(asked.words, found.example, found.walk),
    ]
    yield from steps if is_telling(found.kind) else reversed(steps)
    yield _unreached(asked)
    if found.ran and all(one.line for one in found.walk):  # of a loop that goes round often its end says nothing
        yield from (line_text(asked, line) for line in found.lines if stored_at(asked, line))
    for line in found.lines:  # how to see it oneself: to print what it makes
        if names := stored_at(asked, line):
            yield asked.say("step.print", names=", ".join(names), line=line)


def not_yet(asked: Asked) -> str:
    """A plain no to who asks whether a wrong answer is right, with what passes of it; of one line whether that is."""
    judged = asked.terms.judged
    if asked.has("talk.unfair"):
        return asked.say("why.fair")
    if told := doubt_text(asked, {*asked.diagnosis.lines}):
        return told
    if judged is None or asked.has("talk.why", "talk.mistake") or not asked.has("solved.right"):
        return ""
    if "?" not in asked.message and not is_question(asked):
        return ""
    if is_begun(asked.diagnosis.example):
        return asked.say("why.so_far")
    total = len(judged.passing) + len(judged.failing)
    if judged.passing and asked.is_code:
        return asked.say("why.part", passed=len(judged.passing), total=total)
    return asked.say("why.not_yet")


async def _why_of_form(asked: Asked) -> Answer:
    """Of an answer that is no code: the author's words for it, or how it is written; then a step, or a hint."""
    judged, idea = asked.terms.judged, wrong_idea(asked)
    plain = " ".join(judged.told) if judged is not None else ""
    is_text = asked.exercise is not None and asked.exercise.answer == "text"
    is_on = asked.has("talk.next", "talk.onward") or pressed(asked.message) is not None
    if judged is None and not is_text and not is_on:
        is_right = asked.has("solved.right", "solved.so_far")
        if (found := perhaps(asked, PERHAPS if is_right else NEAR)) is not None:
            return found
        if is_right:
            right = await foreseen_step(asked) or f"{asked.say('form.right_yet')}\n\n{next_step(asked)}"
            return answer("samples", right, fixed=True)
    how = form(asked) if is_text or not asked.is_begun else ""  # who has answered knows how
    told = authored(asked, plain) if plain else how
    told = "" if was_said(told, asked) else told
    say = authored(asked, idea.say) if idea is not None else ""
    if asked.is_wrong and (not say or was_said(say, asked)):
        say = await foreseen_step(asked)
    step = next((one for one in (say, next_step(asked)) if one and not was_said(one, asked)), "")
    if not told and not step:
        return await free_rung(asked) or await asks_back(asked)
    no = "" if asks_what_is_so(asked) else not_yet(asked)
    return answer("why", no, told, step, fixed=True)


def _which(asked: Asked, labels: str) -> Answer:
    """The tests that fail, and the smallest example that may be told."""
    example = asked.diagnosis.example
    if example is None:
        return told_place(asked, "why", labels, about_code(asked))
    return told_place(asked, "why", labels, example_text(asked.words, example), diagnosis_place(asked))


async def proposal(asked: Asked) -> Answer:
    """The place, if a change that is proposed is of it, and to try the change: that says more than a word on it."""
    found = asked.diagnosis
    lead = about_code(asked)
    if not lead and _is_of_place(asked):
        lead = asked.say("proposal.place", lines=", ".join(map(str, found.lines)))
    call = quoted(found.example.call) if found.example is not None else ""
    return answer("why", lead, asked.say("proposal.expect" if call else "proposal.try", call=call), fixed=True)


def _is_of_place(asked: Asked) -> bool:
    """Whether a proposal is about a line that was told: it has a word of it, or of no other line."""
    lines, rows = set(asked.diagnosis.lines), asked.source.splitlines()
    said = saying(asked.message)
    held = {number for number, row in enumerate(rows, 1) if said & words_in(row)}
    if not held.isdisjoint(lines):
        return True
    is_other = bool(held) or asked.named is not None  # such as a method that is not there yet
    return not is_other and any(one.line in lines for one in asked.replies[-1:])


async def review(asked: Asked) -> Answer:
    """What could be better in accepted code; of other code, why it is wrong."""
    exercise, source = asked.exercise, asked.source
    if exercise is None or not asked.is_accepted:
        return await _review_of_unaccepted(asked)
    if not (asked.is_code and asked.is_python) or asked.is_unread:
        told = asked.say("why.passed_hints")
        return answer("review", f"{moment(asked)} {told}", asked.next_title(), fixed=True)
    own, author = (len(one.strip().splitlines()) for one in (source, exercise.solution))
    length = asked.say("solved.length", own=own, author=author)
    yes = asked.say("why.right" if asked.has("solved.right") else "talk.joy")
    if asked.has("solved.length", "solved.others"):
        return answer("review", f"{asked.say('talk.joy')} {length}", fixed=True)
    text = await asyncio.to_thread(reviewed, source, exercise, asked.words.language)  # it runs ruff
    if text == asked.say("review.fine") and own > author:  # it may be right and still be long
        text = length
    return replace(answer("review", yes, text, asked.next_title(), polish=True), plainer=without_code(text))


def so_far(asked: Asked) -> Answer:
    """Of code that is not complete: whether it is right so far, what it makes of an example, and the next hint."""
    found, onward = asked.tried or asked.diagnosis, hint_by_progress(asked) if is_unfinished(asked) else ""
    onward = onward and authored(asked, onward)
    example = found.example  # of a name that the cells above may give it says nothing
    shown = example_text(asked.words, example) if example is not None and "NameError" not in example.got else ""
    is_seen = asked.tried is not None or not asked.diagnosis.is_silent
    key = "review.unfinished" if onward else "review.whole" if is_seen else "review.unchecked"
    is_right = is_right_so_far(asked) and (example is None or asked.is_given or is_unfinished(asked))
    key = "review.right_so_far" if is_right else "why.so_far" if is_begun(example) else key
    is_doubted = asked.is_given or key in ("review.whole", "review.unchecked")
    if is_doubted and (seen := about_code(asked)):  # a line that is there is wrong
        return told_place(asked, "review", asked.say(key), seen)
    return answer("review", asked.say(key), shown, onward, fixed=bool(shown) or not onward)


async def _review_of_unaccepted(asked: Asked) -> Answer:
    """Why it is wrong; where that is not known, what the open samples say, and how the code is written."""
    exercise, source, tried = asked.exercise, asked.source, asked.tried
    if GAP in source:
        return answer("review", form(asked), fixed=True)
    if is_half(asked) or tried is not None and not tried.is_right:
        return so_far(asked)
    is_wrong = asked.stage != "code" or not asked.is_code or bool(about_code(asked))
    if exercise is not None and tried is None and is_wrong:
        return await why(asked)
    text = fine = asked.say("review.fine")
    if asked.is_python:
        text = await asyncio.to_thread(reviewed, source, exercise, asked.words.language)
    lead = ""
    if exercise is not None:  # how it is written says nothing of what it does
        lead, text = asked.say("review.samples" if tried is not None else "review.unchecked"), text.replace(fine, "")
    return replace(answer("review", lead, text, polish=True), plainer=without_code(text))
