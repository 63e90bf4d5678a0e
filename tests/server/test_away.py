"""What a server says when something it needs is away, and what it leaves behind when it ends."""

from __future__ import annotations

import asyncio
import gc
import json
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from processes import descendants
from server.conftest import Call, answer, word
from server.test_answers import RIGHT, sent

from codegym_jlab.provisioner import KERNEL
from codegym_jlab.sandbox.base import SandboxUnavailable

KERNELS = Path(__file__).parents[2] / "kernels"


def app_of(server: Any) -> Any:
    """Our part of a running server."""
    return server.extension_manager.extension_points["codegym_jlab"].app


class TestRecords:
    """A folder of the records that cannot be made."""

    @pytest.fixture
    def settings(self, tmp_path: Path) -> dict[str, Any]:
        (tmp_path / "taken").write_text("a file")
        return {"data_dir": str(tmp_path / "taken" / "records")}

    async def test_unavailable_in_plain_words(self, call: Call) -> None:
        response = await call("GET", "courses")
        assert (response.code, word(response)) == (503, "store_unavailable")
        assert int(response.headers["Retry-After"]) >= 1
        assert answer(await call("GET", "health")) == {"alive": True, "ready": False}

    async def test_it_is_tried_again(self, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("codegym_jlab.handlers.lifecycle.RETRY_S", 0)
        assert (await call("GET", "courses")).code == 503
        (tmp_path / "taken").unlink()
        assert (await call("GET", "courses")).code == 200


async def test_a_locked_database(call: Call, tmp_path: Path, jp_serverapp: Any) -> None:
    await call("GET", "courses/demo")
    store = (await app_of(jp_serverapp).backend.services()).store
    await store.close()
    (tmp_path / "records" / "codegym.sqlite").write_bytes(b"no database" * 1000)
    response = await call("POST", "submissions", sent("add", RIGHT, "1"))
    assert (response.code, word(response)) == (503, "store_unavailable")
    assert "Retry-After" in response.headers


class TestNoSandbox:
    """A level that configuration forces and the machine refuses."""

    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"sandbox": "process"}

    async def test_courses_can_be_read_and_nothing_checked(self, call: Call) -> None:
        page = answer(await call("GET", "courses"))
        assert page["sandbox"]["level"] == "none"
        assert "allow_unsafe_sandbox" in page["sandbox"]["why"]
        assert (await call("POST", "courses/demo/units/one/open")).code == 200
        response = await call("POST", "submissions", sent("add", RIGHT, "1"))
        assert (response.code, word(response)) == (503, "no_sandbox")
        page = answer(await call("GET", "courses/demo"))
        assert page["units"][0]["exercises"][0]["status"] == "not_started"
        assert page["kernel"]["name"] == "python3"
        assert "No sandbox" in page["kernel"]["why"]


class TestUnsafe:
    """The same, allowed aloud."""

    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"sandbox": "process", "allow_unsafe_sandbox": True}

    async def test_it_is_said(self, call: Call, caplog: pytest.LogCaptureFixture) -> None:
        page = answer(await call("GET", "courses"))
        assert page["sandbox"]["level"] == "process"
        assert "without any isolation" in page["sandbox"]["why"]
        assert "NO ISOLATION" in caplog.text


class TestBroken:
    """Something that nobody thought of, at the start and in a request."""

    async def test_at_the_start(self, call: Call, monkeypatch: pytest.MonkeyPatch, jp_serverapp: Any) -> None:
        async def fails() -> None:
            raise ZeroDivisionError("secret path /home/prof")

        monkeypatch.setattr(app_of(jp_serverapp).backend, "_make", fails)
        response = await call("GET", "courses")
        assert (response.code, word(response)) == (503, "unavailable")
        assert b"secret" not in response.body

    async def test_in_a_request(self, call: Call, monkeypatch: pytest.MonkeyPatch, jp_serverapp: Any) -> None:
        services = await app_of(jp_serverapp).backend.services()

        async def fails(*_: Any) -> None:
            raise ZeroDivisionError("secret path /home/prof")

        monkeypatch.setattr(services.manager, "course_standing", fails)
        with pytest.raises(AssertionError, match="answered 500"):
            await call("GET", "courses/demo")
        response = await call("GET", "health")
        assert response.code == 200


