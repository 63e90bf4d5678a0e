"""What families of models need: which words end a reply, how they want to be talked to, what a prompt takes."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace

from codegym_jlab.files import table_beside
from codegym_jlab.records import frozen

from .base import Message, Prompt, TooLong, at_most, bytes_of


@frozen
class Profile:
    """One family. `brief`: it follows few rules at a time, so it gets the system's words in their brief form."""

    name: str
    names: str  #: a regular expression that a model's name begins with
    stop: tuple[str, ...] = ()
    system: bool = True  #: False: what the system says is put before the student's first words
    chat: bool = True  #: False: it continues texts; turns are written out under headings
    brief: bool = False
    thinks: bool = False  #: it thinks aloud first unless it is told not to
    known: bool = True  #: its tokens are counted as `base.at_most` does; else each byte is one


_TOLD = table_beside(__file__, "profiles.toml")
PROFILES = tuple(Profile(**told | {"stop": tuple(told["stop"])}) for told in _TOLD["profiles"])
PLAIN = Profile("plain", "", known=False)


def profile_of(model: str) -> Profile:
    """By the model's name, with or without who made it: `Qwen/Qwen2.5-3B-Instruct`, `qwen2.5:3b`."""
    bare = model.rpartition("/")[2].lower()
    return next((profile for profile in PROFILES if re.match(profile.names, bare)), PLAIN)


def named(name: str) -> Profile:
    """One by its own name. Raises ValueError."""
    known = {profile.name: profile for profile in (*PROFILES, PLAIN)}
    if name not in known:
        raise ValueError(f"there is no profile {name!r}; there are: {', '.join(known)}")
    return known[name]


def shaped(prompt: Prompt, profile: Profile) -> Prompt:
    """The prompt as this family wants it, user and assistant in turn; nothing of it is left out."""
    said = "\n\n".join(message.text for message in prompt.messages if message.role == "system")
    system = prompt.brief if said and profile.brief and prompt.brief else said
    turns: list[Message] = []
    for turn in prompt.messages:
        if turns and turns[-1].role == turn.role:
            turns[-1] = replace(turn, text=f"{turns[-1].text}\n\n{turn.text}")
        elif turn.role != "system":
            turns.append(turn)
    if system and not profile.system and turns:
        turns[0] = replace(turns[0], text=f"{system}\n\n{turns[0].text}")
    elif system:
        turns.insert(0, Message("system", system))
    if not profile.chat:
        turns = [Message("user", _written_out(turns))]
    return replace(prompt, messages=tuple(turns), stop=profile.stop)


def _written_out(turns: list[Message]) -> str:
    """Turns under headings, for a model that continues texts."""
    heading = {"assistant": "Response"}
    said = [f"### {heading.get(turn.role, 'Instruction')}\n{turn.text}" for turn in turns]
    return "\n\n".join([*said, "### Response\n"])


def room_in(prompt: Prompt, profile: Profile, context: int, llm: str) -> int:
    """Tokens that a prompt and its reply need at most. Raises TooLong where they are more than the context."""
    count = at_most(prompt) if profile.known else bytes_of(prompt)
    if count + prompt.max_tokens > context:
        room = max(0, context - prompt.max_tokens)
        raise TooLong(llm, f"the prompt may be longer than the {room} tokens that this model has for it")
    return count + prompt.max_tokens


_THOUGHTS = re.compile(r"\A\s*<think>.*?(</think>\s*|\Z)", re.DOTALL)


async def without_thoughts(texts: AsyncIterator[str]) -> AsyncIterator[str]:
    """What is said, without a first `<think>…</think>`: an empty text for each that is left out, as a sign of life."""
    held, speaking = "", False
    async for text in texts:
        if speaking:
            yield text
            continue
        held += text
        said = _THOUGHTS.sub("", held)
        speaking = not "<think>".startswith(said.lstrip())
        yield said if speaking else ""
    if not speaking and (said := _THOUGHTS.sub("", held)):
        yield said
