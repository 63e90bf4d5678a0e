"""Does a piece of Python in a course parse? As text only; nothing is run. The loader asks for every code key."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass

_MAGIC_LINE = re.compile(r"^(\s*)(?:[%!].*|\w[\w, ]*=\s*[%!].*|\?{1,2}[\w.*]+\s*|%?[\w.*]+\?{1,2}\s*)$", re.M)
_FLAGS = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


@dataclass(frozen=True, slots=True)
class Unparsable:
    """Where Python stops reading; `line` counts from 1 within the text."""

    line: int
    message: str


def parse_statements(text: str, *, ipython: bool = False) -> Unparsable | None:
    """None where `text` is a Python program. With `ipython`, magics, `!` and `?` are allowed."""
    if ipython:
        text = without_magics(text)
    return _parse(text, "exec")


def parse_expression(text: str) -> Unparsable | None:
    """None where `text` is one Python expression."""
    bare = text.lstrip()
    found = _parse(bare.rstrip(), "eval")
    above = text[: len(text) - len(bare)].count("\n")
    return Unparsable(found.line + above, found.message) if found else None


def without_magics(text: str) -> str:
    """`text` with IPython's own lines made into `pass`; a `%%` cell is no Python at all. Line numbers stay."""
    if text.lstrip().startswith("%%"):
        return ""
    return _MAGIC_LINE.sub(r"\1pass", text)


def _parse(text: str, mode: str) -> Unparsable | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `"\d"` warns; that is the author's to see in Python, not here
            compile(text, "<course>", mode, _FLAGS, dont_inherit=True)
    except SyntaxError as error:
        return Unparsable(error.lineno or 1, error.msg)
    except ValueError as error:  # a null character
        return Unparsable(1, str(error))
    except (RecursionError, MemoryError):
        return Unparsable(1, "this is nested too deeply")
    return None
