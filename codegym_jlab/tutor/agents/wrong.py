"""Why an answer is wrong, what an error means, and accepted code looked at: all about the student's own lines."""

import ast
import asyncio
import re
from dataclasses import replace

from codegym_jlab.course.schema import Misconception
from codegym_jlab.sandbox.base import Sandbox, SandboxUnavailable

from ..concepts import explain, find, is_empty_word
from ..diagnosis import Diagnosis
from ..diagnosis.sentences import example_text, more_text, only_text, outcomes, place_text, question_text, walk_text
from ..explain import Explanation, Seen, explain_error, mistakes_in
from ..explain.explanation import quoted
from ..explain.program import every
from ..explain.run import seen_in
from ..explain.seen import from_traceback
from ..guard.syntax import nodes_of, parsed
from ..misconceptions import by_form
from ..patterns import patterns
from ..question import Situation
from ..review import review as reviewed
from .base import Agent, Answer, Asked, answer, led_by, with_choices
from .concept import idea_behind, idea_in_code, without_code
from .moment import (
    authored,
    buttons,
    by_hand,
    form,
    goes_on,
    hint_on,
    lines_named,
    moment,
    next_step,
    of_the_task,
    was_said,
)
from .proposal import proposes
from .small_talk import asks_back

_SURE = 0.9  #: of a likely slip that is told without a place found by running
_PLAIN = 0.8  #: of an explanation of an error, beside which no other place is told
_UNKNOWN = 0.1  #: of one that knows the error's name alone
_PLACED = re.compile(r"\bline \d+", re.I)


async def proposal(asked: Asked) -> Answer:
    """What a change that is proposed makes of an example; else whether the place is right, and to try it."""
    words, found = asked.words, asked.diagnosis
    if asked.tried is not None:
        change, example = asked.tried.change, asked.tried.example
        got, wanted = outcomes(example)
        key = "right" if asked.tried.is_right else "wrong" if example.got else "endless"
        with_it = words.say(f"proposal.{'code' if change.line else 'whole'}", line=change.line, code=quoted(change.row))
        told = words.say(f"proposal.{key}", change=with_it, call=quoted(example.call), got=got, wanted=wanted)
        told = told.replace("``", words.say("proposal.program"))  # into which nothing goes
        return answer("why", told, fixed=True, polish=True)
    lead = about_code(asked) or ""
    if asked.stage == "error" and not any(one.agent == "explain_error" for one in asked.replies):
        lead = (await answer_error(asked)).reply.text
    elif not lead and _is_of_place(asked):
        lead = words.say("proposal.place", lines=", ".join(map(str, found.lines)))
    call = quoted(found.example.call) if found.example is not None else ""
    return answer("why", lead, words.say("proposal.expect" if call else "proposal.try", call=call), fixed=True)


async def asks_on(asked: Asked) -> Answer:
    """What else is known of a wrong answer, and plainly that the question itself was not understood."""
    made = await why(asked)
    text = made.reply.text
    if not asked.is_code or was_said(text, asked) or asked.words.say("why.all") in text:
        return await asks_back(asked)
    return led_by(asked.words.say("back.unsure"), made)


def _is_of_place(asked: Asked) -> bool:
    """Whether a proposal is about a line that was told: it names it, a word of it, or no other line's."""
    lines, rows = set(asked.diagnosis.lines), asked.situation.source.splitlines()
    if named := lines_named(asked.message):
        return named[0] in lines
    said = {one for one in re.findall(r"\w+", asked.message) if not is_empty_word(one)}
    held = {number for number, row in enumerate(rows, 1) if said.intersection(re.findall(r"\w+", row))}
    return not held.isdisjoint(lines) or not held and any(one.line in lines for one in asked.replies[-1:])


