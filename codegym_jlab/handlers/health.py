"""For whoever watches the server: alive, ready, and metrics. Probes and Prometheus have no session of a browser."""

import hmac
from dataclasses import asdict
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated

from ..telemetry import metrics
from .base import Denied, Handler, get
from .identity import STAFF

_NOT_STARTED = {
    "code": "starting",
    "text": "CodeGYM is starting, or could not: then the server's log says why. It is tried again at each request.",
}


class Watched(Handler):
    """Not a person's doing: it keeps no idle server awake."""

    _track_activity = False

    async def is_staff(self) -> bool:
        """Whoever asks is logged in, allowed CodeGYM at all, and staff of the whole site."""
        return self.current_user is not None and await self.may("read") and bool(self.person().everywhere & STAFF)


@get("health", "Health", base=Watched)
async def read_health(handler: Watched) -> Any:
    """Whether the server answers, and whether it is ready to judge."""
    return {"alive": True, "ready": handler.backend.ready}


@get("health/live", "Alive", to_anyone=True, base=Watched)
async def read_liveness() -> Any:
    """A liveness probe; needs no login. Where it does not answer, start the server again."""
    return {"alive": True}


@get("health/ready", "Ready", to_anyone=True, base=Watched)
async def read_readiness(handler: Watched) -> Any:
    """A readiness probe; needs no login. 503 (`not_ready`) with `details.reasons` while checks cannot be taken."""
    handler.backend.start()
    if not handler.backend.ready:
        raise _not_ready([_NOT_STARTED])
    health = await (await handler.backend.services()).watch.health()
    if not health.ready:
        raise _not_ready([asdict(trouble) for trouble in health.reasons])
    return {"ready": True, "notes": health.notes if await handler.is_staff() else ()}


class Metrics(Watched):
    """A page for Prometheus: for staff, or who shows the token of the settings. Students see none of it."""

    async def prepare(self) -> None:  # type: ignore[override]
        """Of who shows the token nobody asks a login who they are: it would not know, and may be away."""
        if not self._shows_token():
            await super().prepare()

    @allow_unauthenticated
    async def get(self) -> None:
        """Also before the managers are there, and while the database is away: then without their gauges."""
        if not (self._shows_token() or await self.is_staff()):
            raise Denied("forbidden", "Only staff may see this, or who shows the token of CodeGym.metrics_token.")
        readings = await (await self.backend.services()).watch.readings() if self.backend.ready else []
        readings += [metrics.tabs.reads(self.backend.broadcast.count)]
        media, page = metrics.page(readings, self.request.headers.get("Accept", ""))
        self.finish(page, set_content_type=media)

    def _shows_token(self) -> bool:
        kind, _, shown = self.request.headers.get("Authorization", "").partition(" ")
        token = self.backend.settings.metrics_token
        return bool(token) and kind.lower() == "bearer" and hmac.compare_digest(shown.strip().encode(), token.encode())


def _not_ready(reasons: list[dict[str, str]]) -> Denied:
    return Denied("not_ready", " ".join(reason["text"] for reason in reasons), reasons=reasons)
