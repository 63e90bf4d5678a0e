"""What a notebook of another grader is made of, in its order: text, given code, answers and tests."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from codegym_jlab.records import Json, digest_of, frozen


@dataclass(eq=False)
class Unfit(Exception):
    """A cell or notebook that cannot be moved: `why`, and what its author can do."""

    why: str
    mend: str = ""

    def __str__(self) -> str:
        return f"{self.why}; {self.mend}" if self.mend else self.why


@frozen
class Refusal:
    """What was not moved. `cell` counts from 1, of all cells of the notebook; None: all of it."""

    notebook: str
    cell: int | None
    what: str  #: the test's or answer's name in the old grader
    why: str
    mend: str = ""  #: none where its author has nothing to do

    def __str__(self) -> str:
        place = self.notebook if self.cell is None else f"{self.notebook}, cell {self.cell}"
        what = f" ({self.what})" if self.what else ""
        return f"{place}{what}: {self.why}" + (f"; {self.mend}" if self.mend else "")


@frozen
class Text:
    """Markdown."""

    cell: int
    markdown: str


@frozen
class Given:
    """Code that students are given."""

    cell: int
    code: str


@frozen
class Answer:
    """What a student writes. `manual`: points that a person gives; None where only tests decide."""

    cell: int
    name: str
    starter: str
    solution: str
    is_code: bool = True
    manual: float | None = None
    scheme: str = ""  #: what that person looks at
    statement: str = ""
    all_or_nothing: bool = False


@frozen
class Test:
    """A test cell. Students see `shown`; `whole` is what runs, and the points are for all of it."""

    cell: int
    name: str
    shown: str
    whole: str
    points: float
    message: str = ""
    of: str = ""  #: the answer's name, where the notebook says it
    place: int = 0  #: among the tests of that answer, from 1

    @property
    def key(self) -> str:
        """How the old grader's results call it."""
        return f"{self.of}/{self.place}" if self.of else self.name


Part = Text | Given | Answer | Test


@dataclass(slots=True)
class Assignment:
    """One notebook, read."""

    name: str
    parts: list[Part] = field(default_factory=list)
    tests: int = 0  #: those that were refused too
    refusals: list[Refusal] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)  #: pictures that cells held, by path

    def refuse(self, cell: int, what: str, error: Unfit) -> None:
        """What cannot be moved."""
        self.refusals.append(Refusal(self.name, cell, what, error.why, error.mend))


def cut(source: str, begin: str, end: str, stub: Sequence[str] = ()) -> tuple[str, str, bool]:
    """Source without the marks' lines; the same without what is between them, `stub` in its place; whether any is.

    A mark may stand anywhere in its line. Raises Unfit where marks are nested or one is missing.
    """
    whole = []
    rest = []
    is_within = found = False
    for line in source.splitlines():
        if begin in line:
            if is_within:
                raise Unfit(f"`{begin}` stands within another one", f"close the first with `{end}`")
            is_within = found = True
            indent = line[: len(line) - len(line.lstrip())]
            rest += [indent + text for text in stub]
        elif end in line:
            if not is_within:
                raise Unfit(f"`{end}` has no `{begin}` before it", "write it, or take this one away")
            is_within = False
        else:
            whole.append(line)
            rest += [] if is_within else [line]
    if is_within:
        raise Unfit(f"`{begin}` has no `{end}`", "write it behind the last line that it holds")
    return "\n".join(whole).strip("\n"), "\n".join(rest).strip("\n"), found


def text_of(cell: Json, into: Assignment) -> str:
    """The cell's text, as YAML holds it in a block; pictures that were put into it become files."""
    source = str(cell["source"]).expandtabs(4)
    if cell["cell_type"] == "markdown":  # blanks at a line's end are a line break
        source = re.sub(r"(?<=\S) {2,}\n(?=\S)", lambda _: "\\\n", source)
    source = "\n".join(line.rstrip() for line in source.splitlines())
    for name, bundle in (cell.get("attachments") or {}).items():
        body = next((body for kind, body in bundle.items() if kind.startswith("image/")), None)
        if body is None:
            continue
        content = base64.b64decode(body)
        path = f"images/{digest_of(content)[:8]}-{re.sub(r'[^A-Za-z0-9._-]+', '-', name)}"
        into.files[path] = content
        source = source.replace(f"attachment:{name}", path)
    return source


def as_example(statement: str) -> str:
    """As a doctest has it."""
    first, *rest = statement.splitlines()
    return "\n".join([f">>> {first}", *(f"... {line}" for line in rest)])