async def why(asked: Asked) -> Answer:
    """The place, a question on it and the smallest example; else that none was found. No hint is spent."""
    if proposes(asked):
        return await proposal(asked)
    if asked.is_accepted:
        return await review(asked)
    if not asked.is_code:
        return await _why_of_form(asked)
    if not asked.is_begun:
        lead = asked.words.say("why.unchecked" if asked.is_given else "hint.unstarted")
        lead = moment(asked) if asked.exercise is None else lead
        return answer("why", lead, by_hand(asked) or "", polish=True)
    if asked.stage == "error" and wrong_idea(asked) is None:
        return await answer_error(asked)
    judged, is_again = asked.terms.judged, any(one.agent in ("why", "hint", "explain_error") for one in asked.replies)
    if judged is not None and judged.rule:
        return is_again and idea_behind(asked) or answer("why", judged.rule, asked.words.say("why.rule"), fixed=True)
    labels = asked.failing_text()
    if labels and patterns("talk")["which"].search(asked.message):
        return _which(asked, labels)
    if seen := about_code(asked):
        is_telling = judged is not None and judged.passing and asked.diagnosis.example is None
        return told_place(asked, "\n\n".join(filter(None, (not_yet(asked), seen, labels if is_telling else ""))), "why")
    when = asked.terms.policy.diagnosis if asked.terms.policy is not None else "at_check"
    if when == "as_hint":
        return with_choices(answer("why", asked.words.say("why.as_hint"), fixed=True), asked.words.say("ask.hint"))
    if (further := _further(asked, is_again)) is not None:
        return further
    step = next_step(asked)
    if is_again and not goes_on(asked) or step == asked.words.say("why.all"):
        return idea_in_code(asked) or _all_told(asked, labels)
    if not labels:
        return answer("why", asked.words.say("why.unchecked"), step, polish=True)
    if drawn := _of_figure(asked):
        return answer(
            "why", place_text(asked.words, drawn), question_text(asked.words, "wrong_text"), labels, fixed=True
        )
    none = asked.words.say("diagnosis.none") if when == "at_check" and not diagnosis_text(asked) else ""
    return answer("why", f"{none} {labels}".strip(), step, fixed=True, polish=True)  # open to the student


def _further(asked: Asked, is_again: bool) -> Answer | None:
    """The lines one by one; for who asks on values of a name that was said, a hint, a smaller question, or an idea."""
    walk = _walk(asked, said=is_again)
    if walk or not is_again:
        return answer("why", walk, fixed=True, polish=True) if walk else None
    if hint := _hint_on(asked):
        return answer("why", hint, polish=True)
    more, behind = _more(asked), idea_behind(asked)
    if more and not goes_on(asked):
        return told_place(asked, more, "why")
    walk = _walk(asked)
    reaches = {one.line for one in asked.diagnosis.walk}.issuperset(asked.diagnosis.lines)
    if behind is not None and not (walk and reaches):
        return behind
    if walk and (reaches or goes_on(asked)):
        return answer("why", walk, fixed=True, polish=True)
    return told_place(asked, more, "why") if more else None


def _hint_on(asked: Asked) -> str:
    """The author's hint that speaks of what a student asks on about, or of a known mistake."""
    if goes_on(asked) or parsed(asked.situation.source) is None:
        return ""
    idea = wrong_idea(asked)
    return hint_on(asked, f"{asked.message}\n{idea.say if idea is not None else ''}")


def _walk(asked: Asked, *, said: bool = False) -> str:
    """What the lines make of names, or of those that the message has; "" where it was told, or there are none."""
    steps = [one for one in asked.diagnosis.walk if not said or _names(asked, one.name)]
    steps = steps if not said or len(steps) > 1 else []  # one alone leads nowhere
    walk = walk_text(asked.words, asked.diagnosis.example, steps)
    return "" if walk and was_said(walk, asked) else walk


def _names(asked: Asked, name: str) -> bool:
    """Whether a message speaks of a name of the program; of one that is a word, too (`i`, `a`), by what it is."""
    is_word = is_empty_word(name) or len(name) == 1
    said = rf"`{name}`|\b{name} (?:is|are|has|holds|stays|ist|hat)\b" if is_word else rf"\b{re.escape(name)}\b"
    return bool(name) and re.search(said, asked.message) is not None


