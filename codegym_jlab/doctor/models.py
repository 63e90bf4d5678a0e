"""The tutor's language models: which are set up, and whether each answers."""

from __future__ import annotations

from urllib.parse import urlsplit

from codegym_jlab.settings import Settings

from .report import Fact

_WITHOUT = "the tutor answers from the course alone"


async def models(settings: Settings) -> list[Fact]:
    """One a model. Nothing is amiss without any: the default's absence is told and is no trouble."""
    from codegym_jlab.llm.chain import Chain, Link
    from codegym_jlab.llm.registry import NotAnLlm, link_of
    from codegym_jlab.settings import DEFAULT_LLM

    if not settings.llms:
        return [Fact("models", True, f"off: {_WITHOUT}")]
    facts = list[Fact]()
    links = list[Link]()
    for spec in settings.llms:
        try:
            links.append(link_of(spec))
        except NotAnLlm as error:
            facts.append(Fact("models", False, str(error)))
    chain = Chain(links)
    try:
        seen = await chain.seen()
    finally:
        await chain.close()
    wanted = settings.llms != (DEFAULT_LLM,)
    for shown, ready in seen:
        text = f"{ready.llm}: {ready.text or ready.state}"
        text += "" if ready.answers else f"; until then {_WITHOUT if len(seen) == 1 else 'others are asked'}"
        facts.append(Fact(f"model {shown}", ready.answers, text, matters=wanted))
    return facts + _keys(settings)


def _keys(settings: Settings) -> list[Fact]:
    """A key that travels where others can read it."""
    from codegym_jlab.llm.client import is_here

    facts = []
    for spec in settings.llms:
        if isinstance(spec, str) or not (spec.get("key_env") or spec.get("key_file")):
            continue
        url = str(spec.get("llm", "")).partition(":")[2].partition("#")[0]
        if url.startswith("http://") and not is_here(url):
            host = urlsplit(url).hostname
            facts.append(Fact(f"key for {host}", False, "travels unencrypted; use https:// unless that net is yours"))
    return facts
