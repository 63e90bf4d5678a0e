"""What a server speaks with: sinks of events, the Hub, its class's service, models; and servers that run here."""

import asyncio
import json
import os
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from codegym_jlab.settings import DEFAULT_LLM, SCOPES, Settings, roles_here

from .report import Fact

_PATIENCE_S = 3.0


async def sinks_of(settings: Settings) -> list[Fact]:
    """Where events go, and whether what is there answers."""
    from codegym_jlab.events import dapr, sinks
    from codegym_jlab.events.relay import SinkUnavailable

    routes = settings.events
    try:
        names = ", ".join(routes.names)
        found = [Fact("events", True, f"go to {names}" if names else "stay in the outbox (event_sinks is none)")]
        for name in routes.names:
            try:
                if name == "kafka":
                    broker = routes.broker(3)
                    from codegym_jlab.events import kafka

                    found.append(Fact("events on kafka", True, await asyncio.to_thread(kafka.examine, broker)))
                elif name == "dapr":
                    found.append(Fact("events on dapr", True, await dapr.examine(routes.sidecar(3))))
            except SinkUnavailable as error:
                found.append(Fact(f"events on {name}", False, f"{error}; until it answers they wait in the outbox"))
    except sinks.NotASink as error:
        return [Fact("events", False, f"{error}; until then they wait in the outbox")]
    return found


#: Where the service of a class has roles from, beside its enrolments.
_OF_THE_HUB = (
    "as enrolled, and by the Hub's groups codegym-CLASS-grader and codegym-CLASS-instructor and its scopes "
    + ", ".join(SCOPES)
)


def roles() -> Fact:
    """Who may do what here; under a Hub, what the Hub says of this process's own token, and of groups that count."""
    hub = {"url": f"{os.environ.get('JUPYTERHUB_API_URL', '')}/", "token": os.environ.get("JUPYTERHUB_API_TOKEN", "")}
    why = roles_here(os.environ).why
    if "JUPYTERHUB_SERVICE_URL" in os.environ and not os.environ.get("JUPYTERHUB_USER"):
        why = _OF_THE_HUB
    if not os.environ.get("JUPYTERHUB_API_URL"):
        return Fact("roles", True, why)
    try:
        status, body = _asked(hub, "user")
        if status != 200:
            return Fact("roles", False, f"{why}; the Hub refuses the token here ({status})")
        about = json.loads(body)
        held = [*about.get("groups", ()), *(scope for scope in about["scopes"] if scope.startswith("custom:codegym"))]
        why += (
            f"; the Hub knows this token as {about['kind']} {about['name']} ({', '.join(held) or 'no group, no scope'})"
        )
        status, body = _asked(hub, "groups")
    except (OSError, ValueError, KeyError) as error:
        return Fact("roles", False, f"{why}; the Hub does not answer ({error})")
    groups = json.loads(body) if status == 200 else []
    told = [f"{one['name']}: {', '.join(one.get('users', ()))}" for one in groups if one["name"].startswith("codegym-")]
    return Fact("roles", True, "; ".join([why, *told]))


def service() -> Fact:
    """Whether a student's server reaches the service of its class, and holds nothing that is the service's alone."""
    address = os.environ.get("CODEGYM_SERVICE", "")
    if not address:
        return Fact("service", True, "none: this server keeps records and courses itself (CODEGYM_SERVICE)")
    found = [name for name in ("CODEGYM_DATABASE", "CODEGYM_COURSES") if os.environ.get(name)]
    if found:
        told = f"a student's server must not be given {' or '.join(found)}; that is for `codegym hub` alone"
        return Fact("service", False, told, fails=True)
    try:
        where = {"url": f"{address.rstrip('/')}/", "token": os.environ.get("JUPYTERHUB_API_TOKEN", "")}
        status, _ = _asked(where, "codegym/api/health")
    except (OSError, ValueError) as error:
        return Fact("service", False, f"{address} does not answer ({error})")
    if status != 200:
        return Fact("service", False, f"{address} refuses the token of this server ({status})")
    return Fact("service", True, f"{address} answers, and knows this server's token")


async def servers() -> list[Fact]:
    """Jupyter servers of this user that run here: are they ready."""
    from jupyter_server.serverapp import list_running_servers

    found = list(await asyncio.to_thread(list_running_servers))
    facts = await asyncio.gather(*(asyncio.to_thread(_server, one) for one in found))
    return [fact for fact in facts if fact is not None] or [Fact("servers", True, "none of this user runs here")]


def _server(about: dict[str, Any]) -> Fact | None:
    """None where it has no CodeGYM, or does not let us ask."""
    url = str(about["url"])
    if not url.startswith(("http://", "https://")):
        return None
    try:
        status, body = _asked(about, "codegym/api/health/ready")
    except OSError as error:
        return Fact(f"server {url}", False, f"does not answer ({error}); end it, or look at its log")
    if status not in (200, 503):
        return None
    if status == 503:
        why = json.loads(body).get("error", {}).get("message", "")
        return Fact(f"server {url}", False, f"not ready: {why}")
    return Fact(f"server {url}", True, "ready")


def _asked(about: dict[str, Any], path: str) -> tuple[int, bytes]:
    """Status and body. Raises OSError where it does not answer."""
    headers = {"Authorization": f"token {about.get('token', '')}"}
    asking = urllib.request.Request(f"{about['url']}{path}", headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(asking, timeout=_PATIENCE_S) as response:  # noqa: S310
            return int(response.status), response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


_WITHOUT = "the tutor answers from the course alone"


async def models(settings: Settings) -> list[Fact]:
    """One a model. Nothing is amiss without any: the default's absence is told and is no trouble."""
    from codegym_jlab.llm.registry import links_of

    if not settings.llms:
        return [Fact("models", True, f"off: {_WITHOUT}")]
    chain, errors = links_of(settings.llms)
    facts = [Fact("models", False, error) for error in errors]
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