def _more(asked: Asked) -> str:
    """A smaller question on the place that was told last; "" where that is not the one found, or it was asked."""
    lines = asked.diagnosis.lines
    more = more_text(asked.words, asked.diagnosis.kind)
    is_there = any(one.line in lines for one in asked.replies if one.line)
    return f"{place_text(asked.words, lines)} {more}" if more and is_there and not was_said(more, asked) else ""


def _all_told(asked: Asked, labels: str = "") -> Answer:
    """Plainly that no more is known, with the place and what else can be asked."""
    told = f"{moment(asked)} {asked.words.say('why.all')}"
    return with_choices(answer("why", told, labels, fixed=True, polish=True), *buttons(asked))


async def _why_of_form(asked: Asked) -> Answer:
    """Of an answer that is no code: the author's words for it, or how it is written; then a step."""
    judged, idea = asked.terms.judged, wrong_idea(asked)
    plain = " ".join(judged.told) if judged is not None else ""
    told = authored(asked, plain) if plain else form(asked)
    told = "" if was_said(plain or told, asked) else told
    say = authored(asked, idea.say.strip()) if idea is not None else ""
    step = say if say and not was_said(say, asked) else next_step(asked)
    step = "" if was_said(step, asked) else step
    if not told and not step:
        return await asks_back(asked)
    is_step = asked.is_begun or not asked.exercise or asked.exercise.answer != "text"
    return answer("why", not_yet(asked), told, step if is_step else "", fixed=True)


def _which(asked: Asked, labels: str) -> Answer:
    """The tests that fail, and the smallest example that may be told."""
    example = asked.diagnosis.example
    shown = example_text(asked.words, example) if example is not None else ""
    place = place_text(asked.words, asked.diagnosis.lines) if asked.diagnosis.lines else ""
    return told_place(asked, "\n\n".join(filter(None, (labels, shown, place))), "why")


def _of_figure(asked: Asked) -> tuple[int, ...]:
    """The lines that draw the parts of a figure that do not pass."""
    failing = asked.terms.judged.failing if asked.terms.judged is not None else ()
    checks = asked.exercise.sample_checks if asked.exercise is not None else []
    parts = "|".join(one.figure for one in checks if one.figure and one.title in failing)
    rows = enumerate(asked.situation.source.splitlines(), 1)
    found = tuple(number for number, row in rows if parts and re.search(rf"\.(?:set_)?(?:{parts})\(", row))
    return () if was_said(place_text(asked.words, found), asked) else found


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
    is_read = asked.is_code and asked.is_python
    own = _left(asked) or diagnosis_text(asked) if is_read else diagnosis_text(asked)
    likely = [one.text for one in _likely(asked) if not own or one.sure >= _SURE] if is_read else []
    texts = [own, *likely[:2]] if own else likely[:1]
    return next((text for text in texts if not was_said(text.split("\n\n")[0], asked)), None)


def _left(asked: Asked) -> str:
    """Where all stands behind `#`, or dots of the starter are left; "" for none of it."""
    source, exercise, words = asked.situation.source, asked.exercise, asked.words
    tree = parsed(source)
    if tree is not None and not tree.body and "#" in source:
        return words.say("why.comment")
    if tree is None or exercise is None:
        return ""
    bare = [one.value for one in every(tree, ast.Expr)]
    dots = [one for one in every(tree, ast.Constant) if one.value is ... and one not in bare]
    if dots and "..." in exercise.starter:
        return words.say("why.left", place=place_text(words, tuple(sorted({one.lineno for one in dots}))))
    return ""


def _likely(asked: Asked) -> list[Explanation]:
    """Likely slips by their form alone; none of a result where only prints are checked, or an error is wanted."""
    example = asked.diagnosis.example
    is_error = example is not None and example.lacks_error
    checks = asked.exercise.checks if asked.exercise is not None else []
    prints = is_error or bool(checks) and all(check.outcome == "prints" for check in checks)
    found = mistakes_in(asked.situation.source, asked.words.language)
    likely = [one for one in found if is_error or one.variant != "no_raise"]
    return [one for one in likely if not (prints and one.cause == "none_return")]


