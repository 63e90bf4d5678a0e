"""What is known of an error: as the sandbox told it, or as a notebook's traceback shows it. All is quoted data."""

import re

from codegym_jlab.records import frozen

_LONGEST = 2000
_MOST_FRAMES = 20


@frozen
class Step:
    """One line of the student's on the way to the error, the outermost first."""

    line: int
    function: str = "<module>"


@frozen
class Seen:
    """An error. `type` is empty where nothing failed, or a limit's code: TLE, MLE, OLE, SV, Crash, Exit."""

    type: str = ""
    message: str = ""
    steps: tuple[Step, ...] = ()
    line: int | None = None  #: where Python points, from 1
    known: tuple[str, ...] = ()  #: names that the task speaks of
    above: tuple[str, ...] = ()  #: names that cells above give
    texts: tuple[str, ...] = ()  #: texts that a right answer has
    of_test: bool = False  #: a test raised it, in no line of the student's

    @property
    def raised(self) -> int | None:
        """The last line of the student's own that was running."""
        return self.line if self.line is not None else (self.steps[-1].line if self.steps else None)


#: Where a frame begins, of Python's own traceback or of IPython's, or an arrow at a line in one of IPython's.
_FRAME = re.compile(
    r'(?:File "([^"\n]*)", line (\d+)(?:, in (\S+))?)'
    r"|(?:^[ \t]*(?:Cell|Input) In ?\[\d+\](?:, line (\d+))?(?:, in ([A-Za-z_]\w*))?)"
    r"|(?:^[ \t]*(File) [^\n]*:\d+)|(?:^-+>[ \t]*(\d+)\b(.*))",
    re.M,
)
_LAST = re.compile(r"^([A-Za-z_][\w.]*?)(?::\s*(.*))?$")


def from_traceback(text: str, source: str = "") -> Seen:
    """What a traceback says, Python's own or IPython's, the whole of it or its last line alone.

    Where an arrow points at lines of `source` the others, which are of other cells, are left out.
    """
    text = re.sub(r"\x1b\[[0-9;]*m", "", text[: 20 * _LONGEST]).strip()  # its colours
    kind, message = "", ""
    for line in reversed(text.splitlines()):
        found = _LAST.match(line.strip())
        if found and (found[1].rpartition(".")[2][:1].isupper() or found[1] == "KeyError"):
            kind, message = found[1].rpartition(".")[2], found[2] or ""
            break
    steps: list[Step] = []
    here: list[Step] = []
    rows = dict(enumerate(map(str.strip, source.splitlines()), 1))
    is_own = False  # whose the lines are that an arrow points at: the header above says it
    for frame in _FRAME.finditer(text):
        path, plain, inside, cell, function, library, arrow, code = frame.groups()
        is_own = is_own if arrow else not library and "/lib/" not in (path or "")
        number = plain or cell or arrow
        if is_own and number and len(number) < 7 and (not steps or steps[-1].line != int(number)):
            steps.append(Step(int(number), inside or function or "<module>"))
        if is_own and steps and arrow and code.strip() == rows.get(int(arrow[:6])):
            here.append(steps[-1])
    return Seen(kind[:200], message[:_LONGEST], tuple((here or steps)[-_MOST_FRAMES:]))
