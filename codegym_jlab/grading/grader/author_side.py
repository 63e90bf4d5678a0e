"""The author's side: processes in which the solution has run, and the expected values that they work out.

No student's code ever runs in them, and no student's process ever sees one of the values. A judgement borrows a
process where a check needs the author's side while the student's runs (`random`, `satisfies`, `code`). Values are
kept in memory under a hash of the course's content, the exercise and the check.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence

from codegym_jlab.course.checks import Check, Raises
from codegym_jlab.grading.checker.responses import Reply
from codegym_jlab.grading.checker.verdict import Expected, rules_of, stated
from codegym_jlab.runner.wire import values

from .replay import Asked, Replay

#: What the checks' forks would each import for themselves.
PREPARED = ("random", "re", "ast", "threading", "importlib.machinery", "unittest", "unittest.mock", "doctest")
KEPT_PROCESSES, IDLE_S = 4, 20.0


class AuthorPool:
    """Author's processes that nobody uses just now, newest last. Belongs to one event loop."""

    def __init__(self) -> None:
        self._idle: OrderedDict[Replay, tuple[str, asyncio.TimerHandle]] = OrderedDict()
        self._closing: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def lent(self, version: str, make: Callable[[], Replay]) -> AsyncIterator[AuthorLease]:
        """A lease for one judgement of the exercise `version`; its process is leased at its first use."""
        lease = AuthorLease(self, version, make)
        is_sound = False
        try:
            yield lease
            is_sound = True
        finally:
            lease.leave(is_sound=is_sound)

    def take(self, version: str) -> Replay | None:
        """A kept process of that version."""
        for replay, (kept, timer) in reversed(self._idle.items()):
            if kept == version:
                timer.cancel()
                del self._idle[replay]
                replay.begin_again()
                return replay
        return None

    def keep(self, version: str, replay: Replay) -> None:
        """Take one back, to be lent again; the oldest goes where there are too many."""
        timer = asyncio.get_running_loop().call_later(IDLE_S, self._drop, replay)
        self._idle[replay] = (version, timer)
        while len(self._idle) > KEPT_PROCESSES:
            self._drop(next(iter(self._idle)))

    def give_up(self, replay: Replay) -> None:
        """Close a process, in the background: nobody waits for its tree to be gone (1.5 ms of a processor)."""
        task = asyncio.get_running_loop().create_task(replay.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _drop(self, replay: Replay) -> None:
        found = self._idle.pop(replay, None)
        if found is not None:
            found[1].cancel()
            self.give_up(replay)

    async def close(self) -> None:
        """End them all."""
        for replay in list(self._idle):
            self._drop(replay)
        await asyncio.gather(*self._closing)


class AuthorLease:
    """One judgement's author's side."""

    def __init__(self, authors: AuthorPool, version: str, make: Callable[[], Replay]) -> None:
        self._authors, self._version, self._make = authors, version, make
        self._replay: Replay | None = None

    async def replay(self) -> Replay:
        """The author's process, its cells run. Raises SandboxUnavailable and SandboxLost."""
        if self._replay is None:
            self._replay = self._authors.take(self._version) or self._make()
            if self._replay.answer is None:
                await self._replay.start()
                await self._replay.prepare(PREPARED)
        return self._replay

    def leave(self, *, is_sound: bool) -> None:
        """Give the process back; one that is not sound, or whose solution did not run, is not lent again."""
        if self._replay is None:
            return
        if is_sound and self._replay.is_running:
            self._authors.keep(self._version, self._replay)
        else:
            self._authors.give_up(self._replay)


class CourseFault(Exception):
    """The course itself cannot say what is expected; the text is for its author."""


class ExpectedValues:
    """A bounded memory of expected values; one replay at a time works an exercise out."""

    def __init__(self, capacity: int = 4000) -> None:
        self._known: dict[str, Expected | CourseFault] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._capacity = capacity

    def known(self, version: str, checks: Sequence[Check]) -> dict[str, Expected | CourseFault] | None:
        """What passes each check, by id, where no sandbox is needed for any of them; else None."""
        found: dict[str, Expected | CourseFault] = {}
        complete = True
        for check in checks:
            key = _key(version, check)
            if key in self._known:
                found[str(check.id)] = self._known[key]
                continue
            try:
                text: Expected | CourseFault | None = stated(check)
            except values.Unsupported as error:
                text = CourseFault(f"what is expected is {error.reason or 'no plain value'}")
            if text is None:
                complete = False
                continue
            self._keep(key, text)
            found[str(check.id)] = text
        return found if complete else None

    async def of(self, version: str, checks: Sequence[Check], replay: Replay) -> dict[str, Expected | CourseFault]:
        """What passes each check, by id; CourseFault where the course cannot say. `replay` is the author's, not begun.

        Raises SandboxUnavailable, and ProcessEnded where the sandbox was lost.
        """
        async with self._locks.setdefault(version, asyncio.Lock()):
            found = self.known(version, checks)
            if found is None:
                await self._work_out(version, checks, replay)
                found = self.known(version, checks)
        self._locks.pop(version, None)
        assert found is not None, "every check was worked out"
        return found

    async def _work_out(self, version: str, checks: Sequence[Check], replay: Replay) -> None:
        try:
            await replay.start()
            for check in checks:
                if _key(version, check) not in self._known:
                    self._keep(_key(version, check), await _ask(replay, check))
        finally:
            await replay.close()

    def _keep(self, key: str, value: Expected | CourseFault) -> None:
        self._known[key] = value
        while len(self._known) > self._capacity:
            del self._known[next(iter(self._known))]


def _key(version: str, check: Check) -> str:
    return f"{version}:{check.id}"


def version_of(course_digest: str, exercise: str) -> str:
    """The version of an exercise: any change of the course makes a new one."""
    return hashlib.sha256(json.dumps([course_digest, exercise]).encode()).hexdigest()


async def _ask(replay: Replay, check: Check) -> Expected | CourseFault:
    if replay.answer is None or replay.answer.status != "ok":
        return CourseFault(f"the solution does not run: {reason(replay.answer)}")
    return expected_of(check, await replay.check(**question(check)))


def question(check: Check, expected: Expected | None = None) -> Asked:
    """A check as a process is asked it; without `expected`, as the author's side is asked what that is."""
    if expected is None and check.outcome == "equals_expr":
        asked: Asked = {"call": check.equals_expr, "want": "value"}
        return {"setup": check.setup, "stdin": check.stdin, "exact": check.exact, "program": True, **asked}
    prints = expected is not None and expected.prints is not None
    return {
        "setup": check.setup,
        "call": check.call,
        "run": check.run,
        "figure": check.figure,
        "stdin": check.stdin,
        "want": "value" if check.has_value and not prints else "none",
        "exact": check.exact,
        "program": True,
    }


def expected_of(check: Check, reply: Reply) -> Expected | CourseFault:
    """What is expected, by the reply to `question`."""
    if check.outcome != "equals_expr":
        return _oracle(check, reply)
    if reply.value is None:
        return CourseFault(f"`equals_expr: {check.equals_expr}` gives no value: {reason(reply)}")
    return Expected(value=values.check_wire(reply.value), rules=rules_of(check))


def _oracle(check: Check, reply: Reply) -> Expected | CourseFault:
    """What the author's solution did is what is expected."""
    if reply.status == "raised" and reply.raised is not None and check.action != "program":
        return Expected(raises=Raises(type=reply.raised.type, match=None))
    if reply.status != "value":
        return CourseFault(f"the solution gives no value for `{check.title}`: {reason(reply)}")
    if not check.has_value or (check.call and reply.value == ["none"] and reply.printed.strip()):
        return Expected(prints=reply.printed, screen=reply.stdout if check.action == "program" else None)
    return Expected(value=values.check_wire(reply.value), rules=rules_of(check))


def reason(reply: Reply | None) -> str:
    """Why the author's side has no value, for the author."""
    if reply is None:
        return "it was not reached"
    if reply.unsupported:
        return f"a value of the kind {reply.unsupported} cannot be compared"
    if reply.failure is not None:
        return f"{reply.failure.type}: {reply.failure.message}"
    return reply.status
