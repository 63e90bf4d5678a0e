"""Where a text is no YAML: the line, and plain words for what the parser says."""

from __future__ import annotations

import re

import yaml

_IN_QUOTES = "put the text in quotes"
_BRACKET = "put text that holds brackets or commas in quotes, or write the closing bracket"
_INDENTATION = ("the indentation does not fit the lines above", f"align it with them, or {_IN_QUOTES}")
_GOES_ON = ("the text goes on after its quote or bracket", "put the whole text in quotes, of the other kind")
_KEPT = ("this begins with a character that YAML keeps for itself", _IN_QUOTES)

#: libyaml's and PyYAML's own messages; the first that fits is taken
_PLAIN_WORDS = (
    (r"mapping values are not allowed", "a second colon stands in this line", _IN_QUOTES),
    (r"cannot start any token|alphabetic or numeric character", *_KEPT),
    (r"unexpected end of stream", "a quote is opened and not closed", "write the closing quote"),
    (r"unknown escape", "`\\` before this means nothing in double quotes", "use single quotes, or write `\\\\`"),
    (r"expected ',' or '[\]}]'", "a bracket that opens here is not closed", _BRACKET),
    (r"could not find expected ':'", "a colon is missing after this key", f"write `key: value`, or {_IN_QUOTES}"),
    (r"block end|expected key|'-' indicator", *_INDENTATION),
    (r"undefined alias", "an alias is used that is not defined", "write the value out"),
    (r"node content", "a value is missing here", f"write it, or {_IN_QUOTES}"),
    (r"document start", "the text goes on after the end of the document", f"indent it, or {_IN_QUOTES}"),
)


class Unreadable(Exception):
    """The text is no YAML that can be read; `line` counts from 1."""

    def __init__(self, line: int, problem: str, mend: str) -> None:
        super().__init__(f"{problem}; {mend}")
        self.line, self.problem, self.mend = line, problem, mend


def in_plain_words(text: str, error: yaml.MarkedYAMLError) -> Unreadable:
    """The parser's error, as an author of a course can use it."""
    mark = error.problem_mark or error.context_mark
    lines = text.rstrip().splitlines() or [""]
    line = min(mark.line + 1 if mark else 1, len(lines))
    if mark and mark.line >= len(lines) and "flow" in f"{error.context}":
        return Unreadable(line, "the text ends here, and a bracket is not closed", "write the closing bracket")
    before = lines[line - 1][: mark.column] if mark else ""
    if "\t" in before + lines[line - 1][len(before) : len(before) + 1] and not before.strip():
        return Unreadable(line, "a tab stands at the beginning", "indent with spaces")
    problem, mend = _words(f"{error.problem} ({error.context})", before)
    if "not closed" in problem and error.context_mark:
        line = error.context_mark.line + 1
    return Unreadable(line, problem, mend)


def _words(said: str, before: str) -> tuple[str, str]:
    """`before` is what stands in the line before the place where the parser stopped."""
    for pattern, problem, mend in _PLAIN_WORDS:
        if re.search(pattern, said):
            if problem == _INDENTATION[0] and before.strip(" -"):
                return _GOES_ON
            return _INDENTATION if "second colon" in problem and ":" not in before else (problem, mend)
    return f"this is no YAML: {said}", "compare it with the lines above"


def strange_character(text: str, error: yaml.reader.ReaderError) -> Unreadable:
    """A control character, which YAML allows in escapes alone."""
    position = error.position if isinstance(error.position, int) else 0
    line = text.count("\n", 0, position) + 1
    return Unreadable(line, "a control character stands here", "delete it, or write it as an escape in double quotes")
