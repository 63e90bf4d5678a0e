"""`codegym hub`: the service of a class on JupyterHub. It has the records, courses, checks and keys.

Students' servers hand on to it what their students do (`hub.forward`). Who asks is the Hub's answer for the token
that came, kept for seconds. A token does a student's work only, whoever owns it, since it lies where notebooks run.
Staff come with a browser: they log in through the Hub, hold no token of this service, and send its XSRF token. The
class's page is shown to them here. Who asks too fast, from one account or one address, is told when to come back (429).
"""

import asyncio
import json
import logging
import math
import os
import random
import re
import secrets
import signal
import socket
import sys
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import version
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Any, Self, cast
from urllib.parse import urlsplit

from jupyter_core.paths import jupyter_path
from jupyter_events import EventLogger
from jupyter_server.auth import AllowAllAuthorizer, IdentityProvider, User
from jupyterhub.services.auth import HubOAuth, HubOAuthCallbackHandler, HubOAuthenticated
from tornado import httputil, web
from tornado.escape import xhtml_escape
from tornado.httpserver import HTTPServer
from tornado.ioloop import PeriodicCallback
from tornado.netutil import bind_sockets
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from ..handlers.base import BODY_S, as_bytes, described
from ..handlers.identity import Person, Role
from ..handlers.lifecycle import LET_GO, Backend, wired
from ..handlers.routes import StreamHandler, routes
from ..records import entries
from ..settings import SCOPES, CodeGym, Settings
from ..telemetry.traces import switch_off
from .forward import FOLDER

ASK_AGAIN_S = 20  #: so often a stream that stays open asks the Hub whether its token still holds
KEPT_S = 5  #: what the Hub said of a token; who is let go there is gone here after that
#: The Hub's group `codegym-OFFERING-grader`: the same in one class.
GROUP = re.compile(r"codegym-(.{1,200})-(grader|instructor)")
#: Of files beside a server, which are a student's or an author's own: a service has none.
NOT_HERE = {
    *FOLDER,
    *(f"authoring/{name}" for name in ("unit", "unit/new", "unit/exercise", "check", "schema", "preview")),
}
IDLE_S = 60.0  #: without a whole head of a request; also between two of them
LEAST = 32_768  #: bytes of an answer that whoever reads it takes in BODY_S
NO_FRAMES = {"Content-Security-Policy": "frame-ancestors 'none'", "X-Frame-Options": "DENY"}
#: Of the page itself: nothing of another site is read, and no script that stands in it is run.
PAGE_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
AT_ONCE = 1 / 4  #: of a minute's requests
ROUNDING_S = 1e-6  #: what sums of times may be off by
HELD_S = 1.0  #: on average, until who asks too fast is told so
MOST_KEPT = 10_000  #: people or addresses that are counted
OWN_BITS = 64  #: of an address of version 6, which one customer has to themselves
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>CodeGYM</title>
<link rel="stylesheet" href="themes/theme-light-extension/index.css" media="(prefers-color-scheme: light)">
<link rel="stylesheet" href="themes/theme-dark-extension/index.css" media="(prefers-color-scheme: dark)">
<link rel="stylesheet" href="staff/staff.css">
<script id="jupyter-config-data" type="application/json">{config}</script>
<script type="module" src="staff/staff.mjs"></script>
</head>
<body data-jp-theme-light="true">
<header><h1>CodeGYM</h1><span>{name}</span><a href="{home}">JupyterHub</a></header>
<main></main>
</body>
</html>
"""

log = logging.getLogger("codegym.hub")


class TooFast(web.HTTPError):
    """429 for so many seconds, which a page waits before it sends the same once more."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(429)
        self.details = {"wait_s": math.ceil(wait_s)}

    async def held(self) -> Self:
        """A while later, which costs nothing: who asks again as soon as they are refused does so once a second."""
        await asyncio.sleep(random.uniform(0.5, 1.5) * HELD_S)
        return self


