"""Who asks for the answer gets the next step; who asks for the task or a sample, that; hidden tests stay closed."""

import re

from codegym_jlab.course.checks import Check

from ..locale import Words
from .base import Answer, Asked, answer, with_choices
from .hint import free_rung
from .moment import asks_how, form, has_input, in_short, next_step, task_told
from .wrong import about_code, diagnosis_place


def asks_for_samples(asked: Asked) -> bool:
    """Whether a message wants an open check, or the task's own words, and nothing like an answer."""
    if asked.exercise is None or asked.has("open.answer"):
        return False
    is_of_sample = asked.has("open.sample") and asked.has("open.tell") and not asked.has("open.report")
    return is_of_sample or asked.has("open.task")


def asks_of_tests(asked: Asked) -> bool:
    """Whether a message is about the hidden tests."""
    is_of_tests = re.search(r"test|check|prueb|pr[uü]f|sprawdz|测试|检查", asked.message, re.I)
    return bool(asked.exercise and is_of_tests and asked.has("open.closed"))


async def samples(asked: Asked) -> Answer:
    """What is open of the exercise: its task in short, and sample checks; never what an answer would be."""
    exercise = asked.exercise
    if exercise is None:
        return answer("samples", asked.say("moment.nowhere"), fixed=True)
    if asks_how(asked):
        return answer("samples", form(asked), fixed=True)
    known = exercise.sample_checks[: 3 if asked.has("open.sample") else 1]
    short = in_short(exercise.statement)
    every = [sample for check in known if (sample := told_sample(check, asked.words))]
    told = [one for one in every if one.rpartition("```text\n")[2] not in short and one.split("\n")[1] not in short]
    task = "" if len(told) > 1 else task_told(asked)
    last = asked.say("samples.own") if told else asked.say("step.inout") if has_input(asked) else ""
    return answer("samples", task, *told, form(asked) if exercise.answer == "fill" else last)


def told_sample(check: Check, words: Words) -> str:
    """A sample check with what it expects, as code; "" where that is not written down."""
    wanted, call = expected(check), check.call or check.run or check.code or ""
    if not wanted:
        return ""
    given = f"\n\n{words.say('samples.typed')}\n\n{_block(check.stdin, 'text')}" if check.stdin else ""
    setup = f"{check.setup.strip()}\n" if check.setup else ""
    expects = f"\n\n{words.say('samples.expects')}\n\n{_block(wanted, 'text')}"
    return (_block(setup + call) if call else "") + given + expects


def expected(check: Check) -> str:
    """What a sample check expects, as its student sees it in the notebook; "" where that is not written down."""
    match check.outcome:
        case "equals":
            return repr(check.equals)
        case "equals_expr" | "satisfies" | "prints":
            return str(getattr(check, check.outcome))
        case "close_to":
            return f"{check.close_to!r} ± {check.tolerance:g}"
        case "raises":
            return f"raises {check.raises.type}" if check.raises else "raises"
    return ""


def _block(text: str, language: str = "python") -> str:
    return f"```{language}\n{text.strip()}\n```"


async def solution_request(asked: Asked) -> Answer:
    """Declines in passing and helps at once; never the same words twice in a conversation."""
    exercise = asked.exercise
    before = sum(reply.agent == "solution_request" for reply in asked.replies)
    if asked.is_accepted:
        made = answer("solution_request", asked.say("decline.accepted"), fixed=True)
        return with_choices(made, asked.say("ask.review"))
    if asks_of_tests(asked) and exercise is not None:
        titles = list(dict.fromkeys(check.title for check in exercise.hidden_checks))
        open_one = exercise.sample_checks[: not asked.is_begun]
        told = [sample for check in open_one if (sample := told_sample(check, asked.words))]
        named = {"labels": ", ".join(titles[:6]), "number": len(exercise.hidden_checks)}
        lead = asked.say("decline.tests", **named) if titles else asked.say("decline.tests_plain")
        if failing := asked.failing_text():  # which it is may be known, and where to look
            place = about_code(asked) or diagnosis_place(asked) or next_step(asked)
            return answer("solution_request", place, failing, lead if asked.has("open.tell") else "")
        return answer("solution_request", lead, *told, asked.say("samples.own") if told else next_step(asked))
    first = place = about_code(asked) or diagnosis_place(asked)  # no guard looks at it, see `told_place`
    if not (first or before or asked.is_begun) and not any(one.rung for one in asked.replies):
        rung = await free_rung(asked)  # the mildest; insisting climbs no further
        first = rung.reply.text if rung is not None else ""
    return answer("solution_request", asked.say("decline.code"), first or next_step(asked), fixed=bool(place))
