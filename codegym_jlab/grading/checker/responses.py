"""What a sandboxed process answered, read with suspicion: every field checked, every text capped and made visible.

The process belongs to the student's code and may write any frame; the worst that it gains is a wrong answer. A frame
that is not what the protocol says is `Malformed`, which the grader calls a sandbox violation and never a fault of ours.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codegym_jlab.records import Failure, Frame, Json, Verdict, frozen
from codegym_jlab.sandbox.base import OUTRAN, ExitKind, ExitStatus

#: What students read, by kinds of things.
WORDS: Json = tomllib.loads(Path(__file__).parents[1].joinpath("words.toml").read_text("utf-8"))

NAME_CAP, MESSAGE_CAP, LINE_CAP, MAX_FRAMES, MAX_SHADOWED = 120, 2000, 300, 20, 20
MAX_TYPED = 200

SyntaxFacts = Mapping[str, dict[str, int]]  #: by kind: a name, and the first line where it stands
SYNTAX_KINDS = "imports calls names loops recursion".split()

LARGE = 5000  #: parts of a value that is better looked at in a thread
FORGED = "writing to Check's own channel"

#: How a cell or check ended, and the verdict where that alone decides it.
LIMITS = {
    "timeout": Verdict.TLE,
    "memory": Verdict.MLE,
    "output": Verdict.OLE,
    "violation": Verdict.SV,
    "crashed": Verdict.RTE,
    "exited": Verdict.RTE,
}
_STATUSES = {
    "cell": frozenset({"ok", "error", "syntax", *LIMITS}),
    "check": frozenset({"value", "raised", "unsupported", "syntax", *LIMITS}),
}

_SIGXCPU, _SIGSYS = 24, 31


# Control characters but tab and newline, lone surrogates, marks that reorder or hide text, and tags.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


class Malformed(Exception):
    """The frame is not what the protocol says."""


@frozen
class Raised:
    """An exception that left a check: its type, the names of its bases, its message."""

    type: str
    bases: tuple[str, ...]  #: its own name and those of its bases
    message: str


@frozen
class Reply:
    """A checked reply to `cell` or `check`; texts are as printed, capped but not yet made visible."""

    status: str
    stdout: str = ""
    failure: Failure | None = None
    value: Any = None  #: as it came; `runner.wire.check_wire` says whether it is a value
    unsupported: str | None = None
    reason: str | None = None  #: why a value of a supported kind could not cross
    raised: Raised | None = None
    module: str | None = None
    shadowed: tuple[tuple[str, int], ...] = ()
    beside: bool = False  #: the cell left threads or processes running, which a fork would lack
    typed: tuple[tuple[int, int], ...] = ()  #: lines of `stdout` that typed text ends, and its length
    apart: str | None = None  #: of `stdout`, what did not go to standard error, where something did

    @property
    def printed(self) -> str:
        """What went to standard output."""
        return self.stdout if self.apart is None else self.apart

    @property
    def limit(self) -> Verdict | None:
        """The verdict, where how it ended decides it."""
        return LIMITS.get(self.status)


def read(frame: Any, op: str, *, output_kb: int, sources: Mapping[str, str]) -> Reply:
    """A reply from a frame that answers `op`, cell or check.

    `sources` maps a cell's name to its text, from which lines of tracebacks are quoted. Raises Malformed.
    """
    frame = mapping_in(frame)
    status = frame.get("status")
    if not isinstance(status, str) or status not in _STATUSES[op]:
        raise Malformed("unknown status")
    return Reply(
        status=status,
        stdout=text_at(frame, "stdout", output_kb * 1024),
        failure=_failure(frame.get("failure"), status, text_at(frame, "violation"), sources),
        value=frame.get("value") if status == "value" else None,
        unsupported=text_in(frame.get("unsupported"), NAME_CAP) if status == "unsupported" else None,
        reason=text_in(frame.get("reason"), NAME_CAP),
        raised=_raised(frame.get("raised")) if status == "raised" else None,
        module=text_in(frame.get("module"), NAME_CAP),
        shadowed=_shadowed(frame.get("shadowed")),
        beside=frame.get("beside") is True,
        typed=tuple((number_in(line), number_in(length)) for line, length in pairs_in(frame.get("typed"), MAX_TYPED)),
        apart=text_in(frame.get("apart"), output_kb * 1024),
    )


def syntax_facts_of(answer: Any) -> SyntaxFacts | None:
    """What a reply to `syntax` tells of an answer's text; None where the text is no Python. Raises Malformed.

    It was read in the student's process before any of the answer ran, so the facts are the runner's, not the answer's.
    """
    if not isinstance(answer, dict) or answer.get("status") != "ok":
        return None
    found = {kind: mapping_in(answer.get(kind)) for kind in SYNTAX_KINDS}
    return {kind: {name: number_in(line) for name, line in lines.items()} for kind, lines in found.items()}


def ended(status: ExitStatus) -> Reply:
    """What the end of the whole process amounts to for the cell or check that was running."""
    if status.kind in OUTRAN:
        return exceeded(status.kind.value)
    if status.kind is ExitKind.PROTOCOL:
        return violated(FORGED)
    if status.kind is not ExitKind.SIGNALLED:
        why = "by os._exit(), say, or by changing a name in `builtins` that Python itself uses, such as `len`"
        return Reply("exited", failure=Failure("Exit", f"Python was ended before the answer was complete: {why}"))
    if status.signal == _SIGXCPU:
        return exceeded("timeout")
    if status.signal == _SIGSYS:
        return violated("a system call that is not allowed")
    return Reply("crashed", failure=Failure("Crash", f"The program was ended by signal {status.signal}"))


def violated(what: str) -> Reply:
    """A reply for what broke the rules of the sandbox."""
    return Reply("violation", failure=Failure(Verdict.SV, what))


def exceeded(status: str) -> Reply:
    """A reply for what outran a limit: `timeout`, `memory` or `output`."""
    return Reply(status, failure=Failure(LIMITS[status], ""))


def text_in(value: Any, cap: int) -> str | None:
    """A text, cut after `cap` characters, or nothing. Raises Malformed, as all of these do."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise Malformed("text expected")
    return value[:cap]


