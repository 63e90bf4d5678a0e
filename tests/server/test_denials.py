"""Every address × every reason to be turned away, in one table."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from jupyter_server.auth import Authorizer
from server.conftest import Call, answer, word
from tornado.httpclient import HTTPClientError, HTTPRequest, HTTPResponse
from tornado.websocket import websocket_connect

from codegym_jlab.handlers import routes

ID = "0" * 32
NOTEBOOK: dict[str, Any] = {
    "cells": [],
    "metadata": {"codegym": {"schema": 1, "course": "demo", "unit": "one", "version": "0"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}
SUBMISSION = {"course": "demo", "exercise": "add", "kind": "try", "source": "", "idempotency_key": "k"}


@dataclass(frozen=True)
class Route:
    """One method of one address. `stranger`: the status for who is logged in and in no course."""

    method: str
    path: str
    stranger: int
    body: Any = None
    open: bool = False  #: to anyone: probes have no token


ROUTES = [
    Route("GET", "courses", 200),
    Route("GET", "courses/demo", 403),
    Route("POST", "courses/demo/units/one/open", 403, {}),
    Route("POST", "courses/demo/units/one/notebook", 403, {"notebook": None}),
    Route("GET", "courses/demo/units/one/file", 403),
    Route("GET", "courses/demo/exercises/add/hints", 403),
    Route("POST", "courses/demo/exercises/add/hints", 403, {}),
    Route("GET", "courses/demo/exercises/add/starter", 403),
    Route("GET", "courses/demo/exercises/add/picture", 403),
    Route("GET", "courses/demo/exercises/add/given", 403),
    Route("POST", "notebooks/repair", 403, {"notebook": NOTEBOOK}),
    Route("POST", "submissions", 403, SUBMISSION),
    Route("GET", f"submissions/{ID}", 404),
    Route("GET", f"submissions/{ID}/receipt", 404),
    Route("GET", f"submissions/{ID}/diagnosis", 404),
    Route("GET", "receipts/key", 200),
    Route("GET", f"submissions/{ID}/staff", 404),
    Route("POST", f"submissions/{ID}/cancel", 404, {}),
    Route("POST", "submissions/cancel", 403, {"course": "demo", "idempotency_key": "k"}),
    Route("POST", "drafts", 403, {"course": "demo", "unit": "one", "notebook": NOTEBOOK}),
    Route("POST", "example", 403, {}),
    Route("GET", "authoring/unit", 403),
    Route("POST", "authoring/unit", 403, {"path": "one.yaml", "notebook": NOTEBOOK}),
    Route("POST", "authoring/unit/new", 403, {}),
    Route("POST", "authoring/unit/exercise", 403, {"path": "one.yaml", "kind": "choice"}),
    Route("GET", "authoring/schema", 403),
    Route("POST", "authoring/preview", 403, {"path": "one.yaml", "text": ""}),
    Route("POST", "authoring/check", 403, {"path": "one.yaml", "exercise": "add"}),
    Route("GET", "work", 200),
    Route("GET", "personal", 200),
    Route("GET", "classes/local:demo/progress", 403),
    Route("GET", "classes/local:demo/scores", 403),
    Route("GET", "classes/local:demo/hardest", 403),
    Route("GET", "classes/local:demo/stuck", 403),
    Route("GET", "classes/local:demo/wrong", 403),
    Route("GET", "classes/local:demo/similar", 403),
    Route("GET", "courses/demo/exercises/add/conversation", 403),
    Route("POST", "courses/demo/exercises/add/conversation", 403, {"message": "why?"}),
    Route("DELETE", "courses/demo/exercises/add/conversation", 403),
    Route("POST", f"courses/demo/exercises/add/conversation/{ID}", 403, {"thumb": 1}),
    Route("GET", "courses/demo/exercises/add/tickets", 403),
    Route("POST", "courses/demo/exercises/add/tickets", 403, {"question": "why?"}),
    Route("GET", "classes/local:demo/tickets", 403),
    Route("POST", f"classes/local:demo/tickets/{ID}", 403, {"answer": "so"}),
    Route("GET", "classes/local:demo/questions", 403),
    Route("GET", "llms", 200),
    Route("POST", "llms/pull", 403, {"name": "m"}),
    Route("POST", "llms/pull/stop", 403, {"name": "m"}),
    Route("GET", "classes/local:demo/withheld", 403),
    Route("GET", "classes", 403),
    Route("POST", "classes", 403, {"id": "c", "course": "demo", "title": "C", "term": "t", "time_zone": "UTC"}),
    Route("GET", "classes/local:demo", 403),
    Route("POST", "classes/local:demo", 403, {"title": "New"}),
    Route("GET", "classes/local:demo/members", 403),
    Route("POST", "classes/local:demo/members", 403, {"people": []}),
    Route("GET", "classes/local:demo/person", 403),
    Route("GET", "classes/local:demo/person.zip", 403),
    Route("POST", "classes/local:demo/person/erase", 403, {"account": "nobody", "why": "x"}),
    Route("GET", "classes/local:demo/teams", 403),
    Route("POST", "classes/local:demo/teams", 403, {"units": ["one"], "people": []}),
    Route("POST", "classes/local:demo/teams/name", 403, {"unit": "one", "team": "red", "name": "blue"}),
    Route("GET", "classes/local:demo/reviews", 403),
    Route("GET", f"classes/local:demo/reviews/{ID}", 403),
    Route("POST", f"classes/local:demo/reviews/{ID}", 403, {"points": 1}),
    Route("POST", f"classes/local:demo/reviews/{ID}/draft", 403, {}),
    Route("POST", f"classes/local:demo/reviews/{ID}/undo", 403, {}),
    Route("GET", "classes/local:demo/audit", 403),
    Route("GET", "classes/local:demo/policy", 403),
    Route("POST", "classes/local:demo/policy", 403, {"set": {"tutor": "off"}}),
    Route("GET", "classes/local:demo/policy/history", 403),
    Route("GET", "classes/local:demo/policy/held", 403),
    Route("POST", "classes/local:demo/extensions", 403, {"account": "local", "unit": "one", "by": "P1D", "why": "x"}),
    Route("GET", "classes/local:demo/versions", 403),
    Route("GET", "classes/local:demo/versions/changes", 403),
    Route("GET", "classes/local:demo/gradebook", 403),
    Route("GET", "classes/local:demo/gradebook.csv", 403),
    Route("GET", "classes/local:demo/history", 403),
    Route("POST", "classes/local:demo/regrade", 403, {"exercise": "add"}),
    Route("POST", "classes/local:demo/import", 403, {"upload": ""}),
    Route("GET", "classes/local:demo/parked", 403),
    Route("POST", "classes/local:demo/parked", 403, {}),
    Route("GET", "classes/local:demo/flows", 403),
    Route("POST", f"classes/local:demo/flows/{ID}/stop", 403, {}),
    Route("POST", f"classes/local:demo/flows/{ID}/resume", 403, {}),
    Route("POST", "classes/local:demo/versions", 403, {"note": "x"}),
    Route("GET", "authoring/drafts", 403),
    Route("POST", "authoring/generate", 403, {"course": "demo", "topic": "x", "llms": ["none"]}),
    Route("GET", f"authoring/drafts/{ID}", 403),
    Route("POST", "authoring/refine", 403, {"draft": ID, "wish": "shorter"}),
    Route("POST", f"authoring/drafts/{ID}/stop", 403, {}),
    Route("POST", f"authoring/drafts/{ID}/resume", 403, {}),
    Route("POST", f"authoring/drafts/{ID}/accept", 403, {}),
    Route("POST", "authoring/validate", 403, {"course": "demo", "yaml": "id: x"}),
    Route("POST", "authoring/place", 403, {"course": "demo", "yaml": "id: x"}),
    Route("POST", "authoring/review", 403, {"code": "x = 1"}),
    Route("POST", "authoring/pep8", 403, {"code": "x = 1"}),
    Route("POST", "authoring/complexity", 403, {"code": "x = 1"}),
    Route("POST", "authoring/coverage", 403, {"course": "demo"}),
    Route("GET", "authoring/stats", 403),
    Route("GET", "authoring/health", 403),
    Route("GET", "health", 200),
    Route("GET", "health/live", 200, open=True),
    Route("GET", "health/ready", 200, open=True),
    Route("GET", "openapi.yaml", 200),
    Route("GET", "no/such/address", 404),
    Route("POST", "no/such/address", 404, {}),
]
POSTS = [route for route in ROUTES if route.method == "POST"]
CLOSED = [route for route in ROUTES if not route.open]
PROBES = [route for route in ROUTES if route.open]


@pytest.fixture
def settings() -> dict[str, Any]:
    """Small bounds, so that small bodies are over them."""
    return {"max_body_kb": 64, "max_notebook_kb": 64}


def name(route: Route) -> str:
    return f"{route.method} {route.path.replace(ID, '{id}')}"


def is_staffs(route: Route) -> bool:
    """Nothing of it is a student's. (Of a submission that is not there nobody is staff.)"""
    return route.path.partition("/")[0] in ("authoring", "classes", "example") or route.path.startswith("llms/")


