"""What the author's side expects: values of `equals_expr` and of the solution, from a sandbox of the author's own.

The student's process never sees one of these. They are kept in memory under a hash of the course's content, the
exercise and the check, so that an exercise is worked out once after a start or a change.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from codegym_jlab.course.checks import Check, Raises
from codegym_jlab.grading.outcomes import Expected, rules_of, stated
from codegym_jlab.grading.replay import Asked, Replay
from codegym_jlab.grading.replies import Reply
from codegym_jlab.runner import wire


class CourseFault(Exception):
    """The course itself cannot say what is expected; the text is for its author."""


@dataclass(frozen=True, slots=True)
class AuthorSide:
    """Everything that the author's replay of one exercise needs."""

    version: str  #: hash of the course's content and the exercise's id
    replay: Replay


class ExpectedValues:
    """A bounded memory of expected values; one replay at a time works an exercise out."""

    def __init__(self, capacity: int = 4000) -> None:
        self._known: OrderedDict[str, Expected | CourseFault] = OrderedDict()
        self._locks: dict[str, asyncio.Lock] = {}
        self._capacity = capacity

    def known(self, version: str, checks: Sequence[Check]) -> dict[str, Expected | CourseFault] | None:
        """What passes each check, by id, where no sandbox is needed for any of them; else None."""
        found: dict[str, Expected | CourseFault] = {}
        complete = True
        for check in checks:
            key = _key(version, check)
            if key in self._known:
                self._known.move_to_end(key)
                found[str(check.id)] = self._known[key]
                continue
            try:
                text: Expected | CourseFault | None = stated(check)
            except wire.Unsupported as error:
                text = CourseFault(f"what is expected is {error.reason or 'no plain value'}")
            if text is None:
                complete = False
                continue
            self._keep(key, text)
            found[str(check.id)] = text
        return found if complete else None

    async def of(self, author: AuthorSide, checks: Sequence[Check]) -> dict[str, Expected | CourseFault]:
        """What passes each check, by id; CourseFault where the course cannot say.

        Raises SandboxUnavailable, and ProcessEnded where the sandbox was lost.
        """
        lock = self._locks.setdefault(author.version, asyncio.Lock())
        async with lock:
            found = self.known(author.version, checks)
            if found is None:
                await self._work_out(author, checks)
                found = self.known(author.version, checks)
        self._locks.pop(author.version, None)
        assert found is not None, "every check was worked out"
        return found

    async def _work_out(self, author: AuthorSide, checks: Sequence[Check]) -> None:
        replay = author.replay
        try:
            await replay.start()
            for check in checks:
                if _key(author.version, check) not in self._known:
                    self._keep(_key(author.version, check), await _ask(replay, check))
        finally:
            await replay.close()

    def _keep(self, key: str, value: Expected | CourseFault) -> None:
        self._known[key] = value
        while len(self._known) > self._capacity:
            self._known.popitem(last=False)


def _key(version: str, check: Check) -> str:
    return f"{version}:{check.id}"


def version_of(course_digest: str, exercise: str) -> str:
    """The version of an exercise: any change of the course makes a new one."""
    return hashlib.sha256(json.dumps([course_digest, exercise]).encode()).hexdigest()


async def _ask(replay: Replay, check: Check) -> Expected | CourseFault:
    if replay.answer is None or replay.answer.status != "ok":
        return CourseFault(f"the solution does not run: {reason(replay.answer)}")
    return told(check, await replay.check(**question(check)))


def question(check: Check) -> Asked:
    """What the author's side is asked to learn what is expected, as for `Replay.check`."""
    if check.outcome == "equals_expr":
        return {"setup": check.setup, "call": check.equals_expr, "want": "value", "exact": check.exact}
    return {
        "setup": check.setup,
        "call": check.call,
        "run": check.run,
        "stdin": check.stdin,
        "want": "value" if check.call is not None else "none",
        "exact": check.exact,
    }


def told(check: Check, reply: Reply) -> Expected | CourseFault:
    """What is expected, by the reply to `question`."""
    if check.outcome != "equals_expr":
        return _oracle(check, reply)
    if reply.value is None:
        return CourseFault(f"`equals_expr: {check.equals_expr}` gives no value: {reason(reply)}")
    return Expected(value=wire.check_wire(reply.value), rules=rules_of(check))


def _oracle(check: Check, reply: Reply) -> Expected | CourseFault:
    """What the author's solution did is what is expected."""
    if reply.status == "raised" and reply.raised is not None:
        return Expected(raises=Raises(type=reply.raised.type, match=None))
    if reply.status != "value":
        return CourseFault(f"the solution gives no value for `{check.title}`: {reason(reply)}")
    if check.run is not None or (reply.value == ["none"] and reply.printed.strip()):
        return Expected(prints=reply.printed)
    return Expected(value=wire.check_wire(reply.value), rules=rules_of(check))


def reason(reply: Reply | None) -> str:
    """Why the author's side has no value, for the author."""
    if reply is None:
        return "it was not reached"
    if reply.unsupported:
        return f"a value of the kind {reply.unsupported} cannot be compared"
    if reply.failure is not None:
        return f"{reply.failure.type}: {reply.failure.message}"
    return reply.status
