"""How fast one person, and one address, may ask the service; who asks faster is told when to come back (429)."""

import asyncio
import math
import random
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Self

from tornado import httputil, web

from ..handlers.base import as_bytes, described

AT_ONCE = 1 / 4  #: of a minute's requests
HELD_S = 1.0  #: on average, until who asks too fast is told so
MOST_KEPT = 10_000  #: people or addresses that are counted
OWN_BITS = 64  #: of an address of version 6, which one customer has to themselves


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
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def wait_s(self, name: str) -> float:
        """0: it is let through, and counted. Else how long to wait; that is not counted."""
        now = self._clock()
        full_at = max(self._full_at.get(name, now), now) + self._each
        if (wait := full_at - now - max(60 * AT_ONCE, self._each)) > 0:
            return wait
        self._full_at[name] = full_at
        self._full_at.move_to_end(name)
        if len(self._full_at) > MOST_KEPT:
            self._full_at.popitem(last=False)
        return 0.0


class Proxies:
    """Addresses whose word is taken for where a request comes from, as `10.0.0.0/8, ::1`. Raises ValueError."""

    def __init__(self, networks: str) -> None:
        self._trusted = [ip_network(one.strip()) for one in networks.split(",") if one.strip()]

    def origin(self, request: httputil.HTTPServerRequest) -> str | None:
        """The nearest address that is no proxy's, of version 6 its network; None: a proxy's machine itself asks.

        What stands further away in X-Forwarded-For may be anybody's invention.
        """
        told = [hop.strip() for line in request.headers.get_list("X-Forwarded-For") for hop in line.split(",")]
        hops = map(_place, [str(request.remote_ip), *reversed(told)])
        return next((_household(hop) for hop in hops if not self._trusts(hop)), None)

    def _trusts(self, hop: IPv4Address | IPv6Address | str) -> bool:
        return not isinstance(hop, str) and any(hop in network for network in self._trusted)


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
