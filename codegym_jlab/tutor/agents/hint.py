"""Hints: what is seen in the student's own code, and the author's ladder, a rung a time."""

import math
from dataclasses import replace

from codegym_jlab.grading.errors import HintNotYet, HintsOff, NoMoreHints, Refused

from ..diagnosis.sentences import NAMES, is_begun
from ..guard.syntax import parsed
from ..ladder import Hints, is_telling
from ..patterns import patterns
from .base import Answer, Asked, answer, with_choices
from .moment import authored, buttons, hint_on, hint_onward, next_step
from .wrong import about_code, told_place

_ASKS = ("how", "onward", "step", "why")  #: patterns of messages that a hint of the author's may answer


async def hint(asked: Asked) -> Answer:
    """The next rung, or why it is not there yet and what to do until then."""
    climb = asked.terms.climb
    if asked.exercise is None or climb is None:
        return answer("hint", next_step(asked), fixed=True)
    seen, is_said_back = await climb.seen(), told_back(asked)
    if seen.next is not None and seen.next.say_back and not is_said_back:
        return answer("say_back", asked.words.say("hint.say_back"), fixed=True)
    if seen.next is not None and seen.next.cost > 0:
        cost = asked.words.say("hint.cost", points=f"{seen.next.cost:g}")
        return answer("hint", next_step(asked), cost)
    is_how = asked.stage != "failed" and any(patterns("talk")[one].search(asked.message) for one in _ASKS)
    is_half = asked.stage == "code" and (is_how or _is_half_written(asked))
    beside = about_code(asked) if not is_half else None
    named = (hint_on(asked) if is_how else "") or (hint_onward(asked) if beside is None else "")
    is_first = asked.terms.diagnosed != "as_hint"  # else it comes beside a rung alone
    if beside is not None and is_first and _is_new_code(asked) and not named:
        return told_place(asked, beside, "hint")
    following = [one.strip() for one in asked.exercise.hints[len(seen.given) :][:1]]  # the ladder counts it
    if named and named not in following:
        return answer("hint", named, polish=True)
    try:
        return _rung(asked, await climb.next(is_said_back=is_said_back), beside)
    except HintNotYet as wait:
        until = asked.words.say("hint.wait", time=clock(float(wait.details["wait_s"])))
        return answer("hint", next_step(asked), until)
    except (NoMoreHints, HintsOff):
        lead = asked.words.say("hint.used", total=seen.total) if seen.given else asked.words.say("hint.none")
        human = asked.words.whom(asked.terms.contact) if asked.terms.contact and seen.given else ""
        seen_first = about_code(replace(asked, replies=())) if seen.given and asked.is_begun else None
        made = answer("hint", lead, seen_first or next_step(asked), human, fixed=bool(seen_first), polish=True)
        ways = [one for one in buttons(asked) if one != asked.words.say("ask.hint")]
        return with_choices(made, *ways) if seen.given else made


async def free_rung(asked: Asked) -> Answer | None:
    """The next rung where it is there at once and costs nothing; None otherwise."""
    climb = asked.terms.climb if asked.exercise is not None else None
    ahead = (await climb.seen()).next if climb is not None else None
    if climb is None or ahead is None or not ahead.ready or ahead.cost or ahead.say_back:
        return None
    try:
        return _rung(asked, await climb.next(), None)
    except Refused:
        return None


def clock(seconds: float) -> str:
    """Minutes and seconds: 0:24."""
    whole = max(1, math.ceil(seconds))
    return f"{whole // 60}:{whole % 60:02d}"


def _rung(asked: Asked, now: Hints, own: str | None) -> Answer:
    """The newest rung, and what is seen in the code, which no guard needs to look at."""
    rung, words = len(now.given), asked.words
    is_untouched = asked.is_code and asked.situation.has_code and not (asked.is_begun or asked.is_given)
    unstarted = words.say("hint.unstarted") if is_untouched and rung == 1 else ""
    lead = words.say("hint.said_back") if told_back(asked) else ""
    made = answer("hint", lead, authored(asked, now.given[-1].strip()), own or "", unstarted, polish=True)
    title = words.say("hint.title", rung=rung, total=now.total)
    return replace(made, fixed=bool(own), reply=replace(made.reply, rung=rung, title=title))


def _is_half_written(asked: Asked) -> bool:
    """Whether code waits for more, so that no line of it is wrong yet: by its form, or by what it does."""
    is_right_so_far = is_begun(asked.diagnosis.example) or asked.diagnosis.kind in NAMES
    return is_right_so_far or parsed(asked.situation.source) is None


def _is_new_code(asked: Asked) -> bool:
    """Whether a remark on the code comes before the ladder: not twice in a row, so that asking goes on."""
    last = asked.replies[-1] if asked.replies else None
    return last is None or last.agent not in ("hint", "why") or last.rung is not None


def told_back(asked: Asked) -> bool:
    """Whether the message says the hints back, as the tutor has just asked for."""
    last = asked.replies[-1] if asked.replies else None
    return last is not None and last.agent == "say_back" and is_telling(asked.message)
