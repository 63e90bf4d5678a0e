"""`codegym explain`: what is wrong with a program, on which line, and what to look at next."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .batches import BadLine, body_of, failed, lines_in, numbered, told
from .opening import Unsafe, sandboxed
from .terminal import AsJson

if TYPE_CHECKING:
    from ..sandbox.base import Sandbox

_WRITE = 'write {"id": …, "source": …}'


def explain(
    batch: Annotated[
        Path, typer.Option(metavar="FILE.jsonl", help="A program a line; - for standard input.", show_default=False)
    ],
    as_json: AsJson = False,
    language: Annotated[str, typer.Option(help="Of the explanations: en, es, de, fr, pl, zh.")] = "en",
    allow_unsafe_sandbox: Unsafe = False,
) -> None:
    """Run programs in the sandbox and explain their errors: the line of the mistake, its cause, what to look at."""
    with lines_in(batch) as texts:
        raise typer.Exit(asyncio.run(_explain(texts, as_json, language, allow_unsafe_sandbox)))


async def _explain(texts: Iterable[str], as_json: bool, language: str, unsafe: bool) -> int:
    async with sandboxed(unsafe) as sandbox:
        return await told(_answers(sandbox, texts, language), as_json, _words)


def _words(answer: Mapping[str, Any]) -> str:
    return f"{answer['id']}  line {answer['line']}  {answer['cause']}\n  {answer['text']}"


async def _answers(sandbox: Sandbox, texts: Iterable[str], language: str) -> AsyncIterator[dict[str, Any]]:
    """In the order of the lines; a few are under way at a time."""
    most = 1 + len(os.sched_getaffinity(0))
    under_way: list[asyncio.Task[dict[str, Any]]] = []
    try:
        for number, text in numbered(texts):
            under_way.append(asyncio.create_task(_answer(sandbox, text, number, language)))
            if len(under_way) >= most:
                yield await under_way.pop(0)
        while under_way:
            yield await under_way.pop(0)
    finally:
        for task in under_way:
            task.cancel()


async def _answer(sandbox: Sandbox, text: str, number: int, language: str) -> dict[str, Any]:
    from ..sandbox.base import SandboxUnavailable
    from ..tutor.explain import explain_source

    try:
        body = body_of(text, _WRITE)
    except BadLine as error:
        return failed(None, number, error)
    id, source = body.get("id"), body.get("source")
    if not isinstance(source, str):
        return failed(id, number, f"`source` must be there, and text; {_WRITE}")
    try:
        found = await explain_source(sandbox, source, language)
    except SandboxUnavailable as error:
        return failed(id, number, f"it could not be run: {error}")
    return {"id": id, "line": found.line, "cause": found.cause, "text": found.text}
