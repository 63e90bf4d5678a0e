"""A batch on the command line: JSON objects in, one a line; answers out in their order, or why there is none."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .terminal import err, line, out, wrong_use


class BadLine(ValueError):
    """A line that is not what is asked for; the text says what to write."""


@contextmanager
def lines_in(file: Path) -> Iterator[Iterable[str]]:
    """The lines of a file, of standard input where it is `-`; a file that is not there is wrong use."""
    if str(file) == "-":
        yield sys.stdin
        return
    if not file.exists() or file.is_dir():
        wrong_use(f"there is no file {file}")
    with file.open(encoding="utf-8", errors="replace") as texts:
        yield texts


def numbered(texts: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Lines that hold something, with their numbers from 1."""
    return ((number, text) for number, text in enumerate(texts, 1) if text.strip())


def body_of(text: str, write: str) -> dict[str, Any]:
    """The JSON object of a line. Raises BadLine, which tells to `write` one."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise BadLine(f"this is not JSON; {write}") from None
    if not isinstance(body, dict):
        raise BadLine(write)
    return body


def failed(id: Any, number: int, why: object) -> dict[str, Any]:
    """What stands for an answer that there is none of."""
    return {"id": id, "error": f"line {number}: {why}"}


async def told(
    answers: AsyncIterable[Mapping[str, Any]], as_json: bool, words: Callable[[Mapping[str, Any]], str]
) -> int:
    """Each answer as it comes, for programs or in `words`; the exit code: 1 where a line had none."""
    unanswered = 0
    async for answer in answers:
        unanswered += "error" in answer
        if as_json:
            line(answer)
        elif "error" in answer:
            err.print(f"{answer['id']}: {answer['error']}")
        else:
            out.print(words(answer))
    return 1 if unanswered else 0
