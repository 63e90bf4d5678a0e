# ruff: noqa: E501  (tables of odd values)
"""What a sandbox may send, thought up: `python tests/hostile/fuzzing.py [INPUTS [SEED]]` tries a million and prints how.

Each input is the bytes of a frame, from values of the wire that are nearly right to noise. It goes the whole way that
a reply goes: the host's reader, its checks, comparison and words, and the author's side, which builds values of it.
Whatever is wrong must be said in the words of that place; anything else is a fault, and is printed with its input.
"""

from __future__ import annotations

import json
import random
import resource
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from codegym_jlab.grading.checker import responses  # noqa: E402
from codegym_jlab.grading.checker.equality import EqualityRules  # noqa: E402
from codegym_jlab.grading.checker.verdict import Decision, Expected, decide  # noqa: E402
from codegym_jlab.runner.testcode.interface import Interface  # noqa: E402
from codegym_jlab.runner.testcode.stand_ins import Garbled, Link, UnsupportedValue  # noqa: E402
from codegym_jlab.runner.wire import (
    decode as decoding,  # noqa: E402
    frames,  # noqa: E402
    values as wire,  # noqa: E402
)

TAGS = (
    "none bool int float complex str bytes list tuple set frozenset dict range slice ellipsis datetime date time "
    "timedelta decimal fraction uuid enum dataclass exception type ndarray masked series frame nat na typed ref own arg "
    "builtin stringio notimplemented packed"
).split()
TEXTS = (
    "", "0", "-1", "6", "9" * 30, "9" * 4000, "0x" + "f" * 50, "-0x0", "nan", "inf", "-inf", "0x1.8p+1", "0x1p+9999",
    "1E+999999999", "sNaN", "-0E-99999999", "2024-02-30", "2024-02-29T12:00:00", "00:00:00.000001", "0000", "\ud800", "\0",
    "<b>", "é" * 40, "int64", "float64", "object", "datetime64[ns]", "int8,(9999,9999)f8", "category", "string", "bool_",
    "numpy.float64", "collections.Counter", "builtins.eval", "eval", "len", "list", "str.format", "type", "object.__new__",
    "__class__", "__dict__", "_kind", "a" * 500, "AAAA", "====", "MQ==", "12345678-1234-5678-1234-567812345678",
    "function", "class", "generator", "iterator", "opaque", "keys", "items", "ValueError", "SystemExit", "UnicodeDecodeError",
)  # fmt: skip
NUMBERS = (0, 1, -1, 2, 3, 64, 2**31, 2**53, 2**62 - 1, -(2**62), 2**63, 10**30, 1.5, -0.0, 1e308)
STATUSES = (
    "value",
    "raised",
    "unsupported",
    "syntax",
    "timeout",
    "memory",
    "output",
    "violation",
    "crashed",
    "exited",
    "ok",
    "x",
)
KEYS = (
    "status",
    "value",
    "stdout",
    "failure",
    "raised",
    "violation",
    "undefined",
    "module",
    "shadowed",
    "unsupported",
    "reason",
)

VALUES: list[Any] = [
    6, -0.0, "text", b"\0", None, True, [1, [2.5, "a"]], (1, (2,)), {1, 2.5}, {"a": [1], 2: {3}}, 3 + 4j, range(9), ...,
    slice(1, None, 2), frozenset({("a", 1)}), float("nan"), 10**700,
]  # fmt: skip


