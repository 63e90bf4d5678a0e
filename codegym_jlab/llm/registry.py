"""From what the settings say to models: `ollama:qwen2.5:3b`, `openai:https://host/v1#model`, a script."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .base import Llm
from .chain import Chain, Link, Patience
from .client import Key
from .profiles import named

log = logging.getLogger("codegym")

FORMS = "ollama:MODEL, ollama:URL#MODEL, openai:URL#MODEL, scripted:FILE"
Spec = str | Mapping[str, Any]


class NotAnLlm(ValueError):
    """A setting names no model; the text says what is wrong and what to write."""


def chain_of(specs: Sequence[Spec]) -> Chain:
    """In order; nothing is opened or imported yet. Raises NotAnLlm."""
    return Chain([link_of(spec) for spec in specs])


def links_of(specs: Sequence[Spec]) -> tuple[Chain, list[str]]:
    """Those that name a model, and what is wrong with the others."""
    links, errors = list[Link](), list[str]()
    for spec in specs:
        try:
            links.append(link_of(spec))
        except NotAnLlm as error:
            errors.append(str(error))
    return Chain(links), errors


def chain_or_less(specs: Sequence[Spec]) -> Chain:
    """For a server: a setting that names no model is told in the log, and the others are asked."""
    chain, errors = links_of(specs)
    for error in errors:
        log.warning("%s", error)
    return chain


def chosen(llms: Sequence[Spec], names: Sequence[str] | None) -> list[Spec]:
    """The settings' own entry for what is named, so that its key and URL are used. Raises NotAnLlm."""
    if not names:
        return list(llms)
    known: dict[str, Spec] = {}
    for spec in llms:
        link = link_of(spec)
        known |= {link.llm.name: spec, link.shown: spec}
    return [known.get(name, name) for name in names]


def link_of(spec: Spec) -> Link:
    """One model with what belongs to it. Raises NotAnLlm."""
    given: dict[str, Any] = {"llm": spec} if isinstance(spec, str) else dict(spec)
    text = str(given.pop("llm", ""))
    provider, _, rest = text.partition(":")
    if provider not in _MAKERS or not rest:
        raise NotAnLlm(f"llms: {text!r} names no model; write {FORMS}")
    try:
        label, tries = str(given.pop("label", "")), max(1, int(given.pop("tries", 2)))
        waits = {field.name: float(given.pop(field.name)) for field in fields(Patience) if field.name in given}
        if "profile" in given:
            given["profile"] = named(str(given["profile"]))
        here = given.pop("here", None)
        llm = _MAKERS[provider](rest, **given)
        return Link(llm, label, Patience(**waits), tries, here=llm.here if here is None else bool(here))
    except TypeError as error:
        raise NotAnLlm(f"llms: {text}: {error}; a key is named by key_env or key_file, never written here") from error
    except ValueError as error:
        raise NotAnLlm(f"llms: {text}: {error}") from error


def _place(rest: str) -> tuple[str, str]:
    """URL and model. Raises ValueError."""
    url, mark, model = rest.partition("#")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or not mark or not model:
        raise ValueError("write a URL and the model behind a #: https://HOST/v1#MODEL")
    if parts.username or parts.password or parts.query:
        raise ValueError("a key or password does not belong into the URL: name key_env or key_file")
    return url, model


def _ollama(rest: str, **options: Any) -> Llm:
    from .ollama import HERE, Ollama

    url, model = _place(rest) if rest.startswith(("http://", "https://")) else (HERE, rest)
    return Ollama(model, url, **options)


def _openai(rest: str, *, key_env: str = "", key_file: str = "", **options: Any) -> Llm:
    from .openai import OpenAi

    url, model = _place(rest)
    if not (key_env or key_file) and urlsplit(url).hostname == "api.openai.com":
        key_env = "OPENAI_API_KEY"
    return OpenAi(url, model, key=Key(key_env, key_file), **options)


def _scripted(rest: str) -> Llm:
    from .scripted import Scripted, read_lines

    path = Path(rest).expanduser()
    return Scripted(read_lines(path), f"scripted:{path.stem}")


_MAKERS: dict[str, Callable[..., Llm]] = {"ollama": _ollama, "openai": _openai, "scripted": _scripted}
