"""Whether a line is Python, its tree, and the line without what a text puts before it: numbers, bullets, quotes."""

import ast
import re
import warnings
from copy import copy
from functools import lru_cache
from typing import Any, TypeVar

from codegym_jlab.records import parse

T = TypeVar("T", bound=ast.AST)

_LONGEST = 2000  #: characters of a line that is looked at
_MARKS = re.compile(
    r"""^(?:[ ]*(?:
        >[ ]?                                        # quoted
      | [-*+•–][ ](?=[ ]*\S)                         # a bullet
      | \(?\d{1,3}[.):|][ ]?(?=[ ]*\S)               # 12.  12)  12:
      | (?:line|step|zeile|schritt|línea|linea|paso|ligne|étape|linia|krok|第)[ ]?\d{1,3}[ ]?[行步]?[ ]?[:.)-]?[ ]?
      | (?:then|next|finally|first|and|now)[ ]?:[ ]
      | \*\*(?=\S)
    ))+""",
    re.VERBOSE | re.IGNORECASE,
)
_STATEMENT = re.compile(
    r"(?:def |class |return\b|yield\b|for .+ in |(?:while|if|elif|with) .+:|(?:else|try|finally) ?:|except\b.*:"
    r"|import \w|from [\w.]+ import |raise\b|(?:break|continue|pass)$|(?:global|nonlocal|del) \w|assert |@\w|async def "
    r"|lambda\b|[^=!<>]+=(?!=) *\S|\w+(?:\.\w+)*\(.*\)$)"
)
ELSE_ROW = re.compile(r"(?:else|try|finally|except\b.*) ?:")


def without_marks(line: str) -> str:
    """The line without the number, bullet or sign before it; its indentation after the mark stays."""
    found = _MARKS.match(line)
    rest = line[found.end() :] if found else line
    return rest.rstrip().removesuffix("**").removesuffix("\\") if rest.strip() else ""


def is_code_line(line: str) -> bool:
    """Whether a line stands for a statement of Python by itself."""
    line = line.strip()
    if not line or line.startswith("#") or len(line) > _LONGEST or not _STATEMENT.match(line):
        return False
    return head(line) is not None


@lru_cache(maxsize=4000)
def head(line: str) -> ast.stmt | None:
    """The statement that a line is, or begins; None where it is none."""
    text = line.strip()
    if len(text) > _LONGEST:
        return None
    tree = tree_of(text) or tree_of(_whole(text))
    return tree.body[0] if tree is not None and tree.body else None


def _whole(text: str) -> str:
    """What makes a program of a line."""
    bare, opening = text.split(" #", 1)[0].rstrip(), ""
    if bare.startswith("@"):
        return f"{bare}\ndef f(): pass"
    if bare.startswith("elif"):
        bare = bare[2:]
    elif bare.startswith(("except", "finally")):
        opening = "try:\n pass\n"
    elif bare.startswith("else"):
        opening = "if x:\n pass\n"
    return f"{opening}{bare} pass" if bare.endswith(":") else opening + bare


@lru_cache(maxsize=256)
def tree_of(text: str) -> ast.Module | None:
    """The tree of a program, or None. It is shared: whoever changes it takes `parsed`."""
    return parsed(text)


def body_of(text: str) -> list[ast.stmt]:
    """The statements at the top of a program, shared as those of `tree_of`; none where it cannot be read."""
    tree = tree_of(text)
    return tree.body if tree is not None else []


def nodes_of(text: str, *kinds: type[T]) -> list[T]:
    """All nodes of these kinds in a program, shared as those of `tree_of`; none where it cannot be read."""
    return [one for one in _nodes(text) if isinstance(one, kinds)]


@lru_cache(maxsize=64)
def _nodes(text: str) -> tuple[ast.AST, ...]:
    tree = tree_of(text)
    return tuple(ast.walk(tree)) if tree is not None else ()


def twin(node: Any, **fields: Any) -> Any:
    """A copy of a node with other fields."""
    new = copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def parsed(text: str) -> ast.Module | None:
    """The tree of a program, of one's own, or None."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def is_text(node: Any) -> bool:
    """Whether it is a text that stands for itself."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