def diagnosis_place(asked: Asked) -> str:
    """Where to look once more, and what to ask oneself there; "" where no line is known."""
    found = replace(asked.diagnosis, example=None, idea=wrong_idea(asked))
    return found.text(asked.words.language) if found.lines else ""


def diagnosis_text(asked: Asked) -> str:
    """The diagnosis in words: the author's, or those of a known pattern of mistakes on the line told, or on any."""
    found = replace(asked.diagnosis, idea=wrong_idea(asked))
    slip = _slip(asked)
    if slip is not None and found.idea is not None:  # a value that is lost here alone says more than the same outcome
        lost = {"unused"}.difference(one.variant for one in mistakes_in(found.idea.wrong))
        slip = slip if slip.variant in lost else None
    place = slip.text if slip is not None else ""
    if found.idea is not None and slip is None:
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
    if found.kind == "yields":
        return False
    got, wanted = (found.example.got, found.example.wanted) if found.example is not None else ("?", "")
    is_placed = not found.lines or slip.line in found.lines
    if slip.variant == "endless" and not got or slip.cause == "none_return" and got == "None" != wanted:
        return is_placed or not got
    is_lost = slip.variant == "unused"  # a mistake wherever it is
    return is_lost or (slip.line,) == found.lines or slip.sure >= _SURE and is_placed


def _crash_text(asked: Asked, found: Diagnosis) -> str:
    """What the error means that the example stops with; "" for none, or where its cause is on no line told."""
    if found.idea is not None or found.example is None or not (found.lines and found.example.has_error):
        return ""
    stopped = lines_named((asked.situation.last_error or "").rpartition("File")[2])
    if stopped and stopped[0] not in found.lines:
        return ""
    seen = replace(from_traceback(found.example.got), line=found.lines[0])
    explanation = explain_error(asked.situation.source, seen, asked.words.language)
    return explanation.text if explanation.line in found.lines and explanation.sure >= _SURE else ""


def _reads_on(asked: Asked) -> str:
    """Of a program that was checked and reads more than the test types: that it should have stopped; "" else."""
    error = (asked.situation.last_error or "").strip().rpartition("\n")[2]
    if asked.terms.judged is None or not error.startswith("EOFError"):
        return ""
    loops = nodes_of(asked.situation.source, ast.For, ast.While)
    asking = tuple(one.lineno for one in loops if "input(" in ast.unparse(one))[-1:]
    place = f"{place_text(asked.words, asking)} " if asking else ""
    return place + asked.words.say("error.asks_on")


