"""What the author wrote for a student: the ladder of hints, a rung a time, and answers to questions foreseen."""

import ast
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from string import ascii_lowercase

from codegym_jlab.course.notebook import chosen
from codegym_jlab.course.schema import GAP, Exercise, Question
from codegym_jlab.grading.errors import HintNotYet, HintsOff, NoMoreHints, Refused
from codegym_jlab.records import parse

from ..concepts import Answers, heading, ideas, telling, words_in
from ..guard.student_code import Own, line_of, lines_of
from ..guard.syntax import is_text, nodes_of, tree_of
from ..ladder import Hints, is_telling
from .base import LETTER, Answer, Asked, answer, with_choices
from .doubt import doubt_text
from .moment import (
    CLEAR,
    ENOUGH,
    MEANT,
    PERHAPS,
    asks_how,
    authored,
    buttons,
    nearest_question,
    next_step,
    question_ahead,
    question_told,
    was_said,
)
from .small_talk import perhaps
from .wrong import about_code, told_place

_OF_ANY_LINE = frozenset("go goes com comes put stand belong writ ~save plac happen start begin next now far".split())
_FEW = 3  #: ideas of a question that a hint, or a look at the whole, may well answer
_AHEAD = 3  #: hints that were not told yet, of which one may be told out of its turn


async def hint(asked: Asked) -> Answer:
    """The next rung, or why it is not there yet and what to do until then."""
    climb = asked.terms.climb
    if asked.exercise is None or climb is None:
        return answer("hint", next_step(asked), fixed=True)
    if asked.passes:
        return answer("samples", asked.say("review.samples"), fixed=True)
    seen, is_said_back = await climb.seen(), told_back(asked)
    coming = seen.next
    if coming is not None and coming.say_back and not is_said_back:
        return answer("say_back", asked.say("hint.say_back"), fixed=True)
    if coming is not None and coming.cost > 0:
        return answer("hint", next_step(asked), asked.say("hint.cost", points=f"{coming.cost:g}"))
    is_how = asked.stage != "failed" and asked.has("talk.how", "talk.next", "talk.onward", "talk.step", "talk.why")
    # of code that waits for more no line is wrong yet
    is_cut = asked.stage == "code" and (is_how or tree_of(asked.source) is None)
    beside = "" if is_cut else about_code(asked)
    if beside and asked.terms.policy.diagnosis != "as_hint":  # then it comes beside a rung alone
        return told_place(asked, "hint", doubt_text(asked, {*asked.diagnosis.lines}), beside)
    named = line_asked_for(asked) or (hint_by_words(asked) if is_how else "")
    named = named or ("" if beside else hint_by_progress(asked))
    following = [one.strip() for one in asked.exercise.hints[len(seen.given) :][:1]]  # the ladder counts it
    if named and named not in following and (coming is None or coming.ready):
        return answer("hint", authored(asked, named), polish=True)
    try:
        return _rung(asked, await climb.next(is_said_back=is_said_back), beside)
    except HintNotYet as wait:
        seconds = max(1, math.ceil(float(wait.details["wait_s"])))
        until = asked.say("hint.wait", time=f"{seconds // 60}:{seconds % 60:02d}")
        return answer("hint", next_step(asked), until)
    except (NoMoreHints, HintsOff):
        if not seen.given:
            return answer("hint", asked.say("hint.none"), next_step(asked), polish=True)
        lead, place = asked.say("hint.used", total=seen.total), about_code(replace(asked, replies=()))
        human = asked.words.whom(asked.terms.contact) if asked.terms.contact else ""
        made = answer("hint", lead, place or next_step(asked), human, fixed=bool(place), polish=True)
        return with_choices(made, *(one for one in buttons(asked) if one != asked.say("ask.hint")))


async def free_rung(asked: Asked) -> Answer | None:
    """The next rung where it is there at once and costs nothing; None otherwise."""
    climb = asked.terms.climb
    ahead = (await climb.seen()).next if climb is not None else None
    if climb is None or ahead is None or not ahead.ready or ahead.cost or ahead.say_back:
        return None
    try:
        return _rung(asked, await climb.next(), "")
    except Refused:
        return None


