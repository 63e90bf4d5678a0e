"""A session at the service comes from the Hub's login and never from a token, which lies where notebooks run."""

from __future__ import annotations

from typing import Any

import pytest
from tornado import web
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from codegym_jlab.hub.service import Front, Login

pytestmark = pytest.mark.anyio
SCOPE = "access:services!service=codegym"


class Known(Login):  # type: ignore[misc]
    """The Hub knows who asks, by the token."""

    def get_user(self, handler: Any, *, sync: bool = True) -> Any:
        handler._token_authenticated = True
        return {"kind": "user", "name": "prof", "groups": [], "scopes": [SCOPE]}


async def test_a_token_in_the_address_becomes_no_session() -> None:
    hub = Known(api_token="x", base_url="/services/codegym/", oauth_client_id="service-codegym")
    hub.access_scopes = {SCOPE}
    server = HTTPServer(web.Application([("/services/codegym/", Front, {"hub": hub})], cookie_secret="c" * 32))
    listener, port = bind_unused_port()
    server.add_sockets([listener])
    client = AsyncHTTPClient(force_instance=True)
    try:
        url = f"http://127.0.0.1:{port}/services/codegym/?token=of-a-server"
        headers = {"Authorization": "token of-a-server", "Connection": "close"}
        answer = await client.fetch(HTTPRequest(url, headers=headers))
    finally:
        client.close()
        server.stop()
        await server.close_all_connections()
    given = [cookie.partition("=")[0] for cookie in answer.headers.get_list("Set-Cookie")]
    assert b"prof" in answer.body and hub.cookie_name not in given
