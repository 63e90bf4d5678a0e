"""The store seam for conversations with the tutor: what was asked, what was answered, what staff are told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class KeptTurn:
    """One question and its answer. `reply` and `withheld` are JSON that the tutor alone reads."""

    id: str
    offering: str
    person: str
    exercise: str
    asked_at: datetime
    message: str
    intent: str
    reply: Mapping[str, Any] | None = None  #: None where it was stopped before there was one
    llm: str | None = None  #: which one answered; None: the course's own
    tokens: int = 0  #: that models read and wrote for it
    wall_ms: float = 0.0
    thumb: int = 0  #: 1: it helped; −1: it did not
    hidden: bool = False  #: the student began anew; it still counts
    withheld: Sequence[Mapping[str, Any]] = ()  #: what was not shown, and why, for staff


@dataclass(frozen=True, slots=True)
class Asked:
    """How often something was asked in a class, and how the answers fared."""

    exercise: str
    intent: str
    turns: int
    people: int
    helped: int
    unhelped: int
    withheld: int  #: turns of which something was not shown
    by_llm: int  #: turns that a model answered


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens since a time: of one person, and of all."""

    person: int
    offering: int


@dataclass(frozen=True, slots=True)
class Narrow:
    """What of a class is looked at; a field that is None leaves nothing out."""

    exercise: str | None = None
    section: str | None = None  #: of who asked, as they are enrolled now
    since: datetime | None = None


ALL = Narrow()


class Conversations(Protocol):
    """Conversations are per person and exercise. Times are UTC and aware."""

    async def add_turn(self, turn: KeptTurn) -> None:
        """Keep one; nothing where its person was erased."""
        ...

    async def turns(self, offering: str, person: str, exercise: str | None, limit: int) -> Sequence[KeptTurn]:
        """The newest `limit`, hidden ones too, the oldest first; of all exercises where `exercise` is None."""
        ...

    async def hide_turns(self, offering: str, person: str, exercise: str) -> int:
        """The student begins anew; answers how many were hidden."""
        ...

    async def thumb(self, offering: str, person: str, turn: str, thumb: int) -> KeptTurn | None:
        """What the person thinks of an answer of theirs; None where it is none of theirs."""
        ...

    async def asked(self, offering: str, narrow: Narrow = ALL) -> Sequence[Asked]:
        """A class by exercise and intent."""
        ...

    async def rungs(self, offering: str, narrow: Narrow = ALL) -> Mapping[str, Mapping[int, int]]:
        """By exercise: how many hints → how many people were given so many, those with none left out."""
        ...

    async def waits(self, offering: str, limit: int, narrow: Narrow = ALL) -> Mapping[str, Sequence[float]]:
        """By exercise, of the newest `limit` turns: seconds to the person's next accepted answer, if there was one."""
        ...

    async def withheld(self, offering: str, after: str, limit: int, narrow: Narrow = ALL) -> Sequence[KeptTurn]:
        """A page of the turns of which something was not shown, by id; `after`: the last of the page before."""
        ...

    async def spent(self, offering: str, person: str, since: datetime) -> Spent:
        """Tokens since then."""
        ...
