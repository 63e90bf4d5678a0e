"""What jupyter_client asks of a provisioner: start, interrupt, restart, shutdown, and that nothing is left."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from contract.kernels.conftest import TIMEOUT
from jupyter_client.manager import AsyncKernelManager
from processes import descendants

from codegym_jlab.provisioner import KernelRefused, SandboxProvisioner
from codegym_jlab.sandbox.kernels import close_shared

Make = Callable[..., Any]


def dies(notebook: Any) -> int | None:
    """Its exit status, once it has one."""
    for _ in range(6000):
        code = notebook.manager.provisioner.process.poll()
        if code is not None:
            return int(code)
        time.sleep(0.02)
    raise AssertionError("the kernel lives on")


def test_a_cell_runs_in_the_notebooks_folder(notebook: Any) -> None:
    assert isinstance(notebook.manager.provisioner, SandboxProvisioner)
    assert notebook.manager.is_alive()
    (notebook.folder / "data.csv").write_text("a,b\n1,2\n")
    assert notebook.value("print(open('data.csv').read(), end='')") == "a,b\n1,2"
    assert notebook.value("import os; os.makedirs('out/x'); print(open('out/x/y.txt', 'w').write('hello'))") == "5"
    written = notebook.folder / "out/x/y.txt"
    assert written.read_text() == "hello"
    assert written.stat().st_uid == notebook.folder.stat().st_uid
    assert notebook.value("os.rename('out/x/y.txt', 'z.txt'); os.remove('z.txt'); os.removedirs('out/x')") == ""
    assert not written.parent.exists()


def test_modules_beside_the_notebook_are_found(notebook: Any) -> None:
    (notebook.folder / "mine.py").write_text("answer = 42\n")
    assert notebook.value("import mine; print(mine.answer)") == "42"


def test_value_and_error(notebook: Any) -> None:
    assert notebook.run("6 * 7").shown[0]["text/plain"] == "42"
    out = notebook.run("def f():\n    return 1 / 0\nf()")
    assert (out.status, out.error) == ("error", "ZeroDivisionError")
    assert "return" in out.lines


def test_input(notebook: Any) -> None:
    out = notebook.run("print('hello', input('name? '))", answer=lambda prompt: f"Ann to {prompt}")
    assert out.text == "hello Ann to name? \n"


def test_completion_inspection_and_history(notebook: Any) -> None:
    notebook.value("import numpy; some_long_name = 1")
    matches = notebook.client.complete("some_lo", reply=True, timeout=TIMEOUT)["content"]["matches"]
    assert matches == ["some_long_name"]
    assert "array_equal" in notebook.client.complete("numpy.array_e", reply=True, timeout=TIMEOUT)["content"]["matches"]
    found = notebook.client.inspect("len", reply=True, timeout=TIMEOUT)["content"]
    assert "number of items" in found["data"]["text/plain"]
    assert notebook.reply(notebook.client.is_complete("for x in y:"))["status"] == "incomplete"
    history = notebook.client.history(hist_access_type="tail", n=1, raw=True, output=False, reply=True, timeout=TIMEOUT)
    assert history["content"]["status"] == "ok"


def test_output_of_files_and_forked_processes_is_shown(notebook: Any) -> None:
    sent = notebook.begin("import os; _ = os.write(1, b'begun by file\\n')")  # heard whenever it comes
    assert notebook.reply(sent)["status"] == "ok"
    code = """
import os, sys
pid = os.fork()
if not pid:
    print('begun by a child', flush=True)
    os._exit(0)
_ = os.waitpid(pid, 0)
"""
    assert notebook.reply(notebook.begin(code))["status"] == "ok"
    code = """
import multiprocessing
with multiprocessing.Pool(2) as pool:
    print(pool.map(len, ['a', 'bb', 'ccc']))
