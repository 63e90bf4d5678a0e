"""Checks whose inputs and outcome are fixed: asked of the student's process, those of a kind in one go, decided here.

Where the outcome is an expression (`satisfies`) or a pattern (`raises: {match}`), the author's process has the last
word.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from codegym_jlab.course.checks import Check
from codegym_jlab.grading.checker.expectation import (
    MATCHED,
    Decision,
    Expected,
    decide,
    is_same,
    other_message,
    unsupported,
)
from codegym_jlab.grading.checker.responses import Budget, Reply, is_large
from codegym_jlab.grading.checker.value_text import visible
from codegym_jlab.records import Verdict, WireValue
from codegym_jlab.telemetry.traces import span

from .author_side import AuthorLease, CourseFault, reason
from .replay import Conversation, Replay

#: Processor time of a pattern of the course on one message.
MATCH_SECONDS = 1.0
_ABOUT_THE_VALUE = "The test looks at the value in a way that it does not allow."


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """What became of a check: the checker's word, what was expected, what the answer printed."""

    decision: Decision
    expected: Expected | None
    stdout: str = ""


def is_anew(check: Check) -> bool:
    """True where what is expected is worked out at every judgement, never kept."""
    return check.random is not None or check.code is not None


@dataclass(frozen=True, slots=True)
class Group:
    """Checks that are asked together, never samples with hidden ones."""

    checks: list[Check]
    questions: dict[str, dict[str, Any]]  #: by the check's id: those that the student's process alone answers

    @property
    def is_hidden(self) -> bool:
        """What is asked here, no student may see."""
        return self.checks[0].is_hidden


def groups(
    replay: Replay, checks: Sequence[Check], known: Mapping[str, Expected | CourseFault], *, until_failure: bool
) -> list[Group]:
    """The checks in the order in which they run, as `replay` is asked them."""
    return [Group(some, _questions(replay, some, known)) for some in _kinds(checks, until_failure)]


def _kinds(checks: Sequence[Check], until_failure: bool) -> Iterator[list[Check]]:
    group: list[Check] = []
    for check in sorted(checks, key=lambda check: check.is_hidden):
        alone = until_failure or is_anew(check) or (group and is_anew(group[0]))
        if group and (alone or check.is_hidden != group[0].is_hidden):
            yield group
            group = []
        group.append(check)
    if group:
        yield group


def _questions(
    replay: Replay, group: Sequence[Check], known: Mapping[str, Expected | CourseFault]
) -> dict[str, dict[str, Any]]:
    return {
        str(check.id): _question(replay, check, expected)
        for check in group
        if not is_anew(check) and isinstance(expected := known[str(check.id)], Expected)
    }


async def asked(replay: Replay, group: Group) -> dict[str, Reply]:
    """Replies by the check's id, to the group's questions."""
    if not group.questions:
        return {}
    with span("checks", number=len(group.questions), hidden=group.is_hidden):
        replies = await replay.checks(list(group.questions.values()))
    return dict(zip(group.questions, replies, strict=True))


def _question(replay: Replay, check: Check, expected: Expected) -> dict[str, Any]:
    return replay.question(
        setup=check.setup,
        call=check.call,
        run=check.run,
        stdin=check.stdin,
        want="value" if check.call is not None and expected.prints is None else "none",
        exact=check.exact,
    )


async def run_plain_check(
    lease: AuthorLease, student: Replay, check: Check, expected: Expected, reply: Reply
) -> CheckOutcome:
    """The word on a check that was asked. Raises CourseFault, SandboxUnavailable and SandboxLost."""
    decision = await decide_in_time(expected, reply, student.budget)
    if needs_author(expected, decision):
        replay = await author_replay(lease)
        async with Conversation(replay, "evaluator") as author:
            decision = await decided_by_author(author, replay, check, expected, decision, reply, {})
    return CheckOutcome(decision, expected, reply.stdout)