class Maker:
    """Thinks up frames; the same seed gives the same."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311
        self._seeds = [json.loads(json.dumps(wire.encode(value))) for value in VALUES]

    def data(self) -> bytes:
        """The bytes of a frame, or of what is none."""
        chance = self._random.random()
        body = json.dumps(self.frame(), separators=(",", ":")).encode()
        if chance < 0.08:
            body = self._bent(body)
        elif chance < 0.10:
            body = self._random.choice(
                (b"[" * 5000, b'{"a":' * 3000, b"[]" * 9, b"NaN", b"9" * 5000, b'"\\ud800', b"\xff")
            )
        size = len(body) if chance < 0.97 else self._random.choice((0, 3, len(body) + 1, 2**32 - 1, len(body) - 1))
        return struct.pack(">I", max(size, 0)) + body

    def frame(self) -> Any:
        """A reply to a check."""
        pick = self._random
        frame = {
            "status": "value" if pick.random() < 0.7 else pick.choice(STATUSES),
            "value": self.value(),
            "stdout": "x",
        }
        for _ in range(pick.choice((0, 0, 0, 0, 0, 0, 1, 3))):
            frame[pick.choice(KEYS)] = self._atom()
        if frame["status"] == "raised" and pick.random() < 0.7:
            frame["raised"] = {"type": self._text(), "mro": [self._text() for _ in range(3)], "message": self._text()}
        return frame

    def value(self, depth: int = 0) -> Any:
        """Nearly a value of the wire."""
        pick = self._random
        if depth == 0 and pick.random() < 0.3:
            return self._changed(json.loads(json.dumps(pick.choice(self._seeds))))
        if depth > 4 or pick.random() < 0.03:
            return self._atom() if pick.random() < 0.1 else ["int", "6"]
        tag = pick.choice(TAGS if pick.random() < 0.6 else TAGS[:17])
        shaped = _SHAPED.get(tag)
        if shaped is not None and pick.random() < 0.97:
            return shaped(self, depth + 1)
        return [tag, *(self._part(depth + 1) for _ in range(pick.choice((0, 1, 1, 2, 3, 4))))]

    def values(self, depth: int, most: int = 4) -> list[Any]:
        """Some of them."""
        return [self.value(depth) for _ in range(self._random.randrange(most))]

    def _part(self, depth: int) -> Any:
        pick = self._random.random()
        if pick < 0.35:
            return self._text()
        if pick < 0.6:
            return self.value(depth)
        return self.values(depth) if pick < 0.85 else self._atom()

    def _changed(self, tree: Any) -> Any:
        """One node of it is another."""
        nodes = [tree]
        for node in nodes:
            nodes += [part for part in node if isinstance(part, list)]
        node = self._random.choice([n for n in nodes if n] or [["none"]])
        node[self._random.randrange(len(node))] = self._atom() if self._random.random() < 0.5 else self.value(3)
        return tree

    def _bent(self, body: bytes) -> bytes:
        bent = bytearray(body)
        for _ in range(self._random.randrange(1, 5)):
            at = self._random.randrange(len(bent))
            bent[at : at + self._random.randrange(3)] = self._random.randbytes(self._random.randrange(3))
            if not bent:
                break
        return bytes(bent)

    def _text(self) -> str:
        return self._random.choice(TEXTS)

    def _atom(self) -> Any:
        pick = self._random
        return pick.choice((None, True, [], {}, [[]], {"a": []}, pick.choice(NUMBERS), self._text()))


_SHAPED: dict[str, Callable[[Maker, int], Any]] = {
    **{tag: (lambda m, d, tag=tag: [tag, m.values(d)]) for tag in ("list", "tuple", "set", "frozenset")},
    "dict": lambda m, d: ["dict", [[m.value(d), m.value(d)] for _ in range(2)]],
    "int": lambda m, d: ["int", str(m._random.getrandbits(m._random.choice((3, 60, 400))))],
    "float": lambda m, d: ["float", float.hex(m._random.uniform(-1e9, 1e9))],
    "ndarray": lambda m, d: ["ndarray", m._text(), [2], [m.value(d), m.value(d)]],
    "series": lambda m, d: ["series", m.value(d), [m.value(d)], m._text(), [m.value(d)]],
    "frame": lambda m, d: ["frame", [m.value(d)], [m.value(d)], [m._text()], [[m.value(d)]]],
    "dataclass": lambda m, d: ["dataclass", m._text(), [[m._text(), m.value(d)]]],
    "exception": lambda m, d: ["exception", m._text(), m.values(d)],
    "ref": lambda m, d: ["ref", m._random.choice((0, 1, 7)), m._text(), [m._text()], m.value(d)],
    "typed": lambda m, d: ["typed", m._text(), m.value(d)],
    "bool": lambda m, d: ["bool", m._random.random() < 0.5],
    "str": lambda m, d: ["str", m._text()],
    "complex": lambda m, d: ["complex", *m._random.choices(("nan", "inf", "-inf", "0x0.0p+0", "0x1.8p+1"), k=2)],
    "bytes": lambda m, d: ["bytes", m._random.choice(("", "AAAA", "MQ==", "AP8=", "A", "===="))],
    "range": lambda m, d: ["range", *m._random.choices(("0", "1", "-7", "9" * 30, "0x" + "f" * 99, "10"), k=3)],
    "slice": lambda m, d: ["slice", m.value(d), m.value(d), m.value(d)],
    **{tag: (lambda m, d, tag=tag: [tag]) for tag in ("none", "ellipsis", "masked", "nat", "na", "notimplemented")},
    **{
        tag: (lambda m, d, tag=tag: [tag, m._text()])
        for tag in ("type", "builtin", "decimal", "uuid", "date", "datetime")
    },
    "time": lambda m, d: ["time", m._text()],
    "timedelta": lambda m, d: ["timedelta", *m._random.choices((0, 1, -1, 10**9, 2**61), k=3)],
    "fraction": lambda m, d: ["fraction", *m._random.choices(("1", "0", "-3", "9" * 400), k=2)],
    "enum": lambda m, d: ["enum", m._text(), m._text()],
    "own": lambda m, d: ["own", m._random.choice((0, 1, -1, 2**40))],
    "arg": lambda m, d: ["arg", m._random.choice((0, 1, -1))],
    "stringio": lambda m, d: ["stringio", m._text(), m._random.choice((0, 5, -1, 2**61))],
}

_EXPECTED = [
    Expected(value=wire.encode(value), rules=rules)
    for value in VALUES
    for rules in (EqualityRules(), EqualityRules(True, 0.5))
]
#: What the host's side takes for a forged value; see `drawn.decided`.
_NO_VALUE = (ValueError, TypeError, LookupError, ArithmeticError, RecursionError)


def received(data: bytes) -> list[dict[str, Any]]:
    """The host's reader: the frames in it."""
    buffer, found = frames.Buffer(), []
    buffer.feed(data)
    try:
        while (frame := buffer.take()) is not None:
            found.append(frame)
    except (ValueError, RecursionError):  # as `sandbox` does
        pass
    return found


