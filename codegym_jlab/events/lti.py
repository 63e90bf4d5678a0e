"""A learning platform by LTI 1.3: our key, what it says of its members, and the sink that sends scores back.

https://www.imsglobal.org/spec/lti/v1p3, /spec/lti-ags/v2p0 (scores) and /spec/lti-nrps/v2p0 (members).
Importing this imports jwt (the extra `lti`).
"""

import asyncio
import base64
import hashlib
import json
import secrets
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from httpx import AsyncClient, HTTPError, InvalidURL, Response

from ..records import USER_PROGRESS_UPDATED, Event, Json, frozen, resource_id
from .relay import EventRefused, Learner, SinkUnavailable

AGS, NRPS = "https://purl.imsglobal.org/spec/lti-ags/scope", "https://purl.imsglobal.org/spec/lti-nrps/scope"
SCOPES = f"{AGS}/lineitem {AGS}/score {NRPS}/contextmembership.readonly"
_LINE_ITEM, _LINE_ITEMS = (f"application/vnd.ims.lis.v2.{name}+json" for name in ("lineitem", "lineitemcontainer"))
_SCORE = "application/vnd.ims.lis.v1.score+json"
_MEMBERS = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
TIMEOUT_S = 10.0
PAGES = 1000  #: a platform whose lists never end is not read on
KEYS_S = 300.0  #: the platform's keys hold for so long
KEYS_AGAIN_S = 10.0  #: and are asked for anew no sooner, whatever a launch says that it is signed with


@frozen
class Platform:
    """What the administrator was told when this tool was registered there."""

    issuer: str
    client_id: str
    deployments: Sequence[str]  #: others' launches are refused
    authorize_url: str
    jwks_url: str
    token_url: str
    username_key: str = "email"  #: the claim that is the Hub's account; `sub`; or `custom_NAME`
    key_file: str = ""  #: PEM; empty: `lti.pem` beside the records, made at the first start
    token_audience: str = ""  #: where a platform wants another than its token's address


def new_key() -> bytes:
    """A private key, PEM."""
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)


class Tool:
    """CodeGYM as its platform knows it: signs, and asks with a token that is kept until shortly before its end."""

    def __init__(self, platform: Platform, key: bytes) -> None:
        """Raises ValueError where the key is none."""
        self.platform = platform
        private = serialization.load_pem_private_key(key, None)
        if not isinstance(private, rsa.RSAPrivateKey):
            raise ValueError("the key of LTI is an RSA key, PEM")
        self._private, self._public = private, private.public_key()
        told = jwt.algorithms.RSAAlgorithm.to_jwk(self._public, as_dict=True)
        thumb = json.dumps({name: told[name] for name in ("e", "kty", "n")}, separators=(",", ":"))  # RFC 7638
        self._kid = base64.urlsafe_b64encode(hashlib.sha256(thumb.encode()).digest()).rstrip(b"=").decode()
        self.jwks = {"keys": [{**told, "kid": self._kid, "alg": "RS256", "use": "sig"}]}
        self._token, self._until = "", 0.0
        self._asking = asyncio.Lock()
        self._theirs: dict[str, jwt.PyJWK] = {}
        self._read_at = -KEYS_S
        self._reading = asyncio.Lock()

    @cached_property
    def _client(self) -> AsyncClient:
        return AsyncClient(timeout=TIMEOUT_S)

    def sign(self, claims: Mapping[str, Any], seconds: int = 300) -> str:
        """A JWT that holds for so long."""
        now = int(time.time())
        return jwt.encode({"iat": now, "exp": now + seconds, **claims}, self._private, "RS256", {"kid": self._kid})

    def own(self, token: str, audience: str) -> Json:
        """What we signed for this. Raises jwt.PyJWTError."""
        claims: Json = jwt.decode(token, self._public, ["RS256"], audience=audience)
        return claims

    async def launched(self, token: str) -> Json:
        """What the platform signed for us. Raises jwt.PyJWTError; SinkUnavailable: it does not tell its keys."""
        kid = jwt.get_unverified_header(token).get("kid", "")
        async with self._reading:
            age = time.monotonic() - self._read_at
            if age > KEYS_S or (kid not in self._theirs and age > KEYS_AGAIN_S):
                self._read_at = time.monotonic()
                answer = await self._send("GET", self.platform.jwks_url)
                try:
                    self._theirs = {str(key.key_id): key for key in jwt.PyJWKSet.from_dict(answer.json()).keys}
                except (ValueError, AttributeError, jwt.PyJWTError) as error:
                    raise SinkUnavailable(f"{self.platform.jwks_url} gives no keys") from error
        if kid not in self._theirs:
            raise jwt.InvalidKeyError("it is signed by no key of the platform")
        us, them = self.platform.client_id, self.platform.issuer
        claims: Json = jwt.decode(token, self._theirs[kid].key, ["RS256"], audience=us, issuer=them)
        return claims

    async def ask(self, method: str, url: str, media: str, body: Any = None) -> Response:
        """With our token. Raises SinkUnavailable, EventRefused."""
        headers = {"Authorization": f"Bearer {await self._bearer()}", "Accept": media}
        headers |= {} if body is None else {"Content-Type": media}
        answer = await self._send(method, url, headers=headers, content=None if body is None else json.dumps(body))
        if answer.status_code == 401:
            self._until = 0.0
        if answer.status_code in (401, 408, 425, 429) or answer.status_code >= 500:
            raise SinkUnavailable(f"{urlsplit(url).netloc}: HTTP {answer.status_code}")
        if answer.status_code not in (200, 201, 202, 204, 409):
            raise EventRefused(f"{urlsplit(url).netloc}: HTTP {answer.status_code}")
        return answer

    async def _bearer(self) -> str:
        """RFC 7523: a claim that we signed for a token. Raises SinkUnavailable."""
        async with self._asking:
            if time.monotonic() < self._until:
                return self._token
            platform = self.platform
            to = platform.token_audience or platform.token_url
            claim = {"iss": platform.client_id, "sub": platform.client_id, "aud": to, "jti": secrets.token_hex(16)}
            form = {
                "grant_type": "client_credentials",
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": self.sign(claim),
                "scope": SCOPES,
            }
            answer = await self._send("POST", platform.token_url, data=form)
            try:
                told = answer.json()
                self._token = str(told["access_token"])
                self._until = time.monotonic() + float(told.get("expires_in", 3600)) - 60
            except (ValueError, KeyError, TypeError) as error:
                raise SinkUnavailable(f"{platform.token_url} gives no token: HTTP {answer.status_code}") from error
            return self._token

    async def _send(self, method: str, url: str, **request: Any) -> Response:
        try:
            return await self._client.request(method, url, **request)
        except (HTTPError, InvalidURL) as error:
            raise SinkUnavailable(f"{urlsplit(url).netloc}: {type(error).__name__} {error}".rstrip()) from error

    async def close(self) -> None:
        if client := vars(self).pop("_client", None):  # the next use makes another
            await client.aclose()

    async def _pages(self, url: str, media: str) -> AsyncIterator[Any]:
        """A list of theirs, page by page. Raises as `ask` does."""
        for _ in range(PAGES):
            answer = await self.ask("GET", url, media)
            yield answer.json()
            if not (url := answer.links.get("next", {}).get("url", "")):
                break

    async def members(self, url: str) -> list[Json]:
        """Who is in a course there. Raises SinkUnavailable, EventRefused."""
        return [member async for page in self._pages(url, _MEMBERS) for member in page.get("members", ())]

    async def line_item(self, items: str, resource: str) -> str:
        """The address of the column that is ours for this; empty where there is none. Raises as `ask` does."""
        async for page in self._pages(_with(items, resource_id=resource), _LINE_ITEMS):
            for one in page:
                if one.get("resourceId") == resource:
                    return str(one["id"])
        return ""

    async def make_line_item(self, items: str, line_item: Mapping[str, Any]) -> None:
        """Unless it is there. Raises as `ask` does."""
        if not await self.line_item(items, str(line_item["resourceId"])):
            await self.ask("POST", items, _LINE_ITEM, line_item)

    async def score(self, item: str, score: Mapping[str, Any]) -> None:
        """Also where the platform has a newer one (409). Raises as `ask` does."""
        parts = urlsplit(item)
        await self.ask("POST", urlunsplit(parts._replace(path=f"{parts.path}/scores")), _SCORE, score)


