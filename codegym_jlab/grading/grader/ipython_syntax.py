"""A cell as IPython reads it, as Python text that plain Python can run, line for line.

The grader calls `python_text` on every cell before it leases a sandbox. Nothing is executed here, and nothing is
parsed as Python: whether the text is a program at all is found out inside the sandbox. What a notebook's own commands
would do is settled here: the harmless ones do nothing, the others raise a plain, named error when they are reached.
The syntax is IPython's (https://ipython.readthedocs.io/en/stable/interactive/reference.html).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

#: Longest cell that is read at all, in characters.
MAX_SOURCE = 1_000_000
#: Characters that may be tokenised, over all rounds, for the commands of one cell: about 0.4 s of work.
MAX_WORK = 250_000

#: Line commands that change nothing that a check could see.
QUIET_LINE = frozenset(
    "matplotlib timeit load_ext reload_ext unload_ext autoreload config precision pprint xmode colors who whos who_ls "
    "pinfo pinfo2 pdoc pdef psource pfile psearch lsmagic magic quickref debug pdb tb hist history notebook page "
    "doctest_mode autosave connect_info qtconsole gui automagic autocall autoawait logstart logstop logon logoff "
    "logstate rehashx memit mprun lprun subplots code_wrap".split()
)
#: Line commands whose argument is a statement that runs as if it stood alone.
RUN_LINE = frozenset({"time", "prun"})
#: Cell commands of which nothing runs in the notebook's own names.
QUIET_CELL = frozenset({"timeit", "html", "HTML", "javascript", "js", "latex", "markdown", "svg", "SVG", "memit"})
#: Cell commands whose body runs as if the first line were not there.
RUN_CELL = frozenset({"time", "prun", "capture"})

_PACKAGE = re.compile(r"(?:pip3?|conda|mamba|uv|python3? -m pip)\b")
_SHELL_CELL = frozenset({"bash", "sh", "script", "cmd", "!", "sx", "system", "perl", "ruby", "python2"})
# A superset of what IPython's transformers touch: a text without a match is the same before and after them.
_MAYBE = re.compile(
    r"""
      ^[ \t\f]*[!?%,;/]                  # an escaped line
    | =[\s\\]*[!%]                  # an assignment from a command
    | \?\s*$                        # help at the end of a line
    | ^[ \t\f]*(?:>>>|In\ ?\[|\.{3,}:)   # a pasted prompt
    | \A(?:[ \t\r\f\v]*\n)*[ \t]+\S # a first line that is indented
    """,
    re.MULTILINE | re.VERBOSE,
)


class CellUnreadable(ValueError):
    """The text cannot be a cell; the message is a plain sentence for its author, `line` counts from 1."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


def python_text(cell: str) -> str:
    """Python text of an IPython cell, every line at the number that it had.

    Raises CellUnreadable for what no program text can hold, or for a cell too large to be read.
    """
    _refuse_unreadable(cell)
    if not _MAYBE.search(cell):
        return cell
    return _translate(cell)


def _refuse_unreadable(cell: str) -> None:
    if len(cell) > MAX_SOURCE:
        raise CellUnreadable(f"the cell is longer than {MAX_SOURCE:,} characters")
    if "\0" in cell:
        raise CellUnreadable("the cell holds a NUL character", cell.count("\n", 0, cell.index("\0")) + 1)
    if not cell.isascii():
        try:
            cell.encode()
        except UnicodeEncodeError as error:
            line = cell.count("\n", 0, error.start) + 1
            raise CellUnreadable("the cell holds half of a character (a lone surrogate)", line) from None


def _translate(cell: str) -> str:
    it, kinds = _ipython()
    lines = cell.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    blank = next((i for i, line in enumerate(lines) if line.strip()), len(lines))
    head, lines = ["\n"] * blank, lines[blank:]
    for clean in (it.leading_indent, it.classic_prompt, it.ipython_prompt):
        lines = clean(lines)
    lines = _cell_commands(lines)
    work = 0
    while True:
        work += sum(map(len, lines))
        if work > MAX_WORK:
            raise CellUnreadable("the cell holds too much text with notebook commands (%, ! or ?) to be read")
        tokens = it.make_tokens_by_line(lines)
        found = [command for kind in kinds if (command := kind.find(tokens)) is not None]
        changed = _one_command(sorted(found, key=lambda command: command.sortby()), lines)
        if changed is None:
            return "".join(head + lines)
        lines = changed


def _one_command(candidates: list[Any], lines: list[str]) -> list[str] | None:
    for candidate in candidates:
        try:
            new: list[str] = candidate.transform(lines)
        except SyntaxError:
            continue
        return new
    return None


def _cell_commands(lines: list[str]) -> list[str]:
    """Settle `%%` lines at the top, which take the whole cell."""
    head: list[str] = []
    while lines and lines[0].startswith("%%") and not re.match(r"%%\w+\?", lines[0]):
        name = lines[0][2:].split(maxsplit=1)[0] if lines[0][2:].strip() else ""
        if name in RUN_CELL:
            head, lines = [*head, "\n"], lines[1:]
            continue
        first = "\n" if name in QUIET_CELL else _refusal(f"%%{name}", _cell_reason(name)) + "\n"
        return [*head, first, *["\n"] * (len(lines) - 1)]
    return head + lines


def _cell_reason(name: str) -> str:
    if name in _SHELL_CELL:
        return "runs a shell command; Check has no shell"
    return "is a command of the notebook that Check does not know"


def _shell_reason(command: str) -> str:
    if _PACKAGE.match(command.strip()):
        return "installs a package; Check has the packages of the course and no others"
    return "runs a shell command; Check has no shell"


def _refusal(what: str, reason: str) -> str:
    """A statement that raises the named error; it needs no import, so that it works in any namespace."""
    shown = what if len(what) <= 60 else what[:57] + "…"
    return f'raise type("NotInCheck", (Exception,), {{}})({f"`{shown}` {reason}."!r})'


def _line_command(text: str, *, assigned: bool) -> str:
    """What stands in place of `%name rest`: a statement, or for `x = %name rest` an expression or `None; raise …`."""
    name, _, rest = text[1:].partition(" ")
    if name.startswith("%"):
        return ("None; " if assigned else "") + _refusal(f"%{name}", _cell_reason(name.lstrip("%")))
    if name in RUN_LINE:
        return rest.strip() or ("None" if assigned else "pass")
    if name in QUIET_LINE:
        return "None" if assigned else "pass"
    reason = _shell_reason(name) if _PACKAGE.match(name) else _cell_reason("bash" if name in _SHELL_CELL else name)
    return ("None; " if assigned else "") + _refusal(f"%{name}", reason)


def warm() -> None:
    """Import IPython's transformers (0.2 s) ahead of the first cell that needs them."""
    _ipython()


def _escaped_line(it: Any, text: str) -> str:
    """What stands in place of a line that begins with `!`, `%`, `?`, `,`, `;` or `/`."""
    if text.startswith("!"):
        return _refusal(text, _shell_reason(text.lstrip("!")))
    if text.startswith("%"):
        return _line_command(text, assigned=False)
    if text.startswith("?"):
        return "pass"
    try:
        return str(it.tr[text[0]](text[1:]))
    except SyntaxError:
        return _refusal(text, "is a command of the notebook that Check does not know")


@cache
def _ipython() -> tuple[Any, tuple[Any, ...]]:
    """IPython's module, and its kinds of commands with replacements of our own that keep the count of lines."""
    from IPython.core import inputtransformer2 as it

    def replaced(found: Any, lines: list[str], write: Callable[[str], str]) -> list[str]:
        """`lines` with the command, and what a backslash continues, replaced by one line and blanks."""
        start, column = found.start_line, found.start_col
        end = min(it.find_end_of_continued_line(lines, start), len(lines) - 1)
        text = it.assemble_continued_line(lines, (start, column), end)
        new = lines[start][:column] + write(text) + "\n"
        return lines[:start] + [new] + ["\n"] * (end - start) + lines[end + 1 :]

    class MagicAssign(it.MagicAssign):
        def transform(self, lines: list[str]) -> list[str]:
            return replaced(self, lines, lambda text: _line_command(text, assigned=True))

    class SystemAssign(it.SystemAssign):
        def transform(self, lines: list[str]) -> list[str]:
            return replaced(self, lines, lambda text: "None; " + _refusal(text, _shell_reason(text.lstrip("!"))))

    class EscapedCommand(it.EscapedCommand):
        def transform(self, lines: list[str]) -> list[str]:
            return replaced(self, lines, lambda text: _escaped_line(it, text))

    class HelpEnd(it.HelpEnd):
        def transform(self, lines: list[str]) -> list[str]:
            # the last part is enough to tell help from a slip, and keeps the pattern's time in bounds
            if not it._help_end_re.search("".join(lines[self.start_line : self.q_line + 1])[-300:]):
                raise SyntaxError
            indent = lines[self.start_line][: self.start_col]
            blanks = ["\n"] * (self.q_line - self.start_line)
            return lines[: self.start_line] + [indent + "pass\n"] + blanks + lines[self.q_line + 1 :]

    return it, (MagicAssign, SystemAssign, EscapedCommand, HelpEnd)
