"""Who answers which message: one table, read from the top; the first row that fits decides."""

from collections.abc import Callable

from codegym_jlab.records import frozen

from ..concepts import is_empty, tokens
from ..patterns import patterns
from ..triage.message import read
from .accepted_answer import asked_of_solved
from .base import Agent, Asked
from .concept import named_idea, of_number, own_name, placeholder
from .course_records import is_of_a_way
from .hint import told_back
from .moment import (
    asks_how,
    asks_of_meaning,
    asks_whether,
    goes_on,
    is_literal,
    is_said,
    names_code,
    of_meaning,
    of_the_task,
    only,
    pressed,
    speaks_of_answer,
    subjects,
)
from .own_lines import asks_of_lines
from .proposal import SIGN, proposes
from .small_talk import is_frustrated, is_of_life, small_talk_of
from .solution_request import asks_for_samples, asks_for_the_answer, asks_of_tests, asks_of_the_task
from .trial import gap_of, trial_of

#: Words that a message has at least which is taken for something outside the course.
_TALK = 4


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
    if (wanted := asked.terms.wants or pressed(asked.message)) is not None and not is_of_life(asked.message):
        return wanted
    agent = route_of(asked, is_calm=is_calm).agent
    return "why" if agent == "asks_back" and asked.has_model and asked.exercise is not None else agent


def route_of(asked: Asked, *, is_calm: bool = False) -> Route:
    """The row that decides where no button was pressed."""
    rows = (one for one in ROUTES if not (is_calm and one.agent == "frustration"))
    return next(one for one in rows if one.when(asked))


def _has(asked: Asked, name: str, part: str = "talk") -> bool:
    return bool(patterns(part)[name].search(asked.message))


def _is(asked: Asked, *intents: str) -> bool:
    """Whether triage is sure of one of these."""
    return asked.routed.sure and asked.routed.intent in intents


def _asks(asked: Asked) -> bool:
    """Whether it asks what something is, or how something is done."""
    return _has(asked, "idea")


def _after(asked: Asked, *agents: str) -> bool:
    """Whether the last reply was one of these agents'."""
    return bool(asked.replies) and asked.replies[-1].agent in agents and asked.exercise is not None


def _is_own(asked: Asked) -> bool:
    """Whether the answer is the student's, is not accepted, and a row of the library would miss it."""
    return asked.is_begun and not asked.is_accepted


def _is_idea(asked: Asked) -> bool:
    """Whether it asks what something is that the library has, or the student's own code."""
    if placeholder(asked) or of_number(asked) or named_idea(asked):
        return True
    routed, found, asks = asked.routed, asked.topics, _asks(asked)
    is_named = bool(found) and found[0].is_named
    is_titled = is_named and found[0].exact
    is_concept = _is(asked, "concept")
    said = [one for one in tokens(asked.message) if not is_empty(one)]
    if asks_of_meaning(asked):  # what something means is no question on a mean
        said = [one for one in said if not one.startswith("~")]
    if all(one.isdigit() for one in said) and not is_titled:
        return False  # a number alone is no idea
    if is_named and asked.message.strip().casefold() == found[0].topic.title.casefold():
        return True
    is_result = _has(asked, "result") or _has(asked, "mistake") or "error" in asked.message.casefold()
    is_result = is_result or _is_own(asked) and _has(asked, "why", "solved") and not is_titled
    if asked.is_begun and is_result and not asked.is_accepted or asked.is_given and _has(asked, "mistake"):
        return False
    if asked.is_wrong or asked.stage == "error":  # a word of the library mostly stands in words on what came of it
        is_about = is_titled or is_literal(asked) and (is_concept or found[0].whole)
        is_sign = bool(asked.replies) and SIGN.search(asked.message) is not None  # at first the error says it better
        is_about = is_about or is_named and (_has(asked, "same") or len(said) == 1 or is_sign)
        return asks and (is_about or is_concept and bool(own_name(asked)))
    if asked.is_accepted:
        is_other = _is(asked, "review", "progress") or "line" in asked.message.casefold()
        return is_named and not is_other and (asks or is_concept and (is_titled or found[0].titled))
    is_stuck = routed.intent == "hint" and "stuck" in routed.heard and not (asks and is_literal(asked))
    if routed.intent == "injection" or routed.sure and is_stuck or _is(asked, "review", "solution_request"):
        return False
    if is_concept:
        return is_named or bool(own_name(asked)) or not (speaks_of_answer(asked) or asked.is_begun)
    is_open = not routed.sure and "concept" in (routed.intent, routed.other) or _is_empty(asked)
    is_open = is_open and (asks or is_literal(asked))
    return is_titled or is_open and is_named or not routed.sure and bool(own_name(asked))


