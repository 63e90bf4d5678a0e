"""Who answers which message: one table, read from the top; the first row that fits decides."""

from collections.abc import Callable

from codegym_jlab.records import frozen

from ..concepts import SURE
from ..triage.message import read
from .base import Agent, Asked
from .concept import general_answer, is_within_reach, named_first, own_name, placeholder
from .course_records import is_of_a_way
from .hint import author_answer, hint_by_words, line_asked_for, told_back
from .moment import (
    asks_how,
    goes_on,
    is_literal,
    is_said,
    only,
    pressed,
    speaks_of_answer,
    subjects,
    value_said,
    value_source,
)
from .own_code import asks_of_lines, trial_of
from .proposal import OF_CODE, SIGN, proposes
from .small_talk import is_frustrated, small_talk_of
from .solution_request import asks_for_samples, asks_of_tests


@frozen
class Route:
    """One row; a test has a message for each that it decides."""

    name: str
    agent: Agent
    when: Callable[[Asked], bool]


def agent_of(asked: Asked, *, is_calm: bool = False) -> Agent:
    """Who answers this message: what clearly asks for it, by the state that is seen; else the student is asked back.

    `is_calm`: what it would be told without its anger.
    """
    wanted = asked.terms.wants or pressed(asked.message)
    if wanted is not None and not asked.has("talk.life") and not (wanted == "progress" and line_asked_for(asked)):
        return wanted
    agent = route_of(asked, is_calm=is_calm).agent
    return "why" if agent in ("asks_back", "asks_on") and asked.has_model and asked.exercise is not None else agent


def route_of(asked: Asked, *, is_calm: bool = False) -> Route:
    """The row that decides where no button was pressed."""
    rows = (one for one in ROUTES if not (is_calm and one.agent == "frustration"))
    return next(one for one in rows if one.when(asked))


def _is(asked: Asked, *intents: str) -> bool:
    """Whether triage is sure of one of these."""
    return asked.routed.sure and asked.routed.intent in intents


def _after(asked: Asked, *agents: str) -> bool:
    """Whether the last reply was one of these agents', and the answer is still not right."""
    return asked.is_after(*agents) and not asked.is_accepted


def _is_task(asked: Asked) -> bool:
    """Whether it asks for the task or a sample once more, or how an answer is given here."""
    is_of_error = asked.stage == "error" and asked.routed.intent == "explain_error"
    return (asks_for_samples(asked) or asks_how(asked)) and not is_of_error


def _is_idea(asked: Asked) -> bool:
    """Whether it asks what something is that the library has, or the student's own code."""
    found, asks = asked.named, asked.has("talk.idea")
    is_new_error = asked.stage == "error" and not asked.replies  # of which what it means here says most
    if is_frustrated(asked) and not asks:
        return False
    named = named_first(asked) if asks else ""
    if named and f"NameError: name '{named}'" in asked.error:
        return False
    if named or "hintword" not in asked.routed.heard and placeholder(asked):
        return True
    if asks_how(asked):
        return False
    if found is None:
        return bool(own_name(asked)) and (_is(asked, "concept") or asks)
    is_at_hand = is_new_error and found.topic.group == "errors" and found.topic.title in asked.error
    if is_at_hand or not is_within_reach(asked, found):
        return False
    if asked.is_wrong or asked.stage == "error":  # a word of the library mostly stands in words on what came of it
        is_told = bool(asked.replies)  # before, the place of the mistake says more than what a word means
        is_about = found.exact or is_literal(asked) and (is_told or _is(asked, "concept"))
        is_about = is_about or is_told and (asked.needs(found.topic) or SIGN.search(asked.message) is not None)
        is_of_result = asked.has("talk.mistake") or asked.has("talk.behaves") and not found.exact
        return asks and is_about and not is_of_result
    is_stuck = asked.routed.intent == "hint" and "stuck" in asked.routed.heard
    is_stuck = is_stuck and not (found.exact or asks and found.titled and is_literal(asked))
    if is_stuck or _wants_the_answer(asked) or _is(asked, "injection", "review", "progress"):
        return False
    is_clear = found.titled or found.score > 2 * SURE or asked.exercise is None
    return found.exact or (asked.is_code or is_literal(asked)) and is_clear and (asks or _is(asked, "concept"))