"""
    assert notebook.value(code) == "[1, 2, 3]"


def test_top_level_await_and_threads(notebook: Any) -> None:
    assert notebook.value("import asyncio; print(await asyncio.sleep(0.01, 'slept'))") == "slept"
    assert notebook.value("import threading; t = threading.Thread(target=print, args=(1,)); t.start(); t.join()") == "1"


def test_two_kernels_draw_different_numbers(make: Make) -> None:
    code = "import numpy, random, uuid; print(numpy.random.rand(), random.random(), uuid.uuid4())"
    first, second = (make().start().value(code).split() for _ in range(2))
    assert all(a != b for a, b in zip(first, second, strict=True))


def test_plots_widgets_and_frames(make: Make) -> None:
    notebook = make(preload=["numpy", "pandas", "matplotlib.pyplot"]).start()
    shown = notebook.run("import matplotlib.pyplot as plt; plt.plot([1, 3, 2]); None").shown
    assert any("image/png" in data for data in shown)
    shown = notebook.run("import pandas as pd; pd.DataFrame({'total': [1, 2]})").shown
    assert "<table" in shown[0]["text/html"]
    shown = notebook.run("import ipywidgets as w; b = w.Button(description='Go'); b").shown
    assert "application/vnd.jupyter.widget-view+json" in shown[0]


@pytest.mark.parametrize("by", ["signal", "message"])
def test_interrupt(make: Make, by: str) -> None:
    notebook = make()
    notebook.manager.kernel_spec.interrupt_mode = by
    notebook.start()
    for work in ("pass", "time.sleep(0.05)"):
        sent = notebook.begin(f"import time\nprint('begun')\nwhile True: {work}")
        notebook.manager.interrupt_kernel()
        reply = notebook.reply(sent)
        assert (reply["status"], reply["ename"]) == ("error", "KeyboardInterrupt")
    assert notebook.value("print(1)") == "1"


def test_an_interrupt_reaches_what_the_cell_started(make: Make) -> None:
    notebook = make().start()
    code = """
import os, signal, time
ready, told = os.pipe()
child = os.fork()
if not child:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.write(told, b"x")
    time.sleep(300)
    os._exit(0)
try:
    os.read(ready, 1)
    print('begun')
    while True: time.sleep(0.05)
except KeyboardInterrupt:
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
"""
    sent = notebook.begin(code)
    notebook.manager.interrupt_kernel()
    assert notebook.reply(sent)["status"] == "ok"
    assert notebook.value("print(ended)") == str(-signal.SIGINT)


@pytest.mark.parametrize("now", [False, True])
def test_restart(make: Make, now: bool) -> None:
    notebook = make().start()
    notebook.value("x = 1; open('/tmp/left.txt', 'w').close(); open('kept.txt', 'w').close()")
    sockets = notebook.sockets()
    notebook.manager.restart_kernel(now=now)
    notebook.connect()
    assert notebook.run("x").error == "NameError"
    assert notebook.value("import os; print(os.path.exists('/tmp/left.txt'), os.listdir())") == "False ['kept.txt']"
    assert notebook.sockets() == sockets


def test_shutdown_leaves_nothing(make: Make) -> None:
    notebook = make().start()
    inside = "import os\nif not os.fork():\n    import time; time.sleep(300)"
    notebook.value(inside)
    sockets, running = notebook.sockets(), notebook.manager.provisioner.process
    assert sorted(path.name for path in sockets.iterdir()) == [f"k-{n}" for n in range(1, 6)]
    notebook.hang_up()
    notebook.manager.shutdown_wait_time = 120  # it ends by itself, however busy the machine
    notebook.manager.shutdown_kernel()
    assert not sockets.exists()
    assert running.poll() == 0
    assert not notebook.manager.has_kernel


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("import os; os._exit(3)", 3),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
        ("import os; os.abort()", -signal.SIGABRT),
        ("import ctypes; ctypes.string_at(0)", -signal.SIGSEGV),
    ],
)
def test_a_kernel_that_dies_says_how(make: Make, code: str, status: int) -> None:
    notebook = make().start()
    notebook.client.execute(code)
    assert dies(notebook) == status
    assert not notebook.manager.is_alive()
    notebook.manager.restart_kernel(now=True)
    notebook.connect()
    assert notebook.value("print(1)") == "1"


def test_terminate_and_kill(make: Make) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        notebook = make().start()
        notebook.manager.signal_kernel(number)
        assert dies(notebook) == -number


def test_asked_for_from_one_loop_after_another(tmp_path: Path) -> None:
    async def once() -> str:
        manager = AsyncKernelManager(kernel_name="codegym-python3")
        await manager.start_kernel(cwd=str(tmp_path))
        client = manager.client()
        client.start_channels()
        await client.wait_for_ready(timeout=TIMEOUT)
        reply = await client.execute("1", reply=True, timeout=TIMEOUT)
        client.stop_channels()
        await manager.shutdown_kernel()
        manager.context.destroy(linger=0)
        return str(reply["content"]["status"])

    assert [asyncio.run(once()) for _ in range(2)] == ["ok", "ok"]


def test_an_encrypted_connection(make: Make) -> None:
    notebook = make()
    notebook.manager.transport_encryption = "required"
    assert notebook.start().value("print(1)") == "1"
    assert notebook.manager.curve_publickey


def test_a_zygote_that_died_is_replaced(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    notebook = make().start()
    zygote = notebook.manager.provisioner.process._zygote
    zygote._process.kill()
    assert dies(notebook) < 0
    assert not notebook.manager.is_alive()
    assert "ended by a fault of the sandbox" in caplog.text
    assert make().start().value("print(1)") == "1"


def test_no_process_and_folder_outlives_the_server(tmp_path: Path) -> None:
    code = """
