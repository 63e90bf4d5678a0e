"""Who answers which message: one table, read from the top; the first row that fits decides."""

import ast
import re
from collections.abc import Callable

from codegym_jlab.records import frozen

from ..concepts import words_in
from ..guard.syntax import nodes_of
from ..patterns import patterns
from ..triage.message import read
from .base import Agent, Asked
from .concept import general_answer, named_first, names_its_error, placeholder
from .course_records import is_of_a_way
from .doubt import doubted
from .hint import asks_how_good, author_answer, hint_by_words, line_asked_for, told_back
from .moment import (
    CLEAR,
    MEANT,
    asks_how,
    goes_on,
    is_question,
    is_said,
    nearest_question,
    only,
    pressed,
    speaks_of_answer,
    subjects,
    value_said,
)
from .own_code import OF_CODE, asks_of_lines, trial_of, unseen
from .small_talk import is_frustrated, is_thanked, perhaps, small_talk_of
from .solution_request import asks_for_samples, asks_of_tests
from .why import sees_trouble

_SHORT = 9  #: words of a message that asks for the answer and says no more
_SIGN = re.compile(r"(?<!\S)`?([<>=!+*/%^-]+)`?(?=[\s?.,]|$)(?! *\d)")


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


def _after_code(asked: Asked) -> bool:
    """Whether the last reply was about code, which is still not right."""
    return asked.is_after(*OF_CODE) and not asked.is_accepted


def _is_thanked(asked: Asked) -> bool:
    """Whether a message ends in thanks, and is about nothing that is still to be done."""
    is_open = asked.has("talk.changed") or speaks_of_answer(asked) or is_question(asked)
    return is_thanked(asked.message) and not is_open


def _proposes(asked: Asked) -> bool:
    """Whether a message asks "should I …?" of what was told of the code, or "what if I …?" of what passes."""
    is_new = asked.is_accepted and not (_is_of_quality(asked) or subjects(asked.message))
    is_of_told = _after_code(asked) and not set(subjects(asked.message)) - {"way"}
    is_own = asked.exercise is not None and asked.is_code and (asked.is_begun or asked.is_given)
    if not (is_own and (is_new or is_of_told)) or is_frustrated(asked):
        return False
    known = patterns("proposal")
    parts = (one for one in re.split(r"(?<=[?!\n])\s", asked.message) if not known["other"].search(one))
    return any(known["form"].search(one) for one in parts)


def _is_idea(asked: Asked) -> bool:
    """Whether it asks what a gap, a name of the code, or an idea of the library is, and says it in so many words."""
    asks, found, name = asked.has("talk.idea"), asked.named, named_first(asked)
    if name or placeholder(asked):
        return f"NameError: name '{name}'" not in asked.error
    if found is None or asked.has("talk.next", "talk.which"):  # what comes, or is missing, here
        return False
    is_asked = asks or _is(asked, "concept")
    if asked.is_wrong:  # of which the code says more than a page, till that was told
        is_asked = asks and (found.exact or _is(asked, "concept") or bool(asked.replies))
        is_asked = is_asked and not asked.has("talk.mistake", "talk.behaves")
    is_of_sign = bool(asked.replies and _SIGN.search(asked.message))
    is_clear = asked.exercise is None or found.exact or found.compares or is_of_sign
    return is_asked and is_clear


def _is_foreseen(asked: Asked) -> bool:
    """Whether the author answers it, and it is not whose help is allowed."""
    if "allowed" in subjects(asked.message) and not is_of_a_way(asked):  # whose help is no matter of an exercise
        return False
    return author_answer(asked) is not None and not _is_known(asked)


def _is_known(asked: Asked) -> bool:
    """Whether more is known of what it asks than a question says that is only near: a name, a form, two ideas."""
    is_of_two = asked.named is not None and asked.named.compares
    is_known = is_of_two or bool(named_first(asked)) or asks_how(asked)
    return is_known and nearest_question(asked)[1] < CLEAR


def _is_meant(asked: Asked) -> bool:
    """Whether it asks something that the author answers, as far as can be seen: then no step or card comes first."""
    is_asked = is_question(asked) and (asked.is_code or not asked.is_wrong)  # of a choice that is wrong an idea is told
    is_asked = is_asked and not _is_known(asked)
    return is_asked and nearest_question(asked)[1] >= MEANT and perhaps(asked, MEANT) is not None


def _wants_a_hint(asked: Asked) -> bool:
    """Whether it asks for a hint; who can be told what is wrong, or was told a place already, by that word alone."""
    heard = asked.routed.heard
    is_told = asked.is_wrong and (not asked.is_code or any(one.line for one in asked.replies))
    is_sure = asked.routed.sure or asked.stage == "open" and "stuck" in heard
    is_stuck = "stuck" in heard and (asked.is_code or not asked.is_begun)
    is_stuck = is_stuck or not (asked.is_begun or "checkfail" in heard)
    is_meant = asked.routed.intent == "hint" and is_sure and not asked.is_accepted
    is_said = {"hintword", "neganswer"} <= heard and not asked.is_accepted  # a hint, and not the answer
    return is_said or is_meant and ("hintword" in heard or is_stuck and not is_told)


def _is_of_answer(asked: Asked) -> bool:
    """Whether it is about an answer that is not accepted: by its words, or as triage takes it."""
    is_clear = asked.routed.sure or asked.stage != "code"  # else what is meant is asked back
    is_heard = is_clear and asked.routed.intent not in ("off_topic", "concept", "logistics") and is_said(asked.message)
    is_why = asked.is_wrong and asked.has("talk.why", "talk.mistake")
    return not asked.is_accepted and (is_heard or is_why or speaks_of_answer(asked))


