"""A learning platform by LTI 1.3 for tests: small, real HTTP, and its own reading of the specification.

Courses have members; a link is clicked with `launch`, scores come to `columns`. `stop` and `start` take it off the net.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from processes import PATIENCE_S
from tornado import web
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop

LTI, DL = "https://purl.imsglobal.org/spec/lti/claim/", "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS, NRPS = "https://purl.imsglobal.org/spec/lti-ags", "https://purl.imsglobal.org/spec/lti-nrps"
ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
CLIENT, DEPLOYMENT = "codegym-tool", "deployment-1"
Spoil = Callable[[dict[str, Any]], None]


def lti_settings(port: int) -> dict[str, Any]:
    """As an administrator copies them to the tool."""
    url = f"http://127.0.0.1:{port}"
    told = {"authorize_url": f"{url}/authorize", "jwks_url": f"{url}/jwks", "token_url": f"{url}/token"}
    return {**told, "issuer": url, "client_id": CLIENT, "deployments": [DEPLOYMENT], "username_key": "email"}


def called(account: str) -> dict[str, str]:
    """The name of a person, in parts."""
    return {"given_name": account.title(), "family_name": "Member"}


@dataclass
class Column:
    """A line item, and each score as it came."""

    about: dict[str, Any]
    scores: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Platform:
    """One course with its members: user id → (account, role)."""

    port: int
    tool: str  #: the service's address, as browsers know it
    hub: str
    members: dict[str, tuple[str, str]]
    columns: list[Column] = field(default_factory=list)
    returned: list[dict[str, Any]] = field(default_factory=list)  #: of deep linking
    asked: list[str] = field(default_factory=list)
    spoil: Spoil | None = None
    sign_with: Any = None
    changed: threading.Condition = field(default_factory=threading.Condition)
    _server: HTTPServer | None = None

    def __post_init__(self) -> None:
        self.url = f"http://127.0.0.1:{self.port}"
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._hints: dict[str, dict[str, Any]] = {}
        self._tokens: set[str] = set()
        self.start()

    def start(self) -> None:
        """Take requests."""
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()

    async def _start(self) -> None:
        self._server = HTTPServer(web.Application([("/(.*)", Answer, {"platform": self})]))
        self._server.listen(self.port, "127.0.0.1")

    def stop(self) -> None:
        """Nobody listens any more."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()

    async def _stop(self) -> None:
        assert self._server is not None
        self._server.stop()
        await self._server.close_all_connections()

    def close(self) -> None:
        """The last call."""
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # -- a person's browser ----------------------------------------------------------------------------

    def link(self, user: str, target: str, pick: bool = False) -> str:
        """Where a click leads first."""
        hint = uuid.uuid4().hex
        self._hints[hint] = {"target": target, "pick": pick}
        start = {"iss": self.url, "login_hint": user, "target_link_uri": target, "lti_message_hint": hint}
        return f"{self.hub}/hub/lti13/oauth_login?{urlencode(start | {'client_id': CLIENT})}"

    def form(self, http: httpx.Client, user: str, target: str, pick: bool = False) -> dict[str, str]:
        """Up to the form that the platform's page sends by itself."""
        answer = http.get(self.link(user, target, pick))
        assert answer.url.path == "/authorize", (answer.status_code, answer.text[-2000:])
        return dict(answer.json())

    def launch(self, http: httpx.Client, user: str, target: str, pick: bool = False) -> httpx.Response:
        """A click on a link."""
        return self.send(http, self.form(http, user, target, pick))

    def send(self, http: httpx.Client, form: dict[str, str]) -> httpx.Response:
        """As the platform's page does."""
        return http.post(form["redirect_uri"], data={name: form[name] for name in ("id_token", "state")})

    # -- what it says ----------------------------------------------------------------------------------

    def launched(self, asked: dict[str, str]) -> dict[str, str]:
        """The form of the authentication response."""
        hint, user = self._hints[asked["lti_message_hint"]], asked["login_hint"]
        account, role = self.members[user]
        now = int(time.time())
        scopes = [f"{AGS}/scope/lineitem", f"{AGS}/scope/score"]
        claims: dict[str, Any] = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": user,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            f"{LTI}version": "1.3.0",
            f"{LTI}deployment_id": DEPLOYMENT,
            f"{LTI}target_link_uri": hint["target"],
            f"{LTI}message_type": "LtiDeepLinkingRequest" if hint["pick"] else "LtiResourceLinkRequest",
            f"{LTI}roles": [ROLE + role],
            f"{LTI}context": {"id": "course-7", "label": "py"},
            "email": account,
            **called(account),
            f"{AGS}/claim/endpoint": {"scope": scopes, "lineitems": f"{self.url}/items?type=1"},
            f"{NRPS}/claim/namesroleservice": {
                "context_memberships_url": f"{self.url}/members",
                "service_versions": ["2.0"],
            },
        }
        if hint["pick"]:
            settings = {"deep_link_return_url": f"{self.url}/return", "data": "opaque", "accept_multiple": True}
            types = {"accept_types": ["ltiResourceLink"], "accept_presentation_document_targets": ["window"]}
            claims[f"{DL}deep_linking_settings"] = settings | types
        else:
            claims[f"{LTI}resource_link"] = {"id": "link-1"}
        if self.spoil is not None:
            self.spoil(claims)
        token = jwt.encode(claims, self.sign_with or self.key, "RS256", {"kid": "platform"})
        return {"id_token": token, "state": asked["state"], "redirect_uri": asked["redirect_uri"]}

    def by_tool(self, token: str, audience: str) -> dict[str, Any]:
        """What the tool signed, by the key that it publishes."""
        key = jwt.PyJWKClient(f"{self.tool}lti/jwks").get_signing_key_from_jwt(token)
        claims: dict[str, Any] = jwt.decode(token, key.key, ["RS256"], audience=audience, issuer=CLIENT)
        return claims

    def grant(self, form: dict[str, str]) -> dict[str, Any]:
        """A token for a claim that the tool signed."""
        claim = self.by_tool(form["client_assertion"], f"{self.url}/token")
        assert claim["sub"] == CLIENT and form["grant_type"] == "client_credentials"
        self._tokens.add(token := uuid.uuid4().hex)
        return {"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": form["scope"]}

    def add(self, line_item: dict[str, Any]) -> dict[str, Any]:
        """A column of the course."""
        self.columns.append(Column({**line_item, "id": f"{self.url}/items/{len(self.columns)}?type=1"}))
        return self.columns[-1].about

    def wait_for(self, seen: Callable[[], bool]) -> bool:
        """Until this is so, looked at as requests come."""
        with self.changed:
            return self.changed.wait_for(seen, PATIENCE_S)

    def knows(self, header: str) -> bool:
        """Whether this was granted."""
        return header.removeprefix("Bearer ") in self._tokens