def text_at(body: Json, name: str, cap: int = NAME_CAP) -> str:
    """The text under a name, empty where there is none."""
    return text_in(body.get(name), cap) or ""


def number_in(value: Any) -> int:
    """A line, a length, a place."""
    if type(value) is not int or not 0 <= value < 10_000_000:
        raise Malformed("number expected")
    return value


def mapping_in(value: Any) -> Json:
    """An object with names."""
    if not isinstance(value, dict):
        raise Malformed("object expected")
    return value


def items_in(value: Any, cap: int) -> list[Any]:
    """A list, cut after `cap` items; none where there is nothing."""
    if not isinstance(value or [], list):
        raise Malformed("list expected")
    return (value or [])[:cap]


def pairs_in(value: Any, cap: int) -> list[list[Any]]:
    """A list of twos."""
    pairs = [items_in(pair, 3) for pair in items_in(value, cap)]
    if any(len(pair) != 2 for pair in pairs):
        raise Malformed("pair expected")
    return pairs


def _failure(given: Any, status: str, violation: str, sources: Mapping[str, str]) -> Failure | None:
    limit = LIMITS.get(status)
    ours = limit not in (None, Verdict.RTE)
    if given is None:
        if limit is None:
            return None
        return Failure(limit if ours else status.capitalize(), visible(violation))
    body = mapping_in(given)
    kind = str(limit) if ours else visible(text_at(body, "type") or "Exception")
    message = violation if status == "violation" and violation else text_at(body, "message", MESSAGE_CAP)
    return Failure(
        type=kind,
        message=visible(message),
        line=_line(body),
        cell=visible(text_at(body, "cell")) or None,
        frames=tuple(_frame(f, sources) for f in items_in(body.get("frames"), MAX_FRAMES)),
    )


def _line(body: Json) -> int | None:
    return None if body.get("line") is None else number_in(body["line"])


def _frame(given: Any, sources: Mapping[str, str]) -> Frame:
    body = mapping_in(given)
    cell, line = visible(text_at(body, "cell")), _line(body) or 0
    return Frame(cell, line, visible(text_at(body, "function")), line_of(sources.get(cell, ""), line))


def size_of(value: Any, most: int) -> int:
    """The lists in a value fresh from JSON, and its long texts by 32 characters; counting ends above `most`."""
    size, ahead = 0, [value]
    while ahead and size <= most:
        part = ahead.pop()
        if isinstance(part, str):
            size += len(part) >> 5
        elif isinstance(part, list | dict):
            items = part if isinstance(part, list) else part.values()
            inner = [one for one in items if isinstance(one, list | dict) or (isinstance(one, str) and len(one) > 32)]
            size += len(inner)
            ahead += inner
    return size


def is_large(value: Any) -> bool:
    """True for a value that is better looked at in a thread, so that the event loop goes on."""
    return size_of(value, LARGE) > LARGE


@dataclass(slots=True)
class Budget:
    """How much of large values the host looks at for one submission, in the measure of `size_of`."""

    left: int = 1_000_000

    def spend(self, value: Any) -> bool:
        """Whether there is enough left for this one."""
        self.left -= size_of(value, self.left)
        return self.left >= 0


def line_of(source: str, number: int) -> str:
    """Line `number`, from 1, as it can be shown; empty where there is none."""
    lines = source.split("\n")
    return visible(lines[number - 1].rstrip(), LINE_CAP) if 0 < number <= len(lines) else ""


def _raised(given: Any) -> Raised:
    body = mapping_in(given)
    bases = tuple(text_in(name, NAME_CAP) or "" for name in items_in(body.get("mro"), 50))
    return Raised(text_at(body, "type"), bases, text_at(body, "message", MESSAGE_CAP))


def _shadowed(given: Any) -> tuple[tuple[str, int], ...]:
    found = map(mapping_in, items_in(given, MAX_SHADOWED))
    return tuple((text_at(one, "name"), _line(one) or 1) for one in found)


def visible(text: str, cap: int | None = None) -> str:
    """Text of a sandbox with what cannot be seen written out (`\\x1b`), cut after `cap` characters with an ellipsis."""
    if cap is not None and len(text) > cap:
        text = text[: max(cap - 1, 0)] + "…"
    if text.isprintable():  # which none of what cannot be seen is
        return text
    return _UNSEEN.sub(_written_out, text.replace("\r\n", "\n"))


def _written_out(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}" if match[0] != "\r" else "\\r"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