def _is_empty(asked: Asked) -> bool:
    """Whether it was taken for a question on the course's records, and names none of them."""
    return asked.routed.intent == "logistics" and not subjects(asked.message)


def _is_outside(asked: Asked) -> bool:
    """Whether it speaks of nothing here, in a whole sentence."""
    is_long = len(asked.message.split()) >= _TALK and not speaks_of_answer(asked)
    return _is(asked, "off_topic") and is_long and (not asked.is_wrong or _has(asked, "addressed"))


def _wants_a_hint(asked: Asked) -> bool:
    heard = asked.routed.heard & {"hintword", "stuck"}
    is_heard = _is(asked, "hint") and (heard == {"stuck"} and not _has(asked, "about") or "hintword" in heard)
    return is_heard and not (asked.is_accepted or asks_of_meaning(asked) or asks_whether(asked))


def _goes_on(asked: Asked) -> bool:
    """Whether it asks on after the place of the mistake was told, and for no hint by name: the ladder begins before."""
    is_told = _after(asked, "why", "explain_error") and any(one.line for one in asked.replies)
    is_asked = _wants_a_hint(asked) or _is(asked, "progress") and not _has(asked, "standing")
    return is_told and is_asked and asked.is_wrong and "hintword" not in asked.routed.heard


def _asks_on(asked: Asked) -> bool:
    """Whether a sentence follows what was told of a wrong answer."""
    is_told = _after(asked, "why", "hint", "own_lines", "trial", "solution_request")
    return is_told and asked.is_begun and asked.stage == "failed" and is_said(asked.message)


def _is_stuck(asked: Asked) -> bool:
    """Whether words before the first line are about the exercise, or ask for help."""
    names_value = any(one.isdigit() for one in asked.message) or _has(asked, "mistake")
    in_words = "hint" in (asked.routed.intent, asked.routed.other) or asked.is_given and names_value
    is_about = speaks_of_answer(asked) or in_words and is_said(asked.message)
    return asked.stage == "open" and is_about and not (asks_of_meaning(asked) or asks_whether(asked))


def _is_of_result(asked: Asked) -> bool:
    """Whether words at an answer are about what came of it: why, what is wrong, or a plain sentence on it."""
    if any(_has(asked, one) for one in ("about", "result", "mistake")) or _has(asked, "right", "solved"):
        return True
    return not _has(asked, "question")


def _is_of_task(asked: Asked) -> bool:
    """Whether a question that is about no result is answered by a passage of the task."""
    return _is_own(asked) and not _is_of_result(asked) and bool(of_the_task(asked))


def _is_of_error(asked: Asked) -> bool:
    """Whether it is about the error, as triage is sure, or as it gives the error's name."""
    name = (asked.situation.last_error or "").strip().rpartition("\n")[2].partition(":")[0]
    is_named = asked.routed.intent == "explain_error" and bool(name) and name in asked.message
    return _is(asked, "explain_error") or is_named


def _is_early(asked: Asked) -> bool:
    """Whether it asks what is wrong before there is anything."""
    return _is(asked, "hint") and asked.stage == "open" and not asked.is_given and _has(asked, "result")


def _is_of_way(asked: Asked) -> bool:
    return is_of_a_way(asked) and (asked.stage != "error" or any(one.exact for one in asked.topics[:1]))


