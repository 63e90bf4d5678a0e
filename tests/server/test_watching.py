"""What whoever watches a server is told: alive, ready, metrics, and whose request a log's line is of."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from contract.postgres import Server
from contract.sandbox.test_lifetime import zygotes
from contract.sandbox_host import SandboxHost, sandbox_host
from scrape import value
from server.conftest import Call, answer, word
from server.test_answers import RIGHT, WRONG, sent
from tornado.httpclient import HTTPResponse

OWN = r"codegym_[a-z_]+"


async def scrape(jp_fetch: Call, **headers: str) -> HTTPResponse:
    return await jp_fetch("codegym", "metrics", raise_error=False, headers=headers)


async def ready(call: Call, wanted: int = 200) -> HTTPResponse:
    """Asked as a probe does, until it is so: a look is good for a second."""
    for _ in range(300):
        response = await call("GET", "health/ready", headers={"Authorization": ""})
        if response.code == wanted:
            return response
        await asyncio.sleep(0.2)
    raise AssertionError(response.body)


def reasons(response: HTTPResponse) -> list[str]:
    """Their words; each says what to do."""
    told = answer(response)["error"]["details"]["reasons"]
    assert all(reason["text"].endswith(".") for reason in told)
    return [reason["code"] for reason in told]


class TestMetrics:
    async def test_its_owner_sees_what_was_checked(self, call: Call, jp_fetch: Call) -> None:
        before = (await scrape(jp_fetch)).body.decode()
        await call("POST", "submissions", sent("add", RIGHT, "1"))
        await call("POST", "submissions", sent("add", RIGHT, "2"))  # the same source again
        await call("POST", "submissions", sent("add", WRONG, "3", kind="try"))
        await call("POST", "submissions", {**sent("locked", "y = 2", "4"), "course": "timed"})
        await call("POST", "courses/demo/exercises/add/hints")
        response = await scrape(jp_fetch)
        after = response.body.decode()
        assert response.headers["Content-Type"].startswith("text/plain; version=")

        def grown(name: str, **labels: str) -> float:
            return value(after, name, **labels) - value(before, name, **labels)

        assert grown("codegym_checks_total", kind="submit", outcome="AC") == 1
        assert grown("codegym_checks_total", kind="submit", outcome="repeated") == 1
        assert grown("codegym_checks_total", kind="try", outcome="WA") == 1
        assert grown("codegym_checks_total", kind="submit", outcome="refused") == 1
        for name in ("check", "check_wait", "check_judge"):
            assert grown(f"codegym_{name}_seconds_count", kind="submit") == 1
            assert 0 < grown(f"codegym_{name}_seconds_sum", kind="try") < 60
        assert grown("codegym_tutor_turns_total", kind="hint", outcome="given") == 1
        assert grown("codegym_sandbox_leases_total") >= 2 and grown("codegym_store_transaction_seconds_count") >= 6
        assert value(after, "codegym_ready") == value(after, "codegym_info", records="sqlite") == 1
        assert value(after, "codegym_queue_submissions") == value(after, "codegym_parked_submissions") == 0
        assert value(after, "codegym_sandbox_zygotes") >= 1 and value(after, "codegym_disk_free_bytes") > 0

    async def test_also_before_anything_has_started(self, jp_fetch: Call) -> None:
        response = await scrape(jp_fetch)
        assert response.code == 200 and value(response.body.decode(), "codegym_tabs") == 0

    async def test_nobody_is_named(self, call: Call, jp_fetch: Call) -> None:
        await call("POST", "submissions", sent("add", RIGHT, "1"))
        page = (await scrape(jp_fetch)).body.decode()
        labels = set(
            re.findall(r'([a-z]+)="', "\n".join(line for line in page.splitlines() if line.startswith("codegym")))
        )
        known = {"kind", "outcome", "level", "end", "why", "lane", "sink", "le", "version", "records", "place", "llm"}
        known |= {"mode", "verdict", "route"}  # of drafts, and of what authors ask
        assert labels <= known, labels - known

    async def test_without_a_login_it_is_refused(self, jp_fetch: Call) -> None:
        for authorization in ["", "token wrong", "Bearer wrong", "Bearer "]:
            response = await scrape(jp_fetch, Authorization=authorization)
            assert (response.code, word(response)) == (403, "forbidden") and b"codegym_" not in response.body

    @pytest.mark.parametrize("identity", ["Student", "Stranger"])
    class TestOthers:
        @pytest.fixture
        def identity_class(self, identity: str) -> str:
            return f"server.identities.{identity}"

        async def test_students_are_refused(self, jp_fetch: Call) -> None:
            response = await scrape(jp_fetch)
            assert (response.code, word(response)) == (403, "forbidden")


class TestMetricsToken:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"metrics_token": "the-scrapers-own"}

    @pytest.fixture
    def identity_class(self) -> str:
        return "server.identities.Student"

    async def test_it_opens_the_metrics_and_nothing_else(self, call: Call, jp_fetch: Call) -> None:
        shown = {"Authorization": "Bearer the-scrapers-own"}
        assert (await scrape(jp_fetch, **shown)).code == 200
        assert (await scrape(jp_fetch, Authorization="Bearer the-scrapers")).code == 403
        assert (await call("GET", "courses", headers=shown)).code == 403


class TestWithoutLogin:
    """The token of metrics is shown to us alone: the Hub, who knows people by tokens, is not asked, and may be away."""

    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"metrics_token": "the-scrapers-own"}

    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any]) -> dict[str, Any]:
        jp_server_config["ServerApp"]["identity_provider_class"] = "server.identities.Away"
        return jp_server_config

    async def test_metrics_are_there(self, jp_fetch: Call) -> None:
        assert (await scrape(jp_fetch, Authorization="Bearer the-scrapers-own")).code == 200
        assert (await scrape(jp_fetch, Authorization="Bearer another")).code == 503


class TestHealth:
    async def test_it_gets_ready_and_stays_so_when_a_zygote_dies(self, call: Call) -> None:
        assert answer(await ready(call)) == {"ready": True, "notes": []}
        for pid in zygotes():
            os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(1.1)
        assert answer(await ready(call)) == {"ready": True, "notes": []}
        assert answer(await call("POST", "submissions", sent("add", RIGHT, "1")))["judgement"]["verdict"] == "AC"

    async def test_the_former_address_answers_as_before(self, call: Call) -> None:
        await ready(call)
        assert answer(await call("GET", "health")) == {"alive": True, "ready": True}

    async def test_a_stopped_sweep_and_a_hanging_relay_are_told(self, call: Call, jp_serverapp: Any) -> None:
        await ready(call)
        services = await jp_serverapp.extension_manager.extension_apps["codegym_jlab"].copy().pop().backend.services()
        services.manager._sweeping.cancel()
        services.relay._tasks[0].cancel()
        response = await ready(call, 503)
        assert word(response) == "not_ready" and reasons(response) == ["sweep_stopped", "relay_stuck"]
        assert (await call("GET", "health/live", headers={"Authorization": ""})).code == 200


class TestNoSandbox:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"sandbox": "granite"}

    async def test_it_never_gets_ready_and_says_what_to_do(self, call: Call) -> None:
        await call("GET", "courses")
        response = await ready(call, 503)
        assert reasons(response) == ["no_sandbox"] and b"codegym doctor" in response.body
        assert b"granite" not in response.body

    async def test_its_metrics_are_there(self, call: Call, jp_fetch: Call) -> None:
        await call("GET", "courses")
        assert (await scrape(jp_fetch)).code == 200


class TestSandboxHostAway:
    @pytest.fixture
    def host(self) -> Iterator[SandboxHost]:
        with sandbox_host() as host:
            yield host

    @pytest.fixture
    def settings(self, host: SandboxHost) -> dict[str, Any]:
        return {"sandbox": "remote"}

    async def test_ready_not_ready_ready(self, call: Call, host: SandboxHost) -> None:
        await ready(call)
        host.kill()
        response = await ready(call, 503)
        assert reasons(response) == ["no_sandbox"] and str(host.socket).encode() not in response.body
        assert (await call("GET", "health/live", headers={"Authorization": ""})).code == 200
        host.start()
        await ready(call)


class TestDatabaseAway:
    @pytest.fixture
    def database(self, postgres: Server) -> Iterator[str]:
        name = postgres.database()
        yield name
        postgres.drop(name)

    @pytest.fixture
    def settings(self, postgres: Server, database: str) -> dict[str, Any]:
        return {"database": postgres.url(database)}

    async def test_ready_not_ready_ready(self, call: Call, jp_fetch: Call, postgres: Server) -> None:
        await ready(call)
        page = (await scrape(jp_fetch)).body.decode()
        assert value(page, "codegym_info", records="postgresql") == 1 and "codegym_outbox_events 0.0" in page
        postgres.stop()
        try:
            response = await ready(call, 503)
            assert reasons(response) == ["store_unavailable"] and b"postgres" not in response.body.lower()
            assert (await call("GET", "health/live", headers={"Authorization": ""})).code == 200
            page = (await scrape(jp_fetch)).body.decode()
            assert value(page, "codegym_ready") == 0 and "\ncodegym_outbox_events" not in page
        finally:
            postgres.start()
        await ready(call)


class TestRequestId:
    async def test_a_fit_one_is_given_back_and_another_replaced(self, call: Call) -> None:
        kept = await call("GET", "health", headers={"X-Request-ID": "0123456789abcdef"})
        assert kept.headers["X-Request-ID"] == "0123456789abcdef"
        other = await call("GET", "health", headers={"X-Request-ID": "ada@example.org"})
        assert re.fullmatch("[0-9a-f]{16}", other.headers["X-Request-ID"])

    async def test_errors_have_one_too(self, call: Call) -> None:
        response = await call("GET", "no/such/address", headers={"X-Request-ID": "0123456789abcdef"})
        assert response.code == 404 and response.headers["X-Request-ID"] == "0123456789abcdef"


def test_pages_hold_only_known_names(tmp_path: Path) -> None:
    """Every name on a page is one of the table's, so that a dashboard held to the table is held to the page."""
    from codegym_jlab.telemetry import metrics

    metrics.switch_on()
    names = {one.name for one in metrics.INSTRUMENTS}
    page = metrics.page([])[1].decode()
    for found in set(re.findall(rf"^({OWN})", page, re.MULTILINE)):
        assert re.sub("_(bucket|sum|count)$", "", found) in names or found in names