def _is_foreseen(asked: Asked) -> bool:
    """Whether the author answers it; of an expression that stands nowhere yet a run says more."""
    tried = trial_of(asked)
    is_new = tried is not None and (tried[0] is None or tried[0] not in asked.code)
    return not is_new and author_answer(asked) is not None


def _wants_a_hint(asked: Asked) -> bool:
    """Whether it asks for a hint; who was told a place already, by that word alone: the ladder begins before."""
    heard, is_told = asked.routed.heard, asked.is_wrong and any(one.line for one in asked.replies)
    is_stuck = "stuck" in heard or not (asked.is_begun or "checkfail" in heard)
    is_at_start = asked.stage == "open" and "stuck" in heard and not asked.terms.policy.hint_cost
    is_meant = asked.routed.intent == "hint" and (asked.routed.sure or is_at_start) and not asked.is_accepted
    return is_meant and ("hintword" in heard or is_stuck and not is_told)


def _is_of_answer(asked: Asked) -> bool:
    """Whether it is about an answer that is there and not accepted: by its words, or as triage takes it."""
    is_there = (asked.is_begun or not asked.is_code) and not asked.is_accepted
    is_clear = asked.routed.sure or asked.stage != "code" or not asked.is_code  # else what is meant is asked back
    is_heard = is_clear and asked.routed.intent not in ("off_topic", "concept", "logistics") and is_said(asked.message)
    is_why = asked.is_wrong and (asked.has("talk.why", "talk.mistake") or bool(asked.lines_named))
    return is_there and (is_heard or is_why or speaks_of_answer(asked))


def _wants_the_answer(asked: Asked) -> bool:
    """Whether it asks for the answer; one that asks why or how speaks of it, and does not ask for it."""
    if asked.is_accepted and asked.has("talk.why"):
        return False
    wanted = {"give", "doforme"} if asked.has("talk.why", "talk.how") else {"give", "answer", "doforme"}
    wanted -= {"give"} if is_literal(asked) else set()  # an idea is to be given, not an answer
    return _is(asked, "solution_request") and not wanted.isdisjoint(asked.routed.heard)


def _is_outside(asked: Asked) -> bool:
    is_of_code = speaks_of_answer(asked) or asked.exercise is not None and bool(asked.lines_named)
    is_of_code = is_of_code or "python" in asked.message.casefold()
    return _is(asked, "off_topic") and not is_of_code and is_said(asked.message)


def _is_of_hint(asked: Asked) -> bool:
    """Whether it asks for a step, or why a given program does what it does, and a hint of the author's says it."""
    is_early = asked.is_code and asked.stage in ("open", "code") and not is_frustrated(asked)
    # of an idea that is named the library knows more
    is_named = any(one.exact or one.titled and _is(asked, "concept") for one in asked.topics[:1])
    is_start = asked.stage == "open" and "stuck" in asked.routed.heard  # which the first hint is for
    if is_early and line_asked_for(asked):
        return True
    if not is_early or is_named or is_start or placeholder(asked):
        return False
    is_why = asked.is_given and not asked.is_begun and asked.has("talk.why", "talk.mistake")
    is_step = is_why or asked.has("talk.next", "talk.onward", "talk.step")
    return is_step and bool(hint_by_words(asked) or is_why and not asked.terms.policy.hint_cost)


def _goes_on_freely(asked: Asked) -> bool:
    """Whether it only goes on from a hint before the first line."""
    return asked.stage == "open" and goes_on(asked) and not asked.terms.policy.hint_cost


def _asks_why_it_works(asked: Asked) -> bool:
    """Whether it asks why, or how, of an answer that passes; not whether it could be better."""
    is_of_way = asked.has("solved.right", "solved.length", "solved.others")
    is_how = asked.has("talk.how", "talk.again") and "review" not in asked.routed.heard
    return asked.is_accepted and asked.is_code and (is_how or asked.has("talk.why")) and not is_of_way


