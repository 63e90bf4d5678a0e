"""One reply in its conversation, read: the code in it, in every reading, and what of it the student wrote."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice

from .decoding import shifted
from .foreign import translated, translated_value
from .gaps import as_named, filled
from .instructed import changed
from .own import Line, Own, lines_in, lines_of
from .pieces import Piece, Reading, read
from .prose import dictated
from .pseudo import pseudo_python
from .reading import is_code_line, parsed, tree_of
from .renaming import as_told
from .running import Candidate, Place
from .secrets import closed, public_texts
from .shaping import Wanted, filled_in, indented, joined, submissions, told_depths
from .splicing import spliced
from .structure import pieces_lines
from .text import plain, sentences
from .unwrapping import readings as read_otherwise

#: Several looks at a reply read the same piece.
readings = lru_cache(maxsize=128)(read_otherwise)
#: Characters of a reply, or of all turns, that are read.
MOST = 60_000
#: Turns whose code is the student's own.
_TURNS = 60
#: So many turns together may hold what a reply gives back.
_SPANS = (2, 3, 4, 6, 10)
#: A statement whose first word stands before the code.
_STATED = re.compile(
    r"\b(return|yield|while|if|elif|raise|renvoie|retourne|devuelve|gib|zwróć|返回)s?\b[: ]*`([^`\n]+)`", re.IGNORECASE
)
_KEYWORDS = frozenset({"return", "yield", "while", "if", "elif", "raise"})
#: A row whose statement decides nothing, or is told by others.
_SAYS_NOTHING = re.compile(r"(?:#.*|(?:else|try|finally) ?:|except [\w.]+:|pass|(?:import|from) [\w., ]+)?\Z")
#: Changes to a program of the reply that are tried.
_MOST_MENDED = 40


@dataclass(frozen=True)
class Case:
    """A reply, the student's cell, and the turns before."""

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
    def text(self) -> str:
        """The reply in plain characters."""
        return plain(self.reply[:MOST])

    @cached_property
    def reading(self) -> Reading:
        """The reply taken apart."""
        return read(self.text)

    @cached_property
    def before(self) -> list[Reading]:
        """The replies that were shown, taken apart; the newest that fit."""
        kept: list[Reading] = []
        room = MOST
        for text in reversed(self.shown):
            room -= len(text)
            if room < 0:
                break
            kept.insert(0, read(plain(text)))
        return kept

    @cached_property
    def texts(self) -> list[str]:
        """Every piece of the reply in every reading."""
        return _texts(self.reading)

    @cached_property
    def _turns(self) -> list[list[Line]]:
        """The student's lines by turn, oldest first; the cell's and everybody's stand in each."""
        everybody = [*_all_lines(self.source), *_public_lines(self.place)]
        return [everybody, *([*everybody, *lines_said(turn, self.wanted.header)] for turn in self.said[-_TURNS:])]

    @cached_property
    def own(self) -> Own:
        """All of the student's lines: of the cell, and of what they said, read as replies are."""
        return Own.of_lines(itertools.chain(*self._turns))

    @cached_property
    def _owns(self) -> list[Own]:
        """The lines of the cell, of each turn, and of the last few turns together."""
        turns = self._turns
        spans = [turns[-size:] for size in _SPANS if size <= len(turns)] + [turns]
        return [*map(Own.of_lines, turns), *(Own.of_lines(itertools.chain(*span)) for span in spans)]

    def is_own(self, text: str) -> bool:
        """Whether a program adds nothing to what the student's cell, a turn of theirs or a few turns hold."""
        if self._has_new_form(text):
            return False
        if text not in self._owned:
            self._owned[text] = self._is_all_own(text)
        return self._owned[text]

    @cached_property
    def _owned(self) -> dict[str, bool]:
        return {}

    def _is_all_own(self, text: str) -> bool:
        tree = tree_of(text)
        lines = lines_of(tree) if tree is not None else []
        return bool(lines) and not self.own.adds(lines) and any(own.has_all(lines) for own in self._owns)

    def _has_new_form(self, text: str) -> bool:
        """Whether a line of a program is nobody's under any names: most are, and their first rows show it."""
        known = self.own.lines
        for row in map(str.strip, text.split("\n")):
            lines = _lines_of_row(row.removeprefix("el") if row.startswith("elif ") else row)
            if not lines and not _SAYS_NOTHING.match(row):
                break  # it goes on in the next, or is no statement: from here on the tree tells
            if any(line.form not in known for line in lines):
                return True
        tree = tree_of(text)
        return tree is not None and any(line.form not in known for line in lines_in(tree))

    def _has_new_row(self, text: str) -> bool:
        """Whether a row of a cell is plainly nobody's: `is_own` reads the whole of it, and most cells need no more."""
        return any(
            line.form not in self.own.lines
            for row in text.split("\n")
            if row.strip() not in self._rows
            for line in _lines_of_row(row.strip())
        )

    @cached_property
    def _rows(self) -> frozenset[str]:
        return frozenset(row.strip() for row in self.source.split("\n"))

    @cached_property
    def new_lines(self) -> list[Line]:
        """The reply's lines that are not the student's, and no part of theirs."""
        texts = [text for text in self.texts if not self._is_quoted(text)]
        return self.own.adds(pieces_lines(texts))

    def _is_quoted(self, text: str) -> bool:
        """Whether a single line stands, as it is, within a line of the student's or of everybody's."""
        if "\n" in text.strip():
            return False
        return closed(text) in self._quotable

    @cached_property
    def _quotable(self) -> str:
        return "\n".join([*map(closed, [self.source, *self.said[-_TURNS:]]), *_public_closed(self.place)])

    # -- whole submissions, the likeliest first -----------------------------------------------------

    def direct(self) -> list[Candidate]:
        """Blocks as they stand, in every reading, and joined."""
        blocks = [piece.text for piece in self.reading.pieces if piece.kind in ("fence", "hidden")]
        found = list(self.texts)
        found += list(islice(joined(blocks), 30))
        firm = [piece.text for piece in self.reading.pieces if piece.kind in ("fence", "bare")]
        if firm != blocks:
            found += list(islice(joined(firm), 6))
        found += self._under_told_names()
        found += _texts_of_whole(self.text)
        return self._candidates(found)

    def _under_told_names(self) -> list[str]:
        """Blocks under the names that the reply says for theirs."""
        solution = parsed(self.place.exercise.solution)
        trees = [tree for piece in self.reading.fences[:3] if (tree := parsed(piece.text)) is not None]
        told = [as_told(tree, self.reading.prose, solution) for tree in trees if solution is not None]
        return [text for text in told if text is not None]

    def assembled(self) -> list[Candidate]:
        """Single lines put together, their indentation searched; earlier replies with this one."""
        found: list[str] = []
        for sequence in self._sequences():
            found += self._indented(sequence)
        rows = [(piece.text, piece.depth) for piece in self.reading.pieces if piece.depth is not None]
        if len(rows) > 1:
            found.append(told_depths([(text, depth or 0) for text, depth in rows]))
        if self.before:
            blocks = [p.text for r in [*self.before, self.reading] for p in r.pieces if p.kind in ("fence", "hidden")]
            found += list(islice(joined(blocks[-5:]), 60))
            found += ["\n".join(blocks)]
        return self._candidates(found)

    def translations(self) -> list[Candidate]:
        """Other languages, pseudo-code and dictation as Python; lists and tuples are not told apart."""
        found: list[str] = []
        for piece in self.reading.pieces:
            if piece.kind in ("fence", "hidden"):
                found += translated(piece.text, piece.lang)
                found += pseudo_python(piece.text)
            elif piece.kind == "inline":
                found += translated_value(piece.text)
        if not self.reading.fences:
            found += translated(self.text, "")
        found += pseudo_python(self.reading.prose)
        before = "\n".join(reading.prose for reading in self.before)
        found += dictated(self.text, self.wanted.header)
        if before:
            found += dictated(f"{before}\n{self.text}", self.wanted.header)
        found += filled_in(self.place.exercise.starter, self._dictated)
        extra: list[str] = []
        for text in found:
            rows = text.split("\n")
            if parsed(text) is None or all(not row.startswith(" ") for row in rows):
                extra += self._indented(rows)
        return self._candidates([*found, *extra], loose=True)

    @cached_property
    def _dictated(self) -> list[str]:
        """Single lines that the sentences dictate."""
        return dictated(self.text, None, whole=False)

    def with_gaps_filled(self) -> list[Candidate]:
        """Programs with one token missing."""
        texts = [*self.texts, *("\n".join(block.text for block in self.reading.fences),)]
        for sequence in self._sequences():
            texts += self._indented(sequence)[:3] if any("_" in row or "?" in row for row in sequence) else []
        public = " ".join((self.place.exercise.statement, *self.place.exercise.hints))
        return self._candidates([full for text in dict.fromkeys(texts) for full in filled(text, self.text, public)])

    def spliced(self) -> list[Candidate]:
        """The student's cell with the reply's lines in it; a program of the reply with what it says to change."""
        mended = self._mended()
        if not self.source.strip():
            return mended
        fragments = [piece.text for piece in self.reading.pieces if piece.text.strip() not in self.source]
        for piece in self.reading.pieces:
            if piece.kind == "fence":
                fragments += [text for text in readings(piece.text)[1:4]]
                rows = [row for row in piece.text.split("\n") if row.strip() and row.strip() not in self.source]
                if 0 < len(rows) < len(piece.text.split("\n")):
                    fragments += rows[:6]
        fragments += [
            f"{word.lower() if word.lower() in _KEYWORDS else 'return'} {code}"
            for word, code in _STATED.findall(self.text)
        ]
        fragments += self._dictated
        fragments += [full for piece in self.reading.pieces for full in as_named(piece.text, self.text)]
        cells = spliced(self.source, list(dict.fromkeys(fragments)), sentences(self.text))
        return [Candidate(text) for text in cells if self._has_new_row(text) or not self.is_own(text)] + mended

    def _mended(self) -> list[Candidate]:
        """Programs of the reply as its sentences say to change them."""
        said = sentences(self.reading.prose)
        programs = [piece.text for piece in self.reading.fences if parsed(piece.text) and "(" in piece.text]
        found = [text for program in programs[:3] for text in islice(changed(program, said), _MOST_MENDED)]
        return self._candidates([text for text in found if parsed(text) is not None])

    # -- how they are made ---------------------------------------------------------------------------

    def _sequences(self) -> Iterator[list[str]]:
        """Lines in the order in which the reply gives them: inline and bare ones, with the blocks and without."""
        pieces = self.reading.pieces
        yield [piece.text for piece in pieces if piece.kind in ("inline", "bare", "row") and _is_line(piece)]
        yield [row for piece in pieces if piece.kind != "hidden" and _is_line(piece) for row in piece.text.split("\n")]
        yield [row for piece in pieces if piece.kind == "hidden" for row in piece.text.split("\n")]
        every = [piece for reading in [*self.before, self.reading] for piece in reading.pieces]
        if self.before:
            yield [piece.text for piece in every if piece.kind in ("inline", "bare", "row") and _is_line(piece)]
            yield [row for piece in every if _is_line(piece) for row in piece.text.split("\n")]

    def _indented(self, rows: Sequence[str]) -> list[str]:
        rows = [row for row in rows if row.strip()]
        while rows and not is_code_line(rows[0]):
            rows = rows[1:]
        starts = [at for at, row in enumerate(rows) if row.lstrip().startswith(("def ", "class "))]
        found: list[str] = []
        if starts:
            found += indented(rows[starts[0] :])
            if starts[0]:
                found += ["\n".join([*rows[: starts[0]], text]) for text in indented(rows[starts[0] :])[:10]]
        elif self.wanted.header is not None and rows:
            found += indented([self.wanted.header, *rows])
        return found

    def _candidates(self, texts: Iterable[str], loose: bool = False) -> list[Candidate]:
        found: dict[Candidate, None] = {}
        for text in dict.fromkeys(texts):
            if len(text) > 8000 or not text.strip():
                continue
            text = text.strip("\n").rstrip()
            is_new = self._has_new_form(text)
            if not is_new and self.is_own(text):
                continue
            for whole in submissions(text, self.wanted):
                comes_again = is_new and f"\n{text}\n" in f"\n{whole}\n"  # and what is new with it
                if comes_again or not self.is_own(whole):
                    found[Candidate(whole, loose)] = None
        return list(found)


