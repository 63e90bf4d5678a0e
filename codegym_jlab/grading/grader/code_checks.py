"""`code` checks: the teacher's test text runs on the author's side; the host carries over each use of a student's name.

What the student's side sends is looked at before it goes on: the two processes never share more than values. Only the
author's side says whether the text passes.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from codegym_jlab.course.checks import Check
from codegym_jlab.grading.checker import responses
from codegym_jlab.grading.checker.responses import FORGED, Budget, Malformed, Reply, is_large, visible
from codegym_jlab.grading.checker.verdict import Decision, unsupported
from codegym_jlab.records import Failure, Json, Verdict
from codegym_jlab.runner.wire import values

from .replay import AuthorLease, Conversation, Ended, Replay
from .value_checks import CheckOutcome, CourseFault, author_replay, drawn_inputs, reason, with_inputs

#: Frames that may go to and fro in one check.
MOST_FRAMES = 200_000
KEPT_FAILURES = 100
#: Processor time of the test text itself, above the student's: an answer can make it loop.
TEXT_SECONDS = 2.0
_OUT_CAP = 1024 * 1024


@dataclass(slots=True)
class _Exchange:
    """What one check's two sides have said to each other."""

    budget: Budget
    frames: int = 0
    raised: dict[int, Failure | None] = field(default_factory=dict)

    def note(self, failure: Failure | None) -> int:
        """Number an exception of the student's; the latest are kept."""
        number = self.frames
        self.raised[number] = failure
        if len(self.raised) > KEPT_FAILURES:
            self.raised.pop(next(iter(self.raised)))
        return number


async def run_code_check(lease: AuthorLease, student: Replay, check: Check, seed: str) -> CheckOutcome:
    """The word on a `code` check. Raises CourseFault, SandboxUnavailable and SandboxLost."""
    replay = await author_replay(lease)
    draws: list[Mapping[str, Any]] = [{}]
    if check.random is not None:
        async with Conversation(replay, "evaluator") as evaluator:
            draws = await drawn_inputs(evaluator, replay, check, seed)
    told = CheckOutcome(Decision(Verdict.AC), None)
    seconds = student.seconds + TEXT_SECONDS
    async with (
        Conversation(replay, "author", seconds=seconds) as author,
        Conversation(student, "student", stdin=check.stdin or "") as answering,
    ):
        printed = ""
        for names in draws:
            told = await _one(author, answering, (replay, student), check, names)
            printed += told.stdout
            if told.decision.verdict is not Verdict.AC:
                decision = with_inputs(told.decision, names) if names else told.decision
                return CheckOutcome(decision, None, printed)
    return CheckOutcome(told.decision, None, printed)


async def _one(
    author: Conversation, answering: Conversation, sides: tuple[Replay, Replay], check: Check, names: Mapping[str, Any]
) -> CheckOutcome:
    replay, student = sides
    exchange = _Exchange(student.budget)
    frame: Json = {
        "do": "test", "code": check.code, "setup": check.setup, "names": names,
        "prelude": replay.prelude(check.code, check.setup), "objects": check.objects == "any",
    }  # fmt: skip
    try:
        answer = await _of_author(author, frame)
        while answer.get("status") in ("ask", "answer"):
            exchange.frames += 1
            if exchange.frames > MOST_FRAMES or student.left_s <= 0:
                return CheckOutcome(Decision(Verdict.TLE, failure=Failure(Verdict.TLE, "")), None)
            asked = {"do": "answer", **answer["result"]} if answer["status"] == "answer" else answer
            answer = await _of_author(author, await _of_student(answering, asked, exchange))
        return _outcome(replay, answer, exchange)
    except Ended as stopped:  # the student's side came to its end: that is the check's verdict
        end = stopped.reply
        if end.status == "unsupported":
            return CheckOutcome(unsupported(end.unsupported, end.reason), None)
        return CheckOutcome(Decision(end.limit or Verdict.RTE, failure=end.failure), None, end.stdout)


async def _of_author(author: Conversation, frame: Json) -> Json:
    try:
        return await author.ask(**frame)
    except Ended as end:
        if end.reply.limit is not None:  # with the solution it does not get there
            raise
        raise CourseFault(f"the test text ended its process: {reason(end.reply)}") from None


async def _of_student(answering: Conversation, frame: Json, exchange: _Exchange) -> Json:
    """The student's answer as a frame for the author's side. Raises Ended."""
    answer = await answering.ask(**frame)
    try:
        if isinstance(answer, dict) and answer.get("status") in ("value", "raised", "ask"):
            if is_large(answer):  # so that the event loop goes on: what is looked at, the answer chose
                return await asyncio.to_thread(_large_passed_on, answering, answer, exchange)
            return _passed_on(answering, answer, exchange)
    except (values.WireError, Malformed):
        raise Ended(responses.violated(FORGED)) from None
    reply = answering.read(answer)
    if reply.limit is None:
        reply = responses.violated(FORGED)
    raise Ended(reply)


def _large_passed_on(answering: Conversation, answer: Json, exchange: _Exchange) -> Json:
    if not exchange.budget.spend(answer):
        raise Ended(Reply("unsupported", reason="too large"))
    return _passed_on(answering, answer, exchange)


