"""Every address of the server extension, and which handler answers it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tornado import web

from . import classes, conversation, courses, reports, submissions
from .base import Handler, NoSuchAddress, operation
from .health import Health, Live, Metrics, Ready
from .mcp import Assistants
from .stream import Broadcast, StreamHandler

if TYPE_CHECKING:
    from .lifecycle import Backstage


class Description(Handler):
    """This interface in OpenAPI's words."""

    @operation("readDescription", media="application/yaml")
    async def get(self) -> None:
        """This description."""
        from . import openapi

        self.finish(await asyncio.to_thread(openapi.as_yaml), set_content_type="application/yaml")


ROUTES: list[tuple[str, type[Handler]]] = [
    *courses.ROUTES,
    *submissions.ROUTES,
    *reports.ROUTES,
    *classes.ROUTES,
    *conversation.ROUTES,
    (r"health", Health),
    (r"health/live", Live),
    (r"health/ready", Ready),
    (r"openapi.yaml", Description),
]


def routes(backend: Backstage, broadcast: Broadcast) -> list[tuple[str, type[web.RequestHandler], dict[str, Any]]]:
    """What `app.py` mounts under the server's base URL."""
    given = {"backend": backend}
    mounted: list[tuple[str, type[web.RequestHandler], dict[str, Any]]]
    mounted = [(rf"codegym/api/{path}", handler, given) for path, handler in ROUTES]
    mounted.append((r"codegym/api/stream", StreamHandler, given | {"broadcast": broadcast}))
    mounted.append((r"codegym/api(?:/(.*))?", NoSuchAddress, given))
    mounted.append((r"codegym/metrics", Metrics, given))
    mounted.append((r"codegym/mcp", Assistants, given))
    return mounted
