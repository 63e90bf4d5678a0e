"""`codegym explain`: what is wrong with a program, on which line, and what to look at next."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .opening import Unsafe, sandboxed
from .terminal import AsJson, err, line, out, wrong_use

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
    if str(batch) != "-" and not batch.is_file():
        wrong_use(f"there is no file {batch}")
    texts = sys.stdin if str(batch) == "-" else batch.open(encoding="utf-8", errors="replace")
    raise typer.Exit(asyncio.run(_explain(texts, as_json, language, allow_unsafe_sandbox)))


async def _explain(texts: Iterable[str], as_json: bool, language: str, unsafe: bool) -> int:
    unanswered = 0
    async with sandboxed(unsafe) as sandbox:
        async for answer in _answers(sandbox, texts, language):
            unanswered += "error" in answer
            if as_json:
                line(answer)
            elif "error" in answer:
                err.print(f"{answer['id']}: {answer['error']}")
            else:
                out.print(f"{answer['id']}  line {answer['line']}  {answer['cause']}\n  {answer['text']}")
    return 1 if unanswered else 0


async def _answers(sandbox: Sandbox, texts: Iterable[str], language: str) -> AsyncIterator[dict[str, Any]]:
    """In the order of the lines; a few are under way at a time."""
    most = 1 + len(os.sched_getaffinity(0))
    under_way: list[asyncio.Task[dict[str, Any]]] = []
    try:
        for number, text in enumerate(texts, 1):
            if not text.strip():
                continue
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
        body = json.loads(text)
    except (ValueError, RecursionError):
        return {"id": None, "error": f"line {number}: this is not JSON; {_WRITE}"}
    if not isinstance(body, dict):
        return {"id": None, "error": f"line {number}: {_WRITE}"}
    source = body.get("source")
    if not isinstance(source, str):
        return {"id": body.get("id"), "error": f"line {number}: `source` must be there, and text; {_WRITE}"}
    try:
        found = await explain_source(sandbox, source, language)
    except SandboxUnavailable as error:
        return {"id": body.get("id"), "error": f"line {number}: it could not be run: {error}"}
    return {"id": body.get("id"), "line": found.line, "cause": found.cause, "text": found.text}
