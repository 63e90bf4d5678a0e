"""`codegym models`: which language models are set up, fetching them, and how fast they answer."""

import time
from collections.abc import Callable
from contextlib import aclosing
from typing import Annotated, Any

from typer import Argument

from codegym_jlab.llm.base import CutOff, LlmError, Message, Prompt, Usage
from codegym_jlab.llm.chain import Link, pace_of, timed
from codegym_jlab.records import Json, plain

from .command import asynchronous, group, models_named
from .output import AsJson, complain, fail, for_programs, line, listing, out, say, steps

models = group("models", "Language models for the tutor.")

Names = Annotated[
    list[str] | None,
    Argument(metavar="[MODEL]...", help="As in the settings: ollama:qwen2.5:3b. Default: all of these."),
]
QUESTION = "What does a `for` loop over a list do in Python? Answer in two sentences."
MOST_TOKENS = 128  #: of an answer that is timed
NONE = "no model is set up: CODEGYM_LLM is `none`, or CodeGym.llms is empty; the tutor answers from the course alone"


@models.command("list")
@asynchronous
async def list_(names: Names = None, as_json: AsJson = False) -> int:
    """List the models in the order of use, with their state, and what to do if one does not answer.

    Exit 0: one of them answers. 1: none does.
    """
    async with models_named(names) as chain:
        seen = await chain.seen()
    if seen or for_programs():
        rows = ({"label": label, "answers": ready.answers, **plain(ready)} for label, ready in seen)
        columns = "llm label state text context size"
        listing(rows, columns, size=lambda one: one["size"] and f"{one['size'] / 1e9:.1f} GB")
    else:
        out.print(NONE)
    return 0 if any(ready.answers for _, ready in seen) or not seen else 1


@models.command()
@asynchronous
async def pull(names: Names = None, as_json: AsJson = False) -> int:
    """Download the models that Ollama does not have yet."""
    failed, pulled = 0, 0
    async with models_named(names) as chain:
        for link in chain.links:
            fetch = getattr(link.llm, "pull", None)
            if fetch is None:
                if names:
                    complain(f"{link.llm.name}: whoever serves it has it; there is nothing to fetch")
                    failed += 1
                continue
            try:
                await _pull(link, fetch)
                pulled += 1
            except LlmError as error:
                failed += 1
                await _complain(link, error)
    if not pulled and not failed:
        out.print(NONE if not chain.links else "nothing to fetch: whoever serves these models has them")
    return 1 if failed else 0


async def _pull(link: Link, fetch: Callable[[], Any]) -> None:
    with steps() as step:
        async with aclosing(fetch()) as pulled:
            async for at in pulled:
                if for_programs():
                    line({"llm": link.llm.name, **plain(at)})
                else:
                    step(at.doing, at.done, at.total)
    if not for_programs():
        out.print(f"{link.llm.name}: there")


async def _complain(link: Link, error: LlmError) -> None:
    """What went wrong, with what the model's own readiness says to do about it."""
    text = error.text
    if error.word in ("away", "refused"):
        ready = await link.llm.look()
        text = text if ready.answers else ready.text or text
    if for_programs():
        line({"llm": link.llm.name, "error": text})
    else:
        complain(f"{link.llm.name}: {text}")


@models.command("test")
@asynchronous
async def test(names: Names = None, as_json: AsJson = False) -> int:
    """Ask each model once: seconds to the first word, tokens a second, and the reply.

    Exit 0: all of them answered. 1: one did not.
    """
    failed = 0
    async with models_named(names) as chain:
        if not chain.links:
            fail(NONE)
        for link in chain.links:
            try:
                timed = await _asked(link)
            except LlmError as error:
                failed += 1
                await _complain(link, error)
                continue
            rate = f", {timed['tokens_s']:.1f} tokens/s" if timed["tokens_s"] else ""
            first, total = timed["first_token_s"], timed["total_s"]
            words = f"{link.llm.name}: first word after {first:.2f} s{rate}, {total:.2f} s in all"
            say({"llm": link.llm.name, **timed}, words, f"  {timed['text'].strip()}")
    return 1 if failed else 0


async def _asked(link: Link) -> Json:
    """One call by the clock, for `--json`: seconds, tokens and the text."""
    prompt = Prompt((Message("user", QUESTION),), max_tokens=MOST_TOKENS)
    text, usage = "", Usage(0, MOST_TOKENS)  # one that goes on and on is as good for measuring
    began = first = time.perf_counter()
    stream = timed(link.llm.stream(prompt), link.patience, link.llm.name)
    try:
        async with aclosing(stream) as pieces:
            async for piece in pieces:
                first = first if text.strip() else time.perf_counter()
                text, usage = text + piece.text, piece.usage or usage
    except CutOff as error:
        if error.by != "length":
            raise
    ended = time.perf_counter()
    pace = pace_of(began, first, ended, usage.reply)
    return {
        "first_token_s": round(pace.first_s, 4),
        "tokens_s": pace.tokens_s and round(pace.tokens_s, 1),
        "total_s": round(ended - began, 4),
        "prompt_tokens": usage.prompt,
        "reply_tokens": usage.reply,
        "text": text,
    }
