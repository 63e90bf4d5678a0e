"""The sandboxed kernel in a real Jupyter server: sessions, messages, restart after a death, culling, refusal."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from acceptance.lab import new_lab
from processes import descendants

from codegym_jlab.provisioner import SandboxProvisioner
from codegym_jlab.sandbox.kernels import close_shared

Fetch = Callable[..., Awaitable[Any]]
NAME = "codegym-python3"
#: Another extension, whose answer never comes.
SLOW = """
import asyncio, pathlib
from anyio import to_thread
from jupyter_server.base.handlers import APIHandler

class Slow(APIHandler):
    async def get(self):
        await to_thread.run_sync(pathlib.Path(self.serverapp.root_dir, "asked").touch)
        await asyncio.sleep(3600)

def _jupyter_server_extension_points():
    return [{"module": "slow"}]

def _load_jupyter_server_extension(app):
    app.web_app.add_handlers(".*", [("/slow", Slow)])
"""


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    yield
    close_shared()


@pytest.fixture
def jp_server_config(jp_server_config: dict[str, Any], jp_data_dir: Path) -> dict[str, Any]:
    """The kernel is installed, and idle ones are looked for all the time."""
    shutil.copytree(Path(__file__).parents[2] / "kernels", jp_data_dir / "kernels", dirs_exist_ok=True)
    manager = {"cull_idle_timeout": 600, "cull_interval": 1, "cull_connected": False}
    provisioner = {"preload": [], "memory_mb": 300}
    return {**jp_server_config, "MappingKernelManager": manager, "SandboxProvisioner": provisioner}


async def open_session(jp_fetch: Fetch, path: str, name: str = NAME) -> Any:
    body = json.dumps({"path": path, "type": "notebook", "name": path, "kernel": {"name": name}})
    return await jp_fetch("api", "sessions", method="POST", body=body, raise_error=False)


def message(kind: str, content: dict[str, Any]) -> str:
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": kind,
        "session": "s",
        "username": "u",
        "version": "5.3",
        "date": "",
    }
    channel = "shell"
    return json.dumps(
        {"header": header, "parent_header": {}, "metadata": {}, "content": content, "buffers": [], "channel": channel}
    )


async def hear(ws: Any, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    async with asyncio.timeout(120):
        while True:
            found: dict[str, Any] = json.loads(await ws.read_message())
            if wanted(found):
                return found


async def execute(ws: Any, code: str) -> None:
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
    await ws.write_message(message("execute_request", content))


async def said_again(ws: Any) -> str:
    """What a restarted kernel prints; a request that came before it listened is lost, and sent again."""
    for _ in range(10):
        await execute(ws, "print('again')")
        try:
            async with asyncio.timeout(5):
                said = await hear(ws, lambda m: m["msg_type"] == "stream")
        except TimeoutError:
            continue
        return str(said["content"]["text"])
    raise AssertionError("the restarted kernel answers nothing")


@pytest.mark.full
async def test_session_restart_and_culling(
    jp_serverapp: Any, jp_fetch: Fetch, jp_ws_fetch: Fetch, jp_root_dir: Path
) -> None:
    (jp_root_dir / "course").mkdir()
    response = await open_session(jp_fetch, "course/loops.ipynb")
    assert response.code == 201, response.body
    kernel = json.loads(response.body)["kernel"]["id"]
    manager = jp_serverapp.kernel_manager.get_kernel(kernel)
    assert isinstance(manager.provisioner, SandboxProvisioner)
    assert manager.provisioner.memory_mb == 300

    ws = await jp_ws_fetch("api", "kernels", kernel, "channels")
    await execute(ws, "import os; open('made.txt', 'w').close(); print(os.getcwd())")
    said = await hear(ws, lambda m: m["msg_type"] == "stream")
    assert said["content"]["text"] == "/notebook\n"
    assert (jp_root_dir / "course/made.txt").exists()

    await execute(ws, "os._exit(1)")
    await hear(ws, lambda m: m["msg_type"] == "status" and m["content"]["execution_state"] == "restarting")
    assert await said_again(ws) == "again\n"

    await manager.ready  # it answers before Jupyter has done with starting it, and two restarts at once are refused
    response = await jp_fetch("api", "kernels", kernel, "restart", method="POST", body="{}")
    assert response.code == 200
    sockets = Path(manager.ip).parent
    assert sockets.exists()
    jp_serverapp.kernel_manager.cull_idle_timeout = 2  # not before: a start may take longer
    ws.close()
    for _ in range(2400):
        if kernel not in jp_serverapp.kernel_manager and not sockets.exists():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("an idle kernel was not culled, or left its folder")


async def test_a_refusal_reaches_the_page(
    jp_fetch: Fetch, jp_root_dir: Path, monkeypatch: pytest.MonkeyPatch, jp_serverapp: Any
) -> None:
    monkeypatch.setenv("HOME", str(jp_root_dir))
    response = await open_session(jp_fetch, "top.ipynb")
    assert response.code == 500
    assert "A notebook in your home folder cannot run in the sandbox" in json.loads(response.body)["message"]
    assert "choose the kernel Python 3" in json.loads(response.body)["message"]
    assert jp_serverapp.kernel_manager.list_kernel_ids() == []


@pytest.mark.parametrize("is_waited_for", (True, False), ids=("running", "starting"))
@pytest.mark.full
def test_a_server_ends_with_its_kernels(tmp_path: Path, is_waited_for: bool) -> None:
    """However often it looks whether they live, and while one is being started."""
    lab = new_lab(tmp_path)
    lab.args.append("--AsyncIOLoopKernelRestarter.time_to_dead=0.01")
    lab.start()
    assert lab.process is not None
    with closing(HTTPConnection("127.0.0.1", lab.port)) as asked:
        asked.request("POST", "/api/kernels", json.dumps({"name": NAME}), {"Authorization": f"token {lab.token}"})
        if is_waited_for:
            assert asked.getresponse().status == 201
        while not descendants(lab.process.pid):
            time.sleep(0.002)
    lab.stop()
    assert "Traceback" not in (lab.home / "lab.log").read_text()


@pytest.mark.full
def test_a_server_ends_while_it_answers(tmp_path: Path) -> None:
    """A request that had a thread of AnyIO's and waits for something else."""
    lab = new_lab(tmp_path)
    (tmp_path / "slow.py").write_text(SLOW)
    lab.args.append("--ServerApp.jpserver_extensions=slow=True")
    lab.env["PYTHONPATH"] = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    lab.start()
    with closing(HTTPConnection("127.0.0.1", lab.port)) as asked:
        asked.request("GET", "/slow", headers={"Authorization": f"token {lab.token}"})
        while not (lab.root / "asked").exists():
            time.sleep(0.01)
        lab.stop()
