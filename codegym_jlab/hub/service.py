"""`codegym hub`: the service of a class on JupyterHub. It has the records, courses, checks and keys.

Students' servers hand on to it what their students do (`handlers.forward`). Who asks is the Hub's answer for the token
that came, kept for seconds. A token does a student's work only, whoever owns it, since it lies where notebooks run.
Staff come with a browser: they log in through the Hub, hold no token of this service, and send its XSRF token.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import secrets
import signal
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jupyter_events import EventLogger
from jupyter_server.auth import AllowAllAuthorizer, IdentityProvider, User
from jupyterhub.services.auth import HubOAuth, HubOAuthCallbackHandler, HubOAuthenticated
from tornado import web
from tornado.escape import xhtml_escape
from tornado.httpserver import HTTPServer
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from ..handlers.forward import FOLDER
from ..handlers.identity import Person, Role
from ..handlers.lifecycle import Backend
from ..handlers.routes import routes
from ..settings import CodeGym, Settings
from ..telemetry.traces import switch_off
from ..wiring import opened

KEPT_S = 5  #: what the Hub said of a token; who is let go there is gone here after that
#: What a role of the Hub may give a person in every class of this service, where they come with a browser.
SCOPES = {
    "custom:codegym:grade": Role.GRADER,
    "custom:codegym:teach": Role.INSTRUCTOR,
    "custom:codegym:admin": Role.ADMIN,
}
#: The Hub's group `codegym-OFFERING-grader`: the same in one class.
GROUP = re.compile(r"codegym-(.{1,200})-(grader|instructor)")
NO_FRAMES = {"Content-Security-Policy": "frame-ancestors 'none'", "X-Frame-Options": "DENY"}

log = logging.getLogger("codegym.hub")


class HubProvider(IdentityProvider):
    """Accounts as the Hub knows them, for Jupyter's handlers. A token in an address never becomes a session."""

    def __init__(self, hub: HubOAuth) -> None:
        super().__init__()
        self.hub = hub

    async def _user(self, handler: Any) -> User | None:
        try:
            model = await self.hub.get_user(handler, sync=False)
        except web.HTTPError as error:
            log.warning("the Hub does not say who asks: %s", error.log_message)
            raise web.HTTPError(503) from error
        if model is None or model["kind"] != "user" or not self.hub.check_scopes(self.hub.access_scopes, model):
            return None
        handler.hub_user = model
        return User(model["name"], name=(model.get("user_info") or {}).get("name") or model["name"])

    def get_user(self, handler: Any) -> Any:
        """See the base: awaited there."""
        return self._user(handler)

    def is_token_authenticated(self, handler: Any) -> bool:
        """Not by the cookie of a browser that came through the Hub's login."""
        return bool(getattr(handler, "_token_authenticated", False))

    def should_check_origin(self, handler: Any) -> bool:
        """See the base."""
        return not self.is_token_authenticated(handler)


class HubIdentity:
    """Who a request comes from: an account of the Hub, with the roles that the Hub gives beside the enrolments."""

    def who(self, handler: Any) -> Person:
        """See `Identity`."""
        model, user = handler.hub_user, handler.current_user
        everywhere = frozenset(role for scope, role in SCOPES.items() if scope in model["scopes"])
        groups = [found for name in model.get("groups") or () if (found := GROUP.fullmatch(name))]
        offerings: dict[str, frozenset[Role]] = {}
        for group in groups:
            offerings[group[1]] = offerings.get(group[1], frozenset()) | {Role(group[2])}
        return Person(user.username, user.name or user.username, everywhere=everywhere, offerings=offerings)


class Front(HubOAuthenticated, web.RequestHandler):  # type: ignore[misc]
    """The service's own page: who comes with a browser logs in through the Hub here."""

    def initialize(self, hub: HubOAuth) -> None:
        """Tornado's hook: given below."""
        self.hub_auth = hub

    def set_default_headers(self) -> None:
        """In nobody's frame."""
        for name, value in {**NO_FRAMES, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}.items():
            self.set_header(name, value)

    @web.authenticated
    def get(self) -> None:
        """Logged in."""
        name = xhtml_escape(self.current_user["name"])
        _ = self.xsrf_token  # the cookie is set
        self.finish(f'<!doctype html><html lang="en"><title>CodeGYM</title><p>CodeGYM knows you as {name}.</p></html>')


class Callback(HubOAuthCallbackHandler):  # type: ignore[misc]
    """Where the Hub sends the browser back to."""

    def initialize(self, hub: HubOAuth) -> None:
        """Tornado's hook: given below."""
        self.hub_auth = hub


def application(backend: Backend, hub: HubOAuth) -> web.Application:
    """Every address below the service's prefix. What is about a student's folder is answered by their own server."""
    prefix = re.escape(hub.base_url)
    theirs = {rf"codegym/api/{path}" for path in FOLDER}
    mounted = [(prefix + path, handler, given) for path, handler, given in routes(backend) if path not in theirs]
    provider = HubProvider(hub)
    return web.Application(
        [
            *mounted,
            (prefix + "oauth_callback", Callback, {"hub": hub}),
            (prefix + "?", Front, {"hub": hub}),
        ],
        base_url=hub.base_url,
        cookie_secret=secrets.token_bytes(32),
        identity_provider=provider,
        authorizer=AllowAllAuthorizer(identity_provider=provider),
        serverapp=None,
        headers=NO_FRAMES,
        allow_remote_access=True,  # the proxy decides who comes here, and every address wants a login
        log_function=lambda handler: None,  # ours are logged by their own line; the others name who asked
    )


def settings_of(config: Path | None) -> Settings:
    """As a file with `c.CodeGym.… = …` and the environment say, but for what no service can have."""
    read = PyFileConfigLoader(config.name, str(config.parent)).load_config() if config else Config()
    told = CodeGym(config=read)
    root = Path(told.data_dir) / "no-folder"  # students' folders are on their servers
    settings = told.settings(root, version("codegym-jlab"))
    return replace(settings, service="", warm_kernels=False, staff_tokens=False, hold_back=True, place="local")


async def serve(settings: Settings) -> None:
    """Until SIGTERM or SIGINT. Raises ValueError where the Hub's variables are not set."""
    address = urlsplit(os.environ.get("JUPYTERHUB_SERVICE_URL", ""))
    if not address.port or "JUPYTERHUB_API_TOKEN" not in os.environ:
        raise ValueError("JUPYTERHUB_SERVICE_URL and JUPYTERHUB_API_TOKEN are not set: start it as a service of a Hub")
    hub = HubOAuth(cache_max_age=KEPT_S)
    backend = Backend(lambda: opened(settings, EventLogger()), HubIdentity(), settings)
    most = 1024 * max(settings.max_body_kb, settings.max_notebook_kb)
    server = HTTPServer(application(backend, hub), max_body_size=2 * most)  # what is over `most` is answered in words
    server.listen(address.port, address.hostname or "")
    log.info("codegym hub listens at %s", address.geturl())
    backend.start()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    try:
        await ended.wait()
    finally:
        server.stop()
        await backend.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(server.close_all_connections(), 5)
        await switch_off()