def _rung(asked: Asked, now: Hints, own: str) -> Answer:
    """The newest rung, and what is seen in the code, which no guard needs to look at."""
    rung = len(now.given)
    is_right = asked.stage == "code" and is_right_so_far(asked)
    lead = asked.say("hint.said_back") if told_back(asked) else asked.say("review.right_so_far") if is_right else ""
    title = asked.say("hint.title", rung=rung, total=now.total)
    parts = (lead, authored(asked, now.given[-1]), own)
    return answer("hint", *parts, title=title, rung=rung, fixed=bool(own), polish=True)


def told_back(asked: Asked) -> bool:
    """Whether the message says the hints back, as the tutor has just asked for."""
    return asked.is_after("say_back") and is_telling(asked.message)


def hint_by_words(asked: Asked) -> str:
    """The author's hint that speaks of what a message says, and was not told yet; "" for none."""
    if asked.stage in ("passed", "error"):
        return ""
    left = [one for one in asked.free_hints if not was_said(one, asked)][:_AHEAD]
    if asked.is_wrong:  # no word on another way
        held = words_in(asked.source)
        left = [one for one in left if held.issuperset(re.findall(r"`(\w+)`", one))]
    said = telling(asked.message)
    left = [one for one in left if not said.isdisjoint(telling(one))]
    fit = [one for one, _ in Answers((one.replace("?", ""), one) for one in left).nearest(asked.message)]
    done = asked.free_hints[: _done(asked)]
    return next((one for one in fit if one not in done), "" if asked.is_wrong else next(iter(fit), ""))


def asks_what_is_so(asked: Asked) -> bool:
    """Whether a message asks if, or how, something is so: neither a step nor a judgement of the code answers that."""
    said = sum(map(_OF_ANY_LINE.isdisjoint, ideas(asked.message)))
    is_step = "hintword" in asked.routed.heard
    is_right = asked.has("solved.right") and (said <= _FEW or asked.stage == "code")
    is_of_code = is_right or asked.has("solved.length", "solved.others")
    is_asked = asked.has("talk.decides") and said > 0 or asked.has("talk.how") and said > _FEW
    return is_asked and not is_step and not is_of_code


def hint_by_progress(asked: Asked) -> str:
    """The author's word on the line that comes next, or the next hint where some are on what is there; "" for none."""
    if asked.stage != "code":
        return ""
    if (ahead := question_ahead(asked)) is not None:
        return ahead.say
    done = _done(asked)
    # never the last hint: it says most, and is the ladder's
    left = (one for one in asked.free_hints[done:-1] if not was_said(one, asked))
    return next(left, "") if done else ""


def line_asked_for(asked: Asked) -> str:
    """The author's word on the line to come, for who asks how to go on, and no more; "" for others."""
    is_next = asked.has("talk.next", "talk.onward", "talk.place")
    ahead = question_ahead(asked) if is_next else None
    return ahead.say if ahead is not None else ""


def is_unfinished(asked: Asked) -> bool:
    """Whether an answer has fewer statements than the author's."""
    return len(nodes_of(asked.source, ast.stmt)) < len(nodes_of(asked.solution, ast.stmt))


def is_right_so_far(asked: Asked) -> bool:
    """Whether each line of the student's stands in an answer of the author's, in that order, below the same lines."""
    exercise = asked.exercise
    if exercise is None or not (asked.terms.practice and asked.is_python):
        return False
    starter, own, rights = exercise.starter, asked.source.rstrip(), (exercise.solution, *exercise.solutions)
    is_python = tree_of(starter) is not None and tree_of(own) is not None  # not what is to be mended, or cut
    reads: Callable[[str], Sequence[object]] = _statements if is_python else str.splitlines
    given = reads(starter)
    new = [one for one in reads(own) if one not in given]
    in_order = (iter(reads(text)) for text in rights)
    return bool(new) and any(all(one in right for one in new) for right in in_order)


def _statements(text: str) -> Sequence[object]:
    return [*_below(parse(text))]


