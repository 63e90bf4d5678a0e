"""Checks that need the author's side at every judgement: inputs drawn anew (`random`), and `satisfies`.

The author's process draws the inputs and says what is expected of each; the student's process gets the inputs as
constants. What decides is computed here and there, never in the student's process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from codegym_jlab.course.checks import DEFAULT_COUNT, Check
from codegym_jlab.grading.conversation import Conversation
from codegym_jlab.grading.desks import Desk
from codegym_jlab.grading.expected import CourseFault, question, reason, told
from codegym_jlab.grading.outcomes import Decision, Expected, decide, stated
from codegym_jlab.grading.rendering import show, visible
from codegym_jlab.grading.replay import Ended, Replay
from codegym_jlab.grading.replies import Reply, is_large
from codegym_jlab.submission import Failure, Verdict, WireValue

#: Characters of the drawn inputs that a sample's message shows.
INPUTS_CAP = 300
_ABOUT_THE_VALUE = "The test looks at the value in a way that it does not allow."


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a check: the checker's word, what was expected, what the answer printed."""

    decision: Decision
    expected: Expected | None
    stdout: str = ""


@dataclass(frozen=True, slots=True)
class _Draw:
    """One draw: the inputs by name, and what is expected of them."""

    names: Mapping[str, WireValue]
    expected: Expected


async def fits(desk: Desk, check: Check, reply: Reply) -> Decision:
    """The word on a reply to a check that `satisfies` decides. Raises CourseFault where the author's side fails."""
    expected = stated(check)
    assert expected is not None
    decision = await decided(expected, reply)
    if decision.verdict is not Verdict.AC:
        return decision
    replay = await sound_author(desk)
    async with Conversation(replay, "evaluator") as author:
        return await _satisfied(author, replay, check, {}, reply, decision)


async def drawn(desk: Desk, student: Replay, check: Check, seed: str) -> Told:
    """The word on a `random` check.

    Raises CourseFault where the author's side fails, SandboxUnavailable and SandboxLost.
    """
    replay = await sound_author(desk)
    async with Conversation(replay, "evaluator") as author, Conversation(student, "evaluator") as pupil:
        last: Told | None = None
        for draw in await _draws(author, replay, check, seed):
            reply = await pupil.check(**_question(student, check, draw))
            decision = await decided(draw.expected, reply)
            if decision.verdict is Verdict.AC and check.satisfies is not None:
                decision = await _satisfied(author, replay, check, draw.names, reply, decision)
            if decision.verdict is not Verdict.AC:
                return Told(with_inputs(decision, draw.names), draw.expected, reply.stdout)
            last = last or Told(decision, draw.expected, reply.stdout)
        assert last is not None, "`count` is 1 or more"
        return last


async def sound_author(desk: Desk) -> Replay:
    """The author's process, its solution run through. Raises CourseFault, SandboxUnavailable and SandboxLost."""
    replay = await desk.replay()
    if replay.answer is None or replay.answer.status != "ok":
        desk.spoil()
        raise CourseFault(f"the solution does not run: {reason(replay.answer)}")
    return replay


async def draws_of(author: Conversation, replay: Replay, check: Check, seed: str) -> list[Mapping[str, WireValue]]:
    """The inputs alone, for a check whose outcome is decided elsewhere. Raises CourseFault."""
    answer = await _drawn(author, replay, check, seed, None)
    return [names for names in answer["draws"]]


async def _draws(author: Conversation, replay: Replay, check: Check, seed: str) -> list[_Draw]:
    given = stated(check) if check.outcome not in ("oracle", "equals_expr") else None
    frame = None if given is not None else {"do": "evaluate", **_with_prelude(replay, question(check))}
    answer = await _drawn(author, replay, check, seed, frame)
    found = []
    for number, names in enumerate(answer["draws"]):
        expected = given or told(check, author.read(answer["replies"][number]))
        if isinstance(expected, CourseFault):
            raise expected
        found.append(_Draw(names, expected))
    return found


async def _drawn(
    author: Conversation, replay: Replay, check: Check, seed: str, oracle: dict[str, Any] | None
) -> dict[str, Any]:
    expressions = list((check.random or {}).items())
    answer = await _ask(
        author,
        do="draw",
        random=[list(pair) for pair in expressions],
        setup=replay.prelude(*(text for _, text in expressions)),
        seed=f"{seed}:{check.id}",
        count=check.count or DEFAULT_COUNT,
        oracle=oracle,
    )
    reply = author.read(answer)
    if reply.status != "value":
        raise CourseFault(f"`random` of `{check.title}` could not be drawn: {reason(reply)}")
    return answer


async def _ask(author: Conversation, **frame: Any) -> dict[str, Any]:
    try:
        return await author.ask(**frame)
    except Ended as end:
        raise CourseFault(f"the author's side ended: {reason(end.reply)}") from None


def _with_prelude(replay: Replay, frame: Mapping[str, Any]) -> dict[str, Any]:
    prelude = replay.prelude(frame.get("setup"), frame.get("call"), frame.get("run"))
    return {**frame, "setup": f"{prelude}\n{frame.get('setup') or ''}"}


def _question(student: Replay, check: Check, draw: _Draw) -> dict[str, Any]:
    wants_value = check.call is not None and draw.expected.prints is None
    parts = {"setup": check.setup, "call": check.call, "run": check.run, "stdin": check.stdin, "exact": check.exact}
    want = "value" if wants_value else "none"
    return {"do": "evaluate", "names": draw.names, "want": want, **_with_prelude(student, parts)}


async def decided(expected: Expected, reply: Reply) -> Decision:
    """The checker's word on a reply; a large value is looked at in a thread, so that the event loop goes on."""
    if is_large(reply.value):
        return await asyncio.to_thread(_decided, expected, reply)
    return _decided(expected, reply)


def _decided(expected: Expected, reply: Reply) -> Decision:
    try:
        return decide(expected, reply)
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError):
        # only a forged frame can hold a value that is none
        return Decision(Verdict.SV, failure=Failure(Verdict.SV, "writing to Check's own channel"))


async def _satisfied(
    author: Conversation,
    replay: Replay,
    check: Check,
    names: Mapping[str, WireValue],
    reply: Reply,
    decision: Decision,
) -> Decision:
    """Whether the expression is true of the value. What goes wrong there is the value's fault: the solution's fits."""
    frame = _with_prelude(replay, {"call": check.satisfies, "want": "value"})
    said = await author.check(do="truth", names={**names, "result": reply.value}, **frame)
    if said.value == ["bool", True]:
        return decision
    fits_not = f"`{visible((check.satisfies or '').strip(), 200)}` is not true of your value."
    message = fits_not if said.value is not None else f"{fits_not} {_ABOUT_THE_VALUE}"
    if said.failure is not None and said.status == "raised":
        message = f"{message} ({visible(said.failure.type)}: {visible(said.failure.message, 200)})"
    return replace(decision, verdict=Verdict.WA, message=message)


def with_inputs(decision: Decision, names: Mapping[str, WireValue]) -> Decision:
    """The same, with what was drawn said first; of a hidden check nothing of it is shown."""
    inputs = ", ".join(f"{name} = {show(value, INPUTS_CAP)}" for name, value in names.items())
    return replace(decision, message=visible(f"With {inputs}: {decision.message}".rstrip(" :"), 2 * INPUTS_CAP + 400))
