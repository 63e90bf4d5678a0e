"""One reply in its conversation: the code in it, what of it the student wrote, and the submissions it could make."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice

from .assemble import Wanted, indented, joined, submissions
from .extract import MOST, Piece, Reading, plain, read, readings, shifted
from .hidden_values import public_texts
from .run import Place
from .splice import spliced
from .student_code import StudentCode
from .syntax import is_code_line

#: Characters of a program that is tried.
_LONGEST = 8000
_MOST_FRAGMENTS = 14


@dataclass(frozen=True)
class Case:
    """A reply, the student's cell, and the turns before, oldest first."""

    place: Place
    source: str
    reply: str
    said: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()

    @cached_property
    def wanted(self) -> Wanted:
        """What a submission must define."""
        return Wanted(self.place.exercise)

    @cached_property
    def student(self) -> StudentCode:
        """What the student wrote, and what everybody may read."""
        return StudentCode(self.source, self.said, public_code(self.place))

    @cached_property
    def text(self) -> str:
        """The reply in plain characters."""
        return plain(self.reply)

    @cached_property
    def reading(self) -> Reading:
        """The reply taken apart."""
        return read(self.text)

    @cached_property
    def before(self) -> list[Reading]:
        """The replies that were shown, taken apart; the newest that fit."""
        kept: list[Reading] = []
        room = 2 * MOST
        for text in reversed(self.shown):
            room -= len(text)
            if room < 0:
                break
            kept.insert(0, read(plain(text)))
        return kept

    # -- whole submissions, the likeliest first -----------------------------------------------------

    def direct(self) -> list[str]:
        """Blocks as they stand, in every reading, and joined."""
        blocks = [piece.text for piece in self.reading.pieces if piece.kind in ("fence", "hidden")]
        found = [*self.reading.texts, *islice(joined(blocks), 30)]
        if len(self.text) < _LONGEST:  # encoded or turned in the open, maybe after a line of talk
            rest = self.text.partition("\n\n")[2]
            found += [*readings(self.text)[1:], *(shifted(rest) if rest else [])]
        return self._programs(found)

    def assembled(self) -> list[str]:
        """Single lines put together, their indentation searched; earlier replies with this one."""
        found = [text for rows in self._sequences() for text in self._indented(rows)]
        if self.before:
            kinds = ("fence", "hidden")
            blocks = [p.text for each in [*self.before, self.reading] for p in each.pieces if p.kind in kinds]
            found += [*islice(joined(blocks[-5:]), 60), "\n".join(blocks)]
        return self._programs(found)

    def spliced(self) -> list[str]:
        """The student's cell with the reply's lines in it."""
        if not self.source.strip():
            return []
        fragments: list[str] = []
        for piece in self.reading.pieces:
            if piece.text.strip() in self.source:
                continue
            fragments.append(piece.text)
            if piece.kind == "fence":
                fragments += readings(piece.text)[1:4]
                rows = [row for row in piece.text.split("\n") if row.strip()]
                fragments += [row for row in rows if row.strip() not in self.source][:6] if len(rows) > 1 else []
        cells = spliced(self.source, list(dict.fromkeys(fragments))[:_MOST_FRAGMENTS])
        return [text for text in cells if not self.student.holds(text)]

    # -- how they are made ---------------------------------------------------------------------------

    def _sequences(self) -> Iterator[list[str]]:
        """Lines in the order in which the reply gives them: inline and bare ones, with the blocks and without."""
        pieces = self.reading.pieces
        yield _rows(pieces, ("inline", "bare", "row"))
        yield _rows(pieces, ("inline", "bare", "row", "fence"))
        yield _rows(pieces, ("hidden",))
        if self.before:
            every = [piece for reading in [*self.before, self.reading] for piece in reading.pieces]
            yield _rows(every, ("inline", "bare", "row"))
            yield _rows(every, ("inline", "bare", "row", "fence"))

    def _indented(self, rows: Sequence[str]) -> list[str]:
        rows = [row for row in rows if row.strip()]
        while rows and not is_code_line(rows[0]):
            rows = rows[1:]
        start = next((at for at, row in enumerate(rows) if row.lstrip().startswith(("def ", "class "))), None)
        if start is not None:
            found = indented(rows[start:])
            return found + ["\n".join([*rows[:start], text]) for text in found[:10] if start]
        return indented([self.wanted.header, *rows]) if self.wanted.header is not None and rows else []

    def _programs(self, texts: Iterable[str]) -> list[str]:
        """Texts as submissions, without those that are the student's own."""
        found: dict[str, None] = {}
        for text in dict.fromkeys(texts):
            text = text.strip("\n").rstrip()
            if text.strip() and len(text) <= _LONGEST and not self.student.holds(text):
                found.update((whole, None) for whole in submissions(text, self.wanted) if not self.student.holds(whole))
        return list(found)


def _rows(pieces: Sequence[Piece], kinds: Sequence[str]) -> list[str]:
    """The rows of pieces that stand for statements; a name or a call in passing does not."""
    kept = (piece for piece in pieces if piece.kind in kinds)
    blocks = ("fence", "hidden")
    return [row for piece in kept if piece.kind in blocks or _is_line(piece.text) for row in piece.text.split("\n")]


def _is_line(text: str) -> bool:
    return is_code_line(text) and not re.fullmatch(r"[\w.]+(?:\(\)?)?", text.strip())


@lru_cache(maxsize=200)
def public_code(place: Place) -> tuple[str, ...]:
    """Code that everybody has: the starter, and what stands in statement and samples."""
    found = [place.exercise.starter]
    for text in public_texts(place):
        found += [piece.text for piece in read(plain(text)).pieces if piece.kind != "bare"]
    return tuple(text for text in found if text.strip())
