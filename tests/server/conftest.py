"""A real Jupyter server with the extension on it, over a small course that holds sentinels where secrets are."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_jupyter.jupyter_server import *  # noqa: F403  fixtures, and the hook that runs async tests
from pytest_jupyter.pytest_tornasync import AsyncHTTPServerClient
from server.description import check_response
from tornado.httpclient import HTTPResponse

COURSES = Path(__file__).parent / "courses"
Call = Callable[..., Awaitable[HTTPResponse]]


class Patient(AsyncHTTPServerClient):  # type: ignore[misc]
    """Tornado by itself gives up after 20 seconds."""

    def fetch(self, path: str, **options: Any) -> Any:
        return super().fetch(path, **{"connect_timeout": 120.0, "request_timeout": 120.0, **options})


@pytest.fixture
def http_server_client(http_server: Any, jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[Patient]:
    """As Jupyter's own, but as patient as a busy machine needs."""

    async def made() -> Patient:
        return Patient(http_server=http_server)

    client = jp_asyncio_loop.run_until_complete(made())
    yield client
    client.close()


@pytest.fixture
def courses_dir(tmp_path: Path) -> Path:
    """A copy of the test courses, free to be changed."""
    return Path(shutil.copytree(COURSES, tmp_path / "courses"))


@pytest.fixture
def settings() -> dict[str, Any]:
    """More settings of CodeGym; a test module overrides this."""
    return {}


@pytest.fixture
def identity_class() -> str:
    """Who a request comes from; a test module overrides this."""
    return "codegym_jlab.handlers.identity.JupyterIdentity"


@pytest.fixture
def jp_server_config(
    tmp_path: Path, courses_dir: Path, settings: dict[str, Any], identity_class: str
) -> dict[str, Any]:
    """The extension on, its records and courses in the test's own folders."""
    return {
        "ServerApp": {"jpserver_extensions": {"codegym_jlab": True, "jupyter_server_terminals": False}},
        "CodeGym": {
            "courses_dir": str(courses_dir),
            "data_dir": str(tmp_path / "records"),
            "warm_kernels": False,
            **settings,
        },
        "CodeGymApp": {"identity_class": identity_class},
    }


@pytest.fixture
def call(jp_fetch: Call) -> Call:
    """`await call("POST", "drafts", {...})`: the response whatever its status, checked against the description."""

    async def fetch(method: str, path: str, body: Any = None, **options: Any) -> HTTPResponse:
        headers = dict(options.pop("headers", {}))
        options.setdefault("request_timeout", 120)
        if method in ("POST", "PUT", "PATCH"):
            headers.setdefault("Content-Type", "application/json")
            if "body_producer" not in options:
                options["body"] = body if isinstance(body, (str, bytes)) else json.dumps({} if body is None else body)
        response = await jp_fetch("codegym/api", path, method=method, headers=headers, raise_error=False, **options)
        check_response(method, path, response)
        return response

    return fetch


@pytest.fixture
def cookie(jp_asyncio_loop: Any, jp_serverapp: Any, http_server_client: Any, jp_base_url: str) -> str:
    """What a browser sends after it has shown the token once: the login cookie and the XSRF cookie."""
    token = jp_serverapp.identity_provider.token

    async def log_in() -> list[str]:
        cookies = []
        for url in (f"{jp_base_url}login?token={token}", f"{jp_base_url}login"):
            response = await http_server_client.fetch(url, follow_redirects=False, raise_error=False)
            cookies += response.headers.get_list("Set-Cookie")
        return cookies

    cookies = jp_asyncio_loop.run_until_complete(log_in())
    return "; ".join(cookie.partition(";")[0] for cookie in cookies)


@pytest.fixture
def session(cookie: str) -> dict[str, str]:
    """The headers of a browser that is logged in: no token, and the XSRF token that its page holds."""
    xsrf = next(part.partition("=")[2] for part in cookie.split("; ") if part.startswith("_xsrf="))
    return {"Authorization": "", "Cookie": cookie, "X-XSRFToken": xsrf}


def answer(response: HTTPResponse) -> Any:
    """The JSON of a response."""
    return json.loads(response.body)


def word(response: HTTPResponse) -> str:
    """The error's word."""
    return str(answer(response)["error"]["code"])