async def test_the_key_and_the_records_are_the_owners_alone(call: Call, tmp_path: Path) -> None:
    await call("GET", "courses/demo")
    folder = tmp_path / "records"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    key = folder / "server.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(key.read_bytes()) == 32


async def test_nothing_is_left_when_the_server_ends(call: Call, jp_serverapp: Any, tmp_path: Path) -> None:
    before = descendants()
    assert (await call("POST", "submissions", sent("add", RIGHT, "1"))).code == 200
    assert descendants() - before
    await app_of(jp_serverapp).stop_extension()
    assert not descendants() - before  # one of an earlier test may have ended meanwhile
    with sqlite3.connect(tmp_path / "records" / "codegym.sqlite") as records:
        records.execute("BEGIN EXCLUSIVE")
    records.close()
    response = await call("GET", "courses")
    assert response.code == 503


async def test_the_collector_passes_by_what_is_there_from_the_start(call: Call, jp_serverapp: Any) -> None:
    await call("GET", "courses")
    assert gc.get_freeze_count() > len(gc.get_objects()), "more is kept from it than is left to it"
    await app_of(jp_serverapp).stop_extension()
    assert gc.get_freeze_count() == 0, "whoever uses the process next has it as it was"


class TestKernels:
    """A server ends, whatever its sandboxed kernels do."""

    @pytest.fixture
    def ask(self, jp_serverapp: Any, jp_root_dir: Path, jp_fetch: Call) -> Call:
        """Ask for a kernel in a folder of its own."""
        jp_serverapp.kernel_spec_manager.kernel_dirs.append(str(KERNELS))
        (jp_root_dir / "demo").mkdir()
        body = json.dumps({"name": KERNEL, "path": "demo"})
        return lambda: jp_fetch("api/kernels", method="POST", body=body, raise_error=False)

    async def test_one_that_was_refused(
        self, ask: Call, jp_serverapp: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CODEGYM_SANDBOX", "confined")
        assert (await ask()).code == 500
        assert "The kernel Python 3 runs without a sandbox." in caplog.text
        await self.end(jp_serverapp)

    async def test_one_that_runs(self, call: Call, ask: Call, jp_serverapp: Any) -> None:
        if answer(await call("GET", "courses"))["sandbox"]["level"] != "namespaces":
            pytest.skip("no sandboxed kernels on this machine")
        assert (await ask()).code == 201
        await self.end(jp_serverapp)

    async def end(self, server: Any) -> None:
        """In Jupyter's own order: extensions, then kernels."""
        await app_of(server).stop_extension()
        await asyncio.wait_for(server.kernel_manager.shutdown_all(), 120)


class TestKernelsThatDoNotStart:
    """Found out when they are made ready ahead."""

    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"warm_kernels": True}

    async def test_notebooks_open_on_the_plain_one(
        self, call: Call, jp_serverapp: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def shared() -> None:
            raise SandboxUnavailable("no room")

        monkeypatch.setattr("codegym_jlab.provisioner.shared", shared)
        await call("GET", "courses/demo")
        services = await app_of(jp_serverapp).backend.services()
        if services._warming:
            await asyncio.wait(services._warming)
        assert answer(await call("GET", "courses/demo"))["kernel"]["name"] == "python3"


async def test_ending_while_it_starts(jp_serverapp: Any) -> None:
    before = descendants()
    backend = app_of(jp_serverapp).backend
    backend.start()
    await backend.close()
    assert descendants() == before
    assert "codegym-courses" not in {task.get_name() for task in asyncio.all_tasks()}, "the watch goes on"


HEAVY = ("sqlalchemy", "pydantic", "IPython", "numpy", "pandas", "codegym_jlab.grading", "codegym_jlab.store")


def test_nothing_heavy_is_imported_by_the_extension() -> None:
    code = f"import sys, codegym_jlab.app; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_package_itself_imports_next_to_nothing() -> None:
    code = "import sys; before = set(sys.modules); import codegym_jlab; print(set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "jupyter_server" not in done.stdout
    assert "traitlets" not in done.stdout
