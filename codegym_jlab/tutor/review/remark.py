"""A remark on a line of the student's code."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remark:
    """`weight` orders remarks, the most useful first; `better` is the student's own line written the other way.

    `better` and `topic` are told only where the answer is accepted; before, the topic's example on other data is.
    """

    line: int  #: 1-based; 0 where it is about the whole
    text: str
    weight: float = 1.0
    kind: str = "style"  #: style, naming, speed, shorter, safety, praise, mistake
    topic: str = ""  #: id of a concept that shows the idea on other data
    better: str = ""
