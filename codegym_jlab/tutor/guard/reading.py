"""Whether a line is Python, and the line without what a text puts before it: numbers, bullets, quotes, prompts."""

from __future__ import annotations

import ast
import re
import warnings
from functools import lru_cache

_MARKS = re.compile(
    r"""^(?:\s*(?:
        >[ ]?                                        # quoted
      | [-*+•–][ ]+(?=\S)                            # a bullet
      | \(?\d{1,3}[.):|]\s?(?=\s*\S)                 # 12.  12)  12:
      | (?:line|step|zeile|schritt|l[ií]nea|paso|ligne|étape|linia|krok|第)\s*\d+\s*(?:行|步)?\s*[:.)-]?\s?
      | (?:then|next|finally|first|and|now)\s*:\s
      | \*\*(?=\S)
    ))+""",
    re.VERBOSE | re.IGNORECASE,
)
_START = re.compile(
    r"\s*(?:def |class |return\b|yield\b|for .+ in |while .+:|if .+:|elif .+:|else\s*:|try\s*:|except\b.*:|finally\s*:"
    r"|with .+:|import \w|from [\w.]+ import |raise\b|break$|continue$|pass$|global \w|nonlocal \w|del \w|assert |@\w"
    r"|async def |[\w.\[\]\"', ()+-]+\s*(?:[-+*/%|&^]|//|\*\*|<<|>>)?=(?!=)\s*\S|\w+(?:\.\w+)*\(.*\)\s*$|lambda\b)"
)


def without_marks(line: str) -> str:
    """The line without the number, bullet or sign before it; its indentation after the mark stays."""
    found = _MARKS.match(line)
    rest = line[found.end() :] if found else line
    return rest.rstrip().removesuffix("**").removesuffix("\\") if rest.strip() else ""


def is_code_line(line: str) -> bool:
    """Whether a line stands for a statement of Python by itself."""
    line = line.strip()
    if not line or line.startswith("#") or not _START.match(line):
        return False
    return head(line) is not None


@lru_cache(maxsize=4000)
def head(line: str) -> ast.stmt | None:
    """The statement that a line is, or begins; None where it is none."""
    text = line.strip()
    if len(text) > 2000:
        return None
    for whole in _wholes(text):
        tree = parsed(whole)
        if tree is not None and tree.body:
            return tree.body[0]
    return None


def _wholes(text: str) -> list[str]:
    """What makes a program of a line."""
    bare = re.sub(r"\s+#.*$", "", text)
    if re.match(r"(else|elif\b.*|except\b.*|finally)\s*:?", bare):
        if bare.startswith("elif"):
            return [f"{bare[2:]} pass" if bare.endswith(":") else bare[2:]]
        opening = "try:\n pass\n" if bare.startswith(("except", "finally")) else "if x:\n pass\n"
        return [f"{opening}{bare} pass" if bare.endswith(":") else f"{opening}{bare}"]
    if bare.endswith(":"):
        return [f"{bare} pass"]
    if bare.startswith("@"):
        return [f"{bare}\ndef f(): pass"]
    return [text]


@lru_cache(maxsize=64)
def tree_of(text: str) -> ast.Module | None:
    """The same tree for who only looks at it."""
    return parsed(text)


def parsed(text: str) -> ast.Module | None:
    """The tree of a program, or None."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
