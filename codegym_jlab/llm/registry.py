"""From what the settings say to models: `ollama:qwen2.5:3b`, `openai:https://host/v1#model`, a folder, a script."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .base import Llm
from .chain import Chain, Link, Patience
from .client import Key
from .profiles import Profile, named

log = logging.getLogger("codegym")

FORMS = "ollama:MODEL, ollama:URL#MODEL, openai:URL#MODEL, transformers:FOLDER_OR_NAME, scripted:FILE"
_OF_LINK = {"llm", "label", "tries", *(field.name for field in fields(Patience))}
_KEY = {"key_env", "key_file"}
_OF_PROVIDER = {
    "ollama": {"profile", "context", "keep_alive"},
    "openai": {"profile", "context", "json_by", "max_tokens_as"} | _KEY,
    "transformers": {"profile", "context"},
    "scripted": set[str](),
}
Spec = str | Mapping[str, Any]


class NotAnLlm(ValueError):
    """A setting names no model; the text says what is wrong and what to write."""


def chain_of(specs: Sequence[Spec]) -> Chain:
    """In order; nothing is opened or imported yet. Raises NotAnLlm."""
    return Chain([link_of(spec) for spec in specs])


def chain_or_less(specs: Sequence[Spec]) -> Chain:
    """The same, for a server: a setting that names no model is told in the log, and the others are asked."""
    links = []
    for spec in specs:
        try:
            links.append(link_of(spec))
        except NotAnLlm as error:
            log.warning("%s", error)
    return Chain(links)


def link_of(spec: Spec) -> Link:
    """One model with what belongs to it. Raises NotAnLlm."""
    given: dict[str, Any] = {"llm": spec} if isinstance(spec, str) else dict(spec)
    text = str(given.get("llm", ""))
    provider, _, rest = text.partition(":")
    if provider not in _OF_PROVIDER or not rest:
        raise NotAnLlm(f"llms: {text!r} names no model; write {FORMS}")
    allowed = _OF_LINK | _OF_PROVIDER[provider]
    for name in given:
        if name not in allowed:
            more = "; a key is not written here: name key_env or key_file" if name.endswith("key") else ""
            raise NotAnLlm(f"llms: {provider} has no setting {name!r}; it has {', '.join(sorted(allowed))}{more}")
    try:
        llm = _MAKERS[provider](rest, {name: given[name] for name in given if name not in _OF_LINK})
        waits = {field.name: float(given[field.name]) for field in fields(Patience) if field.name in given}
        return Link(llm, str(given.get("label", "")), Patience(**waits), max(1, int(given.get("tries", 2))))
    except (TypeError, ValueError) as error:
        raise NotAnLlm(f"llms: {text}: {error}") from error


def _profile(options: dict[str, Any]) -> Profile | None:
    return named(str(options.pop("profile"))) if "profile" in options else None


def _place(rest: str) -> tuple[str, str]:
    """URL and model. Raises ValueError."""
    url, mark, model = rest.partition("#")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or not mark or not model:
        raise ValueError("write a URL and the model behind a #: https://HOST/v1#MODEL")
    if parts.username or parts.password or parts.query:
        raise ValueError("a key or password does not belong into the URL: name key_env or key_file")
    return url, model


def _ollama(rest: str, options: dict[str, Any]) -> Llm:
    from .ollama import HERE, Ollama

    url, model = _place(rest) if rest.startswith(("http://", "https://")) else (HERE, rest)
    return Ollama(model, url, profile=_profile(options), **options)


def _openai(rest: str, options: dict[str, Any]) -> Llm:
    from .openai import OpenAi

    url, model = _place(rest)
    host = urlsplit(url).hostname
    usual = "OPENAI_API_KEY" if host == "api.openai.com" else ""
    key = Key(str(options.pop("key_env", "" if "key_file" in options else usual)), str(options.pop("key_file", "")))
    return OpenAi(url, model, key=key, profile=_profile(options), **options)


def _transformers(rest: str, options: dict[str, Any]) -> Llm:
    from .transformers import Transformers

    return Transformers(rest, profile=_profile(options), **options)


def _scripted(rest: str, _: dict[str, Any]) -> Llm:
    from .scripted import Scripted, read_lines

    path = Path(rest).expanduser()
    return Scripted(read_lines(path), f"scripted:{path.stem}")


_MAKERS: dict[str, Callable[[str, dict[str, Any]], Llm]] = {
    "ollama": _ollama,
    "openai": _openai,
    "transformers": _transformers,
    "scripted": _scripted,
}
