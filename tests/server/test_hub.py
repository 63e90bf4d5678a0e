"""Under a Hub an account has the roles of its enrolment and no other; alone on a computer one is everything."""

from __future__ import annotations

from typing import Any

import pytest
from jupyter_server.auth.identity import IdentityProvider, User
from server.conftest import Call, answer, word
from server.test_classes import ID, MAKE, good

from codegym_jlab.records import LOCAL
from codegym_jlab.settings import roles_here

SENT = {"course": "demo", "exercise": "add", "kind": "submit", "idempotency_key": "k", "source": "add = 1"}


class HubProvider(IdentityProvider):  # type: ignore[misc]
    """Accounts as a Hub's provider names them: here by a header, there by what the Hub answers for a cookie."""

    def get_user(self, handler: Any) -> User:
        """The account."""
        return User(handler.request.headers.get("X-Who", "eve"))


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"admins": "root"}


@pytest.fixture
def jp_server_config(jp_server_config: dict[str, Any]) -> dict[str, Any]:
    server = jp_server_config["ServerApp"]
    server["identity_provider_class"] = HubProvider
    server["disable_check_xsrf"] = True  # a session's; here nobody logs in
    return jp_server_config


async def test_a_student_reads_nobody_and_gives_nobody_time(call: Call) -> None:
    async def ask(who: str, method: str, path: str, body: Any = None) -> Any:
        return await call(method, path, body, headers={"X-Who": who, "Authorization": ""})  # a session, no token

    await good(ask("root", "POST", "classes", MAKE))
    people = [{"account": "prof", "role": "instructor"}, {"account": "ana", "role": "student"}]
    await good(ask("root", "POST", f"classes/{ID}/members", {"people": people}))
    await good(ask("prof", "POST", f"classes/{ID}/versions", {"note": "first"}))
    assert (await good(ask("ana", "POST", "submissions", SENT)))["submission"]["state"] == "judged"

    more = {"account": "ana", "unit": "one", "by": "P9D", "why": "mine"}
    for who in ("ana", "eve"):
        for path in ("members", "progress", "scores", "reviews", "policy", "tickets"):
            assert word(await ask(who, "GET", f"classes/{ID}/{path}")) == "forbidden"
            assert word(await ask(who, "GET", f"classes/{LOCAL}demo/{path}")) == "forbidden"
        assert word(await ask(who, "POST", f"classes/{ID}/extensions", more)) == "forbidden"
        assert word(await ask(who, "POST", f"classes/{ID}/members", {"people": people})) == "forbidden"
        assert word(await ask(who, "POST", "classes", {**MAKE, "id": "mine"})) == "forbidden"
        assert word(await ask(who, "POST", "example", {})) == "forbidden"
        assert answer(await ask(who, "GET", "classes")) == {"classes": [], "admin": False}
    assert (await good(ask("ana", "GET", "courses/demo")))["person"]["roles"] == ["student"]
    members = (await good(ask("prof", "GET", f"classes/{ID}/members")))["members"]
    assert {one["account"] for one in members} == {"prof", "ana"}


class TestOwnLogin:
    """A server that a Hub started, with Jupyter's own login: its user is the Hub's account."""

    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        monkeypatch.setenv("JUPYTERHUB_USER", "ana")
        del jp_server_config["ServerApp"]["identity_provider_class"]
        return jp_server_config

    async def test_is_a_student_who_practises(self, call: Call) -> None:
        page = await good(call("GET", "courses/demo"))
        assert page["person"]["roles"] == ["student"]
        assert word(await call("GET", f"classes/{LOCAL}demo/members")) == "forbidden"


def test_the_rule() -> None:
    assert roles_here({}).owner
    assert not roles_here({"JUPYTERHUB_API_TOKEN": "x"}).owner
    assert roles_here({"JUPYTERHUB_API_TOKEN": "x", "BINDER_LAUNCH_HOST": "https://mybinder.org"}).owner
