"""`code` checks: the teacher's test text runs on the author's side; the host carries over each use of a student's name.

What the student's side sends is looked at before it goes on: the two processes never share more than values. Only the
author's side says whether the text passes.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from codegym_jlab.course.checks import Check
from codegym_jlab.records import Failure, Json, Verdict
from codegym_jlab.runner.wire import values

from ..checker import responses
from ..checker.responses import (
    FORGED,
    MESSAGE_CAP,
    Malformed,
    Reply,
    is_large,
    items_in,
    mapping_in,
    number_in,
    pairs_in,
    text_at,
    text_in,
    visible,
)
from ..checker.verdict import Decision, unsupported
from .replay import AuthorLease, Conversation, Ended, Replay
from .value_checks import CourseFault, author_replay, drawn, reason, with_inputs

#: Frames that may go to and fro in one check.
MOST_FRAMES = 200_000
KEPT_FAILURES = 100
#: Processor time of the test text itself, above the student's: an answer can make it loop.
TEXT_SECONDS = 2.0
_OUT_CAP = 1024 * 1024
_TEXT = "__answer__"  #: the name of the answer's own text, where a test reads it


@dataclass(slots=True)
class _Exchange:
    """What one check's two sides have said to each other."""

    student: Conversation
    frames: int = 0
    raised: dict[int, Failure | None] = field(default_factory=dict)

    def note(self, failure: Failure | None) -> int:
        """Number an exception of the student's; the latest are kept."""
        number = self.frames
        self.raised[number] = failure
        if len(self.raised) > KEPT_FAILURES:
            self.raised.pop(next(iter(self.raised)))
        return number


async def run_code_check(lease: AuthorLease, student: Replay, check: Check, seed: str) -> Decision:
    """The word on a `code` check. Raises CourseFault, SandboxUnavailable and SandboxLost."""
    replay = await author_replay(lease)
    draws: list[Mapping[str, Any]] = [{}]
    if check.random is not None:
        async with Conversation(replay, "evaluator") as evaluator:
            draws = (await drawn(evaluator, check, seed, None))["draws"]
    decision, printed = Decision(Verdict.AC), ""
    async with (
        Conversation(replay, "author", seconds=student.limits.seconds + TEXT_SECONDS) as author,
        Conversation(student, "student", stdin=check.stdin or "") as answering,
    ):
        for names in draws:
            decision = await _one(author, answering, check, names)
            printed += decision.stdout
            if decision.verdict is not Verdict.AC:
                decision = with_inputs(decision, names) if names else decision
                break
    return replace(decision, stdout=printed)


async def _one(author: Conversation, answering: Conversation, check: Check, names: Mapping[str, Any]) -> Decision:
    replay, student = author.replay, answering.replay
    exchange = _Exchange(answering)
    if _TEXT in (check.code or ""):
        names = {**names, _TEXT: ["str", student.answer_text]}
    frame: Json = {
        "do": "test", "code": check.code, "setup": check.setup, "names": names,
        "prelude": replay.names.imports_for(check.code, check.setup), "objects": check.objects == "any",
    }  # fmt: skip
    try:
        answer = await _of_author(author, frame)
        while answer.get("status") in ("ask", "answer"):
            exchange.frames += 1
            if exchange.frames > MOST_FRAMES or student.left_s <= 0:
                return Decision(Verdict.TLE, failure=Failure(Verdict.TLE, ""))
            asked = {"do": "answer", **answer["result"]} if answer["status"] == "answer" else answer
            answer = await _of_author(author, await _of_student(exchange, asked))
        return _outcome(replay, answer, exchange)
    except Ended as stopped:  # the student's side came to its end: that is the check's verdict
        end = stopped.reply
        if end.status == "unsupported":
            return unsupported(end.unsupported, end.reason)
        return Decision(end.limit or Verdict.RTE, failure=end.failure, stdout=end.stdout)


async def _of_author(author: Conversation, frame: Json) -> Json:
    try:
        return await author.ask(**frame)
    except Ended as end:
        if end.reply.limit is not None:  # with the solution it does not get there
            raise
        raise CourseFault(f"the test text ended its process: {reason(end.reply)}") from None


async def _of_student(exchange: _Exchange, frame: Json) -> Json:
    """The student's answer as a frame for the author's side. Raises Ended."""
    answer = await exchange.student.ask(**frame)
    try:
        if isinstance(answer, dict) and answer.get("status") in ("value", "raised", "ask"):
            if is_large(answer):  # so that the event loop goes on: what is looked at, the answer chose
                return await asyncio.to_thread(_large_passed_on, exchange, answer)
            return _passed_on(exchange, answer)
    except (values.WireError, Malformed):
        raise Ended(responses.violated(FORGED)) from None
    reply = exchange.student.read(answer)
    if reply.limit is None:
        reply = responses.violated(FORGED)
    raise Ended(reply)


