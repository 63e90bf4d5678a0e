"""What the same model may be asked once more after it failed: a tighter prompt."""

from __future__ import annotations

from dataclasses import replace

from .base import BadAnswer, CutOff, LlmError, Message, Prompt, TooLong

_ONLY_JSON = "Answer with the JSON value only: no fence, no word before it or after it."
_SAY_SOMETHING = "Answer with one short sentence."
_SHORTER = "Answer in at most {words} words."
#: A turn's text keeps this share of its beginning and of its end where it is shortened.
_KEPT = 1 / 3


def tighter(prompt: Prompt, error: LlmError) -> Prompt | None:
    """The prompt that has a better chance, or None where there is none. Never loses the system's words or the last."""
    if isinstance(error, TooLong):
        return _shorter(prompt)
    if isinstance(error, BadAnswer):
        said = _ONLY_JSON if prompt.schema is not None else _SAY_SOMETHING
        return replace(_with_rule(prompt, said), temperature=0.0)
    if isinstance(error, CutOff) and error.by == "length":
        if prompt.schema is not None:
            return replace(prompt, max_tokens=prompt.max_tokens * 2)
        return _with_rule(prompt, _SHORTER.format(words=max(10, prompt.max_tokens // 4)))
    return None


def _shorter(prompt: Prompt) -> Prompt | None:
    """Without the conversation before the last turn; where there is none, with the middle of that left out."""
    system = tuple(message for message in prompt.messages if message.role == "system")
    turns = [message for message in prompt.messages if message.role != "system"]
    if len(turns) > 1:
        return replace(prompt, messages=(*system, turns[-1]))
    if not turns or len(turns[0].text) < 400:
        return None
    text = turns[0].text
    kept = int(len(text) * _KEPT)
    return replace(prompt, messages=(*system, Message(turns[0].role, f"{text[:kept]}\n[…]\n{text[-kept:]}")))


def _with_rule(prompt: Prompt, rule: str) -> Prompt:
    messages = list(prompt.messages)
    at = next((i for i, message in enumerate(messages) if message.role == "system"), None)
    if at is None:
        return replace(prompt, messages=(Message("system", rule), *messages))
    messages[at] = replace(messages[at], text=f"{messages[at].text}\n\n{rule}")
    return replace(prompt, messages=tuple(messages), brief=f"{prompt.brief}\n\n{rule}" if prompt.brief else "")