def refused(response: HTTPResponse, status: int, code: str, where: str) -> None:
    """The status, the one form of errors, and the headers of every answer."""
    assert (response.code, word(response)) == (status, code), where
    assert answer(response)["error"]["message"], where
    assert response.headers["CodeGYM-API"] == "1", where
    assert response.headers["Content-Type"].startswith("application/json"), where


async def test_no_token_or_a_wrong_one(call: Call) -> None:
    for authorization in ["", "token wrong"]:
        for route in CLOSED:
            response = await call(route.method, route.path, route.body, headers={"Authorization": authorization})
            refused(response, 403, "forbidden", name(route))


async def test_probes_need_no_token(call: Call) -> None:
    for route in PROBES:
        for authorization in ("", "token wrong", "Bearer wrong"):
            response = await call(route.method, route.path, headers={"Authorization": authorization})
            assert response.code in (200, 503), name(route)  # still starting


async def test_a_cookie_needs_its_xsrf_token_and_this_origin(call: Call, cookie: str) -> None:
    xsrf = next(part.partition("=")[2] for part in cookie.split("; ") if part.startswith("_xsrf="))
    headers = {"Authorization": "", "Cookie": cookie}
    for route in POSTS:
        refused(await call("POST", route.path, route.body, headers=headers), 403, "forbidden", name(route))
        elsewhere = {**headers, "Origin": "http://evil.example"}
        assert (await call("POST", route.path, route.body, headers=elsewhere)).code in (403, 404), name(route)
        own = {**headers, "X-XSRFToken": xsrf}
        assert (await call("POST", route.path, route.body, headers=own)).code != 403, name(route)