class Buckets:
    """So many a minute of each name, a quarter of them at once; 0: no limit (a token bucket, kept as one time)."""

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._each = 60 / a_minute if a_minute else 0.0
        self._clock = clock
        self._full_at = OrderedDict[str, float]()

    def wait_s(self, name: str) -> float:
        """0: it is let through, and counted. Else how long to wait; that is not counted."""
        now = self._clock()
        full_at = max(self._full_at.get(name, now), now)
        if (wait := full_at - now - max(60 * AT_ONCE - self._each, 0)) > ROUNDING_S:
            return wait
        self._full_at[name] = full_at + self._each
        self._full_at.move_to_end(name)
        if len(self._full_at) > MOST_KEPT:
            self._full_at.popitem(last=False)
        return 0.0


class Proxies:
    """Addresses whose word is taken for where a request comes from, as `10.0.0.0/8, ::1`. Raises ValueError."""

    def __init__(self, networks: str) -> None:
        self._trusted = list(map(ip_network, entries(networks)))

    def origin(self, request: httputil.HTTPServerRequest) -> str | None:
        """The nearest address that is no proxy's, of version 6 its network; None: a proxy's machine itself asks.

        What stands further away in X-Forwarded-For may be anybody's invention.
        """
        told = [hop.strip() for line in request.headers.get_list("X-Forwarded-For") for hop in line.split(",")]
        hops = map(_place, [str(request.remote_ip), *reversed(told)])
        foreign = (hop for hop in hops if isinstance(hop, str) or not any(hop in one for one in self._trusted))
        return next(map(_household, foreign), None)


def _place(hop: str) -> IPv4Address | IPv6Address | str:
    """An address, of version 4 also where version 6 wraps it; else the words that stand there."""
    try:
        address = ip_address(hop)
    except ValueError:
        return hop[:45]
    return getattr(address, "ipv4_mapped", None) or address


def _household(hop: IPv4Address | IPv6Address | str) -> str:
    """Whoever has one address of version 6 has all of its network, and may ask from each."""
    return str(ip_network((hop, OWN_BITS), strict=False)) if isinstance(hop, IPv6Address) else str(hop)


@web.stream_request_body
class Refused(web.RequestHandler):
    """What an address is answered that asks too fast; the body is not read."""

    def initialize(self, wait_s: float) -> None:
        self._error = TooFast(wait_s)

    async def prepare(self) -> None:
        await self._error.held()
        self.set_status(429)
        self.set_header("Retry-After", str(self._error.details["wait_s"]))
        self.set_header("Connection", "close")
        self.set_header("Content-Type", "application/json")
        self.finish(as_bytes({"error": described(self._error, 429)}))

    def data_received(self, chunk: bytes) -> None:
        """Not kept."""


class Application(web.Application):
    """Every request passes here first, whatever it asks for."""

    def find_handler(self, request: httputil.HTTPServerRequest, **kwargs: Any) -> Any:
        origin = self.settings["proxies"].origin(request)
        if origin is not None and (wait := self.settings["addresses"].wait_s(origin)):
            return self.get_handler_delegate(request, Refused, {"wait_s": wait})
        return super().find_handler(request, **kwargs)


class Login(HubOAuth):  # type: ignore[misc]
    """The Hub's login. JupyterHub's class makes a session of a token in an address, where a header brings one too."""

    def set_cookie(self, handler: Any, access_token: str) -> None:
        """See the base: not for who comes by a token, which lies where notebooks run."""
        if not getattr(handler, "_token_authenticated", False):
            super().set_cookie(handler, access_token)


def _shown(model: Any) -> str:
    """The name of whom the Hub describes so."""
    return str((model.get("user_info") or {}).get("name") or model["name"])


