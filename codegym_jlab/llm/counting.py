"""How many tokens a text has, at most and at least, without the model's own tokenizer."""

from __future__ import annotations

import math
import re

from .base import Prompt

#: What a chat template adds to each turn, and at the end: marks of role, begin and end.
TURN, END = 12, 8
_PARTS = re.compile(
    r"(?P<capital>[A-Z])|(?P<letters>[a-z]+|[^\W\d_A-Za-z]+)|(?P<digit>\d)"
    r"|(?P<before_digit>[ \t]+(?=\d))|(?P<space>[ \t]+)|(?P<line>[\r\n]+)|(?P<mark>.)",
    re.DOTALL,
)


def bytes_of(prompt: Prompt) -> int:
    """Tokens that no tokenizer exceeds: each token holds a byte at least."""
    return sum(len(message.text.encode()) + TURN for message in prompt.messages) + END


def at_most(prompt: Prompt) -> int:
    """Tokens that the tokenizers of the models we have profiles for do not exceed."""
    return min(bytes_of(prompt), sum(tokens(message.text) + TURN for message in prompt.messages) + END)


def at_least(prompt: Prompt) -> int:
    """Tokens below which a prompt was cut, whoever counted them: hardly a tokenizer joins two words."""
    return sum(len(message.text.split()) for message in prompt.messages) * 4 // 5


def tokens(text: str) -> int:
    """An upper estimate: docs/decisions/models.md has it beside what two tokenizers count."""
    return sum(_weight(part.lastgroup or "", part[0]) for part in _PARTS.finditer(text))


def _weight(kind: str, part: str) -> int:
    if kind == "letters":
        return math.ceil(len(part) / 3) if part.isascii() else math.ceil(len(part.encode()) * 3 / 4)
    if kind == "before_digit":
        return math.ceil(len(part) / 4) + (len(part) > 1)  # the last one stands alone
    if kind == "space":
        return math.ceil((len(part) - 1) / 4)  # a single one belongs to the word behind it
    if kind == "line":
        return math.ceil(len(part) / 2)
    return 1 if part.isascii() else len(part.encode())
