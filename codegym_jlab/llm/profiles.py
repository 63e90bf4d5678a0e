"""What families of models need: how long a prompt they take, which words end a reply, how they want to be talked to."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from .base import Message, Prompt


@dataclass(frozen=True, slots=True)
class Profile:
    """One family. `brief`: it follows few rules at a time, so it gets the system's words in their brief form."""

    name: str
    names: str  #: a regular expression that a model's name begins with, whoever serves it
    context: int  #: tokens, prompt and reply together; the model may take more
    stop: tuple[str, ...] = ()
    system: bool = True  #: False: what the system says is put before the student's first words
    alternate: bool = False  #: turns of one role that follow each other are joined
    chat: bool = True  #: False: it continues texts; turns are written out under headings
    turns: int = 20  #: of the conversation that are sent at most, the newest
    brief: bool = False
    manner: str = ""  #: said at the end of the system's words
    thinks: bool = False  #: it thinks aloud first unless it is told not to
    known: bool = True  #: its tokens are counted as `base.at_most` does; else each byte is one


SHORT = "Answer in short, plain sentences. Say one thing only. Never repeat the question."

PROFILES = (
    Profile("qwen2.5", r"qwen2\.5(-coder)?\b", 32768, ("<|im_end|>", "<|endoftext|>"), brief=True, manner=SHORT),
    Profile("qwen-4b", r"qwen-?(3|3\.5)?([:-].*)?\b4b|qwen3\b", 32768, ("<|im_end|>",), thinks=True, manner=SHORT),
    Profile(
        "starcoder", r"starcoder2?\b", 8192, ("### Instruction", "<|endoftext|>", "<file_sep>"),
        system=False, chat=False, turns=4, brief=True, manner=SHORT,
    ),
    Profile("mistral", r"(mistral|ministral|codestral)", 32768, ("[INST]", "</s>"), system=False, alternate=True),
    Profile("tinyllama", r"tinyllama\b", 2048, ("</s>", "<|user|>"), turns=4, brief=True, manner=SHORT),
)  # fmt: skip
PLAIN = Profile("plain", "", 8192, known=False)


def profile_of(model: str) -> Profile:
    """By the model's name, with or without who made it: `Qwen/Qwen2.5-3B-Instruct`, `qwen2.5:3b`."""
    bare = model.rpartition("/")[2].lower()
    return next((profile for profile in PROFILES if re.match(profile.names, bare)), PLAIN)


def named(name: str) -> Profile:
    """One by its own name. Raises ValueError."""
    found = next((profile for profile in (*PROFILES, PLAIN) if profile.name == name), None)
    if found is None:
        raise ValueError(f"there is no profile {name!r}; there are: {', '.join(p.name for p in (*PROFILES, PLAIN))}")
    return found


def shaped(prompt: Prompt, profile: Profile) -> Prompt:
    """The prompt as this family wants it: its system's words are never left out, older turns may be."""
    system = "\n\n".join(_of_system(prompt, profile))
    turns = [message for message in prompt.messages if message.role != "system"][-profile.turns :]
    if profile.alternate:
        turns = list(_joined(turns))
    if system and not profile.system and turns:
        turns[0] = replace(turns[0], text=f"{system}\n\n{turns[0].text}")
    elif system:
        turns.insert(0, Message("system", system))
    if not profile.chat:
        turns = [Message("user", _written_out(turns))]
    return replace(prompt, messages=tuple(turns), stop=tuple(dict.fromkeys((*prompt.stop, *profile.stop))))


def _of_system(prompt: Prompt, profile: Profile) -> Iterator[str]:
    """The brief words stand for the first message of the system's; rules that were added later stay."""
    said = [message.text for message in prompt.messages if message.role == "system"]
    if said and profile.brief and prompt.brief:
        said[0] = prompt.brief
    yield from said
    if said and profile.manner:
        yield profile.manner


def _joined(turns: list[Message]) -> Iterator[Message]:
    waiting: Message | None = None
    for turn in turns:
        if waiting is not None and waiting.role == turn.role:
            waiting = replace(waiting, text=f"{waiting.text}\n\n{turn.text}")
            continue
        if waiting is not None:
            yield waiting
        waiting = turn
    if waiting is not None:
        yield waiting


_HEADINGS: dict[str, Literal["Instruction", "Response"]] = {"user": "Instruction", "assistant": "Response"}


def _written_out(turns: list[Message]) -> str:
    said = [f"### {_HEADINGS.get(turn.role, 'Instruction')}\n{turn.text}" for turn in turns]
    return "\n\n".join([*said, "### Response\n"])


def with_schema(prompt: Prompt) -> Prompt:
    """The schema in words, for who takes none beside the prompt."""
    if prompt.schema is None:
        return prompt
    asked = f"Answer with one JSON value and nothing else. It obeys this JSON Schema: {json.dumps(prompt.schema)}"
    *before, last = prompt.messages  # no turn of its own: templates want user and assistant in turn
    return replace(prompt, schema=None, messages=(*before, replace(last, text=f"{last.text}\n\n{asked}")))


async def without_thoughts(texts: AsyncIterator[str]) -> AsyncIterator[str]:
    """What is said, without a first `<think>…</think>`: an empty text for each that is left out, as a sign of life."""
    held, state = "", "opening"
    async for text in texts:
        held += text
        if state == "opening" and not "<think>".startswith(held.lstrip()[: len("<think>")]):
            state = "speaking"
        elif state == "opening" and held.lstrip().startswith("<think>"):
            state = "thinking"
        if state == "thinking" and "</think>" in held:
            state, held = "done thinking", held.partition("</think>")[2]
        if state == "done thinking" and (held := held.lstrip()):
            state = "speaking"
        yield held if state == "speaking" else ""
        held = "" if state == "speaking" else held
    if state == "opening" and held:
        yield held
