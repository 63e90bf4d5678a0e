"""Checks of a value, a printed text or an exception: asked of the student's process, decided here.

Those with fixed inputs are asked in one go. What is expected of them the course states, or the author's process works
out, once a version: it is kept in memory under a hash of the course's content, the exercise and the check. Where inputs
are drawn anew (`random`), the author's process draws them and says what is expected of each; it has the last word, too,
on an expression (`satisfies`) and a pattern (`match`).
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from weakref import WeakValueDictionary

from codegym_jlab.course.checks import DEFAULT_COUNT, Check, Raises
from codegym_jlab.records import Json, Verdict, WireValue
from codegym_jlab.runner.wire import values
from codegym_jlab.telemetry.traces import span

from ..checker.responses import Budget, Reply, is_large, visible
from ..checker.value_text import show
from ..checker.verdict import MATCHED, Decision, Expected, decide, is_same, other_message, rules_of, stated, unsupported
from .plan import CheckFiles, files_of
from .replay import AuthorLease, Conversation, Ended, Replay

#: Processor time of a pattern of the course on one message.
MATCH_SECONDS = 1.0
_ABOUT_THE_VALUE = "The test looks at the value in a way that it does not allow."

#: Expected values that are kept.
MOST_KNOWN = 4000

#: Asks for the figure itself; no check of a course is called so.
PICTURE = Check(figure="kind").model_copy(update={"figure": "picture", "id": "the picture"})


class CourseFault(Exception):
    """The course itself cannot say what is expected; the text is for its author."""


#: What the author's side says that a check wants, or why it cannot.
Wanted = Expected | CourseFault


class ExpectedValues:
    """A bounded memory of expected values; one replay at a time works an exercise out."""

    def __init__(self) -> None:
        self._known: dict[str, Wanted] = {}
        self._locks = WeakValueDictionary[str, asyncio.Lock]()

    async def of(
        self, version: str, checks: Sequence[Check], author: Callable[[CheckFiles], Replay]
    ) -> dict[str, Wanted]:
        """What passes each check, by id; CourseFault where the course cannot say.

        `author` makes the author's side beside a check's files, not begun. Raises SandboxUnavailable, and ProcessEnded
        where the sandbox was lost.
        """
        found = self._known_of(version, checks)
        if any(check.id not in found for check in checks):
            async with self._locks.setdefault(version, asyncio.Lock()):
                found = self._known_of(version, checks)
                asked = [check for check in checks if check.id not in found]
                for files in {files_of(check) for check in asked}:
                    async with author(files).running() as replay:
                        for check in asked:
                            if files_of(check) == files:
                                found[check.id] = self._known[_key(version, check)] = await _ask(replay, check)
        return {check.id: found[check.id] for check in checks}

    def _known_of(self, version: str, checks: Sequence[Check]) -> dict[str, Wanted]:
        """What passes those of the checks for which no sandbox is needed."""
        found: dict[str, Wanted] = {}
        for check in checks:
            known = self._known.get(_key(version, check)) or _stated(check)
            if known is not None:
                found[check.id] = self._known[_key(version, check)] = known
        while len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]
        return found


def _key(version: str, check: Check) -> str:
    return f"{version}:{check.id}"


def _stated(check: Check) -> Wanted | None:
    """What the course itself states, or that it cannot; None where the author's sandbox has to say it."""
    try:
        return stated(check)
    except values.Unsupported as error:
        return CourseFault(f"what is expected is {error.reason or 'no plain value'}")


async def _ask(replay: Replay, check: Check) -> Wanted:
    if not replay.is_answered:
        return CourseFault(f"the solution does not run: {reason(replay.answer)}")
    return expected_of(check, await replay.check(**question(check)))


def question(check: Check, expected: Expected | None = None) -> Json:
    """A check as a process is asked it; without `expected`, as the author's side is asked what that is.

    `want` is "value" or "none"; `program`: of an answer that is a program, the program is run first.
    """
    asked = {"setup": check.setup, "stdin": check.stdin, "exact": check.exact, "program": True}
    if expected is None and check.outcome == "equals_expr":
        return {**asked, "call": check.equals_expr, "want": "value"}
    prints = expected is not None and expected.prints is not None
    want = "value" if check.has_value and not prints else "none"
    return {**asked, "call": check.call, "run": check.run, "figure": check.figure, "want": want}


def expected_of(check: Check, reply: Reply) -> Wanted:
    """What is expected, by the reply to `question`: what `equals_expr` gave, else what the author's solution did."""
    if check.outcome == "equals_expr":
        if reply.value is None:
            return CourseFault(f"`equals_expr: {check.equals_expr}` gives no value: {reason(reply)}")
    elif reply.status == "raised" and reply.raised is not None and check.action != "program":
        return Expected(raises=Raises(type=reply.raised.type, match=None))
    elif reply.status != "value":
        return CourseFault(f"the solution gives no value for `{check.title}`: {reason(reply)}")
    elif not check.has_value or (check.call and reply.value == ["none"] and reply.printed.strip()):
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


def is_anew(check: Check) -> bool:
    """True where what is expected is worked out at every judgement, never kept."""
    return check.random is not None or check.code is not None


def batches(checks: Sequence[Check], *, until_failure: bool) -> Iterator[list[Check]]:
    """The checks in the order in which they run, those together that are asked in one go: never samples with hidden."""

    def kind(check: Check) -> tuple[object, ...]:
        alone = until_failure or is_anew(check)
        return check.is_hidden, check.files, check.id if alone else None

    for _, batch in groupby(sorted(checks, key=lambda check: check.is_hidden), kind):
        yield list(batch)


