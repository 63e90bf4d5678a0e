"""What the class's service mounts beside the API's addresses, what a student's server mounts, and what each of it
answers to whom.

`acceptance.safety` asks for all of it in everybody's name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from server.test_denials import NOTEBOOK

from codegym_jlab.handlers.base import NAME, ROUTES
from codegym_jlab.handlers.lifecycle import Backend, NotReady
from codegym_jlab.hub.forward import forwarding_routes
from codegym_jlab.hub.service import HubIdentity, Login, application
from codegym_jlab.settings import CodeGym

PREFIX = "/services/codegym/"
#: Who shows the token of the settings that is for it.
PROMETHEUS = "no person but Prometheus"
SERVICE = "no person but a service"
NO_XSRF, HERS_NO_XSRF = "prof without XSRF", "ana without XSRF"
OF_THE_SITE = dict.fromkeys(("ada", "tess", "gil"), 200)
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": f"{'A' * 22}==",
}
ASSISTANT = {"Accept": "application/json, text/event-stream"}
BEGUN = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "0"}},
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Row:
    """One method of an address. `stranger`: its status for whom the Hub does not let in here; `person`: for others."""

    method: str
    path: str
    stranger: int
    person: int
    but: Mapping[str, int] = field(default_factory=dict)  #: for some of both
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None  #: JSON, or a form


#: By the pattern below the service's prefix.
BESIDE = {
    "codegym/api/stream": [Row("GET", "codegym/api/stream", 403, 101, headers=UPGRADE)],
    "codegym/api(?:/(.*))?": [
        Row("GET", "codegym/api", 403, 404),
        Row("GET", "codegym/api/work", 403, 404),
        Row("POST", "codegym/api/courses/demo/units/one/open", 403, 404, {NO_XSRF: 403}, body={}),
    ],
    "codegym/metrics": [Row("GET", "codegym/metrics", 403, 403, {**OF_THE_SITE, PROMETHEUS: 200})],
    "codegym/mcp": [
        Row("POST", "codegym/mcp", 403, 200, {NO_XSRF: 403}, ASSISTANT, BEGUN),
        Row("GET", "codegym/mcp", 403, 405, headers=ASSISTANT),
    ],
    "lti/launch": [  # nothing is believed of who asks
        Row("POST", "lti/launch", 400, 400, headers=FORM, body=""),
        Row("POST", "lti/launch", 401, 401, headers=FORM, body="id_token=x.y.z&host=x"),
    ],
    "lti/jwks": [Row("GET", "lti/jwks", 200, 200)],
    "lti/open": [Row("GET", "lti/open?launch=x", 302, 403, {SERVICE: 403})],
    "lti/pick": [Row("POST", "lti/pick", 403, 403, headers=FORM, body="launch=x")],
    "oauth_callback": [Row("GET", "oauth_callback", 400, 400), Row("GET", "oauth_callback?code=x&state=y", 403, 302)],
    "staff/(.*)": [
        Row("GET", "staff/staff.css", 200, 200),
        Row("GET", "staff/", 403, 403),
        Row("GET", "staff/..%2fpackage.json", 403, 403),
    ],
    "themes/(.*)": [
        Row("GET", "themes/theme-light-extension/index.css", 200, 200),
        Row("GET", "themes/..%2f..%2f..%2fetc/passwd", 403, 403),
    ],
    "?": [Row("GET", "", 302, 200, {SERVICE: 403})],
}

#: What a student's own server mounts, below `codegym/api/`. `person`: its owner; `stranger`: everybody else.
ON_OWN_SERVER = {
    f"courses/{NAME}/units/{NAME}/open": [
        Row("POST", "courses/demo/units/one/open", 403, 200, {HERS_NO_XSRF: 403}, body={})
    ],
    "work": [Row("GET", "work", 403, 200)],
    f"courses/{NAME}": [Row("GET", "courses/demo", 403, 200)],
    "(.*)": [
        Row("GET", "courses", 403, 200),
        Row("POST", "notebooks/repair", 403, 200, {HERS_NO_XSRF: 403}, body={"notebook": NOTEBOOK}),
        Row("DELETE", "courses/demo/exercises/add/conversation", 403, 204, {HERS_NO_XSRF: 403}),
        Row("GET", "classes", 403, 403),
    ],
    "stream": [Row("GET", "stream", 403, 101, headers=UPGRADE)],  # the last: the Hub's proxy ends the connection then
}


def mounted() -> set[str]:
    """Patterns of the application itself, with all that settings can add to it."""
    settings = replace(CodeGym().settings(Path("nowhere"), "0"), lti={"issuer": "x"})
    hub = Login(api_token="x", base_url=PREFIX, oauth_client_id="service-codegym")
    made = application(Backend(asyncio.Future, HubIdentity(), settings), hub)
    patterns = [rule.matcher.regex.pattern for rule in made.wildcard_router.rules]  # type: ignore[attr-defined]
    assert all(pattern.startswith(PREFIX) for pattern in patterns)
    return {pattern.removeprefix(PREFIX).removesuffix("$") for pattern in patterns}


def test_the_table_is_whole() -> None:
    assert mounted() - {f"codegym/api/{pattern}" for pattern in ROUTES} == set(BESIDE)


def test_the_table_of_a_students_server_is_whole() -> None:
    outpost: Any = None
    assert {pattern.removeprefix("codegym/api/") for pattern, *_ in forwarding_routes(outpost)} == set(ON_OWN_SERVER)


@pytest.mark.anyio
async def test_a_server_that_stops_does_not_say_that_it_could_not_start(tmp_path: Path) -> None:
    backend = Backend(asyncio.Future, HubIdentity(), CodeGym().settings(tmp_path, "0"))
    await backend.close()
    with pytest.raises(NotReady, match="stopping"):
        await backend.services()