async def answer_error(asked: Asked) -> Answer:
    """What the error means here, with the line where the mistake is; asked again, what else is known of it."""
    if asks_on := _reads_on(asked):
        seen = about_code(asked) if was_said(asks_on, asked) else asks_on
        behind = idea_behind(asked) if seen is None else None
        return behind or told_place(asked, seen or next_step(asked), "explain_error")
    sandbox = asked.sandbox if asked.is_python else None
    found = await explained(sandbox, asked.situation, asked.words.language) if sandbox else None
    is_again = found is not None and was_said(found.text, asked)
    known = [one for one in asked.topics[:1] if one.is_named]
    is_idea = patterns("talk")["idea"].search(asked.message) and known or any(one.exact for one in known)
    if is_again and is_idea and (other := idea_behind(asked)) is not None:
        return other
    is_placed = bool(asked.diagnosis.lines) or wrong_idea(asked) is not None  # else that no place was found
    if is_again and is_placed and (seen := about_code(asked)) is not None:
        return told_place(asked, seen, "explain_error")
    if found is not None and not is_again:
        cause, language = asked.diagnosis, asked.words.language
        is_better = cause.lines and cause.kind != "crash" and found.sure < _PLAIN and found.line not in cause.lines
        first = replace(cause, example=None).text(language) if is_better else ""
        if (idea := wrong_idea(asked) if asked.terms.judged is not None else None) is not None:
            first = authored(asked, idea.say.strip())
        slip = _slip(asked)
        if slip is not None and slip.variant == "unused" and slip.line != found.line:
            first, found = slip.text, replace(found, line=slip.line)
        kept = form(asked) if not first and asked.exercise is not None and asked.exercise.answer == "order" else ""
        name = (asked.situation.last_error or "").strip().rpartition("\n")[2].partition(":")[0]
        title = found.title if found.sure > _UNKNOWN else name or None
        made = answer("explain_error", first, found.text, kept, title=title, polish=True)
        return replace(made, reply=replace(made.reply, line=cause.lines[0] if is_better else found.line))
    error = (asked.situation.last_error or "").strip()
    if not error and not is_again:
        return answer("explain_error", asked.words.say("error.none"), fixed=True)
    last = error.rpartition("\n")[2].partition(". ")[0] or (found.title if found is not None else "")
    is_on = not is_again or goes_on(asked)
    pages = find(last, asked.words.language) if asked.is_python and is_on else []
    page = explain(pages[:1], last, asked.words.language, asked.shown) if pages and pages[0].is_named else ""
    page = "" if is_again and was_said(page[:40], asked) else page
    if is_again and not page and (other := idea_behind(asked)) is not None:
        return other
    if not page and not is_on:
        hint = _hint_on(asked)
        return answer("explain_error", hint, polish=True) if hint else idea_in_code(asked) or _all_told(asked)
    is_read = asked.is_python and not is_again
    return answer(
        "explain_error", page or (asked.words.say("error.unknown") if is_read else next_step(asked)), polish=True
    )


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
    if (
        asked.is_accepted
        and asked.exercise is not None
        and asked.is_code
        and patterns("solved")["length"].search(asked.message)
    ):
        own, author = (len(one.strip().splitlines()) for one in (source, asked.exercise.solution))
        return answer("review", asked.words.say("solved.length", own=own, author=author), fixed=True)
    if asked.tried is not None and not asked.tried.is_right:
        shown = example_text(asked.words, asked.tried.example)
        return answer("review", asked.words.say("why.not_yet"), shown, fixed=True)
    is_wrong = not asked.is_accepted and (asked.stage != "code" or not asked.is_code or about_code(asked) is not None)
    if is_wrong and asked.exercise is not None and source.strip():
        return await why(asked)
    if not asked.is_code or not asked.is_python and asked.is_accepted:
        told = asked.words.say("why.passed_hints")
        return answer("review", f"{moment(asked)} {told}", asked.next_title(), fixed=True)
    if not source.strip():
        return answer("review", asked.words.say("review.none"), fixed=True)
    text = fine = asked.words.say("review.fine")
    if asked.is_python:
        text = await asyncio.to_thread(reviewed, source, asked.exercise, asked.words.language)  # it runs ruff
    if asked.exercise is not None and not asked.is_accepted:  # how it is written says nothing of what it does
        better = text if text != fine else ""
        lead = asked.words.say("review.samples" if asked.tried is not None else "review.unchecked")
        unchecked = answer("review", lead, better, polish=True)
        return replace(unchecked, plainer=without_code(text))
    return replace(answer("review", text, asked.next_title(), polish=True), plainer=without_code(text))


def wrong_idea(asked: Asked) -> Misconception | None:
    """The one to speak of; None for an answer that passes, is nobody's, or of which only labels may be seen."""
    exercise = asked.exercise
    if exercise is None or not asked.terms.tells_ideas or asked.is_accepted or not exercise.misconceptions:
        return None
    if asked.terms.judged is not None:  # what came of it is known, and decides
        return next((one for one in exercise.misconceptions if one.id == asked.terms.judged.misconception), None)
    return None if asked.diagnosis.lines else by_form(exercise, asked.situation.source)