class Answer(web.RequestHandler):
    """Every address of the platform."""

    def initialize(self, platform: Platform) -> None:
        self.platform = platform

    def prepare(self) -> None:
        self.platform.asked.append(f"{self.request.method} {self.request.path}")

    def on_finish(self) -> None:
        with self.platform.changed:
            self.platform.changed.notify_all()

    def ours(self) -> None:
        if not self.platform.knows(self.request.headers.get("Authorization", "")):
            raise web.HTTPError(401)

    def told(self, value: Any) -> None:
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(value))

    def sent_on(self, form: dict[str, str]) -> None:
        fields = "".join(f"<input type=hidden name={name} value='{form[name]}'>" for name in ("id_token", "state"))
        page = f"<form method=post action='{form['redirect_uri']}'>{fields}</form>"
        self.finish(f"<!doctype html>{page}<script>document.forms[0].submit()</script>")

    def get(self, path: str) -> None:
        query = {name: values[0] for name, values in parse_qs(self.request.query).items()}
        platform = self.platform
        if path == "authorize":
            form = platform.launched(query)
            if "text/html" in self.request.headers.get("Accept", ""):  # a browser, which sends it by itself
                return self.sent_on(form)
            return self.told(form)
        if path == "jwks":
            key = jwt.algorithms.RSAAlgorithm.to_jwk(platform.key.public_key(), as_dict=True)
            return self.told({"keys": [{**key, "kid": "platform", "alg": "RS256", "use": "sig"}]})
        self.ours()
        if path == "items":
            assert query["type"] == "1"
            found = [
                one.about for one in platform.columns if query.get("resource_id") in (None, one.about["resourceId"])
            ]
            return self.told(found)
        assert path == "members"
        people = list(platform.members.items())
        here, rest = (people[1:], []) if "page" in query else (people[:1], people[1:])
        if rest:  # in pages
            self.set_header("Link", f'<{platform.url}/members?page=2>; rel="next"')
        shown = [
            {"user_id": user, "roles": [ROLE + role], "status": "Active", "email": account, **called(account)}
            for user, (account, role) in here
        ]
        self.told({"id": "x", "context": {"id": "course-7"}, "members": shown})

    async def post(self, path: str) -> None:
        platform = self.platform
        if path == "token":
            form = {name: values[0].decode() for name, values in self.request.body_arguments.items()}
            return self.told(await IOLoop.current().run_in_executor(None, platform.grant, form))
        if path == "return":
            token = self.get_body_argument("JWT")
            read = IOLoop.current().run_in_executor(None, platform.by_tool, token, platform.url)
            platform.returned.append(claims := await read)
            for link in claims[f"{DL}content_items"]:
                if "lineItem" in link:
                    platform.add(link["lineItem"])
            return self.told({})
        self.ours()
        body = json.loads(self.request.body)
        if path == "items":
            self.set_status(201)
            return self.told(platform.add(body))
        name, _, what = path.removeprefix("items/").partition("/")
        assert what == "scores" and urlsplit(self.request.uri or "").query == "type=1"
        scores = platform.columns[int(name)].scores
        if any(one["userId"] == body["userId"] and one["timestamp"] >= body["timestamp"] for one in scores):
            raise web.HTTPError(409)  # §3.4.9: not newer
        scores.append(body)
        self.set_status(204)