def _large_passed_on(exchange: _Exchange, answer: Json) -> Json:
    if not exchange.student.replay.budget.spend(answer):
        raise Ended(Reply("unsupported", reason="too large"))
    return _passed_on(exchange, answer)


def _passed_on(exchange: _Exchange, answer: Json) -> Json:
    """What a student's process said, field by field: nothing that is not known goes on. Raises WireError, Malformed."""
    out = text_at(answer, "out", _OUT_CAP)
    if answer["status"] == "ask":
        return {"do": "serve", "ask": {**_question(answer), "out": out}}
    frame: Json = {"do": "reply", "status": answer["status"], "out": out}
    if answer["status"] == "raised":
        raised = _error(answer.get("raised"))
        given = {"status": "raised", "raised": raised, "failure": answer.get("failure")}
        return {**frame, "raised": raised, "number": exchange.note(exchange.student.read(given).failure)}
    frame["value"] = values.check_crossing(answer.get("value"))
    changed = pairs_in(answer.get("args"), values.MAX_NODES)
    frame["args"] = [[number_in(number), values.check_crossing(value)] for number, value in changed]
    return frame


def _question(answer: Json) -> Json:
    """A call of something that the student's side was given."""
    args = [values.check_crossing(value) for value in items_in(answer.get("args"), values.MAX_NODES)]
    named = {name[:200]: values.check_crossing(value) for name, value in mapping_in(answer.get("named") or {}).items()}
    return {"on": _reference(answer.get("on"), "own"), "args": args, "named": named}


def _error(given: Any) -> Json:
    body = mapping_in(given)
    names = [text_in(name, 200) or "" for name in items_in(body.get("mro"), 50)]
    if not names:
        raise Malformed("an exception expected")
    return {
        "mro": names,
        "message": text_at(body, "message", MESSAGE_CAP),
        "args": values.check_crossing(body.get("args")),
        "on": _reference(body.get("on"), "own", "ref"),
    }


def _reference(given: Any, *kinds: str) -> Any:
    value = values.check_crossing(given)
    if value[0] not in kinds:
        raise Malformed("an object expected")
    return value


def _outcome(replay: Replay, answer: Json, exchange: _Exchange) -> Decision:
    """What the author's side says of its text."""
    if answer.get("status") != "value" or "failed" not in answer:
        reply = replay.read(answer, "check")
        if reply.limit is Verdict.SV:  # what came over could not be read
            return Decision(Verdict.SV, failure=responses.violated(FORGED).failure)
        if reply.limit is not None:
            return Decision(reply.limit, failure=reply.failure, stdout=reply.stdout)
        raise CourseFault(f"the test text does not run: {reason(reply)}")
    failed = answer["failed"]
    decision = Decision(Verdict.AC) if failed is None else _failed(failed, answer["opaque"], exchange)
    return replace(decision, stdout=str(answer["stdout"]))


def _failed(failed: Json, opaque: list[list[str]], exchange: _Exchange) -> Decision:
    if failed["kind"] == "unsupported":
        return unsupported(*failed["value"])
    shown = f"`{visible(failed['text'], 200)}`" if failed["text"] else ""
    place = f"Line {failed['line']} of the test" if failed["line"] else "The test"
    test = f" ({visible(failed['test'], 100)})" if failed.get("test") else ""
    where = f"{place}{test}{': ' + shown if shown else ''}"
    if failed["kind"] == "error":
        failure = exchange.raised.get(failed["raised"])
        error = f"{visible(failed['type'])}: {visible(failed['message'], 300)}"
        own = failure or Failure(visible(failed["type"]), visible(failed["message"]))
        return Decision(Verdict.RTE, f"{where} stopped with {error}", failure=own)
    first = visible(failed["message"].partition("\n")[0], 300).rstrip(" .")
    said = f"{where} does not hold{': ' + first if first else ''}."
    if opaque and "left" not in failed:
        odd = unsupported(*opaque[-1])
        return replace(odd, message=f"{said} {odd.message}")
    sides = {key: visible(failed[side]) for key, side in (("expected", "right"), ("got", "left")) if side in failed}
    return Decision(Verdict.WA, said, sides.get("got"), {"kind": "value", **sides} if len(sides) == 2 else None)