def _wants_the_answer(asked: Asked) -> bool:
    is_wanted = _is(asked, "solution_request") and not asked.has("talk.does", "talk.mistake", "talk.changed")
    heard = asked.routed.heard
    is_said = "doforme" in heard or {"give", "answer"} <= heard or len(asked.message.split()) < _SHORT
    return is_wanted and is_said and not heard.isdisjoint(("give", "answer", "doforme"))


def _is_of_hint(asked: Asked) -> bool:
    """Whether it asks for a step, and a word of the author's says it."""
    is_step = asked.is_code and asked.has("talk.next", "talk.onward", "talk.step")
    return bool(line_asked_for(asked) or is_step and hint_by_words(asked))


def _is_of_quality(asked: Asked) -> bool:
    """Whether it asks how good the code is, or whether what is there is right."""
    if "hintword" in asked.routed.heard or asked.has("solved.length"):
        return True
    is_half = asked.stage == "code" and asked.has("solved.right", "talk.which")
    return is_half or _is(asked, "review") and (asks_how_good(asked) or not asked.is_accepted)


def _is_of_records(asked: Asked) -> bool:
    """Whether it asks for a date, points or rules; of code, that it names, those say nothing."""
    names = {one.id for one in nodes_of(asked.code, ast.Name)}
    is_of_code = re.search(r"\w ?\(", asked.message) is not None or not names.isdisjoint(words_in(asked.message))
    return _is(asked, "logistics") and bool({*subjects(asked.message)} - {"way"}) and not is_of_code


def _is_standing(asked: Asked) -> bool:
    """Whether it asks for the standing in the course, in so many words at an answer that is not right."""
    is_said = "progress" in asked.routed.heard and (not asked.is_begun or asked.is_accepted)
    return _is(asked, "progress") and (is_said or bool(subjects(asked.message)))


def _is_outside(asked: Asked) -> bool:
    """Whether it is about nothing of the course."""
    is_of_course = speaks_of_answer(asked) or "python" in asked.message.casefold()
    return _is(asked, "off_topic") and not is_of_course


def _is_how_it_works(asked: Asked) -> bool:
    """Whether it asks how or why code that is accepted works, and not if it could be better."""
    is_asked = asked.has("talk.how", "talk.why") and "review" not in asked.routed.heard
    return asked.is_accepted and asked.is_code and is_asked


def _is_how_on(asked: Asked) -> bool:
    """Whether it asks how to go on with code that is begun, where a hint costs nothing."""
    is_begun = asked.stage == "code" and asked.is_code
    return is_begun and asked.has("talk.onward", "talk.next") and not asked.terms.policy.hint_cost


ROUTES: tuple[Route, ...] = (
    # what must not be missed, whatever else is said
    Route("life", "distress", lambda a: a.has("talk.life")),
    Route("told back", "hint", told_back),
    Route("orders", "injection", lambda a: _is(a, "injection")),
    Route(
        "small talk",
        "off_topic",
        lambda a: (
            bool(small_talk_of(a.message)) and not a.has("talk.next") or a.has("talk.who", "talk.ask") or _is_thanked(a)
        ),
    ),
    Route("hidden tests", "solution_request", asks_of_tests),
    Route(
        "quoted",
        "explain_error",
        lambda a: (read(a.message, a.situation).quotes_error or names_its_error(a)) and not is_frustrated(a),
    ),
    Route("doubt", "why", lambda a: bool(doubted(a)[0])),
    Route("value", "trial", lambda a: trial_of(a) is not None),
    Route("unseen", "trial", lambda a: bool(unseen(a))),
    Route("general", "concept", lambda a: bool(general_answer(a))),
    Route("foreseen", "foreseen", _is_foreseen),
    # what goes on from the last reply
    Route("one more", "hint", lambda a: a.is_after("hint") and not a.is_accepted and only(a, "more")),
    Route("go on", "asks_on", lambda a: _after_code(a) and goes_on(a)),
    # what has code in it, or a line
    Route("others", "review", lambda a: a.is_accepted and a.has("solved.others")),
    Route("proposal", "proposal", _proposes),
    Route("line", "own_lines", asks_of_lines),
    Route("way", "logistics", is_of_a_way),
    Route("value said", "asks_on", lambda a: _after_code(a) and bool(value_said(a))),
    # what clearly asks for one thing
    Route("which", "why", lambda a: a.stage == "failed" and a.has("talk.which")),
    Route("person", "human", lambda a: "human" in a.routed.heard),
    Route("task", "samples", lambda a: asks_how(a) and not named_first(a) or asks_for_samples(a)),
    Route("idea", "concept", _is_idea),
    Route("step", "hint", _is_of_hint),
    Route("distress", "distress", lambda a: _is(a, "distress") and not is_frustrated(a)),
    Route("anger", "frustration", is_frustrated),
    Route("meant", "foreseen", _is_meant),
    Route("error", "explain_error", lambda a: _is(a, "explain_error") and a.stage == "error"),
    Route("hint", "hint", _wants_a_hint),
    Route("answer", "solution_request", _wants_the_answer),
    Route("progress", "progress", _is_standing),
    Route("records", "logistics", _is_of_records),
    Route("outside", "off_topic", _is_outside),
    # what else is said before the first line
    Route("early", "why", lambda a: a.stage == "open" and _is(a, "hint", "review")),
    Route("before", "asks_back", lambda a: a.stage == "open"),
    # what else is said of an answer
    Route("trouble", "why", sees_trouble),
    Route("works", "own_lines", _is_how_it_works),
    Route("review", "review", _is_of_quality),
    Route("asks on", "asks_on", _after_code),
    Route("how on", "hint", _is_how_on),
    Route("result", "why", _is_of_answer),
    Route("unknown", "asks_back", lambda a: True),
)