def _passed_on(answering: Conversation, answer: Json, exchange: _Exchange) -> Json:
    """What a student's process said, field by field: nothing that is not known goes on. Raises WireError, Malformed."""
    out = _text(answer.get("out"), _OUT_CAP)
    if answer["status"] == "ask":
        return {"do": "serve", "ask": {**_question(answer), "out": out}}
    frame: Json = {"do": "reply", "status": answer["status"], "out": out}
    if answer["status"] == "raised":
        raised = _error(answer.get("raised"))
        given = {"status": "raised", "raised": raised, "failure": answer.get("failure")}
        return {**frame, "raised": raised, "number": exchange.note(answering.read(given).failure)}
    frame["value"] = values.check_crossing(answer.get("value"))
    changed = answer.get("args") or []
    if not isinstance(changed, list) or len(changed) > values.MAX_NODES:
        raise Malformed("list expected")
    frame["args"] = [[_number(pair[0]), values.check_crossing(pair[1])] for pair in map(_pair, changed)]
    return frame


def _question(answer: Json) -> Json:
    """A call of something that the student's side was given."""
    args = answer.get("args")
    if not isinstance(args, list):
        raise Malformed("list expected")
    named = _values(answer.get("named") or {})
    return {"on": _own(answer.get("on")), "args": [values.check_crossing(value) for value in args], "named": named}


def _error(given: Any) -> Json:
    if not isinstance(given, dict) or not isinstance(given.get("mro"), list) or not given["mro"]:
        raise Malformed("an exception expected")
    on = values.check_crossing(given.get("on"))
    if on[0] not in ("own", "ref"):
        raise Malformed("an exception expected")
    return {
        "mro": [_text(name, 200) for name in given["mro"][:50]],
        "message": _text(given.get("message"), 2000),
        "args": values.check_crossing(given.get("args")),
        "on": on,
    }


def _own(given: Any) -> Any:
    value = values.check_crossing(given)
    if value[0] != "own":
        raise Malformed("an object of the other side expected")
    return value


def _values(given: Any) -> Json:
    if not isinstance(given, dict):
        raise Malformed("object expected")
    return {_text(name, 200): values.check_crossing(value) for name, value in given.items()}


def _pair(given: Any) -> list[Any]:
    if not isinstance(given, list) or len(given) != 2:
        raise Malformed("pair expected")
    return given


def _number(given: Any) -> int:
    if type(given) is not int or not 0 <= given < values.MAX_NODES:
        raise Malformed("number expected")
    return given


def _text(given: Any, cap: int) -> str:
    if given is None:
        return ""
    if not isinstance(given, str):
        raise Malformed("text expected")
    return given[:cap]


def _outcome(replay: Replay, answer: Json, exchange: _Exchange) -> CheckOutcome:
    """What the author's side says of its text."""
    if answer.get("status") != "value" or "failed" not in answer:
        reply = replay.read(answer, "check")
        if reply.limit is Verdict.SV:  # what came over could not be read
            return CheckOutcome(Decision(Verdict.SV, failure=responses.violated(FORGED).failure), None)
        if reply.limit is not None:
            return CheckOutcome(Decision(reply.limit, failure=reply.failure), None, reply.stdout)
        raise CourseFault(f"the test text does not run: {reason(reply)}")
    failed, printed = answer["failed"], str(answer["stdout"])
    if failed is None:
        return CheckOutcome(Decision(Verdict.AC), None, printed)
    return CheckOutcome(_failed(failed, answer["opaque"], exchange), None, printed)


def _failed(failed: Json, opaque: list[list[str]], exchange: _Exchange) -> Decision:
    if failed["kind"] == "unsupported":
        return unsupported(*failed["value"])
    shown = f"`{visible(failed['text'], 200)}`" if failed["text"] else ""
    place = f"Line {failed['line']} of the test" if failed["line"] else "The test"
    test = f" ({visible(failed['test'], 100)})" if failed.get("test") else ""
    where = f"{place}{test}{': ' + shown if shown else ''}"
    if failed["kind"] == "error":
        failure = exchange.raised.get(failed["raised"]) if failed.get("raised") is not None else None
        error = f"{visible(failed['type'])}: {visible(failed['message'], 300)}"
        own = failure or Failure(visible(failed["type"]), visible(failed["message"]))
        return Decision(Verdict.RTE, f"{where} stopped with {error}", failure=own)
    first = visible(failed["message"].partition("\n")[0], 300).rstrip(" .")
    message = f": {first}" if first else ""
    got = visible(failed["left"]) if failed.get("left") is not None else None
    decision = Decision(Verdict.WA, f"{where} does not hold{message}.", got=got)
    if opaque and "left" not in failed:
        odd = unsupported(*opaque[-1])
        return Decision(Verdict.WA, f"{decision.message} {odd.message}", odd.got, odd.diff)
    if "left" in failed and "right" in failed:
        sides = {"expected": visible(failed["right"]), "got": visible(failed["left"])}
        return Decision(Verdict.WA, decision.message, decision.got, {"kind": "value", **sides})
    return decision