async def decide_in_time(expected: Expected, reply: Reply, budget: Budget) -> Decision:
    """The checker's word on a reply; a large value is looked at in a thread, so that the event loop goes on."""
    if is_large(reply.value) or is_large(reply.stdout):
        return await asyncio.to_thread(_decide_large, expected, reply, budget)
    return decide(expected, reply)


def _decide_large(expected: Expected, reply: Reply, budget: Budget) -> Decision:
    if reply.value is not None and not is_same(expected, reply.value) and not budget.spend(reply.value):
        return unsupported(None, "too large")
    return decide(expected, reply)


def needs_author(expected: Expected, decision: Decision) -> bool:
    """Whether something is left that the author's process has to say."""
    return decision.verdict is Verdict.AC and (expected.satisfies is not None or expected.pattern is not None)


async def decided_by_author(
    author: Conversation,
    replay: Replay,
    check: Check,
    expected: Expected,
    decision: Decision,
    reply: Reply,
    names: Mapping[str, WireValue],
) -> Decision:
    """`decision` with the author's word, where one is needed. `names`: what was drawn for the check."""
    if not needs_author(expected, decision):
        return decision
    if expected.pattern is None:
        return await _satisfied(author, replay, check, names, reply, decision)
    assert reply.raised is not None, "a pattern is tried on the message of an exception"
    if await _matches(replay, check, expected.pattern, reply.raised.message[:MATCHED]):
        return decision
    return other_message(expected, replace(decision, failure=reply.failure))


async def _satisfied(
    author: Conversation,
    replay: Replay,
    check: Check,
    names: Mapping[str, WireValue],
    reply: Reply,
    decision: Decision,
) -> Decision:
    """Whether the expression is true of the value. What goes wrong there is the value's fault: the solution's fits."""
    frame = with_prelude(replay, {"call": check.satisfies, "want": "value"})
    said = await author.check(do="truth", names={**names, "result": reply.value}, **frame)
    if said.value == ["bool", True]:
        return decision
    fits_not = f"`{visible((check.satisfies or '').strip(), 200)}` is not true of your value."
    message = fits_not if said.value is not None else f"{fits_not} {_ABOUT_THE_VALUE}"
    if said.failure is not None and said.status == "raised":
        message = f"{message} ({visible(said.failure.type)}: {visible(said.failure.message, 200)})"
    return replace(decision, verdict=Verdict.WA, message=message)


async def _matches(replay: Replay, check: Check, pattern: str, message: str) -> bool:
    """Whether the pattern is found in the message. Raises CourseFault where that takes too long, or goes wrong."""
    names = {"pattern": ["str", pattern], "message": ["str", message]}
    async with Conversation(replay, "evaluator", seconds=MATCH_SECONDS) as author:
        said = await author.check(
            do="truth", names=names, setup="import re as _re", call="_re.search(pattern, message)", want="value"
        )
    if said.status == "value":
        return bool(said.value == ["bool", True])
    why = f"it takes more than {MATCH_SECONDS:g} s" if said.status == "timeout" else reason(said)
    what = f"`match: {visible(pattern, 200)}` of `{check.title}` cannot be tried on the message of an answer"
    raise CourseFault(f"{what}: {why}. Write a pattern without repeats in repeats.")


async def author_replay(lease: AuthorLease) -> Replay:
    """The author's process, its solution run through. Raises CourseFault, SandboxUnavailable and SandboxLost."""
    replay = await lease.replay()
    if replay.answer is None or replay.answer.status != "ok":
        lease.spoil()
        raise CourseFault(f"the solution does not run: {reason(replay.answer)}")
    return replay


def with_prelude(replay: Replay, frame: Mapping[str, Any]) -> dict[str, Any]:
    """A frame whose set-up begins with the imports of the solution that it uses."""
    prelude = replay.prelude(frame.get("setup"), frame.get("call"), frame.get("run"))
    return {**frame, "setup": f"{prelude}\n{frame.get('setup') or ''}"}
