"""What a bulk flow is told to do, and what it says when it is done: plain JSON, kept by DBOS."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import ClassVar

from codegym_jlab.grading.regrade import Regraded
from codegym_jlab.records import Json, frozen


@frozen
class Order:
    """A regrading that is to be recorded."""

    kind: ClassVar[str] = "regrade"
    course_dir: str  #: empty: the version of that digest which was published
    course_digest: str  #: what is graded against: another version of the course is another order
    offering: str
    exercises: list[str]
    who: str  #: a person of the offering
    why: str
    allow_lower: bool = False
    span: int = 50  #: lines in one step


@frozen
class ImportOrder:
    """Notebooks that were handed in elsewhere, to be stored and judged. No name of a student is in it."""

    kind: ClassVar[str] = "import"
    source: str  #: a folder or a zip, at the same path for every worker
    course_digest: str  #: the published version that they are judged by
    offering: str
    who: str  #: a person of the offering
    why: str
    received_at: str = ""  #: ISO 8601 in UTC, of what says nothing itself
    table: str = ""  #: a file that says whose each notebook is, and when it was received
    table_digest: str = ""
    span: int = 10  #: notebooks in one step


class _Sums:
    """Figures of a span, or of all of them together."""

    def add(self, other: Json) -> None:
        """Add a span's."""
        for name, value in other.items():
            setattr(self, name, getattr(self, name) + value)

    def as_json(self) -> Json:
        """For DBOS and for programs."""
        return asdict(self)  # type: ignore[call-overload,no-any-return]


@dataclass
class Tally(_Sums):
    """What was done, of a span or of all."""

    lines: int = 0
    graded: int = 0
    recorded: int = 0
    held: int = 0  #: their score would fall
    stale: int = 0  #: judged otherwise meanwhile
    unanswered: list[str] = field(default_factory=list)
    changed: list[Json] = field(default_factory=list)

    def count(self, done: Iterable[Regraded]) -> None:
        """Add what became of some lines."""
        for one in done:
            self.lines += 1
            self.graded += one.line.graded
            self.recorded += one.recorded
            self.held += one.held
            self.stale += one.stale
            self.unanswered += one.line.unanswered
            if one.line.changes:
                self.changed.append(one.line.as_json())


@dataclass
class ImportTally(_Sums):
    """The same of an import. A row is a notebook, by the key that stands for its path and content."""

    notebooks: int = 0
    imported: int = 0  #: answers
    there: int = 0  #: they were already
    refused: int = 0  #: answers, and notebooks of which nothing was taken
    passed_over: int = 0  #: files that are no notebooks
    rows: list[Json] = field(default_factory=list)

    def count(self, row: Json) -> None:
        """Add what became of a notebook."""
        did = [answer["did"] for answer in row["answers"]]
        self.notebooks += 1
        self.imported += did.count("imported")
        self.there += did.count("there")
        self.refused += did.count("refused") + ("error" in row)
        self.rows.append(row)