def _below(node: ast.AST, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Each statement with those that it stands in, by their forms, and in which part of each; none for code to come."""
    for part, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else ():
            if isinstance(child, ast.stmt) and not (is_text(child) or isinstance(child, ast.Pass)):
                path = (*above, part, line_of(child).form)
                yield path
                yield from _below(child, path)
            elif isinstance(child, (ast.ExceptHandler, ast.match_case)):
                yield from _below(child, (*above, part))


def _done(asked: Asked) -> int:
    """How many of the author's hints are on what stands in the answer, by the share of the author's lines that do."""
    exercise = asked.exercise
    if exercise is None or not asked.is_begun:
        return 0
    wanted = lines_of(exercise.solution)
    lacking, lacked = (len(Own(lines_of(text)).adds(wanted)) for text in (asked.source, exercise.starter))
    return max(0, int(len(asked.free_hints) * (lacked - lacking) / lacked)) if lacked else 0


async def foreseen(asked: Asked) -> Answer:
    """What the author answers, below the question that it answers."""
    question = author_answer(asked)
    if question is None:
        found = perhaps(asked, MEANT)
        assert found is not None, "the route is taken where there is one"
        return found
    best, near = nearest_question(asked)
    near = near if question is best else 1.0
    return near < CLEAR and asked.helps_freely and perhaps(asked) or question_told(asked, question, near)


def author_answer(asked: Asked) -> Question | None:
    """The author's answer to what a message asks; None where no question is near, or where help costs points."""
    if asked.exercise is None or asked.terms.policy.hint_cost and not asked.is_accepted:
        return None
    for one in asked.exercise.questions:
        if heading(one.ask).casefold() == asked.message.strip().casefold():  # as a button sends it
            return one
    if (option := _option_named(asked, asked.exercise)) is not None:
        return option
    if asked.named is not None and asked.message.strip(" ?!.").casefold() == asked.named.topic.title.casefold():
        return None
    is_of_gap = asked.has("talk.idea") and GAP in asked.message or asked.has("talk.dots")
    if is_of_gap or asked.has("talk.next") and question_ahead(asked) is not None:
        return None
    if asked.exercise.answer in ("text", "order") and asks_how(asked):
        return None
    is_told = "?" not in asked.message and not asked.has(
        "talk.decides", "talk.how", "talk.idea", "talk.next", "talk.place"
    )
    if asked.is_wrong and asked.is_code and is_told:
        return None
    is_right = asked.stage == "code" and asked.has("solved.right")
    best, near = nearest_question(asked)
    least = PERHAPS if asked.is_accepted else ENOUGH  # a step or a place helps, too
    if asked.stage == "code" and asked.has("talk.next", "talk.onward"):
        least = CLEAR  # of what comes next more is known
    if asked.is_wrong or is_right:  # of which a run says more
        least = CLEAR if asked.is_code else ENOUGH
    return best if near >= least else None


def asks_how_good(asked: Asked) -> bool:
    """Whether a message asks if code is right, or good."""
    return asked.has("solved.right") or "review" in asked.routed.heard


def _option_named(asked: Asked, exercise: Exercise) -> Question | None:
    """The one option of a choice that a message names, with the author's word: solved, or chosen and judged wrong."""
    held = [words_in(one.text.casefold()) for one in exercise.choices]
    said, found = words_in(asked.message.casefold()), list[Question]()
    letters, is_of_words = {*LETTER.findall(asked.message.casefold())}, not asked.is_accepted or asked.has("talk.why")
    for at, (letter, one) in enumerate(zip(ascii_lowercase, exercise.choices, strict=False)):
        own = held[at].difference(*held[:at], *held[at + 1 :])
        is_named = letter in letters or is_of_words and bool(own & said)
        is_open = asked.is_accepted or asked.is_wrong and not one.right and letter in chosen(asked.source)
        if is_named and is_open and one.say and not was_said(one.say.strip(), asked):
            found.append(Question(ask=one.text, say=one.say))
    return found[0] if len(found) == 1 else None