class HubProvider(IdentityProvider):
    """Accounts as the Hub knows them, for Jupyter's handlers."""

    def __init__(self, hub: HubOAuth, people: Buckets) -> None:
        super().__init__()
        self.hub, self._people = hub, people

    async def get_user(self, handler: Any) -> User | None:
        """See the base. Raises 503 where the Hub does not say."""
        try:
            model = await self.hub.get_user(handler, sync=False)
        except web.HTTPError as error:
            log.warning("the Hub does not say who asks: %s", error.log_message)
            raise web.HTTPError(503) from error
        if model is None or model["kind"] != "user" or not self.hub.check_scopes(self.hub.access_scopes, model):
            return None
        if wait := self._people.wait_s(model["name"]):
            raise await TooFast(wait).held()
        handler.hub_user = model
        return User(model["name"], name=_shown(model))

    async def still(self, handler: Any) -> bool:
        """Whether what let this request in would let it in now; so it stays while the Hub is away."""
        del handler._cached_hub_user
        try:
            return await self.get_user(handler) is not None
        except web.HTTPError:
            return True

    def is_token_authenticated(self, handler: Any) -> bool:
        """Not by the cookie of a browser that came through the Hub's login."""
        return bool(getattr(handler, "_token_authenticated", False))


class HubIdentity:
    """Who a request comes from: an account of the Hub, with the roles that the Hub gives beside the enrolments."""

    def who(self, handler: Any) -> Person:
        return self.person(handler.hub_user)

    def person(self, model: Any) -> Person:
        """Whom the Hub describes so."""
        everywhere = frozenset(Role(role) for scope, role in SCOPES.items() if scope in model["scopes"])
        offerings = defaultdict[str, frozenset[Role]](frozenset)
        for name in model.get("groups") or ():
            if group := GROUP.fullmatch(name):
                offerings[group[1]] |= {Role(group[2])}
        return Person(model["name"], _shown(model), everywhere=everywhere, offerings=offerings)


class Stream(StreamHandler):
    """The stream, which ends when its token does."""

    async def go_on(self) -> None:
        while True:
            await asyncio.sleep(ASK_AGAIN_S)
            if not await cast(HubProvider, self.identity_provider).still(self):
                return self.close(LET_GO)


class Front(HubOAuthenticated, web.RequestHandler):  # type: ignore[misc]
    """The service's own page, of its classes for their staff. Who comes with a browser logs in through the Hub here."""

    def initialize(self, hub: HubOAuth) -> None:
        self.hub_auth = hub

    def set_default_headers(self) -> None:
        self.set_header("Content-Security-Policy", PAGE_POLICY)
        self.set_header("X-Frame-Options", "DENY")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")

    @web.authenticated
    def get(self) -> None:
        """Logged in. Whether somebody is staff, the addresses say that the page asks."""
        _ = self.xsrf_token  # the cookie is set
        config = json.dumps({"baseUrl": self.hub_auth.base_url, "appUrl": "/"})
        name, home = xhtml_escape(self.current_user["name"]), xhtml_escape(f"{self.hub_auth.hub_prefix}home")
        self.finish(PAGE.format(config=config.replace("<", "\\u003c"), home=home, name=name))


class Asset(web.StaticFileHandler):
    """Scripts and styles, the same for everybody; asked for anew after every upgrade."""

    def set_extra_headers(self, path: str) -> None:
        self.set_header("Cache-Control", "no-cache")
        self.set_header("X-Content-Type-Options", "nosniff")


class Callback(HubOAuthCallbackHandler):  # type: ignore[misc]
    """Where the Hub sends the browser back to."""

    def initialize(self, hub: HubOAuth) -> None:
        self.hub_auth = hub