async def asked(replay: Replay, checks: Sequence[Check], known: Mapping[str, Wanted]) -> dict[str, Reply]:
    """Replies by the check's id, of those that the student's process alone answers."""
    questions = {
        check.id: replay.question(**question(check, expected))
        for check in checks
        if not is_anew(check) and isinstance(expected := known[check.id], Expected)
    }
    if not questions:
        return {}
    with span("checks", number=len(questions), hidden=checks[0].is_hidden):
        replies = await replay.checks(list(questions.values()))
    return dict(zip(questions, replies, strict=True))


async def run_plain_check(
    lease: AuthorLease, student: Replay, check: Check, expected: Expected, reply: Reply
) -> Decision:
    """The word on a check that was asked. Raises CourseFault, SandboxUnavailable and SandboxLost."""
    decision = await decide_in_time(expected, reply, student.budget)
    if needs_author(decision):
        async with Conversation(await author_replay(lease), "evaluator") as author:
            decision = await decided_by_author(author, check, decision, reply, {})
    return decision


async def decide_in_time(expected: Expected, reply: Reply, budget: Budget) -> Decision:
    """The checker's word on a reply; a large value is looked at in a thread, so that the event loop goes on."""
    if is_large(reply.value) or is_large(reply.stdout):
        return await asyncio.to_thread(_decide_large, expected, reply, budget)
    return decide(expected, reply)


def _decide_large(expected: Expected, reply: Reply, budget: Budget) -> Decision:
    if reply.value is not None and not is_same(expected, reply.value) and not budget.spend(reply.value):
        return replace(unsupported(None, "too large"), expected=expected, stdout=reply.stdout)
    return decide(expected, reply)


def needs_author(decision: Decision) -> bool:
    """Whether something is left that the author's process has to say."""
    expected = decision.expected
    has_say = expected is not None and (expected.satisfies is not None or expected.pattern is not None)
    return decision.verdict is Verdict.AC and has_say


async def decided_by_author(
    author: Conversation, check: Check, decision: Decision, reply: Reply, names: Mapping[str, WireValue]
) -> Decision:
    """`decision` with the author's word, where one is needed. `names`: what was drawn for the check."""
    if decision.expected is None or not needs_author(decision):
        return decision
    if decision.expected.pattern is None:
        return await _satisfied(author, check, names, reply, decision)
    assert reply.raised is not None, "a pattern is tried on the message of an exception"
    if await _matches(author.replay, check, decision.expected.pattern, reply.raised.message[:MATCHED]):
        return decision
    return other_message(replace(decision, failure=reply.failure))


async def _satisfied(
    author: Conversation, check: Check, names: Mapping[str, WireValue], reply: Reply, decision: Decision
) -> Decision:
    """Whether the expression is true of the value. What goes wrong there is the value's fault: the solution's fits."""
    frame = author.replay.with_prelude({"call": check.satisfies, "want": "value"})
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
    if not replay.is_answered:
        raise CourseFault(f"the solution does not run: {reason(replay.answer)}")
    return replay


#: Characters of the drawn inputs that a sample's message shows.
INPUTS_CAP = 300


async def run_random_check(lease: AuthorLease, student: Replay, check: Check, seed: str) -> Decision:
    """The word on a `random` check.

    Raises CourseFault where the author's side fails, SandboxUnavailable and SandboxLost.
    """
    replay = await author_replay(lease)
    async with Conversation(replay, "evaluator") as author, Conversation(student, "evaluator") as answering:
        first: Decision | None = None
        for names, expected in await _draws(author, check, seed):
            frame = student.with_prelude(question(check, expected))
            reply = await answering.check(do="evaluate", names=names, **frame)
            decision = await decide_in_time(expected, reply, student.budget)
            decision = await decided_by_author(author, check, decision, reply, names)
            if decision.verdict is not Verdict.AC:
                return with_inputs(decision, names)
            first = first or decision
        assert first is not None, "`count` is 1 or more"
        return first


async def _draws(author: Conversation, check: Check, seed: str) -> list[tuple[Mapping[str, WireValue], Expected]]:
    """Inputs by name, and what is expected of them."""
    given = stated(check)
    frame = None if given is not None else {"do": "evaluate", **author.replay.with_prelude(question(check))}
    answer = await drawn(author, check, seed, frame)
    found = []
    for number, names in enumerate(answer["draws"]):
        expected = given or expected_of(check, author.read(answer["replies"][number]))
        if isinstance(expected, CourseFault):
            raise expected
        found.append((names, expected))
    return found


async def drawn(author: Conversation, check: Check, seed: str, oracle: Json | None) -> Json:
    """`draws`: the inputs by name; with the frame `oracle`, `replies` to that for each of them. Raises CourseFault."""
    random = dict(check.random or {})
    if check.action == "program" and check.stdin is not None:
        random["stdin"] = check.stdin
    try:
        answer = await author.ask(
            do="draw",
            random=[list(pair) for pair in random.items()],
            setup=author.replay.names.imports_for(*random.values()),
            seed=f"{seed}:{check.id}",
            count=check.count or DEFAULT_COUNT,
            oracle=oracle,
        )
    except Ended as end:
        raise CourseFault(f"the author's side ended: {reason(end.reply)}") from None
    reply = author.read(answer)
    if reply.status != "value":
        raise CourseFault(f"`random` of `{check.title}` could not be drawn: {reason(reply)}")
    return answer


def with_inputs(decision: Decision, names: Mapping[str, WireValue]) -> Decision:
    """The same, with what was drawn said first; of a hidden check nothing of it is shown."""
    inputs = ", ".join(f"{name} = {show(value, INPUTS_CAP)}" for name, value in names.items())
    return replace(decision, message=visible(f"With {inputs}: {decision.message}".rstrip(" :"), 2 * INPUTS_CAP + 400))