def _is_of_quality(asked: Asked) -> bool:
    """Whether it asks how good the code is; of what passes a word of Python does not say so, and any hint does."""
    if asked.is_accepted and ("hintword" in asked.routed.heard or asked.has("solved.length")):
        return True
    said = asked.routed.heard - {"pyterm"} or asked.has("solved.length")
    is_half = asked.stage == "code" and asked.has("solved.right")
    return is_half or _is(asked, "review") and (bool(said) or not asked.is_accepted)


def _is_of_records(asked: Asked) -> bool:
    is_heard = _is(asked, "logistics") or asked.routed.intent == "logistics" and not asked.is_wrong
    return is_heard and bool(subjects(asked.message))


def _is_standing(asked: Asked) -> bool:
    """Whether it asks for the standing in the course; at an answer that is not right, only where it names a record."""
    return _is(asked, "progress") and (not asked.is_begun or asked.is_accepted or bool(subjects(asked.message)))


ROUTES: tuple[Route, ...] = (
    # what must not be missed, whatever else is said
    Route("life", "distress", lambda a: a.has("talk.life")),
    Route("told back", "hint", told_back),
    Route("orders", "injection", lambda a: _is(a, "injection")),
    Route("small talk", "off_topic", lambda a: bool(small_talk_of(a.message)) or a.has("talk.who")),
    Route("hidden tests", "solution_request", asks_of_tests),
    Route("general", "concept", lambda a: bool(general_answer(a))),
    Route("foreseen", "foreseen", _is_foreseen),
    # what goes on from the last reply
    Route("one more", "hint", lambda a: _after(a, "hint") and (only(a, "more") or _goes_on_freely(a))),
    Route("go on", "asks_on", lambda a: _after(a, *OF_CODE) and goes_on(a) and a.is_begun),
    # what has code in it, or a line
    Route("quoted", "explain_error", lambda a: read(a.message, a.situation).quotes_error and not is_frustrated(a)),
    Route("value", "trial", lambda a: trial_of(a) is not None),
    Route("others", "review", lambda a: a.is_accepted and a.has("solved.others")),
    Route("source", "concept", lambda a: bool(value_source(a))),
    Route("proposal", "proposal", proposes),
    Route("line", "own_lines", asks_of_lines),
    Route("way", "logistics", is_of_a_way),
    Route("value said", "asks_on", lambda a: _after(a, *OF_CODE) and a.is_begun and bool(value_said(a))),
    # what clearly asks for one thing
    Route("which", "why", lambda a: a.is_begun and a.stage == "failed" and a.has("talk.which")),
    Route("person", "human", lambda a: a.routed.intent == "distress" and "human" in a.routed.heard),
    Route("step", "hint", _is_of_hint),
    Route("idea", "concept", _is_idea),
    Route("task", "samples", _is_task),
    Route("distress", "distress", lambda a: _is(a, "distress") and not is_frustrated(a)),
    Route("anger", "frustration", is_frustrated),
    Route("error", "explain_error", lambda a: _is(a, "explain_error") and a.stage == "error"),
    Route("hint", "hint", _wants_a_hint),
    Route("answer", "solution_request", _wants_the_answer),
    Route("progress", "progress", _is_standing),
    Route("records", "logistics", _is_of_records),
    Route("outside", "off_topic", _is_outside),
    # what else is said before the first line
    Route("early", "why", lambda a: a.stage == "open" and _is(a, "hint", "review")),
    Route("before", "asks_back", lambda a: a.stage == "open" and is_said(a.message)),
    # what else is said of an answer
    Route("works", "own_lines", _asks_why_it_works),
    Route("review", "review", _is_of_quality),
    Route("asks on", "asks_on", lambda a: _after(a, *OF_CODE) and a.is_begun and is_said(a.message)),
    Route(
        "how on",
        "hint",
        lambda a: (
            a.stage == "code" and a.is_code and a.has("talk.onward", "talk.next") and not a.terms.policy.hint_cost
        ),
    ),
    Route("result", "why", _is_of_answer),
    Route("unknown", "asks_back", lambda a: True),
)