import os, sys, time
from jupyter_client.manager import KernelManager
m = KernelManager(kernel_name="codegym-python3")
m.start_kernel(cwd=sys.argv[1])
print(m.ip, flush=True)
if sys.argv[2] == "wait":
    time.sleep(60)
"""
    for how in ("leave", "wait"):
        command = [sys.executable, "-c", code, str(tmp_path), how]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
            assert server.stdout is not None
            sockets = Path(server.stdout.readline().strip()).parent
            assert sockets.name
            zygotes = descendants(server.pid)
            if how == "wait":
                server.kill()
            server.wait(120)
        for _ in range(6000):
            if not any(is_alive(pid) for pid in zygotes):
                break
            time.sleep(0.02)
        assert not any(is_alive(pid) for pid in zygotes)
        assert sockets.parent.exists() == (how == "wait")
        shutil.rmtree(sockets.parent, ignore_errors=True)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state not in ("Z", "X")


def test_a_forced_level_without_kernels_is_refused(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEGYM_SANDBOX", "process")
    with pytest.raises(KernelRefused, match="CODEGYM_SANDBOX.*The kernel Python 3 runs without a sandbox"):
        make(level="").start()


@pytest.mark.parametrize("kind", ["home", "above", "hidden", "environment", "system", "gone"])
def test_folders_that_are_not_lent(make: Make, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    folders = {
        "home": home, "above": tmp_path, "hidden": home / ".ssh", "environment": Path(sys.prefix) / "lib",
        "system": Path("/etc"), "gone": tmp_path / "gone",
    }  # fmt: skip
    with pytest.raises(KernelRefused, match="choose the kernel Python 3|does not exist"):
        make(folders[kind]).start()


def test_a_link_in_place_of_the_folder_is_followed_once(make: Make, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    make(tmp_path / "link").start().value("open('here.txt', 'w').close()")
    assert (tmp_path / "real/here.txt").exists()


def test_paths_of_the_kernel_are_those_of_the_server(notebook: Any) -> None:
    (notebook.folder / "found.py").write_text("")
    resolve = notebook.manager.provisioner.resolve_path
    assert resolve("found.py") == resolve("/notebook/found.py") == str(notebook.folder / "found.py")
    assert resolve("/etc/passwd") is None and resolve("../x") is None and resolve("missing.py") is None


def test_closed_and_made_anew(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    notebook = make().start()
    close_shared()
    assert notebook.manager.provisioner.process.poll() is not None
    assert not notebook.manager.is_alive()
    assert "fault" not in caplog.text, "a server that ends is no fault"
    with pytest.raises(KernelRefused, match="server is ending"):  # Jupyter restarts a kernel that ended by itself
        notebook.manager.restart_kernel()
    assert make().start().value("print(2)") == "2"
