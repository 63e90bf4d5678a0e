"""Checks that need the author's side at every judgement: inputs drawn anew (`random`), and `satisfies`.

The author's process draws the inputs and says what is expected of each; the student's process gets the inputs as
constants. What decides is computed here and there, never in the student's process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from codegym_jlab.course.checks import DEFAULT_COUNT, Check
from codegym_jlab.grading.checker.expectation import Decision, Expected, stated
from codegym_jlab.grading.checker.value_text import show, visible
from codegym_jlab.records import Verdict, WireValue

from .author_side import AuthorLease, CourseFault, expected_of, question, reason
from .plain_checks import CheckOutcome, author_replay, decide_in_time, decided_by_author, with_prelude
from .replay import Conversation, Ended, Replay

#: Characters of the drawn inputs that a sample's message shows.
INPUTS_CAP = 300
_ABOUT_THE_VALUE = "The test looks at the value in a way that it does not allow."


@dataclass(frozen=True, slots=True)
class _Draw:
    """One draw: the inputs by name, and what is expected of them."""

    names: Mapping[str, WireValue]
    expected: Expected


async def run_random_check(lease: AuthorLease, student: Replay, check: Check, seed: str) -> CheckOutcome:
    """The word on a `random` check.

    Raises CourseFault where the author's side fails, SandboxUnavailable and SandboxLost.
    """
    replay = await author_replay(lease)
    async with Conversation(replay, "evaluator") as author, Conversation(student, "evaluator") as answering:
        last: CheckOutcome | None = None
        for draw in await _draws(author, replay, check, seed):
            reply = await answering.check(**_question(student, check, draw))
            decision = await decide_in_time(draw.expected, reply, student.budget)
            decision = await decided_by_author(author, replay, check, draw.expected, decision, reply, draw.names)
            if decision.verdict is not Verdict.AC:
                return CheckOutcome(with_inputs(decision, draw.names), draw.expected, reply.stdout)
            last = last or CheckOutcome(decision, draw.expected, reply.stdout)
        assert last is not None, "`count` is 1 or more"
        return last


async def drawn_inputs(author: Conversation, replay: Replay, check: Check, seed: str) -> list[Mapping[str, WireValue]]:
    """The inputs alone, for a check whose outcome is decided elsewhere. Raises CourseFault."""
    answer = await _drawn(author, replay, check, seed, None)
    return [names for names in answer["draws"]]


async def _draws(author: Conversation, replay: Replay, check: Check, seed: str) -> list[_Draw]:
    given = stated(check) if check.outcome not in ("oracle", "equals_expr") else None
    frame = None if given is not None else {"do": "evaluate", **with_prelude(replay, question(check))}
    answer = await _drawn(author, replay, check, seed, frame)
    found = []
    for number, names in enumerate(answer["draws"]):
        expected = given or expected_of(check, author.read(answer["replies"][number]))
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


def _question(student: Replay, check: Check, draw: _Draw) -> dict[str, Any]:
    wants_value = check.call is not None and draw.expected.prints is None
    parts = {"setup": check.setup, "call": check.call, "run": check.run, "stdin": check.stdin, "exact": check.exact}
    want = "value" if wants_value else "none"
    return {"do": "evaluate", "names": draw.names, "want": want, **with_prelude(student, parts)}


def with_inputs(decision: Decision, names: Mapping[str, WireValue]) -> Decision:
    """The same, with what was drawn said first; of a hidden check nothing of it is shown."""
    inputs = ", ".join(f"{name} = {show(value, INPUTS_CAP)}" for name, value in names.items())
    return replace(decision, message=visible(f"With {inputs}: {decision.message}".rstrip(" :"), 2 * INPUTS_CAP + 400))
