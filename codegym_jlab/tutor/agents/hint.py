"""Hints: what is seen in the student's own code, and the author's ladder, a rung a time."""

import ast
import math
import re
from collections import Counter
from dataclasses import replace

from codegym_jlab.grading.errors import HintNotYet, HintsOff, NoMoreHints, Refused

from ..concepts import is_empty, tokens
from ..diagnosis.sentences import NAMES, is_begun
from ..guard.student_code import Own, lines_of
from ..guard.syntax import nodes_of, parsed
from ..ladder import Hints, is_telling
from ..patterns import patterns
from .base import Answer, Asked, answer, with_choices
from .moment import authored, buttons, next_step, was_said
from .wrong import about_code, told_place

_ASKS = ("how", "onward", "step", "why")  #: patterns of messages that a hint of the author's may answer

_AHEAD = 3  #: hints that were not told yet, of which one may be told out of its turn
_SHARED = 1.5  #: words of a message that a hint has to have; one that several hints have counts less


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
    named = (hint_by_words(asked) if is_how else "") or (hint_by_progress(asked) if beside is None else "")
    is_first = asked.terms.diagnosed != "as_hint"  # else it comes beside a rung alone
    if beside is not None and is_first and _is_new_code(asked) and not named:
        return told_place(asked, beside, "hint")
    following = [one.strip() for one in asked.exercise.hints[len(seen.given) :][:1]]  # the ladder counts it
    if named and named not in following and (seen.next is None or seen.next.ready):
        return answer("hint", authored(asked, named), polish=True)
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


def hint_by_words(asked: Asked) -> str:
    """The author's hint that speaks of what a message says, and was not told yet; "" for none."""
    if asked.stage in ("passed", "error"):
        return ""
    left = [one for one in asked.free_hints if not was_said(one, asked)][:_AHEAD]
    if asked.is_wrong:  # no word on another way
        held = set(re.findall(r"\w+", asked.situation.source))
        left = [one for one in left if held.issuperset(re.findall(r"`(\w+)`", one))]
    said, held_by = _ideas(asked.message), {one: set[str]().union(*_ideas(one)) for one in left}
    shared = {one: [at for at, idea in enumerate(said) if idea & held_by[one]] for one in left}
    often = Counter(at for places in shared.values() for at in places)
    done = asked.free_hints[: _done(asked)]

    def weight(one: str) -> tuple[float, bool, float]:
        """A word that few hints have says more, and one of code; then what is to come; then what says less besides."""
        worth = sum((1 + any(part[0] == "`" for part in said[at])) / often[at] for at in shared[one])
        return worth, one not in done, len(shared[one]) / len(held_by[one])

    best = max((one for one in left if shared[one]), key=weight, default="")
    is_of = best and (weight(best)[0] >= _SHARED or not asked.is_wrong and 2 * len(shared[best]) >= len(said))
    return best if is_of else ""


def hint_by_progress(asked: Asked) -> str:
    """The author's next hint for an answer that is half there, where some are on what is there already; "" else.

    Never the last one: it says most, and is the ladder's.
    """
    done = _done(asked) if asked.stage == "code" else 0
    left = (one for one in asked.free_hints[done:-1] if not was_said(one, asked))
    return next(left, "") if done else ""


def is_unfinished(asked: Asked) -> bool:
    """Whether an answer has fewer statements than the author's, or none of a kind that is there."""
    own, wanted = ([*map(type, nodes_of(text, ast.stmt))] for text in (asked.situation.source, asked.solution))
    return len(own) < len(wanted) or not set(wanted) <= set(own)


def _done(asked: Asked) -> int:
    """How many of the author's hints are on what stands in the answer, by the share of the author's lines that do."""
    exercise = asked.exercise
    if exercise is None or not asked.is_begun:
        return 0
    wanted = lines_of(exercise.solution)
    lacking, lacked = (len(Own(lines_of(text)).adds(wanted)) for text in (asked.situation.source, exercise.starter))
    return max(0, int(len(asked.free_hints) * (lacked - lacking) / lacked)) if lacked else 0


def _ideas(text: str) -> list[set[str]]:
    """The words of a text that say something, each with its stem, what it means, and as code."""
    found: list[set[str]] = []
    for one in tokens(text):
        if one[0] in "~`" and found:
            found[-1].add(one)
        elif one[0].isalpha() or one[0] in "~`":
            found.append({one})
    return [one for at, one in enumerate(found) if one not in found[:at] and not all(map(is_empty, one))]