def _with(url: str, **query: str) -> str:
    """An address may have a query already (Moodle's have)."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode([*parse_qsl(parts.query), *query.items()])))


class Learners(Protocol):
    """What the sink needs of the records."""

    async def lti_learners(self, offering: str, owner: str) -> Sequence[Learner]:
        """A person; each member, where the owner is a team."""


class Grades:
    """A sink: the newest line of a person and an exercise becomes a score, where the exercise has a column there.

    The score's time is the event's, so the same event sent again changes nothing there.
    """

    name = "lti"
    at_once = 8

    def __init__(self, tool: Tool, learners: Learners) -> None:
        self.tool, self.learners = tool, learners
        self._columns: dict[tuple[str, str], str] = {}  #: by course's columns and resource
        self._looking = defaultdict[tuple[str, str], asyncio.Lock](asyncio.Lock)

    async def send(self, event: Event) -> None:
        if event.type != USER_PROGRESS_UPDATED or not (score := score_of(event)):
            return
        resource = resource_id(event.offering, event.data["exercise"])
        for learner in await self.learners.lti_learners(event.offering, event.key):
            if learner.items and (item := await self._column(learner.items, resource)):
                try:
                    await self.tool.score(item, {"userId": learner.user, **score})
                except EventRefused:
                    self._columns.pop((learner.items, resource), None)  # it may have been taken away, and made anew
                    raise

    async def _column(self, items: str, resource: str) -> str:
        key = items, resource
        async with self._looking[key]:
            if key not in self._columns and (found := await self.tool.line_item(items, resource)):
                self._columns[key] = found
        return self._columns.get(key, "")

    async def close(self) -> None:
        await self.tool.close()


def score_of(event: Event) -> Json | None:
    """§3.4, without the user; None where nothing was handed in, or nothing can be got."""
    line = event.data
    if line["submitted_at"] is None or line["max_score"] <= 0:
        return None
    at = event.time.isoformat(timespec="microseconds").replace("+00:00", "Z")
    if line["status"] == "awaiting_review":
        return {"timestamp": at, "activityProgress": "Submitted", "gradingProgress": "PendingManual"}
    return {
        "timestamp": at,
        "activityProgress": "Completed" if line["solved"] else "Submitted",
        "gradingProgress": "FullyGraded",
        "scoreGiven": line["counting"]["score"] if line["counting"] else 0.0,
        "scoreMaximum": line["max_score"],
    }
