"""How a model says what is wrong with a course, and what to write instead.

pydantic carries a fault as a custom error; `course.wording` reads it back, and puts pydantic's own in plain words.
"""

from __future__ import annotations

from typing import NamedTuple

from pydantic_core import PydanticCustomError


class Fault(NamedTuple):
    """One mistake, under `key` (None: the whole mapping)."""

    problem: str
    mend: str
    key: str | None = None


def fault(problem: str, mend: str, key: str | None = None) -> PydanticCustomError:
    """An error to raise in a validator that finds one mistake."""
    return faults([Fault(problem, mend, key)])


def faults(found: list[Fault]) -> PydanticCustomError:
    """An error to raise in a validator that finds several."""
    text = " ".join(f"{f.problem}; {f.mend}." for f in found).replace("{", "{{").replace("}", "}}")
    return PydanticCustomError("faults", "{text}", {"text": text, "faults": [tuple(f) for f in found]})