def _is_solved_way(asked: Asked) -> bool:
    """Whether it asks of an accepted answer if another way would do, and names no idea of the library."""
    return asked_of_solved(asked) not in ("", "why") and not any(one.titled for one in asked.topics[:1])


ROUTES: tuple[Route, ...] = (
    Route("life", "distress", lambda a: is_of_life(a.message)),
    Route("told back", "hint", told_back),
    Route("orders", "injection", lambda a: _is(a, "injection")),
    Route("small talk", "off_topic", lambda a: bool(small_talk_of(a.message)) or _has(a, "who")),
    Route("tests", "solution_request", asks_of_tests),
    Route("more", "hint", lambda a: _after(a, "hint") and only(a, "more")),
    Route("on: error", "explain_error", lambda a: _after(a, "explain_error") and goes_on(a)),
    Route(
        "on",
        "why",
        lambda a: _after(a, "why", "hint", "own_lines", "solution_request") and not a.is_accepted and goes_on(a),
    ),
    Route("which", "why", lambda a: a.is_begun and a.stage == "failed" and _has(a, "which", "open")),
    Route("gap", "trial", lambda a: gap_of(a) is not None),
    # whatever the words could mean beside the error
    Route("quoted", "explain_error", lambda a: read(a.message, a.situation).quotes_error and not is_frustrated(a)),
    Route("trial", "trial", lambda a: trial_of(a) is not None),
    Route("lines", "own_lines", asks_of_lines),
    Route("meaning", "samples", lambda a: bool(of_meaning(a))),
    Route(
        "task",
        "samples",
        lambda a: (
            asks_of_the_task(a)
            or (asks_for_samples(a.message, a.exercise) or asks_how(a))
            and not (a.stage == "error" and a.routed.intent == "explain_error")
        ),
    ),
    Route("person", "human", lambda a: a.routed.intent == "distress" and "human" in a.routed.heard),
    Route("solved: way", "review", lambda a: _is_of_way(a) and _is_solved_way(a)),
    Route("proposal", "why", proposes),
    Route("way", "logistics", _is_of_way),
    Route("idea", "concept", lambda a: _is_idea(a) and (_asks(a) or not is_frustrated(a))),
    Route("distress", "distress", lambda a: _is(a, "distress") and not is_frustrated(a)),
    Route("solved", "review", lambda a: bool(asked_of_solved(a))),
    Route("anger", "frustration", is_frustrated),
    Route("error", "explain_error", lambda a: _is_of_error(a) and (a.stage == "error" or not a.is_begun)),
    Route("wrong", "why", lambda a: _is(a, "explain_error") or _is_early(a)),
    Route("goes on", "why", _goes_on),
    Route("hint", "hint", _wants_a_hint),
    Route("review", "review", lambda a: _is(a, "review")),
    Route(
        "on the way",
        "hint",
        lambda a: _is(a, "progress") and a.stage in ("error", "failed", "code") and not _has(a, "standing"),
    ),
    Route(
        "answer",
        "solution_request",
        lambda a: (
            _is(a, "solution_request")
            and (asks_for_the_answer(a) or not (a.is_accepted or a.is_wrong or names_code(a, "answer", "solution")))
            and not _has(a, "should", "proposal")
        ),
    ),
    Route("progress", "progress", lambda a: _is(a, "progress")),
    Route("records", "logistics", lambda a: _is(a, "logistics") and not _is_empty(a)),
    Route("outside", "off_topic", _is_outside),
    Route("no code", "why", lambda a: not a.is_code and not a.is_accepted and is_said(a.message)),
    Route("of the task again", "samples", _is_of_task),
    Route(
        "result",
        "why",
        lambda a: _is_own(a) and (speaks_of_answer(a) or a.stage != "code" and is_said(a.message)) and _is_of_result(a),
    ),
    Route("stuck", "hint", _is_stuck),
    Route("asks on", "why", _asks_on),
    Route("unknown", "asks_back", lambda a: True),
)
