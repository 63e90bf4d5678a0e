"""One run of a program in the sandbox, so that its error is known whole: a customer of the sandbox seam.

Nothing that comes back is believed: texts are capped, lines are numbers, and what breaks the protocol is a violation.
"""

from collections.abc import Mapping
from typing import Any

from codegym_jlab.grading.checker import responses
from codegym_jlab.grading.grader.plan import CellUnreadable, python_text
from codegym_jlab.sandbox.base import Image, Limits, ProcessEnded, Sandbox

from .explanation import Explanation, explain_error, read
from .seen import Seen, Step

#: What learners' programs are run with.
IMAGE = Image(preload=("numpy", "pandas"))
LIMITS = Limits(seconds=2.0, memory_mb=256, output_kb=64, total_s=8.0)
_NAME = "answer"
_GRACE_S = 2.0


async def explain_source(sandbox: Sandbox, source: str, language: str = "en") -> Explanation:
    """Run a program, and explain what stopped it, or what is likely wrong where nothing did.

    Called by `codegym explain` and by the tutor where a notebook told no error. Raises SandboxUnavailable.
    """
    try:
        text = python_text(source)
    except CellUnreadable as error:
        return explain_error(source, Seen("SyntaxError", str(error), (), error.line or 1), language)
    tree, broken = read(text)
    if tree is None and broken.type:
        return explain_error(text, broken, language)
    seen = await seen_in(sandbox, text)
    if broken.type and not seen.type:
        seen = broken
    return explain_error(text, seen, language)


async def seen_in(sandbox: Sandbox, source: str) -> Seen:
    """How a program ended in the sandbox."""
    process = await sandbox.lease(IMAGE, LIMITS)
    begin = {"op": "begin", "names": [], "output_kb": LIMITS.output_kb, "seconds": LIMITS.seconds}
    cell = {"op": "cell", "name": _NAME, "source": source, "kind": "answer", "seconds": LIMITS.seconds}
    try:
        await process.ask(begin, within=LIMITS.wall_s)
        answer = await process.ask(cell, within=LIMITS.wall_s + _GRACE_S)
        return _seen(answer, source)
    except ProcessEnded as end:
        reply = responses.ended(end.status)
        failure = reply.failure
        return Seen(failure.type if failure else "Exit", failure.message if failure else "")
    finally:
        await process.close()


def _seen(answer: Mapping[str, Any], source: str) -> Seen:
    try:
        reply = responses.read(answer, "cell", output_kb=LIMITS.output_kb, sources={_NAME: source})
    except responses.Malformed:
        return Seen("SV", "")
    failure = reply.failure
    if failure is None:
        return Seen()
    last = source.count("\n") + 1
    own = (frame for frame in failure.frames if frame.cell == _NAME and frame.line <= last)
    line = failure.line if failure.line is not None and failure.line <= last else None
    return Seen(failure.type, failure.message, tuple(Step(frame.line, frame.function) for frame in own), line)