async def test_bodies_that_are_too_large_or_no_json(call: Call) -> None:
    async def produce(write: Any) -> None:
        for _ in range(70):
            await write(b" " * 1000)

    for route in POSTS:
        too_large = (404, "not_found") if route.path.startswith("no/") else (413, "too_large")
        refused(await call("POST", route.path, json.dumps({"a": "x" * 70_000})), *too_large, name(route))
        refused(await call("POST", route.path, body_producer=produce), *too_large, name(route))
        for media in ("text/plain", "multipart/form-data", ""):
            response = await call("POST", route.path, route.body, headers={"Content-Type": media})
            refused(response, 415, "wrong_media_type", name(route))


async def test_an_older_page_is_told_to_reload(call: Call) -> None:
    for route in ROUTES:
        response = await call(route.method, route.path, route.body, headers={"CodeGYM-API": "0"})
        refused(response, 409, "api_version", name(route))
        assert "Reload" in answer(response)["error"]["message"]


THERE = {(route.method, route.path) for route in ROUTES}
OTHERS = [
    (method, path)
    for path in sorted({route.path for route in ROUTES if not route.path.startswith("no/")})
    for method in ("PUT", "PATCH", "DELETE")
    if (method, path) not in THERE
]


async def test_other_methods(call: Call) -> None:
    for method, path in OTHERS:
        refused(await call(method, path, {}), 405, "method_not_allowed", f"{method} {path}")


class TestStranger:
    """Logged in, in no course."""

    @pytest.fixture
    def identity_class(self) -> str:
        return "server.identities.Stranger"

    async def test_wrong_role(self, call: Call) -> None:
        assert answer(await call("GET", "courses"))["courses"] == []
        for route in ROUTES:
            response = await call(route.method, route.path, route.body)
            assert response.code == route.stranger, name(route)


