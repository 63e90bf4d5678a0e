"""Every address of the server extension, and which handler answers it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tornado import web

from . import classes, conversation, courses, reports, submissions  # noqa: F401  (each fills ROUTES)
from .base import ROUTES, Handler, NoSuchAddress, get
from .health import Metrics
from .mcp import Assistants
from .stream import StreamHandler

if TYPE_CHECKING:
    from .lifecycle import Backend


@get("openapi.yaml", media="application/yaml")
async def read_description(handler: Handler) -> None:
    """This description."""
    from . import openapi

    handler.finish(await asyncio.to_thread(openapi.as_yaml), set_content_type="application/yaml")


def routes(backend: Backend) -> list[tuple[str, type[web.RequestHandler], dict[str, Any]]]:
    """What `app.py` mounts under the server's base URL."""
    given = {"backend": backend}
    mounted: list[tuple[str, type[web.RequestHandler], dict[str, Any]]]
    mounted = [(rf"codegym/api/{path}", handler, given) for path, handler in ROUTES.items()]
    mounted.append((r"codegym/api/stream", StreamHandler, given))
    mounted.append((r"codegym/api(?:/(.*))?", NoSuchAddress, given))
    mounted.append((r"codegym/metrics", Metrics, given))
    mounted.append((r"codegym/mcp", Assistants, given))
    return mounted