def tried(data: bytes, turn: int = 0) -> list[str]:
    """The whole way; what was said of it."""
    said = ["no frame"]
    for frame in received(data):
        said = [_judged(frame, _EXPECTED[turn % len(_EXPECTED)]), _checked(frame, wire.check_wire, decoding.decode)]
        said.append(_checked(frame, wire.check_crossing, Link(Interface({}, [], [], False), _nobody).read))
    return said


def _judged(frame: dict[str, Any], expected: Expected) -> str:
    try:
        reply = responses.read(frame, "check", output_kb=64, sources={"answer": "x = 1\n"})
        decision: Decision = decide(expected, reply)
    except responses.Malformed:
        return "malformed"
    except _NO_VALUE:
        return "no value"
    assert len(json.dumps([decision.message, decision.got, decision.diff])) < 200_000
    return str(decision.verdict)


def _checked(frame: dict[str, Any], check: Callable[[Any], Any], build: Callable[[Any], Any]) -> str:
    try:
        value = check(frame.get("value"))
    except wire.WireError:
        return "refused"
    try:
        build(value)
    except (wire.WireError, Garbled):
        return "not built"
    except (UnsupportedValue, wire.Unsupported):
        return "unsupported"
    return "built"


def _nobody(request: dict[str, Any]) -> dict[str, Any]:
    return {
        "status": "raised",
        "raised": {"mro": ["E"], "message": "", "args": ["tuple", []], "on": ["ref", 99, "object", [], ["none"]]},
    }


def main(inputs: int = 1_000_000, seed: int = 1) -> int:
    """Print inputs a second, what was said, and the peak of memory; 1 where something was no answer."""
    resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
    maker, counts, faults, slowest = Maker(seed), dict[str, int](), 0, 0.0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    for turn in range(inputs):
        data = maker.data()
        start = time.process_time()
        try:
            said = tried(data, turn)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            faults += 1
            said = [f"FAULT {type(error).__name__}"]
            if faults <= 10:
                print(f"{type(error).__name__}: {error}\n  {data[:2000]!r}", flush=True)
        slowest = max(slowest, time.process_time() - start)
        for word in said:
            counts[word] = counts.get(word, 0) + 1
    seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{inputs} inputs, {inputs / seconds:.0f} a second of processor time, slowest {slowest * 1000:.1f} ms")
    print(
        f"peak of memory {peak / 1024:.0f} MB, of which {(peak - before) / 1024:.0f} MB came with the inputs; {faults} faults"
    )
    print(", ".join(f"{word}: {count}" for word, count in sorted(counts.items(), key=lambda pair: -pair[1])))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