class TestStaffByToken:
    """Staff, at a server that is not their own: a token proves a server, not the person before it."""

    @pytest.fixture
    def identity_class(self) -> str:
        return "server.identities.StaffEverywhere"

    @pytest.mark.parametrize("identity_class", ["server.identities.StaffEverywhere", "server.identities.Grader"])
    async def test_a_students_work_only(self, call: Call) -> None:
        await call("GET", "courses")  # started
        for route in ROUTES:
            response = await call(route.method, route.path, route.body)
            assert response.headers["X-Frame-Options"] == "DENY"
            if is_staffs(route):
                refused(response, 403, "forbidden", name(route))
                assert "token" in answer(response)["error"]["message"]
            else:
                assert response.code != 403, name(route)

    async def test_all_of_it_in_a_session(self, call: Call, session: dict[str, str]) -> None:
        await call("GET", "courses")  # started
        for route in ROUTES:
            assert (await call(route.method, route.path, route.body, headers=session)).code != 403, name(route)


class TestGraderInASession:
    """Of one course: its students' work, reading what staff see, marking, and nothing of the whole site."""

    @pytest.fixture
    def identity_class(self) -> str:
        return "server.identities.Grader"

    async def test_every_address(self, call: Call, session: dict[str, str]) -> None:
        await call("GET", "courses")  # started
        for route in ROUTES:
            response = await call(route.method, route.path, route.body, headers=session)
            assert (response.code != 403) is a_grader_may(route), (name(route), response.code)


def a_grader_may(route: Route) -> bool:
    path = route.path
    if not is_staffs(route) or path == "classes":
        return (route.method, path) != ("POST", "classes")
    return path.startswith("classes/") and (
        path.startswith(("classes/local:demo/reviews/", "classes/local:demo/tickets/"))
        or (route.method == "GET" and not path.endswith(("/person", "/person.zip", "/audit", "/versions/changes")))
    )


async def test_the_owner_of_a_computer_does_everything_by_token(call: Call) -> None:
    await call("GET", "courses")  # started
    for route in ROUTES:
        assert (await call(route.method, route.path, route.body)).code != 403, name(route)


class Nobody(Authorizer):  # type: ignore[misc]
    """An authorizer that allows CodeGYM to nobody."""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        """Everything else."""
        return resource != "codegym"


class TestAuthorizer:
    """The server's own authorizer says no."""

    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any]) -> dict[str, Any]:
        jp_server_config["ServerApp"]["authorizer_class"] = Nobody
        return jp_server_config

    async def test_denied(self, call: Call, stream_url: str) -> None:
        for route in CLOSED:
            refused(await call(route.method, route.path, route.body), 403, "forbidden", name(route))
        with pytest.raises(HTTPClientError) as refusal:
            await websocket_connect(stream_url)
        assert refusal.value.code == 403


@pytest.fixture
def stream_url(jp_http_port: int, jp_base_url: str, jp_serverapp: Any, http_server: Any) -> str:
    """The WebSocket's address with the token in it."""
    token = jp_serverapp.identity_provider.token
    return f"ws://localhost:{jp_http_port}{jp_base_url}codegym/api/stream?token={token}"


async def test_stream_without_the_token(stream_url: str) -> None:
    for token in ["", "?token=wrong"]:
        with pytest.raises(HTTPClientError) as refusal:
            await websocket_connect(stream_url.partition("?")[0] + token)
        assert refusal.value.code == 403


async def test_stream_of_another_origin_with_the_cookie(stream_url: str, cookie: str) -> None:
    headers = {"Cookie": cookie, "Origin": "http://evil.example"}
    with pytest.raises(HTTPClientError) as refusal:
        await websocket_connect(HTTPRequest(stream_url.partition("?")[0], headers=headers))
    assert refusal.value.code == 403


async def test_stream_with_the_token(stream_url: str) -> None:
    (await websocket_connect(stream_url)).close()


def test_the_table_is_whole() -> None:
    """Each mounted address stands in the table, with each of its methods."""
    for pattern, handler in routes.ROUTES.items():
        for method in ("GET", "POST"):
            if method.lower() in vars(handler):
                fits = [r for r in ROUTES if r.method == method and re.fullmatch(pattern, r.path)]
                assert fits, f"{method} {pattern} is in no denial test"


#: Staff's, and nothing is another afterwards.
ONLY_TOLD = {
    f"authoring/{what}" for what in ("check", "preview", "validate", "review", "pep8", "complexity", "coverage")
}


def test_what_staff_change_is_in_the_audit_log() -> None:
    for pattern, handler in routes.ROUTES.items():
        for method in ("post", "delete"):
            operation = getattr(vars(handler).get(method), "operation", None)
            if operation and is_staffs(Route(method.upper(), operation.path, 0)) and operation.path not in ONLY_TOLD:
                assert operation.act, f"{method} {pattern} has no `act`"