def _is_line(piece: Piece) -> bool:
    """Whether a piece stands for a statement; a name or a call in passing does not."""
    if piece.kind in ("fence", "hidden"):
        return True
    text = piece.text.strip()
    return is_code_line(text) and not re.fullmatch(r"[\w.]+(?:\(\)?)?", text)


def _texts(reading: Reading) -> list[str]:
    found: dict[str, None] = {}
    for piece in reading.pieces:
        for text in readings(piece.text):
            found[text] = None
    return list(found)


def _texts_of_whole(text: str) -> list[str]:
    """Readings that need all of a reply, or what follows a line of talk: what is encoded or turned in the open."""
    if len(text) >= 8000:
        return []
    rest = text.partition("\n\n")[2]
    return [*readings(text)[1:], *(shifted(rest) if rest else [])]


@lru_cache(maxsize=400)
def lines_said(turn: str, header: str | None) -> tuple[Line, ...]:
    """The lines of one turn of a student's, in every reading."""
    text = plain(turn[:MOST])
    reading = read(text)
    found = _texts(reading)
    found += pseudo_python(text) + dictated(text, header)
    for part in [text, *(piece.text for piece in reading.pieces)]:
        found += translated(part, "")
        found += pseudo_python(part)
    lines = [line for part in dict.fromkeys([turn, *found]) for line in _all_lines(part)]
    return tuple(dict.fromkeys(lines))


@lru_cache(maxsize=2000)
def _lines_of_row(row: str) -> tuple[Line, ...]:
    """The statement that one row is; none for what needs the rows beside it."""
    return tuple(lines_of(f"{row} pass" if row.endswith(":") else row))


def _all_lines(text: str) -> list[Line]:
    """The statements of a program, or of its rows where it is none as a whole."""
    return pieces_lines([text, *(row for row in text.split("\n") if is_code_line(row))])


@lru_cache(maxsize=200)
def _public_lines(place: Place) -> tuple[Line, ...]:
    return tuple(line for text in public_code(place) for line in _all_lines(text))


@lru_cache(maxsize=200)
def _public_closed(place: Place) -> tuple[str, ...]:
    return tuple(map(closed, public_code(place)))


def public_code(place: Place) -> list[str]:
    """Code that everybody has: the starter, and what stands in statement and samples."""
    found = [place.exercise.starter]
    for text in public_texts(place):
        found += [piece.text for piece in read(plain(text)).pieces if piece.kind != "bare"]
    return [text for text in found if text.strip()]
