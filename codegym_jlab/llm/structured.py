"""Answers that are data: a JSON value that obeys a schema, checked here whatever the provider promised."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .base import BadAnswer, Llm, Prompt, Usage, whole

_FENCED = re.compile(r"\A\s*```(?:json)?\s*\n(.*?)\n?```\s*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Data:
    """What was said, as Python values, and by whom."""

    value: Any
    llm: str
    usage: Usage


async def structured(llm: Llm, prompt: Prompt, schema: Mapping[str, Any]) -> Data:
    """Ask for a value that obeys this JSON Schema. Raises LlmError: BadAnswer where what came does not.

    In a chain the check is the chain's own, so that a bad answer is asked for again before it comes here.
    """
    reply = await whole(llm.stream(replace(prompt, schema=schema)))
    return Data(value_of(reply.text, schema, reply.llm), reply.llm, reply.usage)


def value_of(text: str, schema: Mapping[str, Any], llm: str) -> Any:
    """The value that a reply is; a fence around it is no mistake. Raises BadAnswer."""
    fenced = _FENCED.match(text)
    try:
        value = json.loads(fenced[1] if fenced else text)
    except (ValueError, RecursionError):
        raise BadAnswer(llm, "the model was asked for JSON and said something else") from None
    from jsonschema import Draft202012Validator

    mistake = next(iter(Draft202012Validator(dict(schema)).iter_errors(value)), None)
    if mistake is not None:
        where = mistake.json_path.removeprefix("$") or "its value"
        raise BadAnswer(llm, f"the model's JSON is not as asked: {where} breaks the rule `{mistake.validator}`")
    return value