def application(backend: Backend, hub: HubOAuth) -> web.Application:
    """Every address below the service's prefix. What is about a student's folder is answered by their own server."""
    prefix = re.escape(hub.base_url)
    theirs = {f"codegym/api/{path}" for path in NOT_HERE}
    mounted = [
        (prefix + path, Stream if handler is StreamHandler else handler, given)
        for path, handler, given in routes(backend)
        if path not in theirs
    ]
    settings = backend.settings
    if settings.lti:
        from . import lti

        known = HubIdentity().person
        mounted += [(prefix + path, handler, given) for path, handler, given in lti.routes(backend, hub, known)]
    provider = HubProvider(hub, Buckets(settings.requests_person))
    return Application(
        [
            *mounted,
            (prefix + "oauth_callback", Callback, {"hub": hub}),
            (prefix + "staff/(.*)", Asset, {"path": frontend()}),
            (prefix + "themes/(.*)", Asset, {"path": f"{sys.prefix}/share/jupyter/lab/themes/@jupyterlab"}),
            (prefix + "?", Front, {"hub": hub}),
        ],
        base_url=hub.base_url,
        cookie_secret=secrets.token_bytes(32),
        identity_provider=provider,
        authorizer=AllowAllAuthorizer(identity_provider=provider),
        serverapp=None,
        headers=NO_FRAMES,
        addresses=Buckets(settings.requests_address),
        proxies=Proxies(settings.proxies),
        allow_remote_access=True,  # the proxy decides who comes here, and every address wants a login
        log_function=lambda handler: None,  # ours are logged by their own line; the others name who asked
    )


def frontend() -> str:
    """The folder of the staff's page: this checkout's, else where the wheel put it."""
    built = [Path(__file__).parents[1] / "labextension"]
    built += [Path(path) / "labextensions/codegym-jlab" for path in jupyter_path()]
    return str(next((path for path in built if (path / "staff").is_dir()), built[0]) / "staff")


def settings_of(config: Path | None) -> Settings:
    """As a file with `c.CodeGym.… = …` and the environment say, but for what no service can have."""
    read = PyFileConfigLoader(config.name, str(config.parent)).load_config() if config else Config()
    told = CodeGym(config=read)
    # students' folders are on their servers
    settings = told.settings(Path(told.data_dir) / "no-folder", version("codegym-jlab"))
    return replace(settings, service="", warm_kernels=False, staff_tokens=False, hold_back=True, place="class")


class SlowReaders:
    """Who takes less than LEAST bytes of an answer between two looks loses the connection."""

    def __init__(self, server: HTTPServer) -> None:
        self._server, self._taken = server, dict[Any, int]()

    def look(self) -> None:
        """Of those only who have not taken all of it."""
        before, streams = self._taken, [one.stream for one in self._server._connections]
        self._taken = {one: one._total_write_done_index for one in streams if one.writing()}
        for stream, taken in self._taken.items():
            if taken - before.get(stream, -LEAST) < LEAST:
                stream.close()


async def serve(settings: Settings) -> None:
    """Until SIGTERM or SIGINT. Raises ValueError where the Hub's variables are not set."""
    address = urlsplit(os.environ.get("JUPYTERHUB_SERVICE_URL", ""))
    if not address.port or "JUPYTERHUB_API_TOKEN" not in os.environ:
        raise ValueError("JUPYTERHUB_SERVICE_URL and JUPYTERHUB_API_TOKEN are not set: start it as a service of a Hub")
    hub = Login(cache_max_age=KEPT_S)
    backend = Backend(lambda: wired(settings, EventLogger()), HubIdentity(), settings)
    most = 1024 * max(settings.max_body_kb, settings.max_notebook_kb)
    # what is over `most` is answered in words; who sends slowly, or nothing, or reads slowly, is cut off
    app = application(backend, hub)
    server = HTTPServer(app, max_body_size=2 * most, idle_connection_timeout=IDLE_S, body_timeout=BODY_S)
    sockets = bind_sockets(address.port, address.hostname or "")
    for one in sockets:  # a large buffer would hide how much is taken
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * LEAST)
    server.add_sockets(sockets)
    log.info("codegym hub listens at %s", address.geturl())
    backend.start()
    slow = PeriodicCallback(SlowReaders(server).look, 1000 * BODY_S)
    slow.start()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    try:
        await ended.wait()
    finally:
        slow.stop()
        server.stop()
        await backend.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(server.close_all_connections(), 5)
        await switch_off()
