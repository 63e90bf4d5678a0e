"""Dapr's pub/sub as a sink: the sidecar's HTTP API, each event a CloudEvent of ours, taken as it is."""

import os
import re
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import quote

from httpx import AsyncClient, HTTPError, InvalidURL, Limits, Response

from ..records import Event, frozen
from .cloud_event import CONTENT_TYPE, cloud_event
from .relay import EventRefused, SinkUnavailable

TOPIC = "codegym.events"
#: Dapr's `errorCode` where the event itself is wrong, whatever the status
#: (https://docs.dapr.io/developing-applications/error-codes/error-codes-reference).
_OF_THE_EVENT = frozenset({"ERR_PUBSUB_CLOUD_EVENTS_SER", "ERR_PUBSUB_EVENTS_SER", "ERR_PUBSUB_REQUEST_METADATA"})
#: Where publishing failed in the component: broker away, no topic, too large. Only its words tell these apart.
_IN_COMPONENT = "ERR_PUBSUB_PUBLISH_MESSAGE"
#: The sidecar's own bound, its Kafka client's, the broker's. The same event is never taken later.
_TOO_LARGE = re.compile("too (large|big)|larger than|message too long", re.IGNORECASE)


def _own_address() -> str:
    """As Dapr tells an application where its sidecar is."""
    port = os.environ.get("DAPR_HTTP_PORT", "3500")
    return os.environ.get("DAPR_HTTP_ENDPOINT") or f"http://127.0.0.1:{port}"


@frozen
class Sidecar:
    """Where the sidecar listens, and which of its components and topics is meant."""

    url: str = field(default_factory=_own_address)
    pubsub: str = "codegym"
    topic: str = TOPIC
    token: str = field(default_factory=lambda: os.environ.get("DAPR_API_TOKEN", ""), repr=False)
    timeout_s: float = 10.0

    @property
    def publish(self) -> str:
        """The address of the topic."""
        return f"{self.url.rstrip('/')}/v1.0/publish/{quote(self.pubsub, safe='')}/{quote(self.topic, safe='')}"


@dataclass
class Dapr:
    """A sink. 204 is taken; a code of Dapr's that says that the event itself is wrong, or too large, is a refusal.

    All else is the sidecar's or its broker's business, and may be otherwise the next time: no such component (404, or
    400), token (401), not allowed (403), broker away (500), an answer of something else that listens there.
    """

    name = "dapr"
    at_once = 16

    sidecar: Sidecar

    @cached_property
    def _client(self) -> AsyncClient:
        token = self.sidecar.token
        headers = {"Content-Type": CONTENT_TYPE} | ({"dapr-api-token": token} if token else {})
        limits = Limits(max_connections=self.at_once, keepalive_expiry=30)
        # no proxy: a sidecar is next door, and its token is nobody else's business
        return AsyncClient(headers=headers, timeout=self.sidecar.timeout_s, limits=limits, trust_env=False)

    async def send(self, event: Event) -> None:
        """Return when the sidecar's broker has it. Raises SinkUnavailable, EventRefused."""
        content = cloud_event(event)
        try:
            answer = await self._client.post(
                self.sidecar.publish, content=content, params={"metadata.partitionKey": event.key}
            )
        except (HTTPError, InvalidURL) as error:
            raise SinkUnavailable(f"{self.sidecar.url}: {type(error).__name__} {error}".rstrip()) from error
        if answer.is_success:
            return
        code, words = _error(answer)
        if answer.status_code == 413 or code in _OF_THE_EVENT or (code == _IN_COMPONENT and _TOO_LARGE.search(words)):
            raise EventRefused(_said(answer))
        raise SinkUnavailable(_said(answer))

    async def close(self) -> None:
        if client := vars(self).pop("_client", None):  # the next use makes another
            await client.aclose()


def _error(answer: Response) -> tuple[str, str]:
    """Dapr's code, "" where another program answers, and its words."""
    try:
        body = answer.json()
        return str(body.get("errorCode", "")), str(body.get("message", ""))
    except (ValueError, AttributeError):
        return "", answer.text[:200]


def _said(answer: Response) -> str:
    return " ".join(filter(None, [f"HTTP {answer.status_code}", *_error(answer)]))


async def examine(sidecar: Sidecar) -> str:
    """For `codegym doctor`: what is there. Raises SinkUnavailable."""
    try:
        async with Dapr(sidecar)._client as client:
            answer = await client.get(f"{sidecar.url.rstrip('/')}/v1.0/metadata")
    except (HTTPError, InvalidURL) as error:
        raise SinkUnavailable(f"{sidecar.url}: {type(error).__name__} {error}".rstrip()) from error
    if not answer.is_success:
        raise SinkUnavailable(f"{sidecar.url}: {_said(answer)}")
    try:
        about = answer.json()
        kinds = {each.get("name"): each.get("type") for each in about.get("components") or ()}
    except (ValueError, AttributeError) as error:
        raise SinkUnavailable(f"{sidecar.url} is no sidecar of Dapr") from error
    if sidecar.pubsub not in kinds:
        raise SinkUnavailable(f"{sidecar.url} has no component {sidecar.pubsub}; it has {', '.join(kinds) or 'none'}")
    return f"sidecar {about.get('runtimeVersion', '')} at {sidecar.url}: {sidecar.pubsub} is {kinds[sidecar.pubsub]}"
